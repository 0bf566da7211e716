"""--rebuild counts again from Kafka and swaps in: exact, whatever was there before, whoever runs meanwhile, wherever it is killed."""
import signal, threading, time

import confluent_kafka
from confluent_kafka import TopicPartition
import redis

import wire
from live_faults import _end
from world import CLOCK, SCOPES, TOPICS, judged, mixed, need, oracle, until

SHADOW = "tt:rebuild:"


def _sight(w, scope, names=None):
    """What a reader who trusts `complete` sees of a province at one moment, of these keys or of all: {(key, field): value}, or None."""
    names = names or sorted(w.store.client.smembers(f"tt:{{{scope}}}:index"))
    pipe = w.store.client.pipeline(transaction=True)
    pipe.hgetall(f"tt:{{{scope}}}:asof")
    for name in names:
        pipe.zrange(name, 0, -1, withscores=True) if ":top:" in name else pipe.hgetall(name)
    asof, *contents = pipe.execute()
    if (asof.get("complete"), asof.get("day")) != ("1", CLOCK):
        return None
    return {(name, field): value for name, content in zip(names, contents) for field, value in (content.items() if isinstance(content, dict) else content)}


class Reader(threading.Thread):
    """Looks again and again; what it sees is judged by a function that says what is wrong, or None."""

    def __init__(self, w, scope, judge, names=None):
        super().__init__(daemon=True)
        self.w, self.scope, self.judge, self.names, self.wrong, self.seen, self.partial, self.ends = w, scope, judge, names, None, 0, 0, False
        self.start()

    def run(self):
        while not self.ends and not self.wrong:
            try:
                sight = _sight(self.w, self.scope, self.names)
            except Exception as bad:
                self.wrong = f"{type(bad).__name__}: {bad}"
                return
            self.seen += 1
            self.partial += sight is None
            self.wrong = self.wrong or sight is not None and self.judge(sight) or None

    def end(self):
        self.ends = True
        self.join()
        need(not self.wrong, f"a reader saw {self.wrong}")
        return f"a reader looked {self.seen} times, {self.partial} of them it was told that it is partial"


def _facts(count):
    """Each counts once and stays: no field of theirs can ever fall."""
    return [b'{"type":"trade","id":"f-%d","basis":"TRANSACTION","province":"%s","partner":"%s","flow":"EXPORT","value":"%d.25","currency":"CNY",'
            b'"occurred_at":"2024-01-%02dT03:00:00Z"}' % (i, (b"CN-LN", b"CN-JL")[i % 2], (b"RU", b"KZ", b"DE")[i % 3], i, 1 + i % 31) for i in range(count)]


def _counted(w, count=4000, seed=18, partitions=4):
    lines, want = mixed(count, seed=seed)
    w.begin(partitions=partitions)
    w.ingest(lines).ends_with(3, 60 * w.patience)
    w.aggregate_to_end()
    w.totals_are(want)
    return lines, want


def _nothing_left(w):
    left = [k for k in w.store.client.scan_iter(match=SHADOW + "*", count=1000)]
    need(not left, f"{len(left)} keys of the rebuild are left: {left[:3]}")
    for topic, partition in w.kafka.ends():
        meta = w.store.client.hgetall(f"tt:{{{topic}/{partition}}}:meta")
        need("hold" not in meta, f"{topic}/{partition} is still held")


