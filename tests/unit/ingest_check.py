#!/usr/bin/env python3
"""tally-ingest check: every fault of every record, what falls together, and nothing sent; no Kafka is there.

    ingest_check.py TALLY_INGEST [CASE...]
"""
import collections, json, os, pathlib, random, re, signal, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import oracle
from cases import need, play

INGEST = sys.argv[1]
TRADE = {"type": "trade", "basis": "TRANSACTION", "province": "CN-LN", "partner": "RU", "flow": "EXPORT", "value": "1", "currency": "CNY",
         "occurred_at": "2024-01-31T08:00:00+08:00"}
FIGURE = {"type": "trade", "basis": "STATISTIC", "province": "CN-LN", "partner": "RU", "flow": "EXPORT", "value": "100", "currency": "CNY",
          "period_start": "2023-01-01", "period_end": "2023-09-30"}
MOU = {"type": "agreement", "kind": "MOU", "provinces": ["CN-QH"], "partners": ["RU"], "signed_on": "2023-03-31"}
WHOLE = {"status": "ACTIVE", "grade": "PRESS", "title": "a title", "unit": "TNE", "quantity": "1.5", "source": {"name": "A"}, "attributes": {"a": "b"}, "id": "x"}


def without(record, *fields):
    return {k: v for k, v in record.items() if k not in fields}


class Checked:
    def __init__(self, records, *arguments):
        text = records if isinstance(records, bytes) else "".join(json.dumps(r) + "\n" for r in records).encode()
        done = subprocess.run([INGEST, "check", *arguments], input=text, capture_output=True, timeout=60, env={**os.environ, "TALLY_BROKERS": "127.0.0.1:1"})
        self.code, self.out, self.err = done.returncode, done.stdout.decode(), done.stderr.decode()
        said = [json.loads(line) for line in self.err.splitlines()]
        self.refused = [s for s in said if "message" in s and "file" in s]
        self.told = [s for s in said if "advice" in s]
        self.by_code = {s["code"]: s["records"] for s in said if s.get("event") == "refused"}
        self.more = {s["event"]: s["more_than_told"] for s in said if "more_than_told" in s}
        self.end = next((s for s in said if s.get("event") == "checked"), None)

    def ends(self, code, **counts):
        have = {k: (self.end or {}).get(k) for k in counts}
        need((self.code, have) == (code, counts), f"exit {self.code}, {have} instead of {code}, {counts}:\n{self.err}")
        return self


def faults(refusal):
    return [(refusal["code"], refusal["field"])] + [(a["code"], a["field"]) for a in refusal.get("also", [])]


