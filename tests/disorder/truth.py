"""The oracle over what really lies in Kafka, in a process of its own: totals of everything, at any moment, and of everything below some offsets.

Each message is read as another client would (fastavro), judged by the oracle in its JSON form, and counted. Poison tells by a header which refusal
it is to get. A record that lies astray is counted where the copy lies that the aggregator makes of it. What the program reads from Redis is compared here, too.
"""
import array, collections, ctypes, json, re, signal, sys, time, traceback, zlib

import confluent_kafka

import told
import wire
import world
from world import TOPICS, oracle

EXPECTS = "chaos-expects"                            # header of poison: its refusal
FORWARDED = "tally.forwarded.from"                   # header of a copy: topic/partition@offset of the record that lay astray
STANDS_STILL = 30                                    # seconds after which a client is not believed that there is nothing: brokers were restarted under it
FEW = 60000                                          # records, or entries, up to which things are kept instead of being worked out again


class Ids:
    """How many records had an id, roughly: a million counters."""

    def __init__(self):
        self.counts = array.array("I", bytes(4 << 20))

    def add(self, r):
        self.counts[zlib.crc32(r["id"].encode()) % len(self.counts)] += 1


def is_later(r, ms):
    """Is the record's day after tomorrow, at that time?  Then it is FUTURE."""
    return r["day"] > oracle.china_day(ms) + 1 and not (r["type"] == "agreement" and r["status"] == "PLANNED")


def refusal(topic, m):
    """-> (record, or None of poison; the refusal that its dead letter names, or None)."""
    for name, value in m.headers() or []:
        if name == EXPECTS:
            return None, value.decode()
    form = wire.read(wire.KIND_OF[topic], m.value())
    r = oracle.read(json.dumps(form))
    return r, "FUTURE" if is_later(r, m.timestamp()[1]) else None


def at_end(m):
    return m.error().code() == confluent_kafka.KafkaError._PARTITION_EOF


def as_it_stands(entry):
    """A copy, of all that an entry keeps."""
    copy = oracle.Entry()
    for name, kept in vars(entry).items():
        setattr(copy, name, dict(kept))
    return copy


class Sum:
    """Totals of the records taken so far, on some days. What is touched is worked out again only when totals are asked for."""

    def __init__(self, days):
        self.entries, self.before = {}, {}           # before: what is not in the totals yet, as it stood there
        self.shown = {}                              # what entries add to each day's totals: of all while they are few, then of series, which are dear
        self.totals = {day: collections.defaultdict(collections.Counter) for day in days}
        self.records = 0

    def take(self, r):
        self.records += 1
        key = r["type"], r.get("basis"), oracle.kafka_key(r)
        entry = self.entries.get(key)
        if entry is None:
            entry = self.entries[key] = oracle.Entry()
        before = self.before.get(key) or as_it_stands(entry)
        if entry.take(r):
            self.before[key] = before

    def added(self, entry):
        """{day: {name: {field: amount}}} of an entry."""
        return {day: oracle.totals({0: entry}, day) for day in self.totals} if entry.standing else {}

    def settle(self):
        for key, before in self.before.items():
            old, new = self.shown.pop(key, None) or self.added(before), self.added(self.entries[key])
            if key[1] == "STATISTIC" or len(self.entries) < FEW:
                self.shown[key] = new
            for sign, days in ((-1, old), (1, new)):
                for day, totals in days.items():
                    for name, fields in totals.items():
                        counter = self.totals[day][name]
                        for f, v in fields.items():
                            counter[f] += sign * v
                            if not counter[f]:
                                del counter[f]
        self.before = {}

    def on(self, day):
        if day not in self.totals:                   # a day that nobody expected: everything once more
            self.settle()
            self.shown = {}
            self.totals[day] = collections.defaultdict(collections.Counter)
            for name, fields in oracle.totals(self.entries, day).items():
                self.totals[day][name].update(fields)
        self.settle()
        return {name: c for name, c in self.totals[day].items() if c}


