/* A map, NUL, and a file of others: CSV or JSON, as tally-ingest --map reads it.  The second byte
 * behind the NUL says in which pieces it comes. */
#include "ingest/message.h"
#include "ingest/rows.h"
#include "tests/fuzz/same_record.h"

enum { ROUNDS_MOST = 1 << 20 };

static void
check_line(struct maker *maker, const struct line *line)
{
    struct record r;
    struct why why = { 0 };
    enum fault fault;

    MUST(line->mapped != NULL && line->mapped->count == 0);
    MUST(line->text.length > 0 && line->text.length <= RECORD_BYTES && text_is_utf8(line->text));
    fault = message_read(maker, line->text, &r, &why);
    if (fault == FAULT_NONE)
        return;
    MUST(fault != BAD_JSON); /* what a map makes is JSON, with each name once */
    fuzz_check_refusal(fault, &why);
}

static void
check_refused(const struct mapped *mapped)
{
    struct origin origin;

    MUST(mapped != NULL && mapped->count > 0);
    for (int i = 0; i < mapped->count && i < MAP_FAULTS_MOST; i++) {
        fuzz_check_refusal(mapped->faults[i].fault, &mapped->faults[i].why);
        MUST(!mapped_origin(mapped, mapped->faults[i].why.field, &origin) ||
             origin.name.length > 0);
    }
}

/* Rows until more must come, or there are no more. */
static enum line_state
check_rows(struct maker *maker, struct rows *rows, int64_t *before)
{
    struct line line;

    for (int i = 0; i < ROUNDS_MOST; i++) {
        rows_next(rows, &line);
        MUST(line.state != LINE_STRANGE);
        if (line.state == LINE_WAIT || line.state == LINE_END)
            return line.state;
        MUST(line.number >= *before);
        *before = line.number;
        if (line.state == LINE_READY)
            check_line(maker, &line);
        else if (line.state == LINE_REFUSED)
            check_refused(line.mapped);
    }
    MUST(false); /* it ends */
    return LINE_END;
}

static void
check_file(struct maker *maker, const struct map *map, struct text data)
{
    struct rows *rows;
    int64_t before = 0;
    size_t piece = data.length > 0 ? (size_t)(uint8_t)data.at[0] * 4 + 1 : 1;

    MUST(rows_new(map, &rows, NULL) == FAULT_NONE);
    while (data.length > 0) {
        struct text some = { data.at, data.length < piece ? data.length : piece };
        size_t used;

        if (check_rows(maker, rows, &before) == LINE_END)
            break;
        used = rows_feed(rows, some);
        /* Half a character, or a line that decides what a file is, wants more at once. */
        piece = used == 0 ? piece * 2 : piece;
        if (used == 0 && some.length == data.length)
            break;
        data = (struct text){ data.at + used, data.length - used };
    }
    rows_end(rows, data);
    MUST(check_rows(maker, rows, &before) == LINE_END);
    rows_free(rows);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
    static struct maker *maker;
    const uint8_t *nul = size == 0 ? NULL : memchr(at, 0, size);
    struct map *map = NULL;
    struct why why = { 0 };
    enum fault fault;

    if (maker == NULL) {
        maker = maker_new();
        MUST(maker != NULL);
    }
    if (nul == NULL)
        return 0;
    fault = map_read("fuzz.map", (struct text){ (const char *)at, (size_t)(nul - at) }, NULL, &map,
                     &why);
    if (fault != FAULT_NONE) {
        MUST(fault == FAULT_OPTION && text_is_utf8(text_of(why.text)) && why.text[0] != '\0');
        return 0;
    }
    check_file(maker, map, (struct text){ (const char *)nul + 1, size - (size_t)(nul + 1 - at) });
    map_free(map);
    return 0;
}
