/* tally-lookup - look totals up in Redis. */
#include "core/log.h"
#include "core/options.h"
#include "lookup/lookup.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

enum {
#define OPTION(id, ...) ROW_##id,
#include "lookup/options.def"
#undef OPTION
    ROW_COUNT
};
static const struct option_row ROWS[] = {
#define OPTION(id, ...) { __VA_ARGS__ },
#include "lookup/options.def"
#undef OPTION
};

enum { HELP_BYTES = 8192, SETTINGS_BYTES_MOST = 65536 };

static int64_t
now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
put_stderr(void *self, const char *line, size_t length)
{
    (void)self;
    (void)fwrite(line, 1, length, stderr);
}

/* The text of the settings file, freed by the caller. */
static enum fault
read_settings(const char *path, char **out, struct why *why)
{
    FILE *file = fopen(path, "r");
    char *text = malloc(SETTINGS_BYTES_MOST + 1);
    enum fault fault = FAULT_NONE;
    size_t length = 0;

    if (file == NULL)
        fault = why_set(why, FAULT_FILE, "%s: %s", path, strerror(errno));
    else if (text == NULL)
        fault = why_set(why, FAULT_NO_MEMORY, "no memory for %s", path);
    else
        length = fread(text, 1, SETTINGS_BYTES_MOST + 1, file);
    if (fault == FAULT_NONE && (ferror(file) || length > SETTINGS_BYTES_MOST))
        fault = why_set(why, FAULT_FILE, "%s: cannot be read, or is longer than %d bytes", path,
                        SETTINGS_BYTES_MOST);
    if (file != NULL)
        (void)fclose(file);
    if (fault != FAULT_NONE) {
        free(text);
        return fault;
    }
    text[length] = '\0';
    *out = text;
    return FAULT_NONE;
}

static void
print_help(void)
{
    char usage[HELP_BYTES], help[HELP_BYTES];
    struct text_buffer u = { .at = usage, .size = sizeof usage - 1 };
    struct text_buffer h = { .at = help, .size = sizeof help };

    lookup_usage(&u);
    usage[u.length] = '\0';
    options_help(ROWS, ROW_COUNT, usage, &h);
    (void)fwrite(help, 1, h.length, stdout);
}

static enum fault
look_up(const struct option_values *values, enum verdict *verdict, struct why *why)
{
    struct lookup lookup = { .prefix = values->value[ROW_PREFIX],
                             .as_json = values->value[ROW_JSON] != NULL,
                             .out = stdout };
    struct store *store = NULL;

    if (strlen(lookup.prefix) >= PREFIX_BYTES)
        return why_set(why, FAULT_OPTION, "--prefix is longer than %d bytes", PREFIX_BYTES - 1);
    enum fault fault = windows_read(text_of(values->value[ROW_WINDOWS]), &lookup.windows, why);
    if (fault == FAULT_NONE)
        fault = store_open(&(struct store_options){ .url = values->value[ROW_REDIS],
                                                    .client_name = "tally-lookup" },
                           &store, why);
    if (fault != FAULT_NONE)
        return fault;
    lookup.way = store_way(store);
    fault = lookup_run(&lookup, values->operands, values->operand_count, verdict, why);
    if (fault == FAULT_NONE && (fflush(stdout) != 0 || ferror(stdout)))
        fault = why_set(why, FAULT_FILE, "stdout: %s", strerror(errno));
    store_free(store);
    return fault;
}

int
main(int argc, char *argv[])
{
    const struct log log = { .least = LOG_INFO,
                             .as_text = isatty(STDERR_FILENO) != 0,
                             .now_ms = now_ms,
                             .put = put_stderr };
    static struct option_values values; /* large */
    struct why why = { 0 };
    enum verdict verdict = VERDICT_DONE;
    char *settings = NULL;
    const char *path = options_find_file(argc, argv);
    enum fault fault = FAULT_NONE;

    (void)signal(SIGPIPE, SIG_IGN); /* a lost connection is an answer, not an end */
    if (path != NULL)
        fault = read_settings(path, &settings, &why);
    if (fault == FAULT_NONE)
        fault = options_read(ROWS, ROW_COUNT, argc, argv, getenv, settings, &values, &why);
    if (fault == FAULT_NONE && values.value[ROW_HELP] != NULL)
        print_help();
    else if (fault == FAULT_NONE && values.value[ROW_VERSION] != NULL)
        printf("tally-lookup %s\n", TALLY_VERSION);
    else if (fault == FAULT_NONE)
        fault = look_up(&values, &verdict, &why);
    free(settings);
    if (fault == FAULT_NONE)
        return verdict;
    log_fault(&log, LOG_ERROR, "look-up failed", fault, &why);
    return fault == FAULT_OPTION ? VERDICT_USAGE : VERDICT_FAILED;
}
