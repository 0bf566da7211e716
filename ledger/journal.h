/* journal.h - the truth about one partition, as bytes.
 *
 * A partition's journal is a chain of records.  Each carries the entries' new
 * items since its predecessor; replaying all of them gives the ledger at any
 * version on the way.  It is kept in chunks, Redis strings that only grow;
 * a record never lies in two chunks.  All numbers are little-endian.
 *
 *      u32  length    bytes after this field
 *      u32  crc       CRC-32 of all bytes after this field
 *      u8   flags     JOURNAL_FIRST, JOURNAL_PARTIAL
 *      16   version   start, counter
 *      16   predecessor
 *      i64  next      offset to read next
 *      i64  last      offset of the last record read, -1: none yet
 *      u64  last hash of its key and value
 *      u8   aliases   then each: scope code (u8 length, bytes), version (16)
 *      u32  items     then each: identity (high, low), item (entry.h)
 *
 * JOURNAL_FIRST begins a generation and has no predecessor.  A compacted
 * generation begins with JOURNAL_PARTIAL records (their versions are named by
 * no tag) and ends its base with one that is not partial and has the aliases:
 * per scope a tag's version whose share there is the same as this one's.
 */
#ifndef LEDGER_JOURNAL_H
#define LEDGER_JOURNAL_H

#include "ledger/entry.h"
#include "ledger/ledger.h"
#include "ledger/tag.h"

enum {
    JOURNAL_FIRST = 1,
    JOURNAL_PARTIAL = 2,
    GENERATION_TEXT = VERSION_TEXT,
    PARTS_ALGORITHM = 2, /* version of entry_parts(); another one: --rebuild */
};

struct journal_alias {
    int scope;
    struct version version;
};

struct journal_head {
    uint8_t flags;
    struct version version, predecessor;
    int64_t next;
    int64_t last_offset;
    uint64_t last_hash;
    int alias_count;
    struct journal_alias aliases[SCOPE_COUNT];
    uint32_t item_count;
};

/* ---- writing ---------------------------------------------------------------- */

/* A record under construction; the buffer is kept from one to the next. */
struct journal_writer {
    uint8_t *at;
    size_t size, used;
    uint32_t items;
    size_t items_at; /* where the item count stands */
    bool failed;     /* no memory */
};

/* A writer that is all zero is empty.  journal_writer_release() frees its
 * buffer and makes it so again.  journal_begin() starts a record; item_count of
 * the head is not looked at.  journal_add() appends an item that item_pack() or
 * entry_take() made, `size` being its bytes with the header.  None of them
 * fails here: no memory is remembered until journal_end(). */
void journal_writer_release(struct journal_writer *w);
void journal_begin(struct journal_writer *w, const struct journal_head *head);
void journal_add(struct journal_writer *w, struct identity id, const uint8_t *item, size_t size);
/* All items of another record under construction, or ended. */
void journal_add_all(struct journal_writer *w, const struct journal_writer *other);
/* Say how far the record goes; may be said again as more is read. */
void
journal_progress(struct journal_writer *w, int64_t next, int64_t last_offset, uint64_t last_hash);
/* The whole record, borrowed until the next journal_begin().  FAULT_NO_MEMORY
 * when any step had none. */
MUST_USE enum fault journal_end(struct journal_writer *w, struct text *record, struct why *why);

/* ---- reading ------------------------------------------------------------------ */

/* Read the record at `at`.  False when it is cut short or damaged; else the
 * head, where its items are, and its bytes.  Every item is checked. */
MUST_USE bool journal_read(const uint8_t *at, size_t size, struct journal_head *head,
                           struct text *items, size_t *bytes);

/* The same of a record that another version of this program may have written:
 * its items are not looked at, and may be of a form that nobody here can read. */
MUST_USE bool journal_read_head(const uint8_t *at, size_t size, struct journal_head *head,
                                struct text *items, size_t *bytes);

/* The next of a record's items; false at the end. */
bool journal_next(struct text *items, struct identity *id, const uint8_t **item, size_t *size);

/* Does a record stand for what a tag of this scope names: by its own version, or
 * as the one in whose place a compacted generation put it?  A partial one stands
 * for none. */
bool journal_stands_for(const struct journal_head *head, int scope, struct version version);

/* ---- meta and the chain -------------------------------------------------------- */

/* What `meta` says.  The hash's fields, in the order of the enum. */
enum meta_field {
    META_VER,
    META_NEXT,
    META_GEN,
    META_CHUNK,
    META_LEN,
    META_SEED,
    META_ALG,
    META_PARTITIONS,
    META_WINDOWS,
    META_SCHEMAS, /* may be absent */
    META_FIELDS
};
extern const char *const meta_field_names[META_FIELDS];

struct meta {
    bool exists;
    struct version version;
    int64_t next;
    char generation[GENERATION_TEXT];
    int64_t chunk, length; /* number and bytes of the last chunk */
    uint64_t seed;         /* of the identity hash */
    int64_t algorithm, partitions;
    char windows[80];
    int64_t schemas; /* the newest text that its owners have read; 0: nobody has said */
};

/* From the values of an HMGET of meta_field_names; absent ones are
 * { NULL, 0 }.  All absent: exists = false.  FAULT_JOURNAL_BROKEN when a field
 * is missing or malformed. */
MUST_USE enum fault
meta_read(const struct text values[META_FIELDS], struct meta *out, struct why *why);

/* Called for each record of a chain, oldest first. */
typedef enum fault
journal_sink(void *self, const struct journal_head *head, struct text items, struct why *why);

/* A chain on its way: every record whole, the first one marked, each one
 * naming its predecessor, the last one being meta's version, ending where meta
 * says and naming meta's next.  Chunk after chunk is handed in, each record
 * goes to the sink as soon as it is known to follow the one before: what the
 * sink made of them counts only when journal_chain_end() says so.  Begin with
 * the first three, all else zero. */
struct journal_chain {
    const struct meta *meta;
    journal_sink *sink; /* NULL: only judge */
    void *self;
    int64_t chunk;     /* number of the next one */
    struct version at; /* of the record before: its version, where it said */
    int64_t next;      /* to go on reading, */
    bool begun, partial;
    size_t behind; /* bytes of the chunk before that are no record of the chain */
};

/* The next chunk; of the last one only meta->length bytes are looked at.  Of the
 * others nobody knows the length: what can't be read there, or does not follow,
 * may be half a COMMIT behind the chunk's end (docs/protocol.md, rule 21).  It
 * is none when the next chunk goes on where this one ended.
 * FAULT_JOURNAL_BROKEN, or what the sink says. */
MUST_USE enum fault
journal_chain_chunk(struct journal_chain *chain, struct text chunk, struct why *why);
/* After the last chunk: FAULT_JOURNAL_BROKEN unless the chain ends at the
 * version and the offset that meta names. */
MUST_USE enum fault journal_chain_end(const struct journal_chain *chain, struct why *why);
/* All of it: each chunk, and the end.  `chain` is as it begins. */
MUST_USE enum fault
journal_pass(const struct text *chunks, size_t count, struct journal_chain chain, struct why *why);

/* The same for chunks[0 .. count-1] at once, with nothing handed on when the
 * chain is broken: it is walked twice. */
MUST_USE enum fault journal_walk(const struct text *chunks, size_t count, const struct meta *meta,
                                 journal_sink *sink, void *self, struct why *why);

#endif
