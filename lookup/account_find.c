/* The question, and what Redis and the journals say to it at one moment
 * (lookup/account_find.h).
 *
 * The totals, the tags that they were made at, and asof are read in one
 * transaction: so what the journals say at those tags must come to the totals,
 * to the last unit.  A tag in the middle of a push names two moments, each of some
 * cells.  It may name what a journal has no more, since it was compacted meanwhile:
 * then all is read again. */
#include "lookup/account_find.h"

#include "lookup/names.h"

enum { REST_MS = 100 };

/* ---- the question ---------------------------------------------------------------- */

/* A window, or a month. */
static enum fault
read_when(const struct lookup *lookup, const char *text, struct spot *spot, struct why *why)
{
    struct why window;

    if (name_month(text_of(text), &spot->month)) {
        spot->window = CELL_MONTHS;
        return FAULT_NONE;
    }
    if (name_window(text, &lookup->windows, &spot->window, &window) == FAULT_NONE)
        return FAULT_NONE;
    return why_set(why, FAULT_OPTION, "%s, or a month (2023-09)", window.text);
}

enum fault
account_read_question(const struct lookup *lookup, const char *const *operands, int count,
                      struct account_question *q, struct why *why)
{
    enum fault fault = name_scope(operands[0], &q->spot.scope, why);

    q->spot.window = WINDOW_ALL;
    q->spot.windows = &lookup->windows;
    q->limit = lookup->limit;
    q->wants_all = lookup->wants_all;
    if (fault == FAULT_NONE)
        fault = name_partner(operands[1], &q->spot.partner, why);
    if (fault != FAULT_NONE || count == 2)
        return fault;
    /* A measure is no window: so the window may be left out. */
    q->has_measure = count == 3 && measure_read(text_of(operands[2]), &q->measure);
    if (q->has_measure)
        return FAULT_NONE;
    fault = read_when(lookup, operands[2], &q->spot, why);
    if (fault != FAULT_NONE || count == 3)
        return fault;
    q->has_measure = true;
    return name_measure(operands[3], &q->measure, why);
}

/* ---- what Redis shows ------------------------------------------------------------ */

void
shown_release(struct shown *shown)
{
    free(shown->totals);
    free(shown->tags);
    *shown = (struct shown){ 0 };
}

static void
put_moment(struct shown *shown, const char *partition, struct moment at, int least, int most)
{
    struct account_tag *tag = &shown->tags[shown->tag_count];

    if (version_is_none(at.version))
        return; /* nothing of the partition is in the totals */
    *tag = (struct account_tag){ .at = at, .least = least, .most = most };
    (void)snprintf(tag->partition, sizeof tag->partition, "%s", partition);
    shown->tag_count++;
}

