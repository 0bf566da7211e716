"""Topics with settings of their own: what they refuse is written in another form, or told; nothing stops."""
import json, random, time

import confluent_kafka
from confluent_kafka import admin

import wire
from live_refusals import GOOD, SENT, _text
from world import CLOCK, TOPICS, judged, need, oracle, records, until

LETTER = "__connect.errors."


def _set(w, topics, **settings):
    """Settings of topics, in force when this returns."""
    names = {name.replace("_", "."): str(value) for name, value in settings.items()}
    there = [admin.ConfigResource(admin.ResourceType.TOPIC, t, incremental_configs=[admin.ConfigEntry(n, v, incremental_operation=admin.AlterConfigOpType.SET) for n, v in names.items()])
             for t in topics]
    for done in w.kafka.admin.incremental_alter_configs(there).values():
        done.result(20)
    asked = [admin.ConfigResource(admin.ResourceType.TOPIC, t) for t in topics]
    until(20, lambda: all(got.result(20)[n].value == v for got in w.kafka.admin.describe_configs(asked).values() for n, v in names.items()), "the settings did not come")


def _topics(w, partitions=4, **settings):
    w.begin(partitions=partitions)
    if settings:
        _set(w, TOPICS + [t + ".dlq" for t in TOPICS], **settings)


def _send(w, messages, **options):
    """[(topic, partition, value, key, timestamp, headers)]; acknowledged when this returns."""
    client, bad = confluent_kafka.Producer({"bootstrap.servers": w.kafka.address, "linger.ms": 20, "log_level": 3, **options}), []
    for topic, partition, value, key, timestamp, headers in messages:
        client.produce(topic, value, key=key, partition=partition, timestamp=timestamp, headers=headers, on_delivery=lambda e, m: bad.append(str(e)) if e else None)
    need(client.flush(30) == 0 and not bad, f"the test could not send: {bad[:2]}")


def _good(count=6, seed=3):
    """-> (lines, messages) that lie where they belong."""
    known = [(line, oracle.read(line.decode())) for line in records.records(seed, count * 4, refused_rate=0)]
    lines = [line for line, r in known if r["type"] == "trade" and r["day"] <= oracle.day_of(CLOCK, "")][:count]    # none is too early when it was SENT
    return lines, [(*wire.message(line), line) for line in lines]


def _ended(p):
    return next(json.loads(line) for line in p.err.splitlines() if '"event":"ended"' in line)


def _errors(p):
    return [json.loads(line) for line in p.err.splitlines() if '"level":"error"' in line]


def _letters(w):
    return [m for t in TOPICS for m in w.kafka.messages(t + ".dlq")]


def a_dead_letter_larger_than_the_topic_takes(w):
    """All topics take 100,000 bytes; poison of 99,900 random bytes: its dead letter is cut, the records behind it count."""
    _topics(w, partitions=2, max_message_bytes=100000)
    poison = b"x" + random.Random(7).randbytes(99899)
    _send(w, [("trade-events", 0, poison, b"k", SENT, [("x", b"y")])])
    lines, _ = _good()
    w.ingest(lines).ends_with(0, 30)
    p, = w.aggregate_to_end(seconds=30)
    w.totals_are(judged(lines)[0])
    letters = _letters(w)
    need(len(letters) == 1, f"{len(letters)} dead letters")
    value, headers = letters[0].value(), letters[0].headers()
    need(poison.startswith(value) and len(value) > 95000, f"{len(value)} bytes of it, or others")
    need(_text(headers, LETTER + "value.length") == "99900" and _text(headers, "x") == "y" and letters[0].key() == b"k", f"{headers}")
    need((_ended(p)["set_aside"], _ended(p)["refused"], _errors(p)) == (1, 0, []), f"{_ended(p)} {_errors(p)}")


