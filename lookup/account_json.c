/* The records behind numbers as one object (lookup/account.h).
 *
 * {"province":"CN-LN","partner":"RU","window":"2023","as_of":"2024-01-31",...,
 *  "kafka":"answered",
 *  "measures":{"export.CNY":{"unit":"CNY","sum":"50.00","total":"50.00","equal":true,
 *      "doubts":{"export.derived.CNY":"30.00"},
 *      "records":2,"adds":[{...}],"left_out_records":1,"left_out":[{...}]}}}
 *
 * Amounts are texts, as in all documents (row_json.c). */
#include "lookup/account.h"

#include "lookup/names.h"
#include "lookup/row.h"

#include <inttypes.h>

void
account_json_amount(wide_t n, uint32_t measure, FILE *out)
{
    char number[NUMBER_BYTES];
    struct text t = show_plain(measure, n, number);

    fprintf(out, "\"%.*s\"", (int)t.length, t.at);
}

static void
put_text(const char *name, const char *value, FILE *out)
{
    fprintf(out, ",\"%s\":", name);
    if (value == NULL)
        fprintf(out, "null");
    else
        json_text(text_of(value), out);
}

static void
put_day(const char *name, int32_t day, FILE *out)
{
    char text[DAY_TEXT];

    day_write(day, text);
    fprintf(out, ",\"%s\":\"%s\"", name, text);
}

/* The members of a record, but for the braces. */
static void
put_item(const struct account_item *item, uint32_t measure, FILE *out)
{
    struct record r;
    uint16_t mask;

    fprintf(out, "\"topic\":\"%s\",\"partition\":%d,\"offset\":%" PRId64,
            topic_names[item->place.topic], item->place.partition, item->offset);
    put_text("id", item->id, out);
    put_text("source", item->source, out);
    put_text("url", item->url, out);
    put_text("title", item->title, out);
    if (item->bytes == NULL || !item_unpack(item->bytes, item->size, &r, &mask))
        return;
    put_day("from", r.from, out);
    put_day("to", r.day, out);
    fprintf(out,
            ",\"version\":%" PRId64 ",\"grade\":\"%s\",\"bound\":\"%s\",\"states\":", r.version,
            symbol_name(FIELD_GRADE, r.type, r.grade), symbol_name(FIELD_BOUND, r.type, r.bound));
    account_json_amount(account_stated(&r, measure), measure, out);
}

static void
put_others(const char *name, const struct account_others *others, uint32_t measure, FILE *out)
{
    if (others->count == 0)
        return;
    fprintf(out, ",\"%s\":{\"count\":%" PRIu32 ",\"records\":[", name, others->count);
    for (uint32_t i = 0; i < others->named; i++) {
        fprintf(out, "%s{", i == 0 ? "" : ",");
        put_item(&others->items[i], measure, out);
        fprintf(out, "}");
    }
    fprintf(out, "]");
    if (others->by != 0) {
        fprintf(out, ",\"by\":");
        account_json_amount(others->by, measure, out);
        fprintf(out, ",\"around\":%s,\"more\":%s", others->is_around ? "true" : "false",
                others->is_more ? "true" : "false");
    }
    fprintf(out, "}");
}

void
account_json_item(const struct account_record *record, uint32_t measure, FILE *out)
{
    char name[MEASURE_TEXT];
    uint32_t about = account_about(record, measure);

    put_item(&record->item, about, out);
    if (about == measure)
        return;
    (void)measure_write(about, name);
    fprintf(out, ",\"of\":\"%s\"", name);
}

void
account_json_reason(const struct account_record *record, uint32_t measure, bool adds, FILE *out)
{
    char reason[REASON_BYTES];

    measure = account_about(record, measure);
    fprintf(out, ",\"as\":\"%s\",\"undecided\":%s", account_kind(record->kind),
            record->is_undecided ? "true" : "false");
    put_others("with", &record->others, measure, out);
    put_others("mismatched", &record->flows, measure, out);
    fprintf(out, ",\"why\":");
    json_text(account_reason(record, measure, adds, reason), out);
}

