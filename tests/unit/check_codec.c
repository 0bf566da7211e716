/* Our schemas and what is encoded with them.  The judge is Avro-C's generic
 * reader, which knows the .avsc and nothing of our code. */
#include "schemas/codec.h"
#include "schemas/shape.h"

#include <avro.h>
#include <check.h>

#include "random_draft.h"

enum { RECORDS = 400 };

static struct random_draft world;
static uint8_t bytes[2 * RECORD_BYTES];

static avro_schema_t
our_schema(enum record_type type)
{
    struct text t = schema_text(type);
    avro_schema_t schema;

    ck_assert_msg(avro_schema_from_json_length(t.at, t.length, &schema) == 0, "%s",
                  avro_strerror());
    return schema;
}

/* NULL when there is no such field (Avro-C's own look-up crashes then). */
static avro_schema_t
field_schema(avro_schema_t record, enum field field)
{
    int index = avro_schema_record_field_get_index(record, field_name(field));

    return index < 0 ? NULL : avro_schema_record_field_get_by_index(record, index);
}

/* ---- the schemas ------------------------------------------------------------ */

START_TEST(crc64_is_that_of_the_avro_specification)
{
    ck_assert(crc64_avro(CRC64_AVRO_EMPTY, "", 0) == 0xc15d213aa4d7a795);
    ck_assert(crc64_avro(CRC64_AVRO_EMPTY, "\"int\"", 5) == 0x7275d51a3f395c8f);
    ck_assert(crc64_avro(CRC64_AVRO_EMPTY, "\"null\"", 6) == 0x63dd24e7cc258f8a);
}
END_TEST

/* A schema whose fingerprint changes is a schema that old readers don't know:
 * who changes one of these numbers has thought about them. */
START_TEST(the_fingerprints_are_those_that_others_compute)
{
    for (enum record_type type = RECORD_TRADE; type < RECORD_TYPE_COUNT; type++) {
        struct plan *plan;

        ck_assert_int_eq(plan_compile(schema_text(type), type, &plan, NULL), FAULT_NONE);
        ck_assert(plan_fingerprint(plan) == schema_fingerprint(type));
        plan_free(plan);
    }
    ck_assert(schema_fingerprint(RECORD_TRADE) == 0xb4c61ae49c906a27);
    ck_assert(schema_fingerprint(RECORD_AGREEMENT) == 0xdb3d93877ed81fd8);
}
END_TEST

static bool
is_required(enum field field)
{
    static const enum field required[] = { FIELD_ID,        FIELD_BASIS,    FIELD_PROVINCE,
                                           FIELD_PARTNER,   FIELD_FLOW,     FIELD_KIND,
                                           FIELD_PROVINCES, FIELD_PARTNERS, FIELD_SIGNED_ON };

    for (size_t i = 0; i < sizeof required / sizeof required[0]; i++)
        if (required[i] == field)
            return true;
    return false;
}

START_TEST(every_field_is_in_the_schema_of_its_type)
{
    enum record_type type = (enum record_type)_i;
    avro_schema_t schema = our_schema(type);
    size_t count = 0;

    for (enum field f = 0; f < FIELD_COUNT; f++) {
        avro_schema_t field = field_schema(schema, f);
        bool wanted = f != FIELD_TYPE && field_of_type(f, type);

        ck_assert_msg((field != NULL) == wanted, "%s", field_name(f));
        if (!wanted)
            continue;
        count++;
        if (is_avro_array(field) || is_avro_map(field))
            continue;
        ck_assert_msg(is_avro_union(field) != is_required(f), "%s", field_name(f));
        if (is_avro_union(field)) {
            ck_assert_uint_eq(avro_schema_union_size(field), 2);
            ck_assert(is_avro_null(avro_schema_union_branch(field, 0)));
        }
    }
    ck_assert_uint_eq(count, avro_schema_record_size(schema));
    avro_schema_decref(schema);
}
END_TEST

START_TEST(symbols_stand_in_the_order_of_symbol_def_after_UNKNOWN)
{
    enum record_type type = (enum record_type)_i;
    avro_schema_t schema = our_schema(type);
    int seen = 0;

    for (enum field f = 0; f < FIELD_COUNT; f++) {
        size_t count;
        const char *const *symbols = field_symbols(f, type, &count);
        avro_schema_t field = field_schema(schema, f);

        if (symbols == NULL || field == NULL)
            continue;
        if (is_avro_union(field))
            field = avro_schema_union_branch(field, 1);
        ck_assert_int_eq(avro_schema_enum_number_of_symbols(field), (int)count + 1);
        ck_assert_str_eq(avro_schema_enum_get(field, 0), "UNKNOWN");
        for (size_t i = 0; i < count; i++)
            ck_assert_str_eq(avro_schema_enum_get(field, (int)i + 1), symbols[i]);
        seen++;
    }
    ck_assert_int_eq(seen, type == RECORD_TRADE ? 6 : 4);
    avro_schema_decref(schema);
}
END_TEST

