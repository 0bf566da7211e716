/* How much of a whole the known parts are (lookup/coverage.h).
 *
 * Statistics alone, since deals are no statistic and agreements have no whole.  The
 * days that a total tells of are known of pairs alone: of the whole (CN x RU, CN-LN x WORLD),
 * and of each pair that is a part, but not of their margin.  Of the window `all` there is no
 * share: one side may tell of ten years, and the other one of one. */
#include "lookup/coverage.h"

#include <inttypes.h>

#include "base/grow.h"

/* ---- the sides ------------------------------------------------------------------- */

static void
put_side(struct coverage *c, int scope, int partner, bool is_whole)
{
    c->sides[c->side_count++] = (struct coverage_side){ scope, partner, is_whole };
}

/* A margin is a sum of what happens to be told, so no margin is a whole, and of ALL x ALL
 * nobody knows whether its countries are those of a province's WORLD. */
void
coverage_begin(struct coverage *c, int scope, int partner)
{
    *c = (struct coverage){ .scope = scope, .partner = partner };
    if (partner != PARTNER_ALL && scope == SCOPE_ALL)
        put_side(c, PROVINCE_CN, partner, true);
    if (partner != PARTNER_ALL && scope == PROVINCE_CN)
        put_side(c, SCOPE_ALL, partner, false);
    if (scope != SCOPE_ALL && partner == PARTNER_ALL)
        put_side(c, scope, PARTNER_WORLD, true);
    if (scope != SCOPE_ALL && partner == PARTNER_WORLD)
        put_side(c, scope, PARTNER_ALL, false);
}

void
coverage_release(struct coverage *c)
{
    free(c->list);
    free(c->days);
    *c = (struct coverage){ 0 };
}

/* ---- reading ----------------------------------------------------------------------- */

static bool
is_of_coverage(uint32_t measure)
{
    enum measure_form form = measure_form(measure);

    return measure_family(measure) < FAMILY_DEALS &&
           (form == MEASURE_MONEY || form == MEASURE_QUANTITY || form == MEASURE_DAYS_MONEY ||
            form == MEASURE_DAYS_QUANTITY);
}

