/* Which records are kept of all that were told about one identity, in whatever
 * order they came. */
#include <check.h>
#include <stdlib.h>

#include "tests/unit/figures.h"

enum { ENTRY_ROOM = 8 * ITEM_BYTES_MOST };

#define COUNT(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))

/* ---- entries ---------------------------------------------------------------------- */

struct run {
    uint8_t bytes[ENTRY_ROOM];
    size_t size;
};

enum { ALL_ROLES = 0xFFFF };

static uint16_t
offer_item(struct run *run, const uint8_t *item, size_t size)
{
    static uint8_t out[ENTRY_ROOM];
    size_t after;
    uint16_t won;
    bool changed;

    after = entry_take(run->bytes, run->size, item, size, out, &changed, &won);
    ck_assert_int_eq(changed, won != 0);
    ck_assert_int_eq(won & ~item_mask(item), 0);
    if (!changed) {
        ck_assert_uint_eq(after, run->size);
        return won;
    }
    ck_assert_uint_le(after, run->size + size);
    ck_assert(entry_is_sane(out, after));
    memcpy(run->bytes, out, after);
    run->size = after;
    return won;
}

/* Offer a record, for some of its roles; which of them it got. */
static uint16_t
offer(struct run *run, const struct record *r, int roles)
{
    uint8_t item[ITEM_BYTES_MOST];
    size_t size = item_pack(r, item);

    item_set_mask(item, item_mask(item) & (uint16_t)roles);
    return offer_item(run, item, size);
}

/* Heap's algorithm: the next order of `count` numbers; false after the last.
 * turns are 0 at first. */
enum { ORDER_MOST = 8 };
struct orders {
    int order[ORDER_MOST], turns[ORDER_MOST], count;
};

static struct orders
orders_of(int count)
{
    struct orders o = { .count = count };

    for (int i = 0; i < count; i++)
        o.order[i] = i;
    return o;
}

static bool
next_order(struct orders *o)
{
    for (int k = 0; k < o->count; k++) {
        int other = k % 2 == 0 ? 0 : o->turns[k], kept;

        if (o->turns[k] >= k) {
            o->turns[k] = 0;
            continue;
        }
        kept = o->order[other];
        o->order[other] = o->order[k];
        o->order[k] = kept;
        o->turns[k]++;
        return true;
    }
    return false;
}

/* "190000:SLH": an amount, and the roles of its item; of a retraction "-5:SLHR".
 * A quantity follows after a slash. */
static void
write_roles(struct text_buffer *b, uint16_t mask, int slot)
{
    static const char letters[] = "SFLHR"; /* stands, finest, low, high, retracts */

    for (int role = 0; role < ROLE_COUNT; role++)
        if ((mask & entry_role(slot, (enum role)role)) != 0)
            text_put_char(b, letters[role]);
}

static void
write_run(const struct run *run, char *out, size_t room)
{
    struct text_buffer b = { .at = out, .size = room - 1 };

    for (size_t i = 0; i < run->size; i += item_bytes(run->bytes + i, run->size - i)) {
        char amount[32];
        struct record r;
        uint16_t mask;

        ck_assert(item_unpack(run->bytes + i, run->size - i, &r, &mask));
        if (i > 0)
            text_put_char(&b, ' ');
        (void)snprintf(amount, sizeof amount,
                       "%s%jd:", r.type == RECORD_TRADE && r.status == TRADE_RETRACTED ? "-" : "",
                       (intmax_t)r.minor);
        text_put(&b, text_of(amount));
        write_roles(&b, mask, SLOT_VALUE);
        if (r.unit.at == NULL)
            continue;
        text_put_char(&b, '/');
        write_roles(&b, mask, SLOT_QUANTITY);
    }
    ck_assert(!b.full);
    out[b.length] = '\0';
}

/* The items of a run, in every order and each with the roles that it has, make
 * the same run: a compacted journal is one of these orders. */
