"""tally-ingest: what it writes, what it refuses, what it says when Kafka is away."""
import collections, json, os, re, subprocess, time

import wire
from world import ROOT, TOPICS, judged, mixed, need, oracle, records, until


def _verdicts(path):
    """{line number: record or refusal's name}, by the oracle."""
    out = {}
    for number, line in oracle.lines(path):
        try:
            out[number] = oracle.read(line)
        except oracle.Invalid as bad:
            out[number] = str(bad)
    return out


def _refusals(program):
    """The JSON lines on stderr that tell of refused lines."""
    said = [json.loads(line) for line in program.err.splitlines() if line.startswith("{")]
    return [s for s in said if "code" in s]


def _given_id(line):
    """The id by which a sender finds its refused line, if it can be read at all."""
    try:
        return oracle.read(line)["id"]
    except oracle.Invalid:
        pass
    try:
        r = json.loads(line)
        return r["id"] if isinstance(r, dict) and re.fullmatch("[!-~]{1,128}", r["id"], re.ASCII) else None
    except (ValueError, KeyError, TypeError):
        return None


def messages_say_what_lines_said(w):
    """Every message, read by another client, is the record of its line, under its key, in its partition."""
    w.begin()
    lines = list(records.records(31, 4000)) + list(records.records(32, 1500, kind="hostile"))
    p = w.ingest(lines).ends_with(3, 60)
    want = collections.Counter()
    for r in _verdicts(w.folder / f"{w.started - 1:02d}-lines.ndjson").values():
        if not isinstance(r, str):
            want[oracle.kafka_key(r), r["id"], oracle.canonical(r), repr(oracle.rank(r))] += 1
    got = collections.Counter()
    for topic in TOPICS:
        for m in w.kafka.messages(topic):
            r = oracle.read(json.dumps(wire.read(wire.KIND_OF[topic], m.value())))
            need(m.key() == oracle.kafka_key(r).encode(), f"{topic}/{m.partition()}@{m.offset()}: key {m.key()} of {r}")
            need(m.partition() == wire.partition_of(m.key(), 4), f"{m.key()} lies in partition {m.partition()}")
            got[oracle.kafka_key(r), r["id"], oracle.canonical(r), repr(oracle.rank(r))] += 1
    need(got == want, f"{sum((want - got).values())} records are missing, {sum((got - want).values())} are not of any line: {list((want - got) | (got - want))[:2]}")


def what_is_carried_arrives(w):
    """Titles, sources, growth and extras reach Kafka as they were written."""
    w.begin()
    r = {"type": "trade", "id": "c-1", "basis": "TRANSACTION", "province": "CN-LN", "partner": "RU", "flow": "EXPORT", "value": "1.5", "currency": "KWD",
         "occurred_at": "2024-01-30T00:00:00.123Z", "published_at": "2024-01-31T00:00:00.000Z", "title": "出口 \U0001f6a2 \"x\"", "growth": "+3.1%",
         "source": {"name": "海关", "url": "https://example.org/?a=b"}, "attributes": {"ключ": "значение", "empty": ""}}
    w.ingest([json.dumps(r).encode()]).ends_with(0, 30)
    [m] = w.kafka.messages("trade-events")
    got = wire.read("trade", m.value())
    need(got == {**r, "value": "1.5000", "occurred_at": "2024-01-30T00:00:00.123Z"}, f"arrived as {got}")


def refused_lines_are_told(w):
    """Each refused line: its file, number, code and field; exit 3; everything else is sent."""
    w.begin()
    path = w.folder / "hostile.ndjson"
    lines = [line for at, line in enumerate(records.records(33, 3000, kind="hostile")) for line in ([b"", line] if at % 7 == 0 else [b" \t\r", line] if at % 11 == 0 else [line])]
    path.write_bytes(b"\n".join(lines))              # the last line has no end
    p = w.ingest(path).ends_with(3, 60)
    want = {n: v for n, v in _verdicts(str(path)).items() if isinstance(v, str)}
    told = _refusals(p)
    need(all(str(t["file"]) == str(path) for t in told), f"another file: {told[0]}")
    have = {t["line"]: t["code"] for t in told}
    need(len(told) == len(have), "a line is told twice")
    need(have == want, f"line: (told, ought) {dict(list({n: (have.get(n), want.get(n)) for n in sorted(set(have) | set(want)) if have.get(n) != want.get(n)}.items())[:3])}")
    given = {n: _given_id(line) for n, line in oracle.lines(str(path))}
    for t in told:
        need({"file", "line", "code", "field", "message"} <= set(t), f"not all that is promised: {t}")
        readable = t["code"] not in ("BAD_JSON", "BAD_TEXT", "BAD_TYPE", "BAD_FIELD", "BAD_ID")
        need(t.get("id") == given[t["line"]] or not readable, f"the id of line {t['line']} is {given[t['line']]}, told as {t.get('id')}")
    codes = set(have.values())
    need(codes >= {c for c, _, _ in records.REFUSALS}, f"never shown: {sorted({c for c, _, _ in records.REFUSALS} - codes)}")
    sent = sum(w.kafka.ends().values())
    need(sent == sum(not isinstance(v, str) for v in _verdicts(str(path)).values()), f"{sent} messages")


def lines_too_large(w):
    """A line over 64 KiB is TOO_LARGE wherever it stands; one of 64 KiB is not."""
    w.begin()
    good = b'{"type":"agreement","id":"%s","kind":"MOU","provinces":["CN-LN"],"partners":["RU"],"signed_on":"2024-01-30"}'
    padded = lambda name, size: (good % name) + b" " * (size - len(good % name))
    lines = [good % b"a", padded(b"b", 65537), good % b"c", padded(b"d", 65536), b"x" * 3_000_000, good % b"e"]
    p = w.ingest(lines).ends_with(3, 30)
    have = {t["line"]: t["code"] for t in _refusals(p)}
    need(have == {2: "TOO_LARGE", 5: "TOO_LARGE"}, f"told: {have}")
    need(sorted(m.key() for m in w.kafka.messages("agreements")) == [b"a", b"c", b"d", b"e"], "others were sent")


