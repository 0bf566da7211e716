/* chunks.h - the journal of one partition as Redis holds it.
 *
 * meta and the chunks are not read at one moment: a journal that is compacted in
 * between looks broken once, and is to be read again.
 */
#ifndef VERIFY_CHUNKS_H
#define VERIFY_CHUNKS_H

#include "ledger/journal.h"
#include "record/record.h"
#include "store/store.h"

/* All zero: nothing is read. */
struct chunks {
    char topic[TOPIC_BYTES];
    int32_t partition;
    struct meta meta;
    struct text *list; /* own copies */
    size_t count;
};

/* The meta of a partition by its name, "trade-events/3".  FAULT_JOURNAL_BROKEN
 * when no partition has this name or there is no journal; FAULT_SETTINGS when
 * another version of the parts function made it; or what Redis can't answer. */
MUST_USE enum fault chunks_begin(const struct store_way *way, const char *prefix, const char *name,
                                 struct chunks *out, struct why *why);

/* The chunks that meta names; what is missing is an empty text, which the chain
 * finds.  FAULT_JOURNAL_BROKEN for a number of them beyond all sense,
 * FAULT_NO_MEMORY. */
MUST_USE enum fault chunks_read(const struct store_way *way, const char *prefix,
                                struct chunks *chunks, struct why *why);

/* Room for one entry, freed by the caller; all zero: none yet. */
struct scratch {
    uint8_t *at;
    size_t room;
};
/* An item of a journal into a ledger, as the aggregator took it: an entry is
 * what the items say that it was offered. */
MUST_USE enum fault replay_item(struct ledger *ledger, struct scratch *scratch, struct identity id,
                                const uint8_t *item, size_t size, struct why *why);

/* Frees the copies; meta stays. */
void chunks_release(struct chunks *chunks);

#endif
