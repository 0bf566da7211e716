/* SYNC: bring memory to what Redis has.  Tags first, then the journal, replayed
 * into an empty ledger; what each tag has not seen is kept as rows; a tag that
 * names what the journal does not have is RESET.  Last, the log is compared with
 * the journal: it must hold what comes next. */
#include "aggregator/sync_inside.h"

enum {
    BROKEN_MOST = 3,
    CHUNKS_MOST = 1 << 20,
    AHEAD = 32, /* items whose slots are fetched before they are entered */
};

/* What a replay needs to know while it runs. */
struct replay {
    struct entering *entering;
    struct partition *p;
    bool with_rows; /* some tag's version has been passed */
    bool from_known[SCOPE_COUNT], to_known[SCOPE_COUNT];
    struct journal_head last;
};

/* After the record `head`: whose tag names this version, or an alias of it? */
static void
note_version(struct replay *r, const struct journal_head *head)
{
    for (int s = 0; s < SCOPE_COUNT; s++) {
        struct share *share = &r->p->shares[s];
        struct version named = head->version;
        bool from = version_equal(share->tag.from.version, named);
        bool to = version_equal(share->tag.to.version, named);

        for (int i = 0; i < head->alias_count; i++) {
            if (head->aliases[i].scope != s)
                continue;
            from = from || version_equal(share->tag.from.version, head->aliases[i].version);
            to = to || version_equal(share->tag.to.version, head->aliases[i].version);
        }
        if (from && (share->tag.form == TAG_PLAIN || share->tag.form == TAG_HALF)) {
            share->position = r->p->row_count;
            r->from_known[s] = true;
        }
        if (to && share->tag.form == TAG_HALF) {
            share->to_position = r->p->row_count;
            r->to_known[s] = true;
        }
        r->with_rows = r->with_rows || r->from_known[s] || r->to_known[s];
    }
}

/* One item of a record. */
struct replay_item {
    struct identity id;
    const uint8_t *item;
    size_t size;
};

/* The next items of a record; their slots are on their way from memory. */
static size_t
look_ahead(const struct replay *r, struct text *items, struct replay_item ahead[AHEAD])
{
    size_t count = 0;

    while (count < AHEAD && items->length > 0 &&
           journal_next(items, &ahead[count].id, &ahead[count].item, &ahead[count].size))
        ledger_prefetch(r->p->ledger, ahead[count++].id);
    return count;
}

/* Until some tag's version is passed nobody asks what changed, and the first
 * item of an identity is its entry. */
static enum fault
replay_item(struct replay *r, const struct replay_item *i, struct why *why)
{
    struct partition *p = r->p;
    size_t old_size;
    uint16_t won;

    if (!r->with_rows && ledger_find(p->ledger, i->id, &old_size) == NULL)
        return ledger_put(p->ledger, i->id, i->item, i->size, why);
    return enter_item(r->entering, p, i->id, i->item, i->size, r->with_rows, &won, why);
}

static enum fault
replay_record(void *self, const struct journal_head *head, struct text items, struct why *why)
{
    struct replay *r = self;
    struct replay_item ahead[AHEAD];
    enum fault fault = FAULT_NONE;

    for (size_t count; (count = look_ahead(r, &items, ahead)) > 0;)
        for (size_t i = 0; i < count; i++) {
            fault = replay_item(r, &ahead[i], why);
            if (fault != FAULT_NONE)
                return fault;
        }
    r->last = *head;
    /* Before a version is noted: its rows are in. */
    fault = enter_end(r->entering->dims, r->p, why);
    if (fault == FAULT_NONE && (head->flags & JOURNAL_PARTIAL) == 0)
        note_version(r, head);
    return fault;
}

/* Enter the journal as it comes, a few chunks at a time.  What was entered of
 * a journal that turns out to be broken is forgotten: SYNC begins anew. */
static enum fault
load(struct wire *wire, struct partition *p, const struct meta *meta, struct replay *r,
     struct why *why)
{
    struct journal_chain chain = { .meta = meta, .sink = replay_record, .self = r };
    enum fault fault = FAULT_NONE;

