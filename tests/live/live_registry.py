"""Programs that know Kafka and a schema registry, and nothing of ours: what they send is counted, also while the registry is away."""
import contextlib, datetime as dt, http.server, json, random, re, struct, threading, time, urllib.request

import confluent_kafka, fastavro
from confluent_kafka.schema_registry import Schema, SchemaReference, SchemaRegistryClient, SchemaRegistryError, header_schema_id_serializer
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

import wire
from world import ROOT, TOPICS, judged, mixed, need, oracle, until

DLQ, MODES = [t + ".dlq" for t in TOPICS], ("NONE", "BACKWARD", "FORWARD", "FULL")
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

    def __init__(self, w, url, texts=TEXTS, conf=None):
        registry = SchemaRegistryClient({"url": url})
        self.serializers = {kind: AvroSerializer(registry, text, conf=conf) for kind, text in texts.items()}
        self.kafka = confluent_kafka.Producer({"bootstrap.servers": w.kafka.address, "linger.ms": 5, "log_level": 3})

    def value(self, line, change=lambda v: v, headers=None):
        r = wire.with_id(line)
        topic = wire.TOPIC_OF[r["type"]]
        return topic, self.serializers[r["type"]](change(wire.datum(r)), SerializationContext(topic, MessageField.VALUE, headers))

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


def _fields(how, *names):
    """A change of a schema: `how` gets a field, and gives it back, or none, or another; without names each field."""
    def change(schema):
        out = []
        for f in schema["fields"]:
            f = how(f) if not names or f["name"] in names else f
            out += f if isinstance(f, list) else [f] if f else []
        schema["fields"] = out
    return change


def _branch(how):
    """... `how` changes the type of a field, within ["null", T] or alone."""
    def change(f):
        t = f["type"]
        return f | {"type": [t[0], how(t[1])] if isinstance(t, list) else how(t)}
    return change


def _value(name, how):
    return lambda v: v | {name: how(v[name])} if v.get(name) is not None else v


def _turned(schema):
    schema["fields"].reverse()


def _elsewhere(schema):
    schema["namespace"] = "org.example.customs"


def _null_behind(f):
    return {k: v for k, v in f.items() if k != "default"} | {"type": f["type"][::-1]} if isinstance(f["type"], list) else f


def _plain(f):
    return {"name": f["name"], "type": f["type"][1] if isinstance(f["type"], list) else f["type"]}


def _crawler(kind):
    """A field of the writer's own, with a default and without."""
    own = {"name": "crawler", "type": "string"} | ({"default": ""} if kind else {})
    return lambda schema: schema["fields"].insert(1, own)


