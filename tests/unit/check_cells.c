#include <check.h>
#include <stdlib.h>

#include "ledger/fold.h"

enum { TODAY = 19753 }; /* 2024-01-31 */

static struct windows usual;
static struct dim_table *dims;

static void
set_up(void)
{
    ck_assert_int_eq(windows_read(TEXT_LITERAL(WINDOWS_DEFAULT), &usual, NULL), FAULT_NONE);
    dims = dim_table_new();
}

static void
tear_down(void)
{
    dim_table_free(dims);
}

static const struct dim none = { .form = DIM_NONE };

static int32_t
day_of(const char *day)
{
    int32_t n;

    ck_assert(day_read(text_of(day), &n));
    return n;
}

static struct row
row_of(int province, int partner, enum spread spread, const char *day, int span,
       const struct dim *dim)
{
    struct part part = { .province = (int16_t)province,
                         .partner = (int16_t)partner,
                         .spread = (uint8_t)spread,
                         .span = (int16_t)span,
                         .day = day_of(day),
                         .measure = measure_make(FLOW_EXPORT, MEASURE_MONEY, CURRENCY_CNY) };

    return row_make(&part, dim_table_number(dims, dim), 1);
}

/* What tells a part that is held whole. */
static uint64_t
whole_bit(void)
{
    struct part part = { .span = 1 }, whole = { .span = 1, .whole = true };

    return row_make(&part, 0, 1).where ^ row_make(&whole, 0, 1).where;
}

/* The cells as text: "RU:31d export.CNY=5", one a line. */
static void
show(struct cells *cells, int scope, char *out, size_t size)
{
    struct text_buffer b = { .at = out, .size = size - 1 };
    size_t count = cells_sort(cells);

    for (size_t i = 0; i < count; i++) {
        char key[KEY_BYTES], field[FIELD_BYTES], delta[WIDE_TEXT];
        size_t key_length = cell_key(&cells->sums.table[i], scope, &usual, key);
        size_t field_length = cell_field(&cells->sums.table[i], dims, field);

        ck_assert_uint_eq(key_length, strlen(key));
        ck_assert_uint_eq(field_length, strlen(field));
        (void)wide_write(cells->sums.table[i].amount, delta);
        text_put(&b, text_of(strchr(key, ':') + 1)); /* without {scope}: */
        text_put_char(&b, ' ');
        text_put(&b, text_of(field));
        text_put_char(&b, '=');
        text_put(&b, text_of(delta));
        text_put_char(&b, '\n');
    }
    ck_assert(!b.full);
    out[b.length] = '\0';
}

/* ---- windows, months, margins ---------------------------------------------------------- */

/* Where a part of LN and RU lies on 2024-01-31; every part is in `all`, its
 * year, and (whole in one month) its month. */
