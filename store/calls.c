/* Commands of one run under construction, and their answers.
 *
 * The arguments of all commands lie in one array that may move while it grows.
 * So a command only counts its own; calls_run() tells it where they are.  Kept
 * bytes lie in blocks that never move.
 *
 * A failure to get memory is remembered, and calls_run() says it: who builds
 * commands need not look at each step. */
#include "store/calls.h"

#include "base/grow.h"
#include "store/errors.h"

void
calls_release(struct calls *calls)
{
    keep_release(&calls->kept);
    free(calls->args);
    free(calls->commands);
    free(calls->answers);
    *calls = (struct calls){ 0 };
}

void
calls_reset(struct calls *calls)
{
    keep_reset(&calls->kept);
    calls->arg_count = 0;
    calls->count = 0;
    calls->failed = false;
}

void
calls_begin(struct calls *calls, const struct script *script, struct text key)
{
    struct command *larger =
        grow(calls->commands, &calls->room, calls->count + 1, sizeof *calls->commands);

    if (larger == NULL) {
        calls->failed = true;
        return;
    }
    calls->commands = larger;
    calls->commands[calls->count++] = (struct command){ .script = script, .key = key };
}

void
calls_begin_on(struct calls *calls, size_t master)
{
    calls_begin(calls, NULL, (struct text){ NULL, 0 });
    if (!calls->failed)
        calls->commands[calls->count - 1].master = master;
}

void
calls_arg(struct calls *calls, struct text borrowed)
{
    struct text *larger =
        grow(calls->args, &calls->arg_room, calls->arg_count + 1, sizeof *calls->args);

    if (larger != NULL)
        calls->args = larger;
    calls->failed = calls->failed || larger == NULL;
    if (calls->failed) /* perhaps there is no command that it could belong to */
        return;
    calls->args[calls->arg_count++] = borrowed;
    calls->commands[calls->count - 1].count++;
}

void
calls_integer(struct calls *calls, int64_t n)
{
    char digits[24];
    struct text_buffer b = { .at = digits, .size = sizeof digits };

    text_put_integer(&b, n);
    calls_copy(calls, text_done(&b));
}

struct text
calls_keep(struct calls *calls, struct text t)
{
    struct text kept = keep_text(&calls->kept, t);

    calls->failed = calls->failed || kept.at == NULL;
    /* Any text will do then: the run is not made. */
    return kept.at == NULL ? TEXT_LITERAL("") : kept;
}

/* Errors that will pass become ANSWER_AWAY: Redis is full, can't save, or has
 * become a replica, and refused before anything ran.  Others end the run. */
static enum fault
judge_errors(struct calls *calls, enum fault fault, struct why *why)
{
    for (size_t i = 0; i < calls->count; i++) {
        struct answer *answer = &calls->answers[i];

        if (answer->kind != ANSWER_ERROR)
            continue;
        /* An error that does not pass is a mistake of ours or of the operator:
         * no further answer is looked at, and the program stops with Redis' own
         * words. */
        if (error_reaction(answer->text) != REACTION_WAIT)
            return error_say(answer->text, FAULT_STORE_REFUSED, why);
        if (fault == FAULT_NONE)
            fault = error_say(answer->text, FAULT_STORE_AWAY, why);
        answer->kind = ANSWER_AWAY;
    }
    return fault;
}

enum fault
calls_run(struct calls *calls, const struct store_way *store, struct why *why)
{
    const struct text *args = calls->args;
    struct answer *answers =
        grow(calls->answers, &calls->answer_room, calls->count, sizeof *answers);
    enum fault fault;

    if (answers != NULL)
        calls->answers = answers;
    if (calls->failed || answers == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for %zu commands to Redis", calls->count);
    if (calls->count == 0)
        return FAULT_NONE;
    for (size_t i = 0; i < calls->count; i++) {
        calls->commands[i].args = args;
        args += calls->commands[i].count;
    }
    fault = store->run(store->self, calls->commands, calls->count, calls->answers, why);
    if (fault != FAULT_NONE && fault != FAULT_STORE_AWAY)
        return fault;
    fault = judge_errors(calls, fault, why);
    /* Stays true until the caller resets it: whether Redis is away as a whole
     * is asked over several runs. */
    for (size_t i = 0; i < calls->count && !calls->heard; i++)
        calls->heard = calls->answers[i].kind != ANSWER_AWAY;
    return fault;
}

struct text
answer_item(const struct answer *answer, size_t i)
{
    if (answer->kind != ANSWER_LIST || i >= answer->count || answer->items[i].kind != ANSWER_TEXT)
        return (struct text){ NULL, 0 };
    return answer->items[i].text;
}

bool
answer_is(const struct answer *answer, const char *word)
{
    return text_equal(answer_item(answer, 0), text_of(word));
}
