#!/usr/bin/env python3
"""Our Avro against fastavro's: what we write it reads, what it writes we read, under our schemas and under those of other writers.

    compare_avro.py PATH-OF-datums [RECORDS] [SEED]

The records come from records.py; what must be read of each is what the oracle says of its JSON. Another writer's schema is ours with some of: fields
in another order, nullable fields missing, other unions, more fields of any type, other and more symbols, int for long, bytes for string, other and fixed
decimals, micro- and nanoseconds, other namespaces. One record in six is spoiled in a way that JSON and Avro can both say, and must be refused alike.
Fingerprints of all those schemas are compared as well. Without fastavro the test is skipped (exit 77), with CI set it fails.
"""
import copy, datetime as dt, decimal, io, json, os, pathlib, random, subprocess, sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "support")]
import oracle
import records

try:
    import fastavro
    from fastavro.schema import fingerprint, to_parsing_canonical_form
except ImportError:
    print("SKIPPED: fastavro is not installed, nobody has judged our Avro", file=sys.stderr)
    sys.exit(1 if os.environ.get("CI", "").lower() in ("1", "true") else 77)

SCHEMAS = {t: json.loads((TESTS.parent / "schemas" / f).read_text()) for t, f in (("trade", "trade_event.avsc"), ("agreement", "agreement.avsc"))}
LISTS = "provinces partners areas parties sectors".split()
INSTANTS, DAYS, AMOUNTS = ["occurred_at", "published_at", "retrieved_at"], ["period_start", "period_end", "signed_on"], {"value": 4, "quantity": 3}
decimal.getcontext().prec = 60


# ---- a record in JSON, as Avro data of our schema, and as what must be read ------------------------------------------------
def datum_of(e):
    """The Avro record of a JSON record that the oracle takes, or of a spoiled one; every field of our schema."""
    d = {}
    for field in SCHEMAS[e["type"]]["fields"]:
        name, v = field["name"], e.get(field["name"])
        if name in INSTANTS and v is not None:
            v = oracle.instant_ms(v, "BAD_TIME")
        elif name in DAYS and v is not None:
            v = (dt.date.fromisoformat(v) - oracle.EPOCH).days
        elif name in AMOUNTS and v is not None:
            v = decimal.Decimal(v)
            if v == round(v, AMOUNTS[name]):         # written with zeros behind it, perhaps
                v = round(v, AMOUNTS[name])
        elif name in LISTS:
            v = list(v or [])
        elif name == "source" and v is not None:
            v = {"name": v.get("name"), "url": v.get("url")}
        elif name == "attributes":
            v = {k: x for k, x in (v or {}).items() if x is not None}
        d[name] = v
    return d


def wanted(e):
    """What `datums decode` must tell of it: a refusal's name, or the record."""
    try:
        r = oracle.read(json.dumps(e))
    except oracle.Invalid as refusal:
        return str(refusal)
    statuses = ["ACTIVE", "RETRACTED"] if e["type"] == "trade" else "PLANNED SIGNED IN_FORCE COMPLETED TERMINATED RETRACTED".split()
    w = {k: r[k] for k in ("id", "version", "grade", "bound")}
    w["status"], w["canonical"] = statuses.index(r["status"]), oracle.canonical(r)
    for k in ("title", "growth"):
        if e.get(k) is not None:
            w[k] = e[k]
    for k in ("published_at", "retrieved_at"):
        if e.get(k) is not None:
            w[k] = oracle.instant_ms(e[k], "BAD_TIME")
    w["source"] = int(e.get("source") is not None)
    w.update({f"source.{k}": v for k, v in (e.get("source") or {}).items() if v is not None})
    w["attributes"] = {k: v for k, v in (e.get("attributes") or {}).items() if v is not None}
    return w


