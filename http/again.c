/* A signal sets a number; the loop looks at it in its turn. */
#include "http/again.h"

#include <signal.h>

static volatile sig_atomic_t hangups;

static void
on_hangup(int number)
{
    (void)number;
    hangups = hangups + 1;
}

void
again_listen(void)
{
    const struct sigaction hangup = { .sa_handler = on_hangup };

    (void)sigaction(SIGHUP, &hangup, NULL);
}

bool
again_look(const struct again *a)
{
    struct tokens *fresh = NULL;
    struct why why;

    if (hangups == 0)
        return false;
    hangups = 0;
    enum fault fault = *a->tokens == NULL ? FAULT_NONE : a->read(a->tokens_file, &fresh, &why);
    if (fault == FAULT_NONE && fresh != NULL) {
        tokens_inherit(fresh, *a->tokens);
        tokens_free(*a->tokens);
        *a->tokens = fresh;
    }
    if (fault == FAULT_NONE)
        fault = http_renew(a->http, &why);
    if (fault == FAULT_NONE)
        log_say(a->log, LOG_INFO, "tokens and certificates are read again",
                LOG_S("reason", "SIGHUP"));
    else
        log_fault(a->log, LOG_ERROR, "SIGHUP: what was read before is used on", fault, &why);
    return fresh != NULL;
}
