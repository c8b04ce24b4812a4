// Drafts that save themselves. The text is in localStorage from the first keystroke until the server says it has it;
// a newer draft on the server is never overwritten without a choice.

import { compare } from "./draft/compare.js";
import { asLists, byName, contents, fill, same, skipped } from "./draft/fields.js";
import { save } from "./draft/server.js";
import { banner, show, showSignedOut } from "./draft/status.js";
import { Kept, tidy } from "./draft/store.js";

const TYPING_PAUSE = 800;
const RETRIES = [2, 4, 8, 15, 30];

class Draft {
  constructor(form) {
    this.form = form;
    this.url = form.dataset.autosaveUrl;
    this.store = new Kept(form.dataset.assignment);
    this.revision = Number(form.dataset.revision || 0);
    this.changes = 0; // since the last acknowledged save
    this.sending = null;
    this.tries = 0;
    this.stopped = false;
    this.newer = null;
    this.sent = []; // the last two versions that went off: an answer that was lost leaves one of them on the server
    this.listen();
    this.restore();
  }

  listen() {
    const { form } = this;
    form.addEventListener("input", (event) => this.changed(event, TYPING_PAUSE));
    form.addEventListener("change", (event) => this.changed(event, 0));
    form.addEventListener("submit", (event) => this.submitted(event), true);
    form.addEventListener("htmx:beforeRequest", () => this.wait());
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
  }

  get contents() {
    return contents(this.form);
  }

  restore() {
    const kept = this.store.find();
    if (!kept?.pairs) return;
    const mine = byName(kept.pairs);
    const shown = byName(this.contents);
    if (same(mine, shown) && !kept.submitted) return this.store.drop();
    this.changes = kept.changes || 1;
    if (same(mine, shown)) {
      // The form came back with errors and shows what was sent: nothing to restore, but the server may not have it yet.
      this.keep();
      this.send();
      return;
    }
    fill(this.form, mine);
    const before = (kept.sent || []).some((pairs) => same(byName(pairs), shown)); // what the server shows is ours
    if (before || kept.revision >= this.revision) {
      banner("restored", true);
      this.send();
      return;
    }
    // The server has something newer than what this browser started from.
    this.newer = { revision: this.revision, data: shown };
    this.show("stale");
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

  keep(more) {
    this.store.write({ revision: this.revision, changes: this.changes, pairs: this.contents, sent: this.sent, ...more });
  }

  async send(leaving = false) {
    clearTimeout(this.timer);
    if (this.newer || this.stopped || this.submitting || (this.sending && !leaving) || !this.form.isConnected) return;
    const pairs = this.contents;
    this.sending = new AbortController();
    this.sent = [...this.sent.slice(-1), pairs];
    if (!leaving) this.keep();
    if (this.state !== "offline") this.show("saving");
    try {
      const { meaning, data } = await save(this.url, pairs, this.revision, { signal: this.sending.signal, leaving });
      this.answered(meaning, data, JSON.stringify(pairs)); // only then may the next one go, with the new revision
    } catch (failure) {
      if (failure.name !== "AbortError") this.retry();
    } finally {
      this.sending = null;
    }
  }

  answered(meaning, data, sent) {
    if (meaning === "saved") return this.saved(data, sent);
    if (meaning === "stale") return this.stale(data);
    if (meaning === "later") return this.retry();
    if (meaning === "signed-out") {
      this.keep();
      this.show("offline");
      return showSignedOut(data.sign_in);
    }
    this.stopped = true;
    this.show("stopped", data.message);
  }

  saved(data, sent) {
    this.tries = 0;
    this.revision = Number(data.revision);
    this.form.dataset.revision = data.revision;
    this.form.dispatchEvent(new CustomEvent("draft-saved", { bubbles: true, detail: data }));
    const hidden = this.form.elements.revision;
    if (hidden) hidden.value = data.revision;
    banner("offline", false);
    banner("restored", false);
    if (JSON.stringify(this.contents) === sent) {
      this.changes = 0;
      this.store.drop();
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
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), wait * 1000);
  }

  stale(data) {
    const stored = asLists(data.data);
    const own = [this.contents, ...this.sent].find((pairs) => same(stored, byName(pairs)));
    if (own) return this.saved({ revision: data.revision }, JSON.stringify(own)); // saved before, its answer was lost
    this.newer = { revision: Number(data.revision), data: stored };
    this.keep();
    this.show("stale");
  }

  // The two versions: nothing is overwritten until the person chooses, and the other one stays in this browser.
  choose(action) {
    if (!this.form.isConnected) return;
    if (action === "mine" && this.mine) return this.putBack();
    if (!this.newer) return;
    if (action === "compare") return compare(this.form, this.newer.data);
    const { revision, data } = this.newer;
    this.revision = revision;
    this.newer = null;
    banner("stale", false);
    document.getElementById("compare-dialog")?.close();
    if (action === "load") this.load(data);
    else this.insist(data);
  }

  load(data) {
    this.mine = byName(this.contents);
    this.store.setAside(this.contents);
    fill(this.form, data);
    this.changes = 0;
    this.store.drop();
    banner("loaded", true);
    this.show("saved");
  }

  insist(data) {
    this.store.setAside(Object.entries(data).flatMap(([name, values]) => values.map((value) => [name, value])));
    this.keep();
    this.send();
  }

  putBack() {
    fill(this.form, this.mine);
    this.mine = null;
    banner("loaded", false);
    this.changes += 1;
    this.keep();
    this.send();
  }

  // ---------------------------------------------------------------- submit

  submitted(event) {
    if (this.newer) {
      this.hold(event, "stale");
      document.querySelector("[data-banner=stale] button")?.focus();
      return;
    }
    if (!navigator.onLine) {
      this.keep();
      return this.hold(event, "offline");
    }
    clearTimeout(this.timer);
    this.sending?.abort();
    this.sending = null;
    this.submitting = true;
    // Kept until a page says the submission arrived (data-acknowledged), or the form comes back with errors.
    this.keep({ submitted: Date.now() });
  }

  hold(event, why) {
    event.preventDefault();
    event.stopImmediatePropagation();
    this.show(why);
  }

  // Under way: what would be typed now could only be lost.
  wait() {
    if (!this.submitting) return;
    this.focused = document.activeElement;
    this.form.inert = true;
  }

  notSubmitted() {
    this.form.inert = false;
    if (this.submitting && this.focused?.isConnected) this.focused.focus();
    this.submitting = false;
    this.changes ||= 1;
    this.keep();
    this.send();
  }

  show(state, detail) {
    this.state = state;
    show(state, detail, this.changes);
  }
}

// -------------------------------------------------------------------- start

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
