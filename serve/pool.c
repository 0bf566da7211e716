/* Workers, and the two queues between them and the thread that serves HTTP. */
#include "serve/pool.h"

#include "base/thread.h"
#include "store/store.h"

#include <stdlib.h>
#include <unistd.h>

enum { CONNECT_MS = 800, COMMAND_MS = 800, SLOW_COMMAND_MS = 10000 };

/* First in, first out. */
struct queue {
    struct task *first, *last;
    size_t count;
};

struct worker {
    struct pool *pool;
    pthread_t thread;
    struct queue *queue;  /* that it takes from */
    pthread_cond_t *more; /* something is in it */
    struct store *store;
    struct lookup lookup;
    struct reading reading; /* its memory is used again by each pipeline */
};

struct pool {
    struct queue fresh_quick, fresh_slow; /* put, and not handed over yet: the server's */
    pthread_mutex_t lock;                 /* of all below but the workers */
    pthread_cond_t more_quick, more_slow;
    struct queue quick, slow, done;
    bool ends;
    int wake_fd;
    struct worker workers[POOL_WORKERS_MOST + 1]; /* the last one takes what is slow */
    size_t count;
};

/* ---- queues; the lock is held ------------------------------------------------------------ */

static void
put(struct queue *queue, struct task *task)
{
    task->next = NULL;
    if (queue->last == NULL)
        queue->first = task;
    else
        queue->last->next = task;
    queue->last = task;
    queue->count++;
}

static struct task *
take(struct queue *queue)
{
    struct task *task = queue->first;

    if (task == NULL)
        return NULL;
    queue->first = task->next;
    if (queue->first == NULL)
        queue->last = NULL;
    queue->count--;
    task->next = NULL;
    return task;
}

static void
free_all(struct queue *queue)
{
    for (struct task *task = take(queue); task != NULL; task = take(queue))
        task_free(task);
}

/* ---- a worker ---------------------------------------------------------------------------- */

static bool
is_slow(const struct task *task)
{
    return task->kind != TASK_QUESTION;
}

/* Wait for something to do; how many were taken.  0: it is the end. */
static size_t
wait_for_tasks(struct worker *w, struct task *tasks[POOL_AT_ONCE])
{
    struct pool *pool = w->pool;
    size_t count = 0, most = w->queue == &pool->slow ? 1 : POOL_AT_ONCE;

    (void)pthread_mutex_lock(&pool->lock);
    while (!pool->ends && w->queue->count == 0)
        (void)pthread_cond_wait(w->more, &pool->lock);
    while (!pool->ends && count < most && w->queue->count > 0)
        tasks[count++] = take(w->queue);
    (void)pthread_mutex_unlock(&pool->lock);
    return count;
}

static void
give_back(struct worker *w, struct task *const *tasks, size_t count)
{
    struct pool *pool = w->pool;
    const uint64_t one = 1;

    (void)pthread_mutex_lock(&pool->lock);
    for (size_t i = 0; i < count; i++)
        put(&pool->done, tasks[i]);
    (void)pthread_mutex_unlock(&pool->lock);
    (void)!write(pool->wake_fd, &one, sizeof one); /* full: it is ready to be read already */
}

/* Which of the tasks before it asks the same; itself: none does. */
static size_t
first_of_same(struct task *const *tasks, const bool *is_asked, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (is_asked[k] && task_is_same(tasks[k], tasks[i]))
            return k;
    return i;
}

/* What all of them want of a scope is one transaction. */
static enum fault
ask_each(struct task *const *tasks, const size_t *same, const bool *is_asked, size_t count,
         struct reading *reading, struct why *why)
{
    enum fault fault = FAULT_NONE;

    for (size_t i = 0; i < count && fault == FAULT_NONE; i++)
        if (is_asked[i] && same[i] == i)
            fault = question_begin(&tasks[i]->question, why);
    for (int scope = 0; scope < SCOPE_COUNT; scope++)
        for (size_t i = 0; i < count && fault == FAULT_NONE; i++)
            if (is_asked[i] && same[i] == i)
                fault = question_ask_scope(&tasks[i]->question, scope, reading, why);
    return fault;
}

static void
answer_each(const struct worker *w, struct task *const *tasks, const size_t *same,
            const bool *is_asked, size_t count, const struct reading *reading)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_asked[i])
            continue;
        if (same[i] == i)
            answer_question(tasks[i], &w->lookup, reading);
        else
            answer_same(tasks[i], tasks[same[i]]);
    }
}

/* All of them in one pipeline; what several ask at the same time is read and written once. */
static void
answer_questions(struct worker *w, struct task *const *tasks, size_t count)
{
    size_t same[POOL_AT_ONCE];
    bool is_asked[POOL_AT_ONCE];
    struct reading *reading = &w->reading;
    struct why why;

    reading_reset(reading);
    for (size_t i = 0; i < count; i++) {
        is_asked[i] = !atomic_load_explicit(&tasks[i]->is_void, memory_order_relaxed);
        same[i] = is_asked[i] ? first_of_same(tasks, is_asked, i) : i;
    }
    enum fault fault = ask_each(tasks, same, is_asked, count, reading, &why);
    if (fault == FAULT_NONE && reading->count > 0)
        fault = reading_run_each(reading, &why);
    if (fault == FAULT_NONE)
        answer_each(w, tasks, same, is_asked, count, reading);
    for (size_t i = 0; i < count; i++) {
        if (fault != FAULT_NONE && is_asked[i])
            answer_fault(tasks[i], fault, &why);
        question_end(&tasks[i]->question);
    }
}

