/* measure.c - the names of what is counted (core/parts.h). */
#include "core/parts.h"

static const char *const families[] = { "export", "import", "total", "agreements" };
static const char *const count_names[] = { [MEASURE_EVENTS] = "events",
                                           [MEASURE_INEXACT] = "inexact",
                                           [MEASURE_CONTRADICTED] = "contradicted" };
#define SYMBOL(group, name) #name,
static const char *const kind_names[] = { KINDS(SYMBOL) };
#undef SYMBOL

enum { UNIT_LEAST = 2, UNIT_MOST = 3 };

static int
measure_family(uint32_t measure)
{
    return (int)(measure >> 28);
}

static uint32_t
measure_what(uint32_t measure)
{
    return measure & 0xffffff;
}

/* The letters from the highest byte down; a unit of two leaves the lowest 0. */
uint32_t
measure_pack_unit(struct text unit)
{
    uint32_t packed = 0;

    for (size_t i = 0; i < UNIT_MOST; i++)
        packed = packed << 8 | (i < unit.length ? (uint8_t)unit.at[i] : 0U);
    return packed;
}

static void
put_unit(struct text_buffer *b, uint32_t packed)
{
    for (int shift = 16; shift >= 0; shift -= 8)
        if ((packed >> shift & 255) != 0)
            text_put_char(b, (char)(packed >> shift & 255));
}

size_t
measure_write(uint32_t measure, char out[MEASURE_TEXT])
{
    struct text_buffer b = { .at = out, .size = MEASURE_TEXT - 1 };

    text_put(&b, text_of(families[measure_family(measure)]));
    if (measure_form(measure) != MEASURE_COUNT)
        text_put_char(&b, '.');
    switch (measure_form(measure)) {
    case MEASURE_MONEY:
        text_put(&b, text_of(currency_code((int)measure_what(measure))));
        break;
    case MEASURE_QUANTITY:
        text_put(&b, TEXT_LITERAL("qty."));
        put_unit(&b, measure_what(measure));
        break;
    case MEASURE_EVENTS:
    case MEASURE_INEXACT:
    case MEASURE_CONTRADICTED:
        text_put(&b, text_of(count_names[measure_form(measure)]));
        break;
    case MEASURE_KIND:
        text_put(&b, text_of(kind_names[measure_what(measure)]));
        break;
    case MEASURE_COUNT:
        break;
    }
    out[b.length] = '\0';
    return b.length;
}

bool
measure_is_ranked(uint32_t measure)
{
    return measure_form(measure) == MEASURE_MONEY || measure_form(measure) == MEASURE_COUNT;
}

static bool
is_unit(struct text t)
{
    for (size_t i = 0; i < t.length; i++)
        if (!('A' <= t.at[i] && t.at[i] <= 'Z') && !('0' <= t.at[i] && t.at[i] <= '9'))
            return false;
    return UNIT_LEAST <= t.length && t.length <= UNIT_MOST;
}

/* What stands behind "export.". */
static bool
read_trade(int family, struct text t, uint32_t *measure)
{
    static const struct text quantity = { "qty.", 4 };

    for (int form = MEASURE_EVENTS; form <= MEASURE_CONTRADICTED; form++)
        if (text_equal(t, text_of(count_names[form]))) {
            *measure = measure_make(family, (enum measure_form)form, 0);
            return true;
        }
    if (t.length > quantity.length && memcmp(t.at, quantity.at, quantity.length) == 0) {
        struct text unit = { t.at + quantity.length, t.length - quantity.length };

        if (!is_unit(unit))
            return false;
        *measure = measure_make(family, MEASURE_QUANTITY, measure_pack_unit(unit));
        return true;
    }
    return false;
}

/* What stands behind "agreements.". */
static bool
read_kind(struct text t, uint32_t *measure)
{
    for (uint32_t kind = 0; kind < KIND_COUNT; kind++)
        if (text_equal(t, text_of(kind_names[kind]))) {
            *measure = measure_make(FAMILY_AGREEMENTS, MEASURE_KIND, kind);
            return true;
        }
    return false;
}

bool
measure_read(struct text t, uint32_t *measure)
{
    const char *dot = t.length == 0 ? NULL : memchr(t.at, '.', t.length);
    struct text name = { t.at, dot == NULL ? t.length : (size_t)(dot - t.at) }, rest;
    int family = 0, currency;

    while (family <= FAMILY_AGREEMENTS && !text_equal(name, text_of(families[family])))
        family++;
    if (family > FAMILY_AGREEMENTS)
        return false;
    if (dot == NULL) {
        if (family == FAMILY_AGREEMENTS)
            *measure = measure_make(family, MEASURE_COUNT, 0);
        return family == FAMILY_AGREEMENTS;
    }
    rest = (struct text){ dot + 1, t.length - name.length - 1 };
    currency = currency_find(rest);
    if (currency >= 0) {
        *measure = measure_make(family, MEASURE_MONEY, (uint32_t)currency);
        return true;
    }
    return family == FAMILY_AGREEMENTS ? read_kind(rest, measure)
                                       : read_trade(family, rest, measure);
}
