/* Hashes and sets: dictionaries with and without texts. */
#include "tests/story/redis_command.h"

/* Give a field a text; true when the field is new. */
static bool
hash_put(struct value *v, struct text name, struct text text)
{
    struct dict_field *f = dict_find(&v->dict, name);
    bool is_new = f == NULL;

    if (is_new)
        f = dict_add(&v->dict, name);
    else
        bytes_drop(f->text);
    f->text = bytes_new(text);
    return is_new;
}

static struct answer
hash_answer(const struct value *v, struct text name)
{
    const struct dict_field *f = v == NULL ? NULL : dict_find(&v->dict, name);

    if (f == NULL)
        return (struct answer){ .kind = ANSWER_NIL };
    return answer_of_text(bytes_text(f->text));
}

void
run_hget(struct call *c)
{
    const struct value *v;

    if (call_read(c, c->args[1], VALUE_HASH, &v))
        c->answer = hash_answer(v, c->args[2]);
}

void
run_hmget(struct call *c)
{
    const struct value *v;
    struct answer *items;

    if (!call_read(c, c->args[1], VALUE_HASH, &v))
        return;
    items = reply_list(c, c->count - 2);
    for (size_t i = 2; i < c->count; i++)
        items[i - 2] = hash_answer(v, c->args[i]);
}

/* Names, texts or both of every field. */
static void
list_fields(struct call *c, const struct value *v, bool names, bool texts)
{
    uint32_t count = v == NULL ? 0 : v->dict.count;
    struct answer *items = reply_list(c, count * (size_t)(names + texts));

    for (uint32_t i = 0; i < count; i++) {
        if (names)
            *items++ = answer_of_text(bytes_text(v->dict.fields[i].name));
        if (texts)
            *items++ = answer_of_text(bytes_text(v->dict.fields[i].text));
    }
}

void
run_hgetall(struct call *c)
{
    const struct value *v;

    if (call_read(c, c->args[1], VALUE_HASH, &v))
        list_fields(c, v, true, true);
}

void
run_hkeys(struct call *c)
{
    const struct value *v;

    if (call_read(c, c->args[1], VALUE_HASH, &v))
        list_fields(c, v, true, false);
}

void
run_hvals(struct call *c)
{
    const struct value *v;

    if (call_read(c, c->args[1], VALUE_HASH, &v))
        list_fields(c, v, false, true);
}

void
run_hset(struct call *c)
{
    struct value *v;
    int64_t n = 0;

    if (c->count % 2 != 0) {
        reply_words(c);
        return;
    }
    if (!call_write(c, c->args[1], VALUE_HASH, true, &v))
        return;
    for (size_t i = 2; i < c->count; i += 2)
        n += hash_put(v, c->args[i], c->args[i + 1]);
    reply_integer(c, n);
}

void
run_hsetnx(struct call *c)
{
    struct value *v;
    bool is_new;

    if (!call_write(c, c->args[1], VALUE_HASH, true, &v))
        return;
    is_new = dict_find(&v->dict, c->args[2]) == NULL;
    if (is_new)
        (void)hash_put(v, c->args[2], c->args[3]);
    reply_integer(c, is_new);
}

/* HDEL, SREM and ZREM: remove members, count those that were there. */
static void
remove_members(struct call *c, enum value_kind kind)
{
    struct value *v;
    int64_t n = 0;

    if (!call_write(c, c->args[1], kind, false, &v))
        return;
    for (size_t i = 2; v != NULL && i < c->count; i++) {
        struct dict_field *f = dict_find(&v->dict, c->args[i]);

        if (f == NULL)
            continue;
        if (kind == VALUE_HASH)
            bytes_drop(f->text);
        dict_remove(&v->dict, f);
        n++;
    }
    if (v != NULL)
        call_remove_empty(c, c->args[1], v);
    reply_integer(c, n);
}

void
run_hdel(struct call *c)
{
    remove_members(c, VALUE_HASH);
}

void
run_srem(struct call *c)
{
    remove_members(c, VALUE_SET);
}

void
run_zrem(struct call *c)
{
    remove_members(c, VALUE_ZSET);
}

static void
count_members(struct call *c, enum value_kind kind)
{
    const struct value *v;

    if (call_read(c, c->args[1], kind, &v))
        reply_integer(c, v == NULL ? 0 : v->dict.count);
}

void
run_hlen(struct call *c)
{
    count_members(c, VALUE_HASH);
}

void
run_scard(struct call *c)
{
    count_members(c, VALUE_SET);
}

void
run_zcard(struct call *c)
{
    count_members(c, VALUE_ZSET);
}

static void
has_member(struct call *c, enum value_kind kind)
{
    const struct value *v;

    if (call_read(c, c->args[1], kind, &v))
        reply_integer(c, v != NULL && dict_find(&v->dict, c->args[2]) != NULL);
}

void
run_hexists(struct call *c)
{
    has_member(c, VALUE_HASH);
}

void
run_sismember(struct call *c)
{
    has_member(c, VALUE_SET);
}

void
run_hstrlen(struct call *c)
{
    const struct value *v;

    if (call_read(c, c->args[1], VALUE_HASH, &v))
        reply_integer(c, (int64_t)hash_answer(v, c->args[2]).text.length);
}

/* As Redis: the increment is judged first, then the key, then what is there. */
void
run_hincrby(struct call *c)
{
    struct value *v;
    struct dict_field *f;
    int64_t change, n = 0;
    char text[24];
    int length;

    if (!number_wanted(c, c->args[3], &change) || !call_write(c, c->args[1], VALUE_HASH, true, &v))
        return;
    f = dict_find(&v->dict, c->args[2]);
    if (f != NULL && !number_read(bytes_text(f->text), &n)) {
        reply_error(c, "ERR hash value is not an integer");
        return;
    }
    if (__builtin_add_overflow(n, change, &n)) {
        reply_error(c, "ERR increment or decrement would overflow");
        return;
    }
    length = snprintf(text, sizeof text, "%lld", (long long)n);
    (void)hash_put(v, c->args[2], (struct text){ text, (size_t)length });
    reply_integer(c, n);
}

void
run_sadd(struct call *c)
{
    struct value *v;
    int64_t n = 0;

    if (!call_write(c, c->args[1], VALUE_SET, true, &v))
        return;
    for (size_t i = 2; i < c->count; i++) {
        if (dict_find(&v->dict, c->args[i]) == NULL) {
            (void)dict_add(&v->dict, c->args[i]);
            n++;
        }
    }
    reply_integer(c, n);
}

void
run_smembers(struct call *c)
{
    const struct value *v;

    if (call_read(c, c->args[1], VALUE_SET, &v))
        list_fields(c, v, true, false);
}
