/* reason.c - the reason of each record of an entry (ledger/reason.h).
 *
 * A series-year is laid out as for its parts (series.c), so that both say the
 * same: the seats of a slot say who is shown, and reconciling what became of the
 * figure that is.  It is told of one column after the other:
 *
 *      seats of a column -> figures -> steps, and against whom
 *                   \-> slot by slot: the one that is shown, then the others
 *
 * Nothing here decides anything. */
#include "ledger/reason.h"

#include <stdlib.h>

#include "ledger/meant.h"
#include "ledger/series_inside.h"

enum { NO_STEP = UINT32_MAX };

struct telling {
    struct series s;
    struct against *against, *off_against; /* one a figure */
    uint32_t *step_of;                     /* of a figure: its step, or NO_STEP */
    const struct figure **inside;          /* of one column: those that count, by date */
    size_t inside_count;
    reason_sink *sink;
    void *self;
};

/* ---- others by their items ------------------------------------------------------- */

/* Where the record begins whose figure is shown. */
static uint32_t
item_of_figure(const struct telling *t, size_t figure)
{
    return t->s.records[t->s.shown[figure]->shown].at;
}

/* `first` is the number of the list's first figure, of the list that `against`
 * counts in. */
static struct others
others_of(const struct telling *t, const struct against *against, size_t first)
{
    struct others others = { .count = against->count,
                             .is_around = against->is_around,
                             .is_more = against->is_more,
                             .by = against->by };

    for (uint32_t i = 0; i < against->count && i < AGAINST_MOST; i++)
        others.items[i] = item_of_figure(t, first + against->figures[i]);
    return others;
}

static struct others
one_other(uint32_t item)
{
    return (struct others){ .items = { item }, .count = 1 };
}

/* The outermost ones inside a figure that count. */
static struct others
others_inside(const struct telling *t, const struct figure *f)
{
    struct others others = { .is_around = true };
    int32_t told = f->start;

    for (size_t i = 0; i < t->inside_count; i++) {
        const struct figure *in = t->inside[i];

        if (in == f || in->start < told || in->end > f->end)
            continue;
        if (others.count < AGAINST_MOST)
            others.items[others.count] = item_of_figure(t, (size_t)(in - t->s.figures));
        others.count++;
        told = in->end;
    }
    return others;
}

/* By date, an outer one before those inside it. */
static int
compare_date(const void *left, const void *right)
{
    const struct figure *a = *(const struct figure *const *)left;
    const struct figure *b = *(const struct figure *const *)right;

    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return (a->end < b->end) - (a->end > b->end);
}

/* Those of a column that count: they stand, and don't only limit others. */
static void
find_inside(struct telling *t, size_t first, size_t count)
{
    t->inside_count = 0;
    for (size_t i = first; i < first + count; i++) {
        const struct figure *f = &t->s.figures[i];

        if (f->outcome == FIGURE_STANDS && (f->bound == BOUND_EXACT || t->step_of[i] != NO_STEP))
            t->inside[t->inside_count++] = f;
    }
    qsort(t->inside, t->inside_count, sizeof *t->inside, compare_date);
}

/* ---- one slot -------------------------------------------------------------------- */

static struct reason
reason_of(const struct telling *t, const struct seat *seat, enum reason_kind kind)
{
    return (struct reason){ .item = t->s.records[seat->item].at,
                            .measure = seat->what + measure_make(seat->flow, 0, 0),
                            .kind = (uint8_t)kind,
                            .start = seat->from,
                            .end = seat->day + 1 };
}

/* Of the one that is shown. */
static void
tell_shown(const struct telling *t, const struct seat *shown, size_t figure, size_t first)
{
    const struct figure *f = &t->s.figures[figure];
    struct reason reason = reason_of(t, shown, REASON_STATED);

    reason.is_undecided = t->s.other[figure] != NULL;
    if (f->outcome != FIGURE_STANDS) {
        reason.kind = f->outcome == FIGURE_CONTRADICTED ? REASON_CONTRADICTED : REASON_COVERED;
        reason.others = others_of(t, &t->against[figure], first);
    } else if (t->step_of[figure] == NO_STEP) {
        reason.kind = f->bound == BOUND_EXACT ? REASON_SUM : REASON_LIMITS;
        reason.others = others_inside(t, f);
    } else {
        const struct step *step = &t->s.steps[t->step_of[figure]];

        reason.kind = step->how;
        reason.amount = step->amount;
        reason.start = step->start;
        reason.end = step->end;
        if (step->how != STEP_STATED)
            reason.others = others_inside(t, f);
    }
    if (shown->flow == FLOW_TOTAL && f->outcome == FIGURE_STANDS && t->s.is_off[figure - first]) {
        reason.is_mismatched = true;
        reason.flows = others_of(t, &t->off_against[figure - first], 0);
    }
    t->sink(t->self, &reason);
}

