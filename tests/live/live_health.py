"""tally-aggregate --health: what a container's health check learns of an instance."""
import signal, time

from world import mixed, need, until


def _health(w, *arguments):
    """-> exit code, what it says, seconds."""
    begun = time.monotonic()
    p = w.program("tally-aggregate", "--health", "-G", w.group, *arguments)
    p.excused, code = True, p.wait(10)
    need(not p.err, f"--health said {p.err}")
    return code, p.out, time.monotonic() - begun


def _becomes(w, code, seconds, pattern, *arguments, never=None):
    """Wait for a verdict; how long it took."""
    begun, got = time.monotonic(), None

    def is_so():
        nonlocal got
        got = _health(w, *arguments)
        need(never is None or never not in got[1], f"it said {got[1]}")
        return got[0] == code and pattern in got[1]

    until(seconds * w.patience, is_so, lambda: f"--health never said {code} and {pattern!r}, but {got}")
    return time.monotonic() - begun


def health_tells_the_truth(w):
    """0 while it runs; 1 when it is frozen, killed, or Redis or Kafka is frozen; 0 again afterwards. No server is asked."""
    lines, want = mixed(2000, seed=18)
    w.begin()
    need(_health(w)[0] == 1, "nobody runs, and --health is content")
    a = w.aggregate("a")
    _becomes(w, 0, 30, "caught up")
    w.ingest(lines).ends_with(3, 60)
    w.totals_become(want)
    took = sorted(_health(w)[2] for _ in range(20))
    code, said, _ = _health(w)
    need(code == 0 and "8 of 8 are being read" in said and said.count("\n") == 5, f"--health said {code} {said}")
    need(took[10] < 1 * w.patience, f"--health took {took[10]:.3f} s")
    w.note(f"--health takes {took[10] * 1000:.0f} ms, with the start of the process")

    a.process.send_signal(signal.SIGSTOP)
    frozen = _becomes(w, 1, 15, "FAULT  loop")
    a.process.send_signal(signal.SIGCONT)
    back = _becomes(w, 0, 30, "caught up")
    w.note(f"frozen: 1 after {frozen:.0f} s, 0 again after {back:.0f} s")

    w.store.freeze()
    lost = _becomes(w, 1, 45, "FAULT  redis", never="FAULT  loop")   # it waits for Redis, and turns
    begun = time.monotonic()
    while time.monotonic() < begun + 25:
        need("FAULT  loop" not in _health(w)[1], "it waits for Redis, and is said to stand still")
    w.store.thaw()
    back = _becomes(w, 0, 60, "caught up")
    w.note(f"Redis frozen: 1 after {lost:.0f} s, 0 again after {back:.0f} s")

    w.kafka.freeze()
    try:
        lost = _becomes(w, 1, 60, "FAULT  kafka", never="FAULT  loop")
    finally:
        w.kafka.thaw()
    begun = time.monotonic()

    def is_well():
        nonlocal a
        a = w.begun_again(a, "a")
        code, said, _ = _health(w)
        return code == 0 and "caught up" in said

    until(90 * w.patience, is_well, "--health is not 0 after Kafka answers again")
    w.note(f"Kafka frozen: 1 after {lost:.0f} s, 0 again after {time.monotonic() - begun:.0f} s")

    a.kill()
    need(_health(w)[0] == 1, "a dead instance is well")
    a = w.aggregate("a")
    _becomes(w, 0, 40, "caught up")
    a.terminate()
    need(_health(w)[0] == 1, "an instance that has ended is well")


def health_of_several(w):
    """Instances of one group on one host: each has its --health-file; without one, one of them says that it has none."""
    w.begin()
    files = [w.folder / f"health-{i}" for i in range(2)]
    running = [w.aggregate(f"i{i}", "--health-file", f) for i, f in enumerate(files)]
    for f in files:
        _becomes(w, 0, 40, "caught up", "--health-file", f)
    need(_health(w)[0] == 1, "the group's own file is nobody's")
    running[0].kill()
    need(_health(w, "--health-file", files[0])[0] == 1 and _health(w, "--health-file", files[1])[0] == 0, "the one that was killed, and no other")
    running[1].terminate()
    first = w.aggregate("i0")
    _becomes(w, 0, 40, "caught up")
    second = w.aggregate("i1")
    second.says("give each a --health-file", 20)
    first.terminate()
    _becomes(w, 0, 40, "caught up")                  # the second takes it over
    second.terminate()


def health_does_not_flap(w):
    """A slow Redis, and records without end: well at every look."""
    lines, want = mixed(20000)
    w.begin()
    a = w.aggregate("a")
    _becomes(w, 0, 30, "caught up")
    ingest, feed = w.ingest_slowly(lines, 1500)
    looks = 0
    while not feed.done():
        w.store.freeze()
        time.sleep(3)                                # less than what a failover takes
        w.store.thaw()
        for _ in range(8):
            code, said, _ = _health(w)
            looks += 1
            need(code == 0, f"it is well, and --health says {said}")
            time.sleep(0.25)
    ingest.ends_with(3, 60)
    w.totals_become(want)
    a.terminate()
    w.note(f"{looks} looks")
