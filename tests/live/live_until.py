"""What was known at an instant: counted beside the service, by the time at which Kafka had received each record."""
import datetime as dt, json, random

import confluent_kafka

import wire
from answer import minor, unit
from world import TOPICS, as_documented, judged, need, numbers, oracle, questions, records

BEFORE, AFTER = 1710892800000, 1712707200000         # 2024-03-20 and 2024-04-10
UNTIL, PREFIX = "2024-04-01T00:00:00Z", "at-2024-04-01:"
LATER = "2024-04-10"                                 # the service's day in one of them


def _send(w, lines, timestamp, astray=False):
    producer = confluent_kafka.Producer({"bootstrap.servers": w.kafka.address, "linger.ms": 20, "log_level": 3})
    for n, line in enumerate(lines):
        topic, value = wire.message(line)
        key = oracle.kafka_key(oracle.read(line.decode()))
        producer.produce(topic, value, key=key, partition=n % 4 if astray else wire.partition_of(key.encode(), 4), timestamp=timestamp)
    need(producer.flush(30) == 0, "the test could not send")


def _known(w, *arguments):
    return w.aggregate(None, "--until", UNTIL, "--prefix", PREFIX, *arguments)


def _is(w, want):
    have = oracle.read_redis(w.store.url, PREFIX)
    wrong = [k for k in {*want, *have} if want.get(k) != have.get(k)]
    need(not wrong, f"{len(wrong)} of {len(want)} hashes are not what was known then: {wrong[:3]}")


