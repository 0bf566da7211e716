/* turn.h - the aggregator: one step of its loop.
 *
 *      take -> judge and enter in the ledger -> COMMIT -> PUSH, AUDIT, ...
 *
 * docs/protocol.md is its law.  The loop of the program is: turn, look at the
 * remedy, turn again.  Nothing here knows a library, a clock or a socket.
 */
#ifndef AGGREGATOR_TURN_H
#define AGGREGATOR_TURN_H

#include "base/clock.h"
#include "base/log.h"
#include "kafka/feed.h"
#include "ledger/keys.h"
#include "schemas/registry.h"
#include "store/store.h"

enum { SET_ASIDE_SCHEMAS_MOST = 32 };

struct settings {
    char prefix[PREFIX_BYTES];        /* "tt:" */
    char shared_prefix[PREFIX_BYTES]; /* of what a rebuild has in common with the service */
    struct windows windows;
    int32_t partitions[TOPIC_COUNT]; /* of each topic, 1..PARTITIONS_MOST */
    int32_t fixed_day;               /* -1: the wall clock's day in China */
    bool exit_at_end;
    int64_t until_ms;     /* messages of that time and later are passed over; INT64_MAX: none */
    bool counts_again;    /* a rebuild's: each partition up to its reach (aggregator_reach) */
    bool accept_loss;     /* what the log lost is gone on without */
    size_t batch_most;    /* messages of one turn; 100,000 */
    int64_t push_ms;      /* under backlog, between pushes; 2,000 */
    int64_t audit_ms;     /* 2,000 */
    int64_t ask_ms;       /* so often Kafka is asked where it ends, and readers are told; 1,000 */
    size_t split_cells;   /* cells of one PUSH; 10,000 */
    size_t compact_bytes; /* a journal that grew by less is left alone; 8 MiB */
    int64_t chunk_bytes;  /* a chunk of this size takes no more records; 1 MiB */
    struct {
        struct schema_id ids[SET_ASIDE_SCHEMAS_MOST];
        size_t count;
    } set_aside_schemas; /* while they are not known, records with these ids are not waited for */
};

/* --until: a count of what was known then. */
static inline bool
is_of_an_instant(const struct settings *settings)
{
    return settings->until_ms < INT64_MAX;
}

/* Messages that one take asks for: so few that they stay in the cache until
 * they are done with. */
enum { TAKE_MOST = 4096 };

/* The defaults of the options; 12 partitions a topic, and the day of the wall
 * clock. */
struct settings settings_default(void);

struct world {
    struct feed feed;
    struct store_way store;
    struct clock clock;
    struct chance chance;
    struct registry_way registry;
    const struct log *log; /* or NULL */
};

struct aggregator;

/* The scripts by name.  Tests may hand in others. */
enum {
#define SCRIPT(id, name) SCRIPT_##id,
#include "aggregator/scripts.def"
#undef SCRIPT
    SCRIPT_COUNT
};
/* Those that ship, with their numbers.  Nothing to free: the texts are part of
 * the program. */
void scripts_load(struct script scripts[SCRIPT_COUNT]);

/* Everything is copied except the log and what the functions of world point to.
 * FAULT_NO_MEMORY. aggregator_free() says nothing to Kafka or Redis; NULL is
 * fine. */
MUST_USE enum fault aggregator_open(const struct settings *settings, const struct world *world,
                                    const struct script scripts[SCRIPT_COUNT],
                                    struct aggregator **out, struct why *why);
void aggregator_free(struct aggregator *aggregator);

/* One step.  FAULT_NONE: go on.  A fault whose remedy is TRY_AGAIN: nothing is
 * lost, the next turn waits a growing while by itself and goes on where this
 * one stopped.  STOP: say why and exit. */
MUST_USE enum fault aggregator_turn(struct aggregator *aggregator, struct why *why);

/* NULL, or which of the things that always hold between two turns does not (sanity.c): a mistake of
 * ours.  After a fault whose remedy is STOP nothing is promised. */
const char *aggregator_sanity(const struct aggregator *aggregator);

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
    bool seeded;             /* a journal is begun with this seed, so that identities are those of
                                another one */
    uint64_t seed;
};
/* Only with counts_again.  May be said again as the service goes on; `place` is
 * one of the topics' as they were at the start. */
void aggregator_reach(struct aggregator *aggregator, struct place place, struct reach reach);

/* Every partition is read as far as it may be, and is in every scope that can
 * show it. */
bool aggregator_has_reached(const struct aggregator *aggregator);

/* What became of a record that was read. */
enum fate {
    FATE_CHANGED,     /* it counts */
    FATE_REPEATED,    /* it changed nothing: a repeat, or outranked */
    FATE_SET_ASIDE,   /* refused: a dead letter */
    FATE_FORWARDED,   /* it lies astray: sent to its partition */
    FATE_PASSED_OVER, /* was set aside or forwarded by whoever read it before */
    FATE_COUNT
};
/* "changed", "repeated", ... */
extern const char *const fate_names[FATE_COUNT];

struct aggregator_counts {
    int64_t records, repeats, changed, set_aside, forwarded; /* of all topics */
    int64_t read[TOPIC_COUNT]; /* between two turns the sum of their fates */
    int64_t fates[TOPIC_COUNT][FATE_COUNT];
    int64_t refusals[TOPIC_COUNT][FAULT_COUNT]; /* of what was set aside */
    int64_t waits[FAULT_COUNT];                 /* pauses, by what was waited for */
    int64_t refused; /* of what was to be set aside or forwarded; each is told as an error */
    int64_t commits, pushes, cells, mismatches, resets, syncs, audits, flips, ranges;
    size_t owned, ready, entries, ledger_bytes;
    int64_t journal_bytes;
    int64_t waiting; /* records in Kafka behind the last that was taken, as far as is known */
    bool shown;      /* what is committed is in every scope that can take it */
};
/* Since aggregator_open(); owned, ready, entries, ledger_bytes, journal_bytes, waiting and
 * shown are as they are now. */
struct aggregator_counts aggregator_counts(const struct aggregator *aggregator);
/* A fault is being waited out. */
bool aggregator_waits(const struct aggregator *aggregator);
/* A topic that is not there, or not as a whole; NULL: none. */
const char *aggregator_lacks(const struct aggregator *aggregator);

#endif
