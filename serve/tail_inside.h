/* tail_inside.h - what tail.c and tail_judge.c share. */
#ifndef SERVE_TAIL_INSIDE_H
#define SERVE_TAIL_INSIDE_H

#include "serve/tail.h"

/* A command for entries of a scope: so many from `from` on, itself included (NULL or none: from
 * the beginning), or the last ones. */
void
tail_ask(struct tail *tail, int scope, const struct position *from, bool is_last, size_t count);
/* A command for the length of a scope's entries. */
void tail_ask_length(struct tail *tail, int scope);
/* Run what was asked; nothing is done for nothing. */
MUST_USE enum fault tail_run(struct tail *tail, struct why *why);
/* Was it answered?  A scope whose Redis is away, or refuses (a key of another type), is away, and
 * no other one. */
static inline bool
tail_is_given(const struct answer *answer)
{
    return answer->kind != ANSWER_AWAY && answer->kind != ANSWER_ERROR;
}

/* An entry of an answer.  False: it is none. */
MUST_USE bool
tail_entry(const struct answer *entry, struct position *position, struct text *partners);
/* An entry of a scope names partners: they changed with it, if not later.  Who they are. */
struct partners tail_note(struct tail_scope *of, const struct position *at, struct text names);

/* Does a page begin with this very entry? */
bool tail_is_there(const struct answer *page, const struct position *at);
/* Is the oldest entry there is newer? */
bool tail_is_trimmed(const struct answer *first, const struct position *at);

#endif
