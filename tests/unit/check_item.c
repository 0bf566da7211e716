/* One record in packed form: read as it was written, in one form alone, and
 * nothing else is read at all. */
#include <check.h>
#include <stdlib.h>

#include "tests/unit/figures.h"

#define COUNT(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))

/* ---- records ------------------------------------------------------------------ */

static struct record
agreement(int version)
{
    struct record r = { .type = RECORD_AGREEMENT,
                        .version = version,
                        .status = AGREEMENT_SIGNED,
                        .basis = -1,
                        .scope = -1,
                        .flow = -1,
                        .province = -1,
                        .partner = -1,
                        .currency = -1,
                        .kind = KIND_OTHER,
                        .from = 19000,
                        .day = 19000,
                        .province_count = 1,
                        .partner_count = 1 };

    r.provinces[0] = PROVINCE_CN;
    r.partners[0] = PARTNER_KZ;
    return r;
}

static void
fill_list(struct item_list *list, int count, size_t length, char letter)
{
    static char rooms[2][LIST_MOST][40];
    char(*room)[40] = rooms[letter == 'z'];

    list->count = (uint16_t)count;
    for (int i = 0; i < count; i++) {
        memset(room[i], letter, length);
        room[i][length - 2] = (char)('0' + i / 10);
        room[i][length - 1] = (char)('0' + i % 10);
        list->items[i] = (struct text){ room[i], length };
    }
}

/* Every shape, with nothing and with everything in it. */
static struct record
sample(int which)
{
    struct record r;

    switch (which) {
    case 0:
        return trade(BASIS_TRANSACTION, 0, 0);
    case 1:
        r = trade(BASIS_TRANSACTION, 7, AMOUNT_LIMIT - 1);
        r.version = (INT64_C(1) << 53) - 1;
        r.offset = INT64_MAX;
        r.grade = GRADE_FINAL;
        r.bound = BOUND_AT_MOST;
        r.status = TRADE_RETRACTED;
        r.scope = SCOPE_PART;
        r.flow = FLOW_TOTAL;
        r.province = PROVINCE_CN;
        r.province_area = TEXT_LITERAL("210200");
        r.partner_area = TEXT_LITERAL("RU-PRI-12345");
        r.commodity = TEXT_LITERAL("8703230001");
        r.unit = TEXT_LITERAL("TNE");
        r.milli = AMOUNT_LIMIT - 1;
        r.from = r.day = DAY_LAST;
        return r;
    case 2:
        r = trade(BASIS_STATISTIC, 3, 128);
        r.offset = 128;
        return r;
    case 3:
        r = trade(BASIS_STATISTIC, 1, 0);
        r.currency = -1;
        r.unit = TEXT_LITERAL("2N");
        r.milli = 16384;
        r.from = r.day = 0;
        return r;
    case 4:
        return agreement(1);
    default:
        r = agreement(2);
        r.province_count = 2;
        r.provinces[1] = PROVINCE_AH;
        r.partner_count = 3;
        r.partners[1] = PARTNER_MN;
        r.partners[2] = PARTNER_RU;
        r.currency = CURRENCY_USD;
        r.minor = 1;
        fill_list(&r.areas, 2, 12, 'A');
        r.sectors.count = 2;
        r.sectors.items[0] = TEXT_LITERAL("a");
        r.sectors.items[1] = TEXT_LITERAL("timber-and-wood");
        return r;
    }
}
enum { SAMPLES = 6 };

/* ---- items ---------------------------------------------------------------------- */

static void
ck_assert_same_text(struct text a, struct text b)
{
    ck_assert_int_eq(a.at == NULL, b.at == NULL);
    ck_assert(text_equal(a, b));
}

static void
ck_assert_same_record(const struct record *a, const struct record *b)
{
    ck_assert_int_eq(a->type, b->type);
    ck_assert_int_eq(a->version, b->version);
    ck_assert_int_eq(a->offset, b->offset);
    ck_assert_int_eq(a->basis, b->basis);
    ck_assert_int_eq(a->grade, b->grade);
    ck_assert_int_eq(a->bound, b->bound);
    ck_assert_int_eq(a->status, b->status);
    ck_assert_int_eq(a->scope, b->scope);
    ck_assert_int_eq(a->flow, b->flow);
    ck_assert_int_eq(a->kind, b->kind);
    ck_assert_int_eq(a->province, b->province);
    ck_assert_int_eq(a->partner, b->partner);
    ck_assert_int_eq(a->currency, b->currency);
    ck_assert_int_eq(a->minor, b->minor);
    ck_assert_int_eq(a->milli, b->milli);
    ck_assert_int_eq(a->from, b->from);
    ck_assert_int_eq(a->day, b->day);
    ck_assert_same_text(a->unit, b->unit);
    ck_assert_same_text(a->province_area, b->province_area);
    ck_assert_same_text(a->partner_area, b->partner_area);
    ck_assert_same_text(a->commodity, b->commodity);
    ck_assert_uint_eq(a->province_count, b->province_count);
    ck_assert_uint_eq(a->partner_count, b->partner_count);
    ck_assert_uint_eq(a->areas.count, b->areas.count);
    ck_assert_uint_eq(a->sectors.count, b->sectors.count);
    ck_assert_int_eq(record_rank_compare(a, b), 0);
}

