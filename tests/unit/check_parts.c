#include <check.h>
#include <stdlib.h>

#include "core/parts.h"

/* ---- measures and dimensions ------------------------------------------------- */

static const struct {
    const char *text;
    int family;
    enum measure_form form;
    uint32_t what;
    bool is_ranked;
} measures[] = {
    { "export.CNY", FLOW_EXPORT, MEASURE_MONEY, CURRENCY_CNY, true },
    { "import.ALL", FLOW_IMPORT, MEASURE_MONEY, CURRENCY_ALL, true },
    { "total.qty.TNE", FLOW_TOTAL, MEASURE_QUANTITY, 0x544E45, false },
    { "export.qty.2N", FLOW_EXPORT, MEASURE_QUANTITY, 0x324E00, false },
    { "export.events", FLOW_EXPORT, MEASURE_EVENTS, 0, false },
    { "import.inexact", FLOW_IMPORT, MEASURE_INEXACT, 0, false },
    { "total.contradicted", FLOW_TOTAL, MEASURE_CONTRADICTED, 0, false },
    { "agreements", FAMILY_AGREEMENTS, MEASURE_COUNT, 0, true },
    { "agreements.MOU", FAMILY_AGREEMENTS, MEASURE_KIND, KIND_MOU, false },
    { "agreements.LETTER_OF_INTENT", FAMILY_AGREEMENTS, MEASURE_KIND, KIND_LETTER_OF_INTENT,
      false },
    { "agreements.USD", FAMILY_AGREEMENTS, MEASURE_MONEY, CURRENCY_USD, true },
};

START_TEST(a_measure_is_read_as_it_is_written)
{
    uint32_t made = measure_make(measures[_i].family, measures[_i].form, measures[_i].what);
    uint32_t read = 0;
    char text[MEASURE_TEXT];

    ck_assert_uint_eq(measure_write(made, text), strlen(measures[_i].text));
    ck_assert_str_eq(text, measures[_i].text);
    ck_assert(measure_read(text_of(measures[_i].text), &read));
    ck_assert_uint_eq(read, made);
    ck_assert_int_eq(measure_is_ranked(made), measures[_i].is_ranked);
}
END_TEST

static const char *const no_measures[] = {
    "",
    "export",
    "export.",
    "export.XXX",
    "export.cny",
    "exports.CNY",
    "export.qty.",
    "export.qty.T",
    "export.qty.TONN",
    "export.qty.tne",
    "export.MOU",
    "agreements.",
    "agreements.events",
    "agreements.qty.TNE",
    "agreements.mou",
    "export.CNY ",
    ".CNY",
};

START_TEST(what_is_no_measure_is_not_read_as_one)
{
    uint32_t read = 7;

    ck_assert(!measure_read(text_of(no_measures[_i]), &read));
    ck_assert_uint_eq(read, 7);
}
END_TEST

START_TEST(a_dimension_is_written_with_its_kind)
{
    static const struct {
        struct dim dim;
        const char *text;
    } rows[] = {
        { { DIM_NONE, { NULL, 0 } }, "" },
        { { DIM_PART, { NULL, 0 } }, "part" },
        { { DIM_HS, { "87", 2 } }, "hs:87" },
        { { DIM_AREA, { "RU-BU", 5 } }, "area:RU-BU" },
        { { DIM_SECTOR, { "0123456789-0123456789-0123456789", 32 } },
          "sector:0123456789-0123456789-0123456789" },
    };
    char text[DIM_TEXT];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ck_assert_uint_eq(dim_write(rows[i].dim, text), strlen(rows[i].text));
        ck_assert_str_eq(text, rows[i].text);
    }
}
END_TEST

/* ---- parts ---------------------------------------------------------------------- */

enum { PARTS_MOST = 64, PART_TEXT = 128 };

struct told {
    char lines[PARTS_MOST][PART_TEXT];
    size_t count;
};

/* "CN-LN RU+ export.CNY 5 on 730 of 31 hs:87": + spreads, = stays. */
static void
tell(void *self, const struct part *part)
{
    struct told *told = self;
    char measure[MEASURE_TEXT], dim[DIM_TEXT];

    ck_assert_uint_lt(told->count, PARTS_MOST);
    measure_write(part->measure, measure);
    dim_write(part->dim, dim);
    (void)snprintf(told->lines[told->count++], PART_TEXT, "%s %s%c %s %jd on %d of %d%s%s",
                   scope_code(part->province), partner_code(part->partner),
                   part->spread == SPREAD_ALL ? '+' : '=', measure, (intmax_t)part->amount,
                   part->day, part->span, dim[0] == '\0' ? "" : " ", dim);
}

