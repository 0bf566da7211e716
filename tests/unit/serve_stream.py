#!/usr/bin/env python3
"""/v1/stream before a real Redis: nobody misses a change or hears of an older state after a newer one, whoever comes, goes, comes back, is slow, or loses Redis.

    serve_stream.py TALLY_LOOKUP [CASE...]
"""
import base64, contextlib, http.client, pathlib, random, re, signal, sys, threading, time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "support")]
import oracle
from cases import need, play
from watching import Lookup, OwnRedis, Watcher

LOOKUP = sys.argv[1]
RETRY = (500, 10500)


@contextlib.contextmanager
def world(*arguments):
    with OwnRedis() as redis, Lookup(LOOKUP, redis.url, *arguments) as lookup:
        lookup.redis = redis
        yield lookup


def until(holds, why, seconds=30):
    deadline = time.monotonic() + seconds
    while not (answer := holds()):
        need(time.monotonic() < deadline, why)
        time.sleep(0.02)
    return answer


def plain(document):
    """Without what moves by itself."""
    return {k: v for k, v in document.items() if k not in ("through", "through_age_ms")}


def the_same_documents(l):
    """Snapshot and totals are what /v1/totals answers, in every window of a pair; the head tells proxies and caches to leave it alone."""
    l.redis.change("CN-LN", "RU ALL")
    l.redis.client.hset("tt:{CN-LN}:RU:2023", mapping={"export.CNY": "1440000000000", "export.contradicted": "1", "export.qty.TNE": "1200500"})
    w = l.watch("?province=CN-LN&partner=RU")
    need(w.status == 200 and w.headers["Content-Type"] == "text/event-stream" and w.headers["Cache-Control"] == "no-store" and w.headers["X-Accel-Buffering"] == "no", w.headers)
    first = w.snapshot()
    need(list(first) == [("CN-LN", "RU")] and plain(first["CN-LN", "RU"].data) == plain(l.get("/v1/totals/CN-LN/RU")[1]), first)
    l.redis.change("CN-LN", "RU")
    second = w.next("totals")
    need(plain(second.data) == plain(l.get("/v1/totals/CN-LN/RU")[1]) and second.value() == 2 and second.value(window="2023") == 14400000000, second)
    v = l.watch("?province=Liaoning&partner=RU,KR&window=2023&measure=export.CNY")
    told = v.snapshot()
    need(set(told) == {("CN-LN", "RU"), ("CN-LN", "KR")} and not told["CN-LN", "KR"].data["has_data"], told)
    need(plain(told["CN-LN", "RU"].data) == plain(l.get("/v1/totals/CN-LN/RU?window=2023&measure=export.CNY")[1]), told)
    for query, name in (("?province=CN-XX", "province"), ("?partner=QQ", "partner"), ("?window=5d", "window"), ("?measure=x", "measure"), ("?x=1", "x")):
        need((answer := l.get("/v1/stream" + query))[0] == 400 and answer[1].get("parameter") == name, (query, answer))
    w.close(), v.close()


def who_watches_what(l):
    """Of a change hears who asked for it, and nobody else; of all that have data, and of `*`, everybody."""
    for province, partners in (("CN-LN", "RU KR ALL"), ("CN-JL", "RU ALL"), ("ALL", "RU KR ALL")):
        l.redis.change(province, partners)
    ln, jl = l.watch("?province=CN-LN"), l.watch("?province=CN-JL&partner=RU,KR")
    ru, everything = l.watch("?partner=RU"), l.watch()
    need(set(ln.snapshot()) == {("CN-LN", p) for p in ("RU", "KR", "ALL")}, "a province")
    need(set(jl.snapshot()) == {("CN-JL", "RU"), ("CN-JL", "KR")}, "named pairs stand there without data, too")
    need(set(ru.snapshot()) == {(p, "RU") for p in ("CN-LN", "CN-JL", "ALL")}, "a partner")
    need(len(everything.snapshot()) == 8, "everything")
    l.redis.change("CN-LN", "KR")
    for w in (ln, everything):
        need((e := w.next("totals")).data["partner"] == "KR" and e.value() == 2, e)
    l.redis.change("CN-JL", "KR")
    for w in (jl, everything):
        need((e := w.next("totals")).data["province"] == "CN-JL" and e.data["partner"] == "KR" and e.value() == 1, e)
    l.redis.change("CN-JL", "*")
    need({jl.next("totals").data["partner"] for _ in range(2)} == {"RU", "KR"} and ru.next("totals").data["province"] == "CN-JL", "*")
    ln.nothing()
    l.redis.change("CN-JL", "XX")                                  # a partner of a later version
    ru.nothing()
    [w.close() for w in (ln, jl, ru, everything)]


