/* datums.c - Avro data for another implementation to judge (compare_avro.py).
 *
 *     datums encode       lines of JSON       -> "trade HEX", "agreement HEX", or the refusal
 *     datums decode       TYPE TAB SCHEMA TAB HEX -> what was read, as JSON, or the refusal
 *     datums fingerprint  SCHEMA              -> 16 hex digits, or the refusal
 *
 * Each reads stdin and answers line by line; a schema is on one line.
 */
#include "base/log.h"
#include "ingest/lines.h"
#include "ingest/message.h"
#include "schemas/codec.h"
#include "schemas/shape.h"

static char canonical[CANONICAL_BYTES];
static char told[8 * CANONICAL_BYTES];
static uint8_t bytes[2 * RECORD_BYTES];

/* ---- encode ----------------------------------------------------------------- */

static enum fault
encode_line(struct maker *maker, struct text line, struct why *why)
{
    struct record r;
    enum fault fault = message_read(maker, line, &r, why);

    if (fault != FAULT_NONE)
        return fault;
    size_t size = record_encode(&r, bytes, sizeof bytes);
    if (size == 0)
        return TOO_LARGE;
    printf("%s ", r.type == RECORD_TRADE ? "trade" : "agreement");
    for (size_t i = 0; i < size; i++)
        printf("%02x", bytes[i]);
    putchar('\n');
    return FAULT_NONE;
}

static int
encode(void)
{
    struct why why = { 0 };
    struct maker *maker = maker_new();
    struct lines *lines = NULL;
    struct line line = { .state = LINE_WAIT };
    enum fault fault = maker == NULL ? FAULT_NO_MEMORY : lines_open("-", &lines, &why);

    if (fault == FAULT_NONE)
        lines_one_by_one(lines);
    while (fault == FAULT_NONE && line.state != LINE_END) {
        fault = lines_next(lines, -1, &line, &why);
        if (fault != FAULT_NONE || line.state != LINE_READY)
            continue;
        enum fault verdict = encode_line(maker, line.text, &why);
        if (verdict != FAULT_NONE)
            puts(fault_name(verdict));
    }
    if (lines != NULL)
        lines_close(lines);
    maker_free(maker);
    return fault != FAULT_NONE;
}

/* ---- decode ----------------------------------------------------------------- */

static void
tell_name(struct text_buffer *b, const char *name)
{
    text_put(b, text_of(b->length == 0 ? "{\"" : ",\""));
    text_put(b, text_of(name));
    text_put(b, TEXT_LITERAL("\":"));
}

static void
tell_integer(struct text_buffer *b, const char *name, int64_t n)
{
    tell_name(b, name);
    text_put_integer(b, n);
}

static void
tell_text(struct text_buffer *b, const char *name, bool present, struct text t)
{
    if (!present)
        return;
    tell_name(b, name);
    json_put_text(b, t);
}

/* Names that hold a point are the parts of an object. */
static void
tell_record(const struct record *r)
{
    const struct draft *d = r->draft;
    struct text_buffer b = { .at = told, .size = sizeof told };

    tell_text(&b, "id", true, r->id);
    tell_integer(&b, "version", r->version);
    tell_integer(&b, "grade", r->grade);
    tell_integer(&b, "bound", r->bound);
    tell_integer(&b, "status", r->status);
    tell_text(&b, "canonical", true, record_canonical(r, canonical, sizeof canonical));
    if (d->state[FIELD_PUBLISHED_AT] == FAULT_NONE)
        tell_integer(&b, "published_at", d->published_at_ms);
    if (d->state[FIELD_RETRIEVED_AT] == FAULT_NONE)
        tell_integer(&b, "retrieved_at", d->retrieved_at_ms);
    tell_text(&b, "title", d->state[FIELD_TITLE] == FAULT_NONE, d->title);
    tell_text(&b, "growth", d->state[FIELD_GROWTH] == FAULT_NONE, d->growth);
    tell_integer(&b, "source", d->state[FIELD_SOURCE] == FAULT_NONE);
    tell_text(&b, "source.name", d->source_name_state == FAULT_NONE, d->source_name);
    tell_text(&b, "source.url", d->source_url_state == FAULT_NONE, d->source_url);
    tell_name(&b, "attributes");
    text_put_char(&b, '{');
    for (uint16_t i = 0; i < d->attribute_count; i++) {
        if (i > 0)
            text_put_char(&b, ',');
        json_put_text(&b, d->attributes[i].name);
        text_put_char(&b, ':');
        json_put_text(&b, d->attributes[i].value);
    }
    text_put(&b, TEXT_LITERAL("}}\n"));
    if (b.full)
        abort();
    fwrite(b.at, 1, b.length, stdout);
}

static size_t
from_hex(const char *hex, uint8_t *out, size_t room)
{
    size_t size = 0;
    unsigned byte;

    while (size < room && sscanf(hex + 2 * size, "%2x", &byte) == 1)
        out[size++] = (uint8_t)byte;
    return size;
}

/* The line is cut into its three parts. */
static enum fault
decode_line(char *line, struct why *why)
{
    static struct draft draft;
    char *schema = strchr(line, '\t'), *hex = strrchr(line, '\t');
    struct plan *plan = NULL;
    struct record r;

    if (schema == NULL || hex == schema)
        abort();
    *schema++ = *hex++ = '\0';
    enum record_type type = strcmp(line, "trade") == 0 ? RECORD_TRADE : RECORD_AGREEMENT;
    enum fault fault = plan_compile(text_of(schema), type, &plan, why);
    if (fault == FAULT_NONE) {
        size_t size = strlen(hex) / 2;
        uint8_t *copy = malloc(size == 0 ? 1 : size); /* nothing behind it to read */

        if (copy == NULL || from_hex(hex, copy, size) != size)
            abort();
        fault = plan_decode(plan, copy, size, &draft, why);
        if (fault == FAULT_NONE)
            fault = record_settle(&draft, &r, why);
        if (fault == FAULT_NONE)
            tell_record(&r);
        free(copy);
    }
    plan_free(plan);
    return fault;
}

static enum fault
fingerprint_line(char *line, struct why *why)
{
    struct shapes shapes;
    enum fault fault = shapes_read(text_of(line), &shapes, why);

    if (fault == FAULT_NONE)
        printf("%016llx\n", (unsigned long long)shapes_fingerprint(&shapes));
    shapes_free(&shapes);
    return fault;
}

static int answer(enum fault (*one)(char *line, struct why *why))
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;

    while ((length = getline(&line, &room, stdin)) > 0) {
        struct why why = { 0 };

        if (line[length - 1] == '\n')
            line[length - 1] = '\0';
        enum fault fault = one(line, &why);
        if (fault != FAULT_NONE)
            printf("%s %s %s\n", fault_name(fault), why.field, why.text);
    }
    free(line);
    return EXIT_SUCCESS;
}

int
main(int argc, char *argv[])
{
    if (argc == 2 && strcmp(argv[1], "encode") == 0)
        return encode();
    if (argc == 2 && strcmp(argv[1], "decode") == 0)
        return answer(decode_line);
    if (argc == 2 && strcmp(argv[1], "fingerprint") == 0)
        return answer(fingerprint_line);
    fprintf(stderr, "usage: datums encode|decode|fingerprint\n");
    return 2;
}
