/* Plans: what other writers' schemas and bytes become, and what is refused. */
#include "schemas/codec.h"
#include "schemas/plan.h"

#include <check.h>

#include "random_draft.h"
#include "writers.h"

enum { RECORDS = 300, DATUM_MOST = 4096 };

static struct random_draft world;
static struct draft found;
static uint8_t bytes[2 * RECORD_BYTES];

static struct plan *
compile(const char *schema, enum record_type type)
{
    struct plan *plan = NULL;
    struct why why = { 0 };

    ck_assert_msg(plan_compile(text_of(schema), type, &plan, &why) == FAULT_NONE, "%s\n%s",
                  why.text, schema);
    return plan;
}

static struct plan *
our_plan(enum record_type type)
{
    struct plan *plan = NULL;

    ck_assert_int_eq(plan_compile(schema_text(type), type, &plan, NULL), FAULT_NONE);
    return plan;
}

/* ---- what we wrote ---------------------------------------------------------- */

static size_t
encode_next(enum record_type type, struct record *r)
{
    struct why why = { 0 };
    size_t size;

    random_fill(&world, type);
    ck_assert_msg(record_settle(&world.draft, r, &why) == FAULT_NONE, "%s: %s", why.field,
                  why.text);
    size = record_encode(r, bytes, sizeof bytes);
    ck_assert_uint_gt(size, 0);
    return size;
}

static void
compare_carried(const struct draft *a, const struct draft *b)
{
    for (enum field f = 0; f < FIELD_COUNT; f++) {
        bool is_list = FIELD_PROVINCES <= f && f <= FIELD_SECTORS;

        if (!is_list) /* of which Avro has an empty one where JSON has none */
            ck_assert_msg(a->state[f] == b->state[f], "%s", field_name(f));
    }
    ck_assert(text_equal(a->title, b->title) || a->state[FIELD_TITLE] != FAULT_NONE);
    ck_assert(text_equal(a->growth, b->growth) || a->state[FIELD_GROWTH] != FAULT_NONE);
    ck_assert_uint_eq(a->source_name_state, b->source_name_state);
    ck_assert_uint_eq(a->source_url_state, b->source_url_state);
    ck_assert(a->source_name_state != FAULT_NONE || text_equal(a->source_name, b->source_name));
    ck_assert(a->source_url_state != FAULT_NONE || text_equal(a->source_url, b->source_url));
    ck_assert(a->published_at_ms == b->published_at_ms ||
              a->state[FIELD_PUBLISHED_AT] != FAULT_NONE);
    ck_assert(a->retrieved_at_ms == b->retrieved_at_ms ||
              a->state[FIELD_RETRIEVED_AT] != FAULT_NONE);
    ck_assert_uint_eq(a->attribute_count, b->attribute_count);
    for (size_t i = 0; i < a->attribute_count; i++) {
        ck_assert(text_equal(a->attributes[i].name, b->attributes[i].name));
        ck_assert(text_equal(a->attributes[i].value, b->attributes[i].value));
    }
}

START_TEST(what_was_encoded_is_decoded)
{
    static char stated[2][CANONICAL_BYTES];
    enum record_type type = (enum record_type)_i;
    struct plan *plan = our_plan(type);
    struct record in, out;

    world.seed = 3;
    ck_assert(plan_fingerprint(plan) == schema_fingerprint(type));
    for (int i = 0; i < RECORDS; i++) {
        size_t size = encode_next(type, &in);
        struct why why = { 0 };

        ck_assert_msg(plan_decode(plan, bytes, size, &found, &why) == FAULT_NONE, "%s", why.text);
        ck_assert_int_eq(record_settle(&found, &out, &why), FAULT_NONE);
        ck_assert(text_equal(in.id, out.id) && in.version == out.version);
        ck_assert_int_eq(record_rank_compare(&in, &out), 0);
        ck_assert(text_equal(record_canonical(&in, stated[0], sizeof stated[0]),
                             record_canonical(&out, stated[1], sizeof stated[1])));
        compare_carried(&world.draft, &found);
    }
    plan_free(plan);
}
END_TEST

