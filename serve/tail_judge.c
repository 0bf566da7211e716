/* Who comes back says up to where he has heard; Redis is asked whether that entry is there.
 *
 * Where it lies before the floor the entries between are read as well, once for all who come back
 * together, and the floor moves there. */
#include "serve/tail_inside.h"

enum {
    PAGE = 1000,
    PAGES_MOST = 100,
    UNTRIMMED_MOST = 9000, /* a stream that has more may have had others before them */
};

static bool
is_same(const struct position *a, const struct position *b)
{
    return position_compare(a, b) == 0 && a->check == b->check;
}

/* What Redis is to be asked.  Who has heard of nothing has missed nothing only if all that there
 * ever was is there; the length says so before anything is read. */
enum ask { ASK_NOTHING, ASK_LENGTH, ASK_ENTRY };
static enum ask
what_to_ask(const struct tail_scope *of, const struct claim *claim)
{
    if (is_same(&of->at, &claim->position))
        return ASK_NOTHING;
    if (!position_is_none(&claim->position))
        return ASK_ENTRY;
    return of->is_long || position_is_none(&of->floor) ? ASK_NOTHING : ASK_LENGTH;
}

static enum claim_verdict
judge_length(struct tail_scope *of, const struct answer *answer)
{
    of->is_long = answer->kind == ANSWER_INTEGER && answer->integer >= UNTRIMMED_MOST;
    return of->is_long ? CLAIM_TRIMMED : CLAIM_GOOD;
}

static const struct claim *
find_same(const struct claim *claims, size_t count, const struct claim *wanted)
{
    for (size_t i = 0; i < count; i++)
        if (claims[i].scope == wanted->scope && is_same(&claims[i].position, &wanted->position))
            return &claims[i];
    return NULL;
}

/* Is each one's entry there?  *missing: scopes in which one is not. */
static enum fault
find_entries(struct tail *tail, struct claim *claims, size_t count, uint64_t *missing,
             struct why *why)
{
    enum ask asks[CLAIMS_MOST];
    size_t at = 0;
    calls_reset(&tail->calls);
    for (size_t i = 0; i < count; i++) {
        asks[i] = what_to_ask(&tail->of[claims[i].scope], &claims[i]);
        if (asks[i] == ASK_NOTHING || find_same(claims, i, &claims[i]) != NULL)
            continue;
        if (asks[i] == ASK_LENGTH)
            tail_ask_length(tail, claims[i].scope);
        else
            tail_ask(tail, claims[i].scope, &claims[i].position, false, 1);
    }
    enum fault fault = tail_run(tail, why);
    if (!tail_goes_on(fault))
        return fault;
    for (size_t i = 0; i < count; i++) {
        const struct claim *same = find_same(claims, i, &claims[i]);
        struct tail_scope *of = &tail->of[claims[i].scope];
        bool is_new = position_is_none(&claims[i].position) && !position_is_none(&of->floor);
        claims[i].verdict = is_new && of->is_long ? CLAIM_TRIMMED : CLAIM_GOOD;
        if (asks[i] == ASK_NOTHING)
            continue;
        if (same != NULL) {
            claims[i].verdict = same->verdict;
            continue;
        }
        const struct answer *page = &tail->calls.answers[at++];
        if (!tail_is_given(page))
            claims[i].verdict = CLAIM_AWAY;
        else if (asks[i] == ASK_LENGTH)
            claims[i].verdict = judge_length(of, page);
        else if (!tail_is_there(page, &claims[i].position))
            claims[i].verdict = CLAIM_UNKNOWN;
        if (claims[i].verdict == CLAIM_UNKNOWN)
            *missing |= UINT64_C(1) << claims[i].scope;
    }
    return fault;
}

/* Those that are older than all that is there were trimmed. */
static enum fault
find_reasons(struct tail *tail, struct claim *claims, size_t count, uint64_t missing,
             struct why *why)
{
    const struct answer *oldest[SCOPE_COUNT] = { NULL };
    size_t at = 0;
    calls_reset(&tail->calls);
    for (uint64_t left = missing; left != 0; left &= left - 1)
        tail_ask(tail, __builtin_ctzll(left), NULL, false, 1);
    enum fault fault = tail_run(tail, why);
    if (!tail_goes_on(fault))
        return fault; /* else those without an answer stay unknown */
    for (uint64_t left = missing; left != 0; left &= left - 1)
        oldest[__builtin_ctzll(left)] = &tail->calls.answers[at++];
    for (size_t i = 0; i < count; i++)
        if (claims[i].verdict == CLAIM_UNKNOWN && oldest[claims[i].scope] != NULL &&
            tail_is_trimmed(oldest[claims[i].scope], &claims[i].position))
            claims[i].verdict = CLAIM_TRIMMED;
    return FAULT_NONE;
}

