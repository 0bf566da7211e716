/* A ring of lines between those who put them and the thread that writes.
 *
 *      put -> | length line | length line | ...  -> write(2)
 *
 * Why a thread.  O_NONBLOCK would be set for all processes that share the open
 * file, the shell too.  poll() promises room for one page of a pipe, and that
 * to nobody who shares it; of a terminal or a slow disk it promises nothing.
 * A thread may stand still in write(2), whatever stderr is, and is left there
 * at the end: it ends with the process.
 *
 * Each line is one write(2): up to PIPE_BUF bytes are then whole even in a pipe
 * that others write to.  Once lines were dropped, the count goes into the ring
 * when that is half empty, so that it stands where the lines would have. */
#include "base/outlet.h"
#include "base/thread.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

enum { LOOK_MS = 100 };

/* Before each line in the ring.  `sure`: it came by outlet_put_surely(), and
 * its loss is told by outlet_flush(). */
struct head {
    uint32_t length;
    bool sure;
};

struct outlet {
    pthread_mutex_t lock;
    pthread_cond_t filled, emptied;
    pthread_t thread;
    int fd;
    bool closing;
    bool left;    /* closed while the thread stood still: the thread releases it */
    bool writing; /* the thread has a line in hand */
    bool refused; /* the last write failed: the count waits until one succeeds */
    bool torn;    /* it failed in the middle of a line */
    struct log notice;
    int64_t untold;          /* dropped, and not yet told */
    _Atomic int64_t dropped; /* ever */
    int64_t lost;            /* that were put surely */
    size_t from, used;
    char ring[OUTLET_BYTES];
};

/* ---- the ring; under the lock --------------------------------------------------- */

/* The ring holds bytes, so a line or its head may go on at the beginning of it.
 * The caller has seen that there is room; the first part ends where the ring
 * does. */
static void
copy_in(struct outlet *o, const void *from, size_t length)
{
    size_t at = (o->from + o->used) % OUTLET_BYTES;
    size_t first = OUTLET_BYTES - at < length ? OUTLET_BYTES - at : length;

    memcpy(o->ring + at, from, first);
    memcpy(o->ring, (const char *)from + first, length - first);
    o->used += length;
}

/* From the ring in one piece or in two: a line may go on at the beginning of
 * the ring.  The caller has looked that so much is there. */
static void
copy_out(struct outlet *o, void *to, size_t length)
{
    size_t first = OUTLET_BYTES - o->from < length ? OUTLET_BYTES - o->from : length;

    memcpy(to, o->ring + o->from, first);
    memcpy((char *)to + first, o->ring, length - first);
    o->from = (o->from + length) % OUTLET_BYTES;
    o->used -= length;
}

static bool
has_room(const struct outlet *o, size_t length)
{
    return OUTLET_BYTES - o->used >= sizeof(struct head) + length;
}

/* Puts a line with its head.  The caller has seen that there is room. */
static void
add(struct outlet *o, const char *line, size_t length, bool sure)
{
    struct head head = { .length = (uint32_t)length, .sure = sure };

    copy_in(o, &head, sizeof head);
    copy_in(o, line, length);
    (void)pthread_cond_signal(&o->filled);
}

/* The shape of struct log's put: the outlet's own line takes the same way.
 * There is room: it is only said when half of the ring is free. */
static void
add_notice(void *self, const char *line, size_t length)
{
    add(self, line, length, false);
}

/* Tells the count of dropped lines, once it has room.  While writes are refused
 * it waits: a line that says so would be lost as well. */
static void
tell_dropped(struct outlet *o)
{
    if (o->untold == 0 || o->refused || o->used > OUTLET_BYTES / 2)
        return;
    log_say(&o->notice, LOG_WARN, "log lines were dropped", LOG_I("lines", o->untold));
    o->untold = 0;
}

/* A line that will not be written.  Counted for the notice, for good, and as
 * lost when it was put surely. */
static void
drop(struct outlet *o, bool sure)
{
    o->untold++;
    o->dropped++;
    o->lost += sure;
}

/* ---- the thread ------------------------------------------------------------------ */