AMOUNT, DAY, INSTANT = ({"type": "bytes", "logicalType": "decimal", "precision": 20, "scale": 2}, "string", {"type": "long", "logicalType": "timestamp-micros"})
DAYS = 719163                                         # of 1970-01-01, as Python counts
# What others do to our schemas: (name, change of the schema, change of a datum that goes with it).
HABITS = [
    ("ours", lambda schema: None, None),
    ("fields in another order", _turned, None),
    ("another namespace", _elsewhere, None),
    ("fewer of the fields that may be null", _fields(lambda f: None, "retrieved_at", "title", "growth", "parties"), None),
    ("a field of its own, with a default", _crawler(True), lambda v: v | {"crawler": "x"}),
    ("a field of its own, without", _crawler(False), lambda v: v | {"crawler": "x"}),
    ("`[T, null]` for `[null, T]`", _fields(_null_behind), None),
    ("plain `T` for `[null, T]`", _fields(_plain, "version", "currency", "value"), lambda v: v if None not in (v["version"], v["currency"], v["value"]) else None),
    ("`int` for `long`", _fields(_branch(lambda t: "int"), "version"), lambda v: v if (v["version"] or 0) < 2 ** 31 else None),
    ("a day as `long`", _fields(_branch(lambda t: {"type": "long", "logicalType": "date"}), "period_start", "signed_on"), None, "period_start", "signed_on"),
    ("a day as text, `2024-01-31`", _fields(_branch(lambda t: "string"), "period_start", "signed_on"), lambda v: _value("period_start", _iso)(_value("signed_on", _iso)(v)), "period_start", "signed_on"),
    ("instants in microseconds", _fields(_branch(lambda t: INSTANT), "occurred_at", "published_at", "retrieved_at"), lambda v: {k: x * 1000 if k in ("published_at", "retrieved_at", "occurred_at") and x is not None else x for k, x in v.items()}),
    ("a decimal of scale 2", _fields(_branch(lambda t: AMOUNT), "value"), _value("value", lambda b: _scaled(b))),
    ("a decimal as `fixed`", _fields(_branch(lambda t: {"type": "fixed", "name": "Amount", "size": 9, "logicalType": "decimal", "precision": 20, "scale": 4}), "value"), _value("value", lambda b: b.rjust(9, b"\0"))),
    ("amounts and instants as text", _fields(_branch(lambda t: "string"), "value", "quantity", "occurred_at", "published_at", "retrieved_at"), lambda v: {k: _as_text(k, x) for k, x in v.items()}),
    ("an amount as `double`", _fields(_branch(lambda t: "double"), "value"), _value("value", lambda b: int.from_bytes(b, "big") / 10000), "value"),
    ("enums as `string`", _fields(_branch(lambda t: "string"), "basis", "flow", "kind"), None),
    ("an enum with fewer symbols", _fields(_branch(lambda t: t | {"symbols": t["symbols"][:-1]}), "flow", "kind"), lambda v: v if v.get("flow") != "TOTAL" and v.get("kind") != "OTHER" else None),
    ("an enum with a new symbol", _fields(_branch(lambda t: t | {"symbols": [*t["symbols"], "TRANSFER"]}), "flow", "kind"), None),
    ("an enum without a default, and a new symbol", _fields(_branch(lambda t: {k: x for k, x in t.items() if k != "default"} | {"symbols": [*t["symbols"], "TRANSFER"]}), "flow", "kind"), None),
    ("a field under another name, ours as its alias", _fields(lambda f: f | {"name": "state", "aliases": ["province"]}, "province"), lambda v: {("state" if k == "province" else k): x for k, x in v.items()}),
]


def _as_text(name, x):
    if x is None or name not in ("value", "quantity", "occurred_at", "published_at", "retrieved_at"):
        return x
    schema = next(f["type"] for kind in wire.SCHEMAS.values() for f in kind["fields"] if f["name"] == name)
    return wire.text_of(schema, x)


def _iso(days):
    return dt.date.fromordinal(DAYS + days).isoformat()


def _scaled(b):
    """Bytes of scale 4 in scale 2; what does not fit stays as it is."""
    number = int.from_bytes(b, "big", signed=True) // 100
    return number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True)


def _written(name, change):
    """-> {kind: text} of a habit."""
    out = {}
    for kind, text in TEXTS.items():
        schema = json.loads(text)
        change(schema)
        out[kind] = json.dumps(schema)
    return out


def _all_is_taken(w):
    ends = w.kafka.ends(TOPICS)
    return all(int(w.store.client.hget(f"tt:{{{topic}/{partition}}}:meta", "next") or 0) >= end for (topic, partition), end in ends.items() if end)


