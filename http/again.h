/* again.h - SIGHUP: tokens and certificates as they are now, while the server goes on.
 */
#ifndef HTTP_AGAIN_H
#define HTTP_AGAIN_H

#include "http/http.h"
#include "http/token.h"

/* A file of tokens, as its program wants them: tokens_read(), and what it has to say of each. */
typedef enum fault again_read(const char *file, struct tokens **out, struct why *why);

/* What is read again. */
struct again {
    const char *tokens_file;
    again_read *read;
    struct tokens **tokens; /* where the program has them; *tokens NULL: it asks for none */
    struct http *http;
    const struct log *log;
};

/* From now on SIGHUP is heard. */
void again_listen(void);
/* If it came: what was read before is used on where something is wrong.  Says so in the log, in
 * either case.  True: the tokens are other ones now. */
bool again_look(const struct again *again);

#endif
