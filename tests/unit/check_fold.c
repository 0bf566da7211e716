#include <check.h>
#include <stdlib.h>

#include "ledger/fold.h"

static uint64_t state;

static uint64_t
draw(uint64_t limit)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % limit;
}

/* ---- rows --------------------------------------------------------------------------- */

static const struct {
    int province, partner;
    enum spread spread;
    int span;
    int32_t day;
    uint32_t measure, dim;
    int64_t amount;
    bool whole;
} packed[] = {
    { 0, 0, SPREAD_ALL, 1, 0, 0, 0, 1, false },
    { 0, 0, SPREAD_ALL, 1, 0, 0, 0, 1, true },
    { 0, 0, SPREAD_PAIRS, 1, 0, 0, 0, 1, false },
    { 0, 0, SPREAD_HERE, 1, 0, 0, 0, 1, false },
    { SCOPE_ALL, PARTNER_ALL, SPREAD_HERE, 366, DAY_LAST, UINT32_MAX, UINT32_MAX - 1, -1, true },
    { SCOPE_ALL, PARTNER_ALL, SPREAD_PAIRS, 16383, DAY_LAST, UINT32_MAX, UINT32_MAX - 1, -1, true },
    { PROVINCE_CN, PARTNER_COUNT - 1, SPREAD_ALL, 16383, DAY_LAST, 1, 1, AMOUNT_LIMIT - 1, false },
    { PROVINCE_CN, PARTNER_WORLD, SPREAD_PAIRS, 366, DAY_LAST, 1, 1, AMOUNT_LIMIT - 1, false },
    { PROVINCE_LN, PARTNER_RU, SPREAD_HERE, 31, 19730, 0, 7, 1 - AMOUNT_LIMIT, true },
};

START_TEST(a_row_says_what_its_part_said)
{
    struct part part = { .province = (int16_t)packed[_i].province,
                         .partner = (int16_t)packed[_i].partner,
                         .spread = (uint8_t)packed[_i].spread,
                         .span = (int16_t)packed[_i].span,
                         .day = packed[_i].day,
                         .whole = packed[_i].whole,
                         .measure = packed[_i].measure };
    struct row row = row_make(&part, packed[_i].dim, packed[_i].amount);

    ck_assert_int_eq(row_scope(row.where), packed[_i].province);
    ck_assert_int_eq(row_partner(row.where), packed[_i].partner);
    ck_assert_int_eq(row_is_here(row.where), packed[_i].spread == SPREAD_HERE);
    ck_assert_int_eq(row_is_of_pairs(row.where), packed[_i].spread != SPREAD_ALL);
    ck_assert_int_eq(row_is_whole(row.where), packed[_i].whole);
    ck_assert_int_eq(row_span(row.where), packed[_i].span);
    ck_assert_int_eq(row_day(row.where), packed[_i].day);
    ck_assert_uint_eq(row.what >> 32, packed[_i].dim);
    ck_assert_uint_eq((uint32_t)row.what, packed[_i].measure);
    ck_assert_int_eq(row.amount, packed[_i].amount);
    ck_assert_uint_ne(row.where, 0); /* 0 is a free place of a fold */
    ck_assert_int_eq(row_scope(row_in_all(row.where)), SCOPE_ALL);
    ck_assert_int_eq(row_partner(row_in_all(row.where)), packed[_i].partner);
    ck_assert_int_eq(row_is_of_pairs(row_in_all(row.where)), packed[_i].spread != SPREAD_ALL);
}
END_TEST

/* Rows that count in other cells never merge. */
START_TEST(rows_that_differ_in_a_bit_do_not_merge)
{
    struct sums fold = { 0 };
    size_t first[SCOPE_COUNT + 1];
    struct part part = {
        .province = PROVINCE_LN, .partner = PARTNER_WORLD, .span = 31, .day = 900
    };

    for (int spread = SPREAD_ALL; spread <= SPREAD_HERE; spread++)
        for (int whole = 0; whole < 2; whole++) {
            struct row row;

            part.spread = (uint8_t)spread;
            part.whole = whole == 1;
            row = row_make(&part, 0, 1);
            sums_add(&fold, row.where, row.what, 1);
        }
    fold_sort(&fold, first);
    ck_assert_uint_eq(fold.used, 6);
    sums_release(&fold);
}
END_TEST

