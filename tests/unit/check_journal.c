#include <check.h>
#include <stdlib.h>

#include "base/crc32.h"
#include "ledger/journal.h"

enum { ITEMS = 3, RECORDS_MOST = 6, HEAD_BYTES = 8, ALIASES_AT = 65, ITEM_COUNT_AT = 66 };

static uint8_t items[ITEMS][ITEM_BYTES_MOST];
static size_t item_sizes[ITEMS];
static const struct identity ids[ITEMS] = { { 1, 2 }, { UINT64_MAX, 0 }, { 0, 0 } };

static void
make_items(void)
{
    for (int i = 0; i < ITEMS; i++) {
        struct record r = { .type = RECORD_TRADE,
                            .version = i,
                            .basis = (int8_t)(i == 1 ? BASIS_STATISTIC : BASIS_TRANSACTION),
                            .scope = SCOPE_WHOLE,
                            .flow = FLOW_EXPORT,
                            .kind = -1,
                            .province = PROVINCE_LN,
                            .partner = PARTNER_RU,
                            .currency = CURRENCY_CNY,
                            .minor = 1000 + i,
                            .from = i == 1 ? 19700 : 19730,
                            .day = 19730 };
        item_sizes[i] = item_pack(&r, items[i]);
        ck_assert(entry_is_sane(items[i], item_sizes[i]));
    }
}

/* ---- a small journal ------------------------------------------------------------ */

static struct version
version_number(uint64_t n)
{
    return n == 0 ? (struct version){ 0, 0 } : (struct version){ UINT64_C(0xABCDEF), n };
}

/* Bytes of one chunk under construction. */
struct chunk {
    uint8_t at[16 * 1024];
    size_t size;
};

static void
append(struct chunk *chunk, const struct journal_head *head, int item_count)
{
    struct journal_writer w = { 0 };
    struct text record;

    journal_begin(&w, head);
    for (int i = 0; i < item_count; i++)
        journal_add(&w, ids[i], items[i], item_sizes[i]);
    ck_assert_int_eq(journal_end(&w, &record, NULL), FAULT_NONE);
    ck_assert_uint_le(chunk->size + record.length, sizeof chunk->at);
    memcpy(chunk->at + chunk->size, record.at, record.length);
    chunk->size += record.length;
    journal_writer_release(&w);
}

static void
append_link(struct chunk *chunk, int flags, uint64_t version, uint64_t predecessor, int item_count)
{
    struct journal_head head = { .flags = (uint8_t)flags,
                                 .version = version_number(version),
                                 .predecessor = version_number(predecessor),
                                 .next = (int64_t)version * 10,
                                 .last_offset = (int64_t)version * 10 - 1,
                                 .last_hash = version * 77 };

    append(chunk, &head, item_count);
}

/* Three records in two chunks. */
struct small {
    struct chunk chunks[2];
    struct text texts[2];
    struct meta meta;
};

static void
small_make(struct small *s)
{
    memset(s, 0, sizeof *s);
    append_link(&s->chunks[0], JOURNAL_FIRST, 1, 0, 0);
    append_link(&s->chunks[0], 0, 2, 1, ITEMS);
    append_link(&s->chunks[1], 0, 3, 2, 1);
    for (int c = 0; c < 2; c++)
        s->texts[c] = (struct text){ (const char *)s->chunks[c].at, s->chunks[c].size };
    s->meta = (struct meta){ .exists = true,
                             .version = version_number(3),
                             .next = 30,
                             .chunk = 1,
                             .length = (int64_t)s->chunks[1].size };
}

struct seen {
    int records, items;
    uint64_t counters[RECORDS_MOST];
};

static enum fault
note(void *self, const struct journal_head *head, struct text rest, struct why *why)
{
    struct seen *seen = self;
    struct identity id;
    const uint8_t *item;
    size_t size;

    (void)why;
    ck_assert_int_lt(seen->records, RECORDS_MOST);
    seen->counters[seen->records++] = head->version.counter;
    for (int i = 0; journal_next(&rest, &id, &item, &size); i++, seen->items++) {
        ck_assert_uint_eq(id.high, ids[i].high);
        ck_assert_uint_eq(id.low, ids[i].low);
        ck_assert_uint_eq(size, item_sizes[i]);
        ck_assert_mem_eq(item, items[i], size);
    }
    ck_assert_uint_eq(rest.length, 0);
    return FAULT_NONE;
}

