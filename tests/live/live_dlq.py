"""What was set aside: told, with bytes and reasons, and sent again once, also when whoever sends it is killed."""
import base64, collections, json, time

import confluent_kafka

import wire
from live_refusals import _from_json, _future, _of_avro
from live_registry import Sender, _good
from world import TOPICS, judged, need, until

DLQ = [t + ".dlq" for t in TOPICS]
ERRORS = "__connect.errors."
RETRIED = "tally.retried"
WITH = [b'{"type":"trade","id":"later:%d","basis":"TRANSACTION","province":"CN-LN","partner":"RU","flow":"EXPORT","value":"%d.50","currency":"CNY","occurred_at":"2024-01-20T08:00:00Z","source":{"name":"%s"}}'
        % (i, i + 1, b"Customs" if i % 2 else b"News") for i in range(40)]


def _dlq(w, *arguments, code=0):
    """-> lines of stdout, events of stderr."""
    p = w.program("tally-ingest", "dlq", *arguments, "-b", w.kafka.address).ends_with(code, 60 * w.patience)
    return p.out.splitlines(), [json.loads(line) for line in p.err.splitlines() if line.startswith("{")]


def _put(w, *poisons):
    client = confluent_kafka.Producer({"bootstrap.servers": w.kafka.address, "linger.ms": 5, "log_level": 3, "message.max.bytes": 2000000, "batch.num.messages": 1})
    for topic, value, key, timestamp, headers in poisons:
        client.produce(topic, value, key, timestamp=timestamp, headers=headers)
    need(client.flush(30) == 0, "not delivered")


def _letters(w):
    """{place: (message, its headers)} of all that lies in the dead-letter topics, notes apart -> letters, notes."""
    letters, notes = {}, {}
    for topic in DLQ:
        for m in w.kafka.messages(topic):
            headers = dict(m.headers() or [])
            (letters if ERRORS + "topic" in headers else notes)[f"{topic}/{m.partition()}@{m.offset()}"] = m, headers
    return letters, notes


def _ends(w):
    return sum(w.kafka.ends(TOPICS).values())


def what_was_set_aside_is_told(w):
    """Poison of every class: each letter is listed with place, code, field and sentence, exported to the last byte, shown by either place; counts and filters agree."""
    w.begin()
    poisons = [*_from_json(), *_of_avro(), *_future()[0]]
    forged = [("__connect.errors.topic", b"forged"), ("x\u202e", b"\xff\x00\x1b[2J"), ("none", None), (RETRIED, b"trade-events.dlq/0@0 x")]
    _put(w, *[(p.topic, p.value, p.key, p.timestamp, p.headers) for p in poisons], ("trade-events", b"no key", None, 0, forged), ("trade-events", b"x" * 900000, b"cut", 0, []))
    w.ingest(WITH[:5]).ends_with(0, 30)
    w.aggregate_to_end()
    letters, notes = _letters(w)
    need(len(letters) == len(poisons) + 2 and not notes, f"{len(letters)} letters of {len(poisons) + 2}")
    codes = collections.Counter(h[ERRORS + "exception.class.name"].decode() for _, h in letters.values())
    lines, said = _dlq(w, "list", "-J")
    listed = {x["letter"]: x for x in map(json.loads, lines)}
    need(set(listed) == set(letters), "other letters than lie there")
    for place, (m, h) in letters.items():
        x = listed[place]
        want = (f"{h[ERRORS + 'topic'].decode()}/{h[ERRORS + 'partition'].decode()}@{h[ERRORS + 'offset'].decode()}", h[ERRORS + "exception.class.name"].decode(),
                h[ERRORS + "exception.message"].decode(), h.get(ERRORS + "field", b"").decode() or None, m.timestamp()[1], ERRORS + "value.length" not in h, False, False)
        need((x["origin"], x["code"], x["message"], x["field"], x["timestamp"], x["whole"], x["repeat"], x["retried"]) == want, f"{x} instead of {want}")
    counted = {x["code"]: x["letters"] for x in said if x["event"] == "set aside"}
    total = next(x for x in said if x["event"] == "dead letters")
    need(counted == codes and (total["letters"], total["repeats"], total["retried"], total["strangers"]) == (len(letters), 0, 0, 0), f"{counted}, {total}, not {codes}")
    plain = _dlq(w, "list")[0]
    need(len(plain) == len(letters) and not any(c in "".join(plain) for c in "\x00\x1b\u202e\r"), "a line for people is none")
    for line in _dlq(w, "export")[0]:
        x = json.loads(line)
        m, h = letters[x["letter"]]
        bytes_of = lambda s: None if s is None else base64.b64decode(s, validate=True)
        need((bytes_of(x["key"]), bytes_of(x["value"])) == (m.key(), m.value()), f"{x['letter']}: other bytes")
        need([(y["name"], bytes_of(y["value"])) for y in x["headers"]] == [(n, v if v is None else bytes(v)) for n, v in m.headers()], f"{x['letter']}: other headers")
        need("record" not in x or x["code"] == "FUTURE", f"{x} is a record")
        need(x["whole"] or str(x["value_length"]) == h[ERRORS + "value.length"].decode(), f"{x['letter']}")
    for code in codes:
        need(len(_dlq(w, "list", "--code", code)[0]) == codes[code], f"--code {code}")
    need(len(_dlq(w, "list", "--code", "BAD_AVRO,FUTURE")[0]) == codes["BAD_AVRO"] + codes["FUTURE"], "--code with a comma")
    need(len(_dlq(w, "list", "--topic", "agreements")[0]) == sum(p.startswith("agreements") for p in letters), "--topic")
    moment = sorted(m.timestamp()[1] for m, _ in letters.values())[-1]
    need(len(_dlq(w, "list", "--since", str(moment))[0]) == sum(m.timestamp()[1] >= moment for m, _ in letters.values()), "--since")
    place, x = next((p, x) for p, x in listed.items() if x["code"] == "BAD_VALUE")
    for at in (place, x["origin"]):
        shown = "\n".join(_dlq(w, "show", at)[0])
        need(all(t in shown for t in (place, x["origin"], "BAD_VALUE", "__connect.errors.offset", "c3 01", "today: BAD_VALUE", '"province":"CN-LN"')), f"{at}:\n{shown}")
    need(_dlq(w, "show", "trade-events/0@999999", code=1)[1], "a place where nothing lies")
    for arguments in (["show"], ["show", "x"], ["list", "x"], ["lists"], [], ["list", "--code", "BAD"], ["list", "--since", "soon"], ["list", "--again"]):
        _dlq(w, *arguments, code=2)


