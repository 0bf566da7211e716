/* Descriptors that should be there, and are not always.
 *
 * open(2) gives the lowest number that is free.  So a program that was started
 * with stdout closed would send its results into the first socket or file that
 * it opens. */
#include "base/standard.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

bool
standard_open(void)
{
    /* Opened the wrong way round, /dev/null gives an error for each read or
     * write: right for stdout.  A missing stdin is an empty one, and what is
     * said on a missing stderr nobody wants to know. */
    static const int mode[] = { O_RDONLY, O_RDONLY, O_WRONLY };

    for (int fd = 0; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
            continue;
        if (open("/dev/null", mode[fd]) != fd) /* the lowest that is free */
            return false;
    }
    return true;
}

enum fault
standard_end(struct why *why)
{
    /* A failed write is remembered by the stream, but errno of that moment may
     * be gone. */
    bool good = ferror(stdout) == 0;
    int error = good ? 0 : errno;

    /* The last bytes are written by fclose(); a full disk often shows only here. */
    if (fclose(stdout) != 0) {
        error = errno;
        good = false;
    }
    if (good)
        return FAULT_NONE;
    return why_set(why, FAULT_FILE, "stdout: %s",
                   error == 0 ? "not all could be written" : strerror(error));
}