# ---- other writers -------------------------------------------------------------------------------------------------------
class Writer:
    """Our schema made another's, and the same data made to fit it."""

    def __init__(self, rng, record_type, datum):
        self.rng, self.names = rng, 0
        self.datum = copy.deepcopy(datum)
        self.schema = copy.deepcopy(SCHEMAS[record_type])
        self.schema["fields"] = self.fields(self.schema["fields"], self.datum, 0.5)
        how = rng.random()
        if how < 0.2:
            self.schema["namespace"] = "other.space"
        elif how < 0.3:
            del self.schema["namespace"]
        elif how < 0.4:
            self.schema["name"] = "other." + self.schema["name"]
            del self.schema["namespace"]

    def fields(self, fields, datum, chance):
        rng, out = self.rng, []
        for f in fields:
            is_nullable = isinstance(f["type"], list)
            if is_nullable and datum[f["name"]] is None and rng.random() < chance:
                continue
            if f.get("default") in ([], {}) and not datum[f["name"]] and rng.random() < chance:
                continue
            value = datum[f["name"]]
            odd = f["name"] in AMOUNTS and value is not None and (-value.as_tuple().exponent > AMOUNTS[f["name"]] or value >= 10 ** 17)
            unheard_of = isinstance(value, str) and "enum" in json.dumps(f["type"]) and f'"{value}"' not in json.dumps(f["type"])
            if odd or unheard_of or rng.random() < 0.6:
                f["type"] = self.other(f["name"], f["type"], datum)
                f.pop("default", None)
            out.append(f)
        while rng.random() < chance:
            name, (schema, value) = self.name("more"), self.anything(4)
            out.append({"name": name, "type": schema})
            datum[name] = value
        if rng.random() < 0.5:
            rng.shuffle(out)
        if rng.random() < 0.3:
            for f in out:
                f.pop("doc", None)
                f.pop("default", None)
        return out

    def other(self, name, schema, datum):
        """Another schema of the same field."""
        rng = self.rng
        if isinstance(schema, list):
            inner = self.inner(name, schema[1], datum) if datum[name] is not None else schema[1]
            if datum[name] is not None and rng.random() < 0.3:
                return inner
            out = ["null", inner]
        else:
            inner = self.inner(name, schema, datum)
            if rng.random() < 0.5:
                return inner
            out = [inner] + (["null"] if rng.random() < 0.5 else [])
        if rng.random() < 0.4:                       # branches that this datum doesn't take
            out += rng.sample(["boolean", {"type": "enum", "name": self.name("E"), "symbols": ["NO_VALUE_OF_OURS"]},
                               {"type": "fixed", "name": self.name("F"), "size": 4000}], rng.randint(1, 3))
        rng.shuffle(out)
        return out

    def inner(self, name, schema, datum):
        rng, value = self.rng, datum[name]
        kind = schema["type"] if isinstance(schema, dict) else schema
        if kind == "string":
            if rng.random() < 0.3:
                datum[name] = value.encode()
                return "bytes"
            return rng.choice(["string", {"type": "string", "avro.java.string": "String"}])
        if kind == "enum":
            return self.enum(schema, value)
        if name == "version":
            return "int" if -2 ** 31 <= value < 2 ** 31 and rng.random() < 0.5 else "long"
        if kind == "long":
            unit, times = rng.choice([("millis", 1), ("micros", 1000), ("nanos", 10 ** 6), (None, 1)])
            if abs(value * times) >= 2 ** 62:
                unit, times = None, 1
            datum[name] = value * times + (rng.randrange(times) if times > 1 else 0)
            return {"type": "long", "logicalType": f"timestamp-{unit}"} if unit else "long"
        if kind == "int":
            return rng.choice(["int", {"type": "int", "logicalType": "date"}])
        if kind == "bytes":
            return self.amount(value)
        if kind == "array":
            datum[name] = [x.encode() for x in value] if (as_bytes := rng.random() < 0.3) else value
            items = "bytes" if as_bytes else "string"
            return {"type": "array", "items": rng.choice([items, ["null", items], [items, "int", "null"]])}
        if kind == "map":
            return {"type": "map", "values": rng.choice(["string", ["null", "string"], ["int", "string"]])}
        if kind == "record":
            return {**schema, "fields": self.fields(schema["fields"], value, 0.4)}
        return schema

    def enum(self, schema, value):
        rng, symbols = self.rng, schema["symbols"] + ["NEWER", self.name("S")]
        symbols = rng.sample(symbols, rng.randint(1, len(symbols)))
        if value is not None and value not in symbols:
            symbols.insert(rng.randint(0, len(symbols)), value)
        return {"type": "enum", "name": rng.choice(["", "else.where."]) + schema["name"], "symbols": symbols}

    def amount(self, value):
        rng, least = self.rng, max(0, -value.as_tuple().exponent)
        scale = rng.randint(least, 9)
        decimal_of = {"logicalType": "decimal", "precision": 38, "scale": scale}
        if rng.random() < 0.4:
            return {"type": "fixed", "name": self.name("D"), "size": rng.randint(16, 24), **decimal_of}
        return {"type": "bytes", **decimal_of}

    def name(self, stem):
        self.names += 1
        return f"{stem}{self.names}"

    def anything(self, depth):
        """A schema and a datum of it."""
        rng = self.rng
        kind = rng.choice("null boolean int long float double bytes string fixed enum array map record union".split()[:14 if depth else 10])
        if kind == "fixed":
            size = rng.randrange(5)
            return {"type": "fixed", "name": self.name("F"), "size": size}, bytes(rng.randrange(256) for _ in range(size))
        if kind == "enum":
            return {"type": "enum", "name": self.name("E"), "symbols": ["A", "B", "C"]}, rng.choice("ABC")
        if kind in ("array", "map"):
            schema, value = self.anything(depth - 1)
            many = [value] * rng.choice([0, 1, 2, 70])
            return ({"type": "array", "items": schema}, many) if kind == "array" else (
                {"type": "map", "values": schema}, {f"k{i}": x for i, x in enumerate(many)})
        if kind == "record":
            parts = {self.name("p"): self.anything(depth - 1) for _ in range(rng.randrange(4))}
            name = rng.choice(["", "deep.er."]) + self.name("R")
            return ({"type": "record", "name": name, "fields": [{"name": k, "type": s} for k, (s, _) in parts.items()]}, {k: v for k, (_, v) in parts.items()})
        if kind == "union":
            schema, value = "null", None
            while schema in ("null", "boolean") or isinstance(schema, list):
                schema, value = self.anything(depth - 1)
            branches = ["null", schema, "boolean"]
            rng.shuffle(branches)
            return branches, rng.choice([value, None, True])
        return kind, {"null": None, "boolean": rng.random() < 0.5, "int": rng.randrange(-2 ** 31, 2 ** 31), "long": rng.randrange(-2 ** 63, 2 ** 63),
                      "float": 1.5, "double": -2.5, "bytes": b"\xff\x00", "string": "Влад"}[kind]


