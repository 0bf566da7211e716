/* What befalls the world between two steps of its machines. */
#include "tests/story/stage.h"

/* ---- what kind of life this is ------------------------------------------------------ */

/* Half of the lives know nothing of a fault; others little or much of it. */
static int
rate(struct dice *d, int most)
{
    switch (dice_below(d, 4)) {
    case 0:
        return most;
    case 1:
        return most / 4 + 1;
    default:
        return 0;
    }
}

/* A rebuild takes long: in half of its lives most of what could befall it does not.  In a quarter
 * scripts are torn, and come back late; half of those know of nothing else, so that readers trust
 * the totals that a torn SWAP replaces. */
static void
choose_rebuild(struct stage *s)
{
    struct dice *d = &s->again;
    struct weather *w = &s->weather;
    int *rates[] = { &w->crash, &w->drain,    &w->rebalance, &w->tail,   &w->tail_all,
                     &w->wipe,  &w->wipe_all, &w->split,     &w->hold,   &w->midnight,
                     &w->drop,  &w->not_now,  &w->lose,      &w->refuse, &w->cut };
    int kind = dice_below(d, 4);
    bool calm = kind == 0 && dice_below(d, 2) == 0;

    if (calm)
        *w = (struct weather){ .publish = w->publish,
                               .astray = w->astray,
                               .late_run = w->late_run,
                               .pause_script = w->pause_script,
                               .pause_read = w->pause_read };
    w->rebuild = 30 + dice_below(d, 300);
    w->rebuild_crash = calm ? 0 : rate(d, 20);
    w->rebuild_drain = calm ? 0 : rate(d, 10);
    for (size_t i = 0; kind < 2 && i < sizeof rates / sizeof rates[0]; i++) {
        if (dice_below(d, 4) > 0)
            *rates[i] = 0;
    }
    if (kind == 0) {
        w->tear = TEAR_OFTEN;
        w->tear_end = 1 + dice_below(d, 40);
    }
}

void
weather_choose(struct stage *s)
{
    struct dice *d = &s->dice;
    struct weather *w = &s->weather;

    *w = (struct weather){
        .publish = 300 + dice_below(d, 1500),
        .astray = dice_below(d, 4) == 0 ? 6000 : 800,
        .crash = rate(d, 150),
        .drain = rate(d, 60),
        .rebalance = rate(d, 250),
        .zombie = rate(d, 8000),
        .tail = rate(d, 200),
        .tail_all = rate(d, 80),
        .tail_beside = rate(d, 1000),
        .wipe = rate(d, 60),
        .wipe_all = rate(d, 20),
        .split = rate(d, 100),
        .midnight = rate(d, 150),
        .late_run = 200 + dice_below(d, 2000),
        .nap = rate(d, 400),
        .hold = rate(d, 150),
        .lose = rate(d, 300),
        .drop = rate(d, 200),
        .not_now = rate(d, 150),
        .late = rate(d, 600),
        .refuse = dice_below(d, 20) == 0 ? 30 : 0,
        .cut = dice_below(d, 20) == 0 ? 200 : 0,
        .tear = rate(d, 150),
        .tear_end = 20 + dice_below(d, 1000),
        .pause_script = dice_below(d, 3) == 0 ? 10000 : 2500,
        .pause_read = dice_below(d, 3) == 0 ? 2000 : 300,
        .kafka = { rate(d, 200), rate(d, 500) },
    };
    if (dice_below(&s->again, 4) == 0)
        choose_rebuild(s);
}

/* ---- machines -------------------------------------------------------------------------- */

static struct machine *
any_alive(struct stage *s)
{
    int first = dice_below(&s->dice, MACHINES);

    for (int i = 0; i < MACHINES; i++) {
        struct machine *m = &s->machines[(first + i) % MACHINES];

        if (m->alive && !m->draining)
            return m;
    }
    return NULL;
}

static void
crash(struct stage *s, struct machine *m)
{
    if (m == NULL)
        return;
    stage_say(s, "CRASH: %c", 'A' + m->number);
    s->tally.crashes++;
    machine_kill(m);
}

static void
drain(struct stage *s, struct machine *m)
{
    if (m == NULL)
        return;
    stage_say(s, "%c is asked to end", 'A' + m->number);
    m->draining = true;
}

