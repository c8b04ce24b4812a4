// What is seen and heard of a draft: the words in the bar, the strips above the task.

const WORDS = { saved: "Draft saved", offline: "Not saved. Your text is kept here.", stale: "Two versions of this draft.", stopped: "Not saved." };
let lastSaid = "";

export function banner(name, visible) {
  const strip = document.querySelector(`[data-banner=${name}]`);
  if (strip) strip.hidden = !visible;
  return strip;
}

// `detail`: the moment of the save, the seconds until the next try, or why saving stopped; `changes` not saved yet.
export function show(state, detail, changes = 0) {
  const slot = document.querySelector("[data-save-state]");
  if (slot) {
    slot.dataset.saveState = state;
    slot.querySelectorAll("[data-state]").forEach((one) => (one.hidden = one.dataset.state !== state));
    if (state === "saved") slot.querySelector("[data-saved-at]").textContent = timeOf(detail);
    if (state === "offline") slot.querySelector("[data-retry]").textContent = detail ? `trying again in ${detail} s` : "kept here";
    announce(slot, state);
  }
  if (state === "stale") banner("stale", true);
  if (state === "stopped") {
    const strip = banner("stopped", true);
    if (strip && detail) strip.querySelector("[data-text]").textContent = detail;
  }
  if (state === "offline") {
    const count = banner("offline", !navigator.onLine)?.querySelector("[data-count]");
    if (count) count.textContent = changes === 1 ? "1 change is" : `${changes} changes are`;
  }
}

export function showSignedOut(url) {
  const dialog = document.getElementById("signed-out");
  if (url) dialog.querySelector("[data-sign-in]").href = url;
  if (!dialog.open) dialog.showModal();
}

function announce(slot, state) {
  if (!WORDS[state] || WORDS[state] === lastSaid) return; // each change of state once, not each save
  lastSaid = WORDS[state];
  slot.querySelector("[data-save-announce]").textContent = WORDS[state];
}

function timeOf(moment) {
  const date = moment ? new Date(moment) : new Date();
  return Number.isNaN(date.getTime()) ? "" : date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
}
