"""When totals could only go wrong, the aggregator stops with the reason and the remedy; it never skips and never starts anew by itself."""
import re

from confluent_kafka import TopicPartition, admin

from world import TOPICS, mixed, need, oracle, until


def _stops(w, pattern, *arguments):
    """The aggregator ends with 1, says why, and leaves everything as it was."""
    before = w.wrong({})
    p = w.aggregate("a", "--exit-at-end", *arguments).ends_with(1, 40 * w.patience)
    need(re.search(pattern, p.err, re.I), f"it does not say /{pattern}/; {p.last_words()}")
    need(w.wrong({}) == before, "it touched the totals")


def _counted(w, count=2000):
    lines, want = mixed(count, seed=18)
    w.begin()
    w.ingest(lines).ends_with(3, 60)
    w.aggregate_to_end()
    w.totals_are(want)
    return lines, want


def an_emptied_topic(w):
    """The topics were made anew and are shorter than what was counted."""
    _counted(w)
    w.new_topics()
    _stops(w, "the totals were made from offsets below .* the topic holds 0 to 0")
    _stops(w, "the totals were made from offsets below .* the topic holds 0 to 0", "--accept-loss")


def another_topic_of_that_name(w):
    """The topics were made anew and hold other records: the last one counted is not at its offset. --rebuild swaps them in only where the loss is accepted."""
    _counted(w)
    w.new_topics()
    lines, want = mixed(8000, seed=12)
    w.ingest(lines).ends_with(3, 60)
    _stops(w, "not the one that was counted.*--rebuild.*keeps only what the log still has")
    before = w.wrong({})
    p = w.aggregate(None, "--rebuild").ends_with(1, 60 * w.patience)
    need("facts and series are gone from the log" in p.out and "--accept-loss" in p.out, f"it does not say what would go: {p.out.strip()[-300:]}")
    need(w.wrong({}) == before, "it touched the totals")
    w.rebuild("--accept-loss")
    w.totals_are(want)


def a_log_cut_at_its_start(w):
    """Records that were never counted are gone from the log."""
    w.begin()
    lines, want = mixed(2000, seed=18)
    w.ingest(lines[:1000]).ends_with(3, 60)
    w.aggregate_to_end()
    w.ingest(lines[1000:]).ends_with(3, 60)
    ends = w.kafka.ends()
    cuts = [TopicPartition(t, p, end) for (t, p), end in ends.items()]
    for done in w.kafka.admin.delete_records(cuts).values():
        done.result(20)
    _stops(w, "offsets, from .* gone from the log before they were counted.*--accept-loss")


def another_number_of_partitions(w):
    """Partitions were added: keys moved, so nobody can go on from there. --rebuild helps."""
    lines, want = _counted(w)
    for done in w.kafka.admin.create_partitions([admin.NewPartitions(t, 6) for t in TOPICS]).values():
        done.result(20)
    _stops(w, "partitions")
    w.rebuild()
    w.totals_are(want)


def other_windows(w):
    """Another list of windows than the one that the totals were made with."""
    _counted(w)
    _stops(w, "windows", "--windows", "1d,30d")


def a_redis_that_may_evict(w):
    """A Redis that throws keys away when it is full is refused at the start."""
    w.begin("--maxmemory", "200mb", "--maxmemory-policy", "allkeys-lru")
    _stops(w, "evict|maxmemory")


def a_redis_that_begins_to_evict(w):
    """A policy that evicts, set while the aggregator runs: it stops and says what helps; then it goes on, and no key is missing."""
    lines, want = mixed(2000, seed=18)
    w.begin()
    a = w.aggregate("a")
    w.ingest(lines[:1000]).ends_with(3, 60)
    until(60 * w.patience, lambda: not w.incomplete(), "the scopes do not become complete")
    w.store.client.config_set("maxmemory", "300mb")
    w.store.client.config_set("maxmemory-policy", "allkeys-lru")
    a.ends_with(1, 60 * w.patience)
    need("FAULT_STORE_EVICTS" in a.err and "maxmemory-policy noeviction" in a.err, f"it does not say what helps; {a.last_words()}")
    w.store.client.config_set("maxmemory-policy", "noeviction")
    w.ingest(lines[1000:]).ends_with(3, 60)
    w.aggregate_to_end()
    w.totals_are(want)
    w.lookup("verify").ends_with(0, 30 * w.patience)


def two_services_side_by_side(w):
    """Another prefix is another service: both count the same topics in one Redis."""
    lines, want = _counted(w)
    w.aggregate("a", "--exit-at-end", "--prefix", "other:", group=f"{w.group}-other").ends_with(0, 60 * w.patience)
    w.totals_are(want)
    need(oracle.read_redis(w.store.url, "other:") == want, "under the other prefix there are other totals")
