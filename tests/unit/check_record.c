/* Which drafts are records, and which refusal and field the others get. */
#include "record/record.h"
#include "tests/unit/drafts.h"

#include <check.h>

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))
enum { EDITS = 4 };

static struct draft draft; /* too large for the stack of a test */
static struct record record;

struct row {
    enum base base;
    struct edit edits[EDITS];
    enum fault fault;
    const char *field;
};

/* clang-format off */
static const struct row refusals[] = {
    /* id */
    { TRANSACTION, { SAY(ID, "") }, BAD_ID, "id" },
    { TRANSACTION, { SAY(ID, "a b") }, BAD_ID, "id" },
    { TRANSACTION, { SAY(ID, "12345678 ") }, BAD_ID, "id" },
    { TRANSACTION, { SAY(ID, "1234567\x7F") }, BAD_ID, "id" },
    { TRANSACTION, { SAY(ID, "1234567\n") }, BAD_ID, "id" },
    { TRANSACTION, { SAY(ID, "\xC3\xA9""123456") }, BAD_ID, "id" },
    { TRANSACTION, { LONG(ID, 129) }, BAD_ID, "id" },
    { TRANSACTION, { LONG(ID, 1024) }, BAD_ID, "id" },
    { TRANSACTION, { LONG(ID, 1025) }, BAD_TEXT, "id" },
    { TRANSACTION, { SAY(ID, "a\0b") }, BAD_TEXT, "id" },
    { TRANSACTION, { SAY(ID, "\xFF") }, BAD_TEXT, "id" },
    { TRANSACTION, { MISTYPED(ID) }, BAD_FIELD, "id" },
    { TRANSACTION, { INTEGER(ID, 5) }, BAD_FIELD, "id" },
    /* published_at, version */
    { TRANSACTION, { SAY(PUBLISHED_AT, "2023-10-24") }, BAD_TIME, "published_at" },
    { TRANSACTION, { SAY(PUBLISHED_AT, "") }, BAD_TIME, "published_at" },
    { TRANSACTION, { MISTYPED(PUBLISHED_AT) }, BAD_FIELD, "published_at" },
    { TRANSACTION, { LONG(PUBLISHED_AT, 1025) }, BAD_TEXT, "published_at" },
    { TRANSACTION, { INTEGER(PUBLISHED_AT, INT64_MAX) }, BAD_TIME, "published_at" },
    { TRANSACTION, { INTEGER(VERSION, -1) }, BAD_VERSION, "version" },
    { TRANSACTION, { INTEGER(VERSION, INT64_C(1) << 53) }, BAD_VERSION, "version" },
    { TRANSACTION, { MISTYPED(VERSION) }, BAD_VERSION, "version" },
    { TRANSACTION, { SAY(VERSION, "1") }, BAD_VERSION, "version" },
    /* enumerations */
    { TRANSACTION, { SAY(GRADE, "UNKNOWN") }, BAD_GRADE, "grade" },
    { TRANSACTION, { SAY(GRADE, "") }, BAD_GRADE, "grade" },
    { TRANSACTION, { SYMBOL(GRADE, -1) }, BAD_GRADE, "grade" },
    { TRANSACTION, { SYMBOL(GRADE, GRADE_COUNT) }, BAD_GRADE, "grade" },
    { TRANSACTION, { INTEGER(GRADE, 1) }, BAD_FIELD, "grade" },
    { TRANSACTION, { SAY(BOUND, "exact") }, BAD_BOUND, "bound" },
    { TRANSACTION, { SAY(STATUS, "SIGNED") }, BAD_STATUS, "status" },
    { TRANSACTION, { SYMBOL(STATUS, TRADE_STATUS_COUNT) }, BAD_STATUS, "status" },
    { AGREEMENT, { SAY(STATUS, "ACTIVE") }, BAD_STATUS, "status" },
    { TRANSACTION, { OUT(BASIS) }, BAD_BASIS, "basis" },
    { TRANSACTION, { SAY(BASIS, "RUMOUR") }, BAD_BASIS, "basis" },
    { TRANSACTION, { LONG(BASIS, 1025) }, BAD_TEXT, "basis" },
    { TRANSACTION, { OUT(FLOW) }, BAD_FLOW, "flow" },
    { TRANSACTION, { SAY(FLOW, "EXPORTS") }, BAD_FLOW, "flow" },
    { TRANSACTION, { SAY(SCOPE, "whole") }, BAD_SCOPE, "scope" },
    { TRANSACTION, { MISTYPED(SCOPE) }, BAD_FIELD, "scope" },
    /* A statistic of one commodity or one area is no whole. */
    { STATISTIC, { SAY(SCOPE, "WHOLE"), SAY(COMMODITY, "87") }, BAD_SCOPE, "scope" },
    { STATISTIC, { SAY(SCOPE, "WHOLE"), SAY(PROVINCE_AREA, "370300") }, BAD_SCOPE, "scope" },
    { STATISTIC, { SAY(SCOPE, "WHOLE"), SAY(PARTNER_AREA, "RU-BU") }, BAD_SCOPE, "scope" },
    { STATISTIC, { SYMBOL(SCOPE, SCOPE_WHOLE), SAY(COMMODITY, "8703230001") }, BAD_SCOPE, "scope" },
    { AGREEMENT, { OUT(KIND) }, BAD_KIND, "kind" },
    { AGREEMENT, { SAY(KIND, "TREATY") }, BAD_KIND, "kind" },
    /* places */
    { TRANSACTION, { OUT(PROVINCE) }, BAD_PROVINCE, "province" },
    { TRANSACTION, { SAY(PROVINCE, "ALL") }, BAD_PROVINCE, "province" },
    { TRANSACTION, { SAY(PROVINCE, "\xF0\x9F\x98") }, BAD_TEXT, "province" },
    { TRANSACTION, { OUT(PARTNER) }, BAD_PARTNER, "partner" },
    { TRANSACTION, { SAY(PARTNER, "CN") }, BAD_PARTNER, "partner" },
    { TRANSACTION, { SAY(PARTNER, "ALL") }, BAD_PARTNER, "partner" },
    { TRANSACTION, { SAY(PARTNER, "asean") }, BAD_PARTNER, "partner" },
    { TRANSACTION, { SAY(PARTNER, "AFRICANS") }, BAD_PARTNER, "partner" },
    { TRANSACTION, { MISTYPED(PARTNER) }, BAD_FIELD, "partner" },
    { TRANSACTION, { SAY(PROVINCE_AREA, "A") }, BAD_AREA, "province_area" },
    { TRANSACTION, { SAY(PROVINCE_AREA, "ABCDEFGHIJKLM") }, BAD_AREA, "province_area" },
    { TRANSACTION, { SAY(PARTNER_AREA, "ru-bu") }, BAD_AREA, "partner_area" },
    { TRANSACTION, { SAY(PARTNER_AREA, "RU_BU") }, BAD_AREA, "partner_area" },
    { TRANSACTION, { SAY(PARTNER_AREA, "AB\0") }, BAD_TEXT, "partner_area" },
    { TRANSACTION, { SAY(COMMODITY, "8") }, BAD_COMMODITY, "commodity" },
    { TRANSACTION, { SAY(COMMODITY, "870") }, BAD_COMMODITY, "commodity" },
    { TRANSACTION, { SAY(COMMODITY, "") }, BAD_COMMODITY, "commodity" },
    { TRANSACTION, { SAY(COMMODITY, "870323110012") }, BAD_COMMODITY, "commodity" },
    { TRANSACTION, { SAY(COMMODITY, "8A") }, BAD_COMMODITY, "commodity" },
    /* amounts */
    { TRANSACTION, { SAY(CURRENCY, "XXX") }, BAD_CURRENCY, "currency" },
    { TRANSACTION, { OUT(CURRENCY) }, BAD_CURRENCY, "currency" },
    { TRANSACTION, { OUT(CURRENCY), MISTYPED(VALUE) }, BAD_CURRENCY, "currency" },
    { TRANSACTION, { MISTYPED(CURRENCY) }, BAD_FIELD, "currency" },
    { TRANSACTION, { OUT(VALUE) }, BAD_VALUE, "value" },
    { TRANSACTION, { OUT(VALUE), OUT(CURRENCY) }, BAD_VALUE, "value" },
    { TRANSACTION, { SAY(VALUE, "1,000") }, BAD_VALUE, "value" },
    { TRANSACTION, { SAY(VALUE, "-1") }, BAD_VALUE, "value" },
    { TRANSACTION, { SAY(VALUE, "1.005") }, BAD_VALUE, "value" },
    { TRANSACTION, { SAY(VALUE, "1000000000000000") }, BAD_VALUE, "value" },
    { TRANSACTION, { SAY(VALUE, "1.5"), SAY(CURRENCY, "JPY") }, BAD_VALUE, "value" },
    { TRANSACTION, { MISTYPED(VALUE) }, BAD_VALUE, "value" },
    { TRANSACTION, { INTEGER(VALUE, 5) }, BAD_VALUE, "value" },
    { TRANSACTION, { LONG(VALUE, 1025) }, BAD_VALUE, "value" },
    { TRANSACTION, { SAY(VALUE, "1\0") }, BAD_VALUE, "value" },
    { TRANSACTION, { SAY(VALUE, "\xFF") }, BAD_TEXT, "value" },
    { TRANSACTION, { DECIMAL(VALUE, -1) }, BAD_VALUE, "value" },
    { TRANSACTION, { DECIMAL(VALUE, 150) }, BAD_VALUE, "value" },
    { TRANSACTION, { SAY(QUANTITY, "1") }, BAD_UNIT, "unit" },
    { TRANSACTION, { SAY(UNIT, "TNE") }, BAD_QUANTITY, "quantity" },
    { TRANSACTION, { SAY(QUANTITY, "1"), SAY(UNIT, "T") }, BAD_UNIT, "unit" },
    { TRANSACTION, { SAY(QUANTITY, "1"), SAY(UNIT, "TNEX") }, BAD_UNIT, "unit" },
    { TRANSACTION, { SAY(QUANTITY, "1"), SAY(UNIT, "K-G") }, BAD_UNIT, "unit" },
    { TRANSACTION, { SAY(QUANTITY, "1"), SAY(UNIT, "tne") }, BAD_UNIT, "unit" },
    { TRANSACTION, { SAY(QUANTITY, "1"), SAY(UNIT, "KGS") }, BAD_UNIT, "unit" }, /* a rate */
    { TRANSACTION, { SAY(QUANTITY, "1"), SAY(UNIT, "ZZ") }, BAD_UNIT, "unit" },
    { TRANSACTION, { SAY(QUANTITY, "1"), LONG(UNIT, 1024) }, BAD_UNIT, "unit" },
    { TRANSACTION, { SAY(QUANTITY, "1.0005"), SAY(UNIT, "TNE") }, BAD_QUANTITY, "quantity" },
    { TRANSACTION, { SAY(QUANTITY, ""), SAY(UNIT, "TNE") }, BAD_QUANTITY, "quantity" },
    { TRANSACTION, { MISTYPED(QUANTITY), SAY(UNIT, "TNE") }, BAD_QUANTITY, "quantity" },
    { TRANSACTION, { MISTYPED(QUANTITY) }, BAD_UNIT, "unit" },
    /* times of a transaction */
    { TRANSACTION, { OUT(OCCURRED_AT) }, BAD_TIME, "occurred_at" },
    { TRANSACTION, { SAY(OCCURRED_AT, "") }, BAD_TIME, "occurred_at" },
    { TRANSACTION, { SAY(OCCURRED_AT, "1969-12-31T15:59:59Z") }, BAD_TIME, "occurred_at" },
    { TRANSACTION, { SAY(OCCURRED_AT, "9999-12-31T16:00:00Z") }, BAD_TIME, "occurred_at" },
    { TRANSACTION, { INTEGER(OCCURRED_AT, INT64_MIN) }, BAD_TIME, "occurred_at" },
    { TRANSACTION, { MISTYPED(OCCURRED_AT) }, BAD_FIELD, "occurred_at" },
    { TRANSACTION, { SAY(PERIOD_START, "2023-01-01") }, BAD_TIME, "period_start" },
    { TRANSACTION, { SAY(PERIOD_END, "never") }, BAD_TIME, "period_end" },
    { TRANSACTION, { MISTYPED(PERIOD_END) }, BAD_FIELD, "period_end" },
    { TRANSACTION, { OUT(OCCURRED_AT), LONG(PERIOD_END, 1025) }, BAD_TEXT, "period_end" },
    /* periods of a statistic */
    { STATISTIC, { OUT(PERIOD_START) }, BAD_PERIOD, "period_start" },
    { STATISTIC, { OUT(PERIOD_END) }, BAD_PERIOD, "period_end" },
    { STATISTIC, { SAY(PERIOD_START, "2023-02-29") }, BAD_PERIOD, "period_start" },
    { STATISTIC, { SAY(PERIOD_END, "") }, BAD_PERIOD, "period_end" },
    { STATISTIC, { SAY(PERIOD_START, "2022-12-31") }, BAD_PERIOD, "period_end" },
    { STATISTIC, { SAY(PERIOD_START, "2023-10-01") }, BAD_PERIOD, "period_end" },
    { STATISTIC, { SAY(PERIOD_START, "1969-01-01"), SAY(PERIOD_END, "1969-12-31") },
      BAD_PERIOD, "period_start" },
    { STATISTIC, { INTEGER(PERIOD_START, -719163) }, BAD_PERIOD, "period_start" },
    { STATISTIC, { INTEGER(PERIOD_END, DAY_LAST + 1) }, BAD_PERIOD, "period_end" },
    { STATISTIC, { SAY(OCCURRED_AT, "") }, BAD_PERIOD, "occurred_at" },
    { STATISTIC, { MISTYPED(OCCURRED_AT) }, BAD_FIELD, "occurred_at" },
    { STATISTIC, { MISTYPED(PERIOD_START) }, BAD_FIELD, "period_start" },
    { STATISTIC, { OUT(PERIOD_START), SAY(PERIOD_END, "2\0") }, BAD_TEXT, "period_end" },
    /* lists of an agreement */
    { AGREEMENT, { OUT(PROVINCES) }, BAD_PROVINCE, "provinces" },
    { AGREEMENT, { LIST(PROVINCES, "") }, BAD_PROVINCE, "provinces" },
    { AGREEMENT, { LIST(PROVINCES, "CN-LN CN-LN") }, BAD_PROVINCE, "provinces" },
    { AGREEMENT, { LIST(PROVINCES, "CN-LN CN-XX") }, BAD_PROVINCE, "provinces" },
    { AGREEMENT, { MANY(PROVINCES, 36) }, BAD_PROVINCE, "provinces" },
    { AGREEMENT, { MISTYPED(PROVINCES) }, BAD_FIELD, "provinces" },
    { AGREEMENT, { SAY(PROVINCES, "CN-LN") }, BAD_FIELD, "provinces" },
    { AGREEMENT, { OUT(PARTNERS) }, BAD_PARTNER, "partners" },
    { AGREEMENT, { LIST(PARTNERS, "RU US RU") }, BAD_PARTNER, "partners" },
    { AGREEMENT, { LIST(PARTNERS, "RU CN") }, BAD_PARTNER, "partners" },
    { AGREEMENT, { MANY(PARTNERS, 65) }, BAD_PARTNER, "partners" },
    { AGREEMENT, { ONE(PARTNERS, "R\0") }, BAD_TEXT, "partners" },
    { AGREEMENT, { LIST(AREAS, "370300 A") }, BAD_AREA, "areas" },
    { AGREEMENT, { LIST(AREAS, "AB AB") }, BAD_AREA, "areas" },
    { AGREEMENT, { MANY(AREAS, 65) }, BAD_AREA, "areas" },
    { AGREEMENT, { LIST(PARTIES, "a a") }, BAD_TEXT, "parties" },
    { AGREEMENT, { MANY(PARTIES, 65) }, BAD_TEXT, "parties" },
    { AGREEMENT, { ONE(PARTIES, "\xED\xA0\x80") }, BAD_TEXT, "parties" },
    { AGREEMENT, { LIST(SECTORS, "Timber") }, BAD_SECTOR, "sectors" },
    { AGREEMENT, { LIST(SECTORS, "a-sector-of-more-than-32-letters-x") }, BAD_SECTOR, "sectors" },
    { AGREEMENT, { ONE(SECTORS, "") }, BAD_SECTOR, "sectors" },
    { AGREEMENT, { MANY(SECTORS, 65) }, BAD_SECTOR, "sectors" },
    { AGREEMENT, { MANY(PROVINCES, 35), MANY(PARTNERS, 64), MANY(SECTORS, 1) },
      TOO_LARGE, "provinces" },
    { AGREEMENT, { MANY(PARTNERS, 32), MANY(AREAS, 63), MANY(SECTORS, 1) },
      TOO_LARGE, "provinces" },
    { AGREEMENT, { OUT(SIGNED_ON) }, BAD_TIME, "signed_on" },
    { AGREEMENT, { SAY(SIGNED_ON, "yesterday") }, BAD_TIME, "signed_on" },
    { AGREEMENT, { SAY(SIGNED_ON, "1969-12-31") }, BAD_TIME, "signed_on" },
    { AGREEMENT, { INTEGER(SIGNED_ON, INT64_MAX) }, BAD_TIME, "signed_on" },
    { AGREEMENT, { SAY(VALUE, "1") }, BAD_CURRENCY, "currency" },
    { AGREEMENT, { SAY(CURRENCY, "CNY") }, BAD_VALUE, "value" },
    /* what is carried */
    { TRANSACTION, { LONG(TITLE, 1025) }, BAD_TEXT, "title" },
    { TRANSACTION, { WIDE(TITLE, 342) }, BAD_TEXT, "title" },
    { TRANSACTION, { SAY(TITLE, "a\0b") }, BAD_TEXT, "title" },
    { TRANSACTION, { INTEGER(TITLE, 5) }, BAD_FIELD, "title" },
    { TRANSACTION, { LONG(GROWTH, 1025) }, BAD_TEXT, "growth" },
    { TRANSACTION, { MISTYPED(SOURCE) }, BAD_FIELD, "source" },
    { TRANSACTION, { NAME_LONG(129) }, BAD_TEXT, "source.name" },
    { TRANSACTION, { URL_LONG(2049) }, BAD_TEXT, "source.url" },
    { TRANSACTION, { URL_LONG(2049), NAME_LONG(129) }, BAD_TEXT, "source.name" },
    { TRANSACTION, { NAME("a\0b") }, BAD_TEXT, "source.name" },
    { TRANSACTION, { { EDIT_NAME, FIELD_SOURCE, { NULL, 0 }, 0 } }, BAD_FIELD, "source.name" },
    { TRANSACTION, { { EDIT_URL, FIELD_SOURCE, { NULL, 0 }, 0 } }, BAD_FIELD, "source.url" },
    { TRANSACTION, { MISTYPED(ATTRIBUTES) }, BAD_FIELD, "attributes" },
    { TRANSACTION, { EXTRAS(65) }, BAD_FIELD, "attributes" },
    { TRANSACTION, { EXTRA("=v") }, BAD_TEXT, "attributes" },
    { TRANSACTION, { EXTRA("") }, BAD_TEXT, "attributes" },
    { TRANSACTION, { EXTRA("k=a\0b") }, BAD_TEXT, "attributes" },
    { TRANSACTION, { EXTRA_MISTYPED("k") }, BAD_FIELD, "attributes" },
    { TRANSACTION, { EXTRA_MISTYPED("") }, BAD_TEXT, "attributes" },
    { TRANSACTION, { EXTRA_MISTYPED("k"), EXTRA("=v") }, BAD_FIELD, "attributes" },
    /* what makes a whole line unreadable comes before the first field */
    { TRANSACTION, { MISTYPED(ID), SAY(TITLE, "\xC3(") }, BAD_TEXT, "title" },
    { TRANSACTION, { MISTYPED(ID), NAME("\xC3(") }, BAD_TEXT, "source" },
    { TRANSACTION, { MISTYPED(ID), EXTRA("k=\xC3(") }, BAD_TEXT, "attributes" },
    { TRANSACTION, { MISTYPED(ID), EXTRA("\xC3(=v") }, BAD_TEXT, "attributes" },
    { AGREEMENT, { MISTYPED(ID), ONE(PARTIES, "\xC3(") }, BAD_TEXT, "parties" },
    { TRANSACTION, { MISTYPED(ID), EXTRA("k\0=v") }, BAD_JSON, "attributes" },
    { TRANSACTION, { MISTYPED(ID), EXTRA("k=v"), EXTRA("k=w") }, BAD_FIELD, "attributes" },
    { TRANSACTION, { EXTRA("k=v"), EXTRA("k=w"), EXTRA("k\0=v") }, BAD_JSON, "attributes" },
    { TRANSACTION, { EXTRA("k\0=v"), SAY(TITLE, "\x80"), EXTRA("k=v"), EXTRA("k=w") },
      BAD_TEXT, "title" },
};

