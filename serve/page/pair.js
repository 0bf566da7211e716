"use strict";
/* One province and one partner: the number, who says so, whether that is all of it, what is doubtful; and below everything else
 * that is known of the two. */
const pair = (() => {
  const { h } = parts, FIRST_SOURCES = 3, MOST_RECORDS = 20;
  const is_note = measure => /\.(inexact|undecided|contradicted|covered|mismatched|derived|adjusted|days)(\.|$)/.test(measure);
  const section = (title, ...inside) => h("section", {}, h("h2", {}, title), inside);

  /* ---- the answer ------------------------------------------------------------------------------------------------------ */
  const amount_line = (row, state) => {
    const unit = words.unit(row.unit), is_money = /^[A-Z]{3}$/.test(state.u);
    return h("p", { class: "answer" }, parts.number(row), " ", h("span", { class: "unit" }, unit),
      is_money && !amount.is_small(row.value) ? h("span", { class: "brief" }, amount.short(row.value, words.language(), true) + (words.language() === "zh" ? words.behind(row.unit) : ` ${words.unit_name(row.unit).slice(4)}`)) : null);
  };
  const nothing = (answer, state) => {
    const values = { p: names.province(state.p), c: names.partner(state.c), w: words.window_name(state.w) };
    return [h("p", { class: "answer none" }, words.say(answer.has_data === false ? "no_data" : "no_figure")),
      h("p", {}, words.say(answer.has_data === false ? "no_data_is_not_0" : "no_figure_here", values))];
  };

  const is_all = (answer, row) => {
    const out = [], put = (name, values, kind) => out.push(h("li", { class: kind }, words.say(name, values)));
    if (answer.trust !== "whole" && words.has(answer.trust)) put(answer.trust, { time: answer.through ? words.time(answer.through) : "?" }, "is-doubt");
    const share = parts.share_of(row), told = row.coverage?.filter(one => one !== share) ?? [];
    if (share) put("covers", { percent: share.percent, whole: parts.pair_name(share.whole), value: amount.short(share.whole.value, words.language(), true) + words.behind(row.unit) });
    for (const one of told) put("is_told", { percent: one.percent, parts: parts.pair_name(one.parts) });
    if (share) { /* said above how much may be missing */ } else if (row.province === "ALL" || row.partner === "ALL") put("sum_of_told");
    if (Number.isInteger(row.days) && Number.isInteger(row.window_days) && row.window !== "all") {
      if (row.days === row.window_days) put("all_days", { n: row.days });
      else if (row.days < row.window_days) put("some_days", { n: row.days, all: row.window_days }, "is-part");
      else put("over_days", { n: row.days, all: row.window_days }, "is-part");
    } else if (row.partner !== "ALL" && row.province !== "ALL" && !row.measure.startsWith("agreements") && !row.measure.startsWith("deals") && row.window !== "all") put("unknown_days");
    if (row.notes?.inexact) put("is_at_least", { n: row.notes.inexact }, "is-inexact");
    if (answer.trust === "whole" && answer.through) out.push(h("li", { class: "counted" }));           /* page.js says when, as on top */
    if (/^(export|import|total)\./.test(row.measure)) put("deals_apart", {}, "quiet");
    return h("ul", {}, out);
  };
  const doubtful = row => {
    const list = parts.notes(row, { with_days: false }).filter(([kind]) => kind !== "coverage" && kind !== "inexact");
    return h("ul", {}, list.length ? list.map(([kind, text]) => h("li", { class: `is-${kind}` }, text)) : h("li", {}, words.say("nothing_doubtful")));
  };
  const asked = (title, id, ...inside) => h("section", { class: "asked", id }, h("h2", {}, title), inside);

  /* ---- all that is known: measures down, windows across --------------------------------------------------------------------- */
  const is_year = w => /^\d{4}$/.test(w);
  const window_order = (a, b) => is_year(a) !== is_year(b) ? (is_year(a) ? -1 : 1) : is_year(a) ? b - a : a === "all" ? -1 : b === "all" ? 1 : parseInt(b, 10) - parseInt(a, 10);
  /* Exports, imports, totals, deals, agreements; money before quantities. */
  const measure_order = (a, b) => {
    const [[m, u], [n, v]] = [words.split(a), words.split(b)];
    return FAMILIES.indexOf(m) - FAMILIES.indexOf(n) || u.length - v.length || u.localeCompare(v);
  };
  const FAMILIES = ["export", "import", "total", "deals.export", "deals.import", "deals.total", "agreements"];
  const matrix = (rows, state) => {
    const amounts = new Set(rows.filter(row => !is_note(row.measure) && words.split(row.measure)[1] !== "events").map(row => words.split(row.measure)[0]));
    const kept = rows.filter(row => !is_note(row.measure) && !(words.split(row.measure)[1] === "events" && amounts.has(words.split(row.measure)[0]))), windows = [...new Set(kept.map(row => row.window))].sort(window_order);
    const measures = [...new Set(kept.map(row => row.measure))].sort(measure_order), at = new Map(kept.map(row => [`${row.measure} ${row.window}`, row]));
    const lines = measures.map(measure => {
      const [m, u] = words.split(measure), is_asked = measure === place.measure(state);
      const is_choice = m !== "agreements" && u !== "events" || measure === "agreements";
      return h("tr", { class: is_asked ? "asked-for" : undefined }, h("th", { scope: "row" }, is_choice ? h("a", { href: place.link({ m, u }, state) }, words.measure(measure)) : words.measure(measure)),
        windows.map(w => {
          const row = at.get(`${measure} ${w}`);
          return parts.draw_part(h("td", { class: ["number", "cell", ...(row ? parts.kinds(row).map(kind => `is-${kind}`) : []), w === state.w ? "now" : ""].join(" ") }, row ? parts.number(row, { brief: true }) : ""), row);
        }));
    });
    const heads = [[words.say("measure")], ...windows.map(w => [words.window_name(w), `number${w === state.w ? " now" : ""}`])];
    return parts.scrolled(words.say("all_measures"), parts.table(words.say("all_measures"), heads, lines, { class: "matrix" }));
  };

  /* ---- series ------------------------------------------------------------------------------------------------------------------ */
  /* From the first month to the last, and the whole year that is asked for: a gap is to be seen. */
  const months_between = (rows, state) => {
    const known = rows.map(row => row.month), year = is_year(state.w) ? [`${state.w}-01`, `${state.w}-12`] : [];
    const first = [...known, ...year].sort()[0], last = [...known, ...year].sort().at(-1), out = [];
    for (let at = first; at <= last; at = +at.slice(5) === 12 ? `${+at.slice(0, 4) + 1}-01` : `${at.slice(0, 5)}${String(+at.slice(5) + 1).padStart(2, "0")}`) out.push(at);
    return out;
  };
  const by_month = (rows, state) => {
    if (rows.length === 0) return h("p", { class: "empty" }, words.say("no_months"));
    const at = new Map(rows.map(row => [row.month, row]));
    return chart.draw(`${parts.title(state)}: ${words.say("by_month")}`, words.say("month"), months_between(rows, state).map(label => ({ label, row: at.get(label) })));
  };
  const by_year = (rows, state) => {
    const list = rows.filter(row => row.measure === place.measure(state) && is_year(row.window)).sort((a, b) => a.window - b.window);
    return list.length === 0 ? h("p", { class: "empty" }, words.say("no_years")) :
      chart.draw(`${parts.title(state)}: ${words.say("by_year")}`, words.say("year"), list.map(row => ({ label: row.window, row })));
  };

  /* ---- detail ------------------------------------------------------------------------------------------------------------------ */
  const dimension_name = text => text === "part" ? words.reason("part") : text.split("+").map(piece => {
    const [kind, code] = piece.split(":"), name = kind === "hs" ? chapters.name(code.slice(0, 2)) : "";
    return kind === "hs" ? `HS ${code}${name ? ` ${name}` : ""}` : code;
  }).join(", ");
  const detail_table = (title, rows) => parts.scrolled(title, parts.table(title, [[words.say("what")], [words.say("amount"), "number"], [words.say("bar"), "wide"], [words.say("note")]],
    rows.map(row => h("tr", {}, h("th", { scope: "row" }, dimension_name(row.dimension)), h("td", { class: "number" }, h("span", { title: amount.full(row.value) }, amount.full(row.value))),
      h("td", { class: "wide" }, parts.bar(amount.share(row.value, rows[0].value))), h("td", {}, parts.note_list(row))))));
  const largest_first = rows => rows.sort((a, b) => amount.compare(b.value, a.value));
  /* There may be thousands of finer ones: they are asked for when somebody wants to see them. */
  const fill_finer = async (box, state) => {
    const measure = place.measure(state), show = (...inside) => box.replaceChildren(box.firstChild, ...inside);
    show(h("p", { class: "quiet" }, words.say("loading")));
    try {
      const rows = (await ask.get(["detail", state.p, state.c], { window: state.w, measure })).rows.filter(row => row.measure === measure && !/^hs:\d\d$/.test(row.dimension));
      show(rows.length ? detail_table(words.say("finer"), largest_first(rows)) : h("p", { class: "empty" }, words.say("no_finer")));
    } catch (error) {
      show(h("p", { class: "empty" }, error.message));
    }
  };
  const detail = (rows, state) => {
    const finer = h("details", { "data-open": "finer", ontoggle: event => { if (event.target.open) fill_finer(event.target, state); } }, h("summary", {}, words.say("finer")));
    return [rows.length ? [detail_table(words.say("by_chapter"), largest_first(rows)), h("p", { class: "quiet" }, words.say("detail_overlaps"))] : h("p", { class: "empty" }, words.say("no_detail")), finer];
  };

  const counts = (title, first, rows, name) => rows.length === 0 ? null : section(title, parts.table(title, [[first], [words.say("count"), "number"]],
    rows.map(row => h("tr", {}, h("th", { scope: "row" }, name(row)), h("td", { class: "number" }, row.dimension ? amount.full(row.value) : parts.number(row))))));
  const agreements = rows => {
    const kinds = rows.filter(row => !row.dimension && words.kind(row.measure.split(".")[1]) !== row.measure.split(".")[1]);
    const sectors = rows.filter(row => row.dimension?.startsWith("sector:") && row.measure === "agreements").sort((a, b) => amount.compare(b.value, a.value));
    if (kinds.length + sectors.length === 0) return section(words.say("agreements"), h("p", { class: "empty" }, words.say("no_agreements")));
    return h("div", { class: "columns" }, counts(words.say("by_kind"), words.say("kind"), kinds, row => words.kind(row.measure.split(".")[1])),
      counts(words.say("by_sector"), words.say("sector"), sectors, row => row.dimension.slice(7)));
  };

  /* ---- what is asked of the journals: it takes longer, and comes when the rest is there ------------------------------------------- */
  const fill_who = async (box, times, state, row) => {
    const answer = await ask.get(["why", state.p, state.c], { window: state.w, measure: row.measure, limit: MOST_RECORDS });
    const said = why.row_of(answer, row.measure), adds = said?.adds ?? [];
    if (times && said) times.replaceChildren(h("h2", {}, words.say("told_of")), why.timeline(said));
    box.replaceChildren(box.firstChild, h("ul", {}, adds.length ? adds.slice(0, FIRST_SOURCES).map(record => h("li", {}, why.source_of(record), why.sentence_of(record))) : h("li", {}, words.say("nobody"))),
      h("p", {}, h("button", { type: "button", class: "plain", "data-why": place.why_of(row) }, said && said.records > FIRST_SOURCES ? words.say("more_records", { n: said.records }) : words.say("show_records"))));
  };
  const fill_doubts = async (box, state) => {
    const answer = await ask.get(["doubts"], { province: state.p, partner: state.c, limit: 3 });
    if (answer.doubts.length === 0) return;
    box.append(h("p", {}, words.say("of_the_pair")), h("ul", { class: "sentences" }, answer.doubts.map(row => h("li", {}, doubts.sentence(row)))),
      h("p", {}, h("a", { href: place.link({ v: "doubts" }, state) }, words.say("doubts_of", { p: names.p(state.p), c: names.c(state.c) }))));
  };

  const view = async state => {
    const measure = place.measure(state), { p, c, w } = state;
    const [answer, months, below, deeds] = await Promise.all([ask.get(["totals", p, c]), ask.get(["series", p, c], { measure }),
      ask.get(["detail", p, c], { window: w, measure, by: "chapter" }), ask.get(["agreements", p, c], { window: w })]);
    const row = answer.rows.find(r => r.measure === measure && r.window === w);
    const who = asked(words.say("who"), "who", h("p", { class: "quiet" }, words.say("loading")));
    const open = asked(words.say("what_doubt"), "doubtful", row ? doubtful(row) : null);
    const known_months = months.rows.filter(r => r.measure === measure), monthly = section(words.say("by_month"), by_month(known_months, state));
    const times = known_months.length === 0 ? h("div", {}) : null;                     /* no months: then the records' periods tell of the time */
    if (times) monthly.append(times);
    const body = [parts.heading(parts.title(state), answer.rows.length ? parts.csv(["totals", p, c]) : null)];
    if (row) body.push(amount_line(row, state), h("div", { class: "columns answers" }, who, asked(words.say("is_all"), "is-all", is_all(answer, row)), open));
    else body.push(...nothing(answer, state));
    if (answer.rows.length > 0)
      body.push(h("div", { class: "columns charts" }, monthly, section(words.say("by_year"), by_year(answer.rows, state))),
        chart.legend(), section(words.say("all_measures"), matrix(answer.rows, state)));
    if (answer.rows.length > 0 && state.m !== "agreements") body.push(section(words.say("by_chapter"), detail(below.rows.filter(r => r.measure === measure), state)));
    if (answer.rows.length > 0) body.push(agreements(deeds.rows));
    const after = row ? () => [fill_who(who, times, state, row), fill_doubts(open, state)] : null;
    return { answer, body, after };
  };

  return { view, take: () => true, wants: state => ({ province: state.p, partner: state.c }) };
})();
