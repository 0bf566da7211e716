/* A schema that refers to others: which are asked for, and what all of them are as one text. */
#include "schemas/codec.h"
#include "schemas/one_text.h"
#include "schemas/references.h"
#include "schemas/registry_answer.h"
#include "schemas/shape.h"

#include <check.h>
#include <stdlib.h>

#define E(name, symbols) "{\"type\":\"enum\",\"name\":\"" name "\",\"symbols\":[" symbols "]}"
#define R(name, fields) "{\"type\":\"record\",\"name\":\"" name "\",\"fields\":[" fields "]}"
#define F(name, type) "{\"name\":\"" name "\",\"type\":" type "}"

/* `whole` is the schema as somebody would have written it at once; NULL: it can't be read. */
static const struct {
    const char *schema, *others[3], *whole;
} rows[] = {
    { R("a.T", F("x", "\"b.E\"")), { E("b.E", "\"P\"") }, R("a.T", F("x", E("b.E", "\"P\""))) },
    /* named without its space, which is the schema's own */
    { R("a.T", F("x", "\"E\"")), { E("a.E", "\"P\"") }, R("a.T", F("x", E("E", "\"P\""))) },
    /* in a union, in an array, in a map; the second time it is a name */
    { R("a.T", F("x", "[\"null\",\"b.E\"]") "," F("y", "[\"null\",\"b.E\"]")),
      { E("b.E", "\"P\"") },
      R("a.T", F("x", "[\"null\"," E("b.E", "\"P\"") "]") "," F("y", "[\"null\",\"b.E\"]")) },
    { R("a.T", F("x", "{\"type\":\"map\",\"values\":{\"type\":\"array\",\"items\":\"b.E\"}}")),
      { E("b.E", "\"P\"") },
      R("a.T", F("x", "{\"type\":\"map\",\"values\":{\"type\":\"array\",\"items\":" E(
                          "b.E", "\"P\"") "}}")) },
    /* references of references, in the space of the one that names them */
    { R("a.T", F("x", "\"b.R\"") "," F("z", "\"b.E\"")),
      { E("b.E", "\"P\""), R("b.R", F("y", "\"E\"")) },
      R("a.T", F("x", R("b.R", F("y", E("E", "\"P\"")))) "," F("z", "\"b.E\"")) },
    /* a type that stands inside of the one that is referred to */
    { R("a.T", F("z", "\"b.E\"") "," F("x", "\"b.R\"")),
      { R("b.R", F("y", E("E", "\"P\""))) },
      R("a.T", F("z", E("b.E", "\"P\"")) "," F("x", R("b.R", F("y", "\"E\"")))) },
    /* no space at all */
    { R("T", F("x", "\"E\"")), { E("E", "\"P\"") }, R("T", F("x", E("E", "\"P\""))) },
    /* nobody defines it; a record that holds itself; text that is none */
    { R("a.T", F("x", "\"b.E\"")), { E("c.E", "\"P\"") }, NULL },
    { R("a.T", F("x", "\"b.R\"")), { R("b.R", F("y", "[\"null\",\"b.R\"]")) }, NULL },
    { R("a.T", F("x", "\"b.R\"")), { R("b.R", F("y", "\"a.T\"")) }, NULL },
    { R("a.T", F("x", "\"b.R\"")), { "{" }, NULL },
    { "{", { E("b.E", "\"P\"") }, NULL },
};

static bool
is_read(struct text schema, uint64_t *fingerprint)
{
    struct shapes shapes;
    struct why why;
    bool good = shapes_read(schema, &shapes, &why) == FAULT_NONE;

    if (good)
        *fingerprint = shapes_fingerprint(&shapes);
    shapes_free(&shapes);
    return good;
}

START_TEST(types_of_others_are_put_where_they_are_named)
{
    char *others[3], *out = NULL;
    size_t count = 0;
    struct why why = { 0 };
    uint64_t found = 0, wanted = 1;
    enum fault fault;

    while (count < 3 && rows[_i].others[count] != NULL) {
        others[count] = strdup(rows[_i].others[count]);
        count++;
    }
    fault = one_text(text_of(rows[_i].schema), others, count, &out, &why);
    if (rows[_i].whole != NULL) {
        ck_assert_int_eq(fault, FAULT_NONE);
        ck_assert_msg(is_read(text_of(out), &found), "%s", out);
        ck_assert(is_read(text_of(rows[_i].whole), &wanted));
        ck_assert_msg(found == wanted, "%s", out);
    } else {
        ck_assert(fault == BAD_SCHEMA || !is_read(text_of(out), &found));
    }
    free(out);
    while (count > 0)
        free(others[--count]);
}
END_TEST

/* ---- what is asked for ---------------------------------------------------------------- */

#define ANSWER(references) "{\"schema\": \"\\\"string\\\"\", \"references\": [" references "]}"
#define REF(subject, version)                                                                      \
    "{\"name\": \"n\", \"subject\": \"" subject "\", \"version\": " version "}"

