#include "aggregator/state.h"

/* What a part becomes on its way to the rows of a partition. */
struct sink {
    struct aggregator *a;
    struct partition *p; /* rows go here, or */
    struct fold *fold;   /* into this fold */
    int sign;
    bool failed;
};

static void
row_push(struct sink *sink, struct row row)
{
    struct partition *p = sink->p;

    if (p->row_count == p->row_room) {
        size_t room = p->row_room == 0 ? 1024 : p->row_room * 2;
        struct row *rows = realloc(p->rows, room * sizeof *rows);
        if (rows == NULL) {
            sink->failed = true;
            return;
        }
        p->rows = rows;
        p->row_room = room;
    }
    p->rows[p->row_count++] = row;
}

static void
take_part(void *self, const struct part *part)
{
    struct sink *sink = self;
    uint32_t dim = dim_table_number(sink->a->dims, part->dim);
    struct row row;

    if (dim == UINT32_MAX) {
        sink->failed = true;
        return;
    }
    row = row_make(part, dim, sink->sign < 0 ? -part->amount : part->amount);
    if (sink->fold != NULL)
        fold_add(sink->fold, row.where, row.what, row.amount);
    else
        row_push(sink, row);
}

static enum fault
rows_of(struct aggregator *a, struct partition *p, const uint8_t *entry, size_t size, int sign,
        struct why *why)
{
    struct sink sink = { a, p, NULL, sign, false };

    if (size == 0)
        return FAULT_NONE;
    if (!entry_parts(entry, size, take_part, &sink) || sink.failed)
        return why_set(why, FAULT_NO_MEMORY, "no memory for the rows of %s", p->name);
    return FAULT_NONE;
}

/* ---- identities of series touched in this batch -------------------------------- */

static struct identity *
touched_place(struct identity *table, size_t size, struct identity id)
{
    size_t i = (size_t)id.low & (size - 1);

    while ((table[i].high | table[i].low) != 0 &&
           (table[i].high != id.high || table[i].low != id.low))
        i = (i + 1) & (size - 1);
    return &table[i];
}

static bool
touched_grow(struct touched *t)
{
    size_t size = t->size == 0 ? 64 : t->size * 2;
    struct identity *table = calloc(size, sizeof *table);

    if (table == NULL)
        return false;
    for (size_t i = 0; i < t->size; i++)
        if ((t->table[i].high | t->table[i].low) != 0)
            *touched_place(table, size, t->table[i]) = t->table[i];
    free(t->table);
    t->table = table;
    t->size = size;
    return true;
}

/* *first: the identity was not touched yet in this batch. */
static enum fault
touch(struct touched *t, struct identity id, bool *first, struct why *why)
{
    struct identity *place;

    if (t->used * 2 >= t->size && !touched_grow(t))
        return why_set(why, FAULT_NO_MEMORY, "no memory for touched series");
    place = touched_place(t->table, t->size, id);
    *first = (place->high | place->low) == 0;
    if (*first) {
        *place = id;
        t->used++;
    }
    return FAULT_NONE;
}

/* ---- entering --------------------------------------------------------------------- */

static enum fault
entry_room(struct aggregator *a, size_t size, struct why *why)
{
    uint8_t *bigger;

    if (size <= a->entry_size)
        return FAULT_NONE;
    bigger = realloc(a->entry, size * 2);
    if (bigger == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for an entry of %zu bytes", size);
    a->entry = bigger;
    a->entry_size = size * 2;
    return FAULT_NONE;
}

/* What is told for the first time is the entry as it stands. */
static enum fault
enter_new(struct aggregator *a, struct partition *p, struct identity id, const uint8_t *item,
          size_t size, bool with_rows, uint8_t *won, struct why *why)
{
    enum fault fault = FAULT_NONE;

    if (with_rows)
        fault = rows_of(a, p, item, size, +1, why);
    *won = ENTRY_FACT;
    return fault != FAULT_NONE ? fault : ledger_put(p->ledger, id, item, size, why);
}

enum fault
enter_item(struct aggregator *a, struct partition *p, struct identity id, const uint8_t *item,
           size_t size, bool with_rows, uint8_t *won, struct why *why)
{
    size_t old_size, new_size;
    const uint8_t *old = ledger_find(p->ledger, id, &old_size);
    bool changed = false, first = true;
    bool is_fact = item[ITEM_HEADER - 1] == ENTRY_FACT;
    enum fault fault;

    if (old == NULL && is_fact)
        return enter_new(a, p, id, item, size, with_rows, won, why);
    *won = 0;
    fault = entry_room(a, old_size + size, why);
    if (fault != FAULT_NONE)
        return fault;
    new_size = entry_take(old, old_size, item, size, a->entry, &changed, won);
    if (!changed)
        return FAULT_NONE;
    if (with_rows && !is_fact)
        fault = touch(&p->touched, id, &first, why);
    if (fault == FAULT_NONE && with_rows && first)
        fault = rows_of(a, p, old, old_size, -1, why);
    if (fault == FAULT_NONE && with_rows && is_fact)
        fault = rows_of(a, p, a->entry, new_size, +1, why);
    if (fault != FAULT_NONE)
        return fault;
    return ledger_put(p->ledger, id, a->entry, new_size, why);
}

enum fault
enter_end(struct aggregator *a, struct partition *p, struct why *why)
{
    struct touched *t = &p->touched;

    for (size_t i = 0; t->used > 0 && i < t->size; i++) {
        const uint8_t *entry;
        size_t size;
        enum fault fault;

        if ((t->table[i].high | t->table[i].low) == 0)
            continue;
        entry = ledger_find(p->ledger, t->table[i], &size);
        fault = rows_of(a, p, entry, size, +1, why);
        if (fault != FAULT_NONE)
            return fault;
    }
    if (t->used > 0)
        memset(t->table, 0, t->size * sizeof *t->table);
    t->used = 0;
    return FAULT_NONE;
}

enum fault
fold_share(struct aggregator *a, const struct partition *p, struct fold *fold, struct why *why)
{
    struct sink sink = { a, NULL, fold, +1, false };
    size_t cursor = 0, size;
    struct identity id;
    const uint8_t *entry;

    while (ledger_next(p->ledger, &cursor, &id, &entry, &size))
        if (!entry_parts(entry, size, take_part, &sink) || sink.failed || fold->failed)
            return why_set(why, FAULT_NO_MEMORY, "no memory to fold the share of %s", p->name);
    return FAULT_NONE;
}
