/* What a record says of itself: canonical text, key, partition, names. */
#include "record/record.h"
#include "tests/unit/drafts.h"

#include <check.h>

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))
enum { EDITS = 5 };

static struct draft draft;
static struct record record;
static char room[CANONICAL_BYTES];

static void
settle(enum base base, const struct edit edits[EDITS])
{
    struct why why = { "", "" };

    draft_base(&draft, base);
    draft_edits(&draft, edits, EDITS);
    ck_assert_msg(record_settle(&draft, &record, &why) == FAULT_NONE, "%s", why.text);
}

/* clang-format off */
static const struct {
    enum base base;
    struct edit edits[EDITS];
    const char *canonical, *key;
} texts[] = {
    { TRANSACTION, { OUT(TITLE) },
      "type=trade|basis=TRANSACTION|province=CN-LN|partner=RU|flow=EXPORT|scope=WHOLE|"
      "currency=CNY|minor=4264|at=1698163200000|day=19655",
      "a:1" },
    { TRANSACTION, { SAY(OCCURRED_AT, "1969-12-31T16:00:00Z"), OUT(VALUE), OUT(CURRENCY),
                     SAY(UNIT, "2N"), SAY(QUANTITY, "0") },
      "type=trade|basis=TRANSACTION|province=CN-LN|partner=RU|flow=EXPORT|scope=WHOLE|"
      "unit=2N|milli=0|at=-28800000|day=0",
      "a:1" },
    { STATISTIC, { OUT(TITLE) },
      "type=trade|basis=STATISTIC|province=CN-LN|partner=RU|flow=EXPORT|scope=WHOLE|"
      "currency=CNY|minor=4264|from=19358|day=19630",
      "CN-LN||RU|||WHOLE|2023" },
    { STATISTIC, { SAY(PROVINCE, "CN"), SAY(PROVINCE_AREA, "370300"), SAY(PARTNER_AREA, "RU-BU"),
                   SAY(COMMODITY, "8703"), SAY(FLOW, "TOTAL") },
      "type=trade|basis=STATISTIC|province=CN|province_area=370300|partner=RU|"
      "partner_area=RU-BU|flow=TOTAL|commodity=8703|scope=PART|currency=CNY|minor=4264|"
      "from=19358|day=19630",
      "CN|370300|RU|RU-BU|8703|PART|2023" },
    { STATISTIC, { SAY(PARTNER, "ASEAN"), SAY(FLOW, "IMPORT"), SYMBOL(SCOPE, SCOPE_PART) },
      "type=trade|basis=STATISTIC|province=CN-LN|partner=ASEAN|flow=IMPORT|scope=PART|"
      "currency=CNY|minor=4264|from=19358|day=19630",
      "CN-LN||ASEAN|||PART|2023" },
    { AGREEMENT, { OUT(TITLE) },
      "type=agreement|kind=MOU|day=19654|provinces=CN-HL,CN-LN|partners=RU",
      "a:1" },
    { AGREEMENT, { LIST(PARTIES, "b,c a|b d\\e f"), LIST(SECTORS, "b a-b"),
                   LIST(AREAS, "Z9 37"), SAY(VALUE, "1"), SAY(CURRENCY, "JPY") },
      "type=agreement|kind=MOU|currency=JPY|minor=1|day=19654|provinces=CN-HL,CN-LN|partners=RU|"
      "areas=37,Z9|parties=a\\|b,b\\,c,d\\\\e,f|sectors=a-b,b",
      "a:1" },
    { AGREEMENT, { ONE(PARTIES, "") },
      "type=agreement|kind=MOU|day=19654|provinces=CN-HL,CN-LN|partners=RU|parties=",
      "a:1" },
};
/* clang-format on */

START_TEST(a_record_says_what_it_states_and_who_it_is)
{
    char key[KEY_TEXT_BYTES];
    struct text canonical;

    settle(texts[_i].base, texts[_i].edits);
    canonical = record_canonical(&record, room, sizeof room);
    ck_assert_int_eq((int)canonical.length, (int)strlen(texts[_i].canonical));
    ck_assert_mem_eq(canonical.at, texts[_i].canonical, canonical.length);
    ck_assert(text_equal(record_key(&record, key), text_of(texts[_i].key)));
}
END_TEST

START_TEST(what_is_only_carried_states_nothing)
{
    static const struct edit edits[EDITS] = {
        SAY(TITLE, "t"), SAY(GROWTH, "g"), NAME("n"), EXTRA("k=v"), SAY(GRADE, "FINAL"),
    };
    struct text canonical;

    settle(TRANSACTION, edits);
    canonical = record_canonical(&record, room, sizeof room);
    ck_assert(text_equal(canonical, text_of(texts[0].canonical)));
}
END_TEST

START_TEST(a_canonical_text_that_does_not_fit_is_none)
{
    static const struct edit none[EDITS];
    size_t length;

    settle(TRANSACTION, none);
    length = record_canonical(&record, room, sizeof room).length;
    ck_assert_ptr_nonnull(record_canonical(&record, room, length).at);
    ck_assert_ptr_null(record_canonical(&record, room, length - 1).at);
}
END_TEST

START_TEST(the_longest_canonical_text_fits)
{
    static struct text items[LIST_MOST];
    static char names[LIST_MOST][ITEM_LENGTH];
    static const struct edit edits[EDITS] = { MANY(PROVINCES, 1), MANY(PARTNERS, 32),
                                              MANY(AREAS, 62), MANY(SECTORS, 64) };
    struct why why = { "", "" };

    draft_base(&draft, AGREEMENT);
    draft_edits(&draft, edits, EDITS);
    for (int i = 0; i < LIST_MOST; i++) {
        memset(names[i], '|', sizeof names[i]);
        names[i][0] = (char)('0' + i);
        items[i] = (struct text){ names[i], sizeof names[i] };
    }
    draft_list(&draft, FIELD_PARTIES, items, LIST_MOST);
    ck_assert_msg(record_settle(&draft, &record, &why) == FAULT_NONE, "%s", why.text);
    ck_assert_uint_gt(record_canonical(&record, room, sizeof room).length, LIST_MOST * 500);
}
END_TEST