static enum meaning
answer(const char *body, struct references **refs, char **schema, struct why *why)
{
    struct asking_answer answer = { .status = 200, .body = text_of(body) };

    return answer_of_id(&answer, refs, schema, why);
}

START_TEST(each_is_asked_for_once)
{
    struct references *refs = NULL;
    char path[REFERENCE_PATH_BYTES], *schema = NULL;
    struct why why;

    ck_assert_int_eq(answer(ANSWER(REF("a b/c", "1") "," REF("d", "2")), &refs, &schema, &why),
                     MEANS_MORE);
    ck_assert(references_next(refs, path));
    ck_assert_str_eq(path, "/subjects/a%20b%2Fc/versions/1?deleted=true");
    ck_assert_int_eq(
        answer(ANSWER(REF("d", "2") "," REF("a b/c", "1") "," REF("d", "3")), &refs, &schema, &why),
        MEANS_MORE);
    ck_assert(references_next(refs, path));
    ck_assert_str_eq(path, "/subjects/d/versions/2?deleted=true");
    ck_assert_int_eq(answer(ANSWER(""), &refs, &schema, &why), MEANS_MORE);
    ck_assert(references_next(refs, path));
    ck_assert_str_eq(path, "/subjects/d/versions/3?deleted=true");
    ck_assert_int_eq(answer("{\"schema\": \"\\\"int\\\"\"}", &refs, &schema, &why), MEANS_GOOD);
    ck_assert_str_eq(schema, "\"string\"");
    ck_assert(!references_next(refs, path));
    free(schema);
    references_free(refs);
}
END_TEST

static const struct {
    const char *body, *words;
} refused[] = {
    { ANSWER(REF("", "1")), "without subject and version" },
    { ANSWER(REF("a", "0")), "without subject and version" },
    { ANSWER(REF("a", "\"1\"")), "without subject and version" },
    { ANSWER("7"), "without subject and version" },
    { "{\"schema\": \"x\", \"schemaType\": \"PROTOBUF\", \"references\": [" REF("a", "1") "]}",
      "of type PROTOBUF" },
};

START_TEST(a_reference_that_is_none_is_told)
{
    struct references *refs = NULL;
    char *schema = NULL;
    struct why why = { 0 };

    ck_assert_int_eq(answer(refused[_i].body, &refs, &schema, &why), MEANS_CANT);
    ck_assert_msg(strstr(why.text, refused[_i].words) != NULL, "%s", why.text);
    ck_assert_ptr_null(refs);
}
END_TEST

/* Each answer refers to one more: first too deep, then too many. */
START_TEST(there_is_an_end_to_references)
{
    struct references *refs = NULL;
    char *schema = NULL, body[4096];
    struct why why = { 0 };
    enum meaning meaning = MEANS_MORE;
    struct text_buffer b = { .at = body, .size = sizeof body - 1 };
    int asked = 0;

    for (; meaning == MEANS_MORE; asked++) {
        (void)snprintf(
            body, sizeof body,
            "{\"schema\": \"x\", \"references\": [{\"subject\": \"s\", \"version\": %d}]}",
            asked + 1);
        meaning = answer(body, &refs, &schema, &why);
    }
    ck_assert_int_eq(meaning, MEANS_CANT);
    ck_assert_int_eq(asked, REFERENCES_DEPTH + 1);
    references_free(refs);
    refs = NULL;
    text_print(&b, "{\"schema\": \"x\", \"references\": [");
    for (int i = 0; i <= REFERENCES_MOST; i++)
        text_print(&b, "%s{\"subject\": \"s\", \"version\": %d}", i == 0 ? "" : ",", i + 1);
    text_print(&b, "]}");
    body[b.length] = '\0';
    ck_assert_int_eq(answer(body, &refs, &schema, &why), MEANS_CANT);
    ck_assert(strstr(why.text, "more than 32") != NULL);
}
END_TEST

START_TEST(a_reference_that_nobody_has_is_told)
{
    struct asking_answer none = { .status = 404, .body = TEXT_LITERAL("{\"error_code\": 40402}") };
    struct references *refs = NULL;
    char *schema = NULL;
    struct why why = { 0 };

    ck_assert_int_eq(answer_of_id(&none, &refs, &schema, &why), MEANS_AWAY);
    ck_assert_int_eq(answer(ANSWER(REF("a", "1")), &refs, &schema, &why), MEANS_MORE);
    ck_assert_int_eq(answer_of_id(&none, &refs, &schema, &why), MEANS_NONE);
    ck_assert(strstr(why.text, "refers to") != NULL);
    references_free(refs);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("references");
    TCase *tcase = tcase_create("references");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, types_of_others_are_put_where_they_are_named, 0,
                        (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tcase, each_is_asked_for_once);
    tcase_add_loop_test(tcase, a_reference_that_is_none_is_told, 0,
                        (int)(sizeof refused / sizeof refused[0]));
    tcase_add_test(tcase, there_is_an_end_to_references);
    tcase_add_test(tcase, a_reference_that_nobody_has_is_told);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
