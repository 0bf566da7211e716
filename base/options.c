/* Options from a table: flags, the environment, a settings file, --help.
 *
 * The order of reading is the order of precedence: defaults, then the file, the
 * environment, the command line; each writes over what the one before left. All
 * of them end in take(), so a bound holds wherever a value comes from. */
#include "base/options.h"

#include <errno.h>

enum { HELP_WIDTH = 78, HELP_INDENT = 6, FILE_BYTES = 64 * 1024 };

/* The table, what is read by it, and who is told what is wrong. */
struct reading {
    const struct option_row *rows;
    int row_count;
    struct option_values *out;
    struct why *why;
};

/* ---- finding a row ---------------------------------------------------------- */

/* The row of a long name or of a letter, -1 when there is none. */
static int
find_long(const struct reading *r, struct text name)
{
    for (int i = 0; i < r->row_count; i++) {
        if (r->rows[i].name != NULL && text_equal(text_of(r->rows[i].name), name))
            return i;
    }
    return -1;
}

static int
find_letter(const struct reading *r, char letter)
{
    for (int i = 0; i < r->row_count; i++) {
        if (r->rows[i].letter != 0 && r->rows[i].letter == letter)
            return i;
    }
    return -1;
}

const char *
options_find_file(int argc, char *const argv[])
{
    const char *file = NULL;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const char *arg = argv[i];
        bool alone = strcmp(arg, "-F") == 0 || strcmp(arg, "--file") == 0;
        if (alone && i + 1 < argc)
            file = argv[++i];
        else if (!alone && strncmp(arg, "--file=", 7) == 0)
            file = arg + 7;
        else if (!alone && strncmp(arg, "-F", 2) == 0)
            file = arg + 2;
    }
    return file;
}

/* ---- taking a value ----------------------------------------------------------- */

/* Digits only, within the bounds. */
static bool
is_count(const char *value, long least, long most)
{
    int64_t n;
    return value[0] != '-' && text_integer(text_of(value), &n) && least <= n && n <= most;
}

/* `said` is how the option was written: "-b", "--brokers", "TALLY_BROKERS". */
static enum fault
take(const struct reading *r, int row, const char *said, const char *value)
{
    const struct option_row *option = &r->rows[row];
    struct option_values *out = r->out;
    if (option->form == OPTION_LATER)
        return why_set(r->why, FAULT_OPTION, "%s: this version has not got it yet", said);
    if (option->form == OPTION_PROPERTY) {
        if (value[0] == '=' || strchr(value, '=') == NULL)
            return why_set(r->why, FAULT_OPTION, "%s wants property=value, not '%s'", said, value);
        if (out->property_count == PROPERTIES_MOST)
            return why_set(r->why, FAULT_OPTION, "%s: more than %d properties", said,
                           PROPERTIES_MOST);
        out->properties[out->property_count++] = value;
        return FAULT_NONE;
    }
    bool counts = option->form == OPTION_COUNT || option->form == OPTION_OPTIONAL;
    if (counts && !is_count(value, option->least, option->most))
        return why_set(r->why, FAULT_OPTION, "%s wants a whole number from %ld to %ld, not '%s'",
                       said, option->least, option->most, value);
    /* The text is kept; options_count() makes the number of it. */
    out->value[row] = value;
    return FAULT_NONE;
}

/* A flag from the environment or a file: 1 sets it, 0 leaves it. */
static enum fault
take_setting(const struct reading *r, int row, const char *said, const char *value)
{
    if (r->rows[row].form != OPTION_FLAG)
        return take(r, row, said, value);
    bool yes = strcmp(value, "1") == 0 || strcmp(value, "true") == 0;
    if (!yes && strcmp(value, "0") != 0 && strcmp(value, "false") != 0)
        return why_set(r->why, FAULT_OPTION, "%s wants 1 or 0, not '%s'", said, value);
    r->out->value[row] = yes ? "1" : NULL;
    return FAULT_NONE;
}

/* ---- the file of settings ------------------------------------------------------- */

/* Cuts blanks off both ends, in place. */
static char *
trim(char *at)
{
    static const char blanks[] = " \t\r";
    at += strspn(at, blanks);
    size_t length = strlen(at);
    while (length > 0 && strchr(blanks, at[length - 1]) != NULL)
        at[--length] = '\0';
    return at;
}

/* One line of the file, not blank and no comment.  `line` is changed.  The row
 * "property" is no option of its own in a file: there every unknown name is a
 * property. */
static enum fault
read_setting(const struct reading *r, char *line)
{
    struct why *why = r->why;
    char *equals = strchr(line, '=');
    if (equals == NULL || equals == line)
        return why_set(why, FAULT_OPTION, "not name=value");
    *equals = '\0';
    char *name = trim(line), *value = trim(equals + 1);
    int row = find_long(r, text_of(name));
    if (row >= 0) {
        if (strcmp(name, "file") == 0 || r->rows[row].form == OPTION_PROPERTY)
            return why_set(why, FAULT_OPTION, "%s belongs on the command line", name);
        return take_setting(r, row, name, value);
    }
    row = find_long(r, TEXT_LITERAL("property"));
    if (row < 0)
        return why_set(why, FAULT_OPTION, "%s: no such option", name);
    /* librdkafka's own: close the gap around '=' so that it is one text. */
    size_t length = strlen(name);
    name[length] = '=';
    memmove(name + length + 1, value, strlen(value) + 1);
    return take(r, row, "property", name);
}

