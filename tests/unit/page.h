/* page.h - a document of the project, for tests that compare what it shows. */
#ifndef TESTS_UNIT_PAGE_H
#define TESTS_UNIT_PAGE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

enum { PAGE_BYTES = 256 * 1024 };

/* Its text; freed by the caller.  `name` is a path from the top of the repository, which ctest
 * gives. */
static inline char *
page_read(const char *name)
{
    const char *root = getenv("TALLY_ROOT");
    char path[512], *text = calloc(1, PAGE_BYTES);

    (void)snprintf(path, sizeof path, "%s/%s", root == NULL ? "." : root, name);
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL && text != NULL, "%s", path);
    ck_assert_uint_lt(fread(text, 1, PAGE_BYTES - 1, file), PAGE_BYTES - 1);
    ck_assert_int_eq(fclose(file), 0);
    return text;
}

#endif
