/* What the gateway says of Tally itself: schemas, code lists, its health and its counts.
 *
 * The lists are printed from the same tables by which a record is judged. */
#include "ingest/gateway.h"
#include "kafka/topic.h"
#include "record/unit.h"
#include "schemas/codec.h"

#include <stdlib.h>

enum {
    LIST_BYTES = 512 * 1024,
    METRICS_BYTES = 512 * 1024,
    QUESTION_MS = 50, /* Kafka is waited for so long */
    QUESTIONS_MS = 1000,
};

static const struct http_field keeps[] = { { "Cache-Control", "max-age=3600" }, { NULL, NULL } };

/* ---- schemas -------------------------------------------------------------------------------- */

/* {"schemas":[{"type":"trade","topic":"trade-events","prefix":"c301...","path":"/v1/schemas/trade"}]}
 */
static void
list_schemas(struct http_request *request)
{
    char out[1024];
    struct text_buffer b = { .at = out, .size = sizeof out };
    text_put(&b, TEXT_LITERAL("{\"schemas\":["));
    for (int type = 0; type < RECORD_TYPE_COUNT; type++) {
        uint8_t head[FRAME_SINGLE_BYTES];
        size_t bytes = frame_write(schema_fingerprint((enum record_type)type), head);
        text_print(&b,
                   "%s{\"type\":\"%s\",\"topic\":\"%s\",\"path\":\"/v1/schemas/%s\",\"prefix\":\"",
                   type > 0 ? "," : "", record_type_names[type], topic_names[type],
                   record_type_names[type]);
        for (size_t i = 0; i < bytes; i++)
            text_print(&b, "%02x", head[i]);
        text_put(&b, TEXT_LITERAL("\"}"));
    }
    text_put(&b, TEXT_LITERAL("]}\n"));
    http_answer(request, 200, "application/json", text_done(&b), keeps);
}

void
facts_schemas(void *self, struct http_request *request, const struct route_segments *segments)
{
    const char *which = segments->at[0];
    (void)self;
    for (int type = 0; type < RECORD_TYPE_COUNT; type++) {
        if (strcmp(which, record_type_names[type]) != 0)
            continue;
        http_answer(request, 200, "application/json", schema_text((enum record_type)type), keeps);
        return;
    }
    if (which[0] == '\0')
        list_schemas(request);
    else
        http_problem(request, 404, "no such schema; wanted: trade or agreement", NULL, 0, NULL);
}

/* ---- codes ---------------------------------------------------------------------------------- */

/* One item of a list; a name that is NULL is left out. */
static void
put_code(struct text_buffer *b, const char *code, const char *english, const char *chinese)
{
    text_put(b, b->at[b->length - 1] == '[' ? TEXT_LITERAL("{\"code\":")
                                            : TEXT_LITERAL(",{\"code\":"));
    json_put_text(b, text_of(code));
    text_put(b, TEXT_LITERAL(",\"english\":"));
    json_put_text(b, text_of(english));
    if (chinese != NULL) {
        text_put(b, TEXT_LITERAL(",\"chinese\":"));
        json_put_text(b, text_of(chinese));
    }
    text_put_char(b, '}');
}

static void
put_provinces(struct text_buffer *b)
{
#define PROVINCE(id, code, english, chinese, number) put_code(b, code, english, chinese);
#include "record/province.def"
#undef PROVINCE
}

static void
put_partners(struct text_buffer *b)
{
#define PARTNER(id, code, english, alpha3, number, chinese) put_code(b, code, english, chinese);
#include "record/partner.def"
#undef PARTNER
#define GROUP(id, code, english, chinese) put_code(b, code, english, chinese);
#include "record/group.def"
#undef GROUP
}

static void
put_currencies(struct text_buffer *b)
{
#define CURRENCY(code, digits, english, chinese) put_code(b, #code, english, chinese);
#include "record/currency.def"
#undef CURRENCY
}

static void
put_units(struct text_buffer *b)
{
#define UNIT(code, english) put_code(b, code, english, NULL);
#include "record/unit.def"
#undef UNIT
}

static void
put_refusals(struct text_buffer *b)
{
    for (int code = 0; code < FAULT_COUNT; code++)
        if (fault_is_refusal((enum fault)code))
            put_code(b, fault_name((enum fault)code), fault_meaning((enum fault)code), NULL);
}

static const struct {
    const char *name;
    void (*put)(struct text_buffer *b);
} lists[] = {
    { "provinces", put_provinces }, { "partners", put_partners }, { "currencies", put_currencies },
    { "units", put_units },         { "refusals", put_refusals },
};
enum { LIST_COUNT = sizeof lists / sizeof lists[0] };

void
facts_codes(void *self, struct http_request *request, const struct route_segments *segments)
{
    const char *which = segments->at[0];
    int i = 0;
    (void)self;
    while (i < LIST_COUNT && strcmp(which, lists[i].name) != 0)
        i++;
    char *out = malloc(LIST_BYTES);
    struct text_buffer b = { .at = out, .size = LIST_BYTES };
    if (i == LIST_COUNT || out == NULL) {
        free(out);
        http_problem(request, i == LIST_COUNT ? 404 : 503,
                     "wanted: /v1/codes/ and provinces, partners, currencies, units or refusals",
                     NULL, 0, NULL);
        return;
    }
    text_print(&b, "{\"%s\":[", lists[i].name);
    lists[i].put(&b);
    text_put(&b, TEXT_LITERAL("]}\n"));
    http_answer_with(request, 200, "application/json", out, b.length, keeps);
}

/* ---- how it is ------------------------------------------------------------------------------ */

void
facts_health(void *self, struct http_request *request, const struct route_segments *segments)
{
    struct gateway *g = self;
    (void)segments;
    /* Asked, since a Kafka that stands still complains of nothing, and perhaps nobody sends. */
    if (g->now_ms >= g->next_question_ms) {
        g->kafka_answers = g->publisher != NULL && publish_ask(g->publisher, QUESTION_MS);
        g->next_question_ms = g->now_ms + QUESTIONS_MS;
    }
    if (g->kafka_answers)
        http_answer(request, 200, "application/json", TEXT_LITERAL("{\"status\":\"ok\"}\n"), NULL);
    else
        http_problem(request, 503, "Kafka does not answer; the log says more", NULL,
                     GATEWAY_RETRY_S, NULL);
}

/* As the monitor of --metrics prints them; what hangs on Kafka's pulse is there alone. */
void
facts_metrics(void *self, struct http_request *request, const struct route_segments *segments)
{
    struct gateway *g = self;
    char *out = malloc(METRICS_BYTES);
    struct text_buffer b = { .at = out, .size = METRICS_BYTES };
    (void)segments;
    if (out != NULL) {
        gateway_show_counts(g);
        metrics_print(g->dials.metrics, &b);
    }
    if (out == NULL || b.full) {
        free(out);
        http_problem(request, 503, "there is no memory for the counts now", NULL, 1, NULL);
        return;
    }
    http_answer_with(request, 200, "text/plain; version=0.0.4; charset=utf-8", out, b.length, NULL);
}
