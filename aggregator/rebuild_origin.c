/* What the service has counted, and whether the topics still are what it was
 * counted from.
 *
 *  1. meta of each partition: ver, next, generation, seed, number of partitions
 *  2. the end of its journal: offset and hash of the record counted last
 *  3. that record in the log, at its offset
 *
 * A partition whose last record lies in the log where the journal says, or that
 * has expired, has sent its dead letters and copies for all below `next`.  Of
 * any other nobody knows, and at least once is the promise (rule 17). */
#include "aggregator/hash.h"
#include "aggregator/rebuild_inside.h"

enum {
    ORIGIN_VER,
    ORIGIN_NEXT,
    ORIGIN_GEN,
    ORIGIN_CHUNK,
    ORIGIN_PARTITIONS,
    ORIGIN_SEED,
    ORIGIN_ALG,
    ORIGIN_FIELDS
};
static const char *const fields[ORIGIN_FIELDS] = { "ver",        "next", "gen", "chunk",
                                                   "partitions", "seed", "alg" };

enum { PROBE_MS = 30000, PROBE_WAIT_MS = 200, LAST_TRIES = 8 };

/* False when it is too long to be ours. */
static bool
keep(struct text t, char *out, size_t size)
{
    out[0] = '\0';
    if (t.at == NULL || t.length >= size)
        return t.at == NULL;
    memcpy(out, t.at, t.length);
    out[t.length] = '\0';
    return true;
}

/* 1 to 16 digits. */
static bool
seed_in(struct text t, uint64_t *out)
{
    static const char digits[] = "0123456789abcdef";

    *out = 0;
    for (size_t i = 0; i < t.length && i < 16; i++) {
        const char *digit = memchr(digits, t.at[i], sizeof digits - 1);

        if (digit == NULL)
            return false;
        *out = *out << 4 | (uint64_t)(digit - digits);
    }
    return t.length > 0 && t.length <= 16;
}

/* The fields of all metas in one run, in the order of `fields`. */
static void
ask_metas(struct rebuild *r)
{
    calls_reset(&r->wire.calls);
    for (size_t i = 0; i < r->count; i++) {
        ask_key(&r->wire.calls, "HMGET", meta_key(&r->wire, r->origins[i].place));
        for (int f = 0; f < ORIGIN_FIELDS; f++)
            calls_arg(&r->wire.calls, text_of(fields[f]));
    }
}

enum fault
origins_follow(struct rebuild *r, struct why *why)
{
    enum fault fault;

    ask_metas(r);
    fault = rebuild_ask(r, why);
    for (size_t i = 0; i < r->count && fault == FAULT_NONE; i++) {
        struct origin *o = &r->origins[i];
        const struct answer *answer = &r->wire.calls.answers[i];
        int64_t count = text_number(answer_item(answer, ORIGIN_PARTITIONS));

        /* What is held stands still, and REPLACE compares the ver of that
         * moment. */
        if (o->held)
            continue;
        /* A ver that REPLACE could not be told would make the swap impossible. */
        if (!keep(answer_item(answer, ORIGIN_VER), o->ver, sizeof o->ver))
            fault = why_set(why, FAULT_JOURNAL_BROKEN,
                            "%s: ver in its meta is no version of ours. Delete the meta", o->name);
        if (!keep(answer_item(answer, ORIGIN_GEN), o->generation, sizeof o->generation))
            o->generation[0] = '\0';
        o->next = text_number(answer_item(answer, ORIGIN_NEXT));
        o->chunk = text_number(answer_item(answer, ORIGIN_CHUNK));
        o->seeded = seed_in(answer_item(answer, ORIGIN_SEED), &o->seed);
        o->partitions = count;
        o->same_law = text_number(answer_item(answer, ORIGIN_ALG)) == PARTS_ALGORITHM;
        o->same_deal = o->same_law && count == r->service.partitions[o->place.topic];
    }
    return fault;
}

/* ---- the end of a journal -------------------------------------------------------------- */

/* The last record that can be read, up to where the meta says.  True: it is the journal's last. */
static bool
take_last_record(struct origin *o, struct text chunk)
{
    const uint8_t *at = (const uint8_t *)chunk.at;
    size_t left = chunk.length, bytes;
    struct journal_head head;
    struct text items;
    bool is_last = false;

    /* What lies behind meta's `next` may be half a COMMIT (rule 21). */
    while (left > 0 && journal_read_head(at, left, &head, &items, &bytes) && head.next <= o->next) {
        o->last_offset = head.last_offset;
        o->last_hash = head.last_hash;
        is_last = head.next == o->next;
        at += bytes;
        left -= bytes;
    }
    return is_last;
}

