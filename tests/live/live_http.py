"""Totals over HTTP are the oracle's, to the last unit: the whole chain from records to answers, on one Redis and on a cluster."""
import collections, random, urllib.parse

import answer, programs
from world import CLOCK, SCOPES, mixed, need, oracle


class _Http(programs.Reader):
    """A server before the world's Redis, asked over one connection."""

    def __init__(self, w):
        super().__init__(w.build / "tally-lookup", w.store.url, "--max-age", "0")
        self.kept, self.count = self.connect(), 0

    def get(self, path, **parameters):
        at = urllib.parse.quote(path) + ("?" + urllib.parse.urlencode({k.rstrip("_"): v for k, v in parameters.items()}) if parameters else "")
        status, _, said = self.ask("GET", at, connection=self.kept)
        need(status == 200, f"{at}: {status} {said}")
        need(said["complete"] is True and said["as_of"] == CLOCK and said["trust"] == "whole", f"{at}: {said['trust']} as of {said['as_of']}")
        self.count += len(said["rows"])
        return said


def _by(rows, *names):
    """-> those members -> rows."""
    groups = collections.defaultdict(list)
    for row in rows:
        groups[tuple(row.get(n) for n in names)].append(row)
    return groups


def _known(want):
    """{(province, partner, window or months, 'detail' or ''): fields}"""
    known = {}
    for key, fields in want.items():
        place, partner, *rest = key.split(":")
        if partner != "top":
            known[place.strip("{}"), partner, rest[0], ":".join(rest[1:])] = fields
    return known


def _records(w, begin, count=8000, seed=12, **knobs):
    lines, want = mixed(count, seed=seed, **knobs)
    begin()
    need(w.ingest(lines).wait(60 * w.patience) in (0, 3), "the records are not sent")       # 3: some were to be refused
    w.aggregate_to_end()
    return _known(want)


def _every_total(h, known, scopes):
    """Pair by pair, margins and groups too, in every window: of a province all partners at once."""
    windows = sorted({window for _, _, window, detail in known if not detail and window != "months"} | set(oracle.WINDOWS))
    for scope in scopes:
        for window in windows:
            said = h.get(f"/v1/totals/{scope}", window=window)
            have = {partner: answer.totals({"rows": rows})[window] for (partner,), rows in _by(said["rows"], "partner").items()}
            want = {q: fields for (p, q, when, detail), fields in known.items() if (p, when, detail) == (scope, window, "")}
            need(have == want, f"{scope} {window}: {[(q, have.get(q), want.get(q)) for q in sorted({*have, *want}) if have.get(q) != want.get(q)][:3]}")
            need(all(r["is_total"] == (scope in ("CN", "ALL") or r["partner"] == "ALL" or r["partner"] in oracle.GROUPS) for r in said["rows"]), f"{scope} {window}: is_total")
    return len(windows)


def _series(h, known, pairs):
    """By month, all measures of a pair; by year."""
    for p, q in pairs:
        months = collections.defaultdict(dict)
        for field, n in known.get((p, q, "months", ""), {}).items():
            month, measure = field.split("|")
            months[month][measure] = n
        years = {window: fields for (a, b, window, detail), fields in known.items() if (a, b, detail) == (p, q, "") and window.isdigit()}
        for step, want in (("month", months), ("year", years)):
            have = collections.defaultdict(dict)
            for measure in sorted({m for fields in want.values() for m in fields if m.rpartition(".")[0] in ("export", "import", "total", "deals.export", "deals.import", "deals.total") or m in ("agreements",)} | {"export.CNY"}):
                said = h.get(f"/v1/series/{p}/{q}", measure=measure, step=step)
                for when, fields in answer.totals(said).items():
                    need(fields == {m: n for m, n in want[when].items() if m in fields} and fields.keys() & want[when].keys(), f"{p} {q} {step} {when}: {fields}, not {want[when]}")
                    have[when] |= fields
            missing = [(when, m) for when, fields in want.items() for m in fields if m not in have[when] and (m.rpartition(".")[0] in ("export", "import", "total") and len(m.rpartition(".")[2]) == 3 or m == "agreements")]
            need(not missing, f"{p} {q}: by {step} there is no {missing[:3]}")


