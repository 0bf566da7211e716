/* Our own scripts on the invented Redis and on a real one, with arguments from
 * pools so small that versions and tags meet. */
#include "tests/story/compare.h"
#include "tests/story/real_redis.h"

#include <check.h>

/* V version, T tag, P partition, R record, D day, M now, K hash, Z ranking's
 * position, A amount, F field: each from a pool so small that they meet. */
static const char *
random_word(char letter)
{
    static char text[64];

    switch (letter) {
    case 'V':
        (void)snprintf(text, sizeof text, "%016x.%d", (int)compare_draw(2), (int)compare_draw(3));
        return compare_draw(4) == 0 ? "''" : text;
    case 'T':
        (void)snprintf(text, sizeof text, "%016x.%d@2024-01-3%d", (int)compare_draw(2),
                       (int)compare_draw(3), (int)compare_draw(2));
        return compare_draw(4) == 0 ? "''" : text;
    case 'P':
        (void)snprintf(text, sizeof text, "trade-events/%d", (int)compare_draw(3));
        return text;
    case 'L':
        (void)snprintf(text, sizeof text, "%d", 4 * (int)compare_draw(4));
        return text;
    case 'D':
        return compare_draw(2) == 0 ? "2024-01-30" : "2024-01-31";
    case 'M':
        (void)snprintf(text, sizeof text, "%d", 1000000 + (int)compare_draw(100));
        return text;
    case 'F':
        return compare_draw(2) == 0 ? "export.CNY" : "export.events";
    case 'A': {
        static const char *const amounts[] = { "1",
                                               "-1",
                                               "5",
                                               "-5",
                                               "999999999999999999",
                                               "-999999999999999999",
                                               "9007199254740993",
                                               "0",
                                               "-0",
                                               "x",
                                               "1000000000000000000" };
        return amounts[compare_draw(10) == 0 ? compare_draw(11) : compare_draw(7)];
    }
    default:
        ck_abort_msg("no such letter");
    }
    return "";
}

/* Words of a script's arguments; %X asks for a random word. */
static size_t
random_args(const char *template, char *out, struct text *args)
{
    struct text_buffer b = { out, TEXT_BYTES - 1, 0, false };

    for (const char *at = template; *at != '\0'; at++) {
        if (*at == '%')
            text_put(&b, text_of(random_word(*++at)));
        else
            text_put_char(&b, *at);
    }
    out[b.length] = '\0';
    return compare_split(out, args);
}

static const struct {
    const char *name, *args;
} own_scripts[] = {
    { "commit", "2 {p}meta {p}c0 %V %V 5 g 0 %L 1234" },
    { "commit", "2 {p}meta {p}c0 %V %V 5 g 0 %L 1234 seed 7 alg 1" },
    { "flip", "2 {p}meta {p}c1 %V %V 5 h 1 %L" },
    { "push",
      "8 {p}tags {p}index {p}asof {p}changes {p}told {p}h {p}i {p}top %M %D 3 RU 1 %P %T %T %L "
      "2 1 0 1 %F %A 1 1 1 0 0 %F %A 1 7 RU 2 0" },
    { "push", "7 {p}tags {p}index {p}asof {p}changes {p}told {p}h {p}top %M %D 3 RU 1 %P %T %T %L "
              "2 2 0 1 export.CNY %A export.events %A 1 1 1 0 0 export.events 1 1 6 RU" },
    { "push",
      "7 {p}tags {p}index {p}asof {p}changes {p}told {p}h {p}top %M %D 3 RU 2 trade-events/0 "
      "%T %T %L trade-events/1 %T %T %L 1 1 0 1 %F %A 1 1 1 6 KZ" },
    { "push",
      "8 {p}tags {p}index {p}asof {p}changes {p}told {p}h {p}i {p}top %M %D 3 RU 1 %P %T %T %L "
      "1 9 1 2 a 1 b 2 c 3 d 4 e 5 f -6 g 7 h 8 %F 9 2 1 9 1 1 7 RU 1 0" },
    { "push", "5 {p}tags {p}index {p}asof {p}changes {p}told %M %D 2 '' 2 "
              "trade-events/0 '' %T %L trade-events/1 '' %T %L 0" },
    { "push", "5 {p}tags {p}index {p}asof {p}changes {p}told %M %D 3 '' 1 "
              "%P %T %T %L 0" },
    { "chunk", "2 {p}meta {p}c1 %V h 0 12345678" },
    { "chunk", "2 {p}meta {p}c1 %V h 1 1234" },
    { "sweep", "3 {p}meta {p}c0 {p}c1 %V g 2 0" },
    { "sweep", "2 {p}meta {p}c1 %V h 1 0" },
    { "sweep", "2 {p}meta {p}c1 %V h 2 1" },
    { "reset", "5 {p}tags {p}index {p}asof {p}changes {p}told %P %T %M" },
    /* a rebuild's, with the prefix r */
    { "push", "8 r{p}tags r{p}index r{p}asof r{p}changes r{p}told r{p}h r{p}i r{p}top %M %D 1 RU 1 "
              "trade-events/0 %T %T %L 1 1 0 1 %F %A 1 1 1 7 RU 1 0" },
    { "reset", "5 r{p}tags r{p}index r{p}asof r{p}changes r{p}told %P %T %M" },
    { "swap",
      "11 {p}tags {p}index {p}asof {p}changes {p}told r{p}tags r{p}index r{p}asof r{p}changes "
      "r{p}told {p}top %M %D '' r 1 trade-events/0 %T %M 5" },
    { "tell", "3 {p}tags {p}told {p}asof %M %D 1 0 trade-events/0 %T %M %L 0" },
    { "tell", "3 {p}tags {p}told {p}asof %M %D 2 1 trade-events 2 %L %L trade-events/0 %T %M %L 1 "
              "trade-events/1 %T 0 %L 0" },
    { "tell", "3 {p}tags {p}told {p}asof %M %D 3 0 %P %T %M %L 0" },
    { "tell", "3 {p}tags {p}told {p}asof %M %D 1 0 trade-events/0 %T 9000000000000 %L 0" },
    { "tell", "3 r{p}tags r{p}told r{p}asof %M %D 1 0 trade-events/0 %T %M %L 0" },
    { "commit", "2 r{p}meta r{p}c0 %V %V 5 g 0 %L 1234" },
    { "commit", "2 r{p}meta r{p}c0 %V %V 5 g 0 0 1234 seed 7 alg 1" },
    { "clear", "2 {p}meta {p}c0 g" },
    { "clear", "2 {p}meta {p}c1 h" },
    { "replace", "4 {p}meta r{p}meta r{p}c0 {p}c0 %V %V" },
};
enum { OWN_SCRIPTS = sizeof own_scripts / sizeof own_scripts[0] };

