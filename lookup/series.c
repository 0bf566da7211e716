/* tally-lookup series PROVINCE PARTNER MEASURE [FROM TO]
 *
 * FROM and TO are months, both inclusive.  A month without data is left out, as it is in Redis. */
#include "lookup/spells.h"

/* All names are judged before Redis is asked anything. */
static enum fault
read_question(const char *const *operands, int count, struct question *q, struct why *why)
{
    enum fault fault = name_scope(operands[0], &q->scopes[0], why);

    q->scope_count = q->partner_count = 1;
    q->has_measure = true;
    /* Without FROM and TO: all months. */
    q->to = MONTH_LAST;
    if (fault == FAULT_NONE)
        fault = name_partner(operands[1], &q->partners[0], why);
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

/* All rows are put before any is printed: a table that finds no memory prints nothing. */
static struct table *
table_of(const struct sheet *sheet, const char *mark, size_t *shown)
{
    static const struct table_column columns[] = {
        { "month", false },
        { "total", true },
        { "unit", false },
        { "note", false },
    };
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0]);

    for (size_t i = 0; i < sheet->count; i++) {
        const struct sheet_row *row = &sheet->rows[i];
        char month[MONTH_BYTES], number[NUMBER_BYTES], unit[MEASURE_TEXT], note[NOTE_BYTES];
        struct doubts doubts = row->doubts;
        /* A month that has doubts alone has no total to show. */
        if (row->value == 0)
            continue;
        doubts.mark = mark;
        doubts.window_days = row->window_days;
        table_put(table, row_time(row, sheet->lookup, month));
        table_put(table, show_number(row->measure, row->value, number));
        table_put(table, show_unit(row->measure, unit));
        table_put(table, show_note(row->measure, &doubts, note));
        ++*shown;
    }
    return table;
}

static enum fault
show(const struct question *q, const struct sheet *sheet, struct why *why)
{
    char scope[NAME_BYTES], partner[NAME_BYTES], measure[MEASURE_TEXT], years[SPELL_YEARS_BYTES];
    const struct lookup *lookup = sheet->lookup;
    struct asof asof = sheet_asof(sheet);
    size_t shown = 0;

    struct table *table = table_of(sheet, asof_mark(&asof, lookup), &shown);
    enum fault fault = shown > 0 ? FAULT_NONE : spells_years(q, lookup, years, why);
    if (fault != FAULT_NONE) {
        table_free(table);
        return fault;
    }
    name_show_scope(q->scopes[0], scope);
    name_show_partner(q->partners[0], partner);
    (void)measure_write(q->measure, measure);
    fprintf(lookup->out, "%s x %s: %s by month\n", scope, partner, measure);
    asof_show(&asof, lookup);
    if (shown > 0)
        return table_end(table, lookup->out, why);
    table_free(table);
    if (years[0] == '\0')
        fprintf(lookup->out, "no data: a month has only what lies within it alone\n");
    else
        fprintf(lookup->out,
                "no month: figures of whole years, or of several months, lie in none; "
                "totals has %s in %s\n",
                measure, years);
    return FAULT_NONE;
}

enum fault
lookup_series(const struct lookup *lookup, const char *const *operands, int count,
              enum verdict *verdict, struct why *why)
{
    struct question q = { .kind = QUESTION_MONTHS };

    enum fault fault = read_question(operands, count, &q, why);
    return fault == FAULT_NONE ? question_run(&q, lookup, show, verdict, why) : fault;
}
