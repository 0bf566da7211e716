/* Dead letters on stdout: as a line, in full, or as JSON with all bytes in base64.
 *
 * A code, a field, a name of a header, a sentence: each may come from a stranger.  So every text is
 * quoted as in JSON, unless it is a plain word, and no more than so many bytes of it are shown. */
#include "ingest/dlq.h"

#include "ingest/tail_show.h"

enum {
    SHOWN_MOST = 4096, /* bytes of a text, and of a dump */
    WORD_MOST = 64,
    HEADERS_SHOWN = 1024,
    DUMP_WIDTH = 16,
    LINE_BYTES = 16 * 6 * SHOWN_MOST,
};

static char line[LINE_BYTES];
static char json[RECORD_JSON_BYTES];

static struct text
shown(struct text t)
{
    return t.length <= SHOWN_MOST ? t : (struct text){ t.at, SHOWN_MOST };
}

/* A word, or a text in quotes; "-" for none. */
static void
put_word(struct text_buffer *b, struct text t)
{
    bool is_plain = t.length > 0 && t.length <= WORD_MOST;

    for (size_t i = 0; i < t.length && is_plain; i++)
        is_plain = '!' <= t.at[i] && t.at[i] <= '~' && t.at[i] != '"' && t.at[i] != '\\';
    if (t.at == NULL)
        text_put_char(b, '-');
    else if (is_plain)
        text_put(b, t);
    else
        json_put_text(b, shown(t));
}

static void
put_place(struct text_buffer *b, struct letter_place place)
{
    char text[LETTER_PLACE_BYTES];

    letter_place_write(place, text);
    text_put(b, place.partition < 0 ? TEXT_LITERAL("http") : text_of(text));
}

static void
print(const struct text_buffer *b)
{
    (void)fwrite(b->at, 1, b->length, stdout); /* setup_end_printing() tells */
}

/* ---- JSON --------------------------------------------------------------------------- */

/* ,"name": and a text or null */
static void
put_member(struct text_buffer *b, const char *name, struct text value)
{
    text_print(b, ",\"%s\":", name);
    if (value.at == NULL)
        text_put(b, TEXT_LITERAL("null"));
    else
        json_put_text(b, shown(value));
}

static void
put_count(struct text_buffer *b, const char *name, int64_t n)
{
    text_print(b, ",\"%s\":", name);
    if (n < 0)
        text_put(b, TEXT_LITERAL("null"));
    else
        text_put_integer(b, n);
}

static void
put_flag(struct text_buffer *b, const char *name, bool is_so)
{
    text_print(b, ",\"%s\":%s", name, is_so ? "true" : "false");
}

static struct text
good_text(const struct draft *draft, uint8_t state, struct text t)
{
    return draft != NULL && state == FAULT_NONE ? t : (struct text){ NULL, 0 };
}

/* What is known of a letter, but for its bytes; without the last brace. */
static void
put_known(struct text_buffer *b, const struct found_letter *found)
{
    const struct letter *letter = &found->letter;
    const struct draft *d = found->draft;

    text_put(b, TEXT_LITERAL("{\"letter\":\""));
    put_place(b, letter->at);
    text_put(b, TEXT_LITERAL("\",\"origin\":\""));
    put_place(b, letter->origin);
    text_put_char(b, '"');
    put_count(b, "timestamp", letter->timestamp_ms);
    put_member(b, "code", letter->code);
    put_member(b, "field", letter->field);
    put_member(b, "message", letter->reason);
    if (d != NULL) {
        put_member(b, "id", good_text(d, d->state[FIELD_ID], d->id));
        put_member(b, "source",
                   good_text(d, d->state[FIELD_SOURCE] | d->source_name_state, d->source_name));
    }
    put_flag(b, "whole", !letter_is_cut(letter));
    put_flag(b, "repeat", found->state.is_repeat);
    put_flag(b, "retried", found->state.was_retried);
    put_count(b, "tries", found->state.tries);
}

static void
print_base64(struct text t)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *at = (const uint8_t *)t.at;

    if (t.at == NULL) {
        (void)fputs("null", stdout);
        return;
    }
    (void)putchar('"');
    for (size_t i = 0; i < t.length; i += 3) {
        size_t left = t.length - i;
        uint32_t three = (uint32_t)at[i] << 16 | (left > 1 ? (uint32_t)at[i + 1] << 8 : 0) |
                         (left > 2 ? at[i + 2] : 0);

        (void)putchar(digits[three >> 18]);
        (void)putchar(digits[three >> 12 & 63]);
        (void)putchar(left > 1 ? digits[three >> 6 & 63] : '=');
        (void)putchar(left > 2 ? digits[three & 63] : '=');
    }
    (void)putchar('"');
}

static void
print_headers(const struct letter *letter)
{
    struct header header;

    (void)fputs(",\"headers\":[", stdout);
    for (size_t i = 0; follow_header(letter->message, i, &header); i++) {
        struct text_buffer b = { .at = line, .size = sizeof line };

        text_put(&b, i == 0 ? TEXT_LITERAL("{\"name\":") : TEXT_LITERAL(",{\"name\":"));
        json_put_text(&b, shown(text_of(header.name)));
        text_put(&b, TEXT_LITERAL(",\"value\":"));
        print(&b);
        print_base64((struct text){ header.value, header.length });
        (void)putchar('}');
    }
    (void)putchar(']');
}

