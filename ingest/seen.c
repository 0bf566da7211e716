/* Which records of a run fall together: a table from a digest of what makes two records one to
 * where the first of them stood.
 *
 * The idea: four questions, one table.  Each question makes a text of a record such that two
 * records with equal texts concern each other; its first byte is the question, so that texts of two
 * questions never meet.  Records whose version says which is newer ask nothing, and cost nothing.
 */
#include "ingest/seen.h"

#include "ingest/derive.h"

enum {
    TITLE_SHOWN = 48,
    ROWS_FIRST = 1024, /* a power of two, as are all sizes of the table */
    TEXT_BYTES = CANONICAL_BYTES + 8,
    ANY_GRADE = '-',
    CONTENT_MARK = 'C',
};

/* What two records may have to do with each other. */
enum meeting {
    MET_SAME,   /* without ids: state the same under two titles */
    MET_AMOUNT, /* without ids: differ in their amounts alone */
    MET_ID,     /* the same id, and nothing says which is newer */
    MET_PERIOD, /* statistics of the same period, and nothing says which is newer */
    MEETINGS
};
static const struct {
    char mark;
    enum log_level level; /* outlets give one fact many titles: that is no reason to warn */
    const char *event, *advice;
} meetings[MEETINGS] = {
    { 'S', LOG_INFO, "two titles, one record",
      "they state the same and have no ids, so they count once; if they are two facts, give each "
      "an id" },
    { 'A', LOG_WARN, "alike but for the amount",
      "they have no ids, so both count; if one corrects the other, give both the same id" },
    { 'I', LOG_WARN, "one id, two contents",
      "neither has version or published_at, so the content decides (docs/scrapers.md); give the "
      "newer one either" },
    { 'P', LOG_WARN, "one period, two amounts",
      "neither has version or published_at, so the content decides (docs/scrapers.md); give the "
      "newer one either" },
};

struct row {
    uint64_t key, content; /* a key of 0 is free */
    struct place_in_file place;
    char title[TITLE_SHOWN + 1];
};

struct seen {
    struct report *report;
    struct deriver *deriver;
    struct row *rows; /* open addressing; at most half of it is taken */
    size_t room, count;
    bool thorough;
    int64_t derived, again, forgotten, met[MEETINGS];
    char text[TEXT_BYTES];
};

struct seen *
seen_new(struct report *report, bool thorough)
{
    struct seen *seen = calloc(1, sizeof *seen);

    if (seen == NULL)
        return NULL;
    *seen = (struct seen){ .report = report, .thorough = thorough, .deriver = deriver_new() };
    if (seen->deriver == NULL) {
        seen_free(seen);
        return NULL;
    }
    return seen;
}

void
seen_free(struct seen *seen)
{
    if (seen == NULL)
        return;
    deriver_free(seen->deriver);
    free(seen->rows);
    free(seen);
}

int64_t
seen_derived(const struct seen *seen)
{
    return seen->derived;
}

int64_t
seen_again(const struct seen *seen)
{
    return seen->again;
}

/* ---- the table ------------------------------------------------------------------------- */

/* Where the key is, or would be put. */
static struct row *
find(struct row *rows, size_t room, uint64_t key)
{
    size_t i = (size_t)key & (room - 1);

    while (rows[i].key != 0 && rows[i].key != key)
        i = (i + 1) & (room - 1);
    return &rows[i];
}

