#!/usr/bin/env python3
"""core's totals against the oracle's, on small inputs that broke drafts of this law (tests/semantics) and on the examples.

    compare_semantics.py PATH-OF-totals [ORDERS] [SEED]

Each file is told in its own order on several clocks, then in ORDERS shuffled ones (20), each on one of the clocks; the trade records of the first example
source after source, in all 120 orders of its five sources. Neither core's totals nor the oracle's may depend on the order.
"""
import datetime as dt, glob, itertools, json, os, random, re, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
sys.path[:0] = [HERE, os.path.join(HERE, "..")]
import compare_totals, oracle


def clocks_of(text):
    """Days on which windows hold all, a part or nothing of what is told: its last day, days after it, its first day."""
    days = sorted(dt.date.fromisoformat(day) for day in set(re.findall(r'_(?:start|end|on|at)": *"(\d{4}-\d\d-\d\d)', text)))
    return [days[-1], days[-1] + dt.timedelta(days=20), days[-1] + dt.timedelta(days=100), days[-1] + dt.timedelta(days=360), days[0]]


def wrong_in(program, lines, clock, expected):
    """What is wrong when these lines are told; `expected`, of another order, is what the oracle says of each clock, and is filled."""
    with tempfile.NamedTemporaryFile("w", suffix=".ndjson") as file:
        file.writelines(lines)
        file.flush()
        entries, outcome = oracle.load([file.name])
        want = oracle.totals(entries, (clock - oracle.EPOCH).days)
        have, counted = compare_totals.told_by(program, clock, oracle.WINDOWS, file.name)
    wrong = [*compare_totals.differences(want, have), *compare_totals.differences({"lines": dict(outcome)}, {"lines": counted})]
    if expected.setdefault(clock, want) != want:
        wrong.append("the oracle itself says something else in another order")
    return wrong, sum(map(len, want.values()))


def by_sources(lines):
    """The lines source after source, in every order of the sources; agreements stay at the end."""
    sources, rest = {}, []
    for line in lines:
        r = json.loads(line)
        (sources.setdefault(r["source"]["name"], []) if r["type"] == "trade" else rest).append(line)
    for order in itertools.permutations(sources.values()):
        yield [line for some in order for line in some] + rest


def main():
    program, orders = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20
    rng = random.Random(f"semantics {sys.argv[3] if len(sys.argv) > 3 else 1}")
    files = sorted(glob.glob(os.path.join(ROOT, "tests", "semantics", "*.ndjson"))) + sorted(glob.glob(os.path.join(ROOT, "examples", "*.ndjson")))
    all_told = all_fields = 0
    for name in files:
        lines = [line for line in open(name, encoding="utf-8") if line.strip()]
        lines[-1] = lines[-1].rstrip("\n") + "\n"
        clocks, expected = clocks_of("".join(lines)), {}
        told = [(lines, clock) for clock in clocks] + [(rng.sample(lines, len(lines)), clocks[i % len(clocks)]) for i in range(orders)]
        if name.endswith("northeast-2023.ndjson"):
            told += [(some, clocks[0]) for some in by_sources(lines)]
        for number, (some, clock) in enumerate(told):
            wrong, fields = wrong_in(program, some, clock, expected)
            if wrong:
                print(f"{os.path.relpath(name, ROOT)}, --clock {clock}, {'in its own order' if number < len(clocks) else 'shuffled:'}")
                print("".join(some) if number >= len(clocks) else "", *wrong[:20], sep="\n")
                return 1
            all_told, all_fields = all_told + 1, all_fields + fields
    print(f"{len(files)} files, told {all_told} times in their own and in shuffled orders: {all_fields} fields, 0 wrong")
    return 0 if len(files) > 30 and all_fields > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
