/* account.h - what a number is made of: the records behind it, measure by
 * measure (for the files of `tally-lookup why`).
 *
 *      journals of all partitions  ->  entries that ever named the pair
 *          ->  their parts that lie in the cell: what adds, and the sum
 *          ->  their reasons: as what it adds, and why others don't
 *      Kafka, by partition and offset  ->  id, source, title of those shown
 *
 * Memory is bounded: the journal of one partition, the entries of the pair that
 * are in it, and a few records a measure.
 */
#ifndef LOOKUP_ACCOUNT_H
#define LOOKUP_ACCOUNT_H

#include "kafka/topic.h"
#include "ledger/fold.h"
#include "ledger/reason.h"
#include "ledger/tag.h"
#include "lookup/show.h"

/* Reasons that lie outside of an entry. */
enum {
    REASON_PART = REASON_KINDS, /* scope PART: in the detail alone */
    REASON_MOVED,               /* corrected: the record is of another pair now */
    REASON_REPEATS,             /* it says what another one has said: from the log */
    REASON_GONE,                /* it is kept no more: of changes */
};

/* What is asked. */
struct account_question {
    struct spot spot;
    bool has_measure;
    uint32_t measure;
    size_t limit;   /* records shown: the largest ones and the newest ones, each so many */
    bool wants_all; /* also those that are outranked */
};

/* A record as its journal has it, and as Kafka has it once it was asked. */
struct account_item {
    struct place place;
    int64_t offset;
    uint8_t *bytes; /* the item */
    size_t size;
    /* From Kafka, NUL-terminated, or NULL. */
    char *id, *source, *url, *title;
};

/* Others that a reason names. */
struct account_others {
    struct account_item items[AGAINST_MOST];
    uint32_t named, count;
    bool is_around, is_more;
    wide_t by;
};

/* A record that is shown. */
struct account_record {
    int uses; /* lists that have it */
    struct account_item item;
    int64_t amount; /* what it adds to the number, of changes what it adds more; 0: left out */
    int64_t then;   /* of changes: what it added before */
    int64_t stated; /* what it states */
    int32_t day;
    int64_t version;
    uint8_t kind; /* enum reason_kind, or one of the two above */
    bool is_undecided, is_mismatched;
    uint32_t about;     /* the amount that its reason is of, where it has one; else the measure */
    int32_t start, end; /* where it adds */
    struct account_others others, flows;
};

/* The largest, or the newest, of the records that were offered; best first. */
struct account_top {
    struct account_record **list;
    size_t count;
};

/* The amount that a record is told with: of a count that which makes it count. */
static inline uint32_t
account_about(const struct account_record *record, uint32_t measure)
{
    return measure_form(measure) >= MEASURE_EVENTS ? record->about : measure;
}

/* Those that add, or those that are left out. */
struct account_list {
    uint64_t offered;
    struct account_top largest, newest;
};

struct account_measure {
    uint32_t measure;
    wide_t sum;    /* of all that add */
    bool is_there; /* Redis has the number: */
    int64_t number;
    struct account_list adds, left; /* of changes: `adds` are all that differ */
    wide_t change;                  /* by all of these */
};

struct changes;

struct account {
    const struct lookup *lookup;
    struct account_question question;
    struct account_measure *measures; /* ordered by measure */
    size_t measure_count, measure_room;
    struct account_tag *tags; /* of all partitions */
    size_t tag_count;
    bool is_moving; /* the totals moved on whenever the journals were read */

    struct changes *changes; /* of `changed`, lookup/changes.h; else NULL */

    bool has_failed; /* no memory, in a place that can't say so */
};

/* A partition's share in the scope, as its tag names it.  A half tag is two of them: cells of
 * the buckets below its border are at one moment, the others at the other (ledger/tag.h). */
struct account_tag {
    char partition[TOPIC_BYTES + 12];
    struct moment at;
    int least, most; /* buckets: least <= bucket < most */
    struct place place;
    int64_t next;      /* the journal has what lies below this offset */
    size_t identities; /* of it, that ever named the pair */
};

/* account_gather.c: read the journal of one partition up to the version that its
 * tag names, and take in what lies in the cell.  *is_known: the journal knows that version;
 * else nothing was taken in.  FAULT_JOURNAL_BROKEN, FAULT_SETTINGS, FAULT_NO_MEMORY,
 * or what Redis can't answer. */
MUST_USE enum fault
account_gather(struct account *a, struct account_tag *tag, bool *is_known, struct why *why);

