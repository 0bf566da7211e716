#include "aggregator/hash.h"
#include "aggregator/rebuild_inside.h"

/* What the service has counted, and whether the topics still are what it was
 * counted from.  A partition whose last record lies in the log where the journal
 * says has sent its dead letters and copies for all below `next`; of any other
 * nobody knows, and at least once is the promise (rule 17). */

enum { ORIGIN_VER, ORIGIN_NEXT, ORIGIN_GEN, ORIGIN_CHUNK, ORIGIN_PARTITIONS, ORIGIN_FIELDS };
static const char *const fields[ORIGIN_FIELDS] = { "ver", "next", "gen", "chunk", "partitions" };

enum { PROBE_MS = 30000, PROBE_WAIT_MS = 200 };

static int64_t
number_in(struct text t)
{
    int64_t n = 0;

    if (t.at == NULL || t.length == 0 || t.length > 18)
        return -1;
    for (size_t i = 0; i < t.length; i++) {
        if (t.at[i] < '0' || t.at[i] > '9')
            return -1;
        n = n * 10 + (t.at[i] - '0');
    }
    return n;
}

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

static void
ask_metas(struct rebuild *r)
{
    calls_reset(&r->calls);
    for (size_t i = 0; i < r->count; i++) {
        struct text key = rebuild_meta_key(r, r->service.prefix, &r->origins[i]);

        calls_begin(&r->calls, NULL, key);
        calls_arg(&r->calls, TEXT_LITERAL("HMGET"));
        calls_arg(&r->calls, key);
        for (int f = 0; f < ORIGIN_FIELDS; f++)
            calls_arg(&r->calls, text_of(fields[f]));
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
        const struct answer *answer = &r->calls.answers[i];
        int64_t count = number_in(answer_item(answer, ORIGIN_PARTITIONS));

        if (o->held)
            continue;
        if (!keep(answer_item(answer, ORIGIN_VER), o->ver, sizeof o->ver))
            fault = why_set(why, FAULT_JOURNAL_BROKEN,
                            "%s: ver in its meta is no version of ours. Delete the meta", o->name);
        if (!keep(answer_item(answer, ORIGIN_GEN), o->generation, sizeof o->generation))
            o->generation[0] = '\0';
        o->next = number_in(answer_item(answer, ORIGIN_NEXT));
        o->chunk = number_in(answer_item(answer, ORIGIN_CHUNK));
        o->same_count = count == r->service.partitions[o->place.topic];
    }
    return fault;
}

/* ---- the end of a journal -------------------------------------------------------------- */

/* The last record that can be read, up to where the meta says. */
static void
take_last_record(struct origin *o, struct text chunk)
{
    const uint8_t *at = (const uint8_t *)chunk.at;
    size_t left = chunk.length, bytes;
    struct journal_head head;
    struct text items;

    while (left > 0 && journal_read(at, left, &head, &items, &bytes) && head.next <= o->next) {
        o->last_offset = head.last_offset;
        o->last_hash = head.last_hash;
        at += bytes;
        left -= bytes;
    }
}

static enum fault
read_last_record(struct rebuild *r, struct origin *o, struct why *why)
{
    struct text key;
    enum fault fault;

    o->last_offset = -1;
    if (o->generation[0] == '\0' || o->chunk < 0 || o->next < 0)
        return FAULT_NONE;
    calls_reset(&r->calls);
    key = rebuild_chunk_key(r, r->service.prefix, o, o->generation, o->chunk);
    calls_begin(&r->calls, NULL, key);
    calls_arg(&r->calls, TEXT_LITERAL("GET"));
    calls_arg(&r->calls, key);
    fault = rebuild_ask(r, why);
    if (fault == FAULT_NONE && r->calls.answers[0].kind == ANSWER_TEXT)
        take_last_record(o, r->calls.answers[0].text);
    return fault;
}

/* ---- is it this log? -------------------------------------------------------------------- */

static struct origin *
origin_of(struct rebuild *r, struct place place)
{
    size_t at = place.topic == (enum topic)0 ? 0 : (size_t)r->service.partitions[0];

    return &r->origins[at + (size_t)place.partition];
}

