/* Are the masters still those that they were when the rebuild began?
 *
 * Half of a script may come back when a Redis starts for the second time
 * (docs/protocol.md, rule 21): then into the history of what was swapped in
 * meanwhile, where nothing would show it.  A start or a failover is seen by
 * run_id, which is new with every process. */
#include "aggregator/hash.h"
#include "aggregator/rebuild_inside.h"
#include "store/store.h"

/* *exists is false behind the last master: its number belongs to none, and the
 * answer is nil. */
static enum fault
add_master(struct rebuild *r, size_t master, bool *exists, uint64_t *sum, struct why *why)
{
    const struct answer *answer;
    enum fault fault;

    calls_reset(&r->wire.calls);
    calls_begin_on(&r->wire.calls, master);
    calls_arg(&r->wire.calls, TEXT_LITERAL("INFO"));
    calls_arg(&r->wire.calls, TEXT_LITERAL("server"));
    fault = rebuild_ask(r, why);
    if (fault != FAULT_NONE)
        return fault;
    answer = &r->wire.calls.answers[0];
    *exists = answer->kind == ANSWER_TEXT;
    if (*exists) /* a sum: masters have no order */
        *sum += message_hash(TEXT_LITERAL(""), store_info_line(answer->text, "run_id"));
    return FAULT_NONE;
}

/* The sum over all masters, whatever their order is. */
static enum fault
look(struct rebuild *r, uint64_t *sum, struct why *why)
{
    enum fault fault = FAULT_NONE;
    bool exists = true;

    *sum = 0;
    for (size_t master = 0; exists && fault == FAULT_NONE; master++) {
        fault = lease_renew(r, why);
        if (fault == FAULT_NONE)
            fault = add_master(r, master, &exists, sum, why);
    }
    return fault;
}

enum fault
servers_note(struct rebuild *r, struct why *why)
{
    return look(r, &r->servers, why);
}

enum fault
servers_are_same(struct rebuild *r, struct why *why)
{
    uint64_t now;
    enum fault fault = look(r, &now, why);

    if (fault == FAULT_NONE && now != r->servers)
        return why_set(why, FAULT_MOVING,
                       "a Redis was started again, or another one took over, since this rebuild "
                       "began: what it lost may come back. Nothing was swapped; run --rebuild "
                       "again");
    return fault;
}
