/* two_journals.h - a real Redis that holds two small journals and, written out by hand,
 * what they add up to; for tests of programs that read both.
 */
#ifndef TESTS_UNIT_TWO_JOURNALS_H
#define TESTS_UNIT_TWO_JOURNALS_H

#include "ledger/journal.h"
#include "lookup/lookup.h"
#include "own_redis.h"

/* The world: partition trade-events/0 knows an export of 100 CNY from Liaoning
 * to Russia on 2023-09-05 (from version 1.1 on) and an import of 5 t from North
 * Korea on 2024-01-30 (from 1.2 on); agreements/0 is empty (2.1). */
#define V1 "0000000000000001.1"
#define V2 "0000000000000001.2"
#define V3 "0000000000000001.3"
#define A1 "0000000000000002.1"
#define DAY "2024-01-31"

/* The test's clock: 2024-01-31 14:03:05 in China, two seconds after THROUGH. */
#define NOW INT64_C(1706680985000)
#define THROUGH "1706680983000"

static inline int64_t
now_ms(void)
{
    return NOW;
}

static struct store *store;

/* ---- journals ------------------------------------------------------------------ */

static inline size_t
pack(const char *const *fields, uint8_t out[ITEM_BYTES_MOST])
{
    static struct draft draft;
    struct record record;
    struct why why = { 0 };

    draft_reset(&draft, RECORD_TRADE);
    for (; *fields != NULL; fields += 2) {
        int field = field_find(text_of(fields[0]));
        ck_assert_int_ge(field, 0);
        draft_text(&draft, (enum field)field, text_of(fields[1]));
    }
    ck_assert_msg(record_settle(&draft, &record, &why) == FAULT_NONE, "%s", why.text);
    return item_pack(&record, out);
}

static inline size_t
pack_number(int number, uint8_t out[ITEM_BYTES_MOST])
{
    static const char *const exported[] = {
        "id",       "a",      "basis",       "TRANSACTION",
        "province", "CN-LN",  "partner",     "RU",
        "flow",     "EXPORT", "value",       "100",
        "currency", "CNY",    "occurred_at", "2023-09-05T12:00:00+08:00",
        NULL
    };
    static const char *const imported[] = {
        "id",       "b",      "basis",       "TRANSACTION",
        "province", "CN-LN",  "partner",     "KP",
        "flow",     "IMPORT", "quantity",    "5",
        "unit",     "TNE",    "occurred_at", "2024-01-30T12:00:00+08:00",
        NULL
    };

    return pack(number == 1 ? exported : imported, out);
}

/* Append one record to a chunk: the items numbered from..to are in it. */
static inline size_t
append(const char *key, const struct journal_head *head, int from, int to)
{
    struct journal_writer writer = { 0 };
    const struct store_way way = store_way(store);
    struct text record = { NULL, 0 };
    struct answer answer;
    uint8_t item[ITEM_BYTES_MOST];

    journal_begin(&writer, head);
    for (int i = from; i <= to; i++) {
        size_t size = pack_number(i, item);
        journal_add(&writer, (struct identity){ (uint64_t)i, 7 }, item, size);
    }
    ck_assert_int_eq(journal_end(&writer, &record, NULL), FAULT_NONE);
    const struct text args[] = { TEXT_LITERAL("APPEND"), text_of(key), record };
    ck_assert_int_eq(
        way.run(way.self, &(struct command){ .args = args, .count = 3 }, 1, &answer, NULL),
        FAULT_NONE);
    journal_writer_release(&writer);
    return (size_t)answer.integer;
}

static inline void
write_meta(const char *name, const char *version, const char *generation, const char *chunk,
           size_t length)
{
    char key[96], bytes[24], alg[16];

    (void)snprintf(key, sizeof key, "tt:{%s}:meta", name);
    (void)snprintf(alg, sizeof alg, "%d", PARTS_ALGORITHM);
    (void)snprintf(bytes, sizeof bytes, "%zu", length);
    DO(store, "DEL", key);
    DO(store, "HSET", key, "ver", version, "next", "0", "gen", generation, "chunk", chunk, "len",
       bytes, "seed", "7", "alg", alg, "partitions", "1", "windows", WINDOWS_DEFAULT);
}

