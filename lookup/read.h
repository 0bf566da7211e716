/* read.h - reading a scope so that it is consistent in itself.
 *
 * All keys of a scope lie in one slot, so what is read in one MULTI/EXEC is of
 * one moment: its asof and all the totals beside it.
 */
#ifndef LOOKUP_READ_H
#define LOOKUP_READ_H

#include "core/day.h"
#include "lookup/lookup.h"

/* What `asof` says. */
struct asof {
    bool exists;
    bool is_complete;   /* complete == 1 */
    char day[DAY_TEXT]; /* "": unknown */
};

/* Commands of one scope under construction; a command has READ_ARGS_MOST
 * arguments at most, their bytes are copied. */
enum { READ_ARGS_MOST = 6, READ_ARG_BYTES = KEY_BYTES, READ_COMMANDS_MOST = 512 };
struct reading;

/* NULL when there is no memory. */
struct reading *reading_new(const struct lookup *lookup, int scope);
void reading_free(struct reading *reading);

/* Add a command of `count` arguments, NUL-terminated; the second is its key. */
void reading_add(struct reading *reading, const char *const *args, size_t count);

/* Run them.  answers[i] is of the i-th command added, good until the next run;
 * none of them is an error.  FAULT_STORE_REFUSED with what Redis said. */
MUST_USE enum fault reading_run(struct reading *reading, struct asof *asof,
                                const struct answer **answers, struct why *why);

/* A whole number as Redis writes it, within int64.  False: it is none. */
MUST_USE bool integer_read(struct text t, int64_t *out);

#endif
