/* url.h - where Redis is, and as whom we speak to it.
 *
 *      redis://[user:password@]host[:port][/db]
 *      redis://:password@host             the default user
 *      unix://[user:password@]/path[?db=N]
 *      redis+cluster://[user:password@]host[:port],host[:port],...
 *      redis+sentinel://[user:password@]host[:port],.../name[/db]
 *
 * User, password and path may be percent-encoded; an IPv6 host stands in
 * brackets.  The hosts of a cluster are where its map is asked for, any of its
 * nodes; those of sentinel:// are sentinels, which know where the master
 * `name` is, and the user and password are of that master.  The struct is flat
 * and owns its bytes, so there is nothing to free; TLS would add a flag.
 */
#ifndef STORE_URL_H
#define STORE_URL_H

#include "base/fault.h"
#include "base/text.h"
#include "store/address.h"

enum {
    URL_NAME_BYTES = 256, /* user, name of a master */
    URL_PASSWORD_BYTES = 1024,
    URL_PATH_BYTES = 108, /* sun_path of sockaddr_un with NUL */
    URL_PORT = 6379,
    URL_SENTINEL_PORT = 26379,
    URL_DB_MOST = 999999,
    URL_HOSTS_MOST = 16,
};

enum url_kind { URL_ONE, URL_CLUSTER, URL_SENTINEL };

struct store_url {
    enum url_kind kind;
    char user[URL_NAME_BYTES];         /* "": the default user */
    char password[URL_PASSWORD_BYTES]; /* "": no AUTH */
    struct address hosts[URL_HOSTS_MOST];
    size_t host_count;           /* 1 of URL_ONE */
    char master[URL_NAME_BYTES]; /* URL_SENTINEL */
    int db;
};

/* Read a URL.  FAULT_OPTION with a sentence that never quotes the password;
 * *out is then untouched. */
MUST_USE enum fault store_url_read(struct text url, struct store_url *out, struct why *why);

#endif