static const struct row good[] = {
    { TRANSACTION, { OUT(ID) }, FAULT_NONE, "" },
    { TRANSACTION, { SAY(ID, "!~!~!~!~") }, FAULT_NONE, "" },
    { TRANSACTION, { LONG(ID, 128) }, FAULT_NONE, "" },
    { TRANSACTION, { INTEGER(VERSION, (INT64_C(1) << 53) - 1) }, FAULT_NONE, "" },
    { TRANSACTION, { SAY(GRADE, "FINAL"), SAY(BOUND, "AT_MOST") }, FAULT_NONE, "" },
    { TRANSACTION, { SAY(PROVINCE, "CN"), SAY(STATUS, "RETRACTED") }, FAULT_NONE, "" },
    { TRANSACTION, { SAY(COMMODITY, "8703231100") }, FAULT_NONE, "" },
    { TRANSACTION, { SAY(PROVINCE_AREA, "37"), SAY(PARTNER_AREA, "ABCDEFGHIJKL") },
      FAULT_NONE, "" },
    { TRANSACTION, { SAY(VALUE, "0.00") }, FAULT_NONE, "" },
    { TRANSACTION, { DECIMAL(VALUE, 426400) }, FAULT_NONE, "" },
    { TRANSACTION, { OUT(VALUE), OUT(CURRENCY), SAY(QUANTITY, "0.001"), SAY(UNIT, "2N") },
      FAULT_NONE, "" },
    { TRANSACTION, { SAY(OCCURRED_AT, "1969-12-31T16:00:00Z") }, FAULT_NONE, "" },
    { TRANSACTION, { SAY(OCCURRED_AT, "9999-12-31T15:59:59.999Z") }, FAULT_NONE, "" },
    { STATISTIC, { SAY(PERIOD_START, "1970-01-01"), SAY(PERIOD_END, "1970-01-01") },
      FAULT_NONE, "" },
    { STATISTIC, { SAY(PERIOD_START, "9999-12-31"), SAY(PERIOD_END, "9999-12-31") },
      FAULT_NONE, "" },
    { AGREEMENT, { MANY(PROVINCES, 35) }, FAULT_NONE, "" },
    { AGREEMENT, { ONE(PROVINCES, "CN-LN"), MANY(PARTNERS, 64), MANY(AREAS, 63) },
      FAULT_NONE, "" },
    { AGREEMENT, { MANY(PARTNERS, 32), MANY(AREAS, 63) }, FAULT_NONE, "" },
    { AGREEMENT, { LIST(AREAS, ""), LIST(PARTIES, ""), LIST(SECTORS, "") }, FAULT_NONE, "" },
    { AGREEMENT, { MANY(PARTIES, 64) }, FAULT_NONE, "" },
    { AGREEMENT, { ONE(PARTIES, "") }, FAULT_NONE, "" },
    { AGREEMENT, { SAY(VALUE, "1"), SAY(CURRENCY, "USD") }, FAULT_NONE, "" },
    { AGREEMENT, { SAY(SIGNED_ON, "9999-12-31"), SAY(STATUS, "PLANNED") }, FAULT_NONE, "" },
    { TRANSACTION, { LONG(TITLE, 1024), SAY(GROWTH, "") }, FAULT_NONE, "" },
    { TRANSACTION, { WIDE(TITLE, 341) }, FAULT_NONE, "" },
    { TRANSACTION, { NAME_LONG(128), URL_LONG(2048) }, FAULT_NONE, "" },
    { TRANSACTION, { EXTRAS(64) }, FAULT_NONE, "" },
    { TRANSACTION, { EXTRA("k=v"), EXTRA("l="), EXTRA("m") }, FAULT_NONE, "" },
};
/* clang-format on */