def who_comes_back(l):
    """With an id: what has changed since, and nothing else; the id of a server that has ended is as good."""
    query = "?province=CN-LN&partner=RU,KR,JP"
    for partner in ("RU", "KR", "JP"):
        l.redis.change("CN-LN", partner)
    w = l.watch(query)
    w.snapshot()
    l.redis.change("CN-LN", "KR")
    id = w.next("totals").id
    w.close()
    back = l.watch(query, id=id)
    back.nothing()
    l.redis.change("CN-LN", "RU")
    need((e := back.next("totals")).value() == 2 and e.data["partner"] == "RU" and e.id != id, e)
    back.close()
    l.redis.change("CN-LN", "KR")
    l.redis.change("CN-LN", "KR")
    back = l.watch(query, id=id)                                   # KR twice, RU before: each once
    got = {(e := back.next("totals")).data["partner"]: e.value() for _ in range(2)}
    need(got == {"RU": 2, "KR": 4}, got)
    back.nothing()
    back.close()
    with Lookup(LOOKUP, l.redis.url) as other:                     # which has never read what lies before
        back = other.watch(query, id=id)
        got = {(e := back.next("totals")).data["partner"]: e.value() for _ in range(2)}
        need(got == {"RU": 2, "KR": 4}, got)
        back.nothing()
        late = other.watch(query, id=back.last_id)
        late.nothing()
        for i in range(1500):                                      # more than a page
            l.redis.change("CN-LN", "JP")
        third = Lookup(LOOKUP, l.redis.url)
        far = third.watch(query, id=id)
        got = {(e := far.next("totals")).data["partner"]: e.value() for _ in range(3)}
        need(got == {"RU": 2, "KR": 4, "JP": 1501}, got)
        far.nothing()
        [x.close() for x in (far, back, late)]
        third.end()


def nothing_there_yet(l):
    """Who watches before the first record hears of it; also he who was away when it came."""
    w = l.watch("?province=CN-QH&partner=RU")
    need(not w.snapshot()["CN-QH", "RU"].data["has_data"], "data")
    id = w.last_id
    w.close()
    l.redis.change("CN-QH", "RU")
    back = l.watch("?province=CN-QH&partner=RU", id=id)
    need(back.next("totals").value() == 1, "it is missed")
    l.redis.change("CN-QH", "RU")
    need(back.next("totals").value() == 2, "it is missed")
    back.close()


