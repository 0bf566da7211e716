/* judge_inside.h - what judge.c and judge_look.c share. */
#ifndef STORY_JUDGE_INSIDE_H
#define STORY_JUDGE_INSIDE_H

#include "base/fault.h"
#include "ledger/tag.h"
#include "tests/story/judge.h"
#include "tests/story/redis_dict.h"

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
    const struct kafka *kafka;
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
    bool light; /* totals are not looked at */
    int64_t asof_version;
    int32_t asof_day;
    bool complete, has_asof;
    int64_t complete_sum, whole, runs, ran, through; /* of asof; NO_FIELD */
    uint32_t below[LOGS_MOST];                       /* plain tags: so many messages are in */
};

/* What the judge notes with a field: MARK_PLAIN, or MARK_CELL + its cell; of a
 * rebuild's own keys that they are none of his. */
enum { MARK_NONE, MARK_TAG, MARK_ASOF, MARK_PLAIN, MARK_OTHER, MARK_CELL };

/* Something is wrong with the scope; the first one counts. */
void judge_object(struct judge *j, const char *format, ...) PRINTF_LIKE(2, 3);
/* What a version stands for; NULL: nobody ever sent it. */
const struct meaning *judge_meaning(const struct judge *j, struct version v);

/* ---- judge_look.c: sinks of redis_each_field() and redis_each_score() ---------------- */

/* Tags and asof: expectations go to the truth. */
void
judge_first_look(void *self, struct text key, struct text field, struct text value, uint32_t *mark);
/* A hash or a ranking, against the truth. */
void judge_compare_value(void *self, struct text key, struct text field, struct text value,
                         uint32_t *mark);
void
judge_compare_score(void *self, struct text key, struct text member, double score, uint32_t *mark);

#endif
