/* The id of a record that came without one: SHA-256 over what it states.
 *
 * Only libcrypto knows SHA-256 here.  Not to keep secrets: nobody should be
 * able to make two facts with one id, of which one would then stand for both. */
#include "ingest/derive.h"

#include <openssl/evp.h>

struct deriver {
    EVP_MD_CTX *context;
    EVP_MD *sha256; /* fetched once: a look-up costs more than the digest */
    char id[DERIVED_ID_BYTES + 1];
    char canonical[CANONICAL_BYTES];
};

struct deriver *
deriver_new(void)
{
    struct deriver *deriver = malloc(sizeof *deriver);
    if (deriver == NULL)
        return NULL;
    deriver->context = EVP_MD_CTX_new();
    deriver->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (deriver->context == NULL || deriver->sha256 == NULL) {
        deriver_free(deriver);
        return NULL;
    }
    return deriver;
}

void
deriver_free(struct deriver *deriver)
{
    if (deriver == NULL)
        return;
    EVP_MD_CTX_free(deriver->context);
    EVP_MD_free(deriver->sha256);
    free(deriver);
}

enum fault
derive_id(struct deriver *deriver, struct record *r, struct why *why)
{
    struct text stated = record_canonical(r, deriver->canonical, sizeof deriver->canonical);
    uint8_t digest[32];
    if (EVP_DigestInit_ex2(deriver->context, deriver->sha256, NULL) != 1 ||
        EVP_DigestUpdate(deriver->context, stated.at, stated.length) != 1 ||
        EVP_DigestFinal_ex(deriver->context, digest, NULL) != 1)
        return why_set(why, FAULT_NO_MEMORY, "SHA-256 failed");
    record_derive_id(r, digest, deriver->id);
    return FAULT_NONE;
}
