/* --exit-at-end: what was there at the start is counted and shown.
 *
 * The end of every partition of both topics is noted once, as its mark.  A
 * forwarded copy raises the mark of the partition that it went to.  Done is
 * when
 *
 *  - `next` of every partition, whoever owns it, has reached its mark,
 *  - what is our own is in every scope, and dead letters are acknowledged,
 *  - every scope is complete at our day: then nobody who has ended before is missed.
 *
 * A scope with a total out of range will never be complete; it has said so.  An
 * instance that has never had a partition, or does not know yet what of each
 * topic is its own, has checked nothing yet, and is not done. */
#include "aggregator/state.h"

enum { ASK_MS = 200 };

enum fault
finish_marks(struct aggregator *a, struct why *why)
{
    struct start after;

    /* Also before marks are known: what was forwarded until then lies below the
     * ends that are asked for now. */
    while (a->world.feed.forwarded(a->world.feed.self, &after)) {
        int64_t *mark = a->finish.marks_known
                            ? &a->finish.marks[after.place.topic][after.place.partition]
                            : NULL;
        if (mark != NULL && *mark < after.offset)
            *mark = after.offset;
    }
    /* Noted once, and only where somebody waits for them. */
    if (a->finish.marks_known || !(a->settings.exit_at_end || a->settings.counts_again))
        return FAULT_NONE;
    for (int t = 0; t < TOPIC_COUNT; t++) {
        for (int32_t i = 0; i < a->settings.partitions[t]; i++) {
            struct place place = { (enum topic)t, i };
            int64_t low, high;
            enum fault fault = a->world.feed.range(a->world.feed.self, place, &low, &high, why);

            if (fault != FAULT_NONE)
                return fault;
            a->finish.marks[t][i] = high;
        }
    }
    a->finish.marks_known = true;
    return FAULT_NONE;
}

void
aggregator_reach(struct aggregator *a, struct place place, struct reach reach)
{
    a->finish.reaches[place.topic][place.partition] = reach;
}

bool
aggregator_has_reached(const struct aggregator *a)
{
    size_t all = 0;

    for (int t = 0; t < TOPIC_COUNT; t++)
        all += (size_t)a->settings.partitions[t];
    for (size_t i = 0; i < a->owned.count; i++) {
        const struct partition *p = a->owned.at[i];
        int64_t limit = reach_of(&a->finish, p)->limit;
        int64_t end =
            limit < INT64_MAX ? limit : a->finish.marks[p->place.topic][p->place.partition];

        if (partition_wants_sync(p) || p->open || p->next < end)
            return false;
        if (limit == INT64_MAX && a->world.feed.ask_ends != NULL && !p->telling.everywhere)
            return false; /* nobody else will tell readers of this one */
    }
    return a->finish.marks_known && a->owned.count == all && !a->unsettled &&
           pushed_what_can_be(&a->owned, a->wire.day);
}

/* All of ours is read as far as its mark, committed, and shown. */
static bool
own_are_done(const struct aggregator *a)
{
    for (size_t i = 0; i < a->owned.count; i++) {
        const struct partition *p = a->owned.at[i];
        /* One that waits for a schema waits for what lies behind its mark. */
        if ((p->state != PARTITION_READING && !p->awaited.is) || p->open ||
            p->next < a->finish.marks[p->place.topic][p->place.partition])
            return false;
    }
    return a->finish.had_partitions && a->finish.shared_out && !a->unsettled &&
           pushed_what_can_be(&a->owned, a->wire.day);
}

int64_t
finish_due_at(const struct aggregator *a)
{
    /* Asked only when our own part is done, and then five times a second, and after each word
     * that was told. */
    if (!a->settings.exit_at_end || !a->finish.marks_known || a->finish.done || !own_are_done(a))
        return INT64_MAX;
    return a->rounds.told_at < a->finish.asked_at ? a->finish.asked_at + ASK_MS : 0;
}

/* A `next` in Redis; an absent one is that of a partition that nobody has begun. */
static bool
reads_at_least(const struct answer *answer, int64_t least)
{
    int64_t n = answer->kind == ANSWER_TEXT ? text_number(answer->text) : -1;

    return n >= 0 && n >= least;
}

/* `next` of every partition, then all of every scope's asof. */
static void
ask_all(struct wire *wire)
{
    calls_reset(&wire->calls);
    ask_next_of_all(wire);
    for (int s = 0; s < SCOPE_COUNT; s++)
        ask_key(&wire->calls, "HGETALL", scope_key(wire, s, "asof"));
}

/* Is the scope shown at this day, as far as it can be?  A torn one is about to
 * be emptied. */
static bool
is_shown(const struct answer *asof, struct text day)
{
    static const struct text overflow = { "overflow:", 9 };
    struct asof_marks marks = { { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };
    bool of_day = false, out_of_range = false;

    for (size_t i = 0; i + 1 < asof->count; i += 2) {
        struct text name = answer_item(asof, i), value = answer_item(asof, i + 1);
        if (text_equal(name, TEXT_LITERAL("day")))
            of_day = text_equal(value, day);
        asof_keep_mark(&marks, name, value);
        if (name.length > overflow.length && memcmp(name.at, overflow.at, overflow.length) == 0)
            out_of_range = true;
    }
    return of_day && !asof_is_torn(&marks) &&
           (text_equal(marks.complete, TEXT_LITERAL("1")) || out_of_range);
}

enum fault
finish_check(struct aggregator *a, struct why *why)
{
    int64_t now = tick(&a->world);
    char day[DAY_TEXT];
    size_t answer = 0;
    enum fault fault;

    if (now < finish_due_at(a))
        return FAULT_NONE;
    a->finish.asked_at = now;
    fault = astray_check(a, why);
    if (fault != FAULT_NONE)
        return fault;
    ask_all(&a->wire);
    fault = wire_run(&a->wire, why);
    if (fault != FAULT_NONE)
        return fault;
    /* The answers come in the order of ask_all(). */
    for (int t = 0; t < TOPIC_COUNT; t++)
        for (int32_t i = 0; i < a->settings.partitions[t]; i++)
            if (!reads_at_least(&a->wire.calls.answers[answer++], a->finish.marks[t][i]))
                return FAULT_NONE;
    day_write(a->wire.day, day);
    for (; answer < a->wire.calls.count; answer++)
        if (!is_shown(&a->wire.calls.answers[answer], text_of(day)))
            return FAULT_NONE;
    a->finish.done = true;
    astray_say(a);
    return FAULT_NONE;
}
