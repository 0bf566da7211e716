/* Our two schemas and CRC-64-AVRO of any schema.
 *
 * The fingerprint in front of a message is all that says what it was written
 * with.  It is the CRC of the canonical form and not of the text, so
 * documentation and layout may change without making a new schema. */
#include "schemas/codec.h"
#include "schemas/shape.h"

extern const char trade_event_avsc[], agreement_avsc[];
extern const size_t trade_event_avsc_length, agreement_avsc_length;

struct text
schema_text(enum record_type type)
{
    if (type == RECORD_TRADE)
        return (struct text){ trade_event_avsc, trade_event_avsc_length };
    return (struct text){ agreement_avsc, agreement_avsc_length };
}

/* Written down, so that nothing can fail; a test works them out again. */
uint64_t
schema_fingerprint(enum record_type type)
{
    return type == RECORD_TRADE ? UINT64_C(0xb4c61ae49c906a27) : UINT64_C(0xdb3d93877ed81fd8);
}

/* Bit by bit: only schemas go through here. */
uint64_t
crc64_avro(uint64_t crc, const void *at, size_t size)
{
    const uint8_t *byte = at;

    for (size_t i = 0; i < size; i++) {
        crc ^= byte[i];
        for (int bit = 0; bit < 8; bit++)
            /* Shifts, and adds the polynomial where a 1 fell out: -(crc & 1) is
             * all ones then. */
            crc = crc >> 1 ^ (CRC64_AVRO_EMPTY & -(crc & 1));
    }
    return crc;
}

/* ---- parsing canonical form -------------------------------------------------
 * Avro 1.11, "Transforming into Parsing Canonical Form": full names, only the
 * attributes that decide how data are read, in one order, without whitespace.
 * It is never written out, only summed. */

static void
sum(uint64_t *crc, const char *s)
{
    *crc = crc64_avro(*crc, s, strlen(s));
}

/* Names need no escapes: shapes_read() lets only [A-Za-z0-9_.] through. */
static void
sum_name(uint64_t *crc, struct text space, struct text name)
{
    sum(crc, "\"");
    if (space.length > 0) {
        *crc = crc64_avro(*crc, space.at, space.length);
        sum(crc, ".");
    }
    *crc = crc64_avro(*crc, name.at, name.length);
    sum(crc, "\"");
}

static void sum_shape(uint64_t *crc, const struct shapes *s, uint32_t index);

/* A type that was defined before is only named.  The form of the standard names
 * it in full. */
static void
sum_member(uint64_t *crc, const struct shapes *s, const struct member *m)
{
    if (m->by_name)
        sum_name(crc, s->shapes[m->shape].space, s->shapes[m->shape].name);
    else
        sum_shape(crc, s, m->shape);
}

/* Of a field only name and type decide how data are read. */
static void
sum_fields(uint64_t *crc, const struct shapes *s, const struct shape *shape)
{
    for (uint32_t i = 0; i < shape->count; i++) {
        const struct member *m = &s->members[shape->first + i];

        sum(crc, i == 0 ? "{\"name\":" : ",{\"name\":");
        sum_name(crc, (struct text){ 0 }, m->name);
        sum(crc, ",\"type\":");
        sum_member(crc, s, m);
        sum(crc, "}");
    }
}

/* Record, enum or fixed, the attributes in the order of the standard. */
static void
sum_named(uint64_t *crc, const struct shapes *s, const struct shape *shape)
{
    char size[32];

    sum(crc, "{\"name\":");
    sum_name(crc, shape->space, shape->name);
    if (shape->kind == SHAPE_RECORD) {
        sum(crc, ",\"type\":\"record\",\"fields\":[");
        sum_fields(crc, s, shape);
        sum(crc, "]}");
    } else if (shape->kind == SHAPE_ENUM) {
        sum(crc, ",\"type\":\"enum\",\"symbols\":[");
        for (uint32_t i = 0; i < shape->count; i++) {
            sum(crc, i == 0 ? "" : ",");
            sum_name(crc, (struct text){ 0 }, s->members[shape->first + i].name);
        }
        sum(crc, "]}");
    } else {
        (void)snprintf(size, sizeof size, "%llu}", (unsigned long long)shape->size);
        sum(crc, ",\"type\":\"fixed\",\"size\":");
        sum(crc, size);
    }
}

/* Recursion is bounded: shapes_read() has refused what is deeper than
 * SHAPE_HEIGHT. */
static void
sum_shape(uint64_t *crc, const struct shapes *s, uint32_t index)
{
    const struct shape *shape = &s->shapes[index];

    if (shape->kind < SHAPE_PRIMITIVE_COUNT) {
        sum_name(crc, (struct text){ 0 }, text_of(shape_kind_name(shape->kind)));
    } else if (shape->kind == SHAPE_UNION) {
        sum(crc, "[");
        for (uint32_t i = 0; i < shape->count; i++) {
            sum(crc, i == 0 ? "" : ",");
            sum_member(crc, s, &s->members[shape->first + i]);
        }
        sum(crc, "]");
    } else if (shape->kind == SHAPE_ARRAY || shape->kind == SHAPE_MAP) {
        sum(crc, shape->kind == SHAPE_ARRAY ? "{\"type\":\"array\",\"items\":"
                                            : "{\"type\":\"map\",\"values\":");
        sum_member(crc, s, &s->members[shape->first]);
        sum(crc, "}");
    } else {
        sum_named(crc, s, shape);
    }
}

uint64_t
shapes_fingerprint(const struct shapes *s)
{
    uint64_t crc = CRC64_AVRO_EMPTY;

    sum_shape(&crc, s, s->root);
    return crc;
}
