"""Totals are exact again after what goes wrong while records flow."""
import random, re, shutil, signal, time

from world import judged, lose, mixed, need, until

PACE = 1000                                          # records a second


def _flow(w, count, seed, pace=PACE):
    """Records flow, two aggregators work. -> their lines' totals, the ingest, its feed, the aggregators."""
    lines, want = mixed(count, seed=seed)
    ingest, feed = w.ingest_slowly(lines, pace)
    return want, ingest, feed, [w.aggregate("a"), w.aggregate("b")]


def _end(w, want, ingest, feed, running, seconds=60, may_be_fenced=False):
    ingest.ends_with(3, 60 * w.patience)             # 3: some lines were refused
    need(feed.done(), "the ingest ended before its input")
    w.totals_become(want, seconds)
    for p in running:
        if may_be_fenced:
            w.terminate_even_fenced(p)
        else:
            p.terminate()
    w.totals_are(want)
    w.no_dead_letters()


def kill_9_of_each_aggregator_ten_times(w):
    """Power cuts at random moments while records flow."""
    w.begin()
    want, ingest, feed, running = _flow(w, 15000, 13, 750)
    killed = [0, 0]
    while min(killed) < 10:
        time.sleep(w.rng.uniform(0.1, 1.1))
        which = w.rng.randrange(2)
        if killed[which] == 10:
            which = 1 - which
        need(running[which].running(), f"{running[which].name} ended with {running[which].process.returncode} by itself; {running[which].last_words()}")
        running[which].kill()
        killed[which] += 1
        if w.rng.random() < 0.3:                     # sometimes the other one takes over first, or both are away
            time.sleep(w.rng.uniform(0, 1))
        running[which] = w.aggregate("ab"[which])
    w.note(f"{feed.sent} of {len(feed.lines)} records were sent when the last one was killed")
    _end(w, want, ingest, feed, running)


def _corrected(facts, versions, seed, digits=8):
    """The same facts again and again, each time with other values."""
    rng = random.Random(seed)
    return [b'{"type":"trade","id":"f-%d","version":%d,"basis":"TRANSACTION","province":"%s","partner":"%s","flow":"%s","value":"%d.%02d",'
            b'"currency":"CNY","occurred_at":"2024-01-%02dT03:00:00Z"}'
            % (fact, version, rng.choice([b"CN-LN", b"CN-JL"]), rng.choice([b"RU", b"KZ", b"DE"]), rng.choice([b"EXPORT", b"IMPORT"]),
               rng.randrange(10**(digits - 2)), rng.randrange(100), rng.randrange(1, 31)) for version in range(1, versions + 1) for fact in range(facts)]


def journals_are_compacted_while_records_flow(w):
    """Journals of several chunks become short again, with a power cut in between; nothing of them is left behind."""
    w.begin(partitions=1)
    lines = _corrected(30000, 6, 19)
    want = judged(lines)[0]
    ingest, feed = w.ingest_slowly(lines, 20000)
    first = w.aggregate("a", "--compact-kib", 256)
    first.says("journal compacted", 60 * w.patience)
    first.kill()
    again = w.aggregate("a", "--compact-kib", 256)
    ingest.ends_with(0, 60 * w.patience)
    need(feed.done(), "the ingest ended before its input")
    w.totals_become(want)
    store = w.store.client
    meta = "tt:{trade-events/0}:meta"
    until(20 * w.patience, lambda: store.hget(meta, "written") in (None, b"0", "0"), "the old journal is never swept up")
    again.terminate()
    w.totals_are(want)
    w.no_dead_letters()
    w.lookup("verify").ends_with(0, 30 * w.patience)
    flips = int(re.search(r'"flips": ?(\d+)', again.err).group(1))
    chunks = int(store.hget(meta, "chunk")) + 1
    bytes_ = sum(store.strlen(key) for key in store.keys("tt:{trade-events/0}:journal:*"))
    need(flips > 0, "no journal was compacted after the power cut")
    need(chunks > 1 and len(store.keys("tt:{trade-events/0}:journal:*")) == chunks, f"{chunks} chunks, but {store.keys('tt:{trade-events/0}:journal:*')}")
    w.note(f"{len(lines)} records, {flips} compactions after the power cut, {chunks} chunks of {bytes_} bytes in the end")


