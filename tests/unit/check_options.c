/* The command line, the environment and the file of settings. */
#include "base/options.h"

#include <check.h>

enum { FILE_ROW, BROKERS, PROPERTY, TOPICS, LIMIT, QUIET, LISTEN, ROWS };

static const struct option_row rows[ROWS] = {
    [FILE_ROW] = { 'F', "file", OPTION_TEXT, NULL, 0, 0, NULL, "FILE", "Settings." },
    [BROKERS] = { 'b', "brokers", OPTION_TEXT, "localhost:9092", 0, 0, "TALLY_BROKERS", "BROKERS",
                  "Kafka." },
    [PROPERTY] = { 'X', "property", OPTION_PROPERTY, NULL, 0, 0, NULL, "P=V", "librdkafka's." },
    [TOPICS] = { 0, "create-topics", OPTION_OPTIONAL, "12", 1, 1000, NULL, "PARTITIONS",
                 "Make topics." },
    [LIMIT] = { 'n', "limit", OPTION_COUNT, "5", 1, 10, "TALLY_LIMIT", "N", "How many." },
    [QUIET] = { 'q', "quiet", OPTION_FLAG, NULL, 0, 0, "TALLY_QUIET", NULL, "Say less." },
    [LISTEN] = { 0, "listen", OPTION_LATER, NULL, 0, 0, "TALLY_LISTEN", "ADDR:PORT", "HTTP." },
};

enum { WORDS_MOST = 8 };

static const char *in_environment[2]; /* name, value */

static char *
environment(const char *name)
{
    if (in_environment[0] == NULL || strcmp(name, in_environment[0]) != 0)
        return NULL;
    static char value[64];
    snprintf(value, sizeof value, "%s", in_environment[1]);
    return value;
}

/* Reads words (up to NULL) with one variable and a file; any may be NULL. */
static enum fault
read_with(const char *const words[WORDS_MOST], const char *variable, const char *value,
          const char *file, struct option_values *out, struct why *why)
{
    static char copies[WORDS_MOST + 1][64], text[256];
    char *argv[WORDS_MOST + 2] = { copies[0] };
    int argc = 1;
    snprintf(copies[0], sizeof copies[0], "tally");
    for (; argc <= WORDS_MOST && words[argc - 1] != NULL; argc++) {
        snprintf(copies[argc], sizeof copies[argc], "%s", words[argc - 1]);
        argv[argc] = copies[argc];
    }
    in_environment[0] = variable;
    in_environment[1] = value;
    if (file != NULL)
        snprintf(text, sizeof text, "%s", file);
    return options_read(rows, ROWS, argc, argv, environment,
                        file == NULL ? NULL : &(struct settings_file){ "a.conf", text }, out, why);
}

/* ---- what is taken ------------------------------------------------------------ */

static const struct taken_row {
    const char *words[WORDS_MOST];
    const char *variable, *value, *file;
    int row;
    const char *expected; /* NULL: unset */
} taken[] = {
    { { NULL }, NULL, NULL, NULL, BROKERS, "localhost:9092" },
    { { "-b", "one" }, NULL, NULL, NULL, BROKERS, "one" },
    { { "-bone" }, NULL, NULL, NULL, BROKERS, "one" },
    { { "--brokers", "one" }, NULL, NULL, NULL, BROKERS, "one" },
    { { "--brokers=one" }, NULL, NULL, NULL, BROKERS, "one" },
    { { "--brokers=" }, NULL, NULL, NULL, BROKERS, "" },
    { { "--brokers=a=b" }, NULL, NULL, NULL, BROKERS, "a=b" },
    { { "-b", "one", "-b", "two" }, NULL, NULL, NULL, BROKERS, "two" },
    { { "file", "-b", "two" }, NULL, NULL, NULL, BROKERS, "two" },
    { { "--", "-b", "two" }, NULL, NULL, NULL, BROKERS, "localhost:9092" },
    /* flag over environment over file over default */
    { { NULL }, NULL, NULL, "brokers=f", BROKERS, "f" },
    { { NULL }, "TALLY_BROKERS", "e", "brokers=f", BROKERS, "e" },
    { { "-b", "a" }, "TALLY_BROKERS", "e", "brokers=f", BROKERS, "a" },
    { { NULL }, "TALLY_BROKERS", "", "brokers=f", BROKERS, "f" },
    { { NULL }, NULL, NULL, "# brokers=x\n\n \t brokers =\t f g \r\n", BROKERS, "f g" },
    { { NULL }, NULL, NULL, NULL, TOPICS, NULL },
    { { "--create-topics" }, NULL, NULL, NULL, TOPICS, "12" },
    { { "--create-topics=3" }, NULL, NULL, NULL, TOPICS, "3" },
    { { NULL }, NULL, NULL, "create-topics=4", TOPICS, "4" },
    { { NULL }, NULL, NULL, NULL, LIMIT, "5" },
    { { "-n", "1" }, NULL, NULL, NULL, LIMIT, "1" },
    { { "-n", "9" }, NULL, NULL, NULL, LIMIT, "9" },
    { { "-n", "10" }, NULL, NULL, NULL, LIMIT, "10" },
    { { NULL }, NULL, NULL, NULL, QUIET, NULL },
    { { "-q" }, NULL, NULL, NULL, QUIET, "1" },
    { { "--quiet" }, NULL, NULL, NULL, QUIET, "1" },
    { { NULL }, NULL, NULL, "quiet=true", QUIET, "1" },
    { { NULL }, "TALLY_QUIET", "0", "quiet=1", QUIET, NULL },
};

