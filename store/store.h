/* store.h - one way to reach Redis.
 *
 * A store is one connection, found by a URL.  The only verb is to run a list
 * of commands as one pipeline: all are sent, then all answers are read.  Each
 * answer says for itself whether the command was refused, or whether the
 * connection was lost before its answer came; then nobody knows whether it
 * ran.  After a loss the next run reconnects.  Not for several threads.
 *
 * struct store_way is the way as a small struct of functions: programs wire in
 * a real store, tests an invented one.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "core/fault.h"
#include "core/text.h"

/* A Lua script.  Known by its text; sent as EVALSHA, as EVAL on NOSCRIPT. */
struct script {
    const char *name;
    struct text source;
    int number; /* its place in the program's list of scripts, from 0 */
};
enum { SCRIPTS_MOST = 8 };

/* One command.  With a script the arguments are: number of keys, keys...,
 * arguments...; without, the command's name and its arguments. */
struct command {
    const struct script *script; /* or NULL */
    const struct text *args;     /* borrowed until the run returns */
    size_t count;
    struct text key; /* any key of the command: it decides the slot */
};

enum answer_kind {
    ANSWER_AWAY,  /* connection lost or timed out: ran or not, nobody knows */
    ANSWER_ERROR, /* text: what Redis said */
    ANSWER_NIL,
    ANSWER_TEXT, /* bulk or status */
    ANSWER_INTEGER,
    ANSWER_LIST,
};
struct answer {
    enum answer_kind kind;
    struct text text;
    int64_t integer;
    const struct answer *items;
    size_t count;
};

struct store_way {
    void *self;
    /* Run `count` commands, in order; only a script that Redis has forgotten
     * runs after the others, when it is sent again as text.  answers[i] is of commands[i], borrowed
     * until the next run.  FAULT_NONE when every answer came (errors included); FAULT_STORE_AWAY
     * when at least one is ANSWER_AWAY; why says how. Errors that mean "not now" (LOADING, BUSY,
     * MASTERDOWN, CLUSTERDOWN, TRYAGAIN) come back as ANSWER_AWAY too; OOM, NOAUTH, NOPERM,
     * WRONGPASS, MISCONF, READONLY and all others as ANSWER_ERROR. */
    enum fault (*run)(void *self, const struct command *commands, size_t count,
                      struct answer *answers, struct why *why);
};

struct store;

struct store_options {
    const char *url;         /* redis://[user:password@]host:port[/db], unix:///path */
    int connect_ms;          /* 0: 2000 */
    int command_ms;          /* longest silence while answers are due; 0: 10000 */
    const char *client_name; /* CLIENT SETNAME; NULL: none */
};

/* Make a store; does not connect yet.  FAULT_OPTION for a URL that is not
 * understood (rediss://, redis+cluster:// and redis+sentinel:// are named as
 * not yet supported).  The options are copied. */
MUST_USE enum fault
store_open(const struct store_options *options, struct store **out, struct why *why);
void store_free(struct store *store);

struct store_way store_way(struct store *store);

/* How often a connection was made; a change tells an audit to look. */
uint64_t store_connections(const struct store *store);

/* Refuse a Redis that may evict: FAULT_STORE_EVICTS unless maxmemory is 0 or
 * maxmemory-policy is noeviction.  FAULT_STORE_AWAY when it does not answer.
 * A Redis that refuses to say (no permission for CONFIG) is asked by INFO. */
MUST_USE enum fault store_check_policy(struct store *store, struct why *why);

#endif
