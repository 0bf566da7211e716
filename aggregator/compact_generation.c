#include "aggregator/compact_inside.h"

/* Every script compares ver and the count of chunks, so that an instance that
 * has lost the partition, or a copy that comes late, changes nothing. */

static void
put_version(struct aggregator *a, struct version version)
{
    char text[VERSION_TEXT];

    calls_copy(&a->calls, (struct text){ text, version_write(version, text) });
}

/* Not OK: somebody else is at work, or Redis went back in time. */
static void
take_refusal(struct aggregator *a, struct partition *p)
{
    if (answer_is(&a->calls.answers[0], "FENCED"))
        p->wants_sync = true;
    a->audit_soon = true;
    compact_forget(p);
}

/* As our scripts write it; absent is 0. */
static bool
read_count(struct text t, int64_t *out)
{
    int64_t n = 0;

    if (t.length >= 10 || (t.length > 1 && t.at[0] == '0'))
        return false;
    for (size_t i = 0; i < t.length; i++) {
        if (t.at[i] < '0' || t.at[i] > '9')
            return false;
        n = n * 10 + (t.at[i] - '0');
    }
    *out = n;
    return true;
}

static enum fault
take_look(struct partition *p, struct text writing, struct text written, struct why *why)
{
    struct compaction *c = &p->compaction;
    bool good = read_count(written, &c->chunks) && writing.length < sizeof c->generation;

    if (!good || (c->chunks > 0 && writing.length == 0))
        return why_set(why, FAULT_JOURNAL_BROKEN,
                       "%s: meta: fields writing and written are '%.*s' and '%.*s'. Delete both: "
                       "the journal does not need them",
                       p->name, text_shown(writing), writing.length == 0 ? "" : writing.at,
                       text_shown(written), written.length == 0 ? "" : written.at);
    if (writing.length > 0)
        memcpy(c->generation, writing.at, writing.length);
    c->generation[writing.length] = '\0';
    c->state = writing.length > 0 ? COMPACT_SWEEP : COMPACT_REST; /* 0 chunks: there may be more */
    return FAULT_NONE;
}

enum fault
generation_look(struct aggregator *a, struct partition *p, struct why *why)
{
    struct text key;
    enum fault fault;

    calls_reset(&a->calls);
    key = meta_key(a, p->place);
    calls_begin(&a->calls, NULL, key);
    calls_arg(&a->calls, TEXT_LITERAL("HMGET"));
    calls_arg(&a->calls, key);
    calls_arg(&a->calls, TEXT_LITERAL("writing"));
    calls_arg(&a->calls, TEXT_LITERAL("written"));
    fault = calls_run(&a->calls, &a->world.store, why);
    if (fault != FAULT_NONE)
        return fault;
    return take_look(p, answer_item(&a->calls.answers[0], 0), answer_item(&a->calls.answers[0], 1),
                     why);
}

enum fault
generation_sweep(struct aggregator *a, struct partition *p, int64_t most, struct why *why)
{
    struct compaction *c = &p->compaction;
    int64_t left = c->chunks > most ? c->chunks - most : 0;
    struct text meta;
    enum fault fault;

    calls_reset(&a->calls);
    meta = meta_key(a, p->place);
    calls_begin(&a->calls, &a->scripts[SCRIPT_SWEEP], meta);
    calls_integer(&a->calls, 1 + c->chunks + most - left);
    calls_arg(&a->calls, meta);
    for (int64_t chunk = left; chunk < c->chunks + most; chunk++) /* and what lies above them */
        calls_arg(&a->calls, chunk_key(a, p->place, c->generation, chunk));
    put_version(a, p->version);
    calls_arg(&a->calls, text_of(c->generation));
    calls_integer(&a->calls, c->chunks);
    calls_integer(&a->calls, left);
    fault = calls_run(&a->calls, &a->world.store, why);
    if (fault != FAULT_NONE)
        return fault;
    if (answer_is(&a->calls.answers[0], "MARKED"))
        return FAULT_NONE; /* the next step deletes */
    if (!answer_is(&a->calls.answers[0], "OK")) {
        take_refusal(a, p);
        return FAULT_NONE;
    }
    c->chunks = left;
    if (left == 0)
        c->state = COMPACT_REST;
    return FAULT_NONE;
}

void
generation_record(struct aggregator *a, struct partition *p, bool last)
{
    struct compaction *c = &p->compaction;
    struct journal_head head = {
        .flags = (uint8_t)((c->chunks == 0 ? JOURNAL_FIRST : 0) | (last ? 0 : JOURNAL_PARTIAL)),
        .version = last ? c->version : next_version(a),
        .predecessor = c->before,
        .next = p->next,
        .last_offset = p->last_offset,
        .last_hash = p->last_hash,
    };

    for (int s = 0; last && s < SCOPE_COUNT; s++)
        head.aliases[head.alias_count++] =
            (struct journal_alias){ s, p->shares[s].tag.from.version };
    journal_begin(&c->writer, &head);
    c->before = head.version;
}

