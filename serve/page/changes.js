"use strict";
/* What has changed, the newest first: what the server still knows, and what comes while the page is open, with the number that
 * stood there before. */
const changes = (() => {
  const { h } = parts, MOST = 200, ASKED = 1000, MEASURES = 4, TOLD = 24;
  let list = [], knows_earlier = false;             /* { at, province, partner, rows, before } */
  const known = new Map();                              /* pair -> measure -> value, as last seen */

  /* Margins change with every pair, so nobody learns anything from them.  A partner "*": all of a province's may have. */
  const is_pair = row => row.province !== "ALL" && row.partner !== "ALL";
  const pair_name = entry => `${names.province(entry.province)} × ${entry.partner === "*" ? words.say("all_of_them") : names.partner(entry.partner)}`;
  const key = row => `${row.province} ${row.partner}`;
  const counts = row => row.window === "all" && /^(deals\.)?(export|import|total)\.[A-Z]{3}$|^agreements$/.test(row.measure);

  const values_of = rows => new Map(rows.map(row => [row.measure, row.value]));
  const number = (row, before) => h("li", {}, `${words.measure(row.measure)}: `, parts.number(row), before !== undefined && before !== row.value ?
    h("span", { class: "quiet" }, ` ${words.say("was", { n: amount.full(before) })}`) : null);
  const line = entry => {
    const flashes = entry.is_new;
    entry.is_new = false;
    return entry.line = h("tr", { class: flashes ? "flash" : undefined }, h("td", {}, h("time", { datetime: entry.at }, words.time(entry.at))),
    h("th", { scope: "row" }, h("a", { href: place.link({ v: "figures", p: entry.province, c: entry.partner }) }, pair_name(entry))),
    h("td", {}, entry.rows ? h("ul", { class: "notes" }, entry.rows.map(row => number(row, entry.before?.get(row.measure)))) : null));
  };

  const is_asked = (entry, state) => (state.p === "*" || state.p === entry.province || (state.p === "ALL" && entry.province !== "CN")) &&
    (state.c === "*" || entry.partner === "*" || state.c === entry.partner || state.c === "ALL");

  const body_of = state => {
    const rows = list.filter(entry => is_asked(entry, state)).slice(0, MOST), today = new Date().toDateString();
    const heads = [[words.say("time")], [words.say("pair")], [words.say("now_stands")]];
    const title = state.p === "*" && state.c === "*" ? words.say("changes_title") : words.say("changes_of", { p: names.p(state.p), c: names.c(state.c) });
    const out = [parts.heading(title), h("p", { class: "quiet" }, words.say(knows_earlier ? "changes_note" : "changes_since"))];
    for (const name of ["today", "earlier"]) {
      const some = rows.filter(entry => (new Date(entry.at).toDateString() === today) === (name === "today"));
      if (some.length) out.push(h("h2", {}, words.say(name)), parts.scrolled(words.say(name), parts.table(title, heads, some.map(line), { class: "changes" })));
    }
    if (rows.length === 0) out.push(h("p", { class: "empty" }, words.say("no_changes")));
    return out;
  };

  const view = async state => {
    const specific = code => code === "*" || code === "ALL" ? "" : code;
    let answer = null;
    try {
      answer = await ask.get(["changes"], { province: specific(state.p), partner: specific(state.c), limit: ASKED });
      knows_earlier = true;
      const seen = new Set(list.map(key));
      list = [...list, ...answer.rows.filter(row => is_pair(row) && !seen.has(key(row)))].sort((a, b) => a.at < b.at ? 1 : -1);
    } catch (error) {
      if (error.status !== 404) throw error;
      answer = await ask.get(["totals", "ALL", "ALL"], { window: "all" });
    }
    return { answer, body: body_of(state), after: () => [tell_numbers(state)] };
  };

  /* The server names what changed; what stands there now is asked for, of the newest. */
  const tell_numbers = async state => {
    const bare = list.filter(entry => is_asked(entry, state) && !entry.rows && entry.partner !== "*").slice(0, TOLD);
    for (const entry of bare) {
      const said = await ask.get(["totals", entry.province, entry.partner], { window: "all" });
      entry.rows = said.rows.filter(counts).slice(0, MEASURES);
      if (!known.has(key(entry))) known.set(key(entry), values_of(said.rows.filter(counts)));
      entry.line?.replaceWith(line(entry));
    }
  };

  const take = (said, name) => {
    if (!is_pair(said)) return false;
    const rows = said.rows.filter(counts), before = known.get(key(said));
    known.set(key(said), values_of(rows));
    if (name === "snapshot") return false;
    const changed = before ? rows.filter(row => before.get(row.measure) !== row.value) : rows;
    list = [{ at: new Date().toISOString(), province: said.province, partner: said.partner, rows: changed.slice(0, MEASURES), before, is_new: true },
      ...list.filter(entry => key(entry) !== key(said))].slice(0, MOST);
    return true;
  };

  return { view, take, wants: () => ({ window: "all" }) };
})();
