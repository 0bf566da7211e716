"""What readers see: tally-lookup, and how soon."""
import collections, datetime as dt, itertools, json, random, re, signal, threading, time

import confluent_kafka
import redis

import answer, wire
from live_faults import _corrected
from world import CLOCK, SCOPES, alone, judged, mixed, need, oracle, until


def lookup_says_what_the_oracle_says(w):
    """totals, top and series of pairs, margins, unknown places and pairs without data."""
    lines, want = mixed(8000, seed=12)
    w.begin()
    w.ingest(lines).ends_with(3, 60)
    w.aggregate_to_end()
    pairs = sorted({tuple(key.split(":")[:2]) for key in want})
    for place, partner in random.Random(3).sample(pairs, 8) + [("{ALL}", "ALL"), ("{CN}", "ALL")]:
        province = place.strip("{}")
        said = json.loads(w.lookup("-J", "totals", province, partner).ends_with(0, 10).out)
        windows = {key.split(":")[2]: h for key, h in want.items() if key.startswith(f"{place}:{partner}:") and key.count(":") == 2 and not key.endswith(":months")}
        need((said["province"], said["partner"], said["as_of"], said["complete"], said["trust"], said["has_data"]) == (province, partner, CLOCK, True, "whole", bool(windows)), f"{province} {partner}: {said}")
        have = answer.totals(said)
        need(have == windows, f"{province} {partner}: windows are {have}, not {windows}")
    said = w.lookup("-J", "totals", "CN-LN", "RU", "all").ends_with(0, 10).out
    need(answer.totals(json.loads(said)).get("all", {}) == want.get("{CN-LN}:RU:all", {}), f"one window: {said}")
    _ranges(w, want, pairs)
    w.lookup("totals", "CN-LN", "RU").ends_with(0, 10)
    w.lookup("top", "CN-LN", "all", "export.CNY").ends_with(0, 10)
    w.lookup("series", "CN-LN", "RU", "export.CNY").ends_with(0, 10)
    nothing = next(q for q in sorted(oracle.PARTNERS) if ("{CN-LN}", q) not in pairs)
    p = w.lookup("totals", "CN-LN", nothing).ends_with(0, 10)
    need(p.out or p.err, "a pair without data: it says nothing")
    w.lookup("totals", "CN-XX", "RU").ends_with(2, 10)
    w.lookup("totals", "CN-LN", "CN").ends_with(2, 10)