START_TEST(no_cut_datum_and_none_with_more_is_accepted)
{
    enum record_type type = (enum record_type)_i;
    struct plan *plan = our_plan(type);
    struct record r;

    world.seed = 4;
    for (int i = 0; i < 20; i++) {
        size_t size = encode_next(type, &r);

        if (size > DATUM_MOST)
            continue;
        for (size_t cut = 0; cut < size; cut++)
            ck_assert_int_eq(decode_alone(plan, bytes, cut, &found), BAD_AVRO);
        bytes[size] = 0;
        ck_assert_int_eq(decode_alone(plan, bytes, size + 1, &found), BAD_AVRO);
        ck_assert_int_eq(decode_alone(plan, bytes, size, &found), FAULT_NONE);
    }
    plan_free(plan);
}
END_TEST

/* Whatever a changed datum says, it is read to its end or refused. */
START_TEST(a_changed_datum_does_no_harm)
{
    enum record_type type = (enum record_type)_i;
    struct plan *plan = our_plan(type);
    struct record r;
    int accepted = 0, refused = 0;

    world.seed = 5;
    for (int i = 0; i < RECORDS; i++) {
        size_t size = encode_next(type, &r);
        uint8_t *copy = alone(bytes, size);

        for (int change = 0; change < 30; change++) {
            size_t at = (size_t)random_below(&world, size);
            uint8_t before = copy[at];
            struct why why;

            copy[at] = (uint8_t)random_below(&world, 256);
            if (random_below(&world, 2) == 0)
                copy[at] = (uint8_t)(before ^ 1 << random_below(&world, 8));
            if (plan_decode(plan, copy, size, &found, &why) != FAULT_NONE) {
                refused++;
            } else {
                accepted++;
                (void)!record_settle(&found, &r, &why);
                memcpy(bytes, copy, size);
                bytes[size] = 0;
                ck_assert_int_eq(plan_decode(plan, bytes, size + 1, &found, &why), BAD_AVRO);
                ck_assert_int_eq(plan_decode(plan, bytes, size - 1, &found, &why), BAD_AVRO);
            }
            if (random_below(&world, 4) != 0)
                copy[at] = before;
        }
        free(copy);
    }
    ck_assert_int_gt(accepted, 0);
    ck_assert_int_gt(refused, 0);
    plan_free(plan);
}
END_TEST

/* ---- other writers ---------------------------------------------------------- */

/* One field before the required ones: its schema, its bytes, what the draft
 * then holds: a number, or for texts their length. */
