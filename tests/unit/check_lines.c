/* Lines of files and pipes: their ends, numbers and limits. */
#include "ingest/lines.h"

#include <check.h>
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

enum { LINES_MOST = 16, LARGE = RECORD_BYTES };

/* What was read, written down: "1:abc 3:TOO_LARGE ". */
struct told {
    char text[256];
    size_t length;
};

static void PRINTF_LIKE(2, 3) tell(struct told *told, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length =
        vsnprintf(told->text + told->length, sizeof told->text - told->length, format, arguments);
    va_end(arguments);
    ck_assert_int_ge(length, 0);
    told->length += (size_t)length;
    ck_assert_uint_lt(told->length, sizeof told->text);
}

static void
tell_line(struct told *told, const struct line *line)
{
    int length = (int)line->text.length;
    if (line->state == LINE_TOO_LARGE)
        tell(told, "%lld:TOO_LARGE ", (long long)line->number);
    else if (line->state == LINE_STRANGE)
        tell(told, "%lld:STRANGE ", (long long)line->number);
    else if (length > 32)
        tell(told, "%lld:%d bytes ", (long long)line->number, length);
    else
        tell(told, "%lld:%.*s ", (long long)line->number, length, line->text.at);
}

static void
read_all(const char *name, struct told *told)
{
    struct lines *lines;
    struct line line = { .state = LINE_WAIT };
    struct why why = { 0 };
    ck_assert_msg(lines_open(name, &lines, &why) == FAULT_NONE, "%s", why.text);
    for (int i = 0; i < LINES_MOST; i++) {
        ck_assert_int_eq(lines_next(lines, -1, &line, &why), FAULT_NONE);
        if (line.state == LINE_END)
            break;
        tell_line(told, &line);
    }
    ck_assert_int_eq(line.state, LINE_END);
    lines_close(lines);
}

static void
write_file(int fd, struct text head, size_t filling, struct text tail)
{
    static char filler[5 * LARGE];
    memset(filler, 'x', sizeof filler);
    ck_assert_uint_le(filling, sizeof filler);
    ck_assert_int_eq(write(fd, head.at, head.length), (ssize_t)head.length);
    ck_assert_int_eq(write(fd, filler, filling), (ssize_t)filling);
    ck_assert_int_eq(write(fd, tail.at, tail.length), (ssize_t)tail.length);
}

