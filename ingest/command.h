/* command.h - what tally-ingest can be told to do, by its first word.
 *
 * main() reads the settings, lets the command open what it needs, then opens the report, and runs
 * it; afterwards it closes in reverse what is in the setup.
 */
#ifndef INGEST_COMMAND_H
#define INGEST_COMMAND_H

#include "base/options.h"
#include "ingest/map_find.h"
#include "ingest/report.h"
#include "kafka/follow.h"
#include "kafka/producer.h"
#include "schemas/registry.h"

/* Of the process. */
enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_REFUSED };

enum setting {
#define OPTION(id, ...) SETTING_##id,
#include "ingest/options.def"
#undef OPTION
    SETTING_COUNT
};

struct setup {
    const struct option_values *options;
    const char *version;         /* of the program */
    const char *const *operands; /* behind the command's word */
    int operand_count;
    struct producer_settings producer;
    const volatile sig_atomic_t *signals; /* how many came */
    struct report *report;                /* open while the command runs */
    struct rd_kafka_s *kafka;             /* these two: NULL until the command opens them */
    struct registry *registry;
    struct map *map; /* of --map; NULL: none */
};

struct command {
    const char *word; /* NULL: what is done without any */
    /* Judge the settings and open what is asked for by them; nothing is sent or asked yet.  A fault
     * is one of usage.  The report is not there yet. */
    enum fault (*open)(struct setup *setup, struct why *why);
    /* Do it, and give the exit code.  What goes wrong is told by the report. */
    int (*run)(struct setup *setup);
};

extern const struct command command_send, command_check, command_schema, command_listen,
    command_token, command_tail, command_dlq, command_generate;

/* The value of a setting as text; NULL: unset. */
static inline const char *
setting(const struct setup *setup, enum setting which)
{
    return setup->options->value[which];
}

/* The map of --map, if it was given, for those who read files; main()'s to free, also after a
 * fault. */
MUST_USE enum fault setup_open_map(struct setup *setup, struct why *why);

/* The producer and the registry of the settings, for those who send.  Both are main()'s to close,
 * also after a fault. */
MUST_USE enum fault setup_open_kafka(struct setup *setup, struct why *why);
/* The registry alone. */
MUST_USE enum fault setup_open_registry(struct setup *setup, struct why *why);

/* For those who read: brokers, properties, and of a name for each type of record those that --topic
 * asks for.  FAULT_OPTION: it asks for another. */
MUST_USE enum fault setup_topics(const struct setup *setup, const char *const names[],
                                 struct follow_settings *out, struct why *why);

/* With a registry: our schemas are registered, which is waited for as long as a record may wait for
 * Kafka, and messages of the maker name them by its ids. */
struct maker;
MUST_USE enum fault
setup_use_registry(const struct setup *setup, struct maker *maker, struct why *why);

/* Exit code of a command whose results are on stdout: EXIT_DONE once all that was printed is
 * taken, else it is told. */
int setup_end_printing(const struct setup *setup);

#endif