static const struct row {
    const char *schema, *hex;
    enum field field;
    enum fault state; /* FAULT_NONE, a refusal, or FIELD_ABSENT */
    int64_t value;
} rows[] = {
#define ROW(field, name, type, hex, state, value)                                                  \
    { AFTER(FIELD_OF(name, type)), hex, field, (enum fault)(state), value }
    ROW(FIELD_VERSION, "version", "\"int\"", "0a", FAULT_NONE, 5),
    ROW(FIELD_VERSION, "version", "\"long\"", "feffffffffffff1f", FAULT_NONE,
        (INT64_C(1) << 53) - 1),
    ROW(FIELD_VERSION, "version", "[\"null\",\"int\"]", "00", FIELD_ABSENT, 0),
    ROW(FIELD_VERSION, "version", "[\"int\",\"null\"]", "000a", FAULT_NONE, 5),
    ROW(FIELD_VERSION, "version", "[\"int\",\"null\"]", "02", FIELD_ABSENT, 0),
    ROW(FIELD_VERSION, "version", "[\"string\",\"null\",\"long\"]", "040a", FAULT_NONE, 5),
    ROW(FIELD_VERSION, "version", "[\"string\",\"null\",\"long\"]", "000261", BAD_VERSION, 0),
    ROW(FIELD_VERSION, "version", "[\"null\",\"string\"]", "020261", BAD_VERSION, 0),
    ROW(FIELD_VERSION, "version", "[\"null\"]", "00", FIELD_ABSENT, 0),
    ROW(FIELD_VERSION, "version", "\"null\"", "", FIELD_ABSENT, 0),
    ROW(FIELD_VERSION, "version", "\"long\"", "01", BAD_VERSION, 0),
    ROW(FIELD_TITLE, "title", "\"bytes\"", "06616263", FAULT_NONE, 3),
    ROW(FIELD_TITLE, "title", "[\"bytes\",\"int\"]", "0006616263", FAULT_NONE, 3),
    ROW(FIELD_TITLE, "title", "[\"string\",{\"type\":\"array\",\"items\":[\"null\",\"int\"]}]",
        "02 04 00 0202 00", BAD_FIELD, 0),
    ROW(FIELD_TITLE, "title", "\"string\"", "04c328", BAD_TEXT, 0),
    ROW(FIELD_GRADE, "grade", ENUM_OF("Grade", "\"FINAL\",\"PRESS\""), "00", FAULT_NONE,
        GRADE_FINAL),
    ROW(FIELD_GRADE, "grade", ENUM_OF("a.b.Grade", "\"FINAL\",\"PRESS\""), "02", FAULT_NONE,
        GRADE_PRESS),
    ROW(FIELD_GRADE, "grade", "[\"null\"," ENUM_OF("Grade", "\"SUPREME\"") "]", "0200", BAD_GRADE,
        0),
    ROW(FIELD_GRADE, "grade", ENUM_OF("Grade", "\"UNKNOWN\",\"PRESS\""), "00", BAD_GRADE, 0),
    ROW(FIELD_VALUE, "value", DECIMAL("2"), "0407d0", FAULT_NONE, 2000),
    ROW(FIELD_VALUE, "value", DECIMAL("0"), "00", FAULT_NONE, 0),
    ROW(FIELD_VALUE, "value", "[\"null\"," DECIMAL("9") "]", "0202ff", FAULT_NONE, -1),
    ROW(FIELD_VALUE, "value", FIXED_DECIMAL("3", "2"), "0007d0", FAULT_NONE, 2000),
    ROW(FIELD_VALUE, "value", FIXED_DECIMAL("18", "2"), "0000000000000000000000000000000007d0",
        FAULT_NONE, 2000),
    ROW(FIELD_VALUE, "value", FIXED_DECIMAL("18", "2"), "ffffffffffffffffffffffffffffffffffff",
        FAULT_NONE, -1),
    ROW(FIELD_OCCURRED_AT, "occurred_at", "\"long\"", "0a", FAULT_NONE, 5),
    ROW(FIELD_OCCURRED_AT, "occurred_at", LOGICAL("long", "timestamp-micros"), "9f1f", FAULT_NONE,
        -2), /* -2000 us */
    ROW(FIELD_OCCURRED_AT, "occurred_at", LOGICAL("long", "timestamp-micros"), "a11f", FAULT_NONE,
        -3), /* -2001 us */
    ROW(FIELD_OCCURRED_AT, "occurred_at", LOGICAL("long", "timestamp-nanos"), "8092f401",
        FAULT_NONE, 2), /* 2000000 ns */
    ROW(FIELD_OCCURRED_AT, "occurred_at", "\"int\"", "0a", FAULT_NONE, 5),
    ROW(FIELD_PERIOD_START, "period_start", "\"int\"", "0a", FAULT_NONE, 5),
    ROW(FIELD_PERIOD_END, "period_end", "[\"null\"," LOGICAL("int", "date") "]", "020a", FAULT_NONE,
        5),
    ROW(FIELD_PERIOD_END, "period_end", "\"int\"", "ffffffff0f", BAD_PERIOD, 0),
#undef ROW
};

static int64_t
value_of(const struct draft *d, enum field field)
{
    switch ((int)field) {
    case FIELD_VERSION:
        return d->version;
    case FIELD_TITLE:
        return (int64_t)d->title.length;
    case FIELD_GRADE:
        return d->grade;
    case FIELD_VALUE:
        return (int64_t)d->value.unscaled;
    case FIELD_OCCURRED_AT:
        return d->occurred_at_ms;
    case FIELD_PERIOD_START:
        return d->period_start;
    case FIELD_PERIOD_END:
        return d->period_end;
    default:
        ck_abort_msg("no row has that field");
    }
}

START_TEST(a_field_of_another_writer_is_read_as_ours)
{
    const struct row *row = &rows[_i];
    struct plan *plan = compile(row->schema, RECORD_TRADE);
    size_t size = from_hex(row->hex, bytes);

    size += from_hex(AFTER_DATA, bytes + size);
    ck_assert_int_eq(decode_alone(plan, bytes, size, &found), FAULT_NONE);
    ck_assert_int_eq(found.state[row->field], row->state);
    if (row->state == FAULT_NONE)
        ck_assert_int_eq(value_of(&found, row->field), row->value);
    ck_assert_int_eq(found.state[FIELD_ID], FAULT_NONE); /* so the rest was found */
    ck_assert_int_eq(found.flow, FLOW_EXPORT);
    plan_free(plan);
}
END_TEST

/* ---- skipping --------------------------------------------------------------- */

#define SKIP(type) AFTER(FIELD_OF("more", type))
#define PAIR RECORD_OF("P", FIELD_OF("a", "\"int\"") "," FIELD_OF("b", "\"string\""))
#define EMPTY RECORD_OF("E", FIELD_OF("a", "\"null\"") "," FIELD_OF("b", RECORD_OF("F", "")))

