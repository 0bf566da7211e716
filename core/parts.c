/* parts.c - what an entry adds, and where (core/parts.h). */
#include "core/parts.h"

#include <stdlib.h>

#include "core/reconcile.h"

enum { HS_CHAPTER = 2, TRADE_DIMS_MOST = 4, AGREEMENT_DIMS_MOST = 1 + 2 * LIST_MOST };

/* The dimensions of an entry and who is told of its parts. */
struct outlet {
    part_sink *sink;
    void *self;
    const struct dim *dims;
    int dim_count;
};

/* One amount, in every dimension of one cell.  Zero adds nothing. */
static void
put_cell(const struct outlet *outlet, struct part part)
{
    if (part.amount == 0)
        return;
    for (int i = 0; i < outlet->dim_count; i++) {
        part.dim = outlet->dims[i];
        outlet->sink(outlet->self, &part);
    }
}

static uint32_t
money_measure(int family, int currency)
{
    return measure_make(family, MEASURE_MONEY, (uint32_t)currency);
}

static uint32_t
quantity_measure(int family, struct text unit)
{
    return measure_make(family, MEASURE_QUANTITY, measure_pack_unit(unit));
}

/* ---- trade ------------------------------------------------------------------ */

/* A WHOLE is in the totals; and everything is in the detail of what it names.
 * A PART that names nothing is a "part". */
static int
trade_dims(const struct record *r, struct dim dims[TRADE_DIMS_MOST])
{
    int count = 0, named;

    if (r->scope == SCOPE_WHOLE)
        dims[count++] = (struct dim){ .form = DIM_NONE };
    named = count;
    if (r->commodity.at != NULL)
        dims[count++] = (struct dim){ DIM_HS, { r->commodity.at, HS_CHAPTER } };
    if (r->province_area.at != NULL)
        dims[count++] = (struct dim){ DIM_AREA, r->province_area };
    if (r->partner_area.at != NULL &&
        (r->province_area.at == NULL || !text_equal(r->province_area, r->partner_area)))
        dims[count++] = (struct dim){ DIM_AREA, r->partner_area };
    if (count == named && r->scope == SCOPE_PART)
        dims[count++] = (struct dim){ .form = DIM_PART };
    return count;
}

static struct part
trade_part(const struct record *r, int32_t day, int32_t span)
{
    return (struct part){ .province = r->province,
                          .partner = r->partner,
                          .spread = SPREAD_ALL,
                          .day = day,
                          .span = (int16_t)span };
}

static void
put_amount(const struct outlet *outlet, struct part part, uint32_t measure, int64_t amount)
{
    part.measure = measure;
    part.amount = amount;
    put_cell(outlet, part);
}

static void
transaction_parts(const struct record *r, struct outlet *outlet)
{
    struct dim dims[TRADE_DIMS_MOST];
    struct part part = trade_part(r, r->day, 1);

    if (r->status != TRADE_ACTIVE)
        return;
    outlet->dims = dims;
    outlet->dim_count = trade_dims(r, dims);
    put_amount(outlet, part, measure_make(r->flow, MEASURE_EVENTS, 0), 1);
    put_amount(outlet, part, measure_make(r->flow, MEASURE_INEXACT, 0), r->bound != BOUND_EXACT);
    if (r->currency >= 0)
        put_amount(outlet, part, money_measure(r->flow, r->currency), r->minor);
    if (r->unit.at != NULL)
        put_amount(outlet, part, quantity_measure(r->flow, r->unit), r->milli);
}

/* ---- statistics ----------------------------------------------------------------- */

enum { SLOTS_FEW = 48 }; /* these use no heap: 24 records with value and quantity */

/* A record that stands, as far as its counts need it. */
struct stand {
    int32_t from, day;
    bool is_exact, is_contradicted;
};

/* A slot of the entry: a figure, of which record, in which measure. */
struct slot {
    struct figure figure;
    uint32_t measure;
    uint32_t stand;
};

struct bench {
    struct stand *stands;
    struct slot *slots;
    struct figure *figures;       /* those of one measure */
    struct increment *increments; /* two for each */
    size_t stand_count, slot_count;
    bool is_ordered;      /* slots by measure, which most series have one of */
    struct record series; /* one of them, for all that they have in common */
};

