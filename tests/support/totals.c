/* totals.c - what the oracle does, done by core: records in, totals out.
 *
 *     totals --clock 2024-01-31 [--windows 1d,7d] FILE... | -
 *
 * Prints "key TAB field TAB integer" of every field of every hash that readers
 * would find on that day, without a prefix, and "TAB name TAB count" of what
 * became of the lines: taken, superseded, or the name of a refusal.
 *
 * It also holds core to what the journal relies on, and fails where that is
 * not so: an item is read back as it was written; an entry is the same in
 * whatever order its records came, and when it is replayed from what won.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ingest/lines.h"
#include "ingest/message.h"
#include "ledger/entry.h"
#include "ledger/fold.h"
#include "ledger/ledger.h"

/* One item that was offered, with the slots that it could stand in; and what
 * it won. */
struct offer {
    struct identity id;
    uint8_t *item;
    size_t size;
    uint16_t won;
};

struct history {
    struct offer *offers;
    size_t count, room;
    int64_t outcome[FAULT_COUNT], taken, superseded;
};

struct counting {
    struct sums fold;
    struct dim_table *dims;
};

_Noreturn static void
give_up(const char *what, const struct why *why)
{
    fprintf(stderr, "totals: %s%s%s\n", what, why == NULL ? "" : ": ",
            why == NULL ? "" : why->text);
    exit(EXIT_FAILURE);
}

static void *
must_have(void *memory)
{
    if (memory == NULL)
        give_up("out of memory", NULL);
    return memory;
}

/* ---- entries ------------------------------------------------------------------ */

/* FNV-1a, twice: good enough for names that nobody chose to collide. */
static struct identity
identity_of(const struct record *r)
{
    char room[KEY_TEXT_BYTES];
    struct text key = record_key(r, room);
    uint64_t high = UINT64_C(14695981039346656037) ^ (uint8_t)record_kind(r);
    uint64_t low = high * UINT64_C(11400714819323198485);

    for (size_t i = 0; i < key.length; i++) {
        high = (high ^ (uint8_t)key.at[i]) * UINT64_C(1099511628211);
        low = (low ^ (uint8_t)key.at[i]) * UINT64_C(6364136223846793005);
    }
    return (struct identity){ high, low ^ high >> 29 };
}

/* Offer an item to a ledger; what it won. */
static uint16_t
offer_to(struct ledger *ledger, const struct offer *offer)
{
    size_t size, taken;
    const uint8_t *entry = ledger_find(ledger, offer->id, &size);
    uint8_t *out = must_have(malloc(size + offer->size));
    uint16_t won;
    struct why why;
    bool changed;

    taken = entry_take(entry, size, offer->item, offer->size, out, &changed, &won);
    if (changed != (won != 0) || (!changed && taken != size) || taken > size + offer->size)
        give_up("entry_take() contradicts itself", NULL);
    if (changed && ledger_put(ledger, offer->id, out, taken, &why) != FAULT_NONE)
        give_up("ledger", &why);
    free(out);
    return won;
}

static void
check_item(const uint8_t *item, size_t size)
{
    uint8_t again[ITEM_BYTES_MOST];
    uint16_t mask;
    struct record r;

    if (item_bytes(item, size) != size || !item_unpack(item, size, &r, &mask) ||
        item_pack(&r, again) != size || memcmp(item, again, size) != 0)
        give_up("an item is not read back as it was written", NULL);
}

static void
take_record(struct history *history, struct ledger *ledger, const struct record *r)
{
    uint8_t item[ITEM_BYTES_MOST];
    struct offer offer = { .id = identity_of(r), .size = item_pack(r, item) };

    check_item(item, offer.size);
    offer.item = must_have(malloc(offer.size));
    memcpy(offer.item, item, offer.size);
    offer.won = offer_to(ledger, &offer);
    *(offer.won != 0 ? &history->taken : &history->superseded) += 1;
    if (history->count == history->room) {
        history->room = history->room * 2 + 1000;
        history->offers =
            must_have(realloc(history->offers, history->room * sizeof *history->offers));
    }
    history->offers[history->count++] = offer;
}

static void
check_same(const struct ledger *a, const struct ledger *b, const char *what)
{
    size_t cursor = 0, size_a, size_b;
    const uint8_t *entry_a, *entry_b;
    struct identity id;

    if (ledger_count(a) != ledger_count(b))
        give_up(what, NULL);
    while (ledger_next(a, &cursor, &id, &entry_a, &size_a)) {
        entry_b = ledger_find(b, id, &size_b);
        if (size_a != size_b || memcmp(entry_a, entry_b, size_a) != 0)
            give_up(what, NULL);
        if (!entry_is_sane(entry_a, size_a))
            give_up("an entry is not sane", NULL);
    }
}

/* A compacted journal has the items of each entry in the order of their bytes. */
static void
check_compacted(const struct ledger *ledger)
{
    struct ledger *compacted = must_have(ledger_new());
    size_t cursor = 0, size;
    const uint8_t *entry;
    struct offer offer;

    while (ledger_next(ledger, &cursor, &offer.id, &entry, &size))
        for (size_t i = 0; i < size; i += offer.size) {
            offer.size = item_bytes(entry + i, size - i);
            offer.item = must_have(malloc(offer.size));
            memcpy(offer.item, entry + i, offer.size);
            if (offer_to(compacted, &offer) != item_mask(offer.item))
                give_up("an item of an entry does not get its roles again", NULL);
            free(offer.item);
        }
    check_same(ledger, compacted, "a compacted journal differs");
    ledger_free(compacted);
}

