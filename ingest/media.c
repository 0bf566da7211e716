/* How a body is written, as its head and the query say it: media type, encoding, map, type. */
#include "ingest/media.h"

#include <strings.h>

/* One of two words; NULL: the first.  -1: it was answered. */
int
media_word(struct http_request *request, const char *name, const char *const words[2])
{
    char detail[256];
    const char *value = http_parameter(request, name);
    if (value == NULL || strcmp(value, words[0]) == 0)
        return 0;
    if (strcmp(value, words[1]) == 0)
        return 1;
    (void)snprintf(detail, sizeof detail, "%s is \"%.64s\"; wanted: %s or %s", name, value,
                   words[0], words[1]);
    http_problem(request, 400, detail, NULL, 0, NULL);
    return -1;
}

/* A media type without its parameters, and whether these are well: UTF-8 is the only charset. */
static struct text
media_type(const char *value, bool *is_utf8)
{
    size_t length = strcspn(value, "; \t");
    const char *charset = strcasestr(value, "charset=");
    *is_utf8 = true;
    if (charset != NULL) {
        charset += strlen("charset=");
        charset += *charset == '"';
        *is_utf8 = strncasecmp(charset, "utf-8", 5) == 0 || strncasecmp(charset, "utf8", 4) == 0 ||
                   strncasecmp(charset, "us-ascii", 8) == 0;
    }
    return (struct text){ value, length };
}

static bool
is_type(struct text t, const char *name)
{
    return t.length == strlen(name) && strncasecmp(t.at, name, t.length) == 0;
}

/* What stands for a form is what curl says of a body of which it was told nothing. */
static bool
is_json(struct text t)
{
    static const char *const names[] = { "application/json",
                                         "application/x-ndjson",
                                         "application/ndjson",
                                         "application/jsonl",
                                         "application/x-jsonlines",
                                         "application/json-seq",
                                         "text/json",
                                         "text/plain",
                                         "application/gzip",
                                         "application/octet-stream",
                                         "application/x-www-form-urlencoded" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (is_type(t, names[i]))
            return true;
    return false;
}

static bool
refuse_media(struct http_request *request, const char *detail)
{
    static const struct http_field accept[] = {
        { "Accept-Encoding", "gzip, zstd" },
        { "Accept-Post", "application/json, application/x-ndjson, application/cloudevents+json, "
                         "application/cloudevents-batch+json, text/csv" },
        { NULL, NULL }
    };
    http_problem(request, 415, detail, NULL, 0, accept);
    return false;
}

/* "org.example.trade" -> "trade". */
static struct text
last_word(const char *type)
{
    const char *dot = strrchr(type, '.');
    return text_of(dot == NULL ? type : dot + 1);
}

/* Is the body CSV, as its type says?  Then it is read by ?map=, or by the map of --map. */
bool
media_is_csv(const struct http_request *request)
{
    const char *type = http_field(request, "Content-Type");
    bool is_utf8;
    struct text media = media_type(type == NULL ? "" : type, &is_utf8);
    return is_type(media, "text/csv") || is_type(media, "application/csv");
}

/* ?type=, or the last word of an event's type.  False: it was answered. */
static bool
judge_type(struct http_request *request, struct body *body)
{
    const char *event = http_field(request, "ce-type");
    if (event != NULL && http_field(request, "ce-specversion") != NULL)
        body->rules.type = last_word(event);
    if (http_parameter(request, "type") == NULL)
        return true;
    int which = media_word(request, "type", record_type_names);
    if (which >= 0)
        body->rules.type = text_of(record_type_names[which]);
    return which >= 0;
}

/* False: it was answered. */
bool
media_judge(const struct gateway *g, struct http_request *request, struct body *body)
{
    const char *type = http_field(request, "Content-Type");
    const char *packed = http_field(request, "Content-Encoding");
    bool is_utf8, has_map = g->setup->map != NULL || http_parameter(request, "map") != NULL;
    struct text media = media_type(type == NULL ? "application/json" : type, &is_utf8);
    *body = (struct body){ .rules = { .may_be_avro = true } };
    if (!is_utf8 && !has_map) /* a map says itself what its text is in */
        return refuse_media(request, "the charset is not UTF-8; wanted: JSON in UTF-8");
    body->rules.is_event = is_type(media, "application/cloudevents+json") ||
                           is_type(media, "application/cloudevents-batch+json");
    if (media_is_csv(request) && !has_map)
        return refuse_media(request, "CSV needs a map; wanted: ?map= and the name of one, or "
                                     "records as JSON");
    if (!body->rules.is_event && !media_is_csv(request) && !is_json(media))
        return refuse_media(request, "the media type is none of records; wanted: "
                                     "application/json, application/x-ndjson, an event, or "
                                     "text/csv with ?map=");
    body->is_packed = packed != NULL && strcasecmp(packed, "identity") != 0;
    if (body->is_packed && strcasecmp(packed, "gzip") != 0 && strcasecmp(packed, "x-gzip") != 0 &&
        strcasecmp(packed, "zstd") != 0)
        return refuse_media(request, "the content is packed in a way that is not known; wanted: "
                                     "gzip, zstd, or not packed");
    return judge_type(request, body);
}

/* The ready map that ?map= names, perhaps with settings behind commas; a file of ours is none of a
 * sender's business.  False: it was answered. */
bool
media_map(struct http_request *request, struct map **out)
{
    const char *said = http_parameter(request, "map");
    struct why why;
    if (said == NULL)
        return true;
    size_t length = strspn(said, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    enum fault fault = length == 0 || (said[length] != '\0' && said[length] != ',')
                           ? why_set(&why, FAULT_OPTION,
                                     "map is \"%.64s\"; wanted: the name of a ready map, and "
                                     "perhaps settings behind commas (docs/maps.md)",
                                     said)
                           : map_find(said, out, &why);
    if (fault != FAULT_NONE)
        http_problem(request, fault == FAULT_NO_MEMORY ? 503 : 400, why.text, NULL,
                     fault == FAULT_NO_MEMORY, NULL);
    return fault == FAULT_NONE;
}
