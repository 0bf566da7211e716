/* report.h - all that tally-ingest says on stderr, so that log lines, refusals
 * and the progress line never mix.
 *
 * Refusals and the summary are results: when who reads stderr is slow, they
 * wait, and the reading of records with them; none is lost, or the program
 * fails.  Log lines and the progress wait for nobody (base/outlet.h).
 *
 *   {"file":"a.ndjson","line":7,"id":"x","code":"BAD_VALUE","field":"value","message":"..."}
 *
 * is a refusal, one a line, always JSON.  Where a map made the record, "column" (or "path") and
 * "cell" behind "field" say where it came from.  A record with more than one fault has an
 * "also" behind it, a list of the others: {"code":"BAD_FLOW","field":"flow","message":"..."}.
 * The progress line is only for a terminal; it is rewritten in place about five
 * times a second.
 */
#ifndef INGEST_REPORT_H
#define INGEST_REPORT_H

#include "base/outlet.h"
#include "ingest/map.h"

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
    int64_t ids_derived; /* records that came without an id */
    int64_t ids_again; /* of these, those that state what an earlier one stated: they count once */
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

/* Faults of a record beyond the first. */
enum { ALSO_MOST = 16 };
struct also {
    int count; /* may be over ALSO_MOST: then only so many are kept */
    struct {
        enum fault fault;
        struct why why;
    } at[ALSO_MOST];
};
void also_hear(void *self, enum fault fault,
               const struct why *why); /* a fault_hearer of a struct also */

struct refusal {
    const char *file;
    int64_t line;
    const struct mapped *mapped; /* of a row that a map was for; or NULL */
    struct text given_id;        /* may be absent */
    enum fault fault;
    const struct why *why;
    const struct also *also;
};

/* Begin a line of JSON about a record with where it stands: {"file":"a.ndjson","line":7 */
void report_put_place(struct text_buffer *b, const char *file, int64_t line);

/* Append ,"code":"BAD_FLOW","field":"flow","message":"...","hint":"EXPORT" of a fault, where hint
 * is what to write instead, if the message is sure of it, with where it came from, if a map made it
 * (NULL: none did); and the others behind it as "also", as many as fit. */
void report_put_faults(struct text_buffer *b, enum fault fault, const struct why *why,
                       const struct also *also, const struct mapped *mapped);

/* As many of the other faults as fit into a line of LOG_LINE_BYTES; "also_left_out" counts the
 * rest. */
void report_refusal(struct report *report, const struct refusal *refusal);

/* An event that is a result, and is said at every --log-level. */
void report_result(struct report *report, enum log_level level, const char *event,
                   const struct log_value *values, size_t count);
#define report_say(report, level, event, ...)                                                      \
    report_result((report), (level), (event), (const struct log_value[]){ __VA_ARGS__ },           \
                  sizeof((const struct log_value[]){ __VA_ARGS__ }) / sizeof(struct log_value))

/* Shows the progress if it is time for it; now_ms is steady. */
void report_progress(struct report *report, const struct report_counts *counts, int64_t now_ms);

/* The last words: a line with all counts, an error when something was not
 * delivered.  Said at every --log-level. */
void report_summary(struct report *report, const struct report_counts *counts, int64_t sent,
                    int64_t not_delivered, int64_t now_ms);

#endif
