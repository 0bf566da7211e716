/* pack.h - bodies packed for the way: gzip (RFC 1952), where who asks understands it. */
#ifndef HTTP_PACK_H
#define HTTP_PACK_H

#include "base/bytes.h"

/* Does an Accept-Encoding field take gzip (RFC 9110, 12.5.3)?  NULL: it does not stand there. */
bool pack_is_wanted(const char *accept_encoding);

/* The same bytes packed, in *out, which the caller frees.  False: no memory; *out is as it was. */
bool pack_gzip(struct text body, char **out, size_t *length);

#endif
