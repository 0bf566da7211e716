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

static void
add_side(const struct coverage_side *side, const struct lookup *lookup, struct reading *reading,
         const int *windows, size_t count)
{
    char key[KEY_BYTES];

    for (size_t i = 0; i < count; i++) {
        (void)key_pair(lookup->prefix, side->scope, side->partner, windows[i], false,
                       &lookup->windows, key);
        reading_add(reading, (const char *const[]){ "HGETALL", key }, 2);
    }
}

/* From another scope: a side, or what is no part of it. */
static enum fault
read_side(struct coverage *c, int number, const struct coverage_side *side,
          const struct lookup *lookup, const int *windows, size_t count, struct why *why)
{
    struct reading reading;
    const struct answer *answers;
    struct asof asof;

    reading_begin(&reading, lookup, side->scope);
    add_side(side, lookup, &reading, windows, count);
    enum fault fault = reading_run(&reading, &asof, &answers, why);
    bool is_whole = fault == FAULT_NONE && asof_trust(&asof, lookup) == TRUST_WHOLE;
    c->is_unknown = c->is_unknown || (province_is_apart(side->scope) && !is_whole);
    for (size_t i = 0; i < count && is_whole && fault == FAULT_NONE; i++)
        fault =
            take_window(c, number, windows[i], &answers[i], province_is_apart(side->scope), why);
    reading_end(&reading);
    return fault;
}

enum fault
coverage_read(struct coverage *c, const struct lookup *lookup, const int *windows, size_t count,
              struct why *why)
{
    enum fault fault = FAULT_NONE;

    for (int i = 0; i < c->side_count && fault == FAULT_NONE; i++) {
        if (c->sides[i].scope == c->scope)
            continue;
        fault = read_side(c, i, &c->sides[i], lookup, windows, count, why);
        /* What ALL has of these is no part of CN. */
        for (int p = 0; p < PROVINCE_COUNT && fault == FAULT_NONE; p++) {
            struct coverage_side less = { p, c->partner, false };
            int number = c->sides[i].is_whole ? COVERAGE_SIDES + i : i;

            if (province_is_apart(p))
                fault = read_side(c, number, &less, lookup, windows, count, why);
        }
    }
    return fault;
}

void
coverage_add(const struct coverage *c, const struct lookup *lookup, struct reading *reading,
             const int *windows, size_t count)
{
    for (int i = 0; i < c->side_count; i++)
        if (c->sides[i].scope == c->scope)
            add_side(&c->sides[i], lookup, reading, windows, count);
}

enum fault
coverage_take(struct coverage *c, const struct answer *answers, const int *windows, size_t count,
              struct why *why)
{
    enum fault fault = FAULT_NONE;

    for (int i = 0; i < c->side_count; i++) {
        if (c->sides[i].scope != c->scope)
            continue;
        for (size_t k = 0; k < count && fault == FAULT_NONE; k++)
            fault = take_window(c, i, windows[k], answers++, false, why);
    }
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

/* Pairs of one scope: a partner, or all countries. */
static enum fault
read_days(struct coverage *c, int side, const struct lookup *lookup, int scope, int first, int last,
          int window, struct why *why)
{
    struct reading reading;
    const struct answer *answers;
    struct asof asof;
    char key[KEY_BYTES];

    reading_begin(&reading, lookup, scope);
    for (int partner = first; partner <= last; partner++) {
        (void)key_pair(lookup->prefix, scope, partner, window, false, &lookup->windows, key);
        reading_add(&reading, (const char *const[]){ "HGETALL", key }, 2);
    }
    enum fault fault = reading_run(&reading, &asof, &answers, why);
    for (int i = 0; i <= last - first && fault == FAULT_NONE; i++)
        fault = take_days(c, side, &answers[i], why);
    reading_end(&reading);
    return fault;
}

enum fault
coverage_read_days(struct coverage *c, const struct lookup *lookup, int window, struct why *why)
{
    enum fault fault = FAULT_NONE;

    for (int i = 0; i < c->side_count && fault == FAULT_NONE; i++) {
        bool is_of_provinces = c->sides[i].scope != c->scope;

        if (!is_of_provinces)
            fault = read_days(c, i, lookup, c->scope, 0, PARTNER_COUNTRIES - 1, window, why);
        for (int p = 0; is_of_provinces && p < PROVINCE_COUNT && fault == FAULT_NONE; p++)
            if (p != PROVINCE_CN && !province_is_apart(p))
                fault = read_days(c, i, lookup, p, c->partner, c->partner, window, why);
    }
    return fault;
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

void
coverage_json(const struct coverage *c, const struct coverage_ratio *ratio, struct text window,
              uint32_t measure, FILE *out)
{
    const struct coverage_side *side = &ratio->side;
    const struct coverage_side asked = { c->scope, c->partner, !side->is_whole };
    const struct coverage_side *parts = side->is_whole ? &asked : side;
    const struct coverage_side *whole = side->is_whole ? side : &asked;
    char name[MEASURE_TEXT];

    (void)measure_write(measure, name);
    fprintf(out, "{\"window\":");
    json_text(window, out);
    fprintf(
        out,
        ",\"measure\":\"%s\",\"parts\":{\"province\":\"%s\",\"partner\":\"%s\",\"total\":%" PRId64,
        name, scope_code(parts->scope), partner_code(parts->partner), ratio->parts);
    if (ratio->most_days > 0)
        fprintf(out, ",\"count\":%" PRId64 ",\"days\":[%" PRId64 ",%" PRId64 "]", ratio->part_count,
                ratio->least_days, ratio->most_days);
    fprintf(out, "},\"whole\":{\"province\":\"%s\",\"partner\":\"%s\",\"total\":%" PRId64,
            scope_code(whole->scope), partner_code(whole->partner), ratio->whole);
    if (ratio->days > 0)
        fprintf(out, ",\"days\":%" PRId64, ratio->days);
    fprintf(out, "},\"percent\":%" PRId64 ".%" PRId64 "}", ratio->permille / 10,
            ratio->permille % 10);
}
