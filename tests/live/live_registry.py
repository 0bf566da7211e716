"""Programs that know Kafka and a schema registry, and nothing of ours: what they send is counted, also while the registry is away."""
import contextlib, http.server, json, random, re, subprocess, sys, threading, time, urllib.request

import confluent_kafka
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

import wire
from world import ROOT, judged, mixed, need, oracle, until

TEXTS = {kind: (ROOT / "schemas" / f"{file}.avsc").read_text() for kind, file in (("trade", "trade_event"), ("agreement", "agreement"))}


def _good(count, seed):
    """Lines that are no refusals, and their totals."""
    lines = []
    for line in mixed(count, seed=seed)[0]:
        try:
            oracle.read(line.decode("utf-8", "surrogateescape"))
            lines.append(line)
        except oracle.Invalid:
            pass
    return lines, judged(lines)[0]


class Sender:
    """confluent-kafka as its documentation shows it: an AvroSerializer with a registry, keys and partitions as they fall."""

    def __init__(self, w, url, texts=TEXTS):
        registry = SchemaRegistryClient({"url": url})
        self.serializers = {kind: AvroSerializer(registry, text) for kind, text in texts.items()}
        self.kafka = confluent_kafka.Producer({"bootstrap.servers": w.kafka.address, "linger.ms": 5, "log_level": 3})

    def value(self, line, change=lambda v: v):
        r = wire.with_id(line)
        topic = wire.TOPIC_OF[r["type"]]
        return topic, self.serializers[r["type"]](change(wire.datum(r)), SerializationContext(topic, MessageField.VALUE))

    def send(self, lines, change=lambda v: v):
        for line in lines:
            topic, value = self.value(line, change)
            self.kafka.produce(topic, value)
        need(self.kafka.flush(60) == 0, "not all was delivered")


def _put(w, topic, partition, *values):
    client = confluent_kafka.Producer({"bootstrap.servers": w.kafka.address, "linger.ms": 5, "log_level": 3})
    for value in values:
        client.produce(topic, value, partition=partition)
    need(client.flush(30) == 0, "not delivered")


def a_registry_names_the_schemas(w):
    """Our own sender registers our schemas, and its messages name them by id; what was learned once needs no registry again, nor does a rebuild."""
    lines, want = mixed(4000, seed=12)
    w.begin()
    registry = w.new_registry()
    w.ingest(lines[:3000], "--registry", registry.url).ends_with(3, 60)
    heads = {m.value()[:1] for m in w.kafka.messages("trade-events")}
    need(heads == {b"\0"}, f"messages begin with {heads}, which is not Confluent's framing")
    running = w.aggregate("a", "--registry", registry.url)
    w.totals_become(judged(lines[:3000])[0])
    w.ingest(lines[3000:], "--registry", registry.url).ends_with(3, 60)
    w.totals_become(want)
    registry.kill()
    running.terminate()
    again = w.aggregate("a", "--registry", registry.url)
    w.ingest(lines).ends_with(3, 60)                 # by fingerprints: the same records again
    w.aggregate(None, "--rebuild", "--registry", registry.url).ends_with(0, 60 * w.patience)
    w.totals_are(want)
    again.terminate()
    w.aggregate(None, "--rebuild").ends_with(0, 60 * w.patience)
    w.totals_are(want)
    w.no_dead_letters()


