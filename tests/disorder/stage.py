"""What the faults are played on: the members of one group of aggregators, a feed of records, servers, and who watches them."""
import collections, concurrent.futures, itertools, json, multiprocessing, os, pathlib, queue, random, re, signal, subprocess, threading, time

import confluent_kafka
import redis

import proxy, reader, told, truth, wire
import world
from world import SCOPES, TOPICS, Failed, Skipped, need, oracle, records, until

NAMES = ["a", "b", "c", "d", "e"]
FAKETIME = next((str(p) for p in (pathlib.Path(f"/usr/lib/{where}/faketime/libfaketimeMT.so.1") for where in (f"{os.uname().machine}-linux-gnu", "."))
                 if p.exists()), None)
MONEY = ["CNY", "USD", "RUB"]


# ---- records ------------------------------------------------------------------------------------------------------------
def corrections(rng, facts=300):
    """The same facts again and again, each time with other values: journals grow, the ledger does not."""
    for version in itertools.count(1):
        yield (b'{"type":"trade","id":"f-%d","version":%d,"basis":"TRANSACTION","province":"%s","partner":"%s","flow":"%s","value":"%d.%02d","currency":"%s",'
               b'"occurred_at":"%sT03:00:00Z"}'
               % (rng.randrange(facts), version, rng.choice([b"CN-LN", b"CN-JL", b"CN-SD"]), rng.choice([b"RU", b"KZ", b"DE"]), rng.choice([b"EXPORT", b"IMPORT"]),
                  rng.randrange(10 ** 6), rng.randrange(100), rng.choice(MONEY).encode(), rng.choice([b"2024-01-30", b"2024-01-12", b"2023-11-05"])))


def endless(seed, clock):
    """(refusal or None, line) without end: new records, repeats, corrections, retractions, some refused by ingest, some by the aggregator (FUTURE)."""
    rng = random.Random(f"{seed} lines")
    again, huge = corrections(rng), records.HUGE
    for part in itertools.count():
        records.HUGE = huge if part == 0 else 0      # more of nearly 10^17 and a sum could leave 10^18
        for code, line in records.marked(seed * 1000 + part, 3000, clock=clock, future=0.003, refused_rate=0.01):
            yield code, line
            while rng.random() < 0.3:
                yield None, next(again)


POISON = [("BAD_FRAME", b""), ("BAD_FRAME", b'{"type":"trade"}'), ("BAD_FRAME", b"\xde\xad\xbe\xef"), ("BAD_SCHEMA", b"\xc3\x01" + b"\x01" * 8 + b"x"),
          ("BAD_AVRO", None)]                        # None: the topic's own frame, and a text of 2^62 bytes


