/* register.h - our schemas in a schema registry, before anything is sent.
 */
#ifndef INGEST_REGISTER_H
#define INGEST_REGISTER_H

#include "base/log.h"
#include "record/record.h"
#include "schemas/registry.h"

#include <signal.h>

/* Register both schemas, trade_event.avsc under trade-events-value and so on.
 * A registry that is away is waited for, for limit_ms (0: for ever), or until
 * *signals rises: FAULT_REGISTRY_AWAY.  FAULT_REGISTRY: it refused. */
MUST_USE enum fault register_schemas(struct registry *registry, const struct log *log,
                                     const volatile sig_atomic_t *signals, int64_t limit_ms,
                                     uint32_t ids[RECORD_TYPE_COUNT], struct why *why);

#endif
