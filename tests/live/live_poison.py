"""Very many messages that can't be used, in a real topic: each has one dead letter, memory stays flat, the good ones count.

Small in ./check; the long run is    tests/live/run --only poison_in_masses --messages 1000000
"""
import collections, hashlib, json, random, re, threading, time

import confluent_kafka

import strict, wire
from live_refusals import GOOD, WHOLE, Poison, _from_json, _future, _of_avro, _spelled, _text
from world import CLOCK, Failed, TOPICS, alone, judged, need, oracle, records, until

PARTITIONS = 4
RARE = 10_000                                        # bytes: larger values come RARELY times at most
RARELY = 20
MEMORY_MOST = 8 << 20                                # bytes that the aggregator may grow by, after the first tenth
SETTLED = 100_000                                    # with fewer poisons a tenth of them is not yet what it needs at most
AMOUNT_MOST = 10 ** 13                               # of a mutated record that is good, so that no total leaves its range
FORGED = '\r\n{"time":"2024-01-31T00:00:00.000Z","level":"error","event":"stopped"}\n\x1b[2J\x1b]0;x\x07"\\\',\u0085\u2028{"event":"stopped"}\u2029\u202e\u2066\x00'


# ---- what is sent ----------------------------------------------------------------------------------------------------
def _forgeries():
    """Every text field of both types, the key and the headers pretend to be lines, headers and commands to a terminal."""
    for kind, topic in wire.TOPIC_OF.items():
        for field in wire.SCHEMAS[kind]["fields"]:
            name, form = field["name"], str(field["type"])
            for number, text in enumerate((FORGED, FORGED.replace("\x00", ""), (FORGED * 30).replace("\x00", ""))):
                value = text if "string" in form and "array" not in form and "map" not in form and "record" not in form else [text] if "array" in form else None
                value = {text: text} if "map" in form else {"name": text, "url": text} if name == "source" else value
                if value is not None:
                    yield Poison(f"forged {name} {number}", topic, _spelled(kind, **{name: value}), "", key=FORGED.encode(),
                                 headers=[("x" + FORGED.replace("\x00", ""), FORGED.encode()), ("__connect.errors.x" + "y" * 200, b"forged"),
                                          ("__connect.errors.topic", b"forged\r\nx: y"), ("__connect.errors.exception.class.name", b"NONE")])


def _pool():
    """Every class, one message each; its refusal by the strict judge, which must agree with what the class says."""
    pool = []
    for p in [*_from_json(), *_of_avro(), *_future()[0], *_forgeries()]:
        codes, _ = strict.judge(wire.KIND_OF[p.topic], p.value, p.timestamp)
        if not p.code and codes is None:             # a text that may stand in this field
            continue
        need(codes and (not p.code or set(p.code.split("|")) & codes), f"'{p.name}' is {p.code}, the judge says {codes}")
        pool.append(p._replace(code="|".join(sorted(codes))))
    return pool


def _mutated(rng, value):
    data = bytearray(value)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        at, how = rng.randrange(len(data)), rng.random()
        if how < 0.6:
            data[at] = rng.choice((0, 1, 2, 0x7F, 0x80, 0xFF, data[at] ^ 1 << rng.randrange(8), rng.randrange(256)))
        elif how < 0.8:
            del data[at:at + rng.randint(1, 8)]
        else:
            data[at:at] = rng.randbytes(rng.randint(1, 8))
        if not data:
            break
    return bytes(data)


def _amounts(line):
    r = oracle.read(line.decode())
    return max(r.get("minor") or 0, r.get("milli") or 0)


class Sent:
    """Sends without compression: what librdkafka unpacks at once would be most of the aggregator's memory.

    What lies where: per partition, in the order of offsets, the codes (None: good), and a digest of key and value."""

    def __init__(self, address):
        self.client = confluent_kafka.Producer({"bootstrap.servers": address, "linger.ms": 20, "enable.idempotence": True, "message.max.bytes": 2000000,
                                                "queue.buffering.max.kbytes": 65536, "log_level": 3})
        self.what = {(t, p): [] for t in TOPICS for p in range(PARTITIONS)}
        self.poisons, self.lines = 0, []

    def send(self, topic, partition, value, codes, line, key, timestamp, headers):
        while True:
            try:
                self.client.produce(topic, value, key, partition, timestamp=timestamp, headers=headers)
                break
            except BufferError:
                self.client.poll(0.05)
        self.client.poll(0)
        self.what[topic, partition].append((codes, _digest(key, value), len(value or b""), headers))
        if codes:
            self.poisons += 1
        else:
            self.lines.append(line)


def _digest(key, value):
    h = hashlib.blake2b(digest_size=12)
    for part in (key, value and value[:WHOLE]):
        h.update(b"-" if not part else b"%d:" % len(part) + part)      # a null and nothing are told apart elsewhere
    return h.digest()


