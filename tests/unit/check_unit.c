/* Units: the table is the oracle's, sorted; what others write is meant as one of
 * them. */
#include "record/unit.h"

#include <check.h>
#include <stdlib.h>

#define COUNT(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))

static const struct {
    const char *code, *english;
} units[] = {
#define UNIT(code, english) { code, english },
#include "record/unit.def"
#undef UNIT
};

START_TEST(the_table_is_sorted_and_every_unit_has_a_name)
{
    for (int i = 0; i < COUNT(units); i++) {
        struct text code = text_of(units[i].code);

        ck_assert_msg(i == 0 || strcmp(units[i - 1].code, units[i].code) < 0, "%s", units[i].code);
        ck_assert_uint_ge(code.length, 2);
        ck_assert_uint_le(code.length, UNIT_LENGTH);
        ck_assert_msg(unit_is_known(code), "%s", units[i].code);
        ck_assert_str_eq(unit_english(code), units[i].english);
        ck_assert_str_ne(units[i].english, "");
        ck_assert(text_is_utf8(text_of(units[i].english)));
    }
}
END_TEST

START_TEST(the_table_is_the_oracles)
{
    enum { ORACLE_BYTES = 128 * 1024 };
    static char oracle[ORACLE_BYTES];
    const char *root = getenv("TALLY_ROOT"), *before = "UNITS = set(\"\"\"", *at;
    char path[4096];
    FILE *file;
    int count = 0;

    snprintf(path, sizeof path, "%s/tests/oracle.py", root == NULL ? "." : root);
    file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s can't be read", path);
    oracle[fread(oracle, 1, sizeof oracle - 1, file)] = '\0';
    fclose(file);
    at = strstr(oracle, before);
    ck_assert_ptr_nonnull(at);
    for (at += strlen(before);; count++) {
        struct text code;

        at += strspn(at, " \n");
        code = (struct text){ at, strcspn(at, " \n\"") };
        if (code.length == 0)
            break;
        ck_assert_msg(unit_is_known(code), "%.*s", (int)code.length, code.at);
        at += code.length;
    }
    ck_assert_int_eq(count, COUNT(units));
}
END_TEST

/* Of all texts of one to three letters and digits, exactly the rows are found. */
START_TEST(nothing_else_is_a_unit)
{
    static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char *const others[] = {
        "",
        "TONN",
        "tne",
        "kgm",
        "Tne",
        "TN-",
        " TNE",
        "TNE ",
        "KGS", /* kilogram per second: a rate */
        "ZZ",
        "NIL",
        "M4",
        "H21", /* name nothing */
        "\xE5\x90\xA8",
    };
    int found = 0;
    char code[3];

    for (size_t i = 0; i < 36 * 36 * 36; i++) {
        code[0] = letters[i / 1296];
        code[1] = letters[i / 36 % 36];
        code[2] = letters[i % 36];
        found += unit_is_known((struct text){ code, 3 });
        found += i % 36 == 0 && unit_is_known((struct text){ code, 2 });
        found += i % 1296 == 0 && unit_is_known((struct text){ code, 1 });
    }
    ck_assert_int_eq(found, COUNT(units));
    for (int i = 0; i < COUNT(others); i++) {
        ck_assert_msg(!unit_is_known(text_of(others[i])), "%s", others[i]);
        ck_assert_ptr_null(unit_english(text_of(others[i])));
    }
}
END_TEST

static const struct {
    const char *written, *meant; /* NULL: nobody can tell */
} meanings[] = {
    { "KG", "KGM" },   { "KGS", "KGM" },  { "kg", "KGM" },    { "Kgs", "KGM" },  { "G", "GRM" },
    { "T", "TNE" },    { "TONS", "TNE" }, { "MT", "TNE" },    { "tons", "TNE" }, { "PC", "H87" },
    { "PCS", "H87" },  { "PCE", "H87" },  { "NMB", "H87" },   { "M2", "MTK" },   { "m3", "MTQ" },
    { "KWHR", "KWH" }, { "BBL", "BLL" },  { "DOZ", "DZN" },   { "NPR", "PR" },   { "SETS", "SET" },
    { "L", "LTR" },    { "TEUS", "E22" }, { "QT", "QTL" },    { "CAR", "CTM" },  { "", NULL },
    { "K", NULL },     { "KGSS", NULL },  { "TONNES", NULL }, { "XYZ", NULL },   { "KG ", NULL },
};

START_TEST(what_others_write_is_meant_as_a_unit_of_the_table)
{
    const char *meant = unit_meant(text_of(meanings[_i].written));

    if (meanings[_i].meant == NULL) {
        ck_assert_ptr_null(meant);
        return;
    }
    ck_assert_ptr_nonnull(meant);
    ck_assert_str_eq(meant, meanings[_i].meant);
    ck_assert_ptr_nonnull(unit_english(text_of(meant)));
}
END_TEST

/* A hint is only given where the text is refused, so it may not be a unit. */
START_TEST(what_is_meant_otherwise_is_no_unit_of_its_own)
{
    for (int i = 0; i < COUNT(meanings); i++)
        ck_assert_msg(!unit_is_known(text_of(meanings[i].written)), "%s", meanings[i].written);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("unit");
    TCase *tcase = tcase_create("unit");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, the_table_is_sorted_and_every_unit_has_a_name);
    tcase_add_test(tcase, the_table_is_the_oracles);
    tcase_add_test(tcase, nothing_else_is_a_unit);
    tcase_add_loop_test(tcase, what_others_write_is_meant_as_a_unit_of_the_table, 0,
                        COUNT(meanings));
    tcase_add_test(tcase, what_is_meant_otherwise_is_no_unit_of_its_own);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
