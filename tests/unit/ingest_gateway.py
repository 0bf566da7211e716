#!/usr/bin/env python3
"""tally-ingest --listen without a Kafka: how bodies are read, what is refused, what a sender may do, and what hostile ones can't.

    ingest_gateway.py TALLY_INGEST [CASE...]
"""
import contextlib, gzip, http.client, io, json, os, pathlib, random, re, signal, socket, ssl, subprocess, sys, tempfile, threading, time

import fastavro

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "support"), str(ROOT / "tests" / "live")]
import oracle, programs, records
from cases import need, play

INGEST = sys.argv[1]
FIGURE = {"type": "trade", "basis": "STATISTIC", "province": "CN-LN", "partner": "RU", "flow": "IMPORT", "value": "40500000000", "currency": "CNY",
          "period_start": "2023-01-01", "period_end": "2023-12-31"}
DEAL = {"type": "trade", "basis": "TRANSACTION", "province": "CN-LN", "partner": "RU", "flow": "EXPORT", "value": "1.50", "currency": "CNY",
        "occurred_at": "2024-01-20T08:00:00+08:00", "id": "deal:1"}
MOU = {"type": "agreement", "kind": "MOU", "provinces": ["CN-QH"], "partners": ["RU"], "signed_on": "2023-03-31"}


class Gateway(programs.Gateway):
    """One that runs, and what is asked of it."""

    def __init__(self, *arguments, tls=None):
        super().__init__(INGEST, *arguments, tls=tls)

    def check(self, body, headers=None, query=""):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask("POST", "/v1/check" + query, body, headers or {"Content-Type": "application/json"})


def derived(record):
    return oracle.read(json.dumps(record))["id"]


def what_a_record_counts_as(g):
    """By hand: id, key, canonical text and parts of the three kinds of records."""
    status, _, told = g.check([FIGURE, DEAL, MOU, {**FIGURE, "commodity": "8703", "province_area": "370300", "scope": "PART"},
                               {**MOU, "provinces": ["CN-QH", "CN-LN"], "partners": ["RU", "KZ"]}, {**DEAL, "status": "RETRACTED"}])
    need(status == 200 and told["good"] == 6, told)
    figure, deal, mou, part, several, gone = told["records"]
    need(figure["id"] == derived(FIGURE) and figure["derived"] and figure["key"] == "CN-LN||RU|||WHOLE|2023" and figure["states"] == oracle.canonical(oracle.read(json.dumps(FIGURE))), figure)
    need(figure["counts_as"][0] == {"province": "CN-LN", "partner": "RU", "measure": "import.CNY", "amount": "40500000000.00", "from": "2023-01-01", "to": "2023-12-31"}, figure)
    need(deal["id"] == deal["key"] == "deal:1" and "derived" not in deal and deal["topic"] == "trade-events", deal)
    need({(p["measure"], p["amount"]) for p in deal["counts_as"]} == {("deals.export.CNY", "1.50"), ("deals.export.events", "1")}, deal)
    need(mou["topic"] == "agreements" and ("agreements.MOU", "1") in {(p["measure"], p["amount"]) for p in mou["counts_as"]}, mou)
    need({p.get("detail") for p in part["counts_as"]} == {"area:370300+hs:8703"}, part)
    need({"CN-QH", "CN-LN", "ALL"} == {p["province"] for p in several["counts_as"]} and {"RU", "KZ", "ALL"} == {p["partner"] for p in several["counts_as"]}, several)
    need(gone["counts_as"] == [], gone)
    wide = {**MOU, "provinces": sorted(oracle.PROVINCES - {"CN"})[:31], "partners": sorted(oracle.PARTNERS - oracle.GROUPS - {"CN"})[:60] if hasattr(oracle, "PARTNERS") else ["RU", "KZ", "US"], "sectors": ["rail"]}
    status, _, told = g.check([wide] * 300 + [{**MOU, "parties": [chr(1) * 120 + "x" * i for i in range(12)]}])
    need(status == 200 and told["good"] == 301 and told["records"][0]["counts_as_left_out"] > 0, told["records"][0])
    status, _, told = g.check(b"[" + b",".join([json.dumps(FIGURE).encode()] * 1001) + b"]")
    need(status == 413 and told["most"] == 1000, told)


