/* Certificates by gnutls, which libmicrohttpd asks for each connection.
 *
 * A handshake takes several turns and borrows what it was given: so what is replaced is kept for
 * longer than a handshake may take (HTTP_REQUEST_MS). */
#include "http/certificate.h"

#include <gnutls/abstract.h>
#include <stdlib.h>
#include <string.h>

enum { CHAIN_MOST = 8, KEEP_MS = 60 * 1000 };

struct generation {
    struct generation *before; /* replaced by this one */
    int64_t replaced_ms;
    unsigned count;
    gnutls_pcert_st chain[CHAIN_MOST];
    gnutls_privkey_t key;
};

struct certificates {
    const char *certificate_file, *key_file;
    struct generation *now;
};

/* gnutls' callback has no argument of ours. */
static struct certificates *of_process;

/* With all that it replaced. */
static void
generations_free(struct generation *g)
{
    while (g != NULL) {
        struct generation *before = g->before;
        for (unsigned i = 0; i < g->count; i++)
            gnutls_pcert_deinit(&g->chain[i]);
        if (g->key != NULL)
            gnutls_privkey_deinit(g->key);
        free(g);
        g = before;
    }
}

static enum fault
refuse(const char *file, int code, struct why *why)
{
    return why_set(why, FAULT_FILE, "%s: %s", file, gnutls_strerror(code));
}

static enum fault
read_chain(const char *file, struct generation *g, struct why *why)
{
    gnutls_datum_t bytes;
    unsigned count = CHAIN_MOST;
    int code = gnutls_load_file(file, &bytes);
    if (code != GNUTLS_E_SUCCESS)
        return refuse(file, code, why);
    code = gnutls_pcert_list_import_x509_raw(g->chain, &count, &bytes, GNUTLS_X509_FMT_PEM, 0);
    gnutls_free(bytes.data);
    if (code < 0)
        return refuse(file, code, why);
    g->count = count;
    return FAULT_NONE;
}

static enum fault
read_key(const char *file, struct generation *g, struct why *why)
{
    gnutls_datum_t bytes;
    int code = gnutls_load_file(file, &bytes);
    if (code != GNUTLS_E_SUCCESS)
        return refuse(file, code, why);
    code = gnutls_privkey_init(&g->key);
    if (code == GNUTLS_E_SUCCESS)
        code = gnutls_privkey_import_x509_raw(g->key, &bytes, GNUTLS_X509_FMT_PEM, NULL, 0);
    gnutls_memset(bytes.data, 0, bytes.size);
    gnutls_free(bytes.data);
    return code < 0 ? refuse(file, code, why) : FAULT_NONE;
}

/* Does the key fit to the first certificate?  Both have the same public key then. */
static bool
fit(const struct generation *g)
{
    gnutls_pubkey_t of_key = NULL;
    unsigned char a[64], b[64];
    size_t a_bytes = sizeof a, b_bytes = sizeof b;
    bool same =
        gnutls_pubkey_init(&of_key) == GNUTLS_E_SUCCESS &&
        gnutls_pubkey_import_privkey(of_key, g->key, 0, 0) == GNUTLS_E_SUCCESS &&
        gnutls_pubkey_get_key_id(of_key, GNUTLS_KEYID_USE_SHA256, a, &a_bytes) == 0 &&
        gnutls_pubkey_get_key_id(g->chain[0].pubkey, GNUTLS_KEYID_USE_SHA256, b, &b_bytes) == 0 &&
        a_bytes == b_bytes && memcmp(a, b, a_bytes) == 0;
    if (of_key != NULL)
        gnutls_pubkey_deinit(of_key);
    return same;
}

static enum fault
read_generation(const struct certificates *c, struct generation **out, struct why *why)
{
    struct generation *g = calloc(1, sizeof *g);
    if (g == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for certificates");
    enum fault fault = read_chain(c->certificate_file, g, why);
    if (fault == FAULT_NONE)
        fault = read_key(c->key_file, g, why);
    if (fault == FAULT_NONE && !fit(g))
        fault = why_set(why, FAULT_FILE, "%s is not the key of the certificate in %s", c->key_file,
                        c->certificate_file);
    if (fault == FAULT_NONE)
        *out = g;
    else
        generations_free(g);
    return fault;
}

enum fault
certificates_open(const char *certificate_file, const char *key_file, struct certificates **out,
                  struct why *why)
{
    struct certificates *c = calloc(1, sizeof *c);
    if (c == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for certificates");
    *c = (struct certificates){ certificate_file, key_file, NULL };
    enum fault fault = read_generation(c, &c->now, why);
    if (fault != FAULT_NONE) {
        free(c);
        return fault;
    }
    *out = c;
    return FAULT_NONE;
}

void
certificates_free(struct certificates *c)
{
    if (c == NULL)
        return;
    generations_free(c->now);
    if (of_process == c)
        of_process = NULL;
    free(c);
}

/* Nobody can need those any more. */
static void
forget_old(struct generation *newest, int64_t now_ms)
{
    for (struct generation *g = newest; g->before != NULL; g = g->before) {
        if (g->before->replaced_ms + KEEP_MS > now_ms)
            continue;
        generations_free(g->before);
        g->before = NULL;
        return;
    }
}

enum fault
certificates_renew(struct certificates *c, int64_t now_ms, struct why *why)
{
    struct generation *fresh;
    enum fault fault = read_generation(c, &fresh, why);
    if (fault != FAULT_NONE)
        return fault;
    c->now->replaced_ms = now_ms;
    fresh->before = c->now;
    c->now = fresh;
    forget_old(fresh, now_ms);
    return FAULT_NONE;
}

static int
give(gnutls_session_t session, const gnutls_datum_t *authorities, int authority_count,
     const gnutls_pk_algorithm_t *algorithms, int algorithm_count, gnutls_pcert_st **chain,
     unsigned *count, gnutls_privkey_t *key)
{
    (void)session, (void)authorities, (void)authority_count, (void)algorithms;
    (void)algorithm_count;
    *chain = of_process->now->chain;
    *count = of_process->now->count;
    *key = of_process->now->key;
    return 0;
}

void (*certificates_callback(struct certificates *c))(void)
{
    of_process = c;
    return (void (*)(void))give;
}
