/* Every field of every hash and ranking, as the service has it and as it was
 * counted again.
 *
 * Both are held meanwhile; where the service had shown all that it had counted,
 * each difference is one.  Names are those of either side; fields are sorted on both and walked
 * side by side, so what only one side has is found as well as what differs. */
#include "aggregator/rebuild_inside.h"

#include "base/grow.h"

enum { AT_ONCE = 128, TOLD_MOST = 20 };

struct pair {
    struct text field, value;
};
struct pairs {
    struct pair *at;
    size_t count, room;
};

static bool
is_ranking(const char *name)
{
    return strncmp(name, "top:", 4) == 0;
}

/* A whole key, by the command for its type. */
static void
ask_content(struct rebuild *r, const char *prefix, int scope, const char *name)
{
    struct text key = rebuild_scope_key(r, prefix, scope, name);

    ask_key(&r->wire.calls, is_ranking(name) ? "ZRANGE" : "HGETALL", key);
    if (is_ranking(name)) {
        calls_arg(&r->wire.calls, TEXT_LITERAL("0"));
        calls_arg(&r->wire.calls, TEXT_LITERAL("-1"));
        calls_arg(&r->wire.calls, TEXT_LITERAL("WITHSCORES"));
    }
}

static int
by_field(const void *a, const void *b)
{
    return text_compare(((const struct pair *)a)->field, ((const struct pair *)b)->field);
}

/* The fields of a hash, or the members of a ranking, sorted; false: no memory.
 * The texts are the answer's. */
static bool
take_pairs(const struct answer *answer, struct pairs *out)
{
    out->count = 0;
    for (size_t i = 0; answer->kind == ANSWER_LIST && i + 1 < answer->count; i += 2) {
        struct pair *at = grow(out->at, &out->room, out->count + 1, sizeof *at);

        if (at == NULL)
            return false;
        out->at = at;
        at[out->count++] = (struct pair){ answer_item(answer, i), answer_item(answer, i + 1) };
    }
    if (out->count > 1)
        qsort(out->at, out->count, sizeof *out->at, by_field);
    return true;
}

/* Count a difference, and print it if it is one of the first. */
static void
tell(struct rebuild *r, int scope, const char *name, struct text field, struct text there,
     struct text counted)
{
    static const struct text nothing = { "nothing", 7 };

    /* The first twenty are printed; all are counted. */
    if (r->differences++ >= TOLD_MOST || !r->tells)
        return;
    there = there.at == NULL ? nothing : there;
    counted = counted.at == NULL ? nothing : counted;
    rebuild_print(r, "%s{%s}:%s %.*s: found %.*s, counted %.*s", r->service.prefix,
                  scope_code(scope), name, text_shown(field), field.at == NULL ? "" : field.at,
                  text_shown(there), there.at, text_shown(counted), counted.at);
}

/* Both are sorted. */
static void
compare_pairs(struct rebuild *r, int scope, const char *name, const struct pairs *there,
              const struct pairs *counted)
{
    size_t i = 0, k = 0;

    while (i < there->count || k < counted->count) {
        struct pair a = i < there->count ? there->at[i] : (struct pair){ { NULL, 0 }, { NULL, 0 } };
        struct pair b =
            k < counted->count ? counted->at[k] : (struct pair){ { NULL, 0 }, { NULL, 0 } };
        /* A side that has come to its end has nothing left to offer. */
        int order = a.field.at == NULL   ? 1
                    : b.field.at == NULL ? -1
                                         : text_compare(a.field, b.field);

        r->fields++;
        if (order < 0)
            tell(r, scope, name, a.field, a.value, (struct text){ NULL, 0 });
        else if (order > 0)
            tell(r, scope, name, b.field, (struct text){ NULL, 0 }, b.value);
        else if (!text_equal(a.value, b.value))
            tell(r, scope, name, a.field, a.value, b.value);
        i += order <= 0;
        k += order >= 0;
    }
}

/* What can't be read as what it should be is a difference as a whole. */
static enum fault
compare_some(struct rebuild *r, int scope, char *const *names, size_t count, struct pairs pairs[2],
             struct why *why)
{
    enum fault fault;

