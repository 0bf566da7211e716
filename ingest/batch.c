/* All records of a body are judged before the first is sent: so a fault of the body as a whole, and
 * ?validate=all, leave nothing behind, and results have their places before reports can come. */
#include "ingest/batch.h"

#include "base/grow.h"
#include "ingest/counts_as.h"
#include "ingest/inspect.h"
#include "ingest/unpack.h"
#include "kafka/topic.h"

enum {
    ONE_BYTES = LOG_LINE_BYTES, /* of the answer, about one record */
    TAIL_BYTES = 256,           /* what batch_tell() adds to it: status, topic, partition, reason */
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

static bool
bytes_put(struct bytes *b, const void *at, size_t length)
{
    char *larger = grow(b->at, &b->room, b->length + length, 1);
    if (larger == NULL)
        return false;
    b->at = larger;
    memcpy(larger + b->length, at, length);
    b->length += length;
    return true;
}

/* ---- the body ---------------------------------------------------------------------------------
 */

static bool
refuse_body(struct body_fault *fault, unsigned status, const char *sentence)
{
    *fault = (struct body_fault){ .status = status };
    (void)why_set(&fault->why, FAULT_FILE, "%s", sentence);
    return false;
}

static bool
has_no_memory(struct body_fault *fault)
{
    return refuse_body(fault, 503, "there is no memory for so many records now");
}

static bool
unpack_into(struct unpack *u, struct text packed, struct bytes *out, struct body_fault *fault)
{
    char piece[16 * 1024];
    while (packed.length > 0 || unpack_holds_more(u)) {
        size_t used, made;
        if (!unpack(u, packed.at, packed.length, &used, piece, sizeof piece, &made))
            return refuse_body(fault, 400, unpack_damaged(u));
        packed = (struct text){ packed.at + used, packed.length - used };
        if (out->length + made > BATCH_UNPACKED_BYTES) {
            (void)refuse_body(fault, 413, "the body becomes too large when it is unpacked");
            fault->most = BATCH_UNPACKED_BYTES;
            return false;
        }
        if (!bytes_put(out, piece, made))
            return has_no_memory(fault);
    }
    return unpack_is_whole(u) || refuse_body(fault, 400, unpack_cut_off(u));
}

/* What is packed is seen by its first bytes, whatever its sender says. */
static bool
unpack_body(const struct body *body, struct text *text, struct bytes *out, struct body_fault *fault)
{
    enum packer packer = packer_of(body->text);
    *text = body->text;
    if (packer == PACKED_NOT)
        return !body->is_packed ||
               refuse_body(fault, 400, "the body is not packed, though Content-Encoding says so");
    struct unpack *u = unpack_new(packer);
    bool good = u != NULL ? unpack_into(u, body->text, out, fault) : has_no_memory(fault);
    unpack_free(u);
    *text = (struct text){ out->at == NULL ? "" : out->at, out->length };
    return good;
}

/* Where the text says something first. */
static size_t
first_sign(struct text t)
{
    size_t i = t.length >= 3 && memcmp(t.at, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (i < t.length &&
           (t.at[i] == ' ' || t.at[i] == '\t' || t.at[i] == '\r' || t.at[i] == '\n'))
        i++;
    return i;
}

/* An array is one value: where it is none, none of its records can be trusted to be whole. */
static bool
judge_array(struct text t, struct body_fault *fault)
{
    size_t from = first_sign(t), byte;
    struct why why;
    if (from == t.length)
        return refuse_body(fault, 400, "the body is empty; wanted: records, as JSON");
    if (t.at[from] != '[')
        return true;
    struct text array = { t.at + from, t.length - from };
    enum fault bad = json_is_value(array, &byte, &why);
    if (bad == FAULT_NONE)
        return true;
    if (bad == FAULT_NO_MEMORY)
        return has_no_memory(fault);
    (void)refuse_body(fault, 400, why.text);
    fault->byte = from + byte;
    return false;
}

/* ---- one record -------------------------------------------------------------------------------
 */

/* A member of the answer's object about one record begins. */
struct one {
    char at[ONE_BYTES];
    struct text_buffer b;
};

static void
begin_one(struct one *one, int64_t line, struct text id, bool is_derived)
{
    one->b = (struct text_buffer){ .at = one->at, .size = sizeof one->at };
    text_print(&one->b, ",\"line\":%lld", (long long)line);
    if (id.at == NULL)
        return;
    if (id.length > ID_LENGTH)
        id.length = ID_LENGTH;
    text_put(&one->b, TEXT_LITERAL(",\"id\":"));
    json_put_text(&one->b, id);
    if (is_derived)
        text_put(&one->b, TEXT_LITERAL(",\"derived\":true"));
}

/* The next result, with the text that was made for it. */
static struct result *
add_result(struct batch *batch, const struct one *one, enum outcome outcome)
{
    struct result *larger =
        grow(batch->results, &batch->room, batch->count + 1, sizeof *batch->results);
    if (larger == NULL)
        return NULL;
    batch->results = larger;
    struct result *result = &batch->results[batch->count];
    *result = (struct result){ .text_at = (uint32_t)batch->texts.length,
                               .text_length = (uint32_t)one->b.length,
                               .outcome = (uint8_t)outcome };
    if (!bytes_put(&batch->texts, one->at, one->b.length))
        return NULL;
    batch->count++;
    batch->outcomes[outcome]++;
    return result;
}

static bool
add_good(struct batch *batch, const struct body *body, struct maker *maker, int64_t line,
         const struct record *r, const struct publication *message)
{
    struct one one;
    bool is_derived = message_given_id(maker).at == NULL;
    begin_one(&one, line, r->id, is_derived);
    if (body->explains)
        counts_as_put(&one.b, r, message->key);
    struct result *result = add_result(batch, &one, OUTCOME_HELD);
    if (result == NULL)
        return false;
    result->type = (uint8_t)r->type;
    result->message_at = batch->messages.length;
    result->key_length = (uint32_t)message->key.length;
    result->value_length = (uint32_t)message->value_size;
    return body->explains || (bytes_put(&batch->messages, message->key.at, message->key.length) &&
                              bytes_put(&batch->messages, message->value, message->value_size));
}

static bool
add_refused(struct batch *batch, struct maker *maker, const struct line *line, enum fault fault,
            const struct why *why)
{
    struct one one;
    struct also also;
    struct text given_id = line_other_faults(maker, line, &also);
    if (batch->texts.length > BATCH_TEXTS_BYTES)
        also.count = 0;
    begin_one(&one, line->number, given_id, false);
    report_put_faults(&one.b, fault, why, &also, line->mapped);
    struct result *result = add_result(batch, &one, OUTCOME_REFUSED);
    if (result == NULL)
        return false;
    result->fault = (uint8_t)fault;
    result->type = (uint8_t)message_type(maker);
    result->message_at = batch->messages.length;
    result->value_length = (uint32_t)line->text.length;
    /* What is cut, or never became a record, can't be judged anew. */
    result->is_letter = batch->keeps && line->state == LINE_READY;
    return !result->is_letter || (bytes_put(&batch->messages, why, sizeof *why) &&
                                  bytes_put(&batch->messages, line->text.at, line->text.length));
}

/* False: no memory. */
static bool
take_line(struct batch *batch, struct maker *maker, const struct body *body,
          const struct line *line)
{
    struct record r;
    struct publication message;
    struct why why = { 0 };
    enum fault fault = line_judge(maker, line, &r, &message, &why);
    if (fault == FAULT_NONE)
        return add_good(batch, body, maker, line->number, &r, &message);
    return fault_is_refusal(fault) && add_refused(batch, maker, line, fault, &why);
}

static bool
take_lines(struct batch *batch, struct maker *maker, const struct body *body, struct lines *lines,
           struct body_fault *fault)
{
    struct line line;
    struct why why;
    size_t most = body->explains ? BATCH_CHECKED_MOST : BATCH_RECORDS_MOST;
    for (;;) {
        if (lines_next(lines, 0, &line, &why) != FAULT_NONE)
            return refuse_body(fault, 400, why.text);
        if (line.state == LINE_END)
            return true;
        if (line.state == LINE_STRANGE) {
            (void)why_set(&why, FAULT_FILE, "%.*s", text_shown(line.text), line.text.at);
            return refuse_body(fault, 400, why.text);
        }
        if (batch->count == most) {
            (void)refuse_body(fault, 413, "too many records; send them in several requests");
            fault->most = most;
            return false;
        }
        if (!take_line(batch, maker, body, &line))
            return has_no_memory(fault);
    }
}

/* How many rows the rules of a map have skipped. */
static int64_t
skipped_of(const struct rows *rows)
{
    int64_t all = 0, count;
    struct text said;
    int line;
    for (int rule = 0; rows != NULL && rows_skipped(rows, rule, &count, &said, &line); rule++)
        all += count;
    return all;
}

bool
batch_read(struct batch *batch, struct maker *maker, const struct body *body,
           const struct sender *sender, struct body_fault *fault)
{
    struct bytes unpacked = { 0 };
    struct text text;
    batch->keeps = body->keeps;
    batch->is_event = body->rules.is_event;
    (void)text_copy(body->rules.type.at == NULL ? TEXT_LITERAL("") : body->rules.type,
                    batch->type_otherwise, sizeof batch->type_otherwise);
    struct lines *lines = NULL;
    bool good = unpack_body(body, &text, &unpacked, fault);
    if (good && body->map == NULL)
        good = judge_array(text, fault);
    if (good) {
        lines = lines_of(text);
        good = lines != NULL || has_no_memory(fault);
    }
    if (good && body->map != NULL && lines_use_map(lines, body->map, &fault->why) != FAULT_NONE)
        good = has_no_memory(fault);
    maker_use_rules(maker, &body->rules, sender);
    good = good && take_lines(batch, maker, body, lines, fault);
    if (good)
        batch->skipped = skipped_of(lines_rows(lines));
    lines_close(lines);
    free(unpacked.at);
    return good;
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
        result->batch = batch;
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
    static const char *const topics[RECORD_TYPE_COUNT] = { "trade-events.dlq", "agreements.dlq" };
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
    struct dispatch letter = { .topic = topics[result->type],
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
        result->batch = batch;
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
    if (result->is_letter)
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
