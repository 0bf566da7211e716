/* kafka.h - a Kafka invented for the story tests: two topics whose partitions
 * are arrays, and the consumers and producers of a few machines.
 *
 * Who owns a partition is decided by the story, not here: a machine reads
 * whatever it was told to start, owner or not, as a real zombie does.
 */
#ifndef STORY_KAFKA_H
#define STORY_KAFKA_H

#include "aggregator/effects.h"
#include "tests/story/truth.h"

struct kafka;

struct kafka *kafka_new(struct truth *truth);
void kafka_free(struct kafka *k);

/* A new life with that many partitions of each topic. */
void kafka_begin(struct kafka *k, const int32_t partitions[TOPIC_COUNT], struct dice *dice);

int kafka_logs(const struct kafka *k);
int kafka_log(const struct kafka *k, struct place place);
struct place kafka_place(const struct kafka *k, int log);
const char *kafka_name(const struct kafka *k, int log); /* "trade-events/0" */

/* A producer sends a message: to where it belongs, or (astray) to any
 * partition of its topic, perhaps without a key.  Returns the log. */
int kafka_publish(struct kafka *k, const struct told *m, bool astray, int64_t timestamp_ms);

/* How many messages of a log lie below an offset. */
uint32_t kafka_below(const struct kafka *k, int log, int64_t offset);
int64_t kafka_end(const struct kafka *k, int log);

/* Every message that is no record lies in the dead-letter topic, and every one
 * that went astray was forwarded: NULL, or what is missing. */
const char *kafka_unsettled(const struct kafka *k);

/* ---- one machine's client ------------------------------------------------------- */

struct kafka_client;

/* Chance of failures, in ten thousand. */
struct kafka_faults {
    int away, ack_twice;
};

/* What the client asks its world.  pause: another one may act now; a fault
 * ends the call.  now: the tick. */
struct kafka_hooks {
    void *self;
    enum fault (*pause)(void *self);
    int64_t (*now)(void *self);
    /* Sleep until the tick or until something is there; paused meanwhile. */
    enum fault (*sleep)(void *self, int64_t until);
};

struct kafka_client *kafka_connect(struct kafka *k, const struct kafka_hooks *hooks,
                                   struct dice *dice, const struct kafka_faults *faults);
/* Gone: of what was sent and not yet acknowledged, some arrives. */
void kafka_disconnect(struct kafka_client *c);
struct feed kafka_feed(struct kafka_client *c);

/* The group tells this machine. */
void kafka_assign(struct kafka_client *c, int log);
void kafka_revoke(struct kafka_client *c, int log);
/* Does the machine still hold the partition (assigned and not given back)? */
bool kafka_holds(const struct kafka_client *c, int log);
/* Has it something to take? */
bool kafka_has_news(const struct kafka_client *c);

#endif
