#include "tests/story/judge_inside.h"

#include "tests/story/kafka.h"

#include <stdarg.h>

struct judge *
judge_new(struct redis *redis, struct truth *truth)
{
    struct judge *j = must_allocate(sizeof *j);

    memset(j, 0, sizeof *j);
    j->redis = redis;
    j->truth = truth;
    return j;
}

void
judge_free(struct judge *j)
{
    if (j == NULL)
        return;
    free(j->versions);
    free(j);
}

void
judge_begin(struct judge *j, const char *const *names, int logs, const struct kafka *kafka)
{
    j->kafka = kafka;
    for (int i = 0; i < logs; i++)
        j->names[i] = names[i];
    j->logs = logs;
    j->version_count = 0;
    j->torn_allowed = false;
    memset(j->asof, 0, sizeof j->asof);
}

const struct meaning *
judge_meaning(const struct judge *j, struct version v)
{
    for (size_t i = j->version_count; i > 0; i--) {
        if (version_equal(j->versions[i - 1].version, v))
            return &j->versions[i - 1];
    }
    return NULL;
}

bool
judge_version(struct judge *j, struct text text, int log, uint32_t end)
{
    const struct meaning *known;
    struct version v;

    if (!version_read(text, &v))
        return false;
    known = judge_meaning(j, v);
    if (known != NULL)
        return known->log == log && known->end == end;
    if (j->version_count == j->version_room) {
        j->version_room = j->version_room == 0 ? 64 : 2 * j->version_room;
        j->versions = must_resize(j->versions, j->version_room * sizeof *j->versions);
    }
    j->versions[j->version_count++] = (struct meaning){ v, log, end };
    return true;
}

/* ---- what is wrong ------------------------------------------------------------------ */

void
judge_object(struct judge *j, const char *format, ...)
{
    va_list list;
    size_t length;

    if (j->bad)
        return;
    j->bad = true;
    length = (size_t)snprintf(j->wrong, sizeof j->wrong, "scope %s: ", scope_code(j->scope));
    va_start(list, format);
    (void)vsnprintf(j->wrong + length, sizeof j->wrong - length, format, list);
    va_end(list);
}

/* -> whether every tag and `told` are there, all of one day. */
static bool
is_whole(struct judge *j)
{
    bool whole =
        j->plain == (size_t)j->logs && j->one_day && !j->overflow && j->through != NO_FIELD;

    if (j->complete && !whole)
        judge_object(j, "asof says complete, but %zu of %d tags are plain%s%s%s", j->plain, j->logs,
                     j->one_day ? "" : ", not of one day", j->overflow ? ", with an overflow" : "",
                     j->through == NO_FIELD ? ", and no through" : "");
    if (j->complete && j->asof_day != j->tags_day)
        judge_object(j, "asof says another day than the tags");
    return whole;
}

static void
compare_asof(struct judge *j, bool behind, bool after_push)
{
    bool whole = is_whole(j);
    uint64_t digest = truth_digest(j->truth) * 31 + (uint64_t)j->complete * 7 +
                      (uint64_t)(uint32_t)j->asof_day * UINT64_C(0x9E3779B97F4A7C15);
    bool *known = &j->asof[j->scope][behind].known;

    if (after_push && whole && !j->complete)
        judge_object(j, "every tag is plain and of one day, but asof does not say complete");
    if (*known && j->asof_version < j->asof[j->scope][behind].version)
        judge_object(j, "asof.version fell from %ld to %ld", j->asof[j->scope][behind].version,
                     j->asof_version);
    if (*known && digest != j->asof[j->scope][behind].digest &&
        j->asof_version == j->asof[j->scope][behind].version)
        judge_object(j, "something changed and asof.version stayed %ld", j->asof_version);
    *known = true;
    j->asof[j->scope][behind].version = j->asof_version;
    j->asof[j->scope][behind].digest = digest;
}

static void
begin_look(struct judge *j, int scope)
{
    j->scope = scope;
    j->values = j->scores = j->tags = j->plain = 0;
    j->tags_day = j->asof_day = 0;
    j->asof_version = 0;
    j->one_day = true;
    j->complete_sum = j->whole = j->runs = j->ran = j->through = NO_FIELD;
    memset(j->below, 0, sizeof j->below);
    j->torn = j->overflow = j->bad = j->complete = j->has_asof = j->light = false;
    truth_clear(j->truth);
}

/* Expectations are in the truth: does the scope say the same? */
static void
compare(struct judge *j, struct text tag, bool behind)
{
    redis_each_field(j->redis, tag, behind, judge_compare_value, j);
    if (!j->bad && j->values != truth_cells(j->truth)) {
        char missing[512];

        truth_name_missing(j->truth, missing, sizeof missing);
        judge_object(j, "%s", missing);
    }
    if (!j->bad)
        redis_each_score(j->redis, tag, behind, judge_compare_score, j);
    if (!j->bad && j->scores != truth_scores(j->truth))
        judge_object(j, "the rankings have %zu members, the totals say %zu", j->scores,
                     truth_scores(j->truth));
}

