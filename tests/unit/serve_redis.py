#!/usr/bin/env python3
"""What tally-lookup --listen says when Redis is in trouble: who can be answered is, who can't be is told within a second, and afterwards all is well again.

    serve_redis.py TALLY_LOOKUP [CASE...]
"""
import contextlib, json, socket, sys, threading, time, urllib.error, urllib.request

import redis

import serving
from cases import need, play
from serving import Served, fill, programs

LOOKUP = sys.argv[1]
PAIR = "/v1/totals/CN-LN/RU?window=2023"
WITHIN_S = 4.0                                         # docs/http.md says one; this machine may have much else to do


def answers_again(w, path=PAIR, seconds=20):
    deadline = time.monotonic() + seconds
    while (told := w.ask("GET", path))[0] != 200:
        need(told[0] == 503 and int(told[1]["Retry-After"]) >= 1, told)
        need(time.monotonic() < deadline, f"it never answers again: {told[2]}")
        time.sleep(0.05)
    need(len(told[2]["rows"]) > 5, told)


def is_told_in_time(w, path=PAIR):
    before = time.monotonic()
    status, headers, told = w.ask("GET", path)
    took = time.monotonic() - before
    need(status == 503 and int(headers["Retry-After"]) >= 1, (status, told))
    need(took < WITHIN_S, f"it took {took:.1f} s")
    need("127.0.0.1" not in told["detail"], f"where Redis is, is nobody's affair: {told}")
    return took


def restarted(w):
    """Redis is gone, and comes back."""
    answers_again(w)
    w.redis.kill()
    for _ in range(3):
        is_told_in_time(w)
    need(w.ask("GET", "/v1/provinces")[0] == w.ask("GET", "/")[0] == 200, "what needs no Redis is answered")
    w.redis.start()
    fill(w.redis.client)
    answers_again(w)
    need("FAULT_STORE_AWAY" in w.server.said() and "Redis answers again" in w.server.said(), "its log has nothing of it")


def silent(w):
    """Redis is there and says nothing: 503 within a second, also for those who wait; afterwards it answers."""
    answers_again(w)
    w.redis.freeze()
    took = [is_told_in_time(w) for _ in range(3)]
    asking = [threading.Thread(target=lambda: took.append(is_told_in_time(w))) for _ in range(50)]
    for t in asking:
        t.start()
    for t in asking:
        t.join()
    need(len(took) == 53, "some were not told in time")
    w.redis.thaw()
    answers_again(w)


def begins_without_redis(w):
    """A server that starts before Redis answers as soon as that is there."""
    w.redis.kill()
    with programs.Reader(LOOKUP, w.redis.url) as early:
        w.ask = early.ask
        is_told_in_time(w)
        w.redis.start()
        fill(w.redis.client)
        answers_again(w)


def out_of_clients(w):
    """Redis has no room for more clients; when it has, it is asked."""
    w.redis.client.config_set("maxclients", 10)
    held = []
    while len(held) < 20:
        c = socket.create_connection(("127.0.0.1", int(w.redis.url.rsplit(":", 1)[1].split("/")[0])), 5)
        held.append(c)
        c.sendall(b"PING\r\n")
        if c.recv(100).startswith(b"-ERR max"):
            break
    with programs.Reader(LOOKUP, w.redis.url) as late:
        w.ask = late.ask
        is_told_in_time(w)
        for c in held:
            c.close()
        answers_again(w)


def loading(w):
    """Redis reads its data from the disk for a while."""
    c = w.redis.client
    pipe = c.pipeline(transaction=False)
    for i in range(3000):
        pipe.set(f"filling:{i}", "x" * 2000)
    pipe.execute()
    c.save()
    w.redis.kill()
    starting = threading.Thread(target=lambda: w.redis.start("--key-load-delay", "3000", "--loading-process-events-interval-bytes", "1024"))
    starting.start()                                   # 3,000 keys of 3 ms: some seconds, in which it says LOADING
    onlooker, seen = redis.Redis.from_url(w.redis.url), set()
    while starting.is_alive():
        try:
            onlooker.ping()
        except redis.BusyLoadingError:
            seen.add(w.ask("GET", PAIR)[0])
        except redis.RedisError:
            pass
        time.sleep(0.02)
    need(503 in seen, f"while Redis loads: {seen}")
    answers_again(w)


def a_wrong_password(w):
    """It is told, without the password; when the user is mended, it answers."""
    c = w.redis.client
    c.execute_command("ACL", "SETUSER", "reader", "on", ">right-secret", "~tt:*", "+@all")
    url = w.redis.url.replace("redis://", "redis://reader:wrong-secret@")
    with programs.Reader(LOOKUP, url) as other:
        w.ask = other.ask
        status, _, told = w.ask("GET", PAIR)
        need(status == 503 and "log" in told["detail"] and "password" in other.said(), told)
        c.execute_command("ACL", "SETUSER", "reader", ">wrong-secret")
        answers_again(w)
        need("wrong-secret" not in other.said(), "the log has the password")


def a_right_that_is_missing(w):
    """Who may not read a province is told so; other questions in the same pipeline are answered."""
    w.redis.client.execute_command("ACL", "SETUSER", "reader", "on", ">secret", "~tt:{CN-LN}*", "+@all")
    with programs.Reader(LOOKUP, w.redis.url.replace("redis://", "redis://reader:secret@"), "--workers", "1") as other:
        w.ask = other.ask
        together(w, {PAIR: 200, "/v1/totals/CN-HL/RU?window=2023": 503, "/v1/totals/CN-LN/KZ?window=2023": 200})


