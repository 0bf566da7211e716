/* /proc(5) and getrusage(2), read anew for each scrape: nothing of it costs anything in between. */
#include "http/process.h"

#include "base/clock.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
#define METRIC(id, name, kind, digits, labels, help) PROCESS_##id,
#include "http/process.def"
#undef METRIC
    PROCESS_COUNT
};

static const struct metric_row rows[] = {
#define METRIC METRIC_ROW
#include "http/process.def"
#undef METRIC
};

enum { FILE_BYTES = 4096, FIELDS_BEFORE_START = 19 };

static void
set(struct process *p, int row, int64_t value)
{
    metric_set(metric_at(p->metrics, row, NULL, NULL, NULL), value);
}

/* Of a small file; "": it can't be read. */
static void
read_file(const char *path, char out[FILE_BYTES])
{
    FILE *file = fopen(path, "re");
    size_t length = file == NULL ? 0 : fread(out, 1, FILE_BYTES - 1, file);
    out[length] = '\0';
    if (file != NULL)
        (void)fclose(file);
}

/* Hundredths of a second since 1970; 0: unknown.  The kernel tells ticks since it was booted, which
 * CLOCK_BOOTTIME counts, too. */
static int64_t
started_at(void)
{
    char text[FILE_BYTES];
    struct timespec since_boot;
    long ticks = sysconf(_SC_CLK_TCK);
    read_file("/proc/self/stat", text);
    /* The name of the program may have blanks and brackets in it. */
    const char *field = strrchr(text, ')');
    for (int i = 0; i <= FIELDS_BEFORE_START && field != NULL; i++) {
        field = strchr(field, ' ');
        field = field == NULL ? NULL : field + 1;
    }
    if (field == NULL || ticks <= 0 || clock_gettime(CLOCK_BOOTTIME, &since_boot) != 0)
        return 0;
    int64_t age = (int64_t)since_boot.tv_sec * 100 + since_boot.tv_nsec / 10000000 -
                  strtoll(field, NULL, 10) * 100 / ticks;
    return clock_wall_ms() / 10 - age;
}

enum fault
process_open(struct process *p, const char *program, const char *version, struct why *why)
{
    int64_t started = started_at();
    enum fault fault = metrics_open(rows, PROCESS_COUNT, &p->metrics, why);
    if (fault != FAULT_NONE)
        return fault;
    metric_set(metric_at(p->metrics, PROCESS_BUILD, program, version, NULL), 1);
    if (started > 0)
        set(p, PROCESS_STARTED, started);
    return FAULT_NONE;
}

void
process_release(struct process *p)
{
    metrics_free(p->metrics);
    p->metrics = NULL;
}

static void
look_at_memory(struct process *p)
{
    char text[FILE_BYTES];
    char *rest;
    long page = sysconf(_SC_PAGESIZE);
    read_file("/proc/self/statm", text);
    int64_t virtual = strtoll(text, &rest, 10);
    if (rest == text)
        return;
    set(p, PROCESS_VIRTUAL, virtual * page);
    set(p, PROCESS_RESIDENT, strtoll(rest, NULL, 10) * page);
}

static void
look_at_descriptors(struct process *p)
{
    int64_t count = 0;
    struct rlimit most;
    DIR *folder = opendir("/proc/self/fd");
    if (folder != NULL) {
        while (readdir(folder) != NULL)
            count++;
        (void)closedir(folder);
        set(p, PROCESS_DESCRIPTORS, count - 3); /* ".", "..", and the folder itself */
    }
    if (getrlimit(RLIMIT_NOFILE, &most) == 0)
        set(p, PROCESS_LIMIT, (int64_t)most.rlim_cur);
}

void
process_look(struct process *p)
{
    struct rusage used;
    if (getrusage(RUSAGE_SELF, &used) == 0)
        set(p, PROCESS_CPU,
            ((int64_t)used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 +
                used.ru_utime.tv_usec + used.ru_stime.tv_usec);
    look_at_memory(p);
    look_at_descriptors(p);
}
