/* Which schema a message names: what is refused, and what the refusal says. */
#include "aggregator/decode.h"

#include <check.h>

static struct aggregator a;

static void
set_up(void)
{
    a = (struct aggregator){ .settings = settings_default() };
    for (int t = 0; t < TOPIC_COUNT; t++)
        ck_assert_int_eq(plans_open((enum record_type)t, &a.decoding.plans[t], NULL), FAULT_NONE);
}

static void
tear_down(void)
{
    for (int t = 0; t < TOPIC_COUNT; t++)
        plans_free(a.decoding.plans[t]);
}

/* In the order of a message.  The first are ours of today and of the text before. */
static const struct {
    const char *bytes;
    const char *says; /* NULL: its plan is found, and the datum is bad */
} fingerprints[] = {
    { "276a909ce41ac6b4", NULL },
    { "6377b75b24a7a199", NULL },
    { "d341ed5226a5d7b9", NULL }, /* Python's avro */
    { "f554e196f86c2f2b", NULL },
    { "b4c61ae49c906a27",
      "wrong way round: b4 c6 1a e4 9c 90 6a 27; wanted: 27 6a 90 9c e4 1a c6 b4" },
    { "99a1a7245bb77763",
      "wrong way round: 99 a1 a7 24 5b b7 77 63; wanted: 63 77 b7 5b 24 a7 a1 99" },
    { "b9d7a52652ed41d3",
      "wrong way round: b9 d7 a5 26 52 ed 41 d3; wanted: d3 41 ed 52 26 a5 d7 b9" },
    { "d81fd87e87933ddb", "the schema is that of agreements; this topic is trade-events" },
    { "db3d93877ed81fd8", "the schema is that of agreements; this topic is trade-events" },
    { "19a21a36927c4b98", "the schema is that of agreements; this topic is trade-events" },
    { "0102030405060708",
      "is 01 02 03 04 05 06 07 08, which no release has written to trade-events "
      "with; wanted: 27 6a 90 9c e4 1a c6 b4" },
};

START_TEST(a_fingerprint_is_told_as_what_it_is)
{
    uint8_t value[FRAME_SINGLE_BYTES];
    struct message m = { .timestamp_ms = -1, .value = { (const char *)value, sizeof value } };
    struct why why = { 0 };
    enum fault fault;

    (void)frame_write(__builtin_bswap64(strtoull(fingerprints[_i].bytes, NULL, 16)), value);
    fault = decode_message(&a.decoding, &a.world.feed, &m, &why);
    if (fingerprints[_i].says == NULL) {
        ck_assert_int_eq(fault, BAD_AVRO);
        return;
    }
    ck_assert_int_eq(fault, BAD_SCHEMA);
    ck_assert_msg(strstr(why.text, fingerprints[_i].says) != NULL, "%s", why.text);
}
END_TEST

/* ---- headers ------------------------------------------------------------------------- */

static const char *header_name;
static struct text header_value;

static bool
one_header(void *self, const struct message *m, const char *name, struct text *out)
{
    (void)self, (void)m;
    if (header_name == NULL || strcmp(header_name, name) != 0)
        return false;
    *out = header_value;
    return true;
}

#define GUID "\1\x6d\xa3\x36\xd8\xf1\xd3\x0f\x98\x4c\x47\x0d\x03\xee\x8a\x14\xa1"

static const struct {
    const char *name;
    struct text header, value;
    enum fault fault;
    const char *id; /* FRAME_CONFLUENT */
    size_t body_size;
} named[] = {
    { NULL, { 0 }, { "\0\0\0\0\7x", 6 }, FAULT_NONE, "7", 1 },
    { NULL, { 0 }, { "\2xyz", 4 }, BAD_FRAME, NULL, 0 },
    /* the header comes first, however the value begins, */
    { HEADER_SCHEMA,
      { GUID, 17 },
      { "\2xyz", 4 },
      FAULT_NONE,
      "6da336d8-f1d3-0f98-4c47-0d03ee8a14a1",
      4 },
    { HEADER_SCHEMA, { "\0\0\0\0\5", 5 }, { "\0\0\0\0\7x", 6 }, FAULT_NONE, "5", 6 },
    { HEADER_SCHEMA, { "\0\0\0\0\5", 5 }, { "\xC3\1abcdefghx", 11 }, FAULT_NONE, "5", 11 },
    { HEADER_SCHEMA, { "5", 1 }, { "\0\0\0\0\7x", 6 }, BAD_FRAME, NULL, 0 },
    /* but for a fingerprint that is known */
    { HEADER_SCHEMA,
      { "5", 1 },
      { "\xC3\1\x27\x6a\x90\x9c\xe4\x1a\xc6\xb4x", 11 },
      FAULT_NONE,
      NULL,
      1 },
    { "apicurio.value.globalId", { "\0\0\0\0\0\0\0\7", 8 }, { "\2xyz", 4 }, BAD_FRAME, NULL, 0 },
    { "apicurio.value.contentId",
      { "\0\0\0\0\0\0\0\7", 8 },
      { "\0\0\0\0\7x", 6 },
      BAD_FRAME,
      NULL,
      0 },
    { "__key_schema_id", { GUID, 17 }, { "\0\0\0\0\7x", 6 }, FAULT_NONE, "7", 1 },
};

START_TEST(headers_name_a_schema)
{
    struct message m = { .timestamp_ms = -1, .value = named[_i].value };
    struct frame frame;
    struct why why = { 0 };
    char id[SCHEMA_ID_TEXT];

    a.world.feed.header = one_header;
    header_name = named[_i].name;
    header_value = named[_i].header;
    ck_assert_int_eq(decode_frame(&a.decoding, &a.world.feed, &m, &frame, &why), named[_i].fault);
    if (named[_i].fault == BAD_FRAME && header_name != NULL)
        ck_assert_msg(strstr(why.text, header_name) != NULL, "%s", why.text);
    if (named[_i].fault != FAULT_NONE)
        return;
    ck_assert_uint_eq(frame.body_size, named[_i].body_size);
    ck_assert_int_eq(frame.form, named[_i].id == NULL ? FRAME_SINGLE_OBJECT : FRAME_CONFLUENT);
    (void)schema_id_write(frame.schema_id, id);
    if (named[_i].id != NULL)
        ck_assert_str_eq(id, named[_i].id);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("decode");
    TCase *tcase = tcase_create("decode");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, a_fingerprint_is_told_as_what_it_is, 0,
                        (int)(sizeof fingerprints / sizeof fingerprints[0]));
    tcase_add_loop_test(tcase, headers_name_a_schema, 0, (int)(sizeof named / sizeof named[0]));
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
