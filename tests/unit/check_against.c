/* Against whom a figure is that does not stand, and a total that is off. */
#include <check.h>
#include <stdlib.h>

#include "ledger/reconcile.h"

#define COUNT(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))

enum { FIGURES = 5 };

#define BOUNDED(from, to, says, how)                                                               \
    { .start = (from), .end = (to), .amount = (says), .bound = BOUND_##how }
#define EXACT(from, to, says) BOUNDED(from, to, says, EXACT)
#define LEAST(from, to, says) BOUNDED(from, to, says, AT_LEAST)
#define GRADED(from, to, says, at) { .start = (from), .end = (to), .amount = (says), .grade = (at) }

/* "around 0 1, more by 3": the figure is around those; "inside 0": it is inside
 * that one, or beside others; "crosses 0".  Of more than are named: "around 0 1
 * 2 of 4". */
static void
write_against(const struct against *against, bool is_covered, char *out, size_t size)
{
    struct text_buffer b = { .at = out, .size = size - 1 };
    char by[WIDE_TEXT];

    text_put(&b, is_covered           ? TEXT_LITERAL("crosses")
                 : against->is_around ? TEXT_LITERAL("around")
                                      : TEXT_LITERAL("inside"));
    for (uint32_t i = 0; i < against->count && i < AGAINST_MOST; i++) {
        text_put_char(&b, ' ');
        text_put_integer(&b, against->figures[i]);
    }
    if (against->count > AGAINST_MOST) {
        text_put(&b, TEXT_LITERAL(" of "));
        text_put_integer(&b, against->count);
    }
    if (!is_covered) {
        text_put(&b, against->is_more ? TEXT_LITERAL(", more by ") : TEXT_LITERAL(", less by "));
        text_put(&b, (struct text){ by, wide_write(against->by, by) });
    } else {
        ck_assert(against->by == 0);
    }
    ck_assert(!b.full);
    out[b.length] = '\0';
}

/* The one that is asked about is named by its number. */
static const struct {
    const char *name;
    struct figure figures[FIGURES];
    int asked;
    const char *against;
} cases[] = {
    { "the third that comes to more",
      { EXACT(0, 6, 12), EXACT(0, 3, 5), EXACT(3, 6, 8) },
      2,
      "inside 0, more by 1" },
    { "the third that comes to less",
      { EXACT(0, 6, 12), EXACT(0, 3, 5), EXACT(3, 6, 6) },
      2,
      "inside 0, less by 1" },
    { "after all that revisions can make",
      { EXACT(3, 6, 6602), EXACT(0, 3, 6401), EXACT(0, 6, 12801) },
      0,
      "inside 2, more by 1" },
    { "a part larger than its whole",
      { EXACT(0, 3, 9), EXACT(0, 6, 5) },
      0,
      "inside 1, more by 4" },
    { "a whole smaller than its part",
      { GRADED(0, 3, 9, 1), GRADED(0, 6, 5, 0) },
      1,
      "around 0, more by 4" },
    { "a whole larger than its parts",
      { LEAST(0, 6, 12), EXACT(3, 6, 6), EXACT(0, 3, 5) },
      0,
      "around 2 1, less by 1" },
    { "more parts than are named",
      { GRADED(0, 4, 10, 0), GRADED(0, 1, 5, 1), GRADED(1, 2, 5, 1), GRADED(2, 3, 5, 1),
        GRADED(3, 4, 5, 1) },
      0,
      "around 1 2 3 of 4, more by 10" },
    { "one far around it",
      { EXACT(0, 12, 30), EXACT(0, 3, 18), LEAST(0, 6, 10), LEAST(6, 12, 15) },
      3,
      "inside 0, more by 3" },
    { "one between",
      { EXACT(0, 12, 99), EXACT(0, 6, 20), EXACT(0, 3, 25) },
      2,
      "inside 1, more by 5" },
    { "crossing one", { EXACT(0, 6, 9), EXACT(4, 8, 5) }, 1, "crosses 0" },
    { "crossing one, beside another",
      { EXACT(0, 6, 9), EXACT(8, 13, 9), EXACT(4, 8, 5) },
      2,
      "crosses 0" },
    { "crossing two", { EXACT(5, 8, 1), EXACT(7, 13, 1), EXACT(0, 6, 1) }, 0, "crosses 2 1" },
    { "crossing the one of its own level",
      { EXACT(0, 12, 9), EXACT(0, 6, 1), EXACT(5, 8, 1) },
      2,
      "crosses 1" },
};

START_TEST(a_figure_that_does_not_stand_names_those_against_whom_it_is)
{
    struct figure figures[FIGURES], again[FIGURES];
    struct step steps[FIGURES], other_steps[FIGURES];
    struct against against[FIGURES];
    size_t count = 0, step_count, other_count;
    char text[100];

    while (count < FIGURES && cases[_i].figures[count].end > 0)
        count++;
    memcpy(figures, cases[_i].figures, sizeof figures);
    memcpy(again, cases[_i].figures, sizeof again);
    ck_assert(reconcile_why(figures, count, steps, &step_count, against));
    ck_assert_int_ne(figures[cases[_i].asked].outcome, FIGURE_STANDS);
    write_against(&against[cases[_i].asked], figures[cases[_i].asked].outcome == FIGURE_COVERED,
                  text, sizeof text);
    ck_assert_msg(strcmp(text, cases[_i].against) == 0, "%s: %s", cases[_i].name, text);

    /* The question changes no answer. */
    ck_assert(reconcile(again, count, other_steps, &other_count));
    ck_assert_uint_eq(step_count, other_count);
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(figures[i].outcome, again[i].outcome);
    for (size_t i = 0; i < step_count; i++) {
        ck_assert_int_eq(steps[i].amount, other_steps[i].amount);
        ck_assert_int_eq(steps[i].how, other_steps[i].how);
        ck_assert_int_eq(figures[steps[i].figure].start, steps[i].whole_start);
        ck_assert_int_eq(figures[steps[i].figure].end, steps[i].whole_end);
    }
}
END_TEST

/* Of exports and imports as one list, exports first. */
static const struct {
    const char *name;
    struct figure total, exports[3], imports[3];
    const char *against;
} sums[] = {
    { "those inside are more",
      EXACT(0, 6, 100),
      { EXACT(0, 3, 59) },
      { EXACT(3, 6, 51) },
      "around 0 1, more by 1" },
    { "of those inside the outermost",
      EXACT(0, 9, 101),
      { EXACT(0, 3, 59), EXACT(0, 6, 61) },
      { EXACT(0, 9, 59) },
      "around 1 2, more by 19" },
    { "more of them than are named",
      EXACT(0, 9, 11),
      { EXACT(0, 3, 3), EXACT(3, 9, 3) },
      { EXACT(0, 3, 4), EXACT(3, 9, 4) },
      "around 0 1 2 of 4, more by 3" },
    { "more of them than are named, and one that lies outside",
      EXACT(0, 9, 11),
      { EXACT(0, 3, 3), EXACT(3, 9, 3), EXACT(9, 12, 9) },
      { EXACT(0, 3, 4), EXACT(3, 9, 4) },
      "around 0 1 3 of 4, more by 3" },
    { "one flow alone is more",
      EXACT(0, 6, 11),
      { EXACT(0, 3, 3) },
      { EXACT(3, 6, 14) },
      "around 0 1, more by 6" },
    { "those around are less",
      EXACT(0, 3, 100),
      { EXACT(0, 6, 45) },
      { EXACT(0, 6, 45) },
      "inside 0 1, more by 1" },
    { "those around are less, each by its own",
      EXACT(0, 3, 100),
      { EXACT(0, 6, 41) },
      { EXACT(0, 6, 47) },
      "inside 0 1, more by 3" },
    { "of those around the least",
      EXACT(0, 3, 100),
      { EXACT(0, 9, 1000), EXACT(0, 6, 45) },
      { EXACT(0, 6, 45) },
      "inside 1 2, more by 1" },
    { "of its own period, more",
      EXACT(0, 3, 1015),
      { EXACT(0, 3, 501) },
      { EXACT(0, 3, 507) },
      "inside 0 1, more by 7" },
    { "of its own period, less",
      EXACT(0, 3, 1001),
      { EXACT(0, 3, 501) },
      { EXACT(0, 3, 507) },
      "inside 0 1, less by 7" },
};

static struct figures
stand(struct figure *figures)
{
    struct step steps[3];
    size_t count = 0, step_count;

    while (count < 3 && figures[count].end > 0)
        count++;
    ck_assert(reconcile(figures, count, steps, &step_count));
    return (struct figures){ figures, count };
}

START_TEST(a_total_that_is_off_names_exports_and_imports)
{
    struct figure total[3] = { sums[_i].total }, exports[3], imports[3];
    struct against against;
    bool is_off = false;
    char text[100];

    memcpy(exports, sums[_i].exports, sizeof exports);
    memcpy(imports, sums[_i].imports, sizeof imports);
    ck_assert(totals_off_why(stand(total), stand(exports), stand(imports), &is_off, &against));
    ck_assert_msg(is_off, "%s", sums[_i].name);
    write_against(&against, false, text, sizeof text);
    ck_assert_msg(strcmp(text, sums[_i].against) == 0, "%s: %s", sums[_i].name, text);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("against");
    TCase *tcase = tcase_create("against");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, a_figure_that_does_not_stand_names_those_against_whom_it_is, 0,
                        COUNT(cases));
    tcase_add_loop_test(tcase, a_total_that_is_off_names_exports_and_imports, 0, COUNT(sums));
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
