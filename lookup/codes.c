/* Lists of codes, a row at a time.
 *
 * Each list is a function from a number to a row, so nobody needs memory for one, and
 * JSON, the table and the server go through the same rows. */
#include "lookup/codes.h"

#include "record/place.h"
#include "record/unit.h"

const char *const codes_names[CODES_COUNT] = { "provinces",  "partners", "measures",
                                               "currencies", "units",    "windows" };

bool
codes_read(struct text name, enum codes *out)
{
    for (int i = 0; i < CODES_COUNT; i++)
        if (text_equal(name, text_of(codes_names[i]))) {
            *out = (enum codes)i;
            return true;
        }
    return false;
}

static void
name_row(struct code_row *row, const char *code, const char *english, const char *chinese)
{
    (void)snprintf(row->code, sizeof row->code, "%s", code);
    (void)snprintf(row->english, sizeof row->english, "%s", english);
    (void)snprintf(row->chinese, sizeof row->chinese, "%s", chinese == NULL ? "" : chinese);
}

/* ---- places --------------------------------------------------------------------------- */

static bool
province_row(size_t number, const struct lookup *lookup, struct code_row *row)
{
    static const int numbers[] = {
#define PROVINCE(id, code, english, chinese, number) number,
#include "record/province.def"
#undef PROVINCE
    };
    int scope = (int)number;

    (void)lookup;
    if (number >= SCOPE_COUNT)
        return false;
    name_row(row, scope_code(scope), scope_english(scope), scope_chinese(scope));
    row->can_be_total = true;
    row->is_total = scope >= PROVINCE_CN;
    if (scope < PROVINCE_CN)
        (void)snprintf(row->number, sizeof row->number, "%d0000", numbers[scope]);
    return true;
}

static bool
partner_row(size_t number, const struct lookup *lookup, struct code_row *row)
{
    static const struct {
        const char *alpha3;
        int number;
    } countries[] = {
#define PARTNER(id, code, english, alpha3, number, chinese) { alpha3, number },
#include "record/partner.def"
#undef PARTNER
    };
    int partner = (int)number;

    (void)lookup;
    if (number > PARTNER_ALL)
        return false;
    name_row(row, partner_code(partner), partner_english(partner), partner_chinese(partner));
    row->can_be_total = true;
    row->is_total = partner >= PARTNER_COUNTRIES;
    if (row->is_total)
        return true;
    (void)snprintf(row->alpha3, sizeof row->alpha3, "%s", countries[partner].alpha3);
    (void)snprintf(row->number, sizeof row->number, "%03d", countries[partner].number);
    return true;
}

/* ---- measures ------------------------------------------------------------------------- */

struct words {
    const char *unit, *english, *chinese;
};
static const struct words families[FAMILY_COUNT] = {
#define FAMILY(number, english, chinese) [number] = { NULL, english, chinese },
#define FORM(form, unit, english, chinese)
#define KIND(kind, english, chinese)
#include "lookup/measure_words.def"
#undef FAMILY
#undef FORM
};
static const struct words forms[MEASURE_KIND] = {
#define FAMILY(number, english, chinese)
#define FORM(form, unit, english, chinese) [form] = { unit, english, chinese },
#include "lookup/measure_words.def"
#undef KIND
#undef FORM
};
static const struct words kinds[KIND_COUNT] = {
#define FORM(form, unit, english, chinese)
#define KIND(kind, english, chinese) [KIND_##kind] = { "agreements", english, chinese },
#include "lookup/measure_words.def"
#undef FAMILY
#undef FORM
#undef KIND
};

static const struct words *
words_of(uint32_t measure)
{
    enum measure_form form = measure_form(measure);

    return form == MEASURE_KIND ? &kinds[measure & 0xffffff] : &forms[form];
}

void
measure_words(uint32_t measure, char english[CODES_WORDS], char chinese[CODES_WORDS])
{
    const struct words *family = &families[measure_family(measure)], *what = words_of(measure);

    if (english != NULL)
        (void)snprintf(english, CODES_WORDS, "%s: %s", family->english, what->english);
    if (chinese != NULL)
        (void)snprintf(chinese, CODES_WORDS, "%s：%s", family->chinese, what->chinese);
}

/* An example of each family and form.  False: there is no such measure. */
static bool
measure_example(size_t number, uint32_t *out)
{
    enum { FORMS = MEASURE_KIND + KIND_COUNT };
    char name[MEASURE_TEXT];
    size_t form = number % FORMS;
    uint32_t what = form > MEASURE_KIND ? (uint32_t)(form - MEASURE_KIND) : 0;

    form = form > MEASURE_KIND ? MEASURE_KIND : form;
    if (form < MEASURE_EVENTS)
        what = form % 2 == MEASURE_MONEY ? CURRENCY_CNY : measure_pack_unit(TEXT_LITERAL("KGM"));
    if (form == MEASURE_DAYS_MONEY)
        what = CURRENCY_CNY;
    *out = measure_make((int)(number / FORMS), (enum measure_form)form, what);
    uint32_t back;
    size_t length = measure_write(*out, name);
    return measure_read((struct text){ name, length }, &back) && back == *out;
}
enum { MEASURE_NUMBERS = FAMILY_COUNT * (MEASURE_KIND + KIND_COUNT) };

