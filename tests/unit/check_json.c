/* One line of JSON: the nodes it becomes, and the first thing wrong with it. */
#include "ingest/json.h"
#include "ingest/json_judge.h"

#include <check.h>

static struct json *json;

static void
open_json(void)
{
    json = json_new();
    ck_assert_ptr_nonnull(json);
}

static void
close_json(void)
{
    json_free(json);
}

static enum fault
read_text(struct text line)
{
    struct why why = { 0 };
    enum fault fault = json_read(json, line, &why);
    ck_assert_int_eq(fault != FAULT_NONE, why.text[0] != '\0');
    return fault;
}

/* ---- lines that are JSON ---------------------------------------------------------- */

/* Nodes written down again, with one form for each value. */
static uint32_t
write_node(struct text_buffer *b, const struct json_node *nodes, uint32_t i)
{
    const struct json_node *node = &nodes[i];
    if (node->name.at != NULL) {
        text_put(b, node->name);
        text_put_char(b, '=');
    }
    if (node->kind == JSON_NULL || node->kind == JSON_BOOLEAN || node->kind == JSON_REAL)
        text_put_char(b, "nb.r"[node->kind]);
    else if (node->kind == JSON_INTEGER)
        text_put_integer(b, node->integer);
    else if (node->kind == JSON_TEXT)
        text_put(b, node->text);
    if (node->kind != JSON_ARRAY && node->kind != JSON_OBJECT)
        return node->after;
    uint32_t count = 0, next = i + 1;
    text_put_char(b, node->kind == JSON_ARRAY ? '[' : '{');
    for (; next < node->after; count++) {
        next = write_node(b, nodes, next);
        text_put_char(b, ';');
    }
    text_put_char(b, node->kind == JSON_ARRAY ? ']' : '}');
    ck_assert_uint_eq(count, node->count);
    ck_assert_uint_eq(next, node->after);
    return next;
}

#define ROW(line, told)                                                                            \
    {                                                                                              \
        { line, sizeof(line) - 1 },                                                                \
        {                                                                                          \
            told, sizeof(told) - 1                                                                 \
        }                                                                                          \
    }
static const struct {
    struct text line, told;
} good_lines[] = {
    ROW("{}", "{}"),
    ROW(" \t\r{ } \r\t ", "{}"),
    ROW("[]", "[]"),
    ROW("{\"id\":\"a\",\"parties\":[\"x\",\"y\"]}", "{id=a;parties=[x;y;];}"),
    ROW("{\"a\":{\"b\":{},\"c\":[[],[1]]},\"d\":null}", "{a={b={};c=[[];[1;];];};d=n;}"),
    ROW("[true,false,null,\"\",0]", "[b;b;n;;0;]"),
    ROW("[-0,9223372036854775807,-9223372036854775808]",
        "[0;9223372036854775807;-9223372036854775808;]"),
    ROW("[1.0,1e5,-1E-5,0.0e99999999999999999999,9.99e307,0.01e309,1e-99999]", "[r;r;r;r;r;r;r;]"),
    ROW("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u0000.\"]", "[\"\\/\b\f\n\r\tA\xC3\xA9\0.;]"),
    ROW("[\"\\ud83d\\uDE00\",\"\xF0\x9F\x98\x80\",\"\\\\ud83d\"]",
        "[\xF0\x9F\x98\x80;\xF0\x9F\x98\x80;\\ud83d;]"),
    ROW("{\"\\u0061\":1,\"\":2}", "{a=1;=2;}"),
    ROW("{\"a\":{\"a\":[{\"a\":1}]}}", "{a={a=[{a=1;};];};}"),
    ROW("[\"\x7F\xC2\x85\"]", "[\x7F\xC2\x85;]"),
};

START_TEST(a_line_becomes_its_nodes)
{
    char told[256];
    struct text_buffer b = { .at = told, .size = sizeof told };
    ck_assert_int_eq(read_text(good_lines[_i].line), FAULT_NONE);
    uint32_t end = json_nodes(json)[0].after;
    ck_assert_uint_eq(write_node(&b, json_nodes(json), 0), end);
    ck_assert_msg(text_equal(text_done(&b), good_lines[_i].told), "%.*s", (int)b.length, told);
}
END_TEST

