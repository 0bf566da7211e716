#!/usr/bin/env python3
"""Answers that go on (http/stream.c): all that is put arrives, once and in order; who does not take it is cut off; what waits is bounded.

    http_stream.py STREAMS HOSTILE_HTTP [CASE...]
"""
import http.client, pathlib, re, socket, ssl, subprocess, sys, tempfile, threading, time

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]
from cases import need, play

STREAMS, HOSTILE = sys.argv[1:3]
ONE, ALL = 512 * 1024, 1024 * 1024        # bytes that may wait, as streams.c has them
DEADLINE_S = 20


class Server:
    """streams, until the block ends."""

    def __init__(self, *certificate):
        self.tls = ssl.create_default_context(cafile=certificate[0]) if certificate else None
        self.process = subprocess.Popen([STREAMS, *certificate], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            code = self.process.wait(DEADLINE_S)
        finally:
            self.process.kill()
        need(code == 0, f"it ended with {code}: on_gone was not called for so many, or it crashed; 3: bytes were sent late")

    def do(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def until(self, line, want):
        deadline = time.monotonic() + DEADLINE_S
        while not re.fullmatch(want, said := self.do(line)):
            need(time.monotonic() < deadline, f"{line}: {said}, and not {want}")
        return said

    def stuff(self):
        """Put until nothing more is taken, neither by a stream nor by the kernel."""
        before, same = None, 0
        while same < 5:
            said = self.do(f"fill {ALL}")
            before, same = said, same + 1 if said == before else 0
            time.sleep(0.05)
        return int(said.split()[-2])

    def connect(self, receive_bytes=None):
        s = socket.socket()
        if receive_bytes:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        s.settimeout(DEADLINE_S)
        s.connect(("127.0.0.1", self.port))
        return self.tls.wrap_socket(s, server_hostname="127.0.0.1") if self.tls else s

    def ask(self, path="/", **how):
        """A stream whose head has come."""
        s = self.connect(**how)
        s.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        r = http.client.HTTPResponse(s)
        r.begin()
        need(r.status == 200 and r.headers["Transfer-Encoding"] == "chunked" and r.headers["Cache-Control"] == "no-store", r.headers)
        return s, r


def all_arrives(g):
    """What is put while nobody looks, at once and later, to several; the last bytes too; then the connection takes another request."""
    s, r = g.ask("/hello")
    need(r.readline() == b"hello\n", "the first bytes")
    t, q = g.ask()
    for i in range(300):
        need(g.do(f"put data: {i}~~").startswith("put 2 of 2"), "put")
        if i < 30:                                     # nothing else makes the server turn meanwhile
            need((r.readline(), r.readline()) == (b"data: %d\n" % i, b"\n"), i)
    need(g.do("end") == "ended", "end")
    rest = r.read()
    need(rest == b"".join(b"data: %d\n\n" % i for i in range(30, 300)), rest[:200])
    need(q.read() == b"".join(b"data: %d\n\n" % i for i in range(300)), "the second")
    g.until("count", "0 streams, 2 connections")
    s.sendall(b"GET /short HTTP/1.1\r\nHost: localhost\r\n\r\n")
    again = http.client.HTTPResponse(s)
    again.begin()
    need(again.read() == b"hello\n", "another request")
    s.close(), t.close()
    g.until("count", "0 streams, 0 connections")


def late_ones(g):
    """A stream that begins when its request has long been heard; HTTP/1.0, which knows no chunks; HEAD, which has no body."""
    s = g.connect()
    s.sendall(b"GET /late HTTP/1.1\r\nHost: localhost\r\n\r\n")
    g.until("count", "1 streams, 1 connections")
    need(g.do("put x~") == "put 1 of 1, 2 wait" and g.do("end") == "ended", "put")
    r = http.client.HTTPResponse(s)
    r.begin()
    need(r.read() == b"x\n", "late")
    old = g.connect()
    old.sendall(b"GET / HTTP/1.0\r\n\r\n")
    g.until("count", "1 streams, 2 connections")
    body = "".join(f"{i:05}" for i in range(700))
    need(g.do("put " + body).startswith("put 1 of 1") and g.do("end") == "ended", "put")
    got = b""
    while piece := old.recv(65536):
        got += piece
    need(got.endswith(b"\r\n\r\n" + body.encode()) and b"chunked" not in got, got[:300])
    s.sendall(b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    need(b"200 OK" in s.recv(65536), "HEAD")
    g.until("count", "0 streams, 1 connections")
    s.close()


def what_waits_is_bounded(g):
    """Of one stream and of all; a text is taken whole or not at all; who takes it at last has every byte that was taken."""
    streams = [g.ask(receive_bytes=4096) for _ in range(6)]
    most = g.stuff()
    need(ALL - 6 * 1000 <= most <= ALL and g.do("put " + "y" * 3000).startswith("put 0 of 6"), f"{most} bytes wait")
    need(g.do("end") == "ended" and "answering" in g.do("count"), "an end that waits to be taken is none")
    read = [None] * len(streams)

    def take(i):
        read[i] = streams[i][1].read()
    threads = [threading.Thread(target=take, args=(i,)) for i in range(len(streams))]
    [t.start() for t in threads], [t.join() for t in threads]
    need(all(re.fullmatch(rb"x*", r) for r in read) and sum(map(len, read)) >= most, [len(r) for r in read])
    [s.close() for s, _ in streams]
    g.until("count", "0 streams, 0 connections")


def who_takes_nothing_is_cut(g):
    """After a minute of bytes that wait, not before; one that is idle, and one that has taken all, live on."""
    slow, _ = g.ask(receive_bytes=4096)
    need(ONE - 1000 <= g.stuff() <= ONE, "the most of one")
    idle, r = g.ask("/hello")
    need(r.readline() == b"hello\n", "hello")
    need(re.fullmatch(r"[1-9]\d+ waited before, [1-9]\d+ wait", g.do("pass 59000")) and g.do("count").startswith("2 streams"), "it is cut too early")
    g.until("pass 2000", r"\d+ waited before, 0 wait")
    g.until("count", "1 streams, 1 connections")
    need(g.do("pass 3600000") == "0 waited before, 0 wait" and g.do("count") == "1 streams, 1 connections", "an idle one is cut")
    g.do("put later~")
    need(r.readline() == b"later\n", "later")
    slow.close(), r.close(), idle.close()


def who_has_gone(g):
    """Closed, half closed, reset: noticed by the next sweep, though nothing is sent."""
    for end in ((lambda s, r: (r.close(), s.close())), (lambda s, r: s.shutdown(socket.SHUT_WR)),
                (lambda s, r: (s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0"), r.close(), s.close()))):
        s, r = g.ask()
        need(g.do("count").startswith("1 streams"), "one")
        end(s, r)
        g.until("pass 1000", ".*")
        g.until("count", "0 streams, 0 connections")
        s.close()


def quiet_and_end(g):
    """Nobody new is let in, those who are there go on; the end of the server ends them, and on_gone is called for each."""
    keep = [g.ask() for _ in range(20)]
    need(g.do("quiet") == "quiet", "quiet")
    try:
        g.connect().close()
        need(False, "somebody new is let in")
    except ConnectionRefusedError:
        pass
    need(g.do("put x~").startswith("put 20 of 20"), "put")
    need(all(r.readline() == b"x\n" for _, r in keep), "they go on")
    g.until(f"fill {ALL}", "put 0 of 20.*")
    late = keep                                        # the block's end closes the server with all of them open
    need(len(late) == 20, "")


def thousands(g):
    """So many at once, each with its bytes; half of them go in the middle."""
    streams = [g.ask() for _ in range(400)]
    for i in range(10):
        need(g.do(f"put {i}~").startswith(f"put {400 if i < 5 else 200} of"), i)
        if i == 4:
            for s, r in streams[::2]:
                s.close(), r.close()
            g.until("pass 1000", ".*")
            g.until("count", "200 streams, 200 connections")
    g.do("end")
    need(all(r.read() == b"".join(b"%d\n" % i for i in range(10)) for _, r in streams[1::2]), "bytes")
    [s.close() for s, _ in streams]


def hostile(g):
    """Spoilt requests; and it is there at the end."""
    done = subprocess.run([HOSTILE, str(g.port), "4000", "7"], capture_output=True, text=True, timeout=250)
    need(done.returncode == 0, done.stdout)
    g.until("pass 120000", ".*")
    g.do("end")
    s, r = g.ask("/short")
    need(r.read() == b"hello\n", "it is gone")
    s.close()


def by_tls(folder):
    """The same over TLS."""
    folder = pathlib.Path(folder)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=x", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", folder / "key", "-out", folder / "cert"], check=True, capture_output=True)
    with Server(str(folder / "cert"), str(folder / "key")) as g:
        all_arrives(g)
        who_takes_nothing_is_cut(g)
        s, r = g.ask()
        r.close(), s.close()
        g.until("pass 1000", ".*")
        g.until("count", "0 streams, 0 connections")


if __name__ == "__main__":
    failed = play([all_arrives, late_ones, what_waits_is_bounded, who_takes_nothing_is_cut, who_has_gone, quiet_and_end, thousands, hostile], sys.argv[3:], Server)
    failed |= play([by_tls], sys.argv[3:], tempfile.TemporaryDirectory)
    sys.exit(failed)
