/* asof.h - what a scope says of itself: the hash `asof`, as an answer of Redis.
 *
 * `through` is an instant: everything that Kafka had acknowledged by then is in
 * the totals.  docs/protocol.md, TELL, says what each field promises.
 */
#ifndef STORE_ASOF_H
#define STORE_ASOF_H

#include "base/day.h"
#include "store/store.h"

/* What `asof` says. */
struct asof {
    bool exists;
    bool is_complete;   /* complete == 1 */
    char day[DAY_TEXT]; /* "": unknown */
    int64_t through_ms; /* since 1970; -1: it does not say */
    int64_t version;    /* -1: it does not say */
    int64_t age_ms;     /* of through, when it was read; below 0: our clock is behind */
};

/* From the answer to HGETALL, which came at now_ms. */
struct asof asof_read(const struct answer *answer, int64_t now_ms);

/* What `asof` says of the scripts that wrote the scope; NULL where it does not. */
struct asof_marks {
    struct text complete, whole, runs, ran;
};

/* The fields that have the marks, in the order of struct asof_marks. */
enum { ASOF_MARKS = 4 };
extern const char *const asof_mark_fields[ASOF_MARKS];

/* Keep a field of asof if it is a mark.  value is borrowed. */
void asof_keep_mark(struct asof_marks *marks, struct text field, struct text value);

/* A script that Redis had lost is in the scope's history again, by half or as a whole: the totals
 * may be wrong, and only RESET may go on (docs/protocol.md, rule 21). */
bool asof_is_torn(const struct asof_marks *marks);

#endif