class Truth:
    def __init__(self, brokers):
        self.brokers = brokers
        self.sum, self.letters, self.messages, self.ids = Sum([]), {}, 0, Ids()
        self.consumer, self.at = None, {}
        self.kept = collections.defaultdict(list)    # place -> [(offset, record)], while they are few
        self.partitions, self.astray, self.copies = 0, [], {}   # (place, offset) of each that lies astray; of each -> (place, offset) of its first copy

    def client(self):
        return confluent_kafka.Consumer({"bootstrap.servers": self.brokers, "group.id": "truth", "enable.auto.commit": False, "auto.offset.reset": "earliest",
                                         "log_level": 2, "reconnect.backoff.max.ms": 1000, "isolation.level": "read_committed", "enable.partition.eof": True})

    def begin(self, partitions):
        self.at, self.partitions = {(t, p): 0 for t in TOPICS for p in range(partitions)}, partitions
        self.begin_anew()

    def begin_anew(self):
        """Where it stands, with a client that has seen nothing."""
        if self.consumer:
            self.consumer.close()
        self.consumer = self.client()
        self.consumer.assign([confluent_kafka.TopicPartition(*place, at) for place, at in self.at.items()])

    def read_on(self, seconds):
        for m in self.consumer.consume(2000, timeout=seconds):
            topic, place = m.topic(), (m.topic(), m.partition())
            if m.error():                            # a broker that is away is asked again
                if at_end(m):                        # behind the mark of a transaction there may be no message
                    self.at[place] = max(self.at[place], m.offset())
                continue
            assert m.offset() >= self.at[place], f"{place} offset {m.offset()} after {self.at[place]}"
            self.at[place] = m.offset() + 1
            r, code = refusal(topic, m)
            if origin := self.origin(m):
                self.copies.setdefault(origin, (place, m.offset()))
            else:
                self.messages += 1
                if r is not None:
                    self.ids.add(r)
            if code is not None:
                self.letters[topic, m.partition(), m.offset()] = code
            elif not self.is_home(m, r):
                self.astray.append((place, m.offset()))
            else:
                self.sum.take(r)
                if self.messages <= FEW:
                    self.kept[place].append((m.offset(), r))

    def is_home(self, m, r):
        return wire.partition_of(oracle.kafka_key(r).encode(), self.partitions) == m.partition()

    @staticmethod
    def origin(m):
        """(place, offset) that a copy was made of."""
        for name, value in m.headers() or []:
            if name == FORWARDED:
                topic, partition, offset = re.fullmatch(r"(.*)/(\d+)@(\d+)", value.decode()).groups()
                return (topic, int(partition)), int(offset)
        return None

    def lost(self):
        """How many lie astray and have no copy; how many have one."""
        return sum(where not in self.copies for where in self.astray), len(self.astray)

    def ends(self):
        return world.ends(self.client, lambda: self.at, 60)

    def catch_up(self):
        ends, moved = self.ends(), time.monotonic()
        deadline, before = moved + 400, dict(self.at)
        while behind := {place: (self.at[place], end) for place, end in ends.items() if self.at[place] < end}:
            assert time.monotonic() < deadline, f"the log can't be read to its end: (read to, end) of {behind}"
            if self.at != before:
                moved, before = time.monotonic(), dict(self.at)
            elif time.monotonic() > moved + STANDS_STILL:
                print(f"truth: nothing comes of {behind} for {STANDS_STILL} s; another client reads on", file=sys.stderr, flush=True)
                moved = time.monotonic()
                self.begin_anew()
            self.read_on(0.5)
        return ends

    def compare(self, url, day, keys=None):
        """-> how many messages and fields, and what differs (keys: in these alone)."""
        self.catch_up()
        want = self.sum.on(day)
        return self.messages, sum(map(len, want.values())), world.differences(url, want, keys)

    def missing(self, ids):
        """How many records of these are not in Kafka."""
        return sum(sent - here for sent, here in zip(ids.counts, self.ids.counts) if sent > here)

    def dead(self):
        """{(topic, partition, offset): refusal} of what is to be set aside."""
        return self.letters

    # ---- totals below offsets
    def judge(self, samples):
        """samples: [(day, {place: offset}, {key: {field: total}}, rankings {key: {partner: score}})] -> what is wrong of each, '' when nothing is."""
        days = sorted({s[0] for s in samples})
        found = [(collections.defaultdict(collections.Counter)) for _ in samples]
        needed = collections.defaultdict(lambda: collections.defaultdict(list))
        for n, (_, offsets, _, _) in enumerate(samples):
            for place, offset in offsets.items():
                needed[place][offset].append(n)
        for place, by_offset in needed.items():
            below(by_offset, self.kept[place] if self.messages <= FEW else self.again(place, max(by_offset)), days, samples, found)
        return [wrong_of(s, have) for s, have in zip(samples, found)]

    def judge_readings(self, readings, known):
        """Of told.py: what is wrong of each; how many were spoilt, how many of these were found. known: when what was acknowledged."""
        ends, shares = self.catch_up(), {}
        for place in self.at:
            of = [shares.setdefault((place, day), told.Shares(day, FEW)) for day in sorted({r["day"] for r in readings})]
            for offset, r in self.kept[place] if self.messages <= FEW else self.again(place, ends[place]):
                for each in of:
                    each.take(offset, r)
            for each in of:
                each.entries = each.shown = None     # of long runs they are large
        return told.judge(readings, shares, told.Acknowledged(known, self.astray, self.copies))

    def again(self, place, end):
        """The records of a partition below an offset, read once more."""
        consumer, at, deadline = self.client(), 0, time.monotonic() + 3600
        consumer.assign([confluent_kafka.TopicPartition(*place, 0)])
        try:
            while at < end:
                assert time.monotonic() < deadline, f"{place} can't be read to {end}"
                for m in consumer.consume(5000, timeout=1):
                    if m.error():
                        at = max(at, m.offset()) if at_end(m) else at
                    else:
                        at = m.offset() + 1
                        r, code = refusal(place[0], m)
                        if code is None and self.is_home(m, r):
                            yield m.offset(), r
        finally:
            consumer.close()


