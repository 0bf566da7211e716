/* tally-lookup series PROVINCE PARTNER MEASURE [FROM TO]
 *
 * {"province":"CN-LN","partner":"RU","measure":"export.CNY",
 *  "day":"2024-01-31","complete":true,
 *  "through":1706659200000,"through_age_ms":2000,
 *  "months":{"2023-09":1440000000000}}
 *
 * FROM and TO are months, both inclusive.  A month without data is left out,
 * as it is in Redis. */
#include "lookup/names.h"
#include "lookup/show.h"

#include <inttypes.h>

enum { MONTH_LAST = 9999 * 12 + 11 };

struct question {
    int scope, partner;
    uint32_t measure;
    int from, to; /* months: year * 12 + month - 1 */
};

struct point {
    int month;
    int64_t total;
    struct doubts doubts;
};

/* All names are judged before Redis is asked anything. */
static enum fault
read_question(const char *const *operands, int count, struct question *q, struct why *why)
{
    enum fault fault = name_scope(operands[0], &q->scope, why);

    /* Without FROM and TO: all months. */
    q->from = 0;
    q->to = MONTH_LAST;
    if (fault == FAULT_NONE)
        fault = name_partner(operands[1], &q->partner, why);
    if (fault == FAULT_NONE)
        fault = name_measure(operands[2], &q->measure, why);
    if (fault != FAULT_NONE || count == 3)
        return fault;
    /* The table of commands lets 3 to 5 operands through. */
    if (count != 5)
        return why_set(why, FAULT_OPTION, "series wants both FROM and TO, or none of them");
    if (!name_month(text_of(operands[3]), &q->from) || !name_month(text_of(operands[4]), &q->to))
        return why_set(why, FAULT_OPTION, "FROM and TO are months, YYYY-MM");
    if (q->from > q->to)
        return why_set(why, FAULT_OPTION, "FROM is later than TO");
    return FAULT_NONE;
}

static int
compare_points(const void *left, const void *right)
{
    const struct point *a = left, *b = right;

    return a->month - b->month;
}

/* The point of a month, a new one if need be.  The latest ones are looked at
 * first. */
static struct point *
point_of(struct point *points, size_t *count, int month)
{
    for (size_t i = *count; i > 0; i--)
        if (points[i - 1].month == month)
            return &points[i - 1];
    points[*count] = (struct point){ .month = month };
    return &points[(*count)++];
}

/* One field of the hash, "2023-09|export.CNY", into its month. */
static void
take_field(struct point *points, size_t *count, const struct question *q, struct text field,
           int64_t value)
{
    uint32_t measure;
    int month;

    if (field.length <= MONTH_TEXT || field.at[MONTH_TEXT] != '|' ||
        !name_month((struct text){ field.at, MONTH_TEXT }, &month) || month < q->from ||
        month > q->to)
        return;
    struct text name = { field.at + MONTH_TEXT + 1, field.length - MONTH_TEXT - 1 };
    /* Only measures of the same family: what is asked for and its doubts. */
    if (!measure_read(name, &measure) || measure_family(measure) != measure_family(q->measure))
        return;
    struct point *point = point_of(points, count, month);
    if (measure == q->measure)
        point->total = value;
    doubts_take(&point->doubts, q->measure, measure, value);
}

/* The months of the question that have a total, in order.  *out is freed by
 * the caller. */
static enum fault
read_points(const struct answer *hash, const struct question *q, const char *mark,
            struct point **out, size_t *count, struct why *why)
{
    size_t fields = hash->count / 2, found = 0;
    /* One month a field at most. */
    struct point *points = calloc(fields + 1, sizeof *points);

    if (points == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for %zu months", fields);
    for (size_t i = 0; i < fields; i++) {
        int64_t value;
        enum fault fault = total_read(hash->items[2 * i + 1].text, &value, why);
        if (fault != FAULT_NONE) {
            free(points);
            return fault;
        }
        take_field(points, &found, q, hash->items[2 * i].text, value);
    }
    *count = 0;
    for (size_t i = 0; i < found; i++) {
        /* A month that has doubts alone has no total to show. */
        if (points[i].total == 0)
            continue;
        points[i].doubts.mark = mark;
        points[(*count)++] = points[i];
    }
    qsort(points, *count, sizeof *points, compare_points);
    *out = points;
    return FAULT_NONE;
}

/* All rows are put before any is printed: a table that finds no memory prints
 * nothing. */
static enum fault
show_table(const struct point *points, size_t count, uint32_t measure, FILE *out, struct why *why)
{
    static const struct table_column columns[] = {
        { "month", false },
        { "total", true },
        { "unit", false },
        { "note", false },
    };
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0]);

    for (size_t i = 0; i < count; i++) {
        char month[MONTH_BYTES], number[NUMBER_BYTES], unit[MEASURE_TEXT], note[NOTE_BYTES];
        table_put(table, name_show_month(points[i].month, month));
        table_put(table, show_number(measure, points[i].total, number));
        table_put(table, show_unit(measure, unit));
        table_put(table, show_note(measure, &points[i].doubts, note));
    }
    return table_end(table, out, why);
}

/* JSON has totals in minor units or thousandths, as Redis has them; the table
 * has them as people write them. */
static enum fault
show(const struct lookup *lookup, const struct question *q, const struct point *points,
     size_t count, const struct asof *asof, struct why *why)
{
    char scope[NAME_BYTES], partner[NAME_BYTES], measure[MEASURE_TEXT], month[MONTH_BYTES];
    FILE *out = lookup->out;

    name_show_scope(q->scope, scope);
    name_show_partner(q->partner, partner);
    (void)measure_write(q->measure, measure);
    if (!lookup->as_json) {
        fprintf(out, "%s x %s: %s by month\n", scope, partner, measure);
        asof_show(asof, lookup);
        if (count > 0)
            return show_table(points, count, q->measure, out, why);
        fprintf(out, "no data: a month has only what lies within it alone\n");
        return FAULT_NONE;
    }
    fprintf(out, "{\"province\":\"%s\",\"partner\":\"%s\",\"measure\":\"%s\",",
            scope_code(q->scope), partner_code(q->partner), measure);
    asof_json(asof, out);
    fprintf(out, ",\"months\":{");
    for (size_t i = 0; i < count; i++) {
        (void)name_show_month(points[i].month, month);
        fprintf(out, "%s\"%s\":%" PRId64, i == 0 ? "" : ",", month, points[i].total);
    }
    fprintf(out, "}}\n");
    return FAULT_NONE;
}

enum fault
lookup_series(const struct lookup *lookup, const char *const *operands, int count,
              enum verdict *verdict, struct why *why)
{
    struct question q;
    struct reading reading;
    struct asof asof;
    const struct answer *answers;
    struct point *points = NULL;
    char key[KEY_BYTES];

    enum fault fault = read_question(operands, count, &q, why);
    if (fault != FAULT_NONE)
        return fault;
    reading_begin(&reading, lookup, q.scope);
    (void)key_months(lookup->prefix, q.scope, q.partner, key);
    reading_add(&reading, (const char *const[]){ "HGETALL", key }, 2);
    fault = reading_run(&reading, &asof, &answers, why);
    size_t found = 0;
    if (fault == FAULT_NONE)
        fault = read_points(&answers[0], &q, asof_mark(&asof, lookup), &points, &found, why);
    if (fault == FAULT_NONE)
        fault = show(lookup, &q, points, found, &asof, why);
    if (fault == FAULT_NONE)
        *verdict = asof_verdict(&asof, lookup, why);
    free(points);
    reading_end(&reading);
    return fault;
}