def a_dead_letter_cut_down_to_its_headers(w):
    """The dead-letter topic takes 1,000 bytes: value, key and foreign headers go; at 300 bytes all is told as an error, and the rest counts."""
    for limit, many in ((1000, 1), (300, 0)):
        _topics(w, partitions=2)
        _set(w, ["trade-events.dlq"], max_message_bytes=limit)
        noise = random.Random(limit).randbytes
        _send(w, [("trade-events", 1, b"x" + noise(4999), noise(5000), SENT, [("x", noise(3000))]), ("trade-events", 1, b"x" + noise(99), noise(2000), SENT, [("x", noise(5000))])])
        lines, _ = _good()
        w.ingest(lines).ends_with(0, 30)
        p, = w.aggregate_to_end(seconds=30, group=f"{w.group}-{limit}")
        w.totals_are(judged(lines)[0])
        letters, errors = _letters(w), _errors(p)
        need(len(letters) == 2 * many and len(errors) == 2 - 2 * many and _ended(p)["refused"] == len(errors), f"{len(letters)} letters, {errors}, {_ended(p)}")
        for m in letters:
            need(_text(m.headers(), "tally.headers.dropped") == "refused" and _text(m.headers(), LETTER + "partition") == "1", f"{m.headers()}")
            need((m.value() or b"").startswith(b"x") or _text(m.headers(), LETTER + "value.length") == "5000", f"{m.value()} {m.headers()}")
        for e in errors:
            need(e["topic"] == "trade-events.dlq" and e["record"].startswith("trade-events/1@") and e["timestamp"] == SENT and e["error"] == "MSG_SIZE_TOO_LARGE"
                 and e["code"] == "BAD_FRAME" and e["refusal"] and e["message"], f"{e}")


def a_dead_letter_of_a_time_that_the_topic_refuses(w):
    """Too old, or too far ahead: it is written with our time, and names its own."""
    _topics(w)
    ahead = int(time.time() * 1000) + 1800 * 1000
    _set(w, [t + ".dlq" for t in TOPICS], **{"message_timestamp_before_max_ms": 1000, "message_timestamp_after_max_ms": 5000})
    _send(w, [("trade-events", 0, b"old", b"k", SENT, []), ("agreements", 2, b"ahead", None, ahead, [("x", b"y")])])
    lines, _ = _good()
    w.ingest(lines).ends_with(0, 30)
    p, = w.aggregate_to_end(seconds=30)
    w.totals_are(judged(lines)[0])
    letters = {m.value(): m for m in _letters(w)}
    need(sorted(letters) == [b"ahead", b"old"], f"{list(letters)}")
    for value, sent in ((b"old", SENT), (b"ahead", ahead)):
        m = letters[value]
        need(_text(m.headers(), "tally.timestamp") == str(sent) and abs(m.timestamp()[1] - time.time() * 1000) < 60000, f"{m.headers()} {m.timestamp()}")
    need(not _errors(p) and _ended(p)["refused"] == 0, f"{_errors(p)}")


def dead_letters_without_a_key_in_a_compacted_topic(w):
    """A compacted topic takes no null key: they get one, of where they lay; those that have one keep it."""
    _topics(w)
    _set(w, [t + ".dlq" for t in TOPICS], cleanup_policy="compact")
    _send(w, [("trade-events", n % 4, b"poison %d" % n, None if n % 2 else b"key %d" % n, SENT, []) for n in range(40)])
    lines, _ = _good()
    w.ingest(lines).ends_with(0, 30)
    p, = w.aggregate_to_end(seconds=30)
    w.totals_are(judged(lines)[0])
    letters = _letters(w)
    need(len({m.value() for m in letters}) == 40 and not _errors(p), f"{len(letters)} letters, {_errors(p)}")
    for m in letters:
        n, h = int(m.value().split()[1]), m.headers()
        origin = "{}/{}@{}".format(*(_text(h, LETTER + x) for x in ("topic", "partition", "offset")))
        need((m.key(), _text(h, "tally.key")) == ((origin.encode(), "none") if n % 2 else (b"key %d" % n, None)), f"{m.key()} {h}")