def judged_as_the_oracle_judges(g):
    """Thousands of records, half of them broken, in arrays and as lines: each is refused for what the oracle refuses it, or has its identity."""
    c = g.connect()
    for kind, seed in (("mixed", 3), ("hostile", 4), ("agreements", 5)):
        world = records.World(seed)
        lines = [line for line in map(bytes.strip, subprocess.run([sys.executable, ROOT / "tests/support/records.py", "--seed", str(seed), "--count", "1500", "--kind", kind],
                                                                     capture_output=True, check=True).stdout.split(b"\n")) if line]
        want = []
        for line in lines:
            try:
                r = oracle.read(line.decode("utf-8", "surrogateescape"))
                want.append(("good", r["id"], oracle.kafka_key(r)))
            except oracle.Invalid as bad:
                want.append(("refused", str(bad)))
        for at in range(0, len(lines), 200):
            some, wanted = lines[at:at + 200], want[at:at + 200]
            # what spoils a line as JSON would spoil all lines of an array, or several of a body
            alone = [i for i, w in enumerate(wanted) if w[1] in ("BAD_JSON", "BAD_TEXT", "TOO_LARGE") or not some[i].endswith(b"}")]
            whole = [i for i in range(len(some)) if i not in alone]
            for group, body in ((whole, b"[" + b",".join(some[i] for i in whole) + b"]"), (whole, b"\n".join(some[i] for i in whole)), *(([i], some[i]) for i in alone)):
                status, _, told = g.ask("POST", "/v1/check", body, {"Content-Type": "application/json"}, connection=c)
                if len(group) == 1 and status == 400:
                    need(wanted[group[0]][0] == "refused", (body[:300], told))
                    continue
                have = [("good", r["id"], r["key"]) if r["status"] == "good" else ("refused", r["code"]) for r in told["records"]]
                # alone, two objects on a line are two records, as in a file
                need(status == 200 and (have == [wanted[i] for i in group] or len(group) == 1 and wanted[group[0]][1] == "BAD_JSON"), (status, [(h, wanted[i]) for h, i in zip(have, group) if h != wanted[i]][:3], len(have), len(group)))
    c.close()


def avros_own_json(g):
    """What fastavro writes as JSON of our schema is the same record, with ?type= for what the form has no place for."""
    import wire
    lines = subprocess.run([sys.executable, ROOT / "tests/support/records.py", "--seed", "8", "--count", "600"], capture_output=True, check=True).stdout.split(b"\n")
    count = 0
    for line in lines:
        try:
            r = oracle.read(line.decode("utf-8", "surrogateescape"))
            given = wire.with_id(line)
            datum = wire.datum(given)
        except (oracle.Invalid, wire.Unsayable):
            continue
        out = io.StringIO()
        schema = json.loads((ROOT / "schemas" / ("trade_event.avsc" if r["type"] == "trade" else "agreement.avsc")).read_text())
        fastavro.json_writer(out, fastavro.parse_schema(schema), [fastavro.schemaless_reader(io.BytesIO(wire.body(r["type"], datum)), wire.SCHEMAS[r["type"]])])
        status, _, told = g.check(out.getvalue().encode(), query=f"?type={r['type']}")
        need(status == 200 and told["good"] == 1, (told, out.getvalue()))
        need((told["records"][0]["key"], told["records"][0]["states"]) == (oracle.kafka_key(r), oracle.canonical(r)), (told, out.getvalue()))
        count += 1
    need(count > 300, f"only {count} records could be written")


