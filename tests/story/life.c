#include "tests/story/life.h"

#include "aggregator/state.h"
#include "tests/starved/starve.h"
#include "tests/story/redis_keys.h"
#include "tests/story/stage.h"

#include <stdarg.h>

struct stage *
stage_new(const char *bug, bool trace)
{
    struct stage *s = must_allocate(sizeof *s);

    memset(s, 0, sizeof *s);
    s->redis = redis_new();
    s->truth = truth_new();
    s->judge = judge_new(s->redis, s->truth);
    s->kafka = kafka_new(s->truth);
    s->teller = teller_new();
    s->bug = bug;
    s->trace = trace;
    scripts_load(s->scripts);
    mistakes_make(s);
    return s;
}

void
stage_free(struct stage *s)
{
    if (s == NULL)
        return;
    teller_free(s->teller);
    kafka_free(s->kafka);
    judge_free(s->judge);
    truth_free(s->truth);
    redis_free(s->redis);
    free(s);
}

void
stage_starve(struct stage *s)
{
    s->starves = true;
    plans_each_its_own();
}

struct tally_of_lives
stage_tally(const struct stage *s)
{
    return s->tally;
}

void
stage_wrong(struct stage *s, const char *format, ...)
{
    va_list list;

    if (s->wrong[0] != '\0')
        return;
    va_start(list, format);
    (void)vsnprintf(s->wrong, sizeof s->wrong, format, list);
    va_end(list);
    stage_say(s, "WRONG: %s", s->wrong);
}

void
stage_say(struct stage *s, const char *format, ...)
{
    va_list list;

    if (!s->trace)
        return;
    printf("%7ld.%03ld ", (long)(s->now_ms / 1000), (long)(s->now_ms % 1000));
    va_start(list, format);
    (void)vprintf(format, list);
    va_end(list);
    putchar('\n');
}

/* ---- the beginning ------------------------------------------------------------------- */

static void
choose_settings(struct stage *s)
{
    static const char *const windows[] = { "1d,7d", "7d", "1d,7d,31d", WINDOWS_DEFAULT };
    struct dice *d = &s->dice;
    enum fault fault;

    s->settings = settings_default();
    fault = windows_read(text_of(windows[dice_below(d, 4)]), &s->settings.windows, NULL);
    if (fault != FAULT_NONE)
        abort();
    s->settings.partitions[TOPIC_TRADE_EVENTS] = 1 + dice_below(d, 3);
    s->settings.partitions[TOPIC_AGREEMENTS] = 1 + dice_below(d, 2);
    if (dice_below(d, 2) == 0)
        s->settings.split_cells = 3 + (size_t)dice_below(d, 40);
    s->settings.chunk_bytes = 100 + dice_below(d, 1000);
    s->settings.ask_ms = 500 + dice_below(d, 4) * dice_below(d, 4000);
    s->compacts = dice_below(d, 2) == 0;
    if (s->compacts) { /* few partitions that grow */
        s->settings.compact_bytes = 1 + (size_t)dice_below(d, 200);
        s->settings.partitions[TOPIC_TRADE_EVENTS] = 1 + dice_below(d, 2);
        s->settings.partitions[TOPIC_AGREEMENTS] = 1;
    }
    if (stage_has_bug(s, "no-audit"))
        s->settings.audit_ms = INT64_MAX / 4;
}

/* `through` is told by the earlier one of two clocks: some machines' are ahead, or Redis'. */
static void
choose_clocks(struct stage *s)
{
    s->redis_skew_ms = dice_below(&s->dice, 6) == 0 ? HOUR_MS : 0;
    for (int i = 0; i < MACHINES && s->redis_skew_ms > 0; i++)
        s->machines[i].skew_ms = 0;
    if (s->redis_skew_ms > 0)
        s->weather.midnight = 0;
}

