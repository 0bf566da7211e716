/* UTF-8 as it is, GB18030 by iconv.
 *
 * Which of the two a file is can be told from a line of Chinese: hardly any in GB18030
 * is well-formed UTF-8.  A file that has only ASCII so far may be both, and is copied. */
#include "ingest/decode.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>

enum {
    LOOK_BYTES = 8192, /* so much of a line decides */
    MARK_BYTES = 3,
    CHARACTER_MOST = 4, /* bytes of a character, in both */
};

enum encoding { UNDECIDED, UTF_8, GB18030 };

struct decoder {
    bool may_be_utf8, may_be_gb18030;
    bool begun; /* the byte order mark was looked for */
    enum encoding encoding;
    iconv_t iconv;
};

enum fault
decoder_new(bool may_be_utf8, bool may_be_gb18030, struct decoder **out, struct why *why)
{
    struct decoder *d = calloc(1, sizeof *d);

    if (d == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory to decode a file");
    d->may_be_utf8 = may_be_utf8;
    d->may_be_gb18030 = may_be_gb18030;
    d->encoding = may_be_utf8 && may_be_gb18030 ? UNDECIDED : may_be_utf8 ? UTF_8 : GB18030;
    d->iconv = may_be_gb18030 ? iconv_open("UTF-8", "GB18030") : (iconv_t)-1;
    if (may_be_gb18030 && d->iconv == (iconv_t)-1) {
        decoder_free(d);
        return why_set(why, FAULT_FILE,
                       "this machine's iconv has no GB18030 (its gconv modules "
                       "are a package of their own)");
    }
    *out = d;
    return FAULT_NONE;
}

void
decoder_free(struct decoder *decoder)
{
    if (decoder == NULL)
        return;
    if (decoder->iconv != (iconv_t)-1)
        (void)iconv_close(decoder->iconv);
    free(decoder);
}

/* As many bytes as there is room for. */
static void
copy(struct text in, size_t *used, char *out, size_t out_bytes, size_t *made)
{
    *used = *made = in.length < out_bytes ? in.length : out_bytes;
    if (*used > 0)
        memmove(out, in.at, *used);
}

/* The line that the first byte beyond ASCII is on decides.  False: it is not all here. */
static bool
decide(struct decoder *d, struct text in, size_t first, bool is_end)
{
    const char *end = memchr(in.at + first, '\n', in.length - first);
    struct text line = { in.at + first,
                         end == NULL ? in.length - first : (size_t)(end - in.at) - first };

    if (end == NULL && !is_end && line.length < LOOK_BYTES)
        return false;
    if (line.length > LOOK_BYTES)
        line.length = LOOK_BYTES;
    if (end == NULL) /* the last character may be cut off */
        for (int i = 1; i < CHARACTER_MOST && !text_is_utf8(line) && line.length > 1; i++)
            line.length--;
    d->encoding = text_is_utf8(line) ? UTF_8 : GB18030;
    return true;
}

static void
convert(struct decoder *d, struct text in, bool is_end, size_t *used, char *out, size_t out_bytes,
        size_t *made)
{
    char *from = (char *)(uintptr_t)in.at; /* iconv only reads it */
    size_t left = in.length, room = out_bytes;

    while (left > 0) {
        if (iconv(d->iconv, &from, &left, &out, &room) != (size_t)-1)
            break;
        if (errno == E2BIG || room == 0)
            break;
        if (errno == EINVAL && !is_end) /* half a character */
            break;
        *out++ = (char)0xFF;
        room--;
        from++;
        left--;
        (void)iconv(d->iconv, NULL, NULL, NULL, NULL);
    }
    *used = in.length - left;
    *made = out_bytes - room;
}

/* The byte order mark, once; false: it can't be told yet whether there is one. */
static bool
begin(struct decoder *d, struct text in, bool is_end, size_t *mark)
{
    *mark = 0;
    if (d->begun)
        return true;
    if (in.length < MARK_BYTES && !is_end && memcmp(in.at, "\xEF\xBB\xBF", in.length) == 0)
        return false;
    d->begun = true;
    if (in.length >= MARK_BYTES && memcmp(in.at, "\xEF\xBB\xBF", MARK_BYTES) == 0) {
        *mark = MARK_BYTES;
        d->encoding = UTF_8; /* whatever the map says */
    }
    return true;
}

void
decode(struct decoder *d, struct text in, bool is_end, size_t *used, char *out, size_t out_bytes,
       size_t *made)
{
    size_t mark, first = 0;

    *used = *made = 0;
    if (in.length == 0 || !begin(d, in, is_end, &mark))
        return;
    in = (struct text){ in.at + mark, in.length - mark };
    while (first < in.length && (signed char)in.at[first] >= 0)
        first++;
    if (d->encoding == UNDECIDED && first < in.length && !decide(d, in, first, is_end))
        in.length = first; /* what is ASCII is the same in both */
    if (d->encoding == GB18030)
        convert(d, in, is_end, used, out, out_bytes, made);
    else
        copy(in, used, out, out_bytes, made);
    *used += mark;
}