START_TEST(texts_with_escapes_stay_until_the_next_line)
{
    ck_assert_int_eq(read_text(TEXT_LITERAL("{\"\\u0061\":\"\\n1\",\"b\":\"\\n2\"}")), FAULT_NONE);
    const struct json_node *nodes = json_nodes(json);
    ck_assert(text_equal(nodes[1].name, TEXT_LITERAL("a")));
    ck_assert(text_equal(nodes[1].text, TEXT_LITERAL("\n1")));
    ck_assert(text_equal(nodes[2].text, TEXT_LITERAL("\n2")));
}
END_TEST

/* ---- lines that are none ------------------------------------------------------------ */

#define BAD(line, fault) { { line, sizeof(line) - 1 }, fault }
static const struct {
    struct text line;
    enum fault fault;
} bad_lines[] = {
    /* no object, no array */
    BAD("", BAD_JSON),
    BAD(" ", BAD_JSON),
    BAD("null", BAD_JSON),
    BAD("1", BAD_JSON),
    BAD("\"a\"", BAD_JSON),
    BAD("1 2", BAD_JSON),
    BAD("\xEF\xBB\xBF{}", BAD_JSON),
    /* not all of it */
    BAD("{", BAD_JSON),
    BAD("{\"a\"", BAD_JSON),
    BAD("{\"a\":", BAD_JSON),
    BAD("{\"a\":1", BAD_JSON),
    BAD("{\"a\":1,", BAD_JSON),
    BAD("[1", BAD_JSON),
    BAD("[tru", BAD_JSON),
    BAD("[\"a", BAD_JSON),
    BAD("[\"\\", BAD_JSON),
    BAD("[-", BAD_JSON),
    /* more than that */
    BAD("{}{}", BAD_JSON),
    BAD("{} 1", BAD_JSON),
    BAD("{},", BAD_JSON),
    BAD("{}]", BAD_JSON),
    BAD("{}\"", BAD_JSON),
    BAD("{} tr", BAD_JSON),
    BAD("[]-", BAD_JSON),
    BAD("{}\0", BAD_JSON),
    BAD("{}\v", BAD_JSON),
    BAD("{}/", BAD_JSON),
    /* no such thing in JSON */
    BAD("{a:1}", BAD_JSON),
    BAD("{'a':1}", BAD_JSON),
    BAD("{1:1}", BAD_JSON),
    BAD("{\"a\":1,}", BAD_JSON),
    BAD("[1,]", BAD_JSON),
    BAD("[,1]", BAD_JSON),
    BAD("[1 2]", BAD_JSON),
    BAD("[True]", BAD_JSON),
    BAD("[NaN]", BAD_JSON),
    BAD("[-Infinity]", BAD_JSON),
    BAD("[/**/]", BAD_JSON),
    BAD("{\"a\",1}", BAD_JSON),
    BAD("[}", BAD_JSON),
    BAD("{]", BAD_JSON),
    BAD("[\xC2\xA0]", BAD_JSON),
    BAD("[\v1]", BAD_JSON),
    BAD("[1\f]", BAD_JSON),
    BAD("\v[]", BAD_JSON),
    BAD("[\0]", BAD_JSON),
    BAD("[\"\v\"]", BAD_JSON),
    BAD("[\"\x1F\"]", BAD_JSON),
    BAD("[\"\0\"]", BAD_JSON),
    BAD("[\"\\x41\"]", BAD_JSON),
    BAD("[\"\\'\"]", BAD_JSON),
    BAD("[\"\\u12g4\"]", BAD_JSON),
    BAD("[\"\\u+123\"]", BAD_JSON),
    BAD("[\"\\ud83d\\u12\"]", BAD_JSON),
    BAD("[\"\\ud83d\\u12g4\"]", BAD_JSON),
    /* numbers */
    BAD("[01]", BAD_JSON),
    BAD("[-01]", BAD_JSON),
    BAD("[+1]", BAD_JSON),
    BAD("[.5]", BAD_JSON),
    BAD("[1.]", BAD_JSON),
    BAD("[1e]", BAD_JSON),
    BAD("[1e+]", BAD_JSON),
    BAD("[--1]", BAD_JSON),
    BAD("[0x1]", BAD_JSON),
    BAD("[9223372036854775808]", BAD_JSON),
    BAD("[-9223372036854775809]", BAD_JSON),
    BAD("[100000000000000000000]", BAD_JSON),
    BAD("[1e308]", BAD_JSON),
    BAD("[-1e308]", BAD_JSON),
    /* halves of pairs, after all else */
    BAD("[\"\\ud83d\"]", BAD_JSON),
    BAD("[\"\\uDE00\"]", BAD_JSON),
    BAD("[\"\\ude00\\ud83d\"]", BAD_JSON),
    BAD("[\"\\ud83d\\ud83d\\ude00\"]", BAD_JSON),
    BAD("[\"\\ud83d\\u0041\"]", BAD_JSON),
    BAD("[\"\\\\\\ud83d\"]", BAD_JSON),
    BAD("{\"\\ud83d\":1}", BAD_JSON),
    BAD("{\"\\ud83d\":1,\"?\":2}", BAD_JSON),
    BAD("{\"\\ud83d\":1,\"\\ude00\":2}", BAD_JSON),
    BAD("{\"\\ud83d\\u0041\":1,\"\\ud83d\\u0441\":2}", BAD_JSON),
    BAD("{\"\\ud83d\":1,\"\\uD83D\":2}", BAD_FIELD),
    BAD("{\"\\ud83d\\u0041\":1,\"\\uD83DA\":2}", BAD_FIELD),
    BAD("{\"a\":1,\"a\":\"\\ud83d\"}", BAD_FIELD),
    /* names that stand twice, when the object ends and nothing was wrong before */
    BAD("{\"a\":1,\"a\":1}", BAD_FIELD),
    BAD("{\"\":1,\"\":1}", BAD_FIELD),
    BAD("{\"a\":1,\"b\":2,\"\\u0061\":3}", BAD_FIELD),
    BAD("[{\"a\":{\"b\":1,\"b\":2},", BAD_FIELD),
    BAD("{\"a\":1,\"a\":1}x", BAD_FIELD),
    BAD("[{\"a\":1,\"a\":1},\v]", BAD_FIELD),
    BAD("[\v{\"a\":1,\"a\":1}]", BAD_JSON),
    BAD("{\"a\":1,\"a\":1", BAD_JSON),
    BAD("{\"a\":1,\"a\":01}", BAD_JSON),
    /* NUL in a name */
    BAD("{\"\\u0000\":1}", BAD_JSON),
    BAD("{\"a\":{\"b\\u0000\":1}}", BAD_JSON),
    BAD("{\"a\\u0000\":1,\"a\\u0000\":1}", BAD_JSON),
    BAD("{\"a\":{\"b\":1,\"b\":1},\"\\u0000\":1}", BAD_FIELD),
    /* before everything: no UTF-8, wherever it stands */
    BAD("{\"a\":1,\"a\":1}\xFF", BAD_TEXT),
    BAD("[\"\xED\xA0\x80\"]", BAD_TEXT),
    BAD("x\xC3", BAD_TEXT),
};

