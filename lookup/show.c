#include "lookup/show.h"

#include "core/log.h"

enum { QUOTED_BYTES = 1024 }; /* longest name that is quoted */

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
totals_read(const struct answer *hash, struct total **out, size_t *count, struct why *why)
{
    size_t fields = hash->kind == ANSWER_LIST ? hash->count / 2 : 0;
    struct total *totals = fields == 0 ? NULL : calloc(fields, sizeof *totals);

    if (fields > 0 && totals == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for %zu totals", fields);
    for (size_t i = 0; i < fields; i++) {
        struct total *total = &totals[i];
        total->name = hash->items[2 * i].text;
        total->is_known = measure_read(total->name, &total->measure);
        if (!integer_read(hash->items[2 * i + 1].text, &total->value)) {
            free(totals);
            return why_set(why, FAULT_STORE_REFUSED, "a total in Redis is not a whole number");
        }
    }
    if (fields > 0)
        qsort(totals, fields, sizeof *totals, compare_totals);
    *out = totals;
    *count = fields;
    return FAULT_NONE;
}

/* ---- one number ------------------------------------------------------------- */

struct text
show_number(uint32_t measure, int64_t value, char out[NUMBER_BYTES])
{
    int digits = 0;

    if (measure_form(measure) == MEASURE_MONEY)
        digits = currency_digits((int)(measure & 0xFFFFFF));
    else if (measure_form(measure) == MEASURE_QUANTITY)
        digits = QUANTITY_DIGITS;
    return (struct text){ out, amount_show(value, digits, out, NUMBER_BYTES) };
}

struct text
show_unit(uint32_t measure, char out[MEASURE_TEXT])
{
    size_t length = measure_write(measure, out), at = length;

    switch (measure_form(measure)) {
    case MEASURE_MONEY:
    case MEASURE_QUANTITY: /* what stands after the last dot */
        while (at > 0 && out[at - 1] != '.')
            at--;
        return (struct text){ out + at, length - at };
    case MEASURE_EVENTS:
    case MEASURE_INEXACT:
    case MEASURE_CONTRADICTED:
        return TEXT_LITERAL("records");
    case MEASURE_COUNT:
    case MEASURE_KIND:
        break;
    }
    return TEXT_LITERAL("agreements");
}

/* ---- doubts -------------------------------------------------------------------- */

bool
measure_has_doubts(uint32_t measure)
{
    return measure >> 28 != FAMILY_AGREEMENTS;
}

struct doubts
doubts_among(const struct total *totals, size_t count, uint32_t measure, bool is_partial)
{
    struct doubts doubts = { .is_partial = is_partial };

    for (size_t i = 0; i < count; i++) {
        if (!totals[i].is_known || totals[i].measure >> 28 != measure >> 28)
            continue;
        enum measure_form form = measure_form(totals[i].measure);
        if (form == MEASURE_EVENTS)
            doubts.events = totals[i].value;
        else if (form == MEASURE_INEXACT)
            doubts.inexact = totals[i].value;
        else if (form == MEASURE_CONTRADICTED)
            doubts.contradicted = totals[i].value;
    }
    return doubts;
}

static void
put_doubt(struct text_buffer *b, const char *before, int64_t n, const char *after)
{
    if (b->length > 0)
        text_put(b, TEXT_LITERAL("; "));
    text_put(b, text_of(before));
    if (n > 0)
        text_put_integer(b, n);
    text_put(b, text_of(after));
}

struct text
show_note(uint32_t measure, const struct doubts *doubts, char out[NOTE_BYTES])
{
    struct text_buffer b = { .at = out, .size = NOTE_BYTES };
    enum measure_form form = measure_form(measure);
    bool is_amount = form == MEASURE_MONEY || form == MEASURE_QUANTITY;

    if (doubts->is_partial)
        put_doubt(&b, "partial", 0, "");
    if (!measure_has_doubts(measure))
        return text_done(&b);
    if ((is_amount || form == MEASURE_EVENTS) && doubts->inexact > 0) {
        put_doubt(&b, "", doubts->inexact, " of ");
        text_put_integer(&b, doubts->events);
        text_put(&b, TEXT_LITERAL(" records inexact"));
    }
    if ((is_amount || form == MEASURE_EVENTS) && doubts->contradicted > 0)
        put_doubt(&b, "", doubts->contradicted,
                  is_amount ? " contradicted, not in it" : " contradicted, not counted");
    if (form == MEASURE_CONTRADICTED)
        put_doubt(&b, "in no amount", 0, "");
    return text_done(&b);
}

/* ---- asof ------------------------------------------------------------------------ */

void
show_asof(const struct asof *asof, FILE *out)
{
    if (!asof->exists)
        fprintf(out, "PARTIAL: nothing was loaded yet, there is no asof\n");
    else if (!asof->is_complete)
        fprintf(out, "PARTIAL: not every partition has its share in; as of %s\n",
                asof->day[0] == '\0' ? "an unknown day" : asof->day);
    else
        fprintf(out, "as of %s\n", asof->day[0] == '\0' ? "an unknown day" : asof->day);
}

void
json_text(struct text t, FILE *out)
{
    char quoted[6 * QUOTED_BYTES + 2];
    struct text_buffer b = { .at = quoted, .size = sizeof quoted };

    t.length = t.length < QUOTED_BYTES ? t.length : QUOTED_BYTES;
    json_put_text(&b, t);
    (void)fwrite(b.at, 1, b.length, out);
}

void
json_asof(const struct asof *asof, FILE *out)
{
    fprintf(out, "\"day\":");
    if (asof->day[0] == '\0')
        fprintf(out, "null");
    else
        json_text(text_of(asof->day), out);
    fprintf(out, ",\"complete\":%s", asof->is_complete ? "true" : "false");
}
