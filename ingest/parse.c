/* A line of JSON to a draft: which member is which field, and of which JSON
 * type.
 *
 * Members come in any order.  They are first found by name, since the type
 * decides which fields there are; then they are taken in the order of the
 * table. */
#include "ingest/parse.h"

#include "ingest/avro_json.h"

#include "record/field.h"
#include "record/hint.h"

/* ---- what is made of one field ---------------------------------------------------- */

/* A list is taken or refused as a whole; one item too many is kept, so that
 * draft_list() sees it. */
static void
take_list(struct draft *d, enum field field, const struct json_node *list)
{
    struct text items[LIST_MOST + 1];
    const struct json_node *item = list + 1;
    if (list->kind != JSON_ARRAY) {
        draft_mistyped(d, field);
        return;
    }
    for (uint32_t i = 0; i < list->count; i++) {
        if (item->kind != JSON_TEXT) {
            draft_mistyped(d, field);
            return;
        }
        if (i < LIST_MOST + 1)
            items[i] = item->text;
        item++; /* texts have no inside */
    }
    draft_list(d, field, items, list->count);
}

static bool
is_source_part(const struct json_node *part)
{
    return text_equal(part->name, TEXT_LITERAL("name")) ||
           text_equal(part->name, TEXT_LITERAL("url"));
}

/* An object of name and url, both of them texts or null.  Its own rules are the
 * draft's. */
static void
take_source(struct draft *d, const struct json_node *nodes, const struct json_node *source,
            bool is_avro)
{
    const struct json_node *end = nodes + source->after;
    if (source->kind != JSON_OBJECT) {
        draft_mistyped(d, FIELD_SOURCE);
        return;
    }
    /* Names before values: an unknown name refuses all of source. */
    for (const struct json_node *part = source + 1; part < end; part = nodes + part->after) {
        if (!is_source_part(part)) {
            draft_mistyped(d, FIELD_SOURCE);
            return;
        }
    }
    draft_source(d);
    for (const struct json_node *part = source + 1; part < end; part = nodes + part->after) {
        const struct json_node *told = part;
        if (is_avro && avro_is_branch(part, FORM_TEXT))
            told = part + 1;
        struct text value = told->kind == JSON_TEXT ? told->text : (struct text){ NULL, 0 };
        if (told->kind == JSON_NULL)
            continue;
        /* "url" or "name": no other is left. */
        if (part->name.length == 3)
            draft_source_url(d, value);
        else
            draft_source_name(d, value);
    }
}

/* An object of texts; names that stand twice were refused by json_read()
 * already. */
static void
take_attributes(struct draft *d, const struct json_node *nodes, const struct json_node *extras)
{
    const struct json_node *end = nodes + extras->after;
    if (extras->kind != JSON_OBJECT) {
        draft_mistyped(d, FIELD_ATTRIBUTES);
        return;
    }
    draft_attributes(d, extras->count);
    /* Refused for their number, so none is looked at. */
    if (extras->count > ATTRIBUTE_COUNT)
        return;
    for (const struct json_node *extra = extras + 1; extra < end; extra = nodes + extra->after) {
        if (extra->kind == JSON_TEXT)
            draft_attribute(d, extra->name, extra->text);
        else if (extra->kind == JSON_NULL)
            draft_attribute(d, extra->name, (struct text){ NULL, 0 });
        else
            draft_attribute_mistyped(d, extra->name);
    }
}

