#include "store/store.h"
#include "store/url.h"

#include <check.h>

static const struct {
    const char *url;
    enum url_kind kind;
    const char *user, *password, *host;
    int port;
    const char *more; /* the other hosts */
    const char *master;
    int db;
} UNDERSTOOD[] = {
    { "redis://127.0.0.1:6379/0", URL_ONE, "", "", "127.0.0.1", 6379, "", "", 0 },
    { "redis://redis.example:7000/15", URL_ONE, "", "", "redis.example", 7000, "", "", 15 },
    { "redis://localhost", URL_ONE, "", "", "localhost", 6379, "", "", 0 },
    { "redis://localhost/", URL_ONE, "", "", "localhost", 6379, "", "", 0 },
    { "redis://localhost/999999", URL_ONE, "", "", "localhost", 6379, "", "", 999999 },
    { "redis://[::1]:6380/2", URL_ONE, "", "", "::1", 6380, "", "", 2 },
    { "redis://[fe80::1]", URL_ONE, "", "", "fe80::1", 6379, "", "", 0 },
    { "redis://:secret@h:1/0", URL_ONE, "", "secret", "h", 1, "", "", 0 },
    { "redis://tally:secret@h:65535", URL_ONE, "tally", "secret", "h", 65535, "", "", 0 },
    { "redis://t%40lly:a%3ab%2Fc%25@h", URL_ONE, "t@lly", "a:b/c%", "h", 6379, "", "", 0 },
    { "redis://u:p@ss:word@h", URL_ONE, "u", "p@ss:word", "h", 6379, "", "", 0 },
    { "unix:///run/redis.sock", URL_ONE, "", "", "/run/redis.sock", 0, "", "", 0 },
    { "unix:///run/redis.sock?db=3", URL_ONE, "", "", "/run/redis.sock", 0, "", "", 3 },
    { "unix:///tmp/a%20b.sock", URL_ONE, "", "", "/tmp/a b.sock", 0, "", "", 0 },
    { "redis+cluster://a:7000,b,[::1]:7002", URL_CLUSTER, "", "", "a", 7000, "b:6379 [::1]:7002 ",
      "", 0 },
    { "redis+cluster://u:p%2C@a", URL_CLUSTER, "u", "p,", "a", 6379, "", "", 0 },
    { "redis+cluster://a/", URL_CLUSTER, "", "", "a", 6379, "", "", 0 },
    { "redis+sentinel://a,b:5000/my%20master", URL_SENTINEL, "", "", "a", 26379, "b:5000 ",
      "my master", 0 },
    { "redis+sentinel://:p@a:1/m/3", URL_SENTINEL, "", "p", "a", 1, "", "m", 3 },
    { "unix://u:p@/run/r.sock", URL_ONE, "u", "p", "/run/r.sock", 0, "", "", 0 },
};

START_TEST(a_url_says_where_redis_is_and_as_whom_we_speak)
{
    struct store_url url;
    struct why why = { 0 };
    char more[200] = "", at[ADDRESS_TEXT];
    struct text_buffer b = { .at = more, .size = sizeof more - 1 };

    ck_assert_msg(store_url_read(text_of(UNDERSTOOD[_i].url), &url, &why) == FAULT_NONE, "%s: %s",
                  UNDERSTOOD[_i].url, why.text);
    ck_assert_int_eq(url.kind, UNDERSTOOD[_i].kind);
    ck_assert_str_eq(url.user, UNDERSTOOD[_i].user);
    ck_assert_str_eq(url.password, UNDERSTOOD[_i].password);
    ck_assert_str_eq(url.hosts[0].host, UNDERSTOOD[_i].host);
    ck_assert_int_eq(url.hosts[0].port, UNDERSTOOD[_i].port);
    for (size_t i = 1; i < url.host_count; i++) {
        text_put(&b, text_of(address_write(&url.hosts[i], at)));
        text_put_char(&b, ' ');
    }
    ck_assert_str_eq(more, UNDERSTOOD[_i].more);
    ck_assert_str_eq(url.master, UNDERSTOOD[_i].master);
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
    { "redis+cluster://h:1,i:2/1", "no numbered databases" },
    { "redis+cluster://h:1,,i:2", "no host" },
    { "redis+cluster://", "no host" },
    { "redis+cluster://h:1,i:x", "port" },
    { "redis+cluster://secret@h", "user:password" },
    { "redis+cluster://a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q", "more than 16 hosts" },
    { "redis+sentinel://h:1", "name of the master" },
    { "redis+sentinel://h:1/", "empty" },
    { "redis+sentinel:///name", "no host" },
    { "redis+sentinel://h:0/name", "port" },
    { "redis+sentinel://h/name/x", "database" },
    { "redis://", "no host" },
    { "redis://:secret@", "no host" },
    { "redis://:6379/0", "no host" },
    { "redis://a:1,b:2/0", "one host" },
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
    struct store_url url = { .db = 42 };
    struct why why = { 0 };

    ck_assert_int_eq(store_url_read(text_of(REFUSED[_i].url), &url, &why), FAULT_OPTION);
    ck_assert_msg(strstr(why.text, REFUSED[_i].says) != NULL, "%s: %s", REFUSED[_i].url, why.text);
    ck_assert_msg(strstr(why.text, "secre") == NULL, "%s", why.text);
    ck_assert_int_eq(url.db, 42);
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
