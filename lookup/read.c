#include "lookup/read.h"

#include "store/errors.h"

#include <assert.h>

struct reading {
    const struct lookup *lookup;
    size_t count; /* commands added */
    size_t arg_counts[READ_COMMANDS_MOST];
    char args[READ_COMMANDS_MOST][READ_ARGS_MOST][READ_ARG_BYTES];
};

struct reading *
reading_new(const struct lookup *lookup, int scope)
{
    struct reading *r = malloc(sizeof *r); /* untouched pages cost nothing */
    char key[KEY_BYTES];

    if (r == NULL)
        return NULL;
    r->lookup = lookup;
    r->count = 0;
    (void)key_scope(lookup->prefix, scope, "asof", key);
    reading_add(r, (const char *const[]){ "HGETALL", key }, 2);
    return r;
}

void
reading_free(struct reading *reading)
{
    free(reading);
}

void
reading_add(struct reading *r, const char *const *args, size_t count)
{
    assert(r->count < READ_COMMANDS_MOST && count <= READ_ARGS_MOST);
    for (size_t i = 0; i < count; i++)
        (void)snprintf(r->args[r->count][i], READ_ARG_BYTES, "%s", args[i]);
    r->arg_counts[r->count++] = count;
}

static struct asof
asof_of(const struct answer *answer)
{
    struct asof asof = { .exists = answer->kind == ANSWER_LIST && answer->count > 0 };

    for (size_t i = 0; asof.exists && i + 1 < answer->count; i += 2) {
        struct text field = answer->items[i].text, value = answer->items[i + 1].text;
        int32_t day;
        if (text_equal(field, TEXT_LITERAL("complete")))
            asof.is_complete = text_equal(value, TEXT_LITERAL("1"));
        else if (text_equal(field, TEXT_LITERAL("day")) && day_read(value, &day))
            day_write(day, asof.day);
    }
    return asof;
}

static enum fault
refused(const struct answer *answer, struct why *why)
{
    return error_say(answer->text, FAULT_STORE_REFUSED, why);
}

/* MULTI, the commands, EXEC: EXEC's answer is the list of theirs.  An error
 * in the queue (no permission, say) is told before EXEC's own. */
static enum fault
run_at_once(struct reading *r, const struct answer **items, struct why *why)
{
    const struct text multi = TEXT_LITERAL("MULTI"), exec = TEXT_LITERAL("EXEC");
    const struct text slot = text_of(r->args[0][1]);
    const struct store_way *way = &r->lookup->way;
    size_t count = r->count + 2;
    struct command *commands = calloc(count, sizeof *commands);
    struct answer *answers = calloc(count, sizeof *answers);
    struct text(*args)[READ_ARGS_MOST] = calloc(count, sizeof *args);
    enum fault fault = FAULT_NO_MEMORY;

    if (commands == NULL || answers == NULL || args == NULL) {
        (void)why_set(why, fault, "no memory for %zu commands", count);
        goto done;
    }
    commands[0] = (struct command){ .args = &multi, .count = 1, .key = slot };
    commands[count - 1] = (struct command){ .args = &exec, .count = 1, .key = slot };
    for (size_t i = 0; i < r->count; i++) {
        for (size_t k = 0; k < r->arg_counts[i]; k++)
            args[i][k] = text_of(r->args[i][k]);
        commands[i + 1] =
            (struct command){ .args = args[i], .count = r->arg_counts[i], .key = slot };
    }
    fault = way->run(way->self, commands, count, answers, why);
    for (size_t i = 0; i < count && fault == FAULT_NONE; i++)
        if (answers[i].kind == ANSWER_ERROR)
            fault = refused(&answers[i], why);
    if (fault == FAULT_NONE &&
        (answers[count - 1].kind != ANSWER_LIST || answers[count - 1].count != r->count))
        fault = why_set(why, FAULT_STORE_REFUSED, "Redis: EXEC did not answer every command");
    if (fault == FAULT_NONE)
        *items = answers[count - 1].items; /* the store's, not ours */
done:
    free(args);
    free(answers);
    free(commands);
    return fault;
}

enum fault
reading_run(struct reading *r, struct asof *asof, const struct answer **answers, struct why *why)
{
    const struct answer *items = NULL;
    enum fault fault = run_at_once(r, &items, why);

    for (size_t i = 0; fault == FAULT_NONE && i < r->count; i++)
        if (items[i].kind == ANSWER_ERROR)
            fault = refused(&items[i], why);
    if (fault != FAULT_NONE)
        return fault;
    *asof = asof_of(&items[0]);
    *answers = items + 1;
    return FAULT_NONE;
}

bool
integer_read(struct text t, int64_t *out)
{
    size_t at = t.length > 0 && t.at[0] == '-' ? 1 : 0;
    int64_t n = 0;

    if (t.length == at)
        return false;
    for (; at < t.length; at++) {
        if (t.at[at] < '0' || t.at[at] > '9' || __builtin_mul_overflow(n, 10, &n) ||
            __builtin_sub_overflow(n, t.at[at] - '0', &n))
            return false;
    }
    if (t.at[0] == '-')
        *out = n; /* gathered below zero, where there is one more */
    else if (n == INT64_MIN)
        return false;
    else
        *out = -n;
    return true;
}
