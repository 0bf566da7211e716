"use strict";
/* Questions to the server.  Each answer says up to when it is whole, and the newest of these is what the page shows on top.
 * What went wrong comes as one sentence; a token, where one is asked for, is kept until the tab is closed. */
const ask = (() => {
  const PATIENCE_MS = 10000;
  const CLOCK_MS = 1000;                                /* a Date header has whole seconds */
  let token = "", ahead_ms = 0;
  try { token = sessionStorage.getItem("tally.token") ?? ""; } catch { /* kept in memory, then */ }

  class Refused extends Error {
    constructor(status, sentence) {
      super(sentence);
      this.status = status;
    }
  }

  const headers = () => token ? { Authorization: `Bearer ${token}` } : {};
  const set_token = text => {
    token = text;
    try { sessionStorage.setItem("tally.token", text); } catch { /* as above */ }
  };

  /* The server's clock, as far as an answer has said it: an answer that the browser has kept comes with a new Date, and with the
   * old body. */
  const set_clock = text => {
    const said_ms = Date.parse(text ?? "") - Date.now();
    if (Number.isNaN(said_ms)) ahead_ms = 0;
    else if (Math.abs(said_ms - ahead_ms) > CLOCK_MS) ahead_ms = said_ms;
  };

  /* Empty parameters are left out. */
  const path = (parts, parameters = {}) => {
    const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== "" && value !== undefined));
    const tail = query.toString().replaceAll("%2C", ",");
    return "/v1/" + parts.map(encodeURIComponent).join("/") + (tail ? "?" + tail : "");
  };

  const get = async (parts, parameters, { fresh = false } = {}) => {
    let response, answer = {};
    try {
      response = await fetch(path(parts, parameters), { headers: headers(), cache: fresh ? "no-store" : "no-cache", signal: AbortSignal.timeout(PATIENCE_MS) });
    } catch {
      throw new Refused(0, words.say("no_answer"));
    }
    set_clock(response.headers.get("Date"));
    try {
      answer = await response.json();
    } catch {
      if (response.ok) throw new Refused(0, words.say("no_answer"));
    }
    if (!response.ok) throw new Refused(response.status, answer.detail ?? answer.title ?? String(response.status));
    return answer;
  };

  return { get, path, headers, set_token, now: () => Date.now() + ahead_ms };
})();
