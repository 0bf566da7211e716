/* report.h - all that tally-ingest says on stderr, so that log lines, refusals
 * and the progress line never mix.
 *
 *   {"file":"a.ndjson","line":7,"id":"x","code":"BAD_VALUE","field":"value","message":"..."}
 *
 * is a refusal, one a line, always JSON.  The progress line is only for a
 * terminal; it is rewritten in place about five times a second.
 */
#ifndef INGEST_REPORT_H
#define INGEST_REPORT_H

#include "core/log.h"

struct report {
    struct log log; /* its `self` is this report: don't copy it */
    int fd;
    bool on_terminal;
    bool progress_shown;
    int64_t started_ms, next_progress_ms;
};

struct report_counts {
    int64_t read, delivered, refused, failed;
};

void report_init(struct report *report, int fd, int64_t (*wall_ms)(void), int64_t now_ms);

/* given_id may be absent. */
void report_refusal(struct report *report, const char *file, int64_t line, struct text given_id,
                    enum fault fault, const struct why *why);

/* Shows the progress if it is time for it; now_ms is steady. */
void report_progress(struct report *report, const struct report_counts *counts, int64_t now_ms);

/* The last words: a log line with all counts, an error when something was not
 * delivered. */
void report_summary(struct report *report, const struct report_counts *counts, int64_t sent,
                    int64_t not_delivered, int64_t now_ms);

#endif
