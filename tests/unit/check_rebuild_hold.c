#include <check.h>
#include <stdlib.h>

#include "aggregator/rebuild_inside.h"

/* The lease of a rebuild and its holds, before a Redis that notes each HOLD. */

enum { PARTITIONS = 2, NOTED_MOST = 4096, LEASE_MS = 15000, HOLD_MS = 12000 };

static int64_t now;
static struct origin origins[PARTITIONS];
static struct world world;
static struct rebuild r;

static struct noted {
    char key[64], ver[16];
    int64_t ms;
} noted[NOTED_MOST];
static size_t noted_count;
static const char *lease_says, *partition_says; /* NULL: it does not answer */

static int64_t
now_ms(void *self)
{
    (void)self;
    return now;
}

static enum fault
sleep_for(void *self, int64_t ms)
{
    (void)self;
    now += ms;
    return FAULT_NONE;
}

static enum fault
note_holds(void *self, const struct command *commands, size_t count, struct answer *answers,
           struct why *why)
{
    static struct answer words[1 + PARTITIONS][2];
    bool away = false;

    (void)self;
    for (size_t i = 0; i < count; i++) {
        struct noted *n = &noted[noted_count];
        const struct text *args = commands[i].args;
        const char *says;

        ck_assert_ptr_eq(commands[i].script, &r.wire.scripts[SCRIPT_HOLD]);
        ck_assert_uint_eq(commands[i].count, 5); /* one key, id, ms, ver */
        ck_assert(text_equal(args[2], TEXT_LITERAL("me")));
        ck_assert_uint_lt(++noted_count, NOTED_MOST);
        (void)snprintf(n->key, sizeof n->key, "%.*s", (int)args[1].length, args[1].at);
        (void)snprintf(n->ver, sizeof n->ver, "%.*s", (int)args[4].length, args[4].at);
        n->ms = text_number(args[3]);
        says = strcmp(n->key, r.lease) == 0 ? lease_says : partition_says;
        away = away || says == NULL;
        words[i][0] =
            (struct answer){ .kind = ANSWER_TEXT, .text = text_of(says == NULL ? "" : says) };
        words[i][1] = (struct answer){ .kind = ANSWER_TEXT, .text = TEXT_LITERAL("77") };
        answers[i] = says == NULL
                         ? (struct answer){ .kind = ANSWER_AWAY }
                         : (struct answer){ .kind = ANSWER_LIST, .items = words[i], .count = 2 };
    }
    return away ? why_set(why, FAULT_STORE_AWAY, "gone") : FAULT_NONE;
}

static const struct rebuild_caller caller = { .nap = sleep_for };

static void
set_up(void)
{
    now = 100000;
    noted_count = 0;
    lease_says = partition_says = "OK";
    world = (struct world){ .clock.tick_ms = now_ms, .store.run = note_holds };
    for (int32_t i = 0; i < PARTITIONS; i++)
        origins[i] = (struct origin){ .place = { TOPIC_TRADE_EVENTS, i }, .held = true };
    (void)snprintf(origins[0].ver, sizeof origins[0].ver, "1.5");
    (void)snprintf(origins[1].ver, sizeof origins[1].ver, "1.6");
    r = (struct rebuild){ .service = settings_default(),
                          .wire = { .settings = &r.service, .world = &world },
                          .caller = &caller,
                          .id = "me",
                          .lease = "tt:rebuild:lease",
                          .origins = origins,
                          .count = PARTITIONS,
                          .renewed_at = now,
                          .leased = true,
                          .any_held = true };
    scripts_load(r.wire.scripts);
}

static void
tear_down(void)
{
    calls_release(&r.wire.calls);
}

static void
is_noted(size_t i, const char *key, int64_t ms, const char *ver)
{
    ck_assert_uint_lt(i, noted_count);
    ck_assert_str_eq(noted[i].key, key);
    ck_assert_int_eq(noted[i].ms, ms);
    ck_assert_str_eq(noted[i].ver, ver);
}

