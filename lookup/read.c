/* One MULTI/EXEC for all that is read of a scope, so that it is of one moment.
 *
 * Without it the totals of one push and the asof of the next might be read, and a partial answer be
 * taken for a complete one.  The first command in it is always that of asof.  The transactions of
 * all scopes go out together: a question costs one round trip, however many scopes it is about.
 *
 * Each transaction is judged by itself.  Several questions may share a reading, and even a
 * transaction: a key of another type, or a master that is away, is the trouble of those alone that
 * asked there.  Only what Redis does not take into a transaction at all, such as a key that the
 * user may not read, fails all that is in it. */
#include "lookup/read.h"

#include "base/grow.h"
#include "store/errors.h"

enum {
    BEFORE_ADDED = 2, /* MULTI, and the command of asof */
    JOINED_MOST = 256 /* commands of a transaction that more are put to: Redis does nothing else */
};

void
reading_begin(struct reading *r, const struct lookup *lookup)
{
    *r = (struct reading){ .lookup = lookup };
}

void
reading_end(struct reading *r)
{
    calls_release(&r->calls);
    free(r->visits);
    *r = (struct reading){ 0 };
}

void
reading_reset(struct reading *r)
{
    calls_reset(&r->calls);
    r->count = 0;
    r->failed = false;
}

static void
leave(struct reading *r)
{
    if (r->count == 0)
        return;
    r->visits[r->count - 1].exec = r->calls.count;
    reading_add(r, (const char *const[]){ "EXEC" }, 1);
}

size_t
reading_visit(struct reading *r, int scope)
{
    char key[KEY_BYTES];

    leave(r);
    struct visit *larger = grow(r->visits, &r->room, r->count + 1, sizeof *larger);
    r->failed = r->failed || larger == NULL;
    if (larger == NULL)
        return 0;
    r->visits = larger;
    larger[r->count] = (struct visit){ .scope = scope, .first = r->calls.count };
    (void)key_scope(r->lookup->prefix, scope, "asof", key);
    r->slot = calls_keep(&r->calls, text_of(key));
    reading_add(r, (const char *const[]){ "MULTI" }, 1);
    reading_add(r, (const char *const[]){ "HGETALL", key }, 2);
    return r->count++;
}

size_t
reading_added(const struct reading *r)
{
    return r->count == 0 ? 0 : r->calls.count - r->visits[r->count - 1].first - BEFORE_ADDED;
}

size_t
reading_join(struct reading *r, int scope)
{
    if (r->count > 0 && r->visits[r->count - 1].scope == scope && reading_added(r) < JOINED_MOST)
        return r->count - 1;
    return reading_visit(r, scope);
}

void
reading_add(struct reading *r, const char *const *args, size_t count)
{
    calls_begin(&r->calls, NULL, r->slot);
    for (size_t i = 0; i < count; i++)
        calls_copy(&r->calls, text_of(args[i]));
}

void
reading_add_pair(struct reading *r, int scope, int partner, int window)
{
    char key[KEY_BYTES];

    (void)key_pair(r->lookup->prefix, scope, partner, window, false, &r->lookup->windows, key);
    reading_add(r, (const char *const[]){ "HGETALL", key }, 2);
}

/* ---- answers ----------------------------------------------------------------------------- */

/* What Redis said instead: of a command that it did not take into the queue (no permission, say),
 * or of one that failed when it was carried out; NULL: nothing. */
static const struct answer *
error_of(const struct reading *r, const struct visit *visit, size_t first, size_t count)
{
    const struct answer *exec = &r->calls.answers[visit->exec];

    for (size_t i = visit->first; i <= visit->exec; i++)
        if (r->calls.answers[i].kind == ANSWER_ERROR)
            return &r->calls.answers[i];
    if (exec->kind != ANSWER_LIST || exec->count == 0)
        return NULL;
    if (exec->items[0].kind == ANSWER_ERROR) /* asof */
        return &exec->items[0];
    for (size_t i = first + 1; i <= first + count && i < exec->count; i++)
        if (exec->items[i].kind == ANSWER_ERROR)
            return &exec->items[i];
    return NULL;
}

static bool
is_away(const struct reading *r, const struct visit *visit)
{
    for (size_t i = visit->first; i <= visit->exec; i++)
        if (r->calls.answers[i].kind == ANSWER_AWAY)
            return true;
    return false;
}

/* What the run itself has said. */
static enum fault
say_away(const struct reading *r, enum fault fault, struct why *why)
{
    if (why != NULL)
        *why = r->away;
    return fault;
}

/* Is there an answer to every command of the transaction, and is none of these an error?  If not,
 * why. */
static enum fault
judge(const struct reading *r, const struct visit *visit, size_t first, size_t count,
      struct why *why)
{
    const struct answer *exec = &r->calls.answers[visit->exec];
    const struct answer *error = error_of(r, visit, first, count);

    if (error != NULL)
        return error_say(error->text,
                         error_reaction(error->text) == REACTION_WAIT ? FAULT_STORE_AWAY
                                                                      : FAULT_STORE_REFUSED,
                         why);
    if (is_away(r, visit))
        return say_away(r, FAULT_STORE_AWAY, why);
    if (exec->kind != ANSWER_LIST || exec->count != visit->exec - visit->first - 1)
        return why_set(why, FAULT_STORE_REFUSED, "Redis: EXEC did not answer every command");
    return FAULT_NONE;
}

/* The answers of one transaction. */
static void
take(struct reading *r, struct visit *visit, int64_t now_ms)
{
    const struct answer *exec = &r->calls.answers[visit->exec];
    struct why ignored;

    visit->fault = judge(r, visit, 0, 0, &ignored);
    if (visit->fault != FAULT_NONE)
        return;
    visit->asof = asof_read(&exec->items[0], now_ms);
    visit->answers = exec->items + 1;
    visit->count = exec->count - 1;
}

enum fault
reading_run_each(struct reading *r, struct why *why)
{
    leave(r);
    if (r->failed)
        return why_set(why, FAULT_NO_MEMORY, "no memory for what is to be read");
    enum fault fault = calls_run(&r->calls, &r->lookup->way, &r->away);
    if (fault != FAULT_NONE && fault != FAULT_STORE_AWAY && fault != FAULT_STORE_REFUSED)
        return say_away(r, fault, why);
    int64_t now_ms = r->lookup->now_ms();
    for (size_t i = 0; i < r->count; i++)
        take(r, &r->visits[i], now_ms);
    return FAULT_NONE;
}

enum fault
reading_fault(const struct reading *r, size_t visit, size_t first, size_t count, struct why *why)
{
    return judge(r, &r->visits[visit], first, count, why);
}

enum fault
reading_run(struct reading *r, struct why *why)
{
    enum fault fault = reading_run_each(r, why);

    for (size_t i = 0; i < r->count && fault == FAULT_NONE; i++)
        fault = reading_fault(r, i, 0, r->visits[i].count, why);
    return fault;
}
