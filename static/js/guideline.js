// Reading a guideline: which sections were on the screen to their end is told to the server and marked in the contents.

const LONG_ENOUGH = 800; // ms that the end of a section has to stay in sight
const TOGETHER = 1500; // ms within which several sections go in one request

const csrf = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}");
const waiting = new Map();
let seen = new Set();
let timer = 0;

const watcher = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    clearTimeout(waiting.get(target));
    if (isIntersecting) waiting.set(target, setTimeout(() => note(target), LONG_ENOUGH));
  }
});

function watch() {
  waiting.clear();
  watcher.disconnect();
  if (document.querySelector("[data-reading-url]")) {
    document.querySelectorAll("[data-section-end]").forEach((end) => watcher.observe(end));
  }
}

function note(end) {
  watcher.unobserve(end);
  seen.add(end.dataset.sectionEnd);
  clearTimeout(timer);
  timer = setTimeout(tell, TOGETHER);
}

async function tell() {
  const place = document.querySelector("[data-reading-url]");
  if (!place || !seen.size) return;
  const sections = [...seen];
  seen = new Set();
  try {
    const answer = await fetch(place.dataset.readingUrl, {
      method: "POST",
      body: new URLSearchParams(sections.map((anchor) => ["section", anchor])),
      headers: { ...csrf(), Accept: "application/json" },
    });
    if (answer.ok) show(await answer.json());
  } catch {
    sections.forEach((anchor) => seen.add(anchor)); // goes along with the next ones
  }
}

function show({ read, done, wanted }) {
  for (const mark of document.querySelectorAll("[data-read-mark]")) mark.hidden = !read.includes(mark.dataset.readMark);
  document.querySelectorAll("[data-reading-done]").forEach((node) => (node.textContent = `${done} of ${wanted}`));
}

watch();
document.addEventListener("htmx:afterSettle", watch);
