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
    return FAULT_NONE;
}

static void
refuse(struct inspector *inspector, const char *file, const struct line *line, enum fault fault,
       const struct why *why)
{
    bool is_record = line->state == LINE_READY;
    struct refusal refusal = {
        .file = file, .line = line->number, .fault = fault, .why = why, .also = &inspector->also
    };

    inspector->also.count = 0;
    if (is_record) {
        int more = message_other_faults(inspector->maker, also_hear, &inspector->also);

        refusal.given_id = message_given_id(inspector->maker);
        inspector->also.count += more;
    }
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
    enum fault fault = judge_state(line, why);

    inspector->read++;
    if (fault == FAULT_NONE)
        fault = message_read(maker, line->text, &out->record, why);
    if (fault == FAULT_NONE)
        fault = message_make(maker, &out->record, &out->message, why);
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