static enum fault
settle(const struct row *row, struct why *why)
{
    draft_base(&draft, row->base);
    draft_edits(&draft, row->edits, EDITS);
    return record_settle(&draft, &record, why);
}

START_TEST(a_bad_draft_is_refused_by_name_and_field)
{
    const struct row *row = &refusals[_i];
    struct why why = { "", "" };
    enum fault fault = settle(row, &why);

    ck_assert_str_eq(fault_name(fault), fault_name(row->fault));
    ck_assert_str_eq(why.field, row->field);
    ck_assert_int_eq(record_settle(&draft, &record, NULL), fault);
}
END_TEST

START_TEST(a_sentence_says_what_was_found_and_nothing_that_harms_a_terminal)
{
    struct why why = { "", "" };

    settle(&refusals[_i], &why);
    ck_assert_uint_gt(strlen(why.text), 10);
    ck_assert(text_is_utf8(text_of(why.text)));
    for (const char *c = why.text; *c != '\0'; c++)
        ck_assert_msg((unsigned char)*c >= 0x20 && *c != 0x7F, "%s", why.text);
}
END_TEST

START_TEST(a_good_draft_is_a_record)
{
    struct why why = { "", "" };

    ck_assert_msg(settle(&good[_i], &why) == FAULT_NONE, "%s", why.text);
    ck_assert_ptr_eq(record.draft, &draft);
}
END_TEST

