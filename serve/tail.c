/* Reading the streams `changes` of scopes, from known positions on, in one pipeline.
 *
 * XRANGE from a position, itself included, is the only way in which entries are read: its answer
 * is of one moment, so it shows at once what there is and that nothing before it was trimmed. */
#include "serve/tail.h"

#include "lookup/change.h"
#include "lookup/trust.h"
#include "serve/tail_inside.h"
#include "store/errors.h"

enum { PAGE = 256, PAGES_MOST = 100 };

void
tail_release(struct tail *tail)
{
    calls_release(&tail->calls);
    for (int i = 0; i < SCOPE_COUNT; i++)
        tail->of[i] = (struct tail_scope){ 0 };
}

/* ---- commands and their answers --------------------------------------------------------- */

void
tail_ask(struct tail *tail, int scope, const struct position *from, bool is_last, size_t count)
{
    struct calls *calls = &tail->calls;
    char key[KEY_BYTES], entry[POSITION_ENTRY_TEXT];
    struct text first = TEXT_LITERAL("-");
    (void)key_scope(tail->lookup->prefix, scope, "changes", key);
    struct text kept = calls_keep(calls, text_of(key));
    if (from != NULL && !position_is_none(from))
        first = calls_keep(calls, position_write(from, entry));
    calls_begin(calls, NULL, kept);
    calls_arg(calls, is_last ? TEXT_LITERAL("XREVRANGE") : TEXT_LITERAL("XRANGE"));
    calls_arg(calls, kept);
    calls_arg(calls, is_last ? TEXT_LITERAL("+") : first);
    calls_arg(calls, is_last ? TEXT_LITERAL("-") : TEXT_LITERAL("+"));
    calls_arg(calls, TEXT_LITERAL("COUNT"));
    calls_integer(calls, (int64_t)count);
}

/* A command for a whole key of a scope. */
static void
ask_key(struct tail *tail, int scope, const char *name, struct text command)
{
    char key[KEY_BYTES];
    (void)key_scope(tail->lookup->prefix, scope, name, key);
    struct text kept = calls_keep(&tail->calls, text_of(key));
    calls_begin(&tail->calls, NULL, kept);
    calls_arg(&tail->calls, command);
    calls_arg(&tail->calls, kept);
}

void
tail_ask_length(struct tail *tail, int scope)
{
    ask_key(tail, scope, "changes", TEXT_LITERAL("XLEN"));
}

enum fault
tail_run(struct tail *tail, struct why *why)
{
    return tail->calls.count == 0 ? FAULT_NONE : calls_run(&tail->calls, &tail->lookup->way, why);
}

bool
tail_entry(const struct answer *entry, struct position *position, struct text *partners)
{
    struct change_entry e;
    bool is_entry = change_read(entry, &e);
    /* What does not say whom it touched may have touched all. */
    *partners = e.partners.at == NULL ? TEXT_LITERAL("*") : e.partners;
    return is_entry && position_read(e.id, e.version, *partners, position);
}

/* "RU KR ALL", or "*". */
static struct partners
read_partners(struct text names)
{
    struct partners all = { { 0 } };
    struct text code;
    if (text_equal(names, TEXT_LITERAL("*"))) {
        for (int i = 0; i <= PARTNER_ALL; i++)
            partners_add(&all, i);
        return all;
    }
    while (change_next(&names, &code)) {
        int partner = change_partner(code);
        if (partner >= 0) /* else a later version's, which nobody here can ask for */
            partners_add(&all, partner);
    }
    return all;
}

struct partners
tail_note(struct tail_scope *of, const struct position *at, struct text names)
{
    struct partners partners = read_partners(names);
    for (int i = 0; i <= PARTNER_ALL; i++)
        if (partners_has(&partners, i) && position_compare(&of->changed[i], at) < 0)
            of->changed[i] = *at;
    return partners;
}

bool
tail_is_there(const struct answer *page, const struct position *at)
{
    struct position first;
    struct text partners;
    return page->kind == ANSWER_LIST && page->count > 0 &&
           tail_entry(&page->items[0], &first, &partners) && position_compare(&first, at) == 0 &&
           first.check == at->check;
}

/* ---- reading on ------------------------------------------------------------------------- */

enum page { PAGE_LAST, PAGE_FULL, PAGE_LOST };

/* Entries behind where the scope was. */
static enum page
take_page(struct tail *tail, int scope, const struct answer *page, struct tail_news *news)
{
    struct tail_scope *of = &tail->of[scope];
    size_t first = position_is_none(&of->at) ? 0 : 1;
    struct position at;
    struct text names;
    if (first == 1 && !tail_is_there(page, &of->at))
        return PAGE_LOST;
    for (size_t i = first; i < page->count; i++) {
        if (!tail_entry(&page->items[i], &at, &names))
            return PAGE_LOST;
        struct partners partners = tail_note(of, &at, names);
        for (int w = 0; w < PARTNER_WORDS; w++)
            news->changed.of[scope].bits[w] |= partners.bits[w];
        if (!partners_is_none(&partners))
            news->changed.scopes |= UINT64_C(1) << scope;
        at.standing = of->at.standing;
        of->at = at;
    }
    return page->count == PAGE ? PAGE_FULL : PAGE_LAST;
}

