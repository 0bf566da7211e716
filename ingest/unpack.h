/* unpack.h - what gzip has packed, a piece at a time.
 */
#ifndef INGEST_UNPACK_H
#define INGEST_UNPACK_H

#include <stdbool.h>
#include <stddef.h>

struct unpack;

/* NULL: no memory.  Freeing NULL is fine. */
struct unpack *unpack_new(void);
void unpack_free(struct unpack *unpack);

/* Some of `in` into some of `out`: *used and *made bytes.  False: it is no gzip, or
 * damaged. */
bool unpack(struct unpack *unpack, const char *in, size_t in_bytes, size_t *used, char *out,
            size_t out_bytes, size_t *made);

/* All that was packed has come; several gzips may stand behind each other. */
bool unpack_is_whole(const struct unpack *unpack);

#endif
