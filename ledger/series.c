/* series.c - what a series-year adds (tests/oracle.py, Entry.parts()).
 *
 * One walk makes seats: what one item holds in one slot.  Sorted by currency or
 * unit, then flow, the seats of one slot lie side by side, and those of one
 * column (all periods of one flow and one currency or unit) too:
 *
 *      seats      export.CNY Jan | export.CNY Jan-Feb | ... import.CNY Jan | ...
 *      slots      the figure that each shows, if it is not retracted
 *      columns    reconciled, each gives steps: amounts
 *      records    that stand: counted once, whatever they say in two slots
 *
 * Of TOTAL, what exports and imports of the same currency or unit can't add up
 * to is marked. */
#include "ledger/series_inside.h"

#include <stdlib.h>

#include "ledger/meant.h"

enum { SEATS_FEW = 64, SERIES_DIMS_MOST = 2 };

/* ---- seats ------------------------------------------------------------------------- */

/* The order of columns, then that of items, which are sorted by period. */
static int
compare_seats(const void *left, const void *right)
{
    const struct seat *a = left, *b = right;

    if (a->what != b->what)
        return a->what < b->what ? -1 : 1;
    if (a->flow != b->flow)
        return a->flow - b->flow;
    return (a->item > b->item) - (a->item < b->item);
}

static void
put_seat(struct series *s, const struct record *r, uint16_t mask, int slot)
{
    uint8_t held = (uint8_t)(mask >> (1 + slot * ROLE_COUNT) & ((1 << ROLE_COUNT) - 1));
    bool is_value = slot == SLOT_VALUE;

    if (held == 0)
        return;
    s->seats[s->seat_count++] = (struct seat){
        .what = is_value ? measure_make(0, MEASURE_MONEY, (uint32_t)r->currency)
                         : measure_make(0, MEASURE_QUANTITY, measure_pack_unit(r->unit)),
        .item = (uint32_t)s->item_count,
        .flow = (uint8_t)r->flow,
        .held = held,
        .grade = r->grade,
        .bound = r->bound,
        .is_active = r->status == TRADE_ACTIVE,
        .from = r->from,
        .day = r->day,
        .version = r->version,
        .amount = is_value ? r->minor : r->milli,
    };
}

bool
series_seats(struct series *s, const uint8_t *entry, size_t size)
{
    bool is_ordered = true;

    for (size_t i = 0; i < size; i += item_bytes(entry + i, size - i)) {
        struct record *r = &s->common;
        uint16_t mask;

        if (!item_unpack(entry + i, size - i, r, &mask) || (mask & ENTRY_FACT) != 0)
            return false;
        put_seat(s, r, mask, SLOT_VALUE);
        put_seat(s, r, mask, SLOT_QUANTITY);
        s->records[s->item_count++] = (struct counted){
            .from = r->from, .day = r->day, .at = (uint32_t)i, .flow = (uint8_t)r->flow
        };
    }
    for (size_t i = 1; i < s->seat_count && is_ordered; i++)
        is_ordered = compare_seats(&s->seats[i - 1], &s->seats[i]) <= 0;
    if (!is_ordered)
        qsort(s->seats, s->seat_count, sizeof *s->seats, compare_seats);
    return true;
}

/* ---- slots -------------------------------------------------------------------------- */

static bool
holds(const struct seat *seat, enum role role)
{
    return (seat->held & 1 << role) != 0;
}

size_t
slot_end(const struct seat *seats, size_t count, size_t i)
{
    size_t end = i + 1;

    while (end < count && seats[end].from == seats[i].from && seats[end].day == seats[i].day)
        end++;
    return end;
}

size_t
series_columns_end(const struct series *s, size_t i)
{
    size_t end = i + 1;

    while (end < s->seat_count && s->seats[end].what == s->seats[i].what)
        end++;
    return end;
}

struct slot
slot_read(struct seat *seats, size_t count)
{
    struct slot slot = { 0 };

    for (size_t i = 0; i < count; i++) {
        struct seat *seat = &seats[i];

        slot.stands = holds(seat, ROLE_STANDS) ? seat : slot.stands;
        slot.finest = holds(seat, ROLE_FINEST) ? seat : slot.finest;
        slot.from = holds(seat, ROLE_FROM) ? seat : slot.from;
        slot.to = holds(seat, ROLE_TO) ? seat : slot.to;
        slot.retracts = holds(seat, ROLE_RETRACTS) ? seat : slot.retracts;
    }
    return slot;
}

