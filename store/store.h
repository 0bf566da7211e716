/* store.h - one way to reach Redis: one server, the master that sentinels
 * name, or all masters of a cluster, found by a URL.
 *
 * The only verb is to run a list of commands as one pipeline a server: all are
 * sent, then all answers are read.  Each answer says for itself whether the
 * command was refused, or whether the connection was lost before its answer
 * came; then nobody knows whether it ran.  After a loss the next run
 * reconnects; a server that is away takes only its own commands with it.  What
 * a server sends elsewhere did not run, and is sent there.  Not for several
 * threads.
 *
 * struct store_way is the way as a small struct of functions: programs wire in
 * a real store, tests an invented one.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/fault.h"
#include "base/text.h"

/* A Lua script.  Known by its text; sent as EVALSHA, as EVAL on NOSCRIPT. */
struct script {
    const char *name;
    struct text source;
    int number;      /* its place in the program's list of scripts, from 0 */
    bool finds_keys; /* it touches keys of its slot that it was not given */
};
enum { SCRIPTS_MOST = 16 };

/* One command.  With a script the arguments are: number of keys, keys...,
 * arguments...; without, the command's name and its arguments. */
struct command {
    const struct script *script; /* or NULL */
    const struct text *args;     /* borrowed until the run returns */
    size_t count;
    struct text key; /* any key of the command: it decides the slot */
    size_t master;   /* without a key: on the master of this number, from 0; ANSWER_NIL when
                        there are no so many */
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
    /* Run `count` commands, those of one server in order; only what Redis did not run comes
     * later, when it is sent again: a script that was forgotten, as text; a command whose slot
     * has moved.  A transaction (MULTI .. EXEC, all with a key of one slot) is sent again as a
     * whole.  answers[i] is of commands[i], borrowed until the next run.  FAULT_NONE when every
     * answer came (errors included); FAULT_STORE_AWAY when at least one is ANSWER_AWAY; why says
     * how.  Errors that mean "not now" (AWAY in errors.def, a slot that keeps moving, a master
     * that is none) come back as ANSWER_AWAY too; all others as ANSWER_ERROR. */
    enum fault (*run)(void *self, const struct command *commands, size_t count,
                      struct answer *answers, struct why *why);
};

struct store;

struct store_options {
    const char *url;         /* store/url.h has its forms */
    int connect_ms;          /* 0: 2000 */
    int command_ms;          /* longest silence while answers are due; 0: 10000 */
    const char *client_name; /* CLIENT SETNAME; NULL: none */
};

/* Make a store; does not connect yet.  FAULT_OPTION for a URL that is not
 * understood (rediss:// is named as not yet supported).  The options are
 * copied.  store_free(NULL) is fine; all answers go with the store. */
MUST_USE enum fault
store_open(const struct store_options *options, struct store **out, struct why *why);
void store_free(struct store *store);

/* The store as a struct of functions; good until store_free(). */
struct store_way store_way(struct store *store);

/* How often a connection was made; a change tells an audit to look. */
uint64_t store_connections(const struct store *store);

/* Refuse a Redis of which any master may evict: FAULT_STORE_EVICTS unless maxmemory is 0 or
 * maxmemory-policy is noeviction.  FAULT_STORE_AWAY when it does not answer.
 * A Redis that refuses to say (no permission for CONFIG) is asked by INFO. */
MUST_USE enum fault store_check_policy(struct store *store, struct why *why);

/* Up to how many fields a hash is a list, in which each field is searched from the start, as the
 * first master has it; -1: it does not say. */
int64_t store_list_fields(struct store *store);

/* The value of "name:value\r\n" in an answer of INFO; { NULL, 0 } when it is not there. */
struct text store_info_line(struct text info, const char *name);

#endif
