/* Doubts in plain sentences.
 *
 *      Liaoning x Russia, exports, 2023-01 to 2023-09: 42.64 billion CNY is larger
 *      than the 14.4 billion CNY of 2023 that stand, by 28.24 billion CNY. It is ...
 *
 * The subject first, then what it does not go with and by how much, then what became
 * of it, then a guess, which says that it is one. */
#include "lookup/doubt_say.h"

#include "lookup/doubt_words.h"

/* Plain "by 28.24 billion CNY". */
static void
put_by(struct text_buffer *b, const struct doubt *d)
{
    words_number(b, d->figure.what, d->by);
    words_unit(b, d->figure.what);
}

static void
put_sum(struct text_buffer *b, const struct doubt *d)
{
    words_number(b, d->figure.what, d->sum);
    words_unit(b, d->figure.what);
}

/* ---- the kinds ------------------------------------------------------------------------- */

/* Those that it is added to: one by its name, several by their number. */
static void
put_others(struct text_buffer *b, const struct doubt *d)
{
    if (d->others == 1 && d->also.has_amount) {
        words_put(b, "the ");
        words_of(b, &d->also);
    } else {
        words_put(b, "the ");
        text_put_integer(b, d->others);
        words_put(b, d->others == 1 ? " other" : " others");
    }
}

static void
say_contradicted(struct text_buffer *b, const struct doubt *d)
{
    words_amount(b, &d->figure);
    switch (d->clash) {
    case CLASH_ABOVE:
        words_put(b, " is larger than the ");
        words_of(b, &d->against);
        words_put(b, " that stand, by ");
        put_by(b, d);
        break;
    case CLASH_BELOW:
        words_put(b, " is smaller than the ");
        words_of(b, &d->against);
        words_put(b, " that stand, by ");
        put_by(b, d);
        break;
    case CLASH_TOO_MUCH:
    case CLASH_TOO_LITTLE:
        words_put(b, " and ");
        put_others(b, d);
        words_put(b, " come to ");
        put_sum(b, d);
        words_put(b, ", ");
        put_by(b, d);
        words_put(b, d->clash == CLASH_TOO_MUCH ? " more" : " less");
        words_put(b, " than the ");
        words_of(b, &d->against);
        words_put(b, " that stand");
        break;
    case CLASH_INSIDE:
    case CLASH_FILLED:
        words_put(b, " is ");
        put_by(b, d);
        words_put(b, d->clash == CLASH_INSIDE ? " less" : " more");
        words_put(b, " than the ");
        text_put_integer(b, d->others);
        words_put(b, " figures inside it come to");
        break;
    case CLASH_NONE:
    case CLASH_SAME:
    case CLASH_AROUND:
        words_put(b, " can't be true together with the figures that stand");
        break;
    }
    words_put(b, ". It is in no total.");
}

static void
say_mismatched(struct text_buffer *b, const struct doubt *d)
{
    bool is_more = d->sum > d->figure.amount;

    words_amount(b, &d->figure);
    words_put(b, ", and yet ");
    if (d->clash == CLASH_SAME || d->clash == CLASH_AROUND) {
        words_put(b, "exports ");
        words_of(b, &d->against);
        words_put(b, " and imports ");
        words_of(b, &d->also);
        words_put(b, " come to ");
    } else if (d->clash == CLASH_INSIDE) {
        words_put(b, "the ");
        text_put_integer(b, d->others);
        words_put(b, " exports and imports inside it come to ");
    } else {
        words_put(b, "exports and imports can't add up to it.");
        return;
    }
    put_sum(b, d);
    words_put(b, ": ");
    put_by(b, d);
    words_put(b, is_more ? " more." : " less.");
}

static void
put_periods(struct text_buffer *b, const struct doubt *d)
{
    if (d->periods == 0)
        return;
    words_put(b, " The same in ");
    text_put_integer(b, d->periods);
    words_put(b, d->periods == 1 ? " more period." : " more periods.");
}

static void
say_part(struct text_buffer *b, const struct doubt *d)
{
    if (d->clash == CLASH_TOO_MUCH) {
        text_put_integer(b, d->others + 1);
        words_put(b, " figures from here on come to ");
        put_sum(b, d);
    } else {
        words_amount(b, &d->figure);
    }
    words_put(b, ", a part that is larger than its whole: ");
    words_subject(b, &d->against.of);
    words_put(b, " has ");
    if (d->summed > 1) {
        text_put_integer(b, d->summed);
        words_put(b, " figures that come to ");
    }
    words_of(b, &d->against);
    words_put(b, ", ");
    put_by(b, d);
    words_put(b, " less.");
    put_periods(b, d);
}

/* The name of a part beside its whole: only what is its own. */
static void
put_part(struct text_buffer *b, const struct doubt *d, const struct spoken *part)
{
    if (part->of.province != d->figure.of.province)
        words_put(b, scope_english(part->of.province));
    else if (part->of.partner != d->figure.of.partner)
        words_put(b, partner_english(part->of.partner));
    else {
        words_put(b, "HS ");
        words_put(b, part->of.commodity);
    }
    text_put_char(b, ' ');
    words_number(b, part->what, part->amount);
}