/* Redis has no journal of o: what the group knows of it. */
static enum fault
ask_group(struct rebuild *r, struct origin *o, struct why *why)
{
    const struct feed *feed = &r->wire.world->feed;
    enum fault fault = feed->noted(feed->self, o->place, &o->noted, why);

    if (fault != FAULT_NONE)
        return fault;
    /* Nothing of ours: as if nothing had ever been sent. */
    if (o->noted.next < 0)
        o->noted = (struct position){ .place = o->place, .last_offset = -1, .from = -1 };
    o->last_offset = o->noted.last_offset;
    o->last_hash = o->noted.last_hash;
    return FAULT_NONE;
}

/* Right behind a compaction the last chunk is empty: then the one before it has the record. */
static enum fault
read_last_chunks(struct rebuild *r, struct origin *o, bool *found, struct why *why)
{
    int64_t first = o->chunk > 0 ? o->chunk - 1 : o->chunk;
    enum fault fault;

    calls_reset(&r->wire.calls);
    for (int64_t chunk = first; chunk <= o->chunk; chunk++)
        ask_key(&r->wire.calls, "GET", chunk_key(&r->wire, o->place, o->generation, chunk));
    fault = rebuild_ask(r, why);
    for (int64_t i = 0; fault == FAULT_NONE && i <= o->chunk - first; i++)
        if (r->wire.calls.answers[i].kind == ANSWER_TEXT)
            *found = take_last_record(o, r->wire.calls.answers[i].text) || *found;
    return fault;
}

/* The service goes on meanwhile: where a compaction took away what its meta named, the meta is
 * read again. */
static enum fault
read_last_record(struct rebuild *r, struct origin *o, struct why *why)
{
    enum fault fault = FAULT_NONE;
    bool found = false;

    for (int tries = 0; tries < LAST_TRIES && !found && fault == FAULT_NONE; tries++) {
        if (tries > 0)
            fault = origins_follow(r, why);
        o->last_offset = -1;
        if (fault == FAULT_NONE && o->ver[0] == '\0')
            return ask_group(r, o, why);
        /* Without a journal that can be named nothing can be looked at. */
        if (o->generation[0] == '\0' || o->chunk < 0 || o->next < 0)
            return fault;
        if (fault == FAULT_NONE)
            fault = read_last_chunks(r, o, &found, why);
    }
    return fault;
}

/* ---- is it this log? -------------------------------------------------------------------- */

/* Partitions lie in r->origins topic by topic. */
static struct origin *
origin_of(struct rebuild *r, struct place place)
{
    size_t at = place.topic == (enum topic)0 ? 0 : (size_t)r->service.partitions[0];

    return &r->origins[at + (size_t)place.partition];
}

/* Their last records were asked for: take what comes. */
static enum fault
probe(struct rebuild *r, size_t left, struct why *why)
{
    const struct feed *feed = &r->wire.world->feed;
    int64_t give_up = tick(r->wire.world) + PROBE_MS;

    while (left > 0) {
        struct batch batch = { 0 };
        enum fault fault = lease_renew(r, why);

        if (fault == FAULT_NONE)
            fault = feed->take(feed->self, TAKE_MOST, PROBE_WAIT_MS, &batch, why);
        if (fault != FAULT_NONE && fault_remedy(fault) != TRY_AGAIN)
            return fault;
        /* The first message of a partition decides: it begins at the offset
         * that was asked for. */
        for (size_t i = 0; fault == FAULT_NONE && i < batch.message_count; i++) {
            const struct message *m = &batch.messages[i];
            struct origin *o = origin_of(r, m->place);

            if (!o->waits)
                continue;
            o->is_log =
                m->offset == o->last_offset && message_hash(m->key, m->value) == o->last_hash;
            o->waits = false;
            left--;
        }
        /* Whatever else comes of it, the record does not. */
        for (size_t i = 0; fault == FAULT_NONE && i < batch.event_count; i++) {
            struct origin *o = origin_of(r, batch.events[i].place);

            left -= o->waits; /* the end, or nothing there: another log */
            o->waits = false;
        }
        if (left > 0 && tick(r->wire.world) > give_up)
            return why_set(why, FAULT_KAFKA_AWAY, "%zu partitions can't be read", left);
    }
    return FAULT_NONE;
}

