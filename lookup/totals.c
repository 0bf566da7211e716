/* tally-lookup totals PROVINCE PARTNER [WINDOW]
 *
 * {"province":"CN-LN","partner":"RU","day":"2024-01-31","complete":true,
 *  "windows":{"2023":{"export.CNY":1440000000000}}}
 *
 * A window without data is left out, as it is in Redis. */
#include "lookup/names.h"
#include "lookup/show.h"

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

static void
put_window(struct table *table, struct text window, const struct total *totals, size_t count,
           bool is_partial)
{
    for (size_t i = 0; i < count; i++) {
        char number[NUMBER_BYTES], unit[MEASURE_TEXT], note[NOTE_BYTES];
        const struct total *total = &totals[i];
        struct doubts doubts = doubts_among(totals, count, total->measure, is_partial);
        table_put(table, i == 0 ? window : TEXT_LITERAL(""));
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
        table_put(table, show_note(total->measure, &doubts, note));
    }
}

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

/* Every value is a number: told before anything is printed. */
static enum fault
check_answers(const struct question *q, const struct answer *answers, struct why *why)
{
    for (size_t i = 0; i < q->count; i++) {
        struct total *totals = NULL;
        size_t count;
        enum fault fault = totals_read(&answers[i], &totals, &count, why);
        if (fault != FAULT_NONE)
            return fault;
        free(totals);
    }
    return FAULT_NONE;
}

/* Show each window that has data, in the order asked for; *shown counts them. */
static enum fault
show_windows(const struct lookup *lookup, const struct question *q, const struct answer *answers,
             const struct asof *asof, struct table *table, size_t *shown, struct why *why)
{
    for (size_t i = 0; i < q->count; i++) {
        char name[WINDOW_TEXT];
        struct text window = name_show_window(q->windows[i], &lookup->windows, name);
        struct total *totals = NULL;
        size_t count = 0;
        enum fault fault = totals_read(&answers[i], &totals, &count, why);
        if (fault != FAULT_NONE)
            return fault;
        if (count > 0 && lookup->as_json) {
            fprintf(lookup->out, "%s", *shown == 0 ? "" : ",");
            json_window(window, totals, count, lookup->out);
        } else if (count > 0) {
            put_window(table, window, totals, count, !asof->is_complete);
        }
        *shown += count > 0;
        free(totals);
    }
    return FAULT_NONE;
}

static enum fault
show(const struct lookup *lookup, const struct question *q, const struct answer *answers,
     const struct asof *asof, struct why *why)
{
    static const struct table_column columns[] = {
        { "window", false }, { "measure", false }, { "total", true },
        { "unit", false },   { "note", false },
    };
    char scope[NAME_BYTES], partner[NAME_BYTES], window[WINDOW_TEXT];
    FILE *out = lookup->out;
    size_t shown = 0;

    if (lookup->as_json) {
        fprintf(out, "{\"province\":\"%s\",\"partner\":\"%s\",", scope_code(q->scope),
                partner_code(q->partner));
        json_asof(asof, out);
        fprintf(out, ",\"windows\":{");
        enum fault fault = show_windows(lookup, q, answers, asof, NULL, &shown, why);
        fprintf(out, "}}\n");
        return fault;
    }
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0]);
    if (table == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for a table");
    enum fault fault = show_windows(lookup, q, answers, asof, table, &shown, why);
    if (fault == FAULT_NONE) {
        (void)name_show_scope(q->scope, scope);
        (void)name_show_partner(q->partner, partner);
        fprintf(out, "%s x %s\n", scope, partner);
        show_asof(asof, out);
        (void)name_show_window(q->windows[0], &lookup->windows, window);
        if (shown == 0)
            fprintf(out, "no data%s%s\n", q->count == 1 ? " in " : "", q->count == 1 ? window : "");
        else if (!table_print(table, out))
            fault = why_set(why, FAULT_NO_MEMORY, "no memory for a table");
    }
    table_free(table);
    return fault;
}

enum fault
lookup_totals(const struct lookup *lookup, const char *const *operands, int count,
              enum verdict *verdict, struct why *why)
{
    struct question q = { 0 };
    struct asof asof;
    const struct answer *answers;

    enum fault fault = read_question(lookup, operands, count, &q, why);
    if (fault != FAULT_NONE)
        return fault;
    struct reading *reading = reading_new(lookup, q.scope);
    if (reading == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory to read with");
    for (size_t i = 0; i < q.count; i++) {
        char key[KEY_BYTES];
        (void)key_pair(lookup->prefix, q.scope, q.partner, q.windows[i], false, &lookup->windows,
                       key);
        reading_add(reading, (const char *const[]){ "HGETALL", key }, 2);
    }
    fault = reading_run(reading, &asof, &answers, why);
    if (fault == FAULT_NONE)
        fault = check_answers(&q, answers, why);
    if (fault == FAULT_NONE)
        fault = show(lookup, &q, answers, &asof, why);
    if (fault == FAULT_NONE)
        *verdict = asof.is_complete ? VERDICT_DONE : VERDICT_PARTIAL;
    reading_free(reading);
    return fault;
}
