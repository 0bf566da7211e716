/* Filling in a question: what several commands, and the server, ask alike. */
#include "lookup/question.h"

void
question_all_windows(struct question *q, const struct lookup *lookup)
{
    q->window_count = 0;
    for (int i = 0; i < lookup->windows.count; i++)
        q->windows[q->window_count++] = i;
    for (int year = YEAR_FIRST; year <= YEAR_LAST; year++)
        q->windows[q->window_count++] = WINDOW_YEAR + year;
    q->windows[q->window_count++] = WINDOW_ALL;
}

enum fault
question_rank(struct question *q, struct why *why)
{
    char name[MEASURE_TEXT];

    /* Only money and agreements are ranked (docs/design.md). */
    if (!measure_is_ranked(q->measure)) {
        (void)measure_write(q->measure, name);
        return why_set(why, FAULT_OPTION, "%s is not ranked: money is (export.CNY), and agreements",
                       name);
    }
    /* A group holds others and is in no ranking. */
    q->partner_count = 0;
    for (int partner = 0; partner < PARTNER_COUNTRIES; partner++)
        q->partners[q->partner_count++] = partner;
    q->partners[q->partner_count++] = PARTNER_ALL;
    return FAULT_NONE;
}

enum fault
question_read_pair(struct question *q, const struct lookup *lookup, const char *const *operands,
                   int count, struct why *why)
{
    enum fault fault = name_scope(operands[0], &q->scopes[0], why);

    q->scope_count = q->partner_count = 1;
    if (fault == FAULT_NONE)
        fault = name_partner(operands[1], &q->partners[0], why);
    if (fault != FAULT_NONE)
        return fault;
    if (count < 3) {
        question_all_windows(q, lookup);
        return FAULT_NONE;
    }
    q->window_count = 1;
    return name_window(operands[2], &lookup->windows, &q->windows[0], why);
}
