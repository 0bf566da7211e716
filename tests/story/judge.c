#include "tests/story/judge.h"

#include <stdarg.h>

#include "core/tag.h"
#include "tests/story/redis_inside.h"

struct meaning {
    struct version version;
    int log;
    uint32_t end;
};

#define NO_FIELD INT64_MIN

struct judge {
    struct redis *redis;
    struct truth *truth;
    const char *names[LOGS_MOST];
    int logs;
    struct meaning *versions;
    size_t version_count, version_room;
    struct {
        bool known;
        int64_t version;
        uint64_t digest;
    } asof[SCOPE_COUNT][2]; /* as seen last, of each side */
    bool torn_allowed;
    char wrong[1024];

    /* of the scope that is being looked at */
    int scope;
    size_t values, scores, tags, plain;
    int32_t tags_day;
    bool one_day, overflow, bad, torn;
    int64_t asof_version;
    int32_t asof_day;
    bool complete, has_asof;
    int64_t complete_sum, whole; /* asof.complete and asof.whole; NO_FIELD */
};

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
judge_begin(struct judge *j, const char *const *names, int logs)
{
    for (int i = 0; i < logs; i++)
        j->names[i] = names[i];
    j->logs = logs;
    j->version_count = 0;
    j->torn_allowed = false;
    memset(j->asof, 0, sizeof j->asof);
}

static const struct meaning *
meaning_of(const struct judge *j, struct version v)
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
    known = meaning_of(j, v);
    if (known != NULL)
        return known->log == log && known->end == end;
    if (j->version_count == j->version_room) {
        j->version_room = j->version_room == 0 ? 64 : 2 * j->version_room;
        j->versions = must_resize(j->versions, j->version_room * sizeof *j->versions);
    }
    j->versions[j->version_count++] = (struct meaning){ v, log, end };
    return true;
}

PRINTF_LIKE(2, 3)
static void
object(struct judge *j, const char *format, ...)
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

/* ---- what the tags say ---------------------------------------------------------- */

static bool
ends_with(struct text t, const char *end)
{
    size_t length = strlen(end);

    return t.length >= length && memcmp(t.at + t.length - length, end, length) == 0;
}

static void
expect_moment(struct judge *j, int log, struct moment at, int from, int to)
{
    const struct meaning *m;

    if (version_is_none(at.version))
        return;
    m = meaning_of(j, at.version);
    if (m == NULL || m->log != log) {
        char version[VERSION_TEXT];

        (void)version_write(at.version, version);
        object(j, "the tag of %s names version %s, which nobody ever committed there",
               j->names[log], version);
        return;
    }
    truth_expect(j->truth, log, m->end, j->scope, at.day, from, to);
}

static void
take_tag(struct judge *j, struct text name, struct text text)
{
    struct tag tag = tag_read(text);
    int log = 0;

    while (log < j->logs && !text_equal(text_of(j->names[log]), name))
        log++;
    if (log == j->logs) {
        object(j, "there is a tag of %.*s", (int)name.length, name.at);
        return;
    }
    j->tags++;
    switch (tag.form) {
    case TAG_PLAIN:
        j->one_day = j->one_day && (j->plain == 0 || tag.from.day == j->tags_day);
        j->tags_day = tag.from.day;
        j->plain++;
        expect_moment(j, log, tag.from, 0, BUCKETS);
        break;
    case TAG_HALF:
        expect_moment(j, log, tag.from, tag.bucket, BUCKETS);
        expect_moment(j, log, tag.to, 0, tag.bucket);
        break;
    case TAG_EMPTY:
    case TAG_STRANGE:
        object(j, "the tag of %s is %.*s", j->names[log], (int)text.length, text.at);
        break;
    }
}

static void
take_number(struct judge *j, const char *name, struct text value, int64_t *out)
{
    if (!number_read(value, out))
        object(j, "asof.%s is %.*s", name, (int)value.length, value.at);
}

static void
take_asof(struct judge *j, struct text field, struct text value)
{
    j->has_asof = true;
    if (text_equal(field, TEXT_LITERAL("complete"))) {
        j->complete = text_equal(value, TEXT_LITERAL("1"));
        take_number(j, "complete", value, &j->complete_sum);
    } else if (text_equal(field, TEXT_LITERAL("whole")))
        take_number(j, "whole", value, &j->whole);
    else if (text_equal(field, TEXT_LITERAL("version")))
        take_number(j, "version", value, &j->asof_version);
    else if (text_equal(field, TEXT_LITERAL("day")) && !day_read(value, &j->asof_day))
        object(j, "asof.day is %.*s", (int)value.length, value.at);
    else if (field.length > 9 && memcmp(field.at, "overflow:", 9) == 0)
        j->overflow = true;
}

/* What the judge notes with a field: MARK_PLAIN, or MARK_CELL + its cell. */
enum { MARK_NONE, MARK_TAG, MARK_ASOF, MARK_PLAIN, MARK_CELL };

static void
first_look(void *self, struct text key, struct text field, struct text value, uint32_t *mark)
{
    struct judge *j = self;

    if (*mark == MARK_NONE)
        *mark = ends_with(key, "}:tags")   ? MARK_TAG
                : ends_with(key, "}:asof") ? MARK_ASOF
                                           : MARK_PLAIN;
    if (*mark == MARK_TAG)
        take_tag(j, field, value);
    else if (*mark == MARK_ASOF)
        take_asof(j, field, value);
}

/* ---- what the hashes and rankings say ---------------------------------------------- */

/* Is that how Redis writes the number? */
static bool
says(struct text value, wide_t number)
{
    char expected[WIDE_TEXT];
    int64_t n;

    if (number_read(value, &n))
        return n == number;
    (void)wide_write(number, expected);
    return text_equal(text_of(expected), value);
}

