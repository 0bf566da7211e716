"""A log that expires: what was counted stays, what was never counted is not passed over unasked, and no remedy destroys."""
import json, re, time

from confluent_kafka import TopicPartition, admin
import redis

from live_rebuild import _nothing_left
from world import TOPICS, judged, mixed, need, oracle, until


def _expire(w):
    """All that lies in both topics now is gone from the log. -> {(topic, partition): where it begins}"""
    ends = w.kafka.ends()
    for done in w.kafka.admin.delete_records([TopicPartition(t, p, end) for (t, p), end in ends.items()]).values():
        done.result(20)
    return ends


def _counted(w, lines):
    w.begin()
    w.ingest(lines).ends_with(3, 60 * w.patience)
    w.aggregate_to_end()
    w.totals_are(judged(lines)[0])


def _facts(lines):
    """What they are about: facts and series."""
    out = set()
    for line in lines:
        try:
            r = oracle.read(line.decode("utf-8", "surrogateescape"))
        except oracle.Invalid:
            continue
        out.add((r["type"], r.get("basis"), oracle.kafka_key(r)))
    return out


def _said(p, word):
    return [line for line in map(json.loads, filter(lambda x: x.startswith("{"), p.err.splitlines())) if line.get("event") == word or word in line.values()]


def everything_counted_then_expired(w):
    """Nothing is missing: the aggregator starts again, says that the last record can't be compared, and counts what comes."""
    lines = mixed(3000, seed=18)[0]
    _counted(w, lines[:2000])
    ends = _expire(w)
    w.aggregate_to_end()
    w.totals_are(judged(lines[:2000])[0])
    w.ingest(lines[2000:]).ends_with(3, 60 * w.patience)
    p = w.aggregate("a", "--exit-at-end").ends_with(0, 60 * w.patience)
    said = {line["partition"] for line in _said(p, "the last record counted is gone from the log")}
    need(said == {f"{t}/{n}" for (t, n), end in ends.items() if end > 0}, f"it says of {said} that it can't compare")
    w.totals_are(judged(lines)[0])
    w.lookup("verify").ends_with(0, 30 * w.patience)


def expired_before_it_was_counted(w):
    """Records that nobody counted are gone: it stops with their number; with --accept-loss it goes on behind them, and keeps what was counted."""
    lines = mixed(3000, seed=18)[0]
    _counted(w, lines[:1000])
    counted = w.kafka.ends()
    w.ingest(lines[1000:2000]).ends_with(3, 60 * w.patience)
    lost = {f"{t}/{n}": end - counted[t, n] for (t, n), end in _expire(w).items()}
    w.ingest(lines[2000:]).ends_with(3, 60 * w.patience)
    before = w.wrong({})
    p = w.aggregate("a", "--exit-at-end").ends_with(1, 60 * w.patience)
    found = re.search(r"(\S+): (\d+) offsets, from \d+ on, are gone from the log before they were counted", p.err)
    need(found and "FAULT_LOG_MISMATCH" in p.err and "--accept-loss" in p.err, f"it does not say how many, and what helps; {p.last_words()}")
    need(lost[found[1].strip('"').split('"')[-1]] == int(found[2]), f"it says {found[0]}, gone are {lost}")
    need(w.wrong({}) == before, "it touched the totals")
    p = w.aggregate("a", "--accept-loss", "--exit-at-end").ends_with(0, 60 * w.patience)
    said = {line["partition"]: line["offsets_lost"] for line in _said(p, "a loss is accepted")}
    need(said == lost, f"it says that {said} are lost, gone are {lost}")
    want = judged(lines[:1000] + lines[2000:])[0]
    w.totals_are(want)
    p = w.aggregate("a", "--exit-at-end").ends_with(0, 60 * w.patience)   # accepted once is accepted
    need("a loss is accepted" not in p.err, "it loses again")
    w.totals_are(want)
    w.lookup("verify").ends_with(0, 30 * w.patience)


