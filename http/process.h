/* process.h - numbers of the process itself: time, memory, descriptors.
 *
 * They have the names that Prometheus' own client libraries give them.
 */
#ifndef HTTP_PROCESS_H
#define HTTP_PROCESS_H

#include "base/metric.h"

struct process {
    struct metrics *metrics; /* of process.def */
};

/* FAULT_NO_MEMORY.  process_release() also of one that was never opened. */
MUST_USE enum fault
process_open(struct process *process, const char *program, const char *version, struct why *why);
void process_release(struct process *process);

/* How it is now.  What /proc does not tell is absent. */
void process_look(struct process *process);

#endif
