/* zlib, and several members of a gzip behind each other (RFC 1952). */
#include "ingest/unpack.h"

#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

struct unpack {
    z_stream stream;
    bool is_whole; /* the member has ended */
};

enum { GZIP_ALONE = 16 + MAX_WBITS }; /* inflateInit2(): no zlib format */

struct unpack *
unpack_new(void)
{
    struct unpack *u = calloc(1, sizeof *u);

    if (u != NULL && inflateInit2(&u->stream, GZIP_ALONE) == Z_OK)
        return u;
    free(u);
    return NULL;
}

void
unpack_free(struct unpack *u)
{
    if (u == NULL)
        return;
    (void)inflateEnd(&u->stream);
    free(u);
}

bool
unpack(struct unpack *u, const char *in, size_t in_bytes, size_t *used, char *out, size_t out_bytes,
       size_t *made)
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

bool
unpack_is_whole(const struct unpack *u)
{
    return u->is_whole;
}