static const struct {
    const char *schema, *hex;
    bool good;
} skips[] = {
    { SKIP("\"null\""), "", true },
    { SKIP("\"boolean\""), "01", true },
    { SKIP("\"boolean\""), "02", false },
    { SKIP("\"int\""), "ffffffff0f", true },
    { SKIP("\"int\""), "8080808010", false },          /* 2^31 */
    { SKIP("\"int\""), "80808080808080808000", true }, /* long-winded zero */
    { SKIP("\"long\""), "ffffffffffffffffff01", true },
    { SKIP("\"long\""), "ffffffffffffffffff02", false },
    { SKIP("\"long\""), "ffffffffffffffffffff01", false },
    { SKIP("\"float\""), "00000000", true },
    { SKIP("\"double\""), "0000000000000000", true },
    { SKIP("\"bytes\""), "0400ff", true },
    { SKIP("\"bytes\""), "01", false },                   /* -1 bytes */
    { SKIP("\"bytes\""), "ffffffffffffffffff01", false }, /* -2^63 */
    { SKIP("\"string\""), "feffffffffffffffff01", false },
    { SKIP("{\"type\":\"fixed\",\"name\":\"F\",\"size\":3}"), "010203", true },
    { SKIP("{\"type\":\"fixed\",\"name\":\"F\",\"size\":0}"), "", true },
    { SKIP("{\"type\":\"fixed\",\"name\":\"F\",\"size\":9223372036854775807}"), "00", false },
    { SKIP(ENUM_OF("E", "\"A\",\"B\"")), "02", true },
    { SKIP(ENUM_OF("E", "\"A\",\"B\"")), "04", false },
    { SKIP(ENUM_OF("E", "\"A\",\"B\"")), "01", false },
    { SKIP("[\"null\"," PAIR ",\"long\"]"), "00", true },
    { SKIP("[\"null\"," PAIR ",\"long\"]"), "02 06 0261", true },
    { SKIP("[\"null\"," PAIR ",\"long\"]"), "06", false },
    { SKIP("[\"null\"," PAIR ",\"long\"]"), "01", false },
    { SKIP("{\"type\":\"array\",\"items\":\"int\"}"), "00", true },
    { SKIP("{\"type\":\"array\",\"items\":\"int\"}"), "04 0202 02 02 00", true },
    { SKIP("{\"type\":\"array\",\"items\":\"int\"}"), "03 04 0202 00",
      true }, /* 2 items, 2 bytes */
    { SKIP("{\"type\":\"array\",\"items\":\"int\"}"), "03 02 0202 00", false },
    { SKIP("{\"type\":\"array\",\"items\":\"int\"}"), "03 06 0202 00", false },
    { SKIP("{\"type\":\"array\",\"items\":\"int\"}"), "03 ffffffffffffffffff01 0202 00", false },
    { SKIP("{\"type\":\"array\",\"items\":\"int\"}"), "ffffffffffffffffff01 00 00", false },
    { SKIP("{\"type\":\"array\",\"items\":\"int\"}"), "feffffffffffffffff01 00", false },
    { SKIP("{\"type\":\"array\",\"items\":\"null\"}"), "06 00", true },
    { SKIP("{\"type\":\"array\",\"items\":\"null\"}"), "feffffffffffffffff01 00", true },
    { SKIP("{\"type\":\"array\",\"items\":\"null\"}"), "ffffffffffffffffff01 00 00", true },
    { SKIP("{\"type\":\"array\",\"items\":\"null\"}"), "ffffffffffffffffff01 02 00", false },
    { SKIP("{\"type\":\"array\",\"items\":" EMPTY "}"), "feffffffffffffffff01 00", true },
    { SKIP("{\"type\":\"array\",\"items\":{\"type\":\"array\",\"items\":\"null\"}}"),
      "04 fe0f 00 00 00", true },
    { SKIP("{\"type\":\"map\",\"values\":\"null\"}"), "04 0261 0262 00", true },
    { SKIP("{\"type\":\"map\",\"values\":\"null\"}"), "feffffffffffffffff01 00", false },
    { SKIP("{\"type\":\"map\",\"values\":" PAIR "}"), "02 0261 06 0262 00", true },
    { SKIP(RECORD_OF("R", FIELD_OF("p", PAIR) "," FIELD_OF("q", "\"P\"") "," FIELD_OF(
                              "e", EMPTY) "," FIELD_OF("r", "[\"null\",\"P\"]"))),
      "02 0261 04 0262 02 06 0263", true },
};

