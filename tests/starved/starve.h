/* starve.h - allocations that fail when a test wants them to.
 *
 * The rooms' libraries are copied with malloc, calloc and realloc renamed to
 * starve_malloc, ... (CMakeLists.txt): so every allocation of our own code can
 * fail, and none of a library's or of the test's own.  In a program of its own
 * STARVE_AFTER=n in the environment is starve_after(n); "STARVED" on stderr
 * says that it failed. */
#ifndef TESTS_STARVED_STARVE_H
#define TESTS_STARVED_STARVE_H

#include <stdbool.h>

/* The nth allocation from now on fails, once; 0: none will. */
void starve_after(long nth);

/* Has it failed? */
bool starve_has_failed(void);

/* Allocations of our code that failed since the program began. */
long starve_failures(void);

/* In between, allocations are neither counted nor fail: our code is called on
 * behalf of the test.  May be nested. */
void starve_pause(void);
void starve_resume(void);

#endif
