/* tally-ingest - JSON records in, Kafka out. */
#include "ingest/clock.h"
#include "ingest/connection.h"
#include "ingest/load.h"
#include "ingest/message.h"
#include "ingest/settings.h"

#include <unistd.h>

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_REFUSED };

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

/* Topics, then files, then the reports of all that was sent. */
static enum fault
run(struct load *load, struct rd_kafka_s *kafka, const struct option_values *options,
    struct why *why)
{
    enum fault fault = FAULT_NONE;
    bool make_topics = options->value[SETTING_CREATE_TOPICS] != NULL;
    if (make_topics)
        fault = load_topics(load, kafka, (int)options_count(options, SETTING_CREATE_TOPICS), why);
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
    report_summary(load->report, &counts, publish_counts(load->publisher).sent, not_delivered,
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
    enum fault fault = settings_read(argc, argv, &options, &why);
    if (fault == FAULT_NONE && options.value[SETTING_HELP] != NULL) {
        settings_help();
        return EXIT_DONE;
    }
    if (fault == FAULT_NONE && options.value[SETTING_VERSION] != NULL)
        return printf("tally-ingest %s\n", TALLY_VERSION) < 0 ? EXIT_FAILED : EXIT_DONE;
    struct connection_settings settings = { options.value[SETTING_BROKERS], options.properties,
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
    else
        log_fault(&report.log, LOG_ERROR, "stopped", fault, &why);
    publisher_free(load.publisher);
    maker_free(load.maker);
    connection_close(kafka);
    return code;
}