def _ranges(h, known, pairs, rng):
    """From a month to a month, over years: the years in it as such, and the months that are left."""
    for p, q in pairs:
        first, last = sorted((rng.randrange(2022 * 12, 2024 * 12 + 1), rng.randrange(2022 * 12, 2024 * 12 + 1)))
        want = collections.Counter()
        whole = {y for y in range(first // 12, last // 12 + 1) if first <= y * 12 and y * 12 + 11 <= last}
        for y in whole:
            want.update(known.get((p, q, str(y), ""), {}))
        for field, n in known.get((p, q, "months", ""), {}).items():
            month, measure = field.split("|")
            at = int(month[:4]) * 12 + int(month[5:]) - 1
            if first <= at <= last and at // 12 not in whole:
                want[measure] += n
        end = oracle.dt.date((last + 1) // 12, (last + 1) % 12 + 1, 1) - oracle.dt.timedelta(days=1)
        between = (f"{first // 12}-{first % 12 + 1:02d}-01", end.isoformat())
        have = answer.totals(h.get(f"/v1/totals/{p}/{q}", from_=between[0], to=between[1]))
        need(have.get("..".join(between), {}) == {m: n for m, n in want.items() if n}, f"{p} {q} {between}: {have}, not {want}")


def _rankings(h, known, scopes):
    """The countries of a province, largest first; equal ones by code."""
    count = 0
    for scope in scopes:
        for window in ("all", "2023", "366d"):
            rows = {q: fields for (p, q, when, detail), fields in known.items() if (p, when, detail) == (scope, window, "")}
            for measure in sorted({m for fields in rows.values() for m in fields if m == "agreements" or m.rpartition(".")[0] in ("export", "import", "total") and m.rpartition(".")[2] in oracle.CURRENCIES}):
                want = sorted(((-fields[measure], q) for q, fields in rows.items() if q in oracle.PARTNERS - oracle.GROUPS and fields.get(measure)))
                said = h.get("/v1/top", province=scope, window=window, measure=measure)
                have = [(-answer.minor(measure, r["value"]), r["partner"]) for r in said["rows"] if not r["is_total"] or scope in ("ALL", "CN") and r["partner"] != "ALL"]
                need(have == want and [r["rank"] for r in said["rows"] if "rank" in r] == list(range(1, len(want) + 1)), f"top {scope} {window} {measure}: {have[:4]}, not {want[:4]}")
                margin = [answer.minor(measure, r["value"]) for r in said["rows"] if r["partner"] == "ALL"]
                need(margin == [n for n in [rows.get("ALL", {}).get(measure)] if n], f"top {scope} {window} {measure}: the margin is {margin}")
                count += 1
    return count


def _details(h, known, most, rng):
    """What lies below a pair, dimension by dimension; agreements by kind and sector."""
    places = sorted(k for k in known if k[3] == "detail")
    for p, q, window, _ in rng.sample(places, min(most, len(places))):
        want = collections.defaultdict(dict)
        for field, n in known[p, q, window, "detail"].items():
            dimension, measure = field.rsplit("|", 1)
            want[dimension][measure] = n
        said = h.get(f"/v1/detail/{p}/{q}", window=window)
        have = {dimension: answer.totals({"rows": rows})[window] for (dimension,), rows in _by(said["rows"], "dimension").items()}
        need(have == want, f"{p} {q} {window}: {[(d, have.get(d), want.get(d)) for d in sorted({*have, *want}) if have.get(d) != want.get(d)][:3]}")
        pages, cursor = [], {}
        while cursor is not None:
            page = h.get(f"/v1/detail/{p}/{q}", window=window, limit="7", **cursor)
            pages += page["rows"]
            cursor = {"cursor": page["next"]} if "next" in page else None
        need(pages == said["rows"], f"{p} {q} {window}: pages of the detail")
        said = h.get(f"/v1/agreements/{p}/{q}", window=window)
        have = {dimension: answer.totals({"rows": rows})[window] for (dimension,), rows in _by(said["rows"], "dimension").items()}
        agreed = {d: {m: n for m, n in fields.items() if m.startswith("agreements")} for d, fields in {None: known.get((p, q, window, ""), {}), **{d: f for d, f in want.items() if d.startswith("sector:")}}.items()}
        need(have == {d: fields for d, fields in agreed.items() if fields}, f"agreements of {p} {q} {window}: {have}, not {agreed}")
    return min(most, len(places))


def every_total_over_http(w):
    """Every pair, margin, group, year and moving window, with its notes and days; months, years, ranges, rankings, detail, agreements."""
    rng, rows = random.Random(w.seed), 0
    for begin, knobs in ((w.begin, {}), (w.begin, {"count": 2500, "seed": 42, "kind": "statistics", "provinces": 3, "partners": 4})):
        known = _records(w, begin, **knobs)
        pairs = sorted({(p, q) for p, q, *_ in known})
        with _Http(w) as h:
            windows = _every_total(h, known, SCOPES)
            for partner in rng.sample(sorted({q for _, q in pairs}), 5):
                said = h.get("/v1/totals", partner=partner, window="all")
                have = {p: answer.totals({"rows": some})["all"] for (p,), some in _by(said["rows"], "province").items()}
                need(have == {p: fields for (p, q, when, detail), fields in known.items() if (q, when, detail) == (partner, "all", "")}, f"all provinces of {partner}")
            for p, q in rng.sample(pairs, min(60, len(pairs))):
                have = answer.totals(h.get(f"/v1/totals/{p}/{q}"))
                need(have == {when: fields for (a, b, when, detail), fields in known.items() if (a, b, detail) == (p, q, "") and when != "months"}, f"all windows of {p} {q}")
            with_months = sorted((p, q) for p, q, when, _ in known if when == "months")
            _series(h, known, rng.sample(with_months, min(60, len(with_months))))
            _ranges(h, known, rng.sample(with_months, min(200, len(with_months))), rng)
            rankings = _rankings(h, known, SCOPES if not knobs else ["ALL", "CN"])
            details = _details(h, known, 150, rng)
            rows += h.count
            w.note(f"{len(pairs)} pairs in {windows} windows, {rankings} rankings, {details} details")
            h.kept.close()
    w.note(f"{rows} rows over HTTP, each as the oracle has it")
    need(rows > 20000, f"only {rows} rows")


def http_before_a_cluster(w):
    """The same of three masters; a scope that lies on one of them is answered while another one is away."""
    rng = random.Random(w.seed)
    known = _records(w, lambda: w.begin_cluster(3, 0, "--cluster-require-full-coverage", "no", "--appendonly", "yes"), count=3000)
    pairs = sorted({(p, q) for p, q, *_ in known})
    with _Http(w) as h:
        _every_total(h, known, rng.sample(SCOPES, 8) + ["ALL", "CN"])
        for p, q in rng.sample(pairs, 30):
            have = answer.totals(h.get(f"/v1/totals/{p}/{q}"))
            need(have == {when: fields for (a, b, when, detail), fields in known.items() if (a, b, detail) == (p, q, "") and when != "months"}, f"all windows of {p} {q}")
        _rankings(h, known, ["ALL"])
        _details(h, known, 30, rng)
        down = w.store.master_of("{CN-LN}")
        here, away = [next(s for s in SCOPES if (w.store.master_of(f"{{{s}}}") == down) == is_away) for is_away in (False, True)]
        w.store.kill(down)
        for _ in range(5):
            need(h.ask("GET", f"/v1/totals/{away}?window=all")[0] == 503, f"{away} is answered, though its master is away")
            status, _, said = h.ask("GET", f"/v1/totals/{here}?window=all")
            need(status == 200 and said["complete"], f"{here} is not answered, though its master is there: {said}")
        need(h.ask("GET", "/v1/totals?partner=RU&window=all")[0] == 503, "a list of all provinces, of which some can't be read")
        h.kept.close()
