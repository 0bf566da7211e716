"""What the consumer group keeps for us: its lag is true, each topic is shared evenly, and a Redis that lost everything is filled without sending anything again."""
import collections, json, random, re, signal, subprocess, sys, time

import confluent_kafka
from confluent_kafka import ConsumerGroupState as State, admin

import wire
from world import TOPICS, Late, Program, freeze, judged, mixed, need, oracle, script, until

DLQ = [t + ".dlq" for t in TOPICS]


def _send_astray(w, lines, partitions=4):
    """Records to random partitions, so most are forwarded, and every twentieth is no record; how many of those."""
    rng, client, poison = random.Random(7), confluent_kafka.Producer({"bootstrap.servers": w.kafka.address, "linger.ms": 20, "log_level": 3}), 0
    for n, line in enumerate(lines):
        try:
            topic, value = wire.message(line)
        except (oracle.Invalid, ValueError):
            continue
        if n % 20 == 0:
            client.produce(topic, b"no record", partition=rng.randrange(partitions))
            poison += 1
        client.produce(topic, value, partition=rng.randrange(partitions))
        client.poll(0)
    need(client.flush(30) == 0, "the test could not send")
    return poison


def _lengths(w):
    return w.kafka.ends(TOPICS + DLQ)


_ASK = """
import json, sys, confluent_kafka
from confluent_kafka import admin
asked = [confluent_kafka.ConsumerGroupTopicPartitions(sys.argv[2])]
client = admin.AdminClient({"bootstrap.servers": sys.argv[1]})
done = list(client.list_consumer_group_offsets(asked).values())[0].result(20)
print(json.dumps([(tp.topic, tp.partition, tp.offset, tp.metadata) for tp in done.topic_partitions]))
"""


def _kept(w, group=None):
    """What the group has, with our text beside each offset.  The client reads that text a byte too far, which need be no UTF-8: each try has a process, and so memory, of its own."""
    for _ in range(10):
        said = subprocess.run([sys.executable, "-c", _ASK, w.kafka.address, group or w.group], capture_output=True, text=True)
        if said.returncode == 0:
            return [confluent_kafka.TopicPartition(topic, partition, offset, metadata=text) for topic, partition, offset, text in json.loads(said.stdout)]
        need("UnicodeDecodeError" in said.stderr, f"the group can't be asked: {said.stderr[-300:]}")
    need(False, "the group's text could not be read ten times")


def _committed(w, group=None):
    """{(topic, partition): offset} as the group has it."""
    return {(tp.topic, tp.partition): tp.offset for tp in _kept(w, group)}


def _lag(w):
    done = _committed(w)
    return sum(end - max(0, done.get(at, 0)) for at, end in w.kafka.ends().items())


def refills_send_nothing_again(w):
    """Eight times Redis loses everything, under running aggregators and between two lives of them: every refill is exact, and no topic grows."""
    w.begin()
    lines, want = mixed(3000, seed=12)
    poison = _send_astray(w, lines)
    w.aggregate_to_end()
    w.totals_are(want)
    before = _lengths(w)
    need(sum(before[t, p] for t, p in before if t in DLQ) == poison, "each poison has one dead letter")
    for _ in range(4):
        w.store.client.flushall()
        p, = w.aggregate_to_end()
        w.totals_are(want)
        need(_lengths(w) == before, f"something was sent again by {p.name}")
        need("may be so again" not in p.err and "former times" not in p.err, f"{p.name} knew nothing of what was sent")
    running = [w.aggregate("a"), w.aggregate("b")]
    w.totals_become(want)
    for _ in range(4):
        w.store.client.flushall()
        w.totals_become(want)
        need(_lengths(w) == before, "something was sent again under running aggregators")
    poison += _send_astray(w, mixed(3000, seed=19)[0])   # and what is new is sent, once
    both = lines + mixed(3000, seed=19)[0]
    w.totals_become(judged(both)[0])
    for p in running:
        p.terminate()
    dead = sum(w.kafka.ends(DLQ).values())
    need(dead == poison, f"{dead} dead letters of {poison}")


def a_refill_that_is_interrupted(w):
    """Redis loses everything, and whoever fills it again is killed on the way, several times: who goes on sends nothing again either."""
    w.begin()
    lines, want = mixed(20000)
    _send_astray(w, lines)
    w.aggregate_to_end()
    before, rng = _lengths(w), random.Random(w.seed)
    w.store.client.flushall()
    for n in range(6):
        p = w.aggregate(f"end-{n % 2}")
        until(20, lambda: w.store.client.keys("tt:*meta"), "nothing is filled")
        time.sleep(rng.random() * 0.4)
        p.kill()
    w.aggregate_to_end()
    w.totals_are(want)
    need(_lengths(w) == before, "something was sent again")