    if (meta->chunk >= CHUNKS_MOST)
        return why_set(why, FAULT_JOURNAL_BROKEN, "meta names chunk %lld", (long long)meta->chunk);
    p->journal_bytes = 0;
    while (fault == FAULT_NONE && chain.chunk <= meta->chunk) {
        fault = read_chunks(wire, p, meta, chain.chunk, why);
        for (size_t i = 0; i < wire->calls.count && fault == FAULT_NONE; i++) {
            const struct answer *answer = &wire->calls.answers[i];
            struct text chunk = { NULL, 0 };

            if (answer->kind == ANSWER_TEXT)
                chunk = answer->text;
            p->journal_bytes += (int64_t)chunk.length;
            fault = journal_chain_chunk(&chain, chunk, why);
        }
    }
    return fault != FAULT_NONE ? fault : journal_chain_end(&chain, why);
}

/* The chain did not hold: read again, three times with the same version. */
static enum fault
broken(struct partition *p, struct version at, enum fault fault, struct why *why)
{
    struct why reason = *why;

    p->broken = version_equal(p->broken_at, at) ? p->broken + 1 : 1;
    p->broken_at = at;
    if (p->broken < BROKEN_MOST)
        return FAULT_NONE; /* it is LOADING still */
    return why_set(why, fault,
                   "%s: the journal in Redis is damaged, read %d times: %s. tally-aggregate "
                   "--rebuild counts again from Kafka",
                   p->name, p->broken, reason.text);
}

/* What is open of p is committed at once; where it is not, SYNC begins anew with a new version. */
static enum fault
commit_or_drop(struct aggregator *a, struct partition *p, struct why *why)
{
    enum fault fault = commit_one(a, p, why);

    if (fault != FAULT_NONE)
        p->open = false;
    return fault;
}

/* No journal yet: an empty first record makes one. */
static enum fault
begin_journal(struct aggregator *a, struct partition *p, struct why *why)
{
    struct journal_head head = { .flags = JOURNAL_FIRST, .last_offset = -1 };
    const struct reach *reach = reach_of(&a->finish, p);
    int64_t low, high;
    enum fault fault = a->world.feed.range(a->world.feed.self, p->place, &low, &high, why);

    if (fault == FAULT_NONE)
        fault = known_begins(a, p, low, why);
    if (fault != FAULT_NONE)
        return fault;
    /* A Redis that has lost it has perhaps lost the schemas, too: they are to be there
     * before a record is counted. */
    writers_forget(&a->decoding.writers);
    p->version = (struct version){ 0, 0 };
    p->schemas = 0;
    p->seed = reach->seeded ? reach->seed : a->world.chance.draw(a->world.chance.self);
    p->chunk = 0;
    p->chunk_length = 0;
    p->journal_bytes = 0;
    head.version = next_version(&a->versions);
    (void)version_write(head.version, p->generation);
    p->read_next = low;
    p->open_last_offset = -1;
    p->open_last_hash = 0;
    p->open_last_ms = 0;
    p->open_version = head.version;
    p->open = true;
    head.next = low;
    journal_begin(&p->writer, &head);
    p->state = PARTITION_LOADED; /* unless the answer is FENCED */
    return commit_or_drop(a, p, why);
}

/* RESET every scope whose tag names what the journal does not have, unless the
 * journal is another one by now (rule 7). */
static enum fault
reset_unknown(struct aggregator *a, struct partition *p, const bool unknown[SCOPE_COUNT],
              struct why *why)
{
    struct meta meta;
    bool held;
    enum fault fault = read_hold_and_meta(&a->wire, p, &held, &meta, why);

    if (fault == FAULT_NONE && !version_equal(meta.version, p->version)) {
        partition_mark_stale(p);
        return FAULT_NONE;
    }
    if (fault == FAULT_NONE && held) /* the tag may be of the journal that is about to come */
        return partition_held(&a->wire, p, why);
    return fault != FAULT_NONE ? fault : reset_scopes(a, p, unknown, RESET_UNKNOWN, why);
}

/* What lies in the topic must be what the journal was made from, and what it was
 * made from before.  Where the log goes on behind a loss that is accepted, so does
 * the journal, at once. */