/* False: refused, in the middle of a line perhaps. */
static bool
write_whole(int fd, const char *at, size_t length, bool *torn)
{
    while (length > 0) {
        ssize_t done = write(fd, at, length);

        if (done >= 0) {
            at += done;
            length -= (size_t)done;
            *torn = length > 0;
        } else if (errno == EAGAIN) { /* somebody else has set O_NONBLOCK */
            struct pollfd look = { .fd = fd, .events = POLLOUT };
            (void)poll(&look, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

/* Without the lock; `line` begins with a newline, which a torn line before
 * gets. */
static bool
write_line(struct outlet *o, const char *line, size_t length)
{
    bool after_torn = o->torn;

    return write_whole(o->fd, after_torn ? line : line + 1, after_torn ? length + 1 : length,
                       &o->torn);
}

static void
release(struct outlet *o)
{
    (void)pthread_cond_destroy(&o->emptied);
    (void)pthread_cond_destroy(&o->filled);
    (void)pthread_mutex_destroy(&o->lock);
    free(o);
}

/* The thread.  It takes one line at a time, so that a put finds room as soon as
 * there is some. */
static void *
write_lines(void *self)
{
    struct outlet *o = self;
    char line[1 + LOG_LINE_BYTES] = { '\n' };
    struct head head;

    (void)pthread_mutex_lock(&o->lock);
    /* The lock is held but for the write.  `writing` stands for the line that
     * is neither in the ring nor written; outlet_flush() waits for it, too. */
    for (;;) {
        tell_dropped(o);
        while (o->used == 0 && !o->closing)
            (void)pthread_cond_wait(&o->filled, &o->lock);
        if (o->used == 0)
            break;
        copy_out(o, &head, sizeof head);
        copy_out(o, line + 1, head.length);
        o->writing = true;
        (void)pthread_mutex_unlock(&o->lock);
        bool good = write_line(o, line, head.length);
        (void)pthread_mutex_lock(&o->lock);
        o->writing = false;
        o->refused = !good;
        if (!good)
            drop(o, head.sure);
        tell_dropped(o);
        (void)pthread_cond_broadcast(&o->emptied);
    }
    bool left = o->left;
    (void)pthread_mutex_unlock(&o->lock);
    if (left)
        release(o);
    return NULL;
}

/* ---- for everybody --------------------------------------------------------------- */

enum fault
outlet_open(int fd, bool as_text, int64_t (*now_ms)(void), struct outlet **out, struct why *why)
{
    struct outlet *o = calloc(1, sizeof *o);
    pthread_condattr_t steady;
    int error;

    if (o == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for the log");
    o->fd = fd;
    o->notice = (struct log){ LOG_DEBUG, as_text, now_ms, add_notice, o };
    (void)pthread_mutex_init(&o->lock, NULL);
    (void)pthread_cond_init(&o->filled, NULL);
    (void)pthread_condattr_init(&steady);
    /* Waits with a limit go by the steady clock: one that is set back would
     * make them longer. */
    (void)pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&o->emptied, &steady);
    (void)pthread_condattr_destroy(&steady);
    error = thread_begin(&o->thread, write_lines, o);
    if (error != 0) {
        release(o);
        return why_set(why, FAULT_NO_MEMORY, "no thread for the log: %s", strerror(error));
    }
    *out = o;
    return FAULT_NONE;
}

void
outlet_put(void *self, const char *line, size_t length)
{
    struct outlet *o = self;

    (void)pthread_mutex_lock(&o->lock);
    /* Once one was dropped the others are, too, until the count is told; when
     * writes are refused each is tried. */
    if (length <= LOG_LINE_BYTES && has_room(o, length) && (o->untold == 0 || o->refused))
        add(o, line, length, false);
    else
        drop(o, false);
    (void)pthread_mutex_unlock(&o->lock);
}

/* A time of the steady clock, as pthread_cond_timedwait() wants it. */
static struct timespec
from_now(int64_t ms)
{
    struct timespec at;

    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += (time_t)(ms / 1000);
    at.tv_nsec += (long)(ms % 1000) * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

/* Waits for the thread to have written something, or for a tenth of a second.
 * Then the caller asks goes_on() again: a signal may have come meanwhile. */
static void
wait_a_look(struct outlet *o)
{
    struct timespec until = from_now(LOOK_MS);

    (void)pthread_cond_timedwait(&o->emptied, &o->lock, &until);
}

enum fault
outlet_put_surely(struct outlet *o, const char *line, size_t length, bool (*goes_on)(void *self),
                  void *self, struct why *why)
{
    enum fault fault = FAULT_NONE;

    (void)pthread_mutex_lock(&o->lock);
    while (length <= LOG_LINE_BYTES && !has_room(o, length) && goes_on(self))
        wait_a_look(o);
    if (length > LOG_LINE_BYTES)
        fault = why_set(why, FAULT_FILE, "a line of %zu bytes; %d are the most", length,
                        LOG_LINE_BYTES);
    else if (!has_room(o, length))
        fault = why_set(why, FAULT_FILE, "who reads the lines does not go on");
    if (fault == FAULT_NONE)
        add(o, line, length, true);
    else
        drop(o, true);
    (void)pthread_mutex_unlock(&o->lock);
    return fault;
}

/* Lines that are in the ring, or in the thread's hand. */
static bool
has_more(const struct outlet *o)
{
    return o->used > 0 || o->writing;
}

bool
outlet_flush(struct outlet *o, bool (*goes_on)(void *self), void *self)
{
    bool good;

    (void)pthread_mutex_lock(&o->lock);
    while (has_more(o) && goes_on(self))
        wait_a_look(o);
    good = !has_more(o) && o->lost == 0;
    (void)pthread_mutex_unlock(&o->lock);
    return good;
}

int64_t
outlet_dropped(struct outlet *o)
{
    return o->dropped;
}

void
outlet_close(struct outlet *o, int64_t wait_ms)
{
    struct timespec until = from_now(wait_ms);
    bool left;

    if (o == NULL)
        return;
    (void)pthread_mutex_lock(&o->lock);
    o->closing = true;
    (void)pthread_cond_signal(&o->filled);
    while (has_more(o))
        if (pthread_cond_timedwait(&o->emptied, &o->lock, &until) != 0)
            break;
    /* The thread may hang in write(2) for ever.  Then the outlet is its own: it
     * releases it should that write return. */
    left = o->left = has_more(o);
    if (left)
        (void)pthread_detach(o->thread);
    (void)pthread_mutex_unlock(&o->lock);
    if (left)
        return;
    (void)pthread_join(o->thread, NULL);
    release(o);
}
