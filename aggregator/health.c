/* The instance's side: one record, written in place.
 *
 * It is written with one pwrite(2) and not mapped: a mapped file that somebody
 * cuts would kill us.  A reader that meets half of a write sees it by the sum.
 * The lock belongs to the open file, and goes with the process, whatever ends
 * it.
 *
 * A file that can't be had is tried again every 5 s, and complained of once;
 * the service itself never depends on it. */
#include "aggregator/health.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WRITE_MS = 500, RETRY_MS = 5000, LONG_TURN_MS = 5000 };

struct health {
    struct health_place place;
    struct health_record record;
    int fd; /* -1: none; ours, and locked */
    int64_t moves;
    int64_t told_at;              /* the end of the last turn */
    int64_t written_at, tried_at; /* 0: never */
    bool complained;
};

enum fault
health_open(const struct health_place *place, struct health **out, struct why *why)
{
    struct health *h = calloc(1, sizeof *h); /* what lies between members is summed up, too */

    if (h == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for the health");
    h->place = *place;
    h->fd = -1;
    memcpy(h->record.magic, health_magic, sizeof health_magic);
    h->record.pid = getpid();
    *out = h;
    return FAULT_NONE;
}

/* OFD locks (fcntl(2)): of the open file and not of the process, so that no
 * other part of the program can lose them by closing a descriptor. */
static enum fault
lock(int fd, const char *name, struct why *why)
{
    struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    if (fcntl(fd, F_OFD_SETLK, &all) == 0)
        return FAULT_NONE;
    if (errno == EAGAIN || errno == EACCES)
        return why_set(why, FAULT_FILE,
                       "%s: another instance of this group has it: give each a --health-file",
                       name);
    return why_set(why, FAULT_FILE, "%s: %s", name, strerror(errno));
}

/* Somebody may have removed the file: a cleaner of /tmp, or the instance before
 * us at its end. */
static bool
is_gone(int fd)
{
    struct stat is;

    return fstat(fd, &is) != 0 || is.st_nlink == 0;
}

/* Open and lock the file; h->fd is -1 when that is not possible. */
static enum fault
take_file(struct health *h, struct why *why)
{
    enum fault fault = health_open_file(&h->place, true, &h->fd, why);

    if (fault != FAULT_NONE) {
        h->fd = -1;
        return fault;
    }
    fault = lock(h->fd, h->place.file, why);
    /* Between open and lock the instance before us may have removed it: then
     * nobody would ever find our record. */
    if (fault == FAULT_NONE && is_gone(h->fd))
        fault = why_set(why, FAULT_FILE, "%s: was removed", h->place.file);
    if (fault == FAULT_NONE)
        return FAULT_NONE;
    (void)close(h->fd);
    h->fd = -1;
    return fault;
}

/* FAULT_NONE also while it is not time to try again. */
static enum fault
write_record(struct health *h, int64_t now, struct why *why)
{
    enum fault fault = FAULT_NONE;

    /* Removed meanwhile: made anew at once. */
    if (h->fd >= 0 && is_gone(h->fd)) {
        (void)close(h->fd);
        h->fd = -1;
        h->tried_at = 0;
    }
    if (h->fd < 0 && h->tried_at > 0 && now < h->tried_at + RETRY_MS)
        return FAULT_NONE;
    h->tried_at = now;
    if (h->fd < 0)
        fault = take_file(h, why);
    if (fault != FAULT_NONE)
        return fault;
    h->record.crc = health_crc(&h->record);
    if (pwrite(h->fd, &h->record, sizeof h->record, 0) == sizeof h->record)
        h->written_at = now;
    else
        fault =
            why_set(why, FAULT_FILE, "%s: can't be written: %s", h->place.file, strerror(errno));
    return fault;
}

/* Since when we are behind, and when something moved last.  Caught up counts as
 * moving. */
static void
note_movement(struct health *h, int64_t now)
{
    struct health_record *r = &h->record;
    const struct health_facts *f = &r->facts;
    bool behind = f->ready < f->owned || f->waiting > 0 || !f->shown;

    if (!behind || f->moves != h->moves || r->moved_at == 0)
        r->moved_at = now;
    h->moves = f->moves;
    if (!behind)
        r->behind_since = 0;
    else if (r->behind_since == 0)
        r->behind_since = now;
}

enum fault
health_tell(struct health *h, const struct health_facts *facts, int64_t now, struct why *why)
{
    enum fault fault = FAULT_NONE;

    h->record.facts = *facts;
    h->record.turned_at = now;
    h->told_at = now;
    note_movement(h, now);
    if (h->written_at == 0 || now >= h->written_at + WRITE_MS) {
        fault = write_record(h, now, why);
        /* A fault is returned once; it is not said again until it is over. */
        if (fault != FAULT_NONE && h->complained)
            return FAULT_NONE;
        if (fault != FAULT_NONE || h->fd >= 0)
            h->complained = fault != FAULT_NONE;
    }
    return fault;
}

void
health_touch(struct health *h, int64_t redis_at, int64_t kafka_at, int64_t now)
{
    struct health_facts *facts = &h->record.facts;
    struct why why;

    /* A turn of more than 5 s has told nothing yet, so an answer of Redis is
     * what shows that it goes on. */
    if (redis_at > facts->redis_at && now > h->told_at + LONG_TURN_MS)
        h->record.moved_at = now;
    if (redis_at > 0)
        facts->redis_at = redis_at;
    if (kafka_at > 0)
        facts->kafka_at = kafka_at;
    h->record.turned_at = now;
    if (h->fd >= 0 && now >= h->written_at + WRITE_MS)
        (void)write_record(h, now, &why); /* health_tell() complains */
}

void
health_close(struct health *h)
{
    int folder = AT_FDCWD;

    if (h == NULL)
        return;
    /* Removed by its name in the folder that we made: the path may be another's
     * by now. */
    if (h->place.folder[0] != '\0')
        folder = open(h->place.folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (h->fd >= 0 && !is_gone(h->fd) && folder != -1)
        (void)unlinkat(folder, h->place.file, 0); /* locked by us, so it is ours */
    if (folder >= 0)
        (void)close(folder);
    if (h->fd >= 0)
        (void)close(h->fd);
    free(h);
}
