/* A set of identities (ledger/identities.h). */
#include "ledger/identities.h"

#include <stdlib.h>

enum { SIZE_LEAST = 64 };

static bool
is_free(const struct identity *place)
{
    return (place->high | place->low) == 0;
}

/* Where it is, or belongs. */
static struct identity *
place_of(struct identity *table, size_t size, struct identity id)
{
    size_t i = (size_t)id.low & (size - 1);

    while (!is_free(&table[i]) && (table[i].high != id.high || table[i].low != id.low))
        i = (i + 1) & (size - 1);
    return &table[i];
}

/* Twice the places. */
static bool
make_larger(struct identities *set)
{
    size_t size = set->size == 0 ? SIZE_LEAST : 2 * set->size;
    struct identity *table = calloc(size, sizeof *table);

    if (table == NULL)
        return false;
    for (size_t i = 0; i < set->size; i++)
        if (!is_free(&set->table[i]))
            *place_of(table, size, set->table[i]) = set->table[i];
    free(set->table);
    set->table = table;
    set->size = size;
    return true;
}

bool
identities_add(struct identities *set, struct identity id, bool *is_new)
{
    struct identity *place;

    if (2 * set->used >= set->size && !make_larger(set))
        return false;
    place = place_of(set->table, set->size, id);
    *is_new = is_free(place);
    set->used += *is_new;
    *place = id;
    return true;
}

bool
identities_have(const struct identities *set, struct identity id)
{
    return set->size > 0 && !is_free(place_of(set->table, set->size, id));
}

bool
identities_next(const struct identities *set, size_t *cursor, struct identity *id)
{
    while (set->used > 0 && *cursor < set->size) {
        const struct identity *place = &set->table[(*cursor)++];

        if (is_free(place))
            continue;
        *id = *place;
        return true;
    }
    return false;
}

void
identities_clear(struct identities *set)
{
    if (set->used > 0)
        memset(set->table, 0, set->size * sizeof *set->table);
    set->used = 0;
}

void
identities_release(struct identities *set)
{
    free(set->table);
    *set = (struct identities){ 0 };
}
