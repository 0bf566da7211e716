/* serve.h - totals over HTTP: the server of tally-lookup --listen.
 *
 *      request -> routes.c, ask.c   what is asked for, judged
 *              -> pool.c            a thread with its own connection to Redis: many questions in
 *                                   one pipeline
 *              -> answer.c          JSON or CSV
 *      answered by the thread that serves HTTP, which waits for nobody
 */
#ifndef SERVE_SERVE_H
#define SERVE_SERVE_H

#include "base/log.h"
#include "lookup/lookup.h"

#include <signal.h>

struct serve_settings {
    const char *listen;
    const char *certificate_file, *key_file; /* both NULL: no TLS */
    const char *tokens_file;                 /* NULL: nobody is asked for a token */
    bool is_public;                          /* others than this machine may read without one */
    const char *cors;                        /* the origin whose pages may read; NULL: none */
    const char *metrics;                     /* address of the listener for probes; NULL: none */
    unsigned connections, connections_per_address, workers, watchers;
    struct lookup lookup; /* without a way to Redis: each thread gets its own */
    const char *redis;    /* its URL */
    const char *version;  /* of the program */
    const struct log *log;
    const volatile sig_atomic_t *signals; /* how many have told it to end */
};

/* Until a signal comes.  FAULT_OPTION, FAULT_FILE, FAULT_NO_MEMORY: it could not begin. */
MUST_USE enum fault serve_run(const struct serve_settings *settings, struct why *why);

#endif
