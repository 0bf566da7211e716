#!/usr/bin/env python3
"""Line for line the same verdict as the oracle's: refusal, or key, id and canonical text.

    compare_explain.py PROGRAM [--count N] [--seed N]

Half of the lines come from records.py, the others are hostile: valid records of which one or two places are spoiled, in their bytes, their JSON
or the values of their fields. The first line about which the two differ is told, with both verdicts."""
import argparse, collections, json, pathlib, random, subprocess, sys, tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "support")]
import oracle
import records

LINE_MOST = 65536

TRADE = {
    "id": '"a:1"', "version": "7", "grade": '"FINAL"', "bound": '"ABOUT"', "status": '"ACTIVE"', "value": '"12.34"', "currency": '"CNY"',
    "published_at": '"2024-01-31T08:00:00Z"', "title": '"t"', "source": '{"name":"n","url":"u"}', "attributes": '{"a":"b","c":null}',
    "scope": '"PART"', "province": '"CN-LN"', "province_area": '"370300"', "partner": '"RU"', "partner_area": '"RU-BU"', "flow": '"EXPORT"',
    "commodity": '"8703"', "quantity": '"1.5"', "unit": '"TNE"', "growth": '"+1%"'}
TRANSACTION = {"type": '"trade"', "basis": '"TRANSACTION"', "occurred_at": '"2024-01-31T23:59:59.999999999-23:59"', **TRADE}
STATISTIC = {"type": '"trade"', "basis": '"STATISTIC"', "period_start": '"2023-01-01"', "period_end": '"2023-09-30"', **TRADE}
AGREEMENT = {"type": '"agreement"', **{k: TRADE[k] for k in oracle.COMMON if k in TRADE}, "status": '"IN_FORCE"', "kind": '"MOU"',
             "provinces": '["CN-LN","CN-HL"]', "partners": '["RU","KZ"]', "areas": '["RU-BU","370300"]', "parties": '["x","a,b|c\\\\"]',
             "sectors": '["timber","e-commerce"]', "signed_on": '"2024-02-29"'}
NEEDED = {"type", "basis", "province", "partner", "flow", "occurred_at", "period_start", "period_end", "value", "currency", "kind", "provinces",
          "partners", "signed_on"}
EVERY_FIELD = sorted(set(TRANSACTION) | set(STATISTIC) | set(AGREEMENT))

NUMBERS = """0 -0 1 -1 00 01 -01 1. .5 -.5 1.0 1e0 1E+5 1e-5 1e 1e+ 1e307 9.99e307 1e308 1.7e308 1e309 1e400 -1e400 1e-400 0e400 0.0e9 0.1e308 0.01e310
 9007199254740991 9007199254740992 9223372036854775807 9223372036854775808 -9223372036854775808 -9223372036854775809 99999999999999999999
 123456789012345678901234567890 1.5 +1 0x10 1_000 NaN Infinity -Infinity nan - -- 1-1 0.""".split() + ["1" * 308 + ".5", "1" * 309 + ".5", "0." + "0" * 400 + "1e700"]
NUMBERS += ["9" * 40 + "e268", "9." + "9" * 40 + "e307"]    # less than 10^308, if nothing is rounded
NUMBERS += [f"{digits}e{exponent}" for digits in ("0", "0.0", "1", "-1.5") for exponent in (10 ** 6, -10 ** 6, 10 ** 18, 10 ** 30, -10 ** 30)]
WORDS = ["null", "true", "false", "nul", "True", "None", "undefined", "[]", "{}", "[null]", '[""]', '[1]', '["a","a"]', '[["a"]]', '{"name":1}',
         '{"name":null}', '{"url":{}}', '{"nam":"x"}', '{"name":"a","name":"b"}', '{"a":1}', '{"a":null,"b":"c"}', '{"":"x"}', '{"":null}', '{"\\u0000":"x"}',
         '{"a":"\\u0000"}', "''", '"', '"a', "[", "{", "[1,]", "[,1]", '{"a":}', '{"a"}', '{"a":1,}', "{a:1}", '{"x":{"y":1,"y":2}}', '[{"y":1,"y":2}',
         r'{"\ud83d":"x","?":"y"}', r'{"\ud83d\u0041":"x","\ud83dA":"y"}', r'{"\ud83d":"x","\uD83D":"y"}', r'{"\ude00":"x","\ud83d":"y"}', r'{"\ud83d\u0041":"","\ud83d\u0441":""}',
         r'{"\ud83d\ude00":"x","\uD83D\uDE00":"y"}', r'{"a\u0000":"x","a\u0000":"y"}', r'{"\\ud83d":"x","\\\ud83d":"y"}', r'{"\u00e9":"x","é":"y"}', '{"a":"b"\v}', '[\f]']
