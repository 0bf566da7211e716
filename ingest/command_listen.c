/* What tally-ingest does with --listen: the gateway, from its settings to its last word. */
#include "ingest/gateway.h"

enum { LAST_MS = 10 * 1000 }; /* in which the last answers are taken */

static struct http_settings
http_settings_of(const struct setup *setup)
{
    return (struct http_settings){
        .address = setting(setup, SETTING_LISTEN),
        .certificate_file = setting(setup, SETTING_TLS_CERT),
        .key_file = setting(setup, SETTING_TLS_KEY),
        .connections = (unsigned)options_count(setup->options, SETTING_CONNECTIONS),
        .connections_per_address =
            (unsigned)options_count(setup->options, SETTING_CONNECTIONS_PER_ADDRESS),
        .body_bytes = BATCH_BODY_BYTES,
        .bodies_bytes = (size_t)options_count(setup->options, SETTING_MEMORY) << 20,
    };
}

/* A bearer token is a password. */
static void
warn_of_plain_text(const struct gateway *g)
{
    struct why why;
    bool is_loopback = true;
    const char *address = setting(g->setup, SETTING_LISTEN);
    if (setting(g->setup, SETTING_TLS_CERT) == NULL &&
        http_is_loopback(address, &is_loopback, &why) == FAULT_NONE && !is_loopback)
        log_say(g->log, LOG_WARN, "tokens and records are sent in plain text",
                LOG_S("address", address),
                LOG_S("advice", "--tls-cert and --tls-key, unless something before it speaks TLS"));
}

static void
serve(struct gateway *g)
{
    warn_of_plain_text(g);
    log_say(g->log, LOG_INFO, "listening", LOG_S("address", setting(g->setup, SETTING_LISTEN)),
            LOG_I("port", http_port(g->http)),
            LOG_S("tls", setting(g->setup, SETTING_TLS_CERT) == NULL ? "no" : "yes"),
            LOG_S("tokens", g->tokens == NULL ? "none" : g->tokens_file));
    while (*g->setup->signals == 0)
        gateway_turn(g);
    /* Those who wait are answered, nobody new is let in. */
    g->stops = true;
    dials_stop(&g->dials);
    http_quiet(g->http);
    while (*g->setup->signals < 2 && gateway_is_waited_for(g))
        gateway_turn(g);
    int64_t until_ms = g->now_ms + LAST_MS;
    do
        gateway_turn(g);
    while (*g->setup->signals < 2 && http_is_answering(g->http) && g->now_ms < until_ms);
}

/* What was not delivered may be lost: its sender was told that it is unknown. */
static void
tell_end(const struct gateway *g)
{
    struct publish_counts counts = { 0 };
    if (g->publisher != NULL)
        counts = publish_counts(g->publisher);
    report_say(g->setup->report, LOG_INFO, "summary", LOG_I("requests", g->counts.requests),
               LOG_I("accepted", g->counts.records[OUTCOME_ACCEPTED]),
               LOG_I("refused", g->counts.records[OUTCOME_REFUSED]),
               LOG_I("unknown", g->counts.records[OUTCOME_UNKNOWN]),
               LOG_I("in_queue", counts.sent - counts.delivered - counts.failed));
}

static enum fault
open_listen(struct setup *setup, struct why *why)
{
    const char *certificate = setting(setup, SETTING_TLS_CERT),
               *key = setting(setup, SETTING_TLS_KEY);
    bool is_loopback = false;
    enum fault fault = dials_judge(setup, why);
    if (fault == FAULT_NONE)
        fault = http_is_loopback(setting(setup, SETTING_LISTEN), &is_loopback, why);
    if (fault != FAULT_NONE)
        return fault;
    if (!is_loopback && setting(setup, SETTING_TOKENS) == NULL)
        return why_set(why, FAULT_OPTION,
                       "--listen %s: others than this machine may send there, and would need "
                       "tokens; wanted: --tokens FILE, or 127.0.0.1",
                       setting(setup, SETTING_LISTEN));
    if ((certificate == NULL) != (key == NULL))
        return why_set(why, FAULT_OPTION, "--tls-cert and --tls-key belong together");
    if (setup->operand_count > 0)
        return why_set(why, FAULT_OPTION, "--listen: it takes no file; records come over HTTP");
    if (setting(setup, SETTING_CREATE_TOPICS) != NULL)
        return why_set(why, FAULT_OPTION,
                       "--listen makes no topics; before it, run: tally-ingest --create-topics "
                       "</dev/null");
    fault = setup_open_map(setup, why);
    return fault == FAULT_NONE ? setup_open_kafka(setup, why) : fault;
}

static int
run_listen(struct setup *setup)
{
    struct why why = { 0 };
    struct gateway g;
    struct http_settings settings = http_settings_of(setup);
    struct http_handler handler = routes_handler(&g);
    enum fault fault = gateway_open(&g, setup, &why);
    if (fault == FAULT_NONE)
        fault = routes_count(&g, &why);
    if (fault == FAULT_NONE)
        fault = http_open(&settings, &handler, g.log, &g.http, &why);
    if (fault == FAULT_NONE) {
        serve(&g);
        tell_end(&g);
    } else {
        log_fault(g.log, LOG_ERROR, "stopped", fault, &why);
    }
    gateway_close(&g);
    return fault == FAULT_NONE ? EXIT_DONE : EXIT_FAILED;
}

const struct command command_listen = { NULL, open_listen, run_listen };
