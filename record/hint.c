/* What somebody surely meant.
 *
 * Texts are compared by their letters and digits alone, in lower case, with
 * full-width characters as plain ones: so "Inner Mongolia", "inner-mongolia" and
 * "INNER  MONGOLIA" are one. */
#include "record/hint.h"

#include "record/field.h"

#include <stdio.h>

enum {
    PLAIN_BYTES = 80,      /* longer texts have no hint */
    AMOUNT_WHOLE_MOST = 18 /* digits before the point of an amount that is worked out */
};

struct plain {
    char at[PLAIN_BYTES];
    size_t length;
};

static struct text
text_of_plain(const struct plain *p)
{
    return (struct text){ p->at, p->length };
}

/* A full-width form, U+FF01 to U+FF5E, as the ASCII that it stands for; 0: it is
 * none. */
static char
narrow(const char *at, size_t left)
{
    unsigned code;

    if (left < 3 || (uint8_t)at[0] != 0xEF)
        return 0;
    code = ((uint8_t)at[1] & 63U) << 6 | ((uint8_t)at[2] & 63U);
    return 0xF01 <= code && code <= 0xF5E ? (char)(code - 0xF01 + '!') : 0;
}

/* ASCII of a text, full-width forms too; other characters stay as they are. */
static bool
narrowed(struct text t, struct plain *out)
{
    out->length = 0;
    for (size_t i = 0; i < t.length;) {
        char c = narrow(t.at + i, t.length - i);

        if (out->length == sizeof out->at)
            return false;
        out->at[out->length++] = c != 0 ? c : t.at[i];
        i += c != 0 ? 3 : 1;
    }
    return true;
}