static void
begin(struct stage *s, uint64_t seed)
{
    const char *names[LOGS_MOST];
    s->dice = (struct dice){ seed * UINT64_C(0xD1342543DE82EF95) + 1 };
    s->hunger = (struct dice){ seed };
    s->again = (struct dice){ ~seed };
    s->now_ms = s->held_until = 0;
    s->quiet = s->split = false;
    s->resets = 0;
    s->wrong[0] = '\0';
    redis_clear(s->redis);
    weather_choose(s);
    choose_settings(s);
    kafka_begin(s->kafka, s->settings.partitions, &s->dice, &s->now_ms);
    truth_begin(s->truth, &s->settings.windows);
    for (int i = 0; i < kafka_logs(s->kafka); i++)
        names[i] = kafka_name(s->kafka, i);
    judge_begin(s->judge, names, kafka_logs(s->kafka), s->kafka);
    s->huge = dice_below(&s->dice, 40) == 0;
    s->has_registry = seed % 4 == 1;
    teller_begin(s->teller, 19753, s->huge, s->has_registry);
    s->told_count = 0;
    s->untold_count = s->huge ? UNTOLD_MOST : 5 + dice_below(&s->dice, s->compacts ? 80 : 40);
    for (int i = 0; i < s->untold_count; i++)
        s->untold[i] = teller_tell(s->teller, &s->dice);
    for (int i = 0; i < LOGS_MOST; i++)
        s->owner[i] = NOBODY;
    s->machines[REBUILDER] = (struct machine){ .stage = s, .number = REBUILDER };
    for (int i = 0; i < MACHINES; i++) {
        s->machines[i] = (struct machine){ .stage = s, .number = i };
        s->machines[i].skew_ms = dice_below(&s->dice, 6) == 0 ? DAY_MS : 0;
    }
    choose_clocks(s);
    machine_start(&s->machines[0], false);
    give_owners(s);
}

/* ---- time and turns -------------------------------------------------------------------- */

static bool
is_awake(const struct stage *s, const struct machine *m)
{
    return m->alive && (m->sleeps_until <= s->now_ms || kafka_has_news(m->kafka));
}

static struct machine *
awake_instance(struct stage *s)
{
    int first = dice_below(&s->dice, MACHINES);

    for (int i = 0; i < MACHINES; i++) {
        struct machine *m = &s->machines[(first + i) % MACHINES];

        if (is_awake(s, m))
            return m;
    }
    return NULL;
}

/* One machine takes a step; false when all were asleep until the next tick. */
static bool
step(struct stage *s)
{
    struct machine *rebuilder = &s->machines[REBUILDER], *awake = NULL;
    int64_t next = INT64_MAX;

    if (!is_awake(s, rebuilder) || dice_below(&s->again, 3) > 0)
        awake = awake_instance(s);
    if (awake == NULL && is_awake(s, rebuilder))
        awake = rebuilder;
    if (awake != NULL) {
        s->now_ms += dice_below(&s->dice, 3);
        machine_step(awake);
        return true;
    }
    for (int i = 0; i < ACTORS; i++) {
        if (s->machines[i].alive && s->machines[i].sleeps_until < next)
            next = s->machines[i].sleeps_until;
    }
    if (next != INT64_MAX)
        s->now_ms = next;
    return false;
}

/* Once an allocation has failed, another one will before long. */
static void
go_hungry(struct stage *s, bool at_once)
{
    if (s->starves && (at_once || (starve_has_failed() && dice_hits(&s->hunger, 500))))
        starve_after(1 + dice_below(&s->hunger, 80));
}

/* ---- the end ---------------------------------------------------------------------------- */

/* AUDIT_MS: after this long every machine has looked at everything once more: the longest pause
 * (turn.c), which may have begun just now, and two audits.  What a rebuild holds is left alone. */
/* FRESH_MS: no `through` is older then than that and the time between two questions. */
enum { FRESH_MS = 3000, AUDIT_MS = 9 * 1000, REST_MS = 300 * 1000, REST_STEPS = 60000 };

/* ended: nobody runs any more, so nobody tells. */
static const char *
not_at_rest(struct stage *s, bool ended)
{
    int32_t day = (int32_t)instant_china_day(machine_wall_ms(&s->machines[0]));
    int64_t skew = s->machines[0].skew_ms;
    int64_t since =
        STORY_BEGINS_MS + s->now_ms + (skew < 0 ? skew : 0) - s->settings.ask_ms - FRESH_MS;

    for (int i = 0; i < SCOPE_COUNT; i++) {
        const char *wrong = judge_end(s->judge, i, day, ended ? 0 : since);

        if (wrong != NULL)
            return wrong;
    }
    return kafka_unsettled(s->kafka);
}

