/* doubt_say.h - a doubt in words, and as JSON.
 */
#ifndef LOOKUP_DOUBT_SAY_H
#define LOOKUP_DOUBT_SAY_H

#include "lookup/doubt.h"

#include <stdio.h>

enum { DOUBT_BYTES = 2048 };
/* One or two sentences, without a line's end; borrowed from out. */
struct text doubt_say(const struct doubt *doubt, char out[DOUBT_BYTES]);

/* One object: "kind", "province", ..., "sentence". */
void doubt_json(const struct doubt *doubt, FILE *out);

#endif
