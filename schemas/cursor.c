#include "schemas/cursor.h"

bool
take_wide_varint(struct cursor *c, uint64_t *out)
{
    uint64_t n = 0;

    for (int shift = 0; shift < 64; shift += 7) {
        uint8_t byte;

        if (c->at == c->end)
            return complain(c, "a number is cut short");
        byte = *c->at++;
        if (shift == 63 && byte > 1)
            break;
        n |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *out = n;
            return true;
        }
    }
    return complain(c, "a number is longer than 64 bits");
}

bool
next_item(struct cursor *c, struct blocks *b, bool items_are_empty, bool *more)
{
    while (b->items == 0) {
        int64_t count, bytes;

        if (b->has_end && b->must_end != c->at)
            return complain(c, "a block is not as long as it says");
        b->has_end = false;
        if (!take_long(c, &count))
            return false;
        if (count == 0) {
            *more = false;
            return true;
        }
        if (count < 0) {
            if (!take_long(c, &bytes))
                return false;
            if (bytes < 0 || (uint64_t)bytes > left(c))
                return complain(c, "a block is longer than the message");
            b->has_end = true;
            b->must_end = c->at + bytes;
        }
        b->items = items_are_empty ? 0 : count < 0 ? -(uint64_t)count : (uint64_t)count;
        if (b->items > left(c))
            return complain(c, "a block has more items than the message has bytes");
    }
    b->items--;
    *more = true;
    return true;
}
