/* tally-lookup changed PROVINCE PARTNER [WINDOW|MONTH] [MEASURE] --since PREFIX
 *
 * Two counts under two prefixes, each at one moment: the number of each, and the
 * records by which they differ.  These come to the difference, to the last unit. */
#include "lookup/account_find.h"
#include "lookup/changes.h"
#include "lookup/names.h"
#include "lookup/row.h"

#include <inttypes.h>

/* One of the two counts. */
struct count {
    struct lookup lookup; /* of the earlier one: its prefix, and any age will do */
    struct account a;
    struct shown shown;
};

struct both {
    struct count then, now;
    struct changes changes;
    struct account_log log;
};

/* ---- finding out ----------------------------------------------------------------- */

/* In the middle of a push a number is of two moments: then it is read again. */
static bool
is_half(const struct shown *shown)
{
    for (size_t i = 0; i < shown->tag_count; i++)
        if (shown->tags[i].least != 0 || shown->tags[i].most != BUCKETS)
            return true;
    return false;
}

static enum fault
find(struct count *count, struct both *both, enum changes_step step, struct why *why)
{
    enum fault fault;

    both->changes.step = step;
    count->a.changes = &both->changes;
    fault = account_find(&count->a, &count->shown, why);
    count->a.is_moving = count->a.is_moving || is_half(&count->shown);
    return fault;
}

/* The journals once more, at the same moment. */
static enum fault
find_again(struct count *count, struct both *both, enum changes_step step, struct why *why)
{
    bool is_known = true;
    enum fault fault;

    both->changes.step = step;
    fault = account_gather_all(&count->a, &count->shown, &is_known, why);
    count->a.is_moving = count->a.is_moving || !is_known;
    return fault;
}

static enum fault
no_memory(struct why *why)
{
    return why_set(why, FAULT_NO_MEMORY, "no memory for the records of an earlier count");
}

static enum fault
find_once(struct both *both, struct why *why)
{
    enum fault fault;

    if (!changes_begin(&both->changes))
        return no_memory(why);
    fault = find(&both->then, both, CHANGES_THEN, why);
    if (fault == FAULT_NONE)
        fault = find(&both->now, both, CHANGES_SAME, why);
    if (fault == FAULT_NONE && !changes_find_moved(&both->changes))
        fault = no_memory(why);
    if (fault == FAULT_NONE)
        fault = find_again(&both->now, both, CHANGES_NOW, why);
    if (fault == FAULT_NONE && both->changes.left > 0)
        fault = find_again(&both->then, both, CHANGES_GONE, why);
    both->now.a.is_moving = both->now.a.is_moving || both->then.a.is_moving;
    return fault;
}

static enum fault
find_out(struct both *both, struct why *why)
{
    enum fault fault;
    int round = 0;

    do
        fault = find_once(both, why);
    while (account_again(&both->now.a, fault, ++round));
    return fault;
}

/* A measure that the earlier count alone has needs its place beside the others. */
static enum fault
join(struct both *both, struct why *why)
{
    for (size_t i = 0; i < both->then.a.measure_count; i++)
        if (account_measure(&both->now.a, both->then.a.measures[i].measure) == NULL)
            return why_set(why, FAULT_NO_MEMORY, "no memory for a measure");
    return FAULT_NONE;
}

/* ---- the numbers ----------------------------------------------------------------- */

static wide_t
number_of(const struct account *a, uint32_t measure)
{
    for (size_t i = 0; i < a->measure_count; i++)
        if (a->measures[i].measure == measure)
            return a->measures[i].is_there ? a->measures[i].number : 0;
    return 0;
}

static wide_t
then_of(const struct both *both, const struct account_measure *m)
{
    return number_of(&both->then.a, m->measure);
}

static wide_t
now_of(const struct account_measure *m)
{
    return m->is_there ? m->number : 0;
}

static bool
is_explained(const struct both *both, const struct account_measure *m)
{
    return m->change == now_of(m) - then_of(both, m);
}

