/* Ids on their way: who is asked next, when, and what the answers add up to.
 *
 * Each id goes from URL to URL.  A round in which every URL says "none" is
 * believed at the fourth time; a round in which any of them gave no answer says
 * nothing, and is made again after a growing while. */
#include "schemas/registry.h"

#include "base/clock.h"
#include "schemas/registry_answer.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    PAUSE_FIRST_MS = 100,
    PAUSE_MOST_MS = 30000,
    WAIT_MS = 50, /* registry_register() looks so often */
    STATUS_NOT_FOUND = 404,
    REGISTER_TAG = -1,   /* beside the numbers of look-ups */
    SUBJECT_BYTES = 256, /* with its path */
};
/* An id that nobody has is asked for again after so long: its writer may have
 * registered it with another node just now. */
static const int none_again_ms[] = { 1000, 5000, 30000 };
enum { NONE_AGAIN = sizeof none_again_ms / sizeof none_again_ms[0] };

struct look_up {
    struct schema_id id;
    struct references *refs; /* what the schema refers to, while that is asked for; or NULL */
    enum { FREE, RESTS, UNDER_WAY, DONE } state;
    int64_t until;             /* RESTS: tick */
    int url, asked;            /* whom next; how many of this round have answered, or not */
    int none;                  /* ... of which so many have none */
    int rounds_of_none;        /* in a row */
    int64_t pause_ms;          /* after the last round without an answer; 0: there was none */
    enum registry_reply reply; /* DONE */
    char *schema;              /* REGISTRY_HAS */
    struct why why;
};

struct registry {
    struct asking *http;
    struct chance chance;
    char urls[REGISTRY_URLS_MOST][REGISTRY_URL_BYTES];
    int url_count;
    char auth[REGISTRY_AUTH_BYTES];
    char *auth_file;
    struct look_up look_ups[REGISTRY_LOOKUPS_MOST];
    int64_t stepped;  /* tick of the last step */
    char *handed_out; /* the schema of the last reply */
};

/* ---- opening ---------------------------------------------------------------- */

/* One URL, without a slash at its end. */
static enum fault
add_url(struct registry *r, struct text url, struct why *why)
{
    const char *slashes;

    while (url.length > 0 && url.at[url.length - 1] == '/')
        url.length--;
    if (r->url_count == REGISTRY_URLS_MOST)
        return why_set(why, FAULT_OPTION, "--registry: more than %d URLs", REGISTRY_URLS_MOST);
    if (!text_copy(url, r->urls[r->url_count], REGISTRY_URL_BYTES))
        return why_set(why, FAULT_OPTION, "--registry: a URL longer than %d bytes",
                       REGISTRY_URL_BYTES - 1);
    slashes = r->urls[r->url_count];
    /* It would stand in the list of processes, and in logs: so it is not shown, either. */
    if (strchr(slashes, '@') != NULL)
        return why_set(why, FAULT_OPTION,
                       "--registry: no user and password in a URL; put user:password into the file "
                       "of --registry-auth, or into TALLY_REGISTRY_AUTH");
    if (strpbrk(slashes, "?# ") != NULL)
        return why_set(why, FAULT_OPTION,
                       "--registry: a URL with ?, # or a blank; want none of them");
    if (strncmp(slashes, "http://", 7) != 0 && strncmp(slashes, "https://", 8) != 0)
        return why_set(why, FAULT_OPTION,
                       "--registry %s: want http://host:port or https://host:port, and a path "
                       "where the registry has one (Apicurio: /apis/ccompat/v7)",
                       slashes);
    r->url_count++;
    return FAULT_NONE;
}

static enum fault
add_urls(struct registry *r, const char *urls, struct why *why)
{
    enum fault fault = FAULT_NONE;

    while (fault == FAULT_NONE && *urls != '\0') {
        size_t length = strcspn(urls, ",");

        if (length > 0)
            fault = add_url(r, (struct text){ urls, length }, why);
        urls += length + (urls[length] == ',');
    }
    if (fault == FAULT_NONE && r->url_count == 0)
        fault = why_set(why, FAULT_OPTION, "--registry: there is no URL");
    return fault;
}

/* The first line of the file; *changed: it is not what we said before. */
static enum fault
read_auth(struct registry *r, bool *changed, struct why *why)
{
    char line[REGISTRY_AUTH_BYTES] = "";
    FILE *file = fopen(r->auth_file, "re");
    bool good = file != NULL && fgets(line, sizeof line, file) != NULL;

    if (file != NULL)
        (void)fclose(file);
    if (!good)
        return why_set(why, FAULT_FILE, "--registry-auth %s can't be read, or is empty",
                       r->auth_file);
    line[strcspn(line, "\r\n")] = '\0';
    *changed = strcmp(line, r->auth) != 0;
    memcpy(r->auth, line, sizeof line);
    return FAULT_NONE;
}

