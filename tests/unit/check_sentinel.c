/* What a sentinel says of its master, over a real socket: an address, or none. */
#include "store/route.h"

#include <arpa/inet.h>
#include <check.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

struct told {
    int listener;
    const char *answer;
};

/* One connection: hears the question, answers, and goes. */
static void *
answer_once(void *self)
{
    const struct told *told = self;
    int peer = accept(told->listener, NULL, NULL);
    char question[256];

    ck_assert_int_ge(peer, 0);
    ck_assert_int_gt(read(peer, question, sizeof question), 0);
    ck_assert_int_gt(write(peer, told->answer, strlen(told->answer)), 0);
    (void)close(peer);
    return NULL;
}

/* Asks a sentinel that answers so. */
static enum fault
ask(const char *answer, struct address *master, struct why *why)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof at;
    struct told told = { socket(AF_INET, SOCK_STREAM, 0), answer };
    static struct introduction us;
    struct route route = { .introduction = &us };
    pthread_t thread;

    ck_assert_int_eq(bind(told.listener, (const struct sockaddr *)&at, size), 0);
    ck_assert_int_eq(listen(told.listener, 1), 0);
    ck_assert_int_eq(getsockname(told.listener, (struct sockaddr *)&at, &size), 0);
    us = (struct introduction){ .connect_ms = 10000,
                                .url = { .kind = URL_SENTINEL,
                                         .hosts = { { "127.0.0.1", ntohs(at.sin_port) } },
                                         .host_count = 1,
                                         .master = "m" } };
    ck_assert_int_eq(pthread_create(&thread, NULL, answer_once, &told), 0);
    enum fault fault = sentinel_ask(&route, master, why);
    (void)pthread_join(thread, NULL);
    (void)close(told.listener);
    return fault;
}

START_TEST(a_master_is_where_the_sentinel_says)
{
    struct address master;
    struct why why;

    ck_assert_int_eq(ask("*2\r\n$8\r\n10.0.0.7\r\n$5\r\n65535\r\n", &master, &why), FAULT_NONE);
    ck_assert_str_eq(master.host, "10.0.0.7");
    ck_assert_int_eq(master.port, 65535);
}
END_TEST

static const char *const no_address[] = {
    "*2\r\n$8\r\n10.0.0.7\r\n$1\r\n0\r\n", /* a port of 0 would make it the path of a socket */
    "*2\r\n$8\r\n10.0.0.7\r\n$5\r\n65536\r\n", "*2\r\n$8\r\n10.0.0.7\r\n$2\r\n-1\r\n",
    "*2\r\n$8\r\n10.0.0.7\r\n$4\r\nport\r\n",  "*2\r\n$8\r\n10.0.0.7\r\n$0\r\n\r\n",
    "*2\r\n$0\r\n\r\n$4\r\n6379\r\n",
};

START_TEST(what_is_no_address_is_refused)
{
    struct address master = { "untouched", 1 };
    struct why why;

    ck_assert_int_eq(ask(no_address[_i], &master, &why), FAULT_STORE_AWAY);
    ck_assert_ptr_nonnull(strstr(why.text, "names no address"));
    ck_assert_str_eq(master.host, "untouched");
}
END_TEST

START_TEST(a_sentinel_may_know_no_such_master)
{
    struct address master;
    struct why why;

    ck_assert_int_eq(ask("*-1\r\n", &master, &why), FAULT_STORE_AWAY);
    ck_assert_ptr_nonnull(strstr(why.text, "knows no master of the name m"));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("sentinel");
    TCase *tcase = tcase_create("sentinel");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, a_master_is_where_the_sentinel_says);
    tcase_add_loop_test(tcase, what_is_no_address_is_refused, 0,
                        (int)(sizeof no_address / sizeof no_address[0]));
    tcase_add_test(tcase, a_sentinel_may_know_no_such_master);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
