/* Reads as load.c does, with nobody to wait for. */
#include "ingest/check.h"

#include "kafka/topic.h"

enum {
    LIST_BYTES = 4096, /* a file's name, an id and a key, with every byte of the ids escaped */
    WAIT_MS = 100,     /* the longest that a signal waits */
};

static void
list(const char *name, int64_t number, const struct inspected *good)
{
    char out[LIST_BYTES];
    struct text_buffer b = { .at = out, .size = sizeof out - 2 };
    const struct record *r = &good->record;

    report_put_place(&b, name, number);
    text_put(&b, TEXT_LITERAL(",\"topic\":"));
    json_put_text(&b, text_of(topic_names[r->type]));
    text_put(&b, TEXT_LITERAL(",\"id\":"));
    json_put_text(&b, r->id);
    text_put(&b, good->id_was_given ? TEXT_LITERAL(",\"derived\":false")
                                    : TEXT_LITERAL(",\"derived\":true"));
    if (!text_equal(good->message.key, r->id)) {
        text_put(&b, TEXT_LITERAL(",\"key\":"));
        json_put_text(&b, good->message.key);
    }
    out[b.length++] = '}';
    out[b.length++] = '\n';
    (void)fwrite(out, 1, b.length, stdout); /* standard_end() tells */
}

enum fault
check_file(struct check *check, const char *name, struct why *why)
{
    struct lines *lines;
    struct line line;
    struct inspected inspected;
    int64_t before = check->inspector.read;
    enum fault fault = lines_open(name, &lines, why);

    if (fault != FAULT_NONE)
        return fault;
    while ((fault = lines_next(lines, WAIT_MS, &line, why)) == FAULT_NONE &&
           line.state != LINE_END) {
        if (*check->signals > 0) {
            check->unfinished = true;
            break;
        }
        if (line.state == LINE_WAIT)
            continue;
        fault = inspect_line(&check->inspector, name, &line, &inspected, why);
        if (fault != FAULT_NONE)
            break;
        if (inspected.is_good && check->lists)
            list(name, line.number, &inspected);
    }
    if (fault == FAULT_NONE && check->inspector.read == before && !check->unfinished)
        log_say(&check->inspector.report->log, LOG_WARN, "nothing to read", LOG_S("file", name));
    lines_close(lines);
    return fault;
}

void
check_end(const struct check *check)
{
    const struct inspector *i = &check->inspector;

    if (check->unfinished)
        log_say(&i->report->log, LOG_ERROR, "interrupted before the end of a file",
                LOG_I("read", i->read));
    seen_end(i->seen);
    for (int code = 0; code < FAULT_COUNT; code++) {
        if (i->refused_as[code] > 0)
            report_say(i->report, LOG_INFO, "refused", LOG_S("code", fault_name((enum fault)code)),
                       LOG_I("records", i->refused_as[code]),
                       LOG_S("meaning", fault_meaning((enum fault)code)));
    }
    report_say(i->report, LOG_INFO, "checked", LOG_I("read", i->read),
               LOG_I("good", i->read - i->refused), LOG_I("refused", i->refused),
               LOG_I("ids_derived", seen_derived(i->seen)),
               LOG_I("ids_again", seen_again(i->seen)));
}
