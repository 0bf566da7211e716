/* --rebuild: what aggregator/rebuild.h wants of the program.
 *
 * The differences that are printed are a result: when they can't be written,
 * nothing is swapped in. */
#include "aggregator/program.h"
#include "aggregator/rebuild.h"

#include <unistd.h>

enum { PROGRESS_BYTES = 80 };

/* What can't say what differs swaps nothing in. */
static bool
goes_on(void *self)
{
    const struct program *p = self;

    return *p->signals == 0 && !p->print_failed;
}

static enum fault
nap(void *self, int64_t ms)
{
    (void)self;
    (void)usleep((useconds_t)ms * 1000);
    return FAULT_NONE;
}

static void
print_line(void *self, const char *line)
{
    struct program *p = self;

    /* Each line at once: the next step may be the swap. */
    if (printf("%s\n", line) < 0 || fflush(stdout) != 0)
        p->print_failed = true;
}

/* Rewritten in place, so it begins with a carriage return and has no end of
 * line. */
static void
show_progress(void *self, int64_t records, int64_t expected)
{
    const struct program *p = self;
    char line[PROGRESS_BYTES];
    int length = snprintf(line, sizeof line, "\r%lld of %lld records ", (long long)records,
                          (long long)expected);

    /* Only on a terminal, where it is written over. */
    if (p->log.as_text)
        outlet_put(p->outlet, line, (size_t)length);
}

static enum fault
take_all(void *self, struct why *why)
{
    struct program *p = self;

    return feed_take_all(p->feed, why);
}

enum fault
recount(struct program *p, const struct world *world, const struct script *scripts, struct why *why)
{
    const struct rebuild_caller caller = { p, goes_on, nap, print_line, show_progress, take_all };
    bool swapped = false;
    enum fault fault;

    /* In no group: the service's instances keep their partitions. */
    feed_be_alone(p->feed);
    fault = rebuild_run(&p->settings, world, scripts, &caller, &swapped, why);
    if (fault == FAULT_NONE && p->print_failed)
        fault = why_set(why, FAULT_FILE, "stdout can't be written: %s",
                        swapped ? "not all that differed could be told" : "nothing was swapped");
    if (fault == FAULT_NONE && !swapped)
        fault = why_set(why, FAULT_OPTION, "ended by a signal before anything was swapped");
    return fault;
}