/* Where no record can tell: nothing was read yet, or the last record has expired, and the log holds
 * all that comes next.  So the service goes on there, too (loss.c). */
static bool
seems_to_be_log(const struct origin *o)
{
    if (o->last_offset < 0)
        return o->next == o->low;
    return o->last_offset < o->low && o->low <= o->next && o->next <= o->high;
}

/* Read one record of each partition that can tell: the one that was counted
 * last. */
static enum fault
probe_all(struct rebuild *r, struct why *why)
{
    const struct feed *feed = &r->wire.world->feed;
    struct start *starts = calloc(r->count + 1, sizeof *starts);
    struct place *places = calloc(r->count + 1, sizeof *places);
    size_t count = 0;
    enum fault fault = FAULT_NONE;

    if (starts == NULL || places == NULL)
        fault = why_set(why, FAULT_NO_MEMORY, "no memory for the partitions");
    for (size_t i = 0; i < r->count && fault == FAULT_NONE; i++) {
        struct origin *o = &r->origins[i];
        int64_t next = o->next >= 0 ? o->next : o->noted.sent;

        o->is_log = seems_to_be_log(o);
        /* Only where the record can lie there: within the log, and below what
         * was counted. */
        o->waits = o->low <= o->last_offset && o->last_offset < next && next <= o->high;
        if (!o->waits)
            continue;
        places[count] = o->place;
        starts[count++] = (struct start){ o->place, o->last_offset };
    }
    if (fault == FAULT_NONE && count > 0)
        fault = feed->start(feed->self, starts, count, why);
    if (fault == FAULT_NONE && count > 0)
        fault = probe(r, count, why);
    if (fault == FAULT_NONE && count > 0)
        fault = feed->stop(feed->self, places, count, why);
    free(starts);
    free(places);
    return fault;
}

/* What the operator should know before it is counted. */
static void
tell_origin(struct rebuild *r, const struct origin *o)
{
    if (o->low > 0) {
        log_say(r->wire.world->log, LOG_WARN, "rebuild: the log begins late",
                LOG_S("partition", o->name), LOG_I("first_offset", o->low));
        rebuild_print(r,
                      "%s: the log begins at offset %lld; what lay before is gone, and can't "
                      "be counted again",
                      o->name, (long long)o->low);
    }
    if (o->ver[0] != '\0' && !(o->is_log && o->same_deal))
        log_say(r->wire.world->log, LOG_WARN, "rebuild: not as the service counted it",
                LOG_S("partition", o->name),
                LOG_S("message", !o->is_log     ? "the last record of its journal is not in the log"
                                 : !o->same_law ? "it was counted by another law of numbers"
                                                : "it had another number of partitions"));
}

/* One partition of a topic that is read to its end makes all of them: a copy
 * that one forwards lies in another, and counts there. */
static void
note_ends(struct rebuild *r)
{
    bool to_end[TOPIC_COUNT] = { false };

    for (size_t i = 0; i < r->count; i++) {
        const struct origin *o = &r->origins[i];

        if (!o->is_log || !o->same_deal || o->next < 0)
            to_end[o->place.topic] = true;
    }
    for (size_t i = 0; i < r->count; i++)
        r->origins[i].to_end = to_end[r->origins[i].place.topic];
}

enum fault
origins_read(struct rebuild *r, struct why *why)
{
    const struct feed *feed = &r->wire.world->feed;
    enum fault fault = origins_follow(r, why);

    for (size_t i = 0; i < r->count && fault == FAULT_NONE; i++) {
        struct origin *o = &r->origins[i];

        o->was_there = o->ver[0] != '\0';
        r->other_law = r->other_law || (o->was_there && !o->same_law);
        fault = lease_renew(r, why);
        if (fault == FAULT_NONE)
            fault = feed->range(feed->self, o->place, &o->low, &o->high, why);
        if (fault == FAULT_NONE)
            fault = read_last_record(r, o, why);
    }
    if (fault == FAULT_NONE)
        fault = probe_all(r, why);
    note_ends(r);
    for (size_t i = 0; i < r->count && fault == FAULT_NONE; i++)
        tell_origin(r, &r->origins[i]);
    return fault;
}
