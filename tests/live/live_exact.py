"""Totals are exact, whatever the order and whoever the sender."""
import itertools, json, random

import confluent_kafka

import wire
from world import ROOT, TOPICS, Failed, judged, mixed, need, oracle, records, until

COUNT = 20000
ORDERS = 6                                           # of 120: what all of them take is minutes


def _send(w, lines, *arguments):
    """Through tally-ingest; some lines of every set are refused."""
    w.ingest(lines, *arguments).ends_with(3, 60 * w.patience)


def at_least_20000_records(w):
    """20,000 mixed records through Kafka and two aggregators: every field as the oracle says."""
    lines, want = mixed(COUNT)
    w.begin()
    _send(w, lines)
    w.aggregate_to_end(instances=2)
    w.totals_are(want)
    w.no_dead_letters()
    w.lookup("verify").ends_with(0, 30 * w.patience)
    sent = w.kafka.ends()
    need(all(sent.values()), f"partitions without a record: {sent}")


def other_orders(w):
    """The same records in three other orders: the same totals."""
    lines, want = mixed(COUNT)
    for turn, order in enumerate(["backwards", "shuffled", "shuffled again"]):
        again = list(lines)
        again.reverse() if turn == 0 else random.Random(turn).shuffle(again)
        w.begin()
        _send(w, again)
        w.aggregate_to_end(group=f"{w.group}-{turn}")
        try:
            w.totals_are(want)
        except Failed as bad:
            raise Failed(f"{order}: {bad}")
        w.no_dead_letters()


def the_example_by_its_sources(w):
    """examples/northeast-2023.ndjson, source after source: the same totals in any order of its five sources (compare_semantics has all 120 without Kafka)."""
    lines = [line for line in (ROOT / "examples" / "northeast-2023.ndjson").read_bytes().splitlines() if line.strip()]
    sources, agreements = {}, []
    for line in lines:
        r = json.loads(line)
        (sources.setdefault(r["source"]["name"], []) if r["type"] == "trade" else agreements).append(line)
    need(len(sources) == 5, f"{len(sources)} sources")
    want = judged(lines)[0]
    for order in random.Random(5).sample(list(itertools.permutations(sources.values())), ORDERS):
        w.begin()
        for told in (*order, agreements):
            w.ingest(told).wait(60 * w.patience)         # one line is refused
        w.aggregate_to_end()
        w.totals_are(want)


def another_client(w):
    """Records that another client wrote without keys to any partition are forwarded, and counted once."""
    lines, want = mixed(COUNT)
    w.begin()
    rng, client = random.Random(5), confluent_kafka.Producer({"bootstrap.servers": w.kafka.address, "linger.ms": 20, "log_level": 3})
    for line in lines:
        try:
            topic, value = wire.message(line)
        except (oracle.Invalid, ValueError):
            continue
        while True:
            try:
                client.produce(topic, value, partition=rng.randrange(4))
                break
            except BufferError:
                client.poll(0.1)
    need(client.flush(30) == 0, "the other client could not send")
    before = sum(w.kafka.ends().values())
    w.aggregate_to_end(instances=2)
    w.totals_are(want)
    w.no_dead_letters()
    forwarded = sum(w.kafka.ends().values()) - before
    need(before * 0.7 < forwarded < before * 0.8, f"{forwarded} of {before} records were forwarded; three of four lay in a wrong partition")


def one_series(w):
    """A crowd of figures about one province and partner: overlapping, contradicting, retracted."""
    lines = list(records.records(21, 4000, kind="statistics", dense=True, provinces=1, partners=1)) + list(records.records(22, 2000, dense=True, provinces=2, partners=2))
    want = judged(lines)[0]
    w.begin()
    _send(w, lines)
    w.aggregate_to_end()
    w.totals_are(want)


def sent_again(w):
    """The whole set sent three times counts nothing twice."""
    lines, want = mixed(8000, seed=12)
    w.begin()
    a = w.aggregate("a")
    for _ in range(3):
        _send(w, lines)
    w.totals_become(want)
    a.terminate()
    need(sum(w.kafka.ends().values()) > 3 * 7000, "the repeats never reached Kafka")


def rebuilt(w):
    """--rebuild replays everything from Kafka and ends in the same totals."""
    lines, want = mixed(8000, seed=12)
    w.begin()
    _send(w, lines)
    w.aggregate_to_end()
    w.store.client.hset("tt:{CN-LN}:RU:all", "export.events", 1)  # a hand in the data
    need(w.wrong(want), "the damage does not show")
    said = w.rebuild().out
    need("1 differ" in said and "tt:{CN-LN}:RU:all export.events: found 1, counted" in said, f"it does not name the damage: {said}")
    w.totals_are(want)


def another_clock(w):
    """The windows move with the day: forwards over a night, over a year, and back."""
    lines, _ = mixed(8000, seed=12)
    w.begin()
    _send(w, lines)
    for day in ("2024-01-31", "2024-02-01", "2025-01-30", "2024-01-30"):
        w.program("tally-aggregate", "-b", w.kafka.address, "-r", w.store.url, "-G", w.group, "--clock", day, "--exit-at-end").ends_with(0, 60 * w.patience)
        want = judged(lines, day)[0]
        wrong = w.wrong(want)
        need(not wrong, f"at {day} {len(wrong)} wrong: {'; '.join(wrong[:3])}")
