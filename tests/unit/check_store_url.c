#include "store/store.h"
#include "store/url.h"

#include <check.h>

static const struct {
    const char *url;
    enum url_transport transport;
    const char *user, *password, *host;
    int port;
    const char *path;
    int db;
} UNDERSTOOD[] = {
    { "redis://127.0.0.1:6379/0", URL_TCP, "", "", "127.0.0.1", 6379, "", 0 },
    { "redis://redis.example:7000/15", URL_TCP, "", "", "redis.example", 7000, "", 15 },
    { "redis://localhost", URL_TCP, "", "", "localhost", 6379, "", 0 },
    { "redis://localhost/", URL_TCP, "", "", "localhost", 6379, "", 0 },
    { "redis://localhost/999999", URL_TCP, "", "", "localhost", 6379, "", 999999 },
    { "redis://[::1]:6380/2", URL_TCP, "", "", "::1", 6380, "", 2 },
    { "redis://[fe80::1]", URL_TCP, "", "", "fe80::1", 6379, "", 0 },
    { "redis://:secret@h:1/0", URL_TCP, "", "secret", "h", 1, "", 0 },
    { "redis://tally:secret@h:65535", URL_TCP, "tally", "secret", "h", 65535, "", 0 },
    { "redis://t%40lly:a%3ab%2Fc%25@h", URL_TCP, "t@lly", "a:b/c%", "h", 6379, "", 0 },
    { "redis://u:p@ss:word@h", URL_TCP, "u", "p@ss:word", "h", 6379, "", 0 },
    { "unix:///run/redis.sock", URL_UNIX, "", "", "", 0, "/run/redis.sock", 0 },
    { "unix:///run/redis.sock?db=3", URL_UNIX, "", "", "", 0, "/run/redis.sock", 3 },
    { "unix:///tmp/a%20b.sock", URL_UNIX, "", "", "", 0, "/tmp/a b.sock", 0 },
    { "unix://u:p@/run/r.sock", URL_UNIX, "u", "p", "", 0, "/run/r.sock", 0 },
};

START_TEST(a_url_says_where_redis_is_and_as_whom_we_speak)
{
    struct store_url url;
    struct why why = { 0 };

    ck_assert_msg(store_url_read(text_of(UNDERSTOOD[_i].url), &url, &why) == FAULT_NONE, "%s: %s",
                  UNDERSTOOD[_i].url, why.text);
    ck_assert_int_eq(url.transport, UNDERSTOOD[_i].transport);
    ck_assert_str_eq(url.user, UNDERSTOOD[_i].user);
    ck_assert_str_eq(url.password, UNDERSTOOD[_i].password);
    ck_assert_str_eq(url.host, UNDERSTOOD[_i].host);
    ck_assert_int_eq(url.port, UNDERSTOOD[_i].port);
    ck_assert_str_eq(url.path, UNDERSTOOD[_i].path);
    ck_assert_int_eq(url.db, UNDERSTOOD[_i].db);
}
END_TEST

static const struct {
    const char *url, *says;
} REFUSED[] = {
    { "", "begins with redis://" },
    { "localhost:6379", "begins with redis://" },
    { "http://localhost", "begins with redis://" },
    { "REDIS://localhost", "begins with redis://" },
    { "rediss://h:6379/0", "rediss:// is not yet supported" },
    { "redis+cluster://h:1,i:2", "redis+cluster:// is not yet supported" },
    { "redis+sentinel://h:1/name", "redis+sentinel:// is not yet supported" },
    { "redis://", "no host" },
    { "redis://:secret@", "no host" },
    { "redis://:6379/0", "no host" },
    { "redis://a:1,b:2/0", "port" },
    { "redis://a,b/0", "one host" },
    { "redis://h:0", "port" },
    { "redis://h:65536", "port" },
    { "redis://h:", "port" },
    { "redis://h:12x", "port" },
    { "redis://h:1/db0", "database" },
    { "redis://h:1/-1", "database" },
    { "redis://h:1/1000000", "database" },
    { "redis://h:1/1/2", "database" },
    { "redis://h:1/0?db=1", "database" },
    { "redis://h /0", "blank" },
    { "redis://[::1", "IPv6" },
    { "redis://[::1]x:6379", "IPv6" },
    { "redis://secret@h", "user:password" },
    { "redis://user:@h", "password is empty" },
    { "redis://u:secre%2@h", "two hex digits" },
    { "redis://u:secre%zz@h", "two hex digits" },
    { "redis://u:secret%@h", "two hex digits" },
    { "redis://u:secret%00x@h", "NUL" },
    { "unix://", "begins with /" },
    { "unix:///", "begins with /" },
    { "unix://run/redis.sock", "begins with /" },
    { "unix:///run/redis.sock?db=", "database" },
    { "unix:///run/redis.sock?timeout=1", "db=N" },
};

START_TEST(a_url_that_is_not_understood_is_refused_without_quoting_the_password)
{
    struct store_url url = { .port = 42 };
    struct why why = { 0 };

    ck_assert_int_eq(store_url_read(text_of(REFUSED[_i].url), &url, &why), FAULT_OPTION);
    ck_assert_msg(strstr(why.text, REFUSED[_i].says) != NULL, "%s: %s", REFUSED[_i].url, why.text);
    ck_assert_msg(strstr(why.text, "secre") == NULL, "%s", why.text);
    ck_assert_int_eq(url.port, 42);
}
END_TEST

START_TEST(what_is_too_long_is_refused_not_cut)
{
    static const struct {
        const char *before, *after;
        size_t longest;
    } parts[] = {
        { "redis://", "", URL_NAME_BYTES - 1 },
        { "redis://", ":p@h", URL_NAME_BYTES - 1 },
        { "redis://u:", "@h", URL_PASSWORD_BYTES - 1 },
        { "unix:///", "", URL_PATH_BYTES - 2 },
    };
    char filler[URL_PASSWORD_BYTES + 1], url_text[2048];
    struct store_url url;
    struct why why;

    memset(filler, 'x', sizeof filler);
    for (int over = 0; over <= 1; over++) {
        (void)snprintf(url_text, sizeof url_text, "%s%.*s%s", parts[_i].before,
                       (int)parts[_i].longest + over, filler, parts[_i].after);
        ck_assert_int_eq(store_url_read(text_of(url_text), &url, &why),
                         over == 0 ? FAULT_NONE : FAULT_OPTION);
    }
}
END_TEST

START_TEST(a_store_with_a_bad_url_does_not_open)
{
    struct store *store = NULL;
    struct why why = { 0 };

    ck_assert_int_eq(store_open(&(struct store_options){ .url = "rediss://h:6379" }, &store, &why),
                     FAULT_OPTION);
    ck_assert_ptr_null(store);
    store_free(NULL);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("store url");
    TCase *cases = tcase_create("url");

    tcase_add_loop_test(cases, a_url_says_where_redis_is_and_as_whom_we_speak, 0,
                        sizeof UNDERSTOOD / sizeof UNDERSTOOD[0]);
    tcase_add_loop_test(cases, a_url_that_is_not_understood_is_refused_without_quoting_the_password,
                        0, sizeof REFUSED / sizeof REFUSED[0]);
    tcase_add_loop_test(cases, what_is_too_long_is_refused_not_cut, 0, 4);
    tcase_add_test(cases, a_store_with_a_bad_url_does_not_open);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
