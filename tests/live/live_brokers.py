"""Brokers die and others lead; somebody sets the clock."""
import datetime, os, struct, time

from world import Kafka, judged, mixed, need, script, until

HOUR = 3600_000
DAY = 24 * HOUR


def _dies(w, n):
    """kill -9 of a broker; the clock of `how long` starts when another one leads."""
    led = w.kafka.leader("trade-events", 0) == n
    w.kafka.kill(n)
    until(60 * w.patience, lambda: not led or w.kafka.leader("trade-events", 0) not in (n, None), "nobody leads")


def _begin_again(w, running):
    for i, p in enumerate(running):
        running[i] = w.begun_again(p, "ab"[i])


def leaders_die(w):
    """kill -9 of the broker that leads a partition, and Redis loses everything: all partitions ask the new leaders where they begin, and go on."""
    w.begin_brokers()
    lines, want = mixed(9000, seed=21)
    ingest, feed = w.ingest_slowly(lines, 300)
    running = [w.aggregate("a"), w.aggregate("b")]
    for share in (0.2, 0.6):
        until(90 * w.patience, lambda: feed.reached(share), "records do not flow")
        n = w.kafka.leader("trade-events", 0)
        _dies(w, n)
        w.store.client.flushall()
        start = time.monotonic()

        def complete():
            _begin_again(w, running)
            return not w.incomplete()
        until(60 * w.patience, complete, lambda: f"not complete again: {w.incomplete()}")
        w.note(f"complete {time.monotonic() - start:.1f} s after another broker led and Redis had lost everything")
        w.kafka.start(n)
    ingest.ends_with(3, 90 * w.patience)
    need(feed.done(), "the ingest ended before its input")
    _begin_again(w, running)
    w.totals_become(want)
    for p in running:
        w.terminate_even_fenced(p)
    w.totals_are(want)
    w.no_dead_letters()


def the_coordinator_is_frozen(w):
    """The broker that coordinates the group stands still, an instance is killed and Redis loses everything: the other one is complete again before librdkafka alone would give the broker up."""
    w.begin_brokers()
    lines, want = mixed(3000, seed=27)
    w.ingest(lines).ends_with(3, 60)
    running = [w.aggregate(None), w.aggregate(None)]
    w.totals_become(want)
    w.kafka.freeze(w.kafka.number_of(w.described_group().coordinator))
    running.pop().kill()
    w.store.client.flushall()
    start = time.monotonic()
    w.totals_become(want, 55)                         # librdkafka alone waits for a minute
    w.note(f"complete again {time.monotonic() - start:.1f} s after the coordinator stood still")
    w.terminate_even_fenced(running[0])


def a_leader_is_frozen(w):
    """A broker that leads a partition stands still while an ingest sends: it goes on by way of the next leader, long before its limit, and nothing is lost."""
    w.begin_brokers()
    lines, want = mixed(6000, seed=28)
    ingest, feed = w.ingest_slowly(lines, 500)
    until(60 * w.patience, lambda: feed.reached(0.2), "records do not flow")
    n = w.kafka.leader("trade-events", 0)
    w.kafka.freeze(n)
    start = time.monotonic()
    ingest.ends_with(3, 50 * w.patience)
    w.note(f"all sent {time.monotonic() - start:.1f} s after a leader stood still")
    need(feed.done(), "the ingest ended before its input")
    w.kafka.thaw(n)                                  # who looks at the log may ask it, too
    w.aggregate_to_end()
    w.totals_are(want)
    w.no_dead_letters()


def brokers_die_under_load(w):
    """kill -9 of one broker after another while an ingest has much under way: it goes on to its end, and nothing is lost."""
    w.begin_brokers()
    lines, want = mixed(30000, seed=26)
    ingest, feed = w.ingest_slowly(lines, 1500)
    for n in (1, 2, 3):
        until(90 * w.patience, lambda: feed.reached(0.2 * n) or not ingest.running(), "records do not flow")
        _dies(w, n)
        w.kafka.start(n)
    ingest.ends_with(3, 90 * w.patience)
    need(feed.done(), "the ingest ended before its input")
    delivered = ingest.last_counts()["delivered"]
    w.note(f"{sum(w.kafka.ends().values()) - delivered} of {delivered} stand in the log twice")
    w.aggregate_to_end()
    w.totals_are(want)
    w.no_dead_letters()


