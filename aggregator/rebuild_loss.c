/* What a swap would lose: facts and series that the service has counted and that the log no longer
 * holds, or not with all that was counted of them.
 *
 * An entry depends on the set of items that it was offered, and never on their order.  So each item
 * of the service's journal is offered to the entry that was counted again: one that would change it
 * is a loss (a correction that outranks what is left, a month of a series), whatever else came
 * meanwhile.  Both name an entry alike, since a partition is counted again with the seed of its
 * journal.  Where the number of partitions has changed it lies under another seed, and only the
 * numbers of a whole topic can be compared.
 *
 * Looked at always: a log that was made anew, and counted from since, looks like the one that it
 * was. */
#include "aggregator/rebuild_inside.h"

#include "base/grow.h"

enum { CHUNKS_MOST = 1 << 20 };

/* What is known of an identity of the journal. */
enum { SEEN = 1, LOST };

struct count {
    const struct ledger *again; /* NULL: only count */
    struct ledger *seen;        /* identities of this partition, a byte each */
    uint8_t *offered;           /* room for an entry with one more item */
    size_t room;
    int64_t there;
    int64_t gone; /* as a whole */
    int64_t less; /* a part of them */
    bool damaged; /* the journal could not be read to its end */
};

/* *changes: the entry as it was counted again lacks this item. */
static enum fault
offer(struct count *c, const uint8_t *entry, size_t size, const uint8_t *item, size_t item_size,
      bool *changes, struct why *why)
{
    uint16_t won;
    uint8_t *offered = grow(c->offered, &c->room, size + item_size, 1);

    if (offered == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for an entry");
    c->offered = offered;
    (void)entry_take(entry, size, item, item_size, c->offered, changes, &won);
    return FAULT_NONE;
}

/* An item of the service's journal against the entry that was counted again.
 * Each identity is counted once: as gone, as less, or as there. */
static enum fault
note_item(struct count *c, struct identity id, const uint8_t *item, size_t item_size,
          struct why *why)
{
    size_t size;
    const uint8_t *seen = ledger_find(c->seen, id, &size);
    uint8_t now = seen == NULL ? 0 : *seen;
    const uint8_t *entry;
    bool changes = false;
    enum fault fault = FAULT_NONE;

    /* Counted once for an identity. */
    if (now == LOST || (now == SEEN && c->again == NULL))
        return FAULT_NONE;
    c->there += now == 0;
    if (c->again != NULL) {
        entry = ledger_find(c->again, id, &size);
        if (entry != NULL)
            fault = offer(c, entry, size, item, item_size, &changes, why);
        c->gone += entry == NULL;
        c->less += changes;
        changes = changes || entry == NULL;
    }
    /* Nothing new is known of it. */
    if (fault != FAULT_NONE || (now == SEEN && !changes))
        return fault;
    now = changes ? LOST : SEEN;
    return ledger_put(c->seen, id, &now, 1, why);
}

/* Versions do not matter here: only which items there are. */
static enum fault
note_record(void *self, const struct journal_head *head, struct text items, struct why *why)
{
    struct count *c = self;
    enum fault fault = FAULT_NONE;
    struct identity id;
    const uint8_t *item;
    size_t size;

    (void)head;
    while (fault == FAULT_NONE && journal_next(&items, &id, &item, &size))
        fault = note_item(c, id, item, size, why);
    return fault;
}

/* A value of another type is a hand in the data: as if it were not there. */
static enum fault
ask_one(struct rebuild *r, struct why *why)
{
    enum fault fault = rebuild_ask(r, why);

    if (fault == FAULT_STORE_REFUSED && r->wire.calls.answers[0].kind == ANSWER_ERROR)
        return FAULT_NONE;
    return fault;
}

/* One chunk at a time; what is damaged is read as far as it goes. */
static enum fault
read_journal(struct rebuild *r, const struct origin *o, const struct meta *meta, struct count *c,
             struct why *why)
{
    struct journal_chain chain = { .meta = meta, .sink = note_record, .self = c };
    enum fault fault = FAULT_NONE;

    /* A number beyond all sense: a damaged meta. */
    if (meta->chunk >= CHUNKS_MOST)
        return why_set(why, FAULT_JOURNAL_BROKEN, "meta names chunk %lld", (long long)meta->chunk);
    while (fault == FAULT_NONE && chain.chunk <= meta->chunk) {
        struct text chunk = { NULL, 0 };

        fault = lease_renew(r, why);
        if (fault != FAULT_NONE)
            return fault;
        calls_reset(&r->wire.calls);
        ask_key(&r->wire.calls, "GET",
                chunk_key(&r->wire, o->place, meta->generation, chain.chunk));
        fault = ask_one(r, why);
        if (fault == FAULT_NONE && r->wire.calls.answers[0].kind == ANSWER_TEXT)
            chunk = r->wire.calls.answers[0].text;
        if (fault == FAULT_NONE)
            fault = journal_chain_chunk(&chain, chunk, why);
    }
    return fault != FAULT_NONE ? fault : journal_chain_end(&chain, why);
}

/* What the service's journal of o has; p: as it was counted again, or NULL. */
static enum fault
count_journal(struct rebuild *r, const struct origin *o, const struct partition *p, struct count *c,
              struct why *why)
{
    struct meta meta = { 0 };
    enum fault fault;

    *c = (struct count){ .again = p == NULL ? NULL : p->ledger, .seen = ledger_new() };
    if (c->seen == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for the facts of a partition");
    calls_reset(&r->wire.calls);
    ask_meta(&r->wire.calls, meta_key(&r->wire, o->place));
    fault = ask_one(r, why);
    if (fault == FAULT_NONE)
        fault = take_meta(&r->wire.calls.answers[0], &meta, why);
    /* Begun anew since: all that is in it came from the log as it is now. */
    if (p != NULL && p->seed != meta.seed)
        meta.exists = false;
    if (fault == FAULT_NONE && meta.exists)
        fault = read_journal(r, o, &meta, c, why);
    c->damaged = fault == FAULT_JOURNAL_BROKEN;
    ledger_free(c->seen);
    free(c->offered);
    c->seen = NULL;
    c->offered = NULL;
    return c->damaged ? FAULT_NONE : fault;
}

/* Where the log begins may have changed since it was looked at. */
static void
look_where_it_begins(struct rebuild *r, struct origin *o)
{
    const struct feed *feed = &r->wire.world->feed;
    struct why unheard;
    int64_t low, high;

    if (feed->range(feed->self, o->place, &low, &high, &unheard) != FAULT_NONE)
        return; /* it was asked before */
    o->low = low;
    o->high = high;
}

/* Redis had nothing of o; the group knows that it was counted. */
static void
look_at_emptied(struct rebuild *r, struct origin *o)
{
    int64_t from = known_from(&o->noted);

    look_where_it_begins(r, o);
    if (o->noted.sent == 0 || o->low <= from)
        return;
    r->unknown++;
    rebuild_print(r,
                  "%s: Redis has lost what was counted, and the log begins at offset %lld: %lld "
                  "offsets that were counted would go",
                  o->name, (long long)o->low, (long long)(o->low - from));
}

static void
say_damaged(struct rebuild *r, const struct origin *o)
{
    r->unknown++;
    rebuild_print(r,
                  "%s: its journal is damaged, and the log begins at offset %lld: what would go "
                  "nobody can tell",
                  o->name, (long long)o->low);
}

/* One partition that was counted again with the same number of partitions. */
static enum fault
look_at_partition(struct rebuild *r, struct origin *o, struct why *why)
{
    const struct partition *p = partition_of(&r->a->owned, o->place);
    struct count c;
    enum fault fault;

    if (p == NULL)
        return FAULT_NONE;
    if (!o->was_there) { /* what is there by now was counted from the log since */
        look_at_emptied(r, o);
        return FAULT_NONE;
    }
    look_where_it_begins(r, o);
    /* Only what was counted up to the hold can be compared. */
    if (!is_at_limit(&r->a->finish, p))
        return why_set(why, FAULT_MOVING,
                       "%s: what was counted again is not whole. Run --rebuild again", o->name);
    fault = count_journal(r, o, p, &c, why);
    if (fault != FAULT_NONE)
        return fault;
    /* Damaged, and the log does not have all of it, for sure or perhaps. */
    if (c.damaged &&
        (o->low > 0 || o->next < 0 || o->next > o->high || (o->last_offset >= 0 && !o->is_log)))
        say_damaged(r, o);
    r->lost += c.gone + c.less;
    if (c.gone > 0)
        rebuild_print(r, "%s: %lld of %lld facts and series are gone from the log, and would go",
                      o->name, (long long)c.gone, (long long)c.there);
    if (c.less > 0)
        rebuild_print(r,
                      "%s: %lld of %lld facts and series have lost a part: what outranked the "
                      "rest, or figures, is gone from the log, and would go",
                      o->name, (long long)c.less, (long long)c.there);
    return FAULT_NONE;
}

/* ---- another number of partitions ------------------------------------------------------- */

/* Partitions that the service counted this topic with, if not as many as there are now; else 0. */
static int64_t
former_count(const struct rebuild *r, enum topic topic)
{
    int64_t most = 0;
    bool other = false;

    for (size_t i = 0; i < r->count; i++) {
        const struct origin *o = &r->origins[i];

        if (o->place.topic != topic || o->ver[0] == '\0')
            continue;
        other = other || !o->same_deal;
        most = o->partitions > most ? o->partitions : most;
    }
    /* What a meta says is not believed without a bound. */
    most = most < PARTITIONS_MOST ? most : PARTITIONS_MOST;
    return other ? most : 0;
}

/* A log that is compacted begins where it did, and has gaps. */
static bool
may_lose(struct rebuild *r, struct origin *o)
{
    const struct partition *p = partition_of(&r->a->owned, o->place);

    look_where_it_begins(r, o);
    return o->low > 0 || (o->was_there && !o->is_log) || (p != NULL && p->has_gaps);
}

/* Can records of this topic be gone that the service has counted?  `former` is
 * the number of partitions that it had. */
static bool
topic_may_lose(struct rebuild *r, enum topic topic, int64_t former)
{
    /* Fewer partitions than before: some of the former ones are not read any
     * more. */
    bool may = former > r->service.partitions[topic];

    for (size_t i = 0; i < r->count && !may; i++)
        may = r->origins[i].place.topic == topic && may_lose(r, &r->origins[i]);
    return may;
}

/* Identities of all former partitions against those of all present ones, by
 * number alone. */
static enum fault
look_at_topic(struct rebuild *r, enum topic topic, int64_t former, struct why *why)
{
    int64_t there = 0, again = 0;
    enum fault fault = FAULT_NONE;

    for (int32_t i = 0; i < former && fault == FAULT_NONE; i++) {
        struct origin o = { .place = { topic, i } };
        struct count c = { 0 };

        (void)snprintf(o.name, sizeof o.name, "%s/%d", topic_names[topic], i);
        fault = count_journal(r, &o, NULL, &c, why);
        if (fault == FAULT_NONE && c.damaged)
            say_damaged(r, &o);
        there += c.there;
    }
    for (size_t i = 0; i < r->a->owned.count; i++)
        if (r->a->owned.at[i]->place.topic == topic)
            again += (int64_t)ledger_count(r->a->owned.at[i]->ledger);
    if (fault != FAULT_NONE)
        return fault;
    if (there > 0 && there <= again) { /* what is new may hide what is gone */
        r->unknown++;
        rebuild_print(r,
                      "%s: it has other partitions than it had, and the log begins late, has gaps "
                      "or is another one: whether something would go nobody can tell",
                      topic_names[topic]);
    }
    if (there <= again)
        return FAULT_NONE;
    r->lost += there - again;
    rebuild_print(r,
                  "%s: of %lld facts and series, in %lld partitions, %lld were counted again, in "
                  "%d: at least %lld would go",
                  topic_names[topic], (long long)there, (long long)former, (long long)again,
                  r->service.partitions[topic], (long long)(there - again));
    return FAULT_NONE;
}

/* ---- another law of numbers -------------------------------------------------------------- */

/* Was some partition of this topic counted by another version of the parts function? */
static bool
has_other_law(const struct rebuild *r, enum topic topic)
{
    for (size_t i = 0; i < r->count; i++) {
        const struct origin *o = &r->origins[i];

        if (o->place.topic == topic && o->ver[0] != '\0' && !o->same_law)
            return true;
    }
    return false;
}

/* Its journals name other things, in a form of their own: what is gone can't be
 * told, only that something may be. */
static void
look_at_other_law(struct rebuild *r, enum topic topic, int64_t former)
{
    if (!topic_may_lose(r, topic, former))
        return;
    r->unknown++;
    rebuild_print(r,
                  "%s: it was counted by another law of numbers, and the log begins late, has gaps "
                  "or is another one: whether something would go nobody can tell",
                  topic_names[topic]);
}

/* ---- all --------------------------------------------------------------------------------- */

static enum fault
look_at(struct rebuild *r, enum topic topic, struct why *why)
{
    int64_t former = former_count(r, topic);
    enum fault fault = FAULT_NONE;

    if (has_other_law(r, topic)) {
        look_at_other_law(r, topic, former);
        return FAULT_NONE;
    }
    if (former > 0 && topic_may_lose(r, topic, former))
        fault = look_at_topic(r, topic, former, why);
    for (size_t i = 0; i < r->count && former == 0 && fault == FAULT_NONE; i++)
        if (r->origins[i].place.topic == topic)
            fault = look_at_partition(r, &r->origins[i], why);
    return fault;
}

/* The service keeps what it has; the operator decides. */
static enum fault
refuse(struct rebuild *r, struct why *why)
{
    rebuild_print(r, "run again with --accept-loss to swap in what the log still has");
    r->refused = true;
    if (r->lost == 0)
        return why_set(why, FAULT_LOG_MISMATCH,
                       "what the log no longer has of what was counted can't be told, since "
                       "journals are damaged or of another law, or partitions were added: "
                       "nothing was swapped");
    return why_set(why, FAULT_LOG_MISMATCH,
                   "%lld facts and series that were counted are gone from the log, as a whole or "
                   "in part: nothing was swapped",
                   (long long)r->lost);
}

enum fault
loss_look(struct rebuild *r, struct why *why)
{
    /* a master that lost writes has lost some of what was counted again, too */
    enum fault fault = servers_are_same(r, why);

    r->lost = 0;
    r->unknown = 0;
    for (int t = 0; t < TOPIC_COUNT && fault == FAULT_NONE; t++)
        fault = look_at(r, (enum topic)t, why);
    if (fault != FAULT_NONE || (r->lost == 0 && r->unknown == 0))
        return fault;
    fault = hold_again(r, why); /* what a partition that went on has counted is no loss */
    if (fault != FAULT_NONE)
        return fault;
    log_say(r->wire.world->log, LOG_WARN, "rebuild: would lose", LOG_I("facts_and_series", r->lost),
            LOG_I("not_known", r->unknown));
    r->tells = true; /* why they differ is known: no need to look again */
    fault = servers_are_same(r, why);
    return fault != FAULT_NONE || r->service.accept_loss ? fault : refuse(r, why);
}
