/* Numbers about a program, as Prometheus reads them. */
#include "base/metric.h"
#include "base/thread.h"

#include <check.h>

enum { PLAIN, LABELLED, LEVEL, TOOK, SIZE, ROW_COUNT, ROUNDS = 100000, OUT_BYTES = 16384 };

static const struct metric_row rows[ROW_COUNT] = {
    { "t_plain_total", METRIC_COUNTER, 0, "", "All of it" },
    { "t_labelled_total", METRIC_COUNTER, 0, "topic,code", "A back\\slash and\nan end" },
    { "t_level_seconds", METRIC_GAUGE, 3, "", "How high" },
    { "t_took_seconds", METRIC_DURATIONS, 6, "script", "How long" },
    { "t_size_records", METRIC_SIZES, 0, "", "How many" },
};

static struct metrics *metrics;
static struct metric *pair[2];
static char out[OUT_BYTES];

static void
begin(void)
{
    struct why why;
    ck_assert_int_eq(metrics_open(rows, ROW_COUNT, &metrics, &why), FAULT_NONE);
}

static void
end(void)
{
    metrics_free(metrics);
}

static struct metric *
plain(int row)
{
    return metric_at(metrics, row, NULL, NULL, NULL);
}

static const char *
printed(void)
{
    struct text_buffer b = { .at = out, .size = sizeof out - 1 };
    metrics_print(metrics, &b);
    ck_assert(!b.full);
    out[b.length] = '\0';
    return out;
}

START_TEST(a_row_that_nobody_counts_is_not_there)
{
    ck_assert_str_eq(printed(), "");
    (void)plain(LEVEL);
    ck_assert_str_eq(printed(), "");
    (void)plain(PLAIN);
    ck_assert_str_eq(
        printed(),
        "# HELP t_plain_total All of it\n# TYPE t_plain_total counter\nt_plain_total 0\n");
}
END_TEST

START_TEST(a_gauge_is_absent_again_once_it_is_not_known)
{
    metric_set(plain(LEVEL), -1500);
    ck_assert_str_eq(printed(), "# HELP t_level_seconds How high\n# TYPE t_level_seconds gauge\n"
                                "t_level_seconds -1.500\n");
    metric_unset(plain(LEVEL));
    ck_assert_str_eq(printed(), "");
    ck_assert_int_eq(metric_value(plain(LEVEL)), 0);
}
END_TEST

/* What is put between quotes, and how it must stand there. */
static const struct {
    const char *value, *printed;
} labels[] = {
    { "plain", "plain" },
    { "", "" },
    { "a\"b", "a\\\"b" },
    { "a\\b", "a\\\\b" },
    { "a\nb", "a\\nb" },
    { "\\\n\"", "\\\\\\n\\\"" },
    { "\xe8\xbe\xbd\xe5\xae\x81", "\xe8\xbe\xbd\xe5\xae\x81" },
    { "cut\xff here", "cut" },
};

START_TEST(a_label_can_not_forge_a_line)
{
    char wanted[512];
    metric_add(metric_at(metrics, LABELLED, labels[_i].value, "x", NULL), 7);
    (void)snprintf(wanted, sizeof wanted,
                   "# HELP t_labelled_total A back\\\\slash and\\nan end\n"
                   "# TYPE t_labelled_total counter\n"
                   "t_labelled_total{topic=\"%s\",code=\"x\"} 7\n",
                   labels[_i].printed);
    ck_assert_str_eq(printed(), wanted);
}
END_TEST

START_TEST(a_long_label_is_cut_between_characters)
{
    char value[400] = "";
    for (size_t i = 0; i + 3 < sizeof value; i += 3)
        memcpy(value + i, "\xe8\xbe\xbd", 4);
    (void)metric_at(metrics, LABELLED, value, "x", NULL);
    ck_assert(text_is_utf8(text_of(printed())));
    ck_assert_uint_lt(strlen(out), 300);
}
END_TEST

START_TEST(the_same_labels_are_the_same_series)
{
    struct metric *one = metric_at(metrics, LABELLED, "a", "b", NULL);
    ck_assert_ptr_eq(one, metric_at(metrics, LABELLED, "a", "b", NULL));
    ck_assert_ptr_ne(one, metric_at(metrics, LABELLED, "ab", "", NULL));
    ck_assert_ptr_ne(one, metric_at(metrics, LABELLED, "", "ab", NULL));
    ck_assert_ptr_ne(one, metric_at(metrics, LABELLED, "b", "a", NULL));
}
END_TEST

