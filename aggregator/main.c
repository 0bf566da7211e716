/* tally-aggregate - records from Kafka, exact rolling totals in Redis. */
#include "aggregator/clock.h"
#include "aggregator/feed.h"
#include "aggregator/rebuild.h"
#include "aggregator/turn.h"
#include "core/options.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <unistd.h>

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE };
enum {
    SETTINGS_BYTES = 64 * 1024,
    HELP_BYTES = 8 * 1024,
    DRAIN_MS = 10000,
    DRAIN_NAP_MS = 50,
    WAIT_MOST_MS = 5000,
    POLICY_MS = 10000, /* so often Redis is asked whether it may evict */
};

enum {
#define OPTION(id, ...) ROW_##id,
#include "aggregator/options.def"
#undef OPTION
    ROW_COUNT
};

static const struct option_row rows[ROW_COUNT] = {
#define OPTION(id, ...) { __VA_ARGS__ },
#include "aggregator/options.def"
#undef OPTION
};

static const char usage[] =
    "usage: tally-aggregate [OPTION]...\n"
    "\n"
    "Reads trade events and agreements from Kafka and keeps exact totals per province\n"
    "and partner in Redis. Several instances of one group share the work. Killed at any\n"
    "moment, it goes on where the totals in Redis are.\n"
    "\n"
    "With --rebuild it is no instance of the service: it counts everything again from the\n"
    "log's start beside the totals, says what differs, and swaps them in.\n"
    "\n"
    "Exit codes: 0 done, also with dead letters, and after SIGTERM or SIGINT, or swapped;\n"
    "1 failed, or not swapped; 2 usage. Kafka or Redis that is away is waited for.\n"
    "\n";

/* What the program holds open, in the order of opening. */
struct program {
    struct log log;
    struct settings settings;
    struct store *store;
    struct feed_kafka *feed;
    struct aggregator *aggregator;
    int64_t policy_at;  /* tick of the last look at maxmemory-policy */
    uint64_t policy_of; /* how often a connection had been made by then */
    bool rebuilds, on_terminal;
};

static volatile sig_atomic_t signals;

static void
count_signal(int number)
{
    (void)number;
    signals = signals + 1;
    if (signals > 1)
        _exit(EXIT_FAILED);
}

static void
catch_signals(void)
{
    struct sigaction action = { .sa_handler = count_signal };

    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, NULL);
}

static void
put_line(void *self, const char *line, size_t length)
{
    ssize_t written = write(STDERR_FILENO, line, length);

    (void)self;
    (void)written; /* nowhere left to complain */
}

static enum fault
read_file(const char *name, char out[SETTINGS_BYTES], struct why *why)
{
    FILE *file = fopen(name, "re");
    size_t length;
    bool good;

    if (file == NULL)
        return why_set(why, FAULT_FILE, "%s: %s", name, strerror(errno));
    length = fread(out, 1, SETTINGS_BYTES, file);
    good = ferror(file) == 0 && length < SETTINGS_BYTES;
    (void)fclose(file);
    if (!good)
        return why_set(why, FAULT_FILE, "%s: can't be read, or is over %d bytes", name,
                       SETTINGS_BYTES - 1);
    out[length] = '\0';
    return FAULT_NONE;
}

static enum fault
read_options(int argc, char *argv[], struct option_values *options, struct why *why)
{
    static char file_text[SETTINGS_BYTES]; /* the options point into it */
    const char *file = options_find_file(argc, argv);
    enum fault fault = FAULT_NONE;

    if (file != NULL)
        fault = read_file(file, file_text, why);
    if (fault == FAULT_NONE)
        fault = options_read(rows, ROW_COUNT, argc, argv, getenv, file == NULL ? NULL : file_text,
                             options, why);
    if (fault == FAULT_NONE && options->operand_count > 0)
        fault = why_set(why, FAULT_OPTION, "%s: no operand is wanted", options->operands[0]);
    return fault;
}

static enum fault
settings_from(const struct option_values *options, struct settings *out, struct why *why)
{
    struct text clock = text_of(options->value[ROW_CLOCK]);
    struct text prefix = text_of(options->value[ROW_PREFIX]);

    *out = settings_default();
    out->exit_at_end = options->value[ROW_EXIT_AT_END] != NULL;
    out->compact_bytes = (size_t)options_count(options, ROW_COMPACT) << 10;
    if (!text_equal(clock, TEXT_LITERAL("wall")) &&
        !(day_read(clock, &out->fixed_day) && day_is_valid(out->fixed_day)))
        return why_set(why, FAULT_OPTION, "--clock %s: want wall or YYYY-MM-DD from 1970-01-01",
                       clock.at);
    if (prefix.length > PREFIX_MOST || memchr(prefix.at, '{', prefix.length) != NULL)
        return why_set(why, FAULT_OPTION, "--prefix %s: want up to %d bytes without {", prefix.at,
                       PREFIX_MOST);
    if (prefix.length >= strlen(REBUILD_PREFIX) &&
        strcmp(prefix.at + prefix.length - strlen(REBUILD_PREFIX), REBUILD_PREFIX) == 0)
        return why_set(why, FAULT_OPTION,
                       "--prefix %s: what ends with " REBUILD_PREFIX " is where --rebuild works",
                       prefix.at);
    memcpy(out->prefix, prefix.at, prefix.length + 1);
    return windows_read(text_of(options->value[ROW_WINDOWS]), &out->windows, why);
}

