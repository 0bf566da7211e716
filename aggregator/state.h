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

#include "aggregator/wire.h"
#include "aggregator/writers.h"
#include "ledger/fold.h"
#include "ledger/identities.h"
#include "ledger/journal.h"
#include "schemas/history.h"
#include "store/asof.h"

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

/* An end of a partition, and when Kafka was asked for it: what was acknowledged by then lies below.
 */
struct goal {
    int64_t ms; /* since 1970; 0: none */
    int64_t end;
};

/* How far readers are told that p is counted; tell.c says how. */
struct telling {
    struct goal goal, latest; /* to be reached next; of the last answer */
    int64_t through;          /* our word: all that was acknowledged by then is counted; 0: none */
    int64_t told;             /* our word in the last round */
    bool wary;                /* copies may be under way that nobody has waited for */
    int64_t wary_ms;          /* this goal was reached, and its copies are waited for; 0: none */
    uint64_t wary_since;      /* the last question before it was reached */
    bool needs;               /* our word counts where the others of the topic are read up to
                                 rounds.needs, and does not count everywhere yet */
    bool heard;               /* in the last round it counted wherever it was told */
    bool everywhere;          /* ... and in every scope whose total is in range */
    int counted, refused;     /* in how many scopes, in the last round */
};

/* The highest end that Kafka has told of a partition.  A lower one comes from a broker that does
 * not know that it leads no more, or of a log that was cut or made anew: it is believed only when
 * it stays. */
struct end_seen {
    int64_t high;
    int64_t lower_since; /* tick; 0: it is not lower */
};

/* An end of any partition that may be late to be counted; late.c. */
struct late {
    int64_t end;   /* that Kafka had */
    int64_t since; /* tick when it was seen; 0: never looked */
    int64_t said;  /* tick when the log was told; 0: not yet */
    int64_t next;  /* as counted, when looked at last; -1: nothing */
    bool moved;    /* something of it was counted since the log was told */
};

/* Where a partition that is ours stands.  partition.c has all the steps.
 *
 *      assigned                  SYNC                  start
 *      --------> PARTITION_LOADING ----> PARTITION_LOADED ----> PARTITION_READING
 *                  ^         ^                |      ^               |     |
 *                  |         |  somebody else |      | begin again   |     |
 *                  |  SYNC   |  wrote to it   v      +---------------+     |
 *                  |         +---------- PARTITION_STALE <-----------------+
 *                  |                                    somebody else wrote to it
 *                  +- SYNC that failed
 *
 * In the first two states memory is not what Redis has, and SYNC is wanted.  From STALE on there
 * is something in memory: `next` is what was committed last, as far as we know. */
enum partition_state {
    PARTITION_LOADING, /* nothing is known of it, or not all */
    PARTITION_STALE,   /* what is in memory is no longer what Redis has */
    PARTITION_LOADED,  /* memory is what Redis has; it is to be read from where memory ends */
    PARTITION_READING, /* ... and is being read */
};

/* The next message of a partition names a schema that is not known yet. */
struct awaited {
    bool is;
    struct schema_id schema_id;
    int64_t offset;
    int64_t since, said; /* ticks: since then; when the log was told last, 0: not yet */
};

struct partition {
    struct place place;
    char name[TOPIC_BYTES]; /* "trade-events/3": hash tag and field of tags */

    enum partition_state state;
    bool away;              /* its keys did not answer: left alone until the next attempt */
    bool held;              /* away because a rebuild holds it (docs/protocol.md, HOLD) */
    int64_t rests_until;    /* tick before which it is not begun again: its topic is not there; 0 */
    struct awaited awaited; /* a schema, before it is begun again */
    int broken;             /* times in a row that the chain did not hold */
    struct version broken_at;

    struct ledger *ledger;
    uint64_t seed;
    struct version version; /* last committed */
    int64_t next;           /* as committed */
    int64_t schemas;        /* as its meta says */
    int64_t last_offset;
    uint64_t last_hash;
    int64_t
        last_ms; /* its time, as Kafka has it; 0: not known, since it was read by somebody else */
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
    struct telling telling;

