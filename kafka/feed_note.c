/* How far a partition is counted, as the consumer group keeps it.
 *
 * The offset is for whoever watches the lag.  Beside it stands a short text of
 * ours: which record was counted last, of how many partitions.  So whoever finds
 * Redis empty can tell that it is the same log, and what of it was set aside or
 * forwarded before.
 *
 *      tally/2 partitions=12 sent=4713 last=4711 hash=00c0ffee00c0ffee from=0
 *
 * The 2 is the law that says which records are good, and in which partition each
 * belongs; under another one other records were set aside and forwarded.  A
 * stranger's commit has another text, or none: then nothing of ours is known. */
#include "kafka/feed_inside.h"

/* The wait for an answer, and for how long it is good. */
enum { NOTED_MS = 2000, NOTED_GOOD_MS = 500 };
static const char form[] = "tally/2 partitions=%" PRId32 " sent=%" PRId64 " last=%" PRId64
                           " hash=%016" PRIx64 " from=%" PRId64;
static const char form_read[] = "tally/2 partitions=%9" SCNd32 " sent=%19" SCNd64 " last=%19" SCNd64
                                " hash=%16" SCNx64 " from=%19" SCNd64;

void
feed_note_write(const struct position *position, int32_t partitions, char out[NOTE_TEXT])
{
    (void)snprintf(out, NOTE_TEXT, form, partitions, position->sent, position->last_offset,
                   position->last_hash, position->from);
}

/* What is read is written again: only what comes out the same is ours. */
bool
feed_note_read(struct text text, int32_t *partitions, struct position *out)
{
    char given[NOTE_TEXT], again[NOTE_TEXT];
    struct position position = *out;
    int32_t count = 0;

    if (text.length > 0 && text.at[text.length - 1] == '\0')
        text.length--; /* Python's client adds one, when somebody copies offsets with it */
    if (text.at == NULL || text.length == 0 || text.length >= sizeof given)
        return false;
    memcpy(given, text.at, text.length);
    given[text.length] = '\0';
    /* A number that is too large is cut, and comes out as another text. */
    if (sscanf(given, form_read, &count, &position.sent, &position.last_offset, &position.last_hash,
               &position.from) != 5 ||
        count < 1 || count > PARTITIONS_MOST || position.sent < 0 || position.last_offset < -1 ||
        position.from < -1)
        return false;
    feed_note_write(&position, count, again);
    if (strlen(given) != text.length || strcmp(given, again) != 0)
        return false;
    *partitions = count;
    *out = position;
    return true;
}

/* Adds the offset and the text of one partition; false: no memory. */
static bool
add_note(rd_kafka_topic_partition_list_t *list, const struct position *at, int32_t partitions)
{
    rd_kafka_topic_partition_t *one;
    char note[NOTE_TEXT];

    one =
        rd_kafka_topic_partition_list_add(list, topic_names[at->place.topic], at->place.partition);
    one->offset = at->next;
    feed_note_write(at, partitions, note);
    one->metadata = malloc(strlen(note) + 1); /* librdkafka frees it */
    if (one->metadata == NULL)
        return false;
    one->metadata_size = strlen(note);
    memcpy(one->metadata, note, strlen(note) + 1);
    return true;
}

/* Each reader tells of its own topic, and waits for no answer: the next note
 * says it again.  Who has lost what it was assigned says nothing: the answer to a member that the
 * group no longer knows would be fatal.  (A reader that ends waits for what it told.) */
void
feed_note(void *self, const struct position *positions, size_t count)
{
    struct feed_kafka *f = self;

    if (f->alone || clock_tick_ms() < f->silent_until)
        return;
    for (int t = 0; t < TOPIC_COUNT; t++) {
        rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
        bool whole = !rd_kafka_assignment_lost(f->readers[t].consumer);

        for (size_t i = 0; i < count && whole; i++)
            if (positions[i].place.topic == (enum topic)t)
                whole = add_note(list, &positions[i], f->partitions[t]);
        if (whole && list->cnt > 0)
            /* The last argument: don't wait. */
            (void)rd_kafka_commit(f->readers[t].consumer, list, 1);
        rd_kafka_topic_partition_list_destroy(list);
    }
}

/* All partitions of a topic at once; what was said is good for a moment, since a SYNC asks for one
 * after the other.
 *
 * A coordinator answers what comes over one connection in turn, and a wish to join only when all
 * members have come.  So a reader that waits to join hears nothing else.  All may wait for our
 * other reader: it joins only when the turn goes on, and the turn waits for this answer.  Hence the
 * asker, which never joins. */
static rd_kafka_resp_err_t
ask_group(struct feed_kafka *f, enum topic t)
{
    struct reader *r = &f->readers[t];

    if (r->noted != NULL && clock_tick_ms() < r->noted_at + NOTED_GOOD_MS)
        return r->noted_code;
    if (r->noted != NULL)
        rd_kafka_topic_partition_list_destroy(r->noted);
    r->noted = rd_kafka_topic_partition_list_new(f->partitions[t]);
    for (int32_t p = 0; p < f->partitions[t]; p++)
        (void)rd_kafka_topic_partition_list_add(r->noted, topic_names[t], p);
    r->noted_code = rd_kafka_committed(f->asker, r->noted, NOTED_MS);
    r->noted_at = clock_tick_ms();
    return r->noted_code;
}

enum fault
feed_noted(void *self, struct place place, struct position *out, struct why *why)
{
    struct feed_kafka *f = self;
    rd_kafka_resp_err_t code = ask_group(f, place.topic);
    const rd_kafka_topic_partition_t *at;
    struct position position = { place, -1, 0, -1, 0, -1 };
    int32_t partitions = 0;

    /* The list has all partitions in order, so a number is a place in it. */
    at = &f->readers[place.topic].noted->elems[place.partition];
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        code = at->err;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return why_set(why, FAULT_KAFKA_AWAY, "what the group knows of %s/%d: %s",
                       topic_names[place.topic], place.partition, rd_kafka_err2str(code));
    /* A note of another number of partitions is about another topic of that
     * name, or another dealing of records: nothing is known then. */
    if (at->offset >= 0 &&
        feed_note_read((struct text){ at->metadata, at->metadata_size }, &partitions, &position) &&
        partitions == f->partitions[place.topic])
        position.next = at->offset;
    *out = position;
    return FAULT_NONE;
}
