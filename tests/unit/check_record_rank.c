/* Which of two records about the same thing stands. */
#include "record/record.h"
#include "tests/unit/drafts.h"

#include <check.h>

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))
enum { EDITS = 4 };

/* In each row the first stands below the second. */
/* clang-format off */
static const struct {
    enum base base;
    struct edit below[EDITS], above[EDITS];
} ranks[] = {
    /* authority outranks version, and version outranks content */
    { TRANSACTION, { INTEGER(VERSION, 9) }, { SAY(GRADE, "FLASH") } },
    { TRANSACTION, { SAY(GRADE, "FLASH") }, { SAY(GRADE, "PROVISIONAL") } },
    { TRANSACTION, { SAY(GRADE, "PROVISIONAL") }, { SAY(GRADE, "FINAL") } },
    { TRANSACTION, { SAY(STATUS, "RETRACTED") }, { INTEGER(VERSION, 1) } },
    { TRANSACTION, { SAY(VALUE, "99") }, { SAY(PUBLISHED_AT, "1970-01-01T00:00:00.001Z") } },
    /* then content, in this order */
    { TRANSACTION, { SAY(PROVINCE, "CN-ZJ") }, { SAY(STATUS, "RETRACTED") } },
    { AGREEMENT, { SAY(STATUS, "TERMINATED") }, { SAY(STATUS, "RETRACTED") } },
    { AGREEMENT, { SAY(STATUS, "COMPLETED") }, { SAY(STATUS, "IN_FORCE") } },
    { AGREEMENT, { SAY(STATUS, "PLANNED") }, { SAY(STATUS, "SIGNED") } },
    { AGREEMENT, { SAY(STATUS, "SIGNED") }, { SAY(STATUS, "TERMINATED") } },
    { TRANSACTION, { SAY(PROVINCE, "CN") }, { SAY(PROVINCE, "CN-AH") } },
    { TRANSACTION, { SAY(PROVINCE_AREA, "99") }, { SAY(PROVINCE, "CN-SX") } },
    { TRANSACTION, { OUT(PROVINCE_AREA) }, { SAY(PROVINCE_AREA, "00") } },
    { TRANSACTION, { SAY(PROVINCE_AREA, "37") }, { SAY(PROVINCE_AREA, "370") } },
    { TRANSACTION, { SAY(PARTNER, "US") }, { SAY(PROVINCE_AREA, "00") } },
    { TRANSACTION, { SAY(PARTNER, "RS") }, { SAY(PARTNER, "RU") } },
    { TRANSACTION, { SAY(FLOW, "TOTAL") }, { SAY(PARTNER_AREA, "00") } },
    { TRANSACTION, { SAY(FLOW, "EXPORT") }, { SAY(FLOW, "IMPORT") } },
    { TRANSACTION, { SAY(SCOPE, "PART"), SAY(COMMODITY, "99") }, { SAY(SCOPE, "WHOLE") } },
    { TRANSACTION, { SAY(CURRENCY, "USD") }, { SAY(COMMODITY, "01") } },
    { TRANSACTION, { SAY(COMMODITY, "87") }, { SAY(COMMODITY, "8701") } },
    { TRANSACTION, { OUT(VALUE), OUT(CURRENCY), SAY(QUANTITY, "9"), SAY(UNIT, "KGM") },
      { SAY(VALUE, "0"), SAY(QUANTITY, "1"), SAY(UNIT, "KGM") } },
    { TRANSACTION, { SAY(VALUE, "99") }, { SAY(CURRENCY, "USD") } },
    { TRANSACTION, { SAY(VALUE, "9") }, { SAY(VALUE, "10") } },
    { TRANSACTION, { SAY(OCCURRED_AT, "2024-01-01T00:00:00Z") },
      { SAY(QUANTITY, "0"), SAY(UNIT, "KGM") } },
    { TRANSACTION, { SAY(QUANTITY, "9"), SAY(UNIT, "KT") },
      { SAY(QUANTITY, "1"), SAY(UNIT, "KTN") } },
    { TRANSACTION, { SAY(QUANTITY, "9"), SAY(UNIT, "KGM") },
      { SAY(QUANTITY, "10"), SAY(UNIT, "KGM") } },
    { AGREEMENT, { SAY(KIND, "CONTRACT") }, { SAY(KIND, "BUNDLE"), SAY(VALUE, "1"),
                                              SAY(CURRENCY, "CNY") } },
    { AGREEMENT, { SAY(KIND, "BUNDLE"), SAY(SIGNED_ON, "2024-01-01") }, { SAY(KIND, "CONTRACT") } },
    { AGREEMENT, { SAY(KIND, "LETTER_OF_INTENT") }, { SAY(KIND, "MOU") } },
    { TRANSACTION, { SAY(BOUND, "AT_MOST") }, { SAY(OCCURRED_AT, "2024-01-01T00:00:00Z") } },
    { TRANSACTION, { SAY(BOUND, "ABOUT") }, { SAY(BOUND, "AT_LEAST") } },
    { TRANSACTION, { SAY(BOUND, "AT_LEAST") }, { SAY(BOUND, "AT_MOST") } },
    { AGREEMENT, { LIST(PROVINCES, "CN-SX") }, { SAY(BOUND, "ABOUT") } },
    { AGREEMENT, { LIST(PROVINCES, "CN CN-ZJ") }, { LIST(PROVINCES, "CN-AH") } },
    { AGREEMENT, { LIST(PROVINCES, "CN-AH") }, { LIST(PROVINCES, "CN-BJ CN-AH") } },
    { AGREEMENT, { LIST(PROVINCES, "CN-AH CN-ZJ") }, { LIST(PROVINCES, "CN-BJ") } },
    { AGREEMENT, { LIST(AREAS, "99") }, { LIST(PARTNERS, "RU US") } },
    { AGREEMENT, { LIST(SECTORS, "z") }, { LIST(AREAS, "00") } },
    { AGREEMENT, { LIST(AREAS, "AA ZZ") }, { LIST(AREAS, "AA-") } },
    { AGREEMENT, { OUT(SECTORS) }, { LIST(SECTORS, "a") } },
    { AGREEMENT, { LIST(SECTORS, "a b") }, { LIST(SECTORS, "a-") } },
};