static void
put_list(const struct account_list *list, uint32_t measure, bool adds, FILE *out)
{
    const struct account_record *record;
    size_t cursor = 0;

    fprintf(out, "[");
    for (bool is_first = true; (record = account_next(list, &cursor)) != NULL; is_first = false) {
        fprintf(out, "%s{", is_first ? "" : ",");
        account_json_item(record, measure, out);
        if (adds) {
            fprintf(out, ",\"adds\":");
            account_json_amount(record->amount, measure, out);
            put_day("adds_from", record->start, out);
            put_day("adds_to", record->end - 1, out);
        }
        account_json_reason(record, measure, adds, out);
        fprintf(out, "}");
    }
    fprintf(out, "]");
}

/* What else the hash says beside the measure. */
static void
put_doubts(const struct account *a, uint32_t measure, FILE *out)
{
    bool is_first = true;
    char name[MEASURE_TEXT];

    fprintf(out, ",\"doubts\":{");
    for (size_t i = 0; i < a->measure_count; i++) {
        const struct account_measure *other = &a->measures[i];
        struct doubts doubts = { .mark = NULL };
        bool is_doubt = false;

        doubts_take(&doubts, measure, other->measure, 1);
        for (int form = 0; form < DOUBT_FORMS; form++)
            is_doubt = is_doubt || doubts.of[form] != 0;
        if (!is_doubt || !other->is_there || other->measure == measure)
            continue;
        (void)measure_write(other->measure, name);
        fprintf(out, "%s\"%s\":", is_first ? "" : ",", name);
        account_json_amount(other->number, other->measure, out);
        is_first = false;
    }
    fprintf(out, "}");
}

static void
put_measure(const struct account *a, const struct account_measure *m, FILE *out)
{
    wide_t number = m->is_there ? m->number : 0;
    char name[MEASURE_TEXT];

    (void)measure_write(m->measure, name);
    fprintf(out, "\"%s\":{\"unit\":\"", name);
    struct text unit = show_unit(m->measure, name);
    fprintf(out, "%.*s\",\"sum\":", (int)unit.length, unit.at);
    account_json_amount(m->sum, m->measure, out);
    fprintf(out, ",\"total\":");
    account_json_amount(number, m->measure, out);
    fprintf(out, ",\"equal\":%s", m->sum == number ? "true" : "false");
    put_doubts(a, m->measure, out);
    fprintf(out, ",\"records\":%" PRIu64 ",\"adds\":", m->adds.offered);
    put_list(&m->adds, m->measure, true, out);
    fprintf(out, ",\"left_out_records\":%" PRIu64 ",\"left_out\":", m->left.offered);
    put_list(&m->left, m->measure, false, out);
    fprintf(out, "}");
}

void
account_json_log(const struct account *a, const struct account_log *log)
{
    FILE *out = a->lookup->out;
    const char *kafka = !log->is_asked             ? "not asked"
                        : log->fault != FAULT_NONE ? "no answer"
                                                   : "answered";

    fprintf(out, ",\"kafka\":\"%s\",\"not_in_kafka\":%" PRId64, kafka, log->asked - log->found);
    if (a->question.wants_all)
        fprintf(out, ",\"scanned\":%" PRId64 ",\"scanned_all\":%s", log->scanned,
                log->is_asked && log->fault == FAULT_NONE && !log->is_cut ? "true" : "false");
}

void
account_json_title(const struct account *a)
{
    const struct spot *spot = &a->question.spot;
    char window[WINDOW_TEXT], month[MONTH_BYTES];
    FILE *out = a->lookup->out;

    fprintf(out, "\"province\":\"%s\",\"partner\":\"%s\",", scope_code(spot->scope),
            partner_code(spot->partner));
    if (spot->window == CELL_MONTHS) {
        (void)name_show_month(spot->month, month);
        fprintf(out, "\"month\":\"%s\",", month);
    } else {
        (void)window_write(spot->window, spot->windows, window);
        fprintf(out, "\"window\":\"%s\",", window);
    }
}

void
account_json(const struct account *a, const struct asof *asof, const struct account_log *log)
{
    FILE *out = a->lookup->out;
    bool is_first = true;

    fprintf(out, "{");
    account_json_title(a);
    asof_json(asof, a->lookup);
    account_json_log(a, log);
    fprintf(out, ",\"moved\":%s,\"measures\":{", a->is_moving ? "true" : "false");
    for (size_t i = 0; i < a->measure_count; i++) {
        if (!account_is_asked_for(a, &a->measures[i]))
            continue; /* what stands beside it is its doubts */
        fprintf(out, "%s", is_first ? "" : ",");
        is_first = false;
        put_measure(a, &a->measures[i], out);
    }
    fprintf(out, "}}\n");
}
