/* state.h - what the aggregator remembers; private to aggregator/.
 *
 * A partition that is ours has its ledger in memory and, per scope, the tag
 * that we believe to stand in Redis.  `rows` is a log of what changed since
 * the oldest version that some tag names: the share at a tag's version is the
 * ledger's share less the rows after the tag's position.
 *
 *      rows   | . . . . . . . . . . . . . . . . |
 *               ^pos(CN-JL)       ^pos(ALL)     ^committed
 */
#ifndef AGGREGATOR_STATE_H
#define AGGREGATOR_STATE_H

#include "aggregator/calls.h"
#include "aggregator/turn.h"
#include "core/fold.h"
#include "core/journal.h"
#include "schemas/codec.h"

/* What we believe about p's tag in one scope. */
struct share {
    struct tag tag;     /* never TAG_STRANGE once the partition is ready */
    size_t position;    /* TAG_PLAIN: rows below are in; HALF: of A */
    size_t to_position; /* TAG_HALF: of B */
    char raw[TAG_TEXT]; /* how the tag begins, as SYNC read it */
    size_t raw_kept, raw_length;
    struct tag sent; /* the new tag of the last PUSH; EMPTY: none */
    size_t sent_position;
    int64_t rest_until; /* tick: not pushed before; 0 but after RANGE */
    bool away;          /* the scope did not answer: not pushed before the next attempt */
};

struct touched {
    struct identity *table; /* open addressing; { 0, 0 } is free */
    size_t size, used;
};

/* A compaction on its way; compact.c says how.  Zero: look what lies beside
 * the journal. */
struct compaction {
    enum { COMPACT_LOOK, COMPACT_SWEEP, COMPACT_REST, COMPACT_COPY, COMPACT_WAIT } state;
    char generation[GENERATION_TEXT]; /* that lies beside the journal */
    int64_t chunks;                   /* and how many it has */

    /* COPY and WAIT: a generation under construction */
    struct version version;       /* the one that it ends with */
    struct version before;        /* of the record before the open one */
    struct journal_writer writer; /* the open record */
    size_t cursor, slots;         /* where in a ledger of so many slots */
    int64_t *lengths;             /* of each chunk */
    int64_t bytes;                /* their sum */
    int64_t copied_bytes;         /* WAIT: the sum when the ledger was copied */
};

struct partition {
    struct place place;
    char name[TOPIC_BYTES]; /* "trade-events/3": hash tag and field of tags */

    bool ready;      /* synced, and being read from where memory ends; a
                        partition that is synced and not ready begins again */
    bool synced;     /* in memory; not yet being read */
    bool wants_sync; /* what is in memory is not what Redis has */
    bool away;       /* its keys did not answer: left alone until the next attempt */
    bool held;       /* away because a rebuild holds it (docs/protocol.md, HOLD) */
    int broken;      /* times in a row that the chain did not hold */
    struct version broken_at;

    struct ledger *ledger;
    uint64_t seed;
    struct version version; /* last committed */
    int64_t next;           /* as committed */
    int64_t last_offset;
    uint64_t last_hash;
    char generation[GENERATION_TEXT];
    int64_t chunk, chunk_length;
    int64_t journal_bytes;
    int64_t base_bytes; /* after the last compaction of ours; 0 */
    struct compaction compaction;

    struct row *rows;
    size_t row_count, row_room;
    size_t merge_at;       /* so many rows are worth to be merged */
    size_t committed_rows; /* rows above belong to the open batch */
    struct share shares[SCOPE_COUNT];

    /* the open batch: taken in, not yet committed */
    bool open;
    int64_t read_next; /* offset expected from the feed */
    int64_t open_last_offset;
    uint64_t open_last_hash;
    const struct message *last;  /* taken in last, while intake() runs */
    struct version open_version; /* chosen before the first send */
    struct journal_writer writer;
    struct touched touched;
    bool verify;    /* the next message must be the last one of the journal */
    int64_t gap_at; /* a gap here was read again once; -1 */
};

/* Packed items on their way into a ledger.  They wait for each other, so that
 * the memory that each will touch is fetched while the next ones are decoded. */
enum { WAITING_MOST = 16 };
struct waiting {
    struct partition *partition;
    struct identity ids[WAITING_MOST];
    uint8_t *items[WAITING_MOST];
    size_t sizes[WAITING_MOST], count;
    uint8_t *bytes; /* WAITING_MOST * ITEM_BYTES_MOST */
    size_t used;
};

/* One PUSH: which partitions of a scope, from which tag to which. */
struct move {
    struct partition *partition;
    struct tag from, to;
    size_t to_position;
};
struct push {
    int scope;
    size_t first_move, move_count;
};
/* The pushes of one run, in the order of their commands. */
struct pushes {
    struct push *list;
    size_t count, room;
    struct move *moves;
    size_t move_count, move_room;
};

