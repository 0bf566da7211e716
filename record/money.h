/* money.h - exact amounts.
 *
 * An amount is a whole number of minor units of its currency (ISO 4217), or
 * of thousandths of its unit, below 10^17, in an int64_t.  Sums over entries
 * are wide_t until they are written.  No floating point, nothing is rounded.
 */
#ifndef RECORD_MONEY_H
#define RECORD_MONEY_H

#include "base/fault.h"
#include "base/text.h"

__extension__ typedef __int128 wide_t;

#define AMOUNT_LIMIT INT64_C(100000000000000000) /* 10^17: amounts are below */
enum {
    QUANTITY_DIGITS = 3, /* quantities are in thousandths */
    VALUE_SCALE = 4,     /* scale of the Avro decimal of a value */
    DECIMAL_BYTES = 16,  /* longest two's complement that is read */
    WIDE_TEXT = 41,      /* sign, 39 digits, NUL */
};

/* A decimal as it was written: unscaled * 10^-scale, not yet an amount. */
struct decimal {
    wide_t unscaled; /* >= 0 when read from text */
    int scale;       /* 0..9 */
};

/* Read digits{1,18}[.digits{1,9}], ASCII, no sign, no spaces.  False, and
 * *out untouched, when the text is none of that. */
MUST_USE bool decimal_read(struct text t, struct decimal *out);

/* Read big-endian two's complement as Avro's decimal stores it, 0 to
 * DECIMAL_BYTES bytes (0 bytes are zero).  False for longer ones. */
MUST_USE bool decimal_from_bytes(const uint8_t *at, size_t length, int scale, struct decimal *out);

/* The same for any number of bytes, which may be padded at will, and in a fixed have to be.  What
 * is no amount by its size becomes a decimal that is none either, so that the field's own rule
 * refuses it. */
struct decimal decimal_from_avro(struct text bytes, int scale);

/* The shortest big-endian two's complement of n, at most DECIMAL_BYTES bytes,
 * at least one; returns how many. */
size_t decimal_to_bytes(wide_t n, uint8_t out[DECIMAL_BYTES]);

/* decimal -> whole number of 10^-digits, 0 <= digits <= 4.  False when that
 * would round, is negative, or is not below AMOUNT_LIMIT. */
MUST_USE bool decimal_to_amount(struct decimal d, int digits, int64_t *out);

/* Decimal digits of n without leading zeros, '-' before negatives; returns
 * the length, NUL-terminated. */
size_t wide_write(wide_t n, char out[WIDE_TEXT]);

/* Append an amount as a plain decimal: 1234567.89 of 123456789 with digits = 2. */
void amount_put(struct text_buffer *b, wide_t n, int digits);

/* An amount for people: "1,234,567.89" of 123456789 with digits = 2. */
size_t amount_show(wide_t n, int digits, char *out, size_t size);

#endif