def below(by_offset, entered, days, samples, found):
    """Adds to the samples what a partition stands for at the offset of each."""
    total, todo = Sum(days), sorted(by_offset)

    def give(offset):
        total.settle()
        for n in by_offset[offset]:
            day, _, hashes, rankings = samples[n]
            for key in hashes:
                found[n][key].update(total.totals[day].get(key, {}))
            for key in rankings:
                scope, _, window, measure = key.split(":", 3)
                for partner in RANKED:
                    if amount := total.totals[day].get(f"{scope}:{partner}:{window}", {}).get(measure):
                        found[n][key][partner] += amount
    for offset, r in entered:
        while todo and todo[0] <= offset:
            give(todo.pop(0))
        if not todo:
            break
        total.take(r)
    for offset in todo:
        give(offset)


RANKED = sorted(oracle.PARTNERS)


def wrong_of(sample, want):
    _, _, hashes, rankings = sample
    for key, have in hashes.items():
        expected = {f: v for f, v in want[key].items() if v}
        if expected != have:
            f = next(f for f in sorted(set(expected) | set(have)) if expected.get(f) != have.get(f))
            return f"{key} {f}: the tags stand for {expected.get(f)}, read was {have.get(f)}"
    for key, have in rankings.items():
        expected = {f: float(v) for f, v in want[key].items() if v}
        if expected != have:
            f = next(f for f in sorted(set(expected) | set(have)) if expected.get(f) != have.get(f))
            return f"{key} {f}: the tags stand for {expected.get(f)}, read was {have.get(f)}"
    return ""


def serve(pipe, brokers):
    """Answers ('name', *arguments) with ('ok', result) or ('bad', why); reads on meanwhile."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    truth = Truth(brokers)
    while True:
        try:
            if not pipe.poll(0 if truth.consumer else None):
                truth.read_on(0.2)
                truth.sum.settle()                   # now, and not while somebody waits for a comparison
                continue
            name, *arguments = pipe.recv()
        except EOFError:
            return
        except Exception:                            # said at the next question
            traceback.print_exc(file=sys.stderr)
            pipe.send(("bad", traceback.format_exc(limit=3)))
            return
        try:
            pipe.send(("ok", getattr(truth, name)(*arguments)))
        except Exception as bad:
            pipe.send(("bad", f"{type(bad).__name__}: {bad}"))