static enum fault
walk(const struct text *chunks, size_t count, const struct meta *meta, struct seen *seen)
{
    struct why why = { "", "" };
    enum fault fault = journal_walk(chunks, count, meta, note, seen, &why);

    ck_assert_int_eq(why.text[0] != '\0', fault != FAULT_NONE);
    if (fault != FAULT_NONE) { /* nothing was handed on */
        ck_assert_int_eq(fault, FAULT_JOURNAL_BROKEN);
        ck_assert_int_eq(seen->records, 0);
    }
    return fault;
}

/* ---- records ---------------------------------------------------------------------- */

START_TEST(a_record_is_read_as_it_was_written)
{
    struct journal_head head = { .flags = JOURNAL_FIRST | JOURNAL_PARTIAL,
                                 .version = { UINT64_MAX, 1 },
                                 .predecessor = { 5, UINT64_MAX },
                                 .next = INT64_MAX,
                                 .last_offset = -1,
                                 .last_hash = UINT64_C(0x8000000000000001),
                                 .alias_count = SCOPE_COUNT };
    struct chunk chunk = { .size = 0 };
    struct journal_head got;
    struct seen seen = { 0 };
    struct text rest;
    size_t bytes;

    for (int s = 0; s < SCOPE_COUNT; s++)
        head.aliases[s] = (struct journal_alias){ s, version_number((uint64_t)s + 1) };
    append(&chunk, &head, ITEMS);
    memset(chunk.at + chunk.size, 0xEE, 20); /* what follows is not looked at */
    ck_assert(journal_read(chunk.at, chunk.size + 20, &got, &rest, &bytes));
    ck_assert_uint_eq(bytes, chunk.size);
    ck_assert_uint_eq(got.flags, head.flags);
    ck_assert(version_equal(got.version, head.version));
    ck_assert(version_equal(got.predecessor, head.predecessor));
    ck_assert_int_eq(got.next, head.next);
    ck_assert_int_eq(got.last_offset, -1);
    ck_assert_uint_eq(got.last_hash, head.last_hash);
    ck_assert_int_eq(got.alias_count, SCOPE_COUNT);
    for (int s = 0; s < SCOPE_COUNT; s++) {
        ck_assert_int_eq(got.aliases[s].scope, s);
        ck_assert(version_equal(got.aliases[s].version, head.aliases[s].version));
    }
    ck_assert_uint_eq(got.item_count, ITEMS);
    ck_assert_int_eq(note(&seen, &got, rest, NULL), FAULT_NONE);
    ck_assert_int_eq(seen.items, ITEMS);
}
END_TEST

START_TEST(all_items_of_another_record_can_be_added)
{
    const struct journal_head head = { .flags = JOURNAL_FIRST, .version = version_number(1) };
    const struct journal_head other_head = { .version = version_number(2),
                                             .alias_count = 1,
                                             .aliases = { { SCOPE_ALL, version_number(1) } } };
    struct journal_writer w = { 0 }, other = { 0 };
    struct seen seen = { 0 };
    struct journal_head got;
    struct text record, rest;
    size_t bytes;

    journal_begin(&other, &other_head);
    journal_begin(&w, &head);
    journal_add_all(&w, &other); /* none */
    journal_add(&w, ids[0], items[0], item_sizes[0]);
    for (int i = 1; i < ITEMS; i++)
        journal_add(&other, ids[i], items[i], item_sizes[i]);
    ck_assert_int_eq(journal_end(&other, &record, NULL), FAULT_NONE);
    journal_add_all(&w, &other); /* also after its end */
    ck_assert_int_eq(journal_end(&w, &record, NULL), FAULT_NONE);
    ck_assert(journal_read((const uint8_t *)record.at, record.length, &got, &rest, &bytes));
    ck_assert_uint_eq(got.item_count, ITEMS);
    ck_assert_int_eq(note(&seen, &got, rest, NULL), FAULT_NONE);
    ck_assert_int_eq(seen.items, ITEMS);
    journal_writer_release(&w);
    journal_writer_release(&other);
}
END_TEST

