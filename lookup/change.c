/* Entries of `changes`, for all who read them. */
#include "lookup/change.h"

#include "record/place.h"
#include "store/calls.h"

bool
change_read(const struct answer *entry, struct change_entry *out)
{
    *out = (struct change_entry){ .id = { NULL, 0 } };
    if (entry->kind != ANSWER_LIST || entry->count < 2 || entry->items[1].kind != ANSWER_LIST)
        return false;
    const struct answer *fields = &entry->items[1];
    out->id = answer_item(entry, 0);
    for (size_t i = 0; i + 1 < fields->count; i += 2) {
        if (text_equal(fields->items[i].text, TEXT_LITERAL("version")))
            out->version = fields->items[i + 1].text;
        else if (text_equal(fields->items[i].text, TEXT_LITERAL("partners")))
            out->partners = fields->items[i + 1].text;
    }
    return true;
}

int64_t
change_ms(struct text id)
{
    const char *dash = id.length == 0 ? NULL : memchr(id.at, '-', id.length);

    return dash == NULL ? -1 : text_number((struct text){ id.at, (size_t)(dash - id.at) });
}

bool
change_next(struct text *partners, struct text *code)
{
    if (partners->length == 0)
        return false;
    const char *blank = memchr(partners->at, ' ', partners->length);
    size_t length = blank == NULL ? partners->length : (size_t)(blank - partners->at);
    size_t taken = length + (blank != NULL);

    *code = (struct text){ partners->at, length };
    *partners = (struct text){ partners->at + taken, partners->length - taken };
    return true;
}

int
change_partner(struct text code)
{
    return text_equal(code, TEXT_LITERAL("ALL")) ? PARTNER_ALL : partner_find(code);
}
