/* letter.h - one message of a dead-letter topic, as its headers tell it.
 *
 * What lies there may come from anybody.  A dead letter of ours is known by the headers that the
 * aggregator writes; nothing that came with the original can be taken for them.
 *
 *   LETTER_DEAD     what was set aside: where it lay, and why
 *   LETTER_NOTE     that a dead letter was sent again: written behind it, into its partition
 *   LETTER_STRANGE  neither
 */
#ifndef INGEST_LETTER_H
#define INGEST_LETTER_H

#include "kafka/follow.h"
#include "kafka/topic.h"

enum { LETTER_PLACE_BYTES = TOPIC_BYTES + 40 }; /* topic/partition@offset, and NUL */

/* A message of a topic of records or of its dead-letter topic. */
struct letter_place {
    enum record_type type;
    bool is_dlq;
    int32_t partition;
    int64_t offset;
};

enum letter_kind { LETTER_DEAD, LETTER_NOTE, LETTER_STRANGE };

/* Texts borrow from the message. */
struct letter {
    enum letter_kind kind;
    const struct followed *message;
    struct letter_place at;
    int64_t timestamp_ms; /* when Kafka received the original; -1: not known */
    /* LETTER_DEAD */
    struct letter_place origin;
    struct text code, field, reason; /* field: { NULL, 0 } where it is about none */
    struct text key, value;          /* the original's, or its beginning */
    int64_t key_length,
        value_length;    /* that the original had, where this is its beginning; else -1 */
    struct text dropped; /* why headers of the original are missing; { NULL, 0 } */
    struct text refused_form, refused_type, refused_source, refused_grade; /* with the next one */
    struct text refused_by; /* it came over HTTP, as JSON, and was never in a topic of records: the
                               origin's partition and offset are -1; else { NULL, 0 } */
    int64_t tries; /* so often what it is of was sent again before it failed once more; 0: never */
    /* LETTER_NOTE */
    struct letter_place retried; /* the letter */
    int64_t retried_tries;       /* with this one */
};

extern const char *const letter_topics[TOPIC_COUNT]; /* "trade-events.dlq", "agreements.dlq" */

/* What a message of letter_topics[type] is. */
void letter_read(const struct followed *message, enum record_type type, struct letter *out);

/* Is not all of the original there?  Then it can't be sent again. */
static inline bool
letter_is_cut(const struct letter *letter)
{
    return letter->key_length >= 0 || letter->value_length >= 0;
}

/* Is the header one of ours, and not the original's? */
bool letter_owns_header(const struct header *header);

/* "trade-events/3@17", "agreements.dlq/0@4".  False: it is none. */
MUST_USE bool letter_place_read(struct text text, struct letter_place *out);
void letter_place_write(struct letter_place place, char out[LETTER_PLACE_BYTES]);
int letter_place_compare(struct letter_place a, struct letter_place b);

#endif