static enum fault
check_log(struct aggregator *a, struct partition *p, struct why *why)
{
    int64_t low, high;
    enum fault fault;

    p->read_next = p->next;
    p->verify = p->last_offset >= 0;
    fault = log_holds_next(a, p, &low, &high, why);
    if (fault == FAULT_NONE && p->open)
        fault = commit_or_drop(a, p, why);
    return fault == FAULT_NONE ? known_ask(a, p, low, high, why) : fault;
}

/* All of p that the meta names, and the end of its journal. */
static void
adopt(struct partition *p, const struct meta *meta, const struct replay *r)
{
    p->seed = meta->seed;
    p->version = meta->version;
    p->schemas = meta->schemas;
    p->next = meta->next;
    p->last_offset = r->last.last_offset;
    p->last_hash = r->last.last_hash;
    memcpy(p->generation, meta->generation, sizeof p->generation);
    p->chunk = meta->chunk;
    p->chunk_length = meta->length;
    p->committed_rows = p->row_count;
    p->broken = 0;
}

/* The journal of p as it is in Redis, or a first one. */
static enum fault
read_journal(struct aggregator *a, struct partition *p, struct replay *r, struct why *why)
{
    struct meta meta = { 0 };
    enum fault fault = read_meta(&a->wire, p, &meta, why);

    if (fault == FAULT_NONE && !meta.exists)
        return begin_journal(a, p, why);
    if (fault == FAULT_NONE)
        fault = check_settings(&a->wire, p, &meta, why);
    if (fault == FAULT_NONE) {
        p->seed = meta.seed;
        fault = load(&a->wire, p, &meta, r, why);
    }
    if (fault == FAULT_JOURNAL_BROKEN)
        return broken(p, meta.version, fault, why);
    if (fault != FAULT_NONE)
        return fault;
    adopt(p, &meta, r);
    p->state = PARTITION_LOADED;
    return FAULT_NONE;
}

/* Every scope whose tag names what the journal did not have when it was replayed. */
static bool
find_unknown(const struct replay *r, bool unknown[SCOPE_COUNT])
{
    bool any = false;

    for (int s = 0; s < SCOPE_COUNT; s++) {
        const struct tag *tag = &r->p->shares[s].tag;
        bool from = r->from_known[s] || version_is_none(tag->from.version);

        unknown[s] = tag->form == TAG_STRANGE || (tag->form == TAG_PLAIN && !from) ||
                     (tag->form == TAG_HALF && !(from && r->to_known[s]));
        any = any || unknown[s];
    }
    return any;
}

/* p is LOADED at the end, or STALE when somebody else was faster. */
static enum fault
sync_steps(struct aggregator *a, struct partition *p, struct why *why)
{
    struct replay r = { .entering = &a->entering, .p = p };
    bool unknown[SCOPE_COUNT];
    enum fault fault = partition_forget(p, why);

    if (fault == FAULT_NONE)
        fault = read_tags(&a->wire, &a->owned, p, why);
    if (fault == FAULT_NONE)
        fault = read_journal(a, p, &r, why);
    if (fault != FAULT_NONE || partition_wants_sync(p))
        return fault;
    if (find_unknown(&r, unknown))
        fault = reset_unknown(a, p, unknown, why);
    if (fault == FAULT_NONE && !partition_wants_sync(p))
        fault = check_log(a, p, why);
    return fault;
}

enum fault
sync_partition(struct aggregator *a, struct partition *p, struct why *why)
{
    enum fault fault = sync_steps(a, p, why);

    a->counts.syncs++;
    if (fault != FAULT_NONE || p->state != PARTITION_LOADED) {
        p->state = PARTITION_LOADING;
        return fault;
    }
    p->gap_at = -1;
    log_say(a->world.log, LOG_DEBUG, "partition loaded", LOG_S("partition", p->name),
            LOG_I("next", p->next), LOG_I("entries", (int64_t)ledger_count(p->ledger)),
            LOG_I("journal_bytes", p->journal_bytes));
    return FAULT_NONE;
}