def writers_have_habits(w):
    """Schemas as other people write them: which of them each compatibility lets register after ours, and which are counted; docs/sending.md has the table."""
    lines = [line for line in _good(2400, seed=21)[0] if len((json.loads(line).get("value") or "").partition(".")[2].rstrip("0")) <= 2]
    w.begin()
    registry = w.new_registry()
    running, sent, table = w.aggregate("a", "--registry", registry.url), [], []
    client = SchemaRegistryClient({"url": registry.url})
    client.set_compatibility(None, "NONE")            # Apicurio: NONE of a subject means what holds for all
    kafka = confluent_kafka.Producer({"bootstrap.servers": w.kafka.address, "linger.ms": 5, "log_level": 3})
    for i, (name, change, of_datum, *of_needed) in enumerate(HABITS):
        texts, lets = _written(name, change), []
        for mode in MODES:
            subject = f"habit-{i}-{mode}"
            client.register_schema(subject, Schema(TEXTS["trade"], "AVRO"))
            client.set_compatibility(subject, mode)
            try:
                client.register_schema(subject, Schema(texts["trade"], "AVRO"))
                lets.append("yes")
            except SchemaRegistryError as refused:
                need(refused.http_status_code in (409, 422), f"{name}, {mode}: {refused}")
                lets.append("no")
        writers = {kind: (client.register_schema(f"habit-{i}-{kind}", Schema(text, "AVRO")), fastavro.parse_schema(wire.plainly(json.loads(text)), _force=True)) for kind, text in texts.items()}
        before = sum(w.kafka.ends(DLQ).values())
        good = []
        for line in lines[i::len(HABITS)]:
            r = wire.with_id(line)
            values = (of_datum or (lambda v: v))(wire.datum(r))
            if values is not None and (not of_needed or any(values.get(f) is not None for f in of_needed)):
                kafka.produce(wire.TOPIC_OF[r["type"]], wire.confluent(writers[r["type"]][0], wire.value_bytes(writers[r["type"]][1], values)))
                good.append(line)
        need(kafka.flush(60) == 0, "not all was delivered")
        need(len(good) > 10, f"{name}: {len(good)} records")
        until(60, lambda: _all_is_taken(w), f"the aggregator is never done with: {name}")
        letters = sum(w.kafka.ends(DLQ).values()) - before
        need(letters in (0, len(good)), f"{name}: {letters} of {len(good)} were set aside: {running.last_words(2)}")
        sent += [] if letters else good
        table.append((name, *lets, "no" if letters else "yes"))
    w.totals_become(judged(sent)[0])
    running.terminate()
    rows = [f"| {' | '.join(row)} |" for row in table]
    page = (ROOT / "docs" / "sending.md").read_text()
    shown = re.search(r"<!-- habits -->\n.*?\|-.*?\n(.*?)\n<!-- end -->", page, re.S)
    need(shown and shown[1].splitlines() == rows, "docs/sending.md has another table; wanted:\n" + "\n".join(rows))
    w.note(f"{len(sent)} records in {len(HABITS)} habits")


def _apart(text):
    """A schema's named types, each as a schema of its own -> (the schema that refers to them, {full name: text}), the ones that refer to nothing first."""
    schema, parts = json.loads(text), {}

    def take_out(node):
        if isinstance(node, list):
            return [take_out(n) for n in node]
        if not isinstance(node, dict):
            return node
        node = {k: take_out(v) if k in ("type", "items", "values") else v for k, v in node.items()}
        if "fields" in node:
            node["fields"] = [f | {"type": take_out(f["type"])} for f in node["fields"]]
        if node.get("type") not in ("record", "enum"):
            return node
        parts[f"tally.{node['name']}"] = json.dumps({"namespace": "tally"} | node)
        return f"tally.{node['name']}"

    schema["fields"] = [f | {"type": take_out(f["type"])} for f in schema["fields"]]
    return json.dumps(schema), parts


def schemas_that_refer_to_others(w):
    """Each named type under a subject of its own, as others share their types: the id stands for all of them, also without the registry, and after its subjects are gone."""
    lines, want = _good(900, seed=28)
    w.begin(partitions=2)
    registry = w.new_registry()
    client = SchemaRegistryClient({"url": registry.url})
    texts, count = {}, 0
    for kind, text in TEXTS.items():
        main, parts = _apart(text)
        for name, part in parts.items():
            client.register_schema(name, Schema(part, "AVRO"))
        texts[kind] = Schema(main, "AVRO", [SchemaReference(name, name, 1) for name in parts])
        count += len(parts)
    running = w.aggregate("a", "--registry", registry.url)
    Sender(w, registry.url, texts).send(lines[:600])
    w.totals_become(judged(lines[:600])[0])
    registry.kill()
    running.terminate()
    w.rebuild()
    running = w.aggregate("a")
    registry.start()
    Sender(w, registry.url, texts).send(lines[600:])
    w.totals_become(want)
    kept = w.store.client.hgetall("tt:{schemas}:ids")
    need(all('"symbols"' in text for text in kept.values()), "what is kept is not all of it")
    running.terminate()
    w.no_dead_letters()
    w.note(f"{count} types of their own")


