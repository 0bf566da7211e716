/* How often waiting for Kafka is told, and how long it lasts. */
#include "ingest/patience.h"

#include <check.h>

static char said[1024];

static void
keep(void *self, const char *line, size_t length)
{
    size_t before = strlen(said);
    (void)self;
    ck_assert_uint_lt(before + length, sizeof said);
    memcpy(said + before, line, length);
    said[before + length] = '\0';
}

static const struct log sink = { .as_text = true, .put = keep };

static int
lines_said(void)
{
    int count = 0;
    for (const char *at = said; (at = strchr(at, '\n')) != NULL; at++)
        count++;
    said[0] = '\0';
    return count;
}

START_TEST(a_hiccup_is_not_told)
{
    struct patience p;
    patience_init(&p, &sink, 5000);
    ck_assert(patience_lasts(&p, 100, 7, "x"));
    ck_assert(patience_lasts(&p, 1099, 7, "x"));
    patience_rewarded(&p, 1099);
    ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(a_long_wait_is_told_ever_more_rarely)
{
    struct patience p;
    int told = 0, at_s[16] = { 0 };
    patience_init(&p, &sink, 0);
    for (int s = 0; s <= 300; s++) {
        ck_assert(patience_lasts(&p, s * 1000, 7, "x"));
        if (lines_said() > 0)
            at_s[told++] = s;
    }
    const int expected[] = { 1, 3, 7, 15, 31, 63, 123, 183, 243 };
    ck_assert_int_eq(told, 9);
    ck_assert_mem_eq(at_s, expected, sizeof expected);
}
END_TEST

START_TEST(it_is_told_what_is_waited_for_and_when_it_came)
{
    struct patience p;
    patience_init(&p, &sink, 5000);
    ck_assert(patience_lasts(&p, 0, 7, "refused"));
    ck_assert(patience_lasts(&p, 1500, 7, "refused"));
    patience_rewarded(&p, 2000);
    patience_rewarded(&p, 3000);
    ck_assert_str_eq(said, "00:00:00 warn  waiting for kafka  waited_ms=1500  limit_ms=5000  "
                           "not_delivered=7  reason=refused\n"
                           "00:00:00 info  kafka answers again  waited_ms=2000\n");
}
END_TEST

START_TEST(it_ends_at_its_limit_and_begins_anew_after_a_reward)
{
    struct patience p;
    patience_init(&p, &sink, 5000);
    ck_assert(patience_lasts(&p, 0, 1, ""));
    ck_assert(patience_lasts(&p, 4999, 1, ""));
    ck_assert(!patience_lasts(&p, 5000, 1, ""));
    patience_rest(&p);
    ck_assert(patience_lasts(&p, 6000, 1, ""));
    ck_assert(patience_lasts(&p, 10999, 1, ""));
    ck_assert(!patience_lasts(&p, 11000, 1, ""));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("patience");
    TCase *cases = tcase_create("patience");
    tcase_add_test(cases, a_hiccup_is_not_told);
    tcase_add_test(cases, a_long_wait_is_told_ever_more_rarely);
    tcase_add_test(cases, it_is_told_what_is_waited_for_and_when_it_came);
    tcase_add_test(cases, it_ends_at_its_limit_and_begins_anew_after_a_reward);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