TEXTS = ["", " ", "a", "A", "CN", "cn-ln", "CN-LN ", "RU", "ru", "XX", "ALL", "UNKNOWN", "FINAL", "PRESS", "EXACT", "SIGNED", "ACTIVE", "RETRACTED", "PLANNED",
         "WHOLE", "PART", "TRANSACTION", "STATISTIC", "EXPORT", "TOTAL", "trade", "agreement", "CNY", "JPY", "KWD", "CLF", "XTS", "cny", "TNE", "2N", "T", "TNES", "tne",
         "12", "123", "870323", "8517130000", "851713000011", "8７", "٣٤", "0", "1", "00", "1.", ".1", "1.0", "+1", "-1", "1e3", "1,000", " 1", "1 ", "١",
         "0.001", "0.0001", "0.00001", "1.230000000", "1.2300000000", "999999999999999.99", "1000000000000000", "99999999999999999", "100000000000000000",
         "999999999999999999", "1000000000000000000", "9999999999999.9999", "99999999999999.999", "x" * 128, "x" * 129, "é" * 64, "é" * 65, "!", "~", "\x7f",
         "x" * 256, "x" * 257, "é" * 128, "x" * 1024, "x" * 1025, "é" * 512, "é" * 513, "x" * 2048, "x" * 2049, "a\nb", "a\0b", "\0", "\u2028", "\ufeffa", "\U0001f6a2",
         "AB", "A" * 12, "A" * 13, "A-", "a-b", "a" * 32, "a" * 33, "a_b"]
DAYS = """2024-02-29 2023-02-29 2100-02-29 2000-02-29 0000-01-01 0001-01-01 0001-12-31 1969-12-31 1970-01-01 9999-12-31 10000-01-01 2024-1-1 2024-13-01
 2024-00-10 2024-01-00 2024-01-32 2024-04-31 20240131 2024-01-31T00:00:00Z +2024-01-01 2024-01-3١ 2024/01/31""".split() + ["2024-01-31 ", "2024-01-31\n", " 2024-01-31"]
INSTANTS = """2024-01-31T08:00:00Z 2024-01-31t08:00:00z 2024-01-31T08:00Z 2024-01-31T24:00:00Z 2024-01-31T23:60:00Z 2024-01-31T23:59:60Z 2024-01-31T23:59:59
 2024-01-31T23:59:59.Z 2024-01-31T23:59:59.1Z 2024-01-31T23:59:59.999Z 2024-01-31T23:59:59.9999Z 2024-01-31T23:59:59.123456789Z 2024-01-31T23:59:59.1234567890Z
 2024-01-31T23:59:59+08:00 2024-01-31T23:59:59-00:00 2024-01-31T23:59:59+23:59 2024-01-31T23:59:59-23:59 2024-01-31T23:59:59+24:00 2024-01-31T23:59:59+08:60
 2024-01-31T23:59:59+0800 2024-01-31T23:59:59+08 0001-01-01T00:00:00+23:59 0001-01-01T00:00:00Z 0000-12-31T23:59:59-23:59 1970-01-01T00:00:00+08:00
 1969-12-31T15:59:59.999Z 1969-12-31T16:00:00Z 1969-12-31T23:59:59.9995Z 9999-12-31T15:59:59.999Z 9999-12-31T16:00:00Z 9999-12-31T23:59:59-23:59
 2023-02-29T00:00:00Z 2024-02-29T00:00:00Z 2024-01-31_08:00:00Z 2024-01-31T08:00:00ZZ 2024-01-31T8:00:00Z""".split() + \
    ["2024-01-31 08:00:00Z", "2024-01-31T08:00:00Z\n", "2024-01-31T08:00:00 Z", "2024-01-31T08:00:0٣Z"]
ESCAPES = [r"\u0041", r"\u0000", r"\ud83d\ude00", r"\ud83d", r"\ude00", r"\ude00\ud83d", r"\ud83d\u0041", r"\ud83d\ud83d\ude00", r"\ud83dx", r"\ud83d\n", r"\uD83D\uDE00", r"\u12", r"\u12g4",
           r"\u+123", r"\ud83d\u12", r"\x41", r"\'", r"\/", r"\b\f\n\r\t", r"\"", "\\", r"\\", r"\U0041", r"\u00e9", r"\uffff"]
