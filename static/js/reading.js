// The reading pane: long texts folded, turns closed and opened. The text stays in the page, whole and in its place:
// find-in-page, links to a passage, marks and our own search open what they lead into.

const SHOWN = 180; // words of a folded text that stay in sight
const WORTH = 60; // words that a fold must save
const words = (node) => (node.textContent.match(/\S+/g) || []).length;
const place = () => `evaltool:unfolded:${location.pathname}`;

const opened = () => new Set((sessionStorage.getItem(place()) || "").split(" ").filter(Boolean));
function remember(name) {
  sessionStorage.setItem(place(), [...opened().add(name)].join(" "));
}

// ------------------------------------------------------------------ folds

function fold(text) {
  text.dataset.folded = "";
  const name = text.dataset.sourceTarget || "";
  if (opened().has(name)) return;
  const parts = [...text.children];
  let seen = 0;
  const rest = parts.filter((part) => {
    const inSight = seen < SHOWN;
    seen += words(part);
    return !inSight;
  });
  if (rest.reduce((sum, part) => sum + words(part), 0) < WORTH) return clip(text);
  const box = document.createElement("div");
  box.className = "fold-rest";
  box.setAttribute("hidden", "onbeforematch" in box ? "until-found" : "");
  const nodes = [...text.childNodes];
  rest[0].before(box);
  box.append(...nodes.slice(nodes.indexOf(rest[0])));
  box.addEventListener("beforematch", () => unfold(text, false));
  text.after(button(text));
}

// One long block cannot be cut: its beginning is in sight, and it opens when something in it is looked for.
function clip(text) {
  text.classList.add("is-clipped");
  for (const type of ["scroll", "focusin"]) text.addEventListener(type, () => unfold(text, false), { once: true });
  text.after(button(text));
}

function button(text) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", className: "btn btn--sm fold-open", textContent: `Show all ${text.dataset.fold} words` });
  made.dataset.unfold = text.dataset.sourceTarget || "";
  return made;
}

export function unfold(text, focus = false) {
  const box = text.querySelector(":scope > .fold-rest");
  const opener = text.nextElementSibling?.matches("[data-unfold]") ? text.nextElementSibling : null;
  const first = box?.firstElementChild;
  box?.removeAttribute("hidden");
  text.classList.remove("is-clipped");
  text.scrollTop = 0;
  opener?.remove();
  remember(text.dataset.sourceTarget || "");
  if (!focus) return;
  const next = first || text;
  next.setAttribute("tabindex", "-1");
  next.focus({ preventScroll: true }); // reading goes on where the fold was
}

// Opens whatever hides a node: its fold and its turn.
export function reveal(node) {
  const inside = node instanceof Element ? node : node.parentElement;
  const text = inside?.closest("[data-fold]");
  if (text && (text.querySelector(":scope > .fold-rest[hidden]") || text.classList.contains("is-clipped"))) unfold(text);
  const turn = inside?.closest("details[data-turn]:not([open])");
  if (turn) turn.open = true;
}

document.addEventListener("click", (event) => {
  const opener = event.target instanceof Element && event.target.closest("[data-unfold]");
  if (opener) unfold(opener.previousElementSibling, true);
});
document.addEventListener("text-reveal", (event) => reveal(event.target)); // for scripts that lead to a passage

// ------------------------------------------------------------------ turns

const turns = () => [...document.querySelectorAll("details[data-turn]")];

function nameToggle() {
  const toggle = document.querySelector("[data-turns-toggle]");
  if (!toggle) return;
  const closed = turns().some((turn) => !turn.open);
  toggle.setAttribute("aria-pressed", String(closed));
  toggle.textContent = closed ? "Open all turns" : "Close all turns";
}

document.addEventListener("click", (event) => {
  const toggle = event.target instanceof Element && event.target.closest("[data-turns-toggle]");
  if (!toggle) return;
  const open = toggle.getAttribute("aria-pressed") === "true";
  turns().forEach((turn) => (turn.open = open));
  nameToggle();
});
document.addEventListener("toggle", (event) => event.target.matches?.("details[data-turn]") && nameToggle(), true);

function start() {
  document.querySelectorAll("[data-fold]:not([data-folded])").forEach(fold);
  const linked = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (linked) reveal(linked);
}

start();
document.addEventListener("htmx:afterSettle", start);