def large_dead_letters_among_small_ones(w):
    """Large and small ones go out together, and Kafka refuses the batch: the small ones arrive as they are."""
    _topics(w)
    _set(w, [t + ".dlq" for t in TOPICS], max_message_bytes=20000)
    noise = random.Random(3).randbytes
    sent = {b"%d " % n + noise(50000 if n % 40 == 7 else 100): n for n in range(400)}
    _send(w, [("trade-events", n % 4, value, b"k%d" % n, SENT, [("n", b"%d" % n)]) for value, n in sent.items()])
    p, = w.aggregate_to_end(seconds=60)
    letters = _letters(w)
    need(len({_text(m.headers(), "n") for m in letters}) == 400, f"{len(letters)} letters")
    for m in letters:
        n, length = int(_text(m.headers(), "n")), _text(m.headers(), LETTER + "value.length")
        value = next(v for v, k in sent.items() if k == n)
        need(m.key() == b"k%d" % n and m.timestamp()[1] == SENT, f"{m.key()} {m.timestamp()}")
        need(m.value() == value if n % 40 != 7 else value.startswith(m.value()) and len(m.value()) > 10000 and length == str(len(value)), f"{n}: {len(m.value())} bytes")
    need(not _errors(p) and _ended(p)["refused"] == 0, f"{_errors(p)}")
    w.note(f"{len(letters)} dead letters of 400 poisons")


def what_can_not_be_forwarded_whole(w):
    """A record near its topic's limit goes without foreign headers, or is told and counted; one that fits goes as it is."""
    _topics(w)
    noise = random.Random(5).randbytes
    lines, messages = _good(12)
    with_headers, alone = messages[:6], messages[6:]
    # To every partition: three of four copies lie astray, and are the same record.
    _send(w, [(t, p, v, None, SENT, [("big", noise(2000))]) for t, v, _ in with_headers for p in range(4)])
    _set(w, ["trade-events"], max_message_bytes=2000)
    p, = w.aggregate_to_end(seconds=30)
    w.totals_are(judged(lines[:6])[0])
    copies = [m for m in w.kafka.messages("trade-events") if _text(m.headers() or [], "tally.forwarded.from")]
    need(len(copies) == 18 and all(_text(m.headers(), "tally.headers.dropped") == "refused" and _text(m.headers(), "big") is None for m in copies), f"{len(copies)} copies")
    need(_ended(p)["refused"] == 0 and not _errors(p), f"{_errors(p)}")
    # Nothing can be left out of these.
    small = [(t, p, v, None, SENT, []) for t, v, _ in alone for p in range(4)]
    _send(w, small)
    _set(w, ["trade-events"], max_message_bytes=100)
    p, = w.aggregate_to_end(seconds=30)
    errors = _errors(p)
    need(len(errors) == 18 and _ended(p)["refused"] == 18, f"{len(errors)} errors, {_ended(p)}")
    need(all(e["event"] == "not forwarded" and e["record"].startswith("trade-events/") and e["error"] == "MSG_SIZE_TOO_LARGE" for e in errors), f"{errors[0]}")
    w.totals_are(judged(lines)[0])                   # the copies that lay at home


def a_forwarded_record_of_a_time_that_the_topic_refuses(w):
    """It goes with our time, and counts by its own: what lies days ahead is no FUTURE at its home."""
    _topics(w)
    _set(w, ["trade-events"], **{"message_timestamp_after_max_ms": 10 * 86400000})
    ahead = int(time.time() * 1000) + 3 * 86400000
    day = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ahead / 1000))
    lines = [json.dumps({**GOOD["trade"], "id": "old"}).encode(), json.dumps({**GOOD["trade"], "id": "ahead", "occurred_at": day}).encode()]
    sends = [(wire.message(line)[0], p, wire.message(line)[1], None, at, []) for line, at in zip(lines, (SENT, ahead)) for p in range(4)]
    want = judged(lines)[0]
    _send(w, sends)
    _set(w, ["trade-events"], **{"message_timestamp_before_max_ms": 1000, "message_timestamp_after_max_ms": 1000})
    p, = w.aggregate_to_end(seconds=30)
    w.totals_are(want)
    w.no_dead_letters()
    copies = [m for m in w.kafka.messages("trade-events") if _text(m.headers() or [], "tally.forwarded.from")]
    need(sorted(_text(m.headers(), "tally.timestamp") for m in copies) == sorted([str(SENT)] * 3 + [str(ahead)] * 3), f"{[m.headers() for m in copies]}")
    need(_ended(p)["refused"] == 0 and not _errors(p), f"{_errors(p)}")
    w.store.client.flushall()                        # read again, what was forwarded stands by itself
    w.aggregate_to_end(seconds=30)
    w.totals_are(want)
    w.no_dead_letters()


