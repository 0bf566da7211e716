/* tally-aggregate --rebuild, as one more machine. */
#include "aggregator/rebuild.h"

#include "tests/story/stage.h"

static bool
goes_on(void *self)
{
    const struct machine *m = self;

    return !m->draining && !m->crashed;
}

static enum fault
nap(void *self, int64_t ms)
{
    struct machine *m = self;

    return machine_sleep(m, m->stage->now_ms + ms);
}

/* What it found.  At rest there is no scope that it has to leave out. */
static void
print(void *self, const char *line)
{
    struct machine *m = self;

    stage_say(m->stage, "%c prints: %s", 'A' + m->number, line);
    if (m->rebuilt.calm && strstr(line, "were not compared") != NULL)
        stage_wrong(m->stage, "a rebuild at rest prints: %s", line);
    if (strstr(line, " fields compared, ") != NULL &&
        sscanf(line, "%ld fields compared, %ld differ", &m->rebuilt.fields,
               &m->rebuilt.differences) != 2)
        stage_wrong(m->stage, "a rebuild prints: %s", line);
}

static void
progress(void *self, int64_t records, int64_t expected)
{
    (void)self;
    (void)records;
    (void)expected;
}

static enum fault
take_all(void *self, struct why *why)
{
    struct machine *m = self;

    (void)why;
    for (int log = 0; log < kafka_logs(m->stage->kafka); log++)
        kafka_assign(m->kafka, log);
    return FAULT_NONE;
}

/* In a storm it may fail, and then nothing of it shows. */
static bool
may_fail(const struct machine *m, enum fault fault)
{
    return machine_may_stop(m, fault) ||
           (!m->rebuilt.calm && (fault_remedy(fault) == TRY_AGAIN || fault == FAULT_SETTINGS));
}

void
rebuilder_live(void *self)
{
    struct machine *m = self;
    const struct rebuild_caller caller = { m, goes_on, nap, print, progress, take_all };
    struct log log;
    const struct world world = machine_world(m, &log);
    struct why why = { "", "" };
    enum fault fault;

    m->rebuilt = (struct rebuilt){ .calm = m->stage->quiet, .fields = -1, .differences = -1 };
    m->stage->tally.rebuilds++;
    fault = rebuild_run(&m->stage->settings, &world, m->stage->scripts, &caller,
                        &m->rebuilt.swapped, &why);
    if (fault != FAULT_NONE)
        (void)snprintf(m->rebuilt.why, sizeof m->rebuilt.why, "%s: %.200s", fault_name(fault),
                       why.text);
    stage_say(m->stage, "%c: %s %s", 'A' + m->number, m->rebuilt.swapped ? "swapped" : "no swap",
              m->rebuilt.why);
    m->stage->tally.swaps += m->rebuilt.swapped;
    m->stage->tally.storm_swaps += m->rebuilt.swapped && !m->rebuilt.calm;
    if (fault != FAULT_NONE && !may_fail(m, fault))
        stage_wrong(m->stage, "a rebuild failed: %s", m->rebuilt.why);
}
