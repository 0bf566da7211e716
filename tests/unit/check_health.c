/* The health file: written, read, torn, foreign, of the dead; and its judgement. */
#include "aggregator/health.h"
#include "aggregator/watch.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/check-health.XXXXXX";
static char path[HEALTH_PATH], said[4096];
static struct health_place at_path;

static void
set_up(void)
{
    struct why why;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/health", folder);
    ck_assert_int_eq(health_place(path, "tally", NULL, &at_path, &why), FAULT_NONE);
}

static void
tear_down(void)
{
    (void)unlink(path);
    (void)rmdir(folder);
}

static struct health *
open_health(const struct health_place *place)
{
    struct why why;
    struct health *h = NULL;

    ck_assert_int_eq(health_open(place, &h, &why), FAULT_NONE);
    return h;
}

static struct health_facts
good_facts(void)
{
    return (struct health_facts){ .redis_at = 99000,
                                  .kafka_at = 98000,
                                  .kafka_asked_at = 99000,
                                  .owned = 4,
                                  .ready = 4,
                                  .shown = true };
}

static void
tell(struct health *h, const struct health_facts *facts, int64_t now)
{
    struct why why = { 0 };

    ck_assert_msg(health_tell(h, facts, now, &why) == FAULT_NONE, "%s", why.text);
}

static void
is_refused(const struct health_place *place, const char *pattern)
{
    struct health_record r;
    struct why why = { 0 };

    ck_assert_int_eq(health_read(place, &r, &why), FAULT_FILE);
    ck_assert_msg(strstr(why.text, pattern) != NULL, "%s", why.text);
}

START_TEST(what_is_told_is_read)
{
    struct health *h = open_health(&at_path);
    struct health_facts facts = good_facts();
    struct health_record r;
    struct stat is;
    struct why why;

    facts.waiting = 7;
    tell(h, &facts, 100000);
    ck_assert_int_eq(health_read(&at_path, &r, &why), FAULT_NONE);
    ck_assert_int_eq(r.pid, getpid());
    ck_assert_int_eq(r.turned_at, 100000);
    ck_assert_int_eq(r.behind_since, 100000);
    ck_assert_int_eq(r.facts.waiting, 7);
    ck_assert_int_eq(r.facts.redis_at, 99000);
    ck_assert_int_eq(stat(path, &is), 0);
    ck_assert_int_eq(is.st_mode & 0777, 0600);
    ck_assert_int_eq(is.st_size, sizeof r);
    health_touch(h, 101000, 0, 101500); /* in place: it does not grow */
    ck_assert_int_eq(health_read(&at_path, &r, &why), FAULT_NONE);
    ck_assert_int_eq(r.turned_at, 101500);
    ck_assert_int_eq(r.facts.redis_at, 101000);
    ck_assert_int_eq(stat(path, &is), 0);
    ck_assert_int_eq(is.st_size, sizeof r);
    health_close(h);
    ck_assert_int_ne(access(path, F_OK), 0);
    is_refused(&at_path, "No such file");
}
END_TEST

START_TEST(it_is_written_twice_a_second_at_most)
{
    struct health *h = open_health(&at_path);
    struct health_facts facts = good_facts();
    struct health_record r;
    struct why why;

    tell(h, &facts, 100000);
    tell(h, &facts, 100499);
    health_touch(h, 0, 0, 100499);
    ck_assert_int_eq(health_read(&at_path, &r, &why), FAULT_NONE);
    ck_assert_int_eq(r.turned_at, 100000);
    tell(h, &facts, 100500);
    ck_assert_int_eq(health_read(&at_path, &r, &why), FAULT_NONE);
    ck_assert_int_eq(r.turned_at, 100500);
    health_close(h);
}
END_TEST

