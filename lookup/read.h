/* read.h - reading a scope so that it is consistent in itself.
 *
 * All keys of a scope lie in one slot, so what is read in one MULTI/EXEC is of
 * one moment: its asof and all the totals beside it.
 */
#ifndef LOOKUP_READ_H
#define LOOKUP_READ_H

#include "lookup/trust.h"
#include "store/calls.h"

/* Commands of one scope under construction.  Between reading_begin() and
 * reading_end(), which frees what it holds; `lookup` is borrowed until then. */
struct reading {
    const struct lookup *lookup;
    struct text slot; /* a key of the scope */
    struct calls calls;
};
void reading_begin(struct reading *reading, const struct lookup *lookup, int scope);
void reading_end(struct reading *reading);

/* Add a command of `count` arguments, NUL-terminated; their bytes are copied. */
void reading_add(struct reading *reading, const char *const *args, size_t count);

/* Run them, once.  answers[i] is of the i-th command added, good until reading_end();
 * none of them is an error.  FAULT_STORE_REFUSED with what Redis said; FAULT_NO_MEMORY. */
MUST_USE enum fault reading_run(struct reading *reading, struct asof *asof,
                                const struct answer **answers, struct why *why);

#endif
