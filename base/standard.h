/* standard.h - descriptors 0 to 2 are there, and what was printed has arrived. */
#ifndef BASE_STANDARD_H
#define BASE_STANDARD_H

#include "base/fault.h"

/* First in main, before anything is opened: a program may be started with
 * standard descriptors closed, and the first socket would then become stdout.
 * What is missing becomes /dev/null; a missing stdout such that every write to
 * it fails, since results may not vanish.  False: that can't be done. */
MUST_USE bool standard_open(void);

/* Last in main: write out and close stdout.  FAULT_FILE with the reason when
 * not all that was printed has been taken. */
MUST_USE enum fault standard_end(struct why *why);

#endif
