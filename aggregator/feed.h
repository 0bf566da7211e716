/* feed.h - struct feed on a real Kafka (librdkafka).
 *
 * A consumer in a group for the two topics, and a producer for dead letters
 * and forwarded copies.  Offsets are not the group's: every assignment begins
 * where the turn says; the group's own are only noted for lag displays.
 */
#ifndef AGGREGATOR_FEED_H
#define AGGREGATOR_FEED_H

#include "aggregator/effects.h"
#include "core/keys.h"
#include "core/log.h"

struct feed_kafka;

struct feed_options {
    const char *brokers;
    const char *group;
    const char *const *properties; /* "name=value" of -X, the last one wins */
    int property_count;
    size_t take_most;
    const struct log *log;
};

/* FAULT_OPTION for a property that librdkafka refuses. */
MUST_USE enum fault
feed_open(const struct feed_options *options, struct feed_kafka **out, struct why *why);
void feed_close(struct feed_kafka *feed);

/* The partitions of both topics; FAULT_KAFKA_AWAY until both, and their dead
 * letter topics, are there. */
MUST_USE enum fault
feed_partitions(struct feed_kafka *feed, int32_t partitions[TOPIC_COUNT], struct why *why);

/* Join the group; once the number of partitions is known. */
MUST_USE enum fault feed_join(struct feed_kafka *feed, struct why *why);

/* Instead of feed_join(): partitions are read in no group; then every one is
 * assigned. */
void feed_be_alone(struct feed_kafka *feed);
MUST_USE enum fault feed_take_all(struct feed_kafka *feed, struct why *why);

struct feed feed_effects(struct feed_kafka *feed);

#endif
