/* writers.h - schemas of writers that a message names by an id of a registry.
 *
 * What an id means is kept in Redis once it is known, under {schemas}:ids, so
 * that restarts and rebuilds need no registry.  An id that is not known yet
 * makes the partition wait whose next message has it, and no other one.
 *
 *      WRITER_UNKNOWN ---> WRITER_KNOWN <---> WRITER_OTHER
 *           |   Redis has its text,   the registry has another text
 *           |   or the registry
 *           +---> WRITER_BAD   neither has one that can be read
 */
#ifndef AGGREGATOR_WRITERS_H
#define AGGREGATOR_WRITERS_H

#include "aggregator/wire.h"
#include "schemas/codec.h"

enum { WRITERS_MOST = 2048 }; /* schemas in memory; more are forgotten and asked for again */

struct writer;
struct writers {
    struct writer *list; /* sorted by topic and id */
    size_t count, room;
    size_t asking;  /* of so many nothing is known yet */
    bool unsettled; /* of some a question is to be asked, or under way */
};

/* The plan for data of this id in this topic.  BAD_SCHEMA: there is none, or it
 * can't become a record of ours.  FAULT_REGISTRY_AWAY: not known yet, why may
 * say what is wrong; writers_step() finds out. */
MUST_USE enum fault writers_find(struct writers *writers, const struct wire *wire, enum topic topic,
                                 struct schema_id id, const struct plan **plan, struct why *why);

/* A message that is not taken yet will ask for this id: find out meanwhile. */
MUST_USE enum fault writers_expect(struct writers *writers, const struct wire *wire,
                                   enum topic topic, struct schema_id id, struct why *why);

/* Ask Redis and the registry for what is not known, and take what they say.
 * FAULT_STORE_AWAY: asked again by the next call.  FAULT_SETTINGS: it is counted
 * again, and nobody can be asked. */
MUST_USE enum fault writers_step(struct writers *writers, struct wire *wire, struct why *why);

/* All is freed, and asked for again when somebody wants it. */
void writers_forget(struct writers *writers);

#endif
