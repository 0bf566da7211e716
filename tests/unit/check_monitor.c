/* A listener of its own, in a thread of its own: asked over a real socket. */
#include "http/monitor.h"

#include "base/clock.h"
#include "http/counts.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { REQUESTS, LEVEL, ROW_COUNT, OUT_BYTES = 65536, PATIENCE_S = 20 };

static const struct metric_row rows[ROW_COUNT] = {
    { "t_requests_total", METRIC_COUNTER, 0, "route,code", "Requests" },
    { "t_level", METRIC_GAUGE, 0, "", "How high" },
};

static struct metrics *metrics;
static struct monitor *monitor;
static _Atomic bool ready, strictly_ready;
static char out[OUT_BYTES];

static void
refresh(void *self, int64_t now_ms)
{
    (void)self;
    metric_set(metric_at(metrics, LEVEL, NULL, NULL, NULL), now_ms > 0 ? 42 : 0);
}

static bool
is_ready(void *self, bool is_strict, int64_t now_ms, struct why *why)
{
    (void)self, (void)now_ms;
    if (is_strict ? strictly_ready : ready)
        return true;
    (void)why_set(why, FAULT_NONE, is_strict ? "it is not whole" : "it is \"away\"");
    return false;
}

static void
open_with(int64_t stall_ms)
{
    const struct monitor_settings settings = { .address = "127.0.0.1:0",
                                               .program = "tally-test",
                                               .version = "1.2.3",
                                               .metrics = metrics,
                                               .stall_ms = stall_ms,
                                               .refresh = refresh,
                                               .is_ready = is_ready };
    struct why why;
    ck_assert_int_eq(monitor_open(&settings, &monitor, &why), FAULT_NONE);
}

static void
begin(void)
{
    struct why why;
    ck_assert_int_eq(metrics_open(rows, ROW_COUNT, &metrics, &why), FAULT_NONE);
}

static void
end(void)
{
    monitor_close(monitor);
    monitor = NULL;
    metrics_free(metrics);
}