static struct row
row_of(int province, int partner, enum spread spread)
{
    struct part part = { .province = (int16_t)province,
                         .partner = (int16_t)partner,
                         .spread = (uint8_t)spread,
                         .span = 1,
                         .day = 10 };

    return row_make(&part, 0, 1);
}

static const struct {
    int province;
    enum spread spread;
    int scope;
    bool touched;
} touches[] = {
    { PROVINCE_LN, SPREAD_ALL, PROVINCE_LN, true },
    { PROVINCE_LN, SPREAD_ALL, SCOPE_ALL, true },
    { PROVINCE_LN, SPREAD_ALL, PROVINCE_CN, false },
    { PROVINCE_LN, SPREAD_ALL, PROVINCE_HL, false },
    { PROVINCE_LN, SPREAD_HERE, PROVINCE_LN, true },
    { PROVINCE_LN, SPREAD_HERE, SCOPE_ALL, false },
    { PROVINCE_CN, SPREAD_ALL, PROVINCE_CN, true },
    { PROVINCE_CN, SPREAD_ALL, SCOPE_ALL, false }, /* national figures add to no ALL */
    { PROVINCE_CN, SPREAD_HERE, SCOPE_ALL, false },
    { SCOPE_ALL, SPREAD_HERE, SCOPE_ALL, true },
    { SCOPE_ALL, SPREAD_HERE, PROVINCE_LN, false },
    { PROVINCE_LN, SPREAD_PAIRS, PROVINCE_LN, true },
    { PROVINCE_LN, SPREAD_PAIRS, SCOPE_ALL, true }, /* the group with ALL provinces */
    { PROVINCE_LN, SPREAD_PAIRS, PROVINCE_CN, false },
    { PROVINCE_CN, SPREAD_PAIRS, SCOPE_ALL, false },
};

START_TEST(a_row_touches_its_scope_and_perhaps_all)
{
    struct row row = row_of(touches[_i].province, PARTNER_RU, touches[_i].spread);

    ck_assert_int_eq(row_touches(row.where, touches[_i].scope), touches[_i].touched);
}
END_TEST

/* ---- days that count alike -------------------------------------------------------------- */

/* What one row adds, as sorted cells. */
static size_t
cells_of_row(struct cells *cells, const struct windows *windows, int32_t today, uint64_t where,
             uint64_t what)
{
    sums_clear(&cells->sums);
    cells_add(cells, PROVINCE_LN, windows, today, where, what, 1, +1);
    return cells_sort(cells);
}

START_TEST(the_first_day_of_a_run_counts_as_each_of_its_days)
{
    static const char *const lists[] = { WINDOWS_DEFAULT, "1d", "2d,3d,400d,9999d", "365d" };
    static const int32_t todays[] = { 19753 /* 2024-01-31 */, 19782, 0, 40, DAY_LAST };
    struct cells exact = { 0 }, merged = { 0 };
    int32_t today = todays[_i / 4 % 5];
    bool is_detail = _i >= 20; /* which is in no month */
    uint64_t what = is_detail ? UINT64_C(1) << 32 : 0;
    struct windows windows;
    struct day_runs runs;
    size_t kinds = 0;
    uint64_t before = 0;

    ck_assert_int_eq(windows_read(text_of(lists[_i % 4]), &windows, NULL), FAULT_NONE);
    day_runs_set(&runs, &windows, today);
    for (int32_t day = today - 1200; day <= today + 70; day++) {
        struct part part = { .province = PROVINCE_LN,
                             .span = (int16_t)(1 + (day % 97 == 0)),
                             .day = day,
                             .whole = day % 89 == 0 };
        uint64_t where, run;
        size_t count;

        if (day < 0 || day > DAY_LAST)
            continue;
        where = row_make(&part, 0, 1).where;
        run = row_in_run(&runs, where, what);
        kinds += run != before;
        before = run;
        ck_assert_uint_le(run, where);
        count = cells_of_row(&exact, &windows, today, where, what);
        ck_assert_uint_eq(cells_of_row(&merged, &windows, today, run, what), count);
        for (size_t i = 0; i < count; i++) {
            ck_assert_uint_eq(exact.sums.table[i].where, merged.sums.table[i].where);
            ck_assert_uint_eq(exact.sums.table[i].what, merged.sums.table[i].what);
        }
    }
    ck_assert_uint_lt(kinds, is_detail ? 70 : 150); /* and it merges */
    cells_release(&exact);
    cells_release(&merged);
}
END_TEST

