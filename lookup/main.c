/* tally-lookup - look totals up in Redis.
 *
 * Results go to stdout.  On stderr are only the last words: why an answer is
 * not to be trusted, or why there is none.  The exit code says the same
 * (lookup.h, enum verdict). */
#include "base/clock.h"
#include "base/log.h"
#include "base/options.h"
#include "base/standard.h"
#include "http/probe.h"
#include "lookup/lookup.h"
#include "serve/serve.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

enum {
#define OPTION(id, ...) ROW_##id,
#include "lookup/options.def"
#undef OPTION
    ROW_COUNT
};
static const struct option_row ROWS[] = {
#define OPTION(id, ...) { __VA_ARGS__ },
#include "lookup/options.def"
#undef OPTION
};

enum { HELP_BYTES = 8192 };

static volatile sig_atomic_t signals; /* how many have told us to end */

static void
on_signal(int number)
{
    (void)number;
    signals = signals + 1;
}

/* From now on these do not end the program by themselves. */
static void
catch_signals(void)
{
    struct sigaction end = { .sa_handler = on_signal };

    (void)sigaction(SIGTERM, &end, NULL);
    (void)sigaction(SIGINT, &end, NULL);
}

/* Of a command that goes on until it is told to end; others are short, and never ask. */
static bool
is_stopped(void)
{
    static bool is_caught;

    if (!is_caught)
        catch_signals();
    is_caught = true;
    return signals > 0;
}

static void
rest(int ms)
{
    const struct timespec time = { ms / 1000, (long)(ms % 1000) * 1000000 };

    (void)nanosleep(&time, NULL);
}

/* May wait for who reads it: these are last words, and nothing goes on meanwhile. */
static void
put_stderr(void *self, const char *line, size_t length)
{
    (void)self;
    (void)fwrite(line, 1, length, stderr);
}

/* The commands first, then the options; both from their tables. */
static void
print_help(void)
{
    char help[HELP_BYTES];
    struct text_buffer b = { .at = help, .size = sizeof help };

    lookup_usage(&b);
    options_help(ROWS, ROW_COUNT, "", &b);
    (void)fwrite(help, 1, b.length, stdout);
}

/* What --limit says, or what the command does without. */
enum { DOUBTS_TOLD = 50, RECORDS_SHOWN = 20 };
static size_t
limit_or(const struct option_values *values, size_t otherwise)
{
    long limit = options_count(values, ROW_LIMIT);

    return limit > 0 ? (size_t)limit : otherwise;
}

/* --until leaves the instant that it counted up to under its prefix: such a count grows no older.
 * Under the service's own prefix there is none, and nothing is asked; nor where any age will do. */
static bool
is_of_an_instant(const struct lookup *lookup)
{
    char key[KEY_BYTES];
    struct text args[] = { TEXT_LITERAL("GET"), { key, 0 } };
    struct answer answer;
    struct why ignored;

    if (lookup->max_age_ms == 0 || strcmp(lookup->prefix, PREFIX_OWN) == 0)
        return false;
    args[1].length = key_until(lookup->prefix, key);
    const struct command command = { .args = args, .count = 2, .key = args[1] };
    return lookup->way.run(lookup->way.self, &command, 1, &answer, &ignored) == FAULT_NONE &&
           answer.kind == ANSWER_TEXT;
}

/* Answer over HTTP until a signal comes. */
static enum fault
serve(const struct option_values *values, const struct lookup *lookup, const struct log *log,
      struct why *why)
{
    const struct serve_settings settings = {
        .listen = values->value[ROW_LISTEN],
        .certificate_file = values->value[ROW_TLS_CERT],
        .key_file = values->value[ROW_TLS_KEY],
        .tokens_file = values->value[ROW_TOKENS],
        .is_public = values->value[ROW_PUBLIC] != NULL,
        .cors = values->value[ROW_CORS],
        .metrics = values->value[ROW_METRICS],
        .connections = (unsigned)options_count(values, ROW_CONNECTIONS),
        .connections_per_address = (unsigned)options_count(values, ROW_CONNECTIONS_PER_ADDRESS),
        .watchers = (unsigned)options_count(values, ROW_WATCHERS),
        .workers = (unsigned)options_count(values, ROW_WORKERS),
        .lookup = *lookup,
        .redis = values->value[ROW_REDIS],
        .version = TALLY_VERSION,
        .log = log,
        .signals = &signals,
    };

    if (values->operand_count > 0)
        return why_set(why, FAULT_OPTION, "--listen: it takes no command; they come over HTTP");
    catch_signals();
    return serve_run(&settings, why);
}

