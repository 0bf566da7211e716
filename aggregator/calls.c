#include "aggregator/calls.h"

#include "store/errors.h"

enum { BLOCK_BYTES = 64 * 1024, FIRST_ROOM = 64 };

struct calls_block {
    struct calls_block *before;
    size_t used, size;
    char bytes[];
};

void
calls_release(struct calls *calls)
{
    calls_reset(calls);
    free(calls->blocks);
    free(calls->args);
    free(calls->commands);
    free(calls->answers);
    free(calls->first_arg);
    *calls = (struct calls){ 0 };
}

/* One block is kept for the next time. */
void
calls_reset(struct calls *calls)
{
    struct calls_block *block = calls->blocks;

    while (block != NULL && block->before != NULL) {
        struct calls_block *before = block->before;
        free(block);
        block = before;
    }
    if (block != NULL)
        block->used = 0;
    calls->blocks = block;
    calls->arg_count = 0;
    calls->count = 0;
    calls->failed = false;
}

static bool
grow(void **at, size_t size, size_t room)
{
    void *bigger = realloc(*at, size * room);

    if (bigger == NULL)
        return false;
    *at = bigger;
    return true;
}

void
calls_begin(struct calls *calls, const struct script *script, struct text key)
{
    if (calls->count == calls->room) {
        size_t room = calls->room == 0 ? FIRST_ROOM : calls->room * 2;
        if (!grow((void **)&calls->commands, sizeof *calls->commands, room) ||
            !grow((void **)&calls->answers, sizeof *calls->answers, room) ||
            !grow((void **)&calls->first_arg, sizeof *calls->first_arg, room)) {
            calls->failed = true;
            return;
        }
        calls->room = room;
    }
    calls->commands[calls->count] = (struct command){ .script = script, .key = key };
    calls->first_arg[calls->count] = calls->arg_count;
    calls->count++;
}

void
calls_arg(struct calls *calls, struct text borrowed)
{
    if (calls->arg_count == calls->arg_room) {
        size_t room = calls->arg_room == 0 ? FIRST_ROOM : calls->arg_room * 2;
        if (!grow((void **)&calls->args, sizeof *calls->args, room)) {
            calls->failed = true;
            return;
        }
        calls->arg_room = room;
    }
    calls->args[calls->arg_count++] = borrowed;
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
    struct calls_block *block = calls->blocks;
    char *at;

    if (block == NULL || block->size - block->used < t.length) {
        size_t size = t.length > BLOCK_BYTES ? t.length : BLOCK_BYTES;
        block = malloc(sizeof *block + size);
        if (block == NULL) {
            calls->failed = true;
            return TEXT_LITERAL("");
        }
        block->before = calls->blocks;
        block->used = 0;
        block->size = size;
        calls->blocks = block;
    }
    at = block->bytes + block->used;
    if (t.length > 0)
        memcpy(at, t.at, t.length);
    block->used += t.length;
    return (struct text){ at, t.length };
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
    enum fault fault;

    if (calls->failed)
        return why_set(why, FAULT_NO_MEMORY, "no memory for %zu commands to Redis", calls->count);
    if (calls->count == 0)
        return FAULT_NONE;
    for (size_t i = 0; i < calls->count; i++) {
        size_t end = i + 1 < calls->count ? calls->first_arg[i + 1] : calls->arg_count;
        calls->commands[i].args = calls->args + calls->first_arg[i];
        calls->commands[i].count = end - calls->first_arg[i];
    }
    fault = store->run(store->self, calls->commands, calls->count, calls->answers, why);
    if (fault != FAULT_NONE && fault != FAULT_STORE_AWAY)
        return fault;
    fault = judge_errors(calls, fault, why);
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
