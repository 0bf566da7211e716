/* pattern.h - the patterns of a record's short texts.
 *
 * All are ASCII, so a text that has its pattern is also well-formed UTF-8
 * without NUL and short.  Each loop looks at every byte without branching.
 */
#ifndef RECORD_PATTERN_H
#define RECORD_PATTERN_H

#include "base/text.h"

enum {
    PATTERN_ID_MOST = 128,
    PATTERN_AREA_LEAST = 2,
    PATTERN_AREA_MOST = 12,
    PATTERN_COMMODITY_MOST = 10,
    PATTERN_SECTOR_MOST = 32,
};

static inline bool
pattern_within(char c, char first, char last)
{
    return (unsigned char)(c - first) <= (unsigned char)(last - first);
}

/* [!-~]{1,128}.  The one long pattern, so eight bytes at a time: a byte sets
 * its high bit when it is above 0x7F, is 0x7F (plus one) or is below '!' (less
 * '!'); a carry can only come from a byte that is bad itself. */
static inline bool
pattern_is_id(struct text t)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t eight, bad = 0;
    bool good = true;
    size_t i = 0;

    if (t.length < 1 || t.length > PATTERN_ID_MOST)
        return false;
    for (; t.length - i >= sizeof eight; i += sizeof eight) {
        memcpy(&eight, t.at + i, sizeof eight);
        bad |= eight | (eight + ones) | (eight - ones * '!');
    }
    /* The rest with some of the bytes before it once more. */
    if (i < t.length && i > 0) {
        memcpy(&eight, t.at + t.length - sizeof eight, sizeof eight);
        bad |= eight | (eight + ones) | (eight - ones * '!');
        i = t.length;
    }
    for (; i < t.length; i++)
        good &= pattern_within(t.at[i], '!', '~');
    return good && (bad & ones << 7) == 0;
}

/* [A-Z0-9-]{2,12} */
static inline bool
pattern_is_area(struct text t)
{
    bool good = true;

    if (t.length < PATTERN_AREA_LEAST || t.length > PATTERN_AREA_MOST)
        return false;
    for (size_t i = 0; i < t.length; i++)
        good &= pattern_within(t.at[i], 'A', 'Z') | pattern_within(t.at[i], '0', '9') |
                (t.at[i] == '-');
    return good;
}

/* 2, 4, 6, 8 or 10 digits */
static inline bool
pattern_is_commodity(struct text t)
{
    bool good = true;

    if (t.length == 0 || t.length % 2 != 0 || t.length > PATTERN_COMMODITY_MOST)
        return false;
    for (size_t i = 0; i < t.length; i++)
        good &= pattern_within(t.at[i], '0', '9');
    return good;
}

/* [a-z0-9-]{1,32} */
static inline bool
pattern_is_sector(struct text t)
{
    bool good = true;

    if (t.length < 1 || t.length > PATTERN_SECTOR_MOST)
        return false;
    for (size_t i = 0; i < t.length; i++)
        good &= pattern_within(t.at[i], 'a', 'z') | pattern_within(t.at[i], '0', '9') |
                (t.at[i] == '-');
    return good;
}

#endif