/* A letter in lower case, a digit, or a byte of another script; 0: it says nothing. */
static char
plain_letter(char c)
{
    if ('A' <= c && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return ('a' <= c && c <= 'z') || ('0' <= c && c <= '9') || (uint8_t)c >= 0x80 ? c : 0;
}

/* Letters and digits alone; '&' is "and".  False: nothing, or too much. */
static bool
plainly(struct text t, struct plain *out)
{
    struct plain narrow_text;

    out->length = 0;
    if (!narrowed(t, &narrow_text))
        return false;
    for (size_t i = 0; i < narrow_text.length; i++) {
        bool is_and = narrow_text.at[i] == '&';
        char c = plain_letter(narrow_text.at[i]);
        struct text more = is_and ? TEXT_LITERAL("and") : (struct text){ &c, c != 0 };

        if (out->length + more.length > sizeof out->at)
            return false;
        memcpy(out->at + out->length, more.at, more.length);
        out->length += more.length;
    }
    return out->length > 0;
}

/* Hundreds of names are compared with one text: so most end at their first letter. */
static bool
is_plainly(const struct plain *p, const char *name)
{
    size_t i = 0;

    for (; *name != '\0'; name++) {
        char c = plain_letter(*name);

        if (c == 0)
            continue;
        if (i == p->length || p->at[i] != c)
            return false;
        i++;
    }
    return i == p->length;
}

static bool
is_ending(const struct plain *p, const char *end)
{
    size_t length = strlen(end);

    return p->length > length && memcmp(p->at + p->length - length, end, length) == 0;
}

/* Without this at its end, if something is left then. */
static void
drop_end(struct plain *p, const char *end)
{
    if (is_ending(p, end))
        p->length -= strlen(end);
}

static bool
say(const char *code, const char *name, char out[HINT_BYTES])
{
    int length = name == NULL ? snprintf(out, HINT_BYTES, "%s", code)
                              : snprintf(out, HINT_BYTES, "%s (%s)", code, name);

    return 0 < length && length < HINT_BYTES;
}

/* ---- tables ----------------------------------------------------------------------- */

static const struct {
    enum field field;
    const char *written, *code;
} aliases[] = {
#define ALIAS(field, written, code) { field, written, code },
#include "record/hint.def"
#undef ALIAS
};

static const char *
alias_of(enum field field, const struct plain *p)
{
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
        if (aliases[i].field == field && text_equal(text_of_plain(p), text_of(aliases[i].written)))
            return aliases[i].code;
    return NULL;
}

static const int province_numbers[PROVINCE_COUNT] = {
#define PROVINCE(id, code, english, chinese, number) number,
#include "record/province.def"
#undef PROVINCE
};

static const struct {
    const char *alpha3, *chinese;
    int number;
} countries[PARTNER_COUNTRIES] = {
#define PARTNER(id, code, english, alpha3, number, chinese) { alpha3, chinese, number },
#include "record/partner.def"
#undef PARTNER
};

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

static bool
hint_of_province(struct text found, const struct plain *p, char out[HINT_BYTES])
{
    struct plain name = *p;
    int64_t number = found.length == 2 || found.length == 6 ? text_number(found) : -1;
    const char *code;
    int row = -1;

    for (size_t i = 0; i < sizeof province_ends / sizeof province_ends[0]; i++)
        drop_end(&name, province_ends[i]);
    code = alias_of(FIELD_PROVINCE, &name);
    if (code != NULL)
        row = province_find(text_of(code));
    /* A city may be called after its province (吉林市), but for these four. */
    if (code == NULL && name.length < p->length && (is_ending(p, "city") || is_ending(p, "市")) &&
        !is_city_and_province(&name))
        return false;
    /* "CN-21", "21" and "210000" are numbers of GB/T 2260. */
    if (p->length == 4 && memcmp(p->at, "cn", 2) == 0)
        number = text_number((struct text){ p->at + 2, 2 });
    else if (number > 99)
        number = number % 10000 == 0 ? number / 10000 : -1;
    for (int i = 0; i < PROVINCE_COUNT && row < 0; i++) {
        const char *letters = scope_code(i) + (i == PROVINCE_CN ? 0 : 3);

        if (is_plainly(&name, scope_english(i)) || is_plainly(&name, scope_chinese(i)) ||
            is_plainly(p, scope_code(i)) || is_plainly(p, letters) ||
            (number > 0 && number == province_numbers[i]))
            row = i;
    }
    return row >= 0 && say(scope_code(row), scope_english(row), out);
}

static bool
hint_of_partner(struct text found, const struct plain *p, char out[HINT_BYTES])
{
    /* "n/a" is not Namibia. */
    bool is_code = found.length == p->length;
    const char *code = alias_of(FIELD_PARTNER, p);
    int64_t number = text_number(text_of_plain(p));
    int row = code == NULL ? -1 : partner_find(text_of(code));

    for (int i = 0; i < PARTNER_COUNT && row < 0; i++) {
        bool is_country = i < PARTNER_COUNTRIES;

        /* Two countries are called Congo. */
        if ((i != PARTNER_CG && is_plainly(p, partner_english(i))) ||
            (is_code && is_plainly(p, partner_code(i))) ||
            (is_country && ((is_code && is_plainly(p, countries[i].alpha3)) ||
                            is_plainly(p, countries[i].chinese) ||
                            (p->length == 3 && number == countries[i].number))))
            row = i;
    }
    return row >= 0 && say(partner_code(row), partner_english(row), out);
}

static bool
hint_of_currency(const struct plain *p, char out[HINT_BYTES])
{
    const char *code = alias_of(FIELD_CURRENCY, p);

    for (int i = 0; i < CURRENCY_COUNT && code == NULL; i++)
        if (is_plainly(p, currency_code(i)) || is_plainly(p, currency_english(i)))
            code = currency_code(i);
    return code != NULL && say(code, NULL, out);
}

static bool
hint_of_symbol(enum field field, enum record_type type, const struct plain *p, char out[HINT_BYTES])
{
    const char *code = alias_of(field, p);
    size_t count;
    const char *const *symbols = field_symbols(field, type, &count);

    for (size_t i = 0; i < count && code == NULL; i++)
        if (is_plainly(p, symbols[i]))
            code = symbols[i];
    return code != NULL && say(code, NULL, out);
}

/* ---- days and instants -------------------------------------------------------------- */

/* Digits at *at, most of them; -1: there is none. */
static int
take_number(struct text *t, size_t most)
{
    size_t i = 0;
    int n = 0;

    while (i < t->length && i < most && '0' <= t->at[i] && t->at[i] <= '9')
        n = n * 10 + (t->at[i++] - '0');
    t->at += i;
    t->length -= i;
    return i == 0 ? -1 : n;
}

static bool
take_text(struct text *t, const char *wanted)
{
    size_t length = strlen(wanted);

    if (t->length < length || memcmp(t->at, wanted, length) != 0)
        return false;
    t->at += length;
    t->length -= length;
    return true;
}

/* "2023/9/30", "2023.09.30", "2023-9-30", "20230930", "2023年9月30日": the year comes
 * first, or nobody can be sure. */
static bool
hint_of_day(struct text found, char out[HINT_BYTES])
{
    static const char *const between[][3] = {
        { "/", "/", "" }, { ".", ".", "" }, { "-", "-", "" }, { "", "", "" }, { "年", "月", "日" },
    };
    struct plain plain;
    int32_t day;

    if (!narrowed(found, &plain))
        return false;
    for (size_t i = 0; i < sizeof between / sizeof between[0]; i++) {
        struct text t = text_of_plain(&plain);
        bool is_joined = between[i][0][0] == '\0';
        int year, month, of_month;

        if (is_joined && t.length != 8)
            continue;
        year = take_number(&t, 4);
        if (year < 1000 || !take_text(&t, between[i][0]) || (month = take_number(&t, 2)) < 0 ||
            !take_text(&t, between[i][1]) || (of_month = take_number(&t, 2)) < 0 ||
            !take_text(&t, between[i][2]) || t.length > 0)
            continue;
        (void)snprintf(out, HINT_BYTES, "%04d-%02d-%02d", year, month, of_month);
        return day_read(text_of(out), &day) && !text_equal(found, text_of(out));
    }
    return false;
}

/* "2024-01-31 08:00:00Z": a blank where T belongs. */
static bool
hint_of_instant(struct text found, char out[HINT_BYTES])
{
    int64_t ms;

    if (found.length < 11 || found.at[10] != ' ' || !text_copy(found, out, HINT_BYTES))
        return false;
    out[10] = 'T';
    return instant_read(text_of(out), &ms);
}

/* ---- amounts ---------------------------------------------------------------------------- */

static const struct {
    const char *word;
    int zeros;
} factors[] = {
    { "trillion", 12 }, { "billion", 9 }, { "million", 6 }, { "thousand", 3 },
    { "bn", 9 },        { "mn", 6 },      { "万亿", 12 },   { "百万", 6 },
    { "千万", 7 },      { "亿", 8 },      { "万", 4 },
};

/* Digits with their point so many places further to the right. */
static bool
say_shifted(const char *digits, int count, int behind, int zeros, char out[HINT_BYTES])
{
    struct text_buffer b = { .at = out, .size = HINT_BYTES - 1 };
    int point = count - behind + zeros; /* digits before it */

    for (; point > 1 && count > 0 && digits[0] == '0'; digits++, count--)
        point--; /* of "0.5 million" */
    if (point > AMOUNT_WHOLE_MOST || count > AMOUNT_WHOLE_MOST + 10)
        return false;
    for (int i = 0; i < point || i < count; i++) {
        if (i == point)
            text_put(&b, i == 0 ? TEXT_LITERAL("0.") : TEXT_LITERAL("."));
        text_put_char(&b, i < count ? digits[i] : '0');
    }
    out[b.length] = '\0';
    return !b.full && count > 0;
}

/* Digits with their point, and how many stand behind it. */
struct digits {
    char at[PLAIN_BYTES];
    int count, behind;
};

/* "42.64", "42,640,000,000".  False: there are none, or the commas are not those of
 * thousands; one comma alone may be a decimal point. */
static bool
take_digits(struct text *t, struct digits *out)
{
    int commas = 0, since_comma = 0;
    bool has_point = false;

    out->count = out->behind = 0;
    for (; t->length > 0; t->at++, t->length--) {
        char c = t->at[0];

        if ('0' <= c && c <= '9') {
            out->at[out->count++] = c;
            out->behind += has_point;
            since_comma++;
        } else if (c == '.' && !has_point) {
            if (commas > 0 && since_comma != 3)
                return false;
            has_point = true;
        } else if (c == ',' && !has_point && out->count > 0 &&
                   (commas == 0 ? since_comma <= 3 : since_comma == 3)) {
            commas++;
            since_comma = 0;
        } else {
            break;
        }
    }
    return out->count > 0 && (has_point || commas == 0 || (commas > 1 && since_comma == 3));
}

/* "e9", " billion", "亿": how many zeros it stands for; -1: something else is there. */
static int
take_zeros(struct text *t)
{
    while (take_text(t, " "))
        continue;
    if (take_text(t, "e") || take_text(t, "E")) {
        (void)take_text(t, "+");
        return take_number(t, 2);
    }
    for (size_t i = 0; i < sizeof factors / sizeof factors[0]; i++) {
        size_t length = strlen(factors[i].word);

        if (t->length < length || strncasecmp(t->at, factors[i].word, length) != 0)
            continue;
        t->at += length;
        t->length -= length;
        return factors[i].zeros;
    }
    return t->length == 0 ? 0 : -1;
}

/* "42,640,000,000", "42.64 billion", "426.4亿元", "1.2e9", full-width digits. */
static bool
hint_of_amount(struct text found, char out[HINT_BYTES])
{
    struct plain plain;
    struct digits digits;
    struct text t;
    int zeros;

    if (!narrowed(found, &plain))
        return false;
    t = text_of_plain(&plain);
    if (!take_digits(&t, &digits) || (zeros = take_zeros(&t)) < 0)
        return false;
    if (!take_text(&t, "美元") && !take_text(&t, "人民币"))
        (void)take_text(&t, "元");
    return t.length == 0 && say_shifted(digits.at, digits.count, digits.behind, zeros, out) &&
           !text_equal(found, text_of(out));
}

/* "8703.23", "HS 8703": customs write points and blanks. */
static bool
hint_of_commodity(const struct plain *p, char out[HINT_BYTES])
{
    struct text t = text_of_plain(p);

    (void)take_text(&t, "hs");
    if (t.length < 2 || t.length > 10 || t.length % 2 != 0 || text_number(t) < 0)
        return false;
    (void)snprintf(out, HINT_BYTES, "%.*s", (int)t.length, t.at);
    return true;
}

/* ---- the whole ---------------------------------------------------------------------------- */

bool
hint_of(enum field field, enum record_type type, struct text found, char out[HINT_BYTES])
{
    struct plain plain;
    size_t count;

    if (found.at == NULL || found.length > PLAIN_BYTES || !plainly(found, &plain))
        return false;
    if (field == FIELD_PROVINCE || field == FIELD_PROVINCES)
        return hint_of_province(found, &plain, out);
    if (field == FIELD_PARTNER || field == FIELD_PARTNERS)
        return hint_of_partner(found, &plain, out);
    if (field == FIELD_CURRENCY)
        return hint_of_currency(&plain, out);
    if (field == FIELD_COMMODITY)
        return hint_of_commodity(&plain, out);
    if (field_symbols(field, type, &count) != NULL)
        return hint_of_symbol(field, type, &plain, out);
    if (field_rules[field].form == FORM_DAY)
        return hint_of_day(found, out);
    if (field_rules[field].form == FORM_INSTANT)
        return hint_of_instant(found, out);
    return field_rules[field].form == FORM_DECIMAL && hint_of_amount(found, out);
}

/* Is one the other with a single letter more, less, or another one? */
static bool
is_one_off(const struct plain *a, const struct plain *b)
{
    size_t front = 0, back = 0, least = a->length < b->length ? a->length : b->length;
    size_t most = a->length < b->length ? b->length : a->length;

    while (front < least && a->at[front] == b->at[front])
        front++;
    while (back < least - front && a->at[a->length - 1 - back] == b->at[b->length - 1 - back])
        back++;
    return most - least <= 1 && most - front - back == 1;
}

int
hint_of_name(struct text name, enum record_type type)
{
    struct plain written, wanted;
    int near = -1, found = 0;

    if (!plainly(name, &written))
        return -1;
    for (int i = 0; i < FIELD_COUNT; i++) {
        if (!field_of_type((enum field)i, type) || !plainly(field_rules[i].name, &wanted))
            continue;
        if (text_equal(text_of_plain(&written), text_of_plain(&wanted)))
            return i;
        if (wanted.length >= 6 && is_one_off(&written, &wanted)) {
            near = i;
            found++;
        }
    }
    return found == 1 ? near : -1;
}
