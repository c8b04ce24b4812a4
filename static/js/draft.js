// Drafts that save themselves. The text is in localStorage from the first keystroke until the server says it has it;
// a newer draft on the server is never overwritten without a choice.

const PREFIX = "evaltool:draft:"; // text the server has not acknowledged
const OTHER = "evaltool:other:"; // the version that was not chosen
const TYPING_PAUSE = 800;
const KEEP_DAYS = 30;
const RETRIES = [2, 4, 8, 15, 30];
const user = document.documentElement.dataset.user || "";
const csrf = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}");

// One record per person, assignment and tab: two tabs never overwrite each other's text.
const tab = (sessionStorage.tab ||= String(Math.random()).slice(2));
const keysOf = (assignment) => `${PREFIX}${user}:${assignment}:`;
const store = {
  keys: (prefix) => Object.keys(localStorage).filter((key) => key.startsWith(prefix)),
  read(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  },
  write(key, value) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
      return true;
    } catch {
      return false; // a full or closed storage: the server copy is still made
    }
  },
  drop: (key) => localStorage.removeItem(key),
};

// ------------------------------------------------------------- form contents

const skipped = (field) =>
  !field.name || field.disabled || field.name === "csrfmiddlewaretoken" || field.closest("[data-no-draft]") ||
  ["password", "file", "submit", "button", "image", "reset"].includes(field.type);

const fieldsOf = (form) => [...form.elements].filter((field) => !skipped(field));

function contents(form) {
  const pairs = [];
  for (const field of fieldsOf(form)) {
    if (["radio", "checkbox"].includes(field.type) && !field.checked) continue;
    if (field.type === "select-multiple") for (const option of field.selectedOptions) pairs.push([field.name, option.value]);
    else pairs.push([field.name, field.value]);
  }
  return pairs;
}

function byName(pairs) {
  const found = {};
  for (const [name, value] of pairs) (found[name] ||= []).push(value);
  return found;
}
const asLists = (data) =>
  Object.fromEntries(Object.entries(data || {}).filter(([, v]) => v !== null).map(([k, v]) => [k, (Array.isArray(v) ? v : [v]).map(String)]));

function fill(form, data) {
  const seen = {};
  for (const field of fieldsOf(form)) {
    const values = data[field.name] || [];
    if (["radio", "checkbox"].includes(field.type)) field.checked = values.includes(field.value);
    else if (field.type === "select-multiple") for (const option of field.options) option.selected = values.includes(option.value);
    else {
      const place = (seen[field.name] = (seen[field.name] ?? -1) + 1);
      field.value = values[place] ?? "";
    }
  }
  form.dispatchEvent(new CustomEvent("draft-filled", { bubbles: true }));
}

const filled = (lists) => Object.fromEntries(Object.entries(lists).filter(([, v]) => v.some((text) => text !== "")));
const same = (one, two) => {
  const [a, b] = [filled(one), filled(two)];
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => JSON.stringify(a[name]) === JSON.stringify(b[name]));
};

// ------------------------------------------------------------------ one form

class Draft {
  constructor(form) {
    this.form = form;
    this.url = form.dataset.autosaveUrl;
    this.keys = keysOf(form.dataset.assignment);
    this.key = this.keys + tab;
    this.other = this.key.replace(PREFIX, OTHER);
    this.revision = Number(form.dataset.revision || 0);
    this.changes = 0; // since the last acknowledged save
    this.sending = null;
    this.tries = 0;
    this.stopped = false;
    this.newer = null;
    this.lastSaid = "";
    form.addEventListener("input", (event) => this.changed(event, TYPING_PAUSE));
    form.addEventListener("change", (event) => this.changed(event, 0));
    form.addEventListener("submit", (event) => this.submitted(event), true);
    document.addEventListener("click", (event) => {
      const button = event.target instanceof Element && event.target.closest("[data-draft-action]");
      if (button) this.choose(button.dataset.draftAction);
    });
    window.addEventListener("online", () => this.changes && this.send());
    window.addEventListener("offline", () => this.changes && this.show("offline"));
    document.addEventListener("visibilitychange", () => {
      if (this.changes && (document.hidden || this.state === "offline")) this.send(document.hidden);
    });
    for (const failed of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) form.addEventListener(failed, () => this.notSubmitted());
    window.addEventListener("pageshow", (event) => event.persisted && this.notSubmitted());
    this.restore();
  }

  get contents() {
    return contents(this.form);
  }

  restore() {
    const kept = this.kept();
    if (!kept?.pairs) return;
    const mine = byName(kept.pairs);
    const shown = byName(this.contents);
    if (same(mine, shown) && !kept.submitted) return store.drop(this.key);
    if (same(mine, shown)) {
      // The form came back with errors and shows what was sent: nothing to restore, but the server may not have it yet.
      this.changes = kept.changes || 1;
      this.keep();
      this.send();
      return;
    }
    if (kept.revision >= this.revision) {
      fill(this.form, mine);
      this.changes = kept.changes || 1;
      this.banner("restored", true);
      this.send();
      return;
    }
    // The server has something newer than what this browser started from.
    this.newer = { revision: this.revision, data: shown };
    fill(this.form, mine);
    this.changes = kept.changes || 1;
    this.show("stale");
  }