RAW = [b"\xff", b"\xfe", b"\x80", b"\xc0\x80", b"\xc1\xbf", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xed\x9f\xbf", b"\xf0\x80\x80\x80", b"\xf4\x8f\xbf\xbf", b"\xf4\x90\x80\x80",
       b"\xf8\x88\x80\x80\x80", b"\xe4\xb8", b"\xe4", b"\xf0\x9f\x9a", b"\x00", b"\x01", b"\x1f", b"\x7f", b"\xc2\x9b", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"\xc2\x85", b"\xc2\xa0",
       b"\t", b"\r", b"\x0b", b"\x0c", b" ", b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"0", b"-", b"e", b"/**/", b"//"]


def quoted(rng, text):
    return json.dumps(text, ensure_ascii=rng.random() < 0.3)


def listed(rng, allowed):
    count = rng.choice([0, 1, 2, 3, 34, 35, 36, 63, 64, 65, 66, 300])
    items = [rng.choice(allowed) for _ in range(count)] if rng.random() < 0.3 else list(dict.fromkeys(rng.sample(allowed, min(count, len(allowed)))))
    return "[" + ",".join(quoted(rng, x) for x in items) + "]"


def nested(rng):
    depth = rng.choice([1, 2, 3, 60, 64, 65, 200, 400, 3000, 15000])
    left, right = rng.choice([("[", "]"), ('{"a":', "}"), ('[{"b":', "}]"), ('{"a":1,"a":', "}")])
    return left * depth + "1" + right * rng.choice([depth, depth, depth, depth - 1, depth + 1])


def many(rng):
    count = rng.choice([1, 63, 64, 65, 66, 200, 3000])
    names = [f"k{i}" for i in range(count)] + rng.choice([[], [], ["k0"], [""], ["\0"], ["x" * 128], ["x" * 129], ["é" * 65]])
    return "{" + ",".join(quoted(rng, n) + ":" + rng.choice(['""', '"v"', "null", "1"] if rng.random() < 0.05 else ['"v"']) for n in names) + "}"


LISTS = {"provinces": sorted(oracle.PROVINCES), "partners": sorted(oracle.PARTNERS), "areas": [f"A-{i}" for i in range(400)], "parties": [f"p,{i}|\\" for i in range(400)],
         "sectors": [f"s{i}" for i in range(400)]}


def value(rng, field):
    """The text of a value that this field may or may not have."""
    how = rng.random()
    if field in LISTS and how < 0.5:
        items = LISTS[field] if rng.random() < 0.6 else LISTS[field] + TEXTS
        return listed(rng, items)
    if field in ("attributes", "source") and how < 0.3:
        return many(rng)
    if field.startswith("period") or field == "signed_on":
        pool = DAYS if how < 0.7 else TEXTS
    elif field.endswith("_at"):
        pool = INSTANTS if how < 0.7 else TEXTS
    else:
        pool = TEXTS if how < 0.8 else DAYS + INSTANTS
    how = rng.random()
    if how < 0.62:
        return quoted(rng, rng.choice(pool))
    if how < 0.72:
        return '"' + rng.choice(["", "a"]) + rng.choice(ESCAPES) + rng.choice(["", "b"]) + '"'
    if how < 0.84:
        return rng.choice(NUMBERS)
    return nested(rng) if how > 0.98 else rng.choice(WORDS)


def members(rng):
    base = rng.choice([TRANSACTION, STATISTIC, AGREEMENT])
    fields = {k: v for k, v in base.items() if k in NEEDED or rng.random() < 0.3}
    if rng.random() < 0.1:
        fields.pop(rng.choice(list(fields)))
    for _ in range(rng.choice([0, 1, 1, 1, 1, 2, 3])):
        name = rng.choice(list(base) * 4 + EVERY_FIELD)
        fields[name] = value(rng, name)
    pairs = list(fields.items())
    for name in ("value", "quantity"):               # amounts in each currency's own minor units
        if rng.random() < 0.05 and name in fields:
            pairs += [("currency", quoted(rng, rng.choice(["CNY", "JPY", "KWD", "CLF", "UYW"])))] if "currency" not in fields else []
    how = rng.random()
    if how < 0.04:
        pairs.append((rng.choice(list(fields) + ["zzz"]), value(rng, "title")))       # perhaps twice
    elif how < 0.06:
        pairs.append((rng.choice(["Type", "", "\0", "typ\u0065", "x" * 40, "curency", "提", "\ud800"]), value(rng, "title")))
    if rng.random() < 0.3:
        rng.shuffle(pairs)
    return pairs


