// Marked passages: the selected words get a label. The marks are JSON in one hidden field of the criterion
// ([data-marking]), so that a draft brings back however many there are; list and text are drawn from it.

import { announce } from "../announce.js";
import { caret, draw, drawsMarks, marksUnder, paneNamed, panes, preferPanes, selected, selectNothing, show, typing, wordsAt } from "../marking.js";

const areas = () => [...document.querySelectorAll("[data-marking]")].filter((area) => !area.closest("[hidden], :disabled"));
const fieldOf = (area) => area.querySelector("[data-marks]");
const idOf = (mark) => `${mark.start}-${mark.end}-${mark.label}`;
const inOrder = (a, b) => a.start - b.start || a.end - b.end || (a.label < b.label ? -1 : 1);

function read(area) {
  try {
    const found = JSON.parse(fieldOf(area).value || "[]");
    return Array.isArray(found) ? found.filter((mark) => Number.isInteger(mark?.start) && Number.isInteger(mark?.end)) : [];
  } catch {
    return [];
  }
}

function write(area, marks, type = "change") {
  const field = fieldOf(area);
  const rows = marks.map(({ start, end, label, severity, note, text }) => ({ start, end, label, severity: severity || "", note: note || "", text: text || "" }));
  field.value = rows.length ? JSON.stringify(rows.sort(inOrder)) : "";
  const none = area.querySelector("[data-mark-none]");
  if (rows.length && none) none.checked = false;
  field.dispatchEvent(new Event(type, { bubbles: true }));
}

const optionOf = (area, key) => [...area.querySelectorAll("[data-mark-label]")].find((button) => button.dataset.markLabel === key);
const labelOf = (area, mark) => optionOf(area, mark.label)?.dataset.title || "No label";
const severityOf = (area, mark) => [...area.querySelectorAll("[data-mark-severity]")].find((one) => mark.severity && one.dataset.markSeverity === mark.severity)?.dataset.title || "";
const cssOf = (area, mark) => `mark-l${optionOf(area, mark.label)?.dataset.place || 0}`;

// The marked text is shown in one pane or several; each begins somewhere in it.
const shownIn = (area) => JSON.parse(area.dataset.panes || "[]").map(([name, start, length]) => ({ name, start, length }));
function place(area, found) {
  const pane = shownIn(area).find((one) => one.name === found.name);
  return pane ? { start: found.start + pane.start, end: found.end + pane.start, text: found.text } : null;
}
function piecesOf(area, mark) {
  return shownIn(area)
    .filter((pane) => mark.start < pane.start + pane.length && mark.end > pane.start)
    .map((pane) => ({ pane: paneNamed(pane.name), start: Math.max(mark.start - pane.start, 0), end: Math.min(mark.end - pane.start, pane.length) }));
}
const wordsOf = (area, mark) => mark.text || piecesOf(area, mark).map((one) => (one.pane ? wordsAt(one.pane, one.start, one.end) : "")).join(" ");

const isOpen = (area) => area.closest("[data-criterion]")?.hasAttribute("data-open");
let lastOpen = null;
function current() {
  const all = areas();
  const open = all.find(isOpen);
  if (open) lastOpen = open;
  return open || (all.includes(lastOpen) ? lastOpen : all[0]);
}
preferPanes(() => (current() ? shownIn(current()).map((pane) => paneNamed(pane.name)) : []));

// Of several criteria that mark, one text shows the marks of one: of the open one, else of the one opened last.
function onShow() {
  const now = current();
  const taken = new Set();
  const found = [];
  for (const area of [...(now ? [now] : []), ...areas().filter((one) => one !== now)]) {
    const names = shownIn(area).map((pane) => pane.name);
    if (!names.some((name) => taken.has(name))) found.push(area);
    names.forEach((name) => taken.add(name));
  }
  return found;
}

drawsMarks(() =>
  onShow().flatMap((area) =>
    read(area).sort(inOrder).flatMap((mark, index) =>
      piecesOf(area, mark).map((piece) => ({ ...piece, css: cssOf(area, mark), number: String(index + 1), title: `${index + 1} ${labelOf(area, mark)}`, id: `${fieldOf(area).name}|${idOf(mark)}` })),
    ),
  ),
);

// ------------------------------------------------------------------- list