START_TEST(each_way_of_writing_gives_its_value)
{
    const struct taken_row *row = &taken[_i];
    struct option_values values;
    struct why why = { 0 };
    enum fault fault = read_with(row->words, row->variable, row->value, row->file, &values, &why);
    ck_assert_msg(fault == FAULT_NONE, "row %d: %s", _i, why.text);
    if (row->expected == NULL)
        ck_assert_ptr_null(values.value[row->row]);
    else
        ck_assert_pstr_eq(values.value[row->row], row->expected);
}
END_TEST

/* ---- what is refused ------------------------------------------------------------- */

static const struct refused_row {
    const char *words[WORDS_MOST];
    const char *variable, *value, *file;
    const char *sentence;
} refused[] = {
    { { "--lisen" }, NULL, NULL, NULL, "--lisen: no such option" },
    { { "--lisen=x" }, NULL, NULL, NULL, "--lisen: no such option" },
    { { "-z" }, NULL, NULL, NULL, "-z: no such option" },
    { { "-b" }, NULL, NULL, NULL, "-b wants BROKERS" },
    { { "--brokers" }, NULL, NULL, NULL, "--brokers wants BROKERS" },
    { { "--quiet=1" }, NULL, NULL, NULL, "--quiet takes no value" },
    { { "-qb" }, NULL, NULL, NULL, "-q takes no value" },
    { { "-n", "0" }, NULL, NULL, NULL, "-n wants a whole number from 1 to 10, not '0'" },
    { { "-n", "11" }, NULL, NULL, NULL, "-n wants a whole number from 1 to 10, not '11'" },
    { { "-n", " 5" }, NULL, NULL, NULL, "-n wants a whole number from 1 to 10, not ' 5'" },
    { { "-n", "5x" }, NULL, NULL, NULL, "-n wants a whole number from 1 to 10, not '5x'" },
    { { "-n", "" }, NULL, NULL, NULL, "-n wants a whole number from 1 to 10, not ''" },
    { { "-n", "99999999999999999999" },
      NULL,
      NULL,
      NULL,
      "-n wants a whole number from 1 to 10, not '99999999999999999999'" },
    { { "--create-topics=" },
      NULL,
      NULL,
      NULL,
      "--create-topics wants a whole number from 1 to 1000, not ''" },
    { { "--create-topics", "6" },
      NULL,
      NULL,
      NULL,
      "--create-topics 6: write --create-topics=6; a file of that name is ./6" },
    { { NULL },
      NULL,
      NULL,
      "\n\nlimit=x",
      "a.conf, line 3: limit wants a whole number from 1 to 10, not 'x'" },
    { { "-X", "acks" }, NULL, NULL, NULL, "-X wants property=value, not 'acks'" },
    { { "-X", "=all" }, NULL, NULL, NULL, "-X wants property=value, not '=all'" },
    { { "--listen", ":80" }, NULL, NULL, NULL, "--listen: this version has not got it yet" },
    { { NULL }, "TALLY_LISTEN", ":80", NULL, "TALLY_LISTEN: this version has not got it yet" },
    { { NULL },
      NULL,
      NULL,
      "listen=:80",
      "a.conf, line 1: listen: this version has not got it yet" },
    { { NULL },
      "TALLY_LIMIT",
      "x",
      NULL,
      "TALLY_LIMIT wants a whole number from 1 to 10, not 'x'" },
    { { NULL }, NULL, NULL, "\nbrokers", "a.conf, line 2: not name=value" },
    { { NULL }, NULL, NULL, "=x", "a.conf, line 1: not name=value" },
    { { NULL }, NULL, NULL, "file=x", "a.conf, line 1: file belongs on the command line" },
    { { NULL }, NULL, NULL, "quiet=maybe", "a.conf, line 1: quiet wants 1 or 0, not 'maybe'" },
};

