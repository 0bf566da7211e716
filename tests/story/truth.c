#include "tests/story/truth.h"

#include "tests/story/truth_inside.h"

struct truth *
truth_new(void)
{
    struct truth *t = must_allocate(sizeof *t);

    memset(t, 0, sizeof *t);
    return t;
}

static void
forget(struct truth *t)
{
    for (int log = 0; log <= LOGS_MOST; log++) {
        for (size_t i = 0; i < t->entry_count[log]; i++)
            free(t->entries[log][i].bytes);
        t->entry_count[log] = 0;
        for (int s = 0; s < SCOPE_COUNT; s++)
            t->pieces[log][s].count = 0;
    }
    truth_clear(t);
}

static void
dict_free(struct dict *d)
{
    for (uint32_t i = 0; i < d->count; i++)
        bytes_drop(d->fields[i].name);
    free(d->fields);
    free(d->index);
}

void
truth_free(struct truth *t)
{
    if (t == NULL)
        return;
    forget(t);
    for (int log = 0; log <= LOGS_MOST; log++) {
        free(t->entries[log]);
        for (int s = 0; s < SCOPE_COUNT; s++)
            free(t->pieces[log][s].list);
    }
    dict_free(&t->names);
    dict_free(&t->rankings);
    dict_free(&t->dims);
    free(t->places);
    free(t->cells);
    free(t->sums);
    free(t->touched_already);
    free(t->asked);
    free(t->touched);
    free(t);
}

void
truth_begin(struct truth *t, const struct windows *windows)
{
    forget(t);
    t->windows = *windows;
}

/* PUSH adds nothing to a total of 19 digits. */
#define TOTAL_LIMIT (10 * AMOUNT_LIMIT)

struct text
truth_join(struct text key, struct text field, char *out)
{
    memcpy(out, key.at, key.length);
    out[key.length] = '\0';
    if (field.length > 0)
        memcpy(out + key.length + 1, field.at, field.length);
    return (struct text){ out, key.length + 1 + field.length };
}

/* ---- sums ------------------------------------------------------------------------------ */

void
truth_clear(struct truth *t)
{
    for (size_t i = 0; i < t->touched_count; i++) {
        uint32_t cell = t->touched[i];

        t->sums[cell] = 0;
        t->touched_already[cell] = t->asked[cell] = false;
    }
    t->touched_count = 0;
}

void
truth_expect(struct truth *t, int log, uint32_t end, int scope, int32_t day, int from, int to)
{
    const struct pieces *p = &t->pieces[log][scope];

    for (size_t i = 0; i < p->count && p->list[i].message < end; i++) {
        const struct piece *piece = &p->list[i];

        if (piece->window > 0 && !(piece->day <= day && day - piece->window < piece->leaves))
            continue;
        if (t->cells[piece->cell].bucket < from || t->cells[piece->cell].bucket >= to)
            continue;
        t->sums[piece->cell] += piece->amount;
        if (!t->touched_already[piece->cell]) {
            t->touched_already[piece->cell] = true;
            t->touched[t->touched_count++] = piece->cell;
        }
    }
}

uint32_t
truth_cell(const struct truth *t, struct text key, struct text field)
{
    char name[NAME_BYTES];
    const struct dict_field *f;

    if (key.length + field.length + 1 > sizeof name)
        return 0;
    f = dict_find(&t->names, truth_join(key, field, name));
    return f == NULL ? 0 : (uint32_t)(f - t->names.fields) + 1;
}

uint32_t
truth_ranked_cell(const struct truth *t, struct text key, struct text member)
{
    char name[NAME_BYTES];
    const struct dict_field *f;

    if (key.length + member.length + 1 > sizeof name)
        return 0;
    f = dict_find(&t->rankings, truth_join(key, member, name));
    return f == NULL ? 0 : (uint32_t)f->score + 1;
}

wide_t
truth_value(const struct truth *t, uint32_t cell)
{
    if (cell == 0)
        return 0;
    t->asked[cell - 1] = true;
    return t->sums[cell - 1];
}

wide_t
truth_score(const struct truth *t, uint32_t cell)
{
    return cell == 0 ? 0 : t->sums[cell - 1];
}

size_t
truth_cells(const struct truth *t)
{
    size_t n = 0;

    for (size_t i = 0; i < t->touched_count; i++)
        n += t->sums[t->touched[i]] != 0;
    return n;
}

size_t
truth_scores(const struct truth *t)
{
    size_t n = 0;

    for (size_t i = 0; i < t->touched_count; i++)
        n += t->cells[t->touched[i]].ranked && t->sums[t->touched[i]] != 0;
    return n;
}

uint64_t
truth_digest(const struct truth *t)
{
    uint64_t digest = 0;

    for (size_t i = 0; i < t->touched_count; i++) {
        struct dice mix = { t->touched[i] * UINT64_C(0x9E3779B97F4A7C15) ^
                            (uint64_t)t->sums[t->touched[i]] };

        if (t->sums[t->touched[i]] != 0)
            digest += dice_bits(&mix);
    }
    return digest;
}

bool
truth_is_huge(const struct truth *t)
{
    for (size_t i = 0; i < t->touched_count; i++) {
        wide_t sum = t->sums[t->touched[i]];

        if (sum >= TOTAL_LIMIT || sum <= -TOTAL_LIMIT)
            return true;
    }
    return false;
}

void
truth_name_missing(const struct truth *t, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < t->touched_count; i++) {
        uint32_t cell = t->touched[i];
        const char *key = t->names.fields[cell].name->at;
        char number[WIDE_TEXT];

        if (t->sums[cell] == 0 || t->asked[cell])
            continue;
        (void)wide_write(t->sums[cell], number);
        (void)snprintf(out, size, "%s %s should be %s and is not there", key, key + strlen(key) + 1,
                       number);
        return;
    }
}
