#include <check.h>
#include <stdlib.h>

#include "aggregator/push_inside.h"

/* Read back as push.lua reads it: what every argument must be. */

enum { NOW_MS = 1706700000, DAY = 19753 /* 2024-01-31 */, FIXED_KEYS = 5 };

static int64_t
now_ms(void *self)
{
    (void)self;
    return NOW_MS;
}

static struct aggregator a;
static struct cells cells;

static void
set_up(void)
{
    a = (struct aggregator){ .settings = settings_default() };
    a.world.clock.wall_ms = now_ms;
    a.entering.dims = dim_table_new();
    aggregator_join(&a);
    scripts_load(a.wire.scripts);
    cells = (struct cells){ 0 };
}

static void
tear_down(void)
{
    cells_release(&cells);
    calls_release(&a.wire.calls);
    dim_table_free(a.entering.dims);
}

static void
add(int partner, enum spread spread, const char *chapter, uint32_t measure, int64_t amount)
{
    struct dim dim = { .form = chapter == NULL ? DIM_NONE : DIM_PLACE, .text = text_of(chapter) };
    struct part part = { .province = PROVINCE_LN,
                         .partner = (int16_t)partner,
                         .spread = (uint8_t)spread,
                         .span = 1,
                         .day = DAY - 50, /* in 92d and 366d */
                         .measure = measure };
    struct row row = row_make(&part, dim_table_number(a.entering.dims, &dim), amount);

    cells_add(&cells, PROVINCE_LN, &a.settings.windows, DAY, row.where, row.what, amount, +1);
}

/* One argument after the other. */
struct reading {
    const struct text *args;
    size_t at, count;
};

static struct text
next(struct reading *r)
{
    ck_assert_uint_lt(r->at, r->count);
    return r->args[r->at++];
}

static void
expect(struct reading *r, const char *wanted)
{
    struct text t = next(r);

    ck_assert_msg(text_equal(t, text_of(wanted)), "argument %zu is '%.*s', not '%s'", r->at - 1,
                  (int)t.length, t.at, wanted);
}

static size_t
number(struct reading *r)
{
    struct text t = next(r);
    size_t n = 0;

    for (size_t i = 0; i < t.length; i++) {
        ck_assert('0' <= t.at[i] && t.at[i] <= '9');
        n = n * 10 + (size_t)(t.at[i] - '0');
    }
    return n;
}

static struct reading
reading_of_push(size_t command)
{
    size_t first = 0;

    for (size_t i = 0; i < command; i++)
        first += a.wire.calls.commands[i].count;
    return (struct reading){ a.wire.calls.args + first, 0, a.wire.calls.commands[command].count };
}

static struct move
move_of(struct partition *p, const char *name, uint64_t from, uint64_t to)
{
    (void)snprintf(p->name, sizeof p->name, "%s", name);
    return (struct move){ .partition = p,
                          .from = tag_plain((struct moment){ { from == 0 ? 0 : 1, from }, DAY }),
                          .to = tag_plain((struct moment){ { 1, to }, DAY }) };
}

START_TEST(a_push_without_cells_moves_tags_only)
{
    struct partition p = { 0 }, q = { 0 };
    struct move moves[] = { move_of(&p, "trade-events/3", 0, 7),
                            move_of(&q, "agreements/11", 5, 8) };
    static const char *const wanted[] = {
        "5",
        "tt:{CN-LN}:tags",
        "tt:{CN-LN}:index",
        "tt:{CN-LN}:asof",
        "tt:{CN-LN}:changes",
        "tt:{CN-LN}:told",
        "1706700000",
        "2024-01-31",
        "24",
        "",
        "2",
        "trade-events/3",
        "",
        "0000000000000001.7@2024-01-31",
        "0",
        "agreements/11",
        "0000000000000001.5@2024-01-31",
        "0000000000000001.8@2024-01-31",
        "77",
        "0",
    };
    struct reading r;

    q.version =
        (struct version){ 1, 8 }; /* the move of the other leads to no version that is known */
    q.next = 77;
    push_call(&a.pushing, PROVINCE_LN, moves, 2, DAY, NULL, 0);
    ck_assert_uint_eq(a.wire.calls.count, 1);
    ck_assert(text_equal(a.wire.calls.commands[0].key, TEXT_LITERAL("tt:{CN-LN}:tags")));
    ck_assert_ptr_eq(a.wire.calls.commands[0].script, &a.wire.scripts[SCRIPT_PUSH]);
    r = reading_of_push(0);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        expect(&r, wanted[i]);
    ck_assert_uint_eq(r.at, r.count);
}
END_TEST

