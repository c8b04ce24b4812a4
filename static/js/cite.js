// Citing a section of the guideline: the section that is open in the drawer goes into the reason of the criterion one
// works on, as "[§ 5.3 Groups at risk]", which readers see as a link.

import { announce } from "./announce.js";

const bar = () => document.querySelector("[data-cite-bar]");
const shown = () => document.querySelector("#drawer-results article h3")?.textContent.replaceAll(/\s+/g, " ").trim() || "";
const criterion = () => document.querySelector("[data-criterion][data-open]");
const titleOf = (stop) => stop?.querySelector(".name")?.textContent.trim() || stop?.querySelector("legend")?.textContent.trim() || "";

function offer() {
  if (!bar()) return;
  const open = criterion();
  bar().hidden = !shown();
  bar().querySelector("[data-cite-in]").textContent = open?.querySelector("[data-rationale]") ? titleOf(open) : "the reason";
}

function insert(field, words) {
  const { selectionStart: start, selectionEnd: end, value } = field;
  const before = value.slice(0, start);
  const after = value.slice(end);
  const text = `${before && !/\s$/.test(before) ? " " : ""}${words}${after && !/^[\s.,;:)]/.test(after) ? " " : ""}`;
  field.setRangeText(text, start, end, "end");
  for (const type of ["input", "change"]) field.dispatchEvent(new Event(type, { bubbles: true }));
}

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element) || !event.target.closest("[data-cite]")) return;
  const open = criterion();
  const field = open?.querySelector("[data-rationale]");
  if (!field) return announce("Open a criterion that takes a reason first.");
  insert(field, `[§ ${shown().replaceAll(/[[\]]/g, "")}]`);
  announce(`Cited in the reason for ${titleOf(open)}.`);
});

document.addEventListener("focusin", () => setTimeout(offer, 0));
document.addEventListener("htmx:afterSettle", offer);
