/* serve/position.h and serve/watched.h: ids of events, and who watches what. */
#include "base/random.h"
#include "serve/position.h"
#include "serve/watched.h"

#include <check.h>

static struct position
entry(const char *id, const char *version, const char *partners)
{
    struct position p;
    ck_assert_msg(position_read(text_of(id), text_of(version), text_of(partners), &p), "%s", id);
    return p;
}

START_TEST(an_entry_is_known_by_its_id_and_by_what_it_says)
{
    struct position a = entry("1706680985120-3", "17", "RU KR");
    char text[POSITION_ENTRY_TEXT];

    ck_assert_int_eq(a.ms, 1706680985120);
    ck_assert_uint_eq(a.number, 3);
    ck_assert(text_equal(position_write(&a, text), TEXT_LITERAL("1706680985120-3")));
    ck_assert_uint_ne(a.check, entry("1706680985120-3", "18", "RU KR").check);
    ck_assert_uint_ne(a.check, entry("1706680985120-3", "17", "RU").check);
    ck_assert_uint_eq(a.check, entry("1-0", "17", "RU KR").check);
}
END_TEST

static const char *const no_entries[] = {
    "",
    "-",
    "1",
    "1-",
    "-1",
    "0-1",
    "1-x",
    "x-1",
    "1-1 ",
    "1--1",
    "-1-1",
    "1-16777216",
    "281474976710656-0",
    "1.5-0",
    "99999999999999999999-0",
};

START_TEST(what_is_no_entry_is_none)
{
    struct position p = { .ms = 7 };

    ck_assert(!position_read(text_of(no_entries[_i]), TEXT_LITERAL("1"), TEXT_LITERAL("*"), &p));
    ck_assert_int_eq(p.ms, 7);
}
END_TEST

START_TEST(entries_lie_in_the_order_of_their_times_and_numbers)
{
    static const char *const rows[] = { "1-0", "1-1", "1-300", "2-0", "281474976710655-16777215" };
    enum { COUNT = sizeof rows / sizeof rows[0] };

    for (int i = 0; i < COUNT; i++)
        for (int j = 0; j < COUNT; j++) {
            struct position a = entry(rows[i], "1", "*"), b = entry(rows[j], "1", "*");
            int order = position_compare(&a, &b);
            ck_assert_int_eq((order > 0) - (order < 0), (i > j) - (i < j));
        }
}
END_TEST

START_TEST(an_id_comes_back_as_it_was_and_changed_by_a_letter_does_not)
{
    struct position at[POSITION_SCOPES_MOST], back[POSITION_SCOPES_MOST];
    char id[POSITION_ID_BYTES];
    uint64_t state = 4;

    for (size_t count = 1; count <= POSITION_SCOPES_MOST; count++) {
        for (size_t i = 0; i < count; i++)
            at[i] =
                (struct position){ (int64_t)(random_next(&state) >> 16),
                                   (uint32_t)(random_next(&state) >> 40),
                                   (uint16_t)random_next(&state), (uint8_t)random_next(&state) };
        size_t length = position_id_write(4711, at, count, id);
        struct text text = { id, length };
        ck_assert_uint_eq(strlen(id), length);
        ck_assert(position_id_read(text, 4711, back, count));
        for (size_t i = 0; i < count; i++) {
            ck_assert_int_eq(position_compare(&at[i], &back[i]), 0);
            ck_assert(at[i].check == back[i].check && at[i].standing == back[i].standing);
        }
        ck_assert(!position_id_read(text, 4712, back, count));
        ck_assert(!position_id_read((struct text){ id, length - 1 }, 4711, back, count));
        ck_assert(!position_id_read(text, 4711, back, count - 1));
        for (size_t i = 0; i < length; i++) {
            char was = id[i];
            id[i] = i % 2 == 0 ? '+' : '\0';
            ck_assert(!position_id_read(text, 4711, back, count));
            id[i] = was;
        }
    }
}
END_TEST

START_TEST(a_day_or_another_trust_is_another_standing)
{
    for (int day = 19000; day < 19031; day++)
        for (int trust = 0; trust < 8; trust++)
            for (int other = 0; other < 8; other++)
                ck_assert((position_standing(day, trust) == position_standing(day, other)) ==
                          (trust == other));
    for (int apart = 1; apart < 32; apart++)
        ck_assert_uint_ne(position_standing(19000, 0), position_standing(19000 + apart, 0));
}
END_TEST

/* ---- who watches what -------------------------------------------------------------------- */

