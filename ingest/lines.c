/* Records of a file, a pipe or stdin, each of bounded length; a longer one is
 * told and passed over.
 *
 *  buffer   | handed out | from .. searched: no end here | .. to | free |
 *
 * A record is a line, nearly always: one that begins with { and ends with } is
 * not looked into.  Else brackets are counted: an object may go on over several
 * lines, several may stand on one, and a file that begins with [ is an array of
 * them.  An object that is cut off ends where the next line begins with {, so
 * that it spoils no other one.
 *
 * When no end is left, what is kept moves to the front and the buffer is filled
 * behind it.  It holds four of the longest lines, so there is always room for
 * one read. */
#include "ingest/lines.h"
#include "ingest/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BUFFER_BYTES = 4 * RECORD_BYTES,
    PACKED_BYTES = 32 * 1024,
    MARK_BYTES = 4, /* so many tell what a file is */
};

/* Brackets, from the beginning of a record to `at`. */
struct scan {
    size_t at;
    int depth;
    bool in_text, escaped;
    size_t closed; /* behind the end of an object, blanks since; 0: there is none */
    size_t cut;    /* behind an LF within an object, blanks since; 0: there is none */
};

struct lines {
    int fd;            /* -1: it is all in `bytes` */
    struct text bytes; /* what is left of them */
    const char *name;
    bool begun;      /* the first bytes have been looked at */
    bool one_by_one; /* no record is looked into for its end */
    bool in_array;   /* records are items of an array */
    bool at_end;     /* nothing more comes from fd */
    bool stopped;    /* an unfinished line is not wanted */
    bool skipping;   /* inside a line that is too large */
    bool regular;
    int64_t number;  /* lines that are handed out or skipped */
    size_t from, to; /* what is in the buffer and not handed out */
    size_t searched; /* up to here there is no LF */
    struct scan scan;
    struct rows *rows;     /* makes lines of what is read; or NULL */
    struct unpack *unpack; /* or NULL */
    const char *broken;    /* what is wrong with what is packed; told after what came before it */
    size_t packed_from, packed_to;
    char packed[PACKED_BYTES];
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

struct lines *
lines_of(struct text bytes)
{
    struct lines *lines = malloc(sizeof *lines);
    if (lines != NULL)
        *lines = (struct lines){ .fd = -1, .name = "the body", .bytes = bytes };
    return lines;
}

void
lines_close(struct lines *lines)
{
    if (lines == NULL)
        return;
    /* stdin is not ours to close. */
    if (lines->fd > STDIN_FILENO)
        close(lines->fd);
    unpack_free(lines->unpack);
    rows_free(lines->rows);
    free(lines);
}

void
lines_one_by_one(struct lines *lines)
{
    lines->begun = lines->one_by_one = true;
}

enum fault
lines_use_map(struct lines *lines, const struct map *map, struct why *why)
{
    return rows_new(map, &lines->rows, why);
}

const struct rows *
lines_rows(const struct lines *lines)
{
    return lines->rows;
}

bool
lines_stop(struct lines *lines)
{
    if (lines->at_end)
        return false;
    /* What is packed was read already, too. */
    lines->stopped = true;
    lines->at_end = lines->packed_from == lines->packed_to;
    return true;
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* What lies before `at` is done with. */
static void
pass(struct lines *lines, size_t at)
{
    for (const char *c = lines->buffer + lines->from;
         (c = memchr(c, '\n', (size_t)(lines->buffer + at - c))) != NULL; c++)
        lines->number++;
    lines->from = lines->scan.at = at;
    if (lines->searched < at)
        lines->searched = at;
}

/* ---- reading ---------------------------------------------------------------------------- */

/* What was handed out is given up. */
static void
move_to_front(struct lines *lines)
{
    if (lines->from == 0)
        return;
    memmove(lines->buffer, lines->buffer + lines->from, lines->to - lines->from);
    lines->to -= lines->from;
    lines->searched -= lines->from;
    lines->scan.at -= lines->from;
    lines->scan.closed -= lines->scan.closed > 0 ? lines->from : 0;
    lines->scan.cut -= lines->scan.cut > 0 ? lines->from : 0;
    lines->from = 0;
}

/* Reads once.  *got is -1 when there was nothing within the time. */
static enum fault
read_some(struct lines *lines, char *at, size_t room, int wait_ms, ssize_t *got, struct why *why)
{
    struct pollfd ready = { .fd = lines->fd, .events = POLLIN };
    if (lines->fd < 0) {
        size_t length = lines->bytes.length < room ? lines->bytes.length : room;
        memcpy(at, lines->bytes.at, length);
        lines->bytes = (struct text){ lines->bytes.at + length, lines->bytes.length - length };
        *got = (ssize_t)length;
        return FAULT_NONE;
    }
    *got = -1;
    /* A regular file is always ready, and read(2) of it does not wait. */
    if (!lines->regular && poll(&ready, 1, wait_ms) <= 0)
        return FAULT_NONE; /* time is up, or a signal */
    *got = read(lines->fd, at, room);
    if (*got < 0 && errno != EINTR && errno != EAGAIN)
        return why_set(why, FAULT_FILE, "%s: %s", lines->name, strerror(errno));
    return FAULT_NONE;
}

/* What is packed is read into a buffer of its own, and unpacked as there is room. */
static enum fault
fill_unpacked(struct lines *lines, int wait_ms, bool *came, struct why *why)
{
    size_t made, used;
    if (lines->packed_from == lines->packed_to && !unpack_holds_more(lines->unpack)) {
        ssize_t got = 0;
        enum fault fault = FAULT_NONE;
        if (!lines->stopped)
            fault = read_some(lines, lines->packed, sizeof lines->packed, wait_ms, &got, why);
        if (fault != FAULT_NONE || got < 0)
            return fault;
        lines->packed_from = 0;
        lines->packed_to = (size_t)got;
        *came = true;
        lines->at_end = got == 0;
        if (lines->at_end && !lines->stopped && !unpack_is_whole(lines->unpack))
            lines->broken = unpack_cut_off(lines->unpack);
        if (lines->at_end)
            return FAULT_NONE;
    }
    if (!unpack(lines->unpack, lines->packed + lines->packed_from,
                lines->packed_to - lines->packed_from, &used, lines->buffer + lines->to,
                sizeof lines->buffer - lines->to, &made)) {
        lines->broken = unpack_damaged(lines->unpack);
        lines->at_end = true;
    }
    lines->packed_from += used;
    lines->to += made;
    *came = true;
    return FAULT_NONE;
}

/* Makes room behind what is kept and reads once.  *came is false when there
 * was nothing within the time. */
static enum fault
fill(struct lines *lines, int wait_ms, bool *came, struct why *why)
{
    ssize_t got;
    *came = false;
    move_to_front(lines);
    if (lines->unpack != NULL)
        return fill_unpacked(lines, wait_ms, came, why);
    /* What turns out to be packed must fit where that is kept. */
    size_t room = (lines->begun ? sizeof lines->buffer : sizeof lines->packed) - lines->to;
    enum fault fault = read_some(lines, lines->buffer + lines->to, room, wait_ms, &got, why);
    if (fault != FAULT_NONE || got < 0)
        return fault;
    *came = true;
    lines->at_end = got == 0;
    lines->to += (size_t)got;
    return FAULT_NONE;
}

/* The first bytes are those of a gzip or a zstd: what is here is packed. */
static enum fault
begin_unpacking(struct lines *lines, enum packer packer, struct why *why)
{
    lines->unpack = unpack_new(packer);
    if (lines->unpack == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory to unpack %s", lines->name);
    lines->packed_from = 0;
    lines->packed_to = lines->to - lines->from;
    memcpy(lines->packed, lines->buffer + lines->from, lines->packed_to);
    lines->from = lines->to = lines->searched = 0;
    lines->at_end = lines->stopped;
    return FAULT_NONE;
}

/* ---- what a file is ------------------------------------------------------------------------ */

static bool
begins(const struct lines *lines, const char *mark, size_t length)
{
    return lines->to - lines->from >= length &&
           memcmp(lines->buffer + lines->from, mark, length) == 0;
}

/* What is no JSON at all, by its first bytes: said once, not once a line. */
static const struct {
    const char *mark;
    size_t length;
    const char *sentence;
} strangers[] = {
    { "\xFF\xFE", 2, "the file is UTF-16; wanted: UTF-8 (iconv -f UTF-16 -t UTF-8 FILE)" },
    { "\xFE\xFF", 2, "the file is UTF-16; wanted: UTF-8 (iconv -f UTF-16 -t UTF-8 FILE)" },
    { "PK\x03\x04", 4, "the file is a zip, or a spreadsheet; wanted: JSON, an object a line" },
    { "BZh", 3, "the file is packed by bzip2; wanted: unpacked (bzip2 -dc FILE), or by gzip" },
    { "\xFD"
      "7zX",
      4, "the file is packed by xz; wanted: unpacked (xz -dc FILE), or by gzip" },
};

/* Does a line of what is here begin an object, or an array? */
static bool
has_json(const struct lines *lines)
{
    bool at_begin = true;
    for (size_t i = lines->from; i < lines->to; i++) {
        char c = lines->buffer[i];
        if (at_begin && (c == '{' || c == '['))
            return true;
        at_begin = c == '\n' || (at_begin && is_blank(c));
    }
    return false;
}

/* The first line has names between commas, semicolons or tabs, and no line has
 * anything of JSON. */
static bool
is_csv(const struct lines *lines)
{
    bool has_comma = false, has_letter = false;
    for (size_t i = lines->from; i < lines->to && lines->buffer[i] != '\n'; i++) {
        char c = lines->buffer[i];
        bool letter = ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || (unsigned char)c >= 0x80;
        bool comma = c == ',' || c == ';' || c == '\t';
        if (c == '\0' || (!letter && !comma && strchr("0123456789_- .\"\r", c) == NULL))
            return false;
        has_letter = has_letter || letter;
        has_comma = has_comma || comma;
    }
    return has_comma && has_letter && !has_json(lines);
}

/* What is no JSON, by its first bytes; NULL: it may be some. */
static const char *
strange_mark(const struct lines *lines)
{
    for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++)
        if (begins(lines, strangers[i].mark, strangers[i].length))
            return strangers[i].sentence;
    return NULL;
}

/* Bytes of the byte order mark, which says nothing. */
static size_t
mark_bytes(const struct lines *lines)
{
    return begins(lines, "\xEF\xBB\xBF", 3) ? 3 : 0;
}

/* Where the first line with something on it says something; `to`: none is here. */
static size_t
first_sign(const struct lines *lines)
{
    size_t i = lines->from + mark_bytes(lines);
    while (i < lines->to && (is_blank(lines->buffer[i]) || lines->buffer[i] == '\n'))
        i++;
    return i;
}

/* Is enough here to tell what the file is: a line or two with something on it? */
static bool
can_begin(const struct lines *lines)
{
    size_t i = first_sign(lines);
    if (lines->at_end || lines->to >= PACKED_BYTES)
        return true;
    const char *end = memchr(lines->buffer + i, '\n', lines->to - i);
    /* What begins like CSV may be a line that somebody left in front of records. */
    if (end != NULL && lines->buffer[i] != '{' && lines->buffer[i] != '[')
        end = memchr(end + 1, '\n', (size_t)(lines->buffer + lines->to - end - 1));
    return end != NULL;
}

/* Enough is here: what is wrong with the file as a whole, or NULL. */
static const char *
begin(struct lines *lines)
{
    size_t sign = first_sign(lines);
    lines->begun = true;
    lines->in_array = sign < lines->to && lines->buffer[sign] == '[';
    pass(lines, lines->in_array ? sign + 1 : lines->from + mark_bytes(lines));
    return !lines->in_array && is_csv(lines) ? "the file looks like CSV; wanted: JSON, an object a "
                                               "line, with the fields of a record"
                                             : NULL;
}

/* What the file is, as soon as it can be told.  False: the file as a whole is refused. */
static bool
look_at_begin(struct lines *lines, struct line *out, enum fault *fault, struct why *why)
{
    const char *wrong = strange_mark(lines);
    *fault = FAULT_NONE;
    if (lines->to - lines->from < MARK_BYTES && !lines->at_end)
        return true;
    enum packer packer =
        packer_of((struct text){ lines->buffer + lines->from, lines->to - lines->from });
    if (lines->unpack == NULL && packer != PACKED_NOT) {
        *fault = begin_unpacking(lines, packer, why);
        return true;
    }
    if (wrong == NULL && lines->rows != NULL)
        lines->begun = true; /* all else is the table's to tell */
    else if (wrong == NULL && can_begin(lines))
        wrong = begin(lines);
    if (wrong == NULL)
        return true;
    *out = (struct line){ LINE_STRANGE, 1, text_of(wrong), NULL };
    lines->begun = lines->at_end = lines->stopped = true;
    pass(lines, lines->to);
    lines->packed_from = lines->packed_to;
    return false;
}

/* ---- where a record ends --------------------------------------------------------------------- */

/* The next line, of so many bytes: cut when it is too large.  False: nobody wants
 * it; a blank one has its number all the same. */
static bool
hand_out(const struct lines *lines, size_t length, struct line *out)
{
    bool large = length > RECORD_BYTES;
    struct text text = { lines->buffer + lines->from, large ? RECORD_BYTES : length };
    *out = (struct line){ large ? LINE_TOO_LARGE : LINE_READY, lines->number + 1, text, NULL };
    return large || !text_is_blank(text);
}

/* Takes the record up to `end`, or the rest of one that was handed out; what
 * comes next begins at `next`. */
static bool
take(struct lines *lines, size_t end, size_t next, struct line *out)
{
    bool wanted = !lines->skipping && hand_out(lines, end - lines->from, out);
    pass(lines, next);
    lines->scan = (struct scan){ .at = next };
    lines->skipping = false;
    return wanted;
}

/* A record without end so far: when it is over the limit it is handed out as too
 * large, and the rest of it is dropped as it comes.  Its brackets are counted on. */
static bool
take_too_large(struct lines *lines, struct line *out)
{
    /* Nothing but blanks since a line's end: there it ends. */
    if (lines->scan.cut > 0)
        return take(lines, lines->scan.cut - 1, lines->scan.cut, out);
    bool first = !lines->skipping && hand_out(lines, lines->to - lines->from, out);
    lines->skipping = true;
    pass(lines, lines->to);
    lines->scan.closed = 0;
    return first;
}

/* Does the line, or what is here of it, begin an object? */
static bool
begins_object(struct text line)
{
    size_t i = 0;
    while (i < line.length && is_blank(line.at[i]))
        i++;
    return i < line.length && line.at[i] == '{';
}

static size_t
count_of(struct text t, char wanted)
{
    size_t count = 0;
    for (const char *at = t.at; (at = memchr(at, wanted, t.length - (size_t)(at - t.at))) != NULL;
         at++)
        count++;
    return count;
}

/* Is the line a record, or none at all, as nearly all are?  Where brackets stand
 * in texts it may be one and not be seen: then they are counted. */
static bool
is_plain_line(struct text line)
{
    const char *end = line.at + line.length;
    size_t closed = 0;
    if (!begins_object(line))
        return true;
    for (const char *at = line.at; (at = memchr(at, '}', (size_t)(end - at))) != NULL; at++) {
        const char *behind = at + 1;
        while (behind < end && is_blank(*behind))
            behind++;
        closed++;
        if (behind == end) /* it is the last */
            return closed == count_of(line, '{');
        if (behind > at + 1 || *behind == '{')
            return false;
    }
    return false;
}

#define UNCLOSED "the array has no end: records may be missing behind this line; wanted: ]"

enum found { FOUND, FOUND_NOTHING };

static enum found
found_at(size_t at, size_t behind, size_t *end, size_t *next)
{
    *end = at;
    *next = behind;
    return FOUND;
}

/* The end of the record that begins at `from`, by its brackets.  FOUND_NOTHING:
 * more must come first. */
static enum found
find_end(struct lines *lines, size_t *end, size_t *next)
{
    struct scan *s = &lines->scan;
    for (; s->at < lines->to; s->at++) {
        char c = lines->buffer[s->at];
        if (c == '\n' && (s->in_text || (s->depth == 0 && !lines->in_array)))
            return found_at(s->at, s->at + 1, end, next);
        if (c == '\n' && s->depth > 0 && s->cut == 0)
            s->cut = s->at + 1;
        if (c == '\n')
            continue;
        if (s->in_text) {
            s->in_text = s->escaped || c != '"';
            s->escaped = !s->escaped && c == '\\';
            continue;
        }
        if (is_blank(c))
            continue;
        /* The next line begins an object: this one was cut off. */
        if (s->cut > 0 && c == '{')
            return found_at(s->cut - 1, s->cut, end, next);
        s->cut = 0;
        if (s->depth == 0 &&
            ((c == '{' && s->closed > 0) || (lines->in_array && (c == ',' || c == ']'))))
            return found_at(s->closed > 0 ? s->closed : s->at, s->at, end, next);
        s->closed = 0;
        s->in_text = c == '"';
        if (c == '{' || c == '[')
            s->depth++;
        if ((c != '}' && c != ']') || s->depth == 0)
            continue;
        s->depth--;
        if (s->depth == 0)
            s->closed = s->at + 1;
    }
    return FOUND_NOTHING;
}

/* Commas, blanks and brackets between the items of an array. */
static void
skip_between(struct lines *lines)
{
    while (lines->in_array && lines->from < lines->to && !lines->skipping) {
        char c = lines->buffer[lines->from];
        if (!is_blank(c) && c != '\n' && c != ',' && c != ']')
            break;
        lines->in_array = c != ']';
        pass(lines, lines->from + 1);
    }
}

/* A line that is not looked into. */
static enum found
find_line(struct lines *lines, size_t *end, size_t *next)
{
    char *line_feed = memchr(lines->buffer + lines->searched, '\n', lines->to - lines->searched);
    lines->searched = line_feed == NULL ? lines->to : (size_t)(line_feed - lines->buffer);
    *end = lines->searched;
    *next = *end + 1;
    return line_feed == NULL ? FOUND_NOTHING : FOUND;
}

/* The end of what begins at `from`, if it is here. */
static enum found
find_record(struct lines *lines, size_t *end, size_t *next)
{
    if (lines->one_by_one)
        return find_line(lines, end, next);
    if (!lines->in_array && !lines->skipping && lines->scan.at == lines->from) {
        enum found found = find_line(lines, end, next);
        struct text line = { lines->buffer + lines->from, *end - lines->from };
        bool is_here = found == FOUND || lines->at_end;
        if (is_here ? is_plain_line(line) : line.length <= RECORD_BYTES || !begins_object(line))
            return found;
    }
    return find_end(lines, end, next);
}

/* What is read goes to the table, which makes lines of it.  A row that is not whole at the end is
 * looked at, unless reading was stopped. */
static enum fault
next_of_table(struct lines *lines, int wait_ms, struct line *out, struct why *why)
{
    for (;;) {
        enum fault fault = FAULT_NONE;
        bool came;
        if (!lines->begun && !look_at_begin(lines, out, &fault, why))
            return FAULT_NONE;
        if (fault != FAULT_NONE)
            return fault;
        if (lines->begun) {
            struct text bytes = { lines->buffer + lines->from, lines->to - lines->from };
            rows_next(lines->rows, out);
            if (out->state != LINE_WAIT)
                return FAULT_NONE;
            size_t used = rows_feed(lines->rows, bytes);
            lines->from += used;
            if (used > 0)
                continue;
            if (lines->at_end && lines->broken != NULL)
                return why_set(why, FAULT_FILE, "%s: %s", lines->name, lines->broken);
            if (lines->at_end && lines->stopped) {
                out->state = LINE_END;
                return FAULT_NONE;
            }
            if (lines->at_end) {
                rows_end(lines->rows, bytes);
                lines->from = lines->to;
                continue;
            }
        }
        fault = fill(lines, wait_ms, &came, why);
        if (fault != FAULT_NONE || !came)
            return fault; /* LINE_WAIT is in *out */
    }
}

enum fault
lines_next(struct lines *lines, int wait_ms, struct line *out, struct why *why)
{
    if (lines->rows != NULL) {
        *out = (struct line){ .state = LINE_WAIT };
        return next_of_table(lines, wait_ms, out, why);
    }
    for (;;) {
        size_t end, next;
        bool came;
        enum fault fault = FAULT_NONE;
        if (!lines->begun && !look_at_begin(lines, out, &fault, why))
            return FAULT_NONE;
        if (fault != FAULT_NONE)
            return fault;
        if (lines->begun) {
            skip_between(lines);
            if (find_record(lines, &end, &next) == FOUND) {
                if (take(lines, end, next, out))
                    return FAULT_NONE;
                continue;
            }
            if (lines->to - lines->from > RECORD_BYTES) {
                if (take_too_large(lines, out))
                    return FAULT_NONE;
                continue;
            }
        }
        if (lines->at_end && lines->begun) {
            /* The last line may lack its LF; after a stop, or where what is packed
             * is damaged, it is not known whether it is whole. */
            if (lines->to > lines->from && !lines->stopped && lines->broken == NULL) {
                bool wanted = take(lines, lines->to, lines->to, out);
                lines->number++;
                if (wanted)
                    return FAULT_NONE;
            }
            if (lines->broken != NULL)
                return why_set(why, FAULT_FILE, "%s: %s", lines->name, lines->broken);
            *out = (struct line){ LINE_END, lines->number, { NULL, 0 }, NULL };
            if (lines->in_array && !lines->stopped) {
                out->state = LINE_STRANGE;
                out->text = TEXT_LITERAL(UNCLOSED);
                out->number += out->number == 0; /* a single line without its end */
                lines->in_array = false;
            }
            return FAULT_NONE;
        }
        fault = fill(lines, wait_ms, &came, why);
        if (fault != FAULT_NONE)
            return fault;
        if (!came) {
            *out = (struct line){ LINE_WAIT, lines->number, { NULL, 0 }, NULL };
            return FAULT_NONE;
        }
    }
}