/* account_entry.c: takes in one entry after the other of a partition, at the moment of its
 * tag, which is borrowed until it is freed.  NULL, and false: no memory, or no entry. */
struct account_entry;
struct account_entry *account_entry_new(struct account *a, const struct account_tag *tag);
void account_entry_free(struct account_entry *e); /* NULL is fine */
MUST_USE bool account_entry_take(struct account_entry *e, const uint8_t *entry, size_t size);

/* account.c: the measure, made if it is not there; NULL: no memory. */
struct account_measure *account_measure(struct account *a, uint32_t measure);
/* Is one offered that would be shown?  Counts it; only then it needs to be made. */
bool account_wants(const struct account *a, struct account_list *list,
                   const struct account_record *offered);
/* Puts a record into the list; it is the list's then.  Frees it when it finds no place. */
void account_put(struct account *a, struct account_list *list, struct account_record *record);
void account_record_free(struct account_record *record);
/* Drops all that was gathered. */
void account_clear(struct account *a);

/* Every record that is shown, once a list: the largest ones, then those of the newest that are
 * not among them.  Begin with *cursor 0; NULL at the end. */
struct account_record *account_next(const struct account_list *list, size_t *cursor);
/* How many account_next() gives. */
size_t account_shown(const struct account_list *list);

/* ---- Kafka ----------------------------------------------------------------------------- */

/* What came of asking Kafka. */
struct account_log {
    bool is_asked;
    enum fault fault;     /* FAULT_NONE: it answered */
    char sentence[400];   /* why it did not */
    int64_t asked, found; /* records */
    int64_t unasked;      /* there were too many */
    /* With --all: */
    int64_t scanned; /* messages that were looked through */
    bool is_cut;     /* there were more */
};

/* account_log.c: id, source and title of the records that are shown. */
MUST_USE enum fault account_ask_kafka(struct account *a, struct account_log *log, struct why *why);
/* account_scan.c: the records of the shown identities that the log has and no entry keeps:
 * outranked. */
MUST_USE enum fault account_scan_kafka(struct account *a, struct account_log *log, struct why *why);

/* ---- showing ------------------------------------------------------------------------------ */

/* account_words.c.  "stated", "contradicted by ...": why a record adds what it adds, or nothing;
 * what it states, with its unit; its days.  All borrowed from out. */
enum { REASON_BYTES = 4096, STATES_BYTES = 128, WHEN_BYTES = 32, WHICH_BYTES = 192 };
struct text account_reason(const struct account_record *record, uint32_t measure, bool adds,
                           char out[REASON_BYTES]);
struct text
account_states(const struct account_item *item, uint32_t measure, char out[STATES_BYTES]);
struct text account_when(const struct account_item *item, char out[WHEN_BYTES]);
/* Its id, or where it lies: "trade-events/3 at 17". */
struct text account_which(const struct account_item *item, char out[WHICH_BYTES]);
/* "derived": one word for each kind; a constant. */
const char *account_kind(uint8_t kind);
/* The amount of a measure that a record states. */
int64_t account_stated(const struct record *r, uint32_t measure);

/* account_show.c: the cells of a record: states, when, record, source, title, why. */
struct table;
void account_cells(struct table *table, const struct account_record *record, uint32_t measure,
                   bool adds);
/* What came of asking Kafka, where that is not all. */
void account_show_log(const struct account *a, const struct account_log *log);
/* "Liaoning 辽宁 (CN-LN) x Russia (RU): 2023" */
void account_show_title(const struct account *a);
/* Is it asked for?  If one measure is, the others are known only as doubts.  And has it a
 * section, or a line? */
bool account_is_asked_for(const struct account *a, const struct account_measure *m);
bool account_has_section(const struct account *a, const struct account_measure *m);

/* account_json.c: the members of the question, of what came of asking Kafka, and of a record. */
void account_json_title(const struct account *a);
void account_json_log(const struct account *a, const struct account_log *log);
void account_json_item(const struct account_record *record, uint32_t measure, FILE *out);
/* Undecided, the others, and the sentence. */
void
account_json_reason(const struct account_record *record, uint32_t measure, bool adds, FILE *out);
void account_json_amount(wide_t n, uint32_t measure, FILE *out);

/* account_show.c, account_json.c */
MUST_USE enum fault account_show(const struct account *a, const struct asof *asof,
                                 const struct account_log *log, struct why *why);
void account_json(const struct account *a, const struct asof *asof, const struct account_log *log);

/* Is it money or a quantity, and does not qualify or count? */
bool measure_is_amount(uint32_t measure);

#endif
