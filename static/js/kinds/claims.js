// Claims to check: rows are added, removed and brought back, and the sentences of a response are listed.

const FIELD = /\.claims\.(\d+|__n__)\./;
const ID = /-(\d+|__n__)-(text|source|date|quote|note)$/;
const rowsOf = (box) => [...box.querySelectorAll("[data-claims-list] > [data-claim]")];
const fieldsOf = (row) => [...row.querySelectorAll("[name]")];
const wordsOf = (row) => row.querySelector("textarea[name$='.text']");
const removed = new WeakMap(); // box → the row taken out last, and where it stood

function isEmpty(row) {
  return fieldsOf(row).every((field) => (["radio", "checkbox"].includes(field.type) ? !field.checked : field.value.trim() === ""));
}

function number(box) {
  rowsOf(box).forEach((row, place) => {
    for (const field of fieldsOf(row)) field.name = field.name.replace(FIELD, `.claims.${place}.`);
    for (const node of row.querySelectorAll("[id]")) node.id = node.id.replace(ID, `-${place}-$2`);
    for (const label of row.querySelectorAll("label[for]")) label.htmlFor = label.htmlFor.replace(ID, `-${place}-$2`);
    row.setAttribute("aria-label", `Claim ${place + 1}`);
    row.querySelector("[data-claim-number]").textContent = place + 1;
  });
}

function say(box, words) {
  box.querySelector("[data-claims-said]").textContent = words;
}

function changed(box) {
  const back = box.querySelector("[data-claim-back]");
  if (back) back.hidden = !removed.has(box);
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

function add(box, words = "") {
  const most = Number(box.dataset.most);
  if (rowsOf(box).length >= most) {
    say(box, `At most ${most} claims fit.`);
    return null;
  }
  const row = box.querySelector("template[data-claim-pattern]").content.firstElementChild.cloneNode(true);
  box.querySelector("[data-claims-list]").append(row);
  number(box);
  wordsOf(row).value = words;
  return row;
}

function remove(row) {
  const box = row.closest("[data-claims]");
  const rows = rowsOf(box);
  const place = rows.indexOf(row);
  if (!isEmpty(row)) removed.set(box, { row, place });
  row.remove();
  if (rows.length === 1) add(box);
  number(box);
  const next = rowsOf(box)[Math.min(place, rowsOf(box).length - 1)];
  next.focus();
  say(box, `Claim ${place + 1} removed.`);
  changed(box);
}

function bringBack(box) {
  const { row, place } = removed.get(box);
  const after = rowsOf(box)[place];
  if (after) after.before(row);
  else box.querySelector("[data-claims-list]").append(row);
  removed.delete(box);
  number(box);
  row.focus();
  say(box, `Claim ${place + 1} is back.`);
  changed(box);
}

function list(box) {
  const same = (words) => words.trim().toLowerCase().replace(/\s+/g, " ");
  const known = new Set(rowsOf(box).map((row) => same(wordsOf(row).value)));
  const offered = [...box.querySelector("template[data-claim-offered]").content.children].map((one) => one.textContent);
  const wanted = offered.filter((words) => !known.has(same(words)));
  let count = 0;
  for (const words of wanted) {
    const empty = rowsOf(box).find(isEmpty);
    if (empty) wordsOf(empty).value = words;
    else if (!add(box, words)) break;
    count += 1;
  }
  rowsOf(box)[0].focus();
  say(box, count ? `${count} sentences listed.` : "Every sentence is listed already.");
  changed(box);
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element && event.target.closest("button");
  const box = button && button.closest("[data-claims]");
  if (!box) return;
  if (button.matches("[data-claim-add]")) {
    const empty = rowsOf(box).find(isEmpty);
    const row = empty || add(box);
    if (row) wordsOf(row).focus();
  }
  if (button.matches("[data-claim-remove]")) remove(button.closest("[data-claim]"));
  if (button.matches("[data-claim-back]")) bringBack(box);
  if (button.matches("[data-claim-sentences]")) list(box);
});

// A draft with more rows than the page leaves their values in hidden fields of the form, to be taken up here.
function takeUp(form) {
  for (const box of form.querySelectorAll("[data-claims]")) {
    const start = `${box.dataset.claims}.claims.`;
    const waiting = [...form.querySelectorAll(":scope > input[type=hidden]")].filter((field) => field.name.startsWith(start));
    const places = waiting.map((field) => Number(field.name.slice(start.length).split(".")[0])).filter((place) => place < Number(box.dataset.most));
    while (rowsOf(box).length <= Math.max(-1, ...places) && add(box));
    for (const field of waiting) if (settle(box, field)) field.remove();
  }
}

function settle(box, { name, value }) {
  const own = rowsOf(box).flatMap(fieldsOf).filter((field) => field.name === name);
  const chosen = own.find((field) => field.type === "radio" && field.value === value);
  if (chosen) chosen.checked = true;
  else if (own.length && own[0].type !== "radio") own[0].value = value;
  return Boolean(chosen) || (own.length > 0 && own[0].type !== "radio");
}

const start = () => document.querySelectorAll("form:has([data-claims])").forEach(takeUp);
document.addEventListener("draft-filled", start);
start();
