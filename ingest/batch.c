/* The records of a request on their way: to Kafka, back, and into the answer. */
#include "ingest/batch.h"

#include "ingest/letter.h"

enum {
    TAIL_BYTES =
        384, /* what batch_tell() adds to a record's text: status, topic, partition, reason */
    HEAD_BYTES = 512,
};

#define NOT_KEPT "it is refused, and it is not known whether it is kept"

struct batch *
batch_new(void)
{
    return calloc(1, sizeof(struct batch));
}

void
batch_free(struct batch *batch)
{
    if (batch == NULL)
        return;
    free(batch->results);
    free(batch->texts.at);
    free(batch->messages.at);
    free(batch);
}

/* ---- to Kafka and back ---------------------------------------------------------------------- */

static void
become(struct result *result, enum outcome outcome)
{
    result->batch->outcomes[result->outcome]--;
    result->batch->outcomes[outcome]++;
    result->outcome = (uint8_t)outcome;
}

void
batch_send(struct batch *batch, struct publisher *publisher)
{
    struct why why;
    for (size_t i = 0; i < batch->count; i++) {
        struct result *result = &batch->results[i];
        const char *key = batch->messages.at + result->message_at;
        if (result->outcome != OUTCOME_HELD)
            continue;
        struct publication message = { (enum record_type)result->type,
                                       { key, result->key_length },
                                       (const uint8_t *)key + result->key_length,
                                       result->value_length,
                                       result };
        become(result, OUTCOME_UNKNOWN);
        enum fault fault = publish_send(publisher, &message, &why);
        if (fault == TOO_LARGE)
            become(result, OUTCOME_REFUSED);
        result->waits = fault == FAULT_NONE;
        batch->waiting += result->waits;
        if (!result->waits)
            result->reason = fault == FAULT_KAFKA_AWAY ? "too much waits for Kafka already"
                                                       : "it can't be sent to Kafka";
    }
}

/* A dead letter, with the headers of those that the aggregator writes, but for a place that it has
 * none of. */
static enum fault
send_letter(const struct batch *batch, struct result *result, struct dispatcher *dispatcher,
            const struct letter_sender *sender)
{
    const char *at = batch->messages.at + result->message_at;
    struct why reason, why;
    memcpy(&reason, at, sizeof reason);
    const char *topic = topic_names[result->type], *code = fault_name((enum fault)result->fault);
    const struct header headers[] = {
        { HEADER_ERRORS "topic", topic, strlen(topic) },
        { HEADER_ERRORS "exception.class.name", code, strlen(code) },
        { HEADER_ERRORS "exception.message", reason.text, strlen(reason.text) },
        { HEADER_ERRORS "field", reason.field, strlen(reason.field) },
        { HEADER_REFUSED, sender->by, strlen(sender->by) },
        { HEADER_REFUSED_FORM, batch->is_event ? "event" : "", batch->is_event ? 5 : 0 },
        { HEADER_REFUSED_TYPE, batch->type_otherwise, strlen(batch->type_otherwise) },
        { HEADER_REFUSED_SOURCE, sender->source, strlen(sender->source) },
        { HEADER_REFUSED_GRADE, sender->grade, strlen(sender->grade) },
    };
    struct dispatch letter = { .topic = letter_topics[result->type],
                               .partition = -1,
                               .value = { at + sizeof reason, result->value_length },
                               .headers = headers,
                               .header_count = sizeof headers / sizeof headers[0],
                               .tag = result };
    return dispatch_send(dispatcher, &letter, &why);
}

void
batch_send_letters(struct batch *batch, struct dispatcher *dispatcher,
                   const struct letter_sender *sender)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct result *result = &batch->results[i];
        if (!result->is_letter)
            continue;
        /* Until its report has come nobody knows whether it is kept. */
        become(result, OUTCOME_UNKNOWN);
        result->reason = NOT_KEPT;
        result->waits =
            dispatcher != NULL && send_letter(batch, result, dispatcher, sender) == FAULT_NONE;
        batch->waiting += result->waits;
    }
}

void
batch_hear_letter(struct result *result, bool is_kept)
{
    result->waits = false;
    result->batch->waiting--;
    if (is_kept)
        become(result, OUTCOME_REFUSED);
}

