/* Series in lists by row, their values atomic.
 *
 * The lock is for the lists, and for who wants several values to be read as one; a single value is
 * counted without it.  What is absent has a value of its own, so that it is one atomic with the
 * others.  Printing works with whole numbers: a point is put between digits, and no double is
 * needed. */
#include "base/metric.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define ABSENT INT64_MIN

/* The largest value that falls into each; what is larger falls into the last, which has no bound.
 */
static const int64_t durations_us[] = { 100,    250,    500,     1000,    2500,
                                        5000,   10000,  25000,   50000,   100000,
                                        250000, 500000, 1000000, 5000000, 30000000 };
static const int64_t sizes[] = { 1,    3,     10,    30,     100,    300,    1000,
                                 3000, 10000, 30000, 100000, 300000, 1000000 };

enum {
    DURATION_BOUNDS = sizeof durations_us / sizeof durations_us[0],
    SIZE_BOUNDS = sizeof sizes / sizeof sizes[0],
    NUMBER_BYTES = 32,
};
_Static_assert((int)DURATION_BOUNDS < (int)METRIC_BUCKETS_MOST &&
                   (int)SIZE_BOUNDS < (int)METRIC_BUCKETS_MOST,
               "each has a last bucket without a bound");

struct metric {
    struct metric *next;
    const struct metric_row *row;
    _Atomic int64_t value;    /* of a histogram: the sum of what was told */
    _Atomic int64_t *buckets; /* NULL: it is none */
    char labels[METRIC_LABELS_MOST][METRIC_LABEL_BYTES];
};

/* The series of one row, in the order in which they came. */
struct series {
    struct metric *first, **end;
};

struct metrics {
    pthread_mutex_t lock;
    const struct metric_row *rows;
    int row_count, metric_count;
    struct series *of;
};

/* ---- series --------------------------------------------------------------------------------- */

static bool
is_histogram(const struct metric_row *row)
{
    return row->kind == METRIC_DURATIONS || row->kind == METRIC_SIZES;
}

enum fault
metrics_open(const struct metric_row *rows, int row_count, struct metrics **out, struct why *why)
{
    struct metrics *m = calloc(1, sizeof *m);
    struct series *of = calloc((size_t)row_count + 1, sizeof *of);
    if (m == NULL || of == NULL) {
        free(m);
        free(of);
        return why_set(why, FAULT_NO_MEMORY, "no memory for metrics");
    }
    *m = (struct metrics){ .rows = rows, .row_count = row_count, .of = of };
    (void)pthread_mutex_init(&m->lock, NULL);
    for (int i = 0; i < row_count; i++)
        of[i].end = &of[i].first;
    *out = m;
    return FAULT_NONE;
}

void
metrics_free(struct metrics *m)
{
    if (m == NULL)
        return;
    for (int i = 0; i < m->row_count; i++)
        for (struct metric *metric = m->of[i].first, *next; metric != NULL; metric = next) {
            next = metric->next;
            free(metric->buckets);
            free(metric);
        }
    (void)pthread_mutex_destroy(&m->lock);
    free(m->of);
    free(m);
}

/* As much of a value as is kept, never half of a character. */
static void
keep_label(char out[METRIC_LABEL_BYTES], const char *value)
{
    size_t length = 0, bytes = 1;
    struct text rest = text_of(value == NULL ? "" : value);
    while (rest.length > 0 && bytes > 0) {
        bytes = text_character(rest);
        if (length + bytes >= METRIC_LABEL_BYTES)
            break;
        memcpy(out + length, rest.at, bytes);
        length += bytes;
        rest = (struct text){ rest.at + bytes, rest.length - bytes };
    }
    out[length] = '\0';
}

static struct metric *
find(const struct series *series, char labels[METRIC_LABELS_MOST][METRIC_LABEL_BYTES])
{
    struct metric *metric = series->first;
    while (metric != NULL &&
           (strcmp(metric->labels[0], labels[0]) != 0 ||
            strcmp(metric->labels[1], labels[1]) != 0 || strcmp(metric->labels[2], labels[2]) != 0))
        metric = metric->next;
    return metric;
}

static struct metric *
make(struct metrics *m, int row, char labels[METRIC_LABELS_MOST][METRIC_LABEL_BYTES])
{
    const struct metric_row *of = &m->rows[row];
    struct metric *metric = m->metric_count < METRIC_SERIES_MOST ? calloc(1, sizeof *metric) : NULL;
    if (metric == NULL)
        return NULL;
    if (is_histogram(of)) {
        metric->buckets = calloc(METRIC_BUCKETS_MOST, sizeof *metric->buckets);
        if (metric->buckets == NULL) {
            free(metric);
            return NULL;
        }
    }
    metric->row = of;
    atomic_init(&metric->value, of->kind == METRIC_GAUGE ? ABSENT : 0);
    memcpy(metric->labels, labels, sizeof metric->labels);
    *m->of[row].end = metric;
    m->of[row].end = &metric->next;
    m->metric_count++;
    return metric;
}

struct metric *
metric_at(struct metrics *m, int row, const char *a, const char *b, const char *c)
{
    char labels[METRIC_LABELS_MOST][METRIC_LABEL_BYTES];
    if (m == NULL)
        return NULL;
    keep_label(labels[0], a);
    keep_label(labels[1], b);
    keep_label(labels[2], c);
    metrics_hold(m);
    struct metric *metric = find(&m->of[row], labels);
    if (metric == NULL)
        metric = make(m, row, labels);
    metrics_let(m);
    return metric;
}

void
metrics_hold(struct metrics *m)
{
    if (m != NULL)
        (void)pthread_mutex_lock(&m->lock);
}

void
metrics_let(struct metrics *m)
{
    if (m != NULL)
        (void)pthread_mutex_unlock(&m->lock);
}