#define BYTES(s) { (s), sizeof(s) - 1 }
static const struct file_row {
    struct text head;
    size_t filling; /* so many x */
    struct text tail;
    const char *told;
} files[] = {
    { BYTES(""), 0, BYTES(""), "" },
    { BYTES("\n\n"), 0, BYTES(""), "" },
    { BYTES("a"), 0, BYTES(""), "1:a " },
    { BYTES("a\n"), 0, BYTES(""), "1:a " },
    { BYTES("a\nb"), 0, BYTES(""), "1:a 2:b " },
    { BYTES("\n \t\r\na\n\r\nb \n"), 0, BYTES(""), "3:a 5:b  " },
    { BYTES("a\rb\n"), 0, BYTES(""), "1:a\rb " },
    { BYTES("a\vb\fc\xC2\x85"
            "d\xE2\x80\xA8"
            "e\n"),
      0, BYTES(""),
      "1:a\vb\fc\xC2\x85"
      "d\xE2\x80\xA8"
      "e " },                                                      /* LF alone ends a line */
    { BYTES("\xC2\xA0\n\v\n"), 0, BYTES(""), "1:\xC2\xA0 2:\v " }, /* not blank */
    { BYTES(""), LARGE, BYTES("\nb"), "1:65536 bytes 2:b " },
    { BYTES(""), LARGE, BYTES(""), "1:65536 bytes " },
    { BYTES(""), LARGE + 1, BYTES(""), "1:TOO_LARGE " },
    { BYTES("a\n"), LARGE + 1, BYTES("\nb\n"), "1:a 2:TOO_LARGE 3:b " },
    { BYTES("a\n"), 4 * LARGE - 2, BYTES("\nb\n"), "1:a 2:TOO_LARGE 3:b " },
    { BYTES("a\n"), 4 * LARGE, BYTES("\nb\n"), "1:a 2:TOO_LARGE 3:b " },
    { BYTES("a\n"), 5 * LARGE, BYTES("\nb\n\nc"), "1:a 2:TOO_LARGE 3:b 5:c " },
    { BYTES("a\n"), 5 * LARGE, BYTES(""), "1:a 2:TOO_LARGE " },
    /* objects over several lines, several on one, an array of them */
    { BYTES("{\"a\":1}\n{\"b\":2}\n"), 0, BYTES(""), "1:{\"a\":1} 2:{\"b\":2} " },
    { BYTES("{\n\"a\":\n1}\n{\"b\":2}"), 0, BYTES(""), "1:{\n\"a\":\n1} 4:{\"b\":2} " },
    { BYTES("{\n\n \"a\":{\r\n}\n}\nx\n"), 0, BYTES(""), "1:{\n\n \"a\":{\r\n}\n} 6:x " },
    { BYTES("{\"a\":1}{\"b\":2}\n{}{}{}"), 0, BYTES(""),
      "1:{\"a\":1} 1:{\"b\":2} 2:{} 2:{} 2:{} " },
    { BYTES("{\"a\":\"}{\"}\n{}"), 0, BYTES(""), "1:{\"a\":\"}{\"} 2:{} " },
    { BYTES("{\"a\":\"\\\"}{\"}\n{}"), 0, BYTES(""), "1:{\"a\":\"\\\"}{\"} 2:{} " },
    { BYTES("{\"a\":1,\n{\"b\":2}\n"), 0, BYTES(""), "1:{\"a\":1, 2:{\"b\":2} " },   /* cut */
    { BYTES("{\"a\":\"x\n{\"b\":2}\n"), 0, BYTES(""), "1:{\"a\":\"x 2:{\"b\":2} " }, /* cut */
    { BYTES("{\"a\":1,\n\n\n{\"b\":2}\n"), 0, BYTES(""), "1:{\"a\":1, 4:{\"b\":2} " },
    { BYTES("{\"a\":1,"), 0, BYTES(""), "1:{\"a\":1, " },
    { BYTES("{\"a\":1} x\n{}"), 0, BYTES(""), "1:{\"a\":1} x 2:{} " },
    { BYTES("[{\"a\":1},\n{\"b\":2}\n]\n"), 0, BYTES(""), "1:{\"a\":1} 2:{\"b\":2} " },
    { BYTES("\n [\n{\n\"a\":[1,\n2]},{}\n]\n{\"c\":3}\n"), 0, BYTES(""),
      "3:{\n\"a\":[1,\n2]} 5:{} 7:{\"c\":3} " },
    { BYTES("[1, \"a,]\" , null]"), 0, BYTES(""), "1:1 1:\"a,]\"  1:null " },
    { BYTES("[]"), 0, BYTES(""), "" },
    { BYTES("{\"a\":1} {\"b\":2}\n"), 0, BYTES(""), "1:{\"a\":1} 1:{\"b\":2} " },
    { BYTES("{\"a\":{}\n}\n{}"), 0, BYTES(""), "1:{\"a\":{}\n} 3:{} " },
    { BYTES("{\"a\":{}\n,\"b\":{}}\n{}"), 0, BYTES(""), "1:{\"a\":{}\n,\"b\":{}} 3:{} " },
    { BYTES("{\"a\":\""), LARGE, BYTES("\"}{\"b\":2}{}"), "1:TOO_LARGE 1:{\"b\":2} 1:{} " },
    { BYTES("{\"a\":\""), 5 * LARGE, BYTES("\"}{\"b\":2}{}\n{}"),
      "1:TOO_LARGE 1:{\"b\":2} 1:{} 2:{} " },
    { BYTES("{\n\"a\":\""), 5 * LARGE, BYTES("\",\n\"b\":1}\n{}\n"), "1:TOO_LARGE 4:{} " },
    { BYTES("[{\"a\":\""), 5 * LARGE, BYTES("\",\"c\":[1,2]},{\"b\":2},\n{}]"),
      "1:TOO_LARGE 1:{\"b\":2} 2:{} " },
    { BYTES("Loaded 5, skipped 2\n{}\n"), 0, BYTES(""), "1:Loaded 5, skipped 2 2:{} " },
    { BYTES("[{\"a\":1}"), 0, BYTES(""), "1:{\"a\":1} 1:STRANGE " },
    { BYTES("[{},\n{\"a\":"), 0, BYTES(""), "1:{} 2:{\"a\": 2:STRANGE " },
    { BYTES("["), 0, BYTES(""), "1:STRANGE " },
    { BYTES("{}\n[{}]\n"), 0, BYTES(""), "1:{} 2:[{}] " }, /* an array in front alone */
    { BYTES("["), LARGE + 1, BYTES(",{},\n{}]"), "1:TOO_LARGE 1:{} 2:{} " },
    { BYTES("["), 5 * LARGE, BYTES(",{},\n{}]"), "1:TOO_LARGE 1:{} 2:{} " },
    { BYTES("\xEF\xBB\xBF{}\n\xEF\xBB\xBF{}"), 0, BYTES(""), "1:{} 2:\xEF\xBB\xBF{} " },
    { BYTES("\xEF\xBB\xBF[{}]"), 0, BYTES(""), "1:{} " },
    { BYTES("{}\0\n{}"), 0, BYTES(""), "1:{} 2:{} " }, /* told up to NUL */
    /* what is no JSON at all */
    { BYTES("\xFF\xFE{\0}\0\n\0"), 0, BYTES(""), "1:STRANGE " },
    { BYTES("type,province,partner\ntrade,CN-LN,RU\n"), 0, BYTES(""), "1:STRANGE " },
    { BYTES("\xEF\xBB\xBFtype;province\n"), 0, BYTES(""), "1:STRANGE " },
    { BYTES("PK\003\004"), LARGE, BYTES(""), "1:STRANGE " },
    { BYTES("hello\n{}\n"), 0, BYTES(""), "1:hello 2:{} " },
    { BYTES("1,2\n{}\n"), 0, BYTES(""), "1:1,2 2:{} " },
};