def ids_that_are_no_good(l):
    """Unknown, of another question, prefix or Redis, changed by a bit, trimmed: resync with the reason, and a snapshot."""
    query = "?province=CN-LN&partner=RU"
    l.redis.change("CN-LN", "RU KR")
    w = l.watch(query)
    w.snapshot()
    good = w.last_id
    w.close()
    raw = base64.urlsafe_b64decode(good)
    bad = ["x", "1-0", "A" * len(good), good + "AAAA", good[:-4], good + good, "%" * len(good), good[:-1] + "\xe9", "é", good.lower()]
    bad += [base64.urlsafe_b64encode(raw[:i] + bytes([raw[i] ^ 1]) + raw[i + 1:]).decode() for i in range(len(raw) - 1)]
    for id in bad:
        b = l.watch(query, id=id.encode("latin-1", "replace").decode("latin-1"))
        event = b.next("resync")
        need(event.data["reason"] in ("unknown", "trimmed"), (id, event))
        need(b.snapshot()["CN-LN", "RU"].value() == 1, id)
        b.close()
    for other in ("?province=CN-LN&partner=KR", "?province=CN-LN&partner=RU&window=2023", "?province=CN-LN&partner=RU&measure=export.CNY", "?province=CN-LN", "?partner=RU"):
        b = l.watch(other, id=good)
        b.snapshot(resync="unknown")
        b.close()
    with OwnRedis() as foreign, Lookup(LOOKUP, foreign.url) as there, Lookup(LOOKUP, l.redis.url, "--prefix", "other:") as elsewhere:
        foreign.change("CN-LN", "RU")
        l.redis.change("CN-LN", "RU", prefix="other:")
        for server in (there, elsewhere):
            b = server.watch(query, id=good)
            need(b.next("resync").data["reason"] in ("unknown", "trimmed") and b.snapshot()["CN-LN", "RU"].value() == 1, "a foreign id")
            b.close()
    l.redis.change("CN-LN", "RU")
    l.redis.client.xtrim("tt:{CN-LN}:changes", maxlen=1, approximate=False)
    b = l.watch(query, id=good)
    need(b.snapshot(resync="trimmed")["CN-LN", "RU"].value() == 2, "trimmed")
    b.close()


def ids_that_would_cost_much(l):
    """One that has heard of nothing, forged or old, does not make the server read long streams from their beginning, again and again; short ones are read once."""
    query, forged = "?province=CN-LN&partner=RU", []
    l.redis.change("CN-LN", "RU")
    w = l.watch(query)
    w.snapshot()
    raw = base64.urlsafe_b64decode(w.last_id)
    for i in range(20):                                            # none, and what a none never says
        forged.append(base64.urlsafe_b64encode(raw[:6] + bytes(6) + (1000 - i).to_bytes(3, "big") + bytes([0, i, 0])).decode())
    forged[0] = base64.urlsafe_b64encode(raw[:6] + bytes(12)).decode()

    def pages(ids, *names):
        before = l.redis.commands().get("xrange", 0)
        for id in ids:
            b = l.watch(query, id=id)
            need((event := b.next("snapshot", *names)).name in names or not names, event)
            b.close()
        return l.redis.commands()["xrange"] - before

    def grow(count):
        pipe = l.redis.client.pipeline(transaction=False)
        for i in range(count):
            pipe.xadd("tt:{CN-LN}:changes", {"version": str(i), "partners": "KR"})
        pipe.execute()
        l.redis.change("CN-LN", "RU")
        w.next("totals")
    grow(8000)
    with Lookup(LOOKUP, l.redis.url) as other:                     # which has not read them
        stays = other.watch(query)
        stays.snapshot()
        before = l.redis.commands()["xrange"]
        for id in forged:
            b = other.watch(query, id=id)
            b.next("totals")
            b.close()
        need(l.redis.commands()["xrange"] - before < 100, "a short stream is read more than once")
        stays.close()
    grow(1500)
    with Lookup(LOOKUP, l.redis.url) as other:
        l.port, port = other.port, l.port
        stays = l.watch(query)
        stays.snapshot()
        plain_ones, bad_ones = pages([None] * 20), pages(forged, "resync")
        need(bad_ones < plain_ones + 80, f"{bad_ones} pages, {plain_ones} without an id")
        b = l.watch(query, id=forged[0])
        b.snapshot(resync="trimmed")
        b.close(), stays.close()
        l.port = port
    w.close()


