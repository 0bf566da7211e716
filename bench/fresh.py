"""How fresh totals are while records come in, how long they stand still after kill -9, and what the state of many ids takes."""
import json, signal, sys, time

import measure

COLUMNS = [("p50", 1), ("p90", 1), ("p99", 1), ("most", 1), ("CPU %", 1), ("Redis CPU %", 1), ("broker CPU %", 1),
           ("most with kill -9", 0), ("s until ready", 1), ("MB", 0), ("Redis MB", 0)]
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


def begin_sending(world, contestant, rate, a, seed, first_probe):
    return world.begin_generate(rate * a.seconds, 30, seed, "--rate", rate, "--probe", world.redis_url, "--first-probe", first_probe,
                                "--probe-form", "tally" if isinstance(contestant, measure.Tally) else "peer")


def check(world, contestant, sent, process):
    measure.need(sent["unseen"] == 0, f"{contestant.name}: {sent['unseen']} probes were never seen")
    wait_until_right(world, contestant, contestant.judge(world), process)


def run(world, contestant, rate, a):
    """The columns of one contestant at one rate."""
    empty = world.redis.info("memory")["used_memory"]
    world.generate(a.records, 30, a.seed)
    process = contestant.begin(world, "fresh", True)
    wait_until_right(world, contestant, contestant.judge(world), process.process)
    ready_s = time.monotonic() - process.started
    time.sleep(3)
    memory = resident_mb(process.process.pid), (world.redis.info("memory")["used_memory"] - empty) / 2 ** 20

    before, began = process.so_far(), time.monotonic()
    sent = world.generated(begin_sending(world, contestant, rate, a, a.seed + 1, 0))
    shares = [100 * (after - was) / (time.monotonic() - began) for was, after in zip(before, process.so_far())]
    check(world, contestant, sent, process.process)
    still, process = kill_meanwhile(world, contestant, rate, a, process, sent["probes"])
    process.end(signal.SIGTERM)
    print(f"{contestant.name} at {rate}: {json.dumps({**sent, 'kill': still})}", file=sys.stderr, flush=True)
    return [sent["p50_ms"], sent["p90_ms"], sent["p99_ms"], sent["most_ms"], *shares, still["most_ms"], ready_s, *memory]


def kill_meanwhile(world, contestant, rate, a, process, first_probe):
    """kill -9 while records come in, and the same started again at once: the slowest probe says how long totals stood still."""
    sending = begin_sending(world, contestant, rate, a, a.seed + 2, first_probe)
    time.sleep(a.seconds / 2)
    process.end(signal.SIGKILL)
    again = contestant.begin(world, "fresh", True)
    sent = world.generated(sending)
    check(world, contestant, sent, again.process)
    return sent, again