def every_fault_of_one_record(_):
    """By hand: the first as always, then all others, each with its sentence."""
    rows = [
        ({**TRADE, "province": "Liaoning", "partner": "Russia", "flow": "export", "currency": "RMB"},
         [("BAD_PROVINCE", "province"), ("BAD_PARTNER", "partner"), ("BAD_FLOW", "flow"), ("BAD_CURRENCY", "currency")]),
        ({**TRADE, "vlaue": 1, "periodStart": "x", "signed_on": "2024-01-01", "flow": "?"},
         [("BAD_FIELD", "vlaue"), ("BAD_FIELD", "periodStart"), ("BAD_FIELD", "signed_on"), ("BAD_FLOW", "flow")]),
        ({"type": "trade"}, [("BAD_BASIS", "basis"), ("BAD_PROVINCE", "province"), ("BAD_PARTNER", "partner"), ("BAD_FLOW", "flow"), ("BAD_VALUE", "value")]),
        ({"type": "agreement"}, [("BAD_KIND", "kind"), ("BAD_PROVINCE", "provinces"), ("BAD_PARTNER", "partners"), ("BAD_TIME", "signed_on")]),
        ({**FIGURE, "occurred_at": "2024-01-31T08:00:00Z", "commodity": "87", "scope": "WHOLE", "currency": None},
         [("BAD_SCOPE", "scope"), ("BAD_CURRENCY", "currency"), ("BAD_PERIOD", "occurred_at")]),
        ({**FIGURE, "period_start": "2023/1/1", "period_end": "30.9.2023"}, [("BAD_PERIOD", "period_start"), ("BAD_PERIOD", "period_end")]),
        ({**FIGURE, "period_end": "2022-12-31", "value": "1.234"}, [("BAD_VALUE", "value"), ("BAD_PERIOD", "period_end")]),
        ({**TRADE, "basis": "?", "flow": "?", "occurred_at": None, "period_start": "2023-01-01", "period_end": "x"},
         [("BAD_BASIS", "basis"), ("BAD_FLOW", "flow"), ("BAD_PERIOD", "period_end")]),
        ({**TRADE, "unit": "tons", "source": {"name": 5, "url": 6}, "attributes": {"": "x"}, "title": 7},
         [("BAD_UNIT", "unit"), ("BAD_QUANTITY", "quantity"), ("BAD_FIELD", "title"), ("BAD_FIELD", "source.name"), ("BAD_FIELD", "source.url"), ("BAD_TEXT", "attributes")]),
        ({**MOU, "provinces": ["CN-LN"] * 2, "partners": [], "sectors": ["Big"]}, [("BAD_PROVINCE", "provinces"), ("BAD_PARTNER", "partners"), ("BAD_SECTOR", "sectors")]),
        ({**TRADE, "flow": "?", "occurred_at": "2099-01-01T00:00:00Z"}, [("BAD_FLOW", "flow"), ("FUTURE", "")]),
        ({**FIGURE, "value": "41760000000000", "currency": "RMB"}, [("BAD_CURRENCY", "currency")]),
        ({**FIGURE, "value": "50000000000000", "currency": None}, [("BAD_CURRENCY", "currency")]),
        ({**without(TRADE, "currency"), "curency": "CNY"}, [("BAD_FIELD", "curency")]),
        ({**without(FIGURE, "period_start", "period_end"), "periodStart": "2023-01-01", "periodEnd": "2023-09-30"}, [("BAD_FIELD", "periodStart"), ("BAD_FIELD", "periodEnd")]),
        ({**without(TRADE, "province", "basis"), "provinse": "CN-LN", "Basis": "TRANSACTION"}, [("BAD_FIELD", "provinse"), ("BAD_FIELD", "Basis")]),
        ({**FIGURE, "occurred_at": 5}, [("BAD_FIELD", "occurred_at"), ("BAD_PERIOD", "occurred_at")]),
        ({**FIGURE, "period_start": "1969-01-01", "period_end": "1969-12-31"}, [("BAD_PERIOD", "period_start")]),
        ({**FIGURE, "period_start": "bad", "period_end": "1969-12-31"}, [("BAD_PERIOD", "period_start")]),
        ({**TRADE, "occurred_at": "2099-01-01T00:00:00Z"}, [("FUTURE", "")]),
        ({**TRADE, "flow": "?", "occurred_at": "9999-12-31T23:00:00Z"}, [("BAD_FLOW", "flow"), ("BAD_TIME", "occurred_at"), ("FUTURE", "")]),
        ({"type": "treaty", "flow": "?"}, [("BAD_TYPE", "type")]),
    ]
    c = Checked([record for record, _ in rows]).ends(3, read=len(rows), good=0, refused=len(rows))
    for refusal, (record, want) in zip(c.refused, rows):
        need([code for code, _ in faults(refusal)][0] == want[0][0] and faults(refusal) == want, f"{record}:\n{faults(refusal)} instead of\n{want}")
        need(all(a["message"] for a in [refusal, *refusal.get("also", [])]), f"no sentence: {refusal}")
    need("wanted: CN-LN (Liaoning)" in c.refused[0]["message"] and "wanted: RU (Russia)" in c.refused[0]["also"][0]["message"], f"{c.refused[0]}")
    need(c.by_code == collections.Counter(want[0][0] for _, want in rows), f"{c.by_code}")
    json_faults = Checked(b'5\n{"flow":5}\n\xff\n' + b" " * 70000 + b"1\n").ends(3, refused=4)
    need(all("also" not in r for r in json_faults.refused), f"{json_faults.refused}")


BREAKS = {"status": "?", "grade": 5, "basis": "?", "province": "Liaoning", "province_area": "?!", "partner": "ZZ", "flow": "export", "commodity": "1", "unit": "tons", "quantity": "-1", "currency": "RMB",
          "value": 5, "occurred_at": "yesterday", "period_start": "?", "period_end": "?", "title": "x\0", "source": 7, "attributes": [], "id": "\u00e9", "version": -1, "retrieved_at": "?",
          "kind": "?", "provinces": ["?"], "partners": [], "areas": ["?!"], "parties": ["x", "x"], "sectors": ["?"], "signed_on": "?"}
