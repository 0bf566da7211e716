/* Who we are and what we may, before anything is begun.
 *
 * Kafka says it one refusal at a time.  What can be asked without reading or
 * writing is asked here, and all that is missing is told in one sentence.  The
 * rest shows with the first fetch or the first message (feed_take.c,
 * feed_send.c), and is named there in the same way. */
#include "kafka/feed_inside.h"

enum { SLICE_MS = 250, METADATA_MS = 5000, GROUP_MS = 3000 };

/* A broker that has just come back may not know its users yet: only what it says
 * before we began is believed. */
void
feed_hear_login(struct feed_kafka *f, int code, const char *reason)
{
    if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION && !f->let_in &&
        strstr(reason, "uthentication failed") != NULL)
        (void)snprintf(f->login_why, sizeof f->login_why, "%s", reason);
}

/* Asked in slices, since a wrong password ends nothing but the connection. */
static enum fault
ask_topic(struct feed_kafka *f, const char *name, int32_t *count, bool *allowed, struct why *why)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(f->producer, name, NULL);
    const struct rd_kafka_metadata *metadata = NULL;
    int64_t give_up = clock_tick_ms() + METADATA_MS;
    rd_kafka_resp_err_t code;

    if (topic == NULL)
        return why_set(why, FAULT_KAFKA, "topic %s: %s", name,
                       rd_kafka_err2str(rd_kafka_last_error()));
    do {
        code = rd_kafka_metadata(f->producer, 0, topic, &metadata, SLICE_MS);
        (void)rd_kafka_poll(f->producer, 0);
        /* The login's refusal comes as an error event, which the poll above serves. */
    } while (code != RD_KAFKA_RESP_ERR_NO_ERROR && f->login_why[0] == '\0' &&
             clock_tick_ms() < give_up);
    rd_kafka_topic_destroy(topic);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR && f->login_why[0] != '\0')
        return why_set(why, FAULT_KAFKA, "Kafka does not let us in: %s", f->login_why);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return why_set(why, FAULT_KAFKA_AWAY, "Kafka does not answer: %s", rd_kafka_err2str(code));
    f->let_in = true;
    f->began_at = clock_tick_ms();
    *count = metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
    *allowed = metadata->topic_cnt != 1 ||
               metadata->topics[0].err != RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    rd_kafka_metadata_destroy(metadata);
    return FAULT_NONE;
}

/* The refusal may stand beside the request or beside the group in it. */
static bool
group_is_refused(rd_kafka_event_t *event)
{
    const rd_kafka_DescribeConsumerGroups_result_t *result;
    const rd_kafka_ConsumerGroupDescription_t **groups;
    const rd_kafka_error_t *error;
    size_t count = 0;

    if (event == NULL)
        return false;
    if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED)
        return true;
    result = rd_kafka_event_DescribeConsumerGroups_result(event);
    groups = result == NULL ? NULL : rd_kafka_DescribeConsumerGroups_result_groups(result, &count);
    error = count == 0 ? NULL : rd_kafka_ConsumerGroupDescription_error(groups[0]);
    return error != NULL &&
           rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED;
}

/* Whoever may read as a group may ask about it. */
static bool
may_join(struct feed_kafka *f)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_new(f->producer);
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(f->producer, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS);
    const char *groups[] = { f->options.group };
    rd_kafka_event_t *event;
    bool refused;

    (void)rd_kafka_AdminOptions_set_request_timeout(options, GROUP_MS, NULL, 0);
    rd_kafka_DescribeConsumerGroups(f->producer, groups, 1, options, queue);
    event = rd_kafka_queue_poll(queue, GROUP_MS);
    refused = group_is_refused(event);
    if (event != NULL)
        rd_kafka_event_destroy(event);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_queue_destroy(queue);
    return !refused;
}

