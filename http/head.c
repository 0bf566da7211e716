/* What a head may say of a body.
 *
 * Two opinions about where a body ends are how one request is smuggled inside another (RFC 9112,
 * section 11.2): such a request is refused, and its connection closed. */
#include "http/http_inside.h"

#include <strings.h>

struct lengths {
    const char *first;
    bool differ;
    bool has_odd_name;
    bool has_encoding;
    bool is_chunked;
};

static enum MHD_Result
look(void *self, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct lengths *l = self;
    (void)kind;
    /* "Content-Length : 2" is another field for us, and the same one for others. */
    if (strpbrk(name, " \t") != NULL)
        l->has_odd_name = true;
    if (strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0) {
        if (l->first != NULL && (value == NULL || strcmp(l->first, value) != 0))
            l->differ = true;
        l->first = value == NULL ? "" : value;
    }
    if (strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0) {
        l->is_chunked = !l->has_encoding && value != NULL && strcasecmp(value, "chunked") == 0;
        l->has_encoding = true;
    }
    return MHD_YES;
}

static struct lengths
lengths_of(const struct http_request *request)
{
    struct lengths l = { 0 };
    (void)MHD_get_connection_values(request->state->mhd, MHD_HEADER_KIND, look, &l);
    return l;
}

uint64_t
head_body_bytes(const struct http_request *request)
{
    struct lengths l = lengths_of(request);
    int64_t bytes = l.first == NULL ? 0 : text_number(text_of(l.first));
    return bytes < 0 ? UINT64_MAX : (uint64_t)bytes;
}

bool
body_is_refused(struct http_request *request, uint64_t whole, uint64_t more)
{
    const struct http *http = request->state->http;
    char most[64];
    if (whole > http->settings.body_bytes) {
        (void)snprintf(most, sizeof most, ",\"most\":%zu", http->settings.body_bytes);
        http_problem(request, 413, "the body is too large; send it in several requests", most, 0,
                     NULL);
        return true;
    }
    if (http->held + more <= http->settings.bodies_bytes)
        return false;
    http_problem(request, 503, "too many requests are under way", NULL, 1, NULL);
    return true;
}

bool
head_is_refused(struct http_request *request)
{
    struct lengths l = lengths_of(request);
    if (l.has_odd_name || l.differ || (l.first != NULL && l.has_encoding) ||
        (l.has_encoding && !l.is_chunked)) {
        static const struct http_field close[] = { { "Connection", "close" }, { NULL, NULL } };
        http_problem(request, 400,
                     "it can't be told where the body ends: wanted is one Content-Length, or "
                     "Transfer-Encoding: chunked",
                     NULL, 0, close);
        return true;
    }
    if (request->state->has_nul) {
        http_problem(request, 400, "there is a NUL in the path or the query", NULL, 0, NULL);
        return true;
    }
    if (request->state->has_slash) {
        http_problem(request, 404, "there is an encoded slash in the path, which no path here has",
                     NULL, 0, NULL);
        return true;
    }
    uint64_t bytes = head_body_bytes(request);
    return body_is_refused(request, bytes, bytes);
}
