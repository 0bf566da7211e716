/* feed_kafka.h - struct feed on a real Kafka (librdkafka).
 *
 * A consumer for each of the two topics and one that only asks, all of one group; and a producer
 * for dead letters and forwarded copies.  Offsets are not the group's: every
 * assignment begins where the turn says; the group's own are only noted, for
 * lag displays and for a Redis that has lost everything. */
#ifndef KAFKA_FEED_KAFKA_H
#define KAFKA_FEED_KAFKA_H

#include "base/log.h"
#include "base/metric.h"
#include "kafka/feed.h"

struct feed_kafka;

struct feed_options {
    const char *brokers;
    const char *group;
    const char *const *properties; /* "name=value" of -X, the last one wins */
    int property_count;
    size_t take_most;
    const struct log *log;
    struct metrics *metrics; /* its errors are counted there, in a row whose label is the error; */
    int error_row;           /* NULL: nowhere */
};

/* FAULT_OPTION for a property that librdkafka refuses, FAULT_NO_MEMORY.  What the
 * options point to is borrowed until feed_close(), which leaves the group, waits
 * up to 5 s for that, and frees the feed; NULL is fine. */
MUST_USE enum fault
feed_open(const struct feed_options *options, struct feed_kafka **out, struct why *why);
void feed_close(struct feed_kafka *feed);

/* One of its clients, for pulse.h; good until feed_close(). */
struct rd_kafka_s *feed_client(const struct feed_kafka *feed);

/* The partitions of both topics; FAULT_KAFKA_AWAY until both, and their dead
 * letter topics, are there. */
MUST_USE enum fault
feed_partitions(struct feed_kafka *feed, int32_t partitions[TOPIC_COUNT], struct why *why);

/* Look, once a minute, whether the topics keep what is counted, and warn.  Called
 * often; never waits. */
void feed_watch_settings(struct feed_kafka *feed);

/* Join the group; once the number of partitions is known. */
MUST_USE enum fault feed_join(struct feed_kafka *feed, struct why *why);

/* Instead of feed_join(): partitions are read in no group; then every one is
 * assigned. */
void feed_be_alone(struct feed_kafka *feed);
MUST_USE enum fault feed_take_all(struct feed_kafka *feed, struct why *why);

/* The tick at which Kafka answered last, when it was asked where it ends or what there is; 0: it
 * never did. */
int64_t feed_heard_at(const struct feed_kafka *feed);
/* The tick of the last question where it ends; 0: none yet. */
int64_t feed_asked_at(const struct feed_kafka *feed);

/* The functions of feed.h, each with this feed as its self; good until
 * feed_close(). */
struct feed feed_effects(struct feed_kafka *feed);

#endif
