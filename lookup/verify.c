/* tally-lookup verify: what verify/ finds, in words.
 *
 * Each difference is printed as it is found, so that a long run shows
 * something, and what is counted here decides the end.  Exit 1 when there is a
 * difference, 3 when all agrees but some scope is not complete, is counted only
 * up to long ago, or could not be compared. */
#include "verify/verify.h"

#include "lookup/show.h"

#include <inttypes.h>

#define JSON_BEGIN "{\"differences\":["

/* What is told of a verify while it goes on, and at its end. */
struct report {
    const struct lookup *lookup;
    int64_t problems, incomplete; /* told, not complete */
    int64_t untold, old;          /* complete, but nobody says up to when; up to when is too old */
    struct asof oldest;           /* of scope number oldest_scope; through_ms is -1: of none */
    int oldest_scope;
};

/* What Redis holds may be anything; on a terminal nothing of it may steer it. */
static struct text
shown(struct text t)
{
    for (size_t i = 0; i < t.length; i++)
        if (t.at[i] < ' ' || t.at[i] == 0x7f)
            return TEXT_LITERAL("(unprintable)");
    return t;
}

/* One difference as an object; members that are absent are left out. */
static void
tell_json(const struct report *r, const struct problem *p)
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

    /* The list is begun by its first item, so that a fault before that prints
     * nothing. */
    fprintf(r->lookup->out, "%s{", r->problems == 0 ? JSON_BEGIN : ",");
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (members[i].value.at == NULL)
            continue;
        fprintf(r->lookup->out, "%s\"%s\":", first ? "" : ",", members[i].name);
        json_text(members[i].value, r->lookup->out);
        first = false;
    }
    fprintf(r->lookup->out, "}");
}

/* verify's tell(): one line, or one object of the list. */
static void
tell_problem(void *self, const struct problem *p)
{
    struct report *r = self;
    struct text key = shown(p->key), field = shown(p->field);
    struct text expected = shown(p->expected), found = shown(p->found);

    if (r->lookup->as_json)
        tell_json(r, p);
    else if (p->expected.at == NULL)
        fprintf(r->lookup->out, "%.*s: %s\n", (int)key.length, key.at, p->sentence);
    else
        fprintf(r->lookup->out, "%.*s %.*s: expected %.*s, found %.*s\n", (int)key.length, key.at,
                (int)field.length, field.at, (int)expected.length, expected.at, (int)found.length,
                found.at);
    r->problems++;
}

/* "CN-LN has everything up to 14:03:05 UTC+8 (2 s ago)" */
enum { OLDEST_BYTES = THROUGH_BYTES + 16 };
/* r->oldest must say up to when it is counted. */
static struct text
oldest_in_words(const struct report *r, char out[OLDEST_BYTES])
{
    struct text_buffer b = { .at = out, .size = OLDEST_BYTES };
    char through[THROUGH_BYTES];

    text_print(&b, "%s has ", scope_code(r->oldest_scope));
    text_put(&b, asof_through(&r->oldest, through));
    return text_done(&b);
}

/* How fresh the scopes are, as members of the last object. */
static void
tell_ages_as_json(const struct report *r)
{
    FILE *out = r->lookup->out;

    fprintf(out, ",\"untold\":%" PRId64 ",\"old\":%" PRId64 ",\"oldest\":", r->untold, r->old);
    if (r->oldest.through_ms < 0)
        fprintf(out, "null");
    else
        fprintf(out, "{\"province\":\"%s\",\"through\":%" PRId64 ",\"through_age_ms\":%" PRId64 "}",
                scope_code(r->oldest_scope), r->oldest.through_ms, r->oldest.age_ms);
}

