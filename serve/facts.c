/* Codes with their names: what tally-lookup -J list prints. */
#include "serve/server.h"

#include "lookup/codes.h"

static void
answer(const struct server *s, struct http_request *request, enum codes list)
{
    struct bytes b = { 0 };
    static const struct http_field fields[] = { { "Cache-Control", "max-age=3600" },
                                                { NULL, NULL } };

    codes_json(list, &s->settings->lookup, &b);
    bytes_char(&b, '\n');
    if (!b.failed) {
        http_answer_with(request, 200, "application/json", b.at, b.length, fields);
        return;
    }
    free(b.at);
    http_problem(request, 503, "no memory for the answer", NULL, SERVE_RETRY_S, NULL);
}

void
server_codes(void *self, struct http_request *request, const struct route_segments *segments)
{
    enum codes list;

    (void)segments;
    if (codes_read(text_of(request->path + strlen("/v1/")), &list))
        answer(self, request, list);
}
