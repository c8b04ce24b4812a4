// Says something to a screen reader without showing it: the one polite region that every page has.

export function announce(words) {
  const region = document.getElementById("announcer");
  if (!region) return;
  region.textContent = "";
  setTimeout(() => (region.textContent = words), 50); // the same words twice are a change too
}