def spoil(rng, e):
    """Make it wrong in a way that Avro can say, too; some changes leave it right."""
    e = copy.deepcopy(e)
    trade = e["type"] == "trade"
    texts = "id currency title".split() + ("province partner province_area partner_area commodity unit growth".split() if trade else [])
    enums = "grade bound status".split() + ("basis scope flow".split() if trade else ["kind"])
    how = rng.randrange(7)
    if how == 0:
        e[rng.choice(texts)] = rng.choice(["", " ", "XX", "CN", "ALL", "\0", "a" * 1025, "12345", "出口", "CNY", "TNE", "RU", "\x7f", "\U0010ffff"])
    elif how == 1:
        e[rng.choice(enums)] = rng.choice(["NEWER", "UNKNOWN", "ACTIVE", "TOTAL", "PART"])
    elif how == 2:
        e["version"] = rng.choice([-1, 2 ** 53, 2 ** 53 - 1, -2 ** 63, 2 ** 63 - 1])
    elif how == 3:
        e["value"] = rng.choice(["-1", "0", "0.001", "0.0001", "100000000000000000", "99999999999999999", "999999999999999.99"])
    elif how == 4:
        e[rng.choice(DAYS[:2] if trade else DAYS[2:])] = rng.choice(["1969-12-31", "9999-12-31", "0001-01-01", "2023-12-31"])
    elif how == 5 and not trade:
        e[rng.choice(LISTS)] = rng.choice([[], ["CN", "CN"], ["x"], ["a"] * 70, ["p%d" % i for i in range(65)], ["\0"], ["z" * 257], ["zz-z", "a-"]])
    else:
        e["attributes"] = rng.choice([{"": "x"}, {"k" * 129: "x"}, {"k": "v" * 1025}, {f"k{i}": "v" for i in range(65)}, {"a": "\0"}])
    return e