def redis_forgets(l):
    """A Redis that has lost its data under who watches, and one whose stream was cut behind our back: resync, and what there is."""
    l.redis.change("CN-LN", "RU")
    w, other = l.watch("?province=CN-LN&partner=RU"), l.watch("?province=CN-JL&partner=RU")
    w.snapshot(), other.snapshot()
    l.redis.client.flushall()
    need(w.next("resync").data["reason"] == "unknown" and not w.snapshot()["CN-LN", "RU"].data["has_data"], "flushed")
    l.redis.change("CN-LN", "RU")
    need(w.next("totals").value() == 1, "afterwards")
    pipe = l.redis.client.pipeline(transaction=True)
    pipe.hset("tt:{CN-LN}:RU:all", "export.CNY", "700").delete("tt:{CN-LN}:changes")
    pipe.xadd("tt:{CN-LN}:changes", {"version": "9999999999999", "partners": "KR"})
    pipe.execute()
    need(w.next("resync").data["reason"] in ("unknown", "trimmed") and w.snapshot()["CN-LN", "RU"].value() == 7, "cut")
    while not other.events.empty():                                # it lost its asof, too
        need(other.next().name == "totals", "another province is resynced")
    w.close(), other.close()


def what_a_scope_says_of_itself(l):
    """A new day, partial, whole again: told of all its pairs, though no entry says so; also to who was away."""
    l.redis.change("CN-LN", "RU KR")
    w = l.watch("?province=CN-LN&partner=RU,KR")
    w.snapshot()
    id = w.last_id
    l.redis.client.hset("tt:{CN-LN}:asof", mapping={"day": "2024-02-01", "version": str(int(time.time() * 1000))})
    need({w.next("totals").data["as_of"] for _ in range(2)} == {"2024-02-01"}, "a day")
    l.redis.client.hset("tt:{CN-LN}:asof", "complete", "0")
    need({w.next("totals").data["trust"] for _ in range(2)} == {"partial"}, "partial")
    w.nothing(1.5)
    for day in ("2024-03-04", "2024-05-07"):                       # 32 days later, and 64
        l.redis.client.hset("tt:{CN-LN}:asof", mapping={"day": day, "version": str(int(time.time() * 1000))})
        need({w.next("totals").data["as_of"] for _ in range(2)} == {day}, day)
    w.nothing(0.2)
    back = l.watch("?province=CN-LN&partner=RU,KR", id=id)
    need({back.next("totals").data["trust"] for _ in range(2)} == {"partial"}, "who was away")
    w.close(), back.close()


class Reader:
    """A watcher that stays, goes and comes back as its seed says, with or without an id, and remembers of each pair what it was told last."""

    def __init__(self, l, number):
        self.l, self.rng, self.last, self.wrong, self.lives, self.id = l, random.Random(number), {}, None, 0, None
        self.query = self.rng.choice(("?province=CN-LN&partner=RU", "?province=CN-LN&partner=RU,KR,JP", "?province=CN-LN", "?partner=RU", "", "?province=CN-JL&partner=KR&window=all&measure=export.CNY"))
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def hear(self, event):
        if event.name == "resync":
            return
        pair, value = (event.data["province"], event.data["partner"]), event.value() or 0
        if value < self.last.get(pair, 0):
            self.wrong = f"{pair}: {value} after {self.last[pair]} ({event!r})"
        self.last[pair] = value

    def run(self):
        while not self.done.is_set() and not self.wrong:
            self.live(self.rng.uniform(0.02, 0.8))
        if not self.wrong:
            self.live(None)                                        # to the end

    def live(self, seconds):
        self.lives += 1
        if self.rng.random() < 0.3:
            self.id = None
        if self.id is None:
            self.last = {}
        w = Watcher(self.l.port, self.query, id=self.id)
        until_at = time.monotonic() + (seconds if seconds is not None else 60)
        quiet = None
        while time.monotonic() < until_at:
            try:
                event = w.events.get(timeout=0.05)
                if event is None:
                    break
                if event.name in ("snapshot", "totals"):
                    self.hear(event)
                quiet = None
            except Exception:
                if seconds is None:
                    quiet = quiet or time.monotonic()
                    if time.monotonic() - quiet > 1.5:
                        break
        self.id = w.last_id
        w.close()
        while not w.events.empty() and (event := w.events.get()):
            if event.name in ("snapshot", "totals"):
                self.hear(event)
        self.id = w.last_id


