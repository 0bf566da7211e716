/* topics.h - the four topics, made by this program and not by a broker's
 * defaults: cleanup.policy=delete, retention.ms=-1 (everything can be rebuilt
 * from the log; compaction would keep the last offset, not the highest
 * version), replication factor min(3, brokers). */
#ifndef KAFKA_TOPICS_H
#define KAFKA_TOPICS_H

#include "base/log.h"

struct rd_kafka_s;

enum { TOPICS_PARTITIONS_MOST = 1000 };

/* Make those of trade-events, agreements and their .dlq that don't exist;
 * warn when one exists with another number of partitions.
 * FAULT_KAFKA_AWAY: no answer yet (after at most a second), ask again.
 * FAULT_KAFKA: refused. */
MUST_USE enum fault
topics_create(struct rd_kafka_s *kafka, int partitions, const struct log *log, struct why *why);

#endif
