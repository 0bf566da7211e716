"""--metrics: what a scrape shows, and that it is answered whatever else is away."""
import collections, http.client, json, re, socket, struct, subprocess, threading, time

import confluent_kafka

from live_gateway import Gateway
from world import ROOT, TOPICS, mixed, need, oracle, until

PROMTOOL = ROOT / "build" / "prometheus" / "promtool"


class Monitor:
    """The listener of a program that was started with --metrics 127.0.0.1:0."""

    def __init__(self, program):
        self.program = program
        said = until(20, lambda: re.search(r'"event":"monitoring".*?"port":(\d+)', program.err), lambda: f"{program.name} does not say where its numbers are; {program.last_words()}")
        self.port = int(said[1])

    def ask(self, path):
        """-> status, body.  Its patience is far below what a wait for Kafka or Redis takes."""
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            c.request("GET", path)
            answer = c.getresponse()
            return answer.status, answer.read().decode()
        finally:
            c.close()

    def scrape(self):
        """-> {name: {labels: value}}"""
        status, text = self.ask("/metrics")
        need(status == 200, f"/metrics: {status}")
        return _numbers(text)

    def value(self, name, labels="{}"):
        """Of one series; None: it is not there."""
        return self.scrape().get(name, {}).get(labels)


def _refused(lines):
    """-> {code: records that the oracle refuses as it}"""
    codes = collections.Counter()
    for line in lines:
        try:
            oracle.read(line.decode("utf-8", "surrogateescape"))
        except oracle.Invalid as bad:
            codes[str(bad)] += 1
    return codes


def _numbers(text):
    numbers = collections.defaultdict(dict)
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, labels, value = re.fullmatch(r'([a-z_]+)(\{.*\})? (\S+)', line).groups()
        need((labels or "{}") not in numbers[name], f"{name}{labels} stands there twice")
        numbers[name][labels or "{}"] = float(value)
    return numbers


def _label(labels, name):
    return re.search(rf'{name}="([^"]*)"', labels)[1]


def _adds_up(numbers):
    """What was read is the sum of what became of it, what was set aside of its refusals; nothing is behind less than nothing."""
    for topic in TOPICS:
        of = {_label(k, "outcome"): v for k, v in numbers["tally_records_total"].items() if _label(k, "topic") == topic}
        refused = sum(v for k, v in numbers["tally_records_refused_total"].items() if _label(k, "topic") == topic)
        was_read = numbers["tally_records_read_total"][f'{{topic="{topic}"}}']
        need(was_read == sum(of.values()), f"{topic}: {was_read} were read, and became {of}")
        need(of["set_aside"] == refused, f"{topic}: {of['set_aside']} were set aside, {refused} for a reason")
    behind = [*numbers["tally_lag_records"].values(), *numbers["tally_lag_seconds"].values()]
    need(all(n >= 0 for n in behind), f"lag {behind}")


def _lint(text, name):
    """promtool's opinion of a scrape."""
    need(PROMTOOL.exists(), "there is no promtool; scripts/install tests brings it")
    done = subprocess.run([PROMTOOL, "check", "metrics"], input=text, capture_output=True, text=True)
    need(done.returncode == 0 and not done.stdout + done.stderr, f"{name}: {done.stdout}{done.stderr}")


def _caught_up(monitor):
    numbers = monitor.scrape()
    return numbers["tally_partitions"].get("{}") and len(numbers["tally_lag_records"]) == numbers["tally_partitions"]["{}"] \
        and not any(numbers["tally_lag_records"].values()) and not any(numbers["tally_lag_seconds"].values())