def hostile(rng):
    comma, colon = rng.choice([(",", ":"), (",", ":"), (", ", ": "), (" ,\t", "\r: ")])
    name = lambda n: json.dumps(n) if rng.random() < 0.95 else '"' + "".join(f"\\u{ord(c):04x}" for c in n) + '"'
    line = ("{" + comma.join(name(k) + colon + v for k, v in members(rng)) + "}").encode()
    for _ in range(rng.choice([0] * 8 + [1, 1, 2])):
        at, how = rng.randrange(len(line) + 1), rng.random()
        if how < 0.6:
            line = line[:at] + rng.choice(RAW) + line[at:]
        elif how < 0.8:
            line = line[:at] + line[at + rng.randint(1, 3):]
        elif how < 0.9:
            line = line[:at]
        else:
            line = line[:at] + bytes([rng.randrange(256)]) + line[at + 1:]
    if rng.random() < 0.02:
        line = rng.choice([b"null", b"1", b"[]", b'"a"', b"{}", b"", b" \t\r", b"\xc2\xa0", b"{", b"[" + line + b"]", line + line, line + b" \r", b" " + line, b"\xef\xbb\xbf" + line])
    if rng.random() < 0.01:
        line += rng.choice([b"", b" "]) + rng.choice([b'"', b'"x', b"t", b"tru", b"nul", b"-", b"1", b",", b"]", b"}", b"{", b"\0", b"\x0b", b"\x0c", b"\x0b\xff", b"\\", b"/"])
    return line.replace(b"\n", b" ")[:LINE_MOST]


def batch(seed, count):
    rng = random.Random(f"explain {seed}")
    kinds = ["mixed", "statistics", "agreements", "transactions", "hostile"]
    lines = [hostile(rng) for _ in range(count // 2)]
    for i, kind in enumerate(kinds):
        lines += [x.rstrip(b"\n") for x in records.records(seed * 10 + i, count // 2 // len(kinds), kind=kind)]
    rng.shuffle(lines)
    return lines


def verdicts_of_oracle(path):
    out = []
    for number, line in oracle.lines(path):
        try:
            r = oracle.read(line)
            verdict = f"key={oracle.kafka_key(r)} id={r['id']} {oracle.canonical(r)}"
        except oracle.Invalid as bad:
            verdict = str(bad)
        out.append((number, f"{path}:{number} {verdict}".encode()))
    return out


def verdicts_of_program(program, path):
    done = subprocess.run([program, path], stdout=subprocess.PIPE)
    if done.returncode != 0:
        sys.exit(f"{program} ended with {done.returncode}")
    return done.stdout


def compare(lines, want, have, path):
    """Walks along what the program said; a canonical text may hold line ends."""
    at = 0
    for number, expected in want:
        end = at + len(expected)
        if not have.startswith(expected, at) or have[end:end + 1] != b"\n":
            sys.exit(f"they differ\n  line   {lines[number - 1][:600]!r}\n  oracle {expected[:400]!r}\n  tally  {have[at:at + 400]!r}")
        at = end + 1
    if at != len(have):
        sys.exit(f"more than the oracle says: {have[at:at + 400]!r}")


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("program")
    ap.add_argument("--count", type=int, default=110000)
    ap.add_argument("--seed", type=int, default=1)
    a = ap.parse_args()
    lines = batch(a.seed, a.count)
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/lines.ndjson"
        with open(path, "wb") as f:
            f.write(b"\n".join(lines))
        want, have = verdicts_of_oracle(path), verdicts_of_program(a.program, path)
        compare(lines, want, have, path)
    counts = collections.Counter(v.split(b" ")[1].decode() if v.count(b" ") == 1 else "valid" for _, v in want)
    print(f"{len(want)} lines, the same verdict on each:", ", ".join(f"{k} {n}" for k, n in sorted(counts.items())))
    missing = {"BAD_JSON", "BAD_TYPE", "BAD_FIELD", "BAD_TEXT", "TOO_LARGE", "BAD_ID", "BAD_SECTOR", "BAD_KIND", "valid"} - set(counts)
    if missing and a.count >= 100000:
        sys.exit(f"no line had the verdict {missing}")


if __name__ == "__main__":
    main()
