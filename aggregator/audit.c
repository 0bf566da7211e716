#include "aggregator/state.h"

void
resolve_tag(struct partition *p, int scope, struct text text)
{
    struct share *share = &p->shares[scope];
    struct tag tag = tag_read(text);

    if (tag_equal(&tag, &share->tag))
        return;
    if (tag.form == TAG_EMPTY) {
        share->tag = tag;
        return;
    }
    if (tag_equal(&tag, &share->sent)) {
        /* Our own PUSH, whose answer was lost. */
        if (tag.form == TAG_HALF)
            share->to_position = share->sent_position;
        else
            share->position = share->sent_position;
        share->tag = tag;
        return;
    }
    p->wants_sync = true; /* only the journal can tell what it means */
}

static void
ask_versions(struct aggregator *a)
{
    calls_reset(&a->calls);
    for (size_t i = 0; i < a->partition_count; i++) {
        const struct partition *p = a->partitions[i];
        char name[KEY_BYTES];
        struct text key =
            calls_keep(&a->calls, (struct text){ name, key_meta(a->settings.prefix,
                                                                topic_names[p->place.topic],
                                                                p->place.partition, name) });
        calls_begin(&a->calls, NULL, key);
        calls_arg(&a->calls, TEXT_LITERAL("HGET"));
        calls_arg(&a->calls, key);
        calls_arg(&a->calls, text_of(meta_field_names[META_VER]));
    }
}

static void
ask_tags(struct aggregator *a)
{
    calls_reset(&a->calls);
    for (int s = 0; s < SCOPE_COUNT; s++) {
        struct text key = scope_key(a, s, "tags");
        calls_begin(&a->calls, NULL, key);
        calls_arg(&a->calls, TEXT_LITERAL("HMGET"));
        calls_arg(&a->calls, key);
        for (size_t i = 0; i < a->partition_count; i++)
            calls_arg(&a->calls, text_of(a->partitions[i]->name));
    }
}

enum fault
audit(struct aggregator *a, struct why *why)
{
    enum fault fault;

    if (a->partition_count == 0)
        return FAULT_NONE; /* a partition that is not synced yet will be anyway */
    a->counts.audits++;
    /* meta first: a tag that is unknown to us may be known to a newer journal,
     * and then it is the journal that we must read (rule 8). */
    ask_versions(a);
    fault = calls_run(&a->calls, &a->world.store, why);
    if (fault != FAULT_NONE)
        return fault;
    for (size_t i = 0; i < a->partition_count; i++) {
        struct partition *p = a->partitions[i];
        const struct answer *answer = &a->calls.answers[i];
        struct version version = { 0, 0 };

        if (answer->kind != ANSWER_TEXT || !version_read(answer->text, &version) ||
            !version_equal(version, p->version))
            p->wants_sync = true;
    }
    ask_tags(a);
    fault = calls_run(&a->calls, &a->world.store, why);
    if (fault != FAULT_NONE)
        return fault;
    for (int s = 0; s < SCOPE_COUNT; s++) {
        for (size_t i = 0; i < a->partition_count; i++) {
            struct text tag = answer_item(&a->calls.answers[s], i);
            if (!a->partitions[i]->wants_sync)
                resolve_tag(a->partitions[i], s, tag.at == NULL ? TEXT_LITERAL("") : tag);
        }
    }
    return FAULT_NONE;
}
