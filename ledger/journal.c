/* Records of a journal: written into a buffer, read back as a chain in which
 * each names the one before (journal.h has the drawing).
 *
 * Why a chain: a Redis that loses its last writes may get others in their
 * place, and both look whole by themselves.  Only that each record names its
 * predecessor shows that something between is missing (docs/protocol.md, rule
 * 3). */
#include "ledger/journal.h"

#include "base/crc32.h"

#include <assert.h>
#include <inttypes.h>

enum {
    PROGRESS_AT = 4 + 4 + 1 + 16 + 16, /* where next stands in a record */
    SHOWN_MOST = 64,                   /* bytes of a bad field in a sentence */
};

/* Numbers are copied as they lie in memory. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "a journal is little-endian");

/* ---- little-endian numbers in a bounded run of bytes ------------------------- */

struct reader {
    const uint8_t *at;
    size_t left;
    bool short_of; /* something was asked for that is not there */
};

/* The next `bytes` as a number, at most 8 of them.  0, and short_of is set,
 * when there are fewer; what is asked for after that is short as well. */
static uint64_t
take_number(struct reader *r, size_t bytes)
{
    uint64_t n = 0;

    if (r->left < bytes) {
        r->short_of = true;
        r->left = 0;
        return 0;
    }
    memcpy(&n, r->at, bytes);
    r->at += bytes;
    r->left -= bytes;
    return n;
}

static struct version
take_version(struct reader *r)
{
    uint64_t start = take_number(r, 8);

    return (struct version){ start, take_number(r, 8) };
}

/* Where the next `size` bytes go; NULL: no memory. */
static uint8_t *
room(struct journal_writer *w, size_t size)
{
    uint8_t *at;

    if (w->failed)
        return NULL;
    if (w->size - w->used < size) {
        /* More than twice as much: a record of a large batch is copied a few
         * times at most. */
        size_t wanted = w->size * 2 + size + 4096;
        uint8_t *bigger = realloc(w->at, wanted);
        if (bigger == NULL) {
            w->failed = true;
            return NULL;
        }
        w->at = bigger;
        w->size = wanted;
    }
    at = w->at + w->used;
    w->used += size;
    return at;
}

/* Without memory nothing more is written; journal_end() says so. */
static void
put(struct journal_writer *w, const void *from, size_t size)
{
    uint8_t *at = room(w, size);

    if (at != NULL)
        memcpy(at, from, size);
}

static void
put_number(struct journal_writer *w, uint64_t n, size_t bytes)
{
    put(w, &n, bytes);
}

static void
put_version(struct journal_writer *w, struct version v)
{
    put_number(w, v.start, 8);
    put_number(w, v.counter, 8);
}

/* ---- writing ------------------------------------------------------------------ */

void
journal_writer_release(struct journal_writer *w)
{
    free(w->at);
    *w = (struct journal_writer){ 0 };
}

void
journal_begin(struct journal_writer *w, const struct journal_head *head)
{
    w->used = 0;
    w->items = 0;
    w->failed = false;
    put_number(w, 0, 8); /* length and crc: journal_end() */
    put_number(w, head->flags, 1);
    put_version(w, head->version);
    put_version(w, head->predecessor);
    put_number(w, (uint64_t)head->next, 8);
    put_number(w, (uint64_t)head->last_offset, 8);
    put_number(w, head->last_hash, 8);
    put_number(w, (uint64_t)head->alias_count, 1);
    for (int i = 0; i < head->alias_count; i++) {
        const char *code = scope_code(head->aliases[i].scope);
        put_number(w, strlen(code), 1);
        put(w, code, strlen(code));
        put_version(w, head->aliases[i].version);
    }
    w->items_at = w->used;
    put_number(w, 0, 4);
}

void
journal_add(struct journal_writer *w, struct identity id, const uint8_t *item, size_t size)
{
    uint8_t *at = room(w, sizeof id + size);

    if (at == NULL)
        return;
    memcpy(at, &id.high, 8);
    memcpy(at + 8, &id.low, 8);
    memcpy(at + sizeof id, item, size);
    w->items++;
}

