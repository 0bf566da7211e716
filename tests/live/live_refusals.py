"""Messages that can't be used: set aside with their reason, one by one, and nothing stops."""
import collections, datetime as dt, json, os, random, struct, time

import confluent_kafka

import wire
from world import CLOCK, TOPICS, Failed, judged, need, oracle, records

DAY_MS = 86400000
SENT_DAY = oracle.day_of(CLOCK, "")
SENT = SENT_DAY * DAY_MS + 4 * 3600 * 1000          # noon in China of the clock's day
GOOD = {kind: {"id": "good", **records.PLAIN[letter]} for kind, letter in (("trade", "T"), ("agreement", "A"))}

WHOLE = 768 * 1024                                   # bytes of a value up to which a dead letter holds all of it

Poison = collections.namedtuple("Poison", "name topic value code key timestamp headers", defaults=(b"some key", SENT, [("x-trace", b"\x00\xff")]))


def _later(values):
    """Is the record's day later than the day after it was sent?"""
    days = [oracle.china_day(values["occurred_at"])] if values.get("occurred_at") is not None else []
    days += [values[f] for f in ("period_end", "signed_on") if values.get(f) is not None and values.get("status") != "PLANNED"]
    return max(days, default=0) > SENT_DAY + 1


def _from_json():
    """Every refusal that Avro can say: the values of each spoilt record, judged by the oracle in their JSON form."""
    for number, (_, letter, fault) in enumerate(records.REFUSALS):
        if getattr(fault, "bytes", False):
            continue
        r = fault({"id": f"poison-{number}", **records.PLAIN[letter]})
        try:
            values = wire.datum(r)
            form = json.dumps(wire.json_form(r["type"], values))
            oracle.read(form)
        except wire.Unsayable:
            continue
        except oracle.Invalid as bad:
            late = _later(values)                    # is judged before all that the oracle judges
            yield Poison(f"json {number}", wire.TOPIC_OF[r["type"]], wire.single_object(r["type"], wire.body(r["type"], values)), "FUTURE" if late else str(bad))


def _spelled(kind, **values):
    """A good record with raw Avro values put over it."""
    return wire.single_object(kind, wire.body(kind, {**wire.datum(GOOD[kind]), **values}))


def _varint(n):
    n, out = n << 1 ^ n >> 63, bytearray()
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    return bytes([*out, n])


