/* The outlet: real pipes, nobody who reads, slow readers, several threads. */
#include "base/outlet.h"

#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINES = 10000, THREADS = 4, PIPE_ROOM = 64 * 1024 };

static int64_t
at_eight(void)
{
    return INT64_C(1706688000123);
}

static int64_t
steady_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct outlet *
open_on(int fd)
{
    struct why why;
    struct outlet *outlet = NULL;

    ck_assert_int_eq(outlet_open(fd, false, at_eight, &outlet, &why), FAULT_NONE);
    return outlet;
}

static void
put_number(struct outlet *outlet, int thread, int n)
{
    char line[200];
    int length = snprintf(line, sizeof line, "%d %d %0*d\n", thread, n, 100 + n % 50, n);

    outlet_put(outlet, line, (size_t)length);
}

/* What a reader finds: lines of each thread in order, each whole; how many were
 * told to be dropped. */
struct found {
    int fd;
    int rest_us; /* between reads */
    int64_t lines, told, strange;
    int last[THREADS];
};

static void
judge(struct found *f, char *line)
{
    static const char notice[] = "\"event\":\"log lines were dropped\",\"lines\":";
    const char *at = strstr(line, notice);
    long thread, n;
    char *end;

    if (at != NULL) {
        f->told += strtoll(at + strlen(notice), NULL, 10);
        return;
    }
    thread = strtol(line, &end, 10);
    n = strtol(end, &end, 10);
    if (thread < 0 || thread >= THREADS || n <= f->last[thread] || *end != ' ' ||
        strlen(end + 1) != (size_t)(100 + n % 50) || strtol(end, &end, 10) != n || *end != '\0') {
        f->strange++;
        return;
    }
    f->last[thread] = (int)n;
    f->lines++;
}

static void *
read_all(void *self)
{
    struct found *f = self;
    static char bytes[4096], line[LOG_LINE_BYTES];
    size_t length = 0;
    ssize_t got;

    while ((got = read(f->fd, bytes, sizeof bytes)) > 0) {
        for (ssize_t i = 0; i < got; i++) {
            line[length] = bytes[i];
            if (bytes[i] != '\n') {
                length += length + 1 < sizeof line; /* what is too long is strange */
                continue;
            }
            line[length] = '\0';
            judge(f, line);
            length = 0;
        }
        if (f->rest_us > 0)
            (void)usleep((useconds_t)f->rest_us);
    }
    f->strange += length > 0;
    return NULL;
}

