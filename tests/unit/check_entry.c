#include <check.h>
#include <stdlib.h>

#include "core/entry.h"

enum { ENTRY_ROOM = 8 * ITEM_BYTES_MOST };

/* ---- records ------------------------------------------------------------------ */

static struct record
trade(int basis, int version, int64_t minor)
{
    struct record r = { .type = RECORD_TRADE,
                        .version = version,
                        .basis = (int8_t)basis,
                        .scope = SCOPE_WHOLE,
                        .flow = FLOW_EXPORT,
                        .kind = -1,
                        .province = PROVINCE_LN,
                        .partner = PARTNER_RU,
                        .currency = CURRENCY_CNY,
                        .minor = minor,
                        .from = 19700,
                        .day = 19730 };

    if (basis == BASIS_TRANSACTION)
        r.from = r.day;
    return r;
}

static struct record
agreement(int version)
{
    struct record r = { .type = RECORD_AGREEMENT,
                        .version = version,
                        .status = AGREEMENT_SIGNED,
                        .basis = -1,
                        .scope = -1,
                        .flow = -1,
                        .province = -1,
                        .partner = -1,
                        .currency = -1,
                        .kind = KIND_OTHER,
                        .from = 19000,
                        .day = 19000,
                        .province_count = 1,
                        .partner_count = 1 };

    r.provinces[0] = PROVINCE_CN;
    r.partners[0] = PARTNER_KZ;
    return r;
}

static void
fill_list(struct item_list *list, int count, size_t length, char letter)
{
    static char rooms[2][LIST_MOST][40];
    char(*room)[40] = rooms[letter == 'z'];

    list->count = (uint16_t)count;
    for (int i = 0; i < count; i++) {
        memset(room[i], letter, length);
        room[i][length - 2] = (char)('0' + i / 10);
        room[i][length - 1] = (char)('0' + i % 10);
        list->items[i] = (struct text){ room[i], length };
    }
}

/* Every shape, with nothing and with everything in it. */
static struct record
sample(int which)
{
    struct record r;

    switch (which) {
    case 0:
        return trade(BASIS_TRANSACTION, 0, 0);
    case 1:
        r = trade(BASIS_TRANSACTION, 7, AMOUNT_LIMIT - 1);
        r.version = (INT64_C(1) << 53) - 1;
        r.grade = GRADE_FINAL;
        r.bound = BOUND_AT_MOST;
        r.status = TRADE_RETRACTED;
        r.scope = SCOPE_PART;
        r.flow = FLOW_TOTAL;
        r.province = PROVINCE_CN;
        r.province_area = TEXT_LITERAL("210200");
        r.partner_area = TEXT_LITERAL("RU-PRI-12345");
        r.commodity = TEXT_LITERAL("8703230001");
        r.unit = TEXT_LITERAL("TNE");
        r.milli = AMOUNT_LIMIT - 1;
        r.from = r.day = DAY_LAST;
        return r;
    case 2:
        return trade(BASIS_STATISTIC, 3, 128);
    case 3:
        r = trade(BASIS_STATISTIC, 1, 0);
        r.currency = -1;
        r.unit = TEXT_LITERAL("2N");
        r.milli = 16384;
        r.from = r.day = 0;
        return r;
    case 4:
        return agreement(1);
    default:
        r = agreement(2);
        r.province_count = 2;
        r.provinces[1] = PROVINCE_AH;
        r.partner_count = 3;
        r.partners[1] = PARTNER_MN;
        r.partners[2] = PARTNER_RU;
        r.currency = CURRENCY_USD;
        r.minor = 1;
        fill_list(&r.areas, 2, 12, 'A');
        r.sectors.count = 2;
        r.sectors.items[0] = TEXT_LITERAL("a");
        r.sectors.items[1] = TEXT_LITERAL("timber-and-wood");
        return r;
    }
}
enum { SAMPLES = 6 };

/* ---- items ---------------------------------------------------------------------- */

