"""stdin, stdout and stderr as they may be: closed, full, or read by nobody."""
import json, os, subprocess, threading, time

import confluent_kafka

from world import mixed, need, until

POISONS = 8000                                       # two megabytes of log: more than the pipe and the program keep


def _poison(w, count):
    client = confluent_kafka.Producer({"bootstrap.servers": w.kafka.address, "linger.ms": 20, "log_level": 3})
    for i in range(count):
        client.produce("trade-events", b"poison%d" % i, b"k", i % 4)
        client.poll(0)
    need(client.flush(30) == 0, "the poison was not delivered")


def _set_aside(w, count, seconds=40):
    until(seconds * w.patience, lambda: w.kafka.ends(["trade-events.dlq"]) and sum(w.kafka.ends(["trade-events.dlq"]).values()) >= count,
          lambda: f"{sum(w.kafka.ends(['trade-events.dlq']).values())} of {count} poisons are set aside: the loop stands still")


class _Reader(threading.Thread):
    """Reads the log until it is told to stop."""

    def __init__(self, fifo):
        super().__init__(daemon=True)
        self.fd, self.bytes, self.stop = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK), b"", False
        self.start()

    def run(self):
        while not self.stop:
            try:
                self.bytes += os.read(self.fd, 65536)
            except BlockingIOError:
                time.sleep(0.01)

    def events(self):
        return [json.loads(line) for line in self.bytes.split(b"\n")[:-1]]

    def told(self):
        return sum(e["lines"] for e in self.events() if e["event"] == "log lines were dropped")


def nobody_reads_the_log(w):
    """Who reads stderr stops: records are counted on, SIGTERM ends it in time, and what was dropped is told once somebody reads again."""
    lines, want = mixed(2000, seed=18)
    w.begin()
    fifo = w.folder / "log"
    os.mkfifo(fifo)
    end = os.open(fifo, os.O_RDWR)                   # a reader that never reads
    a = w.aggregate("a", stderr=end)
    _poison(w, POISONS)
    _set_aside(w, POISONS)
    w.ingest(lines).ends_with(3, 60)
    w.totals_become(want, 30)

    reader = _Reader(fifo)
    until(20 * w.patience, lambda: reader.told() > 0, "it never told that log lines were dropped")
    events = reader.events()
    aside = sum(e["event"] == "set aside" for e in events)
    dropped = reader.told()
    need(POISONS <= aside + dropped <= POISONS + 200, f"{aside} lines came and {dropped} were dropped, of {POISONS} and a few")
    w.note(f"{aside} lines of {POISONS} came, {dropped} were told to be dropped")
    reader.stop = True
    reader.join()

    _poison(w, POISONS)                              # stuck again, and to be ended
    _set_aside(w, 2 * POISONS)
    begun = time.monotonic()
    a.terminate(15 * w.patience)
    w.note(f"ended {time.monotonic() - begun:.1f} s after SIGTERM")
    os.close(end)
    w.totals_are(want)


def a_slow_reader_gets_every_refusal(w):
    """tally-ingest waits for who reads its refusals, and none is lost; one that can't be written is exit code 1."""
    w.begin()
    lines = [b'{"type":"nothing","id":"%d"}' % i for i in range(20000)]
    files = w.folder / "refused.ndjson"
    files.write_bytes(b"\n".join(lines) + b"\n")
    p = w.program("tally-ingest", "-b", w.kafka.address, files, stderr=subprocess.PIPE)
    time.sleep(3)                                    # 3 MB of refusals: it stands still by now
    need(p.running(), "it did not wait for its reader")
    said = [json.loads(line) for line in p.process.stderr]
    need(p.wait(20) == 3, f"it ended with {p.process.returncode}")
    refused = [e["line"] for e in said if "code" in e]
    need(refused == list(range(1, len(lines) + 1)), f"{len(refused)} of {len(lines)} refusals came")
    need(said[-1]["event"] == "summary" and said[-1]["refused"] == len(lines), f"no summary: {said[-1]}")
    need(not [e for e in said if e.get("event") == "log lines were dropped"], "it dropped log lines, with room for all")
    with open("/dev/full", "wb") as full:
        w.program("tally-ingest", "-b", w.kafka.address, files, stderr=full).ends_with(1, 30)
        w.program("tally-ingest", "-b", w.kafka.address, "/dev/null", stderr=full).ends_with(1, 30)   # its summary, too
    p = w.program("tally-ingest", "-b", w.kafka.address, files, stderr=subprocess.PIPE)
    time.sleep(2)
    p.process.terminate()
    time.sleep(1)
    need(p.running(), "after one signal it left its refusals")
    p.process.terminate()
    need(p.wait(15 * w.patience) == 1, f"after two signals it ended with {p.process.returncode}")


