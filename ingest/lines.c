#include "ingest/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER_BYTES = 4 * RECORD_BYTES };

struct lines {
    int fd;
    const char *name;
    bool at_end;   /* nothing more comes from fd */
    bool stopped;  /* an unfinished line is not wanted */
    bool skipping; /* inside a line that is too large */
    bool regular;
    int64_t number;  /* of the last line handed out or skipped */
    size_t from, to; /* what is in the buffer and not handed out */
    size_t searched; /* up to here there is no LF */
    char buffer[BUFFER_BYTES];
};

enum fault
lines_open(const char *name, struct lines **out, struct why *why)
{
    struct lines *lines = malloc(sizeof *lines);
    struct stat state;
    if (lines == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory to read %s", name);
    *lines = (struct lines){ .fd = STDIN_FILENO, .name = name };
    if (strcmp(name, "-") != 0)
        lines->fd = open(name, O_RDONLY | O_CLOEXEC);
    if (lines->fd < 0 || fstat(lines->fd, &state) != 0) {
        enum fault fault = why_set(why, FAULT_FILE, "%s: %s", name, strerror(errno));
        lines_close(lines);
        return fault;
    }
    lines->regular = S_ISREG(state.st_mode);
    *out = lines;
    return FAULT_NONE;
}

void
lines_close(struct lines *lines)
{
    if (lines == NULL)
        return;
    if (lines->fd > STDIN_FILENO)
        close(lines->fd);
    free(lines);
}

bool
lines_stop(struct lines *lines)
{
    if (lines->at_end)
        return false;
    lines->at_end = lines->stopped = true;
    return lines->regular;
}

/* Makes room behind what is kept and reads once.  *came is false when there
 * was nothing within the time. */
static enum fault
fill(struct lines *lines, int wait_ms, bool *came, struct why *why)
{
    struct pollfd ready = { .fd = lines->fd, .events = POLLIN };
    *came = false;
    if (lines->from > 0) {
        memmove(lines->buffer, lines->buffer + lines->from, lines->to - lines->from);
        lines->to -= lines->from;
        lines->searched -= lines->from;
        lines->from = 0;
    }
    if (!lines->regular && poll(&ready, 1, wait_ms) <= 0)
        return FAULT_NONE; /* time is up, or a signal */
    ssize_t got = read(lines->fd, lines->buffer + lines->to, sizeof lines->buffer - lines->to);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return FAULT_NONE;
    if (got < 0)
        return why_set(why, FAULT_FILE, "%s: %s", lines->name, strerror(errno));
    *came = true;
    lines->at_end = got == 0;
    lines->to += (size_t)got;
    return FAULT_NONE;
}

static bool
is_blank(struct text t)
{
    for (size_t i = 0; i < t.length; i++) {
        if (t.at[i] != ' ' && t.at[i] != '\t' && t.at[i] != '\r')
            return false;
    }
    return true;
}

/* Hands out the line up to `end`, or not if nobody wants it. */
static bool
take(struct lines *lines, size_t end, size_t next, struct line *out)
{
    struct text text = { lines->buffer + lines->from, end - lines->from };
    lines->from = lines->searched = next;
    if (lines->skipping) { /* the rest of a line that was handed out */
        lines->skipping = false;
        return false;
    }
    lines->number++;
    if (text.length > RECORD_BYTES) {
        text.length = RECORD_BYTES;
        *out = (struct line){ LINE_TOO_LARGE, lines->number, text };
        return true;
    }
    *out = (struct line){ LINE_READY, lines->number, text };
    return !is_blank(text);
}

/* A line without end so far: when it is over the limit it is handed out as too
 * large, and the rest of it is dropped as it comes. */
static bool
take_too_large(struct lines *lines, struct line *out)
{
    if (lines->to - lines->from <= RECORD_BYTES)
        return false;
    bool first = !lines->skipping;
    if (first) {
        struct text text = { lines->buffer + lines->from, RECORD_BYTES };
        *out = (struct line){ LINE_TOO_LARGE, ++lines->number, text };
    }
    lines->skipping = true;
    lines->from = lines->searched = lines->to;
    return first;
}

enum fault
lines_next(struct lines *lines, int wait_ms, struct line *out, struct why *why)
{
    for (;;) {
        char *from = lines->buffer + lines->searched;
        char *end = memchr(from, '\n', lines->to - lines->searched);
        if (end != NULL) {
            size_t at = (size_t)(end - lines->buffer);
            if (take(lines, at, at + 1, out))
                return FAULT_NONE;
            continue;
        }
        lines->searched = lines->to;
        if (take_too_large(lines, out))
            return FAULT_NONE;
        if (lines->at_end) {
            bool left = lines->to > lines->from && !lines->stopped;
            if (left && take(lines, lines->to, lines->to, out))
                return FAULT_NONE;
            *out = (struct line){ LINE_END, lines->number, { NULL, 0 } };
            return FAULT_NONE;
        }
        bool came;
        enum fault fault = fill(lines, wait_ms, &came, why);
        if (fault != FAULT_NONE)
            return fault;
        if (!came) {
            *out = (struct line){ LINE_WAIT, lines->number, { NULL, 0 } };
            return FAULT_NONE;
        }
    }
}
