/* What SYNC asks Redis for: tags, meta, holds and the chunks of a journal. */
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
read_tags(struct wire *wire, const struct owned *owned, struct partition *p, struct why *why)
{
    enum fault fault;

    calls_reset(&wire->calls);
    for (int s = 0; s < SCOPE_COUNT; s++) {
        ask_key(&wire->calls, "HGET", scope_key(wire, s, "tags"));
        calls_arg(&wire->calls, text_of(p->name));
    }
    fault = pass_over(wire, wire_run(wire, why), why);
    if (fault != FAULT_NONE)
        return fault;
    for (int s = 0; s < SCOPE_COUNT; s++) {
        const struct answer *answer = &wire->calls.answers[s];
        if (answer->kind == ANSWER_AWAY)
            scope_away(wire, owned, s);
        share_set(&p->shares[s], answer->kind == ANSWER_TEXT ? answer->text : TEXT_LITERAL(""));
    }
    return FAULT_NONE;
}

enum fault
read_meta(struct wire *wire, const struct partition *p, struct meta *meta, struct why *why)
{
    enum fault fault;

    calls_reset(&wire->calls);
    ask_meta(&wire->calls, meta_key(wire, p->place));
    fault = wire_run(wire, why);
    return fault != FAULT_NONE ? fault : take_meta(&wire->calls.answers[0], meta, why);
}

enum fault
read_hold_and_meta(struct wire *wire, const struct partition *p, bool *held, struct meta *meta,
                   struct why *why)
{
    enum fault fault;

    calls_reset(&wire->calls);
    ask_hold(wire, p->place);
    ask_meta(&wire->calls, meta_key(wire, p->place));
    fault = wire_run(wire, why);
    if (fault != FAULT_NONE)
        return fault;
    *held = answer_is(&wire->calls.answers[0], "HELD");
    return take_meta(&wire->calls.answers[1], meta, why);
}

enum fault
check_settings(const struct wire *wire, const struct partition *p, const struct meta *meta,
               struct why *why)
{
    if (meta->algorithm != PARTS_ALGORITHM)
        return why_set(why, FAULT_SETTINGS,
                       "%s: its totals were made by version %lld of the parts function, this "
                       "program has version %d. tally-aggregate --rebuild counts again from Kafka",
                       p->name, (long long)meta->algorithm, PARTS_ALGORITHM);
    if (meta->schemas > history_count((enum record_type)p->place.topic))
        return why_set(why, FAULT_SETTINGS,
                       "%s: a newer tally-aggregate has read it, which knows version %lld of the "
                       "schema; this program knows %d, and would set aside what it can't read. "
                       "Start the newer one",
                       p->name, (long long)meta->schemas,
                       history_count((enum record_type)p->place.topic));
    if (meta->partitions != wire->settings->partitions[p->place.topic])
        return why_set(why, FAULT_SETTINGS,
                       "%s: its totals were made with %lld partitions, the topic has %d. "
                       "tally-aggregate --rebuild counts again from Kafka",
                       p->name, (long long)meta->partitions,
                       wire->settings->partitions[p->place.topic]);
    if (strcmp(meta->windows, wire->windows_text) != 0)
        return why_set(why, FAULT_SETTINGS,
                       "%s: its totals were made with --windows %s, not %s. Use the same, or "
                       "count again from Kafka with these and --rebuild",
                       p->name, meta->windows, wire->windows_text);
    return FAULT_NONE;
}

enum fault
read_chunks(struct wire *wire, const struct partition *p, const struct meta *meta, int64_t first,
            struct why *why)
{
    calls_reset(&wire->calls);
    for (int64_t c = first; c <= meta->chunk && c < first + CHUNKS_AT_ONCE; c++)
        ask_key(&wire->calls, "GET", chunk_key(wire, p->place, meta->generation, c));
    return wire_run(wire, why);
}
