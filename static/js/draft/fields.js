// A form as pairs of names and values, and back.

export const skipped = (field) =>
  !field.name || field.disabled || field.name === "csrfmiddlewaretoken" || field.closest("[data-no-draft]") ||
  ["password", "file", "submit", "button", "image", "reset"].includes(field.type);

export const fieldsOf = (form) => [...form.elements].filter((field) => !skipped(field));

export function contents(form) {
  const pairs = [];
  for (const field of fieldsOf(form)) {
    if (["radio", "checkbox"].includes(field.type) && !field.checked) continue;
    if (field.type === "select-multiple") for (const option of field.selectedOptions) pairs.push([field.name, option.value]);
    else pairs.push([field.name, field.value]);
  }
  return pairs;
}

export function byName(pairs) {
  const found = {};
  for (const [name, value] of pairs) (found[name] ||= []).push(value);
  return found;
}
export const asLists = (data) =>
  Object.fromEntries(Object.entries(data || {}).filter(([, v]) => v !== null).map(([k, v]) => [k, (Array.isArray(v) ? v : [v]).map(String)]));

// A script of the page may have made the fields a value came from: the value waits in a hidden field of that name, and
// the script takes it up on "draft-filled". Of boxes only those of a list that grows ([data-name]) are made by scripts.
function addMissing(form, data, seen) {
  const ticked = new Set(fieldsOf(form).filter((field) => !(field.name in seen)).map((field) => field.name));
  const growing = new Set([...form.querySelectorAll("[data-name]")].map((list) => list.dataset.name));
  for (const [name, values] of Object.entries(data)) {
    if ((ticked.has(name) && !growing.has(name)) || name === "revision") continue;
    const known = new Set(fieldsOf(form).filter((field) => field.name === name).map((field) => field.value));
    const left = growing.has(name) ? values.filter((value) => !known.has(value)) : values.slice(name in seen ? seen[name] + 1 : 0);
    const more = left.filter((value) => value !== "");
    form.append(...more.map((value) => Object.assign(document.createElement("input"), { type: "hidden", name, value })));
  }
}

export function fill(form, data) {
  const seen = {};
  for (const field of fieldsOf(form)) {
    const values = data[field.name] || [];
    if (["radio", "checkbox"].includes(field.type)) field.checked = values.includes(field.value);
    else if (field.type === "select-multiple") for (const option of field.options) option.selected = values.includes(option.value);
    else {
      const place = (seen[field.name] = (seen[field.name] ?? -1) + 1);
      field.value = values[place] ?? "";
    }
  }
  addMissing(form, data, seen);
  form.dispatchEvent(new CustomEvent("draft-filled", { bubbles: true }));
}

const filled = (lists) => Object.fromEntries(Object.entries(lists).filter(([, v]) => v.some((text) => text !== "")));
export const same = (one, two) => {
  const [a, b] = [filled(one), filled(two)];
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => JSON.stringify(a[name]) === JSON.stringify(b[name]));
};