static bool
has(const struct text *keys, size_t count, struct text key)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(keys[i], key))
            return true;
    return false;
}

struct list {
    size_t count;
    struct text fields[8];
    size_t ranks[8];
};

static size_t
read_lists(struct reading *r, struct list *lists)
{
    size_t count = number(r);

    for (size_t l = 0; l < count; l++) {
        struct list *list = &lists[l];
        size_t ranked;
        bool all_short, are_short = true;

        *list = (struct list){ .count = number(r) };
        ck_assert_uint_gt(list->count, 0);
        ck_assert_uint_le(list->count, 8);
        all_short = number(r) == 1;
        ranked = number(r);
        for (size_t i = 0; i < list->count; i++) {
            struct text difference;
            list->fields[i] = next(r);
            difference = next(r);
            ck_assert(!text_equal(difference, TEXT_LITERAL("0")));
            are_short = are_short && difference.length <= 15;
        }
        ck_assert_int_eq(all_short, are_short);
        for (size_t i = 0, last = 0; i < ranked; i++) {
            size_t at = number(r);
            ck_assert(last < at && at <= list->count);
            list->ranks[at - 1] = number(r);
            last = at;
        }
    }
    return count;
}

static bool
ends_with(struct text t, struct text end)
{
    return t.length >= end.length && memcmp(t.at + t.length - end.length, end.at, end.length) == 0;
}

/* A field of a hash has a ranking if it is money or `agreements` of a pair, not of
 * a group and not qualified, and its ranking is tt:{CN-LN}:top:92d:export.CNY of tt:{CN-LN}:RU:92d.
 */
static void
check_ranking(struct text field, size_t rank, size_t base, struct text key, const struct text *keys,
              size_t key_count, bool *used)
{
    bool ranked = text_equal(field, TEXT_LITERAL("export.CNY")) ||
                  text_equal(field, TEXT_LITERAL("deals.export.CNY")) ||
                  text_equal(field, TEXT_LITERAL("agreements"));
    struct text ranking;

    if (base == 0)
        return;
    ck_assert_int_eq(rank > 0, ranked);
    if (!ranked)
        return;
    ck_assert_uint_le(base + rank, key_count);
    ranking = keys[base + rank - 1];
    used[base + rank - 1] = true;
    ck_assert_ptr_nonnull(memmem(ranking.at, ranking.length, ":top:", 5));
    ck_assert(ends_with(ranking, field));
    ck_assert_mem_eq(ranking.at + 15, key.at + 14, key.length - 14);
}

/* The hashes of a push: each key once, in order, its fields, and the ranking
 * that belongs to each. */
static void
read_hashes(struct reading *r, const struct text *keys, size_t key_count, bool *used)
{
    struct list lists[32];
    size_t list_count = read_lists(r, lists);

    for (size_t key = FIXED_KEYS; r->at < r->count; key++) {
        size_t list = number(r), base = number(r);
        bool is_pair = memmem(keys[key].at, keys[key].length, "detail", 6) == NULL &&
                       memmem(keys[key].at, keys[key].length, "months", 6) == NULL &&
                       memmem(keys[key].at, keys[key].length, ":WORLD:", 7) == NULL &&
                       memmem(keys[key].at, keys[key].length, ":ALL:", 5) == NULL;

        ck_assert_uint_lt(key, key_count);
        ck_assert(1 <= list && list <= list_count);
        ck_assert_int_eq(base > 0, is_pair);
        used[key] = true;
        if (base > 0) {
            struct text partner = next(r);
            ck_assert_ptr_nonnull(
                memmem(keys[key].at, keys[key].length, partner.at, partner.length));
        }
        for (size_t i = 0; i < lists[list - 1].count; i++)
            check_ranking(lists[list - 1].fields[i], lists[list - 1].ranks[i], base, keys[key],
                          keys, key_count, used);
    }
}

