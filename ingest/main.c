/* tally-ingest - JSON records in, Kafka out.
 *
 * Opens in order: options, the Kafka client, the report on stderr, the
 * publisher; closes in reverse.  Until the report is open, what is wrong is
 * printed as a plain line. */
#include "base/clock.h"
#include "base/options.h"
#include "base/standard.h"
#include "ingest/check.h"
#include "ingest/load.h"
#include "ingest/register.h"
#include "kafka/producer.h"
#include "kafka/topic.h"
#include "kafka/topics.h"
#include "schemas/codec.h"

#include <unistd.h>

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_REFUSED };

enum { HELP_BYTES = 8 * 1024 };

enum setting {
#define OPTION(id, ...) SETTING_##id,
#include "ingest/options.def"
#undef OPTION
    SETTING_COUNT
};
static const struct option_row rows[SETTING_COUNT] = {
#define OPTION(id, ...) { __VA_ARGS__ },
#include "ingest/options.def"
#undef OPTION
};

static const char usage[] =
    "usage: tally-ingest [OPTION]... [FILE... | -]\n"
    "       tally-ingest check [--ids] [FILE... | -]\n"
    "       tally-ingest schema trade | agreement | --prefix\n"
    "\n"
    "Reads records, JSON objects, one a line or not, or an array of them, also packed by\n"
    "gzip, from the files or stdin, and writes them\n"
    "as Avro to the Kafka topics trade-events and agreements. A record that is refused\n"
    "is told on stderr as a line of JSON. Sending a record again does no harm: equal\n"
    "ones count once. With check nothing is sent, and no Kafka is needed.\n"
    "\n"
    "Exit codes: 0 everything is delivered, or good; 1 failed, or interrupted before the\n"
    "end of a file; 2 usage; 3 everything but the refused records is.\n"
    "SIGINT and SIGTERM stop reading and wait for what was read to be delivered, a\n"
    "second one does not wait. A broker that is away is waited for, each record for\n"
    "message.timeout.ms.\n"
    "\n";

static volatile sig_atomic_t signals;

static void
count_signal(int number)
{
    (void)number;
    signals = signals + 1;
}