START_TEST(a_record_without_an_id_gets_one_from_what_it_states)
{
    static const struct edit edits[EDITS] = { OUT(ID) };
    static const uint8_t digest[32] = { 0x00, 0x1F, 0xA5, [15] = 0xFF, [16] = 0x77 };
    char out[DERIVED_ID_BYTES + 1], key[KEY_TEXT_BYTES];

    settle(TRANSACTION, edits);
    ck_assert(record.id_derived_wanted);
    ck_assert_ptr_null(record.id.at);
    record_derive_id(&record, digest, out);
    ck_assert(!record.id_derived_wanted);
    ck_assert_str_eq(out, "d:001fa5000000000000000000000000ff");
    ck_assert(text_equal(record.id, text_of(out)));
    ck_assert(text_equal(record_key(&record, key), text_of(out)));
}
END_TEST

/* The hashes of librdkafka's and Kafka's own tests; the sign bit goes, so
 * that 2^31 - 1 partitions show all the rest. */
static const struct {
    const char *key;
    uint32_t hash;
} hashes[] = {
    { "kafka", 0xd067cf64 },
    { "giberish123456789", 0x8f552b0c },
    { "1234", 0x9fc97b14 },
    { "234", 0xe7c009ca },
    { "34", 0x873930da },
    { "4", 0x5a4b5ca1 },
    { "PreAmbleWillBeRemoved,ThePrePartThatIs", 0x78424f1c },
    { "reAmbleWillBeRemoved,ThePrePartThatIs", 0x4a62b377 },
    { "", 0x106e08d9 },
    { "21", (uint32_t)-973932308 },
    { "foobar", (uint32_t)-790332482 },
    { "abc", (uint32_t)479470107 },
};

START_TEST(keys_lie_in_the_partitions_that_java_puts_them_in)
{
    struct text key = text_of(hashes[_i].key);
    int32_t positive = (int32_t)(hashes[_i].hash & 0x7fffffff);

    ck_assert_int_eq(key_partition(key, INT32_MAX), positive % INT32_MAX);
    ck_assert_int_eq(key_partition(key, 12), positive % 12);
    ck_assert_int_eq(key_partition(key, 1), 0);
}
END_TEST

START_TEST(every_field_is_found_by_its_name)
{
    for (int i = 0; i < FIELD_COUNT; i++) {
        enum field field = (enum field)i;

        ck_assert_int_eq(field_find(text_of(field_name(field))), i);
        ck_assert(field_of_type(field, RECORD_TRADE) || field_of_type(field, RECORD_AGREEMENT));
        ck_assert(fault_is_refusal(field_refusal(field)));
    }
    ck_assert_int_eq(field_find(TEXT_LITERAL("values")), -1);
    ck_assert_int_eq(field_find(TEXT_LITERAL("valu")), -1);
    ck_assert_int_eq(field_find(TEXT_LITERAL("")), -1);
    ck_assert(field_of_type(FIELD_FLOW, RECORD_TRADE));
    ck_assert(!field_of_type(FIELD_FLOW, RECORD_AGREEMENT));
    ck_assert(!field_of_type(FIELD_KIND, RECORD_TRADE));
    ck_assert_int_eq(field_refusal(FIELD_PROVINCES), BAD_PROVINCE);
}
END_TEST

START_TEST(every_symbol_is_found_in_its_list)
{
    int lists = 0;

    for (int i = 0; i < FIELD_COUNT; i++) {
        for (int type = 0; type < RECORD_TYPE_COUNT; type++) {
            size_t count;
            const char *const *symbols =
                field_symbols((enum field)i, (enum record_type)type, &count);

            lists += symbols != NULL;
            ck_assert_int_eq(symbols == NULL, count == 0);
            for (size_t j = 0; j < count; j++)
                ck_assert_int_eq(
                    symbol_find((enum field)i, (enum record_type)type, text_of(symbols[j])),
                    (int)j);
        }
    }
    ck_assert_int_eq(lists, 7 * 2);
    ck_assert_int_eq(symbol_find(FIELD_STATUS, RECORD_AGREEMENT, TEXT_LITERAL("IN_FORCE")),
                     AGREEMENT_IN_FORCE);
    ck_assert_int_eq(symbol_find(FIELD_STATUS, RECORD_TRADE, TEXT_LITERAL("IN_FORCE")), -1);
    ck_assert_int_eq(symbol_find(FIELD_SCOPE, RECORD_TRADE, TEXT_LITERAL("PAR")), -1);
    ck_assert_int_eq(symbol_find(FIELD_TITLE, RECORD_TRADE, TEXT_LITERAL("PART")), -1);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("record_text");
    TCase *tcase = tcase_create("record_text");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, a_record_says_what_it_states_and_who_it_is, 0, ROWS(texts));
    tcase_add_test(tcase, what_is_only_carried_states_nothing);
    tcase_add_test(tcase, a_canonical_text_that_does_not_fit_is_none);
    tcase_add_test(tcase, the_longest_canonical_text_fits);
    tcase_add_test(tcase, a_record_without_an_id_gets_one_from_what_it_states);
    tcase_add_loop_test(tcase, keys_lie_in_the_partitions_that_java_puts_them_in, 0, ROWS(hashes));
    tcase_add_test(tcase, every_field_is_found_by_its_name);
    tcase_add_test(tcase, every_symbol_is_found_in_its_list);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
