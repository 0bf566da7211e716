#!/usr/bin/env python3
"""Real published figures, shown as they were published: what readers find of examples/ against the records themselves.

    compare_published.py PATH-OF-totals

Of each file it says how many records stand, and how many of the months and years that somebody published are shown to the last unit.
"""
import datetime as dt, json, pathlib, sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "support")]
import oracle
from compare_totals import differences, told_by

CLOCK = dt.date(2025, 1, 31)
# file: records, contradicted, months and years that are shown as published, of how many that were published last
EXPECTED = {"bulletin-2024-ru-ua": (138, 0, 78, 78),          # customs' own tables, revised since
            "northeast-2023": (5, 1, 4, 4),                   # 42.64 billion of nine months above 14.4 of the year
            "press-china-russia-2023": (54, 2, 24, 26),       # exports and imports of June, printed swapped
            "press-provinces": (38, 1, 7, 7)}


def published(path):
    """{(province, partner, flow, what, start, end): what was published last}"""
    out = {}
    for _, line in oracle.lines(path):
        try:
            r = oracle.read(line)
        except oracle.Invalid:
            continue
        if r.get("basis") != "STATISTIC":
            continue
        for what, amount in ((r["currency"], r["minor"]), (r["unit"] and "qty." + r["unit"], r["milli"])):
            key = r["province"], r["partner"], r["flow"].lower(), what, r.get("from"), r["day"]
            if what and r["scope"] == "WHOLE" and not r["bound"] and (key not in out or oracle.rank(r) > oracle.rank(out[key][1])):
                out[key] = amount, r
    return out


def is_month(first, last):
    first, last = (oracle.EPOCH + dt.timedelta(days=d) for d in (first, last))
    return first.day == 1 and (last + dt.timedelta(days=1)).day == 1 and (first.year, first.month) == (last.year, last.month)


def is_year(first, last):
    first, last = (oracle.EPOCH + dt.timedelta(days=d) for d in (first, last))
    return (first.month, first.day, last.month, last.day) == (1, 1, 12, 31)


def shown(totals, province, partner, flow, what, first, last):
    end = oracle.EPOCH + dt.timedelta(days=last)
    if is_month(first, last):
        return totals.get(f"{{{province}}}:{partner}:months", {}).get(f"{end.isoformat()[:7]}|{flow}.{what}", 0)
    return totals.get(f"{{{province}}}:{partner}:{end.year}", {}).get(f"{flow}.{what}", 0)


def judge(program, path):
    entries, outcome = oracle.load([path])
    totals, _ = told_by(program, CLOCK, oracle.WINDOWS, path)
    wrong = list(differences(oracle.totals(entries, (CLOCK - oracle.EPOCH).days), totals))
    whole = totals.get("{CN}:ALL:all", {}), totals.get("{ALL}:ALL:all", {})
    count = lambda measure: sum(t.get(f"{flow}.{measure}", 0) for t in whole for flow in ("export", "import", "total"))
    told = {k: v for k, v in published(path).items() if is_month(*k[4:]) or is_year(*k[4:])}
    right = sum(shown(totals, *key) == amount for key, (amount, _) in told.items())
    return (count("events"), count("contradicted"), right, len(told)), wrong, outcome


def main():
    failed = 0
    for path in sorted((ROOT / "examples").glob("*.ndjson")):
        (stand, contradicted, right, told), wrong, outcome = judge(sys.argv[1], str(path))
        print(f"{path.stem}: {stand} stand, {contradicted} contradicted; {right} of {told} months and years as published")
        expected = EXPECTED[path.stem]
        if wrong or (stand, contradicted, right, told) != expected:
            failed = 1
            print("\n".join(wrong[:10]) or f"expected {expected}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
