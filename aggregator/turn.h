/* turn.h - the aggregator: one step of its loop.
 *
 *      take -> judge and enter in the ledger -> COMMIT -> PUSH, AUDIT, ...
 *
 * docs/protocol.md is its law.  The loop of the program is: turn, look at the
 * remedy, turn again.  Nothing here knows a library, a clock or a socket.
 */
#ifndef AGGREGATOR_TURN_H
#define AGGREGATOR_TURN_H

#include "aggregator/effects.h"
#include "core/keys.h"
#include "core/log.h"
#include "store/store.h"

struct settings {
    char prefix[PREFIX_BYTES]; /* "tt:" */
    struct windows windows;
    int32_t partitions[TOPIC_COUNT]; /* of each topic, 1..PARTITIONS_MOST */
    int32_t fixed_day;               /* -1: the wall clock's day in China */
    bool exit_at_end;
    bool counts_again;    /* a rebuild's: each partition up to its reach (aggregator_reach) */
    size_t batch_most;    /* messages of one turn; 100,000 */
    int64_t push_ms;      /* under backlog, between pushes; 2,000 */
    int64_t audit_ms;     /* 2,000 */
    size_t split_cells;   /* cells of one PUSH; 10,000 */
    size_t compact_bytes; /* a journal that grew by less is left alone; 8 MiB */
    int64_t chunk_bytes;  /* a chunk of this size takes no more records; 1 MiB */
};

/* Messages that one take asks for: so few that they stay in the cache until
 * they are done with. */
enum { TAKE_MOST = 4096 };

struct settings settings_default(void);

struct world {
    struct feed feed;
    struct store_way store;
    struct clock clock;
    struct chance chance;
    const struct log *log; /* or NULL */
};

struct aggregator;

/* The scripts by name.  Tests may hand in others. */
enum {
    SCRIPT_COMMIT,
    SCRIPT_PUSH,
    SCRIPT_RESET,
    SCRIPT_CHUNK,
    SCRIPT_FLIP,
    SCRIPT_SWEEP,
    SCRIPT_HOLD,
    SCRIPT_SWAP,    /* of a scope */
    SCRIPT_REPLACE, /* of a partition */
    SCRIPT_COUNT
};
void scripts_load(struct script scripts[SCRIPT_COUNT]);

/* Everything is copied except the log.  FAULT_NO_MEMORY. */
MUST_USE enum fault aggregator_open(const struct settings *settings, const struct world *world,
                                    const struct script scripts[SCRIPT_COUNT],
                                    struct aggregator **out, struct why *why);
void aggregator_free(struct aggregator *aggregator);

/* One step.  FAULT_NONE: go on.  A fault whose remedy is TRY_AGAIN: nothing is
 * lost, the next turn waits a growing while by itself and goes on where this
 * one stopped.  STOP: say why and exit. */
MUST_USE enum fault aggregator_turn(struct aggregator *aggregator, struct why *why);

/* Finish: commit and push what was read.  Called until FAULT_NONE, or given
 * up. */
MUST_USE enum fault aggregator_drain(struct aggregator *aggregator, struct why *why);

/* With exit_at_end: everything that was there at the start is in Redis. */
bool aggregator_is_done(const struct aggregator *aggregator);

/* With counts_again: how far a partition is read, and what is known to have
 * been sent before (rule 17).  At first it is INT64_MAX, 0, 0. */
struct reach {
    int64_t limit;           /* offsets from here on are not read; INT64_MAX: up to the end that
                                the log had at the start, and what is forwarded meanwhile */
    int64_t set_aside_below; /* dead letters below are not sent again */
    int64_t forwarded_below; /* nor copies */
};
void aggregator_reach(struct aggregator *aggregator, struct place place, struct reach reach);

/* Every partition is read as far as it may be, and is in every scope that can
 * show it. */
bool aggregator_has_reached(const struct aggregator *aggregator);

struct aggregator_counts {
    int64_t records, repeats, changed, set_aside, forwarded;
    int64_t commits, pushes, cells, mismatches, resets, syncs, audits, flips, ranges;
    size_t owned, entries, ledger_bytes;
};
struct aggregator_counts aggregator_counts(const struct aggregator *aggregator);

#endif