static bool
is_changed(const struct both *both, const struct account_measure *m)
{
    return account_is_asked_for(&both->now.a, m) && (m->adds.offered > 0 || !is_explained(both, m));
}

static bool
is_equal(const struct both *both)
{
    bool is = account_is_equal(&both->then.a) && account_is_equal(&both->now.a);

    for (size_t i = 0; i < both->now.a.measure_count && is; i++)
        is = !account_is_asked_for(&both->now.a, &both->now.a.measures[i]) ||
             is_explained(both, &both->now.a.measures[i]);
    return is;
}

/* ---- as text --------------------------------------------------------------------- */

static void
put(FILE *out, uint32_t measure, wide_t amount)
{
    char number[NUMBER_BYTES];
    struct text t = show_number(measure, amount, number);

    fprintf(out, "%.*s", (int)t.length, t.at);
}

/* "export.CNY: 120.00 CNY, before 100.00: 20.00 more, by 2 records" */
static void
show_change(const struct both *both, const struct account_measure *m, FILE *out)
{
    wide_t then = then_of(both, m), now = now_of(m), more = now < then ? then - now : now - then;
    char name[MEASURE_TEXT], unit[MEASURE_TEXT];
    struct text u = show_unit(m->measure, unit);

    (void)measure_write(m->measure, name);
    fprintf(out, "%s: ", name);
    put(out, m->measure, now);
    fprintf(out, " %.*s, before ", (int)u.length, u.at);
    put(out, m->measure, then);
    fprintf(out, ": ");
    if (now == then) {
        fprintf(out, "the same");
    } else {
        put(out, m->measure, more);
        fprintf(out, now < then ? " less" : " more");
    }
    fprintf(out, ", by %" PRIu64 " record%s", m->adds.offered, m->adds.offered == 1 ? "" : "s");
    if (!is_explained(both, m))
        fprintf(out, both->now.a.is_moving ? "; they moved on meanwhile"
                                           : "; THE RECORDS DO NOT COME TO THAT");
    fprintf(out, "\n");
}

static bool
show_records(const struct account_measure *m, FILE *out)
{
    static const struct table_column columns[] = {
        { "before", true },  { "now", true },     { "states", true }, { "when", false },
        { "record", false }, { "source", false }, { "title", false }, { "why", false },
    };
    struct table *table = table_new(columns, sizeof columns / sizeof *columns);
    uint64_t more = m->adds.offered;
    wide_t rest = m->change;
    const struct account_record *record;
    size_t cursor = 0;
    bool is_printed;

    if (table == NULL)
        return false;
    while ((record = account_next(&m->adds, &cursor)) != NULL) {
        wide_t now = (wide_t)record->then + record->amount;
        char number[NUMBER_BYTES];

        table_put(table, show_number(m->measure, record->then, number));
        table_put(table, show_number(m->measure, now, number));
        account_cells(table, record, m->measure, now != 0);
        rest -= record->amount;
        more--;
    }
    is_printed = table_print(table, out);
    table_free(table);
    if (more > 0) {
        fprintf(out, "and %" PRIu64 " more, by which it differs by ", more);
        put(out, m->measure, rest);
        fprintf(out, "\n");
    }
    return is_printed;
}

/* Measures that qualify, a line each. */
static bool
show_beside(const struct both *both, FILE *out)
{
    static const struct table_column columns[] = {
        { "beside them", false }, { "before", true }, { "now", true }, { "unit", false }
    };
    struct table *table = table_new(columns, sizeof columns / sizeof *columns);
    size_t count = 0;
    bool is_printed = true;

    if (table == NULL)
        return false;
    for (size_t i = 0; i < both->now.a.measure_count; i++) {
        const struct account_measure *m = &both->now.a.measures[i];
        char name[MEASURE_TEXT], number[NUMBER_BYTES], unit[MEASURE_TEXT];

        if (account_has_section(&both->now.a, m) || !account_is_asked_for(&both->now.a, m) ||
            now_of(m) == then_of(both, m))
            continue;
        table_put(table, (struct text){ name, measure_write(m->measure, name) });
        table_put(table, show_number(m->measure, then_of(both, m), number));
        table_put(table, show_number(m->measure, now_of(m), number));
        table_put(table, show_unit(m->measure, unit));
        count++;
    }
    if (count > 0) {
        fprintf(out, "\n");
        is_printed = table_print(table, out);
        fprintf(out, "name one of these as MEASURE to see its records\n");
    }
    table_free(table);
    return is_printed;
}

