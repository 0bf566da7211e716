"""What readers are told of a total: `complete` and `through`, while Redis is emptied, Kafka holds records back, strangers take them, or nobody counts."""
import json, math, signal, struct, threading, time

import confluent_kafka
from confluent_kafka import admin
import redis

import wire
from world import SCOPES, TOPICS, judged, mixed, need, until

HOUR = 3600_000


def _now():
    return math.ceil(time.time() * 1000)


def _trades(first, count, pair=(b"CN-LN", b"RU")):
    """Small transactions of one pair, each one event."""
    return [b'{"type":"trade","id":"t%d","basis":"TRANSACTION","province":"%s","partner":"%s","flow":"EXPORT","value":"1.00","currency":"USD",'
            b'"occurred_at":"2024-01-15T00:00:00Z"}' % (n, *pair) for n in range(first, first + count)]


class _Reader:
    """Asks every few ms for asof and the events of one pair, in one MULTI, and keeps what it is told."""

    def __init__(self, w, scope="CN-LN", partner="RU"):
        self.url, self.scope, self.partner = w.store.url, scope, partner
        self.told, self.over = [], threading.Event() # (asked at, heard at, complete, through or None, events)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        until(10, lambda: self.told, "the reader does not read")

    def run(self):
        client = redis.Redis.from_url(self.url, decode_responses=True)
        while not self.over.wait(0.003):
            pipe, asked = client.pipeline(transaction=True), _now()
            pipe.hmget(f"tt:{{{self.scope}}}:asof", "complete", "through").hget(f"tt:{{{self.scope}}}:{self.partner}:all", "deals.export.events")
            (complete, through), events = pipe.execute()
            self.told.append((asked, _now(), complete == "1", through and int(through), int(events or 0)))

    def end(self):
        """-> what it was told; wherever that was complete, `through` was there and not later than the moment."""
        self.over.set()
        self.thread.join(10)
        bad = [t for t in self.told if t[2] and not (t[3] and t[3] <= t[1])]
        need(not bad, f"{self.scope} is complete, and through is {bad and bad[0][3]} at {bad and bad[0][1]}, {len(bad)} times of {len(self.told)}")
        return self.told

    def first(self, holds):
        """The ms at which it first was told something."""
        return next((t[1] for t in self.told if holds(t)), None)


def _asof(w, scope="ALL"):
    return w.store.client.hgetall(f"tt:{{{scope}}}:asof")


def _through(w, scope="ALL"):
    return int(_asof(w, scope).get("through", 0))


def _complete(w, seconds=60):
    until(seconds * w.patience, lambda: not w.incomplete(), lambda: f"not complete: {w.incomplete()[:5]}")


def _goes_on(w, seconds=20):
    """`through` of every scope passes this moment."""
    now = _now()
    until(seconds * w.patience, lambda: min(_through(w, s) for s in SCOPES) > now, lambda: f"through stands still: {_asof(w)}")


def _says(p, seconds, **wanted):
    """A line "not counted yet" on its stderr with these values."""
    def found():
        lines = [json.loads(line) for line in p.err.splitlines() if '"not counted yet"' in line]
        return [line for line in lines if all(str(v) in str(line.get(k)) for k, v in wanted.items())]
    return until(seconds, found, lambda: f"{p.name} never said that something is not counted yet with {wanted}; {p.last_words()}")[0]


# ---- the whole log ------------------------------------------------------------------------------------------------------
MANY = 150_000


def complete_is_all_of_the_log(w):
    """FLUSHALL under an aggregator, then an empty Redis with 150,000 records waiting: whoever is told complete is told of all that was in the log by then."""
    w.begin()
    w.ingest(_trades(0, MANY)).ends_with(0, 120 * w.patience)
    a = w.aggregate("a")
    _complete(w, 120)
    need(w.store.client.hget("tt:{CN-LN}:RU:all", "deals.export.events") == str(MANY), "complete, and not all is counted")
    for turn in range(3):
        readers = [_Reader(w), _Reader(w, "ALL", "RU")]
        w.store.client.flushall()
        emptied = _now()
        w.ingest(_trades(MANY + 1000 * turn, 1000)).ends_with(0, 60 * w.patience)
        until(120 * w.patience, lambda: all(r.first(lambda t: t[0] > emptied and t[2]) for r in readers), "never complete again")
        _goes_on(w)
        _are_right(w, readers, emptied, MANY + 1000 * turn, "FLUSHALL")
    a.terminate()
    w.new_redis()
    readers, emptied = [_Reader(w), _Reader(w, "ALL", "RU")], _now()
    b = w.aggregate("b", group=f"{w.group}-2")
    until(120 * w.patience, lambda: all(r.first(lambda t: t[2]) for r in readers), "never complete")
    _are_right(w, readers, emptied, MANY + 3000, "the start")
    b.terminate()