def the_python_example_of_the_documents(w):
    """docs/scrapers.md's program, with nothing changed but the addresses, beside a copy of the schema: its record is counted."""
    w.begin(partitions=3)
    registry = w.new_registry()
    text = re.search(r"```python\n(# send.py.*?)```", (ROOT / "docs" / "scrapers.md").read_text(), re.S)[1]
    text = text.replace("http://localhost:8081", registry.url).replace("localhost:9092", w.kafka.address)
    (w.folder / "send.py").write_text(text)
    (w.folder / "trade_event.avsc").write_text(TEXTS["trade"])
    done = subprocess.run([sys.executable, "send.py"], cwd=w.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    need(done.returncode == 0 and not done.stdout, f"send.py ended with {done.returncode}: {done.stdout}")
    running = w.aggregate("a", "--registry", registry.url)
    w.totals_become(judged([b'{"type":"trade","id":"example:1","basis":"TRANSACTION","province":"CN-LN","partner":"RU","flow":"EXPORT","value":"1234.50","currency":"CNY","occurred_at":"2024-01-20T08:00:00Z"}'])[0])
    why = w.lookup("why", "CN-LN", "RU", "2024", "deals.export.CNY", "-b", w.kafka.address).ends_with(0, 30)
    need("example:1" in why.out, f"why does not show the record: {why.out}")
    running.terminate()


def _habits():
    """Schemas of ours as other people write them -> {name: (texts, change of a datum)}."""
    def changed(how):
        out = {}
        for kind, text in TEXTS.items():
            out[kind] = json.loads(text)
            how(out[kind])
        return {kind: json.dumps(schema) for kind, schema in out.items()}

    def turn_round(s):
        s["fields"].reverse()

    def null_behind(s):
        for f in s["fields"]:
            if isinstance(f["type"], list):
                f["type"].reverse()
                f.pop("default", None)

    def more(s):
        s["fields"].insert(1, {"name": "crawler", "type": {"type": "map", "values": ["null", "double"]}, "default": {}})
        s["fields"].append({"name": "notes", "type": ["null", {"type": "array", "items": "string"}], "default": None})

    def elsewhere(s):
        s["namespace"] = "org.example.customs"

    def fewer(s):
        s["fields"] = [f for f in s["fields"] if f["name"] not in ("retrieved_at", "title", "growth", "attributes")]

    def micros(s):
        for f in s["fields"]:
            for t in f["type"] if isinstance(f["type"], list) else [f["type"]]:
                if isinstance(t, dict) and t.get("logicalType") == "timestamp-millis":
                    t["logicalType"] = "timestamp-micros"

    def in_micros(v):
        return {k: x * 1000 if k in ("published_at", "retrieved_at", "occurred_at") and x is not None else x for k, x in v.items()}

    return {"ours": (TEXTS, None), "fields in another order": (changed(turn_round), None), "null as the second branch": (changed(null_behind), None),
            "fields of its own": (changed(more), None), "another namespace": (changed(elsewhere), None), "fewer fields": (changed(fewer), None),
            "microseconds": (changed(micros), in_micros)}


def writers_have_habits(w):
    """Schemas as other people would write them, by confluent-kafka's AvroSerializer: all are counted, wherever they lie."""
    lines, want = _good(2400, seed=21)
    w.begin()
    registry = w.new_registry()
    running = w.aggregate("a", "--registry", registry.url)
    habits = _habits()
    urllib.request.urlopen(urllib.request.Request(registry.url + "/config", b'{"compatibility":"NONE"}', {"Content-Type": "application/json"}, method="PUT"))
    for i, (name, (texts, change)) in enumerate(habits.items()):
        Sender(w, registry.url, texts).send(lines[i::len(habits)], change or (lambda v: v))
    w.totals_become(want)
    running.terminate()
    w.totals_are(want)
    w.no_dead_letters()
    w.note(f"{len(lines)} records in {len(habits)} habits: {', '.join(habits)}")


def a_registry_is_away(w):
    """The registry is killed before an id was learned: the partitions that need it wait and say so, the others go on; when it is back all are counted."""
    lines, want = _good(1500, seed=22)
    w.begin(partitions=4)
    registry = w.new_registry()
    sender = Sender(w, registry.url)
    waiting, others = lines[:200], lines[200:]
    values = [sender.value(line) for line in waiting]
    registry.kill()
    for topic, value in values:
        _put(w, topic, 3, value)
    running = w.aggregate("a", "--registry", registry.url)
    w.ingest(others).ends_with(0, 60)
    running.says("waiting for a schema.*schema_id", 30)
    ends = w.kafka.ends(("trade-events",))
    until(30, lambda: all(int(w.store.client.hget(f"tt:{{trade-events/{p}}}:meta", "next") or 0) >= ends["trade-events", p] for p in range(3)),
          "the other partitions wait as well")
    need(int(w.store.client.hget("tt:{trade-events/3}:meta", "next")) < ends["trade-events", 3], "the partition went on without the schema")
    need(w.lookup("totals", "CN-LN", "RU").ends_with(3, 30).out, "nothing is shown")   # not complete
    running.says("not counted yet.*schema", 40)
    registry.start()
    w.totals_become(want)
    running.terminate()
    w.totals_are(want)
    w.no_dead_letters()


def an_id_that_nobody_has(w):
    """Its record is set aside after half a minute, at once where that is asked for; what lies behind it is counted."""
    lines, want = _good(600, seed=23)
    w.begin(partitions=1)
    registry = w.new_registry()
    running = w.aggregate("a", "--registry", registry.url)
    _put(w, "trade-events", 0, wire.confluent(77777, b"\0" * 20), wire.confluent(77778, b"\0" * 20), wire.confluent(77777, b"\0" * 21))
    w.ingest(lines, "--registry", registry.url).ends_with(0, 60)
    begun = time.monotonic()
    until(60, lambda: w.kafka.ends(("trade-events.dlq",))["trade-events.dlq", 0] == 3, "they are not set aside")
    w.note(f"three records of two ids that nobody has were set aside after {time.monotonic() - begun:.1f} s")
    running.says("BAD_SCHEMA.*77777.*no schema of this id", 5)
    w.totals_become(want)
    running.terminate()
    running = w.aggregate("a", "--registry", registry.url, "--set-aside-schema", "88888,77778")
    _put(w, "trade-events", 0, wire.confluent(88888, b"\0" * 20))
    running.says("88888 is set aside by --set-aside-schema", 10)
    running.terminate()
    w.totals_are(want)


def another_schema_under_a_known_id(w):
    """An id that names another schema than before: who meets it stops there, and says so; nothing is misread."""
    lines, want = _good(400, seed=24)
    w.begin(partitions=1)
    registry = w.new_registry()
    w.ingest(lines[:300], "--registry", registry.url).ends_with(0, 60)
    running = w.aggregate("a", "--registry", registry.url)
    w.totals_become(judged(lines[:300])[0])
    running.terminate()
    w.store.client.hset("tt:{schemas}:ids", mapping={k: v.replace("timestamp-millis", "timestamp-micros") for k, v in w.store.client.hgetall("tt:{schemas}:ids").items()})
    kept = w.store.client.hgetall("tt:{schemas}:ids")
    running = w.aggregate("a", "--registry", registry.url)
    w.ingest(lines[:1], "--registry", registry.url).ends_with(0, 60)   # the same: it counts nothing, whatever it is read by
    time.sleep(1)
    w.ingest(lines[300:], "--registry", registry.url).ends_with(0, 60)
    running.says("names another schema in the registry", 30)
    need(w.store.client.hgetall("tt:{schemas}:ids") == kept, "what was kept was overwritten")
    running.terminate()


class _Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body, kind="application/json", **headers):
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def _served(handler):
    """-> its URL."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


class _Faulty(_Handler):
    """A registry behind something that fails in every way before it lets one through."""
    faults, texts, asked = [], {}, []

    def do_GET(self):
        schema_id = int(self.path.rsplit("/", 1)[1])
        self.asked.append(schema_id)
        status, kind, body = self.faults.pop(0) if self.faults else (200, "application/json", json.dumps({"schema": self.texts[schema_id]}))
        if status is not None:                       # None: says nothing at all
            self.answer(status, body, kind, **({"Location": "http://127.0.0.1:1/"} if status == 302 else {}))


def a_registry_that_fails_in_every_way(w):
    """503, a proxy's page of 404, a redirect, cut JSON, an answer that is none, an empty one: each is waited out, and nothing is set aside."""
    lines, want = _good(300, seed=25)
    w.begin(partitions=1)
    _Faulty.faults = [(503, "text/plain", "busy"), (404, "text/html", "<html>not here</html>"), (404, "application/json", '{"error_code":404,"message":"no such route"}'),
                      (302, "text/plain", ""), (200, "application/json", '{"schema": "{'), (200, "application/json", '[]'), (200, "text/html", "<html>log in</html>"), (None, "", ""), (401, "application/json", '{"error_code":40101,"message":"who are you?"}')]
    _Faulty.texts = {1: TEXTS["trade"], 2: TEXTS["agreement"]}
    with _served(_Faulty) as url:
        for line in lines:
            r = wire.with_id(line)
            _put(w, wire.TOPIC_OF[r["type"]], 0, wire.confluent(1 if r["type"] == "trade" else 2, wire.body(r["type"], wire.datum(r))))
        running = w.aggregate("a", "--registry", url)
        w.totals_become(want)
        running.terminate()
    w.totals_are(want)
    w.no_dead_letters()
    need(not _Faulty.faults, f"{len(_Faulty.faults)} faults were never met")


