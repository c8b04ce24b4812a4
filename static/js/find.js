// Search in the task, over folded and closed text too. Matches are painted by the browser (highlights), so that not a
// node of the text changes; where it cannot, the match at hand is selected.

import { reveal } from "./reading.js";

const LIMIT = 500;
let matches = [];
let at = -1;

const bar = () => document.querySelector("[data-find]");
const field = () => document.querySelector("[data-find-text]");
const plain = (text) => text.toLowerCase();

// The text nodes of the pane with their offsets in one string; formulas count as one node that cannot be cut.
function textOf(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT, (node) =>
    node.parentElement.closest("annotation, button, [aria-hidden=true]") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  );
  const nodes = [];
  let text = "";
  while (walker.nextNode()) {
    nodes.push([text.length, walker.currentNode]);
    const lower = plain(walker.currentNode.data);
    text += lower.length === walker.currentNode.length ? lower : walker.currentNode.data; // some letters grow in lower case
  }
  return { nodes, text };
}

function point(nodes, offset, end) {
  let low = 0;
  let high = nodes.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (nodes[middle][0] < offset || (!end && nodes[middle][0] === offset)) low = middle;
    else high = middle - 1;
  }
  return [nodes[low][1], offset - nodes[low][0]];
}

function search(wanted) {
  const found = [];
  for (const root of document.querySelectorAll("[data-source-target]")) {
    const { nodes, text } = textOf(root);
    for (let from = text.indexOf(wanted); from >= 0 && found.length < LIMIT; from = text.indexOf(wanted, from + wanted.length)) {
      const range = document.createRange();
      range.setStart(...point(nodes, from, false));
      range.setEnd(...point(nodes, from + wanted.length, true));
      found.push(range);
    }
  }
  return found;
}

function paint() {
  if (!CSS.highlights) return;
  CSS.highlights.set("found", new Highlight(...matches));
  CSS.highlights.set("found-here", new Highlight(...matches.slice(Math.max(at, 0), at + 1)));
}

function say() {
  const words = field().value.trim() ? (matches.length ? `${at + 1} of ${matches.length}${matches.length === LIMIT ? " or more" : ""}` : "Not found") : "";
  bar().querySelector("[data-found]").textContent = words;
  bar().querySelector("[data-find-steps]").hidden = !matches.length;
}

function show(step) {
  if (!matches.length) return;
  at = (at + step + matches.length) % matches.length;
  const range = matches[at];
  reveal(range.startContainer);
  (range.startContainer.parentElement || range.startContainer).scrollIntoView({ block: "center" });
  if (!CSS.highlights) {
    document.getSelection().removeAllRanges();
    document.getSelection().addRange(range);
  }
  paint();
  say();
}

function look() {
  const wanted = plain(field().value.trim());
  matches = wanted.length > 1 ? search(wanted) : [];
  at = -1;
  paint();
  say();
  show(1);
}

let timer;
document.addEventListener("input", (event) => {
  if (!event.target.matches?.("[data-find-text]")) return;
  clearTimeout(timer);
  timer = setTimeout(look, 200);
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches?.("[data-find]")) return;
  event.preventDefault();
  if (matches.length) show(1);
  else look();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.shiftKey || !event.target.matches?.("[data-find-text]")) return;
  event.preventDefault();
  show(-1);
});
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element && event.target.closest("[data-find-step]");
  if (button) show(Number(button.dataset.findStep));
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target !== document.body) return;
  matches = [];
  at = -1;
  paint();
});