static enum fault
open_all(struct program *p, const struct option_values *options, struct why *why)
{
    struct store_options store = { .url = options->value[ROW_REDIS],
                                   .client_name = "tally-aggregate" };
    struct feed_options feed = { .brokers = options->value[ROW_BROKERS],
                                 .group = options->value[ROW_GROUP],
                                 .properties = options->properties,
                                 .property_count = options->property_count,
                                 .take_most = TAKE_MOST,
                                 .log = &p->log };
    enum fault fault = store_open(&store, &p->store, why);

    return fault != FAULT_NONE ? fault : feed_open(&feed, &p->feed, why);
}

/* Try until it works, say each time why it does not; FAULT_NONE with
 * `signals` set: somebody wants us to stop. */
static enum fault
wait_for(struct program *p, enum fault (*attempt)(struct program *p, struct why *why),
         struct why *why)
{
    const struct chance chance = chance_real();
    int64_t wait_ms = 100;
    enum fault fault = attempt(p, why);

    while (fault_remedy(fault) == TRY_AGAIN && signals == 0) {
        uint64_t roll = chance.draw(chance.self);
        int64_t pause = wait_ms / 2 + (int64_t)(roll % (uint64_t)(wait_ms / 2 + 1));
        log_say(&p->log, LOG_WARN, "waiting", LOG_S("fault", fault_name(fault)),
                LOG_S("message", why->text), LOG_I("wait_ms", pause));
        (void)usleep((useconds_t)pause * 1000);
        wait_ms = wait_ms * 2 < WAIT_MOST_MS ? wait_ms * 2 : WAIT_MOST_MS;
        fault = attempt(p, why);
    }
    return signals > 0 ? FAULT_NONE : fault;
}

static enum fault
check_redis(struct program *p, struct why *why)
{
    return store_check_policy(p->store, why);
}

static enum fault
check_topics(struct program *p, struct why *why)
{
    return feed_partitions(p->feed, p->settings.partitions, why);
}

/* ---- counting again ---------------------------------------------------------------- */

static bool
goes_on(void *self)
{
    (void)self;
    return signals == 0;
}

static enum fault
nap(void *self, int64_t ms)
{
    (void)self;
    (void)usleep((useconds_t)ms * 1000);
    return FAULT_NONE;
}

static void
print_line(void *self, const char *line)
{
    (void)self;
    (void)printf("%s\n", line);
    (void)fflush(stdout);
}

static void
show_progress(void *self, int64_t records, int64_t expected)
{
    const struct program *p = self;

    if (p->on_terminal)
        (void)fprintf(stderr, "\r%lld of %lld records ", (long long)records, (long long)expected);
}

static enum fault
take_all(void *self, struct why *why)
{
    struct program *p = self;

    return feed_take_all(p->feed, why);
}

static enum fault
count_again(struct program *p, const struct world *world, const struct script *scripts,
            struct why *why)
{
    const struct rebuild_caller caller = { p, goes_on, nap, print_line, show_progress, take_all };
    bool swapped = false;
    enum fault fault;

    feed_be_alone(p->feed);
    fault = rebuild_run(&p->settings, world, scripts, &caller, &swapped, why);
    if (fault == FAULT_NONE && !swapped)
        fault = why_set(why, FAULT_OPTION, "ended by a signal before anything was swapped");
    return fault;
}

static enum fault
prepare(struct program *p, struct why *why)
{
    struct script scripts[SCRIPT_COUNT];
    struct world world = {
        .store = store_way(p->store), .clock = clock_real(), .chance = chance_real(), .log = &p->log
    };
    enum fault fault = wait_for(p, check_redis, why);

    if (fault == FAULT_NONE && signals == 0)
        fault = wait_for(p, check_topics, why);
    if (fault != FAULT_NONE || signals > 0)
        return fault;
    world.feed = feed_effects(p->feed);
    scripts_load(scripts);
    if (p->rebuilds)
        return count_again(p, &world, scripts, why);
    fault = aggregator_open(&p->settings, &world, scripts, &p->aggregator, why);
    return fault != FAULT_NONE ? fault : feed_join(p->feed, why);
}

static enum fault
drain(struct program *p, struct why *why)
{
    struct clock clock = clock_real();
    int64_t give_up = clock.tick_ms(NULL) + DRAIN_MS;
    enum fault fault = aggregator_drain(p->aggregator, why);

    while (fault_remedy(fault) == TRY_AGAIN && clock.tick_ms(NULL) < give_up) {
        (void)usleep(DRAIN_NAP_MS * 1000);
        fault = aggregator_drain(p->aggregator, why);
    }
    return fault;
}

