/* Hashes of Redis as rows.
 *
 * A hash of totals, a month of :months and a dimension of :detail are all the same: measures with
 * numbers, some of which tell about others.  Those become notes of the rows that they concern.
 * Where such a row is missing (exports that are contradicted, and none that stands), it is made,
 * with 0, so that nobody misses the note. */
#include "lookup/question.h"

#include "base/day.h"

void
question_fields(uint32_t measure, char names[QUESTION_FIELDS][MEASURE_TEXT])
{
    for (int i = 0; i < QUESTION_FIELDS; i++)
        (void)measure_write(i == 0 ? measure : measure_beside(measure, doubt_forms[i - 1]),
                            names[i]);
}

/* ---- rows -------------------------------------------------------------------------------- */

static enum fault
no_memory(struct why *why)
{
    return why_set(why, FAULT_NO_MEMORY, "no memory for the rows");
}

/* The measure that another one is a note of; itself: it is none. */
static uint32_t
host_of(uint32_t measure)
{
    enum measure_form form = measure_form(measure);

    if (MEASURE_DERIVED_MONEY <= form && form <= MEASURE_DAYS_QUANTITY)
        return measure_beside(measure, MEASURE_MONEY);
    if (MEASURE_INEXACT <= form && form <= MEASURE_MISMATCHED)
        return measure_make(
            measure_family(measure),
            measure_family(measure) == FAMILY_AGREEMENTS ? MEASURE_COUNT : MEASURE_EVENTS, 0);
    return measure;
}

static bool
has_measure(const struct total *totals, size_t count, uint32_t measure)
{
    for (size_t i = 0; i < count; i++)
        if (totals[i].is_known && totals[i].measure == measure)
            return true;
    return false;
}

/* A group of totals that stand together. */
struct group {
    const struct place_of_rows *place;
    struct text dimension;
    const struct total *totals;
    size_t count;
};

static bool
is_wanted(const struct question *q, const struct total *total)
{
    if (question_is_narrow(q))
        return total->is_known && total->measure == q->measure;
    return q->kind != QUESTION_AGREEMENTS ||
           (total->is_known && measure_family(total->measure) == FAMILY_AGREEMENTS);
}

static enum fault
put_row(const struct group *g, const struct total *total, bool is_aside, struct sheet *sheet,
        struct why *why)
{
    struct sheet_row *row = sheet_add(sheet);

    if (row == NULL)
        return no_memory(why);
    row->scope = (int16_t)g->place->scope;
    row->partner = (int16_t)g->place->partner;
    row->time = (uint8_t)g->place->time;
    row->at = g->place->at;
    row->is_known = total->is_known;
    row->is_aside = is_aside;
    row->measure = total->measure;
    row->value = total->value;
    row->dimension = g->dimension;
    row->window_days = row_days_of(g->place->time, g->place->at, sheet->lookup);
    if (total->is_known)
        row->doubts = doubts_among(g->totals, g->count, total->measure, NULL);
    else
        row->name = keep_text(&sheet->kept, total->name);
    return total->is_known || row->name.at != NULL ? FAULT_NONE : no_memory(why);
}

/* The row that a note is of, where nothing else has made it. */
static enum fault
put_host(const struct question *q, const struct group *g, size_t note, struct sheet *sheet,
         struct why *why)
{
    struct total host = { .is_known = true, .measure = host_of(g->totals[note].measure) };

    if (has_measure(g->totals, g->count, host.measure) || !is_wanted(q, &host))
        return FAULT_NONE;
    for (size_t i = 0; i < note; i++) /* it was made for a note before */
        if (g->totals[i].is_known && g->totals[i].measure != host.measure &&
            host_of(g->totals[i].measure) == host.measure)
            return FAULT_NONE;
    return put_row(g, &host, false, sheet, why);
}

static enum fault
put_group(const struct question *q, const struct group *g, struct sheet *sheet, struct why *why)
{
    enum fault fault = FAULT_NONE;

    for (size_t i = 0; i < g->count && fault == FAULT_NONE; i++) {
        const struct total *total = &g->totals[i];
        bool is_note = total->is_known && host_of(total->measure) != total->measure &&
                       !(question_is_narrow(q) && q->measure == total->measure);
        if (is_note)
            fault = put_host(q, g, i, sheet, why);
        if (fault == FAULT_NONE && is_wanted(q, total) &&
            !(is_note && is_in_a_note(g->totals, g->count, total)))
            fault = put_row(g, total, is_note, sheet, why);
    }
    return fault;
}

/* ---- hashes ------------------------------------------------------------------------------ */

/* The answer to HMGET: names are known, what is nil is not there. */
static enum fault
fields_read(const struct question *q, const struct answer *values, struct total **out,
            size_t *count, struct why *why)
{
    struct total *totals = calloc(QUESTION_FIELDS, sizeof *totals);
    enum fault fault = totals == NULL ? no_memory(why) : FAULT_NONE;

    *count = 0;
    for (size_t i = 0; fault == FAULT_NONE && i < values->count && i < QUESTION_FIELDS; i++) {
        struct total *total = &totals[*count];
        if (values->items[i].kind != ANSWER_TEXT)
            continue;
        total->is_known = true;
        total->measure = i == 0 ? q->measure : measure_beside(q->measure, doubt_forms[i - 1]);
        fault = total_read(values->items[i].text, &total->value, why);
        /* A measure may be one of those that stand beside it. */
        if (i == 0 || total->measure != q->measure)
            ++*count;
    }
    if (fault == FAULT_NONE)
        *out = totals;
    else
        free(totals);
    return fault;
}