START_TEST(progress_may_be_said_again)
{
    struct journal_head head = { .flags = JOURNAL_FIRST, .version = { 1, 1 } };
    struct journal_writer w = { 0 };
    struct text record, rest;
    size_t bytes;

    for (int round = 0; round < 2; round++) { /* the buffer is used again */
        journal_begin(&w, &head);
        journal_progress(&w, 5, 4, 3);
        journal_add(&w, ids[0], items[0], item_sizes[0]);
        journal_progress(&w, 50, 40, 30);
        ck_assert_int_eq(journal_end(&w, &record, NULL), FAULT_NONE);
        ck_assert(journal_read((const uint8_t *)record.at, record.length, &head, &rest, &bytes));
        ck_assert_int_eq(head.next, 50);
        ck_assert_int_eq(head.last_offset, 40);
        ck_assert_uint_eq(head.last_hash, 30);
        ck_assert_uint_eq(head.item_count, 1);
    }
    journal_writer_release(&w);
}
END_TEST

/* The bytes are the format that lies in Redis: they may not change. */
START_TEST(the_first_record_of_a_partition_is_these_bytes)
{
    struct journal_head head = { .flags = JOURNAL_FIRST,
                                 .version = { UINT64_C(0x0102030405060708), 9 },
                                 .next = 16,
                                 .last_offset = -1,
                                 .last_hash = 0 };
    static const uint8_t after_crc[] = {
        1,    8,    7,    6,    5,    4,    3,    2,    1, 9, 0, 0, 0, 0, 0, 0, 0, /* version */
        0,    0,    0,    0,    0,    0,    0,    0,    0, 0, 0, 0, 0, 0, 0, 0,    /* before */
        16,   0,    0,    0,    0,    0,    0,    0,                               /* next */
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,                            /* last */
        0,    0,    0,    0,    0,    0,    0,    0,                               /* its hash */
        0,                                                                         /* aliases */
        0,    0,    0,    0,                                                       /* items */
    };
    struct chunk chunk = { .size = 0 };
    uint32_t crc = crc32_of(0, after_crc, sizeof after_crc);

    append(&chunk, &head, 0);
    ck_assert_uint_eq(chunk.size, HEAD_BYTES + sizeof after_crc);
    ck_assert_uint_eq(chunk.at[0], sizeof after_crc + 4);
    ck_assert_uint_eq(chunk.at[1] | chunk.at[2] | chunk.at[3], 0);
    for (int i = 0; i < 4; i++)
        ck_assert_uint_eq(chunk.at[4 + i], crc >> (8 * i) & 255);
    ck_assert_mem_eq(chunk.at + HEAD_BYTES, after_crc, sizeof after_crc);
}
END_TEST

START_TEST(a_record_cut_anywhere_is_refused)
{
    struct small s;
    struct journal_head head;
    struct text rest;
    size_t bytes;

    small_make(&s);
    for (size_t size = 0; size < s.chunks[1].size; size++) {
        uint8_t *copy = malloc(size + 1); /* so that a read beyond it is seen */
        memcpy(copy + 1, s.chunks[1].at, size);
        ck_assert(!journal_read(copy + 1, size, &head, &rest, &bytes));
        free(copy);
    }
    ck_assert(journal_read(s.chunks[1].at, s.chunks[1].size, &head, &rest, &bytes));
}
END_TEST

/* Damage that the checksum knows nothing of: what the bytes say is judged too. */
static void
sign(struct chunk *chunk)
{
    uint32_t length = (uint32_t)chunk->size - 4;
    uint32_t crc = crc32_of(0, chunk->at + HEAD_BYTES, chunk->size - HEAD_BYTES);

    memcpy(chunk->at, &length, 4);
    memcpy(chunk->at + 4, &crc, 4);
}

static const struct {
    const char *name;
    size_t at, length; /* bytes to be written over */
    const char *bytes;
    int added; /* bytes at the end */
    bool good;
} forged[] = {
    { "as it was", 0, 0, "", 0, true },
    { "37 aliases", ALIASES_AT, 1, "\x25", 0, false },
    { "255 aliases", ALIASES_AT, 1, "\xFF", 0, false },
    { "one alias, its code of 255 bytes", ALIASES_AT, 2, "\x01\xFF", 0, false },
    { "one alias of no scope", ALIASES_AT, 5, "\x01\x03XXX", 0, false },
    { "one alias of the empty code", ALIASES_AT, 2, "\x01\0", 0, false },
    { "no items", ITEM_COUNT_AT, 4, "\0\0\0\0", 0, false },
    { "one item more", ITEM_COUNT_AT, 4, "\x04\0\0\0", 0, false },
    { "four thousand million items", ITEM_COUNT_AT, 4, "\xFF\xFF\xFF\xFF", 0, false },
    { "an item of length 0", ITEM_COUNT_AT + 20, 2, "\0\0", 0, false },
    { "an item of 65535 bytes", ITEM_COUNT_AT + 20, 2, "\xFF\xFF", 0, false },
    { "an item without a role", ITEM_COUNT_AT + 21, 2, "\0\0", 0, false },
    { "an item with a role that it can't have", ITEM_COUNT_AT + 22, 1, "\xFF", 0, false },
    { "an item of an unknown shape", ITEM_COUNT_AT + 24, 1, "\x03", 0, false },
    { "a byte too many", 0, 0, "", 1, false },
    { "an item header too many", 0, 0, "", 19, false },
};

