/* A small row for each letter and each note, sorted.
 *
 * Letters are sorted by the message that they are of, so that those of one message stand together;
 * notes by the letter that they are about. */
#include "ingest/letters.h"

#include "base/crc32.h"
#include "base/grow.h"

#include <stdlib.h>

struct row {
    struct letter_place origin, at;
    uint32_t content; /* of key and value */
    int64_t tries;    /* of the letter itself; once settled: of all of the message */
    bool is_first;
};

struct note {
    struct letter_place about;
    int64_t tries;
};

struct letters {
    struct row *rows;
    size_t row_count, row_room;
    struct note *notes;
    size_t note_count, note_room;
};

struct letters *
letters_new(void)
{
    return calloc(1, sizeof(struct letters));
}

void
letters_free(struct letters *letters)
{
    if (letters == NULL)
        return;
    free(letters->rows);
    free(letters->notes);
    free(letters);
}

/* A null is told from an empty text. */
static uint32_t
content_of(const struct letter *letter)
{
    const uint8_t absent[2] = { letter->key.at == NULL, letter->value.at == NULL };
    uint64_t length = letter->key.length;
    uint32_t crc = crc32_of(crc32_of(0, absent, sizeof absent), &length, sizeof length);

    crc = crc32_of(crc, letter->key.at, letter->key.length);
    return crc32_of(crc, letter->value.at, letter->value.length);
}

static struct row
row_of(const struct letter *letter)
{
    /* What the gateway refused lay nowhere: each is a message of its own. */
    return (struct row){ .origin = letter->refused_by.at != NULL ? letter->at : letter->origin,
                         .at = letter->at,
                         .content = content_of(letter),
                         .tries = letter->tries };
}

static enum fault
add_note(struct letters *letters, const struct letter *letter, struct why *why)
{
    struct note *larger =
        grow(letters->notes, &letters->note_room, letters->note_count + 1, sizeof *larger);

    if (larger == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for what was sent again");
    letters->notes = larger;
    larger[letters->note_count++] = (struct note){ letter->retried, letter->retried_tries };
    return FAULT_NONE;
}

enum fault
letters_add(struct letters *letters, const struct letter *letter, struct why *why)
{
    struct row *larger;

    if (letters->row_count + letters->note_count >= LETTERS_MOST)
        return why_set(why, FAULT_NO_MEMORY, "more than %d dead letters", LETTERS_MOST);
    if (letter->kind == LETTER_NOTE)
        return add_note(letters, letter, why);
    if (letter->kind != LETTER_DEAD)
        return FAULT_NONE;
    larger = grow(letters->rows, &letters->row_room, letters->row_count + 1, sizeof *larger);
    if (larger == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for dead letters");
    letters->rows = larger;
    larger[letters->row_count++] = row_of(letter);
    return FAULT_NONE;
}

/* ---- order -------------------------------------------------------------------------- */

static int
compare_messages(const struct row *a, const struct row *b)
{
    int order = letter_place_compare(a->origin, b->origin);

    return order != 0 ? order : (a->content > b->content) - (a->content < b->content);
}

static int
compare_rows(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    int order = compare_messages(a, b);

    return order != 0 ? order : letter_place_compare(a->at, b->at);
}

static int
compare_notes(const void *left, const void *right)
{
    const struct note *a = left, *b = right;

    return letter_place_compare(a->about, b->about);
}

/* The most that its notes say; 0: it has none. */
static int64_t
tries_noted(const struct letters *letters, struct letter_place at)
{
    const struct note wanted = { .about = at };
    const struct note *found = letters->note_count == 0
                                   ? NULL
                                   : bsearch(&wanted, letters->notes, letters->note_count,
                                             sizeof *letters->notes, compare_notes);
    const struct note *end = letters->notes + letters->note_count;
    int64_t most = 0;

    if (found == NULL)
        return 0;
    while (found > letters->notes && compare_notes(found - 1, &wanted) == 0)
        found--;
    for (; found < end && compare_notes(found, &wanted) == 0; found++)
        most = found->tries > most ? found->tries : most;
    return most;
}

/* All rows of one message know of each other's tries. */
static void
settle_run(const struct letters *letters, size_t first, size_t end)
{
    int64_t most = 0;

    for (size_t i = first; i < end; i++) {
        int64_t noted = tries_noted(letters, letters->rows[i].at);

        most = noted > most ? noted : most;
        most = letters->rows[i].tries > most ? letters->rows[i].tries : most;
    }
    for (size_t i = first; i < end; i++) {
        letters->rows[i].tries = most;
        letters->rows[i].is_first = i == first;
    }
}

void
letters_settle(struct letters *letters)
{
    size_t first = 0;

    if (letters->note_count > 0)
        qsort(letters->notes, letters->note_count, sizeof *letters->notes, compare_notes);
    if (letters->row_count > 0)
        qsort(letters->rows, letters->row_count, sizeof *letters->rows, compare_rows);
    for (size_t i = 1; i <= letters->row_count; i++) {
        if (i < letters->row_count &&
            compare_messages(&letters->rows[first], &letters->rows[i]) == 0)
            continue;
        settle_run(letters, first, i);
        first = i;
    }
}

struct letter_state
letters_state(const struct letters *letters, const struct letter *letter)
{
    const struct row wanted = row_of(letter);
    const struct row *row = letters->row_count == 0
                                ? NULL
                                : bsearch(&wanted, letters->rows, letters->row_count,
                                          sizeof *letters->rows, compare_rows);
    int64_t tries = row == NULL ? letter->tries : row->tries;

    return (struct letter_state){ .is_repeat = row != NULL && !row->is_first,
                                  .was_retried = tries > 0,
                                  .tries = tries };
}
