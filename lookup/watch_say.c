/* What a watcher is told: a line a change.
 *
 *   2024-01-31 14:03:05 UTC+8  2023  export.CNY  1.00 -> 3.50 CNY  +2.50
 *
 * {"event":"change","time":"2024-01-31T06:03:05Z","province":"CN-LN","partner":"RU",
 *  "window":"2023","measure":"export.CNY","before":"1.00","now":"3.50","difference":"2.50",
 *  "unit":"CNY","complete":true,"trust":"whole"}
 *
 * Whoever reads a pipe gets each line at once. */
#include "lookup/watch_inside.h"

#include "base/day.h"
#include "base/grow.h"

#include <stdlib.h>

/* ---- what was seen ------------------------------------------------------------------------------
 */

void
glance_release(struct glance *glance)
{
    const struct lookup *lookup = glance->sheet.lookup;

    sheet_release(&glance->sheet);
    free(glance->numbers);
    *glance = (struct glance){ .sheet.lookup = lookup };
}

static bool
put(struct glance *glance, const struct sheet_row *row, uint32_t measure, wide_t value)
{
    if (value == 0)
        return true;
    struct seen_number *larger =
        grow(glance->numbers, &glance->room, glance->count + 1, sizeof *larger);

    if (larger == NULL)
        return false;
    glance->numbers = larger;
    larger[glance->count++] = (struct seen_number){ .window = row->at,
                                                    .is_known = row->is_known,
                                                    .measure = measure,
                                                    .name = row->name,
                                                    .value = value };
    return true;
}

/* What stands in the note of an amount, and has no row of its own. */
static bool
put_notes(struct glance *glance, const struct sheet_row *row)
{
    bool is_put = true;

    if (!row->is_known || row->value == 0 || measure_form(row->measure) > MEASURE_QUANTITY)
        return true;
    for (int i = 0; i < DOUBT_FORMS; i++)
        if (doubt_forms[i] < MEASURE_EVENTS)
            is_put = is_put && put(glance, row, measure_beside(row->measure, doubt_forms[i]),
                                   row->doubts.of[i]);
    return is_put;
}

enum fault
glance_fill(struct glance *glance, struct why *why)
{
    glance->asof = sheet_asof(&glance->sheet);
    for (size_t i = 0; i < glance->sheet.count; i++) {
        const struct sheet_row *row = &glance->sheet.rows[i];

        if (!put(glance, row, row->measure, row->value) || !put_notes(glance, row))
            return why_set(why, FAULT_NO_MEMORY, "no memory for the totals");
    }
    return FAULT_NONE;
}

/* ---- lines ------------------------------------------------------------------------------ */

/* "2024-01-31 14:03:05 UTC+8  " */
static void
put_time(const struct lookup *lookup, int64_t at_ms)
{
    char day[DAY_TEXT], clock[CLOCK_TEXT];

    instant_china_write(at_ms, day, clock);
    fprintf(lookup->out, "%s %s UTC+8  ", day, clock);
}

/* {"event":"...","time":"...","province":"...","partner":"...", */
static void
put_event(struct bytes *b, const struct question *q, const char *event, int64_t at_ms)
{
    char time[INSTANT_TEXT];

    instant_write(at_ms, time);
    bytes_print(b, "{\"event\":\"%s\",\"time\":\"%s\",\"province\":\"%s\",\"partner\":\"%s\",",
                event, time, scope_code(q->scopes[0]), partner_code(q->partners[0]));
}

/* A line that finds no memory is left out; the next reading of the totals will fail of the same. */
static void
send(const struct lookup *lookup, struct bytes *b)
{
    bytes_word(b, "}\n");
    if (!b->failed)
        (void)fwrite(b->at, 1, b->length, lookup->out);
    free(b->at);
    *b = (struct bytes){ 0 };
}

enum fault
watch_say_totals(const struct question *q, const struct glance *glance, struct why *why)
{
    const struct lookup *lookup = glance->sheet.lookup;
    enum fault fault = FAULT_NONE;
    struct bytes b = { 0 };

    if (!lookup->as_json) {
        fault = totals_show(q, &glance->sheet, why);
    } else {
        char title[96];

        (void)snprintf(title, sizeof title,
                       "\"event\":\"totals\",\"province\":\"%s\",\"partner\":\"%s\",",
                       scope_code(q->scopes[0]), partner_code(q->partners[0]));
        sheet_json(&glance->sheet, title, "", &b);
        bytes_char(&b, '\n');
        if (b.failed)
            fault = why_set(why, FAULT_NO_MEMORY, "no memory for the totals");
        else
            (void)fwrite(b.at, 1, b.length, lookup->out);
        free(b.at);
    }
    (void)fflush(lookup->out);
    return fault;
}

/* The number of one moment and of the next; either may be missing, which is 0. */
struct change {
    const struct seen_number *which;
    wide_t before, now;
};

static void
put_amount(struct bytes *b, const struct seen_number *which, wide_t value)
{
    char digits[WIDE_TEXT];

    if (which->is_known) {
        row_put_value(b, which->measure, value);
    } else {
        (void)wide_write(value, digits);
        bytes_word(b, digits);
    }
}