START_TEST(what_is_not_ours_is_skipped_within_bounds)
{
    struct plan *plan = compile(skips[_i].schema, RECORD_TRADE);
    size_t size = from_hex(skips[_i].hex, bytes);

    size += from_hex(AFTER_DATA, bytes + size);
    ck_assert_int_eq(decode_alone(plan, bytes, size, &found),
                     skips[_i].good ? FAULT_NONE : BAD_AVRO);
    if (skips[_i].good)
        ck_assert_int_eq(found.state[FIELD_ID], FAULT_NONE);
    plan_free(plan);
}
END_TEST

/* ---- ids, lists, attributes, aliases ---------------------------------------- */

START_TEST(a_null_id_is_not_an_id_left_out)
{
    struct plan *plan =
        compile(TRADE_OF(FIELD_OF("id", "[\"null\",\"string\"]") "," REQUIRED_REST), RECORD_TRADE);
    size_t size = from_hex("00 02 04434e 045255 02", bytes);
    struct record r;
    struct why why;

    ck_assert_int_eq(decode_alone(plan, bytes, size, &found), FAULT_NONE);
    ck_assert_int_eq(found.state[FIELD_ID], BAD_ID);
    ck_assert_int_eq(record_settle(&found, &r, &why), BAD_ID);
    plan_free(plan);
}
END_TEST

#define AGREEMENT_OF(list)                                                                         \
    RECORD_OF(                                                                                     \
        "Agreement",                                                                               \
        ID_FIELD "," FIELD_OF("kind", ENUM_OF("Kind", "\"MOU\"")) "," FIELD_OF(                    \
            "provinces", list) "," FIELD_OF("partners",                                            \
                                            "{\"type\":\"array\",\"items\":"                       \
                                            "\"string\"}") "," FIELD_OF("signed_on", "\"int\""))

static const struct {
    const char *list, *hex;
    enum fault fault, state;
    int count;
} lists[] = {
#define STRINGS "{\"type\":\"array\",\"items\":\"string\"}"
#define MAYBES "{\"type\":\"array\",\"items\":[\"null\",\"string\"]}"
    { STRINGS, "02 04434e 00", FAULT_NONE, FAULT_NONE, 1 },
    { STRINGS, "02 04434e 02 0a434e2d4c4e 00", FAULT_NONE, FAULT_NONE, 2 },
    { STRINGS, "03 12 04434e 0a434e2d4c4e 00", FAULT_NONE, FAULT_NONE, 2 },
    { STRINGS, "03 10 04434e 0a434e2d4c4e 00", BAD_AVRO, FAULT_NONE, 0 },
    { STRINGS, "04 04434e 04434e 00", FAULT_NONE, BAD_PROVINCE, 0 },
    { STRINGS, "00", FAULT_NONE, BAD_PROVINCE, 0 },
    { "{\"type\":\"array\",\"items\":\"bytes\"}", "02 04434e 00", FAULT_NONE, FAULT_NONE, 1 },
    { "[\"null\"," STRINGS "]", "00", FAULT_NONE, (enum fault)FIELD_ABSENT, 0 },
    { "[\"null\"," STRINGS "]", "02 02 04434e 00", FAULT_NONE, FAULT_NONE, 1 },
    { "[" STRINGS ",\"string\"]", "02 04434e", FAULT_NONE, BAD_FIELD, 0 },
    { MAYBES, "02 02 04434e 00", FAULT_NONE, FAULT_NONE, 1 },
    { MAYBES, "04 02 04434e 00 00", FAULT_NONE, BAD_FIELD, 0 },
    { "{\"type\":\"array\",\"items\":[\"long\",\"string\",\"null\"]}", "04 02 04434e 00 08 00",
      FAULT_NONE, BAD_FIELD, 0 },
    { "{\"type\":\"array\",\"items\":[\"long\",\"string\",\"null\"]}", "02 02 04434e 00",
      FAULT_NONE, FAULT_NONE, 1 },
};

