#include "ingest/json_inside.h"

enum {
    EXPONENT_LIMIT = 308,  /* a number from 10^308 is refused */
    EXPONENT_CAP = 1 << 28 /* more than any line's digits can make up for */
};

static size_t
skip_digits(struct json *json)
{
    const char *from = json->at;
    while (json->at < json->end && *json->at >= '0' && *json->at <= '9')
        json->at++;
    return (size_t)(json->at - from);
}

static bool
integer_from(struct text digits, bool negative, int64_t *out)
{
    if (digits.length > 19)
        return false;
    uint64_t n = 0; /* 19 digits fit */
    for (size_t i = 0; i < digits.length; i++)
        n = n * 10 + (uint64_t)(digits.at[i] - '0');
    if (n > (uint64_t)INT64_MAX + (negative ? 1 : 0))
        return false;
    *out = negative ? (int64_t)(0 - n) : (int64_t)n;
    return true;
}

/* The power of ten of a number's first digit that is not zero, as far as its
 * digits say; INT64_MIN when all are zero. */
static int64_t
leading_power(struct text whole, struct text fraction)
{
    if (whole.at[0] != '0')
        return (int64_t)whole.length - 1;
    for (size_t i = 0; i < fraction.length; i++) {
        if (fraction.at[i] != '0')
            return -(int64_t)i - 1;
    }
    return INT64_MIN;
}

/* The exponent's value, cut at EXPONENT_CAP; false when it has no digits. */
static bool
read_exponent(struct json *json, int64_t *out)
{
    json->at++;
    bool negative = json_peek(json) == '-';
    if (negative || json_peek(json) == '+')
        json->at++;
    const char *from = json->at;
    int64_t n = 0;
    if (skip_digits(json) == 0)
        return false;
    for (; from < json->at && n < EXPONENT_CAP; from++)
        n = n * 10 + (*from - '0');
    *out = negative ? -n : n;
    return true;
}

enum fault
json_read_number(struct json *json, struct json_node *node, struct why *why)
{
    bool negative = json_peek(json) == '-';
    if (negative)
        json->at++;
    struct text whole = { json->at, 0 }, fraction = { NULL, 0 };
    int64_t exponent = 0;
    node->kind = JSON_INTEGER;
    whole.length = skip_digits(json);
    if (whole.length == 0)
        return json_bad(json, why, "no value");
    if (whole.at[0] == '0' && whole.length > 1)
        return json_bad(json, why, "leading zero");
    if (json_peek(json) == '.') {
        fraction.at = ++json->at;
        fraction.length = skip_digits(json);
        if (fraction.length == 0)
            return json_bad(json, why, "no digits after the point");
        node->kind = JSON_REAL;
    }
    if (json_peek(json) == 'e' || json_peek(json) == 'E') {
        if (!read_exponent(json, &exponent))
            return json_bad(json, why, "no digits in the exponent");
        node->kind = JSON_REAL;
    }
    if (node->kind == JSON_INTEGER) {
        if (!integer_from(whole, negative, &node->integer))
            return json_bad(json, why, "number too large");
        return FAULT_NONE;
    }
    int64_t power = leading_power(whole, fraction);
    if (power != INT64_MIN && power + exponent >= EXPONENT_LIMIT)
        return json_bad(json, why, "number too large");
    return FAULT_NONE;
}
