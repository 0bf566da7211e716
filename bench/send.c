#include "bench/send.h"

#include "schemas/codec.h"

#include <librdkafka/rdkafka.h>

enum { NAME_BYTES = 128, FULL_WAIT_MS = 100, FINISH_MS = 120000 };

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

static enum fault
set(rd_kafka_conf_t *conf, const char *name, const char *value, struct why *why)
{
    char sentence[256];

    if (rd_kafka_conf_set(conf, name, value, sentence, sizeof sentence) != RD_KAFKA_CONF_OK)
        return why_set(why, FAULT_OPTION, "%s", sentence);
    return FAULT_NONE;
}

static enum fault
set_pair(rd_kafka_conf_t *conf, const char *pair, struct why *why)
{
    size_t length = strcspn(pair, "=");
    char name[NAME_BYTES];

    if (pair[length] != '=' || length >= sizeof name)
        return why_set(why, FAULT_OPTION, "-X %s: want name=value", pair);
    memcpy(name, pair, length);
    name[length] = '\0';
    return set(conf, name, pair + length + 1, why);
}

static enum fault
set_all(rd_kafka_conf_t *conf, const struct sender_options *options, struct why *why)
{
    enum fault fault = set(conf, "bootstrap.servers", options->brokers, why);

    if (fault == FAULT_NONE)
        fault = set(conf, "linger.ms", options->linger_ms, why);
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults && fault == FAULT_NONE; i++)
        fault = set(conf, defaults[i][0], defaults[i][1], why);
    for (int i = 0; i < options->property_count && fault == FAULT_NONE; i++)
        fault = set_pair(conf, options->properties[i], why);
    return fault;
}

enum fault
sender_open(const struct sender_options *options, struct sender **out, struct why *why)
{
    struct sender *s = calloc(1, sizeof *s);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    enum fault fault = s == NULL ? why_set(why, FAULT_NO_MEMORY, "no memory for a sender")
                                 : set_all(conf, options, why);
    char sentence[256];

    if (fault != FAULT_NONE) {
        rd_kafka_conf_destroy(conf);
        free(s);
        return fault;
    }
    rd_kafka_conf_set_opaque(conf, s);
    rd_kafka_conf_set_dr_msg_cb(conf, take_report);
    s->acked = options->acked;
    s->self = options->self;
    s->fingerprint = schema_fingerprint(RECORD_TRADE);
    s->kafka = rd_kafka_new(RD_KAFKA_PRODUCER, conf, sentence, sizeof sentence);
    if (s->kafka == NULL) {
        rd_kafka_conf_destroy(conf);
        free(s);
        return why_set(why, FAULT_OPTION, "%s", sentence);
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
    size = frame_write(FRAME_SINGLE_OBJECT, s->fingerprint, 0, s->value);
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
