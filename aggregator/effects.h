/* effects.h - the ways out of the aggregator: Kafka, time, randomness.
 *
 * Redis is struct store_way (store/store.h).  Everything that the loop does to
 * the world goes through these small structs of functions: main wires in the
 * real ones (feed.c), the story tests an invented world with its own faults.
 * All calls come from one thread.
 */
#ifndef AGGREGATOR_EFFECTS_H
#define AGGREGATOR_EFFECTS_H

#include "core/fault.h"
#include "core/record.h"
#include "core/text.h"

/* The topics that are read; the number is also the record type. */
enum topic { TOPIC_TRADE_EVENTS = RECORD_TRADE, TOPIC_AGREEMENTS = RECORD_AGREEMENT, TOPIC_COUNT };
extern const char *const topic_names[TOPIC_COUNT]; /* "trade-events", "agreements" */

enum { PARTITIONS_MOST = 1024 }; /* of one topic */

struct place {
    enum topic topic;
    int32_t partition;
};
struct start {
    struct place place;
    int64_t offset;
};

struct message {
    struct place place;
    int64_t offset;
    int64_t timestamp_ms; /* -1: none */
    struct text key;      /* { NULL, 0 }: null */
    struct text value;    /* { NULL, 0 }: null */
    void *origin;         /* the feed's own: where headers are found */
};

enum feed_event_kind {
    FEED_ASSIGNED,   /* ours from now on: answer with start() once it is known where */
    FEED_REVOKED,    /* to be given back: answer with stop() */
    FEED_END,        /* everything below `offset` has been handed out */
    FEED_DROPPED,    /* messages were thrown away: start() where they should go on */
    FEED_START_GONE, /* nothing lies at the offset asked for (out of range) */
};
struct feed_event {
    enum feed_event_kind kind;
    struct place place;
    int64_t offset;
};

struct batch {
    size_t message_count;
    const struct message *messages; /* of each partition in offset order */
    size_t event_count;
    const struct feed_event *events;
    int64_t waiting; /* records behind these in Kafka, as far as is known */
};

struct feed {
    void *self;
    /* Wait at most wait_ms for a message or an event, then take what is there,
     * at most `most` messages; 0: events only, messages are kept for later.
     * Borrowed until the next take. */
    enum fault (*take)(void *self, size_t most, int64_t wait_ms, struct batch *batch,
                       struct why *why);
    /* Begin to read assigned partitions at their offsets: all that one
     * assignment brought, or those of them that can be read so far, or some to
     * go back in them. */
    enum fault (*start)(void *self, const struct start *starts, size_t count, struct why *why);
    /* Stop to read partitions, begun or not, and give them back. */
    enum fault (*stop)(void *self, const struct place *places, size_t count, struct why *why);
    /* Offsets of the first record that is there and after the last one. */
    enum fault (*range)(void *self, struct place place, int64_t *low, int64_t *high,
                        struct why *why);
    /* Send a copy to <topic>.dlq with the reason, or to the partition where
     * the record belongs, with a key.  Queued; acknowledged by settle(). */
    enum fault (*set_aside)(void *self, const struct message *message, enum fault code,
                            const struct why *reason, struct why *why);
    enum fault (*forward)(void *self, const struct message *message, struct text key,
                          int32_t partition, struct why *why);
    /* Wait until all that was sent is acknowledged; TRY_AGAIN faults when it
     * is not yet, and then the same call goes on waiting. */
    enum fault (*settle)(void *self, struct why *why);
    /* Tell the consumer group how far we are, for lag displays.  May fail
     * quietly. */
    void (*note)(void *self, const struct start *positions, size_t count);
    /* Called for each acknowledged forwarded copy since the last call: its
     * place and the offset after it. */
    bool (*forwarded)(void *self, struct start *after);
};

struct clock {
    void *self;
    int64_t (*wall_ms)(void *self); /* ms since 1970; may jump */
    int64_t (*tick_ms)(void *self); /* only ever rises */
};

struct chance {
    void *self;
    uint64_t (*draw)(void *self); /* 64 random bits */
};

#endif
