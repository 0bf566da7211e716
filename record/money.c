/* Decimals, exactly: text and Avro bytes to a number and a scale, and to whole
 * minor units of a currency.
 *
 * A decimal keeps its scale until the currency is known: 12.50 is fine in CNY,
 * and in JPY only as 12.00 would be.  Nothing is rounded; what would have to be
 * is refused. */
#include "record/money.h"

#include <assert.h>

__extension__ typedef unsigned __int128 unsigned_wide_t;

enum {
    WHOLE_DIGITS = 18, /* before the point */
    FRACTION_DIGITS = 9,
    POWERS = 20, /* 10^0 .. 10^19 fit 64 bits */
    SCALE_MOST = 38,
};

/* clang-format off */
static const uint64_t power_of_ten[POWERS] = {
    1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000,
    10000000000, 100000000000, 1000000000000, 10000000000000, 100000000000000,
    1000000000000000, 10000000000000000, 100000000000000000, 1000000000000000000,
    UINT64_C(10000000000000000000),
};
/* clang-format on */

/* Read a run of digits from *i on; how many there were. */
static int
read_digits(struct text t, size_t *i, uint64_t *value, int most)
{
    int count = 0;

    *value = 0;
    while (*i < t.length && '0' <= t.at[*i] && t.at[*i] <= '9') {
        /* One digit too many ends it: the caller sees a count above `most`. */
        if (++count > most)
            return count;
        *value = *value * 10 + (uint64_t)(t.at[(*i)++] - '0');
    }
    return count;
}

bool
decimal_read(struct text t, struct decimal *out)
{
    uint64_t whole, fraction = 0;
    size_t i = 0;
    int digits = read_digits(t, &i, &whole, WHOLE_DIGITS);
    int scale = 0;

    if (digits < 1 || digits > WHOLE_DIGITS)
        return false;
    if (i < t.length) {
        if (t.at[i++] != '.')
            return false;
        scale = read_digits(t, &i, &fraction, FRACTION_DIGITS);
        if (scale < 1 || scale > FRACTION_DIGITS || i < t.length)
            return false;
    }
    /* 18 digits before the point and 9 behind it are below 10^27: that fits 128
     * bits. */
    out->unscaled = (wide_t)whole * (wide_t)power_of_ten[scale] + (wide_t)fraction;
    out->scale = scale;
    return true;
}

bool
decimal_from_bytes(const uint8_t *at, size_t length, int scale, struct decimal *out)
{
    unsigned_wide_t bits = 0;

    if (length > DECIMAL_BYTES)
        return false;
    if (length > 0 && (at[0] & 0x80) != 0)
        bits = ~bits; /* the sign reaches up to the top */
    for (size_t i = 0; i < length; i++)
        bits = bits << 8 | at[i];
    out->unscaled = (wide_t)bits;
    out->scale = scale;
    return true;
}

struct decimal
decimal_from_avro(struct text bytes, int scale)
{
    const uint8_t *at = (const uint8_t *)bytes.at;
    size_t length = bytes.length;
    struct decimal decimal;

    while (length > DECIMAL_BYTES &&
           ((at[0] == 0x00 && at[1] < 0x80) || (at[0] == 0xFF && at[1] >= 0x80))) {
        at++;
        length--;
    }
    if (decimal_from_bytes(at, length, scale, &decimal))
        return decimal;
    return (struct decimal){ (wide_t)INT64_MAX * INT64_MAX, scale }; /* no amount */
}

size_t
decimal_to_bytes(wide_t n, uint8_t out[DECIMAL_BYTES])
{
    uint8_t bytes[DECIMAL_BYTES];
    size_t from = 0;

    /* `n >>= 8` keeps the sign with gcc and clang, so the bytes above the
     * number are 0x00 or 0xFF. */
    for (size_t i = DECIMAL_BYTES; i-- > 0; n >>= 8)
        bytes[i] = (uint8_t)(n & 0xFF);
    /* A leading byte is spare when it only repeats the next one's sign. */
    while (from < DECIMAL_BYTES - 1 && ((bytes[from] == 0x00 && (bytes[from + 1] & 0x80) == 0) ||
                                        (bytes[from] == 0xFF && (bytes[from + 1] & 0x80) != 0)))
        from++;
    memcpy(out, bytes + from, DECIMAL_BYTES - from);
    return DECIMAL_BYTES - from;
}

