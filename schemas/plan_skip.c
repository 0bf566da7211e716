/* Stepping over a value of any shape, within its bytes and a bounded depth.
 *
 * Skipped values are checked as those that are read: the message is a datum of
 * its schema as a whole, or BAD_AVRO. */
#include "schemas/plan.h"

/* Arrays of empty items claim any count in a few bytes; next_item() steps over
 * them at once.  A map's items have a key, so none is empty. */
static bool
skip_blocks(const struct plan *plan, const struct op *op, struct cursor *c)
{
    const struct op *item = &plan->ops[op->first];
    bool is_map = op->kind == OP_SKIP_MAP;
    bool items_are_empty = !is_map && item->kind == OP_SKIP_NOTHING;
    struct blocks b = { 0 };
    struct text key;

    while (next_item(c, &b, items_are_empty))
        if ((is_map && !take_text(c, &key)) || !plan_skip(plan, item, c))
            return false;
    return c->complaint == NULL;
}

/* Field by field; empty ones have no op. */
static bool
skip_record(const struct plan *plan, const struct op *op, struct cursor *c)
{
    for (uint32_t i = 0; i < op->count; i++)
        if (!plan_skip(plan, &plan->ops[op->first + i], c))
            return false;
    return true;
}

bool
plan_skip(const struct plan *plan, const struct op *op, struct cursor *c)
{
    struct text run;
    uint32_t number;
    int64_t n;

    switch (op->kind) {
    case OP_SKIP_NOTHING:
        return true;
    case OP_SKIP_BOOLEAN:
        return take_run(c, 1, &run) && ((uint8_t)run.at[0] <= 1 || complain(c, "no boolean"));
    case OP_SKIP_INT:
        return take_int(c, &n);
    case OP_SKIP_LONG:
        return take_long(c, &n);
    case OP_SKIP_ENUM:
        return take_number(c, op->count, &number);
    case OP_SKIP_BYTES:
        return take_run(c, op->count, &run);
    case OP_SKIP_LENGTH:
        return take_text(c, &run);
    case OP_SKIP_ARRAY:
    case OP_SKIP_MAP:
        return skip_blocks(plan, op, c);
    case OP_SKIP_RECORD:
        return skip_record(plan, op, c);
    case OP_SKIP_UNION:
        return take_number(c, op->count, &number) &&
               plan_skip(plan, &plan->ops[op->first + number], c);
    /* Can't be: match_skip() makes no other.  A complaint is safer than an
     * assert on bytes that came from outside. */
    default:
        return complain(c, "no op that skips");
    }
}
