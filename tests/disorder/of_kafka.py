"""Faults of the brokers, and of the aggregators' clock."""
from kinds import kind
from world import script


@kind("kafka")
def broker_restart(s, rng):
    """The broker is stopped or killed, and started again."""
    s.restless += 1
    script("kafka", rng.choice(["stop", "kill"]), s.kafka.folder)
    s.sleep(rng.uniform(0, 3))
    script("kafka", "start", s.kafka.folder)
    s.restless -= 1


@kind("clock")
def clock(s, rng):
    """The aggregators' clock jumps by an hour or 400 days, ahead or back, and comes back (libfaketime); plays in a run of its own."""
    s.jump(rng.choice([3600, -3600, 400 * 86400, -400 * 86400]))
    s.sleep(rng.uniform(2, 6))
    s.jump(0)
