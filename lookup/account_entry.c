/* What one entry has to do with the numbers that are asked for: the records that
 * add to them, and those that are left out, each with its reason.
 *
 *      parts    of the entry that lie in the cell   -> what each record adds
 *      reasons  of all records of the entry         -> as what, or why not
 *
 * Both name records by where their items begin; sorted by that, each finds the
 * other.  An item is copied only when its record is one of the few shown. */
#include "lookup/account_inside.h"
#include "lookup/changes.h"

#include <stdlib.h>

#include "base/grow.h"

struct account_entry *
account_entry_new(struct account *a, const struct account_tag *tag)
{
    struct account_entry *e = calloc(1, sizeof *e);

    if (e == NULL)
        return NULL;
    e->a = a;
    e->tag = tag;
    return e;
}

void
account_entry_free(struct account_entry *e)
{
    if (e == NULL)
        return;
    free(e->additions);
    free(e->reasons);
    free(e);
}

/* ---- half a tag ------------------------------------------------------------------ */

/* Is the number of this measure at the moment that is looked at? */
static bool
is_of_moment(struct account_entry *e, uint32_t measure)
{
    const struct spot *spot = &e->a->question.spot;
    struct sum cell = { .where = (uint64_t)spot->partner << 48 | (uint64_t)spot->window << 24 |
                                 (spot->window == CELL_MONTHS ? (uint64_t)spot->month : 0),
                        .what = measure };
    char key[KEY_BYTES], field[FIELD_BYTES];

    if (e->tag->least == 0 && e->tag->most == BUCKETS)
        return true;
    if (!e->has_bucket || e->bucket_measure != measure) {
        struct text k = { key, cell_key(&cell, spot->scope, spot->windows, key) };
        struct text f = { field, cell_field(&cell, NULL, field) };

        e->bucket = cell_bucket(k, f);
        e->bucket_measure = measure;
        e->has_bucket = true;
    }
    return e->tag->least <= e->bucket && e->bucket < e->tag->most;
}

/* ---- one entry ------------------------------------------------------------------- */

static void
take_part(void *self, const struct part *part)
{
    struct account_entry *e = self;
    const struct account_question *q = &e->a->question;
    struct addition *last = e->addition_count == 0 ? NULL : &e->additions[e->addition_count - 1];
    struct addition *list;

    if (part->dim->form != DIM_NONE || (q->has_measure && part->measure != q->measure) ||
        !row_is_at(row_make(part, 0, part->amount).where, &q->spot, e->tag->at.day) ||
        !is_of_moment(e, part->measure))
        return;
    /* What is derived, and its negative where the whole figure is held, come one
     * after the other. */
    if (last != NULL && last->item == part->item && last->measure == part->measure) {
        last->amount += part->amount;
        return;
    }
    list = grow(e->additions, &e->addition_room, e->addition_count + 1, sizeof *list);
    if (list == NULL) {
        e->a->has_failed = true;
        return;
    }
    e->additions = list;
    e->additions[e->addition_count++] =
        (struct addition){ part->item, part->measure, part->amount, part->how };
}

static void
take_reason(void *self, const struct reason *reason)
{
    struct account_entry *e = self;
    struct reason *list = grow(e->reasons, &e->reason_room, e->reason_count + 1, sizeof *list);

    if (list == NULL) {
        e->a->has_failed = true;
        return;
    }
    e->reasons = list;
    e->reasons[e->reason_count++] = *reason;
}

static int
compare_reasons(const void *left, const void *right)
{
    const struct reason *a = left, *b = right;

    if (a->item != b->item)
        return a->item < b->item ? -1 : 1;
    return (a->measure > b->measure) - (a->measure < b->measure);
}

static int
compare_additions(const void *left, const void *right)
{
    const struct addition *a = left, *b = right;

    if (a->item != b->item)
        return a->item < b->item ? -1 : 1;
    return (a->measure > b->measure) - (a->measure < b->measure);
}

static bool
is_added(const struct account_entry *e, const struct reason *reason)
{
    struct addition wanted = { .item = reason->item, .measure = reason->measure };
    const struct addition *found = e->addition_count == 0
                                       ? NULL
                                       : bsearch(&wanted, e->additions, e->addition_count,
                                                 sizeof *e->additions, compare_additions);

    return found != NULL && found->amount != 0;
}

