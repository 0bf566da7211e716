/* Numbers with their unit and their doubts, for people and as JSON.
 *
 * The doubts are read from the hash that the number is in: they are measures
 * of the same family and, of amounts, of the same currency or unit. */
#include "lookup/show.h"

#include "base/log.h"

#include <inttypes.h>

enum { QUOTED_BYTES = 1024 }; /* longest name that is quoted */

/* Known measures in the order of their numbers: trade by flow, then agreements. */
static int
compare_totals(const void *left, const void *right)
{
    const struct total *a = left, *b = right;

    if (a->is_known != b->is_known)
        return a->is_known ? -1 : 1;
    if (a->is_known)
        return (a->measure > b->measure) - (a->measure < b->measure);
    return text_compare(a->name, b->name);
}

enum fault
total_read(struct text digits, int64_t *out, struct why *why)
{
    if (text_integer(digits, out))
        return FAULT_NONE;
    return why_set(why, FAULT_STORE_REFUSED, "a total in Redis is not a whole number");
}

enum fault
totals_read(const struct answer *hash, struct total **out, size_t *count, struct why *why)
{
    size_t fields = hash->kind == ANSWER_LIST ? hash->count / 2 : 0;
    struct total *totals = fields == 0 ? NULL : calloc(fields, sizeof *totals);

    if (fields > 0 && totals == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for %zu totals", fields);
    for (size_t i = 0; i < fields; i++) {
        struct total *total = &totals[i];
        total->name = hash->items[2 * i].text;
        /* A newer aggregator may have measures that this program does not know. */
        total->is_known = measure_read(total->name, &total->measure);
        enum fault fault = total_read(hash->items[2 * i + 1].text, &total->value, why);
        if (fault != FAULT_NONE) {
            free(totals);
            return fault;
        }
    }
    if (fields > 0)
        qsort(totals, fields, sizeof *totals, compare_totals);
    *out = totals;
    *count = fields;
    return FAULT_NONE;
}

/* ---- one number ------------------------------------------------------------- */

int
measure_digits(uint32_t measure)
{
    enum measure_form form = measure_form(measure);

    if (form >= MEASURE_DAYS_MONEY)
        return 0;
    /* The low bits of money are a row of currencies (ledger/parts.h). */
    return form % 2 == MEASURE_MONEY ? currency_digits((int)(measure & 0xFFFFFF)) : QUANTITY_DIGITS;
}

struct text
show_number(uint32_t measure, wide_t value, char out[NUMBER_BYTES])
{
    return (struct text){ out, amount_show(value, measure_digits(measure), out, NUMBER_BYTES) };
}

struct text
show_plain(uint32_t measure, wide_t value, char out[NUMBER_BYTES])
{
    struct text_buffer b = { .at = out, .size = NUMBER_BYTES };

    amount_put(&b, value, measure_digits(measure));
    return text_done(&b);
}

struct text
show_unit(uint32_t measure, char out[MEASURE_TEXT])
{
    enum measure_form form = measure_form(measure);
    size_t length = measure_write(measure, out), at = length;

    if (form >= MEASURE_COUNT || measure_family(measure) == FAMILY_AGREEMENTS) {
        if (form != MEASURE_MONEY)
            return TEXT_LITERAL("agreements");
    } else if (form >= MEASURE_EVENTS) {
        return TEXT_LITERAL("records");
    } else if (form >= MEASURE_DAYS_MONEY) {
        return TEXT_LITERAL("days");
    }
    while (at > 0 && out[at - 1] != '.') /* what stands after the last dot */
        at--;
    return (struct text){ out + at, length - at };
}

/* ---- doubts -------------------------------------------------------------------- */

const enum measure_form doubt_forms[DOUBT_FORMS] = {
    [NOTE_DAYS] = MEASURE_DAYS_MONEY,           [NOTE_DERIVED] = MEASURE_DERIVED_MONEY,
    [NOTE_ADJUSTED] = MEASURE_ADJUSTED_MONEY,   [NOTE_EVENTS] = MEASURE_EVENTS,
    [NOTE_INEXACT] = MEASURE_INEXACT,           [NOTE_UNDECIDED] = MEASURE_UNDECIDED,
    [NOTE_CONTRADICTED] = MEASURE_CONTRADICTED, [NOTE_COVERED] = MEASURE_COVERED,
    [NOTE_MISMATCHED] = MEASURE_MISMATCHED,
};

static bool
is_amount(uint32_t measure)
{
    return measure_form(measure) == MEASURE_MONEY || measure_form(measure) == MEASURE_QUANTITY;
}

void
doubts_take(struct doubts *doubts, uint32_t measure, uint32_t other, int64_t value)
{
    for (int i = 0; i < DOUBT_FORMS; i++)
        if ((is_amount(measure) || doubt_forms[i] >= MEASURE_EVENTS) &&
            measure_beside(measure, doubt_forms[i]) == other)
            doubts->of[i] = value;
}

/* A hash may have a thousand measures, and each asks for its own doubts: what these are called is
 * worked out once, and what is of another family is passed over at a glance. */
struct doubts
doubts_among(const struct total *totals, size_t count, uint32_t measure, const char *mark)
{
    struct doubts doubts = { .mark = mark };
    uint32_t beside[DOUBT_FORMS];
    int first = is_amount(measure) ? 0 : NOTE_EVENTS;

    for (int i = first; i < DOUBT_FORMS; i++)
        beside[i] = measure_beside(measure, doubt_forms[i]);
    for (size_t t = 0; t < count; t++) {
        if (!totals[t].is_known || measure_family(totals[t].measure) != measure_family(measure))
            continue;
        for (int i = first; i < DOUBT_FORMS; i++)
            if (beside[i] == totals[t].measure)
                doubts.of[i] = totals[t].value;
        doubts.is_of_several =
            doubts.is_of_several || (is_amount(totals[t].measure) && totals[t].measure != measure);
    }
    return doubts;
}

bool
is_in_a_note(const struct total *totals, size_t count, const struct total *total)
{
    if (!total->is_known || is_amount(total->measure) ||
        measure_form(total->measure) >= MEASURE_EVENTS)
        return false;
    for (size_t i = 0; i < count; i++)
        if (totals[i].is_known &&
            totals[i].measure == measure_beside(total->measure, MEASURE_MONEY))
            return true;
    return false;
}

/* One doubt behind those before it: a number and words. */
static void
put_count(struct text_buffer *b, int64_t n, const char *words)
{
    if (n == 0)
        return;
    if (b->length > 0)
        text_put(b, TEXT_LITERAL("; "));
    text_put_integer(b, n);
    text_put(b, text_of(words));
}

/* The same of an amount. */
static void
put_part(struct text_buffer *b, uint32_t measure, int64_t amount, const char *words)
{
    char number[NUMBER_BYTES];

    if (amount == 0)
        return;
    if (b->length > 0)
        text_put(b, TEXT_LITERAL("; "));
    text_put(b, show_number(measure, amount, number));
    text_put(b, text_of(words));
}

/* "January to September: 273 of 365 days": only where the days are not those of the whole time. */
static void
put_days(struct text_buffer *b, const struct doubts *doubts)
{
    int64_t days = doubts->of[NOTE_DAYS];
    bool has_months = doubts->months != NULL && doubts->months[0] != '\0';

    if (days == 0 || days == doubts->window_days)
        return;
    if (b->length > 0)
        text_put(b, TEXT_LITERAL("; "));
    text_print(b, "%s%s%" PRId64, has_months ? doubts->months : "", has_months ? ": " : "", days);
    if (doubts->window_days == 0)
        text_put(b, days == 1 ? TEXT_LITERAL(" day") : TEXT_LITERAL(" days"));
    else if (days < doubts->window_days)
        text_print(b, " of %" PRId32 " days", doubts->window_days);
    else
        text_print(b, " days, more than the %" PRId32 " of the window", doubts->window_days);
}

/* What is said of amounts alone. */
static void
put_doubts_of_amount(struct text_buffer *b, uint32_t measure, const struct doubts *doubts)
{
    const int64_t *of = doubts->of;

    put_days(b, doubts);
    put_part(b, measure, of[NOTE_DERIVED], " of it derived: nobody published it");
    put_part(b, measure, of[NOTE_ADJUSTED], " of it what wholes say beyond their parts");
}

/* What is said of the records behind it. */
static void
put_counts(struct text_buffer *b, const int64_t of[DOUBT_FORMS])
{
    if (of[NOTE_INEXACT] > 0) {
        put_count(b, of[NOTE_INEXACT], " of ");
        text_put_integer(b, of[NOTE_EVENTS]);
        text_put(b, TEXT_LITERAL(" records inexact"));
    }
    put_count(b, of[NOTE_CONTRADICTED], " contradicted, not in it");
    put_count(b, of[NOTE_COVERED], " covered by others, not in it");
    put_count(b, of[NOTE_MISMATCHED], " not what exports and imports come to");
}

/* Several amounts share their records, and nobody knows which of them a doubt is about: then it
 * stands beside the number of records, and each amount says where. */
static void
put_where(struct text_buffer *b, uint32_t measure, const int64_t of[DOUBT_FORMS])
{
    char events[MEASURE_TEXT];

    if (of[NOTE_INEXACT] + of[NOTE_UNDECIDED] + of[NOTE_CONTRADICTED] + of[NOTE_COVERED] +
            of[NOTE_MISMATCHED] ==
        0)
        return;
    (void)measure_write(measure_make(measure_family(measure), MEASURE_EVENTS, 0), events);
    text_print(b, "%ssee %s", b->length > 0 ? "; " : "", events);
}

struct text
show_note(uint32_t measure, const struct doubts *doubts, char out[NOTE_BYTES])
{
    struct text_buffer b = { .at = out, .size = NOTE_BYTES };
    const int64_t *of = doubts->of;
    enum measure_form form = measure_form(measure);
    bool is_told_there = is_amount(measure) && doubts->is_of_several && of[NOTE_EVENTS] > 0;

    if (doubts->mark != NULL)
        text_put(&b, text_of(doubts->mark));
    if (is_amount(measure))
        put_doubts_of_amount(&b, measure, doubts);
    if (is_told_there)
        put_where(&b, measure, of);
    else if (is_amount(measure) || form == MEASURE_EVENTS)
        put_counts(&b, of);
    if (!is_told_there && (is_amount(measure) || form == MEASURE_EVENTS || form == MEASURE_COUNT))
        put_count(&b, of[NOTE_UNDECIDED], " undecided: sources of equal authority differ");
    if (form == MEASURE_CONTRADICTED || form == MEASURE_COVERED)
        text_put(&b, b.length > 0 ? TEXT_LITERAL("; in no amount") : TEXT_LITERAL("in no amount"));
    return text_done(&b);
}

/* ---- JSON ------------------------------------------------------------------------ */

void
json_text(struct text t, FILE *out)
{
    /* The longest escape has six bytes, so all of a cut name fits. */
    char quoted[6 * QUOTED_BYTES + 2];
    struct text_buffer b = { .at = quoted, .size = sizeof quoted };

    t.length = t.length < QUOTED_BYTES ? t.length : QUOTED_BYTES;
    json_put_text(&b, t);
    (void)fwrite(b.at, 1, b.length, out);
}
