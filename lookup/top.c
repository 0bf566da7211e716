/* tally-lookup top PROVINCE WINDOW MEASURE
 *
 * {"province":"CN-LN","window":"2023","measure":"export.CNY",
 *  "day":"2024-01-31","complete":true,
 *  "top":[{"partner":"RU","total":1440000000000}, ...]}
 *
 * The ranking in Redis holds doubles.  Here the totals themselves are read, of
 * all partners in one round trip, so order and numbers are exact. */
#include "lookup/names.h"
#include "lookup/show.h"

#include <inttypes.h>

struct rank {
    int partner;
    int64_t total;
    struct doubts doubts;
};

enum asked { FIELD_OF_TOTAL, FIELD_OF_EVENTS, FIELD_OF_INEXACT, FIELD_OF_CONTRADICTED, FIELDS };

static void
ask_partner(struct reading *reading, const struct lookup *lookup, int scope, int window,
            uint32_t measure, int partner)
{
    static const enum measure_form forms[FIELDS] = { [FIELD_OF_EVENTS] = MEASURE_EVENTS,
                                                     [FIELD_OF_INEXACT] = MEASURE_INEXACT,
                                                     [FIELD_OF_CONTRADICTED] =
                                                         MEASURE_CONTRADICTED };
    const char *args[2 + FIELDS] = { "HMGET" };
    char key[KEY_BYTES], names[FIELDS][MEASURE_TEXT];
    size_t count = 0;

    (void)key_pair(lookup->prefix, scope, partner, window, false, &lookup->windows, key);
    args[1] = key;
    for (int i = 0; i < (measure_has_doubts(measure) ? FIELDS : FIELD_OF_TOTAL + 1); i++) {
        uint32_t asked =
            i == FIELD_OF_TOTAL ? measure : measure_make((int)(measure >> 28), forms[i], 0);
        (void)measure_write(asked, names[i]);
        args[2 + count++] = names[i];
    }
    reading_add(reading, args, 2 + count);
}

/* Partners with a total.  A field that is absent is zero. */
static enum fault
read_ranks(const struct answer *answers, bool is_partial, struct rank *ranks, size_t *count,
           struct why *why)
{
    for (int partner = 0; partner < PARTNER_COUNT; partner++) {
        const struct answer *a = &answers[partner];
        int64_t values[FIELDS] = { 0 };
        for (size_t i = 0; i < a->count && i < FIELDS; i++)
            if (a->items[i].kind == ANSWER_TEXT && !integer_read(a->items[i].text, &values[i]))
                return why_set(why, FAULT_STORE_REFUSED, "a total in Redis is not a whole number");
        if (values[FIELD_OF_TOTAL] == 0)
            continue;
        ranks[(*count)++] = (struct rank){
            .partner = partner,
            .total = values[FIELD_OF_TOTAL],
            .doubts = { .events = values[FIELD_OF_EVENTS],
                        .inexact = values[FIELD_OF_INEXACT],
                        .contradicted = values[FIELD_OF_CONTRADICTED],
                        .is_partial = is_partial },
        };
    }
    return FAULT_NONE;
}

static int
compare_ranks(const void *left, const void *right)
{
    const struct rank *a = left, *b = right;

    if (a->total != b->total)
        return a->total > b->total ? -1 : 1;
    return a->partner - b->partner; /* rows are sorted by code */
}

static enum fault
show_table(const struct rank *ranks, size_t count, uint32_t measure, FILE *out, struct why *why)
{
    static const struct table_column columns[] = {
        { "#", true },     { "partner", false }, { "name", false },
        { "total", true }, { "unit", false },    { "note", false },
    };
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0]);
    bool printed = false;

    for (size_t i = 0; i < count && table != NULL; i++) {
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
    if (table != NULL)
        printed = table_print(table, out);
    table_free(table);
    return printed ? FAULT_NONE : why_set(why, FAULT_NO_MEMORY, "no memory for a table");
}

static void
show_json(const struct rank *ranks, size_t count, FILE *out)
{
    fprintf(out, ",\"top\":[");
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s{\"partner\":\"%s\",\"total\":%" PRId64 "}", i == 0 ? "" : ",",
                partner_code(ranks[i].partner), ranks[i].total);
    fprintf(out, "]}\n");
}

static enum fault
show(const struct lookup *lookup, int scope, int window, uint32_t measure,
     const struct answer *answers, const struct asof *asof, struct why *why)
{
    struct rank ranks[PARTNER_COUNT];
    char name[NAME_BYTES], window_name[WINDOW_TEXT], measure_name[MEASURE_TEXT];
    size_t count = 0;
    FILE *out = lookup->out;

    enum fault fault = read_ranks(answers, !asof->is_complete, ranks, &count, why);
    if (fault != FAULT_NONE)
        return fault;
    qsort(ranks, count, sizeof ranks[0], compare_ranks);
    (void)name_show_scope(scope, name);
    (void)name_show_window(window, &lookup->windows, window_name);
    (void)name_show_measure(measure, measure_name);
    if (lookup->as_json) {
        fprintf(out, "{\"province\":\"%s\",\"window\":\"%s\",\"measure\":\"%s\",",
                scope_code(scope), window_name, measure_name);
        json_asof(asof, out);
        show_json(ranks, count, out);
        return FAULT_NONE;
    }
    fprintf(out, "%s: %s in %s\n", name, measure_name, window_name);
    show_asof(asof, out);
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
    struct asof asof;
    const struct answer *answers;

    (void)count;
    enum fault fault = name_scope(operands[0], &scope, why);
    if (fault == FAULT_NONE)
        fault = name_window(operands[1], &lookup->windows, &window, why);
    if (fault == FAULT_NONE)
        fault = name_measure(operands[2], &measure, why);
    if (fault == FAULT_NONE && !measure_is_ranked(measure))
        fault = why_set(why, FAULT_OPTION,
                        "%s is not ranked: money is (export.CNY), and agreements", operands[2]);
    if (fault != FAULT_NONE)
        return fault;
    struct reading *reading = reading_new(lookup, scope);
    if (reading == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory to read with");
    for (int partner = 0; partner < PARTNER_COUNT; partner++)
        ask_partner(reading, lookup, scope, window, measure, partner);
    fault = reading_run(reading, &asof, &answers, why);
    if (fault == FAULT_NONE)
        fault = show(lookup, scope, window, measure, answers, &asof, why);
    if (fault == FAULT_NONE)
        *verdict = asof.is_complete ? VERDICT_DONE : VERDICT_PARTIAL;
    reading_free(reading);
    return fault;
}
