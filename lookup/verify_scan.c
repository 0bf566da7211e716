/* Finding keys that the index of a scope may not name: a total that RESET
 * can't find would stay for ever. */
#include "lookup/verify.h"

enum { PATTERN_BYTES = 2 * PREFIX_BYTES + 4, CURSOR_BYTES = 24 };

/* The pattern of all keys with our prefix and a brace; MATCH's own characters
 * in the prefix stand for themselves. */
static void
write_pattern(const char *prefix, char out[PATTERN_BYTES])
{
    struct text_buffer b = { .at = out, .size = PATTERN_BYTES - 1 };

    for (; *prefix != '\0'; prefix++) {
        if (strchr("*?[]\\", *prefix) != NULL)
            text_put_char(&b, '\\');
        text_put_char(&b, *prefix);
    }
    text_put(&b, TEXT_LITERAL("{*"));
    out[b.length] = '\0';
}

/* The scope of a key and what stands behind its braces; -1: none of ours. */
static int
split_key(const char *prefix, struct text key, struct text *rest)
{
    size_t begin = strlen(prefix) + 1;

    for (int s = 0; s < SCOPE_COUNT; s++) {
        struct text code = text_of(scope_code(s));
        size_t end = begin + code.length;
        if (key.length > end + 2 && memcmp(key.at + begin, code.at, code.length) == 0 &&
            memcmp(key.at + end, "}:", 2) == 0) {
            *rest = (struct text){ key.at + end + 2, key.length - end - 2 };
            return s;
        }
    }
    return -1;
}

static bool
is_own(struct text rest)
{
    static const char *const OWN[] = { "asof", "tags", "index", "changes" };

    for (size_t i = 0; i < sizeof OWN / sizeof OWN[0]; i++)
        if (text_equal(rest, text_of(OWN[i])))
            return true;
    return false;
}

static enum fault
take_keys(struct verify *v, const struct answer *keys, struct why *why)
{
    for (size_t i = 0; i < keys->count; i++) {
        struct text key = keys->items[i].text, rest;
        int scope = split_key(v->lookup->prefix, key, &rest);
        if (scope < 0 || is_own(rest))
            continue;
        if (!found_put(v->scanned[scope], key, TEXT_LITERAL(""), TEXT_LITERAL("")))
            return why_set(why, FAULT_NO_MEMORY, "no memory for the names of keys");
    }
    return FAULT_NONE;
}

/* All keys of one master; *exists is false when there is none of this number. */
static enum fault
scan_master(struct verify *v, size_t number, const char *pattern, bool *exists, struct why *why)
{
    const struct store_way *way = &v->lookup->way;
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
    } while (strcmp(cursor, "0") != 0);
    return FAULT_NONE;
}

enum fault
verify_scan(struct verify *v, struct why *why)
{
    char pattern[PATTERN_BYTES];
    enum fault fault = FAULT_NONE;
    bool exists = true;

    for (int s = 0; s < SCOPE_COUNT; s++) {
        if (v->scanned[s] == NULL && (v->scanned[s] = found_new()) == NULL)
            return why_set(why, FAULT_NO_MEMORY, "no memory for the names of keys");
        found_clear(v->scanned[s]);
    }
    write_pattern(v->lookup->prefix, pattern);
    for (size_t number = 0; exists && fault == FAULT_NONE; number++)
        fault = scan_master(v, number, pattern, &exists, why);
    return fault;
}
