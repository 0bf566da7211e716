#include "lookup/names.h"

#include <strings.h>

enum { SHOWN_BYTES = 64 }; /* of a wrong name in a sentence */

enum fault
name_scope(const char *text, int *scope, struct why *why)
{
    for (int i = 0; i < SCOPE_COUNT; i++) {
        const char *code = scope_code(i);
        bool is_code = strcasecmp(text, code) == 0;
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

struct text
name_show_scope(int scope, char out[NAME_BYTES])
{
    (void)snprintf(out, NAME_BYTES, "%s %s (%s)", scope_english(scope), scope_chinese(scope),
                   scope_code(scope));
    return text_of(out);
}

struct text
name_show_partner(int partner, char out[NAME_BYTES])
{
    (void)snprintf(out, NAME_BYTES, "%s (%s)", partner_english(partner), partner_code(partner));
    return text_of(out);
}

struct text
name_show_measure(uint32_t measure, char out[MEASURE_TEXT])
{
    return (struct text){ out, measure_write(measure, out) };
}

struct text
name_show_window(int window, const struct windows *windows, char out[WINDOW_TEXT])
{
    return (struct text){ out, window_write(window, windows, out) };
}