/* Is it for this reason that the record is counted? */
static bool
is_counted_for(const struct reason *reason, uint32_t measure)
{
    switch ((int)measure_form(measure)) {
    case MEASURE_CONTRADICTED:
        return reason->kind == REASON_CONTRADICTED;
    case MEASURE_COVERED:
        return reason->kind == REASON_COVERED;
    case MEASURE_MISMATCHED:
        return reason->is_mismatched;
    case MEASURE_UNDECIDED:
        return reason->is_undecided;
    default:
        return reason->kind <= REASON_LIMITS;
    }
}

/* Of a count: the first reason that makes it count; else the first. */
static const struct reason *
reason_of_count(const struct account_entry *e, const struct reason *first, uint32_t measure)
{
    const struct reason *end = e->reasons + e->reason_count;

    while (first > e->reasons && first[-1].item == first->item)
        first--;
    for (const struct reason *r = first; r < end && r->item == first->item; r++)
        if (is_counted_for(r, measure))
            return r;
    return first;
}

const struct reason *
account_reason_of(const struct account_entry *e, uint32_t item, uint32_t measure)
{
    struct reason wanted = { .item = item, .measure = measure };
    const struct reason *first = NULL;

    if (measure_form(measure) < MEASURE_EVENTS)
        wanted.measure = measure_beside(measure, MEASURE_MONEY);
    for (size_t low = 0, high = e->reason_count; low < high;) {
        size_t middle = (low + high) / 2;

        if (compare_reasons(&e->reasons[middle], &wanted) == 0)
            return &e->reasons[middle];
        if (e->reasons[middle].item < wanted.item ||
            (e->reasons[middle].item == wanted.item && e->reasons[middle].measure < wanted.measure))
            low = middle + 1;
        else
            high = middle;
        if (e->reasons[middle].item == wanted.item)
            first = &e->reasons[middle];
    }
    return first == NULL || measure_form(measure) < MEASURE_EVENTS
               ? first
               : reason_of_count(e, first, measure);
}

/* ---- records that are shown ------------------------------------------------------ */

/* A copy of one item of the entry. */
static bool
copy_item(const struct account_entry *e, uint32_t at, struct account_item *out)
{
    struct item_peek peek;

    *out = (struct account_item){ .place = e->tag->place };
    if (!item_peek(e->at + at, e->size - at, &peek))
        return false;
    out->offset = peek.offset;
    out->size = peek.bytes;
    out->bytes = malloc(peek.bytes);
    if (out->bytes == NULL)
        return false;
    memcpy(out->bytes, e->at + at, peek.bytes);
    return true;
}

static bool
copy_others(const struct account_entry *e, const struct others *others, struct account_others *out)
{
    *out = (struct account_others){ .count = others->count,
                                    .is_around = others->is_around,
                                    .is_more = others->is_more,
                                    .by = others->by };
    for (uint32_t i = 0; i < others->count && i < AGAINST_MOST; i++) {
        bool is_copied = copy_item(e, others->items[i], &out->items[i]);

        out->named++;
        if (!is_copied)
            return false;
    }
    return true;
}

struct account_record
account_record_of(const struct account_entry *e, const struct record *r, uint32_t measure,
                  int64_t amount, uint8_t kind)
{
    return (struct account_record){ .item = { .place = e->tag->place, .offset = r->offset },
                                    .amount = amount,
                                    .stated = account_stated(r, measure),
                                    .day = r->day,
                                    .version = r->version,
                                    .kind = kind,
                                    .about = measure,
                                    .start = r->from,
                                    .end = r->day + 1 };
}

void
account_offer(struct account_entry *e, struct account *to, struct account_list *list, uint32_t item,
              const struct account_record *offered, const struct reason *reason)
{
    struct account_record *record;

    if (!account_wants(to, list, offered))
        return;
    record = malloc(sizeof *record);
    if (record == NULL) {
        e->a->has_failed = true;
        return;
    }
    *record = *offered;
    if (reason != NULL) {
        record->is_undecided = reason->is_undecided;
        record->is_mismatched = reason->is_mismatched;
        record->about = reason->measure;
        record->start = reason->start;
        record->end = reason->end;
    }
    if (!copy_item(e, item, &record->item) ||
        (reason != NULL && (!copy_others(e, &reason->others, &record->others) ||
                            !copy_others(e, &reason->flows, &record->flows)))) {
        account_record_free(record);
        e->a->has_failed = true;
        return;
    }
    account_put(to, list, record);
}

