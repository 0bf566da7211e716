/* What is not counted yet, and why: said in the log, of every partition, also of those that are
 * nobody's or somebody else's.
 *
 * Where Kafka says that each partition ends is compared with `next` of its meta in Redis, every few
 * seconds.  An end that `next` has not reached for a while keeps `through` back: then the log says
 * of which partition, how many records, since when, and who or what is the reason.  Once a minute
 * it says how the work goes. */
#include "aggregator/state.h"

enum {
    LOOK_MS = 5000,
    LATE_MS = 10000, /* an end that is not reached for so long is told of */
    AGAIN_MS = 60000,
};

/* ---- the reason ------------------------------------------------------------------------------ */

struct reason {
    const char *word, *sentence, *remedy;
};

/* What keeps a partition of ours: the first of these that holds. */
static struct reason
reason_of_ours(const struct partition *p, bool unsettled)
{
    if (p->held)
        return (struct reason){ "rebuild", "a rebuild holds it",
                                "it goes on by itself once the rebuild has swapped or ended" };
    if (p->away)
        return (struct reason){ "redis", "the Redis that has it does not answer",
                                "start that Redis, or let a replica take over" };
    if (unsettled)
        return (struct reason){ "kafka", "Kafka does not take what is to be set aside or forwarded",
                                "look at the brokers: it goes on by itself" };
    if (p->awaited.is)
        return (struct reason){ "schema", "its next record names a schema that is not known yet",
                                "look at the schema registry, or at what waits for a schema" };
    if (p->state != PARTITION_READING)
        return (struct reason){ "loading", "it is being loaded", "wait" };
    return (struct reason){ "counting", "there is more than was counted so far",
                            "wait, or start more instances" };
}

/* Who may have a partition that is not ours.  Without the group's answer nobody
 * can tell. */
static struct reason
reason_of_others(const struct ends *ends, struct place place)
{
    const char *const *holders = ends->holder[place.topic];
    const char *holder = holders == NULL ? NULL : holders[place.partition];

    if (holder == NULL)
        return (struct reason){ "others", "another instance has it, or nobody",
                                "look at the other instances" };
    if (holder[0] == '\0')
        return (struct reason){ "nobody", "nobody in the group has it",
                                "wait for the rebalance to end, or start an instance" };
    if (ends->is_ours[place.topic] != NULL && ends->is_ours[place.topic][place.partition])
        return (struct reason){ "others", "another instance has it", "look at its log" };
    return (struct reason){ "stranger", "somebody else in our group has it, and does not count it",
                            "give that program a group of its own, or the service (-G)" };
}

/* An open transaction comes before all: while it is open nobody may read on,
 * whoever has the partition. */
static struct reason
reason_of(const struct aggregator *a, const struct ends *ends, struct place place, int64_t next)
{
    const struct partition *p = partition_of(&a->owned, place);
    int64_t stable =
        ends->stable[place.topic] == NULL ? -1 : ends->stable[place.topic][place.partition];

    /* What may be read ends where we are, and yet there is more: only a
     * transaction does that. */
    if (0 <= stable && stable <= next && next >= 0)
        return (struct reason){ "transaction", "a transaction of some producer is open",
                                "end or abort it (kafka-transactions.sh find-hanging); until then "
                                "nobody may read what lies behind its beginning" };
    return p != NULL ? reason_of_ours(p, a->unsettled) : reason_of_others(ends, place);
}

/* One line of what is late.  Something that moves is said as information, what
 * stands still as a warning. */
static void
say_late(struct aggregator *a, const struct ends *ends, struct place place, struct late *late,
         int64_t next)
{
    struct reason reason = reason_of(a, ends, place, next);
    const char *const *holders = ends->holder[place.topic];
    const char *holder = holders == NULL ? NULL : holders[place.partition];
    bool goes_on = strcmp(reason.word, "counting") == 0 || strcmp(reason.word, "loading") == 0;
    char name[TOPIC_BYTES];

    (void)snprintf(name, sizeof name, "%s/%d", topic_names[place.topic], place.partition);
    log_say(a->world.log, goes_on && late->moved ? LOG_INFO : LOG_WARN, "not counted yet",
            LOG_S("partition", name),
            LOG_I("records", ends->high[place.topic][place.partition] - (next < 0 ? 0 : next)),
            LOG_I("since_ms", tick(&a->world) - late->since), LOG_S("reason", reason.word),
            LOG_S("message", reason.sentence),
            LOG_S("holder", strcmp(reason.word, "stranger") == 0 ? holder : ""),
            LOG_S("remedy", reason.remedy));
    late->said = tick(&a->world);
    late->moved = false;
}

/* ---- looking ----------------------------------------------------------------------------------
 */

static void
say_counted(const struct world *world, struct place place, const struct late *late)
{
    char name[TOPIC_BYTES];

    (void)snprintf(name, sizeof name, "%s/%d", topic_names[place.topic], place.partition);
    log_say(world->log, LOG_INFO, "counted now", LOG_S("partition", name),
            LOG_I("after_ms", tick(world) - late->since));
}

/* An end that is reached is followed by the present one. */
static void
look_at(struct aggregator *a, const struct ends *ends, struct place place, int64_t next)
{
    struct late *late = &a->lateness.of[place.topic][place.partition];
    int64_t high = ends->high[place.topic][place.partition];

    late->moved = late->moved || next > late->next;
    late->next = next;
    /* Kafka did not say. */
    if (high < 0)
        return;
    if (next >= late->end || late->since == 0) {
        if (late->said > 0)
            say_counted(&a->world, place, late);
        *late = (struct late){ .end = high, .since = tick(&a->world), .next = next };
        return;
    }
    /* The next question to Kafka also asks who has it, and what may be read:
     * that takes longer. */
    a->lateness.asks_closely = a->lateness.asks_closely || tick(&a->world) >= late->since + LOOK_MS;
    if (tick(&a->world) >= late->since + LATE_MS &&
        (late->said == 0 || tick(&a->world) >= late->said + AGAIN_MS))
        say_late(a, ends, place, late, next);
}

