/* Id, source and title of the records that are shown (lookup/account.h).
 *
 * Journals keep what numbers need, and where the record itself lies: it is read
 * by partition and offset.  A log may have been made anew: what lies there is
 * believed only if it states what the journal says. */
#include "lookup/account_kafka.h"

#include <stdlib.h>

#include "base/grow.h"

enum { ASKED_MOST = 20000 }; /* records */

struct asking {
    struct account_item **items; /* by place and offset */
    size_t count, room;
    struct stretch *stretches;
    size_t *first; /* of a stretch: its first item; one more at the end */
    size_t stretch_count;
    struct account_decoder *decoder;
    struct account_log *log;
};

static bool
add_item(struct asking *asking, struct account_item *item)
{
    struct account_item **items =
        grow(asking->items, &asking->room, asking->count + 1, sizeof(struct account_item *));

    if (items == NULL)
        return false;
    asking->items = items;
    items[asking->count++] = item;
    return true;
}

static bool
add_list(struct asking *asking, const struct account_list *list)
{
    struct account_record *record;
    size_t cursor = 0;
    bool is_added = true;

    while (is_added && (record = account_next(list, &cursor)) != NULL) {
        is_added = add_item(asking, &record->item);
        for (uint32_t i = 0; i < record->others.named && is_added; i++)
            is_added = add_item(asking, &record->others.items[i]);
        for (uint32_t i = 0; i < record->flows.named && is_added; i++)
            is_added = add_item(asking, &record->flows.items[i]);
    }
    return is_added;
}

static int
compare_items(const void *left, const void *right)
{
    const struct account_item *a = *(struct account_item *const *)left;
    const struct account_item *b = *(struct account_item *const *)right;
    int order = account_compare_places(a->place, b->place);

    return order != 0 ? order : (a->offset > b->offset) - (a->offset < b->offset);
}

/* One stretch for each offset. */
static bool
lay_stretches(struct asking *asking)
{
    asking->stretches = calloc(asking->count + 1, sizeof *asking->stretches);
    asking->first = calloc(asking->count + 2, sizeof *asking->first);
    if (asking->stretches == NULL || asking->first == NULL)
        return false;
    for (size_t i = 0; i < asking->count; i++) {
        const struct account_item *item = asking->items[i];

        if (i > 0 && compare_items(&asking->items[i - 1], &asking->items[i]) == 0)
            continue;
        if (asking->stretch_count == ASKED_MOST) {
            asking->log->unasked++;
            continue;
        }
        asking->first[asking->stretch_count] = i;
        asking->stretches[asking->stretch_count++] =
            (struct stretch){ item->place, item->offset, item->offset + 1 };
        asking->first[asking->stretch_count] = asking->count;
    }
    return true;
}

static bool
take_asked(void *self, size_t stretch, const struct message *message)
{
    struct asking *asking = self;
    bool is_found = false;

    if (!account_decode(asking->decoder, message))
        return true;
    for (size_t i = asking->first[stretch]; i < asking->first[stretch + 1]; i++) {
        struct account_item *item = asking->items[i];

        if (item->offset != message->offset || item->id != NULL ||
            !account_states_the_same(asking->decoder, item))
            continue;
        account_take_texts(asking->decoder, item);
        is_found = true;
    }
    asking->log->found += is_found;
    return true;
}

enum fault
account_ask_kafka(struct account *a, struct account_log *log, struct why *why)
{
    struct reader_settings settings = account_reader_settings(a->lookup);
    struct asking asking = { .log = log };
    struct why reason = { 0 };
    bool is_laid = true;
    enum fault fault = account_decoder_new(a->lookup, &asking.decoder, why);

    if (fault != FAULT_NONE)
        return fault;
    for (size_t i = 0; i < a->measure_count && is_laid; i++)
        is_laid =
            add_list(&asking, &a->measures[i].adds) && add_list(&asking, &a->measures[i].left);
    if (is_laid && asking.count > 0)
        qsort(asking.items, asking.count, sizeof(struct account_item *), compare_items);
    if (!is_laid || !lay_stretches(&asking)) {
        fault = why_set(why, FAULT_NO_MEMORY, "no memory for the records that are shown");
    } else {
        log->asked = (int64_t)asking.stretch_count;
        fault = reader_read(&settings, asking.stretches, asking.stretch_count, take_asked, &asking,
                            &reason);
        fault = account_note_answer(log, fault, &reason, why);
    }
    account_decoder_free(asking.decoder);
    free(asking.items);
    free(asking.stretches);
    free(asking.first);
    return fault;
}
