/* reader.h - messages by their place and offset, for who looks something up.
 *
 * Not a member of any group: it assigns nothing, commits nothing, and nobody
 * notices it.  It reads what it is asked for and no more than the fetches bring.
 */
#ifndef KAFKA_READER_H
#define KAFKA_READER_H

#include "base/fault.h"
#include "kafka/feed.h"

struct reader_settings {
    const char *brokers;
    const char *const *properties; /* "name=value" of librdkafka; later ones win */
    int property_count;
    int64_t wait_ms; /* how long Kafka may be silent */
};

/* A stretch of one partition: from <= offset < to. */
struct stretch {
    struct place place;
    int64_t from, to;
};

/* A message of the stretch of this number, with its headers (message_header());
 * borrowed for the call.  False: no
 * more. */
typedef bool reader_sink(void *self, size_t stretch, const struct message *message);

/* Read `count` stretches: ordered by place, then by offset, none overlapping
 * another.  Messages come in the order of their partition; what is gone from the
 * log, or was never there, does not come.
 * FAULT_OPTION: a broker list or a property that librdkafka refuses.
 * FAULT_KAFKA_AWAY: Kafka was silent for wait_ms.  FAULT_KAFKA: it refuses: no
 * such topic, or no right to read it.  Either way what came before was handed on. */
MUST_USE enum fault
reader_read(const struct reader_settings *settings, const struct stretch *stretches, size_t count,
            reader_sink *sink, void *self, struct why *why);

#endif
