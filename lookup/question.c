/* Which keys a question needs, scope by scope, and which answer is of which.
 *
 * One walk over the scopes does both: question_ask() adds the commands in its order, and
 * question_take() meets the answers in the same order.  A scope is visited once, so that its
 * totals, and what they are a share of, are of one moment. */
#include "lookup/question.h"

#include "base/day.h"
#include "base/grow.h"

void
question_all_windows(struct question *q, const struct lookup *lookup)
{
    q->window_count = 0;
    for (int i = 0; i < lookup->windows.count; i++)
        q->windows[q->window_count++] = i;
    for (int year = YEAR_FIRST; year <= YEAR_LAST; year++)
        q->windows[q->window_count++] = WINDOW_YEAR + year;
    q->windows[q->window_count++] = WINDOW_ALL;
}

bool
question_is_pair(const struct question *q)
{
    return q->scope_count == 1 && q->partner_count == 1 && q->kind != QUESTION_TOP;
}

/* ---- pairs ------------------------------------------------------------------------------- */

static int64_t
pair_count(const struct question *q)
{
    return (int64_t)q->scope_count * q->partner_count;
}

/* The pairs of this page: only of totals; other questions have one pair, or rank all of them. */
static bool
has_page(const struct question *q)
{
    return q->kind == QUESTION_TOTALS && q->limit > 0;
}

static bool
is_on_page(const struct question *q, int64_t pair)
{
    return !has_page(q) || (pair >= q->first && pair - q->first < (int64_t)q->limit);
}

/* ---- one walk ---------------------------------------------------------------------------- */

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

static enum fault
add_shares(const struct coverage *c, struct sheet_row *row, struct sheet *sheet, struct why *why)
{
    struct coverage_ratio ratio;
    int window = row->time == ROW_YEAR ? WINDOW_YEAR + row->at : row->at;

    row->share_at = (uint32_t)sheet->share_count;
    for (int i = 0; i < c->side_count; i++) {
        if (!row->is_known || row->value > INT64_MAX || row->value < INT64_MIN ||
            !coverage_of(c, i, window, row->measure, (int64_t)row->value, &ratio))
            continue;
        struct coverage_ratio *larger =
            grow(sheet->shares, &sheet->share_room, sheet->share_count + 1, sizeof *larger);
        if (larger == NULL)
            return why_set(why, FAULT_NO_MEMORY, "no memory for the shares");
        sheet->shares = larger;
        larger[sheet->share_count++] = ratio;
        row->share_count++;
    }
    return FAULT_NONE;
}

static bool
is_before(const struct coverage *c, const struct sheet_row *row)
{
    return c->scope != row->scope ? c->scope < row->scope : c->partner < row->partner;
}

static enum fault
cover_rows(const struct question *q, struct sheet *sheet, struct why *why)
{
    enum fault fault = FAULT_NONE;
    size_t k = 0; /* rows and covers are both in the order of the pairs */

    for (size_t i = 0; i < sheet->count && fault == FAULT_NONE; i++) {
        struct sheet_row *row = &sheet->rows[i];
        while (k < q->cover_count && is_before(&q->covers[k], row))
            k++;
        if (k < q->cover_count && q->covers[k].scope == row->scope &&
            q->covers[k].partner == row->partner)
            fault = add_shares(&q->covers[k], row, sheet, why);
    }
    return fault;
}

/* The greatest total first; equal ones by code, so that the order is always the same. */
static int
compare_ranks(const void *left, const void *right)
{
    const struct sheet_row *a = left, *b = right;

    if (a->value != b->value)
        return a->value > b->value ? -1 : 1;
    return a->partner - b->partner; /* rows of the table are sorted by code */
}

/* The margin stands in front, without a rank. */
static void
rank(const struct question *q, struct sheet *sheet)
{
    size_t margins = 0, count = 0;

    for (size_t i = 0; i < sheet->count; i++) /* one without a total is in no ranking */
        if (sheet->rows[i].value != 0)
            sheet->rows[count++] = sheet->rows[i];
    sheet->count = count;
    for (size_t i = 0; i < sheet->count; i++)
        if (sheet->rows[i].partner == PARTNER_ALL) {
            struct sheet_row margin = sheet->rows[i];
            sheet->rows[i] = sheet->rows[margins];
            sheet->rows[margins++] = margin;
        }
    if (sheet->count > margins)
        qsort(sheet->rows + margins, sheet->count - margins, sizeof *sheet->rows, compare_ranks);
    for (size_t i = margins; i < sheet->count; i++)
        sheet->rows[i].rank = (int32_t)(i - margins + 1);
    if (q->limit > 0 && sheet->count > margins + q->limit)
        sheet->count = margins + q->limit;
}

/* Rows of the detail, or of a range, of this page alone. */
static void
cut_page(const struct question *q, struct sheet *sheet)
{
    size_t first = (size_t)q->first < sheet->count ? (size_t)q->first : sheet->count;

    if (q->kind != QUESTION_DETAIL || q->limit == 0 || sheet->count == 0)
        return;
    memmove(sheet->rows, sheet->rows + first, (sheet->count - first) * sizeof *sheet->rows);
    sheet->count -= first;
    if (sheet->count <= q->limit)
        return;
    sheet->count = q->limit;
    sheet->next = q->first + (int64_t)q->limit;
}

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
    if (fault == FAULT_NONE)
        fault = cover_rows(q, sheet, why);
    if (fault != FAULT_NONE)
        return fault;
    /* Amounts that come to 0 in `all` leave nothing there, and yet were told. */
    sheet->has_data = sheet->has_data || sheet->count > 0;
    if (q->kind == QUESTION_RANGE)
        range_add_up(q, sheet);
    if (q->kind == QUESTION_TOP)
        rank(q, sheet);
    cut_page(q, sheet);
    if (has_page(q) && q->first + (int64_t)q->limit < pair_count(q))
        sheet->next = q->first + (int64_t)q->limit;
    return FAULT_NONE;
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

enum fault
question_rank(struct question *q, struct why *why)
{
    char name[MEASURE_TEXT];

    /* Only money and agreements are ranked (docs/design.md). */
    if (!measure_is_ranked(q->measure)) {
        (void)measure_write(q->measure, name);
        return why_set(why, FAULT_OPTION, "%s is not ranked: money is (export.CNY), and agreements",
                       name);
    }
    /* A group holds others and is in no ranking. */
    q->partner_count = 0;
    for (int partner = 0; partner < PARTNER_COUNTRIES; partner++)
        q->partners[q->partner_count++] = partner;
    q->partners[q->partner_count++] = PARTNER_ALL;
    return FAULT_NONE;
}

enum fault
question_read_pair(struct question *q, const struct lookup *lookup, const char *const *operands,
                   int count, struct why *why)
{
    enum fault fault = name_scope(operands[0], &q->scopes[0], why);

    q->scope_count = q->partner_count = 1;
    if (fault == FAULT_NONE)
        fault = name_partner(operands[1], &q->partners[0], why);
    if (fault != FAULT_NONE)
        return fault;
    if (count < 3) {
        question_all_windows(q, lookup);
        return FAULT_NONE;
    }
    q->window_count = 1;
    return name_window(operands[2], &lookup->windows, &q->windows[0], why);
}
