/* The rounds of a verify: read the views of all scopes, then the journals that
 * their tags name, then judge.
 *
 *  round 1..4   scan -> views of pending scopes -> their journals -> judge what can be
 *  round 5      the same; what can't be judged, and stands still, is a difference
 *
 * A journal that was compacted in between has forgotten a version; then the
 * scopes that name it are read again. */
#include "verify/inside.h"

enum { ROUNDS = 5 };

void
verify_tell(struct verify *v, const struct problem *p)
{
    v->task->tell(v->task->self, p);
    v->result.problems++;
}

/* In the last round: judge what can't be judged only if it has not moved on
 * since it was read. */
static enum fault
judge_if_still(struct verify *v, int scope, struct why *why)
{
    bool still = v->views[scope].is_steady;
    enum fault fault = still ? verify_is_still(v, scope, &still, why) : FAULT_NONE;

    if (fault != FAULT_NONE)
        return fault;
    v->result.moving += !still;
    return still ? verify_judge(v, scope, why) : FAULT_NONE;
}

/* One round: read what is pending, judge what can be judged; in the last round
 * also what is a difference because it can't. */
static enum fault
verify_round(struct verify *v, bool pending[SCOPE_COUNT], bool is_last, struct why *why)
{
    enum fault fault = verify_scan(v, why);

    for (int s = 0; s < SCOPE_COUNT && fault == FAULT_NONE; s++)
        if (pending[s])
            fault = verify_read(v, s, why);
    if (fault == FAULT_NONE)
        fault = verify_journals(v, pending, why);
    if (v->result.partitions < v->share_count)
        v->result.partitions = v->share_count;
    for (int s = 0; s < SCOPE_COUNT && fault == FAULT_NONE; s++) {
        bool is_judgeable = verify_is_judgeable(v, s);
        if (!pending[s] || (!is_last && !is_judgeable))
            continue;
        fault = is_judgeable ? verify_judge(v, s, why) : judge_if_still(v, s, why);
        /* Once a scope, in the round in which it is judged. */
        v->task->looked(v->task->self, s, &v->views[s].asof);
        view_release(&v->views[s]);
        pending[s] = false;
    }
    return fault;
}

/* Rounds until nothing is pending.  In the last one nothing stays so. */
static enum fault
verify_all(struct verify *v, struct why *why)
{
    bool pending[SCOPE_COUNT];
    enum fault fault = FAULT_NONE;
    bool is_done = false;

    memset(pending, true, sizeof pending);
    for (int round = 1; round <= ROUNDS && !is_done && fault == FAULT_NONE; round++) {
        /* Each round reads the journals anew: they have grown since. */
        verify_forget_journals(v);
        fault = verify_round(v, pending, round == ROUNDS, why);
        is_done = memchr(pending, true, sizeof pending) == NULL;
    }
    return fault;
}

enum fault
verify_run(const struct verify_task *task, struct verify_result *result, struct why *why)
{
    struct verify *v = calloc(1, sizeof *v);
    enum fault fault = FAULT_NO_MEMORY;

    if (v != NULL)
        v->dims = dim_table_new();
    if (v == NULL || v->dims == NULL) {
        free(v);
        return why_set(why, fault, "no memory to verify with");
    }
    v->task = task;
    fault = verify_all(v, why);
    *result = v->result;
    verify_forget_journals(v);
    for (int s = 0; s < SCOPE_COUNT; s++) {
        view_release(&v->views[s]);
        found_free(v->scanned[s]);
    }
    dim_table_free(v->dims);
    free(v);
    return fault;
}
