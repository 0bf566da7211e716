/* reader.h - a round of the reader, for its two files. */
#ifndef SERVE_READER_H
#define SERVE_READER_H

#include "serve/stream_inside.h"
#include "serve/wants.h"

struct round {
    struct streams *streams;
    struct tail *tail;
    uint64_t scopes; /* that are read */
    int64_t now_ms;
    struct tail_news news;
    struct claim claims[CLAIMS_MOST];
    size_t claim_count;
    struct watcher *backs[CLAIMS_MOST]; /* whose claims they are */
    struct wants wants;
    struct calls calls;
};

/* All of these under the lock. */

/* A watcher whose totals can't be read, or for whom there is no memory, ends: he comes back, and is
 * told what he has missed. */
void reader_end(struct round *round, struct watcher *watcher);
/* Documents that are to be read.  Who gets no place in this round is the first of the next. */
void reader_pick(struct round *round);
/* Give what was read. */
void reader_give(struct round *round);

#endif
