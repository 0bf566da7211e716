"use strict";
/* Questions to the server.  Each answer says up to when it is whole, and the newest of these is what the page shows on top.
 * What went wrong comes as one sentence; a token, where one is asked for, is kept until the tab is closed. */
const ask = (() => {
  const PATIENCE_MS = 10000;
  let token = "";
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
    try {
      answer = await response.json();
    } catch {
      if (response.ok) throw new Refused(0, words.say("no_answer"));
    }
    if (!response.ok) throw new Refused(response.status, answer.detail ?? answer.title ?? String(response.status));
    return answer;
  };

  return { get, path, headers, set_token };
})();
