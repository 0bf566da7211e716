#include <check.h>
#include <stdlib.h>

#include "aggregator/state.h"

/* What the log says of an end that is not counted. */

enum { SECOND = 1000, END = 9 };

static int64_t now, next_in_redis;
static char said[LOG_LINE_BYTES + 1];
static int said_count;
static struct partition p, *partitions[] = { &p };
static struct aggregator a;

static int64_t
now_ms(void *self)
{
    (void)self;
    return now;
}

static int64_t
wall_ms(void)
{
    return now;
}

static void
keep(void *self, const char *line, size_t length)
{
    (void)self;
    (void)snprintf(said, sizeof said, "%.*s", (int)length, line);
    said_count++;
}

/* `next` of the one partition of trade-events, and of the one of agreements. */
static enum fault
answer_next(void *self, const struct command *commands, size_t count, struct answer *answers,
            struct why *why)
{
    static char digits[2][24];

    (void)self, (void)commands, (void)why;
    ck_assert_uint_eq(count, 2);
    (void)snprintf(digits[0], sizeof digits[0], "%d", (int)next_in_redis);
    answers[0] = (struct answer){ .kind = next_in_redis < 0 ? ANSWER_NIL : ANSWER_TEXT,
                                  .text = text_of(digits[0]) };
    answers[1] = (struct answer){ .kind = ANSWER_AWAY };
    return FAULT_NONE;
}

static const struct log log_kept = { .least = LOG_INFO, .now_ms = wall_ms, .put = keep };

static void
set_up(void)
{
    now = 100 * SECOND;
    next_in_redis = 5;
    said_count = 0;
    p = (struct partition){ .state = PARTITION_READING, .place = { TOPIC_TRADE_EVENTS, 0 } };
    a = (struct aggregator){ .settings = settings_default(),
                             .owned = { .at = partitions, .count = 1 } };
    aggregator_join(&a);
    for (int t = 0; t < TOPIC_COUNT; t++)
        a.settings.partitions[t] = 1;
    a.world.clock.tick_ms = now_ms;
    a.world.store.run = answer_next;
    a.world.log = &log_kept;
}

static void
tear_down(void)
{
    for (int t = 0; t < TOPIC_COUNT; t++)
        free(a.lateness.of[t]);
    calls_release(&a.wire.calls);
}

static void
look_after(int seconds, const struct ends *ends)
{
    now += seconds * SECOND;
    ck_assert_int_eq(late_look(&a, ends, NULL), FAULT_NONE);
}

enum whose { OURS, HELD, AWAY, LOADING, UNKNOWN, NOBODYS, OF_OURS, STRANGERS };

/* clang-format off */
static const struct {
    enum whose whose;
    bool unsettled;
    int64_t stable, next;
    const char *level, *reason;
} rows[] = {
    { OURS, false, -1, 5, "warn", "counting" },
    { OURS, false, 6, 5, "warn", "counting" },
    { OURS, false, 5, 5, "warn", "transaction" },
    { OURS, false, 4, 5, "warn", "transaction" },
    { OURS, false, 0, 0, "warn", "transaction" },
    { OURS, false, 0, -1, "warn", "counting" },
    { OURS, true, -1, 5, "warn", "kafka" },
    { HELD, true, -1, 5, "warn", "rebuild" },
    { AWAY, true, -1, 5, "warn", "redis" },
    { LOADING, false, -1, 5, "warn", "loading" },
    { UNKNOWN, false, -1, 5, "warn", "others" },
    { NOBODYS, false, -1, 5, "warn", "nobody" },
    { OF_OURS, false, -1, 5, "warn", "others" },
    { STRANGERS, false, -1, 5, "warn", "stranger" },
    { STRANGERS, false, 5, 5, "warn", "transaction" },
};
/* clang-format on */

START_TEST(why_an_end_is_not_counted_is_said)
{
    enum whose whose = rows[_i].whose;
    const int64_t high = END, stable = rows[_i].stable;
    const char *const holder = whose == UNKNOWN ? NULL : whose == NOBODYS ? "" : "x (host)";
    const bool is_ours = whose == OF_OURS;
    const struct ends ends = {
        .high = { &high }, .stable = { &stable }, .holder = { &holder }, .is_ours = { &is_ours }
    };
    char wanted[64];

    p.held = whose == HELD;
    p.away = whose == AWAY;
    p.state = whose == LOADING ? PARTITION_LOADED : PARTITION_READING;
    a.owned.count = whose >= UNKNOWN ? 0 : 1;
    a.unsettled = rows[_i].unsettled;
    next_in_redis = rows[_i].next;
    look_after(0, &ends);
    look_after(5, &ends);
    ck_assert_int_eq(said_count, 0);
    ck_assert(a.lateness.asks_closely); /* the reason may be wanted soon */
    look_after(5, &ends);
    ck_assert_int_eq(said_count, 1);
    (void)snprintf(wanted, sizeof wanted, "\"reason\":\"%s\"", rows[_i].reason);
    ck_assert_msg(strstr(said, wanted) != NULL, "%s", said);
    (void)snprintf(wanted, sizeof wanted, "\"level\":\"%s\"", rows[_i].level);
    ck_assert_msg(strstr(said, wanted) != NULL, "%s", said);
    (void)snprintf(wanted, sizeof wanted, "\"records\":%d,\"since_ms\":10000,",
                   (int)(END - (rows[_i].next < 0 ? 0 : rows[_i].next)));
    ck_assert_msg(strstr(said, wanted) != NULL, "%s", said);
    ck_assert((strstr(said, "x (host)") != NULL) == (strcmp(rows[_i].reason, "stranger") == 0));
}
END_TEST

START_TEST(it_is_said_once_a_minute_until_it_is_counted)
{
    const int64_t high = END;
    const struct ends ends = { .high = { &high } };

    look_after(0, &ends);
    look_after(4, &ends); /* too soon to look */
    ck_assert(!a.lateness.asks_closely);
    look_after(6, &ends);
    ck_assert_int_eq(said_count, 1);
    look_after(55, &ends);
    ck_assert_int_eq(said_count, 1);
    next_in_redis = 6; /* it goes on, slowly */
    look_after(5, &ends);
    ck_assert_int_eq(said_count, 2);
    ck_assert_msg(strstr(said, "\"level\":\"info\"") != NULL, "%s", said);
    look_after(60, &ends);
    ck_assert_int_eq(said_count, 3);
    ck_assert_msg(strstr(said, "\"level\":\"warn\"") != NULL, "%s", said);
    next_in_redis = END;
    look_after(5, &ends);
    ck_assert_int_eq(said_count, 4);
    ck_assert_msg(strstr(said, "\"event\":\"counted now\"") != NULL, "%s", said);
    ck_assert_msg(strstr(said, "\"after_ms\":135000") != NULL, "%s", said);
    look_after(60, &ends);
    ck_assert_int_eq(said_count, 4);
}
END_TEST

START_TEST(what_was_away_begins_to_be_late_anew)
{
    const int64_t high = END;
    const struct ends ends = { .high = { &high } };

    look_after(0, &ends);
    now += 9 * SECOND;
    lates_begin_anew(&a.lateness, a.settings.partitions, now);
    look_after(9, &ends);
    ck_assert_int_eq(said_count, 0);
    look_after(5, &ends);
    ck_assert_int_eq(said_count, 1);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("late");
    TCase *tcase = tcase_create("late");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, why_an_end_is_not_counted_is_said, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tcase, it_is_said_once_a_minute_until_it_is_counted);
    tcase_add_test(tcase, what_was_away_begins_to_be_late_anew);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
