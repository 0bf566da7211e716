/* program.h - tally-aggregate as a whole; what main.c and its helpers share. */
#ifndef AGGREGATOR_PROGRAM_H
#define AGGREGATOR_PROGRAM_H

#include "aggregator/meters.h"
#include "aggregator/setup.h"
#include "aggregator/watch.h"
#include "base/outlet.h"

#include <signal.h>

/* What the program holds open, in the order of opening. */
struct program {
    const char *version;
    const volatile sig_atomic_t *signals; /* how many have come: somebody wants us to stop */
    struct outlet *outlet;
    struct log log;
    struct settings settings;
    struct store *store;
    struct feed_kafka *feed;
    struct registry *registry; /* or NULL */
    struct aggregator *aggregator;
    struct watch watch;
    struct meters meters;
    int64_t policy_at;  /* tick of the last look at maxmemory-policy */
    uint64_t policy_of; /* how often a connection had been made by then */
    bool rebuilds;
    bool print_failed; /* a result of the rebuild could not be written */
};

/* The exit codes: done; failed; an option was wrong. */
enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE };
/* Open all, run until the end or a signal, close all.  The exit code, after
 * what was said on stderr.  `options` and `signals` are borrowed; the handler
 * of signals adds to *signals. */
int program_serve(const struct option_values *options, const char *version,
                  const volatile sig_atomic_t *signals);
void program_complain(const struct why *why); /* a wrong option: one sentence */

/* recount.c: --rebuild. */
MUST_USE enum fault recount(struct program *p, const struct world *world,
                            const struct script *scripts, struct why *why);

#endif
