/* Records that are outranked, by looking through Kafka's log (lookup/account.h).
 *
 * No entry keeps them.  But each has the slot of one that is shown: the same id,
 * or the same series-year, flow, currency or unit, and period.  So the log of the
 * partitions that have these is looked through for others of these slots. */
#include "lookup/account_kafka.h"

#include <stdlib.h>

enum { SCAN_MOST = 1000000 }; /* messages that are looked through */

/* A slot of which a record is shown. */
struct shown_slot {
    char kind;
    char key[KEY_TEXT_BYTES + 1];
    uint32_t measure;
    int32_t from, day;        /* of a fact: 0 */
    struct account_item item; /* the texts are the account's, the bytes our own */
    struct place place;
};

struct scanning {
    struct account *a;
    struct account_log *log;
    struct account_decoder *decoder;
    struct shown_slot *slots; /* ordered */
    size_t slot_count;
    bool has_failed;
};

static int
compare_slots(const void *left, const void *right)
{
    const struct shown_slot *a = left, *b = right;
    int order = strcmp(a->key, b->key);

    if (order == 0)
        order = a->kind - b->kind;
    if (order == 0)
        order = (a->measure > b->measure) - (a->measure < b->measure);
    if (order == 0)
        order = (a->from > b->from) - (a->from < b->from);
    return order != 0 ? order : (a->day > b->day) - (a->day < b->day);
}

/* What a slot is known by.  False: an id that nobody has told. */
static bool
name_slot(const struct record *r, uint32_t measure, struct shown_slot *slot)
{
    char room[KEY_TEXT_BYTES];
    struct text key = record_key(r, room);
    bool is_fact = record_kind(r) != 'S';

    if (key.at == NULL || key.length == 0 || key.length > KEY_TEXT_BYTES)
        return false;
    memcpy(slot->key, key.at, key.length);
    slot->key[key.length] = '\0';
    slot->kind = record_kind(r);
    /* A correction of a fact may state another amount: any of it is the slot. */
    slot->measure = is_fact ? 0 : measure;
    slot->from = is_fact ? 0 : r->from;
    slot->day = is_fact ? 0 : r->day;
    return true;
}

static char *
copy_string(const char *s)
{
    return s == NULL ? NULL : account_copy_text(text_of(s), FAULT_NONE);
}

static bool
copy_item(const struct account_item *from, struct account_item *to)
{
    *to = *from;
    to->bytes = malloc(from->size);
    to->id = copy_string(from->id);
    to->source = to->url = to->title = NULL;
    if (to->bytes == NULL)
        return false;
    memcpy(to->bytes, from->bytes, from->size);
    return true;
}

/* The slots of one list, once each: those that add come first. */
static bool
add_slots(struct scanning *s, const struct account_measure *m, const struct account_list *list)
{
    struct account_record *record;
    size_t cursor = 0;

    while ((record = account_next(list, &cursor)) != NULL) {
        struct shown_slot *slot = &s->slots[s->slot_count];
        struct record r;
        uint16_t mask;

        if (!item_unpack(record->item.bytes, record->item.size, &r, &mask))
            continue;
        r.id = text_of(record->item.id);
        if ((record_kind(&r) != 'S' && r.id.at == NULL) || !name_slot(&r, m->measure, slot))
            continue;
        if (!copy_item(&record->item, &slot->item))
            return false;
        slot->place = record->item.place;
        s->slot_count++;
    }
    return true;
}

static void
keep_first_of_equals(struct scanning *s)
{
    size_t kept = 0;

    qsort(s->slots, s->slot_count, sizeof *s->slots, compare_slots);
    for (size_t i = 0; i < s->slot_count; i++) {
        if (kept > 0 && compare_slots(&s->slots[kept - 1], &s->slots[i]) == 0) {
            free(s->slots[i].item.bytes);
            free(s->slots[i].item.id);
            continue;
        }
        s->slots[kept++] = s->slots[i];
    }
    s->slot_count = kept;
}

static bool
find_slots(struct scanning *s)
{
    size_t most = 1;
    bool is_found = true;

    for (size_t i = 0; i < s->a->measure_count; i++)
        most += account_shown(&s->a->measures[i].adds) + account_shown(&s->a->measures[i].left);
    s->slots = calloc(most, sizeof *s->slots);
    if (s->slots == NULL)
        return false;
    for (size_t i = 0; i < s->a->measure_count && is_found; i++) {
        const struct account_measure *m = &s->a->measures[i];

        if (measure_is_amount(m->measure) || measure_form(m->measure) == MEASURE_COUNT)
            is_found = add_slots(s, m, &m->adds) && add_slots(s, m, &m->left);
    }
    keep_first_of_equals(s);
    return is_found;
}

/* Is this very message among those shown? */
static bool
is_shown(const struct account_measure *m, const struct message *message)
{
    const struct account_list *lists[] = { &m->adds, &m->left };
    struct account_record *record;

    for (size_t i = 0; i < 2; i++)
        for (size_t cursor = 0; (record = account_next(lists[i], &cursor)) != NULL;)
            if (record->item.offset == message->offset &&
                account_compare_places(record->item.place, message->place) == 0)
                return true;
    return false;
}

