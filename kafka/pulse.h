/* pulse.h - does Kafka answer?  Asked every two seconds in a thread of its own.
 *
 * Who counts learns it by waiting for what it needs, and does not learn it while it waits for
 * something else.  The question is a small one (which brokers there are), and whoever is asked
 * about the answer does not wait.
 */
#ifndef KAFKA_PULSE_H
#define KAFKA_PULSE_H

#include "base/fault.h"

struct rd_kafka_s;
struct pulse;

/* Ask by way of a client; NULL: none yet, and Kafka is not known to be there.  FAULT_NO_MEMORY. */
MUST_USE enum fault pulse_open(struct rd_kafka_s *client, struct pulse **out, struct why *why);
/* Waits for the question that is under way, a second at most; so does pulse_use().  NULL is fine.
 */
void pulse_close(struct pulse *pulse);
/* By way of another one from now on; the one before is not used any more. */
void pulse_use(struct pulse *pulse, struct rd_kafka_s *client);

/* The last answer came, or no more than one is missing since.  From any thread, at once. */
bool pulse_is_up(const struct pulse *pulse);

#endif