void
journal_add_all(struct journal_writer *w, const struct journal_writer *other)
{
    /* The items of another record lie behind its head as they will lie here. */
    size_t begin = other->items_at + sizeof other->items;

    if (other->failed)
        w->failed = true;
    else if (other->used > begin)
        put(w, other->at + begin, other->used - begin);
    w->items += other->items;
}

void
journal_progress(struct journal_writer *w, int64_t next, int64_t last_offset, uint64_t last_hash)
{
    uint8_t *at;

    if (w->failed)
        return;
    /* Three numbers in the head, in place: the record was begun before it was
     * known how far it will go. */
    at = w->at + PROGRESS_AT;
    memcpy(at, &next, 8);
    memcpy(at + 8, &last_offset, 8);
    memcpy(at + 16, &last_hash, 8);
}

enum fault
journal_end(struct journal_writer *w, struct text *record, struct why *why)
{
    uint32_t length, crc;

    if (w->failed)
        return why_set(why, FAULT_NO_MEMORY, "no memory for a journal record of %zu bytes",
                       w->used);
    memcpy(w->at + w->items_at, &w->items, 4);
    length = (uint32_t)(w->used - 4);
    /* The CRC covers all that stands behind it.  The length is not covered: a
     * wrong one makes the CRC wrong. */
    crc = crc32_of(0, w->at + 8, w->used - 8);
    memcpy(w->at, &length, 4);
    memcpy(w->at + 4, &crc, 4);
    *record = (struct text){ (const char *)w->at, w->used };
    return FAULT_NONE;
}

/* ---- reading ------------------------------------------------------------------ */

/* Journals spell scopes by their codes, as keys do: rows may move with a new
 * build. */
static int
scope_find(struct text code)
{
    if (text_equal(code, TEXT_LITERAL("ALL")))
        return SCOPE_ALL;
    return province_find(code);
}

/* As many items as the head says, to the last byte, each one readable. */
static bool
items_are_sane(struct text items, uint32_t count)
{
    struct identity id;
    struct record record;
    const uint8_t *item;
    size_t size;
    uint16_t mask;

    while (items.length > 0) {
        if (count-- == 0 || !journal_next(&items, &id, &item, &size) ||
            !item_unpack(item, size, &record, &mask))
            return false;
    }
    return count == 0;
}

bool
journal_read_head(const uint8_t *at, size_t size, struct journal_head *head, struct text *items,
                  size_t *bytes)
{
    struct reader r = { at, size, false };
    uint64_t length = take_number(&r, 4);
    uint64_t crc = take_number(&r, 4);

    /* `length` counts the CRC, which has been taken already. */
    if (r.short_of || length < 4 || length - 4 > r.left)
        return false;
    r.left = (size_t)length - 4;
    if (crc32_of(0, r.at, r.left) != crc)
        return false;
    *bytes = (size_t)length + 4;
    head->flags = (uint8_t)take_number(&r, 1);
    head->version = take_version(&r);
    head->predecessor = take_version(&r);
    head->next = (int64_t)take_number(&r, 8);
    head->last_offset = (int64_t)take_number(&r, 8);
    head->last_hash = take_number(&r, 8);
    head->alias_count = (int)take_number(&r, 1);
    if (head->alias_count > SCOPE_COUNT)
        return false;
    for (int i = 0; i < head->alias_count; i++) {
        size_t code = (size_t)take_number(&r, 1);
        if (r.short_of || code > r.left)
            return false;
        head->aliases[i].scope = scope_find((struct text){ (const char *)r.at, code });
        r.at += code;
        r.left -= code;
        head->aliases[i].version = take_version(&r);
        /* A scope that this build does not know. */
        if (head->aliases[i].scope < 0)
            return false;
    }
    head->item_count = (uint32_t)take_number(&r, 4);
    *items = (struct text){ (const char *)r.at, r.left };
    return !r.short_of;
}

bool
journal_read(const uint8_t *at, size_t size, struct journal_head *head, struct text *items,
             size_t *bytes)
{
    return journal_read_head(at, size, head, items, bytes) &&
           items_are_sane(*items, head->item_count);
}

bool
journal_next(struct text *items, struct identity *id, const uint8_t **item, size_t *size)
{
    struct reader r = { (const uint8_t *)items->at, items->length, false };

    id->high = take_number(&r, 8);
    id->low = take_number(&r, 8);
    if (r.short_of)
        return false;
    *size = item_bytes(r.at, r.left);
    if (*size == 0)
        return false;
    *item = r.at;
    *items = (struct text){ (const char *)r.at + *size, r.left - *size };
    return true;
}