START_TEST(every_line_arrives_whole_and_in_order)
{
    int ends[2];
    pthread_t reader;
    struct found found = { 0 };

    ck_assert_int_eq(_i == 0 ? pipe(ends) : socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    found.fd = ends[0];
    (void)pthread_create(&reader, NULL, read_all, &found);
    struct outlet *outlet = open_on(ends[1]);
    for (int n = 1; n <= 2000; n++)
        put_number(outlet, 0, n);
    outlet_close(outlet, 60000);
    (void)close(ends[1]);
    (void)pthread_join(reader, NULL);
    ck_assert_int_eq(found.lines, 2000);
    ck_assert_int_eq(found.strange, 0);
    ck_assert_int_eq(found.told, 0);
    (void)close(ends[0]);
}
END_TEST

START_TEST(nobody_reads_and_nobody_waits_and_the_count_is_told_later)
{
    int ends[2];
    pthread_t reader;
    struct found found = { 0 };
    int64_t begun = steady_ms();

    ck_assert_int_eq(pipe(ends), 0);
    struct outlet *outlet = open_on(ends[1]);
    for (int n = 1; n <= LINES; n++)
        put_number(outlet, 0, n);
    ck_assert_int_lt(steady_ms() - begun, 2000);
    int64_t dropped = outlet_dropped(outlet);
    ck_assert_int_gt(dropped, 0);
    ck_assert_int_lt(dropped,
                     LINES - (OUTLET_BYTES + PIPE_ROOM) / 2 / 200); /* the buffer is used */

    found.fd = ends[0];
    (void)pthread_create(&reader, NULL, read_all, &found);
    outlet_close(outlet, 60000);
    (void)close(ends[1]);
    (void)pthread_join(reader, NULL);
    ck_assert_int_eq(found.strange, 0);
    ck_assert_int_eq(found.told, dropped);
    ck_assert_int_eq(found.lines + found.told, LINES);
    (void)close(ends[0]);
}
END_TEST

START_TEST(the_end_waits_for_a_stuck_reader_only_so_long)
{
    int ends[2];
    int64_t begun;

    ck_assert_int_eq(pipe(ends), 0);
    struct outlet *outlet = open_on(ends[1]);
    for (int n = 1; n <= LINES; n++)
        put_number(outlet, 0, n);
    begun = steady_ms();
    outlet_close(outlet, 200);
    ck_assert_int_ge(steady_ms() - begun, 190);
    ck_assert_int_lt(steady_ms() - begun, 2000);
    (void)close(ends[0]); /* the thread that was left behind ends with an error */
}
END_TEST

struct putter {
    struct outlet *outlet;
    int thread;
};

static void *
put_many(void *self)
{
    struct putter *p = self;

    for (int n = 1; n <= LINES; n++)
        put_number(p->outlet, p->thread, n);
    return NULL;
}

START_TEST(lines_of_several_threads_are_not_torn_and_none_is_uncounted)
{
    int ends[2];
    pthread_t reader, threads[THREADS];
    struct putter putters[THREADS];
    struct found found = { .rest_us = 50 };

    ck_assert_int_eq(pipe(ends), 0);
    found.fd = ends[0];
    struct outlet *outlet = open_on(ends[1]);
    (void)pthread_create(&reader, NULL, read_all, &found);
    for (int t = 0; t < THREADS; t++) {
        putters[t] = (struct putter){ outlet, t };
        (void)pthread_create(&threads[t], NULL, put_many, &putters[t]);
    }
    for (int t = 0; t < THREADS; t++)
        (void)pthread_join(threads[t], NULL);
    int64_t dropped = outlet_dropped(outlet);
    outlet_close(outlet, 60000);
    (void)close(ends[1]);
    (void)pthread_join(reader, NULL);
    ck_assert_int_eq(found.strange, 0);
    ck_assert_int_eq(found.told, dropped);
    ck_assert_int_eq(found.lines + dropped, (int64_t)THREADS * LINES);
    (void)close(ends[0]);
}
END_TEST

/* O_NONBLOCK belongs to the open file: somebody else may have set it. */
START_TEST(a_pipe_that_others_made_nonblocking_loses_nothing)
{
    int ends[2];
    pthread_t reader;
    struct found found = { .rest_us = 1000 };

    ck_assert_int_eq(pipe2(ends, O_NONBLOCK), 0);
    ck_assert_int_eq(fcntl(ends[0], F_SETFL, 0), 0);
    found.fd = ends[0];
    struct outlet *outlet = open_on(ends[1]);
    (void)pthread_create(&reader, NULL, read_all, &found);
    for (int n = 1; n <= 3000; n++)
        put_number(outlet, 0, n);
    outlet_close(outlet, 60000);
    ck_assert_int_eq(fcntl(ends[1], F_GETFL) & O_NONBLOCK, O_NONBLOCK); /* left alone */
    (void)close(ends[1]);
    (void)pthread_join(reader, NULL);
    ck_assert_int_eq(found.lines, 3000);
    ck_assert_int_eq(found.strange, 0);
    (void)close(ends[0]);
}
END_TEST

/* ---- results ------------------------------------------------------------------------ */

static bool
always(void *self)
{
    (void)self;
    return true;
}

static bool
so_often(void *self)
{
    int *left = self;

    return (*left)-- > 0;
}

START_TEST(what_is_put_surely_waits_for_a_slow_reader)
{
    int ends[2];
    pthread_t reader;
    struct found found = { .rest_us = 50 };
    char line[200];

    ck_assert_int_eq(pipe(ends), 0);
    found.fd = ends[0];
    struct outlet *outlet = open_on(ends[1]);
    (void)pthread_create(&reader, NULL, read_all, &found);
    for (int n = 1; n <= LINES; n++) {
        int length = snprintf(line, sizeof line, "0 %d %0*d\n", n, 100 + n % 50, n);
        ck_assert_int_eq(outlet_put_surely(outlet, line, (size_t)length, always, NULL, NULL),
                         FAULT_NONE);
    }
    ck_assert(outlet_flush(outlet, always, NULL));
    outlet_close(outlet, 0);
    (void)close(ends[1]);
    (void)pthread_join(reader, NULL);
    ck_assert_int_eq(found.lines, LINES);
    (void)close(ends[0]);
}
END_TEST

/* Until this process has one thread again: what the other has released or has
 * not is then for the sanitizer to see. */
static void
wait_to_be_alone(void)
{
    int64_t until = steady_ms() + 10000;
    struct stat tasks = { 0 };

    /* a link for each thread, one for . and one for .. */
    while (stat("/proc/self/task", &tasks) == 0 && tasks.st_nlink > 3 && steady_ms() < until)
        (void)usleep(1000);
    ck_assert_uint_eq(tasks.st_nlink, 3);
}

START_TEST(what_is_put_surely_and_is_lost_is_known)
{
    int ends[2], left = 3;
    char line[LOG_LINE_BYTES] = { [LOG_LINE_BYTES - 1] = '\n' };
    int full = open("/dev/full", O_WRONLY);
    struct outlet *outlet = open_on(full);
    struct why why;

    ck_assert_int_eq(outlet_put_surely(outlet, "x\n", 2, always, NULL, NULL), FAULT_NONE);
    ck_assert(!outlet_flush(outlet, always, NULL));
    ck_assert_int_eq(outlet_dropped(outlet), 1);
    outlet_close(outlet, 1000);
    (void)close(full);

    ck_assert_int_eq(pipe(ends), 0); /* nobody reads: given up */
    outlet = open_on(ends[1]);
    int n = 0;
    while (outlet_put_surely(outlet, line, sizeof line, so_often, &left, &why) == FAULT_NONE) {
        ck_assert_int_lt(n++, LINES); /* more than the pipe and the outlet hold */
        left = 3;
    }
    ck_assert_str_eq(why.text, "who reads the lines does not go on");
    left = 3;
    ck_assert(!outlet_flush(outlet, so_often, &left));
    outlet_close(outlet, 0); /* the thread stands still, and goes on when the reader is gone */
    (void)close(ends[0]);
    wait_to_be_alone();
}
END_TEST

/* Told at once, also where nobody reads: no room will ever do. */
START_TEST(a_result_that_is_too_long_is_refused_and_says_so)
{
    int ends[2];
    char line[LOG_LINE_BYTES + 1] = { [LOG_LINE_BYTES] = '\n' };
    struct why why;

    ck_assert_int_eq(pipe(ends), 0);
    struct outlet *outlet = open_on(ends[1]);
    for (int n = 0; outlet_dropped(outlet) == 0; n++)
        put_number(outlet, 0, n);
    ck_assert_int_eq(outlet_put_surely(outlet, line, sizeof line, always, NULL, &why), FAULT_FILE);
    ck_assert_str_eq(why.text, "a line of 8193 bytes; 8192 are the most");
    (void)close(ends[0]);
    ck_assert(!outlet_flush(outlet, always, NULL)); /* it is lost, and counted so */
    outlet_close(outlet, 1000);
    (void)close(ends[1]);
}
END_TEST

/* A full disk that has room again: the count is told, and no line is glued to
 * the half of one. */
START_TEST(a_log_that_was_refused_goes_on)
{
    char bytes[512];
    int full = open("/dev/full", O_WRONLY), ends[2], fd = dup(full);
    struct outlet *outlet = open_on(fd);

    ck_assert_int_eq(pipe(ends), 0);
    for (int n = 0; n < 5; n++)
        outlet_put(outlet, "no\n", 3);
    ck_assert(outlet_flush(outlet, always, NULL));
    ck_assert_int_eq(outlet_dropped(outlet), 5);
    ck_assert_int_eq(dup2(ends[1], fd), fd);
    outlet_put(outlet, "yes\n", 4);
    outlet_close(outlet, 1000);
    (void)close(fd);
    (void)close(ends[1]);
    (void)close(full);
    ssize_t got = read(ends[0], bytes, sizeof bytes - 1);
    ck_assert_int_gt(got, 0);
    bytes[got] = '\0';
    ck_assert_str_eq(bytes,
                     "yes\n{\"time\":\"2024-01-31T08:00:00.123Z\",\"level\":\"warn\",\"event\":"
                     "\"log lines were dropped\",\"lines\":5}\n");
    (void)close(ends[0]);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("outlet");
    TCase *cases = tcase_create("outlet");

    tcase_add_loop_test(cases, every_line_arrives_whole_and_in_order, 0, 2);
    tcase_add_test(cases, nobody_reads_and_nobody_waits_and_the_count_is_told_later);
    tcase_add_test(cases, the_end_waits_for_a_stuck_reader_only_so_long);
    tcase_add_test(cases, lines_of_several_threads_are_not_torn_and_none_is_uncounted);
    tcase_add_test(cases, a_pipe_that_others_made_nonblocking_loses_nothing);
    tcase_add_test(cases, what_is_put_surely_waits_for_a_slow_reader);
    tcase_add_test(cases, what_is_put_surely_and_is_lost_is_known);
    tcase_add_test(cases, a_result_that_is_too_long_is_refused_and_says_so);
    tcase_add_test(cases, a_log_that_was_refused_goes_on);
    suite_add_tcase(suite, cases);
    (void)signal(SIGPIPE, SIG_IGN);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