def _are_right(w, readers, emptied, least, since):
    for r in readers:
        less = [t for t in r.end() if t[0] > emptied and t[2] and t[4] < least]
        need(not less, f"{r.scope} was told complete with {less and less[0][4]} of {least} records, {len(less)} times of {len(r.told)}")
    took = max(r.first(lambda t: t[0] > emptied and t[2]) for r in readers) - emptied
    w.note(f"complete {took / 1000:.1f} s after {since}, {least} records; {sum(len(r.told) for r in readers)} readings")


def a_short_absence(w):
    """All aggregators are away: complete stays 1 and through stands still; after a start it moves on, and complete never fell."""
    w.begin()
    w.ingest(_trades(0, 500)).ends_with(0, 60)
    a = w.aggregate("a")
    _complete(w)
    _goes_on(w)
    a.terminate()
    stood = {s: _through(w, s) for s in SCOPES}
    readers = [_Reader(w), _Reader(w, "ALL", "RU"), _Reader(w, "CN-XZ", "RU")]
    w.ingest(_trades(500, 500)).ends_with(0, 60)
    time.sleep(4)
    need(stood == {s: _through(w, s) for s in SCOPES}, "through moved, and nobody counts")
    until(20, lambda: w.lookup("--max-age=3", "totals", "CN-LN", "RU").wait(10) == 3, "an old total is called fresh")
    w.aggregate("a")
    _goes_on(w, 60)
    until(20 * w.patience, lambda: w.lookup("--max-age=5", "totals", "CN-LN", "RU").wait(10) == 0, "it is still called old")
    for r in readers:
        fell = [t for t in r.end() if not t[2]]
        need(not fell, f"{r.scope} was not complete {len(fell)} times of {len(r.told)}")
    need(readers[0].told[-1][4] == 1000, "not all is counted")


# ---- what is held back ------------------------------------------------------------------------------------------------------
def _producer(w, name):
    p = confluent_kafka.Producer({"bootstrap.servers": w.kafka.address, "transactional.id": name, "transaction.timeout.ms": 300000, "log_level": 3})
    p.init_transactions(30)
    return p


def _begin_transaction(w, producer, lines):
    """-> when it was acknowledged."""
    producer.begin_transaction()
    for line in lines:
        topic, value = wire.message(line)
        producer.produce(topic, value, key=json.loads(line)["id"], partition=0)
    need(producer.flush(30) == 0, "the transaction's records were not taken")
    return _now()


def an_open_transaction(w):
    """Records behind a transaction of somebody's that is open: through stands before them, the log says why, --exit-at-end waits; then all is counted."""
    w.begin(partitions=1)
    lines, hidden, aborted = _trades(0, 200), _trades(1000, 3), _trades(2000, 3)
    w.ingest(lines[:100]).ends_with(0, 60)
    a = w.aggregate("a")
    _complete(w)
    _goes_on(w)
    producer = _producer(w, f"{w.group}-somebody")
    begun = _begin_transaction(w, producer, hidden)
    w.ingest(lines[100:150]).ends_with(0, 60)
    said = _says(a, 40 * w.patience, reason="transaction", partition="trade-events/0")
    need(said["records"] == 53, f"53 records are not counted: {said}")
    need(not w.incomplete(), "it is not complete any longer")
    need(_through(w) <= begun, f"everything up to {_through(w)} is counted, it says, and what was acknowledged at {begun} is not")
    need(w.store.client.hget("tt:{CN-LN}:RU:all", "deals.export.events") == "100", "what nobody may read yet is counted")
    a.terminate()
    end = w.aggregate(None, "--exit-at-end")
    _says(end, 40 * w.patience, reason="transaction", partition="trade-events/0")
    need(end.running(), "--exit-at-end ended, and records are not counted")
    producer.commit_transaction(30)
    end.ends_with(0, 60 * w.patience)
    w.totals_are(judged(lines[:150] + hidden)[0])

    a = w.aggregate("a")
    _goes_on(w, 60)
    begun = _begin_transaction(w, producer, aborted)
    w.ingest(lines[150:]).ends_with(0, 60)
    time.sleep(3)
    need(_through(w) <= begun, f"everything up to {_through(w)} is counted, it says, and what was acknowledged at {begun} is not")
    producer.abort_transaction(30)
    _goes_on(w, 60)
    w.totals_become(judged(lines + hidden)[0])
    a.terminate()


