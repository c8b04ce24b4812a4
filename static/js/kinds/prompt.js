// Prompts: Ctrl or ⌘ Enter in the message box sends the message, never the task; what was sent leaves the draft.

document.addEventListener("keydown", (event) => {
  const box = event.target instanceof Element && event.target.closest("[data-message]");
  if (!box || event.isComposing || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  event.stopPropagation();
  if (!event.repeat && box.value.trim()) box.closest("[data-talk]").querySelector("[data-send]")?.click();
}, true);

// htmx remembers the last button pressed and would send the whole task to its address. With htmx these buttons have
// addresses of their own; the others are for pages without a script.
const plainOnly = (root) => root.querySelectorAll?.("[data-talk] [hx-post][formaction]").forEach((button) => button.removeAttribute("formaction"));

const toEnd = (root) => root.querySelectorAll?.(".talk-log").forEach((log) => log.scrollTo(0, log.scrollHeight));

document.addEventListener("htmx:afterSwap", (event) => {
  plainOnly(document);
  const talk = event.target instanceof Element && event.target.closest?.("[data-talk]");
  if (!talk) return;
  toEnd(talk);
  // The draft still holds the message that was just sent.
  if (event.target === talk) talk.querySelector("[data-message]")?.dispatchEvent(new Event("change", { bubbles: true }));
});

// A draft that came back may fill turns that are folded away.
document.addEventListener("draft-filled", (event) => event.target.querySelectorAll("details[data-more-turns]").forEach((more) => {
  if ([...more.querySelectorAll("textarea")].some((field) => field.value.trim())) more.open = true;
}));
plainOnly(document);
toEnd(document);
