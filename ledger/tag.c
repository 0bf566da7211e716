/* Tags and versions as text, and which of a long push's steps a cell belongs
 * to.
 *
 * A tag is compared as text by the scripts, so each has one spelling: hex
 * digits are small, numbers have no leading zeros.  Reading is as strict as
 * that; what is spelled in another way is TAG_STRANGE, and nobody's. */
#include "ledger/tag.h"

#include "base/crc32.h"

#include <inttypes.h>

enum { START_DIGITS = 16, COUNTER_DIGITS = 20 };

size_t
version_write(struct version v, char out[VERSION_TEXT])
{
    out[0] = '\0';
    if (version_is_none(v))
        return 0;
    return (size_t)snprintf(out, VERSION_TEXT, "%016" PRIx64 ".%" PRIu64, v.start, v.counter);
}

static int
hex_digit(char c)
{
    if ('0' <= c && c <= '9')
        return c - '0';
    return 'a' <= c && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
version_read(struct text t, struct version *out)
{
    struct version v = { 0, 0 };

    /* A counter begins at 1, so its first digit is not 0. */
    if (t.length < START_DIGITS + 2 || t.length > START_DIGITS + 1 + COUNTER_DIGITS ||
        t.at[START_DIGITS] != '.' || t.at[START_DIGITS + 1] == '0')
        return false;
    for (size_t i = 0; i < START_DIGITS; i++) {
        int digit = hex_digit(t.at[i]);
        if (digit < 0)
            return false;
        v.start = v.start << 4 | (uint64_t)digit;
    }
    for (size_t i = START_DIGITS + 1; i < t.length; i++) {
        if (t.at[i] < '0' || t.at[i] > '9' ||
            __builtin_mul_overflow(v.counter, UINT64_C(10), &v.counter) ||
            __builtin_add_overflow(v.counter, (uint64_t)(t.at[i] - '0'), &v.counter))
            return false;
    }
    *out = v;
    return true;
}

/* "version@day"; a moment without a version has no text. */
static bool
moment_read(struct text t, struct moment *out)
{
    const char *at = t.length == 0 ? NULL : memchr(t.at, '@', t.length);
    size_t before;

    if (at == NULL)
        return false;
    before = (size_t)(at - t.at);
    return version_read((struct text){ t.at, before }, &out->version) &&
           day_read((struct text){ at + 1, t.length - before - 1 }, &out->day);
}

/* k of "|k" without leading zeros; 0 when it is none. */
static int
bucket_read(struct text t)
{
    /* Step 0 and step 256 would be plain tags. */
    int64_t k = t.length < 1 || t.at[0] == '0' ? 0 : text_number(t);

    return 0 < k && k < BUCKETS ? (int)k : 0;
}

struct tag
tag_read(struct text t)
{
    struct tag tag = { .form = TAG_STRANGE };
    const char *arrow, *sign;
    struct text from, to;

    if (t.length == 0)
        return (struct tag){ .form = TAG_EMPTY };
    arrow = memchr(t.at, '>', t.length);
    if (arrow == NULL) {
        if (moment_read(t, &tag.from))
            tag.form = TAG_PLAIN;
        return tag;
    }
    from = (struct text){ t.at, (size_t)(arrow - t.at) };
    to = (struct text){ arrow + 1, t.length - from.length - 1 };
    sign = to.length == 0 ? NULL : memchr(to.at, '|', to.length);
    if (sign == NULL)
        return tag;
    tag.bucket = bucket_read((struct text){ sign + 1, to.length - (size_t)(sign - to.at) - 1 });
    to.length = (size_t)(sign - to.at);
    if (tag.bucket > 0 && moment_read(to, &tag.to) &&
        (from.length == 0 || moment_read(from, &tag.from)))
        tag.form = TAG_HALF;
    return tag;
}

/* Nothing for the moment of no version. */
static void
moment_put(struct text_buffer *b, struct moment m)
{
    char version[VERSION_TEXT], day[DAY_TEXT];

    if (version_is_none(m.version))
        return;
    text_put(b, (struct text){ version, version_write(m.version, version) });
    text_put_char(b, '@');
    day_write(m.day, day);
    text_put(b, text_of(day));
}

size_t
tag_write(const struct tag *tag, char out[TAG_TEXT])
{
    struct text_buffer b = { .at = out, .size = TAG_TEXT - 1 };

    if (tag->form == TAG_PLAIN || tag->form == TAG_HALF)
        moment_put(&b, tag->from);
    if (tag->form == TAG_HALF) {
        text_put_char(&b, '>');
        moment_put(&b, tag->to);
        text_put_char(&b, '|');
        text_put_integer(&b, tag->bucket);
    }
    out[b.length] = '\0';
    return b.length;
}

bool
tag_equal(const struct tag *a, const struct tag *b)
{
    if (a->form != b->form || a->form == TAG_STRANGE)
        return false;
    if (a->form == TAG_EMPTY)
        return true;
    if (!moment_equal(a->from, b->from))
        return false;
    return a->form == TAG_PLAIN || (moment_equal(a->to, b->to) && a->bucket == b->bucket);
}

/* "{CN-LN}:RU" of "{CN-LN}:RU:31d:detail". */
static struct text
up_to_partner(struct text key)
{
    const char *scope = key.length == 0 ? NULL : memchr(key.at, '}', key.length);
    size_t begin = scope == NULL ? 0 : (size_t)(scope - key.at) + 2;
    const char *end = begin < key.length ? memchr(key.at + begin, ':', key.length - begin) : NULL;

    return (struct text){ key.at, end == NULL ? key.length : (size_t)(end - key.at) };
}

uint32_t
key_crc(struct text key)
{
    key = up_to_partner(key);
    return crc32_of(0, key.at, key.length);
}

int
field_part(struct text field)
{
    enum { OF_A_PARTNER = 16 };

    return (int)(crc32_of(0, field.at, field.length) % OF_A_PARTNER);
}

int
cell_bucket(struct text key, struct text field)
{
    return bucket_in(key_crc(key), field_part(field));
}
