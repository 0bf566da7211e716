/* options.h - command lines, environment and files of settings, one way.
 *
 * Each program has a table (options.def in its room); from it come the
 * parsing, the bounds, --help and docs/options.md.  A flag beats the
 * environment, the environment beats the file of -F, the file beats the
 * default.  Pure: main hands in argv, the environment and the file's text.
 */
#ifndef BASE_OPTIONS_H
#define BASE_OPTIONS_H

#include "base/fault.h"
#include "base/text.h"

enum option_form {
    OPTION_FLAG,     /* present or not: value "1" */
    OPTION_TEXT,     /* --name VALUE, --name=VALUE, -n VALUE, -nVALUE */
    OPTION_COUNT,    /* a whole number within least..most */
    OPTION_OPTIONAL, /* --name or --name=COUNT; without: its default */
    OPTION_PROPERTY, /* -X prop=value, may be given often */
    OPTION_LATER,    /* a known name that this version has not yet: usage error */
};

struct option_row {
    char letter;      /* 0: none */
    const char *name; /* long name without dashes */
    enum option_form form;
    const char *otherwise;  /* default as text; NULL: unset */
    long least, most;       /* OPTION_COUNT, OPTION_OPTIONAL */
    const char *variable;   /* environment, or NULL */
    const char *value_name; /* "BROKERS" in --help */
    const char *help;
};

enum { OPTIONS_MOST = 64, PROPERTIES_MOST = 64, OPERANDS_MOST = 4096 };

struct option_values {
    const char *value[OPTIONS_MOST]; /* by row; NULL: unset */
    int property_count;
    const char *properties[PROPERTIES_MOST]; /* "name=value", file's first */
    int operand_count;
    const char *const *operands; /* points into argv_rest */
    const char *argv_rest[OPERANDS_MOST];
};

/* The settings file of -F: lines `name=value` with long names, or any other
 * name, which is a property for librdkafka where the table has a row
 * "property"; # begins a comment line; blank lines are skipped, blanks around
 * name and value too.  A flag is 1 or 0.  The text ends with NUL and must
 * stay; it is cut up in place.  The name is for messages. */
struct settings_file {
    const char *name;
    char *text;
};

/* All of it, as a program's main does: finds -F or --file, reads that file, then the options, with
 * the environment of the process.  Once in a process: the values borrow from its memory.
 * FAULT_FILE, in words: it can't be read, is no text, or is over 64 KiB; FAULT_OPTION as below. */
MUST_USE enum fault options_take(const struct option_row *rows, int row_count, int argc,
                                 char *argv[], struct option_values *out, struct why *why);

/* The value of the last -F or --file, NULL when there is none. */
const char *options_find_file(int argc, char *const argv[]);

/* FAULT_OPTION with a sentence that names the option and what it wants.
 * `environment` is getenv's shape.  Everything borrows from argv, the
 * environment and the file's text; environment and file may be NULL.
 * --help and --version are rows as others.  Letters are not bundled: what
 * follows one directly is its value.  "--" ends the options; they may stand
 * after operands; of a repeated one the last is taken. */
MUST_USE enum fault
options_read(const struct option_row *rows, int row_count, int argc, char *const argv[],
             char *(*environment)(const char *), const struct settings_file *file,
             struct option_values *out, struct why *why);

/* The number of an OPTION_COUNT or OPTION_OPTIONAL that is set; 0 when it is
 * not.  An OPTION_OPTIONAL that nobody gave is unset, its default is for the
 * bare --name. */
long options_count(const struct option_values *values, int row);

/* The table as --help prints it, after `usage`. */
void options_help(const struct option_row *rows, int row_count, const char *usage,
                  struct text_buffer *out);

#endif
