/* What tally-ingest does without a command: files into Kafka. */
#include "base/clock.h"
#include "ingest/command.h"
#include "ingest/load.h"
#include "kafka/topics.h"

#include <unistd.h>

/* Topics, then files, then the reports of all that was sent. */
static enum fault
send_files(struct load *load, const struct setup *setup, struct why *why)
{
    enum fault fault = setup_use_registry(setup, load->inspector.maker, why);
    bool make_topics = setting(setup, SETTING_CREATE_TOPICS) != NULL && fault == FAULT_NONE;
    load->may_be_empty = make_topics; /* "</dev/null" is how to make topics alone */
    if (make_topics)
        fault = load_topics(load, setup->kafka,
                            (int)options_count(setup->options, SETTING_CREATE_TOPICS), why);
    for (int i = 0; i < setup->operand_count && fault == FAULT_NONE; i++)
        fault = load_file(load, setup->operands[i], why);
    /* --create-topics alone, typed on a terminal, makes topics and does not
     * wait for lines. */
    bool nothing_to_read = make_topics && isatty(STDIN_FILENO) == 1;
    if (setup->operand_count == 0 && !nothing_to_read && fault == FAULT_NONE)
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

static int
run_send(struct setup *setup)
{
    struct why why = { 0 };
    struct load load = { .map = setup->map, .signals = setup->signals };
    patience_init(&load.patience, &setup->report->log, producer_limit_ms(setup->kafka));
    enum fault fault = inspector_init(&load.inspector, setup->report, false, &why);
    if (fault == FAULT_NONE)
        fault = publisher_new(setup->kafka, &setup->producer, &setup->report->log, &load.publisher,
                              &why);
    if (fault == FAULT_NONE)
        fault = dials_open(&load.dials, setup, false, &why);
    dials_use(&load.dials, setup->kafka);
    if (fault == FAULT_NONE)
        fault = send_files(&load, setup, &why);
    int code = EXIT_FAILED;
    /* Without a publisher there are no counts. */
    if (load.publisher != NULL)
        code = tell_end(&load, fault, &why);
    else
        log_fault(&setup->report->log, LOG_ERROR, "stopped", fault, &why);
    dials_close(&load.dials);
    publisher_free(load.publisher);
    inspector_release(&load.inspector);
    return code;
}

static enum fault
open_send(struct setup *setup, struct why *why)
{
    enum fault fault = dials_judge(setup, why);
    if (fault == FAULT_NONE)
        fault = setup_open_map(setup, why);
    return fault == FAULT_NONE ? setup_open_kafka(setup, why) : fault;
}

const struct command command_send = { NULL, open_send, run_send };
