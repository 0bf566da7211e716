#include "store/slots.h"

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
        if (close != NULL && close > tag.at)
            key = (struct text){ tag.at, (size_t)(close - tag.at) };
    }
    return (int)(crc16(key) % SLOT_COUNT);
}

/* A host that may be empty (then `known`'s), and its port. */
static bool
address_from(struct text host, int64_t port, const struct address *known, struct address *out)
{
    if (host.length == 0)
        host = text_of(known->host);
    if (host.length >= sizeof out->host || port < 1 || port > 65535 ||
        text_equal(host, TEXT_LITERAL("?"))) /* a host name is preferred, and not known yet */
        return false;
    memset(out, 0, sizeof *out);
    memcpy(out->host, host.at, host.length);
    out->port = (int)port;
    return true;
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

/* A number at the end of t; -1 when there is none.  t is what stands before it. */
static int64_t
take_number_off(struct text *t)
{
    size_t begin = t->length;
    int64_t n = 0;

    while (begin > 0 && '0' <= t->at[begin - 1] && t->at[begin - 1] <= '9')
        begin--;
    if (begin == t->length || t->length - begin > 6)
        return -1;
    for (size_t i = begin; i < t->length; i++)
        n = n * 10 + (t->at[i] - '0');
    t->length = begin;
    return n;
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
    struct text rest = { error.at + word, error.length - word };
    const char *blank = memchr(rest.at, ' ', rest.length);
    if (blank == NULL)
        return false;
    struct text number = { rest.at, (size_t)(blank - rest.at) };
    struct text place = { blank + 1, rest.length - number.length - 1 };
    int64_t slot = take_number_off(&number), port = take_number_off(&place);
    if (slot < 0 || slot >= SLOT_COUNT || number.length > 0 || place.length == 0 ||
        place.at[place.length - 1] != ':')
        return false;
    place.length--;
    if (!address_from(place, port, from, &to))
        return false;
    *out = (struct redirection){ .is_ask = is_ask, .slot = (int)slot, .to = to };
    return true;
}
