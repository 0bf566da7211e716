/* replay - a target without libFuzzer, as gcc builds it.
 *
 *   fuzz_NAME FILE-OR-FOLDER...                    each file once
 *   fuzz_NAME --mutate N [--seed S] FOLDER         then N mutations of them
 *
 * Prints how many inputs ran and what the process held at the start and at the
 * end; fails when it has grown by more than GROWTH_MOST.  Under ASan a leak
 * fails it as well, but what it holds says nothing there. */
#include "base/random.h"
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_MOST = 8192, FILE_MOST = 4 << 20, CHANGES_MOST = 6, GROWTH_MOST = 8 << 20 };

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#else
#define UNDER_ASAN 0
#endif

struct input {
    uint8_t *at;
    size_t size;
};
static struct input corpus[FILES_MOST];
static size_t corpus_count;
static size_t seeds[FILES_MOST], seed_count; /* of them, those named seed-*: mostly good input */
static long ran;

/* Alone in a block of its own, for the sanitizers. */
static void
run(const uint8_t *at, size_t size)
{
    uint8_t *alone = malloc(size == 0 ? 1 : size);

    MUST(alone != NULL);
    if (size > 0)
        memcpy(alone, at, size);
    (void)LLVMFuzzerTestOneInput(alone, size);
    free(alone);
    ran++;
}

static void
read_file(const char *name)
{
    FILE *file = fopen(name, "re");
    struct input *in = &corpus[corpus_count];
    struct stat state;

    MUST(corpus_count < FILES_MOST);
    if (file == NULL || fstat(fileno(file), &state) != 0 || state.st_size > FILE_MOST) {
        fprintf(stderr, "%s: can't be read, or is over %d bytes\n", name, FILE_MOST);
        exit(EXIT_FAILURE);
    }
    in->size = (size_t)state.st_size;
    in->at = malloc(in->size + 1);
    MUST(in->at != NULL && fread(in->at, 1, in->size, file) == in->size);
    (void)fclose(file);
    if (strstr(name, "/seed-") != NULL)
        seeds[seed_count++] = corpus_count;
    corpus_count++;
}

static int
no_dots(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void
read_folder(const char *name)
{
    struct dirent **entries;
    int count = scandir(name, &entries, no_dots, alphasort);

    if (count < 0) { /* a file */
        read_file(name);
        return;
    }
    for (int i = 0; i < count; i++) {
        char path[4096];

        (void)snprintf(path, sizeof path, "%s/%s", name, entries[i]->d_name);
        read_file(path);
        free(entries[i]);
    }
    free(entries);
}

/* ---- mutations ------------------------------------------------------------------------ */

static uint64_t seed = 1;

static size_t
below(size_t limit)
{
    uint64_t drawn = random_next(&seed);
    return limit == 0 ? 0 : (size_t)(drawn % limit);
}

/* Numbers that lengths and counts go wrong with. */
static uint8_t
odd_byte(void)
{
    static const uint8_t odd[] = {
        0, 1, 2, 3, 0x7E, 0x7F, 0x80, 0x81, 0xC2, 0xFE, 0xFF, '"', '\\'
    };

    return below(2) == 0 ? odd[below(sizeof odd)] : (uint8_t)below(256);
}

/* Leave out, or put in, `length` bytes at `from`; what is put in is a piece of
 * another file. */
static size_t
leave_out(uint8_t *at, size_t size, size_t from, size_t length)
{
    length = length < size - from ? length : size - from;
    memmove(at + from, at + from + length, size - from - length);
    return size - length;
}

static size_t
put_in(uint8_t *at, size_t size, size_t from)
{
    const struct input *other = &corpus[below(corpus_count)];
    size_t start = below(other->size), length = below(other->size - start) % 64 + 1;

    if (other->size == 0 || length > other->size - start || size + length > FILE_MOST)
        return size;
    memmove(at + from + length, at + from, size - from);
    memcpy(at + from, other->at + start, length);
    return size + length;
}

static size_t
change(uint8_t *at, size_t size)
{
    size_t from = below(size);

    if (size == 0)
        return put_in(at, size, 0);
    switch (below(12)) {
    case 0:
    case 1:
    case 2:
        at[from] ^= (uint8_t)(1 << below(8));
        return size;
    case 3:
    case 4:
    case 5:
    case 6:
    case 7:
        at[from] = odd_byte();
        return size;
    case 8: /* a long number */
        for (size_t n = below(10); n > 0 && from < size; n--)
            at[from++] = (uint8_t)(0x80 | below(128));
        return size;
    case 9:
        return leave_out(at, size, from, 1 + below(below(8) == 0 ? size : 8));
    case 10:
        return from; /* cut short */
    default:
        return put_in(at, size, from);
    }
}

/* Good input half of the time, so that much of it comes far. */
static const struct input *
pick(void)
{
    return &corpus[below(2) == 0 && seed_count > 0 ? seeds[below(seed_count)]
                                                   : below(corpus_count)];
}

static void
mutate(long count)
{
    static uint8_t bytes[FILE_MOST];

    for (long i = 0; i < count; i++) {
        const struct input *in = pick();
        size_t size = in->size, changes = below(2) == 0 ? 1 : 1 + below(CHANGES_MOST);

        memcpy(bytes, in->at, size);
        for (; changes > 0; changes--)
            size = change(bytes, size);
        run(bytes, size);
    }
}

/* ---- */

static long
resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    long pages = 0;

    if (file == NULL)
        return 0;
    if (fscanf(file, "%*s %ld", &pages) != 1)
        pages = 0;
    (void)fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

int
main(int argc, char **argv)
{
    long mutations = 0, at_start, at_end;
    uint64_t first_seed;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--mutate") == 0 && i + 1 < argc)
            mutations = strtol(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            seed = strtoull(argv[++i], NULL, 10);
        else
            read_folder(argv[i]);
    }
    if (corpus_count == 0) {
        fprintf(stderr, "%s [--mutate N] [--seed S] FILE-OR-FOLDER...: no input\n", argv[0]);
        return 2;
    }
    first_seed = seed;
    for (size_t i = 0; i < corpus_count; i++)
        run(corpus[i].at, corpus[i].size);
    mutate(mutations / 100); /* what is made once is made by now */
    at_start = resident_bytes();
    mutate(mutations - mutations / 100);
    at_end = resident_bytes();
    printf("%ld inputs: %zu files, %ld mutations (seed %llu); %.1f MB resident at the start, "
           "%.1f MB at the end\n",
           ran, corpus_count, mutations, (unsigned long long)first_seed, (double)at_start / 1e6,
           (double)at_end / 1e6);
    for (size_t i = 0; i < corpus_count; i++)
        free(corpus[i].at);
    if (!UNDER_ASAN && at_end - at_start > GROWTH_MOST) {
        fprintf(stderr, "it grew by more than %d bytes: something is kept\n", GROWTH_MOST);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