def closed_and_full_descriptors(w):
    """Started without descriptors 0 to 2, or with a stdout that is full: no socket takes their place, and results that can't be written are exit code 1."""
    lines, want = mixed(2000, seed=18)
    w.begin()
    path = w.folder / "lines.ndjson"
    path.write_bytes(b"\n".join(lines) + b"\n")
    where = {**os.environ, "XDG_RUNTIME_DIR": str(w.folder), "TALLY_BROKERS": w.kafka.address, "TALLY_REDIS": w.store.url, "PATH": f"{w.build}:{os.environ['PATH']}"}

    def ends(code, command):
        done = subprocess.run(["bash", "-c", command], env=where, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60)
        need(done.returncode == code, f"{command}: exit {done.returncode} instead of {code}; {done.stderr[-300:]!r}")

    ends(0, "tally-ingest <&-")                      # an empty stdin
    ends(3, f"tally-ingest {path} <&- >&- 2>&-")
    ends(0, f"tally-aggregate -G {w.group} --clock 2024-01-31 --exit-at-end <&- >&- 2>&-")
    w.totals_are(want)
    w.store.client.config_resetstat()
    for redirection in (">&-", ">/dev/full", "<&- >&- 2>&-"):
        ends(1, f"tally-lookup totals CN-LN RU {redirection}")
        ends(1, f"tally-lookup verify {redirection}")
    errors = w.store.client.info("errorstats")
    need(not errors, f"Redis was sent what is no command: {errors}")
    for name in ("ingest", "aggregate", "lookup"):
        for option in ("--help", "--version"):
            ends(0, f"tally-{name} {option}")
            for redirection in (">&-", ">/dev/full"):
                ends(1, f"tally-{name} {option} {redirection}")

    # A rebuild that can't say what differs swaps nothing in.
    w.store.client.hset("tt:{CN-LN}:RU:all", "events", 1)
    before = w.store.client.hgetall("tt:{CN-LN}:RU:all")
    rebuild = f"tally-aggregate -G {w.group} --clock 2024-01-31 --rebuild"
    ends(1, f"{rebuild} >/dev/full")
    need(w.store.client.hgetall("tt:{CN-LN}:RU:all") == before, "it swapped in what it could not tell")
    ends(0, rebuild)
    w.totals_are(want)


def less_is_said(w):
    """--log-level error leaves out what is no error; debug says more; the environment sets it, too."""
    w.begin()
    for level, least in (("error", 0), ("info", 1), ("debug", 1)):
        p = w.aggregate(None, "--exit-at-end", "--log-level", level).ends_with(0, 40)
        levels = {json.loads(line)["level"] for line in p.err.splitlines()}
        need(("info" in levels) == bool(least) and (level != "error" or not levels & {"debug", "info", "warn"}), f"--log-level {level} said {levels}")
    p = w.aggregate(None, "--exit-at-end", environment={"TALLY_LOG_LEVEL": "error"}).ends_with(0, 40)
    need(not p.err, f"TALLY_LOG_LEVEL=error said {p.err[:200]}")
    w.aggregate(None, "--log-level", "loud").ends_with(2, 10)
