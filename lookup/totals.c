/* tally-lookup totals PROVINCE PARTNER [WINDOW]
 *
 * {"province":"CN-LN","partner":"RU","day":"2024-01-31","complete":true,
 *  "through":1706659200000,"through_age_ms":2000,
 *  "windows":{"2023":{"export.CNY":1440000000000}}}
 *
 * A window without data is left out, as it is in Redis.  Of a margin, and of what it
 * is a part of, "coverage" says how much of the whole is known. */
#include "lookup/coverage.h"
#include "lookup/names.h"

#include <inttypes.h>

/* Without WINDOW every year is asked for that can hold a record worth asking
 * for: 130 small reads in one round trip. */
enum {
    YEAR_FIRST = 1970,
    YEAR_LAST = 2099,
    ASKED_MOST = WINDOWS_MOST + (YEAR_LAST - YEAR_FIRST + 1) + 1
};

struct question {
    int scope, partner;
    int windows[ASKED_MOST];
    size_t count;
};

/* With WINDOW one window is asked for; without, all that this list knows, every
 * year, and all. */
static enum fault
read_question(const struct lookup *lookup, const char *const *operands, int count,
              struct question *q, struct why *why)
{
    enum fault fault = name_scope(operands[0], &q->scope, why);

    if (fault == FAULT_NONE)
        fault = name_partner(operands[1], &q->partner, why);
    if (fault == FAULT_NONE && count == 3) {
        q->count = 1;
        fault = name_window(operands[2], &lookup->windows, &q->windows[0], why);
    }
    if (fault != FAULT_NONE || count == 3)
        return fault;
    for (int i = 0; i < lookup->windows.count; i++)
        q->windows[q->count++] = i;
    for (int year = YEAR_FIRST; year <= YEAR_LAST; year++)
        q->windows[q->count++] = WINDOW_YEAR + year;
    q->windows[q->count++] = WINDOW_ALL;
    return FAULT_NONE;
}

/* A name that Redis holds and we don't know: only if it can't steer a terminal. */
static struct text
safe_name(const struct total *total)
{
    for (size_t i = 0; i < total->name.length; i++)
        if (total->name.at[i] <= ' ' || total->name.at[i] > '~')
            return TEXT_LITERAL("?");
    return total->name;
}

/* What is to be said beside a total: its doubts, and how much of a whole it is. */
enum { NOTE_OF_TOTAL_BYTES = NOTE_BYTES + COVERAGE_SIDES * COVERAGE_BYTES };
static struct text
note_of(const struct coverage *coverage, int window, const struct total *total,
        const struct doubts *doubts, char out[NOTE_OF_TOTAL_BYTES])
{
    struct text_buffer b = { .at = out, .size = NOTE_OF_TOTAL_BYTES };
    char note[NOTE_BYTES], words[COVERAGE_BYTES];
    struct coverage_ratio ratio;

    text_put(&b, show_note(total->measure, doubts, note));
    for (int i = 0; i < coverage->side_count; i++) {
        if (!coverage_of(coverage, i, window, total->measure, total->value, &ratio))
            continue;
        text_put(&b, b.length > 0 ? TEXT_LITERAL("; ") : TEXT_LITERAL(""));
        text_put(&b, coverage_say(&ratio, total->measure, words));
    }
    return text_done(&b);
}

/* The rows of one window; its name stands in the first of them only. */
static void
put_window(struct table *table, const struct coverage *coverage, int number_of_window,
           struct text window, const struct total *totals, size_t count, const char *mark)
{
    bool is_first = true;

    for (size_t i = 0; i < count; i++) {
        char number[NUMBER_BYTES], unit[MEASURE_TEXT], note[NOTE_OF_TOTAL_BYTES];
        const struct total *total = &totals[i];
        struct doubts doubts = doubts_among(totals, count, total->measure, mark);
        if (is_in_a_note(totals, count, total))
            continue;
        table_put(table, is_first ? window : TEXT_LITERAL(""));
        is_first = false;
        table_put(table, safe_name(total));
        if (!total->is_known) { /* digits without a unit: better than nothing */
            struct text_buffer b = { .at = number, .size = sizeof number };
            text_put_integer(&b, total->value);
            table_put(table, text_done(&b));
            table_put(table, TEXT_LITERAL("?"));
            table_put(table, TEXT_LITERAL("a measure that this version does not know"));
            continue;
        }
        table_put(table, show_number(total->measure, total->value, number));
        table_put(table, show_unit(total->measure, unit));
        table_put(table, note_of(coverage, number_of_window, total, &doubts, note));
    }
}

/* All measures are shown, also those that this version does not know: a program
 * may. */
static void
json_window(struct text window, const struct total *totals, size_t count, FILE *out)
{
    json_text(window, out);
    fprintf(out, ":{");
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "%s", i == 0 ? "" : ",");
        json_text(totals[i].name, out);
        fprintf(out, ":%" PRId64, totals[i].value);
    }
    fprintf(out, "}");
}

/* The shares of one window, each as an object of the list; *told counts them. */
static void
json_coverage(const struct coverage *coverage, int number, struct text window,
              const struct total *totals, size_t count, size_t *told, FILE *out)
{
    struct coverage_ratio ratio;

    for (size_t i = 0; i < count; i++)
        for (int side = 0; side < coverage->side_count && totals[i].is_known; side++) {
            if (!coverage_of(coverage, side, number, totals[i].measure, totals[i].value, &ratio))
                continue;
            fprintf(out, "%s", *told == 0 ? ",\"coverage\":[" : ",");
            coverage_json(coverage, &ratio, window, totals[i].measure, out);
            (*told)++;
        }
}

