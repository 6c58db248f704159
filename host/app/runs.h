/* runs: the folders STATE/runs/ID: how they are named, made and found. ID is YYYYMMDD-HHMMSS-NAME with -2, -3 … when
 * taken; the newest run of a script is the last by (start time, suffix). */
#ifndef MT_APP_RUNS_H
#define MT_APP_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"

enum { MT_PATH_MAX = 4096 };
/* Make a folder and those above it, as far as they are absent, with that mode. MT_EIO with diag. */
int mt_runs_folders(const char *path, unsigned mode, struct mt_diag *diag) MT_CHECKED;
/* Make a new folder for a run of `name`, for its user alone (0700); out gets its path. MT_EIO with diag. */
int mt_runs_make(const char *state, const char *name, char out[MT_PATH_MAX], struct mt_diag *diag) MT_CHECKED;
/* A folder that the user names (--out); made when absent. Results of a backtest before are replaced: its summary and
 * its records go first, so that half of the new files never pass for the whole. MT_EUSAGE: a file, or the folder of a
 * run that keeps a journal; MT_EIO. */
int mt_runs_make_at(const char *path, char out[MT_PATH_MAX], struct mt_diag *diag) MT_CHECKED;
/* What the newest run must have. BEGUN: a journal whose first record is whole, so that it can be gone on with; one of
 * which that cannot be said, because it is damaged, has begun. */
enum mt_runs_kind { MT_RUNS_ANY, MT_RUNS_JOURNAL, MT_RUNS_BEGUN };
/* The newest run of `name`, or of any script when NULL. MT_ENOTFOUND. */
int mt_runs_newest(const char *state, const char *name, enum mt_runs_kind kind, char out[MT_PATH_MAX],
                   struct mt_diag *diag) MT_CHECKED;
/* A folder in which nothing happened: its process ended before the first record and before the first file of a
 * backtest. */
bool mt_runs_empty(const char *folder);
/* A run named by ID, by a path below STATE/runs, by any path, or (NULL) the newest, whatever it keeps: its folder.
 * Never another one than was asked for. MT_ENOTFOUND. */
int mt_runs_find(const char *state, const char *which, char out[MT_PATH_MAX], struct mt_diag *diag) MT_CHECKED;
/* Where the records of a backtest lie, in the format of a journal: FOLDER/history. It has another name than the journal
 * of a run because it is none: nothing depends on it, it is replaced (--out), and nobody goes on with it (--resume). */
void mt_runs_history(const char *folder, char out[MT_PATH_MAX + 16]);
/* The records of a run: its journal, its history, or the folder itself when it is one of them. MT_ENOTFOUND names the
 * run and why it has none. */
int mt_runs_journal(const char *state, const char *folder, char out[MT_PATH_MAX], struct mt_diag *diag) MT_CHECKED;
/* The ID: the folder without what lies above it. */
const char *mt_runs_id(const char *folder);

#endif