static const struct {
    const char *day;
    int span;
    const char *windows; /* that hold it */
    const char *month;   /* or NULL */
    bool whole;          /* is it held with all of its days or not at all? */
} times[] = {
    { "2024-01-31", 1, "1d 7d 31d 92d 366d", "2024-01", false },
    { "2024-01-30", 1, "7d 31d 92d 366d", "2024-01", false },
    { "2024-01-25", 1, "7d 31d 92d 366d", "2024-01", false },
    { "2024-01-24", 1, "31d 92d 366d", "2024-01", false },
    { "2024-01-01", 1, "31d 92d 366d", "2024-01", false },
    { "2023-12-31", 1, "92d 366d", "2023-12", false },
    { "2023-11-01", 1, "92d 366d", "2023-11", false },
    { "2023-10-31", 1, "366d", "2023-10", false },
    { "2023-01-31", 1, "366d", "2023-01", false },
    { "2023-01-30", 1, "", "2023-01", false },
    { "2024-02-01", 1, "", "2024-02", false }, /* not yet: in no window, but in its year */
    { "1970-01-01", 1, "", "1970-01", false },
    { "9999-12-31", 1, "", "9999-12", false },
    /* Periods: their day is their last. */
    { "2024-01-31", 31, "31d 92d 366d", "2024-01", false },
    { "2024-01-31", 32, "92d 366d", NULL, false },
    { "2024-01-31", 7, "7d 31d 92d 366d", "2024-01", false },
    { "2024-01-31", 8, "31d 92d 366d", "2024-01", false },
    { "2023-12-31", 365, "366d", NULL, false },
    { "2023-09-30", 30, "366d", "2023-09", false },
    { "2023-09-30", 31, "366d", NULL, false },
    { "2024-01-05", 5, "31d 92d 366d", "2024-01", false },
    { "2024-01-05", 6, "31d 92d 366d", NULL, false },
    /* What leaves a window with the first day of its period. */
    { "2024-01-31", 31, "31d 92d 366d", "2024-01", true },
    { "2024-01-30", 30, "31d 92d 366d", "2024-01", true },
    { "2024-01-30", 31, "92d 366d", NULL, true },
    { "2024-01-30", 31, "31d 92d 366d", NULL, false },
    { "2024-01-24", 1, "31d 92d 366d", "2024-01", true },
    { "2024-01-25", 1, "7d 31d 92d 366d", "2024-01", true },
    { "2024-01-25", 2, "31d 92d 366d", "2024-01", true },
    { "2024-01-25", 2, "7d 31d 92d 366d", "2024-01", false },
    { "2023-12-31", 334, "366d", NULL, true }, /* from February 1 on */
    { "2023-12-31", 335, "366d", NULL, true }, /* from January 31 on */
    { "2023-12-31", 336, "", NULL, true },
    { "2023-12-31", 365, "", NULL, true },
    { "2024-02-01", 1, "", "2024-02", true },
    { "2024-02-29", 60, "", NULL, true },
};

static void
add_line(struct text_buffer *b, const char *partner, const char *window, const char *month)
{
    text_put(b, text_of(partner));
    text_put_char(b, ':');
    text_put(b, text_of(window));
    text_put_char(b, ' ');
    if (month != NULL) {
        text_put(b, text_of(month));
        text_put_char(b, '|');
    }
    text_put(b, TEXT_LITERAL("export.CNY=12\n"));
}

/* What show() should say, in the order of windows: moving, all, year, months. */
static void
spell(struct text_buffer *b, const char *partner, int row)
{
    static const char *const names[] = { "1d", "7d", "31d", "92d", "366d" };
    char year[] = "yyyy";

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *at = times[row].windows;
        size_t length = strlen(names[i]);

        for (; at[0] != '\0'; at += strcspn(at, " "), at += strspn(at, " "))
            if (strcspn(at, " ") == length && memcmp(at, names[i], length) == 0)
                add_line(b, partner, names[i], NULL);
    }
    memcpy(year, times[row].day, 4);
    add_line(b, partner, "all", NULL);
    add_line(b, partner, year, NULL);
    if (times[row].month != NULL)
        add_line(b, partner, "months", times[row].month);
}

START_TEST(a_part_is_in_the_windows_years_and_months_that_hold_it)
{
    struct row row =
        row_of(PROVINCE_LN, PARTNER_RU, SPREAD_ALL, times[_i].day, times[_i].span, &none);
    struct cells cells = { 0 };
    char got[1024], wanted[1024];
    struct text_buffer b = { .at = wanted, .size = sizeof wanted - 1 };

    row.where |= times[_i].whole ? whole_bit() : 0;
    cells_add(&cells, PROVINCE_LN, &usual, TODAY, row.where, row.what, 12, +1);
    show(&cells, PROVINCE_LN, got, sizeof got);
    spell(&b, "RU", _i);
    spell(&b, "ALL", _i);
    wanted[b.length] = '\0';
    ck_assert_str_eq(got, wanted);
    cells_release(&cells);
}
END_TEST

