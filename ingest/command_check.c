/* The command check: files are read as a run reads them, and nothing is sent.
 *
 * A good record may be printed on stdout as a line of JSON:
 *   {"file":"a.ndjson","line":3,"topic":"trade-events","id":"d:0c...","derived":true,"key":"CN-LN|..."}
 * where key is absent if it is the id; "record" is what a map has made, as it is judged. */
#include "base/standard.h"
#include "ingest/command.h"
#include "ingest/inspect.h"
#include "kafka/topic.h"

enum {
    LIST_BYTES = 4096, /* a file's name, an id and a key, with every byte of the ids escaped */
    WAIT_MS = 100,     /* the longest that a signal waits */
};

struct check {
    struct inspector inspector;
    const struct map *map;                /* or NULL */
    const volatile sig_atomic_t *signals; /* one is enough to end it */
    bool lists;                           /* each good record on stdout */
    bool unfinished;                      /* a file was not read to its end */
};

static void
list(const char *name, const struct line *line, const struct inspected *good)
{
    char out[LIST_BYTES];
    struct text_buffer b = { .at = out, .size = sizeof out - 2 };
    const struct record *r = &good->record;

    report_put_place(&b, name, line->number);
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
    if (line->mapped != NULL)
        text_put(&b, TEXT_LITERAL(",\"record\":"));
    (void)fwrite(out, 1, b.length, stdout); /* standard_end() tells */
    if (line->mapped != NULL)
        (void)fwrite(line->text.at, 1, line->text.length, stdout);
    (void)fputs("}\n", stdout);
}

/* One file, "-" is stdin.  Refusals are reported and counted, not returned. */
static enum fault
check_file(struct check *check, const char *name, struct why *why)
{
    struct lines *lines;
    struct line line;
    struct inspected inspected;
    int64_t before = check->inspector.read;
    enum fault fault = lines_open(name, &lines, why);

    if (fault != FAULT_NONE)
        return fault;
    if (check->map != NULL)
        fault = lines_use_map(lines, check->map, why);
    while (fault == FAULT_NONE && (fault = lines_next(lines, WAIT_MS, &line, why)) == FAULT_NONE &&
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
            list(name, &line, &inspected);
    }
    if (fault == FAULT_NONE && check->inspector.read == before && !check->unfinished)
        log_say(&check->inspector.report->log, LOG_WARN, "nothing to read", LOG_S("file", name));
    if (lines_rows(lines) != NULL)
        inspect_skipped(&check->inspector, name, lines_rows(lines));
    lines_close(lines);
    return fault;
}

/* The last words: the refusals by code, and a line with all counts. */
static void
tell_end(const struct check *check)
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
               LOG_I("ids_derived", seen_derived(i->seen)), LOG_I("ids_again", seen_again(i->seen)),
               LOG_I("skipped", i->skipped));
}

static enum fault
open_check(struct setup *setup, struct why *why)
{
    return setup_open_map(setup, why); /* else nothing is needed but the files */
}

static int
run_check(struct setup *setup)
{
    struct why why = { 0 };
    struct check check = { .map = setup->map,
                           .signals = setup->signals,
                           .lists = setting(setup, SETTING_IDS) != NULL };
    enum fault fault = inspector_init(&check.inspector, setup->report, true, &why);
    for (int i = 0; i < setup->operand_count && fault == FAULT_NONE; i++)
        fault = check_file(&check, setup->operands[i], &why);
    if (setup->operand_count == 0 && fault == FAULT_NONE)
        fault = check_file(&check, "-", &why);
    if (fault == FAULT_NONE)
        fault = standard_end(&why);
    if (fault != FAULT_NONE)
        log_fault(&setup->report->log, LOG_ERROR, "stopped", fault, &why);
    if (check.inspector.seen != NULL)
        tell_end(&check);
    bool all_good = check.inspector.refused == 0;
    inspector_release(&check.inspector);
    if (fault != FAULT_NONE || check.unfinished)
        return EXIT_FAILED;
    return all_good ? EXIT_DONE : EXIT_REFUSED;
}

const struct command command_check = { "check", open_check, run_check };