/* Read from there to the floor, which is then there.  *verdict is other than CLAIM_GOOD where not
 * all of it was there. */
static enum fault
lower_floor(struct tail *tail, int scope, struct position from, enum claim_verdict *verdict,
            struct why *why)
{
    struct tail_scope *of = &tail->of[scope];
    struct position at = from, seen;
    struct text names;
    size_t count = 0;
    for (int page = 0; page < PAGES_MOST && position_compare(&at, &of->floor) < 0; page++) {
        calls_reset(&tail->calls);
        tail_ask(tail, scope, &at, false, PAGE);
        enum fault fault = tail_run(tail, why);
        if (fault != FAULT_NONE) {
            *verdict = CLAIM_AWAY;
            return fault;
        }
        const struct answer *answer = &tail->calls.answers[0];
        size_t first = position_is_none(&at) ? 0 : 1;
        bool is_there = first == 0 || tail_is_there(answer, &at);
        *verdict = is_there && answer->count > first ? CLAIM_GOOD : CLAIM_TRIMMED;
        for (size_t i = first; *verdict == CLAIM_GOOD && i < answer->count; i++) {
            if (!tail_entry(&answer->items[i], &seen, &names)) {
                *verdict = CLAIM_UNKNOWN;
                break;
            }
            at = seen;
            if (position_compare(&at, &of->floor) > 0)
                break;
            (void)tail_note(of, &at, names);
            count++;
        }
        if (*verdict != CLAIM_GOOD)
            return FAULT_NONE;
    }
    if (!position_is_none(&from)) {
        of->floor = from;
        return FAULT_NONE;
    }
    of->is_long = count >= UNTRIMMED_MOST; /* it has grown meanwhile */
    if (of->is_long)
        *verdict = CLAIM_TRIMMED;
    else
        of->floor = (struct position){ 0 }; /* whatever else a forged one says */
    return FAULT_NONE;
}

/* The good ones that lie before the floor. */
static enum fault
judge_old(struct tail *tail, struct claim *claims, size_t count, int scope, struct why *why)
{
    const struct claim *oldest = NULL;
    enum claim_verdict verdict = CLAIM_GOOD;
    struct position floor = tail->of[scope].floor;
    for (size_t i = 0; i < count; i++)
        if (claims[i].scope == scope && claims[i].verdict == CLAIM_GOOD &&
            position_compare(&claims[i].position, &floor) < 0 &&
            (oldest == NULL || position_compare(&claims[i].position, &oldest->position) < 0))
            oldest = &claims[i];
    if (oldest == NULL)
        return FAULT_NONE;
    enum fault fault = lower_floor(tail, scope, oldest->position, &verdict, why);
    for (size_t i = 0; i < count; i++)
        if (verdict != CLAIM_GOOD && claims[i].scope == scope && claims[i].verdict == CLAIM_GOOD &&
            position_compare(&claims[i].position, &floor) < 0)
            claims[i].verdict = verdict;
    return fault;
}

enum fault
tail_judge(struct tail *tail, struct claim *claims, size_t count, struct why *why)
{
    uint64_t missing = 0;
    enum fault fault = find_entries(tail, claims, count, &missing, why);
    if (!tail_goes_on(fault))
        return fault;
    if (missing != 0) {
        enum fault now = find_reasons(tail, claims, count, missing, why);
        fault = now == FAULT_NONE ? fault : now;
    }
    for (int scope = 0; scope < SCOPE_COUNT && tail_goes_on(fault); scope++) {
        enum fault now = judge_old(tail, claims, count, scope, why);
        fault = now == FAULT_NONE ? fault : now;
    }
    return fault;
}

struct partners
tail_since(const struct tail *tail, int scope, const struct position *position)
{
    const struct tail_scope *of = &tail->of[scope];
    struct partners since = { { 0 } };
    bool is_all = position->standing != of->at.standing;
    for (int i = 0; i <= PARTNER_ALL; i++)
        if (is_all || position_compare(&of->changed[i], position) > 0)
            partners_add(&since, i);
    return since;
}
