"use strict";
/* Light, dark, or what the system says.  This is read before the first paint, so that nobody sees the wrong one flash. */
const theme = (() => {
  const KNOWN = ["auto", "light", "dark"];
  /* A browser may keep nothing for us: then every visit begins with the system's. */
  const kept = (name, value) => {
    try {
      if (value !== undefined) localStorage.setItem(name, value);
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  };
  const now = () => KNOWN.includes(document.documentElement.dataset.theme) ? document.documentElement.dataset.theme : "auto";
  const set = name => { document.documentElement.dataset.theme = KNOWN.includes(name) ? name : "auto"; };

  set(kept("tally.theme"));
  return {
    kept, now,
    next() {
      set(KNOWN[(KNOWN.indexOf(now()) + 1) % KNOWN.length]);
      kept("tally.theme", now());
      document.dispatchEvent(new Event("theme"));
    },
  };
})();
