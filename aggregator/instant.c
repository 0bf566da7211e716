/* Whose the totals under a prefix are (aggregator/instant.h). */
#include "aggregator/instant.h"

#include "aggregator/wire.h"
#include "store/asof.h"

#include <stdio.h>
#include <string.h>

enum { UNTIL_BYTES = WIDE_TEXT + DAY_TEXT };

/* What lies under the prefix. */
struct claimed {
    char until[UNTIL_BYTES]; /* its instant, and the day of its windows; "": it has none */
    bool is_counted;         /* there are totals */
    bool is_through;         /* and they are told to be all */
};

static enum fault
read_claimed(struct store_way way, const char *prefix, struct claimed *out, struct why *why)
{
    struct calls calls = { 0 };
    char key[KEY_BYTES], asof[KEY_BYTES];
    struct text until = { key, key_until(prefix, key) };
    struct text all = { asof, key_scope(prefix, SCOPE_ALL, "asof", asof) };

    *out = (struct claimed){ .until = "" };
    ask_key(&calls, "GET", until);
    ask_key(&calls, "HGETALL", all);
    enum fault fault = calls_run(&calls, &way, why);
    if (fault == FAULT_NONE) {
        struct asof said = asof_read(&calls.answers[1], 0);

        if (calls.answers[0].kind == ANSWER_TEXT &&
            !text_copy(calls.answers[0].text, out->until, UNTIL_BYTES))
            (void)text_copy(TEXT_LITERAL("?"), out->until, UNTIL_BYTES);
        out->is_counted = said.exists;
        out->is_through = said.through_ms >= 0;
    }
    calls_release(&calls);
    return fault;
}

enum fault
instant_is_none(struct store_way way, const struct settings *settings, struct why *why)
{
    struct claimed claimed;
    enum fault fault = read_claimed(way, settings->prefix, &claimed, why);

    if (fault == FAULT_NONE && claimed.until[0] != '\0')
        fault = why_set(why, FAULT_SETTINGS,
                        "under %s lie the totals of one instant, which --until has counted. Take "
                        "another --prefix, or delete its keys",
                        settings->prefix);
    return fault;
}

static enum fault
goes_on(const char *prefix, struct why *why)
{
    return why_set(why, FAULT_SETTINGS,
                   "under %s lies a count that was broken off, or that goes on. Wait for it, take "
                   "another --prefix, or delete its keys",
                   prefix);
}

/* Of two at once only one does. */
static enum fault
note_instant(struct store_way way, const char *prefix, const char *until, struct why *why)
{
    struct calls calls = { 0 };
    char key[KEY_BYTES];

    ask_key(&calls, "SET", (struct text){ key, key_until(prefix, key) });
    calls_arg(&calls, text_of(until));
    calls_arg(&calls, TEXT_LITERAL("NX"));
    enum fault fault = calls_run(&calls, &way, why);
    if (fault == FAULT_NONE && calls.answers[0].kind == ANSWER_NIL)
        fault = goes_on(prefix, why);
    calls_release(&calls);
    return fault;
}

enum fault
instant_claim(struct store_way way, const struct settings *settings, struct why *why)
{
    const char *prefix = settings->prefix;
    char until[UNTIL_BYTES], day[DAY_TEXT];
    struct claimed claimed;
    enum fault fault = read_claimed(way, prefix, &claimed, why);

    if (fault != FAULT_NONE)
        return fault;
    day_write(settings->fixed_day, day);
    (void)snprintf(until, sizeof until, "%lld %s", (long long)settings->until_ms, day);
    if (claimed.until[0] == '\0' && claimed.is_counted)
        return why_set(why, FAULT_SETTINGS,
                       "under %s lie the totals of a service. Take another --prefix", prefix);
    if (claimed.until[0] == '\0')
        return note_instant(way, prefix, until, why);
    if (strcmp(claimed.until, until) != 0)
        return why_set(why, FAULT_SETTINGS,
                       "under %s lie the totals of another instant, or of windows that end on "
                       "another day. Take another --prefix, or delete its keys",
                       prefix);
    return claimed.is_through ? FAULT_NONE : goes_on(prefix, why);
}
