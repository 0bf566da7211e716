/* What a name may mean.
 *
 * Three questions are asked one after the other, and the first that has an answer is
 * it: which names begin with the text, which have a word that does, which are a few
 * letters away.  A few are one in seven, so that no short name is near another one by
 * chance; a swap of two neighbours is one letter. */
#include "lookup/candidates.h"

enum {
    TAKEN_LEAST = 4,      /* letters of a beginning that is taken for a name, */
    TAKEN_WIDE_LEAST = 2, /* and characters of a Chinese one */
    TOLD_LEAST = 3,       /* letters of one whose names are told; of a Chinese one any */
    NEAR_LEAST = 3,       /* characters of a text that has neighbours */
    NAME_LEAST = 4,       /* and of Latin letters in a name that is one */
    LETTERS_AN_ERROR = 4,
    ERRORS_MOST = 3,
};

/* ---- spelling --------------------------------------------------------------------------- */

struct letters {
    size_t count;
    uint32_t at[PLAIN_BYTES];
    bool is_wide; /* not of the Latin alphabet */
};

/* Bytes that are no UTF-8 are letters of their own. */
static void
read_letters(const struct plain *p, struct letters *out)
{
    struct text t = text_of_plain(p);

    *out = (struct letters){ 0 };
    while (t.length > 0) {
        size_t length = text_character(t);
        uint32_t letter = 0;

        length = length == 0 ? 1 : length;
        for (size_t i = 0; i < length; i++)
            letter = letter << 8 | (uint8_t)t.at[i];
        out->is_wide = out->is_wide || length > 2;
        out->at[out->count++] = letter;
        t.at += length;
        t.length -= length;
    }
}

static size_t
least_of(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;

    return least < c ? least : c;
}

/* How many letters must be put in, left out, replaced, or swapped with their neighbour to make one
 * of the other (optimal string alignment). */
static size_t
distance(const struct letters *a, const struct letters *b)
{
    size_t rows[3][PLAIN_BYTES + 1], *before = rows[0], *last = rows[1], *row = rows[2];

    for (size_t j = 0; j <= b->count; j++)
        last[j] = before[j] = j;
    for (size_t i = 1; i <= a->count; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b->count; j++) {
            bool is_same = a->at[i - 1] == b->at[j - 1];

            row[j] = least_of(last[j] + 1, row[j - 1] + 1, last[j - 1] + !is_same);
            if (i > 1 && j > 1 && a->at[i - 1] == b->at[j - 2] && a->at[i - 2] == b->at[j - 1])
                row[j] = least_of(row[j], before[j - 2] + 1, row[j]);
        }
        size_t *next = before;
        before = last;
        last = row;
        row = next;
    }
    return last[b->count];
}

/* How many errors a text may have and still be one of these names. */
static size_t
errors_of(const struct letters *l)
{
    size_t errors = l->count / (l->is_wide ? NEAR_LEAST : LETTERS_AN_ERROR);

    if (l->count < NEAR_LEAST)
        return 0;
    errors = errors < 1 ? 1 : errors;
    return errors < ERRORS_MOST ? errors : ERRORS_MOST;
}

/* ---- rows that are found ---------------------------------------------------------------- */

enum { ROWS_MOST = PARTNER_COUNT };
_Static_assert((int)PROVINCE_COUNT < (int)PARTNER_COUNT, "a place for each row");

struct found {
    bool rows[ROWS_MOST];
    size_t count;
};

static void
put_row(struct found *found, int row)
{
    found->count += !found->rows[row];
    found->rows[row] = true;
}

/* Only names of the table: what else people write is no better known by its beginning. */
static void
find_beginnings(enum field field, const struct plain *p, struct found *starts, struct found *words)
{
    struct called name;

    for (size_t i = 0; called_name(field, i, &name); i++) {
        if (!name.is_own || name.is_code)
            continue;
        if (is_plain_beginning(p, name.name))
            put_row(starts, name.row);
        if (is_plain_word(p, name.name))
            put_row(words, name.row);
    }
}

static void
find_nearest(enum field field, const struct plain *p, struct found *found)
{
    struct letters written, other;
    struct plain plain_name;
    struct called name;

    read_letters(p, &written);
    size_t least = errors_of(&written) + 1;
    for (size_t i = 0; called_name(field, i, &name); i++) {
        if (name.is_code || !plainly(text_of(name.name), &plain_name))
            continue;
        read_letters(&plain_name, &other);
        if (!other.is_wide && other.count < NAME_LEAST)
            continue;
        size_t errors = distance(&written, &other);
        if (errors < least) {
            *found = (struct found){ 0 };
            least = errors;
        }
        if (errors == least && errors <= errors_of(&written))
            put_row(found, name.row);
    }
}

static void
take(enum field field, const struct found *found, bool are_meanings, struct candidates *out)
{
    out->are_meanings = are_meanings;
    for (int row = 0; row < ROWS_MOST; row++) {
        if (!found->rows[row])
            continue;
        if (out->count == CANDIDATES_MOST)
            out->left_out++;
        else if (field == FIELD_PROVINCE)
            out->rows[out->count++] =
                (struct candidate){ scope_code(row), scope_english(row), scope_chinese(row) };
        else
            out->rows[out->count++] =
                (struct candidate){ partner_code(row), partner_english(row), partner_chinese(row) };
    }
}

static bool
has_letters(const struct plain *p, size_t least, size_t least_wide)
{
    struct letters letters;

    read_letters(p, &letters);
    return letters.count >= (letters.is_wide ? least_wide : least);
}

int
candidates_of(enum field field, struct text written, struct candidates *out)
{
    struct found starts = { 0 }, words = { 0 }, near = { 0 };
    struct plain p;

    *out = (struct candidates){ 0 };
    if (!plainly(written, &p) || !has_letters(&p, TOLD_LEAST, 1))
        return -1;
    find_beginnings(field, &p, &starts, &words);
    if (words.count == 1 && starts.count == 1 && has_letters(&p, TAKEN_LEAST, TAKEN_WIDE_LEAST))
        for (int row = 0; row < ROWS_MOST; row++)
            if (starts.rows[row])
                return row;
    if (words.count > 0) {
        take(field, &words, words.count > 1, out);
        return -1;
    }
    find_nearest(field, &p, &near);
    take(field, &near, false, out);
    return -1;
}

enum { MORE_BYTES = 24 }; /* of "and 12 more" */

void
candidates_say(const struct candidates *candidates, struct text_buffer *out)
{
    size_t said = 0, size = out->size;

    out->size = size > MORE_BYTES ? size - MORE_BYTES : 0;
    for (; said < candidates->count && !out->full; said += !out->full) {
        const struct candidate *row = &candidates->rows[said];

        text_print(out, "%s%s (%s %s)", said == 0 ? "" : ", ", row->code, row->english,
                   row->chinese);
    }
    out->size = size;
    out->full = false;
    if (said < candidates->count || candidates->left_out > 0)
        text_print(out, " and %zu more", candidates->count - said + candidates->left_out);
}
