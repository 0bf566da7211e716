/* A body as records: unpacked, cut, each one judged; nothing is sent.
 *
 * All records of a body are judged before the first is sent: so a fault of the body as a whole, and
 * ?validate=all, leave nothing behind, and results have their places before reports can come. */
#include "ingest/batch.h"

#include "base/grow.h"
#include "ingest/counts_as.h"
#include "ingest/inspect.h"
#include "ingest/unpack.h"

enum { ONE_BYTES = LOG_LINE_BYTES }; /* of the answer, about one record */

/* ---- the body ------------------------------------------------------------------------------- */

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

/* ---- one record ----------------------------------------------------------------------------- */

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
    /* Now that they have their places: a report's ticket is a result. */
    for (size_t i = 0; i < batch->count; i++)
        batch->results[i].batch = batch;
    lines_close(lines);
    free(unpacked.at);
    return good;
}
