/* Numbers by their digits, days by patterns.
 *
 * A factor only moves the point, so 4.264 with 亿 is 426400000 and nothing was
 * multiplied.  Rounding is asked for by name, or does not happen. */
#include "ingest/convert.h"

#include "base/day.h"

enum { EXPONENT_MOST = 40 };

static bool
is_digit(char c)
{
    return '0' <= c && c <= '9';
}

static bool
begins_with(struct text t, struct text with)
{
    return with.length > 0 && t.length >= with.length && memcmp(t.at, with.at, with.length) == 0;
}

static struct text
behind(struct text t, size_t bytes)
{
    return (struct text){ t.at + bytes, t.length - bytes };
}

/* ---- numbers ------------------------------------------------------------------------ */

static bool
add_digit(struct number *n, char digit)
{
    if (n->count == NUMBER_DIGITS_MOST)
        return false;
    n->digits[n->count++] = digit;
    return true;
}

/* Digits before the point, perhaps in groups: the first of one to three, the others of three. */
static bool
read_whole(struct text *t, const struct number_form *form, struct number *out)
{
    int in_group = 0, groups = 0;

    while (t->length > 0) {
        if (is_digit(t->at[0])) {
            if (!add_digit(out, t->at[0]))
                return false;
            in_group++;
            *t = behind(*t, 1);
        } else if (begins_with(*t, form->thousands)) {
            if (in_group == 0 || in_group > 3 || (groups > 0 && in_group != 3))
                return false;
            groups++;
            in_group = 0;
            *t = behind(*t, form->thousands.length);
        } else {
            break;
        }
    }
    return out->count > 0 && (groups == 0 || in_group == 3);
}

static bool
read_fraction(struct text *t, const struct number_form *form, struct number *out)
{
    if (t->length == 0 || t->at[0] != form->point)
        return true;
    *t = behind(*t, 1);
    while (t->length > 0 && is_digit(t->at[0])) {
        if (!add_digit(out, t->at[0]))
            return false;
        out->behind++;
        *t = behind(*t, 1);
    }
    return out->behind > 0;
}

/* e7, E+7, e-7. */
static bool
read_exponent(struct text *t, int *exponent)
{
    bool is_negative;
    int64_t n;

    *exponent = 0;
    if (t->length == 0)
        return true;
    if (t->at[0] != 'e' && t->at[0] != 'E')
        return false;
    *t = behind(*t, 1);
    is_negative = t->length > 0 && t->at[0] == '-';
    if (is_negative || (t->length > 0 && t->at[0] == '+'))
        *t = behind(*t, 1);
    n = text_number(*t);
    *t = behind(*t, t->length);
    *exponent = (int)(is_negative ? -n : n);
    return 0 <= n && n <= EXPONENT_MOST;
}

/* Move the point: to the right by adding zeros, to the left by putting them in front. */
static bool
move_point(struct number *n, int right)
{
    n->behind -= right;
    while (n->behind < 0) {
        if (!add_digit(n, '0'))
            return false;
        n->behind++;
    }
    if (n->behind >= n->count) {
        int zeros = n->behind - n->count + 1;

        if (n->count + zeros > NUMBER_DIGITS_MOST)
            return false;
        memmove(n->digits + zeros, n->digits, (size_t)n->count);
        memset(n->digits, '0', (size_t)zeros);
        n->count += zeros;
    }
    return true;
}

/* Zeros that say nothing: in front of the last one before the point, and at the end behind it. */
static void
drop_zeros(struct number *n)
{
    int front = 0;

    while (n->behind > 0 && n->digits[n->count - 1] == '0') {
        n->count--;
        n->behind--;
    }
    while (front < n->count - n->behind - 1 && n->digits[front] == '0')
        front++;
    memmove(n->digits, n->digits + front, (size_t)(n->count - front));
    n->count -= front;
}

bool
number_read(struct text t, const struct number_form *form, struct number *out)
{
    int exponent = 0;

    out->count = out->behind = 0;
    if (!read_whole(&t, form, out) || !read_fraction(&t, form, out))
        return false;
    if (form->has_exponent && !read_exponent(&t, &exponent))
        return false;
    if (t.length > 0 || !move_point(out, exponent + form->zeros))
        return false;
    drop_zeros(out);
    return true;
}

static bool
is_up(const struct number *n, int kept, enum rounding how)
{
    bool is_half = n->digits[kept] == '5', is_odd = (n->digits[kept - 1] - '0') % 2 != 0;

    if (how == ROUND_CUT || how == ROUND_NOT)
        return false;
    for (int i = kept + 1; i < n->count && is_half; i++)
        is_half = n->digits[i] == '0';
    if (is_half && how == ROUND_HALF_EVEN)
        return is_odd;
    return n->digits[kept] >= '5';
}

void
number_round(struct number *n, int digits, enum rounding how)
{
    int kept = n->count - n->behind + digits;
    bool carry;

    if (n->behind <= digits)
        return;
    carry = is_up(n, kept, how);
    n->count = kept;
    n->behind = digits;
    for (int i = kept - 1; i >= 0 && carry; i--) {
        carry = n->digits[i] == '9';
        n->digits[i] = carry ? '0' : (char)(n->digits[i] + 1);
    }
    if (carry) { /* there is room: a digit went away at least */
        memmove(n->digits + 1, n->digits, (size_t)n->count);
        n->digits[0] = '1';
        n->count++;
    }
    drop_zeros(n);
}

