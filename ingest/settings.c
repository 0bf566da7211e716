#include "ingest/settings.h"

#include <errno.h>

enum { FILE_BYTES = 64 * 1024, HELP_BYTES = 8 * 1024 };

static const struct option_row rows[SETTING_COUNT] = {
#define OPTION(id, ...) { __VA_ARGS__ },
#include "ingest/options.def"
#undef OPTION
};

static const char usage[] =
    "usage: tally-ingest [OPTION]... [FILE... | -]\n"
    "\n"
    "Reads records, one JSON object a line, from the files or stdin, and writes them\n"
    "as Avro to the Kafka topics trade-events and agreements. A record that is refused\n"
    "is told on stderr as a line of JSON. Sending a record again does no harm: equal\n"
    "ones count once.\n"
    "\n"
    "Exit codes: 0 everything is delivered; 1 failed, or interrupted before the end of\n"
    "a file; 2 usage; 3 everything but the refused records is delivered.\n"
    "SIGINT and SIGTERM stop reading and wait for what was read to be delivered, a\n"
    "second one does not wait. A broker that is away is waited for, each record for\n"
    "message.timeout.ms.\n"
    "\n";

static enum fault
read_file(const char *name, char out[FILE_BYTES], struct why *why)
{
    FILE *file = fopen(name, "re");
    if (file == NULL)
        return why_set(why, FAULT_FILE, "%s: %s", name, strerror(errno));
    size_t length = fread(out, 1, FILE_BYTES, file);
    bool good = ferror(file) == 0 && length < FILE_BYTES;
    fclose(file);
    if (!good)
        return why_set(why, FAULT_FILE, "%s: can't be read, or is too long", name);
    if (memchr(out, '\0', length) != NULL)
        return why_set(why, FAULT_FILE, "%s: is no text", name);
    out[length] = '\0';
    return FAULT_NONE;
}

enum fault
settings_read(int argc, char *argv[], struct option_values *out, struct why *why)
{
    static char file_text[FILE_BYTES];
    const char *file = options_find_file(argc, argv);
    if (file != NULL) {
        enum fault fault = read_file(file, file_text, why);
        if (fault != FAULT_NONE)
            return fault;
    }
    return options_read(rows, SETTING_COUNT, argc, argv, getenv, file == NULL ? NULL : file_text,
                        out, why);
}

void
settings_help(void)
{
    char help[HELP_BYTES];
    struct text_buffer b = { .at = help, .size = sizeof help };
    options_help(rows, SETTING_COUNT, usage, &b);
    fwrite(help, 1, b.length, stdout);
}