def flushall_in_the_middle(w):
    """Redis loses everything while records flow; the aggregators fill it again."""
    w.begin()
    want, ingest, feed, running = _flow(w, 6000, 14)
    for share in (0.4, 0.8):
        until(60, lambda: feed.reached(share), "records do not flow")
        w.store.client.flushall()
    _end(w, want, ingest, feed, running)


def flushall_at_rest(w):
    """Redis loses everything after the last record: nobody sends anything, yet it is noticed."""
    lines, want = mixed(8000, seed=12)
    w.begin()
    w.ingest(lines).ends_with(3, 60)
    running = [w.aggregate("a"), w.aggregate("b")]
    w.totals_become(want)
    w.store.client.flushall()
    w.totals_become(want)
    for scope in ("{CN-LN}", "{ALL}"):               # a province alone, as when a shard fails over
        lose(w.store.client, f"tt:{scope}*")
    w.totals_become(want)
    for p in running:
        p.terminate()


def _older_copy(w, copy, restore, *options):
    w.begin(*options)
    want, ingest, feed, running = _flow(w, 6000, 15)
    until(60, lambda: feed.reached(0.4), "records do not flow")
    until(30, lambda: w.store.client.exists("tt:{CN-LN}:asof"), "nothing has been pushed")
    copy()
    until(60, lambda: feed.reached(0.7), "records do not flow")
    w.store.kill()
    restore()
    w.store.start()
    _end(w, want, ingest, feed, running)


def older_rdb_of_redis(w):
    """Redis is killed and comes back with a snapshot from some seconds ago."""
    kept = w.folder / "older.rdb"

    def copy():
        w.store.client.save()
        shutil.copy(w.store.folder / "dump.rdb", kept)
    _older_copy(w, copy, lambda: shutil.copy(kept, w.store.folder / "dump.rdb"))


def older_aof_of_redis(w):
    """Redis is killed and comes back with an append-only file copied while it was written to."""
    kept = w.folder / "older-aof"

    def restore():
        shutil.rmtree(w.store.folder / "appendonlydir")
        shutil.copytree(kept, w.store.folder / "appendonlydir")
    _older_copy(w, lambda: shutil.copytree(w.store.folder / "appendonlydir", kept), restore, "--appendonly", "yes")


def _commands(data):
    """An append-only file's commands: [(where it begins, where it ends, its words)]; one that is cut short is left out."""
    out, at = [], 0
    while at < len(data):
        begin, words = at, []
        end = data.index(b"\r\n", at)
        count, at = int(data[at + 1:end]), end + 2
        for _ in range(count):
            end = data.find(b"\r\n", at)
            if end < 0 or end + 2 + (size := int(data[at + 1:end])) + 2 > len(data):
                return out
            words.append(data[end + 2:end + 2 + size])
            at = end + 2 + size + 2
        out.append((begin, at, words))
    return out


