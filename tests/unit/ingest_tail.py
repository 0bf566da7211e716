#!/usr/bin/env python3
"""tally-ingest tail in front of tally-broker: what is printed is what was sent, and can be sent again.

    ingest_tail.py TALLY_INGEST TALLY_BROKER [CASE...]
"""
import collections, json, pathlib, signal, subprocess, sys, time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "support")]
import oracle, programs, records
from cases import need, play

INGEST, BROKER = sys.argv[1:3]
TRADE = {"type": "trade", "basis": "TRANSACTION", "province": "CN-LN", "partner": "RU", "flow": "EXPORT", "value": "1", "currency": "CNY",
         "occurred_at": "2024-01-31T08:00:00+08:00"}
MOU = {"type": "agreement", "kind": "MOU", "provinces": ["CN-QH", "CN-LN"], "partners": ["KZ", "RU"], "signed_on": "2023-03-31"}
FIGURE = {"type": "trade", "basis": "STATISTIC", "province": "CN-HL", "partner": "RU", "flow": "IMPORT", "value": "40500000000", "currency": "CNY", "commodity": "8703",
          "province_area": "230100", "period_start": "2023-01-01", "period_end": "2023-12-31"}


class Broker(programs.Broker):
    def __init__(self):
        super().__init__(BROKER)

    def send(self, lines):
        """-> exit code."""
        lines = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
        return subprocess.run([INGEST, "-b", self.address], input=b"\n".join(lines) + b"\n", capture_output=True, timeout=120).returncode

    def produce(self, topic, value):
        subprocess.run(["kcat", "-b", self.address, "-P", "-t", topic], input=value, check=True, timeout=30)

    def tail(self, *arguments, code=0):
        """-> lines of stdout, events of stderr."""
        done = subprocess.run([INGEST, "tail", "-b", self.address, *arguments], capture_output=True, timeout=120)
        need(done.returncode == code, f"tail {arguments} ended with {done.returncode}: {done.stderr.decode()}")
        return done.stdout.decode().splitlines(), [json.loads(line) for line in done.stderr.decode().splitlines() if line.startswith("{")]


def identity(line):
    """What a record is and states, and what it carries, by the oracle."""
    line = line.decode() if isinstance(line, bytes) else line
    r, raw = oracle.read(line), json.loads(line)
    carried = {k: raw.get(k) for k in ("title", "growth", "attributes")}
    carried["attributes"] = {k: v for k, v in (carried["attributes"] or {}).items() if v is not None} or None
    carried["source"] = {k: v for k, v in (raw.get("source") or {}).items() if v is not None}
    return r["id"], oracle.kafka_key(r), oracle.canonical(r), r.get("version"), json.dumps(carried, sort_keys=True)


def the_same_records_again(broker):
    """Thousands of records of all shapes: sent, tailed, and what was printed is sent again; the oracle can't tell them apart."""
    lines = [line for kind in ("mixed", "hostile") for line in records.records(15, 3000, kind=kind, refused_rate=0)]
    need(broker.send(lines) == 0, "the records are not all good")
    out, said = broker.tail("-o", "beginning", "-e", "-J")
    need(not said, f"{said[:3]}")
    sent, shown = collections.Counter(map(identity, lines)), collections.Counter(map(identity, out))
    need(sum(sent.values()) == sum(shown.values()), f"{sum(shown.values())} of {sum(sent.values())}")
    need(sent == shown, f"not shown {list((sent - shown).items())[:2]}\nnot sent {list((shown - sent).items())[:2]}")
    checked = subprocess.run([INGEST, "check", "--ids"], input="\n".join(out).encode(), capture_output=True, timeout=120)
    need(checked.returncode == 0, f"check: exit {checked.returncode}: {checked.stderr.decode()[-1000:]}")
    ids = [(c["id"], c.get("key", c["id"])) for c in map(json.loads, checked.stdout.decode().splitlines())]
    need(collections.Counter(ids) == collections.Counter((i[0], i[1]) for i in sent.elements()), "check finds other ids or keys")
    need(not any(json.loads(c)["derived"] for c in checked.stdout.decode().splitlines()), "an id was derived anew")


