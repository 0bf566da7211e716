/* writers.h - pieces of schemas and of data as other writers may have them. */
#ifndef TESTS_UNIT_WRITERS_H
#define TESTS_UNIT_WRITERS_H

#include "schemas/codec.h"

#include <check.h>

#define FIELD_OF(name, type) "{\"name\":\"" name "\",\"type\":" type "}"
#define ENUM_OF(name, symbols) "{\"type\":\"enum\",\"name\":\"" name "\",\"symbols\":[" symbols "]}"
#define ID_FIELD FIELD_OF("id", "\"string\"")
#define BASIS_FIELD FIELD_OF("basis", ENUM_OF("Basis", "\"UNKNOWN\",\"TRANSACTION\""))
#define FLOW_FIELD FIELD_OF("flow", ENUM_OF("Flow", "\"UNKNOWN\",\"EXPORT\""))
#define PLACE_FIELDS FIELD_OF("province", "\"string\"") "," FIELD_OF("partner", "\"string\"")
#define REQUIRED_REST BASIS_FIELD "," PLACE_FIELDS "," FLOW_FIELD
#define RECORD_OF(name, fields)                                                                    \
    "{\"type\":\"record\",\"name\":\"" name "\",\"fields\":[" fields "]}"
#define TRADE_OF(fields) RECORD_OF("TradeEvent", fields)
/* The required fields after one field of a row; they are "a" TRANSACTION CN RU EXPORT. */
#define AFTER(field) TRADE_OF(field "," ID_FIELD "," REQUIRED_REST)

#define AFTER_DATA "0261 02 04434e 045255 02"

#define DECIMAL(scale)                                                                             \
    "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":20,\"scale\":" scale "}"
#define FIXED_DECIMAL(size, scale)                                                                 \
    "{\"type\":\"fixed\",\"name\":\"F\",\"size\":" size                                            \
    ",\"logicalType\":\"decimal\",\"precision\":20,\"scale\":" scale "}"
#define LOGICAL(type, name) "{\"type\":\"" type "\",\"logicalType\":\"" name "\"}"

/* Hex with blanks where they help. */
static inline size_t
from_hex(const char *hex, uint8_t *out)
{
    size_t size = 0;

    for (; *hex != '\0'; hex++) {
        unsigned byte;

        if (*hex == ' ')
            continue;
        ck_assert_int_eq(sscanf(hex, "%2x", &byte), 1);
        out[size++] = (uint8_t)byte;
        hex++;
    }
    return size;
}

/* A copy with nothing behind it, so that a look too far is seen. */
static inline uint8_t *
alone(const uint8_t *at, size_t size)
{
    uint8_t *copy = malloc(size == 0 ? 1 : size);

    ck_assert_ptr_nonnull(copy);
    memcpy(copy, at, size);
    return copy;
}

/* Decode such a copy; the texts of *out are gone afterwards. */
static inline enum fault
decode_alone(const struct plan *plan, const uint8_t *at, size_t size, struct draft *out)
{
    uint8_t *copy = alone(at, size);
    struct why why = { 0 };
    enum fault fault = plan_decode(plan, copy, size, out, &why);

    ck_assert_int_eq(fault != FAULT_NONE, why.text[0] != '\0');
    free(copy);
    return fault;
}

#endif
