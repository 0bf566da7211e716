/* feed.h - all that the aggregator asks of Kafka, as a struct of functions.
 *
 * The loop knows Kafka by these alone.  main wires in the real one
 * (feed_kafka.h), the story an invented Kafka with faults of its own, as both
 * do for Redis with struct store_way (store/store.h).  All calls come from one
 * thread.
 */
#ifndef KAFKA_FEED_H
#define KAFKA_FEED_H

#include "kafka/topic.h"

struct start {
    struct place place;
    int64_t offset;
};

/* How far a partition is counted, as the consumer group keeps it for us. */
struct position {
    struct place place;
    int64_t next; /* offset to read next; -1: nothing of ours is known */
    int64_t sent; /* what lies below was set aside or forwarded, if it had to be; more than `next`
                     while a Redis that has lost everything is filled again */
    int64_t last_offset; /* of the last record below `sent` that was counted; -1: none */
    uint64_t last_hash;  /* message_hash() of it */
    int64_t from;        /* where the log began when it was counted first; -1: not known */
};

/* Where all partitions of both topics end.  The arrays have a number for each
 * partition that there was at the start. */
struct ends {
    int32_t partitions[TOPIC_COUNT];    /* that there are now; 0: Kafka did not say; -1: it says
                                           that there is no such topic */
    const int64_t *high[TOPIC_COUNT];   /* after the last record that was acknowledged (high
                                           watermark); -1: not known */
    const int64_t *stable[TOPIC_COUNT]; /* what may be read ends here (last stable offset): below
                                           high is an open transaction; -1: not known, or not
                                           asked for */
    /* Who of the group has it: "client.id (host)"; "": nobody; NULL: not known, or not asked for.
     * is_ours: its client.id is ours. */
    const char *const *holder[TOPIC_COUNT];
    const bool *is_ours[TOPIC_COUNT];
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
    FEED_DOUBTED,    /* its topic was not there for a moment: it may have been made anew */
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
    bool shared_out; /* each topic has been shared out once: who has none of it knows that now */
};

/* Names the schema of a value that is a datum and nothing else (Confluent's
 * HeaderSchemaIdSerializer): it goes on with every copy. */
#define HEADER_SCHEMA "__value_schema_id"

/* The last header of this name, of a message that Kafka's own feed or a reader handed out; false:
 * it has none, or it is null.  Borrowed as the message is. */
bool message_header(const struct message *message, const char *name, struct text *out);

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
    /* Tell the consumer group how far we are: for lag displays, and so that what was set aside
     * or forwarded is known when Redis has lost everything.  May fail quietly. */
    void (*note)(void *self, const struct position *positions, size_t count);
    /* What note() told last of a partition, whoever did; next is -1 when the group has nothing,
     * or what somebody else committed. */
    enum fault (*noted)(void *self, struct place place, struct position *out, struct why *why);
    /* Ask Kafka where all partitions end; `closely`: also who has them, and what may be read of
     * them, which takes longer.  Never waits;
     * false: the question before has no answer yet, and nothing was asked. */
    bool (*ask_ends)(void *self, bool closely);
    /* The answer to the last ask_ends(), once; NULL: none yet.  It ends the wait of a take.
     * Borrowed until the next ask_ends(). */
    const struct ends *(*ends)(void *self);
    /* The place of one acknowledged forwarded copy that was not told yet, and
     * the offset after it.  False: there is none; *after is untouched then. */
    bool (*forwarded)(void *self, struct start *after);
    /* How many records Kafka took in no form, neither aside nor forwarded: each was told as an
     * error, and settle() does not wait for them.  NULL: it takes all. */
    int64_t (*refused)(void *self);
    /* The timestamp of the record that a message was forwarded from, where Kafka would not have
     * it; else the message's own.  NULL: always that. */
    int64_t (*sent_first_ms)(void *self, const struct message *message);
    /* As message_header().  NULL: no message has headers. */
    bool (*header)(void *self, const struct message *message, const char *name, struct text *out);
    /* Where in this topic the message lay that this one was forwarded from, the last time; false:
     * it was not.  NULL: nobody forwards. */
    bool (*came_from)(void *self, const struct message *message, struct start *origin);
};

#endif