# ---- the comparisons -----------------------------------------------------------------------------------------------------
def run(program, verb, lines):
    done = subprocess.run([program, verb], input=b"".join(line + b"\n" for line in lines), capture_output=True)
    if done.returncode != 0:
        sys.exit(f"datums {verb}: exit {done.returncode}\n{done.stderr.decode(errors='replace')}")
    told = done.stdout.decode().splitlines()
    assert len(told) == len(lines), f"{len(lines)} lines, {len(told)} answers"
    return told


def fail(*lines):
    print(*lines, sep="\n")
    sys.exit(1)


def plain(v):
    """Data as fastavro reads them, without its types for times."""
    if isinstance(v, dt.datetime):
        return (v - dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)) // dt.timedelta(milliseconds=1)
    if isinstance(v, dt.date):
        return (v - oracle.EPOCH).days
    return v


def judge_written(program, good):
    """fastavro reads what we wrote."""
    parsed = {t: fastavro.parse_schema(s) for t, s in SCHEMAS.items()}
    told = run(program, "encode", [json.dumps(e).encode() for e in good])
    for e, line in zip(good, told):
        if " " not in line:
            fail(f"refused as {line}", json.dumps(e))
        written = io.BytesIO(bytes.fromhex(line.split()[1]))
        read = {k: plain(v) for k, v in fastavro.schemaless_reader(written, parsed[e["type"]]).items()}
        want = datum_of(e)
        want["id"] = want["id"] or oracle.read(json.dumps(e))["id"]
        for name in LISTS:
            if name in want:
                want[name] = sorted(want[name], key=str.encode)
        if written.read() or read != want:
            fail("fastavro reads of", json.dumps(e), *(f"  {k}: {read[k]!r}, not {want[k]!r}" for k in want if read[k] != want[k]), "  or more bytes")
    return len(told)


def judge_read(program, rng, events):
    """We read what fastavro writes."""
    lines, wants, schemas = [], [], []
    for e in events:
        want, datum = wanted(e), datum_of(e)
        if e.get("id") is None:                      # an id may be left out of JSON alone
            datum["id"] = e["id"] = want["id"] if isinstance(want, dict) else "x"
            want = wanted(e)
        writer = Writer(rng, e["type"], datum)
        written = io.BytesIO()
        fastavro.schemaless_writer(written, fastavro.parse_schema(copy.deepcopy(writer.schema)), writer.datum)
        schemas.append(json.dumps(writer.schema))
        lines.append(f"{e['type']}\t{schemas[-1]}\t{written.getvalue().hex()}".encode())
        wants.append(want)
    seen = {}
    for line, want, told in zip(lines, wants, run(program, "decode", lines)):
        found = json.loads(told) if told.startswith("{") else told.split()[0]
        if found != want:
            fail("of " + line.decode(), f"expected {want}", f"found    {told}")
        verdict = found if isinstance(found, str) else "taken"
        seen[verdict] = seen.get(verdict, 0) + 1
    return schemas, seen


def history(record_type):
    """Every text of a type that a release has written with, oldest first; the last is today's."""
    stem = {"trade": "trade_event", "agreement": "agreement"}[record_type]
    past = sorted((TESTS.parent / "schemas" / "history").glob(f"{stem}.*.avsc"), key=lambda p: int(p.name.split(".")[1]))
    assert [int(p.name.split(".")[1]) for p in past] == list(range(1, len(past) + 1)), f"history has gaps: {past}"
    return [json.loads(p.read_text()) for p in past] + [SCHEMAS[record_type]]


