"""The programs in peers/: how each is built and started, and the totals that must stand in its keys."""
import collections, datetime, json, os, pathlib, shutil, subprocess

import measure

SOURCES = measure.HERE / "peers"
BUILD = measure.ROOT / "build" / "peers"
VENV = BUILD / "venv"
JAVA = ["java", "-XX:+UseG1GC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"]
OPENS = [f"--add-opens=java.base/java.{p}=ALL-UNNAMED" for p in ("lang", "lang.invoke", "lang.reflect", "io", "net", "nio", "text", "time", "util",
                                                                "util.concurrent", "util.concurrent.atomic", "util.concurrent.locks")]


def run(*command, cwd=SOURCES):
    done = subprocess.run([str(c) for c in command], cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    measure.need(done.returncode == 0, f"{' '.join(map(str, command))}: {done.stdout.strip()[-1500:]}")


def go(name):
    run("go", "build", "-buildvcs=false", "-o", BUILD / name / "peer", ".", cwd=SOURCES / name)
    return [BUILD / name / "peer"]


def java(name, *options):
    jar, sources = BUILD / name / "peer.jar", [p for p in (SOURCES / name).rglob("*") if p.is_file()]
    if not jar.exists() or jar.stat().st_mtime < max(p.stat().st_mtime for p in sources):
        run("mvn", "-q", "-B", f"-DbuildDir={BUILD / name}", "package", cwd=SOURCES / name)
    return [shutil.which("java"), *JAVA[1:], *options, "-cp", f"{jar}:{BUILD / name}/lib/*", "peers.Main"]


def python(name):
    wanted, have = SOURCES / "requirements.txt", VENV / "installed.txt"
    if not have.exists() or have.read_text() != wanted.read_text():
        run("/usr/bin/python3", "-m", "venv", "--clear", VENV)
        run(VENV / "bin" / "pip", "install", "-q", "--disable-pip-version-check", "-r", wanted)
        shutil.copy(wanted, have)
    return [VENV / "bin" / "python", SOURCES / name / "peer.py"]


# Each builds what is not built, and says how it is started.
PEERS = {
    "go-franz": lambda: go("go-franz"),
    "go-same": lambda: go("go-same"),
    "go-pebble": lambda: go("go-pebble"),
    "python-confluent": lambda: python("python-confluent"),
    "python-quix": lambda: python("python-quix"),
    "kafka-streams": lambda: java("kafka-streams", "-Xmx1g"),
    "flink": lambda: java("flink", "-Xmx2g", *OPENS),
}


def specs(text):
    """What --peers says, as a list; "all" is each of them."""
    return list(PEERS) if text == "all" else [spec for spec in text.split(",") if spec]


class Peer:
    """NAME or NAME:VARIABLE=VALUE:..., such as kafka-streams:COMMIT_MS=1000."""

    def __init__(self, spec):
        self.name = spec
        kind, *settings = spec.split(":")
        self.is_same = kind == "go-same"  # as Tally it has all hashes that readers look at
        measure.need(kind in PEERS, f"--peers {kind}: there are {', '.join(PEERS)}")
        self.settings = dict(s.partition("=")[::2] for s in settings)
        BUILD.mkdir(parents=True, exist_ok=True)
        self.program, *self.arguments = PEERS[kind]()

    def environment(self, world, group, follow):
        state = world.folder / f"{group}.state"
        state.mkdir(exist_ok=True)
        return {"BOOTSTRAP": world.brokers, "REDIS_URL": world.redis_url, "TOPIC": "trade-events", "GROUP": group, "STATE_DIR": str(state),
                "SCHEMA": str(measure.ROOT / "schemas" / "trade_event.avsc"), "WANTED": str(SOURCES / "wanted.avsc"),
                "CLOCK": measure.CLOCK, "FOLLOW": "1" if follow else "", **self.settings}

    def begin(self, world, group, follow):
        return world.begin(group, self.program, *self.arguments, environment=self.environment(world, group, follow))

    def told(self, world, group):
        """Its own last line: how many records it read."""
        lines = [line for line in world.said(group).splitlines() if line.startswith("{")]
        measure.need(lines, f"{group} told no figures: {world.said(group, 'err').strip()[-300:]}")
        return {"records": json.loads(lines[-1])["events"]}

    def forget(self, world, group):
        """What it kept on disk and in topics of its own."""
        shutil.rmtree(world.folder / f"{group}.state", ignore_errors=True)
        world.delete_topics(group)

    def judge(self, world):
        return measure.Tally().judge(world) if self.is_same else right_totals(world.ndjson)

    def totals_are(self, world, want):
        if self.is_same:
            return measure.compare(want, {key.removeprefix("same:"): fields for key, fields in read_hashes(world.redis, "same:").items()})
        have = {}
        for prefix in ("agg:", "day:"):
            have |= read_hashes(world.redis, prefix)
        measure.compare(want, have)


def china_day(instant):
    at = datetime.datetime.fromisoformat(instant.replace("Z", "+00:00"))
    return (at + datetime.timedelta(hours=8)).date().isoformat()


def right_totals(files):
    """Of every id the highest version counts, once."""
    best = {}
    for path in files:
        for line in open(path):
            r = json.loads(line)
            old = best.get(r["id"])
            if old is None or r["version"] > old[0]:
                units, _, hundredths = r["value"].partition(".")
                best[r["id"]] = (r["version"], ":".join((r["province"], r["partner"], r["flow"], r["currency"])), r["occurred_at"],
                                 int(units) * 100 + int(hundredths))
    want, days = collections.defaultdict(lambda: collections.defaultdict(int)), {}
    for _, group, instant, cents in best.values():
        if instant not in days:
            days[instant] = china_day(instant)
        want["agg:" + group]["sum"] += cents
        want["agg:" + group]["count"] += 1
        want["day:" + group][days[instant]] += cents
    return nonzero(want)


def read_hashes(redis, prefix):
    keys, out = list(redis.scan_iter(prefix + "*", 10000)), {}
    for at in range(0, len(keys), 1000):
        pipe = redis.pipeline(transaction=False)
        for key in keys[at:at + 1000]:
            pipe.hgetall(key)
        for key, fields in zip(keys[at:], pipe.execute()):
            out[key.decode()] = {f.decode(): int(v) for f, v in fields.items()}
    return nonzero(out)


def nonzero(totals):
    """A day that was left with nothing may stand there as 0, or not at all."""
    return {key: {f: v for f, v in fields.items() if v} for key, fields in totals.items() if any(fields.values())}