static const struct {
    int province, partner;
    enum spread spread;
    int scope;
    const char *keys; /* of window `all`; "" when nothing is touched */
} margins[] = {
    { PROVINCE_LN, PARTNER_RU, SPREAD_ALL, PROVINCE_LN, "{CN-LN}:RU:all {CN-LN}:ALL:all" },
    { PROVINCE_LN, PARTNER_RU, SPREAD_ALL, SCOPE_ALL, "{ALL}:RU:all {ALL}:ALL:all" },
    { PROVINCE_LN, PARTNER_RU, SPREAD_ALL, PROVINCE_HL, "" },
    { PROVINCE_LN, PARTNER_RU, SPREAD_ALL, PROVINCE_CN, "" },
    { PROVINCE_CN, PARTNER_RU, SPREAD_ALL, PROVINCE_CN, "{CN}:RU:all {CN}:ALL:all" },
    { PROVINCE_CN, PARTNER_RU, SPREAD_ALL, SCOPE_ALL, "" },
    { PROVINCE_LN, PARTNER_RU, SPREAD_HERE, PROVINCE_LN, "{CN-LN}:RU:all" },
    { PROVINCE_LN, PARTNER_RU, SPREAD_HERE, SCOPE_ALL, "" },
    { PROVINCE_LN, PARTNER_ALL, SPREAD_HERE, PROVINCE_LN, "{CN-LN}:ALL:all" },
    { SCOPE_ALL, PARTNER_RU, SPREAD_HERE, SCOPE_ALL, "{ALL}:RU:all" },
    { SCOPE_ALL, PARTNER_ALL, SPREAD_HERE, SCOPE_ALL, "{ALL}:ALL:all" },
    { SCOPE_ALL, PARTNER_ALL, SPREAD_HERE, PROVINCE_LN, "" },
    /* Of a group: in pairs, also with ALL provinces, and in no margin over partners. */
    { PROVINCE_LN, PARTNER_WORLD, SPREAD_PAIRS, PROVINCE_LN, "{CN-LN}:WORLD:all" },
    { PROVINCE_LN, PARTNER_WORLD, SPREAD_PAIRS, SCOPE_ALL, "{ALL}:WORLD:all" },
    { PROVINCE_LN, PARTNER_WORLD, SPREAD_PAIRS, PROVINCE_CN, "" },
    { PROVINCE_CN, PARTNER_ASEAN, SPREAD_PAIRS, PROVINCE_CN, "{CN}:ASEAN:all" },
    { PROVINCE_CN, PARTNER_ASEAN, SPREAD_PAIRS, SCOPE_ALL, "" },
    { PROVINCE_LN, PARTNER_ASEAN, SPREAD_ALL, PROVINCE_LN, "{CN-LN}:ASEAN:all {CN-LN}:ALL:all" },
    { PROVINCE_LN, PARTNER_LATAM, SPREAD_ALL, SCOPE_ALL, "{ALL}:LATAM:all {ALL}:ALL:all" },
};

START_TEST(a_part_is_in_its_pair_and_in_the_margins_that_it_spreads_to)
{
    struct row row = row_of(margins[_i].province, margins[_i].partner, margins[_i].spread,
                            "2020-02-29", 29, &none);
    struct cells cells = { 0 };
    char got[256] = "";
    struct text_buffer b = { .at = got, .size = sizeof got - 1 };

    cells_add(&cells, margins[_i].scope, &usual, TODAY, row.where, row.what, 1, +1);
    for (size_t i = 0, count = cells_sort(&cells); i < count; i++) {
        char key[KEY_BYTES];
        if (cell_window(&cells.sums.table[i]) != WINDOW_ALL)
            continue;
        if (b.length > 0)
            text_put_char(&b, ' ');
        text_put(&b, (struct text){
                         key, cell_key(&cells.sums.table[i], margins[_i].scope, &usual, key) });
    }
    got[b.length] = '\0';
    ck_assert_str_eq(got, margins[_i].keys);
    if (margins[_i].keys[0] == '\0')
        ck_assert_uint_eq(cells.sums.used, 0);
    cells_release(&cells);
}
END_TEST

