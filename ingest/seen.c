/* Which records of a run fall together: a table from a digest of what makes two records one to
 * where the first of them stood.
 *
 * The idea: four questions, one table.  Each question makes a text of a record such that two
 * records with equal texts concern each other; its first byte is the question, so that texts of two
 * questions never meet.  A run asks nothing of records with ids and a version or time of
 * publishing, and they cost nothing; a check asks of all. */
#include "ingest/seen.h"

#include <xxhash.h>

enum {
    TITLE_SHOWN = 48,
    ROWS_FIRST = 1024, /* a power of two, as are all sizes of the table */
    HEAD_BYTES = 3 + sizeof(int64_t),
    TEXT_BYTES = CANONICAL_BYTES + HEAD_BYTES,
    ANY_GRADE = '-',
    ANOTHER_MARK = 'X', /* a content under a key that was told */
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
      "neither is newer by version or published_at, so the content decides (docs/scrapers.md); "
      "give the newer one a higher one" },
    { 'P', LOG_WARN, "one period, two amounts",
      "neither is newer by version or published_at, so the content decides (docs/scrapers.md); "
      "give the newer one a higher one" },
};

struct row {
    uint64_t key, content; /* a key of 0 is free */
    struct place_in_file place;
    char title[TITLE_SHOWN + 1];
};

struct seen {
    struct report *report;
    struct row *rows; /* open addressing; at most half of it is taken */
    size_t room, count;
    bool thorough;
    bool is_full;
    int64_t derived, again, met[MEETINGS];
    char text[TEXT_BYTES];
};

struct seen *
seen_new(struct report *report, bool thorough)
{
    struct seen *seen = calloc(1, sizeof *seen);

    if (seen == NULL)
        return NULL;
    seen->report = report;
    seen->thorough = thorough;
    return seen;
}