START_TEST(a_record_is_read_only_when_it_makes_sense)
{
    struct chunk chunk = { .size = 0 };
    struct journal_head head;
    struct text rest;
    size_t bytes;

    append_link(&chunk, 0, 2, 1, ITEMS);
    ck_assert_uint_eq(chunk.at[ITEM_COUNT_AT], ITEMS);
    memcpy(chunk.at + forged[_i].at, forged[_i].bytes, forged[_i].length);
    chunk.size += (size_t)forged[_i].added;
    sign(&chunk);
    ck_assert_msg(journal_read(chunk.at, chunk.size, &head, &rest, &bytes) == forged[_i].good, "%s",
                  forged[_i].name);
}
END_TEST

START_TEST(a_record_cut_anywhere_is_refused_though_its_checksum_is_right)
{
    struct chunk chunk = { .size = 0 };
    struct journal_head head;
    struct text rest;
    size_t bytes;

    append_link(&chunk, 0, 2, 1, ITEMS);
    while (--chunk.size > HEAD_BYTES) {
        sign(&chunk);
        ck_assert_msg(!journal_read(chunk.at, chunk.size, &head, &rest, &bytes), "%zu bytes",
                      chunk.size);
    }
}
END_TEST

/* ---- the walk ------------------------------------------------------------------------ */

START_TEST(a_walk_hands_on_each_record_in_order)
{
    struct small s;
    struct seen seen = { 0 };

    small_make(&s);
    ck_assert_int_eq(walk(s.texts, 2, &s.meta, &seen), FAULT_NONE);
    ck_assert_int_eq(seen.records, 3);
    ck_assert_int_eq(seen.items, ITEMS + 1);
    for (uint64_t i = 0; i < 3; i++)
        ck_assert_uint_eq(seen.counters[i], i + 1);
}
END_TEST

START_TEST(of_the_last_chunk_only_what_meta_knows_is_looked_at)
{
    struct small s;
    struct seen seen = { 0 };

    small_make(&s);
    append_link(&s.chunks[1], 0, 4, 3, 0); /* its COMMIT is not in this meta */
    s.texts[1].length = s.chunks[1].size;
    ck_assert_int_eq(walk(s.texts, 2, &s.meta, &seen), FAULT_NONE);
    ck_assert_int_eq(seen.records, 3);
}
END_TEST

/* Rule 21: half a COMMIT, written over in part by the one that came instead. */
START_TEST(behind_the_end_of_an_earlier_chunk_anything_may_lie)
{
    struct chunk half = { .size = 0 };
    struct small s;

    append_link(&half, 0, 9, 8, ITEMS);
    for (size_t from = 0; from < half.size; from++) {
        struct seen seen = { 0 };

        small_make(&s);
        memcpy(s.chunks[0].at + s.chunks[0].size, half.at + from, half.size - from);
        s.texts[0].length += half.size - from;
        ck_assert_int_eq(walk(s.texts, 2, &s.meta, &seen), FAULT_NONE);
        ck_assert_int_eq(seen.records, 3);
    }
}
END_TEST

START_TEST(a_journal_with_any_byte_changed_is_refused)
{
    struct small s;

    small_make(&s);
    for (int c = 0; c < 2; c++) {
        for (size_t i = 0; i < s.chunks[c].size; i++) {
            for (int bit = 0; bit < 9; bit++) {
                struct seen seen = { 0 };
                uint8_t change = (uint8_t)(bit == 8 ? 0xFF : 1 << bit);

                s.chunks[c].at[i] ^= change;
                ck_assert_int_eq(walk(s.texts, 2, &s.meta, &seen), FAULT_JOURNAL_BROKEN);
                s.chunks[c].at[i] ^= change;
            }
        }
    }
}
END_TEST

