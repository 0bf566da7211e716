"""A topic that is deleted or made anew under a running service, a Redis and a log that have both lost something, clocks that are set right: nobody is told more than is so."""
import json, os, signal, struct, time

import confluent_kafka
from confluent_kafka import admin

import wire
from live_through import _asof, _complete, _goes_on, _now, _through, _trades
from world import TOPICS, need, until

DLQ = [t + ".dlq" for t in TOPICS]


def _events(w, pair=("CN-LN", "RU")):
    return int(w.store.client.hget(f"tt:{{{pair[0]}}}:{pair[1]}:all", "deals.export.events") or 0)


def _says(p, seconds, **wanted):
    def said():
        lines = [json.loads(line) for line in p.err.splitlines() if line.startswith("{")]
        return any(all(line.get(k) == v for k, v in wanted.items()) for line in lines)
    until(seconds, said, lambda: f"{p.name} never said {wanted}; {p.last_words()}")


def _delete(w, topic):
    for done in w.kafka.admin.delete_topics([topic]).values():
        done.result(30)


def _make(w, topic, partitions):
    def made():
        try:
            for done in w.kafka.admin.create_topics([admin.NewTopic(topic, partitions, 1)]).values():
                done.result(30)
            return True
        except confluent_kafka.KafkaException:       # it is being deleted still
            return False
    until(20, made, f"{topic} can't be made again")


def _send(w, lines, partition=0, values=()):
    """Into one partition. -> when all were acknowledged"""
    producer = confluent_kafka.Producer({"bootstrap.servers": w.kafka.address, "log_level": 0, "linger.ms": 5})
    for line in lines:
        topic, value = wire.message(line)
        producer.produce(topic, value, key=json.loads(line)["id"], partition=partition)
    for value in values:
        producer.produce(TOPICS[0], value, key="k", partition=partition)
    need(producer.flush(30) == 0, "the test could not send")
    return _now()


def _counted(w, lines, partitions=1):
    w.begin(partitions=partitions)
    w.ingest(lines).ends_with(0, 60)
    p = w.aggregate("a",)
    _complete(w)
    _goes_on(w)
    return p


def a_topic_made_anew(w):
    """Deleted under a running service, and made again with more records than were counted: it stops, and says why; --rebuild swaps in nothing less."""
    p = _counted(w, _trades(0, 20))
    _delete(w, TOPICS[0])
    time.sleep(1.5)
    _make(w, TOPICS[0], 1)
    acknowledged = _send(w, _trades(1000, 500))
    p.ends_with(1, 30)
    need("FAULT_LOG_MISMATCH" in p.err, p.last_words())
    need(_through(w) < acknowledged and _events(w) == 20, f"{_events(w)} events, up to {_through(w) - acknowledged} ms after the new ones")
    w.aggregate("b", "--rebuild").ends_with(1, 60)
    need(_events(w) == 20, "the rebuild has swapped in less, unasked")
    w.aggregate("c", "--rebuild", "--accept-loss").ends_with(0, 60)
    need(_events(w) == 500, f"{_events(w)} events after --accept-loss")


def a_rebuild_of_a_topic_made_anew_unseen(w):
    """Made anew while the service stood still, and counted on from there: what was counted of the former one is not swapped out unasked."""
    p = _counted(w, _trades(0, 20, (b"CN-HL", b"KZ")))
    p.process.send_signal(signal.SIGSTOP)
    _delete(w, TOPICS[0])
    _make(w, TOPICS[0], 1)
    _send(w, _trades(1000, 500))
    p.process.send_signal(signal.SIGCONT)
    time.sleep(4)
    if p.running():
        p.terminate()
    p.excused = True
    r = w.aggregate("b", "--rebuild").ends_with(1, 60)
    need("20 of" in r.out and _events(w, ("CN-HL", "KZ")) == 20, f"the rebuild said: {r.out[-300:]}")