def metrics_add_up(w):
    """While records flow, good, repeated and refused ones, each scrape adds up; at the end it is what the oracle counted, and nothing is behind."""
    lines, want = mixed(20000, seed=31)
    w.begin()
    a = w.aggregate("a", "--metrics", "127.0.0.1:0")
    monitor, scrapes, done = Monitor(a), [], threading.Event()

    def scrape():
        while not done.is_set():
            scrapes.append(monitor.scrape())
            time.sleep(0.01)

    scraper = threading.Thread(target=scrape)
    until(30, lambda: monitor.ask("/readyz")[0] == 200, "it never was ready")
    scraper.start()
    try:
        i, feed = w.ingest_slowly(lines, 8000)
        producer = confluent_kafka.Producer({"bootstrap.servers": w.kafka.address})
        foreign = {"BAD_FRAME": 7, "BAD_SCHEMA": 3}
        for code, count in foreign.items():
            for n in range(count):
                value = b"no frame" if code == "BAD_FRAME" else b"\xc3\x01" + struct.pack("<Q", 4711 + n) + b"x"
                producer.produce(TOPICS[0], value, b"foreign")
        producer.flush(20)
        refused = _refused(lines)
        feed.thread.join()
        i.ends_with(3, 60)
        w.totals_become(want)
        until(30, lambda: _caught_up(monitor), "it has counted all, and its lag is not 0")
    finally:
        done.set()
        scraper.join()
    need(len(scrapes) > 50, f"{len(scrapes)} scrapes")
    for numbers in scrapes:
        _adds_up(numbers)
    need(any(0 < sum(n["tally_records_read_total"].values()) < len(lines) - sum(refused.values()) for n in scrapes), "no scrape fell between the first record and the last")
    # Where Kafka ends was asked up to a second ago, so that "nothing is behind" may be true of a moment before.
    all_of_it = i.last_counts()["delivered"] + sum(foreign.values())
    until(30, lambda: sum(monitor.scrape()["tally_records_read_total"].values()) == all_of_it, lambda: f"{monitor.scrape()['tally_records_read_total']} of {all_of_it}")
    numbers = monitor.scrape()
    _adds_up(numbers)
    codes = {_label(k, "code"): v for k, v in numbers["tally_records_refused_total"].items()}
    need(codes == foreign, f"refused {codes}")
    need(numbers["tally_commit_duration_seconds_count"]["{}"] > 0 and numbers["tally_push_duration_seconds_count"]["{}"] > 0, "nothing was timed")
    need(numbers["tally_batch_records_sum"]["{}"] == sum(numbers["tally_records_read_total"].values()), "batches are not all that was read")
    need(numbers["tally_journal_bytes"]["{}"] > 0 and numbers["tally_ledger_ids"]["{}"] > 0, "no journal, no ledger")
    need(monitor.ask("/readyz?complete=1")[0] == 200, monitor.ask("/readyz?complete=1"))
    text = monitor.ask("/metrics")[1]
    _lint(text, a.name)
    need(not re.search(r'CN-|="RU"', text), "a pair is a label")
    a.terminate()


def metrics_of_a_run(w):
    """Records from stdin: what is sent, acknowledged and refused by code shows while the run waits for more."""
    lines, _ = mixed(3000, seed=32)
    w.begin()
    refused = _refused(lines)
    i = w.program("tally-ingest", "-b", w.kafka.address, "--metrics", "127.0.0.1:0", "-", stdin=subprocess.PIPE)
    monitor = Monitor(i)
    i.process.stdin.write(b"".join(line + b"\n" for line in lines))
    i.process.stdin.flush()
    good = len(lines) - sum(refused.values())
    until(60 * w.patience, lambda: monitor.value("tally_ingest_records_total", '{outcome="accepted"}') == good, lambda: f"{monitor.scrape()['tally_ingest_records_total']}, wanted {good}")
    numbers = monitor.scrape()
    codes = {_label(k, "code"): v for k, v in numbers["tally_ingest_refused_total"].items()}
    need(codes == refused, f"refused {codes} instead of {refused}")
    need(numbers["tally_ingest_sent_total"]["{}"] == good and numbers["tally_ingest_in_queue"]["{}"] == 0, "sent, and in the queue")
    until(20, lambda: monitor.value("tally_kafka_up") == 1, "Kafka is not up")
    need(monitor.ask("/readyz")[0] == monitor.ask("/healthz")[0] == 200, "it is not well")
    _lint(monitor.ask("/metrics")[1], i.name)
    i.process.stdin.close()
    i.ends_with(3, 60)