START_TEST(a_file_is_its_lines)
{
    char name[] = "/tmp/check_lines.XXXXXX";
    struct told told = { .length = 0 };
    int fd = mkstemp(name);
    ck_assert_int_ge(fd, 0);
    write_file(fd, files[_i].head, files[_i].filling, files[_i].tail);
    close(fd);
    read_all(name, &told);
    unlink(name);
    ck_assert_msg(strcmp(told.text, files[_i].told) == 0, "row %d: '%s'", _i, told.text);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_named)
{
    struct lines *lines;
    struct why why = { 0 };
    ck_assert_int_eq(lines_open("/nonexistent/x", &lines, &why), FAULT_FILE);
    ck_assert_str_eq(why.text, "/nonexistent/x: No such file or directory");
    ck_assert_int_eq(lines_open("/", &lines, &why), FAULT_NONE);
    struct line line;
    ck_assert_int_eq(lines_next(lines, 0, &line, &why), FAULT_FILE);
    ck_assert_str_eq(why.text, "/: Is a directory");
    lines_close(lines);
}
END_TEST

/* ---- a pipe ------------------------------------------------------------------------- */

static int
pipe_as_stdin(void)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_ge(dup2(ends[0], STDIN_FILENO), 0);
    close(ends[0]);
    return ends[1];
}

static void
give(int fd, const char *bytes)
{
    ck_assert_int_eq(write(fd, bytes, strlen(bytes)), (ssize_t)strlen(bytes));
}

