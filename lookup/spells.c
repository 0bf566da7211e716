/* Of which months a total tells, and where a series without months has its figures.
 *
 * A total of a year knows how many days it tells of, and not which.  The pair's months know their
 * own days: where those that are whole come to as many, they are the ones. */
#include "lookup/spells.h"

enum { MONTHS = 12, YEARS_TOLD = 4 };

static const char *const month_names[MONTHS] = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December",
};

static int
year_of(const struct sheet_row *row)
{
    return row->time == ROW_WINDOW && row->at >= WINDOW_YEAR ? row->at - WINDOW_YEAR : -1;
}

static bool
is_part(const struct sheet_row *row)
{
    int64_t days = row->doubts.of[NOTE_DAYS];

    return year_of(row) >= 0 && 0 < days && days < row->window_days;
}

enum fault
spells_read(const struct question *q, const struct sheet *sheet, struct spells *out,
            struct why *why)
{
    struct question months = { .kind = QUESTION_MONTHS,
                               .scopes = { q->scopes[0] },
                               .scope_count = 1,
                               .partners = { q->partners[0] },
                               .partner_count = 1,
                               .to = MONTH_LAST };
    bool is_any = false;

    *out = (struct spells){ .sheet.lookup = sheet->lookup };
    for (size_t i = 0; i < sheet->count; i++)
        is_any = is_any || is_part(&sheet->rows[i]);
    if (!is_any)
        return FAULT_NONE;
    enum fault fault = question_answer(&months, sheet->lookup, &out->sheet, why);
    question_end(&months);
    return fault;
}

void
spells_release(struct spells *spells)
{
    sheet_release(&spells->sheet);
}

const char *
spells_months(const struct spells *spells, const struct sheet_row *row, char out[SPELL_BYTES])
{
    int first = -1, last = -1, year = year_of(row);
    int64_t days = 0;

    out[0] = '\0';
    if (!is_part(row))
        return out;
    for (size_t i = 0; i < spells->sheet.count; i++) {
        const struct sheet_row *month = &spells->sheet.rows[i];

        if (month->measure != row->measure || !month->is_known || month->at / MONTHS != year ||
            month->doubts.of[NOTE_DAYS] != month->window_days)
            continue;
        if (first >= 0 && month->at != last + 1) /* months go by their number */
            return out;
        first = first < 0 ? month->at : first;
        last = month->at;
        days += month->window_days;
    }
    if (first < 0 || days != row->doubts.of[NOTE_DAYS])
        return out;
    (void)snprintf(out, SPELL_BYTES, "%s%s%s", month_names[first % MONTHS],
                   last > first ? " to " : "", last > first ? month_names[last % MONTHS] : "");
    return out;
}

/* ---- a series without a month ----------------------------------------------------------- */

enum fault
spells_years(const struct question *series, const struct lookup *lookup,
             char out[SPELL_YEARS_BYTES], struct why *why)
{
    struct question years = *series;
    struct sheet sheet = { .lookup = lookup };
    struct text_buffer b = { .at = out, .size = SPELL_YEARS_BYTES - 1 };
    size_t found = 0, said = 0;

    years.kind = QUESTION_TOTALS;
    for (int year = YEAR_FIRST; year <= YEAR_LAST; year++)
        if (series->from / MONTHS <= year && year <= series->to / MONTHS)
            years.windows[years.window_count++] = WINDOW_YEAR + year;
    enum fault fault = question_answer(&years, lookup, &sheet, why);
    for (size_t i = 0; fault == FAULT_NONE && i < sheet.count; i++)
        found += sheet.rows[i].value != 0;
    for (size_t i = 0; fault == FAULT_NONE && i < sheet.count && said < YEARS_TOLD; i++) {
        if (sheet.rows[i].value == 0)
            continue;
        bool is_last = said > 0 && said + 1 == found;
        text_print(&b, "%s%d", said == 0 ? "" : is_last ? " and " : ", ", year_of(&sheet.rows[i]));
        said++;
    }
    if (said < found)
        text_print(&b, " and %zu more", found - said);
    out[b.length] = '\0';
    sheet_release(&sheet);
    question_end(&years);
    return fault;
}
