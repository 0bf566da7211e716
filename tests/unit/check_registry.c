/* A schema registry: what its answers mean, which settings of ours are refused,
 * and when two texts of a schema are the same.  tests/live/live_registry.py has
 * a real one. */
#include "schemas/codec.h"
#include "schemas/registry.h"
#include "schemas/registry_answer.h"

#include <check.h>
#include <stdlib.h>

/* ---- answers ------------------------------------------------------------------ */

static const struct {
    int status;
    const char *body;
    enum meaning of_id, of_register;
    const char *words; /* of why, of an answer to a question for an id */
} answers[] = {
    { 200, "{\"schema\": \"\\\"string\\\"\"}", MEANS_GOOD, MEANS_AWAY, NULL },
    { 200, "{\"schema\": \"x\", \"schemaType\": \"AVRO\", \"references\": []}", MEANS_GOOD,
      MEANS_AWAY, NULL },
    { 200, "{\"schema\": \"x\", \"schemaType\": \"PROTOBUF\"}", MEANS_CANT, MEANS_AWAY,
      "PROTOBUF" },
    { 200, "{\"schema\": \"x\", \"schemaType\": \"JSON\"}", MEANS_CANT, MEANS_AWAY, "JSON" },
    { 200, "{\"schema\": \"x\", \"references\": [{\"name\": \"a\"}]}", MEANS_CANT, MEANS_AWAY,
      "without subject" },
    { 200,
      "{\"schema\": \"x\", \"references\": [{\"name\": \"a\", \"subject\": \"b\", \"version\": "
      "1}]}",
      MEANS_MORE, MEANS_AWAY, NULL },
    { 200, "{\"id\": 0}", MEANS_AWAY, MEANS_GOOD, "no answer of a schema registry" },
    { 200, "{\"id\": -1}", MEANS_AWAY, MEANS_AWAY, NULL },
    { 200, "{\"id\": 4294967296}", MEANS_AWAY, MEANS_AWAY, NULL },
    { 200, "{\"id\": \"7\"}", MEANS_AWAY, MEANS_AWAY, NULL },
    { 200, "{\"schema\": 5}", MEANS_AWAY, MEANS_AWAY, NULL },
    { 200, "[]", MEANS_AWAY, MEANS_AWAY, NULL },
    { 200, "", MEANS_AWAY, MEANS_AWAY, NULL },
    { 200, "{\"schema\": \"", MEANS_AWAY, MEANS_AWAY, NULL },
    { 200, "<html>log in</html>", MEANS_AWAY, MEANS_AWAY, "<html>log in</html>" },
    { 404, "{\"error_code\": 40403, \"message\": \"Schema not found\"}", MEANS_NONE, MEANS_REFUSED,
      "no schema of this id" },
    { 404, "{\"error_code\": 404, \"message\": \"HTTP 404 Not Found\"}", MEANS_AWAY, MEANS_REFUSED,
      "HTTP 404 Not Found" },
    { 404, "{\"error_code\": \"40403\"}", MEANS_AWAY, MEANS_REFUSED, NULL },
    { 404, "<html>40403</html>", MEANS_AWAY, MEANS_AWAY, NULL },
    { 500, "{\"error_code\": 40403}", MEANS_AWAY, MEANS_AWAY, NULL },
    { 401, "{\"error_code\": 40101, \"message\": \"who are you?\"}", MEANS_DENIED, MEANS_DENIED,
      "who are you?" },
    { 401, "", MEANS_DENIED, MEANS_DENIED, NULL },
    { 403, "{\"message\": \"not you\"}", MEANS_AWAY, MEANS_REFUSED, "not you" },
    { 409, "{\"error_code\": 409, \"message\": \"incompatible\"}", MEANS_AWAY, MEANS_REFUSED,
      "incompatible" },
    { 422, "{\"error_code\": 42201, \"message\": \"no Avro\"}", MEANS_AWAY, MEANS_REFUSED,
      "no Avro" },
    { 408, "{}", MEANS_AWAY, MEANS_AWAY, NULL },
    { 429, "{}", MEANS_AWAY, MEANS_AWAY, NULL },
    { 302, "", MEANS_AWAY, MEANS_AWAY, "leads elsewhere" },
    { 0, "", MEANS_AWAY, MEANS_AWAY, "timed out" },
};

