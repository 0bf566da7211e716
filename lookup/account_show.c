/* The records behind numbers as a person reads them (lookup/account.h).
 *
 * A section for each amount, with those that add and those that are left out;
 * then one line for each measure that counts or qualifies. */
#include "lookup/account.h"

#include "lookup/names.h"
#include "lookup/trust.h"

#include <inttypes.h>

enum { TITLE_COLUMNS = 60, SHOWN_BYTES = 400 };

/* A text of somebody else's for one cell: without controls, and cut. */
static struct text
shown(const char *text, char out[SHOWN_BYTES])
{
    struct text_buffer b = { .at = out, .size = SHOWN_BYTES - 4 };
    struct text t = text_of(text);
    size_t columns = 0;

    while (t.length > 0 && !b.full) {
        size_t bytes = text_character(t);
        struct text one;

        bytes = bytes == 0 ? 1 : bytes;
        one = (struct text){ t.at, bytes };
        columns += text_columns(one);
        if (columns > TITLE_COLUMNS)
            break;
        text_put(&b, text_is_control(t.at, bytes) ? TEXT_LITERAL("?") : one);
        t = (struct text){ t.at + bytes, t.length - bytes };
    }
    b.size = SHOWN_BYTES;
    if (t.length > 0)
        text_put(&b, TEXT_LITERAL("…"));
    return text_done(&b);
}

static struct text
source_of(const struct account_item *item)
{
    return text_of(item->source != NULL ? item->source : item->url);
}

void
account_cells(struct table *table, const struct account_record *record, uint32_t measure, bool adds)
{
    char states[STATES_BYTES], when[WHEN_BYTES], which[WHICH_BYTES];
    char reason[REASON_BYTES], source[SHOWN_BYTES], title[SHOWN_BYTES];

    measure = account_about(record, measure);
    table_put(table, account_states(&record->item, measure, states));
    table_put(table, account_when(&record->item, when));
    table_put(table, account_which(&record->item, which));
    table_put(table, shown(source_of(&record->item).at, source));
    table_put(table, shown(record->item.title, title));
    table_put(table, account_reason(record, measure, adds, reason));
}

/* One list as a table, and what is not shown of it. */
static bool
show_list(const struct account_measure *m, bool adds, FILE *out)
{
    static const struct table_column columns[] = {
        { "adds", true },    { "states", true }, { "when", false }, { "record", false },
        { "source", false }, { "title", false }, { "why", false },
    };
    const struct account_list *list = adds ? &m->adds : &m->left;
    size_t first = adds ? 0 : 1, cursor = 0;
    struct table *table = table_new(columns + first, sizeof columns / sizeof *columns - first);
    wide_t rest = m->sum;
    uint64_t more = list->offered;
    char number[NUMBER_BYTES];
    const struct account_record *record;
    bool is_printed;

    if (table == NULL)
        return false;
    while ((record = account_next(list, &cursor)) != NULL) {
        if (adds)
            table_put(table, show_number(m->measure, record->amount, number));
        account_cells(table, record, m->measure, adds);
        rest -= record->amount;
        more--;
    }
    is_printed = table_print(table, out);
    table_free(table);
    if (more > 0 && adds)
        fprintf(out, "and %" PRIu64 " more that add %.*s\n", more,
                (int)show_number(m->measure, rest, number).length, number);
    else if (more > 0)
        fprintf(out, "and %" PRIu64 " more\n", more);
    return is_printed;
}

/* "records come to 5.00; Redis has 5.00" */
static void
show_sum(const struct account *a, const struct account_measure *m, FILE *out)
{
    char sum[NUMBER_BYTES], number[NUMBER_BYTES], unit[MEASURE_TEXT], name[MEASURE_TEXT];
    struct text s = show_number(m->measure, m->sum, sum), u = show_unit(m->measure, unit);
    struct text n = show_number(m->measure, m->is_there ? m->number : 0, number);

    (void)measure_write(m->measure, name);
    fprintf(out, "%s: %.*s %.*s from %" PRIu64 " record%s", name, (int)s.length, s.at,
            (int)u.length, u.at, m->adds.offered, m->adds.offered == 1 ? "" : "s");
    if (m->sum == (m->is_there ? m->number : 0))
        fprintf(out, ", as in the totals\n");
    else
        fprintf(out, "; the totals have %.*s%s\n", (int)n.length, n.at,
                a->is_moving ? ": they moved on meanwhile" : ": NOT THE SAME");
}

bool
account_is_asked_for(const struct account *a, const struct account_measure *m)
{
    return !a->question.has_measure || m->measure == a->question.measure;
}

