/* An answer as JSON: the document of docs/http.md, which tally-lookup -J prints and the server
 * sends.
 *
 * Amounts are texts, so that no program rounds them.  Codes and names of measures need no escape;
 * what comes out of Redis gets one. */
#include "lookup/question.h"

#include "base/day.h"

#include <inttypes.h>

enum { HINT_BYTES = 256 };

/* ---- asof -------------------------------------------------------------------------------- */

static const char *const trust_names[] = {
    [TRUST_WHOLE] = "whole",   [TRUST_NOTHING] = "nothing", [TRUST_PARTIAL] = "partial",
    [TRUST_UNTOLD] = "untold", [TRUST_OLD] = "old",         [TRUST_AHEAD] = "ahead",
};

const char *
trust_name(const struct asof *asof, const struct lookup *lookup)
{
    return trust_names[asof_trust(asof, lookup)];
}

/* A text, or null where it is empty. */
static void
put_or_null(struct bytes *b, const char *text)
{
    if (text[0] == '\0')
        bytes_word(b, "null");
    else
        bytes_json(b, text_of(text));
}

static void
put_age(const struct asof *asof, struct bytes *b)
{
    char through[INSTANT_TEXT] = "";

    if (asof->through_ms >= 0)
        instant_write(asof->through_ms, through);
    bytes_word(b, ",\"through\":");
    put_or_null(b, through);
    bytes_word(b, ",\"through_age_ms\":");
    if (asof->through_ms >= 0)
        bytes_integer(b, asof->age_ms);
    else
        bytes_word(b, "null");
}

static void
put_trust(const struct asof *asof, const struct lookup *lookup, struct bytes *b)
{
    bytes_word(b, asof->is_complete ? ",\"complete\":true,\"trust\":\""
                                    : ",\"complete\":false,\"trust\":\"");
    bytes_word(b, trust_name(asof, lookup));
    bytes_char(b, '"');
}

void
asof_put(const struct asof *asof, const char *version, const struct lookup *lookup, struct bytes *b)
{
    char own[VERSION_BYTES] = "";

    if (asof->version >= 0)
        (void)snprintf(own, sizeof own, "%" PRId64, asof->version);
    bytes_word(b, "\"as_of\":");
    put_or_null(b, asof->day);
    put_age(asof, b);
    bytes_word(b, ",\"version\":");
    put_or_null(b, version == NULL ? own : version);
    put_trust(asof, lookup, b);
}

/* ---- a row ------------------------------------------------------------------------------- */

void
row_put_value(struct bytes *b, uint32_t measure, wide_t value)
{
    char number[NUMBER_BYTES];

    bytes_text(b, show_plain(measure, value, number));
}

static void
put_time(const struct sheet_row *row, const struct lookup *lookup, struct bytes *b)
{
    static const char *const names[] = { [ROW_WINDOW] = ",\"window\":\"",
                                         [ROW_MONTH] = ",\"month\":\"",
                                         [ROW_YEAR] = ",\"year\":\"",
                                         [ROW_RANGE] = ",\"from\":\"" };
    char text[MONTH_BYTES], day[DAY_TEXT];

    bytes_word(b, names[row->time]);
    if (row->time == ROW_RANGE) {
        day_write(row->at, day);
        bytes_word(b, day);
        bytes_word(b, "\",\"to\":\"");
        day_write(row->until, day);
        bytes_word(b, day);
    } else {
        bytes_text(b, row_time(row, lookup, text));
    }
    bytes_char(b, '"');
}

/* What stands beside an amount, and is not 0. */
static void
put_notes(const struct sheet_row *row, struct bytes *b)
{
    const char *between = "";

    bytes_word(b, ",\"notes\":{");
    for (int i = 0; i < ROW_NOTES; i++) {
        int64_t n = row->doubts.of[row_notes[i].note];
        if (n == 0)
            continue;
        bytes_word(b, between);
        between = ",";
        bytes_char(b, '"');
        bytes_word(b, row_notes[i].name);
        bytes_word(b, "\":");
        if (row_notes[i].is_amount) {
            bytes_char(b, '"');
            row_put_value(b, row->measure, n);
            bytes_char(b, '"');
        } else {
            bytes_integer(b, n);
        }
    }
    bytes_char(b, '}');
}

/* "province":"CN","partner":"RU","value":"1.00" */
static void
put_side(int scope, int partner, uint32_t measure, int64_t value, struct bytes *b)
{
    bytes_word(b, "{\"province\":\"");
    bytes_word(b, scope_code(scope));
    bytes_word(b, "\",\"partner\":\"");
    bytes_word(b, partner_code(partner));
    bytes_word(b, "\",\"value\":\"");
    row_put_value(b, measure, value);
    bytes_char(b, '"');
}

static void
put_share(const struct sheet_row *row, const struct coverage_ratio *ratio, struct bytes *b)
{
    const struct coverage_side *side = &ratio->side;
    const struct coverage_side asked = { row->scope, row->partner, !side->is_whole };
    const struct coverage_side *parts = side->is_whole ? &asked : side;
    const struct coverage_side *whole = side->is_whole ? side : &asked;

    bytes_word(b, "{\"parts\":");
    put_side(parts->scope, parts->partner, row->measure, ratio->parts, b);
    if (ratio->most_days > 0)
        bytes_print(b, ",\"count\":%" PRId64 ",\"days\":[%" PRId64 ",%" PRId64 "]",
                    ratio->part_count, ratio->least_days, ratio->most_days);
    bytes_word(b, "},\"whole\":");
    put_side(whole->scope, whole->partner, row->measure, ratio->whole, b);
    if (ratio->days > 0)
        bytes_print(b, ",\"days\":%" PRId64 "", ratio->days);
    bytes_print(b, "},\"percent\":\"%" PRId64 ".%" PRId64 "\"}", (ratio->permille / 10),
                (ratio->permille % 10));
}