START_TEST(an_item_is_read_as_it_was_written)
{
    struct record r = sample(_i), again;
    uint8_t item[ITEM_BYTES_MOST];
    uint16_t mask;
    size_t size = item_pack(&r, item);
    struct item_peek peek;

    ck_assert_uint_eq(item_bytes(item, size), size);
    ck_assert(item_unpack(item, size, &again, &mask));
    ck_assert_same_record(&r, &again);
    ck_assert_int_eq(mask, item_mask(item));
    ck_assert(item_peek(item, size, &peek));
    ck_assert_int_eq(peek.mask, mask);
    ck_assert_int_eq(peek.offset, r.offset);
    ck_assert_int_eq(peek.flow, r.type == RECORD_TRADE ? r.flow : 0);
    ck_assert_uint_eq(peek.bytes, size);
    ck_assert_int_eq(peek.grade, r.grade);
    ck_assert_int_eq(peek.version, r.version);
    ck_assert_int_eq(peek.from, r.from);
    ck_assert_int_eq(peek.day, r.day);
}
END_TEST

/* Where a record lies is no part of what it states. */
START_TEST(what_an_item_states_does_not_depend_on_its_offset)
{
    static const int64_t offsets[] = { 0, 1, 127, 128, 16383, 16384, INT64_MAX };
    struct record r = sample(_i);
    uint8_t item[ITEM_BYTES_MOST], other[ITEM_BYTES_MOST];
    struct text stated, same;

    r.offset = 5;
    stated = item_stated(item, item_pack(&r, item));
    for (int i = 0; i < COUNT(offsets); i++) {
        size_t size;

        r.offset = offsets[i];
        size = item_pack(&r, other);
        same = item_stated(other, size);
        ck_assert(text_equal(stated, same));
        ck_assert(same.at + same.length == (const char *)other + size);
        ck_assert_int_eq(item_mask(other), item_mask(item));
    }
    r.version++;
    ck_assert(!text_equal(stated, item_stated(other, item_pack(&r, other))));
}
END_TEST

/* Nor is its version of what it tells: who tells it again has told nothing new. */
START_TEST(what_an_item_tells_does_not_depend_on_its_version)
{
    static const int64_t versions[] = { 0, 1, 127, 128, 16383, 16384, (INT64_C(1) << 53) - 1 };
    struct record r = sample(_i);
    uint8_t item[ITEM_BYTES_MOST], told[ITEM_BYTES_MOST], other[ITEM_BYTES_MOST];
    size_t size;

    size = item_told(item, item_pack(&r, item), told);
    ck_assert_uint_gt(size, 0);
    for (int i = 0; i < COUNT(versions); i++) {
        r.version = versions[i];
        ck_assert_uint_eq(item_told(item, item_pack(&r, item), other), size);
        ck_assert_mem_eq(told, other, size);
    }
    r.grade = (int8_t)((r.grade + 1) % GRADE_COUNT);
    ck_assert_uint_eq(item_told(item, item_pack(&r, item), other), size);
    ck_assert_mem_ne(told, other, size);
}
END_TEST

START_TEST(an_ordinary_event_takes_some_thirty_bytes)
{
    struct record r = trade(BASIS_TRANSACTION, 0, INT64_C(123456789));
    uint8_t item[ITEM_BYTES_MOST];

    r.version = INT64_C(1706601600123); /* of a day in 2024, in ms */
    r.commodity = TEXT_LITERAL("8703");
    r.unit = TEXT_LITERAL("TNE");
    r.milli = 1500;
    ck_assert_uint_le(item_pack(&r, item), 45);
}
END_TEST

static int
by_code(const void *left, const void *right)
{
    return strcmp(partner_code(*(const int16_t *)left), partner_code(*(const int16_t *)right));
}

/* With all groups among its partners, whose codes are longer than those of
 * countries. */
