/* keep.h - bytes that stay where they are: copies in blocks that never move, all freed together.
 */
#ifndef BASE_KEEP_H
#define BASE_KEEP_H

#include "base/text.h"

struct keep_block;

/* A struct that is all zero is empty. */
struct keep {
    struct keep_block *blocks; /* the newest first */
};

/* A copy that stays until the next reset or release; { NULL, 0 }: no memory. */
struct text keep_text(struct keep *keep, struct text t);
/* Forget all copies; one block is kept for the next ones. */
void keep_reset(struct keep *keep);
/* Free all of it; the struct is all zero then. */
void keep_release(struct keep *keep);

#endif