static struct range
meant_by(const struct seat *seat)
{
    return meant(seat->amount, (enum bound)seat->bound);
}

/* Nothing that was retracted comes back: the two are of one grade, so their
 * versions say which is newer. */
const struct seat *
slot_shown(const struct slot *slot)
{
    struct range range = meant_by(slot->stands);

    if (slot->finest == NULL ||
        (slot->retracts != NULL && slot->finest->version <= slot->retracts->version) ||
        slot->finest->amount < range.low || slot->finest->amount > range.high)
        return slot->stands;
    return slot->finest;
}

/* Who of the highest authority says something else than what is shown, and not
 * just more vaguely?  NULL: nobody. */
static const struct seat *
slot_other(const struct slot *slot, int64_t shown)
{
    if (shown < meant_by(slot->from).low)
        return slot->from;
    return shown > meant_by(slot->to).high ? slot->to : NULL;
}

/* ---- columns -------------------------------------------------------------------------- */

bool
series_column(struct series *s, struct seat *seats, size_t count, size_t at, size_t *figures)
{
    *figures = 0;
    for (size_t i = 0, next; i < count; i = next) {
        struct slot slot;
        const struct seat *shown;

        next = slot_end(seats, count, i);
        slot = slot_read(seats + i, next - i);
        if (slot.stands == NULL || slot.from == NULL || slot.to == NULL)
            return false;
        if (!slot.stands->is_active)
            continue;
        shown = slot_shown(&slot);
        slot.stands->shown = shown->item;
        s->shown[at + *figures] = slot.stands;
        s->other[at + *figures] = slot_other(&slot, shown->amount);
        s->figures[at + (*figures)++] = (struct figure){ .start = shown->from,
                                                         .end = shown->day + 1, /* half-open */
                                                         .amount = shown->amount,
                                                         .grade = shown->grade,
                                                         .bound = shown->bound };
    }
    return true;
}

static struct part
part_on(const struct series *s, int32_t start, int32_t end)
{
    const struct record *r = &s->common;

    return (struct part){ .province = r->province,
                          .partner = r->partner,
                          .spread = partner_is_group(r->partner) ? SPREAD_PAIRS : SPREAD_ALL,
                          .day = end - 1,
                          .span = (int16_t)(end - start) };
}

/* The same measure, qualified: MEASURE_DERIVED_MONEY of MEASURE_MONEY. */
static uint32_t
qualified(int flow, uint32_t what, enum measure_form form)
{
    return what + measure_make(flow, form, 0);
}

/* How many days a pair's total tells of.  Of the pair alone: days of several
 * pairs can't be added. */
static void
put_days(struct series *s, const struct step *step, uint32_t measure, struct part part)
{
    static const struct dim none = { .form = DIM_NONE };

    if (step->days == 0 || s->common.scope != SCOPE_WHOLE)
        return;
    part.spread = SPREAD_HERE;
    part.measure = measure;
    part.amount = step->days;
    part.dim = &none;
    s->to->sink(s->to->self, &part);
}

/* The parts of one step.  They come from the record whose figure is shown. */
static void
put_step(struct series *s, const struct seat *stands, const struct step *step)
{
    struct part part = part_on(s, step->start, step->end);
    int flow = stands->flow;
    uint32_t what = stands->what;

    part.item = s->records[stands->shown].at;
    part.how = step->how;
    part.whole = step->how == STEP_ADJUSTED;
    put_amount(s->to, &part, qualified(flow, what, 0), step->amount);
    if (step->how == STEP_ADJUSTED)
        put_amount(s->to, &part, qualified(flow, what, MEASURE_ADJUSTED_MONEY), step->amount);
    if (step->how == STEP_DERIVED) {
        struct part whole = part_on(s, step->whole_start, step->whole_end);

        whole.item = part.item;
        whole.how = part.how;
        put_amount(s->to, &part, qualified(flow, what, MEASURE_DERIVED_MONEY), step->amount);
        /* Who holds the whole figure has what was published. */
        whole.whole = true;
        put_amount(s->to, &whole, qualified(flow, what, MEASURE_DERIVED_MONEY), -step->amount);
    }
    put_days(s, step, qualified(flow, what, MEASURE_DAYS_MONEY), part);
}