/* Of another one of a slot that shows a figure. */
static void
tell_beside(const struct telling *t, const struct seat *seat, const struct slot *slot,
            const struct seat *shown)
{
    struct range range = meant(seat->amount, (enum bound)seat->bound);
    bool says_same = range.low <= shown->amount && shown->amount <= range.high;
    bool is_equal = seat->grade == slot->stands->grade && seat->version == slot->stands->version;
    struct reason reason = reason_of(t, seat, REASON_OUTRANKED);
    const struct seat *by = slot->stands;

    if (seat->is_active && is_equal) {
        reason.kind = says_same ? REASON_VAGUER : REASON_DISPUTES;
        by = shown;
    }
    reason.others = one_other(t->s.records[by->item].at);
    t->sink(t->self, &reason);
}

/* Of a slot that is retracted. */
static void
tell_retracted(const struct telling *t, const struct seat *seat, const struct slot *slot)
{
    struct reason reason = reason_of(t, seat, REASON_RETRACTION);

    if (seat != slot->stands) {
        reason.kind = seat->is_active ? REASON_RETRACTED : REASON_OUTRANKED;
        reason.others = one_other(t->s.records[slot->stands->item].at);
    }
    t->sink(t->self, &reason);
}

/* ---- columns --------------------------------------------------------------------- */

/* All slots of one column, whose first figure is `first`. */
static void
tell_column(struct telling *t, struct seat *seats, size_t count, size_t first, size_t figures)
{
    size_t figure = first;

    find_inside(t, first, figures);
    for (size_t i = 0, next; i < count; i = next) {
        struct slot slot;
        const struct seat *shown;

        next = slot_end(seats, count, i);
        slot = slot_read(seats + i, next - i);
        shown = slot.stands->is_active ? slot_shown(&slot) : NULL;
        for (size_t k = i; k < next; k++)
            if (shown == NULL)
                tell_retracted(t, &seats[k], &slot);
            else if (shown == &seats[k])
                tell_shown(t, shown, figure, first);
            else
                tell_beside(t, &seats[k], &slot, shown);
        figure += shown != NULL;
    }
}

/* The columns of one currency or unit, all flows, as in put_columns() of
 * series.c. */
static bool
tell_columns(struct telling *t, struct seat *seats, size_t count)
{
    size_t first[FLOW_COUNT + 1] = { 0 }, at[FLOW_COUNT + 1] = { 0 };
    struct figures flows[FLOW_COUNT];
    struct series *s = &t->s;

    for (int flow = 0; flow < FLOW_COUNT; flow++) {
        size_t figures, steps;

        at[flow + 1] = at[flow];
        while (at[flow + 1] < count && seats[at[flow + 1]].flow == flow)
            at[flow + 1]++;
        if (!series_column(s, seats + at[flow], at[flow + 1] - at[flow], first[flow], &figures) ||
            !reconcile_why(s->figures + first[flow], figures, s->steps + first[flow], &steps,
                           t->against + first[flow]))
            return false;
        flows[flow] = (struct figures){ s->figures + first[flow], figures };
        first[flow + 1] = first[flow] + figures;
        for (size_t i = first[flow]; i < first[flow + 1]; i++)
            t->step_of[i] = NO_STEP;
        for (size_t i = 0; i < steps; i++)
            t->step_of[first[flow] + s->steps[first[flow] + i].figure] =
                (uint32_t)(first[flow] + i);
    }
    if (flows[FLOW_TOTAL].count > 0 &&
        !totals_off_why(flows[FLOW_TOTAL], flows[FLOW_EXPORT], flows[FLOW_IMPORT], s->is_off,
                        t->off_against))
        return false;
    for (int flow = 0; flow < FLOW_COUNT; flow++)
        tell_column(t, seats + at[flow], at[flow + 1] - at[flow], first[flow], flows[flow].count);
    return true;
}

static bool
tell_series_laid_out(struct telling *t, const uint8_t *entry, size_t size)
{
    struct series *s = &t->s;

    if (!series_seats(s, entry, size))
        return false;
    for (size_t i = 0, next; i < s->seat_count; i = next) {
        next = series_columns_end(s, i);
        if (!tell_columns(t, s->seats + i, next - i))
            return false;
    }
    return true;
}