START_TEST(a_pipe_without_data_is_waited_for_no_longer_than_said)
{
    int fd = pipe_as_stdin();
    struct lines *lines;
    struct line line;
    struct why why;
    ck_assert_int_eq(lines_open("-", &lines, &why), FAULT_NONE);
    ck_assert_int_eq(lines_next(lines, 0, &line, &why), FAULT_NONE);
    ck_assert_int_eq(line.state, LINE_WAIT);
    give(fd, "{");
    ck_assert_int_eq(lines_next(lines, 0, &line, &why), FAULT_NONE);
    ck_assert_int_eq(line.state, LINE_WAIT);
    give(fd, "}\nd");
    ck_assert_int_eq(lines_next(lines, 0, &line, &why), FAULT_NONE);
    ck_assert_int_eq(line.state, LINE_READY);
    ck_assert(text_equal(line.text, TEXT_LITERAL("{}")));
    close(fd);
    ck_assert_int_eq(lines_next(lines, 0, &line, &why), FAULT_NONE);
    ck_assert(text_equal(line.text, TEXT_LITERAL("d")));
    ck_assert_int_eq(lines_next(lines, 0, &line, &why), FAULT_NONE);
    ck_assert_int_eq(line.state, LINE_END);
    ck_assert(!lines_stop(lines));
    lines_close(lines);
}
END_TEST

/* Whatever has come and is whole is told at once. */
START_TEST(a_pipe_that_brings_single_bytes_is_the_same_file)
{
    int fd = pipe_as_stdin();
    const struct text *parts[] = { &files[_i].head, &files[_i].tail };
    struct told told = { .length = 0 };
    struct lines *lines;
    struct line line = { .state = LINE_WAIT };
    struct why why;
    if (files[_i].filling > 0) {
        close(fd);
        return;
    }
    ck_assert_int_eq(lines_open("-", &lines, &why), FAULT_NONE);
    for (size_t i = 0; i < parts[0]->length + parts[1]->length + 1; i++) {
        size_t in_tail = i < parts[0]->length ? 0 : i - parts[0]->length;
        if (i == parts[0]->length + parts[1]->length)
            close(fd);
        else if (line.state != LINE_END)
            ck_assert_int_eq(
                write(fd, i < parts[0]->length ? parts[0]->at + i : parts[1]->at + in_tail, 1), 1);
        do {
            ck_assert_int_eq(lines_next(lines, 0, &line, &why), FAULT_NONE);
            if (line.state != LINE_WAIT && line.state != LINE_END)
                tell_line(&told, &line);
        } while (line.state != LINE_WAIT && line.state != LINE_END);
    }
    lines_close(lines);
    ck_assert_msg(strcmp(told.text, files[_i].told) == 0, "row %d: '%s'", _i, told.text);
}
END_TEST

START_TEST(after_a_stop_only_complete_lines_come)
{
    int fd = pipe_as_stdin();
    struct lines *lines;
    struct line line;
    struct why why;
    give(fd, "a\nb\nc");
    ck_assert_int_eq(lines_open("-", &lines, &why), FAULT_NONE);
    ck_assert_int_eq(lines_next(lines, 0, &line, &why), FAULT_NONE);
    ck_assert(lines_stop(lines)); /* more would have come */
    give(fd, "\nd\n");
    ck_assert_int_eq(lines_next(lines, 0, &line, &why), FAULT_NONE);
    ck_assert(text_equal(line.text, TEXT_LITERAL("b")));
    ck_assert_int_eq(lines_next(lines, 0, &line, &why), FAULT_NONE);
    ck_assert_int_eq(line.state, LINE_END);
    ck_assert_int_eq(line.number, 2);
    lines_close(lines);
    close(fd);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("lines");
    TCase *cases = tcase_create("lines");
    tcase_add_loop_test(cases, a_file_is_its_lines, 0, sizeof files / sizeof *files);
    tcase_add_test(cases, a_file_that_is_not_there_is_named);
    tcase_add_test(cases, a_pipe_without_data_is_waited_for_no_longer_than_said);
    tcase_add_loop_test(cases, a_pipe_that_brings_single_bytes_is_the_same_file, 0,
                        sizeof files / sizeof *files);
    tcase_add_test(cases, after_a_stop_only_complete_lines_come);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
