/* The generation beside the journal: looked at, swept up, written chunk by
 * chunk, and made the journal.
 *
 *  meta   gen      -> the journal          chunks 0 .. chunk
 *         writing  -> the other one        chunks 0 .. written - 1
 *
 * The other one is an attempt on its way, one that was given up, or the journal
 * before the last FLIP; which of them makes no difference.  Every script
 * compares ver and the count of chunks, so that an instance that has lost the
 * partition, or a copy that comes late, changes nothing. */
#include "aggregator/compact_inside.h"

/* The attempt is over.  What it left in Redis is found by LOOK, and swept up. */
void
compact_forget(struct partition *p)
{
    struct compaction *c = &p->compaction;

    journal_writer_release(&c->writer);
    free(c->lengths);
    *c = (struct compaction){ .state = COMPACT_LOOK };
}

/* Not OK: somebody else is at work, or Redis went back in time. */
static void
take_refusal(struct wire *wire, struct partition *p)
{
    if (answer_is(&wire->calls.answers[0], "FENCED"))
        partition_mark_stale(p);
    wire->audit_soon = true;
    compact_forget(p);
}

/* As our scripts write it; absent is 0. */
static bool
read_count(struct text t, int64_t *out)
{
    /* Lua's numbers have no leading zeros: what has was not written by a script
     * of ours. */
    bool is_padded = t.length > 1 && t.at[0] == '0';

    *out = t.length == 0 ? 0 : t.length >= 10 || is_padded ? -1 : text_number(t);
    return *out >= 0;
}

/* What meta says of the generation beside the journal: there is one to sweep
 * up, or all is clear. */
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
generation_look(struct wire *wire, struct partition *p, struct why *why)
{
    const struct answer *answer;
    enum fault fault;

    calls_reset(&wire->calls);
    ask_key(&wire->calls, "HMGET", meta_key(wire, p->place));
    calls_arg(&wire->calls, TEXT_LITERAL("writing"));
    calls_arg(&wire->calls, TEXT_LITERAL("written"));
    fault = wire_run(wire, why);
    if (fault != FAULT_NONE)
        return fault;
    answer = &wire->calls.answers[0];
    return take_look(p, answer_item(answer, 0), answer_item(answer, 1), why);
}

enum fault
generation_sweep(struct wire *wire, struct partition *p, int64_t most, struct why *why)
{
    struct compaction *c = &p->compaction;
    struct calls *calls = &wire->calls;
    /* From the end, and the count in meta goes down before the chunks do: a
     * crash in between leaves chunks above the count, and those are named, too. */
    int64_t left = c->chunks > most ? c->chunks - most : 0;
    enum fault fault;

    calls_reset(calls);
    call_script(wire, SCRIPT_SWEEP, 1 + c->chunks + most - left, meta_key(wire, p->place));
    for (int64_t chunk = left; chunk < c->chunks + most; chunk++) /* and what lies above them */
        calls_arg(calls, chunk_key(wire, p->place, c->generation, chunk));
    put_version(calls, p->version);
    calls_arg(calls, text_of(c->generation));
    calls_integer(calls, c->chunks);
    calls_integer(calls, left);
    fault = wire_run(wire, why);
    if (fault != FAULT_NONE)
        return fault;
    if (answer_is(&calls->answers[0], "MARKED"))
        return FAULT_NONE; /* the next step deletes */
    if (!answer_is(&calls->answers[0], "OK")) {
        take_refusal(wire, p);
        return FAULT_NONE;
    }
    c->chunks = left;
    if (left == 0)
        c->state = COMPACT_REST;
    return FAULT_NONE;
}

void
generation_record(struct compacting *work, struct partition *p, bool last)
{
    struct compaction *c = &p->compaction;
    struct journal_head head = {
        /* Every record of a generation but the last is partial: its version
         * stands for no content, since the ledger changes while it is copied. */
        .flags = (uint8_t)((c->chunks == 0 ? JOURNAL_FIRST : 0) | (last ? 0 : JOURNAL_PARTIAL)),
        .version = last ? c->version : next_version(work->versions),
        .predecessor = c->before,
        .next = p->next,
        .last_offset = p->last_offset,
        .last_hash = p->last_hash,
    };

    /* Every scope is at p's content now (is_shown_everywhere()), so each one's
     * tag is another name of it. */
    for (int s = 0; last && s < SCOPE_COUNT; s++)
        head.aliases[head.alias_count++] =
            (struct journal_alias){ s, p->shares[s].tag.from.version };
    journal_begin(&c->writer, &head);
    c->before = head.version;
}