def _of_avro():
    """What only bytes can say."""
    for kind, topic in wire.TOPIC_OF.items():
        body = wire.body(kind, wire.datum(GOOD[kind]))
        whole, other = wire.single_object(kind, body), wire.KIND_OF[TOPICS[1 - TOPICS.index(topic)]]
        yield Poison("an unknown fingerprint", topic, b"\xc3\x01" + b"\x01" * 8 + body, "BAD_SCHEMA")
        yield Poison("a schema id without a registry", topic, wire.confluent(7, body), "BAD_SCHEMA")
        for name, value in (("nothing", b""), ("null", None), ("text", b'{"type":"trade"}'), ("half a frame", whole[:9]), ("one byte", b"\x00"),
                            ("another magic", b"\xc3\x02" + whole[2:]), ("no schema id", b"\x00\x00\x00")):
            yield Poison(name, topic, value, "BAD_FRAME")
        yield Poison("the other type", topic, wire.single_object(other, wire.body(other, wire.datum(GOOD[other]))), "BAD_SCHEMA")
        for name, value in (("only a frame", whole[:10]), ("cut", whole[:-1]), ("cut in the middle", whole[:30]), ("one byte more", whole + b"\x00"),
                            ("a text of 2^62 bytes", whole[:10] + b"\xfe" * 8 + b"\x7f"), ("a negative length", whole[:10] + b"\x01"),
                            ("a long that never ends", whole[:10] + b"\xff" * 11), ("noise", whole[:10] + random.Random(2).randbytes(200))):
            yield Poison(name, topic, value, "BAD_AVRO")
        for name, tail in (("five bytes that claim 2 GiB", b"\xfe\xff\xff\xff\x0f"), ("five bytes that claim 1 GiB less than nothing", b"\xff\xff\xff\xff\x07"),
                           ("a number of 65 bits", b"\xff" * 9 + b"\x03"), ("nine bytes that claim 2^63 - 1", b"\xfe" + b"\xff" * 8 + b"\x01")):
            yield Poison(name, topic, whole[:10] + tail, "BAD_AVRO")
        raw = body[:-1] if body.endswith(b"\x00") else None        # attributes come last: an empty map
        need(raw is not None, "the schema does not end with attributes any more")
        for name, tail in (("symbol 5000 of 5", None), ("branch 7 of 2", None), ("a map of 2^62 entries", _varint(2 ** 62)), ("a map of -2^63 entries", _varint(-2 ** 63)),
                           ("a block that is shorter than it says", _varint(-1) + _varint(99) + b"\x02a\x02b\x00"), ("a map without an end", b"\x02\x02a\x02b")):
            if tail is None:                         # the version (null) comes after the id, the grade after the version
                at = 1 + len("good") + 1
                grade = b"\x02" + _varint(5000) if name.startswith("symbol") else _varint(7)
                yield Poison(name, topic, whole[:10] + body[:at] + grade + body[at + 1:], "BAD_AVRO")
            else:
                yield Poison(name, topic, whole[:10] + raw + tail, "BAD_AVRO")
        yield Poison("a decimal of 1 MB", topic, _spelled(kind, value=b"\x01" + b"\x00" * 999_999, currency="CNY"), "TOO_LARGE")
        yield Poison("a decimal of 40,000 bytes", topic, _spelled(kind, value=b"\x01" + b"\x00" * 39_999, currency="CNY"), "BAD_VALUE")
        yield Poison("a decimal of 40,000 ones", topic, _spelled(kind, value=b"\xff" * 40_000, currency="CNY"), "BAD_VALUE")
        yield Poison("at the broker's limit", topic, b"\xc3" * (1048588 - 150), "TOO_LARGE")
        for name, values in (("NUL in the id", {"id": "go\0d"}), ("NUL in a party", {"parties": ["a\0b"]}), ("NUL in a source", {"source": {"name": "a\0b", "url": ""}}),
                             ("NUL in an attribute", {"attributes": {"a": "\0"}})):
            if set(values) <= set(wire.datum(GOOD[kind])):
                yield Poison(name, topic, _spelled(kind, **values), "BAD_TEXT")
        yield Poison("NUL in an attribute's name", topic, _spelled(kind, attributes={"a\0": "b"}), "BAD_JSON")       # as in JSON, which has no such names
        yield Poison("64 KiB and a byte", topic, whole + b"\x00" * (65537 - len(whole)), "TOO_LARGE")
        yield Poison("much too large", topic, b"\xc3" * 700000, "TOO_LARGE")
        yield Poison("near a broker's limit", topic, b"\xc3" * 900000, "TOO_LARGE")
        for field, code in (("grade", "BAD_GRADE"), ("bound", "BAD_BOUND"), ("status", "BAD_STATUS")):
            yield Poison(f"unknown {field}", topic, _spelled(kind, **{field: "UNKNOWN"}), code)
        yield Poison("invalid UTF-8", topic, _spelled(kind, title="ZZZZZZ").replace(b"ZZZZZZ", b"\xc3\x28\xa0\xa1\xff\xfe"), "BAD_TEXT")
        yield Poison("a surrogate in UTF-8", topic, _spelled(kind, title="ZZZ").replace(b"ZZZ", b"\xed\xa0\x80"), "BAD_TEXT")
        yield Poison("NUL", topic, _spelled(kind, title="a\0b"), "BAD_TEXT")
        for name, value in (("10^17 minor units", (10 ** 17 * 100).to_bytes(9, "big")), ("less than nothing", b"\xff"), ("half a fen", b"\x32"),
                            ("a decimal of 40 bytes", b"\x01" + b"\x00" * 39)):
            yield Poison(name, topic, _spelled(kind, value=value, currency="CNY"), "BAD_VALUE")
        yield Poison("no key, no headers", topic, b"\xde\xad\xbe\xef", "BAD_FRAME", key=None, headers=[])
        yield Poison("a name twice", topic, b"\xde\xad\xbe\xef", "BAD_FRAME", headers=[("a", b"1"), ("a", b"2"), ("empty", b""), ("null", None)])
    yield Poison("unknown flow", "trade-events", _spelled("trade", flow="UNKNOWN"), "BAD_FLOW")
    yield Poison("unknown basis", "trade-events", _spelled("trade", basis="UNKNOWN"), "BAD_BASIS")
    yield Poison("unknown scope", "trade-events", _spelled("trade", scope="UNKNOWN"), "BAD_SCOPE")
    yield Poison("before 1970", "trade-events", _spelled("trade", occurred_at=-8 * 3600 * 1000 - 1), "BAD_TIME")
    yield Poison("the end of time", "trade-events", _spelled("trade", occurred_at=2 ** 63 - 1), "BAD_TIME|FUTURE")     # no such time: either is true
    yield Poison("before time", "trade-events", _spelled("trade", occurred_at=-2 ** 63), "BAD_TIME")
    yield Poison("later than anything else is wrong", "trade-events", _spelled("trade", province="XX", occurred_at=SENT + 3 * DAY_MS), "FUTURE")
    yield Poison("a day of -2^31", "agreements", _spelled("agreement", signed_on=-2 ** 31), "BAD_TIME")


