#include "tests/starved/starve.h"

static long left, failures, paused;
static bool failed;

void *starve_malloc(size_t size);
void *starve_calloc(size_t count, size_t size);
void *starve_realloc(void *at, size_t size);

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