START_TEST(every_refusal_of_a_field_has_a_row)
{
    bool seen[FAULT_COUNT] = { false };

    /* The line's and the message's own. */
    seen[BAD_TYPE] = seen[BAD_FRAME] = seen[BAD_SCHEMA] = seen[BAD_AVRO] = seen[FUTURE] = true;
    for (int i = 0; i < ROWS(refusals); i++)
        seen[refusals[i].fault] = true;
    for (int i = 0; i < FAULT_COUNT; i++)
        ck_assert_msg(seen[i] || !fault_is_refusal((enum fault)i), "%s", fault_name((enum fault)i));
}
END_TEST

/* clang-format off */
static const struct row sentences[] = {
    { TRANSACTION, { SAY(PROVINCE, "CN-XX") }, BAD_PROVINCE,
      "province is \"CN-XX\"; wanted: a code of ISO 3166-2:CN, such as CN-LN, or CN" },
    { TRANSACTION, { SAY(FLOW, "\033[31mX\x7F\xC2\x85\n") }, BAD_FLOW,
      "flow is \"?[31mX???\"; wanted: one of EXPORT, IMPORT, TOTAL" },
    { TRANSACTION, { OUT(PARTNER) }, BAD_PARTNER,
      "partner is missing; wanted: a code of ISO 3166-1 alpha-2 other than CN, such as RU, "
      "or of a group, such as WORLD or ASEAN" },
    { TRANSACTION, { SAY(QUANTITY, "1"), SAY(UNIT, "KGS") }, BAD_UNIT,
      "unit is \"KGS\"; wanted: KGM, which is kilogram in UN/CEFACT Recommendation 20" },
    { TRANSACTION, { SAY(QUANTITY, "1"), SAY(UNIT, "PCS") }, BAD_UNIT,
      "unit is \"PCS\"; wanted: H87, which is piece in UN/CEFACT Recommendation 20" },
    { TRANSACTION, { SAY(QUANTITY, "1"), SAY(UNIT, "tons") }, BAD_UNIT,
      "unit is \"tons\"; wanted: TNE, which is tonne (metric ton) in UN/CEFACT Recommendation 20" },
    { TRANSACTION, { SAY(VALUE, "12.555") }, BAD_VALUE,
      "value is 12.555; wanted: no sign, at most 2 decimals but for zeros, below 10^15" },
    { TRANSACTION, { DECIMAL(VALUE, -5) }, BAD_VALUE,
      "value is -0.0005; wanted: no sign, at most 2 decimals but for zeros, below 10^15" },
    { TRANSACTION, { DECIMAL(VALUE, 150), SAY(CURRENCY, "JPY") }, BAD_VALUE,
      "value is 0.0150; wanted: no sign, at most 0 decimals but for zeros, below 10^17" },
    { AGREEMENT, { MANY(PARTNERS, 65) }, BAD_PARTNER,
      "partners has 65 items; wanted: 1 to 64 codes of ISO 3166-1 alpha-2 other than CN, "
      "or of groups, such as ASEAN, each once" },
    { AGREEMENT, { LIST(PARTIES, "a b a") }, BAD_TEXT,
      "parties has \"a\" twice; wanted: at most 64 texts of at most 256 bytes, each once" },
    { AGREEMENT, { MANY(PROVINCES, 35), MANY(PARTNERS, 64), MANY(SECTORS, 1) }, TOO_LARGE,
      "provinces x partners x (1 + areas + sectors) is 4480; wanted: at most 4096" },
    { TRANSACTION, { MISTYPED(SOURCE) }, BAD_FIELD,
      "source has the wrong type; wanted: an object with name and url, and nothing else" },
    { TRANSACTION, { MISTYPED(ATTRIBUTES) }, BAD_FIELD,
      "attributes has the wrong type or too many entries; wanted: an object of at most 64 texts, "
      "each under a name of 1 to 128 bytes" },
    { TRANSACTION, { MISTYPED(TITLE) }, BAD_FIELD, "title has the wrong type; wanted: a text" },
    { AGREEMENT, { MISTYPED(PARTIES) }, BAD_FIELD,
      "parties has the wrong type; wanted: a list of texts" },
    { TRANSACTION, { WIDE(ID, 30) }, BAD_ID,
      "id is \"一一一一一一一一一一一一一一一一一一一一...\"; "
      "wanted: 1 to 128 printable ASCII characters without blanks" },
};
/* clang-format on */