/* What became of a figure, to the record that stands in its slot. */
static void
note_outcome(struct series *s, size_t figure)
{
    const struct seat *seat = s->shown[figure];
    struct counted *record = &s->records[seat->item];
    const struct figure *f = &s->figures[figure];

    record->stands = true;
    record->is_contradicted |= f->outcome == FIGURE_CONTRADICTED;
    record->is_covered |= f->outcome == FIGURE_COVERED;
    if (f->outcome != FIGURE_STANDS)
        return;
    record->is_told = true;
    record->is_inexact |= f->bound != BOUND_EXACT;
    record->is_undecided |= s->other[figure] != NULL;
}

/* Which totals exports and imports can't add up to, to the records that stand
 * for them.  False: out of memory. */
static bool
note_mismatched(struct series *s, const size_t *first, const struct figures *flows)
{
    size_t totals = flows[FLOW_TOTAL].count;

    if (totals == 0 || flows[FLOW_EXPORT].count + flows[FLOW_IMPORT].count == 0) {
        for (size_t i = 0; i < totals; i++)
            s->is_off[i] = false; /* nothing to hold a total against */
        return true;
    }
    if (!totals_off(flows[FLOW_TOTAL], flows[FLOW_EXPORT], flows[FLOW_IMPORT], s->is_off))
        return false;
    for (size_t i = 0; i < totals; i++)
        s->records[s->shown[first[FLOW_TOTAL] + i]->item].is_mismatched |= s->is_off[i];
    return true;
}

/* One figure to who asks for them. */
static void
tell_figure(const struct series *s, uint32_t what, size_t figure, bool is_mismatched)
{
    const struct seat *other = s->other[figure];

    s->told(s->told_self, &(struct told){ .series = &s->common,
                                          .what = what,
                                          .flow = s->shown[figure]->flow,
                                          .figure = s->figures[figure],
                                          .is_mismatched = is_mismatched,
                                          .is_undecided = other != NULL,
                                          .other = other == NULL ? 0 : other->amount,
                                          .other_bound = other == NULL ? 0 : other->bound });
}

/* The columns of one currency or unit, all flows; `seats` are theirs.  False: out
 * of memory, or no entry. */
static bool
put_columns(struct series *s, struct seat *seats, size_t count)
{
    size_t first[FLOW_COUNT + 1] = { 0 }, at = 0, figures, steps;
    struct figures flows[FLOW_COUNT];

    for (int flow = 0; flow < FLOW_COUNT; flow++) {
        size_t end = at;

        while (end < count && seats[end].flow == flow)
            end++;
        if (!series_column(s, seats + at, end - at, first[flow], &figures) ||
            !reconcile(s->figures + first[flow], figures, s->steps, &steps))
            return false;
        for (size_t i = 0; i < steps; i++)
            put_step(s, s->shown[first[flow] + s->steps[i].figure], &s->steps[i]);
        flows[flow] = (struct figures){ s->figures + first[flow], figures };
        first[flow + 1] = first[flow] + figures;
        at = end;
    }
    for (size_t i = 0; i < first[FLOW_COUNT]; i++)
        note_outcome(s, i);
    if (!note_mismatched(s, first, flows))
        return false;
    for (size_t i = 0; i < first[FLOW_COUNT] && s->told != NULL; i++)
        tell_figure(s, seats[0].what, i,
                    i >= first[FLOW_TOTAL] && s->is_off[i - first[FLOW_TOTAL]]);
    return true;
}

/* ---- counts ---------------------------------------------------------------------------- */

/* A record is one event, also when it stands for its value and its quantity; it
 * may stand for one and be contradicted in the other. */
static void
put_counts(struct series *s, const struct counted *record)
{
    struct part part = part_on(s, record->from, record->day + 1);

    part.item = record->at;
    const struct {
        enum measure_form form;
        bool is;
    } counts[] = {
        { MEASURE_EVENTS, record->is_told },
        { MEASURE_INEXACT, record->is_inexact },
        { MEASURE_UNDECIDED, record->is_undecided },
        { MEASURE_CONTRADICTED, record->is_contradicted },
        { MEASURE_COVERED, record->is_covered },
        { MEASURE_MISMATCHED, record->is_mismatched },
    };

    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        put_amount(s->to, &part, measure_make(record->flow, counts[i].form, 0), counts[i].is);
}

