/* connection.h - a librdkafka producer with this program's defaults. */
#ifndef INGEST_CONNECTION_H
#define INGEST_CONNECTION_H

#include "core/fault.h"
#include <stdint.h>

struct rd_kafka_s; /* librdkafka's rd_kafka_t */

struct connection_settings {
    const char *brokers;
    const char *const *properties; /* "name=value"; later ones win */
    int property_count;
};

/* FAULT_OPTION for a property or broker list that librdkafka refuses.  Nothing
 * is connected yet: that happens in the background. */
MUST_USE enum fault connection_open(const struct connection_settings *settings,
                                    struct rd_kafka_s **out, struct why *why);

/* Drops what is not delivered; NULL is fine. */
void connection_close(struct rd_kafka_s *kafka);

/* How long a record may wait for Kafka (message.timeout.ms); 0: for ever. */
int64_t connection_limit_ms(struct rd_kafka_s *kafka);

#endif
