/* json_of.h - JSON that a test expects, written with ' for " so that it can be read. */
#ifndef TESTS_JSON_OF_H
#define TESTS_JSON_OF_H

#include <check.h>
#include <string.h>

/* Borrowed from out, of `size` bytes. */
static inline const char *
json_of(const char *with_apostrophes, char *out, size_t size)
{
    size_t length = strlen(with_apostrophes);

    ck_assert_uint_lt(length, size);
    for (size_t i = 0; i <= length; i++)
        out[i] = with_apostrophes[i] == '\'' ? '"' : with_apostrophes[i];
    return out;
}

#endif
