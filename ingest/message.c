#include "ingest/message.h"
#include "ingest/derive.h"
#include "ingest/parse.h"
#include "schemas/codec.h"

struct maker {
    struct parser *parser;
    struct deriver *deriver;
    uint64_t fingerprints[RECORD_TYPE_COUNT];
    struct draft draft;
    char key[KEY_TEXT_BYTES];
    uint8_t value[RECORD_BYTES];
};

struct maker *
maker_new(void)
{
    struct maker *maker = calloc(1, sizeof *maker);
    if (maker == NULL)
        return NULL;
    maker->parser = parser_new();
    maker->deriver = deriver_new();
    if (maker->parser == NULL || maker->deriver == NULL) {
        maker_free(maker);
        return NULL;
    }
    for (int type = 0; type < RECORD_TYPE_COUNT; type++)
        maker->fingerprints[type] = schema_fingerprint((enum record_type)type);
    return maker;
}

void
maker_free(struct maker *maker)
{
    if (maker == NULL)
        return;
    parser_free(maker->parser);
    deriver_free(maker->deriver);
    free(maker);
}

struct text
message_given_id(const struct maker *maker)
{
    return parser_id(maker->parser);
}

enum fault
message_read(struct maker *maker, struct text line, struct record *out, struct why *why)
{
    enum fault fault = parse_line(maker->parser, line, &maker->draft, why);
    if (fault == FAULT_NONE)
        fault = record_settle(&maker->draft, out, why);
    if (fault == FAULT_NONE && out->id_derived_wanted)
        fault = derive_id(maker->deriver, out, why);
    return fault;
}

enum fault
message_make(struct maker *maker, const struct record *r, struct message *out, struct why *why)
{
    size_t head = frame_write(FRAME_SINGLE_OBJECT, maker->fingerprints[r->type], 0, maker->value);
    size_t body = record_encode(r, maker->value + head, sizeof maker->value - head);
    if (body == 0)
        return why_set(why, TOO_LARGE, "the Avro value is over %d bytes", RECORD_BYTES);
    *out = (struct message){ r->type, record_key(r, maker->key), maker->value, head + body };
    return FAULT_NONE;
}