static void
put_shares(const struct sheet *sheet, const struct sheet_row *row, struct bytes *b)
{
    if (row->share_count == 0)
        return;
    bytes_word(b, ",\"coverage\":[");
    for (uint32_t i = 0; i < row->share_count; i++) {
        bytes_word(b, i == 0 ? "" : ",");
        put_share(row, &sheet->shares[row->share_at + i], b);
    }
    bytes_char(b, ']');
}

static void
put_days(const char *name, int64_t days, struct bytes *b)
{
    bytes_word(b, name);
    if (days > 0)
        bytes_integer(b, days);
    else
        bytes_word(b, "null");
}

/* Of a measure that this version does not know: its digits as they are, without a unit. */
static void
put_number(const struct sheet_row *row, struct bytes *b)
{
    char unit[MEASURE_TEXT], name[MEASURE_TEXT], digits[WIDE_TEXT];

    bytes_word(b, ",\"measure\":");
    if (!row->is_known) {
        bytes_json(b, row->name);
        (void)wide_write(row->value, digits);
        bytes_word(b, ",\"value\":\"");
        bytes_word(b, digits);
        bytes_word(b, "\",\"unit\":null");
        return;
    }
    bytes_char(b, '"');
    bytes_text(b, (struct text){ name, measure_write(row->measure, name) });
    bytes_word(b, "\",\"value\":\"");
    row_put_value(b, row->measure, row->value);
    bytes_word(b, "\",\"unit\":\"");
    bytes_text(b, show_unit(row->measure, unit));
    bytes_char(b, '"');
}

static void
put_row(const struct sheet *sheet, const struct sheet_row *row, struct bytes *b)
{
    bytes_word(b, "{\"province\":\"");
    bytes_word(b, scope_code(row->scope));
    bytes_word(b, "\",\"partner\":\"");
    bytes_word(b, partner_code(row->partner));
    bytes_char(b, '"');
    if (row->rank > 0) {
        bytes_word(b, ",\"rank\":");
        bytes_integer(b, row->rank);
    }
    put_time(row, sheet->lookup, b);
    if (row->dimension.at != NULL) {
        bytes_word(b, ",\"dimension\":");
        bytes_json(b, row->dimension);
    }
    put_number(row, b);
    bytes_word(b, row_is_total(row) ? ",\"is_total\":true" : ",\"is_total\":false");
    put_days(",\"days\":", row->doubts.of[NOTE_DAYS], b);
    put_days(",\"window_days\":", row->window_days, b);
    put_notes(row, b);
    put_shares(sheet, row, b);
    bytes_char(b, '}');
}

/* ---- all of it ---------------------------------------------------------------------------- */

static void
put_scopes(const struct sheet *sheet, struct bytes *b)
{
    if (sheet->standing_count < 2)
        return;
    bytes_word(b, ",\"scopes\":[");
    for (int i = 0; i < sheet->standing_count; i++) {
        bytes_word(b, i == 0 ? "{\"province\":\"" : ",{\"province\":\"");
        bytes_word(b, scope_code(sheet->standings[i].scope));
        bytes_word(b, "\",");
        asof_put(&sheet->standings[i].asof, NULL, sheet->lookup, b);
        bytes_char(b, '}');
    }
    bytes_char(b, ']');
}

void
sheet_json(const struct sheet *sheet, const char *title, const char *tail, struct bytes *b)
{
    struct asof asof = sheet_asof(sheet);
    char version[VERSION_BYTES];
    bool is_first = true;

    sheet_version(sheet, version);
    bytes_char(b, '{');
    bytes_word(b, title);
    asof_put(&asof, version, sheet->lookup, b);
    if (sheet->is_pair)
        bytes_word(b, sheet->has_data ? ",\"has_data\":true" : ",\"has_data\":false");
    put_scopes(sheet, b);
    bytes_word(b, ",\"rows\":[");
    for (size_t i = 0; i < sheet->count; i++) {
        if (sheet->rows[i].is_aside)
            continue;
        bytes_word(b, is_first ? "" : ",");
        is_first = false;
        put_row(sheet, &sheet->rows[i], b);
    }
    bytes_char(b, ']');
    bytes_word(b, tail);
    bytes_char(b, '}');
}

/* Why there is nothing, where the pair has something. */
static const char *
hint_of(const struct question *q, const struct sheet *sheet)
{
    for (size_t i = 0; i < sheet->count; i++)
        if (!sheet->rows[i].is_aside)
            return NULL;
    if (!sheet->is_pair || !sheet->has_data || q->first > 0)
        return NULL;
    if (q->kind == QUESTION_MONTHS || q->kind == QUESTION_RANGE)
        return "a figure of a whole year, or of several months, lies in no month; the totals have "
               "it";
    return "the pair has something, but not of this time and measure";
}

void
question_json(const struct question *q, const struct sheet *sheet, const char *tail,
              struct bytes *b)
{
    const char *hint = hint_of(q, sheet);
    char title[64] = "", end[HINT_BYTES];
    struct text_buffer t = { .at = title, .size = sizeof title - 1 };

    if (q->scope_count == 1)
        text_print(&t, "\"province\":\"%s\",", scope_code(q->scopes[0]));
    if (q->partner_count == 1)
        text_print(&t, "\"partner\":\"%s\",", partner_code(q->partners[0]));
    title[t.length] = '\0';
    if (hint != NULL) {
        (void)snprintf(end, sizeof end, ",\"hint\":\"%s\"%s", hint, tail);
        tail = end;
    }
    sheet_json(sheet, title, tail, b);
}
