#include "aggregator/state.h"

/* Journal compaction: the ledger as it stands becomes a new generation.
 *
 * It is written beside the old one, a record a chunk, and made valid by FLIP.
 * meta's field `writing` names the generation that an attempt is about, so
 * that the next attempt can sweep up what a crash left behind. */

enum { SWEEP_CHUNKS = 32 };
enum { WORTH = 3 }; /* a journal this many times larger than its ledger */

static bool
is_grown(const struct aggregator *a, const struct partition *p)
{
    size_t live;

    if (!p->ready || p->wants_sync || p->away || p->open || p->verify)
        return false;
    live = ledger_entry_bytes(p->ledger) + ledger_count(p->ledger) * sizeof(struct identity);
    if ((size_t)(p->journal_bytes - p->base_bytes) < a->settings.compact_bytes ||
        (size_t)p->journal_bytes < live * WORTH)
        return false;
    for (int s = 0; s < SCOPE_COUNT; s++)
        if (p->shares[s].tag.form != TAG_PLAIN || p->shares[s].position != p->row_count)
            return false;
    return true;
}

static enum fault
run_one(struct aggregator *a, struct text key, const char *verb, struct text arg2, struct text arg3,
        struct why *why)
{
    calls_begin(&a->calls, NULL, key);
    calls_arg(&a->calls, text_of(verb));
    calls_arg(&a->calls, key);
    if (arg2.at != NULL)
        calls_arg(&a->calls, arg2);
    if (arg3.at != NULL)
        calls_arg(&a->calls, arg3);
    return calls_run(&a->calls, &a->world.store, why);
}

/* Some chunks of a generation; *gone: how many there were. */
static enum fault
sweep_chunks(struct aggregator *a, const struct partition *p, const char *generation, int64_t first,
             int64_t *gone, struct why *why)
{
    char version[VERSION_TEXT];
    struct text count;
    enum fault fault;

    calls_reset(&a->calls);
    calls_begin(&a->calls, &a->scripts[SCRIPT_SWEEP], meta_key(a, p->place));
    calls_integer(&a->calls, 1 + SWEEP_CHUNKS);
    calls_arg(&a->calls, meta_key(a, p->place));
    for (int64_t chunk = first; chunk < first + SWEEP_CHUNKS; chunk++)
        calls_arg(&a->calls, chunk_key(a, p->place, generation, chunk));
    calls_copy(&a->calls, (struct text){ version, version_write(p->version, version) });
    calls_arg(&a->calls, text_of(generation));
    fault = calls_run(&a->calls, &a->world.store, why);
    if (fault != FAULT_NONE)
        return fault;
    count = answer_item(&a->calls.answers[0], 1);
    *gone = 0;
    for (size_t i = 0; answer_is(&a->calls.answers[0], "OK") && i < count.length; i++)
        *gone = *gone * 10 + (count.at[i] - '0');
    return FAULT_NONE;
}

/* Chunks of an attempt that never became valid. */
static enum fault
sweep_up(struct aggregator *a, const struct partition *p, struct why *why)
{
    static const struct text none = { NULL, 0 };
    char left[GENERATION_TEXT] = "";
    const struct answer *answer;
    enum fault fault;

    calls_reset(&a->calls);
    fault = run_one(a, meta_key(a, p->place), "HGET", TEXT_LITERAL("writing"), none, why);
    if (fault != FAULT_NONE)
        return fault;
    answer = &a->calls.answers[0];
    if (answer->kind != ANSWER_TEXT || answer->text.length >= sizeof left)
        return FAULT_NONE;
    memcpy(left, answer->text.at, answer->text.length);
    for (int64_t chunk = 0, gone = SWEEP_CHUNKS; gone == SWEEP_CHUNKS; chunk += SWEEP_CHUNKS) {
        fault = sweep_chunks(a, p, left, chunk, &gone, why);
        if (fault != FAULT_NONE)
            return fault;
    }
    return FAULT_NONE;
}

/* A generation under construction. */
struct attempt {
    struct version version; /* the one that it ends with */
    char generation[GENERATION_TEXT];
    struct version before; /* of the record written last */
    int64_t chunks;
    int64_t *lengths; /* of each chunk */
    int64_t bytes;
    uint8_t flags;
};

