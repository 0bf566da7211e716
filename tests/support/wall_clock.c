/* wall_clock.so - a wall clock that a test sets, for one program.
 *
 * LD_PRELOAD it and name in TALLY_WALL_CLOCK a file of 8 bytes: by how many ms
 * (int64, as this machine writes it) the wall clock is off.  The file may be
 * rewritten in place at any time; the program sees a clock that was set.  Waits
 * until a time of the wall clock (librdkafka waits by cnd_timedwait) then last
 * as long as they do on a machine whose clock was set: longer when it was set
 * back.  The monotonic clock goes on as it is. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

enum { NS = 1000000000, SLICE_NS = 20000000 };

static int64_t nothing;
static const volatile int64_t *off_ms = &nothing;
static int (*real_cnd_timedwait)(cnd_t *, mtx_t *, const struct timespec *);

__attribute__((constructor)) static void
look_for_the_file(void)
{
    const char *name = getenv("TALLY_WALL_CLOCK");
    int file = name == NULL ? -1 : open(name, O_RDONLY | O_CLOEXEC);
    void *at = file < 0 ? MAP_FAILED : mmap(NULL, sizeof *off_ms, PROT_READ, MAP_SHARED, file, 0);

    if (at != MAP_FAILED)
        off_ms = at;
    if (file >= 0)
        (void)close(file);
    *(void **)&real_cnd_timedwait = dlsym(RTLD_NEXT, "cnd_timedwait");
}

static int64_t
real_ns(clockid_t clock)
{
    struct timespec now = { 0, 0 };

    (void)syscall(SYS_clock_gettime, clock, &now);
    return (int64_t)now.tv_sec * NS + now.tv_nsec;
}

static struct timespec
of_ns(int64_t ns)
{
    return (struct timespec){ .tv_sec = (time_t)(ns / NS), .tv_nsec = (long)(ns % NS) };
}

static int64_t
wall_ns(void)
{
    return real_ns(CLOCK_REALTIME) + *off_ms * 1000000;
}

int
clock_gettime(clockid_t clock, struct timespec *out)
{
    if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)
        return (int)syscall(SYS_clock_gettime, clock, out);
    *out = of_ns(wall_ns());
    return 0;
}

int
timespec_get(struct timespec *out, int base)
{
    *out = of_ns(wall_ns());
    return base;
}

int
gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    struct timespec now = of_ns(wall_ns());

    (void)zone;
    *out = (struct timeval){ .tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000 };
    return 0;
}

time_t
time(time_t *out)
{
    time_t now = (time_t)(wall_ns() / NS);

    if (out != NULL)
        *out = now;
    return now;
}

int
cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex,
              const struct timespec *restrict until)
{
    int64_t end = (int64_t)until->tv_sec * NS + until->tv_nsec, left;
    struct timespec slice;
    int result;

    do { /* in slices, since the clock may be set meanwhile */
        left = end - wall_ns();
        if (left <= 0)
            return thrd_timedout;
        slice = of_ns(real_ns(CLOCK_REALTIME) + (left < SLICE_NS ? left : SLICE_NS));
        result = real_cnd_timedwait(condition, mutex, &slice);
    } while (result == thrd_timedout);
    return result;
}
