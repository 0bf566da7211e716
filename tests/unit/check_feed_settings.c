/* Which settings of a topic are worth a warning: those that delete or compact. */
#include "kafka/feed_settings.h"

#include <check.h>
#include <stdlib.h>

static const struct {
    struct topic_settings settings;
    bool trouble[SETTING_COUNT];
} rows[] = {
    { { { "delete", "-1", "-1" }, false }, { false, false, false } },
    { { { "delete", "604800000", "-1" }, false }, { false, true, false } }, /* Kafka's default */
    { { { "delete", "-1", "1073741824" }, false }, { false, false, true } },
    { { { "delete", "0", "0" }, false }, { false, true, true } },
    { { { "compact", "604800000", "1" }, false }, { true, false, false } },
    { { { "compact,delete", "604800000", "-1" }, false }, { true, true, false } },
    { { { "delete,compact", "-1", "-1" }, false }, { true, false, false } },
    { { { "", "", "" }, false }, { false, false, false } },
};

START_TEST(what_deletes_or_compacts_is_trouble)
{
    for (int s = 0; s < SETTING_COUNT; s++)
        for (int dead = 0; dead < 2; dead++)
            ck_assert_msg((feed_setting_trouble(&rows[_i].settings, (enum topic_setting)s,
                                                dead == 1) != NULL) == rows[_i].trouble[s],
                          "row %d, setting %d", _i, s);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("feed settings");
    TCase *tcase = tcase_create("feed settings");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, what_deletes_or_compacts_is_trouble, 0,
                        (int)(sizeof rows / sizeof *rows));
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
