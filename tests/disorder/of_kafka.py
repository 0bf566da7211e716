"""Faults of the brokers, and of the aggregators' clock."""
import itertools

import confluent_kafka

from kinds import kind
from stage import corrections
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


@kind("kafka", "both")
def transaction(s, rng):
    """A transaction of somebody's is open for some seconds, records behind it; then it is ended or aborted."""
    client = confluent_kafka.Producer({"bootstrap.servers": s.brokers, "transactional.id": f"somebody-{rng.randrange(1 << 30)}", "transaction.timeout.ms": 60000, "log_level": 2})
    client.init_transactions(60)
    client.begin_transaction()
    lines = list(itertools.islice(corrections(rng), rng.randint(1, 5)))
    for line in lines:
        s.feed.send(client, line)
    client.flush(60)
    s.sleep(rng.uniform(1, 6))
    if rng.random() < 0.5:
        client.commit_transaction(60)
        s.feed.others += lines                       # these are in Kafka, too
    else:
        client.abort_transaction(60)


@kind("clock")
def clock(s, rng):
    """The aggregators' clock jumps by an hour or 400 days, ahead or back, and comes back (libfaketime); plays in a run of its own."""
    s.jump(rng.choice([3600, -3600, 400 * 86400, -400 * 86400]))
    s.sleep(rng.uniform(2, 6))
    s.jump(0)