def a_schema_is_named_in_a_header(w):
    """Confluent's newer serializers name a schema by its GUID in a header (confluent-kafka, before franz-go's registry, which knows GUIDs): counted, forwarded, shown by why, also without the registry."""
    lines, want = _good(600, seed=29)
    w.begin()
    url = w.new_guid_registry()
    for kind, text in TEXTS.items():                  # it answers a look-up with the GUID, a registration without
        SchemaRegistryClient({"url": url}).register_schema(f"{wire.TOPIC_OF[kind]}-value", Schema(text, "AVRO"))
    sender = Sender(w, url, conf={"schema.id.serializer": header_schema_id_serializer, "auto.register.schemas": False})
    running = w.aggregate("a", "--registry", url)
    for line in lines:
        headers = []
        topic, value = sender.value(line, headers=headers)
        need(len(headers) == 1 and len(headers[0][1]) == 17, f"confluent-kafka wrote {headers}")
        sender.kafka.produce(topic, value, headers=headers)
    need(sender.kafka.flush(60) == 0, "not all was delivered")
    w.totals_become(want)
    need(all(len(name) == 36 for name in w.store.client.hkeys("tt:{schemas}:ids")), "they are not kept by their GUID")
    running.terminate()
    w.rebuild()
    w.totals_are(want)
    r = next(r for r in map(json.loads, lines) if r["type"] == "trade" and r["basis"] == "TRANSACTION" and r.get("id") and r.get("currency") and r["occurred_at"] < "2024")
    shown = w.lookup("why", r["province"], r["partner"], r["occurred_at"][:7], "-b", w.kafka.address)
    shown.wait(30)
    need(r["id"] in shown.out, f"why does not show {r['id']}: {shown.out[-600:]}")
    w.no_dead_letters()


def a_registry_that_knows_no_guids(w):
    """A GUID, and Apicurio, which has no page for it: its partition waits, the log says what it may be, and --set-aside-schema sets it aside."""
    lines, want = _good(100, seed=32)
    w.begin(partitions=1)
    registry = w.new_registry()
    client = confluent_kafka.Producer({"bootstrap.servers": w.kafka.address, "log_level": 3})
    client.produce("trade-events", b"\2x", headers=[("__value_schema_id", b"\1" + bytes(range(16)))], partition=0)
    need(client.flush(30) == 0, "not delivered")
    w.ingest(lines, "--registry", registry.url).ends_with(0, 60)
    running = w.aggregate("a", "--registry", registry.url)
    guid = "00010203-0405-0607-0809-0a0b0c0d0e0f"
    running.says(f'waiting for a schema.*"schema_id":"{guid}".*does this registry know GUIDs', 30)
    running.terminate()
    running = w.aggregate("a", "--registry", registry.url, "--set-aside-schema", guid)
    running.says(f"{guid} is set aside by --set-aside-schema", 30)
    w.totals_become(want)
    running.terminate()


def ids_in_other_places(w):
    """Apicurio's headers, its ids of eight bytes, a header of another form: each is set aside by name, and what lies behind it is counted."""
    lines, want = _good(100, seed=30)
    w.begin(partitions=1)
    registry = w.new_registry()
    running = w.aggregate("a", "--registry", registry.url)
    r = next(r for r in map(wire.with_id, lines) if r["type"] == "trade")
    body = wire.body("trade", wire.datum(r))
    client = confluent_kafka.Producer({"bootstrap.servers": w.kafka.address, "log_level": 3})
    for value, headers in ((body, [("apicurio.value.globalId", struct.pack(">q", 7)), ("apicurio.value.encoding", b"BINARY")]),
                           (body, [("apicurio.value.contentId", struct.pack(">q", 7))]),
                           (b"\0" + struct.pack(">q", 7) + body, []),
                           (body, [("__value_schema_id", b"7")])):
        client.produce("trade-events", value, headers=headers, partition=0)
    need(client.flush(30) == 0, "not delivered")
    w.ingest(lines, "--registry", registry.url).ends_with(0, 60)
    w.totals_become(want)
    for words in ("BAD_FRAME.*apicurio.value.globalId", "BAD_FRAME.*apicurio.value.contentId", "BAD_SCHEMA.*8 bytes of an id", "BAD_FRAME.*__value_schema_id has 1 bytes"):
        running.says(words, 10)
    running.terminate()
    need(w.kafka.ends(("trade-events.dlq",))["trade-events.dlq", 0] == 4, "not all of them are dead letters")


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
