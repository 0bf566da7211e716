/* sync_inside.h - what SYNC reads from Redis; for sync*.c only. */
#ifndef AGGREGATOR_SYNC_INSIDE_H
#define AGGREGATOR_SYNC_INSIDE_H

#include "aggregator/state.h"

/* p's tag in every scope that answers, into its shares.  Read before the journal: what a
 * tag names was committed before. */
MUST_USE enum fault
read_tags(struct wire *wire, const struct owned *owned, struct partition *p, struct why *why);

/* p's meta; FAULT_JOURNAL_BROKEN when it is malformed.  A partition without a
 * journal has none, and that is no fault: meta->exists is false. */
MUST_USE enum fault
read_meta(struct wire *wire, const struct partition *p, struct meta *meta, struct why *why);

/* The same, and before it whether a rebuild holds p: a hold ends only after the
 * new ver is there. */
MUST_USE enum fault read_hold_and_meta(struct wire *wire, const struct partition *p, bool *held,
                                       struct meta *meta, struct why *why);

/* FAULT_SETTINGS when the journal was made with others (rule 15). */
MUST_USE enum fault check_settings(const struct wire *wire, const struct partition *p,
                                   const struct meta *meta, struct why *why);

/* Chunk `first` of the journal that meta names and some that follow: the
 * answers of the calls, one a chunk, until the next run. */
MUST_USE enum fault read_chunks(struct wire *wire, const struct partition *p,
                                const struct meta *meta, int64_t first, struct why *why);

#endif