START_TEST(a_journal_cut_anywhere_is_refused)
{
    struct small s;

    small_make(&s);
    for (int c = 0; c < 2; c++) {
        for (size_t size = 0; size < s.chunks[c].size; size++) {
            struct text texts[2] = { s.texts[0], s.texts[1] };
            struct meta meta = s.meta;
            struct seen seen = { 0 };

            texts[c].length = size;
            ck_assert_int_eq(walk(texts, 2, &meta, &seen), FAULT_JOURNAL_BROKEN);
            meta.length = c == 1 ? (int64_t)size : meta.length; /* and meta agrees */
            ck_assert_int_eq(walk(texts, 2, &meta, &seen), FAULT_JOURNAL_BROKEN);
        }
    }
}
END_TEST

START_TEST(a_journal_without_one_of_its_chunks_is_refused)
{
    struct text none = { NULL, 0 };
    struct small s;
    struct seen seen = { 0 };
    struct meta meta;

    small_make(&s);
    meta = s.meta;
    ck_assert_int_eq(walk(NULL, 0, &meta, &seen), FAULT_JOURNAL_BROKEN);
    ck_assert_int_eq(walk((struct text[]){ none, s.texts[1] }, 2, &meta, &seen),
                     FAULT_JOURNAL_BROKEN);
    ck_assert_int_eq(walk((struct text[]){ s.texts[0], none }, 2, &meta, &seen),
                     FAULT_JOURNAL_BROKEN);
    ck_assert_int_eq(walk((struct text[]){ s.texts[1], s.texts[0] }, 2, &meta, &seen),
                     FAULT_JOURNAL_BROKEN);
    meta.length = 0;
    ck_assert_int_eq(walk((struct text[]){ none, none }, 2, &meta, &seen), FAULT_JOURNAL_BROKEN);
}
END_TEST

START_TEST(a_journal_that_goes_elsewhere_than_meta_says_is_refused)
{
    struct small s;
    struct seen seen = { 0 };

    small_make(&s);
    s.meta.next = 31;
    ck_assert_int_eq(walk(s.texts, 2, &s.meta, &seen), FAULT_JOURNAL_BROKEN);
}
END_TEST

enum { F = JOURNAL_FIRST, P = JOURNAL_PARTIAL };

static const struct {
    const char *name;
    struct {
        int flags;
        uint64_t version, predecessor;
    } links[RECORDS_MOST];
    int count;
    uint64_t meta;
    bool good;
} chains[] = {
    { "one", { { F, 1, 0 } }, 1, 1, true },
    { "three", { { F, 1, 0 }, { 0, 2, 1 }, { 0, 3, 2 } }, 3, 3, true },
    { "compacted", { { F | P, 5, 0 }, { P, 6, 5 }, { 0, 7, 6 }, { 0, 8, 7 } }, 4, 8, true },
    { "nothing", { { 0, 0, 0 } }, 0, 1, false },
    { "the first is not marked", { { 0, 1, 0 } }, 1, 1, false },
    { "the first has a predecessor", { { F, 2, 1 } }, 1, 2, false },
    { "the first is missing", { { 0, 2, 1 }, { 0, 3, 2 } }, 2, 3, false },
    { "no version at all", { { F, 0, 0 } }, 1, 0, false },
    { "another first one in the middle", { { F, 1, 0 }, { F, 2, 1 } }, 2, 2, false },
    { "a second beginning", { { F, 1, 0 }, { F, 2, 0 } }, 2, 2, false },
    { "one is missing", { { F, 1, 0 }, { 0, 3, 2 } }, 2, 3, false },
    { "two of one parent", { { F, 1, 0 }, { 0, 2, 1 }, { 0, 3, 1 } }, 3, 3, false },
    { "the same twice", { { F, 1, 0 }, { 0, 2, 1 }, { 0, 2, 1 } }, 3, 2, false },
    { "in the wrong order", { { F, 1, 0 }, { 0, 3, 2 }, { 0, 2, 1 } }, 3, 2, false },
    { "no predecessor", { { F, 1, 0 }, { 0, 2, 0 } }, 2, 2, false },
    { "meta is ahead", { { F, 1, 0 }, { 0, 2, 1 } }, 2, 3, false },
    { "meta is behind", { { F, 1, 0 }, { 0, 2, 1 } }, 2, 1, false },
    { "partial at its end", { { F | P, 1, 0 } }, 1, 1, false },
    { "partial at the end of two", { { F | P, 1, 0 }, { P, 2, 1 } }, 2, 2, false },
};

