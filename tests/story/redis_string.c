/* Strings. */
#include "tests/story/redis_command.h"

static struct text
string_text(const struct value *v)
{
    return v == NULL || v->string.length == 0 ? TEXT_LITERAL("")
                                              : (struct text){ v->string.at, v->string.length };
}

static void
string_append(struct value *v, struct text t)
{
    size_t length = v->string.length + t.length;

    if (length > v->string.room) {
        v->string.room = 2 * length;
        v->string.at = must_resize(v->string.at, v->string.room);
    }
    if (t.length > 0)
        memcpy(v->string.at + v->string.length, t.at, t.length);
    v->string.length = length;
}

void
run_get(struct call *c)
{
    const struct value *v;

    if (!call_read(c, c->args[1], VALUE_STRING, &v))
        return;
    if (v == NULL)
        reply_nil(c);
    else
        reply_text(c, string_text(v));
}

void
run_set(struct call *c)
{
    struct slot *s = call_slot(c, c->args[1]);

    if (s == NULL)
        return;
    (void)slot_remove(s, c->args[1]);
    string_append(slot_make(s, c->args[1], VALUE_STRING), c->args[2]);
    reply_status(c, "OK");
}

void
run_append(struct call *c)
{
    struct value *v;

    if (!call_write(c, c->args[1], VALUE_STRING, true, &v))
        return;
    string_append(v, c->args[2]);
    reply_integer(c, (int64_t)v->string.length);
}

/* A hole before the offset is filled with zeros. */
void
run_setrange(struct call *c)
{
    const struct value *there;
    struct text t = c->args[3];
    struct value *v;
    int64_t offset;

    if (!number_wanted(c, c->args[2], &offset))
        return;
    if (offset < 0) {
        reply_error(c, "ERR offset is out of range");
        return;
    }
    if (!call_read(c, c->args[1], VALUE_STRING, &there))
        return;
    if (t.length == 0) {
        reply_integer(c, (int64_t)string_text(there).length);
        return;
    }
    if (!call_write(c, c->args[1], VALUE_STRING, true, &v))
        return;
    while ((int64_t)v->string.length < offset)
        string_append(v, (struct text){ "", 1 });
    for (size_t i = 0; i < t.length; i++) {
        if ((size_t)offset + i < v->string.length)
            v->string.at[(size_t)offset + i] = t.at[i];
        else
            string_append(v, (struct text){ t.at + i, 1 });
    }
    reply_integer(c, (int64_t)v->string.length);
}

void
run_strlen(struct call *c)
{
    const struct value *v;

    if (call_read(c, c->args[1], VALUE_STRING, &v))
        reply_integer(c, (int64_t)string_text(v).length);
}

void
run_getrange(struct call *c)
{
    const struct value *v;
    struct text t;
    int64_t from, to, length;

    if (!number_wanted(c, c->args[2], &from) || !number_wanted(c, c->args[3], &to) ||
        !call_read(c, c->args[1], VALUE_STRING, &v))
        return;
    t = string_text(v);
    length = (int64_t)t.length;
    if (from < 0 && to < 0 && from > to) {
        reply_text(c, TEXT_LITERAL(""));
        return;
    }
    if (from < 0)
        from = from + length < 0 ? 0 : from + length;
    if (to < 0)
        to = to + length < 0 ? 0 : to + length;
    if (to >= length)
        to = length - 1;
    reply_text(c, from > to || length == 0 ? TEXT_LITERAL("")
                                           : (struct text){ t.at + from, (size_t)(to - from + 1) });
}
