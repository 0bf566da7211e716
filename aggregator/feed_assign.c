#include "aggregator/feed_inside.h"

enum { NOTE_MS = 1000 };

/* What the group says is ours is only noted here: the turn first brings each
 * partition to what Redis has, and then says where to begin.  An empty list
 * changes nothing and is answered at once. */
void
feed_rebalance(rd_kafka_t *consumer, rd_kafka_resp_err_t code,
               rd_kafka_topic_partition_list_t *list, void *opaque)
{
    struct feed_kafka *f = opaque;
    const char *protocol = rd_kafka_rebalance_protocol(consumer);
    bool assign = code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;

    /* NULL while the group has no protocol, at the very end. */
    f->cooperative = protocol != NULL && strcmp(protocol, "COOPERATIVE") == 0;
    log_say(f->log, LOG_INFO, assign ? "assigned" : "revoked", LOG_I("partitions", list->cnt));
    if (f->closing || list->cnt == 0) {
        if (!f->cooperative) {
            (void)rd_kafka_assign(consumer, f->closing || !assign ? NULL : list);
        } else if (assign) {
            rd_kafka_error_destroy(rd_kafka_incremental_assign(consumer, list));
        } else {
            rd_kafka_error_destroy(rd_kafka_incremental_unassign(consumer, list));
        }
        return;
    }
    for (int i = 0; i < list->cnt; i++) {
        int topic = feed_topic_of(list->elems[i].topic);
        if (topic >= 0)
            feed_event_add(f, assign ? FEED_ASSIGNED : FEED_REVOKED, (enum topic)topic,
                           list->elems[i].partition, -1);
    }
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

/* Everything that is read, for protocols that assign all at once. */
static enum fault
assign_all(struct feed_kafka *f, const struct start *starts, size_t count, struct why *why)
{
    rd_kafka_topic_partition_list_t *list = NULL;
    rd_kafka_resp_err_t code;

    if (rd_kafka_assignment(f->consumer, &list) != RD_KAFKA_RESP_ERR_NO_ERROR)
        list = rd_kafka_topic_partition_list_new((int)count);
    for (int i = 0; i < list->cnt; i++) { /* the others go on where they are */
        int topic = feed_topic_of(list->elems[i].topic);
        if (topic >= 0 && f->reading[topic][list->elems[i].partition])
            list->elems[i].offset = f->after[topic][list->elems[i].partition];
    }
    for (size_t i = 0; i < count; i++) {
        const char *name = topic_names[starts[i].place.topic];
        rd_kafka_topic_partition_t *at =
            rd_kafka_topic_partition_list_find(list, name, starts[i].place.partition);
        if (at == NULL)
            at = rd_kafka_topic_partition_list_add(list, name, starts[i].place.partition);
        at->offset = starts[i].offset;
    }
    code = rd_kafka_assign(f->consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return why_set(why, FAULT_KAFKA_AWAY, "assign: %s", rd_kafka_err2str(code));
    return FAULT_NONE;
}

enum fault
feed_start(void *self, const struct start *starts, size_t count, struct why *why)
{
    struct feed_kafka *f = self;
    rd_kafka_topic_partition_list_t *list, *back;
    rd_kafka_error_t *error;
    enum fault fault;

    for (size_t i = 0; i < count; i++)
        f->after[starts[i].place.topic][starts[i].place.partition] = starts[i].offset;
    if (!f->cooperative) {
        for (size_t i = 0; i < count; i++) {
            feed_drop_stash(f, starts[i].place);
            f->reading[starts[i].place.topic][starts[i].place.partition] = 1;
        }
        return assign_all(f, starts, count, why);
    }
    list = rd_kafka_topic_partition_list_new((int)count);
    back = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++) {
        const struct place *place = &starts[i].place;

        feed_drop_stash(f, *place);
        rd_kafka_topic_partition_list_add(list, topic_names[place->topic], place->partition)
            ->offset = starts[i].offset;
        if (f->reading[place->topic][place->partition])
            (void)rd_kafka_topic_partition_list_add(back, topic_names[place->topic],
                                                    place->partition);
    }
    /* To go back is to unassign and assign; seek and pause skip offsets with
     * the batch API (librdkafka 2.0.2). */
    if (back->cnt > 0)
        rd_kafka_error_destroy(rd_kafka_incremental_unassign(f->consumer, back));
    error = rd_kafka_incremental_assign(f->consumer, list);
    for (size_t i = 0; i < count; i++)
        f->reading[starts[i].place.topic][starts[i].place.partition] = error == NULL;
    fault = take_error(f, error, "assign", why);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_topic_partition_list_destroy(back);
    return fault;
}

enum fault
feed_stop(void *self, const struct place *places, size_t count, struct why *why)
{
    struct feed_kafka *f = self;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    enum fault fault;

    /* One that was never begun (its keys were away) would spoil the whole call;
     * an empty list is an answer, too. */
    for (size_t i = 0; i < count; i++) {
        feed_drop_stash(f, places[i]);
        if (f->reading[places[i].topic][places[i].partition])
            (void)rd_kafka_topic_partition_list_add(list, topic_names[places[i].topic],
                                                    places[i].partition);
        f->reading[places[i].topic][places[i].partition] = 0;
    }
    if (f->cooperative) {
        fault = take_error(f, rd_kafka_incremental_unassign(f->consumer, list), "unassign", why);
    } else {
        (void)rd_kafka_assign(f->consumer, NULL);
        fault = FAULT_NONE;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return fault;
}

/* Only for whoever watches the lag; nothing reads these offsets back. */
void
feed_note(void *self, const struct start *positions, size_t count)
{
    struct feed_kafka *f = self;
    int64_t now = feed_now_ms();

    if (f->alone)
        return;
    if (f->positions == NULL)
        f->positions = rd_kafka_topic_partition_list_new(8);
    for (size_t i = 0; i < count; i++) {
        const char *name = topic_names[positions[i].place.topic];
        int32_t partition = positions[i].place.partition;
        rd_kafka_topic_partition_t *at =
            rd_kafka_topic_partition_list_find(f->positions, name, partition);
        if (at == NULL)
            at = rd_kafka_topic_partition_list_add(f->positions, name, partition);
        at->offset = positions[i].offset;
    }
    if (now < f->noted_at + NOTE_MS || now < f->silent_until || f->positions->cnt == 0)
        return;
    f->noted_at = now;
    (void)rd_kafka_commit(f->consumer, f->positions, 1);
    rd_kafka_topic_partition_list_destroy(f->positions);
    f->positions = NULL;
}
