/* The names of the topics.  They are part of the contract: docs/design.md. */
#include "kafka/topic.h"

const char *const topic_names[TOPIC_COUNT] = {
    [TOPIC_TRADE_EVENTS] = "trade-events",
    [TOPIC_AGREEMENTS] = "agreements",
};
