// Passages that a reason rests on, and the bar that shows what can be done with selected words. A passage is a ticked
// box of the criterion ([data-evidence-list]) whose value names a text and a place in it; unticked it counts no more.

import { announce } from "./announce.js";
import { draw, drawsMarks, paneNamed, selected, selectedPane, selectNothing, show, wordsAt } from "./marking.js";

const lists = () => [...document.querySelectorAll("[data-evidence-list]")];
const openCriterion = () => document.activeElement?.closest("[data-criterion]") || document.querySelector("[data-criterion][data-open]");
const openList = () => openCriterion()?.querySelector("[data-evidence-list]") || null;
const titleOf = (list) => list.closest("[data-criterion]")?.querySelector(".name")?.textContent.trim() || "this criterion";

function read(box) {
  try {
    const { target, start, end } = JSON.parse(box.value);
    return { target, start, end };
  } catch {
    return {};
  }
}
const boxes = (list) => [...list.querySelectorAll("input[type=checkbox]")];
const sameAs = (one) => (box) => Object.entries(read(box)).every(([part, value]) => one[part] === value);

function jump(box) {
  const { target, start, end } = read(box);
  const pane = target && paneNamed(target);
  if (pane) show(pane, start, end);
}

// Every passage gets a number that leads to its place; what came from the server and what is taken here look the same.
function dress(list) {
  boxes(list).forEach((box, index) => {
    const row = box.closest("li");
    const one = read(box);
    if (one.target) box.value = JSON.stringify(one); // one spelling, whoever wrote it
    let badge = row.querySelector("[data-evidence-jump]");
    if (!badge) {
      badge = Object.assign(document.createElement("button"), { type: "button", className: "ref ref--ev" });
      badge.dataset.evidenceJump = "";
      row.prepend(badge);
    }
    badge.textContent = index + 1;
    const words = row.querySelector("q")?.textContent || "";
    badge.setAttribute("aria-label", `Evidence ${index + 1}: ${words.slice(0, 120)}. Show it in the text`);
  });
}

function add(list, passage, words) {
  const row = document.createElement("li");
  const label = Object.assign(document.createElement("label"), { className: "ev" });
  const box = Object.assign(document.createElement("input"), { type: "checkbox", name: list.dataset.name, value: JSON.stringify(passage), checked: true });
  box.dataset.notAnAnswer = "";
  label.append(box, " ", Object.assign(document.createElement("q"), { dir: "auto", textContent: words }));
  row.append(label);
  list.append(row);
  dress(list);
  return box;
}

function take() {
  const list = openList();
  const found = selected();
  if (!list) return announce("The criterion you are on takes no evidence.");
  if (!found || found === "unreadable") return announce(found ? "These words have no known place. Quote them below the reason." : "Nothing is selected yet. Select words of a text first.");
  const passage = { target: found.name, start: found.start, end: found.end };
  const twin = boxes(list).find(sameAs(passage));
  if (twin?.checked) return announce("These words are evidence already.");
  const box = twin || add(list, passage, found.text);
  box.checked = true;
  box.dispatchEvent(new Event("change", { bubbles: true }));
  selectNothing();
  announce(`Evidence ${boxes(list).indexOf(box) + 1} for ${titleOf(list)}: ${found.text.slice(0, 120)}`);
  return undefined;
}

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  if (event.target.closest("[data-take-evidence]")) take();
  const badge = event.target.closest("[data-evidence-jump]");
  if (badge) jump(badge.closest("li").querySelector("input"));
});
document.addEventListener("change", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-evidence-list]")) draw();
});

drawsMarks(() => {
  const list = document.querySelector("[data-criterion][data-open] [data-evidence-list]");
  if (!list) return [];
  return boxes(list).flatMap((box, index) => {
    const { target, start, end } = read(box);
    const pane = box.checked && target && paneNamed(target);
    return pane ? [{ pane, start, end, css: "mark-ev", number: `E${index + 1}`, title: `Evidence ${index + 1} for ${titleOf(list)}`, id: `${box.name}|${index}` }] : [];
  });
});

// A draft that comes back from this browser may hold passages that the page has not: they wait in hidden fields.
function takeUp() {
  for (const list of lists()) {
    const waiting = list.closest("form")?.querySelectorAll(`input[type=hidden][name="${CSS.escape(list.dataset.name)}"]`);
    for (const field of waiting || []) {
      const one = read(field);
      const pane = one.target && paneNamed(one.target);
      field.remove();
      const twin = boxes(list).find(sameAs(one));
      if (twin) twin.checked = true;
      else if (pane) add(list, one, wordsAt(pane, one.start, one.end));
    }
    dress(list);
  }
  if (lists().length) draw();
}

// ---------------------------------------------------------------- the bar

const tool = () => document.querySelector("[data-selection-tool]");
const inSight = (node) => {
  const box = node.getBoundingClientRect();
  return node.getClientRects().length > 0 && box.bottom > 0 && box.top < innerHeight;
};

// The labels come along where their criterion is out of sight, as on a phone.
function labels(pane) {
  const areas = [...document.querySelectorAll("[data-marking]")].filter((area) => !area.closest("[hidden], :disabled"));
  const fits = (area) => JSON.parse(area.dataset.panes || "[]").some(([name]) => name === pane.dataset.sourceTarget);
  const area = areas.find((one) => fits(one) && one.closest("[data-open]")) || areas.find(fits);
  const bar = area?.querySelector("[data-mark-labels]:not([hidden])");
  if (!bar || inSight(bar)) return [];
  return [...bar.children].map((button) => {
    const copy = button.cloneNode(true);
    delete copy.dataset.key;
    copy.dataset.markIn = area.querySelector("[data-marks]").name;
    return copy;
  });
}

let due = 0;
document.addEventListener("words-selected", () => {
  cancelAnimationFrame(due);
  due = requestAnimationFrame(() => {
    const bar = tool();
    const pane = selectedPane();
    if (!bar) return;
    bar.hidden = !pane;
    if (!pane) return;
    const words = document.getSelection().toString().match(/\S+/g)?.length || 0;
    if (words) bar.querySelector("[data-selected-words]").textContent = `${words} word${words === 1 ? "" : "s"}`;
    bar.querySelector("[data-tool-labels]").replaceChildren(...labels(pane));
    const list = openList();
    const button = bar.querySelector("[data-take-evidence]");
    button.hidden = !list;
    if (list) button.querySelector("[data-evidence-for]").textContent = titleOf(list);
    bar.hidden = !list && !bar.querySelector("[data-mark-label]"); // the labels are in sight
  });
});

for (const type of ["draft-filled", "htmx:afterSettle", "rows-changed"]) document.addEventListener(type, takeUp);
takeUp();