static bool
tell_series(const uint8_t *entry, size_t size, reason_sink *sink, void *self)
{
    struct telling t = { .sink = sink, .self = self };
    size_t most = series_seats_most(entry, size);
    bool is_done = false;

    if (most == 0)
        return false;
    t.against = calloc(most, sizeof *t.against);
    t.off_against = calloc(most, sizeof *t.off_against);
    t.step_of = calloc(most, sizeof *t.step_of);
    t.inside = calloc(most, sizeof *t.inside);
    if (series_room(&t.s, most) && t.against != NULL && t.off_against != NULL &&
        t.step_of != NULL && t.inside != NULL)
        is_done = tell_series_laid_out(&t, entry, size);
    series_free(&t.s);
    free(t.against);
    free(t.off_against);
    free(t.step_of);
    free(t.inside);
    return is_done;
}

/* ---- facts ----------------------------------------------------------------------- */

/* Why the one that stands adds, or doesn't. */
static enum reason_kind
kind_of_fact(const struct record *r)
{
    if (r->type == RECORD_TRADE)
        return r->status == TRADE_ACTIVE ? REASON_STATED : REASON_RETRACTION;
    if (r->status == AGREEMENT_RETRACTED)
        return REASON_RETRACTION;
    return r->status == AGREEMENT_PLANNED || r->status == AGREEMENT_TERMINATED ? REASON_NOT_IN_FORCE
                                                                               : REASON_STATED;
}

/* One reason for each amount of a record of a fact. */
static void
tell_fact(struct reason reason, const struct record *r, reason_sink *sink, void *self)
{
    bool is_agreement = r->type == RECORD_AGREEMENT, adds = reason.kind == REASON_STATED;
    int family = is_agreement ? FAMILY_AGREEMENTS : FAMILY_DEALS + r->flow;

    reason.start = r->day;
    reason.end = r->day + 1;
    if (is_agreement) {
        reason.measure = measure_make(family, MEASURE_COUNT, 0);
        reason.amount = adds;
        sink(self, &reason);
    }
    if (r->currency >= 0) {
        reason.measure = measure_make(family, MEASURE_MONEY, (uint32_t)r->currency);
        reason.amount = adds ? r->minor : 0;
        sink(self, &reason);
    }
    if (r->unit.at != NULL) {
        reason.measure = measure_make(family, MEASURE_QUANTITY, measure_pack_unit(r->unit));
        reason.amount = adds ? r->milli : 0;
        sink(self, &reason);
    }
}

/* The one that stands, and another one of equal authority if there is one. */
static bool
tell_facts(const uint8_t *entry, size_t size, reason_sink *sink, void *self)
{
    uint32_t stands = UINT32_MAX, other = UINT32_MAX;
    struct record r;
    struct reason reason = { 0 };
    uint16_t mask;

    for (size_t i = 0, bytes; i < size; i += bytes) {
        bytes = item_bytes(entry + i, size - i);
        if (bytes == 0 || (item_mask(entry + i) & ENTRY_FACT) == 0)
            return false;
        if ((item_mask(entry + i) & entry_role(SLOT_VALUE, ROLE_STANDS)) != 0)
            stands = (uint32_t)i;
        else
            other = (uint32_t)i;
    }
    if (stands == UINT32_MAX || !item_unpack(entry + stands, size - stands, &r, &mask))
        return false;
    reason.item = stands;
    reason.kind = (uint8_t)kind_of_fact(&r);
    reason.is_undecided = other != UINT32_MAX;
    tell_fact(reason, &r, sink, self);
    if (other == UINT32_MAX)
        return true;
    reason.item = other;
    reason.is_undecided = false;
    reason.kind = reason.kind == REASON_RETRACTION ? REASON_RETRACTED : REASON_DISPUTES;
    reason.others = one_other(stands);
    if (!item_unpack(entry + other, size - other, &r, &mask))
        return false;
    tell_fact(reason, &r, sink, self);
    return true;
}

bool
entry_reasons(const uint8_t *entry, size_t size, reason_sink *sink, void *self)
{
    if (size == 0)
        return true;
    if (item_bytes(entry, size) == 0)
        return false;
    if ((item_mask(entry) & ENTRY_FACT) != 0)
        return tell_facts(entry, size, sink, self);
    return tell_series(entry, size, sink, self);
}
