/* The command token: a new token for the gateway, and its line of the file of --tokens. */
#include "http/token.h"
#include "ingest/command.h"

static enum fault
open_token(struct setup *setup, struct why *why)
{
    if (setup->operand_count == 1 && token_is_name(setup->operands[0]))
        return FAULT_NONE;
    return why_set(why, FAULT_OPTION,
                   "token: wanted is a name of letters, digits, '.', '_' and '-': tally-ingest "
                   "token NAME; a file of this name is ./token");
}

/* The token on stderr is for who sends; the line on stdout is for the file. */
static int
run_token(struct setup *setup)
{
    char token[TOKEN_BYTES], line[TOKEN_LINE_BYTES];
    if (!token_make(setup->operands[0], token, line)) {
        log_say(&setup->report->log, LOG_ERROR, "stopped",
                LOG_S("reason", "this machine has no random bytes"));
        return EXIT_FAILED;
    }
    /* Apart, so that >> appends the line to the file, and the secret is not in it. */
    fprintf(stderr, "the token, for the sender alone: %s\n", token);
    printf("%s\n", line);
    return setup_end_printing(setup);
}

const struct command command_token = { "token", open_token, run_token };
