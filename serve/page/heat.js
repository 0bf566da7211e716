"use strict";
/* Provinces x partners: who trades how much with whom, and how much of it is known.
 *
 * The columns are the largest partners of all provinces together.  In front stand what a province trades with all partners, and
 * the share that this is of its trade with the world; on top what all provinces have told, the national figure, and the share
 * that the one is of the other.  A colour is a rank on a logarithmic scale, from the smallest number of the table to the largest. */
const heat = (() => {
  const { h } = parts, COLUMNS = 20, STEPS = 8, SUMS = ["ALL", "CN"];
  let rows = new Map(), scopes = new Map(), columns = [], scale = null, sorts_by_name = false, shown = null;

  const key = (p, c) => `${p} ${c}`;
  /* Behind the ranked ones stands the sum of all. */
  const ranked = top => top.rows.map(row => row.partner).filter(partner => partner !== "ALL");
  const partners = () => ["ALL", "WORLD", ...columns];
  const load = async state => {
    const measure = place.measure(state);
    const top = await ask.get(["top"], { province: "ALL", window: state.w, measure, limit: COLUMNS });
    columns = ranked(top);
    /* Where only national figures are known there is no ranking of the provinces. */
    if (columns.length === 0) columns = ranked(await ask.get(["top"], { province: "CN", window: state.w, measure, limit: COLUMNS }));
    const answer = await ask.get(["totals"], { partner: partners().join(","), window: state.w, measure });
    rows = new Map(answer.rows.filter(row => row.measure === measure).map(row => [key(row.province, row.partner), row]));
    scopes = parts.scopes_of(answer);
    return answer;
  };

  /* ---- colours ------------------------------------------------------------------------------------------------------- */
  const coloured = () => [...rows.values()].filter(row => !SUMS.includes(row.province) && columns.includes(row.partner) && amount.about(row.value) > 0);
  const measure_scale = () => {
    const sizes = coloured().map(row => amount.about(row.value));
    scale = sizes.length === 0 ? null : [Math.log(Math.min(...sizes)), Math.log(Math.max(...sizes))];
  };
  const step = row => {
    const size = amount.about(row.value);
    if (!scale || size <= 0) return 0;
    const share = scale[1] === scale[0] ? 1 : (Math.log(size) - scale[0]) / (scale[1] - scale[0]);
    return Math.min(STEPS, Math.max(1, 1 + Math.floor(share * (STEPS - 0.001))));
  };

  /* ---- cells ---------------------------------------------------------------------------------------------------------- */
  const fill = cell => {
    const row = rows.get(cell.dataset.key), is_sum = cell.dataset.sum !== undefined;
    cell.className = "cell";
    if (!row) return cell.replaceChildren();
    parts.draw_part(cell, row);
    cell.classList.add(...parts.kinds(row).map(kind => `is-${kind}`));
    if (!is_sum) cell.classList.add(`h${step(row)}`);
    const focused = cell.contains(document.activeElement), tab = cell.firstChild?.tabIndex ?? -1;
    cell.replaceChildren(parts.number(row, { brief: true, tag: { tabindex: tab } }));
    if (focused) cell.firstChild.focus();
  };
  const cell = (p, c) => {
    const made = h("td", { "data-key": key(p, c), "data-sum": SUMS.includes(p) || c === "ALL" || c === "WORLD" ? "" : undefined });
    fill(made);
    return made;
  };
  const share_cell = row => {
    const share = parts.share_of(row);
    return h("td", { class: "share" }, share ? [`${share.percent} %`, parts.bar(Math.min(1, Number(share.percent) / 100))] : "");
  };

  const province_row = (p, state) => h("tr", { class: SUMS.includes(p) ? "sum" : undefined },
    h("th", { scope: "row" }, h("a", { href: place.link({ p, c: "*" }, state) }, names.province(p)), parts.distrust(scopes.get(p))),
    cell(p, "ALL"), share_cell(rows.get(key(p, "ALL"))), columns.map(c => cell(p, c)));
  const share_row = () => h("tr", { class: "sum shares" }, h("th", { scope: "row", title: words.say("known_share_why") }, words.say("known_share")),
    h("td", {}), h("td", {}), columns.map(c => share_cell(rows.get(key("ALL", c)))));

  const sorted = () => {
    const codes = [...new Set([...rows.values()].map(row => row.province))].filter(p => !SUMS.includes(p));
    const zero = { value: "0" }, of = p => rows.get(key(p, "ALL")) ?? rows.get(key(p, "WORLD")) ?? zero;
    return codes.sort(sorts_by_name ? (a, b) => names.province(a).localeCompare(names.province(b), words.locale()) : (a, b) => amount.compare(of(b).value, of(a).value));
  };

  /* The least and the most that have a colour. */
  const ends = () => {
    const list = coloured().map(row => row.value).sort(amount.compare);
    return list.length === 0 ? ["", ""] : [list[0], list.at(-1)].map(text => h("b", {}, amount.short(text, words.language())));
  };
  const legend = () => h("p", { class: "legend" },
    h("span", { class: "swatches" }, ends()[0], Array.from({ length: STEPS }, (_, i) => h("i", { class: `h${i + 1}` })), ends()[1]),
    ["doubt", "part", "inexact", "derived"].map(kind => h("span", {}, h("i", { class: `cell is-${kind} swatch` }), words.say(`mark_${kind}`))));

  /* ---- keys: one cell is in the tab order, arrows go to its neighbours --------------------------------------------------- */
  const STEP_OF = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  /* From the box around the table an arrow goes to the number that Tab would go to. */
  const enter = event => {
    const first = event.target === event.currentTarget && STEP_OF[event.key] ? event.target.querySelector('tbody button[tabindex="0"]') : null;
    if (!first) return;
    event.preventDefault();
    first.focus();
  };
  const move = event => {
    const step_of = STEP_OF[event.key];
    const from = event.target.closest("td");
    if (!step_of || !from) return;
    event.preventDefault();
    const grid = [...event.currentTarget.querySelectorAll("tbody tr")];
    let y = grid.indexOf(from.parentNode), x = from.cellIndex, to = null;
    do {
      y += step_of[0];
      x += step_of[1];
      to = grid[y]?.cells[x];
    } while (to && !to.querySelector("button"));
    if (!to) return;
    event.target.tabIndex = -1;
    to.firstChild.tabIndex = 0;
    to.firstChild.focus();
    to.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  const draw = state => {
    measure_scale();
    const head = h("tr", {}, h("th", { scope: "col" }, words.say("province")),
      h("th", { scope: "col" }, h("a", { href: place.link({ p: "*", c: "ALL" }, state) }, words.say("all_partners"))),
      h("th", { scope: "col", title: words.say("of_world_why") }, words.say("of_world")),
      columns.map(c => h("th", { scope: "col" }, h("a", { href: place.link({ p: "*", c }, state) }, names.partner(c)))));
    const codes = sorted();
    const table = h("table", { class: "heat", onkeydown: move }, h("caption", { class: "unseen" }, parts.title(state)),
      h("thead", {}, head), h("tbody", {}, province_row("ALL", state), province_row("CN", state), share_row(), codes.map(p => province_row(p, state))));
    const first = table.querySelector("tbody button");
    if (first) first.tabIndex = 0;
    return table;
  };

  const view = async state => {
    const answer = await load(state), empty = rows.size === 0;
    shown = state;
    const order = h("button", { type: "button", class: "plain", "aria-pressed": String(sorts_by_name), onclick: event => {
      sorts_by_name = !sorts_by_name;
      const old = document.querySelector("table.heat");
      old.replaceWith(draw(state));
      event.target.setAttribute("aria-pressed", String(sorts_by_name));
    } }, `${words.say("sort")}: ${words.say("by_name")}`);
    const body = empty ? h("p", { class: "empty" }, words.say("no_figures")) : parts.scrolled(parts.title(state), draw(state), { onkeydown: enter });
    return { answer, body: [parts.heading(parts.title(state), empty ? null : [parts.csv(["totals"], { partner: partners().join(","), window: state.w, measure: place.measure(state) }), order]), empty ? null : h("p", { class: "quiet help" }, words.say("heat_help")), empty ? null : legend(), body] };
  };

  /* A pair has changed: its cell, where it is one of the table's. */
  const take = (document_of_pair, _, asked) => {
    const measure = place.measure(shown);
    /* Tabs that ask other things share the stream: it tells that something changed, and not this number. */
    if (asked.window !== shown.w || (asked.measure ?? measure) !== measure) return columns.includes(document_of_pair.partner) || document_of_pair.partner === "ALL";
    const row = document_of_pair.rows.find(r => r.measure === measure && r.window === shown.w);
    const name = key(document_of_pair.province, document_of_pair.partner);
    const found = document.querySelector(`.heat td[data-key="${CSS.escape(name)}"]`);
    if (!found) return columns.includes(document_of_pair.partner) && row !== undefined;   /* a province that had nothing: drawn anew */
    if (rows.get(name)?.value === row?.value && JSON.stringify(rows.get(name)?.notes) === JSON.stringify(row?.notes)) return false;
    if (row) rows.set(name, row);
    else rows.delete(name);
    fill(found);
    found.classList.add("flash");
    found.addEventListener("animationend", () => found.classList.remove("flash"), { once: true });
    return false;
  };

  return { view, take, wants: state => ({ partner: partners().join(","), window: state.w, measure: place.measure(state) }) };
})();
