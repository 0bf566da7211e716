/* Finding keys that the index of a scope may not name: a total that RESET can't
 * find would stay for ever.
 *
 * SCAN of every master, since no other command tells what is there.  It may
 * tell a key twice, and misses none that is there all the time. */
#include "verify/inside.h"

#include "ledger/scope_keys.h"

enum { CURSOR_BYTES = 24 };

/* Keys of scopes, but for their own ones; keys of partitions are none of them. */
static enum fault
take_keys(struct verify *v, const struct answer *keys, struct why *why)
{
    for (size_t i = 0; i < keys->count; i++) {
        struct text key = keys->items[i].text, rest;
        int scope = scope_of_key(v->task->prefix, key, &rest);
        if (scope >= 0 && !found_put(v->scanned[scope], key, TEXT_LITERAL(""), TEXT_LITERAL("")))
            return why_set(why, FAULT_NO_MEMORY, "no memory for the names of keys");
    }
    return FAULT_NONE;
}

/* All keys of one master; *exists is false when there is none of this number. */
static enum fault
scan_master(struct verify *v, size_t number, const char *pattern, bool *exists, struct why *why)
{
    const struct store_way *way = &v->task->way;
    char cursor[CURSOR_BYTES] = "0";

    do {
        const struct text args[] = { TEXT_LITERAL("SCAN"),  text_of(cursor),
                                     TEXT_LITERAL("MATCH"), text_of(pattern),
                                     TEXT_LITERAL("COUNT"), TEXT_LITERAL("1000") };
        const struct command command = { .args = args, .count = 6, .master = number };
        struct answer answer;
        enum fault fault = way->run(way->self, &command, 1, &answer, why);
        if (fault != FAULT_NONE)
            return fault;
        /* ANSWER_NIL: there are no more masters (store.h). */
        *exists = answer.kind != ANSWER_NIL;
        if (!*exists)
            return FAULT_NONE;
        if (answer.kind != ANSWER_LIST || answer.count != 2 ||
            answer.items[0].text.length >= sizeof cursor)
            return why_set(why, FAULT_STORE_REFUSED, "Redis refused SCAN: %.*s",
                           text_shown(answer.text), answer.text.at == NULL ? "" : answer.text.at);
        fault = take_keys(v, &answer.items[1], why);
        if (fault != FAULT_NONE)
            return fault;
        (void)snprintf(cursor, sizeof cursor, "%.*s", (int)answer.items[0].text.length,
                       answer.items[0].text.at);
        /* Redis says "0" when it has been through all. */
    } while (strcmp(cursor, "0") != 0);
    return FAULT_NONE;
}

enum fault
verify_scan(struct verify *v, struct why *why)
{
    char begin[PREFIX_BYTES + 1], pattern[KEY_PATTERN_BYTES];
    enum fault fault = FAULT_NONE;
    bool exists = true;

    for (int s = 0; s < SCOPE_COUNT; s++) {
        if (v->scanned[s] == NULL && (v->scanned[s] = found_new()) == NULL)
            return why_set(why, FAULT_NO_MEMORY, "no memory for the names of keys");
        found_clear(v->scanned[s]);
    }
    (void)snprintf(begin, sizeof begin, "%s{", v->task->prefix);
    key_pattern(begin, pattern);
    for (size_t number = 0; exists && fault == FAULT_NONE; number++)
        fault = scan_master(v, number, pattern, &exists, why);
    return fault;
}
