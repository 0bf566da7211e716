/* avro_json.h - Avro's own JSON (specification, "JSON Encoding"): a value of a union stands in an
 * object under the name of its branch.
 *
 *      {"version":{"long":3},"source":{"tally.Source":{"name":{"string":"customs"}}}}
 *
 * Programs that wrote for a REST proxy of Kafka write so.
 */
#ifndef INGEST_AVRO_JSON_H
#define INGEST_AVRO_JSON_H

#include "ingest/json.h"
#include "record/record.h"

/* Is a member's value a branch of a union, for a field of such a form?  Then the branch's value is
 * the next node. */
bool avro_is_branch(const struct json_node *member, uint8_t form);

/* Take a number or a text for a field as Avro's JSON writes it: days and ms since 1970, and the
 * bytes of a decimal as characters up to U+00FF.  `branch` is its name, absent where there is no
 * union.  False: it is written as in our own JSON. */
bool
avro_take(struct draft *d, enum field field, struct text branch, const struct json_node *value);

#endif
