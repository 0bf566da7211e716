/* What our topics' settings do to the totals.
 *
 * The log is what everything can be counted from again, so a topic that deletes
 * or compacts is worth a warning long before somebody needs it.  Kafka is asked
 * at the start and every minute; nobody waits for the answer: it lies in a
 * queue of its own until the next look.  Each setting is told once until it
 * changes. */
#include "kafka/feed_settings.h"

#include "kafka/feed_inside.h"

enum {
    ASK_MS = 60000,
    REQUEST_MS = 2000,
    HEARD_MS = 5000, /* Kafka answered something since */
};

static const char *const names[SETTING_COUNT] = {
    [SETTING_POLICY] = "cleanup.policy",
    [SETTING_MS] = "retention.ms",
    [SETTING_BYTES] = "retention.bytes",
};
static const char *const wanted[SETTING_COUNT] = { "delete", "-1", "-1" };

/* ---- what is wrong with them --------------------------------------------------------- */

/* Of topics of records, and of dead letters. */
static const char *const troubles[SETTING_COUNT][2] = {
    [SETTING_POLICY] = { "of records with one key only the last is kept: what was counted of the "
                         "others "
                         "stays in the totals, and a rebuild, or a Redis that lost its data, can't "
                         "count "
                         "it",
                         "of dead letters with one key only the last is kept; the totals do not "
                         "need them" },
    [SETTING_MS] = { "records older than so many ms are deleted: they stay in the totals, and a "
                     "rebuild, or a Redis that lost its data, can't count them",
                     "dead letters older than so many ms are deleted; the totals do not need "
                     "them" },
    [SETTING_BYTES] = { "the oldest records above so many bytes of a partition are deleted: they "
                        "stay in "
                        "the totals, and a rebuild, or a Redis that lost its data, can't count "
                        "them",
                        "dead letters above so many bytes are deleted; the totals do not need "
                        "them" },
};

const char *
feed_setting_trouble(const struct topic_settings *s, enum topic_setting which, bool dead_letters)
{
    const char *value = s->value[which], *policy = s->value[SETTING_POLICY];
    /* The policy is a list: "compact,delete" does both.  A limit below 0: never
     * for this reason. */
    bool harms = which == SETTING_POLICY ? strstr(policy, "compact") != NULL
                                         : strstr(policy, "delete") != NULL && value[0] != '-';

    return harms && value[0] != '\0' ? troubles[which][dead_letters ? 1 : 0] : NULL;
}

/* ---- asked and told ------------------------------------------------------------------ */

/* Topics of records first, then those of their dead letters. */
static void
name_of(size_t i, char out[TOPIC_BYTES])
{
    (void)snprintf(out, TOPIC_BYTES, "%s%s", topic_names[i % TOPIC_COUNT],
                   i < TOPIC_COUNT ? "" : ".dlq");
}

/* The reverse of name_of(); SEND_TOPICS: none of ours. */
static size_t
number_of(const char *topic)
{
    char name[TOPIC_BYTES];
    size_t i;

    for (i = 0; i < SEND_TOPICS; i++) {
        name_of(i, name);
        if (strcmp(name, topic) == 0)
            break;
    }
    return i;
}

/* One warning, with the command that mends it. */
static void
tell(const struct feed_kafka *f, const char *topic, enum topic_setting which, const char *value,
     const char *trouble)
{
    char remedy[512];

    (void)snprintf(remedy, sizeof remedy,
                   "kafka-configs.sh --bootstrap-server %s --alter --entity-type topics "
                   "--entity-name %s --add-config %s=%s",
                   f->options.brokers, topic, names[which], wanted[which]);
    log_say(f->log, LOG_WARN, "topic setting", LOG_S("topic", topic),
            LOG_S("setting", names[which]), LOG_S("value", value), LOG_S("message", trouble),
            LOG_S("remedy", remedy));
}

