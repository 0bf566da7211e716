/* Our decoder beside Avro-C's generic reader: a byte that picks the schema,
 * then a datum.
 *
 * What we take Avro-C takes too, with the same values.  What it takes and we
 * don't is refused for one of the reasons in `stricter`.  Avro-C leaks and
 * asks for whatever size a message names (core of why it reads no message of
 * ours), so it gets an allocator that says no to more than LARGEST bytes and
 * sweeps up what is left. */
#include "schemas/codec.h"
#include "tests/fuzz/fuzz.h"

#include <avro.h>

enum { LARGEST = 1 << 20 };

/* Sentences of schemas/cursor.h about what Avro-C lets pass. */
static const char *const stricter[] = {
    "bytes are left over",
    "a symbol or a branch that the schema doesn't have", /* enum 5000 of 2 */
    "a block is not as long as it says",
    "a block is longer than the message",
    "a number is longer than 64 bits",
};

/* ---- memory of Avro-C ------------------------------------------------------------- */

struct block {
    struct block *before, *after;
    size_t size;
    bool kept; /* lives as long as the program */
};
static struct block all = { &all, &all, 0, true };
static bool keeping = true;

static void
link_block(struct block *b)
{
    b->before = &all;
    b->after = all.after;
    all.after->before = b;
    all.after = b;
}

static void
unlink_block(struct block *b)
{
    b->before->after = b->after;
    b->after->before = b->before;
}

static void *
allocate(void *self, void *at, size_t old_size, size_t size)
{
    struct block *b = at == NULL ? NULL : (struct block *)at - 1;
    struct block *bigger;

    (void)self;
    (void)old_size;
    if (size > LARGEST)
        return NULL;
    if (b != NULL)
        unlink_block(b);
    if (size == 0) {
        free(b);
        return NULL;
    }
    bigger = realloc(b, sizeof *b + size);
    MUST(bigger != NULL);
    if (b == NULL)
        bigger->kept = keeping;
    bigger->size = size;
    link_block(bigger);
    return bigger + 1;
}

static void
sweep(void)
{
    for (struct block *b = all.after, *next; b != &all; b = next) {
        next = b->after;
        if (b->kept)
            continue;
        unlink_block(b);
        free(b);
    }
}

/* ---- equal values ------------------------------------------------------------------- */

static struct text
avro_text(avro_value_t *value)
{
    const char *at;
    size_t size; /* with its NUL */

    MUST(avro_value_get_string(value, &at, &size) == 0);
    return (struct text){ at, size - 1 };
}

/* False when the value is null; else *value is what is there. */
static bool
avro_present(avro_value_t *value)
{
    avro_value_t branch;
    int number;

    if (avro_value_get_type(value) != AVRO_UNION)
        return true;
    MUST(avro_value_get_discriminant(value, &number) == 0);
    MUST(avro_value_get_current_branch(value, &branch) == 0);
    *value = branch;
    return number == 1;
}

static int64_t
number_of(const struct draft *d, enum field field)
{
    switch ((int)field) {
    case FIELD_VERSION:
        return d->version;
    case FIELD_PUBLISHED_AT:
        return d->published_at_ms;
    case FIELD_RETRIEVED_AT:
        return d->retrieved_at_ms;
    case FIELD_OCCURRED_AT:
        return d->occurred_at_ms;
    case FIELD_PERIOD_START:
        return d->period_start;
    case FIELD_PERIOD_END:
        return d->period_end;
    default:
        MUST(field == FIELD_SIGNED_ON);
        return d->signed_on;
    }
}

static int
symbol_of(const struct draft *d, enum field field)
{
    switch ((int)field) {
    case FIELD_GRADE:
        return d->grade;
    case FIELD_BOUND:
        return d->bound;
    case FIELD_STATUS:
        return d->status;
    case FIELD_BASIS:
        return d->basis;
    case FIELD_SCOPE:
        return d->scope;
    case FIELD_FLOW:
        return d->flow;
    default:
        MUST(field == FIELD_KIND);
        return d->kind;
    }
}

static struct text
text_of_field(const struct draft *d, enum field field)
{
    switch ((int)field) {
    case FIELD_ID:
        return d->id;
    case FIELD_CURRENCY:
        return text_of(currency_code(d->currency));
    case FIELD_PROVINCE:
        return text_of(scope_code(d->province));
    case FIELD_PARTNER:
        return text_of(partner_code(d->partner));
    case FIELD_PROVINCE_AREA:
        return d->province_area;
    case FIELD_PARTNER_AREA:
        return d->partner_area;
    case FIELD_COMMODITY:
        return d->commodity;
    case FIELD_UNIT:
        return d->unit;
    case FIELD_TITLE:
        return d->title;
    default:
        MUST(field == FIELD_GROWTH);
        return d->growth;
    }
}

static void
compare_decimal(avro_value_t *value, struct decimal decimal)
{
    const uint8_t *at;
    size_t size;
    wide_t n;

    MUST(avro_value_get_bytes(value, (const void **)&at, &size) == 0);
    if (size > sizeof n) /* padded, or no amount */
        return;
    n = size > 0 && at[0] >= 0x80 ? -1 : 0;
    for (size_t i = 0; i < size; i++)
        n = n * 256 + at[i];
    MUST(size == 0 || n == decimal.unscaled);
}

/* Ours are sorted. */
static void
compare_list(avro_value_t *value, const struct item_list *list)
{
    size_t count;

    MUST(avro_value_get_size(value, &count) == 0 && count == list->count);
    for (size_t i = 0; i < count; i++) {
        avro_value_t item;
        bool found = false;

        MUST(avro_value_get_by_index(value, i, &item, NULL) == 0);
        for (size_t k = 0; k < count; k++)
            found = found || text_equal(avro_text(&item), list->items[k]);
        MUST(found);
    }
}

