/* A doubt as an object: the numbers that its sentence is made of, and the sentence. */
#include "lookup/doubt_say.h"
#include "lookup/show.h"
#include "record/rate.h"

#include <inttypes.h>

/* A text, as in all documents (row_json.c). */
static void
json_amount(const char *name, wide_t n, uint32_t measure, FILE *out)
{
    char number[NUMBER_BYTES];
    struct text t = show_plain(measure, n, number);

    fprintf(out, ",\"%s\":\"%.*s\"", name, (int)t.length, t.at);
}

static void
json_name(const char *name, const char *value, FILE *out)
{
    if (value[0] != '\0')
        fprintf(out, "\"%s\":\"%s\",", name, value);
}

static uint32_t
measure_of(const struct spoken *s)
{
    uint32_t family = s->family == FAMILY_AGREEMENTS ? FAMILY_AGREEMENTS
                                                     : (uint32_t)s->family + (uint32_t)s->flow;

    return s->what + measure_make((int)family, (enum measure_form)0, 0);
}

/* All texts are codes: nothing is to be escaped. */
static void
json_spoken(const struct spoken *s, FILE *out)
{
    size_t count;
    const char *const *bounds = field_symbols(FIELD_BOUND, RECORD_TRADE, &count);
    char measure[MEASURE_TEXT], from[DAY_TEXT], to[DAY_TEXT];

    day_write(s->start, from);
    day_write(s->end - 1, to);
    fprintf(out, "{\"province\":\"%s\",\"partner\":\"%s\",", scope_code(s->of.province),
            partner_code(s->of.partner));
    json_name("province_area", s->of.province_area, out);
    json_name("partner_area", s->of.partner_area, out);
    json_name("commodity", s->of.commodity, out);
    fprintf(out, "\"from\":\"%s\",\"to\":\"%s\"", from, to);
    if (s->has_amount) {
        (void)measure_write(measure_of(s), measure);
        fprintf(out, ",\"measure\":\"%s\",\"bound\":\"%s\"", measure, bounds[s->bound]);
        json_amount("amount", s->amount, measure_of(s), out);
    }
    fprintf(out, "}");
}

static void
json_guess(const struct doubt *d, FILE *out)
{
    static const char *const NAMES[] = {
        [GUESS_NONE] = "",           [GUESS_COLUMN] = "column", [GUESS_STANDS] = "stands",
        [GUESS_SWAPPED] = "swapped", [GUESS_EQUAL] = "equal",   [GUESS_TENFOLD] = "tenfold"
    };

    if (d->guess == GUESS_NONE)
        return;
    fprintf(out, ",\"guess\":\"%s\"", NAMES[d->guess]);
    if (d->fits.has_amount) {
        fprintf(out, ",\"fits\":");
        json_spoken(&d->fits, out);
    }
}

void
doubt_json(const struct doubt *d, FILE *out)
{
    const struct spoken *others[] = { &d->against, &d->also };
    char words[DOUBT_BYTES];
    const char *between = "";

    fprintf(out, "{\"kind\":\"%s\",\"figure\":", doubt_name(d->kind));
    json_spoken(&d->figure, out);
    fprintf(out, ",\"against\":[");
    for (int i = 0; i < 2; i++) {
        if (others[i]->end == 0)
            continue;
        fprintf(out, "%s", between);
        json_spoken(others[i], out);
        between = ",";
    }
    fprintf(out, "]");
    if (d->sum != 0)
        json_amount("sum", d->sum, measure_of(&d->figure), out);
    if (d->by != 0)
        json_amount("by", d->by, measure_of(&d->figure), out);
    if (d->kind == DOUBT_RATE)
        fprintf(out, ",\"rate\":%d.%04d", d->rate / RATE_ONE, d->rate % RATE_ONE);
    json_guess(d, out);
    fprintf(out, ",\"sentence\":");
    json_text(doubt_say(d, words), out);
    fprintf(out, "}");
}
