/* kafka.h - a Kafka invented for the story tests: two topics whose partitions
 * are arrays, and the consumers and producers of a few machines.
 *
 * Who owns a partition is decided by the story, not here: a machine reads
 * whatever it was told to start, owner or not, as a real zombie does.
 */
#ifndef STORY_KAFKA_H
#define STORY_KAFKA_H

#include "kafka/feed.h"
#include "tests/story/truth.h"

struct kafka;

struct kafka *kafka_new(struct truth *truth);
void kafka_free(struct kafka *k);

/* The true time when a life begins: noon of 2024-01-31 in China. */
#define STORY_BEGINS_MS (INT64_C(1706673600000))

/* A new life with that many partitions of each topic.  now_ms: the true time, since it began. */
void kafka_begin(struct kafka *k, const int32_t partitions[TOPIC_COUNT], struct dice *dice,
                 const int64_t *now_ms);

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

/* How many messages of each log a total must hold, so that everything is in it that was
 * acknowledged before that time, wherever it lay.  False: something lies astray that nobody has
 * forwarded yet. */
bool kafka_needed(const struct kafka *k, int64_t through_ms, uint32_t needed[LOGS_MOST]);

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
