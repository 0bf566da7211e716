"""How fresh totals are while records come in, how long they stand still after kill -9, and what the state of many ids takes."""
import json, signal, statistics, sys, time

import measure

COLUMNS = [("p50", 1), ("p90", 1), ("p99", 1), ("most", 1), ("CPU %", 1), ("Redis CPU %", 1), ("broker CPU %", 1),
           ("kill -9: progress", 0), ("most", 0), ("kill -9: fresh", 0), ("most", 0), ("s until ready", 1), ("MB", 0), ("Redis MB", 0)]
READY_S = 600


def resident_mb(pid):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError


def wait_until_right(world, contestant, want, process):
    give_up = time.monotonic() + READY_S
    while True:
        measure.need(process.poll() is None, f"{contestant.name} ended early")
        try:
            return contestant.totals_are(world, want)
        except measure.Failed as bad:
            measure.need(time.monotonic() < give_up, f"not ready: {bad}")
            time.sleep(0.25)


def begin_sending(world, contestant, rate, seconds, seed, first_probe, *options):
    return world.begin_generate(rate * seconds, 30, seed, *options, "--rate", rate, "--probe", world.redis_url, "--first-probe", first_probe,
                                "--probe-form", "tally" if isinstance(contestant, measure.Tally) else "peer")


def check(world, contestant, sent, process):
    measure.need(sent["unseen"] == 0, f"{contestant.name}: {sent['unseen']} probes were never seen")
    wait_until_right(world, contestant, contestant.judge(world), process)


def run(world, contestant, rate, a):
    """The columns of one contestant at one rate."""
    empty = world.redis.info("memory")["used_memory"]
    wide = ["--wide"] if a.wide else []
    world.generate(a.records, 30, a.seed, *wide)
    process = contestant.begin(world, "fresh", True)
    wait_until_right(world, contestant, contestant.judge(world), process.process)
    ready_s = time.monotonic() - process.started
    time.sleep(3)
    memory = resident_mb(process.process.pid), (world.redis.info("memory")["used_memory"] - empty) / 2 ** 20

    before, began = process.so_far(), time.monotonic()
    sent = world.generated(begin_sending(world, contestant, rate, a.seconds, a.seed + 1, 0, *wide))
    shares = [100 * (after - was) / (time.monotonic() - began) for was, after in zip(before, process.so_far())]
    check(world, contestant, sent, process.process)
    kills, process = kill_meanwhile(world, contestant, rate, a, process, sent)
    process.end(signal.SIGTERM)
    print(f"{contestant.name} at {rate}: {json.dumps({**sent, 'kills': kills})}", file=sys.stderr, flush=True)
    columns = [f([k[what] for k in kills]) if kills else None for what in ("progress_ms", "fresh_ms") for f in (statistics.median, max)]
    return [sent["p50_ms"], sent["p90_ms"], sent["p99_ms"], sent["most_ms"], *shares, *columns, ready_s, *memory]


def recovery(kill_us, probes, usual_us):
    """Milliseconds from a kill until a probe that was acknowledged after it is visible; and until one is in its usual time."""
    after = [(acked, seen) for acked, seen in probes if acked > kill_us]
    measure.need(after, "no probes after a kill")
    return {"progress_ms": round((min(seen for _, seen in after) - kill_us) / 1e3, 1),
            "fresh_ms": round((min((seen for acked, seen in after if seen - acked <= usual_us), default=max(seen for _, seen in after)) - kill_us) / 1e3, 1)}


def kill_meanwhile(world, contestant, rate, a, process, undisturbed):
    """kill -9 while records come in, and the same started again at once, --kills times."""
    seen, times = world.folder / "seen", []
    sending = begin_sending(world, contestant, rate, a.kill_every * (a.kills + 1), a.seed + 2, undisturbed["probes"], "--seen", seen)
    for _ in range(a.kills):
        time.sleep(a.kill_every)
        times.append(time.monotonic() * 1e6)  # tally-generate's clock
        process.end(signal.SIGKILL)
        process = contestant.begin(world, "fresh", True)
    sent = world.generated(sending)
    check(world, contestant, sent, process.process)
    probes = [tuple(map(int, line.split())) for line in open(seen)]
    return [recovery(at, probes, undisturbed["p99_ms"] * 1e3) for at in times], process
