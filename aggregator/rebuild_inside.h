/* rebuild_inside.h - what the files of a rebuild share; for rebuild*.c only.
 *
 *      rebuild.c          the steps, one after the other
 *      rebuild_origin.c   what the service has counted, and from which log
 *      rebuild_servers.c  are the masters those that they were at the beginning?
 *      rebuild_hold.c     the lease of a rebuild, and holds of partitions
 *      rebuild_scan.c     keys that are to be compared, or to be cleared away
 *      rebuild_compare.c  every field of every hash and ranking
 *      rebuild_loss.c     what a swap would lose
 *      rebuild_swap.c     SWAP and REPLACE
 */
#ifndef AGGREGATOR_REBUILD_INSIDE_H
#define AGGREGATOR_REBUILD_INSIDE_H

#include "aggregator/rebuild.h"
#include "aggregator/state.h"

enum { RAW_BYTES = 64, ID_TEXT = 17, NAP_MS = 50 };
enum { ROOM_BYTES = PREFIX_MOST + sizeof REBUILD_PREFIX };

/* A field of `told`. */
struct told_word {
    int64_t through; /* ms since 1970; 0: none */
    int64_t next;    /* up to where it was read then */
};

/* A partition as the service has it. */
struct origin {
    struct place place;
    char name[TOPIC_BYTES];
    char ver[RAW_BYTES];              /* as it stands there; "" when there is none */
    char generation[GENERATION_TEXT]; /* "" when there is none that can be named */
    int64_t chunk;                    /* the last one */
    int64_t next;                     /* -1: unknown */
    int64_t low, high;                /* of the log */
    struct position noted; /* where Redis has nothing: what the group knows; sent is 0: nothing */
    int64_t last_offset;   /* of the last record that its journal tells of; -1 */
    uint64_t last_hash;
    bool waits;         /* its last record was asked for */
    bool is_log;        /* the log is the one that was counted, as far as can be seen */
    int64_t partitions; /* that it was counted with; -1: unknown */
    bool same_law;      /* it was counted by this program's parts function */
    bool same_deal;     /* so it was, and with as many partitions as there are now: each record
                           belongs into the partition that it belonged into */
    bool to_end;        /* some partition of its topic is read to its end: all are */
    bool was_there;     /* it had a journal when this began */
    bool seeded;
    uint64_t seed; /* of the identities in its journal */
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
    struct wire wire;       /* under the service's prefix; no day, and nothing is passed over */
    const struct rebuild_caller *caller;
    struct aggregator *a; /* counts under the shadow's prefix */
    char id[ID_TEXT];
    char room[ROOM_BYTES]; /* everything of every rebuild lies under it: "tt:rebuild:" */
    char lease[KEY_BYTES]; /* the key of the lease, in there */
    uint64_t servers;      /* the masters' run_ids, as one number */
    struct origin *origins;
    size_t count;           /* of partitions */
    struct told_word *told; /* of each, before the service was held: by scope, then partition */
    int64_t renewed_at;
    bool leased, any_held;
    struct names there[SCOPE_COUNT], either[SCOPE_COUNT]; /* the service's; and with the new ones */
    int64_t fields, differences;
    bool other_law; /* some partition was counted by another version of the parts function */
    int behind;     /* scopes that did not show yet what the service had counted */
    bool tells;     /* differences are printed */
    int64_t lost;   /* facts and series that a swap would lose */
    int unknown;    /* partitions and topics of which nobody can tell */
    bool refused;   /* to lose them */
};

/* ---- rebuild_told.c ---- */

/* Read how far the service has told readers that it is, before it is held: then the rebuild counts
 * at least as far, and may say the same. */
MUST_USE enum fault told_read(struct rebuild *r, struct why *why);
/* The `through` that is carried over of partition number i, which was counted up to `next`; 0:
 * none. */
int64_t told_of(const struct rebuild *r, int scope, size_t i, int64_t next);

/* ---- rebuild.c ---------------------------------------------------------------- */