/* These rank the same: it doesn't matter which one stands. */
static const struct {
    enum base base;
    struct edit one[EDITS], other[EDITS];
} equals[] = {
    { TRANSACTION, { OUT(TITLE) }, { OUT(TITLE) } },
    { TRANSACTION, { SAY(ID, "b") }, { SAY(TITLE, "t") } },
    { TRANSACTION, { SAY(OCCURRED_AT, "2023-10-24T16:00:00Z") },
      { SAY(OCCURRED_AT, "2023-10-25T15:00:00Z") } }, /* one day in China */
    { STATISTIC, { SAY(PERIOD_START, "2023-02-01") }, { OUT(TITLE) } },
    { AGREEMENT, { LIST(PARTIES, "a") }, { LIST(PARTIES, "b") } },
    { AGREEMENT, { LIST(SECTORS, "a b") }, { LIST(SECTORS, "b a") } },
    { AGREEMENT, { SAY(STATUS, "SIGNED") }, { OUT(STATUS) } },
};
/* clang-format on */

static void
settle(enum base base, const struct edit edits[EDITS], struct draft *draft, struct record *out)
{
    struct why why = { "", "" };

    draft_base(draft, base);
    draft_edits(draft, edits, EDITS);
    ck_assert_msg(record_settle(draft, out, &why) == FAULT_NONE, "%s", why.text);
}

static struct draft drafts[2];
static struct record a, b;

START_TEST(authority_then_version_then_content_decide)
{
    settle(ranks[_i].base, ranks[_i].below, &drafts[0], &a);
    settle(ranks[_i].base, ranks[_i].above, &drafts[1], &b);
    ck_assert_int_lt(record_rank_compare(&a, &b), 0);
    ck_assert_int_gt(record_rank_compare(&b, &a), 0);
    ck_assert_int_eq(record_rank_compare(&a, &a), 0);
}
END_TEST

START_TEST(what_states_the_same_ranks_the_same)
{
    settle(equals[_i].base, equals[_i].one, &drafts[0], &a);
    settle(equals[_i].base, equals[_i].other, &drafts[1], &b);
    ck_assert_int_eq(record_rank_compare(&a, &b), 0);
    ck_assert_int_eq(record_rank_compare(&b, &a), 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("record_rank");
    TCase *tcase = tcase_create("record_rank");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, authority_then_version_then_content_decide, 0, ROWS(ranks));
    tcase_add_loop_test(tcase, what_states_the_same_ranks_the_same, 0, ROWS(equals));
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
