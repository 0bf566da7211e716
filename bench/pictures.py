"""The curves of bench/scale as pictures and as a table, from its data alone."""
import csv, math

import begin, measure

try:
    import matplotlib
except ModuleNotFoundError as bad:
    raise SystemExit(f"{bad}; scripts/install bench brings it")
matplotlib.use("svg")
import matplotlib.pyplot as plt

# Seen on white and on black alike: nothing is drawn behind, and grey is neither.
GREY, COLOURS = "#808890", {"process": "#2f86d6", "Redis": "#d9730d", "both": "#2f9e68"}
STYLE = {"svg.fonttype": "none", "svg.hashsalt": "tally", "font.size": 9, "font.family": "sans-serif", "axes.spines.top": False, "axes.spines.right": False,
         "axes.facecolor": "none", "axes.grid": True, "grid.alpha": 0.25, "grid.color": GREY, **{name: GREY for name in ("text.color", "axes.edgecolor", "axes.labelcolor",
                                                                                          "axes.titlecolor", "xtick.color", "ytick.color")}}
TITLES = {"ids": "ids", "pairs": "pairs (provinces × partners)", "windows": "moving windows", "partitions": "partitions", "days": "days that records are spread over"}
COSTS = {"process": lambda r: r["cpu_us"], "Redis": lambda r: r["redis_us"], "both": lambda r: r["cpu_us"] + r["redis_us"]}
BYTES = {"ledger": ("ledger_bytes_per_id", "process"), "Redis": ("redis_bytes_per_id", "Redis"), "process at its peak": ("peak_bytes_per_id", "both")}


def read(path):
    with open(path, newline="") as lines:
        return [{name: value if name == "curve" else float(value) for name, value in row.items()} for row in csv.DictReader(lines)]


def least(rows, cost):
    """[(x, the least cost of its rounds)], by x."""
    return [(x, min(cost(r) for r in rows if r["x"] == x)) for x in sorted({r["x"] for r in rows})]


def slope(points):
    """Of the straight line through the logarithms."""
    logs = [(math.log(x), math.log(y)) for x, y in points]
    mean_x, mean_y = (sum(axis) / len(logs) for axis in zip(*logs))
    return sum((x - mean_x) * (y - mean_y) for x, y in logs) / sum((x - mean_x) ** 2 for x, _ in logs)


def work_of(curve, points):
    """All work: that many records more, or the same records."""
    return [(x, x * y) for x, y in points] if curve == "ids" else points


def n_log_n(curve, points):
    """What a record would cost if all work grew as n log n from the first point."""
    first, cost = points[0]
    grown = (lambda x: math.log(1 + x)) if curve == "ids" else (lambda x: x * math.log(1 + x))
    steps = [first * (points[-1][0] / first) ** (i / 60) for i in range(61)]
    return [(x, cost * grown(x) / grown(first)) for x in steps]


def draw_cost(axes, curve, rows):
    for name, cost in COSTS.items():
        points = least(rows, cost)
        axes.plot(*zip(*points), color=COLOURS[name], marker="o", markersize=3.5, label=name)
        axes.plot([r["x"] for r in rows], [cost(r) for r in rows], ".", color=COLOURS[name], alpha=0.4, markersize=3)
    axes.plot(*zip(*n_log_n(curve, least(rows, COSTS["both"]))), color=GREY, linestyle="--", linewidth=1, label="n log n")
    axes.set_ylim(0, 1.3 * max(COSTS["both"](r) for r in rows))
    axes.set_title(TITLES[curve])
    axes.set_ylabel("µs of CPU a record")


def draw_bytes(axes, rows):
    for name, (field, colour) in BYTES.items():
        axes.plot(*zip(*least(rows, lambda r: r[field])), color=COLOURS[colour], marker="o", markersize=3.5, label=name)
    axes.set_ylim(bottom=0)
    axes.set_title("memory, by ids")
    axes.set_ylabel("bytes an id")
    axes.legend(frameon=False, fontsize=8)


def draw(path, by_curve):
    with plt.rc_context(STYLE):
        figure, grid = plt.subplots(2, 3, figsize=(11, 6))
        panels = iter(grid.flat)
        for curve in (c for c in TITLES if c in by_curve):
            draw_cost(next(panels), curve, by_curve[curve])
        if "ids" in by_curve:
            draw_bytes(next(panels), by_curve["ids"])
        for axes in panels:
            axes.set_visible(False)
        for axes in grid.flat:
            axes.set_xscale("log")
            axes.minorticks_off()
        for axes, (curve, rows) in zip(grid.flat, ((c, by_curve[c]) for c in TITLES if c in by_curve)):
            ticks = sorted({r["x"] for r in rows})
            axes.set_xticks(ticks, [short(x) for x in ticks])
        if "ids" in by_curve:
            ids = sorted({r["x"] for r in by_curve["ids"]})
            grid.flat[len(by_curve)].set_xticks(ids, [short(x) for x in ids])
        figure.legend(*grid.flat[0].get_legend_handles_labels(), frameon=False, ncols=4, loc="lower center")
        figure.tight_layout(rect=(0, 0.05, 1, 1))
        figure.savefig(path, transparent=True, metadata={"Date": None, "Creator": None})
        plt.close(figure)


def short(x):
    return f"{x / 1e6:.2g}M" if x >= 1e6 else f"{x / 1e3:.0f}k" if x >= 1e4 else f"{x:,.0f}"


def tell(by_curve):
    columns = [("from", 0), ("to", 0), ("µs process", 0), ("µs Redis", 0), ("exponent", 2), ("of n log n", 2), ("last step", 2), ("of n log n", 2)]
    rows = []
    for curve, list_ in by_curve.items():
        ends = {name: least(list_, cost) for name, cost in COSTS.items()}
        points = ends["both"]
        work, limit = work_of(curve, points), [(x, x * math.log(1 + x)) for x, _ in points]
        rows.append((TITLES[curve], [short(points[0][0]), short(points[-1][0]), *(f"{ends[n][0][1]:.2f} to {ends[n][-1][1]:.2f}" for n in ("process", "Redis")),
                                     slope(work), slope(limit), slope(work[-2:]), slope(limit[-2:])]))
    begin.table("How all work grows (process and Redis, least of the rounds): the exponent e of x^e, and that of n log n over the same steps", columns, rows)


def all_of(path):
    rows = read(path)
    by_curve = {curve: [r for r in rows if r["curve"] == curve] for curve in TITLES if any(r["curve"] == curve for r in rows)}
    measure.need(by_curve, f"{path} has no rows")
    draw(path.with_suffix(".svg"), by_curve)
    tell(by_curve)