static void
compare_source(avro_value_t *value, const struct draft *d)
{
    avro_value_t part;

    MUST(avro_value_get_by_name(value, "name", &part, NULL) == 0);
    MUST(avro_present(&part) == (d->source_name_state != FIELD_ABSENT));
    if (d->source_name_state == FAULT_NONE)
        MUST(text_equal(avro_text(&part), d->source_name));
    MUST(avro_value_get_by_name(value, "url", &part, NULL) == 0);
    MUST(avro_present(&part) == (d->source_url_state != FIELD_ABSENT));
    if (d->source_url_state == FAULT_NONE)
        MUST(text_equal(avro_text(&part), d->source_url));
}

static void
compare_attributes(avro_value_t *value, const struct draft *d)
{
    for (size_t i = 0; i < d->attribute_count; i++) {
        char name[ATTRIBUTE_NAME_LENGTH + 1];
        struct text t = d->attributes[i].name;
        avro_value_t one;

        MUST(t.length < sizeof name);
        memcpy(name, t.at, t.length);
        name[t.length] = '\0';
        MUST(avro_value_get_by_name(value, name, &one, NULL) == 0);
        MUST(text_equal(avro_text(&one), d->attributes[i].value));
    }
}

static const struct item_list *
list_of(const struct draft *d, enum field field)
{
    return field == FIELD_PROVINCES  ? &d->provinces
           : field == FIELD_PARTNERS ? &d->partners
           : field == FIELD_AREAS    ? &d->areas
           : field == FIELD_PARTIES  ? &d->parties
                                     : &d->sectors;
}

static void
compare_field(avro_value_t *record, enum field field, const struct draft *d)
{
    avro_value_t value;
    int code;
    int64_t wide;
    int32_t narrow;

    MUST(avro_value_get_by_name(record, field_name(field), &value, NULL) == 0);
    MUST(avro_present(&value) == (d->state[field] != FIELD_ABSENT));
    if (d->state[field] != FAULT_NONE)
        return;
    switch ((int)avro_value_get_type(&value)) {
    case AVRO_STRING:
        MUST(text_equal(avro_text(&value), text_of_field(d, field)));
        return;
    case AVRO_ENUM:
        MUST(avro_value_get_enum(&value, &code) == 0);
        MUST(code - 1 == symbol_of(d, field)); /* UNKNOWN comes first, and is refused */
        return;
    case AVRO_BYTES:
        compare_decimal(&value, field == FIELD_VALUE ? d->value : d->quantity);
        return;
    case AVRO_INT64:
        MUST(avro_value_get_long(&value, &wide) == 0 && wide == number_of(d, field));
        return;
    case AVRO_INT32:
        MUST(avro_value_get_int(&value, &narrow) == 0 && narrow == number_of(d, field));
        return;
    case AVRO_ARRAY:
        compare_list(&value, list_of(d, field));
        return;
    case AVRO_RECORD:
        compare_source(&value, d);
        return;
    default:
        MUST(avro_value_get_type(&value) == AVRO_MAP);
        if (d->attributes_fault == FAULT_NONE && d->whole_fault == FAULT_NONE)
            compare_attributes(&value, d);
    }
}

/* ---- both ------------------------------------------------------------------------------ */

static struct plan *plans[RECORD_TYPE_COUNT];
static avro_value_iface_t *shapes[RECORD_TYPE_COUNT];

static void
prepare(void)
{
    avro_set_allocator(allocate, NULL);
    avro_set_error("makes the room for errors");
    for (int type = 0; type < RECORD_TYPE_COUNT; type++) {
        struct text t = schema_text((enum record_type)type);
        avro_schema_t schema;

        MUST(plan_compile(t, (enum record_type)type, &plans[type], NULL) == FAULT_NONE);
        MUST(avro_schema_from_json_length(t.at, t.length, &schema) == 0);
        shapes[type] = avro_generic_class_from_schema(schema);
        MUST(shapes[type] != NULL);
    }
    keeping = false;
}

static bool
is_stricter(const char *sentence)
{
    for (size_t i = 0; i < sizeof stricter / sizeof stricter[0]; i++)
        if (strstr(sentence, stricter[i]) != NULL)
            return true;
    return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
    static struct draft draft;
    struct why why = { 0 };
    avro_reader_t reader;
    avro_value_t value;

    if (size < 1 || size > RECORD_BYTES)
        return 0;
    if (plans[0] == NULL)
        prepare();
    enum record_type type = (enum record_type)(at[0] & 1);
    enum fault fault = plan_decode(plans[type], at + 1, size - 1, &draft, &why);

    MUST(avro_generic_value_new(shapes[type], &value) == 0);
    reader = avro_reader_memory((const char *)at + 1, (int64_t)size - 1);
    bool theirs = avro_value_read(reader, &value) == 0;
    if (theirs && fault != FAULT_NONE && !is_stricter(why.text))
        fprintf(stderr, "only Avro-C reads this; we say: %s\n", why.text);
    MUST(!theirs || fault == FAULT_NONE || is_stricter(why.text));
    MUST(theirs || fault != FAULT_NONE);
    if (fault == FAULT_NONE)
        for (enum field f = 0; f < FIELD_COUNT; f++)
            if (f != FIELD_TYPE && field_of_type(f, type))
                compare_field(&value, f, &draft);
    avro_reader_free(reader);
    avro_value_decref(&value);
    sweep();
    return 0;
}
