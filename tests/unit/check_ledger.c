#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/ledger.h"

enum { IDENTITIES = 2000, PUTS = 100000, LONGEST = 400, UNIT_BYTES = 4 };

/* What the ledger should hold: of each identity the size and the seed that its
 * bytes are made from. */
struct model {
    size_t size;
    unsigned seed;
};

static uint64_t state;

static uint64_t
draw(uint64_t limit)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % limit;
}

/* Some share their low half, so that they meet in the table; one is zero. */
static struct identity
identity_number(size_t i)
{
    if (i % 40 == 0)
        return (struct identity){ i, 0 };
    return (struct identity){ i * UINT64_C(0x9E3779B97F4A7C15), i * UINT64_C(0xD6E8FEB86659FD93) };
}

static void
fill(uint8_t *at, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i++)
        at[i] = (uint8_t)(seed * 31 + i * 7);
}

static void
put(struct ledger *ledger, struct model *model, size_t i, size_t size)
{
    uint8_t bytes[LONGEST];

    model[i] = (struct model){ size, (unsigned)draw(1000000) };
    fill(bytes, size, model[i].seed);
    ck_assert_int_eq(ledger_put(ledger, identity_number(i), bytes, size, NULL), FAULT_NONE);
}

static void
compare(const struct ledger *ledger, const struct model *model)
{
    size_t count = 0, bytes = 0;

    for (size_t i = 0; i < IDENTITIES; i++) {
        uint8_t wanted[LONGEST];
        size_t size = 77;
        const uint8_t *entry = ledger_find(ledger, identity_number(i), &size);

        ck_assert_uint_eq(size, model[i].size);
        ck_assert_int_eq(entry == NULL, size == 0);
        if (size == 0)
            continue;
        fill(wanted, size, model[i].seed);
        ck_assert_mem_eq(entry, wanted, size);
        count++;
        bytes += (size + UNIT_BYTES - 1) / UNIT_BYTES * UNIT_BYTES;
    }
    ck_assert_uint_eq(ledger_count(ledger), count);
    ck_assert_uint_eq(ledger_entry_bytes(ledger), bytes);
}

static const struct {
    size_t shortest, longest;
} lengths[] = { { 1, 8 }, { 1, LONGEST }, { 30, 40 } };

START_TEST(a_ledger_holds_what_was_put_last)
{
    static struct model model[IDENTITIES];
    struct ledger *ledger = ledger_new();

    state = 88172645463325252U + (uint64_t)_i;
    memset(model, 0, sizeof model);
    ck_assert_ptr_nonnull(ledger);
    compare(ledger, model);
    for (size_t n = 0; n < PUTS; n++) {
        size_t span = lengths[_i].longest - lengths[_i].shortest + 1;
        put(ledger, model, (size_t)draw(IDENTITIES), lengths[_i].shortest + (size_t)draw(span));
        if (n % 20000 == 0 || n < 20)
            compare(ledger, model);
    }
    compare(ledger, model);
    ledger_free(ledger);
}
END_TEST

START_TEST(what_longer_entries_leave_behind_is_swept_up)
{
    static struct model model[IDENTITIES];
    struct ledger *ledger = ledger_new();
    size_t most = 0;

    state = 1;
    memset(model, 0, sizeof model);
    for (int round = 0; round < 40; round++) { /* each entry grows 9 times, then shrinks */
        for (size_t i = 0; i < 500; i++)
            put(ledger, model, i, (size_t)(round % 10 + 1) * 40);
        if (ledger_bytes(ledger) > most)
            most = ledger_bytes(ledger);
    }
    compare(ledger, model);
    /* 500 * 400 bytes live at most; without sweeping 4 MB were written. */
    ck_assert_uint_lt(most, 1000 * 1000);
    ck_assert_uint_ge(ledger_bytes(ledger), ledger_entry_bytes(ledger));
    ledger_free(ledger);
}
END_TEST

START_TEST(a_visit_meets_each_entry_once)
{
    static struct model model[IDENTITIES];
    struct ledger *ledger = ledger_new();
    bool seen[IDENTITIES] = { false };
    size_t cursor = 0, size, met = 0;
    struct identity id;
    const uint8_t *entry;

    memset(model, 0, sizeof model);
    ck_assert(!ledger_next(ledger, &cursor, &id, &entry, &size));
    state = 2;
    for (size_t i = 0; i < IDENTITIES; i += 2)
        put(ledger, model, i, 1 + (size_t)draw(LONGEST));
    for (cursor = 0; ledger_next(ledger, &cursor, &id, &entry, &size); met++) {
        size_t found, i = 0;
        while (i < IDENTITIES &&
               (identity_number(i).high != id.high || identity_number(i).low != id.low))
            i++;
        ck_assert_uint_lt(i, IDENTITIES);
        ck_assert(!seen[i]);
        seen[i] = true;
        ck_assert_uint_eq(size, model[i].size);
        ck_assert_ptr_eq(entry, ledger_find(ledger, id, &found));
    }
    ck_assert_uint_eq(met, IDENTITIES / 2);
    ledger_free(ledger);
}
END_TEST

/* As a compaction does it: puts between two steps. */
START_TEST(a_visit_with_puts_in_between_meets_what_was_there)
{
    static struct model model[IDENTITIES];
    struct ledger *ledger = ledger_new();
    bool seen[IDENTITIES] = { false };
    size_t cursor = 0, size, slots, put_next = 1;
    struct identity id;
    const uint8_t *entry;

    memset(model, 0, sizeof model);
    state = 3;
    for (size_t i = 0; i < IDENTITIES; i += 4)
        put(ledger, model, i, 1 + (size_t)draw(LONGEST));
    slots = ledger_slots(ledger);
    while (ledger_next(ledger, &cursor, &id, &entry, &size)) {
        for (size_t i = 0; i < IDENTITIES; i++)
            seen[i] =
                seen[i] || (identity_number(i).high == id.high && identity_number(i).low == id.low);
        if (put_next < IDENTITIES / 4) { /* some new, some longer */
            put(ledger, model, put_next, LONGEST);
            put(ledger, model, put_next / 4 * 4, LONGEST);
            put_next += 4;
        }
    }
    ck_assert_uint_gt(put_next, 4);
    ck_assert_uint_eq(ledger_slots(ledger), slots); /* else it meets whom it may */
    for (size_t i = 0; i < IDENTITIES; i += 4)
        ck_assert(seen[i]);
    ledger_free(ledger);
}
END_TEST

START_TEST(to_free_none_is_legal)
{
    ledger_free(NULL);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("ledger");
    TCase *tcase = tcase_create("ledger");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, a_ledger_holds_what_was_put_last, 0,
                        (int)(sizeof lengths / sizeof lengths[0]));
    tcase_add_test(tcase, what_longer_entries_leave_behind_is_swept_up);
    tcase_add_test(tcase, a_visit_meets_each_entry_once);
    tcase_add_test(tcase, a_visit_with_puts_in_between_meets_what_was_there);
    tcase_add_test(tcase, to_free_none_is_legal);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