/* One member into its field; null means that nothing was said. */
static void
take_member(struct draft *d, enum field field, const struct json_node *nodes,
            const struct json_node *member, bool is_avro)
{
    uint8_t form = field_rules[field].form;
    bool is_number = form == FORM_INTEGER;
    struct text branch = { NULL, 0 };
    if (member->kind == JSON_NULL || form == FORM_TYPE)
        return;
    if (is_avro && avro_is_branch(member, form))
        branch = (++member)->name;
    if (is_avro && avro_take(d, field, branch, member))
        return;
    if (form == FORM_SOURCE)
        take_source(d, nodes, member, is_avro);
    else if (form == FORM_ATTRIBUTES)
        take_attributes(d, nodes, member);
    else if (form == FORM_LIST)
        take_list(d, field, member);
    else if (is_number && member->kind == JSON_INTEGER)
        draft_integer(d, field, member->integer);
    else if (!is_number && member->kind == JSON_TEXT)
        draft_text(d, field, member->text);
    else
        draft_mistyped(d, field);
}

/* ---- the whole ------------------------------------------------------------------------ */

/* The members of the line by field: none stands twice. */
struct members {
    const struct json_node *of[FIELD_COUNT]; /* NULL: left out */
    bool has_stranger;                       /* a name that no record has */
    bool has_branch;                         /* some value is written as of a union in Avro */
};

/* The root is the record's object; members are stepped over with all that is in
 * them. */
static void
find_members(const struct json_node *nodes, uint32_t root, struct members *out)
{
    memset(out, 0, sizeof *out);
    for (uint32_t i = root + 1; i < nodes[root].after; i = nodes[i].after) {
        int field = field_find(nodes[i].name);
        if (field < 0) {
            out->has_stranger = true;
            continue;
        }
        out->of[field] = &nodes[i];
        out->has_branch = out->has_branch || avro_is_branch(&nodes[i], field_rules[field].form);
    }
}

/* `type` first: it decides which names are fields. */
static bool
find_type(const struct json_node *member, struct text otherwise, enum record_type *out)
{
    bool is_said = member != NULL && member->kind != JSON_NULL;
    if (is_said && member->kind != JSON_TEXT)
        return false;
    struct text type = is_said ? member->text : otherwise;
    bool is_agreement = text_equal(type, TEXT_LITERAL("agreement"));
    *out = is_agreement ? RECORD_AGREEMENT : RECORD_TRADE;
    return is_agreement || text_equal(type, TEXT_LITERAL("trade"));
}

static enum fault
refuse_type(const struct json_node *member, struct why *why)
{
    if (member == NULL || member->kind == JSON_NULL)
        return why_field(why, BAD_TYPE, "type", "type is missing; wanted: trade or agreement");
    if (member->kind != JSON_TEXT)
        return why_field(why, BAD_TYPE, "type", "type is no text; wanted: trade or agreement");
    return why_field(why, BAD_TYPE, "type", "type is \"%.*s\"; wanted: trade or agreement",
                     text_shown(member->text), member->text.at);
}

/* The name is cut to the size of why->field.  Returns the field that it surely means, or -1. */
static int
tell_unknown(struct text name, enum record_type type, fault_hearer *hear, void *self)
{
    struct why why;
    char field[sizeof why.field];
    const char *record = type == RECORD_TRADE ? "a trade event" : "an agreement";
    int meant = hint_of_name(name, type);
    snprintf(field, sizeof field, "%.*s", (int)name.length, name.at);
    if (meant >= 0)
        (void)why_field(&why, BAD_FIELD, field, "no field of %s; wanted: %s", record,
                        field_name((enum field)meant));
    else
        (void)why_field(&why, BAD_FIELD, field, "no field of %s", record);
    hear(self, BAD_FIELD, &why);
    return meant;
}

int
parse_strangers(const struct json *json, const struct parsed *parsed, enum record_type type,
                int most, struct draft *excused, fault_hearer *hear, void *self)
{
    const struct json_node *nodes = json_nodes(json);
    struct members members;
    int count = 0;
    /* Names that no record has come first, in the order of the line. */
    for (uint32_t i = parsed->root + 1; i < nodes[parsed->root].after; i = nodes[i].after) {
        if (field_find(nodes[i].name) >= 0 || count++ >= most)
            continue;
        int meant = tell_unknown(nodes[i].name, type, hear, self);
        if (meant >= 0 && excused != NULL)
            record_excuse(excused, (enum field)meant);
    }
    find_members(nodes, parsed->root, &members);
    for (int i = 0; i < FIELD_COUNT; i++) {
        if (members.of[i] != NULL && !field_of_type((enum field)i, type) && count++ < most)
            (void)tell_unknown(members.of[i]->name, type, hear, self);
    }
    return count;
}

