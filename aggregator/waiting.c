/* Records that wait to be entered, so that their memory comes meanwhile.
 *
 * Most identities are new, and their places in the ledger lie anywhere in tens
 * of megabytes: each look-up would wait for memory.  So up to sixteen records
 * wait; for each the slot is asked for when it comes, then what the slots point
 * at, and only then the first is looked at. */
#include "aggregator/state.h"

bool
waiting_open(struct waiting *w)
{
    w->bytes = malloc((size_t)WAITING_MOST * ITEM_BYTES_MOST);
    return w->bytes != NULL;
}

void
waiting_release(struct waiting *w)
{
    free(w->bytes);
    *w = (struct waiting){ 0 };
}

/* Enter one, and note it for the journal if it changed something. */
static enum fault
enter_one(struct aggregator *a, size_t i, struct why *why)
{
    struct waiting *w = &a->waiting;
    uint16_t won;
    enum fault fault = enter_item(&a->entering, w->partition, w->ids[i], w->items[i], w->sizes[i],
                                  true, &won, why);

    if (fault != FAULT_NONE)
        return fault;
    /* It changed nothing: a repeat, or outranked. */
    if (won == 0) {
        a->counts.fates[w->partition->place.topic][FATE_REPEATED]++;
        return FAULT_NONE;
    }
    /* The journal gets the roles that it won: replaying gives the same entry
     * (entry.h). */
    item_set_mask(w->items[i], won);
    journal_add(&w->partition->writer, w->ids[i], w->items[i], w->sizes[i]);
    a->counts.fates[w->partition->place.topic][FATE_CHANGED]++;
    return FAULT_NONE;
}

enum fault
waiting_enter(struct aggregator *a, struct why *why)
{
    struct waiting *w = &a->waiting;
    enum fault fault = FAULT_NONE;

    for (size_t i = 0; i < w->count; i++)
        ledger_prefetch_entry(w->partition->ledger, w->ids[i]);
    for (size_t i = 0; i < w->count && fault == FAULT_NONE; i++)
        fault = enter_one(a, i, why);
    w->count = 0;
    w->used = 0;
    return fault;
}

enum fault
waiting_add(struct aggregator *a, struct partition *p, struct identity id, const struct record *r,
            struct why *why)
{
    struct waiting *w = &a->waiting;
    enum fault fault = FAULT_NONE;

    /* Full, or of another partition. */
    if (w->count == WAITING_MOST || (w->count > 0 && w->partition != p))
        fault = waiting_enter(a, why);
    ledger_prefetch(p->ledger, id);
    w->partition = p;
    w->ids[w->count] = id;
    w->items[w->count] = w->bytes + w->used;
    w->sizes[w->count] = item_pack(r, w->items[w->count]);
    w->used += w->sizes[w->count++];
    return fault;
}
