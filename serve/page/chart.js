"use strict";
/* A series as bars: what was published is solid, what was derived is hatched, and where something contradicts a figure a cross
 * stands above it.  Heights are JavaScript numbers: a picture needs no more digits.  The same stands beside it as a table, which
 * keys and screen readers use. */
const chart = (() => {
  const { h } = parts;
  const color = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const hatch = (ratio, ink, ground) => {
    const tile = document.createElement("canvas"), size = Math.round(6 * ratio);
    tile.width = tile.height = size;
    const pen = tile.getContext("2d");
    pen.fillStyle = ground;
    pen.fillRect(0, 0, size, size);
    pen.strokeStyle = ink;
    pen.lineWidth = 1.4 * ratio;
    for (const shift of [-size, 0, size]) {
      pen.beginPath();
      pen.moveTo(shift, size);
      pen.lineTo(shift + size, 0);
      pen.stroke();
    }
    return pen.createPattern(tile, "repeat");
  };

  const derived_of = row => row?.notes?.derived && !amount.is_zero(row.notes.derived) ? row.notes.derived : null;
  const is_contradicted = row => ["contradicted", "mismatched", "undecided"].some(name => row?.notes?.[name]);
  const is_known = row => row && amount.is_good(row.value);

  /* ✕ above what is contradicted; ≈ above what is inexact. */
  const mark_all = (plot, points) => {
    const pen = plot.ctx;
    pen.save();
    pen.font = `${Math.round(13 * devicePixelRatio)}px system-ui, sans-serif`;
    pen.textAlign = "center";
    points.forEach(({ row }, i) => {
      if (!row || (!is_contradicted(row) && !row.notes?.inexact)) return;
      const x = plot.valToPos(i, "x", true), y = plot.valToPos(Math.max(0, is_known(row) ? amount.about(row.value) : 0), "y", true);
      pen.fillStyle = color(is_contradicted(row) ? "--doubt" : "--ink");
      pen.fillText(is_contradicted(row) ? "✕" : "≈", x, y - 4 * devicePixelRatio);
    });
    pen.restore();
  };

  const options = (box, points, pick) => {
    const solid = color("--solid"), ink = color("--quiet"), rule = color("--rule");
    const bars = uPlot.paths.bars({ size: [0.72, 56], radius: 0 });
    const axis = { stroke: ink, grid: { stroke: rule, width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
    const labels = (_, at) => at.map(i => Number.isInteger(i) ? points[i]?.label ?? "" : "");
    return {
      width: box.clientWidth || 600, height: 200, padding: [18, 8, 0, 0],
      legend: { show: false }, cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
      scales: { x: { time: false, range: [-0.6, points.length - 0.4] }, y: { range: (_, least, most) => [Math.min(0, least ?? 0), Math.max(most ?? 1, 0) * 1.12 || 1] } },
      axes: [{ ...axis, grid: { show: false }, values: labels, size: 26, incrs: [1, 2, 3, 6, 12, 24], space: 52 },
        { ...axis, size: 66, values: (_, at) => at.map(x => amount.short(BigInt(Math.round(x)).toString(), words.language())) }],
      series: [{}, { fill: plot => hatch(devicePixelRatio, solid, color("--paper")), stroke: solid, width: 1, paths: bars, points: { show: false } },
        { fill: solid, stroke: solid, width: 1, paths: bars, points: { show: false } }],
      hooks: { draw: [plot => mark_all(plot, points)], ready: [plot => plot.over.addEventListener("click", () => {
        const row = points[plot.cursor.idx]?.row;
        if (row) pick(row);
      })], setCursor: [plot => {
        const row = points[plot.cursor.idx]?.row;
        box.nextSibling.textContent = row ? say_point(points[plot.cursor.idx]) : "";
      }] },
    };
  };
  const say_point = ({ label, row }) => [`${label}: ${is_known(row) ? `${amount.full(row.value)} ${words.unit(row.unit)}` : words.say("no_figure")}`, ...parts.notes(row).map(([, text]) => text)].join(" · ");

  const data_of = points => {
    const whole = points.map(({ row }) => is_known(row) ? amount.about(row.value) : null);
    const stated = points.map(({ row }, i) => whole[i] === null ? null : whole[i] - (derived_of(row) ? amount.about(derived_of(row)) : 0));
    return [points.map((_, i) => i), whole, stated];
  };

  const summary = (title, points) => {
    const known = points.filter(({ row }) => is_known(row));
    if (known.length === 0) return title;
    const top = known.reduce((a, b) => amount.compare(b.row.value, a.row.value) > 0 ? b : a);
    return words.say("chart_says", { title, n: known.length, value: amount.short(top.row.value, words.language(), true) + words.behind(top.row.unit), when: top.label,
      derived: known.filter(({ row }) => derived_of(row)).length, contradicted: points.filter(({ row }) => is_contradicted(row)).length });
  };

  const table = (title, first, points) => parts.table(title, [[first], [words.say("amount"), "number"], [words.say("note")]],
    points.filter(({ row }) => row).map(({ label, row }) => h("tr", {}, h("th", { scope: "row" }, label), h("td", { class: "number" }, parts.number(row)), h("td", {}, parts.note_list(row)))));

  /* points: { label, row }, in order; a row may be missing.  `first` names what the labels are. */
  const draw = (title, first, points) => {
    const box = h("div", { class: "plot", role: "img", "aria-label": summary(title, points) });
    const said = h("p", { class: "said quiet" });
    let plot = null;
    const paint = () => new uPlot(options(box, points, row => place.go({ why: place.why_of(row) })), data_of(points), box);
    const watch = new ResizeObserver(() => {
      if (!box.isConnected) {                                /* drawn anew elsewhere */
        plot?.destroy();
        return watch.disconnect();
      }
      if (!plot) plot = paint();
      else if (box.clientWidth !== plot.width) plot.setSize({ width: box.clientWidth, height: 200 });
    });
    watch.observe(box);
    return h("div", { class: "chart" }, box, said,
      h("details", { "data-open": `table ${first}` }, h("summary", {}, words.say("as_table")), parts.scrolled(title, table(title, first, points))));
  };
  const legend = () => h("p", { class: "legend" }, ["published", "derived", "contradicted"].map(kind => h("span", {}, h("i", { class: `key-${kind}` }), words.say(kind))));

  return { draw, legend };
})();
