/* What the invented Redis can and a real one can't: lost answers, late copies,
 * lost tails, split brains, mistakes in scripts. */
#include "tests/story/compare.h"

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

/* As a real Redis 7.0 did: HSET of the script and HINCRBY, and what ran in between. */
START_TEST(half_a_script_comes_back_before_what_ran_since)
{
    struct redis *r = redis_new();
    struct plan plan = { { FATE_TEAR, FATE_RUN, FATE_RUN }, 0, 0, FAULT_NONE };
    struct redis_client *client =
        redis_connect(r, &(struct redis_watch){ &plan, plan_before, plan_after });
    const struct store_way way = redis_way(client);
    const struct script s = { .name = "torn",
                              .source = TEXT_LITERAL("redis.call('HSET', KEYS[1], 'f', 8) "
                                                     "redis.call('HINCRBY', KEYS[1], 'g', 3) "
                                                     "redis.call('SADD', KEYS[2], 'x') "
                                                     "redis.call('HDEL', KEYS[1], 'none') "
                                                     "redis.call('HSET', KEYS[1], 'h', 1)") };
    const struct text args[] = { TEXT_LITERAL("2"), TEXT_LITERAL("{a}h"), TEXT_LITERAL("{a}s") };
    const struct command c = { .script = &s, .args = args, .count = 3, .key = args[1] };
    struct answer a;

    (void)redis_ask(r, "HSET {a}h f 1 g 1");
    redis_set_tear(client, (size_t)_i); /* of four writes one more than that */
    ck_assert_int_eq(way.run(way.self, &c, 1, &a, NULL), FAULT_STORE_AWAY);
    ck_assert(redis_is_torn(r));
    ck_assert_int_eq(number_in(r, "{a}h"), 1); /* nothing of it ran */
    (void)redis_ask(r, "HSET {a}h f 5");
    (void)redis_ask(r, "HINCRBY {a}h g 1");
    (void)redis_ask(r, "SREM {a}s x"); /* it is not there: not in the file */
    (void)redis_ask(r, "HSET {b}h f 7");
    ck_assert(text_equal(redis_tear_end(r), TEXT_LITERAL("a")));
    ck_assert(!redis_is_torn(r));
    ck_assert_int_eq(number_in(r, "{a}h"), 5); /* set since */
    ck_assert(text_equal(redis_field(r, TEXT_LITERAL("{a}h"), TEXT_LITERAL("g"), false),
                         _i == 0 ? TEXT_LITERAL("2") : TEXT_LITERAL("5"))); /* added to twice */
    ck_assert_int_eq(redis_ask(r, "SISMEMBER {a}s x").integer, _i >= 2);
    ck_assert_int_eq(redis_ask(r, "HEXISTS {a}h h").integer, _i == 3);
    ck_assert_int_eq(number_in(r, "{b}h"), 7);
    redis_disconnect(client);
    redis_free(r);
}
END_TEST

/* Run one of our own scripts. -> its first word, or "" when the answer was lost. */
static const char *
own_script(struct redis_client *client, const char *name, const char *words)
{
    static struct text sources[16]; /* kept: the invented Redis knows them by their place */
    static int count;
    static char said[64];
    const struct store_way way = redis_way(client);
    struct text args[ARGS_MOST];
    struct script s = { .name = name };
    struct command c = { .script = &s, .args = args };
    struct answer a;

    ck_assert_int_lt(count, 16);
    s.source = sources[count++] = compare_script(name);
    c.count = compare_split(words, args);
    c.key = args[1];
    said[0] = '\0';
    if (way.run(way.self, &c, 1, &a, NULL) == FAULT_NONE)
        (void)snprintf(said, sizeof said, "%.*s", (int)a.items[0].text.length, a.items[0].text.at);
    return said;
}

/* Whoever had the partition before goes on with what was to be swept up, since
 * the sweep is lost; then half of that (0), or all of it (1), comes back.  Or the mark was lost
 * before it (2). */
