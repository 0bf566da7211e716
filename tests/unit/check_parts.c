/* What deals and agreements add: amounts and counts, where and on which day; and
 * the names of the rows of :detail.  Statistics are in check_series.c. */
#include "tests/unit/parts_told.h"

#define COUNT(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))

/* ---- dimensions ---------------------------------------------------------------- */

#define TEXT(literal) { literal, sizeof(literal) - 1 }

static const struct {
    struct dim dim;
    const char *text;
} dims[] = {
    { { .form = DIM_NONE }, "" },
    { { .form = DIM_PART }, "part" },
    { { .form = DIM_PLACE, .text = TEXT("87") }, "hs:87" },
    { { .form = DIM_PLACE, .text = TEXT("8703230001") }, "hs:8703230001" },
    { { .form = DIM_PLACE, .areas = { TEXT("RU-BU") } }, "area:RU-BU" },
    { { .form = DIM_PLACE, .text = TEXT("8703"), .areas = { TEXT("370300") } },
      "area:370300+hs:8703" },
    { { .form = DIM_PLACE, .areas = { TEXT("370300"), TEXT("RU-BU") } }, "area:370300+area:RU-BU" },
    { { .form = DIM_PLACE,
        .text = TEXT("8703230001"),
        .areas = { TEXT("370300-ABCDE"), TEXT("RU-PRI-12345") } },
      "area:370300-ABCDE+area:RU-PRI-12345+hs:8703230001" },
    { { .form = DIM_SECTOR, .text = TEXT("0123456789-0123456789-0123456789") },
      "sector:0123456789-0123456789-0123456789" },
};

START_TEST(a_dimension_is_written_with_its_kind)
{
    char text[DIM_TEXT];

    ck_assert_uint_eq(dim_write(&dims[_i].dim, text), strlen(dims[_i].text));
    ck_assert_str_eq(text, dims[_i].text);
    ck_assert_uint_lt(strlen(text), DIM_TEXT - 1); /* it was not cut */
}
END_TEST

/* ---- deals ---------------------------------------------------------------------- */

START_TEST(a_deal_is_told_apart_from_statistics_and_in_every_dimension)
{
    struct record r = trade(BASIS_TRANSACTION);

    EXPECT(entry, item_pack(&r, entry), "CN-LN RU+ deals.export.CNY 5 on 730 of 1",
           "CN-LN RU+ deals.export.events 1 on 730 of 1");

    r.minor = 0; /* adds nothing, is an event */
    r.bound = BOUND_ABOUT;
    r.flow = FLOW_IMPORT;
    r.unit = TEXT_LITERAL("TNE");
    r.milli = 1500;
    EXPECT(entry, item_pack(&r, entry), "CN-LN RU+ deals.import.qty.TNE 1500 on 730 of 1",
           "CN-LN RU+ deals.import.events 1 on 730 of 1",
           "CN-LN RU+ deals.import.inexact 1 on 730 of 1");

    r = trade(BASIS_TRANSACTION);
    r.commodity = TEXT_LITERAL("870323");
    r.province_area = TEXT_LITERAL("210200");
    r.partner_area = TEXT_LITERAL("210200");
    EXPECT(entry, item_pack(&r, entry), "CN-LN RU+ deals.export.CNY 5 on 730 of 1",
           "CN-LN RU+ deals.export.events 1 on 730 of 1",
           "CN-LN RU+ deals.export.CNY 5 on 730 of 1 hs:87",
           "CN-LN RU+ deals.export.events 1 on 730 of 1 hs:87",
           "CN-LN RU+ deals.export.CNY 5 on 730 of 1 area:210200",
           "CN-LN RU+ deals.export.events 1 on 730 of 1 area:210200");

    r.scope = SCOPE_PART;
    r.partner_area = TEXT_LITERAL("RU-BU");
    r.province_area = TEXT_LITERAL("ZZ");
    EXPECT(entry, item_pack(&r, entry), "CN-LN RU+ deals.export.CNY 5 on 730 of 1 hs:87",
           "CN-LN RU+ deals.export.events 1 on 730 of 1 hs:87",
           "CN-LN RU+ deals.export.CNY 5 on 730 of 1 area:RU-BU",
           "CN-LN RU+ deals.export.events 1 on 730 of 1 area:RU-BU",
           "CN-LN RU+ deals.export.CNY 5 on 730 of 1 area:ZZ",
           "CN-LN RU+ deals.export.events 1 on 730 of 1 area:ZZ");

    r.commodity = r.province_area = r.partner_area = (struct text){ NULL, 0 };
    EXPECT(entry, item_pack(&r, entry), "CN-LN RU+ deals.export.CNY 5 on 730 of 1 part",
           "CN-LN RU+ deals.export.events 1 on 730 of 1 part");
}
END_TEST

START_TEST(a_deal_with_a_group_counts_in_every_margin)
{
    struct record r = trade(BASIS_TRANSACTION);

    r.partner = PARTNER_ASEAN;
    EXPECT(entry, item_pack(&r, entry), "CN-LN ASEAN+ deals.export.CNY 5 on 730 of 1",
           "CN-LN ASEAN+ deals.export.events 1 on 730 of 1");
}
END_TEST

