/* The log of rows stays short: what every tag has seen is dropped.
 *
 * A scope that can't advance (a total out of range, a shard that is away) holds
 * the rows behind its tag; when they are many, those between two positions are
 * merged, so that their number is bounded by what they are about.
 *
 *  before   | a b a a c | b b a | c c |     ^ positions that stay
 *  after    | a b c     | b a   | c   |
 */
#include "aggregator/state.h"

enum { ROWS_MANY = 1 << 20, POSITIONS_MOST = 2 * SCOPE_COUNT + 2 };

/* Drops rows, and moves every position down with those that stay. */
static void
drop_front(struct partition *p, size_t count)
{
    memmove(p->rows, p->rows + count, (p->row_count - count) * sizeof *p->rows);
    p->row_count -= count;
    p->committed_rows -= count;
    for (int s = 0; s < SCOPE_COUNT; s++) {
        struct share *share = &p->shares[s];

        share->position -= share->position < count ? share->position : count;
        share->to_position -= share->to_position < count ? share->to_position : count;
        /* The answer of that PUSH can't be resolved by position any more. */
        if (share->sent_position >= count)
            share->sent_position -= count;
        else
            share->sent = (struct tag){ .form = TAG_EMPTY };
    }
}

/* The first row that some tag has not seen. */
static size_t
least_position(const struct partition *p)
{
    size_t least = p->committed_rows;

    for (int s = 0; s < SCOPE_COUNT; s++) {
        const struct share *share = &p->shares[s];
        /* An empty tag needs no rows: its first push folds the whole ledger. */
        if (share->tag.form == TAG_EMPTY)
            continue;
        if (share->position < least)
            least = share->position;
        if (share->tag.form == TAG_HALF && share->to_position < least)
            least = share->to_position;
    }
    return least;
}

static int
by_size(const void *left, const void *right)
{
    const size_t *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

/* Every position that must stay one, ascending. */
static size_t
positions_of(const struct partition *p, size_t out[POSITIONS_MOST])
{
    size_t count = 0;

    out[count++] = p->committed_rows;
    for (int s = 0; s < SCOPE_COUNT; s++) {
        out[count++] = p->shares[s].position;
        out[count++] =
            p->shares[s].tag.form == TAG_HALF ? p->shares[s].to_position : p->shares[s].position;
    }
    qsort(out, count, sizeof *out, by_size);
    return count;
}

/* Positions that were at `from` are at `to` now.  `before` has them as they
 * were, since one that was moved already may equal a later `from`. */
static void
move_positions(struct partition *p, size_t from, size_t to, const struct partition *before)
{
    if (before->committed_rows == from)
        p->committed_rows = to;
    for (int s = 0; s < SCOPE_COUNT; s++) {
        if (before->shares[s].position == from)
            p->shares[s].position = to;
        if (before->shares[s].to_position == from)
            p->shares[s].to_position = to;
        p->shares[s].sent = (struct tag){ .form = TAG_EMPTY };
    }
}

/* Rows first .. end - 1, merged, to the place `at`; returns where they end. */
static size_t
merge(struct partition *p, struct sums *fold, size_t first, size_t end, size_t at)
{
    sums_clear(fold);
    for (size_t i = first; i < end; i++)
        sums_add(fold, p->rows[i].where, p->rows[i].what, p->rows[i].amount);
    for (size_t i = 0; i < fold->used && !fold->failed; i++) {
        const struct sum *f = &fold->table[i];
        wide_t amount = f->amount;

        /* A sum that is no int64_t stays several rows: never more than it was. */
        while (amount != 0) {
            int64_t part = amount > INT64_MAX   ? INT64_MAX
                           : amount < INT64_MIN ? INT64_MIN
                                                : (int64_t)amount;
            p->rows[at++] = (struct row){ f->where, f->what, part };
            amount -= part;
        }
    }
    return at;
}

/* From position to position; the rows move towards the front, over those that
 * are merged. */
static enum fault
merge_all(struct partition *p, struct sums *fold, struct why *why)
{
    size_t positions[POSITIONS_MOST];
    size_t count = positions_of(p, positions), first = 0, at = 0;
    struct partition before = *p;

    for (size_t i = 0; i < count; i++) {
        if (i > 0 && positions[i] == positions[i - 1])
            continue;
        at = merge(p, fold, first, positions[i], at);
        if (fold->failed)
            return why_set(why, FAULT_NO_MEMORY, "no memory to merge the rows of %s", p->name);
        first = positions[i];
        move_positions(p, positions[i], at, &before);
    }
    p->row_count = at;
    /* Merged again only when they have doubled: what can't be merged would be
     * tried each time. */
    p->merge_at = at * 2 < ROWS_MANY ? ROWS_MANY : at * 2;
    return FAULT_NONE;
}

enum fault
partition_trim(struct partition *p, struct sums *fold, struct why *why)
{
    size_t least = least_position(p);

    /* Only between batches: rows above committed_rows belong to the open one. */
    if (p->open)
        return FAULT_NONE;
    /* Moving few rows away from many is not worth it. */
    if (least > 0 && least * 2 >= p->row_count)
        drop_front(p, least);
    if (p->row_count > ROWS_MANY && p->row_count > p->merge_at)
        return merge_all(p, fold, why);
    return FAULT_NONE;
}