function item(area, mark, number) {
  const row = area.querySelector("[data-mark-row]").content.firstElementChild.cloneNode(true);
  row.dataset.mark = idOf(mark);
  row.id = `${fieldOf(area).name}-mark-${number}`.replaceAll(/[^\w-]/g, "-");
  const words = wordsOf(area, mark);
  const badge = row.querySelector("[data-mark-number]");
  badge.textContent = number;
  badge.classList.add(cssOf(area, mark));
  row.querySelector("q").textContent = words.length > 240 ? `${words.slice(0, 150)} … ${words.slice(-80)}` : words;
  row.querySelector(".mark-name").textContent = [labelOf(area, mark), severityOf(area, mark), mark.note].filter(Boolean).join(", ");
  row.querySelector("[data-mark-jump]").setAttribute("aria-label", `Mark ${number}, ${labelOf(area, mark)}: ${words.slice(0, 120)}. Show it in the text`);
  row.querySelector("[data-mark-remove]").setAttribute("aria-label", `Remove mark ${number}`);
  for (const field of row.querySelectorAll("[data-mark-set]")) {
    field.value = mark[field.dataset.markSet] || "";
    field.setAttribute("aria-label", `${field.dataset.markSet[0].toUpperCase()}${field.dataset.markSet.slice(1)} of mark ${number}`);
    if (field.dataset.markSet === "severity") field.hidden = optionOf(area, mark.label)?.dataset.severity !== "yes";
  }
  return row;
}

function list(area) {
  const marks = read(area).sort(inOrder);
  area.querySelector("[data-mark-list]").replaceChildren(...marks.map((mark, index) => item(area, mark, index + 1)));
}

function render() {
  areas().forEach(list);
  draw();
}

function say(area, words, again) {
  const line = area.querySelector("[data-mark-said]");
  line.textContent = words;
  if (again) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn--quiet btn--sm", textContent: "Put back" });
    button.addEventListener("click", () => {
      again();
      line.textContent = "Put back.";
      area.querySelector("button")?.focus();
    });
    line.append(" ", button);
  }
  if (!line.getClientRects().length) announce(words);
}

// ------------------------------------------------------------------ marking

// The criterion that marks this text: the one at hand, else the same criterion about another response or turn.
function areaFor(area, found) {
  if (place(area, found)) return area;
  return areas().find((other) => other.dataset.marking === area.dataset.marking && place(other, found)) || null;
}

function take(asked, label) {
  const found = selected();
  if (!found || found === "unreadable") {
    return say(asked, found ? "These words have no known place in the text. Quote them below." : "Nothing is selected yet. Select words of the text first.");
  }
  const area = areaFor(asked, found);
  if (!area) return say(asked, "This criterion is about another text.");
  if (area !== asked) area.closest("[data-criterion]")?.focus({ preventScroll: true }); // which opens it
  const mark = { ...place(area, found), label, severity: "", note: "" };
  const marks = read(area);
  const refused = whyNot(area, mark, marks);
  if (refused) return say(area, refused);
  write(area, [...marks, mark]);
  selectNothing();
  render();
  const number = read(area).findIndex((one) => idOf(one) === idOf(mark)) + 1;
  say(area, `Mark ${number}, ${labelOf(area, mark)}: “${mark.text.slice(0, 80)}”.`);
  askSeverity(area, mark);
}

function whyNot(area, mark, marks) {
  if (marks.some((one) => idOf(one) === idOf(mark))) return `These words are marked ${labelOf(area, mark)} already.`;
  if (marks.length >= Number(area.dataset.most)) return `There are ${marks.length} marks; no more fit.`;
  const met = area.dataset.overlap === "no" && marks.find((one) => one.start < mark.end && mark.start < one.end);
  return met ? `This overlaps “${met.text.slice(0, 60)}”; marks may not overlap here.` : "";
}

// The digits pick a severity until one is chosen, then labels again.
function askSeverity(area, mark) {
  const bar = area.querySelector("[data-mark-severities]");
  if (!bar) return;
  const wanted = mark && optionOf(area, mark.label)?.dataset.severity === "yes";
  bar.hidden = !wanted;
  area.querySelector("[data-mark-labels]").hidden = Boolean(wanted);
  bar.dataset.of = wanted ? idOf(mark) : "";
}

function change(area, id, part, value, type) {
  const marks = read(area);
  const mark = marks.find((one) => idOf(one) === id);
  if (!mark) return null;
  const changed = { ...mark, [part]: value };
  if (part === "label" && marks.some((one) => one !== mark && idOf(one) === idOf(changed))) {
    say(area, `These words are marked ${labelOf(area, changed)} already.`);
    return null;
  }
  if (part === "label" && optionOf(area, value)?.dataset.severity !== "yes") changed.severity = "";
  write(area, marks.map((one) => (one === mark ? changed : one)), type);
  return changed;
}

function remove(area, id) {
  const marks = read(area);
  const gone = marks.find((one) => idOf(one) === id);
  if (!gone) return;
  const number = marks.sort(inOrder).indexOf(gone) + 1;
  const inList = area.querySelector("[data-mark-list]").contains(document.activeElement);
  write(area, marks.filter((one) => one !== gone));
  askSeverity(area, null);
  render();
  say(area, `Mark ${number} is removed.`, () => {
    write(area, [...read(area), gone]);
    render();
  });
  if (inList) (area.querySelectorAll("[data-mark]")[Math.max(number - 2, 0)] || area.querySelector("button"))?.focus();
}

