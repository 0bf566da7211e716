/* scope_keys.h - keys of scopes as SCAN finds them: which are a scope's own, which hold totals.
 */
#ifndef LEDGER_SCOPE_KEYS_H
#define LEDGER_SCOPE_KEYS_H

#include "ledger/keys.h"

/* The keys that a scope has besides its totals, in the order in which scripts want them: tags,
 * index, asof, changes, told. */
enum { SCOPE_OWN_KEYS = 5 };
extern const char *const scope_own_keys[SCOPE_OWN_KEYS];

/* The scope whose total this key is, and what stands behind its braces; -1: a scope's own key, or
 * no key of a scope.  It begins with the prefix. */
int scope_of_key(const char *prefix, struct text key, struct text *rest);

/* The pattern of all keys that begin so, with NUL; MATCH's own characters stand for themselves.
 * `begin` is a prefix, with or without a brace behind it. */
enum { KEY_PATTERN_BYTES = 2 * PREFIX_BYTES + 4 };
void key_pattern(const char *begin, char out[KEY_PATTERN_BYTES]);

#endif
