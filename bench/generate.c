/* tally-generate - invented trade for the benchmark, and how fresh the totals
 * are while it comes in. */
#include "base/options.h"
#include "base/random.h"
#include "bench/probe.h"
#include "bench/send.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE };
enum { HELP_BYTES = 8 * 1024, STEP_US = 500, UNSEEN_US = 60000000, VERSIONS_MOST = 255 };

/* Of 1,000 messages: repeats of any earlier one, byte for byte; corrections. */
enum { REPEATS_PER_MILLE = 20, CORRECTIONS_PER_MILLE = 10 };

enum {
#define OPTION(id, ...) ROW_##id,
#include "bench/generate.def"
#undef OPTION
    ROW_COUNT
};

static const struct option_row rows[ROW_COUNT] = {
#define OPTION(id, ...) { __VA_ARGS__ },
#include "bench/generate.def"
#undef OPTION
};

static const char usage[] =
    "usage: tally-generate [OPTION]...\n"
    "\n"
    "Invents trade: transactions of provinces with partners, 2 % of the messages\n"
    "repeats of any earlier one, 1 % corrections. The last line on stdout is JSON and says\n"
    "what was made; with --probe also the milliseconds from Kafka's acknowledgement until a\n"
    "record is visible in Redis.\n"
    "\n";

/* What was made so far: every message, and the last version of every trade. */
struct made {
    struct message {
        uint32_t k;
        uint8_t version;
    } *messages;
    uint8_t *versions;
    uint32_t message_count, trade_count;
    uint32_t repeats, corrections;
    uint64_t random;
};

struct run {
    struct trade_world world;
    uint32_t records;
    int64_t rate, probes_a_second, warm_up_us;
    FILE *ndjson, *seen;
    struct sender *sender;
    struct probes *probes;
    int first_probe, probe_count;
    struct made made;
    struct trade trade;
};

static int64_t
now_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void
take_ack(void *self, int probe)
{
    struct run *run = self;

    if (run->probes != NULL)
        probes_acked(run->probes, probe, now_us());
}

/* ---- what the next message is ------------------------------------------------------ */

static struct message
next_message(struct made *made)
{
    uint32_t draw = (uint32_t)(random_next(&made->random) % 1000);
    uint64_t which = random_next(&made->random) >> 16;
    struct message m = { .k = made->trade_count, .version = 1 };

    if (made->message_count > 0 && draw < REPEATS_PER_MILLE) {
        m = made->messages[which % made->message_count];
        made->repeats++;
    } else if (made->trade_count > 0 && draw < REPEATS_PER_MILLE + CORRECTIONS_PER_MILLE &&
               made->versions[which % made->trade_count] < VERSIONS_MOST) {
        m.k = (uint32_t)(which % made->trade_count);
        m.version = ++made->versions[m.k];
        made->corrections++;
    } else {
        made->versions[made->trade_count++] = 1;
    }
    made->messages[made->message_count++] = m;
    return m;
}

static enum fault
put(struct run *run, int probe, struct why *why)
{
    char line[TRADE_JSON_BYTES];

    if (run->ndjson != NULL && fwrite(line, 1, trade_json(&run->trade, line), run->ndjson) == 0)
        return why_set(why, FAULT_FILE, "ndjson: %s", strerror(errno));
    return run->sender == NULL ? FAULT_NONE : sender_send(run->sender, &run->trade, probe, why);
}

static enum fault
put_next(struct run *run, struct why *why)
{
    struct message m = next_message(&run->made);

    trade_make(&run->world, m.k, m.version, &run->trade);
    return put(run, PROBE_NONE, why);
}

static enum fault
put_probe(struct run *run, struct why *why)
{
    int number = run->probe_count;
    enum fault fault;

    if (run->first_probe + number >= PROBES_MOST)
        return why_set(why, FAULT_OPTION, "more than %d probes", PROBES_MOST);
    trade_probe(&run->world, (uint32_t)(run->first_probe + number), &run->trade);
    fault = probes_add(run->probes, number, &run->trade, why);
    if (fault != FAULT_NONE)
        return fault;
    run->probe_count++;
    return put(run, number, why);
}

/* ---- at full speed, or at a rate ------------------------------------------------------ */