bool
dlq_export(struct dlq *dlq, const struct found_letter *found)
{
    const struct letter *letter = &found->letter;
    struct text_buffer b = { .at = line, .size = sizeof line };
    struct text_buffer record = { .at = json, .size = sizeof json };

    (void)dlq;
    put_known(&b, found);
    if (letter->key_length >= 0)
        put_count(&b, "key_length", letter->key_length);
    if (letter->value_length >= 0)
        put_count(&b, "value_length", letter->value_length);
    text_put(&b, TEXT_LITERAL(",\"key\":"));
    print(&b);
    print_base64(letter->key);
    (void)fputs(",\"value\":", stdout);
    print_base64(letter->value);
    print_headers(letter);
    if (found->fault == FAULT_NONE)
        record_json_put(&record, &found->record);
    else if (found->draft != NULL)
        draft_json_put(&record, found->draft);
    if (record.length > 0) {
        (void)fputs(found->fault == FAULT_NONE ? ",\"record\":" : ",\"read\":", stdout);
        print(&record);
    }
    (void)fputs("}\n", stdout);
    return ferror(stdout) == 0;
}

/* ---- for people --------------------------------------------------------------------- */

static const char *
fate(const struct found_letter *found)
{
    if (found->letter.tries > 0)
        return "  retried, and failed again";
    if (found->state.was_retried)
        return "  retried";
    return found->state.is_repeat ? "  repeat" : "";
}

bool
dlq_list(struct dlq *dlq, const struct found_letter *found)
{
    const struct letter *letter = &found->letter;
    struct text_buffer b = { .at = line, .size = sizeof line };

    if (dlq->as_json) {
        put_known(&b, found);
        text_put(&b, TEXT_LITERAL("}\n"));
    } else {
        tail_put_time(&b, letter->timestamp_ms);
        text_put(&b, TEXT_LITERAL("  "));
        put_place(&b, letter->origin);
        text_put(&b, TEXT_LITERAL("  "));
        put_word(&b, letter->code);
        text_put(&b, TEXT_LITERAL("  "));
        put_word(&b, letter->field);
        text_put(&b, TEXT_LITERAL("  "));
        json_put_text(&b, shown(letter->reason));
        text_put(&b, TEXT_LITERAL("  "));
        put_place(&b, letter->at);
        text_put(&b, text_of(fate(found)));
        text_put_char(&b, '\n');
    }
    print(&b);
    return ferror(stdout) == 0;
}

/* 0000  c3 01 ...  |..A.| */
static void
print_dump(struct text t)
{
    size_t most = t.at == NULL ? 0 : t.length < SHOWN_MOST ? t.length : SHOWN_MOST;

    for (size_t at = 0; at < most; at += DUMP_WIDTH) {
        size_t count = most - at < DUMP_WIDTH ? most - at : DUMP_WIDTH;

        printf("    %04zx ", at);
        for (size_t i = 0; i < DUMP_WIDTH; i++)
            if (i < count)
                printf(" %02x", (uint8_t)t.at[at + i]);
            else
                printf("   ");
        printf("  |");
        for (size_t i = 0; i < count; i++) {
            uint8_t c = (uint8_t)t.at[at + i];

            (void)putchar(' ' <= c && c <= '~' ? c : '.');
        }
        printf("|\n");
    }
    if (most < t.length)
        printf("    ... %zu more bytes; dlq export has all of them\n", t.length - most);
}

static void
print_bytes(const char *name, struct text t, int64_t length)
{
    if (t.at == NULL)
        printf("  %s: null\n", name);
    else if (length >= 0)
        printf("  %s: the first %zu of %lld bytes\n", name, t.length, (long long)length);
    else
        printf("  %s: %zu bytes\n", name, t.length);
    print_dump(t);
}

static void
show_headers(const struct letter *letter)
{
    struct header header;

    printf("  headers:\n");
    for (size_t i = 0; i < HEADERS_SHOWN && follow_header(letter->message, i, &header); i++) {
        struct text_buffer b = { .at = line, .size = sizeof line };

        text_put(&b, TEXT_LITERAL("    "));
        put_word(&b, text_of(header.name));
        text_put(&b, TEXT_LITERAL(": "));
        put_word(&b, (struct text){ header.value, header.length });
        text_put_char(&b, '\n');
        print(&b);
    }
}

/* What this program reads in the value, and what it says of it today. */
static void
show_reading(const struct found_letter *found)
{
    struct text_buffer b = { .at = json, .size = sizeof json };
    struct text_buffer says = { .at = line, .size = sizeof line };

    if (found->fault == FAULT_NONE)
        record_json_put(&b, &found->record);
    else if (found->draft != NULL)
        draft_json_put(&b, found->draft);
    text_put(&says, TEXT_LITERAL("  today: "));
    if (found->fault == FAULT_NONE) {
        text_put(&says, TEXT_LITERAL("a record, but for what the time of its message says"));
    } else {
        text_put(&says, text_of(fault_name(found->fault)));
        text_put(&says, TEXT_LITERAL("  "));
        json_put_text(&says, text_of(found->why.text));
    }
    text_put(&says, b.length > 0 ? TEXT_LITERAL("\n  read: ") : TEXT_LITERAL("\n"));
    print(&says);
    if (b.length == 0)
        return;
    print(&b);
    (void)putchar('\n');
}

bool
dlq_show(struct dlq *dlq, const struct found_letter *found)
{
    const struct letter *letter = &found->letter;

    if (dlq->as_json)
        return dlq_export(dlq, found);
    (void)dlq_list(dlq, found);
    show_headers(letter);
    print_bytes("key", letter->key, letter->key_length);
    print_bytes("value", letter->value, letter->value_length);
    show_reading(found);
    return ferror(stdout) == 0;
}
