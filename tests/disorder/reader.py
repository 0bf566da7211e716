"""A reader who trusts `complete` and `through`, in a process of its own: what it was told is judged when the run is over.

A sample is one MULTI of a scope: asof, tags, the hashes of some pairs, some rankings. Where complete is 1, the tags' versions say which messages of
Kafka it stands for: the journals name the offset (`next`) of every version, so their records are followed while everything goes on.

A reading is less: asof, tags and one hash. There are many of them, and all are judged (told.py). Those with the same tags stand for the same records, so
the latest `through` that was told beside them is what they have to hold.
"""
import ctypes, math, random, re, signal, struct, sys, time

import redis

import told
import world
from world import SCOPES, TOPICS, oracle, records

PLAIN = re.compile(r"([0-9a-f]{16}\.\d+)@(\d{4}-\d\d-\d\d)")
HEAD = struct.Struct("<IIBQQQQq")                    # length, crc, flags, version, predecessor, next
READINGS = 8                                         # beside each sample
RANKED = ["deals.export.CNY", "export.CNY", "import.CNY", "total.USD", "export.USD", "agreements", "agreements.CNY"]


class Nodes:
    """A client of the server that has a key: one server, or a cluster as it is just now."""

    def __init__(self, url):
        self.url, self.clients, self.table = url, {}, None

    def client(self, host, port):
        if (host, port) not in self.clients:
            self.clients[host, port] = redis.Redis(host=host, port=port, decode_responses=False, socket_timeout=3, socket_connect_timeout=1)
        return self.clients[host, port]

    def of(self, key):
        kind, _, rest = self.url.partition("://")
        hosts = [(h.rpartition(":")[0], int(h.rpartition(":")[2])) for h in rest.split("/")[0].split(",")]
        if kind == "redis":
            return self.client(*hosts[0])
        if self.table is None:
            for h in hosts:
                try:
                    self.table = [(row[0], row[1], row[2][0].decode(), row[2][1]) for row in self.client(*h).execute_command("CLUSTER", "SLOTS")]
                    break
                except redis.RedisError:
                    continue
        slot = redis.crc.key_slot(key.encode())
        for first, last, host, port in self.table or []:
            if first <= slot <= last:
                return self.client(host, port)
        raise redis.ConnectionError(f"slot {slot} has no master")

    def forget(self):
        self.table = None


class Journals:
    """(partition, version) -> next, of every record that was seen in a journal."""

    def __init__(self, nodes, partitions):
        self.nodes, self.next, self.last = nodes, {}, {}   # last: the version of the record that was read last
        self.at = {f"{t}/{p}": None for t in TOPICS for p in range(partitions)}    # generation, chunk, offset in it

    def follow(self, partition):
        key = f"tt:{{{partition}}}"
        client = self.nodes.of(key)
        ver, next_, gen, chunk, length = client.hmget(f"{key}:meta", "ver", "next", "gen", "chunk", "len")
        if None in (ver, next_, gen, chunk, length):
            return
        self.next[partition, ver.decode()] = int(next_)
        gen, chunk, length = gen.decode(), int(chunk), int(length)
        at = self.at[partition]
        if at is None or at[0] != gen or (at[1], at[2]) > (chunk, length):
            at = (gen, 0, 0)
            self.last.pop(partition, None)
        while at[1:] < (chunk, length):
            last = at[2] + (1 << 20) if at[1] < chunk else length - 1
            used, follows = self.records(partition, client.getrange(f"{key}:journal:{gen}:{at[1]}", at[2], last))
            if not follows and (at[1] == chunk or at[2] + used == 0):
                at = (gen, 0, 0)                     # another journal, of the same name: Redis was emptied meanwhile
                self.last.pop(partition, None)
                break
            at = (gen, at[1], at[2] + used) if used else (gen, at[1] + 1, 0)
        self.at[partition] = at if at[1] <= chunk else (gen, chunk, length)

    def records(self, partition, data):
        """-> how many bytes were read; do they follow what was read before?"""
        at = 0
        while at + HEAD.size <= len(data):
            size, _, _, start, counter, *before, next_ = HEAD.unpack_from(data, at)
            if self.last.get(partition, tuple(before)) != tuple(before):
                return at, False
            if at + 4 + size > len(data):
                break
            self.next[partition, f"{start:016x}.{counter}"] = next_
            self.last[partition] = start, counter
            at += 4 + size
        return at, True


