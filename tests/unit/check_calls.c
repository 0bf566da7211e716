#include <check.h>
#include <stdlib.h>

#include "store/calls.h"

enum { SENT_MOST = 300 };

/* A way that records what it is given and answers what the test laid out. */
struct recorder {
    int runs;
    size_t count;
    char sent[SENT_MOST][200]; /* key and arguments, each in brackets */
    const struct script *scripts[SENT_MOST];
    const struct answer *answers; /* or NULL: all OK */
    enum fault fault;
};

static void
show(char out[200], const struct command *command)
{
    struct text_buffer b = { .at = out, .size = 199 };

    text_put(&b, command->key);
    for (size_t i = 0; i < command->count && !b.full; i++) {
        text_put_char(&b, '[');
        text_put(&b, command->args[i]);
        text_put_char(&b, ']');
    }
    out[b.length] = '\0';
}

static enum fault
record(void *self, const struct command *commands, size_t count, struct answer *answers,
       struct why *why)
{
    struct recorder *r = self;

    ck_assert_uint_le(count, SENT_MOST);
    r->runs++;
    r->count = count;
    for (size_t i = 0; i < count; i++) {
        show(r->sent[i], &commands[i]);
        r->scripts[i] = commands[i].script;
        answers[i] = r->answers != NULL
                         ? r->answers[i]
                         : (struct answer){ .kind = ANSWER_TEXT, .text = TEXT_LITERAL("OK") };
    }
    return r->fault == FAULT_NONE ? FAULT_NONE : why_set(why, r->fault, "away");
}

static struct recorder recorder;
static struct calls calls;
static struct store_way way;

static void
set_up(void)
{
    recorder = (struct recorder){ 0 };
    calls = (struct calls){ 0 };
    way = (struct store_way){ &recorder, record };
}

static void
tear_down(void)
{
    calls_release(&calls);
}

START_TEST(commands_are_sent_as_they_were_made)
{
    static const struct script script = { .name = "commit" };
    char passing[] = "passing";

    calls_begin(&calls, NULL, TEXT_LITERAL("k1"));
    calls_arg(&calls, TEXT_LITERAL("GET"));
    calls_arg(&calls, TEXT_LITERAL("k1"));
    calls_begin(&calls, &script, TEXT_LITERAL("k2"));
    calls_integer(&calls, INT64_MIN);
    calls_integer(&calls, 0);
    calls_copy(&calls, text_of(passing));
    calls_arg(&calls, TEXT_LITERAL(""));
    calls_begin(&calls, NULL, TEXT_LITERAL("k3"));
    memset(passing, 'x', sizeof passing - 1); /* what was copied stays */
    ck_assert_int_eq(calls_run(&calls, &way, NULL), FAULT_NONE);
    ck_assert_uint_eq(recorder.count, 3);
    ck_assert_str_eq(recorder.sent[0], "k1[GET][k1]");
    ck_assert_str_eq(recorder.sent[1], "k2[-9223372036854775808][0][passing][]");
    ck_assert_str_eq(recorder.sent[2], "k3");
    ck_assert_ptr_null(recorder.scripts[0]);
    ck_assert_ptr_eq(recorder.scripts[1], &script);
}
END_TEST

START_TEST(many_commands_and_bytes_stay_until_the_reset)
{
    char name[40], big[200];

    memset(big, 'b', sizeof big);
    for (int round = 0; round < 3; round++) {
        calls_reset(&calls);
        for (int i = 0; i < SENT_MOST; i++) {
            (void)snprintf(name, sizeof name, "key-%d-%d", round, i);
            calls_begin(&calls, NULL, calls_keep(&calls, text_of(name)));
            for (int n = 0; n < i % 7; n++)
                calls_integer(&calls, i * 10 + n);
            for (int n = 0; n < 10; n++)
                (void)calls_keep(&calls, (struct text){ big, sizeof big });
        }
        ck_assert_int_eq(calls_run(&calls, &way, NULL), FAULT_NONE);
        ck_assert_uint_eq(recorder.count, SENT_MOST);
        for (int i = 0; i < SENT_MOST; i++) {
            char wanted[200];
            size_t length = (size_t)snprintf(wanted, sizeof wanted, "key-%d-%d", round, i);
            for (int n = 0; n < i % 7; n++)
                length +=
                    (size_t)snprintf(wanted + length, sizeof wanted - length, "[%d]", i * 10 + n);
            ck_assert_str_eq(recorder.sent[i], wanted);
        }
    }
}
END_TEST