/* The text is cut into lines in place; values point into it. */
static enum fault
read_file(const struct reading *r, const struct settings_file *file)
{
    char *at = file->text;
    for (int number = 1; at != NULL; number++) {
        char *end = strchr(at, '\n');
        if (end != NULL)
            *end = '\0';
        char *line = trim(at);
        at = end == NULL ? NULL : end + 1;
        if (*line == '\0' || *line == '#')
            continue;
        enum fault fault = read_setting(r, line);
        if (fault == FAULT_NONE)
            continue;
        struct why reason = *r->why;
        return why_set(r->why, fault, "%s, line %d: %s", file->name, number, reason.text);
    }
    return FAULT_NONE;
}

/* A variable that is set to nothing is as one that is not set: a shell script
 * or a compose file often leaves them so. */
static enum fault
read_environment(const struct reading *r, char *(*environment)(const char *))
{
    for (int i = 0; i < r->row_count; i++) {
        const char *variable = r->rows[i].variable;
        const char *value = variable == NULL ? NULL : environment(variable);
        if (value == NULL || *value == '\0')
            continue;
        enum fault fault = take_setting(r, i, variable, value);
        if (fault != FAULT_NONE)
            return fault;
    }
    return FAULT_NONE;
}

/* ---- the command line ------------------------------------------------------------- */

enum { SAID_BYTES = 64 };

struct argument {
    int row;
    char said[SAID_BYTES]; /* for messages */
    const char *value;     /* joined to the name, or NULL */
};

/* Splits one word into the option's row, the name as it was written, and a
 * value that is joined to it.  `arg` begins with '-' and is longer than that. */
static enum fault
read_name(const struct reading *r, const char *arg, struct argument *out)
{
    if (arg[1] == '-') {
        size_t length = strcspn(arg + 2, "=");
        out->row = find_long(r, (struct text){ arg + 2, length });
        snprintf(out->said, sizeof out->said, "%.*s", (int)(length + 2), arg);
        out->value = arg[2 + length] == '=' ? arg + 3 + length : NULL;
    } else {
        out->row = find_letter(r, arg[1]);
        snprintf(out->said, sizeof out->said, "-%c", arg[1]);
        out->value = arg[2] == '\0' ? NULL : arg + 2;
    }
    if (out->row < 0)
        return why_set(r->why, FAULT_OPTION, "%s: no such option", out->said);
    return FAULT_NONE;
}

/* Reads the option at argv[*at] and its value; *at ends on the last word. */
static enum fault
read_argument(const struct reading *r, int argc, char *const argv[], int *at)
{
    struct argument a;
    enum fault fault = read_name(r, argv[*at], &a);
    if (fault != FAULT_NONE)
        return fault;
    const struct option_row *option = &r->rows[a.row];
    bool wants_value = option->form == OPTION_TEXT || option->form == OPTION_COUNT ||
                       option->form == OPTION_PROPERTY;
    if (option->form == OPTION_FLAG && a.value != NULL)
        return why_set(r->why, FAULT_OPTION, "%s takes no value", a.said);
    if (option->form == OPTION_FLAG)
        a.value = "1";
    else if (option->form == OPTION_OPTIONAL && a.value == NULL) {
        /* The next word is never its value; nor is a number likely to be a file. */
        int64_t n;
        const char *next = *at + 1 < argc ? argv[*at + 1] : "";
        if (text_integer(text_of(next), &n))
            return why_set(r->why, FAULT_OPTION, "%s %s: write %s=%s; a file of that name is ./%s",
                           a.said, next, a.said, next, next);
        a.value = option->otherwise;
    } else if (wants_value && a.value == NULL && *at + 1 < argc)
        a.value = argv[++*at];
    if (wants_value && a.value == NULL)
        return why_set(r->why, FAULT_OPTION, "%s wants %s", a.said, option->value_name);
    return take(r, a.row, a.said, a.value);
}

/* Options and operands, in any order; "--" ends the options. */
static enum fault
read_arguments(const struct reading *r, int argc, char *const argv[])
{
    struct option_values *out = r->out;
    bool only_operands = false;
    for (int i = 1; i < argc; i++) {
        if (!only_operands && strcmp(argv[i], "--") == 0) {
            only_operands = true;
            continue;
        }
        /* A lone "-" is an operand: it means stdin. */
        if (!only_operands && argv[i][0] == '-' && argv[i][1] != '\0') {
            enum fault fault = read_argument(r, argc, argv, &i);
            if (fault != FAULT_NONE)
                return fault;
            continue;
        }
        if (out->operand_count == OPERANDS_MOST)
            return why_set(r->why, FAULT_OPTION, "more than %d operands", OPERANDS_MOST);
        out->argv_rest[out->operand_count++] = argv[i];
    }
    return FAULT_NONE;
}

