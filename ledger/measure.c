/* measure.c - the names of what is counted (ledger/parts.h).
 *
 * A measure's number is of this build alone, as rows of currencies are; Redis
 * has its text:
 *
 *      family   qualifier   what
 *      export   derived.    qty.TNE       export.derived.qty.TNE
 *      deals.import         CNY           deals.import.CNY
 *      total                mismatched    total.mismatched */
#include "ledger/parts.h"

#include "record/unit.h"

static const char *const families[FAMILY_COUNT] = { "export",       "import",       "total",
                                                    "deals.export", "deals.import", "deals.total",
                                                    "agreements" };
static const char *const count_names[] = {
    [MEASURE_EVENTS] = "events",       [MEASURE_INEXACT] = "inexact",
    [MEASURE_UNDECIDED] = "undecided", [MEASURE_CONTRADICTED] = "contradicted",
    [MEASURE_COVERED] = "covered",     [MEASURE_MISMATCHED] = "mismatched",
};
/* Of amounts: by half of their form, since money and quantity stand side by
 * side. */
static const char *const qualifiers[] = { "", "derived.", "adjusted.", "days." };
enum { QUALIFIERS = sizeof qualifiers / sizeof qualifiers[0] };

#define SYMBOL(group, name) #name,
static const char *const kind_names[] = { KINDS(SYMBOL) };
#undef SYMBOL

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

    for (size_t i = 0; i < UNIT_LENGTH; i++)
        packed = packed << 8 | (i < unit.length ? (uint8_t)unit.at[i] : 0U);
    return packed;
}

/* The reverse of measure_pack_unit(). */
static void
put_unit(struct text_buffer *b, uint32_t packed)
{
    for (int shift = 16; shift >= 0; shift -= 8)
        if ((packed >> shift & 255) != 0)
            text_put_char(b, (char)(packed >> shift & 255));
}

/* "derived.qty.TNE", "CNY". */
static void
put_amount(struct text_buffer *b, uint32_t measure)
{
    enum measure_form form = measure_form(measure);

    text_put(b, text_of(qualifiers[form / 2]));
    if (form % 2 == MEASURE_MONEY) {
        text_put(b, text_of(currency_code((int)measure_what(measure))));
    } else {
        text_put(b, TEXT_LITERAL("qty."));
        put_unit(b, measure_what(measure));
    }
}

size_t
measure_write(uint32_t measure, char out[MEASURE_TEXT])
{
    struct text_buffer b = { .at = out, .size = MEASURE_TEXT - 1 };
    enum measure_form form = measure_form(measure);

    text_put(&b, text_of(families[measure_family(measure)]));
    if (form != MEASURE_COUNT)
        text_put_char(&b, '.');
    if (form < MEASURE_EVENTS)
        put_amount(&b, measure);
    else if (form < MEASURE_COUNT)
        text_put(&b, text_of(count_names[form]));
    else if (form == MEASURE_KIND)
        text_put(&b, text_of(kind_names[measure_what(measure)]));
    out[b.length] = '\0';
    return b.length;
}

uint32_t
measure_beside(uint32_t measure, enum measure_form form)
{
    uint32_t is_quantity = (uint32_t)measure_form(measure) % 2;

    if (form >= MEASURE_EVENTS)
        return measure_make(measure_family(measure), form, 0);
    return measure_make(measure_family(measure), (enum measure_form)(form + is_quantity),
                        measure_what(measure));
}

bool
measure_is_ranked(uint32_t measure)
{
    return measure_form(measure) == MEASURE_MONEY || measure_form(measure) == MEASURE_COUNT;
}

/* Takes `name` from the front of t; false, and t as it was: t begins otherwise. */
static bool
skip(struct text *t, const char *name)
{
    size_t length = strlen(name);

    if (t->length < length || memcmp(t->at, name, length) != 0)
        return false;
    *t = (struct text){ t->at + length, t->length - length };
    return true;
}

/* "events" and the like.  Agreements have `undecided` alone, and only totals of
 * statistics are mismatched; deals are neither contradicted nor covered. */
static bool
read_count(int family, struct text t, uint32_t *measure)
{
    for (int form = MEASURE_EVENTS; form < MEASURE_COUNT; form++) {
        bool is_of_family = family == FAMILY_AGREEMENTS ? form == MEASURE_UNDECIDED
                            : family >= FAMILY_DEALS
                                ? form < MEASURE_CONTRADICTED
                                : form != MEASURE_MISMATCHED || family == FLOW_TOTAL;

        if (!is_of_family || !text_equal(t, text_of(count_names[form])))
            continue;
        *measure = measure_make(family, (enum measure_form)form, 0);
        return true;
    }
    return false;
}

/* "CNY" or "qty.TNE", behind a qualifier; agreements have no quantities. */
static bool
read_amount(int family, int qualifier, struct text t, uint32_t *measure)
{
    int currency = currency_find(t);

    if (currency >= 0) {
        *measure = measure_make(family, (enum measure_form)(2 * qualifier + MEASURE_MONEY),
                                (uint32_t)currency);
        return true;
    }
    if (family == FAMILY_AGREEMENTS || !skip(&t, "qty.") || !unit_is_known(t))
        return false;
    *measure = measure_make(family, (enum measure_form)(2 * qualifier + MEASURE_QUANTITY),
                            measure_pack_unit(t));
    return true;
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

/* What stands behind the dot.  Only statistics have qualified amounts. */
static bool
read_rest(int family, struct text t, uint32_t *measure)
{
    if (read_count(family, t, measure) || read_amount(family, 0, t, measure))
        return true;
    if (family == FAMILY_AGREEMENTS)
        return read_kind(t, measure);
    for (int qualifier = 1; family < FAMILY_DEALS && qualifier < QUALIFIERS; qualifier++)
        if (skip(&t, qualifiers[qualifier]))
            return read_amount(family, qualifier, t, measure);
    return false;
}

bool
measure_read(struct text t, uint32_t *measure)
{
    /* Without a dot only the number of agreements is a measure: trade has no
     * sum of unlike things. */
    if (text_equal(t, text_of(families[FAMILY_AGREEMENTS]))) {
        *measure = measure_make(FAMILY_AGREEMENTS, MEASURE_COUNT, 0);
        return true;
    }
    for (int family = 0; family < FAMILY_COUNT; family++) {
        struct text rest = t;

        if (skip(&rest, families[family]) && skip(&rest, "."))
            return read_rest(family, rest, measure);
    }
    return false;
}