def a_stranger_in_the_group(w):
    """Somebody else's consumer in our group takes partitions and commits: through stands still, the log names it, look-ups are old; then all is counted."""
    w.begin()
    lines = _trades(0, 400)
    w.ingest(lines[:200]).ends_with(0, 60)
    a = w.aggregate(None)
    _complete(w)
    stranger = confluent_kafka.Consumer({"bootstrap.servers": w.kafka.address, "group.id": w.group, "partition.assignment.strategy": "cooperative-sticky",
                                         "client.id": "billing-of-somebody", "auto.offset.reset": "earliest", "auto.commit.interval.ms": 500, "log_level": 3})
    stranger.subscribe(["trade-events"])
    over, has = threading.Event(), []

    def takes():
        while not over.is_set():
            stranger.poll(0.1)
            has[:] = stranger.assignment()
    thread = threading.Thread(target=takes, daemon=True)
    thread.start()
    try:
        until(60 * w.patience, lambda: has, "the stranger gets nothing")
        time.sleep(2)
        sent = _now()
        w.ingest(lines[200:]).ends_with(0, 60)
        said = _says(a, 60 * w.patience, reason="stranger", holder="billing-of-somebody")
        need(said["partition"] in {f"{p.topic}/{p.partition}" for p in has}, f"of {said['partition']}, and the stranger has {has}")
        acknowledged = _now()
        need(sent - 60_000 < _through(w) <= acknowledged and _through(w) < acknowledged - 5000, f"through moves: {_asof(w)}")
        stood = _through(w)
        time.sleep(3)
        need(_through(w) == stood, "through moves, and a stranger has records")
        need(not w.incomplete(), "it is not complete any longer")
        w.lookup("--max-age=5", "totals", "CN-LN", "RU").ends_with(3, 10)
        w.lookup("--max-age=5", "verify").ends_with(3, 30)
    finally:
        over.set()
        thread.join(10)
        stranger.close()
    _goes_on(w, 60)
    w.totals_become(judged(lines)[0])
    w.lookup("--max-age=30", "totals", "CN-LN", "RU").ends_with(0, 10)
    a.terminate()


# ---- more partitions ----------------------------------------------------------------------------------------------------------
def partitions_are_added(w):
    """While two aggregators run: within 5 s no scope is complete, and nobody makes it so again; they stop and name --rebuild, which helps."""
    w.begin()
    lines, want = mixed(2000, seed=18)
    w.ingest(lines[:1000]).ends_with(3, 60)
    running = [w.aggregate(i) for i in "ab"]
    _complete(w)
    _goes_on(w)
    running[1].process.send_signal(signal.SIGSTOP)
    try:
        for done in w.kafka.admin.create_partitions([admin.NewPartitions("trade-events", 6)]).values():
            done.result(20)
        added, readers = time.monotonic(), [_Reader(w, s, "RU") for s in ("CN-LN", "ALL")]
        until(20 * w.patience, lambda: not [s for s in SCOPES if _asof(w, s).get("complete") == "1"], "scopes are still complete")
        took = time.monotonic() - added
        need(took < 5 * w.patience, f"for {took:.1f} s scopes were still complete")
        w.note(f"not complete {took:.1f} s after partitions were added")
        now = _now()
        _stopped(w, running[0])
    finally:
        running[1].process.send_signal(signal.SIGCONT)
    _stopped(w, running[1])
    before = _now()
    w.ingest(lines[1000:]).ends_with(3, 60)
    for r in readers:
        need(not [t for t in r.end() if t[0] > now and t[2]], f"{r.scope} was complete again")
    w.rebuild()                                      # of `agreements`, which is as it was, as far as the service had come
    early = [s for s in SCOPES if _asof(w, s).get("complete") == "1" and _through(w, s) > before]
    need(not early, f"the rebuild says that {early[0] if early else ''} holds agreements that nobody has counted")
    a = w.aggregate("a")
    _goes_on(w, 60)
    w.totals_become(want)
    a.terminate()
    w.totals_are(want)


def _stopped(w, p):
    p.ends_with(1, 30 * w.patience).excused = True
    need("FAULT_SETTINGS" in p.err and "--rebuild" in p.err, f"it does not say what to do; {p.last_words()}")


# ---- clocks -------------------------------------------------------------------------------------------------------------------
def _with_clock(w, off_ms):
    file = w.folder / f"clock{off_ms:+d}"
    file.write_bytes(struct.pack("=q", off_ms))
    return {**w.preload("wall_clock"), "TALLY_WALL_CLOCK": str(file)}


def clocks_that_differ(w):
    """An aggregator whose clock is an hour ahead, then one an hour behind, then a right one: through is never later than the truth, and the log says so."""
    w.begin()
    lines, want = mixed(3000, seed=22)
    reader = _Reader(w, "ALL", "RU")
    for part, off in enumerate((HOUR, -HOUR, HOUR, 0)):
        a = w.aggregate("a", environment=_with_clock(w, off))
        w.ingest(lines[750 * part:750 * (part + 1)]).wait(60)
        _complete(w)
        if off >= 0:
            _goes_on(w)
        w.totals_become(judged(lines[:750 * (part + 1)])[0])
        time.sleep(2)
        if off:
            a.says("clock and that of Redis differ", 20 * w.patience)
        else:
            need("clock and that of Redis differ" not in a.err, "it complains of a right clock")
        a.terminate()
    told = reader.end()
    need(all(a[3] <= b[3] for a, b in zip(told, told[1:]) if a[3] and b[3]), "through went back")
    w.totals_are(want)
