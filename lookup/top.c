/* tally-lookup top PROVINCE WINDOW MEASURE
 *
 * The ranking in Redis holds doubles.  Here the totals themselves are read, of all partners in one
 * round trip, so order and numbers are exact. */
#include "lookup/question.h"

static enum fault
read_question(const struct lookup *lookup, const char *const *operands, struct question *q,
              struct why *why)
{
    enum fault fault = name_scope(operands[0], &q->scopes[0], why);

    q->scope_count = q->window_count = 1;
    q->has_measure = true;
    if (fault == FAULT_NONE)
        fault = name_window(operands[1], &lookup->windows, &q->windows[0], why);
    if (fault == FAULT_NONE)
        fault = name_measure(operands[2], &q->measure, why);
    if (fault == FAULT_NONE)
        fault = question_rank(q, why);
    return fault;
}

/* "all of them: 1,234.00 CNY, 43.1 % of CN-LN x WORLD (...)", where that is known. */
static void
show_margin(const struct sheet *sheet, const struct sheet_row *margin, FILE *out)
{
    char words[COVERAGE_BYTES], number[NUMBER_BYTES], unit[MEASURE_TEXT];

    if (margin->partner != PARTNER_ALL || margin->share_count == 0)
        return;
    struct text n = show_number(margin->measure, margin->value, number);
    struct text u = show_unit(margin->measure, unit);
    fprintf(out, "all of them: %.*s %.*s", (int)n.length, n.at, (int)u.length, u.at);
    for (uint32_t i = 0; i < margin->share_count; i++) {
        struct text t = coverage_say(&sheet->shares[margin->share_at + i], margin->measure, words);
        fprintf(out, ", %.*s", (int)t.length, t.at);
    }
    fprintf(out, "\n");
}

/* One row a partner, with its place in front. */
static struct table *
table_of(const struct sheet *sheet, const char *mark, size_t *shown)
{
    static const struct table_column columns[] = {
        { "#", true },     { "partner", false }, { "name", false },
        { "total", true }, { "unit", false },    { "note", false },
    };
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0]);

    for (size_t i = 0; i < sheet->count; i++) {
        const struct sheet_row *row = &sheet->rows[i];
        char place[12], number[NUMBER_BYTES], unit[MEASURE_TEXT], note[NOTE_BYTES];
        struct text_buffer b = { .at = place, .size = sizeof place };
        struct doubts doubts = row->doubts;
        if (row->rank == 0)
            continue;
        doubts.mark = mark;
        doubts.window_days = row->window_days;
        text_put_integer(&b, row->rank);
        table_put(table, text_done(&b));
        table_put(table, text_of(partner_code(row->partner)));
        table_put(table, text_of(partner_english(row->partner)));
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
    char name[NAME_BYTES], window[WINDOW_TEXT], measure[MEASURE_TEXT];
    const struct lookup *lookup = sheet->lookup;
    struct asof asof = sheet_asof(sheet);
    size_t shown = 0;

    name_show_scope(q->scopes[0], name);
    (void)window_write(q->windows[0], &lookup->windows, window);
    (void)measure_write(q->measure, measure);
    fprintf(lookup->out, "%s: %s in %s\n", name, measure, window);
    asof_show(&asof, lookup);
    if (sheet->count > 0)
        show_margin(sheet, &sheet->rows[0], lookup->out);
    struct table *table = table_of(sheet, asof_mark(&asof, lookup), &shown);
    if (shown > 0)
        return table_end(table, lookup->out, why);
    table_free(table);
    fprintf(lookup->out, "no data\n");
    return FAULT_NONE;
}

enum fault
lookup_top(const struct lookup *lookup, const char *const *operands, int count,
           enum verdict *verdict, struct why *why)
{
    struct question q = { .kind = QUESTION_TOP };

    (void)count;
    enum fault fault = read_question(lookup, operands, &q, why);
    return fault == FAULT_NONE ? question_run(&q, lookup, show, verdict, why) : fault;
}
