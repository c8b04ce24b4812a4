// Single keys, from data attributes. A letter presses what carries it: first in the box or the criterion one is in,
// then anywhere on the page. Off inside text fields, with a modifier, under a dialog, and for people who turned keys
// off. Which key is whose is said by the page: by data-key, and for what needs no element by <meta name="evaltool-keys">.

const own = JSON.parse(document.querySelector("meta[name=evaltool-keys]")?.content || "{}");

// The person's own key for an action; undefined when there is none.
export const keyOf = (action) => own[action];

const enabled = () => document.documentElement.dataset.keys !== "off";
const visible = (node) => node.getClientRects().length > 0 && !node.closest("[hidden], [inert]");
const TEXT = "textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=button], [type=submit], [type=range])";
const typing = (node) => node instanceof Element && node.closest(TEXT) !== null;

// A criterion that has rows of its own is visited row by row.
const stops = () => {
  const all = [...document.querySelectorAll("[data-criterion], [data-row]")].filter(visible);
  return all.filter((node) => node.matches("[data-row]") || !all.some((other) => other.matches("[data-row]") && node.contains(other)));
};
const criterion = () =>
  document.activeElement?.closest?.("[data-criterion]") ||
  document.querySelector("[data-criterion][data-open]") ||
  document.querySelector("[data-criterion]");

function enter(stop) {
  const control =
    (stop.matches("[data-row=whole]") && stop) ||
    stop.querySelector("input:checked:not([type=hidden])") ||
    stop.querySelector("input:not([type=hidden]), textarea, select, a[href], button:not([disabled])");
  (control || stop).focus();
  stop.scrollIntoView({ block: "nearest" });
}

// From the stop one is in; else from the place in its criterion, or from the criterion that is open.
function move(step) {
  const all = stops();
  const active = document.activeElement;
  const open = document.querySelector("[data-criterion][data-open]");
  const from = all.find((stop) => stop.contains(active)) || (active?.closest("[data-criterion]") ? active : open);
  const side = step > 0 ? Node.DOCUMENT_POSITION_FOLLOWING : Node.DOCUMENT_POSITION_PRECEDING;
  const ahead = from ? all.filter((stop) => stop !== from && from.compareDocumentPosition(stop) & side) : all;
  // From the list of what is wrong, the criterion that stands open (the first that is wrong) comes first.
  const wrong = active?.closest("[data-focus]") && open && all.find((stop) => open.contains(stop));
  const next = wrong || (step > 0 ? ahead[0] : ahead.at(-1));
  if (!next) return false;
  enter(next);
  return true;
}

function press(node) {
  if (node.disabled || node.getAttribute("aria-disabled") === "true") return false;
  const input = node.matches("label") ? node.control || node.querySelector("input") : null;
  if (input) {
    input.focus();
    input.click();
  } else if (node.matches("input, textarea, select") && !node.matches("[type=checkbox], [type=radio], [type=submit]")) {
    node.focus();
  } else {
    node.click();
  }
  return true;
}

function carrier(key) {
  const selector = `[data-key="${CSS.escape(key)}" i]`;
  const inside = (root) => root && [...root.querySelectorAll(selector)].find(visible);
  // A box one is in comes first, then the criterion one works on.
  const here = inside(document.activeElement?.closest?.("[data-key-scope]")) || inside(criterion());
  if (here) return here;
  return [...document.querySelectorAll(selector)].find((node) => visible(node) && !node.closest("[data-criterion]"));
}

function searchField() {
  return [...document.querySelectorAll("[data-search], [role=search] input[type=search]")].find(visible);
}

function rationale() {
  const field = criterion()?.querySelector("[data-rationale]");
  if (!field) return false;
  criterion().setAttribute("data-open", "");
  field.focus();
  return true;
}

function search() {
  const field = searchField();
  field?.focus();
  field?.select?.();
  return Boolean(field);
}

// What a page need not carry a control for.
const built = { help: showKeys, search, next: () => move(1), previous: () => move(-1), reason: rationale };

function act(key) {
  const found = carrier(key);
  if (found) return press(found);
  const action = Object.keys(built).find((name) => keyOf(name) === key);
  return action ? built[action]() : false;
}

function sendPrimary() {
  const here = document.activeElement?.closest?.("form[data-primary-form]");
  const boxed = document.activeElement?.closest?.("[data-key-scope]")?.querySelector("form[data-primary-form]");
  const form = here || boxed || [...document.querySelectorAll("form[data-primary-form]")].find(visible);
  if (!form) return false;
  const button = [...form.elements].find((field) => field.matches("button[data-primary], .btn--primary[type=submit], button.btn--primary:not([type])"));
  if (button?.disabled) return false;
  form.requestSubmit(button || undefined);
  return true;
}

function showKeys() {
  const dialog = document.getElementById("keys-dialog");
  if (!dialog || dialog.open) return false;
  const list = dialog.querySelector("[data-key-list]");
  const seen = new Map();
  document.querySelectorAll("[data-key]").forEach((node) => {
    const key = node.dataset.key.toUpperCase();
    if (!key || !visible(node) || seen.has(key) || /^\d$/.test(key)) return;
    const words = [...node.childNodes].filter((child) => !(child instanceof Element && child.matches("kbd, svg"))).map((child) => child.textContent);
    seen.set(key, node.dataset.keyHelp || node.getAttribute("aria-label") || words.join(" ").trim());
  });
  if (document.querySelector("[data-criterion] [data-key='1']")) seen.set("1 to 9, 0", "The option in front of you; 0 is N/A");
  if (keyOf("reason") && document.querySelector("[data-rationale]")) seen.set(keyOf("reason").toUpperCase(), "Reason");
  list.replaceChildren(...[...seen].map(([key, help]) => row(key, help)));
  dialog.showModal();
  return true;
}

function row(key, help) {
  const line = document.createElement("tr");
  const cell = document.createElement("td");
  const cap = Object.assign(document.createElement("kbd"), { className: "kbd", textContent: key });
  cell.append(cap);
  line.append(cell, Object.assign(document.createElement("td"), { textContent: help }));
  return line;
}

document.addEventListener("click", (event) => {
  // The button opens the same filled list as the key.
  if (event.target instanceof Element && event.target.closest("[data-open-dialog=keys-dialog]")) {
    event.stopImmediatePropagation();
    event.preventDefault();
    showKeys();
  }
}, true);

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    if (!event.repeat && !document.querySelector("dialog:modal") && sendPrimary()) event.preventDefault();
    return;
  }
  if (event.key === "Escape" && typing(event.target) && !document.querySelector("dialog:modal")) {
    event.target.blur();
    (event.target.closest("[data-row=whole], [data-criterion]") || document.getElementById("main"))?.focus?.({ preventScroll: true });
    event.preventDefault();
    return;
  }
  if (!enabled() || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (typing(event.target) || document.querySelector("dialog:modal")) return;
  if (event.key.length === 1 && act(event.key.toLowerCase())) event.preventDefault();
});