/* Every byte, every bit of some. */
START_TEST(a_torn_record_is_not_believed)
{
    struct health *h = open_health(&at_path);
    struct health_facts facts = good_facts();
    struct health_record r, other;
    struct why why;
    int fd;

    tell(h, &facts, 100000);
    ck_assert_int_eq(health_read(&at_path, &r, &why), FAULT_NONE);
    fd = open(path, O_RDWR);
    for (size_t cut = 0; cut < sizeof r; cut += 37) { /* the rest is of another moment */
        other = r;
        memset((char *)&other + cut, 0x5a, sizeof other - cut);
        ck_assert_int_eq(pwrite(fd, &other, sizeof other, 0), sizeof other);
        is_refused(&at_path, "damaged");
    }
    ck_assert_int_eq(ftruncate(fd, sizeof r - 1), 0);
    is_refused(&at_path, "damaged");
    ck_assert_int_eq(ftruncate(fd, 0), 0);
    is_refused(&at_path, "damaged");
    tell(h, &facts, 101000); /* and it mends itself */
    ck_assert_int_eq(health_read(&at_path, &r, &why), FAULT_NONE);
    (void)close(fd);
    health_close(h);
}
END_TEST

/* kill -9 leaves the file and takes the lock; whoever has the number then. */
START_TEST(the_dead_are_not_believed)
{
    int ready[2];
    char byte;
    struct health_record r;
    struct why why;

    ck_assert_int_eq(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        struct health *h = open_health(&at_path);
        struct health_facts facts = good_facts();
        tell(h, &facts, 100000);
        (void)!write(ready[1], "x", 1);
        (void)pause();
        _exit(0);
    }
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    ck_assert_int_eq(health_read(&at_path, &r, &why), FAULT_NONE);
    ck_assert_int_eq(r.pid, child);

    struct health *second = open_health(&at_path); /* of the same group, on the same host */
    struct health_facts facts = good_facts();
    ck_assert_int_eq(health_tell(second, &facts, 100000, &why), FAULT_FILE);
    ck_assert_ptr_nonnull(strstr(why.text, "--health-file"));
    tell(second, &facts, 100600); /* said once */
    ck_assert_int_eq(health_read(&at_path, &r, &why), FAULT_NONE);
    ck_assert_int_eq(r.pid, child);

    (void)kill(child, SIGKILL);
    (void)waitpid(child, NULL, 0);
    is_refused(&at_path, "has ended");
    tell(second, &facts, 105100); /* takes over */
    ck_assert_int_eq(health_read(&at_path, &r, &why), FAULT_NONE);
    ck_assert_int_eq(r.pid, getpid());
    health_close(second);
}
END_TEST

START_TEST(a_file_that_was_removed_is_made_again)
{
    struct health *h = open_health(&at_path);
    struct health_facts facts = good_facts();
    struct health_record r;
    struct why why;

    tell(h, &facts, 100000);
    ck_assert_int_eq(unlink(path), 0);
    tell(h, &facts, 101000);
    ck_assert_int_eq(health_read(&at_path, &r, &why), FAULT_NONE);
    ck_assert_int_eq(r.turned_at, 101000);
    health_close(h);
}
END_TEST

/* Neither written nor read: links, other kinds of files, others' eyes. */
START_TEST(what_others_may_have_laid_there_is_not_touched)
{
    char target[HEALTH_PATH];
    struct health_facts facts = good_facts();
    struct why why;
    struct stat is;

    (void)snprintf(target, sizeof target, "%s/target", folder);
    int fd = open(target, O_CREAT | O_RDWR, 0600);
    ck_assert_int_ge(fd, 0);
    struct health *h = open_health(&at_path);
    if (_i == 0)
        ck_assert_int_eq(symlink(target, path), 0);
    else if (_i == 1)
        ck_assert_int_eq(link(target, path), 0);
    else if (_i == 2)
        ck_assert_int_eq(mkfifo(path, 0600), 0);
    else
        ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_eq(health_tell(h, &facts, 100000, &why), FAULT_FILE);
    is_refused(&at_path, _i == 0 ? "link" : "alone");
    ck_assert_int_eq(fstat(fd, &is), 0);
    ck_assert_int_eq(is.st_size, 0);
    health_close(h);
    (void)close(fd);
    (void)unlink(target);
    (void)rmdir(path);
}
END_TEST

