/* calls.h - Redis commands under construction, sent as one pipeline.
 *
 * The bytes of all arguments are kept until calls_reset(); what is borrowed
 * must stay until the run is over.
 */
#ifndef STORE_CALLS_H
#define STORE_CALLS_H

#include "base/keep.h"
#include "store/store.h"

struct calls {
    struct text *args;
    size_t arg_count, arg_room;
    struct command *commands;
    struct answer *answers;
    size_t count, room, answer_room;
    struct keep kept;
    bool failed; /* no memory */
    bool heard;  /* a run brought an answer; whoever wants to know resets it */
};

/* A struct that is all zero is empty.  calls_reset() forgets all commands and
 * kept bytes, and makes what the last run answered void; memory stays for the
 * next commands.  calls_release() frees it and leaves the struct all zero. */
void calls_release(struct calls *calls);
void calls_reset(struct calls *calls);

/* Begin a command; `key` decides its slot and is borrowed or kept by
 * calls_keep().  With a script the first argument is its number of keys. */
void calls_begin(struct calls *calls, const struct script *script, struct text key);
/* One without a key, for the master of this number (struct command). */
void calls_begin_on(struct calls *calls, size_t master);
/* The next argument of the command begun last: a text that stays until the run
 * is over, or a number, whose digits are kept. */
void calls_arg(struct calls *calls, struct text borrowed);
void calls_integer(struct calls *calls, int64_t n);
/* A copy that stays until the next reset. */
struct text calls_keep(struct calls *calls, struct text t);
static inline void
calls_copy(struct calls *calls, struct text t)
{
    calls_arg(calls, calls_keep(calls, t));
}

/* Send all, wait for all answers: calls->answers[i] is of the i-th command.
 * FAULT_NONE; FAULT_STORE_AWAY: some answers are ANSWER_AWAY, also those that
 * Redis refused only for now (OOM, MISCONF, READONLY, NOREPLICAS);
 * FAULT_NO_MEMORY; FAULT_STORE_REFUSED when an answer is another error. */
MUST_USE enum fault calls_run(struct calls *calls, const struct store_way *store, struct why *why);

/* True when the answer is a list that begins with this word. */
bool answer_is(const struct answer *answer, const char *word);
/* Item i of a list as text; { NULL, 0 } when it is nil or not there. */
struct text answer_item(const struct answer *answer, size_t i);

#endif
