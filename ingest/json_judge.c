/* What a JSON library does not look at: numbers that are too large, escapes
 * that are half a character, names that stand twice.
 *
 * tests/oracle.py reads lines with Python's json, which refuses these or turns
 * them into something that can't be stored.  Both must say the same of every
 * line. */
#include "ingest/json_judge.h"

#include <ctype.h>

enum {
    HUGE_POWER = 308,       /* a number from 10^308 is refused */
    EXPONENT_CAP = 1 << 28, /* more than any line's digits can make up for */
    ESCAPE_BYTES = 6,       /* of \uXXXX */
    NAMES_SEARCHED = 64,    /* objects with more members are sorted instead */
};

/* ---- numbers ---------------------------------------------------------------------- */

/* The value of an exponent, cut at EXPONENT_CAP: what follows the e. */
static int64_t
exponent_of(struct text exponent)
{
    bool negative = exponent.at[0] == '-';
    size_t i = negative || exponent.at[0] == '+' ? 1 : 0;
    int64_t n = 0;
    for (; i < exponent.length && n < EXPONENT_CAP; i++)
        n = n * 10 + (exponent.at[i] - '0');
    return negative ? -n : n;
}

bool
json_is_huge(struct text number)
{
    /* Minus one, since the first digit that counts raises it to 0: 1 is 10^0. */
    int64_t power = -1; /* of ten, of the first digit that is not zero */
    bool found = false, fraction = false;
    for (size_t i = number.at[0] == '-' ? 1 : 0; i < number.length; i++) {
        char c = number.at[i];
        if (c == 'e' || c == 'E') {
            power += exponent_of((struct text){ number.at + i + 1, number.length - i - 1 });
            break;
        }
        found = found || (c >= '1' && c <= '9');
        if (c == '.')
            fraction = true;
        /* Before the point each digit from the first one on is a power more;
         * behind it each zero before the first digit is a power less. */
        else if (found && !fraction)
            power++;
        else if (!found && fraction)
            power--;
    }
    return found && power >= HUGE_POWER;
}

/* ---- the line ----------------------------------------------------------------------- */

size_t
json_sane_length(struct text line)
{
    /* Looked for in the whole line: in a text these two must be escaped anyway. */
    const char *tab = memchr(line.at, '\v', line.length);
    size_t length = tab == NULL ? line.length : (size_t)(tab - line.at);
    const char *feed = memchr(line.at, '\f', length);
    return feed == NULL ? length : (size_t)(feed - line.at);
}

/* Does the escape of one of these sixteenths of the surrogates begin at `at`?
 * D8.. to DB.. are first halves, DC.. to DF.. second ones. */
static bool
is_half(const char *at, const char *end, const char *sixteenths)
{
    return end - at >= ESCAPE_BYTES && at[0] == '\\' && at[1] == 'u' && (at[2] | 0x20) == 'd' &&
           memchr(sixteenths, tolower((unsigned char)at[3]), 4) != NULL &&
           isxdigit((unsigned char)at[4]) && isxdigit((unsigned char)at[5]);
}

/* The first escape of half a pair, or NULL.  After a backslash outside of a
 * text, where no backslash may be, the answer doesn't matter. */
static const char *
find_half(const char *at, const char *end)
{
    while (end - at >= ESCAPE_BYTES && (at = memchr(at, '\\', (size_t)(end - at))) != NULL) {
        if (is_half(at, end, "89ab")) {
            /* A first half with a second one behind it is a character. */
            if (!is_half(at + ESCAPE_BYTES, end, "cdef"))
                return at;
            at += ESCAPE_BYTES;
        } else if (is_half(at, end, "cdef")) {
            return at;
        }
        /* A backslash and what it escapes: "\\\\u" is no escape of a character. */
        at += 2;
    }
    return NULL;
}

bool
json_mark_halves(struct text line, char *out, size_t *length)
{
    const char *from = line.at, *end = line.at + line.length;
    const char *half = find_half(from, end);
    if (half == NULL)
        return false;
    *length = 0;
    for (; half != NULL; half = find_half(from, end)) {
        memcpy(out + *length, from, (size_t)(half - from));
        *length += (size_t)(half - from);
        /* FF is no byte of UTF-8, so no other text can be equal to a marked one. */
        out[(*length)++] = '\xFF';
        for (int i = 3; i < ESCAPE_BYTES; i++)
            out[(*length)++] = (char)tolower((unsigned char)half[i]);
        from = half + ESCAPE_BYTES;
    }
    memcpy(out + *length, from, (size_t)(end - from));
    *length += (size_t)(end - from);
    return true;
}

/* ---- names of an object --------------------------------------------------------------- */

bool
json_has_nul_name(const struct json_node *nodes, uint32_t object)
{
    for (uint32_t i = object + 1; i < nodes[object].after; i = nodes[i].after) {
        struct text name = nodes[i].name;
        if (name.length > 0 && memchr(name.at, '\0', name.length) != NULL)
            return true;
    }
    return false;
}

/* For qsort() of pointers to names. */
static int
by_bytes(const void *a, const void *b)
{
    const struct text *const *x = a, *const *y = b;
    return text_compare(**x, **y);
}

/* Sorted: n log n for an object with thousands of members. */
static const struct text *
repeated_of_many(const struct json_node *nodes, uint32_t object, const struct text **scratch)
{
    size_t count = 0;
    for (uint32_t i = object + 1; i < nodes[object].after; i = nodes[i].after)
        scratch[count++] = &nodes[i].name;
    qsort(scratch, count, sizeof scratch[0], by_bytes);
    for (size_t i = 1; i < count; i++) {
        if (text_equal(*scratch[i - 1], *scratch[i]))
            return scratch[i];
    }
    return NULL;
}

/* One of 256 bits.  The names of docs/design.md each have one of their own. */
static uint32_t
bit_of(struct text name)
{
    if (name.length == 0)
        return 0;
    const uint8_t *at = (const uint8_t *)name.at;
    uint32_t middle = at[name.length / 2];
    return ((uint32_t)name.length + at[0] + middle * 11 + at[name.length - 1]) & 255;
}

/* Most objects have few names, each with a bit of its own: then one look at a
 * bit is all.  Where two share a bit they are compared. */
const struct text *
json_repeated_name(const struct json_node *nodes, uint32_t object, const struct text **scratch)
{
    if (nodes[object].count > NAMES_SEARCHED)
        return repeated_of_many(nodes, object, scratch);
    uint64_t seen[4] = { 0 };
    for (uint32_t i = object + 1; i < nodes[object].after; i = nodes[i].after) {
        const struct text *name = &nodes[i].name;
        uint32_t n = bit_of(*name);
        uint64_t bit = UINT64_C(1) << (n & 63);
        for (uint32_t k = object + 1; (seen[n >> 6] & bit) != 0 && k < i; k = nodes[k].after) {
            if (text_equal(nodes[k].name, *name))
                return name;
        }
        seen[n >> 6] |= bit;
    }
    return NULL;
}
