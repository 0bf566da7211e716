/* headers.h - headers of messages, and the names of ours.
 *
 * What lies in a topic may come from anybody: a value is a run of bytes that need not be text, and
 * may be NULL.
 */
#ifndef KAFKA_HEADERS_H
#define KAFKA_HEADERS_H

#include "base/text.h"

/* How the names of our error headers begin; why those that came with a message did not go on; where
 * a forwarded record lay, as topic/partition@offset; when the original was received, in ms; that a
 * dead letter's key is none of the original's, which had none. */
#define HEADER_ERRORS "__connect.errors."
#define HEADER_DROPPED "tally.headers.dropped"
#define HEADER_FROM "tally.forwarded.from"
#define HEADER_TIME "tally.timestamp"
#define HEADER_KEY "tally.key"
/* Of a dead letter that was sent again: its place as topic/partition@offset, a blank, and which try
 * it is.  In a topic of records it stands with what was sent, in a .dlq without HEADER_ERRORS with
 * a note that this was done. */
#define HEADER_RETRIED "tally.retried"
/* Of a dead letter that was never in a topic of records: the gateway refused it (docs/gateway.md),
 * and by which way it came, "http" or "http NAME" of a token.  Its value is the record as JSON. */
#define HEADER_REFUSED "tally.refused.by"
/* With it: "event" for the JSON of a CloudEvent; what a record is that says no type; and what the
 * token says of source and highest grade.  Each may be empty. */
#define HEADER_REFUSED_FORM "tally.refused.form"
#define HEADER_REFUSED_TYPE "tally.refused.type"
#define HEADER_REFUSED_SOURCE "tally.refused.source"
#define HEADER_REFUSED_GRADE "tally.refused.grade"

/* Of a dead letter; longer ones are cut.  All together stays below a broker's usual 1 MiB. */
enum { LETTER_VALUE_MOST = 768 * 1024, LETTER_KEY_MOST = 64 * 1024 };

struct header {
    const char *name;
    const void *value;
    size_t length;
};

/* The last header of this name, of a message of librdkafka (rd_kafka_message_t); borrowed with it.
 * False: there is none that has a value. */
bool header_find(const void *message, const char *name, struct text *out);

#endif
