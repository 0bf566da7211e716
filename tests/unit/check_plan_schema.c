/* Writers' schemas that cannot be read as ours, or that mean harm. */
#include "schemas/codec.h"
#include "schemas/shape.h"

#include <check.h>

#include "random_draft.h"
#include "writers.h"

static struct random_draft world;
static uint8_t bytes[4096];
static struct draft found;

/* ---- schemas that cannot be read as ours ------------------------------------ */

static const struct {
    const char *schema, *why;
} refusals[] = {
    { "", "line" },
    { "{", "line" },
    { "7", "neither" },
    { "\"string\"", "no record" },
    { "\"Nothing\"", "not defined" },
    { "[\"null\"," RECORD_OF("TradeEvent", ID_FIELD) "]", "no record" },
    { RECORD_OF("Agreement", ID_FIELD "," REQUIRED_REST), "no TradeEvent" },
    { TRADE_OF(ID_FIELD), "basis is missing" },
    { TRADE_OF(REQUIRED_REST), "id is missing" },
    { TRADE_OF(FIELD_OF("id", "\"long\"") "," REQUIRED_REST), "field id: their long" },
    { TRADE_OF(FIELD_OF("id", "\"null\"") "," REQUIRED_REST), "field id: their null" },
    { TRADE_OF(FIELD_OF("id", "[\"null\",\"long\"]") "," REQUIRED_REST), "field id: their union" },
    { AFTER(FIELD_OF("version", "\"string\"")), "field version" },
    { AFTER(FIELD_OF("version", "\"double\"")), "field version" },
    { AFTER(FIELD_OF("value", "\"bytes\"")), "field value" },
    { AFTER(FIELD_OF("value", "\"long\"")), "field value" },
    { AFTER(FIELD_OF("value", DECIMAL("10"))), "field value" },
    { AFTER(FIELD_OF("value", DECIMAL("-1"))), "field value" },
    { AFTER(FIELD_OF("value", DECIMAL("\"2\""))), "field value" },
    { AFTER(FIELD_OF("value", DECIMAL("21"))), "field value" }, /* more than the precision */
    { AFTER(FIELD_OF("value", LOGICAL("bytes", "decimal"))), "field value" },
    { AFTER(FIELD_OF("occurred_at", LOGICAL("long", "local-timestamp-micros"))),
      "field occurred_at" },
    { AFTER(FIELD_OF("occurred_at", LOGICAL("int", "date"))), "field occurred_at" },
    { AFTER(FIELD_OF("period_start", "\"long\"")), "field period_start" },
    { AFTER(FIELD_OF("period_start", LOGICAL("int", "time-millis"))), "field period_start" },
    { AFTER(FIELD_OF("grade", "\"bytes\"")), "field grade" },
    { AFTER(FIELD_OF("period_start", "\"bytes\"")), "field period_start" },
    { AFTER(FIELD_OF("grade", ENUM_OF("Rank", "\"PRESS\""))), "field grade" },
    { AFTER(FIELD_OF("source", RECORD_OF("Origin", FIELD_OF("name", "\"string\"")))),
      "field source" },
    { AFTER(FIELD_OF("source", RECORD_OF("Source", FIELD_OF("name", "\"int\"")))), "field source" },
    { AFTER(FIELD_OF("attributes", "{\"type\":\"map\",\"values\":\"int\"}")), "field attributes" },
    { AFTER(FIELD_OF("attributes", "{\"type\":\"array\",\"items\":\"string\"}")),
      "field attributes" },
    { AFTER(FIELD_OF("more", "\"TradeEvent\"")), "holds itself" },
    { AFTER(FIELD_OF("more", "[\"null\",{\"type\":\"array\",\"items\":\"TradeEvent\"}]")),
      "holds itself" },
    { AFTER(FIELD_OF("more", "\"int\"") "," FIELD_OF("more", "\"int\"")), "twice" },
    { AFTER(FIELD_OF("more", "[]")), "union of 0" },
    { AFTER(FIELD_OF("more", "[\"int\",\"int\"]")), "two branches" },
    { AFTER(FIELD_OF("more", "[\"int\",[\"null\",\"string\"]]")), "holds a union" },
    { AFTER(FIELD_OF("more", ENUM_OF("E", ""))), "no symbols" },
    { AFTER(FIELD_OF("more", ENUM_OF("E", "\"A\",\"A\""))), "twice" },
    { AFTER(FIELD_OF("more", ENUM_OF("E", "\"A b\""))), "no name" },
    { AFTER(FIELD_OF("more", ENUM_OF("int", "\"A\""))), "may not be called" },
    { AFTER(FIELD_OF("more", ENUM_OF("E", "\"A\"")) "," FIELD_OF("m", ENUM_OF("E", "\"A\""))),
      "defined twice" },
    { AFTER(FIELD_OF("more", "{\"type\":\"fixed\",\"name\":\"F\",\"size\":-1}")), "no size" },
    { AFTER(FIELD_OF("more", "{\"type\":\"array\"}")), "neither" },
    { AFTER("{\"name\":\"more\"}"), "neither" },
    { AFTER("7"), "no name" },
    { AFTER(FIELD_OF("a b", "\"int\"")), "no name" },
    { "{\"type\":\"record\",\"type\":\"record\",\"name\":\"TradeEvent\"}", "duplicate" },
};

