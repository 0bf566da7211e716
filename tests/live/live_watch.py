"""A pair that is watched while its totals move: tally-lookup watch before a service that counts."""
import json
import random
import signal

from live_faults import _corrected
from world import judged, need, until


def _known(lines):
    """What a watcher knows out of the changes that it was told; it began with nothing. -> window and measure: minor units, or a number."""
    known = {}
    for event in map(json.loads, lines):
        if event["event"] != "change":
            continue
        at = event["window"], event["measure"]
        before, now, difference = (int(event[member].replace(".", "")) for member in ("before", "now", "difference"))
        need(known.get(at, 0) == before and now - before == difference, f"{at} was told to be {known.get(at)}, and then: {event}")
        known[at] = now
    return {at: value for at, value in known.items() if value}


def watch_tells_every_change(w):
    """Deals come and are corrected 20 times, and Redis is killed in between and loses all: what a watcher was told, change by change, comes to what Redis has and the oracle says; SIGTERM and SIGINT end it with 0."""
    w.begin()
    lines = _corrected(60, 20, 23)
    want = judged(lines)[0]
    places = sorted({tuple(key.split(":")[:2]) for key in want if key.count(":") == 2 and not key.endswith(":months")})
    scope, partner = next(p for p in random.Random(w.seed).sample(places, len(places)) if p[0].startswith("{CN-") and p[1] != "ALL")
    province = scope.strip("{}")
    w.aggregate("a")
    until(30 * w.patience, lambda: not w.incomplete(), "the scopes do not become complete")
    watchers = [w.lookup("-J", "--max-age=0", "watch", province, partner), w.lookup("--max-age=0", "watch", province, partner)]
    until(20 * w.patience, lambda: all(p.out for p in watchers), "no totals are told")
    need(json.loads(watchers[0].out.splitlines()[0])["rows"] == [], watchers[0].out)
    half = len(lines) // 2
    w.ingest(lines[:half]).ends_with(0, 60 * w.patience)
    w.totals_become(judged(lines[:half])[0])
    w.store.kill()
    until(20 * w.patience, lambda: all("Redis is away" in p.err for p in watchers), "an outage is not told")
    w.store.start()
    w.ingest(lines[half:]).ends_with(0, 60 * w.patience)
    w.totals_become(want)
    final = {(key.split(":")[2], measure): int(value) for key, h in want.items() if key.startswith(f"{scope}:{partner}:") and key.count(":") == 2 and not key.endswith(":months")
             for measure, value in h.items()}
    need(final, f"{province} x {partner} has no totals")
    until(30 * w.patience, lambda: _known(watchers[0].out.splitlines()) == final,
          lambda: f"{province} x {partner}: told was {_known(watchers[0].out.splitlines())}, and it is {final}")
    for p in watchers:
        p.process.send_signal(signal.SIGINT if p is watchers[0] else signal.SIGTERM)
        p.ends_with(0, 10 * w.patience)
        away = [line for line in p.err.splitlines() if "Redis is away" in line]
        need(len(away) == 1, f"an outage was told {len(away)} times: {p.err}")
    changes = watchers[1].out.count(" -> ")
    need(changes > 5, f"a terminal was told {changes} changes: {watchers[1].out}")
    w.note(f"{province} x {partner}: {changes} changes")