def cloud_events(g):
    """Structured, in batches, and binary: the record is the event's data; what else an event says is its own affair."""
    event = {"specversion": "1.0", "id": "7", "source": "/scraper", "type": "org.example.trade", "datacontenttype": "application/json", "data": FIGURE}
    bare = {k: v for k, v in FIGURE.items() if k != "type"}
    rows = [
        ("application/cloudevents+json", event, {}, derived(FIGURE)),
        ("application/cloudevents+json; charset=UTF-8", {**event, "data": bare}, {}, derived(FIGURE)),
        ("application/cloudevents-batch+json", [event, event], {}, derived(FIGURE)),
        ("application/json", bare, {"ce-specversion": "1.0", "ce-type": "org.example.trade", "ce-id": "1", "ce-source": "x"}, derived(FIGURE)),
        ("application/cloudevents+json", {**event, "data": None}, {}, ("BAD_FIELD", "data")),
        ("application/cloudevents+json", {k: v for k, v in event.items() if k != "data"}, {}, ("BAD_FIELD", "data")),
        ("application/cloudevents+json", {**event, "data_base64": "e30="}, {}, ("BAD_FIELD", "data_base64")),
        ("application/cloudevents+json", {**event, "type": "x", "data": bare}, {}, ("BAD_TYPE", "type")),
        ("application/cloudevents+json", {**event, "data": {**FIGURE, "flow": "?"}}, {}, ("BAD_FLOW", "flow")),
        ("application/json", event, {}, ("BAD_TYPE", "type")),
    ]
    for kind, body, headers, want in rows:
        status, _, told = g.check(body, {"Content-Type": kind, **headers})
        need(status == 200, told)
        for r in told["records"]:
            have = r["id"] if r["status"] == "good" else (r["code"], r["field"])
            need(have == want, (kind, body, r))


def bodies_as_they_come(g):
    """What a person or a tool sends without thinking of it; and what is refused as a whole, by name."""
    text = json.dumps(FIGURE).encode()
    good = [
        (text, {}), (text, {"Content-Type": "application/x-www-form-urlencoded"}), (text + b"\n\n" + text + b"\r\n", {"Content-Type": "application/x-ndjson"}),
        (b"\xef\xbb\xbf[" + text + b"]", {"Content-Type": "application/json; charset=utf-8"}), (json.dumps(FIGURE, indent=2).encode() + text, {"Content-Type": "text/plain"}),
        (gzip.compress(text), {"Content-Encoding": "gzip"}), (gzip.compress(b"[" + text + b"]"), {"Content-Type": "application/gzip"}), (b" [ ]", {}),
    ]
    for body, headers in good:
        status, _, told = g.check(body, {"Content-Type": "application/json", **headers})
        need(status == 200 and told["refused"] == 0, (body, told))
    bad = [
        (b"", {}, 400, "empty"), (b" \n", {}, 400, "empty"), (b'[{"type":"trade"},,]', {}, 400, "at byte 19"), (b"[" + text, {}, 400, "too early"), (b"[" * 4000000, {}, 400, "too deep"), (b"[" + text + b"] x", {}, 400, "byte"),
        ("{}".encode("utf-16"), {}, 400, "UTF-16"), (b"a,b\n1,2\n", {}, 400, "CSV"), (text, {"Content-Type": "text/csv"}, 415, "map"), (text, {"Content-Type": "application/xml"}, 415, "media type"),
        (text, {"Content-Type": "application/json; charset=gbk"}, 415, "UTF-8"), (text, {"Content-Encoding": "br"}, 415, "gzip"), (text, {"Content-Encoding": "gzip"}, 400, "not packed"), (b"\x1f\x8b\x08" + text, {}, 400, "damaged"),
        (gzip.compress(text)[:-9], {"Content-Encoding": "gzip"}, 400, "too early"), (gzip.compress(b" " * (40 << 20)), {"Content-Encoding": "gzip"}, 413, "unpacked"),
        (b" " * (8 * 1024 * 1024 + 1), {}, 413, "too large"), (b"[" + b"{}," * 10000 + b"{}]", {}, 413, "too many records"),
    ]
    for body, headers, want, word in bad:
        status, _, told = g.check(body, {"Content-Type": "application/json", **headers})
        need(status == want and word in told["detail"], (body[:60], headers, status, told))
    got = g.raw(b"POST /v1/check HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20000000\r\nExpect: 100-continue\r\n\r\n", 3)
    need(got.startswith(b"HTTP/1.1 413 ") and b'"most":8388608' in got, got[:300])
    need(g.check(b'[{"type":"trade"},,]')[2]["byte"] == 19, "the byte is no member")
    need(g.check(b"[" + b"{}," * 10000 + b"{}]")[2]["most"] == 1000, "the most is no member")
    status, _, told = g.check(b'{"type":"trade"\n' + text)                             # one that is cut off spoils no other
    need((status, told["good"], [r["line"] for r in told["records"]]) == (200, 1, [1, 2]), told)