STRANGERS = {"colour": "red", "remarks": 5}              # near to no field: then that field would be excused


def any_faults_of_any_record(_):
    """Broken in random fields: all of them are told, once, and nothing else; the first is the oracle's."""
    dice = random.Random(15)
    records, wants = [], []
    for _ in range(4000):
        base = dice.choice([TRADE, FIGURE, MOU])
        whole = {**base, **{k: v for k, v in WHOLE.items() if dice.random() < 0.5 and (base is not MOU or k not in ("unit", "quantity", "status"))}}
        if ("unit" in whole) != ("quantity" in whole):
            whole.update({"unit": "TNE", "quantity": "1"})
        fields = [f for f in whole if f in BREAKS] + [f for f in ("version", "retrieved_at") + (("areas", "parties", "sectors") if base is MOU else ())]
        broken = dice.sample(fields, dice.randint(1, min(8, len(fields))))
        if "basis" in broken and base is FIGURE and not {"period_start", "period_end"} <= set(whole):
            continue
        names = dice.sample(list(STRANGERS), dice.choice([0, 0, 0, 1, 2]))
        records.append({**whole, **{f: BREAKS[f] for f in broken}, **{n: STRANGERS[n] for n in names}})
        wants.append({*broken, *names})
    c = Checked(records).ends(3, read=len(records), refused=len(records))
    for record, want, refusal in zip(records, wants, c.refused):
        told = [field for _, field in faults(refusal)]
        need(sorted(told) == sorted(want), f"{json.dumps(record)}:\n{told} instead of {want}")
        try:
            oracle.read(json.dumps(record))
            need(False, f"the oracle takes {record}")
        except oracle.Invalid as bad:
            need(str(bad) == refusal["code"], f"{record}: {refusal['code']} first, by the oracle {bad}")
    need(max(len(w) for w in wants) > 8, "no record with many faults")


def more_faults_than_fit(_):
    """A line stays a line: what does not fit is counted."""
    strangers = {f"stranger{i:03d}" + "\u0001" * 40: i for i in range(190)}
    broken = ("province", "partner", "flow", "title")
    [r] = Checked([{**TRADE, **strangers, **{f: BREAKS[f] for f in broken}}]).ends(3, refused=1).refused
    need(len(r["also"]) >= 8 and 1 + len(r["also"]) + r["also_left_out"] == len(strangers) + len(broken), f"{len(r['also'])} also, {r.get('also_left_out')} left out")
    long = {**TRADE, "title": "\u0001" * 2000, "source": {"name": "\u0001" * 600, "url": "\u0001" * 3000}, "growth": "\u0001" * 2000, "attributes": {"\u0001" * 200: "x"}, "flow": "\u0001" * 70}
    [r] = Checked([long]).ends(3, refused=1).refused
    need(len(faults(r)) == 6, f"{faults(r)}")


