/* certificate.h - our certificate and key for TLS, which may be read again while they are in use.
 */
#ifndef HTTP_CERTIFICATE_H
#define HTTP_CERTIFICATE_H

#include "base/fault.h"

#include <stdint.h>

struct certificates;

/* Both files are PEM; the first may hold a chain.  FAULT_FILE: one can't be read, or they don't
 * belong together; FAULT_NO_MEMORY.  certificates_free(NULL) is fine. */
MUST_USE enum fault certificates_open(const char *certificate_file, const char *key_file,
                                      struct certificates **out, struct why *why);
void certificates_free(struct certificates *certificates);

/* Read both files again.  Connections that shake hands may still need those before, which are kept
 * for a minute from now_ms on.  A fault changes nothing. */
MUST_USE enum fault
certificates_renew(struct certificates *certificates, int64_t now_ms, struct why *why);

/* MHD_OPTION_HTTPS_CERT_CALLBACK's function, which looks at the ones opened last: there is one
 * server in a process. */
void (*certificates_callback(struct certificates *certificates))(void);

#endif