START_TEST(a_sentence_reads_well)
{
    struct why why = { "", "" };

    ck_assert_int_eq(settle(&sentences[_i], &why), sentences[_i].fault);
    ck_assert_str_eq(why.text, sentences[_i].field);
}
END_TEST

/* The order of judging: everything is broken, and mended one by one. */
struct turn {
    struct edit broken, mended;
    enum fault fault;
    const char *field;
};

/* clang-format off */
static const struct turn trade_turns[] = {
    { MISTYPED(ID), SAY(ID, "a"), BAD_FIELD, "id" },
    { SAY(PUBLISHED_AT, "x"), SAY(PUBLISHED_AT, "2023-10-24T00:00:00Z"), BAD_TIME,
      "published_at" },
    { MISTYPED(VERSION), INTEGER(VERSION, 1), BAD_VERSION, "version" },
    { SAY(GRADE, "x"), SAY(GRADE, "FLASH"), BAD_GRADE, "grade" },
    { SAY(BOUND, "x"), SAY(BOUND, "ABOUT"), BAD_BOUND, "bound" },
    { SAY(STATUS, "x"), SAY(STATUS, "ACTIVE"), BAD_STATUS, "status" },
    { SAY(BASIS, "x"), SAY(BASIS, "TRANSACTION"), BAD_BASIS, "basis" },
    { SAY(PROVINCE, "x"), SAY(PROVINCE, "CN-HL"), BAD_PROVINCE, "province" },
    { SAY(PROVINCE_AREA, "x"), SAY(PROVINCE_AREA, "370300"), BAD_AREA, "province_area" },
    { SAY(PARTNER, "x"), SAY(PARTNER, "RU"), BAD_PARTNER, "partner" },
    { SAY(PARTNER_AREA, "x"), SAY(PARTNER_AREA, "RU-BU"), BAD_AREA, "partner_area" },
    { SAY(FLOW, "x"), SAY(FLOW, "IMPORT"), BAD_FLOW, "flow" },
    { SAY(COMMODITY, "x"), SAY(COMMODITY, "87"), BAD_COMMODITY, "commodity" },
    { SAY(SCOPE, "x"), SAY(SCOPE, "PART"), BAD_SCOPE, "scope" },
    { SAY(CURRENCY, "x"), SAY(CURRENCY, "CNY"), BAD_CURRENCY, "currency" },
    { SAY(VALUE, "x"), SAY(VALUE, "1"), BAD_VALUE, "value" },
    { SAY(UNIT, "x"), SAY(UNIT, "TNE"), BAD_UNIT, "unit" },
    { SAY(QUANTITY, "x"), SAY(QUANTITY, "1"), BAD_QUANTITY, "quantity" },
    { MISTYPED(OCCURRED_AT), SAY(OCCURRED_AT, "x"), BAD_FIELD, "occurred_at" },
    { MISTYPED(PERIOD_START), OUT(PERIOD_START), BAD_FIELD, "period_start" },
    { MISTYPED(PERIOD_END), OUT(PERIOD_END), BAD_FIELD, "period_end" },
    { OUT(BASIS), SAY(OCCURRED_AT, "2023-10-24T00:00:00Z"), BAD_TIME, "occurred_at" },
    { LONG(TITLE, 1025), SAY(TITLE, "t"), BAD_TEXT, "title" },
    { LONG(GROWTH, 1025), SAY(GROWTH, "g"), BAD_TEXT, "growth" },
    { MISTYPED(SOURCE), NAME("n"), BAD_FIELD, "source" },
    { MISTYPED(ATTRIBUTES), EXTRAS(0), BAD_FIELD, "attributes" },
};

