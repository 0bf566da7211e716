/* How Redis is set, and lines of INFO.  A Redis that may evict keys is no home for totals.
 *
 * An evicted journal is a loss that nobody sees before the next take-over, so
 * the start asks every master (docs/protocol.md, rule 14).  Managed Redis often
 * forbids CONFIG, and INFO says the same. */
#include "store/calls.h"
#include "store/errors.h"

struct text
store_info_line(struct text info, const char *name)
{
    size_t length = strlen(name);

    while (info.length > 0) {
        const char *end = memchr(info.at, '\n', info.length);
        size_t line = end == NULL ? info.length : (size_t)(end - info.at);
        size_t value = line > 0 && info.at[line - 1] == '\r' ? line - 1 : line;
        if (value > length && memcmp(info.at, name, length) == 0 && info.at[length] == ':')
            return (struct text){ info.at + length + 1, value - length - 1 };
        size_t used = end == NULL ? line : line + 1;
        info = (struct text){ info.at + used, info.length - used };
    }
    return (struct text){ NULL, 0 };
}

/* The value that CONFIG GET answered, else what INFO says. */
static struct text
setting(const struct answer *config, const struct answer *info, const char *info_name)
{
    if (config->kind == ANSWER_LIST && config->count == 2 && config->items[1].kind == ANSWER_TEXT)
        return config->items[1].text;
    return info->kind == ANSWER_TEXT ? store_info_line(info->text, info_name)
                                     : (struct text){ NULL, 0 };
}

/* *exists is false when there is no master of this number. */
static enum fault
check_master(struct store *store, size_t number, bool *exists, struct why *why)
{
    const struct text limit[] = { TEXT_LITERAL("CONFIG"), TEXT_LITERAL("GET"),
                                  TEXT_LITERAL("maxmemory") };
    const struct text policy[] = { TEXT_LITERAL("CONFIG"), TEXT_LITERAL("GET"),
                                   TEXT_LITERAL("maxmemory-policy") };
    const struct text info[] = { TEXT_LITERAL("INFO"), TEXT_LITERAL("memory") };
    /* Without a key: each goes to the master of this number. */
    const struct command commands[] = { { .args = limit, .count = 3, .master = number },
                                        { .args = policy, .count = 3, .master = number },
                                        { .args = info, .count = 2, .master = number } };
    const struct store_way way = store_way(store);
    struct answer answers[3];

    enum fault fault = way.run(way.self, commands, 3, answers, why);
    if (fault != FAULT_NONE)
        return fault;
    *exists = answers[2].kind != ANSWER_NIL;
    struct text bytes = setting(&answers[0], &answers[2], "maxmemory");
    struct text kind = setting(&answers[1], &answers[2], "maxmemory_policy");
    if (!*exists || text_equal(bytes, TEXT_LITERAL("0")) ||
        text_equal(kind, TEXT_LITERAL("noeviction")))
        return FAULT_NONE;
    if (kind.at == NULL && answers[2].kind == ANSWER_ERROR)
        return error_say(answers[2].text, FAULT_STORE_REFUSED, why);
    if (kind.at == NULL)
        return why_set(why, FAULT_STORE_REFUSED, "Redis does not say whether it evicts keys");
    return why_set(why, FAULT_STORE_EVICTS,
                   "maxmemory is %.*s with maxmemory-policy %.*s: totals may get lost; set "
                   "maxmemory-policy noeviction",
                   text_shown(bytes), bytes.at == NULL ? "" : bytes.at, text_shown(kind), kind.at);
}

enum fault
store_check_policy(struct store *store, struct why *why)
{
    enum fault fault = FAULT_NONE;
    bool exists = true;

    for (size_t number = 0; exists && fault == FAULT_NONE; number++)
        fault = check_master(store, number, &exists, why);
    return fault;
}

int64_t
store_list_fields(struct store *store)
{
    /* hash-max-ziplist-entries before Redis 7. */
    const struct text ask[] = { TEXT_LITERAL("CONFIG"), TEXT_LITERAL("GET"),
                                TEXT_LITERAL("hash-max-*list*-entries") };
    const struct command command = { .args = ask, .count = 3 };
    const struct store_way way = store_way(store);
    struct answer answer;
    struct why why;

    if (way.run(way.self, &command, 1, &answer, &why) != FAULT_NONE)
        return -1;
    return text_number(answer_item(&answer, 1));
}
