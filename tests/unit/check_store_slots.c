#include "store/slots.h"

#include <check.h>

/* As CLUSTER KEYSLOT of a Redis 7.0 says. */
static const struct {
    const char *key;
    int slot;
} SLOTS[] = {
    { "", 0 },
    { "123456789", 12739 }, /* the check value of CRC16-XMODEM, 0x31c3 */
    { "foo", 12182 },
    { "{foo}bar", 12182 },
    { "bar{foo}", 12182 },
    { "a{foo}{bar}", 12182 },
    { "foo{}{bar}", 8363 },    /* nothing between the first braces: the whole key */
    { "foo{{bar}}zap", 4015 }, /* the tag is "{bar" */
    { "foo{bar", 15278 },
    { "tt:{CN-LN}:RU:31d", 5696 },
    { "tt:{trade-events/3}:meta", 10790 },
};

START_TEST(a_key_lies_in_the_slot_of_its_tag)
{
    ck_assert_int_eq(slot_of(text_of(SLOTS[_i].key)), SLOTS[_i].slot);
}
END_TEST

static const struct address ASKED = { .host = "10.0.0.1", .port = 7000 };

#define NUMBER(n) { .kind = ANSWER_INTEGER, .integer = (n) }
#define WORD(s)                                                                                    \
    {                                                                                              \
        .kind = ANSWER_TEXT, .text = {(s), sizeof(s) - 1 }                                         \
    }
#define NOTHING { .kind = ANSWER_NIL }

static const struct {
    int64_t first, last;
    struct answer host, port;
    size_t count;      /* of the items of the row */
    const char *is_at; /* NULL: no row of a map */
} ROWS[] = {
    { 0, 5460, WORD("10.0.0.2"), NUMBER(7001), 3, "10.0.0.2:7001" },
    { 16383, 16383, WORD("fe80::1"), NUMBER(7001), 4, "[fe80::1]:7001" },
    { 0, 5460, WORD("redis-2.example"), NUMBER(6379), 3, "redis-2.example:6379" },
    { 0, 5460, WORD(""), NUMBER(7001), 3, "10.0.0.1:7001" },
    { 0, 5460, NOTHING, NUMBER(7001), 3, "10.0.0.1:7001" },
    { 0, 5460, WORD("?"), NUMBER(7001), 3, NULL },
    { 0, 16384, WORD("10.0.0.2"), NUMBER(7001), 3, NULL },
    { -1, 5460, WORD("10.0.0.2"), NUMBER(7001), 3, NULL },
    { 2, 1, WORD("10.0.0.2"), NUMBER(7001), 3, NULL },
    { 0, 5460, WORD("10.0.0.2"), NUMBER(0), 3, NULL },
    { 0, 5460, WORD("10.0.0.2"), NUMBER(65536), 3, NULL },
    { 0, 5460, WORD("10.0.0.2"), WORD("7001"), 3, NULL },
    { 0, 5460, WORD("10.0.0.2"), NUMBER(7001), 2, NULL },
};

START_TEST(a_row_of_the_map_names_a_master_and_its_slots)
{
    const struct answer master[] = { ROWS[_i].host, ROWS[_i].port, WORD("id") };
    const struct answer replica = { .kind = ANSWER_LIST };
    const struct answer items[] = { NUMBER(ROWS[_i].first),
                                    NUMBER(ROWS[_i].last),
                                    { .kind = ANSWER_LIST, .items = master, .count = 3 },
                                    replica };
    const struct answer row = { .kind = ANSWER_LIST, .items = items, .count = ROWS[_i].count };
    struct slot_range range = { .first = 42 };
    char at[ADDRESS_TEXT];

    ck_assert(slot_range_read(&row, &ASKED, &range) == (ROWS[_i].is_at != NULL));
    if (ROWS[_i].is_at == NULL) {
        ck_assert_int_eq(range.first, 42);
        return;
    }
    ck_assert_int_eq(range.first, (int)ROWS[_i].first);
    ck_assert_int_eq(range.last, (int)ROWS[_i].last);
    ck_assert_str_eq(address_write(&range.master, at), ROWS[_i].is_at);
}
END_TEST

START_TEST(what_is_no_list_is_no_row)
{
    const struct answer row = WORD("0");
    struct slot_range range;

    ck_assert(!slot_range_read(&row, &ASKED, &range));
}
END_TEST

static const struct {
    const char *error;
    bool is_ask;
    int slot;
    const char *to; /* NULL: no redirection */
} REDIRECTIONS[] = {
    { "MOVED 3999 127.0.0.1:6381", false, 3999, "127.0.0.1:6381" },
    { "ASK 0 127.0.0.1:6381", true, 0, "127.0.0.1:6381" },
    { "ASK 16383 ::1:6381", true, 16383, "[::1]:6381" },
    { "MOVED 3999 :6381", false, 3999, "10.0.0.1:6381" },
    { "MOVED 3999 redis-2.example:1", false, 3999, "redis-2.example:1" },
    { "MOVED 3999 ?:6381", false, 0, NULL },
    { "MOVED 16384 127.0.0.1:6381", false, 0, NULL },
    { "MOVED 3999 127.0.0.1", false, 0, NULL },
    { "MOVED 3999 127.0.0.1:", false, 0, NULL },
    { "MOVED 3999 127.0.0.1:65536", false, 0, NULL },
    { "MOVED 3999", false, 0, NULL },
    { "MOVED x 127.0.0.1:1", false, 0, NULL },
    { "MOVED 1x2 127.0.0.1:1", false, 0, NULL },
    { "MOVED ", false, 0, NULL },
    { "ASKED 3999 127.0.0.1:6381", false, 0, NULL },
    { "TRYAGAIN Multiple keys request during rehashing of slot", false, 0, NULL },
    { "", false, 0, NULL },
};

START_TEST(a_redirection_says_where_to)
{
    struct redirection r;
    char at[ADDRESS_TEXT];

    ck_assert(redirection_read(text_of(REDIRECTIONS[_i].error), &ASKED, &r) ==
              (REDIRECTIONS[_i].to != NULL));
    if (REDIRECTIONS[_i].to == NULL)
        return;
    ck_assert(r.is_ask == REDIRECTIONS[_i].is_ask);
    ck_assert_int_eq(r.slot, REDIRECTIONS[_i].slot);
    ck_assert_str_eq(address_write(&r.to, at), REDIRECTIONS[_i].to);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("store slots");
    TCase *cases = tcase_create("slots");

    tcase_add_loop_test(cases, a_key_lies_in_the_slot_of_its_tag, 0,
                        sizeof SLOTS / sizeof SLOTS[0]);
    tcase_add_loop_test(cases, a_row_of_the_map_names_a_master_and_its_slots, 0,
                        sizeof ROWS / sizeof ROWS[0]);
    tcase_add_test(cases, what_is_no_list_is_no_row);
    tcase_add_loop_test(cases, a_redirection_says_where_to, 0,
                        sizeof REDIRECTIONS / sizeof REDIRECTIONS[0]);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
