/* The table of units (unit.def), and finding a code in it.
 *
 * Codes are compared as numbers of three bytes, so a look-up is a few
 * comparisons in a sorted array. */
#include "record/unit.h"

#include <strings.h>

struct unit {
    const char *code, *english;
};

static const struct unit units[] = {
#define UNIT(code, english) { code, english },
#include "record/unit.def"
#undef UNIT
};

enum { UNIT_COUNT = sizeof units / sizeof units[0] };

/* By bytes, as strcmp() compares; a code that begins the other one is less. */
static int
compare(struct text code, const char *with)
{
    struct text other = text_of(with);

    return text_compare(code, other);
}

/* The row of a code; NULL: there is none. */
static const struct unit *
unit_find(struct text code)
{
    size_t low = 0, high = UNIT_COUNT;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(code, units[middle].code);

        if (order == 0)
            return &units[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

bool
unit_is_known(struct text code)
{
    return code.length <= UNIT_LENGTH && unit_find(code) != NULL;
}

const char *
unit_english(struct text code)
{
    const struct unit *unit = unit_find(code);

    return unit == NULL ? NULL : unit->english;
}

const char *
unit_chinese(struct text code)
{
    static const char *const names[][2] = {
#define UNIT_CHINESE(code, name) { code, name },
#include "record/unit_chinese.def"
#undef UNIT_CHINESE
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (text_equal(code, text_of(names[i][0])))
            return names[i][1];
    return NULL;
}

const char *
unit_code(size_t row)
{
    return row < UNIT_COUNT ? units[row].code : NULL;
}

const char *
unit_meant(struct text written)
{
    /* What customs forms, spreadsheets and former editions write. */
    static const char *const habits[][2] = {
        { "KG", "KGM" },   { "KGS", "KGM" },  { "G", "GRM" },   { "T", "TNE" },    { "TON", "TNE" },
        { "TONS", "TNE" }, { "MT", "TNE" },   { "PC", "H87" },  { "PCS", "H87" },  { "PCE", "H87" },
        { "NO", "H87" },   { "NMB", "H87" },  { "NR", "H87" },  { "U", "H87" },    { "UNT", "H87" },
        { "M", "MTR" },    { "M2", "MTK" },   { "M3", "MTQ" },  { "CBM", "MTQ" },  { "KM", "KMT" },
        { "KTM", "KMT" },  { "L", "LTR" },    { "LT", "LTR" },  { "BBL", "BLL" },  { "QT", "QTL" },
        { "NPR", "PR" },   { "PRS", "PR" },   { "DOZ", "DZN" }, { "SETS", "SET" }, { "CAR", "CTM" },
        { "KWHR", "KWH" }, { "TEUS", "E22" },
    };

    for (size_t i = 0; i < sizeof habits / sizeof habits[0]; i++)
        if (written.length == strlen(habits[i][0]) &&
            strncasecmp(written.at, habits[i][0], written.length) == 0)
            return habits[i][1];
    return NULL;
}
