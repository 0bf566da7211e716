/* COMMIT: open batches into their journals, all in one pipeline.  Each is closed already (the turn
 * does it): here it only becomes a record.  Compare-and-set on the version of the journal: who is
 * no longer its owner is FENCED, drops what it read, and has changed nothing. */
#include "aggregator/state.h"

enum { COMMIT_KEYS = 2 };

/* Fields of meta that a partition's first record brings along. */
static void
settings_args(struct wire *wire, const struct partition *p)
{
    struct calls *calls = &wire->calls;
    char seed[17];

    (void)snprintf(seed, sizeof seed, "%016llx", (unsigned long long)p->seed);
    calls_arg(calls, text_of(meta_field_names[META_SEED]));
    calls_copy(calls, text_of(seed));
    calls_arg(calls, text_of(meta_field_names[META_ALG]));
    calls_integer(calls, PARTS_ALGORITHM);
    calls_arg(calls, text_of(meta_field_names[META_PARTITIONS]));
    calls_integer(calls, wire->settings->partitions[p->place.topic]);
    calls_arg(calls, text_of(meta_field_names[META_WINDOWS]));
    calls_arg(calls, text_of(wire->windows_text));
}

/* From now on an older program, which does not know this text, leaves p alone. */
static void
schemas_args(struct calls *calls, const struct partition *p)
{
    calls_arg(calls, text_of(meta_field_names[META_SCHEMAS]));
    calls_integer(calls, history_count((enum record_type)p->place.topic));
}

/* Where the record goes: the last chunk, or a new one when that is full. */
static void
chunk_for(const struct settings *settings, const struct partition *p, int64_t *chunk,
          int64_t *offset)
{
    bool full = p->chunk_length >= settings->chunk_bytes;

    *chunk = full ? p->chunk + 1 : p->chunk;
    *offset = full ? 0 : p->chunk_length;
}

static enum fault
commit_call(struct wire *wire, struct partition *p, struct why *why)
{
    struct calls *calls = &wire->calls;
    struct text record;
    int64_t chunk, offset;
    enum fault fault;

    journal_progress(&p->writer, p->read_next, p->open_last_offset, p->open_last_hash);
    fault = journal_end(&p->writer, &record, why);
    if (fault != FAULT_NONE)
        return fault;
    chunk_for(wire->settings, p, &chunk, &offset);
    call_script(wire, SCRIPT_COMMIT, COMMIT_KEYS, meta_key(wire, p->place));
    calls_arg(calls, chunk_key(wire, p->place, p->generation, chunk));
    put_version(calls, p->version);
    put_version(calls, p->open_version);
    calls_integer(calls, p->read_next);
    calls_arg(calls, text_of(p->generation));
    calls_integer(calls, chunk);
    calls_integer(calls, offset);
    calls_arg(calls, record);
    if (version_is_none(p->version))
        settings_args(wire, p);
    if (p->schemas < history_count((enum record_type)p->place.topic))
        schemas_args(calls, p);
    return FAULT_NONE;
}

static enum fault
take_answer(struct aggregator *a, struct partition *p, const struct answer *answer, struct why *why)
{
    struct text length = answer_item(answer, 1);
    int64_t chunk, offset;

    if (answer_is(answer, "FENCED")) {
        log_say(a->world.log, LOG_WARN, "fenced", LOG_S("partition", p->name));
        partition_mark_stale(p); /* the ledger knows what was not committed */
        p->open = false;
        return FAULT_NONE;
    }
    if (answer_is(answer, "HELD")) { /* it stays open, and is sent again as it is */
        a->push_once = true;
        return partition_held(&a->wire, p, why);
    }
    if (!answer_is(answer, "OK"))
        return why_set(why, FAULT_JOURNAL_BROKEN,
                       "%s: the journal in Redis is shorter than its meta says (%.*s bytes in "
                       "the last chunk). Something else wrote to it, or Redis lost a part of it. "
                       "tally-aggregate --rebuild counts again from Kafka",
                       p->name, text_shown(length), length.at == NULL ? "" : length.at);
    chunk_for(&a->settings, p, &chunk, &offset);
    p->chunk = chunk;
    p->chunk_length = offset + (int64_t)p->writer.used;
    p->journal_bytes += (int64_t)p->writer.used;
    p->version = p->open_version;
    p->schemas = history_count((enum record_type)p->place.topic);
    p->next = p->read_next;
    p->last_offset = p->open_last_offset;
    p->last_hash = p->open_last_hash;
    p->last_ms = p->open_last_ms;
    p->committed_rows = p->row_count;
    p->open = false;
    compact_commit(&a->compacting, p);
    a->counts.commits++;
    return FAULT_NONE;
}

/* Those of list that are open, and whose keys answer. */
static enum fault
commit_list(struct aggregator *a, struct partition *const *list, size_t count, struct why *why)
{
    enum fault fault = FAULT_NONE, answered;
    size_t sent = 0;

    calls_reset(&a->wire.calls);
    for (size_t i = 0; i < count && fault == FAULT_NONE; i++)
        if (list[i]->open && !list[i]->away)
            fault = commit_call(&a->wire, list[i], why);
    if (fault != FAULT_NONE)
        return fault;
    fault = wire_run(&a->wire, why);
    if (fault != FAULT_NONE && fault != FAULT_STORE_AWAY)
        return fault;
    /* An answer that came is taken even when others are missing: those are
     * asked again, with the same version. */
    for (size_t i = 0; i < count; i++) {
        struct partition *p = list[i];
        const struct answer *answer;

        if (!p->open || p->away)
            continue;
        answer = &a->wire.calls.answers[sent++];
        if (answer->kind == ANSWER_AWAY) {
            partition_away(&a->wire, p);
            continue;
        }
        answered = take_answer(a, p, answer, why);
        if (answered == FAULT_HELD)
            fault = answered;
        else if (answered != FAULT_NONE)
            return answered;
    }
    return fault;
}

enum fault
commit_all(struct aggregator *a, struct why *why)
{
    return commit_list(a, a->owned.at, a->owned.count, why);
}

enum fault
commit_one(struct aggregator *a, struct partition *p, struct why *why)
{
    return commit_list(a, &p, 1, why);
}