/* The order of periods doesn't matter; it only makes equal inputs equal. */
static int
compare_slots(const void *left, const void *right)
{
    const struct slot *a = left, *b = right;

    if (a->measure != b->measure)
        return a->measure < b->measure ? -1 : 1;
    return (a->stand > b->stand) - (a->stand < b->stand);
}

static void
bench_put_slot(struct bench *bench, const struct record *r, uint32_t measure, int64_t amount)
{
    bench->is_ordered =
        bench->is_ordered &&
        (bench->slot_count == 0 || bench->slots[bench->slot_count - 1].measure <= measure);
    bench->slots[bench->slot_count++] = (struct slot){
        .figure = { .start = r->from, .end = r->day + 1, .amount = amount, .grade = r->grade },
        .measure = measure,
        .stand = (uint32_t)bench->stand_count,
    };
}

/* Lay out what stands and is not retracted.  False: not a run of figures. */
static bool
bench_fill(struct bench *bench, const uint8_t *entry, size_t size)
{
    bench->is_ordered = true;
    for (size_t i = 0; i < size; i += item_bytes(entry + i, size - i)) {
        struct record *r = &bench->series;
        uint8_t mask;

        if (!item_unpack(entry + i, size - i, r, &mask) || mask == ENTRY_FACT)
            return false;
        if (r->status != TRADE_ACTIVE)
            continue;
        if ((mask & ENTRY_VALUE) != 0)
            bench_put_slot(bench, r, money_measure(r->flow, r->currency), r->minor);
        if ((mask & ENTRY_QUANTITY) != 0)
            bench_put_slot(bench, r, quantity_measure(r->flow, r->unit), r->milli);
        bench->stands[bench->stand_count++] =
            (struct stand){ r->from, r->day, r->bound == BOUND_EXACT, false };
    }
    if (!bench->is_ordered)
        qsort(bench->slots, bench->slot_count, sizeof *bench->slots, compare_slots);
    return true;
}

/* Reconcile the slots of one measure; false: out of memory. */
static bool
bench_reconcile(struct bench *bench, const struct slot *slots, size_t count,
                const struct outlet *outlet)
{
    size_t increments;

    for (size_t i = 0; i < count; i++)
        bench->figures[i] = slots[i].figure;
    if (!reconcile(bench->figures, count, bench->increments, &increments))
        return false;
    for (size_t i = 0; i < count; i++)
        if (bench->figures[i].standing == FIGURE_CONTRADICTED)
            bench->stands[slots[i].stand].is_contradicted = true;
    for (size_t i = 0; i < increments; i++) {
        const struct increment *step = &bench->increments[i];

        put_amount(outlet, trade_part(&bench->series, step->day, step->span), slots[0].measure,
                   step->amount);
    }
    return true;
}

/* A record is one event, also when it stands for its value and its quantity;
 * contradicted in one of them, it is no event but contradicted. */
static void
bench_count(const struct bench *bench, const struct outlet *outlet)
{
    int flow = bench->series.flow;

    for (size_t i = 0; i < bench->stand_count; i++) {
        const struct stand *stand = &bench->stands[i];
        struct part part = trade_part(&bench->series, stand->day, stand->day + 1 - stand->from);

        if (stand->is_contradicted) {
            put_amount(outlet, part, measure_make(flow, MEASURE_CONTRADICTED, 0), 1);
            continue;
        }
        put_amount(outlet, part, measure_make(flow, MEASURE_EVENTS, 0), 1);
        put_amount(outlet, part, measure_make(flow, MEASURE_INEXACT, 0), !stand->is_exact);
    }
}

static bool
bench_work(struct bench *bench, const uint8_t *entry, size_t size, struct outlet *outlet)
{
    struct dim dims[TRADE_DIMS_MOST];

    if (!bench_fill(bench, entry, size))
        return false;
    outlet->dims = dims;
    outlet->dim_count = trade_dims(&bench->series, dims);
    for (size_t i = 0, next; i < bench->slot_count; i = next) {
        for (next = i + 1; next < bench->slot_count; next++)
            if (bench->slots[next].measure != bench->slots[i].measure)
                break;
        if (!bench_reconcile(bench, bench->slots + i, next - i, outlet))
            return false;
    }
    bench_count(bench, outlet);
    return true;
}

