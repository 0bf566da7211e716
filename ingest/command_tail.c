/* The command tail: records of the topics, as they lie there and as they come.
 *
 * Each message is opened as the aggregator opens it, and written as a line of our own form, so that
 * what is printed can be sent again.  What can't be read is told on stderr with its place, and
 * stops nothing. */
#include "base/standard.h"
#include "ingest/command.h"
#include "ingest/opener.h"
#include "ingest/pump.h"
#include "ingest/since.h"
#include "ingest/tail_show.h"
#include "ingest/where.h"
#include "kafka/topic.h"

static struct tail {
    struct follow_settings settings;
    struct where where;
    struct follow *follow;
    struct opener *opener;
    struct report *report;
    bool as_json, in_envelope;
    int64_t most, shown, unreadable; /* most: 0: all */
    enum fault fault;                /* of the sink */
    struct why why;
    char line[ENVELOPE_BYTES];
} tail;

/* ---- opening ------------------------------------------------------------------------ */

static enum fault
open_tail(struct setup *setup, struct why *why)
{
    enum fault fault = setup_topics(setup, topic_names, &tail.settings, why);

    if (setup->operand_count > 0)
        return why_set(why, FAULT_OPTION,
                       "tail %.100s: it takes no files; a file of the name tail "
                       "is ./tail",
                       setup->operands[0]);
    tail.in_envelope = setting(setup, SETTING_ENVELOPE) != NULL;
    tail.as_json = setting(setup, SETTING_JSON) != NULL || tail.in_envelope;
    tail.most = options_count(setup->options, SETTING_MOST);
    tail.settings.ends = setting(setup, SETTING_EXIT_AT_END) != NULL;
    if (fault == FAULT_NONE)
        fault = since_read_start(setting(setup, SETTING_OFFSET), &tail.settings, why);
    if (fault == FAULT_NONE)
        fault = where_read(setting(setup, SETTING_WHERE), &tail.where, why);
    if (fault == FAULT_NONE)
        fault = setup_open_registry(setup, why);
    if (fault == FAULT_NONE)
        fault = follow_open(&tail.settings, &tail.follow, why);
    return fault;
}

/* ---- messages ----------------------------------------------------------------------- */

static void
tell_unreadable(const char *topic, const struct followed *m, enum fault fault,
                const struct why *why)
{
    tail.unreadable++;
    report_say(tail.report, LOG_WARN, "not readable", LOG_S("topic", topic),
               LOG_I("partition", m->partition), LOG_I("offset", m->offset),
               LOG_S("code", fault_name(fault)), LOG_S("field", why->field),
               LOG_S("message", why->text));
}

static void
print(const char *topic, const struct followed *m, const struct record *r)
{
    struct text_buffer b = { .at = tail.line, .size = sizeof tail.line - 1 };

    if (tail.in_envelope)
        tail_put_envelope(&b, topic, m, r);
    else if (tail.as_json)
        record_json_put(&b, r);
    else
        tail_put_line(&b, topic, m, r);
    if (tail.as_json && !tail.in_envelope && b.length > RECORD_BYTES)
        report_say(tail.report, LOG_WARN, "a line that tally-ingest would call too large",
                   LOG_S("topic", topic), LOG_I("partition", m->partition),
                   LOG_I("offset", m->offset), LOG_I("bytes", (int64_t)b.length));
    b.at[b.length++] = '\n';                 /* kept back for it */
    (void)fwrite(b.at, 1, b.length, stdout); /* setup_end_printing() tells */
}

/* A follow_sink. */
static bool
take_message(void *self, const struct followed *m)
{
    const char *topic = tail.settings.topics[m->topic];
    enum record_type type =
        strcmp(topic, topic_names[RECORD_TRADE]) == 0 ? RECORD_TRADE : RECORD_AGREEMENT;
    struct why why = { 0 };
    struct record record;
    enum fault fault = opener_open(tail.opener, m, m->value, type, &record, &why);

    (void)self;
    if (fault_is_refusal(fault) || fault == FAULT_REGISTRY_AWAY) {
        tell_unreadable(topic, m, fault, &why);
        return true;
    }
    if (fault != FAULT_NONE) {
        tail.fault = fault;
        tail.why = why;
        return false;
    }
    if (!where_holds(&tail.where, &record))
        return true;
    print(topic, m, &record);
    tail.shown++;
    return tail.most == 0 || tail.shown < tail.most;
}

/* Nothing more is at hand: what was printed is to be seen. */
static bool
rest(void *self)
{
    (void)self;
    return fflush(stdout) == 0 && ferror(stdout) == 0;
}

static int
run_tail(struct setup *setup)
{
    const struct log *log = &setup->report->log;
    struct pump pump = { .follow = tail.follow,
                         .log = log,
                         .limit_ms = options_count(setup->options, SETTING_TIMEOUT) * 1000,
                         .signals = setup->signals,
                         .sink = take_message,
                         .rest = rest };
    struct why why = { 0 };
    enum fault fault;
    bool was_cut;

    tail.report = setup->report;
    fault = opener_new(setup->registry, setup->signals, &tail.opener, &why);
    if (fault == FAULT_NONE)
        fault = pump_run(&pump, &why);
    if (fault == FAULT_NONE && tail.fault != FAULT_NONE)
        fault = why_set(&why, tail.fault, "%s", tail.why.text);
    if (fault != FAULT_NONE)
        log_fault(log, LOG_ERROR, "stopped", fault, &why);
    /* Without an end a signal is how it ends. */
    was_cut = tail.settings.ends && *setup->signals > 0 && !follow_has_ended(tail.follow);
    if (was_cut)
        log_say(log, LOG_ERROR, "interrupted before the end", LOG_I("shown", tail.shown));
    opener_free(tail.opener);
    follow_close(tail.follow);
    if (setup_end_printing(setup) != EXIT_DONE || fault != FAULT_NONE || was_cut)
        return EXIT_FAILED;
    return tail.unreadable > 0 ? EXIT_REFUSED : EXIT_DONE;
}

const struct command command_tail = { "tail", open_tail, run_tail };