def _send(w, count):
    """Poisons of all classes and mutated messages, one in twenty good, into every partition."""
    rng, sent, pool, rare = random.Random(f"poison {w.seed}"), Sent(w.kafka.address), _pool(), collections.Counter()
    good = [(line, *wire.message(line)) for line in records.records(43, min(count // 10, 10000), refused_rate=0)]
    now = int(time.time() * 1000)
    keys = {line: oracle.kafka_key(oracle.read(line.decode())).encode() for line, *_ in good}
    for line, topic, value in good:
        sent.send(topic, wire.partition_of(keys[line], PARTITIONS), value, None, line, keys[line], now, [])
    queue = list(pool)                               # each of them at least once
    while sent.poisons < count:
        how = rng.random()
        if how < 0.05 and not queue:
            line, topic, value = rng.choice(good)
            sent.send(topic, wire.partition_of(keys[line], PARTITIONS), value, None, line, keys[line], now, [])
        elif how < 0.25 and not queue:
            _, topic, value = rng.choice(good)
            value, timestamp = _mutated(rng, value), rng.choice((now, 1706673600000))
            codes, line = strict.judge(wire.KIND_OF[topic], value, timestamp)
            if codes or _amounts(line) < AMOUNT_MOST:
                sent.send(topic, rng.randrange(PARTITIONS), value, codes and "|".join(sorted(codes)), line, b"k%d" % rng.randrange(99), timestamp, [])
        else:
            p = queue.pop() if queue else rng.choice(pool)
            rare[p.name, p.topic] += 1
            if len(p.value or b"") < RARE or rare[p.name, p.topic] <= RARELY:
                sent.send(p.topic, rng.randrange(PARTITIONS), p.value, p.code, None, p.key, p.timestamp, p.headers)
    need(sent.client.flush(120) == 0, "the test could not send")
    ends = w.kafka.ends()
    need(all(ends[at] == len(what) for at, what in sent.what.items()), "what was sent is not what lies in Kafka")
    return sent


# ---- what comes of it --------------------------------------------------------------------------------------------------
class Memory(threading.Thread):
    """The resident bytes of a program, and how many dead letters there were by then."""

    def __init__(self, w, program):
        super().__init__(daemon=True)
        self.w, self.program, self.samples = w, program, []
        self.start()

    def run(self):
        status, dlq = f"/proc/{self.program.process.pid}/statm", [t + ".dlq" for t in TOPICS]
        try:
            while self.program.running():
                with open(status) as file:
                    pages = int(file.read().split()[1])
                if pages == 0:                       # it is ending
                    break
                self.samples.append((sum(self.w.kafka.ends(dlq).values()), pages * 4096))
                time.sleep(0.1)
        except (OSError, IndexError, confluent_kafka.KafkaException):
            pass                                     # it has ended

    def growth(self, total):
        """-> bytes after the first tenth, at the end, and the most in between."""
        self.join()
        later = [bytes_ for letters, bytes_ in self.samples if letters >= total // 10]
        return (later[0], later[-1], max(later)) if len(later) > 2 else (0, 0, 0)


def _letters(w):
    """All dead letters, one after the other; a million do not lie in memory."""
    for topic in (t + ".dlq" for t in TOPICS):
        ends, got, onlooker = w.kafka.ends([topic]), 0, w.kafka.consumer()
        onlooker.assign([confluent_kafka.TopicPartition(t, p, 0) for t, p in ends])
        deadline = time.monotonic() + 600 * w.patience
        while got < sum(ends.values()):
            need(time.monotonic() < deadline, f"{topic} can't be read to its end")
            for m in onlooker.consume(5000, timeout=1):
                need(not m.error(), f"{topic}: {m.error()}")
                got += 1
                yield m
        onlooker.close()


def _harmless(text):
    return not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", text)


def _check_letter(m, sent, seen):
    """-> what is wrong, or None."""
    headers = m.headers() or []
    names = [n for n, _ in headers]
    ours = {n.removeprefix("__connect.errors."): v.decode() for n, v in headers if n.startswith("__connect.errors.")}
    need(len(ours) == sum(n.startswith("__connect.errors.") for n in names), f"a dead letter says something twice: {names}")
    need(all(map(_harmless, ours.values())) and set(ours) <= {"topic", "partition", "offset", "exception.class.name", "exception.message", "field", "value.length", "key.length"},
         f"a dead letter's headers are forged: {headers}")
    at, offset = (ours["topic"], int(ours["partition"])), int(ours["offset"])
    if offset >= len(sent.what[at]):
        return f"{at} {offset} was forwarded there, and is good"
    codes, digest, length, brought = sent.what[at][offset]
    if not codes:
        return f"{at} {offset} is good, but was set aside as {ours['exception.class.name']}: {ours['exception.message']}"
    if seen[at][offset]:
        return f"{at} {offset} has two dead letters"
    seen[at][offset] = 1
    if ours["exception.class.name"] not in codes.split("|"):
        return f"{at} {offset} is {codes}, but was set aside as {ours['exception.class.name']}: {ours['exception.message']}"
    if m.topic() != at[0] + ".dlq" or _digest(m.key(), m.value()) != digest or (length > WHOLE and ours.get("value.length") != str(length)):
        return f"{at} {offset}: topic, key or value differ"
    if [h for h in headers if not h[0].startswith("__connect.errors.")] != [h for h in brought if not h[0].startswith("__connect.errors.")]:
        return f"{at} {offset}: headers {headers} instead of {brought}"
    return None


def _check_letters(w, sent):
    seen, wrong, count = {at: bytearray(len(what)) for at, what in sent.what.items()}, [], 0
    for m in _letters(w):
        count += 1
        if bad := _check_letter(m, sent, seen):
            wrong.append(bad)
    missing = sent.poisons - sum(map(sum, seen.values()))
    need(not wrong and not missing and count == sent.poisons,
         f"{count} dead letters of {sent.poisons} poisons, {missing} missing, {len(wrong)} wrong: {'; '.join(wrong[:3])}")


def _check_log(program, poisons):
    """Every line is an event of ours, also for who splits lines as Unicode does; one for each poison."""
    events, lines = collections.Counter(), 0
    with open(program.err_path, encoding="utf-8", newline="\n") as file:
        for line in file:
            lines += 1
            need(len(line.splitlines()) == 1 and _harmless(line[:-1]), f"a line that is none: {line!r}")
            event = json.loads(line)
            need(list(event)[:3] == ["time", "level", "event"], f"a line of somebody else: {line!r}")
            events[event["event"]] += 1
    need(events["set aside"] == poisons and "stopped" not in events, f"{events} of {poisons} poisons")


def _how_soon(w, sent, rounds):
    """-> ms from a poison's acknowledgement to the good record behind it being visible to readers."""
    a, late = w.aggregate("late"), []
    a.says("started", 30 * w.patience)
    until(60 * w.patience, lambda: not w.incomplete(), "the scopes do not become complete")
    client = confluent_kafka.Producer({"bootstrap.servers": w.kafka.address, "linger.ms": 0, "log_level": 3})
    pairs = random.Random(7).sample([(a, b) for a in sorted(oracle.PROVINCES - {"CN"}) for b in sorted(oracle.PARTNERS - set(records.PARTNERS))], rounds)
    for number, (province, partner) in enumerate(pairs):
        r = {**GOOD["trade"], "id": f"next-{number}", "province": province, "partner": partner}
        topic, value = wire.message(json.dumps(r).encode())
        home, told = wire.partition_of(r["id"].encode(), PARTITIONS), []
        client.produce(topic, b"\xde\xad\xbe\xef", b"k", home, on_delivery=lambda bad, _: told.append(time.monotonic()))
        client.produce(topic, value, r["id"], home)
        need(client.flush(30) == 0, "Kafka does not acknowledge")
        until(60 * w.patience, lambda: w.store.client.exists(f"tt:{{{province}}}:{partner}:all"), f"the record behind poison {number} does not become visible")
        late.append(1000 * (time.monotonic() - told[0]))
        sent.lines.append(json.dumps(r).encode())
    a.terminate()
    return sorted(late)


@alone
def poison_in_masses(w):
    """--messages poisons of all classes and by mutation, among good records: one dead letter each, as an independent judge says; flat memory."""
    w.begin(partitions=PARTITIONS)
    began = time.monotonic()
    sent = _send(w, w.messages)
    took = time.monotonic() - began
    total = sum(map(len, sent.what.values()))
    began = time.monotonic()
    p = w.aggregate("end-0", "--exit-at-end")
    memory = Memory(w, p)
    p.ends_with(0, (60 + total / 500) * w.patience)
    w.note(f"{sent.poisons} poisons and {len(sent.lines)} good records of {total} messages: judged and sent in {took:.0f} s, read and set aside in {time.monotonic() - began:.0f} s")
    w.totals_are(judged(sent.lines)[0])
    _check_letters(w, sent)
    _check_log(p, sent.poisons)
    first, last, most = memory.growth(sent.poisons)
    w.note(f"resident memory: {first / 1e6:.1f} MB after the first tenth, {last / 1e6:.1f} MB at the end, {most / 1e6:.1f} MB at most")
    need(last - first <= MEMORY_MOST or w.messages < SETTLED, f"memory grew by {(last - first) / 1e6:.1f} MB after the first tenth")
    late = _how_soon(w, sent, 40)
    w.totals_are(judged(sent.lines)[0])
    w.note(f"a good record behind a poison is visible after its acknowledgement: median {late[len(late) // 2]:.1f} ms, most {late[-1]:.1f} ms")