/* Both signals count; what a count means is said in load.h. */
static void
catch_signals(void)
{
    struct sigaction action = { .sa_handler = count_signal }; /* no SA_RESTART: reads end */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    /* A reader of stderr that goes away is an error of write(2), not the end. */
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

/* --registry: messages name our schemas by its ids. */
static enum fault
use_registry(struct load *load, struct registry *registry, struct why *why)
{
    uint32_t ids[RECORD_TYPE_COUNT];
    if (registry == NULL)
        return FAULT_NONE;
    enum fault fault = register_schemas(registry, &load->inspector.report->log, &signals,
                                        load->patience.limit_ms, ids, why);
    if (fault == FAULT_NONE)
        maker_use_ids(load->inspector.maker, ids);
    return fault;
}

/* Topics, then files, then the reports of all that was sent. */
static enum fault
run(struct load *load, struct rd_kafka_s *kafka, struct registry *registry,
    const struct option_values *options, struct why *why)
{
    enum fault fault = use_registry(load, registry, why);
    bool make_topics = options->value[SETTING_CREATE_TOPICS] != NULL && fault == FAULT_NONE;
    load->may_be_empty = make_topics; /* "</dev/null" is how to make topics alone */
    if (make_topics)
        fault = load_topics(load, kafka, (int)options_count(options, SETTING_CREATE_TOPICS), why);
    for (int i = 0; i < options->operand_count && fault == FAULT_NONE; i++)
        fault = load_file(load, options->operands[i], why);
    /* --create-topics alone, typed on a terminal, makes topics and does not
     * wait for lines. */
    bool nothing_to_read = make_topics && isatty(STDIN_FILENO) == 1;
    if (options->operand_count == 0 && !nothing_to_read && fault == FAULT_NONE)
        fault = load_file(load, "-", why);
    /* The drain's reason counts only when nothing went wrong before. */
    struct why later;
    enum fault drained = load_drain(load, fault == FAULT_NONE ? why : &later);
    return fault == FAULT_NONE ? drained : fault;
}

/* Says how it ended and gives the exit code.  Undelivered records beat refused
 * ones. */
static int
tell_end(struct load *load, enum fault fault, const struct why *why)
{
    struct report_counts counts = load_counts(load);
    int64_t not_delivered = load_not_delivered(load);
    if (fault != FAULT_NONE)
        log_fault(&load->inspector.report->log, LOG_ERROR, "stopped", fault, why);
    else if (load->unfinished)
        log_say(&load->inspector.report->log, LOG_ERROR, "interrupted before the end of a file",
                LOG_I("read", load->inspector.read),
                LOG_S("advice", "send all of it again: what is there already counts once"));
    seen_end(load->inspector.seen);
    report_summary(load->inspector.report, &counts, publish_counts(load->publisher).sent,
                   not_delivered, clock_tick_ms());
    if (fault != FAULT_NONE || load->unfinished)
        return EXIT_FAILED;
    return load->inspector.refused > 0 ? EXIT_REFUSED : EXIT_DONE;
}

static void
print_help(void)
{
    char help[HELP_BYTES];
    struct text_buffer b = { .at = help, .size = sizeof help };
    options_help(rows, SETTING_COUNT, usage, &b);
    (void)fwrite(help, 1, b.length, stdout); /* standard_end() tells */
}

/* trade-events  c3 01 ... */
static void
print_prefixes(void)
{
    for (int type = 0; type < RECORD_TYPE_COUNT; type++) {
        uint8_t head[FRAME_SINGLE_BYTES];
        size_t bytes = frame_write(schema_fingerprint((enum record_type)type), head);
        printf("%-12s ", topic_names[type]);
        for (size_t i = 0; i < bytes; i++)
            printf(" %02x", head[i]);
        printf("\n");
    }
}

/* The first word; a file of that name is ./word. */
static bool
is_command(const struct option_values *options, const char *command)
{
    return options->operand_count > 0 && strcmp(options->operands[0], command) == 0;
}

/* The text of a schema, or how values begin. */
static enum fault
print_schema(const struct option_values *options, struct why *why)
{
    static const char *const types[RECORD_TYPE_COUNT] = { "trade", "agreement" };
    const char *wanted = options->operand_count == 2 ? options->operands[1] : "";
    if (options->value[SETTING_PREFIX] != NULL && options->operand_count == 1) {
        print_prefixes();
        return FAULT_NONE;
    }
    for (int type = 0; type < RECORD_TYPE_COUNT; type++) {
        struct text text = schema_text((enum record_type)type);
        if (strcmp(wanted, types[type]) != 0)
            continue;
        (void)fwrite(text.at, 1, text.length, stdout);
        return FAULT_NONE;
    }
    return why_set(
        why, FAULT_OPTION,
        "schema: want schema trade, schema agreement, or schema --prefix; a file of this "
        "name is ./schema");
}

/* 0 once all that was printed is taken. */
static int
end_printing(void)
{
    struct why why;
    if (standard_end(&why) == FAULT_NONE)
        return EXIT_DONE;
    fprintf(stderr, "tally-ingest: %s\n", why.text);
    return EXIT_FAILED;
}

/* From an open report to the exit code: the command check. */
static int
check(const struct option_values *options, struct report *report)
{
    struct why why = { 0 };
    struct check check = { .signals = &signals, .lists = options->value[SETTING_IDS] != NULL };
    enum fault fault = inspector_init(&check.inspector, report, true, &why);
    bool any_file = options->operand_count > 1; /* behind the word check */
    for (int i = 1; i < options->operand_count && fault == FAULT_NONE; i++)
        fault = check_file(&check, options->operands[i], &why);
    if (!any_file && fault == FAULT_NONE)
        fault = check_file(&check, "-", &why);
    if (fault == FAULT_NONE)
        fault = standard_end(&why);
    if (fault != FAULT_NONE)
        log_fault(&report->log, LOG_ERROR, "stopped", fault, &why);
    if (check.inspector.seen != NULL)
        check_end(&check);
    bool all_good = check.inspector.refused == 0;
    inspector_release(&check.inspector);
    if (fault != FAULT_NONE || check.unfinished)
        return EXIT_FAILED;
    return all_good ? EXIT_DONE : EXIT_REFUSED;
}

/* From an open report to the exit code: a run. */
static int
deliver(const struct option_values *options, const struct producer_settings *settings,
        struct report *report, struct rd_kafka_s *kafka, struct registry *registry)
{
    struct why why = { 0 };
    struct load load = { .signals = &signals };
    patience_init(&load.patience, &report->log, producer_limit_ms(kafka));
    enum fault fault = inspector_init(&load.inspector, report, false, &why);
    if (fault == FAULT_NONE)
        fault = publisher_new(kafka, settings, &report->log, &load.publisher, &why);
    if (fault == FAULT_NONE)
        fault = run(&load, kafka, registry, options, &why);
    int code = EXIT_FAILED;
    /* Without a publisher there are no counts. */
    if (load.publisher != NULL)
        code = tell_end(&load, fault, &why);
    else
        log_fault(&report->log, LOG_ERROR, "stopped", fault, &why);
    publisher_free(load.publisher);
    inspector_release(&load.inspector);
    return code;
}

int
main(int argc, char *argv[])
{
    /* Static: they are large. */
    static struct option_values options;
    static struct report report;
    struct why why = { 0 };
    enum log_level least = LOG_INFO;
    struct rd_kafka_s *kafka = NULL;
    struct registry *registry = NULL;
    if (!standard_open())
        return EXIT_FAILED;
    enum fault fault = options_take(rows, SETTING_COUNT, argc, argv, &options, &why);
    if (fault == FAULT_NONE && options.value[SETTING_HELP] != NULL) {
        print_help();
        return end_printing();
    }
    if (fault == FAULT_NONE && is_command(&options, "schema")) {
        fault = print_schema(&options, &why);
        if (fault == FAULT_NONE)
            return end_printing();
    }
    if (fault == FAULT_NONE && options.value[SETTING_VERSION] != NULL) {
        printf("tally-ingest %s\n", TALLY_VERSION);
        return end_printing();
    }
    struct registry_options names = { options.value[SETTING_REGISTRY],
                                      options.value[SETTING_REGISTRY_AUTH],
                                      options.value[SETTING_REGISTRY_CA] };
    struct producer_settings settings = { options.value[SETTING_BROKERS], options.properties,
                                          options.property_count,
                                          options_count(&options, SETTING_TIMEOUT) };
    if (fault == FAULT_NONE)
        fault = log_level_read(options.value[SETTING_LOG_LEVEL], &least, &why);
    bool sends = !is_command(&options, "check");
    if (fault == FAULT_NONE && sends && options.value[SETTING_IDS] != NULL)
        fault =
            why_set(&why, FAULT_OPTION, "--ids: only check lists ids: tally-ingest check --ids");
    if (fault == FAULT_NONE && sends)
        fault = registry_open(&names, &registry, &why);
    if (fault == FAULT_NONE && sends)
        fault = producer_open(&settings, false, &kafka, &why);
    if (fault != FAULT_NONE) {
        fprintf(stderr, "tally-ingest: %s (see --help)\n", why.text);
        return EXIT_USAGE;
    }
    catch_signals();
    int code = EXIT_FAILED;
    fault =
        report_open(&report, STDERR_FILENO, least, clock_wall_ms, clock_tick_ms(), &signals, &why);
    if (fault == FAULT_NONE)
        code = sends ? deliver(&options, &settings, &report, kafka, registry)
                     : check(&options, &report);
    else
        fprintf(stderr, "tally-ingest: %s: %s\n", fault_name(fault), why.text);
    registry_free(registry);
    producer_close(kafka); /* it may say something yet */
    if (fault == FAULT_NONE && !report_close(&report))
        code = EXIT_FAILED;
    return code;
}
