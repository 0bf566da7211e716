/* Provinces, partners, windows and measures as people write them, and back.
 *
 * There are a few hundred names, and one of them is looked up in a run: all are
 * gone through.  A wrong name is refused with examples of right ones. */
#include "lookup/names.h"

#include "base/day.h"

#include <stdio.h>
#include <strings.h>

enum { SHOWN_BYTES = 64 }; /* of a wrong name in a sentence */

enum fault
name_scope(const char *text, int *scope, struct why *why)
{
    for (int i = 0; i < SCOPE_COUNT; i++) {
        const char *code = scope_code(i);
        bool is_code = strcasecmp(text, code) == 0;
        /* "LN" of "CN-LN". */
        bool is_short = strlen(code) == 5 && strcasecmp(text, code + 3) == 0;
        if (is_code || is_short || strcasecmp(text, scope_english(i)) == 0 ||
            strcmp(text, scope_chinese(i)) == 0) {
            *scope = i;
            return FAULT_NONE;
        }
    }
    return why_set(why, FAULT_OPTION,
                   "%.*s: no such province; a code (CN-LN, LN), a name (Liaoning, 辽宁), CN or ALL",
                   SHOWN_BYTES, text);
}

enum fault
name_partner(const char *text, int *partner, struct why *why)
{
    for (int i = 0; i <= PARTNER_ALL; i++)
        if (strcasecmp(text, partner_code(i)) == 0 || strcasecmp(text, partner_english(i)) == 0) {
            *partner = i;
            return FAULT_NONE;
        }
    return why_set(why, FAULT_OPTION, "%.*s: no such partner; a code (RU), a name (Russia) or ALL",
                   SHOWN_BYTES, text);
}

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
