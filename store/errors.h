/* errors.h - what Redis answers instead of doing what it was asked.  One table,
 * errors.def, says for each of them what is done about it. */
#ifndef STORE_ERRORS_H
#define STORE_ERRORS_H

#include "base/fault.h"
#include "base/text.h"

enum reaction {
    REACTION_STOP,
    REACTION_WAIT,
    REACTION_AWAY,
    REACTION_AGAIN,
};

/* REACTION_STOP when it is not known. */
enum reaction error_reaction(struct text error);

/* What helps; "" when the error is not known.  A constant. */
const char *error_remedy(struct text error);

/* Say what Redis said and what helps; hands the fault back. */
enum fault error_say(struct text error, enum fault fault, struct why *why);

#endif
