/* A datum to a draft, by the ops of a plan.
 *
 * The hot loop of the aggregator: no op allocates, and no text is copied.
 * BAD_AVRO means that the bytes are no datum; whatever a datum can say and a
 * record can't have is left in the draft, under the name that JSON would have
 * given it. */
#include "schemas/codec.h"
#include "schemas/plan.h"

/* Nothing was said.  Fields that may not be left out are missed by the
 * record's own rules, but an id that is left out would be derived. */
static void
give_null(const struct op *op, struct draft *d)
{
    if (op->target == FIELD_ID)
        draft_text(d, FIELD_ID, TEXT_LITERAL(""));
}

/* A value of a branch that ours hasn't got: what JSON calls the wrong type. */
static void
give_wrong(const struct op *op, struct draft *d)
{
    if (op->target == TARGET_SOURCE_NAME)
        draft_source_name(d, (struct text){ 0 });
    else if (op->target == TARGET_SOURCE_URL)
        draft_source_url(d, (struct text){ 0 });
    else
        draft_mistyped(d, (enum field)op->target);
}

static inline void
give_text(const struct op *op, struct text t, struct draft *d)
{
    if (op->target == TARGET_SOURCE_NAME)
        draft_source_name(d, t);
    else if (op->target == TARGET_SOURCE_URL)
        draft_source_url(d, t);
    else
        draft_text(d, (enum field)op->target, t);
}

static void
give_decimal(const struct op *op, struct text t, struct draft *d)
{
    draft_decimal(d, (enum field)op->target, decimal_from_avro(t, op->scale));
}

/* From units of 1/count ms. */
static void
give_instant(const struct op *op, int64_t n, struct draft *d)
{
    int64_t ms = n / (int64_t)op->count;

    if (n % (int64_t)op->count < 0) /* cut towards the past, as the text of one is */
        ms--;
    draft_integer(d, (enum field)op->target, ms);
}

/* An item of a list or the value of an attribute. */
enum item { ITEM_TEXT, ITEM_NULL, ITEM_WRONG };

/* *t is set only for ITEM_TEXT.  Unions with null come in two forms, as they do
 * for fields. */
static bool
take_item(const struct plan *plan, const struct op *op, struct cursor *c, struct text *t,
          enum item *kind)
{
    uint32_t number;

    *kind = ITEM_TEXT;
    if (op->kind == OP_UNION) {
        if (!take_number(c, op->count, &number))
            return false;
        op = &plan->ops[op->first + number];
    } else if (op->null_branch != 0) {
        if (!take_number(c, 2, &number))
            return false;
        if (number + 1 == op->null_branch) {
            *kind = ITEM_NULL;
            return true;
        }
    }
    if (op->kind == OP_TEXT)
        return take_text(c, t);
    *kind = op->kind == OP_NULL ? ITEM_NULL : ITEM_WRONG;
    return op->kind == OP_NULL || plan_skip(plan, &plan->ops[op->first], c);
}

/* One item more than a record may have is kept, so that draft_list() sees that
 * there are too many; the count goes on, the items don't. */
static bool
take_list(const struct plan *plan, const struct op *op, struct cursor *c, struct draft *d)
{
    const struct op *inner = &plan->ops[op->first];
    struct text items[LIST_MOST + 1], item;
    struct blocks b = { 0 };
    size_t count = 0;
    bool any_wrong = false;
    enum item kind;

    while (next_item(c, &b, false)) {
        if (!take_item(plan, inner, c, &item, &kind))
            return false;
        any_wrong = any_wrong || kind != ITEM_TEXT;
        if (!any_wrong && count <= LIST_MOST)
            items[count] = item;
        count++;
    }
    if (c->complaint != NULL)
        return false;
    /* One item of the wrong type spoils the whole list, whatever the others are. */
    if (any_wrong)
        draft_mistyped(d, (enum field)op->target);
    else
        draft_list(d, (enum field)op->target, items, count);
    return true;
}

/* The draft wants their number first, so they are gathered. */
static bool
take_attributes(const struct plan *plan, const struct op *op, struct cursor *c, struct draft *d)
{
    const struct op *inner = &plan->ops[op->first];
    struct attribute found[ATTRIBUTE_COUNT], one;
    enum item kinds[ATTRIBUTE_COUNT], kind;
    struct blocks b = { 0 };
    size_t count = 0;

    while (next_item(c, &b, false)) {
        one.value = (struct text){ 0 };
        if (!take_text(c, &one.name) || !take_item(plan, inner, c, &one.value, &kind))
            return false;
        if (count < ATTRIBUTE_COUNT) {
            found[count] = one;
            kinds[count] = kind;
        }
        count++;
    }
    if (c->complaint != NULL)
        return false;
    draft_attributes(d, count);
    for (size_t i = 0; i < count && count <= ATTRIBUTE_COUNT; i++) {
        if (kinds[i] == ITEM_WRONG)
            draft_attribute_mistyped(d, found[i].name);
        else
            draft_attribute(d, found[i].name, found[i].value); /* null: no text */
    }
    return true;
}

