"""Releases beside each other: what the one before wrote is counted, and an aggregator of the one before that is started by mistake sets nothing aside."""
import json

import confluent_kafka

import wire
from world import CLOCK, TOPICS, judged, need, records

DLQ = [t + ".dlq" for t in TOPICS]


def _send(w, lines, message):
    producer = confluent_kafka.Producer({"bootstrap.servers": w.kafka.address, "linger.ms": 20, "log_level": 3})
    for line in lines:
        topic, value = message(line)
        producer.produce(topic, value, key=json.loads(line).get("id") or "")
    need(producer.flush(30) == 0, "the test could not send")


def _former(w, *arguments):
    return w.program("tally-aggregate-former", "-b", w.kafka.address, "-r", w.store.url, "-G", w.group, "--clock", CLOCK, *arguments)


def _letters(w):
    return sum(w.kafka.ends(DLQ).values())


def _with_the_new_field(lines):
    return [json.dumps({**json.loads(line), "retrieved_at": "2024-01-31T08:00:00Z"}, ensure_ascii=False).encode() for line in lines]


def an_upgrade(w):
    """The former ingest sends, the former aggregator counts; the new one goes on; then the new ingest sends; the former aggregator, started by mistake, stops."""
    w.begin()
    lines = list(records.records(21, 900, refused_rate=0))
    before, between, after = lines[:300], lines[300:600], _with_the_new_field(lines[600:])
    _send(w, before, wire.former_message)
    _former(w, "--exit-at-end").ends_with(0, 60 * w.patience)
    w.totals_are(judged(before)[0])
    w.aggregate_to_end()                             # aggregators first: nothing changes
    _send(w, between, wire.former_message)
    w.aggregate_to_end()
    w.totals_are(judged(before + between)[0])
    _send(w, after, wire.message)
    w.aggregate_to_end()
    want = judged(before + between + after)[0]
    w.totals_are(want)
    p = _former(w, "--exit-at-end").ends_with(1, 30 * w.patience)
    need("FAULT_SETTINGS" in p.err and "Start the newer one" in p.err, p.last_words())
    need(_letters(w) == 0, f"{_letters(w)} records were set aside")
    w.totals_are(want)
    w.store.client.flushall()                        # all of it, from the log
    w.aggregate_to_end()
    w.totals_are(want)
    w.rebuild()
    w.totals_are(want)
    need(_letters(w) == 0, f"{_letters(w)} records were set aside")


def ingest_before_aggregators(w):
    """The wrong way round: what a former aggregator can't read is set aside, each record once, with the fingerprint; nothing stops."""
    w.begin()
    lines = list(records.records(22, 200, refused_rate=0))
    _send(w, lines[:100], wire.former_message)
    _send(w, _with_the_new_field(lines[100:]), wire.message)
    p = _former(w, "--exit-at-end").ends_with(0, 60 * w.patience)
    w.totals_are(judged(lines[:100])[0])
    need(_letters(w) == 100 and p.err.count('"code":"BAD_SCHEMA"') == 100, f"{_letters(w)} records were set aside")