static void
say_json(const struct question *q, const struct glance *now, const struct change *c, int64_t at_ms)
{
    const struct lookup *lookup = now->sheet.lookup;
    char window[WINDOW_TEXT], name[MEASURE_TEXT], unit[MEASURE_TEXT];
    struct bytes b = { 0 };

    put_event(&b, q, "change", at_ms);
    (void)window_write(c->which->window, &lookup->windows, window);
    bytes_print(&b, "\"window\":\"%s\",\"measure\":", window);
    bytes_json(&b, c->which->is_known
                       ? (struct text){ name, measure_write(c->which->measure, name) }
                       : c->which->name);
    bytes_word(&b, ",\"before\":\"");
    put_amount(&b, c->which, c->before);
    bytes_word(&b, "\",\"now\":\"");
    put_amount(&b, c->which, c->now);
    bytes_word(&b, "\",\"difference\":\"");
    put_amount(&b, c->which, c->now - c->before);
    bytes_word(&b, "\",\"unit\":");
    if (c->which->is_known)
        bytes_json(&b, show_unit(c->which->measure, unit));
    else
        bytes_word(&b, "null");
    bytes_print(&b, ",\"complete\":%s,\"trust\":\"%s\"", now->asof.is_complete ? "true" : "false",
                trust_name(&now->asof, lookup));
    send(lookup, &b);
}

/* A measure of a newer version is not told to a terminal: nobody could say in what it counts. */
static void
say_line(const struct glance *now, const struct change *c, int64_t at_ms)
{
    const struct lookup *lookup = now->sheet.lookup;
    const char *mark = asof_mark(&now->asof, lookup);
    char window[WINDOW_TEXT], name[MEASURE_TEXT], unit[MEASURE_TEXT];
    char before[NUMBER_BYTES], after[NUMBER_BYTES], more[NUMBER_BYTES];
    uint32_t measure = c->which->measure;

    if (!c->which->is_known)
        return;
    (void)window_write(c->which->window, &lookup->windows, window);
    (void)measure_write(measure, name);
    struct text b = show_number(measure, c->before, before);
    struct text a = show_number(measure, c->now, after);
    struct text d = show_number(measure, c->now - c->before, more);
    struct text u = show_unit(measure, unit);
    put_time(lookup, at_ms);
    fprintf(lookup->out, "%s  %s  %.*s -> %.*s %.*s  %s%.*s%s%s\n", window, name, (int)b.length,
            b.at, (int)a.length, a.at, (int)u.length, u.at, c->now > c->before ? "+" : "",
            (int)d.length, d.at, mark == NULL ? "" : "  ", mark == NULL ? "" : mark);
}

static bool
is_same(const struct seen_number *a, const struct seen_number *b)
{
    return a->window == b->window && a->is_known == b->is_known &&
           (a->is_known ? a->measure == b->measure : text_equal(a->name, b->name));
}

/* The same number at another moment; looked for from where the last one was, since most stand in
 * the same order.  NULL: it is not there. */
static const struct seen_number *
find(const struct glance *glance, const struct seen_number *which, size_t *hint)
{
    for (size_t i = 0; i < glance->count; i++) {
        size_t at = (*hint + i) % glance->count;

        if (!is_same(&glance->numbers[at], which))
            continue;
        *hint = at + 1;
        return &glance->numbers[at];
    }
    return NULL;
}

static void
say(const struct question *q, const struct glance *now, const struct change *c, int64_t at_ms)
{
    if (c->before == c->now)
        return;
    if (now->sheet.lookup->as_json)
        say_json(q, now, c, at_ms);
    else
        say_line(now, c, at_ms);
}

void
watch_say_changes(const struct question *q, const struct glance *before, const struct glance *now,
                  int64_t at_ms)
{
    size_t hint = 0;

    for (size_t i = 0; i < now->count; i++) {
        const struct seen_number *old = find(before, &now->numbers[i], &hint);
        const struct change c = { &now->numbers[i], old == NULL ? 0 : old->value,
                                  now->numbers[i].value };
        say(q, now, &c, at_ms);
    }
    hint = 0;
    for (size_t i = 0; i < before->count; i++) {
        const struct change c = { &before->numbers[i], before->numbers[i].value, 0 };
        if (find(now, &before->numbers[i], &hint) == NULL)
            say(q, now, &c, at_ms);
    }
    (void)fflush(now->sheet.lookup->out);
}

void
watch_say_trust(const struct question *q, const struct lookup *lookup, const struct asof *asof,
                int64_t at_ms)
{
    struct bytes b = { 0 };

    if (lookup->as_json) {
        put_event(&b, q, "trust", at_ms);
        asof_put(asof, NULL, lookup, &b);
        send(lookup, &b);
    } else {
        put_time(lookup, at_ms);
        asof_show(asof, lookup);
    }
    (void)fflush(lookup->out);
}

void
watch_say_gap(const struct question *q, const struct lookup *lookup, const char *reason,
              int64_t at_ms)
{
    struct bytes b = { 0 };

    if (lookup->as_json) {
        put_event(&b, q, "resync", at_ms);
        bytes_print(&b, "\"reason\":\"%s\"", reason);
        send(lookup, &b);
    } else {
        put_time(lookup, at_ms);
        fprintf(lookup->out, "the stream of changes was %s: the totals were read anew\n", reason);
    }
    (void)fflush(lookup->out);
}
