/* The commands of tally-lookup by name (commands.def).
 *
 * A command that this version has not yet is in the table as well: a person who
 * reads of it elsewhere is told so, and not that it is unknown. */
#include "lookup/lookup.h"

static const struct {
    const char *name, *operands;
    int least, most;
    lookup_command *run; /* NULL: not yet */
    const char *help;
} COMMANDS[] = {
#define COMMAND(name, operands, least, most, function, help)                                       \
    { name, operands, least, most, function, help },
#include "lookup/commands.def"
#undef COMMAND
};
enum { COMMAND_COUNT = sizeof COMMANDS / sizeof COMMANDS[0] };

/* Those that answer with rows. */
static bool
has_csv(lookup_command *run)
{
    return run == lookup_totals || run == lookup_top || run == lookup_series;
}

enum fault
lookup_run(const struct lookup *lookup, const char *const *operands, int count,
           enum verdict *verdict, struct why *why)
{
    if (count == 0)
        return why_set(why, FAULT_OPTION, "no command; --help lists them");
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(operands[0], COMMANDS[i].name) != 0)
            continue;
        if (COMMANDS[i].run == NULL)
            return why_set(why, FAULT_OPTION, "%s: not yet in this version", COMMANDS[i].name);
        if (count - 1 < COMMANDS[i].least || count - 1 > COMMANDS[i].most)
            return why_set(why, FAULT_OPTION, "usage: tally-lookup %s %s", COMMANDS[i].name,
                           COMMANDS[i].operands);
        if (lookup->as_csv && !has_csv(COMMANDS[i].run))
            return why_set(why, FAULT_OPTION, "--csv is of totals, top and series");
        if (lookup->as_csv && lookup->as_json)
            return why_set(why, FAULT_OPTION, "either --json or --csv");
        return COMMANDS[i].run(lookup, operands + 1, count - 1, verdict, why);
    }
    return why_set(why, FAULT_OPTION, "%s: no such command; --help lists them", operands[0]);
}

bool
lookup_asks_redis(const char *const *operands, int count)
{
    for (int i = 0; i < COMMAND_COUNT && count > 0; i++)
        if (strcmp(operands[0], COMMANDS[i].name) == 0)
            return COMMANDS[i].run != lookup_list;
    return true;
}

void
lookup_usage(struct text_buffer *out)
{
    text_put(out, TEXT_LITERAL("usage: tally-lookup [OPTION]... COMMAND\n\n"));
    for (int i = 0; i < COMMAND_COUNT; i++)
        text_print(out, "  %s %s\n      %s%s\n", COMMANDS[i].name, COMMANDS[i].operands,
                   COMMANDS[i].help, COMMANDS[i].run == NULL ? " (not yet)" : "");
    text_put(out,
             TEXT_LITERAL(
                 "\nPROVINCE is a code (CN-LN, LN), an English or a Chinese name (Liaoning, "
                 "辽宁省), CN\n"
                 "(national figures) or ALL.  PARTNER is a code (RU, RUS), a name (Russia, "
                 "俄罗斯), a group\n"
                 "(WORLD, 欧盟) or ALL.  WINDOW is 31d, 2023 or all; MONTH is 2023-09; MEASURE is\n"
                 "export.CNY, import.qty.TNE, agreements, ...\n\n"
                 "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the answer is partial, or older\n"
                 "than --max-age.\n\n"));
}
