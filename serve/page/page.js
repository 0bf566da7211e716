"use strict";
/* The page: what the address says is shown, what changes is shown anew, and how far all of it can be trusted stands on top. */
const page = (() => {
  const { h } = parts, $ = id => document.getElementById(id);
  const BEAT_MS = 15000, TICK_MS = 1000, SOON_MS = 700, LEAST_MS = 2500;
  const FLOWS = [["statistics", ["export", "import", "total"]], ["deals", ["deals.export", "deals.import", "deals.total"]], ["agreements", ["agreements"]]];
  const USUAL_UNITS = ["CNY", "USD"];
  let turn = 0, units = new Map(), windows = [], trusted = null, told_at = 0, dirty = 0, drawn_at = 0, last_view = "", is_ready = false, failed = null, versions = new Map();

  /* ---- what may be chosen -------------------------------------------------------------------------------------------------- */
  const learn = async () => {
    const [, all, nation, listed] = await Promise.all([names.load(), ask.get(["totals", "ALL", "ALL"]), ask.get(["totals", "CN", "ALL"]), ask.get(["windows"]).catch(() => ({ rows: [] }))]);
    units = new Map();
    for (const row of [...all.rows, ...nation.rows]) {
      const [m, u] = words.split(row.measure);
      if (/^([A-Z]{3}|qty\.\w+)$/.test(u)) units.set(m, (units.get(m) ?? new Set()).add(u));
    }
    windows = [...new Set([...listed.rows.map(row => row.code).filter(w => /^\d+d$|^all$/.test(w)), ...all.rows.map(row => row.window), ...nation.rows.map(row => row.window)])];
    take_trust(all);
  };
  const years = () => windows.filter(w => /^\d{4}$/.test(w)).sort().reverse();
  /* The last year that is over, where something is known of it. */
  const usual_window = () => years().find(year => year < (trusted?.as_of ?? "9999").slice(0, 4)) ?? years()[0] ?? "all";
  const whole = state => state.w ? state : { ...state, w: usual_window() };

  const option = (value, text, now) => h("option", { value, selected: value === now }, text);
  const group = (label, options) => options.length ? h("optgroup", { label }, options) : null;
  const by_name = list => list.sort((a, b) => a[1].localeCompare(b[1], words.locale()));
  const put = (id, now, ...options) => {
    const select = $(id), flat = options.flat().filter(Boolean);
    select.replaceChildren(...flat);
    if (![...select.options].some(o => o.value === now)) select.append(option(now, now, now));    /* a link may name what is not in the list */
    select.value = now;
  };
  const fill_question = state => {
    const provinces = names.all("province"), partners = names.all("partner");
    const of = (list, name) => by_name(list.map(row => [row.code, name(row.code)])).map(([code, text]) => option(code, text, ""));
    put("p", state.p, option("*", words.say("each_province"), ""), group(words.say("together"), ["ALL", "CN"].map(code => option(code, names.province(code), ""))),
      group(words.say("province"), of(provinces.filter(row => !["ALL", "CN"].includes(row.code)), names.province)));
    put("c", state.c, option("*", words.say("each_partner"), ""), group(words.say("together"), [option("ALL", names.partner("ALL"), "")]),
      group(words.say("groups"), of(partners.filter(row => row.is_total && row.code !== "ALL"), names.partner)),
      group(words.say("countries"), of(partners.filter(row => !row.is_total), names.partner)));
    put("m", state.m, FLOWS.map(([label, list]) => group(words.say(label), list.map(m => option(m, words.say(m), "")))));
    const known = [...new Set([...USUAL_UNITS, ...(units.get(state.m) ?? [])])].sort((a, b) => a.length - b.length || a.localeCompare(b));
    put("u", state.u, state.m === "agreements" ? option("", words.say("number_of"), "") : known.map(u => option(u, words.unit_name(u), "")));
    const moving = windows.filter(w => /^\d+d$/.test(w)).sort((a, b) => parseInt(b, 10) - parseInt(a, 10));
    put("w", state.w, group(words.say("years"), [...years(), "all"].map(w => option(w, words.window_name(w), ""))), group(words.say("moving"), moving.map(w => option(w, words.window_name(w), ""))));
    $("question").classList.toggle("narrow", state.v !== "figures");
  };

  /* ---- trust ------------------------------------------------------------------------------------------------------------------ */
  const take_trust = answer => {
    if (!answer || answer.as_of === undefined) return;
    trusted = answer;
    told_at = Date.now();
  };
  /* How long ago that was is worked out anew each time: an answer may be one that the browser has kept. */
  const counted = () => ({ time: words.moment(trusted.through), ago: words.ago(Math.max(0, ask.now() - Date.parse(trusted.through))) });
  const show_trust = () => {
    const is_live = live.state() === "on", dot = failed ? "bad" : is_live && trusted?.trust === "whole" ? "good" : "odd";
    const asof = trusted ? [h("span", { class: `dot ${dot}` }), h("b", {}, words.say("as_of", { day: words.day(trusted.as_of) })),
      trusted.through ? h("span", { class: "through" }, ` · ${words.say("told_until", counted())}`) : null,
      h("span", { class: is_live ? "on" : "off" }, ` · ${words.say(is_live ? "live" : "not_live")}`)].filter(Boolean) : [];
    if ($("asof").innerHTML !== asof.map(x => x.outerHTML).join("")) $("asof").replaceChildren(...asof);
    const sentence = document.querySelector("main .counted"), whole_until = sentence && trusted?.through ? words.say("all_counted", counted()) : "";
    if (sentence && sentence.textContent !== whole_until) sentence.textContent = whole_until;
    const values = { time: failed ? words.time(new Date(told_at).toISOString()) : trusted?.through ? words.time(trusted.through) : "?" };
    const text = failed ? `${words.sentence(failed.message)}${trusted ? ` ${words.say("shown_is_old", values)}` : ""}` : trusted && trusted.trust !== "whole" && words.has(trusted.trust) ? words.say(trusted.trust, values) : "";
    $("trust").hidden = text === "";
    if ($("trust").textContent !== text) $("trust").textContent = text;
    document.body.classList.toggle("untrusted", text !== "");
  };

  /* ---- showing -------------------------------------------------------------------------------------------------------------------- */
  const view_of = state => state.v === "doubts" ? doubts : state.v === "changes" ? changes : state.p === "*" && state.c === "*" ? heat : state.p === "*" || state.c === "*" ? rank : pair;

  /* A view that is drawn anew keeps the focus, what is open, and shows which numbers are other ones now. */
  const remember = () => ({
    numbers: new Map([...document.querySelectorAll("main [data-why]")].map(button => [button.dataset.why, button.textContent])),
    focused: document.activeElement?.dataset?.why, open: new Set([...document.querySelectorAll("main details[open]")].map(d => d.dataset.open)),
  });
  const recall = ({ numbers, focused, open }) => {
    for (const details of document.querySelectorAll("main details")) if (open.has(details.dataset.open)) details.open = true;
    for (const button of document.querySelectorAll("main [data-why]"))
      if (numbers.has(button.dataset.why) && numbers.get(button.dataset.why) !== button.textContent) button.classList.add("flash");
    if (focused) document.querySelector(`main [data-why="${CSS.escape(focused)}"]`)?.focus();
  };

  const ask_token = () => {
    const field = h("input", { type: "password", autocomplete: "off", id: "token", required: true });
    return h("form", { class: "token", onsubmit: event => {
      event.preventDefault();
      ask.set_token(field.value);
      is_ready = false;
      live.again();
      render();
    } }, h("p", {}, words.say("token")), h("label", {}, words.say("token_label"), " ", field), " ", h("button", { type: "submit" }, words.say("token_go")));
  };

  const show = async (state, is_again) => {
    const mine = ++turn, main = $("main");
    main.setAttribute("aria-busy", "true");
    try {
      if (!is_ready) await learn();
      is_ready = true;
      const asked = whole(state);
      fill_question(asked);
      const view = view_of(asked);
      const { answer, body, after } = await view.view(asked);
      if (mine !== turn) return;
      live.want(view.wants(asked));
      take_trust(answer);
      versions = new Map((answer.scopes ?? [answer]).map(scope => [scope.province, scope.version]));
      const kept = is_again ? remember() : null;
      main.replaceChildren(...body.flat(3).filter(Boolean));
      if (kept) recall(kept);
      else if (document.activeElement === document.body && drawn_at > 0) main.querySelector("h1")?.focus({ preventScroll: true });    /* a link that is gone had the focus */
      document.title = `${main.querySelector("h1")?.textContent ?? "Tally"} · Tally`;
      drawn_at = Date.now();
      failed = null;
      show_trust();
      renew();
      for (const late of after?.() ?? []) late.catch(() => {});
    } catch (error) {
      if (mine !== turn) return;
      if (error.status === 401 || error.status === 403) main.replaceChildren(ask_token());
      else if (!is_again) main.replaceChildren(parts.failure(error, render));
      failed = error.status === undefined ? null : error;
      show_trust();
      if (error.status === undefined) throw error;
    } finally {
      if (mine === turn) main.removeAttribute("aria-busy");
    }
  };

  const label_all = state => {
    for (const element of document.querySelectorAll("[data-words]")) element.textContent = words.say(element.dataset.words);
    for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", words.say(element.dataset.label));
    $("language").textContent = words.say("other_language");
    $("language").lang = words.language() === "zh" ? "en" : "zh";
    $("theme").textContent = words.say(`theme_${theme.now()}`);
    for (const tab of document.querySelectorAll("[data-view]")) {
      tab.href = place.link({ v: tab.dataset.view, why: "" }, state);
      if (tab.dataset.view === state.v) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
  };

  const render = () => {
    const state = place.read(), name = place.link({ why: "" }, state);
    words.set_language(state.lang || theme.kept("tally.language") || navigator.language || "en");
    label_all(state);
    if (name === last_view && is_ready) return why.follow(state);                     /* only the dialog opens or closes */
    last_view = name;
    return show(state, false).then(() => why.follow(place.read()));
  };

  /* ---- changes ---------------------------------------------------------------------------------------------------------------------- */
  const redraw = () => {
    clearTimeout(dirty);
    dirty = setTimeout(() => show(place.read(), true), Math.max(SOON_MS, (view_of(place.read()).least_ms ?? LEAST_MS) - (Date.now() - drawn_at)));
  };
  const has_moved = said => versions.has(said?.province) && versions.get(said.province) !== said.version;
  const hear = message => {
    if (!is_ready) return;
    if (message.kind === "state") {
      show_trust();
      if (message.state === "off") beat();                                                         /* is the server away, or Redis? */
      return message.state === "on" && Date.now() - drawn_at > LEAST_MS ? redraw() : undefined;      /* it was away, and may have missed something */
    }
    if (message.name === "resync") return redraw();
    /* A snapshot tells what the page has just asked for itself: unless a province has moved on in between. */
    if (message.name === "snapshot" && view_of(place.read()) !== changes) return has_moved(message.data) ? redraw() : undefined;
    if (message.data?.rows && view_of(place.read()).take(message.data, message.name, message.asked)) redraw();
  };
  /* How far everything is counted moves on without a change; and this notices a server that is gone or back. */
  const renew = async () => {
    try {
      const state = place.read(), single = code => code !== "*" ? code : "ALL";
      const said = await ask.get(["totals", single(state.p), single(state.c)], { window: "all", measure: "agreements" }, { fresh: true });
      take_trust(said);
      failed = null;
      show_trust();
      return said;
    } catch (error) {
      failed = error;
      show_trust();
      return null;
    }
  };
  const beat = async () => {
    if (document.hidden || !is_ready) return;
    const was_away = !$("trust").hidden, said = await renew();
    if (said && (was_away || (live.state() !== "on" && has_moved(said)))) redraw();
  };

  const start = () => {
    document.addEventListener("theme", () => is_ready && show(place.read(), true));              /* pictures take their colours when they are drawn */
    document.addEventListener("place", render);
    window.addEventListener("hashchange", render);
    $("question").addEventListener("change", event => {
      const changed = { [event.target.id]: event.target.value };
      if (event.target.id === "m") changed.u = event.target.value === "agreements" ? "" : place.read().u || "CNY";
      place.go({ ...changed, why: "" });
    });
    $("question").addEventListener("submit", event => event.preventDefault());
    $("language").addEventListener("click", () => {
      theme.kept("tally.language", words.language() === "zh" ? "en" : "zh");
      last_view = "";
      if (place.read().lang) place.go({ lang: "" }, true);
      else render();
    });
    $("theme").addEventListener("click", () => {
      theme.next();
      label_all(place.read());
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new Event("theme")));
    document.addEventListener("visibilitychange", beat);
    setInterval(beat, BEAT_MS);
    setInterval(() => { if (trusted && !document.hidden) show_trust(); }, TICK_MS);
    why.start();
    live.start(hear);
    render();
  };

  return { start };
})();
page.start();