/* ---- records ---------------------------------------------------------------- */

static struct text
avro_text(avro_value_t *value)
{
    const char *at;
    size_t size; /* with its NUL */

    ck_assert_int_eq(avro_value_get_string(value, &at, &size), 0);
    return (struct text){ at, size - 1 };
}

static void
compare_texts(const char *what, struct text found, struct text said)
{
    ck_assert_msg(text_equal(found, said), "%s: %.*s, not %.*s", what, (int)found.length, found.at,
                  (int)said.length, said.at);
}

/* The branch of a nullable; false when it is null. */
static bool
avro_branch(avro_value_t *value, bool expected, const char *what)
{
    avro_value_t branch;
    int number;

    if (avro_value_get_type(value) != AVRO_UNION)
        return expected;
    ck_assert_int_eq(avro_value_get_discriminant(value, &number), 0);
    ck_assert_msg((number == 1) == expected, "%s is%s null", what, expected ? "" : " not");
    ck_assert_int_eq(avro_value_get_current_branch(value, &branch), 0);
    *value = branch;
    return expected;
}

static void
compare_decimal(avro_value_t *value, struct text said, int scale)
{
    const uint8_t *at;
    size_t size;
    wide_t n;
    struct decimal d;

    ck_assert_int_eq(avro_value_get_bytes(value, (const void **)&at, &size), 0);
    ck_assert_uint_gt(size, 0);
    n = at[0] < 0x80 ? 0 : -1;
    for (size_t i = 0; i < size; i++)
        n = n * 256 + at[i];
    ck_assert(decimal_read(said, &d));
    for (; d.scale < scale; d.scale++)
        d.unscaled *= 10;
    ck_assert(d.scale == scale && d.unscaled == n);
}

static void
compare_number(enum field field, int64_t n, struct text said)
{
    char text[32];
    int32_t day;
    int64_t ms;

    if (field == FIELD_VERSION) {
        compare_texts(
            "version",
            (struct text){ text, (size_t)snprintf(text, sizeof text, "%lld", (long long)n) }, said);
    } else if (field == FIELD_PUBLISHED_AT || field == FIELD_RETRIEVED_AT ||
               field == FIELD_OCCURRED_AT) {
        ck_assert(instant_read(said, &ms));
        ck_assert_int_eq(n, ms);
    } else {
        ck_assert(day_read(said, &day));
        ck_assert_int_eq(n, day);
    }
}

static void
compare_list(avro_value_t *value, enum field field)
{
    avro_value_t item;
    size_t count;

    ck_assert_int_eq(avro_value_get_size(value, &count), 0);
    ck_assert_uint_eq(count, world.counts[field]);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(avro_value_get_by_index(value, i, &item, NULL), 0);
        compare_texts(field_name(field), avro_text(&item), world.lists[field][i]);
    }
}

static void
compare_source(avro_value_t *value)
{
    const struct draft *d = &world.draft;
    avro_value_t part;

    ck_assert_int_eq(avro_value_get_by_name(value, "name", &part, NULL), 0);
    if (avro_branch(&part, d->source_name_state == FAULT_NONE, "source.name"))
        compare_texts("source.name", avro_text(&part), d->source_name);
    ck_assert_int_eq(avro_value_get_by_name(value, "url", &part, NULL), 0);
    if (avro_branch(&part, d->source_url_state == FAULT_NONE, "source.url"))
        compare_texts("source.url", avro_text(&part), d->source_url);
}

static void
compare_attributes(avro_value_t *value)
{
    avro_value_t one;
    const char *name;
    size_t count;

    ck_assert_int_eq(avro_value_get_size(value, &count), 0);
    ck_assert_uint_eq(count, world.draft.attribute_count);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(avro_value_get_by_index(value, i, &one, &name), 0);
        compare_texts("a name", text_of(name), world.draft.attributes[i].name);
        compare_texts(name, avro_text(&one), world.draft.attributes[i].value);
    }
}

