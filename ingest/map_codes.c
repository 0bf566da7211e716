/* Codes of others, by tables: those of record/ read the other way round, code.def
 * for what they have not, and what a map itself lists.
 *
 * A text that stands in none of them is refused, never guessed: FIPS writes CH
 * for China. */
#include "ingest/map_inside.h"

#include "record/field.h"

enum { NUMBER_DIGITS = 3 }; /* of UN M49 */

static const struct {
    const char *table, *written, *code;
} codes[] = {
#define CODE(table, written, code) { table, written, code },
#include "ingest/code.def"
#undef CODE
};

static const struct {
    const char *code, *english, *chinese;
    int number;
} provinces[] = {
#define PROVINCE(id, code, english, chinese, number) { code, english, chinese, number },
#include "record/province.def"
#undef PROVINCE
};

static const struct {
    const char *code, *english, *alpha3, *chinese;
    int number;
} partners[] = {
#define PARTNER(id, code, english, alpha3, number, chinese)                                        \
    { code, english, alpha3, chinese, number },
#include "record/partner.def"
#undef PARTNER
};

enum {
    PROVINCES = sizeof provinces / sizeof provinces[0],
    PARTNERS = sizeof partners / sizeof partners[0],
    CODES = sizeof codes / sizeof codes[0],
};

/* ---- tables ------------------------------------------------------------------------- */

/* 21, or 210000: a province and nothing within it. */
static const char *
by_gbt2260(struct text written)
{
    int64_t number = text_number(written);

    if (written.length == 6 && number % 10000 == 0)
        number /= 10000;
    else if (written.length != 2)
        return NULL;
    for (int i = 0; i < PROVINCES; i++)
        if (number > 0 && provinces[i].number == number)
            return provinces[i].code;
    return NULL;
}

static const char *
by_m49(struct text written)
{
    int64_t number = text_number(written);

    for (int i = 0; i < PARTNERS && written.length <= NUMBER_DIGITS; i++)
        if (number > 0 && partners[i].number == number)
            return partners[i].code;
    return NULL;
}

static const char *
by_iso3(struct text written)
{
    for (int i = 0; i < PARTNERS; i++)
        if (text_equal(written, text_of(partners[i].alpha3)))
            return partners[i].code;
    return NULL;
}

static const char *
by_code_def(const char *table, struct text written)
{
    for (size_t i = 0; i < CODES; i++)
        if (strcmp(codes[i].table, table) == 0 && text_equal(written, text_of(codes[i].written)))
            return codes[i].code;
    return NULL;
}

/* Comtrade's own first: 842 is the United States there, and nothing in M49. */
static const char *
by_comtrade(struct text written)
{
    const char *own = by_code_def("comtrade", written);

    return own == NULL ? by_m49(written) : own;
}

static const char *
by_gacc(struct text written)
{
    return by_code_def("gacc", written);
}

static const char *
by_gacc_unit(struct text written)
{
    return by_code_def("gacc-unit", written);
}

static const char *
by_comtrade_unit(struct text written)
{
    return by_code_def("comtrade-unit", written);
}

static const char *
province_by_name(struct text written)
{
    for (int i = 0; i < PROVINCES; i++)
        if (text_equal(written, text_of(provinces[i].english)) ||
            text_equal(written, text_of(provinces[i].chinese)))
            return provinces[i].code;
    return NULL;
}

static const char *
partner_by_name(struct text written)
{
    for (int i = 0; i < PARTNERS; i++)
        if (text_equal(written, text_of(partners[i].english)) ||
            text_equal(written, text_of(partners[i].chinese)))
            return partners[i].code;
    return NULL;
}

static const struct {
    const char *name;
    int target, list; /* the field, and the list of an agreement that holds the same */
    const char *(*find)(struct text written);
} tables[] = {
    { "gbt2260", FIELD_PROVINCE, FIELD_PROVINCES, by_gbt2260 },
    { "names", FIELD_PROVINCE, FIELD_PROVINCES, province_by_name },
    { "m49", FIELD_PARTNER, FIELD_PARTNERS, by_m49 },
    { "iso3", FIELD_PARTNER, FIELD_PARTNERS, by_iso3 },
    { "comtrade", FIELD_PARTNER, FIELD_PARTNERS, by_comtrade },
    { "gacc", FIELD_PARTNER, FIELD_PARTNERS, by_gacc },
    { "names", FIELD_PARTNER, FIELD_PARTNERS, partner_by_name },
    { "comtrade-unit", FIELD_UNIT, FIELD_UNIT, by_comtrade_unit },
    { "gacc-unit", FIELD_UNIT, FIELD_UNIT, by_gacc_unit },
};
enum { TABLES = sizeof tables / sizeof tables[0] };

static int
table_find(struct text name, int target)
{
    for (int i = 0; i < TABLES; i++)
        if ((tables[i].target == target || tables[i].list == target) &&
            text_equal(name, text_of(tables[i].name)))
            return i;
    return -1;
}

bool
codes_have(struct text table, int target)
{
    return table_find(table, target) >= 0;
}

void
codes_list(int target, struct text_buffer *out)
{
    for (int i = 0; i < TABLES; i++) {
        if (tables[i].target != target && tables[i].list != target)
            continue;
        if (out->length > 0)
            text_put(out, TEXT_LITERAL(", "));
        text_put(out, text_of(tables[i].name));
    }
}

bool
codes_find(const struct map *map, const struct map_field *field, struct text written,
           struct text *code)
{
    const struct map_codes *c = &field->codes;

    for (int i = 0; i < c->pairs.count; i++) {
        const struct map_item *pair = &map->items[c->pairs.from + i];

        if (!text_equal(pair->from, written))
            continue;
        *code = pair->to.length > 0 ? pair->to : (struct text){ NULL, 0 };
        return true;
    }
    for (int i = 0; i < c->table_count; i++) {
        const char *found = tables[table_find(c->tables[i], field->target)].find(written);

        if (found == NULL)
            continue;
        *code = text_of(found);
        return true;
    }
    *code = c->other_stays ? written : c->other.length > 0 ? c->other : (struct text){ NULL, 0 };
    return c->has_other;
}

bool
text_is_like(struct text t, struct text like)
{
    size_t at = 0, l = 0, star = SIZE_MAX, mark = 0;

    while (at < t.length) {
        if (l < like.length && like.at[l] == '*') {
            star = l++;
            mark = at;
        } else if (l < like.length && (like.at[l] == '?' || like.at[l] == t.at[at])) {
            l++;
            at++;
        } else if (star != SIZE_MAX) { /* the last * takes one more */
            l = star + 1;
            at = ++mark;
        } else {
            return false;
        }
    }
    while (l < like.length && like.at[l] == '*')
        l++;
    return l == like.length;
}