static enum fault
set_auth(struct registry *r, const char *auth_file, struct why *why)
{
    const char *auth = getenv("TALLY_REGISTRY_AUTH");
    bool changed;
    enum fault fault = FAULT_NONE;

    if (auth_file != NULL) {
        r->auth_file = strdup(auth_file);
        if (r->auth_file == NULL)
            return why_set(why, FAULT_NO_MEMORY, "no memory for a registry");
        fault = read_auth(r, &changed, why);
    } else if (auth != NULL && !text_copy(text_of(auth), r->auth, sizeof r->auth)) {
        fault = why_set(why, FAULT_OPTION, "TALLY_REGISTRY_AUTH is longer than %d bytes",
                        REGISTRY_AUTH_BYTES - 1);
    }
    r->auth[strcspn(r->auth, "\r\n")] = '\0';
    if (fault == FAULT_NONE && !asking_authorize(r->http, r->auth))
        fault = why_set(why, FAULT_OPTION,
                        "who we are for the registry: want user:password or Bearer TOKEN");
    return fault;
}

enum fault
registry_open(const struct registry_options *options, struct registry **out, struct why *why)
{
    struct registry *r = NULL;
    enum fault fault;

    *out = NULL;
    if (options->urls == NULL)
        return FAULT_NONE;
    r = calloc(1, sizeof *r);
    if (r == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for a registry");
    r->chance = chance_real();
    fault = add_urls(r, options->urls, why);
    if (fault == FAULT_NONE)
        fault = asking_open(options->ca_file, &r->http, why);
    if (fault == FAULT_NONE)
        fault = set_auth(r, options->auth_file, why);
    if (fault != FAULT_NONE) {
        registry_free(r);
        return fault;
    }
    *out = r;
    return FAULT_NONE;
}

void
registry_free(struct registry *r)
{
    if (r == NULL)
        return;
    asking_free(r->http);
    for (int i = 0; i < REGISTRY_LOOKUPS_MOST; i++) {
        free(r->look_ups[i].schema);
        references_free(r->look_ups[i].refs);
    }
    free(r->handed_out);
    free(r->auth_file);
    free(r);
}

/* ---- rounds ------------------------------------------------------------------- */

static void
rest(struct look_up *l, int64_t pause_ms)
{
    l->state = RESTS;
    l->until = clock_tick_ms() + pause_ms;
    l->asked = l->none = 0;
}

static void
done(struct look_up *l, enum registry_reply reply)
{
    l->state = DONE;
    l->reply = reply;
}

/* Every URL was asked once. */
static void
end_round(struct look_up *l, const struct registry *r)
{
    if (l->none == r->url_count && l->rounds_of_none == NONE_AGAIN) {
        done(l, REGISTRY_HAS_NONE);
        return;
    }
    if (l->none == r->url_count) {
        rest(l, none_again_ms[l->rounds_of_none++]);
        return;
    }
    l->pause_ms = l->pause_ms == 0 ? PAUSE_FIRST_MS : l->pause_ms * 2;
    if (l->pause_ms > PAUSE_MOST_MS)
        l->pause_ms = PAUSE_MOST_MS;
    rest(l, chance_pause(&r->chance, l->pause_ms));
}

/* "401": perhaps the password was changed, and the file says so. */
static bool
has_other_auth(struct registry *r)
{
    bool changed = false;
    struct why ignored;

    return r->auth_file != NULL && read_auth(r, &changed, &ignored) == FAULT_NONE && changed &&
           asking_authorize(r->http, r->auth);
}

/* Most registries know ids alone, and have no such page. */
static void
say_no_guids(struct look_up *l)
{
    struct why said = l->why;

    (void)why_set(&l->why, FAULT_REGISTRY_AWAY,
                  "%.200s; does this registry know GUIDs, as Confluent's from 8.0 on does?",
                  said.text);
}

static void
take_answer(struct registry *r, struct look_up *l, const struct asking_answer *answer)
{
    enum meaning meaning = answer_of_id(answer, &l->refs, &l->schema, &l->why);

    if (meaning == MEANS_AWAY && answer->status == STATUS_NOT_FOUND && l->id.is_guid &&
        l->refs == NULL)
        say_no_guids(l);

    l->state = RESTS;
    l->until = 0;
    if (meaning == MEANS_MORE) { /* of the same URL, which has it at this moment */
        l->asked = l->none = l->rounds_of_none = 0;
        return;
    }
    if (meaning == MEANS_GOOD || meaning == MEANS_CANT) {
        done(l, meaning == MEANS_GOOD ? REGISTRY_HAS : REGISTRY_CANT);
        return;
    }
    if (meaning == MEANS_DENIED && has_other_auth(r))
        return; /* the same once more */
    l->none += meaning == MEANS_NONE;
    l->url = (l->url + 1) % r->url_count;
    if (++l->asked == r->url_count)
        end_round(l, r);
}

/* The question that a look-up has now. */
static void
ask_what(const struct look_up *l, char path[REFERENCE_PATH_BYTES])
{
    char id[SCHEMA_ID_TEXT];

    if (l->refs != NULL && references_next(l->refs, path))
        return;
    (void)schema_id_write(l->id, id);
    (void)snprintf(path, REFERENCE_PATH_BYTES, "/schemas/%s/%s", l->id.is_guid ? "guids" : "ids",
                   id);
}

/* What came is taken, what is due is asked. */
static void
go_on(struct registry *r, int64_t now)
{
    struct asking_answer answer;
    char path[REFERENCE_PATH_BYTES], url[REGISTRY_URL_BYTES + REFERENCE_PATH_BYTES];

    while (asking_take(r->http, 0, &answer))
        if (answer.tag < REGISTRY_LOOKUPS_MOST)
            take_answer(r, &r->look_ups[answer.tag], &answer);
    for (uint64_t i = 0; i < REGISTRY_LOOKUPS_MOST; i++) {
        struct look_up *l = &r->look_ups[i];

        if (l->state != RESTS || now < l->until)
            continue;
        ask_what(l, path);
        (void)snprintf(url, sizeof url, "%s%s", r->urls[l->url], path);
        if (!asking_begin(r->http, url, (struct text){ 0 }, i))
            break;
        l->state = UNDER_WAY;
    }
}

/* NULL: it is not asked for, and there is no room to do so. */
static struct look_up *
look_up_of(struct registry *r, struct schema_id id)
{
    struct look_up *free_one = NULL;

    for (int i = 0; i < REGISTRY_LOOKUPS_MOST; i++) {
        struct look_up *l = &r->look_ups[i];

        if (l->state != FREE && schema_id_order(l->id, id) == 0)
            return l;
        if (l->state == FREE && free_one == NULL)
            free_one = l;
    }
    if (free_one != NULL)
        *free_one = (struct look_up){ .id = id, .state = RESTS };
    return free_one;
}

enum registry_reply
registry_look_up(struct registry *r, struct schema_id id, struct text *schema, struct why *why)
{
    struct look_up *l = look_up_of(r, id);
    enum registry_reply reply;
    int64_t now = clock_tick_ms();

    /* Hundreds may be asked for at one moment. */
    if (now != r->stepped)
        go_on(r, now);
    r->stepped = now;
    if (l == NULL) {
        (void)why_set(why, FAULT_NONE, "%d other ids are asked for", REGISTRY_LOOKUPS_MOST);
        return REGISTRY_WAITS;
    }
    *why = l->why;
    if (l->state != DONE)
        return REGISTRY_WAITS;
    free(r->handed_out);
    r->handed_out = l->schema;
    *schema = text_of(r->handed_out);
    reply = l->reply;
    references_free(l->refs);
    *l = (struct look_up){ 0 };
    return reply;
}

/* ---- registering --------------------------------------------------------------- */

/* One URL. */
static enum meaning
post(struct registry *r, const char *url, struct text question, uint32_t *id, struct why *why)
{
    struct asking_answer answer;

    if (!asking_begin(r->http, url, question, (uint64_t)REGISTER_TAG)) {
        (void)why_set(why, FAULT_NO_MEMORY, "no memory for a request");
        return MEANS_AWAY;
    }
    /* libcurl's own time-out ends it. */
    while (!asking_take(r->http, WAIT_MS, &answer) || answer.tag != (uint64_t)REGISTER_TAG)
        continue;
    return answer_of_register(&answer, id, why);
}

enum fault
registry_register(struct registry *r, const char *subject, struct text schema, uint32_t *id,
                  struct why *why)
{
    char *question = question_of_register(schema);
    enum meaning meaning = MEANS_AWAY;
    char url[REGISTRY_URL_BYTES + SUBJECT_BYTES];
    struct why last = { 0 };

    if (question == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for a schema");
    for (int i = 0; i < r->url_count && (meaning == MEANS_AWAY || meaning == MEANS_DENIED); i++) {
        (void)snprintf(url, sizeof url, "%s/subjects/%s/versions", r->urls[i], subject);
        meaning = post(r, url, text_of(question), id, &last);
        if (meaning == MEANS_DENIED && has_other_auth(r))
            meaning = post(r, url, text_of(question), id, &last);
    }
    free(question);
    if (meaning == MEANS_GOOD)
        return FAULT_NONE;
    if (meaning == MEANS_AWAY)
        return why_set(why, FAULT_REGISTRY_AWAY, "schema registry %s: %s", url, last.text);
    return why_set(why, FAULT_REGISTRY, "schema registry %s: %s", url, last.text);
}

/* ---- as an effect --------------------------------------------------------------- */

static enum registry_reply
look_up(void *self, struct schema_id id, struct text *schema, struct why *why)
{
    return registry_look_up(self, id, schema, why);
}

struct registry_way
registry_way(struct registry *registry)
{
    return (struct registry_way){ registry, registry == NULL ? NULL : look_up };
}