static void
compare_field(avro_value_t *record, enum field field)
{
    struct text said = world.said[field];
    avro_value_t value;
    const char *symbol;
    int code;
    int64_t n;
    int32_t day;

    ck_assert_int_eq(avro_value_get_by_name(record, field_name(field), &value, NULL), 0);
    if (!avro_branch(&value, said.at != NULL, field_name(field)) && field != FIELD_ATTRIBUTES &&
        avro_value_get_type(&value) != AVRO_ARRAY)
        return;
    switch ((int)avro_value_get_type(&value)) {
    case AVRO_STRING:
        compare_texts(field_name(field), avro_text(&value), said);
        return;
    case AVRO_ENUM:
        ck_assert_int_eq(avro_value_get_enum(&value, &code), 0);
        symbol = avro_schema_enum_get(avro_value_get_schema(&value), code);
        compare_texts(field_name(field), text_of(symbol), said);
        return;
    case AVRO_BYTES:
        compare_decimal(&value, said, field == FIELD_VALUE ? VALUE_SCALE : QUANTITY_DIGITS);
        return;
    case AVRO_INT64:
        ck_assert_int_eq(avro_value_get_long(&value, &n), 0);
        compare_number(field, n, said);
        return;
    case AVRO_INT32:
        ck_assert_int_eq(avro_value_get_int(&value, &day), 0);
        compare_number(field, day, said);
        return;
    case AVRO_ARRAY:
        compare_list(&value, field);
        return;
    case AVRO_RECORD:
        compare_source(&value);
        return;
    case AVRO_MAP:
        compare_attributes(&value);
        return;
    default:
        ck_abort_msg("%s has a type of no field of ours", field_name(field));
    }
}

static void
settle(enum record_type type, struct record *r)
{
    struct why why = { 0 };

    random_fill(&world, type);
    ck_assert_msg(record_settle(&world.draft, r, &why) == FAULT_NONE, "%s: %s", why.field,
                  why.text);
}

START_TEST(avro_c_reads_what_was_said)
{
    enum record_type type = (enum record_type)_i;
    avro_schema_t schema = our_schema(type);
    avro_value_iface_t *shape = avro_generic_class_from_schema(schema);
    struct record r;
    avro_value_t value;

    world.seed = 1;
    avro_generic_value_new(shape, &value);
    for (int i = 0; i < RECORDS; i++) {
        size_t size;
        avro_reader_t reader;

        settle(type, &r);
        size = record_encode(&r, bytes, sizeof bytes);
        ck_assert_uint_gt(size, 0);
        reader = avro_reader_memory((const char *)bytes, (int64_t)size);
        ck_assert_int_eq(avro_value_reset(&value), 0);
        ck_assert_msg(avro_value_read(reader, &value) == 0, "%s", avro_strerror());
        ck_assert_msg(avro_skip(reader, 1) != 0, "bytes are left over");
        avro_reader_free(reader);
        for (enum field f = 0; f < FIELD_COUNT; f++)
            if (f != FIELD_TYPE && field_of_type(f, type))
                compare_field(&value, f);
    }
    avro_value_decref(&value);
    avro_value_iface_decref(shape);
    avro_schema_decref(schema);
}
END_TEST

START_TEST(a_record_is_written_whole_or_not_at_all)
{
    struct record r;

    world.seed = 2;
    for (int i = 0; i < 20; i++) {
        size_t size;

        settle(i % 2 == 0 ? RECORD_TRADE : RECORD_AGREEMENT, &r);
        size = record_encode(&r, bytes, sizeof bytes);
        for (size_t room = 0; room < size; room++) {
            uint8_t *small = malloc(room == 0 ? 1 : room);

            ck_assert_uint_eq(record_encode(&r, small, room), 0);
            free(small);
        }
        ck_assert_uint_eq(record_encode(&r, bytes, size), size);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("codec");
    TCase *tcase = tcase_create("codec");
    SRunner *runner;
    int failed;

    tcase_add_test(tcase, crc64_is_that_of_the_avro_specification);
    tcase_add_test(tcase, the_fingerprints_are_those_that_others_compute);
    tcase_add_loop_test(tcase, every_field_is_in_the_schema_of_its_type, 0, RECORD_TYPE_COUNT);
    tcase_add_loop_test(tcase, symbols_stand_in_the_order_of_symbol_def_after_UNKNOWN, 0,
                        RECORD_TYPE_COUNT);
    tcase_add_loop_test(tcase, avro_c_reads_what_was_said, 0, RECORD_TYPE_COUNT);
    tcase_add_test(tcase, a_record_is_written_whole_or_not_at_all);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
