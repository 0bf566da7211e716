/* What people call provinces and partners.
 *
 * There are some hundred names, and one of them is looked up at a time: all are gone
 * through.  Texts are compared by their letters and digits alone (plain.h). */
#include "record/called.h"

static const struct {
    enum field field;
    const char *written, *code;
} aliases[] = {
#define ALIAS(field, written, code) { field, written, code },
#include "record/hint.def"
#undef ALIAS
};
enum { ALIASES = sizeof aliases / sizeof aliases[0] };

static const int province_numbers[PROVINCE_COUNT] = {
#define PROVINCE(id, code, english, chinese, number) number,
#include "record/province.def"
#undef PROVINCE
};

static const struct {
    const char *alpha3;
    int number;
} countries[PARTNER_COUNTRIES] = {
#define PARTNER(id, code, english, alpha3, number, chinese) { alpha3, number },
#include "record/partner.def"
#undef PARTNER
};

const char *
called_alias(enum field field, const struct plain *p)
{
    for (size_t i = 0; i < ALIASES; i++)
        if (aliases[i].field == field && text_equal(text_of_plain(p), text_of(aliases[i].written)))
            return aliases[i].code;
    return NULL;
}

/* ---- provinces ------------------------------------------------------------------------ */

/* What provinces are called after their name. */
static const char *const province_ends[] = {
    "specialadministrativeregion",
    "autonomousregion",
    "municipality",
    "province",
    "city",
    "sar",
    "特别行政区",
    "维吾尔自治区",
    "壮族自治区",
    "回族自治区",
    "自治区",
    "省",
    "市",
};

static bool
is_city_and_province(const struct plain *name)
{
    static const int cities[] = { PROVINCE_BJ, PROVINCE_SH, PROVINCE_TJ, PROVINCE_CQ };

    for (size_t i = 0; i < sizeof cities / sizeof cities[0]; i++)
        if (is_plainly(name, scope_english(cities[i])) ||
            is_plainly(name, scope_chinese(cities[i])))
            return true;
    return false;
}

/* "CN-21", "21" and "210000" are numbers of GB/T 2260; -1: it is none. */
static int64_t
province_number(struct text written, const struct plain *p)
{
    int64_t number = written.length == 2 || written.length == 6 ? text_number(written) : -1;

    if (p->length == 4 && memcmp(p->at, "cn", 2) == 0)
        return text_number((struct text){ p->at + 2, 2 });
    if (number > 99)
        return number % 10000 == 0 ? number / 10000 : -1;
    return number;
}

int
province_called(struct text written)
{
    struct plain p, name;

    if (written.length > PLAIN_BYTES || !plainly(written, &p))
        return -1;
    name = p;
    for (size_t i = 0; i < sizeof province_ends / sizeof province_ends[0]; i++)
        plain_drop_end(&name, province_ends[i]);
    const char *code = called_alias(FIELD_PROVINCE, &name);
    if (code != NULL)
        return province_find(text_of(code));
    /* A city may be called after its province (吉林市), but for these four. */
    if (name.length < p.length && (is_plain_ending(&p, "city") || is_plain_ending(&p, "市")) &&
        !is_city_and_province(&name))
        return -1;
    int64_t number = province_number(written, &p);
    for (int i = 0; i < PROVINCE_COUNT; i++) {
        const char *letters = scope_code(i) + (i == PROVINCE_CN ? 0 : 3);

        if (is_plainly(&name, scope_english(i)) || is_plainly(&name, scope_chinese(i)) ||
            is_plainly(&p, scope_code(i)) || is_plainly(&p, letters) ||
            (number > 0 && number == province_numbers[i]))
            return i;
    }
    return -1;
}

/* ---- partners ------------------------------------------------------------------------- */

/* The row that is called exactly so; codes only where they are written as such: "n/a" is not
 * Namibia. */
static int
partner_plainly(const struct plain *p, bool is_code)
{
    const char *code = called_alias(FIELD_PARTNER, p);
    int64_t number = p->length == 3 ? text_number(text_of_plain(p)) : -1;

    if (code != NULL)
        return partner_find(text_of(code));
    for (int i = 0; i < PARTNER_COUNT; i++) {
        bool is_country = i < PARTNER_COUNTRIES;

        /* Two countries are called Congo. */
        if ((i != PARTNER_CG && is_plainly(p, partner_english(i))) ||
            is_plainly(p, partner_chinese(i)) || (is_code && is_plainly(p, partner_code(i))) ||
            (is_country &&
             ((is_code && is_plainly(p, countries[i].alpha3)) || number == countries[i].number)))
            return i;
    }
    return -1;
}

/* Without what stands before the name of a state and ends with this: "Islamic Republic of". */
static void
drop_up_to(struct plain *p, const char *end)
{
    size_t length = strlen(end);

    for (size_t i = 0; i + length < p->length; i++)
        if (memcmp(p->at + i, end, length) == 0) {
            p->length -= i + length;
            memmove(p->at, p->at + i + length, p->length);
            return;
        }
}

/* What is left of the long name of a state, and its article. */
static void
shorten(struct plain *p)
{
    drop_up_to(p, "republicof");
    drop_up_to(p, "kingdomof");
    plain_drop_front(p, "the");
    plain_drop_end(p, "共和国");
    plain_drop_end(p, "王国");
}

int
partner_called(struct text written)
{
    struct plain p;

    if (written.length > PLAIN_BYTES || !plainly(written, &p))
        return -1;
    int row = partner_plainly(&p, written.length == p.length);
    size_t whole = p.length;
    plain_drop_front(&p, "the");
    if (row < 0 && p.length < whole)
        row = partner_plainly(&p, false);
    whole = p.length;
    shorten(&p);
    return row < 0 && p.length < whole ? partner_plainly(&p, false) : row;
}

/* ---- one after the other -------------------------------------------------------------- */

enum { NAMES_OF_A_ROW = 3 };

bool
called_name(enum field field, size_t number, struct called *out)
{
    bool is_province = field == FIELD_PROVINCE;
    size_t rows = (size_t)(is_province ? PROVINCE_COUNT : PARTNER_COUNT);
    int row = (int)(number / NAMES_OF_A_ROW);
    const char *name;

    if (number < rows * NAMES_OF_A_ROW) {
        if (number % NAMES_OF_A_ROW == 0)
            name = is_province ? scope_code(row) : partner_code(row);
        else if (number % NAMES_OF_A_ROW == 1)
            name = is_province ? scope_english(row) : partner_english(row);
        else
            name = is_province ? scope_chinese(row) : partner_chinese(row);
        *out = (struct called){ row, name, true, number % NAMES_OF_A_ROW == 0 };
        return true;
    }
    number -= rows * NAMES_OF_A_ROW;
    for (size_t i = 0; i < ALIASES; i++) {
        if (aliases[i].field != field || number-- > 0)
            continue;
        const struct text code = text_of(aliases[i].code);
        row = is_province ? province_find(code) : partner_find(code);
        *out = (struct called){ row, aliases[i].written, false, false };
        return true;
    }
    return false;
}
