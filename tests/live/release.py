#!/usr/bin/env python3
"""What a release has written: all of Kafka's topics and of Redis, kept in a file, and put into new ones.

    tests/live/release.py --build BUILD/release FILE.json.gz      # keeps what the programs there make of records that this script invents

The file has, in base64: every message (partition, timestamp, key, value, headers), every key of Redis by its type, and what the consumer group has committed.
"""
import argparse, base64, gzip, json, pathlib, sys, tempfile

import confluent_kafka
from confluent_kafka import TopicPartition
import redis

import world
from world import CLOCK, TOPICS, need, records

GROUP = "kept-release"


def _text(raw):
    return None if raw is None else base64.b64encode(raw).decode()


def _raw(text):
    return None if text is None else base64.b64decode(text)


# ---- Redis: each type by the plain commands that read and write it
def _read_key(store, key):
    kind = store.type(key)
    if kind == b"hash":
        return ["hash", [[_text(f), _text(v)] for f, v in sorted(store.hgetall(key).items())]]
    if kind == b"set":
        return ["set", sorted(map(_text, store.smembers(key)))]
    if kind == b"zset":
        return ["zset", [[_text(m), repr(s)] for m, s in store.zrange(key, 0, -1, withscores=True)]]
    if kind == b"stream":
        return ["stream", [[id.decode(), [[_text(f), _text(v)] for f, v in fields.items()]] for id, fields in store.xrange(key)]]
    return ["string", _text(store.get(key))]


def _write_key(store, key, kind, content):
    if kind == "hash":
        store.hset(key, mapping={_raw(f): _raw(v) for f, v in content})
    elif kind == "set":
        store.sadd(key, *map(_raw, content))
    elif kind == "zset":
        store.zadd(key, {_raw(m): float(s) for m, s in content})
    elif kind == "stream":
        for id, fields in content:
            store.xadd(key, {_raw(f): _raw(v) for f, v in fields}, id=id)
    else:
        store.set(key, _raw(content))


# ---- all of it
def keep(w, group):
    """-> what lies in the topics, in Redis and in the group."""
    store = redis.Redis.from_url(w.store.url)
    onlooker = confluent_kafka.Consumer({"bootstrap.servers": w.kafka.address, "group.id": group, "log_level": 3})
    names = TOPICS + [t + ".dlq" for t in TOPICS]
    noted = onlooker.committed([TopicPartition(t, p) for t, p in w.kafka.ends()], timeout=20)
    onlooker.close()
    return {"messages": {name: [[m.partition(), m.timestamp()[1], _text(m.key()), _text(m.value()), [[n, _text(v)] for n, v in m.headers() or []]]
                                for m in w.kafka.messages(name)] for name in names},
            "redis": {key.decode(): _read_key(store, key) for key in sorted(store.scan_iter(count=1000))},
            "group": [[tp.topic, tp.partition, tp.offset, tp.metadata] for tp in noted if tp.offset >= 0]}


def give(w, kept, group):
    """Puts it into new topics and a new Redis; every message gets the offset that it had."""
    producer = confluent_kafka.Producer({"bootstrap.servers": w.kafka.address, "linger.ms": 20, "log_level": 3})
    for name, messages in kept["messages"].items():
        for partition, timestamp, key, value, headers in messages:
            producer.produce(name, _raw(value), key=_raw(key), partition=partition, timestamp=timestamp, headers=[(n, _raw(v)) for n, v in headers])
    need(producer.flush(30) == 0, "the test could not send")
    store = redis.Redis.from_url(w.store.url)
    for key, (kind, content) in kept["redis"].items():
        _write_key(store, key, kind, content)
    onlooker = confluent_kafka.Consumer({"bootstrap.servers": w.kafka.address, "group.id": group, "enable.auto.commit": False, "log_level": 3})
    onlooker.commit(offsets=[TopicPartition(t, p, offset, metadata or "") for t, p, offset, metadata in kept["group"]], asynchronous=False)
    onlooker.close()


def load(path):
    with gzip.open(path) as f:
        return json.load(f)


# ---- making one
def lines_to_keep():
    """Records of all kinds, and some that the next law refuses: a unit that is none, a whole that is a part."""
    lines = []
    for line in records.records(41, 300, provinces=4, partners=4, refused_rate=0):
        r = {k: v for k, v in json.loads(line).items() if k != "retrieved_at"}                   # what every release knows
        if not world.oracle.GROUPS & {r.get("partner"), *r.get("partners", [])}:
            lines.append(json.dumps(r, ensure_ascii=False).encode())
    one = {"type": "trade", "basis": "STATISTIC", "province": "CN-LN", "partner": "RU", "flow": "EXPORT", "period_start": "2023-03-01", "period_end": "2023-03-31",
           "value": "12.00", "currency": "CNY"}
    deal = {"type": "trade", "basis": "TRANSACTION", "province": "CN-LN", "partner": "RU", "flow": "IMPORT", "occurred_at": "2024-01-15T08:00:00Z"}
    lines += [json.dumps(r).encode() for r in (
        {**one, "id": "whole-of-a-part", "commodity": "87", "scope": "WHOLE"}, {**deal, "id": "pieces", "quantity": "3", "unit": "PCS"},
        {**deal, "id": "kilograms", "quantity": "4", "unit": "KGS"}, {**deal, "id": "tonnes", "quantity": "5", "unit": "TNE"})]
    return lines


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--build", type=pathlib.Path, required=True)
    ap.add_argument("file", type=pathlib.Path)
    a = ap.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        kafka = world.Kafka(pathlib.Path(folder) / "kafka")
        w = world.World("release", pathlib.Path(folder) / "w", kafka, a.build.resolve(), 1.0, 1)
        try:
            w.begin(partitions=4)
            lines = lines_to_keep()
            w.ingest(lines).ends_with(0, 60)
            running = w.aggregate(None, group=GROUP)
            world.until(60, lambda: not w.incomplete(), "it is not complete")
            world.time.sleep(5)                      # the group is told
            running.terminate()
            kept = {"lines": [line.decode() for line in lines], "clock": CLOCK, **keep(w, GROUP)}
        finally:
            w.close()
            kafka.close()
    with gzip.GzipFile(a.file, "wb", mtime=0) as f:
        f.write(json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode())
    print(f"{sum(map(len, kept['messages'].values()))} messages, {len(kept['redis'])} keys, {a.file.stat().st_size} bytes")


if __name__ == "__main__":
    main()
