/* --health: read what an instance wrote, and judge it.
 *
 * The limits follow from the longest waits of a turn that is well: one for
 * Redis takes up to 10 s, and what comes between two is told (health_touch).
 * Redis is asked every 2 s at rest, Kafka every second; with 30 s for an answer
 * a failover, or a broker that starts again, is no fault yet. */
#include "aggregator/health.h"
#include "base/text.h"

#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

enum {
    LOOP_MS = 12000,
    ANSWER_MS = 30000,
    STUCK_MS = 60000,
    READS = 5,
    READ_NAP_MS = 10,
    LINE_BYTES = 512,
};

/* Who lives holds the lock. */
static bool
is_locked(int fd)
{
    struct flock all = { .l_type = F_RDLCK, .l_whence = SEEK_SET };

    return fcntl(fd, F_OFD_GETLK, &all) == 0 && all.l_type == F_WRLCK;
}

/* A record of ours, read in one piece. */
static bool
is_whole(const struct health_record *r, ssize_t got)
{
    return got == sizeof *r && memcmp(r->magic, health_magic, sizeof health_magic) == 0 &&
           r->crc == health_crc(r);
}

enum fault
health_read(const struct health_place *place, struct health_record *out, struct why *why)
{
    struct health_record record;
    bool whole = false;
    int fd;
    enum fault fault = health_open_file(place, false, &fd, why);

    if (fault != FAULT_NONE)
        return fault;
    /* The writer may be in the middle of a record. */
    for (int i = 0; i < READS && !whole; i++) {
        if (i > 0)
            (void)usleep(READ_NAP_MS * 1000); /* half of a write was read */
        whole = is_whole(&record, pread(fd, &record, sizeof record, 0));
    }
    if (!is_locked(fd))
        fault = whole ? why_set(why, FAULT_FILE, "process %lld has ended", (long long)record.pid)
                      : why_set(why, FAULT_FILE, "%s: nobody writes it", place->file);
    else if (!whole)
        fault = why_set(why, FAULT_FILE, "%s: is damaged, or of another version", place->file);
    (void)close(fd);
    if (fault != FAULT_NONE)
        return fault;
    /* The sum says that it is ours; a text without an end would still be a
     * mistake to print. */
    record.facts.waits_for[HEALTH_TEXT - 1] = '\0';
    *out = record;
    return FAULT_NONE;
}

/* ---- judging ------------------------------------------------------------------------- */

struct teller {
    void (*tell)(void *self, const char *line);
    void *self;
    bool all_good;
};

/* One line: "ok" or "FAULT", what it is about, the fact. */
PRINTF_LIKE(4, 5)
static void
say(struct teller *t, bool good, const char *what, const char *format, ...)
{
    char sentence[LINE_BYTES - 32], line[LINE_BYTES];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    (void)snprintf(line, sizeof line, "%-5s  %-10s  %s", good ? "ok" : "FAULT", what, sentence);
    t->tell(t->self, line);
    t->all_good = t->all_good && good;
}

static long long
seconds(int64_t since, int64_t now)
{
    return (now - since) / 1000;
}

/* asked_at: when it was asked last; who is not asked owes no answer. */
static void
say_answer(struct teller *t, const char *who, int64_t at, int64_t asked_at, int64_t now)
{
    if (at == 0)
        say(t, false, who, "has not answered yet");
    else if (asked_at <= at && now - at > ANSWER_MS)
        say(t, true, who, "answered %lld s ago, and was not asked since", seconds(at, now));
    else
        say(t, now - at <= ANSWER_MS, who, "answered %lld s ago", seconds(at, now));
}

/* Behind is no fault as long as something moves within a minute. */
static void
say_records(struct teller *t, const struct health_record *r, int64_t now)
{
    const struct health_facts *f = &r->facts;

    if (r->behind_since == 0)
        say(t, true, "records", f->owned == 0 ? "it has no partition" : "caught up");
    else if (now - r->moved_at > STUCK_MS)
        say(t, false, "records", "%lld wait in Kafka, and nothing has moved for %lld s",
            (long long)f->waiting, seconds(r->moved_at, now));
    else
        say(t, true, "records", "%lld wait in Kafka; catching up for %lld s, it moved %lld s ago",
            (long long)f->waiting, seconds(r->behind_since, now), seconds(r->moved_at, now));
}

bool
health_judge(const struct health_record *r, int64_t now, void (*tell)(void *self, const char *line),
             void *self)
{
    const struct health_facts *f = &r->facts;
    struct teller t = { tell, self, true };

    if (r->turned_at > now) { /* the lock lives on no longer than the machine */
        say(&t, false, "loop", "turned at a time that is yet to come");
        return false;
    }
    say(&t, now - r->turned_at <= LOOP_MS, "loop", "turned %lld s ago (process %lld)",
        seconds(r->turned_at, now), (long long)r->pid);
    say_answer(&t, "redis", f->redis_at, now, now);
    say_answer(&t, "kafka", f->kafka_at, f->kafka_asked_at, now);
    say(&t, true, "partitions", "%lld of %lld are being read", (long long)f->ready,
        (long long)f->owned);
    say_records(&t, r, now);
    if (f->stuck_since > 0)
        say(&t, now - f->stuck_since <= STUCK_MS, "waits", "for %lld s: %s",
            seconds(f->stuck_since, now), f->waits_for);
    return t.all_good;
}
