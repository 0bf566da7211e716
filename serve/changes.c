/* What has changed lately: the newest entries of the streams of changes, one for each pair. */
#include "serve/task.h"

#include "base/day.h"
#include "base/grow.h"
#include "lookup/change.h"

#include <stdlib.h>

enum { CODE_BYTES = 8 };
#define ENTRIES "200" /* of each stream */

/* A pair, and when it changed last. */
struct change {
    int64_t at_ms;
    int scope;
    char partner[CODE_BYTES]; /* "*": all of them may have */
};

/* "*" has a place behind those of all partners. */
enum { ANY_PARTNER = PARTNER_ALL + 1, PLACES };

struct changes {
    struct change *list;
    size_t count, room;
    bool is_known[SCOPE_COUNT][PLACES]; /* entries come newest first: an older one adds nothing */
    bool failed;
};

/* -1: a partner of a newer version. */
static int
place_of(struct text partner)
{
    return text_equal(partner, TEXT_LITERAL("*")) ? ANY_PARTNER : change_partner(partner);
}

static int
compare(const void *left, const void *right)
{
    const struct change *a = left, *b = right;

    if (a->at_ms != b->at_ms)
        return a->at_ms > b->at_ms ? -1 : 1;
    if (a->scope != b->scope)
        return a->scope - b->scope;
    return strcmp(a->partner, b->partner);
}

static bool
is_asked_for(const struct question *q, struct text partner)
{
    if (q->partner_count == 0 || text_equal(partner, TEXT_LITERAL("*")))
        return true;
    for (int i = 0; i < q->partner_count; i++)
        if (text_equal(partner, text_of(partner_code(q->partners[i]))))
            return true;
    return false;
}

static void
take_entry(struct changes *c, const struct question *q, int scope, const struct answer *entry)
{
    struct change_entry e;
    bool is_entry = change_read(entry, &e);
    int64_t at_ms = change_ms(e.id);
    struct text partner;

    while (is_entry && at_ms >= 0 && change_next(&e.partners, &partner)) {
        int place = place_of(partner);
        if (place < 0 || c->is_known[scope][place] || !is_asked_for(q, partner))
            continue;
        c->is_known[scope][place] = true;
        struct change *larger = grow(c->list, &c->room, c->count + 1, sizeof *larger);
        c->failed = c->failed || larger == NULL;
        if (larger == NULL)
            return;
        c->list = larger;
        larger[c->count] = (struct change){ .at_ms = at_ms, .scope = scope };
        (void)text_copy(partner, larger[c->count++].partner, CODE_BYTES);
    }
}

/* The newest first; each pair is there once. */
static void
sort(struct changes *c)
{
    if (c->count > 1)
        qsort(c->list, c->count, sizeof *c->list, compare);
}

static void
put(const struct changes *c, size_t limit, struct bytes *b)
{
    char at[INSTANT_TEXT];

    bytes_word(b, ",\"rows\":[");
    for (size_t i = 0; i < c->count && i < limit; i++) {
        instant_write(c->list[i].at_ms, at);
        bytes_print(b, "%s{\"at\":\"%s\",\"province\":\"%s\",\"partner\":", i == 0 ? "" : ",", at,
                    scope_code(c->list[i].scope));
        bytes_json(b, text_of(c->list[i].partner));
        bytes_char(b, '}');
    }
    bytes_print(b, "],\"left_out\":%zu}\n", c->count > limit ? c->count - limit : 0);
}

static enum fault
read_streams(const struct question *q, struct reading *reading, struct why *why)
{
    char key[KEY_BYTES];

    for (int i = 0; i < q->scope_count; i++) {
        (void)reading_visit(reading, q->scopes[i]);
        (void)key_scope(reading->lookup->prefix, q->scopes[i], "changes", key);
        reading_add(reading, (const char *const[]){ "XREVRANGE", key, "+", "-", "COUNT", ENTRIES },
                    6);
    }
    return reading_run(reading, why);
}

void
answer_changes(struct task *task, const struct lookup *lookup)
{
    const struct question *q = &task->question;
    struct sheet sheet = { .lookup = lookup };
    struct changes c = { 0 };
    struct reading reading;
    struct why why;

    reading_begin(&reading, lookup);
    enum fault fault = read_streams(q, &reading, &why);
    for (size_t i = 0; i < reading.count && fault == FAULT_NONE; i++) {
        const struct visit *visit = reading_seen(&reading, i);
        sheet.standings[sheet.standing_count++] = (struct standing){ visit->scope, visit->asof };
        for (size_t k = 0; k < visit->answers[0].count; k++)
            take_entry(&c, q, visit->scope, &visit->answers[0].items[k]);
    }
    if (fault == FAULT_NONE) {
        struct asof asof = sheet_asof(&sheet);
        char version[VERSION_BYTES];
        sort(&c);
        sheet_version(&sheet, version);
        bytes_char(&task->body, '{');
        asof_put(&asof, version, lookup, &task->body);
        put(&c, task->limit, &task->body);
        task->body.failed = task->body.failed || c.failed;
        answer_end(task, ANSWER_JSON);
    } else {
        answer_fault(task, fault, &why);
    }
    free(c.list);
    reading_end(&reading);
}