/* The scope is known from its last entry on. */
static void
take_last(struct tail *tail, int scope, const struct answer *last)
{
    struct tail_scope *of = &tail->of[scope];
    uint8_t standing = of->at.standing;
    struct text partners;
    *of = (struct tail_scope){ .is_known = true, .day = of->day, .trust = of->trust };
    if (last->kind == ANSWER_LIST && last->count > 0)
        (void)!tail_entry(&last->items[0], &of->at, &partners);
    of->at.standing = standing;
    of->floor = of->at;
}

static void
take_asof(struct tail *tail, int scope, const struct answer *answer, struct tail_news *news)
{
    struct asof asof = asof_read(answer, tail->lookup->now_ms());
    int32_t day = -1;
    if (!day_read(text_of(asof.day), &day))
        day = -1;
    struct tail_scope *of = &tail->of[scope];
    int trust = (int)asof_trust(&asof, tail->lookup);
    if (day == of->day && trust == of->trust)
        return;
    of->day = day;
    of->trust = trust;
    of->at.standing = position_standing(day, trust);
    news->turned |= UINT64_C(1) << scope;
}

/* Why a scope is lost, and where it goes on. */
static enum fault
find_again(struct tail *tail, uint64_t lost, struct tail_news *news, struct why *why)
{
    size_t at = 0;
    calls_reset(&tail->calls);
    for (uint64_t left = lost; left != 0; left &= left - 1) {
        tail_ask(tail, __builtin_ctzll(left), NULL, false, 1);
        tail_ask(tail, __builtin_ctzll(left), NULL, true, 1);
    }
    enum fault fault = tail_run(tail, why);
    if (!tail_goes_on(fault))
        return fault;
    for (uint64_t left = lost; left != 0; left &= left - 1, at += 2) {
        const struct answer *answers = &tail->calls.answers[at];
        int scope = __builtin_ctzll(left);
        uint64_t bit = UINT64_C(1) << scope;
        if (!tail_is_given(&answers[0]) || !tail_is_given(&answers[1])) {
            news->away |= bit;
            continue;
        }
        if (tail_is_trimmed(&answers[0], &tail->of[scope].at))
            news->trimmed |= bit;
        else
            news->unknown |= bit;
        take_last(tail, scope, &answers[1]);
    }
    return fault;
}

bool
tail_is_trimmed(const struct answer *first, const struct position *at)
{
    struct position oldest;
    struct text partners;
    return first->kind == ANSWER_LIST && first->count > 0 &&
           tail_entry(&first->items[0], &oldest, &partners) && position_compare(at, &oldest) < 0;
}

/* One pipeline; *full: scopes that have more, *lost: those that are not where they were. */
static enum fault
read_once(struct tail *tail, uint64_t scopes, bool looks, struct tail_news *news, uint64_t *full,
          uint64_t *lost, struct why *why)
{
    size_t at = 0;
    calls_reset(&tail->calls);
    *full = 0;
    for (uint64_t left = scopes; left != 0; left &= left - 1) {
        int scope = __builtin_ctzll(left);
        const struct tail_scope *of = &tail->of[scope];
        tail_ask(tail, scope, &of->at, !of->is_known, of->is_known ? PAGE : 1);
        if (looks || !of->is_known)
            ask_key(tail, scope, "asof", TEXT_LITERAL("HGETALL"));
    }
    enum fault fault = tail_run(tail, why);
    if (!tail_goes_on(fault))
        return fault;
    for (uint64_t left = scopes; left != 0; left &= left - 1) {
        int scope = __builtin_ctzll(left);
        uint64_t bit = UINT64_C(1) << scope;
        const struct answer *page = &tail->calls.answers[at++];
        bool was_known = tail->of[scope].is_known;
        const struct answer *asof = looks || !was_known ? &tail->calls.answers[at++] : NULL;
        if (!tail_is_given(page) || (asof != NULL && !tail_is_given(asof))) {
            news->away |= bit;
            continue;
        }
        enum page verdict = PAGE_LAST;
        if (was_known)
            verdict = take_page(tail, scope, page, news);
        else
            take_last(tail, scope, page);
        if (asof != NULL)
            take_asof(tail, scope, asof, news);
        *full |= verdict == PAGE_FULL ? bit : 0;
        *lost |= verdict == PAGE_LOST ? bit : 0;
    }
    return fault;
}

enum fault
tail_read(struct tail *tail, uint64_t scopes, bool looks, struct tail_news *news, struct why *why)
{
    uint64_t lost = 0, left = scopes;
    enum fault fault = FAULT_NONE;
    *news = (struct tail_news){ .away = 0 };
    for (int page = 0; left != 0 && page < PAGES_MOST; page++) {
        enum fault now = read_once(tail, left, looks && page == 0, news, &left, &lost, why);
        if (now != FAULT_NONE)
            fault = now;
        if (!tail_goes_on(now))
            return fault;
    }
    if (lost != 0) {
        enum fault now = find_again(tail, lost, news, why);
        fault = now == FAULT_NONE ? fault : now;
    }
    return fault;
}