static enum fault
put_all(struct run *run, struct why *why)
{
    enum fault fault = FAULT_NONE;

    while (run->made.message_count < run->records && fault == FAULT_NONE) {
        fault = put_next(run, why);
        if (run->sender != NULL && run->made.message_count % 1024 == 0)
            sender_poll(run->sender);
    }
    return fault;
}

static enum fault
put_due(struct run *run, int64_t spent_us, struct why *why)
{
    int64_t due = spent_us * run->rate / 1000000 + 1;
    enum fault fault = FAULT_NONE;

    while (run->made.message_count < due && run->made.message_count < run->records &&
           fault == FAULT_NONE)
        fault = put_next(run, why);
    if (run->probes == NULL)
        return fault;
    due = spent_us * run->probes_a_second / 1000000 + 1;
    while (run->probe_count < due && fault == FAULT_NONE)
        fault = put_probe(run, why);
    return fault;
}

static enum fault
put_at_rate(struct run *run, int64_t start_us, struct why *why)
{
    enum fault fault = FAULT_NONE;

    while (run->made.message_count < run->records && fault == FAULT_NONE) {
        fault = put_due(run, now_us() - start_us, why);
        sender_poll(run->sender);
        if (fault == FAULT_NONE && run->probes != NULL)
            fault = probes_look(run->probes, now_us, why);
        (void)usleep(STEP_US);
    }
    return fault;
}

/* The last probes are still on their way. */
static enum fault
wait_for_probes(struct run *run, struct why *why)
{
    int64_t give_up_us = now_us() + UNSEEN_US;
    enum fault fault = FAULT_NONE;

    while (fault == FAULT_NONE && now_us() < give_up_us &&
           probes_result(run->probes, 0).unseen > 0) {
        sender_poll(run->sender);
        fault = probes_look(run->probes, now_us, why);
        (void)usleep(STEP_US);
    }
    return fault;
}

static void
tell(struct run *run, int64_t start_us, double seconds)
{
    const struct made *made = &run->made;

    printf(
        "{\"messages\": %u, \"facts\": %u, \"repeats\": %u, \"corrections\": %u, \"probes\": %d, "
        "\"seconds\": %.2f",
        made->message_count, made->trade_count, made->repeats, made->corrections, run->probe_count,
        seconds);
    if (run->sender != NULL)
        printf(", \"bytes_each\": %" PRId64,
               sender_bytes(run->sender) / (made->message_count + (uint32_t)run->probe_count));
    if (run->probes != NULL) {
        struct probes_result r = probes_result(run->probes, start_us + run->warm_up_us);
        printf(", \"seen\": %d, \"unseen\": %d, \"p50_ms\": %.1f, \"p90_ms\": %.1f, "
               "\"p99_ms\": %.1f, \"most_ms\": %.1f",
               r.seen, r.unseen, (double)r.p50_us / 1e3, (double)r.p90_us / 1e3,
               (double)r.p99_us / 1e3, (double)r.most_us / 1e3);
    }
    printf("}\n");
}

static enum fault
generate(struct run *run, struct why *why)
{
    int64_t start_us = now_us();
    enum fault fault = run->rate > 0 ? put_at_rate(run, start_us, why) : put_all(run, why);
    double seconds;

    if (fault == FAULT_NONE && run->sender != NULL)
        fault = sender_finish(run->sender, why);
    seconds = (double)(now_us() - start_us) / 1e6;
    if (fault == FAULT_NONE && run->probes != NULL)
        fault = wait_for_probes(run, why);
    if (fault == FAULT_NONE && run->ndjson != NULL && fflush(run->ndjson) != 0)
        fault = why_set(why, FAULT_FILE, "ndjson: %s", strerror(errno));
    if (fault == FAULT_NONE && run->probes != NULL && run->seen != NULL)
        probes_write(run->probes, run->seen);
    if (fault == FAULT_NONE && run->seen != NULL && fflush(run->seen) != 0)
        fault = why_set(why, FAULT_FILE, "seen: %s", strerror(errno));
    if (fault == FAULT_NONE)
        tell(run, start_us, seconds);
    return fault;
}

/* ---- beginning ------------------------------------------------------------------------- */