/* `changes` gets its ids from the clock, so it is compared by length. */
static void
same_state_of_own(void)
{
    compare_words("XLEN {p}changes", 0);
    compare_words("HGETALL {p}meta", 2);
    compare_words("HGETALL {p}tags", 2);
    compare_words("HGETALL {p}told", 2);
    compare_words("HGETALL {p}asof", 2);
    compare_words("HGETALL {p}h", 2);
    compare_words("HGETALL {p}i", 2);
    compare_words("SMEMBERS {p}index", 1);
    compare_words("ZRANGE {p}top 0 -1 WITHSCORES", 0);
    compare_words("GET {p}c0", 0);
    compare_words("GET {p}c1", 0);
    compare_words("HGETALL r{p}meta", 2);
    compare_words("HGETALL r{p}tags", 2);
    compare_words("HGETALL r{p}told", 2);
    compare_words("HGETALL r{p}asof", 2);
    compare_words("HGETALL r{p}h", 2);
    compare_words("GET r{p}c0", 0);
    compare_words("KEYS *", 1);
}

START_TEST(our_own_scripts_do_the_same_on_both)
{
    static struct text sources[OWN_SCRIPTS];
    static char words[TEXT_BYTES];
    struct text args[ARGS_MOST];

    compare_seed(3000 + (uint64_t)_i);
    compare_anew();
    for (size_t i = 0; i < OWN_SCRIPTS; i++)
        sources[i] = compare_script(own_scripts[i].name);
    for (int step = 0; step < 3000; step++) {
        size_t row = compare_draw(OWN_SCRIPTS);
        struct script s = { .name = "own", .source = sources[row] };
        struct command c = { .script = &s, .args = args };

        c.count = random_args(own_scripts[row].args, words, args);
        compare_command(&c, 0);
        if (compare_draw(40) == 0)
            compare_words("SET {p}c1 12345678", 0);
        if (step % 50 == 49)
            same_state_of_own();
    }
    for (size_t i = 0; i < OWN_SCRIPTS; i++)
        free((void *)(uintptr_t)sources[i].at);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("story_scripts");
    TCase *tcase = tcase_create("alike");
    SRunner *runner = srunner_create(suite);
    int failed;

    if (!real_redis_exists())
        return real_redis_missing();
    tcase_add_unchecked_fixture(tcase, compare_set_up, compare_tear_down);
    tcase_add_loop_test(tcase, our_own_scripts_do_the_same_on_both, 0, 10);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
