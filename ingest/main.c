/* tally-ingest - JSON records in, Kafka out. */
#include "core/options.h"
#include "ingest/clock.h"
#include "ingest/connection.h"
#include "ingest/load.h"
#include "ingest/message.h"
#include "ingest/topics.h"

#include <errno.h>
#include <unistd.h>

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_REFUSED };
enum { SETTINGS_BYTES = 64 * 1024, HELP_BYTES = 8 * 1024 };

enum {
#define OPTION(id, ...) ROW_##id,
#include "ingest/options.def"
#undef OPTION
    ROW_COUNT
};

static const struct option_row rows[ROW_COUNT] = {
#define OPTION(id, ...) { __VA_ARGS__ },
#include "ingest/options.def"
#undef OPTION
};

static const char usage[] =
    "usage: tally-ingest [OPTION]... [FILE... | -]\n"
    "\n"
    "Reads records, one JSON object a line, from the files or stdin, and writes them\n"
    "as Avro to the Kafka topics trade-events and agreements. A record that is refused\n"
    "is told on stderr as a line of JSON. Sending a record again does no harm: equal\n"
    "ones count once.\n"
    "\n"
    "Exit codes: 0 everything is delivered; 1 failed, or interrupted before the end of\n"
    "a file; 2 usage; 3 everything but the refused records is delivered.\n"
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

static void
catch_signals(void)
{
    struct sigaction action = { .sa_handler = count_signal }; /* no SA_RESTART: reads end */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

static enum fault
read_settings(const char *name, char out[SETTINGS_BYTES], struct why *why)
{
    FILE *file = fopen(name, "re");
    if (file == NULL)
        return why_set(why, FAULT_FILE, "%s: %s", name, strerror(errno));
    size_t length = fread(out, 1, SETTINGS_BYTES, file);
    bool good = ferror(file) == 0 && length < SETTINGS_BYTES;
    fclose(file);
    if (!good)
        return why_set(why, FAULT_FILE, "%s: can't be read, or is over %d bytes", name,
                       SETTINGS_BYTES - 1);
    out[length] = '\0';
    return FAULT_NONE;
}

static enum fault
read_options(int argc, char *argv[], struct option_values *options, struct why *why)
{
    static char settings[SETTINGS_BYTES];
    const char *file = options_find_file(argc, argv);
    enum fault fault = file == NULL ? FAULT_NONE : read_settings(file, settings, why);
    if (fault != FAULT_NONE)
        return fault;
    return options_read(rows, ROW_COUNT, argc, argv, getenv, file == NULL ? NULL : settings,
                        options, why);
}

static int
print_help(void)
{
    char help[HELP_BYTES];
    struct text_buffer b = { .at = help, .size = sizeof help };
    options_help(rows, ROW_COUNT, usage, &b);
    fwrite(help, 1, b.length, stdout);
    return EXIT_DONE;
}

/* Topics, then files, then the reports of all that was sent. */
static enum fault
run(struct load *load, struct rd_kafka_s *kafka, const struct option_values *options,
    struct why *why)
{
    enum fault fault = FAULT_NONE;
    bool make_topics = options->value[ROW_CREATE_TOPICS] != NULL;
    if (make_topics)
        fault = load_topics(load, kafka, (int)options_count(options, ROW_CREATE_TOPICS), why);
    for (int i = 0; i < options->operand_count && fault == FAULT_NONE; i++)
        fault = load_file(load, options->operands[i], why);
    bool nothing_to_read = make_topics && isatty(STDIN_FILENO) == 1;
    if (options->operand_count == 0 && !nothing_to_read && fault == FAULT_NONE)
        fault = load_file(load, "-", why);
    struct why later;
    enum fault drained = load_drain(load, fault == FAULT_NONE ? why : &later);
    return fault == FAULT_NONE ? drained : fault;
}

static int
tell_end(struct load *load, enum fault fault, const struct why *why)
{
    struct report_counts counts = load_counts(load);
    int64_t not_delivered = load_not_delivered(load);
    if (fault != FAULT_NONE)
        log_fault(&load->report->log, LOG_ERROR, "stopped", fault, why);
    else if (load->unfinished)
        log_say(&load->report->log, LOG_ERROR, "interrupted before the end of a file",
                LOG_I("read", load->read));
    report_summary(load->report, &counts, counts.delivered + not_delivered, not_delivered,
                   clock_steady_ms());
    if (fault != FAULT_NONE || load->unfinished)
        return EXIT_FAILED;
    return load->refused > 0 ? EXIT_REFUSED : EXIT_DONE;
}

int
main(int argc, char *argv[])
{
    static struct option_values options;
    struct why why = { 0 };
    struct report report;
    struct rd_kafka_s *kafka = NULL;
    enum fault fault = read_options(argc, argv, &options, &why);
    if (fault == FAULT_NONE && options.value[ROW_HELP] != NULL)
        return print_help();
    if (fault == FAULT_NONE && options.value[ROW_VERSION] != NULL)
        return printf("tally-ingest %s\n", TALLY_VERSION) < 0 ? EXIT_FAILED : EXIT_DONE;
    struct connection_settings settings = { options.value[ROW_BROKERS], options.properties,
                                            options.property_count };
    if (fault == FAULT_NONE)
        fault = connection_open(&settings, &kafka, &why);
    if (fault != FAULT_NONE) {
        fprintf(stderr, "tally-ingest: %s (see --help)\n", why.text);
        return EXIT_USAGE;
    }
    catch_signals();
    report_init(&report, STDERR_FILENO, clock_wall_ms, clock_steady_ms());
    struct load load = { .maker = maker_new(), .report = &report, .signals = &signals };
    patience_init(&load.patience, &report.log, connection_limit_ms(kafka));
    fault = publisher_new(kafka, &report.log, &load.publisher, &why);
    if (fault == FAULT_NONE && load.maker == NULL)
        fault = why_set(&why, FAULT_NO_MEMORY, "no memory to begin with");
    if (fault == FAULT_NONE)
        fault = run(&load, kafka, &options, &why);
    int code = EXIT_FAILED;
    if (load.publisher != NULL)
        code = tell_end(&load, fault, &why);
    publisher_free(load.publisher);
    maker_free(load.maker);
    connection_close(kafka);
    return code;
}
