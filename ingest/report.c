#include "ingest/report.h"

#include <unistd.h>

enum {
    PROGRESS_MS = 200,
    PROGRESS_BYTES = 256,
    ID_SHOWN = 1024, /* bytes of a refused id; a good one has 128 at most */
    TAIL_BYTES = 2,  /* brace and newline */
};

static const char erase_line[] = "\r\x1b[K";

static void
write_all(int fd, const char *at, size_t length)
{
    while (length > 0) {
        ssize_t done = write(fd, at, length);
        if (done <= 0)
            return; /* nobody listens: there is nowhere left to say so */
        at += done;
        length -= (size_t)done;
    }
}

static void
put(void *self, const char *line, size_t length)
{
    struct report *report = self;
    if (report->progress_shown)
        write_all(report->fd, erase_line, sizeof erase_line - 1);
    report->progress_shown = false;
    write_all(report->fd, line, length);
}

void
report_init(struct report *report, int fd, int64_t (*wall_ms)(void), int64_t now_ms)
{
    bool on_terminal = isatty(fd) == 1;
    *report = (struct report){
        .log = { .least = LOG_INFO, .as_text = on_terminal, .now_ms = wall_ms, .put = put },
        .fd = fd,
        .on_terminal = on_terminal,
        .started_ms = now_ms,
        .next_progress_ms = now_ms + PROGRESS_MS,
    };
    report->log.self = report;
}

void
report_refusal(struct report *report, const char *file, int64_t line, struct text given_id,
               enum fault fault, const struct why *why)
{
    char out[LOG_LINE_BYTES];
    struct text_buffer b = { .at = out, .size = sizeof out - TAIL_BYTES };
    const char *message = why->text[0] == '\0' ? fault_meaning(fault) : why->text;
    if (given_id.length > ID_SHOWN)
        given_id.length = ID_SHOWN;
    text_put(&b, TEXT_LITERAL("{\"file\":"));
    json_put_text(&b, text_of(file));
    text_put(&b, TEXT_LITERAL(",\"line\":"));
    text_put_integer(&b, line);
    if (given_id.at != NULL) {
        text_put(&b, TEXT_LITERAL(",\"id\":"));
        json_put_text(&b, given_id);
    }
    text_put(&b, TEXT_LITERAL(",\"code\":"));
    json_put_text(&b, text_of(fault_name(fault)));
    text_put(&b, TEXT_LITERAL(",\"field\":"));
    json_put_text(&b, text_of(why->field));
    text_put(&b, TEXT_LITERAL(",\"message\":"));
    json_put_text(&b, text_of(message));
    out[b.length++] = '}';
    out[b.length++] = '\n';
    put(report, out, b.length);
}

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
    report->progress_shown = true;
    int length = snprintf(line, sizeof line,
                          "%sread %lld  delivered %lld  refused %lld  failed %lld  %lld/s",
                          erase_line, (long long)counts->read, (long long)counts->delivered,
                          (long long)counts->refused, (long long)counts->failed,
                          (long long)rate(counts->delivered, now_ms - report->started_ms));
    if (length > 0 && (size_t)length < sizeof line)
        write_all(report->fd, line, (size_t)length);
}

void
report_summary(struct report *report, const struct report_counts *counts, int64_t sent,
               int64_t not_delivered, int64_t now_ms)
{
    int64_t elapsed_ms = now_ms - report->started_ms;
    log_say(&report->log, not_delivered > 0 ? LOG_ERROR : LOG_INFO, "summary",
            LOG_I("read", counts->read), LOG_I("sent", sent), LOG_I("delivered", counts->delivered),
            LOG_I("refused", counts->refused), LOG_I("failed", counts->failed),
            LOG_I("not_delivered", not_delivered), LOG_I("ms", elapsed_ms),
            LOG_I("per_second", rate(counts->delivered, elapsed_ms)));
}