def _ranges(w, want, pairs):
    """--from and --to of random pairs: the oracle's whole years, and its months beside them."""
    rng, sums = random.Random(6), 0
    months = [f"{year}-{month:02}" for year in range(2021, 2025) for month in range(1, 13)]
    for place, partner in rng.sample([p for p in pairs if f"{p[0]}:{p[1]}:months" in want], 30):
        first, last = sorted(rng.sample(months, 2))
        within = [m for m in months if first <= m <= last]
        years = {y for y in ("2021", "2022", "2023", "2024") if sum(m.startswith(y) for m in within) == 12}
        theirs = collections.Counter()
        for year in years:
            theirs.update(want.get(f"{place}:{partner}:{year}", {}))
        for field, n in want[f"{place}:{partner}:months"].items():
            month, measure = field.split("|")
            theirs[measure] += n if month in within and month[:4] not in years else 0
        end = (dt.date(int(last[:4]) + int(last[5:]) // 12, int(last[5:]) % 12 + 1, 1) - dt.timedelta(1)).isoformat()
        asked = [place.strip("{}"), partner, "--from", f"{first}-01", "--to", end]
        said = json.loads(w.lookup("-J", "totals", *asked).ends_with(0, 10).out)
        theirs = {m: n for m, n in theirs.items() if n}
        need(answer.totals(said) == ({f"{first}-01..{end}": theirs} if theirs else {}), f"{asked}: {said['rows']}, not {theirs}")
        sums += len(theirs)
    need(sums > 50, f"only {sums} sums")


def partial_answers(w):
    """Without anything in Redis an answer is partial: exit 3."""
    w.begin()
    w.lookup("totals", "CN-LN", "RU").ends_with(3, 10)
    w.lookup("verify").ends_with(3, 10)


def an_old_answer_ends_with_3(w):
    """The program itself: what --max-age and its environment say, and one sentence on stderr."""
    w.begin()
    w.store.client.hset("tt:{CN-LN}:RU:2023", "total.CNY", "5490000000000")

    def ask(code, ago, *arguments, says=None, **asof):
        w.store.client.hset("tt:{CN-LN}:asof", mapping={"day": CLOCK, "complete": "1", "through": str(int(1000 * (time.time() - ago)))} | asof)
        p = w.lookup(*arguments, "totals", "CN-LN", "RU", "2023").ends_with(code, 10)
        need("54,900,000,000.00" in p.out, f"the total is not shown: {p.out}")
        told = [json.loads(line) for line in p.err.splitlines()]
        need([t["level"] for t in told] == ([] if says is None else ["warn"]) and (says is None or says in told[0]["why"]), f"after {ago} s it says on stderr: {p.err}")
        return p

    need(re.search(r"\nas of 2024-01-31; everything up to \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\+8 \([2-9] s ago\)\n", out := ask(0, 2).out), out)
    need("(just now)" in (out := ask(0, -5).out), out)
    need("\nOLD: as of " in (out := ask(3, 90, says="--max-age is 60 s: the aggregator is not running, or what it counts is late").out), out)
    w.program("tally-lookup", "-r", w.store.url, "totals", "CN-LN", "RU", environment={"TALLY_MAX_AGE": "100"}).ends_with(0, 10)
    ask(0, 90, "--max-age", "100")
    ask(0, 90, "--max-age=0")
    ask(3, 20, "--max-age=10", says="--max-age is 10 s")
    ask(3, 2, complete="0", says="not every partition has its share in")
    ask(3, -7200, says="set this machine's clock")
    w.lookup("--max-age=-1", "totals", "CN-LN", "RU").ends_with(2, 10)


def a_dead_service_is_old(w):
    """An aggregator that stands still: its totals are as they were, and soon everybody who asks is told that they are old."""
    w.begin()
    p = w.aggregate("a")
    until(30 * w.patience, lambda: w.lookup("--max-age=5", "verify").wait(10) == 0, "verify never ends with 0")
    w.lookup("--max-age=5", "totals", "CN-LN", "RU").ends_with(0, 10)
    p.process.send_signal(signal.SIGSTOP)
    try:
        until(30 * w.patience, lambda: w.lookup("--max-age=5", "totals", "CN-LN", "RU").wait(10) == 3, "a total of a service that stands still is called fresh")
        need(not w.incomplete(), "a service that stands still takes complete away")
        told = w.lookup("--max-age=5", "verify").ends_with(3, 10)
        need("\nOLD: 36 of 36 scopes" in told.out and "the aggregator is not running" in told.err, f"{told.out} {told.err}")
        w.lookup("--max-age=0", "totals", "CN-LN", "RU").ends_with(0, 10)
    finally:
        p.process.send_signal(signal.SIGCONT)
    until(30 * w.patience, lambda: w.lookup("--max-age=5", "verify").wait(10) == 0, "it does not go on")


def verify_over_and_over(w):
    """tally-lookup verify, one after the other, while two aggregators work, records flow and journals are compacted: never a difference."""
    w.begin(partitions=2)
    rng, corrected = random.Random(w.seed), _corrected(400, 70, 23)
    lines = list(mixed(2000, seed=18)[0]) + corrected          # these in their order, among the others
    order = sorted(range(len(lines)), key=lambda i: rng.random() if i < 2000 else (i - 2000) / len(corrected))
    lines = [lines[i] for i in order]
    want = judged(lines)[0]
    ingest, feed = w.ingest_slowly(lines, 1500)
    running = [w.aggregate(i, "--compact-kib", 64) for i in "ab"]
    codes, most, fields = [], 0, 0
    while not feed.done() or len(codes) < 20:
        p = w.lookup("verify", "-J")
        while p.running():
            try:
                with open(f"/proc/{p.process.pid}/status") as file:
                    most = max([most] + [int(line.split()[1]) for line in file if line.startswith("VmHWM")])
            except OSError:
                break
            time.sleep(0.005)
        codes.append(p.wait(60 * w.patience))
        need(codes[-1] in (0, 3), f"verify no. {len(codes)} ended with {codes[-1]}: {p.out[:300]} {p.err[-300:]}")
        fields += json.loads(p.out)["fields"]
    ingest.ends_with(3, 60 * w.patience)
    w.totals_become(want)
    for p in running:
        p.terminate()
    flips = sum(p.err.count("journal compacted") for p in running)
    w.lookup("verify").ends_with(0, 30 * w.patience)
    need(flips > 8, f"only {flips} compactions")
    w.note(f"{len(codes)} times, {codes.count(0)} of them with all scopes complete, {fields} fields compared, {flips} compactions, {most / 1024:.0f} MB at most")


def changes_are_told(w):
    """The stream of a province names the pair that a record touched, and version rises."""
    w.begin()
    w.aggregate("a")
    until(30, lambda: not w.incomplete(), "the scopes do not become complete")
    before = int(w.store.client.hget("tt:{CN-LN}:asof", "version") or 0)
    line = (b'{"type":"trade","basis":"TRANSACTION","province":"CN-LN","partner":"RU","flow":"EXPORT","value":"1","currency":"CNY",'
            b'"occurred_at":"2024-01-30T00:00:00Z"}')
    w.ingest([line]).ends_with(0, 30)
    until(10, lambda: w.store.client.hget("tt:{CN-LN}:RU:all", "deals.export.CNY") == "100", "the record does not arrive")
    told = [json.dumps(fields) for _, fields in w.store.client.xrange("tt:{CN-LN}:changes")]
    need(any("RU" in t for t in told), f"the stream does not name the pair: {told[-3:]}")
    need(int(w.store.client.hget("tt:{CN-LN}:asof", "version")) > before, "version did not rise")


@alone
def freshness(w):
    """100 records a second for 20 s: from Kafka's acknowledgement to a reader's Redis. Printed, not judged."""
    w.begin()
    w.aggregate("a")
    until(30, lambda: not w.incomplete(), "the scopes do not become complete")
    provinces = sorted(oracle.PROVINCES - {"CN"})
    pairs = random.Random(1).sample(list(itertools.product(provinces, sorted(oracle.PARTNERS))), 2100)
    acknowledged, seen, done = {}, {}, threading.Event()

    def look():                                      # every pair is new, so its hash appears with its one record
        client = redis.Redis.from_url(w.store.url)
        while not done.is_set():
            waiting = [p for p in list(acknowledged) if p not in seen]
            if waiting:
                pipe = client.pipeline(transaction=False)
                for province, partner in waiting:
                    pipe.exists(f"tt:{{{province}}}:{partner}:all")
                found, now = pipe.execute(), time.monotonic()
                seen.update({p: now for p, there in zip(waiting, found) if there})
            time.sleep(0.0005)

    reader = threading.Thread(target=look)
    reader.start()
    try:
        client = confluent_kafka.Producer({"bootstrap.servers": w.kafka.address, "linger.ms": 0, "log_level": 3})
        start = time.monotonic()
        for number, (province, partner) in enumerate(pairs):
            r = {"type": "trade", "id": f"f-{number}", "basis": "TRANSACTION", "province": province, "partner": partner, "flow": "EXPORT", "value": "1", "currency": "CNY",
                 "occurred_at": "2024-01-30T00:00:00Z"}
            topic, value = wire.message(json.dumps(r).encode())
            client.produce(topic, value, key=r["id"], partition=wire.partition_of(r["id"].encode(), 4),
                           on_delivery=lambda bad, _, pair=(province, partner): acknowledged.setdefault(pair, time.monotonic()))
            while (left := start + number / 100 - time.monotonic()) > 0:
                client.poll(min(left, 0.001))
        need(client.flush(10) == 0, "Kafka does not acknowledge")
        until(20 * w.patience, lambda: len(seen) == len(pairs), lambda: f"{len(pairs) - len(seen)} of {len(pairs)} records are not visible")
    finally:
        done.set()
        reader.join()
    late = sorted(1000 * (seen[p] - acknowledged[p]) for p in pairs[100:])      # the first second warms up
    w.note(f"visible after acknowledgement: p50 {late[len(late) // 2]:.1f} ms, p99 {late[len(late) * 99 // 100]:.1f} ms, most {late[-1]:.1f} ms")


@alone
def at_rest(w):
    """Nothing comes for 20 s, 24 partitions: every `through` moves on all the while; what that costs Redis is printed, not judged."""
    w.begin(partitions=12)
    w.aggregate("a")
    until(30 * w.patience, lambda: not w.incomplete(), "the scopes do not become complete")
    client = redis.Redis.from_url(w.store.url, decode_responses=True)

    def spent():                                      # seconds of the process, and of it in scripts: at rest those that tell
        cpu = client.info("cpu")
        return cpu["used_cpu_user"] + cpu["used_cpu_sys"], client.info("commandstats")["cmdstat_evalsha"]["usec"] / 1e6

    def oldest():
        pipe = client.pipeline(transaction=False)
        for scope in SCOPES:
            pipe.hget(f"tt:{{{scope}}}:asof", "through")
        return time.time() * 1000 - min(int(through) for through in pipe.execute())

    time.sleep(2)
    before, began, ages = spent(), time.monotonic(), []
    while time.monotonic() < began + 20:
        ages.append(oldest())
        time.sleep(0.25)
    passed, ages = time.monotonic() - began, sorted(ages)
    need(ages[-1] < 10000 * w.patience, f"through was {ages[-1]:.0f} ms old")
    cpu, telling = (after - b for after, b in zip(spent(), before))
    w.note(f"of one CPU telling takes {telling / passed:.2%}, all of Redis {cpu / passed:.2%}; the oldest of 36 through: {ages[len(ages) // 2]:.0f} ms (median), {ages[-1]:.0f} ms (most)")
