// Side by side: D takes the place of the responses by their differences and back. The link opens them as a page.

let asked = 0;

function show(pane, link, shown) {
  const panel = document.getElementById("difference");
  pane.querySelector(".compare-panes").hidden = shown;
  panel.hidden = !shown;
  link.setAttribute("aria-expanded", String(shown));
  if (!shown) asked += 1; // an answer still under way comes too late
}

async function load(pane, link) {
  const mine = (asked += 1);
  link.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(link.href, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const words = await answer.text();
    if (mine !== asked || !link.isConnected) return;
    const found = new DOMParser().parseFromString(words, "text/html").getElementById("difference");
    if (!found) throw new Error("nothing to show");
    document.getElementById("difference").replaceWith(document.adoptNode(found));
    window.htmx?.process(found);
    show(pane, link, true);
  } catch {
    if (mine === asked) window.open(link.href, "_blank", "noopener");
  } finally {
    link.removeAttribute("aria-busy");
  }
}

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element && event.target.closest("[data-difference-toggle]");
  const pane = link && link.closest("[data-compare]");
  if (!pane || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (link.getAttribute("aria-expanded") === "true") show(pane, link, false);
  else load(pane, link);
});
