/* convert.h - the text of a cell to the text of a field, exactly: digits are moved and cut as
 * digits, days are worked out as days; no double, no clock, no locale.
 */
#ifndef INGEST_CONVERT_H
#define INGEST_CONVERT_H

#include "base/fault.h"
#include "base/text.h"

enum {
    NUMBER_DIGITS_MOST = 64, /* of a number with its zeros; an amount has 18 before the point */
    NUMBER_BYTES = NUMBER_DIGITS_MOST + 2,
    PATTERN_BYTES_MOST = 32, /* of a date's pattern */
};

enum rounding { ROUND_NOT, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_CUT };

/* How a number is written. */
struct number_form {
    struct text thousands; /* what stands between groups of three digits; absent: nothing does */
    char point;            /* '.' or ',' */
    bool has_exponent;     /* 1.5e7 is one: a number of JSON */
    int zeros;             /* a factor of so many zeros: 万 has 4 */
};

/* A number that is not negative, as digits and where its point is. */
struct number {
    char digits[NUMBER_DIGITS_MOST];
    int count, behind; /* digits; so many of them behind the point, 0 <= behind < count */
};

/* False: it is no number of that form, or has too many digits.  Zeros at the end of a fraction
 * are dropped: they say nothing. */
MUST_USE bool number_read(struct text t, const struct number_form *form, struct number *out);

/* To so many digits behind the point; nothing happens where there are no more. */
void number_round(struct number *n, int digits, enum rounding how);

/* "1234.5" with NUL. */
void number_write(const struct number *n, char out[NUMBER_BYTES + 1]);

/* The zeros of a factor: 万 亿 thousand million billion ..., or 1000.  -1: it is none. */
int factor_zeros(struct text word);

/* ---- days --------------------------------------------------------------------------- */

enum span { SPAN_AS_WRITTEN, SPAN_MONTH, SPAN_QUARTER, SPAN_YEAR, SPAN_YEAR_TO_DATE };

/* A pattern has yyyy, and mm or m, dd or d, q; all else stands for itself: "yyyymm", "yyyy52",
 * "d.m.yyyy", "yyyy年m月".  False: it has no year, one of them twice, or a day without a month. */
bool pattern_is_good(struct text pattern);

/* What a date of that pattern tells of: a day, a month, a quarter or a year; or the longer stretch
 * that `span` makes of it, which ends where it does.  False: it is no date of that pattern. */
MUST_USE bool
date_read(struct text t, struct text pattern, enum span span, int32_t *first, int32_t *last);

#endif