START_TEST(a_fact_that_another_of_equal_authority_contradicts_is_undecided)
{
    struct record r = trade(BASIS_TRANSACTION);
    size_t size = add(entry, 0, &r);

    r.minor = 7;
    size = add(entry, size, &r);
    EXPECT(entry, size, "CN-LN RU+ deals.export.CNY 7 on 730 of 1",
           "CN-LN RU+ deals.export.events 1 on 730 of 1",
           "CN-LN RU+ deals.export.undecided 1 on 730 of 1");
    r.version = 1;
    size = add(entry, size, &r);
    EXPECT(entry, size, "CN-LN RU+ deals.export.CNY 7 on 730 of 1",
           "CN-LN RU+ deals.export.events 1 on 730 of 1");

    r = (struct record){ .type = RECORD_AGREEMENT,
                         .status = AGREEMENT_SIGNED,
                         .kind = KIND_MOU,
                         .currency = -1,
                         .day = 9,
                         .province_count = 1,
                         .partner_count = 1 };
    r.provinces[0] = PROVINCE_LN;
    r.partners[0] = PARTNER_KZ;
    size = add(entry, 0, &r);
    r.kind = KIND_OTHER;
    size = add(entry, size, &r);
    EXPECT(entry, size, "CN-LN KZ+ agreements 1 on 9 of 1",
           "CN-LN KZ+ agreements.OTHER 1 on 9 of 1", "CN-LN KZ+ agreements.undecided 1 on 9 of 1");
    r.status = AGREEMENT_RETRACTED; /* of equal authority, and greater */
    size = add(entry, size, &r);
    expect("", entry, size, NULL, 0);
}
END_TEST

START_TEST(what_is_retracted_or_not_signed_adds_nothing)
{
    struct record r = trade(BASIS_TRANSACTION);

    expect("", NULL, 0, NULL, 0);
    r.status = TRADE_RETRACTED;
    expect("", entry, item_pack(&r, entry), NULL, 0);
    r.basis = BASIS_STATISTIC;
    expect("", entry, item_pack(&r, entry), NULL, 0);

    r = (struct record){ .type = RECORD_AGREEMENT, .currency = -1 };
    r.province_count = r.partner_count = 1;
    for (int status = 0; status < AGREEMENT_STATUS_COUNT; status++) {
        static struct told told;

        told.count = 0;
        r.status = (int8_t)status;
        ck_assert(entry_parts(entry, item_pack(&r, entry), tell, &told));
        ck_assert_uint_eq(told.count, status == AGREEMENT_SIGNED || status == AGREEMENT_IN_FORCE ||
                                              status == AGREEMENT_COMPLETED
                                          ? 2
                                          : 0);
    }
}
END_TEST

/* ---- agreements ------------------------------------------------------------------- */

START_TEST(an_agreement_counts_once_in_each_pair_and_margin)
{
    struct record r = { .type = RECORD_AGREEMENT,
                        .status = AGREEMENT_IN_FORCE,
                        .kind = KIND_TRANSIT,
                        .currency = -1,
                        .day = 9,
                        .province_count = 1,
                        .partner_count = 1 };

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

    r.provinces[0] = PROVINCE_LN;
    r.partners[0] = PARTNER_KZ;
    EXPECT(entry, item_pack(&r, entry), "CN-LN KZ+ agreements 1 on 9 of 1",
           "CN-LN KZ+ agreements.MOU 1 on 9 of 1", "CN-LN KZ+ agreements 1 on 9 of 1 sector:rail",
           "CN-LN KZ+ agreements.MOU 1 on 9 of 1 sector:rail",
           "CN-LN KZ+ agreements 1 on 9 of 1 area:KZ-75",
           "CN-LN KZ+ agreements.MOU 1 on 9 of 1 area:KZ-75");
}
END_TEST

START_TEST(an_agreement_with_a_group_counts_in_every_margin)
{
    struct record r = { .type = RECORD_AGREEMENT,
                        .status = AGREEMENT_SIGNED,
                        .kind = KIND_MOU,
                        .currency = -1,
                        .day = 9,
                        .province_count = 1,
                        .partner_count = 1 };

    r.provinces[0] = PROVINCE_LN;
    r.partners[0] = PARTNER_ASEAN;
    EXPECT(entry, item_pack(&r, entry), "CN-LN ASEAN+ agreements 1 on 9 of 1",
           "CN-LN ASEAN+ agreements.MOU 1 on 9 of 1");
    r.partner_count = 2;
    r.partners[1] = PARTNER_VN;
    EXPECT(entry, item_pack(&r, entry), "CN-LN ASEAN= agreements 1 on 9 of 1",
           "CN-LN VN= agreements 1 on 9 of 1", "CN-LN ALL= agreements 1 on 9 of 1",
           "ALL ASEAN= agreements 1 on 9 of 1", "ALL VN= agreements 1 on 9 of 1",
           "ALL ALL= agreements 1 on 9 of 1", "CN-LN ASEAN= agreements.MOU 1 on 9 of 1",
           "CN-LN VN= agreements.MOU 1 on 9 of 1", "CN-LN ALL= agreements.MOU 1 on 9 of 1",
           "ALL ASEAN= agreements.MOU 1 on 9 of 1", "ALL VN= agreements.MOU 1 on 9 of 1",
           "ALL ALL= agreements.MOU 1 on 9 of 1");
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
    tcase_add_loop_test(tcase, a_dimension_is_written_with_its_kind, 0, COUNT(dims));
    tcase_add_test(tcase, a_deal_is_told_apart_from_statistics_and_in_every_dimension);
    tcase_add_test(tcase, a_deal_with_a_group_counts_in_every_margin);
    tcase_add_test(tcase, a_fact_that_another_of_equal_authority_contradicts_is_undecided);
    tcase_add_test(tcase, what_is_retracted_or_not_signed_adds_nothing);
    tcase_add_test(tcase, an_agreement_counts_once_in_each_pair_and_margin);
    tcase_add_test(tcase, an_agreement_is_in_the_detail_of_its_sectors_and_areas);
    tcase_add_test(tcase, an_agreement_with_a_group_counts_in_every_margin);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
