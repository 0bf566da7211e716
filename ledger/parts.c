/* parts.c - what an entry adds, and where (ledger/parts.h).
 *
 * Pure: the same entry gives the same parts on every machine and day, since the
 * change to the totals is parts(new) - parts(old), and old was worked out long
 * ago, by another process perhaps (docs/protocol.md, rule 15).  A change of
 * what this file gives needs another PARTS_ALGORITHM.
 *
 *  fact, trade       at once, from its one record
 *  series-year       series.c
 *  fact, agreement   once in every pair, once in each margin
 *
 * A fact is undecided when its entry has a second record: one of the same
 * authority that says something else (ledger/entry.h, TO). */
#include "ledger/parts_inside.h"

enum { AGREEMENT_DIMS_MOST = 1 + 2 * LIST_MOST, DEAL_DIMS_MOST = 4, HS_CHAPTER = 2 };

/* ---- deals -------------------------------------------------------------------- */

/* A WHOLE is in the totals; and everything is in the detail of its chapter and
 * of each area.  A PART that names nothing is a "part". */
static int
deal_dims(const struct record *r, struct dim dims[DEAL_DIMS_MOST])
{
    struct text areas[2];
    int count = 0, named;

    if (r->scope == SCOPE_WHOLE)
        dims[count++] = (struct dim){ .form = DIM_NONE };
    named = count;
    if (r->commodity.at != NULL)
        dims[count++] = (struct dim){ .form = DIM_PLACE, .text = { r->commodity.at, HS_CHAPTER } };
    sort_areas(r, areas);
    for (int i = 0; i < 2; i++)
        if (areas[i].at != NULL)
            dims[count++] = (struct dim){ .form = DIM_PLACE, .areas = { areas[i] } };
    if (count == named && r->scope == SCOPE_PART)
        dims[count++] = (struct dim){ .form = DIM_PART };
    return count;
}

/* One event, whether it is exact and decided, its money and its quantity, on its
 * day. */
static void
deal_parts(const struct record *r, struct receiver *to)
{
    struct dim dims[DEAL_DIMS_MOST];
    int family = FAMILY_DEALS + r->flow;
    struct part part = { .province = r->province,
                         .partner = r->partner,
                         .spread = SPREAD_ALL,
                         .day = r->day,
                         .span = 1,
                         .item = to->item };

    if (r->status != TRADE_ACTIVE)
        return;
    to->dims = dims;
    to->dim_count = deal_dims(r, dims);
    put_amount(to, &part, measure_make(family, MEASURE_EVENTS, 0), 1);
    /* 0 or 1: zero is left out. */
    put_amount(to, &part, measure_make(family, MEASURE_INEXACT, 0), r->bound != BOUND_EXACT);
    put_amount(to, &part, measure_make(family, MEASURE_UNDECIDED, 0), to->is_undecided);
    if (r->currency >= 0)
        put_amount(to, &part, measure_make(family, MEASURE_MONEY, (uint32_t)r->currency), r->minor);
    if (r->unit.at != NULL)
        put_amount(to, &part, measure_make(family, MEASURE_QUANTITY, measure_pack_unit(r->unit)),
                   r->milli);
}

/* ---- agreements -------------------------------------------------------------------- */

/* An agreement is in the totals, and in the detail of each of its sectors and
 * areas. */
static int
agreement_dims(const struct record *r, struct dim dims[AGREEMENT_DIMS_MOST])
{
    int count = 0;

    dims[count++] = (struct dim){ .form = DIM_NONE };
    for (int i = 0; i < r->sectors.count; i++)
        dims[count++] = (struct dim){ .form = DIM_SECTOR, .text = r->sectors.items[i] };
    for (int i = 0; i < r->areas.count; i++)
        dims[count++] = (struct dim){ .form = DIM_PLACE, .areas = { r->areas.items[i] } };
    return count;
}

/* The agreement itself, its kind, whether it is decided, and its money, in one
 * cell. */
