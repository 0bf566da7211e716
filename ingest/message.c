/* A line of JSON to a Kafka message: parse, settle, derive the id, encode.
 *
 * The key is the id or the series-year, so that all records that may replace
 * each other lie in one partition, in whichever order they come. */
#include "ingest/message.h"
#include "ingest/derive.h"
#include "schemas/codec.h"

enum { NAMES_TOLD = 16 }; /* of the unknown names of a record: for each a hint is looked for */

struct maker {
    struct json *json;
    struct parse_rules parse_rules;
    struct sender sender;
    struct parsed parsed; /* of the last line */
    struct deriver *deriver;
    uint64_t fingerprints[RECORD_TYPE_COUNT];
    int64_t (*now_ms)(void); /* NULL: any day will do */
    bool has_ids;
    uint32_t ids[RECORD_TYPE_COUNT]; /* of a registry */
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
    maker->json = json_new();
    maker->deriver = deriver_new();
    if (maker->json == NULL || maker->deriver == NULL) {
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
    json_free(maker->json);
    deriver_free(maker->deriver);
    free(maker);
}

void
maker_use_clock(struct maker *maker, int64_t (*now_ms)(void))
{
    maker->now_ms = now_ms;
}

/* As the aggregator will judge it, by the time at which Kafka receives it. */
static enum fault
judge_day(const struct maker *maker, struct why *why)
{
    int64_t day = draft_latest_day(&maker->draft);
    int64_t today = maker->now_ms == NULL ? 0 : instant_china_day(maker->now_ms());
    char told[DAY_TEXT], now[DAY_TEXT];

    if (maker->now_ms == NULL || day <= today + 1)
        return FAULT_NONE;
    /* An instant of the last hours that can be written is of a day in China that can't be. */
    day_write((int32_t)(day < DAY_LAST ? day : DAY_LAST), told);
    day_write((int32_t)today, now);
    return why_field(why, FUTURE, "", "the record's day is %s, and today is %s", told, now);
}

void
maker_use_ids(struct maker *maker, const uint32_t ids[RECORD_TYPE_COUNT])
{
    maker->has_ids = true;
    memcpy(maker->ids, ids, sizeof maker->ids);
}

void
maker_use_rules(struct maker *maker, const struct parse_rules *rules, const struct sender *sender)
{
    maker->parse_rules = *rules;
    maker->sender = *sender;
}

struct sender
sender_of(struct text source, struct text grade)
{
    int highest = symbol_find(FIELD_GRADE, RECORD_TRADE, grade);
    return (struct sender){ source.length > 0 ? source : (struct text){ NULL, 0 }, grade.length > 0,
                            (int8_t)(highest < 0 ? GRADE_PRESS : highest) };
}

/* The name of its source, where the record has none, or the right one. */
static enum fault
judge_source(struct draft *d, struct text name, struct why *why)
{
    bool has_name = d->state[FIELD_SOURCE] == FAULT_NONE && d->source_name_state == FAULT_NONE;
    if (name.at == NULL || (has_name && text_equal(d->source_name, name)))
        return FAULT_NONE;
    if (has_name)
        return why_field(why, BAD_FIELD, "source",
                         "source.name is \"%.*s\"; wanted: \"%.*s\", which the sender's token says",
                         text_shown(d->source_name), d->source_name.at, text_shown(name), name.at);
    if (d->state[FIELD_SOURCE] == FIELD_ABSENT)
        draft_source(d);
    /* What is wrong with a source is judged later. */
    if (d->state[FIELD_SOURCE] == FAULT_NONE && d->source_name_state == FIELD_ABSENT)
        draft_source_name(d, name);
    return FAULT_NONE;
}

static enum fault
judge_grade(const struct sender *sender, const struct record *r, struct why *why)
{
    if (!sender->has_grade || r->grade <= sender->highest_grade)
        return FAULT_NONE;
    return why_field(why, BAD_GRADE, "grade",
                     "grade is %s; wanted: at most %s, which the sender's token says",
                     symbol_name(FIELD_GRADE, r->type, r->grade),
                     symbol_name(FIELD_GRADE, r->type, sender->highest_grade));
}

enum record_type
message_type(const struct maker *maker)
{
    return maker->parsed.is_filled ? maker->draft.type : RECORD_TRADE;
}

struct text
message_given_id(const struct maker *maker)
{
    return maker->parsed.given_id;
}

enum fault
message_read(struct maker *maker, struct text line, struct record *out, struct why *why)
{
    enum fault fault =
        parse_line(maker->json, line, &maker->parse_rules, &maker->draft, &maker->parsed, why);
    if (fault == FAULT_NONE)
        fault = judge_source(&maker->draft, maker->sender.source_name, why);
    if (fault == FAULT_NONE)
        fault = record_settle(&maker->draft, out, why);
    if (fault == FAULT_NONE)
        fault = judge_grade(&maker->sender, out, why);
    if (fault == FAULT_NONE)
        fault = judge_day(maker, why);
    if (fault == FAULT_NONE && out->id_derived_wanted)
        fault = derive_id(maker->deriver, out, why);
    return fault;
}

/* Passes on all but the first. */
struct others {
    fault_hearer *hear;
    void *self;
    bool is_first;
};

static void
hear_other(void *self, enum fault fault, const struct why *why)
{
    struct others *others = self;
    if (!others->is_first)
        others->hear(others->self, fault, why);
    others->is_first = false;
}

int
message_other_faults(struct maker *maker, fault_hearer *hear, void *self)
{
    struct others others = { hear, self, true };
    if (!maker->parsed.is_filled)
        return 0;
    /* Looked at before faults are mended: a day is no fault of the draft's. */
    struct why why = { 0 };
    enum fault day = judge_day(maker, &why);
    int names = parse_strangers(maker->json, &maker->parsed, maker->draft.type, NAMES_TOLD,
                                &maker->draft, hear_other, &others);
    record_faults(&maker->draft, hear_other, &others);
    if (day != FAULT_NONE)
        hear_other(&others, day, &why);
    return names > NAMES_TOLD ? names - NAMES_TOLD : 0;
}

enum fault
message_make(struct maker *maker, const struct record *r, struct publication *out, struct why *why)
{
    /* The value is written at its place: header, then datum, in one buffer. */
    size_t head = maker->has_ids ? frame_write_id(maker->ids[r->type], maker->value)
                                 : frame_write(maker->fingerprints[r->type], maker->value);
    size_t body = record_encode(r, maker->value + head, sizeof maker->value - head);
    if (body == 0)
        return why_set(why, TOO_LARGE, "the Avro value is over %d bytes", RECORD_BYTES);
    *out =
        (struct publication){ r->type, record_key(r, maker->key), maker->value, head + body, NULL };
    return FAULT_NONE;
}
