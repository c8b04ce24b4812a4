// The row of keys at the bottom names the keys of the criterion one works on: how far its digits go, N/A, reason, and
// the letters its kind has of its own.

const row = () => document.querySelector("[data-hints]");
const criterion = () =>
  document.activeElement?.closest?.("[data-criterion]") || document.querySelector("[data-criterion][data-open]") || document.querySelector("[data-criterion]");
const keysIn = (stop) => [...stop.querySelectorAll("[data-key]")].filter((node) => !node.closest("[hidden]"));

function cap(key) {
  return Object.assign(document.createElement("kbd"), { className: "kbd", textContent: key.toUpperCase() });
}

function ownLetters(stop) {
  const said = new Set([...row().querySelectorAll("li:not([data-own]) kbd")].map((node) => node.textContent));
  const found = new Map();
  for (const node of keysIn(stop)) {
    const key = node.dataset.key.toUpperCase();
    if (!key || /^\d$/.test(key) || said.has(key) || !node.dataset.keyHelp || found.size > 5) continue;
    found.set(key, node.dataset.keyHelp[0].toLowerCase() + node.dataset.keyHelp.slice(1));
  }
  return [...found].map(([key, help]) => {
    const item = document.createElement("li");
    item.dataset.own = "";
    item.append(cap(key), ` ${help}`);
    return item;
  });
}

function show() {
  const stop = criterion();
  if (!row() || !stop) return;
  const digits = keysIn(stop).map((node) => node.dataset.key).filter((key) => /^[1-9]$/.test(key));
  const part = (name) => row().querySelector(`[data-hint=${name}]`);
  part("digits").hidden = !digits.length;
  if (digits.length) part("digits").querySelector("[data-last]").textContent = digits.sort().at(-1);
  part("digits").querySelector("[data-noun]").textContent = stop.querySelector(".levels") ? "level" : "option";
  part("na").hidden = !keysIn(stop).some((node) => node.dataset.key === "0");
  if (part("reason")) part("reason").hidden = !stop.querySelector("[data-rationale]");
  row().querySelectorAll("[data-own]").forEach((item) => item.remove());
  part("digits").after(...ownLetters(stop));
}

let waiting = false;
function soon() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    show();
  });
}

for (const type of ["focusin", "change", "rows-changed", "htmx:afterSettle"]) document.addEventListener(type, soon);
soon();