def what_falls_together(_):
    """Pairs that their author may have meant otherwise: told with both lines, a kind each; and what is no such pair is not told."""
    rows = {
        "two titles, one record": [{**TRADE, "title": "Truck one", "published_at": "2024-02-01T00:00:00Z"}, {**TRADE, "value": "1.00", "title": "Truck two", "published_at": "2024-02-02T00:00:00Z"}],
        "alike but for the amount": [{**TRADE, "province": "CN-NX", "published_at": "2024-02-01T00:00:00Z"}, {**TRADE, "province": "CN-NX", "value": "110", "published_at": "2024-02-02T00:00:00Z"}],
        "one id, two contents": [{**TRADE, "id": "a"}, {**TRADE, "id": "a", "value": "2"}],
        "one period, two amounts": [FIGURE, {**FIGURE, "value": "110"}],
    }
    for event, pair in rows.items():
        c = Checked(pair).ends(0, read=2, good=2, refused=0)
        need([(t["event"], t["first_line"], t["line"]) for t in c.told] == [(event, 1, 2)], f"{event}: {c.told}")
    mous = Checked([{**MOU, "title": "MOU on lithium"}, {**MOU, "title": "MOU on tourism, another one"}]).ends(0, ids_derived=2, ids_again=1)
    need([(t["first_title"], t["title"]) for t in mous.told] == [("MOU on lithium", "MOU on tourism, another one")], f"{mous.told}")
    long = "中国与俄罗斯签署关于能源领域合作的谅解备忘录第"
    mous = Checked([{**MOU, "title": long + "一"}, {**MOU, "title": long + "二"}]).ends(0, ids_again=1)
    need(len(mous.told) == 1 and mous.told[0]["title"] == long[:16], f"titles that differ late: {mous.told}")
    silent = [
        [TRADE, TRADE, {**TRADE, "title": "x"}],                                                                   # the same once more; a title beside none
        [{**TRADE, "id": "a"}, {**TRADE, "id": "a"}],                                                              # sent again
        [{**MOU, "value": "1", "currency": "CNY"}, MOU],                                                           # two agreements of a day
        [{**TRADE, "id": "a", "version": 1}, {**TRADE, "id": "a", "value": "2", "version": 2}],                    # a version decides
        [{**TRADE, "id": "a"}, {**TRADE, "id": "a", "value": "2", "published_at": "2024-02-01T00:00:00Z"}],        # so does this
        [{**TRADE, "id": "a"}, {**TRADE, "id": "a", "value": "2", "grade": "FINAL"}],                              # and a grade
        [{**TRADE, "id": "a"}, {**TRADE, "id": "b", "value": "2"}],
        [FIGURE, {**FIGURE, "title": "x"}, {**FIGURE, "title": "y"}],                                              # a figure that three report
        [FIGURE, {**FIGURE, "period_end": "2023-08-31"}, {**FIGURE, "currency": "USD"}, {**FIGURE, "flow": "IMPORT"}],
        [{**MOU, "id": "a"}, {**TRADE, "id": "a"}],                                                                # ids of two topics
        [FIGURE, {**FIGURE, "status": "RETRACTED"}],                                                               # as it was: the retraction stands
        [{**TRADE, "id": "a"}, {**TRADE, "id": "a", "value": "2", "status": "RETRACTED"}],
        [TRADE, {**TRADE, "value": "2", "status": "RETRACTED"}],
        [{**MOU, "id": "a"}, {**MOU, "id": "a", "parties": ["x"]}],                                                # decides nothing
        [{**FIGURE, "unit": "TNE", "quantity": "1"}, FIGURE, {**without(FIGURE, "value", "currency"), "unit": "TNE", "quantity": "1"}],
    ]
    told = [
        ([FIGURE, {**FIGURE, "value": "110", "unit": "TNE", "quantity": "5"}], 1),                                 # one of two amounts
        ([{**TRADE, "id": "a"}, {**TRADE, "id": "a", "bound": "ABOUT"}], 1),                                       # a bound decides, too
        ([FIGURE, {**FIGURE, "value": "110"}] * 3, 1),                                                             # each content once
        ([TRADE, {**TRADE, "value": "2"}, {**TRADE, "value": "2"}, {**TRADE, "value": "3"}], 2),
        ([{**TRADE, "id": "a", "version": 2}, {**TRADE, "id": "a", "value": "2", "version": 2}], 1),               # a version of both
        ([{**FIGURE, "published_at": "2024-02-01T00:00:00Z"}, {**FIGURE, "value": "110", "published_at": "2024-02-01T00:00:00Z"}], 1),
        ([MOU, {**MOU, "title": "a"}, {**MOU, "title": "b"}], 1),                                                  # the first has no title
    ]
    for records, count in told:
        c = Checked(records).ends(0, good=len(records))
        need(len(c.told) == count, f"{records}: {c.told}")
    for records in silent:
        c = Checked(records).ends(0, good=len(records))
        need(not c.told, f"{records}: {c.told}")
    many = Checked([{**TRADE, "id": "a", "value": str(i + 1)} for i in range(50)]).ends(0, good=50)
    need(len(many.told) == 10 and many.more == {"one id, two contents": 39}, f"{len(many.told)} told, {many.more}")
    quiet = Checked(rows["two titles, one record"], "--log-level", "warn").ends(0, good=2)
    need(not quiet.told, "what is no warning is said at --log-level warn")


