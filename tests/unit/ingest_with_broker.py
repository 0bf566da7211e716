#!/usr/bin/env python3
"""tally-ingest as a program, in front of tally-broker: what it sends, says and exits with.

    ingest_with_broker.py TALLY_INGEST TALLY_BROKER [CASE...]
"""
import json, os, pathlib, signal, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
import programs
from cases import need, play

EXAMPLE = ROOT / "examples" / "northeast-2023.ndjson"
LINES = len(EXAMPLE.read_text().splitlines())        # all but one of them are valid
INGEST, BROKER = sys.argv[1:3]
GOOD = {"type": "trade", "basis": "TRANSACTION", "province": "CN-LN", "partner": "RU", "flow": "EXPORT", "value": "1", "currency": "CNY",
        "occurred_at": "2024-01-31T08:00:00+08:00"}
NOBODY = "127.0.0.1:1"


def line(**fields):
    return json.dumps({**GOOD, **fields}).encode() + b"\n"


class Ended:
    """A run of tally-ingest, and what it said on stderr, line by line."""

    def __init__(self, arguments, stdin=b"", environment=None):
        done = subprocess.run([INGEST, *map(str, arguments)], input=stdin, capture_output=True, timeout=60, env={**os.environ, **(environment or {})})
        self.take(done.returncode, done.stdout, done.stderr)

    def take(self, code, out, err):
        self.code, self.out, self.err = code, out.decode(), err.decode()
        self.said = [json.loads(x) for x in self.err.splitlines() if x.startswith("{")]
        self.refusals = [x for x in self.said if "code" in x]
        self.summary = next((x for x in self.said if x.get("event") == "summary"), None)

    def ends(self, code, **counts):
        need(self.code == code, f"exit {self.code} instead of {code}:\n{self.err}")
        have = {k: (self.summary or {}).get(k) for k in counts}
        need(have == counts, f"{have} instead of {counts}:\n{self.err}")
        return self

    def says(self, what):
        need(what in self.err, f"'{what}' is not in:\n{self.err}")
        return self


class Broker(programs.Broker):
    def __init__(self):
        super().__init__(BROKER)

    def read(self, topic):
        """(partition, key, value) of every message."""
        out = subprocess.run(["kcat", "-b", self.address, "-C", "-t", topic, "-e", "-q", "-D", "", "-f", "%p %K %S %k%s"], capture_output=True, check=True, timeout=30).stdout
        messages = []
        while out:
            partition, key_size, size, out = out.split(b" ", 3)
            key_end, end = int(key_size), int(key_size) + int(size)
            messages.append((int(partition), out[:key_end], out[key_end:end]))
            out = out[end:]
        return messages


