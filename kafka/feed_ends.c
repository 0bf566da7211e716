/* Where all partitions end, asked by a thread of its own: the loop never waits.
 *
 * One question at a time.  ask_ends() hands it over, the thread asks Kafka, and
 * the answer lies there until somebody fetches it or asks anew.  Every number
 * comes from a request that was sent after ask_ends() was called: that is what
 * makes it a proof.
 *
 *      IDLE --ask_ends--> ASKED --the thread--> READY --ends--> IDLE
 *
 * While it is ASKED the answer belongs to the thread, else to the caller.  High
 * watermarks are asked by the asker, which reads uncommitted, and then the
 * last stable offsets by a consumer, which does not: so a stable offset below
 * the high one is an open transaction, and not a record that came in between.
 *
 * What librdkafka does not know it is asked again another time; each step ends
 * after its time, and leaves -1 (feed_range.c says what it forgets). */
#include "base/thread.h"
#include "kafka/feed_inside.h"

#include <stdatomic.h>

enum {
    COUNT_MS = 500,  /* metadata of one topic */
    ALL_MS = 700,    /* all partitions at once */
    LEADER_MS = 300, /* those of one leader */
    STABLE_MS = 700, /* behind a fetch: 500 */
    HOLDERS_MS = 700,
    GIVE_UP_MS = 2000, /* all together */
    LEADERS_MOST = 1000,
};

enum state { IDLE, ASKED, READY };

struct feed_ends {
    struct feed_kafka *feed;
    pthread_t thread;
    pthread_mutex_t mutex; /* state */
    pthread_cond_t wakes;
    enum state state;
    atomic_bool closing;
    atomic_bool came;         /* the wait of a take is to end */
    int64_t asked_at;         /* only the loop looks at it */
    _Atomic int64_t heard_at; /* Kafka's last answer */

    /* of the question and its answer */
    bool closely;
    struct ends ends;
    int64_t *high[TOPIC_COUNT], *stable[TOPIC_COUNT];
    int32_t *leaders[TOPIC_COUNT]; /* -1: not known */
    struct holders holders;
    int64_t began;
};

/* ---- asking: in the thread -------------------------------------------------------------- */

/* What a step may take of the time that is left; 0: none is. */
static int
time_for(const struct feed_ends *e, int64_t step_ms)
{
    int64_t left = e->began + GIVE_UP_MS - clock_tick_ms();

    return (int)(left < 0 ? 0 : left < step_ms ? left : step_ms);
}

/* How many partitions there are now, and who leads those that we know. */
static void
count_partitions(struct feed_ends *e, enum topic t)
{
    rd_kafka_t *client = e->feed->asker;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client, topic_names[t], NULL);
    const struct rd_kafka_metadata *metadata = NULL;

    e->ends.partitions[t] = 0;
    for (int32_t p = 0; p < e->feed->partitions[t]; p++)
        e->leaders[t][p] = -1;
    if (topic == NULL)
        return;
    if (rd_kafka_metadata(client, 0, topic, &metadata, time_for(e, COUNT_MS)) ==
        RD_KAFKA_RESP_ERR_NO_ERROR) {
        const struct rd_kafka_metadata_topic *of =
            metadata->topic_cnt == 1 ? metadata->topics : NULL;

        if (of != NULL && of->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            e->ends.partitions[t] = of->partition_cnt == 0 ? -1 : of->partition_cnt;
            for (int i = 0; i < of->partition_cnt; i++)
                if (of->partitions[i].id >= 0 && of->partitions[i].id < e->feed->partitions[t])
                    e->leaders[t][of->partitions[i].id] = of->partitions[i].leader;
        }
        if (of != NULL && of->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
            e->ends.partitions[t] = -1;
        rd_kafka_metadata_destroy(metadata);
    }
    rd_kafka_topic_destroy(topic);
}

/* Of all partitions whose end is not known yet, or of those of one leader.  True
 * when all that were asked for have answered. */
