// Inside a task: the criterion one works on opens, the guideline drawer opens and closes, panes scroll together.

// ------------------------------------------------------------- criteria
// Opening moves what lies below, so with a pointer it waits until the button is up: the click keeps its target.

let pointerDown = false;
let waiting = null;
const place = () => `evaltool:open:${location.pathname}`; // a reload or a new sign-in comes back to the same criterion

function open(criterion) {
  if (criterion.id) sessionStorage.setItem(place(), criterion.id);
  document.querySelectorAll("[data-criterion][data-open]").forEach((other) => {
    if (other !== criterion) other.removeAttribute("data-open");
  });
  criterion.setAttribute("data-open", "");
}

document.addEventListener("pointerdown", () => (pointerDown = true), true);
for (const type of ["pointerup", "pointercancel"]) {
  document.addEventListener(type, () => {
    pointerDown = false;
    const criterion = waiting;
    waiting = null;
    if (criterion) setTimeout(() => open(criterion), 0);
  }, true);
}
document.addEventListener("focusin", (event) => {
  const criterion = event.target instanceof Element && event.target.closest("[data-criterion]");
  if (!criterion) return;
  if (pointerDown) waiting = criterion;
  else open(criterion);
});
// A click on the head of a closed criterion opens it too.
document.addEventListener("click", (event) => {
  const head = event.target instanceof Element && event.target.closest(".crit-head");
  const criterion = head?.closest("[data-criterion]");
  if (criterion && !criterion.hasAttribute("data-open")) open(criterion);
});

function reopen() {
  const last = document.getElementById(sessionStorage.getItem(place()) || "");
  if (last?.matches("[data-criterion]") && !document.querySelector("[data-criterion][data-open]")) open(last);
}

// --------------------------------------------------------------- drawer

const drawer = () => document.querySelector("[data-drawer]");
const toggles = () => document.querySelectorAll("[data-drawer-toggle]");
let opener = null;

function setDrawer(shown, focus = true) {
  const panel = drawer();
  if (!panel) return;
  panel.hidden = !shown;
  toggles().forEach((button) => button.setAttribute("aria-expanded", String(shown)));
  if (!focus) return;
  try {
    localStorage.setItem("evaltool:drawer", shown ? "open" : "closed");
  } catch {
    // no storage: the drawer simply starts closed next time
  }
  if (shown) (panel.querySelector("[data-search]") || panel.querySelector("h2"))?.focus();
  else (opener?.isConnected ? opener : toggles()[0])?.focus();
}

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  const toggle = event.target.closest("[data-drawer-toggle]");
  if (toggle && drawer() && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    if (drawer().hidden) opener = document.activeElement?.closest("main, header") ? document.activeElement : toggle;
    setDrawer(drawer().hidden);
  }
  if (event.target.closest("[data-drawer-close]")) setDrawer(false);
});
// A section that a criterion rests on opens in the drawer, where there is one beside the task.
document.addEventListener("click", (event) => {
  const chip = event.target instanceof Element && event.target.closest("[data-section]");
  const link = chip && drawer()?.querySelector(`[data-section-link="${CSS.escape(chip.dataset.section)}"]`);
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  if (drawer().hidden) setDrawer(true, false);
  link.click();
  drawer().scrollIntoView({ block: "nearest" });
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog:modal")) return;
  const panel = drawer();
  if (!panel || panel.hidden || !panel.contains(document.activeElement)) return;
  event.preventDefault();
  setDrawer(false);
});

// Beside the task where there is room (none beside a decision or a comparison), unless the person closed it last time.
const wide = () => matchMedia("(min-width: 80rem)").matches && !document.querySelector(".bench--adj, .bench--compare");
function start() {
  const panel = drawer();
  if (panel && !panel.dataset.ready) {
    panel.dataset.ready = "yes";
    setDrawer(wide() && localStorage.getItem("evaltool:drawer") !== "closed", false);
  }
  reopen();
}
start();
document.addEventListener("htmx:afterSettle", (event) => event.detail.target === document.body && start());

// ------------------------------------------------- panes that scroll together

let leading = null;
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element && event.target.closest("[data-sync-toggle]");
  if (button) button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
});
document.addEventListener("scroll", (event) => {
  const pane = event.target instanceof Element && event.target.closest("[data-sync-scroll]");
  if (!pane || (leading && leading !== pane)) return;
  const name = pane.dataset.syncScroll;
  if (document.querySelector(`[data-sync-toggle="${CSS.escape(name)}"]`)?.getAttribute("aria-pressed") !== "true") return;
  leading = pane;
  const share = pane.scrollTop / Math.max(1, pane.scrollHeight - pane.clientHeight);
  document.querySelectorAll(`[data-sync-scroll="${CSS.escape(name)}"]`).forEach((other) => {
    if (other !== pane) other.scrollTop = share * (other.scrollHeight - other.clientHeight);
  });
  requestAnimationFrame(() => requestAnimationFrame(() => (leading = null)));
}, true);
