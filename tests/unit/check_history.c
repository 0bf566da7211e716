/* The texts that releases have written with: all of schemas/history/ is known,
 * each has a fingerprint of its own, and a message of each finds its plan. */
#include "schemas/history.h"

#include <check.h>
#include <glob.h>

static const char *const stems[RECORD_TYPE_COUNT] = { "trade_event", "agreement" };

START_TEST(every_file_of_the_history_is_known)
{
    enum record_type type = (enum record_type)_i;
    const char *root = getenv("TALLY_ROOT");
    char pattern[4096];
    glob_t found;

    ck_assert_ptr_nonnull(root);
    (void)snprintf(pattern, sizeof pattern, "%s/schemas/history/%s.*.avsc", root, stems[type]);
    ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
    ck_assert_uint_eq(found.gl_pathc + 1, (size_t)history_count(type));
    globfree(&found);
}
END_TEST

START_TEST(a_text_is_what_its_file_says)
{
    enum record_type type = (enum record_type)_i;
    const char *root = getenv("TALLY_ROOT");
    char path[4096], bytes[65536];

    for (int number = 1; number < history_count(type); number++) {
        struct text text = history_text(type, number);
        size_t size;
        FILE *file;

        (void)snprintf(path, sizeof path, "%s/schemas/history/%s.%d.avsc", root, stems[type],
                       number);
        file = fopen(path, "re");
        ck_assert_msg(file != NULL, "%s", path);
        size = fread(bytes, 1, sizeof bytes, file);
        ck_assert_int_eq(fclose(file), 0);
        ck_assert(text_equal(text, (struct text){ bytes, size }));
    }
    ck_assert(text_equal(history_text(type, history_count(type)), schema_text(type)));
}
END_TEST

START_TEST(each_finds_its_plan_and_nobody_elses)
{
    enum record_type type = (enum record_type)_i;
    struct plans *plans;

    ck_assert_int_eq(plans_open(type, &plans, NULL), FAULT_NONE);
    for (int number = 1; number <= history_count(type); number++) {
        struct plan *plan;
        const struct plan *found;

        ck_assert_int_eq(plan_compile(history_text(type, number), type, &plan, NULL), FAULT_NONE);
        found = plans_find(plans, plan_fingerprint(plan));
        ck_assert_ptr_nonnull(found);
        for (int other = 1; other < number; other++) {
            struct plan *before;

            ck_assert_int_eq(plan_compile(history_text(type, other), type, &before, NULL),
                             FAULT_NONE);
            ck_assert(plan_fingerprint(before) != plan_fingerprint(plan));
            plan_free(before);
        }
        plan_free(plan);
    }
    ck_assert_ptr_nonnull(plans_find(plans, schema_fingerprint(type)));
    ck_assert_ptr_null(plans_find(plans, schema_fingerprint(type) + 1));
    ck_assert_ptr_null(plans_find(plans, schema_fingerprint(1 - type)));
    plans_free(plans);
    plans_free(NULL);
}
END_TEST

/* The table of tests/clients/fingerprints: each row is one of one text, and of no other. */
static const struct {
    enum record_type type;
    int number;
    uint64_t bytes;
} foreign[] = {
#define FOREIGN(type, number, bytes, whose) { type, number, UINT64_C(bytes) },
#include "schemas/fingerprints.def"
#undef FOREIGN
};

START_TEST(what_other_libraries_call_a_text_finds_its_plan)
{
    uint64_t fingerprint = __builtin_bswap64(foreign[_i].bytes);
    enum record_type type = foreign[_i].type;
    const struct plan *found;
    struct plans *plans;
    struct plan *plan;

    ck_assert_int_eq(plans_open(type, &plans, NULL), FAULT_NONE);
    ck_assert_int_eq(plan_compile(history_text(type, foreign[_i].number), type, &plan, NULL),
                     FAULT_NONE);
    found = plans_find(plans, fingerprint);
    ck_assert_ptr_nonnull(found);
    ck_assert(plan_fingerprint(found) == plan_fingerprint(plan));
    ck_assert(plan_fingerprint(plan) != fingerprint);
    ck_assert_ptr_null(plans_find(plans, foreign[_i].bytes)); /* turned round */
    plan_free(plan);
    plans_free(plans);
    ck_assert_int_eq(plans_open(1 - type, &plans, NULL), FAULT_NONE);
    ck_assert_ptr_null(plans_find(plans, fingerprint));
    plans_free(plans);
    for (int i = 0; i < _i; i++)
        ck_assert(foreign[i].bytes != foreign[_i].bytes);
}
END_TEST

/* Whoever adds a text runs the libraries on it. */
START_TEST(the_table_has_every_text)
{
    enum record_type type = (enum record_type)_i;

    for (int number = 1; number <= history_count(type); number++) {
        int rows = 0;

        for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
            rows += foreign[i].type == type && foreign[i].number == number;
        ck_assert_msg(rows == 6, "text %d of type %d has %d rows", number, _i, rows);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("history");
    TCase *tcase = tcase_create("history");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tcase, every_file_of_the_history_is_known, 0, RECORD_TYPE_COUNT);
    tcase_add_loop_test(tcase, a_text_is_what_its_file_says, 0, RECORD_TYPE_COUNT);
    tcase_add_loop_test(tcase, each_finds_its_plan_and_nobody_elses, 0, RECORD_TYPE_COUNT);
    tcase_add_loop_test(tcase, what_other_libraries_call_a_text_finds_its_plan, 0,
                        (int)(sizeof foreign / sizeof foreign[0]));
    tcase_add_loop_test(tcase, the_table_has_every_text, 0, RECORD_TYPE_COUNT);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
