#include "aggregator/state.h"

/* --exit-at-end: what was there at the start is counted and shown.
 *
 * The end of every partition of both topics is noted once, as its mark; a
 * forwarded copy raises the mark of the partition that it went to.  Done is
 * when `next` of every partition, whoever owns it, has reached its mark, our
 * own ones are in every scope, and every scope is complete at our day: then nobody who has ended
 * before is missed.  A scope with a total out of range will never be; it has said so. Who has never
 * had a partition has checked nothing yet, and is not done. */

enum { ASK_MS = 200 };

enum fault
finish_marks(struct aggregator *a, struct why *why)
{
    struct start after;

    while (a->world.feed.forwarded(a->world.feed.self, &after)) {
        int64_t *mark = a->marks_known ? &a->marks[after.place.topic][after.place.partition] : NULL;
        if (mark != NULL && *mark < after.offset)
            *mark = after.offset;
    }
    if (a->marks_known || !(a->settings.exit_at_end || a->settings.counts_again))
        return FAULT_NONE;
    for (int t = 0; t < TOPIC_COUNT; t++) {
        for (int32_t i = 0; i < a->settings.partitions[t]; i++) {
            struct place place = { (enum topic)t, i };
            int64_t low, high;
            enum fault fault = a->world.feed.range(a->world.feed.self, place, &low, &high, why);

            if (fault != FAULT_NONE)
                return fault;
            a->marks[t][i] = high;
        }
    }
    a->marks_known = true;
    return FAULT_NONE;
}

void
aggregator_reach(struct aggregator *a, struct place place, struct reach reach)
{
    a->reaches[place.topic][place.partition] = reach;
}

bool
aggregator_has_reached(const struct aggregator *a)
{
    size_t all = 0;

    for (int t = 0; t < TOPIC_COUNT; t++)
        all += (size_t)a->settings.partitions[t];
    for (size_t i = 0; i < a->partition_count; i++) {
        const struct partition *p = a->partitions[i];
        int64_t limit = reach_of(a, p)->limit;
        int64_t end = limit < INT64_MAX ? limit : a->marks[p->place.topic][p->place.partition];

        if (!p->synced || p->open || p->wants_sync || p->next < end)
            return false;
    }
    return a->marks_known && a->partition_count == all && !a->unsettled && pushed_what_can_be(a);
}

static bool
own_are_done(const struct aggregator *a)
{
    for (size_t i = 0; i < a->partition_count; i++) {
        const struct partition *p = a->partitions[i];
        if (!p->ready || p->open || p->wants_sync ||
            p->next < a->marks[p->place.topic][p->place.partition])
            return false;
    }
    return a->had_partitions && !a->unsettled && pushed_what_can_be(a);
}

static bool
reads_at_least(const struct answer *answer, int64_t least)
{
    int64_t n = 0;

    if (answer->kind != ANSWER_TEXT || answer->text.length > 18)
        return false;
    for (size_t i = 0; i < answer->text.length; i++)
        n = n * 10 + (answer->text.at[i] - '0');
    return n >= least;
}

/* `next` of every partition, then all of every scope's asof. */
static void
ask_all(struct aggregator *a)
{
    calls_reset(&a->calls);
    for (int t = 0; t < TOPIC_COUNT; t++) {
        for (int32_t i = 0; i < a->settings.partitions[t]; i++) {
            struct text key = meta_key(a, (struct place){ (enum topic)t, i });
            calls_begin(&a->calls, NULL, key);
            calls_arg(&a->calls, TEXT_LITERAL("HGET"));
            calls_arg(&a->calls, key);
            calls_arg(&a->calls, text_of(meta_field_names[META_NEXT]));
        }
    }
    for (int s = 0; s < SCOPE_COUNT; s++) {
        struct text key = scope_key(a, s, "asof");
        calls_begin(&a->calls, NULL, key);
        calls_arg(&a->calls, TEXT_LITERAL("HGETALL"));
        calls_arg(&a->calls, key);
    }
}

/* Is the scope shown at this day, as far as it can be? */
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
        if (text_equal(name, TEXT_LITERAL("complete")))
            marks.complete = value;
        if (text_equal(name, TEXT_LITERAL("whole")))
            marks.whole = value;
        if (text_equal(name, TEXT_LITERAL("runs")))
            marks.runs = value;
        if (text_equal(name, TEXT_LITERAL("ran")))
            marks.ran = value;
        if (name.length > overflow.length && memcmp(name.at, overflow.at, overflow.length) == 0)
            out_of_range = true;
    }
    return of_day && !asof_is_torn(&marks) &&
           (text_equal(marks.complete, TEXT_LITERAL("1")) || out_of_range);
}

enum fault
finish_check(struct aggregator *a, struct why *why)
{
    int64_t now = a->world.clock.tick_ms(a->world.clock.self);
    char day[DAY_TEXT];
    size_t answer = 0;
    enum fault fault;

    if (!a->settings.exit_at_end || !a->marks_known || a->done || !own_are_done(a) ||
        now < a->asked_at + ASK_MS)
        return FAULT_NONE;
    a->asked_at = now;
    ask_all(a);
    fault = calls_run(&a->calls, &a->world.store, why);
    if (fault != FAULT_NONE)
        return fault;
    for (int t = 0; t < TOPIC_COUNT; t++)
        for (int32_t i = 0; i < a->settings.partitions[t]; i++)
            if (!reads_at_least(&a->calls.answers[answer++], a->marks[t][i]))
                return FAULT_NONE;
    day_write(a->day, day);
    for (; answer < a->calls.count; answer++)
        if (!is_shown(&a->calls.answers[answer], text_of(day)))
            return FAULT_NONE;
    a->done = true;
    return FAULT_NONE;
}
