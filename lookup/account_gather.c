/* The records behind a number, out of the journal of one partition.
 *
 * Two passes over its bytes, since a correction may move a fact to another pair:
 *
 *      1. whose items ever named the pair   -> a set of identities
 *      2. all items of these                -> entries
 *
 * An identity lies in one partition, so partitions are read one after the other
 * and forgotten.  The journal is read up to the version that the scope's tag
 * names: what came later is not in the totals yet. */
#include "lookup/account.h"

#include "base/grow.h"
#include "ledger/identities.h"
#include "ledger/journal.h"
#include "verify/chunks.h"

#include <stdlib.h>

/* ---- one partition --------------------------------------------------------------- */

struct gathering {
    struct account *a;
    const struct account_tag *tag;
    bool is_past;      /* the record that the tag names has been read */
    struct text *runs; /* the items of each record before that */
    size_t run_count, run_room;
    struct identities named;
    struct ledger *ledger;
    struct scratch scratch;
};

static enum fault
no_memory(const struct gathering *g, struct why *why)
{
    return why_set(why, FAULT_NO_MEMORY, "no memory for the records in %s", g->tag->partition);
}

/* The first pass: one record of the journal. */
static enum fault
note_record(void *self, const struct journal_head *head, struct text items, struct why *why)
{
    struct gathering *g = self;
    const struct spot *spot = &g->a->question.spot;
    struct identity id;
    const uint8_t *item;
    size_t size;
    bool is_new;
    struct text *runs;

    if (g->is_past)
        return FAULT_NONE;
    runs = grow(g->runs, &g->run_room, g->run_count + 1, sizeof *runs);
    if (runs == NULL)
        return no_memory(g, why);
    g->runs = runs;
    g->runs[g->run_count++] = items;
    while (journal_next(&items, &id, &item, &size))
        if (item_names(item, size, spot->scope, spot->partner) &&
            !identities_add(&g->named, id, &is_new))
            return no_memory(g, why);
    g->is_past = journal_stands_for(head, spot->scope, g->tag->at.version);
    return FAULT_NONE;
}

/* The second: the entries of those that were named. */
static enum fault
make_entries(struct gathering *g, struct why *why)
{
    for (size_t i = 0; i < g->run_count; i++) {
        struct text items = g->runs[i];
        struct identity id;
        const uint8_t *item;
        size_t size;

        while (journal_next(&items, &id, &item, &size)) {
            enum fault fault = FAULT_NONE;

            if (identities_have(&g->named, id))
                fault = replay_item(g->ledger, &g->scratch, id, item, size, why);
            if (fault != FAULT_NONE)
                return fault;
        }
    }
    return FAULT_NONE;
}

static enum fault
take_entries(struct gathering *g, struct why *why)
{
    struct account_entry *e = account_entry_new(g->a, g->tag);
    struct identity id;
    const uint8_t *entry;
    size_t cursor = 0, size;
    bool is_taken = e != NULL;

    while (is_taken && ledger_next(g->ledger, &cursor, &id, &entry, &size))
        is_taken = account_entry_take(e, entry, size);
    account_entry_free(e);
    return is_taken ? FAULT_NONE : no_memory(g, why);
}

/* ---- the whole ------------------------------------------------------------------- */

/* A moving window must be one that the aggregator keeps. */
static enum fault
check_windows(const struct gathering *g, const struct meta *meta, struct why *why)
{
    const struct spot *spot = &g->a->question.spot;
    struct windows kept;
    enum fault fault = windows_read(text_of(meta->windows), &kept, why);

    if (fault != FAULT_NONE)
        return FAULT_SETTINGS;
    if (spot->window >= WINDOW_ALL)
        return FAULT_NONE;
    for (int i = 0; i < kept.count; i++)
        if (kept.days[i] == spot->windows->days[spot->window])
            return FAULT_NONE;
    return why_set(why, FAULT_SETTINGS,
                   "the aggregator keeps the windows %s: give them with --windows", meta->windows);
}

static enum fault
read_journal(struct gathering *g, struct chunks *chunks, struct why *why)
{
    const struct lookup *lookup = g->a->lookup;
    enum fault fault = chunks_read(&lookup->way, lookup->prefix, chunks, why);

    if (fault != FAULT_NONE)
        return fault;
    return journal_pass(
        chunks->list, chunks->count,
        (struct journal_chain){ .meta = &chunks->meta, .sink = note_record, .self = g }, why);
}

static void
release(struct gathering *g)
{
    ledger_free(g->ledger);
    free(g->runs);
    identities_release(&g->named);
    free(g->scratch.at);
}

enum fault
account_gather(struct account *a, struct account_tag *tag, bool *is_known, struct why *why)
{
    struct gathering g = { .a = a, .tag = tag, .ledger = ledger_new() };
    const struct lookup *lookup = a->lookup;
    struct chunks chunks = { 0 };
    enum fault fault;

    *is_known = false;
    if (g.ledger == NULL)
        return no_memory(&g, why);
    fault = chunks_begin(&lookup->way, lookup->prefix, tag->partition, &chunks, why);
    if (fault == FAULT_NONE)
        fault = check_windows(&g, &chunks.meta, why);
    if (fault == FAULT_NONE)
        fault = read_journal(&g, &chunks, why);
    for (int t = 0; t < TOPIC_COUNT; t++)
        if (strcmp(chunks.topic, topic_names[t]) == 0)
            tag->place = (struct place){ (enum topic)t, chunks.partition };
    tag->next = chunks.meta.next;
    tag->identities = g.named.used;
    if (fault == FAULT_NONE && g.is_past) {
        *is_known = true;
        fault = make_entries(&g, why);
        if (fault == FAULT_NONE)
            fault = take_entries(&g, why);
    }
    chunks_release(&chunks);
    release(&g);
    return fault;
}
