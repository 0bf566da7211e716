/* tally-lookup top PROVINCE WINDOW MEASURE
 *
 * {"province":"CN-LN","window":"2023","measure":"export.CNY",
 *  "day":"2024-01-31","complete":true,
 *  "through":1706659200000,"through_age_ms":2000,
 *  "top":[{"partner":"RU","total":1440000000000}, ...]}
 *
 * "coverage" says how much of WORLD's figure, or CN's, all of them together are.
 *
 * The ranking in Redis holds doubles.  Here the totals themselves are read, of
 * all partners in one round trip, so order and numbers are exact. */
#include "lookup/coverage.h"
#include "lookup/names.h"

#include <inttypes.h>

struct rank {
    int partner;
    int64_t total;
    struct doubts doubts;
};

enum { FIELDS = 1 + DOUBT_FORMS };

/* One HMGET for a partner: the total, and what its doubts are made of. */
static void
ask_partner(struct reading *reading, const struct lookup *lookup, int scope, int window,
            uint32_t measure, int partner)
{
    const char *args[2 + FIELDS] = { "HMGET" };
    char key[KEY_BYTES], names[FIELDS][MEASURE_TEXT];

    (void)key_pair(lookup->prefix, scope, partner, window, false, &lookup->windows, key);
    args[1] = key;
    for (int i = 0; i < FIELDS; i++) {
        (void)measure_write(i == 0 ? measure : measure_beside(measure, doubt_forms[i - 1]),
                            names[i]);
        args[2 + i] = names[i];
    }
    reading_add(reading, args, 2 + FIELDS);
}

/* Partners with a total.  A field that is absent is zero. */
static enum fault
read_ranks(const struct answer *answers, const char *mark, struct rank *ranks, size_t *count,
           struct why *why)
{
    for (int partner = 0; partner < PARTNER_COUNTRIES; partner++) {
        const struct answer *a = &answers[partner];
        struct rank rank = { .partner = partner, .doubts = { .mark = mark } };
        int64_t values[FIELDS] = { 0 };
        enum fault fault = FAULT_NONE;
        for (size_t i = 0; i < a->count && i < FIELDS && fault == FAULT_NONE; i++)
            if (a->items[i].kind == ANSWER_TEXT)
                fault = total_read(a->items[i].text, &values[i], why);
        if (fault != FAULT_NONE)
            return fault;
        /* A partner without this measure is in no ranking. */
        if (values[0] == 0)
            continue;
        rank.total = values[0];
        memcpy(rank.doubts.of, values + 1, sizeof rank.doubts.of);
        ranks[(*count)++] = rank;
    }
    return FAULT_NONE;
}

/* The greatest total first; equal ones by code, so that the order is always the
 * same. */
static int
compare_ranks(const void *left, const void *right)
{
    const struct rank *a = left, *b = right;

    if (a->total != b->total)
        return a->total > b->total ? -1 : 1;
    return a->partner - b->partner; /* rows are sorted by code */
}

/* One row a partner, with its place in front. */
static enum fault
show_table(const struct rank *ranks, size_t count, uint32_t measure, FILE *out, struct why *why)
{
    static const struct table_column columns[] = {
        { "#", true },     { "partner", false }, { "name", false },
        { "total", true }, { "unit", false },    { "note", false },
    };
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0]);

    for (size_t i = 0; i < count; i++) {
        char place[8], number[NUMBER_BYTES], unit[MEASURE_TEXT], note[NOTE_BYTES];
        struct text_buffer b = { .at = place, .size = sizeof place };
        text_put_integer(&b, (int64_t)i + 1);
        table_put(table, text_done(&b));
        table_put(table, text_of(partner_code(ranks[i].partner)));
        table_put(table, text_of(partner_english(ranks[i].partner)));
        table_put(table, show_number(measure, ranks[i].total, number));
        table_put(table, show_unit(measure, unit));
        table_put(table, show_note(measure, &ranks[i].doubts, note));
    }
    return table_end(table, out, why);
}

/* The list alone; what asof_json() has begun goes on. */
static void
show_json(const struct rank *ranks, size_t count, FILE *out)
{
    fprintf(out, ",\"top\":[");
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s{\"partner\":\"%s\",\"total\":%" PRId64 "}", i == 0 ? "" : ",",
                partner_code(ranks[i].partner), ranks[i].total);
    fprintf(out, "]");
}

/* ---- how much of the whole they are -------------------------------------------- */

/* What all partners together have. */
static enum fault
read_margin(const struct answer *answer, int64_t *margin, struct why *why)
{
    *margin = 0;
    if (answer->kind == ANSWER_LIST && answer->count > 0 && answer->items[0].kind == ANSWER_TEXT &&
        !text_integer(answer->items[0].text, margin))
        return why_set(why, FAULT_STORE_REFUSED, "a total in Redis is not a whole number");
    return FAULT_NONE;
}

