/* From a message of Kafka's log to a record, and how Kafka is asked
 * (lookup/account_kafka.h). */
#include "lookup/account_kafka.h"

#include "schemas/history.h"
#include "schemas/value.h"

#include <stdlib.h>

enum { ANSWER_MS = 4000 }; /* Kafka may be silent for so long */

void
account_decoder_free(struct account_decoder *d)
{
    if (d == NULL)
        return;
    for (int t = 0; t < TOPIC_COUNT; t++)
        plans_free(d->plans[t]);
    for (size_t i = 0; i < d->kept_count; i++)
        plan_free(d->kept[i].plan);
    calls_release(&d->calls);
    free(d);
}

enum fault
account_decoder_new(const struct lookup *lookup, struct account_decoder **out, struct why *why)
{
    struct account_decoder *d = calloc(1, sizeof *d);
    enum fault fault = FAULT_NONE;

    if (d == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory to read records with");
    d->lookup = lookup;
    for (int t = 0; t < TOPIC_COUNT && fault == FAULT_NONE; t++)
        fault = plans_open((enum record_type)t, &d->plans[t], why);
    if (fault != FAULT_NONE)
        account_decoder_free(d);
    else
        *out = d;
    return fault;
}

/* NULL: Redis has no text for it, or none of a record, or does not answer. */
static struct plan *
plan_that_is_kept(struct account_decoder *d, enum topic topic, struct schema_id id)
{
    struct plan *plan = NULL;
    struct why ignored;
    char key[KEY_BYTES], text[SCHEMA_ID_TEXT];
    struct text name = { key, key_schema_ids(d->lookup->prefix, key) };

    calls_reset(&d->calls);
    calls_begin(&d->calls, NULL, name);
    calls_arg(&d->calls, TEXT_LITERAL("HGET"));
    calls_arg(&d->calls, name);
    calls_arg(&d->calls, (struct text){ text, schema_id_write(id, text) });
    if (calls_run(&d->calls, &d->lookup->way, &ignored) != FAULT_NONE ||
        d->calls.answers[0].kind != ANSWER_TEXT ||
        plan_compile(d->calls.answers[0].text, (enum record_type)topic, &plan, &ignored) !=
            FAULT_NONE)
        return NULL;
    return plan;
}

/* Each id is asked for once. */
static const struct plan *
plan_of_id(struct account_decoder *d, enum topic topic, struct schema_id id)
{
    for (size_t i = 0; i < d->kept_count; i++)
        if (d->kept[i].topic == topic && schema_id_order(d->kept[i].id, id) == 0)
            return d->kept[i].plan;
    if (d->kept_count == KEPT_SCHEMAS_MOST)
        return NULL;
    d->kept[d->kept_count] = (struct kept_schema){ topic, id, plan_that_is_kept(d, topic, id) };
    return d->kept[d->kept_count++].plan;
}

/* A message, and who reads it. */
struct opened {
    struct account_decoder *decoder;
    const struct message *message;
};

/* A plan_finder of such. */
static enum fault
find_plan(void *self, enum record_type type, const struct frame *frame, const struct plan **plan,
          struct why *why)
{
    struct account_decoder *d = ((struct opened *)self)->decoder;

    *plan = frame->form == FRAME_CONFLUENT ? plan_of_id(d, (enum topic)type, frame->schema_id)
                                           : plans_find(d->plans[type], frame->fingerprint);
    return *plan == NULL ? why_set(why, BAD_SCHEMA, "the schema is not known") : FAULT_NONE;
}

static bool
find_header(void *self, const char *name, struct text *out)
{
    return message_header(((struct opened *)self)->message, name, out);
}

/* The record and its item.  False: what lies there was refused, or is of a text that this
 * program does not know.  Both borrow from the message. */
bool
account_decode(struct account_decoder *d, const struct message *message)
{
    struct frame frame;

    struct opened opened = { d, message };
    struct value_way way = { &opened, find_plan, find_header };

    if (message->value.at == NULL ||
        value_decode(message->value, (enum record_type)message->place.topic, &way, &frame,
                     &d->draft, NULL) != FAULT_NONE ||
        record_settle(&d->draft, &d->record, NULL) != FAULT_NONE)
        return false;
    d->record.offset = message->offset;
    d->item_size = item_pack(&d->record, d->item);
    return true;
}

/* A copy with NUL; NULL when it is absent, or there is no memory: then it is not shown. */
char *
account_copy_text(struct text t, uint8_t state)
{
    char *copy = state != FAULT_NONE || t.at == NULL ? NULL : malloc(t.length + 1);

    if (copy == NULL)
        return NULL;
    memcpy(copy, t.at, t.length);
    copy[t.length] = '\0';
    return copy;
}

void
account_take_texts(const struct account_decoder *d, struct account_item *item)
{
    const struct draft *draft = &d->draft;

    item->id = account_copy_text(d->record.id, FAULT_NONE);
    item->title = account_copy_text(draft->title, draft->state[FIELD_TITLE]);
    if (draft->state[FIELD_SOURCE] != FAULT_NONE)
        return;
    item->source = account_copy_text(draft->source_name, draft->source_name_state);
    item->url = account_copy_text(draft->source_url, draft->source_url_state);
}

/* Does the record state what the journal's item does? */
bool
account_states_the_same(const struct account_decoder *d, const struct account_item *item)
{
    return text_equal(item_stated(d->item, d->item_size), item_stated(item->bytes, item->size));
}

int
account_compare_places(struct place a, struct place b)
{
    if (a.topic != b.topic)
        return a.topic < b.topic ? -1 : 1;
    return (a.partition > b.partition) - (a.partition < b.partition);
}

struct reader_settings
account_reader_settings(const struct lookup *lookup)
{
    return (struct reader_settings){ .brokers = lookup->brokers,
                                     .properties = lookup->properties,
                                     .property_count = lookup->property_count,
                                     .wait_ms = ANSWER_MS };
}

/* Kafka that does not answer is no fault of the look-up's: what the journals know is shown. */
enum fault
account_note_answer(struct account_log *log, enum fault fault, const struct why *reason,
                    struct why *why)
{
    log->fault = fault;
    (void)snprintf(log->sentence, sizeof log->sentence, "%s", reason->text);
    if (fault == FAULT_NO_MEMORY || fault == FAULT_OPTION)
        return why_set(why, fault, "%s", reason->text);
    return FAULT_NONE;
}