def a_group_that_was_deleted(w):
    """Redis and the group have lost everything: it is sent again, the log says so, and the totals are right."""
    w.begin()
    lines, want = mixed(3000, seed=12)
    poison = _send_astray(w, lines)
    w.aggregate_to_end()
    w.store.client.flushall()
    _group_is_empty(w)
    script("kafka", "tool", "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", "--bootstrap-server", w.kafka.address, "--delete", "--group", w.group)
    p, = w.aggregate_to_end()
    w.totals_are(want)
    need("nothing is known of former times" in p.err, "it does not say that it may send again")
    dead = sum(w.kafka.ends(DLQ).values())
    need(dead == 2 * poison, f"{dead} dead letters of {poison}, sent twice")


def _group_is_empty(w):
    """A member with a name stays for its session's time after it has ended."""
    until(20 * w.patience, lambda: not w.described_group().members, "the group still has members")


def _group_has(w, places):
    _group_is_empty(w)
    client = confluent_kafka.Consumer({"bootstrap.servers": w.kafka.address, "group.id": w.group, "enable.auto.commit": False, "log_level": 3})
    try:
        client.commit(offsets=places, asynchronous=False)
    except UnicodeDecodeError:                       # in what it gives back (see _kept); that it is done is seen there
        pass
    client.close()
    need({(tp.topic, tp.partition): tp.offset for tp in places if tp.offset > 0}.items() <= _committed(w).items(), "the group does not have what was committed")


def a_group_that_knows_another_log(w):
    """Redis is empty and the topics were made anew, but the group's offsets are of the old ones: what is in the new ones is sent, and the log says why."""
    w.begin()
    _send_astray(w, mixed(3000, seed=12)[0])
    w.aggregate_to_end()
    kept = _kept(w)
    need(all("tally/2 partitions=4 sent=" in tp.metadata for tp in kept if tp.offset > 0), f"the group does not know of us: {kept}")
    w.new_topics()
    w.store.client.flushall()
    lines, want = mixed(8000, seed=13)
    poison = _send_astray(w, lines)
    _group_has(w, kept)
    p, = w.aggregate_to_end()
    w.totals_are(want)
    need("may be so again" in p.err, "it does not say that the log is another one")
    need(sum(w.kafka.ends(DLQ).values()) == poison, "a dead letter is missing")
    w.store.client.flushall()                        # a stranger's commits are none of ours
    _group_has(w, [confluent_kafka.TopicPartition(*at, end, metadata="") for at, end in w.kafka.ends().items()])
    p, = w.aggregate_to_end()
    w.totals_are(want)
    need("nothing is known of former times" in p.err, "it takes a stranger's commits for its own")
    need(sum(w.kafka.ends(DLQ).values()) == 2 * poison, "a dead letter is missing")


def nobody_may_join(w):
    """A member that is frozen keeps all others waiting at the coordinator, and Redis loses everything meanwhile: who owns the partitions hears from the group all the same, and counts again when the others may join."""
    w.begin()
    lines, want = mixed(3000, seed=14)
    w.ingest(lines).ends_with(3, 60)
    other = Program("kcat", ["kcat", "-b", w.kafka.address, "-X", "partition.assignment.strategy=cooperative-sticky", "-X", "session.timeout.ms=300000",
                             "-G", w.group, "trade-events.dlq"], w.folder)
    w.programs.append(other)
    until(30 * w.patience, lambda: len(w.described_group().members) == 1, "kcat is no member")
    a = w.aggregate(None, "-X", "heartbeat.interval.ms=200")
    w.totals_become(want)
    until(30 * w.patience, lambda: w.described_group().state == State.STABLE, "the group does not come to rest")
    freeze(other.process.pid)
    b = w.aggregate(None)
    until(30 * w.patience, lambda: w.described_group().state == State.PREPARING_REBALANCING, "nobody joins")
    time.sleep(2)                                    # by then a, too, waits to join: ten heartbeats were told so
    w.store.client.flushall()
    a.says("Redis was emptied", 30 * w.patience)
    need(w.described_group().state == State.PREPARING_REBALANCING, "the group has gone on meanwhile")
    other.process.send_signal(signal.SIGCONT)
    other.ask_to_end()                               # it leaves, and all may join
    w.totals_become(want)
    for p in (a, b):
        p.terminate()