/* "all of them: 1,234.00 CNY, 43.1 % of CN-LN x WORLD (...)" */
static void
show_coverage(const struct coverage *coverage, int window, uint32_t measure, int64_t margin,
              FILE *out)
{
    char words[COVERAGE_BYTES], number[NUMBER_BYTES], unit[MEASURE_TEXT];
    struct coverage_ratio ratio;
    bool is_any = false;

    for (int i = 0; i < coverage->side_count; i++) {
        if (!coverage_of(coverage, i, window, measure, margin, &ratio))
            continue;
        struct text n = show_number(measure, margin, number);
        struct text u = show_unit(measure, unit), t = coverage_say(&ratio, measure, words);
        if (!is_any)
            fprintf(out, "all of them: %.*s %.*s", (int)n.length, n.at, (int)u.length, u.at);
        fprintf(out, ", %.*s", (int)t.length, t.at);
        is_any = true;
    }
    if (is_any)
        fprintf(out, "\n");
}

static void
json_margin(const struct coverage *coverage, int window, struct text window_name, uint32_t measure,
            int64_t margin, FILE *out)
{
    struct coverage_ratio ratio;
    bool is_any = false;

    for (int i = 0; i < coverage->side_count; i++) {
        if (!coverage_of(coverage, i, window, measure, margin, &ratio))
            continue;
        fprintf(out, "%s", is_any ? "," : ",\"coverage\":[");
        coverage_json(coverage, &ratio, window_name, measure, out);
        is_any = true;
    }
    fprintf(out, "%s", is_any ? "]" : "");
}

/* The answers are those of ask_partner(), in the order of the partners, and then
 * that of all of them together. */
static enum fault
show(const struct lookup *lookup, int scope, int window, uint32_t measure,
     const struct coverage *coverage, const struct answer *answers, const struct asof *asof,
     struct why *why)
{
    int64_t margin = 0;
    struct rank ranks[PARTNER_COUNTRIES];
    char name[NAME_BYTES], window_name[WINDOW_TEXT], measure_name[MEASURE_TEXT];
    size_t count = 0;
    FILE *out = lookup->out;

    enum fault fault = read_ranks(answers, asof_mark(asof, lookup), ranks, &count, why);
    if (fault == FAULT_NONE)
        fault = read_margin(&answers[PARTNER_COUNTRIES], &margin, why);
    if (fault != FAULT_NONE)
        return fault;
    qsort(ranks, count, sizeof ranks[0], compare_ranks);
    name_show_scope(scope, name);
    (void)window_write(window, &lookup->windows, window_name);
    (void)measure_write(measure, measure_name);
    if (lookup->as_json) {
        fprintf(out, "{\"province\":\"%s\",\"window\":\"%s\",\"measure\":\"%s\",",
                scope_code(scope), window_name, measure_name);
        asof_json(asof, out);
        show_json(ranks, count, out);
        json_margin(coverage, window, text_of(window_name), measure, margin, out);
        fprintf(out, "}\n");
        return FAULT_NONE;
    }
    fprintf(out, "%s: %s in %s\n", name, measure_name, window_name);
    asof_show(asof, lookup);
    show_coverage(coverage, window, measure, margin, out);
    if (count > 0)
        return show_table(ranks, count, measure, out, why);
    fprintf(out, "no data\n");
    return FAULT_NONE;
}

enum fault
lookup_top(const struct lookup *lookup, const char *const *operands, int count,
           enum verdict *verdict, struct why *why)
{
    int scope, window;
    uint32_t measure;
    struct reading reading;
    struct asof asof;
    struct coverage coverage;
    const struct answer *answers;

    (void)count;
    enum fault fault = name_scope(operands[0], &scope, why);
    if (fault == FAULT_NONE)
        fault = name_window(operands[1], &lookup->windows, &window, why);
    if (fault == FAULT_NONE)
        fault = name_measure(operands[2], &measure, why);
    /* Only money and agreements are ranked (docs/design.md). */
    if (fault == FAULT_NONE && !measure_is_ranked(measure))
        fault = why_set(why, FAULT_OPTION,
                        "%s is not ranked: money is (export.CNY), and agreements", operands[2]);
    if (fault != FAULT_NONE)
        return fault;
    reading_begin(&reading, lookup, scope);
    /* All countries in one transaction: some 250 small reads.  A group holds others
     * and is in no ranking. */
    for (int partner = 0; partner < PARTNER_COUNTRIES; partner++)
        ask_partner(&reading, lookup, scope, window, measure, partner);
    ask_partner(&reading, lookup, scope, window, measure, PARTNER_ALL);
    coverage_begin(&coverage, scope, PARTNER_ALL);
    coverage_add(&coverage, lookup, &reading, &window, 1);
    /* What lies elsewhere first: the answers of a scope are good until the next is read. */
    fault = coverage_read(&coverage, lookup, &window, 1, why);
    if (fault == FAULT_NONE)
        fault = coverage_read_days(&coverage, lookup, window, why);
    if (fault == FAULT_NONE)
        fault = reading_run(&reading, &asof, &answers, why);
    if (fault == FAULT_NONE)
        fault = coverage_take(&coverage, answers + PARTNER_COUNTRIES + 1, &window, 1, why);
    if (fault == FAULT_NONE)
        fault = show(lookup, scope, window, measure, &coverage, answers, &asof, why);
    if (fault == FAULT_NONE)
        *verdict = asof_verdict(&asof, lookup, why);
    coverage_release(&coverage);
    reading_end(&reading);
    return fault;
}
