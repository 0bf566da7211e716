"""Quix Streams: topic -> dedupe (state, RocksDB + changelog) -> group_by -> totals (state) -> BatchingSink to Redis.

State is exactly-once with processing_guarantee="exactly-once". The sink writes absolute values before each checkpoint commits,
so what is replayed after a crash overwrites."""
import io, json, os, time
from datetime import timedelta, timezone

import redis
from fastavro import schemaless_reader
from fastavro.schema import load_schema
from quixstreams import Application
from quixstreams.sinks.base import BatchingSink

SCHEMA = load_schema(os.environ["SCHEMA"])
FRAME_BYTES = 10  # of Avro's single-object encoding: C3 01 and a fingerprint
CHINA = timezone(timedelta(hours=8))
events, first, last = 0, 0.0, 0.0


class RedisSink(BatchingSink):
    def __init__(self):
        super().__init__()
        self.rdb = redis.Redis.from_url(os.environ["REDIS_URL"])

    def write(self, batch):
        global last
        dirty = {}
        for item in batch:  # the last value of a field wins
            v = item.value
            dirty.setdefault("agg:" + v["group"], {}).update(sum=v["sum"], count=v["count"])
            dirty.setdefault("day:" + v["group"], {})[v["day"]] = v["day_sum"]
        p = self.rdb.pipeline(transaction=False)
        for key, fields in dirty.items():
            p.hset(key, mapping=fields)
        p.execute()
        last = time.time()


def decode(value):
    global events, first
    first = first or time.time()
    events += 1
    if value[:2] != b"\xc3\x01":
        raise ValueError("another framing")
    return schemaless_reader(io.BytesIO(value[FRAME_BYTES:]), SCHEMA)


def dedupe(e, state):
    """-> changes to groups: none, an addition, or a retraction and an addition."""
    old = state.get("e")
    if old is not None and e["version"] <= old[0]:
        return []
    group = f"{e['province']}:{e['partner']}:{e['flow']}:{e['currency']}"
    new = [e["version"], group, e["occurred_at"].astimezone(CHINA).date().isoformat(), int(e["value"].scaleb(2))]
    state.set("e", new)
    out = [{"group": new[1], "day": new[2], "cents": new[3], "count": 1}]
    if old is not None:
        out.insert(0, {"group": old[1], "day": old[2], "cents": -old[3], "count": -1})
    return out


def total(d, state):
    s, n = state.get("total", [0, 0])
    s, n = s + d["cents"], n + d["count"]
    day_sum = state.get(d["day"], 0) + d["cents"]
    state.set("total", [s, n])
    state.set(d["day"], day_sum)
    return {"group": d["group"], "sum": s, "count": n, "day": d["day"], "day_sum": day_sum}


app = Application(
    broker_address=os.environ["BOOTSTRAP"], consumer_group=os.environ["GROUP"], auto_offset_reset="earliest",
    state_dir=os.environ["STATE_DIR"], processing_guarantee=os.environ.get("GUARANTEE", "exactly-once"),
    commit_interval=float(os.environ.get("COMMIT_S", "0.5")), loglevel="WARNING",
    consumer_extra_config={"group.instance.id": os.environ["GROUP"], "session.timeout.ms": 6000, "heartbeat.interval.ms": 2000},
    producer_extra_config={"transaction.timeout.ms": 10000})
sdf = app.dataframe(app.topic(os.environ["TOPIC"], value_deserializer="bytes"))
sdf = sdf.apply(decode).apply(dedupe, stateful=True, expand=True)
sdf = sdf.group_by("group").apply(total, stateful=True)
sdf.sink(RedisSink())
app.run(timeout=0.0 if os.environ.get("FOLLOW") else 5.0)
print(json.dumps({"events": events, "wall_s": round(last - first, 2)}))
