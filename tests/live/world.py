"""A real Kafka, a real Redis and the built programs, in one folder on free ports; nothing of them is left running afterwards.

One broker serves a whole run; every test gets new topics, a Redis of its own and a folder of its own with what each program said. Programs die
with this process, however it ends (PR_SET_PDEATHSIG); the servers are stopped by close().
"""
import collections, contextlib, ctypes, json, math, os, pathlib, random, re, shutil, signal, subprocess, sys, threading, time

import confluent_kafka
from confluent_kafka import admin
import redis

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "support")]
import oracle, records                               # noqa: E402  (found by the line above)
from programs import freeze                          # noqa: E402

CLOCK = "2024-01-31"
TOPICS = ["trade-events", "agreements"]
SCOPES = sorted(oracle.PROVINCES | {"ALL"})
DEATH = ctypes.CDLL(None, use_errno=True).prctl


class Failed(Exception):
    """A test's reason to fail."""


class Late(Failed):
    """What ought to come did not come in its time: the program may be to blame, or a machine with too much to do."""


class Skipped(Exception):
    """A test's reason not to run."""


def alone(test):
    """A test that measures: nothing runs beside it."""
    test.alone = True
    return test


def plays_alone(test):
    return getattr(test, "alone", False)


def need(ok, why):
    if not ok:
        raise Failed(why)


def as_documented(out, command):
    """docs/readers.md shows the command with this output, but for the lines that tell the time."""
    plain = lambda text: [line.rstrip() for line in text.splitlines() if not line.startswith("as of ")]
    shown = (ROOT / "docs" / "readers.md").read_text().split(f"$ {command}\n", 1)
    need(len(shown) == 2, f"docs/readers.md does not show {command}")
    want = plain(shown[1].split("\n```", 1)[0])
    need(plain(out) == want, f"{command} prints\n{out}\nand docs/readers.md shows\n" + "\n".join(want))


def until(seconds, holds, why):
    """Wait until holds() is true; asked often enough not to matter."""
    deadline = time.monotonic() + seconds
    while not (answer := holds()):
        if time.monotonic() >= deadline:
            raise Late(f"{why() if callable(why) else why} (waited {seconds:.0f} s)")
        time.sleep(0.02)
    return answer


