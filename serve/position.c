/* Positions as bytes of a fixed layout, so that an id has one length for each number of scopes, and
 * any other one is refused before it is looked at. */
#include "serve/position.h"

#include "base/crc32.h"

#include <inttypes.h>

enum { FORMAT = 1, HEAD_BYTES = 6, SCOPE_BYTES = 12, NUMBER_LIMIT = 1 << 24 };
enum { BYTES_MOST = HEAD_BYTES + SCOPE_BYTES * POSITION_SCOPES_MOST };

int
position_compare(const struct position *a, const struct position *b)
{
    if (a->ms != b->ms)
        return a->ms < b->ms ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

bool
position_read(struct text entry_id, struct text version, struct text partners, struct position *out)
{
    const char *dash = entry_id.length == 0 ? NULL : memchr(entry_id.at, '-', entry_id.length);
    if (dash == NULL)
        return false;
    size_t before = (size_t)(dash - entry_id.at);
    int64_t ms = text_number((struct text){ entry_id.at, before });
    int64_t number = text_number((struct text){ dash + 1, entry_id.length - before - 1 });
    if (ms <= 0 || ms >> 48 != 0 || number < 0 || number >= NUMBER_LIMIT)
        return false;
    uint32_t sum = crc32_of(0, version.at, version.length);
    sum = crc32_of(sum, " ", 1);
    sum = crc32_of(sum, partners.at, partners.length);
    *out = (struct position){ ms, (uint32_t)number, (uint16_t)(sum ^ sum >> 16), 0 };
    return true;
}

struct text
position_write(const struct position *p, char out[POSITION_ENTRY_TEXT])
{
    int length = snprintf(out, POSITION_ENTRY_TEXT, "%" PRId64 "-%" PRIu32, p->ms, p->number);
    return (struct text){ out, (size_t)length };
}

uint8_t
position_standing(int32_t day, int trust)
{
    return (uint8_t)((day < 0 ? 0 : day % 32) * 8 + trust % 8);
}

/* ---- ids -------------------------------------------------------------------------------- */

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Most significant byte first. */
static uint8_t *
put_number(uint8_t *out, uint64_t number, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--)
        *out++ = (uint8_t)(number >> 8 * i);
    return out;
}

static uint64_t
take_number(const uint8_t **at, int bytes)
{
    uint64_t number = 0;
    for (int i = 0; i < bytes; i++)
        number = number << 8 | *(*at)++;
    return number;
}

size_t
position_id_write(uint32_t question, const struct position *at, size_t count,
                  char out[POSITION_ID_BYTES])
{
    uint8_t bytes[BYTES_MOST] = { 0 }, *end = bytes;
    size_t length = 0;
    end = put_number(end, FORMAT, 1);
    end = put_number(end, question, 4);
    end = put_number(end, count, 1);
    for (size_t i = 0; i < count; i++) {
        end = put_number(end, (uint64_t)at[i].ms, 6);
        end = put_number(end, at[i].number, 3);
        end = put_number(end, at[i].check, 2);
        end = put_number(end, at[i].standing, 1);
    }
    /* All lengths are multiples of three. */
    for (size_t i = 0; i < (size_t)(end - bytes); i += 3) {
        const uint8_t *from = bytes + i;
        uint32_t three = (uint32_t)take_number(&from, 3);
        for (int shift = 18; shift >= 0; shift -= 6)
            out[length++] = letters[three >> shift & 63];
    }
    out[length] = '\0';
    return length;
}

/* Four letters are three bytes.  False: there is another letter among them. */
static bool
read_letters(const char *at, uint8_t out[3])
{
    uint32_t number = 0;
    for (int i = 0; i < 4; i++) {
        const char *letter = at[i] == '\0' ? NULL : strchr(letters, at[i]);
        if (letter == NULL)
            return false;
        number = number << 6 | (uint32_t)(letter - letters);
    }
    (void)put_number(out, number, 3);
    return true;
}

bool
position_id_read(struct text id, uint32_t question, struct position *out, size_t count)
{
    uint8_t bytes[BYTES_MOST] = { 0 };
    const uint8_t *at = bytes;
    if (id.length != (HEAD_BYTES + SCOPE_BYTES * count) / 3 * 4)
        return false;
    for (size_t i = 0; i < id.length / 4; i++)
        if (!read_letters(id.at + 4 * i, bytes + 3 * i))
            return false;
    if (take_number(&at, 1) != FORMAT || take_number(&at, 4) != question ||
        take_number(&at, 1) != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        out[i].ms = (int64_t)take_number(&at, 6);
        out[i].number = (uint32_t)take_number(&at, 3);
        out[i].check = (uint16_t)take_number(&at, 2);
        out[i].standing = (uint8_t)take_number(&at, 1);
    }
    return true;
}