/* ---- folds ---------------------------------------------------------------------------- */

enum { ROWS = 100000, SPANS = 3, DAYS = 5, MEASURES = 4, PARTNERS = 6, SCOPES = SCOPE_COUNT };

static struct row
random_row(size_t *number)
{
    size_t province = (size_t)draw(SCOPES), partner = (size_t)draw(PARTNERS);
    size_t span = (size_t)draw(SPANS), day = (size_t)draw(DAYS), what = (size_t)draw(MEASURES);
    struct part part = { .province = (int16_t)province,
                         .partner = (int16_t)(partner * 50),
                         .spread = (uint8_t)(province == SCOPE_ALL ? SPREAD_HERE : SPREAD_ALL),
                         .span = (int16_t)(span + 1),
                         .day = (int32_t)day * 1000,
                         .measure = (uint32_t)what % 2 };

    *number = (((province * PARTNERS + partner) * SPANS + span) * DAYS + day) * MEASURES + what;
    return row_make(&part, (uint32_t)what / 2, (int64_t)draw(2000) - 1000);
}

static size_t
number_of(const struct sum *f)
{
    size_t province = (size_t)row_scope(f->where), partner = (size_t)row_partner(f->where) / 50;
    size_t span = (size_t)row_span(f->where) - 1, day = (size_t)row_day(f->where) / 1000;
    size_t what = (size_t)(f->what >> 32) * 2 + (size_t)(f->what & 1);

    return (((province * PARTNERS + partner) * SPANS + span) * DAYS + day) * MEASURES + what;
}

START_TEST(a_fold_holds_the_sums_of_its_rows_by_scope)
{
    static int64_t sums[SCOPES * PARTNERS * SPANS * DAYS * MEASURES];
    struct sums fold = { 0 };
    size_t first[SCOPE_COUNT + 1];

    state = 7;
    for (int round = 0; round < 2; round++) { /* once more in the same memory */
        size_t wanted = 0;

        memset(sums, 0, sizeof sums);
        sums_clear(&fold);
        for (size_t i = 0; i < ROWS; i++) {
            size_t number;
            struct row row = random_row(&number);
            sums[number] += row.amount;
            sums_add(&fold, row.where, row.what, row.amount);
        }
        fold_sort(&fold, first);
        ck_assert(!fold.failed);
        for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++)
            wanted += sums[i] != 0;
        ck_assert_uint_eq(fold.used, wanted);
        for (size_t i = 0; i < fold.used; i++) {
            const struct sum *f = &fold.table[i], *before = f - 1;
            ck_assert(f->amount == sums[number_of(f)]);
            ck_assert(i == 0 || row_scope(before->where) <= row_scope(f->where));
        }
        ck_assert_uint_eq(first[0], 0);
        ck_assert_uint_eq(first[SCOPE_COUNT], fold.used);
        for (int s = 0; s < SCOPE_COUNT; s++)
            for (size_t i = first[s]; i < first[s + 1]; i++)
                ck_assert_int_eq(row_scope(fold.table[i].where), s);
    }
    sums_release(&fold);
}
END_TEST

START_TEST(rows_that_cancel_leave_nothing)
{
    struct sums fold = { 0 };
    struct row row = row_of(PROVINCE_LN, PARTNER_RU, SPREAD_ALL);
    size_t first[SCOPE_COUNT + 1];

    sums_add(&fold, row.where, row.what, 5);
    sums_add(&fold, row.where, row.what, -5);
    fold_sort(&fold, first);
    ck_assert_uint_eq(fold.used, 0);
    ck_assert_uint_eq(first[SCOPE_COUNT], 0);
    sums_release(&fold);
}
END_TEST

START_TEST(an_empty_fold_sorts_to_nothing)
{
    struct sums fold = { 0 };
    size_t first[SCOPE_COUNT + 1] = { 9 };

    sums_clear(&fold);
    fold_sort(&fold, first);
    for (int s = 0; s <= SCOPE_COUNT; s++)
        ck_assert_uint_eq(first[s], 0);
    sums_release(&fold);
}
END_TEST

