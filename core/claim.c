/* claim.c - a part that says more than its whole (core/claim.h). */
#include "core/claim.h"

#include <stdlib.h>

static int
order_of(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* Longest first, then earliest; no two are equal. */
static int
compare_length(const void *left, const void *right)
{
    const struct claim *a = left, *b = right;
    int order = order_of((int64_t)b->end - b->start, (int64_t)a->end - a->start);

    return order != 0 ? order : order_of(a->start, b->start);
}

/* Highest grade first. */
static int
compare_strength(const void *left, const void *right)
{
    const struct claim *a = left, *b = right;

    return a->grade != b->grade ? order_of(b->grade, a->grade) : compare_length(left, right);
}

/* ---- a few: each against each ---------------------------------------------------- */

static bool
bursts(const struct claim *part, const struct claim *whole)
{
    return part->amount > whole->amount && whole->start <= part->start && part->end <= whole->end;
}

static bool
fits_each(const struct claim *claim, const struct claim *kept, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (bursts(claim, &kept[i]) || bursts(&kept[i], claim))
            return false;
    return true;
}

/* ---- many: what was kept is remembered by its dates ---------------------------------
 *
 *      least[e * dates + s]  the smallest kept amount from s until e or later
 *      most [e * dates + s]  the largest kept amount from s until e or earlier
 */

struct peaks {
    int64_t *least, *most;
    size_t dates;
};

static struct peaks
peaks_make(int64_t *room, size_t dates)
{
    struct peaks peaks = { room, room + dates * dates, dates };

    for (size_t i = 0; i < dates * dates; i++) {
        peaks.least[i] = INT64_MAX;
        peaks.most[i] = -1;
    }
    return peaks;
}

static bool
peaks_fit(const struct peaks *peaks, const struct claim *claim)
{
    const int64_t *least = peaks->least + claim->last * peaks->dates;
    const int64_t *most = peaks->most + claim->last * peaks->dates;

    for (size_t s = 0; s <= claim->first; s++)
        if (least[s] < claim->amount)
            return false;
    for (size_t s = claim->first; s < claim->last; s++)
        if (most[s] > claim->amount)
            return false;
    return true;
}

static void
peaks_put(struct peaks *peaks, const struct claim *claim)
{
    for (size_t e = 0; e <= claim->last; e++) {
        int64_t *least = &peaks->least[e * peaks->dates + claim->first];

        *least = claim->amount < *least ? claim->amount : *least;
    }
    for (size_t e = claim->last; e < peaks->dates; e++) {
        int64_t *most = &peaks->most[e * peaks->dates + claim->first];

        *most = claim->amount > *most ? claim->amount : *most;
    }
}

/* ---- both ------------------------------------------------------------------------------ */

size_t
claims_sift(struct claim *claims, size_t count, size_t date_count, int64_t *peaks_room)
{
    struct peaks peaks = { NULL, NULL, 0 };
    size_t kept = 0;
    bool is_ordered = true; /* by length: of one grade they are */

    if (peaks_room != NULL)
        peaks = peaks_make(peaks_room, date_count);
    qsort(claims, count, sizeof *claims, compare_strength);
    for (size_t i = 0; i < count; i++) {
        struct claim claim = claims[i];

        if (!(peaks_room != NULL ? peaks_fit(&peaks, &claim) : fits_each(&claim, claims, kept))) {
            claim.figure->standing = FIGURE_CONTRADICTED;
            continue;
        }
        if (peaks_room != NULL)
            peaks_put(&peaks, &claim);
        is_ordered = is_ordered && (kept == 0 || claims[kept - 1].grade == claim.grade);
        claims[kept++] = claim;
    }
    if (!is_ordered)
        qsort(claims, kept, sizeof *claims, compare_length);
    return kept;
}