def _unread(w):
    """What Kafka has behind `next` of each partition, as Redis knows it."""
    return sum(end - int(w.store.client.hget(f"tt:{{{topic}/{partition}}}:meta", "next")) for (topic, partition), end in w.kafka.ends().items())


def lag_is_true(w):
    """Repeats are nothing new for the totals, and yet no lag: 5 s later, and after the end."""
    w.begin()
    lines, want = mixed(3000, seed=12)
    w.ingest(lines).ends_with(3, 60)
    p = w.aggregate("a")
    w.totals_become(want)
    until(5, lambda: _lag(w) == 0, lambda: f"the lag stands at {_lag(w)}")
    w.ingest(lines).ends_with(3, 60)                 # repeats alone
    until(5, lambda: _lag(w) == 0, lambda: f"the lag stands at {_lag(w)} after repeats")
    for _ in range(3):
        w.ingest(lines[:500]).ends_with(3, 60)
        p.terminate()
        need(_lag(w) == _unread(w), f"the lag stands at {_lag(w)} after the end, and {_unread(w)} records were not read")
        p = w.aggregate("a")
        w.totals_become(want)
        until(10, lambda: _lag(w) == 0, lambda: f"the lag stands at {_lag(w)} after a start")
    p.terminate()


def _shares(w):
    """{client.id: {topic: partitions}}, and whether the group has settled."""
    group = w.described_group()
    out = collections.defaultdict(lambda: collections.defaultdict(set))
    for m in group.members:
        for tp in m.assignment.topic_partitions if m.assignment else []:
            out[m.client_id][tp.topic].add(tp.partition)
    return out, group.state == State.STABLE


def each_topic_is_shared_evenly(w):
    """Instances join one by one, leave and are killed: each topic's partitions are shared to within one, and few move."""
    w.begin(partitions=12)
    alive, before = [], {}
    rng = random.Random(w.seed)

    def even():
        out, settled = _shares(w)
        counts = [[len(out[f"i{n}"][t]) for n, _ in alive] for t in TOPICS]
        return settled and all(sum(c) == 12 and max(c) - min(c) <= 1 for c in counts) and out

    def step(what):
        nonlocal before
        out = until(30 * w.patience, even, lambda: f"after a {what} {[n for n, _ in alive]} share {dict(_shares(w)[0])}")
        moved = sum(len(ps - before.get(i, {}).get(t, set())) for i, of in out.items() for t, ps in of.items())
        gone = sum(len(ps) for i, of in before.items() for ps in of.values() if i not in {f"i{n}" for n, _ in alive})
        least = gone if what != "join" else 2 * (12 // len(alive))
        moves.append((what, len(alive), moved, least))
        before = out

    moves = []
    for n in range(4):
        alive.append((n, w.aggregate(None, "-X", f"client.id=i{n}")))
        step("join")
    for what in ("leave", "kill", "leave"):
        n, p = alive.pop(rng.randrange(len(alive)))
        p.terminate() if what == "leave" else p.kill()
        step(what)
    for _, p in alive:
        p.terminate()
    if any(moved > least + 6 for *_, moved, least in moves):   # a busy machine may make two rebalances of one change
        raise Late(f"too many partitions moved: {moves}")
    # Shared out in turn it were 1.5.
    need(sum(moved for *_, moved, _ in moves) <= 1.4 * sum(least for *_, least in moves), f"too many partitions moved: {moves}")
    w.note("moved: " + ", ".join(f"{what} to {n}: {moved} (at least {least})" for what, n, moved, least in moves))


def shared_by_range(w):
    """The protocols that take all away at each rebalance work as well: instances come and go, Redis loses everything."""
    w.begin()
    lines, want = mixed(8000, seed=12)
    ingest, feed = w.ingest_slowly(lines, 600)
    running = [w.aggregate(None, "-X", "partition.assignment.strategy=range")]
    for _ in range(2):
        time.sleep(3)
        running.append(w.aggregate(None, "-X", "partition.assignment.strategy=range"))
    running.pop(0).terminate()
    w.store.client.flushall()
    until(60 * w.patience, feed.done, "records do not flow")
    ingest.ends_with(3, 60)
    w.totals_become(want)
    until(5 if w.patience == 1 else 20, lambda: _lag(w) == 0, lambda: f"the lag stands at {_lag(w)}")  # who slept for 3 s keeps silent for 10
    for p in running:
        p.terminate()
