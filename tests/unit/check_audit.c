#include <check.h>
#include <stdlib.h>

#include "aggregator/state.h"

/* What a tag that Redis tells makes of a share. */

static const struct version older = { 7, 2 }, newer = { 7, 16 };
enum { DAY = 19753 };

static struct partition p;
static struct share *share;

static void
set_up(void)
{
    p = (struct partition){ .synced = true };
    share = &p.shares[SCOPE_ALL];
    *share = (struct share){ .tag = tag_plain((struct moment){ older, DAY }),
                             .position = 3,
                             .sent_position = 9 };
}

static struct tag
half_from(struct version from)
{
    return (struct tag){ .form = TAG_HALF,
                         .from = { from, version_is_none(from) ? 0 : DAY },
                         .to = { newer, DAY },
                         .bucket = 159 };
}

static void
told(const struct tag *tag)
{
    char text[TAG_TEXT];

    resolve_tag(&p, SCOPE_ALL, (struct text){ text, tag_write(tag, text) });
}

START_TEST(a_push_whose_answer_was_lost_is_ours)
{
    struct tag to = tag_plain((struct moment){ newer, DAY });

    share->sent = to;
    told(&to);
    ck_assert(!p.wants_sync);
    ck_assert(tag_equal(&share->tag, &to));
    ck_assert_uint_eq(share->position, 9);
}
END_TEST

START_TEST(a_step_whose_answer_was_lost_is_ours)
{
    struct tag half = half_from(older);

    share->sent = half;
    told(&half);
    ck_assert(!p.wants_sync);
    ck_assert(tag_equal(&share->tag, &half));
    ck_assert_uint_eq(share->position, 3);
    ck_assert_uint_eq(share->to_position, 9);
}
END_TEST

/* A step was sent; the scope was wiped, and rows that only A needed were
 * dropped; then another master shows the step.  What lies between A and B is
 * no longer known (story seed 176686 pushed nothing for it). */
START_TEST(a_step_that_comes_back_after_the_scope_was_empty_is_not_ours)
{
    struct tag half = half_from(older), empty = { .form = TAG_EMPTY };

    share->sent = half;
    told(&half);
    told(&empty);
    ck_assert(!p.wants_sync);
    told(&half);
    ck_assert(p.wants_sync);
}
END_TEST

/* From the empty content no position is needed. */
START_TEST(a_first_step_that_comes_back_is_ours)
{
    struct tag half = half_from((struct version){ 0, 0 }), empty = { .form = TAG_EMPTY };

    share->tag = empty;
    share->sent = half;
    told(&half);
    told(&empty);
    told(&half);
    ck_assert(!p.wants_sync);
    ck_assert(tag_equal(&share->tag, &half));
    ck_assert_uint_eq(share->to_position, 9);
}
END_TEST

START_TEST(a_tag_that_nobody_sent_wants_the_journal)
{
    struct tag half = half_from(older);

    told(&half);
    ck_assert(p.wants_sync);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("audit");
    TCase *tcase = tcase_create("audit");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, a_push_whose_answer_was_lost_is_ours);
    tcase_add_test(tcase, a_step_whose_answer_was_lost_is_ours);
    tcase_add_test(tcase, a_step_that_comes_back_after_the_scope_was_empty_is_not_ours);
    tcase_add_test(tcase, a_first_step_that_comes_back_is_ours);
    tcase_add_test(tcase, a_tag_that_nobody_sent_wants_the_journal);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
