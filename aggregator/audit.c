#include "aggregator/push_inside.h"

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
    /* Our own PUSH, whose answer was lost.  A half tag needs the position of its A as well, which
     * nobody keeps once the scope was seen empty. */
    if (tag_equal(&tag, &share->sent) &&
        (tag.form != TAG_HALF || moment_equal(tag.from, share->tag.from))) {
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
        struct text key = meta_key(a, p->place);
        calls_begin(&a->calls, NULL, key);
        calls_arg(&a->calls, TEXT_LITERAL("HMGET"));
        calls_arg(&a->calls, key);
        calls_arg(&a->calls, text_of(meta_field_names[META_VER]));
        calls_arg(&a->calls, TEXT_LITERAL("hold"));
    }
}

/* A version that is not ours leads to SYNC.  *any_hold: some meta has a hold,
 * ended or not; `held` of its partition is set. */
static void
take_versions(struct aggregator *a, bool *any_hold)
{
    *any_hold = false;
    for (size_t i = 0; i < a->partition_count; i++) {
        struct partition *p = a->partitions[i];
        const struct answer *answer = &a->calls.answers[i];
        struct version version = { 0, 0 };
        struct text ver = answer_item(answer, 0);

        if (answer->kind == ANSWER_AWAY)
            partition_away(a, p);
        /* An open batch may be committed or not: COMMIT will tell. */
        if (answer->kind == ANSWER_AWAY)
            continue;
        p->held = answer_item(answer, 1).at != NULL;
        *any_hold = *any_hold || p->held;
        if (!p->open &&
            (ver.at == NULL || !version_read(ver, &version) || !version_equal(version, p->version)))
            p->wants_sync = true;
    }
}

/* Does a hold that was seen still stand?  While it does the partition is left
 * alone: its tags may be of the journal that is about to come. */
static enum fault
ask_holds(struct aggregator *a, struct why *why)
{
    enum fault fault, held = FAULT_NONE;
    struct why sentence;
    size_t asked = 0;

    calls_reset(&a->calls);
    for (size_t i = 0; i < a->partition_count; i++)
        if (a->partitions[i]->held)
            ask_hold(a, a->partitions[i]);
    fault = calls_run(&a->calls, &a->world.store, why);
    if (fault != FAULT_NONE && fault != FAULT_STORE_AWAY)
        return fault;
    for (size_t i = 0; i < a->partition_count; i++) {
        struct partition *p = a->partitions[i];
        const struct answer *answer;

        if (!p->held)
            continue;
        answer = &a->calls.answers[asked++];
        if (answer->kind == ANSWER_AWAY) /* perhaps: then it is left alone as well */
            partition_away(a, p);
        else if (answer_is(answer, "HELD"))
            held = partition_held(a, p, &sentence);
        else
            p->held = false;
    }
    if (fault == FAULT_NONE && held != FAULT_NONE)
        fault = why_set(why, held, "%s", sentence.text);
    return fault;
}

/* Our tags, and what asof says of the scope, for every scope. */
static void
ask_tags(struct aggregator *a)
{
    calls_reset(&a->calls);
    for (int s = 0; s < SCOPE_COUNT; s++) {
        struct text tags = scope_key(a, s, "tags"), asof = scope_key(a, s, "asof");

        calls_begin(&a->calls, NULL, tags);
        calls_arg(&a->calls, TEXT_LITERAL("HMGET"));
        calls_arg(&a->calls, tags);
        for (size_t i = 0; i < a->partition_count; i++)
            calls_arg(&a->calls, text_of(a->partitions[i]->name));
        calls_begin(&a->calls, NULL, asof);
        calls_arg(&a->calls, TEXT_LITERAL("HMGET"));
        calls_arg(&a->calls, asof);
        calls_arg(&a->calls, TEXT_LITERAL("complete"));
        calls_arg(&a->calls, TEXT_LITERAL("whole"));
        calls_arg(&a->calls, TEXT_LITERAL("runs"));
        calls_arg(&a->calls, TEXT_LITERAL("ran"));
    }
}

