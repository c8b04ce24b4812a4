// Prompts: Ctrl or ⌘ Enter in the message box sends the message, never the task; what was sent leaves the draft.

document.addEventListener("keydown", (event) => {
  const box = event.target instanceof Element && event.target.closest("[data-message]");
  if (!box || event.isComposing || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  event.stopPropagation();
  if (!event.repeat && box.value.trim()) box.closest("[data-talk]").querySelector("[data-send]")?.click();
}, true);

const toEnd = (root) => root.querySelectorAll?.(".talk-log").forEach((log) => log.scrollTo(0, log.scrollHeight));

document.addEventListener("htmx:afterSwap", (event) => {
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
toEnd(document);