START_TEST(an_answer_means)
{
    struct asking_answer answer = { .status = answers[_i].status,
                                    .complaint = "timed out",
                                    .body = text_of(answers[_i].body) };
    struct why why = { 0 };
    struct references *refs = NULL;
    char *schema = NULL;
    uint32_t id = 99;

    ck_assert_int_eq(answer_of_id(&answer, &refs, &schema, &why), answers[_i].of_id);
    ck_assert((refs != NULL) == (answers[_i].of_id == MEANS_MORE));
    references_free(refs);
    ck_assert((schema != NULL) == (answers[_i].of_id == MEANS_GOOD));
    if (answers[_i].words != NULL)
        ck_assert_msg(strstr(why.text, answers[_i].words) != NULL, "%s", why.text);
    free(schema);
    ck_assert_int_eq(answer_of_register(&answer, &id, &why), answers[_i].of_register);
    ck_assert((id == 99) == (answers[_i].of_register != MEANS_GOOD));
}
END_TEST

START_TEST(a_schema_that_is_too_long_is_told)
{
    size_t size = (256U << 10) + 64;
    char *body = malloc(size);
    struct asking_answer answer = { .status = 200 };
    struct why why = { 0 };
    struct references *refs = NULL;
    char *schema = NULL;

    ck_assert_ptr_nonnull(body);
    memset(body, 'x', size);
    memcpy(body, "{\"schema\": \"", 12);
    memcpy(body + size - 2, "\"}", 2);
    answer.body = (struct text){ body, size };
    ck_assert_int_eq(answer_of_id(&answer, &refs, &schema, &why), MEANS_CANT);
    ck_assert(strstr(why.text, "bytes; at most") != NULL);
    free(body);
}
END_TEST

START_TEST(a_question_has_the_schema_as_a_text)
{
    char *question = question_of_register(TEXT_LITERAL("{\"type\": \"string\"}"));

    ck_assert_str_eq(question, "{\"schema\":\"{\\\"type\\\": \\\"string\\\"}\"}");
    free(question);
}
END_TEST

/* ---- settings -------------------------------------------------------------------- */

static const struct {
    const char *urls, *words; /* NULL: good */
} urls[] = {
    { "http://127.0.0.1:8081", NULL },
    { "https://a.example/apis/ccompat/v7/", NULL },
    { "http://a:1,http://b:2", NULL },
    { "", "there is no URL" },
    { ",", "there is no URL" },
    { "127.0.0.1:8081", "want http://host:port" },
    { "ftp://a", "want http://host:port" },
    { "file:///etc/passwd", "want http://host:port" },
    { "http://user:secret@a:1", "no user and password in a URL" },
    { "http://a:1?x=1", "want none of them" },
    { "http://a,http://a,http://a,http://a,http://a,http://a,http://a,http://a,http://a",
      "more than 8" },
};

START_TEST(a_url_is_judged)
{
    struct registry_options options = { .urls = urls[_i].urls };
    struct registry *registry = NULL;
    struct why why = { 0 };
    enum fault fault = registry_open(&options, &registry, &why);

    ck_assert_msg(fault == (urls[_i].words == NULL ? FAULT_NONE : FAULT_OPTION), "%s", why.text);
    if (urls[_i].words != NULL)
        ck_assert_msg(strstr(why.text, urls[_i].words) != NULL, "%s", why.text);
    ck_assert(strstr(why.text, "secret") == NULL);
    registry_free(registry);
}
END_TEST

/* ---- the same -------------------------------------------------------------------- */

static const struct {
    const char *a, *b;
    bool same;
} pairs[] = {
    { "\"string\"", " \"string\" ", true },
    { "{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}",
      "{ \"logicalType\": \"timestamp-millis\", \"type\": \"long\" }", true },
    { "{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}",
      "{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}", false },
    { "{\"type\":\"long\",\"doc\":\"a\"}", "{\"type\":\"long\"}", true },
    { "[{\"type\":\"long\",\"doc\":\"a\"}]", "[{\"type\":\"long\",\"doc\":\"b\"}]", true },
    { "[\"null\",\"long\"]", "[\"long\",\"null\"]", false },
    { "{\"type\":\"long\",\"default\":1}", "{\"type\":\"long\",\"default\":2}", false },
    { "no JSON", "no JSON", true },
    { "no JSON", "no  JSON", false },
    { "no JSON", "\"long\"", false },
};

START_TEST(schemas_are_compared_as_parsed)
{
    ck_assert(schema_is_same(text_of(pairs[_i].a), text_of(pairs[_i].b)) == pairs[_i].same);
    ck_assert(schema_is_same(text_of(pairs[_i].b), text_of(pairs[_i].a)) == pairs[_i].same);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof(table)[0]))

int
main(void)
{
    Suite *suite = suite_create("registry");
    TCase *tcase = tcase_create("registry");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tcase, an_answer_means, 0, COUNT(answers));
    tcase_add_test(tcase, a_schema_that_is_too_long_is_told);
    tcase_add_test(tcase, a_question_has_the_schema_as_a_text);
    tcase_add_loop_test(tcase, a_url_is_judged, 0, COUNT(urls));
    tcase_add_loop_test(tcase, schemas_are_compared_as_parsed, 0, COUNT(pairs));
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