def tables_by_maps(g):
    """CSV and JSON of others by ?map=, as by --map: the same ids, refusals with column and cell, skipped rows counted; a map is a name, never a file."""
    for name, file, kind in (("comtrade-bulk", "comtrade-bulk.tsv", "text/csv"), ("comtrade", "comtrade.json", "application/json"), ("china-customs,flow=EXPORT", "china-customs.csv", "text/csv; charset=gb18030")):
        path = ROOT / "tests" / "maps" / file
        said = subprocess.run([INGEST, "check", "--ids", "--map", name, path], capture_output=True, text=True)
        want = [json.loads(line) for line in said.stdout.splitlines()]
        told_by_check = list(map(json.loads, said.stderr.splitlines()))
        end = next(s for s in told_by_check if s.get("event") == "checked")
        for body, headers in ((path.read_bytes(), {}), (gzip.compress(path.read_bytes()), {"Content-Encoding": "gzip"})):
            status, _, told = g.check(body, {"Content-Type": kind, **headers}, "?map=" + name)
            need(status == 200 and [(r["line"], r["id"]) for r in told["records"] if r["status"] == "good"] == [(w["line"], w["id"]) for w in want] and want, (name, status, told))
            need((told["good"], told["refused"], told.get("skipped", 0)) == (end["good"], end["refused"], end["skipped"]), (name, told, end))
            refused = [(r["line"], r["code"], r.get("column"), r.get("cell")) for r in told["records"] if r["status"] == "refused"]
            need(refused == [(s["line"], s["code"], s.get("column"), s.get("cell")) for s in told_by_check if "code" in s and "line" in s], refused)
    for name in ("./x", "../comtrade", "/etc/passwd", "nope", "", "comtrade-bulk,nope=1", "comtrade-bulk/x"):
        status, _, told = g.check(b"x", {"Content-Type": "text/csv"}, "?map=" + name)
        need(status == 400 and "root:" not in told["detail"], (name, status, told))


def wrong_questions(g):
    """A path, a method, a parameter that is none: told, with what there is."""
    need(g.ask("GET", "/nope")[0] == 404 and g.ask("GET", "/v1/codes/x")[0] == 404 and g.ask("GET", "/v1/schemas/x")[0] == 404, "not 404")
    status, headers, _ = g.ask("GET", "/v1/records")
    need(status == 405 and headers["Allow"] == "POST", headers)
    need(g.ask("DELETE", "/v1/codes/provinces")[1]["Allow"] == "GET, HEAD", "no Allow")
    for path in ("/v1/records?x=1", "/v1/records?validate=some", "/v1/records?type=x", "/v1/records?type=trade&type=trade", "/v1/codes/provinces?type=trade"):
        need(g.ask("POST" if "records" in path else "GET", path, b"{}" if "records" in path else None)[0] == 400, path)
    need(g.ask("GET", "/v1/codes%2Fprovinces%00")[0] == 400, "NUL is taken")
    status, headers, told = g.ask("HEAD", "/v1/codes/partners")
    need(status == 200 and told == b"" and int(headers["Content-Length"]) > 1000, "HEAD")