START_TEST(a_refusal_names_the_option_and_what_it_wants)
{
    const struct refused_row *row = &refused[_i];
    struct option_values values;
    struct why why = { 0 };
    enum fault fault = read_with(row->words, row->variable, row->value, row->file, &values, &why);
    ck_assert_int_eq(fault, FAULT_OPTION);
    ck_assert_str_eq(why.text, row->sentence);
}
END_TEST

START_TEST(properties_of_the_file_come_before_those_of_the_command_line)
{
    struct option_values values;
    struct why why = { 0 };
    const char *words[WORDS_MOST] = { "-X", "acks=1", "-Xlinger.ms=7" };
    const char *file = "sasl.password = a=b c \nlinger.ms=3";
    ck_assert_int_eq(read_with(words, NULL, NULL, file, &values, &why), FAULT_NONE);
    ck_assert_int_eq(values.property_count, 4);
    ck_assert_str_eq(values.properties[0], "sasl.password=a=b c");
    ck_assert_str_eq(values.properties[1], "linger.ms=3");
    ck_assert_str_eq(values.properties[2], "acks=1");
    ck_assert_str_eq(values.properties[3], "linger.ms=7");
}
END_TEST

START_TEST(operands_keep_their_order_and_a_dash_is_one)
{
    struct option_values values;
    struct why why = { 0 };
    const char *words[WORDS_MOST] = { "a", "-", "-q", "b", "--", "-q", "--" };
    ck_assert_int_eq(read_with(words, NULL, NULL, NULL, &values, &why), FAULT_NONE);
    ck_assert_int_eq(values.operand_count, 5);
    const char *expected[] = { "a", "-", "b", "-q", "--" };
    for (int i = 0; i < 5; i++)
        ck_assert_str_eq(values.operands[i], expected[i]);
}
END_TEST

static const struct file_row {
    const char *words[WORDS_MOST];
    const char *file;
} files[] = {
    { { NULL }, NULL },
    { { "-F", "f" }, "f" },
    { { "-Ff" }, "f" },
    { { "--file", "f" }, "f" },
    { { "--file=f" }, "f" },
    { { "-F", "f", "-F", "g" }, "g" },
    { { "--", "-F", "f" }, NULL },
    { { "-F" }, NULL },
    { { "--filet=x" }, NULL },
};

START_TEST(the_settings_file_is_found_before_anything_is_read)
{
    char words[WORDS_MOST][16];
    char *argv[WORDS_MOST + 1] = { words[0] };
    int argc = 1;
    for (; files[_i].words[argc - 1] != NULL; argc++) {
        snprintf(words[argc], sizeof words[argc], "%s", files[_i].words[argc - 1]);
        argv[argc] = words[argc];
    }
    ck_assert_pstr_eq(options_find_file(argc, argv), files[_i].file);
}
END_TEST

START_TEST(help_tells_every_option_with_its_default)
{
    char out[4096];
    struct text_buffer b = { .at = out, .size = sizeof out - 1 };
    options_help(rows, ROWS, "usage: tally\n", &b);
    ck_assert(!b.full);
    out[b.length] = '\0';
    ck_assert_ptr_nonnull(strstr(out, "usage: tally\n"));
    ck_assert_ptr_nonnull(strstr(out,
                                 "  -b, --brokers BROKERS\n      Kafka. (default localhost:9092; "
                                 "environment TALLY_BROKERS)\n"));
    ck_assert_ptr_nonnull(strstr(out, "      --create-topics[=PARTITIONS]\n"));
    ck_assert_ptr_nonnull(
        strstr(out, "HTTP. (environment TALLY_LISTEN) - not in this version yet"));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("options");
    TCase *cases = tcase_create("options");
    int taken_count = sizeof taken / sizeof *taken,
        refused_count = sizeof refused / sizeof *refused;
    int file_count = sizeof files / sizeof *files;
    tcase_add_loop_test(cases, each_way_of_writing_gives_its_value, 0, taken_count);
    tcase_add_loop_test(cases, a_refusal_names_the_option_and_what_it_wants, 0, refused_count);
    tcase_add_test(cases, properties_of_the_file_come_before_those_of_the_command_line);
    tcase_add_test(cases, operands_keep_their_order_and_a_dash_is_one);
    tcase_add_loop_test(cases, the_settings_file_is_found_before_anything_is_read, 0, file_count);
    tcase_add_test(cases, help_tells_every_option_with_its_default);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
