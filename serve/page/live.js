"use strict";
/* Changes as they come.  All tabs of the page share one stream: the tab that holds the lock reads it and tells the others.
 *
 *      server --stream--> the tab with the lock --channel--> other tabs
 *                              <-- what each of them wants --
 *
 * It asks for what all of them want: a filter is named where no tab wants anything else.  When that tab is closed another one
 * gets the lock.  A browser without locks (a page over plain http from another machine) reads a stream of its own in each tab.
 * The stream is read by fetch, since EventSource can't send a token. */
const live = (() => {
  const AGAIN_MS = [1000, 2000, 4000, 8000, 15000], SILENCE_MS = 40000, WANT_MS = 30000, FORGET_MS = 150000;
  const tab = Array.from(crypto.getRandomValues(new Uint32Array(2))).join("-");
  const channel = new BroadcastChannel("tally");
  const wanted = new Map();                             /* tab -> { want, at } */
  let want = null, reads = false, listener = () => {}, state = "off", query = null, asked = null, stop = null, last_id = "", tries = 0, told_ms = 0;

  const tell = message => {
    channel.postMessage(message);
    receive(message);
  };
  const say_state = now => {
    if (now === state) return;
    state = now;
    tell({ kind: "state", state });
  };

  /* ---- what to ask for --------------------------------------------------------------------------------------------------- */
  const filter = () => {
    const all = [...wanted.values()].filter(({ at, want: w }) => w && Date.now() - at < FORGET_MS).map(({ want: w }) => w), out = {};
    if (all.length === 0) return null;
    for (const name of ["province", "partner", "window", "measure"])
      if (all.every(w => w[name] !== undefined && w[name] === all[0][name])) out[name] = all[0][name];
    return out;
  };
  const turn = () => {
    const next = filter(), path = next && ask.path(["stream"], next);
    if (!reads || path === query) return;
    [asked, query, last_id, tries] = [next, path, "", 0];              /* an id is good for the question that it came from */
    stop?.abort();
    if (query) follow(query);
  };

  /* ---- reading ------------------------------------------------------------------------------------------------------------- */
  /* One event: lines until an empty one.  Whatever comes means that the changes come, too: but a goodbye, which says when to come
   * again, and that Redis can't be read.  Who has come back hears a comment at first, and events when something changes. */
  const take_event = block => {
    let name = "message", data = [], is_goodbye = true;
    for (const line of block.split("\n")) {
      const at = line.indexOf(":"), field = at < 0 ? line : line.slice(0, at), value = at < 0 ? "" : line.slice(at + 1).replace(/^ /, "");
      if (field !== "retry" && line !== "") is_goodbye = false;
      if (field === "event") name = value;
      else if (field === "data") data.push(value);
      else if (field === "id") last_id = value;
      else if (field === "retry" && /^\d+$/.test(value)) told_ms = Number(value);
    }
    if (name === "unavailable") return say_state("off");
    if (!is_goodbye) say_state("on");
    let parsed = null;
    try { parsed = data.length ? JSON.parse(data.join("\n")) : null; } catch { return; }
    if (name === "totals" || name === "snapshot" || name === "resync") tell({ kind: "event", name, data: parsed, asked });
  };

  const read_all = async (response, alive) => {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      alive();
      const blocks = (rest + value.replaceAll("\r", "")).split("\n\n");
      rest = blocks.pop();
      blocks.forEach(take_event);
    }
  };

  const follow = async path => {
    while (reads && query === path) {
      const control = new AbortController();
      let watch = 0;
      const alive = () => {
        clearTimeout(watch);
        watch = setTimeout(() => control.abort(), SILENCE_MS);
      };
      stop = control;
      alive();
      told_ms = 0;
      try {
        const headers = { ...ask.headers(), Accept: "text/event-stream", ...(last_id ? { "Last-Event-ID": last_id } : {}) };
        const response = await fetch(path, { headers, cache: "no-store", signal: control.signal });
        if (response.ok) {
          tries = 0;
          await read_all(response, alive);
        }
      } catch { /* cut off, or away: again below */ }
      clearTimeout(watch);
      if (!reads || query !== path) return;
      say_state("off");
      const pause = (told_ms || AGAIN_MS[Math.min(tries++, AGAIN_MS.length - 1)]) * (0.75 + Math.random() / 2);
      await new Promise(done => setTimeout(done, pause));
    }
  };

  /* ---- tabs ------------------------------------------------------------------------------------------------------------------ */
  const receive = message => {
    if (message.kind === "want") {
      wanted.set(message.tab, { want: message.want, at: Date.now() });
      if (reads && message.tab !== tab) channel.postMessage({ kind: "state", state });
      turn();
    } else if (message.kind === "gone") {
      wanted.delete(message.tab);
      turn();
    } else if (message.kind === "who") {
      channel.postMessage({ kind: "want", tab, want });
    } else {
      if (message.kind === "state") state = message.state;
      listener(message);
    }
  };
  const announce = () => tell({ kind: "want", tab, want });
  const lead = () => {
    reads = true;
    channel.postMessage({ kind: "who" });
    turn();
  };

  channel.addEventListener("message", event => receive(event.data));
  window.addEventListener("pagehide", () => channel.postMessage({ kind: "gone", tab }));
  window.addEventListener("pageshow", event => { if (event.persisted) announce(); });

  return {
    /* f({kind:"event",name,data,asked}), where asked is the filter of the stream, and f({kind:"state",state}). */
    start(f) {
      listener = f;
      setInterval(announce, WANT_MS);
      if (navigator.locks) navigator.locks.request("tally-stream", () => { lead(); return new Promise(() => {}); });
      else lead();
    },
    want(what) {
      want = what;
      announce();
    },
    again() {
      query = null;
      turn();
    },
    state: () => state,
  };
})();