def together(w, want):
    """Questions that one worker has to ask at one time, since Redis is busy when they come; status of each by path."""
    answers, script = [], "local t = redis.call('TIME'); while true do local n = redis.call('TIME'); if (n[1] - t[1]) * 1000000 + n[2] - t[2] > 300000 then return 1 end end"
    w.redis.client.config_set("busy-reply-threshold", 60000)
    busy = threading.Thread(target=lambda: w.redis.client.eval(script, 0))
    busy.start()
    time.sleep(0.1)
    asking = [threading.Thread(target=lambda p=p: answers.append((p, w.ask("GET", p)))) for _ in range(8) for p in want]
    for t in asking:
        t.start()
        time.sleep(0.002)
    for t in [*asking, busy]:
        t.join()
    for path, (status, _, told) in answers:
        need(status == want[path], (path, status, told))
    return {path: told for path, (_, _, told) in answers}


def a_key_of_another_type(w):
    """It fails the questions that ask for it, each time, and no other, also in the same pipeline."""
    w.redis.client.delete("tt:{CN-HL}:RU:2023")
    w.redis.client.set("tt:{CN-HL}:RU:2023", "5")
    w.redis.client.hset("tt:{CN-JL}:RU:2023", "export.CNY", "many")
    with programs.Reader(LOOKUP, w.redis.url, "--workers", "1") as one:
        w.ask = one.ask
        told = together(w, {PAIR: 200, "/v1/totals/CN-HL/RU?window=2023": 503, "/v1/totals/CN-HL/RU?window=all": 200, "/v1/totals/CN-HL?window=2023": 503, "/v1/totals?partner=RU&window=2023": 503, "/v1/totals/CN-JL/RU?window=2023": 503,
                            "/v1/totals/CN-LN?window=2023": 200, "/v1/top?province=CN-LN&window=2023&measure=export.CNY": 200})
        w.redis.client.delete("tt:{CN}:RU:2023")
        w.redis.client.set("tt:{CN}:RU:2023", "5")
        row = w.get("/v1/totals/ALL/RU", window="2023", measure="export.CNY")["rows"][0]
        need(row["value"] == "14400000000.11" and "coverage" not in row, f"what can't be read is only what it would be a share of: {row}")
        need("WRONGTYPE" not in str(told) and "WRONGTYPE" in one.said(), "what Redis says is for the log")
        status, headers, _ = w.ask("GET", "/v1/totals/CN-HL/RU?window=2023", headers={"If-None-Match": "*"})
        need(status == 503, "it can't be read, and is called not modified")


def a_client_that_is_gone(w):
    """Before its answer: nobody else notices."""
    w.redis.freeze()
    for i in range(100):
        s = socket.create_connection(("127.0.0.1", w.server.port), 5)
        s.sendall(f"GET {PAIR} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        if i % 2:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        s.close()
    w.redis.thaw()
    answers_again(w)


def _monitor(program, path):
    port = next(line["port"] for line in map(json.loads, program.said().splitlines()) if line["event"] == "monitoring")
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.read().decode()


def _becomes(what):
    deadline = time.monotonic() + 20
    while not what():
        need(time.monotonic() < deadline, "it does not come to that")
        time.sleep(0.1)


def one_province_that_is_broken(w):
    """It is no reason to be taken out of service; of it nothing is known any more."""
    with programs.Reader(LOOKUP, w.redis.url, "--metrics", "127.0.0.1:0") as one:
        through = 'tally_through_timestamp_seconds{province="CN-LN"}'
        _becomes(lambda: through in _monitor(one, "/metrics")[1])
        w.redis.client.delete("tt:{CN-LN}:asof")
        w.redis.client.set("tt:{CN-LN}:asof", "5")
        _becomes(lambda: through not in _monitor(one, "/metrics")[1])
        need(_monitor(one, "/readyz")[0] == 200 and "tally_redis_up 1" in _monitor(one, "/metrics")[1], "all others can be read")
        need(_monitor(one, "/readyz?complete=1")[0] == 503, "not all is whole")


def late_answers_are_counted(w):
    """Those that were told 503 since Redis did not answer."""
    with programs.Reader(LOOKUP, w.redis.url, "--metrics", "127.0.0.1:0") as one:
        w.redis.freeze()
        need(one.ask("GET", PAIR)[0] == 503, "Redis is silent")
        _becomes(lambda: "tally_lookup_late_total 1" in _monitor(one, "/metrics")[1])
        w.redis.thaw()


def as_many_as_may_wait(w):
    """4,096 questions wait for a Redis that is silent; one more is told at once; each of them gets an answer."""
    with programs.Reader(LOOKUP, w.redis.url, "--connections", "6000", "--connections-per-address", "6000") as wide:
        w.ask = wide.ask
        answers_again(w)
        w.redis.freeze()
        sockets = []
        try:
            request = f"GET {PAIR} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
            for _ in range(4300):
                s = socket.create_connection(("127.0.0.1", wide.port), 20)
                s.settimeout(20)
                sockets.append(s)
            for s in sockets:
                s.sendall(request)
            answers = []
            for s in sockets:
                got = b""
                with contextlib.suppress(ConnectionError):
                    while piece := s.recv(4096):
                        got += piece
                answers.append(got)
        finally:
            for s in sockets:
                s.close()
            w.redis.thaw()
        need(all(a.startswith(b"HTTP/1.1 503 ") for a in answers), [a[:100] for a in answers if not a.startswith(b"HTTP/1.1 503 ")][:3])
        answers_again(w)


CASES = [restarted, silent, begins_without_redis, out_of_clients, loading, a_wrong_password, a_right_that_is_missing, a_key_of_another_type, a_client_that_is_gone, one_province_that_is_broken, late_answers_are_counted, as_many_as_may_wait]

if __name__ == "__main__":
    sys.exit(play(CASES, sys.argv[2:], lambda: Served(LOOKUP), at_once=4))
