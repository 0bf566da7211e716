/* Streams: XADD, XTRIM by length, and ranges. */
#include "tests/story/redis_command.h"

enum { NODE_ENTRIES = 100 }; /* what ~ trims at a time: stream-node-max-entries */

struct stream_id {
    uint64_t ms, seq;
};

static bool
digits_read(struct text t, uint64_t *out)
{
    uint64_t n = 0;

    for (size_t i = 0; i < t.length; i++) {
        uint64_t digit = (uint64_t)(unsigned char)t.at[i] - '0';

        if (digit > 9 || n > (UINT64_MAX - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    *out = n;
    return t.length > 0;
}

/* "ms-seq", or "ms" with the given sequence; *any_seq for "ms-*". */
static bool
id_read(struct text t, uint64_t seq, struct stream_id *out, bool *any_seq)
{
    const char *dash = t.length == 0 ? NULL : memchr(t.at, '-', t.length);
    struct text ms = t, rest;

    out->seq = seq;
    *any_seq = false;
    if (dash == NULL)
        return digits_read(ms, &out->ms);
    ms.length = (size_t)(dash - t.at);
    rest = (struct text){ dash + 1, t.length - ms.length - 1 };
    *any_seq = text_equal(rest, TEXT_LITERAL("*"));
    return digits_read(ms, &out->ms) && (*any_seq || digits_read(rest, &out->seq));
}

static int
id_compare(struct stream_id a, struct stream_id b)
{
    if (a.ms != b.ms)
        return a.ms < b.ms ? -1 : 1;
    return a.seq < b.seq ? -1 : a.seq > b.seq;
}

static struct answer
id_answer(struct call *c, uint64_t ms, uint64_t seq)
{
    char text[48];
    int length =
        snprintf(text, sizeof text, "%llu-%llu", (unsigned long long)ms, (unsigned long long)seq);

    return answer_of_text(arena_text(&c->r->scratch, (struct text){ text, (size_t)length }));
}

/* MAXLEN [=|~] count [LIMIT count] from args[*at]; nothing there is no limit. */
static bool
limit_read(struct call *c, size_t *at, int64_t *most, bool *roughly)
{
    int64_t unused;

    *most = -1;
    *roughly = false;
    if (*at >= c->count || !word_is(c->args[*at], "maxlen"))
        return true;
    ++*at;
    if (*at < c->count && (word_is(c->args[*at], "~") || word_is(c->args[*at], "="))) {
        *roughly = c->args[*at].at[0] == '~';
        ++*at;
    }
    if (*at >= c->count) {
        reply_syntax(c);
        return false;
    }
    if (!number_wanted(c, c->args[*at], most))
        return false;
    ++*at;
    if (*most < 0) {
        reply_error(c, "ERR The MAXLEN argument must be >= 0.");
        return false;
    }
    if (*at + 1 < c->count && word_is(c->args[*at], "limit")) {
        if (!number_wanted(c, c->args[*at + 1], &unused))
            return false;
        *at += 2;
    }
    return true;
}

static int64_t
trim(struct stream *s, int64_t most, bool roughly)
{
    int64_t surplus = (int64_t)s->count - most;

    if (most < 0 || surplus <= 0)
        return 0;
    if (roughly)
        surplus -= surplus % NODE_ENTRIES;
    stream_trim(s, s->count - (uint32_t)surplus);
    return surplus;
}

/* The id of a new entry; false when the answer is an error. */
static bool
next_id(struct call *c, struct text wanted, const struct stream *s, struct stream_id *id)
{
    struct stream_id last = { s->last_ms, s->last_seq }, none = { 0, 0 };
    bool any_seq = false, any = text_equal(wanted, TEXT_LITERAL("*"));

    if (any)
        *id = (struct stream_id){ (uint64_t)c->r->now_ms, 0 };
    else
        (void)id_read(wanted, 0, id, &any_seq);
    if (any && id->ms <= last.ms)
        *id = (struct stream_id){ last.ms, last.seq + 1 };
    if (any_seq && id->ms == last.ms)
        id->seq = last.seq + 1;
    if ((any || any_seq) && id_compare(*id, none) == 0)
        id->seq = 1;
    if (id_compare(*id, last) <= 0)
        reply_error(
            c, "ERR The ID specified in XADD is equal or smaller than the target stream top item");
    else
        return true;
    return false;
}

void
run_xadd(struct call *c)
{
    size_t at = 2, fields;
    int64_t most;
    bool roughly, make = true, any_seq;
    struct stream_entry *e;
    struct stream_id id;
    struct stream empty = { 0 };
    struct value *v;

    if (word_is(c->args[at], "nomkstream")) {
        make = false;
        at++;
    }
    if (!limit_read(c, &at, &most, &roughly))
        return;
    if (at >= c->count || (c->count - at) % 2 != 1 || c->count - at < 3) {
        reply_words(c);
        return;
    }
    if (!text_equal(c->args[at], TEXT_LITERAL("*"))) {
        if (!id_read(c->args[at], 0, &id, &any_seq)) {
            reply_error(c, "ERR Invalid stream ID specified as stream command argument");
            return;
        }
        if (!any_seq && id_compare(id, (struct stream_id){ 0, 0 }) == 0) {
            reply_error(c, "ERR The ID specified in XADD must be greater than 0-0");
            return;
        }
    }
    if (!call_write(c, c->args[1], VALUE_STREAM, false, &v))
        return;
    if (v == NULL && !make) {
        reply_nil(c);
        return;
    }
    if (!next_id(c, c->args[at], v == NULL ? &empty : &v->stream, &id))
        return;
    if (v == NULL)
        v = slot_make(call_slot(c, c->args[1]), c->args[1], VALUE_STREAM);
    fields = c->count - at - 1;
    e = stream_append(&v->stream, id.ms, id.seq, (uint32_t)fields);
    for (size_t i = 0; i < fields; i++)
        e->texts[i] = bytes_new(c->args[at + 1 + i]);
    (void)trim(&v->stream, most, roughly);
    c->answer = id_answer(c, id.ms, id.seq);
}

void
run_xlen(struct call *c)
{
    const struct value *v;

    if (call_read(c, c->args[1], VALUE_STREAM, &v))
        reply_integer(c, v == NULL ? 0 : v->stream.count);
}

void
run_xtrim(struct call *c)
{
    size_t at = 2;
    int64_t most;
    bool roughly;
    struct value *v;

    if (!limit_read(c, &at, &most, &roughly))
        return;
    if (most < 0 || at != c->count) {
        reply_syntax(c);
        return;
    }
    if (call_write(c, c->args[1], VALUE_STREAM, false, &v))
        reply_integer(c, v == NULL ? 0 : trim(&v->stream, most, roughly));
}

static bool
bound_read(struct call *c, struct text t, bool is_end, struct stream_id *out)
{
    bool any_seq;

    if (text_equal(t, TEXT_LITERAL("-")))
        *out = (struct stream_id){ 0, 0 };
    else if (text_equal(t, TEXT_LITERAL("+")))
        *out = (struct stream_id){ UINT64_MAX, UINT64_MAX };
    else if (!id_read(t, is_end ? UINT64_MAX : 0, out, &any_seq) || any_seq) {
        reply_error(c, "ERR Invalid stream ID specified as stream command argument");
        return false;
    }
    return true;
}

static struct answer
entry_answer(struct call *c, const struct stream_entry *e)
{
    struct answer *pair = arena_take(&c->r->scratch, 2 * sizeof *pair);
    struct answer *texts = arena_take(&c->r->scratch, (e->count + 1) * sizeof *texts);

    for (uint32_t i = 0; i < e->count; i++)
        texts[i] = answer_of_text(bytes_text(e->texts[i]));
    pair[0] = id_answer(c, e->ms, e->seq);
    pair[1] = (struct answer){ .kind = ANSWER_LIST, .items = texts, .count = e->count };
    return (struct answer){ .kind = ANSWER_LIST, .items = pair, .count = 2 };
}

static void
list_entries(struct call *c, bool reverse)
{
    const struct value *v;
    struct stream_id from, to;
    struct answer *items;
    int64_t most = INT64_MAX;
    size_t count = 0;

    if (!bound_read(c, c->args[reverse ? 3 : 2], false, &from) ||
        !bound_read(c, c->args[reverse ? 2 : 3], true, &to))
        return;
    if (c->count > 4) {
        if (c->count != 6 || !word_is(c->args[4], "count")) {
            reply_syntax(c);
            return;
        }
        if (!number_wanted(c, c->args[5], &most))
            return;
    }
    if (!call_read(c, c->args[1], VALUE_STREAM, &v))
        return;
    if (v != NULL && most <= 0) {
        reply_nil(c);
        return;
    }
    items = reply_list(c, v == NULL ? 0 : v->stream.count);
    for (uint32_t i = 0; v != NULL && i < v->stream.count && (int64_t)count < most; i++) {
        const struct stream_entry *e =
            &v->stream.entries[v->stream.first + (reverse ? v->stream.count - 1 - i : i)];
        struct stream_id id = { e->ms, e->seq };

        if (id_compare(from, id) <= 0 && id_compare(id, to) <= 0)
            items[count++] = entry_answer(c, e);
    }
    c->answer.count = count;
}

void
run_xrange(struct call *c)
{
    list_entries(c, false);
}

void
run_xrevrange(struct call *c)
{
    list_entries(c, true);
}