enum fault
options_read(const struct option_row *rows, int row_count, int argc, char *const argv[],
             char *(*environment)(const char *), const struct settings_file *file,
             struct option_values *out, struct why *why)
{
    struct reading r = { rows, row_count, out, why };
    memset(out, 0, sizeof *out);
    out->operands = out->argv_rest;
    for (int i = 0; i < row_count; i++) {
        /* The default of an OPTION_OPTIONAL is for the bare --name: not given,
         * it is unset. */
        bool has_default = rows[i].form == OPTION_TEXT || rows[i].form == OPTION_COUNT;
        out->value[i] = has_default ? rows[i].otherwise : NULL;
    }
    enum fault fault = FAULT_NONE;
    if (file != NULL)
        fault = read_file(&r, file);
    if (fault == FAULT_NONE && environment != NULL)
        fault = read_environment(&r, environment);
    if (fault == FAULT_NONE)
        fault = read_arguments(&r, argc, argv);
    return fault;
}

long
options_count(const struct option_values *values, int row)
{
    return values->value[row] == NULL ? 0 : strtol(values->value[row], NULL, 10);
}

/* ---- --help -------------------------------------------------------------------------- */

/* Appends words of `words`, breaking lines; *column is where the line stands. */
static void
put_wrapped(struct text_buffer *b, const char *words, size_t *column)
{
    while (*words != '\0') {
        size_t length = strcspn(words, " ");
        if (*column + 1 + length > HELP_WIDTH || *column == 0) {
            if (*column > 0)
                text_put_char(b, '\n');
            text_print(b, "%*s", HELP_INDENT, "");
            *column = HELP_INDENT;
        } else {
            text_put_char(b, ' ');
            ++*column;
        }
        text_put(b, (struct text){ words, length });
        *column += length;
        words += length;
        words += strspn(words, " ");
    }
}

/* The line with the letter and the long name, aligned whether there is a letter
 * or not. */
static void
put_names(struct text_buffer *b, const struct option_row *row)
{
    if (row->letter == 0)
        text_print(b, "      --%s", row->name);
    else
        text_print(b, "  -%c, --%s", row->letter, row->name);
    if (row->value_name != NULL)
        text_print(b, row->form == OPTION_OPTIONAL ? "[=%s]" : " %s", row->value_name);
    text_put_char(b, '\n');
}

/* The default and the environment's variable, behind the help text. */
static void
put_facts(struct text_buffer *b, const struct option_row *row, size_t *column)
{
    char fact[160];
    const char *variable = row->variable == NULL ? "" : row->variable;
    const char *otherwise = row->otherwise == NULL ? "" : row->otherwise;
    if (*otherwise != '\0' && *variable != '\0')
        snprintf(fact, sizeof fact, "(default %s; environment %s)", otherwise, variable);
    else if (*otherwise != '\0')
        snprintf(fact, sizeof fact, "(default %s)", otherwise);
    else if (*variable != '\0')
        snprintf(fact, sizeof fact, "(environment %s)", variable);
    else
        return;
    put_wrapped(b, fact, column);
}

void
options_help(const struct option_row *rows, int row_count, const char *usage,
             struct text_buffer *out)
{
    text_put(out, text_of(usage));
    for (int i = 0; i < row_count; i++) {
        size_t column = 0;
        put_names(out, &rows[i]);
        put_wrapped(out, rows[i].help, &column);
        put_facts(out, &rows[i], &column);
        if (rows[i].form == OPTION_LATER)
            put_wrapped(out, "- not in this version yet", &column);
        text_put_char(out, '\n');
    }
}

/* The whole file with NUL behind it.  A buffer that is filled to its end means that the file may go
 * on. */
static enum fault
read_whole(const char *name, char out[FILE_BYTES], struct why *why)
{
    FILE *file = fopen(name, "re");
    size_t length;
    bool good;

    if (file == NULL)
        return why_set(why, FAULT_FILE, "%s: %s", name, strerror(errno));
    length = fread(out, 1, FILE_BYTES, file);
    good = ferror(file) == 0 && length < FILE_BYTES;
    (void)fclose(file);
    if (!good)
        return why_set(why, FAULT_FILE, "%s: can't be read, or is over %d bytes", name,
                       FILE_BYTES - 1);
    if (memchr(out, '\0', length) != NULL)
        return why_set(why, FAULT_FILE, "%s: is no text", name);
    out[length] = '\0';
    return FAULT_NONE;
}

enum fault
options_take(const struct option_row *rows, int row_count, int argc, char *argv[],
             struct option_values *out, struct why *why)
{
    static char text[FILE_BYTES]; /* the values point into it */
    const struct settings_file file = { options_find_file(argc, argv), text };
    enum fault fault = file.name == NULL ? FAULT_NONE : read_whole(file.name, text, why);

    return fault != FAULT_NONE ? fault
                               : options_read(rows, row_count, argc, argv, getenv,
                                              file.name == NULL ? NULL : &file, out, why);
}
