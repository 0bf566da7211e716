/* wire.h - how Redis is spoken with: the spelling of keys, the commands of one run, and what is
 * not known of the other end.
 *
 * Redis may be away in part: a shard of a cluster.  What did not answer is left alone until the
 * next attempt, everything else goes on (away.c).
 */
#ifndef AGGREGATOR_WIRE_H
#define AGGREGATOR_WIRE_H

#include "aggregator/turn.h"
#include "ledger/journal.h"
#include "ledger/scope_keys.h"
#include "store/calls.h"

struct partition;
struct owned;

/* A step that could not be done, or not in full: a part of Redis is away. */
struct missed {
    enum fault fault;
    struct why why;
};

struct wire {
    const struct settings *settings; /* how keys begin, and how many partitions there are */
    const struct world *world;       /* the way to Redis, and the time that scripts are told */
    struct script scripts[SCRIPT_COUNT];
    char windows_text[80]; /* the windows of settings, as metas have them */
    int32_t day;           /* in China; the windows end at it */
    struct calls calls;    /* of one run */
    struct missed missed;  /* in this turn */
    bool any_away;         /* some partition or share is */
    bool audit_soon;       /* who knows what ran */
};

/* ---- wire.c: what is said ------------------------------------------------------ */

/* Keys of a scope ("tags", "asof", ...) and of a partition under a prefix, kept until the next
 * reset of the calls. */
struct text kept_scope_key(struct calls *calls, const char *prefix, int scope, const char *what);
struct text kept_meta_key(struct calls *calls, const char *prefix, struct place place);
struct text kept_chunk_key(struct calls *calls, const char *prefix, struct place place,
                           const char *generation, int64_t chunk);
/* The same, under the prefix of the settings. */
struct text scope_key(struct wire *wire, int scope, const char *what);
struct text meta_key(struct wire *wire, struct place place);
struct text chunk_key(struct wire *wire, struct place place, const char *generation, int64_t chunk);

/* Begin a command that has a key as its first argument. */
void ask_key(struct calls *calls, const char *command, struct text key);
/* Begin a script of so many keys, with the first one. */
void call_script(struct wire *wire, int number, int64_t keys, struct text first);
/* Begin a script of so many keys with all of a scope's own, which come first. */
void call_scope_script(struct wire *wire, int number, int64_t keys, int scope);
/* The next argument: as metas, tags and scripts have it. */
void put_version(struct calls *calls, struct version version);
void put_tag(struct calls *calls, const struct tag *tag);
void put_day(struct calls *calls, int32_t day);

/* Append the question for `next` of every partition of every topic, in this order. */
void ask_next_of_all(struct wire *wire);
/* Append the question what a meta says, and read the answer.  FAULT_JOURNAL_BROKEN when it is
 * malformed; meta->exists is false when there is none. */
void ask_meta(struct calls *calls, struct text key);
MUST_USE enum fault take_meta(const struct answer *answer, struct meta *meta, struct why *why);
/* Append the question whether a rebuild holds the partition: HELD or OK. */
void ask_hold(struct wire *wire, struct place place);
/* Send all, and take the answers: as calls_run(). */
MUST_USE enum fault wire_run(struct wire *wire, struct why *why);
/* wire->day; looked up once a turn, so that a turn has one. */
void look_at_clock(struct wire *wire);

/* ---- away.c: what is not known -------------------------------------------------- */

/* It did not answer. */
void partition_away(struct wire *wire, struct partition *p);
/* The same, for a partition that a rebuild holds: FAULT_HELD, in words. */
MUST_USE enum fault partition_held(struct wire *wire, struct partition *p, struct why *why);
/* ... and for the scope, of all partitions. */
void scope_away(struct wire *wire, const struct owned *owned, int scope);
/* It is time to try them again. */
void away_forget(struct wire *wire, const struct owned *owned);
/* FAULT_STORE_AWAY and FAULT_HELD are remembered and passed over, any other
 * fault comes back. */
MUST_USE enum fault pass_over(struct wire *wire, enum fault fault, const struct why *why);
/* What was passed over since the last call; *in_part: Redis answered to others. */
MUST_USE enum fault passed_over(struct wire *wire, bool *in_part, struct why *why);

#endif
