#include "tests/starved/starve.h"

static long left, failures, paused;
static bool failed;

void *starve_malloc(size_t size);
void *starve_calloc(size_t count, size_t size);
void *starve_realloc(void *at, size_t size);
void *starve_aligned_alloc(size_t alignment, size_t size);

/* A whole program is told by its environment, and says when it happened. */
static bool tells;

__attribute__((constructor)) static void
starve_by_environment(void)
{
    const char *nth = getenv("STARVE_AFTER");

    tells = nth != NULL;
    left = tells ? strtol(nth, NULL, 10) : 0;
}

void
starve_after(long nth)
{
    left = nth;
    failed = false;
}

bool
starve_has_failed(void)
{
    return failed;
}

long
starve_failures(void)
{
    return failures;
}

void
starve_pause(void)
{
    paused++;
}

void
starve_resume(void)
{
    paused--;
}

static bool
is_refused(void)
{
    if (paused > 0 || left == 0 || --left > 0)
        return false;
    failed = true;
    failures++;
    if (tells)
        (void)fputs("STARVED\n", stderr);
    return true;
}

void *
starve_malloc(size_t size)
{
    return is_refused() ? NULL : malloc(size);
}

void *
starve_calloc(size_t count, size_t size)
{
    return is_refused() ? NULL : calloc(count, size);
}

void *
starve_realloc(void *at, size_t size)
{
    return is_refused() ? NULL : realloc(at, size);
}

void *
starve_aligned_alloc(size_t alignment, size_t size)
{
    return is_refused() ? NULL : aligned_alloc(alignment, size);
}
