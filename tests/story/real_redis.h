/* real_redis.h - a redis-server of one's own, on a unix socket in a new
 * directory, gone when the test is. */
#ifndef STORY_REAL_REDIS_H
#define STORY_REAL_REDIS_H

#include "store/store.h"

/* False when there is no redis-server on the path. */
bool real_redis_exists(void);
/* What a test returns then, having said so: skipped, failed when CI=true. */
int real_redis_missing(void);
/* Start one and reach it.  Ends the test when it can't. */
struct store *real_redis_start(void);
void real_redis_stop(struct store *store);

#endif
