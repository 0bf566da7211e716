/* Framing: both forms, told apart by their first bytes, never read too far. */
#include "schemas/codec.h"

#include <check.h>

static const struct {
    const char *bytes; /* hex */
    enum fault fault;
    enum frame_form form;
    uint64_t fingerprint;
    uint32_t schema_id;
    size_t body_size;
} rows[] = {
    { "c301630000000000009907", FAULT_NONE, FRAME_SINGLE_OBJECT, 0x9900000000000063, 0, 1 },
    { "c3010102030405060708", FAULT_NONE, FRAME_SINGLE_OBJECT, 0x0807060504030201, 0, 0 },
    { "c30101020304050607", BAD_FRAME, 0, 0, 0, 0 },
    { "c3020102030405060708", BAD_FRAME, 0, 0, 0, 0 },
    { "c3", BAD_FRAME, 0, 0, 0, 0 },
    { "0000000107", FAULT_NONE, FRAME_CONFLUENT, 0, 0x107, 0 },
    { "00fffffffe0102", FAULT_NONE, FRAME_CONFLUENT, 0, 0xfffffffe, 2 },
    { "00000001", BAD_FRAME, 0, 0, 0, 0 },
    { "", BAD_FRAME, 0, 0, 0, 0 },
    { "7b2274797065223a2274726164", BAD_FRAME, 0, 0, 0, 0 }, /* JSON */
    { "010000000000000000000000", BAD_FRAME, 0, 0, 0, 0 },
};

/* Exactly as large as the bytes, so that a look too far is seen. */
static uint8_t *
from_hex(const char *hex, size_t *size)
{
    uint8_t *bytes = malloc(strlen(hex) / 2 + 1); /* never of size 0 */

    *size = strlen(hex) / 2;
    ck_assert_ptr_nonnull(bytes);
    bytes = realloc(bytes, *size == 0 ? 1 : *size);
    for (size_t i = 0; i < *size; i++) {
        unsigned byte;

        ck_assert_int_eq(sscanf(hex + 2 * i, "%2x", &byte), 1);
        bytes[i] = (uint8_t)byte;
    }
    return bytes;
}

START_TEST(a_frame_is_told_by_its_first_bytes)
{
    struct frame frame = { .schema_id.number = 77 };
    struct why why = { 0 };
    size_t size;
    uint8_t *bytes = from_hex(rows[_i].bytes, &size);

    ck_assert_int_eq(frame_read(bytes, size, &frame, &why), rows[_i].fault);
    if (rows[_i].fault != FAULT_NONE) {
        ck_assert_str_ne(why.text, "");
        ck_assert_uint_eq(frame.schema_id.number, 77); /* untouched */
    } else {
        ck_assert_int_eq(frame.form, rows[_i].form);
        ck_assert(frame.fingerprint == rows[_i].fingerprint);
        ck_assert_uint_eq(frame.schema_id.number, rows[_i].schema_id);
        ck_assert_uint_eq(frame.body_size, rows[_i].body_size);
        ck_assert_ptr_eq(frame.body, bytes + size - rows[_i].body_size);
    }
    free(bytes);
}
END_TEST

static const struct {
    const char *header; /* hex */
    enum fault fault;
    const char *id;
} headers[] = {
    { "016da336d8f1d30f984c470d03ee8a14a1", FAULT_NONE, "6da336d8-f1d3-0f98-4c47-0d03ee8a14a1" },
    { "0000000107", FAULT_NONE, "263" },
    { "", BAD_FRAME, NULL },
    { "01", BAD_FRAME, NULL },
    { "00000001", BAD_FRAME, NULL },
    { "000000010700", BAD_FRAME, NULL },
    { "006da336d8f1d30f984c470d03ee8a14a1", BAD_FRAME, NULL },
    { "016da336d8f1d30f984c470d03ee8a14a100", BAD_FRAME, NULL }, /* Protobuf's index behind it */
    { "026da336d8f1d30f984c470d03ee8a14a1", BAD_FRAME, NULL },
    { "36646133", BAD_FRAME, NULL }, /* as text */
};

START_TEST(a_header_names_the_schema_of_all_of_the_value)
{
    static const uint8_t value[] = { 0, 0, 0, 0, 1 };
    struct frame frame = { .schema_id.number = 77 };
    struct why why = { 0 };
    char id[SCHEMA_ID_TEXT];
    size_t size;
    uint8_t *bytes = from_hex(headers[_i].header, &size);

    ck_assert_int_eq(frame_read_header((struct text){ (const char *)bytes, size }, value,
                                       sizeof value, &frame, &why),
                     headers[_i].fault);
    if (headers[_i].fault != FAULT_NONE) {
        ck_assert(strstr(why.text, "__value_schema_id") != NULL);
        ck_assert_uint_eq(frame.schema_id.number, 77); /* untouched */
    } else {
        (void)schema_id_write(frame.schema_id, id);
        ck_assert_str_eq(id, headers[_i].id);
        ck_assert_int_eq(frame.form, FRAME_CONFLUENT);
        ck_assert_ptr_eq(frame.body, value);
        ck_assert_uint_eq(frame.body_size, sizeof value);
    }
    free(bytes);
}
END_TEST

START_TEST(a_written_frame_is_read_back)
{
    uint8_t bytes[FRAME_SINGLE_BYTES];
    struct frame frame;
    size_t size = frame_write(0x0123456789abcdef, bytes);

    ck_assert_uint_eq(size, FRAME_SINGLE_BYTES);
    ck_assert_int_eq(frame_read(bytes, size, &frame, NULL), FAULT_NONE);
    ck_assert_int_eq(frame.form, FRAME_SINGLE_OBJECT);
    ck_assert(frame.fingerprint == 0x0123456789abcdef);
    size = frame_write_id(0x01020304, bytes);
    ck_assert_uint_eq(size, FRAME_CONFLUENT_BYTES);
    ck_assert_int_eq(frame_read(bytes, size, &frame, NULL), FAULT_NONE);
    ck_assert_int_eq(frame.form, FRAME_CONFLUENT);
    ck_assert_uint_eq(frame.schema_id.number, 0x01020304);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("frame");
    TCase *tcase = tcase_create("frame");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tcase, a_frame_is_told_by_its_first_bytes, 0,
                        (int)(sizeof rows / sizeof rows[0]));
    tcase_add_loop_test(tcase, a_header_names_the_schema_of_all_of_the_value, 0,
                        (int)(sizeof headers / sizeof headers[0]));
    tcase_add_test(tcase, a_written_frame_is_read_back);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