static const struct turn agreement_turns[] = {
    { MISTYPED(ID), SAY(ID, "a"), BAD_FIELD, "id" },
    { SAY(BOUND, "x"), SAY(BOUND, "ABOUT"), BAD_BOUND, "bound" },
    { SAY(STATUS, "x"), SAY(STATUS, "PLANNED"), BAD_STATUS, "status" },
    { SAY(KIND, "x"), SAY(KIND, "MOU"), BAD_KIND, "kind" },
    { LIST(PROVINCES, "x"), MANY(PROVINCES, 35), BAD_PROVINCE, "provinces" },
    { LIST(PARTNERS, "x"), MANY(PARTNERS, 64), BAD_PARTNER, "partners" },
    { LIST(AREAS, "x"), MANY(AREAS, 2), BAD_AREA, "areas" },
    { LIST(PARTIES, "x x"), LIST(PARTIES, "x"), BAD_TEXT, "parties" },
    { LIST(SECTORS, "X"), LIST(SECTORS, "x"), BAD_SECTOR, "sectors" },
    { SAY(CURRENCY, "x"), SAY(CURRENCY, "CNY"), BAD_CURRENCY, "currency" },
    { SAY(VALUE, "x"), SAY(VALUE, "1"), BAD_VALUE, "value" },
    { SAY(SIGNED_ON, "x"), SAY(SIGNED_ON, "2023-10-24"), BAD_TIME, "signed_on" },
    { OUT(TITLE), MANY(PARTNERS, 1), TOO_LARGE, "provinces" },
    { LONG(TITLE, 1025), SAY(TITLE, "t"), BAD_TEXT, "title" },
    { NAME_LONG(129), NAME("n"), BAD_TEXT, "source.name" },
    { URL_LONG(2049), URL_LONG(1), BAD_TEXT, "source.url" },
    { EXTRA("=x"), EXTRAS(0), BAD_TEXT, "attributes" },
};
/* clang-format on */

