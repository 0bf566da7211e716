/* What is ours: a partition comes, is forgotten before a SYNC, and goes. */
#include "aggregator/state.h"

#include "base/grow.h"

enum fault
partition_add(struct owned *owned, struct place place, struct why *why)
{
    struct partition **larger;
    struct partition *p;

    if (partition_of(owned, place) != NULL)
        return FAULT_NONE;
    larger = grow(owned->at, &owned->room, owned->count + 1, sizeof(struct partition *));
    if (larger != NULL)
        owned->at = larger;
    p = larger == NULL ? NULL : calloc(1, sizeof *p);
    if (p == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for a partition");
    p->place = place;
    p->state = PARTITION_LOADING;
    p->gap_at = -1;
    p->from = -1;
    (void)snprintf(p->name, sizeof p->name, "%s/%d", topic_names[place.topic], place.partition);
    owned->at[owned->count++] = p;
    return FAULT_NONE;
}

static void
partition_free(struct partition *p)
{
    ledger_free(p->ledger);
    free(p->rows);
    identities_release(&p->touched);
    journal_writer_release(&p->writer);
    compact_forget(p);
    free(p);
}

void
partition_remove(struct owned *owned, struct place place)
{
    for (size_t i = 0; i < owned->count; i++) {
        struct partition *p = owned->at[i];
        if (p->place.topic != place.topic || p->place.partition != place.partition)
            continue;
        partition_free(p);
        owned->at[i] = owned->at[--owned->count];
        return;
    }
}

enum fault
partition_forget(struct partition *p, struct why *why)
{
    struct ledger *ledger = ledger_new();

    if (ledger == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for a ledger");
    known_keep(p);
    ledger_free(p->ledger);
    p->ledger = ledger;
    p->base_bytes = 0;
    compact_forget(p);
    p->state = PARTITION_LOADING;
    p->awaited.is = false;
    p->merge_at = 0;
    p->row_count = 0;
    p->committed_rows = 0;
    p->open = false;
    p->last_ms = p->open_last_ms = 0;
    p->open_version = (struct version){ 0, 0 };
    identities_clear(&p->touched);
    memset(p->shares, 0, sizeof p->shares);
    telling_forget(&p->telling);
    return FAULT_NONE;
}