    /* the open batch: taken in, not yet committed */
    bool open;
    int64_t read_next; /* offset expected from the feed */
    int64_t open_last_offset;
    uint64_t open_last_hash;
    int64_t open_last_ms;
    const struct message *last;  /* taken in last, while intake() runs */
    struct version open_version; /* chosen before the first send */
    struct journal_writer writer;
    struct identities touched;
    bool verify;         /* the next message must be the last one of the journal */
    int64_t short_since; /* tick: since then Kafka says that the log ends before `next`; 0 */

    /* noted.c */
    int64_t noted_next, noted_since, noted_at; /* told to the group; ticks: first, last */
    int64_t from;          /* the log began here when it was counted first; -1: nobody knows */
    struct position known; /* how far it was once, in a Redis that has lost it since; 0: nothing */
    bool probes;           /* the next message must be the one that was counted last then */
    int64_t sent_below;    /* dead letters and copies below are not sent again */
    int64_t gap_at;        /* a gap here was read again once; -1 */
    bool has_gaps; /* offsets that are no record: markers of transactions, or a compacted log */
};

/* ---- the aggregator, and its parts ----------------------------------------------------- */

/* Partitions that are ours. */
struct owned {
    struct partition **at;
    size_t count, room;
};

/* Of versions that nobody has used: `start` is random per process start. */
struct versions {
    uint64_t start, counter;
};

/* What makes a record of a message. */
struct decoding {
    struct plans *plans[TOPIC_COUNT]; /* of all texts of our schemas */
    struct writers writers;           /* of texts that a registry has */
    const struct wire *wire;
    struct frame frame; /* of the last message that has one */
    struct draft draft;
};

/* What makes rows of an entry, beside its ledger. */
struct entering {
    struct dim_table *dims;
    uint8_t *entry; /* scratch: one entry */
    size_t entry_room;
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

/* What moves tags forward: of which partitions, by which wire, and its memory; push.c. */
struct pushing {
    struct wire *wire;
    const struct owned *owned;
    struct dim_table *dims;
    struct aggregator_counts *counts;
    struct day_runs runs;       /* of the day that windows end at */
    struct sums fold, fold_all; /* of one push: by province, and of ALL */
    struct cells cells;
    struct pushes pushes;
    bool one_by_one[SCOPE_COUNT]; /* a merged PUSH met RANGE */
    bool fills;                   /* a scope was filled again, and readers are to be told */
};

/* What compacts journals: of which partitions, by which wire, and whose turn it is; compact.c. */
struct compacting {
    struct wire *wire;
    struct versions *versions;
    const struct owned *owned;
    struct aggregator_counts *counts;
    size_t turn;    /* who may begin first */
    int64_t credit; /* bytes committed since the last step */
};

/* What the group is told by the clock, and what neither it nor Redis knew; noted.c. */
struct noting {
    int64_t at;            /* tick */
    bool soon;             /* something was sent since */
    size_t unknown_before; /* partitions without a journal that the group does not know */
    size_t emptied;        /* partitions whose journal Redis has lost */
};

/* Questions to Kafka where partitions end, and rounds of TELL; tell.c. */
struct rounds {
    int64_t asked_at, told_at;          /* ticks of the last question, and of the last round */
    int64_t asked_ms;                   /* the time that was noted before it */
    uint64_t question;                  /* number of the last one */
    bool waits;                         /* for its answer */
    bool ends_missing;                  /* Kafka did not tell where all of ours end, */
    bool ends_away;                     /* or nothing at all */
    bool clocks_differ;                 /* ours and that of Redis */
    bool tell_soon;                     /* Kafka has answered */
    int64_t *needs[TOPIC_COUNT];        /* see struct telling; by partition, NULL: never yet */
    struct end_seen *seen[TOPIC_COUNT]; /* of every partition */
    int64_t strange_since[TOPIC_COUNT]; /* tick: so long a topic is not there, or has fewer
                                           partitions; 0 */
    int64_t unheard_since;              /* tick: so long Kafka says nothing; 0 */
    int64_t strange_said;               /* tick when the log was told of either */
};

/* What may be late to be counted; late.c. */
struct lateness {
    struct late *of[TOPIC_COUNT]; /* of every partition; NULL: not looked yet */
    int64_t looked_at;            /* tick */
    bool asks_closely;            /* the next question is also who has what, and what may be read */
};

/* How the work goes, as the log is told once a minute; late.c. */
struct progress {
    int64_t began_at, said_at;        /* ticks */
    int64_t waits;                    /* turns that ended in a pause */
    int64_t said_records, said_waits; /* as they were when the log was told last */
    bool has_caught_up;               /* said once in a life */
};

/* With exit_at_end, or counts_again: how far is to be read, and what of that is done; finish.c. */
struct finish {
    bool had_partitions;                /* ever, and synced */
    bool shared_out;                    /* of each topic it is known what is ours */
    bool marks_known;                   /* Kafka has said where all partitions end */
    int64_t *marks[TOPIC_COUNT];        /* by partition */
    struct reach *reaches[TOPIC_COUNT]; /* by partition, with counts_again; else NULL */
    int64_t asked_at;                   /* tick when Redis was asked whether all is shown */
    bool done;
};

/* Of --until: records that lie in a wrong partition, and those that copies were made of; astray.c.
 */
struct astray {
    struct identities lie, copied; /* places in the log */
    uint64_t missing;              /* lie astray without a copy, as far as is read */
};

struct aggregator {
    struct settings settings;
    struct world world;
    struct wire wire;
    struct owned owned;
    struct versions versions;
    struct decoding decoding;
    struct entering entering;
    struct waiting waiting;
    struct pushing pushing;
    struct compacting compacting;
    struct noting noting;
    struct rounds rounds;
    struct lateness lateness;
    struct progress progress;
    struct finish finish;
    struct astray astray;

