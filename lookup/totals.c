/* tally-lookup totals PROVINCE PARTNER [WINDOW]
 * tally-lookup totals PROVINCE PARTNER --from DAY --to DAY
 *
 * A window without data is left out, as it is in Redis.  Of a margin, and of what it is a part of,
 * it says how much of the whole is known. */
#include "base/day.h"
#include "lookup/spells.h"

/* ---- the question ------------------------------------------------------------------------ */

static enum fault
read_range(const struct lookup *lookup, struct question *q, struct why *why)
{
    const char *wrong;

    q->kind = QUESTION_RANGE;
    q->window_count = 0; /* days are asked for, no windows */
    if (lookup->from == NULL || lookup->to == NULL)
        return why_set(why, FAULT_OPTION, "totals wants both --from and --to, or none of them");
    return range_read(text_of(lookup->from), text_of(lookup->to), q, &wrong, why);
}

static enum fault
read_question(const struct lookup *lookup, const char *const *operands, int count,
              struct question *q, struct why *why)
{
    bool has_range = lookup->from != NULL || lookup->to != NULL;

    enum fault fault = question_read_pair(q, lookup, operands, has_range ? 2 : count, why);
    if (fault != FAULT_NONE || !has_range)
        return fault;
    return count == 3 ? why_set(why, FAULT_OPTION, "either WINDOW, or --from and --to")
                      : read_range(lookup, q, why);
}

/* ---- a table ----------------------------------------------------------------------------- */

/* A name that Redis holds and we don't know: only if it can't steer a terminal. */
static struct text
safe_name(struct text name)
{
    for (size_t i = 0; i < name.length; i++)
        if (name.at[i] <= ' ' || name.at[i] > '~')
            return TEXT_LITERAL("?");
    return name;
}

/* What is to be said beside a total: its doubts, and how much of a whole it is. */
enum { NOTE_OF_TOTAL_BYTES = NOTE_BYTES + COVERAGE_SIDES * COVERAGE_BYTES };
static struct text
note_of(const struct sheet *sheet, const struct spells *spells, const struct sheet_row *row,
        const char *mark, char out[NOTE_OF_TOTAL_BYTES])
{
    struct text_buffer b = { .at = out, .size = NOTE_OF_TOTAL_BYTES };
    struct doubts doubts = row->doubts;
    char note[NOTE_BYTES], words[COVERAGE_BYTES], months[SPELL_BYTES];

    doubts.mark = mark;
    doubts.window_days = row->window_days;
    doubts.months = spells_months(spells, row, months);
    text_put(&b, show_note(row->measure, &doubts, note));
    for (uint32_t i = 0; i < row->share_count; i++) {
        text_put(&b, b.length > 0 ? TEXT_LITERAL("; ") : TEXT_LITERAL(""));
        text_put(&b, coverage_say(&sheet->shares[row->share_at + i], row->measure, words));
    }
    return text_done(&b);
}

static void
put_row(const struct sheet *sheet, const struct spells *spells, const struct sheet_row *row,
        const char *mark, struct table *table)
{
    char number[NUMBER_BYTES], unit[MEASURE_TEXT], name[MEASURE_TEXT], note[NOTE_OF_TOTAL_BYTES];
    struct text_buffer b = { .at = number, .size = sizeof number };

    if (!row->is_known) { /* digits without a unit: better than nothing */
        table_put(table, safe_name(row->name));
        text_put_integer(&b, (int64_t)row->value);
        table_put(table, text_done(&b));
        table_put(table, TEXT_LITERAL("?"));
        table_put(table, TEXT_LITERAL("a measure that this version does not know"));
        return;
    }
    table_put(table, (struct text){ name, measure_write(row->measure, name) });
    table_put(table, show_number(row->measure, row->value, number));
    table_put(table, show_unit(row->measure, unit));
    table_put(table, note_of(sheet, spells, row, mark, note));
}

/* "2023", or of a range "2023-04-01..2023-09-30". */
static struct text
time_of(const struct sheet_row *row, const struct lookup *lookup, char out[2 * DAY_TEXT + 2])
{
    char from[DAY_TEXT], to[DAY_TEXT];

    if (row->time != ROW_RANGE)
        return row_time(row, lookup, out);
    day_write(row->at, from);
    day_write(row->until, to);
    (void)snprintf(out, 2 * DAY_TEXT + 2, "%s..%s", from, to);
    return text_of(out);
}

/* The name of a window stands in its first row only. */
static struct table *
table_of(const struct sheet *sheet, const struct spells *spells, size_t *shown)
{
    static const struct table_column columns[] = {
        { "window", false }, { "measure", false }, { "total", true },
        { "unit", false },   { "note", false },
    };
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0]);
    struct asof asof = sheet_asof(sheet);
    const struct sheet_row *before = NULL;

    for (size_t i = 0; i < sheet->count; i++) {
        const struct sheet_row *row = &sheet->rows[i];
        char time[2 * DAY_TEXT + 2];
        /* One with 0 stands for notes that have rows of their own here. */
        if (row->value == 0 && row->is_known)
            continue;
        bool is_first = before == NULL || before->time != row->time || before->at != row->at;
        table_put(table, is_first ? time_of(row, sheet->lookup, time) : TEXT_LITERAL(""));
        put_row(sheet, spells, row, asof_mark(&asof, sheet->lookup), table);
        before = row;
        ++*shown;
    }
    return table;
}

enum fault
totals_show(const struct question *q, const struct sheet *sheet, struct why *why)
{
    char scope[NAME_BYTES], partner[NAME_BYTES], window[WINDOW_TEXT];
    FILE *out = sheet->lookup->out;
    struct asof asof = sheet_asof(sheet);
    struct spells spells;
    size_t shown = 0;

    enum fault fault = spells_read(q, sheet, &spells, why);
    struct table *table = fault == FAULT_NONE ? table_of(sheet, &spells, &shown) : NULL;
    spells_release(&spells);
    if (fault != FAULT_NONE)
        return fault;
    name_show_scope(q->scopes[0], scope);
    name_show_partner(q->partners[0], partner);
    fprintf(out, "%s x %s\n", scope, partner);
    asof_show(&asof, sheet->lookup);
    if (shown > 0)
        return table_end(table, out, why);
    table_free(table);
    fprintf(out, "no data");
    if (q->window_count == 1) {
        (void)window_write(q->windows[0], &sheet->lookup->windows, window);
        fprintf(out, " in %s", window);
    }
    if (q->kind == QUESTION_RANGE && sheet->has_data)
        fprintf(out, ": a figure of a whole year, or of several months, lies in no month; "
                     "the totals have it");
    fprintf(out, "\n");
    return FAULT_NONE;
}

enum fault
lookup_totals(const struct lookup *lookup, const char *const *operands, int count,
              enum verdict *verdict, struct why *why)
{
    struct question q = { .kind = QUESTION_TOTALS };

    enum fault fault = read_question(lookup, operands, count, &q, why);
    return fault == FAULT_NONE ? question_run(&q, lookup, totals_show, verdict, why) : fault;
}