# ---- programs ------------------------------------------------------------------------------------------------------
class Program:
    """A running program; what it says goes into files beside the test."""

    def __init__(self, name, argv, folder, stdin=subprocess.DEVNULL, environment=None, stderr=None):
        self.name, self.out_path, self.err_path = name, folder / f"{name}.out", folder / f"{name}.err"
        self.excused = False                         # it may have ended with a failure; its test has looked why
        with open(self.out_path, "wb") as out, open(self.err_path, "wb") as err:
            self.process = subprocess.Popen([str(a) for a in argv], stdin=stdin, stdout=out, stderr=err if stderr is None else stderr,
                                            env={**os.environ, "XDG_RUNTIME_DIR": str(folder), **(environment or {})},
                                            preexec_fn=lambda: DEATH(1, signal.SIGKILL))

    @property
    def out(self):
        return self.out_path.read_text(errors="replace")

    @property
    def err(self):
        return self.err_path.read_text(errors="replace")

    def running(self):
        return self.process.poll() is None

    def wait(self, seconds):
        """Its exit code."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Late(f"{self.name} still runs after {seconds:.0f} s, {self.where()}; {self.last_words()}")

    def where(self):
        """What its main thread waits in, as far as this machine can say."""
        if shutil.which("gdb"):
            said = subprocess.run(["gdb", "-p", str(self.process.pid), "-batch", "-ex", "thread apply all bt 12"], capture_output=True, text=True)
            (self.err_path.with_suffix(".stack")).write_text(said.stdout)
        try:
            at = pathlib.Path(f"/proc/{self.process.pid}")
            return f"in {(at / 'wchan').read_text()} (system call {(at / 'syscall').read_text().split()[0]})"
        except (OSError, IndexError):
            return "nobody knows where"

    def ends_with(self, code, seconds):
        got = self.wait(seconds)
        need(got == code, f"{self.name} ended with {got} instead of {code}; {self.last_words()}")
        return self

    def kill(self):
        """As a power cut would."""
        self.process.kill()
        self.process.wait()

    def minds_sigterm(self):
        """A program that was started a moment ago may have no handler yet."""
        if not self.running():
            return True
        try:
            status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        except OSError:
            return True
        caught = re.search(r"^SigCgt:\s*([0-9a-f]+)$", status, re.M)
        return not caught or int(caught[1], 16) >> (signal.SIGTERM - 1) & 1

    def ask_to_end(self):
        if self.running():
            until(5, self.minds_sigterm, f"{self.name} does not mind SIGTERM")
            self.process.terminate()

    def terminate(self, seconds=15):
        """SIGTERM drains and exits 0."""
        self.ask_to_end()
        self.ends_with(0, seconds)

    def says(self, pattern, seconds):
        """Wait for a line on its stderr."""
        until(seconds, lambda: re.search(pattern, self.err, re.I), lambda: f"{self.name} never said /{pattern}/; {self.last_words()}")

    def loaded(self):
        """How many partitions a tally-aggregate has loaded, by its log; one that was loaded twice is two."""
        return sum(json.loads(line)["partitions"] for line in self.err.splitlines() if '"event":"loaded"' in line)

    def last_words(self, lines=1):
        said = self.err.strip().splitlines()[-lines:]
        return "its last words: " + " ".join(line[:300] for line in said) if said else "it said nothing"

    def last_counts(self):
        """Of a tally-ingest."""
        return [json.loads(line) for line in self.err.splitlines() if '"not_delivered":' in line and '"ms":' in line][-1]


class Feed:
    """Lines written to a program's stdin at a pace, by a thread."""

    def __init__(self, program, lines, per_second):
        self.program, self.lines, self.pace, self.sent = program, lines, per_second, 0
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        start, step = time.monotonic(), max(1, self.pace // 50)
        try:
            with self.program.process.stdin as pipe:
                for at in range(0, len(self.lines), step):
                    pipe.write(b"".join(line + b"\n" for line in self.lines[at:at + step]))
                    pipe.flush()
                    self.sent = min(at + step, len(self.lines))
                    time.sleep(max(0, start + self.sent / self.pace - time.monotonic()))
        except (OSError, ValueError):                # the program ended first; its exit code tells
            pass

    def reached(self, share):
        return self.sent >= share * len(self.lines)

    def hurry(self):
        """The rest as fast as it is taken: what was to happen while records flow has happened."""
        self.pace = math.inf

    def done(self):
        return not self.thread.is_alive()


# ---- servers -------------------------------------------------------------------------------------------------------
def script(name, *arguments):
    """What it prints. A server that it starts gets an error, no signal, when a file may not grow: what a full disk does."""
    done = subprocess.run([str(ROOT / "scripts" / name), *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          preexec_fn=lambda: signal.signal(signal.SIGXFSZ, signal.SIG_IGN))
    need(done.returncode == 0, f"scripts/{name} {arguments[0]}: {done.stderr.strip()[-500:]}")
    return done.stdout.strip()


def ends(client, places, seconds):
    """{(topic, partition): end offset} of places(), asked again for so many seconds while a broker refuses: new partitions have no leader for a moment.

    client() makes a consumer. What a broker that has just come back tells it of a topic can stand in it for minutes, so each try has one of its own.
    """
    deadline = time.monotonic() + seconds
    while True:
        asker = client()
        try:
            return {place: asker.get_watermark_offsets(confluent_kafka.TopicPartition(*place), timeout=5)[1] for place in places()}
        except confluent_kafka.KafkaException:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        finally:
            asker.close()


class Kafka:
    def __init__(self, folder):
        self.folder = folder
        try:
            script("kafka", "light", folder)         # less CPU for as few records as tests have
            self.address = script("kafka", "start", folder)
            self.admin = admin.AdminClient({"bootstrap.servers": self.address, "log_level": 0})
        except BaseException:
            self.close()
            raise

    def close(self):
        script("kafka", "kill", self.folder)         # its data is thrown away

    def _pid(self, *broker):
        """Of one of several: its number."""
        return int(self.folder.joinpath(*map(str, broker), "pid").read_text())

    def freeze(self, *broker):
        freeze(self._pid(*broker))

    def thaw(self, *broker):
        os.kill(self._pid(*broker), signal.SIGCONT)

    def explain(self, into):
        """For whoever asks why: what each broker logged, and where all of its threads stand now, in kafka*.log."""
        logs = [*self.folder.glob("log"), *self.folder.glob("[0-9]*/log")]
        for log in logs:
            with contextlib.suppress(OSError, ValueError):
                pid = int((log.parent / "pid").read_text())
                if b"kafka.Kafka" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(pid, signal.SIGQUIT)
        time.sleep(1)
        for log in logs:
            with contextlib.suppress(OSError):
                shutil.copy(log, into / f"kafka{'' if log.parent == self.folder else f'-{log.parent.name}'}.log")

    def forget_topics(self):
        """Delete every topic of ours; the names are free again afterwards."""
        ours = [t for t in self.admin.list_topics(timeout=10).topics if not t.startswith("__")]
        for done in self.admin.delete_topics(ours).values() if ours else []:
            done.result(30)
        until(30, lambda: not [t for t in self.admin.list_topics(timeout=10).topics if not t.startswith("__")], "topics are still there")

    def consumer(self):
        return confluent_kafka.Consumer({"bootstrap.servers": self.address, "group.id": "onlooker", "enable.auto.commit": False,
                                         "auto.offset.reset": "error", "log_level": 3})

    def ends(self, topics=TOPICS):
        """{(topic, partition): end offset} of those topics that are there."""
        def places():
            known = self.admin.list_topics(timeout=10).topics
            return [(t, p) for t in topics if t in known for p in known[t].partitions]
        return ends(self.consumer, places, 20)

    def messages(self, topic):
        """All messages of a topic, partition by partition."""
        ends, got = self.ends([topic]), collections.defaultdict(list)
        onlooker = self.consumer()
        try:
            onlooker.assign([confluent_kafka.TopicPartition(t, p, 0) for t, p in ends])
            deadline = time.monotonic() + 60
            while any(len(got[p]) < end for (_, p), end in ends.items()):
                need(time.monotonic() < deadline, f"{topic} can't be read to its end")
                for m in onlooker.consume(5000, timeout=1):
                    need(not m.error(), f"{topic}: {m.error()}")
                    got[m.partition()].append(m)
        finally:
            onlooker.close()
        return [m for p in sorted(got) for m in got[p]]


class Users(Kafka):
    """A broker that asks users who they are, at .users; whoever comes to .address may all."""

    def __init__(self, folder):
        self.users = script("kafka", "users", folder)
        super().__init__(folder)

    @staticmethod
    def rights(user, table):
        """[("TOPIC", name, "READ")] -> what Kafka keeps."""
        return [admin.AclBinding(admin.ResourceType[kind], name, admin.ResourcePatternType.LITERAL, f"User:{user}", "*", admin.AclOperation[operation], admin.AclPermissionType.ALLOW)
                for kind, name, operation in table]

    def allow(self, user, table):
        """In force when this returns."""
        for done in self.admin.create_acls(self.rights(user, table)).values():
            done.result(20)
        until(20, lambda: set(self.rights(user, table)) <= self.known_rights(), "the rights did not come")

    def forbid(self, user, table):
        wanted = [admin.AclBindingFilter(r.restype, r.name, r.resource_pattern_type, r.principal, r.host, r.operation, r.permission_type) for r in self.rights(user, table)]
        for done in self.admin.delete_acls(wanted).values():
            done.result(20)
        until(20, lambda: not set(self.rights(user, table)) & self.known_rights(), "the rights did not go")

    def known_rights(self):
        every = admin.AclBindingFilter(admin.ResourceType.ANY, None, admin.ResourcePatternType.ANY, None, None, admin.AclOperation.ANY, admin.AclPermissionType.ANY)
        return set(self.admin.describe_acls(every).result(20))

    def as_user(self, name, password=None):
        """Arguments of a program."""
        return ["-b", self.users, "-X", "security.protocol=SASL_PLAINTEXT", "-X", "sasl.mechanisms=PLAIN", "-X", f"sasl.username={name}", "-X", f"sasl.password={password or name + '-secret'}"]


class Brokers(Kafka):
    """Three brokers that replicate; broker N (from 1) is one of scripts/kafka."""

    def __init__(self, folder, count=3):
        self.folder = folder
        try:
            self.address = script("kafka-cluster", "start", folder, count)
            self.admin = admin.AdminClient({"bootstrap.servers": self.address, "log_level": 0})
        except BaseException:
            self.close()
            raise

    def close(self):
        script("kafka-cluster", "stop", self.folder)

    def leader(self, topic, partition):
        """The number of the broker that leads; None while there is none."""
        known = self.admin.list_topics(topic, timeout=10)
        broker = known.brokers.get(known.topics[topic].partitions[partition].leader)
        return broker and self.number_of(broker)

    def number_of(self, broker):
        """Of one that Kafka names by host and port."""
        names = {f"127.0.0.1:{(f.parent / 'address').read_text().strip().split(':')[1]}": int(f.parent.name) for f in self.folder.glob("*/address")}
        return names.get(f"{broker.host}:{broker.port}")

    def kill(self, n):
        script("kafka", "kill", self.folder / str(n))

    def start(self, n):
        script("kafka", "start", self.folder / str(n))


class Redis:
    def __init__(self, folder, *options):
        self.folder, self.options = folder, options
        self.start()

    def start(self, *options):
        """With the options that it was made with, and then these."""
        self.url = script("redis", "start", self.folder, *self.options, *options)
        self.client = redis.Redis.from_url(self.url, decode_responses=True)
        self.pid = int((self.folder / "pid").read_text())

    def kill(self):
        script("redis", "kill", self.folder)

    def freeze(self):
        freeze(self.pid)

    def thaw(self):
        os.kill(self.pid, signal.SIGCONT)

    def close(self):
        try:
            self.thaw()
        except (OSError, AttributeError):
            pass
        self.kill()


class Registry:
    """A schema registry, Apicurio's; a later start finds its schemas again."""

    def __init__(self, folder):
        self.folder = folder
        self.start()

    def start(self):
        self.url = script("registry", "start", self.folder)

    def kill(self):
        script("registry", "kill", self.folder)

    close = kill


class GuidRegistry:
    """franz-go's registry in memory (tests/clients/srfake), which knows schemas by their GUIDs as Confluent's does from 8.0 on; Apicurio's does not."""

    def __init__(self, folder):
        folder.mkdir()
        self.process, program = None, folder / "srfake"
        try:
            subprocess.run(["go", "build", "-o", program, "."], cwd=ROOT / "tests" / "clients" / "srfake", stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True,
                           env={**os.environ, "PATH": f"{os.environ['PATH']}:{ROOT / 'build' / 'venv' / 'bin'}"})
        except (FileNotFoundError, subprocess.CalledProcessError) as bad:
            need(os.environ.get("CI") != "true", f"{bad} {getattr(bad, 'stderr', '')}")
            raise Skipped(f"its registry can't be built: {bad}")
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


class Cluster:
    """Masters, each with some replicas; server N (from 1) is one of scripts/redis."""

    def __init__(self, folder, masters, replicas, *options):
        self.folder, self.size, self.deaf = folder, masters * (1 + replicas), None   # deaf: a server that is frozen, and not asked
        try:
            self.url = script("redis-cluster", "start", folder, masters, replicas, *options)
            self.ports = {n: int((folder / str(n) / "port").read_text()) for n in range(1, self.size + 1)}
            self.client = oracle.reach(self.url)
        except BaseException:
            self.close()
            raise

    def node(self, n, seconds=10):
        """A client of one server alone."""
        return redis.Redis(port=self.ports[n], decode_responses=True, socket_timeout=seconds)

    def slots(self):
        """[first, last, number of the server] of all masters that have slots, as a living server sees it."""
        number = {port: n for n, port in self.ports.items()}
        for n in self.ports:
            if n == self.deaf:
                continue
            try:
                return [(first, last, number[master[1]]) for first, last, master, *_ in self.node(n, 1).execute_command("CLUSTER", "SLOTS")]
            except redis.RedisError:
                continue
        raise Failed("no server of the cluster answers")

    def master_of_slot(self, slot):
        return next((n for first, last, n in self.slots() if first <= slot <= last), None)

    def master_of(self, key):
        return self.master_of_slot(redis.crc.key_slot(key.encode()))

    def replica_of(self, n):
        return next(m for m in self.ports if m != n and self.node(m).info("replication").get("master_port") == self.ports[n])

    def start(self, n, *options):
        script("redis", "start", self.folder / str(n), "--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf",
               "--cluster-node-timeout", "2000", "--cluster-replica-validity-factor", "0", *options)

    def kill(self, n):
        script("redis", "kill", self.folder / str(n))

    def move_slot(self, slot, to, pause=0.0, first=(), then=None):
        """Move a slot as redis-cli does, some keys at a time, with pauses; certain keys first, then something may happen. -> how many keys."""
        source = self.master_of_slot(slot)
        a, b = self.node(source), self.node(to)
        ids = {n: self.node(n).execute_command("CLUSTER", "MYID") for n in (source, to)}
        b.execute_command("CLUSTER", "SETSLOT", slot, "IMPORTING", ids[source])
        a.execute_command("CLUSTER", "SETSLOT", slot, "MIGRATING", ids[to])
        moved, names = 0, list(first) or a.execute_command("CLUSTER", "GETKEYSINSLOT", slot, 5)
        while names:
            a.execute_command("MIGRATE", "127.0.0.1", self.ports[to], "", 0, 5000, "KEYS", *names)
            if then and not moved:
                then()
            moved += len(names)
            time.sleep(pause)
            names = a.execute_command("CLUSTER", "GETKEYSINSLOT", slot, 5)
        for n in (to, source, *(m for _, _, m in self.slots())):
            self.node(n).execute_command("CLUSTER", "SETSLOT", slot, "NODE", ids[to])
        return moved

    def close(self):
        script("redis-cluster", "stop", self.folder)


class Sentinels:
    """A master (1), its replica (2) and three sentinels."""

    def __init__(self, folder):
        self.folder = folder
        try:
            self.url = script("redis-cluster", "sentinel", folder)
            self.client = oracle.reach(self.url)
        except BaseException:
            self.close()
            raise

    def kill(self, n):
        script("redis", "kill", self.folder / str(n))

    def close(self):
        script("redis-cluster", "stop", self.folder)


KEEP = """local out = {}
for _, key in ipairs(redis.call('KEYS', ARGV[1])) do out[#out + 1] = key; out[#out + 1] = redis.call('DUMP', key) end
return out"""
GONE = """for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('UNLINK', key) end
"""
PUT_BACK = GONE + """for i = 2, #ARGV, 2 do redis.call('RESTORE', ARGV[i], 0, ARGV[i + 1]) end"""


def lose(client, pattern):
    """All keys of a Redis that match are gone at once: one by one, some could be written again in between, and stay without an index."""
    client.eval(GONE, 0, pattern)


# ---- what one test stands in ------------------------------------------------------------------------------------------
class World:
    def __init__(self, name, folder, kafka, build, patience, seed, messages=20000):
        self.messages = messages
        self.name, self.folder, self.kafka, self.build, self.patience = name, folder, kafka, build, patience
        self.rng, self.group, self.programs, self.servers, self.started = random.Random(f"{name} {seed}"), name.replace("_", "-"), [], [], 0
        self.store, self.notes, self.seed = None, [], seed
        folder.mkdir(parents=True)

    def close(self):
        for p in self.programs:
            if p.running():
                p.process.kill()
                p.process.wait()
            if p.process.stdin:
                try:
                    p.process.stdin.close()
                except OSError:
                    pass
        for s in self.servers:
            s.close()

    def note(self, text):
        self.notes.append(text)

    # ---- beginnings
    def begin(self, *redis_options, partitions=4):
        """New topics and a new Redis."""
        self.new_redis(*redis_options)
        self.new_topics(partitions)

    def begin_brokers(self, *redis_options, partitions=6):
        """The same with three brokers of its own."""
        self.kafka = Brokers(self.folder / "brokers")
        self.servers.append(self.kafka)
        self.begin(*redis_options, partitions=partitions)

    def new_registry(self):
        registry = Registry(self.folder / f"registry-{len(self.servers)}")
        self.servers.append(registry)
        return registry

    def new_guid_registry(self):
        """-> its URL."""
        self.servers.append(GuidRegistry(self.folder / f"guids-{len(self.servers)}"))
        return self.servers[-1].url

    def new_redis(self, *options):
        self.store = Redis(self.folder / f"redis-{len(self.servers)}", *options)
        self.servers.append(self.store)

    def begin_cluster(self, masters=3, replicas=0, *options, partitions=12):
        self.store = Cluster(self.folder / "cluster", masters, replicas, *options)
        self.servers.append(self.store)
        self.new_topics(partitions)

    def begin_sentinels(self, partitions=4):
        self.store = Sentinels(self.folder / "sentinels")
        self.servers.append(self.store)
        self.new_topics(partitions)

    def new_topics(self, partitions=4):
        self.kafka.forget_topics()
        self.ingest(None, f"--create-topics={partitions}").ends_with(0, 60)
        until(20, lambda: len(self.kafka.ends(TOPICS + [t + ".dlq" for t in TOPICS])) == 4 * partitions, "--create-topics made other partitions than asked for")

    def program(self, name, *arguments, **how):
        path = self.build / name
        if not path.exists():
            raise Skipped(f"{name} is not built")
        self.started += 1
        p = Program(f"{self.started:02d}-{name.removeprefix('tally-')}", [path, *arguments], self.folder, **how)
        self.programs.append(p)
        return p

    def preload(self, name):
        """The environment of a program that loads a library of tests/support before others."""
        library = self.build / f"{name}.so"
        if not library.exists():
            raise Skipped(f"{name}.so is not built")
        return {"LD_PRELOAD": str(library), "ASAN_OPTIONS": "verify_asan_link_order=0"}

    def ingest(self, lines, *arguments, brokers=None):
        """Of a list of lines, of a file, or of nothing."""
        files = []
        if isinstance(lines, list):
            files = [self.folder / f"{self.started:02d}-lines.ndjson"]
            files[0].write_bytes(b"".join(line + b"\n" for line in lines))
        elif lines is not None:
            files = [lines]
        return self.program("tally-ingest", "-b", brokers or self.kafka.address, *arguments, *files)

    def ingest_slowly(self, lines, per_second, *arguments):
        p = self.program("tally-ingest", "-b", self.kafka.address, *arguments, "-", stdin=subprocess.PIPE)
        return p, Feed(p, lines, per_second)

    def aggregate(self, instance, *arguments, group=None, clock=CLOCK, **how):
        return self.program("tally-aggregate", "-b", self.kafka.address, "-r", self.store.url, "-G", group or self.group, "--clock", clock,
                            *(["-X", f"group.instance.id={instance}"] if instance else []), *arguments, **how)

    def was_fenced(self, p):
        """Kafka may fence a static member after its coordinator died or stood still (docs/operating.md): has p ended so? By nothing else may it have ended."""
        if p.running():
            return False
        need("fenced by other consumer" in p.err, f"{p.name} ended by itself; {p.last_words()}")
        p.ends_with(1, 0).excused = True
        self.note(f"{p.name} was fenced, and ended with 1")
        return True

    def begun_again(self, p, instance, *arguments):
        return self.aggregate(instance, *arguments) if self.was_fenced(p) else p

    def terminate_even_fenced(self, p):
        """SIGTERM to one whom Kafka may have fenced: it hears of that when it commits its next offsets, which may be its last."""
        p.ask_to_end()
        if p.wait(15) != 0:
            self.was_fenced(p)

    def aggregate_to_end(self, instances=1, seconds=60, group=None):
        running = [self.aggregate(f"end-{i}", "--exit-at-end", group=group) for i in range(instances)]
        for p in running:
            p.ends_with(0, seconds * self.patience)
        return running

    def rebuild(self, *arguments):
        """Count again from Kafka, and swap in; the program, for what it said."""
        return self.aggregate(None, "--rebuild", *arguments).ends_with(0, 60 * self.patience)

    def lookup(self, *arguments):
        return self.program("tally-lookup", "-r", self.store.url, *arguments)

    def keep(self, pattern):
        """All keys of one Redis that match, as they are now; the result puts them back, and removes what came since."""
        raw = redis.Redis.from_url(self.store.url)
        kept = raw.eval(KEEP, 0, pattern)
        return lambda: raw.eval(PUT_BACK, 0, pattern, *kept)

    def described_group(self):
        """The consumer group as Kafka has it: .state, .members, .coordinator."""
        return self.kafka.admin.describe_consumer_groups([self.group])[self.group].result(20)

    # ---- ends
    def wrong(self, want):
        """Differences between what readers find and what they ought to."""
        return differences(self.store.url, want)

    def incomplete(self, day=CLOCK):
        """Scopes that do not say that they are complete on the clock's day."""
        pipe = self.store.client.pipeline(transaction=False)
        for s in SCOPES:
            pipe.hgetall(f"tt:{{{s}}}:asof")
        return [s for s, asof in zip(SCOPES, pipe.execute()) if (asof.get("complete"), asof.get("day")) != ("1", day)]

    def totals_are(self, want, day=CLOCK):
        """Now, in every field."""
        wrong, missing = self.wrong(want), self.incomplete(day)
        need(not wrong, f"{len(wrong)} wrong of {sum(map(len, want.values()))} fields; {'; '.join(wrong[:3])}")
        need(not missing, f"asof is not complete at {day} in {len(missing)} of {len(SCOPES)} scopes: {' '.join(missing[:5])}")

    def totals_become(self, want, seconds=60, day=CLOCK):
        """In a while, with the aggregators running."""
        deadline = time.monotonic() + seconds * self.patience
        while True:
            try:
                return self.totals_are(want, day)
            except (Failed, redis.RedisError, redis.exceptions.RedisClusterException) as bad:
                dead = [p.name for p in self.programs if "aggregate" in p.name and not p.running() and p.process.returncode not in (0, -signal.SIGKILL) and not p.excused]
                need(not dead, f"{dead} ended by itself; {bad}")
                if time.monotonic() >= deadline:
                    said = [f"{p.name}: {p.last_words(6)}" for p in self.programs if "aggregate" in p.name and p.running()]
                    raise Late(f"{bad} (waited {seconds} s); {'; '.join(said)}")
            time.sleep(0.5)

    def no_dead_letters(self):
        ends = self.kafka.ends([t + ".dlq" for t in TOPICS])
        need(ends and not any(ends.values()), f"dead letters: {ends}")


def ranking(want):
    """{redis key: {partner: score}} of every window, money measure and number of agreements; of countries alone."""
    out = collections.defaultdict(dict)
    for key, fields in want.items():
        place, partner, window, *detail = key.split(":")
        if partner not in oracle.PARTNERS or window == "months" or detail:
            continue
        for measure, total in fields.items():
            name, _, code = measure.rpartition(".")
            if measure == "agreements" or code in oracle.CURRENCIES and re.fullmatch(r"(deals\.)?(export|import|total)|agreements", name):
                out[f"tt:{place}:top:{window}:{measure}"][partner] = float(total)
    return out


def differences(url, want, keys=None):
    """Every field and every place in a ranking that is not as it ought to be, each after its key in Redis; keys: of these alone."""
    store, out = oracle.reach(url), []
    want = {f"tt:{key}": fields for key, fields in want.items()} | ranking(want)
    if keys is None:
        keys = {*want, *oracle.keys_of_totals(store, "tt:"), *store.scan_iter(match="tt:{*}:top:*", count=1000)}
    rankings = [k for k in keys if ":top:" in k]
    pipe = store.pipeline(transaction=False)
    for k in rankings:
        pipe.zrange(k, 0, -1, withscores=True)
    have = {k: dict(places) for k, places in zip(rankings, pipe.execute())} | oracle.read_hashes(store, [k for k in keys if ":top:" not in k])
    for key in sorted(keys):
        w, h = want.get(key, {}), have[key]
        if w != h:
            out.extend(f"{key} {f}: expected {w.get(f)}, found {h.get(f)}" for f in sorted({*w, *h}) if w.get(f) != h.get(f))
    store.close()
    return out


def judged(lines, clock=CLOCK, windows=oracle.WINDOWS):
    """-> the totals of the lines, by the oracle; and what became of them."""
    entries, outcome = collections.defaultdict(oracle.Entry), collections.Counter()
    for line in lines:
        try:
            r = oracle.read(line.decode("utf-8", "surrogateescape"))
        except oracle.Invalid as bad:
            outcome[str(bad)] += 1
            continue
        outcome["taken" if entries[r["type"], r.get("basis"), oracle.kafka_key(r)].take(r) else "superseded"] += 1
    return oracle.totals(entries, oracle.day_of(clock, "BAD_CLOCK"), windows), outcome


MADE = {}


def mixed(count, seed=11, **knobs):
    """-> (lines, totals) of a set of mixed records; made and judged once."""
    what = (count, seed, *sorted(knobs.items()))
    if what not in MADE:
        lines = list(records.records(seed, count, **knobs))
        MADE[what] = lines, judged(lines)[0]
    return MADE[what]


# ---- questions about totals -------------------------------------------------------------------------------------------
def numbers(want, province, partner, when):
    """What the oracle has for a pair in a window or a month."""
    if re.fullmatch(r"\d{4}-\d\d", when):
        months = want.get(f"{{{province}}}:{partner}:months", {})
        return {f.split("|")[1]: v for f, v in months.items() if f.startswith(when + "|")}
    return want.get(f"{{{province}}}:{partner}:{when}", {})


def questions(want, rng, count):
    """Random pairs with windows or months; every third with a measure."""
    keys = sorted(k for k in want if ":detail" not in k and ":top:" not in k)
    for n in range(count):
        place, partner, when = rng.choice(keys).split(":")
        measures = want[f"{place}:{partner}:{when}"]
        if when == "months":
            when = rng.choice(sorted(measures)).split("|")[0]
            measures = {f.split("|")[1]: v for f, v in measures.items() if f.startswith(when + "|")}
        yield place.strip("{}"), partner, when, rng.choice(sorted(measures)) if n % 3 == 0 else None
