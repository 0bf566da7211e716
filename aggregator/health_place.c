/* Where the file of an instance's health is, and that it is nobody else's.
 *
 * /tmp belongs to all: a file there may be a link that somebody laid, or
 * somebody's own.  So it lies in a folder that only we can write to, links are
 * not followed, and what another user owns is neither written nor believed. */
#include "aggregator/health.h"
#include "base/crc32.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_SHOWN = 64 };

const char health_magic[8] = "tallyH1";

static bool
is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

/* A name that shows the group's, and is another one for each group. */
static void
name_of_group(const char *group, char out[HEALTH_PATH])
{
    char shown[NAME_SHOWN + 1];
    size_t length = 0;

    /* A group may be named by anything; what is not plain is shown as '_', and
     * the CRC keeps two groups apart. */
    for (; group[length] != '\0' && length < NAME_SHOWN; length++)
        shown[length] = is_plain(group[length]) ? group[length] : '_';
    shown[length] = '\0';
    (void)snprintf(out, HEALTH_PATH, "%s-%08x.health", shown,
                   (unsigned)crc32_of(0, group, strlen(group)));
}

enum fault
health_place(const char *path, const char *group, const char *runtime, struct health_place *out,
             struct why *why)
{
    int length;

    *out = (struct health_place){ 0 };
    if (path != NULL) {
        length = snprintf(out->file, sizeof out->file, "%s", path);
        if (length <= 0 || (size_t)length >= sizeof out->file)
            return why_set(why, FAULT_OPTION, "--health-file: want a path of up to %d bytes",
                           HEALTH_PATH - 1);
        return FAULT_NONE;
    }
    name_of_group(group, out->file);
    length =
        runtime != NULL && runtime[0] == '/'
            ? snprintf(out->folder, sizeof out->folder, "%s/tally", runtime)
            : snprintf(out->folder, sizeof out->folder, "/tmp/tally-%lu", (unsigned long)geteuid());
    if ((size_t)length >= sizeof out->folder)
        return why_set(why, FAULT_OPTION, "XDG_RUNTIME_DIR is too long: give --health-file");
    return FAULT_NONE;
}

/* Our own folder, made if need be.  /tmp is everybody's, so what stands there
 * is only believed when it is a folder, ours, and nobody else may write to it. */
static enum fault
open_folder(const char *name, bool make, int *fd, struct why *why)
{
    struct stat is;

    if (make && mkdir(name, 0700) != 0 && errno != EEXIST)
        return why_set(why, FAULT_FILE, "%s: %s", name, strerror(errno));
    *fd = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (*fd < 0)
        return why_set(why, FAULT_FILE, "%s: %s", name, strerror(errno));
    /* Of the folder that is open, not of its name: that could be moved in
     * between. */
    if (fstat(*fd, &is) == 0 && is.st_uid == geteuid() && (is.st_mode & 022) == 0)
        return FAULT_NONE;
    (void)close(*fd);
    return why_set(why, FAULT_FILE, "%s: others own it, or may write to it", name);
}

/* A file that others may read is made private when we write it, and refused
 * when we only read it: they may have written it. */
static enum fault
look_at_file(int fd, bool writes, const char *name, struct why *why)
{
    struct stat is;

    if (fstat(fd, &is) != 0)
        return why_set(why, FAULT_FILE, "%s: %s", name, strerror(errno));
    if (!S_ISREG(is.st_mode) || is.st_uid != geteuid() || is.st_nlink > 1)
        return why_set(why, FAULT_FILE, "%s: is no file of this user alone", name);
    if ((is.st_mode & 077) != 0 && (!writes || fchmod(fd, 0600) != 0))
        return why_set(why, FAULT_FILE, "%s: others may read or write it", name);
    return FAULT_NONE;
}

enum fault
health_open_file(const struct health_place *place, bool writes, int *fd, struct why *why)
{
    /* O_NONBLOCK: a fifo there must not make us wait. */
    int folder = AT_FDCWD, flags = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    enum fault fault = FAULT_NONE;

    if (place->folder[0] != '\0')
        fault = open_folder(place->folder, writes, &folder, why);
    if (fault != FAULT_NONE)
        return fault;
    *fd = openat(folder, place->file, flags | (writes ? O_RDWR | O_CREAT : O_RDONLY), 0600);
    if (*fd < 0)
        fault = why_set(why, FAULT_FILE, "%s%s%s: %s", place->folder, folder < 0 ? "" : "/",
                        place->file, errno == ELOOP ? "is a link" : strerror(errno));
    if (folder >= 0)
        (void)close(folder);
    if (fault != FAULT_NONE)
        return fault;
    fault = look_at_file(*fd, writes, place->file, why);
    if (fault != FAULT_NONE)
        (void)close(*fd);
    return fault;
}

uint32_t
health_crc(const struct health_record *record)
{
    /* The crc is the record's last member. */
    return crc32_of(0, record, offsetof(struct health_record, crc));
}
