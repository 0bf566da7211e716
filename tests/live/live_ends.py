"""How programs begin and end: empty topics, no topics, nothing to do, SIGTERM."""
import time

from world import mixed, need, until


def nothing_to_do(w):
    """--exit-at-end on empty topics, alone and as two: every scope is complete and empty."""
    for instances in (1, 2):
        w.begin()
        w.aggregate_to_end(instances, seconds=30, group=f"{w.group}-{instances}")
        w.totals_are({})
        w.lookup("verify").ends_with(0, 30)


def more_to_do_after_the_end(w):
    """A second --exit-at-end goes on where the first one stopped."""
    lines, want = mixed(8000, seed=12)
    w.begin()
    for part in (lines[:3000], lines[3000:]):
        w.ingest(part).ends_with(3, 60)
        w.aggregate_to_end(instances=2)
    w.totals_are(want)
    w.aggregate_to_end()
    w.totals_are(want)


def kafka_frozen_at_the_end(w):
    """Kafka stops answering, then SIGTERM: what is counted is committed, and nobody waits for the group's goodbye for ever; nothing is lost."""
    w.begin()
    lines, want = mixed(600, seed=12)
    w.ingest(lines).ends_with(3, 60)
    p = w.aggregate("a")
    w.totals_become(want)
    w.kafka.freeze()
    try:
        time.sleep(1)
        p.terminate(30 * w.patience)
    finally:
        w.kafka.thaw()
    w.aggregate_to_end()
    w.totals_are(want)


def one_topic_is_missing(w):
    """The aggregator waits for its topics, and says so."""
    w.new_redis()
    w.kafka.forget_topics()
    a = w.aggregate("a")
    a.says("topic", 20)
    need(a.running(), f"it did not wait; {a.last_words()}")
    lines, want = mixed(2000, seed=18)
    w.ingest(lines, "--create-topics=4").ends_with(3, 60)
    w.totals_become(want)
    a.terminate()


def sigterm_drains(w):
    """SIGTERM in the middle of a backlog: exit 0, and whoever comes next loses nothing."""
    lines, want = mixed(20000)
    w.begin()
    w.ingest(lines).ends_with(3, 60)
    for pause in (0.2, 0.5, 1.0):
        a = w.aggregate("a")
        time.sleep(pause)
        a.terminate()
    w.aggregate_to_end()
    w.totals_are(want)


def coming_and_going(w):
    """Members without a name join and leave, often in the middle of each other's rebalance: each leaves with 0, nothing is lost."""
    lines, want = mixed(8000, seed=12)
    w.begin()
    ingest, feed = w.ingest_slowly(lines, 1000)
    there = [w.aggregate(None)]
    for _ in range(14):
        there.append(w.aggregate(None))
        time.sleep(w.rng.uniform(0.05, 0.9))
        there.pop(w.rng.randrange(2)).terminate()
    ingest.ends_with(3, 60)
    w.totals_become(want)
    there[0].terminate()
    w.totals_are(want)


def topics_that_exist(w):
    """--create-topics on topics that exist exits 0, and warns if their partitions differ."""
    w.begin()
    w.ingest(None, "--create-topics=4").ends_with(0, 30)
    p = w.ingest(None, "--create-topics=6").ends_with(0, 30)
    need("trade-events" in p.err and "4" in p.err and "6" in p.err, f"no warning of other partitions; {p.last_words()}")
    need(len(w.kafka.ends()) == 8, "partitions were added")


def wrong_command_lines(w):
    """Usage errors are 2, --help is 0."""
    for name in ("tally-ingest", "tally-aggregate", "tally-lookup"):
        w.program(name, "--help").ends_with(0, 10)
        p = w.program(name, "--no-such-option").ends_with(2, 10)
        need("no-such-option" in p.err, f"{name} does not name the option; {p.last_words()}")
    w.program("tally-aggregate", "--clock", "yesterday").ends_with(2, 10)
    w.program("tally-aggregate", "-r", "gopher://x").ends_with(2, 10)
    w.program("tally-lookup", "no-such-verb").ends_with(2, 10)