START_TEST(a_lease_is_taken_unless_another_has_it)
{
    struct why why = { "", "" };

    r.leased = false;
    now += 500;
    lease_says = "HELD";
    ck_assert_int_eq(lease_take(&r, &why), FAULT_SETTINGS);
    ck_assert_ptr_nonnull(strstr(why.text, " 77 ms"));
    ck_assert(!r.leased);
    lease_says = "OK";
    ck_assert_int_eq(lease_take(&r, &why), FAULT_NONE);
    ck_assert(r.leased);
    ck_assert_int_eq(r.renewed_at, now);
    ck_assert_uint_eq(noted_count, 2);
    is_noted(1, "tt:rebuild:lease", LEASE_MS, "*");
}
END_TEST

START_TEST(lease_and_holds_are_renewed_every_three_seconds)
{
    now += 2999;
    ck_assert_int_eq(lease_renew(&r, NULL), FAULT_NONE);
    ck_assert_uint_eq(noted_count, 0);
    now++;
    ck_assert_int_eq(lease_renew(&r, NULL), FAULT_NONE);
    ck_assert_uint_eq(noted_count, 3);
    is_noted(0, "tt:rebuild:lease", LEASE_MS, "*");
    is_noted(1, "tt:{trade-events/0}:meta", HOLD_MS, "1.5"); /* only if it still is that one */
    is_noted(2, "tt:{trade-events/1}:meta", HOLD_MS, "1.6");
    ck_assert_int_eq(lease_renew(&r, NULL), FAULT_NONE);
    ck_assert_uint_eq(noted_count, 3);
    origins[0].held = false;
    now += 3000;
    ck_assert_int_eq(lease_renew(&r, NULL), FAULT_NONE);
    ck_assert_uint_eq(noted_count, 5);
    is_noted(4, "tt:{trade-events/1}:meta", HOLD_MS, "1.6");
}
END_TEST

START_TEST(what_can_not_be_renewed_ends_the_rebuild)
{
    struct why why = { "", "" };

    partition_says = "MISMATCH";
    ck_assert_int_eq(hold_again(&r, &why), FAULT_MOVING);
    ck_assert_ptr_nonnull(strstr(why.text, "a partition went on"));
    lease_says = "HELD";
    ck_assert_int_eq(hold_again(&r, &why), FAULT_MOVING);
    ck_assert_ptr_nonnull(strstr(why.text, "another --rebuild"));
    lease_says = NULL;
    ck_assert_int_eq(hold_again(&r, &why), FAULT_STORE_AWAY);
    ck_assert_int_eq(r.renewed_at, 100000);
}
END_TEST

/* The service shall go on, and the lease alone is kept. */
START_TEST(what_is_let_go_is_not_held_again)
{
    size_t leases = 0;

    ck_assert_int_eq(hold_let_go(&r, NULL), FAULT_NONE);
    ck_assert_int_ge(now, 107000);
    ck_assert_int_lt(now, 108000);
    is_noted(0, "tt:{trade-events/0}:meta", 0, "*");
    is_noted(1, "tt:{trade-events/1}:meta", 0, "*");
    for (size_t i = 2; i < noted_count; i++, leases++)
        is_noted(i, "tt:rebuild:lease", LEASE_MS, "*");
    ck_assert_uint_eq(leases, 2);
}
END_TEST

START_TEST(at_the_end_all_that_was_taken_is_given_back)
{
    lease_end(&r);
    ck_assert_uint_eq(noted_count, 3);
    is_noted(0, "tt:{trade-events/0}:meta", 0, "*");
    is_noted(1, "tt:{trade-events/1}:meta", 0, "*");
    is_noted(2, "tt:rebuild:lease", 0, "*");
    ck_assert(!r.leased);
    r.any_held = false;
    lease_end(&r);
    ck_assert_uint_eq(noted_count, 3); /* nothing is left */
    r.leased = true;
    lease_says = NULL; /* it ends by itself */
    lease_end(&r);
    ck_assert_uint_eq(noted_count, 4);
    ck_assert(!r.leased);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("rebuild_hold");
    TCase *tcase = tcase_create("rebuild_hold");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_lease_is_taken_unless_another_has_it);
    tcase_add_test(tcase, lease_and_holds_are_renewed_every_three_seconds);
    tcase_add_test(tcase, what_can_not_be_renewed_ends_the_rebuild);
    tcase_add_test(tcase, what_is_let_go_is_not_held_again);
    tcase_add_test(tcase, at_the_end_all_that_was_taken_is_given_back);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