START_TEST(what_others_could_write_is_not_believed)
{
    struct health *h = open_health(&at_path);
    struct health_facts facts = good_facts();
    struct health_record r;
    struct why why;

    tell(h, &facts, 100000);
    ck_assert_int_eq(chmod(path, 0622), 0);
    is_refused(&at_path, "others may");
    ck_assert_int_eq(chmod(path, 0600), 0);
    ck_assert_int_eq(health_read(&at_path, &r, &why), FAULT_NONE);
    if (geteuid() == 0) { /* only root can give a file away */
        ck_assert_int_eq(chown(path, 12345, (gid_t)-1), 0);
        is_refused(&at_path, "alone");
    }
    health_close(h);
}
END_TEST

START_TEST(a_folder_that_others_own_or_write_to_is_not_used)
{
    struct health_place place;
    struct health_facts facts = good_facts();
    struct why why;
    char own[HEALTH_PATH];

    ck_assert_int_eq(health_place(NULL, "tally", folder, &place, &why), FAULT_NONE);
    (void)snprintf(own, sizeof own, "%s/tally", folder);
    ck_assert_str_eq(place.folder, own);
    struct health *h = open_health(&place);
    tell(h, &facts, 100000); /* makes it */
    struct stat is;
    ck_assert_int_eq(stat(own, &is), 0);
    ck_assert_int_eq(is.st_mode & 0777, 0700);
    ck_assert_int_eq(chmod(own, 0777), 0);
    is_refused(&place, "others own it");
    ck_assert_int_eq(chmod(own, 0700), 0);
    if (geteuid() == 0) {
        ck_assert_int_eq(chown(own, 12345, (gid_t)-1), 0);
        is_refused(&place, "others own it");
        ck_assert_int_eq(chown(own, 0, (gid_t)-1), 0);
    }
    health_close(h);
    ck_assert_int_eq(rmdir(own), 0); /* the file went with it */
    ck_assert_int_eq(symlink("/tmp", own), 0);
    h = open_health(&place);
    ck_assert_int_eq(health_tell(h, &facts, 100000, &why), FAULT_FILE);
    health_close(h);
    ck_assert_int_eq(unlink(own), 0);
}
END_TEST

START_TEST(groups_have_files_of_their_own)
{
    static const char *const groups[] = { "tally", "Tally", "a/b", "a_b", "../x", "", "a b" };
    struct health_place places[7];
    struct why why;

    for (size_t i = 0; i < 7; i++) {
        ck_assert_int_eq(health_place(NULL, groups[i], NULL, &places[i], &why), FAULT_NONE);
        ck_assert_ptr_null(strchr(places[i].file, '/'));
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(places[i].file, places[k].file);
        ck_assert_int_eq(strncmp(places[i].folder, "/tmp/tally-", 11), 0);
    }
}
END_TEST

/* ---- judging ---------------------------------------------------------------------------- */

static void
keep(void *self, const char *line)
{
    (void)self;
    (void)snprintf(said + strlen(said), sizeof said - strlen(said), "%s\n", line);
}

