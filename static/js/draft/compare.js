// Two versions of a draft beside each other: in words by the server, which knows every kind of answer; field by field
// from the page when the server cannot be asked.

import { byName, contents, fieldsOf } from "./fields.js";
import { csrf } from "./server.js";

function label(form, name) {
  const field = fieldsOf(form).find((one) => one.name === name);
  const group = field?.closest("fieldset")?.querySelector("legend")?.textContent.trim();
  const own = field && !["radio", "checkbox"].includes(field.type) ? field.labels?.[0]?.textContent.trim() : "";
  return [group, own].filter(Boolean).join(": ") || name.replaceAll(/[-_.]/g, " ");
}

function wording(form, name, value) {
  const option = fieldsOf(form).find((one) => one.name === name && one.value === value && ["radio", "checkbox"].includes(one.type));
  const words = [...(option?.labels?.[0]?.childNodes || [])].map((node) => node.textContent.trim()).filter(Boolean);
  return words.join(" ") || value;
}

function row(form, name, mine, other) {
  const line = document.createElement("tr");
  const cell = (heading, values) => {
    const found = document.createElement("td");
    found.dataset.label = heading;
    const textContent = (values || []).map((value) => wording(form, name, value)).join(", ") || "(empty)";
    found.append(Object.assign(document.createElement("div"), { className: "compare-text", dir: "auto", textContent }));
    return found;
  };
  const head = Object.assign(document.createElement("th"), { scope: "row", textContent: label(form, name) });
  line.append(head, cell("On this page", mine), cell("The newer draft", other));
  return line;
}

function rowsOfPage(form, other) {
  const mine = byName(contents(form));
  const names = [...new Set([...Object.keys(mine), ...Object.keys(other)])];
  const differs = names.filter((name) => JSON.stringify(mine[name] || []) !== JSON.stringify(other[name] || []) && name !== "revision");
  return differs.map((name) => row(form, name, mine[name], other[name]));
}

async function rowsOfServer(form) {
  const url = form.dataset.compareUrl;
  if (!url) return null;
  const answer = await fetch(url, { method: "POST", body: new URLSearchParams(contents(form)), headers: { ...csrf(), "HX-Request": "true" } });
  if (!answer.ok) return null;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const rows = [...page.querySelectorAll("[data-versions] tr")];
  return rows.length ? rows.map((one) => document.importNode(one, true)) : null;
}

export async function compare(form, other) {
  const body = document.querySelector("[data-compare-rows]");
  body.replaceChildren(...rowsOfPage(form, other));
  body.dataset.compared = "by-field";
  const dialog = document.getElementById("compare-dialog");
  if (!dialog.open) dialog.showModal();
  const rows = await rowsOfServer(form).catch(() => null);
  if (!rows) return;
  body.replaceChildren(...rows);
  body.dataset.compared = "in-words";
}
