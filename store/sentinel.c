/* Asking sentinels who the master is.
 *
 * A sentinel is asked by a connection of its own, without user and password:
 * those of the URL are the master's.  The one that answered is asked first the
 * next time, too. */
#include "store/route.h"

/* Ask one sentinel.  FAULT_STORE_AWAY also when it does not know the master. */
static enum fault
ask_one(struct route *r, struct connection *c, const struct address *sentinel,
        struct address *master, struct why *why)
{
    const struct introduction *us = r->introduction;
    const struct text args[] = { TEXT_LITERAL("SENTINEL"), TEXT_LITERAL("GET-MASTER-ADDR-BY-NAME"),
                                 text_of(us->url.master) };
    struct answer answer;
    char at[ADDRESS_TEXT];
    enum fault fault = connection_dial(c, sentinel, us->connect_ms, why);

    if (fault == FAULT_NONE)
        fault = connection_send(c, NULL, 0, args, 3, why);
    if (fault == FAULT_NONE)
        fault = connection_receive(c, &answer, why);
    if (fault != FAULT_NONE)
        return fault;
    (void)address_write(sentinel, at);
    if (answer.kind == ANSWER_ERROR) {
        (void)snprintf(r->refusal_text, sizeof r->refusal_text, "%.*s (says the sentinel at %.80s)",
                       text_shown(answer.text), answer.text.at, at);
        r->refusal = (struct answer){ .kind = ANSWER_ERROR, .text = text_of(r->refusal_text) };
        return FAULT_NONE;
    }
    /* Nil: it watches no master of this name. */
    if (answer.kind != ANSWER_LIST || answer.count != 2)
        return why_set(why, FAULT_STORE_AWAY, "the sentinel at %s knows no master of the name %s",
                       at, us->url.master);
    if (!address_make(answer.items[0].text, text_number(answer.items[1].text), master))
        return why_set(why, FAULT_STORE_AWAY, "the sentinel at %s names no address", at);
    return FAULT_NONE;
}

enum fault
sentinel_ask(struct route *r, struct address *master, struct why *why)
{
    const struct store_url *url = &r->introduction->url;
    struct connection *c = connection_new();
    enum fault fault = FAULT_STORE_AWAY;

    if (c == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for a connection");
    r->refusal.kind = ANSWER_NIL;
    for (size_t i = 0; i < url->host_count && fault == FAULT_STORE_AWAY; i++) {
        fault = ask_one(r, c, &url->hosts[r->turn % url->host_count], master, why);
        connection_release(c);
        if (fault == FAULT_STORE_AWAY)
            r->turn++; /* the next one, also the next time */
    }
    connection_free(c);
    return fault;
}
