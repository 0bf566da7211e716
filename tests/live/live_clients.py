"""Programs in other languages, with Kafka clients and Avro libraries of their own: what they send is counted."""
import fcntl, json, os, re, shutil, subprocess, time

import confluent_kafka

import wire
from answer import totals
from world import ROOT, Skipped, judged, need, records

TOOLS = ROOT / "build" / "venv" / "bin"               # Python's; and Go and Node where the machine has none (scripts/install)
FOREIGN = re.compile(r'^FOREIGN\(RECORD_(\w+), (\d+), 0x([0-9a-f]{16}), "(.+)"\)$', re.MULTILINE)


def _run(command, folder, seconds=300, **environment):
    """-> what it printed; a tool that is not there is no failure, but in CI."""
    try:
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds,
                              env={**os.environ, "PATH": f"{os.environ['PATH']}:{TOOLS}", "PYTHONDONTWRITEBYTECODE": "1", **environment})
    except FileNotFoundError as missing:
        need(os.environ.get("CI") != "true", str(missing))
        raise Skipped(f"there is no {command[0]}")
    need(done.returncode == 0, f"{' '.join(map(str, command))} ended with {done.returncode}: {(done.stderr or done.stdout)[-600:]}")
    return done.stdout


def _text(kind, number):
    """The schema's text of this number, or the newest."""
    stem = {"trade": "trade_event", "agreement": "agreement"}[kind]
    past = ROOT / "schemas" / "history" / f"{stem}.{number}.avsc"
    return json.loads((past if past.exists() else ROOT / "schemas" / f"{stem}.avsc").read_text())


def libraries_have_fingerprints_of_their_own(w):
    """Python's and Go's Avro libraries call our schemas by the fingerprints of our table, and a datum under each of the table is counted; turned round it is told."""
    w.note(_run([ROOT / "tests" / "clients" / "fingerprints" / "run"], w.folder).strip().splitlines()[-1])
    w.begin(partitions=3)
    producer, lines = confluent_kafka.Producer({"bootstrap.servers": w.kafka.address, "log_level": 3}), []
    rows = FOREIGN.findall((ROOT / "schemas" / "fingerprints.def").read_text())
    for i, (kind, number, found, _) in enumerate(rows):
        record = {"type": kind.lower(), "id": f"fingerprint:{i}"}
        record |= ({"basis": "TRANSACTION", "province": "CN-LN", "partner": "RU", "flow": "EXPORT", "value": f"{i + 1}.00", "currency": "CNY", "occurred_at": "2024-01-15T00:00:00Z"}
                   if kind == "TRADE" else {"kind": "MOU", "provinces": ["CN-LN"], "partners": ["RU"], "signed_on": "2024-01-15"})
        lines.append(json.dumps(record).encode())
        schema = _text(kind.lower(), number)
        known = {f["name"] for f in schema["fields"]}
        datum = wire.value_bytes(schema, {k: v for k, v in wire.datum(record).items() if k in known})
        producer.produce(wire.TOPIC_OF[kind.lower()], b"\xc3\x01" + bytes.fromhex(found) + datum)
        if i == 0:
            producer.produce(wire.TOPIC_OF[kind.lower()], b"\xc3\x01" + bytes.fromhex(found)[::-1] + datum)
    need(producer.flush(30) == 0, "not delivered")
    running = w.aggregate("a")
    w.totals_become(judged(lines)[0])
    running.says("wrong way round: 2b 2f 6c f8 96 e1 54 f5; wanted: f5 54 e1 96 f8 6c 2f 2b", 10)
    running.terminate()
    letters = sum(w.kafka.ends([t + ".dlq" for t in wire.KIND_OF]).values())
    need(letters == 1, f"{letters} dead letters")
    w.note(f"{len(rows)} fingerprints of other libraries")


