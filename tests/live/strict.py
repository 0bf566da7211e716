"""What must become of a message's bytes: Avro read by the letter of its specification, the record judged by the oracle. No code of ours.

    judge("trade", value, timestamp_ms) -> ({"BAD_AVRO"}, None), or (None, the record as a line of JSON)

Two refusals in the set: either is true (a moment after the year 9999 is both no moment and in the future).
"""
import datetime as dt, json

import wire
from world import oracle

MOST = 65536                                         # bytes of a record
DAY_MS = 86400000
KINDS = {fingerprint: kind for kind, fingerprint in wire.FINGERPRINTS.items()}


class Bad(Exception):
    """No datum of the schema."""


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if not 0 <= count <= len(self.data) - self.at:
            raise Bad
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, bits=64):
        n = 0
        for i in range(10):
            byte = self.take(1)[0]
            n |= (byte & 0x7F) << 7 * i
            if byte < 0x80:
                break
        else:
            raise Bad
        if n >> 64:
            raise Bad
        n = n >> 1 ^ -(n & 1)
        if not -2 ** (bits - 1) <= n < 2 ** (bits - 1):
            raise Bad
        return n

    def one_of(self, what):
        n = self.number()
        if not 0 <= n < len(what):
            raise Bad
        return what[n]

    def blocks(self, item):
        out = []
        while count := self.number():
            size = self.number() if count < 0 else None
            begin = self.at
            for _ in range(abs(count)):
                out.append(item())
            if size is not None and self.at - begin != size:
                raise Bad
        return out

    def value(self, schema):
        if isinstance(schema, list):
            return self.value(self.one_of(schema))
        form = schema["type"] if isinstance(schema, dict) else schema
        if form == "null":
            return None
        if form in ("int", "long"):
            return self.number(32 if form == "int" else 64)
        if form in ("bytes", "string"):
            return self.take(self.number())
        if form == "enum":
            return self.one_of(schema["symbols"])
        if form == "array":
            return self.blocks(lambda: self.value(schema["items"]))
        if form == "map":
            return self.blocks(lambda: (self.value("string"), self.value(schema["values"])))
        assert form == "record", form
        return {f["name"]: self.value(f["type"]) for f in schema["fields"]}


# ---- as JSON ---------------------------------------------------------------------------------------------------------
class Name(str):
    """Of an attribute; a name that stands twice stands twice in JSON, too."""
    __hash__, __eq__ = object.__hash__, object.__eq__


def _text(raw):
    """Bytes that are no UTF-8 stay what they are, as in a file."""
    return raw.decode("utf-8", "surrogateescape")


def form(schema, v):
    if isinstance(schema, list):
        return None if v is None else form(schema[1], v)
    logical = schema.get("logicalType") if isinstance(schema, dict) else None
    kind = schema["type"] if isinstance(schema, dict) else schema
    if logical == "decimal":
        number = int.from_bytes(v, "big", signed=True)
        if number.bit_length() > 400:                # far beyond every amount
            number = 10 ** 100
        digits = str(abs(number)).rjust(schema["scale"] + 1, "0")
        return ("-" if number < 0 else "") + digits[:-schema["scale"]] + "." + digits[-schema["scale"]:]
    if logical in ("date", "timestamp-millis"):
        try:
            at = wire.EPOCH + (dt.timedelta(days=v) if logical == "date" else dt.timedelta(milliseconds=v))
        except OverflowError:
            return "never"
        return at.date().isoformat() if logical == "date" else at.isoformat(timespec="milliseconds") + "Z"
    if kind == "record":
        return {f["name"]: form(f["type"], v[f["name"]]) for f in schema["fields"]}
    if kind == "array":
        return [form(schema["items"], x) for x in v]
    if kind == "map":
        return {Name(_text(k)): form(schema["values"], x) for k, x in v}
    return _text(v) if kind == "string" else v


# ---- the judgement -------------------------------------------------------------------------------------------------------
def _days(values):
    """The days that may not be in the future."""
    if "signed_on" in values:
        return [] if values["status"] == "PLANNED" or values["signed_on"] is None else [values["signed_on"]]
    days = [] if values["occurred_at"] is None else [(values["occurred_at"] + DAY_MS // 3) // DAY_MS]
    return days + [d for d in [values["period_end"]] if d is not None]


def judge(kind, value, timestamp):
    value = value or b""
    if len(value) > MOST:
        return {"TOO_LARGE"}, None
    if len(value) >= 5 and value[0] == 0:            # a schema id, and there is no registry
        return {"BAD_SCHEMA"}, None
    if len(value) < 10 or value[:2] != b"\xc3\x01":
        return {"BAD_FRAME"}, None
    if KINDS.get(value[2:10]) != kind:
        return {"BAD_SCHEMA"}, None
    reader = Reader(value[10:])
    try:
        values = reader.value(wire.SCHEMAS[kind])
    except Bad:
        return {"BAD_AVRO"}, None
    if reader.at != len(reader.data):
        return {"BAD_AVRO"}, None
    codes, last = set(), (timestamp + DAY_MS // 3) // DAY_MS + 1
    if any(last < day <= oracle.LAST_DAY for day in _days(values)):
        return {"FUTURE"}, None
    if any(day > oracle.LAST_DAY for day in _days(values)):
        codes.add("FUTURE")
    line = json.dumps({"type": kind} | {k: v for k, v in form(wire.SCHEMAS[kind], values).items() if v is not None}, ensure_ascii=False)
    try:
        oracle.read(line)
    except oracle.Invalid as bad:
        return codes | {str(bad)}, None
    return None, line.encode()