START_TEST(a_text_larger_than_a_block_is_kept_whole)
{
    enum { LARGE = 300 * 1024 };
    char *large = malloc(LARGE);
    struct text before, kept, after;

    memset(large, 'L', LARGE);
    before = calls_keep(&calls, TEXT_LITERAL("before"));
    kept = calls_keep(&calls, (struct text){ large, LARGE });
    after = calls_keep(&calls, TEXT_LITERAL("after"));
    ck_assert(text_equal(kept, (struct text){ large, LARGE }));
    ck_assert(text_equal(before, TEXT_LITERAL("before")));
    ck_assert(text_equal(after, TEXT_LITERAL("after")));
    ck_assert_uint_eq(calls_keep(&calls, (struct text){ NULL, 0 }).length, 0);
    free(large);
}
END_TEST

START_TEST(nothing_to_say_is_not_sent)
{
    ck_assert_int_eq(calls_run(&calls, &way, NULL), FAULT_NONE);
    calls_begin(&calls, NULL, TEXT_LITERAL("k"));
    calls_reset(&calls);
    ck_assert_int_eq(calls_run(&calls, &way, NULL), FAULT_NONE);
    ck_assert_int_eq(recorder.runs, 0);
}
END_TEST

START_TEST(calls_that_lack_memory_are_not_sent)
{
    struct why why = { "", "" };

    calls_begin(&calls, NULL, TEXT_LITERAL("k"));
    calls.failed = true;
    ck_assert_int_eq(calls_run(&calls, &way, &why), FAULT_NO_MEMORY);
    ck_assert_str_ne(why.text, "");
    ck_assert_int_eq(recorder.runs, 0);
    calls_reset(&calls);
    calls_begin(&calls, NULL, TEXT_LITERAL("k"));
    ck_assert_int_eq(calls_run(&calls, &way, &why), FAULT_NONE);
}
END_TEST

#define TEXT_ANSWER(literal)                                                                       \
    {                                                                                              \
        .kind = ANSWER_TEXT, .text = { literal, sizeof(literal) - 1 }                              \
    }
#define ERROR_ANSWER(literal)                                                                      \
    {                                                                                              \
        .kind = ANSWER_ERROR, .text = { literal, sizeof(literal) - 1 }                             \
    }

static const struct {
    struct answer answers[2];
    enum fault given, wanted;
    const char *said;
} runs[] = {
    { { TEXT_ANSWER("OK"), TEXT_ANSWER("OK") }, FAULT_NONE, FAULT_NONE, "" },
    { { TEXT_ANSWER("OK"), { .kind = ANSWER_AWAY } }, FAULT_STORE_AWAY, FAULT_STORE_AWAY, "away" },
    { { TEXT_ANSWER("OK"), ERROR_ANSWER("OOM command not allowed") },
      FAULT_NONE,
      FAULT_STORE_AWAY,
      "OOM command not allowed; raise maxmemory" },
    { { ERROR_ANSWER("MISCONF Errors writing to the AOF file"), TEXT_ANSWER("OK") },
      FAULT_NONE,
      FAULT_STORE_AWAY,
      "AOF file; make room" },
    { { ERROR_ANSWER("READONLY You can't write"), { .kind = ANSWER_AWAY } },
      FAULT_STORE_AWAY,
      FAULT_STORE_AWAY,
      "away" },
    { { ERROR_ANSWER("NOREPLICAS Not enough good replicas to write."), TEXT_ANSWER("OK") },
      FAULT_NONE,
      FAULT_STORE_AWAY,
      "bring replicas back" },
    /* what can't be mended by waiting outranks what can */
    { { ERROR_ANSWER("OOM command not allowed"), ERROR_ANSWER("NOPERM this user") },
      FAULT_NONE,
      FAULT_STORE_REFUSED,
      "users.acl" },
    { { TEXT_ANSWER("OK"), ERROR_ANSWER("WRONGPASS invalid username-password pair") },
      FAULT_STORE_AWAY,
      FAULT_STORE_REFUSED,
      "WRONGPASS" },
    { { ERROR_ANSWER("MOVED 42 127.0.0.1:7001"), TEXT_ANSWER("OK") },
      FAULT_NONE,
      FAULT_STORE_REFUSED,
      "redis+cluster://" },
    { { ERROR_ANSWER("CROSSSLOT Keys in request don't hash to the same slot"), TEXT_ANSWER("OK") },
      FAULT_NONE,
      FAULT_STORE_REFUSED,
      "CROSSSLOT" },
    { { ERROR_ANSWER("OOMPH"), TEXT_ANSWER("OK") }, FAULT_NONE, FAULT_STORE_REFUSED, "OOMPH" },
    { { ERROR_ANSWER("NOAUTH"), TEXT_ANSWER("OK") }, FAULT_NONE, FAULT_STORE_REFUSED, "NOAUTH" },
    { { { .kind = ANSWER_NIL }, { .kind = ANSWER_NIL } }, FAULT_NONE, FAULT_NONE, "" },
};