bool
asof_is_torn(const struct asof_marks *marks)
{
    struct text none = TEXT_LITERAL("0"), whole = marks->whole;
    struct text complete = marks->complete.at == NULL ? none : marks->complete;

    if (whole.at == NULL) /* nothing was pushed yet, or by an older version */
        whole = text_equal(complete, TEXT_LITERAL("1")) ? complete : none;
    return !text_equal(complete, whole) || !text_equal(marks->runs, marks->ran);
}

/* What the audit found out about the scopes. */
struct findings {
    bool incomplete[SCOPE_COUNT]; /* complete is not 1 */
    bool torn[SCOPE_COUNT];       /* a script that was lost is in its history again (rule 21) */
    bool any_torn;
};

static void
take_asof(struct findings *f, int scope, const struct answer *asof)
{
    struct asof_marks marks = { answer_item(asof, 0), answer_item(asof, 1), answer_item(asof, 2),
                                answer_item(asof, 3) };

    f->incomplete[scope] = !text_equal(marks.complete, TEXT_LITERAL("1"));
    f->torn[scope] = asof_is_torn(&marks);
    f->any_torn = f->any_torn || f->torn[scope];
}

/* Scopes that say that they are not complete: a PUSH from a tag to itself
 * looks again.  Usually somebody else is still at work. */
static enum fault
ask_again(struct aggregator *a, const struct findings *f, struct why *why)
{
    struct partition *p = a->partitions[0];

    pushes_reset(a);
    for (int s = 0; s < SCOPE_COUNT && is_pushable(p); s++) {
        const struct share *share = &p->shares[s];

        if (!f->incomplete[s] || f->torn[s] || !is_plain_today(a, share))
            continue;
        if (!pushes_begin(a, s) || !pushes_move(a, p, share->tag, share->position))
            return no_memory(why);
        pushes_call(a, a->day, NULL, 0);
    }
    return a->pushes.count == 0 ? FAULT_NONE : pushes_run(a, why);
}

enum fault
audit(struct aggregator *a, struct why *why)
{
    struct findings found = { 0 };
    bool any_hold;
    enum fault fault;

    if (a->partition_count == 0)
        return FAULT_NONE; /* a partition that is not synced yet will be anyway */
    a->counts.audits++;
    /* meta first: a tag that is unknown to us may be known to a newer journal,
     * and then it is the journal that we must read (rule 8). */
    ask_versions(a);
    fault = calls_run(&a->calls, &a->world.store, why);
    if (fault != FAULT_NONE && fault != FAULT_STORE_AWAY)
        return fault;
    take_versions(a, &any_hold);
    fault = pass_over(a, fault, why);
    if (fault == FAULT_NONE && any_hold)
        fault = pass_over(a, ask_holds(a, why), why);
    ask_tags(a);
    if (fault == FAULT_NONE)
        fault = calls_run(&a->calls, &a->world.store, why);
    if (fault != FAULT_NONE && fault != FAULT_STORE_AWAY)
        return fault;
    fault = pass_over(a, fault, why);
    for (int s = 0; s < SCOPE_COUNT; s++) {
        const struct answer *tags = &a->calls.answers[2 * (size_t)s], *asof = tags + 1;

        if (tags->kind == ANSWER_AWAY || asof->kind == ANSWER_AWAY) {
            scope_away(a, s);
            continue;
        }

        for (size_t i = 0; i < a->partition_count; i++) {
            struct text tag = answer_item(tags, i);
            if (!a->partitions[i]->wants_sync && !a->partitions[i]->held)
                resolve_tag(a->partitions[i], s, tag.at == NULL ? TEXT_LITERAL("") : tag);
        }
        take_asof(&found, s, asof);
    }
    if (fault == FAULT_NONE && found.any_torn)
        fault = reset_scopes(a, a->partitions[0], found.torn, RESET_TORN, why);
    return fault != FAULT_NONE ? fault : ask_again(a, &found, why);
}
