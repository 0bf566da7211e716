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
#include "aggregator/compact_inside.h"

enum {
    WORTH = 3,         /* a journal this many times larger than its ledger */
    STEPS_A_CHUNK = 4, /* a step is small beside the writing of a chunk */
    SWEEP_CHUNKS = 8,  /* of one SWEEP: half a millisecond of Redis */
};

/* Nothing is uncommitted or on its way. */
static bool
is_calm(const struct partition *p)
{
    return p->state == PARTITION_READING && !p->away && !p->open && !p->verify;
}

/* Then every scope's tag names p's present content, so each is an alias of the
 * version that FLIP makes. */
static bool
is_shown_everywhere(const struct partition *p)
{
    for (int s = 0; s < SCOPE_COUNT; s++)
        if (p->shares[s].tag.form != TAG_PLAIN || p->shares[s].position != p->row_count)
            return false;
    return true;
}

/* Worth it: large enough, and far larger than what it would become. */
static bool
is_grown(const struct settings *settings, const struct partition *p)
{
    /* What a journal of the ledger alone would hold, less its heads. */
    size_t live = ledger_entry_bytes(p->ledger) + ledger_count(p->ledger) * sizeof(struct identity);

    return p->journal_bytes - p->base_bytes >= (int64_t)settings->compact_bytes &&
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
may_begin(const struct settings *settings, const struct partition *p)
{
    return p->compaction.state == COMPACT_REST && is_calm(p) && is_grown(settings, p) &&
           !is_stuck(p);
}

static bool
may_end(const struct partition *p)
{
    return p->compaction.state == COMPACT_WAIT && is_calm(p) && is_shown_everywhere(p);
}

/* A step now, other than the end: WAIT has one only when a chunk's worth was
 * committed meanwhile. */
static bool
has_work(const struct settings *settings, const struct partition *p)
{
    const struct compaction *c = &p->compaction;

    if (c->state == COMPACT_REST || !is_calm(p))
        return false;
    return c->state != COMPACT_WAIT || (int64_t)c->writer.used >= settings->chunk_bytes;
}

/* Whose turn it is: one that is at work before one that begins, so that few are
 * copied at a time, and those that begin each in its turn. */
static struct partition *
next_of(const struct compacting *work)
{
    const struct settings *settings = work->wire->settings;
    const struct owned *owned = work->owned;

    for (size_t i = 0; i < owned->count; i++)
        if (has_work(settings, owned->at[i]))
            return owned->at[i];
    for (size_t i = 0; i < owned->count; i++) {
        struct partition *p = owned->at[(work->turn + i) % owned->count];

        if (may_begin(settings, p))
            return p;
    }
    return NULL;
}

void
compact_commit(struct compacting *work, struct partition *p)
{
    struct compaction *c = &p->compaction;

    /* A step copies at least as much as was committed since the last: else COPY
     * would never end under load. */
    work->credit += (int64_t)p->writer.used;
    if (c->state == COMPACT_COPY || c->state == COMPACT_WAIT)
        journal_add_all(&c->writer, &p->writer);
}

/* A generation of its own name.  Nothing is written yet: the first chunk is
 * what meta learns of it. */
static void
begin(struct compacting *work, struct partition *p)
{
    struct compaction *c = &p->compaction;

    /* So that another partition is asked first the next time. */
    work->turn++;
    c->state = COMPACT_COPY;
    /* The version names the generation as well: both are unique for ever. */
    c->version = next_version(work->versions);
    (void)version_write(c->version, c->generation);
    c->chunks = 0;
    c->bytes = 0;
    c->cursor = 0;
    c->slots = ledger_slots(p->ledger);
    /* The first record has no predecessor. */
    c->before = (struct version){ 0, 0 };
    generation_record(work, p, false);
}

/* Some entries, at least `least` bytes of them; a chunk when there is enough
 * for one. */
static enum fault
copy(struct compacting *work, struct partition *p, int64_t least, struct why *why)
{
    struct compaction *c = &p->compaction;
    enum fault fault = FAULT_NONE;
    struct identity id;
    const uint8_t *entry;
    size_t size;

    /* The table has grown: the cursor means nothing any more. */
    if (c->slots != ledger_slots(p->ledger)) {
        c->slots = ledger_slots(p->ledger);
        c->cursor = 0;
    }
    while (fault == FAULT_NONE && c->state == COMPACT_COPY && least > 0) {
        if (!ledger_next(p->ledger, &c->cursor, &id, &entry, &size)) {
            c->state = COMPACT_WAIT;
            /* From here on only what is committed meanwhile is written. */
            c->copied_bytes = c->bytes;
            return FAULT_NONE;
        }
        least -= (int64_t)(sizeof id + size);
        /* An entry of a series is several items; each is one of the journal's. */
        for (size_t item; size > 0; entry += item, size -= item) {
            item = item_bytes(entry, size);
            journal_add(&c->writer, id, entry, item);
        }
        if ((int64_t)c->writer.used >= work->wire->settings->chunk_bytes)
            fault = generation_chunk(work, p, false, why);
    }
    return fault;
}

/* The ledger is copied: end it now, or write what was committed meanwhile.  A
 * scope that can't advance would make this last for ever. */
static enum fault
wait_or_end(struct compacting *work, struct partition *p, struct why *why)
{
    struct compaction *c = &p->compaction;

    if (is_shown_everywhere(p))
        return generation_flip(work, p, why);
    if (c->bytes - c->copied_bytes <= (int64_t)work->wire->settings->compact_bytes)
        return generation_chunk(work, p, false, why);
    compact_forget(p);
    return FAULT_NONE;
}

/* One step of the state that p is in.  A fault ends the attempt. */
static enum fault
step(struct compacting *work, struct partition *p, struct why *why)
{
    int64_t least = work->wire->settings->chunk_bytes / STEPS_A_CHUNK;
    enum fault fault = FAULT_NONE;

    if (least < work->credit)
        least = work->credit;
    switch (p->compaction.state) {
    case COMPACT_LOOK:
        fault = generation_look(work->wire, p, why);
        break;
    case COMPACT_SWEEP:
        fault = generation_sweep(work->wire, p, SWEEP_CHUNKS, why);
        break;
    case COMPACT_REST:
        begin(work, p);
        break;
    case COMPACT_COPY:
        fault = copy(work, p, least, why);
        break;
    case COMPACT_WAIT:
        fault = wait_or_end(work, p, why);
        break;
    }
    /* Who knows whether it was written: under this name nothing is any more. */
    if (fault != FAULT_NONE)
        compact_forget(p);
    return fault;
}

/* What does not answer is left alone, with its partition. */
static enum fault
step_or_pass(struct compacting *work, struct partition *p, struct why *why)
{
    enum fault fault = step(work, p, why);

    if (fault == FAULT_STORE_AWAY)
        partition_away(work->wire, p);
    return fault;
}

bool
compact_is_due(const struct compacting *work)
{
    for (size_t i = 0; i < work->owned->count; i++)
        if (may_end(work->owned->at[i]))
            return true;
    return next_of(work) != NULL;
}

/* The moment to end in is now; all else takes one step. */
enum fault
compact_journals(struct compacting *work, struct why *why)
{
    enum fault fault = FAULT_NONE;
    struct partition *p;

    /* All that may end do so in this turn: the moment in which every scope is
     * up to date may not come again soon. */
    for (size_t i = 0; i < work->owned->count && fault == FAULT_NONE; i++)
        if (may_end(work->owned->at[i]))
            fault = step_or_pass(work, work->owned->at[i], why);
    p = next_of(work);
    if (fault == FAULT_NONE && p != NULL)
        fault = step_or_pass(work, p, why);
    work->credit = 0;
    return fault;
}