def an_emptied_redis_before_an_expired_log(w):
    """What was counted once is gone from both: it stops with the number; with --accept-loss it counts what is there, and says so."""
    p = _counted(w, _trades(0, 50))
    time.sleep(3)                                    # the group is told how far
    for done in w.kafka.admin.delete_records([confluent_kafka.TopicPartition(TOPICS[0], 0, 30)]).values():
        done.result(20)
    w.store.client.flushall()
    p.ends_with(1, 30)
    need("30 offsets, from 0 on, can't be counted again" in p.err, p.last_words())
    p = w.aggregate("b").ends_with(1, 30)
    need("30 offsets, from 0 on, can't be counted again" in p.err, p.last_words())
    need(_asof(w).get("complete") != "1", "complete, of nothing")
    r = w.aggregate("c", "--rebuild").ends_with(1, 60)
    need("30 offsets that were counted would go" in r.out, r.out[-300:])
    p = w.aggregate("d", "--accept-loss")
    _complete(w)
    _says(p, 10, event="a loss is accepted", offsets_lost=30)
    need(_events(w) == 20, f"{_events(w)} events")
    p.terminate()


def an_emptied_redis_is_told_of(w):
    """FLUSHALL under a running service: the log says it once, with the number of partitions."""
    p = _counted(w, _trades(0, 50))
    time.sleep(3)
    w.store.client.flushall()
    _says(p, 20, event="Redis was emptied", partitions=1)
    _complete(w)
    p.terminate()


def a_rebuild_of_an_emptied_redis_sends_nothing_again(w):
    """The group knows what was set aside and forwarded, also when a rebuild fills an empty Redis."""
    w.begin(partitions=4)
    w.ingest(_trades(0, 200)).ends_with(0, 60)
    _send(w, _trades(500, 40), 0, [b"no record"] * 7)
    p = w.aggregate("a")
    _complete(w)
    _goes_on(w)
    time.sleep(3)
    p.terminate()
    before = w.kafka.ends(TOPICS + DLQ)
    need(sum(before[t, n] for t, n in before if t in DLQ) == 7, "each poison has one dead letter")
    w.store.client.flushall()
    w.aggregate("b", "--rebuild").ends_with(0, 60)
    need(w.kafka.ends(TOPICS + DLQ) == before, "something was sent again")
    need(_events(w) == 240, f"{_events(w)} events")


def a_topic_is_gone(w):
    """`through` stands still, and the log says of which topic, not every second; the other one is counted on."""
    p = _counted(w, _trades(0, 20))
    _delete(w, TOPICS[1])
    acknowledged = _send(w, _trades(100, 5))
    for n in range(6):                               # it has seen by then, several times, that the topic is not there
        until(5, lambda: _events(w) == 25 + n, lambda: f"{_events(w)} of {25 + n} events: the topic that is there stands still")
        time.sleep(1.5)
        acknowledged = _send(w, _trades(200 + n, 1))
    _says(p, 30, event="not counted yet", reason="topic", partition=TOPICS[1])
    need(_through(w) < acknowledged, "everything is told to be counted, and a topic is gone")
    need(p.err.count('"event":"kafka",') < 6, "the log is full of one thing")
    p.terminate()
    p.excused = True


def clocks_that_were_ahead(w):
    """Our clock and that of Redis are both 50 s ahead, and are set right: what was told of a time to come is taken back."""
    w.new_topics(1)
    file = w.folder / "clock"
    file.write_bytes(struct.pack("=q", 50_000))
    ahead = {**w.preload("wall_clock"), "TALLY_WALL_CLOCK": str(file)}
    os.environ.update(ahead)
    try:
        w.new_redis()
    finally:
        for name in ahead:
            del os.environ[name]
    need(w.store.client.time()[0] - time.time() > 40, "the clock of Redis is not ahead")
    w.ingest(_trades(0, 100)).ends_with(0, 60)
    p = w.aggregate("a", environment=ahead)
    _complete(w)
    until(10, lambda: _through(w) > _now() + 40_000, "through is not ahead: the scene is not as meant")
    file.write_bytes(struct.pack("=q", 0))
    until(15, lambda: 0 < _through(w) <= _now(), lambda: f"through is {_through(w) - _now()} ms ahead, after the clocks were set right")
    _complete(w)
    p.terminate()
