/* explain.c - what tally makes of each line, in the words of the oracle.
 *
 *     explain FILE...      as  oracle.py --explain FILE...
 *
 * so that the two can be compared line for line (tests/unit/compare_explain.py).
 */
#include "ingest/lines.h"
#include "ingest/message.h"

static char canonical[CANONICAL_BYTES];

static void
explain_line(struct maker *maker, const char *name, const struct line *line)
{
    struct record r;
    struct why why = { 0 };
    char key_buffer[KEY_TEXT_BYTES];
    enum fault fault =
        line->state == LINE_TOO_LARGE ? TOO_LARGE : message_read(maker, line->text, &r, &why);
    printf("%s:%lld ", name, (long long)line->number);
    if (fault != FAULT_NONE) {
        printf("%s\n", fault_name(fault));
        return;
    }
    struct text key = record_key(&r, key_buffer);
    struct text stated = record_canonical(&r, canonical, sizeof canonical);
    printf("key=%.*s id=%.*s ", (int)key.length, key.at, (int)r.id.length, r.id.at);
    fwrite(stated.at, 1, stated.length, stdout);
    putchar('\n');
}

static enum fault
explain_file(struct maker *maker, const char *name, struct why *why)
{
    struct lines *lines = NULL;
    struct line line = { .state = LINE_WAIT };
    enum fault fault = lines_open(name, &lines, why);
    if (fault == FAULT_NONE)
        lines_one_by_one(lines);
    while (fault == FAULT_NONE && line.state != LINE_END) {
        fault = lines_next(lines, -1, &line, why);
        if (fault == FAULT_NONE && (line.state == LINE_READY || line.state == LINE_TOO_LARGE))
            explain_line(maker, name, &line);
    }
    lines_close(lines);
    return fault;
}

int
main(int argc, char *argv[])
{
    struct why why = { 0 };
    struct maker *maker = maker_new();
    enum fault fault = maker == NULL ? FAULT_NO_MEMORY : FAULT_NONE;
    for (int i = 1; i < argc && fault == FAULT_NONE; i++)
        fault = explain_file(maker, argv[i], &why);
    maker_free(maker);
    if (fault != FAULT_NONE)
        fprintf(stderr, "%s: %s\n", fault_name(fault), why.text);
    return fault != FAULT_NONE;
}
