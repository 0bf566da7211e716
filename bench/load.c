/* tally-load - what a start costs: journals in a real Redis, read by SYNC.
 *
 * The journals are written once, with the core's own writer; then everything
 * is loaded as after a take-over of all partitions: tags, meta, journals. */
#include "bench/load.h"
#include "base/clock.h"
#include "base/options.h"

#include <inttypes.h>
#include <sys/resource.h>

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE };
enum { HELP_BYTES = 8 * 1024 };

enum {
#define OPTION(id, ...) ROW_##id,
#include "bench/load.def"
#undef OPTION
    ROW_COUNT
};

static const struct option_row rows[ROW_COUNT] = {
#define OPTION(id, ...) { __VA_ARGS__ },
#include "bench/load.def"
#undef OPTION
};

static const char usage[] =
    "usage: tally-load [OPTION]...\n"
    "\n"
    "Writes journals into an empty Redis and loads them as an aggregator does at its start.\n"
    "Prints CPU seconds of this process.\n"
    "\n";

/* ---- the world: a feed that knows one thing ------------------------------------ */

static enum fault
range(void *self, struct place place, int64_t *low, int64_t *high, struct why *why)
{
    (void)self, (void)place, (void)why;
    *low = 0;
    *high = INT64_MAX;
    return FAULT_NONE;
}

/* ---- loading -------------------------------------------------------------------- */

struct cost {
    double cpu_s, wall_s;
    size_t entries, ledger_bytes;
    int64_t journal_bytes;
    long peak_kb;
};

