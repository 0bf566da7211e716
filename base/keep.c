/* Blocks in a list: a copy goes into the newest one, or into a new one of its own size or more. */
#include "base/keep.h"

#include <stdlib.h>

enum { BLOCK_BYTES = 64 * 1024 };

struct keep_block {
    struct keep_block *before;
    size_t used, size;
    char bytes[];
};

struct text
keep_text(struct keep *keep, struct text t)
{
    struct keep_block *block = keep->blocks;

    if (block == NULL || block->size - block->used < t.length) {
        size_t size = t.length > BLOCK_BYTES ? t.length : BLOCK_BYTES;
        block = malloc(sizeof *block + size);
        if (block == NULL)
            return (struct text){ NULL, 0 };
        block->before = keep->blocks;
        block->used = 0;
        block->size = size;
        keep->blocks = block;
    }
    char *at = block->bytes + block->used;
    if (t.length > 0)
        memcpy(at, t.at, t.length);
    block->used += t.length;
    return (struct text){ at, t.length };
}

void
keep_reset(struct keep *keep)
{
    struct keep_block *block = keep->blocks;

    while (block != NULL && block->before != NULL) {
        struct keep_block *before = block->before;
        free(block);
        block = before;
    }
    if (block != NULL)
        block->used = 0;
    keep->blocks = block;
}

void
keep_release(struct keep *keep)
{
    keep_reset(keep);
    free(keep->blocks);
    keep->blocks = NULL;
}