def a_schema_that_is_found_later(w):
    """Records whose schema nobody knew: with the registry they are sent again and counted, once; what fails again is told so, and goes no second time by itself."""
    w.begin()
    registry = w.new_registry()
    lines, want = _good(1500, seed=31)
    lines += WITH
    want = judged(lines)[0]
    blind = w.aggregate("a")
    Sender(w, registry.url).send(lines)
    _put(w, ("trade-events", b"garbage", b"k", 0, [("x-trace", b"\x00\xff"), ("tally.forwarded.from", b"forged")]))
    until(60, lambda: sum(w.kafka.ends(DLQ).values()) == len(lines) + 1, "not all was set aside")
    blind.terminate()
    by_source = _dlq(w, "list", "-J", "--source", "Customs", "--registry", registry.url)[0]
    need(len(by_source) == 20 + sum((json.loads(x).get("source") or {}).get("name") == "Customs" for x in map(bytes.decode, lines[:-40])) and not _dlq(w, "list", "--source", "Customs")[0], f"{len(by_source)} by --source")
    running = w.aggregate("a", "--registry", registry.url)
    before = _ends(w)
    _, said = _dlq(w, "retry", "--code", "BAD_SCHEMA")
    need({x["code"]: x["letters"] for x in said if x["event"] == "sent again"} == {"BAD_SCHEMA": len(lines)}, f"{said}")
    w.totals_become(want)
    # records without a key lie anywhere, so some were forwarded: those beside what was sent
    need(_ends(w) >= before + len(lines), "not all lies in the topics")
    letters, notes = _letters(w)
    need({h[RETRIED].decode().split()[0] for _, h in notes.values()} == {p for p, (_, h) in letters.items() if h[ERRORS + "exception.class.name"] == b"BAD_SCHEMA"}, "other notes than letters")
    need(all(p.rsplit("@")[0] == h[RETRIED].decode().split("@")[0] for p, (_, h) in notes.items()), "a note lies in another partition than its letter")
    before = _ends(w)
    for _ in range(2):
        end = _dlq(w, "retry", "--code", "BAD_SCHEMA")[1][-1]
        need((end["event"], end["sent"], end["left_out"]) == ("retried", 0, len(lines)), f"{end}")
    need(_ends(w) == before, "something was sent a second time")
    listed = [json.loads(x) for x in _dlq(w, "list", "-J")[0]]
    need(collections.Counter((x["code"], x["retried"]) for x in listed) == {("BAD_SCHEMA", True): len(lines), ("BAD_FRAME", False): 1}, "list does not say what was retried")
    # one that fails again
    need(_dlq(w, "retry")[1][-1]["sent"] == 1, "not one was left")
    until(30, lambda: len(_letters(w)[0]) == len(lines) + 2, "it was not set aside again")
    again = [(m, h) for m, h in _letters(w)[0].values() if RETRIED in h]
    need(len(again) == 1 and again[0][1][RETRIED].endswith(b" 1") and again[0][1]["x-trace"] == b"\x00\xff" and "tally.forwarded.from" not in again[0][1] and again[0][0].key() == b"k", f"{again}")
    need(_dlq(w, "retry")[1][-1]["sent"] == 0, "it went round")
    need("failed again" in "".join(_dlq(w, "list", "--code", "BAD_FRAME")[0]), "list does not say that it failed again")
    need(_dlq(w, "retry", "--again", "--code", "BAD_FRAME")[1][-1]["sent"] == 2, "--again sends both")
    until(30, lambda: len(_letters(w)[0]) == len(lines) + 4, "they were not set aside again")
    need(sorted(h[RETRIED][-1:] for _, h in _letters(w)[0].values() if RETRIED in h) == [b"1", b"2", b"2"], "tries are not counted")
    running.terminate()
    w.totals_are(want)
    w.rebuild("--registry", registry.url)            # counts the first messages, too, and sets the garbage aside once more
    w.totals_are(want)
    end = _dlq(w, "retry")[1][-1]
    need(end["sent"] == 0, f"what was counted again is retried: {end}")


