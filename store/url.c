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
read_host(struct text t, struct store_url *url, struct why *why)
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
    if (host.length >= sizeof url->host)
        return why_set(why, FAULT_OPTION, "Redis URL: the host is too long");
    if (memchr(host.at, ',', host.length) != NULL)
        return why_set(why, FAULT_OPTION,
                       "Redis URL: redis:// takes one host; a list is for a cluster");
    for (size_t i = 0; i < host.length; i++)
        if (host.at[i] <= ' ' || host.at[i] == 0x7f)
            return why_set(why, FAULT_OPTION,
                           "Redis URL: a blank or control character in the host");
    memcpy(url->host, host.at, host.length);
    url->host[host.length] = '\0';
    url->port = URL_PORT;
    if (port_follows && !read_count(t, 1, 65535, &url->port))
        return why_set(why, FAULT_OPTION, "Redis URL: the port is a number from 1 to 65535");
    return FAULT_NONE;
}

static enum fault
read_tcp(struct text t, struct store_url *url, struct why *why)
{
    url->transport = URL_TCP;
    enum fault fault = read_login(&t, url, why);
    if (fault != FAULT_NONE)
        return fault;
    struct text host = t;
    if (take_until(&t, '/', &host) && t.length > 0)
        fault = read_db(t, url, why);
    return fault == FAULT_NONE ? read_host(host, url, why) : fault;
}

static enum fault
read_unix(struct text t, struct store_url *url, struct why *why)
{
    struct text path = t;

    url->transport = URL_UNIX;
    enum fault fault = FAULT_NONE;
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
        fault = decode(path, url->path, sizeof url->path, "path", why);
    return fault;
}

static const char *const NOT_YET[] = { "rediss://", "redis+cluster://", "redis+sentinel://" };

enum fault
store_url_read(struct text url, struct store_url *out, struct why *why)
{
    struct store_url read = { 0 };
    enum fault fault;

    for (size_t i = 0; i < sizeof NOT_YET / sizeof NOT_YET[0]; i++)
        if (take_prefix(&url, NOT_YET[i]))
            return why_set(why, FAULT_OPTION, "Redis URL: %s is not yet supported", NOT_YET[i]);
    if (take_prefix(&url, "redis://"))
        fault = read_tcp(url, &read, why);
    else if (take_prefix(&url, "unix://"))
        fault = read_unix(url, &read, why);
    else
        fault = why_set(why, FAULT_OPTION, "Redis URL: it begins with redis:// or unix://");
    if (fault == FAULT_NONE)
        *out = read;
    return fault;
}
