// What is typed into a form without drafts on the server stays in this browser until a page says that it arrived: over
// a lost connection, a new sign-in, a crash. `<form data-keep="id">`; `data-bound` when the server gave it back filled
// in; `data-acknowledged="id"` on the page after it. Bound to the person, like drafts, and asked about at sign-out.

const user = document.documentElement.dataset.user || "";
const keyOf = (id) => `evaltool:draft:${user}:${id}:kept`;
const ticks = (field) => field.type === "radio" || field.type === "checkbox";
const fieldsOf = (form) => [...form.elements].filter((field) => field.name && !["hidden", "submit", "button", "password", "file"].includes(field.type));

function contents(form) {
  return fieldsOf(form).filter((field) => !ticks(field) || field.checked).map((field) => [field.name, field.value]);
}

function fill(form, pairs) {
  const found = {};
  for (const [name, value] of pairs) (found[name] ||= []).push(value);
  for (const field of fieldsOf(form)) {
    const values = found[field.name] || [];
    if (ticks(field)) field.checked = values.includes(field.value);
    else field.value = values[0] ?? "";
  }
  // A script of the page made the fields these came from, and takes them up.
  for (const [name, values] of Object.entries(found)) {
    if (form.elements.namedItem(name)) continue;
    const typed = values.filter((value) => value !== "");
    form.append(...typed.map((value) => Object.assign(document.createElement("input"), { type: "hidden", name, value })));
  }
  form.dispatchEvent(new CustomEvent("draft-filled", { bubbles: true }));
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function keep(form) {
  try {
    localStorage.setItem(keyOf(form.dataset.keep), JSON.stringify({ pairs: contents(form), at: Date.now() }));
  } catch {
    // no storage: the form still works
  }
}

function start() {
  document.querySelectorAll("[data-acknowledged]").forEach((node) => localStorage.removeItem(keyOf(node.dataset.acknowledged)));
  document.querySelectorAll("form[data-keep]:not([data-keeping])").forEach(begin);
}

function begin(form) {
  form.dataset.keeping = "yes";
  const before = read(keyOf(form.dataset.keep));
  if (before?.pairs && !("bound" in form.dataset) && JSON.stringify(before.pairs) !== JSON.stringify(contents(form))) {
    fill(form, before.pairs);
    document.querySelector("[data-kept-notice]")?.removeAttribute("hidden");
  }
  for (const type of ["input", "change"]) form.addEventListener(type, () => keep(form));
}

start();
document.addEventListener("htmx:afterSettle", start); // a form that was loaded into the page
