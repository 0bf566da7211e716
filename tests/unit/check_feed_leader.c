/* Offsets are asked of whoever leads the partition now.  Against librdkafka's
 * mock cluster of three brokers: what is tested is what we do when a broker
 * says that it does not lead, says nothing, or is gone; tests/live does it
 * with a real Kafka. */
#include "kafka/feed_inside.h"

#include <check.h>
#include <librdkafka/rdkafka_mock.h>

enum { BROKERS = 3, PARTITIONS = 4, PARTITION = 2, TRIES = 5, MOST_MS = 20000 };

static rd_kafka_t *owner;
static rd_kafka_mock_cluster_t *mock;
static struct feed_kafka *feed;
static struct log quiet;

static void
keep_quiet(void *self, const char *line, size_t length)
{
    (void)self;
    (void)line;
    (void)length;
}

static int64_t
any_time(void)
{
    return 0;
}

static void
lead(const char *topic, int32_t partition, int broker)
{
    ck_assert_int_eq(rd_kafka_mock_partition_set_leader(mock, topic, partition, broker),
                     RD_KAFKA_RESP_ERR_NO_ERROR);
}

/* The partition that is asked for. */
static void
lead_it(int broker)
{
    lead("trade-events", PARTITION, broker);
}

/* All is led by the first broker, and it alone is known: so a feed has no other
 * connection when something happens to it. */
static void
set_up(void)
{
    static const char *const topics[] = { "trade-events", "trade-events.dlq", "agreements",
                                          "agreements.dlq" };
    struct feed_options options = { .group = "g", .take_most = 16, .log = &quiet };
    int32_t partitions[TOPIC_COUNT];
    char first[64];
    rd_kafka_conf_t *conf;
    struct why why;

    quiet = (struct log){ LOG_ERROR, false, any_time, keep_quiet, NULL };
    conf = rd_kafka_conf_new();
    (void)rd_kafka_conf_set(conf, "log_level", "0", NULL, 0);
    owner = rd_kafka_new(RD_KAFKA_PRODUCER, conf, NULL, 0);
    ck_assert_ptr_nonnull(owner);
    mock = rd_kafka_mock_cluster_new(owner, BROKERS);
    ck_assert_ptr_nonnull(mock);
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
        ck_assert_int_eq(rd_kafka_mock_topic_create(mock, topics[i], PARTITIONS, BROKERS),
                         RD_KAFKA_RESP_ERR_NO_ERROR);
        for (int p = 0; p < PARTITIONS; p++)
            lead(topics[i], p, 1);
    }
    (void)snprintf(first, sizeof first, "%s", rd_kafka_mock_cluster_bootstraps(mock));
    first[strcspn(first, ",")] = '\0';
    options.brokers = first;
    ck_assert_int_eq(feed_open(&options, &feed, &why), FAULT_NONE);
    ck_assert_int_eq(feed_partitions(feed, partitions, &why), FAULT_NONE);
    ck_assert_int_eq(partitions[TOPIC_TRADE_EVENTS], PARTITIONS);
}

static void
tear_down(void)
{
    feed_close(feed);
    rd_kafka_mock_cluster_destroy(mock);
    rd_kafka_destroy(owner);
}

/* As the turn does it: what fails for now is tried again, a few times. */
static void
expect_an_answer(const char *when)
{
    struct place place = { TOPIC_TRADE_EVENTS, PARTITION };
    struct why why = { 0 };
    int64_t low, high, began = clock_tick_ms();

    for (int i = 0; i < TRIES; i++) {
        low = high = -7;
        if (feed_range(feed, place, &low, &high, &why) == FAULT_NONE) {
            ck_assert_int_eq(low, 0);
            ck_assert_int_eq(high, 0);
            return;
        }
        ck_assert_int_eq(low, -7);
        ck_assert_msg(clock_tick_ms() - began < MOST_MS, "%s: hangs: %s", when, why.text);
    }
    ck_abort_msg("%s: never an answer: %s", when, why.text);
}

START_TEST(another_broker_leads)
{
    expect_an_answer("at first");
    lead_it(2);
    expect_an_answer("the second leads");
    lead_it(3);
    expect_an_answer("the third leads");
}
END_TEST

START_TEST(the_leader_is_gone)
{
    expect_an_answer("at first");
    ck_assert_int_eq(rd_kafka_mock_broker_set_down(mock, 1), RD_KAFKA_RESP_ERR_NO_ERROR);
    lead_it(2);
    expect_an_answer("the first is gone");
}
END_TEST

START_TEST(the_leader_does_not_answer)
{
    expect_an_answer("at first");
    ck_assert_int_eq(rd_kafka_mock_broker_set_rtt(mock, 1, 30000), RD_KAFKA_RESP_ERR_NO_ERROR);
    lead_it(2);
    expect_an_answer("the first is slow");
}
END_TEST

START_TEST(nobody_leads)
{
    struct place place = { TOPIC_TRADE_EVENTS, PARTITION };
    struct why why = { 0 };
    int64_t low, high, began = clock_tick_ms();

    lead_it(-1);
    ck_assert_int_eq(feed_range(feed, place, &low, &high, &why), FAULT_KAFKA_AWAY);
    ck_assert_int_lt(clock_tick_ms() - began, MOST_MS);
    lead_it(3);
    expect_an_answer("the third leads");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("feed leader");
    TCase *tcase = tcase_create("feed leader");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, another_broker_leads);
    tcase_add_test(tcase, the_leader_is_gone);
    tcase_add_test(tcase, the_leader_does_not_answer);
    tcase_add_test(tcase, nobody_leads);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
