/* What the invented Redis can and a real one can't: lost answers, late copies,
 * lost tails, split brains, mistakes in scripts. */
#include "tests/story/redis.h"

#include <check.h>

struct plan {
    enum redis_fate fates[8];
    size_t asked, ran;
    enum fault fault_at_third;
};

static enum redis_fate
plan_before(void *self, struct redis_client *client, const struct command *c, enum fault *fault)
{
    struct plan *plan = self;

    (void)client;
    (void)c;
    if (plan->asked == 2)
        *fault = plan->fault_at_third;
    return plan->fates[plan->asked++];
}

static void
plan_after(void *self, struct redis_client *client, const struct command *c, const struct answer *a,
           enum fault *fault)
{
    struct plan *plan = self;

    (void)client;
    (void)c;
    (void)a;
    (void)fault;
    plan->ran++;
}

static const struct {
    enum redis_fate fates[3];
    enum fault stop, fault;
    enum answer_kind kinds[3];
    int ran; /* bits */
} fate_rows[] = {
    { { FATE_RUN, FATE_RUN, FATE_RUN },
      FAULT_NONE,
      FAULT_NONE,
      { ANSWER_INTEGER, ANSWER_INTEGER, ANSWER_INTEGER },
      7 },
    { { FATE_RUN, FATE_LOSE_REPLY, FATE_RUN },
      FAULT_NONE,
      FAULT_STORE_AWAY,
      { ANSWER_INTEGER, ANSWER_AWAY, ANSWER_AWAY },
      7 },
    { { FATE_LOSE_REPLY, FATE_DROP, FATE_RUN },
      FAULT_NONE,
      FAULT_STORE_AWAY,
      { ANSWER_AWAY, ANSWER_AWAY, ANSWER_AWAY },
      1 },
    { { FATE_RUN, FATE_DROP, FATE_RUN },
      FAULT_NONE,
      FAULT_STORE_AWAY,
      { ANSWER_INTEGER, ANSWER_AWAY, ANSWER_AWAY },
      1 },
    { { FATE_RUN, FATE_NOT_NOW, FATE_RUN },
      FAULT_NONE,
      FAULT_STORE_AWAY,
      { ANSWER_INTEGER, ANSWER_AWAY, ANSWER_INTEGER },
      5 },
    { { FATE_REFUSE, FATE_RUN, FATE_RUN },
      FAULT_NONE,
      FAULT_NONE,
      { ANSWER_ERROR, ANSWER_INTEGER, ANSWER_INTEGER },
      6 },
    { { FATE_RUN, FATE_RUN, FATE_RUN },
      FAULT_CRASHED,
      FAULT_CRASHED,
      { ANSWER_INTEGER, ANSWER_INTEGER, ANSWER_AWAY },
      3 },
};

START_TEST(a_watch_decides_what_becomes_of_each_command)
{
    struct redis *r = redis_new();
    struct plan plan = { { fate_rows[_i].fates[0], fate_rows[_i].fates[1], fate_rows[_i].fates[2] },
                         0,
                         0,
                         fate_rows[_i].stop };
    struct redis_client *client =
        redis_connect(r, &(struct redis_watch){ &plan, plan_before, plan_after });
    const struct store_way way = redis_way(client);
    const struct text args[3][4] = {
        { TEXT_LITERAL("HINCRBY"), TEXT_LITERAL("{a}h"), TEXT_LITERAL("f"), TEXT_LITERAL("1") },
        { TEXT_LITERAL("HINCRBY"), TEXT_LITERAL("{b}h"), TEXT_LITERAL("f"), TEXT_LITERAL("2") },
        { TEXT_LITERAL("HINCRBY"), TEXT_LITERAL("{a}h"), TEXT_LITERAL("f"), TEXT_LITERAL("4") },
    };
    const struct command c[] = { { .args = args[0], .count = 4 },
                                 { .args = args[1], .count = 4 },
                                 { .args = args[2], .count = 4 } };
    struct answer answers[3];
    struct text a, b;
    int ran = 0;

    ck_assert_int_eq(way.run(way.self, c, 3, answers, NULL), fate_rows[_i].fault);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(answers[i].kind, fate_rows[_i].kinds[i]);
    a = redis_field(r, TEXT_LITERAL("{a}h"), TEXT_LITERAL("f"), false);
    b = redis_field(r, TEXT_LITERAL("{b}h"), TEXT_LITERAL("f"), false);
    ran += a.at == NULL ? 0 : a.at[0] - '0';
    ran += b.at == NULL ? 0 : b.at[0] - '0';
    ck_assert_int_eq(ran, fate_rows[_i].ran);
    ck_assert_int_eq((int)plan.ran, __builtin_popcount((unsigned)ran));
    redis_disconnect(client);
    redis_free(r);
}
END_TEST

static int64_t
number_in(struct redis *r, const char *key)
{
    struct text t = redis_field(r, text_of(key), TEXT_LITERAL("f"), false);

    return t.at == NULL ? -1 : t.at[0] - '0';
}

