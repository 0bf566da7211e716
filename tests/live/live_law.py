"""From one law of numbers to the next: what the former release has written is carried over by --rebuild, and no record is lost on the way."""
import json, pathlib

import release
from world import TOPICS, judged, need, oracle

KEPT = pathlib.Path(__file__).parent / "releases" / "law-1.json.gz"
DLQ = [t + ".dlq" for t in TOPICS]


def _given(w):
    """-> the lines that the former release was sent, and the totals that they have under this law."""
    w.begin(partitions=4)
    kept = release.load(KEPT)
    release.give(w, kept, w.group)
    lines = [line.encode() for line in kept["lines"]]
    want, outcome = judged(lines)
    need(outcome["BAD_UNIT"] == 2 and outcome["BAD_SCOPE"] > 0, f"the law refuses nothing that the former one took: {outcome}")
    return lines, want, sum(n for name, n in outcome.items() if name.startswith("BAD_"))


def a_former_law(w):
    """An aggregator of this law stops before what another has counted, and names the remedy; --rebuild carries it over, while readers look on; nothing is lost or sent twice."""
    lines, want, refused = _given(w)
    before = w.kafka.ends()
    p = w.aggregate(None, "--exit-at-end").ends_with(1, 30 * w.patience)
    need("FAULT_SETTINGS" in p.err and "--rebuild" in p.err and "version 1" in p.err, p.last_words())
    p = w.lookup("verify").ends_with(1, 30 * w.patience)
    need("version 1" in p.err, p.last_words())
    need(w.kafka.ends() == before and not any(w.kafka.ends(DLQ).values()), "it has sent something although it stopped")
    p = w.rebuild()
    need("another law of numbers" in p.out, p.out)
    w.aggregate_to_end()
    w.totals_are(want)
    w.lookup("verify").ends_with(0, 30 * w.patience)
    letters = sum(w.kafka.ends(DLQ).values())
    need(letters == refused, f"{refused} records are refused by this law, {letters} were set aside")
    moved = sum(w.kafka.ends().values()) - sum(before.values())
    astray = sum(1 for m in w.kafka.messages("trade-events") if m.headers() and any(n == "tally.forwarded.from" for n, _ in m.headers()))
    need(0 < moved == astray, f"{moved} records were sent to where they belong now, {astray} say so")
    w.note(f"{len(lines)} records, {moved} of them series-years that lie elsewhere now")
    w.rebuild()                                      # once more: nothing is to be sent again
    w.store.client.flushall()
    w.aggregate_to_end()
    w.totals_are(want)
    need(sum(w.kafka.ends().values()) - sum(before.values()) == moved and sum(w.kafka.ends(DLQ).values()) == letters, "it was sent again")


def a_former_law_without_redis(w):
    """What the former release knew of the group is no promise of this one: an empty Redis is filled, with all that is now astray."""
    lines, want, refused = _given(w)
    w.store.client.flushall()
    w.aggregate_to_end()
    w.totals_are(want)
    need(sum(w.kafka.ends(DLQ).values()) == refused, f"{refused} records are refused by this law, {w.kafka.ends(DLQ)}")


def a_former_law_and_a_log_that_begins_late(w):
    """Of a log that has lost its beginning nobody can tell what another law had counted: the rebuild stops, until the loss is accepted."""
    lines, want, refused = _given(w)
    from confluent_kafka import TopicPartition
    for done in w.kafka.admin.delete_records([TopicPartition("trade-events", p, 5) for p in range(4)]).values():
        done.result(30)
    p = w.aggregate(None, "--rebuild").ends_with(1, 60 * w.patience)
    need("another law of numbers" in p.out and "--accept-loss" in p.out, p.out + p.last_words())
    w.rebuild("--accept-loss")
    w.aggregate_to_end()
    w.lookup("verify").ends_with(0, 30 * w.patience)