/* A rebuild begins, is killed, or is asked to end. */
static void
rebuild(struct stage *s)
{
    struct machine *m = &s->machines[REBUILDER];
    const struct weather *w = &s->weather;

    if (!m->alive && dice_hits(&s->again, w->rebuild)) {
        m->skew_ms = s->machines[dice_below(&s->again, MACHINES)].skew_ms;
        machine_start(m, false);
    } else if (m->alive && dice_hits(&s->again, w->rebuild_crash)) {
        crash(s, m);
    } else if (m->alive && !m->draining && dice_hits(&s->again, w->rebuild_drain)) {
        drain(s, m);
    }
}

static void
rebalance(struct stage *s)
{
    int log = dice_below(&s->dice, kafka_logs(s->kafka));
    int old = s->owner[log];

    if (old == NOBODY)
        return;
    s->owner[log] = NOBODY;
    s->tally.rebalances++;
    if (dice_hits(&s->dice, s->weather.zombie)) {
        struct machine *m = any_alive(s);

        if (m == NULL)
            return;
        s->tally.zombies++;
        s->owner[log] = m->number;
        if (m->number == old)
            kafka_revoke(m->kafka, log); /* lost and won again */
        kafka_assign(m->kafka, log);
        stage_say(s, "REBALANCE: %s is now %c's, %c does not know yet", kafka_name(s->kafka, log),
                  'A' + m->number, 'A' + old);
        return;
    }
    stage_say(s, "rebalance: %s is taken from %c", kafka_name(s->kafka, log), 'A' + old);
    kafka_revoke(s->machines[old].kafka, log);
}

static bool
somebody_holds(const struct stage *s, int log)
{
    for (int i = 0; i < MACHINES; i++) {
        if (s->machines[i].alive && kafka_holds(s->machines[i].kafka, log))
            return true;
    }
    return false;
}

/* Partitions without an owner find one, once nobody holds them any more. */
void
give_owners(struct stage *s)
{
    for (int log = 0; log < kafka_logs(s->kafka); log++) {
        struct machine *m;

        if (s->owner[log] != NOBODY || somebody_holds(s, log))
            continue;
        m = any_alive(s);
        if (m == NULL)
            return;
        s->owner[log] = m->number;
        kafka_assign(m->kafka, log);
        stage_say(s, "%s is given to %c", kafka_name(s->kafka, log), 'A' + m->number);
    }
}

/* Zombies learn in the end that they are none. */
void
tell_zombies(struct stage *s, int chance)
{
    for (int i = 0; i < MACHINES; i++) {
        struct machine *m = &s->machines[i];

        for (int log = 0; m->alive && log < kafka_logs(s->kafka); log++) {
            if (s->owner[log] != i && kafka_holds(m->kafka, log) && dice_hits(&s->dice, chance))
                kafka_revoke(m->kafka, log);
        }
    }
}

static void
midnight(struct stage *s)
{
    struct machine *m = &s->machines[dice_below(&s->dice, MACHINES)];
    bool back = dice_below(&s->dice, 4) == 0;

    if (back ? m->skew_ms <= -DAY_MS : m->skew_ms >= 2 * DAY_MS)
        return;
    m->skew_ms += back ? -DAY_MS : DAY_MS;
    stage_say(s, "MIDNIGHT: the clock of %c goes %s a day", 'A' + m->number, back ? "back" : "on");
    s->tally.midnights++;
}

/* A rebuild holds a partition, or lets it go; or has died, and nobody does. */
void
weather_hold(struct stage *s, int log)
{
    struct dice *d = &s->dice;
    char key[KEY_BYTES], ms[12];
    struct place place = kafka_place(s->kafka, log);
    struct text args[5] = { TEXT_LITERAL("1") };
    struct command c = { .script = &s->scripts[SCRIPT_HOLD], .args = args, .count = 5 };

    args[1] = c.key = (struct text){ key, key_meta(s->settings.prefix, topic_names[place.topic],
                                                   place.partition, key) };
    args[2] = TEXT_LITERAL("story");
    (void)snprintf(ms, sizeof ms, "%d",
                   dice_below(d, 4) == 0 ? 0 : 1 + dice_below(d, HOLD_MOST_MS));
    args[3] = text_of(ms);
    args[4] = TEXT_LITERAL("*");
    redis_set_clock(s->redis, machine_wall_ms(&s->machines[dice_below(d, MACHINES)]));
    stage_say(s, "HOLD: %s for %s ms", kafka_name(s->kafka, log), ms);
    (void)redis_do(s->redis, &c);
    s->held_until = s->now_ms + HOLD_MOST_MS;
    s->tally.holds++;
}