/* A fault_hearer: the only one that it is told. */
static void
take_why(void *self, enum fault fault, const struct why *why)
{
    struct why *out = self;
    (void)fault;
    if (out != NULL)
        *out = *why;
}

/* The record of an event; any other member of the event is its own affair. */
static enum fault
find_data(const struct json_node *nodes, struct parsed *parsed, struct text *type, struct why *why)
{
    for (uint32_t i = 1; i < nodes[0].after; i = nodes[i].after) {
        const struct json_node *member = &nodes[i];
        if (text_equal(member->name, TEXT_LITERAL("data")))
            parsed->root = i;
        if (text_equal(member->name, TEXT_LITERAL("data_base64")))
            return why_field(why, BAD_FIELD, "data_base64", "wanted: data, a record as an object");
        /* "org.example.trade": its last word may say what record it is. */
        if (!text_equal(member->name, TEXT_LITERAL("type")) || member->kind != JSON_TEXT)
            continue;
        struct text word = member->text;
        for (const char *dot;
             (dot = word.length == 0 ? NULL : memchr(word.at, '.', word.length)) != NULL;)
            word = (struct text){ dot + 1, (size_t)(word.at + word.length - dot - 1) };
        *type = word;
    }
    if (parsed->root == 0 || nodes[parsed->root].kind != JSON_OBJECT)
        return why_field(why, BAD_FIELD, "data",
                         "the event has no record; wanted: data, a record as an object");
    return FAULT_NONE;
}

enum fault
parse_line(struct json *json, struct text line, const struct parse_rules *rules, struct draft *out,
           struct parsed *parsed, struct why *why)
{
    enum record_type type;
    struct text type_otherwise = rules->type;
    struct members members;
    *parsed = (struct parsed){ 0 };
    if (line.length > RECORD_BYTES)
        return why_set(why, TOO_LARGE, "the line is over %d bytes", RECORD_BYTES);
    enum fault fault = json_read(json, line, why);
    if (fault != FAULT_NONE)
        return fault;
    const struct json_node *nodes = json_nodes(json);
    if (nodes[0].kind != JSON_OBJECT)
        return why_set(why, BAD_JSON, "the line is no object");
    if (rules->is_event)
        fault = find_data(nodes, parsed, &type_otherwise, why);
    if (fault != FAULT_NONE)
        return fault;
    find_members(nodes, parsed->root, &members);
    const struct json_node *id = members.of[FIELD_ID];
    /* Kept for the refusal's line, before anything else can go wrong. */
    if (id != NULL && id->kind == JSON_TEXT)
        parsed->given_id = id->text;
    if (!find_type(members.of[FIELD_TYPE], type_otherwise, &type))
        return refuse_type(members.of[FIELD_TYPE], why);
    bool has_stranger = members.has_stranger;
    draft_reset(out, type);
    for (int i = 0; i < FIELD_COUNT; i++) {
        const struct json_node *member = members.of[i];
        if (member == NULL)
            continue;
        if (field_of_type((enum field)i, type))
            take_member(out, (enum field)i, nodes, member,
                        rules->may_be_avro && members.has_branch);
        else
            has_stranger = true;
    }
    parsed->is_filled = true;
    /* An unknown name is refused before any field is judged: it may be a
     * misspelt currency. */
    if (!has_stranger)
        return FAULT_NONE;
    (void)parse_strangers(json, parsed, type, 1, NULL, take_why, why);
    return BAD_FIELD;
}