static inline void
write_journals(void)
{
    const struct version v1 = { 1, 1 }, v2 = { 1, 2 }, a1 = { 2, 1 };
    const struct journal_head first = { .flags = JOURNAL_FIRST, .version = v1, .last_offset = -1 };
    const struct journal_head second = { .version = v2, .predecessor = v1 };
    const struct journal_head empty = { .flags = JOURNAL_FIRST, .version = a1, .last_offset = -1 };

    (void)append("tt:{trade-events/0}:journal:g:0", &first, 1, 1);
    write_meta("trade-events/0", V2, "g", "1",
               append("tt:{trade-events/0}:journal:g:1", &second, 2, 2));
    write_meta("agreements/0", A1, "g", "0", append("tt:{agreements/0}:journal:g:0", &empty, 1, 0));
}

/* ---- scopes ----------------------------------------------------------------------- */

static inline void
write_total(const char *scope, const char *rest, const char *field, const char *value)
{
    char key[96], index[64];

    (void)snprintf(key, sizeof key, "tt:{%s}:%s", scope, rest);
    (void)snprintf(index, sizeof index, "tt:{%s}:index", scope);
    if (strncmp(rest, "top:", 4) == 0)
        DO(store, "ZADD", key, value, field);
    else
        DO(store, "HSET", key, field, value);
    DO(store, "SADD", index, key);
}

static inline void
write_totals(const char *scope)
{
    static const char *const export_windows[] = { "366d", "2023", "all" };
    static const char *const import_windows[] = { "7d", "31d", "92d", "366d", "2024", "all" };
    static const char *const pairs[2][2] = { { "RU", "KP" }, { "ALL", "ALL" } };
    char rest[64];

    for (int p = 0; p < 2; p++) {
        for (size_t i = 0; i < 3; i++) {
            (void)snprintf(rest, sizeof rest, "%s:%s", pairs[p][0], export_windows[i]);
            write_total(scope, rest, "deals.export.CNY", "10000");
            write_total(scope, rest, "deals.export.events", "1");
        }
        for (size_t i = 0; i < 6; i++) {
            (void)snprintf(rest, sizeof rest, "%s:%s", pairs[p][1], import_windows[i]);
            write_total(scope, rest, "deals.import.qty.TNE", "5000");
            write_total(scope, rest, "deals.import.events", "1");
        }
        (void)snprintf(rest, sizeof rest, "%s:months", pairs[p][0]);
        write_total(scope, rest, "2023-09|deals.export.CNY", "10000");
        write_total(scope, rest, "2023-09|deals.export.events", "1");
        (void)snprintf(rest, sizeof rest, "%s:months", pairs[p][1]);
        write_total(scope, rest, "2024-01|deals.import.qty.TNE", "5000");
        write_total(scope, rest, "2024-01|deals.import.events", "1");
    }
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(rest, sizeof rest, "top:%s:deals.export.CNY", export_windows[i]);
        write_total(scope, rest, "RU", "10000");
    }
}
static inline void
write_tags(int scope, const char *trade, const char *agreements)
{
    char key[KEY_BYTES];

    (void)key_scope("tt:", scope, "tags", key);
    DO(store, "HSET", key, "trade-events/0", trade, "agreements/0", agreements);
}

static inline void
set_up(void)
{
    own_redis_set_up();
    store = own_redis_open(own_redis.url, 0);
    write_journals();
    for (int s = 0; s < SCOPE_COUNT; s++) {
        char key[KEY_BYTES];
        (void)key_scope("tt:", s, "asof", key);
        DO(store, "HSET", key, "day", DAY, "updated", "1", "version", "1", "complete", "1",
           "through", THROUGH);
        write_tags(s, V2 "@" DAY, A1 "@" DAY);
    }
    write_totals("CN-LN");
    write_totals("ALL");
}

static inline void
tear_down(void)
{
    store_free(store);
    own_redis_tear_down();
}

#endif