static bool
ask_some(struct feed_ends *e, rd_kafka_t *client, int64_t *const ends[TOPIC_COUNT],
         const int32_t *leader, int step_ms)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(64);
    bool all = true;

    for (int t = 0; t < TOPIC_COUNT; t++)
        for (int32_t p = 0; p < e->feed->partitions[t]; p++)
            if (ends[t][p] < 0 && (leader == NULL || e->leaders[t][p] == *leader))
                rd_kafka_topic_partition_list_add(list, topic_names[t], p)->offset =
                    RD_KAFKA_OFFSET_END;
    /* One call for all: librdkafka asks each leader once, side by side. */
    if (list->cnt > 0 && rd_kafka_offsets_for_times(client, list, time_for(e, step_ms)) !=
                             RD_KAFKA_RESP_ERR_NO_ERROR)
        all = false;
    /* Answers for some partitions count although others have none. */
    for (int i = 0; i < list->cnt && all; i++) {
        const rd_kafka_topic_partition_t *at = &list->elems[i];
        int t = feed_topic_of(at->topic);

        if (at->err == RD_KAFKA_RESP_ERR_NO_ERROR && at->offset >= 0)
            ends[t][at->partition] = at->offset;
    }
    for (int i = 0; i < list->cnt; i++)
        all = all && ends[feed_topic_of(list->elems[i].topic)][list->elems[i].partition] >= 0;
    rd_kafka_topic_partition_list_destroy(list);
    return all;
}

/* A leader that does not answer spoils the call for all: then each is asked
 * alone. */
static void
ask_by_leader(struct feed_ends *e, rd_kafka_t *client, int64_t *const ends[TOPIC_COUNT])
{
    int32_t before = -1;

    for (int i = 0; i < LEADERS_MOST; i++) {
        int32_t leader = INT32_MAX; /* the next one, in the order of their numbers */

        for (int t = 0; t < TOPIC_COUNT; t++)
            for (int32_t p = 0; p < e->feed->partitions[t]; p++)
                if (e->leaders[t][p] > before && e->leaders[t][p] < leader)
                    leader = e->leaders[t][p];
        /* The end must not wait for all of them. */
        if (leader == INT32_MAX || time_for(e, LEADER_MS) == 0 || e->closing)
            return;
        (void)ask_some(e, client, ends, &leader, LEADER_MS);
        before = leader;
    }
}

/* One question and its whole answer.  Without the lock: while it is ASKED
 * nobody else touches the answer. */
static void
ask(struct feed_ends *e)
{
    struct feed_kafka *f = e->feed;

    e->began = clock_tick_ms();
    for (int t = 0; t < TOPIC_COUNT; t++) {
        for (int32_t p = 0; p < f->partitions[t]; p++)
            e->high[t][p] = e->stable[t][p] = -1;
        e->ends.holder[t] = NULL;
        e->ends.is_ours[t] = NULL;
        e->ends.partitions[t] = 0;
    }
    /* The numbers of partitions are asked anew with each question
     * (docs/protocol.md, rule 25). */
    for (int t = 0; t < TOPIC_COUNT; t++) {
        count_partitions(e, (enum topic)t);
        if (e->ends.partitions[t] == 0)
            return; /* nobody is there: more questions would only make it connect in vain */
    }
    if (!ask_some(e, f->asker, e->high, NULL, ALL_MS)) {
        ask_by_leader(e, f->asker, e->high);
        for (int t = 0; t < TOPIC_COUNT && !e->closing; t++)
            feed_ask_leaders(f, f->asker, (enum topic)t, true); /* for the next time */
    }
    if (!e->closely || e->closing)
        return;
    (void)ask_some(e, f->readers[TOPIC_AGREEMENTS].consumer, e->stable, NULL, STABLE_MS);
    feed_holders_ask(f, &e->holders, time_for(e, HOLDERS_MS) + 1); /* 0 is refused */
    for (int t = 0; t < TOPIC_COUNT; t++) {
        e->ends.holder[t] = e->holders.holder[t];
        e->ends.is_ours[t] = e->holders.is_ours[t];
    }
}

/* The thread: waits until something is asked, answers it, rings. */
static void *
work(void *self)
{
    struct feed_ends *e = self;

    (void)pthread_mutex_lock(&e->mutex);
    while (!e->closing) {
        if (e->state != ASKED) {
            (void)pthread_cond_wait(&e->wakes, &e->mutex);
            continue;
        }
        (void)pthread_mutex_unlock(&e->mutex);
        ask(e);
        (void)pthread_mutex_lock(&e->mutex);
        if (e->ends.partitions[TOPIC_TRADE_EVENTS] != 0)
            e->heard_at = clock_tick_ms();
        e->state = READY;
        e->came = true;
        feed_bell_ring(e->feed->queue_bell);
    }
    (void)pthread_mutex_unlock(&e->mutex);
    return NULL;
}