/* "Read on topic a, Write on topic b" */
static void
rights_add(char rights[RIGHTS_BYTES], const char *operation, const char *kind, const char *name)
{
    size_t used = strlen(rights);

    (void)snprintf(rights + used, RIGHTS_BYTES - used, "%s%s on %s %s", used > 0 ? ", " : "",
                   operation, kind, name);
}

/* The right that an error is about; false: it is about none. */
bool
feed_right_of(const struct feed_kafka *f, int code, const char *operation, const char *topic,
              char rights[RIGHTS_BYTES])
{
    rights[0] = '\0';
    if (code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED)
        rights_add(rights, "Read", "group", f->options.group);
    else if (code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
        rights_add(rights, operation, "topic", topic == NULL ? "(not named)" : topic);
    else if (code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED)
        rights_add(rights, "IdempotentWrite", "cluster", "(enable.idempotence is true)");
    return rights[0] != '\0';
}

enum fault
feed_not_sent(const struct feed_kafka *f, int code, const char *topic, struct why *why)
{
    char rights[RIGHTS_BYTES];

    if (feed_right_of(f, code, "Write", topic, rights))
        return why_set(why, FAULT_KAFKA, "rights are missing: %s", rights);
    /* A topic that is missing may be made any moment, so it is waited for. */
    if (code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
        code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        return why_set(why, FAULT_KAFKA_AWAY,
                       "topic %s does not exist, or lacks a partition; tally-ingest "
                       "--create-topics makes it",
                       topic);
    return why_set(why, code == RD_KAFKA_RESP_ERR__QUEUE_FULL ? FAULT_KAFKA_AWAY : FAULT_KAFKA,
                   "%s: %s", topic, rd_kafka_err2str((rd_kafka_resp_err_t)code));
}

/* Partitions of a topic, and of its dead letters; what we may not is added to
 * rights. */
static enum fault
count_partitions(struct feed_kafka *f, int t, int32_t *count, char rights[RIGHTS_BYTES],
                 struct why *why)
{
    char dlq[TOPIC_BYTES];
    bool allowed = true, allowed_dlq = true;
    int32_t letters = 0;
    enum fault fault = ask_topic(f, topic_names[t], count, &allowed, why);

    (void)snprintf(dlq, sizeof dlq, "%s.dlq", topic_names[t]);
    if (fault == FAULT_NONE)
        fault = ask_topic(f, dlq, &letters, &allowed_dlq, why);
    if (fault != FAULT_NONE)
        return fault;
    if (!allowed)
        rights_add(rights, "Read and Write", "topic", topic_names[t]);
    if (!allowed_dlq)
        rights_add(rights, "Write", "topic", dlq);
    if ((allowed && *count == 0) || (allowed_dlq && letters == 0))
        return why_set(why, FAULT_KAFKA_AWAY,
                       "topic %s does not exist; tally-ingest --create-topics makes it",
                       allowed && *count == 0 ? topic_names[t] : dlq);
    return FAULT_NONE;
}

/* Rights before topics: who may not look at a topic is not told that it is
 * missing. */
enum fault
feed_look_at_topics(struct feed_kafka *f, int32_t partitions[TOPIC_COUNT], struct why *why)
{
    char rights[RIGHTS_BYTES] = "";
    struct why missing;
    enum fault fault = FAULT_NONE, first = FAULT_NONE;

    for (int t = 0; t < TOPIC_COUNT; t++) {
        fault = count_partitions(f, t, &partitions[t], rights, &missing);
        if (fault != FAULT_NONE && first == FAULT_NONE)
            first = why_set(why, fault, "%s", missing.text);
        /* Kafka said nothing yet: asking for the other topic would only wait
         * again. */
        if (!f->let_in)
            return first;
    }
    /* The group is asked for only to make the list whole: by itself it shows when it is joined. */
    if (rights[0] != '\0' && !may_join(f))
        rights_add(rights, "Read", "group", f->options.group);
    if (rights[0] != '\0')
        return why_set(why, FAULT_KAFKA, "rights are missing: %s", rights);
    return first;
}