/* What a moving window has left is told, too; so it is said that it moved. */
static void
show_days(const struct both *both, FILE *out)
{
    const char *then = both->then.shown.asof.day, *now = both->now.shown.asof.day;

    if (both->now.a.question.spot.window < WINDOW_ALL && strcmp(then, now) != 0)
        fprintf(out, "this window ended on %s before, and ends on %s now\n", then, now);
}

static enum fault
show(const struct both *both, struct why *why)
{
    const struct account *now = &both->now.a;
    FILE *out = now->lookup->out;
    bool is_changed_at_all = false, is_printed = true;

    account_show_title(now);
    fprintf(out, "before, %s\n", both->then.lookup.prefix);
    asof_show(&both->then.shown.asof, &both->then.lookup);
    fprintf(out, "now, %s\n", both->now.lookup.prefix);
    asof_show(&both->now.shown.asof, &both->now.lookup);
    show_days(both, out);
    account_show_log(now, &both->log);
    for (size_t i = 0; i < now->measure_count && is_printed; i++) {
        const struct account_measure *m = &now->measures[i];

        is_changed_at_all = is_changed_at_all || is_changed(both, m);
        if (!account_has_section(now, m) || !is_changed(both, m))
            continue;
        fprintf(out, "\n");
        show_change(both, m, out);
        is_printed = show_records(m, out);
    }
    if (!is_changed_at_all)
        fprintf(out, "no record made a difference\n");
    is_printed = is_printed && show_beside(both, out);
    return is_printed ? FAULT_NONE : why_set(why, FAULT_NO_MEMORY, "no memory for a table");
}

/* ---- as JSON --------------------------------------------------------------------- */

static void
put_asof(const char *name, const struct count *count, FILE *out)
{
    fprintf(out, "\"%s\":{\"prefix\":", name);
    json_text(text_of(count->lookup.prefix), out);
    fprintf(out, ",");
    asof_json(&count->shown.asof, &count->lookup);
    fprintf(out, "}");
}

static void
put_records(const struct account_measure *m, FILE *out)
{
    const struct account_record *record;
    size_t cursor = 0;

    for (bool is_first = true; (record = account_next(&m->adds, &cursor)) != NULL;
         is_first = false) {
        wide_t now = (wide_t)record->then + record->amount;

        fprintf(out, "%s{", is_first ? "" : ",");
        account_json_item(record, m->measure, out);
        fprintf(out, ",\"before\":");
        account_json_amount(record->then, m->measure, out);
        fprintf(out, ",\"now\":");
        account_json_amount(now, m->measure, out);
        account_json_reason(record, m->measure, now != 0, out);
        fprintf(out, "}");
    }
}

static void
put_json(const struct both *both)
{
    const struct account *now = &both->now.a;
    FILE *out = now->lookup->out;
    bool is_first = true;

    fprintf(out, "{");
    account_json_title(now);
    put_asof("before", &both->then, out);
    fprintf(out, ",");
    put_asof("now", &both->now, out);
    account_json_log(now, &both->log);
    fprintf(out, ",\"moved\":%s,\"measures\":{", now->is_moving ? "true" : "false");
    for (size_t i = 0; i < now->measure_count; i++) {
        const struct account_measure *m = &now->measures[i];
        char name[MEASURE_TEXT];

        if (!is_changed(both, m))
            continue;
        (void)measure_write(m->measure, name);
        fprintf(out, "%s\"%s\":{\"unit\":\"", is_first ? "" : ",", name);
        struct text unit = show_unit(m->measure, name);
        fprintf(out, "%.*s\",\"before\":", (int)unit.length, unit.at);
        account_json_amount(then_of(both, m), m->measure, out);
        fprintf(out, ",\"now\":");
        account_json_amount(now_of(m), m->measure, out);
        fprintf(out, ",\"change\":");
        account_json_amount(m->change, m->measure, out);
        fprintf(out, ",\"equal\":%s,\"records\":%" PRIu64 ",\"changed\":[",
                is_explained(both, m) ? "true" : "false", m->adds.offered);
        put_records(m, out);
        fprintf(out, "]}");
        is_first = false;
    }
    fprintf(out, "}}\n");
}