def nobody_misses_anything(l):
    """Changes as fast as they can be made, and forty who come, go and come back all the while: nobody hears of an older state after a newer one, and all end with what Redis has."""
    rng, count = random.Random(5), 0
    readers = [Reader(l, i) for i in range(40)]
    while count < 3000 or sum(r.lives for r in readers) < 400:
        l.redis.change(rng.choice(("CN-LN", "CN-JL", "ALL")), " ".join(rng.sample(("RU", "KR", "JP", "ALL", "WORLD"), rng.randint(1, 3))))
        count += 1
    [r.done.set() for r in readers]
    [r.thread.join() for r in readers]
    have = {}
    for province in ("CN-LN", "CN-JL", "ALL"):
        for partner in ("RU", "KR", "JP", "ALL", "WORLD"):
            have[province, partner] = int(l.redis.client.hget(f"tt:{{{province}}}:{partner}:all", "export.CNY") or 0) / 100
    for r in readers:
        need(not r.wrong, r.wrong)
        for pair, value in r.last.items():
            need(have.get(pair, 0) == value, f"{r.query}: {pair} ended with {value}, Redis has {have.get(pair)}")
        if r.query in ("", "?partner=RU"):
            need({p: v for p, v in have.items() if v and (not r.query or p[1] == "RU")} == {p: v for p, v in r.last.items() if v}, f"{r.query}: pairs are missing")


def who_is_cut_off(l):
    """In the middle of a snapshot, or of what he has missed: he comes back with the id of before, and hears all of it."""
    partners = [p for p in oracle.PARTNERS if p != "CN"][:60]
    provinces = sorted(oracle.PROVINCES)[:20]

    def change_all():
        for province in provinces:
            l.redis.change(province, " ".join(partners))

    def part(id=None, count=100):
        """He hears so many, and is gone. -> his id"""
        w = l.watch(id=id, receive_bytes=4096)
        for _ in range(count):
            w.next("snapshot", "totals", "resync")
        w.close()
        return w.last_id
    change_all()
    need(part() is None, "an id before all of it was sent")
    w = l.watch()
    need(len(w.snapshot()) == 1200, "a snapshot")
    w.close()
    change_all()
    need(part(w.last_id) == w.last_id, "an id before all of it was sent")
    back, heard = l.watch(id=w.last_id), {}
    while len(heard) < 1200:
        event = back.next("totals")
        heard[event.data["province"], event.data["partner"]] = event.value()
    need(set(heard.values()) == {2}, "what he has missed")
    back.nothing()
    back.close()


def who_is_slow(l):
    """Who does not read hears nothing until he does; then resync, and how it is now. Nobody waits for him."""
    l.redis.change("CN-LN", "RU")
    slow, quick = l.watch("?province=CN-LN", receive_bytes=4096, reads=False), l.watch("?province=CN-LN&partner=RU")
    quick.snapshot()
    partners = "RU KR JP US DE FR IT ES NL BE PL SE FI NO DK AT CH GR PT IE"
    stop = time.monotonic() + 20
    while l.redis.client.hget("tt:{CN-LN}:RU:all", "export.CNY") and time.monotonic() < stop:
        for _ in range(20):
            l.redis.change("CN-LN", partners)
        time.sleep(0.05)
        if time.monotonic() > stop - 12:
            break
    last = int(l.redis.client.hget("tt:{CN-LN}:RU:all", "export.CNY")) / 100
    until(lambda: quick.seen and quick.seen[-1].name == "totals" and quick.seen[-1].value() == last, "who is quick waits for who is slow")
    time.sleep(3.5)                                                # so long it takes to be slow
    l.redis.change("CN-LN", partners)
    slow.begin()
    until(lambda: any(e.name == "resync" for e in slow.seen) and slow.seen[-1].name in ("ready", "totals"), lambda: f"no resync: {slow.seen[-3:]}")
    at = next(i for i, e in enumerate(slow.seen) if e.name == "resync")
    need(slow.seen[at].data == {"reason": "slow"}, slow.seen[at])
    l.redis.change("CN-LN", "RU")
    until(lambda: slow.seen[-1].name == "totals" and slow.seen[-1].value() == last + 2, "afterwards it hears as others do")
    after = {e.data["partner"]: e for e in slow.seen[at:] if e.name in ("snapshot", "totals")}
    need(set(after) == set(partners.split()), "not all of it came again")
    need(len(slow.seen) < 0.8 * len(partners.split()) * last, "everything was kept for who is slow")
    slow.close(), quick.close()