/* Somebody may have changed it, or a replica with other settings taken over.
 * What else there is to say, the turns say. */
static enum fault
check_redis_again(struct program *p, struct why *why)
{
    struct clock clock = clock_real();
    int64_t now = clock.tick_ms(NULL);
    struct why reason;

    if (now < p->policy_at + POLICY_MS && store_connections(p->store) == p->policy_of)
        return FAULT_NONE;
    enum fault fault = store_check_policy(p->store, &reason);
    p->policy_at = now;
    p->policy_of = store_connections(p->store);
    return fault == FAULT_STORE_EVICTS ? why_set(why, fault, "%s", reason.text) : FAULT_NONE;
}

static enum fault
run(struct program *p, struct why *why)
{
    enum fault fault = prepare(p, why);

    if (fault != FAULT_NONE || p->aggregator == NULL)
        return fault;
    log_say(&p->log, LOG_INFO, "started", LOG_S("version", TALLY_VERSION),
            LOG_I("trade_partitions", p->settings.partitions[TOPIC_TRADE_EVENTS]),
            LOG_I("agreement_partitions", p->settings.partitions[TOPIC_AGREEMENTS]));
    while (signals == 0 && !aggregator_is_done(p->aggregator)) {
        fault = aggregator_turn(p->aggregator, why);
        if (fault == FAULT_NONE)
            fault = check_redis_again(p, why);
        if (fault != FAULT_NONE && fault_remedy(fault) != TRY_AGAIN)
            return fault;
    }
    return drain(p, why);
}

static void
say_end(const struct program *p, enum fault fault, const struct why *why)
{
    struct aggregator_counts n = { 0 };

    if (p->aggregator != NULL)
        n = aggregator_counts(p->aggregator);
    if (fault != FAULT_NONE)
        log_fault(&p->log, LOG_ERROR, "stopped", fault, why);
    if (p->rebuilds)
        return;
    log_say(&p->log, LOG_INFO, "ended", LOG_I("records", n.records), LOG_I("changed", n.changed),
            LOG_I("repeats", n.repeats), LOG_I("set_aside", n.set_aside),
            LOG_I("forwarded", n.forwarded), LOG_I("commits", n.commits), LOG_I("pushes", n.pushes),
            LOG_I("cells", n.cells), LOG_I("mismatches", n.mismatches), LOG_I("resets", n.resets),
            LOG_I("syncs", n.syncs), LOG_I("flips", n.flips), LOG_I("out_of_range", n.ranges),
            LOG_I("entries", (int64_t)n.entries), LOG_I("ledger_bytes", (int64_t)n.ledger_bytes));
}

static int
print_help(void)
{
    char help[HELP_BYTES];
    struct text_buffer b = { .at = help, .size = sizeof help };

    options_help(rows, ROW_COUNT, usage, &b);
    return fwrite(b.at, 1, b.length, stdout) == b.length ? EXIT_DONE : EXIT_FAILED;
}

/* librdkafka's threads allocate what this one frees.  In one arena that is used
 * again at once, and big pieces do not come from the kernel each time. */
static void
set_up_memory(void)
{
#ifdef __GLIBC__
    (void)mallopt(M_ARENA_MAX, 1);
    (void)mallopt(M_MMAP_THRESHOLD, 32 << 20);
    (void)mallopt(M_TOP_PAD, 16 << 20);
    (void)mallopt(M_TRIM_THRESHOLD, 128 << 20);
#endif
}

int
main(int argc, char *argv[])
{
    static struct option_values options;
    struct program program = {
        .log = { LOG_INFO, isatty(STDERR_FILENO) == 1, clock_wall_ms, put_line, NULL },
    };
    struct why why = { 0 };
    enum fault fault;
    int code;

    set_up_memory();
    catch_signals();
    fault = read_options(argc, argv, &options, &why);
    if (fault == FAULT_NONE && options.value[ROW_HELP] != NULL)
        return print_help();
    if (fault == FAULT_NONE && options.value[ROW_VERSION] != NULL)
        return printf("tally-aggregate %s\n", TALLY_VERSION) < 0 ? EXIT_FAILED : EXIT_DONE;
    if (fault == FAULT_NONE)
        fault = settings_from(&options, &program.settings, &why);
    program.rebuilds = options.value[ROW_REBUILD] != NULL;
    program.on_terminal = program.log.as_text;
    if (fault == FAULT_NONE)
        fault = open_all(&program, &options, &why);
    if (fault != FAULT_NONE) {
        (void)fprintf(stderr, "tally-aggregate: %s (see --help)\n", why.text);
        code = EXIT_USAGE;
    } else {
        fault = run(&program, &why);
        say_end(&program, fault, &why);
        code = fault == FAULT_NONE ? EXIT_DONE : EXIT_FAILED;
    }
    aggregator_free(program.aggregator);
    feed_close(program.feed);
    store_free(program.store);
    return code;
}
