#!/usr/bin/env python3
"""Who may read at tally-lookup --listen, and what hostile ones can't: tokens, other sites' pages, TLS, smuggling, paths, slow readers, SIGTERM.

    serve_http.py TALLY_LOOKUP TALLY_INGEST [CASE...]

tally-ingest makes the tokens.
"""
import contextlib, http.client, json, pathlib, re, signal, socket, ssl, subprocess, sys, tempfile, threading, time

import serving
from cases import need, play
from serving import Served, programs
from watching import Watcher

LOOKUP, INGEST = sys.argv[1:3]
PAIR = "/v1/totals/CN-LN/RU"
OPEN = ("/", "/openapi.json", "/v1/provinces", "/v1/partners", "/v1/measures", "/v1/currencies", "/v1/units", "/v1/windows")
CLOSED = (PAIR, "/v1/totals/CN-LN", "/v1/totals?partner=RU", "/v1/top?measure=export.CNY", "/v1/series/CN-LN/RU?measure=export.CNY", "/v1/detail/CN-LN/RU", "/v1/agreements/CN-LN/RU", "/v1/why/CN-LN/RU", "/v1/doubts", "/v1/changes")


def told_again(server, signal_number=signal.SIGHUP, words="SIGHUP"):
    """Send the signal; returns when the server has said what came of it."""
    before = server.said().count(words)
    server.process.send_signal(signal_number)
    deadline = time.monotonic() + 20
    while server.said().count(words) == before:
        need(time.monotonic() < deadline, "it does not hear the signal")
        time.sleep(0.02)


def refused_at_the_start(*arguments):
    done = subprocess.run([LOOKUP, *map(str, arguments)], capture_output=True, text=True, timeout=20)
    need(done.returncode in (1, 2), (arguments, done.returncode, done.stderr))
    return done.stderr


def tokens(folder):
    """Who is asked for one; what is free; a rate; a file that is read again is the one that counts."""
    def new(name):
        made = subprocess.run([INGEST, "token", name], capture_output=True, text=True, check=True)
        return made.stderr.rsplit(" ", 1)[1].strip(), made.stdout.strip()
    (token, line), (other, other_line) = new("analyst"), new("page")
    file = pathlib.Path(folder, "tokens")
    file.write_text(f"# who may read\n{line}\n")
    bearer = lambda t: {"Authorization": f"Bearer {t}"}
    with Served(LOOKUP, "--tokens", str(file)) as w:
        for path in CLOSED:
            status, headers, _ = w.ask("GET", path)
            need((status, headers["WWW-Authenticate"]) == (401, 'Bearer realm="tally"'), (path, status))
            status, headers, _ = w.ask("GET", path, headers=bearer(other))
            need(status == 401 and "invalid_token" in headers["WWW-Authenticate"], path)
            need(w.ask("GET", path, headers=bearer(token))[0] == 200, path)
            need(w.ask("HEAD", path)[0] == 401, path)
        for path in OPEN:
            need(w.ask("GET", path)[0] == 200, path)
        for wrong in ("Bearer", "Bearer ", f"Basic {token}", token, f"Bearer {token}x", f"Bearer {token[:-1]}", "Bearer " + "x" * 4000):
            need(w.ask("GET", PAIR, headers={"Authorization": wrong})[0] == 401, wrong)
        need(w.ask("GET", f"{PAIR}?access_token={token}")[0] in (400, 401), "a token in an address")
        need(w.ask("GET", PAIR, headers={**bearer(token), "Host": "totals.example.org"})[0] == 200, "with tokens any name will do")
        file.write_text(f"{line}\n{other_line}\n")
        told_again(w.server)
        gone, stays = [Watcher(w.server.port, "?province=CN-LN&partner=RU", token=t) for t in (token, other)]
        [x.snapshot() for x in (gone, stays)]
        file.write_text(f"{other_line}\n")
        told_again(w.server)
        need(gone.ended.wait(20) and 500 <= gone.retry <= 10500 and gone.events.get() is None, "a token that is gone reads on")
        stays.nothing()
        need(not stays.ended.is_set(), "a token that is there is cut off")
        [x.close() for x in (gone, stays)]
        need(w.ask("GET", PAIR, headers=bearer(token))[0] == 401 and w.ask("GET", PAIR, headers=bearer(other))[0] == 200, "read again")
        file.write_text("nonsense\n")
        told_again(w.server)
        need(w.ask("GET", PAIR, headers=bearer(other))[0] == 200 and f"{file}:1: wanted" in w.server.said(), "a bad file leaves what was")
        file.write_text(f"{line} rate=3\n")
        told_again(w.server)
        codes = [w.ask("GET", "/v1/totals/CN-LN/KZ?window=2023", headers=bearer(token)) for _ in range(40)]
        used_up = [int(h["Retry-After"]) for status, h, _ in codes if status == 429]
        need(codes[0][0] == 200 and used_up and all(1 <= s <= 60 for s in used_up), [c[0] for c in codes])
    for text in ("", "# none\n", "a b\n"):
        file.write_text(text)
        need(str(file) in refused_at_the_start("--listen", "127.0.0.1:0", "--tokens", file), text)


