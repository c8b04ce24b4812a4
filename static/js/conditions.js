// Which criteria are asked: those with a condition come and go with the answer it looks at; those about marked spans
// follow the draft, since the server names them. Without this script all are shown, with the words "Only if …".

import { announce } from "./announce.js";

const escape = (text) => CSS.escape(text);
const titleOf = (row) => row.querySelector("legend")?.textContent.trim() || "";

function answers(form, name) {
  const fields = [...form.querySelectorAll(`[name="${escape(`${name}.value`)}"], [name="${escape(name)}"]`)];
  const given = fields.filter((field) => !["radio", "checkbox"].includes(field.type) || field.checked);
  const na = form.querySelector(`[name="${escape(`${name}.na`)}"]:checked`);
  return [...given.map((field) => field.value), ...(na ? ["na"] : [])];
}

function isAsked(form, row) {
  const { whenName, whenValues, within } = row.dataset;
  const above = (prefix) => form.querySelector(`[data-prefix="${escape(prefix)}"]`);
  if (within && above(within)?.hidden) return false;
  if (!whenName) return true;
  if (above(whenName)?.hidden) return false;
  const wanted = JSON.parse(whenValues);
  return answers(form, whenName).some((value) => wanted.includes(value));
}

// Rows are in the order of the rubric, so what a row looks at is decided before it.
function follow(form) {
  const came = [];
  const went = [];
  for (const row of form.querySelectorAll("[data-when-name], [data-within]")) {
    const asked = isAsked(form, row);
    if (row.hidden === !asked) continue;
    row.hidden = !asked;
    if (row.dataset.progress) row.dataset.progress = asked ? "left" : "unasked";
    (asked ? came : went).push(titleOf(row));
  }
  return { came, went };
}

function say({ came, went, said = [] }) {
  const words = [...said, came.length ? `Now asked: ${came.join("; ")}.` : "", went.length ? `No longer asked: ${went.join("; ")}.` : ""];
  if (said.length || came.length || went.length) announce(words.join(" ").trim());
}

// Before other scripts hear of the change, so that they count what is asked now.
for (const type of ["change", "draft-filled"]) {
  document.addEventListener(type, (event) => {
    const form = event.target instanceof Element && event.target.closest("form");
    if (form) say(follow(form));
  }, true);
}

const start = () => document.querySelectorAll("form").forEach(follow);
start();
document.addEventListener("htmx:afterSettle", start);

// ------------------------------------------------- rows that the server names

// The page keeps every row it has, with what is being typed in it; only what came and what went is touched.
function merge(form, page) {
  const fresh = [...page.querySelectorAll("[data-criterion]")];
  const names = new Set(fresh.map((row) => row.id));
  const old = [...form.querySelectorAll("[data-criterion]")].filter((row) => !names.has(row.id));
  old.forEach((row) => row.remove());
  const came = fresh.filter((row) => !form.querySelector(`#${escape(row.id)}`));
  fresh.forEach((row, place) => {
    if (came.includes(row)) insert(form, row, fresh[place - 1]);
  });
  const said = [];
  for (const slot of page.querySelectorAll("[data-slot]")) {
    const here = form.querySelector(`[data-slot="${escape(slot.dataset.slot)}"]`);
    if (!here || here.isEqualNode(slot)) continue;
    said.push(slot.textContent.trim());
    here.replaceWith(document.importNode(slot, true));
  }
  return { came: came.filter((row) => row.dataset.progress !== "unasked").map(titleOf), went: old.map(titleOf), said };
}

function insert(form, row, before) {
  const new_ = document.importNode(row, true);
  new_.removeAttribute("data-open");
  new_.hidden = row.dataset.progress === "unasked";
  const after = before && form.querySelector(`#${escape(before.id)}`);
  if (after) after.after(new_);
  else form.querySelector(".crit-group")?.prepend(new_);
  window.htmx?.process(new_);
}

document.addEventListener("draft-saved", async (event) => {
  const form = event.target;
  if (!event.detail.rows_changed || !form.dataset.rowsUrl) return;
  const answer = await fetch(form.dataset.rowsUrl, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || !form.isConnected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const changed = merge(form, page);
  const { came, went } = follow(form);
  form.dispatchEvent(new CustomEvent("rows-changed", { bubbles: true }));
  say({ came: [...changed.came, ...came], went: [...changed.went, ...went], said: changed.said });
});
