/* Comparing a scope with the sum of its partitions' shares at their tags.
 *
 * This is I2 of docs/protocol.md as a check: a scope's totals are the sum, over
 * partitions, of the partition's share at the version and day that its tag
 * names.  A half tag (A>B|k) is the sum of two parts: cells of buckets below k
 * at B, all others at A. */
#include "verify/inside.h"

/* ---- the tags -------------------------------------------------------------------- */

/* Can this version's content be had? */
static bool
is_known(const struct share *share, int scope, struct version version)
{
    return version_is_none(version) || share_content(share, scope, version) != NULL;
}

/* An empty tag names nothing; a strange one names what no journal has. */
static bool
tag_is_known(const struct verify *v, int scope, const struct tag_found *found)
{
    const struct share *share = verify_share(v, found->partition);

    switch (found->tag.form) {
    case TAG_EMPTY:
        return true;
    case TAG_PLAIN:
        return is_known(share, scope, found->tag.from.version);
    case TAG_HALF:
        return is_known(share, scope, found->tag.from.version) &&
               is_known(share, scope, found->tag.to.version);
    case TAG_STRANGE:
        break;
    }
    return false;
}

bool
verify_is_judgeable(const struct verify *v, int scope)
{
    const struct view *view = &v->views[scope];

    for (size_t i = 0; i < view->tag_count; i++)
        if (!tag_is_known(v, scope, &view->tags[i]))
            return false;
    return view->is_steady && !view->is_torn;
}

/* A problem of one of the scope's own keys, in a sentence. */
static void
tell(struct verify *v, int scope, const char *what, const char *sentence)
{
    char key[KEY_BYTES];
    struct problem problem = { .sentence = sentence };

    problem.key = (struct text){ key, key_scope(v->task->prefix, scope, what, key) };
    verify_tell(v, &problem);
}

/* Tell every tag that the journals don't know; true when there is one: then
 * nothing can be summed. */
static bool
tell_unknown_tags(struct verify *v, int scope)
{
    const struct view *view = &v->views[scope];
    bool told = false;

    for (size_t i = 0; i < view->tag_count; i++) {
        const struct tag_found *found = &view->tags[i];
        const struct share *share = verify_share(v, found->partition);
        char sentence[640];
        if (tag_is_known(v, scope, found))
            continue;
        if (share != NULL && share->why.text[0] != '\0')
            (void)snprintf(sentence, sizeof sentence, "the journal of %s can't be used: %s",
                           found->partition, share->why.text);
        else
            (void)snprintf(sentence, sizeof sentence,
                           "the journal of %s does not know the version of its tag %s",
                           found->partition, found->raw);
        tell(v, scope, "tags", sentence);
        told = true;
    }
    return told;
}

/* ---- is `complete` true? ------------------------------------------------------------- */

/* How many partitions all topics have, by the journals' own word. */
static int64_t
partitions_of_all(const struct verify *v)
{
    int64_t sum = 0;

    for (size_t i = 0; i < v->share_count; i++) {
        const char *slash = strrchr(v->shares[i].partition, '/');
        size_t topic = slash == NULL ? 0 : (size_t)(slash - v->shares[i].partition) + 1;
        /* Once a topic: every partition's meta knows the number of all. */
        bool seen = false;
        for (size_t k = 0; k < i && !seen; k++)
            seen = strncmp(v->shares[k].partition, v->shares[i].partition, topic) == 0;
        sum += seen ? 0 : v->shares[i].meta.partitions;
    }
    return sum;
}

/* `complete` promises a tag of every partition, all plain and of the day that
 * asof says, and no total out of range. */
static void
judge_complete(struct verify *v, int scope)
{
    const struct view *view = &v->views[scope];

    /* Only a scope that says it is complete can be wrong about it. */
    if (!view->asof.is_complete)
        return;
    if (view->has_overflow)
        tell(v, scope, "asof", "complete is 1, and yet a partition's share did not fit");
    if (view->tag_count == 0 || (int64_t)view->tag_count < partitions_of_all(v))
        tell(v, scope, "asof", "complete is 1, and yet a partition has no tag");
    for (size_t i = 0; i < view->tag_count; i++) {
        char day[DAY_TEXT] = "";
        if (view->tags[i].tag.form == TAG_PLAIN)
            day_write(view->tags[i].tag.from.day, day);
        if (strcmp(day, view->day) == 0)
            continue;
        tell(v, scope, "asof", "complete is 1, and yet a tag is not plain and of that day");
        return;
    }
}

/* ---- the sum ----------------------------------------------------------------------------- */

/* What a share adds to the scope at a moment. */
static void
add_moment(const struct verify *v, int scope, const char *partition, struct moment moment,
           struct cells *cells)
{
    /* No version is content zero. */
    const struct content *content =
        share_content(verify_share(v, partition), scope, moment.version);

    if (content == NULL)
        return;
    /* ALL takes from every scope's rows, and cells_add() knows which */
    size_t from = scope == SCOPE_ALL ? 0 : content->first[scope];
    for (size_t i = from; i < content->first[scope + 1]; i++)
        cells_add(cells, scope, &v->windows, moment.day, content->rows[i].where,
                  content->rows[i].what, content->rows[i].amount, +1);
}

/* Move the cells whose bucket lies in [least, most) to the totals, and drop the others. */
static void
move_cells(const struct verify *v, int scope, struct cells *cells, int least, int most,
           struct cells *totals)
{
    char key[KEY_BYTES], field[FIELD_BYTES];