class Reader:
    def __init__(self, url, partitions, seed, partners, years, most):
        self.most = most
        self.nodes, self.rng = Nodes(url), random.Random(f"{seed} reader")
        self.journals = Journals(self.nodes, partitions)
        self.partitions = partitions
        self.partners, self.windows = partners, oracle.WINDOWS + ["all"] + years
        self.samples, self.wrong = [], []
        self.readings = {}                           # (scope, day, versions of all partitions) -> [how many, latest through, {number of the margin: how many}]
        self.order = sorted(self.journals.at)
        self.seen = {"asked": 0, "partial": 0, "complete": 0, "away": 0}
        self.last = {}

    def step(self):
        try:
            self.sample(self.scope())
            for _ in range(READINGS):
                self.journals.follow(self.rng.choice(self.order))
                self.look(self.scope(), [], [])
            for partition in self.order:
                self.journals.follow(partition)
        except (redis.RedisError, OSError) as bad:
            self.seen["away"] += 1
            self.nodes.forget()
            time.sleep(0.05)

    def scope(self):
        return self.rng.choice(SCOPES) if self.rng.random() < 0.7 else "ALL"

    def look(self, scope, names, ranks):
        """Reads them in one MULTI. -> (day, versions, what was read), or None when the scope is not complete."""
        own, margin = f"tt:{{{scope}}}:", f"{{{scope}}}:{told.MARGIN}"
        pipe = self.nodes.of(own).pipeline(transaction=True)
        pipe.hgetall(own + "asof").hgetall(own + "tags").hgetall("tt:" + margin)
        for name in names:
            pipe.hgetall("tt:" + name)
        for name in ranks:
            pipe.zrange("tt:" + name, 0, -1, withscores=True)
        asof, tags, whole, *rest = pipe.execute()
        now = math.ceil(time.time() * 1000)
        self.seen["asked"] += 1
        asof = {k.decode(): v.decode() for k, v in asof.items()}
        if asof.get("complete") != "1":
            self.seen["partial"] += 1
            return None
        self.seen["complete"] += 1
        tags = {k.decode(): v.decode() for k, v in tags.items()}
        plain = {p: PLAIN.fullmatch(t) for p, t in tags.items()}
        if len(tags) != 2 * self.partitions or not all(m and m[2] == asof["day"] for m in plain.values()):
            self.wrong.append(f"{own}asof says complete on {asof.get('day')}, with the tags {tags}")
            return None
        if not asof.get("through", "").isdigit() or not 0 < int(asof["through"]) <= now:
            self.wrong.append(f"{own}asof says complete through {asof.get('through')}, at {now}")
            return None
        versions = {p: sys.intern(m[1]) for p, m in plain.items()}
        reading = self.readings.setdefault((scope, asof["day"], tuple(versions[p] for p in self.order)), [0, 0, {}])
        number = told.number_of(margin, {f.decode(): int(v) for f, v in whole.items()})
        reading[:2] = reading[0] + 1, max(reading[1], int(asof["through"]))
        reading[2][number] = reading[2].get(number, 0) + 1
        return asof["day"], versions, rest

    def sample(self, scope):
        rng = self.rng
        pairs = rng.sample(self.partners, min(2, len(self.partners))) + (["ALL"] if rng.random() < 0.5 else [])
        names = [f"{{{scope}}}:{q}:{w}{detail}" for q in pairs for w in self.windows for detail in ("", ":detail")] + [f"{{{scope}}}:{q}:months" for q in pairs]
        ranks = [f"{{{scope}}}:top:{rng.choice(self.windows)}:{m}" for m in rng.sample(RANKED, 2)]
        if not (read := self.look(scope, names, ranks)):
            return
        day, versions, rest = read
        if self.last.get(scope) == (day, versions) and rng.random() < 0.9:
            return                                   # the same again
        self.last[scope] = day, versions
        hashes = {n: {f.decode(): int(v) for f, v in h.items()} for n, h in zip(names, rest)}
        rankings = {n: {f.decode(): score for f, score in z} for n, z in zip(ranks, rest[len(names):])}
        kept = (day, versions, hashes, rankings)
        if len(self.samples) < self.most:
            self.samples.append(kept)
        elif (n := rng.randrange(self.seen["complete"] // (1 + READINGS))) < self.most:
            self.samples[n] = kept

    def offsets(self, versions):
        """{place: offset}; None when a version was never seen in a journal."""
        out = {}
        for partition, version in versions:
            topic, _, number = partition.rpartition("/")
            out[topic, int(number)] = self.journals.next.get((partition, version))
        return None if None in out.values() else out

    def result(self):
        """Samples with offsets for versions; those whose versions no journal ever showed are counted."""
        known, unknown, readings, unread = [], 0, [], 0
        for day, versions, hashes, rankings in self.samples:
            offsets = self.offsets(versions.items())
            unknown += offsets is None
            if offsets:
                known.append((oracle.day_of(day, ""), offsets, hashes, rankings))
        for (scope, day, versions), (count, through, margins) in self.readings.items():
            offsets = self.offsets(zip(self.order, versions))
            unread += count if offsets is None else 0
            if offsets:
                readings.append({"scope": scope, "day": oracle.day_of(day, ""), "offsets": offsets, "through": through, "margins": margins, "count": count})
        return {"samples": known, "unknown": unknown, "readings": readings, "unread": unread, "wrong": self.wrong, **self.seen}


def serve(pipe, *arguments):
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    reader = Reader(*arguments)
    try:
        while not pipe.poll(0.02):
            reader.step()
        pipe.recv()
        pipe.send(reader.result())
    except (EOFError, BrokenPipeError):
        pass
