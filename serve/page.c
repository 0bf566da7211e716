/* The dashboard: files that are built in, each under a name that says what is in it.
 *
 * index.html names the others as {{page.css}}; at the start each becomes /assets/page.HASH.css, so
 * that a browser may keep it for ever and still sees a new one at once.  All of them are packed
 * once. */
#include "serve/server.h"

#include "http/pack.h"
#include "serve/asset.h"

#include <inttypes.h>
#include <stdlib.h>
#include <xxhash.h>

enum { ASSETS_MOST = 64, PATH_BYTES = 96 };

struct served {
    const struct asset *asset;
    struct text body;
    char path[PATH_BYTES]; /* "page.0123456789abcdef.css" */
    char *packed, *made;   /* made: the body, where it is not the file itself */
    size_t packed_length;
};

/* One server in a process has them. */
static struct served served[ASSETS_MOST];
static int served_count;

static const struct served *
find(const char *name)
{
    for (int i = 0; i < served_count; i++)
        if (strcmp(served[i].asset->name, name) == 0)
            return &served[i];
    return NULL;
}

/* ---- the start --------------------------------------------------------------------------- */

static void
name_asset(struct served *s)
{
    const char *dot = strrchr(s->asset->name, '.');
    size_t front = dot == NULL ? strlen(s->asset->name) : (size_t)(dot - s->asset->name);

    (void)snprintf(s->path, sizeof s->path, "%.*s.%016" PRIx64 "%s", (int)front, s->asset->name,
                   (uint64_t)XXH3_64bits(s->body.at, s->body.length), dot == NULL ? "" : dot);
}

/* {{page.css}} -> /assets/page.HASH.css */
static bool
fill_in(struct served *page)
{
    struct bytes b = { 0 };
    struct text t = page->body;

    for (size_t at = 0; at < t.length;) {
        const char *open = memmem(t.at + at, t.length - at, "{{", 2);
        const char *close =
            open == NULL ? NULL : memmem(open, t.length - (size_t)(open - t.at), "}}", 2);
        char name[PATH_BYTES];
        if (close == NULL ||
            !text_copy((struct text){ open + 2, (size_t)(close - open) - 2 }, name, sizeof name) ||
            find(name) == NULL) {
            bytes_text(&b, (struct text){ t.at + at, t.length - at });
            break;
        }
        bytes_text(&b, (struct text){ t.at + at, (size_t)(open - t.at) - at });
        bytes_word(&b, "/assets/");
        bytes_word(&b, find(name)->path);
        at = (size_t)(close - t.at) + 2;
    }
    page->made = b.at;
    page->body = (struct text){ b.at, b.length };
    return !b.failed;
}

bool
page_open(void)
{
    served_count = 0;
    for (const struct asset *a = assets; a->name != NULL && served_count < ASSETS_MOST; a++) {
        struct served *s = &served[served_count++];
        *s = (struct served){ .asset = a, .body = { a->at, *a->length } };
        name_asset(s);
    }
    for (int i = 0; i < served_count; i++) {
        struct served *s = &served[i];
        if (strcmp(s->asset->name, "index.html") == 0) {
            if (!fill_in(s))
                return false;
            name_asset(s);
        }
        if (!pack_gzip(s->body, &s->packed, &s->packed_length))
            return false;
    }
    return true;
}

void
page_close(void)
{
    for (int i = 0; i < served_count; i++) {
        free(served[i].packed);
        free(served[i].made);
    }
    served_count = 0;
}

/* ---- answers ----------------------------------------------------------------------------- */

static const char *
type_of(const char *name)
{
    static const struct {
        const char *end, *type;
    } types[] = {
        { ".html", "text/html; charset=utf-8" }, { ".js", "text/javascript; charset=utf-8" },
        { ".css", "text/css; charset=utf-8" },   { ".svg", "image/svg+xml" },
        { ".json", "application/json" },         { ".png", "image/png" },
    };
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot != NULL && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(dot, types[i].end) == 0)
            return types[i].type;
    return "text/plain; charset=utf-8";
}

static void
answer(const struct served *s, struct http_request *request, const char *cached)
{
    bool is_packed = pack_is_wanted(http_field(request, "Accept-Encoding"));
    const char *known = http_field(request, "If-None-Match");
    char etag[PATH_BYTES + 8];
    /* Nothing but what came with the page may run or be asked for. */
    struct http_field fields[] = {
        { "ETag", etag },
        { "Cache-Control", cached },
        { "Vary", "Accept-Encoding" },
        { "Referrer-Policy", "no-referrer" },
        { "Content-Security-Policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src "
          "'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'" },
        { is_packed ? "Content-Encoding" : NULL, "gzip" },
        { NULL, NULL }
    };

    (void)snprintf(etag, sizeof etag, "\"%s%s\"", s->path, is_packed ? "z" : "");
    if (known != NULL && strstr(known, etag) != NULL)
        http_answer(request, 304, NULL, TEXT_LITERAL(""), fields);
    else
        http_answer(request, 200, type_of(s->asset->name),
                    is_packed ? (struct text){ s->packed, s->packed_length } : s->body, fields);
}

void
page_index(void *self, struct http_request *request, const struct route_segments *segments)
{
    (void)self, (void)segments;
    answer(find("index.html"), request, "no-cache");
}

void
page_openapi(void *self, struct http_request *request, const struct route_segments *segments)
{
    (void)self, (void)segments;
    answer(find("openapi.json"), request, "no-cache");
}

void
page_asset(void *self, struct http_request *request, const struct route_segments *segments)
{
    (void)self;
    for (int i = 0; i < served_count; i++)
        if (strcmp(served[i].path, segments->at[0]) == 0) {
            answer(&served[i], request, "public, max-age=31536000, immutable");
            return;
        }
    http_problem(request, 404, "there is no such file; the page names those that there are", NULL,
                 0, NULL);
}
