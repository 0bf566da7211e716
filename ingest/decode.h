/* decode.h - bytes of a file to UTF-8, a piece at a time.
 */
#ifndef INGEST_DECODE_H
#define INGEST_DECODE_H

#include "base/fault.h"
#include "base/text.h"

struct decoder;

/* What the bytes may be; of both it is decided by the first line that is not ASCII alone.
 * FAULT_FILE: this machine's iconv has no GB18030. */
MUST_USE enum fault
decoder_new(bool may_be_utf8, bool may_be_gb18030, struct decoder **out, struct why *why);
/* NULL is fine. */
void decoder_free(struct decoder *decoder);

/* Some of `in` into some of `out`: *used and *made bytes.  What is none of the encoding becomes
 * the byte FF, which no text in UTF-8 has, so that the cell with it is refused.  The byte order
 * mark at the beginning of a file is left out.  is_end: no more will come. */
void decode(struct decoder *decoder, struct text in, bool is_end, size_t *used, char *out,
            size_t out_bytes, size_t *made);

#endif