START_TEST(a_chain_is_unbroken_from_its_first_record_to_metas_version)
{
    struct chunk chunk = { .size = 0 };
    struct meta meta = { .exists = true, .version = version_number(chains[_i].meta) };
    struct seen seen = { 0 };
    struct text text;
    enum fault wanted = chains[_i].good ? FAULT_NONE : FAULT_JOURNAL_BROKEN;

    for (int i = 0; i < chains[_i].count; i++)
        append_link(&chunk, chains[_i].links[i].flags, chains[_i].links[i].version,
                    chains[_i].links[i].predecessor, i % 2);
    text = (struct text){ (const char *)chunk.at, chunk.size };
    meta.length = (int64_t)chunk.size;
    meta.next = (int64_t)chains[_i].meta * 10;
    ck_assert_msg(walk(&text, 1, &meta, &seen) == wanted, "%s", chains[_i].name);
    if (chains[_i].good)
        ck_assert_int_eq(seen.records, chains[_i].count);
}
END_TEST

static enum fault
refuse_second(void *self, const struct journal_head *head, struct text rest, struct why *why)
{
    int *calls = self;

    (void)head, (void)rest;
    return ++*calls == 2 ? why_set(why, FAULT_NO_MEMORY, "enough") : FAULT_NONE;
}

START_TEST(a_fault_of_the_sink_ends_the_walk)
{
    struct small s;
    int calls = 0;

    small_make(&s);
    ck_assert_int_eq(journal_walk(s.texts, 2, &s.meta, refuse_second, &calls, NULL),
                     FAULT_NO_MEMORY);
    ck_assert_int_eq(calls, 2);
}
END_TEST

/* What was handed on before the damage was met counts for nothing. */
START_TEST(a_chain_hands_on_each_record_as_it_comes)
{
    struct small s;
    struct seen seen = { 0 };
    struct journal_chain chain = { .meta = &s.meta, .sink = note, .self = &seen };

    small_make(&s);
    ck_assert_int_eq(journal_chain_chunk(&chain, s.texts[0], NULL), FAULT_NONE);
    ck_assert_int_eq(seen.records, 2);
    ck_assert_int_eq(journal_chain_end(&chain, NULL), FAULT_JOURNAL_BROKEN);
    ck_assert_int_eq(journal_chain_chunk(&chain, s.texts[1], NULL), FAULT_NONE);
    ck_assert_int_eq(seen.records, 3);
    ck_assert_int_eq(journal_chain_end(&chain, NULL), FAULT_NONE);
    chain = (struct journal_chain){ .meta = &s.meta, .sink = note, .self = &seen };
    seen.records = 0;
    s.chunks[0].at[s.chunks[0].size - 1] ^= 1; /* the second record */
    ck_assert_int_eq(journal_chain_chunk(&chain, s.texts[0], NULL), FAULT_NONE);
    ck_assert_int_eq(seen.records, 1); /* the next chunk tells whether that was all */
    ck_assert_int_eq(journal_chain_chunk(&chain, s.texts[1], NULL), FAULT_JOURNAL_BROKEN);
    ck_assert_int_eq(seen.records, 1);
}
END_TEST

/* What is changed in the small journal, and which place is named then. */
static const struct {
    bool cut[2]; /* the last byte of the chunk is another one */
    bool other;  /* chunk 1 begins with a record that follows another one */
    int named;
    bool follows; /* it was read, and does not follow */
} damages[] = {
    { { true, false }, false, 0, false }, { { false, true }, false, 1, false },
    { { true, true }, false, 0, false },  { { false, false }, true, 1, true },
    { { true, false }, true, 0, false },
};