static void
answer_slow(const struct worker *w, struct task *task)
{
    if (atomic_load_explicit(&task->is_void, memory_order_relaxed))
        return;
    if (task->kind == TASK_COMMAND)
        answer_command(task, &w->lookup);
    else
        answer_changes(task, &w->lookup);
}

static void *
work(void *self)
{
    struct worker *w = self;
    struct task *tasks[POOL_AT_ONCE];
    size_t count;

    while ((count = wait_for_tasks(w, tasks)) > 0) {
        if (is_slow(tasks[0]))
            answer_slow(w, tasks[0]);
        else
            answer_questions(w, tasks, count);
        give_back(w, tasks, count);
    }
    return NULL;
}

/* ---- the pool ---------------------------------------------------------------------------- */

static enum fault
begin_worker(struct pool *pool, const struct lookup *lookup, const char *redis, bool is_for_slow,
             struct why *why)
{
    struct worker *w = &pool->workers[pool->count];
    const struct store_options options = { .url = redis,
                                           .connect_ms = CONNECT_MS,
                                           .command_ms = is_for_slow ? SLOW_COMMAND_MS : COMMAND_MS,
                                           .client_name = "tally-lookup" };

    *w = (struct worker){ .pool = pool,
                          .queue = is_for_slow ? &pool->slow : &pool->quick,
                          .more = is_for_slow ? &pool->more_slow : &pool->more_quick,
                          .lookup = *lookup };
    enum fault fault = store_open(&options, &w->store, why);
    if (fault != FAULT_NONE)
        return fault;
    w->lookup.way = store_way(w->store);
    w->lookup.as_json = true;
    reading_begin(&w->reading, &w->lookup);
    if (thread_begin(&w->thread, work, w) != 0) {
        store_free(w->store);
        return why_set(why, FAULT_NO_MEMORY, "no thread can be begun");
    }
    pool->count++;
    return FAULT_NONE;
}

enum fault
pool_open(const struct lookup *lookup, const char *redis, unsigned workers, int wake_fd,
          struct pool **out, struct why *why)
{
    struct pool *pool = calloc(1, sizeof *pool);
    enum fault fault = FAULT_NONE;

    if (pool == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for the workers");
    pool->wake_fd = wake_fd;
    (void)pthread_mutex_init(&pool->lock, NULL);
    (void)pthread_cond_init(&pool->more_quick, NULL);
    (void)pthread_cond_init(&pool->more_slow, NULL);
    for (unsigned i = 0; i <= workers && fault == FAULT_NONE; i++)
        fault = begin_worker(pool, lookup, redis, i == workers, why);
    if (fault == FAULT_NONE)
        *out = pool;
    else
        pool_close(pool);
    return fault;
}

void
pool_close(struct pool *pool)
{
    if (pool == NULL)
        return;
    (void)pthread_mutex_lock(&pool->lock);
    pool->ends = true;
    (void)pthread_cond_broadcast(&pool->more_quick);
    (void)pthread_cond_broadcast(&pool->more_slow);
    (void)pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < pool->count; i++) {
        (void)pthread_join(pool->workers[i].thread, NULL);
        reading_end(&pool->workers[i].reading);
        store_free(pool->workers[i].store);
    }
    free_all(&pool->fresh_quick);
    free_all(&pool->fresh_slow);
    free_all(&pool->quick);
    free_all(&pool->slow);
    free_all(&pool->done);
    (void)pthread_cond_destroy(&pool->more_quick);
    (void)pthread_cond_destroy(&pool->more_slow);
    (void)pthread_mutex_destroy(&pool->lock);
    free(pool);
}

bool
pool_put(struct pool *pool, struct task *task)
{
    bool is_for_slow = is_slow(task);
    struct queue *fresh = is_for_slow ? &pool->fresh_slow : &pool->fresh_quick;

    (void)pthread_mutex_lock(&pool->lock);
    size_t waiting = is_for_slow ? pool->slow.count : pool->quick.count;
    (void)pthread_mutex_unlock(&pool->lock);
    if (waiting + fresh->count >= (is_for_slow ? POOL_SLOW_QUEUE : POOL_QUEUE))
        return false;
    put(fresh, task);
    return true;
}

/* All of a queue behind another one; how many workers have something to do. */
static size_t
hand_over(struct queue *from, struct queue *to, size_t at_once)
{
    for (struct task *task = take(from); task != NULL; task = take(from))
        put(to, task);
    return (to->count + at_once - 1) / at_once;
}

void
pool_go(struct pool *pool)
{
    if (pool->fresh_quick.count + pool->fresh_slow.count == 0)
        return;
    (void)pthread_mutex_lock(&pool->lock);
    size_t quick = hand_over(&pool->fresh_quick, &pool->quick, POOL_AT_ONCE);
    size_t slow = hand_over(&pool->fresh_slow, &pool->slow, 1);
    (void)pthread_mutex_unlock(&pool->lock);
    for (; quick > 0; quick--)
        (void)pthread_cond_signal(&pool->more_quick);
    if (slow > 0)
        (void)pthread_cond_signal(&pool->more_slow);
}

struct task *
pool_done(struct pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    struct task *first = pool->done.first;
    pool->done = (struct queue){ 0 };
    (void)pthread_mutex_unlock(&pool->lock);
    return first;
}
