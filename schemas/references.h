/* references.h - the schemas that a schema refers to, until all of them are there; private to the
 * registry.
 *
 *      GET /schemas/ids/7  {"schema": "...", "references": [{"name": "a.B", "subject": "b",
 * "version": 1}]} GET /subjects/b/versions/1?deleted=true  {"schema": "...", "references": [...]}
 */
#ifndef SCHEMAS_REFERENCES_H
#define SCHEMAS_REFERENCES_H

#include "base/fault.h"
#include "base/text.h"

#include <jansson.h>

enum {
    REFERENCES_MOST = 32,       /* of one schema, with those of its references */
    REFERENCES_DEPTH = 8,       /* references of references */
    REFERENCE_PATH_BYTES = 900, /* a subject of 256 bytes, each as %xx, and what is around it */
};

struct references;

/* Of an answer that has a schema and references; nothing is kept of it.
 * BAD_SCHEMA: a reference that names no subject and version, or too many. */
MUST_USE enum fault references_open(const json_t *answer, struct references **out, struct why *why);
void references_free(struct references *references); /* NULL is fine */

/* The path of the next one to be asked for.  False: all are there. */
bool references_next(const struct references *references, char path[REFERENCE_PATH_BYTES]);

/* The answer to that question, which has a schema.  Refused as above. */
MUST_USE enum fault
references_add(struct references *references, const json_t *answer, struct why *why);

/* All of them in one text, the caller's to free.  BAD_SCHEMA as one_text(). */
MUST_USE enum fault
references_join(const struct references *references, char **out, struct why *why);

#endif