/* Their last records were asked for: take what comes. */
static enum fault
probe(struct rebuild *r, bool *waits, size_t left, struct why *why)
{
    const struct feed *feed = &r->world->feed;
    const struct clock *clock = &r->world->clock;
    int64_t give_up = clock->tick_ms(clock->self) + PROBE_MS;

    while (left > 0) {
        struct batch batch = { 0 };
        enum fault fault = lease_renew(r, why);

        if (fault == FAULT_NONE)
            fault = feed->take(feed->self, TAKE_MOST, PROBE_WAIT_MS, &batch, why);
        if (fault != FAULT_NONE && fault_remedy(fault) != TRY_AGAIN)
            return fault;
        for (size_t i = 0; fault == FAULT_NONE && i < batch.message_count; i++) {
            const struct message *m = &batch.messages[i];
            struct origin *o = origin_of(r, m->place);

            if (!waits[o - r->origins])
                continue;
            o->is_log =
                m->offset == o->last_offset && message_hash(m->key, m->value) == o->last_hash;
            waits[o - r->origins] = false;
            left--;
        }
        for (size_t i = 0; fault == FAULT_NONE && i < batch.event_count; i++) {
            const struct origin *o = origin_of(r, batch.events[i].place);

            if (waits[o - r->origins]) /* the end, or nothing there: another log */
                left--;
            waits[o - r->origins] = false;
        }
        if (left > 0 && clock->tick_ms(clock->self) > give_up)
            return why_set(why, FAULT_KAFKA_AWAY, "%zu partitions can't be read", left);
    }
    return FAULT_NONE;
}

static enum fault
probe_all(struct rebuild *r, struct why *why)
{
    const struct feed *feed = &r->world->feed;
    struct start *starts = calloc(r->count + 1, sizeof *starts);
    struct place *places = calloc(r->count + 1, sizeof *places);
    bool *waits = calloc(r->count + 1, sizeof *waits);
    size_t count = 0;
    enum fault fault = FAULT_NONE;

    if (starts == NULL || places == NULL || waits == NULL)
        fault = why_set(why, FAULT_NO_MEMORY, "no memory for the partitions");
    for (size_t i = 0; i < r->count && fault == FAULT_NONE; i++) {
        struct origin *o = &r->origins[i];

        o->is_log = o->last_offset < 0 && o->next == o->low; /* nothing was read yet */
        waits[i] = o->low <= o->last_offset && o->last_offset < o->next && o->next <= o->high;
        if (!waits[i])
            continue;
        places[count] = o->place;
        starts[count++] = (struct start){ o->place, o->last_offset };
    }
    if (fault == FAULT_NONE && count > 0)
        fault = feed->start(feed->self, starts, count, why);
    if (fault == FAULT_NONE && count > 0)
        fault = probe(r, waits, count, why);
    if (fault == FAULT_NONE && count > 0)
        fault = feed->stop(feed->self, places, count, why);
    free(starts);
    free(places);
    free(waits);
    return fault;
}

/* What the operator should know before it is counted. */
static void
tell_origin(struct rebuild *r, const struct origin *o)
{
    if (o->low > 0) {
        log_say(r->world->log, LOG_WARN, "rebuild: the log begins late",
                LOG_S("partition", o->name), LOG_I("first_offset", o->low));
        rebuild_print(r,
                      "%s: the log begins at offset %lld; what lay before is gone, and can't "
                      "be counted again",
                      o->name, (long long)o->low);
    }
    if (o->ver[0] != '\0' && !(o->is_log && o->same_count))
        log_say(r->world->log, LOG_WARN, "rebuild: not as the service counted it",
                LOG_S("partition", o->name),
                LOG_S("message", !o->is_log ? "the last record of its journal is not in the log"
                                            : "it had another number of partitions"));
}

enum fault
origins_read(struct rebuild *r, struct why *why)
{
    const struct feed *feed = &r->world->feed;
    enum fault fault = origins_follow(r, why);

    for (size_t i = 0; i < r->count && fault == FAULT_NONE; i++) {
        struct origin *o = &r->origins[i];

        fault = lease_renew(r, why);
        if (fault == FAULT_NONE)
            fault = feed->range(feed->self, o->place, &o->low, &o->high, why);
        if (fault == FAULT_NONE)
            fault = read_last_record(r, o, why);
    }
    if (fault == FAULT_NONE)
        fault = probe_all(r, why);
    for (size_t i = 0; i < r->count && fault == FAULT_NONE; i++)
        tell_origin(r, &r->origins[i]);
    return fault;
}
