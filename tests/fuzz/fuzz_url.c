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
    if (url.transport == URL_TCP)
        MUST(url.host[0] != '\0' && strlen(url.host) < sizeof url.host && 1 <= url.port &&
             url.port <= 65535);
    else
        MUST(url.path[0] == '/' && strlen(url.path) < sizeof url.path);
    return 0;
}
