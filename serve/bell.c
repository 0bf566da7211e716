/* One XREAD BLOCK over the changes of all scopes that are watched, again and again. */
#include "serve/bell.h"

#include "base/thread.h"

enum { SILENCE_MS = BELL_MS + 1000 };

struct bell {
    struct store *store;
    struct calls calls;
    const char *prefix;
    void (*ring)(void *self);
    void *self;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock;
    pthread_cond_t cond;
    /* Under the lock. */
    bool stops, has_rung;
    uint64_t scopes;
    struct position at[SCOPE_COUNT];
};

/* What is to be waited for.  False: it is over. */
static bool
hear(struct bell *bell, uint64_t *scopes, struct position at[SCOPE_COUNT])
{
    pthread_mutex_lock(&bell->lock);
    while (!bell->stops && (bell->scopes == 0 || bell->has_rung))
        pthread_cond_wait(&bell->cond, &bell->lock);
    bool goes_on = !bell->stops;
    *scopes = bell->scopes;
    memcpy(at, bell->at, sizeof bell->at);
    pthread_mutex_unlock(&bell->lock);
    return goes_on;
}

static void
ask(struct bell *bell, uint64_t scopes, const struct position at[SCOPE_COUNT])
{
    struct calls *calls = &bell->calls;
    char text[KEY_BYTES];
    struct text key = { NULL, 0 };
    calls_reset(calls);
    (void)key_scope(bell->prefix, __builtin_ctzll(scopes), "changes", text);
    key = calls_keep(calls, text_of(text));
    calls_begin(calls, NULL, key);
    calls_arg(calls, TEXT_LITERAL("XREAD"));
    calls_arg(calls, TEXT_LITERAL("COUNT"));
    calls_integer(calls, 1);
    calls_arg(calls, TEXT_LITERAL("BLOCK"));
    calls_integer(calls, BELL_MS);
    calls_arg(calls, TEXT_LITERAL("STREAMS"));
    for (uint64_t left = scopes; left != 0; left &= left - 1) {
        (void)key_scope(bell->prefix, __builtin_ctzll(left), "changes", text);
        calls_copy(calls, text_of(text));
    }
    for (uint64_t left = scopes; left != 0; left &= left - 1)
        calls_copy(calls, position_write(&at[__builtin_ctzll(left)], text));
}

static void *
work(void *self)
{
    struct bell *bell = self;
    const struct store_way way = store_way(bell->store);
    struct position at[SCOPE_COUNT];
    uint64_t scopes;
    while (hear(bell, &scopes, at)) {
        struct why why;
        ask(bell, scopes, at);
        enum fault fault = calls_run(&bell->calls, &way, &why);
        if (fault == FAULT_NONE && bell->calls.answers[0].kind != ANSWER_LIST)
            continue; /* nothing came */
        /* Also where Redis is away: who is rung finds it out for himself. */
        pthread_mutex_lock(&bell->lock);
        bell->has_rung = true;
        pthread_mutex_unlock(&bell->lock);
        bell->ring(bell->self);
    }
    return NULL;
}

void
bell_wait(struct bell *bell, const struct tail *tail, uint64_t scopes)
{
    pthread_mutex_lock(&bell->lock);
    bell->scopes = scopes;
    bell->has_rung = false;
    for (int i = 0; i < SCOPE_COUNT; i++)
        bell->at[i] = tail->of[i].at;
    pthread_cond_signal(&bell->cond);
    pthread_mutex_unlock(&bell->lock);
}

enum fault
bell_open(const struct store_options *store, const char *prefix, void (*ring)(void *self),
          void *self, struct bell **out, struct why *why)
{
    struct store_options options = *store;
    struct bell *bell = calloc(1, sizeof *bell);
    if (bell == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for a reader of changes");
    *bell = (struct bell){ .prefix = prefix, .ring = ring, .self = self };
    pthread_mutex_init(&bell->lock, NULL);
    pthread_cond_init(&bell->cond, NULL);
    options.connect_ms = options.command_ms = SILENCE_MS;
    enum fault fault = store_open(&options, &bell->store, why);
    if (fault == FAULT_NONE && thread_begin(&bell->thread, work, bell) != 0)
        fault = why_set(why, FAULT_NO_MEMORY, "no thread can be started");
    bell->has_thread = fault == FAULT_NONE;
    if (fault == FAULT_NONE)
        *out = bell;
    else
        bell_close(bell);
    return fault;
}

void
bell_close(struct bell *bell)
{
    if (bell == NULL)
        return;
    pthread_mutex_lock(&bell->lock);
    bell->stops = true;
    pthread_cond_signal(&bell->cond);
    pthread_mutex_unlock(&bell->lock);
    if (bell->has_thread)
        pthread_join(bell->thread, NULL);
    pthread_cond_destroy(&bell->cond);
    pthread_mutex_destroy(&bell->lock);
    calls_release(&bell->calls);
    store_free(bell->store);
    free(bell);
}
