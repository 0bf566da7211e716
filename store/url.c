/* A Redis URL to what it means.
 *
 * Written by hand for the few forms that there are.  No sentence quotes any
 * part that may hold the password: it goes to logs and terminals. */
#include "store/url.h"

#include <ctype.h>

/* FAULT_OPTION with a sentence. */
#define WRONG(why, ...) why_set((why), FAULT_OPTION, "Redis URL: " __VA_ARGS__)

/* Cut a beginning off; false, and t untouched, when it begins otherwise. */
static bool
take_prefix(struct text *t, const char *prefix)
{
    size_t length = strlen(prefix);

    if (t->length < length || memcmp(t->at, prefix, length) != 0)
        return false;
    *t = (struct text){ t->at + length, t->length - length };
    return true;
}

/* Cut t at the first `c`: the part before it goes to *head, t is what follows.
 * False, both untouched, when there is none. */
static bool
take_until(struct text *t, char c, struct text *head)
{
    const char *found = t->length == 0 ? NULL : memchr(t->at, c, t->length);

    if (found == NULL)
        return false;
    size_t length = (size_t)(found - t->at);
    *head = (struct text){ t->at, length };
    *t = (struct text){ found + 1, t->length - length - 1 };
    return true;
}

/* Percent-decode into out with NUL; what: the part's name for the sentence. */
static enum fault
decode(struct text t, char *out, size_t size, const char *what, struct why *why)
{
    size_t length = 0;

    for (size_t i = 0; i < t.length; i++) {
        char c = t.at[i];
        if (c == '%') {
            char digits[3] = "";
            if (i + 2 < t.length)
                memcpy(digits, t.at + i + 1, 2);
            if (!isxdigit((unsigned char)digits[0]) || !isxdigit((unsigned char)digits[1]))
                return WRONG(why, "%% in the %s is not followed by two hex digits", what);
            c = (char)strtol(digits, NULL, 16);
            i += 2;
        }
        if (c == '\0')
            return WRONG(why, "NUL in the %s", what);
        if (length + 1 >= size)
            return WRONG(why, "the %s is longer than %zu bytes", what, size - 1);
        out[length++] = c;
    }
    out[length] = '\0';
    return FAULT_NONE;
}

/* Digits only, at most 6 of them. */
static bool
read_count(struct text t, int least, int most, int *out)
{
    int64_t n = t.length > 6 ? -1 : text_number(t);

    if (n < least || n > most)
        return false;
    *out = (int)n;
    return true;
}

/* "user:password@" in front of t, if any.  The last @ ends it: a password
 * with a bare @ is then still understood. */
static enum fault
read_login(struct text *t, struct store_url *url, struct why *why)
{
    size_t at = t->length;

    while (at > 0 && t->at[at - 1] != '@')
        at--;
    if (at == 0)
        return FAULT_NONE;
    /* The first colon ends the user: a password may hold more of them. */
    struct text login = { t->at, at - 1 }, user;
    *t = (struct text){ t->at + at, t->length - at };
    if (!take_until(&login, ':', &user))
        return WRONG(why, "before the @ stands user:password, or :password for the default user");
    enum fault fault = decode(user, url->user, sizeof url->user, "user", why);
    if (fault == FAULT_NONE)
        fault = decode(login, url->password, sizeof url->password, "password", why);
    if (fault == FAULT_NONE && url->password[0] == '\0')
        fault = WRONG(why, "the password is empty");
    return fault;
}

static enum fault
read_db(struct text t, struct store_url *url, struct why *why)
{
    if (read_count(t, 0, URL_DB_MOST, &url->db))
        return FAULT_NONE;
    return WRONG(why, "the database is a number from 0 to %d", URL_DB_MOST);
}

/* "host", "host:port", "[v6]:port" */
static enum fault
read_host(struct text t, int port, struct address *out, struct why *why)
{
    struct text host = t;
    bool port_follows;

    /* Brackets, since an IPv6 address holds colons. */
    if (take_prefix(&t, "[")) {
        if (!take_until(&t, ']', &host) || (t.length > 0 && t.at[0] != ':'))
            return WRONG(why, "an IPv6 host is written [::1]:6379");
        port_follows = take_prefix(&t, ":");
    } else {
        port_follows = take_until(&t, ':', &host);
    }
    if (host.length == 0)
        return WRONG(why, "there is no host in it");
    for (size_t i = 0; i < host.length; i++)
        if (host.at[i] <= ' ' || host.at[i] == 0x7f)
            return WRONG(why, "a blank or control character in the host");
    if (port_follows && !read_count(t, 1, 65535, &port))
        return WRONG(why, "the port is a number from 1 to 65535");
    if (!address_make(host, port, out))
        return WRONG(why, "the host is too long");
    return FAULT_NONE;
}