    totals->sums.failed = totals->sums.failed || cells->sums.failed;
    for (size_t i = 0; i < cells->sums.used; i++) {
        const struct sum *cell = &cells->sums.table[i];
        /* Buckets are dealt by the spelling of key and field (cell_bucket()). */
        struct text k = { key, cell_key(cell, scope, &v->windows, key) };
        struct text f = { field, cell_field(cell, v->dims, field) };
        int bucket = cell_bucket(k, f);

        if (least <= bucket && bucket < most)
            sums_add(&totals->sums, cell->where, cell->what, cell->amount);
    }
    sums_clear(&cells->sums);
}

/* The content that the tags name: plain ones first, all together, then each
 * half in its two parts.  How many cells that is, sorted; totals->sums.failed: no memory. */
static size_t
sum_tags(const struct verify *v, int scope, struct cells *totals)
{
    const struct view *view = &v->views[scope];
    struct cells cells = { 0 };

    for (size_t i = 0; i < view->tag_count; i++)
        if (view->tags[i].tag.form == TAG_PLAIN)
            add_moment(v, scope, view->tags[i].partition, view->tags[i].tag.from, totals);
    for (size_t i = 0; i < view->tag_count; i++) {
        const struct tag *tag = &view->tags[i].tag;
        if (tag->form != TAG_HALF)
            continue;
        add_moment(v, scope, view->tags[i].partition, tag->from, &cells);
        /* Above the border at A, below it at B. */
        move_cells(v, scope, &cells, tag->bucket, BUCKETS, totals);
        add_moment(v, scope, view->tags[i].partition, tag->to, &cells);
        move_cells(v, scope, &cells, 0, tag->bucket, totals);
    }
    cells_release(&cells);
    return cells_sort(totals);
}

/* ---- comparing ------------------------------------------------------------------------------ */

/* One expected field against what was found; taking it marks it as expected. */
static void
compare_total(struct verify *v, int scope, const struct sum *cell)
{
    char key[PREFIX_BYTES + KEY_BYTES], field[FIELD_BYTES], expected[WIDE_TEXT];
    size_t prefix = strlen(v->task->prefix);
    struct problem p = { .found = TEXT_LITERAL("nothing") };

    memcpy(key, v->task->prefix, prefix);
    p.key = (struct text){ key, prefix + cell_key(cell, scope, &v->windows, key + prefix) };
    p.field = (struct text){ field, cell_field(cell, v->dims, field) };
    p.expected = (struct text){ expected, wide_write(cell->amount, expected) };
    v->result.fields++;
    if (!found_take(v->views[scope].fields, p.key, p.field, &p.found) ||
        !text_equal(p.expected, p.found))
        verify_tell(v, &p);
}

/* A ranking's score is the double next to the total. */
static void
compare_rank(struct verify *v, int scope, const struct sum *cell)
{
    char key[KEY_BYTES], expected[WIDE_TEXT], score[64] = "";
    uint32_t measure = (uint32_t)cell->what;
    struct problem p = { .found = TEXT_LITERAL("nothing") };

    if (!cell_is_of_rankings(cell) || !measure_is_ranked(measure))
        return;
    p.key = (struct text){ key, key_top(v->task->prefix, scope, cell_window(cell), measure,
                                        &v->windows, key) };
    p.field = text_of(partner_code(cell_partner(cell)));
    p.expected = (struct text){ expected, wide_write(cell->amount, expected) };
    v->result.fields++;
    bool has = found_take(v->views[scope].fields, p.key, p.field, &p.found);
    if (has && p.found.length < sizeof score)
        memcpy(score, p.found.at, p.found.length);
    /* Redis prints a score with 17 digits, so the double comes back as it was;
     * the total becomes a double in the same way. */
    if (!has || strtod(score, NULL) != strtod(expected, NULL))
        verify_tell(v, &p);
}

/* What stands in Redis and was not expected. */
static void
compare_left(struct verify *v, int scope)
{
    struct found_item item;
    size_t cursor = 0;

    while (found_next(v->views[scope].fields, &cursor, &item))
        if (!item.is_taken)
            verify_tell(v, &(struct problem){ .key = item.key,
                                              .field = item.field,
                                              .expected = TEXT_LITERAL("nothing"),
                                              .found = item.value });
    cursor = 0;
    while (found_next(v->views[scope].unnamed, &cursor, &item))
        verify_tell(v, &(struct problem){ .key = item.key,
                                          .sentence = "the index does not name this key" });
}

enum fault
verify_judge(struct verify *v, int scope, struct why *why)
{
    struct cells totals = { 0 };
    size_t count;
    enum fault fault = FAULT_NONE;

    /* Nothing can be said of what moved while it was read. */
    if (!v->views[scope].is_steady) {
        tell(v, scope, "asof", "kept changing while it was read");
        return FAULT_NONE;
    }
    if (v->views[scope].is_torn) {
        tell(v, scope, "asof",
             "a script that Redis had lost came back into its history, or half of it (complete is "
             "not "
             "what whole is, or runs not what ran is); the next audit of an aggregator empties the "
             "scope and fills it again");
        return FAULT_NONE;
    }
    /* Without a content for each tag there is no sum. */
    if (tell_unknown_tags(v, scope))
        return FAULT_NONE;
    judge_complete(v, scope);
    count = sum_tags(v, scope, &totals);
    if (totals.sums.failed)
        fault = why_set(why, FAULT_NO_MEMORY, "no memory for the totals of %s", scope_code(scope));
    for (size_t i = 0; i < count && fault == FAULT_NONE; i++) {
        compare_total(v, scope, &totals.sums.table[i]);
        compare_rank(v, scope, &totals.sums.table[i]);
    }
    if (fault == FAULT_NONE)
        compare_left(v, scope);
    cells_release(&totals);
    return fault;
}