static bool
measure_row(size_t number, const struct lookup *lookup, struct code_row *row)
{
    static const char *const examples[][2] = { { ".CNY", ".{currency}" }, { ".KGM", ".{unit}" } };
    uint32_t measure = 0;
    size_t found = 0;

    (void)lookup;
    for (size_t i = 0; i < MEASURE_NUMBERS; i++)
        if (measure_example(i, &measure) && found++ == number)
            break;
    if (found <= number)
        return false;
    size_t length = measure_write(measure, row->code);
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        size_t end = strlen(examples[i][0]);

        if (length > end && strcmp(row->code + length - end, examples[i][0]) == 0)
            (void)snprintf(row->code + length - end, sizeof row->code - length + end, "%s",
                           examples[i][1]);
    }
    (void)snprintf(row->unit, sizeof row->unit, "%s", words_of(measure)->unit);
    if (measure == measure_make(FAMILY_AGREEMENTS, MEASURE_UNDECIDED, 0))
        (void)snprintf(row->unit, sizeof row->unit, "agreements");
    measure_words(measure, row->english, row->chinese);
    return true;
}

/* ---- currencies, units, windows --------------------------------------------------------- */

static bool
currency_row(size_t number, const struct lookup *lookup, struct code_row *row)
{
    int currency = (int)number;

    (void)lookup;
    if (number >= CURRENCY_COUNT)
        return false;
    name_row(row, currency_code(currency), currency_english(currency), currency_chinese(currency));
    row->digits = currency_digits(currency);
    return true;
}

static bool
unit_row(size_t number, const struct lookup *lookup, struct code_row *row)
{
    const char *code = unit_code(number);

    (void)lookup;
    if (code == NULL)
        return false;
    name_row(row, code, unit_english(text_of(code)), unit_chinese(text_of(code)));
    return true;
}

static bool
window_row(size_t number, const struct lookup *lookup, struct code_row *row)
{
    size_t moving = (size_t)lookup->windows.count;

    if (number >= moving + 2)
        return false;
    if (number == moving)
        name_row(row, "{year}", "that calendar year", "该自然年");
    if (number == moving + 1)
        name_row(row, "all", "everything", "全部");
    if (number >= moving)
        return true;
    (void)window_write((int)number, &lookup->windows, row->code);
    if (lookup->windows.days[number] == 1) {
        (void)snprintf(row->english, sizeof row->english, "the day that the totals are of");
        (void)snprintf(row->chinese, sizeof row->chinese, "统计日当天");
        return true;
    }
    (void)snprintf(row->english, sizeof row->english,
                   "the last %d days, up to and with the day that the totals are of",
                   lookup->windows.days[number]);
    (void)snprintf(row->chinese, sizeof row->chinese, "截至统计日（含当日）的最近%d天",
                   lookup->windows.days[number]);
    return true;
}

/* ---- any of them ------------------------------------------------------------------------ */

bool
codes_row(enum codes list, size_t number, const struct lookup *lookup, struct code_row *out)
{
    static bool (*const rows[CODES_COUNT])(size_t, const struct lookup *, struct code_row *) = {
        province_row, partner_row, measure_row, currency_row, unit_row, window_row,
    };

    *out = (struct code_row){ .digits = -1 };
    return rows[list](number, lookup, out);
}

/* A member that only some lists have; null where this row has none. */
static void
put_member(struct bytes *b, const char *name, const char *text)
{
    bytes_word(b, name);
    if (text[0] == '\0')
        bytes_word(b, "null");
    else
        bytes_json(b, text_of(text));
}

static void
put_row(enum codes list, const struct code_row *row, struct bytes *b)
{
    put_member(b, "{\"code\":", row->code);
    put_member(b, ",\"english\":", row->english);
    put_member(b, ",\"chinese\":", row->chinese);
    if (row->can_be_total)
        bytes_word(b, row->is_total ? ",\"is_total\":true" : ",\"is_total\":false");
    if (list == CODES_PARTNERS)
        put_member(b, ",\"alpha3\":", row->alpha3);
    if (row->can_be_total)
        put_member(b, ",\"number\":", row->number);
    if (list == CODES_MEASURES)
        put_member(b, ",\"unit\":", row->unit);
    if (list == CODES_CURRENCIES) {
        bytes_word(b, ",\"digits\":");
        bytes_integer(b, row->digits);
    }
    bytes_char(b, '}');
}

void
codes_json(enum codes list, const struct lookup *lookup, struct bytes *b)
{
    struct code_row row;

    bytes_print(b, "{\"list\":\"%s\",\"rows\":[", codes_names[list]);
    for (size_t i = 0; codes_row(list, i, lookup, &row); i++) {
        bytes_word(b, i == 0 ? "" : ",");
        put_row(list, &row, b);
    }
    bytes_word(b, "]}");
}