# ---- what a client needs ---------------------------------------------------------------------------------------------
CLIENTS = ROOT / "tests" / "clients"
MADE = ROOT / "build" / "clients"                     # libraries, fetched once
NODE_PACKAGES = ["kafkajs@2.2.4", "@kafkajs/confluent-schema-registry@3.9.0", "avsc@5.7.9"]


def _once(name, make):
    """-> a folder that make has filled; two tests at a time don't meet there."""
    MADE.mkdir(parents=True, exist_ok=True)
    with open(MADE / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (MADE / f"{name}.made").exists():
            shutil.rmtree(MADE / name, ignore_errors=True)
            (MADE / name).mkdir()
            make(MADE / name)
            (MADE / f"{name}.made").touch()
    return MADE / name


def _java():
    """-> a folder of jars."""
    return _once("java", lambda at: _run(["mvn", "-q", "-B", "-f", CLIENTS / "java" / "pom.xml", "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies", f"-DoutputDirectory={at}"], at, 600))


def _node():
    """-> a folder with node_modules."""
    return _once("node", lambda at: _run(["npm", "install", "--no-audit", "--no-fund", "--fetch-retries=1", *NODE_PACKAGES], at, 600))


def _go(folder, program):
    """A folder with the modules that we have tried, and a program."""
    folder.mkdir()
    for name in ("go.mod", "go.sum"):
        shutil.copy(CLIENTS / "go" / name, folder)
    (folder / "main.go").write_text(program)
    return folder


def _schemas(folder):
    for name in ("trade_event.avsc", "agreement.avsc"):
        shutil.copy(ROOT / "schemas" / name, folder)


# ---- the documents' programs -----------------------------------------------------------------------------------------
def _examples(page, language):
    """{name: (command, program)}: the first line of each names both."""
    blocks = re.findall(rf"^```{language}\n((?:#|//) (\S+): (.*?)\n.*?)^```$", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)
    return {name: (command, text) for text, name, command in blocks}


def _sends(w, registry, folder, page, language, name):
    """Runs an example as it stands, but for the addresses, beside a copy of the schema."""
    command, text = _examples(page, language)[name]
    text = text.replace("localhost:9092", w.kafka.address)
    if registry:
        text = text.replace("http://localhost:8080/apis/registry/v2", registry.url.replace("ccompat/v7", "registry/v2")).replace("http://localhost:8081", registry.url)
    need("localhost" not in text, f"{page} {name}: it would go elsewhere")
    (folder / name).write_text(text)
    _schemas(folder)
    said = _run(["sh", "-c", command], folder, 120, PATH=f"{TOOLS}:{w.build}:{os.environ['PATH']}")
    return said, text


def _example(number):
    return json.dumps({"type": "trade", "id": f"example:{number}", "basis": "TRANSACTION", "province": "CN-LN", "partner": "RU", "flow": "EXPORT", "value": "1234.50", "currency": "CNY", "occurred_at": "2024-01-20T08:00:00Z"}).encode()


def _are_counted(w, registry, *numbers):
    running = w.aggregate("a", *(["--registry", registry.url] if registry else []))
    w.totals_become(judged([_example(n) for n in numbers])[0])
    for n in numbers:
        need(f"example:{n}" in w.lookup("why", "CN-LN", "RU", "2024", "deals.export.CNY", "-b", w.kafka.address).ends_with(0, 30).out, f"why does not show example:{n}")
    running.terminate()
    w.no_dead_letters()


def the_python_and_shell_examples(w):
    """docs/sending.md and docs/scrapers.md: confluent-kafka with a registry, fastavro with the ten bytes, tally-ingest, kcat."""
    w.begin(partitions=3)
    registry = w.new_registry()
    _sends(w, registry, w.folder, "docs/sending.md", "python", "send.py")
    _sends(w, None, w.folder, "docs/sending.md", "sh", "send.sh")
    _, text = _sends(w, None, w.folder, "docs/scrapers.md", "python", "send_plain.py")   # the record is send.py's
    prefix = bytes.fromhex(re.search(r'fromhex\("(.*?)"\)', text)[1])
    need(prefix == b"\xc3\x01" + wire.FINGERPRINTS["trade"], "the ten bytes of the document are others")
    (w.folder / "value.bin").write_bytes(wire.message(_example(6))[1])
    said, _ = _sends(w, None, w.folder, "docs/sending.md", "sh", "kcat.sh")
    need("example:6: " in said, f"kcat shows {said!r}")
    _are_counted(w, registry, 1, 6)


def the_node_examples(w):
    """docs/sending.md and docs/scrapers.md: kafkajs with a registry, and with the ten bytes."""
    w.begin(partitions=3)
    registry, folder = w.new_registry(), w.folder / "node"
    folder.mkdir()
    (folder / "node_modules").symlink_to(_node() / "node_modules")
    _sends(w, registry, folder, "docs/sending.md", "js", "send.mjs")
    _, text = _sends(w, None, folder, "docs/scrapers.md", "js", "send_plain.mjs")
    need(f'"c301{wire.FINGERPRINTS["trade"].hex()}"' in text, "the ten bytes of the document are others")
    _are_counted(w, registry, 2, 3)


def the_java_examples(w):
    """docs/sending.md: Kafka's client with Apicurio's serializer, and with Avro's own single-object encoding."""
    w.begin(partitions=3)
    registry, folder = w.new_registry(), w.folder / "java"
    folder.mkdir()
    (folder / "lib").symlink_to(_java())
    _sends(w, registry, folder, "docs/sending.md", "java", "Send.java")
    _sends(w, None, folder, "docs/sending.md", "java", "SendPlain.java")
    _are_counted(w, registry, 4, 7)


def the_go_example(w):
    """docs/sending.md: franz-go with a registry."""
    w.begin(partitions=3)
    registry = w.new_registry()
    _sends(w, registry, _go(w.folder / "go", ""), "docs/sending.md", "go", "main.go")
    _are_counted(w, registry, 5)


# ---- some hundred records --------------------------------------------------------------------------------------------
def _plainly(schema, v):
    """A value of the schema as JSON: decimals as texts, instants and days as numbers."""
    if isinstance(schema, list):
        return None if v is None else _plainly(schema[1], v)
    if isinstance(schema, dict) and schema.get("logicalType") == "decimal":
        number = int.from_bytes(v, "big", signed=True)
        return f"{number // 10 ** schema['scale']}.{number % 10 ** schema['scale']:0{schema['scale']}}"
    if isinstance(schema, dict) and schema["type"] == "record":
        return {f["name"]: _plainly(f["type"], v[f["name"]]) for f in schema["fields"]}
    return v


def _file(w, lines):
    path = w.folder / "records.ndjson"
    with path.open("w") as out:
        for r in map(wire.with_id, lines):
            out.write(json.dumps({"topic": wire.TOPIC_OF[r["type"]], "record": _plainly(wire.SCHEMAS[r["type"]], wire.datum(r))}) + "\n")
    return path


def clients_of_other_languages(w):
    """Java's client with Apicurio's serializer, franz-go, kafkajs: some hundred records each, with whatever keys and partitioners they have; all are counted as the oracle says."""
    senders = {"java": (["java", "-cp", f"{_java()}/*", CLIENTS / "java" / "SendFile.java"], w.folder), "go": (["go", "run", "."], CLIENTS / "go")}
    node = w.folder / "node"
    node.mkdir()
    (node / "node_modules").symlink_to(_node() / "node_modules")
    shutil.copy(CLIENTS / "node" / "send_file.mjs", node)
    senders["node"] = ["node", "send_file.mjs"], node
    lines = [line for line in records.records(31, 1200, refused_rate=0) if json.loads(line).get("version") != 2 ** 53 - 1]   # avsc has no such number
    w.begin()
    registry = w.new_registry()
    running = w.aggregate("a", "--registry", registry.url)
    _schemas(w.folder)
    for i, (name, (command, folder)) in enumerate(senders.items()):
        url = registry.url.replace("ccompat/v7", "registry/v2") if name == "java" else registry.url
        _run([*command, w.kafka.address, url, w.folder, _file(w, lines[i::len(senders)])], folder, 180)
    w.totals_become(judged(lines)[0])
    running.terminate()
    w.no_dead_letters()
    w.note(f"{len(lines)} records by {', '.join(senders)}")


# ---- what nobody notices, and what is told -----------------------------------------------------------------------------
def _records(w, *changes):
    """Send the example once for each change of its values as Avro has them, under our ten bytes -> the code of its dead letter, or None, of each."""
    producer = confluent_kafka.Producer({"bootstrap.servers": w.kafka.address, "log_level": 3})
    for i, change in enumerate(changes):
        values = wire.datum(json.loads(_example(i))) | change
        producer.produce("trade-events", wire.single_object("trade", wire.body("trade", values)))
    need(producer.flush(30) == 0, "not delivered")
    w.aggregate_to_end()
    told = {}
    for m in w.kafka.messages("trade-events.dlq"):
        headers = dict(m.headers())
        told[int(headers["__connect.errors.offset"])] = headers["__connect.errors.exception.class.name"].decode()
    return [told.get(i) for i in range(len(changes))]


def what_no_fingerprint_tells(w):
    """docs/sending.md's table: scale, units and days that our ten bytes say nothing of, and what becomes of such records."""
    unscaled = lambda number: number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True)
    moment = 1705737600000
    w.begin(partitions=1)
    got = _records(w, {"value": unscaled(123400)},                        # 1234.00 in a scale of 2
                   {"value": unscaled(123450)},                           # 1234.50
                   {"occurred_at": moment * 1000}, {"occurred_at": moment // 1000},
                   {"value": unscaled(123450 * 10000)},                   # fen, and scaled once more
                   {"basis": "STATISTIC", "occurred_at": None, "period_start": 20240101, "period_end": 20240131})
    w.note(" ".join(str(code) for code in got))
    need(got == [None, "BAD_VALUE", "BAD_TIME", None, None, "BAD_PERIOD"], f"they became {got}")
    total = lambda *window: totals(json.loads(w.lookup("-J", "totals", "CN-LN", "RU", *window).ends_with(0, 30).out))
    need(total()["2024"]["deals.export.CNY"] == 1234 + 12345000, f"the total is {total()}")
    need(total("1970")["1970"]["deals.export.CNY"] == 123450, "seconds are not counted in 1970")


def message_times_of_other_clients(w):
    """A message's time in seconds, of 1 ms, or none of that: what is FUTURE by it says both days, and what the time looks like."""
    w.begin(partitions=1)
    producer = confluent_kafka.Producer({"bootstrap.servers": w.kafka.address, "log_level": 3})
    times = {"example:1": 1, "example:2": int(time.time()), "example:3": None, "example:4": 1704067200000}   # 2024-01-01
    for name, at in times.items():
        topic, value = wire.message(_example(int(name[-1])))
        producer.produce(topic, value, key=name, **({} if at is None else {"timestamp": at}))
    need(producer.flush(30) == 0, "not delivered")
    p = w.aggregate_to_end()[0]
    w.totals_are(judged([_example(3)])[0])
    for words in ("the record's day is 2024-01-20, and its message says that it was sent on 1970-01-01; its time is none, wanted: milliseconds since 1970",
                  "sent on 1970-01-2[0-9]; its time is in seconds, wanted: milliseconds since 1970", "the record's day is 2024-01-20, and its message says that it was sent on 2024-01-01"):
        p.says("FUTURE.*" + words, 1)
    need(p.err.count('"set aside"') == 3, p.last_words(4))
