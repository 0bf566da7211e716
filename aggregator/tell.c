/* Telling readers how far the totals go: asof.through (docs/protocol.md, TELL).
 *
 *      ask     note the time, then ask Kafka where all partitions end
 *      goal    once a partition is counted up to the end that it had then, all
 *              that Kafka had acknowledged in it by that time is counted
 *      tell    where its share is shown, say so, with compare-and-set on its tag
 *
 * The time is the earlier one of our clock and of Redis': neither an instance whose clock is ahead
 * nor a Redis whose clock is can make `through` later than the truth.  It is read before
 * Kafka is asked.
 *
 * The first goal stays until it is reached, whatever comes in meanwhile: so it always is reached.
 *
 * What was forwarded counts where its copy lies.  A partition that has forwarded something, or was
 * synced (who had it before may have forwarded), is wary: when it has reached a goal it asks once
 * more where the partitions of its topic end.  The copies lie below these ends, so its word
 * counts in a scope once all of them are shown there up to these ends. */
#include "aggregator/state.h"

enum {
    SOON_MS = 50,       /* until the next question, when only its answer is waited for */
    OTHERS_MS = 250,    /* when others are waited for, or Kafka did not say all */
    AWAY_MS = 4000,     /* when Kafka said nothing at all: each question makes it connect anew */
    IDLE_ASK_MS = 5000, /* of who owns nothing: there may be new partitions */
    ANSWER_MS = 5000,   /* a question without an answer for so long is forgotten */
    SKEW_MS = 1000,     /* clocks that differ by more are told of */
    LOWER_MS = 10000,   /* an end that is lower than it was is believed after so long */
    STRANGE_MS = 10000, /* a topic that is not there, or has fewer partitions, is told of */
    SAY_AGAIN_MS = 60000,
};

#define SECONDS_MOST (INT64_C(999999999999999)) /* of Redis' clock, that are believed */

static bool
tells(const struct feed *feed)
{
    return feed->ask_ends != NULL;
}

void
telling_forget(struct telling *t)
{
    *t = (struct telling){ .wary = true };
}

/* ---- asking ---------------------------------------------------------------------------- */

static void
compare_clocks(struct rounds *rounds, const struct log *log, int64_t own, int64_t redis)
{
    int64_t ahead = own - redis;
    bool differ = ahead > SKEW_MS || ahead < -SKEW_MS;

    if (differ && !rounds->clocks_differ)
        log_say(log, LOG_WARN, "this machine's clock and that of Redis differ",
                LOG_I("ahead_ms", ahead),
                LOG_S("remedy", "set them by one time server: readers are told the earlier one"));
    rounds->clocks_differ = differ;
}

/* The time, and then the question.  Without an answer of Redis none is asked. */
static enum fault
ask(struct aggregator *a, struct why *why)
{
    int64_t seconds, micros, redis, own;
    const struct answer *answer;
    enum fault fault;

    a->rounds.asked_at = tick(&a->world);
    own = clock_wall(&a->world.clock);
    calls_reset(&a->wire.calls);
    calls_begin_on(&a->wire.calls, 0);
    calls_arg(&a->wire.calls, TEXT_LITERAL("TIME"));
    fault = wire_run(&a->wire, why);
    if (fault != FAULT_NONE)
        return fault;
    answer = &a->wire.calls.answers[0];
    seconds = text_number(answer_item(answer, 0));
    micros = text_number(answer_item(answer, 1));
    if (seconds < 0 || seconds > SECONDS_MOST || micros < 0)
        return FAULT_NONE;
    redis = seconds * 1000 + micros / 1000;
    compare_clocks(&a->rounds, a->world.log, own, redis);
    if (a->world.feed.ask_ends(a->world.feed.self, a->lateness.asks_closely)) {
        a->rounds.asked_ms = through_of_clocks(own, redis);
        if (a->rounds.asked_ms > a->settings.until_ms)
            a->rounds.asked_ms = a->settings.until_ms; /* what came later is not counted */
        a->rounds.question++;
        a->rounds.waits = true;
    }
    return FAULT_NONE;
}

/* ---- goals ------------------------------------------------------------------------------ */

/* -1: not known, or not believed. */
static int64_t
end_of(const struct rounds *rounds, const struct ends *ends, struct place place)
{
    int64_t high = ends->high[place.topic] == NULL ? -1 : ends->high[place.topic][place.partition];

    return rounds->seen[place.topic][place.partition].lower_since > 0 ? -1 : high;
}

