/* url.h - where a Redis is, and as whom we speak to it.
 *
 *      redis://[user:password@]host[:port][/db]
 *      redis://:password@host             the default user
 *      unix://[user:password@]/path[?db=N]
 *
 * User, password and path may be percent-encoded; an IPv6 host stands in
 * brackets.  The struct is flat and owns its bytes, so there is nothing to
 * free; Sentinel and Cluster would add a list of hosts, TLS a flag.
 */
#ifndef STORE_URL_H
#define STORE_URL_H

#include "core/fault.h"
#include "core/text.h"

enum {
    URL_NAME_BYTES = 256, /* user, host */
    URL_PASSWORD_BYTES = 1024,
    URL_PATH_BYTES = 108, /* sun_path of sockaddr_un with NUL */
    URL_PORT = 6379,
    URL_DB_MOST = 999999,
};

enum url_transport { URL_TCP, URL_UNIX };

struct store_url {
    enum url_transport transport;
    char user[URL_NAME_BYTES];         /* "": the default user */
    char password[URL_PASSWORD_BYTES]; /* "": no AUTH */
    char host[URL_NAME_BYTES];         /* URL_TCP */
    int port;                          /* URL_TCP */
    char path[URL_PATH_BYTES];         /* URL_UNIX */
    int db;
};

/* Read a URL.  FAULT_OPTION with a sentence that never quotes the password;
 * *out is then untouched. */
MUST_USE enum fault store_url_read(struct text url, struct store_url *out, struct why *why);

#endif
