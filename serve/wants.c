/* A table of documents by what they are of, for one round of the reader.
 *
 * They are read as questions of lookup/question.h, many in one pipeline.  One that can't be read
 * spoils no other; where it is a share alone that can't be, the total is given without it. */
#include "serve/wants.h"

void
wants_clear(struct wants *wants)
{
    for (size_t i = 0; i < wants->count; i++)
        free(wants->of[i].body.at);
    memset(wants->slots, 0, sizeof wants->slots);
    wants->count = 0;
}

static bool
is_it(const struct want *want, const struct watched *watched, int scope, int partner)
{
    return want->scope == scope && want->partner == partner && want->window == watched->window &&
           want->has_measure == watched->has_measure &&
           (!want->has_measure || want->measure == watched->measure);
}

/* Where it is, or would be. */
static uint16_t *
slot_of_want(struct wants *wants, const struct watched *watched, int scope, int partner)
{
    uint32_t hash = (uint32_t)(scope * (PARTNER_COUNT + 1) + partner);
    hash = (hash * 31 + (uint32_t)watched->window) * 31 +
           (watched->has_measure ? watched->measure : 0);
    hash *= UINT32_C(2654435761);
    for (uint32_t i = hash >> 16;; i++) {
        uint16_t *slot = &wants->slots[i % WANTS_SLOTS]; /* a quarter of them is used at most */
        if (*slot == 0 || is_it(&wants->of[*slot - 1], watched, scope, partner))
            return slot;
    }
}

struct want *
wants_find(struct wants *wants, const struct watched *watched, int scope, int partner)
{
    const uint16_t *slot = slot_of_want(wants, watched, scope, partner);
    return *slot == 0 ? NULL : &wants->of[*slot - 1];
}

bool
wants_add(struct wants *wants, const struct watched *watched, int scope, int partner,
          bool only_with_data)
{
    uint16_t *slot = slot_of_want(wants, watched, scope, partner);
    if (*slot == 0) {
        if (wants->count == WANTS_MOST)
            return false;
        wants->of[wants->count] = (struct want){ .scope = scope,
                                                 .partner = partner,
                                                 .window = watched->window,
                                                 .has_measure = watched->has_measure,
                                                 .measure = watched->measure,
                                                 .has_data = true };
        *slot = (uint16_t)++wants->count;
    }
    struct want *want = &wants->of[*slot - 1];
    want->asks_whether = want->asks_whether || only_with_data;
    want->is_sure = want->is_sure || !only_with_data;
    return true;
}

/* Which of those have data, in one pipeline. */
static enum fault
ask_whether(struct wants *wants, const struct lookup *lookup, struct calls *calls, uint64_t *away,
            struct why *why)
{
    size_t at = 0;
    calls_reset(calls);
    for (size_t i = 0; i < wants->count; i++) {
        const struct want *w = &wants->of[i];
        char key[KEY_BYTES];
        if (!w->asks_whether)
            continue;
        (void)key_pair(lookup->prefix, w->scope, w->partner,
                       w->window == WINDOW_EVERY ? WINDOW_ALL : w->window, false, &lookup->windows,
                       key);
        struct text kept = calls_keep(calls, text_of(key));
        calls_begin(calls, NULL, kept);
        calls_arg(calls, TEXT_LITERAL("EXISTS"));
        calls_arg(calls, kept);
    }
    if (calls->count == 0)
        return FAULT_NONE;
    enum fault fault = calls_run(calls, &lookup->way, why);
    if (fault != FAULT_NONE && fault != FAULT_STORE_AWAY)
        return fault;
    for (size_t i = 0; i < wants->count; i++) {
        struct want *w = &wants->of[i];
        if (!w->asks_whether)
            continue;
        const struct answer *answer = &calls->answers[at++];
        w->has_data = answer->kind == ANSWER_INTEGER && answer->integer > 0;
        w->is_away = answer->kind == ANSWER_AWAY;
        if (w->is_away)
            *away |= UINT64_C(1) << w->scope;
    }
    return FAULT_NONE;
}

