"""Faults of the brokers, and of the aggregators' clock."""
from kinds import kind
from world import script


@kind("kafka", "broker")
def broker_restart(s, rng):
    """The only broker is stopped or killed, and started again."""
    s.restless += 1
    script("kafka", rng.choice(["stop", "kill"]), s.kafka.folder)
    s.sleep(rng.uniform(0, 3))
    script("kafka", "start", s.kafka.folder)
    s.restless -= 1


@kind("kafka", "brokers")
def broker_kill(s, rng):
    """kill -9 of one of three brokers: other leaders, another coordinator; it comes back."""
    s.restless += 1
    n = rng.randint(1, 3)
    script("kafka", "kill", s.kafka.folder / str(n))
    s.sleep(rng.uniform(1, 8))
    script("kafka", "start", s.kafka.folder / str(n))
    s.sleep(rng.uniform(0, 3))
    s.restless -= 1


@kind("kafka", "brokers")
def leaders(s, rng):
    """All partitions get their preferred leaders again, after a broker was stopped and started."""
    s.restless += 1
    n = rng.randint(1, 3)
    script("kafka", "stop", s.kafka.folder / str(n))
    script("kafka", "start", s.kafka.folder / str(n))
    s.sleep(rng.uniform(1, 3))
    script("kafka", "tool", "org.apache.kafka.tools.LeaderElectionCommand", "--bootstrap-server", s.brokers, "--election-type", "preferred", "--all-topic-partitions")
    s.sleep(rng.uniform(0.5, 2))
    s.restless -= 1


@kind("clock")
def clock(s, rng):
    """The aggregators' clock jumps by an hour or 400 days, ahead or back, and comes back (libfaketime); plays in a run of its own."""
    s.jump(rng.choice([3600, -3600, 400 * 86400, -400 * 86400]))
    s.sleep(rng.uniform(2, 6))
    s.jump(0)