/* *written: it is in Redis; if not, another instance is at work. */
static enum fault
write_chunk(struct aggregator *a, struct partition *p, bool *written, struct why *why)
{
    struct compaction *c = &p->compaction;
    int64_t *lengths = realloc(c->lengths, (size_t)(c->chunks + 1) * sizeof *lengths);
    struct text meta, record;
    enum fault fault;

    *written = false;
    if (lengths == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory to compact %s", p->name);
    c->lengths = lengths;
    fault = journal_end(&c->writer, &record, why);
    if (fault != FAULT_NONE)
        return fault;
    calls_reset(&a->calls);
    meta = meta_key(a, p->place);
    calls_begin(&a->calls, &a->scripts[SCRIPT_CHUNK], meta);
    calls_integer(&a->calls, 2);
    calls_arg(&a->calls, meta);
    calls_arg(&a->calls, chunk_key(a, p->place, c->generation, c->chunks));
    put_version(a, p->version);
    calls_arg(&a->calls, text_of(c->generation));
    calls_integer(&a->calls, c->chunks);
    calls_arg(&a->calls, record);
    fault = calls_run(&a->calls, &a->world.store, why);
    if (fault != FAULT_NONE)
        return fault;
    *written = answer_is(&a->calls.answers[0], "OK");
    if (!*written) {
        take_refusal(a, p);
        return FAULT_NONE;
    }
    c->lengths[c->chunks++] = (int64_t)record.length;
    c->bytes += (int64_t)record.length;
    return FAULT_NONE;
}

enum fault
generation_chunk(struct aggregator *a, struct partition *p, bool last, struct why *why)
{
    bool written;
    enum fault fault = write_chunk(a, p, &written, why);

    if (fault == FAULT_NONE && written)
        generation_record(a, p, last);
    return fault;
}

static void
flip_call(struct aggregator *a, const struct partition *p)
{
    const struct compaction *c = &p->compaction;
    struct text meta;

    calls_reset(&a->calls);
    meta = meta_key(a, p->place);
    calls_begin(&a->calls, &a->scripts[SCRIPT_FLIP], meta);
    calls_integer(&a->calls, 1 + c->chunks);
    calls_arg(&a->calls, meta);
    for (int64_t chunk = 0; chunk < c->chunks; chunk++)
        calls_arg(&a->calls, chunk_key(a, p->place, c->generation, chunk));
    put_version(a, p->version);
    put_version(a, c->version);
    calls_integer(&a->calls, p->next);
    calls_arg(&a->calls, text_of(c->generation));
    calls_integer(&a->calls, c->chunks);
    for (int64_t chunk = 0; chunk < c->chunks; chunk++)
        calls_integer(&a->calls, c->lengths[chunk]);
}

/* It is the journal now; what was it lies beside. */
static void
take_flip(struct aggregator *a, struct partition *p)
{
    struct compaction *c = &p->compaction;
    int64_t old_chunks = p->chunk + 1;
    char old[GENERATION_TEXT];

    memcpy(old, p->generation, sizeof old);
    p->version = c->version;
    memcpy(p->generation, c->generation, sizeof p->generation);
    p->chunk = c->chunks - 1;
    p->chunk_length = c->lengths[c->chunks - 1];
    p->journal_bytes = c->bytes;
    p->base_bytes = c->bytes;
    compact_forget(p);
    memcpy(c->generation, old, sizeof c->generation);
    c->chunks = old_chunks;
    c->state = COMPACT_SWEEP;
    a->counts.flips++;
    log_say(a->world.log, LOG_INFO, "journal compacted", LOG_S("partition", p->name),
            LOG_I("bytes", p->journal_bytes), LOG_I("entries", (int64_t)ledger_count(p->ledger)));
}

enum fault
generation_flip(struct aggregator *a, struct partition *p, struct why *why)
{
    bool written;
    enum fault fault = generation_chunk(a, p, true, why);

    if (fault != FAULT_NONE || p->compaction.state != COMPACT_WAIT)
        return fault;
    fault = write_chunk(a, p, &written, why);
    if (fault != FAULT_NONE || !written)
        return fault;
    flip_call(a, p);
    fault = calls_run(&a->calls, &a->world.store, why);
    if (fault != FAULT_NONE || !answer_is(&a->calls.answers[0], "OK")) {
        p->wants_sync = true; /* flipped or not: the journal knows */
        compact_forget(p);
        return fault;
    }
    take_flip(a, p);
    return FAULT_NONE;
}
