"""Watchers of /v1/stream in front of the whole chain: what they were told last is what the oracle says, whatever happens to Redis in between."""
import re, threading, time

import answer
from live_faults import _end, _flow
from watching import Watcher
from world import mixed, need, until


class Follower:
    """Watches as a browser does: comes back by itself with the id that it was given last, when it was told to; its .totals are what it was told of each pair."""

    def __init__(self, port, query):
        self.port, self.query, self.id, self.totals, self.names, self.faults, self.lives = port, query, None, {}, [], [], 0
        self.stops = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.stops.is_set():
            retry = 0.2
            try:
                w = Watcher(self.port, self.query, id=self.id)
            except OSError:                                        # nobody listens
                self.stops.wait(retry)
                continue
            except Exception as bad:
                self.faults.append(repr(bad))
                return
            self.lives += 1
            while not self.stops.is_set():
                try:
                    event = w.events.get(timeout=0.1)
                except Exception:
                    continue
                if event is None:
                    break
                self.take(event)
            self.id, retry = w.last_id, (w.retry or 200) / 10000     # a tenth of what was said: tests don't wait
            w.close()
            self.stops.wait(retry)

    def take(self, event):
        self.names.append(event.name)
        if event.name == "resync" or event.name == "snapshot" and self.names[-2:-1] in ([], ["unavailable"]):
            self.totals = {}                                       # what is not in it has no data
        if event.name in ("snapshot", "totals"):
            self.totals = {**self.totals, (event.data["province"], event.data["partner"]): event.data}   # another one: it is looked at meanwhile

    def wrong(self, want):
        """How it differs from the oracle, in a sentence; None: it does not."""
        province, partner, window = (dict(p.split("=") for p in self.query[1:].split("&") if p).get(name) for name in ("province", "partner", "window"))
        one = window or ("all" if not (province and partner) else None)
        expected = {}
        for key, fields in want.items():
            place, other, when, *more = key.split(":")
            place = place.strip("{}")
            if not more and when != "months" and province in (None, place) and partner in (None, other) and one in (None, when):
                expected.setdefault((place, other), {})[when] = fields
        have = {pair: told for pair, said in self.totals.items() if (told := {when: f for when, f in answer.totals(said).items() if f})}
        if have == expected:
            return None
        pair = next(p for p in {**have, **expected} if have.get(p) != expected.get(p))
        return f"{self.query or 'everything'}: {pair} was told as {str(have.get(pair))[:300]}, and is {str(expected.get(pair))[:300]}; events: {self.names[-6:]}, {self.lives} lives"

    def close(self):
        self.stops.set()
        self.thread.join(30)


QUERIES = ["", "?province=CN-LN", "?partner=RU", "?province=ALL&partner=ALL", "?province=CN-LN&partner=RU", "?province=CN-GD&partner=US", "?province=ALL&partner=RU&window=2023", "?province=CN-LN&partner=ALL&window=31d"]


def _listen(w, *arguments):
    p = w.lookup("--listen", "127.0.0.1:0", "--max-age", "0", *arguments)
    p.says('"event":"listening"', 20)
    p.port = int(re.search(r'"port":(\d+)', p.err)[1])
    return p


def _follow(p, times=1):
    return [Follower(p.port, query) for _ in range(times) for query in QUERIES]


def _all_know(w, followers, want):
    def wrong():
        return next((said for f in followers if (said := f.wrong(want))), None)
    until(40 * w.patience, lambda: not wrong(), lambda: wrong())
    need(not any(f.faults for f in followers), [f.faults for f in followers if f.faults])
    [f.close() for f in followers]


def watchers_hear_what_the_oracle_says(w):
    """From an empty Redis on, while records come in pieces: all pairs, one province, one partner, single pairs and windows; late ones, too."""
    lines, want = mixed(6000, seed=21)
    w.begin()
    server = _listen(w)
    early = _follow(server)
    p = w.aggregate("a")
    for at in range(0, len(lines), 1500):
        w.ingest(lines[at:at + 1500]).wait(60)
    late = _follow(server)
    w.totals_become(want)
    _all_know(w, early + late, want)
    need(all("totals" in f.names and "resync" not in f.names for f in early), [f.names[:5] for f in early])
    p.terminate()
    server.terminate()