START_TEST(lists_come_in_blocks_and_with_wrong_items)
{
    struct plan *plan = NULL;
    struct why why = { 0 };
    char schema[4096];
    size_t size;

    /* AGREEMENT_OF() joins literals; the rows' lists are put into its place. */
    snprintf(schema, sizeof schema, AGREEMENT_OF("%s"), lists[_i].list);
    ck_assert_msg(plan_compile(text_of(schema), RECORD_AGREEMENT, &plan, &why) == FAULT_NONE, "%s",
                  why.text);
    size = from_hex("0261 00", bytes);
    size += from_hex(lists[_i].hex, bytes + size);
    size += from_hex("02 045255 00 0a", bytes + size);
    ck_assert_int_eq(decode_alone(plan, bytes, size, &found), lists[_i].fault);
    if (lists[_i].fault == FAULT_NONE) {
        ck_assert_int_eq(found.state[FIELD_PROVINCES], lists[_i].state);
        ck_assert_int_eq(found.state[FIELD_SIGNED_ON], FAULT_NONE);
        if (lists[_i].state == FAULT_NONE)
            ck_assert_int_eq(found.provinces.count, lists[_i].count);
    }
    plan_free(plan);
}
END_TEST

/* As many parties as asked for, in blocks of 7. */
static enum fault
state_of_many_parties(const struct plan *plan, int count)
{
    size_t size = from_hex("0261 00 02 04434e 00 02 045255 00", bytes);

    for (int i = 0; i < count; i++) {
        if (i % 7 == 0)
            bytes[size++] = (uint8_t)(2 * (count - i < 7 ? count - i : 7));
        size += from_hex("04", bytes + size);
        bytes[size++] = (uint8_t)('a' + i / 26);
        bytes[size++] = (uint8_t)('a' + i % 26);
    }
    size += from_hex("00 0a", bytes + size);
    ck_assert_int_eq(decode_alone(plan, bytes, size, &found), FAULT_NONE);
    return (enum fault)found.state[FIELD_PARTIES];
}

START_TEST(a_list_may_be_as_long_as_its_rule)
{
    struct plan *plan = compile(
        RECORD_OF("Agreement",
                  ID_FIELD "," FIELD_OF("kind", ENUM_OF("Kind", "\"MOU\"")) "," FIELD_OF(
                      "provinces",
                      STRINGS) "," FIELD_OF("partners",
                                            STRINGS) "," FIELD_OF("parties",
                                                                  STRINGS) "," FIELD_OF("signed_on",
                                                                                        "\"int\"")),
        RECORD_AGREEMENT);

    ck_assert_int_eq(state_of_many_parties(plan, LIST_MOST), FAULT_NONE);
    ck_assert_uint_eq(found.parties.count, LIST_MOST);
    ck_assert_int_eq(state_of_many_parties(plan, LIST_MOST + 1), BAD_TEXT);
    ck_assert_int_eq(state_of_many_parties(plan, 600), BAD_TEXT);
    plan_free(plan);
}
END_TEST

static const struct {
    const char *values, *hex;
    enum fault state, fault;
    unsigned count;
} extras[] = {
    { "\"string\"", "00", FAULT_NONE, FAULT_NONE, 0 },
    { "\"string\"", "02 0261 0262 02 0263 0264 00", FAULT_NONE, FAULT_NONE, 2 },
    { "\"bytes\"", "02 0261 0262 00", FAULT_NONE, FAULT_NONE, 1 },
    { "[\"null\",\"string\"]", "04 0261 020262 0263 00 00", FAULT_NONE, FAULT_NONE, 1 },
    { "[\"null\",\"string\"]", "02 00 00 00", FAULT_NONE, BAD_TEXT, 0 }, /* no name */
    { "[\"long\",\"string\"]", "04 0261 0000 0263 020262 00", FAULT_NONE, BAD_FIELD, 1 },
};

START_TEST(attributes_come_in_blocks_and_with_wrong_values)
{
    struct plan *plan = NULL;
    char schema[4096];
    size_t size = from_hex(extras[_i].hex, bytes);

    snprintf(schema, sizeof schema,
             AFTER(FIELD_OF("attributes", "{\"type\":\"map\",\"values\":%s}")), extras[_i].values);
    ck_assert_int_eq(plan_compile(text_of(schema), RECORD_TRADE, &plan, NULL), FAULT_NONE);
    size += from_hex(AFTER_DATA, bytes + size);
    ck_assert_int_eq(decode_alone(plan, bytes, size, &found), FAULT_NONE);
    ck_assert_int_eq(found.state[FIELD_ATTRIBUTES], extras[_i].state);
    ck_assert_int_eq(found.attributes_fault, extras[_i].fault);
    ck_assert_uint_eq(found.attribute_count, extras[_i].count);
    ck_assert_int_eq(found.flow, FLOW_EXPORT);
    plan_free(plan);
}
END_TEST