// ------------------------------------------------------------------ events

// A button in the bar at the text stands for one in the criterion it names.
const areaOf = (node) => node.closest("[data-marking]") || areas().find((area) => fieldOf(area).name === node.dataset.markIn) || current();

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  const label = event.target.closest("[data-mark-label]");
  const severity = event.target.closest("[data-mark-severity]");
  const row = event.target.closest("[data-mark]");
  if (label) take(areaOf(label), label.dataset.markLabel);
  else if (severity) setSeverity(areaOf(severity), severity);
  else if (row && event.target.closest("[data-mark-remove]")) remove(areaOf(row), row.dataset.mark);
  else if (row && event.target.closest("[data-mark-jump], [data-mark-number]")) {
    event.preventDefault();
    const piece = piecesOf(areaOf(row), read(areaOf(row)).find((mark) => idOf(mark) === row.dataset.mark))[0];
    if (piece?.pane) show(piece.pane, piece.start, piece.end);
  } else if (document.getSelection().isCollapsed) point(marksUnder(event.target));
});

function setSeverity(area, button) {
  const id = area.querySelector("[data-mark-severities]").dataset.of;
  const changed = change(area, id, "severity", button.dataset.markSeverity);
  askSeverity(area, null);
  render();
  if (changed) say(area, `${button.dataset.title}: “${changed.text.slice(0, 80)}”.`);
}

// A click on a mark shows its line in the list; the focus stays in the text.
function point(ids) {
  document.querySelectorAll("[data-mark].is-now").forEach((row) => row.classList.remove("is-now"));
  for (const area of areas()) {
    const row = [...area.querySelectorAll("[data-mark]")].find((one) => ids.includes(`${fieldOf(area).name}|${one.dataset.mark}`));
    if (!row) continue;
    row.classList.add("is-now");
    if (matchMedia("(min-width: 64rem)").matches) row.scrollIntoView({ block: "nearest" });
  }
}

for (const type of ["change", "input"]) {
  document.addEventListener(type, (event) => {
    const field = event.target instanceof Element && event.target.closest("[data-mark-set]");
    const row = field && field.closest("[data-mark]");
    if (!row || (type === "change") === (field.dataset.markSet === "note")) return;
    const area = areaOf(row);
    const changed = change(area, row.dataset.mark, field.dataset.markSet, field.value, type);
    if (field.dataset.markSet !== "note") {
      const at = [...row.parentElement.children].indexOf(row);
      render();
      const same = changed ? [...area.querySelectorAll("[data-mark]")].find((one) => one.dataset.mark === idOf(changed)) : area.querySelectorAll("[data-mark]")[at];
      same?.querySelector(`[data-mark-set=${field.dataset.markSet}]`)?.focus();
    }
  });
}
document.addEventListener("change", (event) => {
  const none = event.target instanceof Element && event.target.closest("[data-mark-none]");
  if (!none?.checked) return;
  const area = areaOf(none);
  const marks = read(area);
  if (!marks.length) return;
  none.checked = false;
  say(area, `There ${marks.length === 1 ? "is a mark" : `are ${marks.length} marks`}. Remove ${marks.length === 1 ? "it" : "them"} first.`);
});

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || typing(event.target) || document.querySelector("dialog:modal")) return;
  const asking = [...document.querySelectorAll("[data-mark-severities]:not([hidden])")].at(0);
  if (event.key === "Escape" && asking) {
    askSeverity(areaOf(asking), null);
    event.preventDefault();
  }
  if (!["Backspace", "Delete"].includes(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
  const row = document.activeElement?.closest("[data-mark]");
  const here = row ? null : underCaret();
  if (!row && !here) return;
  event.preventDefault();
  if (row) remove(areaOf(row), row.dataset.mark);
  else remove(here.area, here.id);
});

// The smallest mark at the caret or the selection.
function underCaret() {
  const found = selected();
  const where = found && found !== "unreadable" ? found : caret();
  if (!where) return null;
  const at = where.at ?? where.start;
  const under = onShow().flatMap((area) => {
    const pane = shownIn(area).find((one) => one.name === where.name);
    const marks = pane ? read(area).filter((mark) => mark.start <= at + pane.start && at + pane.start < mark.end) : [];
    return marks.map((mark) => ({ area, id: idOf(mark), size: mark.end - mark.start }));
  });
  return under.sort((a, b) => a.size - b.size)[0] || null;
}

// Beside a decision another choice empties or refills the field.
document.addEventListener("change", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-decision]") && !event.target.closest("[data-marking]")) setTimeout(render, 0);
});
for (const type of ["draft-filled", "rows-changed", "htmx:afterSettle"]) document.addEventListener(type, () => areas().length && render());
if (areas().length && panes().length) render();