enum fault
late_look(struct aggregator *a, const struct ends *ends, struct why *why)
{
    size_t answer = 0;
    enum fault fault;

    if (a->settings.counts_again || tick(&a->world) < a->lateness.looked_at + LOOK_MS)
        return FAULT_NONE;
    a->lateness.looked_at = tick(&a->world);
    for (int t = 0; t < TOPIC_COUNT; t++) {
        if (a->lateness.of[t] == NULL)
            a->lateness.of[t] =
                calloc((size_t)a->settings.partitions[t], sizeof *a->lateness.of[t]);
        if (a->lateness.of[t] == NULL)
            return why_set(why, FAULT_NO_MEMORY, "no memory for the ends of partitions");
    }
    calls_reset(&a->wire.calls);
    ask_next_of_all(&a->wire);
    fault = wire_run(&a->wire, why);
    if (fault != FAULT_NONE && fault != FAULT_STORE_AWAY)
        return fault;
    a->lateness.asks_closely = false;
    for (int t = 0; t < TOPIC_COUNT; t++)
        for (int32_t i = 0; i < a->settings.partitions[t]; i++) {
            const struct answer *next = &a->wire.calls.answers[answer++];

            if (ends->high[t] == NULL)
                continue;
            /* Of one that did not answer nothing is said; a meta that is not
             * there is a partition never counted. */
            if (next->kind == ANSWER_TEXT || next->kind == ANSWER_NIL)
                look_at(a, ends, (struct place){ (enum topic)t, i },
                        next->kind == ANSWER_TEXT ? text_number(next->text) : -1);
        }
    return fault;
}

/* Something was away for a while: what is late for that reason has been told. */
void
lates_begin_anew(struct lateness *lateness, const int32_t partitions[TOPIC_COUNT], int64_t now)
{
    for (int t = 0; t < TOPIC_COUNT; t++)
        for (int32_t i = 0; lateness->of[t] != NULL && i < partitions[t]; i++)
            if (lateness->of[t][i].since > 0 && lateness->of[t][i].said == 0)
                lateness->of[t][i].since = now;
}

/* ---- once a minute ------------------------------------------------------------------------------
 */

/* What Kafka had, when it was asked last, of our partitions and is not counted. */
static int64_t
late_lag(const struct owned *owned)
{
    int64_t lag = 0;

    for (size_t i = 0; i < owned->count; i++) {
        const struct partition *p = owned->at[i];
        if (partition_is_known(p) && p->telling.latest.end > p->next)
            lag += p->telling.latest.end - p->next;
    }
    return lag;
}

/* The least of what we have told of ours; 0: of some nothing yet. */
static int64_t
told_through(const struct owned *owned)
{
    int64_t least = INT64_MAX;

    for (size_t i = 0; i < owned->count; i++)
        if (owned->at[i]->telling.told < least)
            least = owned->at[i]->telling.told;
    return least == INT64_MAX ? 0 : least;
}

/* Our word of every partition of ours counts in every scope whose total is in
 * range. */
static bool
all_told(const struct owned *owned)
{
    for (size_t i = 0; i < owned->count; i++)
        if (!owned->at[i]->telling.everywhere)
            return false;
    return owned->count > 0;
}

static int64_t
a_second(int64_t count, int64_t passed_ms)
{
    return passed_ms <= 0 ? 0 : count * 1000 / passed_ms;
}

/* Of every partition of ours the end must be known, and Kafka must answer. */
static bool
lag_is_known(const struct owned *owned, bool ends_away)
{
    for (size_t i = 0; i < owned->count; i++)
        if (!partition_is_known(owned->at[i]) || owned->at[i]->telling.latest.ms == 0)
            return false;
    return owned->count > 0 && !ends_away;
}

/* What is not known is left out. */
static void
say_at_work(const struct aggregator *a, int64_t passed_ms)
{
    int64_t records = a->counts.records, through = told_through(&a->owned);
    /* Room for two more: "lag" and "through" are put in where they are known. */
    struct log_value values[] = {
        LOG_I("records_a_second", a_second(records - a->progress.said_records, passed_ms)),
        LOG_I("records", records),
        LOG_I("partitions", (int64_t)a->owned.count),
        LOG_I("waits", a->progress.waits - a->progress.said_waits),
        LOG_I("lag", 0),
        LOG_I("lag", 0),
    };
    size_t count = 4;

    if (lag_is_known(&a->owned, a->rounds.ends_away))
        values[count++] = LOG_I("lag", late_lag(&a->owned));
    if (through > 0)
        values[count++] = LOG_I("through", through);
    log_values(a->world.log, LOG_INFO, "at work", values, count);
}

void
progress_say(struct aggregator *a)
{
    struct progress *progress = &a->progress;
    int64_t now = tick(&a->world), records = a->counts.records;

    /* "caught up" is said once in a life: all that Kafka had when it was asked
     * is counted and told to readers. */
    if (!progress->has_caught_up && a->finish.shared_out && all_told(&a->owned)) {
        progress->has_caught_up = true;
        log_say(a->world.log, LOG_INFO, "caught up", LOG_I("records", records),
                LOG_I("after_ms", now - progress->began_at),
                LOG_I("partitions", (int64_t)a->owned.count));
    }
    if (now < progress->said_at + AGAIN_MS)
        return;
    say_at_work(a, now - progress->said_at);
    progress->said_at = now;
    progress->said_records = records;
    progress->said_waits = progress->waits;
}