/* An Avro map may name one key twice; then nobody can say which value is meant. */
START_TEST(a_name_twice_among_the_attributes_is_refused)
{
    struct plan *plan = compile(
        AFTER(FIELD_OF("attributes", "{\"type\":\"map\",\"values\":\"string\"}")), RECORD_TRADE);
    size_t size = from_hex("02 0261 0262 02 0261 0262 00", bytes);
    struct record r;
    struct why why = { 0 };

    size += from_hex(AFTER_DATA, bytes + size);
    ck_assert_int_eq(plan_decode(plan, bytes, size, &found, &why), FAULT_NONE);
    draft_text(&found, FIELD_VALUE, TEXT_LITERAL("1"));
    draft_text(&found, FIELD_CURRENCY, TEXT_LITERAL("CNY"));
    draft_text(&found, FIELD_OCCURRED_AT, TEXT_LITERAL("2024-01-31T00:00:00Z"));
    ck_assert_int_eq(record_settle(&found, &r, &why), BAD_FIELD);
    plan_free(plan);
}
END_TEST

START_TEST(the_parts_of_a_source_may_come_in_any_company)
{
    struct plan *plan =
        compile(AFTER(FIELD_OF(
                    "source", "[\"null\"," RECORD_OF(
                                  "x.Source",
                                  FIELD_OF("url", "[\"string\",\"int\"]") "," FIELD_OF(
                                      "when", "\"long\"") "," FIELD_OF("name", "\"string\"")) "]")),
                RECORD_TRADE);
    size_t size = from_hex("02 000275 80808001 026e", bytes);

    size += from_hex(AFTER_DATA, bytes + size);
    ck_assert_int_eq(plan_decode(plan, bytes, size, &found, NULL), FAULT_NONE);
    ck_assert_int_eq(found.state[FIELD_SOURCE], FAULT_NONE);
    ck_assert(text_equal(found.source_url, TEXT_LITERAL("u")));
    ck_assert(text_equal(found.source_name, TEXT_LITERAL("n")));

    size = from_hex("02 0202 00 026e", bytes); /* url is an int */
    size += from_hex(AFTER_DATA, bytes + size);
    ck_assert_int_eq(decode_alone(plan, bytes, size, &found), FAULT_NONE);
    ck_assert_int_eq(found.source_url_state, BAD_FIELD);
    ck_assert_int_eq(found.source_name_state, FAULT_NONE);
    plan_free(plan);
}
END_TEST

/* What JSON says as a text may be a text in Avro, and is judged alike. */
static const struct {
    const char *writer;
    enum field field;
    const char *hex;
    enum fault state;
} told[] = {
    { AFTER(FIELD_OF("value", "\"string\"")), FIELD_VALUE, "0e 313233342e3530", FAULT_NONE },
    { AFTER(FIELD_OF("value", "\"string\"")), FIELD_VALUE, "06 316539", BAD_VALUE }, /* 1e9 */
    { AFTER(FIELD_OF("value", "[\"null\",\"string\"]")), FIELD_VALUE, "02 02 31", FAULT_NONE },
    { AFTER(FIELD_OF("grade", "\"string\"")), FIELD_GRADE, "0a 4652455353", BAD_GRADE }, /* FRESS */
    { AFTER(FIELD_OF("grade", "\"string\"")), FIELD_GRADE, "0a 5052455353", FAULT_NONE },
    { AFTER(FIELD_OF("grade", "\"string\"")), FIELD_GRADE, "0e 554e4b4e4f574e", BAD_GRADE },
    { AFTER(FIELD_OF("period_start", "\"string\"")), FIELD_PERIOD_START, "14 323032342d30312d3331",
      FAULT_NONE },
    { AFTER(FIELD_OF("period_start", "\"string\"")), FIELD_PERIOD_START, "10 3230323430313331",
      BAD_PERIOD },
    { AFTER(FIELD_OF("occurred_at", "[\"null\",\"string\"]")), FIELD_OCCURRED_AT,
      "02 28 323032342d30312d32305430383a30303a30305a", FAULT_NONE },
    { AFTER(FIELD_OF("occurred_at", "\"string\"")), FIELD_OCCURRED_AT, "14 323032342d30312d3331",
      BAD_TIME },
};

