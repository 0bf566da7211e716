/* unpack.h - what gzip or zstd has packed, a piece at a time.
 */
#ifndef INGEST_UNPACK_H
#define INGEST_UNPACK_H

#include "base/text.h"

enum packer { PACKED_NOT, PACKED_BY_GZIP, PACKED_BY_ZSTD };

/* By the first bytes, of which four are enough. */
enum packer packer_of(struct text begin);

struct unpack;

/* NULL: no memory.  Freeing NULL is fine. */
struct unpack *unpack_new(enum packer packer);
void unpack_free(struct unpack *unpack);

/* Some of `in` into some of `out`: *used and *made bytes.  False: it is not what the packer
 * makes, or damaged, or wants more memory than it may have. */
bool unpack(struct unpack *unpack, const char *in, size_t in_bytes, size_t *used, char *out,
            size_t out_bytes, size_t *made);

/* More is to be had without any `in`: the last `out` was too small. */
bool unpack_holds_more(const struct unpack *unpack);

/* All that was packed has come; several files may stand behind each other. */
bool unpack_is_whole(const struct unpack *unpack);

/* What is said when it is not: constants, NUL-terminated. */
const char *unpack_cut_off(const struct unpack *unpack);
const char *unpack_damaged(const struct unpack *unpack);

#endif
