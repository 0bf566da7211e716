/* zlib, and several members of a gzip behind each other (RFC 1952); zstd, and its
 * frames behind each other (RFC 8878).
 *
 * A frame of zstd says how far back it looks: what it may want is bounded, as
 * its own program bounds it. */
#include "ingest/unpack.h"

#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

enum {
    GZIP_ALONE = 16 + MAX_WBITS, /* inflateInit2(): no zlib format */
    WINDOW_LOG_MOST = 27,        /* 128 MiB, the limit of zstd -d */
};

struct unpack {
    enum packer packer;
    bool is_whole;   /* the member or frame has ended */
    bool holds_more; /* zstd: took all, and has more than there was room for */
    z_stream stream;
    ZSTD_DStream *zstd;
};

enum packer
packer_of(struct text begin)
{
    if (begin.length >= 2 && memcmp(begin.at, "\x1F\x8B", 2) == 0)
        return PACKED_BY_GZIP;
    if (begin.length >= 4 && memcmp(begin.at, "\x28\xB5\x2F\xFD", 4) == 0)
        return PACKED_BY_ZSTD;
    return PACKED_NOT;
}

static bool
open_packer(struct unpack *u)
{
    if (u->packer == PACKED_BY_GZIP)
        return inflateInit2(&u->stream, GZIP_ALONE) == Z_OK;
    u->zstd = ZSTD_createDStream();
    return u->zstd != NULL &&
           !ZSTD_isError(ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MOST));
}

struct unpack *
unpack_new(enum packer packer)
{
    struct unpack *u = calloc(1, sizeof *u);

    if (u == NULL)
        return NULL;
    u->packer = packer;
    if (open_packer(u))
        return u;
    (void)ZSTD_freeDStream(u->zstd);
    free(u);
    return NULL;
}

void
unpack_free(struct unpack *u)
{
    if (u == NULL)
        return;
    if (u->packer == PACKED_BY_GZIP)
        (void)inflateEnd(&u->stream);
    (void)ZSTD_freeDStream(u->zstd);
    free(u);
}

static bool
unpack_gzip(struct unpack *u, const char *in, size_t in_bytes, size_t *used, char *out,
            size_t out_bytes, size_t *made)
{
    int result = Z_OK;

    u->stream.next_in = (Bytef *)(uintptr_t)in; /* zlib only reads it */
    u->stream.avail_in = (uInt)in_bytes;
    u->stream.next_out = (Bytef *)out;
    u->stream.avail_out = (uInt)out_bytes;
    while (u->stream.avail_in > 0 && u->stream.avail_out > 0 && result == Z_OK) {
        /* gzip(1) takes zeros behind the end, too: of a tape, say. */
        if (u->is_whole && *u->stream.next_in == 0) {
            u->stream.next_in++;
            u->stream.avail_in--;
            continue;
        }
        if (u->is_whole && inflateReset(&u->stream) != Z_OK)
            return false;
        u->is_whole = false;
        result = inflate(&u->stream, Z_NO_FLUSH);
        u->is_whole = result == Z_STREAM_END;
        result = u->is_whole ? Z_OK : result;
    }
    *used = in_bytes - u->stream.avail_in;
    *made = out_bytes - u->stream.avail_out;
    return result == Z_OK || result == Z_BUF_ERROR;
}

static bool
unpack_zstd(struct unpack *u, const char *in, size_t in_bytes, size_t *used, char *out,
            size_t out_bytes, size_t *made)
{
    ZSTD_inBuffer from = { in, in_bytes, 0 };
    ZSTD_outBuffer to = { out, out_bytes, 0 };

    do {
        size_t left = ZSTD_decompressStream(u->zstd, &to, &from);

        if (ZSTD_isError(left))
            return false;
        u->is_whole = left == 0;
    } while (to.pos < to.size && from.pos < from.size);
    u->holds_more = to.pos == to.size && !u->is_whole;
    *used = from.pos;
    *made = to.pos;
    return true;
}

bool
unpack(struct unpack *u, const char *in, size_t in_bytes, size_t *used, char *out, size_t out_bytes,
       size_t *made)
{
    *used = *made = 0;
    return u->packer == PACKED_BY_GZIP ? unpack_gzip(u, in, in_bytes, used, out, out_bytes, made)
                                       : unpack_zstd(u, in, in_bytes, used, out, out_bytes, made);
}

bool
unpack_holds_more(const struct unpack *u)
{
    return u->holds_more;
}

bool
unpack_is_whole(const struct unpack *u)
{
    return u->is_whole;
}

const char *
unpack_cut_off(const struct unpack *u)
{
    return u->packer == PACKED_BY_GZIP ? "the gzip ends too early" : "the zstd ends too early";
}

const char *
unpack_damaged(const struct unpack *u)
{
    return u->packer == PACKED_BY_GZIP
               ? "the gzip is damaged"
               : "the zstd is damaged, or needs more than 128 MiB to unpack";
}
