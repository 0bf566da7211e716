/* raw_http.c - libmicrohttpd alone: takes a body, throws it away, answers "{}".
 *
 * What nobody who uses that library gets below; bench/gateway measures the gateway against it. */
#include <microhttpd.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static volatile sig_atomic_t stops;

static void
on_signal(int number)
{
    (void)number;
    stops = 1;
}

static enum MHD_Result
on_access(void *self, struct MHD_Connection *mhd, const char *path, const char *method,
          const char *version, const char *piece, size_t *piece_bytes, void **context)
{
    static char seen;
    (void)self, (void)path, (void)method, (void)version, (void)piece;
    if (*context == NULL) {
        *context = &seen;
        return MHD_YES;
    }
    if (*piece_bytes > 0) {
        *piece_bytes = 0;
        return MHD_YES;
    }
    struct MHD_Response *reply =
        MHD_create_response_from_buffer(3, (char[]){ '{', '}', '\n' }, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result result = MHD_queue_response(mhd, MHD_HTTP_OK, reply);
    MHD_destroy_response(reply);
    return result;
}

/* raw_http PORT */
int
main(int argc, char *argv[])
{
    if (argc != 2)
        return EXIT_FAILURE;
    signal(SIGTERM, on_signal);
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_EPOLL, (uint16_t)strtoul(argv[1], NULL, 10), NULL, NULL, on_access,
                         NULL, MHD_OPTION_END);
    if (daemon == NULL)
        return EXIT_FAILURE;
    struct pollfd ready = { .fd = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd,
                            .events = POLLIN };
    while (!stops) {
        MHD_UNSIGNED_LONG_LONG wait_ms = 1000;
        (void)MHD_get_timeout(daemon, &wait_ms);
        (void)poll(&ready, 1, wait_ms < 1000 ? (int)wait_ms : 1000);
        (void)MHD_run(daemon);
    }
    MHD_stop_daemon(daemon);
    return EXIT_SUCCESS;
}