/* Ask the server of this machine how it is. */
static enum fault
tell_health(const struct option_values *values, struct why *why)
{
    const char *address = values->value[ROW_METRICS];
    unsigned status = 0;

    if (address == NULL)
        return why_set(why, FAULT_OPTION, "--health asks the listener of --metrics ADDR:PORT");
    enum fault fault = probe_ask(address, "/readyz", &status, why);
    if (fault != FAULT_NONE)
        return fault;
    printf("%s\n", status == 200 ? "ready" : "not ready");
    return status == 200
               ? FAULT_NONE
               : why_set(why, FAULT_STORE_AWAY, "/readyz at %s answers %u", address, status);
}

/* Everything between the options and the exit code.  The store lives for one
 * command. */
static enum fault
look_up(const struct option_values *values, const struct log *log, enum verdict *verdict,
        struct why *why)
{
    struct lookup lookup = { .prefix = values->value[ROW_PREFIX],
                             .as_json = values->value[ROW_JSON] != NULL,
                             .as_csv = values->value[ROW_CSV] != NULL,
                             .max_age_ms = options_count(values, ROW_MAX_AGE) * INT64_C(1000),
                             .doubt_limit = limit_or(values, DOUBTS_TOLD),
                             .fails_on_doubts = values->value[ROW_FAIL] != NULL,
                             .now_ms = clock_wall_ms,
                             .out = stdout,
                             .brokers = values->value[ROW_BROKERS],
                             .properties = values->properties,
                             .property_count = values->property_count,
                             .limit = limit_or(values, RECORDS_SHOWN),
                             .wants_all = values->value[ROW_ALL] != NULL,
                             .from = values->value[ROW_FROM],
                             .to = values->value[ROW_TO],
                             .since = values->value[ROW_SINCE],
                             .rest = rest,
                             .is_stopped = is_stopped,
                             .log = log };
    struct store *store = NULL;

    /* Keys are spelled in buffers of fixed size. */
    if (strlen(lookup.prefix) >= PREFIX_BYTES ||
        (lookup.since != NULL && strlen(lookup.since) >= PREFIX_BYTES))
        return why_set(why, FAULT_OPTION, "a prefix is longer than %d bytes", PREFIX_BYTES - 1);
    enum fault fault = windows_read(text_of(values->value[ROW_WINDOWS]), &lookup.windows, why);
    if (fault == FAULT_NONE)
        fault = store_open(&(struct store_options){ .url = values->value[ROW_REDIS],
                                                    .client_name = "tally-lookup" },
                           &store, why);
    if (fault != FAULT_NONE)
        return fault;
    lookup.way = store_way(store);
    bool listens = values->value[ROW_LISTEN] != NULL;
    if ((listens || lookup_asks_redis(values->operands, values->operand_count)) &&
        is_of_an_instant(&lookup))
        lookup.max_age_ms = 0;
    fault = listens ? serve(values, &lookup, log, why)
                    : lookup_run(&lookup, values->operands, values->operand_count, verdict, why);
    store_free(store);
    return fault;
}

int
main(int argc, char *argv[])
{
    const struct log log = { .least = LOG_INFO,
                             .as_text = isatty(STDERR_FILENO) != 0,
                             .now_ms = clock_wall_ms,
                             .put = put_stderr };
    static struct option_values values; /* large */
    struct why why = { 0 };
    enum verdict verdict = VERDICT_DONE;
    enum fault fault;

    /* Before anything else is opened. */
    if (!standard_open())
        return VERDICT_FAILED;
    (void)signal(SIGPIPE, SIG_IGN); /* a lost connection is an answer, not an end */
    fault = options_take(ROWS, ROW_COUNT, argc, argv, &values, &why);
    if (fault == FAULT_NONE && values.value[ROW_HELP] != NULL)
        print_help();
    else if (fault == FAULT_NONE && values.value[ROW_VERSION] != NULL)
        printf("tally-lookup %s\n", TALLY_VERSION);
    else if (fault == FAULT_NONE && values.value[ROW_HEALTH] != NULL)
        fault = tell_health(&values, &why);
    else if (fault == FAULT_NONE)
        fault = look_up(&values, &log, &verdict, &why);
    /* Before stdout is closed, since that may fail and has a message of its own. */
    if (fault == FAULT_NONE && verdict == VERDICT_PARTIAL)
        log_say(&log, LOG_WARN, "not to be trusted", LOG_S("why", why.text));
    if (fault == FAULT_NONE)
        fault = standard_end(&why);
    if (fault == FAULT_NONE)
        return verdict;
    log_fault(&log, LOG_ERROR, "look-up failed", fault, &why);
    return fault == FAULT_OPTION ? VERDICT_USAGE : VERDICT_FAILED;
}
