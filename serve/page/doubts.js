"use strict";
/* What does not fit, the worst first.  The server says it in English; in Chinese the same numbers stand in front of that. */
const doubts = (() => {
  const { h } = parts, LIMIT = 50;

  const money = (text, measure) => amount.short(text, words.language(), true) + words.behind(words.split(measure)[1]);
  const in_chinese = row => {
    const f = row.figure, [m] = words.split(f.measure ?? "export"), against = row.against?.[0];
    const said = f.measure ? words.say("doubt_zh", { who: `${names.province(f.province)}与${names.partner(f.partner)}${f.commodity ? `（HS ${f.commodity}）` : ""}`, flow: words.say(m), when: words.period(f.from, f.to), value: money(f.amount, f.measure) }) : "";
    return said + (said && against?.measure ? words.say("doubt_zh_against", { when: words.period(against.from, against.to), value: money(against.amount, against.measure) }) : "") +
      (said && row.by && amount.is_good(row.by) ? words.say("doubt_zh_by", { value: money(row.by, f.measure) }) : "") + (said ? "。" : "");
  };
  const sentence = row => words.language() === "zh" ? [in_chinese(row), h("span", { class: "original", lang: "en" }, row.sentence)] : row.sentence;

  /* The year that the figure lies in has its records. */
  const records_of = ({ figure: f }) => f.measure && f.from.slice(0, 4) === f.to.slice(0, 4) ?
    h("button", { type: "button", class: "plain", "data-why": [f.province, f.partner, f.from.slice(0, 4), f.measure].join(",") }, words.say("show_records")) : null;

  const line = row => h("li", { class: `doubt kind-${row.kind}` }, h("p", { class: "lead" }, h("strong", {}, words.doubt(row.kind)), " ",
    h("a", { href: place.link({ v: "figures", p: row.figure.province, c: row.figure.partner, w: row.figure.from.slice(0, 4) }) }, `${names.province(row.figure.province)} × ${names.partner(row.figure.partner)}`)),
    h("p", {}, sentence(row)), h("p", {}, records_of(row)));

  const view = async state => {
    const specific = code => code === "*" || code === "ALL" ? "" : code;
    const answer = await ask.get(["doubts"], { province: specific(state.p), partner: specific(state.c), limit: LIMIT });
    const title = state.p === "*" && state.c === "*" ? words.say("doubts_title") : words.say("doubts_of", { p: names.p(state.p), c: names.c(state.c) });
    const found = Object.entries(answer.found ?? {});
    const body = [parts.heading(title)];
    if (found.length) body.push(h("p", { class: "found" }, found.map(([kind, n]) => h("span", {}, h("b", {}, String(n)), ` ${words.doubt(kind)}`))));
    body.push(answer.doubts.length ? h("ol", { class: "doubts" }, answer.doubts.map(line)) : h("p", { class: "empty" }, words.say("no_doubts")));
    if (answer.left_out) body.push(h("p", { class: "quiet" }, words.say("more_doubts", { n: answer.left_out })));
    return { answer, body };
  };

  return { view, sentence, take: () => true, least_ms: 15000, wants: state => ({ window: "all", ...(state.p === "*" ? {} : { province: state.p }), ...(state.c === "*" ? {} : { partner: state.c }) }) };
})();