static void
check_orders(const struct history *history, const struct ledger *ledger)
{
    struct ledger *backwards = must_have(ledger_new()), *replayed = must_have(ledger_new());

    for (size_t i = history->count; i-- > 0;)
        (void)offer_to(backwards, &history->offers[i]);
    check_same(ledger, backwards, "the order of records matters");

    for (size_t i = 0; i < history->count; i++) {
        const struct offer *offer = &history->offers[i];

        if (offer->won == 0)
            continue;
        item_set_mask(offer->item, offer->won);
        if (offer_to(replayed, offer) != offer->won)
            give_up("a replayed item wins something else", NULL);
    }
    check_same(ledger, replayed, "a replay differs");
    check_compacted(replayed);
    ledger_free(backwards);
    ledger_free(replayed);
}

static void
read_file(const char *name, struct maker *maker, struct history *history, struct ledger *ledger)
{
    struct lines *lines;
    struct line line;
    struct record r;
    struct why why;
    enum fault fault;

    if (lines_open(name, &lines, &why) != FAULT_NONE)
        give_up(name, &why);
    lines_one_by_one(lines);
    for (;;) {
        if (lines_next(lines, -1, &line, &why) != FAULT_NONE)
            give_up(name, &why);
        if (line.state == LINE_END)
            break;
        fault = line.state == LINE_TOO_LARGE ? TOO_LARGE : message_read(maker, line.text, &r, &why);
        if (fault == FAULT_NONE)
            take_record(history, ledger, &r);
        else if (fault_is_refusal(fault))
            history->outcome[fault]++;
        else
            give_up(name, &why);
    }
    lines_close(lines);
}

/* ---- totals --------------------------------------------------------------------- */

static void
add_part(void *self, const struct part *part)
{
    struct counting *counting = self;
    uint32_t dim = dim_table_number(counting->dims, part->dim);
    struct row row = row_make(part, dim, part->amount);

    if (dim == UINT32_MAX)
        give_up("out of memory", NULL);
    if (part->amount == 0)
        give_up("a part of nothing", NULL);
    sums_add(&counting->fold, row.where, row.what, row.amount);
}

static void
print_scope(const struct counting *counting, size_t rows, int scope, const struct windows *windows,
            int32_t today)
{
    struct cells cells = { 0 };
    size_t count;

    for (size_t i = 0; i < rows; i++)
        if (row_touches(counting->fold.table[i].where, scope))
            cells_add(&cells, scope, windows, today, counting->fold.table[i].where,
                      counting->fold.table[i].what, counting->fold.table[i].amount, 1);
    count = cells_sort(&cells);
    if (cells.sums.failed)
        give_up("out of memory", NULL);
    for (size_t i = 0; i < count; i++) {
        char key[KEY_BYTES], field[FIELD_BYTES], amount[WIDE_TEXT];

        cell_key(&cells.sums.table[i], scope, windows, key);
        cell_field(&cells.sums.table[i], counting->dims, field);
        wide_write(cells.sums.table[i].amount, amount);
        printf("%s\t%s\t%s\n", key, field, amount);
    }
    cells_release(&cells);
}

static void
print_totals(const struct ledger *ledger, const struct windows *windows, int32_t today)
{
    struct counting counting = { .dims = must_have(dim_table_new()) };
    size_t first[SCOPE_COUNT + 1], cursor = 0, size;
    const uint8_t *entry;
    struct identity id;

    while (ledger_next(ledger, &cursor, &id, &entry, &size))
        if (!entry_parts(entry, size, add_part, &counting))
            give_up("entry_parts() failed", NULL);
    if (counting.fold.failed)
        give_up("out of memory", NULL);
    fold_sort(&counting.fold, first);
    for (int scope = 0; scope < SCOPE_COUNT; scope++)
        print_scope(&counting, first[SCOPE_COUNT], scope, windows, today);
    sums_release(&counting.fold);
    dim_table_free(counting.dims);
}

static void
print_outcome(const struct history *history)
{
    for (int i = 0; i < FAULT_COUNT; i++)
        if (history->outcome[i] > 0)
            printf("\t%s\t%" PRId64 "\n", fault_name((enum fault)i), history->outcome[i]);
    if (history->taken > 0)
        printf("\ttaken\t%" PRId64 "\n", history->taken);
    if (history->superseded > 0)
        printf("\tsuperseded\t%" PRId64 "\n", history->superseded);
}

int
main(int argc, char **argv)
{
    static const struct option options[] = { { "clock", required_argument, NULL, 'c' },
                                             { "windows", required_argument, NULL, 'w' },
                                             { NULL, 0, NULL, 0 } };
    const char *clock = "", *list = WINDOWS_DEFAULT;
    struct history history = { 0 };
    struct ledger *ledger = must_have(ledger_new());
    struct maker *maker = must_have(maker_new());
    struct windows windows;
    struct why why;
    int32_t today;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == '?')
            return 2;
        *(option == 'c' ? &clock : &list) = optarg;
    }
    if (!day_read(text_of(clock), &today) ||
        windows_read(text_of(list), &windows, &why) != FAULT_NONE)
        give_up("--clock YYYY-MM-DD [--windows 1d,7d] FILE...", NULL);
    for (int i = optind; i < argc; i++)
        read_file(argv[i], maker, &history, ledger);

    check_orders(&history, ledger);
    print_outcome(&history);
    print_totals(ledger, &windows, today);

    for (size_t i = 0; i < history.count; i++)
        free(history.offers[i].item);
    free(history.offers);
    maker_free(maker);
    ledger_free(ledger);
    return EXIT_SUCCESS;
}