static void
ck_assert_same_text(struct text a, struct text b)
{
    ck_assert_int_eq(a.at == NULL, b.at == NULL);
    ck_assert(text_equal(a, b));
}

static void
ck_assert_same_record(const struct record *a, const struct record *b)
{
    ck_assert_int_eq(a->type, b->type);
    ck_assert_int_eq(a->version, b->version);
    ck_assert_int_eq(a->basis, b->basis);
    ck_assert_int_eq(a->grade, b->grade);
    ck_assert_int_eq(a->bound, b->bound);
    ck_assert_int_eq(a->status, b->status);
    ck_assert_int_eq(a->scope, b->scope);
    ck_assert_int_eq(a->flow, b->flow);
    ck_assert_int_eq(a->kind, b->kind);
    ck_assert_int_eq(a->province, b->province);
    ck_assert_int_eq(a->partner, b->partner);
    ck_assert_int_eq(a->currency, b->currency);
    ck_assert_int_eq(a->minor, b->minor);
    ck_assert_int_eq(a->milli, b->milli);
    ck_assert_int_eq(a->from, b->from);
    ck_assert_int_eq(a->day, b->day);
    ck_assert_same_text(a->unit, b->unit);
    ck_assert_same_text(a->province_area, b->province_area);
    ck_assert_same_text(a->partner_area, b->partner_area);
    ck_assert_same_text(a->commodity, b->commodity);
    ck_assert_uint_eq(a->province_count, b->province_count);
    ck_assert_uint_eq(a->partner_count, b->partner_count);
    ck_assert_uint_eq(a->areas.count, b->areas.count);
    ck_assert_uint_eq(a->sectors.count, b->sectors.count);
    ck_assert_int_eq(record_rank_compare(a, b), 0);
}

START_TEST(an_item_is_read_as_it_was_written)
{
    struct record r = sample(_i), again;
    uint8_t item[ITEM_BYTES_MOST], mask;
    size_t size = item_pack(&r, item);
    struct item_peek peek;

    ck_assert_uint_eq(item_bytes(item, size), size);
    ck_assert(item_unpack(item, size, &again, &mask));
    ck_assert_same_record(&r, &again);
    ck_assert_int_eq(mask, item[2]);
    ck_assert(item_peek(item, size, &peek));
    ck_assert_uint_eq(peek.bytes, size);
    ck_assert_int_eq(peek.grade, r.grade);
    ck_assert_int_eq(peek.version, r.version);
    ck_assert_int_eq(peek.from, r.from);
    ck_assert_int_eq(peek.day, r.day);
}
END_TEST

START_TEST(an_ordinary_event_takes_some_thirty_bytes)
{
    struct record r = trade(BASIS_TRANSACTION, 0, INT64_C(123456789));
    uint8_t item[ITEM_BYTES_MOST];

    r.version = INT64_C(1706601600123); /* of a day in 2024, in ms */
    r.commodity = TEXT_LITERAL("8703");
    r.unit = TEXT_LITERAL("TNE");
    r.milli = 1500;
    ck_assert_uint_le(item_pack(&r, item), 45);
}
END_TEST

START_TEST(the_largest_agreement_fits)
{
    struct record r = agreement(1), again;
    uint8_t item[ITEM_BYTES_MOST], mask;
    size_t size;

    r.partner_count = 31; /* times 129 dimensions: 3999 cells */
    for (int16_t i = 0; i < LIST_MOST; i++)
        r.partners[i] = i;
    fill_list(&r.areas, LIST_MOST, 12, 'Z');
    fill_list(&r.sectors, LIST_MOST, 32, 'z');
    size = item_pack(&r, item);
    ck_assert(item_unpack(item, size, &again, &mask));
    ck_assert_same_record(&r, &again);
    ck_assert_int_eq(item[2], ENTRY_FACT);

    r.partner_count = 32; /* 4128 cells: no record has so many */
    size = item_pack(&r, item);
    ck_assert(!item_unpack(item, size, &again, &mask));
}
END_TEST

