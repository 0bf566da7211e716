/* Sorted sets: dictionaries with scores, put in order when somebody asks. */
#include "tests/story/redis_command.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>

static bool
score_read(struct call *c, struct text t, double *out)
{
    const char *text = arena_text(&c->r->scratch, t).at;
    char *end;

    errno = 0;
    *out = strtod(text, &end);
    if (t.length > 0 && !isspace((unsigned char)t.at[0]) && (size_t)(end - text) == t.length &&
        !isnan(*out) &&
        !(errno == ERANGE && (fabs(*out) >= HUGE_VAL || fpclassify(*out) == FP_ZERO)))
        return true;
    reply_error(c, "ERR value is not a valid float");
    return false;
}

static bool
same_score(double a, double b)
{
    return !(a < b) && !(a > b);
}

/* No options but CH: the aggregator needs none. */
void
run_zadd(struct call *c)
{
    bool count_changes = word_is(c->args[2], "ch");
    size_t first = count_changes ? 3 : 2;
    struct value *v;
    int64_t n = 0;
    double score;

    if (c->count <= first || (c->count - first) % 2 != 0) {
        reply_syntax(c);
        return;
    }
    for (size_t i = first; i < c->count; i += 2) {
        if (!score_read(c, c->args[i], &score))
            return;
    }
    if (!call_write(c, c->args[1], VALUE_ZSET, true, &v))
        return;
    for (size_t i = first; i < c->count; i += 2) {
        struct dict_field *f = dict_find(&v->dict, c->args[i + 1]);

        (void)score_read(c, c->args[i], &score);
        if (f == NULL) {
            f = dict_add(&v->dict, c->args[i + 1]);
            n++;
        } else if (count_changes && !same_score(f->score, score)) {
            n++;
        }
        /* A small set keeps -0 as 0. */
        f->score = same_score(score, 0) ? 0 : score;
    }
    reply_integer(c, n);
}

void
run_zscore(struct call *c)
{
    const struct value *v;
    const struct dict_field *f;

    if (!call_read(c, c->args[1], VALUE_ZSET, &v))
        return;
    f = v == NULL ? NULL : dict_find(&v->dict, c->args[2]);
    if (f == NULL)
        reply_nil(c);
    else
        reply_double(c, f->score);
}

static int
compare_scores(const void *a, const void *b)
{
    const struct dict_field *const *fa = a, *const *fb = b;

    if ((*fa)->score < (*fb)->score)
        return -1;
    if ((*fa)->score > (*fb)->score)
        return 1;
    return text_compare(bytes_text((*fa)->name), bytes_text((*fb)->name));
}

static void
list_scores(struct call *c, bool reverse, bool with_scores)
{
    const struct value *v;
    const struct dict_field **sorted;
    struct answer *items;
    int64_t from, to, count;

    if (!number_wanted(c, c->args[2], &from) || !number_wanted(c, c->args[3], &to) ||
        !call_read(c, c->args[1], VALUE_ZSET, &v))
        return;
    count = v == NULL ? 0 : v->dict.count;
    if (from < 0)
        from = from + count < 0 ? 0 : from + count;
    if (to < 0)
        to = to + count;
    if (to >= count)
        to = count - 1;
    if (from > to) {
        (void)reply_list(c, 0);
        return;
    }
    sorted = arena_take(&c->r->scratch, (size_t)count * sizeof(struct dict_field *));
    for (int64_t i = 0; i < count; i++)
        sorted[i] = &v->dict.fields[i];
    qsort(sorted, (size_t)count, sizeof(struct dict_field *), compare_scores);
    items = reply_list(c, (size_t)(to - from + 1) * (with_scores ? 2 : 1));
    for (int64_t i = from; i <= to; i++) {
        const struct dict_field *f = sorted[reverse ? count - 1 - i : i];

        *items++ = answer_of_text(bytes_text(f->name));
        if (with_scores)
            *items++ = answer_of_double(c, f->score);
    }
}

static void
run_range(struct call *c, bool reverse)
{
    bool with_scores = false;

    for (size_t i = 4; i < c->count; i++) {
        if (word_is(c->args[i], "withscores"))
            with_scores = true;
        else if (word_is(c->args[i], "rev") && word_is(c->args[0], "zrange"))
            reverse = true;
        else {
            reply_syntax(c);
            return;
        }
    }
    list_scores(c, reverse, with_scores);
}

void
run_zrange(struct call *c)
{
    run_range(c, false);
}

void
run_zrevrange(struct call *c)
{
    run_range(c, true);
}