/* *written: it is in Redis; if not, another instance is at work. */
static enum fault
write_chunk(struct wire *wire, struct partition *p, bool *written, struct why *why)
{
    struct compaction *c = &p->compaction;
    struct calls *calls = &wire->calls;
    /* Noted for FLIP, which checks that every chunk is as long as it was
     * written. */
    int64_t *lengths = realloc(c->lengths, (size_t)(c->chunks + 1) * sizeof *lengths);
    struct text record;
    enum fault fault;

    *written = false;
    if (lengths == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory to compact %s", p->name);
    c->lengths = lengths;
    fault = journal_end(&c->writer, &record, why);
    if (fault != FAULT_NONE)
        return fault;
    calls_reset(calls);
    call_script(wire, SCRIPT_CHUNK, 2, meta_key(wire, p->place));
    calls_arg(calls, chunk_key(wire, p->place, c->generation, c->chunks));
    put_version(calls, p->version);
    calls_arg(calls, text_of(c->generation));
    calls_integer(calls, c->chunks);
    calls_arg(calls, record);
    fault = wire_run(wire, why);
    if (fault != FAULT_NONE)
        return fault;
    *written = answer_is(&calls->answers[0], "OK");
    if (!*written) {
        take_refusal(wire, p);
        return FAULT_NONE;
    }
    c->lengths[c->chunks++] = (int64_t)record.length;
    c->bytes += (int64_t)record.length;
    return FAULT_NONE;
}

enum fault
generation_chunk(struct compacting *work, struct partition *p, bool last, struct why *why)
{
    bool written;
    enum fault fault = write_chunk(work->wire, p, &written, why);

    if (fault == FAULT_NONE && written)
        generation_record(work, p, last);
    return fault;
}

/* Every chunk with its length: the script checks them all before it writes. */
static void
flip_call(struct wire *wire, const struct partition *p)
{
    const struct compaction *c = &p->compaction;
    struct calls *calls = &wire->calls;

    calls_reset(calls);
    call_script(wire, SCRIPT_FLIP, 1 + c->chunks, meta_key(wire, p->place));
    for (int64_t chunk = 0; chunk < c->chunks; chunk++)
        calls_arg(calls, chunk_key(wire, p->place, c->generation, chunk));
    put_version(calls, p->version);
    put_version(calls, c->version);
    calls_integer(calls, p->next);
    calls_arg(calls, text_of(c->generation));
    calls_integer(calls, c->chunks);
    for (int64_t chunk = 0; chunk < c->chunks; chunk++)
        calls_integer(calls, c->lengths[chunk]);
}

/* It is the journal now; what was it lies beside. */
static void
take_flip(struct compacting *work, struct partition *p)
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
    /* What is added from now on is measured against this (is_grown()). */
    p->base_bytes = c->bytes;
    compact_forget(p);
    memcpy(c->generation, old, sizeof c->generation);
    c->chunks = old_chunks;
    c->state = COMPACT_SWEEP;
    work->counts->flips++;
    log_say(work->wire->world->log, LOG_INFO, "journal compacted", LOG_S("partition", p->name),
            LOG_I("bytes", p->journal_bytes), LOG_I("entries", (int64_t)ledger_count(p->ledger)));
}

enum fault
generation_flip(struct compacting *work, struct partition *p, struct why *why)
{
    bool written;
    /* The open record becomes a chunk, and the last one is begun: the one with
     * the version and the aliases. */
    enum fault fault = generation_chunk(work, p, true, why);

    /* Given up by the chunk: somebody else is at work. */
    if (fault != FAULT_NONE || p->compaction.state != COMPACT_WAIT)
        return fault;
    fault = write_chunk(work->wire, p, &written, why);
    if (fault != FAULT_NONE || !written)
        return fault;
    flip_call(work->wire, p);
    fault = wire_run(work->wire, why);
    if (fault != FAULT_NONE || !answer_is(&work->wire->calls.answers[0], "OK")) {
        partition_mark_stale(p); /* flipped or not: the journal knows */
        compact_forget(p);
        return fault;
    }
    take_flip(work, p);
    return FAULT_NONE;
}