void
batch_hear(struct result *result, const struct publish_report *report)
{
    result->waits = false;
    result->batch->waiting--;
    if (report->is_delivered)
        become(result, OUTCOME_ACCEPTED);
    else if (report->is_too_large)
        become(result, OUTCOME_REFUSED);
    result->partition = report->partition;
    result->offset = report->offset;
    result->reason = report->reason;
}

void
batch_give_up(struct batch *batch, bool letters, const char *reason)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct result *result = &batch->results[i];
        if (!result->waits || result->is_letter != letters)
            continue;
        result->waits = false;
        batch->waiting--;
        result->reason = reason;
    }
}

size_t
batch_lost(const struct batch *batch)
{
    size_t lost = 0;
    for (size_t i = 0; i < batch->count; i++)
        lost += batch->results[i].outcome == OUTCOME_REFUSED &&
                !(batch->keeps && batch->results[i].is_letter);
    return lost;
}

void
batch_forget_texts(struct batch *batch)
{
    free(batch->texts.at);
    batch->texts = (struct bytes){ 0 };
}

size_t
batch_bytes(const struct batch *batch)
{
    return sizeof *batch + batch->texts.room + batch->messages.room +
           batch->room * sizeof *batch->results;
}

void
batch_forget_messages(struct batch *batch)
{
    free(batch->messages.at);
    batch->messages = (struct bytes){ 0 };
}

/* ---- the answer ----------------------------------------------------------------------------- */

static void
tell_one(struct text_buffer *b, const struct batch *batch, const struct result *result)
{
    size_t index = (size_t)(result - batch->results);
    static const char *const words[OUTCOME_COUNT] = { "good", "unknown", "accepted", "refused" };
    text_print(b, "{\"status\":\"%s\",\"index\":%zu", words[result->outcome], index);
    text_put(b, (struct text){ batch->texts.at + result->text_at, result->text_length });
    if (result->outcome == OUTCOME_ACCEPTED)
        text_print(b, ",\"topic\":\"%s\",\"partition\":%d,\"offset\":%lld",
                   topic_names[result->type], (int)result->partition, (long long)result->offset);
    if (result->outcome == OUTCOME_REFUSED && result->fault == FAULT_NONE)
        text_put(b,
                 TEXT_LITERAL(",\"code\":\"TOO_LARGE\",\"field\":\"\",\"message\":\"Kafka takes no "
                              "message of this size\""));
    if (batch->keeps && result->is_letter)
        text_print(b, ",\"kept\":%s", result->outcome == OUTCOME_REFUSED ? "true" : "false");
    if (result->outcome == OUTCOME_UNKNOWN) {
        text_print(b, ",\"retry\":true,\"%s\":", result->is_letter ? "reason" : "message");
        json_put_text(
            b, text_of(result->reason == NULL ? "Kafka has not answered yet" : result->reason));
    }
    text_put_char(b, '}');
}

char *
batch_tell(const struct batch *batch, const char *head, size_t *length)
{
    size_t size = HEAD_BYTES + strlen(head) + batch->texts.length + batch->count * TAIL_BYTES;
    char *out = malloc(size);
    struct text_buffer b = { .at = out, .size = size };
    if (out == NULL)
        return NULL;
    text_put_char(&b, '{');
    text_put(&b, text_of(head));
    text_print(&b, "\"accepted\":%zu,\"refused\":%zu,\"unknown\":%zu,\"good\":%zu,",
               batch->outcomes[OUTCOME_ACCEPTED], batch->outcomes[OUTCOME_REFUSED],
               batch->outcomes[OUTCOME_UNKNOWN], batch->outcomes[OUTCOME_HELD]);
    if (batch->skipped > 0)
        text_print(&b, "\"skipped\":%lld,", (long long)batch->skipped);
    text_put(&b, TEXT_LITERAL("\"records\":["));
    for (size_t i = 0; i < batch->count; i++) {
        if (i > 0)
            text_put_char(&b, ',');
        tell_one(&b, batch, &batch->results[i]);
    }
    text_put(&b, TEXT_LITERAL("]}\n"));
    *length = b.length;
    return out;
}