def metrics_while_all_stand_still(w):
    """Redis and Kafka stopped: scrapes and probes are answered, and say so; afterwards they say that both are back."""
    lines, want = mixed(2000, seed=33)
    w.begin()
    a = w.aggregate("a", "--metrics", "127.0.0.1:0")
    g = Gateway(w, "--metrics", "127.0.0.1:0")
    monitor, gateway = Monitor(a), Monitor(g.program)
    up = lambda m, *names: [m.value(f"tally_{name}_up") for name in names]
    until(30, lambda: up(monitor, "kafka", "redis") == [1, 1] and up(gateway, "kafka") == [1] and monitor.ask("/readyz")[0] == 200, "they are not up")
    w.store.freeze()
    w.kafka.freeze()
    try:
        begun, took = time.monotonic(), []
        until(20 * w.patience, lambda: up(monitor, "kafka", "redis") == [0, 0] and up(gateway, "kafka") == [0], lambda: f"it still says {up(monitor, 'kafka', 'redis')}, {up(gateway, 'kafka')}")
        seen = time.monotonic() - begun
        for _ in range(200):
            before = time.monotonic()
            need(monitor.ask("/metrics")[0] == 200 and gateway.ask("/metrics")[0] == 200, "/metrics")
            took.append((time.monotonic() - before) / 2)
            time.sleep(0.01)
        need(monitor.ask("/readyz")[0] == gateway.ask("/readyz")[0] == 503, "it is ready, without Kafka and Redis")
        need(monitor.ask("/healthz")[0] == gateway.ask("/healthz")[0] == 200, "it waits, and its loop turns")
        w.note(f"both stopped: said after {seen:.1f} s; a scrape takes {sorted(took)[len(took) // 2] * 1000:.1f} ms, {max(took) * 1000:.1f} ms at most")
    finally:
        w.kafka.thaw()
        w.store.thaw()

    def back():
        nonlocal a, monitor
        again = w.begun_again(a, "a", "--metrics", "127.0.0.1:0")
        if again is not a:
            a, monitor = again, Monitor(again)
        return up(monitor, "kafka", "redis") == [1, 1] and up(gateway, "kafka") == [1] and monitor.ask("/readyz")[0] == gateway.ask("/readyz")[0] == 200

    until(90 * w.patience, back, "both are back, and it does not say so")
    w.ingest(lines).ends_with(3, 60)
    w.totals_become(want)
    w.terminate_even_fenced(a)
    g.program.terminate()


def metrics_of_what_waits(w):
    """Behind an open transaction lag is as many records as Kafka has, and rises with the time; once it is committed both are 0 again."""
    w.begin(partitions=1)
    a = w.aggregate("a", "--metrics", "127.0.0.1:0")
    monitor = Monitor(a)
    labels = f'{{topic="{TOPICS[0]}",partition="0"}}'
    until(30, lambda: _caught_up(monitor), "it has nothing to count, and is behind")
    producer = confluent_kafka.Producer({"bootstrap.servers": w.kafka.address, "transactional.id": "metrics"})
    producer.init_transactions(20)
    producer.begin_transaction()
    for _ in range(5):
        producer.produce(TOPICS[0], b"no frame", b"foreign")
    producer.flush(20)
    until(20, lambda: monitor.value("tally_lag_records", labels) == 5, lambda: f"lag is {monitor.scrape()['tally_lag_records']}")
    first = monitor.value("tally_lag_seconds", labels)
    until(20, lambda: monitor.value("tally_lag_seconds", labels) > first + 1, "the oldest record does not get older")
    need(monitor.value("tally_lag_records", f'{{topic="{TOPICS[1]}",partition="0"}}') == 0, "the other topic is behind")
    need(monitor.ask("/readyz")[0] == 200 and monitor.ask("/readyz?complete=1")[0] == 503, "what waits is complete")
    producer.commit_transaction(20)
    until(30, lambda: _caught_up(monitor), lambda: f"it is still behind: {monitor.scrape()['tally_lag_records']}")
    need(monitor.value("tally_records_refused_total", f'{{topic="{TOPICS[0]}",code="BAD_FRAME"}}') == 5, "refused")
    a.terminate()


def metrics_move_with_a_partition(w):
    """Two instances: each tells the lag of what it has, and none of it twice; what one leaves the other has."""
    w.begin()
    first = w.aggregate("a", "--metrics", "127.0.0.1:0")
    one = Monitor(first)
    until(30, lambda: len(one.scrape()["tally_lag_records"]) == 8, "it does not tell of all")
    second = w.aggregate("b", "--metrics", "127.0.0.1:0")
    two = Monitor(second)
    shared = lambda: [set(m.scrape()["tally_lag_records"]) for m in (one, two)]
    until(60 * w.patience, lambda: list(map(len, shared())) == [4, 4], lambda: f"they tell of {shared()}")
    need(len(set.union(*shared())) == 8, "a partition is told of twice")
    second.terminate()
    until(60 * w.patience, lambda: len(one.scrape()["tally_lag_records"]) == 8, "what the other left is told of by nobody")
    first.terminate()


