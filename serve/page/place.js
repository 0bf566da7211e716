"use strict";
/* What is looked at stands behind the # of the address, and nowhere else: a link shows what its sender saw, and the
 * browser's back button goes back.  The server never sees it.
 *
 *      #p=CN-LN&c=RU&m=import&u=CNY&w=2023&why=CN-LN,RU,2023,import.CNY
 *
 * p, c: a province and a partner, or *: each of them.  m, u: what is measured, in what.  w: a window.  v: doubts, changes.
 * why: whose records are shown.  lang: en, zh. */
const place = (() => {
  const NAMES = ["v", "p", "c", "m", "u", "w", "why", "lang"];
  const USUAL = { v: "figures", p: "*", c: "*", m: "export", u: "CNY", w: "", why: "", lang: "" };

  const read = () => {
    const said = new URLSearchParams(location.hash.slice(1)), state = { ...USUAL };
    for (const name of NAMES) if (said.has(name)) state[name] = said.get(name);
    if (state.m === "agreements") state.u = "";
    return state;
  };
  const link = (changes, from = read()) => {
    const state = { ...from, ...changes }, out = new URLSearchParams();
    for (const name of NAMES) if (state[name] !== USUAL[name]) out.set(name, state[name]);
    return "#" + out.toString().replaceAll("%2C", ",").replaceAll("*", "%2A");
  };
  const go = (changes, replaces) => {
    const to = link(changes);
    if (to === (location.hash || "#")) return;
    history[replaces ? "replaceState" : "pushState"](null, "", to);
    document.dispatchEvent(new Event("place"));
  };
  window.addEventListener("popstate", () => document.dispatchEvent(new Event("place")));

  const measure = state => state.u ? `${state.m}.${state.u}` : state.m;
  const why_of = row => [row.province, row.partner, row.window ?? row.month ?? row.year, row.measure].join(",");

  return { read, link, go, measure, why_of };
})();
