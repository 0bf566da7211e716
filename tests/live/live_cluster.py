"""Totals are exact on a Redis Cluster, and behind sentinels, whatever happens to its masters."""
import redis

from live_faults import _end, _flow
from world import CLOCK, SCOPES, mixed, need, until


def a_cluster_of_three_masters(w):
    """Records through two aggregators into three masters: every field as the oracle says; lookup and verify agree."""
    lines, want = mixed(8000, seed=12)
    w.begin_cluster()
    w.ingest(lines).ends_with(3, 60 * w.patience)
    w.aggregate_to_end(instances=2)
    w.totals_are(want)
    w.no_dead_letters()
    need(all(w.store.node(n).dbsize() > 100 for n in (1, 2, 3)), "the keys do not lie on all masters")
    w.lookup("verify").ends_with(0, 60 * w.patience)
    shown = w.lookup("totals", "CN-LN", "RU", "all").ends_with(0, 30)
    need("CN-LN" in shown.out, f"lookup shows {shown.out[:200]}")
    w.lookup("top", "CN-LN", "all", "export.CNY").ends_with(0, 30)
    w.lookup("series", "CN-LN", "RU", "export.CNY").ends_with(0, 30)


def _on(w, n):
    """{scope: asof version} of the scopes that lie on server n."""
    return {s: int(w.store.node(n).hget(f"tt:{{{s}}}:asof", "version") or 0) for s in SCOPES if w.store.master_of(f"{{{s}}}") == n}


def a_master_away_takes_only_its_own_with_it(w):
    """One of three masters is killed while records flow: the totals of the others go on; when it is back, all are exact."""
    w.begin_cluster(3, 0, "--cluster-require-full-coverage", "no", "--appendonly", "yes")
    want, ingest, feed, running = _flow(w, 50000, 16, 400)       # for two minutes, if it takes so long
    until(60, lambda: feed.reached(0.04) and w.store.client.exists("tt:{ALL}:asof"), "records do not flow")
    down = w.store.master_of("{CN-LN}")
    others = [n for n in (1, 2, 3) if n != down]
    w.store.kill(down)
    for p in running:
        p.says("waiting for a part of Redis", 30)

    def the_others_go_on():
        for _ in range(3):                           # three times: not only what had been under way
            for n in others:
                seen = _on(w, n)
                until(20, lambda: sum(v > seen[s] for s, v in _on(w, n).items()) > 2,
                      lambda: f"the scopes of server {n} stand still, which is not away: {_on(w, n)}; {running[0].last_words()}")
    the_others_go_on()
    running[1].kill()                                # what it had is taken over without the master that is away
    loaded = running[0].loaded()
    until(30 * w.patience, lambda: running[0].loaded() > loaded + 3, "nothing is taken over")
    the_others_go_on()
    need(running[0].running(), f"{running[0].name} did not wait; {running[0].last_words()}")
    running[1] = w.aggregate("b")
    running[1].says("waiting.*FAULT_STORE_AWAY", 20) # whether it evicts can't be known yet
    w.store.start(down, "--cluster-require-full-coverage", "no", "--appendonly", "yes")
    feed.hurry()
    _end(w, want, ingest, feed, running)
    w.lookup("verify").ends_with(0, 60 * w.patience)


def slots_that_move(w):
    """Slots of scopes and of partitions move between masters while records flow, some keys at a time (MOVED, ASK, TRYAGAIN)."""
    w.begin_cluster()
    want, ingest, feed, running = _flow(w, 12000, 17, 600)
    until(60, lambda: feed.reached(0.2) and w.store.client.exists("tt:{ALL}:asof"), "records do not flow")
    moved = 0
    for tag in ("{CN-LN}", "{trade-events/0}", "{ALL}", "{agreements/1}", "{CN-LN}"):
        slot = redis.crc.key_slot(tag.encode())
        source = w.store.master_of_slot(slot)
        moved += w.store.move_slot(slot, source % 3 + 1, pause=0.02)
    need(moved > 100, f"only {moved} keys were moved")
    w.note(f"{moved} keys moved while {feed.sent} of {len(feed.lines)} records were sent")
    _end(w, want, ingest, feed, running)
    w.lookup("verify").ends_with(0, 60 * w.patience)


def a_reset_in_a_slot_that_moves(w):
    """A tag becomes unknown while half of its scope has moved: what arrives later is not added to what is pushed again."""
    lines, want = mixed(8000, seed=12)
    w.begin_cluster()
    w.ingest(lines).ends_with(3, 60)
    running = w.aggregate("a")
    w.totals_become(want)
    slot = redis.crc.key_slot(b"CN-LN")
    to = w.store.master_of_slot(slot) % 3 + 1

    def spoil():
        tags = w.store.client.hgetall("tt:{CN-LN}:tags")
        for p in tags:
            tags[p] = "00000000000000ff.1@" + CLOCK
        w.store.client.hset("tt:{CN-LN}:tags", mapping=tags)
        running.says("waiting for a part of Redis.*ASK", 30)
    w.store.move_slot(slot, to, first=[f"tt:{{CN-LN}}:{own}" for own in ("tags", "index", "asof", "changes", "told")], then=spoil)
    running.says("scope reset", 60 * w.patience)
    w.totals_become(want)
    running.terminate()
    w.totals_are(want)
    w.lookup("verify").ends_with(0, 60 * w.patience)


def replicas_take_over(w):
    """CLUSTER FAILOVER, then kill -9 of a master, while records flow: its replica goes on, and the killed one comes back."""
    w.begin_cluster(3, 1, "--appendonly", "yes")
    want, ingest, feed, running = _flow(w, 15000, 13, 600)
    until(60, lambda: feed.reached(0.15) and w.store.client.exists("tt:{ALL}:asof"), "records do not flow")
    first = w.store.master_of("{CN-LN}")
    replica = w.store.replica_of(first)
    w.store.node(replica).execute_command("CLUSTER", "FAILOVER")
    until(30, lambda: w.store.master_of("{CN-LN}") == replica, "the replica did not take over")
    until(60, lambda: feed.reached(0.4), "records do not flow")
    second = w.store.master_of("{ALL}")
    heir = w.store.replica_of(second)
    w.store.kill(second)
    until(60, lambda: w.store.master_of("{ALL}") == heir, "the replica of a dead master did not take over")
    w.store.start(second, "--appendonly", "yes")
    _end(w, want, ingest, feed, running)
    w.lookup("verify").ends_with(0, 60 * w.patience)


def sentinels_name_another_master(w):
    """The master is killed while records flow: the sentinels make its replica the master, and everything goes on there."""
    w.begin_sentinels()
    want, ingest, feed, running = _flow(w, 8000, 16, 600)
    until(60, lambda: feed.reached(0.2) and w.store.client.exists("tt:{ALL}:asof"), "records do not flow")
    w.store.kill(1)
    for p in running:
        p.says("waiting", 30)
    _end(w, want, ingest, feed, running)
    w.lookup("verify").ends_with(0, 60 * w.patience)
    need(w.store.client.info("replication")["role"] == "master", "the client reads from no master")