/* ---- values --------------------------------------------------------------------------------- */

void
metric_add(struct metric *metric, int64_t n)
{
    if (metric != NULL)
        (void)atomic_fetch_add_explicit(&metric->value, n, memory_order_relaxed);
}

void
metric_set(struct metric *metric, int64_t value)
{
    if (metric != NULL)
        atomic_store_explicit(&metric->value, value, memory_order_relaxed);
}

void
metric_unset(struct metric *metric)
{
    metric_set(metric, ABSENT);
}

int64_t
metric_value(const struct metric *metric)
{
    int64_t value =
        metric == NULL ? ABSENT : atomic_load_explicit(&metric->value, memory_order_relaxed);
    return value == ABSENT ? 0 : value;
}

static const int64_t *
bounds_of(const struct metric_row *row, int *count)
{
    *count = row->kind == METRIC_DURATIONS ? DURATION_BOUNDS : SIZE_BOUNDS;
    return row->kind == METRIC_DURATIONS ? durations_us : sizes;
}

void
metric_observe(struct metric *metric, int64_t value)
{
    if (metric == NULL)
        return;
    int count, at = 0;
    const int64_t *bounds = bounds_of(metric->row, &count);
    while (at < count && value > bounds[at])
        at++;
    (void)atomic_fetch_add_explicit(&metric->buckets[at], 1, memory_order_relaxed);
    metric_add(metric, value);
}

/* ---- the text format ------------------------------------------------------------------------ */

/* https://prometheus.io/docs/instrumenting/exposition_formats/: a backslash and the end of a line
 * are escaped, and in the value of a label a quote is, too. */
static void
put_escaped(struct text_buffer *b, const char *s, bool is_label)
{
    for (; *s != '\0'; s++) {
        if (*s == '\n')
            text_put(b, TEXT_LITERAL("\\n"));
        else if (*s == '\\' || (*s == '"' && is_label)) {
            text_put_char(b, '\\');
            text_put_char(b, *s);
        } else {
            text_put_char(b, *s);
        }
    }
}

/* 1500 with 3 digits: 1.500. */
static void
put_number(struct text_buffer *b, int64_t value, int digits)
{
    int64_t one = 1;
    for (int i = 0; i < digits; i++)
        one *= 10;
    if (digits == 0) {
        text_put_integer(b, value);
        return;
    }
    text_print(b, "%s%lld.%0*lld", value < 0 ? "-" : "", (long long)llabs(value / one), digits,
               (long long)llabs(value % one));
}

/* {topic="trade-events",partition="3"}, and perhaps `le` behind them; nothing where there is none.
 */
static void
put_labels(struct text_buffer *b, const struct metric *metric, const char *le)
{
    const char *name = metric->row->labels;
    char before = '{';
    for (int i = 0; i < METRIC_LABELS_MOST && *name != '\0'; i++) {
        size_t length = strcspn(name, ",");
        text_put_char(b, before);
        text_put(b, (struct text){ name, length });
        text_put(b, TEXT_LITERAL("=\""));
        put_escaped(b, metric->labels[i], true);
        text_put_char(b, '"');
        before = ',';
        name += length + (name[length] == ',');
    }
    if (le != NULL)
        text_print(b, "%cle=\"%s\"", before, le);
    if (le != NULL || before == ',')
        text_put_char(b, '}');
}

static void
put_line(struct text_buffer *b, const struct metric *metric, const char *suffix, const char *le,
         int64_t value, int digits)
{
    text_put(b, text_of(metric->row->name));
    text_put(b, text_of(suffix));
    put_labels(b, metric, le);
    text_put_char(b, ' ');
    put_number(b, value, digits);
    text_put_char(b, '\n');
}

static void
put_histogram(struct text_buffer *b, const struct metric *metric)
{
    char le[NUMBER_BYTES];
    int count;
    int64_t below = 0;
    const int64_t *bounds = bounds_of(metric->row, &count);
    for (int i = 0; i <= count; i++) {
        struct text_buffer bound = { .at = le, .size = sizeof le - 1 };
        below += atomic_load_explicit(&metric->buckets[i], memory_order_relaxed);
        if (i < count)
            put_number(&bound, bounds[i], metric->row->digits);
        else
            text_put(&bound, TEXT_LITERAL("+Inf"));
        le[bound.length] = '\0';
        put_line(b, metric, "_bucket", le, below, 0);
    }
    put_line(b, metric, "_sum", NULL, metric_value(metric), metric->row->digits);
    put_line(b, metric, "_count", NULL, below, 0);
}

static bool
is_absent(const struct metric *metric)
{
    return atomic_load_explicit(&metric->value, memory_order_relaxed) == ABSENT;
}

static void
put_head(struct text_buffer *b, const struct metric_row *row)
{
    const char *type = is_histogram(row)             ? "histogram"
                       : row->kind == METRIC_COUNTER ? "counter"
                                                     : "gauge";
    text_print(b, "# HELP %s ", row->name);
    put_escaped(b, row->help, false);
    text_print(b, "\n# TYPE %s %s\n", row->name, type);
}

void
metrics_print(struct metrics *m, struct text_buffer *b)
{
    metrics_hold(m);
    for (int i = 0; i < m->row_count; i++) {
        bool has_head = false;
        for (const struct metric *metric = m->of[i].first; metric != NULL; metric = metric->next) {
            if (is_absent(metric))
                continue;
            if (!has_head)
                put_head(b, &m->rows[i]);
            has_head = true;
            if (metric->buckets != NULL)
                put_histogram(b, metric);
            else
                put_line(b, metric, "", NULL, metric_value(metric), metric->row->digits);
        }
    }
    metrics_let(m);
}
