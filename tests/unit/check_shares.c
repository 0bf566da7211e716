#include <check.h>
#include <stdlib.h>

#include "aggregator/state.h"

/* What is to be pushed yet: one share that is not like the others, and what is said of all. */

enum { DAY = 19753, NOW = 500, ROWS = 4 };

static struct partition p, *partitions[] = { &p };
static const struct owned owned = { .at = partitions, .count = 1 };

static void
set_up(void)
{
    p = (struct partition){ .state = PARTITION_READING, .committed_rows = ROWS };
    for (int s = 0; s < SCOPE_COUNT; s++)
        p.shares[s] =
            (struct share){ .tag = tag_plain((struct moment){ { 7, 2 }, DAY }), .position = ROWS };
}

enum tag_is { TODAY, YESTERDAY, EMPTY, HALF };

static struct tag
tag_that_is(enum tag_is what)
{
    struct moment moment = { { 7, 2 }, what == YESTERDAY ? DAY - 1 : DAY };

    if (what == EMPTY)
        return (struct tag){ .form = TAG_EMPTY };
    if (what == HALF)
        return (struct tag){ .form = TAG_HALF, .from = moment, .to = moment, .bucket = 1 };
    return tag_plain(moment);
}

/* clang-format off */
static const struct {
    const char *name;
    struct { enum partition_state state; bool open, held, away; } partition;
    struct { enum tag_is tag; size_t position; int64_t rest_until; bool away; } share;
    bool shown, rests;
    bool answers, can_be; /* all is pushed of what answers, of what can be */
} rows[] = {
    { "as it should be", { PARTITION_READING, false, false, false }, { TODAY, ROWS, 0, false },
      true, false, true, true },
    { "loaded, not read yet", { PARTITION_LOADED, false, false, false }, { TODAY, ROWS, 0, false },
      true, false, true, true },
    { "behind", { PARTITION_READING, false, false, false }, { TODAY, ROWS - 1, 0, false },
      false, false, false, false },
    { "of yesterday", { PARTITION_READING, false, false, false }, { YESTERDAY, ROWS, 0, false },
      false, false, false, false },
    { "empty", { PARTITION_READING, false, false, false }, { EMPTY, ROWS, 0, false },
      false, false, false, false },
    { "half way", { PARTITION_READING, false, false, false }, { HALF, ROWS, 0, false },
      false, false, false, false },
    { "out of range", { PARTITION_READING, false, false, false },
      { TODAY, ROWS - 1, NOW + 1, false }, false, true, false, true },
    { "its rest is over", { PARTITION_READING, false, false, false },
      { TODAY, ROWS - 1, NOW, false }, false, false, false, true },
    { "behind, its scope is away", { PARTITION_READING, false, false, false },
      { TODAY, ROWS - 1, 0, true }, false, true, true, false },
    { "stale", { PARTITION_STALE, false, false, false }, { TODAY, ROWS, 0, false },
      false, false, false, false },
    { "a batch is open", { PARTITION_READING, true, false, false }, { TODAY, ROWS, 0, false },
      false, false, false, false },
    { "open, and held", { PARTITION_READING, true, true, false }, { TODAY, ROWS, 0, false },
      true, false, true, true },
    { "held", { PARTITION_READING, false, true, false }, { TODAY, ROWS, 0, false },
      false, false, false, false },
    { "stale, its keys are away", { PARTITION_STALE, false, false, true },
      { TODAY, ROWS, 0, false }, false, false, true, false },
    { "behind, its keys are away", { PARTITION_READING, false, false, true },
      { TODAY, ROWS - 1, 0, false }, false, false, false, false },
    { "behind, open and held, its keys are away", { PARTITION_READING, true, true, true },
      { TODAY, ROWS - 1, 0, false }, false, false, true, false },
};
/* clang-format on */

START_TEST(what_is_to_be_pushed_yet_is_known)
{
    struct share *share = &p.shares[SCOPE_COUNT - 1];
    const char *name = rows[_i].name;

    p.state = rows[_i].partition.state;
    p.open = rows[_i].partition.open;
    p.held = rows[_i].partition.held;
    p.away = rows[_i].partition.away;
    share->tag = tag_that_is(rows[_i].share.tag);
    share->position = rows[_i].share.position;
    share->rest_until = rows[_i].share.rest_until;
    share->away = rows[_i].share.away;
    ck_assert_msg(share_is_shown(&p, share, DAY) == rows[_i].shown, "%s: shown", name);
    ck_assert_msg(share_rests(share, NOW) == rows[_i].rests, "%s: rests", name);
    ck_assert_msg(pushed_all(&owned, DAY) == rows[_i].shown, "%s: all", name);
    ck_assert_msg(pushed_what_answers(&owned, DAY) == rows[_i].answers, "%s: what answers", name);
    ck_assert_msg(pushed_what_can_be(&owned, DAY) == rows[_i].can_be, "%s: what can be", name);
}
END_TEST

START_TEST(without_a_partition_nothing_is_to_be_pushed)
{
    const struct owned none = { 0 };

    ck_assert(pushed_all(&none, DAY) && pushed_what_answers(&none, DAY) &&
              pushed_what_can_be(&none, DAY));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("shares");
    TCase *tcase = tcase_create("shares");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_loop_test(tcase, what_is_to_be_pushed_yet_is_known, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tcase, without_a_partition_nothing_is_to_be_pushed);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
