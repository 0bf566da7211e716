/* Totals from a day to a day: the whole years in it, and the months that are left.
 *
 * Whole years are taken as such, since a figure of a year lies in no month.  A month that nobody
 * told of adds nothing, and the days say so: "182 of 183 days". */
#include "lookup/question.h"

#include "base/day.h"

enum { RANGE_YEARS_MOST = YEAR_LAST - YEAR_FIRST };

/* A day at which a month begins, or ends. */
static enum fault
read_day(const char *name, struct text day, bool is_first, int32_t *out, struct why *why)
{
    if (!day_read(day, out) || !day_is_valid(*out) || *out >= DAY_LAST)
        return why_set(why, FAULT_OPTION, "%s is a day, YYYY-MM-DD", name);
    if (day_to_date(is_first ? *out : *out + 1).day_of_month != 1)
        return why_set(why, FAULT_OPTION,
                       "%s is to be the %s day of a month: what a part of a month has is kept in "
                       "the moving windows alone",
                       name, is_first ? "first" : "last");
    return FAULT_NONE;
}

enum fault
range_read(struct text from, struct text to, struct question *q, const char **wrong,
           struct why *why)
{
    *wrong = "from";
    enum fault fault = read_day(*wrong, from, true, &q->from, why);
    if (fault != FAULT_NONE)
        return fault;
    *wrong = "to";
    fault = read_day(*wrong, to, false, &q->to, why);
    if (fault != FAULT_NONE)
        return fault;
    if (q->from > q->to)
        return why_set(why, FAULT_OPTION, "from is later than to");
    if (day_to_date(q->to).year - day_to_date(q->from).year > RANGE_YEARS_MOST)
        return why_set(why, FAULT_OPTION, "from and to are more than %d years apart",
                       RANGE_YEARS_MOST);
    return FAULT_NONE;
}

static bool
is_in_a_whole_year(const struct question *q, int month)
{
    int year = month / 12;

    return day_from_date((struct date){ year, 1, 1 }) >= q->from &&
           day_from_date((struct date){ year, 12, 31 }) <= q->to;
}

/* The row of the same measure among the first `count`, or NULL. */
static struct sheet_row *
same_measure(struct sheet *sheet, size_t count, const struct sheet_row *row)
{
    for (size_t i = 0; i < count; i++) {
        struct sheet_row *r = &sheet->rows[i];
        if (r->is_known == row->is_known && r->measure == row->measure &&
            text_equal(r->name, row->name))
            return r;
    }
    return NULL;
}

/* Do two amounts share the records that are counted of their family? */
static bool
is_beside(const struct sheet_row *row, const struct sheet_row *other)
{
    return measure_form(other->measure) <= MEASURE_QUANTITY && other->measure != row->measure &&
           other->value != 0 && measure_family(other->measure) == measure_family(row->measure);
}

/* Of the records behind a sum it is told what is told of its family in the whole range: also in
 * months in which this measure has no row. */
static void
renew_counts(struct sheet *sheet)
{
    for (size_t i = 0; i < sheet->count; i++) {
        struct sheet_row *row = &sheet->rows[i];
        for (size_t k = 0; k < sheet->count && row->is_known; k++) {
            const struct sheet_row *other = &sheet->rows[k];
            if (!other->is_known)
                continue;
            row->doubts.is_of_several = row->doubts.is_of_several || is_beside(row, other);
            if (measure_form(other->measure) >= MEASURE_EVENTS)
                doubts_take(&row->doubts, row->measure, other->measure, (int64_t)other->value);
        }
    }
}

/* What was a note in one month, and stood alone in another one, is the note of the sum alone. */
static bool
is_in_the_note_of_a_sum(struct sheet *sheet, const struct sheet_row *row)
{
    struct sheet_row of = { .is_known = true,
                            .measure = measure_beside(row->measure, MEASURE_MONEY) };

    if (!row->is_aside || measure_form(row->measure) >= MEASURE_EVENTS)
        return false;
    const struct sheet_row *sum = same_measure(sheet, sheet->count, &of);
    return sum != NULL && sum->value != 0;
}

/* Only what was asked for: each row that stays moves to the front, and none that is looked for is
 * lost by that. */
static void
keep_wanted(const struct question *q, struct sheet *sheet)
{
    size_t kept = 0, count = sheet->count;

    for (size_t i = 0; i < count; i++) {
        struct sheet_row row = sheet->rows[i];
        if (q->has_measure ? !row.is_known || row.measure != q->measure
                           : is_in_the_note_of_a_sum(sheet, &row))
            continue;
        row.is_aside = row.is_aside && !q->has_measure;
        sheet->rows[kept++] = row;
    }
    sheet->count = kept;
}

static int
compare_measures(const void *left, const void *right)
{
    const struct sheet_row *a = left, *b = right;

    if (a->is_known != b->is_known)
        return a->is_known ? -1 : 1;
    return a->is_known ? (a->measure > b->measure) - (a->measure < b->measure)
                       : text_compare(a->name, b->name);
}

void
range_add_up(const struct question *q, struct sheet *sheet)
{
    size_t count = 0;

    for (size_t i = 0; i < sheet->count; i++) {
        struct sheet_row row = sheet->rows[i];
        if (row.time == ROW_MONTH && is_in_a_whole_year(q, row.at))
            continue;
        struct sheet_row *sum = same_measure(sheet, count, &row);
        if (sum == NULL) {
            row.time = ROW_RANGE;
            row.at = q->from;
            row.until = q->to;
            row.window_days = q->to - q->from + 1;
            sheet->rows[count++] = row;
            continue;
        }
        sum->value += row.value;
        for (int k = 0; k < DOUBT_FORMS; k++)
            sum->doubts.of[k] += row.doubts.of[k];
    }
    sheet->count = count;
    renew_counts(sheet);
    keep_wanted(q, sheet);
    if (sheet->count > 1)
        qsort(sheet->rows, sheet->count, sizeof *sheet->rows, compare_measures);
}