/* Now is 100,000,000. */
#define NOW INT64_C(100000000)
static const struct judge_row {
    struct health_record r;
    bool good;
    const char *line;
} judged[] = {
#define FACTS .redis_at = NOW - 2000, .kafka_at = NOW - 5000, .owned = 4, .ready = 4, .shown = true
    { { .turned_at = NOW, .facts = { FACTS } }, true, "ok     records     caught up" },
    { { .turned_at = NOW - 12000, .facts = { FACTS } },
      true,
      "ok     loop        turned 12 s ago" },
    { { .turned_at = NOW - 12001, .facts = { FACTS } },
      false,
      "FAULT  loop        turned 12 s ago" },
    { { .turned_at = NOW + 1, .facts = { FACTS } }, false, "yet to come" },
    { { .turned_at = NOW, .facts = { .redis_at = 0, .kafka_at = NOW, .shown = true } },
      false,
      "FAULT  redis       has not answered yet" },
    { { .turned_at = NOW, .facts = { .redis_at = NOW - 30001, .kafka_at = NOW, .shown = true } },
      false,
      "FAULT  redis       answered 30 s ago" },
    { { .turned_at = NOW,
        .facts = { .redis_at = NOW,
                   .kafka_at = NOW - 31000,
                   .kafka_asked_at = NOW - 30900,
                   .shown = true } },
      false,
      "FAULT  kafka       answered 31 s ago" },
    { { .turned_at = NOW,
        .facts = { .redis_at = NOW,
                   .kafka_at = NOW - 31000,
                   .kafka_asked_at = NOW - 31001,
                   .shown = true } },
      true,
      "ok     kafka       answered 31 s ago, and was not asked since" },
    { { .turned_at = NOW, .facts = { .redis_at = NOW, .kafka_at = NOW, .shown = true } },
      true,
      "it has no partition" },
    { { .turned_at = NOW,
        .behind_since = NOW - 600000,
        .moved_at = NOW - 60000,
        .facts = { FACTS, .waiting = 12 } },
      true,
      "ok     records     12 wait in Kafka; catching up for 600 s, it moved 60 s ago" },
    { { .turned_at = NOW,
        .behind_since = NOW - 600000,
        .moved_at = NOW - 60001,
        .facts = { FACTS, .waiting = 12 } },
      false,
      "FAULT  records     12 wait in Kafka, and nothing has moved for 60 s" },
    { { .turned_at = NOW, .facts = { FACTS, .stuck_since = NOW - 60000, .waits_for = "x: y" } },
      true,
      "ok     waits       for 60 s: x: y" },
    { { .turned_at = NOW, .facts = { FACTS, .stuck_since = NOW - 60001, .waits_for = "x: y" } },
      false,
      "FAULT  waits       for 60 s: x: y" },
};

START_TEST(what_stands_still_is_a_fault_and_what_moves_is_not)
{
    const struct judge_row *row = &judged[_i];

    said[0] = '\0';
    ck_assert_msg(health_judge(&row->r, NOW, keep, NULL) == row->good, "%s", said);
    ck_assert_msg(strstr(said, row->line) != NULL, "%s", said);
    ck_assert_int_eq(strstr(said, "FAULT") == NULL, row->good);
}
END_TEST

START_TEST(movement_is_a_change_of_the_number)
{
    struct health *h = open_health(&at_path);
    struct health_facts facts = good_facts();
    struct health_record r;
    struct why why;

    facts.ready = 3;
    facts.moves = 5;
    tell(h, &facts, 100000);
    tell(h, &facts, 110000);
    ck_assert_int_eq(health_read(&at_path, &r, &why), FAULT_NONE);
    ck_assert_int_eq(r.moved_at, 100000);
    ck_assert_int_eq(r.behind_since, 100000);
    facts.moves = 6;
    tell(h, &facts, 120000);
    ck_assert_int_eq(health_read(&at_path, &r, &why), FAULT_NONE);
    ck_assert_int_eq(r.moved_at, 120000);
    ck_assert_int_eq(r.behind_since, 100000);
    facts.ready = 4;
    facts.shown = false; /* not yet in the totals */
    tell(h, &facts, 130000);
    ck_assert_int_eq(health_read(&at_path, &r, &why), FAULT_NONE);
    ck_assert_int_eq(r.behind_since, 100000);
    health_touch(h, 134000, 0, 134999); /* a turn like any other */
    ck_assert_int_eq(health_read(&at_path, &r, &why), FAULT_NONE);
    ck_assert_int_eq(r.moved_at, 120000);
    health_touch(h, 134000, 0, 136000); /* a long one, in which nobody answers */
    ck_assert_int_eq(health_read(&at_path, &r, &why), FAULT_NONE);
    ck_assert_int_eq(r.moved_at, 120000);
    health_touch(h, 136900, 136000, 137000); /* and one that works: a long load */
    ck_assert_int_eq(health_read(&at_path, &r, &why), FAULT_NONE);
    ck_assert_int_eq(r.moved_at, 137000);
    ck_assert_int_eq(r.facts.kafka_at, 136000);
    facts.shown = true;
    tell(h, &facts, 140000);
    ck_assert_int_eq(health_read(&at_path, &r, &why), FAULT_NONE);
    ck_assert_int_eq(r.behind_since, 0);
    ck_assert_int_eq(r.moved_at, 140000);
    health_close(h);
}
END_TEST

