/* Codes with their names. */
#include "serve/server.h"

#include "record/unit.h"

static void
put_name(struct bytes *b, const char *code, const char *english, const char *chinese)
{
    bytes_word(b, b->at[b->length - 1] == '[' ? "{\"code\":" : ",{\"code\":");
    bytes_json(b, text_of(code));
    bytes_word(b, ",\"english\":");
    bytes_json(b, text_of(english));
    bytes_word(b, ",\"chinese\":");
    bytes_json(b, text_of(chinese));
}

static void
begin(struct bytes *b)
{
    bytes_word(b, "{\"rows\":[");
}

static void
end(struct bytes *b, const struct server *s, struct http_request *request)
{
    const struct http_field fields[] = { { "Cache-Control", "max-age=3600" },
                                         { "Access-Control-Allow-Origin", s->settings->cors },
                                         { NULL, NULL } };

    bytes_word(b, "]}\n");
    if (b->failed) {
        free(b->at);
        http_problem(request, 503, "no memory for the answer", NULL, SERVE_RETRY_S, NULL);
        return;
    }
    http_answer_with(request, 200, "application/json", b->at, b->length, fields);
}