START_TEST(a_run_is_as_good_as_its_answers)
{
    struct why why = { "", "" };

    recorder.answers = runs[_i].answers;
    recorder.fault = runs[_i].given;
    calls_begin(&calls, NULL, TEXT_LITERAL("a"));
    calls_begin(&calls, NULL, TEXT_LITERAL("b"));
    ck_assert_int_eq(calls_run(&calls, &way, &why), runs[_i].wanted);
    ck_assert_ptr_nonnull(strstr(why.text, runs[_i].said));
    if (runs[_i].answers[0].kind == ANSWER_ERROR && runs[_i].wanted == FAULT_STORE_AWAY)
        ck_assert_int_eq(calls.answers[0].kind, ANSWER_AWAY);
    else if (runs[_i].wanted != FAULT_STORE_REFUSED)
        ck_assert_int_eq(calls.answers[0].kind, runs[_i].answers[0].kind);
}
END_TEST

START_TEST(items_of_an_answer_are_read_without_trust)
{
    static const struct answer items[] = {
        TEXT_ANSWER("MISMATCH"),
        { .kind = ANSWER_NIL },
        { .kind = ANSWER_INTEGER, .integer = 3 },
        TEXT_ANSWER(""),
    };
    struct answer list = { .kind = ANSWER_LIST, .items = items, .count = 4 };
    struct answer empty = { .kind = ANSWER_LIST };
    struct answer text = TEXT_ANSWER("OK"), none = { .kind = ANSWER_NIL };

    ck_assert(answer_is(&list, "MISMATCH"));
    ck_assert(!answer_is(&list, "MISMATC"));
    ck_assert(!answer_is(&list, "OK"));
    ck_assert(!answer_is(&empty, "OK"));
    ck_assert(!answer_is(&text, "OK")); /* a script answers with a list */
    ck_assert(!answer_is(&none, "OK"));
    ck_assert(text_equal(answer_item(&list, 0), TEXT_LITERAL("MISMATCH")));
    ck_assert_ptr_null(answer_item(&list, 1).at);
    ck_assert_ptr_null(answer_item(&list, 2).at);
    ck_assert_ptr_nonnull(answer_item(&list, 3).at);
    ck_assert_ptr_null(answer_item(&list, 4).at);
    ck_assert_ptr_null(answer_item(&text, 0).at);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("calls");
    TCase *tcase = tcase_create("calls");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, commands_are_sent_as_they_were_made);
    tcase_add_test(tcase, many_commands_and_bytes_stay_until_the_reset);
    tcase_add_test(tcase, a_text_larger_than_a_block_is_kept_whole);
    tcase_add_test(tcase, nothing_to_say_is_not_sent);
    tcase_add_test(tcase, calls_that_lack_memory_are_not_sent);
    tcase_add_loop_test(tcase, a_run_is_as_good_as_its_answers, 0,
                        (int)(sizeof runs / sizeof runs[0]));
    tcase_add_test(tcase, items_of_an_answer_are_read_without_trust);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
