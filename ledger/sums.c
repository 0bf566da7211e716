/* sums.c - a table of sums: entries one after the other, found by way of bins (ledger/bins.h). */
#include "ledger/sums.h"

#include "base/grow.h"

static bool
is_far_too_large(const struct sums *sums)
{
    return sums->room > 65536 && sums->used * 16 < sums->room;
}

void
sums_clear(struct sums *sums)
{
    bins_clear(&sums->bins, sums->used);
    if (is_far_too_large(sums))
        sums_release(sums);
    sums->used = 0;
    sums->failed = false;
}

void
sums_release(struct sums *sums)
{
    bins_release(&sums->bins);
    free(sums->table);
    *sums = (struct sums){ 0 };
}

/* Room for one more; false: no memory, and the table is as it was. */
static bool
make_room(struct sums *sums)
{
    struct sum *larger = grow(sums->table, &sums->room, sums->used + 1, sizeof *larger);

    if (larger != NULL)
        sums->table = larger;
    return larger != NULL && bins_grow(&sums->bins, sums->used);
}

void
sums_add(struct sums *sums, uint64_t where, uint64_t what, wide_t amount)
{
    uint64_t hash = sums_hash(where, what);

    if ((sums->used == sums->room || !bins_have_room(&sums->bins, sums->used)) &&
        !make_room(sums)) {
        sums->failed = true;
        return;
    }
    size_t i = bins_first(&sums->bins, hash);
    for (; !bins_is_free(&sums->bins, i); i = bins_next(&sums->bins, i)) {
        struct sum *s = &sums->table[bins_number(&sums->bins, i)];
        if (bins_may_be(&sums->bins, i, hash) && s->where == where && s->what == what) {
            s->amount += amount;
            return;
        }
    }
    bins_take(&sums->bins, i, hash, sums->used);
    sums->table[sums->used++] = (struct sum){ where, what, amount };
}