static void
put_outranked(struct scanning *s, struct account_measure *m, const struct shown_slot *slot,
              const struct message *message)
{
    const struct record *r = &s->decoder->record;
    struct account_record *record = calloc(1, sizeof *record);

    if (record == NULL) {
        s->has_failed = true;
        return;
    }
    *record = (struct account_record){
        .item = { .place = message->place,
                  .offset = message->offset,
                  .size = s->decoder->item_size,
                  .bytes = malloc(s->decoder->item_size) },
        .stated = account_stated(r, m->measure),
        .day = r->day,
        .version = r->version,
        .kind =
            account_states_the_same(s->decoder, &slot->item) ? REASON_REPEATS : REASON_OUTRANKED,
        .start = r->from,
        .end = r->day + 1,
        .others = { .named = 1, .count = 1 },
    };
    if (record->item.bytes == NULL || !copy_item(&slot->item, &record->others.items[0]) ||
        !account_wants(s->a, &m->left, record)) {
        s->has_failed =
            s->has_failed || record->item.bytes == NULL || record->others.items[0].bytes == NULL;
        account_record_free(record);
        return;
    }
    memcpy(record->item.bytes, s->decoder->item, s->decoder->item_size);
    account_take_texts(s->decoder, &record->item);
    account_put(s->a, &m->left, record);
}

/* One amount of a record from the log. */
static void
look_at(struct scanning *s, uint32_t measure, const struct message *message)
{
    const struct account_question *q = &s->a->question;
    struct shown_slot wanted;
    const struct shown_slot *slot;
    struct account_measure *m;

    if ((q->has_measure && measure != q->measure) ||
        !name_slot(&s->decoder->record, measure, &wanted))
        return;
    slot = bsearch(&wanted, s->slots, s->slot_count, sizeof *s->slots, compare_slots);
    if (slot == NULL || (slot->item.offset == message->offset &&
                         account_compare_places(slot->item.place, message->place) == 0))
        return;
    m = account_measure(s->a, measure);
    if (m == NULL)
        s->has_failed = true;
    else if (!is_shown(m, message))
        put_outranked(s, m, slot, message);
}

static bool
take_scanned(void *self, size_t stretch, const struct message *message)
{
    struct scanning *s = self;
    const struct record *r = &s->decoder->record;
    const struct spot *spot = &s->a->question.spot;
    int family;

    (void)stretch;
    s->log->scanned++;
    if (!account_decode(s->decoder, message) ||
        !item_names(s->decoder->item, s->decoder->item_size, spot->scope, spot->partner))
        return !s->has_failed;
    family = r->type == RECORD_AGREEMENT   ? FAMILY_AGREEMENTS
             : r->basis == BASIS_STATISTIC ? r->flow
                                           : FAMILY_DEALS + r->flow;
    if (r->type == RECORD_AGREEMENT)
        look_at(s, measure_make(family, MEASURE_COUNT, 0), message);
    if (r->currency >= 0)
        look_at(s, measure_make(family, MEASURE_MONEY, (uint32_t)r->currency), message);
    if (r->unit.at != NULL)
        look_at(s, measure_make(family, MEASURE_QUANTITY, measure_pack_unit(r->unit)), message);
    return !s->has_failed;
}

/* The logs of the partitions that have a slot, the newest part of each. */
static struct stretch *
lay_logs(const struct scanning *s, size_t *count)
{
    const struct account *a = s->a;
    struct stretch *stretches = calloc(a->tag_count + 1, sizeof *stretches);

    *count = 0;
    for (size_t i = 0; i < a->tag_count && stretches != NULL; i++) {
        bool has_slot = false;

        for (size_t k = 0; k < s->slot_count && !has_slot; k++)
            has_slot = account_compare_places(s->slots[k].place, a->tags[i].place) == 0;
        if (*count > 0 &&
            account_compare_places(stretches[*count - 1].place, a->tags[i].place) == 0)
            continue; /* half a tag is two */
        if (has_slot && a->tags[i].next > 0)
            stretches[(*count)++] = (struct stretch){ a->tags[i].place, 0, a->tags[i].next };
    }
    return stretches;
}

static int
compare_stretches(const void *left, const void *right)
{
    const struct stretch *a = left, *b = right;

    return account_compare_places(a->place, b->place);
}

enum fault
account_scan_kafka(struct account *a, struct account_log *log, struct why *why)
{
    struct reader_settings settings = account_reader_settings(a->lookup);
    struct scanning s = { .a = a, .log = log };
    struct stretch *stretches = NULL;
    struct why reason = { 0 };
    size_t count = 0;
    enum fault fault = account_decoder_new(a->lookup, &s.decoder, why);

    if (fault != FAULT_NONE)
        return fault;
    if (find_slots(&s))
        stretches = lay_logs(&s, &count);
    if (stretches == NULL) {
        fault = why_set(why, FAULT_NO_MEMORY, "no memory to look through the log with");
    } else {
        qsort(stretches, count, sizeof *stretches, compare_stretches);
        for (size_t i = 0; i < count; i++)
            if (stretches[i].to > (int64_t)(SCAN_MOST / count)) {
                stretches[i].from = stretches[i].to - (int64_t)(SCAN_MOST / count);
                log->is_cut = true;
            }
        fault = reader_read(&settings, stretches, count, take_scanned, &s, &reason);
        fault = s.has_failed ? why_set(why, FAULT_NO_MEMORY, "no memory for records of the log")
                             : account_note_answer(log, fault, &reason, why);
    }
    for (size_t i = 0; i < s.slot_count; i++) {
        free(s.slots[i].item.bytes);
        free(s.slots[i].item.id);
    }
    free(s.slots);
    free(stretches);
    account_decoder_free(s.decoder);
    return fault;
}