  // This tab's text; else the newest that a closed tab or browser left behind (which then becomes this tab's).
  kept() {
    const own = store.read(this.key);
    if (own) return own;
    const left = store.keys(this.keys).map((key) => [key, store.read(key)]).filter(([, one]) => one?.pairs && Date.now() - one.at > 5000);
    if (!left.length) return null;
    const [key, newest] = left.sort(([, one], [, two]) => two.at - one.at)[0];
    store.write(this.key, newest);
    store.drop(key);
    return newest;
  }

  changed(event, wait) {
    if (!(event.target instanceof Element) || skipped(event.target)) return;
    if (this.submitting || !this.form.isConnected) return; // a field that is swapped away reports a last change
    this.changes += event.type === "change" || !this.changes ? 1 : 0;
    this.keep();
    if (this.newer || this.stopped) return;
    if (this.state !== "offline") this.show("editing");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), wait);
  }

  keep() {
    store.write(this.key, { revision: this.revision, changes: this.changes, pairs: this.contents, at: Date.now() });
  }

  async send(leaving = false) {
    clearTimeout(this.timer);
    if (this.newer || this.stopped || this.submitting || (this.sending && !leaving) || !this.form.isConnected) return;
    const pairs = this.contents;
    const sent = JSON.stringify(pairs);
    const body = new URLSearchParams([...pairs, ["revision", String(this.revision)]]);
    this.sending = new AbortController();
    if (this.state !== "offline") this.show("saving");
    try {
      const answer = await fetch(this.url, {
        method: "POST",
        body,
        keepalive: leaving && String(body).length < 60000,
        signal: this.sending.signal,
        headers: { ...csrf(), Accept: "application/json" },
      });
      await this.answered(answer, sent); // only then may the next one go, with the new revision
    } catch (failure) {
      if (failure.name !== "AbortError") this.retry();
    } finally {
      this.sending = null;
    }
  }

  async answered(answer, sent) {
    const isJson = (answer.headers.get("Content-Type") || "").includes("json");
    const data = isJson ? await answer.json().catch(() => ({})) : {};
    if (answer.ok && isJson) return this.saved(data, sent);
    if (answer.status === 409 && data.revision !== undefined) return this.stale(data);
    if (answer.status === 401) return this.signedOut(data.sign_in);
    if (answer.status >= 500 || answer.status === 429) return this.retry();
    if (answer.status === 403 && !isJson) return this.signedOut(); // the token belongs to an earlier session
    this.stopped = true;
    this.show("stopped", data.message);
  }

  saved(data, sent) {
    this.tries = 0;
    this.revision = Number(data.revision);
    this.form.dataset.revision = data.revision;
    const hidden = this.form.elements.revision;
    if (hidden) hidden.value = data.revision;
    this.banner("offline", false);
    this.banner("restored", false);
    const unchanged = JSON.stringify(this.contents) === sent;
    if (unchanged) {
      this.changes = 0;
      store.drop(this.key);
      this.show("saved", data.saved_at);
    } else {
      this.keep();
      this.timer = setTimeout(() => this.send(), TYPING_PAUSE);
    }
  }

  retry() {
    const wait = RETRIES[Math.min(this.tries, RETRIES.length - 1)];
    this.tries += 1;
    this.keep();
    this.show("offline", wait);
    this.timer = setTimeout(() => this.send(), wait * 1000);
  }

  stale(data) {
    if (same(asLists(data.data), byName(this.contents))) return this.saved({ revision: data.revision }, JSON.stringify(this.contents));
    this.newer = { revision: Number(data.revision), data: asLists(data.data) };
    this.keep();
    this.show("stale");
  }

  signedOut(url) {
    this.keep();
    this.show("offline");
    const dialog = document.getElementById("signed-out");
    if (url) dialog.querySelector("[data-sign-in]").href = url;
    if (!dialog.open) dialog.showModal();
  }

  // The two versions: nothing is overwritten until the person chooses, and the other one stays in this browser.
  choose(action) {
    if (!this.form.isConnected) return;
    if (action === "mine" && this.mine) {
      fill(this.form, this.mine);
      this.mine = null;
      this.banner("loaded", false);
      this.changes += 1;
      this.keep();
      this.send();
      return;
    }
    if (!this.newer) return;
    if (action === "compare") return this.compare();
    const { revision, data } = this.newer;
    this.revision = revision;
    this.newer = null;
    this.banner("stale", false);
    document.getElementById("compare-dialog")?.close();
    if (action === "load") {
      this.mine = byName(this.contents);
      store.write(this.other, { pairs: this.contents, at: Date.now() });
      fill(this.form, data);
      this.changes = 0;
      store.drop(this.key);
      this.banner("loaded", true);
      this.show("saved");
    } else {
      store.write(this.other, { pairs: Object.entries(data).flatMap(([name, values]) => values.map((v) => [name, v])), at: Date.now() });
      this.keep();
      this.send();
    }
  }

  compare() {
    const mine = byName(this.contents);
    const names = [...new Set([...Object.keys(mine), ...Object.keys(this.newer.data)])];
    const differs = names.filter((name) => JSON.stringify(mine[name] || []) !== JSON.stringify(this.newer.data[name] || []) && name !== "revision");
    const rows = differs.map((name) => {
      const line = document.createElement("tr");
      const head = Object.assign(document.createElement("th"), { scope: "row", textContent: this.label(name) });
      const cell = (label, values) => {
        const found = document.createElement("td");
        found.dataset.label = label;
        found.append(Object.assign(document.createElement("div"), { className: "compare-text", dir: "auto", textContent: (values || []).map((v) => this.wording(name, v)).join(", ") || "(empty)" }));
        return found;
      };
      line.append(head, cell("On this page", mine[name]), cell("The newer draft", this.newer.data[name]));
      return line;
    });
    document.querySelector("[data-compare-rows]").replaceChildren(...rows);
    document.getElementById("compare-dialog").showModal();
  }

  label(name) {
    const field = fieldsOf(this.form).find((one) => one.name === name);
    const group = field?.closest("fieldset")?.querySelector("legend")?.textContent.trim();
    const own = field && !["radio", "checkbox"].includes(field.type) ? field.labels?.[0]?.textContent.trim() : "";
    return [group, own].filter(Boolean).join(": ") || name.replaceAll(/[-_]/g, " ");
  }

  wording(name, value) {
    const option = fieldsOf(this.form).find((one) => one.name === name && one.value === value && ["radio", "checkbox"].includes(one.type));
    const words = [...(option?.labels?.[0]?.childNodes || [])].map((node) => node.textContent.trim()).filter(Boolean);
    return words.join(" ") || value;
  }

  submitted(event) {
    if (this.newer) {
      event.preventDefault();
      event.stopImmediatePropagation();
      this.show("stale");
      document.querySelector("[data-banner=stale] button")?.focus();
      return;
    }
    if (!navigator.onLine) {
      event.preventDefault();
      event.stopImmediatePropagation();
      this.keep();
      this.show("offline");
      return;
    }
    clearTimeout(this.timer);
    this.sending?.abort();
    this.sending = null;
    this.submitting = true;
    // Kept until a page says the submission arrived (data-acknowledged), or the form comes back with errors.
    store.write(this.key, { revision: this.revision, changes: this.changes, pairs: this.contents, at: Date.now(), submitted: Date.now() });
  }

  notSubmitted() {
    this.submitting = false;
    this.changes ||= 1;
    this.keep();
    this.send();
  }

  // ------------------------------------------------------------ what is seen

  banner(name, visible) {
    const strip = document.querySelector(`[data-banner=${name}]`);
    if (strip) strip.hidden = !visible;
    return strip;
  }

  show(state, detail) {
    this.state = state;
    const slot = document.querySelector("[data-save-state]");
    if (slot) {
      slot.dataset.saveState = state;
      slot.querySelectorAll("[data-state]").forEach((one) => (one.hidden = one.dataset.state !== state));
      if (state === "saved") slot.querySelector("[data-saved-at]").textContent = timeOf(detail);
      if (state === "offline") slot.querySelector("[data-retry]").textContent = detail ? `trying again in ${detail} s` : "kept here";
      this.announce(slot, state);
    }
    if (state === "stale") this.banner("stale", true);
    if (state === "stopped") {
      const strip = this.banner("stopped", true);
      if (strip && detail) strip.querySelector("[data-text]").textContent = detail;
    }
    if (state === "offline") {
      const strip = this.banner("offline", !navigator.onLine);
      const count = strip?.querySelector("[data-count]");
      if (count) count.textContent = this.changes === 1 ? "1 change is" : `${this.changes} changes are`;
    }
  }

  announce(slot, state) {
    const words = { saved: "Draft saved", offline: "Not saved. Your text is kept here.", stale: "Two versions of this draft.", stopped: "Not saved." };
    if (!words[state] || words[state] === this.lastSaid) return; // each change of state once, not each save
    this.lastSaid = words[state];
    slot.querySelector("[data-save-announce]").textContent = words[state];
  }
}

function timeOf(moment) {
  const date = moment ? new Date(moment) : new Date();
  return Number.isNaN(date.getTime()) ? "" : date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
}

// -------------------------------------------------------------------- start

function tidy() {
  const old = Date.now() - KEEP_DAYS * 86400000;
  document.querySelectorAll("[data-acknowledged]").forEach((node) => {
    const keys = keysOf(node.dataset.acknowledged);
    [...store.keys(keys), ...store.keys(keys.replace(PREFIX, OTHER))].forEach(store.drop);
  });
  [...store.keys(PREFIX), ...store.keys(OTHER)].forEach((key) => {
    const kept = store.read(key);
    if (!kept || kept.at < old) store.drop(key);
  });
}

const started = new WeakSet();
function start() {
  tidy();
  document.querySelectorAll("form[data-autosave]").forEach((form) => {
    if (started.has(form)) return;
    started.add(form);
    form.draft = new Draft(form);
  });
}

start();
document.addEventListener("htmx:afterSettle", start);