def what_was_known_then(w):
    """Records of two weeks, corrections among them, some astray; the service counts all of them, --until those of the first week, beside it; also once more, and after a kill."""
    w.begin()
    lines = [line for line in records.records(61, 1600, refused_rate=0) if b'"id"' in line]
    first, second = lines[:len(lines) // 2], lines[len(lines) // 2:]
    _send(w, first[:-40], BEFORE)
    _send(w, first[-40:], BEFORE, astray=True)
    w.aggregate_to_end()                             # the copies of those are sent now
    _send(w, second, AFTER)
    service = w.aggregate("service")
    w.totals_become(judged(lines)[0])
    ends = w.kafka.ends(TOPICS + [t + ".dlq" for t in TOPICS])
    _known(w).ends_with(0, 60 * w.patience)
    _is(w, judged(first)[0])
    need(judged(first)[0] != judged(lines)[0], "the second week changes nothing")
    _known(w).ends_with(0, 60 * w.patience)          # nothing more to count
    _is(w, judged(first)[0])
    w.totals_are(judged(lines)[0])
    need(ends == w.kafka.ends(TOPICS + [t + ".dlq" for t in TOPICS]), "it has sent something")
    answer = json.loads(w.lookup("--prefix", PREFIX, "--max-age", "0", "-J", "totals", "ALL", "ALL", "all").ends_with(0, 30).out)
    need(answer["complete"] and dt.datetime.fromisoformat(answer["through"].replace("Z", "+00:00")).timestamp() <= 1711929600, f"it says that it knows more: {answer['through']}")
    w.lookup("--prefix", PREFIX, "--max-age", "0", "verify").ends_with(0, 30 * w.patience)
    p = w.aggregate(None, "--until", "2024-04-02T00:00:00Z", "--prefix", PREFIX).ends_with(1, 30 * w.patience)
    need("another instant" in p.err, p.last_words())
    service.terminate()


def _changed(w, *question, code=0, more=()):
    """-> the object, and the text of the same question."""
    asked = ["--max-age", "0", "-b", w.kafka.address, "--since", PREFIX, *more, "changed", *question]
    said = json.loads(w.lookup("-J", *asked).ends_with(code, 30).out)
    return said, w.lookup(*asked).ends_with(code, 30).out


def _explains(w, then, now, *question, more=("--limit", "1000")):
    """Both numbers are the oracle's, and the records come to what lies between them."""
    said, text = _changed(w, *question, more=more)
    before, after = numbers(then, *question[:3]), numbers(now, *question[:3])
    differ = {m for m in {*before, *after} if before.get(m, 0) != after.get(m, 0) and m == (*question[3:], m)[0]}
    need(differ <= set(said["measures"]), f"{question}: {differ - set(said['measures'])} are not told")
    for m, about in said["measures"].items():
        need(about["unit"] == unit(m), f"{question} {m}: {about['unit']}")
        need((minor(m, about["before"]), minor(m, about["now"])) == (before.get(m, 0), after.get(m, 0)), f"{question} {m}: {about['before']} and {about['now']}, not {before.get(m, 0)} and {after.get(m, 0)}")
        need(about["equal"] and minor(m, about["change"]) == minor(m, about["now"]) - minor(m, about["before"]), f"{question} {m}: {about}")
        if len(about["changed"]) == about["records"]:
            need(sum(minor(m, r["now"]) - minor(m, r["before"]) for r in about["changed"]) == minor(m, about["change"]), f"{question} {m}: those shown do not come to {about['change']}")
        need(all(r["now"] != r["before"] and r["id"] for r in about["changed"]), f"{question} {m}: {about['changed']}")
    need("DO NOT COME" not in text and ("no record made a difference" in text) == (not said["measures"]), text)
    return said, text


def what_has_changed(w):
    """`changed`: the records between two counts come to the difference, for random numbers; corrections, removals, what was moved, and what a moving window has left."""
    def deal(**changes):
        return json.dumps({"type": "trade", "id": "one", "basis": "TRANSACTION", "province": "CN-LN", "partner": "TM", "flow": "EXPORT", "value": "100.00",
                           "currency": "CNY", "occurred_at": "2024-03-15T10:00:00+08:00", "version": 1} | changes).encode()

    def figure(**changes):
        return json.dumps({"type": "trade", "id": "f", "basis": "STATISTIC", "province": "CN-LN", "partner": "TM", "flow": "IMPORT", "value": "1234.00", "currency": "CNY",
                           "period_start": "2023-01-01", "period_end": "2023-03-31", "version": 1} | changes).encode()
    first = [deal(), deal(id="moves", value="7.00"), deal(id="same", value="7.00"), deal(id="twin", value="7.00"), deal(id="goes", value="9.00"),
             deal(id="ages", value="11.00", occurred_at="2024-01-20T10:00:00+08:00"), figure(), figure(id="q", flow="TOTAL", value="3000.00")]
    second = [deal(value="120.00", version=2), deal(id="moves", value="7.00", partner="KZ", version=2), deal(id="goes", value="9.00", version=2, status="RETRACTED"),
              deal(id="new", value="13.00", occurred_at="2024-04-05T10:00:00+08:00"), figure(value="1300.00", version=2, id="g"),
              figure(id="j", value="500.00", period_end="2023-01-31")]
    first += [deal(id=f"like-{n}", value="5.00") for n in range(3)]
    second += [deal(id=f"like-{n}", value="5.00") for n in range(3, 5)] + [deal(id="like-1", value="6.00", version=2)]
    first += [deal(id=f"many-{n}", value="300.77", partner="MN") for n in range(100)]   # told apart by where they lie
    second += [deal(id=f"more-{n}", value="300.77", partner="MN") for n in range(40)]
    first += [deal(id=f"u-{n}", value="120.00", partner="UZ") for n in range(6)] + [deal(id="u-0", value="100.00", partner="UZ")]
    second += [deal(id="u-new", value="5.00", partner="UZ")]
    first += [figure(id="again", partner="AM")]
    second += [figure(id="again", partner="AM", version=2)]
    lines = [line for line in records.records(62, 1600, refused_rate=0) if b'"id"' in line and not any(partner in line for partner in (b'"TM"', b'"MN"', b'"UZ"', b'"AM"'))]
    first, second = first + lines[:len(lines) // 2], second + lines[len(lines) // 2:]
    w.begin()
    _send(w, first[:-40], BEFORE)
    _send(w, first[-40:], BEFORE, astray=True)
    w.aggregate_to_end()                             # copies of those lie in other places now
    _send(w, second, AFTER)
    service = w.aggregate("service", clock=LATER)
    want = judged([*first, *second], LATER)[0]
    w.totals_become(want, day=LATER)
    _known(w).ends_with(0, 60 * w.patience)
    known = judged(first)[0]
    _is(w, known)
    said, text = _explains(w, known, want, "CN-LN", "TM", "all")
    asked = w.lookup("--since", PREFIX, "-b", w.kafka.address, "--max-age", "0", "changed", "CN-LN", "TM", "all", "import.CNY").ends_with(0, 30).out
    as_documented(asked, "tally-lookup -b localhost:9092 --since at-2024-04-01: changed CN-LN TM all import.CNY")
    deals = sorted((r["id"], r["before"], r["now"], r["as"]) for r in said["measures"]["deals.export.CNY"]["changed"])
    # like-1 said 5.00, and like-3 or like-4 says the same now: that is no difference.
    need([d if d[0] != "like-4" else ("like-3", *d[1:]) for d in deals] == [("goes", "9.00", "0.00", "gone"), ("like-1", "0.00", "6.00", "stated"), ("like-3", "0.00", "5.00", "stated"), ("moves", "7.00", "0.00", "gone"),
                   ("new", "0.00", "13.00", "stated"), ("one", "0.00", "120.00", "stated"), ("one", "100.00", "0.00", "gone")], f"deals: {deals}")
    imports = said["measures"]["import.CNY"]["changed"]
    need({(r["id"], r["before"], r["now"], r["as"]) for r in imports} >= {("f", "1234.00", "0.00", "outranked"), ("j", "0.00", "500.00", "stated")}, f"imports: {imports}")
    aged = _explains(w, known, want, "CN-LN", "TM", "31d", "deals.export.CNY")[0]["measures"]["deals.export.CNY"]["changed"]
    aged = [(r["before"], r["now"], r["as"], r["why"]) for r in aged if r["id"] == "ages"]
    need(aged == [("11.00", "0.00", "stated", "stated; it adds outside of this window")], f"a moving window: {aged}")
    many = _explains(w, known, want, "CN-LN", "MN", "all", "deals.export.CNY")[0]["measures"]["deals.export.CNY"]["changed"]
    need(len(many) == 40 and all(r["id"].startswith("more-") and r["before"] == "0.00" for r in many), f"equal records: {many[:3]}")
    undecided = _explains(w, known, want, "CN-LN", "UZ", "all")[0]["measures"]
    need("deals.export.undecided" not in undecided and [r["id"] for r in undecided["deals.export.CNY"]["changed"]] == ["u-new"], f"undecided: {undecided}")
    need(not _explains(w, known, want, "CN-LN", "AM", "all")[0]["measures"], "a figure that is told again is told as a change")
    rng = random.Random(62)
    both = {k: {**known.get(k, {}), **want.get(k, {})} for k in {*known, *want}}
    for question in questions(both, rng, 120):
        _explains(w, known, want, *(q for q in question if q is not None))
    _explains(w, known, want, "ALL", "ALL", "all", more=("--limit", "3"))
    service.terminate()
    for arguments, says in ((("--since", "no-such:", "changed", "ALL", "ALL"), "nothing was counted"),
                            (("changed", "ALL", "ALL"), "--since"), (("--since", "tt:", "changed", "ALL", "ALL"), "the same"), (("--since", "x" * 200, "changed", "ALL", "ALL"), "longer")):
        need(says in w.lookup(*arguments).ends_with(2, 10).err, f"{arguments}")


def what_is_not_all_that_was_known(w):
    """Records astray that nobody has forwarded, and a log that begins late: --until says so, and readers are told that it is partial."""
    lines = [json.dumps({"type": "trade", "id": f"d{n}", "basis": "TRANSACTION", "province": "CN-LN", "partner": "TM", "flow": "EXPORT", "value": "1.00", "currency": "CNY",
                         "occurred_at": "2024-01-15T10:00:00+08:00", "version": 1}).encode() for n in range(40)]
    w.begin()
    _send(w, lines[:20], BEFORE)
    _send(w, lines[20:], BEFORE, astray=True)
    p = _known(w).ends_with(1, 60 * w.patience)
    need("has not forwarded them yet" in p.err, p.last_words())
    w.lookup("--prefix", PREFIX, "totals", "CN-LN", "TM", "all").ends_with(3, 30)
    p = _known(w).ends_with(1, 60 * w.patience)
    need("broken off" in p.err, p.last_words())
    p = w.aggregate(None, "--until", UNTIL, "--prefix", "a:", "--accept-loss").ends_with(0, 60 * w.patience)
    need("a loss is accepted" in p.err, p.last_words())
    w.aggregate_to_end()                             # it forwards them
    known = lambda prefix, *more: w.aggregate(None, "--until", UNTIL, "--prefix", prefix, *more)
    known("b:").ends_with(0, 60 * w.patience)
    need(oracle.read_redis(w.store.url, "b:") == judged(lines)[0], "not all of them")
    for done in w.kafka.admin.delete_records([confluent_kafka.TopicPartition("trade-events", 0, 2)]).values():
        done.result(30)
    p = known("c:").ends_with(1, 60 * w.patience)
    need("the log begins at 2" in p.err, p.last_words())
    p = known("d:", "--accept-loss").ends_with(0, 60 * w.patience)
    need("a loss is accepted" in p.err, p.last_words())


def whose_a_prefix_is(w):
    """Not of a service and of an instant: neither --until nor a service nor a rebuild goes on with the other's totals; and such a count does not grow old."""
    lines = [line for line in records.records(63, 200, refused_rate=0) if b'"id"' in line]
    w.begin()
    _send(w, lines, BEFORE)
    w.aggregate_to_end()
    w.aggregate(None, "--prefix", "prod:", "--exit-at-end", group="prod").ends_with(0, 60 * w.patience)
    was = oracle.read_redis(w.store.url, "prod:")
    p = w.aggregate(None, "--until", UNTIL, "--prefix", "prod:").ends_with(1, 30 * w.patience)
    need("of a service" in p.err, p.last_words())
    need(oracle.read_redis(w.store.url, "prod:") == was and not w.store.client.exists("prod:{until}"), "it has changed something")
    _known(w).ends_with(0, 60 * w.patience)
    known = oracle.read_redis(w.store.url, PREFIX)
    for more in ((), ("--rebuild", ), ("--exit-at-end", ), ("--until", UNTIL, "--clock", "2020-01-01")):
        p = w.program("tally-aggregate", "-b", w.kafka.address, "-r", w.store.url, "-G", "other", "--prefix", PREFIX, *more).ends_with(1, 30 * w.patience)
        need("of one instant" in p.err or "another day" in p.err, p.last_words())
    need(oracle.read_redis(w.store.url, PREFIX) == known, "it has changed something")
    need("OLD" not in w.lookup("--prefix", PREFIX, "totals", "CN-LN", "RU").ends_with(0, 30).out, "it is said to be old")


def an_instant_that_is_none(w):
    """What --until does not take: no instant, the service's prefix, --rebuild."""
    w.begin()
    for arguments, says in ((("--until", "yesterday", "--prefix", "x:"), "RFC 3339"), (("--until", UNTIL), "prefix of its own"),
                            (("--until", UNTIL, "--prefix", "x:", "--rebuild"), "do not go together"),
                            (("--until", "2099-01-01T00:00:00Z", "--prefix", "x:"), "future"), (("--until", UNTIL, "--prefix", "tt:rebuild:x:"), "rebuild:")):
        p = w.aggregate(None, *arguments).ends_with(2, 10)
        need(says in p.err, p.last_words())
    need(not w.store.client.keys("x:*"), "it has written something")
