/* registry_answer.h - what a registry's answer means; private to the registry.
 */
#ifndef SCHEMAS_REGISTRY_ANSWER_H
#define SCHEMAS_REGISTRY_ANSWER_H

#include "schemas/references.h"
#include "schemas/registry_http.h"

enum meaning {
    MEANS_GOOD,    /* what was asked for */
    MEANS_MORE,    /* ... and it refers to others, which are to be asked for */
    MEANS_NONE,    /* there is no such schema: Confluent's code 40403 */
    MEANS_CANT,    /* there is, and it is none of Avro's, or can't be read by us */
    MEANS_DENIED,  /* 401: who are you? */
    MEANS_REFUSED, /* POST: the schema is refused, or we may not */
    MEANS_AWAY,    /* no answer, or none of a registry's */
};

/* To GET /schemas/ids/N with *refs NULL, and then to what *refs wants to know.
 * MEANS_GOOD: *schema is the text, and the caller's to free; *refs is as it was.
 * MEANS_MORE: ask for the next of *refs, which is the caller's to free.  All
 * others leave why. */
enum meaning answer_of_id(const struct asking_answer *answer, struct references **refs,
                          char **schema, struct why *why);

/* To POST /subjects/S/versions.  Never MEANS_NONE. */
enum meaning answer_of_register(const struct asking_answer *answer, uint32_t *id, struct why *why);

/* {"schema": "..."}: what is posted; the caller's to free, NULL: no memory. */
char *question_of_register(struct text schema);

#endif