START_TEST(a_sweep_that_comes_back_spares_what_became_the_journal)
{
    const char *half = _i < 2 ? "MARKED" : "";
    struct redis *r = redis_new();
    struct plan plan = { { FATE_RUN, _i < 2 ? FATE_RUN : FATE_DROP, FATE_TEAR }, 0, 0, FAULT_NONE };
    struct redis_client *client =
        redis_connect(r, &(struct redis_watch){ &plan, plan_before, plan_after });

    const char *sweep = "3 {p}meta {p}new:0 {p}new:1 v1 new 1 0";
    struct text gen;

    (void)redis_ask(r, "HSET {p}meta ver v1 gen old chunk 0 len 1");
    (void)redis_ask(r, "SET {p}old:0 x");
    ck_assert_str_eq(own_script(client, "chunk", "2 {p}meta {p}new:0 v1 new 0 12345678"), "OK");
    redis_set_tear(client, (size_t)_i % 2);
    ck_assert_str_eq(own_script(client, "sweep", sweep), half);
    if (_i < 2)
        ck_assert_str_eq(own_script(client, "sweep", sweep), "");
    else
        plan.asked++; /* the mark itself was lost, and nothing else was sent */
    ck_assert_int_eq(redis_is_torn(r), _i < 2);
    ck_assert_str_eq(own_script(client, "chunk", "2 {p}meta {p}new:1 v1 new 1 1234"),
                     _i < 2 ? "MOVED" : "OK");
    ck_assert_str_eq(own_script(client, "flip", "3 {p}meta {p}new:0 {p}new:1 v1 v2 5 new 2 8 4"),
                     _i < 2 ? "MOVED" : "OK");
    if (_i < 2)
        (void)redis_tear_end(r);
    gen = redis_field(r, TEXT_LITERAL("{p}meta"), TEXT_LITERAL("gen"), false);
    ck_assert_int_eq(redis_ask(r, "EXISTS {p}old:0").integer, 1);
    ck_assert(text_equal(gen, _i < 2 ? TEXT_LITERAL("old") : TEXT_LITERAL("new")));
    if (_i == 2) {
        ck_assert_str_eq(own_script(client, "sweep", sweep), "FENCED"); /* it comes late */
        ck_assert_int_eq(redis_ask(r, "EXISTS {p}new:0 {p}new:1").integer, 2);
    }
    redis_disconnect(client);
    redis_free(r);
}
END_TEST

/* A scope with one key and one tag, what asof says, and two scripts that it is given. */
static const char push_to_key[] =
    "6 {a}tags {a}index {a}asof {a}changes {a}told {a}h 5 2024-01-31 1  "
    "1 p 1.1@2024-01-31 1.2@2024-01-31 9 1 1 1 0 f 7 1 0";
static const char reset_by_tag[] = "5 {a}tags {a}index {a}asof {a}changes {a}told p 1.1 14 5";

static void
make_scope(struct redis *r, const char *asof)
{
    char words[96];

    (void)snprintf(words, sizeof words, "HSET {a}asof day 2024-01-31 %s", asof);
    (void)redis_ask(r, words);
    (void)redis_ask(r, "HSET {a}tags p 1.1@2024-01-31");
    (void)redis_ask(r, "SADD {a}index {a}h");
    (void)redis_ask(r, "HSET {a}h f 1");
}

/* A whole PUSH has come back, so `complete` is 2, and nobody has seen it yet.  Then the first
 * writes of a RESET come back, one more each time: never does the scope say that it is complete. */
enum { RESET_WRITES = 7 };

START_TEST(half_a_reset_after_a_whole_push_never_says_complete)
{
    struct redis *r = redis_new();
    struct plan plan = { { FATE_TEAR }, 0, 0, FAULT_NONE };
    struct redis_client *client =
        redis_connect(r, &(struct redis_watch){ &plan, plan_before, plan_after });
    const char *expected = _i == RESET_WRITES - 1 ? "0" : "-1";
    struct text complete;

    make_scope(r, "complete 2 whole 1 runs 3 ran 2 version 1");
    redis_set_tear(client, (size_t)_i);
    ck_assert_str_eq(own_script(client, "reset", reset_by_tag), "");
    ck_assert(redis_is_torn(r));
    (void)redis_tear_end(r);
    complete = redis_field(r, TEXT_LITERAL("{a}asof"), TEXT_LITERAL("complete"), false);
    ck_assert_msg(text_equal(complete, text_of(expected)), "%d writes: complete is %.*s", _i + 1,
                  (int)complete.length, complete.at);
    redis_disconnect(client);
    redis_free(r);
}
END_TEST