START_TEST(a_histogram_adds_up)
{
    struct metric *took = metric_at(metrics, TOOK, "push", NULL, NULL);
    const int64_t told[] = { 0, 100, 101, 2500000, 30000000, 30000001 };
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
        metric_observe(took, told[i]);
    (void)printed();
    ck_assert_ptr_nonnull(
        strstr(out, "t_took_seconds_bucket{script=\"push\",le=\"0.000100\"} 2\n"));
    ck_assert_ptr_nonnull(
        strstr(out, "t_took_seconds_bucket{script=\"push\",le=\"0.000250\"} 3\n"));
    ck_assert_ptr_nonnull(
        strstr(out, "t_took_seconds_bucket{script=\"push\",le=\"1.000000\"} 3\n"));
    ck_assert_ptr_nonnull(
        strstr(out, "t_took_seconds_bucket{script=\"push\",le=\"5.000000\"} 4\n"));
    ck_assert_ptr_nonnull(
        strstr(out, "t_took_seconds_bucket{script=\"push\",le=\"30.000000\"} 5\n"));
    ck_assert_ptr_nonnull(strstr(out, "t_took_seconds_bucket{script=\"push\",le=\"+Inf\"} 6\n"));
    ck_assert_ptr_nonnull(strstr(out, "t_took_seconds_sum{script=\"push\"} 62.500202\n"));
    ck_assert_ptr_nonnull(strstr(out, "t_took_seconds_count{script=\"push\"} 6\n"));
}
END_TEST

START_TEST(a_histogram_without_labels_has_its_bounds)
{
    metric_observe(plain(SIZE), 3);
    (void)printed();
    ck_assert_ptr_nonnull(strstr(out, "t_size_records_bucket{le=\"1\"} 0\n"));
    ck_assert_ptr_nonnull(strstr(out, "t_size_records_bucket{le=\"3\"} 1\n"));
    ck_assert_ptr_nonnull(strstr(out, "t_size_records_sum 3\nt_size_records_count 1\n"));
}
END_TEST

START_TEST(who_has_no_series_counts_nothing)
{
    ck_assert_ptr_null(metric_at(NULL, PLAIN, NULL, NULL, NULL));
    metric_add(NULL, 1);
    metric_set(NULL, 1);
    metric_unset(NULL);
    metric_observe(NULL, 1);
    metrics_hold(NULL);
    metrics_let(NULL);
    metrics_free(NULL);
    ck_assert_int_eq(metric_value(NULL), 0);
}
END_TEST

START_TEST(what_does_not_fit_is_said)
{
    struct text_buffer small = { .at = out, .size = 20 };
    (void)plain(PLAIN);
    metrics_print(metrics, &small);
    ck_assert(small.full);
}
END_TEST

/* Two numbers that rise together, in another thread. */
static void *
count_both(void *self)
{
    (void)self;
    for (int i = 1; i <= ROUNDS; i++) {
        metrics_hold(metrics);
        metric_set(pair[0], i);
        metric_set(pair[1], i);
        metrics_let(metrics);
    }
    return NULL;
}

START_TEST(what_is_held_is_read_as_one)
{
    pthread_t thread;
    long long last = 0;
    pair[0] = metric_at(metrics, LABELLED, "a", "read", NULL);
    pair[1] = metric_at(metrics, LABELLED, "b", "sum", NULL);
    ck_assert_int_eq(thread_begin(&thread, count_both, NULL), 0);
    while (last < ROUNDS) {
        const char *read = strstr(printed(), "code=\"read\"} "), *sum;
        ck_assert_ptr_nonnull(read);
        sum = strstr(read, "code=\"sum\"} ");
        ck_assert_ptr_nonnull(sum);
        last = strtoll(read + strlen("code=\"read\"} "), NULL, 10);
        ck_assert_int_eq(last, strtoll(sum + strlen("code=\"sum\"} "), NULL, 10));
    }
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("metric");
    TCase *cases = tcase_create("metric");
    tcase_add_checked_fixture(cases, begin, end);
    tcase_add_test(cases, a_row_that_nobody_counts_is_not_there);
    tcase_add_test(cases, a_gauge_is_absent_again_once_it_is_not_known);
    tcase_add_loop_test(cases, a_label_can_not_forge_a_line, 0, sizeof labels / sizeof labels[0]);
    tcase_add_test(cases, a_long_label_is_cut_between_characters);
    tcase_add_test(cases, the_same_labels_are_the_same_series);
    tcase_add_test(cases, a_histogram_adds_up);
    tcase_add_test(cases, a_histogram_without_labels_has_its_bounds);
    tcase_add_test(cases, who_has_no_series_counts_nothing);
    tcase_add_test(cases, what_does_not_fit_is_said);
    tcase_add_test(cases, what_is_held_is_read_as_one);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
