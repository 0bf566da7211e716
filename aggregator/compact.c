#include "aggregator/compact_inside.h"

/* Journal compaction: the ledger becomes a new generation, a step a turn, while
 * records go on to be committed to the old one.
 *
 *      LOOK -> SWEEP -> REST -> COPY -> WAIT -> FLIP, and again SWEEP
 *
 * LOOK asks what lies beside the journal, SWEEP deletes it, REST waits for a
 * journal that is worth it.  COPY walks the ledger; what is committed meanwhile
 * is appended as well (compact_commit).  So an entry is written as it stood at
 * some moment, and every item that it got after that follows.  Which of the two
 * comes first does not matter: an entry depends on the items that it was
 * offered, not on their order (entry.h).  At the end the generation makes the
 * ledger as it stands, though no version on the way: hence its records are
 * partial but for the last one.
 *
 * When the ledger's table grows its entries move, and COPY begins at its start
 * again: what is written twice does no harm.
 *
 * WAIT is for a moment when every scope is up to date: then all tags are
 * aliases of the version that FLIP makes. */

enum {
    WORTH = 3,         /* a journal this many times larger than its ledger */
    STEPS_A_CHUNK = 4, /* a step is small beside the writing of a chunk */
    SWEEP_CHUNKS = 8,  /* of one SWEEP: half a millisecond of Redis */
};

/* Nothing is uncommitted or on its way. */
static bool
is_calm(const struct partition *p)
{
    return p->ready && !p->wants_sync && !p->away && !p->open && !p->verify;
}

static bool
is_shown_everywhere(const struct partition *p)
{
    for (int s = 0; s < SCOPE_COUNT; s++)
        if (p->shares[s].tag.form != TAG_PLAIN || p->shares[s].position != p->row_count)
            return false;
    return true;
}

static bool
is_grown(const struct aggregator *a, const struct partition *p)
{
    size_t live = ledger_entry_bytes(p->ledger) + ledger_count(p->ledger) * sizeof(struct identity);

    return p->journal_bytes - p->base_bytes >= (int64_t)a->settings.compact_bytes &&
           p->journal_bytes >= (int64_t)live * WORTH;
}

/* A scope that is away, or whose total is out of range: no moment would come
 * to end in. */
static bool
is_stuck(const struct partition *p)
{
    for (int s = 0; s < SCOPE_COUNT; s++)
        if (p->shares[s].rest_until != 0 || p->shares[s].away || p->shares[s].tag.form != TAG_PLAIN)
            return true;
    return false;
}

static bool
may_begin(const struct aggregator *a, const struct partition *p)
{
    return p->compaction.state == COMPACT_REST && is_calm(p) && is_grown(a, p) && !is_stuck(p);
}

static bool
may_end(const struct partition *p)
{
    return p->compaction.state == COMPACT_WAIT && is_calm(p) && is_shown_everywhere(p);
}

static bool
has_work(const struct aggregator *a, const struct partition *p)
{
    const struct compaction *c = &p->compaction;

    if (c->state == COMPACT_REST || !is_calm(p))
        return false;
    return c->state != COMPACT_WAIT || (int64_t)c->writer.used >= a->settings.chunk_bytes;
}

/* Whose turn it is: one that is at work before one that begins, so that few are
 * copied at a time, and those that begin each in its turn. */
static struct partition *
next_of(const struct aggregator *a)
{
    for (size_t i = 0; i < a->partition_count; i++)
        if (has_work(a, a->partitions[i]))
            return a->partitions[i];
    for (size_t i = 0; i < a->partition_count; i++) {
        struct partition *p = a->partitions[(a->compact_turn + i) % a->partition_count];

        if (may_begin(a, p))
            return p;
    }
    return NULL;
}

static void
forget(struct compaction *c)
{
    journal_writer_release(&c->writer);
    free(c->lengths);
    *c = (struct compaction){ .state = COMPACT_LOOK };
}

void
compact_forget(struct partition *p)
{
    forget(&p->compaction);
}

void
compact_commit(struct aggregator *a, struct partition *p)
{
    struct compaction *c = &p->compaction;

    a->compact_credit += (int64_t)p->writer.used;
    if (c->state == COMPACT_COPY || c->state == COMPACT_WAIT)
        journal_add_all(&c->writer, &p->writer);
}

