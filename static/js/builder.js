// The rubric builder: criteria are moved by dragging their grip and by Alt with the arrows. Both press the form's own
// button, so that what is typed is saved first and the server decides.

const form = () => document.querySelector("form#criterion");
const entries = () => [...document.querySelectorAll("[data-entries] [data-entry]")];

function send(from, to) {
  const button = form()?.querySelector("[data-move-button]");
  if (!button || from === to || to < 0 || to >= entries().length) return false;
  button.value = `move:${from}:${to}`;
  form().requestSubmit(button);
  return true;
}

// ------------------------------------------------------------------ by keys

document.addEventListener("keydown", (event) => {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!step || !event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || !form()) return;
  const active = event.target instanceof Element ? event.target : document.body;
  if (active.closest("select, textarea") || (active !== document.body && !form().contains(active))) return;
  const entry = active.closest("[data-entry]") || document.querySelector("[data-entry]:has([aria-current])");
  if (!entry) return;
  event.preventDefault(); // also at the ends, where the page would scroll instead
  send(Number(entry.dataset.entry), Number(entry.dataset.entry) + step);
});

// -------------------------------------------------------------- by dragging

let held = null;

// The place an entry would have if it were let go at this height: the number of others whose middle lies above.
const placeAt = (y) =>
  entries().filter((entry) => entry !== held && entry.getBoundingClientRect().top + entry.offsetHeight / 2 < y).length;

function show(place) {
  const others = entries().filter((entry) => entry !== held);
  entries().forEach((entry) => entry.classList.remove("drop-before", "drop-after"));
  if (place < others.length) others[place].classList.add("drop-before");
  else others.at(-1)?.classList.add("drop-after");
}

function letGo() {
  held?.classList.remove("is-held");
  entries().forEach((entry) => entry.classList.remove("drop-before", "drop-after"));
  held = null;
}

document.addEventListener("pointerdown", (event) => {
  const grip = event.target instanceof Element && event.target.closest("[data-grip]");
  if (!grip || event.button !== 0) return;
  held = grip.closest("[data-entry]");
  held.classList.add("is-held");
  grip.setPointerCapture(event.pointerId);
  event.preventDefault();
});
document.addEventListener("pointermove", (event) => held && show(placeAt(event.clientY)));
document.addEventListener("pointerup", (event) => {
  if (!held) return;
  const [from, to] = [Number(held.dataset.entry), placeAt(event.clientY)];
  letGo();
  send(from, to);
});
document.addEventListener("pointercancel", letGo);
document.addEventListener("keydown", (event) => event.key === "Escape" && held && letGo());
