"""Faults of a Redis on its own."""
import pathlib, random, resource, shutil, time

import redis

import world
from kinds import kind
from world import SCOPES, TOPICS, need, until


def _restart(s, rng, between=None, *options):
    s.restless += 1
    s.store.kill()
    if between:
        between()
    s.sleep(rng.choice([0, rng.uniform(0, 1), rng.uniform(1, 3)]))
    s.store.start(*options)
    s.restless -= 1


@kind("redis", "one", loses=True)
def redis_kill(s, rng):
    """kill -9 of a Redis with AOF everysec; it comes back after up to three seconds."""
    s.sleep(rng.uniform(0, 1))
    _restart(s, rng)


def _newest_aof(s):
    return max((s.store.folder / "appendonlydir").glob("*.incr.aof"), key=lambda p: int(p.name.split(".")[-3]))


@kind("redis", "one", loses=True)
def aof_tail(s, rng):
    """Redis is killed and the end of its AOF is cut off, at a random byte."""
    def cut():
        path = _newest_aof(s)
        size = path.stat().st_size
        with open(path, "r+b") as f:
            f.truncate(max(0, size - rng.randrange(1, 1 << rng.randint(4, 18))))
    _restart(s, rng, cut)


@kind("redis", "one", loses=True)
def aof_torn(s, rng):
    """The AOF ends in the middle of a script (MULTI without EXEC), and Redis is killed a second time soon after."""
    def cut():
        path = _newest_aof(s)
        data = path.read_bytes()
        begins, at = [], len(data)
        while len(begins) < 200 and (at := data.rfind(b"*1\r\n$5\r\nMULTI\r\n", 0, at)) >= 0:
            begins.append(at)
        if begins:
            at = rng.choice(begins)
            end = data.find(b"*1\r\n$4\r\nEXEC\r\n", at)
            if end > at:
                with open(path, "r+b") as f:
                    f.truncate(rng.randrange(at + 15, end + 1))
    _restart(s, rng, cut)
    s.sleep(rng.uniform(0.5, 2.5))
    _restart(s, rng)


@kind("redis", "one", loses=True)
def flushall(s, rng):
    """FLUSHALL."""
    s.store.client.flushall()


@kind("redis", "both", loses=True)
def flush_scope(s, rng):
    """All keys of one scope, or of one partition, are gone at once."""
    tag = rng.choice([rng.choice(SCOPES), "ALL", f"{rng.choice(TOPICS)}/{rng.randrange(s.partitions)}"])
    world.lose(s.node_of(f"{{{tag}}}"), f"tt:{{{tag}}}:*")


@kind("redis", "one", loses=True)
def put_back(s, rng):
    """One partition's or one scope's keys are what they were some seconds ago, as after the failover of a shard that lost writes."""
    s.put_back(rng, rng.choice(["partition", "scope"]), rng.uniform(0.5, 3))


@kind("redis", "one", loses=True)
def old_aof(s, rng):
    """Redis comes back with an append-only file that was copied some seconds ago, while it was written to."""
    kept = s.folder / "older-aof"
    shutil.rmtree(kept, ignore_errors=True)
    try:
        shutil.copytree(s.store.folder / "appendonlydir", kept)
    except shutil.Error:                             # a rewrite ended meanwhile
        return
    s.sleep(rng.uniform(1, 4))

    def restore():
        shutil.rmtree(s.store.folder / "appendonlydir")
        shutil.copytree(kept, s.store.folder / "appendonlydir")
    _restart(s, rng, restore)


@kind("redis", "one", loses=True)
def old_rdb(s, rng):
    """Redis comes back with a snapshot from some seconds ago."""
    kept = s.folder / "older.rdb"
    s.store.client.save()
    shutil.copy(s.store.folder / "dump.rdb", kept)
    s.sleep(rng.uniform(1, 4))

    def restore():
        shutil.rmtree(s.store.folder / "appendonlydir")
        shutil.copy(kept, s.store.folder / "dump.rdb")
    _restart(s, rng, restore, "--appendonly", "no")
    s.store.client.config_set("appendonly", "yes")
    until(60 * s.patience, lambda: not s.store.client.info("persistence")["aof_rewrite_in_progress"], "Redis does not begin its AOF")