static void
walk(enum base base, const struct turn *turns, int count)
{
    struct why why = { "", "" };

    draft_base(&draft, base);
    for (int i = 0; i < count; i++)
        draft_edit(&draft, &turns[i].broken);
    for (int i = 0; i < count; i++) {
        ck_assert_str_eq(fault_name(record_settle(&draft, &record, &why)),
                         fault_name(turns[i].fault));
        ck_assert_str_eq(why.field, turns[i].field);
        draft_edit(&draft, &turns[i].mended);
    }
    ck_assert_int_eq(record_settle(&draft, &record, &why), FAULT_NONE);
}

START_TEST(the_first_fault_in_the_order_of_judging_decides)
{
    walk(TRANSACTION, trade_turns, ROWS(trade_turns));
    walk(AGREEMENT, agreement_turns, ROWS(agreement_turns));
}
END_TEST

START_TEST(a_new_draft_is_empty_and_says_what_it_lacks)
{
    struct why why = { "", "" };

    draft_base(&draft, AGREEMENT);
    draft_reset(&draft, RECORD_TRADE);
    ck_assert_int_eq(record_settle(&draft, &record, &why), BAD_BASIS);
    for (int i = 0; i < FIELD_COUNT; i++)
        ck_assert_int_eq(draft.state[i], FIELD_ABSENT);
    draft_reset(&draft, RECORD_AGREEMENT);
    ck_assert_int_eq(record_settle(&draft, &record, &why), BAD_KIND);
}
END_TEST

START_TEST(what_a_transaction_states_is_in_the_record)
{
    static const struct row row = {
        TRANSACTION,
        { SAY(QUANTITY, "1.5"), SAY(UNIT, "TNE"), SAY(COMMODITY, "8703"), INTEGER(VERSION, 9) },
        FAULT_NONE,
        "",
    };
    struct why why = { "", "" };

    ck_assert_int_eq(settle(&row, &why), FAULT_NONE);
    ck_assert_int_eq(record.type, RECORD_TRADE);
    ck_assert(!record.id_derived_wanted && text_equal(record.id, TEXT_LITERAL("a:1")));
    ck_assert_int_eq(record.version, 9);
    ck_assert_int_eq(record.grade, GRADE_PRESS);
    ck_assert_int_eq(record.bound, BOUND_EXACT);
    ck_assert_int_eq(record.status, TRADE_ACTIVE);
    ck_assert_int_eq(record.basis, BASIS_TRANSACTION);
    ck_assert_int_eq(record.scope, SCOPE_WHOLE); /* a transaction's commodity is no part */
    ck_assert_int_eq(record.flow, FLOW_EXPORT);
    ck_assert_int_eq(record.kind, -1);
    ck_assert_int_eq(record.province, PROVINCE_LN);
    ck_assert_int_eq(record.partner, PARTNER_RU);
    ck_assert_int_eq(record.currency, CURRENCY_CNY);
    ck_assert_int_eq(record.minor, 4264);
    ck_assert_int_eq(record.milli, 1500);
    ck_assert(text_equal(record.unit, TEXT_LITERAL("TNE")));
    ck_assert_ptr_null(record.province_area.at);
    ck_assert_int_eq(record.at_ms, INT64_C(1698163200000));
    ck_assert_int_eq(record.day, 19655); /* midnight in China */
    ck_assert_int_eq(record.province_count + record.partner_count + record.areas.count, 0);
    ck_assert_int_eq(record_kind(&record), 'T');
}
END_TEST