/* ---- producers ------------------------------------------------------------------------- */

void
publish_one(struct stage *s)
{
    const struct told *m;
    int64_t stamp = INT64_C(1706673600000);
    int log;

    if (s->told_count == s->untold_count)
        return;
    m = s->untold[s->told_count++];
    if (m->premature)
        stamp -= 1000 * DAY_MS;
    s->tally.messages++;
    log = kafka_publish(s->kafka, m, dice_hits(&s->dice, s->weather.astray), stamp);
    stage_say(s, "told %s, end %lld: %s", kafka_name(s->kafka, log),
              (long long)kafka_end(s->kafka, log), m->says);
}

/* ---- a step ------------------------------------------------------------------------------ */

void
weather_step(struct stage *s)
{
    const struct weather *w = &s->weather;
    struct dice *d = &s->dice;

    if (dice_hits(d, w->publish)) {
        for (int n = dice_below(d, 4); n >= 0; n--)
            publish_one(s);
    }
    for (int i = 0; i < MACHINES; i++) {
        if (!s->machines[i].alive && dice_hits(d, 500))
            machine_start(&s->machines[i], false);
    }
    if (dice_hits(d, 2000))
        give_owners(s);
    tell_zombies(s, 200);
    if (dice_hits(d, w->crash))
        crash(s, any_alive(s));
    if (dice_hits(d, w->drain))
        drain(s, any_alive(s));
    if (dice_hits(d, w->rebalance))
        rebalance(s);
    if (dice_hits(d, w->tail))
        slots_lose_tail(s, false);
    if (dice_hits(d, w->tail_all))
        slots_lose_tail(s, true);
    if (dice_hits(d, w->wipe))
        slots_wipe(s, slots_any(s));
    if (dice_hits(d, w->wipe_all))
        slots_wipe(s, -1);
    if (dice_hits(d, w->split))
        slots_split(s);
    if (redis_is_torn(s->redis) && dice_hits(d, w->tear_end))
        slots_tear_end(s);
    if (dice_hits(d, w->midnight))
        midnight(s);
    if (dice_hits(d, w->hold))
        weather_hold(s, dice_below(d, kafka_logs(s->kafka)));
    if (w->rebuild > 0)
        rebuild(s);
    if (dice_hits(d, w->nap))
        s->now_ms += dice_below(d, 15000);
    if (s->late_count > 0 && dice_hits(d, w->late_run))
        stage_run_late(s, dice_below(d, s->late_count));
}

void
weather_end(struct stage *s, bool until_end)
{
    int64_t latest = s->machines[0].skew_ms;

    stage_say(s, "---- quiet ----");
    s->quiet = true;
    if (s->split)
        slots_heal(s);
    if (redis_is_torn(s->redis))
        slots_tear_end(s);
    while (s->late_count > 0)
        stage_run_late(s, s->late_count - 1);
    while (s->told_count < s->untold_count)
        publish_one(s);
    for (int i = 1; i < MACHINES; i++) {
        if (s->machines[i].skew_ms > latest)
            latest = s->machines[i].skew_ms;
    }
    s->machines[REBUILDER].skew_ms = latest;
    if (s->machines[REBUILDER].alive) /* as it was begun in a storm it may fail */
        machine_kill(&s->machines[REBUILDER]);
    for (int i = 0; i < MACHINES; i++) {
        s->machines[i].skew_ms = latest;
        if (s->machines[i].alive && (until_end || s->machines[i].draining))
            machine_kill(&s->machines[i]);
    }
    for (int i = 0; until_end && i < 1 + dice_below(&s->dice, MACHINES); i++)
        machine_start(&s->machines[i], true);
    if (any_alive(s) == NULL)
        machine_start(&s->machines[0], until_end);
    tell_zombies(s, 10000);
    give_owners(s);
}
