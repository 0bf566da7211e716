/* What the fields of a scope say, one at a time. */
#include "tests/story/judge_inside.h"

#include "ledger/tag.h"
#include "tests/story/redis_inside.h"

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
    m = judge_meaning(j, at.version);
    if (m == NULL || m->log != log) {
        char version[VERSION_TEXT];

        (void)version_write(at.version, version);
        judge_object(j, "the tag of %s names version %s, which nobody ever committed there",
                     j->names[log], version);
        return;
    }
    if (!j->light)
        truth_expect(j->truth, log, m->end, j->scope, at.day, from, to);
}

static void
note_below(struct judge *j, int log, struct version version)
{
    const struct meaning *m = judge_meaning(j, version);

    if (m != NULL)
        j->below[log] = m->end;
}

static void
take_tag(struct judge *j, struct text name, struct text text)
{
    struct tag tag = tag_read(text);
    int log = 0;

    while (log < j->logs && !text_equal(text_of(j->names[log]), name))
        log++;
    if (log == j->logs) {
        judge_object(j, "there is a tag of %.*s", (int)name.length, name.at);
        return;
    }
    j->tags++;
    switch (tag.form) {
    case TAG_PLAIN:
        j->one_day = j->one_day && (j->plain == 0 || tag.from.day == j->tags_day);
        j->tags_day = tag.from.day;
        j->plain++;
        note_below(j, log, tag.from.version);
        expect_moment(j, log, tag.from, 0, BUCKETS);
        break;
    case TAG_HALF:
        expect_moment(j, log, tag.from, tag.bucket, BUCKETS);
        expect_moment(j, log, tag.to, 0, tag.bucket);
        break;
    case TAG_EMPTY:
    case TAG_STRANGE:
        judge_object(j, "the tag of %s is %.*s", j->names[log], (int)text.length, text.at);
        break;
    }
}

static void
take_number(struct judge *j, const char *name, struct text value, int64_t *out)
{
    if (!number_read(value, out))
        judge_object(j, "asof.%s is %.*s", name, (int)value.length, value.at);
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
    else if (text_equal(field, TEXT_LITERAL("runs")))
        take_number(j, "runs", value, &j->runs);
    else if (text_equal(field, TEXT_LITERAL("ran")))
        take_number(j, "ran", value, &j->ran);
    else if (text_equal(field, TEXT_LITERAL("through")))
        take_number(j, "through", value, &j->through);
    else if (text_equal(field, TEXT_LITERAL("version")))
        take_number(j, "version", value, &j->asof_version);
    else if (text_equal(field, TEXT_LITERAL("day")) && !day_read(value, &j->asof_day))
        judge_object(j, "asof.day is %.*s", (int)value.length, value.at);
    else if (field.length > 9 && memcmp(field.at, "overflow:", 9) == 0)
        j->overflow = true;
}

bool
judge_shown(struct text key)
{
    static const struct text prefix = { "tt:{", 4 };

    return key.length > prefix.length && memcmp(key.at, prefix.at, prefix.length) == 0;
}

void
judge_first_look(void *self, struct text key, struct text field, struct text value, uint32_t *mark)
{
    struct judge *j = self;

    if (*mark == MARK_NONE)
        *mark = !judge_shown(key)          ? MARK_OTHER
                : ends_with(key, "}:tags") ? MARK_TAG
                : ends_with(key, "}:asof") ? MARK_ASOF
                : ends_with(key, "}:told") ? MARK_OTHER
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

void
judge_compare_value(void *self, struct text key, struct text field, struct text value,
                    uint32_t *mark)
{
    struct judge *j = self;
    char expected[WIDE_TEXT];
    wide_t number;

    if (j->bad || *mark == MARK_TAG || *mark == MARK_ASOF || *mark == MARK_OTHER)
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
    judge_object(j, "%.*s %.*s is %.*s, by the tags it should be %s", (int)key.length, key.at,
                 (int)field.length, field.at, (int)value.length, value.at, expected);
}

void
judge_compare_score(void *self, struct text key, struct text member, double score, uint32_t *mark)
{
    struct judge *j = self;
    wide_t expected;

    if (*mark == MARK_NONE && !judge_shown(key))
        *mark = MARK_OTHER;
    if (*mark == MARK_OTHER)
        return;
    if (*mark < MARK_CELL) {
        uint32_t cell = truth_ranked_cell(j->truth, key, member);

        *mark = cell == 0 ? MARK_NONE : MARK_CELL + cell;
    }
    expected = truth_score(j->truth, *mark < MARK_CELL ? 0 : *mark - MARK_CELL);

    j->scores++;
    if (score < (double)expected || score > (double)expected || expected == 0)
        judge_object(j, "ranking %.*s has %.*s at %.17g, the total is %.17g", (int)key.length,
                     key.at, (int)member.length, member.at, score, (double)expected);
}
