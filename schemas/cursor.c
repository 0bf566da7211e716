/* Reading Avro data: numbers, lengths, blocks of arrays and maps, each checked
 * against the bytes that are left.
 *
 * The bytes come from anybody who can write to the topic.  No number in them is
 * believed: a length is compared with what is left, a count with what could lie
 * in it. */
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
        /* Nine bytes give 63 bits; of the tenth only the lowest bit is left.
         * More would be lost without a word, and two runs of bytes would mean
         * one number. */
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
next_item(struct cursor *c, struct blocks *b, bool items_are_empty)
{
    while (b->items == 0) {
        int64_t count, bytes;

        /* What a block said of its length must be so: it could otherwise hide
         * bytes from a reader that steps over the block, and not from one that
         * reads its items. */
        if (b->has_end && b->must_end != c->at)
            return complain(c, "a block is not as long as it says");
        b->has_end = false;
        /* A block of no items ends the array or map. */
        if (!take_long(c, &count) || count == 0)
            return false;
        /* A negative count comes with the block's length in bytes. */
        if (count < 0) {
            if (!take_long(c, &bytes))
                return false;
            if (bytes < 0 || (uint64_t)bytes > left(c))
                return complain(c, "a block is longer than the message");
            b->has_end = true;
            b->must_end = c->at + bytes;
        }
        /* Empty items take no bytes, so any count of them is possible: they are
         * skipped at once.  -(uint64_t) is right for INT64_MIN, too. */
        b->items = items_are_empty ? 0 : count < 0 ? -(uint64_t)count : (uint64_t)count;
        if (b->items > left(c))
            return complain(c, "a block has more items than the message has bytes");
    }
    b->items--;
    return true;
}