def a_retry_is_killed(w):
    """kill -9 in the middle, again and again: at the end every letter is noted, and totals are the oracle's."""
    w.begin()
    registry = w.new_registry()
    lines, want = _good(4000, seed=32)
    blind = w.aggregate("a")
    Sender(w, registry.url).send(lines)
    until(90, lambda: sum(w.kafka.ends(DLQ).values()) == len(lines), "not all was set aside")
    blind.terminate()
    kills = 0
    for attempt in range(12):
        at = _ends(w)
        p = w.program("tally-ingest", "dlq", "retry", "-b", w.kafka.address)
        enough = at + w.rng.randint(1, 600)
        until(60, lambda: not p.running() or _ends(w) >= enough, "nothing is sent")
        if not p.running():
            break
        p.kill()
        kills += 1
    p = w.program("tally-ingest", "dlq", "retry", "-b", w.kafka.address).ends_with(0, 60 * w.patience)
    need(kills >= 3, f"only {kills} kills")
    letters, notes = _letters(w)
    noted = collections.Counter(h[RETRIED].decode().split()[0] for _, h in notes.values())
    need(set(noted) == set(letters), f"{len(set(letters) - set(noted))} letters are not noted")
    sent = sum(RETRIED in dict(m.headers() or []) for t in TOPICS for m in w.kafka.messages(t))
    need(sent >= len(lines), "not all was sent")
    w.note(f"{kills} kills; {sent} sent for {len(lines)} letters")
    running = w.aggregate("a", "--registry", registry.url)
    w.totals_become(want)
    running.terminate()
    need(_dlq(w, "retry")[1][-1]["sent"] == 0, "something was sent once more")


def tail_of_real_topics(w):
    """What tail prints of a real Kafka, from a time on, with a registry, and while a broker stands still: the records that were sent."""
    w.begin()
    registry = w.new_registry()
    lines, _ = _good(3000, seed=33)
    w.ingest(lines[:1000]).ends_with(0, 60)
    time.sleep(1)
    moment = int(time.time() * 1000)
    Sender(w, registry.url).send(lines[1000:])
    known = lambda line: wire.with_id(line if isinstance(line, bytes) else line.encode())["id"]
    tail = lambda *a, code=0: w.program("tally-ingest", "tail", "-J", *a, "-b", w.kafka.address).ends_with(code, 60 * w.patience)
    for first, arguments in ((0, ["-o", "beginning"]), (1000, ["-o", f"@{moment}"])):
        out = tail("-e", *arguments, "--registry", registry.url).out.splitlines()
        need(collections.Counter(map(known, out)) == collections.Counter(map(known, lines[first:])), f"{arguments}: {len(out)} lines")
    without = tail("-e", "-o", "beginning", code=3)
    need(len(without.out.splitlines()) == 1000 and without.err.count('"BAD_SCHEMA"') == len(lines) - 1000, "what needs a registry is not told")
    p = w.program("tally-ingest", "tail", "-J", "-b", w.kafka.address, "-X", "socket.timeout.ms=2000")
    time.sleep(2)
    w.kafka.freeze()
    try:
        p.says("waiting for kafka", 60)
    finally:
        w.kafka.thaw()
    p.says("answers again", 60)
    w.ingest(WITH).ends_with(0, 60)
    until(30, lambda: len(p.out.splitlines()) == len(WITH), lambda: f"{len(p.out.splitlines())} lines came; {p.last_words()}")
    need(sorted(map(known, p.out.splitlines())) == sorted(map(known, WITH)), "other records")
    p.terminate()