START_TEST(a_schema_that_cannot_be_ours_is_refused)
{
    struct plan *plan = NULL;
    struct why why = { 0 };

    ck_assert_int_eq(plan_compile(text_of(refusals[_i].schema), RECORD_TRADE, &plan, &why),
                     BAD_SCHEMA);
    ck_assert_ptr_null(plan);
    ck_assert_msg(strstr(why.text, refusals[_i].why) != NULL, "'%s' is not about '%s'", why.text,
                  refusals[_i].why);
}
END_TEST

/* ---- schemas that mean harm -------------------------------------------------- */

static char hostile[2 * 1024 * 1024];

static enum fault
compile_hostile(const struct text_buffer *b)
{
    struct plan *plan = NULL;
    struct why why = { 0 };
    enum fault fault = plan_compile(text_done(b), RECORD_TRADE, &plan, &why);

    ck_assert(!b->full);
    plan_free(plan);
    return fault;
}

static struct text_buffer
hostile_start(void)
{
    return (struct text_buffer){ .at = hostile, .size = sizeof hostile };
}

static void
put(struct text_buffer *b, const char *s)
{
    text_put(b, text_of(s));
}

/* A field `more` of arrays within arrays, before the required ones. */
static enum fault
compile_nested(int depth)
{
    struct text_buffer b = hostile_start();

    put(&b,
        "{\"type\":\"record\",\"name\":\"TradeEvent\",\"fields\":[{\"name\":\"more\",\"type\":");
    for (int i = 0; i < depth; i++)
        put(&b, "{\"type\":\"array\",\"items\":");
    put(&b, "\"int\"");
    for (int i = 0; i < depth; i++)
        put(&b, "}");
    put(&b, "}," ID_FIELD "," REQUIRED_REST "]}");
    return compile_hostile(&b);
}

START_TEST(nesting_has_a_limit)
{
    ck_assert_int_eq(compile_nested(SHAPE_HEIGHT - 2), FAULT_NONE); /* and the int, the record */
    ck_assert_int_eq(compile_nested(SHAPE_HEIGHT - 1), BAD_SCHEMA);
    ck_assert_int_eq(compile_nested(10000), BAD_SCHEMA);
}
END_TEST

START_TEST(a_long_text_is_refused)
{
    struct text_buffer b = hostile_start();

    put(&b, schema_text(RECORD_TRADE).at);
    while (b.length < SCHEMA_BYTES)
        put(&b, " ");
    ck_assert_int_eq(compile_hostile(&b), FAULT_NONE);
    put(&b, " ");
    ck_assert_int_eq(compile_hostile(&b), BAD_SCHEMA);
    while (b.length < 1024 * 1024)
        put(&b, "[");
    ck_assert_int_eq(compile_hostile(&b), BAD_SCHEMA);
}
END_TEST

START_TEST(brackets_without_end_are_refused)
{
    struct text_buffer b = hostile_start();

    while (b.length < SCHEMA_BYTES)
        put(&b, _i == 0 ? "[" : "{\"type\":");
    ck_assert_int_eq(compile_hostile(&b), BAD_SCHEMA);
}
END_TEST

/* Each record holds the one before twice: 2^28 fields, of which a datum would
 * have to have as many bytes, and a plan no more ops than the text has fields. */