def facts(g):
    """Codes with names in both languages, schemas as they lie in the repository, the page, the counts."""
    provinces = {c["code"]: c for c in g.ask("GET", "/v1/codes/provinces")[2]["provinces"]}
    partners = {c["code"]: c for c in g.ask("GET", "/v1/codes/partners")[2]["partners"]}
    need(provinces["CN-LN"] == {"code": "CN-LN", "english": "Liaoning", "chinese": "辽宁"} and set(provinces) == set(oracle.PROVINCES) | {"CN"}, provinces)
    need(partners["RU"]["chinese"] == "俄罗斯" and "ASEAN" in partners, partners["RU"])
    need("CNY" in {c["code"] for c in g.ask("GET", "/v1/codes/currencies")[2]["currencies"]} and "TNE" in {c["code"] for c in g.ask("GET", "/v1/codes/units")[2]["units"]}, "codes")
    need("BAD_FLOW" in {c["code"] for c in g.ask("GET", "/v1/codes/refusals")[2]["refusals"]}, "refusals")
    for name, file in (("trade", "trade_event"), ("agreement", "agreement")):
        need(g.ask("GET", f"/v1/schemas/{name}")[2] == json.loads((ROOT / "schemas" / f"{file}.avsc").read_text()), name)
    need({s["type"] for s in g.ask("GET", "/v1/schemas")[2]["schemas"]} == {"trade", "agreement"}, "schemas")
    status, headers, page = g.ask("GET", "/")
    need(status == 200 and b"/page.js" in page and "default-src 'none'" in headers["Content-Security-Policy"] and b"http" not in page.lower().replace(b"https://", b""), headers)
    need(g.ask("GET", "/page.js")[0] == g.ask("GET", "/page.css")[0] == 200, "the page's parts")
    need(b"tally_ingest_requests_total" in g.ask("GET", "/metrics")[2], "metrics")
    need(g.ask("GET", "/openapi.json")[2]["openapi"].startswith("3.1"), "openapi")


def no_kafka(g):
    """Nobody waits for more than five seconds; what is unknown is told to be sent again, what is refused is refused at once."""
    before = time.monotonic()
    status, headers, told = g.ask("POST", "/v1/records", json.dumps([FIGURE, {**FIGURE, "flow": "?"}]))
    need(4 < time.monotonic() - before < 8 and status == 503 and int(headers["Retry-After"]) > 0, (time.monotonic() - before, told))
    need([r["status"] for r in told["records"]] == ["unknown", "refused"] and told["records"][0]["retry"] is True, told)
    before = time.monotonic()
    status, _, told = g.ask("POST", "/v1/records", json.dumps({**FIGURE, "flow": "import"}))
    need(status == 422 and told["records"][0]["hint"] == "IMPORT" and time.monotonic() - before < 2, told)
    status, _, told = g.ask("POST", "/v1/records?validate=all", json.dumps([FIGURE, {**FIGURE, "flow": "?"}]))
    need(status == 422 and [r["status"] for r in told["records"]] == ["good", "refused"], told)
    status, _, told = g.ask("GET", "/health")
    need(status == 503 and "127.0.0.1:1" not in told["detail"], told)


def a_stop_answers_those_who_wait(g):
    """SIGTERM: who waits for Kafka is answered, nobody new is let in, the exit code is 0."""
    answers = []
    waits = threading.Thread(target=lambda: answers.append(g.ask("POST", "/v1/records", json.dumps(FIGURE))))
    waits.start()
    time.sleep(0.7)
    g.process.terminate()
    waits.join()
    need(answers and answers[0][0] == 503 and answers[0][2]["unknown"] == 1, answers)
    need(g.process.wait(10) == 0, "its exit code")


def what_kafka_will_never_take(_):
    """A message over message.max.bytes is refused, and is not to be sent again."""
    with Gateway("-X", "message.max.bytes=1000") as g:
        status, _, told = g.ask("POST", "/v1/records", json.dumps([{**FIGURE, "attributes": {f"a{i}": "x" * 900 for i in range(20)}}]))
        need(status == 422 and told["records"][0]["code"] == "TOO_LARGE" and "retry" not in told["records"][0], told)


