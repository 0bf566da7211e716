/* registry_http.h - some HTTP requests at a time, none of which blocks; private to the registry.
 *
 * Redirects are not followed, and nothing but http and https is spoken.
 */
#ifndef SCHEMAS_REGISTRY_HTTP_H
#define SCHEMAS_REGISTRY_HTTP_H

#include "base/fault.h"
#include "base/text.h"

enum {
    HTTP_MOST = 4,               /* requests at a time */
    HTTP_ANSWER_BYTES = 1 << 20, /* a schema of 256 KiB, escaped, and more */
    HTTP_CONNECT_MS = 2000,
    HTTP_ANSWER_MS = 10000,
};

struct asking;

/* ca_file: NULL is the system's. */
MUST_USE enum fault asking_open(const char *ca_file, struct asking **out, struct why *why);
void asking_free(struct asking *http);

/* Who we are: "user:password", split at the first colon, "Bearer TOKEN", or "".  False: it is
 * neither, and nothing is changed. */
MUST_USE bool asking_authorize(struct asking *http, const char *auth);

/* GET, or POST with a body of JSON (at != NULL), which is copied.  `tag` comes
 * back with the answer.  False: HTTP_MOST are under way, or there is no memory. */
MUST_USE bool asking_begin(struct asking *http, const char *url, struct text body, uint64_t tag);

struct asking_answer {
    uint64_t tag;
    int status;            /* 0: there is none, */
    const char *complaint; /* ... and this is why */
    struct text body;
};
/* Go on for at most wait_ms, and take one answer, which is good until the next
 * call.  False: none has come. */
bool asking_take(struct asking *http, int wait_ms, struct asking_answer *out);

#endif
