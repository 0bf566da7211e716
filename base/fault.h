/* fault.h - how anything in this program says that it failed.
 *
 * A function that can fail returns an enum fault; FAULT_NONE (zero) is
 * success.  Its last parameter is a struct why, where it leaves one sentence
 * for a person.  The code decides what the program does, the sentence never.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <stdbool.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(string, first) __attribute__((format(printf, string, first)))

/* What the caller does about a fault.  The main loops look only at this. */
enum remedy {
    GO_ON,     /* nothing is wrong */
    SET_ASIDE, /* this record is bad and will stay bad: dead-letter it */
    TRY_AGAIN, /* the world is busy or away: wait, then the same again */
    STOP,      /* we are wrong or starved: say so and exit non-zero */
};

enum fault {
#define FAULT(name, remedy, meaning) name,
#define REFUSAL(name, remedy, meaning) name,
#include "base/fault.def"
#undef FAULT
#undef REFUSAL
    FAULT_COUNT
};

/* One sentence about what failed.  Zero-initialised it says nothing. */
struct why {
    char field[24]; /* the record's field that a refusal is about, or "" */
    char text[400]; /* NUL-terminated, cut short if need be */
};

/* The remedy column of fault.def.  `fault` is one of the table: another number
 * is our mistake, and ends in an assert. */
enum remedy fault_remedy(enum fault fault);

/* The name as in fault.def: "BAD_VALUE".  A constant, never NULL. */
const char *fault_name(enum fault fault);

/* The meaning column; a constant, never NULL. */
const char *fault_meaning(enum fault fault);

/* True for the closed list of refusals of a record, docs/design.md. */
bool fault_is_refusal(enum fault fault);

/* Write the sentence and hand the code back, so that a caller can say
 *     return why_set(why, FAULT_OPTION, "%s: no such option", name);
 * Clears why->field.  A NULL why is allowed: nobody will read the sentence.
 * What it quotes can do no harm: control characters, and bytes that are no
 * UTF-8, become '?', here and in why->field. */
#define why_set(why, fault, ...) why_code((fault), why_write((why), "", __VA_ARGS__))

/* The same for a refusal that is about one field; field may be "". */
#define why_field(why, fault, field, ...) why_code((fault), why_write((why), (field), __VA_ARGS__))

/* In two parts, so that a compiler and an analyzer see which code comes back.
 * False: nobody will read it. */
bool why_write(struct why *why, const char *field, const char *format, ...) PRINTF_LIKE(3, 4);
static inline enum fault
why_code(enum fault fault, bool written)
{
    (void)written;
    return fault;
}

#endif
