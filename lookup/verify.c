/* tally-lookup verify
 *
 * Works every scope out again from the journals in Redis, also while the
 * service runs, and prints each difference: what differs although the scope's
 * tags were the same before and after.  Exit 1 when there is one, 3 when all
 * agrees but some scope is not complete or could not be compared. */
#include "lookup/verify.h"

#include "lookup/show.h"

#include <inttypes.h>

#define JSON_BEGIN "{\"differences\":["
enum { ROUNDS = 5 }; /* a journal compacted meanwhile makes another round */

static struct text
shown(struct text t)
{
    for (size_t i = 0; i < t.length; i++)
        if (t.at[i] < ' ' || t.at[i] == 0x7f)
            return TEXT_LITERAL("(unprintable)");
    return t;
}

static void
tell_json(const struct verify *v, const struct problem *p)
{
    const struct {
        const char *name;
        struct text value;
    } members[] = {
        { "key", p->key },
        { "field", p->field },
        { "expected", p->expected },
        { "found", p->found },
        { "problem", p->expected.at == NULL ? text_of(p->sentence) : (struct text){ NULL, 0 } },
    };
    bool first = true;

    fprintf(v->lookup->out, "%s{", v->problems == 0 ? JSON_BEGIN : ",");
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (members[i].value.at == NULL)
            continue;
        fprintf(v->lookup->out, "%s\"%s\":", first ? "" : ",", members[i].name);
        json_text(members[i].value, v->lookup->out);
        first = false;
    }
    fprintf(v->lookup->out, "}");
}

void
verify_tell(struct verify *v, const struct problem *p)
{
    struct text key = shown(p->key), field = shown(p->field);
    struct text expected = shown(p->expected), found = shown(p->found);

    if (v->lookup->as_json)
        tell_json(v, p);
    else if (p->expected.at == NULL)
        fprintf(v->lookup->out, "%.*s: %s\n", (int)key.length, key.at, p->sentence);
    else
        fprintf(v->lookup->out, "%.*s %.*s: expected %.*s, found %.*s\n", (int)key.length, key.at,
                (int)field.length, field.at, (int)expected.length, expected.at, (int)found.length,
                found.at);
    v->problems++;
}

static void
tell_end(const struct verify *v)
{
    FILE *out = v->lookup->out;

    if (v->lookup->as_json) {
        fprintf(out,
                "%s],\"scopes\":%d,\"incomplete\":%" PRId64 ",\"moving\":%" PRId64
                ",\"partitions\":%zu,\"fields\":%" PRId64 ",\"problems\":%" PRId64 "}\n",
                v->problems == 0 ? JSON_BEGIN : "", SCOPE_COUNT, v->incomplete, v->moving,
                v->partitions, v->fields, v->problems);
        return;
    }
    fprintf(out, "%d scopes, %zu partitions, %" PRId64 " fields: ", SCOPE_COUNT, v->partitions,
            v->fields);
    if (v->problems == 0)
        fprintf(out, "no difference\n");
    else
        fprintf(out, "%" PRId64 " difference%s\n", v->problems, v->problems == 1 ? "" : "s");
    if (v->incomplete > 0)
        fprintf(out, "PARTIAL: %" PRId64 " of %d scopes are not complete\n", v->incomplete,
                SCOPE_COUNT);
    if (v->moving > 0)
        fprintf(out, "PARTIAL: %" PRId64 " of %d scopes moved on too fast to be compared\n",
                v->moving, SCOPE_COUNT);
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
    v->moving += !still;
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
    v->partitions = v->share_count > v->partitions ? v->share_count : v->partitions;
    for (int s = 0; s < SCOPE_COUNT && fault == FAULT_NONE; s++) {
        bool is_judgeable = verify_is_judgeable(v, s);
        if (!pending[s] || (!is_last && !is_judgeable))
            continue;
        fault = is_judgeable ? verify_judge(v, s, why) : judge_if_still(v, s, why);
        v->incomplete += !v->views[s].is_complete;
        view_release(&v->views[s]);
        pending[s] = false;
    }
    return fault;
}

static enum fault
verify_all(struct verify *v, struct why *why)
{
    bool pending[SCOPE_COUNT];
    enum fault fault = FAULT_NONE;
    bool is_done = false;

    memset(pending, true, sizeof pending);
    for (int round = 1; round <= ROUNDS && !is_done && fault == FAULT_NONE; round++) {
        verify_forget_journals(v);
        fault = verify_round(v, pending, round == ROUNDS, why);
        is_done = memchr(pending, true, sizeof pending) == NULL;
    }
    return fault;
}

enum fault
lookup_verify(const struct lookup *lookup, const char *const *operands, int count,
              enum verdict *verdict, struct why *why)
{
    struct verify *v = calloc(1, sizeof *v);
    enum fault fault = FAULT_NO_MEMORY;

    (void)operands;
    (void)count;
    if (v != NULL)
        v->dims = dim_table_new();
    if (v == NULL || v->dims == NULL) {
        free(v);
        return why_set(why, fault, "no memory to verify with");
    }
    v->lookup = lookup;
    fault = verify_all(v, why);
    if (fault == FAULT_NONE) {
        tell_end(v);
        *verdict = v->problems > 0                      ? VERDICT_FAILED
                   : v->incomplete > 0 || v->moving > 0 ? VERDICT_PARTIAL
                                                        : VERDICT_DONE;
    }
    verify_forget_journals(v);
    for (int s = 0; s < SCOPE_COUNT; s++) {
        view_release(&v->views[s]);
        found_free(v->scanned[s]);
    }
    dim_table_free(v->dims);
    free(v);
    return fault;
}
