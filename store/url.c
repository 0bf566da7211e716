#include "store/url.h"

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

static int
hex_digit(char c)
{
    if ('0' <= c && c <= '9')
        return c - '0';
    if ('a' <= c && c <= 'f')
        return c - 'a' + 10;
    if ('A' <= c && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Percent-decode into out with NUL; what: the part's name for the sentence. */
static enum fault
decode(struct text t, char *out, size_t size, const char *what, struct why *why)
{
    size_t length = 0;

    for (size_t i = 0; i < t.length; i++) {
        char c = t.at[i];
        if (c == '%') {
            int high = i + 2 < t.length ? hex_digit(t.at[i + 1]) : -1;
            int low = i + 2 < t.length ? hex_digit(t.at[i + 2]) : -1;
            if (high < 0 || low < 0)
                return why_set(why, FAULT_OPTION,
                               "Redis URL: %% in the %s is not followed by two hex digits", what);
            c = (char)(high * 16 + low);
            i += 2;
        }
        if (c == '\0')
            return why_set(why, FAULT_OPTION, "Redis URL: NUL in the %s", what);
        if (length + 1 >= size)
            return why_set(why, FAULT_OPTION, "Redis URL: the %s is longer than %zu bytes", what,
                           size - 1);
        out[length++] = c;
    }
    out[length] = '\0';
    return FAULT_NONE;
}

static bool
read_count(struct text t, int least, int most, int *out)
{
    int n = 0;

    if (t.length == 0 || t.length > 6)
        return false;
    for (size_t i = 0; i < t.length; i++) {
        if (t.at[i] < '0' || t.at[i] > '9')
            return false;
        n = n * 10 + (t.at[i] - '0');
    }
    if (n < least || n > most)
        return false;
    *out = n;
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
    struct text login = { t->at, at - 1 }, user;
    *t = (struct text){ t->at + at, t->length - at };
    if (!take_until(&login, ':', &user))
        return why_set(
            why, FAULT_OPTION,
            "Redis URL: before the @ stands user:password, or :password for the default user");
    enum fault fault = decode(user, url->user, sizeof url->user, "user", why);
    if (fault == FAULT_NONE)
        fault = decode(login, url->password, sizeof url->password, "password", why);
    if (fault == FAULT_NONE && url->password[0] == '\0')
        fault = why_set(why, FAULT_OPTION, "Redis URL: the password is empty");
    return fault;
}

static enum fault
read_db(struct text t, struct store_url *url, struct why *why)
{
    if (read_count(t, 0, URL_DB_MOST, &url->db))
        return FAULT_NONE;
    return why_set(why, FAULT_OPTION, "Redis URL: the database is a number from 0 to %d",
                   URL_DB_MOST);
}

/* "host", "host:port", "[v6]:port" */
static enum fault
read_host(struct text t, int port, struct address *out, struct why *why)
{
    struct text host = t;
    bool port_follows;

    if (take_prefix(&t, "[")) {
        if (!take_until(&t, ']', &host) || (t.length > 0 && t.at[0] != ':'))
            return why_set(why, FAULT_OPTION, "Redis URL: an IPv6 host is written [::1]:6379");
        port_follows = take_prefix(&t, ":");
    } else {
        port_follows = take_until(&t, ':', &host);
    }
    if (host.length == 0)
        return why_set(why, FAULT_OPTION, "Redis URL: there is no host in it");
    if (host.length >= sizeof out->host)
        return why_set(why, FAULT_OPTION, "Redis URL: the host is too long");
    for (size_t i = 0; i < host.length; i++)
        if (host.at[i] <= ' ' || host.at[i] == 0x7f)
            return why_set(why, FAULT_OPTION,
                           "Redis URL: a blank or control character in the host");
    memcpy(out->host, host.at, host.length);
    out->host[host.length] = '\0';
    out->port = port;
    if (port_follows && !read_count(t, 1, 65535, &out->port))
        return why_set(why, FAULT_OPTION, "Redis URL: the port is a number from 1 to 65535");
    return FAULT_NONE;
}

/* "host,host:port,..." */
static enum fault
read_hosts(struct text t, int port, struct store_url *url, struct why *why)
{
    enum fault fault = FAULT_NONE;
    bool more = true;

    while (more && fault == FAULT_NONE) {
        struct text one = t;
        more = take_until(&t, ',', &one);
        if (more && url->kind == URL_ONE)
            return why_set(why, FAULT_OPTION,
                           "Redis URL: redis:// takes one host; a list is for redis+cluster:// "
                           "and redis+sentinel://");
        if (url->host_count == URL_HOSTS_MOST)
            return why_set(why, FAULT_OPTION, "Redis URL: more than %d hosts; a few are enough",
                           URL_HOSTS_MOST);
        fault = read_host(one, port, &url->hosts[url->host_count++], why);
    }
    return fault;
}

static enum fault
read_one(struct text t, struct store_url *url, struct why *why)
{
    enum fault fault = read_login(&t, url, why);
    struct text host = t;

    if (fault == FAULT_NONE && take_until(&t, '/', &host) && t.length > 0)
        fault = read_db(t, url, why);
    return fault == FAULT_NONE ? read_hosts(host, URL_PORT, url, why) : fault;
}

static enum fault
read_cluster(struct text t, struct store_url *url, struct why *why)
{
    url->kind = URL_CLUSTER;
    enum fault fault = read_login(&t, url, why);
    struct text hosts = t;

    if (fault == FAULT_NONE && take_until(&t, '/', &hosts) && t.length > 0)
        fault =
            why_set(why, FAULT_OPTION,
                    "Redis URL: a cluster has no numbered databases; nothing follows its hosts");
    return fault == FAULT_NONE ? read_hosts(hosts, URL_PORT, url, why) : fault;
}

static enum fault
read_sentinel(struct text t, struct store_url *url, struct why *why)
{
    url->kind = URL_SENTINEL;
    enum fault fault = read_login(&t, url, why);
    struct text hosts, name;

    if (fault != FAULT_NONE)
        return fault;
    if (!take_until(&t, '/', &hosts))
        return why_set(why, FAULT_OPTION,
                       "Redis URL: after the sentinels stands the name of the master, as in "
                       "redis+sentinel://host:26379/mymaster");
    name = t;
    if (take_until(&t, '/', &name) && t.length > 0)
        fault = read_db(t, url, why);
    if (fault == FAULT_NONE && name.length == 0)
        fault = why_set(why, FAULT_OPTION, "Redis URL: the name of the master is empty");
    if (fault == FAULT_NONE)
        fault = decode(name, url->master, sizeof url->master, "name of the master", why);
    return fault == FAULT_NONE ? read_hosts(hosts, URL_SENTINEL_PORT, url, why) : fault;
}

static enum fault
read_unix(struct text t, struct store_url *url, struct why *why)
{
    struct text path = t;
    enum fault fault = FAULT_NONE;

    url->host_count = 1;
    if (take_until(&t, '?', &path)) {
        if (!take_prefix(&t, "db="))
            return why_set(why, FAULT_OPTION, "Redis URL: after the path only ?db=N may follow");
        fault = read_db(t, url, why);
    }
    if (fault == FAULT_NONE)
        fault = read_login(&path, url, why);
    if (fault == FAULT_NONE && (path.length < 2 || path.at[0] != '/'))
        fault = why_set(why, FAULT_OPTION,
                        "Redis URL: the socket's path begins with /, as in unix:///run/redis.sock");
    if (fault == FAULT_NONE)
        fault = decode(path, url->hosts[0].host, URL_PATH_BYTES, "path", why);
    return fault;
}

static const struct {
    const char *scheme;
    enum fault (*read)(struct text t, struct store_url *url, struct why *why);
} SCHEMES[] = {
    { "redis://", read_one },
    { "unix://", read_unix },
    { "redis+cluster://", read_cluster },
    { "redis+sentinel://", read_sentinel },
};

enum fault
store_url_read(struct text url, struct store_url *out, struct why *why)
{
    if (take_prefix(&url, "rediss://"))
        return why_set(why, FAULT_OPTION, "Redis URL: rediss:// is not yet supported");
    for (size_t i = 0; i < sizeof SCHEMES / sizeof SCHEMES[0]; i++) {
        struct store_url read = { 0 };
        if (!take_prefix(&url, SCHEMES[i].scheme))
            continue;
        enum fault fault = SCHEMES[i].read(url, &read, why);
        if (fault == FAULT_NONE)
            *out = read;
        return fault;
    }
    return why_set(why, FAULT_OPTION,
                   "Redis URL: it begins with redis://, unix://, redis+cluster:// or "
                   "redis+sentinel://");
}
