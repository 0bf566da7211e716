/* Both readings of the dead-letter topics (ingest/dlq.h): what is asked for, and what is known of
 * it.
 */
#include "ingest/dlq.h"

#include "ingest/pump.h"

enum { LIMIT_S = 300 }; /* as long as a run waits for Kafka */

int
dlq_code(struct text name)
{
    for (int i = 0; i < FAULT_COUNT; i++)
        if (fault_is_refusal((enum fault)i) && text_equal(name, text_of(fault_name((enum fault)i))))
            return i;
    return -1;
}

/* One reading of all letters. */
struct pass {
    struct dlq *dlq;
    letter_taker *take; /* NULL: all are added to what is known */
    bool (*rest)(void *self);
};

static enum record_type
type_of(const struct dlq *d, const struct followed *m)
{
    return strcmp(d->settings.topics[m->topic], letter_topics[RECORD_TRADE]) == 0
               ? RECORD_TRADE
               : RECORD_AGREEMENT;
}

void
dlq_use_rules(struct dlq *dlq, const struct letter *letter)
{
    struct text type = letter->refused_type;
    struct parse_rules rules = { .is_event = letter->refused_form.length > 0,
                                 .may_be_avro = true,
                                 .type = type.length > 0 ? type : (struct text){ NULL, 0 } };
    struct sender sender = sender_of(letter->refused_source, letter->refused_grade);

    maker_use_rules(dlq->maker, &rules, &sender);
}

/* What this program makes of the value; nothing of a part of it. */
static enum fault
open_value(struct dlq *d, struct found_letter *found)
{
    const struct letter *letter = &found->letter;

    found->draft = NULL;
    if (letter_is_cut(letter)) {
        found->fault =
            why_set(&found->why, TOO_LARGE, "the dead letter has only the beginning of it");
        return FAULT_NONE;
    }
    found->why = (struct why){ 0 };
    if (!d->opens)
        return FAULT_NONE;
    if (letter->refused_by.at != NULL) {
        dlq_use_rules(d, letter);
        found->fault = message_read(d->maker, letter->value, &found->record, &found->why);
        found->draft = found->fault == FAULT_NONE ? found->record.draft : NULL;
        return fault_is_refusal(found->fault) ? FAULT_NONE : found->fault;
    }
    found->fault = opener_open(d->opener, letter->message, letter->value, letter->at.type,
                               &found->record, &found->why);
    if (found->fault != FAULT_NONE && !fault_is_refusal(found->fault) &&
        found->fault != FAULT_REGISTRY_AWAY)
        return found->fault;
    found->draft = opener_draft(d->opener);
    return FAULT_NONE;
}

static bool
has_source(const struct found_letter *found, struct text source)
{
    const struct draft *draft = found->draft;

    return draft != NULL && draft->state[FIELD_SOURCE] == FAULT_NONE &&
           draft->source_name_state == FAULT_NONE && text_equal(draft->source_name, source);
}

static bool
is_asked_for(const struct letter_filter *filter, const struct found_letter *found)
{
    const struct letter *letter = &found->letter;

    if (filter->has_codes && (found->code < 0 || !filter->codes[found->code]))
        return false;
    if (filter->has_place && letter_place_compare(filter->place, letter->at) != 0 &&
        letter_place_compare(filter->place, letter->origin) != 0)
        return false;
    return filter->since_ms == 0 || letter->timestamp_ms >= filter->since_ms;
}

/* The second reading. */
static bool
take_letter(struct dlq *d, letter_taker *take)
{
    struct found_letter *found = &d->found;
    struct code_counts *counts;

    found->code = dlq_code(found->letter.code);
    if (found->letter.kind != LETTER_DEAD || !is_asked_for(&d->filter, found))
        return true;
    d->fault = open_value(d, found);
    if (d->fault != FAULT_NONE) {
        d->why = found->why;
        return false;
    }
    if (d->filter.source.at != NULL && !has_source(found, d->filter.source))
        return true;
    found->state = letters_state(d->letters, &found->letter);
    counts = &d->counts[found->code < 0 ? FAULT_COUNT : found->code];
    counts->letters++;
    counts->repeats += found->state.is_repeat;
    counts->retried += found->state.was_retried && !found->state.is_repeat;
    return take(d, found);
}

/* A follow_sink. */
static bool
take_message(void *self, const struct followed *m)
{
    const struct pass *pass = self;
    struct dlq *d = pass->dlq;
    struct letter *letter = &d->found.letter;

    letter_read(m, type_of(d, m), letter);
    if (pass->take != NULL)
        return take_letter(d, pass->take);
    if (letter->kind == LETTER_STRANGE) {
        d->strangers++;
        log_say(&d->report->log, LOG_WARN, "no dead letter of ours",
                LOG_S("topic", letter_topics[letter->at.type]), LOG_I("partition", m->partition),
                LOG_I("offset", m->offset));
    }
    d->fault = letters_add(d->letters, letter, &d->why);
    return d->fault == FAULT_NONE;
}

static bool
rest(void *self)
{
    const struct pass *pass = self;

    return pass->rest == NULL || pass->rest(pass->dlq);
}

static enum fault
run_pass(struct dlq *d, letter_taker *take, bool (*at_rest)(void *self), struct why *why)
{
    struct pass pass = { d, take, at_rest };
    long limit_s = options_count(d->setup->options, SETTING_TIMEOUT);
    struct pump pump = { .log = &d->report->log,
                         .limit_ms = (limit_s > 0 ? limit_s : LIMIT_S) * 1000,
                         .signals = d->setup->signals,
                         .sink = take_message,
                         .rest = rest,
                         .self = &pass };
    struct follow *follow = NULL;
    enum fault fault = follow_open(&d->settings, &follow, why);

    pump.follow = follow;
    if (fault == FAULT_NONE)
        fault = pump_run(&pump, why);
    if (fault == FAULT_NONE && d->fault != FAULT_NONE)
        fault = why_set(why, d->fault, "%s", d->why.text);
    follow_close(follow);
    return fault;
}

enum fault
dlq_read(struct dlq *d, letter_taker *take, bool (*at_rest)(void *self), struct why *why)
{
    enum fault fault = FAULT_NONE;

    d->letters = letters_new();
    if (d->letters == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for dead letters");
    d->maker = maker_new();
    if (d->maker == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory to begin with");
    fault = opener_new(d->setup->registry, d->setup->signals, &d->opener, why);
    if (fault == FAULT_NONE)
        fault = run_pass(d, NULL, NULL, why);
    letters_settle(d->letters);
    if (fault == FAULT_NONE && *d->setup->signals == 0)
        fault = run_pass(d, take, at_rest, why);
    return fault;
}
