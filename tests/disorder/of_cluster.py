"""Faults of a Redis Cluster: three masters, each with a replica."""
import os, signal, time

import redis

from kinds import kind
from world import SCOPES, TOPICS, until

OPTIONS = ["--appendonly", "yes", "--cluster-require-full-coverage", "no"]


def _masters(s):
    return sorted({n for _, _, n in s.store.slots()})


def _replica_of(s, master):
    """Its replica, if one is linked to it."""
    for n in s.store.ports:
        try:
            told = s.store.node(n, 1).info("replication")
        except redis.RedisError:
            continue
        if told["role"] == "slave" and told["master_port"] == s.store.ports[master] and told["master_link_status"] == "up":
            return n
    return None


def _settled(s):
    try:
        masters = _masters(s)
        return len(masters) == 3 and all(s.store.node(n).cluster("INFO")["cluster_state"] == "ok" for n in s.store.ports) and all(_replica_of(s, n) for n in masters)
    except (redis.RedisError, KeyError):
        return False


def _settle(s):
    """Three masters, each with a replica that follows it: the next fault needs them."""
    s.wait_for(90, lambda: _settled(s), "the cluster does not come to rest")


def _signal(s, n, number):
    s.store.deaf = n if number == signal.SIGSTOP else None
    os.kill(int((s.store.folder / str(n) / "pid").read_text()), number)


def _taken_over(s, master, heir):
    s.wait_for(60, lambda: heir in _masters(s) and master not in _masters(s), f"the replica {heir} of the dead master {master} does not take over")


@kind("redis", "cluster", loses=True)
def master_kill(s, rng):
    """kill -9 of a master; its replica takes over; it comes back as a replica."""
    _settle(s)
    master = rng.choice(_masters(s))
    heir = _replica_of(s, master)
    s.store.kill(master)
    if rng.random() < 0.3:                           # back before anybody voted
        s.sleep(rng.uniform(0, 1))
    else:
        _taken_over(s, master, heir)
    s.store.start(master, *OPTIONS)


def _changes_places(s, heir):
    """Does the replica begin to?  A busy machine has let it take its master for dead meanwhile."""
    try:
        return s.store.node(heir).execute_command("CLUSTER", "FAILOVER")
    except redis.ResponseError as bad:
        if "to a replica" in str(bad):               # it did so by itself
            return True
        if "Master is down" not in str(bad):
            raise
        return False


@kind("redis", "cluster")
def failover(s, rng):
    """CLUSTER FAILOVER: a replica and its master change places, nothing is lost."""
    _settle(s)
    master = rng.choice(_masters(s))
    heir = _replica_of(s, master)
    s.wait_for(60, lambda: _changes_places(s, heir), f"the replica {heir} takes its master for dead")
    _taken_over(s, master, heir)


@kind("redis", "cluster", loses=True)
def frozen_replica(s, rng):
    """A replica is frozen and cut off for some seconds, its master is killed, and the replica takes over: acknowledged writes are lost."""
    _settle(s)
    master = rng.choice(_masters(s))
    heir = _replica_of(s, master)
    _signal(s, heir, signal.SIGSTOP)
    try:
        s.store.node(master).execute_command("CLIENT", "KILL", "TYPE", "replica")
        s.sleep(rng.uniform(0.5, 4))
        s.store.kill(master)
    finally:
        _signal(s, heir, signal.SIGCONT)
    _taken_over(s, master, heir)
    s.store.start(master, *OPTIONS)


@kind("redis", "cluster", loses=True)
def frozen_master(s, rng):
    """A master stands still until its replica has taken over; then it wakes up and still believes that it is the master."""
    _settle(s)
    master = rng.choice(_masters(s))
    heir = _replica_of(s, master)
    _signal(s, master, signal.SIGSTOP)
    try:
        _taken_over(s, master, heir)
        s.sleep(rng.uniform(0, 1))
    finally:
        _signal(s, master, signal.SIGCONT)


@kind("redis", "cluster")
def slot(s, rng):
    """The slot of a scope or of a partition moves to another master, some keys at a time, while everything goes on."""
    _settle(s)
    tag = rng.choice(["ALL", rng.choice(SCOPES), f"{rng.choice(TOPICS)}/{rng.randrange(s.partitions)}"])
    number = redis.crc.key_slot(tag.encode())
    source = s.store.master_of_slot(number)
    s.store.move_slot(number, rng.choice([n for n in _masters(s) if n != source]), pause=rng.choice([0, 0.02]))
