/* Shares: which tag of ours we believe to stand in each scope, and which rows of the log lie behind
 * it.  A tag moves when Redis has said so, or when it is read there and is one that we sent. */
#include "aggregator/state.h"

void
resolve_tag(struct partition *p, int scope, struct text text)
{
    struct share *share = &p->shares[scope];
    struct tag tag = tag_read(text);

    if (tag_equal(&tag, &share->tag))
        return;
    /* Emptied: by a RESET, or a Redis that lost it.  The next push begins at content zero. */
    if (tag.form == TAG_EMPTY) {
        share->tag = tag;
        return;
    }
    /* Our own PUSH, whose answer was lost.  A half tag needs the position of its A as well, which
     * nobody keeps once the scope was seen empty. */
    if (tag_equal(&tag, &share->sent) &&
        (tag.form != TAG_HALF || moment_equal(tag.from, share->tag.from))) {
        if (tag.form == TAG_HALF)
            share->to_position = share->sent_position;
        else
            share->position = share->sent_position;
        share->tag = tag;
        return;
    }
    partition_mark_stale(p); /* only the journal can tell what it means */
}

bool
share_moved(const struct move *move, int scope)
{
    struct share *share = &move->partition->shares[scope];
    bool was_empty = share->tag.form == TAG_EMPTY;

    if (move->to.form == TAG_HALF && share->tag.form != TAG_HALF)
        share->to_position = move->to_position; /* from stays where it is */
    else if (move->to.form == TAG_PLAIN)
        share->position = move->to_position;
    share->tag = move->to;
    share->rest_until = 0;
    share->sent = (struct tag){ .form = TAG_EMPTY };
    return was_empty;
}

bool
partition_is_pushable(const struct partition *p)
{
    return !partition_wants_sync(p) && p->open == p->held;
}

bool
share_rests(const struct share *share, int64_t now)
{
    return share->away || share->rest_until > now;
}

bool
share_is_plain_today(const struct share *share, int32_t day)
{
    return share->tag.form == TAG_PLAIN && share->tag.from.day == day;
}

bool
share_is_shown(const struct partition *p, const struct share *share, int32_t day)
{
    return partition_is_pushable(p) && share_is_plain_today(share, day) &&
           share->position == p->committed_rows;
}

bool
pushed_all(const struct owned *owned, int32_t day)
{
    for (size_t i = 0; i < owned->count; i++)
        for (int s = 0; s < SCOPE_COUNT; s++)
            if (!share_is_shown(owned->at[i], &owned->at[i]->shares[s], day))
                return false;
    return true;
}

bool
pushed_what_answers(const struct owned *owned, int32_t day)
{
    for (size_t i = 0; i < owned->count; i++) {
        const struct partition *p = owned->at[i];
        for (int s = 0; s < SCOPE_COUNT && (!p->away || (partition_is_pushable(p) && !p->open));
             s++)
            if (!p->shares[s].away && !share_is_shown(p, &p->shares[s], day))
                return false;
    }
    return true;
}

bool
pushed_what_can_be(const struct owned *owned, int32_t day)
{
    for (size_t i = 0; i < owned->count; i++) {
        const struct partition *p = owned->at[i];
        for (int s = 0; s < SCOPE_COUNT; s++)
            if (!share_is_shown(p, &p->shares[s], day) && p->shares[s].rest_until == 0)
                return false;
    }
    return true;
}