static enum fault
write_chunk(struct aggregator *a, struct partition *p, struct attempt *t, struct why *why)
{
    struct text record;
    int64_t *lengths = realloc(t->lengths, (size_t)(t->chunks + 1) * sizeof *lengths);
    enum fault fault;

    if (lengths == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory to compact %s", p->name);
    t->lengths = lengths;
    fault = journal_end(&p->writer, &record, why);
    if (fault != FAULT_NONE)
        return fault;
    t->lengths[t->chunks] = (int64_t)record.length;
    t->bytes += (int64_t)record.length;
    calls_reset(&a->calls);
    return run_one(a, chunk_key(a, p->place, t->generation, t->chunks++), "SET", record,
                   (struct text){ NULL, 0 }, why);
}

static void
begin_record(struct aggregator *a, struct partition *p, struct attempt *t, bool last)
{
    struct journal_head head = {
        .flags = (uint8_t)(t->flags | (last ? 0 : JOURNAL_PARTIAL)),
        .version = last ? t->version : next_version(a),
        .predecessor = t->before,
        .next = p->next,
        .last_offset = p->last_offset,
        .last_hash = p->last_hash,
    };

    for (int s = 0; last && s < SCOPE_COUNT; s++)
        head.aliases[head.alias_count++] =
            (struct journal_alias){ s, p->shares[s].tag.from.version };
    journal_begin(&p->writer, &head);
    t->before = head.version;
    t->flags = 0;
}

static enum fault
write_generation(struct aggregator *a, struct partition *p, struct attempt *t, struct why *why)
{
    size_t cursor = 0, size;
    struct identity id;
    const uint8_t *entry;
    enum fault fault = FAULT_NONE;

    begin_record(a, p, t, false);
    while (fault == FAULT_NONE && ledger_next(p->ledger, &cursor, &id, &entry, &size)) {
        if (p->writer.used >= JOURNAL_CHUNK_BYTES) {
            fault = write_chunk(a, p, t, why);
            begin_record(a, p, t, false);
        }
        for (size_t item; size > 0; entry += item, size -= item) {
            item = item_bytes(entry, size);
            journal_add(&p->writer, id, entry, item);
        }
    }
    if (fault == FAULT_NONE)
        fault = write_chunk(a, p, t, why);
    if (fault != FAULT_NONE)
        return fault;
    begin_record(a, p, t, true);
    return write_chunk(a, p, t, why);
}

static enum fault
flip(struct aggregator *a, struct partition *p, const struct attempt *t, struct why *why)
{
    char version[VERSION_TEXT];
    struct text meta;
    enum fault fault;

    calls_reset(&a->calls);
    meta = meta_key(a, p->place);
    calls_begin(&a->calls, &a->scripts[SCRIPT_FLIP], meta);
    calls_integer(&a->calls, 1 + t->chunks + p->chunk + 1);
    calls_arg(&a->calls, meta);
    for (int64_t c = 0; c < t->chunks; c++)
        calls_arg(&a->calls, chunk_key(a, p->place, t->generation, c));
    for (int64_t c = 0; c <= p->chunk; c++)
        calls_arg(&a->calls, chunk_key(a, p->place, p->generation, c));
    calls_copy(&a->calls, (struct text){ version, version_write(p->version, version) });
    calls_copy(&a->calls, (struct text){ version, version_write(t->version, version) });
    calls_integer(&a->calls, p->next);
    calls_arg(&a->calls, text_of(t->generation));
    calls_integer(&a->calls, t->chunks);
    for (int64_t c = 0; c < t->chunks; c++)
        calls_integer(&a->calls, t->lengths[c]);
    fault = calls_run(&a->calls, &a->world.store, why);
    if (fault != FAULT_NONE || !answer_is(&a->calls.answers[0], "OK")) {
        p->wants_sync = true; /* flipped or not: the journal knows */
        return fault;
    }
    p->version = t->version;
    memcpy(p->generation, t->generation, sizeof p->generation);
    p->chunk = t->chunks - 1;
    p->chunk_length = t->lengths[t->chunks - 1];
    p->journal_bytes = t->bytes;
    p->base_bytes = t->bytes;
    a->counts.flips++;
    log_say(a->world.log, LOG_INFO, "journal compacted", LOG_S("partition", p->name),
            LOG_I("bytes", t->bytes), LOG_I("entries", (int64_t)ledger_count(p->ledger)));
    return FAULT_NONE;
}

static enum fault
compact(struct aggregator *a, struct partition *p, struct why *why)
{
    struct attempt t = { .version = next_version(a), .flags = JOURNAL_FIRST };
    enum fault fault = sweep_up(a, p, why);

    (void)version_write(t.version, t.generation);
    if (fault == FAULT_NONE) {
        calls_reset(&a->calls);
        fault = run_one(a, meta_key(a, p->place), "HSET", TEXT_LITERAL("writing"),
                        text_of(t.generation), why);
    }
    if (fault == FAULT_NONE)
        fault = write_generation(a, p, &t, why);
    if (fault == FAULT_NONE)
        fault = flip(a, p, &t, why);
    free(t.lengths);
    return fault;
}

enum fault
compact_journals(struct aggregator *a, struct why *why)
{
    enum fault fault = FAULT_NONE;

    for (size_t i = 0; i < a->partition_count && fault == FAULT_NONE; i++)
        if (is_grown(a, a->partitions[i])) {
            fault = compact(a, a->partitions[i], why);
            if (fault == FAULT_STORE_AWAY)
                partition_away(a, a->partitions[i]);
        }
    return fault;
}