/* Where a log ends earlier than it did, who counts it looks whether it is the same. */
static enum fault
note_ends(struct aggregator *a, const struct ends *ends, struct why *why)
{
    enum fault fault = FAULT_NONE;

    for (int t = 0; t < TOPIC_COUNT; t++)
        for (int32_t i = 0; i < a->settings.partitions[t] && fault == FAULT_NONE; i++) {
            struct end_seen *seen = &a->rounds.seen[t][i];
            int64_t high = ends->high[t] == NULL ? -1 : ends->high[t][i];

            if (high < 0)
                continue;
            if (high < seen->high && seen->lower_since == 0) {
                seen->lower_since = tick(&a->world);
                fault =
                    doubt_log(a, partition_of(&a->owned, (struct place){ (enum topic)t, i }), why);
            } else if (high >= seen->high || tick(&a->world) >= seen->lower_since + LOWER_MS) {
                *seen = (struct end_seen){ .high = high };
            }
        }
    return fault;
}

static bool
all_known(const struct rounds *rounds, const struct ends *ends, int topic, int32_t count)
{
    for (int32_t i = 0; i < count; i++)
        if (end_of(rounds, ends, (struct place){ (enum topic)topic, i }) < 0)
            return false;
    return true;
}

/* Is p counted up to here, as Redis knows? */
static bool
is_counted(const struct partition *p, int64_t end)
{
    return p->state == PARTITION_READING && !p->open && !p->verify && p->next >= end;
}

/* Goals that are reached become p's word.  While its copies are waited for it has the word that
 * it had. */
static void
reach_goals(struct partition *p, uint64_t question)
{
    struct telling *t = &p->telling;

    while (t->goal.ms > 0 && is_counted(p, t->goal.end) && t->wary_ms == 0) {
        if (t->wary) {
            t->wary = false;
            t->wary_ms = t->goal.ms;
            t->wary_since = question;
        } else {
            t->through = t->goal.ms;
        }
        t->goal = t->latest.ms > t->goal.ms ? t->latest : (struct goal){ 0, 0 };
    }
}

/* Somebody's word has not counted yet in every scope that answers. */
static bool
needs_others(const struct owned *owned, int topic)
{
    for (size_t i = 0; i < owned->count; i++) {
        const struct partition *p = owned->at[i];
        if (p->place.topic == (enum topic)topic && p->telling.needs && !p->telling.heard)
            return true;
    }
    return false;
}

/* Who waits for its copies: they lie below these ends.  One set of ends a topic at a time, so that
 * they can be reached while records go on to be forwarded. */