def exact_words(broker):
    """By hand: the very text of single fields."""
    rows = [
        ({**TRADE, "id": "a", "value": "1234567.80"}, {"value": "1234567.8"}),
        ({**TRADE, "id": "b", "value": "0.01"}, {"value": "0.01"}),
        ({**TRADE, "id": "c", "value": "99999999999999.999", "currency": "KWD"}, {"value": "99999999999999.999"}),
        ({**TRADE, "id": "d", "quantity": "0.001", "unit": "TNE"}, {"quantity": "0.001"}),
        ({**TRADE, "id": "e", "occurred_at": "2024-01-31T08:00:00.120+08:00", "published_at": "1969-12-31T23:59:59.999Z"},
         {"occurred_at": "2024-01-31T00:00:00.120Z", "published_at": "1969-12-31T23:59:59.999Z"}),
        ({**TRADE, "id": "f", "published_at": "0001-01-01T00:00:00+23:59", "retrieved_at": "9999-12-31T23:59:59.5-23:59"},
         {"published_at": "0001-01-01T00:00:00+23:59", "retrieved_at": "9999-12-31T23:59:59.500-23:59"}),
        ({**TRADE, "id": "g", "version": 2 ** 53 - 1, "title": "a\nb\"\\\u202e\u6d77", "source": {}, "attributes": {"b": "1", "a": ""}},
         {"version": 2 ** 53 - 1, "title": "a\nb\"\\\u202e\u6d77", "source": {}, "attributes": {"b": "1", "a": ""}}),
        ({**MOU, "id": "h", "areas": [], "parties": ["b", "a"]}, {"provinces": ["CN-LN", "CN-QH"], "partners": ["KZ", "RU"], "parties": ["a", "b"]}),
    ]
    need(broker.send([r for r, _ in rows]) == 0, "not all good")
    shown = {r["id"]: r for r in map(json.loads, broker.tail("-o", "beginning", "-e", "-J")[0])}
    for record, want in rows:
        got = shown[record["id"]]
        need({k: got.get(k) for k in want} == want and set(got) == {k for k, v in record.items() if v != []}, f"{record} is shown as {got}")


def what_is_asked_for(broker):
    """--where, --topic, -c, -o; a record for people; the envelope."""
    lines = [{**TRADE, "id": "t"}, FIGURE, {**MOU, "id": "m"}, {**TRADE, "id": "x", "province": "CN-JL", "flow": "IMPORT", "grade": "FINAL", "source": {"name": "Customs"}, "status": "RETRACTED"}]
    need(broker.send(lines) == 0, "not all good")
    every = [*(json.loads(x)["id"] for x in broker.tail("-o", "beginning", "-e", "-J")[0])]
    figure = next(i for i in every if i.startswith("d:"))
    for where, ids in [("province=CN-LN", "t m"), ("partner=RU,province=CN-LN,flow=EXPORT", "t"), ("province=CN-LN,province=CN-JL", "t m x"), ("type=agreement", "m"), ("partner=KZ", "m"),
                       ("grade=PRESS,type=trade", f"t {figure}"), ("source=Customs", "x"), ("status=SIGNED", "m"), ("commodity=8703", figure), ("id=x", "x"), ("scope=PART", figure),
                       ("provinces=CN-QH", "m"), ("currency=CNY,basis=STATISTIC", figure), ("unit=TNE", "")]:
        got = [json.loads(x)["id"] for x in broker.tail("-o", "beginning", "-e", "-J", "--where", where)[0]]
        need(sorted(got) == sorted(ids.split()), f"--where {where}: {got}")
    need([json.loads(x)["id"] for x in broker.tail("-o", "beginning", "-e", "-J", "--topic", "agreements")[0]] == ["m"], "--topic")
    need(len(broker.tail("-o", "beginning", "-c", "2")[0]) == 2, "-c")
    need(broker.tail("-e")[0] == [] and broker.tail("-e", "-o", "0", "-J")[0] and len(broker.tail("-o", "-1", "-c", "2", "--topic", "trade-events")[0]) == 2, "-o")
    plain = broker.tail("-o", "beginning", "-e")[0]
    need({x.split("  ", 2)[2] for x in plain} == {"CN-LN  RU  EXPORT  2024-01-31  -  1.00 CNY  t", f"CN-HL  RU  IMPORT  2023-01-01..2023-12-31  area:230100+hs:8703  40,500,000,000.00 CNY  {figure}",
                                                  "CN-LN,CN-QH  KZ,RU  MOU  2023-03-31  -  -  m", "CN-JL  RU  IMPORT  2024-01-31  -  1.00 CNY  RETRACTED  x"}, f"{plain}")
    for line in broker.tail("-o", "beginning", "-e", "--envelope")[0]:
        e = json.loads(line)
        need(set(e) == {"topic", "partition", "offset", "timestamp", "key", "record"} and e["key"] == oracle.kafka_key(oracle.read(json.dumps(e["record"]))) and abs(e["timestamp"] / 1000 - time.time()) < 600, line)