def a_probe_of_a_full_gateway(w):
    """As many connections as the gateway takes are open: its own paths answer nobody, its probe does. Its requests are counted by route and code."""
    w.begin()
    g = Gateway(w, "--metrics", "127.0.0.1:0", "--connections", "4")
    monitor = Monitor(g.program)
    need(g.post(b'{"type":"trade"}')[0] == 422 and g.get("/v1/codes/units") == 200 and g.get("/v1/codes/none") == 404 and g.get("/nowhere") == 404, "answers")
    until(20, lambda: monitor.ask("/readyz")[0] == 200, "it is not ready")
    route = lambda name, code: monitor.value("tally_http_requests_total", f'{{route="{name}",code="{code}"}}')
    until(10, lambda: (route("/v1/records", 422), route("/v1/codes/{list}", 200), route("/v1/codes/{list}", 404), route("other", 404)) == (1, 1, 1, 1), lambda: f"{monitor.scrape()['tally_http_requests_total']}")
    refused = lambda: monitor.scrape()["tally_ingest_refused_total"]  # noted a moment after the answer, and not with the requests
    until(10, lambda: list(refused().values()) == [1], lambda: f"refused: {refused()}")
    _lint(monitor.ask("/metrics")[1], g.program.name)
    held = [socket.create_connection(("127.0.0.1", g.port), 5) for _ in range(4)]
    try:
        until(10, lambda: monitor.value("tally_ingest_connections") == 4, "four are not open")
        c = http.client.HTTPConnection("127.0.0.1", g.port, timeout=2)
        try:
            c.request("GET", "/health")
            answered = c.getresponse().status
        except OSError:
            answered = None
        finally:
            c.close()
        need(answered is None, f"a fifth connection was answered with {answered}")
        need([monitor.ask(path)[0] for path in ("/healthz", "/readyz", "/metrics")] == [200] * 3, "a probe was not answered")
    finally:
        for s in held:
            s.close()
    until(20, lambda: g.get("/health") == 200, "it does not answer again")
    g.program.terminate()


def metrics_of_readers_server(w):
    """tally-lookup --listen: through of each province goes on while an aggregator runs, and stands still when it is killed; Redis stopped is said; requests are counted by route and code."""
    lines, want = mixed(2000, seed=34)
    w.begin()
    a = w.aggregate("a", clock="wall")
    w.ingest(lines).ends_with(3, 60)
    s = w.lookup("--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0")
    monitor = Monitor(s)
    said = until(20, lambda: re.search(r'event":"listening".*?"port":(\d+)', s.err), "it does not listen")
    through = lambda: monitor.scrape()["tally_through_timestamp_seconds"]
    until(60 * w.patience, lambda: monitor.ask("/readyz?complete=1")[0] == 200, lambda: f"{monitor.ask('/readyz?complete=1')}")
    need({_label(k, "province") for k in through()} == set(oracle.PROVINCES) | {"CN", "ALL"}, f"through of {list(through())}")
    first = min(through().values())
    until(30 * w.patience, lambda: min(through().values()) > first + 2, "through does not go on, though nothing comes")
    need(abs(time.time() - max(through().values())) < 30 * w.patience, "through is none of now")

    def get(path):
        c = http.client.HTTPConnection("127.0.0.1", int(said[1]), timeout=20)
        c.request("GET", path)
        status = c.getresponse().status
        c.close()
        return status

    need([get(p) for p in ("/v1/totals/CN-LN/RU", "/v1/totals/CN-JL/KR", "/v1/totals/CN-XX/RU", "/nowhere")] == [200, 200, 400, 404], "answers")
    route = lambda name, code: monitor.value("tally_http_requests_total", f'{{route="{name}",code="{code}"}}')
    pair = "/v1/totals/{province}/{partner}"
    until(10, lambda: (route(pair, 200), route(pair, 400), route("other", 404)) == (2, 1, 1), lambda: f"{monitor.scrape()['tally_http_requests_total']}")
    _lint(monitor.ask("/metrics")[1], s.name)

    a.kill()
    a.excused = True
    time.sleep(2)                                    # what it had sent to Redis is there
    stands = through()
    begun = time.monotonic()
    while time.monotonic() < begun + 4:
        need(through() == stands, "through goes on without an aggregator")
    need(monitor.ask("/readyz")[0] == 200, "it can still answer")
    w.store.freeze()
    try:
        until(20, lambda: monitor.value("tally_redis_up") == 0 and monitor.ask("/readyz")[0] == 503, "it does not see that Redis stands still")
        need(monitor.ask("/healthz")[0] == 200 and through() == stands, "what was known is forgotten")
    finally:
        w.store.thaw()
    until(20 * w.patience, lambda: monitor.value("tally_redis_up") == 1 and monitor.ask("/readyz")[0] == 200, "Redis is back, and it does not say so")
    s.terminate()
