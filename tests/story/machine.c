#include "schemas/codec.h"
#include "tests/starved/starve.h"
#include "tests/story/stage.h"

/* ---- effects that the loop sees ---------------------------------------------------- */

static enum fault
machine_pause(void *self)
{
    struct machine *m = self;

    if (!m->crashed)
        fiber_pause();
    return m->crashed ? FAULT_CRASHED : FAULT_NONE;
}

enum fault
machine_sleep(void *self, int64_t until)
{
    struct machine *m = self;

    m->sleeps_until = until;
    if (!m->crashed)
        fiber_pause();
    m->sleeps_until = 0;
    return m->crashed ? FAULT_CRASHED : FAULT_NONE;
}

static int64_t
machine_now(void *self)
{
    const struct machine *m = self;

    return m->stage->now_ms;
}

int64_t
machine_wall_ms(const struct machine *m)
{
    return STORY_BEGINS_MS + m->stage->now_ms + m->skew_ms;
}

static int64_t
machine_wall(void *self)
{
    return machine_wall_ms(self);
}

static uint64_t
machine_draw(void *self)
{
    struct machine *m = self;

    return stage_has_bug(m->stage, "same-versions") ? 7 : dice_bits(&m->stage->dice);
}

/* A crash in the middle of a pipeline is the wire's; here it becomes ours. */
static enum fault
machine_run(void *self, const struct command *commands, size_t count, struct answer *answers,
            struct why *why)
{
    struct machine *m = self;
    const struct store_way way = redis_way(m->redis);
    enum fault fault;

    if (m->crashed)
        return why_set(why, FAULT_CRASHED, "killed");
    fault = way.run(way.self, commands, count, answers, why);
    return m->crashed ? why_set(why, FAULT_CRASHED, "killed") : fault;
}

static void
put_log(void *self, const char *line, size_t length)
{
    const struct machine *m = self;

    if (m->stage->trace)
        printf("           %c: %.*s", 'A' + m->number, (int)length, line);
}

static int64_t
log_now(void)
{
    return 0;
}

enum { REGISTRY_AWAY_MS = 500 };

/* A registry that answers a third of the time, each machine at another one. */
static enum registry_reply
machine_look_up(void *self, struct schema_id id, struct text *schema, struct why *why)
{
    const struct machine *m = self;

    (void)why_set(why, FAULT_NONE, "%s", "the registry is away");
    if ((m->stage->now_ms / REGISTRY_AWAY_MS + m->number) % 3 != 0)
        return REGISTRY_WAITS;
    if (id.is_guid || id.number < SCHEMA_ID_FIRST ||
        id.number >= SCHEMA_ID_FIRST + RECORD_TYPE_COUNT)
        return REGISTRY_HAS_NONE;
    *schema = schema_text((enum record_type)(id.number - SCHEMA_ID_FIRST));
    return REGISTRY_HAS;
}

/* ---- what any program of ours sees -------------------------------------------------------------
 */

struct world
machine_world(struct machine *m, struct log *log)
{
    *log = (struct log){
        .least = LOG_INFO, .as_text = true, .now_ms = log_now, .put = put_log, .self = m
    };
    return (struct world){
        .feed = kafka_feed(m->kafka),
        .store = { m, machine_run },
        .clock = { m, machine_wall, machine_now },
        .chance = { m, machine_draw },
        .registry = { m, m->stage->has_registry ? machine_look_up : NULL },
        .log = m->stage->trace ? log : NULL,
    };
}

bool
machine_may_stop(const struct machine *m, enum fault fault)
{
    if (fault == FAULT_NO_MEMORY)
        return starve_failures() > 0;
    return fault == FAULT_CRASHED || (fault == FAULT_STORE_REFUSED &&
                                      (m->stage->weather.refuse > 0 || m->stage->weather.cut > 0));
}

/* ---- the program's loop ------------------------------------------------------------- */

static enum fault
turn(struct machine *m, struct aggregator *a, struct why *why)
{
    enum fault fault = aggregator_turn(a, why);
    const char *wrong = fault_remedy(fault) == STOP ? NULL : aggregator_sanity(a);

    if (wrong != NULL)
        stage_wrong(m->stage, "machine %c, after a turn: %s", 'A' + m->number, wrong);
    return fault;
}

static void
loop(struct machine *m, struct aggregator *a)
{
    struct why why = { "", "" };
    enum fault fault = FAULT_NONE;

    while (!m->draining && fault_remedy(fault) != STOP && !(m->until_end && aggregator_is_done(a)))
        fault = turn(m, a, &why);
    for (int i = 0; i < 5 && m->draining && fault_remedy(fault) != STOP; i++) {
        fault = aggregator_drain(a, &why);
        if (fault == FAULT_NONE)
            break;
    }
    if (fault_remedy(fault) == STOP && !machine_may_stop(m, fault))
        stage_wrong(m->stage, "machine %c stopped: %s: %s", 'A' + m->number, fault_name(fault),
                    why.text);
    m->done = m->until_end && fault == FAULT_NONE && aggregator_is_done(a);
}

static void
live(void *self)
{
    struct machine *m = self;
    struct log log;
    const struct world world = machine_world(m, &log);
    struct settings settings = m->stage->settings;
    struct aggregator *a = NULL;
    struct why why = { "", "" };
    enum fault fault;

    settings.exit_at_end = m->until_end;
    fault = aggregator_open(&settings, &world, m->stage->scripts, &a, &why);
    if (fault != FAULT_NONE) {
        if (!machine_may_stop(m, fault))
            stage_wrong(m->stage, "machine %c did not open: %s", 'A' + m->number, why.text);
        return;
    }
    loop(m, a);
    struct aggregator_counts counts = aggregator_counts(a);
    m->stage->tally.syncs += counts.syncs;
    m->stage->tally.mismatches += counts.mismatches;
    aggregator_free(a);
}

void
machine_start(struct machine *m, bool until_end)
{
    struct stage *stage = m->stage;
    const struct redis_watch watch = machine_watch(m);
    const struct kafka_hooks hooks = { m, machine_pause, machine_now, machine_sleep };
    const struct kafka_faults calm = { 0, 0 };

    m->alive = true;
    m->crashed = m->draining = m->done = m->behind = false;
    m->until_end = until_end;
    m->sleeps_until = 0;
    m->redis = redis_connect(stage->redis, &watch);
    m->kafka = kafka_connect(stage->kafka, &hooks, &stage->dice,
                             stage->quiet ? &calm : &stage->weather.kafka);
    m->fiber = fiber_new(m->number == REBUILDER ? rebuilder_live : live, m);
    stage_say(stage, "%c starts%s%s", 'A' + m->number, until_end ? " (--exit-at-end)" : "",
              m->number == REBUILDER ? " (--rebuild)" : "");
}

void
machine_step(struct machine *m)
{
    if (fiber_resume(m->fiber))
        return;
    stage_say(m->stage, "%c has ended", 'A' + m->number);
    fiber_free(m->fiber);
    redis_disconnect(m->redis);
    kafka_disconnect(m->kafka);
    m->fiber = NULL;
    m->redis = NULL;
    m->kafka = NULL;
    m->alive = false;
    for (int i = 0; i < LOGS_MOST; i++) {
        if (m->stage->owner[i] == m->number)
            m->stage->owner[i] = NOBODY;
    }
}

void
machine_kill(struct machine *m)
{
    m->crashed = true;
    while (m->alive)
        machine_step(m);
}
