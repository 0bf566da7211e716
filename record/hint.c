/* What somebody surely meant.
 *
 * Texts are compared by their letters and digits alone (plain.h); what provinces and
 * partners are called is in called.h. */
#include "record/hint.h"

#include "record/called.h"

#include <stdio.h>

enum { AMOUNT_WHOLE_MOST = 18 }; /* digits before the point of an amount that is worked out */

static bool
say(const char *code, const char *name, char out[HINT_BYTES])
{
    int length = name == NULL ? snprintf(out, HINT_BYTES, "%s", code)
                              : snprintf(out, HINT_BYTES, "%s (%s)", code, name);

    return 0 < length && length < HINT_BYTES;
}

/* ---- names ------------------------------------------------------------------------ */

static bool
hint_of_province(struct text found, char out[HINT_BYTES])
{
    int row = province_called(found);

    return row >= 0 && say(scope_code(row), scope_english(row), out);
}

static bool
hint_of_partner(struct text found, char out[HINT_BYTES])
{
    int row = partner_called(found);

    return row >= 0 && say(partner_code(row), partner_english(row), out);
}

static bool
hint_of_currency(const struct plain *p, char out[HINT_BYTES])
{
    const char *code = called_alias(FIELD_CURRENCY, p);

    for (int i = 0; i < CURRENCY_COUNT && code == NULL; i++)
        if (is_plainly(p, currency_code(i)) || is_plainly(p, currency_english(i)))
            code = currency_code(i);
    return code != NULL && say(code, NULL, out);
}

static bool
hint_of_symbol(enum field field, enum record_type type, const struct plain *p, char out[HINT_BYTES])
{
    const char *code = called_alias(field, p);
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

    if (!plain_narrow(found, &plain))
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

    if (!plain_narrow(found, &plain))
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
        return hint_of_province(found, out);
    if (field == FIELD_PARTNER || field == FIELD_PARTNERS)
        return hint_of_partner(found, out);
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