/* "host,host:port,..." */
static enum fault
read_hosts(struct text t, struct store_url *url, struct why *why)
{
    int port = url->kind == URL_SENTINEL ? URL_SENTINEL_PORT : URL_PORT;
    enum fault fault = FAULT_NONE;
    bool more = true;

    while (more && fault == FAULT_NONE) {
        struct text one = t;
        more = take_until(&t, ',', &one);
        if (more && url->kind == URL_ONE)
            return WRONG(why, "redis:// takes one host; a list is for redis+cluster:// "
                              "and redis+sentinel://");
        if (url->host_count == URL_HOSTS_MOST)
            return WRONG(why, "more than %d hosts; a few are enough", URL_HOSTS_MOST);
        fault = read_host(one, port, &url->hosts[url->host_count++], why);
    }
    return fault;
}

/* What stands behind the hosts and a slash; t is absent without a slash. */
static enum fault
read_rest(struct text t, struct store_url *url, struct why *why)
{
    enum fault fault = FAULT_NONE;
    struct text name = t;

    if (url->kind == URL_ONE)
        return t.length > 0 ? read_db(t, url, why) : FAULT_NONE;
    if (url->kind == URL_CLUSTER && t.length > 0)
        return WRONG(why, "a cluster has no numbered databases; nothing follows its hosts");
    if (url->kind == URL_CLUSTER)
        return FAULT_NONE;
    if (t.at == NULL)
        return WRONG(why, "after the sentinels stands the name of the master, as in "
                          "redis+sentinel://host:26379/mymaster");
    if (take_until(&t, '/', &name) && t.length > 0)
        fault = read_db(t, url, why);
    if (fault == FAULT_NONE && name.length == 0)
        fault = WRONG(why, "the name of the master is empty");
    if (fault == FAULT_NONE)
        fault = decode(name, url->master, sizeof url->master, "name of the master", why);
    return fault;
}

/* "[user:password@]host[:port],...[/...]" */
static enum fault
read_servers(struct text t, struct store_url *url, struct why *why)
{
    enum fault fault = read_login(&t, url, why);
    struct text hosts = t, rest = { NULL, 0 };

    if (fault == FAULT_NONE && take_until(&t, '/', &hosts))
        rest = t;
    if (fault == FAULT_NONE)
        fault = read_rest(rest, url, why);
    return fault == FAULT_NONE ? read_hosts(hosts, url, why) : fault;
}

/* "[user:password@]/path[?db=N]" */
static enum fault
read_unix(struct text t, struct store_url *url, struct why *why)
{
    struct text path = t;
    enum fault fault = FAULT_NONE;

    url->host_count = 1;
    if (take_until(&t, '?', &path)) {
        if (!take_prefix(&t, "db="))
            return WRONG(why, "after the path only ?db=N may follow");
        fault = read_db(t, url, why);
    }
    if (fault == FAULT_NONE)
        fault = read_login(&path, url, why);
    if (fault == FAULT_NONE && (path.length < 2 || path.at[0] != '/'))
        fault = WRONG(why, "the socket's path begins with /, as in unix:///run/redis.sock");
    if (fault == FAULT_NONE)
        /* A port of 0 marks the address as a path. */
        fault = decode(path, url->hosts[0].host, URL_PATH_BYTES, "path", why);
    return fault;
}

static const struct {
    const char *scheme;
    enum url_kind kind;
    enum fault (*read)(struct text t, struct store_url *url, struct why *why);
} SCHEMES[] = {
    { "redis://", URL_ONE, read_servers },
    { "unix://", URL_ONE, read_unix },
    { "redis+cluster://", URL_CLUSTER, read_servers },
    { "redis+sentinel://", URL_SENTINEL, read_servers },
};

enum fault
store_url_read(struct text url, struct store_url *out, struct why *why)
{
    /* Known, so that the sentence is not "it begins with ...". */
    if (take_prefix(&url, "rediss://"))
        return WRONG(why, "rediss:// is not yet supported");
    for (size_t i = 0; i < sizeof SCHEMES / sizeof SCHEMES[0]; i++) {
        struct store_url read = { .kind = SCHEMES[i].kind };
        if (!take_prefix(&url, SCHEMES[i].scheme))
            continue;
        enum fault fault = SCHEMES[i].read(url, &read, why);
        if (fault == FAULT_NONE)
            *out = read;
        return fault;
    }
    return WRONG(why, "it begins with redis://, unix://, redis+cluster:// or "
                      "redis+sentinel://");
}
