/* Why each record of an entry adds what it adds, or nothing. */
#include "ledger/reason.h"
#include "tests/unit/says.h"

#define COUNT(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))

enum { LINES = 8 };

/* Records are named by their number in the row, which is their offset. */
static int
number_of(uint32_t item)
{
    struct item_peek peek;

    ck_assert(item_peek(entry + item, ITEM_BYTES_MOST, &peek));
    return (int)peek.offset;
}

static void
put_others(struct text_buffer *b, const char *before, const struct others *others)
{
    if (others->count > 0)
        text_put(b, text_of(before));
    for (uint32_t i = 0; i < others->count && i < AGAINST_MOST; i++) {
        text_put_char(b, ' ');
        text_put_integer(b, number_of(others->items[i]));
    }
}

/* "1 export.CNY derived 30 on 5-10, others 0": the number of the record, what it
 * is about, why, and what it adds on which days. */
static void
tell_reason(void *self, const struct reason *reason)
{
    static const char *const kinds[REASON_KINDS] = {
        "stated",  "derived", "unsplit",  "adjusted",  "sum",       "limits",     "contradicted",
        "covered", "vaguer",  "disputes", "outranked", "retracted", "retraction", "not in force",
    };
    struct told *told = self;
    char measure[MEASURE_TEXT];
    struct text_buffer b = { .at = told->lines[told->count], .size = PART_TEXT - 1 };

    ck_assert_uint_lt(told->count, PARTS_MOST);
    measure_write(reason->measure, measure);
    text_put_integer(&b, number_of(reason->item));
    text_put_char(&b, ' ');
    text_put(&b, text_of(measure));
    text_put_char(&b, ' ');
    text_put(&b, text_of(kinds[reason->kind]));
    if (reason->amount != 0) {
        text_put_char(&b, ' ');
        text_put_integer(&b, reason->amount);
    }
    text_put(&b, TEXT_LITERAL(" on "));
    text_put_integer(&b, reason->start - 730);
    text_put_char(&b, '-');
    text_put_integer(&b, reason->end - 730);
    put_others(&b, ", others", &reason->others);
    if (reason->is_undecided)
        text_put(&b, TEXT_LITERAL(", undecided"));
    ck_assert_int_eq(reason->is_mismatched, reason->flows.count > 0);
    put_others(&b, ", off by", &reason->flows);
    ck_assert(!b.full);
    told->lines[told->count++][b.length] = '\0';
}

