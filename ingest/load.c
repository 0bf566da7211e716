/* Files into Kafka: read a line, judge it, send it, hear what became of those
 * before it.
 *
 * One thread does all of it.  Kafka is heard every 512 lines, when no line
 * comes, and when the queue is full; nothing is read faster than Kafka takes
 * it.  A refused record is told and counted and does not end anything; what
 * ends a run is a verdict (kafka/publish.h), a second signal, or a file that
 * can't be read. */
#include "ingest/load.h"
#include "base/clock.h"
#include "kafka/topics.h"

enum {
    POLL_EVERY = 512, /* lines between two looks at Kafka and the clock */
    WAIT_MS = 100,    /* the longest that a signal or the progress waits */
};

int64_t
load_not_delivered(const struct load *load)
{
    return load->inspector.read - load->inspector.refused -
           publish_counts(load->publisher).delivered;
}

struct report_counts
load_counts(const struct load *load)
{
    struct publish_counts counts = publish_counts(load->publisher);
    const struct seen *seen = load->inspector.seen;
    return (struct report_counts){ load->inspector.read,    counts.delivered,
                                   load->inspector.refused, counts.failed,
                                   seen_derived(seen),      seen_again(seen) };
}

/* Sent, and no report yet. */
static int64_t
outstanding(const struct load *load)
{
    struct publish_counts counts = publish_counts(load->publisher);
    return counts.sent - counts.delivered - counts.failed;
}

static void
show_counts(struct load *load)
{
    struct report_counts counts = load_counts(load);
    const struct dial_counts told = { .accepted = counts.delivered,
                                      .refused = counts.refused,
                                      .unknown = counts.failed,
                                      .refused_as = load->inspector.refused_as,
                                      .sent = publish_counts(load->publisher).sent,
                                      .waiting = outstanding(load) };
    dials_tell(&load->dials, &told);
}

/* Hear Kafka out, waiting up to wait_ms, and show how far we are. */
static void
hear(struct load *load, int wait_ms)
{
    int64_t delivered = publish_poll(load->publisher, wait_ms);
    int64_t now_ms = clock_tick_ms(), left = outstanding(load);
    struct report_counts counts = load_counts(load);
    if (delivered > 0)
        patience_rewarded(&load->patience, now_ms);
    else if (left > 0) /* each record has its own time-out, so the answer is not asked */
        (void)patience_lasts(&load->patience, now_ms, left, publish_complaint(load->publisher));
    else
        patience_rest(&load->patience);
    report_progress(load->inspector.report, &counts, now_ms);
    if (dials_turn(&load->dials))
        show_counts(load);
}

/* ---- waiting for Kafka before anything is sent -------------------------------------- */

/* Whether Kafka is to be asked once more.  *fault is what it said, and becomes what ends the wait.
 */
static bool
ask_again(struct load *load, enum fault *fault, struct why *why)
{
    if (*fault == FAULT_NONE)
        patience_rewarded(&load->patience, clock_tick_ms());
    if (*fault != FAULT_KAFKA_AWAY)
        return false;
    struct why reason = *why;
    (void)dials_turn(&load->dials);
    *fault = FAULT_KAFKA;
    /* One signal is enough here: nothing has been read that could still be
     * delivered. */
    if (*load->signals > 0) {
        (void)why_set(why, FAULT_KAFKA, "interrupted while waiting for Kafka: %s", reason.text);
        return false;
    }
    /* Waits, and hears what Kafka complains of. */
    publish_poll(load->publisher, WAIT_MS);
    if (publish_verdict(load->publisher, why) != FAULT_NONE)
        return false;
    if (patience_lasts(&load->patience, clock_tick_ms(), 0, reason.text))
        return true;
    (void)why_set(why, FAULT_KAFKA, "gave up waiting: %s", reason.text);
    return false;
}

enum fault
load_topics(struct load *load, struct rd_kafka_s *kafka, int partitions, struct why *why)
{
    enum fault fault;
    do
        fault = topics_create(kafka, partitions, &load->inspector.report->log, why);
    while (ask_again(load, &fault, why));
    return fault;
}

/* As load_topics(): until it is there, a signal comes, or patience ends. */
static enum fault
wait_for_topic(struct load *load, enum record_type type, struct why *why)
{
    enum fault fault;
    do
        fault = publish_ready(load->publisher, type, why);
    while (ask_again(load, &fault, why));
    return fault;
}

/* ---- one line ------------------------------------------------------------------------- */

/* FAULT_NONE when it is in the queue, or was counted as failed by itself. */
static enum fault
send_message(struct load *load, const struct publication *message, struct why *why)
{
    /* True after the first time, without a question. */
    enum fault fault = publish_ready(load->publisher, message->type, why);
    if (fault != FAULT_NONE)
        fault = wait_for_topic(load, message->type, why);
    if (fault != FAULT_NONE)
        return fault;
    /* The queue is full: the reports of those before make room. */
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

/* One line: sent, or refused and told.  Any other fault ends the file. */
static enum fault
load_line(struct load *load, const char *name, const struct line *line, struct why *why)
{
    struct inspected inspected;
    enum fault fault = inspect_line(&load->inspector, name, line, &inspected, why);
    if (fault != FAULT_NONE || !inspected.is_good)
        return fault;
    return send_message(load, &inspected.message, why);
}

/* ---- files ------------------------------------------------------------------------------ */

/* The loop over one file.  A signal stops the reading once; what was read
 * before it is still sent. */
static enum fault
load_lines(struct load *load, const char *name, struct lines *lines, struct why *why)
{
    struct line line;
    bool stopped = false;
    int64_t before = load->inspector.read;
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
        /* Also when nothing comes: reports and the progress must not wait for
         * the next line. */
        if (line.state == LINE_WAIT || turn % POLL_EVERY == 0)
            hear(load, 0);
        if (*load->signals == 0 || stopped)
            continue;
        /* What was read already is still sent; then lines_next() says LINE_END. */
        stopped = true;
        load->unfinished = lines_stop(lines) || load->unfinished;
    }
    if (load->inspector.read == before && !stopped && !load->may_be_empty)
        log_say(&load->inspector.report->log, LOG_WARN, "nothing to read", LOG_S("file", name));
    if (stopped)
        log_say(&load->inspector.report->log, LOG_WARN, "interrupted", LOG_S("file", name),
                LOG_I("lines_read", line.number));
    return FAULT_NONE;
}

enum fault
load_file(struct load *load, const char *name, struct why *why)
{
    struct lines *lines;
    /* A file that was not even opened counts as unfinished. */
    if (*load->signals > 0) {
        load->unfinished = true;
        return FAULT_NONE;
    }
    enum fault fault = lines_open(name, &lines, why);
    if (fault != FAULT_NONE)
        return fault;
    if (load->map != NULL)
        fault = lines_use_map(lines, load->map, why);
    if (fault == FAULT_NONE)
        fault = load_lines(load, name, lines, why);
    if (lines_rows(lines) != NULL)
        inspect_skipped(&load->inspector, name, lines_rows(lines));
    lines_close(lines);
    return fault;
}

enum fault
load_drain(struct load *load, struct why *why)
{
    /* As long as Kafka's time-out for a record runs: each record is delivered
     * or fails then. */
    while (outstanding(load) > 0 && *load->signals < 2)
        hear(load, WAIT_MS);
    hear(load, 0);
    enum fault fault = publish_verdict(load->publisher, why);
    if (fault == FAULT_NONE && load_not_delivered(load) > 0)
        fault = why_set(why, FAULT_KAFKA, "records were not delivered");
    return fault;
}
