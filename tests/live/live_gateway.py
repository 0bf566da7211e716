"""Records over HTTP: what was answered as accepted is in Kafka and is counted, whatever dies in between."""
import base64, collections, datetime as dt, gzip, http.client, json, re, subprocess, sys, threading, time

import wire
from live_registry import _good
from world import ROOT, judged, mixed, need, oracle, until


class Gateway:
    """tally-ingest --listen, and questions to it."""

    def __init__(self, w, *arguments):
        self.program = w.ingest(None, "--listen", "127.0.0.1:0", *arguments)
        said = until(20, lambda: re.search(r'"event":"listening".*?"port":(\d+)', self.program.err), "it does not listen")
        self.port = int(said[1])

    def post(self, body, connection=None, query="", **headers):
        """-> status, answer."""
        c = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        c.request("POST", "/v1/records" + query, body, {"Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}})
        answer = c.getresponse()
        text = answer.read()
        if connection is None:
            c.close()
        return answer.status, json.loads(text)


    def get(self, path):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        c.request("GET", path)
        status = c.getresponse().status
        c.close()
        return status


def _in_kafka(w, accepted):
    """Is each record that was accepted where its answer says, under its key?"""
    messages = {(topic, m.partition(), m.offset()): m for topic in wire.KIND_OF for m in w.kafka.messages(topic)}
    for line, told in accepted:
        m = messages.get((told["topic"], told["partition"], told["offset"]))
        need(m is not None, f"an accepted record is not in Kafka: {told}")
        r = oracle.read(line.decode("utf-8", "surrogateescape"))
        need(m.key().decode() == oracle.kafka_key(r) and told["id"] == r["id"], f"{told} is {m.key()}")


def records_over_http(w):
    """Arrays, lines, gzip and events of records, good and bad: each is accepted or refused as the oracle has it, lies where its answer says, and is counted once."""
    lines, want = mixed(6000, seed=21)
    w.begin()
    running = w.aggregate("a")
    g = Gateway(w)
    c = http.client.HTTPConnection("127.0.0.1", g.port, timeout=20)
    good, bad, accepted, refused = [], [], [], collections.Counter()
    for line in lines:
        try:
            oracle.read(line.decode("utf-8", "surrogateescape"))
            good.append(line)
        except oracle.Invalid as why:
            if str(why) != "BAD_JSON":               # a body may be more than one line of JSON is: an array, two objects
                bad.append(line)
                refused[str(why)] += 1
    for at in range(0, len(good), 150):
        some = good[at:at + 150]
        form = at // 150 % 4
        if form == 0:
            status, told = g.post(b"[" + b",".join(some) + b"]", c)
        elif form == 1:
            status, told = g.post(b"\n".join(some), c, Content_Type="application/x-ndjson")
        elif form == 2:
            status, told = g.post(gzip.compress(b"\n".join(some)), c, Content_Encoding="gzip")
        else:
            events = b",".join(b'{"specversion":"1.0","id":"1","source":"x","type":"x","data":' + line + b"}" for line in some)
            status, told = g.post(b"[" + events + b"]", c, Content_Type="application/cloudevents-batch+json")
        need(status == 200 and told["accepted"] == len(some), f"{status}: {json.dumps(told)[:600]}")
        accepted += zip(some, told["records"])
    codes = collections.Counter()
    for line in bad:
        status, told = g.post(line, c)
        need(status == 422 and told["refused"] == 1, f"{line} was answered with {status}, {told}")
        codes.update(r["code"] for r in told["records"])
    need(codes == refused, f"refused {codes} instead of {refused}")
    _in_kafka(w, accepted)
    w.totals_become(want)
    w.no_dead_letters()
    running.terminate()
    g.program.terminate()


def kafka_away_under_a_gateway(w):
    """Kafka stands still: who asks is answered within seconds with 503, and may send all again; when it is back all is counted once."""
    lines, want = _good(900, 22)
    w.begin()
    running = w.aggregate("a")
    g = Gateway(w)
    need(g.post(b"\n".join(lines[:300]))[0] == 200, "not accepted")
    w.kafka.freeze()
    try:
        times = []
        for at in (300, 450):
            before = time.monotonic()
            status, told = g.post(b"\n".join(lines[at:at + 150]))
            times.append(time.monotonic() - before)
            need(status == 503 and told["unknown"] == 150 and all(r["retry"] for r in told["records"]), f"{status}: {json.dumps(told)[:300]}")
        need(max(times) < 7 * w.patience, f"an answer took {times} s")
        need(g.get("/health") == 503, "/health does not see that Kafka is away")
        need(g.post(b'{"type":"trade"}')[0] == 422, "what is refused needs no Kafka")
    finally:
        w.kafka.thaw()
    until(60 * w.patience, lambda: g.get("/health") == 200, "/health says that Kafka is away, though nobody needs to send for it to be seen")
    until(60 * w.patience, lambda: g.post(b"\n".join(lines[300:]))[0] == 200, "nothing is accepted after Kafka came back")
    w.totals_become(want)
    running.terminate()
    g.program.terminate()


def killed_gateways(w):
    """kill -9 of the gateway again and again while four senders send: each record that was answered as accepted is in Kafka; what was not answered is sent again, and counts once."""
    kills = 12 if w.messages <= 20000 else 100
    lines, want = _good(400 * kills, 23)
    w.begin()
    running = w.aggregate("a")
    left, accepted, lock, now = list(range(0, len(lines), 20)), [], threading.Lock(), {}

    def send():
        c, port = None, None
        while True:
            with lock:
                if not left:
                    return
                at = left.pop()
                g = now["gateway"]
            if g.port != port:
                c, port = http.client.HTTPConnection("127.0.0.1", g.port, timeout=20), g.port
            try:
                status, told = g.post(b"\n".join(lines[at:at + 20]), c)
            except (OSError, http.client.HTTPException, ValueError):
                c.close()
                status, port = 0, None
                time.sleep(0.02)
            with lock:
                if status == 200:
                    accepted.extend(zip(lines[at:at + 20], told["records"]))
                else:
                    left.append(at)
            time.sleep(0.01)

    now["gateway"] = Gateway(w)
    senders = [threading.Thread(target=send) for _ in range(4)]
    for s in senders:
        s.start()
    killed = 0
    while any(s.is_alive() for s in senders):
        time.sleep(w.rng.uniform(0.05, 0.4))
        if killed < kills:
            now["gateway"].program.kill()
            killed += 1
            gateway = Gateway(w)
            with lock:
                now["gateway"] = gateway
    w.note(f"{killed} gateways were killed, {len(accepted)} of {len(lines)} records accepted")
    need(killed >= min(kills, 5) and len(accepted) == len(lines), "it was over too soon")
    _in_kafka(w, accepted)
    w.totals_become(want)
    running.terminate()
    now["gateway"].program.terminate()


def a_gateway_with_a_registry(w):
    """--registry: what is posted is sent with the registry's ids, and counted."""
    lines, want = _good(300, 24)
    w.begin()
    registry = w.new_registry()
    g = Gateway(w, "--registry", registry.url)
    need(g.post(b"\n".join(lines))[0] == 200, "not accepted")
    need({m.value()[:1] for m in w.kafka.messages("trade-events")} == {b"\0"}, "another framing")
    running = w.aggregate("a", "--registry", registry.url)
    w.totals_become(want)
    running.terminate()
    g.program.terminate()


def refused_records_are_kept(w):
    """?refused=dlq: what is refused lies among the dead letters with its reason, and its sender is told 200; dlq shows it, and sends it when it is refused no more; without Kafka nothing is called kept."""
    lines, want = _good(40, 25)
    w.begin(partitions=2)
    g = Gateway(w)
    bad = [json.dumps({**json.loads(line), "id": f"bad:{i}", "flow": "export", "basis": "?"} if b'"trade"' in line else {**json.loads(line), "id": f"bad:{i}", "kind": "TREATY"}).encode() for i, line in enumerate(lines[:6])]
    status, told = g.post(b"\n".join(lines + bad), query="?refused=dlq")
    need(status == 200 and told["accepted"] == len(lines) and told["refused"] == 6, f"{status}: {json.dumps(told)[:500]}")
    need(all(r["kept"] is True for r in told["records"] if r["status"] == "refused"), told["records"][-6:])
    status, told = g.post(b'{"x":"' + b"y" * 70000 + b'"}', query="?refused=dlq")
    need(status == 422 and "kept" not in told["records"][0], f"what is cut can't be kept: {status} {json.dumps(told)[:300]}")
    need(g.post(bad[0])[0] == 422, "without ?refused=dlq it is no success")
    status, told = g.post(lines[0] + b"\n" + bad[0], query="?refused=dlq&validate=all")
    need(status == 422, "nothing is sent unless all are good, and nothing is kept")
    letters = [json.loads(line) for line in w.ingest(None, "dlq", "list", "-J").ends_with(0, 60).out.splitlines()]
    need(len(letters) == 6 and {l["code"] for l in letters} <= {"BAD_BASIS", "BAD_KIND"} and all(l["origin"] == "http" for l in letters), letters)
    p = w.ingest(None, "dlq", "retry").ends_with(3, 60)
    need('"still_refused":6' in p.err and '"sent":0' in p.err, p.err)
    exported = [json.loads(line) for line in w.ingest(None, "dlq", "export").ends_with(0, 60).out.splitlines()]
    need(sorted(base64.b64decode(e["value"]) for e in exported) == sorted(bad), "what is kept is not what was refused")
    future = {"type": "trade", "basis": "TRANSACTION", "province": "CN-LN", "partner": "RU", "flow": "EXPORT", "value": "5", "currency": "CNY", "id": "later", "occurred_at": (dt.datetime.now(dt.timezone.utc) + dt.timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ")}
    status, told = g.post(json.dumps(future), query="?refused=dlq")
    need(status == 200 and told["records"][0]["code"] == "FUTURE", told)
    late = w.program("tally-ingest", "-b", w.kafka.address, "dlq", "retry", "--code", "FUTURE")
    late.ends_with(0, 60)                            # dlq asks no clock: the aggregator judges by the time at which Kafka receives it
    need('"sent":1' in late.err, late.err)
    made = w.program("tally-ingest", "token", "press").ends_with(0, 20)
    (w.folder / "tokens").write_text(f'{made.out.strip()} source="Small Paper" grade=PRESS\n')
    limited = Gateway(w, "--tokens", w.folder / "tokens")
    forged = {"type": "trade", "basis": "TRANSACTION", "province": "CN-LN", "partner": "RU", "flow": "EXPORT", "value": "5", "currency": "CNY", "id": "forged", "occurred_at": "2024-01-20T08:00:00Z", "grade": "FINAL"}
    bearer = f"Bearer {made.err.rsplit(' ', 1)[1].strip()}"
    for _ in range(2):                               # alike, and yet two
        status, told = limited.post(json.dumps(forged), query="?refused=dlq", Authorization=bearer)
        need(status == 200 and told["records"][0]["code"] == "BAD_GRADE", told)
    retried = w.ingest(None, "dlq", "retry", "--code", "BAD_GRADE").ends_with(3, 60)
    need('"still_refused":2' in retried.err, f"what a token may not is sent later: {retried.err}")
    limited.program.terminate()
    running = w.aggregate("a")
    w.totals_become(want)
    running.terminate()
    w.kafka.freeze()
    try:
        status, told = g.post(bad[0], query="?refused=dlq")
        need(status == 503 and told["records"][0]["status"] == "unknown" and told["records"][0]["kept"] is False, told)
    finally:
        w.kafka.thaw()
    g.program.terminate()


def the_examples_over_http(w):
    """docs/gateway.md's commands and programs, with nothing changed but the addresses: what they say is so, and their records are counted."""
    text = (ROOT / "docs" / "gateway.md").read_text()
    w.begin(partitions=1)
    g = Gateway(w)
    shell, python = (re.search(rf"```{kind}\n(# post\.{end}:.*?)```", text, re.S)[1].replace("localhost:8080", f"localhost:{g.port}") for kind, end in (("sh", "sh"), ("python", "py")))
    (w.folder / "post.sh").write_text(shell)
    (w.folder / "post.py").write_text(python)
    run = lambda *argv: subprocess.run(argv, cwd=w.folder, capture_output=True, text=True, timeout=60)
    shown = json.loads(re.search(r"```json\n(.*?)```", text, re.S)[1])
    said = json.loads(run("sh", "post.sh").stdout)
    need(said == shown, f"post.sh printed {said}")
    done = run(sys.executable, "post.py")
    need(done.stdout == "1 accepted\n" and not done.stderr, f"post.py: {done.stdout}{done.stderr}")
    running = w.aggregate("a")
    body = re.search(r"-d '(.*?)'", shell, re.S)[1]
    w.totals_become(judged([json.dumps(r).encode() for r in json.loads(body)] + [json.dumps(eval(re.search(r"RECORDS = (\[.*?\])\n", python, re.S)[1])[0]).encode()])[0])
    running.terminate()
    g.program.terminate()