def while_records_flow(w):
    """Two instances work, records flow, three rebuilds in a row: no total ever falls, and all are exact in the end."""
    w.begin()
    lines = _facts(16000)
    ingest, feed = w.ingest_slowly(lines, 800)
    running = [w.aggregate("a"), w.aggregate("b")]
    until(60 * w.patience, lambda: feed.reached(0.1) and _sight(w, "CN-LN"), "nothing is counted")
    highest = {}

    def judge(sight):
        for what, old in highest.items():
            if float(sight.get(what, 0)) < float(old):
                return f"{what} fall from {old} to {sight.get(what)}"
        highest.update(sight)
    reader = Reader(w, "CN-LN", judge)
    rebuilds = [w.rebuild() for _ in range(3)]
    need(not feed.done(), "no record came while it rebuilt: nothing is shown")
    for p in rebuilds:
        need("fields compared, 0 differ" in p.out, f"it finds differences where there are none: {p.out}")
    w.note(reader.end())
    ingest.ends_with(0, 120 * w.patience)
    want = judged(lines)[0]
    w.totals_become(want)
    for p in running:
        p.terminate()
    w.totals_are(want)
    w.no_dead_letters()
    _nothing_left(w)
    w.lookup("verify").ends_with(0, 30 * w.patience)
    resets = sum(p.err.count("scope reset") for p in running)
    need(resets == 0, f"{resets} scopes were emptied")


def readers_see_the_old_or_the_new(w):
    """Two hands in the data while two instances run: the totals are wrong as they were, or right; never half of each."""
    lines, want = _counted(w, partitions=12)
    running = [w.aggregate("a"), w.aggregate("b")]
    until(30 * w.patience, lambda: all(p.loaded() for p in running), "the instances own nothing")
    key, other = "tt:{CN-NM}:JP:all", "tt:{CN-NM}:ALL:all"
    keys = [key, other, "tt:{CN-NM}:JP:months", "tt:{CN-NM}:ALL:all:detail", "tt:{CN-NM}:top:all:export.CNY"]
    right = _sight(w, "CN-NM", keys)
    w.store.client.hincrby(key, "export.events", 7)
    w.store.client.hset(other, "import.XXX", 1)
    w.store.client.hset("tt:{CN-NM}:ZZ:2023", "export.CNY", 5)   # no index names it: RESET would never find it
    spoilt = _sight(w, "CN-NM", keys)
    need(right and spoilt and spoilt != right, "the damage does not show")
    reader = Reader(w, "CN-NM", lambda sight: None if sight in (right, spoilt) else f"a half: {[x for x in set(sight.items()) ^ set(right.items())][:4]}", keys)
    said = w.rebuild().out
    need(all(x in said for x in (f"{key} export.events: found ", f"{other} import.XXX: found 1, counted nothing", "3 differ")), f"it does not name the damage: {said}")
    time.sleep(1)
    w.note(reader.end())
    need(reader.partial == 0, "it was partial in between")
    w.totals_become(want)
    for p in running:
        p.terminate()
    need(not any("scope reset" in p.err for p in running), "scopes were emptied")
    w.totals_are(want)
    _nothing_left(w)