static const struct {
    const char *name;
    struct says told[TOLD];
    const char *reasons[LINES];
} cases[] = {
    { "stated, in each slot",
      { SAYS(0, 9, 50, 8) },
      { "0 export.CNY stated 50 on 0-10", "0 export.qty.TNE stated 8 on 0-10" } },
    { "derived of what those inside leave",
      { SAYS(0, 9, 50, NO), SAYS(0, 4, 20, NO) },
      { "0 export.CNY derived 30 on 5-10, others 1", "1 export.CNY stated 20 on 0-5" } },
    { "unsplit",
      { SAYS(0, 9, 50, NO), SAYS(3, 6, 20, NO) },
      { "0 export.CNY unsplit 30 on 0-10, others 1", "1 export.CNY stated 20 on 3-7" } },
    { "adjusted",
      { SAYS(0, 9, 1285, NO), SAYS(0, 4, 641, NO), SAYS(5, 9, 649, NO) },
      { "0 export.CNY adjusted -5 on 0-10, others 1 2", "1 export.CNY stated 641 on 0-5",
        "2 export.CNY stated 649 on 5-10" } },
    { "exactly the sum of those inside",
      { SAYS(0, 9, 50, NO), SAYS(0, 4, 20, NO), SAYS(5, 9, 30, NO) },
      { "0 export.CNY sum on 0-10, others 1 2", "1 export.CNY stated 20 on 0-5",
        "2 export.CNY stated 30 on 5-10" } },
    { "only a limit",
      { BOUNDED(AT_LEAST, 0, 0, 9, 12, NO), SAYS(0, 4, 20, NO) },
      { "0 export.CNY limits on 0-10, others 1", "1 export.CNY stated 20 on 0-5" } },
    { "contradicted",
      { SAYS(0, 9, 50, NO), SAYS(0, 4, 60, NO) },
      { "0 export.CNY stated 50 on 0-10", "1 export.CNY contradicted on 0-5, others 0" } },
    { "covered",
      { SAYS(0, 9, 50, NO), SAYS(5, 12, 60, NO) },
      { "0 export.CNY stated 50 on 0-10", "1 export.CNY covered on 5-13, others 0" } },
    { "a vaguer one that is not shown",
      { SAYS(0, 9, 190271, NO), LATER(1, 0, 9, 190000, NO) },
      { "0 export.CNY stated 190271 on 0-10", "1 export.CNY vaguer on 0-10, others 0" } },
    { "one of equal authority that says something else",
      { SAYS(0, 9, 100001, NO), SAYS(0, 9, 90001, NO) },
      { "0 export.CNY stated 100001 on 0-10, undecided",
        "1 export.CNY disputes on 0-10, others 0" } },
    { "one that a later one has replaced, and that is kept since it is finer",
      { SAYS(0, 9, 181001, NO), LATER(1, 0, 9, 190000, NO) },
      { "0 export.CNY outranked on 0-10, others 1", "1 export.CNY stated 190000 on 0-10" } },
    { "retracted, and what retracts it",
      { SAYS(0, 9, 50, NO), RETRACTS(1, 0, 9, 50) },
      { "0 export.CNY retracted on 0-10, others 1", "1 export.CNY retraction on 0-10" } },
    { "a retraction that is no longer the last word",
      { RETRACTS(1, 0, 9, 50), LATER(2, 0, 9, 60, NO) },
      { "0 export.CNY outranked on 0-10, others 1", "1 export.CNY stated 60 on 0-10" } },
    { "a total that exports and imports don't come to",
      { SAYS(0, 9, 5, NO), IMPORTS(0, 9, 6, NO), TOTALS(0, 9, 12, NO) },
      { "0 export.CNY stated 5 on 0-10", "1 import.CNY stated 6 on 0-10",
        "2 total.CNY stated 12 on 0-10, off by 0 1" } },
    { "a total that they come to",
      { SAYS(0, 9, 5, NO), IMPORTS(0, 9, 6, NO), TOTALS(0, 9, 11, NO) },
      { "0 export.CNY stated 5 on 0-10", "1 import.CNY stated 6 on 0-10",
        "2 total.CNY stated 11 on 0-10" } },
    { "told for its value, and contradicted for its quantity",
      { SAYS(0, 9, 50, 8), SAYS(0, 4, 20, 9) },
      { "0 export.CNY derived 30 on 5-10, others 1", "1 export.CNY stated 20 on 0-5",
        "0 export.qty.TNE stated 8 on 0-10", "1 export.qty.TNE contradicted on 0-5, others 0" } },
};

static void
expect_reasons(const char *name, size_t size, const char *const *want, size_t count)
{
    static struct told told;
    const char *lines[PARTS_MOST];

    told.count = 0;
    ck_assert(entry_reasons(entry, size, tell_reason, &told));
    for (size_t i = 0; i < told.count; i++)
        lines[i] = told.lines[i];
    for (size_t i = 0; i < told.count; i++)
        ck_assert_msg(times(want, count, lines[i]) == 1, "%s: %s", name, lines[i]);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(times(lines, told.count, want[i]) == 1, "%s: missing: %s", name, want[i]);
}

