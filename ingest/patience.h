/* patience.h - waiting for Kafka: said once, then ever more rarely, not for
 * ever.
 *
 * Kafka is away as long as something is wanted from it and nothing comes.
 * Times are steady ms from the caller; there is no clock in here.
 */
#ifndef INGEST_PATIENCE_H
#define INGEST_PATIENCE_H

#include "base/log.h"

enum {
    PATIENCE_FIRST_MS = 1000, /* a hiccup below it is not worth a word */
    PATIENCE_MOST_MS = 60000, /* the longest silence between two words */
};

struct patience {
    const struct log *log;
    int64_t limit_ms; /* 0: for ever */
    bool waiting;
    bool said;
    int64_t since_ms, next_ms, pause_ms;
};

/* Nothing is waited for yet.  `log` is borrowed for as long as p is used.
 * limit_ms: how long Kafka may stay away; 0: for ever. */
void patience_init(struct patience *p, const struct log *log, int64_t limit_ms);

/* Nothing came, though `wanted` records wait for it (-1: something is read, and nobody knows how
 * many); reason says why, may be "".  False when that has lasted for limit_ms. */
bool patience_lasts(struct patience *p, int64_t now_ms, int64_t wanted, const char *reason);

/* Nothing is wanted: without a word. */
void patience_rest(struct patience *p);

/* Something came. */
void patience_rewarded(struct patience *p, int64_t now_ms);

#endif
