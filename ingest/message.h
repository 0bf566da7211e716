/* message.h - one line of JSON to one Kafka message, without Kafka.
 *
 * parse -> settle -> derive an id -> key and Avro in single-object encoding.
 * A maker holds every buffer that this needs, so that a record allocates
 * nothing; it serves one thread.
 */
#ifndef INGEST_MESSAGE_H
#define INGEST_MESSAGE_H

#include "core/record.h"

struct message {
    enum record_type type;
    struct text key;
    const uint8_t *value;
    size_t value_size; /* at most RECORD_BYTES, framing included */
};

struct maker;

/* NULL when out of memory. */
struct maker *maker_new(void);
void maker_free(struct maker *maker);

/* Read and judge a line; with FAULT_NONE *out is valid, has an id, and borrows
 * from the line and the maker until the next call.  Else a refusal, or
 * FAULT_NO_MEMORY. */
MUST_USE enum fault
message_read(struct maker *maker, struct text line, struct record *out, struct why *why);

/* The id as the last line gave it, also when it was refused; or absent. */
struct text message_given_id(const struct maker *maker);

/* Make the message of a record of message_read(); borrows from the maker.
 * TOO_LARGE when its value is over RECORD_BYTES. */
MUST_USE enum fault
message_make(struct maker *maker, const struct record *r, struct message *out, struct why *why);

#endif
