/* Items into a partition's ledger: what changes becomes rows, which pushes
 * fold.
 *
 * The change to the totals is parts(new) - parts(old), so an entry that changes
 * gives the parts of what it was, with a minus, and of what it is.  A fact
 * gives both at once.  A series is reconciled as a whole, which costs more, so
 * it is done once a batch: its old parts are taken back when it is touched
 * first, and its new ones are added by enter_end(). */
#include "aggregator/state.h"

#include "base/grow.h"

/* What a part becomes on its way to the rows of a partition. */
struct sink {
    struct dim_table *dims;
    struct partition *p; /* rows go here, or */
    struct sums *fold;   /* into this fold */
    int sign;
    bool failed;
};

/* Rows grow by doubling; partition_trim() drops what every tag has seen. */
static void
row_push(struct sink *sink, struct row row)
{
    struct partition *p = sink->p;

    /* Looked at here, too: each record has several, and grow() is a call. */
    if (p->row_count == p->row_room) {
        struct row *rows = grow(p->rows, &p->row_room, p->row_count + 1, sizeof *rows);
        if (rows == NULL) {
            sink->failed = true;
            return;
        }
        p->rows = rows;
    }
    p->rows[p->row_count++] = row;
}

/* A part as a row: to the rows of p, or into a fold. */
static void
take_part(void *self, const struct part *part)
{
    struct sink *sink = self;
    uint32_t dim = dim_table_number(sink->dims, part->dim);
    struct row row;

    if (dim == UINT32_MAX) {
        sink->failed = true;
        return;
    }
    row = row_make(part, dim, sink->sign < 0 ? -part->amount : part->amount);
    if (sink->fold != NULL)
        sums_add(sink->fold, row.where, row.what, row.amount);
    else
        row_push(sink, row);
}

/* The parts of an entry, times sign, as rows of p.  No entry has none. */
static enum fault
rows_of(struct dim_table *dims, struct partition *p, const uint8_t *entry, size_t size, int sign,
        struct why *why)
{
    struct sink sink = { dims, p, NULL, sign, false };

    if (size == 0)
        return FAULT_NONE;
    if (!entry_parts(entry, size, take_part, &sink) || sink.failed)
        return why_set(why, FAULT_NO_MEMORY, "no memory for the rows of %s", p->name);
    return FAULT_NONE;
}

/* ---- entering --------------------------------------------------------------------- */

/* Room in entering->entry, which holds one entry while it is made. */
static enum fault
entry_room(struct entering *entering, size_t size, struct why *why)
{
    uint8_t *entry = grow(entering->entry, &entering->entry_room, size, 1);

    if (entry == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for an entry of %zu bytes", size);
    entering->entry = entry;
    return FAULT_NONE;
}

/* What is told for the first time is the entry as it stands: no old parts, and
 * nothing to compare. */
static enum fault
enter_new(struct dim_table *dims, struct partition *p, struct identity id, const uint8_t *item,
          size_t size, bool with_rows, uint16_t *won, struct why *why)
{
    enum fault fault = FAULT_NONE;

    if (with_rows)
        fault = rows_of(dims, p, item, size, +1, why);
    *won = item_mask(item);
    return fault != FAULT_NONE ? fault : ledger_put(p->ledger, id, item, size, why);
}

enum fault
enter_item(struct entering *entering, struct partition *p, struct identity id, const uint8_t *item,
           size_t size, bool with_rows, uint16_t *won, struct why *why)
{
    size_t old_size, new_size;
    const uint8_t *old = ledger_find(p->ledger, id, &old_size);
    bool changed = false, first = true;
    /* The mask of the item: entry.h. */
    bool is_fact = (item_mask(item) & ENTRY_FACT) != 0;
    enum fault fault;

    /* The commonest case by far takes the short way. */
    if (old == NULL && is_fact)
        return enter_new(entering->dims, p, id, item, size, with_rows, won, why);
    *won = 0;
    fault = entry_room(entering, old_size + size, why);
    if (fault != FAULT_NONE)
        return fault;
    new_size = entry_take(old, old_size, item, size, entering->entry, &changed, won);
    if (!changed)
        return FAULT_NONE;
    if (with_rows && !is_fact && !identities_add(&p->touched, id, &first))
        fault = why_set(why, FAULT_NO_MEMORY, "no memory for touched series");
    /* Taken back once a batch, as it stood before the batch. */
    if (fault == FAULT_NONE && with_rows && first)
        fault = rows_of(entering->dims, p, old, old_size, -1, why);
    if (fault == FAULT_NONE && with_rows && is_fact)
        fault = rows_of(entering->dims, p, entering->entry, new_size, +1, why);
    if (fault != FAULT_NONE)
        return fault;
    return ledger_put(p->ledger, id, entering->entry, new_size, why);
}

enum fault
enter_end(struct dim_table *dims, struct partition *p, struct why *why)
{
    size_t cursor = 0, size;
    struct identity id;

    while (identities_next(&p->touched, &cursor, &id)) {
        const uint8_t *entry = ledger_find(p->ledger, id, &size);
        enum fault fault = rows_of(dims, p, entry, size, +1, why);

        if (fault != FAULT_NONE)
            return fault;
    }
    identities_clear(&p->touched);
    return FAULT_NONE;
}

enum fault
fold_share(struct dim_table *dims, const struct partition *p, struct sums *fold, struct why *why)
{
    struct sink sink = { dims, NULL, fold, +1, false };
    size_t cursor = 0, size;
    struct identity id;
    const uint8_t *entry;

    while (ledger_next(p->ledger, &cursor, &id, &entry, &size))
        if (!entry_parts(entry, size, take_part, &sink) || sink.failed || fold->failed)
            return why_set(why, FAULT_NO_MEMORY, "no memory to fold the share of %s", p->name);
    return FAULT_NONE;
}