static enum fault
take_needs(struct rounds *rounds, const struct owned *owned, const struct ends *ends, int topic,
           int32_t count, struct why *why)
{
    int64_t **needs = &rounds->needs[topic];
    bool any = false;

    if (!all_known(rounds, ends, topic, count) || needs_others(owned, topic))
        return FAULT_NONE;
    for (size_t i = 0; i < owned->count; i++) {
        struct telling *t = &owned->at[i]->telling;

        if (owned->at[i]->place.topic != (enum topic)topic)
            continue;
        if (t->wary_ms > 0 && t->wary_since < rounds->question) {
            t->through = t->wary_ms;
            t->wary_ms = 0;
            t->needs = any = true;
            t->heard = false;
        }
    }
    if (!any)
        return FAULT_NONE;
    if (*needs == NULL)
        *needs = calloc((size_t)count, sizeof **needs);
    if (*needs == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for ends");
    memcpy(*needs, ends->high[topic], (size_t)count * sizeof **needs);
    return FAULT_NONE;
}

/* `partitions`: how many there are of all topics; nobody's word is in it yet. */
static void
tell_call(struct wire *wire, int scope, int32_t partitions)
{
    struct calls *calls = &wire->calls;

    call_script(wire, SCRIPT_TELL, 3, scope_key(wire, scope, "tags"));
    calls_arg(calls, scope_key(wire, scope, "told"));
    calls_arg(calls, scope_key(wire, scope, "asof"));
    calls_integer(calls, clock_wall(&wire->world->clock));
    put_day(calls, wire->day);
    calls_integer(calls, partitions);
}

/* More partitions than there were: nobody counts what lies in them, so no scope is complete,
 * whatever anybody says from now on. */
static enum fault
tell_of_new_partitions(struct wire *wire, const int32_t now[TOPIC_COUNT], enum topic topic,
                       struct why *why)
{
    const int32_t *before = wire->settings->partitions;
    int32_t all = 0;
    enum fault fault;

    for (int t = 0; t < TOPIC_COUNT; t++)
        all += now[t] > before[t] ? now[t] : before[t];
    calls_reset(&wire->calls);
    for (int s = 0; s < SCOPE_COUNT; s++) {
        tell_call(wire, s, all);
        calls_integer(&wire->calls, 0); /* nobody needs anybody, and nobody's word is in it */
    }
    fault = wire_run(wire, why);
    return fault != FAULT_NONE ? fault
                               : partitions_were_added(wire->settings, topic, now[topic], why);
}

static void
say_strange(struct rounds *rounds, const struct world *world, const char *what, int64_t since,
            const char *reason, const char *message, const char *remedy)
{
    if (tick(world) < since + STRANGE_MS ||
        (rounds->strange_said > 0 && tick(world) < rounds->strange_said + SAY_AGAIN_MS))
        return;
    rounds->strange_said = tick(world);
    log_say(world->log, LOG_WARN, "not counted yet", LOG_S("partition", what),
            LOG_I("since_ms", tick(world) - since), LOG_S("reason", reason),
            LOG_S("message", message), LOG_S("remedy", remedy));
}

/* The topic is not there, or has fewer partitions than it had. */
static enum fault
strange_topic(struct aggregator *a, enum topic topic, int32_t now, struct why *why)
{
    int64_t *since = &a->rounds.strange_since[topic];

    if (*since == 0)
        *since = tick(&a->world);
    if (now > 0 && tick(&a->world) >= *since + STRANGE_MS)
        return partitions_were_added(&a->settings, topic, now, why);
    say_strange(&a->rounds, &a->world, topic_names[topic], *since, "topic",
                "the topic is not there, or not as a whole",
                "look who deleted it: what was counted stays; a topic that is made anew is counted "
                "with --rebuild");
    return FAULT_NONE;
}

/* Whether Kafka answers at all: it is told of when it does not for long. */
static void
note_silence(struct rounds *rounds, const struct world *world, const struct ends *ends)
{
    rounds->ends_away = ends->partitions[TOPIC_TRADE_EVENTS] == 0;
    if (rounds->ends_away && rounds->unheard_since == 0)
        rounds->unheard_since = tick(world);
    if (!rounds->ends_away)
        rounds->unheard_since = 0;
    else
        say_strange(rounds, world, "all", rounds->unheard_since, "kafka", "Kafka does not answer",
                    "start the brokers: it goes on by itself");
}

/* The end of each partition of ours that is known becomes a goal, unless there is one. */
static void
set_goals(struct rounds *rounds, const struct owned *owned, const struct ends *ends)
{
    rounds->ends_missing = false;
    for (size_t i = 0; i < owned->count; i++) {
        struct partition *p = owned->at[i];
        int64_t end = end_of(rounds, ends, p->place);

        rounds->ends_missing = rounds->ends_missing || end < 0;
        if (end < 0)
            continue;
        p->telling.latest = (struct goal){ rounds->asked_ms, end };
        if (p->telling.goal.ms == 0 && partition_is_known(p))
            p->telling.goal = p->telling.latest;
    }
}

/* An answer of Kafka: goals are set.  Where it does not say how many partitions there are it says
 * nothing, since one that is new may hold records. */
static enum fault
take_ends(struct aggregator *a, const struct ends *ends, struct why *why)
{
    const int32_t *partitions = a->settings.partitions;
    struct rounds *rounds = &a->rounds;
    enum fault fault = FAULT_NONE;

    rounds->waits = false;
    rounds->ends_missing = true;
    note_silence(rounds, &a->world, ends);
    for (int t = 0; t < TOPIC_COUNT; t++) {
        if (ends->partitions[t] > partitions[t])
            return tell_of_new_partitions(&a->wire, ends->partitions, (enum topic)t, why);
        if (ends->partitions[t] != 0 && ends->partitions[t] != partitions[t])
            return strange_topic(a, (enum topic)t, ends->partitions[t], why);
        if (ends->partitions[t] == 0)
            return FAULT_NONE;
        rounds->strange_since[t] = 0;
    }
    fault = note_ends(a, ends, why);
    if (fault != FAULT_NONE)
        return fault;
    set_goals(rounds, &a->owned, ends);
    for (int t = 0; t < TOPIC_COUNT && fault == FAULT_NONE; t++)
        fault = take_needs(rounds, &a->owned, ends, t, partitions[t], why);
    rounds->tell_soon = true;
    return fault == FAULT_NONE ? pass_over(&a->wire, late_look(a, ends, why), why) : fault;
}

/* ---- telling ----------------------------------------------------------------------------- */

/* What stands at p's tag in the scope is all that is committed. */
static bool
can_tell(const struct partition *p, int scope, int32_t day)
{
    return !p->shares[scope].away && share_is_shown(p, &p->shares[scope], day);
}

/* The topics whose partitions somebody of ours needs, and up to where; numbers[] of each, from 1,
 * or 0. */
static void
put_topics(struct wire *wire, const struct owned *owned, int64_t *const needs[TOPIC_COUNT],
           int numbers[TOPIC_COUNT])
{
    bool named[TOPIC_COUNT] = { false };
    int count = 0;

    for (size_t i = 0; i < owned->count; i++)
        named[owned->at[i]->place.topic] |= owned->at[i]->telling.needs;
    for (int t = 0; t < TOPIC_COUNT; t++)
        numbers[t] = named[t] ? ++count : 0;
    calls_integer(&wire->calls, count);
    for (int t = 0; t < TOPIC_COUNT; t++) {
        if (!named[t])
            continue;
        calls_arg(&wire->calls, text_of(topic_names[t]));
        calls_integer(&wire->calls, wire->settings->partitions[t]);
        for (int32_t i = 0; i < wire->settings->partitions[t]; i++)
            calls_integer(&wire->calls, needs[t][i]);
    }
}

/* `topic`: the number of the one whose partitions p needs. */
static void
put_word(struct calls *calls, const struct partition *p, int scope, int topic)
{
    calls_arg(calls, text_of(p->name));
    put_tag(calls, &p->shares[scope].tag);
    calls_integer(calls, p->telling.through);
    calls_integer(calls, p->next);
    calls_integer(calls, p->telling.needs ? topic : 0);
}

static bool
anybody_tells(const struct owned *owned, int scope, int32_t day)
{
    for (size_t i = 0; i < owned->count; i++)
        if (can_tell(owned->at[i], scope, day))
            return true;
    return false;
}

/* Who told in a scope and counted there. */
static void
take_counts(const struct owned *owned, int scope, int32_t day, const struct answer *answer)
{
    size_t at = 1;

    for (size_t i = 0; i < owned->count; i++) {
        struct partition *p = owned->at[i];
        bool told = can_tell(p, scope, day);

        if (told && text_equal(answer_item(answer, at++), TEXT_LITERAL("1")))
            p->telling.counted++;
        else
            p->telling.refused += told;
    }
}

/* Scopes in which a total is out of range. */
static int
resting(const struct partition *p)
{
    int count = 0;

    for (int s = 0; s < SCOPE_COUNT; s++)
        count += p->shares[s].rest_until != 0;
    return count;
}

/* The word of all that can tell in a scope; false: nobody can. */
static bool
tell_in(struct aggregator *a, int scope)
{
    int topics[TOPIC_COUNT];

    if (!anybody_tells(&a->owned, scope, a->wire.day))
        return false;
    tell_call(&a->wire, scope, partitions_of_all(&a->settings));
    put_topics(&a->wire, &a->owned, a->rounds.needs, topics);
    for (size_t i = 0; i < a->owned.count; i++) {
        const struct partition *p = a->owned.at[i];

        if (can_tell(p, scope, a->wire.day))
            put_word(&a->wire.calls, p, scope, topics[p->place.topic]);
    }
    return true;
}

/* What the round was for each of ours. */
static void
end_round(const struct owned *owned)
{
    for (size_t i = 0; i < owned->count; i++) {
        struct telling *t = &owned->at[i]->telling;

        t->told = t->through;
        t->heard = t->counted > 0 && t->refused == 0;
        t->everywhere = t->counted + resting(owned->at[i]) >= SCOPE_COUNT;
        t->needs = t->needs && t->counted < SCOPE_COUNT;
    }
}

static enum fault
tell_all(struct aggregator *a, struct why *why)
{
    bool sent[SCOPE_COUNT];
    size_t at = 0;
    enum fault fault;

    a->rounds.told_at = tick(&a->world);
    a->rounds.tell_soon = a->pushing.fills = false;
    calls_reset(&a->wire.calls);
    for (int s = 0; s < SCOPE_COUNT; s++)
        sent[s] = tell_in(a, s);
    fault = wire_run(&a->wire, why);
    if (fault != FAULT_NONE && fault != FAULT_STORE_AWAY)
        return fault;
    for (size_t i = 0; i < a->owned.count; i++)
        a->owned.at[i]->telling.counted = a->owned.at[i]->telling.refused = 0;
    for (int s = 0; s < SCOPE_COUNT; s++) {
        const struct answer *answer;

        if (!sent[s])
            continue;
        answer = &a->wire.calls.answers[at++];
        if (answer->kind == ANSWER_AWAY)
            scope_away(&a->wire, &a->owned, s);
        else if (answer_is(answer, "OK"))
            take_counts(&a->owned, s, a->wire.day, answer);
        else
            a->wire.audit_soon = true; /* half a script: it will be reset */
    }
    end_round(&a->owned);
    return fault;
}

/* ---- what the turn asks ------------------------------------------------------------------- */

/* How soon the next question may be of use. */
static int64_t
pace_of(const struct aggregator *a)
{
    int64_t pace = a->settings.ask_ms;

    if (a->owned.count == 0)
        return IDLE_ASK_MS;
    if (a->rounds.ends_away)
        return AWAY_MS;
    if (a->rounds.ends_missing && pace > OTHERS_MS)
        pace = OTHERS_MS;
    for (size_t i = 0; i < a->owned.count; i++) {
        const struct partition *p = a->owned.at[i];
        const struct telling *t = &p->telling;
        bool begins = t->goal.ms == 0 && t->through == 0 && t->wary_ms == 0;

        if (!partition_is_known(p))
            continue;
        if (t->needs && pace > OTHERS_MS)
            pace = OTHERS_MS;
        if ((begins || (t->wary_ms > 0 && !needs_others(&a->owned, p->place.topic))) &&
            pace > SOON_MS)
            pace = SOON_MS;
    }
    return pace;
}

int64_t
tell_due_at(const struct aggregator *a)
{
    if (!tells(&a->world.feed))
        return INT64_MAX;
    return a->rounds.asked_at + (a->rounds.waits ? ANSWER_MS : pace_of(a));
}

/* Somebody has a word that was not told yet, or did not count. */
static bool
has_news(const struct owned *owned)
{
    for (size_t i = 0; i < owned->count; i++) {
        const struct telling *t = &owned->at[i]->telling;
        if (t->through > t->told || t->needs)
            return true;
    }
    return false;
}

/* Once everybody has reached the end that was asked for last, or the last round is long ago; and
 * where a scope has been filled again. */
static bool
is_time_to_tell(const struct aggregator *a)
{
    if (!a->rounds.tell_soon && !a->pushing.fills)
        return false;
    if (astray_holds_up(a))
        return false; /* it would be said that all is counted */
    if (tick(&a->world) >= a->rounds.told_at + a->settings.ask_ms)
        return true;
    for (size_t i = 0; i < a->owned.count; i++) {
        const struct partition *p = a->owned.at[i];
        const struct goal *goal = &p->telling.goal;
        /* One that is reached waits for others, and they for this round. */
        if ((goal->ms > 0 && !is_counted(p, goal->end)) ||
            (partition_is_known(p) && !p->away && p->open))
            return false;
    }
    return a->pushing.fills ? pushed_what_answers(&a->owned, a->wire.day) : has_news(&a->owned);
}

enum fault
tell_step(struct aggregator *a, struct why *why)
{
    const struct ends *ends;
    enum fault fault = FAULT_NONE;

    if (!tells(&a->world.feed))
        return FAULT_NONE;
    ends = a->rounds.waits ? a->world.feed.ends(a->world.feed.self) : NULL;
    if (ends != NULL)
        fault = take_ends(a, ends, why);
    for (size_t i = 0; i < a->owned.count; i++)
        reach_goals(a->owned.at[i], a->rounds.question);
    if (fault == FAULT_NONE && is_time_to_tell(a))
        fault = pass_over(&a->wire, tell_all(a, why), why);
    if (fault == FAULT_NONE && tick(&a->world) >= tell_due_at(a))
        fault = pass_over(&a->wire, ask(a, why), why);
    return fault;
}
