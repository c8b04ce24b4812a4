// Ranking: the radios hold the answer. Beside them stands the order they make, whose letters can be dragged, or moved
// with the arrow keys; both only press radios. Without a script the radios are all there is.

const ORDINALS = ["", "1st", "2nd", "3rd"];
const TRAYS = { lower: "Lower", unusable: "Unusable", none: "Not ranked yet" };
const FAR = 5; // pixels before a press becomes a drag

const ordinal = (place) => ORDINALS[place] || `${place}th`;
const rows = (box) => [...box.querySelectorAll("[data-rank-of]")];
const radios = (row) => [...row.querySelectorAll("input[type=radio]")];
const letter = (row) => row.dataset.rankOf;
const rowOf = (box, name) => rows(box).find((row) => letter(row) === name);
const has = (box, token) => radios(rows(box)[0]).some((radio) => radio.value === token);

// ---------------------------------------------------------------- the order

// {groups: [[letters]], lower, unusable, none}, as the radios say.
function read(box) {
  const order = { groups: [], lower: [], unusable: [], none: [] };
  const ranked = new Map();
  for (const row of rows(box)) {
    const token = radios(row).find((radio) => radio.checked)?.value || "none";
    if (token in TRAYS) order[token].push(letter(row));
    else ranked.set(Number(token), [...(ranked.get(Number(token)) || []), letter(row)]);
  }
  order.groups = [...ranked.keys()].sort((a, b) => a - b).map((rank) => ranked.get(rank));
  return order;
}

const without = (order, name) => ({
  groups: order.groups.map((group) => group.filter((one) => one !== name)).filter((group) => group.length),
  lower: order.lower.filter((one) => one !== name),
  unusable: order.unusable.filter((one) => one !== name),
  none: order.none.filter((one) => one !== name),
});

// Presses the radios of an order: ranks as in a race, 1 1 3; what comes after the last rank is lower.
function write(box, order, moved) {
  let rank = 1;
  for (const group of order.groups) {
    for (const name of group) press(box, name, has(box, String(rank)) ? String(rank) : "lower");
    rank += group.length;
  }
  for (const tray of ["lower", "unusable"]) for (const name of order[tray]) press(box, name, tray);
  for (const name of order.none) press(box, name, "");
  radios(rowOf(box, moved))[0].dispatchEvent(new Event("change", { bubbles: true }));
  say(box, moved);
}

function press(box, name, token) {
  for (const radio of radios(rowOf(box, name))) radio.checked = radio.value === token;
}

function words(box, name) {
  const order = read(box);
  let before = 0;
  for (const group of order.groups) {
    if (group.includes(name)) {
      const others = group.filter((one) => one !== name);
      return `${ordinal(before + 1)} of ${rows(box).length}${others.length ? `, tied with ${others.join(" and ")}` : ""}`;
    }
    before += group.length;
  }
  return TRAYS[Object.keys(TRAYS).find((tray) => order[tray].includes(name))].toLowerCase();
}

function say(box, name) {
  const region = box.querySelector("[data-rank-said]");
  if (region) region.textContent = `Response ${name}: ${words(box, name)}.`;
}

// ---------------------------------------------------------------- the board

const element = (name, css, text = "") => Object.assign(document.createElement(name), { className: css, textContent: text });

function chip(box, name) {
  const button = element("button", "side rank-chip", name);
  button.type = "button";
  button.dataset.rankChip = name;
  button.setAttribute("aria-label", `Response ${name}, ${words(box, name)}`);
  return button;
}

function line(box, css, drop, label, names) {
  const item = element("li", css);
  item.dataset.drop = drop;
  item.append(element("b", "", label), " ", ...names.map((name) => chip(box, name)));
  return item;
}

function gap(place) {
  const item = element("li", "rank-gap");
  item.dataset.drop = `before:${place}`;
  item.setAttribute("aria-hidden", "true");
  return item;
}

function draw(box) {
  const board = box.querySelector("[data-rank-board]");
  const list = board?.querySelector("[data-rank-groups]");
  if (!list || !rows(box).length) return;
  const order = read(box);
  const items = [gap(0)];
  let before = 0;
  order.groups.forEach((group, place) => {
    const item = line(box, "rank-group", `into:${place}`, ordinal(before + 1), group);
    if (group.length > 1) item.append(" ", element("span", "faint sm", "tied"));
    items.push(item, gap(place + 1));
    before += group.length;
  });
  for (const [tray, label] of Object.entries(TRAYS)) {
    const shown = tray === "none" ? order.none.length : has(box, tray);
    if (shown) items.push(line(box, "rank-tray", tray, label, order[tray]));
  }
  const focused = box.contains(document.activeElement) ? document.activeElement.dataset.rankChip : undefined;
  list.replaceChildren(...items);
  board.hidden = false;
  if (focused) list.querySelector(`[data-rank-chip="${focused}"]`)?.focus();
}

