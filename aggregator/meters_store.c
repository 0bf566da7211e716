/* The way to Redis, with a clock beside it.
 *
 * A run that is under way for more than a second counts as not answered: Redis may have stopped,
 * and the loop will know that only after ten. */
#include "aggregator/meters.h"

#include "base/clock.h"

enum { PATIENCE_MS = 1000, WORD_BYTES = 32 };

/* The words that Redis' errors begin with; what is not here is "other", so that no text of anybody
 * else becomes a label. */
static const char *const words[] = {
#define ERROR(word, reaction, says, helps) #word,
#define PHRASE(...)
#include "store/errors.def"
#undef ERROR
#undef PHRASE
    "WRONGTYPE",
    "ERR",
};

static const char *
word_of(struct text error)
{
    size_t length = 0;
    while (length < error.length && error.at[length] != ' ')
        length++;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (text_equal((struct text){ error.at, length }, text_of(words[i])))
            return words[i];
    return "other";
}

static int64_t
now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void
note_duration(const struct meters *m, const struct command *first, int64_t took_us)
{
    if (first->script == NULL)
        return;
    if (first->script->number == SCRIPT_COMMIT)
        metric_observe(m->plain[METER_COMMIT], took_us);
    else if (first->script->number == SCRIPT_PUSH)
        metric_observe(m->plain[METER_PUSH], took_us);
}

/* What each answer says of Redis; true: there was one. */
static bool
note_answers(const struct meters *m, const struct answer *answers, size_t count)
{
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        any = any || answers[i].kind != ANSWER_AWAY;
        if (answers[i].kind == ANSWER_ERROR)
            metric_add(
                metric_at(m->metrics, METER_REDIS_ERRORS, word_of(answers[i].text), NULL, NULL), 1);
    }
    return any;
}

void
meters_redis_asked(struct meters *m)
{
    atomic_store_explicit(&m->asked_at, clock_tick_ms(), memory_order_relaxed);
}

void
meters_redis(struct meters *m, bool answered)
{
    atomic_store_explicit(&m->asked_at, 0, memory_order_relaxed);
    atomic_store_explicit(&m->answered, answered, memory_order_relaxed);
}

static enum fault
run_timed(void *self, const struct command *commands, size_t count, struct answer *answers,
          struct why *why)
{
    struct meters *m = self;
    int64_t began = now_us();
    atomic_store_explicit(&m->asked_at, began / 1000, memory_order_relaxed);
    monitor_beat(m->monitor);
    enum fault fault = m->store.run(m->store.self, commands, count, answers, why);
    if (count > 0)
        note_duration(m, &commands[0], now_us() - began);
    metric_add(m->plain[METER_REDIS_RUNS], 1);
    if (fault != FAULT_NONE)
        metric_add(m->plain[METER_REDIS_UNANSWERED], 1);
    /* Some servers of several may have answered. */
    bool any = fault == FAULT_NONE || fault == FAULT_STORE_AWAY;
    any = any && (note_answers(m, answers, count) || count == 0);
    meters_redis(m, any || fault == FAULT_NONE);
    return fault;
}

struct store_way
meters_store(struct meters *m, struct store_way store)
{
    if (m->metrics == NULL)
        return store;
    m->store = store;
    return (struct store_way){ .self = m, .run = run_timed };
}

bool
meters_redis_is_up(const struct meters *m, int64_t now)
{
    int64_t asked_at = atomic_load_explicit(&m->asked_at, memory_order_relaxed);
    return atomic_load_explicit(&m->answered, memory_order_relaxed) &&
           (asked_at == 0 || now - asked_at < PATIENCE_MS);
}
