/* Keys of scopes as SCAN finds them.
 *
 * A scope's own keys are spelled by key_scope(), all others hold totals; a key of a partition has
 * a topic in its braces, which is no scope. */
#include "ledger/scope_keys.h"

const char *const scope_own_keys[SCOPE_OWN_KEYS] = { "tags", "index", "asof", "changes", "told" };

static bool
is_own(struct text rest)
{
    for (int i = 0; i < SCOPE_OWN_KEYS; i++)
        if (text_equal(rest, text_of(scope_own_keys[i])))
            return true;
    return false;
}

int
scope_of_key(const char *prefix, struct text key, struct text *rest)
{
    size_t begin = strlen(prefix) + 1;

    /* What else begins with the prefix has no brace behind it: keys of rebuilds. */
    if (key.length < begin || key.at[begin - 1] != '{')
        return -1;
    for (int s = 0; s < SCOPE_COUNT; s++) {
        struct text code = text_of(scope_code(s));
        size_t end = begin + code.length;

        if (key.length <= end + 2 || memcmp(key.at + begin, code.at, code.length) != 0 ||
            memcmp(key.at + end, "}:", 2) != 0)
            continue;
        *rest = (struct text){ key.at + end + 2, key.length - end - 2 };
        return is_own(*rest) ? -1 : s;
    }
    return -1;
}

void
key_pattern(const char *begin, char out[KEY_PATTERN_BYTES])
{
    struct text_buffer b = { .at = out, .size = KEY_PATTERN_BYTES - 1 };

    for (; *begin != '\0'; begin++) {
        if (strchr("*?[]\\", *begin) != NULL)
            text_put_char(&b, '\\');
        text_put_char(&b, *begin);
    }
    text_put_char(&b, '*');
    out[b.length] = '\0';
}
