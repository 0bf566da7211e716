/* asset.h - a file that is built into the program (cmake/embed.cmake). */
#ifndef SERVE_ASSET_H
#define SERVE_ASSET_H

#include <stddef.h>

struct asset {
    const char *name; /* "page.css" */
    const char *at;
    const size_t *length;
};

/* The files of serve/page/, and openapi.json; ends with a NULL name. */
extern const struct asset assets[];

#endif