def a_registry_wants_to_know_who_asks(w):
    """Basic and bearer from a file, which is read again when the registry refuses; a user in the URL is refused, and no secret is told."""
    w.begin(partitions=1)
    lines, want = _good(100, seed=26)
    wanted = ["Basic dGFsbHk6YTpi"]                  # tally:a:b

    class Door(_Handler):
        def let_in(self, good):
            known = self.headers.get("Authorization") == wanted[0]
            self.answer(200 if known else 401, json.dumps(good if known else {"error_code": 40101, "message": "who are you?"}))

        def do_GET(self):
            self.let_in({"schema": TEXTS["trade" if self.path.endswith("/5") else "agreement"]})

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.let_in({"id": 5 if "trade" in self.path else 6})

    secret = w.folder / "secret"
    with _served(Door) as url:
        secret.write_text("tally:a:b\n")
        w.ingest(lines, "--registry", url, "--registry-auth", secret).ends_with(0, 60)
        wanted[0] = "Bearer abc.def"
        refused = w.ingest(lines, "--registry", url, "--registry-auth", secret).ends_with(1, 20)
        need("FAULT_REGISTRY" in refused.err and "who are you?" in refused.err, refused.err)
        running = w.aggregate("a", "--registry", url, "--registry-auth", secret)
        running.says("waiting for a schema.*who are you", 20)
        secret.write_text("Bearer abc.def\n")
        w.totals_become(want)
        running.terminate()
        bad = w.ingest(lines, "--registry", url.replace("//", "//tally:a@")).ends_with(2, 10)
        need("no user and password in a URL" in bad.err, bad.err)
    need(not any(word in p.out + p.err for word in ("a:b", "abc.def", "dGFs") for p in w.programs), "a secret was told")


def many_ids_that_nobody_has(w):
    """Hundreds of unknown ids in one partition wait together, not one after the other; without a registry they are set aside at once."""
    lines, want = _good(300, seed=27)
    w.begin(partitions=1)
    rng = random.Random(5)
    ids = rng.sample(range(1000, 1 << 31), 200)
    _put(w, "trade-events", 0, *(wire.confluent(i, b"\0" * 20) for i in ids))
    w.ingest(lines).ends_with(0, 60)
    registry = w.new_registry()
    begun = time.monotonic()
    running = w.aggregate("a", "--registry", registry.url)
    w.totals_become(want, 90)
    w.note(f"200 ids that nobody has were given up after {time.monotonic() - begun:.0f} s")
    running.terminate()
    need(w.kafka.ends(("trade-events.dlq",))["trade-events.dlq", 0] == 200, "not all of them are dead letters")
