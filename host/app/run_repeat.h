/* run_repeat: the command line of a resume against the run that it goes on with. */
#ifndef MT_APP_RUN_REPEAT_H
#define MT_APP_RUN_REPEAT_H

#include "app/session.h"

/* What is said again must be what the run was started with; what is left out is taken from there. A supervisor repeats
 * the whole command. MT_EUSAGE names both values. */
int mt_run_repeat_check(const struct mt_session_options *options, const struct mt_session_plan *plan,
                        struct mt_diag *diag) MT_CHECKED;

#endif
