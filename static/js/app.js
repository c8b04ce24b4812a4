// What every page needs: menus, dialogs, messages, theme, sign-out, and htmx made considerate.
// Everything is delegated from the document, so that swapped parts need no set-up.

const on = (type, selector, handle) =>
  document.addEventListener(type, (event) => {
    const found = event.target instanceof Element && event.target.closest(selector);
    if (found) handle(event, found);
  });

const csrf = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}");

// ---------------------------------------------------------------- messages

export function say(text) {
  const region = document.getElementById("messages");
  const template = document.getElementById("toast-template");
  if (!region || !template) return;
  const copy = template.content.cloneNode(true);
  copy.querySelector("[data-text]").textContent = text;
  region.querySelectorAll("[data-said]").forEach((old) => old.remove());
  copy.firstElementChild.setAttribute("data-said", "");
  region.append(copy);
}

on("click", "[data-dismiss]", (_, button) => button.closest("[data-message]")?.remove());

function countDown(node) {
  if (node.dataset.counting) return;
  node.dataset.counting = "yes";
  const end = Date.now() + Number(node.dataset.countdown) * 1000;
  const tick = () => {
    const left = Math.max(0, Math.round((end - Date.now()) / 1000));
    node.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (left > 0 && node.isConnected) setTimeout(tick, 500);
    else node.closest("[data-message]")?.setAttribute("hidden", "");
  };
  tick();
}
const startCountdowns = (root) => root.querySelectorAll("[data-countdown]").forEach(countDown);

// ------------------------------------------------------- menus and dialogs

const closeMenus = (except) =>
  document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
    if (!except || !menu.contains(except)) menu.open = false;
  });
document.addEventListener("click", (event) => closeMenus(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || document.querySelector("dialog:modal")) return;
  const open = document.querySelector("details[data-menu][open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary")?.focus();
  event.preventDefault();
  event.stopImmediatePropagation();
});
on("click", "[data-close-menu]", (_, button) => {
  const menu = button.closest("details");
  menu.open = false;
  menu.querySelector("summary").focus();
});
on("click", "[data-open-dialog]", (event, button) => {
  event.preventDefault();
  const dialog = document.getElementById(button.dataset.openDialog);
  if (dialog && !dialog.open) dialog.showModal();
});
document.addEventListener("click", (event) => {
  if (event.target instanceof HTMLDialogElement) event.target.close(); // the backdrop
});

// -------------------------------------------------- forms that send themselves

on("change", "[data-submit-on-change]", (_, field) => field.form?.requestSubmit());

// Two clicks are one: the server would answer both with the same receipt, but the wait looks better.
on("submit", "form", (event, form) => {
  if (event.defaultPrevented || form.method === "dialog") return;
  if (form.dataset.sending) {
    event.preventDefault();
    return;
  }
  if ((form.method || "get").toLowerCase() === "post" && !form.hasAttribute("hx-post")) {
    form.dataset.sending = "yes";
    setTimeout(() => delete form.dataset.sending, 8000);
  }
});
window.addEventListener("pageshow", () =>
  document.querySelectorAll("form[data-sending]").forEach((form) => delete form.dataset.sending),
);

// -------------------------------------------------------------------- theme

on("submit", "form[data-appearance]", (event, form) => {
  const choice = event.submitter;
  if (!choice || choice.name !== "theme") return;
  event.preventDefault();
  document.documentElement.dataset.theme = choice.value;
  form.querySelectorAll("button[name=theme]").forEach((button) =>
    button.setAttribute("aria-pressed", String(button === choice)),
  );
  const body = new URLSearchParams(new FormData(form));
  body.set("theme", choice.value);
  fetch(form.action, { method: "POST", body, headers: { ...csrf(), Accept: "application/json" } }).then(
    (answer) => answer.ok || answer.redirected || say("The theme is changed here, but was not saved."),
    () => say("The theme is changed here, but was not saved: there is no connection."),
  );
});

// ----------------------------------------------------------------- sign-out
// Text the server never acknowledged is not thrown away without a question.

const unsent = () => Object.keys(localStorage).some((key) => key.startsWith("evaltool:draft:"));

on("submit", "form[data-sign-out]", (event, form) => {
  if (!unsent() || form.elements.unsent) return;
  event.preventDefault();
  delete form.dataset.sending;
  const dialog = document.getElementById("unsent-dialog");
  dialog.showModal();
  dialog.addEventListener(
    "close",
    () => {
      if (dialog.returnValue !== "leave") return;
      const field = Object.assign(document.createElement("input"), { type: "hidden", name: "unsent", value: "1" });
      form.append(field);
      form.submit();
    },
    { once: true },
  );
});

// --------------------------------------------------------------------- htmx

const slow = new WeakMap();
document.addEventListener("htmx:beforeRequest", (event) => {
  const target = event.detail.target;
  target?.setAttribute("aria-busy", "true");
  slow.set(event.detail.xhr, setTimeout(() => target?.classList.add("is-slow"), 400));
});
document.addEventListener("htmx:afterRequest", (event) => {
  clearTimeout(slow.get(event.detail.xhr));
  event.detail.target?.removeAttribute("aria-busy");
  event.detail.target?.classList.remove("is-slow");
});
document.addEventListener("htmx:afterSettle", (event) => {
  const root = event.detail.elt;
  startCountdowns(root.parentElement || root);
  const wanted = root.matches?.("[data-focus]") ? root : root.querySelector?.("[data-focus]");
  wanted?.focus();
});
document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  const reference = event.detail.xhr.getResponseHeader("X-Reference");
  if (status === 401) return; // HX-Redirect follows
  const texts = {
    403: "This page was open too long. Reload it and try again. Nothing was changed.",
    404: "That is not here any more. Reload the page to see what is.",
    413: "That is too large to send.",
    429: "That was too much at once. Wait a minute, then try again.",
  };
  say(texts[status] || `Something failed on our side. What you typed is still here.${reference ? ` Reference ${reference}.` : ""}`);
});
document.addEventListener("htmx:sendError", () => say("There is no connection. What you typed is still here. Try again in a moment."));
document.addEventListener("htmx:timeout", () => say("The answer takes too long. What you typed is still here. Try again in a moment."));

// A whole page swapped into this one brings its own kind of body, and its heading takes the focus.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target !== document.body || !event.detail.shouldSwap) return;
  const next = new DOMParser().parseFromString(event.detail.serverResponse, "text/html").body;
  document.body.className = next.className;
  const headers = next.getAttribute("hx-headers");
  if (headers) document.body.setAttribute("hx-headers", headers);
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target !== document.body || document.querySelector("main [data-focus]")) return;
  const heading = document.querySelector("main h1") || document.getElementById("main");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus({ preventScroll: true });
  window.scrollTo(0, 0);
});

startCountdowns(document);
document.querySelector("main [data-focus]")?.focus();
