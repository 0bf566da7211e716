/* vitals.h - how the server is, for --metrics, and for itself.
 *
 * A thread of its own asks Redis every second what all scopes say of themselves; a scrape is
 * answered from what it heard.
 */
#ifndef SERVE_VITALS_H
#define SERVE_VITALS_H

#include "http/monitor.h"
#include "http/route.h"
#include "serve/serve.h"

enum vital_row {
#define METRIC(id, ...) VITAL_##id,
#include "serve/metrics.def"
#undef METRIC
    VITAL_COUNT
};

struct vitals;

/* Where settings->metrics is NULL there are none, and nothing is asked.  The settings and the
 * routes must stay.  FAULT_OPTION: the address is none; FAULT_NO_MEMORY. */
MUST_USE enum fault
vitals_open(const struct serve_settings *settings, const struct http_route *routes,
            size_t route_count, struct vitals **out, struct why *why);
void vitals_close(struct vitals *vitals); /* NULL is fine */

/* All below: NULL vitals are fine. */

void vitals_beat(struct vitals *vitals); /* the loop has turned */
void vitals_stop(struct vitals *vitals); /* nobody new is let in: it is not ready any more */
/* A request is over. */
void vitals_request(struct vitals *vitals, int route, unsigned status);
/* A question has its answer; it waited so long. */
void vitals_answered(struct vitals *vitals, int64_t us, bool is_late);
/* As it is now. */
void vitals_show(struct vitals *vitals, int connections, size_t waiting);
struct stream_counts;
void vitals_show_stream(struct vitals *vitals, const struct stream_counts *counts);

#endif