bool
account_has_section(const struct account *a, const struct account_measure *m)
{
    return account_is_asked_for(a, m) &&
           (a->question.has_measure || measure_is_amount(m->measure) ||
            measure_form(m->measure) == MEASURE_COUNT);
}

/* Measures that count or qualify, a line each. */
static bool
show_beside(const struct account *a, FILE *out)
{
    static const struct table_column columns[] = {
        { "beside them", false }, { "total", true }, { "unit", false }, { "note", false }
    };
    struct table *table = table_new(columns, sizeof columns / sizeof *columns);
    size_t count = 0;
    bool is_printed = true;

    if (table == NULL)
        return false;
    for (size_t i = 0; i < a->measure_count; i++) {
        const struct account_measure *m = &a->measures[i];
        char name[MEASURE_TEXT], number[NUMBER_BYTES], unit[MEASURE_TEXT], note[NOTE_BYTES];
        wide_t total = m->is_there ? m->number : 0;
        struct text_buffer b = { .at = note, .size = sizeof note };

        if (account_has_section(a, m) || !account_is_asked_for(a, m))
            continue;
        table_put(table, (struct text){ name, measure_write(m->measure, name) });
        table_put(table, show_number(m->measure, total, number));
        table_put(table, show_unit(m->measure, unit));
        if (m->sum != total) {
            text_put(&b, a->is_moving ? TEXT_LITERAL("it moved on meanwhile: the records come to ")
                                      : TEXT_LITERAL("NOT THE SAME: the records come to "));
            text_put(&b, show_number(m->measure, m->sum, number));
        }
        table_put(table, text_done(&b));
        count++;
    }
    if (count > 0) {
        fprintf(out, "\n");
        is_printed = table_print(table, out);
    }
    table_free(table);
    return is_printed;
}

static bool
show_measures(const struct account *a, FILE *out)
{
    bool is_printed = true;

    for (size_t i = 0; i < a->measure_count && is_printed; i++) {
        const struct account_measure *m = &a->measures[i];

        if (!account_has_section(a, m))
            continue;
        fprintf(out, "\n");
        show_sum(a, m, out);
        if (m->adds.offered > 0)
            is_printed = show_list(m, true, out);
        if (m->left.offered == 0 || !is_printed)
            continue;
        fprintf(out, "left out:\n");
        is_printed = show_list(m, false, out);
    }
    return is_printed && show_beside(a, out);
}

static bool
has_data(const struct account *a)
{
    for (size_t i = 0; i < a->measure_count; i++)
        if (account_is_asked_for(a, &a->measures[i]))
            return true;
    return false;
}

void
account_show_log(const struct account *a, const struct account_log *log)
{
    FILE *out = a->lookup->out;

    if (!log->is_asked)
        fprintf(out, "Kafka was not asked for ids and titles: --brokers\n");
    else if (log->fault != FAULT_NONE)
        fprintf(out, "Kafka has not told all ids and titles (%" PRId64 " of %" PRId64 "): %s\n",
                log->found, log->asked, log->sentence);
    else if (log->found < log->asked)
        fprintf(out, "%" PRId64 " of %" PRId64 " records are not in Kafka's log any more\n",
                log->asked - log->found, log->asked);
    if (log->unasked > 0)
        fprintf(out, "Kafka was not asked for %" PRId64 " more: a smaller --limit helps\n",
                log->unasked);
    if (a->question.wants_all && log->is_asked)
        fprintf(out, "%" PRId64 " messages were looked through for records that are outranked%s\n",
                log->scanned, log->is_cut ? "; older ones were not" : "");
}

void
account_show_title(const struct account *a)
{
    const struct spot *spot = &a->question.spot;
    char scope[NAME_BYTES], partner[NAME_BYTES], window[WINDOW_TEXT], month[MONTH_BYTES];

    name_show_scope(spot->scope, scope);
    name_show_partner(spot->partner, partner);
    if (spot->window == CELL_MONTHS)
        (void)name_show_month(spot->month, month);
    else
        (void)window_write(spot->window, spot->windows, window);
    fprintf(a->lookup->out, "%s x %s: %s\n", scope, partner,
            spot->window == CELL_MONTHS ? month : window);
}

enum fault
account_show(const struct account *a, const struct asof *asof, const struct account_log *log,
             struct why *why)
{
    FILE *out = a->lookup->out;

    account_show_title(a);
    asof_show(asof, a->lookup);
    account_show_log(a, log);
    if (!has_data(a))
        fprintf(out, a->question.spot.window == CELL_MONTHS
                         ? "no data: no figure lies within that month alone\n"
                         : "no data\n");
    return show_measures(a, out) ? FAULT_NONE
                                 : why_set(why, FAULT_NO_MEMORY, "no memory for a table");
}
