/* tally-load - what a start costs: journals in a real Redis, read by SYNC.
 *
 * The journals are written once, with the core's own writer; then everything
 * is loaded as after a take-over of all partitions: tags, meta, journals. */
#include "aggregator/clock.h"
#include "aggregator/hash.h"
#include "aggregator/state.h"
#include "bench/trade.h"
#include "core/options.h"

#include <inttypes.h>
#include <sys/resource.h>

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE };
enum { HELP_BYTES = 8 * 1024, SEED = 7, DAYS = 30, LAST_DAY = 20088 };

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

/* ---- writing -------------------------------------------------------------------- */

/* A journal under construction. */
struct journal {
    struct aggregator *a;
    struct place place;
    struct journal_writer writer;
    struct version version;
    char generation[GENERATION_TEXT];
    uint8_t *chunk;
    size_t chunk_used, chunk_room;
    int64_t chunks; /* that are in Redis */
};

static enum fault
run_call(struct aggregator *a, struct why *why)
{
    enum fault fault = calls_run(&a->calls, &a->world.store, why);

    calls_reset(&a->calls);
    return fault;
}

static enum fault
write_chunk(struct journal *j, struct why *why)
{
    struct calls *calls = &j->a->calls;
    struct text key;

    calls_reset(calls);
    key = chunk_key(j->a, j->place, j->generation, j->chunks++);
    calls_begin(calls, NULL, key);
    calls_arg(calls, TEXT_LITERAL("SET"));
    calls_arg(calls, key);
    calls_arg(calls, (struct text){ (const char *)j->chunk, j->chunk_used });
    return run_call(j->a, why);
}

static enum fault
end_record(struct journal *j, struct why *why)
{
    struct text record;
    enum fault fault = FAULT_NONE;

    if ((int64_t)j->chunk_used >= j->a->settings.chunk_bytes) {
        fault = write_chunk(j, why);
        j->chunk_used = 0;
    }
    if (fault == FAULT_NONE)
        fault = journal_end(&j->writer, &record, why);
    if (fault != FAULT_NONE)
        return fault;
    if (j->chunk_room < j->chunk_used + record.length) {
        uint8_t *bigger = realloc(j->chunk, 2 * (j->chunk_used + record.length));
        if (bigger == NULL)
            return why_set(why, FAULT_NO_MEMORY, "no memory for a chunk");
        j->chunk = bigger;
        j->chunk_room = 2 * (j->chunk_used + record.length);
    }
    memcpy(j->chunk + j->chunk_used, record.at, record.length);
    j->chunk_used += record.length;
    return FAULT_NONE;
}

static void
begin_record(struct journal *j)
{
    struct journal_head head = { .flags = version_is_none(j->version) ? JOURNAL_FIRST : 0,
                                 .version = next_version(j->a),
                                 .predecessor = j->version,
                                 .last_offset = -1 };

    if (version_is_none(j->version))
        (void)version_write(head.version, j->generation);
    journal_begin(&j->writer, &head);
    j->version = head.version;
}

/* meta, and the last chunk that it speaks of. */
static enum fault
end_journal(struct journal *j, struct why *why)
{
    struct calls *calls = &j->a->calls;
    char version[VERSION_TEXT];
    struct text key;
    enum fault fault = end_record(j, why);

    if (fault == FAULT_NONE)
        fault = write_chunk(j, why);
    if (fault != FAULT_NONE)
        return fault;
    calls_reset(calls);
    key = meta_key(j->a, j->place);
    calls_begin(calls, NULL, key);
    calls_arg(calls, TEXT_LITERAL("HSET"));
    calls_arg(calls, key);
    for (int i = 0; i < META_FIELDS; i++) {
        const int64_t numbers[META_FIELDS] = {
            [META_CHUNK] = j->chunks - 1,
            [META_LEN] = (int64_t)j->chunk_used,
            [META_SEED] = 1,
            [META_ALG] = PARTS_ALGORITHM,
            [META_PARTITIONS] = j->a->settings.partitions[j->place.topic],
        };
        calls_arg(calls, text_of(meta_field_names[i]));
        if (i == META_VER)
            calls_copy(calls, (struct text){ version, version_write(j->version, version) });
        else if (i == META_GEN)
            calls_arg(calls, text_of(j->generation));
        else if (i == META_WINDOWS)
            calls_arg(calls, text_of(j->a->windows_text));
        else
            calls_integer(calls, numbers[i]);
    }
    return run_call(j->a, why);
}

