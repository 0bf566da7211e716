/* Which keys a question needs, scope by scope, and which answer is of which.
 *
 * One walk over the scopes does both: question_ask() adds the commands in its order, and
 * question_take() meets the answers in the same order.  A scope is visited once, so that its
 * totals, and what they are a share of, are of one moment. */
#include "lookup/question.h"

#include "base/day.h"
#include "base/grow.h"

bool
question_is_pair(const struct question *q)
{
    return q->scope_count == 1 && q->partner_count == 1 && q->kind != QUESTION_TOP;
}

/* ---- one walk ---------------------------------------------------------------------------- */

static bool
is_on_page(const struct question *q, int64_t pair)
{
    return !question_has_page(q) || (pair >= q->first && pair - q->first < (int64_t)q->limit);
}

struct walk {
    struct question *q;
    const struct lookup *lookup;
    struct reading *asks;        /* of question_ask() */
    const struct reading *takes; /* of question_take() */
    struct sheet *sheet;
    const struct visit *visit;
    size_t at; /* the next answer of the visit */
    struct why *why;
};

static const struct answer *
next_answer(struct walk *w)
{
    return &w->visit->answers[w->at++];
}

static enum fault
hash_of(struct walk *w, const struct place_of_rows *place, bool is_detail)
{
    const struct question *q = w->q;
    char key[KEY_BYTES], names[QUESTION_FIELDS][MEASURE_TEXT];
    const char *args[2 + QUESTION_FIELDS] = { "HMGET", key };
    size_t count = 2;

    if (w->takes != NULL && is_detail)
        return take_detail(q, place, next_answer(w), w->sheet, w->why);
    if (w->takes != NULL)
        return take_totals(q, place, next_answer(w), w->sheet, w->why);
    int window = place->time == ROW_YEAR ? WINDOW_YEAR + place->at : place->at;
    (void)key_pair(w->lookup->prefix, place->scope, place->partner, window, is_detail,
                   &w->lookup->windows, key);
    if (question_is_narrow(q) && !is_detail) {
        question_fields(q->measure, names);
        for (int i = 0; i < QUESTION_FIELDS; i++)
            args[count++] = names[i];
    } else {
        args[0] = "HGETALL";
    }
    reading_add(w->asks, args, count);
    return FAULT_NONE;
}

static enum fault
months_of(struct walk *w, const struct place_of_rows *place)
{
    char key[KEY_BYTES];

    if (w->takes != NULL)
        return take_months(w->q, place, next_answer(w), w->sheet, w->why);
    (void)key_months(w->lookup->prefix, place->scope, place->partner, key);
    reading_add(w->asks, (const char *const[]){ "HGETALL", key }, 2);
    return FAULT_NONE;
}

/* A range is its whole years, and the months that are left: both in the sheet, to be added up. */
static enum fault
range_of(struct walk *w, struct place_of_rows place)
{
    enum fault fault = FAULT_NONE;
    int first = day_to_date(w->q->from).year, last = day_to_date(w->q->to).year;

    place.time = ROW_MONTH;
    fault = months_of(w, &place);
    place.time = ROW_YEAR;
    for (int year = first; year <= last && fault == FAULT_NONE; year++) {
        place.at = year;
        if (day_from_date((struct date){ year, 1, 1 }) >= w->q->from &&
            day_from_date((struct date){ year, 12, 31 }) <= w->q->to)
            fault = hash_of(w, &place, false);
    }
    return fault;
}

/* Was anything ever told of the pair? */
static void
existence_of(struct walk *w, const struct place_of_rows *place)
{
    char key[KEY_BYTES];

    if (w->takes != NULL) {
        w->sheet->has_data = next_answer(w)->integer > 0;
        return;
    }
    (void)key_pair(w->lookup->prefix, place->scope, place->partner, WINDOW_ALL, false,
                   &w->lookup->windows, key);
    reading_add(w->asks, (const char *const[]){ "EXISTS", key }, 2);
}

