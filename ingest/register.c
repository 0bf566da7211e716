/* Registering is asking for the id: a registry that has the text already says
 * the same number again. */
#include "ingest/register.h"

#include "base/clock.h"
#include "kafka/topic.h"
#include "schemas/codec.h"

#include <unistd.h>

enum { PAUSE_FIRST_MS = 100, PAUSE_MOST_MS = 5000, SUBJECT_BYTES = 64 };

static enum fault
register_one(struct registry *registry, enum record_type type, uint32_t *id, struct why *why)
{
    char subject[SUBJECT_BYTES];

    (void)snprintf(subject, sizeof subject, "%s-value", topic_names[type]);
    return registry_register(registry, subject, schema_text(type), id, why);
}

enum fault
register_schemas(struct registry *registry, const struct log *log,
                 const volatile sig_atomic_t *signals, int64_t limit_ms,
                 uint32_t ids[RECORD_TYPE_COUNT], struct why *why)
{
    int64_t begun = clock_tick_ms(), pause_ms = PAUSE_FIRST_MS;
    enum fault fault = FAULT_NONE;

    for (int type = 0; type < RECORD_TYPE_COUNT;) {
        fault = register_one(registry, (enum record_type)type, &ids[type], why);
        if (fault == FAULT_NONE) {
            type++;
            continue;
        }
        if (fault != FAULT_REGISTRY_AWAY || *signals > 0 ||
            (limit_ms > 0 && clock_tick_ms() - begun >= limit_ms))
            return fault;
        log_say(log, LOG_WARN, "waiting", LOG_S("fault", fault_name(fault)),
                LOG_S("message", why->text), LOG_I("wait_ms", pause_ms));
        (void)usleep((useconds_t)pause_ms * 1000);
        if (*signals > 0) /* which has ended the sleep */
            return fault;
        pause_ms = pause_ms * 2 < PAUSE_MOST_MS ? pause_ms * 2 : PAUSE_MOST_MS;
    }
    log_say(log, LOG_INFO, "registered", LOG_I("trade_schema_id", ids[RECORD_TRADE]),
            LOG_I("agreement_schema_id", ids[RECORD_AGREEMENT]));
    return fault;
}
