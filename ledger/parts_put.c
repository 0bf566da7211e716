/* parts_put.c - how parts are handed on, of facts and of series alike
 * (ledger/parts_inside.h).
 *
 * One amount goes to each dimension of its entry; what is zero goes nowhere. */
#include "ledger/parts_inside.h"

void
put_amount(const struct receiver *to, struct part *part, uint32_t measure, int64_t amount)
{
    if (amount == 0)
        return;
    part->measure = measure;
    part->amount = amount;
    for (int i = 0; i < to->dim_count; i++) {
        part->dim = &to->dims[i];
        to->sink(to->self, part);
    }
}

void
sort_areas(const struct record *r, struct text areas[2])
{
    int count = 0;

    areas[0] = areas[1] = (struct text){ NULL, 0 };
    if (r->province_area.at != NULL)
        areas[count++] = r->province_area;
    /* The same code for both would count the record twice in one row. */
    if (r->partner_area.at != NULL &&
        (count == 0 || !text_equal(r->province_area, r->partner_area)))
        areas[count++] = r->partner_area;
    if (count == 2 && text_compare(areas[0], areas[1]) > 0) {
        struct text first = areas[0];

        areas[0] = areas[1];
        areas[1] = first;
    }
}