static bool
any_machine(const struct stage *s)
{
    for (int i = 0; i < MACHINES; i++) {
        if (s->machines[i].alive)
            return true;
    }
    return false;
}

/* Until everything is as it must be, or it is clear that it never will. */
static void
come_to_rest(struct stage *s, bool until_end)
{
    int64_t latest = s->now_ms + REST_MS, earliest = s->now_ms + AUDIT_MS;
    const char *wrong = "no time";

    if (earliest < s->held_until + AUDIT_MS)
        earliest = s->held_until + AUDIT_MS;
    for (int i = 0; i < REST_STEPS && s->now_ms < latest && s->wrong[0] == '\0'; i++) {
        bool awake = step(s);

        tell_zombies(s, 10000);
        give_owners(s);
        if (until_end ? any_machine(s) : awake || s->now_ms < earliest)
            continue;
        wrong = not_at_rest(s, until_end);
        if (wrong == NULL || until_end)
            break;
    }
    if (s->wrong[0] != '\0')
        return;
    if (until_end && any_machine(s))
        stage_wrong(s, "never done (--exit-at-end): %s",
                    (wrong = not_at_rest(s, true)) == NULL ? "though all is right" : wrong);
    else if (wrong != NULL)
        stage_wrong(s, "%s: %s", until_end ? "done, but" : "never comes to rest", wrong);
}

/* A rebuild finds that all is right, and puts the same in its place. */
static void
rebuild_at_rest(struct stage *s)
{
    struct machine *m = &s->machines[REBUILDER];
    int64_t latest = s->now_ms + REST_MS;

    machine_start(m, false);
    while (m->alive && s->now_ms < latest && s->wrong[0] == '\0')
        (void)step(s);
    if (s->wrong[0] != '\0')
        return;
    if (m->alive)
        stage_wrong(s, "a rebuild never ends");
    else if (!m->rebuilt.swapped || m->rebuilt.differences != 0)
        stage_wrong(s, "a rebuild at rest: %s, of %ld fields %ld differ; %s",
                    m->rebuilt.swapped ? "swapped" : "not swapped", m->rebuilt.fields,
                    m->rebuilt.differences, m->rebuilt.why);
}

/* And so it stays. */
static void
stay_at_rest(struct stage *s)
{
    long resets = s->resets;
    int64_t until;
    const char *wrong;

    if (s->weather.rebuild > 0 && !s->huge)
        rebuild_at_rest(s);
    until = s->now_ms + 3 * AUDIT_MS;
    while (s->now_ms < until && s->wrong[0] == '\0')
        (void)step(s);
    wrong = not_at_rest(s, false);
    if (wrong != NULL)
        stage_wrong(s, "was at rest, then: %s", wrong);
    else if (s->resets != resets)
        stage_wrong(s, "was at rest, then reset a scope");
}

static void
end(struct stage *s)
{
    for (int i = 0; i < ACTORS; i++) {
        if (s->machines[i].alive)
            machine_kill(&s->machines[i]);
    }
    while (s->late_count > 0)
        redis_late_free(s->lates[--s->late_count]);
    while (s->copy_count > 0)
        redis_copy_free(s->copies[--s->copy_count]);
}

const char *
life_play(struct stage *s, uint64_t seed)
{
    int steps;
    bool until_end;
    long resets, starved = starve_failures();

    begin(s, seed);
    if (!mistakes_may_show(s)) {
        end(s);
        return NULL;
    }
    go_hungry(s, true);
    steps = 100 + dice_below(&s->dice, 900);
    if (s->weather.rebuild > 0)
        steps += dice_below(&s->again, 3000);
    until_end = !s->huge && dice_below(&s->dice, 3) == 0;
    for (int i = 0; i < steps && s->wrong[0] == '\0'; i++) {
        go_hungry(s, false);
        (void)step(s);
        weather_step(s);
    }
    starve_after(0);
    s->tally.starved += starve_failures() - starved;
    resets = s->resets;
    if (s->wrong[0] == '\0')
        weather_end(s, until_end);
    if (s->wrong[0] == '\0')
        come_to_rest(s, until_end);
    s->tally.quiet_resets += s->resets - resets;
    if (s->wrong[0] == '\0' && !until_end)
        stay_at_rest(s);
    end(s);
    s->tally.lives++;
    return s->wrong[0] == '\0' ? NULL : s->wrong;
}