def _future():
    """-> (poisons, records that are not): by the timestamp of the message alone, in days of China."""
    midnight = SENT_DAY * DAY_MS + 16 * 3600 * 1000 # of the clock's day to the next, in China
    moment = lambda ms: (dt.datetime(1970, 1, 1) + dt.timedelta(milliseconds=ms)).isoformat(timespec="milliseconds") + "Z"
    rows = [("trade", {"occurred_at": moment(midnight + DAY_MS)}, SENT, True), ("trade", {"occurred_at": moment(midnight + DAY_MS - 1)}, SENT, False),
            ("trade", {"occurred_at": moment(midnight + DAY_MS)}, midnight, False), ("trade", {"occurred_at": moment(midnight + DAY_MS)}, midnight - 1, True),
            ("trade", {"basis": "STATISTIC", "occurred_at": None, "period_start": "2024-01-01", "period_end": "2024-12-31"}, SENT, True),
            ("trade", {"basis": "STATISTIC", "occurred_at": None, "period_start": "2024-01-01", "period_end": "2024-02-01"}, SENT, False),
            ("agreement", {"signed_on": "2024-02-02"}, SENT, True), ("agreement", {"signed_on": "2024-02-01"}, SENT, False),
            ("agreement", {"signed_on": "2024-02-02", "status": "PLANNED"}, SENT, False), ("agreement", {"signed_on": "9999-12-31", "status": "TERMINATED"}, SENT, True)]
    late, fine = [], []
    for number, (kind, fields, timestamp, is_late) in enumerate(rows):
        r = {**GOOD[kind], "id": f"day-{number}", **fields}
        r = {k: v for k, v in r.items() if v is not None}
        value = wire.single_object(kind, wire.body(kind, wire.datum(r)))
        if is_late:
            late.append(Poison(f"future {number}", wire.TOPIC_OF[kind], value, "FUTURE", timestamp=timestamp))
        else:
            fine.append((json.dumps(r).encode(), wire.TOPIC_OF[kind], value, timestamp))
    return late, fine


def _text(headers, name):
    return next((v.decode() for k, v in headers if k == name and v is not None), None)


def every_refusal_is_set_aside(w):
    """Poison in every partition: each in the dead-letter topic once, whole, with its origin and its reason; the good ones count."""
    w.begin()
    late, fine = _future()
    poisons = list(_from_json()) + list(_of_avro()) + late
    never = {c for c, _, _ in records.REFUSALS} | {"BAD_FRAME", "BAD_SCHEMA", "BAD_AVRO", "FUTURE"}
    never -= {c for p in poisons for c in p.code.split("|")} | {"BAD_TYPE", "BAD_FIELD"}               # which only JSON can show
    need(not never, f"this test never shows {sorted(never)}")
    lines = list(records.records(41, 1000, refused_rate=0))
    good = [(line, *wire.message(line), int(time.time() * 1000)) for line in lines] + fine
    sends = [(p, p.topic, p.value, p.timestamp) for p in poisons] + good
    rng, at = random.Random(6), {}
    rng.shuffle(sends)
    client = confluent_kafka.Producer({"bootstrap.servers": w.kafka.address, "linger.ms": 5, "message.max.bytes": 2000000, "log_level": 3})

    def sent(bad, m, what):
        need(not bad, f"the test could not send: {bad}")
        at[m.topic(), m.partition(), m.offset()] = what
    for what, topic, value, timestamp in sends:
        more = {"key": what.key, "headers": what.headers} if isinstance(what, Poison) else {}
        client.produce(topic, value, partition=rng.randrange(4), timestamp=timestamp, on_delivery=lambda bad, m, what=what: sent(bad, m, what), **more)
        client.poll(0)
    need(client.flush(30) == 0, "the test could not send")
    first = w.aggregate_to_end()[0]
    want = judged([line for line, *_ in good])[0]
    w.totals_are(want)
    letters = [m for t in TOPICS for m in w.kafka.messages(t + ".dlq")]
    _letters_are(letters, at, poisons)
    w.note(f"{len(poisons)} poisons of {len({p.code for p in poisons})} refusals")
    # A replay on an empty Redis decides the same: once more, each.
    w.store.client.flushall()
    w.aggregate_to_end()
    w.totals_are(want)
    letters = [m for t in TOPICS for m in w.kafka.messages(t + ".dlq")]
    need(len(letters) in (len(poisons), 2 * len(poisons)), f"after a replay {len(letters)} dead letters of {len(poisons)} poisons")


