/* The command generate: invented records on stdout, at a pace if one is wanted.
 *
 * They go through the same judge and the same writer as real ones, so what is printed can be sent.
 */
#include "ingest/command.h"

#include "base/clock.h"
#include "ingest/invent.h"
#include "ingest/record_json.h"

#include <unistd.h>

enum { COUNT_DEFAULT = 1000, STEP_MS = 20 };

struct generate {
    uint64_t seed;
    int64_t count, rate; /* 0: without an end; as fast as it goes */
    enum invent_shape shape;
    int32_t day;
};

static struct generate wanted;

static enum fault
read_shape(const char *name, enum invent_shape *out, struct why *why)
{
    bool is_narrow = name != NULL && strcmp(name, "narrow") == 0;

    if (name != NULL && !is_narrow && strcmp(name, "wide") != 0)
        return why_set(why, FAULT_OPTION, "--shape %.100s: want wide or narrow", name);
    *out = is_narrow ? INVENT_NARROW : INVENT_WIDE;
    return FAULT_NONE;
}

static enum fault
read_day(const char *text, int32_t *out, struct why *why)
{
    if (text == NULL)
        *out = (int32_t)instant_china_day(clock_wall_ms());
    else if (!day_read(text_of(text), out))
        return why_set(why, FAULT_OPTION, "--day %.100s: want a day, such as 2024-01-31", text);
    /* There must be room for the days before it. */
    if (*out < 3 * 366 || *out > DAY_LAST)
        return why_set(why, FAULT_OPTION, "--day: want one from 1973 to 9999");
    return FAULT_NONE;
}

static enum fault
open_generate(struct setup *setup, struct why *why)
{
    enum fault fault = read_shape(setting(setup, SETTING_SHAPE), &wanted.shape, why);

    if (fault == FAULT_NONE)
        fault = read_day(setting(setup, SETTING_DAY), &wanted.day, why);
    if (fault == FAULT_NONE && setup->operand_count > 0)
        fault = why_set(why, FAULT_OPTION,
                        "generate %.100s: it takes no files; a file of the name generate is "
                        "./generate",
                        setup->operands[0]);
    wanted.seed = (uint64_t)options_count(setup->options, SETTING_SEED);
    wanted.rate = options_count(setup->options, SETTING_RATE);
    wanted.count = options_count(setup->options, SETTING_MOST);
    if (wanted.count == 0 && wanted.rate == 0)
        wanted.count = COUNT_DEFAULT;
    return fault;
}

static enum fault
print(int64_t n, struct why *why)
{
    static struct invented invented; /* large, and borrowed from itself */
    static char line[RECORD_JSON_BYTES];
    struct text_buffer b = { .at = line, .size = sizeof line - 1 };
    struct record record;
    enum fault fault;

    invent(wanted.seed, n, wanted.shape, wanted.day, &invented);
    fault = record_settle(&invented.draft, &record, why);
    if (fault != FAULT_NONE) /* a mistake of invent.c */
        return fault;
    record_json_put(&b, &record);
    b.at[b.length++] = '\n';
    (void)fwrite(b.at, 1, b.length, stdout); /* setup_end_printing() tells */
    return FAULT_NONE;
}

/* So many ought to be printed by now. */
static int64_t
due(int64_t begun_ms)
{
    int64_t by_pace =
        wanted.rate == 0 ? INT64_MAX : (clock_tick_ms() - begun_ms) * wanted.rate / 1000 + 1;

    return wanted.count > 0 && wanted.count < by_pace ? wanted.count : by_pace;
}

static int
run_generate(struct setup *setup)
{
    int64_t begun_ms = clock_tick_ms(), n = 0;
    struct why why = { 0 };
    enum fault fault = FAULT_NONE;
    bool goes_on = true, was_cut;

    while (goes_on) {
        int64_t until = due(begun_ms);

        while (n < until && fault == FAULT_NONE && *setup->signals == 0 && ferror(stdout) == 0)
            fault = print(n++, &why);
        goes_on = fault == FAULT_NONE && *setup->signals == 0 && fflush(stdout) == 0 &&
                  ferror(stdout) == 0 && (wanted.count == 0 || n < wanted.count);
        if (goes_on)
            (void)usleep(STEP_MS * 1000);
    }
    if (fault != FAULT_NONE)
        log_fault(&setup->report->log, LOG_ERROR, "stopped", fault, &why);
    /* Without an end a signal is how it ends. */
    was_cut = wanted.count > 0 && n < wanted.count;
    return setup_end_printing(setup) == EXIT_DONE && fault == FAULT_NONE && !was_cut ? EXIT_DONE
                                                                                     : EXIT_FAILED;
}

const struct command command_generate = { "generate", open_generate, run_generate };
