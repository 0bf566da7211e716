/* setup.h - the options of tally-aggregate, read from where they may stand. */
#ifndef AGGREGATOR_SETUP_H
#define AGGREGATOR_SETUP_H

#include "aggregator/health.h"
#include "aggregator/turn.h"
#include "base/options.h"

enum setup_row {
#define OPTION(id, ...) ROW_##id,
#include "aggregator/options.def"
#undef OPTION
    ROW_COUNT
};

/* Command line over environment over the file of -F.  FAULT_OPTION, or
 * FAULT_FILE when that file can't be read.  What is set borrows from argv, the
 * environment, and a buffer that lives as long as the program. */
MUST_USE enum fault
setup_read(int argc, char *argv[], struct option_values *options, struct why *why);

/* What the options ask of the aggregator.  FAULT_OPTION. */
MUST_USE enum fault
setup_settings(const struct option_values *options, struct settings *out, struct why *why);

/* Where the health is kept.  FAULT_OPTION. */
MUST_USE enum fault
setup_health(const struct option_values *options, struct health_place *out, struct why *why);

/* Print --help on stdout. */
void setup_help(void);

#endif
