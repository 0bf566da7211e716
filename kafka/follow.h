/* follow.h - the messages of whole topics, from where one likes, as they come.
 *
 * Not a member of any group: it assigns nothing, commits nothing, and nobody notices it.  It reads
 * what the aggregator reads: what is committed (-X isolation.level=read_uncommitted: all).  Of each
 * partition messages come in their order; partitions come side by side.
 */
#ifndef KAFKA_FOLLOW_H
#define KAFKA_FOLLOW_H

#include "base/fault.h"
#include "base/text.h"
#include "kafka/headers.h"

#include <stdint.h>

enum { FOLLOW_TOPICS_MOST = 4 };

/* Where each partition is begun. */
enum follow_from {
    FOLLOW_BEGINNING,
    FOLLOW_END,    /* what comes from now on */
    FOLLOW_OFFSET, /* number: the offset, or the log's beginning if that is later */
    FOLLOW_LAST,   /* number: so many messages before the end */
    FOLLOW_TIME,   /* number: ms since 1970; the first that Kafka received then or later */
};

struct follow_settings {
    const char *brokers;
    const char *const *properties; /* "name=value" of librdkafka; later ones win */
    int property_count;
    const char *topics[FOLLOW_TOPICS_MOST];
    int topic_count;
    enum follow_from from;
    int64_t number;
    bool ends; /* at what is the end when it is begun */
};

struct follow;

/* A message; borrowed for the call of a sink. */
struct followed {
    int topic; /* its number among the settings' topics */
    int32_t partition;
    int64_t offset;
    int64_t timestamp_ms; /* -1: none */
    struct text key;      /* { NULL, 0 }: null */
    struct text value;    /* { NULL, 0 }: null */
    const void *origin;   /* where headers are found */
};
/* False: no more is wanted. */
typedef bool follow_sink(void *self, const struct followed *message);

/* Connects in the background.  The topics' names, and all else of the settings, are borrowed.
 * FAULT_OPTION: a broker list or a property that librdkafka refuses; FAULT_NO_MEMORY.
 * follow_close(NULL) is fine. */
MUST_USE enum fault
follow_open(const struct follow_settings *settings, struct follow **out, struct why *why);
void follow_close(struct follow *f);

/* Find the partitions, and where each is begun and ends.  FAULT_KAFKA_AWAY: no answer yet (after
 * about a second), ask again.  FAULT_KAFKA: a right is missing, or a topic, which who follows
 * without an end waits for. */
MUST_USE enum fault follow_begin(struct follow *f, struct why *why);

/* Wait at most wait_ms for a message, then hand on what is there.  Partitions that are new are
 * found within half a minute.  FAULT_KAFKA_AWAY: Kafka is not there just now, and this may have
 * taken a second; call it again.  FAULT_KAFKA, FAULT_NO_MEMORY: no more will come. */
MUST_USE enum fault
follow_take(struct follow *f, int wait_ms, follow_sink *sink, void *self, struct why *why);

/* All ends are reached, or the sink wants no more. */
bool follow_has_ended(const struct follow *f);

/* The i-th header of a message, borrowed with it; false: there are no so many. */
bool follow_header(const struct followed *message, size_t i, struct header *out);
/* The last header of this name, borrowed likewise; false: there is none that has a value. */
bool follow_find_header(const struct followed *message, const char *name, struct text *out);

#endif
