"use strict";
/* Why a number is what it is: the records that it is made of, those that are left out, and who said each. */
const why = (() => {
  const { h } = parts, LIMIT = 20;
  let shown = "";

  /* What the server says of one measure, as a row; a record behind a count states what `of` measures. */
  const row_of = (answer, measure) => {
    const said = answer.measures?.[measure];
    if (!said) return null;
    const unit_of = of => of.split(".").at(-1), with_unit = record => ({ ...record, unit: record.of ? unit_of(record.of) : said.unit });
    return { province: answer.province, partner: answer.partner, window: answer.window, month: answer.month, measure, value: said.total, unit: said.unit,
      sum: said.sum, equal: said.equal, records: said.records, adds: said.adds.map(with_unit), left_out_records: said.left_out_records, left_out: said.left_out.map(with_unit) };
  };

  const when = record => words.period(record.from, record.to);
  const stated = record => amount.is_good(record.states) ? `${amount.full(record.states)} ${words.unit(record.unit ?? "")}` : "";
  /* The source, as a link where it has an address that is one. */
  const source_of = record => {
    const name = record.source || words.say("unnamed");
    return record.url ? parts.link(name, record.url, { class: "source" }) : h("span", { class: "source" }, name);
  };
  /* Said of a record that has been read: of another nobody knows. */
  const no_link = record => !record.url && (record.source || record.title) ? h("span", { class: "quiet" }, ` · ${words.say("no_link")}`) : null;
  const sentence_of = record => h("span", {}, ` ${words.say("states")} ${stated(record)}, `, h("span", { class: "when" }, when(record)), record.title ? [" · ", h("q", {}, record.title)] : null, no_link(record));

  /* Where in the window a record's period lies, at a glance. */
  const day_number = text => Date.parse(`${text}T00:00:00Z`) / 86400000;
  const span_of = (record, from, to) => {
    const whole = Math.max(1, to - from), made = h("div", { class: "span", "aria-hidden": "true" }, h("i", {}));
    const left = Math.max(0, day_number(record.from) - from), right = Math.min(whole, day_number(record.to) + 1 - from);
    made.firstChild.style.marginLeft = `${100 * left / whole}%`;
    made.firstChild.style.width = `${Math.max(1.5, 100 * Math.max(0, right - left) / whole)}%`;
    return made;
  };

  const record_of = (record, bounds, is_in) => {
    const reason = record.why && record.why !== record.as ? record.why : "";
    const place_in_log = record.topic ? `${record.topic}/${record.partition} @ ${record.offset}` : "";
    return h("li", { class: `record ${is_in ? `as-${record.as}` : "is-out"}` },
      h("p", { class: "lead" }, h("strong", {}, stated(record)), " ", h("span", { class: `reason ${is_in ? "" : "out"}` }, words.reason(record.as), record.undecided ? ` · ${words.reason("disputes")}` : ""),
        is_in && amount.is_good(record.adds) && record.adds !== record.states ? h("span", { class: "quiet" }, ` ${words.say("adds_here", { n: amount.full(record.adds) })}`) : null),
      span_of(record, ...bounds),
      h("p", {}, source_of(record), " · ", when(record), record.title ? [" · ", h("q", {}, record.title)] : null, no_link(record)),
      reason && !["stated"].includes(reason) ? h("p", { class: "because", lang: "en" }, reason) : null,
      h("p", { class: "fine" }, [record.grade, record.bound !== "EXACT" ? record.bound : null, record.published_at ? words.day(record.published_at.slice(0, 10)) : null, record.id, place_in_log].filter(Boolean).join(" · ")));
  };
  /* All records of a number, each a line: when, how much, and whether it is in. */
  const timeline = row => {
    const adds = row.adds ?? [], left = row.left_out ?? [], bounds = bounds_of(row, [...adds, ...left]);
    return h("ul", { class: "timeline" }, [...adds.map(record => [record, true]), ...left.map(record => [record, false])].sort(([a], [b]) => a.from < b.from ? -1 : 1).map(([record, is_in]) =>
      h("li", { class: is_in ? `as-${record.as}` : "is-out" }, span_of(record, ...bounds), h("span", {}, h("strong", {}, amount.is_good(record.states) ? amount.short(record.states, words.language()) : ""), ` ${when(record)} `,
        h("span", { class: `reason ${is_in ? "" : "out"}` }, words.reason(record.as)), " ", source_of(record)))));
  };

  const list_of = (title, records, count, bounds, is_in) => count === 0 ? null : [h("h3", {}, title),
    h("ol", { class: "records" }, records.map(record => record_of(record, bounds, is_in))),
    count > records.length ? h("p", { class: "quiet" }, words.say("and_more", { n: count - records.length })) : null];

  const comes_to = row => row.equal !== false ? words.say(row.records === 1 ? "is_sum_1" : "is_sum", { n: row.records }) : null;

  const bounds_of = (row, records) => {
    const name = row.window ?? row.month ?? "";
    if (/^\d{4}$/.test(name)) return [day_number(`${name}-01-01`), day_number(`${name}-12-31`) + 1];
    const froms = records.map(record => day_number(record.from)).filter(Number.isFinite), tos = records.map(record => day_number(record.to) + 1).filter(Number.isFinite);
    return [Math.min(...froms, Infinity), Math.max(...tos, -Infinity)].every(Number.isFinite) ? [Math.min(...froms), Math.max(...tos)] : [0, 1];
  };

  const draw = (answer, [p, c, when_asked, measure]) => {
    const row = row_of(answer, measure), [m, u] = words.split(measure);
    const w = row?.window ?? row?.month ?? when_asked, title = words.has(`of_${m}`) ? words.say(`of_${m}`, { p: names.p(p), c: names.c(c), w: words.window_name(w) }) : words.measure(measure);
    if (!row) return [h("p", { class: "quiet" }, title), h("p", { class: "empty" }, words.say("no_records"))];
    const adds = row.adds ?? [], left = row.left_out ?? [], bounds = bounds_of(row, [...adds, ...left]), sum = `${amount.full(row.sum ?? "")} ${words.unit(row.unit)}`;
    const is_window = !/^\d{4}-\d\d$/.test(when_asked), is_choice = is_window && u !== "events";
    return [h("p", { class: "of" }, title), h("p", { class: "answer" }, amount.full(row.value ?? "0"), " ", h("span", { class: "unit" }, words.unit(row.unit))),
      row.equal === false ? h("p", { class: "is-doubt" }, words.say(answer.moved ? "is_moving" : "not_sum", { sum })) : h("p", {}, comes_to(row)),
      answer.kafka && answer.kafka !== "answered" ? h("p", { class: "quiet" }, words.say("kafka_silent")) : null,
      list_of(words.say("adds"), adds, row.records ?? adds.length, bounds, true), list_of(words.say("left_out"), left, row.left_out_records ?? left.length, bounds, false),
      p !== "*" && c !== "*" ? h("p", {}, h("a", { href: place.link({ v: "figures", p, c, why: "", ...(is_choice && words.has(`of_${m}`) ? { m, u: m === "agreements" ? "" : u, w: when_asked } : {}) }) }, words.say("whole_page", { p: names.province(p), c: names.partner(c) }))) : null].flat(2).filter(Boolean);
  };

  const box = () => document.getElementById("why");
  const frame = inside => box().replaceChildren(
    h("div", { class: "top" }, h("h2", { id: "why-title" }, words.say("why_title")), h("button", { type: "button", class: "plain", onclick: () => box().close() }, words.say("close"))),
    h("div", { class: "inside", tabindex: "0", role: "region", "aria-labelledby": "why-title" }, inside));

  const load = async () => {
    const asked = shown, [p, c, when_asked, measure] = asked.split(",");
    frame(h("p", { class: "quiet" }, words.say("loading")));
    try {
      const answer = await ask.get(["why", p, c], { [/^\d{4}-\d\d$/.test(when_asked) ? "month" : "window"]: when_asked, measure, limit: LIMIT });
      if (shown === asked) frame(draw(answer, asked.split(",")));
    } catch (error) {
      if (shown === asked) frame(parts.failure(error, load));
    }
  };

  /* The dialog is open exactly while the address has a why=. */
  const follow = state => {
    if (state.why === shown && box().open === (state.why !== "")) return;
    shown = state.why;
    if (shown === "") return box().close();
    load();
    if (!box().open) box().showModal();
  };
  const start = () => {
    box().addEventListener("close", () => { if (place.read().why !== "") place.go({ why: "" }); });
    box().addEventListener("click", event => { if (event.target === box()) box().close(); });
    document.addEventListener("click", event => {
      const asked = event.target.closest?.("[data-why]");
      if (asked) place.go({ why: asked.dataset.why });
    });
  };

  return { follow, start, again: () => shown && load(), source_of, sentence_of, timeline, row_of };
})();
