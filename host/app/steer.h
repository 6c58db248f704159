/* steer: what the steering commands share: which run is running, and its status for people. */
#ifndef MT_APP_STEER_H
#define MT_APP_STEER_H

#include <stdbool.h>
#include "app/runs.h"

/* The folder of the newest run (by start) that answers on its socket. MT_ENOTFOUND: none does. */
int mt_steer_find(const char *state, char out[MT_PATH_MAX], struct mt_diag *diag) MT_CHECKED;
/* Print the status line (control.h) to stdout, as it is or as tables. Negative when it is no such JSON. */
int mt_steer_print_status(const char *json, bool as_json) MT_CHECKED;

#endif