void
seen_free(struct seen *seen)
{
    if (seen == NULL)
        return;
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

/* False: there is none. */
static bool
make_room(struct seen *seen)
{
    size_t room = seen->room == 0 ? ROWS_FIRST : 2 * seen->room;
    struct row *rows;

    if (2 * (seen->count + 1) <= seen->room)
        return true;
    rows = seen->count < SEEN_MOST ? calloc(room, sizeof *rows) : NULL;
    if (rows == NULL)
        return false;
    for (size_t i = 0; i < seen->room; i++) {
        if (seen->rows[i].key != 0)
            *find(rows, room, seen->rows[i].key) = seen->rows[i];
    }
    free(seen->rows);
    seen->rows = rows;
    seen->room = room;
    return true;
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
    if (seen->is_full && seen->report->log.least <= LOG_WARN)
        report_say(seen->report, LOG_WARN, "too many records to look at each beside all others",
                   LOG_I("remembered", SEEN_MOST));
}

/* ---- the questions ----------------------------------------------------------------------- */

static uint64_t
digest(const char *at, size_t length)
{
    return XXH3_64bits(at, length);
}

/* What is met under the first `length` bytes of seen->text; NULL when this is the first, or when
 * nothing more can be remembered. */
static struct row *
meet(struct seen *seen, char mark, size_t length, uint64_t content, const struct record *r,
     struct place_in_file place)
{
    uint64_t key;
    struct row *row;
    struct text title = title_of(r);
    bool has_room = make_room(seen);

    if (seen->room == 0)
        return NULL;
    seen->text[0] = mark;
    key = digest(seen->text, length) | 1; /* not free */
    row = find(seen->rows, seen->room, key);
    if (row->key != 0)
        return row;
    if (!has_room || seen->count == SEEN_MOST) {
        seen->is_full = true;
        return NULL;
    }
    seen->count++;
    *row = (struct row){ .key = key, .content = content, .place = place };
    memcpy(row->title, title.at, title.length);
    return NULL;
}

/* Mark, grade, kind and version, then the text: here is its length so far.  Of two grades or
 * versions the higher one stands, so only records of one grade and version concern each other, but
 * where ANY_GRADE asks for what they state. */
static size_t
head(struct seen *seen, const struct record *r, char grade)
{
    int64_t version = grade == ANY_GRADE ? 0 : r->version;

    seen->text[1] = grade;
    seen->text[2] = record_kind(r);
    memcpy(seen->text + HEAD_BYTES - sizeof version, &version, sizeof version);
    return HEAD_BYTES;
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

/* Of what decides between two records of one grade and version (record_rank_compare()). */
static uint64_t
digest_content(struct seen *seen, const struct record *r)
{
    struct record bare = *r;

    bare.at_ms = 0;
    bare.parties.count = 0;
    return digest(seen->text + 1, state(seen, &bare, (char)('0' + r->bound)) - 1); /* no mark */
}

/* 0 without a title. */
static uint64_t
digest_title(const struct record *r)
{
    struct text title = r->draft->title;

    return title_of(r).length == 0 ? 0 : digest(title.at, title.length) | 1;
}

/* Two without ids that state the same.  True: this one does. */
static bool
ask_same(struct seen *seen, const struct record *r, struct place_in_file place)
{
    uint64_t title = digest_title(r);
    struct row *first =
        meet(seen, meetings[MET_SAME].mark, name(seen, r, ANY_GRADE), title, r, place);

    if (first == NULL)
        return false;
    /* A figure is the same whoever reports it, under whatever title. */
    if (record_kind(r) == 'S' || title == 0 || first->content == title)
        return true;
    if (first->content != 0) {
        tell(seen, MET_SAME, first, r, place);
    } else { /* the first that has a title stands for it */
        struct text shown = title_of(r);

        first->content = title;
        first->place = place;
        memcpy(first->title, shown.at, shown.length);
    }
    return true;
}

/* Two under `length` bytes of seen->text whose contents differ: each content is told once. */
static void
ask_contents(struct seen *seen, enum meeting meeting, size_t length, uint64_t content,
             const struct record *r, struct place_in_file place)
{
    const struct row *met = meet(seen, meetings[meeting].mark, length, content, r, place);
    struct row first;

    if (met == NULL || met->content == content)
        return;
    first = *met; /* the table may grow now */
    memcpy(seen->text + 1, &first.key, sizeof first.key);
    memcpy(seen->text + 1 + sizeof first.key, &content, sizeof content);
    if (meet(seen, ANOTHER_MARK, 1 + sizeof first.key + sizeof content, content, r, place) == NULL)
        tell(seen, meeting, &first, r, place);
}

static void
ask_amount(struct seen *seen, const struct record *r, struct place_in_file place)
{
    struct record bare = *r;
    uint64_t content = digest(r->id.at, r->id.length);

    bare.currency = -1;
    bare.unit = (struct text){ NULL, 0 };
    ask_contents(seen, MET_AMOUNT, state(seen, &bare, ANY_GRADE), content, r, place);
}

static void
ask_id(struct seen *seen, const struct record *r, struct place_in_file place)
{
    uint64_t content = digest_content(seen, r);

    ask_contents(seen, MET_ID, name(seen, r, grade_of(r)), content, r, place);
}

/* Its value and its quantity are two figures. */
static void
ask_period(struct seen *seen, const struct record *r, struct place_in_file place)
{
    struct record bare = *r;
    uint64_t content;

    bare.unit = (struct text){ NULL, 0 };
    content = digest_content(seen, &bare);
    bare.minor = 0;
    if (r->currency >= 0)
        ask_contents(seen, MET_PERIOD, state(seen, &bare, grade_of(r)), content, r, place);
    bare = *r;
    bare.currency = -1;
    content = digest_content(seen, &bare);
    bare.milli = 0;
    if (r->unit.at != NULL)
        ask_contents(seen, MET_PERIOD, state(seen, &bare, grade_of(r)), content, r, place);
}

/* Of a retracted record there is no question: it stands against all of its grade and version. */
static bool
is_retracted(const struct record *r)
{
    return r->status ==
           (r->type == RECORD_AGREEMENT ? (int)AGREEMENT_RETRACTED : (int)TRADE_RETRACTED);
}

void
seen_take(struct seen *seen, const struct record *r, bool id_was_given, struct place_in_file place)
{
    bool is_statistic = record_kind(r) == 'S', is_again = false;

    if (!id_was_given) {
        seen->derived++;
        is_again = ask_same(seen, r, place);
        seen->again += is_again;
    }
    if (is_retracted(r))
        return;
    if (!id_was_given && record_kind(r) == 'T' && !is_again && seen->thorough)
        ask_amount(seen, r, place);
    if (r->version != 0 && !seen->thorough)
        return;
    if (is_statistic)
        ask_period(seen, r, place);
    else if (id_was_given)
        ask_id(seen, r, place);
}
