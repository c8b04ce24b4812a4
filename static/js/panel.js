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
// Before anything else that listens to Esc: a field inside must not only lose the focus.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing || document.querySelector("dialog:modal")) return;
  if (!panel()?.contains(document.activeElement) || !close()) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
