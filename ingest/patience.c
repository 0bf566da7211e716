/* How long Kafka is waited for, and what is said meanwhile.
 *
 *  nothing --patience_lasts--> waiting --1 s--> said, and again after 2 s, 4 s ... 60 s
 *  waiting --patience_rewarded--> nothing   ("answers again", if something was said)
 *  waiting --patience_rest--> nothing       (nothing is wanted any more)
 */
#include "ingest/patience.h"

void
patience_init(struct patience *p, const struct log *log, int64_t limit_ms)
{
    *p = (struct patience){ .log = log, .limit_ms = limit_ms };
}

bool
patience_lasts(struct patience *p, int64_t now_ms, int64_t wanted, const char *reason)
{
    if (!p->waiting) {
        p->waiting = true;
        p->said = false;
        p->since_ms = now_ms;
        p->pause_ms = PATIENCE_FIRST_MS;
        p->next_ms = now_ms + p->pause_ms;
    }
    if (now_ms >= p->next_ms) {
        if (wanted >= 0)
            log_say(p->log, LOG_WARN, "waiting for kafka", LOG_I("waited_ms", now_ms - p->since_ms),
                    LOG_I("limit_ms", p->limit_ms), LOG_I("not_delivered", wanted),
                    LOG_S("reason", reason));
        else
            log_say(p->log, LOG_WARN, "waiting for kafka", LOG_I("waited_ms", now_ms - p->since_ms),
                    LOG_I("limit_ms", p->limit_ms), LOG_S("reason", reason));
        p->said = true;
        p->pause_ms = p->pause_ms * 2 < PATIENCE_MOST_MS ? p->pause_ms * 2 : PATIENCE_MOST_MS;
        p->next_ms = now_ms + p->pause_ms;
    }
    return p->limit_ms == 0 || now_ms - p->since_ms < p->limit_ms;
}

void
patience_rest(struct patience *p)
{
    p->waiting = false;
}

void
patience_rewarded(struct patience *p, int64_t now_ms)
{
    if (p->waiting && p->said)
        log_say(p->log, LOG_INFO, "kafka answers again", LOG_I("waited_ms", now_ms - p->since_ms));
    p->waiting = false;
}
