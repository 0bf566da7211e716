/* schema_id.h - how a message names its schema in a registry.
 *
 * By a number, which is one registry's own, or by a GUID, which all of
 * Confluent's registries work out alike from the schema (Confluent Platform
 * 8.0).  As text both are what stands in a registry's URL, in a log and in
 * Redis: "7", "6da336d8-f1d3-0f98-4c47-0d03ee8a14a1".
 */
#ifndef SCHEMAS_SCHEMA_ID_H
#define SCHEMAS_SCHEMA_ID_H

#include "base/fault.h"
#include "base/text.h"

#include <stdint.h>

struct schema_id {
    bool is_guid;
    uint32_t number;  /* 0 of a GUID */
    uint64_t guid[2]; /* its first and last 8 bytes, the first of each highest; 0 of a number */
};

enum { SCHEMA_ID_TEXT = 37, SCHEMA_GUID_BYTES = 16 }; /* with NUL */

static inline struct schema_id
schema_id_of(uint32_t number)
{
    return (struct schema_id){ .number = number };
}

/* As text; the length, without the NUL that is written, too. */
size_t schema_id_write(struct schema_id id, char out[SCHEMA_ID_TEXT]);

/* From that text, also with capital letters.  False: it is neither. */
MUST_USE bool schema_id_read(struct text t, struct schema_id *out);

/* < 0, 0, > 0; numbers come first. */
int schema_id_order(struct schema_id a, struct schema_id b);

#endif
