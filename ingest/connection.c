#include "ingest/connection.h"

#include <librdkafka/rdkafka.h>

enum { LIMIT_MS = 300000, NAME_BYTES = 128 };

/* Every one may be overridden by -X. */
static const char *const defaults[][2] = {
    { "client.id", "tally-ingest" },
    { "acks", "all" },
    { "enable.idempotence", "false" },   /* docs/decisions.md, "A retry may repeat" */
    { "partitioner", "murmur2_random" }, /* Java's; the aggregator expects it */
    { "compression.codec", "lz4" },
    { "linger.ms", "10" },
    { "queue.buffering.max.messages", "100000" }, /* memory is bounded by these */
    { "queue.buffering.max.kbytes", "65536" },
    { "allow.auto.create.topics", "false" }, /* they would be made with the broker's defaults */
    { "reconnect.backoff.max.ms", "2000" },  /* back soon after a broker is */
    { "log.connection.close", "false" },
    { "log.queue", "true" },
};

static enum fault
set_property(rd_kafka_conf_t *conf, const char *name, const char *value, struct why *why)
{
    char sentence[256];
    if (rd_kafka_conf_set(conf, name, value, sentence, sizeof sentence) != RD_KAFKA_CONF_OK)
        return why_set(why, FAULT_OPTION, "%s", sentence);
    return FAULT_NONE;
}

static enum fault
set_pair(rd_kafka_conf_t *conf, const char *pair, struct why *why)
{
    char name[NAME_BYTES];
    size_t length = strcspn(pair, "=");
    if (pair[length] != '=' || length >= sizeof name)
        return why_set(why, FAULT_OPTION, "a property is no name=value");
    memcpy(name, pair, length);
    name[length] = '\0';
    return set_property(conf, name, pair + length + 1, why);
}

static enum fault
set_all(rd_kafka_conf_t *conf, const struct connection_settings *settings, struct why *why)
{
    enum fault fault = set_property(conf, "bootstrap.servers", settings->brokers, why);
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults && fault == FAULT_NONE; i++)
        fault = set_property(conf, defaults[i][0], defaults[i][1], why);
    for (int i = 0; i < settings->property_count && fault == FAULT_NONE; i++)
        fault = set_pair(conf, settings->properties[i], why);
    return fault;
}

enum fault
connection_open(const struct connection_settings *settings, struct rd_kafka_s **out,
                struct why *why)
{
    char sentence[256];
    if (settings->brokers[0] == '\0')
        return why_set(why, FAULT_OPTION, "no broker is named");
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    enum fault fault = set_all(conf, settings, why);
    if (fault != FAULT_NONE) {
        rd_kafka_conf_destroy(conf);
        return fault;
    }
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG);
    rd_kafka_t *kafka = rd_kafka_new(RD_KAFKA_PRODUCER, conf, sentence, sizeof sentence);
    if (kafka == NULL) {
        rd_kafka_conf_destroy(conf); /* still ours */
        return why_set(why, FAULT_OPTION, "%s", sentence);
    }
    rd_kafka_set_log_queue(kafka, NULL); /* logs are events of the main queue too */
    *out = kafka;
    return FAULT_NONE;
}

void
connection_close(struct rd_kafka_s *kafka)
{
    if (kafka == NULL)
        return;
    rd_kafka_purge(kafka, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                              RD_KAFKA_PURGE_F_NON_BLOCKING);
    rd_kafka_destroy_flags(kafka, 0);
}

int64_t
connection_limit_ms(struct rd_kafka_s *kafka)
{
    char value[32];
    size_t size = sizeof value;
    if (rd_kafka_conf_get(rd_kafka_conf(kafka), "message.timeout.ms", value, &size) !=
        RD_KAFKA_CONF_OK)
        return LIMIT_MS;
    return strtoll(value, NULL, 10);
}