static enum fault
pair_of(struct walk *w, int scope, int partner)
{
    const struct question *q = w->q;
    struct place_of_rows place = { scope, partner, ROW_WINDOW, 0 };
    enum fault fault = FAULT_NONE;

    if (question_is_pair(q))
        existence_of(w, &place);
    if (q->kind == QUESTION_MONTHS) {
        place.time = ROW_MONTH;
        return months_of(w, &place);
    }
    if (q->kind == QUESTION_RANGE)
        return range_of(w, place);
    for (int i = 0; i < q->window_count && fault == FAULT_NONE; i++) {
        place.time = q->as_years ? ROW_YEAR : ROW_WINDOW;
        place.at = q->as_years ? q->windows[i] - WINDOW_YEAR : q->windows[i];
        if (q->kind != QUESTION_DETAIL)
            fault = hash_of(w, &place, false);
        if (fault == FAULT_NONE && (q->kind == QUESTION_DETAIL || q->kind == QUESTION_AGREEMENTS))
            fault = hash_of(w, &place, true);
    }
    return fault;
}

/* Of how many days the parts tell is read where one margin is asked for in one window: of more it
 * would be many thousand reads.  A list never has it, or its pages would differ from the whole. */
static bool
wants_days(const struct question *q)
{
    return q->cover_count == 1 && q->window_count == 1 &&
           (question_is_pair(q) || q->kind == QUESTION_TOP);
}

/* What is no number there is as if it could not be read. */
static enum fault
take_share(struct walk *w, struct coverage *c, const struct coverage_need *need, int window)
{
    enum fault fault = coverage_take(c, need, w->visit, w->lookup, window, next_answer(w), w->why);

    if (fault != FAULT_STORE_REFUSED)
        return fault;
    c->is_unknown = true;
    return FAULT_NONE;
}

/* What the shares of the margins need in a scope. */
static enum fault
cover_of(struct walk *w, struct coverage *c, int scope)
{
    struct coverage_need needs[COVERAGE_NEEDS];
    size_t count = coverage_needs(c, scope, wants_days(w->q), needs);
    enum fault fault = FAULT_NONE;

    for (size_t n = 0; n < count; n++)
        for (int partner = needs[n].first; partner <= needs[n].last; partner++)
            for (int i = 0; i < w->q->window_count && fault == FAULT_NONE; i++) {
                int window = w->q->windows[i];
                if (w->takes == NULL)
                    reading_add_pair(w->asks, scope, partner, window);
                else
                    fault = take_share(w, c, &needs[n], window);
            }
    return fault;
}

/* Is the scope asked for, and not just what something is a share of? */
static bool
is_asked(const struct question *q, int scope)
{
    for (int i = 0; i < q->scope_count; i++)
        if (q->scopes[i] == scope)
            return true;
    return false;
}

static bool
is_needed(const struct question *q, int scope)
{
    struct coverage_need needs[COVERAGE_NEEDS];
    bool is_needed = is_asked(q, scope);

    for (size_t i = 0; i < q->cover_count && !is_needed; i++)
        is_needed = coverage_needs(&q->covers[i], scope, wants_days(q), needs) > 0;
    return is_needed;
}

/* A scope that shares are of could not be read: nobody knows them then, and the totals stand. */
static void
lose_covers(struct question *q, int scope)
{
    struct coverage_need needs[COVERAGE_NEEDS];

    for (size_t i = 0; i < q->cover_count; i++)
        if (coverage_needs(&q->covers[i], scope, wants_days(q), needs) > 0)
            q->covers[i].is_unknown = true;
}

/* Everything of one scope. */
static enum fault
scope_of(struct walk *w, int scope)
{
    struct question *q = w->q;
    struct question_part *part = &q->parts[scope];
    enum fault fault = FAULT_NONE;

    if (w->takes == NULL) {
        part->visit = (uint32_t)reading_join(w->asks, scope) + 1;
        part->first = (uint32_t)reading_added(w->asks);
    } else if (question_fault(q, w->takes, scope, w->why) != FAULT_NONE) {
        lose_covers(q, scope);
        return FAULT_NONE;
    } else {
        w->visit = reading_seen(w->takes, part->visit - 1);
    }
    w->at = part->first;
    for (int i = 0; i < q->scope_count; i++) {
        if (q->scopes[i] != scope)
            continue;
        if (w->takes != NULL)
            w->sheet->standings[w->sheet->standing_count++] =
                (struct standing){ scope, w->visit->asof };
        for (int k = 0; k < q->partner_count && fault == FAULT_NONE; k++)
            if (is_on_page(q, (int64_t)i * q->partner_count + k))
                fault = pair_of(w, scope, q->partners[k]);
    }
    for (size_t i = 0; i < q->cover_count && fault == FAULT_NONE; i++)
        fault = cover_of(w, &q->covers[i], scope);
    if (w->takes == NULL)
        part->count = (uint32_t)reading_added(w->asks) - part->first;
    return fault;
}

