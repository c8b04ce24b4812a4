// Deciding a disagreement: touching the lead's own control chooses it, adopting an answer empties it, and the bar counts.

const put = new WeakMap(); // what stood in an own control before an answer was adopted

const controls = (own) => [...own.querySelectorAll("input, textarea, select")];
const ticks = (field) => field.type === "radio" || field.type === "checkbox";
const filled = (own) => controls(own).some((field) => (ticks(field) ? field.checked : field.value.trim() !== ""));

function empty(own) {
  if (filled(own)) put.set(own, controls(own).map((field) => (ticks(field) ? field.checked : field.value)));
  for (const field of controls(own)) {
    if (ticks(field)) field.checked = false;
    else field.value = "";
  }
}

function refill(own) {
  const before = put.get(own);
  if (!before || filled(own)) return;
  controls(own).forEach((field, place) => {
    if (ticks(field)) field.checked = before[place];
    else field.value = before[place];
  });
}

function changed(event) {
  const decision = event.target instanceof Element && event.target.closest("[data-decision]");
  if (!decision) return;
  const own = decision.querySelector("[data-own]");
  const radio = decision.querySelector(".picks input[value=own]");
  if (own.contains(event.target)) radio.checked = true;
  else if (event.target === radio) refill(own);
  else empty(own);
  count();
}

function count() {
  const place = document.querySelector("[data-decided]");
  if (!place) return;
  const all = [...document.querySelectorAll("[data-disputed]")];
  const done = all.filter((decision) => {
    const chosen = decision.querySelector(".picks input:checked");
    return chosen && (chosen.value !== "own" || filled(decision.querySelector("[data-own]")));
  });
  place.textContent = `${done.length} of ${all.length} decided`;
}

document.addEventListener("change", changed);
document.addEventListener("input", (event) => {
  if (event.target instanceof HTMLTextAreaElement) changed(event);
});
window.addEventListener("pageshow", count);
