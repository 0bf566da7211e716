"use strict";
/* What every view is put together from.  A text from anywhere becomes a text node, never markup; an address becomes a link
 * only when it is http or https. */
const names = (() => {
  const tables = { province: new Map(), partner: new Map() };

  const of = kind => code => {
    const row = tables[kind].get(code);
    return row ? row[words.language() === "zh" ? "chinese" : "english"] || row.english || code : code;
  };
  return {
    async load() {
      const [provinces, partners, quantities] = await Promise.all([ask.get(["provinces"]), ask.get(["partners"]), ask.get(["units"]).catch(() => ({ rows: [] }))]);
      words.take_units(quantities.rows);
      tables.province = new Map(provinces.rows.map(row => [row.code, row]));
      tables.partner = new Map(partners.rows.map(row => [row.code, row]));
    },
    province: of("province"), partner: of("partner"),
    /* Inside a sentence: * is each of them. */
    p: code => code === "*" ? words.say("each_province_in") : code === "ALL" ? words.say("all_provinces_in") : of("province")(code),
    c: code => code === "*" ? words.say("each_partner_in") : code === "ALL" ? words.say("all_partners_in") : of("partner")(code),
    all: kind => [...tables[kind].values()],
    is_group: code => tables.partner.get(code)?.is_total === true,
  };
})();

const parts = (() => {
  /* h("p", { class: "x", onclick: f }, "text", child, ...): nothing is parsed. */
  const h = (tag, attributes, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (value === undefined || value === null || value === false) continue;
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false));
    return made;
  };

  const link = (text, url, attributes = {}) => {
    let address = null;
    try { address = new URL(url); } catch { /* no address: a text, then */ }
    if (!address || !["http:", "https:"].includes(address.protocol)) return h("span", attributes, text);
    return h("a", { ...attributes, href: address.href, rel: "noopener noreferrer", target: "_blank" }, text);
  };

  /* ---- what stands beside a number ---------------------------------------------------------------------------------- */
  /* 366 days hold a year of 365 whole. */
  const is_partial = row => Number.isInteger(row.days) && Number.isInteger(row.window_days) && row.window !== "all" && row.days < row.window_days - (row.window === "366d" ? 1 : 0);
  /* The line below a number is as long as the part of the time that it tells of. */
  const draw_part = (cell, row) => {
    if (row && is_partial(row)) cell.style.setProperty("--part", `${Math.max(5, Math.round(100 * row.days / row.window_days))}%`);
    return cell;
  };
  const pair_name = side => `${names.province(side.province)} × ${names.partner(side.partner)}`;
  /* A margin is a share of a whole; the whole has the same share beside it, from the other side. */
  const is_part_of = (row, share) => share.parts.province === row.province && share.parts.partner === row.partner;
  const share_of = row => row?.coverage?.find(share => is_part_of(row, share));
  /* [kind, sentence]: doubt, part, inexact, derived, coverage, the gravest first. */
  const notes = (row, { with_days = true } = {}) => {
    const said = row.notes ?? {}, out = [], put = (kind, name, values) => out.push([kind, words.say(name, values)]);
    for (const name of ["contradicted", "mismatched", "undecided"]) if (said[name]) put("doubt", `n_${name}`, { n: said[name] });
    if (said.covered) put("doubt", "n_covered", { n: said.covered });
    if (with_days && is_partial(row)) put("part", "n_days", { n: row.days, all: row.window_days });
    if (said.inexact) put("inexact", "n_inexact", { n: said.inexact });
    for (const name of ["derived", "adjusted"])
      if (said[name] && !amount.is_zero(said[name])) put("derived", `n_${name}`, { n: amount.full(said[name]) });
    for (const share of row.coverage ?? [])
      out.push(["coverage", is_part_of(row, share) ? words.say("n_coverage", { percent: share.percent, whole: pair_name(share.whole) }) : words.say("n_told", { percent: share.percent, parts: pair_name(share.parts) })]);
    return out;
  };
  const kinds = row => [...new Set(notes(row).map(([kind]) => kind))].filter(kind => kind !== "coverage");
  const note_list = row => {
    const all = notes(row);
    return all.length === 0 ? null : h("ul", { class: "notes" }, all.map(([kind, text]) => h("li", { class: `is-${kind}` }, text)));
  };

  /* A number that can be asked about: who says so? */
  const number = (row, { brief = false, tag = {} } = {}) => {
    if (!amount.is_good(row.value)) return h("span", { class: "quiet" }, "–");
    const whole = amount.full(row.value), text = brief ? amount.short(row.value, words.language()) : whole;
    const heard = [text, ...notes(row).map(([, sentence]) => sentence)].join("; ");
    return h("button", { type: "button", class: "n", "data-why": place.why_of(row), title: `${whole} ${words.unit(row.unit)}`, "aria-label": heard, ...tag }, text);
  };

  const bar = share => {
    const made = h("div", { class: "bar" }, h("i", {}));
    made.firstChild.style.width = `${Math.max(share * 100, share > 0 ? 0.5 : 0)}%`;
    return made;
  };

  const table = (caption, heads, rows, attributes = {}) =>
    h("table", attributes, h("caption", { class: attributes.class?.includes("captioned") ? "" : "unseen" }, caption),
      h("thead", {}, h("tr", {}, heads.map(([text, kind]) => h("th", { scope: "col", class: kind }, text)))), h("tbody", {}, rows));
  /* A wide table is scrolled in its own box, also by keys. */
  const scrolled = (label, inner, attributes = {}) => h("div", { class: "scrolled", tabindex: "0", role: "region", "aria-label": label, ...attributes }, inner);

  /* Of an answer from several provinces: which of them are not to be trusted, and why. */
  const scopes_of = answer => new Map((answer.scopes ?? []).map(scope => [scope.province, scope.trust]));
  const distrust = trust => trust && trust !== "whole" ? h("span", { class: "distrust" }, ` ${words.say(trust === "old" || trust === "ahead" ? "scope_old" : "scope_partial")}`) : null;

  const title = state => words.say(`of_${state.m}`, { p: names.p(state.p), c: names.c(state.c), w: words.window_name(state.w) });
  const heading = (text, ...after) => h("div", { class: "heading" }, h("h1", { tabindex: "-1" }, text), h("p", { class: "beside" }, after));
  /* The same question, as a file for a spreadsheet. */
  const csv = (path, parameters) => h("a", { href: ask.path(path, { ...parameters, format: "csv", excel: 1 }), download: `${["tally", ...path].join("-")}.csv` }, "CSV");
  const failure = (error, again) => h("div", { class: "failure", role: "alert" }, h("p", {}, words.sentence(error.message)),
    h("button", { type: "button", onclick: again }, words.say("again")));

  return { h, link, notes, kinds, note_list, number, bar, table, scrolled, title, heading, csv, failure, is_partial, draw_part, pair_name, share_of, scopes_of, distrust };
})();