/* A step that could not be done, or not in full: a part of Redis is away. */
struct missed {
    enum fault fault;
    struct why why;
};

struct aggregator {
    struct settings settings;
    struct world world;
    struct script scripts[SCRIPT_COUNT];
    char windows_text[80];
    int32_t day;    /* in China; the windows end at it */
    uint64_t start; /* of versions: random per process start */
    uint64_t counter;

    struct partition **partitions; /* that are ours */
    size_t partition_count;

    struct plan *plans[TOPIC_COUNT]; /* of our own schemas */
    struct draft draft;
    struct waiting waiting;
    uint8_t *entry; /* scratch: one entry */
    size_t entry_size;
    struct dim_table *dims;
    struct calls calls;
    struct day_runs runs;       /* of the day that windows end at */
    struct fold fold, fold_all; /* of one push: by province, and of ALL */
    struct cells cells;
    struct pushes pushes;

    bool unsettled; /* dead letters or copies not yet acknowledged */
    bool audit_soon;
    bool one_by_one[SCOPE_COUNT]; /* a merged PUSH met RANGE */
    size_t compact_turn;          /* who may begin a compaction first */
    int64_t compact_credit;       /* bytes committed since the last step of one */
    int64_t pushed_at, audited_at, pause_ms, retry_at; /* ticks */
    struct missed missed;                              /* in this turn */
    bool pauses_in_part; /* until retry_at only what is away is left alone */
    bool any_away;       /* some partition or share is */
    bool push_rests;     /* the last round left something behind */
    bool push_once;      /* now, whatever the pace: a rebuild waits to compare */
    bool caught_up;      /* few records wait in Kafka */

    bool marks_known;    /* exit_at_end */
    bool had_partitions; /* ever, and synced */
    int64_t *marks[TOPIC_COUNT];
    struct reach *reaches[TOPIC_COUNT]; /* with counts_again */
    int64_t asked_at;
    bool done;

    struct aggregator_counts counts;
};

/* ---- partition.c ------------------------------------------------------------- */

/* The day that windows end at; looked up once a turn, so that a turn has one. */
void look_at_clock(struct aggregator *a);
struct version next_version(struct aggregator *a);
struct partition *partition_of(const struct aggregator *a, struct place place);
MUST_USE enum fault partition_add(struct aggregator *a, struct place place, struct why *why);
void partition_remove(struct aggregator *a, struct place place);
/* Empty memory: no ledger entries, no rows, no shares, no open batch. */
MUST_USE enum fault partition_forget(struct partition *p, struct why *why);
/* rows.c: drop the rows that every tag has seen; merge the others when they
 * are very many (a scope that can't advance). */
MUST_USE enum fault partition_trim(struct aggregator *a, struct partition *p, struct why *why);
/* The moment that a tag of p should name now. */
struct moment target_of(const struct aggregator *a, const struct partition *p);

/* Keys of a scope ("tags", "asof", ...) and of a partition, spelled with the
 * prefix and kept until the next reset of the calls. */
struct text scope_key(struct aggregator *a, int scope, const char *what);
struct text meta_key(struct aggregator *a, struct place place);
struct text
chunk_key(struct aggregator *a, struct place place, const char *generation, int64_t chunk);

/* ---- enter.c ------------------------------------------------------------------ */

/* Offer an item to p's ledger; what changes goes to the rows (with_rows) and,
 * when it won, to *won (0: it did not).  Series are reconciled once a batch:
 * enter_end() adds their new parts. */
MUST_USE enum fault
enter_item(struct aggregator *a, struct partition *p, struct identity id, const uint8_t *item,
           size_t size, bool with_rows, uint8_t *won, struct why *why);
MUST_USE enum fault enter_end(struct aggregator *a, struct partition *p, struct why *why);

/* Fold the whole share of p as it is now. */
MUST_USE enum fault
fold_share(struct aggregator *a, const struct partition *p, struct fold *fold, struct why *why);

/* ---- waiting.c ----------------------------------------------------------------- */

MUST_USE bool waiting_open(struct waiting *waiting);
void waiting_release(struct waiting *waiting);
/* Let a record wait to be entered in p's ledger and its open batch. */
MUST_USE enum fault waiting_add(struct aggregator *a, struct partition *p, struct identity id,
                                const struct record *r, struct why *why);
/* Enter all that wait, in the order in which they came. */
MUST_USE enum fault waiting_enter(struct aggregator *a, struct why *why);

/* ---- intake.c ------------------------------------------------------------------ */