static enum fault
make_room(struct seen *seen, struct why *why)
{
    size_t room = seen->room == 0 ? ROWS_FIRST : 2 * seen->room;
    struct row *rows;

    if (2 * (seen->count + 1) <= seen->room)
        return FAULT_NONE;
    rows = calloc(room, sizeof *rows);
    if (rows == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for the records of this run");
    for (size_t i = 0; i < seen->room; i++) {
        if (seen->rows[i].key != 0)
            *find(rows, room, seen->rows[i].key) = seen->rows[i];
    }
    free(seen->rows);
    seen->rows = rows;
    seen->room = room;
    return FAULT_NONE;
}

/* ---- what is told ---------------------------------------------------------------------- */

static struct text
title_of(const struct record *r)
{
    struct text none = { "", 0 }, title = r->draft->title;

    if (r->draft->state[FIELD_TITLE] != FAULT_NONE)
        return none;
    while (title.length > TITLE_SHOWN ||
           (title.length < r->draft->title.length && title.length > 0 &&
            ((uint8_t)title.at[title.length] & 0xC0) == 0x80))
        title.length--;
    return title;
}

static void
tell(struct seen *seen, enum meeting meeting, const struct row *first, const struct record *r,
     struct place_in_file place)
{
    if (++seen->met[meeting] > SEEN_TOLD || meetings[meeting].level < seen->report->log.least)
        return;
    report_say(seen->report, meetings[meeting].level, meetings[meeting].event,
               LOG_S("file", place.file), LOG_I("line", place.line),
               LOG_S("first_file", first->place.file), LOG_I("first_line", first->place.line),
               LOG_T("id", r->id), LOG_T("title", title_of(r)), LOG_S("first_title", first->title),
               LOG_S("advice", meetings[meeting].advice));
}

void
seen_end(const struct seen *seen)
{
    for (int i = 0; i < MEETINGS; i++) {
        if (seen->met[i] > SEEN_TOLD && meetings[i].level >= seen->report->log.least)
            report_say(seen->report, meetings[i].level, meetings[i].event,
                       LOG_I("more_than_told", seen->met[i] - SEEN_TOLD));
    }
    if (seen->forgotten > 0)
        report_say(seen->report, LOG_WARN, "not looked at beside others",
                   LOG_I("records", seen->forgotten), LOG_I("remembered", SEEN_MOST));
}

/* ---- the questions ----------------------------------------------------------------------- */

/* What is met under the text in seen->text: *out is NULL when it is the first. */
static enum fault
meet(struct seen *seen, enum meeting meeting, size_t length, uint64_t content,
     const struct record *r, struct place_in_file place, const struct row **out, struct why *why)
{
    uint64_t key;
    struct row *row;
    struct text title = title_of(r);
    enum fault fault;

    seen->text[0] = meetings[meeting].mark;
    *out = NULL;
    fault = derive_digest(seen->deriver, (struct text){ seen->text, length }, &key, why);
    if (fault == FAULT_NONE)
        fault = make_room(seen, why);
    if (fault != FAULT_NONE)
        return fault;
    key |= 1; /* not free */
    row = find(seen->rows, seen->room, key);
    if (row->key != 0) {
        *out = row;
        return FAULT_NONE;
    }
    if (seen->count == SEEN_MOST) {
        seen->forgotten++;
        return FAULT_NONE;
    }
    seen->count++;
    *row = (struct row){ .key = key, .content = content, .place = place };
    memcpy(row->title, title.at, title.length);
    return FAULT_NONE;
}

/* Mark, grade and kind, then the text: here is its length so far.  Of two grades the higher one
 * stands, so only records of one grade concern each other. */
static size_t
head(struct seen *seen, const struct record *r, char grade)
{
    seen->text[1] = grade;
    seen->text[2] = record_kind(r);
    return 3;
}

static char
grade_of(const struct record *r)
{
    return (char)('0' + r->grade);
}

/* And its id. */
static size_t
name(struct seen *seen, const struct record *r, char grade)
{
    size_t length = head(seen, r, grade);

    memcpy(seen->text + length, r->id.at, r->id.length);
    return length + r->id.length;
}

/* And what it states. */
static size_t
state(struct seen *seen, const struct record *r, char grade)
{
    size_t length = head(seen, r, grade);

    return length + record_canonical(r, seen->text + length, sizeof seen->text - length).length;
}

static enum fault
digest_content(struct seen *seen, const struct record *r, uint64_t *out, struct why *why)
{
    size_t length = state(seen, r, (char)('0' + r->status));

    seen->text[0] = CONTENT_MARK;
    return derive_digest(seen->deriver, (struct text){ seen->text, length }, out, why);
}

/* Two without ids that state the same. */
static enum fault
ask_same(struct seen *seen, const struct record *r, struct place_in_file place, struct why *why)
{
    const struct row *first;
    enum fault fault = meet(seen, MET_SAME, name(seen, r, ANY_GRADE), 0, r, place, &first, why);

    if (fault != FAULT_NONE || first == NULL)
        return fault;
    seen->again++;
    /* A figure is the same whoever reports it, under whatever title. */
    if (record_kind(r) != 'S' && first->title[0] != '\0' && title_of(r).length > 0 &&
        !text_equal(title_of(r), text_of(first->title)))
        tell(seen, MET_SAME, first, r, place);
    return FAULT_NONE;
}

/* Two under `length` bytes of seen->text whose contents differ. */
static enum fault
ask_contents(struct seen *seen, enum meeting meeting, size_t length, uint64_t content,
             const struct record *r, struct place_in_file place, struct why *why)
{
    const struct row *first;
    enum fault fault = meet(seen, meeting, length, content, r, place, &first, why);

    if (fault == FAULT_NONE && first != NULL && first->content != content)
        tell(seen, meeting, first, r, place);
    return fault;
}

static enum fault
ask_amount(struct seen *seen, const struct record *r, struct place_in_file place, struct why *why)
{
    struct record bare = *r;
    uint64_t content;

    bare.currency = -1;
    bare.unit = (struct text){ NULL, 0 };
    memcpy(&content, r->id.at + r->id.length - sizeof content, sizeof content); /* a digest, too */
    return ask_contents(seen, MET_AMOUNT, state(seen, &bare, ANY_GRADE), content, r, place, why);
}

static enum fault
ask_id(struct seen *seen, const struct record *r, struct place_in_file place, struct why *why)
{
    uint64_t content;
    enum fault fault = digest_content(seen, r, &content, why);

    if (fault != FAULT_NONE)
        return fault;
    return ask_contents(seen, MET_ID, name(seen, r, grade_of(r)), content, r, place, why);
}

static enum fault
ask_period(struct seen *seen, const struct record *r, struct place_in_file place, struct why *why)
{
    struct record bare = *r;
    uint64_t content;
    enum fault fault = digest_content(seen, r, &content, why);

    bare.minor = bare.milli = 0;
    if (fault != FAULT_NONE)
        return fault;
    return ask_contents(seen, MET_PERIOD, state(seen, &bare, grade_of(r)), content, r, place, why);
}

enum fault
seen_take(struct seen *seen, const struct record *r, bool id_was_given, struct place_in_file place,
          struct why *why)
{
    bool is_statistic = record_kind(r) == 'S';
    enum fault fault = FAULT_NONE;

    if (!id_was_given) {
        seen->derived++;
        fault = ask_same(seen, r, place, why);
        if (fault == FAULT_NONE && !is_statistic && seen->thorough)
            fault = ask_amount(seen, r, place, why);
    }
    if (fault != FAULT_NONE || r->version != 0)
        return fault;
    if (is_statistic)
        return ask_period(seen, r, place, why);
    return id_was_given ? ask_id(seen, r, place, why) : FAULT_NONE;
}
