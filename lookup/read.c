/* One MULTI/EXEC for all that is read of a scope, so that it is of one moment.
 *
 * Without it the totals of one push and the asof of the next might be read, and
 * a partial answer be taken for a complete one.  The first command in it is
 * always that of asof. */
#include "lookup/read.h"

#include "store/errors.h"

enum { NOT_READ = 2 }; /* MULTI and EXEC */

void
reading_begin(struct reading *r, const struct lookup *lookup, int scope)
{
    char key[KEY_BYTES];

    (void)key_scope(lookup->prefix, scope, "asof", key);
    *r = (struct reading){ .lookup = lookup };
    r->slot = calls_keep(&r->calls, text_of(key));
    reading_add(r, (const char *const[]){ "MULTI" }, 1);
    reading_add(r, (const char *const[]){ "HGETALL", key }, 2);
}

void
reading_end(struct reading *r)
{
    calls_release(&r->calls);
}

void
reading_add(struct reading *r, const char *const *args, size_t count)
{
    calls_begin(&r->calls, NULL, r->slot);
    for (size_t i = 0; i < count; i++)
        calls_copy(&r->calls, text_of(args[i]));
}

enum fault
reading_run(struct reading *r, struct asof *asof, const struct answer **answers, struct why *why)
{
    const struct answer *exec;
    enum fault fault;

    reading_add(r, (const char *const[]){ "EXEC" }, 1);
    /* An error in the queue (no permission, say) is told before EXEC's own. */
    fault = calls_run(&r->calls, &r->lookup->way, why);
    if (fault != FAULT_NONE)
        return fault;
    exec = &r->calls.answers[r->calls.count - 1];
    if (exec->kind != ANSWER_LIST || exec->count != r->calls.count - NOT_READ)
        return why_set(why, FAULT_STORE_REFUSED, "Redis: EXEC did not answer every command");
    /* A command may also fail when it is carried out: then its item is the
     * error. */
    for (size_t i = 0; i < exec->count; i++)
        if (exec->items[i].kind == ANSWER_ERROR)
            return error_say(exec->items[i].text, FAULT_STORE_REFUSED, why);
    *asof = asof_read(&exec->items[0], r->lookup->now_ms());
    *answers = exec->items + 1;
    return FAULT_NONE;
}
