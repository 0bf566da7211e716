#include <check.h>
#include <stdlib.h>

#include "aggregator/push_inside.h"

/* Two partitions of which each has one row to push, of Liaoning, and a Redis that answers. */

enum { DAY = 19753 /* 2024-01-31 */, REST_MS = 1000 };

static int64_t now;

static int64_t
now_ms(void *self)
{
    (void)self;
    return now;
}

static struct aggregator a;
static struct partition p, q, *partitions[] = { &p, &q };

static const struct tag old = { .form = TAG_PLAIN, .from = { { 1, 5 }, DAY } };
static const struct tag new = { .form = TAG_PLAIN, .from = { { 1, 7 }, DAY } };
static struct answer of_p, of_q, of_both; /* to a PUSH of these */
static int pushes_of_p, pushes_of_q, pushes_of_both;

static bool
has_arg(const struct command *command, const char *word)
{
    for (size_t i = 0; i < command->count; i++)
        if (text_equal(command->args[i], text_of(word)))
            return true;
    return false;
}

static enum fault
answer_pushes(void *self, const struct command *commands, size_t count, struct answer *answers,
              struct why *why)
{
    bool away = false;

    (void)self;
    for (size_t i = 0; i < count; i++) {
        bool has_p = has_arg(&commands[i], p.name), has_q = has_arg(&commands[i], q.name);

        ck_assert_ptr_eq(commands[i].script, &a.wire.scripts[SCRIPT_PUSH]);
        ck_assert(has_p || has_q);
        answers[i] = has_p && has_q ? of_both : has_p ? of_p : of_q;
        pushes_of_both += has_p && has_q;
        pushes_of_p += has_p && !has_q;
        pushes_of_q += has_q && !has_p;
        away = away || answers[i].kind == ANSWER_AWAY;
    }
    return away ? why_set(why, FAULT_STORE_AWAY, "away") : FAULT_NONE;
}

static struct answer
answer_of(const char *word)
{
    static struct answer words[8];
    static size_t used;
    struct answer *item = &words[used++ % 8];

    *item = (struct answer){ .kind = ANSWER_TEXT, .text = text_of(word) };
    return (struct answer){ .kind = ANSWER_LIST, .items = item, .count = 1 };
}

static void
begin_partition(struct partition *it, int32_t number)
{
    struct part part = {
        .province = PROVINCE_LN, .partner = PARTNER_RU, .spread = SPREAD_ALL, .span = 1, .day = DAY
    };
    struct dim none = { .form = DIM_NONE };

    *it = (struct partition){ .state = PARTITION_READING,
                              .place = { TOPIC_TRADE_EVENTS, number },
                              .version = new.from.version,
                              .rows = malloc(sizeof *it->rows),
                              .row_count = 1,
                              .row_room = 1,
                              .committed_rows = 1 };
    (void)snprintf(it->name, sizeof it->name, "trade-events/%d", number);
    it->rows[0] = row_make(&part, dim_table_number(a.entering.dims, &none), 100);
    for (int s = 0; s < SCOPE_COUNT; s++)
        it->shares[s].tag = old;
}

static void
set_up(void)
{
    now = 5000;
    pushes_of_p = pushes_of_q = pushes_of_both = 0;
    a = (struct aggregator){ .settings = settings_default(),
                             .wire.day = DAY,
                             .owned = { .at = partitions, .count = 2 },
                             .entering.dims = dim_table_new() };
    aggregator_join(&a);
    a.world.clock = (struct clock){ .wall_ms = now_ms, .tick_ms = now_ms };
    a.world.store = (struct store_way){ .run = answer_pushes };
    scripts_load(a.wire.scripts);
    begin_partition(&p, 0);
    begin_partition(&q, 1);
    of_p = of_q = of_both = answer_of("OK");
}

static void
tear_down(void)
{
    free(p.rows);
    free(q.rows);
    free(a.pushing.pushes.list);
    free(a.pushing.pushes.moves);
    sums_release(&a.pushing.fold);
    sums_release(&a.pushing.fold_all);
    cells_release(&a.pushing.cells);
    calls_release(&a.wire.calls);
    dim_table_free(a.entering.dims);
}

static bool
is_pushed(const struct partition *it)
{
    for (int s = 0; s < SCOPE_COUNT; s++)
        if (it->shares[s].position != it->committed_rows)
            return false;
    return tag_equal(&it->shares[PROVINCE_LN].tag, &new) &&
           tag_equal(&it->shares[SCOPE_ALL].tag, &new);
}

static void
push(int together, int alone_p, int alone_q)
{
    pushes_of_p = pushes_of_q = pushes_of_both = 0;
    ck_assert_int_eq(push_all(&a.pushing, NULL), FAULT_NONE);
    ck_assert_int_eq(pushes_of_both, together);
    ck_assert_int_eq(pushes_of_p, alone_p);
    ck_assert_int_eq(pushes_of_q, alone_q);
}

/* The province, and ALL. */
START_TEST(what_two_partitions_changed_is_pushed_together)
{
    push(2, 0, 0);
    ck_assert(is_pushed(&p) && is_pushed(&q));
    ck_assert_int_eq(a.counts.pushes, 2);
    push(0, 0, 0);
}
END_TEST

