"""Is it true what readers are told: whenever `complete` is 1, the totals hold every record that Kafka had acknowledged before `through`?

A process asks Kafka again and again where the partitions end, and notes when it had the answer: what lies below was acknowledged by then. A reading is
what the tags of a scope stand for (an offset of each partition), and its `through`. Where an offset lies below what was acknowledged before `through`, the
records in between must make no difference to this scope: a tag stays where it is when nothing of its scope has changed.

What a partition adds to a scope is kept as one number, the sum of all amounts, each times a factor of its field: two shares whose numbers are the same are
the same. So many thousand readings are judged in one pass over the log.
"""
import array, bisect, collections, ctypes, functools, hashlib, math, signal, time

import confluent_kafka
from confluent_kafka import admin

from world import oracle

MOST = 1 << 64
MARGIN = "ALL:all"                                   # the hash that is read, and judged, in every reading


@functools.lru_cache(1 << 20)
def factor(name, field):
    return int.from_bytes(hashlib.blake2b(f"{name} {field}".encode(), digest_size=8).digest(), "little") | 1


def number_of(name, fields):
    return sum(amount * factor(name, field) for field, amount in fields.items()) % MOST


# ---- what was acknowledged, and when -----------------------------------------------------------------------------------
def ask_ends(client, places):
    """{place: end} of those that answer: of what was acknowledged, also behind an open transaction."""
    asked = {confluent_kafka.TopicPartition(*place): admin.OffsetSpec.latest() for place in places}
    out = {}
    for place, answer in client.list_offsets(asked, isolation_level=confluent_kafka.IsolationLevel.READ_UNCOMMITTED, request_timeout=2).items():
        try:
            out[place.topic, place.partition] = answer.result(3).offset
        except Exception:                            # a broker that is away; it is asked again
            pass
    return out


def serve(pipe, brokers, places):
    """Notes until it is told to end; then {place: (ms since 1970, ends)}."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    client = admin.AdminClient({"bootstrap.servers": brokers, "log_level": 0, "reconnect.backoff.max.ms": 1000})
    known = {place: (array.array("q"), array.array("q")) for place in places}
    try:
        while not pipe.poll(0.02):
            ends = ask_ends(client, places)
            now = math.ceil(time.time() * 1000)
            for place, end in ends.items():
                times, had = known[place]
                if end > (had[-1] if had else 0):
                    times.append(now)
                    had.append(end)
        pipe.recv()
        pipe.send(known)
    except (EOFError, BrokenPipeError):
        pass


class Acknowledged:
    """Up to where a partition has to be held. What lay astray has to be held where its first copy lies."""

    def __init__(self, known, astray, copies):
        self.known, self.astray = known, {}          # place -> (offsets, and up to them: {place: end of the copies there})
        for where, offset in sorted(astray):
            offsets, ends = self.astray.setdefault(where, ([], []))
            home, copy = copies[where, offset]
            so_far = ends[-1] if ends else {}
            offsets.append(offset)
            ends.append({**so_far, home: max(copy + 1, so_far.get(home, 0))})

    def before(self, through):
        """{place: offset} at a moment."""
        out = {}
        for place, (times, had) in self.known.items():
            n = bisect.bisect_left(times, through)
            out[place] = had[n - 1] if n else 0
        for place, (offsets, ends) in self.astray.items():
            n = bisect.bisect_left(offsets, out[place])
            for home, end in ends[n - 1].items() if n else ():
                out[home] = max(out[home], end)
        return out


# ---- what a partition adds to each scope --------------------------------------------------------------------------------
class Shares:
    """Of one partition on one day: its shares of all scopes, and of their margins, below every offset."""

    def __init__(self, day, few):
        self.day, self.few, self.entries, self.shown = day, few, {}, {}
        self.steps = collections.defaultdict(lambda: (array.array("q"), array.array("Q")))   # scope, or name of a margin -> offsets, numbers

    def added(self, entry):
        out = collections.Counter()
        if entry.standing:
            for name, fields in oracle.totals({0: entry}, self.day).items():
                number, scope = number_of(name, fields), name.partition(":")[0]
                out[scope] += number
                if name == f"{scope}:{MARGIN}":
                    out[name] += number
        return {k: v % MOST for k, v in out.items()}

    def take(self, offset, r):
        key = r["type"], r.get("basis"), oracle.kafka_key(r)
        entry = self.entries.get(key)
        if entry is None:
            entry = self.entries[key] = oracle.Entry()
        old = self.shown.pop(key, None)
        if old is None:
            old = self.added(entry)
        if not entry.take(r):
            self.shown[key] = old
            return
        new = self.added(entry)
        if key[1] == "STATISTIC" or len(self.shown) < self.few:
            self.shown[key] = new
        for name in {*old, *new}:
            change = (new.get(name, 0) - old.get(name, 0)) % MOST
            if change:
                offsets, numbers = self.steps[name]
                numbers.append(((numbers[-1] if numbers else 0) + change) % MOST)
                offsets.append(offset + 1)

    def below(self, name, offset):
        offsets, numbers = self.steps.get(name, ((), ()))
        n = bisect.bisect_right(offsets, offset)
        return numbers[n - 1] if n else 0

    def is_held(self, scope, offset, least):
        """Is the share below `offset` one that holds all records below `least`?"""
        if offset >= least:
            return True
        share = self.below(scope, offset)
        offsets, numbers = self.steps.get(scope, ((), ()))
        return share == self.below(scope, least) or any(numbers[n] == share for n in range(bisect.bisect_right(offsets, least), len(numbers)))


# ---- the judge -----------------------------------------------------------------------------------------------------------
def why_wrong(reading, shares, acknowledged):
    """Of {"scope", "day", "offsets", "through", "margins"}; '' when nothing is."""
    scope, day = f"{{{reading['scope']}}}", reading["day"]
    least = acknowledged.before(reading["through"])
    for place, offset in reading["offsets"].items():
        if not shares[place, day].is_held(scope, offset, least[place]):
            return (f"{scope} is complete through {reading['through']}, {place[0]}/{place[1]} had acknowledged {least[place]} records by then "
                    f"(copies of such that lay astray among them), and the totals hold {offset} of them")
    margin = f"{scope}:{MARGIN}"
    expected = sum(shares[place, day].below(margin, offset) for place, offset in reading["offsets"].items()) % MOST
    if set(reading["margins"]) != {expected}:
        return f"{margin} is not what the tags stand for: {len(reading['margins'])} different ones were read with tags that stand for {reading['offsets']}"
    return ""


def spoilt(reading, shares, acknowledged):
    """The same with a `through` at which something was acknowledged that its totals lack; None when nothing came later."""
    scope = f"{{{reading['scope']}}}"
    for place, offset in reading["offsets"].items():
        of = shares[place, reading["day"]]
        times, had = acknowledged.known[place]
        for n in range(bisect.bisect_right(had, offset), len(had)):
            if not of.is_held(scope, offset, had[n]):
                return {**reading, "through": times[n] + 1}
    return None


def judge(readings, shares, acknowledged):
    """-> (what is wrong of each, '' when nothing is; how many were spoilt, how many of these were found)."""
    found = [why_wrong(r, shares, acknowledged) for r in readings]
    late = next((s for s in (spoilt(r, shares, acknowledged) for r in readings) if s), None)
    off = next(({**r, "margins": {n + 1: c for n, c in r["margins"].items()}} for r in readings), None)
    bad = [b for b in (late, off) if b]
    return found, len(bad), sum(why_wrong(b, shares, acknowledged) != "" for b in bad)