def a_rebuild_of_an_expired_log(w):
    """--rebuild refuses to swap in less than is there, says how much would go, and touches nothing; with --accept-loss it swaps in what the log has."""
    lines = mixed(3000, seed=18)[0]
    _counted(w, lines[:2000])
    _expire(w)
    w.ingest(lines[2000:]).ends_with(3, 60 * w.patience)
    w.aggregate_to_end()
    want = judged(lines)[0]
    w.totals_are(want)
    service = w.aggregate("a")
    until(30 * w.patience, lambda: service.err.count("loaded") > 0, "the service owns nothing")

    def would_go(p):
        told = re.findall(r"(\d+) of (\d+) facts and series are gone from the log, and would go", p.out)
        return tuple(sum(map(int, column)) for column in zip(*told))
    all_of_them, left = _facts(lines), _facts(lines[2000:])
    p = w.aggregate(None, "--rebuild").ends_with(1, 60 * w.patience)
    need(would_go(p) == (len(all_of_them - left), len(all_of_them)), f"{len(all_of_them - left)} of {len(all_of_them)} would go; it says {p.out.strip()[-400:]}")
    need("run again with --accept-loss" in p.out and "nothing was swapped" in p.err, f"it does not say what helps: {p.out.strip()[-300:]}; {p.last_words()}")
    w.totals_are(want)
    _nothing_left(w)
    need(service.running() and "scope reset" not in service.err, f"the service was hurt; {service.last_words()}")
    p = w.rebuild("--accept-loss")
    need(would_go(p) == (len(all_of_them - left), len(all_of_them)), f"it does not say what went: {p.out.strip()[-400:]}")
    want = judged(lines[2000:])[0]
    w.totals_become(want)
    service.terminate()
    w.totals_are(want)
    _nothing_left(w)
    need("0 differ" in w.rebuild().out, "nothing more is lost, and yet it differs")   # and is not refused
    w.totals_are(want)


def expired_under_running_aggregators(w):
    """The log expires up to its end while one instance runs and another one joins: both go on."""
    lines = mixed(3000, seed=18)[0]
    w.begin()
    a = w.aggregate("a")
    w.ingest(lines[:2000]).ends_with(3, 60 * w.patience)
    w.totals_become(judged(lines[:2000])[0])
    _expire(w)
    b = w.aggregate("b")
    b.says("last record counted is gone", 60 * w.patience)
    w.ingest(lines[2000:]).ends_with(3, 60 * w.patience)
    w.totals_become(judged(lines)[0])
    for p in (a, b):
        p.terminate()
    w.totals_are(judged(lines)[0])
    w.no_dead_letters()


def a_rebuild_of_an_expired_log_with_other_partitions(w):
    """Partitions were added to a log that has expired: what the rebuild would lose is told by number, and it refuses."""
    lines = mixed(3000, seed=18)[0]
    _counted(w, lines[:2000])
    _expire(w)
    for done in w.kafka.admin.create_partitions([admin.NewPartitions(t, 6) for t in TOPICS]).values():
        done.result(20)
    before = w.wrong({})
    p = w.aggregate(None, "--rebuild").ends_with(1, 60 * w.patience)
    told = sum(map(int, re.findall(r"at least (\d+) would go", p.out)))
    need(told == len(_facts(lines[:2000])), f"{len(_facts(lines[:2000]))} would go; it says {p.out.strip()[-400:]}")
    need(w.wrong({}) == before, "it touched the totals")
    _nothing_left(w)
    w.ingest(lines[2000:]).ends_with(3, 60 * w.patience)
    w.rebuild("--accept-loss")
    w.totals_are(judged(lines[2000:])[0])
    w.aggregate_to_end()
    w.totals_are(judged(lines[2000:])[0])


