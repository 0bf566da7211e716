/* settings.h - the options of tally-ingest, read from where they may stand. */
#ifndef INGEST_SETTINGS_H
#define INGEST_SETTINGS_H

#include "core/options.h"
#include "ingest/topics.h"

enum setting {
#define OPTION(id, ...) SETTING_##id,
#include "ingest/options.def"
#undef OPTION
    SETTING_COUNT
};

/* Command line over environment over the file of -F.  FAULT_OPTION, or
 * FAULT_FILE when that file can't be read.  What is set borrows from argv, the
 * environment, and a buffer that lives as long as the program. */
MUST_USE enum fault
settings_read(int argc, char *argv[], struct option_values *out, struct why *why);

/* Print --help on stdout. */
void settings_help(void);

#endif