class _WallClock:
    """The wall clock of the programs that get its environment."""

    def __init__(self, w):
        self.file = w.folder / "wall-clock"
        self.noon = (12 * HOUR - 8 * HOUR - int(time.time() * 1000)) % DAY   # in China, so that no midnight comes by itself
        self.set(0)
        self.environment = {**w.preload("wall_clock"), "TALLY_WALL_CLOCK": str(self.file)}

    def set(self, off_ms):
        """By how much it is off noon, when the test began."""
        self.off_ms = self.noon + off_ms
        with open(self.file, "r+b" if self.file.exists() else "wb", buffering=0) as f:
            f.write(struct.pack("=q", self.off_ms))  # in place: it is mapped

    def day(self):
        """In China."""
        return (datetime.datetime.fromtimestamp(time.time() + self.off_ms / 1000, datetime.timezone.utc) + datetime.timedelta(hours=8)).date().isoformat()


def _jumps(w, clock, off_ms, lines, sent):
    """Half of some records, the clock is set, the other half. -> all that were sent."""
    half, part = len(lines) // 2, lines
    w.ingest(part[:half]).wait(60)
    clock.set(off_ms)
    time.sleep(0.5)                                  # nothing may be on its way: who waits, waits by the clock
    w.ingest(part[half:]).wait(60)
    return sent + part


def clocks_that_jump(w):
    """The wall clock is set by an hour and by 400 days, back and forth: nobody waits for the old time to come again, also when nothing comes from Kafka."""
    w.begin()
    clock = _WallClock(w)
    lines, _ = mixed(6000, seed=22)
    running = [w.aggregate(i, environment=clock.environment) for i in "ab"]
    sent = _jumps(w, clock, -HOUR, lines[:1000], [])
    for i, off in enumerate((-2 * HOUR, 0, 400 * DAY, -400 * DAY, 0), 1):
        w.totals_become(judged(sent)[0], 40)
        clock.set(off)
        time.sleep(0.5)
        w.store.client.flushall()                    # only who wakes up by himself sees that
        w.totals_become(judged(sent)[0], 40)
        sent = _jumps(w, clock, off - HOUR, lines[1000 * i:1000 * (i + 1)], sent)
    w.totals_become(judged(sent)[0], 40)
    for p in running:
        p.terminate()
    w.no_dead_letters()


def days_that_jump(w):
    """With the windows at the wall clock's day: after each jump the totals are those of the day that asof says."""
    w.begin()
    clock, sent = _WallClock(w), []
    lines, _ = mixed(4000, seed=23)
    running = [w.aggregate(i, clock="wall", environment=clock.environment) for i in "ab"]
    for i, off in enumerate((-DAY, 0, 400 * DAY, -400 * DAY)):
        sent = _jumps(w, clock, off, lines[1000 * i:1000 * (i + 1)], sent)
        until(60 * w.patience, lambda: not w.incomplete(clock.day()), lambda: f"not complete at {clock.day()}: {w.incomplete(clock.day())}")
        day = clock.day()
        w.totals_become(judged(sent, day)[0], 40, day)
    for p in running:
        p.terminate()
    w.no_dead_letters()


def _cpu_s(p):
    with open(f"/proc/{p.process.pid}/stat") as file:
        user, system = file.read().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def kafka_away_for_half_a_minute(w):
    """The only broker is killed for longer than any request waits: who runs, and who is started meanwhile, lives on and goes on. Twice. It takes no more CPU than a little."""
    w.kafka = Kafka(w.folder / "kafka")
    w.servers.append(w.kafka)
    w.begin()
    lines, _ = mixed(2000, seed=18)
    running = [w.aggregate(i) for i in "ab"]
    for turn in range(2):
        w.ingest(lines[1000 * turn:1000 * (turn + 1)]).ends_with(3, 60)
        w.totals_become(judged(lines[:1000 * (turn + 1)])[0])
        script("kafka", "kill", w.kafka.folder)
        running.append(w.aggregate("cd"[turn]))
        time.sleep(2)
        seconds, before = (12, 25)[turn], [_cpu_s(p) for p in running]
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            dead = [p for p in running if not p.running()]
            need(not dead, dead and f"{dead[0].name} ended with {dead[0].process.returncode}; {dead[0].last_words()}")
            time.sleep(0.1)
        used = [_cpu_s(p) - had for p, had in zip(running, before)]
        w.note(f"in {seconds} s without Kafka they took {', '.join(f'{u:.1f}' for u in used)} s of CPU")
        need(max(used) < 0.1 * seconds, f"{max(used):.1f} s of CPU in {seconds} s without Kafka")
        script("kafka", "start", w.kafka.folder)
        running.pop(0).terminate(60 * w.patience)
    w.totals_become(judged(lines)[0])
    for p in running:
        p.terminate()
    w.totals_are(judged(lines)[0])