/* The totals of all windows that were asked for, in that order. */
struct found {
    struct total *totals[ASKED_MOST];
    size_t counts[ASKED_MOST];
};

/* All is read before anything is printed; what was read is the caller's to free. */
static enum fault
read_found(const struct question *q, const struct answer *answers, struct found *out,
           struct why *why)
{
    enum fault fault = FAULT_NONE;

    for (size_t i = 0; i < q->count && fault == FAULT_NONE; i++)
        fault = totals_read(&answers[i], &out->totals[i], &out->counts[i], why);
    return fault;
}

/* The windows that have data; returns how many. */
static size_t
show_windows(const struct lookup *lookup, const struct question *q, const struct coverage *coverage,
             const struct found *found, const struct asof *asof, struct table *table)
{
    size_t shown = 0;

    for (size_t i = 0; i < q->count; i++) {
        char window[WINDOW_TEXT];

        if (found->counts[i] == 0)
            continue;
        (void)window_write(q->windows[i], &lookup->windows, window);
        if (lookup->as_json) {
            fprintf(lookup->out, "%s", shown == 0 ? "" : ",");
            json_window(text_of(window), found->totals[i], found->counts[i], lookup->out);
        } else {
            put_window(table, coverage, q->windows[i], text_of(window), found->totals[i],
                       found->counts[i], asof_mark(asof, lookup));
        }
        shown++;
    }
    return shown;
}

/* The member "coverage" after the windows; left out where nobody knows. */
static void
show_coverage(const struct lookup *lookup, const struct question *q,
              const struct coverage *coverage, const struct found *found)
{
    size_t told = 0;

    for (size_t i = 0; i < q->count && coverage->count > 0; i++) {
        char window[WINDOW_TEXT];

        (void)window_write(q->windows[i], &lookup->windows, window);
        json_coverage(coverage, q->windows[i], text_of(window), found->totals[i], found->counts[i],
                      &told, lookup->out);
    }
    fprintf(lookup->out, "%s", told > 0 ? "]" : "");
}

/* The result of one question, as JSON or as a table. */
static enum fault
show(const struct lookup *lookup, const struct question *q, const struct coverage *coverage,
     const struct found *found, const struct asof *asof, struct why *why)
{
    static const struct table_column columns[] = {
        { "window", false }, { "measure", false }, { "total", true },
        { "unit", false },   { "note", false },
    };
    char scope[NAME_BYTES], partner[NAME_BYTES], window[WINDOW_TEXT];
    FILE *out = lookup->out;

    if (lookup->as_json) {
        fprintf(out, "{\"province\":\"%s\",\"partner\":\"%s\",", scope_code(q->scope),
                partner_code(q->partner));
        asof_json(asof, out);
        fprintf(out, ",\"windows\":{");
        (void)show_windows(lookup, q, coverage, found, asof, NULL);
        fprintf(out, "}");
        show_coverage(lookup, q, coverage, found);
        fprintf(out, "}\n");
        return FAULT_NONE;
    }
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0]);
    size_t shown = show_windows(lookup, q, coverage, found, asof, table);
    name_show_scope(q->scope, scope);
    name_show_partner(q->partner, partner);
    (void)window_write(q->windows[0], &lookup->windows, window);
    fprintf(out, "%s x %s\n", scope, partner);
    asof_show(asof, lookup);
    if (shown > 0)
        return table_end(table, out, why);
    table_free(table);
    fprintf(out, "no data%s%s\n", q->count == 1 ? " in " : "", q->count == 1 ? window : "");
    return FAULT_NONE;
}

enum fault
lookup_totals(const struct lookup *lookup, const char *const *operands, int count,
              enum verdict *verdict, struct why *why)
{
    struct question q = { 0 };
    struct found found = { 0 };
    struct reading reading;
    struct asof asof;
    struct coverage coverage;
    const struct answer *answers;

    enum fault fault = read_question(lookup, operands, count, &q, why);
    if (fault != FAULT_NONE)
        return fault;
    reading_begin(&reading, lookup, q.scope);
    coverage_begin(&coverage, q.scope, q.partner);
    for (size_t i = 0; i < q.count; i++) {
        char key[KEY_BYTES];
        (void)key_pair(lookup->prefix, q.scope, q.partner, q.windows[i], false, &lookup->windows,
                       key);
        reading_add(&reading, (const char *const[]){ "HGETALL", key }, 2);
    }
    coverage_add(&coverage, lookup, &reading, q.windows, q.count);
    /* What lies elsewhere first: the answers of a scope are good until the next is read. */
    fault = coverage_read(&coverage, lookup, q.windows, q.count, why);
    /* Of all windows that would be many thousand reads. */
    if (fault == FAULT_NONE && q.count == 1)
        fault = coverage_read_days(&coverage, lookup, q.windows[0], why);
    if (fault == FAULT_NONE)
        fault = reading_run(&reading, &asof, &answers, why);
    if (fault == FAULT_NONE)
        fault = read_found(&q, answers, &found, why);
    if (fault == FAULT_NONE)
        fault = coverage_take(&coverage, answers + q.count, q.windows, q.count, why);
    if (fault == FAULT_NONE)
        fault = show(lookup, &q, &coverage, &found, &asof, why);
    if (fault == FAULT_NONE)
        *verdict = asof_verdict(&asof, lookup, why);
    for (size_t i = 0; i < q.count; i++)
        free(found.totals[i]);
    coverage_release(&coverage);
    reading_end(&reading);
    return fault;
}
