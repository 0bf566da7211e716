/* The texts of events (HTML, Server-sent events, 9.2.5: fields on lines, an empty line ends one).
 *
 * An id says that all before it was told.  So it stands on the last event of what is given at one
 * time alone, and only when nothing is left to be told: who is cut off in the middle comes back
 * with an older one, and hears again what he may have missed. */
#include "serve/stream_inside.h"

#include <inttypes.h>

static bool
give_field(struct watcher *watcher, const char *name, struct text value)
{
    return watcher_give(watcher, text_of(name)) && watcher_give(watcher, TEXT_LITERAL(": ")) &&
           watcher_give(watcher, value) && watcher_give(watcher, TEXT_LITERAL("\n"));
}

bool
event_document(struct watcher *watcher, const char *event, struct text body)
{
    bool ok = give_field(watcher, "event", text_of(event));
    while (ok && body.length > 0) { /* a line of the document is a line of data */
        const char *end = memchr(body.at, '\n', body.length);
        size_t length = end == NULL ? body.length : (size_t)(end - body.at);
        ok = give_field(watcher, "data", (struct text){ body.at, length });
        length += end != NULL;
        body = (struct text){ body.at + length, body.length - length };
    }
    return ok;
}

bool
event_end(struct watcher *watcher)
{
    return watcher_give(watcher, TEXT_LITERAL("\n"));
}

bool
event_id(struct watcher *watcher, const struct tail *tail)
{
    struct position at[SCOPE_COUNT];
    char id[POSITION_ID_BYTES];
    size_t count = 0;
    for (int scope = 0; scope < SCOPE_COUNT; scope++)
        if (watched_has_scope(&watcher->watched, scope))
            at[count++] = tail->of[scope].at;
    size_t length = position_id_write(watcher->sum, at, count, id);
    watcher->id_is_old = false;
    return give_field(watcher, "id", (struct text){ id, length });
}

bool
event_ready(struct watcher *watcher)
{
    return give_field(watcher, "event", TEXT_LITERAL("ready")) &&
           give_field(watcher, "data", TEXT_LITERAL("{}"));
}

bool
event_resync(struct watcher *watcher)
{
    static const char *const reasons[RESYNC_COUNT] = { [RESYNC_SLOW] = "{\"reason\":\"slow\"}",
                                                       [RESYNC_TRIMMED] =
                                                           "{\"reason\":\"trimmed\"}",
                                                       [RESYNC_UNKNOWN] =
                                                           "{\"reason\":\"unknown\"}" };
    if (watcher->resync == RESYNC_NONE)
        return true;
    return give_field(watcher, "event", TEXT_LITERAL("resync")) &&
           give_field(watcher, "data", text_of(reasons[watcher->resync])) && event_end(watcher);
}

struct text
event_last(bool is_unavailable, uint64_t chance, char out[EVENT_LAST_BYTES])
{
    struct text_buffer b = { .at = out, .size = EVENT_LAST_BYTES - 1 };
    uint64_t retry_ms = STREAM_RETRY_LEAST_MS + chance % STREAM_RETRY_SPREAD_MS;
    if (is_unavailable)
        text_print(&b, "event: unavailable\ndata: {\"retry_ms\":%" PRIu64 "}\n", retry_ms);
    text_print(&b, "retry: %" PRIu64 "\n\n", retry_ms);
    return text_done(&b);
}