/* The first writes of a RESET come back, one more each time, before a PUSH to a key that it has
 * emptied, or was about to.  Whatever is there then, the next RESET finds: the index stays. */
START_TEST(what_a_push_made_after_half_a_reset_is_found_by_the_next)
{
    struct redis *r = redis_new();
    struct plan plan = { { FATE_TEAR }, 0, 0, FAULT_NONE };
    struct redis_client *client =
        redis_connect(r, &(struct redis_watch){ &plan, plan_before, plan_after });

    make_scope(r, "complete 1 whole 1 runs 3 ran 3 version 1");
    redis_set_tear(client, (size_t)_i);
    ck_assert_str_eq(own_script(client, "reset", reset_by_tag), "");
    ck_assert_str_eq(own_script(client, "push", push_to_key), "OK");
    (void)redis_tear_end(r);
    ck_assert_str_eq(own_script(client, "push", push_to_key), "MISMATCH");
    ck_assert_str_eq(
        own_script(client, "reset", "5 {a}tags {a}index {a}asof {a}changes {a}told p none 4 6"),
        "OK");
    ck_assert_int_eq(redis_ask(r, "EXISTS {a}h {a}tags").integer, 0);
    redis_disconnect(client);
    redis_free(r);
}
END_TEST

/* What a lost script has left in asof, and what a PUSH then says: only a RESET may write where two
 * differ that ought to be equal.  (With a whole RESET that came back a PUSH made them equal.) */
static const struct {
    const char *asof, *said;
} states[] = {
    { "complete 1 whole 1 runs 3 ran 3", "OK" },
    { "complete 0 whole 0 runs 3 ran 3", "OK" },
    { "complete 1 version 7", "OK" },
    { "complete 2 whole 1 runs 4 ran 3", "MISMATCH" },
    { "complete -1 whole 0 runs 3 ran 4", "MISMATCH" },
    { "complete 1 whole 1 runs 4 ran 3", "MISMATCH" },
    { "complete 1 whole 0 runs 3 ran 3", "MISMATCH" },
};

START_TEST(a_push_writes_nothing_where_a_script_came_back)
{
    struct redis *r = redis_new();
    struct plan plan = { { FATE_RUN }, 0, 0, FAULT_NONE };
    struct redis_client *client =
        redis_connect(r, &(struct redis_watch){ &plan, plan_before, plan_after });
    bool runs = strcmp(states[_i].said, "OK") == 0;
    struct text sum, tag;

    make_scope(r, states[_i].asof);
    ck_assert_str_eq(own_script(client, "push", push_to_key), states[_i].said);
    sum = redis_field(r, TEXT_LITERAL("{a}h"), TEXT_LITERAL("f"), false);
    ck_assert(text_equal(sum, runs ? TEXT_LITERAL("8") : TEXT_LITERAL("1")));
    tag = redis_field(r, TEXT_LITERAL("{a}tags"), TEXT_LITERAL("p"), false);
    ck_assert(
        text_equal(tag, runs ? TEXT_LITERAL("1.2@2024-01-31") : TEXT_LITERAL("1.1@2024-01-31")));
    redis_disconnect(client);
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
    tcase_add_loop_test(tcase, half_a_script_comes_back_before_what_ran_since, 0, 4);
    tcase_add_loop_test(tcase, a_sweep_that_comes_back_spares_what_became_the_journal, 0, 3);
    tcase_add_loop_test(tcase, half_a_reset_after_a_whole_push_never_says_complete, 0,
                        RESET_WRITES);
    tcase_add_loop_test(tcase, what_a_push_made_after_half_a_reset_is_found_by_the_next, 0,
                        RESET_WRITES);
    tcase_add_loop_test(tcase, a_push_writes_nothing_where_a_script_came_back, 0,
                        (int)(sizeof states / sizeof states[0]));
    tcase_add_test(tcase, a_mistake_replaces_one_place_of_one_script);
    tcase_add_test(tcase, a_script_that_touches_two_slots_is_refused);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
