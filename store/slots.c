/* Hash slots of a cluster, and what MOVED and ASK say.
 *
 * Redis Cluster's specification has the rules: only what stands between the
 * first { and the next } is hashed, so that our keys of one province or
 * partition lie in one slot. */
#include "store/slots.h"

/* CRC-16/XMODEM, bit by bit: a key's tag is short. */
static unsigned
crc16(struct text t)
{
    unsigned crc = 0;

    for (size_t i = 0; i < t.length; i++) {
        crc ^= (unsigned)(unsigned char)t.at[i] << 8;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc & 0x8000) != 0 ? (crc << 1 ^ 0x1021) & 0xffff : crc << 1;
    }
    return crc;
}

int
slot_of(struct text key)
{
    const char *open = key.length == 0 ? NULL : memchr(key.at, '{', key.length);

    if (open != NULL) {
        struct text tag = { open + 1, key.length - (size_t)(open + 1 - key.at) };
        const char *close = tag.length == 0 ? NULL : memchr(tag.at, '}', tag.length);
        /* Nothing between the braces is no tag: then the whole key counts. */
        if (close != NULL && close > tag.at)
            key = (struct text){ tag.at, (size_t)(close - tag.at) };
    }
    return (int)(crc16(key) % SLOT_COUNT);
}

/* A host that may be empty (then `known`'s), and its port. */
static bool
address_from(struct text host, int64_t port, const struct address *known, struct address *out)
{
    if (text_equal(host, TEXT_LITERAL("?"))) /* a host name is preferred, and not known yet */
        return false;
    return address_make(host.length == 0 ? text_of(known->host) : host, port, out);
}

bool
slot_range_read(const struct answer *row, const struct address *asked, struct slot_range *out)
{
    const struct answer *master;
    struct slot_range range;

    if (row->kind != ANSWER_LIST || row->count < 3)
        return false;
    master = &row->items[2];
    if (row->items[0].kind != ANSWER_INTEGER || row->items[1].kind != ANSWER_INTEGER ||
        row->items[0].integer < 0 || row->items[1].integer < row->items[0].integer ||
        row->items[1].integer >= SLOT_COUNT)
        return false;
    /* Names may be given as a text or, where only the address is known, as nil. */
    if (master->kind != ANSWER_LIST || master->count < 2 ||
        (master->items[0].kind != ANSWER_TEXT && master->items[0].kind != ANSWER_NIL) ||
        master->items[1].kind != ANSWER_INTEGER ||
        !address_from(master->items[0].text, master->items[1].integer, asked, &range.master))
        return false;
    range.first = (int)row->items[0].integer;
    range.last = (int)row->items[1].integer;
    *out = range;
    return true;
}

bool
redirection_read(struct text error, const struct address *from, struct redirection *out)
{
    bool is_ask = error.length > 4 && memcmp(error.at, "ASK ", 4) == 0;
    bool is_moved = error.length > 6 && memcmp(error.at, "MOVED ", 6) == 0;
    size_t word = is_ask ? 4 : 6;
    struct address to;

    if (!is_ask && !is_moved)
        return false;
    /* "3999 127.0.0.1:6381": the host itself may hold colons, so the port stands
     * behind the last one. */
    struct text rest = { error.at + word, error.length - word };
    const char *end = rest.at + rest.length, *blank = memchr(rest.at, ' ', rest.length);
    const char *colon = blank == NULL ? NULL : memrchr(blank, ':', (size_t)(end - blank));
    if (colon == NULL)
        return false;
    int64_t slot = text_number((struct text){ rest.at, (size_t)(blank - rest.at) });
    int64_t port = text_number((struct text){ colon + 1, (size_t)(end - colon - 1) });
    struct text host = { blank + 1, (size_t)(colon - blank - 1) };
    if (slot < 0 || slot >= SLOT_COUNT || !address_from(host, port, from, &to))
        return false;
    *out = (struct redirection){ .is_ask = is_ask, .slot = (int)slot, .to = to };
    return true;
}