bool
journal_stands_for(const struct journal_head *head, int scope, struct version version)
{
    if ((head->flags & JOURNAL_PARTIAL) != 0)
        return false;
    if (version_equal(head->version, version))
        return true;
    for (int i = 0; i < head->alias_count; i++)
        if (head->aliases[i].scope == scope && version_equal(head->aliases[i].version, version))
            return true;
    return false;
}

/* ---- meta ----------------------------------------------------------------------- */

const char *const meta_field_names[META_FIELDS] = {
    [META_VER] = "ver",         [META_NEXT] = "next",
    [META_GEN] = "gen",         [META_CHUNK] = "chunk",
    [META_LEN] = "len",         [META_SEED] = "seed",
    [META_ALG] = "alg",         [META_PARTITIONS] = "partitions",
    [META_WINDOWS] = "windows", [META_SCHEMAS] = "schemas",
};

/* Numbers of meta are written by our scripts, as decimals without a sign. */
static bool
read_count(struct text t, int64_t *out)
{
    *out = text_number(t);
    return *out >= 0;
}

/* The seed: up to 16 hex digits. */
static bool
read_hex(struct text t, uint64_t *out)
{
    static const char digits[] = "0123456789abcdef";
    uint64_t n = 0;

    if (t.length < 1 || t.length > 16)
        return false;
    for (size_t i = 0; i < t.length; i++) {
        const char *digit = memchr(digits, t.at[i], sizeof digits - 1);
        if (digit == NULL)
            return false;
        n = n << 4 | (uint64_t)(digit - digits);
    }
    *out = n;
    return true;
}

/* A copy with NUL.  A NUL within would cut the text short without a word. */
static bool
read_string(struct text t, char *out, size_t size)
{
    if (t.length == 0 || t.length >= size || memchr(t.at, '\0', t.length) != NULL)
        return false;
    memcpy(out, t.at, t.length);
    out[t.length] = '\0';
    return true;
}

enum fault
meta_read(const struct text values[META_FIELDS], struct meta *out, struct why *why)
{
    struct meta m = { .exists = true };
    bool good[META_FIELDS];
    int absent = 0;

    for (int i = 0; i < META_SCHEMAS; i++)
        /* `schemas` came later than the others and may be missing; without the
         * others there is no journal. */
        absent += values[i].at == NULL;
    if (absent == META_SCHEMAS) {
        *out = (struct meta){ 0 };
        return FAULT_NONE;
    }
    good[META_VER] = version_read(values[META_VER], &m.version);
    good[META_NEXT] = read_count(values[META_NEXT], &m.next);
    good[META_GEN] = read_string(values[META_GEN], m.generation, sizeof m.generation);
    good[META_CHUNK] = read_count(values[META_CHUNK], &m.chunk);
    good[META_LEN] = read_count(values[META_LEN], &m.length);
    good[META_SEED] = read_hex(values[META_SEED], &m.seed);
    good[META_ALG] = read_count(values[META_ALG], &m.algorithm);
    good[META_PARTITIONS] = read_count(values[META_PARTITIONS], &m.partitions);
    good[META_WINDOWS] = read_string(values[META_WINDOWS], m.windows, sizeof m.windows);
    good[META_SCHEMAS] =
        values[META_SCHEMAS].at == NULL || read_count(values[META_SCHEMAS], &m.schemas);
    for (int i = 0; i < META_FIELDS; i++)
        if (!good[i])
            return why_set(why, FAULT_JOURNAL_BROKEN, "meta: field %s is '%.*s'",
                           meta_field_names[i],
                           (int)(values[i].length < SHOWN_MOST ? values[i].length : SHOWN_MOST),
                           values[i].at == NULL ? "" : values[i].at);
    *out = m;
    return FAULT_NONE;
}

/* ---- the chain -------------------------------------------------------------------- */

/* Does a record follow what was read?  The first of a generation has no
 * predecessor; every other names the record before.  No record is of the
 * version none. */
