"""A reader who trusts `complete`, in a process of its own: what it was told is judged when the run is over.

A sample is one MULTI of a scope: asof, tags, the hashes of some pairs, some rankings. Where complete is 1, the tags' versions say which messages of
Kafka it stands for: the journals name the offset (`next`) of every version, so their records are followed while everything goes on.
"""
import ctypes, random, re, signal, struct, time

import redis

import world
from world import SCOPES, TOPICS, oracle, records

PLAIN = re.compile(r"([0-9a-f]{16}\.\d+)@(\d{4}-\d\d-\d\d)")
HEAD = struct.Struct("<IIBQQQQq")                    # length, crc, flags, version, predecessor, next
RANKED = ["export.CNY", "import.CNY", "total.USD", "export.USD", "agreements", "agreements.CNY"]


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
        self.nodes, self.next = nodes, {}
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
        while at[1:] < (chunk, length):
            data = client.getrange(f"{key}:journal:{gen}:{at[1]}", at[2], at[2] + (1 << 20))
            used = self.records(partition, data)
            at = (gen, at[1], at[2] + used) if used else (gen, at[1] + 1, 0)
            if not used and at[1] > chunk:
                break
        self.at[partition] = at if at[1] <= chunk else (gen, chunk, length)

    def records(self, partition, data):
        at = 0
        while at + HEAD.size <= len(data):
            size, _, _, start, counter, _, _, next_ = HEAD.unpack_from(data, at)
            if at + 4 + size > len(data):
                break
            self.next[partition, f"{start:016x}.{counter}"] = next_
            at += 4 + size
        return at


class Reader:
    def __init__(self, url, partitions, seed, partners, years, most):
        self.most = most
        self.nodes, self.rng = Nodes(url), random.Random(f"{seed} reader")
        self.journals = Journals(self.nodes, partitions)
        self.partitions = partitions
        self.partners, self.windows = partners, oracle.WINDOWS + ["all"] + years
        self.samples, self.wrong = [], []
        self.seen = {"asked": 0, "partial": 0, "complete": 0, "away": 0}
        self.last = {}

    def step(self):
        try:
            for partition in self.journals.at:
                self.journals.follow(partition)
            self.sample(self.rng.choice(SCOPES) if self.rng.random() < 0.7 else "ALL")
        except (redis.RedisError, OSError) as bad:
            self.seen["away"] += 1
            self.nodes.forget()
            time.sleep(0.05)

    def sample(self, scope):
        rng, own = self.rng, f"tt:{{{scope}}}:"
        pairs = rng.sample(self.partners, min(2, len(self.partners))) + (["ALL"] if rng.random() < 0.5 else [])
        names = [f"{{{scope}}}:{q}:{w}{detail}" for q in pairs for w in self.windows for detail in ("", ":detail")] + [f"{{{scope}}}:{q}:months" for q in pairs]
        ranks = [f"{{{scope}}}:top:{rng.choice(self.windows)}:{m}" for m in rng.sample(RANKED, 2)]
        pipe = self.nodes.of(own).pipeline(transaction=True)
        pipe.hgetall(own + "asof").hgetall(own + "tags")
        for name in names:
            pipe.hgetall("tt:" + name)
        for name in ranks:
            pipe.zrange("tt:" + name, 0, -1, withscores=True)
        asof, tags, *rest = pipe.execute()
        self.seen["asked"] += 1
        asof = {k.decode(): v.decode() for k, v in asof.items()}
        if asof.get("complete") != "1":
            self.seen["partial"] += 1
            return
        self.seen["complete"] += 1
        tags = {k.decode(): v.decode() for k, v in tags.items()}
        plain = {p: PLAIN.fullmatch(t) for p, t in tags.items()}
        if len(tags) != 2 * self.partitions or not all(m and m[2] == asof["day"] for m in plain.values()):
            self.wrong.append(f"{own}asof says complete on {asof.get('day')}, with the tags {tags}")
            return
        if self.last.get(scope) == tags and rng.random() < 0.9:
            return                                   # the same again
        self.last[scope] = tags
        hashes = {n: {f.decode(): int(v) for f, v in h.items()} for n, h in zip(names, rest)}
        rankings = {n: {f.decode(): score for f, score in z} for n, z in zip(ranks, rest[len(names):])}
        kept = (asof["day"], {p: m[1] for p, m in plain.items()}, hashes, rankings)
        if len(self.samples) < self.most:
            self.samples.append(kept)
        elif (n := rng.randrange(self.seen["complete"])) < self.most:
            self.samples[n] = kept

    def result(self):
        """Samples with offsets for versions; those whose versions no journal ever showed are counted."""
        known, unknown = [], 0
        for day, versions, hashes, rankings in self.samples:
            offsets = {}
            for partition, version in versions.items():
                topic, _, number = partition.rpartition("/")
                offsets[topic, int(number)] = self.journals.next.get((partition, version))
            if None in offsets.values():
                unknown += 1
            else:
                known.append((oracle.day_of(day, ""), offsets, hashes, rankings))
        return {"samples": known, "unknown": unknown, "wrong": self.wrong, **self.seen}


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
