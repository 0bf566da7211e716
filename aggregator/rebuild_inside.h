/* rebuild_inside.h - what the files of a rebuild share; for rebuild*.c only.
 *
 *      rebuild.c          the steps, one after the other
 *      rebuild_origin.c   what the service has counted, and from which log
 *      rebuild_servers.c  are the masters those that they were at the beginning?
 *      rebuild_hold.c     the lease of a rebuild, and holds of partitions
 *      rebuild_scan.c     keys that are to be compared, or to be cleared away
 *      rebuild_compare.c  every field of every hash and ranking
 *      rebuild_swap.c     SWAP and REPLACE
 */
#ifndef AGGREGATOR_REBUILD_INSIDE_H
#define AGGREGATOR_REBUILD_INSIDE_H

#include "aggregator/rebuild.h"
#include "aggregator/state.h"

enum { RAW_BYTES = 64, ID_TEXT = 17, NAP_MS = 50 };

/* A partition as the service has it. */
struct origin {
    struct place place;
    char name[TOPIC_BYTES];
    char ver[RAW_BYTES];              /* as it stands there; "" when there is none */
    char generation[GENERATION_TEXT]; /* "" when there is none that can be named */
    int64_t chunk;                    /* the last one */
    int64_t next;                     /* -1: unknown */
    int64_t low, high;                /* of the log */
    int64_t last_offset;              /* of the last record that its journal tells of; -1 */
    uint64_t last_hash;
    bool is_log;     /* the log is the one that was counted, as far as can be seen */
    bool same_count; /* it was counted with as many partitions as there are now */
    bool held;
};

struct names { /* of keys, behind "prefix{scope}:" */
    char **at;
    size_t count, room;
};

struct rebuild {
    struct settings service;
    struct settings shadow; /* its prefix is "tt:rebuild:<id>:", so that nothing that an earlier
                               one left, or that comes back of it, is ever counted */
    const struct world *world;
    const struct script *scripts;
    const struct rebuild_caller *caller;
    struct calls calls;
    struct aggregator *a; /* counts under the shadow's prefix */
    char id[ID_TEXT];
    char room[PREFIX_BYTES]; /* everything of every rebuild lies under it: "tt:rebuild:" */
    uint64_t servers;        /* the masters' run_ids, as one number */
    struct origin *origins;
    size_t count; /* of partitions */
    int64_t renewed_at;
    bool leased, any_held;
    struct names there[SCOPE_COUNT], counted[SCOPE_COUNT]; /* the service's, and the new ones */
    int64_t fields, differences;
    int behind; /* scopes that did not show yet what the service had counted */
    bool tells; /* differences are printed */
};

/* ---- rebuild.c ---------------------------------------------------------------- */

/* Run r->calls; what does not answer is asked again for some seconds, so all of
 * it must bear that. */
MUST_USE enum fault rebuild_ask(struct rebuild *r, struct why *why);
struct text rebuild_meta_key(struct rebuild *r, const char *prefix, const struct origin *o);
struct text rebuild_scope_key(struct rebuild *r, const char *prefix, int scope, const char *what);
struct text rebuild_chunk_key(struct rebuild *r, const char *prefix, const struct origin *o,
                              const char *generation, int64_t chunk);
PRINTF_LIKE(2, 3) void rebuild_print(struct rebuild *r, const char *format, ...);

/* ---- rebuild_origin.c ----------------------------------------------------------- */

/* Fill r->origins: metas, ends of journals, ranges of the log; and look whether
 * the log is the one that was counted. */
MUST_USE enum fault origins_read(struct rebuild *r, struct why *why);
/* Where the service is now: `next` and `ver` of each. */
MUST_USE enum fault origins_follow(struct rebuild *r, struct why *why);

/* ---- rebuild_servers.c --------------------------------------------------------- */

MUST_USE enum fault servers_note(struct rebuild *r, struct why *why);
/* FAULT_MOVING when they are not. */
MUST_USE enum fault servers_are_same(struct rebuild *r, struct why *why);

/* ---- rebuild_hold.c -------------------------------------------------------------- */

/* One rebuild at a time: FAULT_OPTION, in words, while another one is at work. */
MUST_USE enum fault lease_take(struct rebuild *r, struct why *why);
/* Renew the lease, and the holds, when it is time. */
MUST_USE enum fault lease_renew(struct rebuild *r, struct why *why);
void lease_end(struct rebuild *r);
struct text lease_key(struct rebuild *r);
/* Hold every partition, until the service shows all that it has committed. */
MUST_USE enum fault hold_all(struct rebuild *r, struct why *why);
/* The service goes on, for longer than its longest pause. */
MUST_USE enum fault hold_let_go(struct rebuild *r, struct why *why);

/* ---- rebuild_scan.c ---------------------------------------------------------------- */

/* Remove everything of this rebuild and of earlier ones but the lease. */
MUST_USE enum fault scan_clear(struct rebuild *r, struct why *why);
/* Fill r->there and r->counted, anew. */
MUST_USE enum fault scan_names(struct rebuild *r, struct why *why);
/* After the swap: chunks that no meta names, partitions that are no more. */
MUST_USE enum fault scan_orphans(struct rebuild *r, struct why *why);
void names_release(struct names *names);

/* ---- rebuild_compare.c ---------------------------------------------------------------- */

/* Fill r->differences and print what was found; differences only when r->tells. */
MUST_USE enum fault compare_all(struct rebuild *r, struct why *why);

/* ---- rebuild_swap.c -------------------------------------------------------------------- */

MUST_USE enum fault swap_all(struct rebuild *r, struct why *why);

#endif