    /* of the turn itself */
    bool unsettled;                          /* dead letters or copies not yet acknowledged */
    int64_t pushed_at, audited_at, retry_at; /* ticks */
    int64_t pause_ms;                        /* the last one; 0: nothing is waited out */
    bool pauses_in_part;                     /* until retry_at only what is away is left alone */
    bool push_rests;                         /* the last round left something behind */
    bool push_once; /* now, whatever the pace: a rebuild waits to compare */
    int64_t push_took_ms;
    enum backlog { BACKLOG_NONE, BACKLOG_SHORT, BACKLOG_LONG } backlog; /* what waits in Kafka */

    struct aggregator_counts counts;
};

/* ms of a clock that nobody sets. */
static inline int64_t
tick(const struct world *world)
{
    return clock_tick(&world->clock);
}

/* ---- aggregator.c ---------------------------------------------------------------- */

/* Its parts learn where the others are that they work with: a stays where it is from now on. */
void aggregator_join(struct aggregator *a);

/* ---- partition.c ------------------------------------------------------------- */

/* The time that is noted before Kafka is asked, in ms: no later than either clock. */
int64_t through_of_clocks(int64_t own_ms, int64_t redis_ms);
/* A version that nobody has used: of this process, and one higher than the last. */
struct version next_version(struct versions *versions);
/* NULL: it is not ours. */
struct partition *partition_of(const struct owned *owned, struct place place);
/* Of all topics together, as they were at the start. */
int32_t partitions_of_all(const struct settings *settings);
/* FAULT_SETTINGS, in words: a topic has more partitions than at the start. */
MUST_USE enum fault partitions_were_added(const struct settings *settings, enum topic topic,
                                          int32_t now, struct why *why);

/* What is in memory is not what Redis has. */
static inline bool
partition_wants_sync(const struct partition *p)
{
    return p->state < PARTITION_LOADED;
}

/* Something of it is in memory, though perhaps no longer what Redis has. */
static inline bool
partition_is_known(const struct partition *p)
{
    return p->state > PARTITION_LOADING;
}

/* Redis has something else than memory: SYNC is wanted, and nothing more is read until then. */
void partition_mark_stale(struct partition *p);
/* What is read of it now would leave a gap, or come twice: it begins again where memory ends. */
void partition_begins_again(struct partition *p);
/* The moment that a tag of p should name on this day. */
struct moment target_of(const struct partition *p, int32_t day);

/* ---- owned.c ------------------------------------------------------------------ */

/* It is ours from now on, and LOADING; one that is already stays as it is. */
MUST_USE enum fault partition_add(struct owned *owned, struct place place, struct why *why);
/* It is ours no longer: all that is in memory of it is freed.  One that is not ours is fine. */
void partition_remove(struct owned *owned, struct place place);
/* Empty memory: no ledger entries, no rows, no shares, no open batch.  It is LOADING then. */
MUST_USE enum fault partition_forget(struct partition *p, struct why *why);

/* ---- rows.c ------------------------------------------------------------------- */

/* Drop the rows that every tag has seen; merge the others when they are very many (a scope that
 * can't advance), by way of `fold`.  Nothing is done while a batch is open. */
MUST_USE enum fault partition_trim(struct partition *p, struct sums *fold, struct why *why);

/* ---- enter.c ------------------------------------------------------------------ */

/* Offer an item to p's ledger; what changes goes to the rows (with_rows) and,
 * when it won, to *won (0: it did not).  Series are reconciled once a batch:
 * enter_end() adds their new parts. */
MUST_USE enum fault
enter_item(struct entering *entering, struct partition *p, struct identity id, const uint8_t *item,
           size_t size, bool with_rows, uint16_t *won, struct why *why);
MUST_USE enum fault enter_end(struct dim_table *dims, struct partition *p, struct why *why);

/* Add the whole share of p, as it is now, to the fold. */
MUST_USE enum fault
fold_share(struct dim_table *dims, const struct partition *p, struct sums *fold, struct why *why);

/* ---- waiting.c ----------------------------------------------------------------- */

/* False: no memory.  Release it once; what waits then is gone. */
MUST_USE bool waiting_open(struct waiting *waiting);
void waiting_release(struct waiting *waiting);
/* Let a record wait to be entered in p's ledger and its open batch. */
MUST_USE enum fault waiting_add(struct aggregator *a, struct partition *p, struct identity id,
                                const struct record *r, struct why *why);
/* Enter all that wait, in the order in which they came. */
MUST_USE enum fault waiting_enter(struct aggregator *a, struct why *why);

/* ---- noted.c ------------------------------------------------------------------- */

/* Tell the group how far each partition is committed: now, or when it is time. */
void note_all(struct noting *noting, const struct world *world, const struct owned *owned);
void note_by_the_clock(struct noting *noting, const struct world *world, const struct owned *owned);
/* What is in memory of p is about to be forgotten: remember how far it was. */
void known_keep(struct partition *p);
/* What is known to have been counted begins here.  Where nobody knows where the log began then,
 * what is gone for sure is only what was not even counted. */
static inline int64_t
known_from(const struct position *known)
{
    return known->from < 0 ? known->sent : known->from;
}
/* Redis has no journal of p, the log begins at `low`.  FAULT_LOG_MISMATCH when that is behind
 * something that was counted once: unless a loss is accepted. */
MUST_USE enum fault
known_begins(struct aggregator *a, struct partition *p, int64_t low, struct why *why);
/* The journal of p ends at p->next, the log holds low to high.  Find out what was
 * sent before. */
MUST_USE enum fault
known_ask(struct aggregator *a, struct partition *p, int64_t low, int64_t high, struct why *why);
/* The log is told of offsets that nobody counts any more, as --accept-loss asked. */
void say_loss(const struct log *log, const struct partition *p, int64_t from, int64_t to,
              const char *message);
/* The record that was counted last: is it there? */
void probe_end(struct partition *p, const struct log *log, bool is_there);
/* Say, once for all partitions, that nothing was known. */
void known_tell(struct noting *noting, const struct log *log);

/* Where p begins to be read. */
static inline int64_t
first_offset(const struct partition *p)
{
    return p->probes ? p->known.last_offset : p->verify ? p->last_offset : p->next;
}

/* ---- intake.c ------------------------------------------------------------------ */

/* Take messages into open batches; dead letters and copies are queued. */
MUST_USE enum fault intake(struct aggregator *a, const struct batch *batch, struct why *why);
/* The log is read up to `offset`: what lies below is no record, or is gone. */
void skip_to(struct versions *versions, struct partition *p, int64_t offset);
/* Messages from the one numbered `first` on were not taken in: their
 * partitions begin again, so that they come again. */
void send_back(const struct owned *owned, const struct batch *batch, size_t first);

/* ---- commit.c ------------------------------------------------------------------ */

/* Commit every open batch, all in one run; or that of p alone.  Batches are closed: enter_end() has
 * been there.  FAULT_STORE_AWAY, FAULT_HELD: what was not answered stays open, and is sent again as
 * it is.  FENCED is no fault: p is stale then. */
MUST_USE enum fault commit_all(struct aggregator *a, struct why *why);
MUST_USE enum fault commit_one(struct aggregator *a, struct partition *p, struct why *why);

/* What a topic that is not the one that was counted needs. */
#define LOG_REMEDY                                                                                 \
    "Bring the topic back; or let tally-aggregate --rebuild count again: it keeps only what the "  \
    "log still has, and asks first"

/* ---- sync.c -------------------------------------------------------------------- */

/* Bring memory to what Redis has.  p is PARTITION_LOADED then; or LOADING still, also without a
 * fault, when somebody else was faster: call it again. */
MUST_USE enum fault sync_partition(struct aggregator *a, struct partition *p, struct why *why);

/* ---- loss.c -------------------------------------------------------------------- */

/* Does the log hold what p is read from next?  Its last record need not be there any more:
 * p->verify is cleared then.  FAULT_LOG_MISMATCH when it does not; with accept_loss p goes on at
 * the log's start (skip_to), and is open.  *low, *high: what the log holds. */
MUST_USE enum fault log_holds_next(struct aggregator *a, struct partition *p, int64_t *low,
                                   int64_t *high, struct why *why);

/* p begins again with the record that was counted last, to see whether the log is still the
 * one that was counted.  FAULT_LOG_MISMATCH when it is not for sure; NULL is fine. */
MUST_USE enum fault doubt_log(struct aggregator *a, struct partition *p, struct why *why);
/* The same, while nobody answers where the log ends: to ask would take seconds, and the other topic
 * would stand still for as long. */
void doubt_topic(const struct world *world, struct partition *p);

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
MUST_USE enum fault push_all(struct pushing *pushing, struct why *why);
/* From p's tag to itself, in these scopes: the script looks again whether all is there. */
MUST_USE enum fault push_again(struct pushing *pushing, struct partition *p,
                               const bool which[SCOPE_COUNT], struct why *why);

/* ---- shares.c ------------------------------------------------------------------ */

/* What is open waits for its COMMIT.  But one that was refused since a rebuild holds it has what it
 * committed before pushed, together with others: the rebuild compares that. */
bool partition_is_pushable(const struct partition *p);
/* Its tag is a plain one of the day that windows end at. */
bool share_is_plain_today(const struct share *share, int32_t day);
/* Left alone for a while: its scope is away, or a total was out of range. */
bool share_rests(const struct share *share, int64_t now);
/* All that p has committed is in the scope, at its tag of today. */
bool share_is_shown(const struct partition *p, const struct share *share, int32_t day);

/* Redis has made the move.  True: the scope was empty. */
bool share_moved(const struct move *move, int scope);
/* A tag was read, or came with a MISMATCH: what p's share in the scope is now. */
void resolve_tag(struct partition *p, int scope, struct text text);

/* Everything that is committed is in every scope. */
bool pushed_all(const struct owned *owned, int32_t day);
/* The same, but for shares whose total is out of range. */
bool pushed_what_can_be(const struct owned *owned, int32_t day);
/* Nothing is left to push but where Redis is away. */
bool pushed_what_answers(const struct owned *owned, int32_t day);

/* ---- tell.c -------------------------------------------------------------------- */

/* A step of telling readers how far the totals go: take what Kafka answered, say what was
 * reached, ask again.  FAULT_SETTINGS: a topic has more partitions than at the start. */
MUST_USE enum fault tell_step(struct aggregator *a, struct why *why);
/* The tick at which tell_step() has something to do, whatever else happens. */
int64_t tell_due_at(const struct aggregator *a);
/* Nothing is known of it any more. */
void telling_forget(struct telling *telling);

/* ---- late.c ------------------------------------------------------------------- */

/* Kafka has said where partitions end: tell the log of those that are not counted for long. */
MUST_USE enum fault late_look(struct aggregator *a, const struct ends *ends, struct why *why);
/* What was away has come back: what is late is so from now on.  `partitions` of each topic. */
void
lates_begin_anew(struct lateness *lateness, const int32_t partitions[TOPIC_COUNT], int64_t now);
/* How the work goes, when it is time to say so. */
void progress_say(struct aggregator *a);

/* ---- audit.c ------------------------------------------------------------------- */

/* Compare every version and tag with Redis; what differs is resolved. */
MUST_USE enum fault audit(struct aggregator *a, struct why *why);

/* ---- compact.c ------------------------------------------------------------------ */

/* One step towards replacing journals that have grown far beyond their
 * ledgers: about a quarter of a chunk, or as much as was committed since. */
MUST_USE enum fault compact_journals(struct compacting *work, struct why *why);
/* Some compaction could take a step now. */
bool compact_is_due(const struct compacting *work);
/* What p->writer holds is in the journal now. */
void compact_commit(struct compacting *work, struct partition *p);
/* Whatever was going on is given up; what it left in Redis is swept up later. */
void compact_forget(struct partition *p);

/* ---- astray.c ------------------------------------------------------------------- */

/* Of --until; else nothing: a message that was taken in, whether it lies astray, and what it is a
 * copy of. */
MUST_USE enum fault
astray_note(struct aggregator *a, const struct message *m, bool lies_astray, struct why *why);
/* May it not be said that all is counted, as far as is read? */
bool astray_holds_up(const struct aggregator *a);
/* At the end, what was gone on without. */
void astray_say(const struct aggregator *a);
/* FAULT_LOG_MISMATCH: not all that lie astray have a copy.  Asked when all is read. */
MUST_USE enum fault astray_check(const struct aggregator *a, struct why *why);
void astray_release(struct astray *astray);

/* ---- finish.c ------------------------------------------------------------------- */

/* With exit_at_end: once, note where every partition ends; then raise the marks of what was
 * forwarded. */
MUST_USE enum fault finish_marks(struct aggregator *a, struct why *why);
/* The tick at which finish_check() has something to ask; INT64_MAX: not before something comes. */
int64_t finish_due_at(const struct aggregator *a);
/* With exit_at_end: is every mark reached, and everything shown?  Then it is done. */
MUST_USE enum fault finish_check(struct aggregator *a, struct why *why);

/* How far p is read. */
static inline const struct reach *
reach_of(const struct finish *finish, const struct partition *p)
{
    static const struct reach to_the_end = { .limit = INT64_MAX };
    const struct reach *of_topic = finish->reaches[p->place.topic];

    return of_topic == NULL ? &to_the_end : &of_topic[p->place.partition];
}
/* Not read before its limit rises. */
static inline bool
is_at_limit(const struct finish *finish, const struct partition *p)
{
    return partition_is_known(p) && p->next >= reach_of(finish, p)->limit;
}

#endif
