// What this browser keeps of a draft: one record per person, assignment and tab, so that two tabs never overwrite each
// other's text. Everything here goes on without storage: the copy on the server is still made.

const PREFIX = "evaltool:draft:"; // text the server has not acknowledged
const OTHER = "evaltool:other:"; // the version that was not chosen
const KEEP_DAYS = 30;
const JUST_NOW = 5000; // a record this fresh belongs to a tab that is still open
const user = document.documentElement.dataset.user || "";
const tab = (sessionStorage.tab ||= String(Math.random()).slice(2));

const keysOf = (assignment) => `${PREFIX}${user}:${assignment}:`;
const keys = (prefix) => Object.keys(localStorage).filter((key) => key.startsWith(prefix));

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify({ ...value, at: Date.now() }));
  } catch {
    // a full or closed storage
  }
}

// The records of one assignment in this tab.
export class Kept {
  constructor(assignment) {
    this.prefix = keysOf(assignment);
    this.key = this.prefix + tab;
  }

  write(record) {
    write(this.key, record);
  }

  drop() {
    localStorage.removeItem(this.key);
  }

  setAside(pairs) {
    write(this.key.replace(PREFIX, OTHER), { pairs });
  }

  // This tab's text; else the newest that a closed tab or browser left behind (which then becomes this tab's).
  find() {
    const own = read(this.key);
    if (own) return own;
    const left = keys(this.prefix).map((key) => [key, read(key)]).filter(([, one]) => one?.pairs && Date.now() - one.at > JUST_NOW);
    if (!left.length) return null;
    const [key, newest] = left.sort(([, one], [, two]) => two.at - one.at)[0];
    this.write(newest);
    localStorage.removeItem(key);
    return newest;
  }
}

// What a page acknowledges may go, and what nobody came back for.
export function tidy() {
  const old = Date.now() - KEEP_DAYS * 86400000;
  document.querySelectorAll("[data-acknowledged]").forEach((node) => {
    const prefix = keysOf(node.dataset.acknowledged);
    [...keys(prefix), ...keys(prefix.replace(PREFIX, OTHER))].forEach((key) => localStorage.removeItem(key));
  });
  [...keys(PREFIX), ...keys(OTHER)].forEach((key) => {
    const kept = read(key);
    if (!kept || kept.at < old) localStorage.removeItem(key);
  });
}