static bool
statistic_parts(const uint8_t *entry, size_t size, struct outlet *outlet)
{
    struct stand stands[SLOTS_FEW];
    struct slot slots[SLOTS_FEW];
    struct figure figures[SLOTS_FEW];
    struct increment increments[2 * SLOTS_FEW];
    struct bench bench = {
        .stands = stands, .slots = slots, .figures = figures, .increments = increments
    };
    size_t most = 0;
    bool is_done = false;

    for (size_t i = 0, bytes; (bytes = item_bytes(entry + i, size - i)) > 0; i += bytes)
        most += 2;
    if (most <= SLOTS_FEW)
        return bench_work(&bench, entry, size, outlet);

    bench.stands = calloc(most, sizeof *stands);
    bench.slots = calloc(most, sizeof *slots);
    bench.figures = calloc(most, sizeof *figures);
    bench.increments = calloc(2 * most, sizeof *increments);
    if (bench.stands != NULL && bench.slots != NULL && bench.figures != NULL &&
        bench.increments != NULL)
        is_done = bench_work(&bench, entry, size, outlet);
    free(bench.stands);
    free(bench.slots);
    free(bench.figures);
    free(bench.increments);
    return is_done;
}

/* ---- agreements -------------------------------------------------------------------- */

static int
agreement_dims(const struct record *r, struct dim dims[AGREEMENT_DIMS_MOST])
{
    int count = 0;

    dims[count++] = (struct dim){ .form = DIM_NONE };
    for (int i = 0; i < r->sectors.count; i++)
        dims[count++] = (struct dim){ DIM_SECTOR, r->sectors.items[i] };
    for (int i = 0; i < r->areas.count; i++)
        dims[count++] = (struct dim){ DIM_AREA, r->areas.items[i] };
    return count;
}

/* The agreement itself, its kind and its money, in one cell. */
static void
agreement_cell(const struct outlet *outlet, const struct record *r, int province, int partner,
               enum spread spread)
{
    struct part part = { .province = (int16_t)province,
                         .partner = (int16_t)partner,
                         .spread = (uint8_t)spread,
                         .day = r->day,
                         .span = 1 };

    put_amount(outlet, part, measure_make(FAMILY_AGREEMENTS, MEASURE_COUNT, 0), 1);
    put_amount(outlet, part, measure_make(FAMILY_AGREEMENTS, MEASURE_KIND, (uint32_t)r->kind), 1);
    if (r->currency >= 0)
        put_amount(outlet, part, money_measure(FAMILY_AGREEMENTS, r->currency), r->minor);
}

/* Once in every pair, once in each margin; CN adds to no row of ALL. */
static void
agreement_parts(const struct record *r, struct outlet *outlet)
{
    struct dim dims[AGREEMENT_DIMS_MOST];
    bool has_province = false;

    if (r->status != AGREEMENT_SIGNED && r->status != AGREEMENT_IN_FORCE &&
        r->status != AGREEMENT_COMPLETED)
        return;
    outlet->dims = dims;
    outlet->dim_count = agreement_dims(r, dims);
    if (r->province_count == 1 && r->partner_count == 1) {
        agreement_cell(outlet, r, r->provinces[0], r->partners[0], SPREAD_ALL);
        return;
    }

    for (int i = 0; i < r->province_count; i++) {
        has_province = has_province || r->provinces[i] != PROVINCE_CN;
        agreement_cell(outlet, r, r->provinces[i], PARTNER_ALL, SPREAD_HERE);
        for (int j = 0; j < r->partner_count; j++)
            agreement_cell(outlet, r, r->provinces[i], r->partners[j], SPREAD_HERE);
    }
    if (!has_province)
        return;
    agreement_cell(outlet, r, SCOPE_ALL, PARTNER_ALL, SPREAD_HERE);
    for (int j = 0; j < r->partner_count; j++)
        agreement_cell(outlet, r, SCOPE_ALL, r->partners[j], SPREAD_HERE);
}

bool
entry_parts(const uint8_t *entry, size_t size, part_sink *sink, void *self)
{
    struct outlet outlet = { .sink = sink, .self = self };
    struct record r;
    uint8_t mask;

    if (size == 0)
        return true;
    if (!item_unpack(entry, size, &r, &mask))
        return false;
    if (mask != ENTRY_FACT)
        return statistic_parts(entry, size, &outlet);
    if (r.type == RECORD_AGREEMENT)
        agreement_parts(&r, &outlet);
    else
        transaction_parts(&r, &outlet);
    return true;
}
