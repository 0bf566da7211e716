#!/usr/bin/env python3
"""core's totals against the oracle's, on random records of several densities.

    compare_totals.py PATH-OF-totals [SHARE] [SEED]

SHARE scales the number of records (1: more than 100,000). The program also checks itself, see tests/support/totals.c.
"""
import collections, datetime as dt, json, os, random, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "support")]
import compare_reconcile, oracle, records

CLOCK = records.CLOCK


def usual(kind, **knobs):
    return lambda seed, count: records.records(seed, count, kind=kind, **knobs)


def crowded(seed, count):
    """Series-years with up to 40 overlapping figures of several grades and small amounts, so that confirmations and contradictions are many;
    some share a record for value and quantity, some are retracted, some are beaten in one of the two."""
    rng = random.Random(f"crowded {seed}")
    while count > 0:
        series = {"province": rng.choice(["CN-LN", "CN-HL", "CN"]), "partner": rng.choice(records.PARTNERS), "flow": rng.choice(["EXPORT", "IMPORT"]),
                  "partner_area": f"N{count}"}
        year, step, dates = dt.date(rng.choice([2023, 2024]), 1, 1), rng.choice([1, 1, 7, 30]), rng.choice([3, 6, 12])
        for _ in range(min(count, rng.randint(1, 40))):
            start = rng.choice([0, rng.randrange(dates)])
            r = {"type": "trade", "basis": "STATISTIC", **series, "grade": rng.choice(records.GRADES), "version": rng.randrange(2),
                 "bound": rng.choice(["EXACT", "ABOUT"]), "status": rng.choice(["ACTIVE"] * 9 + ["RETRACTED"]),
                 "period_start": (year + dt.timedelta(days=start * step)).isoformat(),
                 "period_end": (year + dt.timedelta(days=rng.randint(start + 1, dates) * step - 1)).isoformat()}
            days = oracle.day_of(r["period_end"], "") + 1 - oracle.day_of(r["period_start"], "")
            amount = str(max(0, days // step + rng.choice([0, 0, 0, 0, -1, 1, rng.randint(0, 9)])))
            which = rng.random()
            if which < 0.8:
                r.update(value=amount, currency=rng.choice(["JPY", "JPY", "KRW"]))
            if which > 0.6:
                r.update(quantity=amount, unit=rng.choice(["TNE", "TNE", "KGM"]))
            yield json.dumps(r).encode()
            count -= 1


def tied(seed, count):
    """Facts with few ids, versions and contents: nearly every record meets one of equal grade and version."""
    rng = random.Random(f"tied {seed}")
    some = lambda of: rng.sample(of, rng.randint(0, len(of)))
    for _ in range(count):
        r = {"id": f"tie-{rng.randrange(max(1, count // 12))}", "version": rng.choice([0, 0, 0, 1]), "bound": rng.choice(["EXACT", "AT_MOST"])}
        if rng.random() < 0.6:
            r.update(value=rng.choice(["1", "2"]), currency=rng.choice(["CNY", "USD"]))
        if rng.random() < 0.5:
            r.update(type="agreement", kind=rng.choice(["MOU", "BUNDLE"]), status=rng.choice(["SIGNED", "PLANNED", "RETRACTED", "IN_FORCE"]),
                     provinces=some(["CN-LN", "CN"]) or ["CN-SD"], partners=some(["RU", "KZ"]) or ["MN"],
                     areas=some(["A1", "A-1", "A10"]), sectors=some(["a", "a-b", "ab"]), signed_on=rng.choice(["2024-01-30", "2024-01-31"]))
        else:
            r.update(type="trade", basis="TRANSACTION", province=rng.choice(["CN-LN", "CN"]), partner=rng.choice(["RU", "KZ"]), flow=rng.choice(["EXPORT", "TOTAL"]),
                     status=rng.choice(["ACTIVE", "ACTIVE", "RETRACTED"]), scope=rng.choice(["WHOLE", "PART"]), occurred_at="2024-01-31T01:02:03+08:00")
            for name, values in (("commodity", ["87", "8703"]), ("province_area", ["A1", "A2"]), ("partner_area", ["A1", "B1"])):
                if rng.random() < 0.3:
                    r[name] = rng.choice(values)
            if "value" not in r or rng.random() < 0.3:
                r.update(quantity=rng.choice(["1", "2.5"]), unit=rng.choice(["2N", "TNE"]))
        yield json.dumps(r).encode()


class Season:
    """What is told of one series-year: all three flows, two currencies and two units, of one hidden truth; rounded, cut, revised around one part in 128, bounded,
    of several grades; restated more vaguely or otherwise with the same version; retracted and told again."""
    MEASURES = {"CNY": 2, "JPY": 0, "TNE": 3, "KGM": 3}

    def __init__(self, rng, number):
        self.rng, self.past, year = rng, [], rng.choice([2023, 2023, 2024])
        first = dt.date(year, 1, 1)
        self.series = {"province": rng.choice(["CN-LN", "CN-HL", "CN"]), "partner": rng.choice(["RU", "KZ", "WORLD", "ASEAN", "EU"])}
        narrow = rng.random()
        if narrow < 0.3:
            self.series["commodity"] = rng.choice(["87", "8703", "870323"])
        if 0.2 < narrow < 0.45:
            self.series["province_area"] = rng.choice(["370300", "210200"])
        if 0.4 < narrow < 0.5:
            self.series["partner_area"] = "RU-BU"
        if 0.5 < narrow < 0.6:
            self.series["scope"] = "PART"
        self.dates = [(first + dt.timedelta(days=31 * m)).replace(day=1) for m in range(12)] + [dt.date(year + 1, 1, 1)]
        if rng.random() < 0.2:                       # odd days
            self.dates = sorted({first + dt.timedelta(days=rng.randrange(365)) for _ in range(8)} | {first, dt.date(year + 1, 1, 1)})
        self.largest, self.honesty = 10 ** rng.randint(2, 12), rng.choice((0.6, 0.9, 0.98, 1))
        self.truth = {(flow, what): compare_reconcile.truth(rng, len(self.dates) - 1, self.largest) for flow in ("EXPORT", "IMPORT") for what in self.MEASURES}
        for what in self.MEASURES:
            self.truth["TOTAL", what] = [a + b for a, b in zip(self.truth["EXPORT", what], self.truth["IMPORT", what])]
        self.grades = rng.choice((records.GRADES[:1], records.GRADES[:2], records.GRADES))

    def amount(self, flow, what, start, end):
        until = self.truth[flow, what]
        amount = compare_reconcile.told(self.rng, until[end] - until[start], self.largest, self.honesty)
        return records.decimal(min(amount, oracle.LIMIT - 1), self.MEASURES[what])

    def figure(self):
        rng, last = self.rng, len(self.dates) - 1
        start = rng.choice((0, 0, rng.randrange(last), rng.randrange(last)))
        end = rng.choice((start + 1, rng.randint(start + 1, last), last if start == 0 else min(last, start + 3)))
        flow, which = rng.choice(["EXPORT", "IMPORT", "TOTAL"]), rng.random()
        r = {"type": "trade", "basis": "STATISTIC", **self.series, "flow": flow, "period_start": self.dates[start].isoformat(),
             "period_end": (self.dates[end] - dt.timedelta(days=1)).isoformat(), "grade": rng.choice(self.grades), "version": rng.randrange(3)}
        if rng.random() < 0.3:
            r["bound"] = rng.choice(oracle.BOUNDS)
        if which < 0.8:
            r["currency"] = rng.choice(["CNY", "CNY", "JPY"])
            r["value"] = self.amount(flow, r["currency"], start, end)
        if which > 0.6:
            r["unit"] = rng.choice(["TNE", "TNE", "KGM"])
            r["quantity"] = self.amount(flow, r["unit"], start, end)
        self.past.append(r)
        return r

    def vaguer(self, text, digits):
        """The same amount, rounded or cut to a few digits."""
        minor = int(text.replace(".", ""))
        step = 10 ** max(0, len(str(minor)) - self.rng.randint(1, 4))
        return records.decimal(min(oracle.LIMIT - 1, (minor + self.rng.choice((0, step // 2))) // step * step), digits)

    def again(self):
        r, how = dict(self.rng.choice(self.past)), self.rng.random()
        r.pop("status", None)
        if how < 0.2:                                # equal in grade and version; or later, if only by one
            r["version"] += self.rng.randint(0, 1)
            r["bound"] = self.rng.choice(oracle.BOUNDS)
        elif how < 0.3:
            return {**r, "status": "RETRACTED", "version": r["version"] + self.rng.randint(0, 2)}
        else:
            r["version"] += self.rng.choice((0, 1, 1, 2, 3))
            for name, what in (("value", "currency"), ("quantity", "unit")):
                if name in r:
                    r[name] = self.vaguer(r[name], self.MEASURES[r[what]])
        self.past.append(r)
        return r

    def deal(self):
        rng = self.rng
        at = rng.choice(self.dates[:-1])
        if rng.random() < 0.2:
            return {"type": "agreement", "kind": "CONTRACT", "provinces": [self.series["province"]], "partners": rng.choice([[self.series["partner"]], ["WORLD", "RU"]]),
                    "signed_on": at.isoformat(), "value": "5", "currency": "CNY"}
        return {"type": "trade", "basis": "TRANSACTION", **self.series, "flow": rng.choice(["EXPORT", "IMPORT", "TOTAL"]), "id": f"deal-{rng.randrange(500)}",
                "value": str(rng.randint(1, 9)), "currency": rng.choice(["CNY", "JPY"]), "occurred_at": at.isoformat() + "T12:00:00+08:00"}

    def record(self):
        how = self.rng.random()
        return self.deal() if how < 0.08 else self.again() if how < 0.4 and self.past else self.figure()


def seasons(seed, count):
    """Few series-years, each with many figures of one truth."""
    rng = random.Random(f"seasons {seed}")
    while count > 0:
        season = Season(rng, count)
        for _ in range(min(count, rng.choice((5, 20, 60)))):
            yield json.dumps(season.record()).encode()
            count -= 1


SETS = [                                             # name, records, how
    ("mixed", 20000, usual("mixed")),
    ("mixed, everywhere", 10000, usual("mixed", provinces=20, partners=20)),
    ("mixed, dense", 10000, usual("mixed", provinces=2, partners=2, dense=True)),
    ("statistics", 15000, usual("statistics")),
    ("statistics, one place", 5000, usual("statistics", provinces=1, partners=1)),
    ("agreements", 8000, usual("agreements", provinces=8, partners=8)),
    ("hostile", 6000, usual("hostile")),
    ("future", 2000, usual("mixed", future=0.3)),
    ("tied", 14000, tied),
    ("crowded", 20000, crowded),
    ("seasons", 12000, seasons),
    ("seasons", 12000, seasons),
    ("seasons", 6000, seasons),
]
SETS_OF_STATISTICS_DENSE = [(f"statistics, dense {n}", 100 * n, usual("statistics", provinces=1, partners=1, dense=True)) for n in range(1, 6)]


def told_by(program, clock, windows, file):
    """-> {key: {field: integer}} and the outcome of the lines."""
    done = subprocess.run([program, "--clock", clock.isoformat(), "--windows", ",".join(windows), file], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{program}: {done.stderr.strip()}")
    out = {}
    for line in done.stdout.splitlines():
        key, field, amount = line.split("\t")
        assert field not in out.setdefault(key, {}), f"twice: {line}"
        out[key][field] = int(amount)
    return out, out.pop("", {})


def differences(want, have):
    for key in sorted(set(want) | set(have)):
        w, h = want.get(key, {}), have.get(key, {})
        yield from (f"{key} {f}: expected {w.get(f)}, found {h.get(f)}" for f in sorted(set(w) | set(h)) if w.get(f) != h.get(f))


TOLD = "derived adjusted days covered contradicted mismatched undecided inexact".split()


def count_measures(hashes, seen):
    """How many fields are of each measure that qualifies others; of deals; and of totals of a group beside countries."""
    for key, fields in hashes.items():
        group = key.split(":")[1] in oracle.GROUPS
        for field in fields:
            words = field.split("|")[-1].split(".")
            seen.update(word for word in words if word in TOLD)
            seen["deals"] += words[0] == "deals"
            seen["groups"] += group
            seen["detail"] += "+hs:" in field


def main():
    program, share = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 1
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    all_records = all_fields = 0
    seen = collections.Counter(dict.fromkeys([*TOLD, "deals", "groups", "detail"], 0))
    for number, (name, count, make) in enumerate(SETS + SETS_OF_STATISTICS_DENSE):
        clock = CLOCK + dt.timedelta(days=number % 3 * 20)
        windows = oracle.WINDOWS if number % 2 == 0 else ["2d", "30d", "400d"]
        with tempfile.NamedTemporaryFile(suffix=".ndjson") as file:
            file.write(b"".join(line + b"\n" for line in make(seed * 1000 + number, int(count * share))))
            file.flush()
            entries, outcome = oracle.load([file.name])
            want = oracle.totals(entries, (clock - oracle.EPOCH).days, windows)
            have, counted = told_by(program, clock, windows, file.name)
            wrong = [*differences(want, have), *differences({"lines": dict(outcome)}, {"lines": counted})]
            fields = sum(map(len, want.values()))
            count_measures(want, seen)
            print(f"{name}: {sum(outcome.values())} records, {len(entries)} entries, {fields} fields, {len(wrong)} wrong")
            if wrong:
                print("\n".join(wrong[:20]))
                kept = os.path.join(tempfile.gettempdir(), "compare_totals.ndjson")
                with open(kept, "wb") as keep, open(file.name, "rb") as lines:
                    keep.write(lines.read())
                print(f"the records: {kept}, --clock {clock}")
                return 1
            all_records, all_fields = all_records + sum(outcome.values()), all_fields + fields
    print(f"{all_records} records, {all_fields} fields, 0 wrong; of them", ", ".join(f"{n} {word}" for word, n in seen.items()))
    never = [word for word, n in seen.items() if n == 0]
    if never:
        print("never came:", ", ".join(never))
    return 1 if never else 0


if __name__ == "__main__":
    sys.exit(main())
