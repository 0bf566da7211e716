#include "aggregator/push_inside.h"

/* A push of more cells than one script may have (rule 12): the tags go from A
 * to B by way of half tags A>B#k.  Buckets are of cells, so the tags of several
 * partitions take the same steps together. */

static int
bucket_of(struct aggregator *a, int scope, const struct cell *cell)
{
    char key[KEY_BYTES], field[FIELD_BYTES];

    return cell_bucket((struct text){ key, cell_key(cell, scope, &a->settings.windows, key) },
                       (struct text){ field, cell_field(cell, a->dims, field) });
}

/* The first bucket after `bucket` at which a step of at most split_cells ends;
 * one bucket at least. */
static int
step_end(const size_t in_bucket[BUCKETS], int bucket, size_t most)
{
    size_t sum = in_bucket[bucket++];

    while (bucket < BUCKETS && sum + in_bucket[bucket] <= most)
        sum += in_bucket[bucket++];
    return bucket;
}

/* The tag of a move once all cells below bucket `end` are at B. */
static struct tag
tag_after(const struct move *move, int end)
{
    if (end == BUCKETS)
        return move->to;
    return (struct tag){
        .form = TAG_HALF, .from = move->from.from, .to = move->to.from, .bucket = end
    };
}

/* One step: the cells of buckets `from` .. `end` - 1.  *moved is false when it
 * was refused; another turn will see what is there. */
static enum fault
push_step(struct aggregator *a, int scope, const struct move *moves, size_t count, int end,
          const struct cell *cells, size_t cell_count, bool *moved, struct why *why)
{
    enum fault fault;

    pushes_reset(a);
    if (!pushes_begin(a, scope))
        return no_memory(why);
    for (size_t i = 0; i < count; i++)
        if (!pushes_move(a, moves[i].partition, tag_after(&moves[i], end), moves[i].to_position))
            return no_memory(why);
    pushes_call(a, moves[0].to.from.day, cells, cell_count);
    fault = pushes_run(a, why);
    *moved = true;
    for (size_t i = 0; i < count; i++) {
        struct tag after = tag_after(&moves[i], end);
        *moved = *moved && tag_equal(&moves[i].partition->shares[scope].tag, &after);
    }
    return fault;
}

enum fault
push_in_steps(struct aggregator *a, int scope, const struct move *moves, size_t move_count,
              struct why *why)
{
    size_t count = a->cells.used, in_bucket[BUCKETS] = { 0 };
    int bucket = moves[0].from.form == TAG_HALF ? moves[0].from.bucket : 0;
    struct cell *step = malloc((count + 1) * sizeof *step);
    uint8_t *buckets = malloc(count + 1);
    enum fault fault = step == NULL || buckets == NULL ? no_memory(why) : FAULT_NONE;
    bool moved = true;

    for (size_t i = 0; fault == FAULT_NONE && i < count; i++) {
        buckets[i] = (uint8_t)bucket_of(a, scope, &a->cells.table[i]);
        in_bucket[buckets[i]]++;
    }
    while (fault == FAULT_NONE && moved && bucket < BUCKETS) {
        int end = step_end(in_bucket, bucket, a->settings.split_cells);
        size_t n = 0;

        for (size_t i = 0; i < count; i++)
            if (bucket <= buckets[i] && buckets[i] < end)
                step[n++] = a->cells.table[i];
        fault = push_step(a, scope, moves, move_count, end, step, n, &moved, why);
        bucket = end;
    }
    free(step);
    free(buckets);
    return fault;
}
