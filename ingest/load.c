#include "ingest/load.h"
#include "ingest/clock.h"
#include "ingest/lines.h"
#include "ingest/topics.h"

enum {
    POLL_EVERY = 512, /* lines between two looks at Kafka and the clock */
    WAIT_MS = 100,    /* the longest that a signal or the progress waits */
};

int64_t
load_not_delivered(const struct load *load)
{
    return load->read - load->refused - publish_counts(load->publisher).delivered;
}

struct report_counts
load_counts(const struct load *load)
{
    struct publish_counts counts = publish_counts(load->publisher);
    return (struct report_counts){ load->read, counts.delivered, load->refused, counts.failed };
}

static int64_t
outstanding(const struct load *load)
{
    struct publish_counts counts = publish_counts(load->publisher);
    return counts.sent - counts.delivered - counts.failed;
}

/* Hear Kafka out, waiting up to wait_ms, and show how far we are. */
static void
hear(struct load *load, int wait_ms)
{
    int64_t delivered = publish_poll(load->publisher, wait_ms);
    int64_t now_ms = clock_steady_ms(), left = outstanding(load);
    struct report_counts counts = load_counts(load);
    if (delivered > 0)
        patience_rewarded(&load->patience, now_ms);
    else if (left > 0) /* each record has its own time-out, so the answer is not asked */
        (void)patience_lasts(&load->patience, now_ms, left, publish_complaint(load->publisher));
    else
        patience_rest(&load->patience);
    report_progress(load->report, &counts, now_ms);
}

/* ---- waiting for Kafka before anything is sent -------------------------------------- */

/* One more unsuccessful try: FAULT_NONE to go on trying. */
static enum fault
try_again(struct load *load, enum fault fault, struct why *why)
{
    struct why reason = *why;
    if (fault != FAULT_KAFKA_AWAY)
        return fault;
    if (*load->signals > 0)
        return why_set(why, FAULT_KAFKA, "interrupted while waiting for Kafka: %s", reason.text);
    publish_poll(load->publisher, WAIT_MS);
    if (publish_verdict(load->publisher, why) != FAULT_NONE)
        return FAULT_KAFKA;
    if (!patience_lasts(&load->patience, clock_steady_ms(), 0, reason.text))
        return why_set(why, FAULT_KAFKA, "gave up waiting: %s", reason.text);
    return FAULT_NONE;
}

enum fault
load_topics(struct load *load, struct rd_kafka_s *kafka, int partitions, struct why *why)
{
    for (;;) {
        enum fault fault = topics_create(kafka, partitions, &load->report->log, why);
        if (fault == FAULT_NONE) {
            patience_rewarded(&load->patience, clock_steady_ms());
            return FAULT_NONE;
        }
        fault = try_again(load, fault, why);
        if (fault != FAULT_NONE)
            return fault;
    }
}

static enum fault
wait_for_topic(struct load *load, enum record_type type, struct why *why)
{
    for (;;) {
        enum fault fault = publish_ready(load->publisher, type, why);
        if (fault == FAULT_NONE) {
            patience_rewarded(&load->patience, clock_steady_ms());
            return FAULT_NONE;
        }
        fault = try_again(load, fault, why);
        if (fault != FAULT_NONE)
            return fault;
    }
}

/* ---- one line ------------------------------------------------------------------------- */

static enum fault
send_message(struct load *load, const struct message *message, struct why *why)
{
    enum fault fault = publish_ready(load->publisher, message->type, why);
    if (fault != FAULT_NONE)
        fault = wait_for_topic(load, message->type, why);
    if (fault != FAULT_NONE)
        return fault;
    while (publish_send(load->publisher, message, why) == FAULT_KAFKA_AWAY) {
        hear(load, WAIT_MS);
        if (*load->signals > 1)
            return why_set(why, FAULT_KAFKA, "interrupted twice");
        fault = publish_verdict(load->publisher, why);
        if (fault != FAULT_NONE)
            return fault;
    }
    return publish_verdict(load->publisher, why); /* one bad message is only counted */
}

static enum fault
load_line(struct load *load, const char *name, const struct line *line, struct why *why)
{
    struct record record;
    struct message message;
    enum fault fault;
    struct text given_id = { NULL, 0 };
    load->read++;
    if (line->state == LINE_TOO_LARGE) {
        fault = why_set(why, TOO_LARGE, "the line is over %d bytes", RECORD_BYTES);
    } else {
        fault = message_read(load->maker, line->text, &record, why);
        if (fault == FAULT_NONE)
            fault = message_make(load->maker, &record, &message, why);
        given_id = message_given_id(load->maker);
    }
    if (fault == FAULT_NONE)
        return send_message(load, &message, why);
    if (!fault_is_refusal(fault))
        return fault;
    load->refused++;
    report_refusal(load->report, name, line->number, given_id, fault, why);
    return FAULT_NONE;
}

/* ---- files ------------------------------------------------------------------------------ */

static enum fault
load_lines(struct load *load, const char *name, struct lines *lines, struct why *why)
{
    struct line line;
    bool stopped = false;
    for (int64_t turn = 1;; turn++) {
        enum fault fault = lines_next(lines, WAIT_MS, &line, why);
        if (fault != FAULT_NONE)
            return fault;
        if (line.state == LINE_END)
            break;
        if (line.state != LINE_WAIT)
            fault = load_line(load, name, &line, why);
        if (fault != FAULT_NONE)
            return fault;
        if (line.state == LINE_WAIT || turn % POLL_EVERY == 0)
            hear(load, 0);
        if (*load->signals == 0 || stopped)
            continue;
        stopped = true;
        load->unfinished = lines_stop(lines) || load->unfinished;
    }
    if (stopped)
        log_say(&load->report->log, LOG_WARN, "interrupted", LOG_S("file", name),
                LOG_I("lines_read", line.number));
    return FAULT_NONE;
}

enum fault
load_file(struct load *load, const char *name, struct why *why)
{
    struct lines *lines;
    if (*load->signals > 0) {
        load->unfinished = true;
        return FAULT_NONE;
    }
    enum fault fault = lines_open(name, &lines, why);
    if (fault != FAULT_NONE)
        return fault;
    fault = load_lines(load, name, lines, why);
    lines_close(lines);
    return fault;
}

enum fault
load_drain(struct load *load, struct why *why)
{
    while (outstanding(load) > 0 && *load->signals < 2)
        hear(load, WAIT_MS);
    hear(load, 0);
    enum fault fault = publish_verdict(load->publisher, why);
    if (fault == FAULT_NONE && load_not_delivered(load) > 0)
        fault = why_set(why, FAULT_KAFKA, "records were not delivered");
    return fault;
}
