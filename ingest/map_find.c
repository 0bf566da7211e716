/* Ready maps are files beside the program, so that a new one needs no new program. */
#include "ingest/map_find.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ENDING ".map"
enum { NAME_MOST = 64, FOLDERS = 3, LISTED_BYTES = 200 };

/* ../share/tally/maps as seen from the program; false: nobody knows where it is. */
static bool
beside_program(char out[PATH_MAX])
{
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    char *slash;
    int written;

    if (length <= 0)
        return false;
    program[length] = '\0';
    slash = strrchr(program, '/');
    if (slash == NULL)
        return false;
    *slash = '\0';
    written = snprintf(out, PATH_MAX, "%s/../share/tally/maps", program);
    return 0 < written && written < PATH_MAX;
}

/* The folders of ready maps; false: there is no such number of them. */
static bool
folder_of(int number, char out[PATH_MAX])
{
    static const char *const known[] = { TALLY_MAPS, TALLY_SOURCE_MAPS };

    if (number == 0) {
        if (!beside_program(out))
            out[0] = '\0';
        return true;
    }
    if (number >= FOLDERS)
        return false;
    (void)snprintf(out, PATH_MAX, "%s", known[number - 1]);
    return true;
}

/* All of a file, which *out owns. */
static enum fault
read_file(const char *path, char **out, size_t *length, struct why *why)
{
    FILE *file = fopen(path, "re");
    char *text;
    int failed;

    if (file == NULL)
        return why_set(why, FAULT_OPTION, "%s: %s", path, strerror(errno));
    text = malloc(MAP_BYTES + 1);
    if (text == NULL) {
        (void)fclose(file);
        return why_set(why, FAULT_NO_MEMORY, "no memory for a map");
    }
    errno = 0;
    *length = fread(text, 1, MAP_BYTES + 1, file);
    failed = ferror(file) ? errno : 0;
    (void)fclose(file);
    if (failed != 0) {
        free(text);
        return why_set(why, FAULT_OPTION, "%s: %s", path, strerror(failed));
    }
    *out = text;
    return FAULT_NONE;
}

/* The path of a ready map. */
static bool
find_ready(const char *name, char out[PATH_MAX])
{
    for (int i = 0; folder_of(i, out); i++) {
        size_t length = strlen(out);
        int written = snprintf(out + length, PATH_MAX - length, "/%s" ENDING, name);

        if (length > 0 && 0 < written && (size_t)written < PATH_MAX - length &&
            access(out, R_OK) == 0)
            return true;
    }
    return false;
}

static int
is_map(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name), ending = sizeof ENDING - 1;

    return length > ending && strcmp(entry->d_name + length - ending, ENDING) == 0;
}

/* The names of those in the first folder that has any. */
static void
list_ready(char out[LISTED_BYTES])
{
    struct text_buffer b = { .at = out, .size = LISTED_BYTES - 1 };
    char folder[PATH_MAX];

    for (int i = 0; b.length == 0 && folder_of(i, folder); i++) {
        struct dirent **entries;
        int count = scandir(folder, &entries, is_map, alphasort);

        for (int k = 0; k < count; k++) {
            struct text name = text_of(entries[k]->d_name);

            name.length -= sizeof ENDING - 1;
            if (b.length > 0)
                text_put(&b, TEXT_LITERAL(", "));
            text_put(&b, name);
            free(entries[k]);
        }
        if (count >= 0)
            free(entries);
    }
    out[b.length] = '\0';
}

enum fault
map_find(const char *said, struct map **out, struct why *why)
{
    const char *comma = strchr(said, ',');
    size_t length = comma == NULL ? strlen(said) : (size_t)(comma - said);
    char name[PATH_MAX], path[PATH_MAX], ready[LISTED_BYTES];
    char *text = NULL;
    size_t bytes = 0;
    enum fault fault;

    if (length == 0 || !text_copy((struct text){ said, length }, name, sizeof name))
        return why_set(why, FAULT_OPTION, "--map wants a file, as ./my.map, or a ready map");
    (void)snprintf(path, sizeof path, "%s", name);
    if (strchr(name, '/') == NULL && (length > NAME_MOST || !find_ready(name, path))) {
        list_ready(ready);
        return why_set(why, FAULT_OPTION,
                       "--map: there is no ready map \"%.*s\"; there are: %s; a file is ./%.*s",
                       NAME_MOST, name, ready, NAME_MOST, name);
    }
    fault = read_file(path, &text, &bytes, why);
    if (fault == FAULT_NONE)
        fault = map_read(name, (struct text){ text, bytes }, comma == NULL ? NULL : comma + 1, out,
                         why);
    free(text);
    return fault;
}