/* Rankings are of countries, in the totals of windows. */
START_TEST(a_group_and_a_margin_are_in_no_ranking)
{
    static const struct {
        int partner;
        bool is_ranked;
    } rows[] = { { PARTNER_RU, true },
                 { PARTNER_ZW, true },
                 { PARTNER_WORLD, false },
                 { PARTNER_LATAM, false } };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct row row = row_of(PROVINCE_LN, rows[i].partner, SPREAD_ALL, "2024-01-31", 1, &none);
        struct cells cells = { 0 };
        int ranked = 0;

        cells_add(&cells, PROVINCE_LN, &usual, TODAY, row.where, row.what, 1, +1);
        cells_add(&cells, PROVINCE_LN, &usual, TODAY, row.where, row.what | UINT64_C(1) << 32, 1,
                  +1);
        for (size_t c = 0, count = cells_sort(&cells); c < count; c++)
            ranked += cell_is_of_rankings(&cells.sums.table[c]);
        ck_assert_int_eq(ranked, rows[i].is_ranked ? 5 + 2 : 0);
        cells_release(&cells);
    }
}
END_TEST

static const struct {
    struct dim dim;
    const char *field;
} details[] = {
    { { .form = DIM_PLACE, .text = { "87", 2 } }, "hs:87|export.CNY" },
    { { .form = DIM_PLACE, .areas = { { "RU-BU", 5 } } }, "area:RU-BU|export.CNY" },
    { { .form = DIM_PLACE,
        .text = { "8703230001", 10 },
        .areas = { { "370300-ABCDE", 12 }, { "RU-PRI-12345", 12 } } },
      "area:370300-ABCDE+area:RU-PRI-12345+hs:8703230001|export.CNY" },
    { { .form = DIM_SECTOR, .text = { "abcdefghijklmnopqrstuvwxyz-01234", 32 } },
      "sector:abcdefghijklmnopqrstuvwxyz-01234|export.CNY" },
    { { .form = DIM_PART }, "part|export.CNY" },
};

START_TEST(a_dimension_is_in_detail_and_in_no_month)
{
    struct row row =
        row_of(PROVINCE_LN, PARTNER_RU, SPREAD_HERE, "2024-01-01", 1, &details[_i].dim);
    struct cells cells = { 0 };
    char got[1024], wanted[1024] = "";

    for (int i = 0; i < 5; i++) {
        static const char *const windows[] = { "31d", "92d", "366d", "all", "2024" };
        size_t used = strlen(wanted);
        (void)snprintf(wanted + used, sizeof wanted - used, "RU:%s:detail %s=-3\n", windows[i],
                       details[_i].field);
    }
    cells_add(&cells, PROVINCE_LN, &usual, TODAY, row.where, row.what, 3, -1);
    show(&cells, PROVINCE_LN, got, sizeof got);
    ck_assert_str_eq(got, wanted);
    cells_release(&cells);
}
END_TEST

START_TEST(the_longest_field_fits)
{
    struct dim longest = { .form = DIM_PLACE,
                           .text = TEXT_LITERAL("8703230001"),
                           .areas = { TEXT_LITERAL("370300-ABCDE"),
                                      TEXT_LITERAL("RU-PRI-12345") } };
    struct part part = { .spread = SPREAD_HERE,
                         .span = 1,
                         .day = TODAY,
                         .measure = measure_make(FLOW_IMPORT, MEASURE_ADJUSTED_QUANTITY,
                                                 measure_pack_unit(TEXT_LITERAL("TNE"))) };
    struct row row = row_make(&part, dim_table_number(dims, &longest), 1);
    struct cells cells = { 0 };
    char field[FIELD_BYTES];

    cells_add(&cells, 0, &usual, TODAY, row.where, row.what, 1, +1);
    ck_assert_uint_eq(cells_sort(&cells), 5 + 2);
    ck_assert_uint_eq(cell_field(&cells.sums.table[0], dims, field), strlen(field));
    ck_assert_str_eq(field, "area:370300-ABCDE+area:RU-PRI-12345+hs:8703230001|"
                            "import.adjusted.qty.TNE");
    cells_release(&cells);
}
END_TEST

