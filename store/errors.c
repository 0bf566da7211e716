/* What Redis may answer instead of doing it (errors.def): whether to wait, to
 * try again or to stop, and what helps.
 *
 * Most errors are known by their first word.  Redis gives some only ERR as
 * theirs: then a phrase within tells them.  The first row that fits counts. */
#include "store/errors.h"

#define LITERAL(s) { (s), sizeof(s) - 1 }

static const struct row {
    struct text text;
    bool is_word; /* the first one, else a phrase anywhere */
    enum reaction reaction;
    const char *remedy;
} rows[] = {
#define ERROR(word, reaction, meaning, remedy)                                                     \
    { LITERAL(#word), true, REACTION_##reaction, remedy },
#define PHRASE(phrase, reaction, meaning, remedy)                                                  \
    { LITERAL(phrase), false, REACTION_##reaction, remedy },
#include "store/errors.def"
#undef ERROR
#undef PHRASE
};

/* NULL: it is none of the table. */
static const struct row *
row_of(struct text error)
{
    const char *blank = error.length == 0 ? NULL : memchr(error.at, ' ', error.length);
    struct text word = { error.at, blank == NULL ? error.length : (size_t)(blank - error.at) };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && error.length > 0; i++) {
        struct text text = rows[i].text;
        if (rows[i].is_word ? text_equal(word, text)
                            : memmem(error.at, error.length, text.at, text.length) != NULL)
            return &rows[i];
    }
    return NULL;
}

enum reaction
error_reaction(struct text error)
{
    const struct row *row = row_of(error);

    return row == NULL ? REACTION_STOP : row->reaction;
}

const char *
error_remedy(struct text error)
{
    const struct row *row = row_of(error);

    return row == NULL ? "" : row->remedy;
}

enum fault
error_say(struct text error, enum fault fault, struct why *why)
{
    const char *remedy = error_remedy(error);

    return why_set(why, fault, "Redis says: %.*s%s%s", text_shown(error),
                   error.at == NULL ? "" : error.at, remedy[0] == '\0' ? "" : "; ", remedy);
}
