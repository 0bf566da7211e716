/* Numbers, periods and names in sentences (lookup/doubt_words.h).
 *
 * A number that is a few digits and many zeros is told in billions or millions, since
 * nobody counts zeros; any other one with all its digits.  Nothing is rounded. */
#include "lookup/doubt_words.h"

#include "lookup/show.h"

#define THOUSAND 1000
#define MILLION INT64_C(1000000)
#define BILLION INT64_C(1000000000)

/* ---- numbers ------------------------------------------------------------------- */

static int
digits_of(uint32_t what)
{
    return measure_form(what) == MEASURE_MONEY ? currency_digits((int)(what & 0xFFFFFF))
                                               : QUANTITY_DIGITS;
}

/* "42.64 billion" where that is all of it, else all digits; without the unit.  n is
 * not negative. */
void
words_number(struct text_buffer *b, uint32_t what, wide_t n)
{
    char text[NUMBER_BYTES];
    int digits = digits_of(what);
    wide_t one = 1;

    for (int i = 0; i < digits; i++)
        one *= 10;
    wide_t whole = n / one;
    bool is_billions = whole >= BILLION && n % (one * THOUSAND) == 0;
    bool is_millions = !is_billions && whole >= MILLION && n % (one * THOUSAND) == 0;
    if (!is_billions && !is_millions) {
        size_t length = amount_show(n, digits, text, sizeof text);
        /* Whole numbers of units need no point. */
        bool is_whole = digits > 0 && n % one == 0;
        text_put(b, (struct text){ text, is_whole ? length - (size_t)digits - 1 : length });
        return;
    }
    wide_t large = is_billions ? BILLION : MILLION;
    char behind[8];
    text_put(b, (struct text){ text, amount_show(whole / large, 0, text, sizeof text) });
    (void)snprintf(behind, sizeof behind, is_billions ? "%06d" : "%03d",
                   (int)(whole % large / THOUSAND));
    size_t length = strlen(behind);
    while (length > 0 && behind[length - 1] == '0')
        length--;
    words_put(b, length > 0 ? "." : "");
    text_put(b, (struct text){ behind, length });
    words_put(b, is_billions ? " billion" : " million");
}

void
words_unit(struct text_buffer *b, uint32_t what)
{
    char unit[MEASURE_TEXT];

    text_put_char(b, ' ');
    text_put(b, show_unit(what, unit));
}

/* "at least 29.7 billion CNY" */
void
words_amount(struct text_buffer *b, const struct spoken *s)
{
    static const char *const BOUND_WORDS[BOUND_COUNT] = { "", "about ", "at least ", "at most " };

    if (!s->has_amount) {
        words_put(b, "no amount");
        return;
    }
    words_put(b, BOUND_WORDS[s->bound]);
    words_number(b, s->what, s->amount);
    words_unit(b, s->what);
}

/* 1.4 % of thousandths. */
void
words_percent(struct text_buffer *b, int64_t thousandths)
{
    text_put_integer(b, thousandths / 10);
    if (thousandths < 1000) {
        text_put_char(b, '.');
        text_put_integer(b, thousandths % 10);
    }
    words_put(b, " %");
}

void
words_rate(struct text_buffer *b, int32_t rate)
{
    char text[NUMBER_BYTES];

    text_put(b, (struct text){ text, amount_show(rate, 4, text, sizeof text) });
}

/* ---- who, what, when ---------------------------------------------------------------- */

static void
put_month(struct text_buffer *b, struct date date)
{
    char text[16];

    (void)snprintf(text, sizeof text, "%04d-%02d", date.year, date.month);
    words_put(b, text);
}

static bool
is_first_of_month(int32_t day)
{
    return day_to_date(day).day_of_month == 1;
}

/* "2023", "2023-06", "2023-01 to 2023-09", "2023-01-05 to 2023-01-31", "2023-03-31". */
void
words_period(struct text_buffer *b, int32_t start, int32_t end)
{
    struct date first = day_to_date(start), last = day_to_date(end - 1);
    char day[DAY_TEXT];

    if (is_first_of_month(start) && is_first_of_month(end)) {
        if (first.month == 1 && last.month == 12) {
            text_put_integer(b, first.year);
            return;
        }
        put_month(b, first);
        if (first.month == last.month)
            return;
        words_put(b, " to ");
        put_month(b, last);
        return;
    }
    day_write(start, day);
    words_put(b, day);
    if (end - start == 1)
        return;
    day_write(end - 1, day);
    words_put(b, " to ");
    words_put(b, day);
}

/* "HS 87 from area 370300"; nothing of a whole pair. */
static void
put_what_of_it(struct text_buffer *b, const struct subject *of)
{
    if (of->province_area[0] != '\0') {
        words_put(b, ", area ");
        words_put(b, of->province_area);
    }
    if (of->partner_area[0] != '\0') {
        words_put(b, ", with area ");
        words_put(b, of->partner_area);
    }
    if (of->commodity[0] != '\0') {
        words_put(b, ", HS ");
        words_put(b, of->commodity);
    }
    if (of->is_part)
        words_put(b, ", a part without a name");
}

/* "Liaoning x Russia, HS 87" */
void
words_subject(struct text_buffer *b, const struct subject *of)
{
    words_put(b, scope_english(of->province));
    words_put(b, " x ");
    words_put(b, partner_english(of->partner));
    put_what_of_it(b, of);
}

const char *const flow_words[FLOW_COUNT] = { "exports", "imports", "total" };

static void
put_kind(struct text_buffer *b, const struct spoken *s)
{
    if (s->family == FAMILY_AGREEMENTS) {
        words_put(b, "an agreement");
        return;
    }
    words_put(b, s->family == FAMILY_DEALS ? "a deal in " : "");
    words_put(b, flow_words[s->flow]);
}

/* Everything that comes before the colon. */
void
words_head(struct text_buffer *b, const struct spoken *s)
{
    words_subject(b, &s->of);
    words_put(b, ", ");
    put_kind(b, s);
    words_put(b, ", ");
    words_period(b, s->start, s->end);
    words_put(b, ": ");
}

/* "14.4 billion CNY of 2023" */
void
words_of(struct text_buffer *b, const struct spoken *s)
{
    words_amount(b, s);
    words_put(b, " of ");
    words_period(b, s->start, s->end);
}