START_TEST(sums_are_wider_than_amounts)
{
    struct sums fold = { 0 };
    struct row row = row_of(PROVINCE_LN, PARTNER_RU, SPREAD_ALL);
    size_t first[SCOPE_COUNT + 1];

    for (int i = 0; i < 1000; i++)
        sums_add(&fold, row.where, row.what, INT64_MAX);
    fold_sort(&fold, first);
    ck_assert(fold.table[0].amount == (wide_t)INT64_MAX * 1000);
    sums_release(&fold);
}
END_TEST

/* ---- dimensions ------------------------------------------------------------------------- */

START_TEST(a_dimension_keeps_its_number_and_its_text)
{
    enum { SECTORS = 20000 };
    struct dim_table *table = dim_table_new();
    char name[DIM_TEXT];
    struct dim none = { .form = DIM_NONE };

    ck_assert_uint_eq(dim_table_number(table, &none), 0);
    ck_assert_uint_eq(dim_table_text(table, 0).length, 0);
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < SECTORS; i++) {
            struct dim dim = { .form = DIM_SECTOR };
            (void)snprintf(name, sizeof name, "wood-%u-abcdefghijklmnopqrs", i);
            dim.text = text_of(name);
            ck_assert_uint_eq(dim_table_number(table, &dim), i + 1);
        }
    }
    for (uint32_t i = 0; i < SECTORS; i++) {
        (void)snprintf(name, sizeof name, "sector:wood-%u-abcdefghijklmnopqrs", i);
        ck_assert(text_equal(dim_table_text(table, i + 1), text_of(name)));
    }
    dim_table_free(table);
    dim_table_free(NULL);
}
END_TEST

START_TEST(dimensions_of_other_forms_have_other_numbers)
{
    struct dim_table *table = dim_table_new();
    struct dim part = { .form = DIM_PART };
    struct dim area = { .form = DIM_PLACE, .areas = { TEXT_LITERAL("87") } };
    struct dim chapter = { .form = DIM_PLACE, .text = TEXT_LITERAL("87") };
    struct dim both = { .form = DIM_PLACE,
                        .text = TEXT_LITERAL("87"),
                        .areas = { TEXT_LITERAL("87") } };

    ck_assert_uint_eq(dim_table_number(table, &part), 1);
    ck_assert_uint_eq(dim_table_number(table, &area), 2);
    ck_assert_uint_eq(dim_table_number(table, &chapter), 3);
    ck_assert_uint_eq(dim_table_number(table, &area), 2);
    ck_assert_uint_eq(dim_table_number(table, &both), 4);
    ck_assert_uint_eq(dim_table_number(table, &chapter), 3);
    ck_assert(text_equal(dim_table_text(table, 4), TEXT_LITERAL("area:87+hs:87")));
    ck_assert(text_equal(dim_table_text(table, 1), TEXT_LITERAL("part")));
    ck_assert(text_equal(dim_table_text(table, 2), TEXT_LITERAL("area:87")));
    ck_assert(text_equal(dim_table_text(table, 3), TEXT_LITERAL("hs:87")));
    dim_table_free(table);
}
END_TEST

#define COUNT(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))

int
main(void)
{
    Suite *suite = suite_create("fold");
    TCase *tcase = tcase_create("fold");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, a_row_says_what_its_part_said, 0, COUNT(packed));
    tcase_add_test(tcase, rows_that_differ_in_a_bit_do_not_merge);
    tcase_add_loop_test(tcase, the_first_day_of_a_run_counts_as_each_of_its_days, 0, 40);
    tcase_add_loop_test(tcase, a_row_touches_its_scope_and_perhaps_all, 0, COUNT(touches));
    tcase_add_test(tcase, a_fold_holds_the_sums_of_its_rows_by_scope);
    tcase_add_test(tcase, rows_that_cancel_leave_nothing);
    tcase_add_test(tcase, an_empty_fold_sorts_to_nothing);
    tcase_add_test(tcase, sums_are_wider_than_amounts);
    tcase_add_test(tcase, a_dimension_keeps_its_number_and_its_text);
    tcase_add_test(tcase, dimensions_of_other_forms_have_other_numbers);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