def _cut_inside(file, is_last_kept):
    """Cut the file in the middle of a command, inside of the last transaction that has a write like this one; that is its last one left."""
    data = file.read_bytes()
    commands = _commands(data)
    for i in reversed(range(len(commands) - 1)):
        if is_last_kept(commands[i][2], commands[i + 1][2]):
            file.write_bytes(data[:(commands[i + 1][0] + commands[i + 1][1]) // 2])
            return
    raise AssertionError("the file has no such transaction")


def _ends_a_commit(words, after):
    return b":journal:" in words[1 % len(words)] and after[0] == b"HSET"


def _ends_totals(words, after):
    return words[0] == b"HINCRBY" and words[1].startswith((b"tt:{CN-LN}:RU", b"tt:{ALL}:RU")) and after[0] != b"EXEC"


def half_a_script_in_the_aof(w):
    """The file ends in the middle of a script: Redis 7.0 keeps the half, and runs it at the restart after the next one."""
    w.begin("--appendonly", "yes", "--auto-aof-rewrite-percentage", "0", partitions=1)
    lines = _corrected(60, 60, 23, digits=16)        # large sums are added to, not set
    marked = 0
    for turn, half in enumerate([_ends_totals, _ends_a_commit, _ends_totals, _ends_a_commit]):
        want = judged(lines[:(turn + 1) * 900])[0]
        ingest, feed = w.ingest_slowly(lines[turn * 900:(turn + 1) * 900], 300)
        running = w.aggregate("a")
        until(60 * w.patience, lambda: feed.reached(0.3), "records do not flow")
        until(60 * w.patience, lambda: w.store.client.hget("tt:{CN-LN}:asof", "complete") == "1", "nothing is complete")
        until(60 * w.patience, lambda: int(w.store.client.hget("tt:{ALL}:RU:2024", "deals.export.CNY") or 0) > 2 * 10**16, "no total is large")
        until(60 * w.patience, lambda: feed.reached(0.5), "records do not flow")
        w.store.kill()
        _cut_inside(next((w.store.folder / "appendonlydir").glob("*.incr.aof")), half)
        w.store.start()
        ingest.ends_with(0, 60 * w.patience)
        w.totals_become(want)
        running.terminate()
        w.store.kill()
        w.store.start()                              # now the half is run
        wrong = {line.split(":")[0] if line[0] == "{" else ":".join(line.split(":")[1:2]) for line in w.wrong(want)}
        need(wrong <= {f"{{{s}}}" for s in w.incomplete()}, f"wrong and not marked: {sorted(wrong)}; {w.wrong(want)[:3]}")
        marked += len(w.incomplete())
        running = w.aggregate("a")
        until(60 * w.patience, running.loaded, "it does not begin")
        w.totals_become(want)
        running.terminate()
        w.totals_are(want)
        w.lookup("verify").ends_with(0, 30 * w.patience)
    said = (w.store.folder / "log").read_text(errors="replace").count("MULTI calls can not be nested")
    need(said >= 4, f"only {said} halves of scripts came back")
    need(marked > 0, "no scope was hurt")
    w.note(f"{said} halves of scripts came back, {marked} scopes were marked")
    w.no_dead_letters()


def redis_away_for_a_while(w):
    """Redis stops answering, then is killed and comes back: the aggregators wait, say so and go on."""
    w.begin("--appendonly", "yes", "--appendfsync", "everysec")
    want, ingest, feed, running = _flow(w, 8000, 16)
    until(60, lambda: feed.reached(0.2), "records do not flow")
    w.store.freeze()
    time.sleep(2)
    w.store.thaw()
    until(60, lambda: feed.reached(0.5), "records do not flow")
    w.store.kill()
    for p in running:
        p.says('"level":"(warn|error)".*FAULT_STORE_AWAY', 20)
    time.sleep(2)
    for p in running:
        need(p.running(), f"{p.name} did not wait for Redis; {p.last_words()}")
    w.store.start()
    _end(w, want, ingest, feed, running)


def a_zombie_wakes_up(w):
    """An aggregator frozen past its session's end still believes that it owns partitions when it thaws."""
    w.begin()
    quick = ["-X", "session.timeout.ms=2000", "-X", "heartbeat.interval.ms=500"]
    lines, want = mixed(8000, seed=17)
    ingest, feed = w.ingest_slowly(lines, PACE)
    running = [w.aggregate(i, *quick) for i in "ab"]
    for share in (0.2, 0.6):
        until(60, lambda: feed.reached(share), "records do not flow")
        running[0].process.send_signal(signal.SIGSTOP)
        time.sleep(3.5)
        running[0].process.send_signal(signal.SIGCONT)
    ingest.ends_with(3, 60 * w.patience)
    time.sleep(5)                                    # it may hear of it only when it commits its next offsets
    running[0] = w.begun_again(running[0], "a", *quick)
    _end(w, want, ingest, feed, running, may_be_fenced=True)


def both_away_and_a_third_takes_over(w):
    """Nobody says goodbye, nobody comes back: a process of another name finishes their work."""
    w.begin()
    lines, want = mixed(6000, seed=14)
    ingest, feed = w.ingest_slowly(lines, 3 * PACE)
    running = [w.aggregate(i, "-X", "session.timeout.ms=2000", "-X", "heartbeat.interval.ms=500") for i in "ab"]
    until(60, lambda: feed.reached(0.6), "records do not flow")
    for p in running:
        p.kill()
    _end(w, want, ingest, feed, [w.aggregate("c")])
