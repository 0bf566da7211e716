/* The feed without memory.  No broker is needed: none is asked. */
#include "kafka/feed_inside.h"
#include "tests/starved/each.h"

static enum fault
open_feed(void)
{
    static const char *const properties[] = { "bootstrap.servers=127.0.0.1:1" };
    struct feed_kafka *feed = NULL;
    enum fault fault = feed_open(&(struct feed_options){ .brokers = "127.0.0.1:1",
                                                         .group = "g",
                                                         .properties = properties,
                                                         .property_count = 1,
                                                         .take_most = 10 },
                                 &feed, NULL);

    feed_close(feed);
    return fault;
}

/* What the group says is never forgotten without a word. */
static enum fault
hear_events(void)
{
    struct feed_kafka feed = { .producer = NULL };

    for (int i = 0; i < 100; i++)
        feed_event_add(&feed, FEED_ASSIGNED, TOPIC_AGREEMENTS, i, 0);
    ck_assert(feed.starved || feed.event_count == 100);
    free(feed.events);
    return feed.starved ? FAULT_NO_MEMORY : FAULT_NONE;
}

static enum fault
open_holders(void)
{
    static const int32_t partitions[TOPIC_COUNT] = { 3, 2 };
    struct holders holders;
    bool good = feed_holders_open(&holders, partitions);

    for (int t = 0; good && t < TOPIC_COUNT; t++)
        ck_assert(holders.holder[t] != NULL && holders.is_ours[t] != NULL);
    feed_holders_close(&holders);
    return good ? FAULT_NONE : FAULT_NO_MEMORY;
}

START_TEST(without_memory_nobody_is_known_to_hold_anything)
{
    starve(open_holders);
}
END_TEST

START_TEST(without_memory_an_event_is_not_forgotten_in_silence)
{
    starve(hear_events);
}
END_TEST

START_TEST(a_feed_that_was_starved_says_so)
{
    struct feed_kafka *feed = NULL;
    struct batch batch;

    ck_assert_int_eq(
        feed_open(&(struct feed_options){ .brokers = "127.0.0.1:1", .group = "g", .take_most = 10 },
                  &feed, NULL),
        FAULT_NONE);
    ck_assert_int_eq(feed_take(feed, 0, 0, &batch, NULL), FAULT_NONE);
    feed->starved = true;
    ck_assert_int_eq(feed_take(feed, 0, 0, &batch, NULL), FAULT_NO_MEMORY);
    feed_close(feed);
}
END_TEST

START_TEST(without_memory_a_feed_is_not_opened)
{
    starve(open_feed);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("starved feed");
    TCase *tcase = tcase_create("feed");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, without_memory_a_feed_is_not_opened);
    tcase_add_test(tcase, without_memory_nobody_is_known_to_hold_anything);
    tcase_add_test(tcase, without_memory_an_event_is_not_forgotten_in_silence);
    tcase_add_test(tcase, a_feed_that_was_starved_says_so);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
