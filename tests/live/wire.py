"""Messages as another client would write and read them: fastavro, no code of ours."""
import datetime as dt, io, json, struct

import fastavro

from world import ROOT, oracle

EPOCH = dt.datetime(1970, 1, 1)
SCHEMAS, FINGERPRINTS = {}, {}
for topic, kind, file in (("trade-events", "trade", "trade_event"), ("agreements", "agreement", "agreement")):
    text = json.loads((ROOT / "schemas" / f"{file}.avsc").read_text())
    SCHEMAS[kind] = fastavro.parse_schema(text)
    FINGERPRINTS[kind] = bytes.fromhex(fastavro.schema.fingerprint(fastavro.schema.to_parsing_canonical_form(text), "CRC-64-AVRO"))   # little-endian
TOPIC_OF = {"trade": "trade-events", "agreement": "agreements"}
KIND_OF = {t: k for k, t in TOPIC_OF.items()}


class Unsayable(Exception):
    """Avro has no such value."""


# ---- JSON form -> Avro --------------------------------------------------------------------------------------------------
def decimal_bytes(text, scale):
    whole, _, rest = text.partition(".")
    if not (whole + rest).lstrip("-").isdigit() or len(rest.rstrip("0")) > scale:
        raise Unsayable
    number = int(whole + rest.rstrip("0").ljust(scale, "0"))
    return number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True)


def value_of(schema, v):
    if isinstance(schema, list):                     # ["null", T]
        return None if v is None else value_of(schema[1], v)
    form = schema["type"] if isinstance(schema, dict) else schema
    logical = schema.get("logicalType") if isinstance(schema, dict) else None
    try:
        if logical == "decimal":
            return decimal_bytes(v, schema["scale"]) if isinstance(v, str) else unsayable()
        if logical == "date":
            return oracle.day_of(v, "BAD_TIME")
        if logical == "timestamp-millis":
            return oracle.instant_ms(v, "BAD_TIME")
    except (oracle.Invalid, TypeError):
        raise Unsayable
    if form == "enum":
        return v if v in schema["symbols"] else "UNKNOWN"
    if form == "array":
        return [value_of(schema["items"], x) for x in v or []] if isinstance(v or [], list) else unsayable()
    if form == "map":
        return {k: value_of(schema["values"], x) for k, x in (v or {}).items()} if isinstance(v or {}, dict) else unsayable()
    if form == "record":
        known = {f["name"] for f in schema["fields"]}
        if not isinstance(v, dict) or not set(v) <= known:
            raise Unsayable
        return {f["name"]: value_of(f["type"], v.get(f["name"])) for f in schema["fields"]}
    if form == "string":
        return v if isinstance(v, str) else "" if v is None else unsayable()
    if form == "long":
        return v if type(v) is int else unsayable()
    raise AssertionError(form)


def unsayable():
    raise Unsayable


def datum(r):
    """The fields of a record in JSON form as the schema's values; Unsayable when Avro can't say them."""
    kind = r.get("type")
    if kind not in SCHEMAS:
        raise Unsayable
    return value_of(SCHEMAS[kind], {k: v for k, v in r.items() if k != "type"})


def value_bytes(schema, values):
    out = io.BytesIO()
    fastavro.schemaless_writer(out, schema, values)
    return out.getvalue()


def body(kind, values):
    return value_bytes(SCHEMAS[kind], values)


def single_object(kind, avro_body):
    return b"\xc3\x01" + FINGERPRINTS[kind] + avro_body


def confluent(schema_id, avro_body):
    return struct.pack(">bI", 0, schema_id) + avro_body


def with_id(line):
    """A valid line as a record in JSON form; a missing id is derived, as every producer has to."""
    return json.loads(line) | {"id": oracle.read(line.decode())["id"]}


def message(line):
    """A valid line -> (topic, value)."""
    r = with_id(line)
    return TOPIC_OF[r["type"]], single_object(r["type"], body(r["type"], datum(r)))


def former_message(line):
    """The same, as the release before wrote it: with the newest text of schemas/history/."""
    r = with_id(line)
    stem = {"trade": "trade_event", "agreement": "agreement"}[r["type"]]
    text = json.loads(max((ROOT / "schemas" / "history").glob(f"{stem}.*.avsc"), key=lambda p: int(p.name.split(".")[1])).read_text())
    known, out = {f["name"] for f in text["fields"]}, io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(text), {k: v for k, v in datum(r).items() if k in known})
    print_of = fastavro.schema.fingerprint(fastavro.schema.to_parsing_canonical_form(text), "CRC-64-AVRO")
    return TOPIC_OF[r["type"]], b"\xc3\x01" + bytes.fromhex(print_of) + out.getvalue()


# ---- Avro -> JSON form --------------------------------------------------------------------------------------------------
def text_of(schema, v):
    if isinstance(schema, list):
        return None if v is None else text_of(schema[1], v)
    logical = schema.get("logicalType") if isinstance(schema, dict) else None
    if logical == "decimal":
        number = int.from_bytes(v, "big", signed=True)
        digits = str(abs(number)).rjust(schema["scale"] + 1, "0")
        return ("-" if number < 0 else "") + digits[:-schema["scale"]] + "." + digits[-schema["scale"]:]
    if logical == "date":
        return (EPOCH + dt.timedelta(days=v)).date().isoformat()
    if logical == "timestamp-millis":
        return (EPOCH + dt.timedelta(milliseconds=v)).isoformat(timespec="milliseconds") + "Z"
    if isinstance(schema, dict) and schema["type"] == "record":
        return {f["name"]: text_of(f["type"], v[f["name"]]) for f in schema["fields"]}
    return v


def plainly(schema):
    """The same schema without logical types, so that fastavro hands over what the bytes say."""
    if isinstance(schema, list):
        return [plainly(s) for s in schema]
    if isinstance(schema, dict):
        return {k: plainly(v) if k in ("type", "items", "values", "fields") else v for k, v in schema.items() if not k.startswith(("logicalType", "__"))}
    return schema


PLAIN = {kind: fastavro.parse_schema(plainly(s), _force=True) for kind, s in SCHEMAS.items()}


def json_form(kind, values):
    """What the values say, as a record in JSON form; absent fields left out."""
    try:
        return {"type": kind} | {k: v for k, v in text_of(SCHEMAS[kind], values).items() if v is not None}
    except OverflowError:
        raise Unsayable


def read(kind, value):
    """A message's value -> the record in JSON form."""
    assert value[:10] == b"\xc3\x01" + FINGERPRINTS[kind], value[:10]
    stream = io.BytesIO(value[10:])
    values = fastavro.schemaless_reader(stream, PLAIN[kind])
    assert not stream.read(), "bytes after the datum"
    return json_form(kind, values)


def partition_of(key, partitions):
    """Java's: murmur2 of the key, made positive."""
    m, h = 0x5BD1E995, 0x9747B28C ^ len(key)
    whole = len(key) // 4 * 4
    for at in range(0, whole, 4):
        k = int.from_bytes(key[at:at + 4], "little") * m & 0xFFFFFFFF
        h = (h * m & 0xFFFFFFFF) ^ ((k ^ k >> 24) * m & 0xFFFFFFFF)
    if rest := key[whole:]:
        h = (h ^ int.from_bytes(rest, "little")) * m & 0xFFFFFFFF
    h = (h ^ h >> 13) * m & 0xFFFFFFFF
    return ((h ^ h >> 15) & 0x7FFFFFFF) % partitions
