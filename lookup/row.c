/* Rows, and the scopes that they were read from. */
#include "lookup/row.h"

#include "base/day.h"
#include "base/grow.h"

#include <inttypes.h>
#include <xxhash.h>

const struct row_note row_notes[ROW_NOTES] = {
    { "derived", NOTE_DERIVED, true },
    { "adjusted", NOTE_ADJUSTED, true },
    { "inexact", NOTE_INEXACT, false },
    { "undecided", NOTE_UNDECIDED, false },
    { "contradicted", NOTE_CONTRADICTED, false },
    { "covered", NOTE_COVERED, false },
    { "mismatched", NOTE_MISMATCHED, false },
};

void
sheet_release(struct sheet *sheet)
{
    keep_release(&sheet->kept);
    free(sheet->rows);
    free(sheet->shares);
    *sheet = (struct sheet){ .lookup = sheet->lookup };
}

struct sheet_row *
sheet_add(struct sheet *sheet)
{
    struct sheet_row *larger = grow(sheet->rows, &sheet->room, sheet->count + 1, sizeof *larger);

    if (larger == NULL)
        return NULL;
    sheet->rows = larger;
    larger[sheet->count] = (struct sheet_row){ .is_known = true };
    return &larger[sheet->count++];
}

/* Is a trusted less than b? */
static bool
is_worse(const struct asof *a, const struct asof *b, const struct lookup *lookup)
{
    /* In the order in which a reader has to know of them. */
    static const int badness[] = {
        [TRUST_WHOLE] = 0,  [TRUST_OLD] = 1,     [TRUST_AHEAD] = 2,
        [TRUST_UNTOLD] = 3, [TRUST_PARTIAL] = 4, [TRUST_NOTHING] = 5,
    };
    int of_a = badness[asof_trust(a, lookup)], of_b = badness[asof_trust(b, lookup)];

    return of_a != of_b ? of_a > of_b : a->through_ms < b->through_ms;
}

struct asof
sheet_asof(const struct sheet *sheet)
{
    struct asof least = sheet->standings[0].asof;

    for (int i = 1; i < sheet->standing_count; i++)
        if (is_worse(&sheet->standings[i].asof, &least, sheet->lookup))
            least = sheet->standings[i].asof;
    return least;
}

void
sheet_version(const struct sheet *sheet, char out[VERSION_BYTES])
{
    int64_t all[2 * SCOPE_COUNT];
    int count = 0;

    out[0] = '\0';
    if (sheet->standing_count == 1 && sheet->standings[0].asof.version < 0)
        return;
    for (int i = 0; i < sheet->standing_count; i++) {
        all[count++] = sheet->standings[i].asof.version;
        all[count++] = asof_trust(&sheet->standings[i].asof, sheet->lookup);
    }
    if (sheet->standing_count == 1)
        (void)snprintf(out, VERSION_BYTES, "%" PRId64, all[0]);
    else
        (void)snprintf(out, VERSION_BYTES, "%016" PRIx64,
                       (uint64_t)XXH3_64bits(all, (size_t)count * sizeof all[0]));
}

struct text
row_time(const struct sheet_row *row, const struct lookup *lookup, char out[MONTH_BYTES])
{
    switch ((enum row_time)row->time) {
    case ROW_WINDOW:
        return (struct text){ out, window_write(row->at, &lookup->windows, out) };
    case ROW_MONTH:
        return name_show_month(row->at, out);
    case ROW_YEAR:
        (void)snprintf(out, MONTH_BYTES, "%04d", row->at % 10000);
        return text_of(out);
    case ROW_RANGE:
        break;
    }
    return TEXT_LITERAL("");
}

static int32_t
first_of(int month)
{
    return day_from_date((struct date){ month / 12, month % 12 + 1, 1 });
}

int32_t
row_days_of(enum row_time time, int32_t at, const struct lookup *lookup)
{
    if (time == ROW_MONTH)
        return first_of(at + 1) - first_of(at);
    if (time == ROW_YEAR || at >= WINDOW_YEAR) {
        int32_t year = time == ROW_YEAR ? at : at - WINDOW_YEAR;
        return first_of((year + 1) * 12) - first_of(year * 12);
    }
    return at < lookup->windows.count ? lookup->windows.days[at] : 0;
}