void
number_write(const struct number *n, char out[NUMBER_BYTES + 1])
{
    size_t length = 0;

    for (int i = 0; i < n->count; i++) {
        if (i == n->count - n->behind)
            out[length++] = '.';
        out[length++] = n->digits[i];
    }
    out[length] = '\0';
}

int
factor_zeros(struct text word)
{
    static const struct {
        const char *word;
        int zeros;
    } words[] = {
        { "千", 3 },      { "万", 4 },      { "百万", 6 },      { "千万", 7 },
        { "亿", 8 },      { "十亿", 9 },    { "万亿", 12 },     { "thousand", 3 },
        { "million", 6 }, { "billion", 9 }, { "trillion", 12 },
    };
    size_t i = 1;

    for (size_t w = 0; w < sizeof words / sizeof words[0]; w++)
        if (text_equal(word, text_of(words[w].word)))
            return words[w].zeros;
    if (word.length == 0 || word.length > 16 || word.at[0] != '1')
        return -1;
    while (i < word.length && word.at[i] == '0')
        i++;
    return i == word.length ? (int)i - 1 : -1;
}

/* ---- days --------------------------------------------------------------------------- */

/* Which part of a date a run of letters of a pattern stands for. */
enum part { PART_YEAR, PART_MONTH, PART_DAY, PART_QUARTER, PART_COUNT };

struct parts {
    int value[PART_COUNT]; /* 0: it has none */
};

/* The part that a pattern has at its beginning, and of how many letters; PART_COUNT: none. */
static enum part
part_at(struct text pattern, size_t *letters)
{
    static const char names[PART_COUNT] = { 'y', 'm', 'd', 'q' };
    static const size_t most[PART_COUNT] = { 4, 2, 2, 1 };

    for (int part = 0; part < PART_COUNT; part++) {
        size_t n = 0;

        while (n < pattern.length && n < most[part] && pattern.at[n] == names[part])
            n++;
        *letters = n;
        if (n > 0 && (part != PART_YEAR || n == 4))
            return (enum part)part;
    }
    *letters = 1;
    return PART_COUNT;
}

bool
pattern_is_good(struct text pattern)
{
    int seen[PART_COUNT] = { 0 };
    size_t letters;

    if (pattern.length > PATTERN_BYTES_MOST)
        return false;
    for (; pattern.length > 0; pattern = behind(pattern, letters)) {
        enum part part = part_at(pattern, &letters);

        if (part != PART_COUNT)
            seen[part]++;
    }
    return seen[PART_YEAR] == 1 && seen[PART_MONTH] <= 1 && seen[PART_DAY] <= seen[PART_MONTH] &&
           seen[PART_QUARTER] + seen[PART_MONTH] <= 1;
}

/* So many digits, or one or two where the pattern has a single letter. */
static bool
take_part(struct text *t, enum part part, size_t letters, struct parts *out)
{
    size_t most = part == PART_QUARTER ? 1 : letters < 2 ? 2 : letters, n = 0;
    int value = 0;

    while (n < t->length && n < most && is_digit(t->at[n]))
        value = value * 10 + (t->at[n++] - '0');
    *t = behind(*t, n);
    out->value[part] = value;
    return n > 0 && (letters < 2 || n == letters) && value > 0;
}

static bool
take_parts(struct text t, struct text pattern, struct parts *out)
{
    size_t letters;

    *out = (struct parts){ { 0 } };
    for (; pattern.length > 0; pattern = behind(pattern, letters)) {
        enum part part = part_at(pattern, &letters);

        if (part != PART_COUNT) {
            if (!take_part(&t, part, letters, out))
                return false;
        } else if (t.length > 0 && t.at[0] == pattern.at[0]) {
            t = behind(t, 1);
        } else {
            return false;
        }
    }
    return t.length == 0 && out->value[PART_MONTH] <= 12 && out->value[PART_QUARTER] <= 4;
}

/* The first and the last day of so many months. */
static void
months(int year, int first_month, int last_month, int32_t *first, int32_t *last)
{
    struct date next = { last_month == 12 ? year + 1 : year, last_month % 12 + 1, 1 };

    *first = day_from_date((struct date){ year, first_month, 1 });
    *last = day_from_date(next) - 1;
}

bool
date_read(struct text t, struct text pattern, enum span span, int32_t *first, int32_t *last)
{
    struct parts p;
    int month, quarter;
    int32_t month_end, ignored;

    if (!take_parts(t, pattern, &p))
        return false;
    month = p.value[PART_MONTH];
    quarter = p.value[PART_QUARTER];
    if (quarter > 0)
        months(p.value[PART_YEAR], quarter * 3 - 2, quarter * 3, first, last);
    else if (month > 0)
        months(p.value[PART_YEAR], month, month, first, last);
    else
        months(p.value[PART_YEAR], 1, 12, first, last);
    month_end = *last;
    if (p.value[PART_DAY] > 0) {
        *first += p.value[PART_DAY] - 1;
        *last = *first;
    }
    if (*last > month_end) /* the 30th of February */
        return false;
    month = day_to_date(*last).month;
    if (span == SPAN_MONTH)
        months(p.value[PART_YEAR], month, month, first, last);
    else if (span == SPAN_QUARTER)
        months(p.value[PART_YEAR], (month - 1) / 3 * 3 + 1, (month - 1) / 3 * 3 + 3, first, last);
    else if (span == SPAN_YEAR)
        months(p.value[PART_YEAR], 1, 12, first, last);
    else if (span == SPAN_YEAR_TO_DATE)
        months(p.value[PART_YEAR], 1, 1, first, &ignored);
    return *last <= DAY_LAST;
}
