#include "aggregator/hash.h"
#include "aggregator/rebuild_inside.h"
#include "store/store.h"

/* Half of a script may come back when a Redis starts for the second time
 * (docs/protocol.md, rule 21): then into the history of what was swapped in
 * meanwhile, where nothing would show it. */

static enum fault
add_master(struct rebuild *r, size_t master, bool *exists, uint64_t *sum, struct why *why)
{
    const struct answer *answer;
    enum fault fault;

    calls_reset(&r->calls);
    calls_begin(&r->calls, NULL, (struct text){ NULL, 0 });
    if (!r->calls.failed)
        r->calls.commands[0].master = master;
    calls_arg(&r->calls, TEXT_LITERAL("INFO"));
    calls_arg(&r->calls, TEXT_LITERAL("server"));
    fault = rebuild_ask(r, why);
    if (fault != FAULT_NONE)
        return fault;
    answer = &r->calls.answers[0];
    *exists = answer->kind == ANSWER_TEXT;
    if (*exists) /* a sum: masters have no order */
        *sum += message_hash(TEXT_LITERAL(""), store_info_line(answer->text, "run_id"));
    return FAULT_NONE;
}

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