START_TEST(an_agreement_is_sorted_and_owes_nothing_to_trade)
{
    static const struct row row = {
        AGREEMENT,
        { LIST(PARTNERS, "US RU"), LIST(SECTORS, "timber oil"), LIST(AREAS, "RU-BU 370300"),
          SAY(STATUS, "PLANNED") },
        FAULT_NONE,
        "",
    };
    struct why why = { "", "" };

    ck_assert_int_eq(settle(&row, &why), FAULT_NONE);
    ck_assert_int_eq(record.province_count, 2);
    ck_assert_int_eq(record.provinces[0], PROVINCE_HL);
    ck_assert_int_eq(record.provinces[1], PROVINCE_LN);
    ck_assert_int_eq(record.partners[0], PARTNER_RU);
    ck_assert_int_eq(record.partners[1], PARTNER_US);
    ck_assert(text_equal(record.sectors.items[0], TEXT_LITERAL("oil")));
    ck_assert(text_equal(record.areas.items[0], TEXT_LITERAL("370300")));
    ck_assert_int_eq(record.parties.count, 0);
    ck_assert_int_eq(record.currency, -1);
    ck_assert_int_eq(record.basis, -1);
    ck_assert_int_eq(record.flow, -1);
    ck_assert_int_eq(record.scope, -1);
    ck_assert_int_eq(record.province, -1);
    ck_assert_ptr_null(record.unit.at);
    ck_assert_int_eq(record_kind(&record), 'A');
}
END_TEST

/* What the version is when none is given, and what the scope is. */
/* clang-format off */
static const struct {
    struct row row;
    int64_t version;
    int scope;
} worked_out[] = {
    { { TRANSACTION, { SAY(COMMODITY, "87") }, FAULT_NONE, "" }, 0, SCOPE_WHOLE },
    { { TRANSACTION, { SAY(PUBLISHED_AT, "1970-01-01T00:00:01Z") }, FAULT_NONE, "" },
      1000, SCOPE_WHOLE },
    { { TRANSACTION, { SAY(PUBLISHED_AT, "1969-12-31T00:00:00Z") }, FAULT_NONE, "" },
      0, SCOPE_WHOLE },
    { { TRANSACTION, { INTEGER(VERSION, 0), SAY(PUBLISHED_AT, "1970-01-01T00:00:01Z") },
        FAULT_NONE, "" }, 0, SCOPE_WHOLE },
    { { STATISTIC, { INTEGER(VERSION, 7) }, FAULT_NONE, "" }, 7, SCOPE_WHOLE },
    { { STATISTIC, { SAY(COMMODITY, "87") }, FAULT_NONE, "" }, 0, SCOPE_PART },
    { { STATISTIC, { SAY(PROVINCE_AREA, "370300") }, FAULT_NONE, "" }, 0, SCOPE_PART },
    { { STATISTIC, { SAY(PARTNER_AREA, "RU-BU") }, FAULT_NONE, "" }, 0, SCOPE_PART },
    { { STATISTIC, { SAY(COMMODITY, "87"), SYMBOL(SCOPE, SCOPE_PART) }, FAULT_NONE, "" },
      0, SCOPE_PART },
    { { STATISTIC, { SYMBOL(SCOPE, SCOPE_PART) }, FAULT_NONE, "" }, 0, SCOPE_PART },
    { { TRANSACTION, { SAY(COMMODITY, "87"), SYMBOL(SCOPE, SCOPE_WHOLE) }, FAULT_NONE, "" },
      0, SCOPE_WHOLE },
};
/* clang-format on */

START_TEST(what_is_left_out_is_worked_out)
{
    struct why why = { "", "" };

    ck_assert_int_eq(settle(&worked_out[_i].row, &why), FAULT_NONE);
    ck_assert_int_eq(record.version, worked_out[_i].version);
    ck_assert_int_eq(record.scope, worked_out[_i].scope);
}
END_TEST

START_TEST(extras_keep_their_order_and_null_ones_are_left_out)
{
    static const struct row row = {
        TRANSACTION, { EXTRA("z=1"), EXTRA("null"), EXTRA("a="), EXTRA("m=2") }, FAULT_NONE, ""
    };
    struct why why = { "", "" };

    ck_assert_int_eq(settle(&row, &why), FAULT_NONE);
    ck_assert_int_eq(draft.attribute_count, 3);
    ck_assert(text_equal(draft.attributes[0].name, TEXT_LITERAL("z")));
    ck_assert(text_equal(draft.attributes[1].name, TEXT_LITERAL("a")));
    ck_assert(text_equal(draft.attributes[1].value, TEXT_LITERAL("")));
    ck_assert(text_equal(draft.attributes[2].value, TEXT_LITERAL("2")));
}
END_TEST

static Suite *
record_suite(void)
{
    Suite *suite = suite_create("record");
    TCase *tcase = tcase_create("record");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, a_bad_draft_is_refused_by_name_and_field, 0, ROWS(refusals));
    tcase_add_loop_test(tcase, a_sentence_says_what_was_found_and_nothing_that_harms_a_terminal, 0,
                        ROWS(refusals));
    tcase_add_loop_test(tcase, a_good_draft_is_a_record, 0, ROWS(good));
    tcase_add_test(tcase, every_refusal_of_a_field_has_a_row);
    tcase_add_loop_test(tcase, a_sentence_reads_well, 0, ROWS(sentences));
    tcase_add_test(tcase, the_first_fault_in_the_order_of_judging_decides);
    tcase_add_test(tcase, a_new_draft_is_empty_and_says_what_it_lacks);
    tcase_add_test(tcase, what_a_transaction_states_is_in_the_record);
    tcase_add_test(tcase, an_agreement_is_sorted_and_owes_nothing_to_trade);
    tcase_add_loop_test(tcase, what_is_left_out_is_worked_out, 0, ROWS(worked_out));
    tcase_add_test(tcase, extras_keep_their_order_and_null_ones_are_left_out);
    return suite;
}

int
main(void)
{
    SRunner *runner = srunner_create(record_suite());
    int failed;

    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
