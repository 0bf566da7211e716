/* What the service has told readers of its partitions (`told` of each scope, docs/protocol.md,
 * TELL), carried over to what is swapped in.
 *
 * It is read before the service is held, so it speaks of versions that were committed before the
 * hold.  Where the rebuild has counted as far as that, what was true of the old share is true of
 * the new one.  (It has not where Redis lost the end of a journal, and nobody has read that again
 * yet.)  Only of a partition whose log is the one that was counted, and as it was shared out then.
 */
#include "aggregator/rebuild_inside.h"

/* "<ms>/<next>"; zeros when it is not. */
static struct told_word
told_in(struct text t)
{
    const char *slash = t.length == 0 ? NULL : memchr(t.at, '/', t.length);
    struct told_word told;
    size_t length;

    if (slash == NULL)
        return (struct told_word){ 0, 0 };
    length = (size_t)(slash - t.at);
    told.through = text_number((struct text){ t.at, length });
    told.next = text_number((struct text){ slash + 1, t.length - length - 1 });
    return told.through < 0 || told.next < 0 ? (struct told_word){ 0, 0 } : told;
}

enum fault
told_read(struct rebuild *r, struct why *why)
{
    enum fault fault;

    if (r->told == NULL)
        r->told = calloc((r->count + 1) * SCOPE_COUNT, sizeof *r->told);
    if (r->told == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for the partitions");
    fault = rebuild_ask_scopes(r, "told", why);
    for (int s = 0; s < SCOPE_COUNT && fault == FAULT_NONE; s++)
        for (size_t i = 0; i < r->count; i++)
            r->told[(size_t)s * r->count + i] = told_in(answer_item(&r->wire.calls.answers[s], i));
    return fault;
}

int64_t
told_of(const struct rebuild *r, int scope, size_t i, int64_t next)
{
    const struct origin *o = &r->origins[i];
    const struct told_word *told = &r->told[(size_t)scope * r->count + i];

    /* Counted less far than was told: readers may not be told so again. */
    return o->is_log && o->same_deal && told->next <= next ? told->through : 0;
}