START_TEST(cells_that_cancel_are_dropped_and_the_memory_is_used_again)
{
    struct row row = row_of(PROVINCE_LN, PARTNER_RU, SPREAD_ALL, "2024-01-30", 1, &none);
    struct cells cells = { 0 };
    char got[1024];

    for (int round = 0; round < 2; round++) {
        sums_clear(&cells.sums);
        /* From one day to the next: only the window that it leaves changes. */
        cells_add(&cells, PROVINCE_LN, &usual, TODAY + 6, row.where, row.what, 9, +1);
        cells_add(&cells, PROVINCE_LN, &usual, TODAY, row.where, row.what, 9, -1);
        show(&cells, PROVINCE_LN, got, sizeof got);
        ck_assert_str_eq(got, "RU:7d export.CNY=-9\nALL:7d export.CNY=-9\n");
    }
    sums_clear(&cells.sums);
    ck_assert_uint_eq(cells_sort(&cells), 0);
    cells_release(&cells);
    ck_assert_uint_eq(cells_sort(&cells), 0);
}
END_TEST

/* ---- extremes ---------------------------------------------------------------------------- */

START_TEST(the_cell_of_zeros_is_a_cell)
{
    struct part part = { .span = 1, .day = TODAY, .spread = SPREAD_HERE };
    struct row row = row_make(&part, 0, 1); /* province, partner, measure, dimension: all 0 */
    struct cells cells = { 0 };
    size_t count;

    cells_add(&cells, 0, &usual, TODAY, row.where, row.what, 1, +1);
    cells_add(&cells, 0, &usual, TODAY, row.where, row.what, 1, +1);
    count = cells_sort(&cells);
    ck_assert_uint_eq(count, 5 + 2 + 1);
    ck_assert_uint_eq(cells.sums.table[0].where, 0); /* partner 0, window 0 */
    ck_assert_uint_eq(cells.sums.table[0].what, 0);
    ck_assert(cells.sums.table[0].amount == 2);
    cells_release(&cells);
}
END_TEST

START_TEST(the_largest_numbers_of_a_cell_do_not_touch_each_other)
{
    struct part part = { .province = SCOPE_ALL,
                         .partner = PARTNER_ALL,
                         .spread = SPREAD_HERE,
                         .span = 31,
                         .day = DAY_LAST,
                         .measure = measure_make(FAMILY_AGREEMENTS, MEASURE_KIND, KIND_OTHER) };
    struct row row = row_make(&part, 0, 1);
    struct cells cells = { 0 };
    char got[512];

    cells_add(&cells, SCOPE_ALL, &usual, DAY_LAST, row.where, row.what,
              (wide_t)INT64_MAX * INT64_MAX, -1);
    show(&cells, SCOPE_ALL, got, sizeof got);
    ck_assert_ptr_nonnull(strstr(
        got, "ALL:months 9999-12|agreements.OTHER=-85070591730234615847396907784232501249\n"));
    ck_assert_ptr_nonnull(strstr(got, "ALL:9999 agreements.OTHER="));
    ck_assert_ptr_nonnull(strstr(got, "ALL:31d agreements.OTHER="));
    ck_assert_ptr_null(strstr(got, "ALL:7d"));
    for (size_t i = 0; i < cells.sums.used; i++) {
        ck_assert_int_eq(cell_partner(&cells.sums.table[i]), PARTNER_ALL);
        ck_assert(!cell_is_detail(&cells.sums.table[i]));
    }
    cells_release(&cells);
}
END_TEST

/* ---- many --------------------------------------------------------------------------------- */

enum { ROWS = 100000, PARTNERS = 8, DAYS = 400 };

static uint64_t state;

static uint64_t
draw(uint64_t limit)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % limit;
}

