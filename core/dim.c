/* dim.c - the names of the rows of :detail (core/parts.h). */
#include "core/parts.h"

size_t
dim_write(struct dim dim, char out[DIM_TEXT])
{
    static const char *const names[] = {
        [DIM_NONE] = "",      [DIM_PART] = "part",      [DIM_HS] = "hs:",
        [DIM_AREA] = "area:", [DIM_SECTOR] = "sector:",
    };
    struct text_buffer b = { .at = out, .size = DIM_TEXT - 1 };

    text_put(&b, text_of(names[dim.form]));
    if (dim.form != DIM_NONE && dim.form != DIM_PART)
        text_put(&b, dim.text);
    out[b.length] = '\0';
    return b.length;
}