/* Take messages into open batches; dead letters and copies are queued. */
MUST_USE enum fault intake(struct aggregator *a, const struct batch *batch, struct why *why);
/* Messages from the one numbered `first` on were not taken in: their
 * partitions begin again, so that they come again. */
void send_back(struct aggregator *a, const struct batch *batch, size_t first);

/* ---- commit.c ------------------------------------------------------------------ */

/* Commit every open batch, all in one run. */
MUST_USE enum fault commit_all(struct aggregator *a, struct why *why);

/* ---- sync.c -------------------------------------------------------------------- */

/* Bring memory to what Redis has.  Leaves p synced, or wants_sync to be called
 * again. */
MUST_USE enum fault sync_partition(struct aggregator *a, struct partition *p, struct why *why);

/* sync_read.c: append the question whether a rebuild holds p: HELD or OK. */
void ask_hold(struct aggregator *a, const struct partition *p);

/* ---- reset.c ------------------------------------------------------------------- */

enum reset_reason {
    RESET_UNKNOWN, /* p's tag, as SYNC read it word for word: RESET compares it */
    RESET_TORN,    /* whatever the tags: RESET itself looks whether it still is */
};

/* RESET these scopes in the name of p.  Where that was done all our tags are
 * empty; where somebody was faster, an audit follows. */
MUST_USE enum fault
reset_scopes(struct aggregator *a, struct partition *p, const bool which[SCOPE_COUNT],
             enum reset_reason reason, struct why *why);

/* ---- push.c -------------------------------------------------------------------- */

/* Move every tag that is behind, of all partitions and scopes. */
MUST_USE enum fault push_all(struct aggregator *a, struct why *why);
/* Everything that is committed is in every scope. */
bool pushed_all(const struct aggregator *a);
/* The same, but for shares whose total is out of range. */
bool pushed_what_can_be(const struct aggregator *a);

/* Nothing is left to push but where Redis is away. */
bool pushed_what_answers(const struct aggregator *a);

/* ---- away.c -------------------------------------------------------------------- */

/* Redis may be away in part: a shard of a cluster.  What did not answer is
 * left alone until the next attempt, everything else goes on. */
void partition_away(struct aggregator *a, struct partition *p);
/* The same, for a partition that a rebuild holds: FAULT_HELD, in words. */
MUST_USE enum fault partition_held(struct aggregator *a, struct partition *p, struct why *why);
void scope_away(struct aggregator *a, int scope);
/* It is time to try them again. */
void away_forget(struct aggregator *a);
/* FAULT_STORE_AWAY and FAULT_HELD are remembered and passed over, any other
 * fault comes back. */
MUST_USE enum fault pass_over(struct aggregator *a, enum fault fault, const struct why *why);
/* What was passed over since the last call; *in_part: Redis answered to others. */
MUST_USE enum fault passed_over(struct aggregator *a, bool *in_part, struct why *why);

/* ---- audit.c ------------------------------------------------------------------- */

/* Compare every version and tag with Redis; what differs is resolved. */
MUST_USE enum fault audit(struct aggregator *a, struct why *why);
/* What asof says of the scripts that ran; NULL where it does not.  Torn: one that was lost is in
 * the scope's history again, by half or as a whole, and only RESET may go on (rule 21). */
struct asof_marks {
    struct text complete, whole, runs, ran;
};
bool asof_is_torn(const struct asof_marks *marks);
/* A tag was read, or came with a MISMATCH: what p's share in the scope is now. */
void resolve_tag(struct partition *p, int scope, struct text text);

/* ---- compact.c ------------------------------------------------------------------ */

/* One step towards replacing journals that have grown far beyond their
 * ledgers: about a quarter of a chunk, or as much as was committed since. */
MUST_USE enum fault compact_journals(struct aggregator *a, struct why *why);
/* Some compaction could take a step now. */
bool compact_is_due(const struct aggregator *a);
/* What p->writer holds is in the journal now. */
void compact_commit(struct aggregator *a, struct partition *p);
/* Whatever was going on is given up; what it left in Redis is swept up later. */
void compact_forget(struct partition *p);

/* ---- finish.c ------------------------------------------------------------------- */

MUST_USE enum fault finish_marks(struct aggregator *a, struct why *why);
MUST_USE enum fault finish_check(struct aggregator *a, struct why *why);

/* How far p is read. */
static inline const struct reach *
reach_of(const struct aggregator *a, const struct partition *p)
{
    static const struct reach to_the_end = { .limit = INT64_MAX };
    const struct reach *of_topic = a->reaches[p->place.topic];

    return of_topic == NULL ? &to_the_end : &of_topic[p->place.partition];
}
/* Not read before its limit rises. */
static inline bool
is_at_limit(const struct aggregator *a, const struct partition *p)
{
    return p->synced && p->next >= reach_of(a, p)->limit;
}

#endif