static int
dial(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)monitor_port(monitor)),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct timeval most = { .tv_sec = PATIENCE_S };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most), 0);
    ck_assert_int_eq(connect(fd, (const struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

/* All of the answer, until its end; the status. */
static int
ask(const char *method, const char *path)
{
    char request[256];
    size_t length = 0;
    ssize_t got;
    int fd = dial();
    int bytes =
        snprintf(request, sizeof request,
                 "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", method, path);
    ck_assert_int_eq(send(fd, request, (size_t)bytes, 0), bytes);
    while ((got = recv(fd, out + length, sizeof out - 1 - length, 0)) > 0)
        length += (size_t)got;
    ck_assert_int_eq(got, 0);
    out[length] = '\0';
    (void)close(fd);
    ck_assert_int_eq(strncmp(out, "HTTP/1.1 ", 9), 0);
    return (int)strtol(out + 9, NULL, 10);
}

static void
has(const char *part)
{
    ck_assert_msg(strstr(out, part) != NULL, "\"%s\" is not in: %s", part, out);
}

START_TEST(numbers_of_the_program_and_of_the_process)
{
    struct http_counts *counts;
    const char *const routes[] = { "/v1/totals/{province}" };
    struct why why;
    ck_assert_int_eq(http_counts_open(metrics, REQUESTS, routes, 1, &counts, &why), FAULT_NONE);
    http_counts_add(counts, 0, 200);
    http_counts_add(counts, 0, 200);
    http_counts_add(counts, -1, 404);
    http_counts_add(counts, 0, 0);
    http_counts_add(NULL, 0, 200);
    open_with(0);
    ck_assert_int_eq(ask("GET", "/metrics"), 200);
    has("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n");
    has("t_requests_total{route=\"/v1/totals/{province}\",code=\"200\"} 2\n");
    has("t_requests_total{route=\"/v1/totals/{province}\",code=\"none\"} 1\n");
    has("t_requests_total{route=\"other\",code=\"404\"} 1\n");
    has("\nt_level 42\n");
    has("\ntally_build_info{program=\"tally-test\",version=\"1.2.3\"} 1\n");
    has("\nprocess_resident_memory_bytes ");
    has("\nprocess_cpu_seconds_total ");
    has("\nprocess_open_fds ");
    http_counts_free(counts);
}
END_TEST

START_TEST(it_began_some_seconds_ago)
{
    open_with(0);
    ck_assert_int_eq(ask("GET", "/metrics"), 200);
    const char *at = strstr(out, "\nprocess_start_time_seconds ");
    ck_assert_ptr_nonnull(at);
    int64_t began = strtoll(at + strlen("\nprocess_start_time_seconds "), NULL, 10);
    ck_assert_int_le(began, clock_wall_ms() / 1000 + 1);
    ck_assert_int_ge(began, clock_wall_ms() / 1000 - 600);
}
END_TEST

START_TEST(ready_is_as_the_program_says)
{
    open_with(0);
    atomic_store(&ready, false);
    ck_assert_int_eq(ask("GET", "/readyz"), 503);
    has("Content-Type: application/problem+json\r\n");
    has("\"detail\":\"it is \\\"away\\\"\"");
    ck_assert_int_eq(ask("GET", "/healthz"), 200);
    atomic_store(&ready, true);
    atomic_store(&strictly_ready, false);
    ck_assert_int_eq(ask("GET", "/readyz"), 200);
    has("\r\n\r\n{\"status\":\"ready\"}\n");
    ck_assert_int_eq(ask("GET", "/readyz?complete=0"), 200);
    ck_assert_int_eq(ask("GET", "/readyz?complete=1"), 503);
    has("it is not whole");
    atomic_store(&strictly_ready, true);
    ck_assert_int_eq(ask("GET", "/readyz?complete=1"), 200);
}
END_TEST

START_TEST(a_loop_that_stands_still_is_neither_alive_nor_ready)
{
    atomic_store(&ready, true);
    open_with(1); /* ms: it has not turned for longer by the time it is asked */
    for (int64_t begun = clock_tick_ms(); clock_tick_ms() < begun + 3;)
        continue;
    ck_assert_int_eq(ask("GET", "/healthz"), 503);
    has("its loop has not turned for");
    ck_assert_int_eq(ask("GET", "/readyz"), 503);
    ck_assert_int_eq(ask("GET", "/metrics"), 200);
    monitor_close(monitor);
    open_with(3600000);
    monitor_beat(monitor);
    monitor_beat(NULL);
    ck_assert_int_eq(ask("GET", "/healthz"), 200);
    has("\r\n\r\n{\"status\":\"alive\"}\n");
    monitor_close(monitor);
    open_with(-1);
    ck_assert_int_eq(ask("GET", "/healthz"), 200);
}
END_TEST

static const struct {
    const char *method, *path;
    int status;
} odd[] = {
    { "GET", "/", 404 },
    { "GET", "/metricsx", 404 },
    { "POST", "/metrics", 405 },
    { "DELETE", "/healthz", 405 },
    { "GET", "/readyz?complete=yes", 400 },
    { "GET", "/readyz?complete=1&complete=1", 400 },
    { "GET", "/readyz?whole=1", 400 },
    { "GET", "/metrics?format=text", 200 },
    { "HEAD", "/metrics", 200 },
};

START_TEST(what_is_odd_is_answered)
{
    atomic_store(&ready, true);
    open_with(0);
    ck_assert_int_eq(ask(odd[_i].method, odd[_i].path), odd[_i].status);
}
END_TEST

START_TEST(more_numbers_than_fit_at_first)
{
    char name[48];
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(name, sizeof name, "/a/rather/long/route/%d", i);
        (void)metric_at(metrics, REQUESTS, name, "200", NULL);
    }
    open_with(0);
    ck_assert_int_eq(ask("GET", "/metrics"), 200);
    has("route=\"/a/rather/long/route/0\"");
    has("route=\"/a/rather/long/route/700\"");
}
END_TEST

START_TEST(an_address_that_is_none_or_taken)
{
    char address[32];
    struct monitor *second = NULL;
    struct monitor_settings settings = { .address = "localhost", .program = "p", .version = "1" };
    struct why why;
    ck_assert_int_eq(monitor_open(&settings, &second, &why), FAULT_OPTION);
    open_with(0);
    (void)snprintf(address, sizeof address, "127.0.0.1:%d", monitor_port(monitor));
    settings.address = address;
    ck_assert_int_eq(monitor_open(&settings, &second, &why), FAULT_OPTION);
    ck_assert_ptr_null(second);
}
END_TEST

START_TEST(its_end_does_not_wait_for_who_is_connected)
{
    open_with(0);
    int idle = dial(), half = dial();
    ck_assert_int_eq(send(half, "GET /metr", 9, 0), 9);
    ck_assert_int_eq(ask("GET", "/healthz"), 200);
    monitor_close(monitor);
    monitor = NULL;
    ck_assert_int_eq(recv(idle, out, sizeof out, 0), 0);
    (void)close(idle);
    (void)close(half);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("monitor");
    TCase *cases = tcase_create("monitor");
    tcase_add_checked_fixture(cases, begin, end);
    tcase_add_test(cases, numbers_of_the_program_and_of_the_process);
    tcase_add_test(cases, it_began_some_seconds_ago);
    tcase_add_test(cases, ready_is_as_the_program_says);
    tcase_add_test(cases, a_loop_that_stands_still_is_neither_alive_nor_ready);
    tcase_add_loop_test(cases, what_is_odd_is_answered, 0, sizeof odd / sizeof odd[0]);
    tcase_add_test(cases, more_numbers_than_fit_at_first);
    tcase_add_test(cases, an_address_that_is_none_or_taken);
    tcase_add_test(cases, its_end_does_not_wait_for_who_is_connected);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