START_TEST(the_largest_agreement_fits)
{
    struct record r = agreement(1), again;
    uint8_t item[ITEM_BYTES_MOST];
    uint16_t mask;
    size_t size;

    r.partner_count = 31; /* times 129 dimensions: 3999 cells */
    for (int i = 0; i < LIST_MOST; i++)
        r.partners[i] = (int16_t)(PARTNER_COUNT - 1 - i);
    qsort(r.partners, 31, sizeof r.partners[0], by_code);
    r.currency = CURRENCY_CNY;
    r.minor = AMOUNT_LIMIT - 1;
    r.version = (INT64_C(1) << 53) - 1;
    r.offset = INT64_MAX;
    fill_list(&r.areas, LIST_MOST, 12, 'Z');
    fill_list(&r.sectors, LIST_MOST, 32, 'z');
    size = item_pack(&r, item);
    ck_assert(item_unpack(item, size, &again, &mask));
    ck_assert_same_record(&r, &again);
    ck_assert_mem_eq(r.partners, again.partners, 31 * sizeof r.partners[0]);
    ck_assert_int_eq(mask, ENTRY_FACT | entry_role(SLOT_VALUE, ROLE_STANDS) |
                               entry_role(SLOT_VALUE, ROLE_TO));

    r.partner_count = 32; /* 4128 cells: no record has so many */
    qsort(r.partners, 32, sizeof r.partners[0], by_code);
    size = item_pack(&r, item);
    ck_assert(!item_unpack(item, size, &again, &mask));

    r.province_count = 1; /* and with as many partners as there may be */
    r.partner_count = LIST_MOST;
    r.areas.count = LIST_MOST - 1;
    r.sectors.count = 0;
    qsort(r.partners, LIST_MOST, sizeof r.partners[0], by_code);
    size = item_pack(&r, item);
    ck_assert(item_unpack(item, size, &again, &mask));
    ck_assert_same_record(&r, &again);
}
END_TEST

/* A code of two letters has no length before it: it would be a second form. */
START_TEST(a_country_with_a_length_before_it_is_refused)
{
    struct record r = trade(BASIS_STATISTIC, 1, 5);
    uint8_t item[ITEM_BYTES_MOST], *code;
    size_t size = item_pack(&r, item);
    uint16_t mask;

    code = memmem(item, size, "RU", 2);
    ck_assert_ptr_nonnull(code);
    memmove(code + 1, code, (size_t)(item + size - code));
    *code = 2;
    item[0]++; /* the length */
    ck_assert_uint_eq(item_bytes(item, size + 1), size + 1);
    ck_assert(!item_unpack(item, size + 1, &r, &mask));
}
END_TEST

/* A code has one form, so that equal bytes mean equal rank. */
START_TEST(every_partner_is_read_as_it_was_written)
{
    struct record r = trade(BASIS_STATISTIC, 1, 5), again;
    uint8_t item[ITEM_BYTES_MOST];
    uint16_t mask;

    for (int partner = 0; partner < PARTNER_COUNT; partner++) {
        size_t size, letters = strlen(partner_code(partner));

        r.partner = (int16_t)partner;
        size = item_pack(&r, item);
        ck_assert(item_unpack(item, size, &again, &mask));
        ck_assert_int_eq(again.partner, partner);
        r.partner = PARTNER_RU;
        ck_assert_uint_eq(size - item_pack(&r, item), letters == 2 ? 0 : letters - 1);
    }
}
END_TEST

START_TEST(a_mask_tells_the_roles_that_a_record_could_have)
{
    static const struct {
        int basis, status, bound, currency;
        const char *unit;
        int value, quantity; /* bits 1 << role */
    } rows[] = {
        { BASIS_STATISTIC, TRADE_ACTIVE, BOUND_EXACT, CURRENCY_CNY, NULL, 15, 0 },
        { BASIS_STATISTIC, TRADE_ACTIVE, BOUND_EXACT, -1, "TNE", 0, 15 },
        { BASIS_STATISTIC, TRADE_ACTIVE, BOUND_EXACT, CURRENCY_CNY, "TNE", 15, 15 },
        { BASIS_STATISTIC, TRADE_ACTIVE, BOUND_ABOUT, CURRENCY_CNY, "TNE", 13, 13 },
        { BASIS_STATISTIC, TRADE_ACTIVE, BOUND_AT_MOST, CURRENCY_CNY, NULL, 13, 0 },
        { BASIS_STATISTIC, TRADE_RETRACTED, BOUND_EXACT, CURRENCY_CNY, NULL, 29, 0 },
        { BASIS_STATISTIC, TRADE_RETRACTED, BOUND_ABOUT, -1, "TNE", 0, 29 },
    };
    uint16_t every = 0;

    for (int i = 0; i < COUNT(rows); i++) {
        struct record r = trade(rows[i].basis, 1, 5);
        uint8_t item[ITEM_BYTES_MOST];
        uint16_t want = 0;

        r.status = (int8_t)rows[i].status;
        r.bound = (int8_t)rows[i].bound;
        r.currency = (int16_t)rows[i].currency;
        r.unit = text_of(rows[i].unit);
        (void)item_pack(&r, item);
        for (int role = 0; role < ROLE_COUNT; role++) {
            if ((rows[i].value & 1 << role) != 0)
                want |= entry_role(SLOT_VALUE, (enum role)role);
            if ((rows[i].quantity & 1 << role) != 0)
                want |= entry_role(SLOT_QUANTITY, (enum role)role);
        }
        ck_assert_msg(item_mask(item) == want, "row %d: %x, not %x", i, item_mask(item), want);
        every |= want;
    }
    ck_assert_int_eq(every, 0x7FE); /* each role of each slot is a bit of its own */
}
END_TEST

