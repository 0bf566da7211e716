/* batch_inside.h - what batch.c and batch_read.c share; for them only. */
#ifndef INGEST_BATCH_INSIDE_H
#define INGEST_BATCH_INSIDE_H

#include "base/grow.h"
#include "ingest/batch.h"

/* False: no memory. */
static inline bool
bytes_put(struct bytes *b, const void *at, size_t length)
{
    char *larger = grow(b->at, &b->room, b->length + length, 1);
    if (larger == NULL)
        return false;
    b->at = larger;
    memcpy(larger + b->length, at, length);
    b->length += length;
    return true;
}

#endif