START_TEST(an_item_that_is_cut_short_is_none)
{
    struct record r = sample(_i);
    uint8_t item[ITEM_BYTES_MOST], mask;
    size_t size = item_pack(&r, item);

    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *copy = malloc(cut + 1); /* so that reading beyond it is seen */

        ck_assert_ptr_nonnull(copy);
        memcpy(copy, item, cut);
        ck_assert_uint_eq(item_bytes(copy, cut), 0);
        ck_assert(!item_unpack(copy, cut, &r, &mask));
        if (cut > ITEM_HEADER) { /* a record that ends early in its own frame */
            copy[0] = (uint8_t)(cut - 2);
            copy[1] = (uint8_t)((cut - 2) >> 8);
            ck_assert(!item_unpack(copy, cut, &r, &mask));
        }
        free(copy);
    }
}
END_TEST

/* Whatever a byte is overwritten with: the item is refused, or it is the one
 * form of another record. */
START_TEST(a_damaged_item_is_refused_or_is_another_item)
{
    struct record r = sample(_i);
    uint8_t good[ITEM_BYTES_MOST], again[ITEM_BYTES_MOST], mask;
    size_t size = item_pack(&r, good);
    uint8_t *item = malloc(size);

    ck_assert_ptr_nonnull(item);
    memcpy(item, good, size);
    for (size_t i = 0; i < size; i++) {
        for (int byte = 0; byte < 256; byte++) {
            item[i] = (uint8_t)byte;
            if (!item_unpack(item, size, &r, &mask))
                continue;
            ck_assert_int_ne(mask, 0);
            ck_assert_uint_eq(item_pack(&r, again), item_bytes(item, size));
            ck_assert_int_eq(mask & ~again[2], 0);
            again[2] = mask;
            ck_assert_mem_eq(again, item, item_bytes(item, size));
        }
        item[i] = good[i];
    }
    free(item);
}
END_TEST

/* ---- entries ---------------------------------------------------------------------- */

struct run {
    uint8_t bytes[ENTRY_ROOM];
    size_t size;
};

/* Offer a record's slots; what it won. */
static uint8_t
offer(struct run *run, const struct record *r, int slots)
{
    static uint8_t out[ENTRY_ROOM];
    uint8_t item[ITEM_BYTES_MOST], won;
    size_t size = item_pack(r, item), after;
    bool changed;

    item[2] &= (uint8_t)slots;
    after = entry_take(run->bytes, run->size, item, size, out, &changed, &won);
    ck_assert_int_eq(changed, won != 0);
    if (!changed) {
        ck_assert_uint_eq(after, run->size);
        return won;
    }
    ck_assert_uint_le(after, run->size + size);
    ck_assert(entry_is_sane(out, after));
    memcpy(run->bytes, out, after);
    run->size = after;
    return won;
}

static int
count_items(const struct run *run)
{
    int count = 0;

    for (size_t i = 0; i < run->size; i += item_bytes(run->bytes + i, run->size - i))
        count++;
    return count;
}

enum { ALL_SLOTS = ENTRY_FACT | ENTRY_VALUE | ENTRY_QUANTITY };