START_TEST(every_cell_stands_once_under_its_hash_with_its_ranking)
{
    uint32_t yuan = measure_make(FLOW_EXPORT, MEASURE_MONEY, CURRENCY_CNY);
    uint32_t events = measure_make(FLOW_EXPORT, MEASURE_EVENTS, 0);
    uint32_t agreements = measure_make(FAMILY_AGREEMENTS, MEASURE_COUNT, 0);
    uint32_t deals = measure_make(FAMILY_DEALS + FLOW_EXPORT, MEASURE_MONEY, CURRENCY_CNY);
    struct partition p = { 0 };
    struct move move = move_of(&p, "trade-events/0", 1, 2);
    bool used[128] = { false };
    const struct text *keys;
    struct reading r;
    size_t count, key_count;

    add(PARTNER_RU, SPREAD_ALL, NULL, yuan, 500);
    add(PARTNER_RU, SPREAD_ALL, NULL, events, 1);
    add(PARTNER_RU, SPREAD_ALL, "87", yuan, 500);
    add(PARTNER_RU, SPREAD_ALL, NULL, measure_beside(yuan, MEASURE_DERIVED_MONEY), 20);
    add(PARTNER_RU, SPREAD_HERE, NULL, measure_beside(yuan, MEASURE_DAYS_MONEY), 31);
    add(PARTNER_RU, SPREAD_ALL, NULL, deals, 5);
    add(PARTNER_WORLD, SPREAD_PAIRS, NULL, yuan, 700);
    add(PARTNER_KZ, SPREAD_HERE, NULL, agreements, -3);
    add(PARTNER_KZ, SPREAD_HERE, NULL, yuan, 10);
    count = cells_sort(&cells);
    push_call(&a.pushing, PROVINCE_LN, &move, 1, DAY, cells.sums.table, count);
    ck_assert(!a.wire.calls.failed);
    ck_assert_int_eq(a.counts.cells, (int64_t)count);
    r = reading_of_push(0);
    key_count = number(&r);
    keys = r.args + r.at;
    r.at += key_count;
    ck_assert_uint_le(key_count, sizeof used / sizeof used[0]);
    ck_assert(has(keys, key_count, TEXT_LITERAL("tt:{CN-LN}:RU:92d")));
    ck_assert(has(keys, key_count, TEXT_LITERAL("tt:{CN-LN}:RU:92d:detail")));
    ck_assert(has(keys, key_count, TEXT_LITERAL("tt:{CN-LN}:ALL:2023:detail")));
    ck_assert(has(keys, key_count, TEXT_LITERAL("tt:{CN-LN}:KZ:months")));
    ck_assert(has(keys, key_count, TEXT_LITERAL("tt:{CN-LN}:top:all:agreements")));
    ck_assert(has(keys, key_count, TEXT_LITERAL("tt:{CN-LN}:top:92d:deals.export.CNY")));
    ck_assert(has(keys, key_count, TEXT_LITERAL("tt:{CN-LN}:WORLD:92d")));
    ck_assert(!has(keys, key_count, TEXT_LITERAL("tt:{CN-LN}:top:all:export.events")));
    ck_assert(!has(keys, key_count, TEXT_LITERAL("tt:{CN-LN}:top:all:export.derived.CNY")));
    ck_assert(!has(keys, key_count, TEXT_LITERAL("tt:{CN-LN}:top:all:export.days.CNY")));
    ck_assert(!has(keys, key_count, TEXT_LITERAL("tt:{CN-LN}:RU:31d")));
    for (size_t i = 0; i < key_count; i++)
        for (size_t k = 0; k < i; k++)
            ck_assert(!text_equal(keys[i], keys[k]));
    expect(&r, "1706700000");
    expect(&r, "2024-01-31");
    expect(&r, "24");
    { /* who was touched, in the order of the table */
        struct text partners = next(&r);
        ck_assert_ptr_nonnull(memmem(partners.at, partners.length, "RU", 2));
        ck_assert_ptr_nonnull(memmem(partners.at, partners.length, "KZ", 2));
        ck_assert_ptr_nonnull(memmem(partners.at, partners.length, "ALL", 3));
        ck_assert_uint_eq(partners.length, strlen("KZ RU WORLD ALL"));
    }
    expect(&r, "1");
    expect(&r, "trade-events/0");
    expect(&r, "0000000000000001.1@2024-01-31");
    expect(&r, "0000000000000001.2@2024-01-31");
    expect(&r, "0");
    for (int i = 0; i < FIXED_KEYS; i++)
        used[i] = true;
    read_hashes(&r, keys, key_count, used);
    for (size_t i = 0; i < key_count; i++) /* all pairs of window and measure have one */
        ck_assert_msg(used[i] || memmem(keys[i].at, keys[i].length, ":top:", 5) != NULL,
                      "key %.*s is not used", (int)keys[i].length, keys[i].at);
}
END_TEST