static void
compare_value(void *self, struct text key, struct text field, struct text value, uint32_t *mark)
{
    struct judge *j = self;
    char expected[WIDE_TEXT];
    wide_t number;

    if (j->bad || *mark == MARK_TAG || *mark == MARK_ASOF)
        return;
    if (*mark < MARK_CELL) {
        uint32_t cell = truth_cell(j->truth, key, field);

        *mark = cell == 0 ? MARK_PLAIN : MARK_CELL + cell;
    }
    number = truth_value(j->truth, *mark < MARK_CELL ? 0 : *mark - MARK_CELL);
    j->values++;
    if (number != 0 && says(value, number))
        return;
    (void)wide_write(number, expected);
    object(j, "%.*s %.*s is %.*s, by the tags it should be %s", (int)key.length, key.at,
           (int)field.length, field.at, (int)value.length, value.at, expected);
}

static void
compare_score(void *self, struct text key, struct text member, double score, uint32_t *mark)
{
    struct judge *j = self;
    wide_t expected;

    if (*mark < MARK_CELL) {
        uint32_t cell = truth_ranked_cell(j->truth, key, member);

        *mark = cell == 0 ? MARK_NONE : MARK_CELL + cell;
    }
    expected = truth_score(j->truth, *mark < MARK_CELL ? 0 : *mark - MARK_CELL);

    j->scores++;
    if (score < (double)expected || score > (double)expected || expected == 0)
        object(j, "ranking %.*s has %.*s at %.17g, the total is %.17g", (int)key.length, key.at,
               (int)member.length, member.at, score, (double)expected);
}

static void
compare_asof(struct judge *j, bool behind, bool after_push)
{
    bool whole = j->plain == (size_t)j->logs && j->one_day && !j->overflow;
    uint64_t digest = truth_digest(j->truth) * 31 + (uint64_t)j->complete * 7 +
                      (uint64_t)(uint32_t)j->asof_day * UINT64_C(0x9E3779B97F4A7C15);
    bool *known = &j->asof[j->scope][behind].known;

    if (j->complete && !whole)
        object(j, "asof says complete, but %zu of %d tags are plain%s%s", j->plain, j->logs,
               j->one_day ? "" : ", not of one day", j->overflow ? ", with an overflow" : "");
    if (j->complete && j->asof_day != j->tags_day)
        object(j, "asof says another day than the tags");
    if (after_push && whole && !j->complete)
        object(j, "every tag is plain and of one day, but asof does not say complete");
    if (*known && j->asof_version < j->asof[j->scope][behind].version)
        object(j, "asof.version fell from %ld to %ld", j->asof[j->scope][behind].version,
               j->asof_version);
    if (*known && digest != j->asof[j->scope][behind].digest &&
        j->asof_version == j->asof[j->scope][behind].version)
        object(j, "something changed and asof.version stayed %ld", j->asof_version);
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
    j->complete_sum = j->whole = NO_FIELD;
    j->torn = j->overflow = j->bad = j->complete = j->has_asof = false;
    truth_clear(j->truth);
}

/* Expectations are in the truth: does the scope say the same? */
static void
compare(struct judge *j, struct text tag, bool behind)
{
    redis_each_field(j->redis, tag, behind, compare_value, j);
    if (!j->bad && j->values != truth_cells(j->truth)) {
        char missing[512];

        truth_name_missing(j->truth, missing, sizeof missing);
        object(j, "%s", missing);
    }
    if (!j->bad)
        redis_each_score(j->redis, tag, behind, compare_score, j);
    if (!j->bad && j->scores != truth_scores(j->truth))
        object(j, "the rankings have %zu members, the totals say %zu", j->scores,
               truth_scores(j->truth));
}

/* Half a script in the scope's history: nobody knows what it holds. */
static void
judge_torn(struct judge *j)
{
    int64_t sum = j->complete_sum == NO_FIELD ? 0 : j->complete_sum;
    int64_t whole = j->whole == NO_FIELD ? (int64_t)j->complete : j->whole;

    j->torn = sum != whole;
    if (j->torn && !j->torn_allowed)
        object(j, "asof.complete is %ld, asof.whole %ld, and no script was cut off", sum, whole);
    if (j->torn && j->complete)
        object(j, "half a script lies in its history, and asof says complete");
}

const char *
judge_scope(struct judge *j, int scope, bool behind, bool after_push)
{
    struct text tag = text_of(scope_code(scope));

    begin_look(j, scope);
    redis_each_field(j->redis, tag, behind, first_look, j);
    judge_torn(j);
    if (!j->bad && !j->torn)
        compare(j, tag, behind);
    if (!j->bad && j->has_asof && !j->torn)
        compare_asof(j, behind, after_push);
    if (j->torn)
        judge_forget_scope(j, scope);
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
judge_end(struct judge *j, int scope, int32_t day)
{
    struct text tag = text_of(scope_code(scope));

    begin_look(j, scope);
    redis_each_field(j->redis, tag, false, first_look, j);
    truth_clear(j->truth);
    truth_expect(j->truth, TRUTH_ALL, UINT32_MAX, scope, day, 0, BUCKETS);
    if (!j->bad && !truth_is_huge(j->truth)) {
        if (!j->complete)
            object(j, "not complete (%ld, %ld): %zu of %d tags, %zu plain%s%s", j->complete_sum,
                   j->whole, j->tags, j->logs, j->plain, j->one_day ? "" : ", not of one day",
                   j->overflow ? ", with an overflow" : "");
        else if (j->asof_day != day)
            object(j, "complete for another day");
    }
    if (!j->bad && !truth_is_huge(j->truth))
        compare(j, tag, false);
    return j->bad ? j->wrong : NULL;
}
