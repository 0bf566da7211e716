/* media.h - what the head of a request says of its body.
 *
 * Each of these answers the request itself where it says something that is not taken.
 */
#ifndef INGEST_MEDIA_H
#define INGEST_MEDIA_H

#include "ingest/gateway.h"

/* Which of two words a parameter is; left out: the first.  -1: it was answered. */
int media_word(struct http_request *request, const char *name, const char *const words[2]);

/* All but the text and the map of a body.  False: it was answered. */
bool media_judge(const struct gateway *gateway, struct http_request *request, struct body *body);

/* Is it CSV, as its type says?  Then it is read by ?map=, or by the map of --map. */
bool media_is_csv(const struct http_request *request);

/* The map that ?map= names, which the caller frees; *out is untouched where there is none.  False:
 * it was answered. */
bool media_map(struct http_request *request, struct map **out);

#endif
