/* Headers of dead letters and forwarded copies.
 *
 * What came with a message goes on with it, but for what looks like ours: from
 * a producer that forges it, or of a dead letter that somebody sent again.  The
 * names of our error headers are Kafka Connect's, so tools for its dead letters
 * show ours. */
#include "kafka/feed_inside.h"

#include <stdarg.h>

enum {
    HEADERS_MOST = 64 * 1024,
    HEADER_COSTS = 6,       /* the lengths of name and value, at most, beside them */
    SCHEMA_BYTES_MOST = 17, /* of HEADER_SCHEMA: what is longer names none */
    TEXT_BYTES = 512,       /* of a value of ours: the sentence of a why is the longest */
};

bool
feed_header_at(const rd_kafka_headers_t *headers, size_t i, struct header *out)
{
    return rd_kafka_header_get_all(headers, i, &out->name, &out->value, &out->length) ==
           RD_KAFKA_RESP_ERR_NO_ERROR;
}

const char *
feed_header_text(const rd_kafka_headers_t *headers, const char *name)
{
    const void *value;
    size_t length;

    if (rd_kafka_header_get_last(headers, name, &value, &length) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return "";
    return value == NULL ? "" : value; /* the library puts a zero byte behind every value */
}

bool
feed_header_is_error(const struct header *header)
{
    return strncmp(header->name, HEADER_ERRORS, sizeof HEADER_ERRORS - 1) == 0;
}

void
feed_header_copy(rd_kafka_headers_t *headers, const struct header *header)
{
    (void)rd_kafka_header_add(headers, header->name, -1, header->value, (ssize_t)header->length);
}

void
feed_header_copy_schema(rd_kafka_headers_t *headers, const rd_kafka_headers_t *own)
{
    struct header header = { .name = HEADER_SCHEMA };

    if (rd_kafka_header_get_last(own, header.name, &header.value, &header.length) ==
            RD_KAFKA_RESP_ERR_NO_ERROR &&
        header.length <= SCHEMA_BYTES_MOST)
        feed_header_copy(headers, &header);
}

bool
message_header(const struct message *message, const char *name, struct text *out)
{
    return header_find(message->origin, name, out);
}

bool
feed_header(void *self, const struct message *message, const char *name, struct text *out)
{
    (void)self;
    return message_header(message, name, out);
}

void
feed_header_add(rd_kafka_headers_t *headers, const char *name, const char *format, ...)
{
    char text[TEXT_BYTES];
    va_list values;

    va_start(values, format);
    (void)vsnprintf(text, sizeof text, format, values);
    va_end(values);
    (void)rd_kafka_header_add(headers, name, -1, text, -1);
}

void
feed_header_keep(rd_kafka_headers_t *headers, const rd_kafka_headers_t *own, const char *name)
{
    const char *text = feed_header_text(own, name);

    if (text[0] != '\0' && strlen(text) < TEXT_BYTES)
        feed_header_add(headers, name, "%s", text);
}

/* With these and ours a copy would not fit into a message. */
static bool
are_large(const rd_kafka_headers_t *own)
{
    struct header header;
    size_t bytes = 0;

    for (size_t i = 0; feed_header_at(own, i, &header); i++)
        bytes += HEADER_COSTS + strlen(header.name) + header.length;
    return bytes > HEADERS_MOST;
}

rd_kafka_headers_t *
feed_headers_kept(const rd_kafka_headers_t *own, bool errors_too)
{
    rd_kafka_headers_t *copy = rd_kafka_headers_new(8);
    struct header header;

    if (own == NULL)
        return copy;
    if (are_large(own)) {
        feed_header_add(copy, HEADER_DROPPED, "too large");
        feed_header_keep(copy, own, HEADER_RETRIED);
        feed_header_copy_schema(copy, own);
        return copy;
    }
    for (size_t i = 0; feed_header_at(own, i, &header); i++)
        if (errors_too || !feed_header_is_error(&header))
            feed_header_copy(copy, &header);
    return copy;
}

rd_kafka_headers_t *
feed_error_headers(const rd_kafka_headers_t *own, const struct message *m, enum fault code,
                   const struct why *reason)
{
    rd_kafka_headers_t *headers = feed_headers_kept(own, false);

    feed_header_add(headers, HEADER_ERRORS "topic", "%s", topic_names[m->place.topic]);
    feed_header_add(headers, HEADER_ERRORS "partition", "%" PRId32, m->place.partition);
    feed_header_add(headers, HEADER_ERRORS "offset", "%" PRId64, m->offset);
    feed_header_add(headers, HEADER_ERRORS "exception.class.name", "%s", fault_name(code));
    feed_header_add(headers, HEADER_ERRORS "exception.message", "%s", reason->text);
    if (reason->field[0] != '\0')
        feed_header_add(headers, HEADER_ERRORS "field", "%s", reason->field);
    if (m->value.length > LETTER_VALUE_MOST)
        feed_header_add(headers, HEADER_ERRORS "value.length", "%zu", m->value.length);
    if (m->key.length > LETTER_KEY_MOST)
        feed_header_add(headers, HEADER_ERRORS "key.length", "%zu", m->key.length);
    return headers;
}