START_TEST(a_schema_that_doubles_itself_is_harmless)
{
    struct text_buffer b = hostile_start();
    struct plan *plan = NULL;
    size_t size = from_hex(AFTER_DATA, bytes);
    char field[300];

    put(&b, "{\"type\":\"record\",\"name\":\"TradeEvent\",\"fields\":[");
    for (int i = 0; i < 29; i++) {
        char held[120] = "{\"name\":\"a\",\"type\":\"null\"}";

        if (i > 0)
            snprintf(held, sizeof held,
                     "{\"name\":\"a\",\"type\":\"R%d\"},{\"name\":\"b\",\"type\":\"R%d\"}", i - 1,
                     i - 1);
        if (i == 1 && _i == 1)
            snprintf(held, sizeof held, "{\"name\":\"a\",\"type\":\"boolean\"}");
        snprintf(field, sizeof field,
                 "{\"name\":\"m%d\",\"type\":[\"null\",{\"type\":\"record\",\"name\":\"R%d\","
                 "\"fields\":[%s]}]},",
                 i, i, held);
        put(&b, field);
    }
    put(&b, FIELD_OF("last", "\"R28\"") "," ID_FIELD "," REQUIRED_REST "]}");
    ck_assert_int_eq(plan_compile(text_done(&b), RECORD_TRADE, &plan, NULL), FAULT_NONE);
    memmove(bytes + 29, bytes, size);
    memset(bytes, 0, 29); /* all of m0 .. m28 are null */
    /* R28 is 0 bytes, or 2^27 of them */
    ck_assert_int_eq(decode_alone(plan, bytes, 29 + size, &found), _i == 0 ? FAULT_NONE : BAD_AVRO);
    plan_free(plan);
}
END_TEST

START_TEST(a_schema_of_many_small_things_is_read_in_no_time)
{
    struct text_buffer b = hostile_start();
    char item[64];

    if (_i == 0) {
        put(&b, "{\"type\":\"record\",\"name\":\"TradeEvent\",\"fields\":[");
        for (int i = 0; b.length < SCHEMA_BYTES - 2000; i++) {
            snprintf(item, sizeof item, "{\"name\":\"f%d\",\"type\":\"int\"},", i);
            put(&b, item);
        }
        put(&b, ID_FIELD "," REQUIRED_REST "]}");
        ck_assert_int_eq(compile_hostile(&b), FAULT_NONE);
    } else {
        put(&b, "[\"int\"");
        while (b.length < SCHEMA_BYTES - 10)
            put(&b, ",\"x\"");
        put(&b, "]");
        ck_assert_int_eq(compile_hostile(&b), BAD_SCHEMA);
    }
}
END_TEST

/* A schema cut or changed anywhere is a schema or is refused. */
START_TEST(a_changed_schema_does_no_harm)
{
    struct text ours = schema_text(RECORD_AGREEMENT);
    struct plan *plan;
    int good = 0, bad = 0;

    world.seed = 6;
    for (int i = 0; i < 2000; i++) {
        struct text t = { hostile, ours.length };

        memcpy(hostile, ours.at, ours.length);
        for (uint64_t n = 1 + random_below(&world, 3); n > 0; n--) {
            static const char set[] = "{}[]\":,\\ nul0sA";
            size_t at = (size_t)random_below(&world, ours.length);

            hostile[at] = random_below(&world, 3) == 0 ? hostile[random_below(&world, ours.length)]
                                                       : set[random_below(&world, sizeof set - 1)];
        }
        if (i % 50 == 0)
            t.length = (size_t)random_below(&world, ours.length);
        plan = NULL;
        if (plan_compile(t, RECORD_AGREEMENT, &plan, NULL) == FAULT_NONE)
            good++;
        else
            bad++;
        plan_free(plan);
    }
    ck_assert_int_gt(good, 100);
    ck_assert_int_gt(bad, 100);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("plan_schema");
    TCase *tcase = tcase_create("plan_schema");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tcase, a_schema_that_cannot_be_ours_is_refused, 0,
                        (int)(sizeof refusals / sizeof refusals[0]));
    tcase_add_test(tcase, nesting_has_a_limit);
    tcase_add_test(tcase, a_long_text_is_refused);
    tcase_add_loop_test(tcase, brackets_without_end_are_refused, 0, 2);
    tcase_add_loop_test(tcase, a_schema_that_doubles_itself_is_harmless, 0, 2);
    tcase_add_loop_test(tcase, a_schema_of_many_small_things_is_read_in_no_time, 0, 2);
    tcase_add_test(tcase, a_changed_schema_does_no_harm);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
