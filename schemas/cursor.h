/* cursor.h - values of Avro's binary encoding, one after the other.
 *
 * Every take_ is false, with a complaint, when the bytes don't hold such a
 * value; *out is then not to be used.  at <= end, always; every length is
 * compared with end - at before it is used.
 */
#ifndef SCHEMAS_CURSOR_H
#define SCHEMAS_CURSOR_H

#include "base/text.h"

struct cursor {
    const uint8_t *at, *end;
    const char *complaint; /* set once something isn't Avro */
};

/* Any unsigned varint of up to 64 bits; longer than need be is allowed. */
bool take_wide_varint(struct cursor *c, uint64_t *out);

static inline bool
complain(struct cursor *c, const char *what)
{
    c->complaint = what;
    return false;
}

static inline size_t
left(const struct cursor *c)
{
    return (size_t)(c->end - c->at);
}

static inline bool
take_long(struct cursor *c, int64_t *out)
{
    uint64_t n;

    if (c->at < c->end && *c->at < 0x80)
        n = *c->at++;
    else if (!take_wide_varint(c, &n))
        return false;
    *out = (int64_t)(n >> 1) ^ -(int64_t)(n & 1);
    return true;
}

static inline bool
take_int(struct cursor *c, int64_t *out)
{
    if (!take_long(c, out))
        return false;
    return (INT32_MIN <= *out && *out <= INT32_MAX) || complain(c, "an int is longer than 32 bits");
}

/* The number of a symbol or a branch. */
static inline bool
take_number(struct cursor *c, uint32_t count, uint32_t *out)
{
    int64_t n;

    if (!take_long(c, &n))
        return false;
    if (n < 0 || n >= (int64_t)count)
        return complain(c, "a symbol or a branch that the schema doesn't have");
    *out = (uint32_t)n;
    return true;
}

static inline bool
take_run(struct cursor *c, uint64_t length, struct text *out)
{
    if (length > left(c))
        return complain(c, "a value is longer than the message");
    *out = (struct text){ (const char *)c->at, (size_t)length };
    c->at += length;
    return true;
}

static inline bool
take_text(struct cursor *c, struct text *out)
{
    int64_t length;

    if (!take_long(c, &length))
        return false;
    if (length < 0)
        return complain(c, "a length is negative");
    return take_run(c, (uint64_t)length, out);
}

/* ---- blocks of arrays and maps ---------------------------------------------- */

/*  count, items ... | -count, bytes, items ... | 0  */
struct blocks {
    uint64_t items; /* still to come in this block */
    bool has_end;   /* it says where it ends: */
    const uint8_t *must_end;
};

/* Step to the next item.  False: there is none, after the last one or with a
 * complaint.  Each item takes at least one byte, unless they are all empty: then
 * they are stepped over at once, however many there are. */
bool next_item(struct cursor *c, struct blocks *b, bool items_are_empty);

#endif
