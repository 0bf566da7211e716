/* compact_inside.h - the generation beside the journal, in Redis; for
 * compact*.c only. */
#ifndef AGGREGATOR_COMPACT_INSIDE_H
#define AGGREGATOR_COMPACT_INSIDE_H

#include "aggregator/state.h"

/* Each leaves p->compaction in its next state.  What another instance did in
 * between leads back to COMPACT_LOOK, or to SYNC. */

/* LOOK: which generation lies there. */
MUST_USE enum fault generation_look(struct wire *wire, struct partition *p, struct why *why);

/* SWEEP: delete `most` of its chunks, and as many names above its count. */
MUST_USE enum fault
generation_sweep(struct wire *wire, struct partition *p, int64_t most, struct why *why);

/* COPY, WAIT: begin a record; `last`: the one that ends the generation. */
void generation_record(struct compacting *work, struct partition *p, bool last);

/* COPY, WAIT: the open record becomes a chunk, another one is begun. */
MUST_USE enum fault
generation_chunk(struct compacting *work, struct partition *p, bool last, struct why *why);

/* WAIT: end the generation and make it the journal. */
MUST_USE enum fault generation_flip(struct compacting *work, struct partition *p, struct why *why);

#endif