START_TEST(what_is_a_text_in_json_may_be_one_in_avro)
{
    struct plan *plan = NULL;
    size_t size = from_hex(told[_i].hex, bytes);

    size += from_hex(AFTER_DATA, bytes + size);
    ck_assert_int_eq(plan_compile(text_of(told[_i].writer), RECORD_TRADE, &plan, NULL), FAULT_NONE);
    ck_assert_int_eq(decode_alone(plan, bytes, size, &found), FAULT_NONE);
    ck_assert_int_eq(found.state[told[_i].field], told[_i].state);
    plan_free(plan);
}
END_TEST

#define WITH_ALIAS                                                                                 \
    "{\"type\":\"record\",\"name\":\"TradeEvent\",\"aliases\":[\"old.Event\"],\"fields\":["        \
    "{\"name\":\"id\",\"type\":\"string\",\"aliases\":[\"event_id\",\"key\"]}]}"

static const struct {
    const char *writer, *hex;
    size_t id_length; /* 0: BAD_SCHEMA */
} aliases[] = {
    { RECORD_OF("TradeEvent", ID_FIELD), "0261", 1 },
    { RECORD_OF("new.Event", FIELD_OF("event_id", "\"string\"")), "0261", 1 },
    { RECORD_OF("Event", FIELD_OF("key", "\"string\"") "," ID_FIELD), "0261 046263", 2 },
    { RECORD_OF("Event", FIELD_OF("key", "\"string\"") "," FIELD_OF("event_id", "\"string\"")),
      "0261 046263", 1 },
    { RECORD_OF("Event", FIELD_OF("name", "\"string\"")), "0261", 0 },
    /* renamed by the writer, who says so */
    { RECORD_OF("Event", "{\"name\":\"no\",\"type\":\"string\",\"aliases\":[\"x\",\"id\"]}"),
      "0261", 1 },
    { RECORD_OF("Event", "{\"name\":\"no\",\"type\":\"string\",\"aliases\":[\"id\"]}," ID_FIELD),
      "0261 046263", 2 },
    { RECORD_OF("Event", "{\"name\":\"no\",\"type\":\"string\",\"aliases\":[\"id2\"]}"), "0261",
      0 },
    { RECORD_OF("Other", ID_FIELD), "0261", 0 },
};

START_TEST(a_name_that_was_ours_once_is_still_known)
{
    struct plan *plan = NULL;
    size_t size = from_hex(aliases[_i].hex, bytes);
    enum fault fault = plan_compile_between(text_of(aliases[_i].writer), TEXT_LITERAL(WITH_ALIAS),
                                            RECORD_TRADE, &plan, NULL);

    ck_assert_int_eq(fault, aliases[_i].id_length == 0 ? BAD_SCHEMA : FAULT_NONE);
    if (fault == FAULT_NONE) {
        ck_assert_int_eq(decode_alone(plan, bytes, size, &found), FAULT_NONE);
        ck_assert_uint_eq(found.id.length, aliases[_i].id_length);
    }
    plan_free(plan);
}
END_TEST

#define ADD_ROWS(test, table)                                                                      \
    tcase_add_loop_test(tcase, test, 0, (int)(sizeof(table) / sizeof(table)[0]))

int
main(void)
{
    Suite *suite = suite_create("plan");
    TCase *tcase = tcase_create("plan");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tcase, what_was_encoded_is_decoded, 0, RECORD_TYPE_COUNT);
    tcase_add_loop_test(tcase, no_cut_datum_and_none_with_more_is_accepted, 0, RECORD_TYPE_COUNT);
    tcase_add_loop_test(tcase, a_changed_datum_does_no_harm, 0, RECORD_TYPE_COUNT);
    ADD_ROWS(a_field_of_another_writer_is_read_as_ours, rows);
    ADD_ROWS(what_is_not_ours_is_skipped_within_bounds, skips);
    tcase_add_test(tcase, a_null_id_is_not_an_id_left_out);
    ADD_ROWS(lists_come_in_blocks_and_with_wrong_items, lists);
    tcase_add_test(tcase, a_list_may_be_as_long_as_its_rule);
    ADD_ROWS(attributes_come_in_blocks_and_with_wrong_values, extras);
    tcase_add_test(tcase, a_name_twice_among_the_attributes_is_refused);
    tcase_add_test(tcase, the_parts_of_a_source_may_come_in_any_company);
    ADD_ROWS(a_name_that_was_ours_once_is_still_known, aliases);
    ADD_ROWS(what_is_a_text_in_json_may_be_one_in_avro, told);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