START_TEST(windows_that_change_alike_share_a_list)
{
    static const struct {
        wide_t amount;
        const char *all_short;
    } amounts[] = {
        { INT64_C(999999999999999), "1" },
        { INT64_C(1000000000000000), "0" },
        { -INT64_C(99999999999999), "1" },
        { -INT64_C(100000000000000), "0" },
    };
    uint32_t yuan = measure_make(FLOW_EXPORT, MEASURE_MONEY, CURRENCY_CNY);
    struct partition p = { 0 };
    struct move move = move_of(&p, "trade-events/0", 1, 2);
    struct reading r;

    add(PARTNER_RU, SPREAD_HERE, NULL, yuan, (int64_t)amounts[_i].amount);
    push_call(&a.pushing, PROVINCE_LN, &move, 1, DAY, cells.sums.table, cells_sort(&cells));
    r = reading_of_push(0);
    r.at = number(&r) + 1 + 4 + 5;
    expect(&r, "2"); /* of 92d, 366d, 2023 and all; and of months */
    expect(&r, "1");
    expect(&r, amounts[_i].all_short);
    expect(&r, "1");
    expect(&r, "export.CNY");
}
END_TEST

START_TEST(all_partners_fit)
{
    uint32_t yuan = measure_make(FLOW_EXPORT, MEASURE_MONEY, CURRENCY_CNY);
    struct partition p = { 0 };
    struct move move = move_of(&p, "trade-events/0", 1, 2);
    struct reading r;
    struct text partners;
    size_t length = strlen("ALL");

    for (int partner = 0; partner < PARTNER_COUNT; partner++) {
        add(partner, SPREAD_ALL, NULL, yuan, 1);
        length += strlen(partner_code(partner)) + 1; /* and a blank */
    }
    push_call(&a.pushing, PROVINCE_LN, &move, 1, DAY, cells.sums.table, cells_sort(&cells));
    r = reading_of_push(0);
    r.at = number(&r) + 1 + 3;
    partners = next(&r);
    ck_assert_uint_eq(partners.length, length);
    ck_assert_mem_eq(partners.at + partners.length - 4, " ALL", 4);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("push_wire");
    TCase *tcase = tcase_create("push_wire");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_push_without_cells_moves_tags_only);
    tcase_add_test(tcase, every_cell_stands_once_under_its_hash_with_its_ranking);
    tcase_add_loop_test(tcase, windows_that_change_alike_share_a_list, 0, 4);
    tcase_add_test(tcase, all_partners_fit);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
