// Rendered text and its source. A pane ([data-source-target]) says in data-positions where each of its visible
// characters that is no white space stands in the source, in code points; a formula counts as one. Here: which part
// of the source a selection is, selecting by keyboard, and drawing marks over the text.

import { announce } from "./announce.js";

const APART = "button, .md-note, [data-not-source]"; // on the page, but not in the source
const WHOLE = ".md-tex"; // one thing that cannot be cut
const BLOCK = "p, li, td, th, pre, blockquote, h1, h2, h3, h4, h5, h6, .reading";
const SPACE = /\s/; // the same characters as SPACES in evaltool/base/positions.py

export const panes = () => [...document.querySelectorAll("[data-source-target]")];
export const paneNamed = (name) => document.querySelector(`[data-source-target="${CSS.escape(name)}"]`);
const paneOf = (node) => (node instanceof Element ? node : node?.parentElement)?.closest("[data-source-target]") || null;
export const typing = (node) =>
  node instanceof Element && node.closest("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=button], [type=submit])") !== null;

// ------------------------------------------------------------- characters

// Visible character k: nodes[k] from from[k] to to[k] (a whole formula: from -1); in the source start[k] to end[k].
function visible(pane) {
  const found = { nodes: [], from: [], to: [] };
  const add = (node, from, to) => {
    found.nodes.push(node);
    found.from.push(from);
    found.to.push(to);
  };
  const read = (data, node) => {
    for (let at = 0; at < data.length; ) {
      const next = at + (data.codePointAt(at) > 0xffff ? 2 : 1);
      if (!SPACE.test(data[at])) add(node, at, next);
      at = next;
    }
  };
  const visit = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return read(node.data, node);
    if (node.nodeType !== Node.ELEMENT_NODE || node.matches(APART)) return undefined;
    return node.matches(WHOLE) ? add(node, -1, -1) : node.childNodes.forEach(visit);
  };
  pane.childNodes.forEach(visit);
  return found;
}

const positions = new WeakMap();
function sourceOf(pane) {
  if (positions.has(pane)) return positions.get(pane);
  const start = [];
  const end = [];
  let at = 0;
  for (const [skip, shown, length] of JSON.parse(pane.dataset.positions || "[]")) {
    at += skip;
    for (let index = 0; index < shown; index += 1) {
      start.push(length === undefined ? at + index : at);
      end.push(length === undefined ? at + index + 1 : at + length);
    }
    at += length === undefined ? shown : length;
  }
  positions.set(pane, { start, end });
  return { start, end };
}

// Null where page and positions do not fit: then words can only be quoted.
export function readPane(pane) {
  const found = visible(pane);
  const source = sourceOf(pane);
  return found.nodes.length === source.start.length && found.nodes.length ? { pane, ...found, ...source } : null;
}

const edges = (node) => [node.parentNode, [...node.parentNode.childNodes].indexOf(node)];
const before = (text, k) => (text.from[k] < 0 ? edges(text.nodes[k]) : [text.nodes[k], text.from[k]]);
const after = (text, k) => (text.from[k] < 0 ? [edges(text.nodes[k])[0], edges(text.nodes[k])[1] + 1] : [text.nodes[k], text.to[k]]);

function rangeOf(text, first, last) {
  const range = document.createRange();
  range.setStart(...before(text, first));
  range.setEnd(...after(text, last));
  return range;
}