def judge_history(program, good):
    """What any release has written is read by us, and what we write by any release; a field is only ever added, nullable, with a default."""
    count = 0
    for record_type in SCHEMAS:
        texts = history(record_type)
        for older, newer in zip(texts, texts[1:]):
            before, after = ({f["name"]: f for f in s["fields"]} for s in (older, newer))
            for name, field in before.items():
                if {k: v for k, v in field.items() if k != "doc"} != {k: v for k, v in after.get(name, {}).items() if k != "doc"}:
                    fail(f"field {name} of {record_type} is not what it was")
            for name in after.keys() - before.keys():
                if after[name]["type"][0] != "null" or after[name].get("default", 0) is not None:
                    fail(f"field {name} of {record_type} was added, and is not nullable with the default null")
        events = [e for e in good if e["type"] == record_type and e.get("id") is not None][:200]
        for number, text in enumerate(texts, 1):
            names = {f["name"] for f in text["fields"]}
            lines, wants = [], []
            for e in events:
                e = {k: v for k, v in e.items() if k in names or k == "type"}
                written = io.BytesIO()
                fastavro.schemaless_writer(written, fastavro.parse_schema(copy.deepcopy(text)), {k: v for k, v in datum_of(e).items() if k in names})
                lines.append(f"{record_type}\t{json.dumps(text)}\t{written.getvalue().hex()}".encode())
                wants.append(wanted(e))
            for line, want, told in zip(lines, wants, run(program, "decode", lines)):
                if not told.startswith("{") or json.loads(told) != want:
                    fail(f"version {number} of {record_type}: {line.decode()}", f"expected {want}", f"found    {told}")
                count += 1
            today, then = fastavro.parse_schema(copy.deepcopy(SCHEMAS[record_type])), fastavro.parse_schema(copy.deepcopy(text))
            for e in events:                         # an older reader skips what it does not know
                written = io.BytesIO()
                fastavro.schemaless_writer(written, today, datum_of(e))
                read = fastavro.schemaless_reader(io.BytesIO(written.getvalue()), today, then)
                if {k: plain(v) for k, v in read.items()} != {k: v for k, v in datum_of(e).items() if k in names}:
                    fail(f"version {number} of {record_type} reads today's {json.dumps(e)} as {read}")
                count += 1
    return count


def judge_fingerprints(program, schemas):
    """fastavro writes the 8 bytes as they stand in a single-object header, lowest first."""
    for schema, told in zip(schemas, run(program, "fingerprint", [s.encode() for s in schemas])):
        want = bytes.fromhex(fingerprint(to_parsing_canonical_form(json.loads(schema)), "CRC-64-AVRO"))[::-1].hex()
        if told != want:
            fail(f"fingerprint of {schema}", f"expected {want}", f"found    {told}")


def writable(e):
    """Can Avro say it? Its amounts, days and symbols have to be some."""
    try:
        datum_of(e)
    except (oracle.Invalid, ValueError, decimal.InvalidOperation):
        return False
    return True


def main():
    program, number = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    seed = sys.argv[3] if len(sys.argv) > 3 else "1"
    rng = random.Random(f"avro {seed}")
    good = []
    for kind in ("mixed", "hostile"):
        for line in records.records(seed, number // 2, kind=kind):
            try:
                oracle.read(line.decode("utf-8", "surrogateescape"))
            except oracle.Invalid:
                continue
            good.append(json.loads(line))
    count = judge_written(program, good)
    events = [e if rng.random() > 1 / 6 else spoil(rng, e) for e in good]
    schemas, seen = judge_read(program, rng, [e for e in events if writable(e)])
    schemas += [json.dumps(s) for t in SCHEMAS for s in history(t)]
    passed = judge_history(program, good)
    judge_fingerprints(program, schemas)
    for refusal in ("taken", "BAD_TEXT", "BAD_GRADE", "BAD_VERSION", "BAD_VALUE", "BAD_PERIOD", "BAD_FIELD"):
        assert seen.get(refusal), f"no record was {refusal}: {seen}"
    print(f"{passed} records between versions of the schemas; {count} records read by fastavro, {sum(seen.values())} read of it under as many schemas: {seen}")


if __name__ == "__main__":
    main()