def redis_goes_and_comes(l):
    """Killed, or silent: who watches and who comes hears so, with spread times; when it is back the old ids are good, and nothing was missed."""
    l.redis.change("CN-LN", "RU")
    for kind in ("kill", "stop"):
        watchers = [l.watch(f"?province=CN-LN&partner={'RU' if i % 2 else 'RU,KR'}") for i in range(60)]
        [w.snapshot() for w in watchers]
        ids = [w.last_id for w in watchers]
        l.redis.kill() if kind == "kill" else l.redis.signal(signal.SIGSTOP)
        for w in watchers:
            need(w.next("unavailable").data["retry_ms"] == w.retry or not w.ended.wait(0), "retry")
            need(w.ended.wait(20), "it does not end")
        retries = [w.retry for w in watchers]
        need(all(RETRY[0] <= r <= RETRY[1] for r in retries) and max(retries) - min(retries) > 5000 and len(set(retries)) > 50, sorted(retries))
        for _ in range(5):
            late = l.watch("?province=CN-LN&partner=RU", id=ids[1])
            need(late.status == 200 and late.next("unavailable").data["retry_ms"] > 0 and late.ended.wait(20), "who comes meanwhile")
            need(late.last_id == ids[1], "the id is lost")
        l.redis.start() if kind == "kill" else l.redis.signal(signal.SIGCONT)
        before = int(l.redis.client.hget("tt:{CN-LN}:RU:all", "export.CNY")) / 100
        l.redis.change("CN-LN", "RU")

        def answers():
            w = l.watch("?province=CN-LN&partner=RU", id=ids[1])
            event = w.next("totals", "unavailable")
            w.close()
            return event.name == "totals" and event.value() == before + 1
        until(answers, "it does not find Redis again")
        reads = l.redis.commands()
        back = [l.watch(f"?province=CN-LN&partner={'RU' if i % 2 else 'RU,KR'}", id=ids[i]) for i in range(60)]
        need({w.next("totals").value() for w in back} == {before + 1}, "what has changed")
        [w.nothing(0.05) for w in back]
        need(l.redis.commands().get("hgetall", 0) - reads.get("hgetall", 0) < 60 * 135 * 2, "each one costs a reading of his own")
        [w.close() for w in watchers + back]


def a_province_is_broken(l):
    """Its changes or its asof are keys of another type: who watches it hears that it can't be read, and nobody else hears anything of it; also not who comes back."""
    for province in ("CN-LN", "CN-BJ", "CN-JL"):
        l.redis.change(province, "RU")
    gone = l.watch("?province=CN-LN&partner=RU")
    gone.snapshot()
    gone.close()
    for key, change in (("tt:{CN-BJ}:changes", 1), ("tt:{CN-JL}:asof", 2)):
        broken = key[4:9]
        others, there = [l.watch(f"?province={p}&partner=RU") for p in ("CN-LN", "ALL")], l.watch(f"?province={broken}&partner=RU")
        [w.snapshot() for w in (*others, there)]
        before = l.redis.client.dump(key)
        l.redis.client.set(key, "x")
        there.next("unavailable")
        need(there.ended.wait(20), "it does not end")
        late = l.watch("?partner=RU")
        late.next("unavailable")
        l.redis.change("CN-LN", "RU")
        need(others[0].next("totals").value() == change + 1, "another province is not told")
        back = l.watch("?province=CN-LN&partner=RU", id=gone.last_id)
        need(back.next("totals").value() == change + 1, "who comes back to another province")
        [w.nothing() for w in others]
        need(not any(w.ended.is_set() for w in others), "others are cut off")
        l.redis.client.restore(key, 0, before, replace=True)

        def answers():
            w = l.watch(f"?province={broken}&partner=RU")
            event = w.next("snapshot", "unavailable")
            w.close()
            return event.name == "snapshot"
        until(answers, "it is not found again")
        [w.close() for w in (*others, there, late, back)]