START_TEST(the_first_thing_wrong_is_told)
{
    ck_assert_int_eq(read_text(bad_lines[_i].line), bad_lines[_i].fault);
    ck_assert_int_eq(json_read(json, bad_lines[_i].line, NULL), bad_lines[_i].fault);
}
END_TEST

START_TEST(a_line_never_leaves_anything_to_the_next_one)
{
    const struct text good = TEXT_LITERAL("{\"a\":\"\\n\"}");
    for (size_t i = 0; i < sizeof bad_lines / sizeof *bad_lines; i++) {
        ck_assert_int_eq(read_text(bad_lines[i].line), bad_lines[i].fault);
        ck_assert_int_eq(read_text(good), FAULT_NONE);
        ck_assert_uint_eq(json_nodes(json)[0].after, 2);
        ck_assert(text_equal(json_nodes(json)[1].text, TEXT_LITERAL("\n")));
    }
}
END_TEST

START_TEST(a_name_that_stands_twice_is_named)
{
    struct why why = { 0 };
    struct text line = TEXT_LITERAL("{\"x\":{\"b\":1,\"a\":2,\"b\":3}}");
    ck_assert_int_eq(json_read(json, line, &why), BAD_FIELD);
    ck_assert_str_eq(why.field, "b");
}
END_TEST

/* ---- large lines ---------------------------------------------------------------------- */

static char large[RECORD_BYTES];

/* head, then pieces until nothing but tail fits into `size`, then tail. */
static struct text
fill(size_t size, const char *head, const char *piece, const char *tail)
{
    struct text_buffer b = { .at = large, .size = size - strlen(tail) };
    text_put(&b, text_of(head));
    while (!b.full)
        text_put(&b, text_of(piece));
    b = (struct text_buffer){ .at = large, .size = size, .length = b.length };
    text_put(&b, text_of(tail));
    return text_done(&b);
}

