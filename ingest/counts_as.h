/* counts_as.h - what a record would count as, if it were the only one.
 *
 *      ,"topic":"trade-events","key":"CN-LN||RU|||WHOLE|2023","states":"...",
 *      "counts_as":[{"province":"CN-LN","partner":"RU","measure":"import.CNY","amount":"40500000000.00",
 *                    "from":"2023-01-01","to":"2023-12-31"}, ...]
 *
 * states is the canonical text, of which a derived id is made; key decides the partition.  Where a
 * part counts beyond its pair is docs/readers.md's affair.  What other records say of the same
 * thing may change all of it.
 */
#ifndef INGEST_COUNTS_AS_H
#define INGEST_COUNTS_AS_H

#include "record/record.h"

/* Append it.  What doesn't fit is counted: "counts_as_left_out". */
void counts_as_put(struct text_buffer *b, const struct record *r, struct text key);

#endif
