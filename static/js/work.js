// The evaluation screen: how many answers are given, counted while they are given; the box to skip a task.

import { announce } from "./announce.js";

const chosen = (node) => node.querySelector("input:checked:not([type=hidden], [data-not-an-answer])") !== null;
const written = (node) =>
  [...node.querySelectorAll("textarea:not([data-rationale]), input[type=text], input[type=number], select")].some((field) => !field.hasAttribute("data-not-an-answer") && field.value.trim() !== "");

const isOptional = (stop) => stop.hasAttribute("data-optional");

// A criterion in parts is answered once each has a choice; an empty spare part asks for nothing.
function inParts(stop) {
  const parts = [...stop.querySelectorAll("[data-part]")].filter((part) => part.dataset.part !== "spare" || chosen(part) || written(part));
  const beside = [...stop.querySelectorAll("input:checked:not([type=hidden], [data-not-an-answer])")].some((field) => !field.closest("[data-part]"));
  return beside || (parts.length > 0 && parts.every(chosen));
}

const answered = (stop) => (stop.querySelector("[data-part]") && !isOptional(stop) ? inParts(stop) : chosen(stop) || written(stop));

function count() {
  const stops = [...document.querySelectorAll("#task [data-criterion][data-progress]:not([hidden])")];
  if (!stops.length) return;
  for (const stop of stops) {
    stop.dataset.progress = answered(stop) ? "done" : isOptional(stop) ? "optional" : "left";
  }
  const wanted = stops.filter((stop) => !isOptional(stop)); // the total stays: an optional answer adds nothing to it
  const left = wanted.filter((stop) => stop.dataset.progress === "left");
  document.querySelectorAll("[data-rated]").forEach((node) => (node.textContent = `${wanted.length - left.length} of ${wanted.length}`));
  document.querySelectorAll("[data-left]").forEach((node) => {
    node.hidden = !left.length;
    if (left.length) node.querySelector("a").href = `#${left[0].id}`;
  });
}

for (const type of ["change", "input", "draft-filled", "rows-changed"]) document.addEventListener(type, count);
document.addEventListener("htmx:afterSettle", count);
// The next task begins at its own first criterion: htmx must not carry the focus over to the same field of it.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target === document.body) document.activeElement?.blur();
});
count();

// Opening the box to skip a task puts the cursor where the reason goes.
document.addEventListener("toggle", (event) => {
  if (event.target.matches("details[data-to-field][open]")) event.target.querySelector("input:not([type=hidden]), textarea")?.focus();
}, true);

// The heading of the next task takes the focus and is read; that the one before arrived is said after it.
document.addEventListener("htmx:afterSettle", (event) => {
  const strip = event.detail.target === document.body && document.querySelector(".undo-strip");
  if (!strip) return;
  const undo = strip.querySelector("[data-countdown]");
  announce(undo ? `Submitted. It can be undone for ${undo.textContent.trim()} minutes.` : "Submitted.");
});