/* n / 10^power where that leaves nothing over. */
static bool
divide_exactly(wide_t n, int power, wide_t *out)
{
    if (power < POWERS && n <= (wide_t)UINT64_MAX) { /* 64 bits are five times as fast */
        uint64_t small = (uint64_t)n;

        *out = (wide_t)(small / power_of_ten[power]);
        return small % power_of_ten[power] == 0;
    }
    /* The divisor may be up to 10^38 and does not fit the table: 10^19 at a
     * time. */
    for (; power >= POWERS; power -= POWERS - 1) {
        if (n % (wide_t)power_of_ten[POWERS - 1] != 0)
            return false;
        n /= (wide_t)power_of_ten[POWERS - 1];
    }
    *out = n / (wide_t)power_of_ten[power];
    return n % (wide_t)power_of_ten[power] == 0;
}

bool
decimal_to_amount(struct decimal d, int digits, int64_t *out)
{
    wide_t amount;

    assert(0 <= digits && digits <= VALUE_SCALE);
    /* Avro may say anything; JSON's text has no sign, and a scale of at most 9. */
    if (d.unscaled < 0 || d.scale < 0 || d.scale > SCALE_MOST)
        return false;
    if (d.scale > digits) {
        if (!divide_exactly(d.unscaled, d.scale - digits, &amount))
            return false;
    } else {
        if (d.unscaled >= AMOUNT_LIMIT)
            return false; /* and the product below can't overflow */
        amount = d.unscaled * (wide_t)power_of_ten[digits - d.scale];
    }
    if (amount >= AMOUNT_LIMIT)
        return false;
    *out = (int64_t)amount;
    return true;
}

size_t
wide_write(wide_t n, char out[WIDE_TEXT])
{
    unsigned_wide_t left = (unsigned_wide_t)n;
    char digits[WIDE_TEXT];
    size_t at = sizeof digits;
    size_t length;

    if (n < 0)
        left = -left;
    digits[--at] = '\0';
    /* 128-bit divisions are slow, so the number becomes one of 64 bits as soon
     * as it can. */
    while (left > UINT64_MAX) {
        digits[--at] = (char)('0' + (int)(left % 10));
        left /= 10;
    }
    for (uint64_t small = (uint64_t)left; small > 0 || at == sizeof digits - 1; small /= 10)
        digits[--at] = (char)('0' + (int)(small % 10));
    if (n < 0)
        digits[--at] = '-';
    length = sizeof digits - 1 - at;
    memcpy(out, digits + at, length + 1);
    return length;
}

void
amount_put(struct text_buffer *b, wide_t n, int digits)
{
    char all[WIDE_TEXT];
    size_t length = wide_write(n < 0 ? -n : n, all);
    if (n < 0)
        text_put_char(b, '-');
    if (length <= (size_t)digits) {
        text_put(b, TEXT_LITERAL("0."));
        for (size_t i = length; i < (size_t)digits; i++)
            text_put_char(b, '0');
        text_put(b, (struct text){ all, length });
        return;
    }
    text_put(b, (struct text){ all, length - (size_t)digits });
    if (digits == 0)
        return;
    text_put_char(b, '.');
    text_put(b, (struct text){ all + length - digits, (size_t)digits });
}

size_t
amount_show(wide_t n, int digits, char *out, size_t size)
{
    char plain[WIDE_TEXT];
    char shown[WIDE_TEXT + WIDE_TEXT / 3 + 8];
    size_t length = wide_write(n, plain);
    size_t at = sizeof shown;
    size_t sign = n < 0 ? 1 : 0;
    size_t figures = length - sign; /* digits written */
    size_t whole = 0;               /* digits written before the point */

    assert(0 <= digits && digits <= VALUE_SCALE);
    shown[--at] = '\0';
    /* From the right: figures behind the point first, zeros where the number is
     * shorter. */
    for (int i = 0; i < digits; i++)
        shown[--at] = figures > 0 ? plain[sign + --figures] : '0';
    if (digits > 0)
        shown[--at] = '.';
    /* At least one figure stands before the point. */
    do {
        if (whole > 0 && whole % 3 == 0)
            shown[--at] = ',';
        shown[--at] = figures > 0 ? plain[sign + --figures] : '0';
        whole++;
    } while (figures > 0);
    if (n < 0)
        shown[--at] = '-';
    length = sizeof shown - 1 - at;
    if (length >= size) { /* a number that is cut would be another number */
        if (size > 0)
            out[0] = '\0';
        return 0;
    }
    memcpy(out, shown + at, length + 1);
    return length;
}