// The smallest k for which a test holds that fails up to some k and holds from there on.
function firstWhere(count, test) {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (test(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

const insideWhole = (node) => (node instanceof Element ? node : node.parentElement)?.closest(WHOLE);

function charactersIn(text, given) {
  const range = given.cloneRange();
  const [opening, closing] = [insideWhole(range.startContainer), insideWhole(range.endContainer)];
  if (opening) range.setStartBefore(opening);
  if (closing) range.setEndAfter(closing);
  const first = firstWhere(text.nodes.length, (k) => range.comparePoint(...before(text, k)) >= 0);
  const last = firstWhere(text.nodes.length, (k) => range.comparePoint(...after(text, k)) > 0) - 1;
  return first <= last ? [first, last] : null;
}

// The visible words of characters first to last, one space between words; a formula as it was typed.
function wordsOf(text, first, last) {
  let words = "";
  for (let k = first; k <= last; k += 1) {
    if (k > first && isApart(text, k - 1)) words += " ";
    words += text.from[k] < 0 ? text.nodes[k].dataset.tex || text.nodes[k].textContent : text.nodes[k].data.slice(text.from[k], text.to[k]);
  }
  return words;
}

const blockOf = (node) => (node instanceof Element ? node : node.parentElement).closest(BLOCK);
function isApart(text, k) {
  const [one, next] = [text.nodes[k], text.nodes[k + 1]];
  if (one === next) return text.to[k] < text.from[k + 1];
  const tail = text.from[k] < 0 ? "" : one.data.slice(text.to[k]);
  const head = text.from[k + 1] < 0 ? "" : next.data.slice(0, text.from[k + 1]);
  return Boolean(tail || head) || blockOf(one) !== blockOf(next);
}

function passage(text, first, last) {
  const [start, end] = [text.start[first], text.end[last]];
  return end > start ? { pane: text.pane, name: text.pane.dataset.sourceTarget, start, end, text: wordsOf(text, first, last) } : null;
}

export function wordsAt(pane, start, end) {
  const text = readPane(pane);
  const found = text && within(text, start, end);
  return found ? wordsOf(text, ...found) : "";
}

function within(text, start, end) {
  const first = firstWhere(text.end.length, (k) => text.end[k] > start);
  const last = firstWhere(text.start.length, (k) => text.start[k] >= end) - 1;
  return first <= last ? [first, last] : null;
}

// -------------------------------------------------------------- selection

let kept = null; // what was selected last: a tap on a button may clear the selection it works on

function liveRange() {
  const chosen = document.getSelection();
  return chosen.rangeCount && !chosen.isCollapsed ? chosen.getRangeAt(0) : null;
}
// A selection that leaves its pane counts as far as the pane reaches.
function clamped(range) {
  const pane = paneOf(range.startContainer) || paneOf(range.endContainer) || panes().find((one) => range.intersectsNode(one));
  if (!pane) return null;
  const whole = document.createRange();
  whole.selectNodeContents(pane);
  const cut = range.cloneRange();
  if (cut.compareBoundaryPoints(Range.START_TO_START, whole) < 0) cut.setStart(whole.startContainer, whole.startOffset);
  if (cut.compareBoundaryPoints(Range.END_TO_END, whole) > 0) cut.setEnd(whole.endContainer, whole.endOffset);
  return { pane, range: cut };
}
document.addEventListener("selectionchange", () => {
  const live = liveRange();
  const found = live && clamped(live);
  if (found) kept = found;
  document.dispatchEvent(new CustomEvent("words-selected", { detail: { pane: (found || held())?.pane || null } }));
});
document.addEventListener("pointerdown", (event) => {
  if (paneOf(event.target)) kept = null;
  keyboard = null;
}, true);
// Pressing a button that works on the selection must not clear it.
document.addEventListener("mousedown", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-keeps-selection]")) event.preventDefault();
});

const held = () => (kept?.pane.isConnected && !kept.range.collapsed ? kept : null);
export function selectedPane() {
  const live = liveRange();
  return ((live && clamped(live)) || held())?.pane || null;
}

// {pane, name, start, end, text} of the selected words; null without any, "unreadable" where they have no place.
export function selected() {
  const live = liveRange();
  const found = (live && clamped(live)) || held();
  if (!found) return null;
  const text = readPane(found.pane);
  if (!text) return "unreadable";
  const characters = charactersIn(text, found.range);
  return characters && passage(text, ...characters);
}

export function selectNothing() {
  kept = null;
  keyboard = null;
  const chosen = document.getSelection();
  if (chosen.rangeCount) chosen.collapseToEnd();
}

// Where the caret stands: {name, at}, the character of the source behind it.
export function caret() {
  const chosen = document.getSelection();
  const pane = chosen.rangeCount && paneOf(chosen.focusNode);
  const text = pane && readPane(pane);
  if (!text) return null;
  const range = document.createRange();
  range.setStart(chosen.focusNode, chosen.focusOffset);
  const k = firstWhere(text.nodes.length, (one) => range.comparePoint(...after(text, one)) > 0);
  return { pane, k, name: pane.dataset.sourceTarget, at: text.start[Math.min(k, text.start.length - 1)] };
}

export function show(pane, start, end) {
  const text = readPane(pane);
  const found = text && within(text, start, end);
  if (!found) return;
  const node = text.nodes[found[0]];
  (node.parentElement || node).dispatchEvent(new CustomEvent("text-reveal", { bubbles: true }));
  bringIntoView(rangeOf(text, found[0], found[0]), pane, true);
  const range = rangeOf(text, ...found);
  document.getSelection().setBaseAndExtent(range.startContainer, range.startOffset, range.endContainer, range.endOffset);
  pane.closest("[tabindex]")?.focus({ preventScroll: true });
}

function bringIntoView(range, pane, centered) {
  const box = range.getBoundingClientRect();
  let scroller = pane;
  while (scroller && !(scroller.scrollHeight > scroller.clientHeight && /auto|scroll/.test(getComputedStyle(scroller).overflowY))) scroller = scroller.parentElement;
  const frame = scroller && scroller !== document.body ? scroller.getBoundingClientRect() : { top: 0, bottom: innerHeight };
  const [top, bottom] = [Math.max(frame.top, 0) + 48, Math.min(frame.bottom, innerHeight) - 72];
  if (box.top >= top && box.bottom <= bottom) return;
  const by = centered || box.top < top ? box.top - (top + (centered ? (bottom - top) / 3 : 0)) : box.bottom - bottom;
  (scroller || document.scrollingElement).scrollBy({ top: by });
}

// --------------------------------------------------------------- keyboard
// From a word on: arrows extend by words (with Shift by characters), up and down go to another line, the key again to
// the next word. `anchor` is a word, `head` the character the selection reaches.

let keyboard = null;
let preferred = () => [];
export const preferPanes = (named) => (preferred = named);

const segmenter = globalThis.Intl?.Segmenter ? new Intl.Segmenter(undefined, { granularity: "word" }) : null;
function bordersOf(node) {
  if (!segmenter) return new Set();
  return new Set([...segmenter.segment(node.data)].map((one) => one.index));
}

function wordList(text) {
  const words = [];
  let borders = null;
  let of = null;
  for (let k = 0; k < text.nodes.length; k += 1) {
    const node = text.nodes[k];
    if (node !== of) {
      of = node;
      borders = text.from[k] < 0 ? new Set() : bordersOf(node);
    }
    const starts = !k || text.from[k] < 0 || isApart(text, k - 1) || borders.has(text.from[k]) || text.from[k - 1] < 0;
    if (starts) words.push({ first: k, last: k });
    else words.at(-1).last = k;
  }
  const letters = (word) => text.from[word.first] < 0 || /[\p{L}\p{N}\p{So}]/u.test(wordsOf(text, word.first, word.last));
  return words.filter(letters);
}

function begin() {
  const where = caret();
  const wanted = preferred().filter((pane) => pane?.isConnected);
  const pane = where?.pane || (keyboardAt?.pane.isConnected && keyboardAt.pane) || wanted[0] || panes()[0];
  return pane ? startIn(pane, where?.pane === pane ? where.k : keyboardAt?.pane === pane ? keyboardAt.k : 0) : false;
}

let keyboardAt = null; // where the last selection ended
function startIn(pane, k, backwards = false) {
  const text = readPane(pane);
  const words = text ? wordList(text) : [];
  if (!words.length) {
    announce("The words of this text cannot be selected by keyboard.");
    return false;
  }
  const word = backwards ? words.at(-1) : words.find((one) => one.last >= k) || words.at(-1);
  keyboard = { text, words, anchor: word, head: word.last };
  pick();
  return true;
}

function bounds() {
  const { anchor, head } = keyboard;
  return head >= anchor.first ? [anchor.first, head] : [head, anchor.last];
}

function pick() {
  const { text, head } = keyboard;
  const [first, last] = bounds();
  const node = text.nodes[head];
  (node.parentElement || node).dispatchEvent(new CustomEvent("text-reveal", { bubbles: true }));
  document.getSelection().setBaseAndExtent(...before(text, first), ...after(text, last));
  text.pane.closest("[tabindex]")?.focus({ preventScroll: true });
  bringIntoView(rangeOf(text, head, head), text.pane);
  keyboardAt = { pane: text.pane, k: last + 1 };
  const words = wordsOf(text, first, last);
  announce(words.length > 160 ? `${words.slice(0, 60)} … ${words.slice(-60)}` : words);
}

const steps = {
  word(step) {
    const { words, anchor, head } = keyboard;
    if (step > 0 && head < anchor.first) {
      const next = words.find((one) => one.first > head);
      keyboard.head = next && next.first < anchor.first ? next.first : anchor.last;
    } else if (step > 0) keyboard.head = (words.find((one) => one.last > head) || words.at(-1)).last;
    else if (head > anchor.last) keyboard.head = Math.max(words.findLast((one) => one.last < head).last, anchor.last);
    else keyboard.head = (words.findLast((one) => one.first < Math.min(head, anchor.first)) || words[0]).first;
  },
  character(step) {
    const { text, anchor } = keyboard;
    const head = Math.min(Math.max(keyboard.head + step, 0), text.nodes.length - 1);
    keyboard.head = step > 0 && keyboard.head < anchor.first && head >= anchor.first ? anchor.last : head;
  },
  line(step) {
    const { text, words, head } = keyboard;
    const now = rangeOf(text, head, head).getBoundingClientRect();
    const ahead = step > 0 ? words.filter((one) => one.first > head) : words.filter((one) => one.first < head).reverse();
    const far = ahead.find((one) => {
      const box = rangeOf(text, one.first, one.first).getBoundingClientRect();
      return step > 0 ? box.top > now.bottom - 2 : box.bottom < now.top + 2;
    });
    if (far) keyboard.anchor = far;
    else return other(step);
    keyboard.head = keyboard.anchor.last;
  },
  anchor(step) {
    const { words } = keyboard;
    const [first, last] = bounds();
    const next = step > 0 ? words.find((one) => one.first > last) : words.findLast((one) => one.last < first);
    if (!next) return other(step);
    keyboard.anchor = next;
    keyboard.head = next.last;
  },
};

function other(step) {
  const all = panes().filter((pane) => pane.getClientRects().length);
  const next = all[all.indexOf(keyboard.text.pane) + step];
  if (next) startIn(next, 0, step < 0);
}

const startKey = () => document.querySelector("[data-mark-start]")?.dataset.key?.toLowerCase();
function move(event) {
  const forward = getComputedStyle(keyboard.text.pane).direction === "rtl" ? -1 : 1;
  const unit = event.shiftKey ? steps.character : steps.word;
  const done = {
    ArrowRight: () => unit(forward),
    ArrowLeft: () => unit(-forward),
    ArrowDown: () => steps.line(1),
    ArrowUp: () => steps.line(-1),
    Escape: () => selectNothing(),
  }[event.key];
  const again = event.key.toLowerCase() === startKey() && (() => steps.anchor(event.shiftKey ? -1 : 1));
  if (!done && !again) return false;
  (done || again)();
  if (keyboard) pick();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (!keyboard?.text.pane.isConnected || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (typing(event.target) || document.querySelector("dialog:modal")) return;
  if (!move(event)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-mark-start]") && !keyboard) begin();
});

// ---------------------------------------------------------------- drawing
// Marks come from whoever registers: {pane, start, end, css, number, title, id}. Overlapping marks are cut into pieces
// that carry every number; the words themselves are never changed.

const sources = [];
export function drawsMarks(source) {
  sources.push(source);
}

function erase(pane) {
  const old = pane.querySelectorAll("mark[data-mark-ids]");
  old.forEach((mark) => mark.replaceWith(...mark.childNodes));
  pane.querySelectorAll("[data-mark-whole]").forEach((whole) => {
    whole.classList.remove(...whole.dataset.markWhole.split(" "));
    for (const name of ["markWhole", "markIds", "n"]) delete whole.dataset[name];
    whole.removeAttribute("title");
  });
  if (old.length) pane.normalize();
}

const drawn = new WeakMap(); // what each pane shows, so that nothing is touched that stays as it is

export function draw(anew = false) {
  const wanted = sources.flatMap((source) => source()).filter((mark) => mark.pane?.isConnected);
  for (const pane of panes()) {
    const own = wanted.filter((mark) => mark.pane === pane);
    const look = JSON.stringify(own.map((mark) => ({ ...mark, pane: null })));
    if (anew !== true && (drawn.get(pane) ?? "[]") === look) continue;
    drawn.set(pane, look);
    const held = whatIsHeld(pane);
    erase(pane);
    if (own.length) drawIn(pane, own);
    hold(pane, held);
  }
}

// Drawing cuts and joins the text: caret and selection are put back by the characters they stand at.
function whatIsHeld(pane) {
  const text = readPane(pane);
  const chosen = document.getSelection();
  const live = liveRange();
  const here = (range) => text && range && pane.contains(range.commonAncestorContainer) && charactersIn(text, range);
  return {
    selection: here(live),
    kept: kept?.pane === pane ? here(kept.range) : null,
    caret: !live && chosen.rangeCount && paneOf(chosen.focusNode) === pane ? caret() : null,
  };
}

function hold(pane, held) {
  const text = readPane(pane);
  if (!text) return;
  if (held.selection) document.getSelection().setBaseAndExtent(...before(text, held.selection[0]), ...after(text, held.selection[1]));
  if (held.kept) kept = { pane, range: rangeOf(text, ...held.kept) };
  if (held.caret?.k > 0) document.getSelection().collapse(...after(text, Math.min(held.caret.k, text.nodes.length) - 1));
  if (keyboard?.text.pane === pane) keyboard.text = text;
}

function drawIn(pane, marks) {
  const text = readPane(pane);
  if (!text) return;
  const placed = marks.map((mark) => ({ mark, found: within(text, mark.start, mark.end) })).filter(({ found }) => found);
  const borders = [...new Set(placed.flatMap(({ found: [first, last] }) => [first, last + 1]))].sort((a, b) => b - a);
  borders.slice(1).forEach((first, place) => {
    const last = borders[place] - 1;
    const here = placed.filter(({ found }) => found[0] <= first && last <= found[1]);
    if (here.length) drawPiece(text, first, last, here);
  });
}

// From the end to the beginning, so that what is cut off behind does not move what stands before.
function drawPiece(text, first, last, here) {
  const inner = here.reduce((a, b) => (b.found[1] - b.found[0] < a.found[1] - a.found[0] ? b : a)).mark;
  const ending = here.filter(({ found }) => found[1] === last).map(({ mark }) => mark.number);
  const look = { inner, ids: here.map(({ mark }) => mark.id).join(" "), more: here.length > 1, title: here.map(({ mark }) => mark.title).join("; ") };
  const [begun, left] = [here.some(({ found }) => found[0] < first), here.some(({ found }) => found[1] > last)];
  for (let k = last; k >= first; ) {
    let from = k;
    while (from > first && text.nodes[from - 1] === text.nodes[k]) from -= 1;
    const range = withSpaces(text, from, k, begun || from > first, left || k < last);
    paint(text.from[from] < 0 ? text.nodes[from] : null, range, look, k === last ? ending.join(" ") : "");
    k = from - 1;
  }
}

// A mark that goes on takes the space behind it along, and the space at the beginning of the next node.
function withSpaces(text, from, to, begun, left) {
  const range = rangeOf(text, from, to);
  const node = text.nodes[from];
  if (text.from[from] < 0) return range;
  if (begun && !node.data.slice(0, text.from[from]).trim() && !node.previousSibling?.matches?.(BLOCK)) range.setStart(node, 0);
  const space = node.data.slice(text.to[to]).match(/^\s+/);
  if (left && space) range.setEnd(node, text.to[to] + space[0].length);
  return range;
}

function paint(whole, range, look, numbers) {
  const mark = whole || document.createElement("mark");
  const css = ["mk", ...look.inner.css.split(" "), ...(look.more ? ["mark-more"] : [])];
  if (!whole) range.surroundContents(mark);
  mark.classList.add(...css);
  mark.dataset.markIds = look.ids;
  mark.title = look.title;
  if (whole) whole.dataset.markWhole = css.join(" ");
  if (numbers) mark.dataset.n = numbers;
}

export const marksUnder = (node) => (node instanceof Element ? node : node?.parentElement)?.closest("[data-mark-ids]")?.dataset.markIds.split(" ") || [];

// Drawn anew when the text changes, and when another criterion opens: its marks are shown.
for (const type of ["text-set", "text-added", "htmx:afterSettle"]) document.addEventListener(type, () => draw(true));
let due = 0;
const opened = new MutationObserver(() => {
  cancelAnimationFrame(due);
  due = requestAnimationFrame(() => draw());
});
opened.observe(document.documentElement, { subtree: true, attributes: true, attributeFilter: ["data-open"] });