def a_stop_lets_answers_be_taken(g):
    """A large answer that is on its way when SIGTERM comes arrives whole."""
    with socket.create_connection(("127.0.0.1", g.port), 10) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        body = b"[" + b",".join([json.dumps({**FIGURE, "flow": "?", "currency": "?", "partner": "?", "province": "?"}).encode()] * 900) + b"]"
        s.sendall(b"POST /v1/check HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body)
        got = s.recv(1000)
        g.process.terminate()
        while piece := s.recv(20000):
            got += piece
            time.sleep(0.005)
    head, _, text = got.partition(b"\r\n\r\n")
    need(len(text) == int(re.search(rb"Content-Length: (\d+)", head)[1]) and json.loads(text)["refused"] == 900, f"{len(text)} bytes came")
    need(g.process.wait(15) == 0, "its exit code")


def two_requests_in_one(g):
    """Where two readers could see another end of a body, the request is refused and the connection closed: nothing behind it is read as a request."""
    inner = b"GET /v1/codes/provinces HTTP/1.1\r\nHost: localhost\r\n\r\n"
    head = b"POST /v1/check HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    chunked = b"2\r\n{}\r\n0\r\n\r\n"
    for fields in (b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", b"Content-Length: 2\r\nContent-Length: 60\r\n", b"Transfer-Encoding: gzip, chunked\r\n", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                   b"Content-Length: -2\r\n", b"Content-Length: 0x2\r\n", b"Content-Length: 99999999999999999999\r\n"):
        got = g.raw(head + fields + b"\r\n" + chunked + inner, 3)
        need(b" 200 " not in got.split(b"\r\n")[0] and b"CN-LN" not in got, (fields, got[:300]))
    got = g.raw(head + b"Content-Length: 2\r\n\r\n{}" + head + b"Transfer-Encoding: chunked\r\n\r\n" + chunked + inner + b"GET / HTTP/1.0\r\n\r\n", 5)      # and this is how it is done
    need(got.count(b"HTTP/1.1 200") + got.count(b"HTTP/1.0 200") == 4, got[:2000])
    for text in (b"\x00\x01\x02\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 9000 + b"\r\n", b"GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n"):
        got = g.raw(text, 3)
        need(b" 200 " not in got[:20] and b"root:" not in got, got[:200])
    need(g.ask("GET", "/health")[0] == 503, "it is gone")


def pages_of_others(g):
    """A browser that shows somebody else's page can't be made to send: not by its Origin, nor by a name of theirs that leads here."""
    ask = lambda **h: g.ask("POST", "/v1/check", json.dumps(FIGURE), {"Content-Type": "text/plain", **h})[0]
    need(ask() == 200 and ask(Origin=f"http://127.0.0.1:{g.port}") == 200, "our own page")
    for headers in ({"Origin": "https://example.org"}, {"Origin": "null"}, {"Origin": f"http://127.0.0.1:{g.port + 1}"}, {"Host": "example.org"}, {"Host": f"example.org:{g.port}", "Origin": f"http://example.org:{g.port}"},
                    {"Host": "localhost.example.org"}, {"Host": "127.example.org"}, {"Host": "[::1].example.org"}, {"Host": "10.0.0.1"}):
        need(ask(**headers) == 403, headers)
    for host in ("localhost", f"localhost:{g.port}", "127.0.0.5", "[::1]:80"):
        need(ask(Host=host) == 200, host)


def many_at_once(g):
    """More connections from one address than it may have are closed; the others are served. Half of a request is nobody's."""
    held = []
    for _ in range(300):
        with contextlib.suppress(OSError):
            held.append(socket.create_connection(("127.0.0.1", g.port), 2))
            held[-1].sendall(b"POST /v1/check HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
    time.sleep(0.5)
    open_ = 0
    for s in held:
        s.settimeout(0.01)
        try:
            open_ += s.recv(1) != b""
        except TimeoutError:
            open_ += 1
        except OSError:
            pass
    need(open_ == 250, f"{open_} connections are open")
    for s in held:
        s.close()
    for _ in range(100):
        with contextlib.suppress(OSError):
            if g.ask("GET", "/v1/schemas")[0] == 200:
                return
        time.sleep(0.05)
    need(False, "nobody is served any more")


def who_is_too_slow(g):
    """A byte a second is no way to stay: after half a minute the connection is closed, while others are served."""
    slow = [socket.create_connection(("127.0.0.1", g.port), 60) for _ in range(3)]
    begins = [b"GET / HTTP/1.1\r\nX: ", b"POST /v1/check HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{", b""]
    for s, begin in zip(slow, begins):
        s.sendall(begin)
        s.settimeout(0.01)
    before, closed = time.monotonic(), {}
    while len(closed) < 3 and time.monotonic() - before < 50:
        time.sleep(0.5)
        need(g.ask("GET", "/v1/schemas")[0] == 200, "others are not served")
        for i, s in enumerate(slow):
            try:
                if i not in closed and i < 2:
                    s.send(b" ")
                if i not in closed and s.recv(1000) == b"":
                    closed[i] = time.monotonic() - before
            except TimeoutError:
                pass
            except OSError:
                closed.setdefault(i, time.monotonic() - before)
    need(len(closed) == 3 and all(25 < t < 40 for t in closed.values()), closed)


def tokens_and_rates(folder):
    """A token decides the source and the highest grade of what is sent, and how much; a file that is read again is the one that counts."""
    def new(name):
        made = subprocess.run([INGEST, "token", name], capture_output=True, text=True, check=True)
        return made.stderr.rsplit(" ", 1)[1].strip(), made.stdout.strip()
    (token, line), (other, other_line) = new("customs"), new("press")
    file = pathlib.Path(folder) / "tokens"
    file.write_text(f'# who may send\n{line} source="China Customs" grade=FLASH rate=20\n')
    with Gateway("--tokens", str(file)) as g:
        bearer = lambda t: {"Content-Type": "application/json", "Authorization": f"Bearer {t}"}
        status, headers, _ = g.check(FIGURE)
        need(status == 401 and headers["WWW-Authenticate"] == 'Bearer realm="tally"', headers)
        need("invalid_token" in g.check(FIGURE, bearer(other))[1]["WWW-Authenticate"] and g.ask("GET", "/metrics")[0] == 401, "another token")
        status, _, told = g.check([FIGURE, {**FIGURE, "source": {"name": "China Customs"}}, {**FIGURE, "source": {"name": "x"}}, {**FIGURE, "source": {"url": "https://example.org"}}, {**FIGURE, "grade": "FLASH"}, {**FIGURE, "grade": "FINAL"}], bearer(token))
        need(status == 200 and [r["status"] for r in told["records"]] == ["good", "good", "refused", "good", "good", "refused"], told)
        need([(r["code"], r["field"]) for r in told["records"] if r["status"] == "refused"] == [("BAD_FIELD", "source"), ("BAD_GRADE", "grade")], told)
        refused = json.dumps({**FIGURE, "flow": "?"})
        need(g.ask("POST", "/v1/records", refused, bearer(token))[0] == 422, "what is refused costs nothing")
        codes = []
        for _ in range(3):
            c = threading.Thread(target=lambda: codes.append(g.ask("POST", "/v1/records", json.dumps([DEAL] * 60), bearer(token))))
            c.start()
            time.sleep(0.2)
        time.sleep(0.5)
        need([c[0] for c in codes] == [429, 429] and all(int(c[1]["Retry-After"]) in (2, 3) for c in codes), codes)
        with socket.create_connection(("127.0.0.1", g.port), 5) as s:     # taken away while its request is under way
            body = json.dumps({**FIGURE, "grade": "FINAL"}).encode()
            s.sendall(b"POST /v1/check HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer " + token.encode() + b"\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n")
            time.sleep(0.2)
            file.write_text(f"{other_line}\n")
            g.process.send_signal(signal.SIGHUP)
            time.sleep(0.4)
            s.sendall(body)
            need(s.recv(1000).startswith(b"HTTP/1.1 401 "), "a token that is no more counts")
        file.write_text(f'{line} source="China Customs"\n')
        g.process.send_signal(signal.SIGHUP)
        time.sleep(0.4)
        file.write_text(f"nonsense\n")
        g.process.send_signal(signal.SIGHUP)
        time.sleep(0.4)
        need(g.check(FIGURE, bearer(token))[0] == 200 and f"{file}:1: wanted" in g.said(), g.said()[-600:])
        file.write_text(f"{other_line}\n")
        g.process.send_signal(signal.SIGHUP)
        time.sleep(0.4)
        need(g.check(FIGURE, bearer(token))[0] == 401 and g.check(FIGURE, bearer(other))[0] == 200, "read again")
    for text in ("", "# none\n", "a b\n", "a sha256:00\n", line.replace("customs", "cus toms") + "\n", line + " rate=0\n", line + " colour=red\n", line + ' grade="' + "A" * 40 + '"\n', line + " grade=BEST\n"):
        file.write_text(text)
        done = subprocess.run([INGEST, "--listen", "127.0.0.1:0", "--tokens", file, "-b", "127.0.0.1:1"], capture_output=True, text=True, timeout=20)
        need(done.returncode == 1 and str(file) in done.stderr, (text, done.stderr))


def certificates(folder):
    """TLS with a certificate that changes under a running gateway; a key that is another's is refused by name."""
    (cert, key), (cert2, key2) = programs.certificate(folder, "first"), programs.certificate(folder, "second")
    trust = ssl.create_default_context(cafile=cert)
    with Gateway("--tls-cert", str(cert), "--tls-key", str(key), tls=trust) as g:
        need(g.check(FIGURE)[0] == 200, "no answer by TLS")
        kept = g.connect()
        need(g.ask("GET", "/v1/schemas", connection=kept)[0] == 200, "a connection that stays")
        first = cert.read_bytes()
        cert.write_bytes(cert2.read_bytes())
        g.process.send_signal(signal.SIGHUP)
        time.sleep(0.4)
        need("is not the key" in g.said() and g.check(FIGURE)[0] == 200, g.said()[-500:])
        key.write_bytes(key2.read_bytes())
        g.process.send_signal(signal.SIGHUP)
        time.sleep(0.4)
        need(g.ask("GET", "/v1/schemas", connection=kept)[0] == 200, "the connection that stays")
        g.tls = ssl.create_default_context(cafile=cert2)
        need(g.check(FIGURE)[0] == 200, "the new certificate")
        need(b"HTTP/1.1 200" not in g.raw(b"GET /v1/schemas HTTP/1.1\r\nHost: localhost\r\n\r\n", 2), "plain text is answered")
    cert.write_bytes(first)
    done = subprocess.run([INGEST, "--listen", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key, "-b", "127.0.0.1:1"], capture_output=True, text=True, timeout=20)
    need(done.returncode == 1 and "is not the key" in done.stderr, done.stderr)


WITH_GATEWAY = [what_a_record_counts_as, judged_as_the_oracle_judges, avros_own_json, cloud_events, bodies_as_they_come, tables_by_maps, wrong_questions, facts, no_kafka, a_stop_answers_those_who_wait, a_stop_lets_answers_be_taken, two_requests_in_one, pages_of_others, many_at_once, who_is_too_slow]

if __name__ == "__main__":
    failed = play(WITH_GATEWAY, sys.argv[2:], Gateway, at_once=len(WITH_GATEWAY))
    failed |= play([tokens_and_rates, certificates, what_kafka_will_never_take], sys.argv[2:], tempfile.TemporaryDirectory, at_once=2)
    sys.exit(failed)
