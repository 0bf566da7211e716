/* A header by its name. */
#include "kafka/headers.h"

#include <librdkafka/rdkafka.h>

bool
header_find(const void *message, const char *name, struct text *out)
{
    rd_kafka_headers_t *headers = NULL;
    const void *value;
    size_t length;

    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_get_last(headers, name, &value, &length) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        value == NULL)
        return false;
    *out = (struct text){ value, length };
    return true;
}
