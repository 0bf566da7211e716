/* monitor.h - how a program is, over HTTP, for who looks after it: --metrics ADDR:PORT.
 *
 *      GET /metrics              numbers, as Prometheus reads them
 *      GET /healthz              200: its loop turns.  503: it stands still, and should be started
 *                                anew
 *      GET /readyz               200: it can do its work.  503: why not
 *      GET /readyz?complete=1    the same, strictly
 *
 * It has a socket, connections and a thread of its own: what fills another listener, or what the
 * program's loop waits for, does not keep it from answering.  It asks nobody; its answers come from
 * memory.  A program does so:
 *
 *      metrics_open(rows, ...)       its table, base/metric.h
 *      monitor_open(&settings, ...)
 *      monitor_beat(monitor)         in each turn of its loop
 *      monitor_close(monitor)        before what `self` is
 *      metrics_free(metrics)
 *
 * Numbers of the process itself (http/process.def) come along by themselves.
 */
#ifndef HTTP_MONITOR_H
#define HTTP_MONITOR_H

#include "base/log.h"
#include "base/metric.h"

enum { MONITOR_STALL_MS = 30 * 1000 }; /* no turn of a loop may take longer */

struct monitor;

struct monitor_settings {
    const char *address;           /* "127.0.0.1:9464", as http.h has it */
    const char *program, *version; /* "tally-lookup", "0.1.0" */
    struct metrics *metrics;       /* the program's own; NULL: none */
    const struct log *log;
    int64_t stall_ms; /* 0: MONITOR_STALL_MS; -1: it has no loop, and lives as long as it answers */

    /* These two are called in the monitor's thread, and must not wait for anything.  NULL: nothing
     * is to be done; it is ready. */
    void *self;
    /* Before numbers are printed: set what hangs on the time.  ms of clock_tick_ms(). */
    void (*refresh)(void *self, int64_t now_ms);
    /* Can it do its work?  False: `why` says in a sentence why not. */
    bool (*is_ready)(void *self, bool is_strict, int64_t now_ms, struct why *why);
};

/* Listens, and says so in the log ("monitoring", with the port).  The settings are copied, what
 * they point to must stay.  FAULT_OPTION: the address is none, or can't be listened at;
 * FAULT_NO_MEMORY. */
MUST_USE enum fault
monitor_open(const struct monitor_settings *settings, struct monitor **out, struct why *why);
/* Nothing of `self` is called any more when this returns.  NULL is fine. */
void monitor_close(struct monitor *monitor);

/* The program's loop has turned.  From any thread; NULL is fine. */
void monitor_beat(struct monitor *monitor);

int monitor_port(const struct monitor *monitor);

#endif
