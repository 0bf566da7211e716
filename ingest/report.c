/* What tally-ingest says on stderr: refusals, progress on a terminal, the
 * summary.
 *
 * Log lines and the progress may be dropped (outlet_put); results may not
 * (outlet_put_surely).  Before each line the progress is erased, by whichever
 * thread speaks. */
#include "ingest/report.h"

#include <unistd.h>

enum {
    PROGRESS_MS = 200,
    PROGRESS_BYTES = 256,
    /* Six times as long when every byte is escaped, so that all of a refusal fits into a line. */
    ID_SHOWN = 256, /* bytes of a refused id; a good one has 128 at most */
    FILE_SHOWN = 256,
    TAIL_BYTES = 2,    /* brace and newline */
    COLUMN_SHOWN = 64, /* bytes of a column's name, and of what stood there */
    ALSO_BYTES = 6 * sizeof(struct why) + (size_t)12 * COLUMN_SHOWN + 96,
    LEFT_OUT_BYTES = 64, /* what stands around a fault, and "also_left_out":N */
};

static const char erase_line[] = "\r\x1b[K";

/* Once, by whichever thread comes first. */
static void
erase_progress(struct report *report)
{
    if (atomic_exchange(&report->progress_shown, false))
        outlet_put(report->outlet, erase_line, sizeof erase_line - 1);
}

/* A log line, from librdkafka's threads too. */
static void
put(void *self, const char *line, size_t length)
{
    struct report *report = self;
    erase_progress(report);
    outlet_put(report->outlet, line, length);
}

static bool
goes_on(void *self)
{
    const struct report *report = self;
    /* The second signal ends the wait for a reader who reads no more. */
    return *report->signals < 2;
}

/* A result. */
static void
put_surely(void *self, const char *line, size_t length)
{
    struct report *report = self;
    erase_progress(report);
    /* Every line of ours fits.  What is lost is counted, and ends in report_close(). */
    (void)outlet_put_surely(report->outlet, line, length, goes_on, report, NULL);
}

enum fault
report_open(struct report *report, int fd, enum log_level least, int64_t (*wall_ms)(void),
            int64_t now_ms, const volatile sig_atomic_t *signals, struct why *why)
{
    bool on_terminal = isatty(fd) == 1;
    *report = (struct report){
        .log = { .least = least, .as_text = on_terminal, .now_ms = wall_ms, .put = put },
        .signals = signals,
        .on_terminal = on_terminal,
        .started_ms = now_ms,
        .next_progress_ms = now_ms + PROGRESS_MS,
    };
    report->log.self = report;
    return outlet_open(fd, on_terminal, wall_ms, &report->outlet, why);
}

bool
report_close(struct report *report)
{
    bool all = outlet_flush(report->outlet, goes_on, report);
    outlet_close(report->outlet, 0);
    return all;
}

/* The end of a long path: a name that does not fit into a line would be left out as a whole. */
static struct text
end_of(struct text path)
{
    while (path.length > FILE_SHOWN || (path.length > 0 && ((uint8_t)path.at[0] & 0xC0) == 0x80)) {
        path.at++;
        path.length--;
    }
    return path;
}

void
report_put_place(struct text_buffer *b, const char *file, int64_t line)
{
    text_put(b, TEXT_LITERAL("{\"file\":"));
    json_put_text(b, end_of(text_of(file)));
    text_put(b, TEXT_LITERAL(",\"line\":"));
    text_put_integer(b, line);
}

void
also_hear(void *self, enum fault fault, const struct why *why)
{
    struct also *also = self;
    int at = also->count++;
    if (at >= ALSO_MOST)
        return;
    also->at[at].fault = fault;
    also->at[at].why = *why;
}

static struct text
beginning_of(struct text t)
{
    if (t.length <= COLUMN_SHOWN)
        return t;
    t.length = COLUMN_SHOWN;
    while (t.length > 0 && ((uint8_t)t.at[t.length] & 0xC0) == 0x80)
        t.length--;
    return t;
}

/* ,"column":"Trade Value","cell":"n/a" */
static void
put_origin(struct text_buffer *b, const struct mapped *mapped, const char *field)
{
    struct origin origin;

    if (mapped == NULL || !mapped_origin(mapped, field, &origin))
        return;
    text_print(b, ",\"%s\":", origin.kind);
    json_put_text(b, beginning_of(origin.name));
    if (origin.cell.at == NULL)
        return;
    text_put(b, TEXT_LITERAL(",\"cell\":"));
    json_put_text(b, beginning_of(origin.cell));
}

/* "code":"BAD_FLOW","field":"flow","message":"..." */
static void
put_fault(struct text_buffer *b, enum fault fault, const struct why *why,
          const struct mapped *mapped)
{
    text_put(b, TEXT_LITERAL("\"code\":"));
    json_put_text(b, text_of(fault_name(fault)));
    text_put(b, TEXT_LITERAL(",\"field\":"));
    json_put_text(b, text_of(why->field));
    put_origin(b, mapped, why->field);
    text_put(b, TEXT_LITERAL(",\"message\":"));
    json_put_text(b, text_of(why->text[0] == '\0' ? fault_meaning(fault) : why->text));
}