@kind("redis", "one")
def maxmemory(s, rng):
    """Redis is full (OOM) for some seconds."""
    used = s.store.client.info("memory")["used_memory"]
    s.store.client.config_set("maxmemory", max(1 << 20, int(used * rng.uniform(0.5, 1.0))))
    s.restless += 1
    s.sleep(rng.uniform(1, 4))
    s.store.client.config_set("maxmemory", 0)
    s.restless -= 1
    s.see_refusals()


@kind("redis", "one")
def read_only(s, rng):
    """Redis becomes a replica of nobody that answers, so it is read-only (READONLY); then a master again."""
    s.restless += 1
    s.store.client.execute_command("REPLICAOF", "127.0.0.1", "1")
    s.sleep(rng.uniform(1, 4))
    s.store.client.execute_command("REPLICAOF", "NO", "ONE")
    s.restless -= 1
    s.see_refusals()


@kind("redis", "one", loses=True)
def follows_its_replica(s, rng):
    """A replica that was cut off some seconds ago becomes the master of the one that everybody writes to, which loses what came since."""
    other = world.Redis(s.folder / "follower", "--repl-diskless-sync-delay", "0")
    s.restless += 1
    try:
        other.client.execute_command("REPLICAOF", "127.0.0.1", s.store.url.rpartition(":")[2].partition("/")[0])
        until(30 * s.patience, lambda: other.client.info("replication").get("master_link_status") == "up", "no replica came up")
        other.client.execute_command("REPLICAOF", "NO", "ONE")
        s.sleep(rng.uniform(0.5, 3))
        s.store.client.execute_command("REPLICAOF", "127.0.0.1", other.url.rpartition(":")[2].partition("/")[0])
        until(30 * s.patience, lambda: s.store.client.info("replication").get("master_link_status") == "up", "the former master does not follow")
        s.store.client.execute_command("REPLICAOF", "NO", "ONE")
    finally:
        s.restless -= 1
        other.close()
        shutil.rmtree(other.folder, ignore_errors=True)


@kind("redis", "one")
def replies(s, rng):
    """For some seconds answers are cut off after the scripts ran: connections closed, half closed, late or silent, at a random byte."""
    with_rests = s.options.cuts > 0 or rng.random() < 0.4
    s.proxy.tell("cut", (1.0 if with_rests else rng.choice([0.05, 0.2, 0.5]), s.styles, with_rests))
    s.restless += 1
    s.sleep(20 if s.options.cuts else rng.uniform(2, 6))
    s.proxy.tell("cut", (0.0, s.styles, False))
    s.restless -= 1
    s.count_cuts()


@kind("redis", "one")
def connections(s, rng):
    """All connections to Redis are cut at once, some times; Redis has forgotten the scripts (NOSCRIPT)."""
    for _ in range(rng.randint(1, 5)):
        s.proxy.tell("drop", None)
        if rng.random() < 0.5:
            s.store.client.script_flush()
        s.sleep(rng.uniform(0, 0.7))
    s.see_refusals()


@kind("redis", "one")
def frozen(s, rng):
    """Redis stands still (SIGSTOP), shorter or longer than the aggregators' patience, and goes on with what it was sent."""
    s.restless += 1
    s.store.freeze()
    try:
        s.sleep(rng.choice([rng.uniform(0.2, 1), rng.uniform(2, 5)]))
    finally:
        s.store.thaw()
    s.restless -= 1


@kind("redis", "one")
def disk_full(s, rng):
    """The disk under Redis is full (MISCONF): its AOF can't grow; then there is room again."""
    s.restless += 1
    size = max(p.stat().st_size for p in (s.store.folder / "appendonlydir").iterdir())
    resource.prlimit(s.store.pid, resource.RLIMIT_FSIZE, (size + rng.randrange(20000), resource.RLIM_INFINITY))
    s.sleep(rng.uniform(2, 5))
    resource.prlimit(s.store.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    until(30 * s.patience, lambda: s.store.client.info("persistence")["aof_last_write_status"] == "ok", "Redis does not see that there is room again")
    s.restless -= 1
    s.see_refusals()
