"use strict";
/* One province and its partners, or one partner and its provinces, the largest first.  Those that hold others stand apart: who
 * adds the list leaves them out. */
const rank = (() => {
  const { h } = parts;

  const line = (row, name, at, largest, to, scope) => h("tr", {},
    h("td", { class: "rank" }, at === null ? "" : String(at)),
    h("th", { scope: "row" }, h("a", { href: to }, name), parts.distrust(scope)),
    h("td", { class: "number" }, parts.number(row)),
    h("td", { class: "wide" }, parts.bar(largest ? amount.share(row.value, largest.value) : 0)),
    h("td", {}, parts.note_list(row)));

  const view = async state => {
    const measure = place.measure(state), of_province = state.c === "*";
    const answer = of_province ? await ask.get(["totals", state.p], { window: state.w, measure }) : await ask.get(["totals"], { partner: state.c, window: state.w, measure });
    const scopes = parts.scopes_of(answer), rows = answer.rows.filter(row => row.measure === measure).sort((a, b) => amount.compare(b.value, a.value));
    const code = row => of_province ? row.partner : row.province;
    const holds = row => of_province ? row.partner === "ALL" || names.is_group(row.partner) : ["ALL", "CN"].includes(row.province);
    const name = row => of_province ? names.partner(code(row)) : names.province(code(row));
    const to = row => place.link(of_province ? { c: row.partner } : { p: row.province }, state);
    const single = rows.filter(row => !holds(row)), sums = rows.filter(holds);
    const heads = [[words.say("rank"), "rank"], [words.say("name")], [`${words.say("amount")}, ${words.unit(rows[0]?.unit ?? state.u)}`, "number"], [words.say("bar"), "wide"], [words.say("note")]];
    const table_of = (caption, list, numbered) => parts.scrolled(caption, parts.table(caption, heads,
      list.map((row, i) => line(row, name(row), numbered ? i + 1 : null, list[0], to(row), of_province ? undefined : scopes.get(row.province))), { class: "ranking" }));
    const csv = of_province ? parts.csv(["totals", state.p], { window: state.w, measure }) : parts.csv(["totals"], { partner: state.c, window: state.w, measure });
    const body = [parts.heading(parts.title(state), rows.length ? csv : null)];
    if (rows.length === 0) body.push(h("p", { class: "empty" }, words.say("no_figures")));
    if (single.length > 0) body.push(table_of(parts.title(state), single, true));
    const apart = words.say(of_province ? "groups_apart" : "sums_apart");
    if (sums.length > 0) body.push(h("h2", {}, apart), table_of(apart, sums, false));
    return { answer, body };
  };

  return {
    view,
    take: said => place.read().p === said.province || place.read().c === said.partner,
    wants: state => ({ window: state.w, measure: place.measure(state), ...(state.c === "*" ? { province: state.p } : { partner: state.c }) }),
  };
})();