static bool take_run_of_ops(const struct plan *plan, uint32_t first, uint32_t count,
                            struct cursor *c, struct draft *d);

/* The value itself, its null branch being settled. */
static bool
take_value(const struct plan *plan, const struct op *op, struct cursor *c, struct draft *d)
{
    struct text t;
    uint32_t number;
    int64_t n;

    switch (op->kind) {
    case OP_TEXT:
        if (!take_text(c, &t))
            return false;
        give_text(op, t, d);
        return true;
    case OP_SYMBOL:
        if (!take_number(c, op->count, &number))
            return false;
        draft_symbol(d, (enum field)op->target, plan->codes[op->first + number]);
        return true;
    case OP_INT:
    case OP_LONG:
        if (!(op->kind == OP_INT ? take_int(c, &n) : take_long(c, &n)))
            return false;
        draft_integer(d, (enum field)op->target, n);
        return true;
    case OP_INSTANT:
        if (!take_long(c, &n))
            return false;
        give_instant(op, n, d);
        return true;
    case OP_DECIMAL:
    case OP_DECIMAL_FIXED:
        if (!(op->kind == OP_DECIMAL ? take_text(c, &t) : take_run(c, op->count, &t)))
            return false;
        give_decimal(op, t, d);
        return true;
    case OP_LIST:
        return take_list(plan, op, c, d);
    case OP_ATTRIBUTES:
        return take_attributes(plan, op, c, d);
    case OP_SOURCE:
        draft_source(d);
        return take_run_of_ops(plan, op->first, op->count, c, d);
    case OP_UNION:
        return take_number(c, op->count, &number) &&
               take_run_of_ops(plan, op->first + number, 1, c, d);
    case OP_NULL:
        give_null(op, d);
        return true;
    case OP_WRONG:
        give_wrong(op, d);
        return plan_skip(plan, &plan->ops[op->first], c);
    default:
        return plan_skip(plan, op, c);
    }
}

/* Most of a datum are nulls and short texts.  They are taken here, with the
 * place in a register: through the cursor each would wait for the one before. */
static bool
take_run_of_ops(const struct plan *plan, uint32_t first, uint32_t count, struct cursor *c,
                struct draft *d)
{
    const struct op *op_end = plan->ops + first + count;
    const uint8_t *at = c->at, *const end = c->end;

    for (const struct op *op = plan->ops + first; op < op_end; op++) {
        uint32_t branch;

        if (op->null_branch != 0) {
            if (at < end && (*at == 0 || *at == 2)) {
                branch = *at++ >> 1;
            } else {
                c->at = at;
                if (!take_number(c, 2, &branch))
                    return false;
                at = c->at;
            }
            if (branch + 1 == op->null_branch) {
                give_null(op, d);
                continue;
            }
        }
        /* A length of one byte: not negative (bit 0), below 128 (bit 7), and
         * within what is left. */
        if (op->kind == OP_TEXT && at < end && (*at & 0x81) == 0 && *at >> 1 < end - at) {
            size_t length = *at++ >> 1;

            give_text(op, (struct text){ (const char *)at, length }, d);
            at += length;
            continue;
        }
        c->at = at;
        if (!take_value(plan, op, c, d))
            return false;
        at = c->at;
    }
    c->at = at;
    return true;
}

enum fault
plan_decode(const struct plan *plan, const uint8_t *at, size_t size, struct draft *out,
            struct why *why)
{
    struct cursor c = { at, at + size, NULL };

    draft_reset(out, plan->type);
    if (!take_run_of_ops(plan, plan->first, plan->count, &c, out))
        return why_set(why, BAD_AVRO, "byte %zu of %zu: %s", (size_t)(c.at - at), size,
                       c.complaint);
    /* Bytes behind a datum mean that it was written with another schema than
     * its fingerprint says, or was changed. */
    if (c.at != c.end)
        return why_set(why, BAD_AVRO, "%zu bytes are left over", left(&c));
    return FAULT_NONE;
}