def only_who_may(folder):
    """An address that others reach needs tokens or --public."""
    need("--public" in refused_at_the_start("--listen", "0.0.0.0:0"), "0.0.0.0")
    need("--tls-key" in refused_at_the_start("--listen", "127.0.0.1:0", "--tls-cert", "x.pem"), "half of a certificate")
    need("listen" in refused_at_the_start("--listen", "127.0.0.1:0", "totals"), "a command beside --listen")
    refused_at_the_start("--listen", "nowhere:x")
    with Served(LOOKUP, "--public") as w:
        need(w.ask("GET", PAIR, headers={"Host": "totals.example.org"})[0] == 200, "any name")
        need(w.ask("GET", PAIR, headers={"Host": "totals.example.org", "Origin": "https://example.org"})[0] == 403, "another site's page may not ask for all that")


def pages_of_others(folder):
    """A browser that shows somebody else's page can't be made to read, unless --cors names the page's site."""
    cross = {"Origin": "https://example.org"}
    with Served(LOOKUP) as w:
        port = w.server.port
        for headers in (cross, {"Origin": "null"}, {"Origin": f"http://127.0.0.1:{port + 1}"}, {"Host": "example.org"}, {"Host": f"example.org:{port}", "Origin": f"http://example.org:{port}"}, {"Host": "localhost.example.org"},
                        {"Host": "127.example.org"}, {"Host": "[::1].example.org"}, {"Host": "10.0.0.1"}):
            for path in (PAIR, "/", "/v1/provinces"):
                status, got, _ = w.ask("GET", path, headers=headers)
                need(status == 403 and "Access-Control-Allow-Origin" not in got, (path, headers, status))
        for headers in ({}, {"Origin": f"http://127.0.0.1:{port}"}, {"Host": "localhost"}, {"Host": f"localhost:{port}"}, {"Host": "127.0.0.5"}, {"Host": "[::1]:80"}):
            status, got, _ = w.ask("GET", PAIR, headers=headers)
            need(status == 200 and "Access-Control-Allow-Origin" not in got, (headers, status))
        need(w.ask("OPTIONS", PAIR, headers={**cross, "Access-Control-Request-Method": "GET"})[0] == 405, "a preflight where nobody may")
    for allowed, origins, others in (("https://example.org", ["https://example.org"], ["https://example.com", "http://example.org", "https://example.org.evil", "null"]), ("*", ["https://example.org", "null"], [])):
        with Served(LOOKUP, "--cors", allowed) as w:
            for origin in origins:
                status, got, _ = w.ask("GET", PAIR, headers={"Origin": origin})
                need((status, got["Access-Control-Allow-Origin"]) == (200, allowed) and "Tally-Trust" in got["Access-Control-Expose-Headers"], (origin, status))
                need(len(got.get_all("Access-Control-Allow-Origin")) == 1, "twice")
                for path in ("/v1/totals/CN-XX/RU", "/v1/nothing", PAIR + "?x=1"):
                    status, got, _ = w.ask("GET", path, headers={"Origin": origin})
                    need(status in (400, 404) and got["Access-Control-Allow-Origin"] == allowed, "a page is to see what was wrong, too")
                status, got, body = w.ask("OPTIONS", PAIR, headers={"Origin": origin, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"})
                need((status, body, got["Access-Control-Allow-Origin"]) == (204, b"", allowed) and "Authorization" in got["Access-Control-Allow-Headers"] and "GET" in got["Access-Control-Allow-Methods"], (status, dict(got)))
            for origin in others:
                need(w.ask("GET", PAIR, headers={"Origin": origin})[0] == 403, origin)
                need(w.ask("OPTIONS", PAIR, headers={"Origin": origin})[0] != 204, origin)


def certificates(folder):
    """TLS, with a certificate that changes under a running server."""
    (cert, key), (cert2, key2) = programs.certificate(folder, "first"), programs.certificate(folder, "second")
    with Served(LOOKUP, "--tls-cert", str(cert), "--tls-key", str(key), tls=ssl.create_default_context(cafile=cert)) as w:
        need(len(w.get(PAIR)["rows"]) > 5, "by TLS")
        kept = w.server.connect()
        need(w.ask("GET", PAIR, connection=kept)[0] == 200, "a connection that stays")
        cert.write_bytes(cert2.read_bytes())
        key.write_bytes(key2.read_bytes())
        told_again(w.server)
        need(w.ask("GET", PAIR, connection=kept)[0] == 200, "the connection that stays")
        with contextlib.suppress(ssl.SSLError):
            w.get(PAIR)
            need(False, "the former certificate is shown")
        w.server.tls = ssl.create_default_context(cafile=cert2)
        need(len(w.get(PAIR)["rows"]) > 5, "the new certificate")
        need(b" 200 " not in w.server.raw(f"GET {PAIR} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(), 2), "plain text is answered")


def paths_that_lead_elsewhere(folder):
    """No file but those that are built in; a NUL, an encoded slash, dots: a 4xx, and nothing of the machine."""
    with Served(LOOKUP) as w:
        page = w.ask("GET", "/")[2].decode()
        assets = set(re.findall(r'"(/assets/[^"]+)"', page))
        for path in assets:
            status, headers, body = w.ask("GET", path)
            need(status == 200 and body and "immutable" in headers["Cache-Control"], path)
            need(w.ask("GET", path, headers={"If-None-Match": headers["ETag"]})[0] == 304, path)
        targets = ["/assets/../../../../etc/passwd", "/assets/..%2f..%2f..%2fetc%2fpasswd", "/assets/%2e%2e/%2e%2e/etc/passwd", "/assets//etc/passwd", "/assets/%00", "/assets/index.html%00.css", "/assets/..\\..\\etc\\passwd", "/..;/etc/passwd",
                   "/v1/totals/CN-LN%00/RU", "/v1/totals/CN-LN/RU%00", "/v1/totals/CN-LN/RU?window=2023%00", "/v1/totals/..%2f/RU", "/v1/totals/CN-LN%2FRU", "/v1/totals/%2e%2e/%2e%2e", "/%ff%fe", "/v1/totals/%ff/%fe", "/v1/totals/CN-LN/RU?window=%ff",
                   "/v1/totals/{}*/RU", "/v1/totals/CN-LN%0d%0aX:%20y/RU", "/v1/totals/CN-LN/RU:all%20", "/v1/totals/CN-LN}:RU:2023:detail/x", "http://example.org/etc/passwd", "/" + "a" * 20000, "/" + "/" * 5000, "/v1/totals/" + "%41" * 5000 + "/RU"]
        for target in targets:
            got = w.server.raw(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode("latin-1"), 5)
            need(re.match(rb"HTTP/1\.1 4\d\d ", got) and b"root:" not in got and b"\r\nX: y" not in got, (target[:80], got[:200]))
        need(w.ask("GET", PAIR)[0] == 200, "it is gone")


def two_requests_in_one(folder):
    """Where two readers could see another end of a body, nothing behind it is read as a request."""
    inner = f"GET {PAIR}?window=2023 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    with Served(LOOKUP) as w:
        for fields in (b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", b"Content-Length: 2\r\nContent-Length: 60\r\n", b"Transfer-Encoding: gzip, chunked\r\n", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", b"Content-Length: -2\r\n",
                       b"Content-Length: 0x2\r\n", b"Content-Length: 99999999999999999999\r\n", b"Transfer-Encoding : chunked\r\n"):
            for method in (b"GET ", b"POST "):
                got = w.server.raw(method + PAIR.encode() + b" HTTP/1.1\r\nHost: localhost\r\n" + fields + b"\r\n2\r\n{}\r\n0\r\n\r\n" + inner, 3)
                need(got.count(b"HTTP/1.1 200") == 0 and b'"rows"' not in got, (method, fields, got[:300]))
        body = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
        got = w.server.raw(b"GET " + PAIR.encode() + b"?window=2023 HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body + inner + b"GET /v1/windows HTTP/1.0\r\n\r\n", 5)
        need(got.count(b'"as_of"') == 2 and got.count(b"HTTP/1.") == 3 and b"<html" not in got, got[:3000])          # a body is not a request
        for text in (b"\x00\x01\x02\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 9000 + b"\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost: localhost\r\n\r\n", b"GET " + PAIR.encode() + b" HTTP/1.1\r\n\r\n"):
            need(b" 200 " not in w.server.raw(text, 3)[:20], text[:50])
        need(w.ask("GET", PAIR)[0] == 200, "it is gone")


def who_is_too_slow(folder):
    """A byte a second is no way to stay; who takes nothing of a large answer is cut off, and others are served meanwhile."""
    with Served(LOOKUP) as w:
        serving.fill_much(w.redis.client, 100)
        slow = [socket.create_connection(("127.0.0.1", w.server.port), 5) for _ in range(3)]
        begins = [b"GET / HTTP/1.1\r\nX: ", b"", b"GET " + PAIR.encode() + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"]
        deaf = socket.socket()
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        deaf.connect(("127.0.0.1", w.server.port))
        deaf.sendall(b"GET /v1/totals/CN-HL?window=2021 HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3)
        for s, begin in zip(slow, begins):
            s.sendall(begin)
            s.settimeout(0.01)
        before, closed = time.monotonic(), set()
        while len(closed) < 3 and time.monotonic() - before < 60:
            time.sleep(0.5)
            need(w.ask("GET", PAIR)[0] == 200, "others are not served")
            for i, s in enumerate(slow):
                try:
                    if i != 1 and i not in closed:
                        s.send(b" ")
                    if i not in closed and s.recv(1000) == b"":
                        closed.add(i)
                except TimeoutError:
                    pass
                except OSError:
                    closed.add(i)
        need(len(closed) == 3, f"only {closed} are closed")
        deadline = time.monotonic() + 90                  # 60 s for an answer to be taken
        while established(w.server.port, deaf.getsockname()[1]):
            need(time.monotonic() < deadline, "who takes nothing is still there")
            time.sleep(0.5)
        deaf.close()


def established(port, peer):
    """Is there still a connection of the server's own side?"""
    wanted = f"0100007F:{port:04X} 0100007F:{peer:04X} 01"
    return any(" ".join(line.split()[1:4]) == wanted for line in open("/proc/net/tcp"))


def many_at_once(folder):
    """More connections from one address than it may have are closed; the others are served."""
    with Served(LOOKUP, "--connections", "40", "--connections-per-address", "20") as w:
        held = []
        for _ in range(30):
            s = socket.create_connection(("127.0.0.1", w.server.port), 5)
            with contextlib.suppress(OSError):
                s.sendall(b"GET / HTTP/1.1\r\nX: ")
            held.append(s)
        deadline = time.monotonic() + 20
        while (open_ := sum(established(w.server.port, s.getsockname()[1]) for s in held)) != 20:
            need(time.monotonic() < deadline, f"{open_} are open")
            time.sleep(0.05)
        for s in held:
            s.close()
        deadline = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if w.ask("GET", PAIR)[0] == 200:
                    break
            need(time.monotonic() < deadline, "nobody is served any more")
            time.sleep(0.05)


def a_stop_answers_those_who_wait(folder):
    """SIGTERM while questions are under way: they are answered, nobody new is let in, the exit code is 0."""
    with Served(LOOKUP) as w:
        w.redis.client.config_set("busy-reply-threshold", 60000)
        blocked = threading.Thread(target=lambda: w.redis.client.eval("local t = redis.call('TIME'); while true do local n = redis.call('TIME'); if (n[1] - t[1]) * 1000000 + n[2] - t[2] > 400000 then return 1 end end", 0))
        answers = []
        def ask():
            answers.append(w.ask("GET", f"{PAIR}?window=2023"))
        blocked.start()
        time.sleep(0.1)
        asking = [threading.Thread(target=ask) for _ in range(20)]
        for t in asking:
            t.start()
        time.sleep(0.1)
        w.server.process.terminate()
        for t in [*asking, blocked]:
            t.join()
        need([a[0] for a in answers] == [200] * 20 and all(len(a[2]["rows"]) > 5 for a in answers), [a[0] for a in answers])
        need(w.server.process.wait(20) == 0 and '"event":"stopped"' in w.server.said(), w.server.said()[-500:])
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", w.server.port), 1)
            need(False, "somebody new is let in")


def a_stop_lets_answers_be_taken(folder):
    """A large answer that is on its way when SIGTERM comes arrives whole."""
    with Served(LOOKUP) as w:
        rows = serving.fill_much(w.redis.client, 100)
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.settimeout(20)
            s.connect(("127.0.0.1", w.server.port))
            s.sendall(b"GET /v1/totals/CN-HL?window=2021 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            got = s.recv(1000)
            w.server.process.terminate()
            while piece := s.recv(65536):
                got += piece
        head, _, text = got.partition(b"\r\n\r\n")
        need(len(text) == int(re.search(rb"Content-Length: (\d+)", head)[1]) and len(json.loads(text)["rows"]) == rows, f"{len(text)} bytes came: {head}")


CASES = [tokens, only_who_may, pages_of_others, certificates, paths_that_lead_elsewhere, two_requests_in_one, who_is_too_slow, many_at_once, a_stop_answers_those_who_wait, a_stop_lets_answers_be_taken]

if __name__ == "__main__":
    sys.exit(play(CASES, sys.argv[3:], tempfile.TemporaryDirectory, at_once=6))