def dead_letters_larger_than_our_own_limit(w):
    """message.max.bytes of ours: nothing is sent at all, and it is cut as if Kafka had refused it."""
    _topics(w)
    poison = b"x" + random.Random(9).randbytes(4999)
    _send(w, [("trade-events", 0, poison, b"k", SENT, [])])
    p = w.aggregate("a", "--exit-at-end", "-X", "message.max.bytes=2000").ends_with(0, 30 * w.patience)
    letters = _letters(w)
    need(len(letters) == 1 and len(letters[0].value()) > 1000 and poison.startswith(letters[0].value()) and not _errors(p), f"{[len(m.value()) for m in letters]} {_errors(p)}")


def every_dead_letter_is_refused(w):
    """Twenty thousand at once, each with a time that its topic refuses: each comes with ours, soon, and the group keeps its member."""
    _topics(w)
    _set(w, [t + ".dlq" for t in TOPICS], message_timestamp_before_max_ms=1000)
    _send(w, [("trade-events", n % 4, b"poison %d" % n, b"k", SENT, []) for n in range(20000)])
    lines, _ = _good()
    w.ingest(lines).ends_with(0, 30)
    start = time.monotonic()
    p, = w.aggregate_to_end(seconds=60)
    took = time.monotonic() - start
    w.totals_are(judged(lines)[0])
    letters = _letters(w)
    need(len({m.value() for m in letters}) == 20000 and not _errors(p), f"{len(letters)} letters, {_errors(p)[:2]}")
    need(all(_text(m.headers(), "tally.timestamp") == str(SENT) for m in letters), "a letter without its own time")
    w.note(f"{took:.1f} s; {len(letters)} letters; waits: {p.err.count('FAULT_KAFKA_AWAY')}")


def _warned(p):
    return [(e["topic"], e["setting"], e["value"]) for e in map(json.loads, p.err.splitlines()) if e["event"] == "topic setting"]


def topics_that_forget(w):
    """Settings that delete or compact are told at the start and when they change, once each; the command that is told mends them."""
    _topics(w)
    a = w.aggregate("a")
    a.says("partition", 20)
    _set(w, ["agreements"], retention_ms=604800000)
    _set(w, ["trade-events.dlq"], cleanup_policy="compact")
    b = w.aggregate("b", group=f"{w.group}-b")       # sees them at its start
    until(20, lambda: len(_warned(b)) == 2, lambda: f"b warns of {_warned(b)}")
    need(sorted(_warned(b)) == [("agreements", "retention.ms", "604800000"), ("trade-events.dlq", "cleanup.policy", "compact")], f"{_warned(b)}")
    told = next(e for e in map(json.loads, b.err.splitlines()) if e["event"] == "topic setting" and e["topic"] == "agreements")
    need(told["level"] == "warn" and told["remedy"].endswith("--entity-name agreements --add-config retention.ms=-1"), f"{told}")
    _set(w, ["agreements"], retention_ms=3600000)
    until(75, lambda: len(_warned(a)) == 2 and len(_warned(b)) == 3, lambda: f"{_warned(a)} {_warned(b)}")     # within a minute
    need(("agreements", "retention.ms", "3600000") in _warned(a) and _warned(b)[-1] == ("agreements", "retention.ms", "3600000"), f"{_warned(a)} {_warned(b)}")
    for p in (a, b):
        p.terminate()


def a_batch_of_ingest_that_the_topic_refuses(w):
    """The topic takes 4,000 bytes: batches go one by one, and only the records that are larger themselves are not delivered, and told."""
    _topics(w)
    _set(w, ["trade-events"], max_message_bytes=4000)
    lines, _ = _good(2000)
    title = "".join(random.Random(1).choices([chr(c) for c in range(0x4e00, 0x9f00)], k=12000))
    large = json.dumps({**GOOD["trade"], "id": "large", "attributes": {f"a{n}": title[n * 300:n * 300 + 300] for n in range(16)}}).encode()
    p = w.ingest([*lines[:1000], large, *lines[1000:]])
    p.ends_with(1, 60)
    counts = p.last_counts()
    need((counts["delivered"], counts["failed"], counts["refused"]) == (len(lines), 1, 0), f"{counts}")
    need(p.err.count("record not delivered") == 1, f"{p.err.count('record not delivered')} are told")
    w.aggregate_to_end()
    w.totals_are(judged(lines)[0])
