// A form beside a task: opened by a link, closed by its button or Esc. What was typed is kept by keep.js.

const panel = () => document.querySelector("[data-panel]");
let opener = null;

function close() {
  const found = panel();
  if (!found) return false;
  found.replaceWith(Object.assign(document.createElement("div"), { id: "side-panel", hidden: true }));
  (opener?.isConnected ? opener : document.getElementById("main"))?.focus({ preventScroll: true });
  return true;
}

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  const link = event.target.closest("[data-panel-opener]");
  if (link) opener = link;
  if (event.target.closest("[data-close-panel]")) close();
});

// Beside a section of the guideline: the same form to ask, with the section chosen.
const section = () => document.querySelector("#drawer-results [data-section]")?.dataset.section;
document.addEventListener("htmx:afterSettle", () => {
  const offered = Boolean(section() && document.querySelector("[data-ask]"));
  document.querySelectorAll("[data-ask-section]").forEach((button) => (button.hidden = !offered));
});
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element && event.target.closest("[data-ask-section]");
  const link = document.querySelector("[data-ask]");
  if (!button || !link) return;
  opener = button;
  const address = `${link.getAttribute("href")}?section=${encodeURIComponent(section())}`;
  window.htmx.ajax("GET", address, { target: "#side-panel", swap: "outerHTML" });
});

// Before anything else that listens to Esc: a field inside must not only lose the focus.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing || document.querySelector("dialog:modal")) return;
  if (!panel()?.contains(document.activeElement) || !close()) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