def ways_in(w):
    """Standard input, several files, a very long path, a file that is not there."""
    w.begin()
    lines = list(records.records(34, 600, refused_rate=0))
    p, feed = w.ingest_slowly(lines, 5000)
    p.ends_with(0, 30)
    need(sum(w.kafka.ends().values()) == 600, "of standard input")
    halves = [w.folder / "first.ndjson", w.folder / "second.ndjson"]
    for path, part in zip(halves, (lines[:300], lines[300:])):
        path.write_bytes(b"".join(line + b"\n" for line in part))
    w.program("tally-ingest", "-b", w.kafka.address, *halves).ends_with(0, 30)
    need(sum(w.kafka.ends().values()) == 1200, "of two files")
    deep = w.folder / "/".join("\1" * 200 for _ in range(8)) / "last.ndjson"
    deep.parent.mkdir(parents=True)
    deep.write_bytes(b"{bad\n")
    p = w.program("tally-ingest", "-b", w.kafka.address, deep).ends_with(3, 30)
    need([t["file"].endswith("/last.ndjson") for t in _refusals(p)] == [True], f"a long path spoils the line; {p.last_words()}")
    p = w.program("tally-ingest", "-b", w.kafka.address, w.folder / "nowhere.ndjson").ends_with(1, 30)
    need("nowhere.ndjson" in p.err, f"the file is not named; {p.last_words()}")


def broker_never_there(w):
    """Nobody listens: exit 1 after message.timeout.ms, and nothing is said to have been delivered."""
    lines = list(records.records(35, 50, refused_rate=0))
    p = w.ingest(lines, "-X", "message.timeout.ms=1500", brokers="127.0.0.1:9").ends_with(1, 30)
    last = p.last_counts()
    need(last["delivered"] == 0 and last["not_delivered"] == last["read"] - last["refused"], f"not delivered: {last}")
    need("answers again" not in p.err, "it says that Kafka answers")


def broker_away(w):
    """The broker stops answering in the middle: exit 1, and the number of records that it never acknowledged."""
    w.begin()
    lines = list(records.records(36, 6000, refused_rate=0))
    p, feed = w.ingest_slowly(lines, 2000, "-X", "message.timeout.ms=2000")
    until(30, lambda: feed.reached(0.3), "records do not flow")
    w.kafka.freeze()
    try:
        p.ends_with(1, 30 * w.patience)
    finally:
        w.kafka.thaw()
    last = p.last_counts()
    need(last["not_delivered"] > 0 and last["delivered"] + last["not_delivered"] == last["sent"] <= last["read"], f"not delivered: {last}")
    stored = sum(w.kafka.ends().values())            # what was sent just before may have arrived unacknowledged
    need(last["delivered"] <= stored <= last["sent"], f"{stored} messages in Kafka, {last}")


def interrupted_and_repeated(w):
    """An ingest that is killed, one that is told to stop, then the whole file: nothing twice, nothing lost."""
    lines, want = mixed(8000, seed=12)
    w.begin()
    for how in ("kill", "terminate"):
        p, feed = w.ingest_slowly(lines, 4000)
        until(30, lambda: feed.reached(0.4), "records do not flow")
        if how == "kill":
            p.kill()
        else:
            p.process.terminate()
            code = p.wait(20)
            need(code == 1, f"SIGTERM before the end: exit {code}; {p.last_words()}")
    before = sum(w.kafka.ends().values())
    need(0 < before < 2 * len(lines), f"{before} messages of interrupted ingests")
    w.ingest(lines).ends_with(3, 60)
    w.aggregate_to_end()
    w.totals_are(want)


def a_program_in_c(w):
    """examples/send/send.c, compiled against what `cmake --install` installs: refuses what the oracle refuses, and what it sends is counted."""
    lines, want = mixed(3000, seed=31)
    w.begin()
    place = w.folder / "installed"
    run = lambda *argv, **more: subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=120, **more)
    done = run("cmake", "--install", w.build, "--prefix", place)
    need(done.returncode == 0, f"cmake --install: {done.stderr}")
    found = next(place.rglob("tally-ingest.pc")).parent
    flags = run("pkg-config", "--cflags", "--libs", "tally-ingest", env={**os.environ, "PKG_CONFIG_PATH": str(found)}).stdout.split()
    sanitized = ["-fsanitize=address,undefined"] if b"__asan_init" in (w.build / "libtally-ingest.so").read_bytes() else []
    done = run("cc", "-Wall", "-Wextra", "-Werror", *sanitized, ROOT / "examples" / "send" / "send.c", "-o", w.folder / "send", *flags)
    need(done.returncode == 0, f"send.c: {done.stderr}")
    done = run(w.folder / "send", w.kafka.address, input=b"".join(line + b"\n" for line in lines).decode("utf-8", "surrogateescape"), errors="surrogateescape",
               env={**os.environ, "LD_LIBRARY_PATH": str(found.parent)})
    _, outcome = judged(lines)
    bad = sum(n for code, n in outcome.items() if code not in ("taken", "superseded"))
    need(done.stdout == f"{len(lines) - bad} accepted, {bad} refused, 0 failed\n" and done.returncode == 3, f"send ended with {done.returncode}: {done.stdout}{done.stderr[-500:]}")
    running = w.aggregate("a")
    w.totals_become(want)
    running.terminate()