static const struct {
    int window, days; /* days: 0 for all */
} sums_of[] = { { 0, 1 }, { 1, 7 }, { 2, 31 }, { 3, 92 }, { 4, 366 }, { WINDOW_ALL, 0 } };

START_TEST(cells_are_the_sums_of_all_rows_that_they_hold)
{
    static int64_t sums[PARTNERS + 1][sizeof sums_of / sizeof sums_of[0]][2];
    struct cells cells = { 0 };
    size_t met = 0, wanted = 0, count;

    memset(sums, 0, sizeof sums);
    state = 11;
    for (size_t i = 0; i < ROWS; i++) {
        size_t partner = (size_t)draw(PARTNERS), detail = (size_t)draw(2);
        int64_t amount = (int64_t)draw(2000000) - 1000000;
        struct part part = { .province = PROVINCE_LN,
                             .partner = (int16_t)partner,
                             .spread = (uint8_t)draw(3),
                             .whole = draw(2) == 0,
                             .span = (int16_t)(1 + draw(40)),
                             .day = TODAY + 10 - (int32_t)draw(DAYS) };
        struct row row = row_make(&part, (uint32_t)detail, amount);

        cells_add(&cells, PROVINCE_LN, &usual, TODAY, row.where, row.what, amount, +1);
        for (size_t w = 0; w < sizeof sums_of / sizeof sums_of[0]; w++) {
            int days = sums_of[w].days;
            int32_t leaves = part.whole ? part.day + 1 - part.span : part.day;

            if (days > 0 && (part.span > days || part.day > TODAY || leaves <= TODAY - days))
                continue;
            sums[partner][w][detail] += amount;
            if (part.spread == SPREAD_ALL)
                sums[PARTNERS][w][detail] += amount;
        }
    }
    ck_assert(!cells.sums.failed);
    count = cells_sort(&cells);
    ck_assert_uint_eq(count, cells.sums.used);
    for (size_t i = 0; i < count; i++) {
        const struct sum *c = &cells.sums.table[i], *before = c - 1;
        size_t partner = cell_partner(c) == PARTNER_ALL ? PARTNERS : (size_t)cell_partner(c);

        ck_assert(i == 0 || before->where < c->where ||
                  (before->where == c->where && before->what < c->what));
        for (size_t w = 0; w < sizeof sums_of / sizeof sums_of[0]; w++) {
            if (cell_window(c) != sums_of[w].window)
                continue;
            ck_assert(c->amount == sums[partner][w][cell_is_detail(c) ? 1 : 0]);
            met++;
        }
    }
    for (size_t p = 0; p <= PARTNERS; p++)
        for (size_t w = 0; w < sizeof sums_of / sizeof sums_of[0]; w++)
            wanted += (size_t)(sums[p][w][0] != 0) + (size_t)(sums[p][w][1] != 0);
    ck_assert_uint_eq(met, wanted);
    cells_release(&cells);
}
END_TEST

#define COUNT(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))

int
main(void)
{
    Suite *suite = suite_create("cells");
    TCase *tcase = tcase_create("cells");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, a_part_is_in_the_windows_years_and_months_that_hold_it, 0,
                        COUNT(times));
    tcase_add_loop_test(tcase, a_part_is_in_its_pair_and_in_the_margins_that_it_spreads_to, 0,
                        COUNT(margins));
    tcase_add_test(tcase, a_group_and_a_margin_are_in_no_ranking);
    tcase_add_loop_test(tcase, a_dimension_is_in_detail_and_in_no_month, 0, COUNT(details));
    tcase_add_test(tcase, the_longest_field_fits);
    tcase_add_test(tcase, cells_that_cancel_are_dropped_and_the_memory_is_used_again);
    tcase_add_test(tcase, the_cell_of_zeros_is_a_cell);
    tcase_add_test(tcase, the_largest_numbers_of_a_cell_do_not_touch_each_other);
    tcase_add_test(tcase, cells_are_the_sums_of_all_rows_that_they_hold);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
