// Active time: seconds in which the page is visible and somebody reads, scrolls, points or types.
// Every minute of activity is reported; the server bounds it and renews the reservation. No activity, no beat.

const BEAT = 60;
const csrf = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}");
const face = () => document.querySelector("[data-clock]");

let form = null;
let idleAfter = 300000;
let shown = 0;
let unreported = 0;
let sinceBeat = 0;
let lastInput = Date.now();
let lastTick = Date.now();
let stopped = false;

// A task may follow another on the same page: each starts its own count.
function start() {
  const found = document.querySelector("form[data-heartbeat-url]");
  if (found?.dataset.heartbeatUrl === form?.dataset.heartbeatUrl) {
    form = found;
    return;
  }
  form = found;
  idleAfter = Number(form?.dataset.idle || 300) * 1000;
  shown = Number(face()?.dataset.activeSeconds || 0);
  unreported = 0;
  sinceBeat = 0;
  stopped = false;
  lastInput = lastTick = Date.now();
}

const twoDigits = (number) => String(number).padStart(2, "0");
function written(seconds) {
  const whole = Math.floor(seconds);
  const rest = `${twoDigits(Math.floor((whole % 3600) / 60))}:${twoDigits(whole % 60)}`;
  return whole >= 3600 ? `${Math.floor(whole / 3600)}:${rest}` : rest;
}

function tick() {
  const now = Date.now();
  const passed = Math.min((now - lastTick) / 1000, 5); // a sleeping laptop is not work
  lastTick = now;
  if (!form || document.hidden || now - lastInput > idleAfter || stopped) return;
  shown += passed;
  unreported += passed;
  sinceBeat += passed;
  if (face()) face().textContent = written(shown);
  if (sinceBeat >= BEAT) beat();
}

async function beat(leaving = false) {
  const sender = form;
  const seconds = Math.round(unreported);
  sinceBeat = 0;
  if (!seconds) return;
  unreported -= seconds;
  try {
    const answer = await fetch(sender.dataset.heartbeatUrl, {
      method: "POST",
      body: new URLSearchParams({ active_seconds: String(seconds) }),
      keepalive: leaving,
      headers: { ...csrf(), Accept: "application/json" },
    });
    if (sender.dataset.heartbeatUrl !== form?.dataset.heartbeatUrl) return; // the next task is open already
    const data = (answer.headers.get("Content-Type") || "").includes("json") ? await answer.json().catch(() => ({})) : {};
    if (answer.ok) accepted(data);
    else if (answer.status === 409) refused(data);
    else unreported += answer.status >= 500 ? seconds : 0;
  } catch {
    unreported += seconds; // reported with the next beat
  }
}

function accepted(data) {
  if (typeof data.active_seconds === "number") shown = data.active_seconds + unreported;
  const place = document.querySelector("[data-reserved-until]");
  if (place && data.reserved_until) {
    place.textContent = new Date(data.reserved_until).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
  }
}

function refused(data) {
  stopped = true;
  const strip = document.querySelector("[data-banner=stopped]");
  if (!strip) return;
  if (data.reason || data.message) strip.querySelector("[data-text]").textContent = data.message || data.reason;
  strip.hidden = false;
}

for (const type of ["pointerdown", "pointermove", "keydown", "scroll", "touchstart", "input"]) {
  document.addEventListener(type, () => (lastInput = Date.now()), { passive: true, capture: true });
}
start();
setInterval(tick, 1000);
document.addEventListener("htmx:afterSettle", start);
document.addEventListener("visibilitychange", () => {
  if (document.hidden && form) beat(true);
  else lastInput = lastTick = Date.now();
});
// What no beat has reported yet goes along with the submission, if the form has a place for it.
document.addEventListener("submit", (event) => {
  const field = event.target === form && form.elements.active_seconds;
  if (field) field.value = String(Math.round(unreported));
}, true);