def redis_restarts_under_watchers(w):
    """Killed and frozen while records flow: told as unavailable, found again by their ids, and nothing is missed. The server restarts, too."""
    w.begin("--appendonly", "yes", "--appendfsync", "always")
    want, ingest, feed, running = _flow(w, 12000, 21, 1200)
    server = _listen(w)
    followers = _follow(server, 4)
    until(60, lambda: feed.reached(0.2) and all(f.names for f in followers), "records do not flow")
    w.store.kill()
    until(20, lambda: all("unavailable" in f.names for f in followers), "somebody is not told that Redis has gone")
    time.sleep(0.5)
    w.store.start()
    until(60, lambda: feed.reached(0.5), "records do not flow")
    told = [f.names.count("unavailable") for f in followers]
    w.store.freeze()
    until(20, lambda: all(f.names.count("unavailable") > n for f, n in zip(followers, told)), "somebody is not told that Redis is silent")
    w.store.thaw()
    until(60, lambda: feed.reached(0.8), "records do not flow")
    server.terminate()
    server = _listen(w)
    for f in followers:
        f.port = server.port
    feed.hurry()
    _end(w, want, ingest, feed, running)
    _all_know(w, followers, want)
    resyncs = sum(f.names.count("resync") for f in followers)
    need(resyncs == 0, f"{resyncs} resyncs: ids of a Redis that has kept everything are good")
    server.terminate()


def a_cluster_under_watchers(w):
    """A master of three is killed: who watches its provinces is told so, others go on; when it is back all know everything."""
    w.begin_cluster(3, 0, "--cluster-require-full-coverage", "no", "--appendonly", "yes")
    want, ingest, feed, running = _flow(w, 12000, 21, 500)
    server = _listen(w)
    down = w.store.master_of("{CN-LN}")
    elsewhere = next(s for s in sorted({key[1:key.index("}")] for key in want} - {"ALL", "CN"}) if w.store.master_of(f"{{{s}}}") != down)
    followers, other = _follow(server, 2), Follower(server.port, f"?province={elsewhere}")
    until(60, lambda: feed.reached(0.2) and all(f.names for f in followers) and other.names, "records do not flow")
    w.store.kill(down)
    until(30, lambda: all("unavailable" in f.names for f in followers if f.query in ("", "?province=CN-LN", "?partner=RU")), "somebody is not told that his master has gone")
    seen = len(other.names)
    until(30, lambda: len(other.names) > seen + 3, "who watches other provinces stands still")
    need("unavailable" not in other.names, f"{elsewhere} lies elsewhere, and its watcher is sent away")
    w.store.start(down, "--cluster-require-full-coverage", "no", "--appendonly", "yes")
    feed.hurry()
    _end(w, want, ingest, feed, running)
    _all_know(w, followers + [other], want)
    server.terminate()


def another_master_under_watchers(w):
    """Behind sentinels: the master dies, its replica goes on, perhaps without the last entries: whoever knew of them is resynced."""
    w.begin_sentinels()
    want, ingest, feed, running = _flow(w, 12000, 21, 800)
    server = _listen(w)
    followers = _follow(server, 2)
    until(60, lambda: feed.reached(0.3) and all(f.names for f in followers), "records do not flow")
    w.store.kill(1)
    until(30, lambda: all("unavailable" in f.names for f in followers), "somebody is not told that the master has gone")
    until(90 * w.patience, lambda: feed.reached(0.8), "records do not flow")
    feed.hurry()
    _end(w, want, ingest, feed, running)
    _all_know(w, followers, want)
    server.terminate()


def a_rebuild_under_watchers(w):
    """Counted again and swapped in under them; and a Redis that has lost everything, and is filled again."""
    lines, want = mixed(4000, seed=21)
    w.begin()
    w.ingest(lines).wait(60)
    w.aggregate_to_end()
    server = _listen(w)
    followers = _follow(server)
    until(20, lambda: all("ready" in f.names for f in followers), "no snapshot")
    w.rebuild()
    w.totals_are(want)
    until(20, lambda: all("totals" in f.names for f in followers), lambda: f"somebody does not hear of the swap: {[(f.query, len(f.names)) for f in followers if 'totals' not in f.names]}")
    p = w.aggregate("a")
    w.store.client.flushall()
    until(20, lambda: all("resync" in f.names for f in followers), "nobody hears that everything is lost")
    w.totals_become(want)
    _all_know(w, followers, want)
    p.terminate()
    server.terminate()
