/* What a careful reader should know, from published figures to sentences: a row a
 * kind, and as many rows in which nothing is to be said. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "doubt_rows.h"
#include "lookup/doubt_say.h"
#include "lookup/fit.h"
#include "record/member.h"
#include "record/rate.h"

enum { SERIES_MOST = 16, ENTRY_ROOM = 16 * 1024 };

/* ---- from lines to entries ---------------------------------------------------------- */

struct entry {
    char key[KEY_TEXT_BYTES + 1];
    uint8_t bytes[ENTRY_ROOM];
    size_t size;
};

static struct entry entries[SERIES_MOST];
static size_t entry_count;

/* "CN-LN RU EXPORT 14400000000 CNY 2023-01-01 2023-12-31 commodity=87 ..." */
static void
offer(const char *figure)
{
    static const char *const POSITIONS[] = { "province", "partner",      "flow",      "value",
                                             "currency", "period_start", "period_end" };
    static struct draft draft;
    char line[256], key[KEY_TEXT_BYTES], *rest = line, *word;
    uint8_t item[ITEM_BYTES_MOST], out[ENTRY_ROOM];
    struct record r;
    struct why why = { 0 };
    uint16_t won;
    bool changed;
    size_t at = 0;

    ck_assert_uint_lt(strlen(figure), sizeof line);
    (void)snprintf(line, sizeof line, "%s", figure);
    draft_reset(&draft, RECORD_TRADE);
    draft_text(&draft, FIELD_ID, TEXT_LITERAL("x"));
    draft_text(&draft, FIELD_BASIS, TEXT_LITERAL("STATISTIC"));
    while ((word = strsep(&rest, " ")) != NULL) {
        const char *name = at < 7 ? POSITIONS[at++] : strsep(&word, "=");
        if (strcmp(name, "version") == 0)
            draft_integer(&draft, FIELD_VERSION, text_number(text_of(word)));
        else
            draft_text(&draft, (enum field)field_find(text_of(name)), text_of(word));
    }
    ck_assert_msg(record_settle(&draft, &r, &why) == FAULT_NONE, "%s: %s", figure, why.text);
    struct text t = record_key(&r, key);
    size_t i = 0;
    while (i < entry_count && !text_equal(text_of(entries[i].key), t))
        i++;
    ck_assert_uint_lt(i, SERIES_MOST);
    if (i == entry_count) {
        entry_count++;
        entries[i].size = 0;
        memcpy(entries[i].key, t.at, t.length);
        entries[i].key[t.length] = '\0';
    }
    size_t size = entry_take(entries[i].bytes, entries[i].size, item, item_pack(&r, item), out,
                             &changed, &won);
    ck_assert_uint_le(size, ENTRY_ROOM);
    if (changed)
        memcpy(entries[i].bytes, out, size);
    entries[i].size = size;
}

static bool
concerns_all(const void *self, const struct subject *of)
{
    (void)self;
    (void)of;
    return true;
}

/* Everything that is to be said of the entries; released by the caller. */
static struct doubt_list
judge(size_t most)
{
    struct doubt_list list;
    struct claims claims = { 0 };
    struct wholes *wholes = wholes_new();

    ck_assert(doubt_list_new(&list, most));
    for (size_t i = 0; i < entry_count; i++) {
        ck_assert(claims_read(&claims, entries[i].bytes, entries[i].size));
        ck_assert(doubt_series(&claims, &list));
        ck_assert(wholes_add(wholes, &claims));
    }
    ck_assert(wholes_judge(wholes, concerns_all, NULL, &list));
    wholes_free(wholes);
    claims_release(&claims);
    return list;
}

/* ---- the table ----------------------------------------------------------------------- */

static void
play(int row)
{
    char words[DOUBT_BYTES], line[DOUBT_BYTES + 64];
    size_t wants = 0;

    entry_count = 0;
    for (size_t i = 0; i < FIGURES_A_ROW && ROWS[row].figures[i] != NULL; i++)
        offer(ROWS[row].figures[i]);
    struct doubt_list list = judge(10);
    while (wants < WANTS_A_ROW && ROWS[row].wants[wants] != NULL)
        wants++;
    for (size_t i = 0; i < list.count; i++) {
        struct text t = doubt_say(&list.list[i], words);
        (void)snprintf(line, sizeof line, "[%s] %.*s", doubt_name(list.list[i].kind), (int)t.length,
                       t.at);
        if (getenv("DOUBTS_SHOW") != NULL)
            fprintf(stderr, "%s:\n    \"%s\"\n", ROWS[row].name, line);
        else
            ck_assert_msg(i < wants && strcmp(line, ROWS[row].wants[i]) == 0, "%s: %s",
                          ROWS[row].name, line);
    }
    if (getenv("DOUBTS_SHOW") == NULL)
        ck_assert_msg(list.count == wants, "%s: %zu of %zu", ROWS[row].name, list.count, wants);
    ck_assert_int_eq(doubt_list_found(&list), (int64_t)list.count);
    doubt_list_release(&list);
}

START_TEST(each_kind_is_told_in_words)
{
    play(_i);
}
END_TEST