START_TEST(each_amount_of_a_record_has_its_reason)
{
    size_t count = 0, size;

    while (count < LINES && cases[_i].reasons[count] != NULL)
        count++;
    memset(entry, 0, sizeof entry);
    size = add_all(cases[_i].told);
    expect_reasons(cases[_i].name, size, cases[_i].reasons, count);
}
END_TEST

START_TEST(a_fact_has_its_reason_and_so_has_who_disputes_it)
{
    static const char *const alone[] = { "0 deals.export.CNY stated 7 on 0-1" };
    static const char *const disputed[] = { "0 deals.export.CNY stated 7 on 0-1, undecided",
                                            "1 deals.export.CNY disputes on 0-1, others 0" };
    static const char *const retracted[] = { "2 deals.export.CNY retraction on 0-1, undecided",
                                             "1 deals.export.CNY retracted on 0-1, others 2" };
    static const char *const planned[] = { "0 agreements not in force on 0-1",
                                           "0 agreements.USD not in force on 0-1" };
    static const char *const signed_one[] = { "0 agreements stated 1 on 0-1",
                                              "0 agreements.USD stated 9 on 0-1" };
    struct record r = trade(BASIS_TRANSACTION);
    size_t size;

    r.minor = 7;
    size = add(entry, 0, &r);
    expect_reasons("alone", size, alone, COUNT(alone));
    r.minor = 5;
    r.offset = 1;
    size = add(entry, size, &r);
    expect_reasons("disputed", size, disputed, COUNT(disputed));
    r.status = TRADE_RETRACTED;
    r.offset = 2;
    size = add(entry, size, &r);
    expect_reasons("retracted", size, retracted, COUNT(retracted));

    r = (struct record){ .type = RECORD_AGREEMENT,
                         .status = AGREEMENT_PLANNED,
                         .currency = CURRENCY_USD,
                         .minor = 9,
                         .day = 730,
                         .province_count = 1,
                         .partner_count = 1 };
    size = add(entry, 0, &r);
    expect_reasons("planned", size, planned, COUNT(planned));
    r.status = AGREEMENT_SIGNED;
    size = add(entry, 0, &r);
    expect_reasons("signed", size, signed_one, COUNT(signed_one));
}
END_TEST

/* Whoever asks why finds the numbers that the totals have. */
static void
add_reason(void *self, const struct reason *reason)
{
    int64_t *sum = self;

    if (measure_form(reason->measure) == MEASURE_MONEY)
        *sum += reason->amount;
}

static void
add_part(void *self, const struct part *part)
{
    int64_t *sum = self;

    if (measure_form(part->measure) == MEASURE_MONEY)
        *sum += part->amount;
}

START_TEST(reasons_add_up_to_the_parts)
{
    int64_t reasons = 0, parts = 0;
    size_t size = add_all(cases[_i].told);

    ck_assert(entry_reasons(entry, size, add_reason, &reasons));
    ck_assert(entry_parts(entry, size, add_part, &parts));
    ck_assert_int_eq(reasons, parts);
}
END_TEST

START_TEST(bytes_that_are_no_entry_have_no_reasons)
{
    static struct told told;
    struct record r = trade(BASIS_STATISTIC);
    size_t size = item_pack(&r, entry);

    ck_assert(entry_reasons(NULL, 0, tell_reason, &told));
    ck_assert(!entry_reasons(entry, size - 1, tell_reason, &told));
    item_set_mask(entry, entry_role(SLOT_VALUE, ROLE_TO));
    ck_assert(!entry_reasons(entry, size, tell_reason, &told));
    ck_assert_uint_eq(told.count, 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("reason");
    TCase *tcase = tcase_create("reason");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, each_amount_of_a_record_has_its_reason, 0, COUNT(cases));
    tcase_add_test(tcase, a_fact_has_its_reason_and_so_has_who_disputes_it);
    tcase_add_loop_test(tcase, reasons_add_up_to_the_parts, 0, COUNT(cases));
    tcase_add_test(tcase, bytes_that_are_no_entry_have_no_reasons);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