static enum fault
open_sender(struct run *run, const struct option_values *options, struct why *why)
{
    struct sender_options sender = {
        .brokers = options->value[ROW_BROKERS],
        .topic = options->value[ROW_TOPIC],
        .properties = options->properties,
        .property_count = options->property_count,
        .linger_ms = run->rate > 0 ? "1" : "10",
        .acked = take_ack,
        .self = run,
    };

    if (sender.brokers == NULL && run->rate > 0)
        return why_set(why, FAULT_OPTION, "--rate needs --brokers");
    return sender.brokers == NULL ? FAULT_NONE : sender_open(&sender, &run->sender, why);
}

static enum fault
open_probes(struct run *run, const struct option_values *options, struct why *why)
{
    struct text form = text_of(options->value[ROW_PROBE_FORM]);
    bool peer = text_equal(form, TEXT_LITERAL("peer"));

    if (options->value[ROW_PROBE] == NULL)
        return FAULT_NONE;
    if (run->rate == 0)
        return why_set(why, FAULT_OPTION, "--probe needs --rate");
    if (!peer && !text_equal(form, TEXT_LITERAL("tally")))
        return why_set(why, FAULT_OPTION, "--probe-form %s: want tally or peer", form.at);
    return probes_open(options->value[ROW_PROBE], peer ? PROBE_PEER : PROBE_TALLY, &run->probes,
                       why);
}

/* A name that was not given is no file. */
static enum fault
open_file(const char *name, FILE **out, struct why *why)
{
    if (name == NULL)
        return FAULT_NONE;
    *out = fopen(name, "we");
    return *out != NULL ? FAULT_NONE : why_set(why, FAULT_FILE, "%s: %s", name, strerror(errno));
}

static enum fault
open_run(struct run *run, const struct option_values *options, struct why *why)
{
    enum fault fault;

    run->records = (uint32_t)options_count(options, ROW_RECORDS);
    run->world.days = (int32_t)options_count(options, ROW_DAYS);
    run->world.seed = (uint64_t)options_count(options, ROW_SEED);
    run->world.provinces = (int)options_count(options, ROW_PROVINCES);
    run->world.partners = (int)options_count(options, ROW_PARTNERS);
    trade_world_fill(&run->world);
    run->world.commodity_percent = (int)options_count(options, ROW_COMMODITY);
    run->world.is_wide = options->value[ROW_WIDE] != NULL;
    run->rate = options_count(options, ROW_RATE);
    run->probes_a_second = options_count(options, ROW_PROBES);
    run->first_probe = (int)options_count(options, ROW_FIRST_PROBE);
    run->warm_up_us = options_count(options, ROW_WARM_UP) * INT64_C(1000000);
    if (!day_read(text_of(options->value[ROW_CLOCK]), &run->world.last_day))
        return why_set(why, FAULT_OPTION, "--clock %s: want YYYY-MM-DD", options->value[ROW_CLOCK]);
    run->made.random = ~run->world.seed;
    run->made.messages = calloc(run->records, sizeof *run->made.messages);
    run->made.versions = calloc(run->records, 1);
    if (run->made.messages == NULL || run->made.versions == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for %u records", run->records);
    fault = open_file(options->value[ROW_NDJSON], &run->ndjson, why);
    if (fault == FAULT_NONE)
        fault = open_file(options->value[ROW_SEEN], &run->seen, why);
    if (fault == FAULT_NONE)
        fault = open_sender(run, options, why);
    return fault != FAULT_NONE ? fault : open_probes(run, options, why);
}

static void
close_run(struct run *run)
{
    sender_free(run->sender);
    probes_free(run->probes);
    if (run->ndjson != NULL)
        (void)fclose(run->ndjson);
    if (run->seen != NULL)
        (void)fclose(run->seen);
    free(run->made.messages);
    free(run->made.versions);
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
    static struct run run;
    struct why why = { 0 };
    enum fault fault = options_read(rows, ROW_COUNT, argc, argv, getenv, NULL, &options, &why);

    if (fault == FAULT_NONE && options.value[ROW_HELP] != NULL)
        return print_help();
    if (fault == FAULT_NONE)
        fault = open_run(&run, &options, &why);
    if (fault == FAULT_NONE)
        fault = generate(&run, &why);
    close_run(&run);
    if (fault == FAULT_NONE)
        return EXIT_DONE;
    (void)fprintf(stderr, "tally-generate: %s\n", why.text);
    return fault == FAULT_OPTION ? EXIT_USAGE : EXIT_FAILED;
}