/* ---- the list --------------------------------------------------------------------------- */

START_TEST(the_worst_are_kept_and_all_are_counted)
{
    static const int KINDS[] = { DOUBT_AT_LEAST,  DOUBT_UNDECIDED, DOUBT_CONTRADICTED,
                                 DOUBT_AT_LEAST,  DOUBT_RATE,      DOUBT_UNDECIDED,
                                 DOUBT_UNDECIDED, DOUBT_PART_ABOVE };
    struct doubt_list list;

    ck_assert(doubt_list_new(&list, 3));
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++)
        doubt_list_put(&list, &(struct doubt){ .kind = (enum doubt_kind)KINDS[i] });
    ck_assert_uint_eq(list.count, 3);
    ck_assert_int_eq(list.list[0].kind, DOUBT_CONTRADICTED);
    ck_assert_int_eq(list.list[1].kind, DOUBT_PART_ABOVE);
    ck_assert_int_eq(list.list[2].kind, DOUBT_RATE);
    ck_assert_int_eq(doubt_list_found(&list), 8);
    ck_assert_int_eq(list.found[DOUBT_UNDECIDED], 3);
    doubt_list_release(&list);
}
END_TEST

START_TEST(of_a_kind_the_one_that_is_further_off_comes_first)
{
    struct doubt_list list;

    ck_assert(doubt_list_new(&list, 2));
    for (int64_t weight = 1; weight <= 5; weight++)
        doubt_list_put(&list, &(struct doubt){ .kind = DOUBT_ADJUSTED, .weight = weight });
    ck_assert_int_eq(list.list[0].weight, 5);
    ck_assert_int_eq(list.list[1].weight, 4);
    ck_assert_int_eq(doubt_weight(50, 100), 500);
    ck_assert_int_eq(doubt_weight(1, 0), 1000000000);
    doubt_list_release(&list);
}
END_TEST

/* ---- facts --------------------------------------------------------------------------------- */

static size_t
offer_fact(uint8_t *entry, size_t size, const struct record *r)
{
    uint8_t item[ITEM_BYTES_MOST], out[4 * ITEM_BYTES_MOST];
    uint16_t won;
    bool changed;

    size = entry_take(entry, size, item, item_pack(r, item), out, &changed, &won);
    if (changed)
        memcpy(entry, out, size);
    return size;
}

START_TEST(a_deal_that_two_sources_tell_differently)
{
    static uint8_t entry[4 * ITEM_BYTES_MOST];
    struct record a = { .type = RECORD_TRADE,
                        .basis = BASIS_TRANSACTION,
                        .scope = SCOPE_WHOLE,
                        .kind = -1,
                        .province = PROVINCE_LN,
                        .partner = PARTNER_RU,
                        .currency = CURRENCY_CNY,
                        .minor = 500,
                        .from = 19447,
                        .day = 19447 };
    struct record b = a;
    struct doubt_list list;
    char words[DOUBT_BYTES];
    size_t size = offer_fact(entry, 0, &a);

    ck_assert(doubt_list_new(&list, 5));
    ck_assert(doubt_fact(entry, size, &list));
    ck_assert_uint_eq(list.count, 0);
    b.minor = 600;
    size = offer_fact(entry, size, &b);
    ck_assert(doubt_fact(entry, size, &list));
    ck_assert_uint_eq(list.count, 1);
    struct text t = doubt_say(&list.list[0], words);
    ck_assert(text_equal(t, TEXT_LITERAL("Liaoning x Russia, a deal in exports, 2023-03-31: 6 CNY "
                                         "is shown, and a source of equal authority says 5 CNY.")));
    /* What is retracted counts nowhere, so nobody is misled. */
    b.status = TRADE_RETRACTED;
    b.version = 0;
    size = offer_fact(entry, size, &b);
    doubt_list_release(&list);
    ck_assert(doubt_list_new(&list, 5));
    ck_assert(doubt_fact(entry, size, &list));
    ck_assert_uint_eq(list.count, 0);
    doubt_list_release(&list);
}
END_TEST

START_TEST(an_agreement_of_another_day)
{
    static uint8_t entry[4 * ITEM_BYTES_MOST];
    struct record a = { .type = RECORD_AGREEMENT,
                        .status = AGREEMENT_SIGNED,
                        .kind = KIND_MOU,
                        .province = -1,
                        .partner = -1,
                        .currency = -1,
                        .day = 19447,
                        .province_count = 1,
                        .partner_count = 1,
                        .provinces = { PROVINCE_LN },
                        .partners = { PARTNER_RU } };
    struct record b = a;
    struct doubt_list list;
    char words[DOUBT_BYTES];

    b.day = 19448;
    size_t size = offer_fact(entry, offer_fact(entry, 0, &a), &b);
    ck_assert(doubt_list_new(&list, 5));
    ck_assert(doubt_fact(entry, size, &list));
    ck_assert_uint_eq(list.count, 1);
    struct text t = doubt_say(&list.list[0], words);
    ck_assert_msg(
        text_equal(t, TEXT_LITERAL("Liaoning x Russia, an agreement, 2023-04-01: a source "
                                   "of equal authority says something else "
                                   "(signed_on).")),
        "%.*s", (int)t.length, t.at);
    doubt_list_release(&list);
}
END_TEST