/* The three settings that matter, of all that a topic has. */
static void
read_settings(const rd_kafka_ConfigResource_t *answer, struct topic_settings *out)
{
    size_t count;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(answer, &count);

    *out = (struct topic_settings){ 0 };
    for (size_t i = 0; i < count; i++)
        for (int s = 0; s < SETTING_COUNT; s++) {
            const char *value = rd_kafka_ConfigEntry_value(entries[i]);
            if (value != NULL && strcmp(rd_kafka_ConfigEntry_name(entries[i]), names[s]) == 0)
                (void)snprintf(out->value[s], sizeof out->value[s], "%s", value);
        }
}

/* Told is what is wrong now and was not wrong in the same way before. */
static void
take_topic(struct feed_kafka *f, const rd_kafka_ConfigResource_t *answer)
{
    const char *topic = rd_kafka_ConfigResource_name(answer);
    size_t number = number_of(topic);
    struct topic_settings now, *before;

    if (number == SEND_TOPICS)
        return;
    before = &f->settings[number];
    if (rd_kafka_ConfigResource_error(answer) == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) {
        if (!before->denied)
            log_say(f->log, LOG_INFO, "topic settings can't be looked at", LOG_S("topic", topic),
                    LOG_S("message", "whether it deletes or compacts records is not known"),
                    LOG_S("remedy", "the right DescribeConfigs on the topic"));
        before->denied = true;
        return;
    }
    if (rd_kafka_ConfigResource_error(answer) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    read_settings(answer, &now);
    for (int s = 0; s < SETTING_COUNT; s++) {
        enum topic_setting which = (enum topic_setting)s;
        bool dead_letters = number >= TOPIC_COUNT;
        const char *trouble = feed_setting_trouble(&now, which, dead_letters);
        if (trouble != NULL && (feed_setting_trouble(before, which, dead_letters) == NULL ||
                                strcmp(before->value[s], now.value[s]) != 0))
            tell(f, topic, which, now.value[s], trouble);
    }
    *before = now;
}

/* The answer to ask(), of all topics at once. */
static void
take_answer(struct feed_kafka *f, rd_kafka_event_t *event)
{
    const rd_kafka_DescribeConfigs_result_t *result = rd_kafka_event_DescribeConfigs_result(event);
    const rd_kafka_ConfigResource_t **topics;
    size_t count = 0;

    f->settings_wanted = false;
    if (result == NULL || rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return; /* Kafka is away, say: the next one may tell */
    topics = rd_kafka_DescribeConfigs_result_resources(result, &count);
    for (size_t i = 0; i < count; i++)
        take_topic(f, topics[i]);
}

/* One request for all four topics; its answer comes into a queue of its own. */
static void
ask(struct feed_kafka *f)
{
    rd_kafka_ConfigResource_t *topics[SEND_TOPICS];
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(f->producer, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    char name[TOPIC_BYTES];

    if (f->settings_answers == NULL)
        f->settings_answers = rd_kafka_queue_new(f->producer);
    for (size_t i = 0; i < SEND_TOPICS; i++) {
        name_of(i, name);
        topics[i] = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name);
    }
    (void)rd_kafka_AdminOptions_set_request_timeout(options, REQUEST_MS, NULL, 0);
    rd_kafka_DescribeConfigs(f->producer, topics, SEND_TOPICS, options, f->settings_answers);
    rd_kafka_ConfigResource_destroy_array(topics, SEND_TOPICS);
    rd_kafka_AdminOptions_destroy(options);
    f->settings_wanted = true;
}

/* Kafka is asked only while it answers: a request to a broker that is away makes librdkafka 2.0.2
 * connect again without a pause, thousands of times a second, until the request is given up. */
void
feed_watch_settings(struct feed_kafka *f)
{
    int64_t now = clock_tick_ms();
    rd_kafka_event_t *event =
        f->settings_wanted ? rd_kafka_queue_poll(f->settings_answers, 0) : NULL;

    if (event != NULL) {
        take_answer(f, event);
        rd_kafka_event_destroy(event);
    }
    if (f->settings_wanted || now < f->settings_ask_at || now > feed_heard_at(f) + HEARD_MS)
        return;
    f->settings_ask_at = now + ASK_MS;
    ask(f);
}