START_TEST(a_question_has_a_number_of_its_own)
{
    struct windows windows;
    struct watched rows[9] = { { 0 } };
    uint32_t sums[9];

    ck_assert_int_eq(windows_read(TEXT_LITERAL(WINDOWS_DEFAULT), &windows, NULL), FAULT_NONE);
    for (int i = 0; i < 9; i++) {
        rows[i].window = WINDOW_EVERY;
        watched_add_scope(&rows[i], 5);
        watched_add_partner(&rows[i], 7);
    }
    watched_add_scope(&rows[1], SCOPE_ALL);
    watched_add_partner(&rows[2], PARTNER_ALL);
    rows[3].window = WINDOW_ALL;
    rows[4].window = WINDOW_YEAR + 2023;
    rows[5].has_measure = true;
    rows[6].has_measure = true;
    ck_assert(measure_read(TEXT_LITERAL("export.CNY"), &rows[5].measure));
    ck_assert(measure_read(TEXT_LITERAL("import.CNY"), &rows[6].measure));
    rows[7].is_any = true;
    for (int i = 0; i < 9; i++)
        sums[i] = watched_sum(&rows[i], i == 8 ? "other:" : "tt:", &windows);
    for (int i = 0; i < 9; i++)
        for (int j = 0; j < i; j++)
            ck_assert_uint_ne(sums[i], sums[j]);
    ck_assert_uint_eq(sums[0], watched_sum(&rows[0], "tt:", &windows));
}
END_TEST

/* Against a plain table of booleans. */
START_TEST(sets_of_pairs_are_what_was_put_into_them)
{
    static bool plain[SCOPE_COUNT][PARTNER_COUNT + 1];
    struct pairs set = { 0 };
    uint64_t state = (uint64_t)_i + 1;

    memset(plain, 0, sizeof plain);
    for (int i = 0; i < 2000; i++) {
        int scope = (int)(random_next(&state) % SCOPE_COUNT);
        int partner = (int)(random_next(&state) % (PARTNER_COUNT + 1));
        bool adds = random_next(&state) % 3 > 0;
        if (adds)
            pairs_add(&set, scope, partner);
        else
            pairs_remove(&set, scope, partner);
        plain[scope][partner] = adds;
    }
    int scope = 0, partner = 0, count = 0, wanted = 0;
    for (; pairs_next(&set, &scope, &partner); partner++, count++)
        ck_assert(plain[scope][partner] && pairs_has(&set, scope, partner));
    for (int s = 0; s < SCOPE_COUNT; s++)
        for (int p = 0; p <= PARTNER_ALL; p++)
            wanted += plain[s][p];
    ck_assert_int_eq(count, wanted);
    for (scope = partner = 0; pairs_next(&set, &scope, &partner);)
        pairs_remove(&set, scope, partner);
    ck_assert(pairs_is_none(&set));
}
END_TEST

START_TEST(of_what_has_changed_each_takes_what_he_asked_for)
{
    struct watched w = { .window = WINDOW_EVERY };
    struct pairs changed = { 0 }, todo = { 0 };
    int scope = 0, partner = 0;

    watched_add_scope(&w, 3);
    watched_add_scope(&w, SCOPE_ALL);
    watched_add_partner(&w, 9);
    watched_add_partner(&w, PARTNER_ALL);
    pairs_add(&changed, 3, 8);
    pairs_add(&changed, 4, 9);
    ck_assert(!pairs_take_all(&todo, &w, &changed));
    ck_assert(pairs_is_none(&todo));
    pairs_add(&changed, 3, PARTNER_ALL);
    ck_assert(pairs_take_all(&todo, &w, &changed));
    ck_assert(pairs_next(&todo, &scope, &partner) && scope == 3 && partner == PARTNER_ALL);
    partner++;
    ck_assert(!pairs_next(&todo, &scope, &partner));
    pairs_fill(&todo, &w);
    scope = partner = 0;
    int count = 0;
    for (; pairs_next(&todo, &scope, &partner); partner++)
        count++;
    ck_assert_int_eq(count, 4);
    watched_any_scope(&w);
    watched_any_partner(&w);
    ck_assert_uint_eq(watched_scopes(&w), SCOPE_COUNT);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("stream");
    TCase *tc = tcase_create("position");

    tcase_add_test(tc, an_entry_is_known_by_its_id_and_by_what_it_says);
    tcase_add_loop_test(tc, what_is_no_entry_is_none, 0, sizeof no_entries / sizeof no_entries[0]);
    tcase_add_test(tc, entries_lie_in_the_order_of_their_times_and_numbers);
    tcase_add_test(tc, an_id_comes_back_as_it_was_and_changed_by_a_letter_does_not);
    tcase_add_test(tc, a_day_or_another_trust_is_another_standing);
    tcase_add_test(tc, a_question_has_a_number_of_its_own);
    tcase_add_loop_test(tc, sets_of_pairs_are_what_was_put_into_them, 0, 5);
    tcase_add_test(tc, of_what_has_changed_each_takes_what_he_asked_for);
    suite_add_tcase(suite, tc);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