def a_cut_journal(w):
    """Half a journal is gone: the aggregator stops and names --rebuild, after which it goes on."""
    lines, want = _counted(w)
    meta = w.store.client.hgetall("tt:{trade-events/1}:meta")
    chunk = f"tt:{{trade-events/1}}:journal:{meta['gen']}:{meta['chunk']}"
    raw = redis.Redis.from_url(w.store.url)
    raw.set(chunk, raw.get(chunk)[:int(meta["len"]) // 2])
    p = w.aggregate("a", "--exit-at-end").ends_with(1, 60 * w.patience)
    need("FAULT_JOURNAL_BROKEN" in p.err and "--rebuild" in p.err, f"it does not name the remedy; {p.last_words()}")
    need("fields compared, 0 differ" in w.rebuild().out, "the totals had been right")
    w.totals_are(want)
    w.aggregate("a", "--exit-at-end").ends_with(0, 60 * w.patience)
    w.totals_are(want)
    w.no_dead_letters()
    _nothing_left(w)
    w.lookup("verify").ends_with(0, 30 * w.patience)


def a_lost_journal_while_records_wait(w):
    """A journal is gone, the service is away, and records wait in every partition: the rebuild counts all of its topic, and ends."""
    lines = mixed(3000, seed=18)[0]
    w.begin()
    w.ingest(lines[:2000]).ends_with(3, 60 * w.patience)
    w.aggregate_to_end()
    w.ingest(lines[2000:]).ends_with(3, 60 * w.patience)
    meta = w.store.client.hgetall("tt:{trade-events/1}:meta")
    w.store.client.delete(f"tt:{{trade-events/1}}:journal:{meta['gen']}:{meta['chunk']}")
    w.rebuild()
    w.aggregate_to_end()
    w.totals_are(judged(lines)[0])
    _nothing_left(w)
    w.lookup("verify").ends_with(0, 30 * w.patience)


def on_an_empty_redis(w):
    """Redis has lost everything and no service runs: it counts all, and the service goes on from there."""
    lines, want = _counted(w)
    w.store.client.flushall()
    w.rebuild()
    w.totals_are(want)
    w.aggregate("a", "--exit-at-end").ends_with(0, 60 * w.patience)
    w.totals_are(want)
    _nothing_left(w)


def with_other_windows(w):
    """Another list of windows: instances of the old list stop, those of the new one go on."""
    lines, _ = _counted(w)
    old = w.aggregate("a")
    until(30 * w.patience, old.loaded, "the old instance does not begin")
    w.aggregate(None, "--rebuild", "--windows", "2d,30d").ends_with(0, 60 * w.patience)
    want = judged(lines, windows=["2d", "30d"])[0]
    w.totals_are(want)
    old.ends_with(1, 30 * w.patience)
    need("FAULT_SETTINGS" in old.err and "windows" in old.err, f"the old instance ended otherwise; {old.last_words()}")
    w.totals_are(want)
    w.aggregate("b", "--windows", "2d,30d", "--exit-at-end").ends_with(0, 60 * w.patience)
    w.totals_are(want)
    _nothing_left(w)


def a_log_that_begins_late(w):
    """The first half of the log is gone: it says so, and counts what is left once that is accepted."""
    w.begin()
    lines, _ = mixed(2000, seed=18)
    w.ingest(lines[:1000]).ends_with(3, 60)
    w.aggregate_to_end()
    cuts = [TopicPartition(t, p, end) for (t, p), end in w.kafka.ends().items()]
    w.ingest(lines[1000:]).ends_with(3, 60)
    for done in w.kafka.admin.delete_records(cuts).values():
        done.result(20)
    before = w.wrong({})
    w.aggregate(None, "--rebuild").ends_with(1, 60 * w.patience)
    need(w.wrong({}) == before, "it touched the totals")
    said = w.rebuild("--accept-loss").out
    need(all(f"{t.topic}/{t.partition}: the log begins at offset {t.offset}" in said for t in cuts), f"it does not say what is gone: {said}")
    w.aggregate("a", "--exit-at-end").ends_with(0, 60 * w.patience)   # the rebuild counts as far as the service had come
    w.totals_are(judged(lines[1000:])[0])


def _send_astray(w, lines):
    """Records in any partition, and poison between them. -> how many of each topic can't be used."""
    client, poison = confluent_kafka.Producer({"bootstrap.servers": w.kafka.address, "linger.ms": 20, "log_level": 3}), 0
    for line in lines:
        try:
            topic, value = wire.message(line)
        except (oracle.Invalid, ValueError):
            continue
        client.produce(topic, value, partition=w.rng.randrange(4))
        if w.rng.random() < 0.05:
            client.produce(TOPICS[w.rng.randrange(2)], b"poison", partition=w.rng.randrange(4))
            poison += 1
        client.poll(0)
    need(client.flush(30) == 0, "the other client could not send")
    return poison


def nothing_is_sent_twice(w):
    """Dead letters and forwarded copies of what the service has counted are not sent again, with the service away and with it at work."""
    w.begin()
    lines, want = mixed(3000, seed=12)
    poison = _send_astray(w, lines)
    dlq = [t + ".dlq" for t in TOPICS]
    w.aggregate_to_end()
    w.totals_are(want)
    ends, dead = sum(w.kafka.ends().values()), sum(w.kafka.ends(dlq).values())
    need(dead == poison, f"{dead} dead letters of {poison}")
    need("fields compared, 0 differ" in w.rebuild().out, "the totals had been right")
    need((sum(w.kafka.ends().values()), sum(w.kafka.ends(dlq).values())) == (ends, dead), "something was sent again")
    before = w.kafka.ends()
    running = [w.aggregate("a"), w.aggregate("b")]
    p = w.aggregate(None, "--rebuild")
    poison += _send_astray(w, mixed(3000, seed=19)[0])
    p.ends_with(0, 60 * w.patience)
    w.totals_become(judged(lines + mixed(3000, seed=19)[0])[0])
    w.rebuild()
    for p in running:
        p.terminate()
    origins = [tuple(dict(m.headers())["__connect.errors." + x].decode() for x in ("topic", "partition", "offset")) for t in dlq for m in w.kafka.messages(t)]
    need(len(set(origins)) == poison, f"{len(set(origins))} messages were set aside of {poison} that can't be used")
    again = [o for o in set(origins) if origins.count(o) > 1]  # what was read and not yet committed when it was held is read again
    need(not [o for o in again if int(o[2]) < before[o[0], int(o[1])]], f"what had been counted was set aside again: {again[:5]}")
    w.note(f"{len(origins) - poison} of {poison} were set aside twice, by an instance that read again what it had not committed")


def one_at_a_time(w):
    """A second rebuild refuses while the first one is at work, and works when it has ended."""
    _, want = _counted(w, 2000)
    w.store.client.hset(SHADOW + "{rebuild}:lease", "hold", f"{int(time.time() * 1000) + 4000} somebody")
    p = w.aggregate(None, "--rebuild").ends_with(1, 30)
    need("another --rebuild is at work" in p.err, f"it does not say why; {p.last_words()}")
    w.totals_are(want)
    time.sleep(4)
    w.rebuild()
    w.totals_are(want)
    _nothing_left(w)


def not_over_a_start_of_redis(w):
    """Redis is started again while a rebuild looks a second time: nothing is swapped, and the next rebuild works."""
    w.begin("--appendonly", "yes", partitions=4)
    lines, want = mixed(2000, seed=19)
    w.ingest(lines).ends_with(3, 60 * w.patience)
    w.aggregate_to_end()
    w.store.client.hincrby("tt:{CN-LN}:RU:all", "export.events", 7)
    wrong = w.wrong(want)
    p = w.aggregate(None, "--rebuild")
    p.says("is looked at again", 60 * w.patience)
    w.store.kill()
    w.store.start()
    p.ends_with(1, 60 * w.patience)
    need("was started again" in p.err and "scope swapped" not in p.err, f"it swapped, or does not say why not; {p.last_words()}")
    need(len(wrong) == 1 and w.wrong(want) == wrong, f"before it was {wrong}, now {w.wrong(want)[:3]}")
    _lease_ends(w)
    need("1 differ" in w.rebuild().out, "the difference was not found")
    w.totals_are(want)
    _nothing_left(w)


def shown_late(w):
    """What an instance has committed and shows only after the compare began is no difference: it may have waited for its Redis."""
    lines, want = mixed(4000, seed=15)
    w.begin(partitions=4)
    w.ingest(lines[:2000]).ends_with(3, 60 * w.patience)
    w.aggregate_to_end()
    put_back = w.keep("tt:{ALL}:*")
    w.ingest(lines[2000:]).ends_with(3, 60 * w.patience)
    w.aggregate_to_end()
    w.totals_are(want)
    put_back()                                       # as if the last PUSHes of this scope had not been made yet
    need(w.wrong(want) and not w.incomplete(), "nothing is behind")
    p = w.aggregate(None, "--rebuild")
    p.says("rebuild: held", 60 * w.patience)
    service = w.aggregate("a")
    p.ends_with(0, 60 * w.patience)
    need("fields compared, 0 differ" in p.out, f"it tells differences: {p.out.strip()[-300:]}")
    w.totals_become(want)
    service.terminate()
    w.totals_are(want)
    _nothing_left(w)


def _rebuild_dies_at(w, word, times, seconds):
    """kill -9 as soon as it has said the word so often."""
    p = w.aggregate(None, "--rebuild", environment={**w.preload("dies_at"), "TALLY_DIES_AT": f"{times} {word}"})
    p.ends_with(-signal.SIGKILL, seconds * w.patience)
    need(p.err.count(word) == times, f"it said {word!r} {p.err.count(word)} times and was to die at {times}")


def _lease_ends(w):
    """The next one may begin."""
    def is_over():
        hold = w.store.client.hget(SHADOW + "{rebuild}:lease", "hold")
        return hold is None or int(hold.split()[0]) < time.time() * 1000
    until(40, is_over, "the lease never ends")


def kill_9_of_a_rebuild_at_any_moment(w):
    """Killed while it counts, holds, compares, swaps scopes and swaps partitions, records flowing: the service is right by itself; the next rebuild clears up."""
    w.begin(partitions=12)
    lines, want = mixed(15000, seed=13)
    ingest, feed = w.ingest_slowly(lines, 200)
    running = [w.aggregate("a"), w.aggregate("b")]
    until(60 * w.patience, lambda: feed.reached(0.02) and w.store.client.exists("tt:{ALL}:asof"), "records do not flow")
    for word, times in (("rebuild: counting", 1), ("rebuild: held", 1), ("rebuild: scope swapped", w.rng.randrange(1, len(SCOPES))),
                        ("rebuild: scope swapped", len(SCOPES)), ("rebuild: partition swapped", w.rng.randrange(1, 24))):
        _rebuild_dies_at(w, word, times, 90)
        until(60 * w.patience, lambda: not w.incomplete(), lambda: f"killed at {word} {times}: {w.incomplete()[:3]} are not complete again")
        for q in running:
            need(q.running(), f"an instance ended; {q.last_words()}")
        _lease_ends(w)
    ingest.ends_with(3, 300 * w.patience)
    w.totals_become(want)
    w.rebuild()
    w.totals_become(want)
    for p in running:
        p.terminate()
    w.totals_are(want)
    w.no_dead_letters()
    _nothing_left(w)
    w.lookup("verify").ends_with(0, 30 * w.patience)


def kill_9_of_a_rebuild_without_a_service(w):
    """Killed in the middle of its swaps while no instance runs, the old totals damaged: every province is the old or the new one; a second rebuild makes all new."""
    _, want = _counted(w, 2000, partitions=12)
    for scope in ("CN-LN", "ALL"):
        w.store.client.hincrby(f"tt:{{{scope}}}:RU:all", "export.events", 7)
    for word, times in (("rebuild: scope swapped", w.rng.randrange(1, len(SCOPES))), ("rebuild: partition swapped", w.rng.randrange(1, 24))):
        _rebuild_dies_at(w, word, times, 60)
        wrong = w.wrong(want)
        need(len(wrong) <= 2 and all("export.events" in x for x in wrong), f"killed at {word} {times}: {len(wrong)} wrong: {wrong[:3]}")
        need(not w.incomplete(), "a province is partial")
        w.note(f"killed at {word} {times}: {len(wrong)} fields still as they were")
        _lease_ends(w)
    w.rebuild()
    w.totals_are(want)
    w.aggregate("a", "--exit-at-end").ends_with(0, 60 * w.patience)
    w.totals_are(want)
    _nothing_left(w)


def on_a_cluster(w):
    """Three masters, two instances at work: every scope and partition is swapped in its own slot."""
    lines, want = mixed(6000, seed=12)
    w.begin_cluster()
    ingest, feed = w.ingest_slowly(lines, 600)
    running = [w.aggregate("a"), w.aggregate("b")]
    until(60 * w.patience, lambda: feed.reached(0.2), "records do not flow")
    w.rebuild()
    w.store.client.hset("tt:{CN-LN}:RU:all", "export.events", 1)
    w.rebuild()
    _end(w, want, ingest, feed, running)
    w.lookup("verify").ends_with(0, 60 * w.patience)