// The order after `name` was put into a group, between groups, or on a tray.
function put(box, name, drop) {
  const before = read(box);
  const [where, number] = drop.split(":");
  const place = Number(number);
  const order = without(before, name);
  if (where in TRAYS) order[where].push(name);
  else {
    // The group it leaves may vanish: places are counted by who stands there.
    const others = before.groups.map((group) => group.filter((one) => one !== name));
    const ahead = others.slice(0, place).filter((group) => group.length).length;
    const into = where === "into" && others[place].length > 0 && !box.hasAttribute("data-no-ties");
    if (into) order.groups[ahead].push(name);
    else order.groups.splice(ahead, 0, [name]);
  }
  return order;
}

// One step up or down: out of a tie, into the next group (a tie) or past it where ties are not allowed.
function step(box, name, down) {
  const order = read(box);
  const place = order.groups.findIndex((group) => group.includes(name));
  const last = order.groups.length;
  const trays = ["lower", "unusable"].filter((tray) => has(box, tray));
  if (place < 0) {
    const at = trays.findIndex((tray) => order[tray].includes(name));
    if (down && at + 1 < trays.length) return put(box, name, trays[at + 1]);
    if (down) return null;
    return put(box, name, at > 0 ? trays[at - 1] : `before:${last}`);
  }
  if (order.groups[place].length > 1) return put(box, name, `before:${down ? place + 1 : place}`);
  const next = place + (down ? 1 : -1);
  if (next < 0) return null;
  if (next === last) return trays.length ? put(box, name, trays[0]) : null;
  if (!box.hasAttribute("data-no-ties")) return put(box, name, `into:${next}`);
  return put(box, name, `before:${down ? next + 1 : next}`);
}

// ------------------------------------------------------------------- moving

document.addEventListener("keydown", (event) => {
  const button = event.target instanceof Element && event.target.closest("[data-rank-chip]");
  if (!button || event.ctrlKey || event.metaKey || event.altKey) return;
  const box = button.closest("[data-ranking]");
  const name = button.dataset.rankChip;
  if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    event.preventDefault();
    const order = step(box, name, event.key === "ArrowDown");
    if (order) write(box, order, name);
    else say(box, name);
    return;
  }
  // On a letter of the board the keys mean this response, not the first one.
  if (document.documentElement.dataset.keys === "off") return;
  const label = rowOf(box, name).querySelector(`[data-key="${CSS.escape(event.key)}" i]`);
  if (!label) return;
  event.preventDefault();
  const { value } = label.querySelector("input");
  if (value in TRAYS) return write(box, put(box, name, value), name);
  label.querySelector("input").click();
  say(box, name);
}, true);

let drag = null;
const zone = (event) => document.elementFromPoint(event.clientX, event.clientY)?.closest?.("[data-drop]");

function mark(box, found) {
  box.querySelectorAll("[data-drop].is-over").forEach((item) => item.classList.toggle("is-over", item === found));
  found?.classList.add("is-over");
}

function release() {
  if (!drag) return;
  const { box, button, held } = drag;
  drag = null;
  button.classList.remove("is-dragged");
  held?.cancel();
  box.classList.remove("is-sorting");
  mark(box, null);
}

document.addEventListener("pointerdown", (event) => {
  const button = event.target instanceof Element && event.target.closest("[data-rank-chip]");
  if (!button || event.button !== 0 || button.closest("fieldset[disabled]")) return;
  release();
  drag = { button, box: button.closest("[data-ranking]"), x: event.clientX, y: event.clientY, moving: false };
  button.setPointerCapture(event.pointerId);
});
document.addEventListener("pointermove", (event) => {
  if (!drag) return;
  const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
  if (!drag.moving && Math.hypot(dx, dy) < FAR) return;
  drag.moving = true;
  drag.button.classList.add("is-dragged");
  drag.box.classList.add("is-sorting");
  drag.held?.cancel();
  drag.held = drag.button.animate({ translate: [`${dx}px ${dy}px`, `${dx}px ${dy}px`] }, { duration: 1, fill: "forwards" });
  const found = zone(event);
  mark(drag.box, found && drag.box.contains(found) ? found : null);
});
document.addEventListener("pointerup", (event) => {
  if (!drag) return;
  const { box, button, moving } = drag;
  const found = moving && zone(event);
  release();
  if (found && box.contains(found)) write(box, put(box, button.dataset.rankChip, found.dataset.drop), button.dataset.rankChip);
});
document.addEventListener("pointercancel", release);
document.addEventListener("keydown", (event) => event.key === "Escape" && release());

// -------------------------------------------------------------------- start

const drawAll = () => document.querySelectorAll("[data-ranking]").forEach(draw);
document.addEventListener("change", (event) => {
  const box = event.target instanceof Element && event.target.closest("[data-ranking]");
  if (box) draw(box);
});
for (const type of ["htmx:afterSettle", "draft-filled", "rows-changed"]) document.addEventListener(type, drawAll);
drawAll();