START_TEST(a_slot_loses_its_tail_and_the_others_do_not)
{
    struct redis *r = redis_new();
    struct redis_copy *one, *all;

    (void)redis_ask(r, "HSET {a}h f 1");
    (void)redis_ask(r, "HSET {b}h f 1");
    one = redis_copy(r, TEXT_LITERAL("a"));
    all = redis_copy(r, (struct text){ NULL, 0 });
    (void)redis_ask(r, "HSET {a}h f 2");
    (void)redis_ask(r, "HSET {b}h f 2");
    (void)redis_ask(r, "HSET {c}h f 2");
    redis_restore(r, one);
    ck_assert_int_eq(number_in(r, "{a}h"), 1);
    ck_assert_int_eq(number_in(r, "{b}h"), 2);
    (void)redis_ask(r, "HINCRBY {a}h f 4"); /* must not reach into the copy */
    redis_restore(r, one);
    ck_assert_int_eq(number_in(r, "{a}h"), 1);
    redis_restore(r, all);
    ck_assert_int_eq(number_in(r, "{b}h"), 1);
    ck_assert_int_eq(number_in(r, "{c}h"), -1);
    redis_wipe(r, TEXT_LITERAL("a"));
    ck_assert_int_eq(number_in(r, "{a}h"), -1);
    ck_assert_int_eq(number_in(r, "{b}h"), 1);
    redis_wipe(r, (struct text){ NULL, 0 });
    ck_assert_uint_eq(redis_ask(r, "KEYS *").count, 0);
    redis_copy_free(one);
    redis_copy_free(all);
    redis_free(r);
}
END_TEST

START_TEST(a_split_slot_has_two_masters_until_it_heals)
{
    struct redis *r = redis_new();
    struct redis_client *client = redis_connect(r, NULL);
    const struct store_way way = redis_way(client);
    const struct text args[] = { TEXT_LITERAL("HINCRBY"), TEXT_LITERAL("{a}h"), TEXT_LITERAL("f"),
                                 TEXT_LITERAL("1") };
    const struct command c = { .args = args, .count = 4 };
    struct redis_copy *copy;
    struct answer a;

    (void)redis_ask(r, "HSET {a}h f 1");
    copy = redis_copy(r, TEXT_LITERAL("a"));
    (void)redis_ask(r, "HSET {a}h f 5");
    redis_split(r, copy);
    ck_assert_int_eq(number_in(r, "{a}h"), 1);
    redis_set_behind(client, true);
    (void)way.run(way.self, &c, 1, &a, NULL);
    ck_assert_int_eq(a.integer, 6);
    redis_set_behind(client, false);
    (void)way.run(way.self, &c, 1, &a, NULL);
    ck_assert_int_eq(a.integer, 2);
    redis_set_behind(client, true);
    redis_heal(r);
    (void)way.run(way.self, &c, 1, &a, NULL);
    ck_assert_int_eq(a.integer, 3);
    redis_copy_free(copy);
    redis_disconnect(client);
    redis_free(r);
}
END_TEST

START_TEST(a_late_copy_outlives_what_it_was_made_from)
{
    struct redis *r = redis_new();
    char key[] = "{a}h";
    const struct script s = { .name = "late",
                              .source =
                                  TEXT_LITERAL("return redis.call('HINCRBY', KEYS[1], 'f', 1)") };
    const struct text args[] = { TEXT_LITERAL("1"), { key, 4 } };
    struct redis_late *late =
        redis_keep(&(struct command){ .script = &s, .args = args, .count = 2, .key = args[1] });

    memset(key, 'x', sizeof key);
    ck_assert_int_eq(redis_do(r, redis_kept(late)).integer, 1);
    ck_assert_int_eq(redis_do(r, redis_kept(late)).integer, 2);
    ck_assert_int_eq(number_in(r, "{a}h"), 2);
    redis_late_free(late);
    redis_free(r);
}
END_TEST

START_TEST(a_mistake_replaces_one_place_of_one_script)
{
    struct redis *r = redis_new();
    const struct text args[] = { TEXT_LITERAL("0") };
    const struct script right = { .name = "right",
                                  .source = TEXT_LITERAL("return 1"),
                                  .number = 0 };
    const struct script wrong = { .name = "wrong",
                                  .source = TEXT_LITERAL("return 1 + 1"),
                                  .number = 1 };

    ck_assert_int_eq(
        redis_do(r, &(struct command){ .script = &wrong, .args = args, .count = 1, .key = args[0] })
            .integer,
        2);
    redis_mistake(r, "wrong", "+ 1", "+ 5");
    ck_assert_int_eq(
        redis_do(r, &(struct command){ .script = &wrong, .args = args, .count = 1, .key = args[0] })
            .integer,
        6);
    ck_assert_int_eq(
        redis_do(r, &(struct command){ .script = &right, .args = args, .count = 1, .key = args[0] })
            .integer,
        1);
    redis_free(r);
}
END_TEST

START_TEST(a_script_that_touches_two_slots_is_refused)
{
    struct redis *r = redis_new();
    const struct text args[] = { TEXT_LITERAL("0") };
    const struct script two = { .name = "two",
                                .source = TEXT_LITERAL("redis.call('SET', '{a}x', 1) "
                                                       "redis.call('SET', '{b}x', 1)") };
    struct answer a =
        redis_do(r, &(struct command){ .script = &two, .args = args, .count = 1, .key = args[0] });

    ck_assert_int_eq(a.kind, ANSWER_ERROR);
    ck_assert_ptr_nonnull(strstr(a.text.at, "CROSSSLOT"));
    redis_free(r);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("story_faults");
    TCase *tcase = tcase_create("faults");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, a_watch_decides_what_becomes_of_each_command, 0,
                        (int)(sizeof fate_rows / sizeof fate_rows[0]));
    tcase_add_test(tcase, a_slot_loses_its_tail_and_the_others_do_not);
    tcase_add_test(tcase, a_split_slot_has_two_masters_until_it_heals);
    tcase_add_test(tcase, a_late_copy_outlives_what_it_was_made_from);
    tcase_add_test(tcase, a_mistake_replaces_one_place_of_one_script);
    tcase_add_test(tcase, a_script_that_touches_two_slots_is_refused);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
