/* metric.h - numbers about a program, for who looks after it (Prometheus).
 *
 * The room that owns some numbers has them in one table, metrics.def, a row each:
 *
 *      METRIC(ID, "tally_records_total", METRIC_COUNTER, 0, "topic,outcome", "what it counts")
 *
 *      static const struct metric_row rows[] = {
 *      #define METRIC METRIC_ROW
 *      #include "room/metrics.def"
 *      #undef METRIC
 *      };
 *
 * From it comes what is answered, and the table in docs/operating.md.  A row with labels has a
 * number for each set of their values: a series.  Whoever counts asks once for a series, keeps the
 * pointer, and adds to it: that is one atomic instruction, and waits for nobody.
 *
 * Labels are names of a short list: routes, topics, partitions, codes.  Never what a sender or a
 * reader chose, and never what is secret.
 *
 * Any thread may call anything but metrics_free().
 */
#ifndef BASE_METRIC_H
#define BASE_METRIC_H

#include "base/fault.h"
#include "base/text.h"

enum metric_kind {
    METRIC_COUNTER,   /* only rises; its name ends with _total */
    METRIC_GAUGE,     /* as it is now; absent until it is set */
    METRIC_DURATIONS, /* a histogram from 100 us to 30 s; digits is 6: it is told microseconds */
    METRIC_SIZES,     /* a histogram from 1 to 1,000,000 */
};

struct metric_row {
    const char *name; /* with its unit: "_seconds", "_bytes" */
    enum metric_kind kind;
    int digits;         /* of a value behind the point, 0..6: with 3, 1500 is printed as 1.500 */
    const char *labels; /* "topic,partition"; "": none */
    const char *help;   /* a sentence without a full stop */
};
#define METRIC_ROW(id, name, kind, digits, labels, help) { name, kind, digits, labels, help },

enum {
    METRIC_LABELS_MOST = 3,
    METRIC_LABEL_BYTES = 128,    /* of a value; what is longer is cut */
    METRIC_SERIES_MOST = 100000, /* of all rows together */
    METRIC_BUCKETS_MOST = 16,
};

struct metrics;
struct metric; /* one series */

/* The rows are borrowed.  FAULT_NO_MEMORY. */
MUST_USE enum fault
metrics_open(const struct metric_row *rows, int row_count, struct metrics **out, struct why *why);
/* The series go, too.  NULL is fine. */
void metrics_free(struct metrics *metrics);

/* The series of a row with these values of its labels, as many as the row has (the others are
 * NULL); made when it is not there yet, and then a counter is 0.  It stays where it is.  NULL:
 * there is no memory, or there are too many; whoever counts goes on, all below take NULL. */
struct metric *
metric_at(struct metrics *metrics, int row, const char *a, const char *b, const char *c);

void metric_add(struct metric *metric, int64_t n); /* of a counter: n is not negative */
void metric_set(struct metric *metric, int64_t value);
/* It is not known: absent until it is set again. */
void metric_unset(struct metric *metric);
/* Of a histogram: something took, or had, so much. */
void metric_observe(struct metric *metric, int64_t value);
int64_t metric_value(const struct metric *metric); /* 0: absent, too */

/* What is set between these two is read as one: nobody sees half of it.  For less than a
 * millisecond, and without metric_at(). */
void metrics_hold(struct metrics *metrics);
void metrics_let(struct metrics *metrics);

/* Append all that is there, in Prometheus' text format 0.0.4; a row that has no series, or whose
 * series are all absent, is left out. */
void metrics_print(struct metrics *metrics, struct text_buffer *b);

#endif