def a_pair_is_broken(l):
    """A key of another type: who asked for that pair hears that it can't be read, as over HTTP; no other pair is lost, and of a total that has it as a share only the share."""
    key = "tt:{CN-LN}:RU:all"
    for province in ("ALL", "CN-LN", "CN-JL"):
        l.redis.change(province, "RU KR")
    broken = l.watch("?province=CN-LN&partner=RU&window=all")      # the first who is read for
    broken.snapshot()
    others = [l.watch(f"?{query}&window=all") for query in ("province=CN-LN&partner=KR", "province=ALL&partner=RU", "partner=KR")]
    [w.snapshot() for w in others]
    before = l.redis.client.dump(key)
    for change in (2, 3, 4):
        pipe = l.redis.client.pipeline(transaction=True)
        pipe.delete(key).set(key, "x").hincrby("tt:{CN-LN}:KR:all", "export.CNY", 100).hincrby("tt:{ALL}:RU:all", "export.CNY", 100)
        [pipe.xadd(f"tt:{{{province}}}:changes", {"version": str(change), "partners": partners}) for province, partners in (("CN-LN", "RU KR"), ("ALL", "RU"))]
        pipe.execute()
        broken.next("unavailable")
        need(broken.ended.wait(20) and l.get("/v1/totals/CN-LN/RU?window=all")[0] == 503, "it is read")
        told = [w.next("totals") for w in others]
        need([e.value() for e in told] == [change] * 3, f"a change is missed: {told}")
        need(plain(told[1].data) == plain(l.get("/v1/totals/ALL/RU?window=all")[1]), "a total whose share can't be read")
        broken = l.watch("?province=CN-LN&partner=RU&window=all")
    broken.next("unavailable")
    late = l.watch("?province=ALL&partner=RU&window=all")
    late.snapshot()
    [w.nothing() for w in others]
    l.redis.client.restore(key, 0, before, replace=True)
    again = l.watch("?province=CN-LN&partner=RU&window=all")
    again.snapshot()
    need(l.said().count("who watches a pair is sent away") == 1 and "watchers are sent away" not in l.said(), l.said())
    [w.close() for w in (*others, late, again)]


def nobody_watches(l):
    """Then Redis is asked for nothing; many who watch the same cost as much as one."""
    time.sleep(0.3)
    before = l.redis.commands()
    time.sleep(1.5)
    after = l.redis.commands()
    need({k: v for k, v in after.items() if k != "info" and v != before.get(k, 0)} == {}, "Redis is asked though nobody watches")
    l.redis.change("CN-LN", "RU")
    watchers = [l.watch("?province=CN-LN&partner=RU&window=all") for _ in range(100)]
    [w.snapshot() for w in watchers]
    before = l.redis.commands()
    for i in range(20):
        l.redis.change("CN-LN", "RU")
        [w.next("totals") for w in watchers]
    used = {k: v - before.get(k, 0) for k, v in l.redis.commands().items()}
    need(used["hgetall"] < 400 and not {"keys", "scan"} & set(l.redis.commands()), used)
    [w.close() for w in watchers]
    time.sleep(1.2)
    before = l.redis.commands()
    time.sleep(1.5)
    need({k: v for k, v in l.redis.commands().items() if k != "info" and v != before.get(k, 0)} == {}, "they have gone, and Redis is still asked")


