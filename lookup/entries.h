/* entries.h - entries of the ledger as the journals in Redis have them now.
 *
 * The totals come from the same journals, some moments later; what is read here
 * may be ahead of them by what was counted meanwhile.
 */
#ifndef LOOKUP_ENTRIES_H
#define LOOKUP_ENTRIES_H

#include "lookup/lookup.h"

struct entries_task {
    const struct lookup *lookup;
    int scope; /* whose tags name the partitions: all scopes have the same */
    void *self;
    /* Is the series that this figure is of asked for?  The same of all figures of a
     * series. */
    bool (*wants)(void *self, const struct record *r);
    /* An entry of a series that is wanted, or of a fact of which several records are
     * kept; borrowed for the call. */
    enum fault (*take)(void *self, const uint8_t *entry, size_t size, struct why *why);
};

/* Read the journals of all partitions, one after the other; the memory is that of
 * the largest journal, and of its entries that are wanted.  FAULT_JOURNAL_BROKEN,
 * FAULT_SETTINGS, FAULT_NO_MEMORY, what Redis can't answer, or what take() says. */
MUST_USE enum fault entries_read(const struct entries_task *task, struct why *why);

#endif