static enum fault
take_tags(const struct answer *answer, struct shown *shown, struct why *why)
{
    size_t count = answer->count / 2;

    shown->tags = calloc(2 * count + 1, sizeof *shown->tags);
    if (shown->tags == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for %zu tags", count);
    for (size_t i = 0; i < count; i++) {
        struct tag tag = tag_read(answer->items[2 * i + 1].text);
        char partition[sizeof shown->tags->partition];

        if (!text_copy(answer->items[2 * i].text, partition, sizeof partition) ||
            tag.form == TAG_STRANGE) {
            shown->is_strange = true;
        } else if (tag.form == TAG_PLAIN) {
            put_moment(shown, partition, tag.from, 0, BUCKETS);
        } else if (tag.form == TAG_HALF) {
            put_moment(shown, partition, tag.to, 0, tag.bucket);
            put_moment(shown, partition, tag.from, tag.bucket, BUCKETS);
        }
    }
    return FAULT_NONE;
}

/* Of :months the fields of one month alone, without it. */
static enum fault
take_months(const struct answer *answer, int month, struct shown *shown, struct why *why)
{
    size_t fields = answer->count / 2;

    shown->totals = calloc(fields + 1, sizeof *shown->totals);
    if (shown->totals == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for %zu totals", fields);
    for (size_t i = 0; i < fields; i++) {
        struct text field = answer->items[2 * i].text;
        struct total *total = &shown->totals[shown->total_count];
        int of;

        if (field.length <= MONTH_TEXT || field.at[MONTH_TEXT] != '|' ||
            !name_month((struct text){ field.at, MONTH_TEXT }, &of) || of != month)
            continue;
        field = (struct text){ field.at + MONTH_TEXT + 1, field.length - MONTH_TEXT - 1 };
        total->is_known = measure_read(field, &total->measure);
        if (!text_integer(answer->items[2 * i + 1].text, &total->value))
            return why_set(why, FAULT_STORE_REFUSED, "a total in Redis is not a whole number");
        shown->total_count++;
    }
    return FAULT_NONE;
}

static enum fault
take_seen(const struct visit *seen, const struct spot *spot, struct shown *shown, struct why *why)
{
    enum fault fault = take_tags(&seen->answers[1], shown, why);

    if (fault != FAULT_NONE)
        return fault;
    shown->asof = seen->asof;
    return spot->window == CELL_MONTHS
               ? take_months(&seen->answers[0], spot->month, shown, why)
               : totals_read(&seen->answers[0], &shown->totals, &shown->total_count, why);
}

static enum fault
read_shown(const struct lookup *lookup, const struct spot *spot, struct shown *shown,
           struct why *why)
{
    struct reading reading;
    char key[KEY_BYTES];

    reading_begin(&reading, lookup);
    size_t visit = reading_visit(&reading, spot->scope);
    if (spot->window == CELL_MONTHS)
        (void)key_months(lookup->prefix, spot->scope, spot->partner, key);
    else
        (void)key_pair(lookup->prefix, spot->scope, spot->partner, spot->window, false,
                       spot->windows, key);
    reading_add(&reading, (const char *const[]){ "HGETALL", key }, 2);
    (void)key_scope(lookup->prefix, spot->scope, "tags", key);
    reading_add(&reading, (const char *const[]){ "HGETALL", key }, 2);
    enum fault fault = reading_run(&reading, why);
    if (fault == FAULT_NONE)
        fault = take_seen(reading_seen(&reading, visit), spot, shown, why);
    reading_end(&reading);
    return fault;
}

/* ---- what the journals say ------------------------------------------------------- */

enum fault
account_gather_all(struct account *a, struct shown *shown, bool *is_known, struct why *why)
{
    enum fault fault = FAULT_NONE;

    *is_known = true;
    for (size_t i = 0; i < shown->tag_count && fault == FAULT_NONE; i++) {
        bool is_one_known = false;
        struct why reason;

        fault = account_gather(a, &shown->tags[i], &is_one_known, &reason);
        if (fault != FAULT_NONE)
            (void)why_set(why, fault, "%s: %s", shown->tags[i].partition, reason.text);
        *is_known = *is_known && is_one_known;
    }
    return fault;
}

/* The totals beside the sums. */
static enum fault
compare(struct account *a, const struct shown *shown, struct why *why)
{
    for (size_t i = 0; i < shown->total_count; i++) {
        const struct total *total = &shown->totals[i];
        struct account_measure *m;

        if (!total->is_known)
            continue;
        m = account_measure(a, total->measure);
        if (m == NULL)
            return why_set(why, FAULT_NO_MEMORY, "no memory for a measure");
        m->is_there = true;
        m->number = total->value;
    }
    return FAULT_NONE;
}

bool
account_is_equal(const struct account *a)
{
    for (size_t i = 0; i < a->measure_count; i++) {
        const struct account_measure *m = &a->measures[i];

        if ((!a->question.has_measure || m->measure == a->question.measure) &&
            m->sum != (m->is_there ? m->number : 0))
            return false;
    }
    return true;
}

enum fault
account_find(struct account *a, struct shown *shown, struct why *why)
{
    bool is_known = false;
    enum fault fault;

    account_clear(a);
    shown_release(shown);
    fault = read_shown(a->lookup, &a->question.spot, shown, why);
    if (fault == FAULT_NONE)
        fault = account_gather_all(a, shown, &is_known, why);
    if (fault == FAULT_NONE)
        fault = compare(a, shown, why);
    a->is_moving = shown->is_strange || !is_known;
    return fault;
}

bool
account_again(const struct account *a, enum fault fault, int round)
{
    if (round == ACCOUNT_ROUNDS ||
        (fault != FAULT_JOURNAL_BROKEN && !(fault == FAULT_NONE && a->is_moving)))
        return false;
    if (a->lookup->rest != NULL)
        a->lookup->rest(REST_MS);
    return true;
}
