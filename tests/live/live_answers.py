"""Redis answers, and does not do what it was asked: each answer has its reaction (docs/operating.md)."""
import contextlib, threading

import redis

from live_faults import _end, _flow
from world import mixed, need, until


def _told(running, word, already):
    """Somebody waits and says why, in Redis' own words; nobody ends."""
    def said():
        dead = [p for p in running if not p.running()]
        need(not dead, f"{dead and dead[0].name} ended; {dead and dead[0].last_words()}")
        return sum(p.err.count(word) for p in running) > already
    until(60, said, lambda: f"nobody says {word}; {running[0].last_words()}")


@contextlib.contextmanager
def _settings(store, before, after):
    for name, value in before.items():
        store.client.config_set(name, value)
    try:
        yield
    finally:
        for name, value in after.items():
            store.client.config_set(name, value)


@contextlib.contextmanager
def _not_saved(store):
    """A snapshot can't be written: where its file belongs there is a folder."""
    (store.folder / "dump.rdb").unlink(missing_ok=True)
    (store.folder / "dump.rdb" / "in the way").mkdir(parents=True)
    store.client.config_set("save", "3600 1000000")
    store.client.bgsave()
    until(30, lambda: store.client.info("persistence")["rdb_last_bgsave_status"] == "err", "the snapshot was written")
    try:
        yield
    finally:
        (store.folder / "dump.rdb" / "in the way").rmdir()
        (store.folder / "dump.rdb").rmdir()
        store.client.config_set("save", "")


@contextlib.contextmanager
def _a_replica(store, stale="yes"):
    store.client.config_set("replica-serve-stale-data", stale)
    store.client.execute_command("REPLICAOF", "127.0.0.1", "1")
    try:
        yield
    finally:
        store.client.execute_command("REPLICAOF", "NO", "ONE")


@contextlib.contextmanager
def _busy(store):
    """Another program's script that does not end."""
    store.client.config_set("busy-reply-threshold", "20")

    def spin():
        with contextlib.suppress(redis.RedisError):
            redis.Redis.from_url(store.url).eval("while true do end", 0)
    script = threading.Thread(target=spin)
    script.start()
    try:
        yield
    finally:
        def ended():
            with contextlib.suppress(redis.RedisError):
                store.client.execute_command("SCRIPT", "KILL")
            return not script.is_alive()
        until(30, ended, "the script does not end")


def what_redis_takes_back_is_waited_for(w):
    """OOM, NOREPLICAS, MISCONF, READONLY, MASTERDOWN, BUSY and LOADING of a real Redis while records flow: said, waited out, exact."""
    w.begin("--enable-debug-command", "yes")
    want, ingest, feed, running = _flow(w, 12000, 17, 500)
    until(60, lambda: feed.reached(0.05) and w.store.client.exists("tt:{ALL}:asof"), "records do not flow")
    faults = [("OOM", lambda: _settings(w.store, {"maxmemory": "1"}, {"maxmemory": "0"})),
              ("NOREPLICAS", lambda: _settings(w.store, {"min-replicas-to-write": "1"}, {"min-replicas-to-write": "0"})),
              ("MISCONF", lambda: _not_saved(w.store)), ("READONLY", lambda: _a_replica(w.store)),
              ("MASTERDOWN", lambda: _a_replica(w.store, "no")), ("BUSY", lambda: _busy(w.store))]
    for word, fault in faults:
        already = sum(p.err.count(word) for p in running)
        gone_on = [p.err.count('"going on"') for p in running]
        with fault():
            _told(running, word, already)
        until(60 * w.patience, lambda: any(p.err.count('"going on"') > n for p, n in zip(running, gone_on)), f"after {word} nobody goes on")
    w.store.client.save()
    w.store.kill()
    w.store.options = (*w.store.options, "--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024")
    w.store.start()
    _told(running, "LOADING", 0)
    _end(w, want, ingest, feed, running)


def what_redis_refuses_for_good_stops(w):
    """NOPERM, NOAUTH and WRONGPASS: exit 1 with Redis' own words and what helps; afterwards nothing is missing."""
    w.begin()
    lines, want = mixed(2000, seed=18)
    w.ingest(lines[:1000]).ends_with(3, 60)
    store, url = w.store.client, w.store.url

    def stops(p, *words):
        p.ends_with(1, 60 * w.patience)
        for word in ("FAULT_STORE_REFUSED", *words):
            need(word in p.err, f"it does not say {word}; {p.last_words()}")
    a = w.aggregate("a")
    until(60 * w.patience, lambda: not w.incomplete(), "the scopes do not become complete")
    store.execute_command("ACL", "SETUSER", "default", "-evalsha", "-eval")
    w.ingest(lines[1000:]).ends_with(3, 60)
    stops(a, "NOPERM", "users.acl")
    store.execute_command("ACL", "SETUSER", "default", "+@all")
    a = w.aggregate("a")
    a.says("started", 30)
    until(60 * w.patience, a.loaded, "it does not begin")
    store.config_set("requirepass", "secret")
    store.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    stops(a, "user and password into the URL")       # NOAUTH, or "unauthenticated multibulk length" of a command with many arguments
    w.store.url = url.replace("redis://", "redis://:wrong@")
    stops(w.aggregate("a"), "WRONGPASS", "in the URL")
    p = w.lookup("totals", "CN-LN", "RU").ends_with(1, 30)
    need("WRONGPASS" in p.err and "in the URL" in p.err, f"look-up: {p.last_words()}")
    w.store.url = url.replace("redis://", "redis://:secret@")
    w.aggregate_to_end()
    w.totals_are(want)