/* Does the period of a record lie in the cell, were it counted by itself? */
static bool
record_is_at(const struct account_entry *e, const struct record *r)
{
    const struct spot *spot = &e->a->question.spot;
    struct part part = { .province = r->province,
                         .partner = r->partner,
                         .spread = SPREAD_ALL,
                         .day = r->day,
                         .span = 1 };

    if (r->type == RECORD_AGREEMENT) {
        /* It names the pair, which was seen to: the day is left. */
        part.province = (int16_t)spot->scope;
        part.partner = (int16_t)spot->partner;
        part.spread = SPREAD_HERE;
    } else if (r->basis == BASIS_STATISTIC) {
        part.span = (int16_t)(r->day + 1 - r->from);
        if (partner_is_group(r->partner))
            part.spread = SPREAD_PAIRS;
    }
    return row_is_at(row_make(&part, 0, 1).where, spot, e->tag->at.day);
}

bool
account_unpack(const struct account_entry *e, uint32_t item, struct record *r)
{
    uint16_t mask;

    return item_unpack(e->at + item, e->size - item, r, &mask);
}

static void
take_additions(struct account_entry *e)
{
    struct record r = { 0 };
    uint32_t item = UINT32_MAX;

    for (size_t i = 0; i < e->addition_count; i++) {
        const struct addition *addition = &e->additions[i];
        struct account_measure *m;
        struct account_record offered;
        const struct reason *reason;

        if (addition->amount == 0)
            continue;
        if (addition->item != item && !account_unpack(e, addition->item, &r))
            continue;
        item = addition->item;
        m = account_measure(e->a, addition->measure);
        if (m == NULL) {
            e->a->has_failed = true;
            return;
        }
        reason = account_reason_of(e, item, addition->measure);
        m->sum += addition->amount;
        offered = account_record_of(e, &r, addition->measure, addition->amount,
                                    reason == NULL ? addition->how : reason->kind);
        account_offer(e, e->a, &m->adds, item, &offered, reason);
    }
}

bool
account_is_left_out(const struct account_entry *e, const struct reason *reason,
                    const struct record *r, uint8_t *kind)
{
    const struct spot *spot = &e->a->question.spot;
    bool names =
        item_names(e->at + reason->item, item_bytes(e->at + reason->item, e->size - reason->item),
                   spot->scope, spot->partner);

    *kind = reason->kind;
    if (*kind == REASON_OUTRANKED)
        return e->a->question.wants_all && names && record_is_at(e, r);
    if (!names) {
        /* An identity that named the pair, and does no more. */
        struct record here = *r;

        *kind = REASON_MOVED;
        here.province = (int16_t)(spot->scope == SCOPE_ALL ? PROVINCE_LN : spot->scope);
        here.partner = (int16_t)(spot->partner == PARTNER_ALL ? r->partner : spot->partner);
        return reason->kind <= REASON_ADJUSTED && record_is_at(e, &here);
    }
    if (r->type == RECORD_TRADE && r->scope == SCOPE_PART) {
        *kind = REASON_PART;
        return reason->kind <= REASON_LIMITS && record_is_at(e, r);
    }
    return record_is_at(e, r);
}

static void
take_left_out(struct account_entry *e)
{
    const struct account_question *q = &e->a->question;
    struct record r = { 0 };

    for (size_t i = 0; i < e->reason_count; i++) {
        const struct reason *reason = &e->reasons[i];
        struct account_record offered;
        struct account_measure *m;
        uint8_t kind;

        if ((q->has_measure && reason->measure != q->measure) || is_added(e, reason) ||
            !is_of_moment(e, reason->measure))
            continue;
        if (!account_unpack(e, reason->item, &r) || !account_is_left_out(e, reason, &r, &kind))
            continue;
        m = account_measure(e->a, reason->measure);
        if (m == NULL) {
            e->a->has_failed = true;
            return;
        }
        offered = account_record_of(e, &r, reason->measure, 0, kind);
        account_offer(e, e->a, &m->left, reason->item, &offered, reason);
    }
}

bool
account_entry_take(struct account_entry *e, const uint8_t *entry, size_t size)
{
    e->at = entry;
    e->size = size;
    e->addition_count = e->reason_count = 0;
    if (!entry_parts(entry, size, take_part, e) || !entry_reasons(entry, size, take_reason, e) ||
        e->a->has_failed)
        return false;
    if (e->reason_count > 1)
        qsort(e->reasons, e->reason_count, sizeof *e->reasons, compare_reasons);
    if (e->addition_count > 1)
        qsort(e->additions, e->addition_count, sizeof *e->additions, compare_additions);
    if (e->a->changes != NULL)
        return e->a->changes->take(e->a->changes, e);
    take_additions(e);
    take_left_out(e);
    return !e->a->has_failed;
}