/* Two commands, and what comes of them. */
static const struct redis_row {
    enum fault fault;
    enum answer_kind answers[2];
    bool answered;
} from_redis[] = {
    { FAULT_NONE, { ANSWER_TEXT, ANSWER_ERROR }, true },
    { FAULT_STORE_AWAY, { ANSWER_AWAY, ANSWER_NIL }, true },
    { FAULT_STORE_AWAY, { ANSWER_NIL, ANSWER_AWAY }, true },
    { FAULT_STORE_AWAY, { ANSWER_AWAY, ANSWER_AWAY }, false },
    { FAULT_NO_MEMORY, { ANSWER_NIL, ANSWER_NIL }, false },
};

static enum fault
answer_as_the_row_says(void *self, const struct command *commands, size_t count,
                       struct answer *answers, struct why *why)
{
    const struct redis_row *row = self;

    (void)commands;
    for (size_t i = 0; i < count; i++)
        answers[i] = (struct answer){ .kind = row->answers[i] };
    return row->fault == FAULT_NONE ? FAULT_NONE : why_set(why, row->fault, "no");
}

START_TEST(an_answer_of_redis_is_noticed_and_silence_is_not)
{
    struct redis_row row = from_redis[_i];
    const struct store_way redis = { &row, answer_as_the_row_says };
    const struct command commands[2] = { { .count = 0 }, { .count = 0 } };
    struct answer answers[2];
    struct watch watch = { .health = NULL };
    struct store_way way = watch_store(&watch, redis);
    struct why why;

    ck_assert(way.self == &row && way.run == answer_as_the_row_says); /* nobody looks */
    ck_assert_int_eq(watch_open(&watch, &at_path, NULL, NULL, &why), FAULT_NONE);
    way = watch_store(&watch, redis);
    ck_assert_int_eq(way.run(way.self, commands, 2, answers, &why), row.fault);
    ck_assert_int_eq(answers[1].kind, row.answers[1]);
    ck_assert_int_eq(watch.redis_at > 0, row.answered);
    watch_close(&watch);
}
END_TEST

/* The start waits for Kafka: since when, and for what, is told from the first turn on. */
START_TEST(what_the_start_waits_for_is_told_until_it_is_over)
{
    struct watch watch = { .health = NULL };
    struct health_record r;
    struct why why;

    ck_assert_int_eq(watch_open(&watch, &at_path, NULL, NULL, &why), FAULT_NONE);
    (void)why_set(&why, FAULT_KAFKA_AWAY, "no broker");
    watch_turn(&watch, NULL, FAULT_KAFKA_AWAY, &why);
    ck_assert_int_eq(health_read(&at_path, &r, &why), FAULT_NONE);
    ck_assert_int_gt(r.facts.stuck_since, 0);
    ck_assert_str_eq(r.facts.waits_for, "no broker");
    watch_turn(&watch, NULL, FAULT_NONE, &why);
    ck_assert_int_eq(watch.stuck_since, 0);
    watch_close(&watch);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("health");
    TCase *cases = tcase_create("health");

    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, what_is_told_is_read);
    tcase_add_loop_test(cases, an_answer_of_redis_is_noticed_and_silence_is_not, 0,
                        sizeof from_redis / sizeof *from_redis);
    tcase_add_test(cases, what_the_start_waits_for_is_told_until_it_is_over);
    tcase_add_test(cases, it_is_written_twice_a_second_at_most);
    tcase_add_test(cases, a_torn_record_is_not_believed);
    tcase_add_test(cases, the_dead_are_not_believed);
    tcase_add_test(cases, a_file_that_was_removed_is_made_again);
    tcase_add_loop_test(cases, what_others_may_have_laid_there_is_not_touched, 0, 4);
    tcase_add_test(cases, what_others_could_write_is_not_believed);
    tcase_add_test(cases, a_folder_that_others_own_or_write_to_is_not_used);
    tcase_add_test(cases, groups_have_files_of_their_own);
    tcase_add_loop_test(cases, what_stands_still_is_a_fault_and_what_moves_is_not, 0,
                        sizeof judged / sizeof *judged);
    tcase_add_test(cases, movement_is_a_change_of_the_number);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
