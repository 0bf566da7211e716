#include "core/options.h"

#include <errno.h>

enum { HELP_WIDTH = 78, HELP_INDENT = 6 };

/* ---- finding a row ---------------------------------------------------------- */

static int
find_long(const struct option_row *rows, int row_count, struct text name)
{
    for (int i = 0; i < row_count; i++) {
        if (rows[i].name != NULL && text_equal(text_of(rows[i].name), name))
            return i;
    }
    return -1;
}

static int
find_letter(const struct option_row *rows, int row_count, char letter)
{
    for (int i = 0; i < row_count; i++) {
        if (rows[i].letter != 0 && rows[i].letter == letter)
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

static bool
is_count(const char *value, long least, long most)
{
    char *end;
    errno = 0;
    long n = strtol(value, &end, 10);
    bool digits = value[0] >= '0' && value[0] <= '9';
    return digits && *end == '\0' && errno == 0 && least <= n && n <= most;
}

static bool
is_property(const char *value)
{
    const char *equals = strchr(value, '=');
    return equals != NULL && equals != value;
}

/* `said` is how the option was written: "-b", "--brokers", "TALLY_BROKERS". */
static enum fault
take(const struct option_row *rows, int row, const char *said, const char *value,
     struct option_values *out, struct why *why)
{
    const struct option_row *option = &rows[row];
    switch (option->form) {
    case OPTION_LATER:
        return why_set(why, FAULT_OPTION, "%s: this version has not got it yet", said);
    case OPTION_PROPERTY:
        if (!is_property(value))
            return why_set(why, FAULT_OPTION, "%s wants property=value, not '%s'", said, value);
        if (out->property_count == PROPERTIES_MOST)
            return why_set(why, FAULT_OPTION, "%s: more than %d properties", said, PROPERTIES_MOST);
        out->properties[out->property_count++] = value;
        return FAULT_NONE;
    case OPTION_COUNT:
    case OPTION_OPTIONAL:
        if (!is_count(value, option->least, option->most))
            return why_set(why, FAULT_OPTION, "%s wants a whole number from %ld to %ld, not '%s'",
                           said, option->least, option->most, value);
        break;
    case OPTION_FLAG:
    case OPTION_TEXT:
        break;
    }
    out->value[row] = value;
    return FAULT_NONE;
}

/* A flag from the environment or a file: 1 sets it, 0 leaves it. */
static enum fault
take_setting(const struct option_row *rows, int row, const char *said, const char *value,
             struct option_values *out, struct why *why)
{
    if (rows[row].form != OPTION_FLAG)
        return take(rows, row, said, value, out, why);
    bool yes = strcmp(value, "1") == 0 || strcmp(value, "true") == 0;
    if (!yes && strcmp(value, "0") != 0 && strcmp(value, "false") != 0)
        return why_set(why, FAULT_OPTION, "%s wants 1 or 0, not '%s'", said, value);
    out->value[row] = yes ? "1" : NULL;
    return FAULT_NONE;
}

/* ---- the file of settings ------------------------------------------------------- */

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static char *
trim(char *at)
{
    while (is_blank(*at))
        at++;
    size_t length = strlen(at);
    while (length > 0 && is_blank(at[length - 1]))
        at[--length] = '\0';
    return at;
}

static enum fault
read_setting(const struct option_row *rows, int row_count, char *line, int number,
             struct option_values *out, struct why *why)
{
    char *equals = strchr(line, '=');
    if (equals == NULL || equals == line)
        return why_set(why, FAULT_OPTION, "settings file, line %d: not name=value", number);
    *equals = '\0';
    char *name = trim(line), *value = trim(equals + 1);
    int row = find_long(rows, row_count, text_of(name));
    if (row >= 0) {
        if (strcmp(name, "file") == 0 || rows[row].form == OPTION_PROPERTY)
            return why_set(why, FAULT_OPTION,
                           "settings file, line %d: %s belongs on the command line", number, name);
        return take_setting(rows, row, name, value, out, why);
    }
    row = find_long(rows, row_count, TEXT_LITERAL("property"));
    if (row < 0)
        return why_set(why, FAULT_OPTION, "settings file, line %d: %s: no such option", number,
                       name);
    /* librdkafka's own: close the gap around '=' so that it is one text. */
    size_t length = strlen(name);
    name[length] = '=';
    memmove(name + length + 1, value, strlen(value) + 1);
    return take(rows, row, "settings file", name, out, why);
}

static enum fault
read_file(const struct option_row *rows, int row_count, char *at, struct option_values *out,
          struct why *why)
{
    for (int number = 1; at != NULL; number++) {
        char *end = strchr(at, '\n');
        if (end != NULL)
            *end = '\0';
        char *line = trim(at);
        at = end == NULL ? NULL : end + 1;
        if (*line == '\0' || *line == '#')
            continue;
        enum fault fault = read_setting(rows, row_count, line, number, out, why);
        if (fault != FAULT_NONE)
            return fault;
    }
    return FAULT_NONE;
}

static enum fault
read_environment(const struct option_row *rows, int row_count, char *(*environment)(const char *),
                 struct option_values *out, struct why *why)
{
    for (int i = 0; i < row_count; i++) {
        const char *value = rows[i].variable == NULL ? NULL : environment(rows[i].variable);
        if (value == NULL || *value == '\0')
            continue;
        enum fault fault = take_setting(rows, i, rows[i].variable, value, out, why);
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

static enum fault
read_name(const struct option_row *rows, int row_count, const char *arg, struct argument *out,
          struct why *why)
{
    if (arg[1] == '-') {
        size_t length = strcspn(arg + 2, "=");
        out->row = find_long(rows, row_count, (struct text){ arg + 2, length });
        snprintf(out->said, sizeof out->said, "%.*s", (int)(length + 2), arg);
        out->value = arg[2 + length] == '=' ? arg + 3 + length : NULL;
    } else {
        out->row = find_letter(rows, row_count, arg[1]);
        snprintf(out->said, sizeof out->said, "-%c", arg[1]);
        out->value = arg[2] == '\0' ? NULL : arg + 2;
    }
    if (out->row < 0)
        return why_set(why, FAULT_OPTION, "%s: no such option", out->said);
    return FAULT_NONE;
}

/* Reads the option at argv[*at] and its value; *at ends on the last word. */
static enum fault
read_argument(const struct option_row *rows, int row_count, int argc, char *const argv[], int *at,
              struct option_values *out, struct why *why)
{
    struct argument a;
    enum fault fault = read_name(rows, row_count, argv[*at], &a, why);
    if (fault != FAULT_NONE)
        return fault;
    const struct option_row *option = &rows[a.row];
    switch (option->form) {
    case OPTION_FLAG:
        if (a.value != NULL)
            return why_set(why, FAULT_OPTION, "%s takes no value", a.said);
        a.value = "1";
        break;
    case OPTION_OPTIONAL: /* the next word is never its value */
        if (a.value == NULL)
            a.value = option->otherwise;
        break;
    case OPTION_TEXT:
    case OPTION_COUNT:
    case OPTION_PROPERTY:
        if (a.value == NULL && *at + 1 < argc)
            a.value = argv[++*at];
        if (a.value == NULL)
            return why_set(why, FAULT_OPTION, "%s wants %s", a.said, option->value_name);
        break;
    case OPTION_LATER:
        break;
    }
    return take(rows, a.row, a.said, a.value, out, why);
}

static enum fault
read_arguments(const struct option_row *rows, int row_count, int argc, char *const argv[],
               struct option_values *out, struct why *why)
{
    bool only_operands = false;
    for (int i = 1; i < argc; i++) {
        if (!only_operands && strcmp(argv[i], "--") == 0) {
            only_operands = true;
            continue;
        }
        if (!only_operands && argv[i][0] == '-' && argv[i][1] != '\0') {
            enum fault fault = read_argument(rows, row_count, argc, argv, &i, out, why);
            if (fault != FAULT_NONE)
                return fault;
            continue;
        }
        if (out->operand_count == OPERANDS_MOST)
            return why_set(why, FAULT_OPTION, "more than %d operands", OPERANDS_MOST);
        out->argv_rest[out->operand_count++] = argv[i];
    }
    return FAULT_NONE;
}

enum fault
options_read(const struct option_row *rows, int row_count, int argc, char *const argv[],
             char *(*environment)(const char *), char *file_text, struct option_values *out,
             struct why *why)
{
    memset(out, 0, sizeof *out);
    out->operands = out->argv_rest;
    for (int i = 0; i < row_count; i++) {
        bool has_default = rows[i].form == OPTION_TEXT || rows[i].form == OPTION_COUNT;
        out->value[i] = has_default ? rows[i].otherwise : NULL;
    }
    enum fault fault = FAULT_NONE;
    if (file_text != NULL)
        fault = read_file(rows, row_count, file_text, out, why);
    if (fault == FAULT_NONE && environment != NULL)
        fault = read_environment(rows, row_count, environment, out, why);
    if (fault == FAULT_NONE)
        fault = read_arguments(rows, row_count, argc, argv, out, why);
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
            for (int i = 0; i < HELP_INDENT; i++)
                text_put_char(b, ' ');
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

static void
put_names(struct text_buffer *b, const struct option_row *row)
{
    char letter[] = "  -?, ";
    letter[3] = row->letter;
    text_put(b, row->letter == 0 ? TEXT_LITERAL("      ") : text_of(letter));
    text_put(b, TEXT_LITERAL("--"));
    text_put(b, text_of(row->name));
    if (row->value_name != NULL) {
        text_put(b, row->form == OPTION_OPTIONAL ? TEXT_LITERAL("[=") : TEXT_LITERAL(" "));
        text_put(b, text_of(row->value_name));
        text_put(b, row->form == OPTION_OPTIONAL ? TEXT_LITERAL("]") : TEXT_LITERAL(""));
    }
    text_put_char(b, '\n');
}

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
