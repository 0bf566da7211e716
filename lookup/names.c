/* Provinces, partners, windows and measures as people write them, and back.
 *
 * What provinces and partners are called is in record/called.h.  A wrong name is
 * refused with what may be meant, or with examples of right ones. */
#include "lookup/names.h"

#include "base/day.h"

#include <stdio.h>

enum {
    SHOWN_BYTES = 64,       /* of a wrong name in a sentence */
    CANDIDATES_BYTES = 300, /* of the list behind it */
};

/* ---- provinces and partners -------------------------------------------------------- */

/* What the two differ by. */
struct naming {
    enum field field;
    int margin; /* ALL, which no record names */
    int (*found)(struct text code), (*called)(struct text written);
    const char *(*code)(int row), *(*english)(int row), *(*chinese)(int row);
    const char *name, *other, *help;
    int (*called_other)(struct text written);
    const char *(*other_code)(int row);
};

static const struct naming provinces = {
    FIELD_PROVINCE, SCOPE_ALL,
    province_find,  province_called,
    scope_code,     scope_english,
    scope_chinese,  "province",
    "partner",      "a code (CN-LN, LN), a name (Liaoning, 辽宁), CN or ALL",
    partner_called, partner_code,
};
static const struct naming partners = {
    FIELD_PARTNER,   PARTNER_ALL,
    partner_find,    partner_called,
    partner_code,    partner_english,
    partner_chinese, "partner",
    "province",      "a code (RU), a name (Russia, 俄罗斯) or ALL",
    province_called, scope_code,
};

static int
find(const struct naming *of, struct text written)
{
    struct plain plain;
    /* A code, as programs write it, is found at once; names are gone through. */
    int row = of->found(written);

    if (row < 0 && text_equal(written, TEXT_LITERAL("ALL")))
        row = of->margin;
    if (row < 0)
        row = of->called(written);

    if (row < 0 && plainly(written, &plain) &&
        (is_plainly(&plain, of->code(of->margin)) || is_plainly(&plain, of->english(of->margin)) ||
         is_plainly(&plain, of->chinese(of->margin))))
        row = of->margin;
    return row;
}

/* Why it is none, and what may be meant. */
static enum fault
refuse(const struct naming *of, const char *text, const struct candidates *others, struct why *why)
{
    char list[CANDIDATES_BYTES];
    struct text_buffer b = { .at = list, .size = sizeof list };
    int other = of->called_other(text_of(text));

    if (others->are_meanings) {
        candidates_say(others, &b);
        return why_set(why, FAULT_OPTION, "%.*s: several are meant by that: %.*s", SHOWN_BYTES,
                       text, (int)b.length, b.at);
    }
    if (others->count > 0)
        candidates_say(others, &b);
    if (other >= 0)
        return why_set(why, FAULT_OPTION, "%.*s: a %s (%s), and no such %s%s%.*s%s", SHOWN_BYTES,
                       text, of->other, of->other_code(other), of->name,
                       b.length > 0 ? "; did you mean " : "", (int)b.length, b.at,
                       b.length > 0 ? "?" : "");
    if (b.length == 0)
        return why_set(why, FAULT_OPTION, "%.*s: no such %s; %s", SHOWN_BYTES, text, of->name,
                       of->help);
    return why_set(why, FAULT_OPTION, "%.*s: no such %s; did you mean %.*s?", SHOWN_BYTES, text,
                   of->name, (int)b.length, b.at);
}

static enum fault
read_name(const struct naming *of, const char *text, int *out, struct candidates *others,
          struct why *why)
{
    struct candidates own;
    int row = find(of, text_of(text));

    others = others == NULL ? &own : others;
    *others = (struct candidates){ 0 };
    if (row < 0)
        row = candidates_of(of->field, text_of(text), others);
    if (row < 0)
        return refuse(of, text, others, why);
    *out = row;
    return FAULT_NONE;
}

enum fault
name_scope_or(const char *text, int *scope, struct candidates *others, struct why *why)
{
    return read_name(&provinces, text, scope, others, why);
}

enum fault
name_scope(const char *text, int *scope, struct why *why)
{
    return read_name(&provinces, text, scope, NULL, why);
}

enum fault
name_partner_or(const char *text, int *partner, struct candidates *others, struct why *why)
{
    return read_name(&partners, text, partner, others, why);
}

enum fault
name_partner(const char *text, int *partner, struct why *why)
{
    return read_name(&partners, text, partner, NULL, why);
}

/* ---- windows, measures, months ------------------------------------------------------ */

enum fault
name_window(const char *text, const struct windows *windows, int *window, struct why *why)
{
    char known[WINDOWS_MOST * WINDOW_TEXT];

    if (window_read(text_of(text), windows, window))
        return FAULT_NONE;
    (void)windows_write(windows, known, sizeof known);
    return why_set(why, FAULT_OPTION, "%.*s: no such window; %s, a year (2023) or all", SHOWN_BYTES,
                   text, known);
}

enum fault
name_measure(const char *text, uint32_t *measure, struct why *why)
{
    if (measure_read(text_of(text), measure))
        return FAULT_NONE;
    return why_set(
        why, FAULT_OPTION,
        "%.*s: no such measure; export.CNY, import.qty.TNE, total.events, agreements, ...",
        SHOWN_BYTES, text);
}

void
name_show_scope(int scope, char out[NAME_BYTES])
{
    (void)snprintf(out, NAME_BYTES, "%s %s (%s)", scope_english(scope), scope_chinese(scope),
                   scope_code(scope));
}

void
name_show_partner(int partner, char out[NAME_BYTES])
{
    (void)snprintf(out, NAME_BYTES, "%s (%s)", partner_english(partner), partner_code(partner));
}

bool
name_month(struct text t, int *month)
{
    /* A month is read as its first day: so it is a real one, of a year that
     * days have. */
    char day_text[DAY_TEXT];
    int32_t day;

    if (t.length != MONTH_TEXT)
        return false;
    (void)snprintf(day_text, sizeof day_text, "%.*s-01", MONTH_TEXT, t.at);
    if (!day_read(text_of(day_text), &day))
        return false;
    struct date date = day_to_date(day);
    *month = date.year * 12 + date.month - 1;
    return true;
}

struct text
name_show_month(int month, char out[MONTH_BYTES])
{
    (void)snprintf(out, MONTH_BYTES, "%04d-%02d", month / 12, month % 12 + 1);
    return text_of(out);
}

bool
name_year(const char *text, int *month)
{
    char january[MONTH_BYTES];

    if (strlen(text) != 4)
        return false;
    (void)snprintf(january, sizeof january, "%s-01", text);
    return name_month(text_of(january), month);
}