def ids_are_listed(_):
    """--ids: a line of JSON for each good record, in their order, with the id and key that the oracle gives it."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "some.ndjson"
        records = [TRADE, {**FIGURE, "id": "label"}, {**TRADE, "flow": "?"}, {**MOU, "id": "b"}, MOU]
        path.write_text("".join(json.dumps(r) + "\n" for r in records))
        c = Checked(b"", "--ids", str(path)).ends(3, read=5, good=4, refused=1, ids_derived=2, ids_again=0)
        listed = [json.loads(line) for line in c.out.splitlines()]
    want = []
    for number, record in enumerate(records, 1):
        if number == 3:
            continue
        r = oracle.read(json.dumps(record))
        one = {"file": str(path), "line": number, "topic": "agreements" if r["type"] == "agreement" else "trade-events", "id": r["id"], "derived": "id" not in record}
        want.append(one if oracle.kafka_key(r) == r["id"] else {**one, "key": oracle.kafka_key(r)})
    need(listed == want, f"{listed}\ninstead of\n{want}")
    need(not Checked([TRADE]).ends(0).out, "without --ids something is on stdout")


def it_ends(_):
    """Files as a run reads them; a file that is not there is 1; a check of nothing says so."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "array.json"
        path.write_text(json.dumps([TRADE, {**TRADE, "flow": "?"}], indent=1))
        Checked(b"", str(path), str(path)).ends(3, read=4, good=2, refused=2)
    array = json.dumps([TRADE, {**TRADE, "value": "2"}], indent=1)
    for cut, good in ((array[:-1], 2), (array[:-1] + "\n,", 2), ("[", 0)):
        c = Checked(cut.encode()).ends(3, good=good, refused=1)
        need("the array has no end" in c.refused[0]["message"], f"{c.refused}")
    Checked((array + "\n").encode()).ends(0, good=2)
    types = Checked(b'{"type":"Trade"}\n{"typ":"trade"}\n{"type":5}\n').refused
    need([t["message"] for t in types] == [f"type is {x}; wanted: trade or agreement" for x in ('"Trade"', "missing", "no text")], f"{types}")
    need(Checked(b"", "/nonexistent").code == 1, "a file that is not there")
    need("nothing to read" in Checked(b"").ends(0, read=0).err, "nothing is said of nothing")
    c = Checked(b"", "/nonexistent", "-")
    need(c.code == 1 and c.end["read"] == 0, f"no last words: {c.err}")
    p = subprocess.Popen([INGEST, "check"], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    p.stdin.write(json.dumps(TRADE).encode() + b"\n")
    p.stdin.flush()
    time.sleep(0.3)                                  # its handler is there by then
    p.send_signal(signal.SIGINT)
    code, said = p.wait(20), p.stderr.read().decode()
    need(code == 1 and "interrupted before the end" in said and '"read":1' in said, f"exit {code}: {said}")
    p.stdin.close()
    p.stderr.close()
    need(subprocess.run([INGEST, "--ids"], capture_output=True, stdin=subprocess.DEVNULL, timeout=60).returncode == 2, "--ids without check")
    full = subprocess.run(f'"{INGEST}" check --ids >/dev/full', shell=True, input=json.dumps(TRADE).encode(), capture_output=True, timeout=60)
    need(full.returncode == 1, f"a full stdout ends with {full.returncode}")


def as_documented(_):
    """The example of docs/scrapers.md, as a reader would paste it; lines that tell the time are not shown there."""
    shown = re.findall(r"^```console\n\$ (tally-ingest check .*?\nEND\n)(.*?)^```$", (ROOT / "docs" / "scrapers.md").read_text(), re.DOTALL | re.MULTILINE)
    need(len(shown) == 1, f"{len(shown)} examples")
    for command, says in shown:
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, env={**os.environ, "PATH": f"{pathlib.Path(INGEST).parent}:{os.environ['PATH']}"})
        got = "".join(line + "\n" for line in done.stderr.splitlines() if not line.startswith('{"time"'))
        need((done.returncode, done.stdout, got) == (3, "", says), f"exit {done.returncode}, {done.stdout!r}, {got!r} instead of {says!r}")


CASES = [every_fault_of_one_record, any_faults_of_any_record, more_faults_than_fit, what_falls_together, ids_are_listed, it_ends, as_documented]


if __name__ == "__main__":
    sys.exit(play(CASES, sys.argv[2:]))