static double
cpu_s(void)
{
    struct rusage used;

    (void)getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static enum fault
load(struct aggregator *a, struct cost *out, struct why *why)
{
    double cpu = cpu_s();
    int64_t wall = a->world.clock.tick_ms(a->world.clock.self);
    struct rusage used;
    enum fault fault = FAULT_NONE;

    *out = (struct cost){ 0 };
    for (int32_t i = 0; i < a->settings.partitions[TOPIC_TRADE_EVENTS] && fault == FAULT_NONE;
         i++) {
        struct place place = { TOPIC_TRADE_EVENTS, i };

        fault = partition_add(&a->owned, place, why);
        if (fault == FAULT_NONE)
            fault = sync_partition(a, partition_of(&a->owned, place), why);
        if (fault == FAULT_NONE && partition_wants_sync(partition_of(&a->owned, place)))
            fault = why_set(why, FAULT_JOURNAL_BROKEN, "the journal was not believed");
        if (fault == FAULT_NONE)
            out->journal_bytes += partition_of(&a->owned, place)->journal_bytes;
    }
    out->cpu_s = cpu_s() - cpu;
    out->wall_s = (double)(a->world.clock.tick_ms(a->world.clock.self) - wall) / 1000;
    out->entries = aggregator_counts(a).entries;
    out->ledger_bytes = aggregator_counts(a).ledger_bytes;
    (void)getrusage(RUSAGE_SELF, &used);
    out->peak_kb = used.ru_maxrss;
    return fault;
}

/* ---- compacting ------------------------------------------------------------------- */

static double
clock_ms(clockid_t which)
{
    struct timespec now;

    (void)clock_gettime(which, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* As if every scope had been pushed, and Kafka had nothing new. */
static void
come_to_rest(struct aggregator *a)
{
    for (size_t i = 0; i < a->owned.count; i++) {
        struct partition *p = a->owned.at[i];

        p->state = PARTITION_READING;
        p->verify = false;
        for (int s = 0; s < SCOPE_COUNT; s++) {
            p->shares[s].tag = tag_plain(target_of(p, a->wire.day));
            p->shares[s].position = p->row_count;
        }
    }
}

/* One compaction of every journal that is worth it, a step a turn.  By the
 * clock a step also waits for Redis, and for whatever else the machine does. */
static enum fault
compact_all(struct aggregator *a, struct why *why)
{
    double began = clock_ms(CLOCK_MONOTONIC), began_cpu = cpu_s(), most = 0, most_cpu = 0;
    long steps = 0;
    enum fault fault = FAULT_NONE;

    come_to_rest(a);
    for (; fault == FAULT_NONE && compact_is_due(&a->compacting); steps++) {
        double wall = clock_ms(CLOCK_MONOTONIC), cpu = clock_ms(CLOCK_THREAD_CPUTIME_ID);

        fault = compact_journals(&a->compacting, why);
        wall = clock_ms(CLOCK_MONOTONIC) - wall;
        cpu = clock_ms(CLOCK_THREAD_CPUTIME_ID) - cpu;
        most = wall > most ? wall : most;
        most_cpu = cpu > most_cpu ? cpu : most_cpu;
    }
    if (fault == FAULT_NONE)
        printf(
            "%" PRId64 " compactions in %ld steps: %.3f CPU s, %.3f s; a step takes %.2f ms in "
            "the mean, %.2f at most, %.2f of CPU at most\n",
            a->counts.flips, steps, cpu_s() - began_cpu, (clock_ms(CLOCK_MONOTONIC) - began) / 1e3,
            (clock_ms(CLOCK_MONOTONIC) - began) / (double)(steps > 0 ? steps : 1), most, most_cpu);
    return fault;
}

static enum fault
measure(struct aggregator *a, const struct option_values *options, struct why *why)
{
    const struct load_plan plan = { (uint64_t)options_count(options, ROW_IDS),
                                    (uint64_t)options_count(options, ROW_REPEATS),
                                    (uint32_t)options_count(options, ROW_ITEMS) };
    struct cost best = { 0 }, cost;
    long rounds = options_count(options, ROW_ROUNDS);
    enum fault fault = FAULT_NONE;

    for (int32_t i = 0; i < a->settings.partitions[TOPIC_TRADE_EVENTS] && fault == FAULT_NONE; i++)
        fault = load_write(a, i, &plan, why);
    for (long round = 0; round < rounds && fault == FAULT_NONE; round++) {
        while (a->owned.count > 0)
            partition_remove(&a->owned, a->owned.at[0]->place);
        fault = load(a, &cost, why);
        if (round == 0 || cost.cpu_s < best.cpu_s)
            best = cost;
    }
    if (fault == FAULT_NONE)
        printf("%zu ids from %.1f MB: %.3f CPU s (%.3f us an id), %.3f s, ledgers %.1f MB, "
               "peak %.1f MB\n",
               best.entries, (double)best.journal_bytes / 1e6, best.cpu_s,
               best.cpu_s * 1e6 / (double)best.entries, best.wall_s,
               (double)best.ledger_bytes / 1e6, (double)best.peak_kb / 1e3);
    if (fault == FAULT_NONE && options->value[ROW_COMPACT] != NULL)
        fault = compact_all(a, why);
    return fault;
}

static enum fault
open_and_measure(const struct option_values *options, struct why *why)
{
    struct store_options to = { .url = options->value[ROW_REDIS], .client_name = "tally-load" };
    struct script scripts[SCRIPT_COUNT];
    struct settings settings = settings_default();
    struct world world = { .feed = { .range = range },
                           .clock = clock_real(),
                           .chance = chance_real() };
    struct aggregator *a = NULL;
    struct store *store = NULL;
    enum fault fault = store_open(&to, &store, why);

    if (fault != FAULT_NONE)
        return fault;
    world.store = store_way(store);
    settings.partitions[TOPIC_TRADE_EVENTS] = (int32_t)options_count(options, ROW_PARTITIONS);
    scripts_load(scripts);
    fault = aggregator_open(&settings, &world, scripts, &a, why);
    if (fault == FAULT_NONE)
        fault = measure(a, options, why);
    aggregator_free(a);
    store_free(store);
    return fault;
}

static int
print_help(void)
{
    char help[HELP_BYTES];
    struct text_buffer b = { .at = help, .size = sizeof help };

    options_help(rows, ROW_COUNT, usage, &b);
    return fwrite(b.at, 1, b.length, stdout) == b.length ? EXIT_DONE : EXIT_FAILED;
}

int
main(int argc, char *argv[])
{
    static struct option_values options;
    struct why why = { 0 };
    enum fault fault = options_read(rows, ROW_COUNT, argc, argv, getenv, NULL, &options, &why);

    if (fault == FAULT_NONE && options.value[ROW_HELP] != NULL)
        return print_help();
    if (fault == FAULT_NONE)
        fault = open_and_measure(&options, &why);
    if (fault == FAULT_NONE)
        return EXIT_DONE;
    (void)fprintf(stderr, "tally-load: %s\n", why.text);
    return fault == FAULT_OPTION ? EXIT_USAGE : EXIT_FAILED;
}
