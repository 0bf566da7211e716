/* What a command prints of an answer: documents for programs (-J, --csv), its own words for people.
 */
#include "lookup/question.h"

#include <assert.h>
#include <stdlib.h>

enum fault
question_print(const struct question *q, const struct sheet *sheet, struct why *why)
{
    struct bytes b = { 0 };

    if (sheet->lookup->as_csv) {
        sheet_csv(sheet, false, &b);
    } else {
        question_json(q, sheet, "", &b);
        bytes_char(&b, '\n');
    }
    bool failed = b.failed;
    if (!failed)
        (void)fwrite(b.at, 1, b.length, sheet->lookup->out);
    free(b.at);
    return failed ? why_set(why, FAULT_NO_MEMORY, "no memory for the answer") : FAULT_NONE;
}

/* Its members have a bound, so they need no memory that there may not be. */
enum { ASOF_JSON_BYTES = 512 };

void
asof_json(const struct asof *asof, const struct lookup *lookup)
{
    char room[ASOF_JSON_BYTES];
    struct bytes b = { .at = room, .room = sizeof room };

    asof_put(asof, NULL, lookup, &b);
    assert(b.at == room && !b.failed);
    (void)fwrite(b.at, 1, b.length, lookup->out);
}

enum fault
question_run(struct question *q, const struct lookup *lookup, question_show *show,
             enum verdict *verdict, struct why *why)
{
    struct sheet sheet = { .lookup = lookup };

    enum fault fault = question_answer(q, lookup, &sheet, why);
    if (fault == FAULT_NONE)
        fault = is_for_programs(lookup) ? question_print(q, &sheet, why) : show(q, &sheet, why);
    if (fault == FAULT_NONE) {
        struct asof asof = sheet_asof(&sheet);
        *verdict = asof_verdict(&asof, lookup, why);
    }
    sheet_release(&sheet);
    question_end(q);
    return fault;
}