static bool
is_next(const struct journal_chain *chain, const struct journal_head *head)
{
    bool first = (head->flags & JOURNAL_FIRST) != 0;
    bool fits = chain->begun ? !first && version_equal(head->predecessor, chain->at)
                             : first && version_is_none(head->predecessor);

    return fits && !version_is_none(head->version);
}

/* The sentence.  The chunk's number is the one that was handed in last, or the
 * one before when that was left in the middle. */
static enum fault
broken(const struct journal_chain *chain, bool is_read, size_t left, struct why *why)
{
    int64_t number = chain->chunk - 1;

    if (chain->behind > 0) { /* so it was the chain that went wrong there */
        number--;
        left = chain->behind;
        is_read = false;
    }
    if (is_read)
        return why_set(why, FAULT_JOURNAL_BROKEN,
                       "journal chunk %" PRId64 ": a record does not follow the one before",
                       number);
    return why_set(why, FAULT_JOURNAL_BROKEN,
                   "journal chunk %" PRId64 ": a record is cut or damaged %zu bytes before its end",
                   number, left);
}

enum fault
journal_chain_chunk(struct journal_chain *chain, struct text chunk, struct why *why)
{
    const uint8_t *at = (const uint8_t *)chunk.at;
    int64_t number = chain->chunk++;
    bool is_last = number == chain->meta->chunk;
    /* Only the last chunk's length is in meta; what lies behind it belongs to
     * no record (rule 21). */
    size_t left = is_last ? (size_t)chain->meta->length : chunk.length;

    if (left > chunk.length)
        return why_set(why, FAULT_JOURNAL_BROKEN, "journal chunk %" PRId64 " has %zu of %zu bytes",
                       number, chunk.length, left);
    while (left > 0) {
        struct journal_head head;
        struct text items;
        size_t bytes = 0;
        enum fault fault = FAULT_NONE;
        bool is_read = journal_read(at, left, &head, &items, &bytes);

        if (!is_read || !is_next(chain, &head)) {
            /* Not at the end of the last chunk, not at the beginning of
             * another: the rest may be half a COMMIT that came back.  The next
             * chunk decides. */
            if (is_last || left == chunk.length) /* a chunk begins with a record that follows */
                return broken(chain, is_read, left, why);
            break;
        }
        /* The chunk before was left in the middle, and this one goes on where
         * it was left: so what lay there was no record of the chain. */
        chain->behind = 0;
        chain->begun = true;
        chain->at = head.version;
        chain->next = head.next;
        chain->partial = (head.flags & JOURNAL_PARTIAL) != 0;
        if (chain->sink != NULL)
            fault = chain->sink(chain->self, &head, items, why);
        if (fault != FAULT_NONE)
            return fault;
        at += bytes;
        left -= bytes;
    }
    chain->behind = left;
    return FAULT_NONE;
}

enum fault
journal_chain_end(const struct journal_chain *chain, struct why *why)
{
    /* A partial record is never the end: its version is named by no tag. */
    if (!version_equal(chain->at, chain->meta->version) || chain->partial)
        return why_set(why, FAULT_JOURNAL_BROKEN,
                       "the journal ends before the version that meta names");
    if (chain->next != chain->meta->next)
        return why_set(why, FAULT_JOURNAL_BROKEN,
                       "the journal goes on at offset %" PRId64 ", meta says %" PRId64, chain->next,
                       chain->meta->next);
    return FAULT_NONE;
}

enum fault
journal_pass(const struct text *chunks, size_t count, struct journal_chain chain, struct why *why)
{
    enum fault fault = FAULT_NONE;

    for (size_t c = 0; c < count && fault == FAULT_NONE; c++)
        fault = journal_chain_chunk(&chain, chunks[c], why);
    return fault != FAULT_NONE ? fault : journal_chain_end(&chain, why);
}

enum fault
journal_walk(const struct text *chunks, size_t count, const struct meta *meta, journal_sink *sink,
             void *self, struct why *why)
{
    /* Once to judge, once to hand on. */
    enum fault fault = journal_pass(chunks, count, (struct journal_chain){ .meta = meta }, why);

    if (fault != FAULT_NONE)
        return fault;
    return journal_pass(chunks, count,
                        (struct journal_chain){ .meta = meta, .sink = sink, .self = self }, why);
}
