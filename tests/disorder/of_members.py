"""Faults of the aggregators themselves."""
import re, signal, time

from kinds import kind
from proxy import MARKS
from world import need


@kind("members")
def kill(s, rng):
    """kill -9 of an instance at a random instant, or of both; it comes back at once or later."""
    s.sleep(rng.uniform(0, 1.5))
    victims = rng.sample(sorted(s.running(), key=lambda m: m.name), 2 if len(s.running()) > 1 and rng.random() < 0.2 else 1)
    for m in victims:
        s.kill(m)
    if rng.random() < 0.3:                           # sometimes another one takes over first
        s.sleep(rng.uniform(0, 1.5))
    for m in victims:
        s.up(m.name)


POINTS = [(script, when) for script in sorted(MARKS) for when in ("before", "after")]


@kind("members", "one")
def point(s, rng):
    """kill -9 exactly before a script reaches Redis, or after it ran and before its answer is seen: COMMIT, PUSH, RESET, SYNC, CHUNK, FLIP, SWEEP."""
    script, when = rng.choice(POINTS)
    at_point(s, rng, script, when)


def at_point(s, rng, script, when):
    with s.lock:
        victims = {m.name: m.program.process.pid for m in s.running()}
        for name in victims:
            s.members[name].excused = (-signal.SIGKILL,)
        s.proxy.tell("point", (script, when, victims))
    if script == "reset":
        s.put_back(rng, "partition", rng.uniform(0.5, 1.5))
    elif script == "sync":
        m = rng.choice(sorted(s.running(), key=lambda m: m.name))
        if m.name in victims:
            s.kill(m)
        s.up(m.name)
    name, deadline = None, time.monotonic() + 12
    while time.monotonic() < deadline and not name:
        s.check()
        name = s.killed(0.05)
    s.proxy.tell("point", None)
    name = name or s.killed(0.3)
    if name:
        s.counts["kills"] += 1
        s.points[script, when] += 1
        until_dead(s, s.members[name])
    with s.lock:
        for name in victims:
            s.members[name].excused = ()
    s.sleep(rng.uniform(0, 0.5))
    s.everybody()


def until_dead(s, m):
    for _ in range(100):
        if m.program is None or not m.program.running():
            m.program = None
            return
        time.sleep(0.02)


@kind("members")
def zombie(s, rng):
    """SIGSTOP past the session's end, so that another member takes over; then SIGCONT: it still believes that it owns partitions."""
    s.everybody()
    m = rng.choice(sorted(s.running(), key=lambda m: m.name))
    process = m.program.process
    process.send_signal(signal.SIGSTOP)
    try:
        s.sleep(s.options.session / 1000 + rng.uniform(0.8, 3))
    finally:
        process.send_signal(signal.SIGCONT)
    s.counts["pauses"] += 1
    s.sleep(rng.uniform(0.5, 2))


@kind("members")
def members(s, rng):
    """Once a second somebody joins or leaves: static members and dynamic ones, some of them by kill -9."""
    for _ in range(rng.randint(5, 9)):
        one_change(s, rng)
        s.sleep(1)
    s.everybody()


def one_change(s, rng):
    up, down = sorted(m.name for m in s.running()), sorted(m.name for m in s.members.values() if not m.is_up())
    gone = [p.name for p, *_ in s.leaving]
    if down and (len(up) < 2 or rng.random() < 0.5):
        if len(gone) < 3:
            s.up(rng.choice(down))
    elif rng.random() < 0.25:
        s.kill(s.members[rng.choice(up)])
    else:
        s.leave(s.members[rng.choice(up)])
    s.counts["changes"] += 1


@kind("members")
def rebuild(s, rng):
    """tally-aggregate --rebuild counts everything again and swaps it in while the members work; one in three is killed on its way."""
    program = s.aggregate_at(s.store.url, "--rebuild")
    if rng.random() < 0.33:
        s.sleep(rng.uniform(0, 6))
        if program.running():
            program.kill()
            s.counts["kills"] += 1
            return
    code = _ends(s, program)
    while code == 1 and "another --rebuild is at work" in program.err:   # the lease of one that was killed a moment ago
        s.sleep(1)
        program = s.aggregate_at(s.store.url, "--rebuild")
        code = _ends(s, program)
    need(code == 0 or (code == 1 and not s.alone), f"{program.name} (--rebuild) ended with {code}; {program.last_words()}")
    if code == 0:
        need(re.search(r"fields compared, 0 differ", program.out), f"{program.name} (--rebuild) finds differences: {program.out.strip()[-300:]}")
        s.counts["rebuilds"] += 1


def _ends(s, program):
    s.wait_for(120, lambda: not program.running(), lambda: f"{program.name} does not end; {program.last_words()}")
    return program.process.returncode