/* ---- the command ----------------------------------------------------------------- */

static enum verdict
verdict_of(const struct both *both, struct why *why)
{
    enum verdict then = asof_verdict(&both->then.shown.asof, &both->then.lookup, why);
    enum verdict now;

    if (then != VERDICT_DONE)
        return then;
    now = asof_verdict(&both->now.shown.asof, &both->now.lookup, why);
    if (both->now.a.is_moving && now == VERDICT_DONE) {
        (void)why_write(why, "",
                        "the totals moved on whenever their journals were read: try again");
        return VERDICT_PARTIAL;
    }
    return now == VERDICT_DONE && !is_equal(both) ? VERDICT_FAILED : now;
}

/* A prefix with a slip has no numbers, which are not 0. */
static enum fault
is_there(const struct count *then, struct why *why)
{
    if (asof_trust(&then->shown.asof, &then->lookup) != TRUST_NOTHING)
        return FAULT_NONE;
    return why_set(why, FAULT_OPTION,
                   "under --since %s nothing was counted: a prefix as --until had it, with its "
                   "colon, such as at-2023-11-01:",
                   then->lookup.prefix);
}

static enum fault
answer(struct both *both, enum verdict *verdict, struct why *why)
{
    enum fault fault = is_there(&both->then, why);

    if (fault == FAULT_NONE)
        fault = join(both, why);
    both->log.is_asked = both->now.lookup.brokers != NULL;
    if (fault == FAULT_NONE && both->log.is_asked)
        fault = account_ask_kafka(&both->now.a, &both->log, why);
    if (fault != FAULT_NONE)
        return fault;
    if (both->now.lookup.as_json)
        put_json(both);
    else
        fault = show(both, why);
    if (fault == FAULT_NONE)
        *verdict = verdict_of(both, why);
    return fault;
}

static enum fault
begin(const struct lookup *lookup, const char *const *operands, int count, struct both *both,
      struct why *why)
{
    struct account_question question = { 0 };
    enum fault fault;

    if (lookup->since == NULL)
        return why_set(why, FAULT_OPTION,
                       "changed needs --since PREFIX, which tally-aggregate --until has counted");
    if (strcmp(lookup->since, lookup->prefix) == 0)
        return why_set(why, FAULT_OPTION, "--since and --prefix are the same: %s", lookup->since);
    both->then.lookup = both->now.lookup = *lookup;
    both->then.lookup.prefix = lookup->since;
    both->then.lookup.max_age_ms = 0;
    fault = account_read_question(lookup, operands, count, &question, why);
    question.wants_all = false; /* the log is not looked through */
    both->then.a = (struct account){ .lookup = &both->then.lookup, .question = question };
    both->now.a = (struct account){ .lookup = &both->now.lookup, .question = question };
    both->changes.into = &both->now.a;
    return fault;
}

enum fault
lookup_changed(const struct lookup *lookup, const char *const *operands, int count,
               enum verdict *verdict, struct why *why)
{
    struct both both = { 0 };
    enum fault fault = begin(lookup, operands, count, &both, why);

    if (fault == FAULT_NONE)
        fault = find_out(&both, why);
    if (fault == FAULT_NONE)
        fault = answer(&both, verdict, why);
    account_clear(&both.then.a);
    account_clear(&both.now.a);
    shown_release(&both.then.shown);
    shown_release(&both.now.shown);
    changes_release(&both.changes);
    return fault;
}
