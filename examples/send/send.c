/* send.c - records from stdin, one a line, into Kafka.
 *
 *      cc send.c $(pkg-config --cflags --libs tally-ingest) -o send
 *      ./send localhost:9092 < records.ndjson
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <tally_ingest.h>

static long accepted, failed, refused;

static void
hear(void *self, const struct tally_report *report)
{
    (void)self;
    if (report->is_delivered)
        accepted++;
    else
        failed++;
}

int
main(int argc, char *argv[])
{
    char error[400], *line = NULL;
    size_t room = 0;
    ssize_t length;
    struct tally_fault fault;
    struct tally_settings settings = { argc > 1 ? argv[1] : "localhost:9092", NULL, 0 };
    struct tally_ingest *t = tally_open(&settings, error, sizeof error);
    if (t == NULL) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    while ((length = getline(&line, &room, stdin)) > 0) {
        enum tally_result result;
        while ((result = tally_send(t, line, (size_t)length, NULL, &fault)) == TALLY_FULL)
            tally_poll(t, 100, hear, NULL);
        if (result == TALLY_REFUSED)
            fprintf(stderr, "%s %s: %s\n", fault.code, fault.field, fault.message);
        refused += result == TALLY_REFUSED;
        failed += result == TALLY_FAILED;
        tally_poll(t, 0, hear, NULL);
    }
    failed += (long)tally_flush(t, 30000, hear, NULL);
    printf("%ld accepted, %ld refused, %ld failed\n", accepted, refused, failed);
    free(line);
    tally_close(t);
    return failed > 0 ? 1 : refused > 0 ? 3 : 0;
}
