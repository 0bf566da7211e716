/* tag.h - versions of a partition, and the tags that name them in a scope
 * (docs/protocol.md).
 *
 *      version   0123456789abcdef.42           random per process start, counter
 *      plain     0123456789abcdef.42@2024-01-31
 *      half      A>B|k      A empty or plain, B plain, 1 <= k <= 255: cells
 *                           whose bucket is below k are at B, the others at A
 *
 * A tag that has not this shape is TAG_STRANGE, which is treated as unknown.
 */
#ifndef LEDGER_TAG_H
#define LEDGER_TAG_H

#include "base/day.h"

struct version {
    uint64_t start;   /* random per process start */
    uint64_t counter; /* from 1; { 0, 0 } is no version */
};

enum {
    VERSION_TEXT = 38, /* 16 hex digits, '.', 20 digits, NUL */
    TAG_TEXT = 112,
    BUCKETS = 256,
};

static inline bool
version_equal(struct version a, struct version b)
{
    return a.start == b.start && a.counter == b.counter;
}
static inline bool
version_is_none(struct version v)
{
    return v.start == 0 && v.counter == 0;
}

/* "" for no version.  Returns the length. */
size_t version_write(struct version v, char out[VERSION_TEXT]);
/* The same back, in this spelling alone.  False, and *out untouched, for any
 * other text, also the empty one. */
MUST_USE bool version_read(struct text t, struct version *out);

/* A version on a day: what a plain tag says. */
struct moment {
    struct version version; /* none: the empty content, whatever the day */
    int32_t day;
};
static inline bool
moment_equal(struct moment a, struct moment b)
{
    return version_equal(a.version, b.version) && (version_is_none(a.version) || a.day == b.day);
}

enum tag_form { TAG_EMPTY, TAG_PLAIN, TAG_HALF, TAG_STRANGE };
struct tag {
    enum tag_form form;
    struct moment from; /* plain: the moment; half: A */
    struct moment to;   /* half: B */
    int bucket;         /* half: k */
};

/* Read a tag; everything that has no known shape is TAG_STRANGE. */
struct tag tag_read(struct text t);

/* Write TAG_EMPTY, TAG_PLAIN or TAG_HALF; returns the length. */
size_t tag_write(const struct tag *tag, char out[TAG_TEXT]);

/* Of one shape, and naming the same.  A TAG_STRANGE equals none, not even
 * itself. */
bool tag_equal(const struct tag *a, const struct tag *b);

static inline struct tag
tag_plain(struct moment at)
{
    return (struct tag){ .form = version_is_none(at.version) ? TAG_EMPTY : TAG_PLAIN, .from = at };
}

/* The bucket of a cell: CRC-32 of its key up to the partner ("{CN-LN}:RU", without the prefix),
 * plus that of its field modulo 16, modulo BUCKETS.  So a step has all windows of few partners,
 * which often change alike, and a sixteenth of a large partner.  Every owner must deal alike, for
 * ever: who deals in another way needs another sign than '|' (before, it was '~', with eighths of
 * single hashes, and '#'). */
int cell_bucket(struct text key, struct text field);
/* The same in parts, for who asks of many cells. */
uint32_t key_crc(struct text key);
int field_part(struct text field); /* 0..15 */
static inline int
bucket_in(uint32_t key_crc, int field_part)
{
    return (int)((key_crc + (uint32_t)field_part) % BUCKETS);
}

#endif