static void
say_parts(struct text_buffer *b, const struct doubt *d)
{
    words_amount(b, &d->figure);
    if (d->summed > 1) {
        words_put(b, " in ");
        text_put_integer(b, d->summed);
        words_put(b, " figures");
    }
    words_put(b, ", and yet its ");
    text_put_integer(b, d->others + 2);
    words_put(b, d->kind == DOUBT_PROVINCES_ABOVE  ? " provinces"
                 : d->kind == DOUBT_PARTNERS_ABOVE ? " partners"
                                                   : " parts");
    words_put(b, " come to ");
    put_sum(b, d);
    words_put(b, ", ");
    put_by(b, d);
    words_put(b, " more (the largest: ");
    put_part(b, d, &d->against);
    words_put(b, ", ");
    put_part(b, d, &d->also);
    words_put(b, ").");
    put_periods(b, d);
}

static void
say_rate(struct text_buffer *b, const struct doubt *d)
{
    words_amount(b, &d->figure);
    words_put(b, " and ");
    words_amount(b, &d->against);
    words_put(b, " both stand: that is ");
    words_rate(b, d->rate);
    words_put(b, " yuan per dollar, and that year's rates lie between ");
    words_rate(b, d->rate_least);
    words_put(b, " and ");
    words_rate(b, d->rate_most);
    words_put(b, ", 3 % of room on either side.");
}

static void
say_undecided(struct text_buffer *b, const struct doubt *d)
{
    if (d->figure.has_amount || d->figure.family == FAMILY_STATISTICS) {
        words_amount(b, &d->figure);
        words_put(b, " is shown, and ");
    }
    words_put(b, "a source of equal authority says ");
    if (d->figure.family == FAMILY_STATISTICS || d->differs == FIELD_VALUE ||
        d->differs == FIELD_QUANTITY) {
        words_amount(b, &d->against);
    } else {
        words_put(b, "something else (");
        words_put(b, field_name(d->differs));
        words_put(b, ")");
    }
    words_put(b, d->figure.family == FAMILY_STATISTICS
                     ? "; both are of one version, so the content decides."
                     : ".");
}

static void
say_adjusted(struct text_buffer *b, const struct doubt *d)
{
    words_amount(b, &d->figure);
    words_put(b, ", and what lies inside it comes to ");
    put_sum(b, d);
    words_put(b, ": ");
    put_by(b, d);
    words_put(b, d->clash == CLASH_INSIDE ? " more, " : " less, ");
    words_percent(b, d->weight);
    words_put(b, " of it. Revisions were never seen to make more than 0.5 %.");
}

static void
say_at_least(struct text_buffer *b, const struct doubt *d)
{
    words_amount(b, &d->figure);
    if (d->others > 0) {
        words_put(b, " and ");
        text_put_integer(b, d->others);
        words_put(b, " more like it");
    }
    words_put(b, ": nobody has said more than \"at least\"; the true total may be any larger one.");
}

/* What would fit; a guess is called one. */
static void
say_guess(struct text_buffer *b, const struct doubt *d)
{
    if (d->guess == GUESS_NONE)
        return;
    words_put(b, " A guess: ");
    switch (d->guess) {
    case GUESS_COLUMN:
        words_put(b, "it fits as ");
        words_put(b, d->fits.flow == FLOW_TOTAL    ? "a total"
                     : d->fits.flow == FLOW_EXPORT ? "exports"
                                                   : "imports");
        if (d->fits.what != d->figure.what)
            words_unit(b, d->fits.what);
        words_put(b, d->is_inside ? ", within the " : ", around the ");
        words_of(b, &d->fits);
        break;
    case GUESS_STANDS:
        words_put(b, "the same figure stands as ");
        words_put(b, flow_words[d->fits.flow]);
        words_put(b, ": ");
        words_amount(b, &d->fits);
        break;
    case GUESS_SWAPPED:
        words_put(b, "exports and imports are swapped; it fits as ");
        words_put(b, flow_words[d->fits.flow]);
        words_put(b, ", and ");
        words_amount(b, &d->fits);
        words_put(b, " as ");
        words_put(b, flow_words[d->figure.flow]);
        break;
    case GUESS_EQUAL:
        words_put(b, "it is one figure, given in the wrong currency once");
        break;
    case GUESS_TENFOLD:
        words_put(b, "one of them is wrong by 10");
        if (d->power != 1 && d->power != -1) {
            text_put_char(b, '^');
            text_put_integer(b, d->power < 0 ? -d->power : d->power);
        }
        break;
    case GUESS_NONE:
        break;
    }
    text_put_char(b, '.');
}

struct text
doubt_say(const struct doubt *d, char out[DOUBT_BYTES])
{
    struct text_buffer b = { .at = out, .size = DOUBT_BYTES };

    words_head(&b, &d->figure);
    switch (d->kind) {
    case DOUBT_CONTRADICTED:
        say_contradicted(&b, d);
        break;
    case DOUBT_MISMATCHED:
        say_mismatched(&b, d);
        break;
    case DOUBT_PART_ABOVE:
        say_part(&b, d);
        break;
    case DOUBT_PARTS_ABOVE:
    case DOUBT_PROVINCES_ABOVE:
    case DOUBT_PARTNERS_ABOVE:
        say_parts(&b, d);
        break;
    case DOUBT_RATE:
        say_rate(&b, d);
        break;
    case DOUBT_UNDECIDED:
        say_undecided(&b, d);
        break;
    case DOUBT_ADJUSTED:
        say_adjusted(&b, d);
        break;
    case DOUBT_AT_LEAST:
        say_at_least(&b, d);
        break;
    case DOUBT_KIND_COUNT:
        break;
    }
    say_guess(&b, d);
    return text_done(&b);
}