def what_can_not_be_read(broker):
    """It is told with its place and reason, and stops nothing; exit 3."""
    for value in (b"garbage", b"\xc3\x01" + b"\0" * 20, b"\0\0\0\0\x07xx"):
        broker.produce("trade-events", value)
    need(broker.send([{**TRADE, "id": "good"}]) == 0, "not good")
    out, said = broker.tail("-o", "beginning", "-e", "-J", code=3)
    need([json.loads(x)["id"] for x in out] == ["good"], f"{out}")
    told = [(x["event"], x["topic"], x["code"]) for x in said]
    need(sorted(told) == sorted(("not readable", "trade-events", c) for c in ("BAD_FRAME", "BAD_SCHEMA", "BAD_SCHEMA")) and all(x["message"] and x["offset"] >= 0 for x in said), f"{said}")


def it_follows(broker):
    """What comes is printed at once; Ctrl-C is how it ends."""
    p = subprocess.Popen([INGEST, "tail", "-b", broker.address, "-J"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(2)                                    # it begins at the end; what comes before it has begun is not shown
    for i in range(3):
        need(broker.send([{**TRADE, "id": f"n{i}"}]) == 0, "not good")
        need(json.loads(p.stdout.readline())["id"] == f"n{i}", "another record")
    p.send_signal(signal.SIGINT)
    out, err = p.communicate(timeout=20)
    need((p.returncode, out, err) == (0, "", ""), f"exit {p.returncode}, {out}{err}")


def a_reader_goes_away(broker):
    """Who reads no more ends it."""
    need(broker.send(records.records(16, 3000, refused_rate=0)) == 0, "not all good")
    p = subprocess.Popen([INGEST, "tail", "-b", broker.address, "-J", "-o", "beginning"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    p.stdout.readline()
    p.stdout.close()
    need("Broken pipe" in p.stderr.read() and p.wait(20) == 1, "it does not say that nobody reads")
    p.stderr.close()


def the_line_of_the_documents(broker):
    """docs/scrapers.md shows what is printed, but for the moment and the place."""
    page = (ROOT / "docs" / "scrapers.md").read_text()
    sent = next(line for line in page.splitlines() if line.startswith("echo '{"))
    need(broker.send([sent.split("'")[1].encode()]) == 0, "not good")
    printed = broker.tail("-o", "beginning", "-e")[0][0].split("  ", 2)[2]
    shown = next(line for line in page.splitlines() if line.startswith("2024-02-01T"))
    need(shown.split("  ", 2)[2] == printed, f"{printed} is shown as {shown}")


def nobody_there(_):
    """Kafka away is said and waited for, as long as --timeout says; wrong settings are exit 2."""
    done = subprocess.run([INGEST, "tail", "-b", "127.0.0.1:1", "-e", "--timeout", "3"], capture_output=True, text=True, timeout=60)
    need(done.returncode == 1 and "waiting for kafka" in done.stderr and "Connection refused" in done.stderr and '"fault":"FAULT_KAFKA_AWAY"' in done.stderr, f"exit {done.returncode}: {done.stderr}")
    for arguments, what in [(["-o", "soon"], "want beginning, end"), (["-o", "@2024"], "want beginning"), (["--where", "province=Liaoning"], "wanted: CN-LN"), (["--where", "value=1"], "no field to ask for"),
                            (["--where", "province"], "want FIELD=VALUE"), (["--where", "flow=OUT"], "no record has that"), (["--topic", "x"], "want trade-events or agreements"), (["a.ndjson"], "takes no files"),
                            (["-Xnope=1"], "nope"), (["-c", "0"], "whole number from 1")]:
        done = subprocess.run([INGEST, "tail", *arguments], capture_output=True, text=True, timeout=60)
        need(done.returncode == 2 and what in done.stderr, f"{arguments}: exit {done.returncode}: {done.stderr}")
    done = subprocess.run([INGEST, "check", "-J"], capture_output=True, text=True, timeout=60)
    need(done.returncode == 2 and "tally-ingest tail --json" in done.stderr, done.stderr)


CASES = [the_same_records_again, exact_words, what_is_asked_for, what_can_not_be_read, it_follows, a_reader_goes_away, the_line_of_the_documents, nobody_there]


if __name__ == "__main__":
    sys.exit(play(CASES, sys.argv[3:], Broker))
