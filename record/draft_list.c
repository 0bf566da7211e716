/* Lists, source and attributes into a draft: the fields that hold more than one
 * value.
 *
 * The texts of an item are borrowed, as all texts of a draft; only the order is
 * ours.  Lists are sorted because two records that name the same places in
 * another order state the same. */
#include "record/draft.h"
#include "record/field.h"

bool
draft_item_is_good(enum field field, struct text item)
{
    return field_rules[field].is_good(item);
}

/* Put an item at its place in the sorted run; false when it is there already.
 * Lists are short and mostly come sorted. */
static bool
insert_sorted(struct item_list *list, struct text item)
{
    size_t i = list->count;
    int order = 1;

    while (i > 0 && (order = text_compare(list->items[i - 1], item)) > 0)
        i--;
    if (i > 0 && order == 0)
        return false;
    memmove(list->items + i + 1, list->items + i, (list->count - i) * sizeof item);
    list->items[i] = item;
    list->count++;
    return true;
}

/* The first fault of an item in the order that they were written in. */
static enum fault
judge_items(struct draft *d, enum field field, const struct text *items, size_t count)
{
    enum fault first = FAULT_NONE;
    struct text found = { NULL, 0 };

    for (size_t i = 0; i < count; i++) {
        enum fault fault;

        if (draft_item_is_good(field, items[i]))
            continue;
        /* Also for the items after the first bad one: invalid UTF-8 anywhere
         * spoils the whole line, and that is noted here. */
        fault = draft_judge(d, field, items[i], ITEM_LENGTH, field_refusal(field));
        if (first == FAULT_NONE) {
            first = fault;
            found = items[i];
        }
    }
    d->found[field] = found;
    return first;
}

void
draft_list(struct draft *d, enum field field, const struct text *items, size_t count)
{
    const struct field_rule *rule = &field_rules[field];
    struct item_list *list = field_in(d, field);
    enum fault fault;

    if (rule->form != FORM_LIST) {
        draft_mistyped(d, field);
        return;
    }
    /* Every item is judged before the count is: where one is no UTF-8, that
     * counts more than the number of them. */
    fault = judge_items(d, field, items, count < LIST_MOST + 1 ? count : LIST_MOST + 1);
    list->count = 0;
    if (count < rule->least || count > rule->most) {
        d->state[field] = (uint8_t)field_refusal(field);
        d->found[field] = (struct text){ NULL, count };
        return;
    }
    /* A repeat is found while the list is sorted.  It is refused under the
     * field's own name even if another item is bad. */
    for (size_t i = 0; i < count; i++)
        if (!insert_sorted(list, items[i])) {
            d->state[field] = (uint8_t)field_refusal(field);
            d->found[field] = items[i];
            return;
        }
    d->state[field] = (uint8_t)fault;
}

/* ---- source --------------------------------------------------------------- */

void
draft_source(struct draft *d)
{
    d->state[FIELD_SOURCE] = (uint8_t)FAULT_NONE;
}

/* A source's text that is NULL had the wrong type. */
static uint8_t
judged_source_text(struct draft *d, struct text value, size_t most)
{
    if (value.at == NULL)
        return (uint8_t)BAD_FIELD;
    if (draft_is_plain(value, most))
        return (uint8_t)FAULT_NONE;
    return (uint8_t)draft_judge(d, FIELD_SOURCE, value, most, BAD_TEXT);
}

void
draft_source_name(struct draft *d, struct text name)
{
    d->source_name = name;
    d->source_name_state = judged_source_text(d, name, SOURCE_NAME_LENGTH);
}

void
draft_source_url(struct draft *d, struct text url)
{
    d->source_url = url;
    d->source_url_state = judged_source_text(d, url, SOURCE_URL_LENGTH);
}

/* ---- attributes ----------------------------------------------------------- */

void
draft_attributes(struct draft *d, size_t count)
{
    bool fits = count <= ATTRIBUTE_COUNT;

    d->state[FIELD_ATTRIBUTES] = (uint8_t)(fits ? FAULT_NONE : BAD_FIELD);
    d->found[FIELD_ATTRIBUTES] = (struct text){ NULL, 0 };
    d->attributes_fault = FAULT_NONE;
    d->attribute_count = 0;
}

/* Among at most ATTRIBUTE_COUNT names. */
static bool
is_named_already(const struct draft *d, struct text name)
{
    for (uint16_t i = 0; i < d->attribute_count; i++)
        if (text_equal(d->attributes[i].name, name))
            return true;
    return false;
}

/* Judge a name.  Some of its faults would make a line of JSON unreadable. */
static enum fault
judge_name(struct draft *d, struct text name)
{
    if (!text_is_utf8(name))
        draft_whole(d, BAD_TEXT, FIELD_ATTRIBUTES);
    else if (memchr(name.at, '\0', name.length) != NULL)
        draft_whole(d, BAD_JSON, FIELD_ATTRIBUTES);
    else if (is_named_already(d, name))
        draft_whole(d, BAD_FIELD, FIELD_ATTRIBUTES);
    else if (1 <= name.length && name.length <= ATTRIBUTE_NAME_LENGTH)
        return FAULT_NONE;
    return BAD_TEXT;
}

/* Only the first fault is the field's; its name is kept for the sentence. */
static void
note_attribute_fault(struct draft *d, enum fault fault, struct text name)
{
    if (fault == FAULT_NONE || d->attributes_fault != FAULT_NONE)
        return;
    d->attributes_fault = (uint8_t)fault;
    d->found[FIELD_ATTRIBUTES] = name;
}

void
draft_attribute(struct draft *d, struct text name, struct text value)
{
    enum fault fault = judge_name(d, name);

    if (value.at != NULL && !draft_is_plain(value, TEXT_LENGTH)) {
        if (!text_is_utf8(value))
            draft_whole(d, BAD_TEXT, FIELD_ATTRIBUTES);
        fault = BAD_TEXT;
    }
    note_attribute_fault(d, fault, name);
    /* A name with the value null is judged and not kept: nothing was said. */
    if (fault == FAULT_NONE && value.at != NULL && d->attribute_count < ATTRIBUTE_COUNT)
        d->attributes[d->attribute_count++] = (struct attribute){ name, value };
}

void
draft_attribute_mistyped(struct draft *d, struct text name)
{
    enum fault fault = judge_name(d, name);

    note_attribute_fault(d, fault == FAULT_NONE ? BAD_FIELD : fault, name);
}
