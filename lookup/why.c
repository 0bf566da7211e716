/* tally-lookup why PROVINCE PARTNER [WINDOW|MONTH] [MEASURE]
 */
#include "lookup/account_find.h"
#include "lookup/trust.h"

static enum fault
find_out(struct account *a, struct shown *shown, struct why *why)
{
    enum fault fault;
    int round = 0;

    do
        fault = account_find(a, shown, why);
    while (account_again(a, fault, ++round));
    a->tags = shown->tags;
    a->tag_count = shown->tag_count;
    return fault;
}

static enum verdict
verdict_of(const struct account *a, const struct asof *asof, struct why *why)
{
    enum verdict verdict = asof_verdict(asof, a->lookup, why);

    if (account_is_equal(a))
        return verdict;
    if (verdict == VERDICT_DONE && !a->is_moving)
        return VERDICT_FAILED; /* a difference, which verify would find as well */
    if (verdict == VERDICT_DONE)
        (void)why_write(why, "",
                        "the totals moved on whenever their journals were read: try again");
    return VERDICT_PARTIAL;
}

/* With `measure` alone the others are doubts about it: they are not shown, and the sums of
 * others are not known. */
static enum fault
answer(struct account *a, struct shown *shown, enum verdict *verdict, struct why *why)
{
    struct account_log log = { .is_asked = a->lookup->brokers != NULL };
    enum fault fault = FAULT_NONE;

    if (log.is_asked)
        fault = account_ask_kafka(a, &log, why);
    if (fault == FAULT_NONE && log.is_asked && log.fault == FAULT_NONE && a->question.wants_all)
        fault = account_scan_kafka(a, &log, why);
    if (fault != FAULT_NONE)
        return fault;
    if (a->lookup->as_json)
        account_json(a, &shown->asof, &log);
    else
        fault = account_show(a, &shown->asof, &log, why);
    if (fault == FAULT_NONE)
        *verdict = verdict_of(a, &shown->asof, why);
    return fault;
}

enum fault
lookup_why(const struct lookup *lookup, const char *const *operands, int count,
           enum verdict *verdict, struct why *why)
{
    struct account a = { .lookup = lookup };
    struct shown shown = { 0 };
    enum fault fault = account_read_question(lookup, operands, count, &a.question, why);

    if (fault != FAULT_NONE)
        return fault;
    fault = find_out(&a, &shown, why);
    if (fault == FAULT_NONE)
        fault = answer(&a, &shown, verdict, why);
    account_clear(&a);
    shown_release(&shown);
    return fault;
}
