/* registry.h - a schema registry: writers' schemas by their id, and ours under
 * a name.
 *
 * The API is Confluent's, as Confluent, Apicurio (/apis/ccompat/v7), Karapace
 * and Redpanda serve it:
 *
 *      GET  /schemas/ids/7                 {"schema": "...", "schemaType": "AVRO"}
 *      GET  /schemas/guids/6da336d8-...    the same, of Confluent's from 8.0 on
 *      POST /subjects/NAME-value/versions  {"schema": "..."}  ->  {"id": 7}
 *
 * Looking up never waits: it is asked again and again, and each time goes on
 * with what is under way.  One request an id is in flight, and four at all.
 *
 * A registry that is away is not one that has none: a time-out, a refused
 * connection, 5xx, a page of HTML, a redirect, 404 without Confluent's code
 * 40403 are waited out.  Not for several threads.
 */
#ifndef SCHEMAS_REGISTRY_H
#define SCHEMAS_REGISTRY_H

#include "base/fault.h"
#include "base/text.h"
#include "schemas/schema_id.h"

enum {
    REGISTRY_URLS_MOST = 8,      /* of one registry */
    REGISTRY_URL_BYTES = 512,    /* of each */
    REGISTRY_AUTH_BYTES = 8192,  /* user:password, or a bearer token */
    REGISTRY_LOOKUPS_MOST = 512, /* ids that are asked for at one time; others wait */
};

/* What --registry, --registry-auth and --registry-ca say; each may be NULL. */
struct registry_options {
    const char *urls;      /* http[s]://host[:port][/path], several of one registry with commas */
    const char *auth_file; /* its first line is "user:password" or "Bearer TOKEN", and is read again
                              on 401; NULL: TALLY_REGISTRY_AUTH of the environment says the same */
    const char *ca_file;   /* PEM; NULL: the system's */
};

struct registry;

/* Asks nothing yet; without URLs *out is NULL.  FAULT_OPTION: a URL that is none, or has a user in
 * it; FAULT_FILE; FAULT_NO_MEMORY.  Nothing is kept of the options. registry_free(NULL) is fine,
 * and gives up what is under way. */
MUST_USE enum fault
registry_open(const struct registry_options *options, struct registry **out, struct why *why);
void registry_free(struct registry *registry);

enum registry_reply {
    REGISTRY_WAITS,    /* ask again later; why: what went wrong so far, or an empty sentence */
    REGISTRY_HAS,      /* *schema: its text, good until the next call */
    REGISTRY_HAS_NONE, /* every URL says so, and said so again after 1, 5 and 30 s */
    REGISTRY_CANT,     /* it has something that is no schema of Avro: why says what */
};

/* What an id names.  After any answer but REGISTRY_WAITS the id is forgotten:
 * the next call asks anew. */
enum registry_reply registry_look_up(struct registry *registry, struct schema_id id,
                                     struct text *schema, struct why *why);

/* Register a schema under a subject, and wait for it: each URL is tried once.
 * FAULT_REGISTRY_AWAY: none answers; FAULT_REGISTRY: refused, with the
 * registry's words. */
MUST_USE enum fault registry_register(struct registry *registry, const char *subject,
                                      struct text schema, uint32_t *id, struct why *why);

/* The look-up as an effect, so that a test can invent a registry. */
struct registry_way {
    void *self;
    enum registry_reply (*look_up)(void *self, struct schema_id id, struct text *schema,
                                   struct why *why); /* NULL: there is no registry */
};
struct registry_way registry_way(struct registry *registry); /* NULL: none */

#endif
