"""A Kafka that asks who one is, and what one may: a wrong password and every missing right stop a program at once, with a name."""
import json, time

import confluent_kafka

import wire
from world import CLOCK, TOPICS, Users, judged, need, oracle, records

# What docs/operating.md says that they need.
INGEST = [("TOPIC", t, "WRITE") for t in TOPICS]
CREATES = [("TOPIC", t + end, "CREATE") for t in TOPICS for end in ("", ".dlq")]
AGGREGATE = [("TOPIC", t, o) for t in TOPICS for o in ("READ", "WRITE")] + [("TOPIC", t + ".dlq", "WRITE") for t in TOPICS]
LOOKS = [("TOPIC", t + end, "DESCRIBE_CONFIGS") for t in TOPICS for end in ("", ".dlq")]


def _begin(w):
    w.kafka = Users(w.folder / "kafka")
    w.servers.append(w.kafka)
    w.new_redis()


def _aggregate(w, *arguments, password=None):
    return w.program("tally-aggregate", *w.kafka.as_user("tally", password), "-r", w.store.url, "-G", w.group, "--clock", CLOCK, *arguments)


def _why(p):
    return next(json.loads(line) for line in p.err.splitlines() if '"event":"stopped"' in line)


def _stops(p, *words, seconds=20):
    start = time.monotonic()
    p.ends_with(1, seconds)
    why = _why(p)
    need(why["fault"] == "FAULT_KAFKA" and all(word in why["why"] for word in words), f"{p.name} says {why}")
    return time.monotonic() - start


def a_wrong_password(w):
    """It ends at once with 1, and says that it is the password; all programs that speak with Kafka."""
    _begin(w)
    w.ingest(None, "--create-topics=2").ends_with(0, 30)
    lines = list(records.records(3, 10, refused_rate=0))
    file = w.folder / "lines"
    file.write_bytes(b"\n".join(lines) + b"\n")
    took = []
    for arguments in (["--exit-at-end"], [], ["--rebuild"]):
        took.append(_stops(_aggregate(w, *arguments, password="wrong"), "let us in", "Invalid username or password"))
    for arguments in ([file], ["--create-topics=2"]):
        took.append(_stops(w.program("tally-ingest", *w.kafka.as_user("ingest", "wrong"), *arguments), "let us in", "Invalid username or password"))
    need(max(took) < 5, f"{took}")
    w.note(f"{max(took):.1f} s at most")


def _fill(w, seed, count=100):
    """Records at home and astray, and poison, in both topics. -> their lines"""
    lines = list(records.records(seed, count, refused_rate=0))
    client = confluent_kafka.Producer({"bootstrap.servers": w.kafka.address, "linger.ms": 20, "log_level": 3})
    for n, line in enumerate(lines):
        topic, value = wire.message(line)
        client.produce(topic, value, partition=n % 2)
        client.produce(topic, b"poison %d" % n, key=b"k", partition=n % 2)
    need(client.flush(20) == 0, "the test could not send")
    return lines


def exactly_the_rights_that_the_documents_name(w):
    """With them everything runs; without any one of them it stops and names it; without all of them it names all that it can see."""
    _begin(w)
    group = [("GROUP", w.group, "READ")]
    lines = list(records.records(4, 100, refused_rate=0))
    file = w.folder / "lines"
    file.write_bytes(b"\n".join(lines) + b"\n")
    ingest = lambda *a: w.program("tally-ingest", *w.kafka.as_user("ingest"), *a)
    _stops(ingest("--create-topics=2"), "Create on topic trade-events")
    w.kafka.allow("ingest", CREATES)
    ingest("--create-topics=2").ends_with(0, 30)
    _stops(ingest(file), "Write on topic")
    w.kafka.allow("ingest", INGEST)
    ingest(file).ends_with(0, 30)
    w.kafka.forget_topics()
    w.ingest(None, "--create-topics=2").ends_with(0, 30)
    # The aggregator, without any.
    _stops(_aggregate(w, "--exit-at-end"), *(f"on topic {t}{end}" for t in TOPICS for end in ("", ".dlq")), f"Read on group {w.group}")
    # Without one.
    names = {"READ": "Read", "WRITE": "Write"}
    w.kafka.allow("tally", AGGREGATE + group)
    sent = []
    for seed, right in enumerate(AGGREGATE + group):
        w.kafka.forbid("tally", [right])
        sent += _fill(w, seed)                       # each time there is something to write that nobody has written
        kind, name, operation = right
        _stops(_aggregate(w, "--exit-at-end"), f"{names[operation]} on {kind.lower()} {name}")
        w.kafka.allow("tally", [right])
    # With them.
    want = judged(sent)[0]
    p = _aggregate(w, "--exit-at-end").ends_with(0, 30)
    w.totals_are(want)
    p = _aggregate(w)
    p.says("can't be looked at", 20)
    p.terminate()
    need(p.err.count("can't be looked at") == 4, f"{p.err.count(chr(39) + 't be looked at')} times: its settings can't be looked at")
    w.kafka.allow("tally", LOOKS)
    p = _aggregate(w)
    p.says("partition", 20)
    time.sleep(2)
    p.terminate()
    need("can't be looked at" not in p.err and "kafka" not in {json.loads(line)["event"] for line in p.err.splitlines()}, p.last_words())
    _aggregate(w, "--rebuild").ends_with(0, 60)
    w.totals_are(want)
