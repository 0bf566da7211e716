#include "aggregator/push_inside.h"

/* Moving tags forward.
 *
 * Tags that differ from their target only by rows of the log, on the same
 * day, are moved together: one PUSH a scope for all partitions.  All others -
 * empty tags, another day, half-way tags, more cells than one PUSH may have,
 * and what a merged PUSH was refused for - are moved one at a time. */

bool
is_pushable(const struct partition *p)
{
    return p->synced && !p->wants_sync && p->open == p->held;
}

bool
is_plain_today(const struct aggregator *a, const struct share *share)
{
    return share->tag.form == TAG_PLAIN && share->tag.from.day == a->day;
}

bool
rests(struct aggregator *a, const struct share *share)
{
    return share->away || share->rest_until > a->world.clock.tick_ms(a->world.clock.self);
}

static void
clear_one_by_one(struct aggregator *a)
{
    for (int s = 0; s < SCOPE_COUNT; s++) {
        bool behind = false;
        for (size_t i = 0; i < a->partition_count; i++)
            behind =
                behind || a->partitions[i]->shares[s].position < a->partitions[i]->committed_rows;
        a->one_by_one[s] = a->one_by_one[s] && behind;
    }
}

enum fault
push_all(struct aggregator *a, struct why *why)
{
    enum fault fault = push_together(a, why);

    for (size_t i = 0; i < a->partition_count && fault == FAULT_NONE; i++) {
        struct partition *p = a->partitions[i];
        bool any = false;

        for (int s = 0; s < SCOPE_COUNT && is_pushable(p); s++)
            any = any || wants_one(a, p, s);
        if (any)
            fault = push_partition(a, p, why);
    }
    clear_one_by_one(a);
    for (size_t i = 0; i < a->partition_count && fault == FAULT_NONE; i++)
        fault = partition_trim(a, a->partitions[i], why);
    return fault;
}

static bool
is_shown(const struct aggregator *a, const struct partition *p, const struct share *share)
{
    return is_pushable(p) && is_plain_today(a, share) && share->position == p->committed_rows;
}

bool
pushed_all(const struct aggregator *a)
{
    for (size_t i = 0; i < a->partition_count; i++)
        for (int s = 0; s < SCOPE_COUNT; s++)
            if (!is_shown(a, a->partitions[i], &a->partitions[i]->shares[s]))
                return false;
    return true;
}

bool
pushed_what_answers(const struct aggregator *a)
{
    for (size_t i = 0; i < a->partition_count; i++) {
        const struct partition *p = a->partitions[i];
        for (int s = 0; s < SCOPE_COUNT && (!p->away || (is_pushable(p) && !p->open)); s++)
            if (!p->shares[s].away && !is_shown(a, p, &p->shares[s]))
                return false;
    }
    return true;
}

bool
pushed_what_can_be(const struct aggregator *a)
{
    for (size_t i = 0; i < a->partition_count; i++) {
        const struct partition *p = a->partitions[i];
        for (int s = 0; s < SCOPE_COUNT; s++)
            if (!is_shown(a, p, &p->shares[s]) && p->shares[s].rest_until == 0)
                return false;
    }
    return true;
}