static enum fault
add_trade(struct journal *j, uint32_t k, int version, struct why *why)
{
    static const struct trade_world world = { SEED, LAST_DAY, DAYS, 0 };
    static struct trade trade;
    struct record record;
    char key[KEY_TEXT_BYTES];
    enum fault fault;
    size_t size;

    trade_make(&world, k, version, &trade);
    fault = record_settle(&trade.draft, &record, why);
    if (fault != FAULT_NONE)
        return fault;
    size = item_pack(&record, j->a->item);
    journal_add(&j->writer, identity_of(1, record_kind(&record), record_key(&record, key)),
                j->a->item, size);
    return FAULT_NONE;
}

/* Facts k = partition, partition + partitions, ...; later versions among them. */
static enum fault
write_journal(struct aggregator *a, int32_t partition, const struct option_values *options,
              struct why *why)
{
    struct journal j = { .a = a, .place = { TOPIC_TRADE_EVENTS, partition } };
    uint64_t ids = (uint64_t)options_count(options, ROW_IDS);
    uint64_t step = (uint64_t)options_count(options, ROW_PARTITIONS), random = SEED;
    uint64_t repeats = (uint64_t)options_count(options, ROW_REPEATS);
    uint32_t most = (uint32_t)options_count(options, ROW_ITEMS);
    enum fault fault = FAULT_NONE;

    begin_record(&j);
    for (uint64_t k = (uint64_t)partition, owed = 0; k < ids && fault == FAULT_NONE; k += step) {
        fault = add_trade(&j, (uint32_t)k, 1, why);
        for (owed += repeats; owed >= 100 && fault == FAULT_NONE; owed -= 100) {
            uint64_t before = random_next(&random) % (k / step + 1);
            fault = add_trade(&j, (uint32_t)(before * step + (uint64_t)partition),
                              2 + (int)(k / step % 1000), why);
        }
        if (fault == FAULT_NONE && j.writer.items >= most) {
            fault = end_record(&j, why);
            begin_record(&j);
        }
    }
    if (fault == FAULT_NONE)
        fault = end_journal(&j, why);
    journal_writer_release(&j.writer);
    free(j.chunk);
    return fault;
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

        fault = partition_add(a, place, why);
        if (fault == FAULT_NONE)
            fault = sync_partition(a, partition_of(a, place), why);
        if (fault == FAULT_NONE && !partition_of(a, place)->synced)
            fault = why_set(why, FAULT_JOURNAL_BROKEN, "the journal was not believed");
        if (fault == FAULT_NONE)
            out->journal_bytes += partition_of(a, place)->journal_bytes;
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
    for (size_t i = 0; i < a->partition_count; i++) {
        struct partition *p = a->partitions[i];

        p->ready = true;
        p->verify = false;
        for (int s = 0; s < SCOPE_COUNT; s++) {
            p->shares[s].tag = tag_plain(target_of(a, p));
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
    for (; fault == FAULT_NONE && compact_is_due(a); steps++) {
        double wall = clock_ms(CLOCK_MONOTONIC), cpu = clock_ms(CLOCK_THREAD_CPUTIME_ID);

        fault = compact_journals(a, why);
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
    struct cost best = { 0 }, cost;
    long rounds = options_count(options, ROW_ROUNDS);
    enum fault fault = FAULT_NONE;

    for (int32_t i = 0; i < a->settings.partitions[TOPIC_TRADE_EVENTS] && fault == FAULT_NONE; i++)
        fault = write_journal(a, i, options, why);
    for (long round = 0; round < rounds && fault == FAULT_NONE; round++) {
        while (a->partition_count > 0)
            partition_remove(a, a->partitions[0]->place);
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