/* ---- the loop's side ---------------------------------------------------------------------- */

static void
release(struct feed_ends *e)
{
    for (int t = 0; t < TOPIC_COUNT; t++) {
        free(e->high[t]);
        free(e->stable[t]);
        free(e->leaders[t]);
    }
    feed_holders_close(&e->holders);
    free(e);
}

/* NULL without memory or threads: then nothing is known, and it is tried again. */
static struct feed_ends *
begin(struct feed_kafka *f)
{
    struct feed_ends *e = calloc(1, sizeof *e);
    bool good = e != NULL && feed_holders_open(&e->holders, f->partitions);

    for (int t = 0; t < TOPIC_COUNT && good; t++) {
        size_t count = (size_t)f->partitions[t];

        e->high[t] = calloc(count, sizeof *e->high[t]);
        e->stable[t] = calloc(count, sizeof *e->stable[t]);
        e->leaders[t] = calloc(count, sizeof *e->leaders[t]);
        e->ends.high[t] = e->high[t];
        e->ends.stable[t] = e->stable[t];
        good = e->high[t] != NULL && e->stable[t] != NULL && e->leaders[t] != NULL;
    }
    if (good) {
        e->feed = f;
        (void)pthread_mutex_init(&e->mutex, NULL);
        (void)pthread_cond_init(&e->wakes, NULL);
        good = thread_begin(&e->thread, work, e) == 0;
    }
    if (good)
        return e;
    if (e != NULL)
        release(e);
    return NULL;
}

bool
feed_ask_ends(void *self, bool closely)
{
    struct feed_kafka *f = self;
    struct feed_ends *e;
    bool asked;

    /* The thread begins with the first question: a program that never asks has
     * none. */
    if (f->ends == NULL)
        f->ends = begin(f);
    e = f->ends;
    if (e == NULL)
        return false;
    (void)pthread_mutex_lock(&e->mutex);
    asked = e->state != ASKED;
    if (asked) {
        e->state = ASKED;
        e->asked_at = clock_tick_ms();
        e->came = false;
        e->closely = closely;
        (void)pthread_cond_signal(&e->wakes);
    }
    (void)pthread_mutex_unlock(&e->mutex);
    return asked;
}

const struct ends *
feed_ends(void *self)
{
    struct feed_kafka *f = self;
    struct feed_ends *e = f->ends;
    bool ready;

    if (e == NULL)
        return NULL;
    (void)pthread_mutex_lock(&e->mutex);
    ready = e->state == READY;
    if (ready)
        e->state = IDLE;
    e->came = false;
    (void)pthread_mutex_unlock(&e->mutex);
    return ready ? &e->ends : NULL;
}

int64_t
feed_asked_at(const struct feed_kafka *f)
{
    return f == NULL || f->ends == NULL ? 0 : f->ends->asked_at;
}

int64_t
feed_heard_at(const struct feed_kafka *f)
{
    int64_t began_at = f == NULL ? 0 : f->began_at;
    int64_t heard_at = f == NULL || f->ends == NULL ? 0 : f->ends->heard_at;

    return heard_at > began_at ? heard_at : began_at;
}

bool
feed_ends_came(struct feed_kafka *f)
{
    return f->ends != NULL && atomic_exchange(&f->ends->came, false);
}

/* Waits for the step that the thread is at, some hundred ms at most. */
void
feed_ends_close(struct feed_kafka *f)
{
    struct feed_ends *e = f->ends;

    if (e == NULL)
        return;
    (void)pthread_mutex_lock(&e->mutex);
    e->closing = true;
    (void)pthread_cond_signal(&e->wakes);
    (void)pthread_mutex_unlock(&e->mutex);
    (void)pthread_join(e->thread, NULL);
    (void)pthread_mutex_destroy(&e->mutex);
    (void)pthread_cond_destroy(&e->wakes);
    f->ends = NULL;
    release(e);
}
