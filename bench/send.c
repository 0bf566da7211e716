#include "bench/send.h"
#include "kafka/properties.h"

#include "schemas/codec.h"

#include <librdkafka/rdkafka.h>

enum { FULL_WAIT_MS = 100, FINISH_MS = 120000 };

struct sender {
    rd_kafka_t *kafka;
    rd_kafka_topic_t *topic;
    uint64_t fingerprint;
    sender_acked *acked;
    void *self;
    int64_t bytes, failed;
    uint8_t value[RECORD_BYTES];
};

static const char *const defaults[][2] = {
    { "client.id", "tally-generate" },
    { "enable.idempotence", "true" },
    { "acks", "all" },
    { "partitioner", "murmur2_random" },
    { "compression.codec", "lz4" },
    { "queue.buffering.max.messages", "100000" },
};

static void
take_report(rd_kafka_t *kafka, const rd_kafka_message_t *message, void *self)
{
    struct sender *s = self;

    (void)kafka;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
        s->failed++;
    else if (message->_private != NULL && s->acked != NULL)
        s->acked(s->self, (int)(intptr_t)message->_private - 1);
}

enum fault
sender_open(const struct sender_options *options, struct sender **out, struct why *why)
{
    struct sender *s = calloc(1, sizeof *s);
    struct properties p;
    enum fault fault;

    if (s == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for a sender");
    p = properties_begin(options->brokers, why);
    property_set(&p, "linger.ms", options->linger_ms);
    properties_set(&p, PROPERTY_ROWS(defaults));
    properties_set_pairs(&p, options->properties, options->property_count);
    rd_kafka_conf_set_opaque(p.conf, s);
    rd_kafka_conf_set_dr_msg_cb(p.conf, take_report);
    s->acked = options->acked;
    s->self = options->self;
    s->fingerprint = schema_fingerprint(RECORD_TRADE);
    fault = properties_client(&p, RD_KAFKA_PRODUCER, &s->kafka);
    if (fault != FAULT_NONE) {
        free(s);
        return fault;
    }
    s->topic = rd_kafka_topic_new(s->kafka, options->topic, NULL);
    if (s->topic == NULL) {
        sender_free(s);
        return why_set(why, FAULT_KAFKA, "%s: %s", options->topic,
                       rd_kafka_err2str(rd_kafka_last_error()));
    }
    *out = s;
    return FAULT_NONE;
}

void
sender_free(struct sender *s)
{
    if (s == NULL)
        return;
    if (s->topic != NULL)
        rd_kafka_topic_destroy(s->topic);
    rd_kafka_destroy(s->kafka);
    free(s);
}

enum fault
sender_send(struct sender *s, const struct trade *trade, int probe, struct why *why)
{
    char key_bytes[KEY_TEXT_BYTES];
    struct record record;
    enum fault fault = record_settle(&trade->draft, &record, why);
    struct text key;
    size_t size;

    if (fault != FAULT_NONE)
        return fault;
    key = record_key(&record, key_bytes);
    size = frame_write(s->fingerprint, s->value);
    size += record_encode(&record, s->value + size, sizeof s->value - size);
    s->bytes += (int64_t)size;
    while (rd_kafka_produce(s->topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, s->value, size,
                            key.at, key.length, (void *)(intptr_t)(probe + 1)) != 0) {
        if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            return why_set(why, FAULT_KAFKA, "%s", rd_kafka_err2str(rd_kafka_last_error()));
        (void)rd_kafka_poll(s->kafka, FULL_WAIT_MS);
    }
    return FAULT_NONE;
}

void
sender_poll(struct sender *s)
{
    (void)rd_kafka_poll(s->kafka, 0);
}

enum fault
sender_finish(struct sender *s, struct why *why)
{
    if (rd_kafka_flush(s->kafka, FINISH_MS) != RD_KAFKA_RESP_ERR_NO_ERROR || s->failed > 0)
        return why_set(why, FAULT_KAFKA, "%lld records were not delivered",
                       (long long)s->failed + rd_kafka_outq_len(s->kafka));
    return FAULT_NONE;
}

int64_t
sender_bytes(const struct sender *s)
{
    return s->bytes;
}