/* ---- the tables ------------------------------------------------------------------------------ */

START_TEST(rates_are_in_order_and_have_room)
{
    struct rate rate;

    for (int year = 1994; year <= 2026; year++) {
        ck_assert(rate_of_year(year, &rate));
        ck_assert_int_gt(rate.least, 50000);
        ck_assert_int_lt(rate.least, rate.most);
        ck_assert_int_lt(rate.most, 90000);
    }
    ck_assert(!rate_of_year(1993, &rate));
    ck_assert(!rate_of_year(2027, &rate));
    ck_assert(rate_of_year(2023, &rate));
    ck_assert_int_eq(rate.least, 67904 - 2037);
    ck_assert_int_eq(rate.most, 73071 + 2192);
}
END_TEST

static const struct {
    int group, partner, year;
    bool is_within;
} MEMBERS[] = {
    { PARTNER_WORLD, PARTNER_RU, 1990, true },     { PARTNER_WORLD, PARTNER_EU, 2023, true },
    { PARTNER_WORLD, PARTNER_WORLD, 2023, false }, { PARTNER_EU, PARTNER_GB, 2019, true },
    { PARTNER_EU, PARTNER_GB, 2020, false },       { PARTNER_EU, PARTNER_HR, 2013, false },
    { PARTNER_EU, PARTNER_HR, 2014, true },        { PARTNER_ASEAN, PARTNER_VN, 2023, true },
    { PARTNER_ASEAN, PARTNER_JP, 2023, false },    { PARTNER_RCEP, PARTNER_JP, 2023, true },
    { PARTNER_BRI, PARTNER_RU, 2023, false },      { PARTNER_RU, PARTNER_RU, 2023, false },
    { PARTNER_CASIA, PARTNER_KZ, 2023, true },     { PARTNER_AFRICA, PARTNER_SS, 2011, false },
};

START_TEST(members_are_those_that_nobody_disputes)
{
    ck_assert_int_eq(partner_is_within(MEMBERS[_i].group, MEMBERS[_i].partner, MEMBERS[_i].year),
                     MEMBERS[_i].is_within);
}
END_TEST

/* ---- fits agree with the law ------------------------------------------------------------------
 */

static uint32_t seed = 12345;
static uint32_t
draw(uint32_t below)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % below;
}

/* Each figure that reconcile() calls contradicted is one that fit_of() finds no room
 * for, and each that stands has room. */
START_TEST(whether_a_figure_fits_is_what_the_law_says)
{
    for (int round = 0; round < 3000; round++) {
        struct figure figures[12];
        struct step steps[12];
        size_t count = 2 + draw(11), step_count, used = 0;

        for (size_t i = 0; i < count; i++) {
            struct figure f = { .start = (int32_t)draw(6) * 31, .bound = (int8_t)draw(4) };
            f.bound = draw(2) == 0 ? BOUND_EXACT : f.bound;
            f.end = f.start + 31 * (1 + (int32_t)draw(6));
            f.amount = (int64_t)draw(4000) * (f.end - f.start) / 31 + (int64_t)draw(3) * 10000;
            f.grade = (int8_t)draw(2);
            bool is_new = f.end <= 366;
            for (size_t k = 0; k < used; k++)
                is_new = is_new && (figures[k].start != f.start || figures[k].end != f.end);
            if (is_new)
                figures[used++] = f;
        }
        ck_assert(reconcile(figures, used, steps, &step_count));
        for (size_t i = 0; i < used; i++) {
            struct fit fit = fit_of(&figures[i], figures, used, true);
            if (figures[i].outcome == FIGURE_STANDS)
                ck_assert_int_eq(fit.misfit, FIT);
            if (figures[i].outcome != FIGURE_CONTRADICTED)
                continue;
            ck_assert(fit.misfit == MISFIT_MUCH || fit.misfit == MISFIT_LITTLE);
            ck_assert_ptr_nonnull(fit.at);
            /* What it comes to is really beyond what stands there. */
            ck_assert(fit.misfit == MISFIT_MUCH ? fit.sum > fit.at->amount
                                                : fit.sum < fit.at->amount);
        }
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("doubts");
    TCase *tcase = tcase_create("pure");

    tcase_add_loop_test(tcase, each_kind_is_told_in_words, 0, sizeof ROWS / sizeof ROWS[0]);
    tcase_add_test(tcase, the_worst_are_kept_and_all_are_counted);
    tcase_add_test(tcase, of_a_kind_the_one_that_is_further_off_comes_first);
    tcase_add_test(tcase, a_deal_that_two_sources_tell_differently);
    tcase_add_test(tcase, an_agreement_of_another_day);
    tcase_add_test(tcase, rates_are_in_order_and_have_room);
    tcase_add_loop_test(tcase, members_are_those_that_nobody_disputes, 0,
                        sizeof MEMBERS / sizeof MEMBERS[0]);
    tcase_add_test(tcase, whether_a_figure_fits_is_what_the_law_says);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