static void
expect_compacted(const struct run *run)
{
    static struct run again;
    const uint8_t *items[ORDER_MOST];
    size_t sizes[ORDER_MOST];
    int count = 0;
    struct orders orders;

    for (size_t i = 0; i < run->size; i += sizes[count++]) {
        ck_assert_int_lt(count, ORDER_MOST);
        items[count] = run->bytes + i;
        sizes[count] = item_bytes(run->bytes + i, run->size - i);
    }
    orders = orders_of(count);
    do {
        again.size = 0;
        for (int i = 0; i < count; i++)
            ck_assert_int_eq(offer_item(&again, items[orders.order[i]], sizes[orders.order[i]]),
                             item_mask(items[orders.order[i]]));
        ck_assert_uint_eq(again.size, run->size);
        ck_assert_mem_eq(again.bytes, run->bytes, run->size);
    } while (next_order(&orders));
}

/* ---- the roles of one slot -------------------------------------------------------- */

#define FACT BASIS_TRANSACTION
#define FIGURE BASIS_STATISTIC
#define SAYS(version, minor) { GRADE_PRESS, version, TRADE_ACTIVE, BOUND_EXACT, minor }
#define SAYS_OF(grade, version, minor) { GRADE_##grade, version, TRADE_ACTIVE, BOUND_EXACT, minor }
#define BOUNDED(how, version, minor) { GRADE_PRESS, version, TRADE_ACTIVE, BOUND_##how, minor }
#define RETRACTS(version, minor) { GRADE_PRESS, version, TRADE_RETRACTED, BOUND_EXACT, minor }
#define RETRACTS_OF(grade, version, minor)                                                         \
    { GRADE_##grade, version, TRADE_RETRACTED, BOUND_EXACT, minor }

/* In whatever order these are told, that is what is kept. */
static const struct {
    const char *name;
    int basis;
    struct {
        int grade, version, status, bound;
        int64_t minor;
    } told[4];
    int count;
    const char *kept;
} roles[] = {
    { "a fact stands alone", FACT, { SAYS(1, 5) }, 1, "5:SH" },
    { "of two facts the later version", FACT, { SAYS(1, 6), SAYS(2, 5) }, 2, "5:SH" },
    { "of two facts the higher grade",
      FACT,
      { SAYS_OF(FLASH, 1, 5), SAYS_OF(PRESS, 2, 6) },
      2,
      "5:SH" },
    { "of two facts of equal authority the greater, and the other is not forgotten",
      FACT,
      { SAYS(1, 5), SAYS(1, 6) },
      2,
      "5:H 6:S" },
    { "of three the greatest and the least",
      FACT,
      { SAYS(1, 5), SAYS(1, 6), SAYS(1, 7) },
      3,
      "5:H 7:S" },
    { "a retraction is greater than what it retracts",
      FACT,
      { SAYS(1, 5), RETRACTS(1, 1) },
      2,
      "5:H -1:S" },
    { "and less than a later version", FACT, { SAYS(2, 5), RETRACTS(1, 9) }, 2, "5:SH" },
    { "of a fact with another bound the greater bound",
      FACT,
      { SAYS(1, 5), BOUNDED(AT_LEAST, 1, 5) },
      2,
      "5:H 5:S" },

    { "an exact figure has every role but one", FIGURE, { SAYS(1, 5) }, 1, "5:SFLH" },
    { "an about is not the finest", FIGURE, { BOUNDED(ABOUT, 1, 5) }, 1, "5:SLH" },
    { "an at least is not the finest", FIGURE, { BOUNDED(AT_LEAST, 1, 5) }, 1, "5:SLH" },
    { "a retraction retracts and is not the finest", FIGURE, { RETRACTS(1, 5) }, 1, "-5:SLHR" },
    { "a later version that says the same", FIGURE, { SAYS(1, 5), SAYS(2, 5) }, 2, "5:SFLH" },

    { "a later version that is vaguer leaves the finer one",
      FIGURE,
      { SAYS(1, 190271), SAYS(2, 190000) },
      2,
      "190271:F 190000:SLH" },
    { "a later version that is finer takes all",
      FIGURE,
      { SAYS(1, 190000), SAYS(2, 190271) },
      2,
      "190271:SFLH" },
    { "the finest of three, not the later of them",
      FIGURE,
      { SAYS(1, 190271), SAYS(2, 190300), SAYS(3, 190000) },
      3,
      "190271:F 190000:SLH" },
    { "of two as fine the later",
      FIGURE,
      { SAYS(1, 190271), SAYS(2, 190269), SAYS(3, 190000) },
      3,
      "190269:F 190000:SLH" },
    { "a finest one that says something else is kept, too",
      FIGURE,
      { SAYS(1, 7), SAYS(2, 190000) },
      2,
      "7:F 190000:SLH" },
    { "the finest of a lower grade is let go",
      FIGURE,
      { SAYS_OF(PRESS, 9, 190271), SAYS_OF(FLASH, 1, 190000) },
      2,
      "190000:SFLH" },
    { "even where the higher grade has none",
      FIGURE,
      { SAYS_OF(PRESS, 9, 190271), { GRADE_FLASH, 1, TRADE_ACTIVE, BOUND_AT_LEAST, 190000 } },
      2,
      "190000:SLH" },
    { "the finest beside an at least of its grade",
      FIGURE,
      { SAYS(1, 190271), BOUNDED(AT_LEAST, 2, 190000) },
      2,
      "190271:F 190000:SLH" },

    { "of equal authority the ends of what all may mean",
      FIGURE,
      { SAYS(1, 100001), SAYS(1, 90001) },
      2,
      "90001:H 100001:SFL" },
    { "of three the one between them is let go",
      FIGURE,
      { SAYS(1, 100001), SAYS(1, 95001), SAYS(1, 90001) },
      3,
      "90001:H 100001:SFL" },
    { "a vaguer one of equal authority has no end",
      FIGURE,
      { SAYS(1, 190271), SAYS(1, 190000) },
      2,
      "190271:SFLH" },
    { "a vaguer one that stands, since it is greater",
      FIGURE,
      { SAYS(1, 189500), SAYS(1, 190000) },
      2,
      "190000:S 189500:FLH" },
    { "of equal ends the one of the higher rank",
      FIGURE,
      { BOUNDED(AT_MOST, 1, 7), SAYS(1, 7) },
      2,
      "7:F 7:SLH" },
    { "an at least and an exact one below it",
      FIGURE,
      { BOUNDED(AT_LEAST, 1, 100), SAYS(1, 90) },
      2,
      "90:FH 100:SL" },
    { "ends are of the highest version alone",
      FIGURE,
      { SAYS(2, 95001), SAYS(1, 100001), SAYS(1, 90001) },
      3,
      "95001:SFLH" },
    { "and of the highest grade",
      FIGURE,
      { SAYS_OF(FINAL, 1, 95001), SAYS(2, 100001), SAYS(2, 90001) },
      3,
      "95001:SFLH" },

    { "a retracted figure is still the finest",
      FIGURE,
      { SAYS(1, 5), RETRACTS(2, 5) },
      2,
      "5:F -5:SLHR" },
    { "the highest of two retractions",
      FIGURE,
      { RETRACTS(2, 5), RETRACTS(4, 6), SAYS(3, 7) },
      3,
      "7:F -6:SLHR" },
    { "a retraction that is no longer the last word",
      FIGURE,
      { SAYS(1, 5), RETRACTS(2, 5), SAYS(3, 6) },
      3,
      "6:SFLH -5:R" },
    { "a finest that is older than the retraction stays, for nothing else may come back",
      FIGURE,
      { SAYS(1, 190271), RETRACTS(2, 190271), SAYS(3, 190000) },
      3,
      "190271:F 190000:SLH -190271:R" },
    { "a retraction of a lower grade is let go",
      FIGURE,
      { RETRACTS(9, 5), SAYS_OF(FLASH, 1, 6) },
      2,
      "6:SFLH" },
    { "and the retraction of a lower grade beside one of a higher",
      FIGURE,
      { RETRACTS(9, 5), RETRACTS_OF(FLASH, 1, 6), SAYS(3, 7) },
      3,
      "-6:SLHR" },
    { "a retraction of equal authority is the greater",
      FIGURE,
      { SAYS(1, 7), RETRACTS(1, 5) },
      2,
      "7:FL -5:SHR" },
    { "four records share the roles",
      FIGURE,
      { SAYS(1, 190271), RETRACTS(2, 1), SAYS(3, 190000), SAYS(3, 150000) },
      4,
      "190271:F 190000:SL 150000:H -1:R" },
};

static struct record
told_record(int row, int i)
{
    struct record r = trade(roles[row].basis, roles[row].told[i].version, roles[row].told[i].minor);

    r.grade = (int8_t)roles[row].told[i].grade;
    r.status = (int8_t)roles[row].told[i].status;
    r.bound = (int8_t)roles[row].told[i].bound;
    return r;
}

START_TEST(each_role_is_of_the_record_that_fits_it_best_in_whatever_order_they_came)
{
    struct orders orders = orders_of(roles[_i].count);

    do {
        static struct run run;
        char kept[200];

        run.size = 0;
        for (int i = 0; i < roles[_i].count; i++) {
            struct record r = told_record(_i, orders.order[i]);

            (void)offer(&run, &r, ALL_ROLES);
        }
        write_run(&run, kept, sizeof kept);
        ck_assert_msg(strcmp(kept, roles[_i].kept) == 0, "%s: %s", roles[_i].name, kept);
        /* Once more, they change nothing. */
        for (int i = 0; i < roles[_i].count; i++) {
            struct record r = told_record(_i, i);

            ck_assert_int_eq(offer(&run, &r, ALL_ROLES), 0);
        }
        expect_compacted(&run);
    } while (next_order(&orders));
}
END_TEST

/* ---- both slots, and others beside them ---------------------------------------------- */

static struct record
figure(int version, int from, int currency, const char *unit)
{
    struct record r = trade(BASIS_STATISTIC, version, 1001);

    r.from = 19700 + from;
    r.currency = (int16_t)currency;
    r.minor = currency < 0 ? 0 : r.minor;
    r.unit = text_of(unit);
    r.milli = unit == NULL ? 0 : 2001;
    return r;
}

#define VALUE_ROLES                                                                                \
    (entry_role(SLOT_VALUE, ROLE_STANDS) | entry_role(SLOT_VALUE, ROLE_FINEST) |                   \
     entry_role(SLOT_VALUE, ROLE_FROM) | entry_role(SLOT_VALUE, ROLE_TO))
#define QUANTITY_ROLES (VALUE_ROLES << ROLE_COUNT)

/* Each is offered what is kept of the ones before it. */
static const struct {
    int version, from, currency;
    const char *unit;
    int flow;
    bool for_value, for_quantity; /* what it asks for */
    bool won_value, won_quantity;
    int items;
} figures[] = {
    { 2, 0, CURRENCY_CNY, "TNE", FLOW_EXPORT, true, true, true, true, 1 },
    { 2, 0, CURRENCY_CNY, "TNE", FLOW_EXPORT, true, true, false, false, 1 },
    { 1, 0, CURRENCY_CNY, "TNE", FLOW_EXPORT, true, true, false, false, 1 },
    { 3, 0, CURRENCY_CNY, NULL, FLOW_EXPORT, true, true, true, false, 2 },
    { 1, 0, CURRENCY_USD, NULL, FLOW_EXPORT, true, true, true, false, 3 },
    { 1, 5, CURRENCY_CNY, NULL, FLOW_EXPORT, true, true, true, false, 4 },
    { 4, 0, CURRENCY_CNY, "KGM", FLOW_EXPORT, true, true, true, true, 4 },
    /* Asks for one slot, then for the other: one item has both. */
    { 5, 0, CURRENCY_USD, "TNE", FLOW_EXPORT, false, true, false, true, 4 },
    { 5, 0, CURRENCY_USD, "TNE", FLOW_EXPORT, true, false, true, false, 3 },
    { 5, 0, CURRENCY_USD, "TNE", FLOW_EXPORT, true, true, false, false, 3 },
    { 4, 0, CURRENCY_USD, "2N", FLOW_EXPORT, true, true, false, true, 4 },
    /* Other flows and longer periods are other slots. */
    { 1, 0, CURRENCY_USD, "TNE", FLOW_IMPORT, true, true, true, true, 5 },
    { 9, 0, CURRENCY_USD, "TNE", FLOW_TOTAL, true, true, true, true, 6 },
    { 2, 0, CURRENCY_USD, "TNE", FLOW_IMPORT, true, true, true, true, 6 },
    { 9, 0, CURRENCY_CNY, "TNE", FLOW_EXPORT, true, true, true, true, 7 },
};

START_TEST(a_figure_stands_in_the_slots_it_wins)
{
    static struct run run;

    for (int i = 0; i < COUNT(figures); i++) {
        struct record r =
            figure(figures[i].version, figures[i].from, figures[i].currency, figures[i].unit);
        int asked = (figures[i].for_value ? VALUE_ROLES : 0) |
                    (figures[i].for_quantity ? QUANTITY_ROLES : 0);
        int won = (figures[i].won_value ? VALUE_ROLES : 0) |
                  (figures[i].won_quantity ? QUANTITY_ROLES : 0);
        int items = 0;

        r.flow = (int8_t)figures[i].flow;
        ck_assert_msg(offer(&run, &r, asked) == won, "row %d", i);
        for (size_t at = 0; at < run.size; at += item_bytes(run.bytes + at, run.size - at))
            items++;
        ck_assert_msg(items == figures[i].items, "row %d: %d items", i, items);
    }
}
END_TEST

/* One record may be rounded in its value and not in its quantity; each slot
 * goes its own way. */
static const struct {
    const char *name;
    struct {
        int version;
        int64_t minor, milli; /* milli: -1 for none */
    } told[3];
    int count;
    const char *kept;
} slots[] = {
    { "a later one with both", { { 1, 5, 6 }, { 2, 7, 8 } }, 2, "7:SFLH/SFLH" },
    { "a later one with the value alone", { { 1, 5, 6 }, { 2, 7, -1 } }, 2, "7:SFLH 5:/SFLH" },
    { "a later one whose value is vaguer",
      { { 1, 190271, 6 }, { 2, 190000, 7 } },
      2,
      "190271:F/ 190000:SLH/SFLH" },
    { "a later one whose quantity is vaguer",
      { { 1, 5, 190271 }, { 2, 7, 190000 } },
      2,
      "5:/F 7:SFLH/SLH" },
    { "of equal authority the value decides who stands, in both",
      { { 1, 5, 9 }, { 1, 7, 6 } },
      2,
      "5:H/L 7:SFL/SFH" },
    { "equal values, other quantities", { { 1, 5, 9 }, { 1, 5, 6 } }, 2, "5:/H 5:SFLH/SFL" },
    { "three that share the roles",
      { { 1, 190271, 190271 }, { 2, 190000, -1 }, { 2, 180000, 190000 } },
      3,
      "190000:SL 190271:F/F 180000:H/SLH" },
};

START_TEST(each_slot_of_a_record_has_roles_by_itself)
{
    struct orders orders = orders_of(slots[_i].count);

    do {
        static struct run run;
        char kept[200];

        run.size = 0;
        for (int i = 0; i < slots[_i].count; i++) {
            int row = orders.order[i];
            bool has_quantity = slots[_i].told[row].milli >= 0;
            struct record r =
                figure(slots[_i].told[row].version, 0, CURRENCY_CNY, has_quantity ? "TNE" : NULL);

            r.minor = slots[_i].told[row].minor;
            r.milli = has_quantity ? slots[_i].told[row].milli : 0;
            (void)offer(&run, &r, ALL_ROLES);
        }
        write_run(&run, kept, sizeof kept);
        ck_assert_msg(strcmp(kept, slots[_i].kept) == 0, "%s: %s", slots[_i].name, kept);
        expect_compacted(&run);
    } while (next_order(&orders));
}
END_TEST

/* Seven that meet in two flows, two currencies, two units and two periods. */
START_TEST(an_entry_does_not_depend_on_the_order_of_its_records)
{
    static const struct {
        int grade, version, status, bound, from, currency;
        const char *unit;
        int flow;
        int64_t minor, milli;
    } rows[] = {
        { 0, 1, 0, BOUND_EXACT, 0, CURRENCY_CNY, "TNE", FLOW_EXPORT, 190271, 1000 },
        { 0, 2, 0, BOUND_EXACT, 0, CURRENCY_CNY, "TNE", FLOW_EXPORT, 190000, 1001 },
        { 0, 2, 1, BOUND_ABOUT, 0, CURRENCY_CNY, NULL, FLOW_EXPORT, 170000, 0 },
        { 1, 1, 0, BOUND_AT_LEAST, 0, CURRENCY_USD, "TNE", FLOW_EXPORT, 5, 7 },
        { 0, 9, 0, BOUND_EXACT, 0, CURRENCY_USD, "KGM", FLOW_EXPORT, 6, 8 },
        { 0, 1, 0, BOUND_EXACT, 0, CURRENCY_CNY, "TNE", FLOW_IMPORT, 190271, 1000 },
        { 0, 2, 0, BOUND_EXACT, 5, CURRENCY_CNY, "TNE", FLOW_EXPORT, 7, 1 },
    };
    static struct run first, run;
    struct orders orders = orders_of(COUNT(rows));
    int count = 0;

    do {
        run.size = 0;
        for (int i = 0; i < COUNT(rows); i++) {
            int row = orders.order[i];
            struct record r =
                figure(rows[row].version, rows[row].from, rows[row].currency, rows[row].unit);

            r.grade = (int8_t)rows[row].grade;
            r.status = (int8_t)rows[row].status;
            r.bound = (int8_t)rows[row].bound;
            r.flow = (int8_t)rows[row].flow;
            r.minor = rows[row].minor;
            r.milli = rows[row].milli;
            (void)offer(&run, &r, ALL_ROLES);
        }
        if (count++ == 0) {
            first = run;
            expect_compacted(&run);
        }
        ck_assert_uint_eq(run.size, first.size);
        ck_assert_mem_eq(run.bytes, first.bytes, first.size);
    } while (next_order(&orders));
    ck_assert_int_eq(count, 5040);
}
END_TEST

/* ---- where a record lies ----------------------------------------------------------------- */

/* "7 9": the offsets of the items of a run. */
static void
expect_offsets(const struct run *run, const char *want)
{
    char text[64];
    struct text_buffer b = { .at = text, .size = sizeof text - 1 };

    for (size_t i = 0; i < run->size; i += item_bytes(run->bytes + i, run->size - i)) {
        struct item_peek peek;

        ck_assert(item_peek(run->bytes + i, run->size - i, &peek));
        if (i > 0)
            text_put_char(&b, ' ');
        text_put_integer(&b, peek.offset);
    }
    text[b.length] = '\0';
    ck_assert_str_eq(text, want);
}

START_TEST(of_equal_records_the_first_one_is_kept)
{
    static struct run run;
    struct record r = figure(1, 0, CURRENCY_CNY, "TNE");

    r.offset = 700;
    ck_assert_int_eq(offer(&run, &r, VALUE_ROLES), VALUE_ROLES);
    r.offset = 9;
    ck_assert_int_eq(offer(&run, &r, VALUE_ROLES), 0);
    expect_offsets(&run, "700");
    ck_assert_int_eq(offer(&run, &r, ALL_ROLES), QUANTITY_ROLES); /* it is the same one */
    expect_offsets(&run, "700");

    run.size = 0;
    r = trade(BASIS_TRANSACTION, 1, 5);
    r.offset = 700;
    ck_assert_int_ne(offer(&run, &r, ALL_ROLES), 0);
    r.offset = 9;
    ck_assert_int_eq(offer(&run, &r, ALL_ROLES), 0);
    expect_offsets(&run, "700");
}
END_TEST

/* Offsets of any length leave the order to what the items state. */
START_TEST(items_are_sorted_by_what_they_state)
{
    static const int64_t offsets[][3] = { { 1, 2, 3 }, { 3, 2, 1 }, { 1 << 20, 128, 0 } };
    static struct run run;
    char text[200];

    for (int i = 0; i < COUNT(offsets); i++) {
        run.size = 0;
        for (int version = 3; version >= 1; version--) {
            struct record r = trade(BASIS_STATISTIC, version, 0);

            r.minor = version == 1 ? 190271 : version == 2 ? 190300 : 190000;
            r.status = version == 2 ? TRADE_RETRACTED : TRADE_ACTIVE;
            r.offset = offsets[i][version - 1];
            (void)offer(&run, &r, ALL_ROLES);
        }
        write_run(&run, text, sizeof text);
        ck_assert_str_eq(text, "190271:F 190000:SLH -190300:R");
        expect_compacted(&run);
    }
}
END_TEST

/* ---- what is no entry ------------------------------------------------------------------ */

START_TEST(facts_and_figures_do_not_mix)
{
    static struct run run;
    struct record fact = trade(BASIS_TRANSACTION, 9, 1), statistic = figure(1, 0, 0, NULL);

    ck_assert_int_ne(offer(&run, &fact, ALL_ROLES), 0);
    statistic.version = 10;
    ck_assert_int_eq(offer(&run, &statistic, ALL_ROLES), 0);
    run.size = 0;
    ck_assert_int_eq(offer(&run, &statistic, ALL_ROLES), VALUE_ROLES);
    fact.version = 11;
    ck_assert_int_eq(offer(&run, &fact, ALL_ROLES), 0);
}
END_TEST

START_TEST(what_is_cut_short_changes_nothing)
{
    static struct run run;
    static uint8_t out[ENTRY_ROOM];
    struct record r = figure(1, 0, 0, NULL);
    uint8_t item[ITEM_BYTES_MOST];
    size_t size = item_pack(&r, item);
    uint16_t won;
    bool changed;

    (void)offer(&run, &r, ALL_ROLES);
    r.version = 2;
    size = item_pack(&r, item);
    for (size_t cut = 0; cut < size; cut++) {
        ck_assert_uint_eq(entry_take(run.bytes, run.size, item, cut, out, &changed, &won),
                          run.size);
        ck_assert(!changed && won == 0);
    }
    for (size_t cut = 1; cut < run.size; cut++) {
        ck_assert_uint_eq(entry_take(run.bytes, cut, item, size, out, &changed, &won), cut);
        ck_assert(!changed && won == 0);
    }
}
END_TEST

START_TEST(a_run_that_entry_take_never_writes_is_not_sane)
{
    static const int masks[] = {
        0,               /* no role */
        ENTRY_FACT | 2,  /* a figure is no fact */
        2 << ROLE_COUNT, /* it has no quantity */
        2 << 4,          /* it retracts nothing */
        2 | 2 << 4,
        1 << 10,
    };
    struct record early = figure(1, 0, 0, NULL), late = figure(1, 5, 0, NULL);
    struct record fact = trade(BASIS_TRANSACTION, 1, 1);
    static uint8_t run[4 * ITEM_BYTES_MOST];
    size_t size;

    ck_assert(entry_is_sane(run, 0));
    size = item_pack(&early, run);
    size += item_pack(&late, run + size);
    ck_assert(entry_is_sane(run, size));
    ck_assert(!entry_is_sane(run, size - 1));
    for (int i = 0; i < COUNT(masks); i++) {
        item_set_mask(run, (uint16_t)masks[i]);
        ck_assert_msg(!entry_is_sane(run, size), "mask %d", i);
    }
    item_set_mask(run, 2);
    ck_assert(entry_is_sane(run, size));

    size = item_pack(&late, run);
    size += item_pack(&early, run + size);
    ck_assert(!entry_is_sane(run, size));
    size = item_pack(&late, run);
    size += item_pack(&late, run + size);
    ck_assert(!entry_is_sane(run, size));
    size = item_pack(&fact, run);
    ck_assert(entry_is_sane(run, size));
    item_set_mask(run, (uint16_t)(item_mask(run) - ENTRY_FACT));
    ck_assert(!entry_is_sane(run, size));
    item_set_mask(run, ENTRY_FACT);
    ck_assert(!entry_is_sane(run, size));
    size = item_pack(&fact, run);
    size += item_pack(&late, run + size);
    ck_assert(!entry_is_sane(run, size));
    size = item_pack(&early, run);
    size += item_pack(&fact, run + size);
    ck_assert(!entry_is_sane(run, size));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("entry");
    TCase *entries = tcase_create("entries");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, entries);
    tcase_add_loop_test(entries,
                        each_role_is_of_the_record_that_fits_it_best_in_whatever_order_they_came, 0,
                        COUNT(roles));
    tcase_add_test(entries, a_figure_stands_in_the_slots_it_wins);
    tcase_add_loop_test(entries, each_slot_of_a_record_has_roles_by_itself, 0, COUNT(slots));
    tcase_add_test(entries, an_entry_does_not_depend_on_the_order_of_its_records);
    tcase_add_test(entries, of_equal_records_the_first_one_is_kept);
    tcase_add_test(entries, items_are_sorted_by_what_they_state);
    tcase_add_test(entries, facts_and_figures_do_not_mix);
    tcase_add_test(entries, what_is_cut_short_changes_nothing);
    tcase_add_test(entries, a_run_that_entry_take_never_writes_is_not_sane);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
