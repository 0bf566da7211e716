#include "aggregator/sync_inside.h"

enum { CHUNKS_AT_ONCE = 4 }; /* of about 1 MiB each: what SYNC holds beside the ledger */

/* A tag as it was read; its words are kept, since RESET compares them. */
static void
share_set(struct share *share, struct text tag)
{
    share->tag = tag_read(tag);
    share->raw_length = tag.length;
    share->raw_kept = tag.length < sizeof share->raw ? tag.length : sizeof share->raw;
    if (share->raw_kept > 0)
        memcpy(share->raw, tag.at, share->raw_kept);
}

/* Tags first, the journal after: what a tag names was committed before.  A
 * scope that does not answer is taken for empty and left alone: the audit that
 * comes before it is pushed to finds the tag, and leads to SYNC again. */
enum fault
read_tags(struct aggregator *a, struct partition *p, struct why *why)
{
    enum fault fault;

    calls_reset(&a->calls);
    for (int s = 0; s < SCOPE_COUNT; s++) {
        struct text key = scope_key(a, s, "tags");
        calls_begin(&a->calls, NULL, key);
        calls_arg(&a->calls, TEXT_LITERAL("HGET"));
        calls_arg(&a->calls, key);
        calls_arg(&a->calls, text_of(p->name));
    }
    fault = pass_over(a, calls_run(&a->calls, &a->world.store, why), why);
    if (fault != FAULT_NONE)
        return fault;
    for (int s = 0; s < SCOPE_COUNT; s++) {
        const struct answer *answer = &a->calls.answers[s];
        if (answer->kind == ANSWER_AWAY)
            scope_away(a, s);
        share_set(&p->shares[s], answer->kind == ANSWER_TEXT ? answer->text : TEXT_LITERAL(""));
    }
    return FAULT_NONE;
}

/* Append the question what meta says. */
static void
ask_meta(struct aggregator *a, const struct partition *p)
{
    struct text key = meta_key(a, p->place);

    calls_begin(&a->calls, NULL, key);
    calls_arg(&a->calls, TEXT_LITERAL("HMGET"));
    calls_arg(&a->calls, key);
    for (int i = 0; i < META_FIELDS; i++)
        calls_arg(&a->calls, text_of(meta_field_names[i]));
}

static enum fault
take_meta(const struct answer *answer, struct meta *meta, struct why *why)
{
    struct text values[META_FIELDS];

    for (size_t i = 0; i < META_FIELDS; i++)
        values[i] = answer_item(answer, i);
    return meta_read(values, meta, why);
}

enum fault
read_meta(struct aggregator *a, const struct partition *p, struct meta *meta, struct why *why)
{
    enum fault fault;

    calls_reset(&a->calls);
    ask_meta(a, p);
    fault = calls_run(&a->calls, &a->world.store, why);
    return fault != FAULT_NONE ? fault : take_meta(&a->calls.answers[0], meta, why);
}

void
ask_hold(struct aggregator *a, const struct partition *p)
{
    struct text key = meta_key(a, p->place);

    calls_begin(&a->calls, &a->scripts[SCRIPT_HOLD], key);
    calls_integer(&a->calls, 1);
    calls_arg(&a->calls, key);
    calls_arg(&a->calls, TEXT_LITERAL(""));
}

enum fault
read_hold_and_meta(struct aggregator *a, const struct partition *p, bool *held, struct meta *meta,
                   struct why *why)
{
    enum fault fault;

    calls_reset(&a->calls);
    ask_hold(a, p);
    ask_meta(a, p);
    fault = calls_run(&a->calls, &a->world.store, why);
    if (fault != FAULT_NONE)
        return fault;
    *held = answer_is(&a->calls.answers[0], "HELD");
    return take_meta(&a->calls.answers[1], meta, why);
}

enum fault
check_settings(const struct aggregator *a, const struct partition *p, const struct meta *meta,
               struct why *why)
{
    if (meta->algorithm != PARTS_ALGORITHM)
        return why_set(why, FAULT_SETTINGS,
                       "%s: its totals were made by version %lld of the parts function, this "
                       "program has version %d. tally-aggregate --rebuild counts again from Kafka",
                       p->name, (long long)meta->algorithm, PARTS_ALGORITHM);
    if (meta->partitions != a->settings.partitions[p->place.topic])
        return why_set(why, FAULT_SETTINGS,
                       "%s: its totals were made with %lld partitions, the topic has %d. "
                       "tally-aggregate --rebuild counts again from Kafka",
                       p->name, (long long)meta->partitions,
                       a->settings.partitions[p->place.topic]);
    if (strcmp(meta->windows, a->windows_text) != 0)
        return why_set(why, FAULT_SETTINGS,
                       "%s: its totals were made with --windows %s, not %s. Use the same, or "
                       "count again from Kafka with these and --rebuild",
                       p->name, meta->windows, a->windows_text);
    return FAULT_NONE;
}

enum fault
read_chunks(struct aggregator *a, const struct partition *p, const struct meta *meta, int64_t first,
            struct why *why)
{
    calls_reset(&a->calls);
    for (int64_t c = first; c <= meta->chunk && c < first + CHUNKS_AT_ONCE; c++) {
        struct text key = chunk_key(a, p->place, meta->generation, c);

        calls_begin(&a->calls, NULL, key);
        calls_arg(&a->calls, TEXT_LITERAL("GET"));
        calls_arg(&a->calls, key);
    }
    return calls_run(&a->calls, &a->world.store, why);
}