/* The mask and the length share a byte. */
START_TEST(a_mask_leaves_the_length_alone)
{
    uint8_t item[ITEM_HEADER];

    for (size_t length = 1; length < 1 << ITEM_LENGTH_BITS; length *= 3)
        for (int mask = 0; mask < 1 << 11; mask++) {
            item[0] = (uint8_t)length;
            item[1] = (uint8_t)(length >> 8);
            item[2] = 0xFF;
            item_set_mask(item, (uint16_t)mask);
            ck_assert_int_eq(item_mask(item), mask);
            ck_assert_uint_eq((size_t)item[0] | (size_t)(item[1] & 31) << 8, length);
        }
    ck_assert_int_ge(1 << ITEM_LENGTH_BITS, ITEM_BYTES_MOST);
}
END_TEST

START_TEST(an_item_that_is_cut_short_is_none)
{
    struct record r = sample(_i);
    uint8_t item[ITEM_BYTES_MOST];
    uint16_t mask;
    size_t size = item_pack(&r, item);

    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *copy = malloc(cut + 1); /* so that reading beyond it is seen */

        ck_assert_ptr_nonnull(copy);
        memcpy(copy, item, cut);
        ck_assert_uint_eq(item_bytes(copy, cut), 0);
        ck_assert(!item_unpack(copy, cut, &r, &mask));
        if (cut > ITEM_HEADER) { /* a record that ends early in its own frame */
            copy[0] = (uint8_t)(cut - ITEM_HEADER);
            copy[1] = (uint8_t)((copy[1] & 0xE0) | (cut - ITEM_HEADER) >> 8);
            ck_assert(!item_unpack(copy, cut, &r, &mask));
        }
        free(copy);
    }
}
END_TEST

/* Whatever a byte is overwritten with: the item is refused, or it is the one
 * form of another record. */
START_TEST(a_damaged_item_is_refused_or_is_another_item)
{
    struct record r = sample(_i);
    uint8_t good[ITEM_BYTES_MOST], again[ITEM_BYTES_MOST];
    uint16_t mask;
    size_t size = item_pack(&r, good);
    uint8_t *item = malloc(size);

    ck_assert_ptr_nonnull(item);
    memcpy(item, good, size);
    for (size_t i = 0; i < size; i++) {
        for (int byte = 0; byte < 256; byte++) {
            item[i] = (uint8_t)byte;
            if (!item_unpack(item, size, &r, &mask))
                continue;
            ck_assert_int_ne(mask, 0);
            ck_assert_uint_eq(item_pack(&r, again), item_bytes(item, size));
            ck_assert_int_eq(mask & ~item_mask(again), 0);
            item_set_mask(again, mask);
            ck_assert_mem_eq(again, item, item_bytes(item, size));
        }
        item[i] = good[i];
    }
    free(item);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("item");
    TCase *items = tcase_create("items");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, items);
    tcase_add_loop_test(items, an_item_is_read_as_it_was_written, 0, SAMPLES);
    tcase_add_loop_test(items, what_an_item_states_does_not_depend_on_its_offset, 0, SAMPLES);
    tcase_add_loop_test(items, what_an_item_tells_does_not_depend_on_its_version, 0, SAMPLES);
    tcase_add_test(items, an_ordinary_event_takes_some_thirty_bytes);
    tcase_add_test(items, the_largest_agreement_fits);
    tcase_add_test(items, a_country_with_a_length_before_it_is_refused);
    tcase_add_test(items, every_partner_is_read_as_it_was_written);
    tcase_add_test(items, a_mask_tells_the_roles_that_a_record_could_have);
    tcase_add_test(items, a_mask_leaves_the_length_alone);
    tcase_add_loop_test(items, an_item_that_is_cut_short_is_none, 0, SAMPLES);
    tcase_add_loop_test(items, a_damaged_item_is_refused_or_is_another_item, 0, SAMPLES);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