static enum fault
put_total(struct coverage *c, struct coverage_total total, struct why *why)
{
    struct coverage_total *list = grow(c->list, &c->room, c->count + 1, sizeof *list);

    if (list == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for %zu totals", c->count + 1);
    c->list = list;
    list[c->count++] = total;
    return FAULT_NONE;
}

static enum fault
take_window(struct coverage *c, int side, int window, const struct answer *hash, bool is_less,
            struct why *why)
{
    struct total *totals = NULL;
    size_t count = 0;
    enum fault fault = totals_read(hash, &totals, &count, why);

    for (size_t i = 0; i < count && fault == FAULT_NONE; i++)
        if (totals[i].is_known && is_of_coverage(totals[i].measure))
            fault =
                put_total(c,
                          (struct coverage_total){ side, window, totals[i].measure,
                                                   is_less ? -totals[i].value : totals[i].value },
                          why);
    free(totals);
    return fault;
}

/* ---- days of the parts --------------------------------------------------------------- */

static enum fault
note_days(struct coverage *c, int side, uint32_t measure, int64_t days, struct why *why)
{
    struct coverage_days *list;

    for (size_t i = 0; i < c->days_count; i++) {
        struct coverage_days *d = &c->days[i];
        if (d->side != side || d->measure != measure)
            continue;
        d->least = days < d->least ? days : d->least;
        d->most = days > d->most ? days : d->most;
        d->parts++;
        return FAULT_NONE;
    }
    list = grow(c->days, &c->days_room, c->days_count + 1, sizeof *list);
    if (list == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for the days of %zu measures",
                       c->days_count + 1);
    c->days = list;
    list[c->days_count++] = (struct coverage_days){ side, measure, days, days, 1 };
    return FAULT_NONE;
}

/* The days of one pair; one that has none of a measure is no part of it. */
static enum fault
take_days(struct coverage *c, int side, const struct answer *hash, struct why *why)
{
    struct total *totals = NULL;
    size_t count = 0;
    enum fault fault = totals_read(hash, &totals, &count, why);

    for (size_t i = 0; i < count && fault == FAULT_NONE; i++)
        if (totals[i].is_known && is_of_coverage(totals[i].measure) &&
            measure_form(totals[i].measure) >= MEASURE_DAYS_MONEY)
            fault = note_days(c, side, totals[i].measure, totals[i].value, why);
    free(totals);
    return fault;
}

/* ---- what is to be read ------------------------------------------------------------------ */

/* A province whose figures are parts of those of CN. */
static bool
is_part(int scope)
{
    return scope < PROVINCE_CN && !province_is_apart(scope);
}

size_t
coverage_needs(const struct coverage *c, int scope, bool wants_days,
               struct coverage_need needs[COVERAGE_NEEDS])
{
    size_t count = 0;

    for (int i = 0; i < c->side_count; i++) {
        const struct coverage_side *side = &c->sides[i];
        bool is_of_provinces = side->scope != c->scope;
        if (side->scope == scope)
            needs[count++] = (struct coverage_need){ NEED_SIDE, i, side->partner, side->partner };
        /* What ALL has of these is no part of CN. */
        if (is_of_provinces && scope < PROVINCE_CN && province_is_apart(scope))
            needs[count++] = (struct coverage_need){ NEED_LESS, i, c->partner, c->partner };
        if (wants_days && is_of_provinces && is_part(scope))
            needs[count++] = (struct coverage_need){ NEED_DAYS, i, c->partner, c->partner };
        if (wants_days && !is_of_provinces && scope == c->scope)
            needs[count++] = (struct coverage_need){ NEED_DAYS, i, 0, PARTNER_COUNTRIES - 1 };
    }
    return count;
}

enum fault
coverage_take(struct coverage *c, const struct coverage_need *need, const struct visit *visit,
              const struct lookup *lookup, int window, const struct answer *hash, struct why *why)
{
    bool is_ours = visit->scope == c->scope;
    bool is_whole = is_ours || asof_trust(&visit->asof, lookup) == TRUST_WHOLE;
    /* Where the parts are what is asked for, what is to be taken away is taken from them. */
    bool is_from_ours = need->kind == NEED_LESS && c->sides[need->side].is_whole;

    if (need->kind == NEED_DAYS)
        return take_days(c, need->side, hash, why);
    c->is_unknown = c->is_unknown || (need->kind == NEED_LESS && !is_whole);
    if (!is_whole)
        return FAULT_NONE;
    return take_window(c, need->side + (is_from_ours ? COVERAGE_SIDES : 0), window, hash,
                       need->kind == NEED_LESS, why);
}

/* ---- the share --------------------------------------------------------------------- */

/* 0: nobody has told. */
static int64_t
find_total(const struct coverage *c, int side, int window, uint32_t measure)
{
    int64_t sum = 0;

    for (size_t i = 0; i < c->count; i++)
        if (c->list[i].side == side && c->list[i].window == window && c->list[i].measure == measure)
            sum += c->list[i].total;
    return sum;
}

bool
coverage_of(const struct coverage *c, int side, int window, uint32_t measure, int64_t total,
            struct coverage_ratio *out)
{
    enum measure_form form = measure_form(measure);

    if (measure_family(measure) >= FAMILY_DEALS || window == WINDOW_ALL || c->is_unknown ||
        (form != MEASURE_MONEY && form != MEASURE_QUANTITY))
        return false;
    int64_t other = find_total(c, side, window, measure);
    total += find_total(c, COVERAGE_SIDES + side, window, measure);
    if (total <= 0 || other <= 0)
        return false;
    bool is_whole = c->sides[side].is_whole;
    wide_t permille = (wide_t)(is_whole ? total : other) * 1000 / (is_whole ? other : total);
    *out =
        (struct coverage_ratio){ .side = c->sides[side],
                                 .parts = is_whole ? total : other,
                                 .whole = is_whole ? other : total,
                                 .permille = permille < INT64_MAX ? (int64_t)permille : INT64_MAX };
    uint32_t days = measure_beside(measure, MEASURE_DAYS_MONEY);
    if (is_whole)
        out->days = find_total(c, side, window, days);
    for (size_t i = 0; i < c->days_count; i++)
        if (c->days[i].side == side && c->days[i].measure == days) {
            out->least_days = c->days[i].least;
            out->most_days = c->days[i].most;
            out->part_count = c->days[i].parts;
        }
    return true;
}

/* ---- showing ------------------------------------------------------------------------ */

static void
put_number(struct text_buffer *b, uint32_t measure, int64_t n)
{
    char number[NUMBER_BYTES];

    text_put(b, show_number(measure, n, number));
}

/* ", 2 parts of 273 to 365", ", one part": the days where they are not those of the whole. */
static void
put_parts(struct text_buffer *b, const struct coverage_ratio *ratio)
{
    bool has_days = ratio->least_days != ratio->days || ratio->most_days != ratio->days;

    if (ratio->part_count == 0)
        return;
    text_put(b, ratio->days > 0 ? TEXT_LITERAL(", ") : TEXT_LITERAL("; "));
    if (ratio->part_count == 1)
        text_put(b, TEXT_LITERAL("one part"));
    else
        text_print(b, "%" PRId64 " parts", ratio->part_count);
    if (!has_days)
        return;
    text_print(b, " of %" PRId64, ratio->least_days);
    if (ratio->most_days != ratio->least_days)
        text_print(b, " to %" PRId64, ratio->most_days);
    if (ratio->days == 0)
        text_put(b, ratio->most_days == 1 ? TEXT_LITERAL(" day") : TEXT_LITERAL(" days"));
}

struct text
coverage_say(const struct coverage_ratio *ratio, uint32_t measure, char out[COVERAGE_BYTES])
{
    struct text_buffer b = { .at = out, .size = COVERAGE_BYTES };
    const struct coverage_side *side = &ratio->side;

    if (!side->is_whole) {
        text_put(&b, text_of(scope_code(side->scope)));
        text_put(&b, TEXT_LITERAL(" x "));
        text_put(&b, text_of(partner_code(side->partner)));
        text_put(&b, TEXT_LITERAL(" has "));
    }
    text_put_integer(&b, ratio->permille / 10);
    text_put_char(&b, '.');
    text_put_integer(&b, ratio->permille % 10);
    text_put(&b, TEXT_LITERAL(" % of "));
    if (side->is_whole) {
        text_put(&b, text_of(scope_code(side->scope)));
        text_put(&b, TEXT_LITERAL(" x "));
        text_put(&b, text_of(partner_code(side->partner)));
    } else {
        text_put(&b, TEXT_LITERAL("it"));
    }
    text_put(&b, TEXT_LITERAL(" ("));
    put_number(&b, measure, side->is_whole ? ratio->whole : ratio->parts);
    if (ratio->days > 0) {
        text_put(&b, TEXT_LITERAL("; of "));
        text_put_integer(&b, ratio->days);
        text_put(&b, ratio->days == 1 ? TEXT_LITERAL(" day") : TEXT_LITERAL(" days"));
    }
    put_parts(&b, ratio);
    text_put_char(&b, ')');
    return text_done(&b);
}
