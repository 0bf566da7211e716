/* Which figures stand, and what each adds.  Every row is tried in every
 * rotation of its figures, and once more among many others. */
#include <check.h>
#include <stdlib.h>

#include "ledger/reconcile.h"

#define MOST (AMOUNT_LIMIT - 1)
#define COUNT(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))

enum { FIGURES = 5, STEPS = 5, STEP_TEXT = 80 };

#define BOUNDED(from, to, says, how)                                                               \
    { .start = (from), .end = (to), .amount = (says), .bound = BOUND_##how }
#define EXACT(from, to, says) BOUNDED(from, to, says, EXACT)
#define ABOUT(from, to, says) BOUNDED(from, to, says, ABOUT)
#define LEAST(from, to, says) BOUNDED(from, to, says, AT_LEAST)
#define AT_MOST(from, to, says) BOUNDED(from, to, says, AT_MOST)
#define GRADED(from, to, says, at) { .start = (from), .end = (to), .amount = (says), .grade = (at) }

/* Months are 0-3, 3-6, 6-9 for short; + stands, x contradicted, o covered. */
static const struct {
    const char *name;
    struct figure figures[FIGURES];
    const char *outcomes;
    const char *steps[STEPS];
} cases[] = {
    { "nothing", { { 0 } }, "", { NULL } },
    { "one", { EXACT(0, 3, 5) }, "+", { "stated 0-3: 5, 3 days" } },
    { "zero is told", { EXACT(0, 3, 0) }, "+", { "stated 0-3: 0, 3 days" } },
    { "neighbours",
      { EXACT(3, 6, 7), EXACT(0, 3, 5) },
      "++",
      { "stated 0-3: 5, 3 days", "stated 3-6: 7, 3 days" } },

    /* Derived: the one stretch that nobody told of. */
    { "a month leaves the rest of the year to date",
      { EXACT(0, 6, 12), EXACT(3, 6, 7) },
      "++",
      { "stated 3-6: 7, 3 days", "derived 0-3 of 0-6: 5, 3 days" } },
    { "a month inside that shares no date leaves two stretches",
      { EXACT(0, 9, 20), EXACT(3, 6, 5) },
      "++",
      { "stated 3-6: 5, 3 days", "unsplit 0-9: 15, 6 days" } },
    { "the rest between two parts",
      { EXACT(0, 9, 20), EXACT(0, 3, 5), EXACT(6, 9, 8) },
      "+++",
      { "stated 0-3: 5, 3 days", "stated 6-9: 8, 3 days", "derived 3-6 of 0-9: 7, 3 days" } },
    { "a tree of three levels",
      { EXACT(0, 12, 40), EXACT(0, 6, 12), EXACT(0, 3, 5) },
      "+++",
      { "stated 0-3: 5, 3 days", "derived 3-6 of 0-6: 7, 3 days",
        "derived 6-12 of 0-12: 28, 6 days" } },
    { "a rest just more than rounding and revisions can make",
      { EXACT(0, 6, 12801), EXACT(0, 3, 12601) },
      "++",
      { "stated 0-3: 12601, 3 days", "derived 3-6 of 0-6: 200, 3 days" } },
    { "a rest just not more",
      { EXACT(0, 6, 12801), EXACT(0, 3, 12603) },
      "++",
      { "stated 0-3: 12603, 3 days", "unsplit 0-6: 198, 3 days" } },
    { "a rest that rounding can make",
      { EXACT(0, 6, 110), EXACT(0, 3, 100) },
      "++",
      { "stated 0-3: 100, 3 days", "unsplit 0-6: 10, 3 days" } },
    { "no rest is sure beside a part that may be more",
      { EXACT(0, 6, 20), LEAST(0, 3, 5) },
      "++",
      { "stated 0-3: 5, 3 days", "unsplit 0-6: 15, 3 days" } },

    /* Adjusted: a difference that belongs to no stretch. */
    { "parts that come to their whole",
      { EXACT(0, 6, 12), EXACT(0, 3, 5), EXACT(3, 6, 7) },
      "+++",
      { "stated 0-3: 5, 3 days", "stated 3-6: 7, 3 days" } },
    { "parts that come to more, by a revision",
      { EXACT(0, 6, 1285), EXACT(0, 3, 641), EXACT(3, 6, 649) },
      "+++",
      { "stated 0-3: 641, 3 days", "stated 3-6: 649, 3 days", "adjusted 0-6: -5, 0 days" } },
    { "parts that come to less, by a revision",
      { EXACT(0, 6, 1285), EXACT(0, 3, 641), EXACT(3, 6, 639) },
      "+++",
      { "stated 0-3: 641, 3 days", "stated 3-6: 639, 3 days", "adjusted 0-6: 5, 0 days" } },
    { "two parts of three that come to more",
      { EXACT(0, 9, 1285), EXACT(0, 3, 641), EXACT(3, 6, 649) },
      "+++",
      { "stated 0-3: 641, 3 days", "stated 3-6: 649, 3 days", "adjusted 0-9: -5, 3 days" } },
    { "a part that comes to all of it: the other days are told, too",
      { EXACT(0, 6, 5), EXACT(0, 3, 5) },
      "++",
      { "stated 0-3: 5, 3 days", "adjusted 0-6: 0, 3 days" } },

    /* Contradicted: what can't be true beside what stands. */
    { "the third that doesn't add up",
      { EXACT(0, 6, 12), EXACT(0, 3, 5), EXACT(3, 6, 8) },
      "++x",
      { "stated 0-3: 5, 3 days", "derived 3-6 of 0-6: 7, 3 days" } },
    { "too much by one part in 128, but not more",
      { EXACT(0, 6, 12801), EXACT(0, 3, 6401), EXACT(3, 6, 6601) },
      "+++",
      { "stated 0-3: 6401, 3 days", "stated 3-6: 6601, 3 days", "adjusted 0-6: -201, 0 days" } },
    { "too much by one more than that",
      { EXACT(0, 6, 12801), EXACT(0, 3, 6401), EXACT(3, 6, 6602) },
      "++x",
      { "stated 0-3: 6401, 3 days", "derived 3-6 of 0-6: 6400, 3 days" } },
    { "too little by one part in 128, but not more",
      { EXACT(0, 6, 12801), EXACT(0, 3, 6401), EXACT(3, 6, 6202) },
      "+++",
      { "stated 0-3: 6401, 3 days", "stated 3-6: 6202, 3 days", "adjusted 0-6: 198, 0 days" } },
    { "too little by one more than that",
      { EXACT(0, 6, 12801), EXACT(0, 3, 6401), EXACT(3, 6, 6201) },
      "++x",
      { "stated 0-3: 6401, 3 days", "derived 3-6 of 0-6: 6400, 3 days" } },
    { "cut figures come to less than their whole",
      { EXACT(0, 6, 1289), EXACT(0, 3, 640), EXACT(3, 6, 630) },
      "+++",
      { "stated 0-3: 640, 3 days", "stated 3-6: 630, 3 days", "adjusted 0-6: 19, 0 days" } },
    { "of a part and its whole the longer stands",
      { EXACT(0, 3, 9), EXACT(0, 6, 5) },
      "x+",
      { "stated 0-6: 5, 6 days" } },
    { "but grade is stronger than length",
      { GRADED(0, 3, 9, 1), GRADED(0, 6, 5, 0) },
      "+x",
      { "stated 0-3: 9, 3 days" } },
    { "and so is being exact",
      { ABOUT(0, 6, 5), EXACT(0, 3, 9) },
      "x+",
      { "stated 0-3: 9, 3 days" } },
    { "but grade is stronger than that",
      { { .end = 6, .amount = 5, .bound = BOUND_ABOUT, .grade = 2 }, GRADED(0, 3, 9, 1) },
      "+x",
      { "stated 0-6: 5, 6 days" } },
    { "how it is inexact makes nobody stronger",
      { AT_MOST(0, 6, 4), ABOUT(0, 3, 50) },
      "+x",
      { "stated 0-6: 4, 6 days" } },
    { "what two inside need is more than what is around them",
      { EXACT(0, 12, 30), EXACT(0, 3, 18), LEAST(0, 6, 10), LEAST(6, 12, 15) },
      "+++x",
      { "stated 0-3: 18, 3 days", "derived 3-12 of 0-12: 12, 9 days" } },
    { "and whoever was contradicted leaves everything as it was",
      { EXACT(0, 12, 30), EXACT(0, 3, 18), LEAST(0, 6, 10), LEAST(6, 12, 15), LEAST(6, 9, 12) },
      "+++x+",
      { "stated 0-3: 18, 3 days", "stated 6-9: 12, 3 days", "adjusted 0-12: 0, 6 days" } },
    { "nor does it take room from its neighbours",
      { EXACT(0, 12, 30), LEAST(0, 6, 5), LEAST(0, 3, 40), LEAST(6, 9, 10) },
      "++x+",
      { "stated 0-6: 5, 6 days", "stated 6-9: 10, 3 days", "unsplit 0-12: 15, 3 days" } },
    { "those inside can't come to so much",
      { EXACT(0, 12, 30), EXACT(0, 6, 10), AT_MOST(6, 12, 15) },
      "++x",
      { "stated 0-6: 10, 6 days", "derived 6-12 of 0-12: 20, 6 days" } },
    { "a wrong long one contradicts all that are inside it",
      { EXACT(0, 9, 5), EXACT(0, 6, 10), EXACT(6, 9, 20) },
      "+xx",
      { "stated 0-9: 5, 9 days" } },

    /* Covered: what crosses a figure that stands. */
    { "the shorter of two that cross",
      { EXACT(0, 6, 9), EXACT(4, 8, 5) },
      "+o",
      { "stated 0-6: 9, 6 days" } },
    { "the weaker of two that cross",
      { GRADED(0, 6, 9, 0), GRADED(4, 8, 5, 1) },
      "o+",
      { "stated 4-8: 5, 4 days" } },
    { "the later of two as long that cross",
      { EXACT(2, 5, 9), EXACT(0, 3, 5) },
      "o+",
      { "stated 0-3: 5, 3 days" } },
    { "the longest covers both of its neighbours",
      { EXACT(0, 3, MOST), EXACT(2, 7, MOST), EXACT(6, 9, MOST) },
      "o+o",
      { "stated 2-7: 99999999999999999, 5 days" } },
    { "inside a whole, too",
      { EXACT(0, 12, 30), EXACT(1, 6, 9), EXACT(4, 8, 5) },
      "++o",
      { "stated 1-6: 9, 5 days", "unsplit 0-12: 21, 7 days" } },
    { "even if it is impossible beside it",
      { EXACT(0, 6, 9), EXACT(4, 8, MOST) },
      "+o",
      { "stated 0-6: 9, 6 days" } },
    { "neighbours do not cross",
      { EXACT(0, 6, 9), EXACT(6, 8, 5) },
      "++",
      { "stated 0-6: 9, 6 days", "stated 6-8: 5, 2 days" } },
    { "what is covered covers nobody",
      { EXACT(0, 6, 9), EXACT(4, 9, 5), EXACT(7, 10, 2) },
      "+o+",
      { "stated 0-6: 9, 6 days", "stated 7-10: 2, 3 days" } },
    { "nor does what is contradicted",
      { EXACT(0, 9, 9), EXACT(0, 6, 20), EXACT(4, 8, 5) },
      "+x+",
      { "stated 4-8: 5, 4 days", "unsplit 0-9: 4, 5 days" } },

    /* About, at least, at most limit where others know better. */
    { "an about whose parts leave no day out",
      { ABOUT(0, 6, 120), EXACT(0, 3, 50), EXACT(3, 6, 65) },
      "+++",
      { "stated 0-3: 50, 3 days", "stated 3-6: 65, 3 days" } },
    { "an about whose parts come to more",
      { ABOUT(0, 6, 120), EXACT(0, 3, 125) },
      "++",
      { "stated 0-3: 125, 3 days" } },
    { "an about whose parts come to as much",
      { ABOUT(0, 6, 125), EXACT(0, 3, 125) },
      "++",
      { "stated 0-3: 125, 3 days" } },
    { "an about with days that nobody else tells of",
      { ABOUT(0, 6, 120), EXACT(0, 3, 50) },
      "++",
      { "stated 0-3: 50, 3 days", "unsplit 0-6: 70, 3 days" } },
    { "an about of two digits is out by as much as its second",
      { ABOUT(0, 6, 1201), EXACT(0, 3, 1319) },
      "++",
      { "stated 0-3: 1319, 3 days" } },
    { "and not by more",
      { ABOUT(0, 6, 1201), EXACT(0, 3, 1321) },
      "x+",
      { "stated 0-3: 1321, 3 days" } },
    { "at least, and those inside come to it",
      { LEAST(0, 6, 12), EXACT(0, 3, 12) },
      "++",
      { "stated 0-3: 12, 3 days" } },
    { "at least, and those inside come to less",
      { LEAST(0, 6, 12), EXACT(0, 3, 5) },
      "++",
      { "stated 0-3: 5, 3 days", "unsplit 0-6: 7, 3 days" } },
    { "at least, and those inside can't come to it",
      { LEAST(0, 6, 12), EXACT(0, 3, 5), EXACT(3, 6, 6) },
      "x++",
      { "stated 0-3: 5, 3 days", "stated 3-6: 6, 3 days" } },
    { "at least has no limit above",
      { LEAST(0, 6, 12), EXACT(0, 3, MOST) },
      "++",
      { "stated 0-3: 99999999999999999, 3 days" } },
    { "at least, and those inside nearly come to it",
      { LEAST(0, 6, 1281), EXACT(0, 3, 641), EXACT(3, 6, 631) },
      "+++",
      { "stated 0-3: 641, 3 days", "stated 3-6: 631, 3 days", "adjusted 0-6: 9, 0 days" } },
    { "at most, alone", { AT_MOST(0, 6, 20) }, "+", { "stated 0-6: 20, 6 days" } },
    { "at most, inside another",
      { EXACT(0, 6, 20), AT_MOST(0, 3, 15) },
      "++",
      { "stated 0-6: 20, 6 days" } },
    { "at most, with a day that nobody else tells of",
      { AT_MOST(0, 6, 20), EXACT(0, 3, 5) },
      "++",
      { "stated 0-3: 5, 3 days", "unsplit 0-6: 15, 3 days" } },
    { "at most, and those inside tell of every day",
      { AT_MOST(0, 6, 20), EXACT(0, 3, 5), EXACT(3, 6, 6) },
      "+++",
      { "stated 0-3: 5, 3 days", "stated 3-6: 6, 3 days" } },
    { "at most, and those inside come to slightly more",
      { AT_MOST(0, 6, 1281), EXACT(0, 3, 641), EXACT(3, 6, 646) },
      "+++",
      { "stated 0-3: 641, 3 days", "stated 3-6: 646, 3 days", "adjusted 0-6: -6, 0 days" } },
    { "at most, and those inside come to far more",
      { AT_MOST(0, 6, 4), EXACT(0, 3, 5) },
      "x+",
      { "stated 0-3: 5, 3 days" } },
    { "one that only limits is looked through",
      { EXACT(0, 12, 30), ABOUT(0, 6, 12), EXACT(0, 3, 5), EXACT(3, 6, 7) },
      "++++",
      { "stated 0-3: 5, 3 days", "stated 3-6: 7, 3 days", "derived 6-12 of 0-12: 18, 6 days" } },
};

static void
write_step(const struct step *s, char out[STEP_TEXT])
{
    static const char *const hows[] = { "stated", "derived", "unsplit", "adjusted" };
    char whole[32] = "";

    if (s->start != s->whole_start || s->end != s->whole_end)
        (void)snprintf(whole, sizeof whole, " of %d-%d", s->whole_start, s->whole_end);
    (void)snprintf(out, STEP_TEXT, "%s %d-%d%s: %jd, %d days", hows[s->how], s->start, s->end,
                   whole, (intmax_t)s->amount, s->days);
}

static int
count_steps(int row)
{
    int count = 0;

    while (count < STEPS && cases[row].steps[count] != NULL)
        count++;
    return count;
}

/* The first `figures` of a row, from one of them on and round to it again. */
static void
rotate(const struct figure *from, size_t count, size_t first, struct figure *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = from[(first + i) % count];
}

static void
expect_steps(int row, const struct step *steps, size_t count)
{
    ck_assert_msg((int)count == count_steps(row), "%s: %zu steps", cases[row].name, count);
    for (size_t i = 0; i < count; i++) {
        char text[STEP_TEXT];
        bool is_wanted = false;

        write_step(&steps[i], text);
        for (size_t j = 0; j < count; j++)
            is_wanted = is_wanted || strcmp(cases[row].steps[j], text) == 0;
        ck_assert_msg(is_wanted, "%s: %s", cases[row].name, text);
        for (size_t j = 0; j < i; j++) {
            char other[STEP_TEXT];

            write_step(&steps[j], other);
            ck_assert_msg(strcmp(text, other) != 0, "%s: twice: %s", cases[row].name, text);
        }
    }
}

START_TEST(figures_become_steps)
{
    const char *outcomes = cases[_i].outcomes;
    size_t count = strlen(outcomes);

    for (size_t first = 0; first < (count == 0 ? 1 : count); first++) {
        struct figure figures[FIGURES];
        struct step steps[FIGURES];
        size_t step_count = 99;

        rotate(cases[_i].figures, count, first, figures);
        ck_assert(reconcile(figures, count, steps, &step_count));
        for (size_t i = 0; i < count; i++) {
            const struct figure *given = &cases[_i].figures[(first + i) % count];

            ck_assert_int_eq(figures[i].start, given->start); /* in the order given */
            ck_assert_int_eq(figures[i].amount, given->amount);
            ck_assert_msg("+xo"[figures[i].outcome] == outcomes[(first + i) % count],
                          "%s: figure %zu is %d", cases[_i].name, (first + i) % count,
                          figures[i].outcome);
        }
        expect_steps(_i, steps, step_count);
    }
}
END_TEST

/* So many others use the heap. */
START_TEST(among_many_figures_each_stands_as_among_few)
{
    enum { OTHERS = 30, OTHERS_START = 100 };
    struct figure figures[FIGURES + OTHERS];
    struct step steps[FIGURES + OTHERS];
    const char *outcomes = cases[_i].outcomes;
    size_t count = strlen(outcomes), step_count, own = 0;

    memcpy(figures, cases[_i].figures, sizeof cases[_i].figures);
    for (int i = 0; i < OTHERS; i++)
        figures[count + (size_t)i] =
            (struct figure)EXACT(OTHERS_START + i, OTHERS_START + i + 1, 10);
    ck_assert(reconcile(figures, count + OTHERS, steps, &step_count));
    for (size_t i = 0; i < count + OTHERS; i++)
        ck_assert_msg("+xo"[figures[i].outcome] == (i < count ? outcomes[i] : '+'),
                      "%s: figure %zu is %d", cases[_i].name, i, figures[i].outcome);
    for (size_t i = 0; i < step_count; i++)
        if (steps[i].end <= OTHERS_START)
            steps[own++] = steps[i];
    ck_assert_uint_eq(step_count, own + OTHERS);
    expect_steps(_i, steps, own);
}
END_TEST

/* ---- extremes ---------------------------------------------------------------------- */

/* A year of the largest days adds up to 3.7 * 10^19, beyond 64 bits. */
START_TEST(those_inside_may_come_to_more_than_any_figure)
{
    static const struct {
        enum bound bound;
        enum outcome outcome;
    } years[] = { { BOUND_EXACT, FIGURE_CONTRADICTED },
                  { BOUND_ABOUT, FIGURE_CONTRADICTED },
                  { BOUND_AT_MOST, FIGURE_CONTRADICTED },
                  { BOUND_AT_LEAST, FIGURE_STANDS } };
    struct figure figures[367];
    struct step steps[367];
    size_t count;

    for (int i = 0; i < 366; i++)
        figures[i] = (struct figure)GRADED(i, i + 1, MOST, 1);
    figures[366] = (struct figure)EXACT(0, 366, MOST);
    figures[366].bound = (int8_t)years[_i].bound;
    ck_assert(reconcile(figures, 367, steps, &count));
    ck_assert_uint_eq(count, 366); /* the year adds nothing */
    for (int i = 0; i < 366; i++) {
        ck_assert_int_eq(figures[i].outcome, FIGURE_STANDS);
        ck_assert_int_eq(steps[i].how, STEP_STATED);
        ck_assert_int_eq(steps[i].amount, MOST);
    }
    ck_assert_int_eq(figures[366].outcome, years[_i].outcome);
}
END_TEST

/* No step is as large as the limit, whatever it has to make up for: the largest
 * year without anything in its many days, and the largest part in the smallest
 * whole that it may be in. */
START_TEST(a_step_is_as_large_as_a_figure_at_most)
{
    struct figure figures[] = { EXACT(0, 366, MOST), EXACT(0, 100, 0), EXACT(100, 366, MOST) };
    struct step steps[3];
    size_t count;

    ck_assert(reconcile(figures, 2, steps, &count));
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq(steps[0].amount + steps[1].amount, MOST);
    ck_assert(reconcile(figures, 3, steps, &count));
    ck_assert_uint_eq(count, 2); /* what the year adds is nothing */
    ck_assert_int_eq(steps[0].amount + steps[1].amount, MOST);
}
END_TEST

/* Every period that a leap year has, all of them true.  The longest and
 * earliest stand: January 1 to any day, and each day. */
START_TEST(of_every_period_of_a_year_as_many_stand_as_can)
{
    struct figure *figures = calloc(FIGURES_MOST, sizeof *figures);
    struct step steps[STANDING_MOST];
    size_t count = 0, step_count, standing = 0;

    ck_assert_ptr_nonnull(figures);
    for (int a = 0; a < 366; a++)
        for (int b = a + 1; b <= 366; b++)
            figures[count++] = (struct figure)EXACT(a, b, (b - a) * INT64_C(1001));
    ck_assert_uint_eq(count, FIGURES_MOST);
    ck_assert_uint_eq(count, 67161);
    ck_assert(reconcile(figures, count, steps, &step_count));
    ck_assert_uint_eq(step_count, 366);
    for (size_t i = 0; i < count; i++) {
        bool stands = figures[i].start == 0 || figures[i].end == figures[i].start + 1;

        ck_assert_int_eq(figures[i].outcome, stands ? FIGURE_STANDS : FIGURE_COVERED);
        standing += stands;
    }
    ck_assert_uint_eq(standing, STANDING_MOST);
    for (size_t i = 0; i < step_count; i++) {
        ck_assert_int_eq(steps[i].how, STEP_STATED);
        ck_assert_int_eq(steps[i].end - steps[i].start, 1);
        ck_assert_int_eq(steps[i].amount, 1001);
        ck_assert_int_eq(steps[i].days, 1);
    }
    free(figures);
}
END_TEST

/* The deepest tree: January 1 to any day, each with another rest. */
START_TEST(a_tree_may_be_as_deep_as_a_year_is_long)
{
    struct figure figures[366];
    struct step steps[366];
    bool is_seen[366] = { false };
    size_t count;

    for (int i = 0; i < 366; i++)
        figures[i] = (struct figure)EXACT(0, i + 1, INT64_C(1) << (i < 50 ? i : 50));
    ck_assert(reconcile(figures, 366, steps, &count));
    ck_assert_uint_eq(count, 366);
    for (size_t i = 0; i < count; i++) {
        int day = steps[i].whole_end - 1;

        ck_assert(!is_seen[day]);
        is_seen[day] = true;
        ck_assert_int_eq(figures[day].outcome, FIGURE_STANDS);
        ck_assert_int_eq(steps[i].days, 1);
        ck_assert_int_eq(steps[i].how, day == 0   ? STEP_STATED
                                       : day > 50 ? STEP_ADJUSTED
                                                  : STEP_DERIVED);
        ck_assert_int_eq(steps[i].amount, day == 0 ? 1 : day > 50 ? 0 : INT64_C(1) << (day - 1));
    }
}
END_TEST

/* ---- totals against exports and imports --------------------------------------------- */

static const struct {
    const char *name;
    struct figure totals[2], exports[2], imports[2];
    const char *off; /* a letter for each total: ! when it is off */
} sums[] = {
    { "the sum", { EXACT(0, 3, 11) }, { EXACT(0, 3, 5) }, { EXACT(0, 3, 6) }, "." },
    { "one more", { EXACT(0, 3, 12) }, { EXACT(0, 3, 5) }, { EXACT(0, 3, 6) }, "!" },
    { "one less", { EXACT(0, 3, 10) }, { EXACT(0, 3, 5) }, { EXACT(0, 3, 6) }, "!" },
    { "nothing beside it", { EXACT(0, 3, 12) }, { { 0 } }, { { 0 } }, "." },
    { "one flow beside it", { EXACT(0, 3, 12) }, { EXACT(0, 3, 5) }, { { 0 } }, "." },
    { "one flow is more than both", { EXACT(0, 3, 12) }, { EXACT(0, 3, 13) }, { { 0 } }, "!" },
    { "the other is", { EXACT(0, 3, 12) }, { { 0 } }, { EXACT(0, 3, 13) }, "!" },
    { "rounded, and out by as much as the three of them may be",
      { EXACT(0, 3, 1200) },
      { EXACT(0, 3, 502) },
      { EXACT(0, 3, 590) },
      "." },
    { "and by one more", { EXACT(0, 3, 1200) }, { EXACT(0, 3, 501) }, { EXACT(0, 3, 590) }, "!" },
    { "exact ones that could be revised to fit",
      { EXACT(0, 3, 1001) },
      { EXACT(0, 3, 501) },
      { EXACT(0, 3, 507) },
      "!" },
    { "an about", { ABOUT(0, 3, 1001) }, { EXACT(0, 3, 501) }, { EXACT(0, 3, 560) }, "." },
    { "an about that is too low",
      { ABOUT(0, 3, 1001) },
      { EXACT(0, 3, 501) },
      { EXACT(0, 3, 700) },
      "!" },
    { "an about that is too high",
      { ABOUT(0, 3, 1001) },
      { EXACT(0, 3, 301) },
      { EXACT(0, 3, 500) },
      "!" },
    { "about exports", { EXACT(0, 3, 12) }, { ABOUT(0, 3, 5) }, { EXACT(0, 3, 7) }, "." },
    { "about exports that can't be",
      { EXACT(0, 3, 12) },
      { ABOUT(0, 3, 5) },
      { EXACT(0, 3, 6) },
      "!" },
    { "at least has no limit above",
      { LEAST(0, 3, 12) },
      { EXACT(0, 3, 50) },
      { EXACT(0, 3, 60) },
      "." },
    { "and one below", { LEAST(0, 3, 12) }, { EXACT(0, 3, 5) }, { EXACT(0, 3, 6) }, "!" },
    { "at most", { AT_MOST(0, 3, 12) }, { EXACT(0, 3, 5) }, { EXACT(0, 3, 6) }, "." },
    { "more than at most", { AT_MOST(0, 3, 12) }, { EXACT(0, 3, 5) }, { EXACT(0, 3, 8) }, "!" },

    { "those inside are as much as it may be",
      { EXACT(0, 6, 100) },
      { EXACT(0, 3, 58) },
      { EXACT(3, 6, 51) },
      "." },
    { "those inside are more",
      { EXACT(0, 6, 100) },
      { EXACT(0, 3, 59) },
      { EXACT(3, 6, 51) },
      "!" },
    { "what is inside another one inside counts once",
      { EXACT(0, 9, 101) },
      { EXACT(0, 6, 61), EXACT(0, 3, 59) },
      { { 0 } },
      "." },
    { "what is beside it does not",
      { EXACT(0, 9, 101) },
      { EXACT(0, 6, 61), EXACT(6, 9, 59) },
      { { 0 } },
      "!" },
    { "what crosses it says nothing",
      { EXACT(0, 6, 1) },
      { EXACT(3, 9, 61) },
      { EXACT(3, 9, 61) },
      "." },
    { "what is apart says nothing",
      { EXACT(0, 6, 1) },
      { EXACT(6, 9, 61) },
      { EXACT(6, 9, 61) },
      "." },

    { "those around are as much as it must be",
      { EXACT(0, 3, 100) },
      { EXACT(0, 6, 46) },
      { EXACT(0, 6, 45) },
      "." },
    { "those around are less",
      { EXACT(0, 3, 100) },
      { EXACT(0, 6, 45) },
      { EXACT(0, 6, 45) },
      "!" },
    { "one flow around it says nothing",
      { EXACT(0, 3, 100) },
      { EXACT(0, 6, 45) },
      { EXACT(3, 6, 45) },
      "." },
    { "an at least around it says nothing",
      { EXACT(0, 3, 100) },
      { EXACT(0, 6, 45) },
      { LEAST(0, 6, 45) },
      "." },
    { "the least of those around",
      { EXACT(0, 3, 100) },
      { EXACT(0, 9, 1000), EXACT(0, 6, 45) },
      { EXACT(0, 6, 45) },
      "!" },

    { "though one inside it could be more",
      { EXACT(0, 3, 100) },
      { EXACT(0, 9, 45), AT_MOST(0, 6, 1000) },
      { EXACT(0, 6, 45) },
      "!" },

    { "each by itself",
      { EXACT(0, 3, 11), EXACT(3, 6, 11) },
      { EXACT(0, 3, 5), EXACT(3, 6, 5) },
      { EXACT(0, 3, 6), EXACT(3, 6, 7) },
      ".!" },
    { "a total that doesn't stand is not looked at",
      { EXACT(0, 6, 11), EXACT(0, 3, 12) },
      { EXACT(0, 3, 5) },
      { EXACT(0, 3, 6) },
      ".." },
    { "nor are exports that don't stand",
      { EXACT(0, 3, 11) },
      { EXACT(0, 6, 5), EXACT(0, 3, 50) },
      { EXACT(0, 3, 6) },
      "." },
    { "the largest", { EXACT(0, 3, MOST) }, { EXACT(0, 3, MOST) }, { EXACT(0, 3, MOST) }, "!" },
};

/* Reconcile those that are given: up to the first without days. */
static struct figures
stand(struct figure *figures)
{
    struct step steps[2];
    size_t count = 0, step_count;

    while (count < 2 && figures[count].end > 0)
        count++;
    ck_assert(reconcile(figures, count, steps, &step_count));
    return (struct figures){ figures, count };
}

START_TEST(a_total_that_exports_and_imports_cannot_come_to_is_off)
{
    struct figure totals[2], exports[2], imports[2];
    bool is_off[2] = { true, true };
    struct figures list;

    memcpy(totals, sums[_i].totals, sizeof totals);
    memcpy(exports, sums[_i].exports, sizeof exports);
    memcpy(imports, sums[_i].imports, sizeof imports);
    list = stand(totals);
    ck_assert_uint_eq(list.count, strlen(sums[_i].off));
    ck_assert(totals_off(list, stand(exports), stand(imports), is_off));
    for (size_t i = 0; i < list.count; i++)
        ck_assert_msg(is_off[i] == (sums[_i].off[i] == '!'), "%s: total %zu", sums[_i].name, i);
}
END_TEST

/* What lies inside may come to more than 64 bits hold; an at least has no limit. */
START_TEST(no_sum_is_too_much_for_an_at_least)
{
    static const struct {
        enum bound bound;
        bool is_off;
    } years[] = { { BOUND_AT_LEAST, false }, { BOUND_EXACT, true } };
    struct figure total = EXACT(0, 366, MOST), days[366];
    struct step steps[366];
    size_t count;
    bool is_off;

    for (int i = 0; i < 366; i++)
        days[i] = (struct figure)EXACT(i, i + 1, MOST);
    total.bound = (int8_t)years[_i].bound;
    ck_assert(reconcile(&total, 1, steps, &count));
    ck_assert(reconcile(days, 366, steps, &count));
    ck_assert(totals_off((struct figures){ &total, 1 }, (struct figures){ days, 366 },
                         (struct figures){ days, 366 }, &is_off));
    ck_assert_int_eq(is_off, years[_i].is_off);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("reconcile");
    TCase *tcase = tcase_create("reconcile");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, figures_become_steps, 0, COUNT(cases));
    tcase_add_loop_test(tcase, among_many_figures_each_stands_as_among_few, 0, COUNT(cases));
    tcase_add_loop_test(tcase, those_inside_may_come_to_more_than_any_figure, 0, 4);
    tcase_add_test(tcase, a_step_is_as_large_as_a_figure_at_most);
    tcase_add_test(tcase, of_every_period_of_a_year_as_many_stand_as_can);
    tcase_add_test(tcase, a_tree_may_be_as_deep_as_a_year_is_long);
    tcase_add_loop_test(tcase, a_total_that_exports_and_imports_cannot_come_to_is_off, 0,
                        COUNT(sums));
    tcase_add_loop_test(tcase, no_sum_is_too_much_for_an_at_least, 0, 2);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
