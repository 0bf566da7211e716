/* From words to settings: all that the options may say, and what they may not.
 *
 * A wrong value is refused here, with what is wanted instead, before anything
 * is opened. */
#include "aggregator/setup.h"
#include "aggregator/rebuild.h"

#include <errno.h>

enum { HELP_BYTES = 8 * 1024 };

static const struct option_row rows[ROW_COUNT] = {
#define OPTION(id, ...) { __VA_ARGS__ },
#include "aggregator/options.def"
#undef OPTION
};

static const char usage[] =
    "usage: tally-aggregate [OPTION]...\n"
    "\n"
    "Reads trade events and agreements from Kafka and keeps exact totals per province\n"
    "and partner in Redis. Several instances of one group share the work. Killed at any\n"
    "moment, it goes on where the totals in Redis are.\n"
    "\n"
    "With --rebuild it is no instance of the service: it counts everything again from the\n"
    "log's start beside the totals, says what differs, and swaps them in.\n"
    "\n"
    "With --health it says how the instance is that runs here, and exits 0 or 1.\n"
    "\n"
    "Exit codes: 0 done, also with dead letters, and after SIGTERM or SIGINT, or swapped;\n"
    "1 failed, or not swapped; 2 usage. Kafka or Redis that is away is waited for.\n"
    "\n";

enum fault
setup_read(int argc, char *argv[], struct option_values *options, struct why *why)
{
    enum fault fault = options_take(rows, ROW_COUNT, argc, argv, options, why);

    if (fault == FAULT_NONE && options->operand_count > 0)
        fault = why_set(why, FAULT_OPTION, "%s: no operand is wanted", options->operands[0]);
    return fault;
}

/* --until: what goes with it, and what it brings along. */
static enum fault
setup_until(const struct option_values *options, struct settings *out, struct why *why)
{
    const char *until = options->value[ROW_UNTIL];

    if (until == NULL)
        return FAULT_NONE;
    if (!instant_read(text_of(until), &out->until_ms) || out->until_ms <= 0)
        return why_set(why, FAULT_OPTION,
                       "--until %s: want an instant of RFC 3339, such as 2023-11-01T00:00:00Z",
                       until);
    if (strcmp(out->prefix, PREFIX_OWN) == 0)
        return why_set(why, FAULT_OPTION,
                       "--until wants a --prefix of its own, such as at-2023-11-01: (%s is the "
                       "service's)",
                       out->prefix);
    if (options->value[ROW_REBUILD] != NULL)
        return why_set(why, FAULT_OPTION, "--until and --rebuild do not go together");
    /* It would say that it knows what nobody has sent yet. */
    if (out->until_ms > clock_wall_ms())
        return why_set(why, FAULT_OPTION,
                       "--until %s is in the future, by this machine's clock: what is known by "
                       "then is not known yet",
                       until);
    out->exit_at_end = true;
    out->counts_again = true;
    if (out->fixed_day < 0)
        out->fixed_day = (int32_t)instant_china_day(out->until_ms - 1);
    return FAULT_NONE;
}

/* --set-aside-schema: ids with commas. */
static enum fault
setup_set_aside(const char *list, struct settings *out, struct why *why)
{
    while (list != NULL && *list != '\0') {
        size_t length = strcspn(list, ",");
        struct schema_id id;

        if (!schema_id_read((struct text){ list, length }, &id) ||
            out->set_aside_schemas.count == SET_ASIDE_SCHEMAS_MOST)
            return why_set(why, FAULT_OPTION,
                           "--set-aside-schema %s: want up to %d ids of a registry, or GUIDs, with "
                           "commas, such as 7,12",
                           list, SET_ASIDE_SCHEMAS_MOST);
        out->set_aside_schemas.ids[out->set_aside_schemas.count++] = id;
        list += length + (list[length] == ',');
    }
    return FAULT_NONE;
}

enum fault
setup_settings(const struct option_values *options, struct settings *out, struct why *why)
{
    enum fault fault;

    struct text clock = text_of(options->value[ROW_CLOCK]);
    struct text prefix = text_of(options->value[ROW_PREFIX]);

    *out = settings_default();
    out->exit_at_end = options->value[ROW_EXIT_AT_END] != NULL;
    out->accept_loss = options->value[ROW_ACCEPT_LOSS] != NULL;
    out->compact_bytes = (size_t)options_count(options, ROW_COMPACT) << 10;
    if (!text_equal(clock, TEXT_LITERAL("wall")) &&
        !(day_read(clock, &out->fixed_day) && day_is_valid(out->fixed_day)))
        return why_set(why, FAULT_OPTION, "--clock %s: want wall or YYYY-MM-DD from 1970-01-01",
                       clock.at);
    /* A brace in it would become the hash tag, and all keys would lie in one
     * slot. */
    if (prefix.length > PREFIX_MOST || memchr(prefix.at, '{', prefix.length) != NULL)
        return why_set(why, FAULT_OPTION, "--prefix %s: want up to %d bytes without {", prefix.at,
                       PREFIX_MOST);
    /* What lies there is cleared away by the next rebuild. */
    if (strstr(prefix.at, REBUILD_PREFIX) != NULL)
        return why_set(why, FAULT_OPTION,
                       "--prefix %s: what has " REBUILD_PREFIX " in it is where --rebuild works",
                       prefix.at);
    /* With its NUL; the length was looked at above. */
    memcpy(out->prefix, prefix.at, prefix.length + 1);
    memcpy(out->shared_prefix, out->prefix, sizeof out->shared_prefix);
    fault = setup_until(options, out, why);
    if (fault == FAULT_NONE)
        fault = setup_set_aside(options->value[ROW_SET_ASIDE_SCHEMA], out, why);
    if (fault != FAULT_NONE)
        return fault;
    return windows_read(text_of(options->value[ROW_WINDOWS]), &out->windows, why);
}

enum fault
setup_health(const struct option_values *options, struct health_place *out, struct why *why)
{
    return health_place(options->value[ROW_HEALTH_FILE], options->value[ROW_GROUP],
                        getenv("XDG_RUNTIME_DIR"), out, why);
}

void
setup_help(void)
{
    char help[HELP_BYTES];
    struct text_buffer b = { .at = help, .size = sizeof help };

    options_help(rows, ROW_COUNT, usage, &b);
    (void)fwrite(b.at, 1, b.length, stdout); /* standard_end() tells */
}
