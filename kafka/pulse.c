/* rd_kafka_metadata(3) of any broker.
 *
 * One question that nobody answers proves little: of several brokers it may have been the one that
 * has just died.  So the second one follows at once, and only when that fails, too, Kafka is away.
 * The client is asked while the lock is held, so that nobody destroys it meanwhile. */
#include "kafka/pulse.h"

#include "base/thread.h"

#include <librdkafka/rdkafka.h>
#include <stdatomic.h>
#include <time.h>

enum { ANSWER_MS = 1000, REST_S = 2, MISSED_MOST = 2 };

struct pulse {
    pthread_t thread;
    pthread_mutex_t client_lock; /* of the client: held while it is asked */
    rd_kafka_t *client;          /* or NULL */
    pthread_mutex_t end_lock;
    pthread_cond_t ending;
    bool ends;
    _Atomic bool is_up;
};

static bool
answers(rd_kafka_t *client)
{
    const struct rd_kafka_metadata *answer;
    if (client == NULL ||
        rd_kafka_metadata(client, 0, NULL, &answer, ANSWER_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return false;
    rd_kafka_metadata_destroy(answer);
    return true;
}

/* False: it is the end. */
static bool
rest(struct pulse *p)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += REST_S;
    (void)pthread_mutex_lock(&p->end_lock);
    while (!p->ends && pthread_cond_timedwait(&p->ending, &p->end_lock, &until) == 0)
        continue;
    bool goes_on = !p->ends;
    (void)pthread_mutex_unlock(&p->end_lock);
    return goes_on;
}

static bool
is_ending(struct pulse *p)
{
    (void)pthread_mutex_lock(&p->end_lock);
    bool ends = p->ends;
    (void)pthread_mutex_unlock(&p->end_lock);
    return ends;
}

static void *
work(void *self)
{
    struct pulse *p = self;
    do {
        bool is_up = false;
        for (int missed = 0; missed < MISSED_MOST && !is_up && !is_ending(p); missed++) {
            (void)pthread_mutex_lock(&p->client_lock);
            is_up = answers(p->client);
            (void)pthread_mutex_unlock(&p->client_lock);
        }
        atomic_store(&p->is_up, is_up);
    } while (rest(p));
    return NULL;
}

enum fault
pulse_open(struct rd_kafka_s *client, struct pulse **out, struct why *why)
{
    pthread_condattr_t steady;
    struct pulse *p = calloc(1, sizeof *p);
    if (p == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory to ask Kafka");
    p->client = client;
    atomic_init(&p->is_up, false);
    (void)pthread_mutex_init(&p->client_lock, NULL);
    (void)pthread_mutex_init(&p->end_lock, NULL);
    (void)pthread_condattr_init(&steady);
    (void)pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&p->ending, &steady);
    (void)pthread_condattr_destroy(&steady);
    if (thread_begin(&p->thread, work, p) != 0) {
        free(p);
        return why_set(why, FAULT_NO_MEMORY, "no thread to ask Kafka can be had");
    }
    *out = p;
    return FAULT_NONE;
}

void
pulse_close(struct pulse *p)
{
    if (p == NULL)
        return;
    (void)pthread_mutex_lock(&p->end_lock);
    p->ends = true;
    (void)pthread_cond_signal(&p->ending);
    (void)pthread_mutex_unlock(&p->end_lock);
    (void)pthread_join(p->thread, NULL);
    (void)pthread_cond_destroy(&p->ending);
    (void)pthread_mutex_destroy(&p->end_lock);
    (void)pthread_mutex_destroy(&p->client_lock);
    free(p);
}

void
pulse_use(struct pulse *p, struct rd_kafka_s *client)
{
    if (p == NULL)
        return;
    (void)pthread_mutex_lock(&p->client_lock);
    p->client = client;
    (void)pthread_mutex_unlock(&p->client_lock);
}

bool
pulse_is_up(const struct pulse *p)
{
    return p != NULL && atomic_load(&p->is_up);
}