START_TEST(of_two_facts_the_stronger_stands_whichever_came_first)
{
    static const struct {
        int grade, version, minor, status;
    } facts[] = { /* each is stronger than the one before it */
                  { GRADE_PRESS, 0, 5, TRADE_ACTIVE },
                  { GRADE_PRESS, 0, 6, TRADE_ACTIVE },
                  { GRADE_PRESS, 0, 1, TRADE_RETRACTED },
                  { GRADE_PRESS, 9, 0, TRADE_ACTIVE },
                  { GRADE_FINAL, 1, 0, TRADE_ACTIVE }
    };
    static struct run run;

    for (size_t a = 0; a < sizeof facts / sizeof facts[0]; a++) {
        for (size_t b = 0; b < sizeof facts / sizeof facts[0]; b++) {
            struct record first = trade(BASIS_TRANSACTION, facts[a].version, facts[a].minor);
            struct record second = trade(BASIS_TRANSACTION, facts[b].version, facts[b].minor);

            first.grade = (int8_t)facts[a].grade;
            first.status = (int8_t)facts[a].status;
            second.grade = (int8_t)facts[b].grade;
            second.status = (int8_t)facts[b].status;
            run.size = 0;
            ck_assert_int_eq(offer(&run, &first, ALL_SLOTS), ENTRY_FACT);
            ck_assert_int_eq(offer(&run, &second, ALL_SLOTS), b > a ? ENTRY_FACT : 0);
            ck_assert_int_eq(count_items(&run), 1);
        }
    }
}
END_TEST

static struct record
figure(int version, int from, int currency, const char *unit)
{
    struct record r = trade(BASIS_STATISTIC, version, 1000);

    r.from = 19700 + from;
    r.currency = (int16_t)currency;
    r.minor = currency < 0 ? 0 : r.minor;
    r.unit = text_of(unit);
    r.milli = unit == NULL ? 0 : 2000;
    return r;
}

/* Each is offered what stands after the ones before it. */
static const struct {
    int version, from, currency;
    const char *unit;
    int slots, won, items;
} figures[] = {
    { 2, 0, CURRENCY_CNY, "TNE", ALL_SLOTS, ENTRY_VALUE | ENTRY_QUANTITY, 1 },
    { 2, 0, CURRENCY_CNY, "TNE", ALL_SLOTS, 0, 1 },
    { 1, 0, CURRENCY_CNY, "TNE", ALL_SLOTS, 0, 1 },
    { 3, 0, CURRENCY_CNY, NULL, ALL_SLOTS, ENTRY_VALUE, 2 },
    { 1, 0, CURRENCY_USD, NULL, ALL_SLOTS, ENTRY_VALUE, 3 },
    { 1, 5, CURRENCY_CNY, NULL, ALL_SLOTS, ENTRY_VALUE, 4 },
    { 4, 0, CURRENCY_CNY, "KGM", ALL_SLOTS, ENTRY_VALUE | ENTRY_QUANTITY, 4 },
    { 5, 0, CURRENCY_USD, "TNE", ENTRY_QUANTITY, ENTRY_QUANTITY, 4 },
    { 5, 0, CURRENCY_USD, "TNE", ENTRY_VALUE, ENTRY_VALUE, 3 },
    { 5, 0, CURRENCY_USD, "TNE", ALL_SLOTS, 0, 3 },
    { 4, 0, CURRENCY_USD, "2N", ALL_SLOTS, ENTRY_QUANTITY, 4 },
    { 9, 0, CURRENCY_CNY, "TNE", ALL_SLOTS, ENTRY_VALUE | ENTRY_QUANTITY, 5 },
};
enum { FIGURE_ROWS = sizeof figures / sizeof figures[0] };

START_TEST(a_figure_stands_in_the_slots_it_wins)
{
    static struct run run;

    for (int i = 0; i < FIGURE_ROWS; i++) {
        struct record r =
            figure(figures[i].version, figures[i].from, figures[i].currency, figures[i].unit);

        ck_assert_msg(offer(&run, &r, figures[i].slots) == figures[i].won, "row %d", i);
        ck_assert_msg(count_items(&run) == figures[i].items, "row %d: %d items", i,
                      count_items(&run));
    }
}
END_TEST

