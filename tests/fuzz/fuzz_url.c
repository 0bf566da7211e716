/* The URL of a Redis. */
#include "store/url.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
    struct text text = { (const char *)at, size };
    struct store_url url;
    struct why why = { 0 };
    enum fault fault;

    memset(&url, 'x', sizeof url);
    fault = store_url_read(text, &url, &why);
    if (fault != FAULT_NONE) {
        MUST(fault == FAULT_OPTION && why.text[0] != '\0' && fuzz_is_harmless(why.text));
        MUST(url.user[0] == 'x' && url.db == 0x78787878); /* untouched */
        return 0;
    }
    MUST(strlen(url.user) < sizeof url.user && strlen(url.password) < sizeof url.password);
    MUST(0 <= url.db && url.db <= URL_DB_MOST);
    MUST(1 <= url.host_count && url.host_count <= URL_HOSTS_MOST);
    for (size_t i = 0; i < url.host_count; i++) {
        MUST(url.hosts[i].host[0] != '\0' && strlen(url.hosts[i].host) < sizeof url.hosts[i].host);
        MUST(0 <= url.hosts[i].port && url.hosts[i].port <= 65535);
        MUST(url.hosts[i].port > 0 || (url.kind == URL_ONE && url.hosts[i].host[0] == '/'));
    }
    return 0;
}
