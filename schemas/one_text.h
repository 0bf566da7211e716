/* one_text.h - a schema and those that it refers to, as one schema; private to the registry.
 *
 * Each type that another text defines is put where it is named first, as if it
 * had been written there.
 */
#ifndef SCHEMAS_ONE_TEXT_H
#define SCHEMAS_ONE_TEXT_H

#include "base/fault.h"
#include "base/text.h"

/* `others` are in any order.  *out is the caller's to free.
 * BAD_SCHEMA: a text that can't be read, or one that is too long or too deep in
 * the end.  A name that nobody defines stays, and is refused by who reads it. */
MUST_USE enum fault
one_text(struct text schema, char *const *others, size_t count, char **out, struct why *why);

#endif
