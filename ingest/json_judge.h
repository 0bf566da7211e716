/* json_judge.h - what yajl leaves to its caller to judge.  Pure functions. */
#ifndef INGEST_JSON_JUDGE_H
#define INGEST_JSON_JUDGE_H

#include "ingest/json.h"

/* Is a number that JSON's grammar allows 10^308 or more, or as far
 * below zero?  Told from its digits: a double can't tell it exactly. */
bool json_is_huge(struct text number);

/* The length of the line up to the first vertical tab or form feed: nothing
 * that begins later counts, as JSON has them nowhere.  yajl skips them. */
size_t json_sane_length(struct text line);

/* True when the line holds an escape of half a surrogate pair.  Then out has a
 * copy, as long as the line at most, in which each such escape stands as the
 * byte FF and its last three digits in lower case: yajl makes '?' of some,
 * other characters of others, and names would become equal that are not. */
bool json_mark_halves(struct text line, char *out, size_t *length);

/* Does a name among the members of nodes[object] hold NUL? */
bool json_has_nul_name(const struct json_node *nodes, uint32_t object);

/* A name that stands twice among them, or NULL.  scratch has room for all. */
const struct text *
json_repeated_name(const struct json_node *nodes, uint32_t object, const struct text **scratch);

#endif
