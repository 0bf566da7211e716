/* report.h - all that tally-ingest says on stderr, so that log lines, refusals
 * and the progress line never mix.
 *
 * Refusals and the summary are results: when who reads stderr is slow, they
 * wait, and the reading of records with them; none is lost, or the program
 * fails.  Log lines and the progress wait for nobody (base/outlet.h).
 *
 *   {"file":"a.ndjson","line":7,"id":"x","code":"BAD_VALUE","field":"value","message":"..."}
 *
 * is a refusal, one a line, always JSON.  The progress line is only for a
 * terminal; it is rewritten in place about five times a second.
 */
#ifndef INGEST_REPORT_H
#define INGEST_REPORT_H

#include "base/outlet.h"

#include <signal.h>
#include <stdatomic.h>

struct report {
    struct log log; /* its `self` is this report: don't copy it */
    struct outlet *outlet;
    const volatile sig_atomic_t *signals; /* a second one waits for no reader any more */
    bool on_terminal;
    atomic_bool progress_shown;
    int64_t started_ms, next_progress_ms;
};

struct report_counts {
    int64_t read, delivered, refused, failed;
};

/* Write to `fd` from now on: log lines of level `least` and above, as text when
 * it is a terminal, else as JSON.  wall_ms gives the time for log lines; now_ms
 * is steady and the beginning of the count of records a second.  `signals` is
 * borrowed until report_close().  FAULT_NO_MEMORY; then there is nothing to
 * close. */
MUST_USE enum fault
report_open(struct report *report, int fd, enum log_level least, int64_t (*wall_ms)(void),
            int64_t now_ms, const volatile sig_atomic_t *signals, struct why *why);
/* False: a refusal or the summary could not be written. */
MUST_USE bool report_close(struct report *report);

/* given_id may be absent. */
void report_refusal(struct report *report, const char *file, int64_t line, struct text given_id,
                    enum fault fault, const struct why *why);

/* Shows the progress if it is time for it; now_ms is steady. */
void report_progress(struct report *report, const struct report_counts *counts, int64_t now_ms);

/* The last words: a line with all counts, an error when something was not
 * delivered.  Said at every --log-level. */
void report_summary(struct report *report, const struct report_counts *counts, int64_t sent,
                    int64_t not_delivered, int64_t now_ms);

#endif