static void
begin(struct aggregator *a, struct partition *p)
{
    struct compaction *c = &p->compaction;

    a->compact_turn++;
    c->state = COMPACT_COPY;
    c->version = next_version(a);
    (void)version_write(c->version, c->generation);
    c->chunks = 0;
    c->bytes = 0;
    c->cursor = 0;
    c->slots = ledger_slots(p->ledger);
    c->before = (struct version){ 0, 0 };
    generation_record(a, p, false);
}

/* Some entries, at least `least` bytes of them; a chunk when there is enough
 * for one. */
static enum fault
copy(struct aggregator *a, struct partition *p, int64_t least, struct why *why)
{
    struct compaction *c = &p->compaction;
    enum fault fault = FAULT_NONE;
    struct identity id;
    const uint8_t *entry;
    size_t size;

    if (c->slots != ledger_slots(p->ledger)) {
        c->slots = ledger_slots(p->ledger);
        c->cursor = 0;
    }
    while (fault == FAULT_NONE && c->state == COMPACT_COPY && least > 0) {
        if (!ledger_next(p->ledger, &c->cursor, &id, &entry, &size)) {
            c->state = COMPACT_WAIT;
            c->copied_bytes = c->bytes;
            return FAULT_NONE;
        }
        least -= (int64_t)(sizeof id + size);
        for (size_t item; size > 0; entry += item, size -= item) {
            item = item_bytes(entry, size);
            journal_add(&c->writer, id, entry, item);
        }
        if ((int64_t)c->writer.used >= a->settings.chunk_bytes)
            fault = generation_chunk(a, p, false, why);
    }
    return fault;
}

/* The ledger is copied: end it now, or write what was committed meanwhile.  A
 * scope that can't advance would make this last for ever. */
static enum fault
wait_or_end(struct aggregator *a, struct partition *p, struct why *why)
{
    struct compaction *c = &p->compaction;

    if (is_shown_everywhere(p))
        return generation_flip(a, p, why);
    if (c->bytes - c->copied_bytes <= (int64_t)a->settings.compact_bytes)
        return generation_chunk(a, p, false, why);
    forget(c);
    return FAULT_NONE;
}

static enum fault
step(struct aggregator *a, struct partition *p, struct why *why)
{
    int64_t least = a->settings.chunk_bytes / STEPS_A_CHUNK;
    enum fault fault = FAULT_NONE;

    if (least < a->compact_credit)
        least = a->compact_credit;
    switch (p->compaction.state) {
    case COMPACT_LOOK:
        fault = generation_look(a, p, why);
        break;
    case COMPACT_SWEEP:
        fault = generation_sweep(a, p, SWEEP_CHUNKS, why);
        break;
    case COMPACT_REST:
        begin(a, p);
        break;
    case COMPACT_COPY:
        fault = copy(a, p, least, why);
        break;
    case COMPACT_WAIT:
        fault = wait_or_end(a, p, why);
        break;
    }
    /* Who knows whether it was written: under this name nothing is any more. */
    if (fault != FAULT_NONE)
        forget(&p->compaction);
    return fault;
}

static enum fault
step_or_pass(struct aggregator *a, struct partition *p, struct why *why)
{
    enum fault fault = step(a, p, why);

    if (fault == FAULT_STORE_AWAY)
        partition_away(a, p);
    return fault;
}

bool
compact_is_due(const struct aggregator *a)
{
    for (size_t i = 0; i < a->partition_count; i++)
        if (may_end(a->partitions[i]))
            return true;
    return next_of(a) != NULL;
}

/* The moment to end in is now; all else takes one step. */
enum fault
compact_journals(struct aggregator *a, struct why *why)
{
    enum fault fault = FAULT_NONE;
    struct partition *p;

    for (size_t i = 0; i < a->partition_count && fault == FAULT_NONE; i++)
        if (may_end(a->partitions[i]))
            fault = step_or_pass(a, a->partitions[i], why);
    p = next_of(a);
    if (fault == FAULT_NONE && p != NULL)
        fault = step_or_pass(a, p, why);
    a->compact_credit = 0;
    return fault;
}