enum fault
take_totals(const struct question *q, const struct place_of_rows *place, const struct answer *hash,
            struct sheet *sheet, struct why *why)
{
    struct group g = { .place = place };
    struct total *totals = NULL;
    enum fault fault = question_is_narrow(q) ? fields_read(q, hash, &totals, &g.count, why)
                                             : totals_read(hash, &totals, &g.count, why);

    g.totals = totals;
    if (fault == FAULT_NONE)
        fault = put_group(q, &g, sheet, why);
    free(totals);
    return fault;
}

/* ---- fields in two parts ------------------------------------------------------------------- */

/* "2023-09|export.CNY", "hs:87|export.CNY". */
struct two_parts {
    struct text front; /* what stands before the bar */
    struct total total;
};

static int
compare_fields(const void *left, const void *right)
{
    const struct two_parts *a = left, *b = right;
    int order = text_compare(a->front, b->front);

    if (order != 0)
        return order;
    if (a->total.is_known != b->total.is_known)
        return a->total.is_known ? -1 : 1;
    if (!a->total.is_known)
        return text_compare(a->total.name, b->total.name);
    return (a->total.measure > b->total.measure) - (a->total.measure < b->total.measure);
}

static enum fault
fields_in_order(const struct answer *hash, struct two_parts **out, size_t *count, struct why *why)
{
    size_t pairs = hash->kind == ANSWER_LIST ? hash->count / 2 : 0;
    struct two_parts *fields = calloc(pairs + 1, sizeof *fields);
    enum fault fault = fields == NULL ? no_memory(why) : FAULT_NONE;

    *count = 0;
    for (size_t i = 0; i < pairs && fault == FAULT_NONE; i++) {
        struct text t = hash->items[2 * i].text;
        const char *bar = t.length == 0 ? NULL : memrchr(t.at, '|', t.length);
        struct two_parts *f = &fields[*count];
        if (bar == NULL)
            continue;
        f->front = (struct text){ t.at, (size_t)(bar - t.at) };
        f->total.name = (struct text){ bar + 1, t.length - f->front.length - 1 };
        f->total.is_known = measure_read(f->total.name, &f->total.measure);
        fault = total_read(hash->items[2 * i + 1].text, &f->total.value, why);
        ++*count;
    }
    if (fault == FAULT_NONE) {
        qsort(fields, *count, sizeof *fields, compare_fields);
        *out = fields;
    } else {
        free(fields);
    }
    return fault;
}

/* What is done with the fields that have the same front.  False: they are not asked for. */
typedef bool judge_front(const struct question *q, struct text front, struct group *g,
                         struct place_of_rows *place);

static enum fault
take_fields(const struct question *q, const struct place_of_rows *place, const struct answer *hash,
            judge_front *judge, bool keeps_front, struct sheet *sheet, struct why *why)
{
    struct two_parts *fields = NULL;
    size_t count = 0, last = 0;
    enum fault fault = fields_in_order(hash, &fields, &count, why);
    struct total *totals = fault == FAULT_NONE ? calloc(count + 1, sizeof *totals) : NULL;

    if (fault == FAULT_NONE && totals == NULL)
        fault = no_memory(why);
    for (size_t first = 0; first < count && fault == FAULT_NONE; first = last) {
        struct place_of_rows here = *place;
        struct group g = { .place = &here, .totals = totals };
        for (last = first; last < count && text_equal(fields[last].front, fields[first].front);
             last++)
            totals[g.count++] = fields[last].total;
        if (!judge(q, fields[first].front, &g, &here))
            continue;
        g.dimension =
            keeps_front ? keep_text(&sheet->kept, fields[first].front) : (struct text){ NULL, 0 };
        fault =
            keeps_front && g.dimension.at == NULL ? no_memory(why) : put_group(q, &g, sheet, why);
    }
    free(totals);
    free(fields);
    return fault;
}

/* ---- months ------------------------------------------------------------------------------ */

static bool
judge_month(const struct question *q, struct text front, struct group *g,
            struct place_of_rows *place)
{
    (void)g;
    if (!name_month(front, &place->at))
        return false;
    if (q->kind != QUESTION_RANGE)
        return q->from <= place->at && place->at <= q->to;
    int32_t first = day_from_date((struct date){ place->at / 12, place->at % 12 + 1, 1 });
    return q->from <= first && first + row_days_of(ROW_MONTH, place->at, NULL) - 1 <= q->to;
}

enum fault
take_months(const struct question *q, const struct place_of_rows *place, const struct answer *hash,
            struct sheet *sheet, struct why *why)
{
    return take_fields(q, place, hash, judge_month, false, sheet, why);
}

/* ---- detail ------------------------------------------------------------------------------ */

static bool
begins(struct text t, const char *word)
{
    size_t length = strlen(word);

    return t.length >= length && memcmp(t.at, word, length) == 0;
}

/* "hs:87": a chapter, and nothing narrower. */
static bool
judge_dimension(const struct question *q, struct text front, struct group *g,
                struct place_of_rows *place)
{
    enum question_by by = q->kind == QUESTION_AGREEMENTS ? BY_SECTOR : q->by;

    (void)g, (void)place;
    switch (by) {
    case BY_ALL:
        return true;
    case BY_CHAPTER:
        return begins(front, "hs:") && front.length == strlen("hs:87");
    case BY_COMMODITY:
        return begins(front, "hs:");
    case BY_AREA:
        return begins(front, "area:") && memchr(front.at, '+', front.length) == NULL;
    case BY_SECTOR:
        return begins(front, "sector:");
    case BY_PART:
        return text_equal(front, TEXT_LITERAL("part"));
    }
    return false;
}

enum fault
take_detail(const struct question *q, const struct place_of_rows *place, const struct answer *hash,
            struct sheet *sheet, struct why *why)
{
    return take_fields(q, place, hash, judge_dimension, true, sheet, why);
}