def _letters_are(letters, at, poisons):
    seen, wrong = collections.Counter(), []
    for m in letters:
        headers = m.headers() or []
        origin = tuple(_text(headers, f"__connect.errors.{n}") for n in ("topic", "partition", "offset"))
        if None in origin:
            raise Failed(f"a dead letter without its origin: {headers}")
        what = at.get((origin[0], int(origin[1]), int(origin[2])))
        if not isinstance(what, Poison):
            wrong.append(f"{origin} is good: {headers}")
            continue
        seen[what.name, what.topic] += 1
        told = _text(headers, "__connect.errors.exception.class.name")
        if told not in what.code.split("|"):
            wrong.append(f"'{what.name}' in {what.topic} is {what.code}, told as {told}")
        value = what.value
        if value and len(value) > WHOLE:             # its headers would no longer fit; the rest is where it came from
            need(len(m.value()) >= WHOLE, f"'{what.name}' is cut to {len(m.value())} bytes")
            need(_text(headers, "__connect.errors.value.length") == str(len(value)), f"'{what.name}' does not say that it was cut")
            value = value[:len(m.value())]
        if (m.topic(), m.key(), m.value()) != (what.topic + ".dlq", what.key, value):
            wrong.append(f"'{what.name}': topic, key or value differ")
        if [h for h in headers if not h[0].startswith("__connect.errors.")] != what.headers:
            wrong.append(f"'{what.name}': headers {headers} instead of {what.headers}")
    for p in poisons:
        if seen[p.name, p.topic] != 1:
            wrong.append(f"'{p.name}' in {p.topic} ({p.code}) has {seen[p.name, p.topic]} dead letters")
    need(not wrong, f"{len(wrong)} wrong: {'; '.join(wrong[:4])}")


def poison_under_kill_9(w):
    """Killed while it sets aside: no dead letter is missing (one may come twice), and the good ones count once."""
    w.begin()
    lines = list(records.records(42, 4000, refused_rate=0))
    want = judged(lines)[0]
    client = confluent_kafka.Producer({"bootstrap.servers": w.kafka.address, "linger.ms": 5, "log_level": 3})
    a, poisons = w.aggregate("a"), 0
    for number, line in enumerate(lines):
        topic, value = wire.message(line)
        client.produce(topic, value, key=oracle.kafka_key(oracle.read(line.decode())).encode())
        if number % 4 == 0:
            client.produce(topic, b"poison %d" % number, key=b"k")
            poisons += 1
        if number % 500 == 499:
            client.flush(10)
            time.sleep(w.rng.uniform(0.2, 0.8))
            a.kill()
            a = w.aggregate("a")
    need(client.flush(10) == 0, "the test could not send")
    w.totals_become(want)
    a.terminate()
    w.aggregate_to_end()
    w.totals_are(want)
    letters = collections.Counter(m.value() for t in TOPICS for m in w.kafka.messages(t + ".dlq"))
    need(len(letters) == poisons, f"{len(letters)} of {poisons} poisons are in the dead-letter topics")
    w.note(f"{sum(letters.values()) - poisons} of {poisons} dead letters came twice")