/* Run r->wire.calls; what does not answer is asked again for some seconds, so all of
 * it must bear that. */
MUST_USE enum fault rebuild_ask(struct rebuild *r, struct why *why);
/* Ask every scope of the service for the fields of all partitions in one of its own hashes: the
 * answers come by scope. */
MUST_USE enum fault rebuild_ask_scopes(struct rebuild *r, const char *what, struct why *why);
/* As kept_scope_key(), but `what` may be anything that stands behind the braces of a scope. */
struct text rebuild_scope_key(struct rebuild *r, const char *prefix, int scope, const char *what);
/* A line for stdout, by the caller; control characters become '?'. */
PRINTF_LIKE(2, 3) void rebuild_print(struct rebuild *r, const char *format, ...);

/* ---- rebuild_origin.c ----------------------------------------------------------- */

/* Fill r->origins: metas, ends of journals, ranges of the log; and look whether
 * the log is the one that was counted. */
MUST_USE enum fault origins_read(struct rebuild *r, struct why *why);
/* Where the service is now: `next` and `ver` of each. */
MUST_USE enum fault origins_follow(struct rebuild *r, struct why *why);

/* ---- rebuild_servers.c --------------------------------------------------------- */

/* Note who the masters are now, for servers_are_same(). */
MUST_USE enum fault servers_note(struct rebuild *r, struct why *why);
/* FAULT_MOVING when they are not. */
MUST_USE enum fault servers_are_same(struct rebuild *r, struct why *why);

/* ---- rebuild_hold.c -------------------------------------------------------------- */

/* One rebuild at a time: FAULT_SETTINGS, in words, while another one is at work. */
MUST_USE enum fault lease_take(struct rebuild *r, struct why *why);
/* Renew the lease, and the holds, when it is time. */
MUST_USE enum fault lease_renew(struct rebuild *r, struct why *why);
/* Give back the lease and all holds; if Redis does not hear it they end by
 * themselves.  Also when none was taken. */
void lease_end(struct rebuild *r);
/* Hold every partition, until the service shows all that it has committed. */
MUST_USE enum fault hold_all(struct rebuild *r, struct why *why);
/* The service goes on. */
MUST_USE enum fault hold_end(struct rebuild *r, struct why *why);
/* Renew the lease and all holds; FAULT_MOVING when a partition went on although it was held. */
MUST_USE enum fault hold_again(struct rebuild *r, struct why *why);
/* The service goes on, for longer than its longest pause. */
MUST_USE enum fault hold_let_go(struct rebuild *r, struct why *why);

/* ---- rebuild_scan.c ---------------------------------------------------------------- */

/* Remove everything of this rebuild and of earlier ones but the lease. */
MUST_USE enum fault scan_clear(struct rebuild *r, struct why *why);
/* Fill r->there and r->either, anew. */
MUST_USE enum fault scan_names(struct rebuild *r, struct why *why);
/* After the swap: chunks that no meta names, partitions that are no more. */
MUST_USE enum fault scan_orphans(struct rebuild *r, struct why *why);
/* Frees the names; the list is empty then. */
void names_release(struct names *names);

/* ---- rebuild_compare.c ---------------------------------------------------------------- */

/* Fill r->differences and print what was found; differences only when r->tells. */
MUST_USE enum fault compare_all(struct rebuild *r, struct why *why);

/* ---- rebuild_loss.c ---------------------------------------------------------------- */

/* While all is held and counted: would a swap lose what the service has counted?  Printed if so;
 * FAULT_LOG_MISMATCH and r->refused unless that is accepted. */
MUST_USE enum fault loss_look(struct rebuild *r, struct why *why);

/* ---- rebuild_swap.c -------------------------------------------------------------------- */

/* Swap in every scope, then every partition; all is held, and the lease renewed
 * meanwhile.  FAULT_MOVING when a script refuses: what was swapped by then
 * stays so, and the service mends the rest (docs/protocol.md, "Killed at any
 * moment"). */
MUST_USE enum fault swap_all(struct rebuild *r, struct why *why);

#endif