static void
put_also(struct text_buffer *b, const struct also *also, const struct mapped *mapped)
{
    char one[ALSO_BYTES];
    int told = 0;
    text_put(b, TEXT_LITERAL(",\"also\":["));
    for (; told < also->count && told < ALSO_MOST; told++) {
        struct text_buffer item = { .at = one, .size = sizeof one };
        put_fault(&item, also->at[told].fault, &also->at[told].why, mapped);
        if (b->length + item.length + LEFT_OUT_BYTES > b->size)
            break;
        text_put(b, told > 0 ? TEXT_LITERAL(",{") : TEXT_LITERAL("{"));
        text_put(b, text_done(&item));
        text_put_char(b, '}');
    }
    text_put_char(b, ']');
    if (told == also->count)
        return;
    text_put(b, TEXT_LITERAL(",\"also_left_out\":"));
    text_put_integer(b, also->count - told);
}

/* What a program could write instead: of "wanted: CN-LN (Liaoning)" the code; of a rule, nothing.
 */
static void
put_hint(struct text_buffer *b, const struct why *why)
{
    static const char mark[] = "; wanted: ";
    const char *hint = strstr(why->text, mark);
    if (hint == NULL)
        return;
    hint += sizeof mark - 1;
    size_t length = strcspn(hint, " ");
    bool is_one = hint[length] == '\0' ||
                  (strncmp(hint + length, " (", 2) == 0 && hint[strlen(hint) - 1] == ')');
    if (!is_one || length == 0 || hint[length - 1] == ',')
        return;
    text_put(b, TEXT_LITERAL(",\"hint\":"));
    json_put_text(b, (struct text){ hint, length });
}

void
report_put_faults(struct text_buffer *b, enum fault fault, const struct why *why,
                  const struct also *also, const struct mapped *mapped)
{
    text_put_char(b, ',');
    put_fault(b, fault, why, mapped);
    put_hint(b, why);
    if (also->count > 0)
        put_also(b, also, mapped);
}

void
report_refusal(struct report *report, const struct refusal *refusal)
{
    char out[LOG_LINE_BYTES];
    struct text_buffer b = { .at = out, .size = sizeof out - TAIL_BYTES };
    struct text given_id = refusal->given_id;
    if (given_id.length > ID_SHOWN)
        given_id.length = ID_SHOWN;
    report_put_place(&b, refusal->file, refusal->line);
    if (given_id.at != NULL) {
        text_put(&b, TEXT_LITERAL(",\"id\":"));
        json_put_text(&b, given_id);
    }
    text_put_char(&b, ',');
    put_fault(&b, refusal->fault, refusal->why, refusal->mapped);
    if (refusal->also != NULL && refusal->also->count > 0)
        put_also(&b, refusal->also, refusal->mapped);
    /* Two bytes were kept back for these. */
    out[b.length++] = '}';
    out[b.length++] = '\n';
    put_surely(report, out, b.length);
}

/* A second; 0 when no time has passed. */
static int64_t
rate(int64_t count, int64_t elapsed_ms)
{
    return elapsed_ms <= 0 ? 0 : count * 1000 / elapsed_ms;
}

void
report_progress(struct report *report, const struct report_counts *counts, int64_t now_ms)
{
    char line[PROGRESS_BYTES];
    if (!report->on_terminal || now_ms < report->next_progress_ms)
        return;
    report->next_progress_ms = now_ms + PROGRESS_MS;
    atomic_store(&report->progress_shown, true);
    int length = snprintf(line, sizeof line,
                          "%sread %lld  delivered %lld  refused %lld  failed %lld  %lld/s",
                          erase_line, (long long)counts->read, (long long)counts->delivered,
                          (long long)counts->refused, (long long)counts->failed,
                          (long long)rate(counts->delivered, now_ms - report->started_ms));
    if (length > 0 && (size_t)length < sizeof line)
        outlet_put(report->outlet, line, (size_t)length);
}

/* The same log, with another put: every level, and surely. */
void
report_result(struct report *report, enum log_level level, const char *event,
              const struct log_value *values, size_t count)
{
    struct log results = report->log;
    results.least = LOG_DEBUG;
    results.put = put_surely;
    log_values(&results, level, event, values, count);
}

void
report_summary(struct report *report, const struct report_counts *counts, int64_t sent,
               int64_t not_delivered, int64_t now_ms)
{
    int64_t elapsed_ms = now_ms - report->started_ms;
    report_say(report, not_delivered > 0 ? LOG_ERROR : LOG_INFO, "summary",
               LOG_I("read", counts->read), LOG_I("sent", sent),
               LOG_I("delivered", counts->delivered), LOG_I("refused", counts->refused),
               LOG_I("failed", counts->failed), LOG_I("ids_derived", counts->ids_derived),
               LOG_I("ids_again", counts->ids_again), LOG_I("not_delivered", not_delivered),
               LOG_I("ms", elapsed_ms), LOG_I("per_second", rate(counts->delivered, elapsed_ms)));
}