def comments_come(l):
    """Every fifteen seconds, with an id that is newer than the last event where something else has changed."""
    l.redis.change("CN-LN", "RU KR")
    w = l.watch("?province=CN-LN&partner=RU")
    w.snapshot()
    id = w.last_id
    l.redis.change("CN-LN", "KR")
    until(lambda: w.comments >= 1, "no comment", 60)
    until(lambda: w.last_id != id, "the id is the old one", 60)
    back = l.watch("?province=CN-LN&partner=RU", id=w.last_id)
    back.nothing()
    w.nothing(0.1)
    w.close(), back.close()


def the_end(l):
    """SIGTERM: streams end at once, each with a time of its own to come again; their ids are good."""
    l.redis.change("CN-LN", "RU")
    watchers = [l.watch("?province=CN-LN&partner=RU") for _ in range(50)]
    [w.snapshot() for w in watchers]
    l.end()
    need(all(w.ended.wait(20) for w in watchers) and all(w.retry and RETRY[0] <= w.retry <= RETRY[1] for w in watchers) and len({w.retry for w in watchers}) > 40, [w.retry for w in watchers])
    with Lookup(LOOKUP, l.redis.url) as other:
        back = other.watch("?province=CN-LN&partner=RU", id=watchers[0].last_id)
        back.nothing()
        back.close()
    [w.close() for w in watchers]


def too_many(_):
    """No more than --watchers; a place is free again when one has gone."""
    with world("--watchers", "3") as l:
        some = [l.watch("?province=CN-LN&partner=RU") for _ in range(3)]
        [w.snapshot() for w in some]
        status, told = l.get("/v1/stream?province=CN-LN&partner=RU")
        need(status == 503 and told["status"] == 503, told)
        some[0].close()
        until(lambda: l.watch("?province=CN-LN&partner=RU").status == 200, "the place is not free")
        [w.close() for w in some]


def numbers(_):
    """What --metrics says of watchers."""
    with world("--metrics", "127.0.0.1:0", "--watchers", "2") as l:
        port = int(re.search(r'"event":"(?!listening)[^"]*"[^\n]*"port":(\d+)', l.said())[1])

        def number(name):
            c = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            c.request("GET", "/metrics")
            text = c.getresponse().read().decode()
            c.close()
            found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.M)
            return found and float(found[1])
        l.redis.change("CN-LN", "RU")
        w, v = l.watch("?province=CN-LN&partner=RU"), l.watch("?province=CN-LN&partner=RU", id="x")
        w.snapshot(), v.snapshot(resync="unknown")
        need(l.get("/v1/stream")[0] == 503, "a third")
        l.redis.change("CN-LN", "RU")
        w.next("totals"), v.next("totals")
        for name, want in (("tally_stream_watchers", 2), ("tally_stream_events_total", 4), ('tally_stream_resyncs_total{reason="unknown"}', 1), ('tally_stream_resyncs_total{reason="slow"}', 0),
                           ("tally_stream_refused_total", 1), ("tally_stream_waiting_bytes", 0)):
            until(lambda: number(name) == want, f"{name} is not {want}")
        need(1 <= number("tally_stream_documents_total") <= 4, "documents")
        id = w.last_id
        w.close(), v.close()
        until(lambda: number("tally_stream_watchers") == 0, "they have gone")
        w = l.watch("?province=CN-LN&partner=RU", id=id)
        until(lambda: number("tally_stream_resumed_total") == 1, "resumed")
        l.redis.kill()
        w.next("unavailable")
        until(lambda: number("tally_stream_unavailable_total") == 1, "unavailable")
        w.close()


if __name__ == "__main__":
    failed = play([the_same_documents, who_watches_what, who_comes_back, nothing_there_yet, ids_that_are_no_good, ids_that_would_cost_much, redis_forgets, what_a_scope_says_of_itself, who_is_cut_off, who_is_slow, redis_goes_and_comes, a_province_is_broken, a_pair_is_broken, nobody_watches, comments_come,
                   the_end], sys.argv[2:], world, at_once=3)
    failed |= play([nobody_misses_anything], sys.argv[2:], world)
    failed |= play([too_many, numbers], sys.argv[2:])
    sys.exit(failed)
