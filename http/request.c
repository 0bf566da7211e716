/* What a handler asks of a request, and how it answers. */
#include "http/http_inside.h"

#include <stdlib.h>

const char *
http_field(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->state->mhd, MHD_HEADER_KIND, name);
}

unsigned
http_status(const struct http_request *request)
{
    return request->state->status;
}

/* A parameter without "=" has no value. */
struct wanted {
    const char *name, *value;
};

static enum MHD_Result
find(void *self, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct wanted *wanted = self;
    (void)kind;
    if (wanted->value == NULL && strcmp(name, wanted->name) == 0)
        wanted->value = value == NULL ? "" : value;
    return MHD_YES;
}

const char *
http_parameter(const struct http_request *request, const char *name)
{
    struct wanted wanted = { name, NULL };
    (void)MHD_get_connection_values(request->state->mhd, MHD_GET_ARGUMENT_KIND, find, &wanted);
    return wanted.value;
}

struct seen_names {
    const char *const *known;
    uint32_t seen; /* a bit for each that is known */
    const char *strange;
    int count;
};

static enum MHD_Result
judge_name(void *self, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct seen_names *s = self;
    int i = 0;
    (void)kind, (void)value;
    while (s->known[i] != NULL && strcmp(s->known[i], name) != 0)
        i++;
    if (s->known[i] == NULL || (s->seen & UINT32_C(1) << i) != 0 ||
        s->count++ == HTTP_PARAMETERS_MOST) {
        s->strange = name;
        return MHD_NO;
    }
    s->seen |= UINT32_C(1) << i;
    return MHD_YES;
}

const char *
http_strange_parameter(const struct http_request *request, const char *const *known)
{
    struct seen_names s = { .known = known };
    (void)MHD_get_connection_values(request->state->mhd, MHD_GET_ARGUMENT_KIND, judge_name, &s);
    return s.strange;
}

bool
http_has_room(const struct http_request *request, size_t length)
{
    const struct http *http = request->state->http;

    return http->held + length <= http->settings.bodies_bytes;
}

/* ---- answers ------------------------------------------------------------------------------- */

void
request_resume(struct http_request *request)
{
    struct http_state *state = request->state;
    if (!state->is_suspended)
        return;
    state->is_suspended = false;
    state->http->has_resumed = true;
    MHD_resume_connection(state->mhd);
}

/* Also of an answer that says no, or a page could not tell its reader why. */
static void
put_cors(const struct http_settings *settings, struct MHD_Response *reply)
{
    static const char origin[] = MHD_HTTP_HEADER_ACCESS_CONTROL_ALLOW_ORIGIN;

    if (settings->cors == NULL || MHD_get_response_header(reply, origin) != NULL)
        return;
    (void)MHD_add_response_header(reply, origin, settings->cors);
    if (settings->exposed != NULL)
        (void)MHD_add_response_header(reply, MHD_HTTP_HEADER_ACCESS_CONTROL_EXPOSE_HEADERS,
                                      settings->exposed);
}

void
reply_with(struct http_request *request, unsigned status, const char *type,
           struct MHD_Response *reply, const struct http_field *fields)
{
    if (reply != NULL) {
        (void)MHD_add_response_header(reply, MHD_HTTP_HEADER_CONTENT_TYPE, type);
        /* What a browser is shown is never more than what it is told to be. */
        (void)MHD_add_response_header(reply, "X-Content-Type-Options", "nosniff");
        for (; fields != NULL && fields->name != NULL; fields++)
            (void)MHD_add_response_header(reply, fields->name, fields->value);
        put_cors(&request->state->http->settings, reply);
    }
    request->state->reply = reply;
    request->state->status = status;
    request_resume(request);
}

void
http_answer_with(struct http_request *request, unsigned status, const char *type, char *body,
                 size_t length, const struct http_field *fields)
{
    struct http_state *state = request->state;
    struct MHD_Response *reply =
        body == NULL ? NULL : MHD_create_response_from_buffer(length, body, MHD_RESPMEM_MUST_FREE);
    if (reply == NULL) {
        free(body);
    } else {
        state->reply_bytes = length;
        state->http->held += length;
    }
    reply_with(request, status, type, reply, fields);
}

void
http_answer(struct http_request *request, unsigned status, const char *type, struct text body,
            const struct http_field *fields)
{
    char *copy = malloc(body.length + 1);
    if (copy != NULL && body.length > 0)
        memcpy(copy, body.at, body.length);
    http_answer_with(request, status, type, copy, copy == NULL ? 0 : body.length, fields);
}

/* The titles of RFC 9110. */
static const char *
title_of(unsigned status)
{
    static const struct {
        unsigned status;
        const char *title;
    } titles[] = {
        { 400, "Bad Request" },
        { 401, "Unauthorized" },
        { 403, "Forbidden" },
        { 404, "Not Found" },
        { 405, "Method Not Allowed" },
        { 406, "Not Acceptable" },
        { 413, "Content Too Large" },
        { 415, "Unsupported Media Type" },
        { 422, "Unprocessable Content" },
        { 429, "Too Many Requests" },
        { 500, "Internal Server Error" },
        { 503, "Service Unavailable" },
    };
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
        if (titles[i].status == status)
            return titles[i].title;
    return "Error";
}

void
http_put_problem(struct text_buffer *b, unsigned status, const char *detail)
{
    text_put(b, TEXT_LITERAL("\"type\":\"about:blank\",\"title\":"));
    json_put_text(b, text_of(title_of(status)));
    text_print(b, ",\"status\":%u,\"detail\":", status);
    json_put_text(b, text_of(detail));
}

enum { PROBLEM_BYTES = 4096, FIELDS_MOST = 4 };

void
http_problem(struct http_request *request, unsigned status, const char *detail, const char *more,
             int retry_s, const struct http_field *fields)
{
    char out[PROBLEM_BYTES], retry[16];
    struct text_buffer b = { .at = out, .size = sizeof out };
    struct http_field all[FIELDS_MOST + 2] = { { NULL, NULL } };
    int count = 0;
    for (; fields != NULL && fields[count].name != NULL && count < FIELDS_MOST; count++)
        all[count] = fields[count];
    if (retry_s > 0) {
        (void)snprintf(retry, sizeof retry, "%d", retry_s);
        all[count] = (struct http_field){ MHD_HTTP_HEADER_RETRY_AFTER, retry };
    }
    text_put_char(&b, '{');
    http_put_problem(&b, status, detail);
    text_put(&b, text_of(more));
    text_put(&b, TEXT_LITERAL("}\n"));
    http_answer(request, status, "application/problem+json", text_done(&b), all);
}
