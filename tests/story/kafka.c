#include "tests/story/kafka_inside.h"

struct kafka *
kafka_new(struct truth *truth)
{
    struct kafka *k = must_allocate(sizeof *k);

    memset(k, 0, sizeof *k);
    k->truth = truth;
    return k;
}

void
kafka_free(struct kafka *k)
{
    if (k == NULL)
        return;
    for (int i = 0; i < LOGS_MOST; i++)
        free(k->logs[i].list);
    free(k);
}

void
kafka_begin(struct kafka *k, const int32_t partitions[TOPIC_COUNT], struct dice *dice,
            const int64_t *now_ms)
{
    k->now_ms = now_ms;
    k->dice = dice;
    k->log_count = 0;
    k->told = k->published = 0;
    for (int t = 0; t < TOPIC_COUNT; t++) {
        k->partitions[t] = partitions[t];
        for (int32_t i = 0; i < partitions[t]; i++) {
            struct log_file *log = &k->logs[k->log_count++];

            log->place = (struct place){ (enum topic)t, i };
            (void)snprintf(log->name, sizeof log->name, "%s/%d", topic_names[t], i);
            log->count = 0;
            k->noted[k->log_count - 1] =
                (struct position){ .place = log->place, .next = -1, .from = -1 };
            /* the first record need not lie at 0: older ones may be deleted */
            log->low = log->high = dice_below(dice, 4) == 0 ? dice_below(dice, 5) : 0;
        }
    }
}

int
kafka_logs(const struct kafka *k)
{
    return k->log_count;
}

int
kafka_log(const struct kafka *k, struct place place)
{
    return place.partition + (place.topic == TOPIC_AGREEMENTS ? k->partitions[0] : 0);
}

struct place
kafka_place(const struct kafka *k, int log)
{
    return k->logs[log].place;
}

const char *
kafka_name(const struct kafka *k, int log)
{
    return k->logs[log].name;
}

int64_t
kafka_end(const struct kafka *k, int log)
{
    return k->logs[log].high;
}

uint32_t
kafka_below(const struct kafka *k, int log, int64_t offset)
{
    const struct log_file *l = &k->logs[log];
    size_t n = l->count;

    while (n > 0 && l->list[n - 1].offset >= offset)
        n--;
    return (uint32_t)n;
}

void
kafka_append(struct kafka *k, int log, struct text key, const struct told *m, int64_t timestamp_ms,
             uint32_t number)
{
    struct log_file *l = &k->logs[log];
    struct log_message *one;

    if (dice_below(k->dice, 12) == 0)
        l->high += 1 + dice_below(k->dice, 2); /* a marker of some transaction */
    if (l->count == l->room) {
        l->room = l->room == 0 ? 64 : 2 * l->room;
        l->list = must_resize(l->list, l->room * sizeof *l->list);
    }
    one = &l->list[l->count++];
    *one = (struct log_message){ .offset = l->high++,
                                 .timestamp_ms = timestamp_ms,
                                 .key = key,
                                 .told = m,
                                 .home = log,
                                 .acknowledged_ms = STORY_BEGINS_MS + *k->now_ms,
                                 .number = number };
    if (dice_below(k->dice, 12) == 0)
        l->high++;
    if (!m->valid)
        return;
    one->home = kafka_log(
        k, (struct place){ l->place.topic, key_partition(m->key, k->partitions[m->type]) });
    if (one->home == log)
        truth_enter(k->truth, log, (uint32_t)l->count - 1, m);
}

int
kafka_publish(struct kafka *k, const struct told *m, bool astray, int64_t timestamp_ms)
{
    int32_t partition = key_partition(m->key, k->partitions[m->type]);
    struct text key = m->key;
    int log;

    if (astray || !m->valid) {
        partition = dice_below(k->dice, k->partitions[m->type]);
        if (dice_below(k->dice, 2) == 0)
            key = (struct text){ NULL, 0 };
    }
    if (m->valid)
        truth_enter(k->truth, TRUTH_ALL, k->told++, m);
    log = kafka_log(k, (struct place){ (enum topic)m->type, partition });
    kafka_append(k, log, key, m, timestamp_ms, k->published++);
    return log;
}

/* How many messages of a log must be counted so that one of these copies is; 0: there is none. */
static uint32_t
below_copy(const struct log_file *l, uint32_t number)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->list[i].number == number)
            return (uint32_t)i + 1;
    return 0;
}

bool
kafka_needed(const struct kafka *k, int64_t through_ms, uint32_t needed[LOGS_MOST])
{
    memset(needed, 0, LOGS_MOST * sizeof *needed);
    for (int i = 0; i < k->log_count; i++) {
        const struct log_file *l = &k->logs[i];

        for (size_t m = 0; m < l->count && l->list[m].acknowledged_ms < through_ms; m++) {
            const struct log_message *one = &l->list[m];
            uint32_t copy = (uint32_t)m + 1;

            if (one->home != i)
                copy = below_copy(&k->logs[one->home], one->number);
            if (copy == 0)
                return false;
            if (needed[one->home] < copy)
                needed[one->home] = copy;
        }
    }
    return true;
}

const char *
kafka_unsettled(const struct kafka *k)
{
    static char wrong[256];

    for (int i = 0; i < k->log_count; i++) {
        const struct log_file *l = &k->logs[i];

        for (size_t m = 0; m < l->count; m++) {
            const struct log_message *one = &l->list[m];

            if (!one->told->valid && !one->set_aside)
                (void)snprintf(wrong, sizeof wrong, "%s offset %ld was never set aside", l->name,
                               one->offset);
            else if (one->home != i && !one->forwarded)
                (void)snprintf(wrong, sizeof wrong, "%s offset %ld was never forwarded", l->name,
                               one->offset);
            else
                continue;
            return wrong;
        }
    }
    return NULL;
}
