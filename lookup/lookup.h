/* lookup.h - what every look-up needs, and how it ends.
 *
 * A command reads Redis and writes its result to `out`; it never logs.  It
 * returns a fault: FAULT_OPTION when the question is wrong (nothing was
 * written), any other one when it can't be answered.  *verdict says how a
 * question that was answered ends.
 */
#ifndef LOOKUP_LOOKUP_H
#define LOOKUP_LOOKUP_H

#include "core/keys.h"
#include "store/store.h"

#include <stdio.h>

struct lookup {
    struct store_way way;
    const char *prefix;     /* shorter than PREFIX_BYTES */
    struct windows windows; /* the moving ones that are asked for */
    bool as_json;
    FILE *out;
};

/* The program's exit code. */
enum verdict {
    VERDICT_DONE = 0,
    VERDICT_FAILED = 1, /* verify found a difference */
    VERDICT_USAGE = 2,
    VERDICT_PARTIAL = 3,
};

/* Run the command named by operands[0] with the operands after it. */
MUST_USE enum fault lookup_run(const struct lookup *lookup, const char *const *operands, int count,
                               enum verdict *verdict, struct why *why);

/* The commands as --help lists them. */
void lookup_usage(struct text_buffer *out);

/* What commands.def names: operands are those after the command's name, their
 * number is already within bounds. */
typedef enum fault lookup_command(const struct lookup *lookup, const char *const *operands,
                                  int count, enum verdict *verdict, struct why *why);
lookup_command lookup_totals, lookup_top, lookup_series, lookup_verify;

#endif
