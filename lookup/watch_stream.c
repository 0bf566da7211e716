/* The stream of a province's changes, followed from an entry that was seen.
 *
 * An entry is known by its id and its version: while it stands there the same, what follows it is
 * what came since.  Once it is gone, or is another one, nobody knows what came (docs/readers.md).
 */
#include "lookup/change.h"
#include "lookup/watch_inside.h"

#include "store/calls.h"

#define NO_ENTRY "0-0" /* before all of them */

/* Adds a command to those of the scope. */
static void
add(struct calls *calls, struct text key, const char *const *words)
{
    calls_begin(calls, NULL, key);
    for (; *words != NULL; words++)
        calls_copy(calls, text_of(*words));
}

static struct text
key_of(const struct follow *f, const char *what, struct calls *calls)
{
    char key[KEY_BYTES];

    return (struct text){
        calls_keep(calls,
                   (struct text){ key, key_scope(f->lookup->prefix, f->scope, what, key) + 1 })
            .at,
        strlen(key)
    };
}

/* An entry that was seen.  A Redis that lost its newest data may use an id again; its version tells
 * the two apart. */
static void
keep_entry(struct follow *f, const struct answer *entry)
{
    struct change_entry e;

    if (!change_read(entry, &e) || e.id.length == 0 || !text_copy(e.id, f->last, sizeof f->last))
        return;
    if (!text_copy(e.version, f->version, sizeof f->version))
        f->version[0] = '\0';
}

/* Is the answer to XRANGE the entry that was seen last? */
static bool
is_last(const struct follow *f, const struct answer *range)
{
    struct change_entry e;

    return range->kind == ANSWER_LIST && range->count == 1 && change_read(&range->items[0], &e) &&
           text_equal(e.version, text_of(f->version));
}

enum fault
follow_find_end(struct follow *f, struct why *why)
{
    struct calls calls = { 0 };
    struct text key = key_of(f, "changes", &calls);

    add(&calls, key, (const char *const[]){ "XREVRANGE", key.at, "+", "-", "COUNT", "1", NULL });
    enum fault fault = calls_run(&calls, &f->lookup->way, why);
    if (fault == FAULT_NONE) {
        const struct answer *a = &calls.answers[0];
        bool is_any = a->kind == ANSWER_LIST && a->count > 0;

        (void)snprintf(f->last, sizeof f->last, "%s", NO_ENTRY);
        if (is_any)
            keep_entry(f, &a->items[0]);
    }
    calls_release(&calls);
    return fault;
}

/* Does an entry name our pair?  One that has no partners may. */
static bool
is_ours(const struct follow *f, const struct change_entry *entry)
{
    struct text left = entry->partners, code;

    while (change_next(&left, &code))
        if (change_partner(code) == f->partner || text_equal(code, TEXT_LITERAL("*")))
            return true;
    return entry->partners.at == NULL;
}

/* [[key, [entry, ...]]] */
static void
take_entries(struct follow *f, const struct answer *read, struct news *news)
{
    if (read->kind != ANSWER_LIST || read->count == 0 || read->items[0].count != 2)
        return;
    const struct answer *entries = &read->items[0].items[1];
    for (size_t i = 0; i < entries->count; i++) {
        struct change_entry e;

        news->is_any = true;
        (void)change_read(&entries->items[i], &e); /* of what is none nothing is known: it may */
        if (is_ours(f, &e)) {
            int64_t at_ms = change_ms(e.id);
            news->is_ours = true;
            news->at_ms = at_ms < 0 ? f->lookup->now_ms() : at_ms;
        }
        keep_entry(f, &entries->items[i]);
    }
}

enum fault
follow_wait(struct follow *f, struct news *news, struct why *why)
{
    static const char most[] = "1000", block_ms[] = "1000";
    struct calls calls = { 0 };
    struct text key = key_of(f, "changes", &calls), asof = key_of(f, "asof", &calls);

    *news = (struct news){ 0 };
    add(&calls, key,
        (const char *const[]){ "XREAD", "COUNT", most, "BLOCK", block_ms, "STREAMS", key.at,
                               f->last, NULL });
    add(&calls, key, (const char *const[]){ "XRANGE", key.at, f->last, f->last, NULL });
    add(&calls, key, (const char *const[]){ "HGETALL", asof.at, NULL });
    enum fault fault = calls_run(&calls, &f->lookup->way, why);
    if (fault == FAULT_NONE) {
        const struct answer *seen = &calls.answers[1];

        news->is_gap = strcmp(f->last, NO_ENTRY) != 0 && !is_last(f, seen);
        news->at_ms = f->lookup->now_ms();
        take_entries(f, &calls.answers[0], news);
        news->asof = asof_read(&calls.answers[2], f->lookup->now_ms());
    }
    calls_release(&calls);
    return fault;
}