def murmur2(data):
    """org.apache.kafka.common.utils.Utils.murmur2, masked as its partitioner does."""
    m, h = 0x5BD1E995, 0x9747B28C ^ len(data)
    for i in range(0, len(data) // 4 * 4, 4):
        k = int.from_bytes(data[i:i + 4], "little") * m & 0xFFFFFFFF
        k = (k ^ k >> 24) * m & 0xFFFFFFFF
        h = h * m & 0xFFFFFFFF ^ k
    rest = data[len(data) // 4 * 4:]
    if rest:
        h = (h ^ int.from_bytes(rest, "little")) * m & 0xFFFFFFFF
    h = (h ^ h >> 13) * m & 0xFFFFFFFF
    return (h ^ h >> 15) & 0x7FFFFFFF


def the_example(broker):
    """Every valid record arrives, keyed and partitioned as Java would, in single-object encoding."""
    p = Ended(["-b", broker.address, EXAMPLE]).ends(3, read=LINES, sent=LINES - 1, delivered=LINES - 1, refused=1, failed=0, not_delivered=0)
    refusal = p.refusals[0]
    need((refusal["file"], refusal["line"], refusal["id"], refusal["code"], refusal["field"]) ==
         (str(EXAMPLE), 13, "customs:zibo-ru-undated", "BAD_PERIOD", "period_start") and refusal["message"], f"{refusal}")
    trade, agreements = broker.read("trade-events"), broker.read("agreements")
    need(len(trade) + len(agreements) == LINES - 1 and trade and agreements, f"{len(trade)} and {len(agreements)} messages")
    for partition, key, value in trade + agreements:
        need(partition == murmur2(key) % 5, f"{key} is in partition {partition}")
        need(value[:2] == b"\xc3\x01", f"{key} begins with {value[:2]}")
    need(len({v[2:10] for _, _, v in trade}) == 1 and len({v[2:10] for _, _, v in agreements}) == 1, "not one schema a topic")
    need(any(k == b"CN-LN||RU|||WHOLE|2023" for _, k, _ in trade), f"{[k for _, k, _ in trade]}")


def stdin_and_several_files(broker):
    """Files in their order, - is stdin, without FILE too; an id that was left out is derived from the statement alone."""
    Ended(["-b", broker.address, "-", EXAMPLE], line(id="a")).ends(3, read=LINES + 1, delivered=LINES)
    Ended(["-b", broker.address], line(title="one outlet") + b"\n \t\r\n" + line(title="another")).ends(0, read=2, delivered=2)
    Ended(["-b", broker.address], b"").ends(0, read=0, delivered=0)
    keys = [k for _, k, _ in broker.read("trade-events") if k.startswith(b"d:")]
    need(len(keys) == 2 and keys[0] == keys[1] and len(keys[0]) == 34, f"{keys}")


def by_a_map(broker):
    """A file of others is sent as the records that check shows: the same keys, the same ids; skipped rows are in no count of the summary."""
    table, said = ROOT / "tests" / "maps" / "comtrade.json", []
    for _ in range(2):
        p = Ended(["-b", broker.address, "--map", "comtrade", table]).ends(3, read=6, sent=4, delivered=4, refused=2, not_delivered=0)
        said.append([x["rows"] for x in p.said if x.get("event") == "skipped"])
    need(said[0] == said[1] and sum(said[0]) == 5, f"{said}")
    need({r["path"] for r in p.refusals} == {"partnerCode", "cmdCode"}, f"{p.refusals}")
    checked = subprocess.run([INGEST, "check", "--ids", "--map", "comtrade", str(table)], capture_output=True, text=True, timeout=60).stdout
    records = [json.loads(x)["record"] for x in checked.splitlines()]
    plain = Ended(["-b", broker.address], "".join(json.dumps(r) + "\n" for r in records).encode()).ends(0, read=4, delivered=4)
    need(plain.summary["ids_derived"] == 4, f"{plain.summary}")
    messages = [(k, v) for _, k, v in broker.read("trade-events")]
    need(len(messages) == 12 and len(set(messages)) == 4, f"{len(messages)} messages, {len(set(messages))} different")
    Ended(["-b", broker.address, "--map", "china-customs", table]).says("flow is missing")
    Ended(["-b", broker.address, "--map", "comtrade"], environment={"TALLY_MAP": "comtrade"}, stdin=table.read_bytes()).ends(3, read=6, delivered=4)


def refused_lines(broker):
    """Lines that can't be read at all are told with what could be read of them."""
    lines = [b"{\n", b'{"id":"x"}\n', line(id="y", vlaue="1"), line(id="\u00e9"), b"\xff\n", b" " * 70000 + b"\n", line(id="good"), line(id=5), line(title="x" * 70000)]
    p = Ended(["-b", broker.address], b"".join(lines)).ends(3, read=9, delivered=1, refused=8)
    told = [(r["line"], r.get("id"), r["code"], r["field"]) for r in p.refusals]
    need(told == [(1, None, "BAD_JSON", ""), (2, "x", "BAD_TYPE", "type"), (3, "y", "BAD_FIELD", "vlaue"), (4, "\u00e9", "BAD_ID", "id"), (5, None, "BAD_TEXT", ""),
                  (6, None, "TOO_LARGE", ""), (8, None, "BAD_FIELD", "id"), (9, None, "TOO_LARGE", "")], f"{told}")


def mistakes_of_newcomers(broker):
    """Each file of tests/mistakes: what is right beside it is sent, what is not is told with line, field, reason and what to write instead."""
    folder = ROOT / "tests" / "mistakes"
    table = [row.split("\t") for row in (folder / "expected.tsv").read_text().splitlines()[1:]]
    need({row[0] for row in table} == {f.name for f in folder.iterdir()} - {"expected.tsv"}, "a file is not in the table, or is gone")
    for name, code, delivered, refusal, field, message in table:
        p = Ended(["-b", broker.address, folder / name]).ends(int(code), delivered=int(delivered), refused=int(refusal != ""))
        told = [(r["line"], r["code"], r["field"]) for r in p.refusals]
        need(told == ([(1, refusal, field)] if refusal else []) and all(r["message"].startswith(message) for r in p.refusals), f"{name}: {p.refusals}")
    Ended(["-b", broker.address, folder / "13_empty.ndjson"]).says("nothing to read")
    packed = (folder / "15_gzip.ndjson.gz").read_bytes()
    Ended(["-b", broker.address], packed + packed).ends(0, read=2, delivered=2)          # from a pipe, two behind each other
    Ended(["-b", broker.address], packed[:-9]).ends(1, read=1, delivered=1).says("the gzip ends too early")
    Ended(["-b", broker.address], packed[:30] + b"xxxx" + packed[34:]).ends(1).says("the gzip is damaged")


def settings(broker):
    """Flag over environment over file; properties from both."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as f:
        f.write(f"# a comment\nbrokers = {broker.address}\nlinger.ms = 1\n")
        f.flush()
        Ended(["-F", f.name], line()).ends(0, delivered=1)
        Ended(["-F", f.name, "-Xmessage.timeout.ms=1200"], line(), {"TALLY_BROKERS": NOBODY}).ends(1, delivered=0)
        Ended(["-F", f.name, "-b", broker.address], line(), {"TALLY_BROKERS": NOBODY}).ends(0, delivered=1)
    Ended([], line(), {"TALLY_BROKERS": broker.address}).ends(0, delivered=1)


def topics_that_exist(broker):
    """--create-topics is content with topics that exist, and warns of other partitions."""
    p = Ended(["-b", broker.address, "--create-topics=5"]).ends(0, read=0)
    need('"warn"' not in p.err, p.err)
    p = Ended(["-b", broker.address, "--create-topics", EXAMPLE]).ends(3, delivered=LINES - 1)
    need([(x["topic"], x["partitions"], x["wanted"]) for x in p.said if x.get("level") == "warn"] ==
         [(t, 5, 12) for t in ("trade-events", "trade-events.dlq", "agreements", "agreements.dlq")], p.err)


def one_message_too_large(broker):
    """A message that Kafka will not have is failed, exit 1; the others are delivered."""
    lines = [line(id="a"), line(id="b", title="x" * 1024, growth="y" * 1024), line(id="c")]
    Ended(["-b", broker.address, "-Xmessage.max.bytes=1500", "-Xbatch.size=1500"], b"".join(lines)).ends(1, read=3, delivered=2, failed=1, not_delivered=1)


def a_full_queue(broker):
    """Memory is bounded: with room for ten records in the queue, a thousand get through."""
    lines = b"".join(line(id=f"n{i}") for i in range(1000))
    Ended(["-b", broker.address, "-Xqueue.buffering.max.messages=10", "-Xlinger.ms=0"], lines).ends(0, read=1000, delivered=1000)


def sigterm_on_a_pipe(broker):
    """What was read is delivered; exit 1, as of a file that was cut off: nobody knows where a pipe would have ended."""
    p = subprocess.Popen([INGEST, "-b", broker.address], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    p.stdin.write(line(id="before the end") + line(id="e1") + line(id="e2") + b'{"half')
    p.stdin.flush()
    deadline = time.monotonic() + 20
    while len(broker.read("trade-events")) < 2 and time.monotonic() < deadline:
        pass
    p.send_signal(signal.SIGTERM)
    code = p.wait(20)
    ended = Ended.__new__(Ended)
    ended.take(code, p.stdout.read(), p.stderr.read())
    p.stdin.close()
    ended.ends(1, read=3, delivered=2, refused=1).says('"interrupted"').says("send all of it again")


def nobody_there(broker):
    """A broker that is away is waited for, said, and given up."""
    p = Ended(["-b", NOBODY, "-Xmessage.timeout.ms=2500", EXAMPLE]).ends(1, delivered=0)
    p.says("waiting for kafka").says("Connection refused").says("gave up waiting")
    need(p.summary["not_delivered"] == 1, p.err)
    begun = time.monotonic()
    Ended(["-b", NOBODY, "--timeout", "2", EXAMPLE]).ends(1, delivered=0).says("gave up waiting")
    need(time.monotonic() - begun < 20, "--timeout 2 took longer than 20 s")
    Ended(["-b", NOBODY, "-Xmessage.timeout.ms=1200", "--create-topics"]).ends(1).says("gave up waiting")


def a_broker_that_leaves(broker):
    """Records that wait in the queue when their time is up are counted as not delivered."""
    with Broker() as other:
        p = subprocess.Popen([INGEST, "-b", other.address, "-Xmessage.timeout.ms=3000"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        p.stdin.write(line(id="there"))
        p.stdin.flush()
        while not other.read("trade-events"):
            pass
    p.stdin.write(line(id="gone-1") + line(id="gone-2"))
    out, err = p.communicate(timeout=30)
    ended = Ended.__new__(Ended)
    ended.take(p.returncode, out, err)
    ended.ends(1, read=3, sent=3, delivered=1, failed=2, not_delivered=2)


def wrong_command_lines(_):
    """Usage is exit 2 and names what is wrong; --help and --version are 0, on stdout."""
    for arguments, what in [(["--nope"], "--nope"), (["--registry=x"], "--registry"), (["--listen", "x"], "no address to listen at"), (["--listen", "0.0.0.0:0"], "--tokens"), (["--listen", "127.0.0.1:0", "--tls-key", "x"], "--tls-cert"), (["--listen", "127.0.0.1:0", "x"], "takes no file"), (["--create-topics=0"], "--create-topics"), (["--create-topics", "6"], "write --create-topics=6"), (["--timeout", "0"], "--timeout"), (["-b"], "-b"),
                            (["-Xnope=1"], "nope"), (["-Xmessage.timeout.ms=soon"], "message.timeout.ms"), (["-F", "/nonexistent"], "/nonexistent"), (["-b", ""], "broker")]:
        p = Ended(arguments).ends(2).says(what)
        need(not p.out, f"{arguments} wrote on stdout")
    Ended(["-b", NOBODY, "/nonexistent"]).ends(1).says("/nonexistent: No such file")
    need("usage: tally-ingest" in Ended(["--help"]).ends(0).out and Ended(["--version"]).ends(0).out.startswith("tally-ingest "), "no help or version")


CASES = [the_example, stdin_and_several_files, by_a_map, refused_lines, mistakes_of_newcomers, settings, topics_that_exist, one_message_too_large, a_full_queue, sigterm_on_a_pipe, nobody_there,
         a_broker_that_leaves, wrong_command_lines]


if __name__ == "__main__":
    sys.exit(play(CASES, sys.argv[3:], Broker))
