/* main: finds the command and runs it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "app/command.h"
#include "base/near.h"

static void print_help(void)
{
    printf("mthost: a host for trading strategies written in Lua\n\n"
           "  mthost COMMAND [WORDS] [--options]      mthost COMMAND --help tells more\n\n");
    for (const struct mt_command *command = mt_commands; command->name; command++)
        if (command->run)
            printf("  %-10s %s\n", command->name, command->help);
    printf("\nA first run, with a generated market:  mthost run scripts/scalp.lua --for 10m --speed max --seed 1\n");
}

/* A word of another program, a slip, or nothing that is known. */
static int unknown(const char *name)
{
    struct mt_diag diag = { 0 };
    const char *answer = mt_command_elsewhere(name);
    struct mt_near near = mt_near(name, strlen(name));
    for (const struct mt_command *command = mt_commands; command->name; command++)
        mt_near_look(&near, command->name);
    if (answer)
        mt_fail(&diag, MT_EUSAGE, "%s: no such command: %s", name, answer);
    else
        mt_fail(&diag, MT_EUSAGE, "%s: unknown command%s%s; mthost --help shows all", name,
                near.name ? ": the nearest is " : "", near.name ? near.name : "");
    return mt_command_fail(MT_EXIT_USAGE, &diag);
}

/* What was asked for went to stdout: if it did not arrive (a full disk), the command has not done its work. A reader
 * that had enough (EPIPE) is no failure. */
static int written(int code)
{
    bool failed = fflush(stdout) != 0 || ferror(stdout);
    if (!failed || errno == EPIPE || code != MT_EXIT_DONE)
        return code;
    struct mt_diag diag = { 0 };
    mt_fail(&diag, MT_EIO, "output: cannot be written: %s", strerror(errno));
    return mt_command_fail(MT_EXIT_JOURNAL, &diag);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);           /* a reader that went away is an error of write, with a message */
    signal(SIGXFSZ, SIG_IGN);           /* so is a file that may not grow any more */
    if (argc < 2) {
        print_help();
        return MT_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_help();
        return MT_EXIT_DONE;
    }
    const char *name = strcmp(argv[1], "--version") == 0 ? "version" : argv[1];
    for (const struct mt_command *command = mt_commands; command->name; command++) {
        if (strcmp(command->name, name) != 0)
            continue;
        if (command->run)
            return written(command->run(argc - 1, argv + 1));
        struct mt_diag diag = { 0 };
        mt_fail(&diag, MT_EUSAGE, "%s: not built yet", name);
        return mt_command_fail(MT_EXIT_USAGE, &diag);
    }
    return unknown(name);
}