START_TEST(what_is_said_of_a_broken_journal_names_the_place)
{
    struct chunk first = { .size = 0 };
    struct small s;
    struct why why = { "", "" };
    char wanted[128];

    append_link(&first, JOURNAL_FIRST, 1, 0, 0);
    small_make(&s);
    if (damages[_i].other) {
        s.chunks[1].size = 0;
        append_link(&s.chunks[1], 0, 3, 7, 1);
    }
    for (int c = 0; c < 2; c++)
        s.chunks[c].at[s.chunks[c].size - 1] ^= damages[_i].cut[c];
    ck_assert_int_eq(journal_walk(s.texts, 2, &s.meta, NULL, NULL, &why), FAULT_JOURNAL_BROKEN);
    if (damages[_i].follows)
        (void)snprintf(wanted, sizeof wanted,
                       "journal chunk %d: a record does not follow the one before",
                       damages[_i].named);
    else
        (void)snprintf(wanted, sizeof wanted,
                       "journal chunk %d: a record is cut or damaged %zu bytes before its end",
                       damages[_i].named,
                       damages[_i].named == 0 ? s.chunks[0].size - first.size : s.chunks[1].size);
    ck_assert_str_eq(why.text, wanted);
}
END_TEST

/* ---- meta ------------------------------------------------------------------------------ */

static const char *const good_meta[META_FIELDS] = {
    [META_VER] = "0123456789abcdef.42",
    [META_NEXT] = "1000",
    [META_GEN] = "0123456789abcdef.1",
    [META_CHUNK] = "3",
    [META_LEN] = "77",
    [META_SEED] = "00ff00ff00ff00ff",
    [META_ALG] = "1",
    [META_PARTITIONS] = "12",
    [META_WINDOWS] = "1d,7d,31d",
    [META_SCHEMAS] = "2",
};

START_TEST(meta_is_read)
{
    struct text values[META_FIELDS];
    struct meta meta;

    for (int i = 0; i < META_FIELDS; i++)
        values[i] = text_of(good_meta[i]);
    ck_assert_int_eq(meta_read(values, &meta, NULL), FAULT_NONE);
    ck_assert(meta.exists);
    ck_assert_uint_eq(meta.version.start, UINT64_C(0x0123456789abcdef));
    ck_assert_uint_eq(meta.version.counter, 42);
    ck_assert_int_eq(meta.next, 1000);
    ck_assert_str_eq(meta.generation, "0123456789abcdef.1");
    ck_assert_int_eq(meta.chunk, 3);
    ck_assert_int_eq(meta.length, 77);
    ck_assert_uint_eq(meta.seed, UINT64_C(0x00ff00ff00ff00ff));
    ck_assert_int_eq(meta.algorithm, 1);
    ck_assert_int_eq(meta.partitions, 12);
    ck_assert_str_eq(meta.windows, "1d,7d,31d");
}
END_TEST

START_TEST(no_meta_at_all_is_no_fault)
{
    struct text values[META_FIELDS] = { { NULL, 0 } };
    struct meta meta = { .exists = true };

    ck_assert_int_eq(meta_read(values, &meta, NULL), FAULT_NONE);
    ck_assert(!meta.exists);
    ck_assert(version_is_none(meta.version));
}
END_TEST

#define BYTES(literal) { literal, sizeof(literal) - 1 }

static const struct {
    enum meta_field field;
    struct text value;
    bool good;
} fields[] = {
    { META_VER, { NULL, 0 }, false },
    { META_SCHEMAS, { NULL, 0 }, true },
    { META_SCHEMAS, BYTES(""), false },
    { META_SCHEMAS, BYTES("x"), false },
    { META_VER, BYTES(""), false },
    { META_VER, BYTES("0123456789abcdef"), false },
    { META_VER, BYTES("!0123456789abcdef.42"), false },
    { META_NEXT, BYTES("0"), true },
    { META_NEXT, BYTES("999999999999999999"), true },
    { META_NEXT, BYTES("1000000000000000000"), false },
    { META_NEXT, BYTES("-1"), false },
    { META_NEXT, BYTES("1 "), false },
    { META_NEXT, BYTES(""), false },
    { META_NEXT, { NULL, 0 }, false },
    { META_GEN, BYTES(""), false },
    { META_GEN, BYTES("0123456789abcdef.18446744073709551615"), true },
    { META_GEN, BYTES("0123456789abcdef.184467440737095516150"), false },
    { META_GEN, BYTES("0123456789abcdef.1\0002"), false },
    { META_CHUNK, BYTES("1.5"), false },
    { META_CHUNK, BYTES("0x1"), false },
    { META_LEN, BYTES("+7"), false },
    { META_LEN, { NULL, 0 }, false },
    { META_SEED, BYTES("0"), true },
    { META_SEED, BYTES("ffffffffffffffff"), true },
    { META_SEED, BYTES(""), false },
    { META_SEED, BYTES("0ffffffffffffffff"), false },
    { META_SEED, BYTES(" 1"), false },
    { META_SEED, BYTES("-1"), false },
    { META_SEED, BYTES("+1"), false },
    { META_SEED, BYTES("0x1f"), false },
    { META_SEED, BYTES("0x"), false },
    { META_SEED, BYTES("12\00034"), false },
    { META_SEED, BYTES("12g"), false },
    { META_ALG, BYTES("one"), false },
    { META_PARTITIONS, { NULL, 0 }, false },
    { META_WINDOWS, BYTES(""), false },
    { META_WINDOWS, BYTES("1d\000,7d"), false },
};