class Feed:
    """Lines into tally-ingest at a pace; some poison beside it, and records that another client sends to a partition that is not theirs. All can be paused."""

    def __init__(self, stage, pace, most):
        self.stage, self.pace, self.most = stage, pace, most
        self.lines, self.sent, self.refused, self.limit = endless(stage.seed, stage.today), 0, 0, most
        self.program = stage.program("tally-ingest", "-b", stage.brokers, "-X", "message.timeout.ms=0", "-", stdin=subprocess.PIPE)
        self.poison = confluent_kafka.Producer({"bootstrap.servers": stage.brokers, "linger.ms": 5, "log_level": 2, "enable.idempotence": True, "message.timeout.ms": 600000})
        self.rng, self.poisons, self.ids = random.Random(f"{stage.seed} poison"), 0, truth.Ids()
        self.strays, self.astray, self.others = corrections(random.Random(f"{stage.seed} astray")), 0, []   # others: of transactions
        self.may, self.over = threading.Event(), threading.Event()
        self.idle = threading.Event()
        self.may.set()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        step = max(1, self.pace // 25)
        try:
            with self.program.process.stdin as pipe:
                while not self.over.is_set():
                    if not self.may.is_set() or self.sent >= self.limit:
                        self.idle.set()
                        self.over.wait(0.02)
                        continue
                    self.idle.clear()
                    begun = time.monotonic()
                    marked = list(itertools.islice(self.lines, min(step, self.limit - self.sent)))
                    good = {line: oracle.read(line.decode()) for code, line in marked if code is None}
                    later = {line for line, r in good.items() if truth.is_later(r, time.time() * 1000)}
                    pipe.write(b"".join(line + b"\n" for _, line in marked if line not in later))
                    pipe.flush()
                    self.sent += len(marked)
                    for code, line in marked:
                        self.refused += code is not None
                        if code is None:
                            self.ids.add(good[line])
                        if line in later:            # ingest itself refuses the future; another client does not
                            self.send(self.poison, line)
                    if self.rng.random() < 0.1:
                        self.send_poison()
                    if self.sent // self.pace % 8 < 2 and self.rng.random() < 0.5:
                        self.send_astray()           # now and then: while owners wait for copies they say little
                    time.sleep(max(0, begun + step / self.pace - time.monotonic()))
        except (OSError, ValueError):                # the ingest ended; its exit code tells
            pass
        self.idle.set()

    def send_poison(self):
        topic, (code, value) = self.rng.choice(TOPICS), self.rng.choice(POISON)
        if value is None:
            value = b"\xc3\x01" + wire.FINGERPRINTS[wire.KIND_OF[topic]] + b"\xfe" * 8 + b"\x7f"
        self.poison.produce(topic, value, key=b"k", partition=self.rng.randrange(self.stage.partitions), headers=[(truth.EXPECTS, code.encode())])
        self.poison.poll(0)
        self.poisons += 1

    def send(self, client, line, away=0):
        """As another client does, so many partitions behind the one where it belongs."""
        (topic, value), key = wire.message(line), oracle.kafka_key(oracle.read(line.decode())).encode()
        client.produce(topic, value, key=b"another key" if away else key, partition=(wire.partition_of(key, self.stage.partitions) + away) % self.stage.partitions)
        client.poll(0)

    def send_astray(self):
        if self.stage.partitions > 1:
            line = next(self.strays)
            self.send(self.poison, line, self.rng.randrange(1, self.stage.partitions))
            self.ids.add(oracle.read(line.decode()))
            self.astray += 1

    def pause(self):
        self.may.clear()
        until(30 * self.stage.patience, self.idle.is_set, "the feed does not pause")
        need(self.poison.flush(60) == 0, "poison could not be sent")

    def go_on(self):
        self.may.set()

    def finish(self):
        """Everything that was sent is in Kafka."""
        self.over.set()
        self.thread.join(60)
        for line in self.others:
            self.ids.add(oracle.read(line.decode()))
        need(self.poison.flush(60) == 0, "poison could not be sent")
        self.program.ends_with(3 if self.refused else 0, 120 * self.stage.patience)


# ---- processes that watch --------------------------------------------------------------------------------------------------
class Helper:
    """A process of ours, asked through a pipe."""

    def __init__(self, serve, *arguments):
        fork = multiprocessing.get_context("spawn")
        self.pipe, theirs = fork.Pipe()
        self.process = fork.Process(target=serve, args=(theirs, *arguments), daemon=True)
        self.process.start()
        theirs.close()
        self.lock = threading.Lock()

    def tell(self, *what):
        self.pipe.send(what)

    def hear(self, seconds):
        need(self.pipe.poll(seconds), "a helper of the test does not answer")
        return self.pipe.recv()

    def ask(self, *what, seconds=600):
        with self.lock:
            self.pipe.send(what)
            result, value = self.hear(seconds)
        need(result == "ok", value)
        return value

    def close(self):
        self.pipe.close()
        self.process.kill()
        self.process.join(5)


class Verify:
    """tally-lookup verify, again and again: what it calls a difference is one."""

    def __init__(self, stage):
        self.stage, self.rounds, self.partial, self.wrong, self.over = stage, 0, 0, [], threading.Event()
        self.away = 0
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def once(self):
        path = self.stage.build / "tally-lookup"
        done = subprocess.run([path, "-r", self.stage.store.url, "verify"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
        return done.returncode, done.stdout, done.stderr

    def run(self):
        pause = 0.3
        while not self.over.wait(pause):
            begun = time.monotonic()
            code, out, err = self.once()
            pause = max(0.3, 2 * (time.monotonic() - begun))   # of a long run it must leave something for others
            self.rounds += 1
            if code == 3:
                self.partial += 1
            elif code not in (0, 1):
                self.wrong.append(f"verify ended with {code}: {err.strip()[-300:]}")
            elif code == 1 and not out.strip():
                self.away += 1                       # of Redis; its sentence is on stderr
            elif code == 1:
                told = [line for line in out.splitlines() if not re.search(r"does not know the version|can't be used|came back into its history|^\d+ scopes|^(PARTIAL|OLD): ", line)]
                if told:
                    self.wrong.append(f"verify: {len(told)} differences: {'; '.join(told[:3])}")
                else:
                    self.partial += 1                # Redis was rolled back, and nobody has mended it yet

    def stop(self):
        self.over.set()
        self.thread.join(300)


# ---- members ---------------------------------------------------------------------------------------------------------------
class Member:
    def __init__(self, name, static):
        self.name, self.static = name, static
        self.program = None                          # None: not there, and that is right
        self.excused = ()                            # exit codes that it may end with just now

    def is_up(self):
        return self.program is not None and self.program.running()


class Stage(world.World):
    def __init__(self, name, folder, kafka, options):
        super().__init__(name, folder, kafka, options.build, options.patience, options.seed)
        self.options, self.partitions, self.wall = options, options.partitions, False
        self.members, self.leaving, self.helpers = {n: Member(n, n in "ab") for n in NAMES}, [], []
        self.lock = threading.RLock()
        self.alone = True                            # no other fault is played beside this one
        self.restless = 0                            # faults under which a member that leaves may end with 1
        self.times = {}                              # kind -> seconds until everything was right again
        self.counts = {"kills": 0, "pauses": 0, "changes": 0, "rebuilds": 0, "fenced": 0, "losses": 0, "cut": 0}
        self.today = records.CLOCK
        self.proxy = self.feed = self.verify = self.truth = self.reader = self.ends_known = None
        self.refusals = collections.Counter()        # what Redis answered to aggregators that could not go on
        self.starter = concurrent.futures.ThreadPoolExecutor(1)
        self.quit, self.points, self.styles = threading.Event(), collections.Counter(), proxy.STYLES

    # ---- beginning and end
    def program(self, *what, **how):
        """By one thread that lasts: a program dies with the thread that started it (PR_SET_PDEATHSIG)."""
        return self.starter.submit(super().program, *what, **how).result()

    def begin_all(self, wall=False):
        a = self.options
        self.wall = wall
        if wall:
            need(FAKETIME, "no libfaketime")
            self.today = oracle.EPOCH + oracle.dt.timedelta(days=oracle.china_day(int(time.time() * 1000)))
            self.clock_file = self.folder / "clock"
            self.jump(0)
        if a.cluster:
            self.begin_cluster(3, 1, "--appendonly", "yes", "--cluster-require-full-coverage", "no", partitions=self.partitions)
            self.urls = {n: self.store.url for n in NAMES}
        else:
            self.redis_options = ["--appendonly", "yes", "--appendfsync", "everysec"]
            self.begin(*self.redis_options, partitions=self.partitions)
            self.proxy = Helper(proxy.serve, ("127.0.0.1", int(self.store.url.rpartition(":")[2].partition("/")[0])), NAMES, self.seed)
            self.helpers.append(self.proxy)
            ports = self.proxy.hear(30)
            self.heard = {"count": queue.Queue(), "killed": queue.Queue()}
            threading.Thread(target=self.listen, daemon=True).start()
            self.urls = {n: f"redis://127.0.0.1:{port}/0" for n, port in ports.items()}
        self.truth = Helper(truth.serve, self.brokers)
        years = [str(y) for y in sorted({1970, 1999, 2015, 2016, *(self.today.year + d for d in (-2, -1, 0, 1))})]
        self.reader = Helper(reader.serve, self.store.url, self.partitions, self.seed, sorted({*records.PARTNERS}), years, 500 if a.once else 1000)
        self.ends_known = Helper(told.serve, self.brokers, [(t, p) for t in TOPICS for p in range(self.partitions)])
        self.helpers += [self.truth, self.reader, self.ends_known]
        self.truth.ask("begin", self.partitions)
        for name in "ab":
            self.up(name)
        if a.dynamic:
            self.up("c")
        self.feed = Feed(self, max(a.pace, 3000) if a.records else a.pace, a.records or 1 << 60)
        until(60 * self.patience, lambda: self.store.client.hget("tt:{ALL}:asof", "complete") == "1", "nothing is ever complete")
        self.verify = Verify(self)

    def listen(self):
        """What the proxy says, for whoever waits for it."""
        try:
            while True:
                what, value = self.proxy.pipe.recv()
                self.heard[what].put(value)
        except (EOFError, OSError):
            pass

    def killed(self, seconds):
        """The member that the proxy killed at a point, or None."""
        try:
            return self.heard["killed"].get(timeout=seconds)
        except queue.Empty:
            return None

    def count_cuts(self):
        if self.proxy:
            self.proxy.tell("count", None)
            self.counts["cut"] = self.heard["count"].get(timeout=60)["scripts"]

    @property
    def brokers(self):
        return self.kafka.address

    def close(self):
        self.quit.set()
        if self.feed:
            self.feed.over.set()
        if self.verify:
            self.verify.over.set()
        for h in self.helpers:
            h.close()
        super().close()

    # ---- members
    def up(self, name):
        a, m = self.options, self.members[name]
        with self.lock:
            if m.is_up() or self.quit.is_set():
                return m
            how = ["-X", f"session.timeout.ms={a.session}", "-X", f"heartbeat.interval.ms={max(200, a.session // 6)}", "--compact-kib", a.compact]
            how += ["-X", f"group.instance.id={name}"] if m.static else []
            m.excused = ()
            m.program = self.aggregate_at(self.urls[name], "-G", self.group, *how)
            return m

    def aggregate_at(self, url, *arguments):
        environment = {}
        if self.wall:
            environment = {"LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": str(self.clock_file), "FAKETIME_NO_CACHE": "1",
                           "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}
        return self.program("tally-aggregate", "-b", self.brokers, "-r", url, "--clock", "wall" if self.wall else world.CLOCK, *arguments, environment=environment)

    def running(self):
        return [m for m in self.members.values() if m.is_up()]

    def kill(self, m):
        with self.lock:
            m.program.kill()
            need(m.program.process.returncode == -signal.SIGKILL, f"{m.program.name} ended with {m.program.process.returncode} by itself; {m.program.last_words()}")
            m.program = None
            self.counts["kills"] += 1

    def leave(self, m):
        """SIGTERM; how it ended is looked at later."""
        with self.lock:
            m.program.process.terminate()
            self.leaving.append((m.program, time.monotonic() + 60 * self.patience, self.restless))
            m.program = None

    def check(self):
        """Nobody ended by himself, nobody refuses to end."""
        with self.lock:
            for m in self.members.values():
                if m.program is None or m.program.running():
                    continue
                code = m.program.process.returncode
                if m.static and code == 1 and re.search("fenced by other consumer|FENCED_INSTANCE_ID", m.program.err):
                    self.counts["fenced"] += 1       # Kafka may hold a returning static member for a second one, for good
                    m.program = None
                    self.up(m.name)
                    continue
                if code in m.excused:
                    m.program = None
                    continue
                raise Failed(f"{m.program.name} ({m.name}) ended with {code} by itself; {m.program.last_words()}")
            for which in list(self.leaving):
                p, deadline, restless = which
                if p.running():
                    need(time.monotonic() < deadline, f"{p.name} does not end; {p.last_words()}")
                    continue
                code = p.process.returncode
                fenced = code == 1 and "fenced" in p.err
                need(code == 0 or fenced or (restless and code == 1), f"{p.name} was to end with 0 and ended with {code}; {p.last_words()}")
                self.leaving.remove(which)

    def sleep(self, seconds):
        deadline = time.monotonic() + seconds
        while True:
            self.check()
            left = deadline - time.monotonic()
            if left <= 0 or self.quit.wait(min(left, 0.2)):
                return

    def wait_for(self, seconds, holds, why):
        """until(), with an eye on the members."""
        return until(seconds * self.patience, lambda: (self.check(), holds())[1], why)

    def everybody(self):
        for name in "ab" + ("c" if self.options.dynamic else ""):
            self.up(name)

    # ---- Redis
    def node_of(self, key):
        """A client of the server that has a key."""
        return self.store.node(self.store.master_of(key)) if self.options.cluster else self.store.client

    def put_back(self, rng, what, seconds):
        """The keys of one partition or scope become what they are now, that many seconds later."""
        tag = rng.choice(SCOPES) if what == "scope" else f"trade-events/{rng.randrange(self.partitions)}"
        put_back = self.keep(f"tt:{{{tag}}}:*")
        self.sleep(seconds)
        put_back()

    def see_refusals(self):
        """Of the errors that Redis has counted since its start."""
        for name, told in self.store.client.info("errorstats").items():
            if name != "errorstat_ERR":              # of CLIENT SETINFO, which this Redis does not know
                self.refusals[name.removeprefix("errorstat_")] += told["count"]
        self.store.client.config_resetstat()

    def jump(self, seconds):
        """The clock of the aggregators, so many seconds from the true one."""
        new = self.folder / "clock.new"
        new.write_text(f"{seconds:+d}\n")
        os.replace(new, self.clock_file)

    # ---- is everything right?
    def day(self):
        return world.CLOCK if not self.wall else (oracle.EPOCH + oracle.dt.timedelta(days=oracle.china_day(int(time.time() * 1000)))).isoformat()

    def today_number(self):
        return oracle.day_of(self.day(), "")

    def behind(self, ends):
        """Why not everything that is in Kafka is counted and shown; '' when it is. Plain reads, no totals."""
        try:
            for (t, p), end in ends.items():
                read_to = self.store.client.hget(f"tt:{{{t}/{p}}}:meta", "next")
                if read_to != str(end):
                    return f"{t}/{p} is read to {read_to} of {end}"
            today = self.day()
            for s in SCOPES:
                asof = self.store.client.hgetall(f"tt:{{{s}}}:asof")
                if asof.get("complete") != "1" or asof.get("day") != today:
                    return f"{s} is not complete on {today}: {asof}"
        except (redis.RedisError, redis.exceptions.RedisClusterException, OSError) as bad:
            return f"Redis: {bad}"
        return ""

    def tags(self):
        return [self.store.client.hgetall(f"tt:{{{s}}}:tags") for s in SCOPES]

    def right(self, seconds=180):
        """Wait until everything is counted, shown, and as the oracle says. -> seconds that it took, fields."""
        begun, ends = time.monotonic(), {}
        deadline = begun + seconds * self.patience

        def done():
            self.check()
            ends.update(self.truth.ask("ends"))
            return self.behind(ends) == ""
        took, keys = None, None                      # keys: what differed is read again, which is fast, and everything once that is right
        while True:
            until(max(0, deadline - time.monotonic()), done, lambda: self.behind(ends))
            stood, tags = time.monotonic(), self.tags()
            messages, fields, wrong = self.truth.ask("compare", self.store.url, self.today_number(), keys)
            if wrong:
                need(time.monotonic() < deadline, f"{len(wrong)} of {fields} fields are wrong: {'; '.join(wrong[:3])}")
                took, keys = None, {w.partition(" ")[0] for w in wrong}
                time.sleep(0.1)                      # committed, and not yet pushed
                continue
            took = took or (stood if self.tags() == tags else time.monotonic()) - begun   # nothing was pushed while it was read: it was right before
            if keys is None:
                return took, messages, fields
            keys = None

    def healed(self, kind):
        """After a fault: how long until all is right. Nothing is sent meanwhile."""
        self.feed.pause()
        took, _, _ = self.right()
        self.times.setdefault(kind, []).append(took)
        self.feed.go_on()
        return took
