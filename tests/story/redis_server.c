/* Commands of the server itself, and of keys of any kind. */
#include "tests/story/redis_command.h"

#include <fnmatch.h>

/* ---- the server ------------------------------------------------------------- */

void
run_ping(struct call *c)
{
    reply_status(c, "PONG");
}

void
run_time(struct call *c)
{
    struct answer *items = reply_list(c, 2);
    char text[32];

    for (int i = 0; i < 2; i++) {
        int64_t n = i == 0 ? c->r->now_ms / 1000 : c->r->now_ms % 1000 * 1000;
        int length = snprintf(text, sizeof text, "%lld", (long long)n);

        items[i] =
            answer_of_text(arena_text(&c->r->scratch, (struct text){ text, (size_t)length }));
    }
}

void
run_info(struct call *c)
{
    char text[128];
    int length = snprintf(text, sizeof text,
                          "# Server\r\nrun_id:%d\r\n# Memory\r\nmaxmemory:0\r\n"
                          "maxmemory_policy:noeviction\r\n",
                          c->r->starts);

    reply_text(c, arena_text(&c->r->scratch, (struct text){ text, (size_t)length }));
}

void
run_config(struct call *c)
{
    static const char *const settings[][2] = {
        { "maxmemory", "0" },
        { "maxmemory-policy", "noeviction" },
    };

    if (!word_is(c->args[1], "get") || c->count != 3) {
        reply_error(c, "ERR the invented Redis knows CONFIG GET name only");
        return;
    }
    (void)reply_list(c, 0);
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        if (word_is(c->args[2], settings[i][0])) {
            struct answer *items = reply_list(c, 2);

            items[0] = answer_of_text(text_of(settings[i][0]));
            items[1] = answer_of_text(text_of(settings[i][1]));
        }
    }
}

void
run_client(struct call *c)
{
    reply_status(c, "OK");
}

/* ---- keys of any kind --------------------------------------------------------- */

static void
list_keys(struct call *c, const char *pattern, struct answer *out)
{
    struct keyspace *k = &c->r->keys;
    struct answer *items;
    size_t most = 1, count = 0;

    for (uint32_t i = 0; i < k->count; i++)
        most += k->slots[i]->keys.count;
    items = arena_take(&c->r->scratch, most * sizeof *items);
    for (uint32_t i = 0; i < k->count; i++) {
        for (uint32_t j = 0; j < k->slots[i]->keys.count; j++) {
            const struct bytes *name = k->slots[i]->keys.fields[j].name;

            if (fnmatch(pattern, name->at, 0) == 0)
                items[count++] = answer_of_text(bytes_text(name));
        }
    }
    *out = (struct answer){ .kind = ANSWER_LIST, .items = items, .count = count };
}

void
run_keys(struct call *c)
{
    list_keys(c, arena_text(&c->r->scratch, c->args[1]).at, &c->answer);
}

/* Everything at once: the cursor is 0 at once. */
void
run_scan(struct call *c)
{
    struct text pattern = TEXT_LITERAL("*");
    struct answer *items;

    for (size_t i = 2; i + 1 < c->count; i += 2) {
        if (word_is(c->args[i], "match"))
            pattern = arena_text(&c->r->scratch, c->args[i + 1]);
        else if (!word_is(c->args[i], "count")) {
            reply_syntax(c);
            return;
        }
    }
    items = reply_list(c, 2);
    items[0] = answer_of_text(TEXT_LITERAL("0"));
    list_keys(c, pattern.at, &items[1]);
}

void
run_exists(struct call *c)
{
    int64_t n = 0;

    for (size_t i = 1; i < c->count; i++) {
        struct slot *s = call_slot(c, c->args[i]);

        if (s == NULL)
            return;
        n += key_slot_read(s, c->args[i]) != NULL;
    }
    reply_integer(c, n);
}

void
run_type(struct call *c)
{
    static const char *const names[] = {
        [VALUE_STRING] = "string", [VALUE_HASH] = "hash",     [VALUE_SET] = "set",
        [VALUE_ZSET] = "zset",     [VALUE_STREAM] = "stream",
    };
    struct slot *s = call_slot(c, c->args[1]);
    const struct value *v = s == NULL ? NULL : key_slot_read(s, c->args[1]);

    if (s != NULL)
        reply_status(c, v == NULL ? "none" : names[v->kind]);
}

void
run_remove(struct call *c)
{
    int64_t n = 0;

    for (size_t i = 1; i < c->count; i++) {
        struct slot *s = call_slot(c, c->args[i]);

        if (s == NULL)
            return;
        n += slot_remove(s, c->args[i]);
    }
    reply_integer(c, n);
}

void
run_rename(struct call *c)
{
    struct slot *s = call_slot(c, c->args[1]);

    if (s == NULL || call_slot(c, c->args[2]) == NULL)
        return;
    if (slot_rename(s, c->args[1], c->args[2]))
        reply_status(c, "OK");
    else
        reply_error(c, "ERR no such key");
}

void
run_flush(struct call *c)
{
    for (uint32_t i = 0; i < c->r->keys.count; i++)
        slot_wipe(c->r->keys.slots[i]);
    reply_status(c, "OK");
}
