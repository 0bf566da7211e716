"""A Kafka and a Redis of one's own in one folder, the programs, and what each run of them costs."""
import collections, ctypes, json, os, pathlib, signal, subprocess, threading, time

import confluent_kafka, confluent_kafka.admin, redis

import oracle

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
CLOCK = "2024-12-31"
STAGES = (1, 2, 3, 4, 5)  # of tally-stages: raw loop, decode, ledger, fold, commit
TICKS = os.sysconf("SC_CLK_TCK")
DEATH = ctypes.CDLL(None, use_errno=True).prctl


class Failed(Exception):
    """A run that ended wrong, or with wrong totals."""


def need(ok, why):
    if not ok:
        raise Failed(why)


def build(folder):
    """Optimised and hardened, as the release; with the benchmark's programs."""
    log = folder.with_name(folder.name + ".log")
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "w") as out:
        for command in (["cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DTALLY_HARDEN=ON",
                         "-DTALLY_TESTS=OFF", "-DTALLY_BENCH=ON"], ["cmake", "--build", folder]):
            if subprocess.run(command, stdout=out, stderr=out).returncode != 0:
                raise SystemExit(f"{' '.join(map(str, command))} failed: {log}")


def script(name, *arguments):
    done = subprocess.run([str(ROOT / "scripts" / name), *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    need(done.returncode == 0, f"scripts/{name} {arguments[0]}: {done.stderr.strip()[-500:]}")
    return done.stdout.strip()


def process_cpu_s(pid):
    """User and system seconds of a process so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def peak_mb(pid):
    """VmHWM: ru_maxrss would begin with the memory of this Python."""
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError


class Watch(threading.Thread):
    """Remembers the peak of a process until it ends."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.mb = pid, 0
        self.start()

    def run(self):
        try:
            while True:
                self.mb = peak_mb(self.pid)
                time.sleep(0.02)
        except (OSError, ProcessLookupError):
            pass


class Cost:
    """What a process uses from its start to its end, and Redis and the broker meanwhile."""

    def __init__(self, world, name, process):
        self.world, self.name, self.process = world, name, process
        self.watch = Watch(process.pid)
        self.redis0, self.broker0, self.started = world.redis_cpu_s(), process_cpu_s(world.broker_pid), time.monotonic()

    def so_far(self):
        """CPU seconds: of the process, of Redis, of the broker."""
        return process_cpu_s(self.process.pid), self.world.redis_cpu_s(), process_cpu_s(self.world.broker_pid)

    def end(self, signal_=None):
        if signal_ is not None:
            self.process.send_signal(signal_)
        _, status, used = os.wait4(self.process.pid, 0)
        self.process.returncode = code = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - self.started
        expected = (0,) if signal_ is None else (0, -signal_, 128 + signal_)
        need(code in expected, f"{self.name} ended with {code}: {self.world.said(self.name, 'err').strip()[-300:]}")
        return {"cpu_s": round(used.ru_utime + used.ru_stime, 3), "user_s": round(used.ru_utime, 3), "wall_s": round(wall, 3),
                "redis_cpu_s": round(self.world.redis_cpu_s() - self.redis0, 3),
                "broker_cpu_s": round(process_cpu_s(self.world.broker_pid) - self.broker0, 3), "peak_mb": round(self.watch.mb)}


def compare(want, have):
    """Both {key: {field: integer}}."""
    wrong = []
    for key in want.keys() | have.keys():
        w, h = want.get(key, {}), have.get(key, {})
        if w != h:
            wrong += [f"{key} {f}: expected {w.get(f)}, found {h.get(f)}" for f in w.keys() | h.keys() if w.get(f) != h.get(f)]
    need(not wrong and want, f"{len(wrong)} wrong of {sum(map(len, want.values()))} fields; {'; '.join(sorted(wrong)[:3])}")


class Tally:
    """tally-aggregate, measured and judged as the programs of peer.py are."""
    name = "tally-aggregate"

    def __init__(self, by_oracle=False, windows=None):
        """windows: as --windows takes them; None: the program's own."""
        self.by_oracle, self.windows = by_oracle, ["--windows", windows] if windows else []

    def arguments(self, world, group, instance=None):
        return ["-b", world.brokers, "-r", world.redis_url, "-G", group, "--clock", CLOCK, *self.windows,
                "-X", f"group.instance.id={instance or group}"]

    def begin(self, world, group, follow, instance=None, more=()):
        """instance: its name among several of one group; more: arguments."""
        return world.begin(instance or group, self.name, *self.arguments(world, group, instance), *more, *([] if follow else ["--exit-at-end"]))

    def told(self, world, group):
        """What the program says of itself at its end."""
        ended = next(json.loads(line) for line in reversed(world.said(group, "err").splitlines()) if '"ended"' in line)
        return {k: ended[k] for k in ("records", "commits", "pushes", "cells", "mismatches", "resets", "entries", "ledger_bytes")}

    def forget(self, world, group):
        pass

    def judge(self, world):
        """The right totals by tally-totals, which the tests hold to the oracle; or by the oracle itself."""
        if self.by_oracle:
            entries, _ = oracle.load(world.ndjson)
            return oracle.totals(entries, oracle.day_of(CLOCK, "BAD_CLOCK"), *(w.split(",") for w in self.windows[1:]))
        want = collections.defaultdict(dict)
        for line in world.run_to_end("totals", "tally-totals", "--clock", CLOCK, *self.windows, *world.ndjson).splitlines():
            key, field, amount = line.split("\t")
            if key:
                want[key][field] = int(amount)
            else:
                need(field in ("taken", "superseded"), f"{amount} records are refused: {field}")
        return want

    def totals_are(self, world, want):
        compare(want, world.redis_hashes())
        for scope in sorted(oracle.PROVINCES | {"ALL"}):
            asof = world.redis.hgetall(f"tt:{{{scope}}}:asof")
            need((asof.get(b"complete"), asof.get(b"day")) == (b"1", CLOCK.encode()), f"{scope} is not complete: {asof}")


class World:
    def __init__(self, folder, programs, partitions, masters=0):
        """masters: of a Redis Cluster; 0: one Redis without."""
        self.folder, self.programs, self.partitions, self.masters = folder, programs, partitions, masters
        folder.mkdir(parents=True)
        self.ndjson = []  # what was sent

    def __enter__(self):
        try:
            self.brokers = script("kafka", "start", self.folder / "kafka")
            self.broker_pid = int((self.folder / "kafka" / "pid").read_text())
            self.start_redis()
            self.run_to_end("topics", "tally-ingest", "-b", self.brokers, f"--create-topics={self.partitions}")
            self.wake_groups()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        script("kafka", "kill", self.folder / "kafka")  # what they hold is thrown away
        for path in self.folder.glob("redis*/"):
            script("redis", "kill", path)

    def start_redis(self):
        if not self.masters:
            self.redis_url = script("redis", "start", self.folder / "redis")
            self.nodes = [redis.Redis.from_url(self.redis_url)]
            self.redis = self.nodes[0]
            return
        urls = [script("redis", "start", self.folder / f"redis-{i}", "--cluster-enabled", "yes") for i in range(self.masters)]
        addresses = [url.removeprefix("redis://").removesuffix("/0") for url in urls]
        done = subprocess.run(["redis-cli", "--cluster", "create", *addresses, "--cluster-yes"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        need(done.returncode == 0, f"redis-cli --cluster create: {done.stdout[-300:]}{done.stderr[-300:]}")
        self.nodes = [redis.Redis.from_url(url) for url in urls]
        give_up = time.monotonic() + 30
        while any(node.cluster("info").get("cluster_state") != "ok" for node in self.nodes):
            need(time.monotonic() < give_up, "the cluster is not ready")
            time.sleep(0.1)
        self.redis_url = "redis+cluster://" + ",".join(addresses)
        self.redis = redis.RedisCluster.from_url(urls[0])

    def start(self, name, program, *arguments, environment=None):
        """From the main thread alone: the kernel kills the process when the thread that started it ends."""
        path = program if os.path.isabs(str(program)) else self.programs / program
        need(os.path.exists(path), f"{path} is not built")
        with open(self.folder / f"{name}.out", "wb") as out, open(self.folder / f"{name}.err", "wb") as err:
            return subprocess.Popen([str(path), *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                    env={**os.environ, **(environment or {})}, preexec_fn=lambda: DEATH(1, signal.SIGKILL))

    def said(self, name, stream="out"):
        return (self.folder / f"{name}.{stream}").read_text(errors="replace")

    def ended(self, name, process):
        code = process.wait()
        need(code == 0, f"{name} ended with {code}: {self.said(name, 'err').strip()[-300:]}")
        return self.said(name)

    def run_to_end(self, name, program, *arguments):
        return self.ended(name, self.start(name, program, *arguments))

    def wake_groups(self):
        """The first group of all makes Kafka create a topic: not at the expense of whoever happens to be first."""
        group = confluent_kafka.Consumer({"bootstrap.servers": self.brokers, "group.id": "warm-up"})
        give_up = time.monotonic() + 60
        while True:
            try:
                group.committed([confluent_kafka.TopicPartition("trade-events", 0)], timeout=5)
                return group.close()
            except confluent_kafka.KafkaException as bad:
                need(time.monotonic() < give_up, f"Kafka has no groups: {bad}")
                time.sleep(0.1)

    def delete_topics(self, prefix):
        """Those that a peer made for itself."""
        admin = confluent_kafka.admin.AdminClient({"bootstrap.servers": self.brokers})
        names = [name for name in admin.list_topics(timeout=30).topics if name.startswith(prefix)]
        for done in (admin.delete_topics(names) if names else {}).values():
            done.result(30)

    # ---- what there is to count
    def generate(self, *arguments, judged=True):
        return self.generated(self.begin_generate(*arguments, judged=judged))

    def begin_generate(self, records, days, seed, *options, judged=True):
        """judged: keep the records for the judge, too."""
        if judged:
            self.ndjson.append(self.folder / f"records-{len(self.ndjson)}.ndjson")
            options = ("--ndjson", self.ndjson[-1], *options)
        return self.start("generate", "tally-generate", "-b", self.brokers, "-n", records, "--days", days, "--seed", seed, "--clock", CLOCK, *options)

    def generated(self, process):
        return json.loads(self.ended("generate", process).splitlines()[-1])

    # ---- what it costs
    def begin(self, name, program, *arguments, environment=None):
        return Cost(self, name, self.start(name, program, *arguments, environment=environment))

    def redis_cpu_s(self):
        """Of all masters."""
        return sum(cpu["used_cpu_user"] + cpu["used_cpu_sys"] for cpu in (node.info("cpu") for node in self.nodes))

    def redis_bytes(self):
        """What is held, Redis' own before the first key included."""
        return sum(node.info("memory")["used_memory"] for node in self.nodes)

    def redis_hashes(self):
        """Every hash that readers look at."""
        have = {}
        for node in self.nodes:
            port = node.connection_pool.connection_kwargs["port"]
            have |= oracle.read_redis(f"redis://127.0.0.1:{port}/0", "tt:")
        return have

    def stage(self, number):
        """One stage, from an empty Redis."""
        self.fresh()
        redis0 = self.redis_cpu_s()
        out = json.loads(self.run_to_end("stages", "tally-stages", "-b", self.brokers, "-r", self.redis_url, "--clock", CLOCK, "--stage", number))
        needs_redis = number >= STAGES[-1]
        return {**out, "redis_cpu_s": round(self.redis_cpu_s() - redis0, 3) if needs_redis else 0}

    def fresh(self):
        for node in self.nodes:
            node.flushall()

    def profile(self):
        """Shares of all CPU: by thread, by function alone, and with what the function calls."""
        data, perf = self.folder / "perf.data", "/usr/bin/perf"
        need(os.path.exists(perf), "perf is not installed (apt-get install linux-perf)")
        self.run_to_end("profile", perf, "record", "-q", "-F", "1499", "--call-graph", "dwarf,4096", "-o", data,
                        self.programs / "tally-aggregate", *Tally().arguments(self, "profile"), "--exit-at-end")
        report = [perf, "report", "-i", data, "-g", "none", "--no-inline", "--stdio", "-q"]
        views = {"thread": ["--no-children", "--sort", "comm", "--percent-limit", "0.5"],
                 "alone": ["--no-children", "--sort", "dso,sym", "--percent-limit", "0.7"],
                 "with callees": ["--children", "--sort", "dso,sym", "--percent-limit", "1.5", "--comm", "tally-aggregate"]}
        return "\n".join(f"{name}:\n" + "\n".join(line.rstrip() for line in self.run_to_end(f"report {name}", *report, *options).splitlines() if line.strip())
                         for name, options in views.items())
