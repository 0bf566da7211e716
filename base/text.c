/* Pieces of text, numbers in them, UTF-8.
 *
 * The long loops look at 8 or 32 bytes at a time and decide once for all of
 * them. memcpy() into a word is how C reads bytes that are not aligned;
 * compilers make a single load of it. */
#include "base/text.h"

#include <stdarg.h>

int
text_compare(struct text a, struct text b)
{
    size_t shared = a.length < b.length ? a.length : b.length;
    int order = shared == 0 ? 0 : memcmp(a.at, b.at, shared);

    if (order != 0)
        return order;
    /* One is the beginning of the other: the shorter one comes first. */
    return (a.length > b.length) - (a.length < b.length);
}

/* The length of the well-formed sequence of 2 to 4 bytes at `at`, or 0.
 * The second byte's narrower ranges keep out overlong forms (E0, F0),
 * surrogates (ED) and what is above U+10FFFF (F4); Unicode, table 3-7. */
static size_t
sequence_bytes(const uint8_t *at, size_t left)
{
    uint8_t least = 0x80, most = 0xBF;
    size_t bytes;

    if (at[0] < 0xC2 || at[0] > 0xF4)
        return 0;
    bytes = at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : 4;
    if (left < bytes)
        return 0;
    if (at[0] == 0xE0)
        least = 0xA0;
    else if (at[0] == 0xED)
        most = 0x9F;
    else if (at[0] == 0xF0)
        least = 0x90;
    else if (at[0] == 0xF4)
        most = 0x8F;
    if (at[1] < least || at[1] > most)
        return 0;
    for (size_t i = 2; i < bytes; i++)
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    return bytes;
}

size_t
text_character(struct text t)
{
    const uint8_t *at = (const uint8_t *)t.at;

    return at[0] < 0x80 ? 1 : sequence_bytes(at, t.length);
}

bool
text_is_control(const char *character, size_t bytes)
{
    const uint8_t *at = (const uint8_t *)character;

    if (bytes == 1)
        return at[0] < 0x20 || at[0] == 0x7F;
    if (bytes == 2)
        /* C1 (U+0080 to U+009F), and U+061C, the Arabic letter mark. */
        return (at[0] == 0xC2 && at[1] < 0xA0) || (at[0] == 0xD8 && at[1] == 0x9C);
    if (bytes != 3 || at[0] != 0xE2)
        return false;
    if (at[1] == 0x80) /* U+200E, U+200F; U+2028 to U+202E */
        return at[2] == 0x8E || at[2] == 0x8F || (0xA8 <= at[2] && at[2] <= 0xAE);
    return at[1] == 0x81 && 0xA6 <= at[2] && at[2] <= 0xA9; /* U+2066 to U+2069 */
}

/* The length of the ASCII at the beginning, rounded down to 32 bytes. */
static size_t
ascii_bytes(const uint8_t *at, size_t length)
{
    size_t i = 0;

    for (; length - i >= 32; i += 32) {
        uint64_t w[4];

        memcpy(w, at + i, sizeof w);
        if (((w[0] | w[1] | w[2] | w[3]) & UINT64_C(0x8080808080808080)) != 0)
            break;
    }
    return i;
}

bool
text_is_blank(struct text t)
{
    for (size_t i = 0; i < t.length; i++)
        if (t.at[i] != ' ' && t.at[i] != '\t' && t.at[i] != '\r' && t.at[i] != '\n')
            return false;
    return true;
}

bool
text_is_ascii(struct text t)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t eight, bad = 0;
    size_t i = 0;

    /* A byte of 0 borrows from its high bit; a borrow can only come from one. */
    for (; t.length - i >= sizeof eight; i += sizeof eight) {
        memcpy(&eight, t.at + i, sizeof eight);
        bad |= eight | (eight - ones);
    }
    /* The rest with some of the bytes before it once more. */
    if (i < t.length && i > 0) {
        memcpy(&eight, t.at + t.length - sizeof eight, sizeof eight);
        bad |= eight | (eight - ones);
        i = t.length;
    }
    for (; i < t.length; i++)
        bad |= (uint64_t)((unsigned char)(t.at[i] - 1) >= 0x7F) << 7;
    return (bad & ones << 7) == 0;
}

bool
text_is_utf8(struct text t)
{
    const uint8_t *at = (const uint8_t *)t.at;
    /* ASCII is most of it, so UTF-8 is only decoded where a byte of 0x80 or
     * more stands. */
    size_t i = ascii_bytes(at, t.length);

    while (i < t.length) {
        uint64_t eight;
        size_t bytes;

        if (t.length - i >= sizeof eight) {
            memcpy(&eight, at + i, sizeof eight);
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                i += sizeof eight;
                i += ascii_bytes(at + i, t.length - i);
                continue;
            }
        }
        if (at[i] < 0x80) {
            i++;
            continue;
        }
        bytes = sequence_bytes(at + i, t.length - i);
        if (bytes == 0)
            return false;
        i += bytes;
    }
    return true;
}

void
text_put(struct text_buffer *b, struct text t)
{
    if (t.length > b->size - b->length) {
        b->full = true;
        return;
    }
    if (t.length > 0)
        memcpy(b->at + b->length, t.at, t.length);
    b->length += t.length;
}

void
text_put_char(struct text_buffer *b, char c)
{
    text_put(b, (struct text){ &c, 1 });
}

void
text_put_integer(struct text_buffer *b, int64_t n)
{
    char digits[20]; /* sign and 19 digits */
    char *end = digits + sizeof digits;
    char *at = end;
    /* Negated as unsigned: -INT64_MIN does not fit an int64_t. */
    uint64_t left = n < 0 ? -(uint64_t)n : (uint64_t)n;

    do {
        *--at = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (n < 0)
        *--at = '-';
    text_put(b, (struct text){ at, (size_t)(end - at) });
}

void
text_print(struct text_buffer *b, const char *format, ...)
{
    size_t room = b->size - b->length;
    va_list values;
    int length;

    va_start(values, format);
    length = vsnprintf(b->at + b->length, room, format, values);
    va_end(values);
    if (length < 0 || (size_t)length >= room)
        b->full = true;
    else
        b->length += (size_t)length;
}

int
text_hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c == '\0' ? NULL : strchr(digits, c | ('A' <= c && c <= 'F' ? 0x20 : 0));

    return at == NULL ? -1 : (int)(at - digits);
}

int64_t
text_number(struct text t)
{
    enum { DIGITS_MOST = 18 };
    int64_t n;

    if (t.length > DIGITS_MOST || !text_integer(t, &n) || t.at[0] == '-')
        return -1;
    return n;
}

bool
text_copy(struct text t, char *out, size_t size)
{
    if (t.length >= size)
        return false;
    if (t.length > 0)
        memcpy(out, t.at, t.length);
    out[t.length] = '\0';
    return true;
}

bool
text_integer(struct text t, int64_t *out)
{
    size_t at = t.length > 0 && t.at[0] == '-' ? 1 : 0;
    int64_t n = 0;

    if (t.length == at)
        return false;
    for (; at < t.length; at++) {
        if (t.at[at] < '0' || t.at[at] > '9' || __builtin_mul_overflow(n, 10, &n) ||
            __builtin_sub_overflow(n, t.at[at] - '0', &n))
            return false;
    }
    if (t.at[0] == '-')
        *out = n; /* gathered below zero, where there is one more */
    else if (n == INT64_MIN)
        return false;
    else
        *out = -n;
    return true;
}
