/* told.h - what a series-year says, figure by figure, and what became of each.
 *
 * The parts of an entry are what it adds (ledger/parts.h).  Who asks why a
 * figure is in no total, or who else says something, needs the figures
 * themselves: these, worked out in the same walk.
 */
#ifndef LEDGER_TOLD_H
#define LEDGER_TOLD_H

#include "ledger/parts.h"
#include "ledger/reconcile.h"

struct told {
    const struct record *series; /* what all figures of the entry have in common: who with
                                    whom, areas, commodity, scope; borrowed for the call */
    uint32_t what;               /* a measure of family 0: money or a quantity */
    int flow;
    struct figure figure; /* the one that is shown, and its outcome */
    bool is_mismatched;   /* of a total that stands: exports and imports can't add up to it */
    /* A record of equal authority says something else: this, and how. */
    bool is_undecided;
    int8_t other_bound;
    int64_t other;
};

/* Called once for each slot that is not retracted: by currency or unit, then by
 * flow, then by period. */
typedef void told_sink(void *self, const struct told *told);

/* False: out of memory, or no run of figures; what was told is void then. */
MUST_USE bool series_told(const uint8_t *entry, size_t size, told_sink *sink, void *self);

#endif