START_TEST(one_bad_field_makes_meta_bad)
{
    struct text values[META_FIELDS];
    struct meta meta = { .next = -7 };
    struct why why = { "", "" };

    for (int i = 0; i < META_FIELDS; i++)
        values[i] = text_of(good_meta[i]);
    values[fields[_i].field] = fields[_i].value;
    ck_assert_int_eq(meta_read(values, &meta, &why),
                     fields[_i].good ? FAULT_NONE : FAULT_JOURNAL_BROKEN);
    if (!fields[_i].good) {
        ck_assert_ptr_nonnull(strstr(why.text, meta_field_names[fields[_i].field]));
        ck_assert_int_eq(meta.next, -7);
    }
}
END_TEST

START_TEST(a_long_bad_field_is_shown_by_its_beginning)
{
    struct text values[META_FIELDS];
    struct meta meta;
    struct why why = { "", "" };
    char nonsense[128];

    memset(nonsense, 'z', sizeof nonsense);
    for (int i = 0; i < META_FIELDS; i++)
        values[i] = text_of(good_meta[i]);
    values[META_SEED] = (struct text){ nonsense, sizeof nonsense };
    ck_assert_int_eq(meta_read(values, &meta, &why), FAULT_JOURNAL_BROKEN);
    ck_assert_ptr_nonnull(strstr(why.text, "'zzz"));
}
END_TEST

#define COUNT(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))

int
main(void)
{
    Suite *suite = suite_create("journal");
    TCase *tcase = tcase_create("journal");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, make_items, NULL);
    tcase_add_test(tcase, a_record_is_read_as_it_was_written);
    tcase_add_test(tcase, progress_may_be_said_again);
    tcase_add_test(tcase, the_first_record_of_a_partition_is_these_bytes);
    tcase_add_test(tcase, a_record_cut_anywhere_is_refused);
    tcase_add_test(tcase, a_record_cut_anywhere_is_refused_though_its_checksum_is_right);
    tcase_add_loop_test(tcase, a_record_is_read_only_when_it_makes_sense, 0, COUNT(forged));
    tcase_add_test(tcase, a_walk_hands_on_each_record_in_order);
    tcase_add_test(tcase, of_the_last_chunk_only_what_meta_knows_is_looked_at);
    tcase_add_test(tcase, behind_the_end_of_an_earlier_chunk_anything_may_lie);
    tcase_add_test(tcase, a_journal_with_any_byte_changed_is_refused);
    tcase_add_test(tcase, a_journal_cut_anywhere_is_refused);
    tcase_add_test(tcase, a_journal_without_one_of_its_chunks_is_refused);
    tcase_add_test(tcase, a_journal_that_goes_elsewhere_than_meta_says_is_refused);
    tcase_add_loop_test(tcase, a_chain_is_unbroken_from_its_first_record_to_metas_version, 0,
                        COUNT(chains));
    tcase_add_test(tcase, a_fault_of_the_sink_ends_the_walk);
    tcase_add_test(tcase, a_chain_hands_on_each_record_as_it_comes);
    tcase_add_loop_test(tcase, what_is_said_of_a_broken_journal_names_the_place, 0, COUNT(damages));
    tcase_add_test(tcase, all_items_of_another_record_can_be_added);
    tcase_add_test(tcase, meta_is_read);
    tcase_add_test(tcase, no_meta_at_all_is_no_fault);
    tcase_add_loop_test(tcase, one_bad_field_makes_meta_bad, 0, COUNT(fields));
    tcase_add_test(tcase, a_long_bad_field_is_shown_by_its_beginning);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