static enum fault
walk(struct walk *w)
{
    enum fault fault = FAULT_NONE;

    for (int scope = 0; scope < SCOPE_COUNT && fault == FAULT_NONE; scope++)
        if (is_needed(w->q, scope))
            fault = scope_of(w, scope);
    return fault;
}

/* ---- asking ------------------------------------------------------------------------------ */

/* The margins that are asked for, of which it may be known how much of a whole they are.  Of a
 * ranking it is the margin of all partners. */
static enum fault
begin_covers(struct question *q, struct why *why)
{
    size_t room = 0;

    if (q->kind != QUESTION_TOTALS && q->kind != QUESTION_TOP)
        return FAULT_NONE;
    for (int i = 0; i < q->scope_count; i++)
        for (int k = 0; k < q->partner_count; k++) {
            struct coverage c;
            coverage_begin(&c, q->scopes[i], q->partners[k]);
            if (c.side_count == 0 || !is_on_page(q, (int64_t)i * q->partner_count + k) ||
                (q->kind == QUESTION_TOP && q->partners[k] != PARTNER_ALL))
                continue;
            struct coverage *larger = grow(q->covers, &room, q->cover_count + 1, sizeof *larger);
            if (larger == NULL)
                return why_set(why, FAULT_NO_MEMORY, "no memory for a question");
            q->covers = larger;
            larger[q->cover_count++] = c;
        }
    return FAULT_NONE;
}

enum fault
question_begin(struct question *q, struct why *why)
{
    return begin_covers(q, why);
}

enum fault
question_ask_scope(struct question *q, int scope, struct reading *reading, struct why *why)
{
    struct walk w = { .q = q, .lookup = reading->lookup, .asks = reading, .why = why };

    return is_needed(q, scope) ? scope_of(&w, scope) : FAULT_NONE;
}

enum fault
question_ask(struct question *q, struct reading *reading, struct why *why)
{
    enum fault fault = question_begin(q, why);

    for (int scope = 0; scope < SCOPE_COUNT && fault == FAULT_NONE; scope++)
        fault = question_ask_scope(q, scope, reading, why);
    return fault;
}

void
question_end(struct question *q)
{
    for (size_t i = 0; i < q->cover_count; i++)
        coverage_release(&q->covers[i]);
    free(q->covers);
    q->covers = NULL;
    q->cover_count = 0;
}

/* ---- taking ------------------------------------------------------------------------------ */

enum fault
question_fault(const struct question *q, const struct reading *reading, int scope, struct why *why)
{
    const struct question_part *part = &q->parts[scope];

    return reading_fault(reading, part->visit - 1, part->first, part->count, why);
}

enum fault
question_was_read(const struct question *q, const struct reading *reading, struct why *why)
{
    enum fault fault = FAULT_NONE;

    for (int scope = 0; scope < SCOPE_COUNT && fault == FAULT_NONE; scope++)
        if (question_has_visited(q, scope) && is_asked(q, scope))
            fault = question_fault(q, reading, scope, why);
    return fault;
}

enum fault
question_take(struct question *q, const struct reading *reading, struct sheet *sheet,
              struct why *why)
{
    struct walk w = {
        .q = q, .lookup = reading->lookup, .takes = reading, .sheet = sheet, .why = why
    };

    sheet->lookup = reading->lookup;
    sheet->is_pair = question_is_pair(q);
    enum fault fault = question_was_read(q, reading, why);
    if (fault == FAULT_NONE)
        fault = walk(&w);
    return fault == FAULT_NONE ? question_finish(q, sheet, why) : fault;
}

enum fault
question_answer(struct question *q, const struct lookup *lookup, struct sheet *sheet,
                struct why *why)
{
    struct reading reading;

    reading_begin(&reading, lookup);
    enum fault fault = question_ask(q, &reading, why);
    if (fault == FAULT_NONE)
        fault = reading_run_each(&reading, why);
    if (fault == FAULT_NONE)
        fault = question_take(q, &reading, sheet, why);
    reading_end(&reading);
    return fault;
}
