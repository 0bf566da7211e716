/* opener.h - from the value of a message to the record that was written, for those who look into
 * topics.
 *
 * Values are opened as the aggregator opens them: by the fingerprint of one of our texts, or by an
 * id of the registry.  What an id means is kept while the opener lives.
 */
#ifndef INGEST_OPENER_H
#define INGEST_OPENER_H

#include "kafka/follow.h"
#include "record/record.h"
#include "schemas/registry.h"

#include <signal.h>

struct opener;

/* The registry may be NULL: then ids are not known; it and the signals are borrowed.  A first
 * signal ends the wait for a registry.  FAULT_NO_MEMORY.  opener_free(NULL) is fine. */
MUST_USE enum fault opener_new(struct registry *registry, const volatile sig_atomic_t *signals,
                               struct opener **out, struct why *why);
void opener_free(struct opener *opener);

/* Open a value of a topic of this type, which came with the headers of this message.  The record
 * borrows from the value and from the opener, until the next call.  Any refusal of a message, but
 * for FUTURE; FAULT_REGISTRY_AWAY after some seconds: it is not known what the value's id means. */
MUST_USE enum fault
opener_open(struct opener *opener, const struct followed *message, struct text value,
            enum record_type type, struct record *out, struct why *why);

/* After a refusal: the draft, as far as the value could be decoded; NULL: not at all. */
const struct draft *opener_draft(const struct opener *opener);

#endif