/* ---- the whole --------------------------------------------------------------------------- */

/* A WHOLE is in the totals.  In the detail a statistic is under exactly what it
 * tells of, one name; a PART that names nothing is a "part". */
static int
series_dims(const struct record *r, struct dim dims[SERIES_DIMS_MOST])
{
    struct dim place = { .form = DIM_PLACE, .text = r->commodity };
    int count = 0;

    sort_areas(r, place.areas);
    if (r->scope == SCOPE_WHOLE)
        dims[count++] = (struct dim){ .form = DIM_NONE };
    if (place.text.at != NULL || place.areas[0].at != NULL)
        dims[count++] = place;
    else if (r->scope == SCOPE_PART)
        dims[count++] = (struct dim){ .form = DIM_PART };
    return count;
}

/* Amounts column by column, then the counts of records. */
static bool
put_series(struct series *s, const uint8_t *entry, size_t size)
{
    struct dim dims[SERIES_DIMS_MOST];

    if (!series_seats(s, entry, size))
        return false;
    /* All figures of a series-year share these fields: they are its identity. */
    s->to->dims = dims;
    s->to->dim_count = series_dims(&s->common, dims);
    for (size_t i = 0, next; i < s->seat_count; i = next) {
        next = series_columns_end(s, i);
        if (!put_columns(s, s->seats + i, next - i))
            return false;
    }
    for (size_t i = 0; i < s->item_count; i++)
        if (s->records[i].stands)
            put_counts(s, &s->records[i]);
    return true;
}

size_t
series_seats_most(const uint8_t *entry, size_t size)
{
    size_t most = 0;

    for (size_t i = 0, bytes; (bytes = item_bytes(entry + i, size - i)) > 0; i += bytes)
        most += SLOT_COUNT;
    return most;
}

bool
series_room(struct series *s, size_t seats)
{
    s->seats = calloc(seats, sizeof *s->seats);
    s->records = calloc(seats, sizeof *s->records);
    s->figures = calloc(seats, sizeof *s->figures);
    s->shown = calloc(seats, sizeof *s->shown);
    s->other = calloc(seats, sizeof *s->other);
    s->is_off = calloc(seats, sizeof *s->is_off);
    s->steps = calloc(seats, sizeof *s->steps);
    return s->seats != NULL && s->records != NULL && s->figures != NULL && s->shown != NULL &&
           s->other != NULL && s->is_off != NULL && s->steps != NULL;
}

void
series_free(struct series *s)
{
    free(s->seats);
    free(s->records);
    free(s->figures);
    free(s->shown);
    free(s->other);
    free(s->is_off);
    free(s->steps);
}

/* Most series have a few figures, and those use no heap.  A record may have a
 * value and a quantity, so there are two seats an item. */
static bool
walk_series(const uint8_t *entry, size_t size, struct receiver *to, told_sink *told, void *self)
{
    struct seat seats[SEATS_FEW];
    struct counted records[SEATS_FEW];
    struct figure figures[SEATS_FEW];
    struct seat *shown[SEATS_FEW];
    const struct seat *other[SEATS_FEW];
    struct step steps[SEATS_FEW];
    bool off[SEATS_FEW];
    struct series s = { .seats = seats,
                        .records = records,
                        .figures = figures,
                        .shown = shown,
                        .other = other,
                        .is_off = off,
                        .steps = steps,
                        .to = to,
                        .told = told,
                        .told_self = self };
    size_t most = series_seats_most(entry, size);
    bool is_done;

    if (most <= SEATS_FEW)
        return put_series(&s, entry, size);
    is_done = series_room(&s, most) && put_series(&s, entry, size);
    series_free(&s);
    return is_done;
}

bool
series_parts(const uint8_t *entry, size_t size, struct receiver *to)
{
    return walk_series(entry, size, to, NULL, NULL);
}

static void
ignore_part(void *self, const struct part *part)
{
    (void)self;
    (void)part;
}

bool
series_told(const uint8_t *entry, size_t size, told_sink *sink, void *self)
{
    struct receiver to = { .sink = ignore_part };

    return walk_series(entry, size, &to, sink, self);
}
