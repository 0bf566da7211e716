/* parts_told.h - the parts of an entry as lines of text, for tests that say what
 * they should be. */
#ifndef TESTS_UNIT_PARTS_TOLD_H
#define TESTS_UNIT_PARTS_TOLD_H

#include <check.h>
#include <stdlib.h>

#include "ledger/parts.h"

enum { PARTS_MOST = 256, PART_TEXT = 128, ENTRY_ROOM = 48 * ITEM_BYTES_MOST };

struct told {
    char lines[PARTS_MOST][PART_TEXT];
    size_t count;
};

/* "CN-LN RU+ export.CNY 5 on 730 of 31 hs:87".  + spreads to the margins, ~ to
 * that with ALL provinces, = stays; with ! behind the days a moving window holds
 * all of them or none. */
static inline void
tell(void *self, const struct part *part)
{
    struct told *told = self;
    char measure[MEASURE_TEXT], dim[DIM_TEXT];

    ck_assert_uint_lt(told->count, PARTS_MOST);
    ck_assert_int_ne(part->amount, 0);
    measure_write(part->measure, measure);
    dim_write(part->dim, dim);
    (void)snprintf(told->lines[told->count++], PART_TEXT, "%s %s%c %s %jd on %d of %d%s%s%s",
                   scope_code(part->province), partner_code(part->partner), "+~="[part->spread],
                   measure, (intmax_t)part -> amount, part -> day, part -> span,
                   part -> whole ? "!" : "", dim[0] == '\0' ? "" : " ", dim);
}

static inline size_t
times(const char *const *lines, size_t count, const char *line)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++)
        found += strcmp(lines[i], line) == 0;
    return found;
}

/* The parts are exactly those lines, in whatever order. */
static inline void
expect(const char *name, const uint8_t *entry, size_t size, const char *const *want, size_t count)
{
    static struct told told;
    const char *lines[PARTS_MOST];

    told.count = 0;
    ck_assert(entry_parts(entry, size, tell, &told));
    for (size_t i = 0; i < told.count; i++)
        lines[i] = told.lines[i];
    for (size_t i = 0; i < told.count; i++)
        ck_assert_msg(times(want, count, lines[i]) == times(lines, told.count, lines[i]),
                      "%s: %zu times, not %zu: %s", name, times(lines, told.count, lines[i]),
                      times(want, count, lines[i]), lines[i]);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(times(lines, told.count, want[i]) > 0, "%s: missing: %s", name, want[i]);
}
#define EXPECT(entry, size, ...)                                                                   \
    expect("", (entry), (size), (const char *const[]){ __VA_ARGS__ },                              \
           sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static inline struct record
trade(int basis)
{
    return (struct record){ .type = RECORD_TRADE,
                            .basis = (int8_t)basis,
                            .scope = SCOPE_WHOLE,
                            .flow = FLOW_EXPORT,
                            .kind = -1,
                            .province = PROVINCE_LN,
                            .partner = PARTNER_RU,
                            .currency = CURRENCY_CNY,
                            .minor = 5,
                            .from = 730,
                            .day = 730 };
}

/* What an entry is after one more record. */
static inline size_t
add(uint8_t *entry, size_t size, const struct record *r)
{
    static uint8_t out[ENTRY_ROOM];
    uint8_t item[ITEM_BYTES_MOST];
    uint16_t won;
    bool changed;

    ck_assert_uint_lt(size, ENTRY_ROOM - ITEM_BYTES_MOST);
    size = entry_take(entry, size, item, item_pack(r, item), out, &changed, &won);
    if (changed)
        memcpy(entry, out, size);
    return size;
}

/* What the tests of a program make. */
static uint8_t entry[ENTRY_ROOM];

#endif
