/* dim.c - the names of the rows of :detail (ledger/parts.h).
 *
 * They are part of the contract with readers (docs/readers.md), and buckets are
 * dealt by them: they never change. */
#include "ledger/parts.h"

/* A plus sign before all but the first. */
static void
put_named(struct text_buffer *b, struct text name, struct text value)
{
    if (value.at == NULL)
        return;
    if (b->length > 0)
        text_put_char(b, '+');
    text_put(b, name);
    text_put(b, value);
}

size_t
dim_write(const struct dim *dim, char out[DIM_TEXT])
{
    struct text_buffer b = { .at = out, .size = DIM_TEXT - 1 };

    /* The longest has two areas of 12 and 10 digits, 49 characters: it fits
     * DIM_TEXT. */
    switch (dim->form) {
    case DIM_NONE:
        break;
    case DIM_PART:
        text_put(&b, TEXT_LITERAL("part"));
        break;
    case DIM_PLACE:
        put_named(&b, TEXT_LITERAL("area:"), dim->areas[0]);
        put_named(&b, TEXT_LITERAL("area:"), dim->areas[1]);
        put_named(&b, TEXT_LITERAL("hs:"), dim->text);
        break;
    case DIM_SECTOR:
        put_named(&b, TEXT_LITERAL("sector:"), dim->text);
        break;
    }
    out[b.length] = '\0';
    return b.length;
}
