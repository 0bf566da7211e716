#include "bench/loop.h"

#include "aggregator/turn.h"
#include "base/clock.h"
#include "base/day.h"
#include "kafka/feed_kafka.h"

enum { TRIES_MOST = 600 };

/* A Redis of which a part is missing. */
struct half_store {
    enum loop_reach reach;
    struct store_way real;
};

struct loop {
    struct half_store half;
    struct settings settings;
    struct store *store;
    struct feed_kafka *feed;
    struct aggregator *aggregator;
    int64_t messages; /* in both topics */
};

static bool
is_missing(const struct half_store *half, const struct command *command)
{
    if (command->script == NULL)
        return false;
    if (command->script->number == SCRIPT_PUSH)
        return half->reach < LOOP_SENDS_ALL;
    return command->script->number == SCRIPT_COMMIT && half->reach < LOOP_SENDS_COMMITS;
}

/* Commits and pushes come in lists of their own. */
static enum fault
run_part(void *self, const struct command *commands, size_t count, struct answer *answers,
         struct why *why)
{
    static const struct answer ok = { .kind = ANSWER_TEXT, .text = { "OK", 2 } };
    struct half_store *half = self;
    size_t missing = 0;

    for (size_t i = 0; i < count; i++)
        missing += is_missing(half, &commands[i]);
    if (missing == 0)
        return half->real.run(half->real.self, commands, count, answers, why);
    if (missing < count)
        return why_set(why, FAULT_STORE_REFUSED, "commits, pushes and others in one list");
    for (size_t i = 0; i < count; i++)
        answers[i] = (struct answer){ .kind = ANSWER_LIST, .items = &ok, .count = 1 };
    return FAULT_NONE;
}

static enum fault
open_feed(struct loop *l, const struct loop_options *options, const char *name, struct why *why)
{
    struct feed_options feed = { .brokers = options->brokers,
                                 .group = name,
                                 .properties = options->properties,
                                 .property_count = options->property_count,
                                 .take_most = TAKE_MOST };
    enum fault fault = feed_open(&feed, &l->feed, why);

    if (fault == FAULT_NONE)
        fault = feed_partitions(l->feed, l->settings.partitions, why);
    return fault;
}

static enum fault
count_messages(struct loop *l, struct why *why)
{
    struct feed feed = feed_effects(l->feed);
    enum fault fault = FAULT_NONE;

    for (int t = 0; t < TOPIC_COUNT; t++) {
        for (int32_t p = 0; p < l->settings.partitions[t] && fault == FAULT_NONE; p++) {
            int64_t low = 0, high = 0;
            fault = feed.range(feed.self, (struct place){ (enum topic)t, p }, &low, &high, why);
            l->messages += high - low;
        }
    }
    return fault;
}

static enum fault
open_loop(struct loop *l, const struct loop_options *options, struct why *why)
{
    struct store_options store = { .url = options->redis, .client_name = "tally-stages" };
    struct script scripts[SCRIPT_COUNT];
    struct world world = { .clock = clock_real(), .chance = chance_real() };
    char *name = l->settings.prefix; /* of keys, and of the group */
    enum fault fault;

    l->settings = settings_default();
    if (!day_read(text_of(options->clock), &l->settings.fixed_day))
        return why_set(why, FAULT_OPTION, "--clock %s: want YYYY-MM-DD", options->clock);
    if (options->reach < LOOP_SENDS_ALL) {
        l->settings.audit_ms = INT64_MAX / 2; /* would miss what was never sent */
        l->settings.compact_bytes = (size_t)INT64_MAX / 2;
    }
    (void)snprintf(name, sizeof l->settings.prefix, "stage-%lld:", (long long)clock_wall_ms());
    fault = store_open(&store, &l->store, why);
    if (fault == FAULT_NONE)
        fault = open_feed(l, options, name, why);
    if (fault == FAULT_NONE)
        fault = count_messages(l, why);
    if (fault != FAULT_NONE)
        return fault;
    l->half = (struct half_store){ options->reach, store_way(l->store) };
    world.store = (struct store_way){ &l->half, run_part };
    world.feed = feed_effects(l->feed);
    scripts_load(scripts);
    fault = aggregator_open(&l->settings, &world, scripts, &l->aggregator, why);
    return fault != FAULT_NONE ? fault : feed_join(l->feed, why);
}

static enum fault
turn_to_end(struct loop *l, struct why *why)
{
    enum fault fault = FAULT_NONE;
    int tries = 0;

    while (aggregator_counts(l->aggregator).records < l->messages) {
        fault = aggregator_turn(l->aggregator, why);
        if (fault != FAULT_NONE && (fault_remedy(fault) != TRY_AGAIN || ++tries > TRIES_MOST))
            return fault;
    }
    return aggregator_drain(l->aggregator, why);
}

enum fault
loop_run(const struct loop_options *options, struct loop_result *out, struct why *why)
{
    struct loop loop = { 0 };
    enum fault fault = open_loop(&loop, options, why);

    if (fault == FAULT_NONE)
        fault = turn_to_end(&loop, why);
    if (fault == FAULT_NONE) {
        struct aggregator_counts n = aggregator_counts(loop.aggregator);
        *out = (struct loop_result){ .records = n.records,
                                     .commits = n.commits,
                                     .pushes = n.pushes,
                                     .entries = n.entries,
                                     .ledger_bytes = n.ledger_bytes };
    }
    aggregator_free(loop.aggregator);
    feed_close(loop.feed);
    store_free(loop.store);
    return fault;
}
