/* The ledger's own way from a record to the parts of totals: an item, an entry of it alone, its
 * parts. */
#include "ingest/counts_as.h"

#include "base/log.h"
#include "kafka/topic.h"
#include "ledger/parts.h"

#include <stdlib.h>

enum {
    STATES_MOST = 2048, /* bytes of a canonical text that are shown */
    PART_BYTES = 512,
    LEFT_OUT_BYTES = 64, /* what stands behind the last part */
};

struct listing {
    struct text_buffer *b;
    int told, left_out;
};

static void
put_member(struct text_buffer *b, const char *name, struct text value)
{
    struct text_buffer before = *b;
    text_print(b, ",\"%s\":", name);
    json_put_text(b, value);
    if (b->full)
        *b = before; /* all or nothing */
}

/* Whole numbers of what a measure has: minor units, thousandths, or a count. */
static int
digits_of(uint32_t measure)
{
    enum measure_form form = measure_form(measure);
    if (form == MEASURE_MONEY || form == MEASURE_DERIVED_MONEY || form == MEASURE_ADJUSTED_MONEY)
        return currency_digits((int)(measure & 0xFFFFFF));
    if (form == MEASURE_QUANTITY || form == MEASURE_DERIVED_QUANTITY ||
        form == MEASURE_ADJUSTED_QUANTITY)
        return QUANTITY_DIGITS;
    return 0;
}

static void
list_part(void *self, const struct part *part)
{
    struct listing *l = self;
    if (l->left_out > 0) {
        l->left_out++;
        return;
    }
    char one[PART_BYTES], word[DIM_TEXT + MEASURE_TEXT], from[DAY_TEXT], to[DAY_TEXT];
    struct text_buffer b = { .at = one, .size = sizeof one };
    text_put(&b, l->told + l->left_out > 0 ? TEXT_LITERAL(",{\"province\":")
                                           : TEXT_LITERAL("{\"province\":"));
    json_put_text(&b, text_of(scope_code(part->province)));
    put_member(&b, "partner", text_of(partner_code(part->partner)));
    if (part->dim != NULL && part->dim->form != DIM_NONE) {
        (void)dim_write(part->dim, word);
        put_member(&b, "detail", text_of(word));
    }
    (void)measure_write(part->measure, word);
    put_member(&b, "measure", text_of(word));
    text_put(&b, TEXT_LITERAL(",\"amount\":\""));
    amount_put(&b, part->amount, digits_of(part->measure));
    day_write(part->day - part->span + 1, from);
    day_write(part->day, to);
    text_print(&b, "\",\"from\":\"%s\",\"to\":\"%s\"}", from, to);
    if (b.full || l->b->length + b.length + LEFT_OUT_BYTES > l->b->size) {
        l->left_out++;
        return;
    }
    text_put(l->b, text_done(&b));
    l->told++;
}

void
counts_as_put(struct text_buffer *b, const struct record *r, struct text key)
{
    static char canonical[CANONICAL_BYTES];
    uint8_t item[ITEM_BYTES_MOST], entry[ITEM_BYTES_MOST];
    struct listing listing = { b, 0, 0 };
    struct text states = record_canonical(r, canonical, sizeof canonical);
    bool changed;
    uint16_t won;
    put_member(b, "topic", text_of(topic_names[r->type]));
    put_member(b, "key", key);
    if (states.length <= STATES_MOST)
        put_member(b, "states", states);
    size_t size = entry_take(NULL, 0, item, item_pack(r, item), entry, &changed, &won);
    text_put(b, TEXT_LITERAL(",\"counts_as\":["));
    bool is_whole = entry_parts(entry, size, list_part, &listing);
    text_put_char(b, ']');
    if (listing.left_out > 0 || !is_whole)
        text_print(b, ",\"counts_as_left_out\":%d", listing.left_out);
}
