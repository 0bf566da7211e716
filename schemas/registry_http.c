/* Requests by libcurl's multi interface: a slot for each that may be under way.
 *
 * What is sent and read goes on only while somebody calls; so the registry has
 * no thread, and whoever waits for it can do other work meanwhile. */
#include "schemas/registry_http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

struct slot {
    CURL *easy;
    bool busy, too_long;
    uint64_t tag;
    char *body; /* of the answer */
    size_t length;
    char complaint[CURL_ERROR_SIZE];
};

struct asking {
    CURLM *multi;
    struct curl_slist *headers;
    struct slot slots[HTTP_MOST];
    struct slot *taken; /* the answer that was handed out last */
};

static size_t
keep(char *at, size_t one, size_t size, void *self)
{
    struct slot *slot = self;

    (void)one; /* is 1, says libcurl */
    if (size > HTTP_ANSWER_BYTES - slot->length) {
        slot->too_long = true;
        return 0;
    }
    memcpy(slot->body + slot->length, at, size);
    slot->length += size;
    return size;
}

/* What is the same for all requests of a slot. */
static bool
slot_open(struct asking *http, struct slot *slot, const char *ca_file)
{
    CURL *easy = slot->easy = curl_easy_init();

    slot->body = malloc(HTTP_ANSWER_BYTES);
    return easy != NULL && slot->body != NULL &&
           curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           /* Else a name server that says nothing is waited for (curl issue 4852). */
           curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)HTTP_CONNECT_MS) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)HTTP_ANSWER_MS) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USERAGENT, "tally") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTPHEADER, http->headers) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, slot->complaint) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, slot) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PRIVATE, slot) == CURLE_OK &&
           (ca_file == NULL || curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file) == CURLE_OK);
}

/* The headers of every request; they ask for JSON, and say that ours is. */
static bool
headers_open(struct asking *http)
{
    static const char json[] = "application/vnd.schemaregistry.v1+json";
    static const char *const names[] = { "Accept", "Content-Type" };
    char line[64];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct curl_slist *longer;

        (void)snprintf(line, sizeof line, "%s: %s", names[i], json);
        longer = curl_slist_append(http->headers, line);
        if (longer == NULL)
            return false;
        http->headers = longer;
    }
    return true;
}

enum fault
asking_open(const char *ca_file, struct asking **out, struct why *why)
{
    struct asking *http = NULL;
    bool good = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;

    if (good)
        http = calloc(1, sizeof *http);
    if (http == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for HTTP");
    http->multi = curl_multi_init();
    good =
        http->multi != NULL && headers_open(http) &&
        curl_multi_setopt(http->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)HTTP_MOST) == CURLM_OK;
    for (int i = 0; i < HTTP_MOST && good; i++)
        good = slot_open(http, &http->slots[i], ca_file);
    if (!good) {
        asking_free(http);
        return why_set(why, FAULT_NO_MEMORY, "no memory for HTTP, or libcurl lacks TLS");
    }
    *out = http;
    return FAULT_NONE;
}

void
asking_free(struct asking *http)
{
    if (http == NULL)
        return;
    for (int i = 0; i < HTTP_MOST; i++) {
        if (http->slots[i].busy)
            (void)curl_multi_remove_handle(http->multi, http->slots[i].easy);
        curl_easy_cleanup(http->slots[i].easy);
        free(http->slots[i].body);
    }
    if (http->multi != NULL)
        (void)curl_multi_cleanup(http->multi);
    curl_slist_free_all(http->headers);
    free(http);
}

bool
asking_authorize(struct asking *http, const char *auth)
{
    static const char bearer[] = "Bearer ";
    bool has_token = strncmp(auth, bearer, sizeof bearer - 1) == 0;
    const char *colon = strchr(auth, ':');
    char user[256];

    if (auth[0] != '\0' && !has_token && colon == NULL)
        return false;
    if (!has_token && colon != NULL)
        (void)snprintf(user, sizeof user, "%.*s", (int)(colon - auth), auth);
    for (int i = 0; i < HTTP_MOST; i++) {
        CURL *easy = http->slots[i].easy;

        (void)curl_easy_setopt(easy, CURLOPT_HTTPAUTH,
                               (long)(has_token ? CURLAUTH_BEARER : CURLAUTH_BASIC));
        (void)curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER,
                               has_token ? auth + sizeof bearer - 1 : NULL);
        (void)curl_easy_setopt(easy, CURLOPT_USERNAME, !has_token && colon != NULL ? user : NULL);
        (void)curl_easy_setopt(easy, CURLOPT_PASSWORD,
                               !has_token && colon != NULL ? colon + 1 : NULL);
    }
    return true;
}

/* Method, body and place of one request. */
static bool
aim(CURL *easy, const char *url, struct text body)
{
    if (curl_easy_setopt(easy, CURLOPT_URL, url) != CURLE_OK)
        return false;
    if (body.at == NULL)
        return curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L) == CURLE_OK;
    return curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)body.length) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, body.at) == CURLE_OK;
}

bool
asking_begin(struct asking *http, const char *url, struct text body, uint64_t tag)
{
    for (int i = 0; i < HTTP_MOST; i++) {
        struct slot *slot = &http->slots[i];

        if (slot->busy || slot == http->taken)
            continue;
        slot->length = 0;
        slot->too_long = false;
        slot->complaint[0] = '\0';
        slot->tag = tag;
        slot->busy = aim(slot->easy, url, body) &&
                     curl_multi_add_handle(http->multi, slot->easy) == CURLM_OK;
        return slot->busy;
    }
    return false;
}

/* One request has ended, well or not. */
static void
finish(struct asking *http, const CURLMsg *message, struct asking_answer *out)
{
    struct slot *slot = NULL;
    long status = 0;
    CURLcode result = message->data.result;

    (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&slot);
    (void)curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_multi_remove_handle(http->multi, slot->easy);
    slot->busy = false;
    http->taken = slot;
    *out = (struct asking_answer){ .tag = slot->tag,
                                   .status = (int)status,
                                   .body = { slot->body, slot->length } };
    if (result == CURLE_OK)
        return;
    out->status = 0;
    out->complaint = slot->too_long               ? "the answer is longer than 1 MiB"
                     : slot->complaint[0] != '\0' ? slot->complaint
                                                  : curl_easy_strerror(result);
}

bool
asking_take(struct asking *http, int wait_ms, struct asking_answer *out)
{
    const CURLMsg *message;
    int running, left;

    http->taken = NULL;
    (void)curl_multi_perform(http->multi, &running);
    if (wait_ms > 0 && running > 0) {
        (void)curl_multi_poll(http->multi, NULL, 0, wait_ms, NULL);
        (void)curl_multi_perform(http->multi, &running);
    }
    while ((message = curl_multi_info_read(http->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        finish(http, message, out);
        return true;
    }
    return false;
}