def a_rebuild_over_a_cut_journal_and_an_expired_log(w):
    """A journal is damaged and its log has expired: nobody can tell what would go, so it refuses."""
    lines = mixed(3000, seed=18)[0]
    _counted(w, lines[:2000])
    _expire(w)
    w.ingest(lines[2000:]).ends_with(3, 60 * w.patience)
    meta = w.store.client.hgetall("tt:{trade-events/1}:meta")
    chunk = f"tt:{{trade-events/1}}:journal:{meta['gen']}:{meta['chunk']}"
    raw = redis.Redis.from_url(w.store.url)
    raw.set(chunk, raw.get(chunk)[:int(meta["len"]) // 2])
    before = w.wrong({})
    p = w.aggregate(None, "--rebuild").ends_with(1, 60 * w.patience)
    need(re.search("trade-events/1: its journal is damaged.*what would go nobody can tell", p.out), f"it does not say so: {p.out.strip()[-400:]}")
    need(w.wrong({}) == before, "it touched the totals")
    w.rebuild("--accept-loss")
    w.aggregate_to_end()
    w.totals_are(judged(lines[2000:])[0])
    w.lookup("verify").ends_with(0, 30 * w.patience)


def _fact(name, version, value, **more):
    return json.dumps({"type": "trade", "id": name, "version": version, "basis": "TRANSACTION", "province": "CN-LN", "partner": "RU", "flow": "EXPORT", "value": value,
                       "currency": "CNY", "occurred_at": "2024-01-20T03:00:00Z", **more}).encode()


def _figure(month, last, value):
    return json.dumps({"type": "trade", "id": f"figure-{month}", "basis": "STATISTIC", "province": "CN-JL", "partner": "KZ", "flow": "IMPORT", "value": value, "currency": "CNY",
                       "period_start": f"2023-{month:02d}-01", "period_end": f"2023-{month:02d}-{last}"}).encode()


def a_rebuild_of_a_log_that_lost_the_stronger_half(w):
    """No fact and no series is gone as a whole: a correction, a retraction, a figure are. That is a loss as well."""
    gone = [_fact("f-1", 2, "20.00"), _fact("f-2", 2, "30.00", status="RETRACTED"), _fact("f-3", 1, "5.00"), _figure(3, 31, "300.00")]
    left = [_fact("f-1", 1, "10.00"), _fact("f-2", 1, "30.00"), _fact("f-3", 2, "6.00"), _figure(4, 30, "400.00")]   # late, and weaker; but for f-3
    w.begin()
    w.ingest(gone).ends_with(0, 60 * w.patience)
    w.aggregate_to_end()
    _expire(w)
    w.ingest(left).ends_with(0, 60 * w.patience)
    w.aggregate_to_end()
    want = judged(gone + left)[0]
    w.totals_are(want)
    p = w.aggregate(None, "--rebuild").ends_with(1, 60 * w.patience)
    told = sum(map(int, re.findall(r"(\d+) of \d+ facts and series have lost a part", p.out)))
    need(told == 3, f"3 have lost a part; it says {p.out.strip()[-400:]}")
    w.totals_are(want)
    _nothing_left(w)
    w.rebuild("--accept-loss")
    w.totals_are(judged(left)[0])


def _left_in(w, topic):
    """How many messages a topic has, gaps or not."""
    onlooker, count = w.kafka.consumer(), 0
    try:
        onlooker.assign([TopicPartition(t, p, 0) for t, p in w.kafka.ends([topic])])
        while got := onlooker.consume(5000, timeout=2):
            count += sum(not m.error() for m in got)
    finally:
        onlooker.close()
    return count


def a_rebuild_of_a_compacted_log(w):
    """Somebody's topics keep the last message of each key: figures of a series are gone from the middle of the log, which begins at 0 as before."""
    w.begin(partitions=1)
    w.ingest([_figure(month, 28, f"{month}00.00") for month in range(1, 12)]).ends_with(0, 60 * w.patience)
    w.aggregate_to_end()
    settings = {"cleanup.policy": "compact", "segment.ms": "100", "min.cleanable.dirty.ratio": "0.01", "max.compaction.lag.ms": "100"}
    for done in w.kafka.admin.incremental_alter_configs([admin.ConfigResource(admin.ResourceType.TOPIC, "trade-events", incremental_configs=[
            admin.ConfigEntry(name, value, incremental_operation=admin.AlterConfigOpType.SET) for name, value in settings.items()])]).values():
        done.result(20)
    last = [_fact("f-1", 1, "10.00"), _figure(12, 31, "1200.00"), _fact("f-2", 1, "10.00")]
    for line in last:                                # each begins a segment: only what is older than the last one is compacted
        time.sleep(0.5)
        w.ingest([line]).ends_with(0, 60 * w.patience)
    w.aggregate_to_end()
    want = judged([_figure(month, 28, f"{month}00.00") for month in range(1, 12)] + last)[0]
    w.totals_are(want)
    until(90 * w.patience, lambda: _left_in(w, "trade-events") <= 3, lambda: f"{_left_in(w, 'trade-events')} messages are left; Kafka does not compact")
    p = w.aggregate(None, "--rebuild").ends_with(1, 60 * w.patience)
    need("1 of 3 facts and series have lost a part" in p.out, f"it does not say what would go: {p.out.strip()[-400:]}")
    w.totals_are(want)
    _nothing_left(w)
    w.rebuild("--accept-loss")
    w.totals_are(judged(last)[0])


def new_facts_hide_no_loss(w):
    """Partitions were added to a log that has expired, and more has come since than is gone: numbers alone would not show it, so it refuses."""
    lines = mixed(3000, seed=18)[0]
    _counted(w, lines[:1000])
    _expire(w)
    for done in w.kafka.admin.create_partitions([admin.NewPartitions(t, 6) for t in TOPICS]).values():
        done.result(20)
    w.ingest(lines[1000:]).ends_with(3, 60 * w.patience)
    before = w.wrong({})
    p = w.aggregate(None, "--rebuild").ends_with(1, 60 * w.patience)
    need(all(re.search(f"{t}: .*whether something would go nobody can tell", p.out) for t in TOPICS), f"it does not say why: {p.out.strip()[-400:]}")
    need(w.wrong({}) == before, "it touched the totals")
    _nothing_left(w)
    w.rebuild("--accept-loss")
    w.totals_are(judged(lines[1000:])[0])