static struct text
nested(int depth, char left, char right)
{
    memset(large, left, (size_t)depth);
    memset(large + depth, right, (size_t)depth);
    return (struct text){ large, 2 * (size_t)depth };
}

START_TEST(nesting_has_a_limit)
{
    ck_assert_int_eq(read_text(nested(JSON_DEPTH_MOST, '[', ']')), FAULT_NONE);
    ck_assert_int_eq(read_text(nested(JSON_DEPTH_MOST + 1, '[', ']')), BAD_JSON);
    ck_assert_int_eq(read_text(nested(RECORD_BYTES / 2, '[', ']')), BAD_JSON);
    ck_assert_int_eq(read_text(nested(JSON_DEPTH_MOST, '[', ']')), FAULT_NONE);
}
END_TEST

START_TEST(no_line_has_more_nodes_than_there_is_room_for)
{
    static char opened[JSON_DEPTH_MOST + 1];
    memset(opened, '[', JSON_DEPTH_MOST);
    ck_assert_int_eq(read_text(fill(RECORD_BYTES, "[0", ",0", "]")), FAULT_NONE);
    ck_assert_uint_eq(json_nodes(json)[0].count, RECORD_BYTES / 2 - 1);
    ck_assert_int_eq(read_text(fill(RECORD_BYTES, opened, "0,", "")), BAD_JSON);
    ck_assert_int_eq(read_text(fill(RECORD_BYTES, "[\"", "\\u0041", "\"]")), FAULT_NONE);
    ck_assert_int_eq(read_text(fill(RECORD_BYTES, "[\"", "\\ud83d", "\"]")), BAD_JSON);
    ck_assert_int_eq(read_text(fill(RECORD_BYTES, "[\"\\u0041\"", ",\"\\n\"", "]")), FAULT_NONE);
}
END_TEST

START_TEST(a_repeat_is_found_among_many_names)
{
    for (int count = 1; count < 200; count += 9) {
        struct text_buffer b = { .at = large, .size = sizeof large };
        text_put_char(&b, '{');
        for (int i = 0; i < count; i++) {
            text_put(&b, TEXT_LITERAL("\"k"));
            text_put_integer(&b, i);
            text_put(&b, TEXT_LITERAL("\":0,"));
        }
        struct text_buffer other = b;
        text_put(&other, TEXT_LITERAL("\"k\":0}"));
        ck_assert_int_eq(read_text(text_done(&other)), FAULT_NONE);
        text_put(&b, TEXT_LITERAL("\"k0\":0}"));
        ck_assert_int_eq(read_text(text_done(&b)), BAD_FIELD);
    }
}
END_TEST

/* ---- numbers ---------------------------------------------------------------------------- */

static const struct {
    const char *number;
    bool huge;
} numbers[] = {
    { "1.0", false },
    { "0.0", false },
    { "0e99999999999999999999999", false },
    { "0.000e400", false },
    { "1e307", false },
    { "9.999999999999999999999999999999999e307", false },
    { "1e308", true },
    { "-1E+308", true },
    { "1.7e308", true },
    { "0.1e308", false },
    { "0.1e309", true },
    { "0.001e310", false },
    { "0.001e311", true },
    { "100e305", false },
    { "100e306", true },
    { "-1e-400", false },
    { "1e-99999999999999999999999", false },
    { "1e99999999999999999999999", true },
    { "1e1000000", true },
};

START_TEST(a_number_is_huge_from_ten_to_the_308)
{
    ck_assert_int_eq(json_is_huge(text_of(numbers[_i].number)), numbers[_i].huge);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("json");
    TCase *cases = tcase_create("json");
    tcase_add_checked_fixture(cases, open_json, close_json);
    tcase_add_loop_test(cases, a_line_becomes_its_nodes, 0, sizeof good_lines / sizeof *good_lines);
    tcase_add_test(cases, texts_with_escapes_stay_until_the_next_line);
    tcase_add_loop_test(cases, the_first_thing_wrong_is_told, 0,
                        sizeof bad_lines / sizeof *bad_lines);
    tcase_add_test(cases, a_line_never_leaves_anything_to_the_next_one);
    tcase_add_test(cases, a_name_that_stands_twice_is_named);
    tcase_add_test(cases, nesting_has_a_limit);
    tcase_add_test(cases, no_line_has_more_nodes_than_there_is_room_for);
    tcase_add_test(cases, a_repeat_is_found_among_many_names);
    tcase_add_loop_test(cases, a_number_is_huge_from_ten_to_the_308, 0,
                        sizeof numbers / sizeof *numbers);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