/* Why the answer is partial, a line for each reason. */
static void
tell_partial(const struct report *r, const struct verify_result *result)
{
    FILE *out = r->lookup->out;
    char words[OLDEST_BYTES];

    if (r->incomplete > 0)
        fprintf(out, "PARTIAL: %" PRId64 " of %d scopes are not complete\n", r->incomplete,
                SCOPE_COUNT);
    if (r->untold > 0)
        fprintf(out, "PARTIAL: %" PRId64 " of %d scopes do not say up to when they are counted\n",
                r->untold, SCOPE_COUNT);
    if (result->moving > 0)
        fprintf(out, "PARTIAL: %" PRId64 " of %d scopes moved on too fast to be compared\n",
                result->moving, SCOPE_COUNT);
    if (r->old == 0)
        return;
    struct text t = oldest_in_words(r, words);
    fprintf(out, "OLD: %" PRId64 " of %d scopes, by --max-age %" PRId64 " s; %.*s\n", r->old,
            SCOPE_COUNT, r->lookup->max_age_ms / 1000, (int)t.length, t.at);
}

/* The last lines, when all scopes have been looked at. */
static void
tell_end(const struct report *r, const struct verify_result *result)
{
    FILE *out = r->lookup->out;

    if (r->lookup->as_json) {
        fprintf(out,
                "%s],\"scopes\":%d,\"incomplete\":%" PRId64 ",\"moving\":%" PRId64
                ",\"partitions\":%zu,\"fields\":%" PRId64 ",\"problems\":%" PRId64,
                r->problems == 0 ? JSON_BEGIN : "", SCOPE_COUNT, r->incomplete, result->moving,
                result->partitions, result->fields, r->problems);
        tell_ages_as_json(r);
        fprintf(out, "}\n");
        return;
    }
    fprintf(out, "%d scopes, %zu partitions, %" PRId64 " fields: ", SCOPE_COUNT, result->partitions,
            result->fields);
    if (r->problems == 0)
        fprintf(out, "no difference\n");
    else
        fprintf(out, "%" PRId64 " difference%s\n", r->problems, r->problems == 1 ? "" : "s");
    tell_partial(r, result);
}

/* How the answer ends; why it is partial, in one sentence: the first reason. */
static enum verdict
verdict_of(const struct report *r, const struct verify_result *result, struct why *why)
{
    if (r->problems > 0)
        return VERDICT_FAILED;
    if (r->incomplete > 0)
        (void)why_write(why, "", "%" PRId64 " of %d scopes are not complete: " ASOF_LOOK_AT_LOG,
                        r->incomplete, SCOPE_COUNT);
    else if (r->untold > 0)
        (void)why_write(why, "",
                        "%" PRId64
                        " of %d scopes do not say up to when they are counted: " ASOF_LOOK_AT_LOG,
                        r->untold, SCOPE_COUNT);
    else if (r->old > 0)
        return asof_verdict(&r->oldest, r->lookup, why);
    else if (result->moving > 0)
        (void)why_write(why, "", "%" PRId64 " of %d scopes moved on too fast: try again",
                        result->moving, SCOPE_COUNT);
    else
        return VERDICT_DONE;
    return VERDICT_PARTIAL;
}

/* Count what a scope says of itself; the oldest is told, one that is too old
 * before one that is not. */
static void
note_asof(void *self, int scope, const struct asof *asof)
{
    struct report *r = self;
    bool is_old = asof_is_old(asof, r->lookup), was_old = r->old > 0;

    r->incomplete += !asof->is_complete;
    r->untold += asof->is_complete && asof->through_ms < 0;
    r->old += is_old;
    /* Nothing can be said of its age, or an older one is known already. */
    if (asof->through_ms < 0 || (was_old && !is_old))
        return;
    if (r->oldest.through_ms < 0 || (is_old && !was_old) ||
        asof->through_ms < r->oldest.through_ms) {
        r->oldest = *asof;
        r->oldest_scope = scope;
    }
}

enum fault
lookup_verify(const struct lookup *lookup, const char *const *operands, int count,
              enum verdict *verdict, struct why *why)
{
    struct report report = { .lookup = lookup, .oldest.through_ms = -1 };
    struct verify_task task = { .way = lookup->way,
                                .prefix = lookup->prefix,
                                .now_ms = lookup->now_ms,
                                .self = &report,
                                .tell = tell_problem,
                                .looked = note_asof };
    struct verify_result result;
    enum fault fault = verify_run(&task, &result, why);

    (void)operands;
    (void)count;
    if (fault != FAULT_NONE)
        return fault;
    tell_end(&report, &result);
    *verdict = verdict_of(&report, &result, why);
    return FAULT_NONE;
}
