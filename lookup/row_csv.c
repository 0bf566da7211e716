/* An answer as CSV (RFC 4180): each row of the answer is a line, and each note a column.
 *
 * A spreadsheet takes a cell that begins with = + - @ for a formula, and computes it.  Such a cell
 * comes out of Redis only if somebody wrote it there, which is reason enough to put a ' in front.
 */
#include "lookup/row.h"

#include "base/day.h"

#include <inttypes.h>

struct line {
    struct bytes *b;
    bool is_guarded; /* for a spreadsheet */
    bool is_begun;
};

static void
put_number(struct line *l, struct text t)
{
    bytes_word(l->b, l->is_begun ? "," : "");
    l->is_begun = true;
    bytes_text(l->b, t);
}

static void
put_integer(struct line *l, int64_t n, bool is_there)
{
    put_number(l, TEXT_LITERAL(""));
    if (is_there)
        bytes_integer(l->b, n);
}

static void
put_text(struct line *l, struct text t)
{
    bool is_quoted = false;

    put_number(l, TEXT_LITERAL(""));
    for (size_t i = 0; i < t.length; i++)
        is_quoted = is_quoted || strchr(",\"\r\n", t.at[i]) != NULL;
    if (is_quoted)
        bytes_char(l->b, '"');
    if (l->is_guarded && t.length > 0 && strchr("=+-@\t\r", t.at[0]) != NULL)
        bytes_char(l->b, '\'');
    for (size_t i = 0; i < t.length; i++)
        bytes_word(l->b, t.at[i] == '"' ? "\"\"" : (const char[]){ t.at[i], '\0' });
    if (is_quoted)
        bytes_char(l->b, '"');
}

static void
put_time(struct line *l, const struct sheet_row *row, const struct lookup *lookup)
{
    char text[MONTH_BYTES], from[DAY_TEXT], to[DAY_TEXT];

    if (row->time != ROW_RANGE) {
        put_text(l, row_time(row, lookup, text));
        return;
    }
    day_write(row->at, from); /* ISO 8601's interval */
    day_write(row->until, to);
    put_text(l, text_of(from));
    bytes_char(l->b, '/');
    bytes_word(l->b, to);
}

static void
put_amount(struct line *l, const struct sheet_row *row, wide_t value)
{
    char digits[WIDE_TEXT];

    put_number(l, TEXT_LITERAL(""));
    if (row->is_known) {
        row_put_value(l->b, row->measure, value);
        return;
    }
    (void)wide_write(value, digits);
    bytes_word(l->b, digits);
}

/* Amounts that are 0 are left out, as in JSON; and all of them, where nobody knows what they would
 * be beside. */
static void
put_notes(struct line *l, const struct sheet_row *row)
{
    for (int i = 0; i < ROW_NOTES; i++) {
        int64_t n = row->doubts.of[row_notes[i].note];
        if (row_notes[i].is_amount && n != 0)
            put_amount(l, row, n);
        else
            put_integer(l, n, row->is_known && !row_notes[i].is_amount);
    }
}

static void
put_row(const struct sheet *sheet, const struct sheet_row *row, struct line *l)
{
    char name[MEASURE_TEXT], unit[MEASURE_TEXT];

    put_text(l, text_of(scope_code(row->scope)));
    put_text(l, text_of(scope_english(row->scope)));
    put_text(l, text_of(partner_code(row->partner)));
    put_text(l, text_of(partner_english(row->partner)));
    put_integer(l, row->rank, row->rank > 0);
    put_time(l, row, sheet->lookup);
    put_text(l, row->dimension);
    put_text(l,
             row->is_known ? (struct text){ name, measure_write(row->measure, name) } : row->name);
    put_amount(l, row, row->value);
    put_text(l, row->is_known ? show_unit(row->measure, unit) : TEXT_LITERAL(""));
    put_text(l, row_is_total(row) ? TEXT_LITERAL("true") : TEXT_LITERAL("false"));
    put_integer(l, row->doubts.of[NOTE_DAYS], row->doubts.of[NOTE_DAYS] > 0);
    put_integer(l, row->window_days, row->window_days > 0);
    put_notes(l, row);
    put_number(l, TEXT_LITERAL(""));
    if (row->share_count > 0) {
        int64_t permille = sheet->shares[row->share_at].permille;
        bytes_print(l->b, "%" PRId64 ".%" PRId64, permille / 10, permille % 10);
    }
}

void
sheet_csv(const struct sheet *sheet, bool for_spreadsheet, struct bytes *b)
{
    if (for_spreadsheet)
        bytes_word(b, "\xEF\xBB\xBF");
    bytes_word(b, "province,province_name,partner,partner_name,rank,time,dimension,measure,value,"
                  "unit,is_total,days,window_days");
    for (int i = 0; i < ROW_NOTES; i++) {
        bytes_char(b, ',');
        bytes_word(b, row_notes[i].name);
    }
    bytes_word(b, ",coverage_percent\r\n");
    for (size_t i = 0; i < sheet->count; i++) {
        struct line line = { .b = b, .is_guarded = for_spreadsheet };
        if (sheet->rows[i].is_aside)
            continue;
        put_row(sheet, &sheet->rows[i], &line);
        bytes_word(b, "\r\n");
    }
}
