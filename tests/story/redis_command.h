/* redis_command.h - what every command of the invented Redis is made of. */
#ifndef STORY_REDIS_COMMAND_H
#define STORY_REDIS_COMMAND_H

#include "base/fault.h"
#include "tests/story/redis_inside.h"

#define COMMAND(name, words, run) void run(struct call *c);
#include "tests/story/redis_commands.def"
#undef COMMAND

/* ---- answers: the last one stands ------------------------------------------- */

void reply_error(struct call *c, const char *format, ...) PRINTF_LIKE(2, 3);
void reply_status(struct call *c, const char *status);
void reply_nil(struct call *c);
void reply_integer(struct call *c, int64_t n);
/* Borrowed: good until something is written. */
void reply_text(struct call *c, struct text t);
void reply_double(struct call *c, double d);
/* A list of `count` items, to be filled by the caller. */
struct answer *reply_list(struct call *c, size_t count);

struct answer answer_of_text(struct text t);
struct answer answer_of_double(struct call *c, double d);

void reply_syntax(struct call *c);
void reply_words(struct call *c); /* wrong number of arguments */

/* ---- arguments ---------------------------------------------------------------- */

bool word_is(struct text t, const char *word); /* whatever the case */
/* number_read(), or the error that Redis gives. */
bool number_wanted(struct call *c, struct text t, int64_t *out);

/* ---- keys: false when the answer is an error already --------------------------- */

/* The slot of a key; NULL when the command would touch two slots. */
struct slot *call_slot(struct call *c, struct text key);
/* The value to read; NULL when there is none. */
bool call_read(struct call *c, struct text key, enum value_kind kind, const struct value **out);
/* The value to write; made when there is none and make is true. */
bool
call_write(struct call *c, struct text key, enum value_kind kind, bool make, struct value **out);
/* A collection without members is no key. */
void call_remove_empty(struct call *c, struct text key, const struct value *v);

#endif
