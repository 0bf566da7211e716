/* verify.h - every scope worked out again from the journals in Redis, also while
 * the service runs: what differs although the scope's tags were the same before
 * and after.
 */
#ifndef VERIFY_VERIFY_H
#define VERIFY_VERIFY_H

#include "store/asof.h"

/* One problem of a key.  field, expected and found may be absent (at == NULL);
 * sentence is used when expected is. */
struct problem {
    struct text key, field, expected, found;
    const char *sentence;
};

struct verify_task {
    struct store_way way;
    const char *prefix;      /* of all keys; shorter than PREFIX_BYTES */
    int64_t (*now_ms)(void); /* since 1970 */
    void *self;              /* of the two functions below */
    /* A problem; its texts are borrowed until this returns. */
    void (*tell)(void *self, const struct problem *problem);
    /* Called once for each scope: what it says of itself. */
    void (*looked)(void *self, int scope, const struct asof *asof);
};

struct verify_result {
    size_t partitions; /* whose journals were read */
    int64_t fields;    /* compared */
    int64_t problems;  /* told */
    int64_t moving;    /* scopes whose tags had moved whenever their journals were read */
};

/* FAULT_NO_MEMORY, and what Redis can't answer.  A difference is no fault. */
MUST_USE enum fault
verify_run(const struct verify_task *task, struct verify_result *result, struct why *why);

#endif