    calls_reset(&r->wire.calls);
    for (size_t i = 0; i < count; i++) {
        ask_content(r, r->service.prefix, scope, names[i]);
        ask_content(r, r->shadow.prefix, scope, names[i]);
    }
    fault = rebuild_ask(r, why);
    /* Another type is answered with an error, and take_pairs() finds no field
     * in it. */
    if (fault == FAULT_STORE_REFUSED && r->wire.calls.answers[0].kind != ANSWER_AWAY)
        fault = FAULT_NONE; /* of another type: a hand in the data */
    for (size_t i = 0; i < count && fault == FAULT_NONE; i++) {
        if (!take_pairs(&r->wire.calls.answers[2 * i], &pairs[0]) ||
            !take_pairs(&r->wire.calls.answers[2 * i + 1], &pairs[1]))
            return why_set(why, FAULT_NO_MEMORY, "no memory to compare");
        compare_pairs(r, scope, names[i], &pairs[0], &pairs[1]);
    }
    return fault;
}

/* `complete` and `day` of every scope, as the service shows it. */
static void
ask_states(struct rebuild *r)
{
    calls_reset(&r->wire.calls);
    for (int s = 0; s < SCOPE_COUNT; s++) {
        ask_key(&r->wire.calls, "HMGET", scope_key(&r->wire, s, "asof"));
        calls_arg(&r->wire.calls, TEXT_LITERAL("complete"));
        calls_arg(&r->wire.calls, TEXT_LITERAL("day"));
    }
}

/* What is not complete, or of another day, or of other records, can't be
 * compared. */
static enum fault
find_behind(struct rebuild *r, bool behind[SCOPE_COUNT], struct why *why)
{
    bool other_records = r->other_law;
    char day[DAY_TEXT];
    enum fault fault;

    /* The count must be of the very records that the service has counted. */
    for (size_t i = 0; i < r->count; i++) {
        const struct partition *p = partition_of(&r->a->owned, r->origins[i].place);
        other_records = other_records || p == NULL || p->next != r->origins[i].next;
    }
    day_write(r->a->wire.day, day);
    ask_states(r);
    fault = rebuild_ask(r, why);
    for (int s = 0; s < SCOPE_COUNT && fault == FAULT_NONE; s++) {
        const struct answer *answer = &r->wire.calls.answers[s];

        behind[s] = other_records || !text_equal(answer_item(answer, 0), TEXT_LITERAL("1")) ||
                    !text_equal(answer_item(answer, 1), text_of(day));
        r->behind += behind[s];
    }
    return fault;
}

/* All keys of a scope, some at a time, since a hold has to be renewed meanwhile. */
static enum fault
compare_scope(struct rebuild *r, int scope, struct pairs pairs[2], struct why *why)
{
    const struct names *names = &r->either[scope];
    enum fault fault = FAULT_NONE;

    for (size_t i = 0; i < names->count && fault == FAULT_NONE; i += AT_ONCE) {
        size_t left = names->count - i;

        fault = lease_renew(r, why);
        if (fault == FAULT_NONE)
            fault =
                compare_some(r, scope, names->at + i, left < AT_ONCE ? left : AT_ONCE, pairs, why);
    }
    return fault;
}

/* Counts begin anew with each look. */
static enum fault
compare_scopes(struct rebuild *r, struct why *why)
{
    struct pairs pairs[2] = { { 0 }, { 0 } };
    bool behind[SCOPE_COUNT];
    enum fault fault;

    r->fields = r->differences = 0;
    r->behind = 0;
    fault = find_behind(r, behind, why);
    for (int s = 0; s < SCOPE_COUNT && fault == FAULT_NONE; s++)
        if (!behind[s])
            fault = compare_scope(r, s, pairs, why);
    free(pairs[0].at);
    free(pairs[1].at);
    return fault;
}

enum fault
compare_all(struct rebuild *r, struct why *why)
{
    enum fault fault = compare_scopes(r, why);

    /* It is looked at again before anything is printed (rebuild.c, compare()). */
    if (fault != FAULT_NONE || (r->differences > 0 && !r->tells))
        return fault;
    if (r->differences > TOLD_MOST)
        rebuild_print(r, "and %lld more", (long long)(r->differences - TOLD_MOST));
    if (r->other_law)
        rebuild_print(r, "the service has counted by another law of numbers: nothing was compared");
    else if (r->behind > 0)
        rebuild_print(
            r, "%d of %d scopes did not show what this rebuild has counted, and were not compared",
            r->behind, (int)SCOPE_COUNT);
    rebuild_print(r, "%lld fields compared, %lld differ", (long long)r->fields,
                  (long long)r->differences);
    log_say(r->wire.world->log, LOG_INFO, "rebuild: compared", LOG_I("fields", r->fields),
            LOG_I("differences", r->differences), LOG_I("scopes_not_compared", r->behind));
    return FAULT_NONE;
}
