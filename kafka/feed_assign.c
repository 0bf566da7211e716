/* What the group says is ours, and beginning and stopping to read it.
 *
 *  group      rebalance -> FEED_ASSIGNED -> turn: SYNC -> feed_start() -> assign
 *             rebalance -> FEED_REVOKED  -> turn: stop -> feed_stop()  -> unassign
 *
 * Between the two librdkafka waits for the answer: the rebalance is not over
 * before that.  Two protocols: the cooperative one names what changes, the
 * eager one everything at once. */
#include "kafka/feed_inside.h"

/* What there is no need to wait for.  At the end of the group an incremental answer may be refused;
 * then all is given back. */
static void
answer_at_once(const struct feed_kafka *f, rd_kafka_t *consumer, bool cooperative, bool assign,
               rd_kafka_topic_partition_list_t *list)
{
    rd_kafka_error_t *error;

    if (!cooperative) {
        (void)rd_kafka_assign(consumer, f->closing || !assign ? NULL : list);
        return;
    }
    error = assign ? rd_kafka_incremental_assign(consumer, list)
                   : rd_kafka_incremental_unassign(consumer, list);
    if (error != NULL && f->closing)
        (void)rd_kafka_assign(consumer, NULL);
    rd_kafka_error_destroy(error);
}

/* What the group says is ours is only noted here: the turn first brings each
 * partition to what Redis has, and then says where to begin.  An empty list
 * changes nothing and is answered at once. */
void
feed_rebalance(rd_kafka_t *consumer, rd_kafka_resp_err_t code,
               rd_kafka_topic_partition_list_t *list, void *opaque)
{
    struct feed_kafka *f = opaque;
    bool assign = code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    enum topic t =
        consumer == f->readers[TOPIC_AGREEMENTS].consumer ? TOPIC_AGREEMENTS : TOPIC_TRADE_EVENTS;

    f->readers[t].shared_out = f->readers[t].shared_out || assign;
    log_say(f->log, LOG_INFO, assign ? "assigned" : "revoked", LOG_S("topic", topic_names[t]),
            LOG_I("partitions", list->cnt));
    if (f->closing || list->cnt == 0) {
        answer_at_once(f, consumer, f->readers[t].cooperative, assign, list);
        return;
    }
    for (int i = 0; i < list->cnt; i++)
        feed_event_add(f, assign ? FEED_ASSIGNED : FEED_REVOKED, t, list->elems[i].partition, -1);
}