/* The parts are exactly those lines, in whatever order. */
static void
expect(const uint8_t *entry, size_t size, const char *const *want, size_t count)
{
    struct told told = { .count = 0 };

    ck_assert(entry_parts(entry, size, tell, &told));
    for (size_t i = 0; i < told.count; i++) {
        size_t wanted = 0, found = 0;

        for (size_t j = 0; j < count; j++)
            wanted += strcmp(want[j], told.lines[i]) == 0;
        for (size_t j = 0; j < told.count; j++)
            found += strcmp(told.lines[j], told.lines[i]) == 0;
        ck_assert_msg(wanted == found, "%zu times, not %zu: %s", found, wanted, told.lines[i]);
    }
    ck_assert_uint_eq(told.count, count);
}
#define EXPECT(entry, size, ...)                                                                   \
    expect((entry), (size), (const char *const[]){ __VA_ARGS__ },                                  \
           sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static struct record
trade(int basis)
{
    return (struct record){ .type = RECORD_TRADE,
                            .basis = (int8_t)basis,
                            .scope = SCOPE_WHOLE,
                            .flow = FLOW_EXPORT,
                            .kind = -1,
                            .province = PROVINCE_LN,
                            .partner = PARTNER_RU,
                            .currency = CURRENCY_CNY,
                            .minor = 5,
                            .from = 730,
                            .day = 730 };
}

START_TEST(a_transaction_adds_its_amounts_and_itself_in_every_dimension)
{
    struct record r = trade(BASIS_TRANSACTION);
    uint8_t entry[ITEM_BYTES_MOST];

    EXPECT(entry, item_pack(&r, entry), "CN-LN RU+ export.CNY 5 on 730 of 1",
           "CN-LN RU+ export.events 1 on 730 of 1");

    r.minor = 0; /* adds nothing, is an event */
    r.bound = BOUND_ABOUT;
    r.unit = TEXT_LITERAL("TNE");
    r.milli = 1500;
    EXPECT(entry, item_pack(&r, entry), "CN-LN RU+ export.qty.TNE 1500 on 730 of 1",
           "CN-LN RU+ export.events 1 on 730 of 1", "CN-LN RU+ export.inexact 1 on 730 of 1");

    r = trade(BASIS_TRANSACTION);
    r.commodity = TEXT_LITERAL("870323");
    r.province_area = TEXT_LITERAL("210200");
    r.partner_area = TEXT_LITERAL("210200");
    EXPECT(entry, item_pack(&r, entry), "CN-LN RU+ export.CNY 5 on 730 of 1",
           "CN-LN RU+ export.events 1 on 730 of 1", "CN-LN RU+ export.CNY 5 on 730 of 1 hs:87",
           "CN-LN RU+ export.events 1 on 730 of 1 hs:87",
           "CN-LN RU+ export.CNY 5 on 730 of 1 area:210200",
           "CN-LN RU+ export.events 1 on 730 of 1 area:210200");

    r.scope = SCOPE_PART;
    r.commodity = r.province_area = (struct text){ NULL, 0 };
    EXPECT(entry, item_pack(&r, entry), "CN-LN RU+ export.CNY 5 on 730 of 1 area:210200",
           "CN-LN RU+ export.events 1 on 730 of 1 area:210200");
    r.partner_area = (struct text){ NULL, 0 };
    EXPECT(entry, item_pack(&r, entry), "CN-LN RU+ export.CNY 5 on 730 of 1 part",
           "CN-LN RU+ export.events 1 on 730 of 1 part");
}
END_TEST

START_TEST(what_is_retracted_or_not_signed_adds_nothing)
{
    struct record r = trade(BASIS_TRANSACTION);
    uint8_t entry[ITEM_BYTES_MOST];

    expect(NULL, 0, NULL, 0);
    r.status = TRADE_RETRACTED;
    expect(entry, item_pack(&r, entry), NULL, 0);
    r.basis = BASIS_STATISTIC;
    expect(entry, item_pack(&r, entry), NULL, 0);

    r = (struct record){ .type = RECORD_AGREEMENT, .currency = -1 };
    r.province_count = r.partner_count = 1;
    for (int status = 0; status < AGREEMENT_STATUS_COUNT; status++) {
        struct told told = { .count = 0 };

        r.status = (int8_t)status;
        ck_assert(entry_parts(entry, item_pack(&r, entry), tell, &told));
        ck_assert_uint_eq(told.count, status == AGREEMENT_SIGNED || status == AGREEMENT_IN_FORCE ||
                                              status == AGREEMENT_COMPLETED
                                          ? 2
                                          : 0);
    }
}
END_TEST

START_TEST(an_agreement_counts_once_in_each_pair_and_margin)
{
    struct record r = { .type = RECORD_AGREEMENT,
                        .status = AGREEMENT_IN_FORCE,
                        .kind = KIND_TRANSIT,
                        .currency = -1,
                        .day = 9,
                        .province_count = 1,
                        .partner_count = 1 };
    uint8_t entry[ITEM_BYTES_MOST];

    r.provinces[0] = PROVINCE_CN;
    r.partners[0] = PARTNER_KZ;
    EXPECT(entry, item_pack(&r, entry), "CN KZ+ agreements 1 on 9 of 1",
           "CN KZ+ agreements.TRANSIT 1 on 9 of 1");

    r.partner_count = 2; /* CN adds to no row of ALL */
    r.partners[1] = PARTNER_RU;
    EXPECT(entry, item_pack(&r, entry), "CN KZ= agreements 1 on 9 of 1",
           "CN RU= agreements 1 on 9 of 1", "CN ALL= agreements 1 on 9 of 1",
           "CN KZ= agreements.TRANSIT 1 on 9 of 1", "CN RU= agreements.TRANSIT 1 on 9 of 1",
           "CN ALL= agreements.TRANSIT 1 on 9 of 1");

    r.province_count = 2;
    r.provinces[1] = PROVINCE_LN;
    r.partner_count = 1;
    r.currency = CURRENCY_USD;
    r.minor = 100;
    EXPECT(entry, item_pack(&r, entry), "CN KZ= agreements 1 on 9 of 1",
           "CN ALL= agreements 1 on 9 of 1", "CN-LN KZ= agreements 1 on 9 of 1",
           "CN-LN ALL= agreements 1 on 9 of 1", "ALL KZ= agreements 1 on 9 of 1",
           "ALL ALL= agreements 1 on 9 of 1", "CN KZ= agreements.TRANSIT 1 on 9 of 1",
           "CN ALL= agreements.TRANSIT 1 on 9 of 1", "CN-LN KZ= agreements.TRANSIT 1 on 9 of 1",
           "CN-LN ALL= agreements.TRANSIT 1 on 9 of 1", "ALL KZ= agreements.TRANSIT 1 on 9 of 1",
           "ALL ALL= agreements.TRANSIT 1 on 9 of 1", "CN KZ= agreements.USD 100 on 9 of 1",
           "CN ALL= agreements.USD 100 on 9 of 1", "CN-LN KZ= agreements.USD 100 on 9 of 1",
           "CN-LN ALL= agreements.USD 100 on 9 of 1", "ALL KZ= agreements.USD 100 on 9 of 1",
           "ALL ALL= agreements.USD 100 on 9 of 1");
}
END_TEST

START_TEST(an_agreement_is_in_the_detail_of_its_sectors_and_areas)
{
    struct record r = { .type = RECORD_AGREEMENT,
                        .status = AGREEMENT_SIGNED,
                        .kind = KIND_MOU,
                        .currency = -1,
                        .day = 9,
                        .province_count = 1,
                        .partner_count = 1,
                        .sectors = { .count = 1, .items = { { "rail", 4 } } },
                        .areas = { .count = 1, .items = { { "KZ-75", 5 } } } };
    uint8_t entry[ITEM_BYTES_MOST];

    r.provinces[0] = PROVINCE_LN;
    r.partners[0] = PARTNER_KZ;
    EXPECT(entry, item_pack(&r, entry), "CN-LN KZ+ agreements 1 on 9 of 1",
           "CN-LN KZ+ agreements.MOU 1 on 9 of 1", "CN-LN KZ+ agreements 1 on 9 of 1 sector:rail",
           "CN-LN KZ+ agreements.MOU 1 on 9 of 1 sector:rail",
           "CN-LN KZ+ agreements 1 on 9 of 1 area:KZ-75",
           "CN-LN KZ+ agreements.MOU 1 on 9 of 1 area:KZ-75");
}
END_TEST

static size_t
add(uint8_t *entry, size_t size, const struct record *r)
{
    uint8_t item[ITEM_BYTES_MOST], out[16 * ITEM_BYTES_MOST], won;
    bool changed;

    size = entry_take(entry, size, item, item_pack(r, item), out, &changed, &won);
    ck_assert(changed);
    memcpy(entry, out, size);
    return size;
}

START_TEST(figures_add_increments_and_count_each_record_once)
{
    uint8_t entry[16 * ITEM_BYTES_MOST];
    struct record half = trade(BASIS_STATISTIC), whole = half, other = half;
    size_t size = 0;

    whole.day = 739; /* ten days: 50 yuan and 8 tons */
    whole.minor = 50;
    whole.unit = TEXT_LITERAL("TNE");
    whole.milli = 8;
    size = add(entry, size, &whole);
    EXPECT(entry, size, "CN-LN RU+ export.CNY 50 on 739 of 10",
           "CN-LN RU+ export.qty.TNE 8 on 739 of 10", "CN-LN RU+ export.events 1 on 739 of 10");

    half.day = 734; /* the first five of them: 20 yuan, but 9 tons */
    half.minor = 20;
    half.unit = TEXT_LITERAL("TNE");
    half.milli = 9;
    half.bound = BOUND_AT_LEAST;
    size = add(entry, size, &half);
    EXPECT(entry, size, "CN-LN RU+ export.CNY 20 on 734 of 5",
           "CN-LN RU+ export.CNY 30 on 739 of 5", "CN-LN RU+ export.qty.TNE 8 on 739 of 10",
           "CN-LN RU+ export.events 1 on 739 of 10", "CN-LN RU+ export.contradicted 1 on 734 of 5");

    other = half; /* a later version has the value alone, and stands beside it */
    other.version = 1;
    other.unit = (struct text){ NULL, 0 };
    other.minor = 50;
    size = add(entry, size, &other);
    EXPECT(entry, size, "CN-LN RU+ export.CNY 50 on 734 of 5",
           "CN-LN RU+ export.qty.TNE 8 on 739 of 10", "CN-LN RU+ export.events 1 on 739 of 10",
           "CN-LN RU+ export.contradicted 1 on 734 of 5", "CN-LN RU+ export.events 1 on 734 of 5",
           "CN-LN RU+ export.inexact 1 on 734 of 5");
}
END_TEST

START_TEST(bytes_that_are_no_entry_have_no_parts)
{
    struct record statistic = trade(BASIS_STATISTIC), fact = trade(BASIS_TRANSACTION);
    uint8_t entry[2 * ITEM_BYTES_MOST];
    struct told told = { .count = 0 };
    size_t size = item_pack(&statistic, entry);

    ck_assert(!entry_parts(entry, size - 1, tell, &told));
    size += item_pack(&fact, entry + size);
    ck_assert(!entry_parts(entry, size, tell, &told));
    ck_assert_uint_eq(told.count, 0);
}
END_TEST

/* Whatever a byte of a series is overwritten with, its parts are sound. */
static void
check_part(void *self, const struct part *part)
{
    int *count = self;

    ck_assert_int_ge(part->amount, 1);
    ck_assert_int_lt(part->amount, AMOUNT_LIMIT);
    ck_assert(1 <= part->span && part->span <= 366);
    ck_assert(0 <= part->day && part->day <= DAY_LAST);
    ++*count;
}

START_TEST(a_damaged_series_has_sound_parts_or_none)
{
    uint8_t entry[16 * ITEM_BYTES_MOST];
    size_t size = 0;
    int with = 0, without = 0;

    for (int from = 730; from < 750; from += 5) {
        struct record r = trade(BASIS_STATISTIC);

        r.from = from;
        r.day = from + 7;
        r.grade = (int8_t)(from / 10 % 4);
        r.minor = from * 3;
        r.unit = from % 2 == 0 ? TEXT_LITERAL("TNE") : (struct text){ NULL, 0 };
        size = add(entry, size, &r);
    }
    for (size_t i = 0; i < size; i++) {
        uint8_t good = entry[i];

        for (int byte = 0; byte < 256; byte++) {
            int count = 0;

            entry[i] = (uint8_t)byte;
            if (entry_parts(entry, size, check_part, &count))
                with++;
            else
                without++;
            ck_assert(byte != good || count > 0);
        }
        entry[i] = good;
    }
    ck_assert_int_gt(with, 0);
    ck_assert_int_gt(without, 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("parts");
    TCase *tcase = tcase_create("parts");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, a_measure_is_read_as_it_is_written, 0,
                        (int)(sizeof measures / sizeof measures[0]));
    tcase_add_loop_test(tcase, what_is_no_measure_is_not_read_as_one, 0,
                        (int)(sizeof no_measures / sizeof no_measures[0]));
    tcase_add_test(tcase, a_dimension_is_written_with_its_kind);
    tcase_add_test(tcase, a_transaction_adds_its_amounts_and_itself_in_every_dimension);
    tcase_add_test(tcase, what_is_retracted_or_not_signed_adds_nothing);
    tcase_add_test(tcase, an_agreement_counts_once_in_each_pair_and_margin);
    tcase_add_test(tcase, an_agreement_is_in_the_detail_of_its_sectors_and_areas);
    tcase_add_test(tcase, figures_add_increments_and_count_each_record_once);
    tcase_add_test(tcase, bytes_that_are_no_entry_have_no_parts);
    tcase_add_test(tcase, a_damaged_series_has_sound_parts_or_none);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