static void
agreement_cell(const struct receiver *to, const struct record *r, int province, int partner,
               enum spread spread)
{
    struct part part = { .province = (int16_t)province,
                         .partner = (int16_t)partner,
                         .spread = (uint8_t)spread,
                         .day = r->day,
                         .span = 1,
                         .item = to->item };

    put_amount(to, &part, measure_make(FAMILY_AGREEMENTS, MEASURE_COUNT, 0), 1);
    put_amount(to, &part, measure_make(FAMILY_AGREEMENTS, MEASURE_KIND, (uint32_t)r->kind), 1);
    put_amount(to, &part, measure_make(FAMILY_AGREEMENTS, MEASURE_UNDECIDED, 0), to->is_undecided);
    if (r->currency >= 0)
        put_amount(to, &part, measure_make(FAMILY_AGREEMENTS, MEASURE_MONEY, (uint32_t)r->currency),
                   r->minor);
}

/* Once in every pair, once in each margin; CN adds to no row of ALL. */
static void
agreement_parts(const struct record *r, struct receiver *to)
{
    struct dim dims[AGREEMENT_DIMS_MOST];
    bool has_province = false;

    /* PLANNED is not yet, TERMINATED no longer, RETRACTED never was. */
    if (r->status != AGREEMENT_SIGNED && r->status != AGREEMENT_IN_FORCE &&
        r->status != AGREEMENT_COMPLETED)
        return;
    to->dims = dims;
    to->dim_count = agreement_dims(r, dims);
    /* One pair: the fold spreads it, and the fold can merge it with others of
     * that pair. */
    if (r->province_count == 1 && r->partner_count == 1) {
        agreement_cell(to, r, r->provinces[0], r->partners[0], SPREAD_ALL);
        return;
    }

    /* Several: once in each pair, but once in every margin, whatever the number
     * of pairs.  A margin can't be worked out from the pairs then, so it is
     * named. */
    for (int i = 0; i < r->province_count; i++) {
        has_province = has_province || r->provinces[i] != PROVINCE_CN;
        agreement_cell(to, r, r->provinces[i], PARTNER_ALL, SPREAD_HERE);
        for (int j = 0; j < r->partner_count; j++)
            agreement_cell(to, r, r->provinces[i], r->partners[j], SPREAD_HERE);
    }
    if (!has_province)
        return;
    agreement_cell(to, r, SCOPE_ALL, PARTNER_ALL, SPREAD_HERE);
    for (int j = 0; j < r->partner_count; j++)
        agreement_cell(to, r, SCOPE_ALL, r->partners[j], SPREAD_HERE);
}

/* The item of a fact that stands, unpacked; to->is_undecided: there is another
 * one.  False: not an entry of a fact. */
static bool
fact_standing(const uint8_t *entry, size_t size, struct record *r, struct receiver *to)
{
    bool is_found = false;
    size_t bytes;

    to->is_undecided = false;
    for (size_t i = 0; i < size; i += bytes) {
        uint16_t mask;

        bytes = item_bytes(entry + i, size - i);
        if (bytes == 0 || (item_mask(entry + i) & ENTRY_FACT) == 0)
            return false;
        if ((item_mask(entry + i) & entry_role(SLOT_VALUE, ROLE_STANDS)) == 0) {
            to->is_undecided = true;
            continue;
        }
        if (is_found || !item_unpack(entry + i, bytes, r, &mask))
            return false;
        is_found = true;
        to->item = (uint32_t)i;
    }
    return is_found;
}

bool
entry_parts(const uint8_t *entry, size_t size, part_sink *sink, void *self)
{
    struct receiver to = { .sink = sink, .self = self };
    struct record r;

    /* An identity without an entry adds nothing. */
    if (size == 0)
        return true;
    if (item_bytes(entry, size) == 0)
        return false;
    if ((item_mask(entry) & ENTRY_FACT) == 0)
        return series_parts(entry, size, &to);
    if (!fact_standing(entry, size, &r, &to))
        return false;
    if (r.type == RECORD_AGREEMENT)
        agreement_parts(&r, &to);
    else
        deal_parts(&r, &to);
    return true;
}