/* The group has moved on (STATE): what it wants now comes as an event. */
static enum fault
take_error(struct feed_kafka *f, rd_kafka_error_t *error, const char *what, struct why *why)
{
    enum fault fault = FAULT_NONE;

    if (error == NULL)
        return FAULT_NONE;
    if (rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR__STATE)
        log_say(f->log, LOG_WARN, what, LOG_S("message", rd_kafka_error_string(error)));
    else
        fault = why_set(why, FAULT_KAFKA_AWAY, "%s: %s", what, rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return fault;
}

/* Everything that is read of t, for protocols that assign all at once. */
static enum fault
assign_all(struct feed_kafka *f, enum topic t, const struct start *starts, size_t count,
           struct why *why)
{
    rd_kafka_t *consumer = f->readers[t].consumer;
    rd_kafka_topic_partition_list_t *list = NULL;
    rd_kafka_resp_err_t code;

    if (rd_kafka_assignment(consumer, &list) != RD_KAFKA_RESP_ERR_NO_ERROR)
        list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++) {
        int32_t partition = starts[i].place.partition;

        if (starts[i].place.topic != t)
            continue;
        feed_drop_stash(f, starts[i].place);
        f->reading[t][partition] = 1;
        if (rd_kafka_topic_partition_list_find(list, topic_names[t], partition) == NULL)
            (void)rd_kafka_topic_partition_list_add(list, topic_names[t], partition);
    }
    /* Those begin where feed_start() noted; the others go on where they are. */
    for (int i = 0; i < list->cnt; i++)
        if (f->reading[t][list->elems[i].partition])
            list->elems[i].offset = f->after[t][list->elems[i].partition];
    code = rd_kafka_assign(consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return why_set(why, FAULT_KAFKA_AWAY, "assign: %s", rd_kafka_err2str(code));
    return FAULT_NONE;
}

/* To go back is to unassign and assign; seek and pause skip offsets with the
 * batch API (librdkafka 2.0.2).  What is assigned begins when all commits are answered; in a
 * rebalance that is when all members have joined. */
static enum fault
assign_more(struct feed_kafka *f, enum topic t, const struct start *starts, size_t count,
            struct why *why)
{
    rd_kafka_t *consumer = f->readers[t].consumer;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    rd_kafka_topic_partition_list_t *back = rd_kafka_topic_partition_list_new((int)count);
    rd_kafka_error_t *error;
    enum fault fault;

    for (size_t i = 0; i < count; i++) {
        int32_t partition = starts[i].place.partition;

        if (starts[i].place.topic != t)
            continue;
        feed_drop_stash(f, starts[i].place);
        rd_kafka_topic_partition_list_add(list, topic_names[t], partition)->offset =
            starts[i].offset;
        if (f->reading[t][partition])
            (void)rd_kafka_topic_partition_list_add(back, topic_names[t], partition);
    }
    if (back->cnt > 0)
        rd_kafka_error_destroy(rd_kafka_incremental_unassign(consumer, back));
    error = rd_kafka_incremental_assign(consumer, list);
    /* Begun only when librdkafka took it; else the turn says start() again. */
    for (int i = 0; i < list->cnt; i++)
        f->reading[t][list->elems[i].partition] = error == NULL;
    fault = take_error(f, error, "assign", why);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_topic_partition_list_destroy(back);
    return fault;
}

enum fault
feed_start(void *self, const struct start *starts, size_t count, struct why *why)
{
    struct feed_kafka *f = self;
    size_t of_topic[TOPIC_COUNT] = { 0 };
    enum fault fault = FAULT_NONE;

    for (size_t i = 0; i < count; i++) {
        f->after[starts[i].place.topic][starts[i].place.partition] = starts[i].offset;
        of_topic[starts[i].place.topic]++;
    }
    for (int t = 0; t < TOPIC_COUNT && fault == FAULT_NONE; t++) {
        if (of_topic[t] == 0)
            continue;
        fault = f->readers[t].cooperative ? assign_more(f, (enum topic)t, starts, count, why)
                                          : assign_all(f, (enum topic)t, starts, count, why);
    }
    return fault;
}

/* One that was never begun (its keys were away) would spoil the whole call; an
 * empty list is an answer, too. */
static enum fault
unassign(struct feed_kafka *f, enum topic t, const struct place *places, size_t count,
         struct why *why)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    enum fault fault = FAULT_NONE;

    for (size_t i = 0; i < count; i++) {
        if (places[i].topic != t)
            continue;
        feed_drop_stash(f, places[i]);
        if (f->reading[t][places[i].partition])
            (void)rd_kafka_topic_partition_list_add(list, topic_names[t], places[i].partition);
        f->reading[t][places[i].partition] = 0;
    }
    if (f->readers[t].cooperative)
        fault = take_error(f, rd_kafka_incremental_unassign(f->readers[t].consumer, list),
                           "unassign", why);
    else
        (void)rd_kafka_assign(f->readers[t].consumer, NULL);
    rd_kafka_topic_partition_list_destroy(list);
    return fault;
}

enum fault
feed_stop(void *self, const struct place *places, size_t count, struct why *why)
{
    struct feed_kafka *f = self;
    size_t of_topic[TOPIC_COUNT] = { 0 };
    enum fault fault = FAULT_NONE;

    for (size_t i = 0; i < count; i++)
        of_topic[places[i].topic]++;
    for (int t = 0; t < TOPIC_COUNT && fault == FAULT_NONE; t++)
        if (of_topic[t] > 0)
            fault = unassign(f, (enum topic)t, places, count, why);
    return fault;
}