/* Heap's algorithm: every order of the first rows. */
START_TEST(an_entry_does_not_depend_on_the_order_of_its_records)
{
    enum { ROWS = 7 };
    static struct run first, run;
    int order[ROWS], turns[ROWS] = { 0 }, orders = 0;

    for (int i = 0; i < ROWS; i++)
        order[i] = i;
    for (int k = 0; k < ROWS;) {
        run.size = 0;
        for (int i = 0; i < ROWS; i++) {
            int row = order[i];
            struct record r = figure(figures[row].version, figures[row].from, figures[row].currency,
                                     figures[row].unit);

            (void)offer(&run, &r, ALL_SLOTS);
        }
        if (orders++ == 0)
            first = run;
        ck_assert_uint_eq(run.size, first.size);
        ck_assert_mem_eq(run.bytes, first.bytes, first.size);

        for (k = 0; k < ROWS && turns[k] >= k; k++)
            turns[k] = 0;
        if (k < ROWS) {
            int other = k % 2 == 0 ? 0 : turns[k], kept = order[other];

            order[other] = order[k];
            order[k] = kept;
            turns[k]++;
        }
    }
    ck_assert_int_eq(orders, 5040);
}
END_TEST

START_TEST(facts_and_figures_do_not_mix)
{
    static struct run run;
    struct record fact = trade(BASIS_TRANSACTION, 9, 1), statistic = figure(1, 0, 0, NULL);

    ck_assert_int_eq(offer(&run, &fact, ALL_SLOTS), ENTRY_FACT);
    statistic.version = 10;
    ck_assert_int_eq(offer(&run, &statistic, ALL_SLOTS), 0);
    run.size = 0;
    ck_assert_int_eq(offer(&run, &statistic, ALL_SLOTS), ENTRY_VALUE);
    fact.version = 11;
    ck_assert_int_eq(offer(&run, &fact, ALL_SLOTS), 0);
}
END_TEST

START_TEST(a_run_that_entry_take_never_writes_is_not_sane)
{
    struct record early = figure(1, 0, 0, NULL), late = figure(1, 5, 0, NULL);
    struct record fact = trade(BASIS_TRANSACTION, 1, 1);
    static uint8_t run[4 * ITEM_BYTES_MOST];
    size_t size;

    ck_assert(entry_is_sane(run, 0));
    size = item_pack(&early, run);
    size += item_pack(&late, run + size);
    ck_assert(entry_is_sane(run, size));
    ck_assert(!entry_is_sane(run, size - 1));
    run[2] = 0;
    ck_assert(!entry_is_sane(run, size));
    run[2] = ENTRY_QUANTITY;
    ck_assert(!entry_is_sane(run, size));

    size = item_pack(&late, run);
    size += item_pack(&early, run + size);
    ck_assert(!entry_is_sane(run, size));
    size = item_pack(&late, run);
    size += item_pack(&late, run + size);
    ck_assert(!entry_is_sane(run, size));
    size = item_pack(&fact, run);
    ck_assert(entry_is_sane(run, size));
    size += item_pack(&late, run + size);
    ck_assert(!entry_is_sane(run, size));
    size = item_pack(&early, run);
    size += item_pack(&fact, run + size);
    ck_assert(!entry_is_sane(run, size));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("entry");
    TCase *items = tcase_create("items"), *entries = tcase_create("entries");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, items);
    tcase_add_loop_test(items, an_item_is_read_as_it_was_written, 0, SAMPLES);
    tcase_add_test(items, an_ordinary_event_takes_some_thirty_bytes);
    tcase_add_test(items, the_largest_agreement_fits);
    tcase_add_loop_test(items, an_item_that_is_cut_short_is_none, 0, SAMPLES);
    tcase_add_loop_test(items, a_damaged_item_is_refused_or_is_another_item, 0, SAMPLES);
    suite_add_tcase(suite, entries);
    tcase_add_test(entries, of_two_facts_the_stronger_stands_whichever_came_first);
    tcase_add_test(entries, a_figure_stands_in_the_slots_it_wins);
    tcase_add_test(entries, an_entry_does_not_depend_on_the_order_of_its_records);
    tcase_add_test(entries, facts_and_figures_do_not_mix);
    tcase_add_test(entries, a_run_that_entry_take_never_writes_is_not_sane);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
