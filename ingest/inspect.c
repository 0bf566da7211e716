/* A line to a message or to a line of stderr.
 *
 * A refused record is told with all its faults, and does not end anything. */
#include "ingest/inspect.h"

#include "base/clock.h"

enum fault
inspector_init(struct inspector *inspector, struct report *report, bool thorough, struct why *why)
{
    *inspector = (struct inspector){ .report = report, .maker = maker_new() };
    inspector->seen = seen_new(report, thorough);
    if (inspector->maker == NULL || inspector->seen == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory to begin with");
    maker_use_clock(inspector->maker, clock_wall_ms);
    return FAULT_NONE;
}

void
inspector_release(struct inspector *inspector)
{
    maker_free(inspector->maker);
    seen_free(inspector->seen);
}

/* What was not even read as a record. */
static enum fault
judge_state(const struct line *line, struct why *why)
{
    if (line->state == LINE_STRANGE)
        return why_set(why, BAD_JSON, "%.*s", text_shown(line->text), line->text.at);
    if (line->state == LINE_TOO_LARGE)
        return why_set(why, TOO_LARGE, "the line is over %d bytes", RECORD_BYTES);
    if (line->state == LINE_REFUSED) {
        *why = line->mapped->faults[0].why;
        return line->mapped->faults[0].fault;
    }
    return FAULT_NONE;
}

/* All but the first. */
static void
hear_mapped(struct also *also, const struct mapped *mapped)
{
    for (int i = 1; i < mapped->count && i < MAP_FAULTS_MOST; i++)
        also_hear(also, mapped->faults[i].fault, &mapped->faults[i].why);
    if (mapped->count > MAP_FAULTS_MOST)
        also->count += mapped->count - MAP_FAULTS_MOST;
}

enum fault
line_judge(struct maker *maker, const struct line *line, struct record *r,
           struct publication *message, struct why *why)
{
    enum fault fault = judge_state(line, why);

    if (fault == FAULT_NONE)
        fault = message_read(maker, line->text, r, why);
    if (fault == FAULT_NONE)
        fault = message_make(maker, r, message, why);
    return fault;
}

struct text
line_other_faults(struct maker *maker, const struct line *line, struct also *also)
{
    also->count = 0;
    if (line->state == LINE_REFUSED)
        hear_mapped(also, line->mapped);
    if (line->state != LINE_READY)
        return (struct text){ NULL, 0 };
    int more = message_other_faults(maker, also_hear, also);
    also->count += more;
    return message_given_id(maker);
}

static void
refuse(struct inspector *inspector, const char *file, const struct line *line, enum fault fault,
       const struct why *why)
{
    struct refusal refusal = { .file = file,
                               .line = line->number,
                               .mapped = line->mapped,
                               .fault = fault,
                               .why = why,
                               .also = &inspector->also };

    refusal.given_id = line_other_faults(inspector->maker, line, &inspector->also);
    inspector->refused++;
    inspector->refused_as[fault]++;
    report_refusal(inspector->report, &refusal);
}

enum fault
inspect_line(struct inspector *inspector, const char *file, const struct line *line,
             struct inspected *out, struct why *why)
{
    struct maker *maker = inspector->maker;
    struct place_in_file place = { file, line->number };
    enum fault fault = line_judge(maker, line, &out->record, &out->message, why);

    inspector->read++;
    out->is_good = fault == FAULT_NONE;
    if (out->is_good) {
        out->id_was_given = message_given_id(maker).at != NULL;
        seen_take(inspector->seen, &out->record, out->id_was_given, place);
        return FAULT_NONE;
    }
    if (!fault_is_refusal(fault))
        return fault;
    refuse(inspector, file, line, fault, why);
    return FAULT_NONE;
}

void
inspect_skipped(struct inspector *inspector, const char *file, const struct rows *rows)
{
    int64_t count;
    struct text said;
    int map_line;

    for (int rule = 0; rows_skipped(rows, rule, &count, &said, &map_line); rule++) {
        inspector->skipped += count;
        if (count > 0)
            report_say(inspector->report, LOG_INFO, "skipped", LOG_S("file", file),
                       LOG_I("rows", count), LOG_T("rule", said), LOG_I("map_line", map_line));
    }
}
