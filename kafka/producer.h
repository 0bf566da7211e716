/* producer.h - a librdkafka producer with this program's defaults. */
#ifndef KAFKA_PRODUCER_H
#define KAFKA_PRODUCER_H

#include "base/fault.h"
#include <stdint.h>

struct rd_kafka_s; /* librdkafka's rd_kafka_t */

struct producer_settings {
    const char *brokers;
    const char *const *properties; /* "name=value"; later ones win */
    int property_count;
    long limit_s; /* how long a record may wait for Kafka; 0: as librdkafka has it.  A property wins
                   */
};

/* FAULT_OPTION for a property or broker list that librdkafka refuses.  Nothing
 * is connected yet: that happens in the background.  one_by_one: each message
 * goes in a batch of its own. */
MUST_USE enum fault producer_open(const struct producer_settings *settings, bool one_by_one,
                                  struct rd_kafka_s **out, struct why *why);

/* Drops what is not delivered; NULL is fine. */
void producer_close(struct rd_kafka_s *kafka);

/* How long a record may wait for Kafka (message.timeout.ms); 0: for ever. */
int64_t producer_limit_ms(struct rd_kafka_s *kafka);

#endif
