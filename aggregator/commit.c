#include "aggregator/state.h"

enum { COMMIT_KEYS = 2 };

/* Fields of meta that a partition's first record brings along. */
static void
settings_args(struct aggregator *a, const struct partition *p)
{
    char seed[17];

    (void)snprintf(seed, sizeof seed, "%016llx", (unsigned long long)p->seed);
    calls_arg(&a->calls, text_of(meta_field_names[META_SEED]));
    calls_copy(&a->calls, text_of(seed));
    calls_arg(&a->calls, text_of(meta_field_names[META_ALG]));
    calls_integer(&a->calls, PARTS_ALGORITHM);
    calls_arg(&a->calls, text_of(meta_field_names[META_PARTITIONS]));
    calls_integer(&a->calls, a->settings.partitions[p->place.topic]);
    calls_arg(&a->calls, text_of(meta_field_names[META_WINDOWS]));
    calls_arg(&a->calls, text_of(a->windows_text));
}

/* Where the record goes: the last chunk, or a new one when that is full. */
static void
chunk_for(const struct aggregator *a, const struct partition *p, int64_t *chunk, int64_t *offset)
{
    bool full = p->chunk_length >= a->settings.chunk_bytes;

    *chunk = full ? p->chunk + 1 : p->chunk;
    *offset = full ? 0 : p->chunk_length;
}

static enum fault
commit_call(struct aggregator *a, struct partition *p, struct why *why)
{
    char version[VERSION_TEXT];
    struct text meta, record;
    int64_t chunk, offset;
    enum fault fault = enter_end(a, p, why);

    journal_progress(&p->writer, p->read_next, p->open_last_offset, p->open_last_hash);
    if (fault == FAULT_NONE)
        fault = journal_end(&p->writer, &record, why);
    if (fault != FAULT_NONE)
        return fault;
    chunk_for(a, p, &chunk, &offset);
    meta = meta_key(a, p->place);
    calls_begin(&a->calls, &a->scripts[SCRIPT_COMMIT], meta);
    calls_integer(&a->calls, COMMIT_KEYS);
    calls_arg(&a->calls, meta);
    calls_arg(&a->calls, chunk_key(a, p->place, p->generation, chunk));
    calls_copy(&a->calls, (struct text){ version, version_write(p->version, version) });
    calls_copy(&a->calls, (struct text){ version, version_write(p->open_version, version) });
    calls_integer(&a->calls, p->read_next);
    calls_arg(&a->calls, text_of(p->generation));
    calls_integer(&a->calls, chunk);
    calls_integer(&a->calls, offset);
    calls_arg(&a->calls, record);
    if (version_is_none(p->version))
        settings_args(a, p);
    return FAULT_NONE;
}

static enum fault
take_answer(struct aggregator *a, struct partition *p, const struct answer *answer, struct why *why)
{
    struct text length = answer_item(answer, 1);
    int64_t chunk, offset;

    if (answer_is(answer, "FENCED")) {
        log_say(a->world.log, LOG_WARN, "fenced", LOG_S("partition", p->name));
        p->wants_sync = true;
        p->ready = false; /* the ledger knows what was not committed: nothing may be added to it */
        p->open = false;
        return FAULT_NONE;
    }
    if (answer_is(answer, "HELD")) { /* it stays open, and is sent again as it is */
        a->push_once = true;
        return partition_held(a, p, why);
    }
    if (!answer_is(answer, "OK"))
        return why_set(why, FAULT_JOURNAL_BROKEN,
                       "%s: the journal in Redis is shorter than its meta says (%.*s bytes in "
                       "the last chunk). Something else wrote to it, or Redis lost a part of it. "
                       "tally-aggregate --rebuild counts again from Kafka",
                       p->name, text_shown(length), length.at == NULL ? "" : length.at);
    chunk_for(a, p, &chunk, &offset);
    p->chunk = chunk;
    p->chunk_length = offset + (int64_t)p->writer.used;
    p->journal_bytes += (int64_t)p->writer.used;
    p->version = p->open_version;
    p->next = p->read_next;
    p->last_offset = p->open_last_offset;
    p->last_hash = p->open_last_hash;
    p->committed_rows = p->row_count;
    p->open = false;
    compact_commit(a, p);
    a->counts.commits++;
    return FAULT_NONE;
}

enum fault
commit_all(struct aggregator *a, struct why *why)
{
    enum fault fault = FAULT_NONE, answered;
    size_t sent = 0;

    calls_reset(&a->calls);
    for (size_t i = 0; i < a->partition_count && fault == FAULT_NONE; i++)
        if (a->partitions[i]->open && !a->partitions[i]->away)
            fault = commit_call(a, a->partitions[i], why);
    if (fault != FAULT_NONE)
        return fault;
    fault = calls_run(&a->calls, &a->world.store, why);
    if (fault != FAULT_NONE && fault != FAULT_STORE_AWAY)
        return fault;
    /* An answer that came is taken even when others are missing: those are
     * asked again, with the same version. */
    for (size_t i = 0; i < a->partition_count; i++) {
        struct partition *p = a->partitions[i];
        const struct answer *answer;

        if (!p->open || p->away)
            continue;
        answer = &a->calls.answers[sent++];
        if (answer->kind == ANSWER_AWAY) {
            partition_away(a, p);
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
