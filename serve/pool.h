/* pool.h - threads that read Redis, each over a connection of its own.
 *
 * One takes all questions that wait, up to POOL_AT_ONCE, and asks them in one pipeline: the more
 * there is to do, the less each one costs.  What takes long (why, doubts) has a thread of its own,
 * so that nobody waits behind it.
 */
#ifndef SERVE_POOL_H
#define SERVE_POOL_H

#include "serve/task.h"

enum {
    POOL_AT_ONCE = 64,    /* questions in a pipeline */
    POOL_QUEUE = 4096,    /* that may wait */
    POOL_SLOW_QUEUE = 64, /* likewise of what takes long */
    POOL_WORKERS_MOST = 64,
    POOL_ANSWER_MS = 900,        /* a question is answered then, whatever Redis does */
    POOL_SLOW_ANSWER_MS = 30000, /* what takes long */
};

struct pool;

/* `wake_fd` becomes readable whenever something is done.  What lookup borrows must stay. */
MUST_USE enum fault pool_open(const struct lookup *lookup, const char *redis, unsigned workers,
                              int wake_fd, struct pool **out, struct why *why);
/* Ends when what is under way is done; tasks that wait are freed.  NULL is fine. */
void pool_close(struct pool *pool);

/* Something to do: pool_go() hands it over, with all that was put since the last time, so that it
 * goes in one pipeline.  False: too much waits already, and it is still the caller's. */
bool pool_put(struct pool *pool, struct task *task);
void pool_go(struct pool *pool);
/* What is done, linked by `next`; NULL: nothing. */
struct task *pool_done(struct pool *pool);

#endif