START_TEST(what_is_out_of_range_together_is_pushed_one_by_one)
{
    of_both = answer_of("RANGE");
    push(2, 2, 2);
    ck_assert(is_pushed(&p) && is_pushed(&q));
    ck_assert_int_eq(a.counts.pushes, 4);
    ck_assert_int_eq(a.counts.ranges, 0); /* of one alone */
    for (int s = 0; s < SCOPE_COUNT; s++)
        ck_assert(!a.pushing.one_by_one[s]); /* nobody is behind */
}
END_TEST

START_TEST(what_is_out_of_range_alone_rests_for_a_second_and_lets_the_other_pass)
{
    of_both = of_q = answer_of("RANGE");
    push(2, 2, 2);
    ck_assert(is_pushed(&p) && !is_pushed(&q));
    ck_assert_int_eq(a.counts.ranges, 2);
    for (int s = 0; s < SCOPE_COUNT; s++) {
        bool is_meant = s == PROVINCE_LN || s == SCOPE_ALL;

        ck_assert_int_eq(a.pushing.one_by_one[s], is_meant);
        ck_assert_int_eq(q.shares[s].rest_until, is_meant ? now + REST_MS : 0);
    }
    now += REST_MS - 1;
    push(0, 0, 0);
    now++;
    push(0, 0, 2);
    of_q = answer_of("OK");
    now += REST_MS;
    push(0, 0, 2);
    ck_assert(is_pushed(&q));
    ck_assert(!a.pushing.one_by_one[PROVINCE_LN] && !a.pushing.one_by_one[SCOPE_ALL]);
}
END_TEST

START_TEST(a_tag_that_is_not_as_we_believe_is_looked_up)
{
    static const struct answer found[] = {
        { .kind = ANSWER_TEXT, .text = { "MISMATCH", 8 } },
        { .kind = ANSWER_TEXT, .text = { "!", 1 } },
        { .kind = ANSWER_NIL },
    };

    of_both = (struct answer){ .kind = ANSWER_LIST, .items = found, .count = 3 };
    q.open = q.held = true; /* so it is not pushed alone afterwards */
    push(2, 0, 0);
    ck_assert_int_eq(a.counts.mismatches, 2);
    ck_assert(a.wire.audit_soon);
    ck_assert(partition_wants_sync(&p)); /* only the journal can tell */
    ck_assert(!partition_wants_sync(&q));
    ck_assert(tag_equal(&q.shares[PROVINCE_JL].tag, &old));
    ck_assert(q.shares[PROVINCE_LN].away && q.shares[SCOPE_ALL].away);
}
END_TEST

START_TEST(a_scope_that_does_not_answer_is_left_alone)
{
    struct why why = { "", "" };

    of_both = (struct answer){ .kind = ANSWER_AWAY };
    ck_assert_int_eq(push_all(&a.pushing, &why), FAULT_STORE_AWAY);
    for (int s = 0; s < SCOPE_COUNT; s++) {
        bool is_meant = s == PROVINCE_LN || s == SCOPE_ALL;

        ck_assert_int_eq(p.shares[s].away, is_meant);
        ck_assert_int_eq(q.shares[s].away, is_meant);
    }
    ck_assert(a.wire.any_away);
    of_both = answer_of("OK");
    push(0, 0, 0);
}
END_TEST

/* Pair and margin, and the months of both, are in buckets of their own: each is a step. */
START_TEST(what_is_too_long_for_one_script_goes_in_steps_of_one_turn)
{
    a.settings.split_cells = 1;
    ck_assert_int_eq(push_all(&a.pushing, NULL), FAULT_NONE);
    ck_assert_int_gt(pushes_of_both, 4);
    ck_assert_int_eq(a.counts.pushes, pushes_of_both);
    ck_assert(is_pushed(&p) && is_pushed(&q));
}
END_TEST

START_TEST(a_step_that_is_refused_is_the_last_of_its_turn)
{
    a.settings.split_cells = 1;
    of_both = answer_of("RANGE");
    ck_assert_int_eq(push_all(&a.pushing, NULL), FAULT_NONE);
    ck_assert_int_eq(pushes_of_both, 2);       /* the province's first, and that of ALL */
    ck_assert(is_pushed(&p) && is_pushed(&q)); /* alone, each in its steps */
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("push");
    TCase *tcase = tcase_create("push");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, what_two_partitions_changed_is_pushed_together);
    tcase_add_test(tcase, what_is_out_of_range_together_is_pushed_one_by_one);
    tcase_add_test(tcase, what_is_out_of_range_alone_rests_for_a_second_and_lets_the_other_pass);
    tcase_add_test(tcase, a_tag_that_is_not_as_we_believe_is_looked_up);
    tcase_add_test(tcase, a_scope_that_does_not_answer_is_left_alone);
    tcase_add_test(tcase, what_is_too_long_for_one_script_goes_in_steps_of_one_turn);
    tcase_add_test(tcase, a_step_that_is_refused_is_the_last_of_its_turn);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