/* A script that nobody saw in the scope's history: nobody knows what it holds.
 * Half of one never lets it say that it is complete; a whole one may, until the
 * next audit. */
static void
judge_torn(struct judge *j)
{
    int64_t sum = j->complete_sum == NO_FIELD ? 0 : j->complete_sum;
    int64_t whole = j->whole == NO_FIELD ? (int64_t)j->complete : j->whole;

    j->torn = sum != whole || j->runs != j->ran;
    if (j->torn && !j->torn_allowed)
        judge_object(j, "asof: complete %ld, whole %ld, runs %ld, ran %ld; and no script was lost",
                     sum, whole, j->runs, j->ran);
    if (sum != whole && j->runs == j->ran && j->complete)
        judge_object(j, "half a script lies in its history, and asof says complete");
}

/* What must be in the totals and lies behind a tag may not change them. */
static void
judge_through(struct judge *j, struct text tag, bool behind)
{
    uint32_t needed[LOGS_MOST];
    bool more = false;

    if (j->through == NO_FIELD) {
        judge_object(j, "complete, and no `through`");
        return;
    }
    if (!kafka_needed(j->kafka, j->through, needed)) {
        judge_object(j, "through %ld, but something lay astray before", j->through);
        return;
    }
    for (int i = 0; i < j->logs; i++)
        more = more || j->below[i] < needed[i];
    if (!more)
        return;
    truth_clear(j->truth);
    for (int i = 0; i < j->logs; i++)
        truth_expect(j->truth, i, j->below[i] < needed[i] ? needed[i] : j->below[i], j->scope,
                     j->tags_day, 0, BUCKETS);
    j->values = j->scores = 0;
    compare(j, tag, behind);
    if (j->bad) {
        size_t length = strlen(j->wrong);

        (void)snprintf(j->wrong + length, sizeof j->wrong - length, "; complete, through %ld",
                       j->through);
    }
}

const char *
judge_scope(struct judge *j, int scope, bool behind, bool after_push)
{
    struct text tag = text_of(scope_code(scope));

    begin_look(j, scope);
    redis_each_field(j->redis, tag, behind, judge_first_look, j);
    judge_torn(j);
    if (!j->bad && !j->torn)
        compare(j, tag, behind);
    if (!j->bad && j->has_asof && !j->torn)
        compare_asof(j, behind, after_push);
    if (!j->bad && j->complete && !j->torn)
        judge_through(j, tag, behind);
    if (j->torn)
        judge_forget_scope(j, scope);
    return j->bad ? j->wrong : NULL;
}

const char *
judge_told(struct judge *j, int scope, bool behind)
{
    struct text tag = text_of(scope_code(scope));

    begin_look(j, scope);
    j->light = true;
    redis_each_field(j->redis, tag, behind, judge_first_look, j);
    judge_torn(j);
    if (!j->bad && j->has_asof && !j->torn)
        (void)is_whole(j);
    if (!j->bad && j->complete && !j->torn)
        judge_through(j, tag, behind);
    return j->bad ? j->wrong : NULL;
}

void
judge_allow_torn(struct judge *j)
{
    j->torn_allowed = true;
}

void
judge_forget_scope(struct judge *j, int scope)
{
    j->asof[scope][0].known = j->asof[scope][1].known = false;
}

const char *
judge_end(struct judge *j, int scope, int32_t day, int64_t since_ms)
{
    struct text tag = text_of(scope_code(scope));

    begin_look(j, scope);
    redis_each_field(j->redis, tag, false, judge_first_look, j);
    truth_clear(j->truth);
    truth_expect(j->truth, TRUTH_ALL, UINT32_MAX, scope, day, 0, BUCKETS);
    if (!j->bad && !truth_is_huge(j->truth)) {
        if (!j->complete)
            judge_object(j, "not complete (%ld, %ld): %zu of %d tags, %zu plain%s%s",
                         j->complete_sum, j->whole, j->tags, j->logs, j->plain,
                         j->one_day ? "" : ", not of one day",
                         j->overflow ? ", with an overflow" : "");
        else if (j->asof_day != day)
            judge_object(j, "complete for another day");
        else if (j->through < since_ms)
            judge_object(j, "through %ld stands still, it should be %ld at least", j->through,
                         since_ms);
    }
    if (!j->bad && !truth_is_huge(j->truth))
        compare(j, tag, false);
    return j->bad ? j->wrong : NULL;
}
