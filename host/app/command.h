/* command: what all commands share: the table of commands, common options, how errors reach people, exit codes. */
#ifndef MT_APP_COMMAND_H
#define MT_APP_COMMAND_H

#include <stdbool.h>
#include "app/common_options.h"
#include "app/exit_code.h"
#include "base/err.h"
#include "base/log.h"
#include "base/opt.h"

/* One command: argv[0] is its name. Returns an exit code. */
struct mt_command { const char *name; int (*run)(int argc, char **argv); const char *usage, *help; };
extern const struct mt_command mt_commands[];           /* ends with name NULL; run NULL: not built yet */
/* Options by command that are not built yet, names with blanks between; ends with command NULL. */
struct mt_later_options { const char *command, *names; };
extern const struct mt_later_options mt_later_options[];

/* A word that is no command here but is one in other programs: what does it here, or that it is not built; or NULL. */
const char *mt_command_elsewhere(const char *name);     /* command_words.c */
/* Likewise of an option, without its dashes, that `table` does not have; an answer never names an option that the table
 * does not have either. */
const char *mt_option_elsewhere(const struct mt_opt *table, const char *name, size_t length);

int mt_cmd_run(int argc, char **argv);                  /* cmd_run.c */
int mt_cmd_backtest(int argc, char **argv);             /* cmd_backtest.c */
int mt_cmd_replay(int argc, char **argv);               /* cmd_replay.c */
int mt_cmd_bench(int argc, char **argv);                /* cmd_bench.c */
int mt_cmd_journal(int argc, char **argv);              /* cmd_journal.c */
int mt_cmd_lookup(int argc, char **argv);               /* cmd_lookup.c: orders fills positions trades signals */
int mt_cmd_steer(int argc, char **argv);                /* cmd_steer.c: status params halt … stop */
int mt_cmd_data(int argc, char **argv);                 /* cmd_data.c: import info check gen */
int mt_cmd_check(int argc, char **argv);                /* cmd_check.c */
int mt_cmd_ta(int argc, char **argv);                   /* cmd_ta.c */
int mt_cmd_new(int argc, char **argv);                  /* cmd_new.c */
int mt_cmd_version(int argc, char **argv);              /* cmd_version.c */

/* Parse argv by the table; on --help prints usage and the table to stdout and sets *done. Fills defaults, starts the
 * log.
 * Returns an exit code when *done, else 0. */
int mt_command_begin(const char *usage, const struct mt_opt *table, struct mt_common *common, int argc, char **argv,
                     struct mt_opt_list *words, bool *done);

/* Print the one error line `mthost: what: where: why` of diag to stderr and return `exit_code`. */
int mt_command_fail(int exit_code, const struct mt_diag *diag);
/* Nobody named a run (which NULL): "orders of run ID" on stderr, so that what is shown is never taken for another's. */
void mt_command_run(const char *command, const char *which, const char *folder);
/* Roots for scripts: $MTHOST_SCRIPTS and <prefix>/share/mthost/scripts of this binary (also
 * ../scripts beside a build tree).
 * NULL terminated, lives for the process. */
const char *const *mt_script_roots(void);

#endif
