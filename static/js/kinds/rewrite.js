// Rewriting: the changes against the original are drawn while typing, and counted in words. The server draws the same
// for a saved draft, so nothing here is needed to rewrite.

const PAUSE = 400;
const MOST_PAIRS = 4_000_000; // pairs of words up to which two texts are compared here
const EACH = "\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff"; // scripts without spaces: a word each
const PIECE = new RegExp(`[${EACH}]\\s*|[^\\s${EACH}]+\\s*`, "gu");

const plain = (text) => text.replaceAll("\r\n", "\n").normalize("NFC").trim();
const pieces = (text) => text.match(PIECE) || [];
const words = (parts) => parts.map((part) => part.trimEnd());

// The runs that stayed, came and went, by the longest common subsequence of what lies between equal ends.
function compare(old, fresh) {
  const [a, b] = [words(old), words(fresh)];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const [n, m] = [a.length - start - end, b.length - start - end];
  if (n * m > MOST_PAIRS) return null;
  const width = m + 1;
  const table = new Uint16Array((n + 1) * width); // n and m stay below 65,536 where their product is bounded
  const cost = new Uint32Array((n + 1) * width);
  for (let j = m; j >= 0; j -= 1) cost[n * width + j] = m - j;
  for (let i = n - 1; i >= 0; i -= 1) {
    cost[i * width + m] = n - i;
    for (let j = m - 1; j >= 0; j -= 1) {
      const here = i * width + j;
      const equal = a[start + i] === b[start + j];
      table[here] = equal ? table[here + width + 1] + 1 : Math.max(table[here + width], table[here + 1]);
      cost[here] = equal ? cost[here + width + 1] : 1 + Math.min(cost[here + width + 1], cost[here + width], cost[here + 1]);
    }
  }
  const runs = [];
  const add = (change, text) => {
    const last = runs.at(-1);
    if (last?.change === change) last.text += text;
    else if (text) runs.push({ change, text });
  };
  add("same", fresh.slice(0, start).join(""));
  for (let i = 0, j = 0; i < n || j < m; ) {
    if (i < n && j < m && a[start + i] === b[start + j]) {
      add("same", fresh[start + j]);
      i += 1;
      j += 1;
    } else if (j >= m || (i < n && table[(i + 1) * width + j] >= table[i * width + j + 1])) add("removed", old[start + i++]);
    else add("added", fresh[start + j++]);
  }
  add("same", fresh.slice(start + m).join(""));
  return { runs, distance: cost[0] };
}

function parts(box) {
  const chosen = box.querySelector("[data-rewrite-from]");
  const sources = [...box.querySelectorAll("[data-rewrite-source]")];
  const source = chosen ? sources.find((one) => one.dataset.rewriteSource === chosen.value) : sources[0];
  return { text: box.querySelector("[data-rewrite-text]"), sources, source, original: source?.querySelector("[data-original]") };
}

const known = (box, text) => [...box.querySelectorAll("[data-original]")].some((one) => plain(one.textContent) === plain(text));

// Another response to start from: its text takes the place of one nobody has changed.
function choose(box) {
  const { text, sources, source, original } = parts(box);
  for (const one of sources) one.hidden = one !== source;
  if (!text.value.trim() || known(box, text.value)) text.value = original ? original.textContent : "";
}

function draw(box) {
  const { text, original } = parts(box);
  const was = box.querySelector("[data-rewrite-was]");
  if (!box.querySelector("[data-original]")) return;
  if (original) was.value = original.dataset.fingerprint;
  if (original && !text.value.trim() && document.activeElement !== text) text.value = original.textContent;
  const untouched = !text.value.trim() || (original && plain(text.value) === plain(original.textContent));
  text.toggleAttribute("data-not-an-answer", Boolean(untouched));
  box.querySelector("[data-rewrite-changes]").hidden = Boolean(untouched) || !original;
  if (original) show(box, pieces(plain(original.textContent)), pieces(plain(text.value)));
}

function show(box, old, fresh) {
  const found = compare(old, fresh);
  const edit = box.querySelector("[data-rewrite-edit]");
  const counted = `${fresh.length.toLocaleString()} words, was ${old.length.toLocaleString()}`;
  edit.textContent = found ? `${counted}; ${found.distance.toLocaleString()} changed` : counted;
  const target = box.querySelector("[data-rewrite-diff]");
  if (!found) return target.replaceChildren("Too much changed to compare while you type. Save the draft and reload to see the changes.");
  target.replaceChildren(...found.runs.map(({ change, text }) => {
    if (change === "same") return document.createTextNode(text);
    return Object.assign(document.createElement(change === "added" ? "ins" : "del"), { textContent: text });
  }));
}

const waiting = new WeakMap();
function soon(box) {
  clearTimeout(waiting.get(box));
  waiting.set(box, setTimeout(() => draw(box), PAUSE));
}

const boxOf = (event) => event.target instanceof Element && event.target.closest("[data-rewrite]");
document.addEventListener("input", (event) => {
  const box = boxOf(event);
  if (box && event.target.matches("[data-rewrite-text]")) {
    event.target.removeAttribute("data-not-an-answer"); // exact again as soon as the changes are drawn
    soon(box);
  }
});
// Before the draft is sent, so that what is saved is what is shown.
document.addEventListener("change", (event) => {
  const box = boxOf(event);
  if (!box) return;
  if (event.target.matches("[data-rewrite-from]")) choose(box);
  draw(box);
}, true);
document.addEventListener("draft-filled", (event) => event.target.querySelectorAll("[data-rewrite]").forEach((box) => {
  const { sources, source } = parts(box);
  for (const one of sources) one.hidden = one !== source;
  draw(box);
}));
