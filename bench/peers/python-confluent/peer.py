"""A confluent-kafka consumer group, fastavro, redis-py pipelines (hiredis parser).

Ids live in Redis ("id:<id>"); a batch is one MGET, one MULTI/EXEC with ids and increments together, then a synchronous
commit. A crash between EXEC and commit redelivers the batch, whose ids are then known: totals stay right."""
import io, json, os, signal, time
from collections import defaultdict
from datetime import timedelta, timezone

import redis
from confluent_kafka import Consumer, TopicPartition
from fastavro import schemaless_reader
from fastavro.schema import load_schema

SCHEMA = load_schema(os.environ["SCHEMA"])
FRAME_BYTES = 10  # of Avro's single-object encoding: C3 01 and a fingerprint
CHINA = timezone(timedelta(hours=8))
TOPIC, FOLLOW = os.environ["TOPIC"], bool(os.environ.get("FOLLOW"))
BATCH = 10000


def decode(value):
    if value[:2] != b"\xc3\x01":
        raise ValueError("another framing")
    return schemaless_reader(io.BytesIO(value[FRAME_BYTES:]), SCHEMA)


def apply(rdb, values):
    events = [decode(v) for v in values]
    keys = ["id:" + e["id"] for e in events]
    before = rdb.mget(keys)
    known, agg, days = {}, defaultdict(lambda: [0, 0]), defaultdict(int)

    def add(entry, sign):
        _, group, day, cents = entry
        t = agg[group]
        t[0] += sign * cents
        t[1] += sign
        days[group, day] += sign * cents

    for e, key, stored in zip(events, keys, before):
        old = known.get(key)
        if old is None and stored is not None:
            version, group, day, cents = stored.split("|")
            old = (int(version), group, day, int(cents))
        if old is not None:
            if e["version"] <= old[0]:
                continue
            add(old, -1)
        entry = (e["version"], f"{e['province']}:{e['partner']}:{e['flow']}:{e['currency']}",
                 e["occurred_at"].astimezone(CHINA).date().isoformat(), int(e["value"].scaleb(2)))
        add(entry, 1)
        known[key] = entry
    if not known:
        return
    p = rdb.pipeline(transaction=True)
    p.mset({k: "|".join(map(str, v)) for k, v in known.items()})
    for group, (cents, count) in agg.items():
        p.hincrby("agg:" + group, "sum", cents)
        p.hincrby("agg:" + group, "count", count)
    for (group, day), cents in days.items():
        p.hincrby("day:" + group, day, cents)
    p.execute()


def main():
    running = True

    def stop(*_):
        nonlocal running
        running = False

    signal.signal(signal.SIGTERM, stop)
    rdb = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
    c = Consumer({"bootstrap.servers": os.environ["BOOTSTRAP"], "group.id": os.environ["GROUP"], "enable.auto.commit": False,
                  "auto.offset.reset": "earliest", "group.instance.id": os.environ["GROUP"], "session.timeout.ms": 6000, "heartbeat.interval.ms": 2000})
    parts = [TopicPartition(TOPIC, p) for p in c.list_topics(TOPIC).topics[TOPIC].partitions]
    left = {}
    for t in c.committed(parts):
        end = c.get_watermark_offsets(t)[1]
        if end > max(t.offset, 0):
            left[t.partition] = end
    c.subscribe([TOPIC])
    n, start = 0, None
    while running and (FOLLOW or left):
        # consume() waits for a full batch or the timeout, so follow mode asks for what a short wait brings
        msgs = [m for m in c.consume(BATCH, 0.01 if FOLLOW else 0.1) if not m.error()]
        if not msgs:
            continue
        start = start or time.time()
        apply(rdb, [m.value() for m in msgs])
        c.commit(asynchronous=False)
        n += len(msgs)
        for m in msgs:
            if m.offset() + 1 >= left.get(m.partition(), 1 << 62):
                del left[m.partition()]
    print(json.dumps({"events": n, "wall_s": round(time.time() - (start or time.time()), 2)}))
    c.close()


main()
