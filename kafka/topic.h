/* topic.h - the topics that are read, and a place in one of them. */
#ifndef KAFKA_TOPIC_H
#define KAFKA_TOPIC_H

#include "record/record.h"

/* The topics that are read; the number is also the record type. */
enum topic { TOPIC_TRADE_EVENTS = RECORD_TRADE, TOPIC_AGREEMENTS = RECORD_AGREEMENT, TOPIC_COUNT };
extern const char *const topic_names[TOPIC_COUNT]; /* "trade-events", "agreements" */

enum { PARTITIONS_MOST = 1024 }; /* of one topic */

struct place {
    enum topic topic;
    int32_t partition;
};

#endif
