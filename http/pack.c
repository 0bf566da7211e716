/* gzip by zlib, as fast as it goes: an answer is packed once and read once. */
#include "http/pack.h"

#include <stdlib.h>
#include <strings.h>
#include <zlib.h>

enum { LEVEL = 4, WINDOW_BITS = 15 + 16 /* of gzip */, MEMORY_LEVEL = 8 };

/* "gzip;q=0" refuses it.  A weight below 1 is as good as 1: there is nothing else to choose. */
static bool
is_refused(const char *parameters, size_t length)
{
    for (size_t i = 0; i + 2 < length; i++) {
        if (strncasecmp(parameters + i, "q=", 2) != 0)
            continue;
        size_t at = i + 2, digits = strspn(parameters + at, "0.");
        return digits > 0 && (at + digits >= length || strchr(" ;,", parameters[at + digits]));
    }
    return false;
}

bool
pack_is_wanted(const char *accept_encoding)
{
    const char *at = accept_encoding;

    while (at != NULL && *at != '\0') {
        at += strspn(at, " \t,");
        size_t length = strcspn(at, ","), name = strcspn(at, " \t;,");
        if ((name == 4 && strncasecmp(at, "gzip", 4) == 0) || (name == 1 && at[0] == '*'))
            return !is_refused(at + name, length - name);
        at += length;
    }
    return false;
}

bool
pack_gzip(struct text body, char **out, size_t *length)
{
    z_stream z = { 0 };

    if (body.length > UINT32_MAX ||
        deflateInit2(&z, LEVEL, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    size_t room = deflateBound(&z, body.length);
    char *packed = malloc(room);
    if (packed != NULL) {
        z.next_in = (unsigned char *)(uintptr_t)body.at;
        z.avail_in = (unsigned)body.length;
        z.next_out = (unsigned char *)packed;
        z.avail_out = (unsigned)room;
        if (deflate(&z, Z_FINISH) == Z_STREAM_END) {
            *out = packed;
            *length = z.total_out;
        } else {
            free(packed);
            packed = NULL;
        }
    }
    (void)deflateEnd(&z);
    return packed != NULL;
}
