// What rendered text gets on top: formulas as MathML, and a button that copies code.
// A formula keeps its source in data-tex, so that marks and quotes find their place in the text that was rendered.

import { announce } from "./announce.js";

const KATEX = document.querySelector("script[data-katex]")?.dataset.katex;
const LIMITS = { output: "mathml", trust: false, strict: "ignore", maxExpand: 200, maxSize: 5, throwOnError: true };
const MARKS = [["$$", "$$", true], ["\\[", "\\]", true], ["\\(", "\\)", false], ["$", "$", false]];
const AT_ONCE = 40; // formulas set before the page gets a breath

let loading = null;
const load = () => (loading ||= import(KATEX).then(() => globalThis.katex));

function formula(source) {
  const [opening, closing, display] = MARKS.find(([mark]) => source.startsWith(mark)) || ["", "", false];
  return { tex: source.slice(opening.length, source.length - closing.length), display };
}

function set(katex, node) {
  const source = node.textContent;
  const { tex, display } = formula(source);
  const made = document.createElement("span");
  node.dataset.tex = source;
  try {
    katex.render(tex, made, { ...LIMITS, displayMode: display });
  } catch {
    node.classList.add("md-tex--as-typed"); // what cannot be set stays as it was written
    return;
  }
  const math = made.querySelector("math");
  if (!math || made.querySelector("[style]")) return;
  node.classList.add("md-tex--set");
  node.classList.toggle("md-tex--display", display);
  node.replaceChildren(math);
}

async function setFormulas() {
  let left = [...document.querySelectorAll(".md-tex:not([data-tex])")];
  if (!left.length || !KATEX) return;
  const katex = await load();
  for (; left.length; left = left.slice(AT_ONCE)) {
    left.slice(0, AT_ONCE).forEach((node) => !node.dataset.tex && set(katex, node));
    await new Promise((resume) => setTimeout(resume, 0));
  }
  document.dispatchEvent(new CustomEvent("text-set"));
}

// ------------------------------------------------------------------ code

function addCopyButtons() {
  const template = document.getElementById("copy-template");
  if (!template) return;
  for (const box of document.querySelectorAll(".md-code:not(:has(> .md-copy))")) box.append(template.content.cloneNode(true));
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // not allowed here, or the page is not served safely
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element && event.target.closest("[data-copy-code]");
  if (!button) return;
  const code = button.closest(".md-code").querySelector("pre");
  const done = await copy(code.textContent);
  if (!done) document.getSelection().selectAllChildren(code);
  announce(done ? "Copied" : "The code is selected. Copy it with Ctrl C.");
  button.toggleAttribute("data-copied", done);
  setTimeout(() => button.removeAttribute("data-copied"), 2000);
});

function dress() {
  addCopyButtons();
  setFormulas();
}

dress();
document.addEventListener("htmx:afterSettle", dress);
document.addEventListener("text-added", dress); // for scripts that put rendered text on the page