/* ---- documents -------------------------------------------------------------------------- */

static void
make_question(const struct want *want, const struct lookup *lookup, struct question *q)
{
    *q = (struct question){ .kind = QUESTION_TOTALS,
                            .scopes = { want->scope },
                            .scope_count = 1,
                            .partners = { want->partner },
                            .partner_count = 1,
                            .windows = { want->window },
                            .window_count = 1,
                            .has_measure = want->has_measure,
                            .measure = want->measure };
    if (want->window != WINDOW_EVERY)
        return;
    q->window_count = 0;
    question_all_windows(q, lookup);
}

/* The document of /v1/totals/{province}/{partner}. */
static enum fault
make_body(struct want *want, struct question *q, const struct reading *reading, struct why *why)
{
    struct sheet sheet = { .lookup = reading->lookup };
    enum fault fault = question_take(q, reading, &sheet, why);
    if (fault == FAULT_NONE)
        question_json(q, &sheet, "", &want->body);
    sheet_release(&sheet);
    if (fault == FAULT_NONE && want->body.failed)
        fault = why_set(why, FAULT_NO_MEMORY, "no memory for totals");
    return fault;
}

/* It can't be given.  Where Redis has refused, or has what is no number, that is so of this pair
 * alone. */
static void
lose(struct want *want, enum fault fault, uint64_t *away)
{
    free(want->body.at);
    want->body = (struct bytes){ 0 };
    want->is_away = true;
    if (fault != FAULT_STORE_REFUSED)
        *away |= UINT64_C(1) << want->scope;
}

/* Some of them in one pipeline: each is judged by what it needs itself, as over HTTP.  *away:
 * scopes that can't be read; the fault is of the first that is lost. */
static enum fault
read_some(struct wants *wants, struct want *const *some, size_t count, const struct lookup *lookup,
          uint64_t *away, struct why *why)
{
    struct reading reading;
    enum fault fault = FAULT_NONE, first = FAULT_NONE;
    reading_begin(&reading, lookup);
    for (size_t i = 0; i < count; i++)
        make_question(some[i], lookup, &wants->questions[i]);
    for (size_t i = 0; i < count && fault == FAULT_NONE; i++)
        fault = question_ask(&wants->questions[i], &reading, why);
    if (fault == FAULT_NONE && count > 0)
        fault = reading_run_each(&reading, why);
    for (size_t i = 0; i < count; i++) {
        struct why ignored;
        enum fault now = fault;
        if (now == FAULT_NONE)
            now = make_body(some[i], &wants->questions[i], &reading,
                            first == FAULT_NONE ? why : &ignored);
        if (now != FAULT_NONE)
            lose(some[i], now, away);
        first = first == FAULT_NONE ? now : first;
        question_end(&wants->questions[i]);
    }
    reading_end(&reading);
    return first;
}

enum fault
wants_read(struct wants *wants, const struct lookup *lookup, struct calls *calls, uint64_t *away,
           struct why *why)
{
    struct want *some[WANTS_AT_ONCE];
    size_t count = 0, windows = 0;
    enum fault worst = ask_whether(wants, lookup, calls, away, why), fault;
    for (size_t i = 0; i < wants->count && worst != FAULT_NO_MEMORY; i++) {
        struct want *w = &wants->of[i];
        w->is_away = w->is_away || (*away >> w->scope & 1) != 0; /* one silence is long enough */
        if (!w->is_away && (w->has_data || w->is_sure)) {
            some[count++] = w;
            windows += w->window == WINDOW_EVERY ? ASKED_MOST : 1;
        }
        if (count < WANTS_AT_ONCE && windows < WANTS_WINDOWS_AT_ONCE && i + 1 < wants->count)
            continue;
        fault = read_some(wants, some, count, lookup, away, why);
        worst = worst == FAULT_NONE ? fault : worst;
        count = windows = 0;
    }
    return worst;
}
